// SPDX-License-Identifier: MIT
/// Commands of the month's end: draft, approve, sign, owed, status.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

std::string plain(std::string_view account) {
  constexpr std::string_view prefix = "pool:";
  return std::string{account.starts_with(prefix) ? account.substr(prefix.size()) : account};
}

/// "10 reserve : 60 contributions : 30 tickets".
std::string charter_words(const CharterRow& row) {
  const Charter charter = *parse_charter(row.rules);  // a recorded charter is a valid one
  if (charter.root.kind != Node::Kind::split) return "all to " + plain(charter.root.name());
  std::string words;
  for (std::size_t i = 0; i < charter.root.branches.size(); ++i)
    words += fmt::format("{}{} {}", i == 0 ? "" : " : ", charter.root.parts[i], plain(charter.root.branches[i].name()));
  return words;
}

std::string out_line(std::string_view side, std::string_view what, const u128& amount, const Currency& currency,
                     std::string_view remark) {
  std::string line = fmt::format("  {:<4} {:<16} {:>14}", side, what, money(amount, currency));
  if (!remark.empty()) line += "  " + std::string{remark};
  return line + "\n";
}

std::string distribution_words(const State& state, const Distribution& distribution) {
  const Currency& currency = state.dao.currency;
  const Outcome& outcome = distribution.outcome;
  std::string words =
      fmt::format("Charter {}: {}\n", distribution.charter->id.text(), charter_words(*distribution.charter));
  words += out_line("in", "income", outcome.in, currency, "");
  if (outcome.undivided_before != 0)
    words += out_line("in", "undivided", outcome.undivided_before, currency,
                      "from " + month_name(distribution.period.previous()));
  for (const Stage& stage : distribution.stages) {
    if (stage.kind == Node::Kind::split) continue;
    u128 paid = 0;
    std::size_t people = 0;
    for (const Share& share : stage.shares) {
      paid += share.pay;
      people += share.pay != 0 ? 1 : 0;
    }
    if (paid == 0) continue;
    words += out_line("out", plain(stage.name), paid, currency,
                      stage.kind == Node::Kind::among ? count(people, "person", "people") : std::string{});
  }
  words += out_line("out", "undivided", outcome.undivided_after, currency, "kept by name, paid when whole");
  const std::string total = money(outcome.in + outcome.undivided_before, currency);
  words += fmt::format("       {:>31} = {}\n", total, money(outcome.distributed + outcome.undivided_after, currency));
  if (distribution.late != 0)
    words += fmt::format("{} of earlier months, marked late.\n", count(distribution.late, "record", "records"));
  return words;
}

Json outcome_json(const Distribution& distribution, const State& state) {
  Json json;
  encode_fields(distribution.outcome, json);
  Json pay;
  for (const Payout& payout : distribution.payouts)
    pay.set(state.members.ids[payout.member].text(), to_string(payout.amount));
  for (const AccountPay& account : distribution.accounts) pay.set(account.account, to_string(account.amount));
  json.set("charter", to_hex(distribution.charter->hash));
  json.set("pay", std::move(pay));
  json.set("period", to_string(distribution.period));
  return json;
}

std::string signing_words(const Session& session, const SigningState& signing) {
  const Dao& dao = session.state().dao;
  const std::size_t valid = signing.signers.size();
  const std::string_view between = valid > dao.threshold ? " signed, needed:" : " of";
  std::string words =
      fmt::format("Signed by {}, {}{} {}.", fmt::join(signing.signers, ", "), valid, between, dao.threshold);
  if (signing.quorum) return words + " Payable.\n";
  return words + " Next: another steward runs mikoshi sign --key KEYFILE\n";
}

/// "April 2026 is approved, and no snapshot names it. …": an approval that came by itself.
std::string unstated_words(const State& state) {
  std::string months;
  for (const std::uint32_t index : state.decisions.unstated)
    months += (months.empty() ? "" : ", ") + month_name(state.decisions.drafts[index].period);
  return months + " approved, but no snapshot names it. Next: mikoshi sign --key KEYFILE\n";
}

/// Signs the snapshot of a statement and keeps it. What is signed is written down before the signature leaves.
Result<SigningState> sign_statement(const Session& session, const StatementPoint& point, const std::string& key_path,
                                    const SecretKey& key) {
  MIKOSHI_ASSIGN(const SigningState before, signing_state(session, point));
  Note note{point.text, {}};
  if (!before.note.empty()) {
    MIKOSHI_ASSIGN(note, parse_note(before.note));
  }
  const Checkpoint checkpoint = *parse_checkpoint(point.text);
  const Dao& dao = session.state().dao;
  MIKOSHI_TRY(steward_of(dao, key.public_key()));
  MIKOSHI_TRY(record_signing(key_path, dao.id, checkpoint.size, checkpoint.root,
                             [&](std::uint64_t size) { return session.root_at(size); }));
  MIKOSHI_TRY(sign_snapshot(note, dao, key));
  MIKOSHI_TRY(session.store().put_snapshot(point.size, to_string(note)));
  return signing_state(session, point);
}

Json signing_json(const Session& session, const StatementPoint& point, const SigningState& signing) {
  Json::Array names;
  for (const std::string& name : signing.signers) names.push_back(name);
  Json json;
  json.set("payable", signing.quorum);
  json.set("signers", std::move(names));
  json.set("size", static_cast<std::int64_t>(point.size));
  json.set("snapshot", to_hex(snapshot_hash(point.text)));
  json.set("threshold", static_cast<std::int64_t>(session.state().dao.threshold));
  return json;
}

/// What decides the next command of a month.
struct MonthState {
  bool over;         ///< the month has ended
  bool behind;       ///< so has the one after it
  bool fresh_draft;  ///< a draft stands and still recomputes
  bool records;      ///< something waits to be counted
  bool income;       ///< something came in
};

/// The next command to run. Work is never spent on a month whose income is only late.
std::string next_step(Period month, const MonthState& now) {
  const std::string period = to_string(month);
  if (now.over && now.fresh_draft && (now.income || !now.records))
    return "mikoshi approve " + period + " --key KEYFILE";
  if (now.over && now.income) return "mikoshi draft " + period;
  if (now.over && now.behind && !now.records) return "mikoshi draft " + period + " (nothing happened then)";
  if (!now.records) return "mikoshi import contributions FILE --map discord";
  if (!now.income)
    return "mikoshi income AMOUNT --period " + period +
           (now.over ? " (nothing came in? mikoshi draft " + period + ")" : "");
  return "when the month is over, mikoshi draft " + period;
}

}  // namespace

Result<Printout> run_draft(const DraftOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const DraftNew draft, make_draft(session.state(), period));
  // The distribution points into the state, so it is computed again after the line is in.
  const DraftRow* standing = session.state().decisions.open_draft(period);
  if (standing == nullptr || standing->outcome != draft.outcome) MIKOSHI_TRY(session.submit(draft, write));
  MIKOSHI_TRY(session.commit());
  MIKOSHI_ASSIGN(const Distribution distribution, distribute(session.state(), period));
  Printout out;
  out.words = distribution_words(session.state(), distribution);
  if (distribution.outcome.in == 0 && !distribution.counted.empty())
    out.words += fmt::format(
        "No income: approving this uses up {} for nothing. Income first: mikoshi income AMOUNT --period {}\n",
        count(distribution.counted.size(), "record", "records"), options.period);
  out.words += fmt::format("Nothing is final. Next: mikoshi approve {} --key KEYFILE\n", options.period);
  out.json = outcome_json(distribution, session.state());
  out.json.set("id", session.state().decisions.open_draft(period)->id.text());
  return out;
}

Result<Printout> run_void(const VoidOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const Decisions& decisions = session.state().decisions;
  for (const DraftRow& row : decisions.drafts)
    if (row.period == period && row.state == DraftState::approved)
      return fail(Errc::conflict, wording<Word::void_approved>(month_name(period)));
  const DraftRow* draft = decisions.open_draft(period);
  if (draft == nullptr) return fail(Errc::no_such_draft, wording<Word::void_no_draft>(month_name(period)));
  const RecordId id = draft->id;
  MIKOSHI_TRY(session.submit(Void{id}, write));
  MIKOSHI_TRY(session.commit());
  Printout out;
  out.words = wording<Word::void_done>(id.text(), options.period);
  out.json.set("void", id.text());
  return out;
}

Result<Printout> run_approve(const ApproveOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const Decisions& decisions = session.state().decisions;
  for (const DraftRow& row : decisions.drafts)
    if (row.period == period && row.state == DraftState::approved)
      return fail(Errc::conflict, fmt::format("{} was approved already, as {}", month_name(period), row.id.text()));
  const DraftRow* draft = decisions.open_draft(period);
  if (draft == nullptr) return fail(Errc::no_such_draft, fmt::format("{} has no draft", month_name(period)));
  const RecordId id = draft->id;
  // The key is opened first: a wrong password must not leave a month closed and unsigned.
  MIKOSHI_ASSIGN(const SecretKey key, load_key(options.key, options.password));
  MIKOSHI_TRY(steward_of(session.state().dao, key.public_key()));
  MIKOSHI_TRY(session.submit(Approve{id}, write));
  MIKOSHI_ASSIGN(const Statement statement, make_statement(session.state()));
  MIKOSHI_TRY(session.submit(statement, write));
  // A key that may not sign this is found out before the month is closed, too.
  const Checkpoint checkpoint = *parse_checkpoint(session.statements().back().text);
  MIKOSHI_TRY(check_signing(options.key, session.state().dao.id, checkpoint.size, checkpoint.root,
                            [&](std::uint64_t size) { return session.root_at(size); }));
  MIKOSHI_TRY(session.commit());
  const StatementPoint& point = session.statements().back();
  MIKOSHI_ASSIGN(const SigningState signing, sign_statement(session, point, options.key, key));
  Printout out;
  out.words = fmt::format("Recomputed: same. {} closed. {}Snapshot {}\n", month_name(period),
                          signing_words(session, signing), to_hex(snapshot_hash(point.text)));
  out.json = signing_json(session, point, signing);
  out.json.set("id", id.text());
  return out;
}

Result<Printout> run_sign(const SignOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const bool unstated = !session.state().decisions.unstated.empty();
  if (session.statements().empty() && !unstated) return fail(Errc::no_snapshot, "nothing is approved yet");
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(options.at));
  if (session.state().last_at > at)
    return fail(Errc::time_in_future, "the ledger's last line says " + to_string(session.state().last_at));
  MIKOSHI_ASSIGN(const SecretKey key, load_key(options.key, options.password));
  MIKOSHI_TRY(steward_of(session.state().dao, key.public_key()));
  if (unstated) {  // a month was approved by itself: the statement that names it comes first
    MIKOSHI_ASSIGN(const Statement statement, make_statement(session.state()));
    WriteOptions write;
    write.at = to_string(at);
    MIKOSHI_TRY(session.submit(statement, write));
    MIKOSHI_TRY(session.commit());
  }
  const StatementPoint& point = session.statements().back();
  MIKOSHI_ASSIGN(const SigningState signing, sign_statement(session, point, options.key, key));
  Printout out;
  out.words = fmt::format("Recomputed: same. {}Snapshot {}\n", signing_words(session, signing),
                          to_hex(snapshot_hash(point.text)));
  out.json = signing_json(session, point, signing);
  return out;
}

Result<Printout> run_owed(const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  const Currency& currency = state.dao.currency;
  Printout out;
  Json owed, accounts;
  u128 total = 0;
  std::size_t people = 0;
  for (const auto& [id, index] : state.members.ids.sorted()) {
    const u128 balance = state.books.owed(index);
    if (balance == 0) continue;
    out.words += fmt::format("{:<20} {:>16}\n", id.text(), money(balance, currency));
    owed.set(id.text(), to_string(balance));
    total += balance;
    ++people;
  }
  out.words += fmt::format("{:<20} {:>16} {}  {}\n", "owed", money(total, currency), unit_name(currency),
                           count(people, "person", "people"));
  for (const auto& [name, account] : state.books.accounts) {
    if (account.balance() == 0) continue;
    accounts.set(name, to_string(account.balance()));
    out.words += fmt::format("{:<20} {:>16}\n", name, money(account.balance(), currency));
  }
  bool payable = false;
  if (!session.statements().empty()) {
    MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, session.statements().back()));
    payable = signing.quorum && state.decisions.unstated.empty();
    out.words += payable          ? fmt::format("Payable: signed by {}.\n", fmt::join(signing.signers, ", "))
                 : signing.quorum ? std::string{"Not all is payable yet: "} + unstated_words(state)
                                  : fmt::format("Not payable yet: {} of {} stewards signed.\n", signing.signers.size(),
                                                state.dao.threshold);
  }
  out.json.set("payable", payable);
  out.json.set("accounts", std::move(accounts));
  out.json.set("owed", std::move(owed));
  out.json.set("total", to_string(total));
  return out;
}

Result<Printout> run_status(const CommonOptions& common, const std::string& at_text) {
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(at_text));
  const State& state = session.state();
  const Decisions& decisions = state.decisions;
  const std::int64_t now_s = at.seconds();
  const std::size_t active = state.members.count_active_until(now_s + 1);
  std::string folder = common.dir;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (folder == ".") {
    if (const std::unique_ptr<char, void (*)(void*)> here{::realpath(".", nullptr), ::free}) folder = here.get();
  }
  folder = folder.substr(folder.rfind('/') + 1);

  Printout out;
  out.words = fmt::format("{} · {}", printable(folder), count(active, "member", "members"));
  const std::optional<Period> open = decisions.open_period();
  std::string next = "mikoshi member join --count N";
  out.json.set("dao", to_hex(state.dao.id));
  out.json.set("lines", static_cast<std::int64_t>(state.next_seq));
  out.json.set("members", static_cast<std::int64_t>(active));
  std::string month;
  if (open) {
    const std::int64_t start_s = open->start_s(state.dao.offset);
    const std::int64_t end_s = open->end_s(state.dao.offset);
    std::size_t joined = 0, records = 0;
    for (const Member& member : state.members.rows)
      joined += member.stays.front().from_s >= start_s && member.stays.front().from_s < end_s ? 1 : 0;
    u128 points = 0;
    for (const std::uint32_t index : state.records.waiting) {
      const Contribution& row = state.records.contributions[index];
      if (row.period > *open || row.period < decisions.charters.front().from) continue;
      ++records;
      points += row.confirmed ? row.points : 0;
    }
    const u128 income = state.books.balance(Books::income_account(*open));
    if (joined != 0) out.words += fmt::format(" ({} joined in {})", joined, month_name(*open));
    out.words += fmt::format(" · closed to: {}\n",
                             decisions.closed_through ? month_name(*decisions.closed_through) : "nothing yet");
    month =
        fmt::format("{}: {}, {}.\n", month_name(*open),
                    records == 0 ? "no records"
                                 : count(records, "record", "records") + " (" + count(points, "point", "points") + ")",
                    income == 0 ? "no income"
                                : money(income, state.dao.currency) + " " + unit_name(state.dao.currency) + " income");
    const DraftRow* draft = decisions.open_draft(*open);
    const bool over = now_s >= end_s;
    bool fresh = false;
    if (draft != nullptr) {
      const auto again = distribute(state, *open);
      fresh = again && again->outcome == draft->outcome;
      month += fresh ? fmt::format("The draft {} stands.\n", draft->id.text())
                     : fmt::format("The draft {} is stale: facts came after it.\n", draft->id.text());
    }
    const bool behind = now_s >= open->next().end_s(state.dao.offset);
    if (active != 0) next = next_step(*open, {over, behind, fresh, records != 0, income != 0});
    out.json.set("income", to_string(income));
    out.json.set("open_period", to_string(*open));
    out.json.set("records", static_cast<std::int64_t>(records));
    if (decisions.closed_through) out.json.set("closed_through", to_string(*decisions.closed_through));
  } else {
    out.words += "\n";
  }
  out.words += month;
  if (!session.statements().empty()) {
    const StatementPoint& point = session.statements().back();
    MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, point));
    const bool payable = signing.signers.size() >= state.dao.threshold;
    out.words +=
        fmt::format("Snapshot of {}: {} of {} signed{}\n  {}\n",
                    point.closed_through ? month_name(*point.closed_through) : "the beginning", signing.signers.size(),
                    state.dao.threshold, payable ? ", payable." : ".", to_hex(snapshot_hash(point.text)));
    if (!payable) next = "another steward runs mikoshi sign --key KEYFILE";
    out.json.set("snapshot", signing_json(session, point, signing));
  }
  if (!decisions.unstated.empty()) {
    out.words += unstated_words(state);
    next = "mikoshi sign --key KEYFILE";
  }
  std::string names;
  for (const Steward& steward : state.dao.stewards) names += (names.empty() ? "" : ", ") + steward.name.text();
  out.words +=
      fmt::format("Stewards: {}; {} of {} must sign.{}\n", names, state.dao.threshold, state.dao.stewards.size(),
                  state.dao.stewards.size() == 1 ? " One alone could sign two contradicting months." : "");
  out.words += fmt::format("Next: {}\n", next);
  out.json.set("next", next);
  return out;
}

}  // namespace mikoshi
