// SPDX-License-Identifier: MIT
#pragma once
/// @file merkle.hpp
/// The Merkle tree of a log: its root as it grows, and proofs that a leaf stands in it.
///
/// Layer 1. Depends on: crypto/sha256.hpp.
///
/// The tree over n > 1 leaves is H(01 ‖ left ‖ right), where left covers the first k leaves, right the others, and k is
/// the largest power of two below n; a leaf is H(00 ‖ bytes). The first byte keeps a leaf from being mistaken for a
/// node. Nothing is ever duplicated to fill a level, so no two lists of leaves share a root.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

/// H(00 ‖ leaf).
[[nodiscard]] inline Hash leaf_hash(ByteSpan leaf);
/// H(01 ‖ left ‖ right).
[[nodiscard]] inline Hash node_hash(const Hash& left, const Hash& right);
/// The root of the tree without leaves: the hash of nothing.
[[nodiscard]] inline Hash empty_root();

/// A tree that only grows, known by its peaks: the roots of the perfect trees that its leaves form, one for each bit of
/// the size. Two kilobytes whatever the size, so a batch is tried on a copy, and the copy kept or thrown away.
class MerkleLog {
 public:
  /// Adds a leaf at the end. @pre size() < 2^64 − 1. @cost one hash on average, at most 63
  void append(const Hash& leaf);
  /// The number of leaves.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The root over all leaves so far. @cost at most 63 hashes
  [[nodiscard]] Hash root() const;

 private:
  std::array<Hash, 64> peaks_{};  // peaks_[i] covers 2^i leaves and counts only where bit i of size_ is set
  std::uint64_t size_ = 0;
};

/// The root over the hashes of all leaves. @cost O(n) hashes, no allocation
[[nodiscard]] inline Hash merkle_root(std::span<const Hash> leaf_hashes);

/// The siblings along the way from a leaf to the root, the leaf's own sibling first.
/// @error proof_index_out_of_range  index is the number of leaves or more.
/// @cost  O(n) hashes. @source RFC 9162, section 2.1.3.1
[[nodiscard]] inline Result<std::vector<Hash>> prove_inclusion(std::span<const Hash> leaf_hashes, std::uint64_t index);

/// Whether `leaf` is leaf `index` of the tree of `size` leaves that has this root.
///
/// Root and size come from one signed checkpoint: the same proof may fit a tree of another size.
///
/// @param  leaf  a leaf hash, as `leaf_hash` gives it.
/// @error  proof_index_out_of_range  index ≥ size, so every index when size is 0.
/// @error  proof_wrong_length        not exactly as many hashes as index and size require; none is read then.
/// @error  proof_mismatch            the hashes lead to another root.
/// @cost   at most 64 hashes. @source RFC 9162, section 2.1.3.2
[[nodiscard]] inline Status verify_inclusion(const Hash& root, const Hash& leaf, std::uint64_t index,
                                             std::uint64_t size, std::span<const Hash> proof);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline Hash leaf_hash(ByteSpan leaf) {
  constexpr std::array<std::uint8_t, 1> prefix{0};
  return sha256_joined({prefix, leaf});
}

inline Hash node_hash(const Hash& left, const Hash& right) {
  constexpr std::array<std::uint8_t, 1> prefix{1};
  return sha256_joined({prefix, left, right});
}

inline Hash empty_root() { return sha256({}); }

inline void MerkleLog::append(const Hash& leaf) {
  MIKOSHI_CHECK(size_ != UINT64_MAX);
  // Adding one to a binary counter: every carry joins two perfect trees of one size.
  Hash hash = leaf;
  std::size_t level = 0;
  for (; (size_ >> level & 1) != 0; ++level) hash = node_hash(peaks_[level], hash);
  peaks_[level] = hash;
  ++size_;
}

inline Hash MerkleLog::root() const {
  if (size_ == 0) return empty_root();
  auto level = static_cast<std::size_t>(std::countr_zero(size_));
  Hash hash = peaks_[level];
  for (++level; level < peaks_.size(); ++level)
    if ((size_ >> level & 1) != 0) hash = node_hash(peaks_[level], hash);
  return hash;
}

inline Hash merkle_root(std::span<const Hash> leaf_hashes) {
  MerkleLog log;
  for (const Hash& leaf : leaf_hashes) log.append(leaf);
  return log.root();
}

inline Result<std::vector<Hash>> prove_inclusion(std::span<const Hash> leaf_hashes, std::uint64_t index) {
  if (index >= leaf_hashes.size())
    return fail(Errc::proof_index_out_of_range, "the tree has " + std::to_string(leaf_hashes.size()) + " leaves",
                "index " + std::to_string(index));
  std::vector<Hash> proof;
  auto at = static_cast<std::size_t>(index);
  // From the root down: keep the half that the leaf is in, note the root of the other one.
  for (std::span<const Hash> tree = leaf_hashes; tree.size() > 1;) {
    const std::size_t split = std::bit_floor(tree.size() - 1);
    const bool is_left = at < split;
    proof.push_back(merkle_root(is_left ? tree.subspan(split) : tree.first(split)));
    tree = is_left ? tree.first(split) : tree.subspan(split);
    if (!is_left) at -= split;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

inline Status verify_inclusion(const Hash& root, const Hash& leaf, std::uint64_t index, std::uint64_t size,
                               std::span<const Hash> proof) {
  if (index >= size)
    return fail(Errc::proof_index_out_of_range, "the tree has " + std::to_string(size) + " leaves",
                "index " + std::to_string(index));
  // Below the level where the leaf's way joins that of the last leaf, every level has a sibling, on the side that the
  // bit of the index says. From there on the way is the right edge of the tree, and siblings stand only at the left.
  const auto inner = static_cast<std::size_t>(std::bit_width(index ^ (size - 1)));
  const auto edge = static_cast<std::size_t>(inner < 64 ? std::popcount(index >> inner) : 0);
  const std::size_t required = inner + edge;
  if (proof.size() != required)
    return fail(Errc::proof_wrong_length,
                "this leaf's proof has " + std::to_string(required) + " hashes, not " + std::to_string(proof.size()));
  Hash hash = leaf;
  for (std::size_t level = 0; level < required; ++level) {
    const bool sibling_left = level >= inner || (index >> level & 1) != 0;
    hash = sibling_left ? node_hash(proof[level], hash) : node_hash(hash, proof[level]);
  }
  if (hash != root) return fail(Errc::proof_mismatch);
  return {};
}

}  // namespace mikoshi
