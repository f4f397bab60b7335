// SPDX-License-Identifier: MIT
/// How far the split rules are from the machine's limit, one copy of the bytes that they read and write, and how far a
/// whole distribution is from them.
///
/// Prints, for each size, ns a payee (median of 7 runs), the copy's ns measured in the same run, and the ratios to the
/// copy and to `carry`. Times on a shared machine wander; the ratios are what to compare.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/ledger/replay.hpp"

namespace {

using namespace mikoshi;
using Clock = std::chrono::steady_clock;

/// Median time of `body` over so many runs, in ns an item.
template <std::size_t Runs = 7, class Body>
double median_ns(std::size_t items, Body&& body) {
  std::array<double, Runs> runs{};
  for (double& run : runs) {
    const auto start = Clock::now();
    body();
    run = std::chrono::duration<double, std::nano>(Clock::now() - start).count() / static_cast<double>(items);
  }
  std::sort(runs.begin(), runs.end());
  return runs[runs.size() / 2];
}

/// What all rules of one size are measured against.
struct Limits {
  double copy_ns = 0, carry_ns = 0;
};

void print(std::string_view name, std::size_t n, double ns, const Limits& limits) {
  fmt::print("{:<24} {:>9} {:>10.2f} {:>8.2f} {:>8.1f} {:>8.1f}\n", name, n, ns, limits.copy_ns, ns / limits.copy_ns,
             ns / limits.carry_ns);
}

void check(const Status& status) {
  if (!status) fmt::print(stderr, "{}\n", to_string(status.error()));
  MIKOSHI_CHECK(status.has_value());
}

Json json(std::string text) {
  std::replace(text.begin(), text.end(), '\'', '"');
  return parse_json(text).value();
}

constexpr std::uint64_t weight_of(std::size_t i) { return 1 + i * 2654435761u % 1000; }

/// A community of n members, each with a contribution of March 2026, and income under these rules. Few lines are read as
/// text; those of members and contributions are applied as events, or most of the time would go into reading them.
State community(std::size_t n, const std::string& root) {
  Ledger ledger;
  const Timestamp at = Timestamp::parse("2026-03-01T00:00:00Z").value();
  const auto say = [&](const Json& claim) {
    std::string line;
    const auto entry = submit(ledger, claim, at, line, [](std::uint64_t) { return std::string{}; });
    check(entry ? Status{} : Status{fail(entry.error().code, entry.error().what)});
  };
  const auto put = [&](Event event) {
    Line line;
    line.envelope.at = at;
    line.envelope.seq = ledger.state.next_seq;
    line.event = std::move(event);
    check(apply(ledger.state, line));
  };
  std::array<std::uint8_t, 32> secret{};
  secret.fill(1);
  Json dao = json("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':1,'offset':'+00:00','threshold':1}");
  dao.set("salt", to_hex(sha256(as_bytes("bench"))));
  Json steward = json("{'name':'mori'}");
  steward.set("key", to_string(SecretKey::from_bytes(secret).value().public_key()));
  dao.set("stewards", Json::Array{steward});
  say(dao);
  say(json("{'kind':'charter','from':'2026-03','id':'v1','rules':{'root':" + root + "}}"));
  say(json("{'kind':'contribution.kind','type':'work','weight':1}"));
  const KindId work = KindId::parse("work").value();
  for (std::size_t i = 0; i < n; ++i) {
    MemberJoin join;
    join.member = MemberId::parse(fmt::format("m{:07}", i)).value();
    put(std::move(join));
  }
  for (std::size_t i = 0; i < n; ++i) {
    ContributionNew made;
    made.id = RecordId::parse(fmt::format("r{:07}", i)).value();
    made.member = MemberId::parse(fmt::format("m{:07}", i)).value();
    made.confirmed = MemberId::parse(fmt::format("m{:07}", (i + 1) % n)).value();
    made.period = Period::parse("2026-03").value();
    made.points = weight_of(i);
    made.type = work;
    put(std::move(made));
  }
  Json income = json("{'kind':'income','currency':'JPY','id':'i1','period':'2026-03'}");
  income.set("amount", std::to_string(std::uint64_t{n} * 1'234'567 + 89));
  say(income);
  return std::move(ledger.state);
}

void measure_rules(std::size_t n, Limits& limits) {
  std::vector<std::uint64_t> weights(n), fractions(n, fraction_grace), copy_in(2 * n), copy_out(4 * n);
  std::vector<u128> pays(n), paid(n);
  for (std::size_t i = 0; i < n; ++i) weights[i] = weight_of(i);
  // carry reads weight and fraction and writes fraction and pay: 16 bytes in, 24 out.
  limits.copy_ns = median_ns(n, [&] {
    std::memcpy(copy_out.data(), copy_in.data(), 16 * n);
    std::memcpy(copy_out.data() + 2 * n, copy_in.data(), 8 * n);
    copy_in[0] = copy_out[n];
  });
  const u128 amount = u128{n} * 1'234'567 + 89;
  u128 rest = 0;
  CarryPool pool;
  limits.carry_ns = median_ns(n, [&] { check(carry(amount, pool, weights, fractions, pays)); });
  print("carry", n, limits.carry_ns, limits);
  const auto between = [&](const Bounds& bounds) {
    std::fill(fractions.begin(), fractions.end(), fraction_grace);
    pool = {};
    return median_ns(n, [&] { check(carry_bounded(amount, pool, bounds, weights, paid, fractions, pays, rest)); });
  };
  print("carry, cap nobody meets", n, between({0, amount}), limits);
  print("carry, cap half meet", n, between({0, u128{1'500'000}}), limits);
  print("carry, floor and cap", n, between({u128{600'000}, u128{1'500'000}}), limits);
  print("floor", n, median_ns(n, [&] { check(floor_shares(amount, weights, pays, rest)); }), limits);
  print("hamilton", n, median_ns(n, [&] { check(hamilton(amount, weights, pays)); }), limits);
  print("sainte-lague", n, median_ns(n, [&] { check(sainte_lague(amount, weights, pays)); }), limits);
}

/// A month: one among alone, and a nested charter that pays every member twice. With all that a draft needs: weights, the
/// reason of every unit, the digest and the payout tree.
void measure_months(std::size_t n, const Limits& limits) {
  const std::string purse = "{'to':'pool:reserve'}";
  const std::string work = "{'pool':'work','among':'contributions','else':" + purse + "}";
  const std::string nested =
      "{'pool':'costs','take':'1000000','then':{'to':'pool:costs'},'rest':{'pool':'income','split':[[10," + purse +
      "],[60," + work + "],[30,{'pool':'all','among':'equal','cap':'1000000','else':{'to':" + "'pool:more'}}]]}}";
  const Period march = Period::parse("2026-03").value();
  const auto month = [&](std::string_view name, const std::string& root) {
    const State state = community(n, root);
    u128 seen = 0;
    print(name, n, median_ns<3>(n, [&] { seen += distribute(state, march).value().outcome.distributed; }), limits);
    MIKOSHI_CHECK(seen != 0);
  };
  month("distribute, one among", work);
  month("distribute, nested", nested);
}

}  // namespace

int main() {
  fmt::print("{:<24} {:>9} {:>10} {:>8} {:>8} {:>8}\n", "", "payees", "ns each", "copy ns", "/ copy", "/ carry");
  for (const std::size_t n : {std::size_t{1'000}, std::size_t{10'000}, std::size_t{100'000}, std::size_t{1'000'000}}) {
    Limits limits;
    measure_rules(n, limits);
    if (n >= 10'000) measure_months(n, limits);
  }
}
