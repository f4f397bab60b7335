// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "files.hpp"
#include "mikoshi/crypto/sha256.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front, as many as there are but at most `most`; nothing: fewer than `least`.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t size = 0;
  while (size < most && size < text.size() && is_digit(text[size])) ++size;
  if (size < least) return std::nullopt;
  const int number = detail::digits_at(text, 0, size);
  text.remove_prefix(size);
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_end(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// The signs that stand before a negative number, in ledgers of one country or another.
bool is_negative(std::string_view text) {
  constexpr std::array<std::string_view, 5> signs = {"-", "−", "－", "▲", "△"};
  return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return text.starts_with(sign); });
}

/// "1,234,567.50" without its commas; nothing: a comma stands where no group of three begins.
std::optional<std::string> without_thousands(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      out += text[i];
      continue;
    }
    if (i >= whole.size() || i == 0) return std::nullopt;
  }
  if (whole.find(',') == std::string_view::npos) return out;
  for (std::size_t i = 0; i < whole.size(); ++i)  // from the right, every fourth character is a comma
    if ((whole[whole.size() - 1 - i] == ',') != (i % 4 == 3)) return std::nullopt;
  return out;
}

}  // namespace

// --- rows ---------------------------------------------------------------------------------------------------------

Evidence Row::evidence() const { return Evidence{table_.file_, number()}; }

const std::string& Row::text(std::string_view field) const {
  static const std::string nothing;
  const auto source = table_.mapping_.find(field);
  if (source == table_.mapping_.end()) return nothing;
  return source->second.column.empty() ? source->second.constant : table_.csv_.rows[index_][source->second.index];
}

Failure Row::at(Error error, std::string_view field) const {
  const auto source = table_.mapping_.find(field);
  error.where = csv_place(index_, source == table_.mapping_.end() || source->second.column.empty()
                                      ? field
                                      : std::string_view{source->second.column});
  return Failure{std::move(error)};
}

Failure Row::refused(Error error, std::initializer_list<About> abouts) const {
  const auto about = std::find_if(abouts.begin(), abouts.end(), [&](const About& candidate) {
    return candidate.code == error.code && table_.maps(candidate.field);
  });
  return at(std::move(error), about == abouts.end() ? std::string_view{} : about->field);
}

Failure Row::unlike_numbers(std::string_view field) const {
  return at({Errc::bad_csv, wording<Word::number_unlike>(text(field), table_.numbers_), {}}, field);
}

/// The number in plain digits, where it is written as declared.
Result<std::string> Row::digits(std::string_view field) const {
  std::string_view rest = text(field);
  const auto refuse_sign = [&] { return at({Errc::negative, wording<Word::number_negative>(), {}}, field); };
  if (is_negative(rest)) return refuse_sign();
  if (table_.has_yen_) {
    // In cp932 the byte 5C is shown as ¥, and converted to a backslash.
    const bool before =
        take(rest, "¥") || take(rest, "￥") || (table_.encoding_ == Encoding::cp932 && take(rest, "\\"));
    if (!before) take_end(rest, "円");
    if (is_negative(rest)) return refuse_sign();
  }
  if (!table_.has_thousands_) return std::string{rest};
  auto plain = without_thousands(rest);
  if (!plain) return unlike_numbers(field);
  return std::move(*plain);
}

Result<std::uint64_t> Row::count(std::string_view field) const {
  MIKOSHI_ASSIGN(const std::string plain, digits(field));
  auto number = parse_count(plain);
  if (number) return number;
  if (number.error().code == Errc::bad_digit) return unlike_numbers(field);
  return at(std::move(number).error(), field);
}

Result<u128> Row::money(std::string_view field, const Currency& currency) const {
  MIKOSHI_ASSIGN(const std::string plain, digits(field));
  auto amount = parse_major(plain, currency);
  if (amount) return amount->minor();
  if (amount.error().code == Errc::bad_digit) return unlike_numbers(field);
  return at(std::move(amount).error(), field);
}

Result<Timestamp> Row::time(std::string_view field, Offset offset) const {
  const std::string& cell = text(field);
  const auto refuse = [&] {
    return at({Errc::bad_csv, wording<Word::date_unlike>(cell, table_.dates_declared_), {}}, field);
  };
  if (table_.dates_ == Table::Dates::utc) {
    auto time = Timestamp::parse(cell);
    if (!time) return refuse();
    return time;
  }
  std::string_view rest = cell;
  const bool slashes = table_.dates_ == Table::Dates::slashes;
  const std::string_view between = slashes ? "/" : "-";
  const std::size_t least = slashes ? 1 : 2;
  const auto year = take_number(rest, 4, 4);
  const bool first = take(rest, between);
  const auto month = take_number(rest, least, 2);
  const bool second = take(rest, between);
  const auto day = take_number(rest, least, 2);
  if (!year || !first || !month || !second || !day) return refuse();
  std::optional<int> hour = 0, minute = 0, seconds = 0;
  if (take(rest, " ")) {
    hour = take_number(rest, least, 2);
    const bool colon = take(rest, ":");
    minute = take_number(rest, 2, 2);
    if (take(rest, ":")) seconds = take_number(rest, 2, 2);
    if (!hour || !colon || !minute || !seconds) return refuse();
  }
  if (!rest.empty()) return refuse();
  const auto local = Timestamp::parse(
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", *year, *month, *day, *hour, *minute, *seconds));
  if (!local) return refuse();
  const auto time = Timestamp::from_seconds(local->seconds() - offset.minutes() * 60);
  if (!time) return refuse();
  return *time;
}

Result<std::optional<Timestamp>> Row::optional_time(std::string_view field, Offset offset) const {
  if (text(field).empty()) return std::optional<Timestamp>{};
  MIKOSHI_ASSIGN(const Timestamp found, time(field, offset));
  return std::optional{found};
}

Result<Period> Row::period(std::string_view field) const {
  const std::string& cell = text(field);
  if (table_.dates_ != Table::Dates::slashes) {
    auto period = Period::parse(cell);
    if (!period) return at(std::move(period).error(), field);
    return period;
  }
  std::string_view rest = cell;
  const auto year = take_number(rest, 4, 4);
  const bool slash = take(rest, "/");
  const auto month = take_number(rest, 1, 2);
  const bool whole = year && slash && month && rest.empty();
  auto period = Period::parse(whole ? fmt::format("{:04}-{:02}", *year, *month) : std::string{});
  if (!period) return at({Errc::bad_csv, wording<Word::date_unlike>(cell, "2026/4"), {}}, field);
  return period;
}

// --- the declarations ---------------------------------------------------------------------------------------------

Result<Table::Mapping> Table::parse_mapping(const std::vector<std::string>& map, const TableFields& fields) {
  Mapping mapping, shipped;
  for (const std::string& entry : map) {
    const auto found = std::find_if(fields.shipped.begin(), fields.shipped.end(),
                                    [&](const ShippedMapping& candidate) { return candidate.name == entry; });
    if (found != fields.shipped.end()) {
      MIKOSHI_ASSIGN(Mapping whole, parse_mapping(found->map, fields));
      shipped.merge(whole);
      continue;
    }
    const auto equals = entry.find('=');
    const std::string field = entry.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : entry.substr(equals + 1);
    if (value.empty() || value == "=")
      return fail(Errc::usage, fields.shipped.empty() ? wording<Word::map_form_plain>() : wording<Word::map_form>(),
                  entry);
    if (std::find(fields.known.begin(), fields.known.end(), field) == fields.known.end())
      return fail(Errc::usage,
                  wording<Word::map_field_unknown>(field, fmt::format("{}", fmt::join(fields.known, ", "))), entry);
    const Source source = value.front() == '=' ? Source{"", value.substr(1), 0} : Source{value, "", 0};
    if (!mapping.emplace(field, source).second) return fail(Errc::usage, wording<Word::map_field_twice>(field), entry);
  }
  mapping.merge(shipped);  // what was said field by field wins
  return mapping;
}

Status Table::declare(const TableOptions& options) {
  if (options.encoding == "cp932") {
    encoding_ = Encoding::cp932;
  } else if (options.encoding != "utf-8") {
    return fail(Errc::usage, wording<Word::encoding_form>(), options.encoding);
  }
  numbers_ = options.numbers;
  std::string_view numbers = options.numbers;
  has_yen_ = take(numbers, "¥") || take(numbers, "￥");
  has_thousands_ = numbers == "1,234";
  if (!has_thousands_ && numbers != "1234") return fail(Errc::usage, wording<Word::numbers_form>(), options.numbers);
  dates_declared_ = options.dates;
  if (options.dates == "2026/4/1") {
    dates_ = Dates::slashes;
  } else if (options.dates == "2026-04-01") {
    dates_ = Dates::dashes;
  } else if (options.dates != "2026-04-30T15:00:00Z") {
    return fail(Errc::usage, wording<Word::dates_form>(), options.dates);
  }
  return {};
}

Status Table::fill_down(const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    MIKOSHI_ASSIGN(const std::size_t index, csv_.column(column));
    for (std::size_t i = 0; i < csv_.rows.size(); ++i) {
      if (!csv_.rows[i][index].empty()) continue;
      if (i == 0) return fail(Errc::bad_csv, wording<Word::nothing_above>(), csv_place(i, column));
      csv_.rows[i][index] = csv_.rows[i - 1][index];
    }
  }
  return {};
}

Result<Table> Table::read(const TableOptions& options, const TableFields& fields) {
  Table table;
  MIKOSHI_ASSIGN(table.mapping_, parse_mapping(options.map, fields));
  MIKOSHI_ASSIGN(Mapping otherwise, parse_mapping(fields.map, fields));
  table.mapping_.merge(otherwise);
  for (const std::string_view needed : fields.needed)
    if (!table.maps(needed)) return fail(Errc::usage, wording<Word::map_needs>(needed));
  MIKOSHI_TRY(table.declare(options));
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  table.file_ = sha256(as_bytes(text));
  auto csv = parse_csv(text, table.encoding_);
  if (!csv && csv.error().code == Errc::bad_utf8)
    return fail(Errc::bad_utf8, wording<Word::not_in_utf8>(), csv.error().where);
  if (!csv) return Failure{std::move(csv).error()};
  table.csv_ = std::move(*csv);
  for (auto& [field, source] : table.mapping_) {
    if (source.column.empty()) continue;
    MIKOSHI_ASSIGN(source.index, table.csv_.column(source.column));
  }
  MIKOSHI_TRY(table.fill_down(options.fill_down));
  return table;
}

void note_dry_run(const TableOptions& options, Printout& out) {
  if (!options.dry_run) return;
  out.words.insert(0, wording<Word::dry_run>());
  out.json.set("dry_run", true);
}

}  // namespace mikoshi
