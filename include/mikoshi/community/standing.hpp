// SPDX-License-Identifier: MIT
#pragma once
/// @file standing.hpp
/// Where each member stands: what is held, what is owed, and what each pool has paid and still keeps in the member's name.
///
/// Layer 2. Depends on: community/state.hpp.
///
/// Each standing is one leaf of the member tree, whose root stands in a statement. Together they are the certificate of
/// fairness: in a pool, a member's entitlement is paid·2^64 + fraction − 2^32, in 2^-64 minor units.

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/state.hpp"

namespace mikoshi {

/// What one pool has paid a member, and the fraction that it keeps.
struct Entitlement {
  std::array<std::uint8_t, 8> fraction{};  ///< 2^-64 minor units, the grace of 2^32 included; big-endian
  u128 paid = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("fraction", self.fraction, "kept, in 2^-64 minor units, the grace of 2^32 included: 16 hexadecimal digits");
    visit("paid", self.paid, "minor units paid by this pool so far");
  }
  friend bool operator==(const Entitlement&, const Entitlement&) = default;
};

/// Where a member stands in one currency.
struct StandingIn {
  std::map<PoolName, Entitlement> entitled;  ///< pools that have paid the member or keep a fraction
  u128 owed = 0;

  friend bool operator==(const StandingIn&, const StandingIn&) = default;
};

/// Where a member stands in a currency beside the DAO's own.
struct OtherStanding : StandingIn {
  std::uint64_t exponent = 0;  ///< the currency's decimal places, so that a receipt can be read alone

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("entitled", self.entitled, "per pool that has paid the member or keeps a fraction");
    visit("exponent", self.exponent, "the currency's decimal places");
    visit("owed", self.owed, "minor units owed");
  }
  friend bool operator==(const OtherStanding&, const OtherStanding&) = default;
};

/// Its own currency is the DAO's.
struct Standing : StandingIn {
  std::map<ClassId, std::uint64_t> holds;  ///< live tickets, or units, by class
  MemberId member;
  std::optional<std::map<std::string, OtherStanding>> others;  ///< by currency code, where there is anything; not there: none

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("entitled", self.entitled, "per pool that has paid the member or keeps a fraction");
    visit("holds", self.holds, "live tickets, or units, per class");
    visit("member", self.member, "who");
    visit("others", self.others, "where the member stands in other currencies, by their codes");
    visit("owed", self.owed, "minor units owed");
  }
  friend bool operator==(const Standing&, const Standing&) = default;
};

/// The number of members and the root over their standings.
struct MemberRoll {
  std::uint64_t count = 0;
  Hash root{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("count", self.count, "members so far, also those who left");
    visit("root", self.root, "root of the member tree");
  }
  friend bool operator==(const MemberRoll&, const MemberRoll&) = default;
};

/// Every member's standing, ascending by member id. @cost O(members · pools + tickets)
[[nodiscard]] MIKOSHI_INLINE std::vector<Standing> standings(const State& state);

/// Brings a member tree to where the members stand now: the tree over the canonical texts of all standings.
/// @param tree  as any earlier state of the same ledger left it, or a new one.
/// @cost  O(members · pools + tickets) comparisons of numbers; hashes for those members alone whose standing differs, and the
///        nodes above them.
MIKOSHI_INLINE void update_tree(MemberTree& tree, const State& state);

[[nodiscard]] inline MemberRoll roll_of(const MemberTree& tree) { return {tree.leaves.size(), tree.levels.root()}; }
/// The same, for where the members stand now.
[[nodiscard]] MIKOSHI_INLINE MemberRoll roll_of(const State& state);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {
inline StandingIn standing_in(const Money& money, Members::Index index) {
  StandingIn standing;
  standing.owed = money.books.owed(index);
  for (const auto& [pool_id, pool] : money.pools) {
    if (index >= pool.members.size() || (pool.members[index] == fraction_grace && pool.paid[index] == 0)) continue;
    Entitlement& entitlement = standing.entitled[pool_id];
    entitlement.fraction = big_endian(pool.members[index]);
    entitlement.paid = pool.paid[index];
  }
  return standing;
}

/// What all members hold, ascending by member and class.
inline std::vector<HoldCount> hold_counts(const State& state) {
  const auto each = [&](const auto& visit) {
    const auto& classes = state.holdings.classes;
    for (const Ticket& ticket : state.holdings.tickets)
      if (ticket.burned_s == forever_s) visit(HoldCount{ticket.holder(), ticket.kind, 1});
    for (std::uint32_t kind = 0; kind < classes.size(); ++kind)
      for (Members::Index member = 0; member < classes[kind].accounts.size(); ++member)
        if (const std::uint64_t units = classes[kind].units_of(member); units != 0) visit(HoldCount{member, kind, units});
  };
  // First by member, into places that are counted before, as there may be millions; then each member's own.
  std::vector<std::size_t> places(state.members.rows.size() + 1);
  each([&](const HoldCount& one) { ++places[one.member + 1]; });
  std::partial_sum(places.begin(), places.end(), places.begin());
  std::vector<HoldCount> all(places.back());
  each([&](const HoldCount& one) { all[places[one.member]++] = one; });  // from here on a place is the end of the member's own
  std::size_t end = 0, begin = 0;
  for (const std::size_t own_end : places) {
    std::sort(all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(own_end));
    for (; begin < own_end; ++begin) {
      const HoldCount one = all[begin];
      const bool again = end != 0 && all[end - 1].member == one.member && all[end - 1].kind == one.kind;
      if (again) all[end - 1].count += one.count;
      else all[end++] = one;
    }
  }
  all.resize(end);
  return all;
}

/// Where one member stands. @param holds  what all members hold.
inline Standing standing_of(const State& state, const std::vector<HoldCount>& holds, Members::Index index) {
  Standing standing;
  standing.member = state.members.ids[index];
  for (auto one = std::lower_bound(holds.begin(), holds.end(), HoldCount{index, 0, 0}); one != holds.end() && one->member == index; ++one)
    standing.holds.emplace(state.holdings.class_ids[one->kind], one->count);
  static_cast<StandingIn&>(standing) = standing_in(state, index);
  for (const auto& [code, money] : state.others) {
    StandingIn in = standing_in(money, index);
    if (in == StandingIn{}) continue;
    if (!standing.others) standing.others.emplace();
    standing.others->emplace(code, OtherStanding{std::move(in), money.currency.exponent()});
  }
  return standing;
}

/// Marks the members whose number is another one than in `seen`, which becomes `now`. Where a column ends, `nothing` stands.
template <class T>
void look_at(std::vector<T>& seen, const std::vector<T>& now, const T& nothing, std::vector<bool>& changed) {
  const auto at = [&](const std::vector<T>& column, std::size_t i) { return i < column.size() ? column[i] : nothing; };
  for (std::size_t i = 0; i < std::max(seen.size(), now.size()); ++i)
    if (at(seen, i) != at(now, i)) changed[i] = true;
  seen = now;
}

inline void look_at(MemberTree::MoneyColumns& seen, const Money& money, std::vector<bool>& changed) {
  std::vector<u128> owed;
  owed.reserve(money.books.owed_rows.size());
  for (const Account& account : money.books.owed_rows) owed.push_back(account.balance());
  look_at(seen.owed, owed, u128{0}, changed);
  for (const auto& [name, pool] : money.pools) seen.pools.try_emplace(name);
  static const Pool gone;
  for (auto at = seen.pools.begin(); at != seen.pools.end();) {
    const auto found = money.pools.find(at->first);
    const Pool& pool = found == money.pools.end() ? gone : found->second;
    look_at(at->second.fractions, pool.members, fraction_grace, changed);
    look_at(at->second.paid, pool.paid, u128{0}, changed);
    at = found == money.pools.end() ? seen.pools.erase(at) : std::next(at);
  }
}
}  // namespace detail

MIKOSHI_INLINE std::vector<Standing> standings(const State& state) {
  const std::vector<HoldCount> holds = detail::hold_counts(state);
  std::vector<Standing> result;
  result.reserve(state.members.rows.size());
  for (const auto& [id, index] : state.members.ids.sorted()) result.push_back(detail::standing_of(state, holds, index));
  return result;
}

MIKOSHI_INLINE void update_tree(MemberTree& tree, const State& state) {
  std::vector<bool> changed(state.members.rows.size());
  std::fill(changed.begin() + static_cast<std::ptrdiff_t>(tree.leaves.size()), changed.end(), true);  // they were not there
  std::vector<HoldCount> holds = detail::hold_counts(state), differ;
  std::set_symmetric_difference(tree.holds.begin(), tree.holds.end(), holds.begin(), holds.end(), std::back_inserter(differ));
  for (const HoldCount& one : differ) changed[one.member] = true;
  tree.holds = std::move(holds);
  detail::look_at(tree.own, state, changed);
  for (const auto& [code, money] : state.others) detail::look_at(tree.others[code], money, changed);
  tree.leaves.resize(changed.size());
  std::vector<Hash> leaves;
  leaves.reserve(changed.size());
  std::string text;
  for (const auto& [id, index] : state.members.ids.sorted()) {
    if (changed[index]) {
      text.clear();
      write_json(text, detail::standing_of(state, tree.holds, index));
      tree.leaves[index] = leaf_hash(as_bytes(text));
    }
    leaves.push_back(tree.leaves[index]);
  }
  tree.levels.assign(std::move(leaves));
}

MIKOSHI_INLINE MemberRoll roll_of(const State& state) {
  MemberTree tree = state.tree;
  update_tree(tree, state);
  return roll_of(tree);
}

#endif

}  // namespace mikoshi
