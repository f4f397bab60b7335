// SPDX-License-Identifier: MIT
#pragma once
/// @file wide_tree.hpp
/// The root over many leaves, by several threads: the same root as one thread gives.
///
/// Layer 1. Depends on: crypto/merkle.hpp.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <future>
#include <type_traits>
#include <vector>

#include "mikoshi/crypto/merkle.hpp"

namespace mikoshi {

/// The root over `size` leaves.
/// @param leaf_at  gives leaf i, a hash or another sort of node; is called once for each, from several threads.
/// @param threads  how many work at once, this one among them; 0 is taken for 1.
/// @cost  O(n) joins and calls, divided among the threads
template <class LeafAt>
[[nodiscard]] auto wide_tree_root(std::uint64_t size, LeafAt&& leaf_at, std::size_t threads) {
  using Leaf = std::decay_t<decltype(leaf_at(std::uint64_t{0}))>;
  const auto root_of = [&](std::uint64_t begin, std::uint64_t end) {
    GrowingTree<Leaf> tree;
    for (std::uint64_t i = begin; i < end; ++i) tree.append(leaf_at(i));
    return tree.root();
  };
  // Subtrees of one size, a power of two, are what the tree is made of; only the last may be smaller. Eight a thread, so that
  // nobody waits long for the last one to end.
  constexpr std::uint64_t least = 1024;
  const std::uint64_t step = std::max(least, std::bit_ceil(size / (8 * std::max<std::size_t>(threads, 1)) + 1));
  if (threads < 2 || size <= step) return root_of(0, size);
  std::vector<Leaf> roots(static_cast<std::size_t>((size - 1) / step + 1));
  const auto every = [&](std::size_t first) {
    for (std::size_t i = first; i < roots.size(); i += threads) roots[i] = root_of(i * step, std::min(size, (i + 1) * step));
  };
  std::vector<std::future<void>> others;
  for (std::size_t k = 1; k < threads; ++k) others.push_back(std::async(std::launch::async, every, k));
  every(0);
  for (std::future<void>& other : others) other.get();
  return tree_root(std::span<const Leaf>{roots});
}

}  // namespace mikoshi
