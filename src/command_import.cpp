// SPDX-License-Identifier: MIT
/// `mikoshi import`: rows of a file become contributions, members, incomes or opening balances. All or nothing.
#include <fmt/format.h>

#include <map>
#include <set>

#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"
#include "table.hpp"

namespace mikoshi {
namespace {

/// What of a file was new.
struct Added {
  std::vector<Entry> entries;  ///< without those that were there already
  std::size_t existing = 0;

  void note(Entry entry) {
    if (entry.existing) {
      ++existing;
    } else {
      entries.push_back(std::move(entry));
    }
  }
};

Access access_of(const TableOptions& options) { return options.dry_run ? Access::read : Access::write; }

/// The last step of every import. A dry run ends before the first byte is written.
Result<Printout> finish(Session& session, const TableOptions& options, Printout out) {
  if (!options.dry_run) MIKOSHI_TRY(session.commit());
  note_dry_run(options, out);
  return out;
}

template <class E>
Result<Entry> submit_on(Session& session, const E& event, const std::optional<Timestamp>& on, Json claim,
                        const WriteOptions& write) {
  if (on) claim.set("on", to_string(*on));
  claim.set("kind", E::kind);
  encode_fields(event, claim);
  return session.submit(std::move(claim), write);
}

/// An id that comes from the source, like a message's or an order's, is one record, from whichever file it comes: a file
/// that repeats the rows of an earlier one adds what is new. The evidence stays that of the first file.
template <class E>
Status keep_first_evidence(const Session& session, E& event) {
  MIKOSHI_ASSIGN(const std::optional<E> first, recorded(session, event));
  if (first) event.evidence = first->evidence;
  return {};
}

/// The id of a row without one of its own: so the same file again is the same records.
RecordId row_id(const Table& table, const Row& row, std::string_view prefix) {
  return *RecordId::parse(fmt::format("{}{}-{}", prefix, to_hex(table.file()).substr(0, 16), row.number()));
}

/// The own id, or that of the file's row. @error as RecordId::parse
Result<RecordId> own_or_row_id(const Table& table, const Row& row, std::string_view prefix) {
  if (row.text("id").empty()) return row_id(table, row, prefix);
  return row.id<RecordId>("id");
}

/// The month that a row names: itself, else by its date; else the one that was given for such rows.
Result<std::optional<Period>> month_of(const Row& row, const std::optional<Timestamp>& on, const std::string& otherwise,
                                       Offset offset) {
  if (!row.text("period").empty()) {
    MIKOSHI_ASSIGN(const Period period, row.period("period"));
    return std::optional{period};
  }
  if (on) return std::optional{Period::of(*on, offset)};
  if (otherwise.empty()) return std::optional<Period>{};
  MIKOSHI_ASSIGN(const Period period, Period::parse(otherwise));
  return std::optional{period};
}

/// The amount, in the currency that the row names, else in the DAO's own.
Result<Amount> read_money(const Row& row, const State& state) {
  const std::string& code = row.text("currency");
  const auto money = money_of(state, code.empty() ? state.currency.code() : code);
  if (!money) {
    std::vector<std::string> codes{state.currency.code()};
    for (const auto& [other, its] : state.others) codes.push_back(other);
    return row.at({Errc::mixed_assets, wording<Word::import_other_currency>(joined(codes)), {}}, "currency");
  }
  MIKOSHI_ASSIGN(const u128 minor, row.money("amount", (*money)->currency));
  return Amount::make(minor, (*money)->currency);
}

/// What is said of months that are closed, or that no charter pays for.
std::string late_words(const State& state, const std::set<Period>& months, bool is_income) {
  const auto open = state.decisions.open_period();
  std::string words;
  for (const Period month : months) {
    if (!open || month >= *open) continue;
    if (!is_income && month < state.decisions.charters.front().from) {
      words += wording<Word::before_first_charter_many>(month_name(month));
    } else {
      words += wording<Word::late_many>(month_name(month), month_name(*open));
    }
  }
  return words;
}

// What each import can read.

TableFields contribution_fields() {
  return {{"channel", "confirmed", "date", "kind", "member", "message", "period", "points"},
          {"member", "points"},
          {},
          // What a record-keeping bot writes for each message that was confirmed.
          {{"discord",
            {"channel=channel", "confirmed=confirmed_by", "date=date", "kind=kind", "member=member",
             "message=message_id", "points=points"}}}};
}
TableFields member_fields() { return {{"account", "joined", "member", "name", "ticket"}, {}}; }
TableFields income_fields() { return {{"amount", "currency", "date", "id", "period"}, {"amount"}}; }
TableFields opening_fields() { return {{"amount", "currency", "id", "to"}, {"amount", "to"}}; }

// --- contributions ------------------------------------------------------------------------------------------------

Result<Entry> import_contribution(Session& session, const Table& table, const Row& row, const std::string& period,
                                  const WriteOptions& write) {
  const State& state = session.state();
  ContributionNew event;
  MIKOSHI_ASSIGN(event.member, row.id<MemberId>("member"));
  MIKOSHI_ASSIGN(event.points, row.count("points"));
  if (row.text("kind").empty()) {
    event.type = *KindId::parse("work");
  } else {
    MIKOSHI_ASSIGN(event.type, row.id<KindId>("kind"));
  }
  MIKOSHI_ASSIGN(const std::optional<Timestamp> on, row.optional_time("date", state.dao.offset));
  MIKOSHI_ASSIGN(const std::optional<Period> month, month_of(row, on, period, state.dao.offset));
  if (!row.text("confirmed").empty()) {
    MIKOSHI_ASSIGN(event.confirmed, row.id<MemberId>("confirmed"));
  }
  event.evidence = row.evidence();
  const std::string& channel = row.text("channel");
  const std::string& message = row.text("message");
  if (channel.empty() != message.empty())
    return row.at({Errc::bad_csv, wording<Word::row_channel_and_message>(), ""},
                  channel.empty() ? "channel" : "message");
  Json claim;
  if (channel.empty()) {
    event.id = row_id(table, row, "");
  } else {
    MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
    const auto hash = book->hash_of(event.member, message);
    if (!hash) return row.at(hash.error(), "member");
    event.id = *RecordId::parse("c-" + short_hash(channel + "\n" + to_hex(*hash)));
    claim.set("channel", channel);
    claim.set("message", to_hex(*hash));
    claim.set("voice", "relayed");
    MIKOSHI_TRY(keep_first_evidence(session, event));
  }
  if (month) {
    event.period = *month;
  } else {  // recorded now; or when it was, if that is what this row says again
    MIKOSHI_ASSIGN(const std::optional<ContributionNew> first, recorded(session, event));
    MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
    event.period = first ? first->period : Period::of(at, state.dao.offset);
  }
  auto entry = submit_on(session, event, on, std::move(claim), write);
  if (entry) return entry;
  return row.refused(std::move(entry).error(),
                     {{Errc::no_such_member, state.members.ids.find(event.member) ? "confirmed" : "member"},
                      {Errc::conflict, "message"},
                      {Errc::no_such_kind, "kind"},
                      {Errc::self_confirmation, "confirmed"},
                      {Errc::future_period, "period"},
                      {Errc::future_period, "date"},
                      {Errc::time_in_future, "date"},
                      {Errc::bad_id, "channel"}});
}

// --- members ------------------------------------------------------------------------------------------------------

/// Who the private book knows, so that a row without an id finds the member whom it made the first time.
class KnownPeople {
 public:
  explicit KnownPeople(const PrivateBook& book) {
    for (const auto& [id, person] : book.members)
      if (person.name || person.account)
        people_[person.name.value_or("")].push_back({id, person.account.value_or(""), false});
  }
  /// Whom a row means: each member once, in the order of ids; nothing: somebody new.
  /// @error bad_csv  a member of that name has another account: only the operator knows whether it is the same person.
  Result<std::optional<MemberId>> find(const std::string& name, const std::string& account) {
    const auto namesakes = people_.find(name);
    if (namesakes == people_.end()) return std::optional<MemberId>{};
    bool is_known = name.empty() || account.empty();
    for (Person& person : namesakes->second) {
      if (!account.empty() && person.account != account) continue;
      is_known = true;
      if (person.is_taken) continue;
      person.is_taken = true;
      return std::optional{person.id};
    }
    if (!is_known) return fail(Errc::bad_csv, wording<Word::member_of_that_name>(namesakes->second.front().id.text()));
    return std::optional<MemberId>{};
  }

 private:
  struct Person {
    MemberId id;
    std::string account;
    bool is_taken;
  };
  std::map<std::string, std::vector<Person>> people_;  ///< by name
};

struct ImportedMembers {
  std::vector<std::string> joined, tickets;
  std::size_t updated = 0, unchanged = 0;
  bool any_private = false;
  std::set<MemberId> seen;
};

/// Notes a name and an account in the private book. An empty cell leaves what is there.
/// @return whether anything changed
bool note_private(PrivateMember& person, const std::string& name, const std::string& account) {
  const auto note = [](std::optional<std::string>& kept, const std::string& text) {
    if (text.empty() || kept == text) return false;
    kept = text;
    return true;
  };
  const bool name_is_new = note(person.name, name);
  const bool account_is_new = note(person.account, account);
  return name_is_new || account_is_new;
}

Status import_member(Session& session, PrivateBook& book, KnownPeople& people, const Row& row,
                     const WriteOptions& write, ImportedMembers& out) {
  const State& state = session.state();
  const std::string& name = row.text("name");
  const std::string& account = row.text("account");
  for (const std::string_view field : {"name", "account"})
    if (row.text(field).size() > private_text_bytes_max)
      return row.at({Errc::too_large, wording<Word::private_text_long>(private_text_bytes_max), {}}, field);
  std::optional<MemberId> who;
  if (!row.text("member").empty()) {
    MIKOSHI_ASSIGN(who, row.id<MemberId>("member"));
  } else if (name.empty() && account.empty()) {
    return row.at({Errc::bad_csv, wording<Word::row_needs_member>(), {}}, "");
  } else {
    auto found = people.find(name, account);
    if (!found) return row.at(std::move(found).error(), "name");
    who = std::move(*found);
  }
  const MemberId id = who ? *who : next_id(state.members.ids, "m");
  if (!out.seen.insert(id).second)
    return row.at({Errc::duplicate_member, wording<Word::member_twice_in_file>(id.text()), {}}, "member");
  const bool has_private = !name.empty() || !account.empty();
  MIKOSHI_ASSIGN(const std::optional<Timestamp> joined, row.optional_time("joined", state.dao.offset));
  std::optional<Hash> label;
  if (has_private) {
    const auto hash = book.hash_of(id, name);  // also refuses who was forgotten
    if (!hash) return row.at(hash.error(), "member");
    if (!name.empty()) label = *hash;
  }
  const bool is_new = !state.members.ids.find(id);
  const bool changed = has_private && note_private(book.members[id], name, account);
  out.any_private = out.any_private || changed;
  if (!is_new) {
    ++(changed ? out.updated : out.unchanged);
    return {};
  }
  const auto refused = [&](Error error) {
    return row.refused(std::move(error), {{Errc::time_in_future, "joined"},
                                          {Errc::period_closed, "joined"},
                                          {Errc::no_such_class, "ticket"},
                                          {Errc::supply_exceeded, "ticket"}});
  };
  auto join = submit_on(session, MemberJoin{id, label}, joined, Json{}, write);
  if (!join) return refused(std::move(join).error());
  out.joined.push_back(id.text());
  if (row.text("ticket").empty()) return {};
  TicketMint mint;
  MIKOSHI_ASSIGN(mint.ticket_class, row.id<ClassId>("ticket"));
  mint.ticket = next_id(state.holdings.ticket_ids, "t");
  mint.to = id;
  auto entry = submit_on(session, mint, joined, Json{}, write);
  if (!entry) return refused(std::move(entry).error());
  out.tickets.push_back(mint.ticket.text());
  return {};
}

// --- income and openings ------------------------------------------------------------------------------------------

Result<Entry> import_income(Session& session, const Table& table, const Row& row, const std::string& period,
                            const WriteOptions& write) {
  const State& state = session.state();
  IncomeNew event;
  auto amount = read_money(row, state);
  if (!amount && amount.error().code == Errc::negative)
    return row.at({Errc::bad_csv, wording<Word::refund_in_income>(), {}}, "amount");
  if (!amount) return Failure{std::move(amount).error()};
  event.amount = amount->minor();
  event.currency = amount->currency().code();
  MIKOSHI_ASSIGN(const std::optional<Timestamp> on, row.optional_time("date", state.dao.offset));
  MIKOSHI_ASSIGN(const std::optional<Period> month, month_of(row, on, period, state.dao.offset));
  if (!month) return row.at({Errc::bad_csv, wording<Word::row_needs_period>(), {}}, "");
  event.period = *month;
  event.evidence = row.evidence();
  MIKOSHI_ASSIGN(event.id, own_or_row_id(table, row, "i-"));
  if (table.maps("id")) MIKOSHI_TRY(keep_first_evidence(session, event));
  auto entry = submit_on(session, event, on, Json{}, write);
  if (entry) return entry;
  return row.refused(std::move(entry).error(), {{Errc::conflict, "id"},
                                                {Errc::no_charter, "period"},
                                                {Errc::no_charter, "date"},
                                                {Errc::future_period, "period"},
                                                {Errc::future_period, "date"},
                                                {Errc::time_in_future, "date"},
                                                {Errc::amount_too_large, "amount"}});
}

Result<Entry> import_opening(Session& session, const Table& table, const Row& row, const WriteOptions& write) {
  OpeningNew event;
  MIKOSHI_ASSIGN(const Amount amount, read_money(row, session.state()));
  event.amount = amount.minor();
  event.currency = amount.currency().code();
  auto to = OpeningAccount::parse(row.text("to"));
  if (!to) return row.at(std::move(to).error(), "to");
  event.to = std::move(*to);
  event.evidence = row.evidence();
  MIKOSHI_ASSIGN(event.id, own_or_row_id(table, row, "o-"));
  if (table.maps("id")) MIKOSHI_TRY(keep_first_evidence(session, event));
  auto entry = session.submit(event, write);
  if (entry) return entry;
  return row.refused(std::move(entry).error(),
                     {{Errc::conflict, "id"}, {Errc::no_such_member, "to"}, {Errc::amount_too_large, "amount"}});
}

/// "2 incomes, 3,000 yen together", and the largest: a slipped digit shows there.
struct MoneyRows {
  explicit MoneyRows(const State& state) : total(state) {}

  struct Largest {
    u128 amount = 0;
    std::uint64_t row = 0, seq = 0;
  };
  std::size_t count = 0;
  Sums total;
  std::map<std::string, Largest> largest;  ///< by currency

  void note(const std::string& code, const u128& amount, const Evidence& evidence, std::uint64_t seq) {
    ++count;
    total.add(code, amount);
    const auto [one, first] = largest.try_emplace(code);
    if (!first && amount <= one->second.amount) return;
    one->second = {amount, evidence.row.value_or(0), seq};
  }
  [[nodiscard]] std::string largest_words(const State& state) const {
    std::string words;
    for (const auto& [code, one] : largest)
      words += wording<Word::imported_largest_money>(money_words(one.amount, currency_of(state, code)), one.row, one.seq);
    return words;
  }
};

Json counts_json(const Added& added) {
  Json json;
  json.set("added", static_cast<std::int64_t>(added.entries.size()));
  json.set("existing", static_cast<std::int64_t>(added.existing));
  return json;
}

}  // namespace

Result<Printout> run_import_contributions(const ImportOptions& options, const CommonOptions& common,
                                          const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Table table, Table::read(options.table, contribution_fields()));
  if (table.maps("channel") != table.maps("message"))
    return fail(Errc::usage, wording<Word::map_channel_and_message>());
  if (!options.period.empty()) MIKOSHI_TRY(Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, access_of(options.table)));
  Added added;
  for (std::size_t i = 0; i < table.size(); ++i) {
    MIKOSHI_ASSIGN(Entry entry, import_contribution(session, table, table.row(i), options.period, write));
    added.note(std::move(entry));
  }

  const State& state = session.state();
  std::set<Members::Index> people;
  std::set<Period> months;
  u128 points = 0;
  std::size_t unconfirmed = 0;
  const Contribution* largest = nullptr;
  for (const Entry& entry : added.entries) {
    const Contribution& record = state.records.contributions[*state.records.ids.find(*RecordId::parse(entry.id))];
    people.insert(record.member);
    months.insert(record.period);
    points += record.points;
    unconfirmed += record.confirmed ? 0 : 1;
    if (largest == nullptr || record.points > largest->points) largest = &record;
  }
  Printout out;
  if (largest != nullptr) {
    const std::string confirmed = unconfirmed != 0          ? count<Count::wait_for_confirmation>(unconfirmed)
                                  : table.maps("confirmed") ? wording<Word::all_confirmed>()
                                                            : wording<Word::all_from_file>();
    out.words = wording<Word::imported>(count<Count::records>(added.entries.size()),
                                        count<Count::people>(people.size()), count<Count::points>(points), confirmed);
    out.words += wording<Word::imported_largest>(state.members.ids[largest->member].text(),
                                                 count<Count::points>(largest->points), largest->seq);
  }
  if (added.existing != 0) out.words += count<Count::there_already>(added.existing);
  if (table.size() == 0) out.words = wording<Word::no_rows>();
  out.words += late_words(state, months, false);
  out.json = counts_json(added);
  out.json.set("people", static_cast<std::int64_t>(people.size()));
  out.json.set("points", to_string(points));
  out.json.set("unconfirmed", static_cast<std::int64_t>(unconfirmed));
  return finish(session, options.table, std::move(out));
}

Result<Printout> run_import_members(const ImportOptions& options, const CommonOptions& common,
                                    const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Table table, Table::read(options.table, member_fields()));
  if (!table.maps("member") && !table.maps("name") && !table.maps("account"))
    return fail(Errc::usage, wording<Word::map_needs>("member"));
  MIKOSHI_ASSIGN(Session session, Session::open(common, access_of(options.table)));
  MIKOSHI_ASSIGN(PrivateBook* const book, session.private_book());
  KnownPeople people{*book};
  ImportedMembers done;
  for (std::size_t i = 0; i < table.size(); ++i)
    MIKOSHI_TRY(import_member(session, *book, people, table.row(i), write, done));

  Printout out;
  if (!done.joined.empty())
    out.words += wording<Word::members_imported>(count<Count::members>(done.joined.size()), listed(done.joined));
  if (!done.tickets.empty())
    out.words +=
        wording<Word::members_imported_tickets>(count<Count::tickets>(done.tickets.size()), listed(done.tickets));
  if (done.updated != 0) out.words += count<Count::members_updated>(done.updated);
  if (done.unchanged != 0) out.words += count<Count::members_unchanged>(done.unchanged);
  if (done.any_private) out.words += wording<Word::members_imported_private>();
  if (table.size() == 0) out.words = wording<Word::no_rows>();
  out.json.set("added", static_cast<std::int64_t>(done.joined.size()));
  out.json.set("existing", static_cast<std::int64_t>(done.updated + done.unchanged));
  out.json.set("members", Json::Array(done.joined.begin(), done.joined.end()));
  out.json.set("tickets", Json::Array(done.tickets.begin(), done.tickets.end()));
  out.json.set("updated", static_cast<std::int64_t>(done.updated));
  return finish(session, options.table, std::move(out));
}

Result<Printout> run_import_income(const ImportOptions& options, const CommonOptions& common,
                                   const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Table table, Table::read(options.table, income_fields()));
  if (!options.period.empty()) MIKOSHI_TRY(Period::parse(options.period));
  if (!table.maps("period") && !table.maps("date") && options.period.empty())
    return fail(Errc::usage, wording<Word::map_needs_period>());
  MIKOSHI_ASSIGN(Session session, Session::open(common, access_of(options.table)));
  Added added;
  std::map<Period, Sums> months;
  MoneyRows rows{session.state()};
  for (std::size_t i = 0; i < table.size(); ++i) {
    MIKOSHI_ASSIGN(Entry entry, import_income(session, table, table.row(i), options.period, write));
    if (!entry.existing) {
      const Incomes& incomes = session.state().incomes;
      const Income& income = incomes.rows[*incomes.ids.find(*RecordId::parse(entry.id))];
      months.try_emplace(income.recorded_for, session.state()).first->second.add(income.currency, income.amount);
      rows.note(income.currency, income.amount, table.row(i).evidence(), entry.seq);
    }
    added.note(std::move(entry));
  }

  const State& state = session.state();
  Printout out;
  std::set<Period> names;
  Json by_month{Json::Object{}};
  if (rows.count != 0)
    out.words = wording<Word::imported_money>(count<Count::income_rows>(rows.count), rows.total.words());
  for (const auto& [month, amount] : months) {
    out.words += wording<Word::imported_month>(month_name(month), amount.words());
    by_month.set(to_string(month), to_string(amount.own()));
    names.insert(month);
  }
  out.words += rows.largest_words(session.state());
  if (added.existing != 0) out.words += count<Count::there_already>(added.existing);
  if (table.size() == 0) out.words = wording<Word::no_rows>();
  out.words += late_words(state, names, true);
  out.json = counts_json(added);
  out.json.set("months", std::move(by_month));
  rows.total.put(out.json, "total");
  return finish(session, options.table, std::move(out));
}

Result<Printout> run_import_openings(const ImportOptions& options, const CommonOptions& common,
                                     const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Table table, Table::read(options.table, opening_fields()));
  MIKOSHI_ASSIGN(Session session, Session::open(common, access_of(options.table)));
  Added added;
  MoneyRows rows{session.state()};
  for (std::size_t i = 0; i < table.size(); ++i) {
    MIKOSHI_ASSIGN(Entry entry, import_opening(session, table, table.row(i), write));
    if (!entry.existing) {
      const Opening& opening = session.state().incomes.openings.at(*RecordId::parse(entry.id));
      rows.note(opening.currency, opening.amount, table.row(i).evidence(), entry.seq);
    }
    added.note(std::move(entry));
  }

  Printout out;
  if (rows.count != 0)
    out.words = wording<Word::imported_money>(count<Count::openings>(rows.count), rows.total.words());
  out.words += rows.largest_words(session.state());
  if (added.existing != 0) out.words += count<Count::there_already>(added.existing);
  if (table.size() == 0) out.words = wording<Word::no_rows>();
  out.json = counts_json(added);
  rows.total.put(out.json, "total");
  return finish(session, options.table, std::move(out));
}

}  // namespace mikoshi
