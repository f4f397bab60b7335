// SPDX-License-Identifier: MIT
#pragma once
/// @file member_tree.hpp
/// The tree over all members' standings, and the numbers that it was made from: the next statement hashes only what differs.
///
/// Layer 2. Depends on: community/pool.hpp, crypto/merkle.hpp.
///
/// It says nothing that the rest of the state does not say, and standing.hpp alone reads and writes it.

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/pool.hpp"
#include "mikoshi/crypto/merkle.hpp"

namespace mikoshi {

/// How many live tickets, or units, of one class a member holds.
struct HoldCount {
  Members::Index member = 0;
  std::uint32_t kind = 0;  ///< index of the class
  std::uint64_t count = 0;

  friend auto operator<=>(const HoldCount&, const HoldCount&) = default;
};

struct MemberTree {
  /// What was paid by a pool and is kept in it, by member index; may be shorter than the members.
  struct PoolColumns {
    std::vector<std::uint64_t> fractions;
    std::vector<u128> paid;
  };
  /// What stood in one currency's books.
  struct MoneyColumns {
    std::vector<u128> owed;  ///< minor units, by member index; may be shorter
    std::map<PoolName, PoolColumns> pools;
  };

  std::vector<HoldCount> holds;  ///< ascending
  MoneyColumns own;
  std::map<std::string, MoneyColumns> others;  ///< by currency code
  std::vector<Hash> leaves;                    ///< by member index
  TreeLevels<Hash> levels;                     ///< over the leaves, ascending by member id
};

}  // namespace mikoshi
