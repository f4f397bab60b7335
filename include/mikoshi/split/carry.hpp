// SPDX-License-Identifier: MIT
#pragma once
/// @file carry.hpp
/// `carry`: a split that is fair for ever. Each payee's fraction of a minor unit is kept in that payee's own name.
///
/// Layer 1. Depends on: split/weight_sum.hpp. Knows no member and no ticket: weights in, pays out, dense arrays.
///
/// Nobody can pay whole units, pay out everything each time, and keep everyone within one unit of what they are due for
/// ever: for four payees and more these three contradict each other. `carry` gives up the second. What is not paid,
/// at most N − 1 minor units, stays in the pool, and it is known to 2^-64 of a unit whose it is; it is paid as soon as it
/// makes a unit, and exactly when the pool is closed.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)
#include <numeric>
#include <vector>
#endif

#include "mikoshi/split/weight_sum.hpp"

namespace mikoshi {

/// What a payee's fraction starts with: 2^32 of 2^64 parts of a unit, so that three times a third is a whole unit on time
/// although 2^-64 cannot express a third.
inline constexpr std::uint64_t fraction_grace = std::uint64_t{1} << 32;

/// The state of one pool in one currency, beside the fraction of each payee.
struct CarryPool {
  std::uint64_t dust = 0;       ///< in 2^-64 minor units; what no fraction could hold; below the number of payees
  std::uint64_t undivided = 0;  ///< minor units received and not yet paid

  friend bool operator==(const CarryPool&, const CarryPool&) = default;
};

/// Splits `amount` by `weights` and carries the fractions.
///
/// Payee i is entitled to floor((amount·2^64 + dust)·w_i / W) parts of 2^-64 unit, W = Σ w; with the fraction kept from
/// before, the whole units are paid and the new fraction is kept. What rounding leaves of the entitlements becomes the
/// new dust. Σ amount = Σ paid + undivided, and undivided·2^64 = Σ (fraction − grace) + dust, after every step; both are
/// checked before anything is written. A weight of zero gets zero and keeps its fraction.
///
/// @param  amount     minor units, below 2^127; 0 changes nothing.
/// @param  pool       changed on success only.
/// @param  weights    one a payee, in any order; Σ below 2^64.
/// @param  fractions  one a payee, in 2^-64 minor units; `fraction_grace` for a payee never seen. Changed on success only.
/// @param  pays       out: minor units, one a payee.
/// @error  amount_too_large  2^127 or more.
/// @error  weight_overflow   Σ weights is 2^64 or more.
/// @error  no_eligible       amount > 0 and every weight is zero.
/// @pre    the three spans have one length.
/// @cost   O(n), one pass over the arrays after one sum; no allocation.
[[nodiscard]] inline Status carry(const u128& amount, CarryPool& pool, std::span<const std::uint64_t> weights,
                                  std::span<std::uint64_t> fractions, std::span<u128> pays);
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status carry(Number, CarryPool&, std::span<const std::uint64_t>, std::span<std::uint64_t>, std::span<u128>) = delete;

/// Pays a pool's undivided units, one each, to the largest fractions (equal ones: the earlier index), and ends it.
///
/// After it nothing is undivided, and fractions and dust mean nothing any more. `fractions` must hold every payee that
/// the pool ever had, in ascending order of their ids.
///
/// @param  pays  out: 0 or 1 each. @return the units paid.
/// @pre    no more units are undivided than there are payees.
/// @cost   O(n) on average.
MIKOSHI_INLINE std::uint64_t close(CarryPool& pool, std::span<std::uint64_t> fractions, std::span<u128> pays);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline Status carry(const u128& amount, CarryPool& pool, std::span<const std::uint64_t> weights,
                    std::span<std::uint64_t> fractions, std::span<u128> pays) {
  MIKOSHI_CHECK(weights.size() == fractions.size() && weights.size() == pays.size());
  MIKOSHI_ASSIGN(const std::uint64_t weight_sum, weight_sum_for(amount, weights));
  if (amount == 0) {
    std::fill(pays.begin(), pays.end(), u128{0});
    return {};
  }

  // (amount·2^64 + dust) / W as whole units and 2^-64 parts: amount = units·W + rest, then (rest·2^64 + dust) =
  // parts·W + remainder. rest < W and dust < 2^64, so parts and remainder fit 64 bits.
  const u128 units = amount / weight_sum;
  const u128 rest = ((amount - units * weight_sum) << 64) + pool.dust;
  const std::uint64_t parts = low64(rest / weight_sum);
  const std::uint64_t remainder = low64(rest % weight_sum);

  // One pass over all; what it must add up to is checked behind it, and a defect ends the program.
  u128 paid = 0;
  u128 shares = 0;         // Σ floor(w_i·remainder / W)
  u128 fractions_old = 0;  // of those with a weight
  u128 fractions_new = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const u128 weight = weights[i];
    if (weight == 0) {
      pays[i] = 0;
      continue;
    }
    const u128 share = weight * remainder / weight_sum;
    const u128 entitled = weight * parts + share + fractions[i];  // at most (2^64-1)^2 + 2(2^64-1) = 2^128 - 1
    pays[i] = weight * units + high64(entitled);
    shares += share;
    paid += pays[i];
    fractions_old += fractions[i];
    fractions[i] = low64(entitled);
    fractions_new += fractions[i];
  }
  const u128 dust = u128{remainder} - shares;
  const u128 undivided = u128{pool.undivided} + amount - paid;
  MIKOSHI_CHECK(shares <= u128{remainder} && dust < weights.size());
  MIKOSHI_CHECK(paid <= amount + pool.undivided && undivided < weights.size() + u128{pool.undivided} + 1);
  // The change of undivided·2^64 is the change of Σ fraction + dust; each side written without a difference.
  MIKOSHI_CHECK((undivided << 64) + fractions_old + pool.dust == (u128{pool.undivided} << 64) + fractions_new + dust);
  pool.dust = low64(dust);
  pool.undivided = low64(undivided);
  return {};
}

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::uint64_t close(CarryPool& pool, std::span<std::uint64_t> fractions, std::span<u128> pays) {
  MIKOSHI_CHECK(fractions.size() == pays.size() && pool.undivided <= fractions.size());
  const std::uint64_t units = pool.undivided;
  std::vector<std::uint32_t> order(fractions.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto larger = [&](std::uint32_t a, std::uint32_t b) {
    return fractions[a] != fractions[b] ? fractions[a] > fractions[b] : a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(units), order.end(), larger);
  std::fill(pays.begin(), pays.end(), u128{0});
  for (std::size_t i = 0; i < units; ++i) pays[order[i]] = 1;
  std::fill(fractions.begin(), fractions.end(), fraction_grace);
  pool = CarryPool{};
  return units;
}

#endif

}  // namespace mikoshi
