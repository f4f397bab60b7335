// SPDX-License-Identifier: MIT
#pragma once
/// @file random.hpp
/// Random numbers for tests: the same on every platform, from a seed that is printed, and fond of edges.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

/// The seed of every random test of a program: MIKOSHI_SEED, else a fixed number. Printed once.
inline std::uint64_t test_seed(const char* program) {
  static const std::uint64_t seed = [&] {
    const char* text = std::getenv("MIKOSHI_SEED");
    const std::uint64_t number = text != nullptr ? std::strtoull(text, nullptr, 10) : 20260401;
    std::printf("%s: MIKOSHI_SEED=%llu\n", program, static_cast<unsigned long long>(number));
    return number;
  }();
  return seed;
}

/// splitmix64: the same numbers everywhere, which the standard distributions do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return bits() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  /// 0 to max, with 0, 1, max, powers of two and their neighbours far more often than chance would have them.
  std::uint64_t edge(std::uint64_t max) {
    const std::uint64_t kind = below(6);
    std::uint64_t value = bits();
    if (kind == 0) value = below(3);
    if (kind == 1) value = max - std::min<std::uint64_t>(below(3), max);
    if (kind == 2) value = (std::uint64_t{1} << below(64)) + below(3) - 1;
    if (kind == 3) value = below(100);
    return max == UINT64_MAX ? value : value % (max + 1);
  }
  template <class List>
  const auto& pick(const List& list) {
    return *(std::begin(list) + static_cast<std::ptrdiff_t>(below(std::size(list))));
  }
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[below(i)]);
  }

 private:
  std::uint64_t state_;
};
