// SPDX-License-Identifier: MIT
#pragma once
/// @file distribution.hpp
/// A distribution: a month's income sent through the charter, with the reason for every unit.
///
/// Layer 3. Depends on: charter/weight.hpp, crypto/sum_tree.hpp, split/. Reads the state, changes nothing.
///
/// Every node becomes a stage that says what came in, what each payee weighed, what was paid and what was kept, so
/// `explain` is a print-out and not a second computation. At every stage: in = Σ pays + rest + Δ kept (checked).

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
  std::string path;                  ///< where it stands in the charter; below works, with the work's id: /works/film/rest
  std::string rule_path;             ///< where its rules stand in the charter: /works/rest
  std::string name;                  ///< account (to) or pool; below works WORK:POOL
  std::optional<Works::Index> work;  ///< below works: which
  Measure measure;
  Rule rule = Rule::carry;
  Bounds bounds;
  bool closed = false;     ///< the pool ends here: the next charter has none of that name
  bool passed_on = false;  ///< among: every weight was zero, so the amount went to `else`
  u128 in = 0;
  u128 weight_sum = 0;
  u128 rest = 0;  ///< among: what no member may have any more goes to `else`
  CarryPool before, after;
  u128 received = 0;           ///< threshold, recoup: minor units that count towards the limit, with this month's
  std::pair<std::uint64_t, std::uint64_t> cap{1, 1};  ///< recoup of pledges: how many times they come back
  u128 held_before = 0;        ///< hold: minor units
  std::vector<Held> held;      ///< hold: what still waits
  std::vector<std::uint64_t> memory;  ///< decay, lifetime: what the pool remembers from now on, by member index
  std::vector<Share> shares;   ///< among: ascending by member id; else in the charter's order

  /// Whether it is where the community's money enters, or a work's.
  [[nodiscard]] bool is_root() const { return rule_path.ends_with(work ? "/works" : "/root"); }
  /// Minor units kept in the pool, before and after.
  [[nodiscard]] u128 kept_before() const { return before.undivided + held_before; }
  [[nodiscard]] u128 kept_after() const {
    u128 sum = after.undivided;
    for (const Held& part : held) sum += part.amount - part.given;
    return sum;
  }
};

struct Payout {
  Members::Index member = 0;
  u128 amount = 0;
};

/// A leaf of the payout tree: what one payee gets in a month. Its text is its canonical JSON.
struct PayoutLeaf {
  u128 amount = 0;
  std::optional<std::string> currency;  ///< not there: the DAO's own
  std::string payee;                    ///< a member's id, or an account like pool:reserve
  Period period;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("currency", self.currency, "the currency's code, if it is not the DAO's own");
    visit("payee", self.payee, "a member's id, or an account like pool:reserve");
    visit("period", self.period, "the month");
  }
  [[nodiscard]] SumNode node() const {
    std::string text;
    return node(text);
  }
  /// The same; the leaf's text comes to stand in `text`, so that many leaves need one.
  [[nodiscard]] SumNode node(std::string& text) const {
    text.clear();
    write_json(text, *this);
    return {amount, leaf_hash(as_bytes(text))};
  }
};

struct AccountPay {
  std::string account;
  u128 amount = 0;
};

/// What a work earned in a month.
struct WorkIncome {
  Works::Index work = 0;
  u128 in = 0;        ///< minor units that enter the charter
  u128 recouped = 0;  ///< minor units that make up for refunds of the work's closed months
};

/// One currency's way through the charter.
struct Flow {
  Currency currency;
  Totals totals;
  std::vector<WorkIncome> works;     ///< those that earned anything, ascending by id
  std::vector<Stage> stages;         ///< parents before children, in the charter's order
  std::vector<Payout> payouts;       ///< ascending by member id; only what is above zero
  std::vector<AccountPay> accounts;  ///< ascending by name

  /// Minor units that entered the rules for a work, or for the community.
  [[nodiscard]] u128 entered(const std::optional<Works::Index>& work) const {
    u128 community = totals.in;
    for (const WorkIncome& earned : works) {
      if (work == earned.work) return earned.in;
      community -= earned.in;
    }
    return work ? u128{0} : community;
  }
};

/// Its own flow is that of the DAO's own currency.
struct Distribution : Flow {
  Period period;
  const CharterRow* charter = nullptr;  ///< in the state it was computed from
  Outcome outcome;                      ///< the totals of all flows
  std::vector<Flow> others;             ///< those currencies that the charter has rules for, ascending by code
  std::vector<std::uint32_t> counted;   ///< the contributions that it uses up
  std::vector<std::uint32_t> segments;  ///< the segments that it uses up
  std::uint64_t late = 0;               ///< how many of those belong to an earlier, closed month
  std::vector<TakenBack> taken_back;    ///< by heaps, ascending by member index

  /// Visits every flow: that of the DAO's own currency first.
  template <class Visit>
  void each_flow(Visit&& visit) const {
    visit(static_cast<const Flow&>(*this));
    for (const Flow& other : others) visit(other);
  }
};

/// Adds one line of the digest to a text: canonical JSON and a newline.
MIKOSHI_INLINE void write_share_line(std::string& out, const Stage& stage, const Share& share);

/// The leaves of a flow's payout tree, ascending by payee.
[[nodiscard]] MIKOSHI_INLINE std::vector<PayoutLeaf> payout_leaves(const State& state, Period period, const Flow& flow);

/// What came in for `period` in one currency, sent through its tree.
/// @param kept   the pools that the next month's charter has too; nullptr: it is the same charter.
/// @param known  what these lines gave before, if they did: see distribute.
/// @error weight_overflow | as distribute
[[nodiscard]] MIKOSHI_INLINE Status flow_through(const State& state, const Money& money, Period period, const Tree& tree,
                                                 const std::set<PoolId>* kept, const Totals* known, Flow& flow);

/// Sends the income of `period` through its charter.
/// @error  no_charter           nothing governs that month.
/// @error  period_closed | period_out_of_order  it is not the first month that is still open.
/// @error  weight_overflow      a weight's sum reaches 2^64.
/// @param  known  the outcome, where the same lines gave it before: its digests are not computed again.
/// @pre    `state` outlives the result.
/// @cost   O(members) a node and the cost of its weight; two or three hashes a payee, unless the outcome is known.
[[nodiscard]] MIKOSHI_INLINE Result<Distribution> distribute(const State& state, Period period, const Outcome* known = nullptr);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Sends one currency's money through its tree.
class Distributor {
 public:
  Distributor(const State& state, const Money& money, Period period, const std::set<PoolId>* kept)
      : state_(state), money_(money), period_(period), kept_(kept) {
    scope_.currency = money.currency.code();
    pays_by_member_.resize(state.members.rows.size());
  }

  /// What a work earned, through the rules for works.
  Status work(Works::Index index, const Node& works, const u128& in) {
    scope_.work = index;
    const Status status = node(works, in);
    scope_.work.reset();
    return status;
  }

  Status node(const Node& node, const u128& in) {
    switch (node.kind) {
      case Node::Kind::to:
        return to(node, in);
      case Node::Kind::split:
        return split(node, in);
      case Node::Kind::among:
        return among(node, in);
      case Node::Kind::take:
      case Node::Kind::threshold:
        return gate(node, in);
      case Node::Kind::recoup:
        return recoup(node, in);
      case Node::Kind::hold:
        return hold(node, in);
    }
    return {};
  }

  /// Adds everything up. `flow` has its currency and what came in.
  void finish(Flow& flow, const Totals* known) {
    Totals& totals = flow.totals;
    for (const auto& [id, index] : state_.members.ids.sorted()) {
      if (pays_by_member_[index] == 0) continue;
      flow.payouts.push_back({index, pays_by_member_[index]});
      totals.distributed += pays_by_member_[index];
    }
    for (const auto& [account, amount] : pays_by_account_) {
      flow.accounts.push_back({account, amount});
      totals.distributed += amount;
    }
    // All pools, used this month or not, so that what is kept after one month is what was kept before the next.
    for (const auto& [id, pool] : money_.pools) totals.undivided_before += pool.carry.undivided + pool.holding();
    totals.undivided_after = totals.undivided_before;
    for (const Stage& stage : stages_) {
      totals.undivided_after += stage.kept_after();
      totals.undivided_after -= stage.kept_before();
    }
    MIKOSHI_CHECK(totals.in + totals.undivided_before == totals.distributed + totals.undivided_after);
    if (known != nullptr) {
      totals.digest = known->digest;
      totals.payees = known->payees;
      totals.payout_root = known->payout_root;
      MIKOSHI_CHECK(totals == *known);
    } else {
      digest_shares(flow);
    }
    flow.stages = std::move(stages_);
  }

 private:
  void digest_shares(Flow& flow) const {
    Sha256 digest;
    std::string text;
    for (const Stage& stage : stages_)
      for (const Share& share : stage.shares) {
        text.clear();
        write_share_line(text, stage, share);
        digest.update(text);
      }
    GrowingTree<SumNode> tree;
    for (const PayoutLeaf& leaf : payout_leaves(state_, period_, flow)) tree.append(leaf.node(text));
    flow.totals.digest = digest.finish();
    flow.totals.payees = tree.size();
    flow.totals.payout_root = tree.root().hash;
    MIKOSHI_CHECK(tree.root().sum == flow.totals.distributed);
  }

  Stage open_stage(const Node& node, const u128& in) const {
    Stage stage;
    stage.kind = node.kind;
    stage.path = stage.rule_path = node.path;
    stage.name = node.name();
    stage.work = scope_.work;
    if (scope_.work) {
      constexpr std::string_view works = "/works";
      stage.path.insert(stage.path.find(works) + works.size(), "/" + state_.works.ids[*scope_.work].text());
      if (node.kind != Node::Kind::to) stage.name = pool_name(node).text();
    }
    stage.measure = node.measure;
    stage.rule = node.rule;
    stage.bounds = node.bounds;
    stage.cap = node.cap;
    stage.in = in;
    if (node.kind != Node::Kind::to) {
      stage.closed = kept_ != nullptr && !kept_->contains(node.pool);
      const Pool& pool = pool_of(node);
      stage.before = stage.after = pool.carry;
      stage.received = pool.received;
      stage.held_before = pool.holding();
      stage.held = pool.held;
    }
    return stage;
  }

  /// Whether a pool at or below `node` wants this month even if nothing comes in: it ends, and its fractions are paid out,
  /// or it holds money.
  [[nodiscard]] bool awake(const Node& node) const {
    if (node.kind != Node::Kind::to && kept_ != nullptr && !kept_->contains(node.pool)) return true;
    if (node.kind == Node::Kind::hold && !pool_of(node).held.empty()) return true;
    return std::any_of(node.branches.begin(), node.branches.end(), [&](const Node& branch) { return awake(branch); });
  }

  [[nodiscard]] PoolName pool_name(const Node& node) const {
    return scope_.work ? PoolName{state_.works.ids[*scope_.work], node.pool} : PoolName{node.pool};
  }
  [[nodiscard]] const Pool& pool_of(const Node& node) const {
    static const Pool fresh;
    const auto pool = money_.pools.find(pool_name(node));
    return pool == money_.pools.end() ? fresh : pool->second;
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

  /// Runs the stage's rule over its shares, and closes the pool where it ends. Shares have weight and fraction set.
  Status pay(Stage& stage, const Node& node, const u128& in) {
    // Ties go to the smaller name: members come sorted, a split lists its branches in the charter's order.
    std::vector<std::size_t> order(stage.shares.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (stage.kind != Node::Kind::among)
      std::sort(order.begin(), order.end(),
                [&](std::size_t a, std::size_t b) { return stage.shares[a].payee < stage.shares[b].payee; });
    std::vector<std::uint64_t> weights, fractions;
    std::vector<u128> pays(order.size()), last(order.size());
    for (const std::size_t i : order) {
      weights.push_back(stage.shares[i].weight);
      fractions.push_back(stage.shares[i].fraction_before);
      stage.weight_sum += stage.shares[i].weight;
    }
    u128 rest = 0;
    switch (stage.rule) {
      case Rule::carry:
        if (!stage.bounds.some()) {
          MIKOSHI_TRY(carry(in, stage.after, weights, fractions, pays));
        } else {
          std::vector<u128> paid;
          const Pool& pool = pool_of(node);
          for (const Share& share : stage.shares) paid.push_back(pool.paid_to(*share.member));
          MIKOSHI_TRY(carry_bounded(in, stage.after, stage.bounds, weights, paid, fractions, pays, stage.rest));
        }
        break;
      case Rule::hamilton:
        MIKOSHI_TRY(hamilton(in, weights, pays));
        break;
      case Rule::sainte_lague:
        MIKOSHI_TRY(sainte_lague(in, weights, pays));
        break;
      case Rule::floor:
        MIKOSHI_TRY(floor_shares(in, weights, pays, rest));
        break;
    }
    if (stage.closed) close(stage.after, fractions, last);
    for (std::size_t i = 0; i < order.size(); ++i) {
      stage.shares[order[i]].pay = pays[i] + last[i];
      stage.shares[order[i]].fraction_after = fractions[i];
    }
    if (stage.rule == Rule::floor) {
      stage.shares.push_back(unweighed(node.rest_account, rest));
      pays_by_account_[node.rest_account] += rest;
    }
    return {};
  }

  static Share unweighed(const std::string& payee, const u128& pay) {
    Share share;
    share.payee = payee;
    share.pay = pay;
    return share;
  }

  /// Keeps the stage, then sends each branch what the stage gave it.
  Status send(const Node& node, Stage&& stage, const u128& used) {
    u128 paid = 0;
    for (const Share& share : stage.shares) paid += share.pay;
    MIKOSHI_CHECK(used + stage.kept_before() == paid + stage.rest + stage.kept_after());
    // The shares of members come first, if there are any; an among sends its rest itself.
    std::vector<u128> amounts;
    for (const Share& share : stage.shares)
      if (!share.member && amounts.size() < node.branches.size()) amounts.push_back(share.pay);
    if (node.kind == Node::Kind::among) amounts.clear();
    stages_.push_back(std::move(stage));
    for (std::size_t i = 0; i < amounts.size(); ++i) MIKOSHI_TRY(this->node(node.branches[i], amounts[i]));
    return {};
  }

  /// take, threshold: up to a limit one way, beyond it the other.
  Status gate(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    u128 first = 0;
    if (node.kind == Node::Kind::take) {
      first = std::min(in, node.limit);
    } else if (node.month) {
      first = period_ < *node.month ? in : u128{0};
    } else {
      first = std::min(in, node.limit - std::min(node.limit, stage.received));
    }
    // Counted also while a month decides: a later charter may have an amount. It is above any limit where it stops.
    if (node.kind == Node::Kind::threshold) stage.received = std::min(amount_limit(), stage.received + in);
    stage.shares = {unweighed(node.branches[0].name(), first), unweighed(node.branches[1].name(), in - first)};
    return send(node, std::move(stage), in);
  }

  /// What members pledged comes back to them, up to the cap; or what they laid out, all of it.
  Status recoup_members(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    const Pool& pool = pool_of(node);
    MIKOSHI_ASSIGN(const auto weights, weights_of(state_, node.measure.weight, period_, scope_));
    u128 most = 0;
    for (const auto& [id, index] : state_.members.ids.sorted()) {
      if (weights[index] == 0) continue;
      most += weights[index];
      Share share;
      share.payee = id.text();
      share.member = index;
      share.weight = weights[index];
      share.fraction_before = pool.fraction(index);
      stage.shares.push_back(std::move(share));
    }
    u128 first = 0;
    if (node.measure.weight == Weight::costs) {
      stage.rule = Rule::hamilton;  // what waits shrinks by what is paid, so there is nothing to carry
      first = std::min(in, most);
    } else {
      most = most * node.cap.first / node.cap.second;
      first = std::min(in, most - std::min(most, stage.received));
      stage.received += first;
    }
    MIKOSHI_TRY(pay(stage, node, first));
    for (const Share& share : stage.shares) pays_by_member_[*share.member] += share.pay;
    stage.shares.push_back(unweighed(node.branches.front().name(), in - first));
    return send(node, std::move(stage), in);
  }

  Status recoup(const Node& node, const u128& in) {
    if (node.parts.empty()) return recoup_members(node, in);
    Stage stage = open_stage(node, in);
    u128 most = 0;
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
      most += node.parts[i];
      Share share = unweighed(node.branches[i].name(), 0);
      share.weight = node.parts[i];
      share.fraction_before = pool_of(node).fraction(share.payee);
      stage.shares.push_back(std::move(share));
    }
    const u128 first = std::min(in, most - std::min(most, stage.received));
    stage.received += first;
    MIKOSHI_TRY(pay(stage, node, first));
    stage.shares.push_back(unweighed(node.branches.back().name(), in - first));
    return send(node, std::move(stage), in);
  }

  Status hold(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    if (in != 0) stage.held.push_back(Held{period_, in, 0});
    u128 given = 0;
    for (Held& part : stage.held) {
      // Differences of cumulative floors: floor(amount·k / months) in k months, and all of it in the last one.
      const std::uint64_t k = static_cast<std::uint64_t>(period_.months() - part.since.months()) + 1;
      u128 due = part.amount;
      if (node.month ? period_ < *node.month : k < node.months) {
        const u128 whole = part.amount / std::max<std::uint64_t>(node.months, 1);
        const u128 left = part.amount - whole * node.months;
        due = node.month ? u128{0} : whole * k + left * k / node.months;
      }
      if (stage.closed) due = part.amount;
      given += due - part.given;
      part.given = due;
    }
    std::erase_if(stage.held, [](const Held& part) { return part.given == part.amount; });
    stage.shares = {unweighed(node.branches[0].name(), given)};
    return send(node, std::move(stage), in);
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
    MIKOSHI_TRY(pay(stage, node, in));
    return send(node, std::move(stage), in);
  }

  Status among(const Node& node, const u128& in) {
    Stage stage = open_stage(node, in);
    const Pool& pool = pool_of(node);
    MIKOSHI_ASSIGN(Weighed weighed, weigh(state_, node.measure, period_, scope_, pool, in));
    const std::vector<std::uint64_t>& weights = weighed.weights;
    stage.memory = std::move(weighed.memory);
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
    if (node.measure.weight == Weight::contributions || node.measure.weight == Weight::supporters) {
      std::vector<std::uint64_t> taken_back(weights.size());
      for (const TakenBack& taken : weigh_contributions(state_, period_, heap_of(node.measure.weight, scope_)).taken_back)
        taken_back[taken.member] = taken.weight;
      for (Share& share : stage.shares) share.taken_back = taken_back[*share.member];
    }
    const u128 used = stage.passed_on ? u128{0} : in;
    MIKOSHI_TRY(pay(stage, node, used));
    std::erase_if(stage.shares,
                  [](const Share& share) { return share.member && share.weight == 0 && share.pay == 0; });
    for (const Share& share : stage.shares)
      if (share.member) pays_by_member_[*share.member] += share.pay;
    const u128 rest = stage.passed_on ? in : stage.rest;
    const bool visit_else = stage.passed_on || rest != 0 || awake(node.branches.front());
    MIKOSHI_TRY(send(node, std::move(stage), used));
    return visit_else ? this->node(node.branches.front(), rest) : Status{};
  }

  const State& state_;
  const Money& money_;
  const Period period_;
  const std::set<PoolId>* kept_;  ///< pools that the next month's charter has; nullptr: the same charter
  Scope scope_;
  std::vector<Stage> stages_;
  std::vector<u128> pays_by_member_;
  std::map<std::string, u128> pays_by_account_;
};

/// The records that the distribution uses up.
inline void count_records(const State& state, Distribution& result) {
  for (const std::uint32_t index : state.records.waiting) {
    const Contribution& row = state.records.contributions[index];
    if (!counts_in(row, result.period, state.decisions)) continue;
    result.counted.push_back(index);
    result.late += row.period < result.period ? 1 : 0;
  }
  for (const std::uint32_t index : state.segments.waiting) {
    const Segment& row = state.segments.rows[index];
    if (!counts_by(row.period, result.period, state.decisions)) continue;
    result.segments.push_back(index);
    result.late += row.period < result.period ? 1 : 0;
  }
  for (const auto& [heap, debts] : state.records.debts) {
    const auto taken = weigh_contributions(state, result.period, heap).taken_back;
    result.taken_back.insert(result.taken_back.end(), taken.begin(), taken.end());
  }
}

}  // namespace detail

MIKOSHI_INLINE Status flow_through(const State& state, const Money& money, Period period, const Tree& tree,
                                   const std::set<PoolId>* kept, const Totals* known, Flow& flow) {
  flow.currency = money.currency;
  const auto enter = [&](const WorkId* work) {
    const u128 income = money.books.balance(Books::income_account(period, work));
    const u128 recouped = std::min(income, money.books.missing(work));
    flow.totals.recouped += recouped;
    flow.totals.in += income - recouped;
    return WorkIncome{0, income - recouped, recouped};
  };
  detail::Distributor distributor{state, money, period, kept};
  MIKOSHI_TRY(distributor.node(tree.root, enter(nullptr).in));
  if (tree.works) {
    // All of them, also those that earned nothing: their pools may remember, or hold, or end.
    for (const auto& [id, index] : state.works.ids.sorted()) {
      WorkIncome income = enter(&id);
      income.work = index;
      MIKOSHI_TRY(distributor.work(index, *tree.works, income.in));
      if (income.in != 0 || income.recouped != 0) flow.works.push_back(income);
    }
  }
  distributor.finish(flow, known);
  return {};
}

MIKOSHI_INLINE void write_share_line(std::string& out, const Stage& stage, const Share& share) {
  // Nothing in it needs an escape: ids, and paths of ids.
  using namespace std::string_view_literals;
  out += "{\"fraction\":"sv;
  write_json(out, big_endian(share.fraction_after));
  out.append(",\"path\":\""sv).append(stage.path);
  out.append("\",\"pay\":\""sv).append(to_string(share.pay));
  out.append("\",\"payee\":\""sv).append(share.payee);
  out.append("\",\"weight\":\""sv).append(std::to_string(share.weight)).append("\"}\n"sv);
}

MIKOSHI_INLINE std::vector<PayoutLeaf> payout_leaves(const State& state, Period period, const Flow& flow) {
  std::vector<PayoutLeaf> leaves;
  leaves.reserve(flow.payouts.size() + flow.accounts.size());
  std::optional<std::string> currency;
  if (flow.currency != state.currency) currency = flow.currency.code();
  for (const Payout& payout : flow.payouts)
    leaves.push_back({payout.amount, currency, state.members.ids[payout.member].text(), period});
  for (const AccountPay& pay : flow.accounts)
    if (pay.amount != 0) leaves.push_back({pay.amount, currency, pay.account, period});
  // Members and accounts ascend already, each for themselves.
  std::inplace_merge(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(flow.payouts.size()), leaves.end(),
                     [](const PayoutLeaf& a, const PayoutLeaf& b) { return a.payee < b.payee; });
  return leaves;
}

MIKOSHI_INLINE Result<Distribution> distribute(const State& state, Period period, const Outcome* known) {
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
  MIKOSHI_TRY(flow_through(state, state, period, charter, next ? &next->pools : nullptr, known, result));
  static_cast<Totals&>(result.outcome) = result.totals;
  for (const auto& [code, tree] : charter.others) {
    static const std::set<PoolId> none;
    const std::set<PoolId>* kept = nullptr;
    if (next) kept = next->others.contains(code) ? &next->others.at(code).pools : &none;
    Flow& flow = result.others.emplace_back();
    const Totals* totals = nullptr;
    if (known != nullptr) totals = &(*known->others)[result.others.size() - 1].totals;
    MIKOSHI_TRY(flow_through(state, state.others.at(code), period, tree, kept, totals, flow));
    if (!result.outcome.others) result.outcome.others.emplace();
    result.outcome.others->push_back({code, flow.currency.exponent(), flow.totals});
  }
  detail::count_records(state, result);
  return result;
}

#endif

}  // namespace mikoshi
