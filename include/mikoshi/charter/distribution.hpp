// SPDX-License-Identifier: MIT
#pragma once
/// @file distribution.hpp
/// A distribution: a month's income sent through the charter, with the reason for every unit.
///
/// Layer 3. Depends on: charter/weight.hpp, crypto/sum_tree.hpp, split/. Reads the state, changes nothing.
///
/// Every node becomes a stage that says what came in, what each payee weighed, what was paid and what was kept, so
/// `explain` is a print-out and not a second computation. At every stage: in = Σ pays + Δ undivided (checked).

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/charter/weight.hpp"
#include "mikoshi/crypto/sum_tree.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"

namespace mikoshi {

/// What one payee gets at one stage, and why.
struct Share {
  std::string payee;                               ///< member id, branch name, or account
  std::optional<Members::Index> member;            ///< among: the member
  std::uint64_t weight = 0;                        ///< parts, points, seconds, …
  std::uint64_t taken_back = 0;                    ///< contributions: weight that made up for some counted in vain
  std::uint64_t fraction_before = fraction_grace;  ///< 2^-64 minor units, grace included
  std::uint64_t fraction_after = fraction_grace;
  u128 pay = 0;  ///< minor units
};

/// One node of the charter as it was evaluated.
struct Stage {
  Node::Kind kind = Node::Kind::to;
  std::string path;
  std::string name;  ///< account (to) or pool
  Weight weight = Weight::equal;
  Rule rule = Rule::carry;
  bool closed = false;     ///< the pool ends here: the next charter has none of that name
  bool passed_on = false;  ///< among: every weight was zero, so the amount went to `else`
  u128 in = 0;
  u128 weight_sum = 0;
  CarryPool before, after;
  std::vector<Share> shares;  ///< split: in the charter's order; among: ascending by member id
};

struct Payout {
  Members::Index member = 0;
  u128 amount = 0;
};

/// A leaf of the payout tree: what one payee gets in a month. Its text is its canonical JSON.
struct PayoutLeaf {
  u128 amount = 0;
  std::string payee;  ///< a member's id, or an account like pool:reserve
  Period period;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("payee", self.payee, "a member's id, or an account like pool:reserve");
    visit("period", self.period, "the month");
  }
  [[nodiscard]] SumNode node() const { return {amount, leaf_hash(as_bytes(canonical_text(*this)))}; }
};

struct AccountPay {
  std::string account;
  u128 amount = 0;
};

struct Distribution {
  Period period;
  const CharterRow* charter = nullptr;  ///< in the state it was computed from
  Outcome outcome;
  std::vector<Stage> stages;           ///< parents before children, in the charter's order
  std::vector<Payout> payouts;         ///< ascending by member id; only what is above zero
  std::vector<AccountPay> accounts;    ///< ascending by name
  std::vector<std::uint32_t> counted;  ///< the contributions that it uses up
  std::uint64_t late = 0;              ///< how many of those belong to an earlier, closed month
  std::vector<TakenBack> taken_back;   ///< ascending by member index
};

/// One line of the digest: canonical JSON and a newline.
[[nodiscard]] inline std::string share_line(const Stage& stage, const Share& share);

/// The leaves of the payout tree, ascending by payee.
[[nodiscard]] inline std::vector<PayoutLeaf> payout_leaves(const State& state, const Distribution& distribution);

/// Sends the income of `period` through its charter.
/// @error  no_charter           nothing governs that month.
/// @error  period_closed | period_out_of_order  it is not the first month that is still open.
/// @error  weight_overflow      a weight's sum reaches 2^64.
/// @pre    `state` outlives the result.
/// @cost   O(members) a node and the cost of its weight.
[[nodiscard]] inline Result<Distribution> distribute(const State& state, Period period);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

class Distributor {
 public:
  Distributor(const State& state, Period period, const std::set<PoolId>* kept)
      : state_(state), period_(period), kept_(kept) {
    pays_by_member_.resize(state.members.rows.size());
  }

  Status node(const Node& node, const u128& in) {
    switch (node.kind) {
      case Node::Kind::to:
        return to(node, in);
      case Node::Kind::split:
        return split(node, in);
      case Node::Kind::among:
        return among(node, in);
    }
    return {};
  }

  void finish(Distribution& result) {
    Outcome& outcome = result.outcome;
    for (const auto& [id, index] : state_.members.ids.sorted()) {
      if (pays_by_member_[index] == 0) continue;
      result.payouts.push_back({index, pays_by_member_[index]});
      outcome.distributed += pays_by_member_[index];
    }
    for (const auto& [account, amount] : pays_by_account_) {
      result.accounts.push_back({account, amount});
      outcome.distributed += amount;
    }
    Sha256 digest;
    // All pools, used this month or not, so that what is kept after one month is what was kept before the next.
    for (const auto& [id, pool] : state_.pools) outcome.undivided_before += pool.carry.undivided;
    outcome.undivided_after = outcome.undivided_before;
    for (const Stage& stage : stages_) {
      outcome.undivided_after += stage.after.undivided;
      outcome.undivided_after -= stage.before.undivided;
      for (const Share& share : stage.shares) digest.update(share_line(stage, share));
    }
    outcome.digest = digest.finish();
    result.period = period_;
    GrowingTree<SumNode> tree;
    for (const PayoutLeaf& leaf : payout_leaves(state_, result)) tree.append(leaf.node());
    outcome.payees = tree.size();
    outcome.payout_root = tree.root().hash;
    MIKOSHI_CHECK(tree.root().sum == outcome.distributed);
    MIKOSHI_CHECK(outcome.in + outcome.undivided_before == outcome.distributed + outcome.undivided_after);
    result.stages = std::move(stages_);
    for (const std::uint32_t index : state_.records.waiting) {
      const Contribution& row = state_.records.contributions[index];
      if (!counts_in(row, period_, state_.decisions)) continue;
      result.counted.push_back(index);
      result.late += row.period < period_ ? 1 : 0;
    }
    result.taken_back = weigh_contributions(state_, period_).taken_back;
  }

 private:
  Stage open_stage(const Node& node, const u128& in) const {
    Stage stage;
    stage.kind = node.kind;
    stage.path = node.path;
    stage.name = node.name();
    stage.weight = node.weight;
    stage.rule = node.rule;
    stage.in = in;
    if (node.kind != Node::Kind::to) {
      stage.closed = kept_ != nullptr && !kept_->contains(node.pool);
      if (const auto pool = state_.pools.find(node.pool); pool != state_.pools.end()) stage.before = pool->second.carry;
      stage.after = stage.before;
    }
    return stage;
  }

  /// Whether a pool at or below `node` ends with this month, and so has its fractions paid out.
  [[nodiscard]] bool ends(const Node& node) const {
    if (node.kind != Node::Kind::to && kept_ != nullptr && !kept_->contains(node.pool)) return true;
    return std::any_of(node.branches.begin(), node.branches.end(), [&](const Node& branch) { return ends(branch); });
  }

  [[nodiscard]] const Pool& pool_of(const Node& node) const {
    static const Pool fresh;
    const auto pool = state_.pools.find(node.pool);
    return pool == state_.pools.end() ? fresh : pool->second;
  }

  Status to(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    Share share;
    share.payee = node.account;
    share.pay = in;
    stage.shares.push_back(std::move(share));
    pays_by_account_[node.account] += in;
    stages_.push_back(std::move(stage));
    return {};
  }

  /// Closes the stage's pool. `close` wants the payees ascending; a split lists them in the charter's order.
  static void close_by_name(Stage& stage, std::vector<std::uint64_t>& fractions, std::vector<u128>& pays) {
    std::vector<std::size_t> order(fractions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return stage.shares[a].payee < stage.shares[b].payee; });
    std::vector<std::uint64_t> sorted;
    for (const std::size_t i : order) sorted.push_back(fractions[i]);
    std::vector<u128> units(order.size());
    close(stage.after, sorted, units);
    for (std::size_t i = 0; i < order.size(); ++i) {
      pays[order[i]] = units[i];
      fractions[order[i]] = sorted[i];
    }
  }

  /// Runs the stage's rule over its shares, and closes the pool where it ends. Shares have weight and fraction set.
  static Status pay(Stage& stage) {
    std::vector<std::uint64_t> weights, fractions;
    std::vector<u128> pays(stage.shares.size()), last(stage.shares.size());
    for (const Share& share : stage.shares) {
      weights.push_back(share.weight);
      fractions.push_back(share.fraction_before);
      stage.weight_sum += share.weight;
    }
    const u128 in = stage.passed_on ? u128{0} : stage.in;
    MIKOSHI_TRY(stage.rule == Rule::carry ? carry(in, stage.after, weights, fractions, pays)
                                          : hamilton(in, weights, pays));
    if (stage.closed) close_by_name(stage, fractions, last);
    u128 paid = 0;
    for (std::size_t i = 0; i < stage.shares.size(); ++i) {
      stage.shares[i].pay = pays[i] + last[i];
      stage.shares[i].fraction_after = fractions[i];
      paid += stage.shares[i].pay;
    }
    MIKOSHI_CHECK(in + stage.before.undivided == paid + stage.after.undivided);
    return {};
  }

  Status split(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    for (std::size_t i = 0; i < node.branches.size(); ++i) {
      Share share;
      share.payee = node.branches[i].name();
      share.weight = node.parts[i];
      share.fraction_before = pool_of(node).fraction(share.payee);
      stage.shares.push_back(std::move(share));
    }
    MIKOSHI_TRY(pay(stage));
    stages_.push_back(std::move(stage));
    const std::size_t place = stages_.size() - 1;
    for (std::size_t i = 0; i < node.branches.size(); ++i) {
      const u128 amount = stages_[place].shares[i].pay;
      MIKOSHI_TRY(this->node(node.branches[i], amount));
    }
    return {};
  }

  Status among(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    MIKOSHI_ASSIGN(const std::vector<std::uint64_t> weights, weights_of(state_, node.weight, period_));
    const Pool& pool = pool_of(node);
    stage.passed_on = std::all_of(weights.begin(), weights.end(), [](std::uint64_t weight) { return weight == 0; });
    for (const auto& [id, index] : state_.members.ids.sorted()) {
      if (weights[index] == 0 && !stage.closed) continue;  // a pool that ends pays whoever has a fraction in it
      Share share;
      share.payee = id.text();
      share.member = index;
      share.weight = weights[index];
      share.fraction_before = pool.fraction(index);
      stage.shares.push_back(std::move(share));
    }
    if (node.weight == Weight::contributions) {
      std::vector<std::uint64_t> taken_back(weights.size());
      for (const TakenBack& taken : weigh_contributions(state_, period_).taken_back)
        taken_back[taken.member] = taken.weight;
      for (Share& share : stage.shares) share.taken_back = taken_back[*share.member];
    }
    MIKOSHI_TRY(pay(stage));
    std::erase_if(stage.shares, [](const Share& share) { return share.weight == 0 && share.pay == 0; });
    for (const Share& share : stage.shares) pays_by_member_[*share.member] += share.pay;
    const u128 rest = stage.passed_on ? in : u128{0};
    const bool visit_else = stage.passed_on || ends(node.branches.front());
    stages_.push_back(std::move(stage));
    return visit_else ? this->node(node.branches.front(), rest) : Status{};
  }

  const State& state_;
  const Period period_;
  const std::set<PoolId>* kept_;  ///< pools that the next month's charter has; nullptr: the same charter
  std::vector<Stage> stages_;
  std::vector<u128> pays_by_member_;
  std::map<std::string, u128> pays_by_account_;
};

}  // namespace detail

inline std::string share_line(const Stage& stage, const Share& share) {
  return "{\"fraction\":\"" + to_hex(big_endian(share.fraction_after)) + "\",\"path\":\"" + stage.path +
         "\",\"pay\":\"" + to_string(share.pay) + "\",\"payee\":\"" + share.payee + "\",\"weight\":\"" +
         std::to_string(share.weight) + "\"}\n";
}

inline std::vector<PayoutLeaf> payout_leaves(const State& state, const Distribution& distribution) {
  std::vector<PayoutLeaf> leaves;
  leaves.reserve(distribution.payouts.size() + distribution.accounts.size());
  for (const Payout& payout : distribution.payouts)
    leaves.push_back({payout.amount, state.members.ids[payout.member].text(), distribution.period});
  for (const AccountPay& pay : distribution.accounts)
    if (pay.amount != 0) leaves.push_back({pay.amount, pay.account, distribution.period});
  std::sort(leaves.begin(), leaves.end(), [](const PayoutLeaf& a, const PayoutLeaf& b) { return a.payee < b.payee; });
  return leaves;
}

inline Result<Distribution> distribute(const State& state, Period period) {
  const CharterRow* row = state.decisions.charter_of(period);
  if (row == nullptr) return fail(Errc::no_charter, "no charter governs " + to_string(period));
  if (period != *state.decisions.open_period())
    return fail(period < *state.decisions.open_period() ? Errc::period_closed : Errc::period_out_of_order,
                "the next month to close is " + to_string(*state.decisions.open_period()));
  MIKOSHI_ASSIGN(const Charter charter, parse_charter(row->rules));
  const CharterRow* next_row = state.decisions.charter_of(period.next());
  std::optional<Charter> next;
  if (next_row != row) {
    MIKOSHI_ASSIGN(next, parse_charter(next_row->rules));
  }
  Distribution result;
  result.period = period;
  result.charter = row;
  const u128 income = state.books.balance(Books::income_account(period));
  result.outcome.recouped = std::min(income, state.books.missing());
  result.outcome.in = income - result.outcome.recouped;
  detail::Distributor distributor{state, period, next ? &next->pools : nullptr};
  MIKOSHI_TRY(distributor.node(charter.root, result.outcome.in));
  distributor.finish(result);
  return result;
}

}  // namespace mikoshi
