// SPDX-License-Identifier: MIT
/// The split rules beside one copy of the bytes that they read and write, and whole distributions beside `carry`.
#include <fmt/format.h>

#include <cstring>
#include <optional>

#include "measure.hpp"
#include "mikoshi/ledger/replay.hpp"
#include "mikoshi/split/bounded.hpp"

namespace bench {
namespace {

using namespace mikoshi;

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

/// A month: one among alone, and a nested charter that pays every member twice. With all that a draft needs: weights, the
/// reason of every unit, the digest and the payout tree.
void measure_months(Table& table, std::size_t n) {
  const std::string purse = "{'to':'pool:reserve'}";
  const std::string work = "{'pool':'work','among':'contributions','else':" + purse + "}";
  const std::string nested =
      "{'pool':'costs','take':'1000000','then':{'to':'pool:costs'},'rest':{'pool':'income','split':[[10," + purse +
      "],[60," + work + "],[30,{'pool':'all','among':'equal','cap':'1000000','else':{'to':" + "'pool:more'}}]]}}";
  const Period march = Period::parse("2026-03").value();
  const auto month = [&](std::string_view name, const std::string& root) {
    const State state = community(n, root);
    std::vector<std::uint64_t> weights(n), fractions(n, fraction_grace);
    for (std::size_t i = 0; i < n; ++i) weights[i] = weight_of(i);
    std::vector<u128> pays(n);
    CarryPool pool;
    const auto [ns, carry_ns] = in_turns(
        n, [&] { keep(distribute(state, march).value().outcome); },
        [&] { check(carry(u128{n} * 1'234'567 + 89, pool, weights, fractions, pays)); });
    table.add({std::string{name}, n, 1, ns, "carry alone", carry_ns, 0});
  };
  month("distribute, one among", work);
  month("distribute, nested", nested);
}

}  // namespace

void measure_splits(Table& table) {
  for (const std::size_t n : {1'000u, 10'000u, 100'000u, 1'000'000u, 10'000'000u}) {
    if (table.quick() && n > 100'000) break;
    measure_rules(table, n);
    if (n == 10'000 || n == 100'000) measure_months(table, n);
  }
}

}  // namespace bench
