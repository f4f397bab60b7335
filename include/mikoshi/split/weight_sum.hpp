// SPDX-License-Identifier: MIT
#pragma once
/// @file weight_sum.hpp
/// What every split checks first: the amount, and what its weights add up to.
///
/// Layer 1. Depends on: base/u128.hpp.

#include <cstdint>
#include <span>

#include "mikoshi/base/u128.hpp"

namespace mikoshi {

/// Σ weights, for a split of `amount`.
/// @error  amount_too_large  2^127 minor units or more.
/// @error  weight_overflow   the sum is 2^64 or more.
/// @error  no_eligible       amount > 0 and every weight is zero.
[[nodiscard]] inline Result<std::uint64_t> weight_sum_for(const u128& amount, std::span<const std::uint64_t> weights) {
  if (amount >= amount_limit()) return fail(Errc::amount_too_large);
  u128 sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;
  if (high64(sum) != 0) return fail(Errc::weight_overflow);
  if (amount != 0 && sum == 0) return fail(Errc::no_eligible);
  return low64(sum);
}

}  // namespace mikoshi
