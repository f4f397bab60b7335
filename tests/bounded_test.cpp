// SPDX-License-Identifier: MIT
/// @file bounded_test.cpp
/// Proves `carry_bounded` against a second one that finds the level in another way, in rationals of any size: over whole
/// small worlds, 100,000 random payouts and the largest numbers that there are. And `u256`, by Boost's integers.

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "aborts.hpp"
#include "catch.hpp"
#include "split_tools.hpp"
#include "mikoshi/base/u256.hpp"
#include "mikoshi/split/bounded.hpp"

using namespace mikoshi;

namespace {

Big big(const u256& value) { return (::big(value.high) << 128) + ::big(value.low); }
u256 any_u256(Random& random, unsigned bits_max) {
  Big value = 0;
  for (int digit = 0; digit < 4; ++digit) value = (value << 64) + random.edge(UINT64_MAX);
  value >>= 256 - 1 - random.below(bits_max);
  return u256{narrow(Big{value >> 128}), narrow(Big{value & ((Big{1} << 128) - 1)})};
}

}  // namespace

TEST_CASE("u256: equals Boost's integers on 50,000 random pairs", "[u256]") {
  Random random{test_seed("bounded_test")};
  CAPTURE(test_seed("bounded_test"));
  const Big end = Big{1} << 256;
  int sums = 0;
  int products = 0;
  for (int round = 0; round < 50'000; ++round) {
    const u256 a = any_u256(random, 256);
    const u256 b = random.one_in(9) ? a : any_u256(random, 256);
    const std::uint64_t c = std::max<std::uint64_t>(random.edge(UINT64_MAX), 1);
    bool same = (a == b) == (big(a) == big(b)) && (a < b) == (big(a) < big(b)) && (a <= b) == (big(a) <= big(b));
    if (big(a) + big(b) < end) same = same && big(a + b) == big(a) + big(b), ++sums;
    if (big(a) >= big(b)) same = same && big(a - b) == big(a) - big(b);
    if (big(a) * c < end) same = same && big(a * c) == big(a) * c, ++products;
    same = same && big(product(a.low, c)) == big(u256{0, a.low}) * c;
    const Quotient quotient = divide(a, c);
    same = same && big(quotient.quotient) == big(a) / c && quotient.remainder == big(a) % c;
    if (!same) FAIL(big(a) << " and " << big(b) << " and " << c);
  }
  CHECK((sums > 10'000 && products > 10'000));
  for (int round = 0; round < 10'000; ++round) {
    const u256 a = any_u256(random, 256);
    u256 b = any_u256(random, 253);
    u256 c = any_u256(random, 253) + u256{0, 1};
    if (b > c) std::swap(b, c);
    if (random.one_in(9)) b = c;
    if (big(scaled(a, b, c)) != big(a) * big(b) / big(c)) FAIL(big(a) << " · " << big(b) << " / " << big(c));
  }
}

TEST_CASE("u256: what does not fit aborts", "[u256]") {
  const u256 all{~u128{0}, ~u128{0}};
  const u256 one{0, 1};
  const u256 half{u128{1} << 127, 0};
  CHECK_FALSE(aborts([&] { (void)(all + u256{}); }));  // control
  CHECK_FALSE(aborts([&] { (void)(all * 1); }));
  CHECK(aborts([&] { (void)(all + one); }));
  CHECK(aborts([&] { (void)(half + half); }));
  CHECK(aborts([&] { (void)(u256{} - one); }));
  CHECK(aborts([&] { (void)(half * 2); }));
  CHECK(aborts([&] { (void)(all * UINT64_MAX); }));
  CHECK(aborts([&] { (void)divide(all, 0); }));
  CHECK(aborts([&] { (void)scaled(one, one, u256{}); }));
  CHECK(aborts([&] { (void)scaled(one, u256{0, 3}, u256{0, 2}); }));
  CHECK(aborts([&] { (void)scaled(one, one, half); }));
}

// --- the second carry_bounded ----------------------------------------------------------------------------

namespace {

/// A bound of one payee; without a number there is none.
using Limit = std::optional<Big>;

Rational clamped(const Rational& value, const Big& lo, const Limit& hi) {
  if (hi && value > Rational{*hi}) return Rational{*hi};
  return value < Rational{lo} ? Rational{lo} : value;
}

/// Water-filling without any search for a level, as browsers lay out flexible boxes: share what is left by weight; if the
/// bounds then ask for more than they cut off, freeze those below their floor, else those above their cap; again.
/// The weights are above zero. Returns less than `total` in all only if all caps together are less.
std::vector<Rational> slow_fill(Rational total, const Weights& weights, const std::vector<Big>& floor_lacks,
                                std::vector<Limit> hi) {
  const std::size_t count = weights.size();
  std::vector<Big> lo = floor_lacks;
  std::vector<Rational> shares(count);
  const Big floors = std::accumulate(lo.begin(), lo.end(), Big{0});
  if (Rational{floors} >= total) {
    for (std::size_t i = 0; i < count; ++i) shares[i] = total * Rational{lo[i], floors};
    return shares;
  }
  Rational caps = 0;
  bool all_capped = true;
  for (const Limit& limit : hi) {
    all_capped = all_capped && limit.has_value();
    if (limit) caps += Rational{*limit};
  }
  if (all_capped && caps < total) {
    for (std::size_t i = 0; i < count; ++i) shares[i] = Rational{*hi[i]};
    return shares;
  }
  // The floors first; above them there is no lower bound any more.
  total -= Rational{floors};
  for (std::size_t i = 0; i < count; ++i) {
    if (hi[i]) *hi[i] -= lo[i];
    lo[i] = 0;
  }
  const auto above = [&] {
    for (std::size_t i = 0; i < count; ++i) shares[i] += Rational{floor_lacks[i]};
    return shares;
  };
  std::vector<bool> frozen(count);
  for (;;) {
    Rational left = total;
    Big weight = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (frozen[i]) left -= shares[i];
      if (!frozen[i]) weight += weights[i];
    }
    if (weight == 0) return above();
    Rational moved = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (frozen[i]) continue;
      const Rational fair = left * Rational{Big{weights[i]}, weight};
      shares[i] = clamped(fair, lo[i], hi[i]);
      moved += shares[i] - fair;
    }
    if (moved == 0) return above();
    for (std::size_t i = 0; i < count; ++i) {
      if (frozen[i]) continue;
      const Rational fair = left * Rational{Big{weights[i]}, weight};
      frozen[i] = moved > 0 ? shares[i] > fair : shares[i] < fair;
    }
  }
}

struct SlowBounds {
  Big floor = 0;
  Limit cap;
};

/// `carry_bounded` from its documentation, in numbers of any size.
struct SlowPool {
  Big dust = 0;
  Big undivided = 0;
  Big rest = 0;  // of the last payout
  std::vector<Big> fractions;
  std::vector<Big> paid;

  std::vector<Big> distribute(const Big& amount, const SlowBounds& bounds, const Weights& weights) {
    while (fractions.size() < weights.size()) fractions.push_back(Big{1} << 32), paid.emplace_back(0);
    std::vector<Big> pays(weights.size());
    rest = 0;
    if (amount == 0) return pays;
    std::vector<std::size_t> who;
    Weights theirs;
    std::vector<Big> lo;
    std::vector<Limit> hi;
    const auto lacking = [&](const Big& target, std::size_t i) -> Big {
      const Big lack = (target - paid[i]) * one_unit - fractions[i] + (Big{1} << 32);
      return lack > 0 ? lack : Big{0};
    };
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      who.push_back(i);
      theirs.push_back(weights[i]);
      lo.push_back(bounds.floor > 0 ? lacking(bounds.floor, i) : Big{0});
      hi.push_back(bounds.cap ? Limit{lacking(*bounds.cap, i)} : Limit{});
    }
    Big left = amount * one_unit + dust;
    const std::vector<Rational> shares = slow_fill(Rational{left}, theirs, lo, hi);
    undivided += amount;
    for (std::size_t k = 0; k < who.size(); ++k) {
      const std::size_t i = who[k];
      const Big entitled = numerator(shares[k]) / denominator(shares[k]);
      const Big y = fractions[i] + entitled;
      pays[i] = y / one_unit;
      fractions[i] = y % one_unit;
      paid[i] += pays[i];
      undivided -= pays[i];
      left -= entitled;
    }
    rest = left / one_unit;
    dust = left % one_unit;
    undivided -= rest;
    return pays;
  }
};

/// A pool as its owner keeps it.
struct World {
  CarryPool pool;
  Fractions fractions;
  Pays paid;
  Pays pays;  // of the last payout
  u128 rest = 99;

  Status pay(const u128& amount, const Bounds& bounds, const Weights& weights) {
    fractions.resize(weights.size(), fraction_grace);
    paid.resize(weights.size());
    pays.assign(weights.size(), u128{12345});
    rest = 99;
    MIKOSHI_TRY(carry_bounded(amount, pool, bounds, weights, paid, fractions, pays, rest));
    for (std::size_t i = 0; i < weights.size(); ++i) paid[i] += pays[i];
    return {};
  }
  /// What payee i has been entitled to since the beginning, in 2^-64 parts.
  [[nodiscard]] Big entitled(std::size_t i) const { return ::big(paid[i]) * one_unit + fractions[i] - fraction_grace; }
  /// "33,33,33 + 0 (1;1)": pays, rest, undivided and dust.
  std::string text(std::uint64_t amount, const Bounds& bounds, const Weights& weights) {
    const Status status = pay(u128{amount}, bounds, weights);
    if (!status) return code_of(status);
    return listed(pays) + " + " + to_string(rest) + " (" + std::to_string(pool.undivided) + ";" +
           std::to_string(pool.dust) + ")";
  }
};

SlowBounds slow(const Bounds& bounds) {
  SlowBounds wide{::big(bounds.floor), {}};
  if (bounds.cap) wide.cap = ::big(*bounds.cap);
  return wide;
}

std::string told(const u128& amount, const Bounds& bounds, const Weights& weights) {
  return to_string(amount) + " from " + to_string(bounds.floor) + " to " +
         (bounds.cap ? to_string(*bounds.cap) : "no cap") + " over " + listed(weights);
}

/// Runs one payout through both and says what differs, or which promise is broken; empty if nothing.
std::string fault(SlowPool& second, World& world, const u128& amount, const Bounds& bounds, const Weights& weights) {
  World before = world;
  before.fractions.resize(weights.size(), fraction_grace);
  before.paid.resize(weights.size());
  if (!world.pay(amount, bounds, weights)) return "refused";
  const std::vector<Big> expected = second.distribute(::big(amount), slow(bounds), weights);
  Big change = Big{world.pool.dust} - before.pool.dust;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (::big(world.pays[i]) != expected[i]) return "pay of payee " + std::to_string(i);
    if (second.fractions[i] != world.fractions[i]) return "fraction of payee " + std::to_string(i);
    if (bounds.cap && world.pays[i] > 0 && world.paid[i] > *bounds.cap) return "the cap";
    if (weights[i] == 0 && (world.pays[i] != 0 || world.fractions[i] != before.fractions[i])) return "zero weight";
    if (weights[i] != 0 && world.rest > 0 && (!bounds.cap || world.paid[i] < *bounds.cap)) return "rest below a cap";
    change += Big{world.fractions[i]} - before.fractions[i];
  }
  if (second.dust != world.pool.dust) return "dust";
  if (second.undivided != world.pool.undivided) return "undivided";
  if (second.rest != ::big(world.rest)) return "rest";
  const Big undivided = Big{world.pool.undivided} - before.pool.undivided;
  if (::big(amount) != sum_of(world.pays) + ::big(world.rest) + undivided) return "conservation of units";
  if (undivided * one_unit != change) return "conservation of parts";
  if (world.pool.undivided > weights.size()) return "undivided is at most the number of payees";
  return "";
}

/// Bounds near what the payees of a pool are about to have, so that all cases are common.
Bounds any_bounds(SplitRandom& random, const World& world, const u128& amount, std::size_t count) {
  const auto near = [&]() -> u128 {
    u128 base = random.one_in(2) && !world.paid.empty() ? world.paid[random.below(world.paid.size())] : u128{0};
    base = std::min(base, amount_limit());
    const u128 share = amount / count;
    const std::uint64_t kind = random.below(7);
    if (kind == 0) return base;
    if (kind == 1) return base + 1;
    if (kind == 2) return base + random.below(20);
    if (kind == 3) return base + share;
    if (kind == 4) return base + share / (1 + random.below(9));
    if (kind == 5) return base + std::min(share, amount_limit() / 8) * (1 + random.below(3));
    return random.one_in(9) ? ~u128{0} - random.below(2) : random.amount();
  };
  Bounds bounds;
  if (!random.one_in(3)) bounds.floor = near();
  if (!random.one_in(4)) bounds.cap = near();
  if (bounds.cap && *bounds.cap < bounds.floor) std::swap(*bounds.cap, bounds.floor);
  return bounds;
}

}  // namespace

TEST_CASE("carry_bounded: the table", "[bounded]") {
  struct Row {
    std::uint64_t amount;
    Bounds bounds;
    Weights weights;
    const char* fate;
  };
  const u128 limit = amount_limit();
  // clang-format off
  const Row rows[] = {
      {100,  {},                {1, 1, 1},     "33,33,33 + 0 (1;1)"},
      {100,  {0, 1000},         {1, 1, 1},     "33,33,33 + 0 (1;1)"},      // the cap is far
      {100,  {0, limit},        {1, 1, 1},     "33,33,33 + 0 (1;1)"},
      {1000, {0, 300},          {1, 1, 8},     "300,300,300 + 100 (0;0)"},
      {900,  {0, 300},          {1, 1, 8},     "300,300,300 + 0 (0;0)"},
      {500,  {0, 300},          {1, 1, 8},     "100,100,300 + 0 (0;0)"},   // what the cap cut off, by weight
      {500,  {0, 300},          {1, 3, 8},     "50,150,300 + 0 (0;0)"},
      {375,  {0, 300},          {1, 1, 8},     "37,37,300 + 0 (1;0)"},     // λ·8 is just the cap
      {5,    {0, 0},            {1, 2},        "0,0 + 5 (0;0)"},
      {100,  {0, 30},           {0, 1, 1},     "0,30,30 + 40 (0;0)"},
      {1000, {100, {}},         {1, 9},        "180,820 + 0 (0;0)"},
      {500,  {100, {}},         {1, 9},        "130,370 + 0 (0;0)"},
      {200,  {100, {}},         {1, 9},        "100,100 + 0 (0;0)"},       // just the floor
      {100,  {100, {}},         {1, 9},        "50,50 + 0 (0;0)"},         // short of the floor: the same ratio
      {1,    {100, {}},         {1, 9},        "0,0 + 0 (1;0)"},
      {100,  {limit, {}},       {1, 9},        "50,50 + 0 (0;0)"},
      {100,  {~u128{0}, {}},    {1, 9},        "50,50 + 0 (0;0)"},
      {100,  {20, 20},          {1, 9},        "20,20 + 60 (0;0)"},        // floor and cap are one
      {100,  {10, 60},          {1, 1, 98},    "20,20,60 + 0 (0;0)"},
      {70,   {10, 60},          {1, 1, 98},    "10,10,49 + 0 (1;1)"},
      {0,    {10, 60},          {1, 1, 98},    "0,0,0 + 0 (0;0)"},
      {0,    {10, 60},          {0, 0},        "0,0 + 0 (0;0)"},
      {0,    {10, 60},          {},            " + 0 (0;0)"},
      {7,    {0, 3},            {5},           "3 + 4 (0;0)"},
      {7,    {9, 9},            {5},           "7 + 0 (0;0)"},
  };
  // clang-format on
  for (const Row& row : rows) {
    CAPTURE(told(u128{row.amount}, row.bounds, row.weights));
    CHECK(World{}.text(row.amount, row.bounds, row.weights) == row.fate);
  }
}

TEST_CASE("carry_bounded: a pool over its life", "[bounded]") {
  World world;
  CHECK(world.text(100, {0, 50}, {1, 1, 1}) == "33,33,33 + 0 (1;1)");
  CHECK(world.text(49, {0, 50}, {1, 1, 1}) == "16,16,16 + 0 (2;2)");
  CHECK(world.text(5, {0, 50}, {1, 1, 1}) == "1,1,1 + 4 (0;0)");  // each is at its cap to the last part
  CHECK(world.text(5, {0, 50}, {1, 1, 1}) == "0,0,0 + 5 (0;0)");
  CHECK(world.text(6, {0, 53}, {1, 1, 1}) == "2,2,2 + 0 (0;0)");
  CHECK(world.text(9, {0, 40}, {1, 1, 1}) == "0,0,0 + 9 (0;0)");        // a cap below what was paid takes nothing back
  CHECK(world.text(10, {0, 53}, {1, 1, 1, 1}) == "1,1,1,7 + 0 (0;0)");  // a newcomer takes what three leave
  CHECK(world.text(40, {50, 60}, {1, 1, 1, 1}) == "0,0,0,40 + 0 (0;0)");  // lifted towards the floor, alone
  CHECK(world.text(11, {50, 60}, {1, 1, 1, 1}) == "2,2,2,5 + 0 (0;0)");   // 3 to the floor, 2 each
}

// --- against the second ----------------------------------------------------------------------------------

TEST_CASE("carry_bounded: equals the slow one in every small world", "[bounded]") {
  int worlds = 0;
  for (std::size_t count = 1; count <= 3; ++count) {
    each_list(count, 3, [&](const Weights& weights) {
      if (plain_sum(weights) == 0) return;
      for (std::uint64_t floor = 0; floor <= 3; ++floor) {
        for (std::uint64_t above = 0; above <= 4; ++above) {
          Bounds bounds{u128{floor}, u128{floor + above}};
          if (above == 4) bounds.cap.reset();
          for (std::uint64_t amounts = 0; amounts < 8 * 8; amounts += count == 3 ? 3 : 1) {
            SlowPool second;
            World world;
            std::string wrong = fault(second, world, u128{amounts % 8}, bounds, weights);
            if (wrong.empty()) wrong = fault(second, world, u128{amounts / 8}, bounds, weights);
            if (!wrong.empty()) FAIL(wrong << ": " << amounts << " as " << told(u128{0}, bounds, weights));
            ++worlds;
          }
        }
      }
    });
  }
  CHECK(worlds > 40'000);
}

TEST_CASE("carry_bounded: equals the slow one over 100,000 random payouts, bounds and weights changing", "[bounded]") {
  SplitRandom random{test_seed("bounded_test") + 1};
  CAPTURE(test_seed("bounded_test"));
  int overflowed = 0;
  int lifted = 0;
  int parted = 0;  // somebody at a bound, somebody between
  for (int sequence = 0; sequence < 12'500; ++sequence) {
    SlowPool second;
    World world;
    std::size_t count = 1 + random.below(6);
    Bounds bounds;
    for (int payout = 0; payout < 8; ++payout) {
      if (random.one_in(8)) ++count;
      u128 amount = random.one_in(20) ? u128{0} : random.amount();
      if (sum_of(world.paid) + ::big(amount) >= Big{1} << 127) amount = random.below(50);
      const Weights weights = random.weights(count);
      if (payout == 0 || random.one_in(2)) bounds = any_bounds(random, world, amount, count);
      const World before = world;
      const std::string wrong = fault(second, world, amount, bounds, weights);
      if (!wrong.empty()) FAIL(wrong << ": " << told(amount, bounds, weights));
      overflowed += world.rest > 0 ? 1 : 0;
      bool at = false;
      bool between = false;
      bool below = false;
      for (std::size_t i = 0; i < count; ++i) {
        if (weights[i] == 0) continue;
        const Big have = world.entitled(i);
        const bool at_cap = bounds.cap && have == ::big(*bounds.cap) * one_unit;
        at = at || at_cap || (bounds.floor > 0 && have == ::big(bounds.floor) * one_unit);
        below = below || have < ::big(bounds.floor) * one_unit;
        between = between || (have > ::big(bounds.floor) * one_unit && !at_cap);
      }
      lifted += below ? 1 : 0;
      parted += at && between ? 1 : 0;
    }
  }
  CAPTURE(overflowed, lifted, parted);
  CHECK((overflowed > 5'000 && lifted > 5'000 && parted > 5'000));
}

TEST_CASE("carry_bounded: equals the slow one from any state that a pool can be in, at any size", "[bounded]") {
  SplitRandom random{test_seed("bounded_test") + 2};
  CAPTURE(test_seed("bounded_test"));
  for (int round = 0; round < 30'000; ++round) {
    const std::size_t count = 1 + random.below(6);
    SlowPool second;
    World world;
    // Any fractions, dust and paid; the last fraction makes the pool hold a whole number of units.
    Big parts = random.edge(UINT64_MAX);
    second.dust = parts;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t fraction = random.one_in(3) ? fraction_grace + random.below(3) - 1 : random.edge(UINT64_MAX);
      if (i + 1 == count)
        fraction = fraction_grace - static_cast<std::uint64_t>(Big{(parts + one_unit * 8) % one_unit});
      parts += fraction;
      parts -= fraction_grace;
      world.fractions.push_back(fraction);
      world.paid.push_back(random.one_in(4) ? u128{0} : random.amount());
      second.fractions.emplace_back(fraction);
      second.paid.push_back(::big(world.paid.back()));
    }
    if (parts < 0) continue;
    REQUIRE(parts % one_unit == 0);
    second.undivided = parts / one_unit;
    world.pool = CarryPool{static_cast<std::uint64_t>(second.dust), static_cast<std::uint64_t>(second.undivided)};
    const u128 amount = random.amount();
    const Weights weights = random.weights(count);
    const Bounds bounds = any_bounds(random, world, amount, count);
    const std::string wrong = fault(second, world, amount, bounds, weights);
    if (!wrong.empty()) FAIL(wrong << ": " << told(amount, bounds, weights));
  }
}

TEST_CASE("carry_bounded: everything at its maximum together", "[bounded]") {
  const std::uint64_t half = std::uint64_t{1} << 63;
  const Weights tables[] = {{UINT64_MAX},
                            {UINT64_MAX - 1, 1},
                            {1, UINT64_MAX - 1},
                            {half, half - 1},
                            {UINT64_MAX - 2, 1, 1},
                            Weights(255, UINT64_MAX / 255),
                            {1}};
  const u128 most = amount_limit() - 1;
  const u128 all = ~u128{0};
  const Bounds limits[] = {{0, all}, {0, most}, {0, most - 1}, {all, all}, {all, {}}, {most, most}, {most / 2, most}};
  for (const Weights& weights : tables) {
    for (const Bounds& bounds : limits) {
      for (const u128& first : {u128{1}, u128{UINT64_MAX}, most}) {
        SlowPool second;
        World world;
        CAPTURE(told(first, bounds, weights));
        CHECK(fault(second, world, first, bounds, weights).empty());
        CHECK(fault(second, world, most, bounds, weights).empty());
      }
    }
  }
}

TEST_CASE("carry_bounded: without bounds, and with bounds that nobody meets, it is carry bit for bit", "[bounded]") {
  SplitRandom random{test_seed("bounded_test") + 3};
  CAPTURE(test_seed("bounded_test"));
  for (int sequence = 0; sequence < 5'000; ++sequence) {
    std::array<World, 2> worlds;
    const Bounds bounds[] = {{}, {0, ~u128{0}}};
    CarryPool pool;
    Fractions fractions;
    std::size_t count = 1 + random.below(7);
    for (int payout = 0; payout < 8; ++payout) {
      if (random.one_in(8)) ++count;
      u128 amount = random.one_in(20) ? u128{0} : random.amount();
      if (sum_of(worlds[0].paid) + ::big(amount) >= Big{1} << 127) amount = random.below(50);
      const Weights weights = random.weights(count);
      fractions.resize(count, fraction_grace);
      Pays pays(count);
      REQUIRE(carry(amount, pool, weights, fractions, pays));
      for (std::size_t i = 0; i < worlds.size(); ++i) {
        World& world = worlds[i];
        REQUIRE(world.pay(amount, bounds[i], weights));
        const bool same = world.pays == pays && world.fractions == fractions && world.pool == pool && world.rest == 0;
        if (!same) FAIL(told(amount, bounds[i], weights));
      }
    }
  }
}

// --- the properties --------------------------------------------------------------------------------------

namespace {

/// What everybody is due of a total by one water-filling from nothing, in units.
std::vector<Rational> due(const Big& total, const Bounds& bounds, const Weights& weights) {
  Weights theirs;
  for (const std::uint64_t weight : weights)
    if (weight != 0) theirs.push_back(weight);
  const SlowBounds wide = slow(bounds);
  const auto shares = slow_fill(Rational{total}, theirs, std::vector<Big>(theirs.size(), wide.floor),
                                std::vector<Limit>(theirs.size(), wide.cap));
  std::vector<Rational> all;
  std::size_t next = 0;
  for (const std::uint64_t weight : weights) all.push_back(weight == 0 ? Rational{0} : shares[next++]);
  return all;
}

}  // namespace

TEST_CASE("carry_bounded: under a cap, everybody is within a unit of one water-filling of the total, for ever",
          "[bounded][property]") {
  SplitRandom random{test_seed("bounded_test") + 4};
  CAPTURE(test_seed("bounded_test"));
  for (int sequence = 0; sequence < 1'500; ++sequence) {
    const std::size_t count = 1 + random.below(6);
    const Weights weights = random.weights(count);
    const bool equal = random.one_in(4);  // equal weights: then a floor changes nothing but may stand there
    const Weights used = equal ? Weights(count, 1 + random.below(9)) : weights;
    Bounds bounds{equal ? u128{random.below(200)} : u128{0}, u128{200 + random.below(2000)}};
    if (!equal && random.one_in(3)) bounds = {1'000'000'000, {}};  // a floor that stays out of reach
    World world;
    Big total = 0;
    Big rest = 0;
    for (int payout = 1; payout <= 40; ++payout) {
      const u128 amount{1 + random.below(300)};
      total += ::big(amount);
      REQUIRE(world.pay(amount, bounds, used));
      rest += ::big(world.rest);
      const std::vector<Rational> ideal = due(total, bounds, used);
      Rational over{total};
      for (std::size_t i = 0; i < count; ++i) {
        over -= ideal[i];
        if (abs(Rational{world.entitled(i), one_unit} - ideal[i]) > Rational{Big{payout} * count * count, one_unit})
          FAIL("entitled, payee " << i << ", payout " << payout << ": " << told(amount, bounds, used));
        const Rational drift = Rational{::big(world.paid[i])} - ideal[i];
        if (drift <= -1 - Rational{1, 1 << 20} || drift > Rational{1, 1 << 20})
          FAIL("paid, payee " << i << ", payout " << payout << ": " << told(amount, bounds, used));
      }
      if (abs(Rational{rest} - over) > 1) FAIL("rest: " << told(amount, bounds, used));
    }
  }
}

TEST_CASE("carry_bounded: caps are reached to the last part, and then nothing is undivided", "[bounded][property]") {
  SplitRandom random{test_seed("bounded_test") + 5};
  CAPTURE(test_seed("bounded_test"));
  for (int sequence = 0; sequence < 3'000; ++sequence) {
    const std::size_t count = 1 + random.below(7);
    const Bounds bounds{u128{random.below(100)}, u128{100 + random.below(400)}};
    World world;
    Big total = 0;
    Big rest = 0;
    const Weights all(count, 1);
    while (rest == 0) {
      Weights weights = random.weights(count);
      if (random.one_in(4)) weights = all;
      const u128 amount{1 + random.below(400)};
      total += ::big(amount);
      REQUIRE(world.pay(amount, bounds, weights));
      rest += ::big(world.rest);
    }
    total += 100'000;
    REQUIRE(world.pay(u128{100'000}, bounds, all));
    rest += ::big(world.rest);
    CHECK((world.paid == Pays(count, *bounds.cap)));
    CHECK((world.fractions == Fractions(count, fraction_grace)));
    CHECK((world.pool == CarryPool{}));
    CHECK(rest == total - Big{count} * ::big(*bounds.cap));
  }
}

TEST_CASE("carry_bounded: order, equal payees, and more that lowers nobody", "[bounded][property]") {
  SplitRandom random{test_seed("bounded_test") + 6};
  CAPTURE(test_seed("bounded_test"));
  for (int sequence = 0; sequence < 4'000; ++sequence) {
    World world;
    const std::size_t count = 1 + random.below(6);
    for (int payout = 0; payout < 6; ++payout) {
      const Weights weights = random.weights(count);
      const u128 amount{1 + random.below(1000)};
      const Bounds bounds = any_bounds(random, world, amount, count);
      CAPTURE(told(amount, bounds, weights));
      World before = world;
      REQUIRE(world.pay(amount, bounds, weights));
      before.fractions.resize(count, fraction_grace);
      before.paid.resize(count);

      World shuffled;
      shuffled.pool = before.pool;
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), std::size_t{0});
      random.shuffle(order);
      Weights other;
      for (const std::size_t i : order) {
        other.push_back(weights[i]);
        shuffled.fractions.push_back(before.fractions[i]);
        shuffled.paid.push_back(before.paid[i]);
      }
      REQUIRE(shuffled.pay(amount, bounds, other));
      bool same = shuffled.pool == world.pool && shuffled.rest == world.rest;
      for (std::size_t place = 0; place < count; ++place)
        same = same && shuffled.pays[place] == world.pays[order[place]] &&
               shuffled.fractions[place] == world.fractions[order[place]];
      if (!same) FAIL("order");

      World richer = before;
      REQUIRE(richer.pay(amount + 1 + random.below(50), bounds, weights));
      for (std::size_t i = 0; i < count; ++i) {
        if (richer.entitled(i) < world.entitled(i)) FAIL("more lowers what is due");
        if (richer.pays[i] < world.pays[i]) FAIL("more lowers a pay");
        for (std::size_t j = 0; j < i; ++j) {
          const bool alike = weights[i] == weights[j] && before.fractions[i] == before.fractions[j] &&
                             before.paid[i] == before.paid[j];
          if (alike && (world.pays[i] != world.pays[j] || world.fractions[i] != world.fractions[j])) FAIL("anonymity");
        }
      }
    }
  }
}

TEST_CASE("carry_bounded: slicing changes no pay by more than a unit",
          "[bounded][property]") {
  SplitRandom random{test_seed("bounded_test") + 7};
  CAPTURE(test_seed("bounded_test"));
  for (int round = 0; round < 10'000; ++round) {
    const std::size_t count = 1 + random.below(6);
    World whole;  // after one payout, so that payees have different pays and fractions
    REQUIRE(whole.pay(u128{1 + random.below(300)}, {}, random.weights(count)));
    const Weights weights = random.weights(count);
    const u128 amount{1 + random.below(1000)};
    Bounds bounds{u128{random.one_in(3) ? 0 : random.below(400)}, {}};
    if (random.one_in(2)) bounds.cap = bounds.floor + random.below(400);
    World slices = whole;
    Big rest = 0;
    u128 left = amount;
    while (left > 0) {
      const u128 part = std::min(left, u128{1 + random.below(400)});
      REQUIRE(slices.pay(part, bounds, weights));
      rest += ::big(slices.rest);
      left -= part;
    }
    REQUIRE(whole.pay(amount, bounds, weights));
    CAPTURE(told(amount, bounds, weights));
    for (std::size_t i = 0; i < count; ++i) {
      if (abs(::big(slices.paid[i]) - ::big(whole.paid[i])) > 1) FAIL("pay of payee " << i);
      if (abs(slices.entitled(i) - whole.entitled(i)) > Big{1000} * count * count) FAIL("due to payee " << i);
    }
    if (abs(rest - ::big(whole.rest)) > 1) FAIL("rest");
  }
  // Also across the floor: at once, or first the floors.
  CHECK(World{}.text(1000, {100, {}}, {1, 9}) == "180,820 + 0 (0;0)");
  World two;
  CHECK(two.text(200, {100, {}}, {1, 9}) == "100,100 + 0 (0;0)");
  CHECK(two.text(800, {100, {}}, {1, 9}) == "80,720 + 0 (0;0)");
}

// --- errors ----------------------------------------------------------------------------------------------

TEST_CASE("carry_bounded: its errors in order of precedence, and an error changes nothing", "[bounded]") {
  struct Row {
    u128 amount;
    Weights weights;
    const char* fate;
  };
  const u128 limit = amount_limit();
  const std::uint64_t half = std::uint64_t{1} << 63;
  // clang-format off
  const Row rows[] = {
      {limit,         {UINT64_MAX, UINT64_MAX},            "amount_too_large"},  // wins over weight_overflow
      {limit,         {0, 0},                              "amount_too_large"},  // and over no_eligible
      {u128{5},       {half, half},                        "weight_overflow"},
      {u128{0},       {UINT64_MAX, 1},                     "weight_overflow"},   // even when nothing is paid
      {u128{1},       {0, 0},                              "no_eligible"},
      {u128{0},       {0, 0},                              "ok"},
      {limit - 1,     {1, 1},                              "ok"},
      {u128{5},       {half, half - 1},                    "ok"},
  };
  // clang-format on
  for (const Row& row : rows) {
    for (const Bounds& bounds : {Bounds{}, Bounds{0, 8}, Bounds{3, 8}, Bounds{3, {}}}) {
      CAPTURE(told(row.amount, bounds, row.weights), row.fate);
      World world;
      REQUIRE(world.pay(u128{10}, bounds, {1, 2}));
      CarryPool pool = world.pool;
      Fractions fractions = world.fractions;
      Pays pays{u128{7}, u128{8}};
      u128 rest = 9;
      const Status status = carry_bounded(row.amount, pool, bounds, row.weights, world.paid, fractions, pays, rest);
      CHECK(code_of(status) == row.fate);
      if (!status.has_value()) CHECK((pays == Pays{u128{7}, u128{8}} && rest == 9));
      if (!status.has_value() || row.amount == 0) CHECK((pool == world.pool && fractions == world.fractions));
      if (row.amount == 0 && status.has_value()) CHECK((pays == Pays(2) && rest == 0));
    }
  }
}

TEST_CASE("carry_bounded: a cap below the floor, and a state that would pay what never came in, abort", "[bounded]") {
  const auto pay = [](const Bounds& bounds, CarryPool pool, const Fractions& fractions, std::size_t paid_size = 2) {
    World world;
    world.pool = pool;
    world.fractions = fractions;
    world.paid.resize(paid_size);
    world.pays.resize(2);
    (void)carry_bounded(u128{1}, world.pool, bounds, Weights{1, 1}, world.paid, world.fractions, world.pays,
                        world.rest);
  };
  const Fractions fresh(2, fraction_grace);
  const Fractions full(2, UINT64_MAX);
  CHECK_FALSE(aborts([&] { pay({5, 5}, {}, fresh); }));  // control
  CHECK(aborts([&] { pay({6, 5}, {}, fresh); }));
  CHECK(aborts([&] { pay({0, 5}, {}, full); }));  // pays 2 of 1
  CHECK(aborts([&] { pay({0, 5}, {}, fresh, 1); }));
  CHECK(aborts([&] { pay({0, 5}, {}, Fractions(3, fraction_grace)); }));
}

TEST_CASE("carry_bounded: a hundred thousand payees between bounds", "[bounded]") {
  SplitRandom random{test_seed("bounded_test") + 8};
  Weights weights(100'000);
  for (std::uint64_t& weight : weights) weight = random.below(1'000'000);
  World world;
  REQUIRE(world.pay(u128{100'000'000}, {500, 1500}, weights));
  REQUIRE(world.pay(u128{10'000'000}, {700, 1500}, weights));
  CHECK(sum_of(world.paid) + world.pool.undivided == 110'000'000);
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] != 0 && (world.paid[i] < 500 || world.paid[i] > 1500)) FAIL("payee " << i);
}
