// SPDX-License-Identifier: MIT
/// @file node_test.cpp
/// Proves the charter's other nodes: take, threshold, recoup, hold; weights made of others; the bounds of an among. First by
/// hand, then over 100,000 random charters, months and states against a slow evaluator that shares no code but the
/// measured weights.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "exact.hpp"
#include "random.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::json;
using world::month;
using world::World;

namespace {

using Text = std::string;

Period later(Period period, int months) {
  for (; months > 0; --months) period = period.next();
  return period;
}
u128 small(const Big& value) { return parse_minor(value.str()).value(); }

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

// --- the slow evaluator ------------------------------------------------------------------------------------------------

namespace {

const Big unit = Big{1} << 64, grace = Big{1} << 32;

struct SlowPool {
  Big dust = 0, undivided = 0, received = 0;
  std::map<Text, Big> fraction, paid, memory;
  struct Part {
    int since;
    Big amount, given;
  };
  std::vector<Part> held;

  Big kept() const {
    Big sum = undivided;
    for (const Part& part : held) sum += part.amount - part.given;
    return sum;
  }
};

/// A month of a charter, in words of its own: integers of any size, and rationals where the level of the water is sought.
struct Slow {
  const State& state;
  Period period;
  std::map<Text, SlowPool> pools;
  Text lines;
  std::map<Text, Big> got;  // by payee

  static const Text& text(const Json& json, const char* key) { return *json.find(key)->text(); }
  static Text branch_name(const Json& node) { return node.find("to") != nullptr ? text(node, "to") : text(node, "pool"); }

  void say(const Text& path, const Text& payee, const Big& pay, const Big& weight, const Big& fraction) {
    Text hex = "0000000000000000";
    for (int i = 0; i < 16; ++i) hex[15 - static_cast<std::size_t>(i)] = "0123456789abcdef"[static_cast<int>((fraction >> (4 * i)) & 15)];
    lines += "{\"fraction\":\"" + hex + "\",\"path\":\"" + path + "\",\"pay\":\"" + pay.str() + "\",\"payee\":\"" + payee +
             "\",\"weight\":\"" + weight.str() + "\"}\n";
  }

  std::map<Text, Big> weights(const Json& measure, const SlowPool& pool) {
    std::map<Text, Big> result;
    if (measure.text() != nullptr) {
      for (std::size_t kind = 0; kind < measured_weights; ++kind)
        if (*measure.text() == weight_names[kind]) {
          const auto list = weights_of(state, static_cast<Weight>(kind), period).value();
          for (Members::Index i = 0; i < list.size(); ++i) result[state.members.ids[i].text()] = list[i];
        }
    } else if (const Json* factors = measure.find("product")) {
      for (const auto& [id, index] : state.members.ids.sorted()) result[id.text()] = 1;
      for (const Json& factor : *factors->array())
        for (const auto& [id, weight] : weights(factor, pool)) result[id] *= weight;
    } else if (const Json* square = measure.find("root")) {
      result = weights(*square, pool);
      for (auto& [id, weight] : result) weight = sqrt(weight);
    } else {
      const Json::Array& kept = *measure.find("decay")->array();
      result = weights(*measure.find("of"), pool);
      for (auto& [id, weight] : result)
        if (const auto before = pool.memory.find(id); before != pool.memory.end())
          weight += before->second * *kept[0].integer() / *kept[1].integer();
    }
    return result;
  }

  /// Divides T parts of 2^-64 unit, and pays the whole units.
  static std::map<Text, Big> pay_parts(SlowPool& pool, const std::map<Text, Big>& parts) {
    std::map<Text, Big> pays;
    for (const auto& [id, m] : parts) {
      Big& fraction = pool.fraction.try_emplace(id, grace).first->second;
      const Big y = fraction + m;
      pays[id] = y / unit;
      fraction = y % unit;
    }
    return pays;
  }

  std::map<Text, Big> carry(SlowPool& pool, const Big& in, const std::map<Text, Big>& weight) {
    Big sum = 0, given = 0;
    for (const auto& [id, w] : weight) sum += w;
    const Big total = in * unit + pool.dust;
    std::map<Text, Big> parts;
    for (const auto& [id, w] : weight)
      if (w > 0) given += parts[id] = total * w / sum;
    const auto pays = pay_parts(pool, parts);
    pool.dust = total - given;
    pool.undivided += in;
    for (const auto& [id, pay] : pays) pool.undivided -= pay;
    return pays;
  }

  /// The water's level by trying each place where somebody reaches a bound.
  std::map<Text, Big> bounded(SlowPool& pool, const Big& in, const std::map<Text, Big>& weight, const Big& floor,
                              const std::optional<Big>& cap, Big& rest) {
    const Big total = in * unit + pool.dust;
    std::map<Text, Big> low, high, parts;
    Big lows = 0;
    std::optional<Big> highs = Big{0};
    for (const auto& [id, w] : weight) {
      if (w == 0) continue;
      const auto fraction = pool.fraction.find(id);
      const Big have = pool.paid[id] * unit + (fraction == pool.fraction.end() ? Big{0} : Big{fraction->second - grace});
      low[id] = floor == 0 ? Big{0} : std::max(Big{0}, Big{floor * unit - have});
      lows += low[id];
      if (cap) *highs += high[id] = std::max(Big{0}, Big{*cap * unit - have});
    }
    if (!cap) highs.reset();
    Big given = 0;
    rest = 0;
    if (lows >= total) {
      for (const auto& [id, lo] : low) given += parts[id] = lows == 0 ? Big{0} : Big{total * lo / lows};
    } else if (highs && *highs <= total) {
      for (const auto& [id, hi] : high) given += parts[id] = hi;
      rest = (total - given) / unit;
    } else {
      const auto filled = [&](const Rational& level) {
        Rational sum = 0;
        for (const auto& [id, lo] : low) {
          Rational x = Rational{lo} + level * weight.at(id);
          if (cap) x = std::min(x, Rational{high[id]});
          sum += x;
        }
        return sum;
      };
      std::set<Rational> levels{Rational{0}};
      for (const auto& [id, lo] : low)
        if (cap) levels.insert(Rational{high[id] - lo} / weight.at(id));
      Rational below = 0;
      for (const Rational& level : levels)
        if (filled(level) <= total) below = level;
      // From `below` on, until the next place, only those between their bounds rise.
      Big open = 0, left = total;
      std::set<Text> rising;
      for (const auto& [id, lo] : low) {
        if (cap && lo + below * weight.at(id) >= high[id]) {
          left -= parts[id] = high[id];
        } else {
          left -= lo;
          rising.insert(id);
          open += weight.at(id);
        }
      }
      for (const Text& id : rising) parts[id] = low[id] + left * weight.at(id) / open;
      for (const auto& [id, m] : parts) given += m;
    }
    const auto pays = pay_parts(pool, parts);
    pool.dust = total - given - rest * unit;
    pool.undivided += in - rest;
    for (const auto& [id, pay] : pays) pool.undivided -= pay;
    return pays;
  }

  static std::map<Text, Big> by_seats(const Big& in, const std::map<Text, Big>& weight) {
    std::map<Text, Big> pays;
    for (const auto& [id, w] : weight) pays[id] = 0;
    for (Big seat = 0; seat < in; ++seat) {
      Text best;
      for (const auto& [id, w] : weight)
        if (w > 0 && (best.empty() || w * (2 * pays[best] + 1) > weight.at(best) * (2 * pays[id] + 1))) best = id;
      pays[best] += 1;
    }
    return pays;
  }

  static std::map<Text, Big> by_floors(const Big& in, const std::map<Text, Big>& weight, bool largest, Big& rest) {
    Big sum = 0;
    for (const auto& [id, w] : weight) sum += w;
    std::map<Text, Big> pays;
    std::vector<std::pair<Big, Text>> order;
    rest = in;
    for (const auto& [id, w] : weight) {
      rest -= pays[id] = in * w / sum;
      order.emplace_back(-(in * w % sum), id);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; largest && rest > 0; ++i, --rest) pays[order[i].second] += 1;
    return pays;
  }

  static bool awake(const Json& node, const std::map<Text, SlowPool>& pools) {
    if (node.find("to") != nullptr) return false;
    if (node.find("hold") != nullptr) {
      const auto pool = pools.find(text(node, "pool"));
      if (pool != pools.end() && !pool->second.held.empty()) return true;
    }
    for (const char* key : {"then", "rest", "else"})
      if (const Json* below = node.find(key); below != nullptr && below->object() != nullptr && awake(*below, pools))
        return true;
    for (const char* key : {"split", "recoup"})
      if (const Json* list = node.find(key))
        for (const Json& pair : *list->array())
          if (awake(pair.array()->at(1), pools)) return true;
    return false;
  }

  void node(const Json& json, const Text& path, const Big& in) {
    if (const Json* to = json.find("to")) {
      got[*to->text()] += in;
      return say(path, *to->text(), in, 0, grace);
    }
    SlowPool& pool = pools[text(json, "pool")];
    const Big before = pool.kept();
    Big out = 0;
    const Json* then = json.find("then");
    const Json* beyond = json.find("rest");
    const auto two = [&](const Big& first) {
      say(path, branch_name(*then), first, 0, grace);
      say(path, branch_name(*beyond), in - first, 0, grace);
      REQUIRE(first <= in);
      node(*then, path + "/then", first);
      node(*beyond, path + "/rest", in - first);
    };
    if (const Json* take = json.find("take")) return two(std::min(in, Big{*take->text()}));
    if (const Json* limit = json.find("threshold")) {
      if (limit->text()->find('-') != Text::npos) return two(to_string(period) < *limit->text() ? in : Big{0});
      const Big first = std::min(in, std::max(Big{0}, Big{Big{*limit->text()} - pool.received}));
      pool.received += in;
      return two(first);
    }
    if (const Json* hold = json.find("hold")) {
      if (in > 0) pool.held.push_back({period.months(), in, 0});
      for (auto& part : pool.held) {
        const int k = period.months() - part.since + 1;
        Big due = part.amount;
        if (hold->text() != nullptr) {
          if (to_string(period) < *hold->text()) due = 0;
        } else if (k < *hold->integer()) {
          due = part.amount * k / *hold->integer();
        }
        out += due - part.given;
        part.given = due;
      }
      std::erase_if(pool.held, [](const auto& part) { return part.given == part.amount; });
      CHECK(before + in == out + pool.kept());
      say(path, branch_name(*then), out, 0, grace);
      return node(*then, path + "/then", out);
    }
    if (const Json* groups = json.find("recoup")) {
      Big p = 1, q = 1, most = 0;
      if (const Json* cap = json.find("cap")) p = *cap->array()->at(0).integer(), q = *cap->array()->at(1).integer();
      std::map<Text, Big> weight;
      for (const Json& pair : *groups->array())
        most += weight[branch_name(pair.array()->at(1))] = Big{*pair.array()->at(0).text()} * p / q;
      const Big first = std::min(in, Big{most - pool.received});
      pool.received += first;
      std::map<Text, Big> pays;
      if (first > 0) pays = carry(pool, first, weight);
      if (pool.received == most) CHECK(pool.undivided == 0);
      std::vector<std::pair<const Json*, Big>> below;
      for (const Json& pair : *groups->array()) {
        const Text name = branch_name(pair.array()->at(1));
        out += pays[name];
        say(path, name, pays[name], weight[name], pool.fraction.contains(name) ? pool.fraction[name] : grace);
        below.emplace_back(&pair.array()->at(1), pays[name]);
      }
      CHECK(before + first == out + pool.kept());
      say(path, branch_name(*beyond), in - first, 0, grace);
      for (std::size_t i = 0; i < below.size(); ++i) node(*below[i].first, path + "/recoup/" + std::to_string(i), below[i].second);
      return node(*beyond, path + "/rest", in - first);
    }
    const Json* split = json.find("split");
    const Text rule = json.find("rule") != nullptr ? text(json, "rule") : "carry";
    std::map<Text, Big> weight, pays;
    std::vector<Text> order;
    if (split != nullptr) {
      for (const Json& pair : *split->array()) {
        order.push_back(branch_name(pair.array()->at(1)));
        weight[order.back()] = *pair.array()->at(0).integer();
      }
    } else {
      weight = weights(*json.find("among"), pool);
      if (json.find("among")->object() != nullptr && json.find("among")->find("decay") != nullptr) pool.memory = weight;
      for (const auto& [id, w] : weight)
        if (w > 0) order.push_back(id);
    }
    Big sum = 0, rest = 0, over = 0;
    for (const auto& [id, w] : weight) sum += w;
    const bool passes = sum == 0;
    const Big used = passes ? Big{0} : in;
    const Json *floor = json.find("floor"), *cap = json.find("cap");
    if (used > 0 && rule == "carry" && (floor != nullptr || cap != nullptr)) {
      pays = bounded(pool, used, weight, floor != nullptr ? Big{*floor->text()} : Big{0},
                     cap != nullptr ? std::optional<Big>{Big{*cap->text()}} : std::nullopt, over);
    } else if (used > 0 && rule == "carry") {
      pays = carry(pool, used, weight);
    } else if (used > 0 && rule == "sainte-lague") {
      pays = by_seats(used, weight);
    } else if (used > 0) {
      pays = by_floors(used, weight, rule == "hamilton", rest);
    }
    for (const Text& id : order) {
      out += pays[id];
      say(path, id, pays[id], weight[id], rule == "carry" && pool.fraction.contains(id) ? pool.fraction[id] : grace);
      if (split == nullptr) got[id] += pays[id], pool.paid[id] += pays[id];
    }
    if (rule == "floor") {
      say(path, text(json, "rest"), rest, 0, grace);
      got[text(json, "rest")] += rest;
      out += rest;
    }
    CHECK(before + used == out + over + pool.kept());
    if (split != nullptr) {
      for (std::size_t i = 0; i < order.size(); ++i)
        node(split->array()->at(i).array()->at(1), path + "/split/" + std::to_string(i), pays[order[i]]);
    } else if (passes || over > 0 || awake(*json.find("else"), pools)) {
      node(*json.find("else"), path + "/else", passes ? in : over);
    }
  }
};

/// A charter at random, as text. Every node has a pool of its own.
struct RandomCharter {
  Random& random;
  int pools = 0;
  bool conditional = false;

  Text number(std::uint64_t max) { return std::to_string(1 + random.below(max)); }
  Text account() { return "{'to':'pool:a" + std::to_string(pools++) + "'}"; }
  Text weight(int depth) {
    static const std::vector<Text> plain = {"'tickets'", "'ticket-seconds'", "'contributions'", "'equal'"};
    if (depth == 0 || random.below(3) != 0) return random.pick(plain);
    if (random.one_in(2)) return "{'root':" + weight(depth - 1) + "}";
    return "{'product':[" + weight(0) + ",{'root':" + weight(0) + "}]}";
  }
  Text node(int depth) {
    if (depth == 0) return account();
    const Text pool = "'pool':'p" + std::to_string(pools++) + "',";
    const auto list = [&](const Text& key, auto first) {
      Text items;
      const std::uint64_t count = 1 + random.below(3);
      for (std::uint64_t i = 0; i < count; ++i) items += (i == 0 ? "[" : ",[") + first() + "," + node(depth - 1) + "]";
      return "'" + key + "':[" + items + "]";
    };
    switch (random.below(8)) {
      case 0:
        return "{" + pool + "'take':'" + number(2000) + "','then':" + node(depth - 1) + ",'rest':" + node(depth - 1) + "}";
      case 1:
        return "{" + pool + "'threshold':'" + (random.one_in(3) ? "2026-0" + std::to_string(4 + random.below(3)) : number(5000)) +
               "','then':" + node(depth - 1) + ",'rest':" + node(depth - 1) + "}";
      case 2: {
        const Text cap = random.one_in(2) ? ",'cap':[12,10]" : "";
        return "{" + pool + list("recoup", [&] { return "'" + number(900) + "'"; }) + cap + ",'rest':" + node(depth - 1) + "}";
      }
      case 3:
        return "{" + pool + "'hold':" + (random.one_in(3) ? "'2026-05'" : std::to_string(2 + random.below(3))) +
               ",'then':" + node(depth - 1) + "}";
      case 4: {
        static const std::vector<Text> rules = {"", ",'rule':'hamilton'", ",'rule':'sainte-lague'", ",'rule':'floor','rest':'pool:left'"};
        return "{" + pool + list("split", [&] { return number(100); }) + random.pick(rules) + "}";
      }
      default: {
        static const std::vector<Text> rules = {"", "", "", ",'rule':'hamilton'", ",'rule':'sainte-lague'", ",'rule':'floor','rest':'pool:left'"};
        Text rule = random.pick(rules);
        if (rule.empty() && random.one_in(3)) rule += ",'floor':'" + number(400) + "'";
        if ((rule.empty() || rule.starts_with(",'floor'")) && random.one_in(3)) rule += ",'cap':'" + std::to_string(400 + random.below(3000)) + "'";
        Text measure = weight(2);
        if (!conditional && random.one_in(4)) measure = "{'decay':[" + number(3) + ",3],'of':" + measure + "}";
        const bool was = conditional;
        conditional = true;
        const Text otherwise = node(depth - 1);
        conditional = was;
        return "{" + pool + "'among':" + measure + rule + ",'else':" + otherwise + "}";
      }
    }
  }
};

}  // namespace

TEST_CASE("nodes: 100,000 random charters, months and states equal the slow evaluator, to the last bit") {
  Random random{test_seed("node_test")};
  const Period march = month("2026-03");
  std::size_t runs = 0, overflows = 0;
  std::map<Text, std::size_t> met;
  while (runs < 100'000) {
    // One state for many charters: 1 to 5 members who come and go, hold tickets and work.
    World w{world::dao_claim()};
    w.charter("v0", "2026-03", "{'root':{'to':'pool:a'}}");
    w.work_kind("work", 1);
    const std::uint64_t people = 1 + random.below(5);
    for (std::uint64_t i = 0; i < people; ++i) w.join("m" + std::to_string(i));
    w.ticket_class("seat", 1 + random.below(9));
    for (std::uint64_t i = random.below(5); i > 0; --i)
      w.mint("t" + std::to_string(i), "m" + std::to_string(random.below(people)));
    w.when("2026-07-31T00:00:00Z");
    if (people > 1)
      for (std::uint64_t i = random.below(12); i > 0; --i) {
        const std::uint64_t who = random.below(people);
        w.work("r" + std::to_string(i), "m" + std::to_string(who), random.below(200),
               "2026-0" + std::to_string(3 + random.below(5)), ",'confirmed':'m" + std::to_string((who + 1) % people) + "'");
      }
    if (random.one_in(3)) w.leave("m0");
    for (int charter = 0; charter < 40; ++charter) {
      RandomCharter make{random};
      const Text rules = "{'root':" + make.node(1 + static_cast<int>(random.below(4))) + "}";
      CAPTURE(rules);
      State state = w.state();
      CharterRow& row = state.decisions.charters.front();
      row.rules = json(rules);
      REQUIRE(parse_charter(row.rules));
      std::map<Text, SlowPool> pools;
      std::map<Text, Big> owed;
      for (int number = 0; number < 5; ++number) {
        const Period period = later(march, number);
        const Big income = random.one_in(6) ? 0 : random.below(random.one_in(3) ? 20 : 4000);
        CAPTURE(number, income);
        if (income > 0)
          state.books.post(state.books.world, state.books.accounts[Books::income_account(period)], small(income));
        const auto d = distribute(state, period);
        Slow slow{state, period, pools, {}, {}};
        if (!d) {
          REQUIRE(world::code_of(d) == "weight_overflow");
          ++overflows;
          break;
        }
        slow.node(*row.rules.find("root"), "/root", income);
        Text lines;
        for (const Stage& stage : d->stages) {
          for (const Share& share : stage.shares) lines += share_line(stage, share);
          ++met[Text{node_names[static_cast<std::size_t>(stage.kind)]} + (stage.bounds.some() ? " bounded" : "")];
        }
        if (lines != slow.lines) CHECK(lines == slow.lines);
        Big sum = 0, kept = 0;
        for (const auto& [payee, amount] : slow.got) owed[payee] += amount, sum += amount;
        for (const auto& [name, pool] : slow.pools) kept += pool.kept();
        REQUIRE(big(d->outcome.distributed) == sum);
        REQUIRE(big(d->outcome.undivided_after) == kept);
        detail::settle(state, *d);
        state.decisions.closed_through = period;
        for (const auto& [payee, amount] : owed) {
          const bool purse = payee.find(':') != Text::npos;
          const u128 booked = purse ? state.books.balance(payee)
                                    : state.books.owed(*state.members.ids.find(MemberId::parse(payee).value()));
          REQUIRE(big(booked) == amount);
        }
        REQUIRE(state.books.balanced());
        pools = slow.pools;
        ++runs;
      }
    }
  }
  CHECK(overflows < runs / 100);
  for (const auto& [kind, count] : met) {
    CAPTURE(kind);
    CHECK(count > 1000);
  }
  CHECK(met.size() == 8);
}
