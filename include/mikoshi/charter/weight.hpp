// SPDX-License-Identifier: MIT
#pragma once
/// @file weight.hpp
/// Weights: pure functions from the state and a month to one integer per member.
///
/// Layer 3. Depends on: charter/charter.hpp, community/state.hpp.

#include <algorithm>
#include <numeric>
#include <vector>

#include "mikoshi/charter/charter.hpp"
#include "mikoshi/community/state.hpp"

namespace mikoshi {

/// Whether what was recorded for `recorded_for` counts in the distribution of `period` at the latest: it is of a month from the
/// first charter's first one on (what is earlier is recorded, and paid by no charter).
[[nodiscard]] inline bool counts_by(Period recorded_for, Period period, const Decisions& decisions) {
  return recorded_for <= period && !decisions.charters.empty() && recorded_for >= decisions.charters.front().from;
}

/// Whether a waiting contribution, which must be confirmed, counts in the distribution of `period`. One of a work waits for a
/// charter that has rules for works.
[[nodiscard]] inline bool counts_in(const Contribution& contribution, Period period, const Decisions& decisions) {
  return contribution.confirmed && contribution.waiting && counts_by(contribution.period, period, decisions) &&
         (!contribution.work || !decisions.charter_of(period)->works.empty());
}

/// For whom a weight is measured.
struct Scope {
  std::string currency;
  std::optional<Works::Index> work;  ///< nothing: the community
};

/// Weight by which a member's records of a month made up for weight that was counted in vain before.
struct TakenBack {
  Members::Index member = 0;
  std::uint64_t weight = 0;
  Heap heap;
};

struct ContributionWeights {
  std::vector<u128> net;              ///< by member index, after what was taken back
  std::vector<TakenBack> taken_back;  ///< ascending by member index; only what is above zero
};

/// What the records of a heap weigh that count in `period`. @cost O(members + waiting contributions)
[[nodiscard]] inline ContributionWeights weigh_contributions(const State& state, Period period, const Heap& heap = {}) {
  ContributionWeights result;
  result.net.resize(state.members.rows.size());
  // Points and kind weights are below 2^53 and records below 2^20 a month in any community: where that is not so, the sum
  // stays at its limit, which weights_of refuses.
  const u128 limit = amount_limit();
  for (const std::uint32_t index : state.records.waiting) {
    const Contribution& row = state.records.contributions[index];
    if (!counts_in(row, period, state.decisions) || state.records.heap_of(row) != heap) continue;
    u128& sum = result.net[row.member];
    sum = std::min(limit, sum + u128{state.records.kinds[row.kind].weight} * row.points_waiting());
  }
  const auto debts = state.records.debts.find(heap);
  if (debts == state.records.debts.end()) return result;
  for (Members::Index member = 0; member < debts->second.size(); ++member) {
    const std::uint64_t taken = low64(std::min(result.net[member], u128{debts->second[member]}));
    if (taken == 0) continue;
    result.net[member] -= taken;
    result.taken_back.push_back({member, taken, heap});
  }
  return result;
}

/// Adds up what the segments that count in `period` weigh: a segment of n heads gives each points · L / n, L being the least
/// common multiple of all the n, so that nothing is rounded.
/// @param add  called with a member and two factors of a weight.
/// @return false if L reaches 2^64.
template <class Add>
[[nodiscard]] bool weigh_segments(const State& state, Period period, Add&& add) {
  std::uint64_t common = 1;
  const auto each = [&](const auto& visit) {
    for (const std::uint32_t index : state.segments.waiting) {
      const Segment& row = state.segments.rows[index];
      if (counts_by(row.period, period, state.decisions)) visit(row);
    }
  };
  bool fits = true;
  each([&](const Segment& row) {
    const std::uint64_t heads = row.members.size();
    const u128 wider = u128{common} * (heads / std::gcd(common, heads));
    fits = fits && high64(wider) == 0;
    if (fits) common = low64(wider);
  });
  if (!fits) return false;
  each([&](const Segment& row) {
    for (const Members::Index member : row.members) add(member, row.points, common / row.members.size());
  });
  return true;
}

/// The records that a weight looks at.
[[nodiscard]] inline Heap heap_of(Weight weight, const Scope& scope) {
  return {scope.work, weight == Weight::supporters ? KindUse::support : KindUse::work};
}

/// The weight of each member in `period`.
///
/// tickets         Σ class weight of the tickets held just before the month's end, for members who are there then
/// ticket_seconds  Σ class weight × seconds of the month in which the ticket was held by a member who was there
/// contributions   Σ kind weight × points of what counts in this month, whether or not the member is still there, less what
///                 is taken back because it was counted in vain before, but never below zero; of the work, or of no work
/// supporters      the same of the kinds that are declared as support
/// credits         Σ weight of the confirmed credits that count in this month: of the work, or of all works
/// pledges         minor units that were pledged to the work, or to all works, in this currency and taken
/// reviews         the result of the last round that is closed and about this month or an earlier one
/// segments        Σ points · L / heads of the segments that count in this month, see weigh_segments
/// equal           1 for each member who is there just before the month's end
///
/// @return one weight a member, by member index.
/// @error  weight_overflow  all together reach 2^64.
/// @cost   O(members + tickets + moves since the last closed month), or O(members + waiting contributions).
[[nodiscard]] inline Result<std::vector<std::uint64_t>> weights_of(const State& state, Weight weight, Period period,
                                                                   const Scope& scope = {}) {
  const std::int64_t start_s = period.start_s(state.dao.offset);
  const std::int64_t end_s = period.end_s(state.dao.offset);
  const auto& members = state.members.rows;
  std::vector<u128> wide(members.size());
  // A single product below stays under 2^128; the sum is checked against 2^64 as it grows.
  u128 total = 0;
  bool overflow = false;
  const auto add = [&](Members::Index member, const u128& a, std::uint64_t b) {
    const u128 product = high64(a) == 0 ? a * b : u128{b == 0 ? 0u : 1u} << 64;
    overflow = overflow || high64(product) != 0;
    if (overflow) return;
    wide[member] += product;
    total += product;
    overflow = high64(total) != 0;
  };
  switch (weight) {
    case Weight::tickets:
      state.holdings.each_hold(end_s - 1, end_s,
                               [&](Members::Index holder, const u128& w, std::int64_t, std::int64_t) {
                                 if (members[holder].active_until(end_s)) add(holder, w, 1);
                               });
      break;
    case Weight::ticket_seconds:
      state.holdings.each_hold(
          start_s, end_s, [&](Members::Index holder, const u128& w, std::int64_t from_s, std::int64_t until_s) {
            add(holder, w, static_cast<std::uint64_t>(members[holder].seconds_within(from_s, until_s)));
          });
      break;
    case Weight::contributions:
    case Weight::supporters:
      wide = weigh_contributions(state, period, heap_of(weight, scope)).net;
      for (const u128& sum : wide) {
        overflow = overflow || high64(sum) != 0 || high64(total + sum) != 0;
        if (!overflow) total += sum;
      }
      break;
    case Weight::segments:
      if (!weigh_segments(state, period, add)) overflow = true;
      break;
    case Weight::equal:
      for (Members::Index i = 0; i < members.size(); ++i)
        if (members[i].active_until(end_s)) add(i, 1, 1);
      break;
    case Weight::credits:
      for (Works::Index i = 0; i < state.works.rows.size(); ++i) {
        if (scope.work && *scope.work != i) continue;
        for (const std::uint32_t index : state.works.rows[i].credits)
          if (const Credit& credit = state.works.credits[index]; credit.counts_in(period)) add(credit.member, credit.weight, 1);
      }
      break;
    case Weight::pledges:
      for (Works::Index i = 0; i < state.works.rows.size(); ++i) {
        const auto& backers = state.works.rows[i].backers;
        const auto found = backers.find(scope.currency);
        if ((scope.work && *scope.work != i) || found == backers.end()) continue;
        for (Members::Index member = 0; member < found->second.size(); ++member) add(member, found->second[member], 1);
      }
      break;
    case Weight::reviews:
      if (const ReviewRound* round = state.reviews.result_for(period))
        for (const ReviewResult& result : round->results) add(result.member, result.weight, 1);
      break;
    case Weight::costs:
      for (const std::uint32_t index : state.costs.waiting) {
        const Cost& cost = state.costs.rows[index];
        if (cost.work == scope.work && cost.currency == scope.currency) add(cost.member, cost.waiting(), 1);
      }
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

/// What a measure gives in a month.
struct Weighed {
  std::vector<std::uint64_t> weights;  ///< by member index
  std::vector<std::uint64_t> memory;   ///< decay, lifetime: what the pool is to remember, by member index
};

/// The weight of each member by a measure of a charter.
///
/// product   of the weights
/// root      the integer square root
/// decay     what it was last month × parts / whole, rounded down, and the new weight
/// lifetime  what the member lacks to what all that the pool ever got would give by all weight so far; see lacking_by_lifetime
///
/// @param  pool  the pool of the node that asks: what it remembers.
/// @param  in    minor units that enter the node.
/// @error  weight_overflow  all together reach 2^64, also inside another weight.
[[nodiscard]] MIKOSHI_INLINE Result<Weighed> weigh(const State& state, const Measure& measure, Period period, const Scope& scope,
                                           const Pool& pool, const u128& in);

/// Weights towards what everyone should have had so far.
///
/// With T all that the pool ever got (and `in`) and C_i what member i weighed in all months, the member should have had T·C_i / ΣC.
/// The weight is what is lacking, or 0, in 2^-64 minor units, and all of them halved (rounded down) until they fit 64 bits
/// together. So who was paid less than their due comes first, and once nobody is ahead everyone gets exactly what is lacking.
/// @param  sums  C, by member index. @pre ΣC < 2^64, and `in` and all that the pool paid are below 2^127 together.
[[nodiscard]] MIKOSHI_INLINE std::vector<std::uint64_t> lacking_by_lifetime(const std::vector<std::uint64_t>& sums, const Pool& pool,
                                                                    const u128& in);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::vector<std::uint64_t> lacking_by_lifetime(const std::vector<std::uint64_t>& sums, const Pool& pool,
                                                      const u128& in) {
  u128 got = in + pool.carry.undivided;
  for (const u128& paid : pool.paid) got += paid;
  u128 whole = 0;
  for (const std::uint64_t sum : sums) whole += sum;
  std::vector<std::uint64_t> weights(sums.size());
  if (whole == 0) return weights;
  std::vector<u256> lacking(sums.size());
  u256 total;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto member = static_cast<Members::Index>(i);
    const u256 scaled_up = product(got, sums[i]) * (std::uint64_t{1} << 32) * (std::uint64_t{1} << 32);
    const u256 due = divide(scaled_up, low64(whole)).quotient + u256{0, fraction_grace};
    const u256 has = u256{u128{high64(pool.paid_to(member))}, u128{low64(pool.paid_to(member))} << 64} +
                     u256{0, u128{pool.fraction(member)}};
    if (due > has) lacking[i] = due - has;
    total = total + lacking[i];
  }
  const auto halve = [](const u256& x, unsigned bits) {
    u256 y = x;
    for (; bits >= 32; bits -= 32) y = divide(y, std::uint64_t{1} << 32).quotient;
    return divide(y, std::uint64_t{1} << bits).quotient;
  };
  unsigned bits = 0;
  while (halve(total, bits) >= u256{0, u128{1} << 64}) ++bits;
  for (std::size_t i = 0; i < sums.size(); ++i) weights[i] = low64(halve(lacking[i], bits).low);
  return weights;
}

MIKOSHI_INLINE Result<Weighed> weigh(const State& state, const Measure& measure, Period period, const Scope& scope,
                             const Pool& pool, const u128& in) {
  Weighed result;
  std::vector<std::uint64_t>& weights = result.weights;
  if (measure.of.empty()) {
    MIKOSHI_ASSIGN(weights, weights_of(state, measure.weight, period, scope));
    return result;
  }
  MIKOSHI_ASSIGN(Weighed first, weigh(state, measure.of.front(), period, scope, pool, in));
  weights = std::move(first.weights);
  u128 total = 0;
  const auto put = [&](std::size_t i, const u128& weight) {
    if (high64(weight) != 0) return false;
    weights[i] = low64(weight);
    total += weight;
    return high64(total) == 0;
  };
  const auto remembered = [&](std::size_t i) { return i < pool.memory.size() ? pool.memory[i] : std::uint64_t{0}; };
  bool fits = true;
  switch (measure.weight) {
    case Weight::root:
      for (std::size_t i = 0; i < weights.size(); ++i) fits = put(i, integer_root(weights[i])) && fits;
      break;
    case Weight::decay:
      for (std::size_t i = 0; i < weights.size(); ++i)
        fits = put(i, u128{remembered(i)} * measure.parts / measure.whole + weights[i]) && fits;
      result.memory = weights;
      break;
    case Weight::lifetime:
      for (std::size_t i = 0; i < weights.size(); ++i) fits = put(i, u128{remembered(i)} + weights[i]) && fits;
      if (!fits) break;
      result.memory = std::move(weights);
      weights = lacking_by_lifetime(result.memory, pool, in);
      break;
    default: {
      // A zero among the factors is the product, whatever the others multiply to on the way.
      std::vector<std::vector<std::uint64_t>> factors{weights};
      for (std::size_t factor = 1; factor < measure.of.size(); ++factor) {
        MIKOSHI_ASSIGN(Weighed more, weigh(state, measure.of[factor], period, scope, pool, in));
        factors.push_back(std::move(more.weights));
      }
      for (std::size_t i = 0; i < weights.size(); ++i) {
        u128 product = 1;
        for (const auto& factor : factors) product = factor[i] == 0 ? u128{0} : product;
        for (const auto& factor : factors)
          if (product != 0 && high64(product) == 0) product *= factor[i];
        fits = put(i, product) && fits;
      }
    }
  }
  if (!fits) return fail(Errc::weight_overflow);
  return result;
}

#endif

}  // namespace mikoshi
