// SPDX-License-Identifier: MIT
#pragma once
/// @file pool.hpp
/// Pools: where the fraction that each payee has not been paid yet is kept, in the payee's own name.
///
/// Layer 2. Depends on: community/member.hpp, split/carry.hpp.
///
/// A pool of a `split` node knows its payees by branch (the name of the branch's pool or account); a pool of an `among`
/// node by member. A node below `works` has a pool for each work. A fraction is never lost: who leaves keeps it until the pool is closed. Nodes that look back (a threshold, a
/// recoup, a hold, a decaying weight) keep here what they look back on.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/member.hpp"
#include "mikoshi/split/carry.hpp"

namespace mikoshi {

/// Money that waits in a pool of a `hold` node.
struct Held {
  Period since;      ///< the month it came in
  u128 amount = 0;   ///< minor units that came in
  u128 given = 0;    ///< of those, given on so far

  friend bool operator==(const Held&, const Held&) = default;
};

/// Which pool: that of a charter's node, or, below `works`, that of a node and a work, written WORK:POOL.
class PoolName {
 public:
  PoolName() = default;
  PoolName(const PoolId& pool) : text_(pool.text()) {}  // NOLINT(google-explicit-constructor): most pools are no work's
  PoolName(const WorkId& work, const PoolId& pool) : text_(work.text() + ":" + pool.text()) {}

  /// Reads POOL or WORK:POOL. @error bad_id
  [[nodiscard]] static Result<PoolName> parse(std::string_view text) {
    const auto colon = text.find(':');
    if (colon != std::string_view::npos) MIKOSHI_TRY(WorkId::parse(text.substr(0, colon)));
    MIKOSHI_TRY(PoolId::parse(colon == std::string_view::npos ? text : text.substr(colon + 1)));
    PoolName name;
    name.text_ = text;
    return name;
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend auto operator<=>(const PoolName&, const PoolName&) = default;

 private:
  std::string text_;
};

struct Pool {
  CarryPool carry;
  std::vector<std::uint64_t> members;             ///< fraction by member index; shorter: the rest never paid
  std::vector<u128> paid;                         ///< minor units paid so far, by member index; as long as `members`
  std::map<std::string, std::uint64_t> branches;  ///< fraction by branch name
  std::vector<std::uint64_t> memory;              ///< decay: weight in the last month, by member index
  u128 received = 0;                              ///< threshold, recoup: minor units that counted towards the limit
  std::vector<Held> held;                         ///< hold: ascending by month

  [[nodiscard]] std::uint64_t fraction(Members::Index member) const {
    return member < members.size() ? members[member] : fraction_grace;
  }
  [[nodiscard]] std::uint64_t fraction(const std::string& branch) const {
    const auto found = branches.find(branch);
    return found == branches.end() ? fraction_grace : found->second;
  }

  [[nodiscard]] u128 paid_to(Members::Index member) const { return member < paid.size() ? paid[member] : u128{0}; }

  /// Minor units held.
  [[nodiscard]] u128 holding() const {
    u128 sum = 0;
    for (const Held& part : held) sum += part.amount - part.given;
    return sum;
  }

  /// Whether undivided·2^64 = Σ (fraction − grace) + dust. @cost O(payees)
  [[nodiscard]] bool conserved() const {
    u128 sum = carry.dust;
    for (const std::uint64_t fraction : members) sum += u128{fraction} - fraction_grace;
    for (const auto& [name, fraction] : branches) sum += u128{fraction} - fraction_grace;
    return sum == u128{carry.undivided} << 64;
  }
};

using Pools = std::map<PoolName, Pool>;

}  // namespace mikoshi
