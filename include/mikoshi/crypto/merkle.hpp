// SPDX-License-Identifier: MIT
#pragma once
/// @file merkle.hpp
/// Merkle trees of the RFC 6962 shape: the root as one grows, proofs that a leaf stands in it, and proofs that it only grew.
///
/// Layer 1. Depends on: crypto/sha256.hpp.
///
/// The tree over n > 1 leaves is H(01 ‖ left ‖ right), where left covers the first k leaves, right the others, and k is
/// the largest power of two below n; a leaf is H(00 ‖ bytes). The first byte keeps a leaf from being mistaken for a
/// node. Nothing is ever duplicated to fill a level, so no two lists of leaves share a root.
///
/// The shape is written once, for any sort of node that `TreeOf` says how to join: here hashes, in sum_tree.hpp hashes with
/// sums.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

/// H(00 ‖ leaf).
[[nodiscard]] inline Hash leaf_hash(ByteSpan leaf);
/// H(01 ‖ left ‖ right).
[[nodiscard]] inline Hash node_hash(const Hash& left, const Hash& right);
/// The root of the tree without leaves: the hash of nothing.
[[nodiscard]] inline Hash empty_root();

/// How two subtrees become one, and what the tree without leaves is. One specialisation for each sort of node.
template <class Node>
struct TreeOf;

template <>
struct TreeOf<Hash> {
  static Hash join(const Hash& left, const Hash& right) { return node_hash(left, right); }
  static Hash empty() { return empty_root(); }
};

/// A tree that only grows, known by its peaks: the roots of the perfect trees that its leaves form, one for each bit of
/// the size. A few kilobytes whatever the size, so a batch is tried on a copy, and the copy kept or thrown away.
template <class Node>
class GrowingTree {
 public:
  /// Adds a leaf at the end. @pre size() < 2^64 − 1. @cost one join on average, at most 63
  void append(const Node& leaf) {
    MIKOSHI_CHECK(size_ != UINT64_MAX);
    // Adding one to a binary counter: every carry joins two perfect trees of one size.
    Node node = leaf;
    std::size_t level = 0;
    for (; (size_ >> level & 1) != 0; ++level) node = TreeOf<Node>::join(peaks_[level], node);
    peaks_[level] = node;
    ++size_;
  }
  /// The number of leaves.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The root over all leaves so far. @cost at most 63 joins
  [[nodiscard]] Node root() const {
    if (size_ == 0) return TreeOf<Node>::empty();
    auto level = static_cast<std::size_t>(std::countr_zero(size_));
    Node node = peaks_[level];
    for (++level; level < peaks_.size(); ++level)
      if ((size_ >> level & 1) != 0) node = TreeOf<Node>::join(peaks_[level], node);
    return node;
  }

 private:
  std::array<Node, 64> peaks_{};  // peaks_[i] covers 2^i leaves and counts only where bit i of size_ is set
  std::uint64_t size_ = 0;
};

/// The log tree over a ledger's lines.
using MerkleLog = GrowingTree<Hash>;

/// The root over all leaves. @cost O(n) joins, no allocation
template <class Node>
[[nodiscard]] Node tree_root(std::span<const Node> leaves);

/// The root over the hashes of all leaves. @cost O(n) hashes, no allocation
[[nodiscard]] inline Hash merkle_root(std::span<const Hash> leaf_hashes) { return tree_root(leaf_hashes); }

/// A subtree, by the leaves under it: from `begin` up to, but not including, `end`.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

/// The subtrees whose roots are an inclusion proof, in its order. Where the roots come from is the caller's affair.
/// @pre index < size. @source RFC 9162, section 2.1.3.1
[[nodiscard]] inline std::vector<LeafRange> inclusion_path(std::uint64_t index, std::uint64_t size);

/// The subtrees whose roots are a consistency proof, in its order. @pre old_size ≤ new_size. @source RFC 9162, section 2.1.4.1
[[nodiscard]] inline std::vector<LeafRange> consistency_path(std::uint64_t old_size, std::uint64_t new_size);

namespace detail {
inline Failure no_such_leaf(std::uint64_t index, std::uint64_t size) {
  return fail(Errc::proof_index_out_of_range, "the tree has " + std::to_string(size) + " leaves", "index " + std::to_string(index));
}
}  // namespace detail

/// The siblings along the way from a leaf to the root, the leaf's own sibling first.
/// @error proof_index_out_of_range  index is the number of leaves or more.
/// @cost  O(n) joins. @source RFC 9162, section 2.1.3.1
template <class Node>
[[nodiscard]] Result<std::vector<Node>> prove_in_tree(std::span<const Node> leaves, std::uint64_t index);

[[nodiscard]] inline Result<std::vector<Hash>> prove_inclusion(std::span<const Hash> leaf_hashes, std::uint64_t index) {
  return prove_in_tree(leaf_hashes, index);
}

/// A tree with all its nodes, where many proofs are wanted or leaves change: built once in O(n) joins; then a proof joins nothing,
/// and another leaf as many nodes as there are levels.
template <class Node>
class TreeLevels {
 public:
  TreeLevels() : levels_(1) {}
  explicit TreeLevels(std::vector<Node> leaves) : TreeLevels() { assign(std::move(leaves)); }

  /// Takes other leaves, of any number, in the place of all. @cost a comparison for each node, a join where they differ below it
  void assign(std::vector<Node> leaves) {
    const std::vector<std::vector<Node>> old = std::exchange(levels_, {});
    levels_.push_back(std::move(leaves));
    for (std::size_t at = 0; levels_[at].size() > 1; ++at) {
      const std::vector<Node>& below = levels_[at];
      const std::size_t known = at + 1 < old.size() ? old[at].size() / 2 : 0;  // nodes that were joined there
      std::vector<Node> level;
      level.reserve((below.size() + 1) / 2);
      for (std::size_t i = 0; i < below.size() / 2; ++i) {
        const bool same = i < known && old[at][2 * i] == below[2 * i] && old[at][2 * i + 1] == below[2 * i + 1];
        level.push_back(same ? old[at + 1][i] : TreeOf<Node>::join(below[2 * i], below[2 * i + 1]));
      }
      if (below.size() % 2 != 0) level.push_back(below.back());  // it has nobody to be joined with yet
      levels_.push_back(std::move(level));
    }
  }
  [[nodiscard]] Node root() const { return levels_.front().empty() ? TreeOf<Node>::empty() : levels_.back().front(); }
  /// As prove_in_tree. @error proof_index_out_of_range
  [[nodiscard]] Result<std::vector<Node>> prove(std::uint64_t index) const {
    if (index >= levels_.front().size()) return detail::no_such_leaf(index, levels_.front().size());
    std::vector<Node> proof;
    for (const std::vector<Node>& level : levels_) {
      const std::uint64_t sibling = index ^ 1;
      if (sibling < level.size()) proof.push_back(level[static_cast<std::size_t>(sibling)]);
      index /= 2;
    }
    return proof;
  }
  /// Puts another leaf in the place of one. @pre there is one. @cost at most log2 n joins, rounded up
  void replace(std::uint64_t index, const Node& leaf) {
    MIKOSHI_CHECK(index < levels_.front().size());
    auto at = static_cast<std::size_t>(index);
#if defined(__GNUC__)
    // In a large tree the siblings lie far apart: the memory brings them while the first nodes are joined.
    for (std::size_t level = 0; level < levels_.size(); ++level) __builtin_prefetch(levels_[level].data() + (at >> level));
#endif
    levels_.front()[at] = leaf;
    for (std::size_t level = 1; level < levels_.size(); ++level) {
      const std::vector<Node>& below = levels_[level - 1];
      at /= 2;
      levels_[level][at] = 2 * at + 1 < below.size() ? TreeOf<Node>::join(below[2 * at], below[2 * at + 1]) : below[2 * at];
    }
  }

 private:
  std::vector<std::vector<Node>> levels_;  // the leaves first
};

/// Whether `leaf` is leaf `index` of the tree of `size` leaves that has this root.
///
/// Root and size come from one signed checkpoint: the same proof may fit a tree of another size.
///
/// @param  leaf  a leaf hash, as `leaf_hash` gives it, or another sort of node.
/// @error  proof_index_out_of_range  index ≥ size, so every index when size is 0.
/// @error  proof_wrong_length        not exactly as many nodes as index and size require; none is read then.
/// @error  proof_mismatch            the nodes lead to another root.
/// @cost   at most 64 joins. @source RFC 9162, section 2.1.3.2
template <class Node>
[[nodiscard]] Status verify_in_tree(const Node& root, const Node& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Node> proof);

[[nodiscard]] inline Status verify_inclusion(const Hash& root, const Hash& leaf, std::uint64_t index,
                                             std::uint64_t size, std::span<const Hash> proof) {
  return verify_in_tree(root, leaf, index, size, proof);
}

/// The proof that the tree of `leaf_hashes` only added leaves to the tree of its first `old_size` ones.
///
/// Between trees of one size, and behind the tree without leaves, which every tree continues, it is empty.
///
/// @error proof_index_out_of_range  old_size is more than the number of leaves.
/// @cost  O(n) joins. @source RFC 9162, section 2.1.4.1
[[nodiscard]] inline Result<std::vector<Hash>> prove_consistency(std::span<const Hash> leaf_hashes,
                                                                std::uint64_t old_size);

/// Whether the tree of `new_size` leaves with root `new_root` begins with all leaves of the older one, unchanged and in order.
///
/// @error  proof_index_out_of_range  old_size > new_size: a log does not shrink.
/// @error  proof_wrong_length        not exactly as many hashes as the sizes require; none is read then.
/// @error  proof_mismatch            the hashes lead to another old root, or to another new one.
/// @cost   at most 128 joins. @source RFC 9162, section 2.1.4.2
[[nodiscard]] inline Status verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                                               const Hash& new_root, std::span<const Hash> proof);

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

template <class Node>
Node tree_root(std::span<const Node> leaves) {
  GrowingTree<Node> tree;
  for (const Node& leaf : leaves) tree.append(leaf);
  return tree.root();
}

inline std::vector<LeafRange> inclusion_path(std::uint64_t index, std::uint64_t size) {
  MIKOSHI_CHECK(index < size);
  std::vector<LeafRange> path;
  // From the root down: keep the half that the leaf is in, note the other one.
  for (LeafRange tree{0, size}; tree.end - tree.begin > 1;) {
    const std::uint64_t middle = tree.begin + std::bit_floor(tree.end - tree.begin - 1);
    const bool is_left = index < middle;
    path.push_back(is_left ? LeafRange{middle, tree.end} : LeafRange{tree.begin, middle});
    (is_left ? tree.end : tree.begin) = middle;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

inline std::vector<LeafRange> consistency_path(std::uint64_t old_size, std::uint64_t new_size) {
  MIKOSHI_CHECK(old_size <= new_size);
  std::vector<LeafRange> path;
  if (old_size == 0) return path;
  // From the root down along the end of the old tree, to the subtree that ends where it ends.
  LeafRange tree{0, new_size};
  while (tree.end != old_size) {
    const std::uint64_t middle = tree.begin + std::bit_floor(tree.end - tree.begin - 1);
    const bool is_left = old_size <= middle;
    path.push_back(is_left ? LeafRange{middle, tree.end} : LeafRange{tree.begin, middle});
    (is_left ? tree.end : tree.begin) = middle;
  }
  if (tree.begin != 0) path.push_back(tree);  // else it is the old tree itself, whose root the verifier has
  std::reverse(path.begin(), path.end());
  return path;
}

template <class Node>
Result<std::vector<Node>> prove_in_tree(std::span<const Node> leaves, std::uint64_t index) {
  if (index >= leaves.size()) return detail::no_such_leaf(index, leaves.size());
  std::vector<Node> proof;
  for (const LeafRange& range : inclusion_path(index, leaves.size()))
    proof.push_back(tree_root(leaves.subspan(static_cast<std::size_t>(range.begin),
                                             static_cast<std::size_t>(range.end - range.begin))));
  return proof;
}

template <class Node>
Status verify_in_tree(const Node& root, const Node& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Node> proof) {
  if (index >= size) return detail::no_such_leaf(index, size);
  // Below the level where the leaf's way joins that of the last leaf, every level has a sibling, on the side that the
  // bit of the index says. From there on the way is the right edge of the tree, and siblings stand only at the left.
  const auto inner = static_cast<std::size_t>(std::bit_width(index ^ (size - 1)));
  const auto edge = static_cast<std::size_t>(inner < 64 ? std::popcount(index >> inner) : 0);
  const std::size_t required = inner + edge;
  if (proof.size() != required)
    return fail(Errc::proof_wrong_length,
                "this leaf's proof has " + std::to_string(required) + " hashes, not " + std::to_string(proof.size()));
  Node node = leaf;
  for (std::size_t level = 0; level < required; ++level) {
    const bool sibling_left = level >= inner || (index >> level & 1) != 0;
    node = sibling_left ? TreeOf<Node>::join(proof[level], node) : TreeOf<Node>::join(node, proof[level]);
  }
  if (!(node == root)) return fail(Errc::proof_mismatch);
  return {};
}

inline Result<std::vector<Hash>> prove_consistency(std::span<const Hash> leaf_hashes, std::uint64_t old_size) {
  if (old_size > leaf_hashes.size())
    return fail(Errc::proof_index_out_of_range, "the tree has " + std::to_string(leaf_hashes.size()) + " leaves",
                "size " + std::to_string(old_size));
  std::vector<Hash> proof;
  for (const LeafRange& range : consistency_path(old_size, leaf_hashes.size()))
    proof.push_back(merkle_root(leaf_hashes.subspan(static_cast<std::size_t>(range.begin),
                                                    static_cast<std::size_t>(range.end - range.begin))));
  return proof;
}

inline Status verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t new_size,
                                 const Hash& new_root, std::span<const Hash> proof) {
  if (old_size > new_size)
    return fail(Errc::proof_index_out_of_range, "the newer tree has " + std::to_string(new_size) + " leaves",
                "size " + std::to_string(old_size));
  // The old tree ends with a perfect subtree of 2^perfect leaves, which stands in the new tree, too. From it both roots are
  // joined upwards: with the left siblings that the trees share, and, for the new one alone, with those at the right.
  const bool is_trivial = old_size == 0 || old_size == new_size;
  const auto perfect = static_cast<std::size_t>(is_trivial ? 0 : std::countr_zero(old_size));
  const std::uint64_t last = old_size - 1;
  const auto inner = static_cast<std::size_t>(is_trivial ? 0 : std::bit_width(last ^ (new_size - 1)));
  const auto edge = static_cast<std::size_t>(is_trivial || inner == 64 ? 0 : std::popcount(last >> inner));
  const std::size_t first = is_trivial || std::has_single_bit(old_size) ? 0 : 1;  // is the perfect subtree given?
  const std::size_t required = is_trivial ? 0 : first + inner - perfect + edge;
  if (proof.size() != required)
    return fail(Errc::proof_wrong_length, "the proof between these sizes has " + std::to_string(required) +
                                              " hashes, not " + std::to_string(proof.size()));
  if (is_trivial) {
    const bool right = old_size == 0 ? old_root == empty_root() && (new_size != 0 || new_root == old_root)
                                     : old_root == new_root;
    return right ? Status{} : Status{fail(Errc::proof_mismatch)};
  }
  Hash old_node = first == 0 ? old_root : proof[0];
  Hash new_node = old_node;
  for (std::size_t at = first; at < required; ++at) {
    const std::size_t level = perfect + at - first;
    const bool sibling_left = level >= inner || (last >> level & 1) != 0;
    if (sibling_left) old_node = node_hash(proof[at], old_node);
    new_node = sibling_left ? node_hash(proof[at], new_node) : node_hash(new_node, proof[at]);
  }
  if (old_node != old_root || new_node != new_root) return fail(Errc::proof_mismatch);
  return {};
}

}  // namespace mikoshi
