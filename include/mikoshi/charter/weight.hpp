// SPDX-License-Identifier: MIT
#pragma once
/// @file weight.hpp
/// Weights: pure functions from the state and a month to one integer per member.
///
/// Layer 3. Depends on: charter/charter.hpp, community/state.hpp.

#include <algorithm>
#include <vector>

#include "mikoshi/charter/charter.hpp"
#include "mikoshi/community/state.hpp"

namespace mikoshi {

/// Whether a waiting contribution counts in the distribution of `period`: confirmed, and of a month from the first
/// charter's first one on (an earlier one is recorded, and paid by no charter).
[[nodiscard]] inline bool counts_in(const Contribution& contribution, Period period, const Decisions& decisions) {
  return contribution.confirmed && contribution.waiting && contribution.period <= period &&
         !decisions.charters.empty() && contribution.period >= decisions.charters.front().from;
}

/// Weight by which a member's contributions of a month made up for weight that was counted in vain before.
struct TakenBack {
  Members::Index member = 0;
  std::uint64_t weight = 0;
};

struct ContributionWeights {
  std::vector<u128> net;              ///< by member index, after what was taken back
  std::vector<TakenBack> taken_back;  ///< ascending by member index; only what is above zero
};

/// What the contributions of `period` weigh. @cost O(members + waiting contributions)
[[nodiscard]] inline ContributionWeights weigh_contributions(const State& state, Period period) {
  ContributionWeights result;
  result.net.resize(state.members.rows.size());
  // Points and kind weights are below 2^53 and records below 2^20 a month in any community: where that is not so, the sum
  // stays at its limit, which weights_of refuses.
  const u128 limit = amount_limit();
  for (const std::uint32_t index : state.records.waiting) {
    const Contribution& row = state.records.contributions[index];
    if (!counts_in(row, period, state.decisions)) continue;
    u128& sum = result.net[row.member];
    sum = std::min(limit, sum + u128{state.records.kinds[row.kind].weight} * row.points_waiting());
  }
  for (Members::Index member = 0; member < state.records.debt.size(); ++member) {
    const std::uint64_t taken = low64(std::min(result.net[member], u128{state.records.debt[member]}));
    if (taken == 0) continue;
    result.net[member] -= taken;
    result.taken_back.push_back({member, taken});
  }
  return result;
}

/// The weight of each member in `period`.
///
/// tickets         Σ class weight of the tickets held just before the month's end, for members who are there then
/// ticket_seconds  Σ class weight × seconds of the month in which the ticket was held by a member who was there
/// contributions   Σ kind weight × points of what counts in this month, whether or not the member is still there, less what
///                 is taken back because it was counted in vain before, but never below zero
/// equal           1 for each member who is there just before the month's end
///
/// @return one weight a member, by member index.
/// @error  weight_overflow  all together reach 2^64.
/// @cost   O(members + tickets + moves since the last closed month), or O(members + waiting contributions).
[[nodiscard]] inline Result<std::vector<std::uint64_t>> weights_of(const State& state, Weight weight, Period period) {
  const std::int64_t start_s = period.start_s(state.dao.offset);
  const std::int64_t end_s = period.end_s(state.dao.offset);
  const auto& members = state.members.rows;
  std::vector<u128> wide(members.size());
  // A single product below stays under 2^128; the sum is checked against 2^64 as it grows.
  u128 total = 0;
  bool overflow = false;
  const auto add = [&](Members::Index member, std::uint64_t a, std::uint64_t b) {
    const u128 product = u128{a} * b;
    overflow = overflow || high64(product) != 0;
    if (overflow) return;
    wide[member] += product;
    total += product;
    overflow = high64(total) != 0;
  };
  switch (weight) {
    case Weight::tickets:
      state.holdings.each_hold(end_s - 1, end_s,
                               [&](Members::Index holder, std::uint64_t w, std::int64_t, std::int64_t) {
                                 if (members[holder].active_until(end_s)) add(holder, w, 1);
                               });
      break;
    case Weight::ticket_seconds:
      state.holdings.each_hold(
          start_s, end_s, [&](Members::Index holder, std::uint64_t w, std::int64_t from_s, std::int64_t until_s) {
            add(holder, w, static_cast<std::uint64_t>(members[holder].seconds_within(from_s, until_s)));
          });
      break;
    case Weight::contributions:
      wide = weigh_contributions(state, period).net;
      for (const u128& sum : wide) {
        overflow = overflow || high64(sum) != 0 || high64(total + sum) != 0;
        if (!overflow) total += sum;
      }
      break;
    case Weight::equal:
      for (Members::Index i = 0; i < members.size(); ++i)
        if (members[i].active_until(end_s)) add(i, 1, 1);
      break;
    default:
      MIKOSHI_CHECK(false);  // made of others: see the measure
  }
  if (overflow) return fail(Errc::weight_overflow);
  std::vector<std::uint64_t> weights(members.size());
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = low64(wide[i]);
  return weights;
}

/// The largest whole number whose square is not above `x`. Exact: bit by bit, no floating point.
[[nodiscard]] constexpr std::uint64_t integer_root(std::uint64_t x) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1)
    if ((root | bit) <= x / (root | bit)) root |= bit;
  return root;
}

/// The weight of each member by a measure of a charter.
///
/// product  of the weights; root  the integer square root; decay  what it was last month × parts / whole, rounded down, and
/// the new weight.
///
/// @param  pool  the pool of the node that asks: what it remembers.
/// @error  weight_overflow  all together reach 2^64, also inside a product or a root.
[[nodiscard]] inline Result<std::vector<std::uint64_t>> weights_of(const State& state, const Measure& measure,
                                                                   Period period, const Pool& pool) {
  if (measure.of.empty()) return weights_of(state, measure.weight, period);
  MIKOSHI_ASSIGN(std::vector<std::uint64_t> weights, weights_of(state, measure.of.front(), period, pool));
  u128 total = 0;
  const auto put = [&](std::size_t i, const u128& weight) {
    if (high64(weight) != 0) return false;
    weights[i] = low64(weight);
    total += weight;
    return high64(total) == 0;
  };
  bool fits = true;
  if (measure.weight == Weight::root) {
    for (std::size_t i = 0; i < weights.size(); ++i) fits = put(i, integer_root(weights[i])) && fits;
  } else if (measure.weight == Weight::decay) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::uint64_t before = i < pool.memory.size() ? pool.memory[i] : 0;
      fits = put(i, u128{before} * measure.parts / measure.whole + weights[i]) && fits;
    }
  } else {
    for (std::size_t factor = 1; factor < measure.of.size() && fits; ++factor) {
      MIKOSHI_ASSIGN(const std::vector<std::uint64_t> more, weights_of(state, measure.of[factor], period, pool));
      total = 0;
      for (std::size_t i = 0; i < weights.size(); ++i) fits = put(i, u128{weights[i]} * more[i]) && fits;
    }
  }
  if (!fits) return fail(Errc::weight_overflow);
  return weights;
}

}  // namespace mikoshi
