// SPDX-License-Identifier: MIT
#pragma once
/// @file decide.hpp
/// The lines that decide rather than report: a charter, a draft, its approval, and the statement that stewards sign.
///
/// Layer 4. Depends on: charter/distribution.hpp, charter/lint.hpp, community/claim_root.hpp, community/standing.hpp.
///
/// A draft says what a month's distribution would be, and is refused unless it recomputes. Drafts move nothing. Approval
/// computes again: it closes the month, books what everyone is owed and moves the fractions; if a fact came between,
/// the draft is stale and stays a draft. A statement repeats the numbers of all months approved since the last one,
/// so that signing the log up to it signs them.

#include <array>
#include <algorithm>
#include <string>
#include <vector>

#include "mikoshi/charter/distribution.hpp"
#include "mikoshi/charter/lint.hpp"
#include "mikoshi/community/claim_root.hpp"
#include "mikoshi/community/standing.hpp"

namespace mikoshi {

/// How far ahead a charter may start. No later charter can start before it, so a slip in the year must not block the rules.
inline constexpr int charter_ahead_months_max = 24;

struct CharterNew {
  static constexpr std::string_view kind = "charter";
  static constexpr std::string_view about = "rules for the months from `from` on";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::consent_missing, Errc::bad_charter, Errc::future_period, Errc::charter_too_late,
  });
  Period from;
  CharterId id;
  Json rules;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the first month that it governs");
    visit("id", self.id, "the charter's id, like v1");
    visit("rules", self.rules, "the charter");
  }
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    for (const CharterRow& row : state.decisions.charters)
      if (row.id == id) return row.seq;
    return std::nullopt;
  }
  /// @error conflict | consent_missing (the charter in force wants a proposal) | bad_charter (as parse_charter; or it does not fit this DAO or the charter before; all findings at once) |
  ///        future_period (more than two years ahead) | charter_too_late (after the first charter: not a month that is still to begin, or
  ///        not later than the last charter's)
  Status apply(State& state, const Envelope& envelope) const;
};

struct DraftNew {
  static constexpr std::string_view kind = "draft";
  static constexpr std::string_view about = "what a month's distribution would be; moves nothing";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::period_not_over, Errc::no_charter, Errc::period_closed, Errc::period_out_of_order,
      Errc::weight_overflow, Errc::stale_draft, Errc::payout_mismatch,
  });
  Hash charter{};
  RecordId id;
  Outcome outcome;
  Period period;
  std::uint64_t record = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("charter", self.charter, "SHA-256 of the charter's rules");
    visit("id", self.id, "the distribution's id");
    visit("outcome", self.outcome, "its numbers");
    visit("period", self.period, "the month");
    visit("record", self.record, "how many lines it was computed from");
  }
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const DraftRow* row = state.decisions.find_draft(id);
    return row != nullptr ? std::optional{row->seq} : std::nullopt;
  }
  /// @error conflict | period_not_over | as distribute | stale_draft (computed from other lines than those before it) |
  ///        payout_mismatch (the numbers are not what the charter gives)
  Status apply(State& state, const Envelope& envelope) const;
};

struct Void {
  static constexpr std::string_view kind = "void";
  static constexpr std::string_view about = "withdraws a draft";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::no_such_draft, Errc::conflict});
  RecordId draft;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("draft", self.draft, "the distribution's id");
  }
  /// @error no_such_draft (unknown, or void already) | conflict (approved already)
  Status apply(State& state, const Envelope& envelope) const;
};

/// How many totals of approved months, one a currency, may wait for a statement: it must fit a line.
inline constexpr std::size_t unstated_max = 100;

struct Approve {
  static constexpr std::string_view kind = "approve";
  static constexpr std::string_view about = "closes the month of a draft, and books what everyone is owed";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_draft, Errc::conflict, Errc::too_early, Errc::weight_overflow, Errc::stale_draft, Errc::too_many,
  });
  RecordId draft;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("draft", self.draft, "the distribution's id");
  }
  /// Lines that somebody objects to are owed, and wait; all others are paid.
  /// @error no_such_draft | conflict (approved already) | too_early (objections are still heard) | stale_draft | as distribute |
  ///        too_many
  Status apply(State& state, const Envelope& envelope) const;
};

/// One approved distribution, as a statement repeats it.
struct Stated {
  RecordId id;
  Outcome outcome;
  Period period;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the distribution's id");
    visit("outcome", self.outcome, "its numbers");
    visit("period", self.period, "the month");
  }
};

struct Statement {
  static constexpr std::string_view kind = "statement";
  static constexpr std::string_view about = "what the state is: the line that a snapshot ends with";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::no_charter, Errc::payout_mismatch});
  Hash charter{};
  std::optional<std::vector<ClaimRoot>> claims;  ///< one a currency, ascending by code; not there: no wallet has anything
  std::string currency;
  std::vector<Stated> distributions;
  MemberRoll members;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("charter", self.charter, "SHA-256 of the rules of the last closed month (else the first to come)");
    visit("claims", self.claims, "what wallets may claim on a chain, for each currency in which one has anything, ascending");
    visit("currency", self.currency, "what the numbers count");
    visit("distributions", self.distributions, "all approved since the last statement");
    visit("members", self.members, "where every member stands");
  }
  /// @error no_charter | payout_mismatch
  Status apply(State& state, const Envelope& envelope) const;
};

/// Puts a charter in force from its month on, whoever consented.
/// @error conflict | bad_charter | future_period | charter_too_late: see CharterNew
[[nodiscard]] MIKOSHI_INLINE Status adopt_charter(State& state, const CharterChange& change, const Envelope& envelope);

/// The draft that `state` gives for `period`. @error as distribute
[[nodiscard]] MIKOSHI_INLINE Result<DraftNew> make_draft(const State& state, Period period);

/// Books a distribution: its flows, and the records that it used up. Cannot fail.
/// @pre it is what `distribute` gives for this state.
MIKOSHI_INLINE void settle(State& state, const Distribution& distribution);

/// The statement that `state` gives. @error no_charter
[[nodiscard]] MIKOSHI_INLINE Result<Statement> make_statement(const State& state);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Books one currency's flow: what everyone is owed, and what the pools keep. Cannot fail.
inline void settle_flow(const State& state, Money& money, Period period, const Flow& flow) {
  const std::size_t members = state.members.rows.size();
  Books& books = money.books;
  Account& income = books.accounts[Books::income_account(period)];
  u128 recouped = flow.totals.recouped;
  for (const WorkIncome& earned : flow.works) {
    const WorkId& work = state.works.ids[earned.work];
    Account& account = books.accounts[Books::income_account(period, &work)];
    books.post(account, books.deficit_of(&work), earned.recouped);
    books.post(account, income, earned.in);
    recouped -= earned.recouped;
  }
  books.post(income, books.deficit, recouped);
  // The month's income pays everything and ends at zero: first what pools give out comes back to it, and at last it gives them
  // what they keep. Only differences are posted, so that no column grows by what merely stays.
  const auto keep = [&](const std::string& account, const u128& before, const u128& after) {
    if (after > before) books.post(income, books.accounts[account], after - before);
  };
  const auto give_out = [&](const std::string& account, const u128& before, const u128& after) {
    if (before > after) books.post(books.accounts[account], income, before - after);
  };
  const auto each_kept = [&](const auto& post) {
    for (const Stage& stage : flow.stages) {
      post("undivided:" + stage.name, stage.before.undivided, stage.after.undivided);
      post("held:" + stage.name, stage.held_before, stage.kept_after() - stage.after.undivided);
    }
  };
  each_kept(give_out);
  for (const Payout& payout : flow.payouts)
    each_creditor(state, payout.member, payout.amount, [&](Members::Index creditor, const u128& amount) {
      books.post(income, books.owed_to(creditor), amount);
    });
  for (const AccountPay& pay : flow.accounts) books.post(income, books.accounts[pay.account], pay.amount);
  each_kept(keep);
  MIKOSHI_CHECK(income.balance() == 0);

  for (const Stage& stage : flow.stages) {
    if (stage.kind == Node::Kind::to) continue;
    const PoolName id = *PoolName::parse(stage.name);
    if (stage.closed) {
      money.pools.erase(id);
      continue;
    }
    const bool remembers = stage.measure.remembers();
    const bool carries = stage.rule == Rule::carry && stage.kind != Node::Kind::take;
    const bool empty = stage.shares.empty() && std::all_of(stage.memory.begin(), stage.memory.end(),
                                                           [](std::uint64_t weight) { return weight == 0; });
    if ((!carries && !remembers) || (empty && !money.pools.contains(id))) continue;
    Pool& pool = money.pools[id];
    pool.carry = stage.after;
    pool.received = stage.received;
    pool.held = stage.held;
    if (remembers) pool.memory = stage.memory;
    for (const Share& share : stage.shares) {
      if (!share.member) {
        if (share.weight != 0) pool.branches[share.payee] = share.fraction_after;
        continue;
      }
      if (!carries) continue;
      if (pool.members.size() < members) {
        pool.members.resize(members, fraction_grace);
        pool.paid.resize(members);
      }
      pool.members[*share.member] = share.fraction_after;
      pool.paid[*share.member] += share.pay;
    }
  }
}

/// Takes what a flow repaid off the costs that wait, the oldest first.
inline void repay_costs(Costs& costs, const Flow& flow) {
  for (const Stage& stage : flow.stages) {
    if (stage.measure.weight != Weight::costs) continue;
    std::map<Members::Index, u128> paid;
    for (const Share& share : stage.shares)
      if (share.member) paid[*share.member] = share.pay;
    for (const std::uint32_t index : costs.waiting) {
      Cost& cost = costs.rows[index];
      const auto left = paid.find(cost.member);
      if (cost.work != stage.work || cost.currency != flow.currency.code() || left == paid.end()) continue;
      const u128 part = std::min(left->second, cost.waiting());
      cost.repaid += part;
      left->second -= part;
    }
  }
  std::erase_if(costs.waiting, [&](std::uint32_t index) { return costs.rows[index].waiting() == 0; });
}

}  // namespace detail

MIKOSHI_INLINE void settle(State& state, const Distribution& distribution) {
  detail::settle_flow(state, state, distribution.period, distribution);
  for (auto& [code, money] : state.others) {
    const auto flow = std::find_if(distribution.others.begin(), distribution.others.end(),
                                   [&, code = code](const Flow& one) { return one.currency.code() == code; });
    if (flow != distribution.others.end()) {
      detail::settle_flow(state, money, distribution.period, *flow);
      continue;
    }
    // No rules for this currency: what came in waits for a conversion, or for the next month's charter.
    Books& books = money.books;
    Account& income = books.accounts[Books::income_account(distribution.period)];
    books.post(income, books.deficit, std::min(income.balance(), books.missing()));
    books.post(income, books.accounts[Books::income_account(distribution.period.next())], income.balance());
  }
  for (const std::uint32_t index : distribution.counted) {
    Contribution& row = state.records.contributions[index];
    row.waiting = false;
    row.points_counted = row.points;
  }
  std::erase_if(state.records.waiting,
                [&](std::uint32_t index) { return !state.records.contributions[index].waiting; });
  for (const std::uint32_t index : distribution.segments) state.segments.rows[index].waiting = false;
  std::erase_if(state.segments.waiting, [&](std::uint32_t index) { return !state.segments.rows[index].waiting; });
  for (const TakenBack& taken : distribution.taken_back) state.records.debts[taken.heap][taken.member] -= taken.weight;
  distribution.each_flow([&](const Flow& flow) { detail::repay_costs(state.costs, flow); });
}

MIKOSHI_INLINE Status CharterNew::apply(State& state, const Envelope& envelope) const {
  if (made_in(state)) return fail(Errc::conflict, "the charter " + id.text() + " exists");
  if (state.decisions.consent_for("charter", envelope.at, state.dao.offset) != nullptr)
    return fail(Errc::consent_missing, "the charter in force wants its successor proposed");
  return adopt_charter(state, {from, id, rules}, envelope);
}

MIKOSHI_INLINE Status adopt_charter(State& state, const CharterChange& change, const Envelope& envelope) {
  Decisions& decisions = state.decisions;
  const auto& [from, id, rules] = change;
  for (const CharterRow& row : decisions.charters)
    if (row.id == id) return fail(Errc::conflict, "the charter " + id.text() + " exists");
  MIKOSHI_ASSIGN(const Charter charter, parse_charter(rules));
  if (from.months() > Period::of(envelope.at, state.dao.offset).months() + charter_ahead_months_max)
    return fail(Errc::future_period, "a charter starts at most two years after it was recorded");
  if (!decisions.charters.empty()) {
    if (from.start_s(state.dao.offset) <= envelope.at.seconds()) return fail(Errc::charter_too_late);
    if (from <= decisions.charters.back().from)
      return fail(Errc::charter_too_late, "the charter " + decisions.charters.back().id.text() + " starts with " +
                                              to_string(decisions.charters.back().from) + " already");
  }
  MIKOSHI_TRY(check_charter(state, charter, from));
  CharterRow row{id, envelope.seq, from, charter_hash(rules), {}, rules, {}, {}, {}};
  if (charter.minimum != 0) row.minimums[state.currency.code()] = charter.minimum;
  for (const auto& [code, tree] : charter.others)
    if (tree.minimum != 0) row.minimums[code] = tree.minimum;
  if (charter.works) row.works.insert(state.currency.code());
  for (const auto& [code, tree] : charter.others)
    if (tree.works) row.works.insert(code);
  row.consent = charter.consent;
  row.signed_kinds = charter.signed_kinds;
  decisions.charters.push_back(std::move(row));
  return {};
}

MIKOSHI_INLINE Result<DraftNew> make_draft(const State& state, Period period) {
  MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, period));
  std::size_t number = 1;
  for (const DraftRow& row : state.decisions.drafts) number += row.period == period ? 1 : 0;
  DraftNew draft;
  draft.charter = distribution.charter->hash;
  draft.id = *RecordId::parse(to_string(period) + "." + std::to_string(number));
  draft.outcome = distribution.outcome;
  draft.period = period;
  draft.record = state.next_seq;
  return draft;
}

MIKOSHI_INLINE Status DraftNew::apply(State& state, const Envelope& envelope) const {
  Decisions& decisions = state.decisions;
  if (made_in(state) || state.proposals.ids.find(id))
    return fail(Errc::conflict, "the distribution " + id.text() + " exists, or a proposal of that id");
  if (envelope.at.seconds() < period.end_s(state.dao.offset))
    return fail(Errc::period_not_over, to_string(period) + " is not over yet");
  MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, period));
  if (record != envelope.seq)
    return fail(Errc::stale_draft, "it was computed from " + std::to_string(record) + " lines, and there are " +
                                       std::to_string(envelope.seq));
  if (distribution.outcome != outcome || distribution.charter->hash != charter)
    return fail(Errc::payout_mismatch, "the draft " + id.text() + " is not what the charter gives");
  for (DraftRow& row : decisions.drafts)
    if (row.period == period && row.state == DraftState::open) row.state = DraftState::void_;
  DraftRow row{id, envelope.seq, period, outcome, DraftState::open, 0, {}};
  const auto& consent = distribution.charter->consent;
  if (const auto terms = consent.find("draft"); terms != consent.end())
    row.open_until_s = envelope.at.seconds() + static_cast<std::int64_t>(terms->second.days) * 86400;
  decisions.drafts.push_back(std::move(row));
  return {};
}

MIKOSHI_INLINE Status Void::apply(State& state, const Envelope&) const {
  for (DraftRow& row : state.decisions.drafts) {
    if (row.id != draft || row.state == DraftState::void_) continue;
    if (row.state == DraftState::approved)
      return fail(Errc::conflict, "the distribution " + draft.text() + " is approved: correct the records instead");
    row.state = DraftState::void_;
    return {};
  }
  return fail(Errc::no_such_draft, "no draft called " + draft.text() + " stands");
}

MIKOSHI_INLINE Status Approve::apply(State& state, const Envelope& envelope) const {
  Decisions& decisions = state.decisions;
  const DraftRow* found = decisions.find_draft(draft);
  if (found == nullptr) return fail(Errc::no_such_draft, "no distribution is called " + draft.text());
  if (found->state == DraftState::approved)
    return fail(Errc::conflict, "the distribution " + draft.text() + " is approved already");
  if (found->state == DraftState::void_)
    return fail(Errc::no_such_draft, "the draft " + draft.text() + " is void");
  if (envelope.at.seconds() < found->open_until_s)
    return fail(Errc::too_early, "objections to " + draft.text() + " are heard until " +
                                     mikoshi::to_string(*Timestamp::from_seconds(found->open_until_s)));
  const bool nothing_since = found->seq + 1 == envelope.seq;
  MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, found->period, nothing_since ? &found->outcome : nullptr));
  if (distribution.outcome != found->outcome) return fail(Errc::stale_draft);
  std::size_t unstated = distribution.outcome.currencies();
  for (const std::uint32_t index : decisions.unstated) unstated += decisions.drafts[index].outcome.currencies();
  if (unstated > unstated_max)
    return fail(Errc::too_many, "100 approved months, or totals of them, wait for a statement: state them first");
  settle(state, distribution);
  const auto index = static_cast<std::uint32_t>(found - decisions.drafts.data());
  decisions.drafts[index].state = DraftState::approved;
  for (const auto& [member, by] : decisions.drafts[index].objections) {
    Dispute dispute{index, member, {}, true};
    distribution.each_flow([&, member = member](const Flow& flow) {
      for (const Payout& payout : flow.payouts)
        if (payout.member == member && !state.members.rows[member].died) dispute.amounts[flow.currency.code()] = payout.amount;
    });
    if (!dispute.amounts.empty()) state.proposals.disputes.push_back(std::move(dispute));
  }
  decisions.unstated.push_back(index);
  decisions.closed_through = found->period;
  state.holdings.forget_before(found->period.end_s(state.dao.offset));
  return {};
}

namespace detail {
/// @param tree  the state's member tree, as it was; comes to where the members stand now.
inline Result<Statement> statement_with(MemberTree& tree, const State& state) {
  const Decisions& decisions = state.decisions;
  if (decisions.charters.empty()) return fail(Errc::no_charter, "a statement needs a charter");
  Statement statement;
  statement.charter = decisions.charter_of(decisions.closed_through.value_or(decisions.charters.front().from))->hash;
  if (std::vector<ClaimRoot> roots = claim_roots(state); !roots.empty()) statement.claims = std::move(roots);
  statement.currency = state.currency.code();
  for (const std::uint32_t index : decisions.unstated) {
    const DraftRow& row = decisions.drafts[index];
    statement.distributions.push_back(Stated{row.id, row.outcome, row.period});
  }
  update_tree(tree, state);
  statement.members = roll_of(tree);
  return statement;
}
}  // namespace detail

MIKOSHI_INLINE Result<Statement> make_statement(const State& state) {
  MemberTree tree = state.tree;
  return detail::statement_with(tree, state);
}

MIKOSHI_INLINE Status Statement::apply(State& state, const Envelope& envelope) const {
  MemberTree tree = state.tree;
  MIKOSHI_ASSIGN(const Statement right, detail::statement_with(tree, state));
  const auto same = [](const Stated& a, const Stated& b) {
    return a.id == b.id && a.outcome == b.outcome && a.period == b.period;
  };
  const bool equal = charter == right.charter && claims == right.claims && currency == right.currency && members == right.members &&
                     std::equal(distributions.begin(), distributions.end(), right.distributions.begin(),
                                right.distributions.end(), same);
  if (!equal) return fail(Errc::payout_mismatch, "the statement is not what the ledger gives");
  state.tree = std::move(tree);
  state.decisions.unstated.clear();
  state.decisions.last_statement = envelope.seq;
  return {};
}

#endif

}  // namespace mikoshi
