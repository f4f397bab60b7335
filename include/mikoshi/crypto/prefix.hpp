// SPDX-License-Identifier: MIT
#pragma once
/// @file prefix.hpp
/// What a log was when it was shorter: the root of its first lines, computed from its root of today and a few hashes.
///
/// Layer 1. Depends on: crypto/merkle.hpp.
///
/// A consistency proof answers yes or no: was *that* the older root? Here nothing is claimed beforehand. Hashes that lead to
/// a log's root have only one way to lead there, so they also say which root its first lines have; and if somebody signed
/// another one, the log's own signed root convicts them.
///
/// The first m leaves of a tree form perfect subtrees, one for each bit of m, the last of them the smallest. The proof is
/// that last one and its siblings on the way up: those on its left are the other perfect subtrees, and joined with them alone
/// it gives the root of the first m leaves; joined with all of them, the root of all n.

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mikoshi/crypto/merkle.hpp"

namespace mikoshi {

/// What shows the root that a log's first `prefix` leaves have.
/// @error proof_index_out_of_range  prefix is 0, or more than the number of leaves.
/// @cost  O(n) hashes. @source RFC 9162, section 2.1.4.1; here the smallest perfect subtree always comes first
[[nodiscard]] inline Result<std::vector<Hash>> prove_prefix(std::span<const Hash> leaf_hashes, std::uint64_t prefix);

/// The root of the first `prefix` leaves of the log that has this root over `size` leaves.
/// @error proof_index_out_of_range  prefix is 0, or more than size.
/// @error proof_wrong_length        not exactly as many hashes as prefix and size require; none is read then.
/// @error proof_mismatch            the hashes lead to another root than `root`.
/// @cost  at most 128 hashes
[[nodiscard]] inline Result<Hash> prefix_root(std::uint64_t prefix, std::uint64_t size, const Hash& root,
                                              std::span<const Hash> proof);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

/// Where the smallest perfect subtree of the first `prefix` of `size` leaves stands: it covers 2^level leaves, and is one of
/// `width` nodes of that size, the last of which may be smaller.
struct PrefixNode {
  std::size_t level = 0;
  std::uint64_t index = 0;
  std::uint64_t width = 0;
};

/// @error proof_index_out_of_range
[[nodiscard]] inline Result<PrefixNode> prefix_node(std::uint64_t prefix, std::uint64_t size) {
  if (prefix == 0 || prefix > size)
    return fail(Errc::proof_index_out_of_range, "the log has no first " + std::to_string(prefix) + " of " +
                                                    std::to_string(size) + " lines");
  const auto level = static_cast<std::size_t>(std::countr_zero(prefix));
  return PrefixNode{level, (prefix >> level) - 1, ((size - 1) >> level) + 1};
}

}  // namespace detail

inline Result<std::vector<Hash>> prove_prefix(std::span<const Hash> leaf_hashes, std::uint64_t prefix) {
  MIKOSHI_ASSIGN(const detail::PrefixNode node, detail::prefix_node(prefix, leaf_hashes.size()));
  std::vector<Hash> nodes;
  for (std::span<const Hash> rest = leaf_hashes; !rest.empty();) {
    const std::size_t covered = std::min<std::size_t>(rest.size(), std::size_t{1} << node.level);
    nodes.push_back(merkle_root(rest.first(covered)));
    rest = rest.subspan(covered);
  }
  MIKOSHI_ASSIGN(std::vector<Hash> proof, prove_inclusion(nodes, node.index));
  proof.insert(proof.begin(), nodes[static_cast<std::size_t>(node.index)]);
  return proof;
}

inline Result<Hash> prefix_root(std::uint64_t prefix, std::uint64_t size, const Hash& root,
                                std::span<const Hash> proof) {
  MIKOSHI_ASSIGN(const detail::PrefixNode node, detail::prefix_node(prefix, size));
  // As in verify_in_tree: below the level where its way joins that of the last node, every level has a sibling.
  const auto inner = static_cast<std::size_t>(std::bit_width(node.index ^ (node.width - 1)));
  const auto edge = static_cast<std::size_t>(inner < 64 ? std::popcount(node.index >> inner) : 0);
  if (proof.size() != 1 + inner + edge)
    return fail(Errc::proof_wrong_length, "this log's proof has " + std::to_string(1 + inner + edge) +
                                              " hashes, not " + std::to_string(proof.size()));
  Hash before = proof.front(), now = proof.front();
  for (std::size_t step = 0; step < inner + edge; ++step) {
    const Hash& sibling = proof[step + 1];
    const bool is_left = step >= inner || (node.index >> step & 1) != 0;
    if (is_left) before = node_hash(sibling, before);
    now = is_left ? node_hash(sibling, now) : node_hash(now, sibling);
  }
  if (now != root) return fail(Errc::proof_mismatch);
  return before;
}

}  // namespace mikoshi
