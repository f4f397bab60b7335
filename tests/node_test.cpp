// SPDX-License-Identifier: MIT
/// @file node_test.cpp
/// Proves the charter's other nodes: take, threshold, recoup, hold; weights made of others; the bounds of an among. First by
/// hand, then over 100,000 random charters, months and states against a slow evaluator that shares no code but the
/// measured weights.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "charters.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::json;
using world::month;
using world::World;
using charters::Facts;
using charters::later;
using charters::RandomCharter;
using charters::SlowMonth;
using charters::Text;

namespace {

/// A DAO of three whose months close one after the other.
struct Months {
  World w{world::dao_claim()};
  int number = 0;  ///< of the next month, from March 2026 on

  explicit Months(const Text& rules) {
    w.charter("v1", "2026-03", rules).work_kind("work", 1).join("aki").join("ben").join("chi");
  }
  Text name() const { return to_string(later(month("2026-03"), number)); }
  /// Closes the next month with that income, and says what its payees got.
  Text close(const Text& income) {
    const Text period = name();
    ++number;
    if (income != "0") w.income("i" + period, income, period);
    w.when(name() + "-01T00:00:00Z");
    const auto d = distribute(w.state(), month(period));
    REQUIRE(d);
    Text text;
    for (const PayoutLeaf& leaf : payout_leaves(w.state(), d->period, *d))
      text += (text.empty() ? "" : ", ") + leaf.payee.substr(leaf.payee.find(':') + 1) + " " + to_string(leaf.amount);
    w.close(period);
    CHECK(w.state().books.balanced());
    return text;
  }
};

const Text there = "{'to':'pool:there'}", elsewhere = "{'to':'pool:rest'}";

}  // namespace

TEST_CASE("take: the first of each month, and no more") {
  Months m{"{'root':{'pool':'costs','take':'1000','then':" + there + ",'rest':" + elsewhere + "}}"};
  CHECK(m.close("1500") == "rest 500, there 1000");
  CHECK(m.close("999") == "there 999");
  CHECK(m.close("0") == "");
  CHECK(m.close("1001") == "rest 1, there 1000");
}

TEST_CASE("threshold: by all that ever came, however it was sliced; and by month") {
  Months m{"{'root':{'pool':'start','threshold':'1000','then':" + there + ",'rest':" + elsewhere + "}}"};
  CHECK(m.close("300") == "there 300");
  CHECK(m.close("600") == "there 600");
  CHECK(m.close("250") == "rest 150, there 100");
  CHECK(m.close("70") == "rest 70");
  Months d{"{'root':{'pool':'start','threshold':'2026-05','then':" + there + ",'rest':" + elsewhere + "}}"};
  CHECK(d.close("300") == "there 300");
  CHECK(d.close("600") == "there 600");
  CHECK(d.close("250") == "rest 250");
}

TEST_CASE("recoup: side by side in proportion, each exactly to its amount, then the rest") {
  Months m{"{'root':{'pool':'seed','recoup':[['100',{'to':'pool:a'}],['200',{'to':'pool:b'}],['1',{'to':'pool:c'}]],"
           "'cap':[120,100],'rest':" + elsewhere + "}}"};  // 120, 240, 1: 361 in all
  CHECK(m.close("100") == "a 33, b 66");  // 33.24, 66.48, 0.28
  CHECK(m.close("100") == "a 33, b 66");
  CHECK(m.close("160") == "a 53, b 107");
  CHECK(m.close("50") == "a 1, b 1, c 1, rest 49");
  CHECK(m.w.account("pool:a") == "120");
  CHECK(m.w.account("pool:b") == "240");
  CHECK(m.w.account("pool:c") == "1");
  CHECK(m.close("10") == "rest 10");
}

TEST_CASE("hold: in equal parts by differences of floors, or all at once from a month on") {
  Months m{"{'root':{'pool':'vest','hold':3,'then':" + there + "}}"};
  CHECK(m.close("100") == "there 33");
  CHECK(m.w.account("held:vest") == "67");
  CHECK(m.close("10") == "there 36");  // 33 and 3
  CHECK(m.close("0") == "there 37");   // 34 and 3
  CHECK(m.close("0") == "there 4");
  CHECK(m.close("0") == "");
  CHECK(m.w.account("held:vest") == "0");
  CHECK(m.w.account("pool:there") == "110");
  Months d{"{'root':{'pool':'escrow','hold':'2026-05','then':{'pool':'all','among':'equal','else':" + elsewhere + "}}}"};
  CHECK(d.close("60") == "");
  CHECK(d.close("30") == "");
  CHECK(d.close("0") == "aki 30, ben 30, chi 30");
  CHECK(d.close("9") == "aki 3, ben 3, chi 3");
}

TEST_CASE("hold: what waits goes out when the pool ends, and when nothing else comes there") {
  Months m{"{'root':{'pool':'vest','hold':12,'then':" + there + "}}"};
  CHECK(m.close("1200") == "there 100");
  m.w.charter("v2", "2026-06", "{'root':" + elsewhere + "}");
  CHECK(m.close("0") == "there 100");
  CHECK(m.close("0") == "there 1000");
  CHECK(m.close("5") == "rest 5");
  // Below an else that nobody comes to any more: what was held there still goes on each month.
  Months e{"{'root':{'pool':'work','among':'contributions','else':{'pool':'vest','hold':3,'then':" + there + "}}}"};
  CHECK(e.close("90") == "there 30");
  e.w.work("r", "aki", 1, "2026-04", ",'confirmed':'ben'");
  CHECK(e.close("60") == "aki 60, there 30");
}

TEST_CASE("rules of a split: hamilton, sainte-lague, and floor with a rest") {
  const auto with = [](const Text& rule) {
    return "{'root':{'pool':'all','rule':'" + rule + "','split':[[5117,{'to':'pool:a'}],[4400,{'to':'pool:b'}],"
           "[162,{'to':'pool:c'}],[161,{'to':'pool:d'}],[160,{'to':'pool:e'}]]" +
           (rule == "floor" ? ",'rest':'pool:f'" : "") + "}}";
  };
  CHECK(Months{with("hamilton")}.close("100") == "a 51, b 44, c 2, d 2, e 1");
  CHECK(Months{with("sainte-lague")}.close("100") == "a 51, b 43, c 2, d 2, e 2");
  CHECK(Months{with("floor")}.close("100") == "a 51, b 44, c 1, d 1, e 1, f 2");
  CHECK(Months{with("carry")}.close("100") == "a 51, b 44, c 1, d 1, e 1");
}

TEST_CASE("bounds: nobody above the cap, and what is cut off goes to the others, then to else") {
  Months m{"{'root':{'pool':'all','among':'tickets','cap':'100','else':" + elsewhere + "}}"};
  m.w.ticket_class("big", 8).ticket_class("seat", 1).mint("t1", "aki", "big").mint("t2", "ben").mint("t3", "chi");
  CHECK(m.close("50") == "aki 40, ben 5, chi 5");
  CHECK(m.close("100") == "aki 60, ben 20, chi 20");
  CHECK(m.close("100") == "ben 50, chi 50");
  CHECK(m.close("100") == "ben 25, chi 25, rest 50");
  CHECK(m.close("7") == "rest 7");
}

TEST_CASE("bounds: everyone up to the floor first") {
  Months m{"{'root':{'pool':'all','among':'tickets','floor':'30','else':" + elsewhere + "}}"};
  m.w.ticket_class("big", 8).ticket_class("seat", 1).mint("t1", "aki", "big").mint("t2", "ben").mint("t3", "chi");
  CHECK(m.close("30") == "aki 10, ben 10, chi 10");
  CHECK(m.close("100") == "aki 52, ben 24, chi 24");  // 20 each to the floor, and 40 by weight
  CHECK(m.close("100") == "aki 80, ben 10, chi 10");
}

TEST_CASE("weights: product, root and decay, as by hand") {
  const auto with = [](const Text& weight) {
    return "{'root':{'pool':'all','among':" + weight + ",'else':" + elsewhere + "}}";
  };
  const auto work = [](Months& m, const Text& id, const Text& who, std::uint64_t points) {
    m.w.work(id, who, points, m.name(), ",'confirmed':'" + Text{who == "aki" ? "ben" : "aki"} + "'");
  };
  Months product{with("{'product':['contributions','tickets']}")};
  product.w.ticket_class("seat", 2).mint("t1", "aki").mint("t2", "ben").mint("t3", "ben");
  work(product, "r1", "aki", 3);
  work(product, "r2", "ben", 1);
  work(product, "r3", "chi", 9);  // no ticket
  CHECK(product.close("100") == "aki 60, ben 40");  // 6 : 4
  Months root{with("{'root':'contributions'}")};
  work(root, "r1", "aki", 99);
  work(root, "r2", "ben", 1);
  CHECK(root.close("100") == "aki 90, ben 10");  // 9 : 1
  Months decay{with("{'decay':[1,2],'of':'contributions'}")};
  work(decay, "r1", "aki", 9);
  CHECK(decay.close("100") == "aki 100");
  work(decay, "r2", "ben", 4);
  CHECK(decay.close("100") == "aki 50, ben 50");  // 4 : 4
  CHECK(decay.close("100") == "aki 50, ben 50");  // 2 : 2
  CHECK(decay.close("100") == "aki 50, ben 50");
  CHECK(decay.close("100") == "rest 100");        // 0 : 0
  for (const std::uint64_t x : {0ull, 1ull, 2ull, 3ull, 4ull, 8ull, 9ull, 1ull << 62, ~0ull, 4294967295ull * 4294967295ull,
                                4294967295ull * 4294967295ull - 1}) {
    const Big r = integer_root(x);
    CHECK(r * r <= x);
    CHECK((r + 1) * (r + 1) > x);
  }
}

TEST_CASE("lint: the other nodes' findings, all at once") {
  const struct {
    const char *root, *finding;
  } rows[] = {
      {"{'pool':'p','take':'0','then':{'to':'pool:a'},'rest':{'to':'pool:b'}}", "/root/take: an amount of zero"},
      {"{'pool':'p','take':'5','then':{'to':'pool:a'}}", "/root: \"rest\" is missing"},
      {"{'take':'5','then':{'to':'pool:a'},'rest':{'to':'pool:b'}}", "/root: \"pool\" is missing"},
      {"{'pool':'p','take':'2026-04','then':{'to':'pool:a'},'rest':{'to':'pool:b'}}", "/root/take: bad_digit"},
      {"{'pool':'p','threshold':5,'then':{'to':'pool:a'},'rest':{'to':'pool:b'}}", "/root/threshold: number_must_be_string"},
      {"{'pool':'p','threshold':'5','then':{'to':'pool:a'},'rest':{'to':'pool:a'}}", "two branches are called \"pool:a\""},
      {"{'pool':'p','recoup':[],'rest':{'to':'pool:a'}}", "/root/recoup: a recoup has at least one [amount, node]"},
      {"{'pool':'p','recoup':[['18446744073709551616',{'to':'pool:b'}]],'rest':{'to':'pool:a'}}", "below 2^64"},
      {"{'pool':'p','recoup':[['18446744073709551615',{'to':'pool:b'}],['1',{'to':'pool:c'}]],'rest':{'to':'pool:a'}}",
       "/root/recoup: the amounts of a recoup are below 2^64 minor units together"},
      {"{'pool':'p','recoup':[['5',{'to':'pool:b'}]],'cap':[1,10],'rest':{'to':'pool:a'}}", "nothing is left of the amount"},
      {"{'pool':'p','recoup':[['5',{'to':'pool:b'}]],'cap':[120,0],'rest':{'to':'pool:a'}}", "/root/cap: a ratio is"},
      {"{'pool':'p','hold':1,'then':{'to':'pool:a'}}", "/root/hold: hold says"},
      {"{'pool':'p','hold':1201,'then':{'to':'pool:a'}}", "/root/hold: hold says"},
      {"{'pool':'p','hold':'12','then':{'to':'pool:a'}}", "/root/hold: hold says"},
      {"{'pool':'p','among':'equal','cap':'5','floor':'6','else':{'to':'pool:a'}}", "/root/cap: the cap is below the floor"},
      {"{'pool':'p','among':'equal','cap':'5','rule':'hamilton','else':{'to':'pool:a'}}", "a floor or a cap needs rule carry"},
      {"{'pool':'p','among':'equal','rule':'floor','else':{'to':'pool:a'}}", "\"rest\" is missing: rule floor"},
      {"{'pool':'p','among':'equal','rest':'pool:b','else':{'to':'pool:a'}}", "\"rest\" belongs to rule floor"},
      {"{'pool':'p','among':{'product':['equal']},'else':{'to':'pool:a'}}", "/root/among/product: a product has two to eight"},
      {"{'pool':'p','among':{'root':'product'},'else':{'to':'pool:a'}}", "/root/among/root: one of: tickets"},
      {"{'pool':'p','among':{},'else':{'to':'pool:a'}}", "/root/among: a weight has"},
      {"{'pool':'p','among':{'root':'equal','x':1},'else':{'to':'pool:a'}}", "/root/among: unknown field \"x\""},
      {"{'pool':'p','among':{'decay':[3,2],'of':'equal'},'else':{'to':'pool:a'}}", "a decay keeps no more than there was"},
      {"{'pool':'p','among':{'decay':[1,2]},'else':{'to':'pool:a'}}", "/root/among: \"of\" is missing"},
      {"{'pool':'p','among':{'root':{'decay':[1,2],'of':'equal'}},'else':{'to':'pool:a'}}", "a decay stands outside"},
      {"{'pool':'p','among':'equal','else':{'pool':'q','among':{'decay':[1,2],'of':'equal'},'else':{'to':'pool:a'}}}",
       "a decay does not stand below an \"else\""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.root);
    const auto charter = parse_charter(json("{'root':" + Text{row.root} + "}"));
    REQUIRE(world::code_of(charter) == "bad_charter");
    INFO(charter.error().what);
    CHECK(charter.error().what.find(row.finding) != Text::npos);
  }
}

TEST_CASE("charter change: what a pool looks back on stays, or it has another name") {
  const auto refused = [](const Text& before, const Text& after) {
    World w{world::dao_claim()};
    w.charter("v1", "2026-03", "{'root':" + before + "}");
    return w.rule("{'kind':'charter','from':'2026-06','id':'v2','rules':{'root':" + after + "}}");
  };
  const Text tail = ",'rest':{'to':'pool:z'}}";
  CHECK(refused("{'pool':'p','hold':3,'then':" + there + "}", "{'pool':'p','hold':4,'then':" + there + "}") == "bad_charter");
  CHECK(refused("{'pool':'p','hold':'2026-09','then':" + there + "}", "{'pool':'p','hold':'2026-12','then':" + there + "}") == "ok");
  CHECK(refused("{'pool':'p','threshold':'3','then':" + there + tail, "{'pool':'p','threshold':'4','then':" + there + tail) == "ok");
  CHECK(refused("{'pool':'p','threshold':'3','then':" + there + tail, "{'pool':'p','take':'3','then':" + there + tail) == "bad_charter");
  CHECK(refused("{'pool':'p','recoup':[['3'," + there + "]]" + tail, "{'pool':'p','recoup':[['4'," + there + "]]" + tail) == "bad_charter");
  CHECK(refused("{'pool':'p','recoup':[['3'," + there + "]]" + tail, "{'pool':'p','recoup':[['3'," + there + "]]" + tail) == "ok");
  CHECK(refused("{'pool':'p','among':{'decay':[1,2],'of':'equal'},'else':" + there + "}",
                "{'pool':'p','among':'equal','else':" + there + "}") == "bad_charter");
}

// --- against the slow evaluator ----------------------------------------------------------------------------------------

TEST_CASE("nodes: 100,000 random charters, months and states equal the slow evaluator, to the last bit") {
  Random random{test_seed("node_test")};
  const Period march = month("2026-03");
  std::size_t runs = 0, overflows = 0, ended = 0;
  std::map<Text, std::size_t> met;
  while (runs < 100'000) {
    // One state for many charters: 1 to 5 members who come and go, hold tickets and work.
    const State start = Facts::any(random).world("{'root':{'to':'pool:a'}}").state();
    std::set<Text> members;
    for (const auto& [id, index] : start.members.ids.sorted()) members.insert(id.text());
    for (int charter = 0; charter < 40; ++charter) {
      RandomCharter make{random};
      const Text rules = make.rules(1 + static_cast<int>(random.below(4)));
      CAPTURE(rules);
      State state = start;
      charters::set_rules(state, rules);
      // Now and then another charter follows, in which no pool goes on: then all are closed in a month that they look back on.
      const int last = random.one_in(3) ? static_cast<int>(random.below(5)) : -1;
      if (last >= 0) {
        CharterRow next = state.decisions.charters.front();
        next.from = later(march, last + 1);
        next.rules = json(make.rules(1 + static_cast<int>(random.below(2))));
        state.decisions.charters.push_back(next);
      }
      charters::SlowPools pools;
      std::map<Text, Big> owed;
      for (int number = 0; number < 5; ++number) {
        const Period period = later(march, number);
        const Big income = random.one_in(6) ? 0 : random.below(random.one_in(3) ? 20 : 4000);
        CAPTURE(number, last, income);
        charters::receive(state, period, income);
        const auto d = distribute(state, period);
        SlowMonth slow{period, charters::measured_in(state, period), members, pools};
        if (number == last) SlowMonth::names(*state.decisions.charters.back().rules.find("root"), slow.kept.emplace());
        if (!d) {
          REQUIRE(world::code_of(d) == "weight_overflow");
          ++overflows;
          break;
        }
        slow.node(*state.decisions.charter_of(period)->rules.find("root"), "/root", income);
        REQUIRE(!slow.overflow);
        Text lines;
        for (const Stage& stage : d->stages) {
          for (const Share& share : stage.shares) write_share_line(lines, stage, share);
          ++met[Text{node_names[static_cast<std::size_t>(stage.kind)]} + (stage.bounds.some() ? " bounded" : "")];
          ended += stage.closed ? 1 : 0;
        }
        if (lines != slow.lines) CHECK(lines == slow.lines);
        Big sum = 0;
        for (const auto& [payee, amount] : slow.got) owed[payee] += amount, sum += amount;
        REQUIRE(big(d->outcome.distributed) == sum);
        REQUIRE(big(d->outcome.undivided_after) == slow.kept_in_all());
        charters::settle(state, *d);
        for (const auto& [payee, amount] : owed) REQUIRE(big(charters::booked(state, payee)) == amount);
        REQUIRE(state.books.balanced());
        pools = slow.pools;
        ++runs;
      }
    }
  }
  CHECK(overflows < runs / 100);
  CHECK(ended > 10'000);
  for (const auto& [kind, count] : met) {
    CAPTURE(kind);
    CHECK(count > 1000);
  }
  CHECK(met.size() == 8);
}
