// SPDX-License-Identifier: MIT
#pragma once
/// @file split_tools.hpp
/// What the tests of the splits share: exact integers of any size, tables as text, and random splits fond of edges.

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "exact.hpp"
#include "random.hpp"
#include "mikoshi/base/u128.hpp"

using mikoshi::u128;
using Weights = std::vector<std::uint64_t>;
using Fractions = std::vector<std::uint64_t>;
using Pays = std::vector<u128>;

inline const Big one_unit = Big{1} << 64;  // a minor unit in 2^-64 parts

inline u128 narrow(const Big& value) {
  return (u128{static_cast<std::uint64_t>(value >> 64)} << 64) +
         u128{static_cast<std::uint64_t>(value & Big{UINT64_MAX})};
}
template <class Numbers>
Big sum_of(const Numbers& numbers) {
  Big sum = 0;
  for (const auto& number : numbers) sum += big(u128{number});
  return sum;
}
inline std::uint64_t plain_sum(const Weights& weights) { return std::accumulate(weights.begin(), weights.end(), 0ull); }

template <class T>
std::string code_of(const mikoshi::Result<T>& result) {
  return result.has_value() ? "ok" : std::string{name(result.error().code)};
}

/// Numbers as tables write them: "33,33,34".
template <class Numbers>
std::string listed(const Numbers& numbers) {
  std::string text;
  for (const auto& number : numbers) text += (text.empty() ? "" : ",") + mikoshi::to_string(u128{number});
  return text;
}

/// With the values that break splitters: small, huge and equal ones.
class SplitRandom : public Random {
 public:
  using Random::Random;
  /// 1 to 2^127 - 1, small in most draws.
  u128 amount() {
    const std::uint64_t kind = below(16);
    if (kind < 9) return u128{1 + below(1000)};
    if (kind < 12) return u128{1 + below(10)};
    if (kind < 14) return u128{std::max<std::uint64_t>(edge(UINT64_MAX), 1)};
    if (kind == 14) return mikoshi::amount_limit() - 1 - below(3);
    const std::uint64_t high = edge(UINT64_MAX >> 1);
    return (u128{high} << 64) + std::max<std::uint64_t>(edge(UINT64_MAX), 1);
  }
  /// `count` weights whose sum is below 2^64 and above 0; zeros, equal ones and lopsided ones are common.
  Weights weights(std::size_t count) {
    const std::uint64_t kind = below(8);
    const std::uint64_t room = UINT64_MAX / count;
    const std::uint64_t max = kind < 4 ? 9 : kind < 6 ? 10'000 : kind == 6 ? UINT32_MAX : room;
    Weights list(count);
    for (std::uint64_t& weight : list) {
      weight = edge(std::min(max, room));
      if (one_in(3)) weight = list[below(count)];
      if (one_in(5)) weight = 0;
    }
    if (one_in(10)) std::fill(list.begin(), list.end(), 1 + below(max));
    const std::size_t chosen = below(count);
    if (one_in(8) || plain_sum(list) == 0) {
      const std::uint64_t others = plain_sum(list) - list[chosen];
      list[chosen] = one_in(2) ? UINT64_MAX - others : 1;  // the largest sum that there is, or a lonely one
    }
    return list;
  }
};

/// Calls `visit` with every list of `count` numbers from 0 to `max`.
template <class Visit>
void each_list(std::size_t count, std::uint64_t max, Visit visit) {
  Weights list(count);
  for (;;) {
    visit(list);
    std::size_t place = 0;
    while (place < count && list[place] == max) list[place++] = 0;
    if (place == count) return;
    ++list[place];
  }
}

/// Asks `fault(amount, weights)` about every small world: amounts from 0 to 24 over 1 to 4 weights from 0 to
/// `weight_max`, not all of them 0. The first fault, with its world; empty: none.
template <class Fault>
std::string fault_in_small_worlds(std::uint64_t weight_max, Fault fault) {
  std::string found;
  for (std::size_t count = 1; count <= 4; ++count) {
    each_list(count, weight_max, [&](const Weights& weights) {
      if (plain_sum(weights) == 0) return;
      for (std::uint64_t amount = 0; amount <= 24 && found.empty(); ++amount) {
        found = fault(u128{amount}, weights);
        if (!found.empty()) found += ": " + std::to_string(amount) + " over " + listed(weights);
      }
    });
  }
  return found;
}
