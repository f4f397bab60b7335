// SPDX-License-Identifier: MIT
/// The split rules beside one copy of the bytes that they read and write.
#include <fmt/format.h>

#include <cstring>

#include "measure.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/bounded.hpp"
#include "mikoshi/split/carry.hpp"

namespace bench {
namespace {

using namespace mikoshi;

constexpr std::uint64_t weight_of(std::size_t i) { return 1 + i * 2654435761u % 1000; }

void measure_rules(Table& table, std::size_t n) {
  std::vector<std::uint64_t> weights(n), fractions(n, fraction_grace), copy_in(5 * n), copy_out(5 * n);
  std::vector<u128> pays(n), paid(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = weight_of(i);
  const u128 amount = u128{n} * 1'234'567 + 89;
  u128 rest = 0;
  CarryPool pool;
  // carry reads weight and fraction and writes fraction and pay: 16 bytes in, 24 out. The others 8 and 16.
  const auto beside_copy = [&](std::string_view name, std::size_t bytes, double reach, auto&& work) {
    const auto [ns, limit_ns] = in_turns(n, work, [&] {
      std::memcpy(copy_out.data(), copy_in.data(), bytes * n);
      copy_in[0] = copy_out[n / 2] + 1;
      keep(copy_out);
    });
    table.add({std::string{name}, n, 1, ns, fmt::format("a copy of {} bytes", bytes), limit_ns, reach});
  };
  beside_copy("carry", 24, n >= 10'000'000 ? 2 : n >= 1'000'000 ? 3 : 0,
              [&] { check(carry(amount, pool, weights, fractions, pays)); });
  beside_copy("hamilton", 16, n >= 1'000'000 ? 6 : 0, [&] { check(hamilton(amount, weights, pays)); });
  if (n > 1'000'000) return;
  beside_copy("floor", 16, 0, [&] { check(floor_shares(amount, weights, pays, rest)); });
  beside_copy("sainte-lague", 16, 0, [&] { check(sainte_lague(amount, weights, pays)); });
  std::fill(fractions.begin(), fractions.end(), fraction_grace);
  pool = {};
  const Bounds bounds{u128{600'000}, u128{1'500'000}};
  beside_copy("carry, floor and cap", 24, 0, [&] { check(carry_bounded(amount, pool, bounds, weights, paid, fractions, pays, rest)); });
}

}  // namespace

void measure_splits(Table& table) {
  for (const std::size_t n : {1'000u, 10'000u, 100'000u, 1'000'000u, 10'000'000u}) {
    if (table.quick() && n > 100'000) break;
    measure_rules(table, n);
  }
}

}  // namespace bench
