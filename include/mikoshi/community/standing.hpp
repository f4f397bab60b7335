// SPDX-License-Identifier: MIT
#pragma once
/// @file standing.hpp
/// Where each member stands: what is held, what is owed, and what each pool has paid and still keeps in the member's name.
///
/// Layer 2. Depends on: community/state.hpp.
///
/// Each standing is one leaf of the member tree, whose root stands in a statement. Together they are the certificate of
/// fairness: in a pool, a member's entitlement is paid·2^64 + fraction − 2^32, in 2^-64 minor units.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/state.hpp"
#include "mikoshi/crypto/merkle.hpp"

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

/// The root over the canonical texts of all standings.
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
}  // namespace detail

MIKOSHI_INLINE std::vector<Standing> standings(const State& state) {
  std::vector<std::map<ClassId, std::uint64_t>> holds(state.members.rows.size());
  for (const Ticket& ticket : state.holdings.tickets)
    if (ticket.burned_s == forever_s) ++holds[ticket.holder()][state.holdings.class_ids[ticket.kind]];
  for (const auto& [id, index] : state.holdings.class_ids.sorted())
    for (Members::Index member = 0; member < state.holdings.classes[index].accounts.size(); ++member)
      if (const std::uint64_t units = state.holdings.classes[index].units_of(member); units != 0) holds[member][id] = units;
  std::vector<Standing> result;
  result.reserve(holds.size());
  for (const auto& [id, index] : state.members.ids.sorted()) {
    Standing standing;
    standing.member = id;
    standing.holds = std::move(holds[index]);
    static_cast<StandingIn&>(standing) = detail::standing_in(state, index);
    for (const auto& [code, money] : state.others) {
      StandingIn in = detail::standing_in(money, index);
      if (in == StandingIn{}) continue;
      if (!standing.others) standing.others.emplace();
      standing.others->emplace(code, OtherStanding{std::move(in), money.currency.exponent()});
    }
    result.push_back(std::move(standing));
  }
  return result;
}

MIKOSHI_INLINE MemberRoll roll_of(const State& state) {
  MerkleLog tree;
  std::string text;
  for (const Standing& standing : standings(state)) {
    text.clear();
    write_json(text, standing);
    tree.append(leaf_hash(as_bytes(text)));
  }
  return {tree.size(), tree.root()};
}

#endif

}  // namespace mikoshi
