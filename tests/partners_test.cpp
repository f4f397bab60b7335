// SPDX-License-Identifier: MIT
/// Communities that pay each other: least amounts by plain iteration, sums beside the exact solution, and books that disagree.
#include "mikoshi/ledger/partners.hpp"

#include <array>
#include <string>
#include <vector>

#include "exact.hpp"
#include "world.hpp"

using namespace mikoshi;
using namespace world;

namespace {

std::string id_of(const World& w) { return to_hex(w.state().dao.id); }

/// A DAO of two members, whose charter gives the others these parts of 100.
World community(const std::string& salt) {
  World w{dao_claim("+09:00", salt)};
  return w.join("aki").join("ben");
}

void adopt(World& w, const std::vector<std::pair<int, std::string>>& partners, const std::string& id = "v1",
           const std::string& from = "2026-03") {
  int rest = 100;
  std::string branches;
  for (const auto& [parts, dao] : partners) {
    branches += "[" + std::to_string(parts) + ",{'partner':'dao:" + dao + "'}],";
    rest -= parts;
  }
  w.charter(id, from, rest == 0 ? "{'root':{'pool':'income','split':[" + branches.substr(0, branches.size() - 1) + "]}}"
                                : "{'root':{'pool':'income','split':[" + branches + "[" + std::to_string(rest) +
                                      ",{'pool':'all','among':'equal','else':{'to':'pool:reserve'}}]]}}");
}

Community read(const World& w) {
  const std::string text = w.text();
  auto community = read_community(text_lines(text));
  REQUIRE(community);
  return std::move(*community);
}
std::vector<Community> read(const std::vector<World*>& worlds) {
  std::vector<Community> all;
  for (const World* w : worlds) all.push_back(read(*w));
  return all;
}

void book(World& w, const std::string& id, const u128& amount, const std::string& from, const std::string& period) {
  w.add("{'kind':'income','amount':'" + to_string(amount) + "','currency':'JPY','from':'" + from + "','id':'" + id +
        "','period':'" + period + "'}");
}

u128 gives(const std::vector<Edge>& edges, std::size_t from, std::size_t to) {
  for (const Edge& edge : edges)
    if (edge.from == from && edge.to == to) return edge.gives;
  return 0;
}

std::string decimal(const Fraction& fraction) { return to_decimal(fraction, 4); }

}  // namespace

TEST_CASE("partners: ten of a hundred one way, twenty back, by hand") {
  World a = community("a"), b = community("b");
  adopt(a, {{10, id_of(b)}});
  adopt(b, {{20, id_of(a)}});
  a.when("2026-03-20T00:00:00Z").income("i1", "1000", "2026-03");
  b.when("2026-03-20T00:00:00Z").income("i1", "500", "2026-03");
  // Exactly: x = (1000 + y)/10, y = (500 + x)/5, so x = 112.2449…, y = 122.4489…
  const auto edges = settle_partners(read({&a, &b}), month("2026-03"), "JPY");
  REQUIRE(edges);
  REQUIRE(edges->size() == 2);
  CHECK(to_string(gives(*edges, 0, 1)) == "112");
  CHECK(to_string(gives(*edges, 1, 0)) == "122");
  CHECK(decimal(*(*edges)[0].exact) == "112.2449");
  CHECK(decimal(*(*edges)[1].exact) == "122.4490");
  CHECK((*edges)[0].booked == 0);
  CHECK(!(*edges)[0].closed);

  // Both book it, and then each month gives exactly that: each by its own ledger alone.
  book(a, "from-b", 122, id_of(b), "2026-03");
  book(b, "from-a", 112, id_of(a), "2026-03");
  const auto again = settle_partners(read({&a, &b}), month("2026-03"), "JPY").value();
  CHECK(to_string(gives(again, 0, 1)) == "112");
  CHECK(again[0].booked == 112);
  CHECK(check_partners(read({&a, &b})));
  a.when("2026-04-01T00:00:00Z").close("2026-03");
  b.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(a.account("dao:" + id_of(b)) == "112");
  CHECK(b.account("dao:" + id_of(a)) == "122");
  const auto held = check_partners(read({&a, &b})).value();
  REQUIRE(held.size() == 2);
  CHECK(held[0].closed);
  CHECK(held[0].gives == held[0].booked);
  // A month that both have closed stands as it is.
  const auto closed = settle_partners(read({&a, &b}), month("2026-03"), "JPY").value();
  CHECK(gives(closed, 1, 0) == 122);
}

TEST_CASE("partners: what one says it gave is what the other booked, or both are refused") {
  World a = community("a"), b = community("b");
  adopt(a, {{10, id_of(b)}});
  adopt(b, {});
  a.when("2026-03-20T00:00:00Z").income("i1", "1000", "2026-03");
  b.when("2026-03-20T00:00:00Z");
  a.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(check_partners(read({&a, &b})).value().front().booked == 0);  // there is time until b closes the month
  World none = b, less = b, right = b, twice = b;
  none.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(code_of(check_partners(read({&a, &none}))) == "payout_mismatch");
  book(less, "from-a", 99, id_of(a), "2026-03");
  less.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(code_of(check_partners(read({&a, &less}))) == "payout_mismatch");
  book(right, "from-a", 60, id_of(a), "2026-03");
  book(right, "from-a2", 40, id_of(a), "2026-03");
  right.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(check_partners(read({&a, &right})));
  book(twice, "from-a", 100, id_of(a), "2026-03");
  book(twice, "from-a2", 100, id_of(a), "2026-03");
  twice.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(code_of(check_partners(read({&a, &twice}))) == "payout_mismatch");
  // Mended afterwards: late, but for the month it belongs to.
  book(none, "late", 100, id_of(a), "2026-03");
  CHECK(check_partners(read({&a, &none})));
  CHECK(code_of(check_partners(read({&a, &a}))) == "conflict");
  CHECK(code_of(settle_partners(read({&a, &a}), month("2026-04"), "JPY")) == "conflict");
  // A gift that nobody gave.
  World giver = community("g"), liar = community("l");
  adopt(giver, {});
  adopt(liar, {});
  for (World* w : {&giver, &liar}) w->when("2026-03-20T00:00:00Z");
  book(liar, "gift", 5, id_of(giver), "2026-03");
  for (World* w : {&giver, &liar}) w->when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(code_of(check_partners(read({&giver, &liar}))) == "payout_mismatch");
}

TEST_CASE("partners: everything for each other is refused, and so is a community that pays itself") {
  World a = community("a"), b = community("b");
  CHECK(a.rule("{'kind':'charter','from':'2026-03','id':'v1','rules':{'root':{'partner':'dao:" + id_of(a) + "'}}}") == "bad_charter");
  CHECK(a.rule("{'kind':'charter','from':'2026-03','id':'v1','rules':{'root':{'partner':'dao:abc'}}}") == "bad_charter");
  CHECK(a.rule("{'kind':'charter','from':'2026-03','id':'v1','rules':{'root':{'partner':'pool:abc'}}}") == "bad_charter");
  adopt(a, {{100, id_of(b)}});
  adopt(b, {{100, id_of(a)}});
  a.when("2026-03-20T00:00:00Z").income("i1", "1000", "2026-03");
  CHECK(code_of(settle_partners(read({&a, &b}), month("2026-03"), "JPY")) == "unsettled");
  World c = community("c");
  adopt(c, {{99, id_of(a)}});
  World d = community("a");
  adopt(d, {{100, id_of(c)}});
  d.when("2026-03-20T00:00:00Z").income("i1", "1000", "2026-03");
  const auto edges = settle_partners(read({&d, &c}), month("2026-03"), "JPY");
  REQUIRE(edges);
  // The exact flow is 100,000; whole units come to a rest a little below.
  CHECK(decimal(*edges->front().exact) == "100000.0000");
  CHECK(edges->front().gives <= 100000);
  CHECK(edges->front().gives >= 99900);
  CHECK(code_of(settle_partners(read({&d, &c}), month("2026-05"), "JPY")) == "period_out_of_order");
}

TEST_CASE("partners: cycles that keep nothing are seen in the rules alone") {
  const auto id = [](int n) { Hash hash{}; hash.back() = static_cast<std::uint8_t>(n); return hash; };
  const auto rules = [&](int parts, int to) {
    return parse_charter(json("{'root':{'pool':'p','split':[[" + std::to_string(parts) + ",{'partner':'dao:" + to_hex(id(to)) +
                              "'}],[" + std::to_string(100 - parts) + ",{'to':'pool:x'}]]}}")).value();
  };
  const Charter all = parse_charter(json("{'root':{'partner':'dao:" + to_hex(id(2)) + "'}}")).value();
  const Charter ring1 = rules(99, 2), ring2 = rules(99, 3), ring3 = rules(99, 1);
  const Charter back = parse_charter(json("{'root':{'partner':'dao:" + to_hex(id(1)) + "'}}")).value();
  CHECK(check_cycles(std::vector<PartnerRules>{{id(1), &ring1}, {id(2), &ring2}, {id(3), &ring3}}));
  CHECK(check_cycles(std::vector<PartnerRules>{{id(1), &all}, {id(2), &ring3}}));
  CHECK(code_of(check_cycles(std::vector<PartnerRules>{{id(1), &all}, {id(2), &back}})) == "unsettled");
  CHECK(check_cycles(std::vector<PartnerRules>{{id(1), &all}}));
}

TEST_CASE("partners: a limit on the way makes it no system of equations, and it settles all the same") {
  World a = community("a"), b = community("b");
  a.charter("v1", "2026-03", "{'root':{'pool':'first','take':'300','then':{'partner':'dao:" + id_of(b) + "'},'rest':{'to':'pool:x'}}}");
  adopt(b, {{50, id_of(a)}});
  a.when("2026-03-20T00:00:00Z").income("i1", "100", "2026-03");
  b.when("2026-03-20T00:00:00Z");
  const auto edges = settle_partners(read({&a, &b}), month("2026-03"), "JPY").value();
  // a gives all up to 300, b half of it back: 100 + x/2 = x without the limit, so about 200.
  CHECK(!edges.front().exact);
  CHECK(edges.front().gives >= 198);
  CHECK(edges.front().gives <= 200);
}

TEST_CASE("partners: random networks over months, by plain iteration from nothing, and never far from the exact sums") {
  Random random{test_seed("partners_test")};
  for (int round = 0; round < 25; ++round) {
    const std::size_t n = 2 + random.below(3);
    std::vector<World> worlds;
    for (std::size_t i = 0; i < n; ++i) worlds.push_back(community("w" + std::to_string(i)));
    // parts[i][j] of 100; at most 60 away from each, so that no cycle comes near everything.
    std::vector<std::vector<int>> parts(n, std::vector<int>(n));
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<std::pair<int, std::string>> partners;
      for (std::size_t j = 0; j < n; ++j) {
        if (i == j || random.below(3) == 0) continue;
        parts[i][j] = 1 + static_cast<int>(random.below(60 / (n - 1)));
        partners.emplace_back(parts[i][j], id_of(worlds[j]));
      }
      adopt(worlds[i], partners);
    }
    std::vector<std::vector<Rational>> exact(n, std::vector<Rational>(n));  // sums over the months
    std::vector<std::vector<Big>> paid(n, std::vector<Big>(n));
    Period period = month("2026-03");
    for (int k = 0; k < 8; ++k, period = period.next()) {
      const std::string name = to_string(period), end = to_string(period.next()) + "-01T00:00:00Z";
      std::vector<Big> outside(n);
      for (std::size_t i = 0; i < n; ++i) {
        outside[i] = random.below(random.below(2) == 0 ? 50 : 1'000'000);
        worlds[i].when(end).income("i" + std::to_string(k), outside[i].str(), name);
      }
      std::vector<World*> all;
      for (World& w : worlds) all.push_back(&w);
      const auto edges = settle_partners(read(all), period, "JPY");
      REQUIRE(edges);

      // From nothing upwards, on copies of the worlds, by lines alone: the least amounts that everybody's charter gives.
      std::vector<std::vector<u128>> flow(n, std::vector<u128>(n));
      for (bool grows = true; grows;) {
        grows = false;
        std::vector<std::vector<u128>> next(n, std::vector<u128>(n));
        for (std::size_t i = 0; i < n; ++i) {
          World copy = worlds[i];
          for (std::size_t j = 0; j < n; ++j)
            if (flow[j][i] != 0) book(copy, "g" + std::to_string(j) + "-" + name, flow[j][i], id_of(worlds[j]), name);
          const auto month_of = distribute(copy.state(), period).value();
          for (const AccountPay& pay : month_of.accounts)
            for (std::size_t j = 0; j < n; ++j)
              if (pay.account == "dao:" + id_of(worlds[j])) next[i][j] = pay.amount;
        }
        grows = next != flow;
        flow = next;
      }
      // The exact solution, by Gauss-Seidel's limit: totals t_i = outside_i + Σ parts_ji/100 · t_j, solved by Cramer's rule here.
      std::vector<std::vector<Rational>> m(n, std::vector<Rational>(n + 1));
      for (std::size_t i = 0; i < n; ++i) {
        m[i][i] += 1;
        for (std::size_t j = 0; j < n; ++j) m[i][j] -= Rational{parts[j][i], 100};
        m[i][n] = Rational{outside[i]};
      }
      for (std::size_t c = 0; c < n; ++c)
        for (std::size_t i = 0; i < n; ++i) {
          if (i == c) continue;
          const Rational factor = m[i][c] / m[c][c];
          for (std::size_t j = 0; j <= n; ++j) m[i][j] -= factor * m[c][j];
        }
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) {
          REQUIRE(gives(*edges, i, j) == flow[i][j]);
          const Rational now = m[i][n] / m[i][i] * Rational{parts[i][j], 100};
          exact[i][j] += now;
          paid[i][j] += big(flow[i][j]);
          // Each edge is at most a unit behind of what its giver has really got, and so through the network: 1/(1 − 0.6) each.
          const Rational drift = exact[i][j] - Rational{paid[i][j]};
          REQUIRE(drift > Rational{-1});
          REQUIRE(drift < Rational{static_cast<long>(n)} * 5 / 2 + 1);
          for (const Edge& edge : *edges)
            if (edge.from == i && edge.to == j) REQUIRE(Rational{edge.exact->numerator, edge.exact->denominator} == now);
          if (flow[i][j] != 0) book(worlds[j], "p" + std::to_string(i) + "-" + name, flow[i][j], id_of(worlds[i]), name);
        }
      for (World& w : worlds) w.close(name);
      const auto checked = check_partners(read(all));
      REQUIRE(checked);
      for (const Edge& edge : *checked) REQUIRE(edge.gives == edge.booked);
    }
  }
}

TEST_CASE("partners: in another currency, and one that the other does not have") {
  World a = community("a"), b = community("b");
  for (World* w : {&a, &b}) w->add("{'kind':'currency','code':'USD','exponent':2}");
  a.charter("v1", "2026-03", "{'root':{'to':'pool:x'},'currencies':{'USD':{'root':{'pool':'dollars','split':[[1,{'partner':'dao:" +
                                 id_of(b) + "'}],[1,{'to':'pool:x'}]]}}}}");
  adopt(b, {});
  a.when("2026-03-20T00:00:00Z").add("{'kind':'income','amount':'1001','currency':'USD','id':'i','period':'2026-03'}");
  b.when("2026-03-20T00:00:00Z");
  const auto edges = settle_partners(read({&a, &b}), month("2026-03"), "USD").value();
  REQUIRE(edges.size() == 1);
  CHECK(edges.front().gives == 500);
  CHECK(settle_partners(read({&a, &b}), month("2026-03"), "JPY").value().empty());
  CHECK(settle_partners(read({&a, &b}), month("2026-03"), "EUR").value().empty());
}
