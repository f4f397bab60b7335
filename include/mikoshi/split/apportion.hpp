// SPDX-License-Identifier: MIT
#pragma once
/// @file apportion.hpp
/// Splits that remember nothing: `hamilton`, the method of largest remainders.
///
/// Layer 1. Depends on: split/weight_sum.hpp.
///
/// For a one-off split only. Repeated, its roundings add up: a payee can drift any number of units away from what is due,
/// and raising the amount can lower a pay (the Alabama paradox). Recurring revenue wants `carry`.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "mikoshi/split/weight_sum.hpp"

namespace mikoshi {

/// Splits the whole of `amount`: floor(amount·w_i / W) each, then one unit each to the largest remainders.
///
/// Equal remainders go to the earlier index, so callers list payees in ascending order of their ids. Σ pays = amount
/// (checked); each pay is within one unit of amount·w_i / W; a weight of zero gets zero.
///
/// @param  amount   minor units, below 2^127; 0 gives zeros.
/// @param  weights  one a payee; Σ below 2^64.
/// @param  pays     out: minor units, one a payee.
/// @error  amount_too_large | weight_overflow | no_eligible  as `carry`.
/// @cost   O(n) on average, one array of indices and one of remainders.
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
  std::vector<std::uint64_t> remainders(weights.size());
  u128 paid = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const u128 product = u128{weights[i]} * rest;
    pays[i] = u128{weights[i]} * units + product / weight_sum;
    remainders[i] = low64(product % weight_sum);
    paid += pays[i];
  }
  MIKOSHI_CHECK(paid <= amount && amount - paid < weights.size());
  const std::uint64_t left = low64(amount - paid);  // Σ remainders / W, so fewer than the remainders above zero
  std::vector<std::uint32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto larger = [&](std::uint32_t a, std::uint32_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
  };
  std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(left), order.end(), larger);
  for (std::size_t i = 0; i < left; ++i) {
    MIKOSHI_CHECK(remainders[order[i]] > 0);
    pays[order[i]] += 1;
  }
  return {};
}
/// Nothing is rounded unseen: a floating-point amount does not compile.
template <std::floating_point Number>
Status hamilton(Number, std::span<const std::uint64_t>, std::span<u128>) = delete;

}  // namespace mikoshi
