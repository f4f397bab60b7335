// SPDX-License-Identifier: MIT
/// Targets of split/.

#include <boost/multiprecision/cpp_int.hpp>

#include "feed.hpp"
#include "target.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"

namespace fuzz {
namespace {

using boost::multiprecision::cpp_int;

cpp_int wide(const u128& value) { return (cpp_int{high64(value)} << 64) + low64(value); }

u128 any_amount(Feed& feed) {
  const std::uint64_t high = feed.one_in(3) ? feed.number(UINT64_MAX) : 0;
  return u128{high} << 64 | feed.number(UINT64_MAX);
}

std::vector<std::uint64_t> any_weights(Feed& feed, std::size_t count) {
  std::vector<std::uint64_t> weights(count);
  const std::uint64_t max = feed.one_in(4) ? UINT64_MAX : UINT64_MAX / std::max<std::size_t>(count, 1);
  for (std::uint64_t& weight : weights) weight = feed.number(max);
  return weights;
}

/// What a split must refuse, in the order in which it is named.
std::optional<Errc> refusal(const u128& amount, const std::vector<std::uint64_t>& weights) {
  cpp_int sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;
  if (wide(amount) >= cpp_int{1} << 127) return Errc::amount_too_large;
  if (sum >= cpp_int{1} << 64) return Errc::weight_overflow;
  if (amount != 0 && sum == 0) return Errc::no_eligible;
  return std::nullopt;
}

void check_refusal(const Status& status, const std::optional<Errc>& expected) {
  MIKOSHI_CHECK(status.has_value() == !expected.has_value());
  MIKOSHI_CHECK(status || status.error().code == *expected);
}

}  // namespace

void carry(ByteSpan bytes) {
  Feed feed{bytes};
  const std::size_t count = 1 + feed.below(9);
  CarryPool pool;
  std::vector<std::uint64_t> fractions(count, fraction_grace);
  std::vector<u128> pays(count);
  std::vector<cpp_int> due(count), paid(count);  // so far; `due` in 2^-64 units
  cpp_int in = 0, out = 0;
  const cpp_int one = cpp_int{1} << 64;
  for (unsigned step = 1; !feed.empty() && step <= 60; ++step) {
    const u128 amount = any_amount(feed);
    const auto weights = any_weights(feed, count);
    const auto expected = refusal(amount, weights);
    const CarryPool before = pool;
    const auto fractions_before = fractions;
    const Status status = mikoshi::carry(amount, pool, weights, fractions, pays);
    check_refusal(status, expected);
    if (!status) {
      MIKOSHI_CHECK(pool == before && fractions == fractions_before);
      continue;
    }
    cpp_int weight_sum = 0, kept = pool.dust;
    for (const std::uint64_t weight : weights) weight_sum += weight;
    in += wide(amount);
    for (std::size_t i = 0; i < count; ++i) {
      if (amount != 0) due[i] += wide(amount) * one * weights[i] / weight_sum;
      paid[i] += wide(pays[i]);
      out += wide(pays[i]);
      kept += cpp_int{fractions[i]} - fraction_grace;
      MIKOSHI_CHECK(weights[i] != 0 || (pays[i] == 0 && fractions[i] == fractions_before[i]));
      // What was paid and the fraction are what was due. Each step may round one part of 2^-64 off, and hand on dust.
      const cpp_int error = abs(paid[i] * one + fractions[i] - fraction_grace - due[i]);
      MIKOSHI_CHECK(error <= cpp_int{step} * (count + 1));
      MIKOSHI_CHECK(error < fraction_grace);  // so nobody is ever a whole unit ahead, or more than one behind
    }
    MIKOSHI_CHECK(in == out + pool.undivided && cpp_int{pool.undivided} * one == kept);
    MIKOSHI_CHECK(pool.undivided < count && pool.dust < count);
  }
  if (!feed.one_in(2)) return;
  const std::uint64_t undivided = pool.undivided;
  const auto last = fractions;
  MIKOSHI_CHECK(close(pool, fractions, pays) == undivided && pool == CarryPool{});
  u128 units = 0;
  for (std::size_t i = 0; i < count; ++i) {
    MIKOSHI_CHECK(pays[i] <= 1);
    units += pays[i];
    for (std::size_t j = 0; j < count; ++j)
      MIKOSHI_CHECK(pays[i] >= pays[j] || last[i] < last[j] || (last[i] == last[j] && j < i));
  }
  MIKOSHI_CHECK(units == undivided);
}

void hamilton(ByteSpan bytes) {
  Feed feed{bytes};
  const std::size_t count = feed.below(20);
  const u128 amount = any_amount(feed);
  const auto weights = any_weights(feed, count);
  std::vector<u128> pays(count);
  const auto expected = refusal(amount, weights);
  const Status status = mikoshi::hamilton(amount, weights, pays);
  check_refusal(status, expected);
  if (!status) return;
  cpp_int weight_sum = 0, out = 0;
  for (const std::uint64_t weight : weights) weight_sum += weight;
  if (weight_sum == 0) weight_sum = 1;
  const auto floor_of = [&](std::size_t i) -> cpp_int { return wide(amount) * weights[i] / weight_sum; };
  const auto rest_of = [&](std::size_t i) -> cpp_int { return wide(amount) * weights[i] % weight_sum; };
  for (std::size_t i = 0; i < count; ++i) {
    const cpp_int more = wide(pays[i]) - floor_of(i);
    out += wide(pays[i]);
    MIKOSHI_CHECK(more == 0 || (more == 1 && rest_of(i) > 0));
    for (std::size_t j = 0; j < count; ++j) {  // whoever got a unit more had the larger remainder, or stood earlier
      const bool passed_over = more == 0 && wide(pays[j]) > floor_of(j);
      MIKOSHI_CHECK(!passed_over || rest_of(i) < rest_of(j) || (rest_of(i) == rest_of(j) && j < i));
    }
  }
  MIKOSHI_CHECK(out == wide(amount));
}

}  // namespace fuzz
