// SPDX-License-Identifier: MIT
#pragma once
/// @file pool.hpp
/// Pools: where the fraction that each payee has not been paid yet is kept, in the payee's own name.
///
/// Layer 2. Depends on: community/member.hpp, split/carry.hpp.
///
/// A pool of a `split` node knows its payees by branch (the name of the branch's pool or account); a pool of an `among`
/// node by member. A fraction is never lost: who leaves keeps it until the pool is closed.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/member.hpp"
#include "mikoshi/split/carry.hpp"

namespace mikoshi {

struct Pool {
  CarryPool carry;
  std::vector<std::uint64_t> members;             ///< fraction by member index; shorter: the rest never paid
  std::vector<u128> paid;                         ///< minor units paid so far, by member index; as long as `members`
  std::map<std::string, std::uint64_t> branches;  ///< fraction by branch name

  [[nodiscard]] std::uint64_t fraction(Members::Index member) const {
    return member < members.size() ? members[member] : fraction_grace;
  }
  [[nodiscard]] std::uint64_t fraction(const std::string& branch) const {
    const auto found = branches.find(branch);
    return found == branches.end() ? fraction_grace : found->second;
  }

  /// Whether undivided·2^64 = Σ (fraction − grace) + dust. @cost O(payees)
  [[nodiscard]] bool conserved() const {
    u128 sum = carry.dust;
    for (const std::uint64_t fraction : members) sum += u128{fraction} - fraction_grace;
    for (const auto& [name, fraction] : branches) sum += u128{fraction} - fraction_grace;
    return sum == u128{carry.undivided} << 64;
  }
};

using Pools = std::map<PoolId, Pool>;

}  // namespace mikoshi
