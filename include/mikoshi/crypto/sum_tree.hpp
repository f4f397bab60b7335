// SPDX-License-Identifier: MIT
#pragma once
/// @file sum_tree.hpp
/// A Merkle tree whose every node also carries the sum of the amounts below it.
///
/// Layer 1. Depends on: crypto/merkle.hpp, base/u128.hpp.
///
/// node = H(02 ‖ left sum ‖ left hash ‖ right sum ‖ right hash), sums as 32 bytes, big-endian. Because each child's own sum
/// is hashed, nobody can declare a total below what the leaves promise: whoever checks one leaf checks that its amount is
/// in the total. (A tree that hashes only the sum of both children can be made to hide amounts.)

#include <span>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/u128.hpp"
#include "mikoshi/crypto/merkle.hpp"

namespace mikoshi {

/// A subtree: what is below it, and its hash. A leaf is its amount and H(00 ‖ its text).
struct SumNode {
  u128 sum = 0;
  Hash hash{};
  friend bool operator==(const SumNode&, const SumNode&) = default;
};

template <>
struct TreeOf<SumNode> {
  /// @pre both sums together stay below 2^128.
  static SumNode join(const SumNode& left, const SumNode& right);
  static SumNode empty() { return {0, empty_root()}; }
};

/// Whether `leaf` is leaf `index` of the tree of `size` leaves with this root, and all the sums along its way add up to the
/// root's.
/// @error as verify_in_tree; proof_mismatch also where the sums do not make the total.
[[nodiscard]] inline Status verify_sum_inclusion(const SumNode& root, const SumNode& leaf, std::uint64_t index,
                                                 std::uint64_t size, std::span<const SumNode> proof);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline SumNode TreeOf<SumNode>::join(const SumNode& left, const SumNode& right) {
  const auto wide = [](const u128& sum) {
    std::array<std::uint8_t, 32> bytes{};
    std::ranges::copy(big_endian(high64(sum)), bytes.begin() + 16);
    std::ranges::copy(big_endian(low64(sum)), bytes.begin() + 24);
    return bytes;
  };
  constexpr std::array<std::uint8_t, 1> prefix{2};
  return {left.sum + right.sum, sha256_joined({prefix, wide(left.sum), left.hash, wide(right.sum), right.hash})};
}

inline Status verify_sum_inclusion(const SumNode& root, const SumNode& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const SumNode> proof) {
  // Added up in any order they make the total, or the hashes need not be looked at; so no sum overflows on the way.
  u128 total = leaf.sum;
  for (const SumNode& node : proof) {
    if (total > root.sum || node.sum > root.sum - total)
      return fail(Errc::proof_mismatch, "more was promised than the total that was declared");
    total += node.sum;
  }
  return verify_in_tree(root, leaf, index, size, proof);
}

}  // namespace mikoshi
