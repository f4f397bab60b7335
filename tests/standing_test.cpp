// SPDX-License-Identifier: MIT
/// @file standing_test.cpp
/// Proves the member tree: each standing letter by letter, the roll that a statement carries, and that the entitlements of a pool
/// add up to all that ever entered it, with each member within a unit of what is due.

#include <algorithm>
#include <string>
#include <vector>

#include "exact.hpp"
#include "random.hpp"
#include "trees.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::month;
using world::World;

namespace {

using ::big;
Big big(const std::array<std::uint8_t, 8>& bytes) {
  Big number = 0;
  for (const std::uint8_t byte : bytes) number = number * 256 + byte;
  return number;
}

std::vector<std::string> texts(const World& w) {
  std::vector<std::string> all;
  for (const Standing& standing : standings(w.state())) all.push_back(canonical_text(standing));
  return all;
}
std::string text_of(const World& w, const std::string& member) {
  for (const Standing& standing : standings(w.state()))
    if (standing.member.text() == member) return canonical_text(standing);
  return "nobody";
}

const std::string equal_rules = "{'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}}";

/// What entered a pool since it began, in 2^-64 units: the certificate's other side.
Big certified(const World& w, const std::string& pool) {
  Big sum = w.state().pools.at(PoolId::parse(pool).value()).carry.dust;
  for (const Standing& standing : standings(w.state())) {
    const auto found = standing.entitled.find(PoolId::parse(pool).value());
    if (found == standing.entitled.end()) continue;
    sum += (big(found->second.paid) << 64) + big(found->second.fraction) - (Big{1} << 32);
  }
  return sum;
}

}  // namespace

TEST_CASE("standing: every letter of it, through a month, a payment, a burned ticket and a departure") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", equal_rules).ticket_class("seat", 1).ticket_class("vip", 5);
  w.join("chi").join("aki").join("ben");
  CHECK(texts(w) == std::vector<std::string>{world::quoted("{'entitled':{},'holds':{},'member':'aki','owed':'0'}"),
                                             world::quoted("{'entitled':{},'holds':{},'member':'ben','owed':'0'}"),
                                             world::quoted("{'entitled':{},'holds':{},'member':'chi','owed':'0'}")});
  w.mint("t1", "aki")
      .mint("t2", "aki")
      .mint("t3", "ben", "vip")
      .mint("t4", "chi")
      .burn("t2", "aki")
      .move("t4", "chi", "aki");
  w.opening("o1", "7", "chi").income("i1", "100", "2026-03").when("2026-04-01T00:00:00Z").close("2026-03");
  // 33 1/3 each: a third of 2^64 is 5555555555555555, and the grace of 2^32 is in it.
  const std::string all = "{'all':{'fraction':'5555555655555555','paid':'33'}}";
  CHECK(text_of(w, "aki") == world::quoted("{'entitled':" + all + ",'holds':{'seat':2},'member':'aki','owed':'33'}"));
  CHECK(text_of(w, "ben") == world::quoted("{'entitled':" + all + ",'holds':{'vip':1},'member':'ben','owed':'33'}"));
  CHECK(text_of(w, "chi") == world::quoted("{'entitled':" + all + ",'holds':{},'member':'chi','owed':'40'}"));
  // Paying changes what is owed, not what was entitled; a failed payment is owed again.
  w.plan("p1", "chi", "30");
  CHECK(text_of(w, "chi") == world::quoted("{'entitled':" + all + ",'holds':{},'member':'chi','owed':'10'}"));
  World failed = w;
  failed.failed("p1", "30");
  CHECK(text_of(failed, "chi") == world::quoted("{'entitled':" + all + ",'holds':{},'member':'chi','owed':'40'}"));
  w.settled("p1", "30");
  CHECK(text_of(w, "chi") == world::quoted("{'entitled':" + all + ",'holds':{},'member':'chi','owed':'10'}"));
  // Who leaves keeps tickets, what is owed and the fraction; who comes new stands with nothing.
  w.leave("aki").join("abe");
  CHECK(text_of(w, "aki") == world::quoted("{'entitled':" + all + ",'holds':{'seat':2},'member':'aki','owed':'33'}"));
  CHECK(text_of(w, "abe") == world::quoted("{'entitled':{},'holds':{},'member':'abe','owed':'0'}"));
  CHECK(roll_of(w.state()).count == 4);
  CHECK(to_hex(roll_of(w.state()).root) == trees::hex(trees::root(texts(w))));
  CHECK(texts(w)[0] == text_of(w, "abe"));
}

TEST_CASE(
    "standing: a pool that ended is gone from it, one of hamilton's never was in it, and a split has no members") {
  World w{world::dao_claim()};
  w.charter(
      "v1", "2026-03",
      "{'root':{'pool':'top','split':[[1,{'pool':'a','among':'equal','else':{'to':'pool:rest'}}],[1,{'pool':'h','among'"
      ":'equal',"
      "'rule':'hamilton','else':{'to':'pool:rest'}}],[1,{'pool':'b','among':'equal','else':{'to':'pool:rest'}}]]}}");
  w.join("aki").join("ben").income("i1", "10", "2026-03").when("2026-04-01T00:00:00Z").close("2026-03");
  // 3 1/3 enter each: 3 to a, b and h; half of it is 1.5.
  const std::string half = "{'fraction':'8000000100000000','paid':'1'}";
  CHECK(text_of(w, "aki") ==
        world::quoted("{'entitled':{'a':" + half + ",'b':" + half + "},'holds':{},'member':'aki','owed':'4'}"));
  CHECK(text_of(w, "ben") ==
        world::quoted("{'entitled':{'a':" + half + ",'b':" + half + "},'holds':{},'member':'ben','owed':'3'}"));
  w.charter("v2", "2026-05", "{'root':{'pool':'b','among':'equal','else':{'to':'pool:rest'}}}");
  w.when("2026-05-01T00:00:00Z").close("2026-04");
  // `a` ends: its odd unit goes to the smaller id; `top` ends too, and its unit flows on to `a`, the first branch.
  CHECK(standings(w.state())[0].entitled.size() == 1);
  CHECK(standings(w.state())[0].entitled.begin()->first.text() == "b");
  CHECK(text_of(w, "aki").find(world::quoted("'b':" + half)) != std::string::npos);
}

TEST_CASE("standing: an entitlement that is nothing is left out, one of nothing but a fraction is not") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", "{'root':{'pool':'p','among':'tickets','else':{'to':'pool:rest'}}}");
  w.ticket_class("one", 1).ticket_class("many", 999).join("aki").join("ben").join("chi");
  w.mint("a", "aki", "one").mint("b", "ben", "many");
  w.when("2026-04-01T00:00:00Z").close("2026-03");  // no income: weights, but nothing kept
  for (const Standing& standing : standings(w.state())) CHECK(standing.entitled.empty());
  w.income("i", "1", "2026-04").when("2026-05-01T00:00:00Z").close("2026-04");
  const auto rows = standings(w.state());
  REQUIRE(rows[0].entitled.size() == 1);
  CHECK(rows[0].entitled.begin()->second.paid == 0);
  // A thousandth of 2^64 is 18446744073709551.616: its floor and the grace.
  CHECK(big(rows[0].entitled.begin()->second.fraction) == (Big{1} << 64) / 1000 + (Big{1} << 32));
  CHECK(rows[2].entitled.empty());
}

TEST_CASE("roll: its root is over all members ascending, whatever order they came in, at every size to 40") {
  Random random{test_seed("standing_test")};
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("m" + std::to_string(100 + i));
  World w{world::dao_claim()};
  CHECK(roll_of(w.state()) == MemberRoll{0, sha256({})});
  random.shuffle(names);
  std::vector<std::string> there;
  for (const std::string& name : names) {
    w.join(name).opening("o-" + name, std::to_string(random.below(1000)), name);
    there.push_back(name);
    std::vector<std::string> sorted = there, leaves;
    std::sort(sorted.begin(), sorted.end());
    for (const std::string& member : sorted)
      leaves.push_back(trees::standing_text(member, Big{w.owed(member)}, {}, {}));
    const MemberRoll roll = roll_of(w.state());
    CHECK(roll.count == there.size());
    CHECK(to_hex(roll.root) == trees::hex(trees::root(leaves)));
  }
  World sorted{world::dao_claim()};
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) sorted.join(name);
  for (const std::string& name : names) sorted.opening("o-" + name, w.owed(name), name);
  CHECK(roll_of(sorted.state()) == roll_of(w.state()));
}

TEST_CASE("roll: whatever happens to one member moves it, and what happens to none does not") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", equal_rules).ticket_class("seat", 1).work_kind("work", 1).join("aki").join("ben");
  w.mint("t1", "aki").opening("o1", "50", "aki").plan("p1", "aki", "10");
  w.income("i1", "1001", "2026-03").when("2026-04-01T00:00:00Z");
  const std::string draft = w.draft("2026-03");
  const Hash before = roll_of(w.state()).root;
  const struct {
    const char* event;
    bool moves;
  } rows[] = {
      {"{'kind':'member.join','member':'chi'}", true},
      {"{'kind':'ticket.mint','class':'seat','ticket':'t2','to':'aki'}", true},
      {"{'kind':'ticket.transfer','ticket':'t1','from':'aki','to':'ben'}", true},
      {"{'kind':'ticket.burn','ticket':'t1','from':'aki'}", true},
      {"{'kind':'payment','amount':'5','currency':'JPY','id':'p2','member':'aki'}", true},
      {"{'kind':'payment.failed','amount':'10','id':'p1'}", true},
      {"{'kind':'opening','amount':'1','currency':'JPY','id':'o2','to':'ben'}", true},
      {"{'kind':'approve','draft':'2026-03.1'}", true},
      {"{'kind':'void','draft':'2026-03.1'}", false},
      {"{'kind':'member.leave','member':'aki'}", false},
      {"{'kind':'payment.sent','id':'p1'}", false},
      {"{'kind':'payment.settled','amount':'10','id':'p1'}", false},
      {"{'kind':'opening','amount':'1','currency':'JPY','id':'o2','to':'pool:rest'}", false},
      {"{'kind':'income','amount':'1','currency':'JPY','id':'i2','period':'2026-04'}", false},
      {"{'kind':'contribution','id':'r','member':'aki','period':'2026-04','points':1,'type':'work','confirmed':'ben'}",
       false},
      {"{'kind':'ticket.class','class':'vip','transfer':'free','weight':9}", false},
  };
  CHECK(draft == "2026-03.1");
  for (const auto& row : rows) {
    CAPTURE(row.event);
    World copy = w;
    copy.add(row.event);
    CHECK((roll_of(copy.state()).root != before) == row.moves);
  }
}

TEST_CASE("roll: a tree that is brought up from statement to statement is the one made from nothing, and hashes what differs") {
  Random random{test_seed("standing_test") + 3};
  CAPTURE(test_seed("standing_test"));
  std::size_t kept = 0, hashed = 0, met[8] = {};
  for (int round = 0; round < 6; ++round) {
    World w{world::dao_claim()};
    const auto rules = [](const std::string& top, const std::string& first, const std::string& second) {
      const std::string rest = "'else':{'to':'pool:rest'}}";
      return "{'root':{'pool':'" + top + "','split':[[1,{'pool':'" + first + "','among':'equal'," + rest + "],[1,{'pool':'" + second +
             "','among':'tickets'," + rest + "]]},'currencies':{'USD':{'root':{'pool':'usd','among':'equal'," + rest + "}}}";
    };
    w.add("{'kind':'currency','code':'USD','exponent':2}").charter("v0", "2026-03", rules("top", "a", "b"));
    w.ticket_class("seat", 2).ticket_class("vip", 5).ticket_class("thanks", 1, ",'form':'units','transfer':'free'");
    std::vector<std::string> people, tickets;
    Period period = month("2026-03");
    const auto somebody = [&] { return people[random.below(people.size())]; };
    const auto number = [&] { return std::to_string(1 + random.below(999)); };
    for (int t = 0; t < 60; ++t) {
      const std::string n = std::to_string(t);
      // Openings, while the books are; then months.
      const bool open = period == month("2026-03");
      std::uint64_t what = people.size() < 3 ? 0 : random.below(8);
      if (what == 7 && t < 20) what = 4 + random.below(2);
      if ((what == 4 || what == 5) && !open) what = 7;
      const std::size_t lines = w.lines.size();
      if (what == 0) {
        people.push_back("m" + std::to_string(random.below(10)) + "." + n);
        w.join(people.back());
      } else if (what == 1) {
        tickets.push_back("t" + n);
        w.mint(tickets.back(), somebody(), random.one_in(2) ? "seat" : "vip");
      } else if (what == 2 && !tickets.empty()) {
        const auto& holdings = w.state().holdings;
        const std::string ticket = tickets.back();
        const Ticket& row = holdings.tickets[*holdings.ticket_ids.find(TicketId::parse(ticket).value())];
        const std::string from = w.state().members.ids[row.holder()].text(), to = somebody();
        if (random.one_in(2) || from == to) {
          w.burn(ticket, from);
          tickets.pop_back();
        } else {
          w.move(ticket, from, to);
        }
      } else if (what == 3) {
        w.add("{'kind':'units.mint','class':'thanks','id':'u" + n + "','to':'" + somebody() + "','units':" + number() + "}");
      } else if (what == 4) {
        w.opening("o" + n, number(), somebody());
      } else if (what == 5) {
        w.add("{'kind':'opening','amount':'" + number() + "','currency':'USD','id':'o" + n + "','to':'" + somebody() + "'}");
      } else if (what == 6) {
        const std::string member = somebody();
        if (w.owed(member) != "0") w.plan("p" + n, member, w.owed(member));
      } else if (what == 7) {
        if (random.one_in(2))
          w.charter("v" + n, to_string(period.next()), rules("top" + n, random.one_in(2) ? "a" : "c", random.one_in(2) ? "b" : "d"));
        w.income("i" + n, number(), to_string(period));
        w.add("{'kind':'income','amount':'" + number() + "','currency':'USD','id':'j" + n + "','period':'" + to_string(period) + "'}");
        w.at = Timestamp::from_seconds(period.end_s(w.state().dao.offset)).value();
        w.close(to_string(period));
        period = period.next();
      }
      met[what] += w.lines.size() != lines ? 1u : 0u;
      if (!random.one_in(3)) continue;
      MemberTree fresh;
      update_tree(fresh, w.state());
      const MemberTree before = w.state().tree;
      w.state_it();
      const MemberTree& now = w.state().tree;
      REQUIRE(roll_of(now) == roll_of(fresh));
      REQUIRE(now.leaves == fresh.leaves);
      REQUIRE(to_hex(roll_of(now).root) == trees::hex(trees::root(texts(w))));
      for (std::size_t i = 0; i < before.leaves.size(); ++i) (before.leaves[i] == now.leaves[i] ? kept : hashed) += 1;
    }
  }
  for (const std::size_t times : met) CHECK(times > 10);
  CHECK(kept > 100);
  CHECK(hashed > 100);
}

TEST_CASE("roll: a statement sees what changed alone: what a pool paid, a fraction, or what is owed") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", equal_rules).join("aki").join("ben");
  const auto month_of = [&](const char* income, const char* period, const char* end, const char* planned) {
    w.income(std::string{"i"} + period, income, period).when(end).close(period);
    for (const char* member : {"aki", "ben"})
      if (*planned != '\0') w.plan(std::string{"p"} + period + member, member, planned);
    const Hash before = roll_of(w.state().tree).root;
    w.state_it();
    CHECK(roll_of(w.state().tree).root != before);
    CHECK(to_hex(roll_of(w.state().tree).root) == trees::hex(trees::root(texts(w))));
  };
  month_of("2", "2026-03", "2026-04-01T00:00:00Z", "1");
  month_of("2", "2026-04", "2026-05-01T00:00:00Z", "1");  // again nothing is owed and no fraction kept: one more was paid
  month_of("1", "2026-05", "2026-06-01T00:00:00Z", "");   // half a yen each, which nobody is paid
  w.when("2026-06-02T00:00:00Z").failed("p2026-03aki", "1").state_it();
  CHECK(to_hex(roll_of(w.state().tree).root) == trees::hex(trees::root(texts(w))));
}

TEST_CASE("certificate: in every month the entitlements of a pool add up to all that entered it, to 2^-64 of a unit") {
  Random random{test_seed("standing_test")};
  for (int round = 0; round < 8; ++round) {
    World w{world::dao_claim()};
    w.charter("v1", "2026-03",
              "{'root':{'pool':'top','split':[[3,{'pool':'seats','among':'tickets','else':{'to':'pool:rest'}}],[7,{'"
              "pool':'work',"
              "'among':'contributions','else':{'pool':'idle','among':'equal','else':{'to':'pool:rest'}}}]]}}");
    w.work_kind("work", 1);
    const std::size_t count = 2 + random.below(7);
    std::vector<std::uint64_t> weights;
    std::uint64_t weight_sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      weights.push_back(1 + random.below(random.one_in(2) ? 4 : 999'999));
      weight_sum += weights.back();
      w.ticket_class("c" + n, weights.back()).join("m" + n).mint("t" + n, "m" + n, "c" + n);
    }
    std::map<std::string, Big> entered;
    Period period = month("2026-03");
    for (int t = 1; t <= 20; ++t, period = period.next()) {
      for (std::size_t i = 0; i < count; ++i)
        if (random.one_in(5))
          w.work("r" + std::to_string(t) + "." + std::to_string(i), "m" + std::to_string(i), random.below(9),
                 to_string(period), ",'confirmed':'m" + std::to_string((i + 1) % count) + "'");
      w.at = Timestamp::from_seconds(period.end_s(w.state().dao.offset)).value();
      w.income("i" + std::to_string(t), std::to_string(random.below(random.one_in(3) ? 4 : 100'000)),
               to_string(period));
      const Distribution d = distribute(w.state(), period).value();
      for (const Stage& stage : d.stages)
        if (stage.kind == Node::Kind::among && !stage.passed_on) entered[stage.name] += big(stage.in);
      w.close(to_string(period));
      for (const auto& [pool, amount] : entered) {
        if (amount == 0) continue;
        CAPTURE(round, t, pool);
        REQUIRE(certified(w, pool) == amount << 64);
      }
      // Fixed weights: whoever reads the roll sees that each stands within a unit of what is due.
      const auto rows = standings(w.state());
      for (std::size_t i = 0; i < count; ++i) {
        const Rational due{(entered["seats"] << 64) * weights[i], Big{weight_sum}};
        const auto found = rows[i].entitled.find(PoolId::parse("seats").value());
        const Big has = found == rows[i].entitled.end()
                            ? Big{0}
                            : (big(found->second.paid) << 64) + big(found->second.fraction) - (Big{1} << 32);
        REQUIRE(abs(Rational{has} - due) <= Rational{Big{t} * count});
      }
    }
    CHECK(!entered["idle"].is_zero());
  }
}

TEST_CASE(
    "statement: a hundred months of the longest numbers fit a line, and no event is written longer than it is read") {
  Statement statement;
  statement.currency = "ABCDEFGHIJKL";
  statement.members.count = 9007199254740991;
  Stated stated;
  stated.id = RecordId::parse(std::string(64, 'x')).value();
  stated.period = month("9999-11");
  const u128 most = amount_limit() - 1;
  stated.outcome.distributed = stated.outcome.in = stated.outcome.recouped = most;
  stated.outcome.undivided_after = stated.outcome.undivided_before = most;
  stated.outcome.payees = 9007199254740991;
  statement.distributions.assign(unstated_max, stated);
  Envelope envelope;
  envelope.at = world::time("9999-11-30T23:59:59Z");
  envelope.on = envelope.at;
  envelope.seq = 9007199254740991;
  const std::string line = encode_line(envelope, statement);
  CHECK(line.size() <= line_bytes_max);
  const auto read = decode_line(line);
  REQUIRE(read);
  CHECK(encode_line(read->envelope, read->event) == line);
}
