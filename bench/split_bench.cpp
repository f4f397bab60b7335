// SPDX-License-Identifier: MIT
/// How far the split rules are from the machine's limit: one copy of the bytes that they read and write.
///
/// Prints, for each size, ns a payee (median of 7 runs), the copy's ns measured in the same run, and the ratio. Times
/// on a shared machine wander; the ratio is what to compare.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <vector>

#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"

namespace {

using Clock = std::chrono::steady_clock;

/// Median time of `body` over 7 runs, in ns an item.
template <class Body>
double median_ns(std::size_t items, Body&& body) {
  std::array<double, 7> runs{};
  for (double& run : runs) {
    const auto start = Clock::now();
    body();
    run = std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(items);
  }
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2];
}

void print(std::string_view name, std::size_t n, double ns, double limit_ns) {
  fmt::print("{:<10} {:>10} {:>10.2f} {:>10.2f} {:>8.2f}\n", name, n, ns, limit_ns, ns / limit_ns);
}

}  // namespace

int main() {
  fmt::print("{:<10} {:>10} {:>10} {:>10} {:>8}\n", "rule", "payees", "ns each", "copy ns", "ratio");
  for (const std::size_t n : {std::size_t{1'000}, std::size_t{10'000}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    std::vector<std::uint64_t> weights(n), fractions(n, mikoshi::fraction_grace), copy_in(2 * n), copy_out(4 * n);
    std::vector<mikoshi::u128> pays(n);
    for (std::size_t i = 0; i < n; ++i) weights[i] = 1 + i * 2654435761u % 1000;
    // carry reads weight and fraction and writes fraction and pay: 16 bytes in, 24 out.
    const double copy_ns = median_ns(n, [&] {
      std::memcpy(copy_out.data(), copy_in.data(), 16 * n);
      std::memcpy(copy_out.data() + 2 * n, copy_in.data(), 8 * n);
      copy_in[0] = copy_out[n];
    });
    mikoshi::CarryPool pool;
    const mikoshi::u128 amount = mikoshi::u128{n} * 1'234'567 + 89;
    print("carry", n, median_ns(n, [&] { (void)mikoshi::carry(amount, pool, weights, fractions, pays); }), copy_ns);
    print("hamilton", n, median_ns(n, [&] { (void)mikoshi::hamilton(amount, weights, pays); }), copy_ns);
  }
}
