// SPDX-License-Identifier: MIT
#pragma once
/// @file apportion.hpp
/// Splits that remember nothing: `hamilton` (largest remainders), `sainte_lague` (Webster), and `floor_shares`.
///
/// Layer 1. Depends on: base/u256.hpp, split/weight_sum.hpp.
///
/// For a one-off split only. Repeated, their roundings add up: a payee can drift any number of units away from what is
/// due. Each gives up something else besides: under `hamilton`, raising the amount can lower a pay (the Alabama paradox);
/// under `sainte_lague`, a pay can be further than one unit from its share; `floor_shares` pays less than the amount.
/// Recurring revenue wants `carry`.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mikoshi/base/u256.hpp"
#include "mikoshi/split/weight_sum.hpp"

namespace mikoshi {

namespace detail {

/// The n-th largest value, and how many values equal to it are among the n largest.
/// Counts the values by their digits, the highest first: they are read in their order and none is compared with another.
/// @pre 1 ≤ n ≤ values, each at most `most`. @cost O(values)
inline std::pair<std::uint64_t, std::uint64_t> nth_largest(std::span<const std::uint64_t> values, std::uint64_t n,
                                                           std::uint64_t most = UINT64_MAX) {
  constexpr int digit_bits = 11;
  constexpr std::uint64_t digit_mask = (std::uint64_t{1} << digit_bits) - 1;
  std::vector<std::uint64_t> same;  // those with the digits of the one that is looked for, as far as they are known
  for (auto below = static_cast<int>(std::bit_width(most));;) {
    below = std::max(0, below - digit_bits);
    std::array<std::uint64_t, digit_mask + 1> counts{};
    for (const std::uint64_t value : values) ++counts[value >> below & digit_mask];
    std::uint64_t digit = digit_mask;
    for (; counts[digit] < n; --digit) n -= counts[digit];
    std::vector<std::uint64_t> next;
    next.reserve(counts[digit]);
    for (const std::uint64_t value : values)
      if ((value >> below & digit_mask) == digit) next.push_back(value);
    same = std::move(next);
    values = same;
    if (below == 0) return {values.front(), n};
  }
}

}  // namespace detail

/// Splits the whole of `amount`: floor(amount·w_i / W) each, then one unit each to the largest remainders.
///
/// Equal remainders go to the earlier index, so callers list payees in ascending order of their ids. Σ pays = amount
/// (checked); each pay is within one unit of amount·w_i / W; a weight of zero gets zero.
///
/// @param  amount   minor units, below 2^127; 0 gives zeros.
/// @param  weights  one a payee; Σ below 2^64.
/// @param  pays     out: minor units, one a payee.
/// @error  amount_too_large | weight_overflow | no_eligible  as `carry`.
/// @cost   O(n) on average, two arrays of remainders at most.
/// @source Hamilton's method; Balinski and Young, Fair Representation, 1982.
[[nodiscard]] inline Status hamilton(const u128& amount, std::span<const std::uint64_t> weights, std::span<u128> pays) {
  MIKOSHI_CHECK(weights.size() == pays.size());
  MIKOSHI_ASSIGN(const std::uint64_t weight_sum, weight_sum_for(amount, weights));
  if (amount == 0) {
    std::fill(pays.begin(), pays.end(), u128{0});
    return {};
  }

  const u128 units = amount / weight_sum;
  const std::uint64_t rest = low64(amount - units * weight_sum);  // below W
  std::vector<std::uint64_t> remainders;
  remainders.reserve(weights.size());
  u128 paid = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const u128 product = u128{weights[i]} * rest;
    pays[i] = u128{weights[i]} * units + product / weight_sum;
    remainders.push_back(low64(product % weight_sum));
    paid += pays[i];
  }
  MIKOSHI_CHECK(paid <= amount && amount - paid < weights.size());
  const std::uint64_t left = low64(amount - paid);  // Σ remainders / W, so fewer than the remainders above zero
  if (left == 0) return {};
  auto [smallest, of_that_size] = detail::nth_largest(remainders, left, weight_sum - 1);  // that still get a unit; the earliest of that size
  MIKOSHI_CHECK(smallest > 0);
  for (std::size_t i = 0; i < pays.size(); ++i) {
    const bool equal = remainders[i] == smallest && of_that_size != 0;
    of_that_size -= equal ? 1 : 0;
    pays[i] += remainders[i] > smallest || equal ? 1 : 0;
  }
  return {};
}
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status hamilton(Number, std::span<const std::uint64_t>, std::span<u128>) = delete;

/// Splits the whole of `amount` unit by unit: each to whom it is worth most, by the largest w_i / (2·s_i + 1), where s_i is
/// what i has got so far.
///
/// The divisors are 1, 3, 5, … Equal quotients go to the earlier index, so callers list payees in ascending order of their
/// ids. Σ pays = amount (checked); a weight of zero gets zero. Raising the amount never lowers a pay, and the ratio of two
/// pays depends on nobody else's weight. Given up for that: a pay may be more than one unit from amount·w_i / W; it is never
/// further than 1/2 + (n/2)·w_i / W units, for n weights above zero.
///
/// @param  amount   minor units, below 2^127; 0 gives zeros.
/// @param  weights  one a payee; Σ below 2^64.
/// @param  pays     out: minor units, one a payee.
/// @error  amount_too_large | weight_overflow | no_eligible  as `carry`.
/// @cost   O(n log n), whatever the amount; one array of indices.
/// @source Webster's method, Sainte-Laguë's; Balinski and Young, Fair Representation, 1982.
[[nodiscard]] inline Status sainte_lague(const u128& amount, std::span<const std::uint64_t> weights,
                                         std::span<u128> pays) {
  MIKOSHI_CHECK(weights.size() == pays.size());
  MIKOSHI_ASSIGN(const std::uint64_t weight_sum, weight_sum_for(amount, weights));
  std::vector<std::uint32_t> heap;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] != 0) heap.push_back(static_cast<std::uint32_t>(i));
  std::fill(pays.begin(), pays.end(), u128{0});
  if (amount == 0) return {};

  // All units in the order in which they are given out are all w_i / (2k + 1), k = 0, 1, 2, …, from the largest down. So
  // for any threshold, those at or above it are the first ones of that order, and i has floor(w_i / (2·threshold) + 1/2)
  // of them. We choose the threshold at which w_i / threshold = y_i = w_i·(2·amount − n) / W. Then Σ y_i = 2·amount − n,
  // and rounding y_i / 2 moves each of n payees by at most 1/2: between amount − n and amount units are given out at once,
  // and at most n are left for the heap. If 2·amount <= n, all of them are, and they are at most n / 2.
  u128 given = 0;
  if (2 * amount > heap.size()) {
    const u128 twice = 2 * amount - heap.size();
    const u128 units = twice / weight_sum;
    const std::uint64_t rest = low64(twice - units * weight_sum);  // below W
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const u128 y = u128{weights[i]} * units + u128{weights[i]} * rest / weight_sum;  // floor(y_i), below 2^128 - 1
      pays[i] = (y + 1) / 2;                                                           // floor(y_i / 2 + 1/2)
      given += pays[i];
    }
  }
  MIKOSHI_CHECK(given <= amount && amount - given <= heap.size());

  const auto later = [&](std::uint32_t a, std::uint32_t b) {  // the next unit of a is given out after that of b
    const u256 left = product(2 * pays[b] + 1, weights[a]);   // w_a / (2·s_a + 1) as a cross product, 192 bits
    const u256 right = product(2 * pays[a] + 1, weights[b]);
    return left != right ? left < right : a > b;
  };
  std::make_heap(heap.begin(), heap.end(), later);
  for (; given != amount; given += 1) {
    std::pop_heap(heap.begin(), heap.end(), later);
    pays[heap.back()] += 1;
    std::push_heap(heap.begin(), heap.end(), later);
  }
  return {};
}
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status sainte_lague(Number, std::span<const std::uint64_t>, std::span<u128>) = delete;

/// Pays floor(amount·w_i / W) each, and what that leaves of `amount` to somebody named beforehand.
///
/// Σ pays + rest = amount. No pay is above amount·w_i / W, and each is less than one unit below it: for ever down, so a
/// rule for fees, not for people. `rest` is below the number of weights above zero. A weight of zero gets zero.
///
/// @param  amount   minor units, below 2^127; 0 gives zeros.
/// @param  weights  one a payee, in any order; Σ below 2^64.
/// @param  pays     out: minor units, one a payee.
/// @param  rest     out: minor units.
/// @error  amount_too_large | weight_overflow | no_eligible  as `carry`.
/// @cost   O(n); no allocation.
[[nodiscard]] inline Status floor_shares(const u128& amount, std::span<const std::uint64_t> weights,
                                         std::span<u128> pays, u128& rest) {
  MIKOSHI_CHECK(weights.size() == pays.size());
  MIKOSHI_ASSIGN(const std::uint64_t weight_sum, weight_sum_for(amount, weights));
  if (amount == 0) {
    std::fill(pays.begin(), pays.end(), u128{0});
    rest = 0;
    return {};
  }

  const u128 units = amount / weight_sum;
  const std::uint64_t left = low64(amount - units * weight_sum);  // below W
  u128 paid = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    pays[i] = u128{weights[i]} * units + u128{weights[i]} * left / weight_sum;
    paid += pays[i];
  }
  MIKOSHI_CHECK(paid <= amount && amount - paid < weights.size());
  rest = amount - paid;
  return {};
}
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status floor_shares(Number, std::span<const std::uint64_t>, std::span<u128>, u128&) = delete;

}  // namespace mikoshi
