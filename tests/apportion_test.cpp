// SPDX-License-Identifier: MIT
/// @file apportion_test.cpp
/// Proves the splits of layer 1 that remember nothing, beside `hamilton`: `sainte_lague` against giving out one unit after
/// the other and against the rule that a divisor must exist, `floor_shares` against exact rationals.

#include <algorithm>
#include <string>

#include "catch.hpp"
#include "split_tools.hpp"
#include "mikoshi/split/apportion.hpp"

using namespace mikoshi;

namespace {

std::string hamilton_of(const u128& amount, const Weights& weights) {
  Pays pays(weights.size());
  const Status status = hamilton(amount, weights, pays);
  return status ? listed(pays) : code_of(status);
}
std::string sainte_lague_of(const u128& amount, const Weights& weights) {
  Pays pays(weights.size());
  const Status status = sainte_lague(amount, weights, pays);
  return status ? listed(pays) : code_of(status);
}
/// "33,33,33 + 1" is pays and rest.
std::string floor_of(const u128& amount, const Weights& weights) {
  Pays pays(weights.size());
  u128 rest = 99;
  const Status status = floor_shares(amount, weights, pays, rest);
  return status ? listed(pays) + " + " + to_string(rest) : code_of(status);
}

// --- sainte_lague ----------------------------------------------------------------------------------------

/// One unit after the other, by exact rationals; `step` 2 is Sainte-Laguë, 1 is d'Hondt.
Weights one_by_one(std::uint64_t amount, const Weights& weights, std::uint64_t step = 2) {
  Weights pays(weights.size());
  for (; amount > 0; --amount) {
    std::size_t best = weights.size();
    Rational largest = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Rational quotient{Big{weights[i]}, Big{pays[i]} * step + 1};
      if (quotient > largest) best = i, largest = quotient;
    }
    pays[best] += 1;
  }
  return pays;
}

/// What is wrong with pays of any size; empty: nothing. They are right if no unit would have been worth more elsewhere: the
/// last unit of everybody comes before the next unit of everybody else. There is only one such list of a given sum.
std::string sainte_lague_fault(const u128& amount, const Weights& weights, const Pays& pays) {
  const Big weight_sum = sum_of(weights);
  const std::size_t count = weights.size();
  const auto heads = static_cast<std::uint64_t>(count) -
                     static_cast<std::uint64_t>(std::count(weights.begin(), weights.end(), std::uint64_t{0}));
  if (sum_of(pays) != big(amount)) return "the whole amount";
  for (std::size_t i = 0; i < count; ++i) {
    if (weights[i] == 0 && pays[i] != 0) return "zero weight";
    const Big off = abs(big(pays[i]) * weight_sum - big(amount) * weights[i]);
    if (2 * off > weight_sum + Big{heads} * weights[i]) return "the bound on what is not quota";
    if (amount >= heads && weights[i] != 0 && Big{weights[i]} * heads >= weight_sum && pays[i] == 0)
      return "an average weight gets something";
    for (std::size_t j = 0; j < count; ++j) {
      if (i == j || pays[i] == 0 || weights[j] == 0) continue;
      const Big last = Big{weights[i]} * (2 * big(pays[j]) + 1);  // last unit of i, next unit of j
      const Big next = Big{weights[j]} * (2 * big(pays[i]) - 1);
      if (last < next || (last == next && i > j)) return "a unit is worth more elsewhere";
    }
  }
  return "";
}

std::string sainte_lague_fault(const u128& amount, const Weights& weights) {
  Pays pays(weights.size(), u128{99});
  if (!sainte_lague(amount, weights, pays)) return "refused";
  return sainte_lague_fault(amount, weights, pays);
}

}  // namespace

TEST_CASE("hamilton: the remainder that gets the last unit is the one that sorting finds") {
  Random random{test_seed("apportion_test") + 3};
  CAPTURE(test_seed("apportion_test"));
  std::size_t wrong = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<std::uint64_t> values(1 + random.below(40));
    const std::uint64_t width = random.below(65);
    for (std::uint64_t& value : values) {
      value = width == 64 ? UINT64_MAX - random.below(3) : random.below(std::uint64_t{1} << width);
      if (random.one_in(3)) value = values[0];
    }
    std::vector<std::uint64_t> sorted = values;
    std::sort(sorted.begin(), sorted.end(), std::greater<>{});
    for (std::size_t n = 1; n <= values.size(); ++n) {
      const auto equal = std::count(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(n), sorted[n - 1]);
      const std::pair right{sorted[n - 1], static_cast<std::uint64_t>(equal)};
      wrong += detail::nth_largest(values, n) != right || detail::nth_largest(values, n, sorted[0]) != right ? 1u : 0u;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("sainte_lague: the table", "[sainte_lague]") {
  struct Row {
    u128 amount;
    Weights weights;
    const char* fate;
  };
  const u128 limit = amount_limit();
  const std::uint64_t half = std::uint64_t{1} << 63;
  // clang-format off
  const Row rows[] = {
      {u128{7},       {53000, 24000, 23000},        "3,2,2"},
      {u128{1},       {1, 1, 1},                    "1,0,0"},             // ties to the earlier
      {u128{2},       {1, 1, 1},                    "1,1,0"},
      {u128{4},       {1, 1, 1},                    "2,1,1"},
      {u128{1},       {0, 1, 1},                    "0,1,0"},
      {u128{2},       {1, 3},                       "1,1"},               // 3, then 1 = 3/3: the earlier
      {u128{2},       {3, 1},                       "2,0"},
      {u128{3},       {3, 1},                       "2,1"},
      {u128{0},       {3, 4},                       "0,0"},
      {u128{0},       {0, 0},                       "0,0"},
      {u128{0},       {},                           ""},
      {u128{7},       {5},                          "7"},
      {limit - 1,     {1},                          "170141183460469231731687303715884105727"},
      {limit - 1,     {UINT64_MAX},                 "170141183460469231731687303715884105727"},
      {limit - 1,     {half, half - 1},             "85070591730234615870455337876369440768,"
                                                    "85070591730234615861231965839514664959"},
      {limit - 1,     {1, UINT64_MAX - 1},          "9223372036854775808,170141183460469231722463931679029329919"},
      {limit,         {1},                          "amount_too_large"},
      {limit,         {half, half},                 "amount_too_large"},
      {limit,         {0},                          "amount_too_large"},
      {u128{5},       {half, half},                 "weight_overflow"},
      {u128{0},       {UINT64_MAX, 1},              "weight_overflow"},
      {u128{1},       {0, 0},                       "no_eligible"},
      {u128{1},       {},                           "no_eligible"},
  };
  // clang-format on
  for (const Row& row : rows) {
    CAPTURE(to_string(row.amount), listed(row.weights));
    CHECK(sainte_lague_of(row.amount, row.weights) == row.fate);
  }
}

TEST_CASE("sainte_lague: published cases, and what the other methods give for them", "[sainte_lague]") {
  // 7 seats over 53,000, 24,000 and 23,000: d'Hondt gives the largest party a seat more than both others do.
  const Weights parties{53000, 24000, 23000};
  CHECK(sainte_lague_of(u128{7}, parties) == "3,2,2");
  CHECK(listed(one_by_one(7, parties)) == "3,2,2");
  CHECK(listed(one_by_one(7, parties, 1)) == "4,2,1");
  CHECK(hamilton_of(u128{7}, parties) == "4,2,1");
  // Balinski and Young's five states and 26 seats, on which the methods part: Hamilton 9,7,5,4,1, Webster 9,8,5,3,1 and
  // Jefferson (d'Hondt) 10,7,5,3,1.
  const Weights states{9061, 7179, 5259, 3319, 1182};
  CHECK(sainte_lague_of(u128{26}, states) == "9,8,5,3,1");
  CHECK(hamilton_of(u128{26}, states) == "9,7,5,4,1");
  CHECK(listed(one_by_one(26, states, 1)) == "10,7,5,3,1");
  // Two large ones and three small ones: Webster takes a unit from the second for the last.
  const Weights lopsided{5117, 4400, 162, 161, 160};
  CHECK(hamilton_of(u128{100}, lopsided) == "51,44,2,2,1");
  CHECK(sainte_lague_of(u128{100}, lopsided) == "51,43,2,2,2");
  CHECK(listed(one_by_one(100, lopsided, 1)) == "52,45,1,1,1");
}

TEST_CASE("sainte_lague: equals one unit at a time in every world of 1-4 members, weights 0-5, amounts 0-24",
          "[sainte_lague]") {
  const auto fault = [](const u128& amount, const Weights& weights) {
    const std::string pays = sainte_lague_of(amount, weights);
    return pays == listed(one_by_one(low64(amount), weights)) ? sainte_lague_fault(amount, weights) : pays;
  };
  CHECK(fault_in_small_worlds(5, fault).empty());
}

TEST_CASE("sainte_lague: equals one unit at a time on 4,000 random splits of small amounts", "[sainte_lague]") {
  SplitRandom random{test_seed("apportion_test")};
  CAPTURE(test_seed("apportion_test"));
  for (int round = 0; round < 4'000; ++round) {
    const std::uint64_t amount = random.below(60);
    const Weights weights = random.weights(1 + random.below(30));
    const std::string pays = sainte_lague_of(u128{amount}, weights);
    if (pays != listed(one_by_one(amount, weights))) FAIL(pays << ": " << amount << " over " << listed(weights));
  }
}

TEST_CASE("sainte_lague: no unit would be worth more elsewhere in 30,000 random splits of any size", "[sainte_lague]") {
  SplitRandom random{test_seed("apportion_test") + 1};
  CAPTURE(test_seed("apportion_test"));
  for (int round = 0; round < 30'000; ++round) {
    const u128 amount = random.amount();
    const Weights weights = random.weights(1 + random.below(random.one_in(50) ? 60 : 9));
    const std::string fault = sainte_lague_fault(amount, weights);
    if (!fault.empty()) FAIL(fault << ": " << to_string(amount) << " over " << listed(weights));
  }
}

TEST_CASE("sainte_lague: the judge of large splits sees a unit in the wrong place", "[sainte_lague]") {
  SplitRandom random{test_seed("apportion_test") + 2};
  CAPTURE(test_seed("apportion_test"));
  int moved = 0;
  for (int round = 0; round < 2'000; ++round) {
    const u128 amount = random.amount();
    const Weights weights = random.weights(2 + random.below(6));
    Pays pays(weights.size());
    REQUIRE(sainte_lague(amount, weights, pays));
    const std::size_t from = random.below(pays.size());
    const std::size_t to = random.below(pays.size());
    if (from == to || pays[from] == 0) continue;
    pays[from] -= 1;
    pays[to] += 1;
    ++moved;
    if (sainte_lague_fault(amount, weights, pays).empty()) FAIL(to_string(amount) << " over " << listed(weights));
  }
  CHECK(moved > 500);
}

TEST_CASE("sainte_lague: one unit more lowers nobody, and goes to one", "[sainte_lague]") {
  SplitRandom random{test_seed("apportion_test") + 3};
  CAPTURE(test_seed("apportion_test"));
  for (int round = 0; round < 10'000; ++round) {
    const u128 amount = std::min(random.amount(), amount_limit() - 2);
    const Weights weights = random.weights(1 + random.below(9));
    Pays pays(weights.size());
    Pays more(weights.size());
    REQUIRE(sainte_lague(amount, weights, pays));
    REQUIRE(sainte_lague(amount + 1, weights, more));
    int raised = 0;
    for (std::size_t i = 0; i < pays.size(); ++i) {
      if (more[i] == pays[i]) continue;
      if (more[i] != pays[i] + 1) FAIL("the paradox: " << to_string(amount) << " over " << listed(weights));
      ++raised;
    }
    if (raised != 1) FAIL("raised " << raised << ": " << to_string(amount) << " over " << listed(weights));
  }
  // The step at which hamilton takes one of its two units from the smallest: the Alabama paradox.
  CHECK(hamilton_of(u128{10}, {6, 6, 2}) == "4,4,2");
  CHECK(hamilton_of(u128{11}, {6, 6, 2}) == "5,5,1");
  CHECK(sainte_lague_of(u128{10}, {6, 6, 2}) == "5,4,1");
  CHECK(sainte_lague_of(u128{11}, {6, 6, 2}) == "5,5,1");
  CHECK(sainte_lague_of(u128{12}, {6, 6, 2}) == "5,5,2");
}

TEST_CASE("sainte_lague: scale, order, equal weights, and more weight", "[sainte_lague]") {
  SplitRandom random{test_seed("apportion_test") + 4};
  CAPTURE(test_seed("apportion_test"));
  for (int round = 0; round < 10'000; ++round) {
    const u128 amount = random.amount();
    const Weights weights = random.weights(1 + random.below(8));
    const std::size_t count = weights.size();
    CAPTURE(to_string(amount), listed(weights));
    Pays pays(count);
    REQUIRE(sainte_lague(amount, weights, pays));

    const std::uint64_t factor = UINT64_MAX / plain_sum(weights);
    Weights scaled;
    for (const std::uint64_t weight : weights) scaled.push_back(weight * factor);
    Pays same(count);
    REQUIRE(sainte_lague(amount, scaled, same));
    if (same != pays) FAIL("scale");

    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    random.shuffle(order);
    Weights shuffled;
    for (const std::size_t i : order) shuffled.push_back(weights[i]);
    Pays other(count);
    REQUIRE(sainte_lague(amount, shuffled, other));
    for (std::size_t place = 0; place < count; ++place) {
      // Order decides ties only: with equal quotients it moves one unit, and without them nothing.
      const std::size_t i = order[place];
      if (other[place] > pays[i] + 1 || pays[i] > other[place] + 1) FAIL("order");
      for (std::size_t j = 0; j < count; ++j) {
        if (weights[i] == weights[j] && i < j && (pays[i] < pays[j] || pays[i] > pays[j] + 1)) FAIL("equal weights");
        if (weights[i] > weights[j] && pays[i] < pays[j]) FAIL("more weight, less pay");
      }
    }
  }
}

TEST_CASE("sainte_lague: a pay may be more than one unit from its share, which quota forbids", "[sainte_lague]") {
  Weights weights(60, 10);
  weights[0] = 1000 - 590;
  const std::string pays = sainte_lague_of(u128{60}, weights);
  CHECK(pays.substr(0, 3) == "21,");  // due: 24.6
  CHECK(hamilton_of(u128{60}, weights).substr(0, 3) == "25,");
}

TEST_CASE("sainte_lague: a hundred thousand payees and the largest amount, without a step a unit", "[sainte_lague]") {
  Random random{test_seed("apportion_test") + 5};
  Weights weights(100'000);
  for (std::uint64_t& weight : weights) weight = random.below(UINT64_MAX / weights.size());
  Pays pays(weights.size());
  for (const u128& amount : {u128{99'999}, u128{1'000'000'007}, u128{amount_limit() - 1}}) {
    REQUIRE(sainte_lague(amount, weights, pays));
    CHECK(sum_of(pays) == big(amount));
    // The smallest last unit still comes before the largest next one.
    std::size_t last = weights.size();
    std::size_t next = 0;
    const auto worth = [&](std::size_t i, int side) { return Rational{Big{weights[i]}, 2 * big(pays[i]) + side}; };
    for (std::size_t i = 0; i < weights.size(); i += 7) {
      if (pays[i] > 0 && (last == weights.size() || worth(i, -1) < worth(last, -1))) last = i;
      if (worth(i, 1) > worth(next, 1)) next = i;
    }
    CHECK((worth(last, -1) >= worth(next, 1)));
  }
}

// --- floor_shares ----------------------------------------------------------------------------------------

namespace {
std::string floor_fault(const u128& amount, const Weights& weights) {
  Pays pays(weights.size(), u128{99});
  u128 rest = 99;
  if (!floor_shares(amount, weights, pays, rest)) return "refused";
  const Big weight_sum = sum_of(weights);
  std::uint64_t heads = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Rational due{big(amount) * weights[i], weight_sum};
    if (Rational{big(pays[i])} > due) return "above its share";
    if (Rational{big(pays[i]) + 1} <= due) return "a unit below its share";
    if (weights[i] == 0 && pays[i] != 0) return "zero weight";
    heads += weights[i] != 0 ? 1 : 0;
  }
  if (sum_of(pays) + big(rest) != big(amount)) return "the whole amount";
  return rest < heads || amount == 0 ? "" : "the rest is a unit a head";
}
}  // namespace

TEST_CASE("floor_shares: the table", "[floor_shares]") {
  struct Row {
    u128 amount;
    Weights weights;
    const char* fate;
  };
  const u128 limit = amount_limit();
  const std::uint64_t half = std::uint64_t{1} << 63;
  // clang-format off
  const Row rows[] = {
      {u128{100},     {1, 1, 1},                    "33,33,33 + 1"},
      {u128{100},     {5117, 4400, 162, 161, 160},  "51,44,1,1,1 + 2"},
      {u128{2},       {1, 1, 1},                    "0,0,0 + 2"},
      {u128{10},      {1, 0, 1},                    "5,0,5 + 0"},
      {u128{0},       {3, 4},                       "0,0 + 0"},
      {u128{0},       {0, 0},                       "0,0 + 0"},
      {u128{0},       {},                           " + 0"},
      {limit - 1,     {1},                          "170141183460469231731687303715884105727 + 0"},
      {limit - 1,     {half, half - 1},             "85070591730234615870455337876369440767,"
                                                    "85070591730234615861231965839514664959 + 1"},
      {limit,         {half, half},                 "amount_too_large"},
      {limit,         {0},                          "amount_too_large"},
      {u128{5},       {half, half},                 "weight_overflow"},
      {u128{0},       {UINT64_MAX, 1},              "weight_overflow"},
      {u128{1},       {0, 0},                       "no_eligible"},
      {u128{1},       {},                           "no_eligible"},
  };
  // clang-format on
  for (const Row& row : rows) {
    CAPTURE(to_string(row.amount), listed(row.weights));
    CHECK(floor_of(row.amount, row.weights) == row.fate);
  }
}

TEST_CASE("floor_shares: never above the share, in every small world and in 20,000 random splits", "[floor_shares]") {
  CHECK(fault_in_small_worlds(4, floor_fault).empty());
  SplitRandom random{test_seed("apportion_test") + 6};
  CAPTURE(test_seed("apportion_test"));
  for (int round = 0; round < 20'000; ++round) {
    const u128 amount = random.amount();
    const Weights weights = random.weights(1 + random.below(8));
    const std::string fault = floor_fault(amount, weights);
    if (!fault.empty()) FAIL(fault << ": " << to_string(amount) << " over " << listed(weights));
  }
}

TEST_CASE("apportion: an error changes nothing", "[sainte_lague][floor_shares]") {
  const u128 limit = amount_limit();
  for (const u128& amount : {limit, u128{1}}) {
    Pays pays{u128{7}, u128{8}};
    u128 rest = 9;
    CHECK_FALSE(sainte_lague(amount, Weights{0, 0}, pays).has_value());
    CHECK_FALSE(floor_shares(amount, Weights{0, 0}, pays, rest).has_value());
    CHECK((pays == Pays{u128{7}, u128{8}} && rest == 9));
  }
}
