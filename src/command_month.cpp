// SPDX-License-Identifier: MIT
/// Commands of the month's end: draft, approve, sign, owed, status.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "mikoshi/community/claim_root.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

std::string plain(std::string_view account) {
  constexpr std::string_view prefix = "pool:";
  if (account.starts_with(partner_prefix)) return payee_words(account);
  return pool_name(account.starts_with(prefix) ? account.substr(prefix.size()) : account);
}

/// "10 reserve : 60 contributions : 30 tickets".
std::string charter_words(const CharterRow& row) {
  const Charter charter = *parse_charter(row.rules);  // a recorded charter is a valid one
  if (charter.root.kind != Node::Kind::split) return wording<Word::charter_all_to>(plain(charter.root.name()));
  std::string words;
  for (std::size_t i = 0; i < charter.root.branches.size(); ++i)
    words += (i == 0 ? "" : " : ") +
             wording<Word::charter_part>(charter.root.parts[i], plain(charter.root.branches[i].name()));
  return words;
}

std::string out_line(const std::string& side, const std::string& what, const u128& amount, const Currency& currency,
                     const std::string& remark) {
  std::string line =
      "  " + pad_right(side, 4) + " " + pad_right(what, 16) + " " + pad_left(money(amount, currency), 14);
  if (!remark.empty()) line += "  " + remark;
  return line + "\n";
}

/// What came in and went out in one currency.
std::string flow_words(Period period, const Flow& flow) {
  const Currency& currency = flow.currency;
  const Totals& outcome = flow.totals;
  const std::string in = wording<Word::draft_in>(), out = wording<Word::draft_out>();
  std::string words;
  words += out_line(in, wording<Word::income>(), outcome.in + outcome.recouped, currency, "");
  if (outcome.undivided_before != 0)
    words += out_line(in, wording<Word::undivided>(), outcome.undivided_before, currency,
                      wording<Word::draft_from>(month_name(period.previous())));
  if (outcome.recouped != 0)
    words += out_line(out, wording<Word::draft_recouped>(), outcome.recouped, currency,
                      wording<Word::draft_recouped_why>());
  // A line for each account and each pool of members; what only passes through a node is said where it arrives.
  for (const Stage& stage : flow.stages) {
    u128 to_members = 0;
    std::size_t people = 0;
    for (const Share& share : stage.shares) {
      if (!share.member || share.pay == 0) continue;
      to_members += share.pay;
      ++people;
    }
    if (people != 0) words += out_line(out, plain(stage.name), to_members, currency, count<Count::people>(people));
    const bool arrives = stage.kind == Node::Kind::to || stage.rule == Rule::floor;
    if (arrives && stage.shares.back().pay != 0)
      words += out_line(out, plain(stage.shares.back().payee), stage.shares.back().pay, currency, "");
  }
  u128 held = 0;
  for (const Stage& stage : flow.stages) held += stage.kept_after() - stage.after.undivided;
  words += out_line(out, wording<Word::undivided>(), outcome.undivided_after, currency,
                    held == 0 ? wording<Word::draft_undivided_kept>() : wording<Word::draft_held>(money(held, currency)));
  words += "       " + pad_left(money(outcome.in + outcome.recouped + outcome.undivided_before, currency), 31) + " = " +
           money(outcome.recouped + outcome.distributed + outcome.undivided_after, currency) + "\n";
  return words;
}

std::string distribution_words(const State& state, const Distribution& distribution) {
  std::string words =
      wording<Word::draft_charter>(distribution.charter->id.text(), charter_words(*distribution.charter));
  distribution.each_flow([&](const Flow& flow) {
    if (!distribution.others.empty()) words += flow.currency.code() + "\n";
    words += flow_words(distribution.period, flow);
  });
  for (const auto& [code, money] : state.others) {
    const u128 waits = money.books.balance(Books::income_account(distribution.period));
    const bool flows = std::any_of(distribution.others.begin(), distribution.others.end(),
                                   [&, code = code](const Flow& flow) { return flow.currency.code() == code; });
    if (!flows && waits != 0) words += wording<Word::draft_waits>(money_words(waits, money.currency), code);
  }
  if (distribution.late != 0) words += count<Count::late_records>(distribution.late);
  for (const TakenBack& taken : distribution.taken_back)
    words += wording<Word::draft_taken_back>(state.members.ids[taken.member].text(), thousands(taken.weight));
  return words;
}

Json outcome_json(const Distribution& distribution, const State& state) {
  Json json;
  encode_fields(distribution.outcome, json);
  const auto pays = [&](const Flow& flow) {
    Json pay;
    for (const Payout& payout : flow.payouts) pay.set(state.members.ids[payout.member].text(), to_string(payout.amount));
    for (const AccountPay& account : flow.accounts) pay.set(account.account, to_string(account.amount));
    return pay;
  };
  json.set("charter", to_hex(distribution.charter->hash));
  json.set("pay", pays(distribution));
  Json pay_others;
  for (const Flow& flow : distribution.others) pay_others.set(flow.currency.code(), pays(flow));
  if (!distribution.others.empty()) json.set("pay_others", std::move(pay_others));
  json.set("period", to_string(distribution.period));
  return json;
}

std::string signing_words(const Dao& dao, const SigningState& signing) {
  const std::size_t valid = signing.signers.size();
  const std::string words = valid > dao.threshold
                                ? wording<Word::signed_by_more>(joined(signing.signers), valid, dao.threshold)
                                : wording<Word::signed_by>(joined(signing.signers), valid, dao.threshold);
  if (signing.quorum) return words + wording<Word::signed_payable>();
  return words + wording<Word::signed_next>(wording<Word::next_other_steward>());
}

/// "April 2026 approved, but no snapshot names it. …": an approval that came by itself.
std::string unstated_words(const State& state) {
  std::vector<std::string> months;
  for (const std::uint32_t index : state.decisions.unstated)
    months.push_back(month_name(state.decisions.drafts[index].period));
  return wording<Word::approved_unstated>(joined(months));
}

/// Signs the snapshot of a statement and keeps it. What is signed is written down before the signature leaves.
Result<SigningState> sign_statement(const Session& session, const StatementPoint& point, const std::string& key_path,
                                    const StewardSecretKey& key) {
  MIKOSHI_ASSIGN(const SigningState before, signing_state(session, point));
  Note note{point.text, {}};
  if (!before.note.empty()) {
    MIKOSHI_ASSIGN(note, parse_note(before.note));
  }
  const Checkpoint checkpoint = *parse_checkpoint(point.text);
  const Dao& dao = point.dao;
  MIKOSHI_TRY(steward_of(dao, key.public_key()));
  MIKOSHI_TRY(record_signing(key_path, dao.id, checkpoint.size, checkpoint.root,
                             [&](std::uint64_t size) { return session.root_at(size); }));
  MIKOSHI_TRY(sign_snapshot(note, dao, key));
  MIKOSHI_TRY(session.store().put_snapshot(point.size, to_string(note)));
  return signing_state(session, point);
}

Json signing_json(const StatementPoint& point, const SigningState& signing) {
  Json::Array names;
  for (const std::string& name : signing.signers) names.push_back(name);
  Json json;
  json.set("payable", signing.quorum);
  json.set("signers", std::move(names));
  json.set("size", static_cast<std::int64_t>(point.size));
  json.set("snapshot", to_hex(snapshot_hash(point.text)));
  json.set("threshold", static_cast<std::int64_t>(point.dao.threshold));
  return json;
}

/// What is owed in one currency, and what stands in its accounts: as lines, and as data.
Json owed_in(const State& state, const Money& its, std::string& words) {
  const Currency& currency = its.currency;
  Json owed, accounts, json;
  u128 total = 0;
  std::size_t people = 0;
  for (const auto& [id, index] : state.members.ids.sorted()) {
    const u128 balance = its.books.owed(index);
    if (balance == 0) continue;
    words += pad_right(id.text(), 20) + " " + pad_left(money(balance, currency), 16) + "\n";
    owed.set(id.text(), to_string(balance));
    total += balance;
    ++people;
  }
  words += pad_right(wording<Word::owed>(), 20) + " " + pad_left(money(total, currency), 16) + " " +
           unit_name(currency) + "  " + count<Count::people>(people) + "\n";
  for (const auto& [name, account] : its.books.accounts) {
    if (account.balance() == 0) continue;
    accounts.set(name, to_string(account.balance()));
    words += pad_right(account_name(name), 20) + " " + pad_left(money(account.balance(), currency), 16) + "\n";
  }
  json.set("accounts", std::move(accounts));
  json.set("owed", std::move(owed));
  json.set("total", to_string(total));
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

/// What to do next: as people read it, and as --json says it, which is English whoever reads.
struct Next {
  std::string words, json;
};
Next next_command(const std::string& command) { return {command, command}; }
template <Word id, class... Args>
Next next_words(const Args&... args) {
  return {wording<id>(args...), wording_in<id>(Language::english, args...)};
}

/// The next command to run. Work is never spent on a month whose income is only late.
Next next_step(Period month, const MonthState& now) {
  const std::string period = to_string(month);
  if (now.over && now.fresh_draft && (now.income || !now.records))
    return next_command("mikoshi approve " + period + " --key KEYFILE");
  if (now.over && now.income) return next_command("mikoshi draft " + period);
  if (now.over && now.behind && !now.records) return next_words<Word::next_draft_nothing_happened>(period);
  if (!now.records) return next_command("mikoshi import contributions FILE --map discord");
  if (!now.income && now.over) return next_words<Word::next_income_or_draft>(period);
  if (!now.income) return next_command("mikoshi income AMOUNT --period " + period);
  return next_words<Word::next_draft_when_over>(period);
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
    out.words += wording<Word::draft_no_income>(count<Count::records>(distribution.counted.size()), options.period);
  const DraftRow& recorded_draft = *session.state().decisions.open_draft(period);
  if (recorded_draft.open_until_s != 0)
    out.words += wording<Word::draft_open_until>(to_string(*Timestamp::from_seconds(recorded_draft.open_until_s)));
  const UnpaidWork unpaid = unpaid_work(session.state().records);
  if (unpaid.unpaid * 2 > unpaid.all)
    out.words += wording<Word::draft_unpaid>(thousands((unpaid.unpaid * 100 + unpaid.all / 2) / unpaid.all));
  out.words += wording<Word::draft_next>(options.period);
  out.json = outcome_json(distribution, session.state());
  out.json.set("id", recorded_draft.id.text());
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
  if (options.key.empty() && !options.unsigned_yet) return fail(Errc::usage, wording<Word::approve_key_or_unsigned>());
  MIKOSHI_ASSIGN(const Period period, Period::parse(options.period));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const Decisions& decisions = session.state().decisions;
  for (const DraftRow& row : decisions.drafts)
    if (row.period == period && row.state == DraftState::approved)
      return fail(Errc::conflict, wording<Word::approved_already>(month_name(period), row.id.text()));
  const DraftRow* draft = decisions.open_draft(period);
  if (draft == nullptr) return fail(Errc::no_such_draft, wording<Word::no_draft>(month_name(period)));
  const RecordId id = draft->id;
  // The key is opened first: a wrong password must not leave a month closed and unsigned.
  std::optional<StewardSecretKey> key;
  if (!options.unsigned_yet) {
    MIKOSHI_ASSIGN(key, load_key(options.key, options.password));
    MIKOSHI_TRY(steward_of(session.state().dao, key->public_key()));
  }
  MIKOSHI_TRY(session.submit(Approve{id}, write));
  MIKOSHI_ASSIGN(const Statement statement, make_statement(session.state()));
  MIKOSHI_TRY(session.submit(statement, write));
  const StatementPoint& point = session.statements().back();
  Printout out;
  if (!key) {
    MIKOSHI_TRY(session.commit());
    out.words = wording<Word::approved_unsigned>(month_name(period), point.dao.threshold, to_hex(snapshot_hash(point.text)));
    out.json = signing_json(point, SigningState{});
    out.json.set("id", id.text());
    return out;
  }
  // A key that may not sign this is found out before the month is closed, too.
  const Checkpoint checkpoint = *parse_checkpoint(point.text);
  MIKOSHI_TRY(check_signing(options.key, session.state().dao.id, checkpoint.size, checkpoint.root,
                            [&](std::uint64_t size) { return session.root_at(size); }));
  MIKOSHI_TRY(session.commit());
  MIKOSHI_ASSIGN(const SigningState signing, sign_statement(session, point, options.key, *key));
  out.words =
      wording<Word::approved>(month_name(period), signing_words(point.dao, signing), to_hex(snapshot_hash(point.text)));
  out.json = signing_json(point, signing);
  out.json.set("id", id.text());
  return out;
}

Result<Printout> run_sign(const SignOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const bool unstated = !session.state().decisions.unstated.empty() || claims_unstated(session.state());
  if (session.statements().empty() && !unstated) return fail(Errc::no_snapshot, wording<Word::nothing_approved>());
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(options.at));
  if (session.state().last_at > at)
    return fail(Errc::time_in_future, wording<Word::last_line_later>(to_string(session.state().last_at)));
  MIKOSHI_ASSIGN(const StewardSecretKey key, load_key(options.key, options.password));
  MIKOSHI_TRY(steward_of(unstated ? session.state().dao : session.statements().back().dao, key.public_key()));
  if (unstated) {  // a month was approved by itself, or wallets are to be paid: the statement that names it comes first
    MIKOSHI_ASSIGN(const Statement statement, make_statement(session.state()));
    WriteOptions write;
    write.at = to_string(at);
    MIKOSHI_TRY(session.submit(statement, write));
    MIKOSHI_TRY(session.commit());
  }
  const StatementPoint& point = session.statements().back();
  MIKOSHI_ASSIGN(const SigningState signing, sign_statement(session, point, options.key, key));
  Printout out;
  out.words = wording<Word::signed_again>(signing_words(point.dao, signing), to_hex(snapshot_hash(point.text)));
  out.json = signing_json(point, signing);
  return out;
}

Result<Printout> run_owed(const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  Printout out;
  out.json = owed_in(state, state, out.words);
  Json others;
  for (const auto& [code, its] : state.others) {
    std::string words;
    Json json = owed_in(state, its, words);
    const bool any = !json.find("accounts")->object()->empty() || !json.find("owed")->object()->empty();
    if (any) out.words += words;
    others.set(code, std::move(json));
  }
  if (!state.others.empty()) out.json.set("others", std::move(others));
  bool payable = false;
  if (!session.statements().empty()) {
    MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, session.statements().back()));
    payable = signing.quorum && state.decisions.unstated.empty();
    out.words += payable          ? wording<Word::owed_payable>(joined(signing.signers))
                 : signing.quorum ? wording<Word::owed_not_all>(unstated_words(state))
                                  : wording<Word::owed_not_yet>(signing.signers.size(), session.statements().back().dao.threshold);
  }
  out.json.set("payable", payable);
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
  out.words = printable(folder) + " · " + count<Count::members>(active);
  const std::optional<Period> open = decisions.open_period();
  Next next = next_command("mikoshi member join --count N");
  out.json.set("dao", to_hex(state.dao.id));
  out.json.set("lines", static_cast<std::int64_t>(state.next_seq));
  out.json.set("members", static_cast<std::int64_t>(active));
  std::string month;
  if (open) {
    const std::int64_t start_s = open->start_s(state.dao.offset);
    const std::int64_t end_s = open->end_s(state.dao.offset);
    std::size_t newcomers = 0, records = 0;
    for (const Member& member : state.members.rows)
      newcomers += !member.guest() && member.stays.front().from_s >= start_s && member.stays.front().from_s < end_s ? 1 : 0;
    u128 points = 0;
    for (const std::uint32_t index : state.records.waiting) {
      const Contribution& row = state.records.contributions[index];
      if (row.period > *open || row.period < decisions.charters.front().from) continue;
      ++records;
      points += row.confirmed ? row.points : 0;
    }
    Sums incomes{state};
    incomes.add(state.currency.code(), state.books.balance(Books::income_account(*open)));
    for (const auto& [code, its] : state.others)
      if (const u128 waits = its.books.balance(Books::income_account(*open)); waits != 0) incomes.add(code, waits);
    const u128 income = incomes.own();
    const bool came_in = incomes.any();
    if (newcomers != 0) out.words += wording<Word::status_joined>(newcomers, month_name(*open));
    out.words += decisions.closed_through ? wording<Word::status_closed_to>(month_name(*decisions.closed_through))
                                          : wording<Word::status_closed_none>();
    month = wording<Word::status_month>(
        month_name(*open),
        records == 0 ? wording<Word::status_no_records>()
                     : wording<Word::status_records>(count<Count::records>(records), count<Count::points>(points)),
        came_in ? wording<Word::status_income>(incomes.words()) : wording<Word::status_no_income>());
    const DraftRow* draft = decisions.open_draft(*open);
    const bool over = now_s >= end_s;
    bool fresh = false;
    if (draft != nullptr) {
      const auto again = distribute(state, *open);
      fresh = again && again->outcome == draft->outcome;
      month += fresh ? wording<Word::status_draft_stands>(draft->id.text())
                     : wording<Word::status_draft_stale>(draft->id.text());
    }
    const bool behind = now_s >= open->next().end_s(state.dao.offset);
    if (active != 0) next = next_step(*open, {over, behind, fresh, records != 0, came_in});
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
    const bool payable = signing.quorum;
    const std::string of =
        point.closed_through ? month_name(*point.closed_through) : wording<Word::status_the_beginning>();
    const std::size_t valid = signing.signers.size();
    const std::string hash = to_hex(snapshot_hash(point.text));
    out.words += payable ? wording<Word::status_snapshot_payable>(of, valid, point.dao.threshold, hash)
                         : wording<Word::status_snapshot>(of, valid, point.dao.threshold, hash);
    if (!payable) next = next_words<Word::next_other_steward>();
    out.json.set("snapshot", signing_json(point, signing));
  }
  if (!decisions.unstated.empty()) {
    out.words += unstated_words(state);
    next = next_command("mikoshi sign --key KEYFILE");
  }
  std::vector<std::string> names;
  for (const Steward& steward : state.dao.stewards) names.push_back(steward.name.text());
  out.words += names.size() == 1 ? wording<Word::status_one_steward>(joined(names), state.dao.threshold, names.size())
                                 : wording<Word::status_stewards>(joined(names), state.dao.threshold, names.size());
  out.words += wording<Word::next_step>(next.words);
  out.json.set("next", next.json);
  return out;
}

}  // namespace mikoshi
