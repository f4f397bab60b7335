// SPDX-License-Identifier: MIT
/// Targets of base/, and the CSV reader.

#include <boost/multiprecision/cpp_int.hpp>

#include "csv.hpp"
#include "feed.hpp"
#include "print.hpp"
#include "target.hpp"
#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/json.hpp"
#include "mikoshi/base/time.hpp"
#include "mikoshi/crypto/base64.hpp"

namespace fuzz {
namespace {

using boost::multiprecision::cpp_int;

cpp_int wide(const u128& value) { return (cpp_int{high64(value)} << 64) + low64(value); }

/// Whether a text is `0|[1-9][0-9]*`.
bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos &&
         (text.size() == 1 || text.front() != '0');
}

/// A decimal reader takes exactly the decimals below 2^bits.
template <class Number>
void check_decimal(std::string_view text, const Result<Number>& read, unsigned bits) {
  const cpp_int limit = cpp_int{1} << bits;
  const bool fits = is_decimal(text) && text.size() <= 40 && cpp_int{std::string{text}} < limit;
  MIKOSHI_CHECK(read.has_value() == fits);
  if (!read) return;
  MIKOSHI_CHECK(wide(u128{*read}) == cpp_int{std::string{text}});
  MIKOSHI_CHECK(to_string(u128{*read}) == text);
}

/// The well-formed prefix by the table of the Unicode standard (3-7), without U+0000.
std::size_t well_formed_prefix(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto in = [](unsigned c, unsigned low, unsigned high) { return low <= c && c <= high; };
  std::size_t i = 0;
  for (;;) {
    const unsigned a = at(i), b = at(i + 1), c = at(i + 2), d = at(i + 3);
    const bool tail_b = in(b, 0x80, 0xbf), tail_c = in(c, 0x80, 0xbf), tail_d = in(d, 0x80, 0xbf);
    if (in(a, 0x01, 0x7f)) {
      i += 1;
    } else if (in(a, 0xc2, 0xdf) && tail_b) {
      i += 2;
    } else if ((a == 0xe0 && in(b, 0xa0, 0xbf) && tail_c) || (in(a, 0xe1, 0xec) && tail_b && tail_c) ||
               (a == 0xed && in(b, 0x80, 0x9f) && tail_c) || (in(a, 0xee, 0xef) && tail_b && tail_c)) {
      i += 3;
    } else if ((a == 0xf0 && in(b, 0x90, 0xbf) && tail_c && tail_d) ||
               (in(a, 0xf1, 0xf3) && tail_b && tail_c && tail_d) ||
               (a == 0xf4 && in(b, 0x80, 0x8f) && tail_c && tail_d)) {
      i += 4;
    } else {
      return i;
    }
  }
}

/// A text in the longest spelling that JSON has for it: every UTF-16 unit escaped.
void write_escaped(std::string& out, std::string_view text) {
  const auto unit = [&](unsigned value) {
    constexpr std::string_view digits = "0123456789ABCdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[value >> shift & 15u];
  };
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    unsigned point = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t j = 1; j < length; ++j) point = point << 6 | (static_cast<unsigned char>(text[i + j]) & 63u);
    if (point >= 0x10000) {
      unit(0xd800 + ((point - 0x10000) >> 10));
      unit(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      unit(point);
    }
    i += length;
  }
  out += '"';
}

/// A value in another spelling than the canonical one: white space everywhere, texts escaped, keys descending.
void write_loosely(std::string& out, const Json& value) {
  out += " \t";
  if (const auto* text = value.text()) {
    write_escaped(out, *text);
  } else if (const auto* items = value.array()) {
    out += "[\n";
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i != 0) out += " ,";
      write_loosely(out, (*items)[i]);
    }
    out += "\r]";
  } else if (const auto* members = value.object()) {
    out += "{ ";
    for (std::size_t i = members->size(); i-- > 0;) {
      write_escaped(out, (*members)[i].key);
      out += "\n:";
      write_loosely(out, (*members)[i].value);
      if (i != 0) out += " , ";
    }
    out += " }";
  } else {
    out += to_canonical(value);
  }
  out += "\r\n";
}

int depth(const Json& value) {
  int deepest = 0;
  if (const auto* items = value.array())
    for (const Json& item : *items) deepest = std::max(deepest, depth(item));
  if (const auto* members = value.object())
    for (const Json::Member& member : *members) deepest = std::max(deepest, depth(member.value));
  return value.array() != nullptr || value.object() != nullptr ? deepest + 1 : 0;
}

/// The day of a date, counted year by year and month by month.
std::int64_t slow_day(int year, int month, int day) {
  const auto is_leap = [](int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  constexpr std::array<int, 12> lengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t days = 0;
  for (int y = 1970; y < year; ++y) days += is_leap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += lengths[static_cast<std::size_t>(m - 1)] + (m == 2 && is_leap(year) ? 1 : 0);
  return days + day - 1;
}

void check_month(Period period, Offset offset) {
  MIKOSHI_CHECK(period.end_s(offset) == period.next().start_s(offset));
  MIKOSHI_CHECK(period.next().previous() == period);
  const std::int64_t days = (period.end_s(offset) - period.start_s(offset)) / 86400;
  MIKOSHI_CHECK(days >= 28 && days <= 31);
  const int year = period.months() / 12, month = period.months() % 12 + 1;
  MIKOSHI_CHECK(period.start_s(offset) == slow_day(year, month, 1) * 86400 - offset.minutes() * 60);
  const auto first = Timestamp::from_seconds(period.start_s(offset));
  const auto last = Timestamp::from_seconds(period.end_s(offset) - 1);
  MIKOSHI_CHECK(first && last && Period::of(*first, offset) == period && Period::of(*last, offset) == period);
}

void write_cell(std::string& out, std::string_view cell) {
  out += '"';
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  out += '"';
}

}  // namespace

void amount(ByteSpan bytes) {
  Feed feed{bytes};
  const auto currency = Currency::make("XYZ", feed.below(currency_exponent_max + 1));
  const std::string_view text = as_text(feed.rest());
  check_decimal(text, parse_minor(text), 127);
  check_decimal(text, parse_weight(text), 64);
  check_decimal(text, parse_count(text), 53);

  const auto read = parse_major(text, *currency);
  // What people write is one decimal, with at most one point in it: its digits, filled up with zeros, are minor units.
  const auto point = text.find('.');
  const std::string whole{text.substr(0, point)};
  std::string digits = point == std::string_view::npos ? "" : std::string{text.substr(point + 1)};
  const bool form = is_decimal(whole) && digits.find_first_not_of("0123456789") == std::string::npos &&
                    (point == std::string_view::npos || !digits.empty()) && digits.size() <= currency->exponent() &&
                    whole.size() <= 40;
  digits.resize(std::max<std::size_t>(digits.size(), currency->exponent()), '0');
  const std::string all = whole + digits;
  const std::string plain = form ? all.substr(std::min(all.find_first_not_of('0'), all.size())) : "";
  const cpp_int minor{plain.empty() ? "0" : plain};
  MIKOSHI_CHECK(read.has_value() == (form && minor < cpp_int{1} << 127));
  if (!read) return;
  MIKOSHI_CHECK(wide(read->minor()) == minor);
  std::string printed = to_string(*read);
  std::erase(printed, ',');
  const auto again = parse_major(printed, *currency);
  MIKOSHI_CHECK(again && *again == *read);
}

void bytes(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  Bytes out(text.size() / 2);
  if (parse_hex(text, out)) MIKOSHI_CHECK(to_hex(out) == text);
  if (const auto hash = parse_hash(text)) MIKOSHI_CHECK(to_hex(*hash) == text);
  const std::string hex = to_hex(bytes);
  Bytes back(bytes.size());
  MIKOSHI_CHECK(parse_hex(hex, back) && std::equal(back.begin(), back.end(), bytes.begin(), bytes.end()));

  const auto read = parse_base64(text);
  if (read) MIKOSHI_CHECK(to_base64(*read) == text);
  const std::string written = to_base64(bytes);
  const auto again = parse_base64(written);
  MIKOSHI_CHECK(again && std::equal(again->begin(), again->end(), bytes.begin(), bytes.end()));
  // Three bytes are four characters of six bits, the bits behind the last byte are zero.
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto bit = [&](std::size_t i) { return i / 8 < bytes.size() ? bytes[i / 8] >> (7 - i % 8) & 1 : 0; };
  std::string slow;
  for (std::size_t i = 0; i < bytes.size() * 8; i += 6) {
    std::size_t six = 0;
    for (std::size_t j = 0; j < 6; ++j) six = six * 2 + static_cast<std::size_t>(bit(i + j));
    slow += alphabet[six];
  }
  while (slow.size() % 4 != 0) slow += '=';
  MIKOSHI_CHECK(slow == written);
}

void csv(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  const auto table = parse_csv(text);
  if (!table) return;
  MIKOSHI_CHECK(well_formed_prefix(text) == text.size());
  std::string written;
  const auto write_row = [&](const std::vector<std::string>& row) {
    MIKOSHI_CHECK(row.size() == table->header.size() && !row.empty());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != 0) written += ',';
      write_cell(written, row[i]);
    }
    written += "\r\n";
  };
  write_row(table->header);
  for (const auto& row : table->rows) write_row(row);
  const auto again = parse_csv(written);
  MIKOSHI_CHECK(again && again->header == table->header && again->rows == table->rows);
  for (const std::string& name : table->header) {
    const auto column = table->column(name);
    const auto count = std::count(table->header.begin(), table->header.end(), name);
    MIKOSHI_CHECK(column.has_value() == (count == 1) && (!column || table->header[*column] == name));
  }
}

void id(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  Interner<MemberId> table;
  std::vector<MemberId> order;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string_view word = text.substr(start, end - start);
    start = end + 1;
    const auto id = MemberId::parse(word);
    const bool fits = !word.empty() && word.size() <= 64 &&
                      word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
    MIKOSHI_CHECK(id.has_value() == fits);
    const auto currency = Currency::make(word, word.size() % 40);
    const bool code = !word.empty() && word.size() <= 12 &&
                      word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
    MIKOSHI_CHECK(currency.has_value() == code);
    if (!id) continue;
    MIKOSHI_CHECK(id->text() == word);
    const auto before = table.find(*id);
    const auto index = table.add(*id);
    MIKOSHI_CHECK(before ? *before == index : index == order.size());
    if (!before) order.push_back(*id);
    if (order.size() % 3 == 0) table = Interner<MemberId>{table};  // a copy must not point into what it came from
  }
  MIKOSHI_CHECK(table.size() == order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) MIKOSHI_CHECK(table[i] == order[i] && table.find(order[i]) == i);
  MIKOSHI_CHECK(!print(table).empty());
}

void json(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  MIKOSHI_CHECK(utf8_prefix(text) == well_formed_prefix(text));
  const auto value = parse_json(text);
  const auto canonical = parse_canonical(text);
  if (!value) {
    MIKOSHI_CHECK(!canonical && canonical.error() == value.error());
    return;
  }
  MIKOSHI_CHECK(depth(*value) <= json_depth_max);
  const std::string spelled = to_canonical(*value);
  MIKOSHI_CHECK(canonical.has_value() == (spelled == text));
  MIKOSHI_CHECK(canonical || canonical.error().code == Errc::not_canonical);
  const auto again = parse_canonical(spelled);
  MIKOSHI_CHECK(again && to_canonical(*again) == spelled);
  std::string loose;
  write_loosely(loose, *value);
  const auto same = parse_json(loose);
  MIKOSHI_CHECK(same && to_canonical(*same) == spelled);
}

void time(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  if (const auto at = Timestamp::parse(text)) {
    MIKOSHI_CHECK(to_string(*at) == text);
    const auto number = [&](std::size_t from, std::size_t size) {
      return std::stoi(std::string{text.substr(from, size)});
    };
    const std::int64_t day = slow_day(number(0, 4), number(5, 2), number(8, 2));
    MIKOSHI_CHECK(at->seconds() == day * 86400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2));
  }
  const auto offset = Offset::parse(text);
  if (offset) MIKOSHI_CHECK(to_string(*offset) == text && std::abs(offset->minutes()) <= 14 * 60);
  const auto period = Period::parse(text);
  if (period) {
    MIKOSHI_CHECK(to_string(*period) == text);
    for (const char* at : {"+00:00", "-14:00", "+14:00", "+09:00"}) check_month(*period, *Offset::parse(at));
  }

  Feed feed{bytes};
  const auto at = Timestamp::from_seconds(static_cast<std::int64_t>(feed.bits(5)));
  if (!at) return;
  const auto again = Timestamp::parse(to_string(*at));
  MIKOSHI_CHECK(again && *again == *at);
  const std::string sign = feed.one_in(2) ? "-" : "+";
  const auto zone = Offset::parse(sign + std::to_string(10 + feed.below(5)) + ":00");
  MIKOSHI_CHECK(zone.has_value());
  const auto month = Period::parse(to_string(Period::of(*at, *zone)));
  if (!month) return;
  check_month(*month, *zone);
  MIKOSHI_CHECK(month->start_s(*zone) <= at->seconds() && at->seconds() < month->end_s(*zone));
}

}  // namespace fuzz
