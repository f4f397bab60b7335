// SPDX-License-Identifier: MIT
#pragma once
/// @file bounded.hpp
/// `carry_bounded`: `carry` between a floor and a cap on what each payee gets from a pool in all.
///
/// Layer 1. Depends on: base/u256.hpp, split/carry.hpp. Knows no member and no ticket, as `carry`.
///
/// Both bounds are cumulative, so nobody gets past a cap by being paid often. What a cap cuts off goes to those below
/// theirs, by weight; only what all caps together leave comes back, as `rest`, for another node.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "mikoshi/base/u256.hpp"
#include "mikoshi/split/carry.hpp"

namespace mikoshi {

/// What each payee is to get from a pool in all, in minor units: the same for everybody.
struct Bounds {
  u128 floor = 0;           ///< reached by everybody before anybody's weight counts; 0 is no floor
  std::optional<u128> cap;  ///< never passed; not below the floor

  /// Whether there is a floor or a cap.
  [[nodiscard]] bool some() const { return floor != 0 || cap.has_value(); }
};

/// Splits `amount` by `weights` between the bounds and carries the fractions: exact water-filling.
///
/// In parts of 2^-64 unit: payee i has got have_i = paid_i·2^64 + fraction_i − grace. To the floor it lacks
/// lo_i = max(0, floor·2^64 − have_i) (0 without a floor), to the cap hi_i = max(0, cap·2^64 − have_i), and there is
/// T = amount·2^64 + dust to split among those with a weight:
///
///     Σ lo_i >= T   x_i = floor(T·lo_i / Σ lo_i): everybody is lifted towards the floor in the same ratio
///     Σ hi_i <  T   x_i = hi_i; the whole units of T − Σ hi_i are `rest`
///     otherwise     x_i = min(lo_i + λ·w_i, hi_i) with Σ x_i = T: first the floors, and what is above them by weight. Those at
///                   their cap get it exactly; T' is left above the floors for the others, of weight W' together, who get
///                   x_i = lo_i + floor(T'·w_i / W')
///
/// x_i is entitled, and with the fraction kept from before its whole units are paid, as in `carry`. What of T is neither
/// in an x_i nor in `rest` becomes the new dust. So Σ amount = Σ paid + Σ rest + undivided, and undivided·2^64 =
/// Σ (fraction − grace) + dust, after every step; no payee's paid + pay is above the cap (if its paid was not), and
/// lo_i <= x_i <= hi_i unless the floor was out of reach. All of this is checked before anything is written. A weight of
/// zero gets zero and keeps its fraction. The order of payees never matters. Without bounds it is `carry`, bit for bit.
///
/// How an amount is sliced changes no pay by more than a unit. (Were x_i the larger of the floor and λ·w_i, it would: who was
/// lifted to the floor by one payment would share by weight in the next, but not if both came at once.)
///
/// @param  amount     minor units, below 2^127; 0 changes nothing.
/// @param  pool       changed on success only. Its dust is below 2^64, but not below the number of payees, once a cap cut
///                    off less than a unit.
/// @param  bounds     minor units from this pool in all.
/// @param  weights    one a payee, in any order; Σ below 2^64.
/// @param  paid       one a payee: minor units that it got from this pool before, however long ago.
/// @param  fractions  one a payee, in 2^-64 minor units; `fraction_grace` for a payee never seen. Changed on success only.
/// @param  pays       out: minor units, one a payee.
/// @param  rest       out: minor units; above 0 only if every payee with a weight is at its cap.
/// @error  amount_too_large  2^127 or more.
/// @error  weight_overflow   Σ weights is 2^64 or more.
/// @error  no_eligible       amount > 0 and every weight is zero.
/// @pre    the four spans have one length; the cap is not below the floor.
/// @cost   O(n log n), three arrays; without bounds that of `carry`.
/// @source Water-filling, the constrained equal awards of bankruptcy; Thomson, Mathematical Social Sciences 45, 2003.
[[nodiscard]] MIKOSHI_INLINE Status carry_bounded(const u128& amount, CarryPool& pool, const Bounds& bounds,
                                          std::span<const std::uint64_t> weights, std::span<const u128> paid,
                                          std::span<std::uint64_t> fractions, std::span<u128> pays, u128& rest);
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status carry_bounded(Number, CarryPool&, const Bounds&, std::span<const std::uint64_t>, std::span<const u128>,
                     std::span<std::uint64_t>, std::span<u128>, u128&) = delete;

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// A payee while water-filling. All parts are of 2^-64 unit.
struct Vessel {
  u256 lo;
  u256 hi;     // where it is `total` or more, nothing can reach it
  u256 parts;  // x_i
  std::uint64_t weight = 0;
  std::uint32_t payee = 0;
  bool at_cap = false;
};

/// target·2^64 − have, or 0 where that is less; have is paid·2^64 + fraction − grace.
[[nodiscard]] inline u256 lacking(const u128& target, const u128& paid, std::uint64_t fraction) {
  const u256 wanted = u256{u128{high64(target)}, u128{low64(target)} << 64} + u256{0, u128{fraction_grace}};
  const u256 had = u256{u128{high64(paid)}, (u128{low64(paid)} << 64) + fraction};
  return wanted > had ? wanted - had : u256{};
}

/// The whole units in so many parts. @pre below 2^192.
[[nodiscard]] inline u128 whole(const u256& parts) { return (parts.high << 64) + high64(parts.low); }

/// Sets the parts of every vessel, so that they add up to `total` but for less than a part each; returns what is left of
/// `total`. @pre total is below 2^191 and the weights add up to less than 2^64, so that a product of both fits.
inline u256 fill(std::span<Vessel> vessels, const u256& total) {
  const u256 heads{0, u128{vessels.size()}};
  u256 floors;
  for (const Vessel& v : vessels) floors = floors + v.lo;
  u256 left = total;
  if (floors >= total) {
    for (Vessel& v : vessels) {
      v.parts = scaled(total, v.lo, floors);
      left = left - v.parts;
    }
    MIKOSHI_CHECK(left < heads);
    return left;
  }

  // The level λ rises from 0. Where λ·w_i passes the room between the floor and the cap, payee i stays at the cap. Between two
  // such events `left` is what those at a cap leave to the others. The last event before it is used up tells who they are.
  struct Event {
    u256 room;  // below `left`; the event is at λ = room / weight
    std::uint64_t weight;
    std::uint32_t vessel;
  };
  left = total - floors;
  std::vector<Event> events;
  std::uint64_t weight = 0;  // of those below their cap
  for (std::uint32_t i = 0; i < vessels.size(); ++i) {
    const Vessel& v = vessels[i];
    weight += v.weight;
    if (v.hi < total && v.hi - v.lo < left) events.push_back({v.hi - v.lo, v.weight, i});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    const u256 first = a.room * b.weight;
    const u256 second = b.room * a.weight;
    return first != second ? first < second : a.vessel < b.vessel;
  });
  for (const Event& event : events) {
    if (event.room * weight >= left * event.weight) break;  // weight·λ >= left: the level stops here or before
    vessels[event.vessel].at_cap = true;
    weight -= event.weight;
    left = left - event.room;
  }

  const Quotient each = weight == 0 ? Quotient{} : divide(left, weight);
  for (Vessel& v : vessels) {
    v.parts = v.hi;
    if (v.at_cap) continue;
    v.parts = v.lo + each.quotient * v.weight + u256{0, u128{each.remainder} * v.weight / weight};  // lo + floor(left·w / weight)
  }
  for (const Vessel& v : vessels) {
    MIKOSHI_CHECK(v.lo <= v.parts && v.parts <= v.hi);
    if (!v.at_cap) left = left - (v.parts - v.lo);
  }
  MIKOSHI_CHECK(weight == 0 || left < heads);
  return left;
}

}  // namespace detail

MIKOSHI_INLINE Status carry_bounded(const u128& amount, CarryPool& pool, const Bounds& bounds,
                            std::span<const std::uint64_t> weights, std::span<const u128> paid,
                            std::span<std::uint64_t> fractions, std::span<u128> pays, u128& rest) {
  MIKOSHI_CHECK(weights.size() == paid.size() && weights.size() == fractions.size() && weights.size() == pays.size());
  MIKOSHI_CHECK(!bounds.cap || bounds.floor <= *bounds.cap);
  if (bounds.floor == 0 && !bounds.cap) {
    MIKOSHI_TRY(carry(amount, pool, weights, fractions, pays));
    rest = 0;
    return {};
  }
  MIKOSHI_TRY(weight_sum_for(amount, weights));
  if (amount == 0) {
    std::fill(pays.begin(), pays.end(), u128{0});
    rest = 0;
    return {};
  }

  const u256 total{u128{high64(amount)}, (u128{low64(amount)} << 64) + pool.dust};
  std::vector<detail::Vessel> vessels;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    detail::Vessel v;
    v.payee = static_cast<std::uint32_t>(i);
    v.weight = weights[i];
    if (bounds.floor != 0) v.lo = detail::lacking(bounds.floor, paid[i], fractions[i]);
    v.hi = bounds.cap ? detail::lacking(*bounds.cap, paid[i], fractions[i]) : total;
    vessels.push_back(v);
  }
  const u256 left = detail::fill(vessels, total);
  const std::uint64_t dust = low64(left.low);
  const u128 over = detail::whole(left);

  // What everything would add up to, before anything is written.
  u128 units = 0;
  u128 fractions_old = 0;  // of those with a weight
  u128 fractions_new = 0;
  for (detail::Vessel& v : vessels) {
    v.parts = v.parts + u256{0, u128{fractions[v.payee]}};
    const u128 pay = detail::whole(v.parts);
    const u128 before = paid[v.payee];
    MIKOSHI_CHECK(pay == 0 || !bounds.cap || (before <= *bounds.cap && pay <= *bounds.cap - before));
    units += pay;
    fractions_old += fractions[v.payee];
    fractions_new += low64(v.parts.low);
  }
  MIKOSHI_CHECK(over <= amount && units <= amount - over + pool.undivided);
  const u128 undivided = amount - over + pool.undivided - units;
  MIKOSHI_CHECK(undivided < weights.size() + u128{pool.undivided} + 1);
  // The change of undivided·2^64 is the change of Σ fraction + dust; each side written without a difference.
  MIKOSHI_CHECK((undivided << 64) + fractions_old + pool.dust == (u128{pool.undivided} << 64) + fractions_new + dust);

  std::fill(pays.begin(), pays.end(), u128{0});
  for (const detail::Vessel& v : vessels) {
    pays[v.payee] = detail::whole(v.parts);
    fractions[v.payee] = low64(v.parts.low);
  }
  pool.dust = dust;
  pool.undivided = low64(undivided);
  rest = over;
  return {};
}

#endif

}  // namespace mikoshi
