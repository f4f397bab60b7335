// SPDX-License-Identifier: MIT
/// @file open_source_years.cpp
/// The years of an open-source project, as a community that shares an income each month: `open_source_years CSV DIR`.
///
/// CSV has a row for each contribution, oldest first, with the columns `at` (UTC) and `contributor` (a pseudonym that is
/// a member id); further columns are covered by the file's hash and otherwise passed over. DIR must be empty or not there.
///
/// The program plays the history in its own time into a ledger: a ticket for each contributor at the first contribution,
/// one point for each row, at the end of every full month an income (`income_of`), a draft and its approval, each year a
/// statement and a snapshot signed by two of three stewards. Then it forgets all that, reads DIR like any stranger,
/// verifies it, and prints what a treasurer would ask for. The same CSV gives the same files and words, always.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "csv.hpp"
#include "descriptor.hpp"
#include "files.hpp"
#include "mikoshi/mikoshi.hpp"

namespace mikoshi {
namespace {

// The terms --------------------------------------------------------------------------------------------------------

/// `quiet` takes the contributions' part of a month in which nobody contributed.
constexpr std::string_view charter_rules = R"({"root": {"pool": "income", "split": [
  [10, {"to": "pool:reserve"}],
  [60, {"pool": "work", "among": "contributions",
        "else": {"pool": "quiet", "among": "ticket-seconds", "else": {"to": "pool:reserve"}}}],
  [30, {"pool": "tickets", "among": "ticket-seconds", "else": {"to": "pool:reserve"}}]]}})";
constexpr std::string_view charter_words =
    "10 reserve : 60 contributions of the month (nobody: tickets) : 30 ticket-seconds";

/// An income that grows and never comes out even.
u128 income_of(Period month) {
  const auto year = static_cast<unsigned>(month.months() / 12);
  const auto number = static_cast<unsigned>(month.months() % 12 + 1);
  return u128{100'000} + 7'919 * number + 11 * year;
}
constexpr std::string_view income_words = "100,000 yen + 7,919 yen × month (1 to 12) + 11 yen × year";

constexpr std::uint64_t threshold = 2;
constexpr std::array<std::string_view, 3> steward_names = {"aki", "haru", "natsu"};

/// A DEMONSTRATION KEY: anyone can compute it from this line, so it must never be used for anything.
Result<SecretKey> demo_key(std::string_view name) {
  return SecretKey::from_bytes(sha256(as_bytes("mikoshi demo key: " + std::string{name})));
}

/// What a verifier knows of the stewards: names and public keys.
Result<std::vector<Steward>> demo_stewards() {
  std::vector<Steward> stewards;
  for (const std::string_view name : steward_names) {
    MIKOSHI_ASSIGN(const SecretKey key, demo_key(name));
    MIKOSHI_ASSIGN(StewardId id, StewardId::parse(name));
    stewards.push_back(Steward{std::move(id), key.public_key()});
  }
  return stewards;
}

// The history ------------------------------------------------------------------------------------------------------

struct Row {
  Timestamp at;
  Period month;
  MemberId member;
  TicketId ticket;  ///< the member's one ticket
};

struct History {
  Hash file{};            ///< SHA-256 of the CSV
  std::vector<Row> rows;  ///< never earlier than the row before
  Period first, last;     ///< the full months
};

Result<Row> read_row(const std::string& at, const std::string& contributor, std::size_t index) {
  const auto misread = [&](const Error& error, std::string_view column) {
    return fail(error.code, error.what, csv_place(index, column));
  };
  const auto time = Timestamp::parse(at);
  if (!time) return misread(time.error(), "at");
  const Period month = Period::of(*time, Offset{});
  if (!Period::parse(to_string(month)))
    return fail(Errc::bad_time, "months are counted from 1970-02 to 9999-11", csv_place(index, "at"));
  auto member = MemberId::parse(contributor);
  if (!member) return misread(member.error(), "contributor");
  auto ticket = TicketId::parse("t-" + contributor);
  if (!ticket) return misread(ticket.error(), "contributor");
  return Row{*time, month, std::move(*member), std::move(*ticket)};
}

/// @error as read_file, parse_csv | bad_time, bad_id, bad_csv (the order of rows), with the row | bad_csv (no full month)
Result<History> read_history(const std::string& path) {
  MIKOSHI_ASSIGN(const std::string text, read_file(path, json_bytes_max));
  MIKOSHI_ASSIGN(const CsvTable table, parse_csv(text));
  MIKOSHI_ASSIGN(const std::size_t at_column, table.column("at"));
  MIKOSHI_ASSIGN(const std::size_t contributor_column, table.column("contributor"));
  History history;
  history.file = sha256(as_bytes(text));
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    MIKOSHI_ASSIGN(Row row, read_row(table.rows[i][at_column], table.rows[i][contributor_column], i));
    if (i != 0 && row.at < history.rows.back().at)
      return fail(Errc::bad_csv, "the row is older than the one before: the oldest comes first", csv_place(i, "at"));
    history.rows.push_back(std::move(row));
  }
  if (history.rows.empty()) return fail(Errc::bad_csv, "there is no row below the header");
  const Row& oldest = history.rows.front();
  const bool begins_month = oldest.at.seconds() == oldest.month.start_s(Offset{});
  history.first = begins_month ? oldest.month : oldest.month.next();
  history.last = history.rows.back().month.previous();
  if (history.last < history.first) return fail(Errc::bad_csv, "the rows do not span a full month");
  return history;
}

// The play ---------------------------------------------------------------------------------------------------------

/// One line on a terminal, written over as the work goes on; nothing elsewhere.
class Progress {
 public:
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { show(""); }
  void show(std::string_view words) const {
    if (is_terminal_) fmt::print(stderr, "\r\033[K{}", words);
  }

 private:
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

/// Plays a history into a ledger and keeps it in a folder: lines by the month, snapshots by the year.
class Play {
 public:
  Play(const History& history, std::string folder, const Progress& progress)
      : history_(history), folder_(std::move(folder)), progress_(progress) {}

  Status run() {
    MIKOSHI_TRY(begin());
    Period month = history_.rows.front().month;
    for (std::size_t i = 0; i < history_.rows.size(); ++i) {
      for (; month < history_.rows[i].month; month = month.next()) MIKOSHI_TRY(end_month(month));
      MIKOSHI_TRY(record(history_.rows[i], i + 2));
    }
    return state_it(history_.rows.back().at);
  }

 private:
  Status begin() {
    const Timestamp at = history_.rows.front().at;
    MIKOSHI_ASSIGN(std::vector<Steward> stewards, demo_stewards());
    const Hash salt = sha256(as_bytes("mikoshi example: open source years"));
    MIKOSHI_TRY(add(at, DaoStart{format_version, salt, Offset{}, {"JPY", 0}, std::move(stewards), threshold}));
    MIKOSHI_ASSIGN(contributor_class_, ClassId::parse("contributor"));
    MIKOSHI_TRY(add(at, TicketClassNew{.ticket_class = contributor_class_,
                                           .form = {},
                                           .per_member = {},
                                           .supply = {},
                                           .transfer = TransferPolicy::locked,
                                           .weight = 1}));
    MIKOSHI_ASSIGN(commit_kind_, KindId::parse("commit"));
    MIKOSHI_TRY(add(at, ContributionKindNew{.as = {}, .type = commit_kind_, .weight = 1}));
    MIKOSHI_ASSIGN(Json rules, parse_json(charter_rules));
    MIKOSHI_ASSIGN(CharterId id, CharterId::parse("v1"));
    MIKOSHI_TRY(add(at, CharterNew{history_.first, std::move(id), std::move(rules)}));
    MIKOSHI_TRY(create_folder(folder_, lines_, head_of(ledger_)));
    lines_.clear();
    MIKOSHI_ASSIGN(store_, open_folder(folder_, Access::write));
    return {};
  }

  /// @param row_number  as a spreadsheet numbers it: the header is row 1.
  Status record(const Row& row, std::uint64_t row_number) {
    if (!ledger_.state.members.ids.find(row.member)) {
      MIKOSHI_TRY(add(row.at, MemberJoin{row.member, std::nullopt}));
      MIKOSHI_TRY(add(row.at, TicketMint{.ticket_class = contributor_class_, .contributed = {}, .ticket = row.ticket, .to = row.member}));
    }
    MIKOSHI_ASSIGN(RecordId id, RecordId::parse("row-" + std::to_string(row_number)));
    return add(row.at, ContributionNew{.confirmed = {},
                                       .evidence = Evidence{history_.file, row_number},
                                       .goods = {},
                                       .id = std::move(id),
                                       .member = row.member,
                                       .period = row.month,
                                       .points = 1,
                                       .type = commit_kind_,
                                       .unpaid = {},
                                       .work = {}});
  }

  /// Pays a full month when it is over, and keeps its lines; December ends with a snapshot.
  Status end_month(Period month) {
    if (month < history_.first) return {};
    MIKOSHI_ASSIGN(const Timestamp at, Timestamp::from_seconds(month.end_s(Offset{})));
    MIKOSHI_ASSIGN(RecordId income_id, RecordId::parse("income-" + to_string(month)));
    MIKOSHI_TRY(add(at, IncomeNew{.amount = income_of(month),
                                  .currency = "JPY",
                                  .evidence = {},
                                  .from = {},
                                  .id = std::move(income_id),
                                  .period = month,
                                  .work = {}}));
    MIKOSHI_ASSIGN(const DraftNew draft, make_draft(ledger_.state, month));
    MIKOSHI_TRY(add(at, draft));
    MIKOSHI_TRY(add(at, Approve{draft.id}));
    const bool is_december = month.months() % 12 == 11;
    return is_december ? state_it(at) : commit();
  }

  /// A statement, and the snapshot that ends with it. Each year another steward is away.
  Status state_it(Timestamp at) {
    MIKOSHI_ASSIGN(const Statement statement, make_statement(ledger_.state));
    MIKOSHI_TRY(add(at, statement));
    MIKOSHI_TRY(commit());
    MIKOSHI_ASSIGN(std::string text, snapshot_text(ledger_));
    Note note{std::move(text), {}};
    const std::size_t away = snapshots_ % steward_names.size();
    for (std::size_t i = 0; i < steward_names.size(); ++i) {
      if (i == away) continue;
      MIKOSHI_ASSIGN(const SecretKey key, demo_key(steward_names[i]));
      MIKOSHI_TRY(sign_snapshot(note, ledger_.state.dao, key));
    }
    ++snapshots_;
    progress_.show(fmt::format("{}: {} lines", to_string(at), ledger_.log.size()));
    return store_->put_snapshot(ledger_.log.size(), to_string(note));
  }

  Status commit() {
    MIKOSHI_TRY(store_->append(store_->head(), lines_, head_of(ledger_)));
    lines_.clear();
    return {};
  }

  /// Proposes an event in the operator's voice.
  template <class E>
  Status add(Timestamp at, const E& event) {
    Json claim;
    encode_fields(event, claim);
    claim.set("kind", E::kind);
    const auto earlier_line = [](std::uint64_t) { return std::string{}; };  // never asked: every id is used once
    std::string line;
    MIKOSHI_TRY(submit(ledger_, claim, at, line, earlier_line));
    lines_.push_back(std::move(line));
    return {};
  }

  const History& history_;
  const std::string folder_;
  const Progress& progress_;
  Ledger ledger_;
  std::unique_ptr<Store> store_;
  std::vector<std::string> lines_;  ///< not yet in the store
  std::size_t snapshots_ = 0;
  ClassId contributor_class_;
  KindId commit_kind_;
};

// The audit --------------------------------------------------------------------------------------------------------

/// A month in which nobody contributed.
struct QuietMonth {
  Period month;
  u128 amount = 0;          ///< the contributions' part
  std::size_t holders = 0;  ///< of tickets, who shared it
};

/// What the files say.
struct Audit {
  Verification verification;  ///< under the newest snapshot
  Ledger ledger;
  std::size_t snapshots = 0;
  std::vector<QuietMonth> quiet_months;
};

/// The older snapshots: each must be of these very lines, and signed by enough of the stewards.
Status check_snapshot(const std::string& note_text, const Ledger& ledger, const std::vector<Steward>& stewards) {
  MIKOSHI_ASSIGN(const Note note, parse_note(note_text));
  MIKOSHI_ASSIGN(const std::string text, snapshot_text(ledger));
  if (note.text != text) return fail(Errc::root_mismatch);
  MIKOSHI_ASSIGN(const Signers signers, check_signatures(note, stewards));
  if (signers.stewards.size() < threshold) return fail(Errc::quorum_not_met);
  return {};
}

/// Reads and verifies everything from the files alone; all it knows beforehand is the stewards' public keys.
Result<Audit> audit_folder(const std::string& folder) {
  MIKOSHI_ASSIGN(const std::unique_ptr<Store> store, open_folder(folder, Access::read));
  MIKOSHI_ASSIGN(const std::vector<std::uint64_t> sizes, store->snapshots());
  if (sizes.empty()) return fail(Errc::no_snapshot);
  MIKOSHI_ASSIGN(const std::string newest, store->snapshot(sizes.back()));
  Expectations expected;
  MIKOSHI_ASSIGN(expected.stewards, demo_stewards());
  expected.threshold = threshold;

  Audit audit;
  audit.snapshots = sizes.size();
  const LineSource lines = [&](const TakeLine& take) { return store->read(take); };
  MIKOSHI_ASSIGN(audit.verification, verify_ledger(lines, newest, expected));
  MIKOSHI_ASSIGN(audit.ledger, load(*store, [&](const Ledger& before, const Line& line) -> Status {
                   if (std::binary_search(sizes.begin(), sizes.end(), before.log.size())) {
                     MIKOSHI_ASSIGN(const std::string note_text, store->snapshot(before.log.size()));
                     MIKOSHI_TRY(check_snapshot(note_text, before, expected.stewards));
                   }
                   const auto* approval = std::get_if<Approve>(&line.event);
                   const DraftRow* draft =
                       approval == nullptr ? nullptr : before.state.decisions.find_draft(approval->draft);
                   if (draft == nullptr) return {};  // no approval; or of no draft, which the rules refuse next
                   MIKOSHI_ASSIGN(const Distribution distribution, distribute(before.state, draft->period));
                   QuietMonth quiet{draft->period, 0, 0};
                   bool is_quiet = false;
                   for (const Stage& stage : distribution.stages) {
                     if (stage.name == "work") {
                       is_quiet = stage.passed_on;
                       quiet.amount = stage.in;
                     }
                     if (stage.name == "quiet") quiet.holders = stage.shares.size();
                   }
                   if (is_quiet) audit.quiet_months.push_back(quiet);
                   return {};
                 }));
  return audit;
}

// The summary ------------------------------------------------------------------------------------------------------

std::string print(const u128& amount) { return to_string(*Amount::make(amount, Currency{})); }

/// Where all the money is, added up by hand rather than believed.
struct Totals {
  u128 in = 0;
  u128 members = 0;
  u128 reserve = 0;
  u128 undivided = 0;
};

Totals add_up(const State& state) {
  Totals totals;
  for (const Income& income : state.incomes.rows) totals.in += income.amount;
  for (const Account& owed : state.books.owed_rows) totals.members += owed.balance();
  totals.reserve = state.books.balance("pool:reserve");
  for (const auto& [id, pool] : state.pools) {
    totals.undivided += pool.carry.undivided;
    MIKOSHI_CHECK(pool.conserved() && state.books.balance("undivided:" + id.text()) == pool.carry.undivided);
  }
  MIKOSHI_CHECK(state.books.balanced());
  MIKOSHI_CHECK(totals.in == totals.members + totals.reserve + totals.undivided);
  return totals;
}

/// What one member has to show.
struct Rank {
  std::string member;
  u128 amount = 0;
  std::uint64_t contributions = 0;  ///< paid for, a point each
};

/// The largest first, equal ones by id.
std::vector<Rank> ranking(const State& state) {
  std::vector<Rank> rows;
  for (Members::Index i = 0; i < state.members.rows.size(); ++i)
    rows.push_back({state.members.ids[i].text(), state.books.owed(i), 0});
  for (const Contribution& row : state.records.contributions) rows[row.member].contributions += row.points_counted;
  std::sort(rows.begin(), rows.end(), [](const Rank& a, const Rank& b) {
    return a.amount != b.amount ? a.amount > b.amount : a.member < b.member;
  });
  return rows;
}

std::string summary(const Audit& audit, const std::string& folder) {
  const State& state = audit.ledger.state;
  const Verification& proof = audit.verification;
  const Totals totals = add_up(state);
  const std::vector<Rank> members = ranking(state);
  std::string text;
  const auto say = [&]<class... T>(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<T>(values)...);
  };

  std::uint64_t paid = 0;
  std::map<Period, std::uint64_t> outside;
  for (const Contribution& row : state.records.contributions) row.points_counted != 0 ? ++paid : ++outside[row.period];
  const std::uint64_t recorded = state.records.contributions.size();
  std::string outside_months;
  for (const auto& [month, count] : outside)
    outside_months += (outside_months.empty() ? ", in " : " and ") + to_string(month);
  const Period first = state.decisions.charters.front().from;
  const Hash& file = state.records.sources.begin()->first;

  say("The years of an open-source community\n");
  say("  {:<16}{:>12}\n", "members", print(members.size()));
  say("  {:<16}{:>12}  months, {} to {}, each when it was over\n", "distributed", print(proof.distributions),
      to_string(first), to_string(*proof.closed_through));
  say("  {:<16}{:>12}  recorded, one point each\n", "contributions", print(recorded));
  say("  {:<16}{:>12}  paid for\n", "", print(paid));
  say("  {:<16}{:>12}  outside those months{}: recorded, not paid for\n", "", print(recorded - paid), outside_months);
  say("  {:<16}sha256 {}\n", "source file", to_hex(file));

  say("\nThe terms\n");
  say("  {:<16}{}\n", "charter v1", charter_words);
  say("  {:<16}{}\n", "monthly income", income_words);

  say("\nThe money, in yen\n");
  say("  {:<16}{:>12}  income of {} months\n", "in", print(totals.in), state.incomes.rows.size());
  say("  {:<16}{:>12}  to members, owed until they are sent it\n", "out", print(totals.members));
  say("  {:<16}{:>12}  to the reserve\n", "", print(totals.reserve));
  say("  {:<16}{:>12}  kept by name, paid when whole\n", "undivided", print(totals.undivided));
  say("  {} = {} + {} + {}\n", print(totals.in), print(totals.members), print(totals.reserve), print(totals.undivided));

  say("\nThe ten largest\n");
  say("  {:>4}  {:<24}{:>12}{:>16}\n", "", "member", "yen", "contributions");
  const std::size_t shown = std::min<std::size_t>(10, members.size());
  Rank others;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Rank& row = members[i];
    if (i < shown) {
      say("  {:>4}  {:<24}{:>12}{:>16}\n", i + 1, row.member, print(row.amount), print(row.contributions));
    } else {
      others.amount += row.amount;
      others.contributions += row.contributions;
    }
  }
  if (shown < members.size())
    say("  {:>4}  {:<24}{:>12}{:>16}\n", print(members.size() - shown), "others together", print(others.amount),
        print(others.contributions));

  say("\nMonths in which nobody contributed: {}\n", audit.quiet_months.size());
  if (!audit.quiet_months.empty()) {
    say("  Their contributions' part went to those with tickets, by ticket-seconds, in a pool of its own.\n");
    say("  {:<16}{:>12}{:>16}\n", "month", "yen", "ticket holders");
  }
  for (const QuietMonth& quiet : audit.quiet_months)
    say("  {:<16}{:>12}{:>16}\n", to_string(quiet.month), print(quiet.amount), print(quiet.holders));

  std::string signers;
  for (const std::string& name : proof.signers.stewards) signers += (signers.empty() ? "" : ", ") + name;
  say("\nVerified from the files alone\n");
  say("  {:<16}right: {} lines and {} distributions computed again\n", "arithmetic", print(proof.size),
      print(proof.distributions));
  say("  {:<16}{} ({} of {}; {} are needed) under the last of {} snapshots; DEMO KEYS, which prove nothing\n",
      "signers", signers, proof.signers.stewards.size(), proof.stewards, proof.threshold, audit.snapshots);
  say("  {:<16}{} relayed, {} operator, 0 member-signed\n", "records", print(proof.voices.relayed),
      print(proof.voices.by_operator));
  say("  {:<16}whether the recorded work and income are true\n", "cannot know");
  say("  {:<16}{}\n", "last snapshot", to_hex(proof.snapshot));
  say("Verify it again:\n  mikoshi verify {} --expect {}\n", folder, to_hex(proof.snapshot));
  return text;
}

int report(const Error& error) {
  const std::string_view what = error.what.empty() ? meaning(error.code) : std::string_view{error.what};
  fmt::print(stderr, "mikoshi: error[{}]: {}{}{}\n", name(error.code), what, error.where.empty() ? "" : "; ",
             error.where);
  return exit_code(error.code);
}

Result<std::string> run(const std::string& csv, const std::string& folder) {
  const Progress progress;
  MIKOSHI_ASSIGN(const History history, read_history(csv));
  MIKOSHI_TRY(Play(history, folder, progress).run());
  progress.show("verifying");
  MIKOSHI_ASSIGN(const Audit audit, audit_folder(folder));
  return summary(audit, folder);
}

}  // namespace
}  // namespace mikoshi

int main(int argc, char** argv) {
  using namespace mikoshi;
  ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a failed write, and says so
  ::signal(SIGXFSZ, SIG_IGN);
  if (argc != 3) return report({Errc::usage, "two arguments: open_source_years CSV DIR", {}});
  try {
    const Result<std::string> text = run(argv[1], argv[2]);
    if (!text) return report(text.error());
    if (!write_all(STDOUT_FILENO, *text)) return report({Errc::write_failed, std::strerror(errno), "standard output"});
    return 0;
  } catch (const std::exception& error) {
    return report({Errc::internal, error.what(), {}});
  }
}
