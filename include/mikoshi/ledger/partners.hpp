// SPDX-License-Identifier: MIT
#pragma once
/// @file partners.hpp
/// Communities that pay each other: what each month's distributions give between them, and whether both sides' books agree.
///
/// Layer 4. Depends on: ledger/replay.hpp, base/wide.hpp.
///
/// A charter gives to a partner as it gives to anybody: the split carries the fraction in the partner's name. What one gives, the
/// other books as income `from` it, for the same month, so each month remains a function of its own ledger alone. Where
/// communities point at each other in a cycle, the amounts depend on each other. Exactly, they solve a system of linear equations;
/// in whole units, each what its own charter gives for what came in, they are its least solution: the smallest amounts that
/// both charters agree on, found by raising the exact solution's lower bound until every charter gives what was assumed. As every
/// charter carries, the sums of all months stay a bounded distance from the exact ones.

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "mikoshi/base/wide.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace mikoshi {

/// What a closed month gave another community.
struct Gift {
  Period period;
  std::string currency;
  Hash to{};
  u128 amount = 0;

  friend auto key(const Gift& gift) { return std::tie(gift.period, gift.currency, gift.to); }
};

/// One community as its ledger tells it.
struct Community {
  Ledger ledger;
  std::vector<Gift> gifts;  ///< of all closed months, those above 0, in the order of the months

  [[nodiscard]] const Hash& id() const { return ledger.state.dao.id; }
  /// Whether that month is closed.
  [[nodiscard]] bool closed(Period period) const {
    const auto& through = ledger.state.decisions.closed_through;
    return through && period <= *through;
  }
  /// What a closed month gave `to`.
  [[nodiscard]] u128 gave(const Hash& to, Period period, const std::string& currency) const;
  /// What was booked as income from a community for a month.
  [[nodiscard]] u128 booked(const Hash& from, Period period, const std::string& currency) const;
};

/// Reads a ledger. @error as replay
[[nodiscard]] MIKOSHI_INLINE Result<Community> read_community(const LineSource& lines);

/// What one community's month gives another, and what the other has booked.
struct Edge {
  std::size_t from = 0, to = 0;   ///< places in the list of communities
  Period period;
  std::string currency;
  u128 gives = 0;                 ///< minor units
  bool closed = false;            ///< the giver's month is closed: `gives` stands
  u128 booked = 0;                ///< minor units, by the receiver
  std::optional<Fraction> exact;  ///< of this month alone, if money had no smallest unit; where only splits lead to it
};

/// What the communities give each other in a month that is open for at least one of them.
/// @param  period  each has either closed it, or closes it next.
/// @return the edges in the order of givers and receivers; those without an amount too, where the charter names the receiver.
/// @error  no_charter | period_out_of_order | weight_overflow (as distribute) | unsettled (they give each other everything, so
///         that no amounts are enough; or a rule on the way may give less for more) | conflict (a community twice)
/// @cost   a distribution of each community for each round; one round more than the longest way without a cycle.
[[nodiscard]] MIKOSHI_INLINE Result<std::vector<Edge>> settle_partners(std::span<const Community> communities, Period period,
                                                               const std::string& currency);

/// One community's rules in one currency.
struct PartnerRules {
  Hash id{};
  const Tree* tree = nullptr;  ///< never nullptr
};

/// Whether what goes around between communities grows smaller, by the parts of the splits that lead from one to another.
/// @error unsettled  some of them give each other everything.
[[nodiscard]] MIKOSHI_INLINE Status check_cycles(std::span<const PartnerRules> rules);

/// Holds what was given against what was booked, for every month that a giver has closed or a receiver has booked.
/// @return all of these edges, ascending by month.
/// @error  payout_mismatch  a month that both have closed: what was booked is not what was given. | conflict (a community twice)
[[nodiscard]] MIKOSHI_INLINE Result<std::vector<Edge>> check_partners(std::span<const Community> communities);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

inline std::string partner_account(const Hash& id) { return std::string{partner_prefix} + to_hex(id); }

inline Status check_distinct(std::span<const Community> communities) {
  for (std::size_t i = 1; i < communities.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (communities[i].id() == communities[j].id())
        return fail(Errc::conflict, "the community " + to_hex(communities[i].id()) + " is there twice");
  return {};
}

/// One community's side of a settlement: its money, in which the income of the month can be set.
struct Side {
  const State* state;
  Money money;            ///< a copy
  std::optional<Tree> tree;  ///< nothing: its charter has no rules for the currency
  std::optional<Tree> next;
  bool changes = false;   ///< another charter governs the next month
  u128 base = 0;          ///< what came in from elsewhere

  /// What the month gives each account, when `received` comes from partners.
  Result<std::vector<AccountPay>> gives(Period period, const u128& received) {
    if (!tree) return std::vector<AccountPay>{};
    if (base >= amount_limit() - received) return fail(Errc::amount_too_large);
    Account& income = money.books.accounts[Books::income_account(period)];
    income = Account{0, base + received};
    static const std::set<PoolId> none;
    const std::set<PoolId>* kept = !changes ? nullptr : next ? &next->pools : &none;
    Flow flow;
    MIKOSHI_TRY(flow_through(*state, money, period, *tree, kept, nullptr, flow));
    return std::move(flow.accounts);
  }
};

inline Result<Side> make_side(const Community& community, Period period, const std::string& currency, const u128& booked) {
  const State& state = community.ledger.state;
  Side side{&state, {}, {}, {}, false, 0};
  const CharterRow* row = state.decisions.charter_of(period);
  if (row == nullptr) return fail(Errc::no_charter, "no charter of " + to_hex(community.id()) + " governs " + to_string(period));
  if (period != *state.decisions.open_period())
    return fail(Errc::period_out_of_order,
                to_hex(community.id()) + " closes " + to_string(*state.decisions.open_period()) + " next");
  const auto money = money_of(state, currency);
  if (!money) return side;
  side.money = **money;
  side.base = side.money.books.balance(Books::income_account(period)) - booked;
  const auto tree_of = [&](const CharterRow& charter_row) -> Result<std::optional<Tree>> {
    MIKOSHI_ASSIGN(Charter charter, parse_charter(charter_row.rules));
    if (currency == state.currency.code()) return std::optional<Tree>{std::move(static_cast<Tree&>(charter))};
    const auto other = charter.others.find(currency);
    if (other == charter.others.end()) return std::optional<Tree>{};
    return std::optional<Tree>{std::move(other->second)};
  };
  MIKOSHI_ASSIGN(side.tree, tree_of(*row));
  const CharterRow* after = state.decisions.charter_of(period.next());
  side.changes = after != row;
  MIKOSHI_ASSIGN(side.next, tree_of(*after));
  return side;
}

/// The part of what enters a node that splits alone lead to an account, and how many units their rounding may take away.
struct Way {
  Fraction part{0, 1};
  std::uint64_t less = 0;
  bool only_splits = true;  ///< nothing else leads there
};

inline void add_ways(const Node& node, const std::string& account, const Fraction& part, std::uint64_t less, bool linear,
                     Way& way) {
  if (node.kind == Node::Kind::to) {
    if (node.account != account) return;
    if (!linear) {
      way.only_splits = false;
      return;
    }
    way.part = make_fraction(way.part.numerator * part.denominator + part.numerator * way.part.denominator,
                             way.part.denominator * part.denominator);
    way.less += less;
    return;
  }
  Big total = 0;
  for (const std::uint64_t parts : node.parts) total += parts;
  const bool even = linear && node.kind == Node::Kind::split && node.rule == Rule::carry;
  for (std::size_t i = 0; i < node.branches.size(); ++i) {
    Fraction below = part;
    if (even) below = make_fraction(part.numerator * node.parts[i], part.denominator * total);
    add_ways(node.branches[i], account, below, less + 2, even, way);
  }
}

using Ratio = boost::multiprecision::cpp_rational;

/// Solves a·x = b by elimination; nothing if it has no single solution.
inline std::optional<std::vector<Ratio>> solve(std::vector<std::vector<Ratio>> a, std::vector<Ratio> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    while (pivot < n && a[pivot][k] == 0) ++pivot;
    if (pivot == n) return std::nullopt;
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    for (std::size_t row = 0; row < n; ++row) {
      if (row == k || a[row][k] == 0) continue;
      const Ratio factor = a[row][k] / a[k][k];
      for (std::size_t column = k; column < n; ++column) a[row][column] -= factor * a[k][column];
      b[row] -= factor * b[k];
    }
  }
  for (std::size_t k = 0; k < n; ++k) b[k] /= a[k][k];
  return b;
}

inline Ratio to_ratio(const Fraction& fraction) { return Ratio{fraction.numerator, fraction.denominator}; }

/// Whether x = A·x + b has a solution x ≥ 0 for every b ≥ 0, given I − A: the parts of all cycles together are below one just if
/// it has one for b = 1, and that above zero.
inline bool grows_smaller(const std::vector<std::vector<Ratio>>& system) {
  const auto bounded = solve(system, std::vector<Ratio>(system.size(), Ratio{1}));
  return bounded && std::all_of(bounded->begin(), bounded->end(), [](const Ratio& x) { return x > 0; });
}

/// How many rounds a settlement may take: with splits it takes a handful, and where each raises the amounts by a unit it has to end.
inline constexpr int settlement_rounds_max = 10'000;

}  // namespace detail

MIKOSHI_INLINE u128 Community::gave(const Hash& to, Period period, const std::string& currency) const {
  const Gift wanted{period, currency, to, 0};
  for (const Gift& gift : gifts)
    if (key(gift) == key(wanted)) return gift.amount;
  return 0;
}

MIKOSHI_INLINE u128 Community::booked(const Hash& from, Period period, const std::string& currency) const {
  u128 sum = 0;
  for (const Income& row : ledger.state.incomes.rows)
    if (row.from == from && row.recorded_for == period && row.currency == currency) sum += row.amount;
  return sum;
}

MIKOSHI_INLINE Result<Community> read_community(const LineSource& lines) {
  Community community;
  const auto see = [&](const Ledger& before, const Line& line) -> Status {
    const auto* approve = std::get_if<Approve>(&line.event);
    const DraftRow* draft = approve == nullptr ? nullptr : before.state.decisions.find_draft(approve->draft);
    if (draft == nullptr) return {};
    const auto distribution = distribute(before.state, draft->period);
    if (!distribution) return {};  // the line is refused in a moment, with the rules' own error
    distribution->each_flow([&](const Flow& flow) {
      for (const AccountPay& pay : flow.accounts) {
        Hash to{};
        if (pay.amount == 0 || !pay.account.starts_with(partner_prefix)) continue;
        MIKOSHI_CHECK(parse_hex(std::string_view{pay.account}.substr(partner_prefix.size()), to).has_value());
        community.gifts.push_back({draft->period, flow.currency.code(), to, pay.amount});
      }
    });
    return {};
  };
  MIKOSHI_TRY(replay(community.ledger, lines, see));
  return community;
}

MIKOSHI_INLINE Result<std::vector<Edge>> settle_partners(std::span<const Community> communities, Period period,
                                                 const std::string& currency) {
  using detail::Ratio;
  MIKOSHI_TRY(detail::check_distinct(communities));
  const std::size_t n = communities.size();
  std::vector<std::optional<detail::Side>> sides(n);  // nothing: the month is closed, and what it gave stands
  for (std::size_t i = 0; i < n; ++i) {
    if (communities[i].closed(period)) continue;
    u128 booked = 0;
    for (const Income& row : communities[i].ledger.state.incomes.rows)
      for (const Community& other : communities)
        if (row.from == other.id() && row.enters == period && row.recorded_for == period && row.currency == currency)
          booked += row.amount;
    MIKOSHI_ASSIGN(sides[i], detail::make_side(communities[i], period, currency, booked));
  }

  std::vector<Edge> edges;
  std::vector<detail::Way> ways;
  for (std::size_t from = 0; from < n; ++from)
    for (std::size_t to = 0; to < n; ++to) {
      if (from == to) continue;
      Edge edge{from, to, period, currency, 0, !sides[from].has_value(), 0, {}};
      edge.booked = communities[to].booked(communities[from].id(), period, currency);
      detail::Way way;
      if (edge.closed) {
        edge.gives = communities[from].gave(communities[to].id(), period, currency);
        if (edge.gives == 0 && edge.booked == 0) continue;
      } else {
        const std::string account = detail::partner_account(communities[to].id());
        bool named = false;
        if (sides[from]->tree) {
          each_node(*sides[from]->tree, [&](const Node& node) { named = named || node.account == account; });
          detail::add_ways(sides[from]->tree->root, account, Fraction{1, 1}, 0, true, way);
        }
        if (!named && edge.booked == 0) continue;
      }
      edges.push_back(std::move(edge));
      ways.push_back(std::move(way));
    }

  // e = A·e + b: an edge gets its part of what came in elsewhere, of what stands, and of the edges that lead to its giver.
  const std::size_t count = edges.size();
  std::vector<std::vector<Ratio>> system(count, std::vector<Ratio>(count));
  std::vector<Ratio> exact(count), least(count);
  bool linear = true;
  for (std::size_t k = 0; k < count; ++k) {
    system[k][k] = 1;
    if (edges[k].closed) {
      exact[k] = least[k] = Ratio{to_big(edges[k].gives)};
      continue;
    }
    const detail::Side& side = *sides[edges[k].from];
    const Ratio part = detail::to_ratio(ways[k].part);
    const u128 missing = side.money.books.missing();
    for (std::size_t l = 0; l < count; ++l)
      if (edges[l].to == edges[k].from) system[k][l] -= part;
    exact[k] = part * Ratio{to_big(side.base)};
    least[k] = exact[k] - part * Ratio{to_big(missing)} - Ratio{Big{ways[k].less}};
    linear = linear && ways[k].only_splits && missing == 0;
  }
  if (!detail::grows_smaller(system))
    return fail(Errc::unsettled, "they give each other everything: no amounts are enough");
  exact = *detail::solve(system, exact);
  least = *detail::solve(system, least);
  for (std::size_t k = 0; k < count; ++k) {
    if (edges[k].closed) continue;
    if (linear) edges[k].exact = make_fraction(numerator(exact[k]), denominator(exact[k]));
    if (least[k] <= 0) continue;
    const Big floor = numerator(least[k]) / denominator(least[k]);
    if (floor >= to_big(amount_limit())) return fail(Errc::amount_too_large);
    edges[k].gives = (u128{static_cast<std::uint64_t>(floor >> 64)} << 64) +
                     static_cast<std::uint64_t>(floor & Big{~std::uint64_t{0}});
  }

  for (int round = 0;; ++round) {
    bool raised = false, lower = false;
    std::vector<std::optional<std::vector<AccountPay>>> gifts(n);
    for (std::size_t i = 0; i < n; ++i) {
      if (!sides[i]) continue;
      u128 received = 0;
      for (const Edge& edge : edges) received += edge.to == i ? edge.gives : u128{0};
      MIKOSHI_ASSIGN(gifts[i], sides[i]->gives(period, received));
    }
    for (Edge& edge : edges) {
      if (edge.closed) continue;
      const std::string account = detail::partner_account(communities[edge.to].id());
      u128 gives = 0;
      for (const AccountPay& pay : *gifts[edge.from])
        if (pay.account == account) gives = pay.amount;
      raised = raised || gives > edge.gives;
      lower = lower || gives < edge.gives;
      edge.gives = std::max(edge.gives, gives);
    }
    if (!raised && !lower) return edges;
    if (!raised || round == detail::settlement_rounds_max)
      return fail(Errc::unsettled, "the amounts come to no end: a rule on the way gives less for more, or all of it back");
  }
}

MIKOSHI_INLINE Status check_cycles(std::span<const PartnerRules> rules) {
  const std::size_t n = rules.size();
  std::vector<std::vector<detail::Ratio>> system(n, std::vector<detail::Ratio>(n));
  for (std::size_t to = 0; to < n; ++to) {
    system[to][to] = 1;
    for (std::size_t from = 0; from < n; ++from) {
      if (from == to) continue;
      detail::Way way;
      detail::add_ways(rules[from].tree->root, detail::partner_account(rules[to].id), Fraction{1, 1}, 0, true, way);
      system[to][from] -= detail::to_ratio(way.part);
    }
  }
  if (detail::grows_smaller(system)) return {};
  return fail(Errc::unsettled, "these communities give each other everything: no amounts would be enough");
}

MIKOSHI_INLINE Result<std::vector<Edge>> check_partners(std::span<const Community> communities) {
  MIKOSHI_TRY(detail::check_distinct(communities));
  std::map<std::tuple<Period, std::size_t, std::size_t, std::string>, Edge> found;
  const auto note = [&](std::size_t from, std::size_t to, Period period, const std::string& currency) {
    const Community &giver = communities[from], &receiver = communities[to];
    Edge edge{from, to, period, currency, 0, giver.closed(period), receiver.booked(giver.id(), period, currency), {}};
    edge.gives = giver.gave(receiver.id(), period, currency);
    found.emplace(std::tuple{period, from, to, currency}, std::move(edge));
  };
  for (std::size_t i = 0; i < communities.size(); ++i)
    for (std::size_t j = 0; j < communities.size(); ++j) {
      if (i == j) continue;
      for (const Gift& gift : communities[i].gifts)
        if (gift.to == communities[j].id()) note(i, j, gift.period, gift.currency);
      for (const Income& row : communities[j].ledger.state.incomes.rows)
        if (row.from == communities[i].id()) note(i, j, row.recorded_for, row.currency);
    }
  std::vector<Edge> edges;
  for (auto& [place, edge] : found) {
    if (edge.closed && communities[edge.to].closed(edge.period) && edge.gives != edge.booked)
      return fail(Errc::payout_mismatch,
                  to_hex(communities[edge.from].id()) + " gave " + to_string(edge.gives) + " " + edge.currency + ", and " +
                      to_hex(communities[edge.to].id()) + " booked " + to_string(edge.booked),
                  to_string(edge.period));
    edges.push_back(std::move(edge));
  }
  return edges;
}

#endif

}  // namespace mikoshi
