// SPDX-License-Identifier: MIT
/// `mikoshi import contributions`: rows of a CSV become contributions. All or nothing.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "csv.hpp"
#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

/// Where a field of a contribution comes from: a column, or one value for all rows.
struct Source {
  std::string column;
  std::string constant;
};
using Mapping = std::map<std::string, Source, std::less<>>;

constexpr std::array<std::string_view, 8> fields = {"channel", "confirmed", "date",   "kind",
                                                    "member",  "message",   "period", "points"};

/// Mappings that ship with the tool. `discord`: what a record-keeping bot writes for each message that was confirmed.
struct ShippedMapping {
  std::string_view name;
  std::vector<std::string> map;
};
const std::vector<ShippedMapping>& shipped_mappings() {
  static const std::vector<ShippedMapping> mappings = {
      {"discord",
       {"channel=channel", "confirmed=confirmed_by", "date=date", "kind=kind", "member=member", "message=message_id",
        "points=points"}}};
  return mappings;
}

Result<Mapping> parse_mapping(const std::vector<std::string>& map) {
  Mapping mapping;
  for (const std::string& entry : map) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) {
      const auto& shipped = shipped_mappings();
      const auto found =
          std::find_if(shipped.begin(), shipped.end(), [&](const ShippedMapping& m) { return m.name == entry; });
      if (found == shipped.end()) return fail(Errc::usage, wording<Word::map_form>(), entry);
      MIKOSHI_ASSIGN(const Mapping whole, parse_mapping(found->map));
      for (const auto& [name, source] : whole) mapping.insert_or_assign(name, source);
      continue;
    }
    const std::string name = entry.substr(0, equals);
    if (std::find(fields.begin(), fields.end(), name) == fields.end())
      return fail(Errc::usage, wording<Word::map_no_such_field>(name, fmt::format("{}", fmt::join(fields, ", "))),
                  entry);
    const std::string value = entry.substr(equals + 1);
    mapping.insert_or_assign(name, value.starts_with('=') ? Source{"", value.substr(1)} : Source{value, ""});
  }
  for (const std::string_view needed : {"member", "points"})
    if (!mapping.contains(needed)) return fail(Errc::usage, wording<Word::map_needs>(needed));
  if (mapping.contains("channel") != mapping.contains("message"))
    return fail(Errc::usage, wording<Word::map_channel_and_message>());
  return mapping;
}

/// The cells of one row, by field.
class Row {
 public:
  Row(const CsvTable& table, const Mapping& mapping, std::size_t index)
      : table_(table), mapping_(mapping), index_(index) {}

  /// The text of a field; empty where it is not mapped.
  [[nodiscard]] std::string text(std::string_view field) const {
    const auto source = mapping_.find(field);
    if (source == mapping_.end()) return "";
    if (source->second.column.empty()) return source->second.constant;
    return table_.rows[index_][*table_.column(source->second.column)];
  }
  /// Names the row and the field's column in an error.
  [[nodiscard]] Failure at(Error error, std::string_view field) const {
    const auto source = mapping_.find(field);
    error.where = csv_place(
        index_, source == mapping_.end() || source->second.column.empty() ? std::string{field} : source->second.column);
    return Failure{std::move(error)};
  }

 private:
  const CsvTable& table_;
  const Mapping& mapping_;
  std::size_t index_;
};

#define MIKOSHI_CELL(target, row, field, expression)            \
  {                                                             \
    auto cell = (expression);                                   \
    if (!cell) return (row).at(std::move(cell).error(), field); \
    target = std::move(*cell);                                  \
  }

Result<Json> read_row(const Row& row, Session& session, const Hash& file, std::size_t number,
                      const std::string& default_period, Timestamp at) {
  ContributionNew event;
  MIKOSHI_CELL(event.member, row, "member", MemberId::parse(row.text("member")));
  MIKOSHI_CELL(event.points, row, "points", parse_count(row.text("points")));
  const std::string kind = row.text("kind");
  MIKOSHI_CELL(event.type, row, "kind", KindId::parse(kind.empty() ? "work" : kind));
  std::optional<Timestamp> on;
  if (const std::string date = row.text("date"); !date.empty()) MIKOSHI_CELL(on, row, "date", Timestamp::parse(date));
  const std::string period = row.text("period").empty() ? default_period : row.text("period");
  event.period = Period::of(on.value_or(at), session.state().dao.offset);
  if (!period.empty()) MIKOSHI_CELL(event.period, row, "period", Period::parse(period));
  if (const std::string by = row.text("confirmed"); !by.empty())
    MIKOSHI_CELL(event.confirmed, row, "confirmed", MemberId::parse(by));
  event.evidence = Evidence{file, number};
  const std::string channel = row.text("channel");
  const std::string message = row.text("message");
  if (channel.empty() != message.empty())
    return row.at(Error{Errc::bad_csv, wording<Word::row_channel_and_message>(), ""},
                  channel.empty() ? "channel" : "message");
  Json claim;
  if (channel.empty()) {
    event.id = *RecordId::parse(fmt::format("{}-{}", to_hex(file).substr(0, 16), number));
  } else {  // one record a message, from whichever file it comes
    MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
    MIKOSHI_ASSIGN(const Hash hash, book->hash_of(event.member, message));
    event.id = *RecordId::parse("c-" + short_hash(channel + "\n" + to_hex(hash)));
    claim.set("channel", channel);
    claim.set("message", to_hex(hash));
    claim.set("voice", "relayed");
  }
  if (on) claim.set("on", to_string(*on));
  claim.set("kind", ContributionNew::kind);
  encode_fields(event, claim);
  return claim;
}

#undef MIKOSHI_CELL

}  // namespace

Result<Printout> run_import_contributions(const ImportOptions& options, const CommonOptions& common,
                                          const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Mapping mapping, parse_mapping(options.map));
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  MIKOSHI_ASSIGN(const CsvTable table, parse_csv(text));
  for (const auto& [field, source] : mapping)
    if (!source.column.empty()) MIKOSHI_TRY(table.column(source.column));
  if (!options.period.empty()) MIKOSHI_TRY(Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
  const Hash file = sha256(as_bytes(text));

  std::vector<Entry> receipts;
  std::set<std::string> people, late_months, unpaid_months;
  u128 points = 0;
  std::size_t unconfirmed = 0, existing = 0;
  const Contribution* largest = nullptr;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Row row{table, mapping, i};
    MIKOSHI_ASSIGN(Json claim, read_row(row, session, file, i + 2, options.period, at));
    auto receipt = session.submit(std::move(claim), write);
    if (!receipt) return fail(receipt.error().code, receipt.error().what, csv_place(i, ""));
    receipts.push_back(*receipt);
    if (receipt->existing) ++existing;
  }
  const State& state = session.state();
  const auto open = state.decisions.open_period();
  for (const Entry& receipt : receipts) {
    if (receipt.existing) continue;
    const Contribution& record = state.records.contributions[*state.records.ids.find(*RecordId::parse(receipt.id))];
    people.insert(state.members.ids[record.member].text());
    points += record.points;
    unconfirmed += record.confirmed ? 0 : 1;
    if (open && record.period < state.decisions.charters.front().from) {
      unpaid_months.insert(month_name(record.period));
    } else if (open && record.period < *open) {
      late_months.insert(month_name(record.period));
    }
    if (largest == nullptr || record.points > largest->points) largest = &record;
  }
  MIKOSHI_TRY(session.commit());

  Printout out;
  const std::size_t added = receipts.size() - existing;
  if (added != 0) {
    const std::string confirmed = unconfirmed != 0                ? count<Count::wait_for_confirmation>(unconfirmed)
                                  : mapping.contains("confirmed") ? wording<Word::all_confirmed>()
                                                                  : wording<Word::all_from_file>();
    out.words = wording<Word::imported>(count<Count::records>(added), count<Count::people>(people.size()),
                                        count<Count::points>(points), confirmed);
    out.words += wording<Word::imported_largest>(state.members.ids[largest->member].text(),
                                                 count<Count::points>(largest->points), largest->seq);
  }
  if (existing != 0) out.words += count<Count::there_already>(existing);
  if (receipts.empty()) out.words = wording<Word::no_rows>();
  for (const std::string& month : unpaid_months) out.words += wording<Word::before_first_charter_many>(month);
  for (const std::string& month : late_months) out.words += wording<Word::late_many>(month, month_name(*open));
  out.json.set("added", static_cast<std::int64_t>(added));
  out.json.set("existing", static_cast<std::int64_t>(existing));
  out.json.set("people", static_cast<std::int64_t>(people.size()));
  out.json.set("points", to_string(points));
  out.json.set("unconfirmed", static_cast<std::int64_t>(unconfirmed));
  return out;
}

}  // namespace mikoshi
