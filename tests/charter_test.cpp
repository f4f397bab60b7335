// SPDX-License-Identifier: MIT
/// @file charter_test.cpp
/// Proves the charter: what lint refuses, all at once; what everybody weighs, against sums done by hand; where every unit
/// of a month goes and why; that nothing is lost over months, over a change of rules, or by the order of input.

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "exact.hpp"
#include "trees.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::json;
using world::month;
using world::World;

namespace {

Distribution distribution_of(const World& w, const std::string& period) {
  auto result = distribute(w.state(), month(period));
  INFO(period << " " << world::code_of(result));
  REQUIRE(result);
  return *result;
}

/// "aki 5, ben 7": what each member weighs.
std::string weights(const World& w, Weight weight, const std::string& period) {
  const auto list = weights_of(w.state(), weight, month(period));
  if (!list) return world::code_of(list);
  std::string text;
  for (const auto& [id, index] : w.state().members.ids.sorted())
    if (list->at(index) != 0) text += (text.empty() ? "" : ", ") + id.text() + " " + std::to_string(list->at(index));
  return text;
}

const Stage& stage_at(const Distribution& d, const std::string& path) {
  for (const Stage& stage : d.stages)
    if (stage.path == path) return stage;
  INFO("no stage " << path);
  REQUIRE(false);
  return d.stages.front();
}

bool has_stage(const Distribution& d, const std::string& path) {
  return std::any_of(d.stages.begin(), d.stages.end(), [&](const Stage& stage) { return stage.path == path; });
}

/// "aki 5, ben 7": what a stage pays; whoever has no weight is not in it.
std::string pays(const Distribution& d, const std::string& path) {
  std::string text;
  for (const Share& share : stage_at(d, path).shares)
    text += (text.empty() ? "" : ", ") + share.payee + " " + to_string(share.pay);
  return text;
}

/// Whether every stage re-adds: in + undivided before = pays + undivided after, the children get what was paid, and the
/// payout tree is that of what the stages pay.
void check_stages(const World& w, const Distribution& d) {
  u128 to_accounts = 0, to_members = 0, before = 0;
  for (const auto& [id, pool] : w.state().pools) before += pool.carry.undivided;  // used this month or not
  u128 after = before;
  std::map<std::string, u128> handed;  // by path of the child
  std::map<std::string, Big> due;      // by payee
  handed["/root"] = d.outcome.in;
  for (const Stage& stage : d.stages) {
    CAPTURE(stage.path);
    REQUIRE(handed.contains(stage.path));  // parents before children
    CHECK(stage.in == handed[stage.path]);
    u128 sum = 0, weight_sum = 0;
    for (const Share& share : stage.shares) {
      sum += share.pay;
      weight_sum += share.weight;
      if (stage.kind != Node::Kind::split) due[share.payee] += big(share.pay);
      if (!stage.closed && stage.kind != Node::Kind::to && share.weight == 0) CHECK(share.pay == 0);
    }
    const u128 used = stage.passed_on ? u128{0} : stage.in;
    CHECK(used + stage.before.undivided == sum + stage.after.undivided);
    after = after + stage.after.undivided - stage.before.undivided;
    switch (stage.kind) {
      case Node::Kind::to:
        to_accounts += sum;
        break;
      case Node::Kind::split:
        CHECK(weight_sum == stage.weight_sum);
        for (std::size_t i = 0; i < stage.shares.size(); ++i)
          handed[stage.path + "/split/" + std::to_string(i)] = stage.shares[i].pay;
        break;
      case Node::Kind::among:
        CHECK(weight_sum == stage.weight_sum);
        CHECK(stage.passed_on == (weight_sum == 0));
        handed[stage.path + "/else"] = stage.passed_on ? stage.in : u128{0};
        to_members += sum;
        break;
      default:
        REQUIRE(false);  // node_test has the others
    }
    if (stage.closed) CHECK(stage.after == CarryPool{});
    // What stands under an unused `else` is not evaluated, unless a pool there ends with the month.
    if (stage.kind != Node::Kind::among) continue;
    std::size_t below = 0, ending = 0;
    for (const Stage& other : d.stages) {
      const bool is_below = other.path.starts_with(stage.path + "/else");
      below += is_below ? 1 : 0;
      ending += is_below && other.closed ? 1 : 0;
    }
    CHECK((stage.passed_on || ending != 0) == (below != 0));
  }
  u128 listed = 0;
  for (const Payout& payout : d.payouts) listed += payout.amount;
  CHECK(listed == to_members);
  std::erase_if(due, [](const auto& item) { return item.second == 0; });
  const trees::Node tree = trees::payout_root(due, to_string(d.period));
  CHECK(d.outcome.payees == due.size());
  CHECK(to_hex(d.outcome.payout_root) == trees::hex(tree.hash));
  CHECK(tree.sum == big(d.outcome.distributed));
  const auto leaves = payout_leaves(w.state(), d.period, d);
  REQUIRE(leaves.size() == due.size());
  auto leaf = leaves.begin();
  for (const auto& [payee, amount] : due) {
    CHECK(canonical_text(*leaf) == trees::payout_text(payee, to_string(d.period), amount));
    ++leaf;
  }
  listed = 0;
  for (const AccountPay& pay : d.accounts) listed += pay.amount;
  CHECK(listed == to_accounts);
  CHECK(d.outcome.distributed == to_members + to_accounts);
  CHECK(d.outcome.undivided_before == before);
  CHECK(d.outcome.undivided_after == after);
  CHECK(d.outcome.in + before == d.outcome.distributed + after);
}

/// The digest as its documentation says it: one canonical line a share.
Hash digest_of(const std::vector<Stage>& stages) {
  std::string all;
  for (const Stage& stage : stages)
    for (const Share& share : stage.shares) {
      std::string hex;
      for (int shift = 60; shift >= 0; shift -= 4)
        hex.push_back("0123456789abcdef"[share.fraction_after >> shift & 15]);
      Json line = Json{};
      line.set("fraction", hex);
      line.set("path", stage.path);
      line.set("pay", to_string(share.pay));
      line.set("payee", share.payee);
      line.set("weight", std::to_string(share.weight));
      all += to_canonical(line) + "\n";
    }
  return sha256(as_bytes(all));
}

void check_pools(const World& w) {
  CHECK(w.state().books.balanced());
  for (const auto& [id, pool] : w.state().pools) {
    CAPTURE(id.text());
    CHECK(pool.conserved());
    Big sum = pool.carry.dust;
    for (const std::uint64_t fraction : pool.members) sum += Big{fraction} - (Big{1} << 32);
    for (const auto& [name, fraction] : pool.branches) sum += Big{fraction} - (Big{1} << 32);
    CHECK(sum == Big{pool.carry.undivided} << 64);
    CHECK(w.account("undivided:" + id.text()) == std::to_string(pool.carry.undivided));
  }
  for (const auto& [name, account] : w.state().books.accounts)
    if (name.starts_with("undivided:") && account.balance() != 0)
      CHECK(w.state().pools.contains(PoolId::parse(name.substr(10)).value()));
}

/// Aki, Ben and Chi, a seat each, from March 1 in Japan on.
World three(const std::string& rules) {
  World w;
  w.at = world::time("2026-02-28T15:00:00Z");
  w.must(world::dao_claim());
  w.charter("v1", "2026-03", rules)
      .ticket_class("seat", 1)
      .ticket_class("big", 4)
      .work_kind("work", 1)
      .work_kind("idea", 5);
  w.join("aki").join("ben").join("chi").mint("a", "aki").mint("b", "ben").mint("c", "chi");
  return w;
}
const std::string equal_rules = "{'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}}";

}  // namespace

TEST_CASE("lint: every finding is listed at once, with the path of its node") {
  const struct {
    const char* rules;
    std::vector<std::string> findings;
  } rows[] = {
      {"[]", {"a charter is an object"}},
      {"{}", {"/: \"root\" is missing"}},
      {"{'root':{'to':'pool:a'},'more':1}", {"/: unknown field \"more\""}},
      {"{'root':{'to':'pool:a'},'minimum':1000}", {"/minimum: number_must_be_string"}},
      {"{'root':{'to':'pool:a'},'minimum':[]}", {"/minimum: wrong_type"}},
      {"{'root':{'to':'pool:a'},'minimum':''}", {"/minimum: empty_number"}},
      {"{'root':{'to':'pool:a'},'minimum':'-1'}", {"/minimum: negative"}},
      {"{'root':{'to':'pool:a'},'minimum':'01'}", {"/minimum: leading_zero"}},
      {"{'root':{'to':'pool:a'},'minimum':'170141183460469231731687303715884105728'}", {"/minimum: amount_too_large"}},
      {"{'minimum':'x','minimun':'1'}",
       {"/: unknown field \"minimun\"", "/minimum: bad_digit", "/: \"root\" is missing"}},
      {"{'root':7}", {"/root: a node is an object"}},
      {"{'root':{}}", {"/root: a node has \"to\", \"partner\", \"split\", \"among\", \"take\", \"threshold\", \"recoup\" or \"hold\""}},
      {"{'root':{'to':'reserve'}}", {"/root/to: an account is written pool:NAME"}},
      {"{'root':{'to':'pool:'}}", {"/root/to: "}},
      {"{'root':{'to':'pool:A'}}", {"/root/to: "}},
      {"{'root':{'to':7}}", {"/root/to: "}},
      {"{'root':{'to':'pool:a','pool':'p','rule':'carry'}}",
       {"/root: unknown field \"pool\"", "/root: unknown field \"rule\""}},
      {"{'root':{'split':[[1,{'to':'pool:a'}]]}}", {"/root: \"pool\" is missing"}},
      {"{'root':{'pool':'P','split':[[1,{'to':'pool:a'}]]}}", {"/root/pool: bad_id"}},
      {"{'root':{'pool':1,'split':[[1,{'to':'pool:a'}]]}}", {"/root/pool: number_must_be_string"}},
      {"{'root':{'pool':'p','split':[]}}", {"/root/split: a split has at least one"}},
      {"{'root':{'pool':'p','split':{}}}", {"/root/split: a split has at least one"}},
      {"{'root':{'pool':'p','split':[1,[1],[1,2,3]]}}",
       {"/root/split/0: a branch", "/root/split/1: a branch", "/root/split/2: a branch"}},
      {"{'root':{'pool':'p','split':[[0,{'to':'pool:a'}],[1000000001,{'to':'pool:b'}],['1',{'to':'pool:c'}],[-1,{'to':'"
       "pool:d'}]]}}",
       {"/root/split/0: parts", "/root/split/1: parts", "/root/split/2: parts", "/root/split/3: parts"}},
      {"{'root':{'pool':'p','split':[[1,{'to':'pool:a'}],[1,{'to':'pool:a'}]]}}",
       {"/root/split/1: two branches are called \"pool:a\""}},
      {"{'root':{'pool':'p','among':'equal'}}", {"/root: \"else\" is missing"}},
      {"{'root':{'pool':'p','among':'shares','rule':'webster','else':{'to':'x'}}}",
       {"/root/among: one of: tickets, ticket-seconds, contributions, segments, equal", "/root/rule: one of: carry, hamilton",
        "/root/else/to: "}},
      {"{'root':{'pool':'p','among':'equal','else':{'pool':'p','among':'tickets','else':{'to':'pool:p'}}}}",
       {"/root/else/pool: the pool \"p\" is named twice"}},
      {"{'root':{'pool':'p','split':[[1,{'pool':'q','among':'equal','else':{'to':'pool:a'},'x':1}],[2,{'pool':'q','"
       "among':'equal','else':{}}]],'y':2}}",
       {"/root: unknown field \"y\"", "/root/split/0: unknown field \"x\"",
        "/root/split/1/pool: the pool \"q\" is named twice", "/root/split/1/else: a node has"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.rules);
    const auto charter = parse_charter(json(row.rules));
    REQUIRE(world::code_of(charter) == "bad_charter");
    const std::string& what = charter.error().what;
    std::size_t count = 1;
    for (std::size_t at = 0; (at = what.find(" | ", at)) != std::string::npos; at += 3) ++count;
    CAPTURE(what);
    std::size_t at = 0;
    for (const std::string& finding : row.findings) {
      at = what.find(finding, at);
      CHECK(at != std::string::npos);
    }
    // Two branches that lost their pool to a finding share a name too; nothing else may be added.
    CHECK(count == row.findings.size() + (what.find("two branches are called \"q\"") != std::string::npos ? 1 : 0));
  }
  std::string many;
  for (int i = 0; i < 1001; ++i)
    many += (i == 0 ? "" : ",") + std::string{"[1,{'to':'pool:p"} + std::to_string(i) + "'}]";
  CHECK(world::code_of(parse_charter(json("{'root':{'pool':'p','split':[" + many + "]}}"))) == "bad_charter");
  many.erase(many.rfind(",[1,"));
  CHECK(world::code_of(parse_charter(json("{'root':{'pool':'p','split':[" + many + "]}}"))) == "ok");
  CHECK(parse_charter(json("{'root':{'to':'pool:a'}}"))->minimum == 0);
  CHECK(parse_charter(json("{'minimum':'0','root':{'to':'pool:a'}}"))->minimum == 0);
  CHECK(parse_charter(json("{'minimum':'170141183460469231731687303715884105727','root':{'to':'pool:a'}}"))->minimum ==
        amount_limit() - 1);
  const auto good = parse_charter(json(world::salon_rules));
  REQUIRE(good);
  CHECK(good->pools.size() == 4);
  CHECK(good->root.branches[1].branches[0].path == "/root/split/1/else");
  CHECK(charter_hash(json(equal_rules)) ==
        charter_hash(json("{ 'root' : {'else':{'to':'pool:rest'},'among':'equal','pool':'all'} }")));
}

TEST_CASE("lint: nesting beyond 16 is a finding") {
  Json node = json("{'to':'pool:rest'}");
  for (int i = 0; i < 40; ++i) {
    Json outer = json("{'among':'equal'}");
    outer.set("pool", "p" + std::to_string(i));
    outer.set("else", std::move(node));
    node = std::move(outer);
  }
  Json rules;
  rules.set("root", std::move(node));
  CHECK(world::code_of(parse_charter(rules)) == "bad_charter");
}

TEST_CASE("weights: ticket-seconds follow every move, and months are counted in the DAO's time zone") {
  constexpr int day = 86400;
  const struct {
    const char* what;
    std::function<void(World&)> moves;
    int aki, ben, chi;  // seconds in March, of 31 days
  } rows[] = {
      {"nothing moves", [](World&) {}, 31 * day, 31 * day, 31 * day},
      {"a transfer at the middle of March 11",
       [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-03-11T03:00:00Z'"); }, 10 * day + day / 2,
       31 * day + 20 * day + day / 2, 31 * day},
      {"a transfer in the last second", [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-03-31T14:59:59Z'"); },
       31 * day - 1, 31 * day + 1, 31 * day},
      {"a transfer as April begins in Japan",
       [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-03-31T15:00:00Z'"); }, 31 * day, 31 * day, 31 * day},
      {"a transfer at noon of April 1, recorded before March closes",
       [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-04-01T03:00:00Z'"); }, 31 * day, 31 * day, 31 * day},
      {"there and back in one second",
       [](World& w) {
         w.move("a", "aki", "ben", ",'on':'2026-03-09T00:00:00Z'")
             .move("a", "ben", "aki", ",'on':'2026-03-09T00:00:00Z'");
       },
       31 * day, 31 * day, 31 * day},
      {"chi leaves on March 2", [](World& w) { w.leave("chi", ",'on':'2026-03-01T15:00:00Z'"); }, 31 * day, 31 * day,
       day},
      {"chi is away for three days",
       [](World& w) { w.leave("chi", ",'on':'2026-03-01T15:00:00Z'").rejoin("chi", ",'on':'2026-03-04T15:00:00Z'"); },
       31 * day, 31 * day, 28 * day},
      {"chi leaves and comes back in one second",
       [](World& w) { w.leave("chi", ",'on':'2026-03-05T00:00:00Z'").rejoin("chi", ",'on':'2026-03-05T00:00:00Z'"); },
       31 * day, 31 * day, 31 * day},
      {"a ticket of weight four for the last day",
       [](World& w) { w.mint("x", "ben", "big", ",'on':'2026-03-30T15:00:00Z'"); }, 31 * day, 31 * day + 4 * day,
       31 * day},
      {"a ticket burned after one day", [](World& w) { w.burn("b", "ben", ",'on':'2026-03-01T15:00:00Z'"); }, 31 * day,
       day, 31 * day},
      {"a ticket minted and burned in April", [](World& w) { w.mint("x", "ben").burn("x", "ben"); }, 31 * day, 31 * day,
       31 * day},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    World w = three(equal_rules);
    w.when("2026-04-02T00:00:00Z");
    row.moves(w);
    CHECK(weights(w, Weight::ticket_seconds, "2026-03") ==
          "aki " + std::to_string(row.aki) + ", ben " + std::to_string(row.ben) + ", chi " + std::to_string(row.chi));
    // Closing March forgets its moves, and changes nothing of April.
    const std::string april = weights(w, Weight::ticket_seconds, "2026-04");
    w.close("2026-03");
    CHECK(weights(w, Weight::ticket_seconds, "2026-04") == april);
  }
  World w = three(equal_rules);
  w.when("2026-04-02T00:00:00Z").move("a", "aki", "ben");
  CHECK(weights(w, Weight::ticket_seconds, "2026-04") == "aki " + std::to_string(33 * 3600) + ", ben " +
                                                             std::to_string(60 * day - 33 * 3600) + ", chi " +
                                                             std::to_string(30 * day));
  CHECK(weights(w, Weight::ticket_seconds, "2026-02") == "");
  CHECK(weights(w, Weight::ticket_seconds, "2027-02") ==
        "ben " + std::to_string(56 * day) + ", chi " + std::to_string(28 * day));
  CHECK(weights(w, Weight::ticket_seconds, "2028-02") ==
        "ben " + std::to_string(58 * day) + ", chi " + std::to_string(29 * day));
}

TEST_CASE("weights: tickets and equal look at the last second of the month") {
  const struct {
    const char* what;
    std::function<void(World&)> moves;
    const char *tickets, *equal;
  } rows[] = {
      {"nothing", [](World&) {}, "aki 1, ben 1, chi 1", "aki 1, ben 1, chi 1"},
      {"a transfer in the last second", [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-03-31T14:59:59Z'"); },
       "ben 2, chi 1", "aki 1, ben 1, chi 1"},
      {"a transfer after it", [](World& w) { w.move("a", "aki", "ben", ",'on':'2026-03-31T15:00:00Z'"); },
       "aki 1, ben 1, chi 1", "aki 1, ben 1, chi 1"},
      {"leaving in it", [](World& w) { w.leave("chi", ",'on':'2026-03-31T14:59:59Z'"); }, "aki 1, ben 1",
       "aki 1, ben 1"},
      {"leaving after it", [](World& w) { w.leave("chi", ",'on':'2026-03-31T15:00:00Z'"); }, "aki 1, ben 1, chi 1",
       "aki 1, ben 1, chi 1"},
      {"joining in it", [](World& w) { w.join("dan", ",'on':'2026-03-31T14:59:59Z'"); }, "aki 1, ben 1, chi 1",
       "aki 1, ben 1, chi 1, dan 1"},
      {"joining after it", [](World& w) { w.join("dan", ",'on':'2026-03-31T15:00:00Z'"); }, "aki 1, ben 1, chi 1",
       "aki 1, ben 1, chi 1"},
      {"away, and back for it",
       [](World& w) { w.leave("chi", ",'on':'2026-03-03T00:00:00Z'").rejoin("chi", ",'on':'2026-03-31T14:59:59Z'"); },
       "aki 1, ben 1, chi 1", "aki 1, ben 1, chi 1"},
      {"a mint in it", [](World& w) { w.mint("x", "aki", "big", ",'on':'2026-03-31T14:59:59Z'"); },
       "aki 5, ben 1, chi 1", "aki 1, ben 1, chi 1"},
      {"a burn in it", [](World& w) { w.burn("a", "aki", ",'on':'2026-03-31T14:59:59Z'"); }, "ben 1, chi 1",
       "aki 1, ben 1, chi 1"},
      {"a burn after it", [](World& w) { w.burn("a", "aki", ",'on':'2026-03-31T15:00:00Z'"); }, "aki 1, ben 1, chi 1",
       "aki 1, ben 1, chi 1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    World w = three(equal_rules);
    w.when("2026-04-02T00:00:00Z");
    row.moves(w);
    CHECK(weights(w, Weight::tickets, "2026-03") == row.tickets);
    CHECK(weights(w, Weight::equal, "2026-03") == row.equal);
  }
}

TEST_CASE("weights: contributions add up by kind, and who left keeps what was confirmed") {
  World w = three(equal_rules);
  w.work("1", "aki", 3, "2026-03", ",'confirmed':'ben'").work("2", "aki", 2, "2026-03", ",'confirmed':'ben'", "idea");
  w.work("3", "chi", 4, "2026-03", ",'confirmed':'ben'").leave("chi");
  w.work("4", "ben", 9, "2026-03", "");
  CHECK(weights(w, Weight::contributions, "2026-03") == "aki 13, chi 4");
  CHECK(weights(w, Weight::equal, "2026-03") == "aki 1, ben 1");
}

TEST_CASE("weights: together below 2^64, else an overflow and never a wrong number") {
  World w = three(equal_rules);
  w.work_kind("huge", 4503599627370496);  // 2^52
  w.work("1", "aki", 4095, "2026-03", ",'confirmed':'ben'", "huge");
  CHECK(weights(w, Weight::contributions, "2026-03") == "aki 18442240474082181120");  // (2^12 - 1)·2^52
  World over = w;
  over.work("2", "ben", 1, "2026-03", ",'confirmed':'aki'", "huge");
  CHECK(weights(over, Weight::contributions, "2026-03") == "weight_overflow");
  over = w;
  over.work("2", "ben", 4503599627370495, "2026-03", ",'confirmed':'aki'");
  CHECK(weights(over, Weight::contributions, "2026-03") ==
        "aki 18442240474082181120, ben 4503599627370495");  // 2^64 - 1
  over.work("3", "chi", 1, "2026-03", ",'confirmed':'aki'");
  CHECK(weights(over, Weight::contributions, "2026-03") == "weight_overflow");
  over = w;
  over.work("2", "ben", 9007199254740991, "2026-03", ",'confirmed':'aki'", "huge");
  CHECK(weights(over, Weight::contributions, "2026-03") == "weight_overflow");
}

TEST_CASE("month: a salon's month comes out as it does by hand, with a reason for every unit") {
  // 1,000 yen. 10 : 60 : 30 = 100, 600, 300. Points 3 : 1 = 450, 150. Days 31 : 15.5 : 15.5 = 150, 75, 75.
  World w = three(world::salon_rules);
  w.move("b", "ben", "aki", ",'on':'2026-02-28T15:00:00Z'").move("b", "aki", "ben", ",'on':'2026-02-28T15:00:00Z'");
  w.work("1", "aki", 3, "2026-03", ",'confirmed':'ben'").work("2", "chi", 1, "2026-03", ",'confirmed':'ben'");
  w.when("2026-03-16T03:00:00Z").leave("chi").burn("b", "ben");
  w.income("i", "1000", "2026-03").when("2026-04-01T00:00:00Z");
  const Distribution d = distribution_of(w, "2026-03");
  CHECK(pays(d, "/root") == "pool:reserve 100, work 600, seats 300");
  CHECK(pays(d, "/root/split/0") == "pool:reserve 100");
  CHECK(pays(d, "/root/split/1") == "aki 450, chi 150");
  CHECK(!has_stage(d, "/root/split/1/else"));
  CHECK(!has_stage(d, "/root/split/2/else"));
  CHECK(pays(d, "/root/split/2") == "aki 150, ben 75, chi 75");
  CHECK(stage_at(d, "/root/split/2").weight_sum == 62 * 86400);
  CHECK(d.outcome.in == 1000);
  CHECK(d.outcome.distributed == 1000);
  CHECK(d.outcome.payees == 4);  // with the reserve
  CHECK(d.outcome.recouped == 0);
  CHECK(
      to_hex(d.outcome.payout_root) ==
      trees::hex(trees::payout_root({{"aki", 600}, {"ben", 75}, {"chi", 225}, {"pool:reserve", 100}}, "2026-03").hash));
  CHECK(d.outcome.undivided_after == 0);
  check_stages(w, d);
  w.close("2026-03");
  CHECK(w.owed("aki") == "600");
  CHECK(w.owed("ben") == "75");
  CHECK(w.owed("chi") == "225");
  CHECK(w.account("pool:reserve") == "100");
  check_pools(w);
}

TEST_CASE("months: three equal members of 100 yen get 33, 33 and 34, and the odd unit waits by name") {
  World w = three(equal_rules);
  const std::vector<std::array<std::string, 3>> months = {
      {"2026-03", "33", "1"}, {"2026-04", "66", "2"}, {"2026-05", "100", "0"}};
  const char* ends[] = {"2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"};
  for (std::size_t i = 0; i < 3; ++i) {
    w.when(ends[i]).income("i" + std::to_string(i), "100", months[i][0]);
    const Distribution d = distribution_of(w, months[i][0]);
    check_stages(w, d);
    CHECK(to_string(d.outcome.undivided_after) == months[i][2]);
    CHECK(to_string(d.outcome.undivided_before) == (i == 0 ? "0" : months[i - 1][2]));
    w.close(months[i][0]);
    for (const char* member : {"aki", "ben", "chi"}) CHECK(w.owed(member) == months[i][1]);
    CHECK(w.account("undivided:all") == months[i][2]);
    check_pools(w);
  }
}

TEST_CASE("else: where all weights are zero the amount goes on, into pools of its own") {
  World w;
  w.must(world::dao_claim());
  w.charter("v1", "2026-03",
            "{'root':{'pool':'p1','among':'contributions','else':{'pool':'p2','among':'tickets','else':"
            "{'pool':'p3','among':'equal','else':{'to':'pool:last'}}}}}");
  w.work_kind("work", 1).ticket_class("seat", 1);
  const auto run = [&](const std::string& period, const std::string& end) {
    w.when(end).income("i" + period, "101", period);
    const Distribution d = distribution_of(w, period);
    check_stages(w, d);
    w.close(period);
    check_pools(w);
    return d;
  };
  const Distribution nobody = run("2026-03", "2026-04-01T00:00:00Z");
  CHECK(pays(nobody, "/root/else/else/else") == "pool:last 101");
  CHECK(nobody.outcome.payees == 1);
  w.join("aki").join("ben");
  const Distribution equal = run("2026-04", "2026-05-01T00:00:00Z");
  CHECK(pays(equal, "/root/else/else") == "aki 50, ben 50");
  CHECK(stage_at(equal, "/root/else/else").after.undivided == 1);
  CHECK(stage_at(equal, "/root").passed_on);
  w.mint("t", "aki");
  const Distribution tickets = run("2026-05", "2026-06-01T00:00:00Z");
  CHECK(pays(tickets, "/root/else") == "aki 101");
  CHECK(!has_stage(tickets, "/root/else/else"));
  const auto p3 = [&]() -> const Pool& { return w.state().pools.at(PoolId::parse("p3").value()); };
  CHECK(p3().carry.undivided == 1);  // the odd unit of April still waits in its own pool
  CHECK(p3().members == std::vector<std::uint64_t>(2, (std::uint64_t{1} << 63) + fraction_grace));
  w.work("r", "ben", 1, "2026-06", ",'confirmed':'aki'", "work");
  const Distribution work = run("2026-06", "2026-07-01T00:00:00Z");
  CHECK(pays(work, "/root") == "ben 101");
  CHECK(w.account("pool:last") == "101");
  CHECK(w.account("undivided:p3") == "1");
  CHECK(p3().members == std::vector<std::uint64_t>(2, (std::uint64_t{1} << 63) + fraction_grace));
}

TEST_CASE("else: an unused branch is not touched, and is visited where a pool in it ends with the month") {
  const auto chain = [](const std::string& third, const std::string& fourth) {
    return "{'root':{'pool':'p1','among':'equal','else':{'pool':'p2','among':'tickets','else':{'pool':'" + third +
           "','among':'contributions','else':{'pool':'" + fourth +
           "','among':'ticket-seconds','else':{'to':'pool:last'}}}}}}";
  };
  const struct {
    const char *third, *fourth;  // of the charter that follows
    std::size_t stages;          // of the last month under the first one
    const char* third_pays;
    int after;          // undivided units in all pools; before there is 1
    const char* aki;
  } rows[] = {
      {"p3", "p4", 1, "", 1, "83"},
      // Three equal fractions of the unit that waits: the smaller id. Nobody did anything in April, so the nothing that came
      // in is passed on.
      {"q3", "p4", 4, "aki 1", 0, "84"},
      {"p3", "q4", 4, "", 1, "83"},
      {"q3", "q4", 4, "aki 1", 0, "84"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.third, row.fourth);
    World w = three(chain("p3", "p4"));
    for (const char* name : {"aki", "ben", "chi"}) {
      w.work("r-" + std::string{name}, name, 1, "2026-03",
             ",'confirmed':'" + std::string{*name == 'a' ? "ben" : "aki"} + "'");
      w.leave(name);
    }
    // At the end of March nobody is there, so 100 yen flow on to those who did something: 33 1/3 each.
    w.when("2026-04-01T00:00:00Z").income("i", "100", "2026-03");
    const Distribution march = distribution_of(w, "2026-03");
    check_stages(w, march);
    CHECK(march.stages.size() == 3);
    CHECK(pays(march, "/root/else/else") == "aki 33, ben 33, chi 33");
    w.close("2026-03").rejoin("aki");
    const Pool third = w.state().pools.at(PoolId::parse("p3").value());
    CHECK(third.carry.undivided == 1);
    // In April aki is there: the first pool takes all.
    w.charter("v2", "2026-05", chain(row.third, row.fourth)).when("2026-05-01T00:00:00Z").income("j", "50", "2026-04");
    const Distribution april = distribution_of(w, "2026-04");
    check_stages(w, april);
    CHECK(april.stages.size() == row.stages);
    CHECK(pays(april, "/root") == "aki 50");
    CHECK((row.stages < 3 ? "" : pays(april, "/root/else/else")) == row.third_pays);
    CHECK(april.outcome.undivided_before == march.outcome.undivided_after);
    CHECK(april.outcome.undivided_after == static_cast<unsigned>(row.after));
    w.close("2026-04");
    CHECK(w.owed("aki") == row.aki);
    check_pools(w);
    const auto kept = w.state().pools.find(PoolId::parse("p3").value());
    REQUIRE((kept != w.state().pools.end()) == (row.third == std::string{"p3"}));
    if (kept == w.state().pools.end()) continue;
    CHECK(kept->second.carry == third.carry);
    CHECK(kept->second.members == third.members);
    CHECK(kept->second.paid == third.paid);
  }
}

TEST_CASE("fairness: over years of fixed weights nobody drifts a unit from what is due") {
  Random random{test_seed("charter_test")};
  for (int round = 0; round < 6; ++round) {
    World w;
    w.must(world::dao_claim());
    w.charter("v1", "2026-03",
              "{'root':{'pool':'top','split':[[" + std::to_string(1 + random.below(9)) + ",{'to':'pool:reserve'}],[" +
                  std::to_string(1 + random.below(90)) +
                  ",{'pool':'p','among':'tickets','else':{'to':'pool:reserve'}}]]}}");
    const std::size_t count = 2 + random.below(9);
    std::vector<std::uint64_t> weight;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      weight.push_back(1 + random.below(random.one_in(2) ? 5 : 1'000'000));
      sum += weight.back();
      const std::string name = "m" + std::to_string(i);
      w.ticket_class("c" + std::to_string(i), weight.back())
          .join(name)
          .mint("t" + std::to_string(i), name, "c" + std::to_string(i));
    }
    Big entered = 0;
    Rational ideal_top = 0;
    Period period = month("2026-03");
    for (int t = 1; t <= 30; ++t, period = period.next()) {
      w.at = Timestamp::from_seconds(period.end_s(w.state().dao.offset)).value();
      const std::uint64_t amount = random.one_in(4) ? random.below(3) : random.below(1000);
      w.income("i" + std::to_string(t), std::to_string(amount), to_string(period));
      const Distribution d = distribution_of(w, to_string(period));
      check_stages(w, d);
      entered += big(stage_at(d, "/root/split/1").in);
      w.close(to_string(period));
      check_pools(w);
      bool fair = true;
      for (std::size_t i = 0; i < count; ++i) {
        const Rational ideal = Rational{entered * weight[i], Big{sum}};
        const Rational paid{Big{w.owed("m" + std::to_string(i))}};
        const Rational slack{Big{t} * count, Big{1} << 64};
        fair = fair && paid - ideal > -1 - slack && paid - ideal <= Rational{1, Big{1} << 32} + slack;
      }
      CHECK(fair);
      CHECK(w.state().pools.at(PoolId::parse("p").value()).carry.undivided <= count - 1);
    }
  }
}

TEST_CASE("order: in which order people join and records come in never changes what is due") {
  Random random{test_seed("charter_test")};
  const std::vector<std::string> names = {"aki", "ben", "chi", "dan", "eve", "fay", "gen"};
  std::string outcome, owed;
  for (int round = 0; round < 20; ++round) {
    World w;
    w.must(world::dao_claim());
    w.charter("v1", "2026-03", world::salon_rules).work_kind("work", 1).ticket_class("seat", 1);
    std::vector<std::string> order = names;
    if (round != 0) random.shuffle(order);
    for (const std::string& name : order) w.join(name);
    if (round != 0) random.shuffle(order);
    for (const std::string& name : order) w.mint("t-" + name, name);
    w.when("2026-04-02T00:00:00Z");
    std::vector<std::function<void()>> facts;
    for (std::size_t i = 0; i < names.size(); ++i) {
      facts.push_back([&, i] {
        w.work("r" + std::to_string(i), names[i], 1 + i * i, "2026-03", ",'confirmed':'" + names[(i + 1) % 7] + "'");
      });
      facts.push_back([&, i] { w.income("i" + std::to_string(i), std::to_string(101 + i), "2026-03"); });
    }
    facts.push_back([&] { w.leave("gen", ",'on':'2026-03-10T00:00:00Z'"); });
    facts.push_back([&] { w.move("t-aki", "aki", "ben", ",'on':'2026-03-20T00:00:00Z'"); });
    if (round != 0) random.shuffle(facts);
    for (const auto& fact : facts) fact();
    const Distribution d = distribution_of(w, "2026-03");
    check_stages(w, d);
    w.close("2026-03");
    w.when("2026-05-02T00:00:00Z").income("x", "77", "2026-04").close("2026-04");
    std::string now = to_hex(d.outcome.digest) + to_hex(w.state().decisions.drafts.back().outcome.digest);
    std::string due;
    for (const std::string& name : names) due += name + " " + w.owed(name) + " ";
    if (round == 0) outcome = now, owed = due;
    CHECK(now == outcome);
    CHECK(due == owed);
  }
  CHECK(owed.find("gen 0") == std::string::npos);
}

TEST_CASE("identity: leaving and coming back, or a ticket going round, changes nothing of what is due") {
  const auto run = [](const std::function<void(World&)>& moves) {
    World w = three(world::salon_rules);
    w.work("1", "aki", 3, "2026-03", ",'confirmed':'ben'").work("2", "chi", 4, "2026-03", ",'confirmed':'ben'");
    w.income("i", "1009", "2026-03").when("2026-04-01T00:00:00Z").close("2026-03");
    moves(w);
    w.work("3", "chi", 1, "2026-04", ",'confirmed':'ben'").work("4", "ben", 2, "2026-04", ",'confirmed':'aki'");
    w.when("2026-05-02T00:00:00Z").income("j", "1013", "2026-04").close("2026-04");
    check_pools(w);
    return w;
  };
  const World still = run([](World&) {});
  const auto digest = [](const World& w) { return to_hex(w.state().decisions.drafts.back().outcome.digest); };
  const std::function<void(World&)> same[] = {
      [](World& w) { w.leave("chi").rejoin("chi"); },
      [](World& w) { w.leave("chi").rejoin("chi").leave("aki").rejoin("aki").leave("chi").rejoin("chi"); },
      [](World& w) { w.move("c", "chi", "aki").move("c", "aki", "ben").move("c", "ben", "chi"); },
      [](World& w) { w.leave("ben").move("c", "chi", "aki").move("c", "aki", "chi").rejoin("ben"); },
  };
  for (const auto& moves : same) CHECK(digest(run(moves)) == digest(still));
  // A real absence costs its time and no more: the fraction of March is still there.
  const World away = run([](World& w) { w.leave("chi").when("2026-04-11T00:00:00Z").rejoin("chi"); });
  CHECK(digest(away) != digest(still));
  // A transfer moves seconds between two and touches no third: what aki is due from her seat is the same.
  const World moved = run([](World& w) { w.when("2026-04-16T00:00:00Z").move("c", "chi", "ben"); });
  CHECK(moved.owed("aki") == still.owed("aki"));
  const auto due = [](const World& w, const char* member) {
    const auto index = w.state().members.find(MemberId::parse(member).value()).value();
    const std::uint64_t fraction = w.state().pools.at(PoolId::parse("seats").value()).fraction(index);
    return (Big{w.owed(member)} << 64) + fraction;
  };
  const Big before = due(still, "ben") + due(still, "chi"), after = due(moved, "ben") + due(moved, "chi");
  CHECK(abs(before - after) <= 4);  // in 2^-64 units: only the rounding of each share
}

TEST_CASE("hamilton: in an among it pays everything each time and keeps nothing") {
  World w = three("{'root':{'pool':'h','among':'contributions','rule':'hamilton','else':{'to':'pool:rest'}}}");
  w.work("1", "aki", 5, "2026-03", ",'confirmed':'ben'").work("2", "ben", 3, "2026-03", ",'confirmed':'aki'");
  w.work("3", "chi", 2, "2026-03", ",'confirmed':'aki'").when("2026-04-01T00:00:00Z").income("i", "7", "2026-03");
  // 3.5, 2.1, 1.4: floors 3, 2, 1, and the one unit left to the largest remainder.
  const Distribution d = distribution_of(w, "2026-03");
  CHECK(pays(d, "/root") == "aki 4, ben 2, chi 1");
  CHECK(d.outcome.undivided_after == 0);
  check_stages(w, d);
  w.close("2026-03");
  CHECK(w.state().pools.empty());
  // Equal remainders: the smaller id, whoever joined first.
  World e{world::dao_claim()};
  e.charter("v1", "2026-03", "{'root':{'pool':'h','among':'equal','rule':'hamilton','else':{'to':'pool:rest'}}}");
  e.join("zoe").join("aki").join("mai").when("2026-04-01T00:00:00Z").income("i", "100", "2026-03");
  CHECK(pays(distribution_of(e, "2026-03"), "/root") == "aki 34, mai 33, zoe 33");
}

TEST_CASE("hamilton: a pool that carries is not made to forget; under another name the units are paid first") {
  const auto once = [](const char* pool) {
    return "{'root':{'pool':'" + std::string{pool} + "','among':'equal','rule':'hamilton','else':{'to':'pool:rest'}}}";
  };
  World w = three(equal_rules);
  w.when("2026-04-01T00:00:00Z").income("i", "101", "2026-03").close("2026-03");
  CHECK(w.account("undivided:all") == "2");
  CHECK(w.rule("{'kind':'charter','from':'2026-05','id':'v2','rules':" + once("all") + "}") == "bad_charter");
  w.charter("v2", "2026-05", once("once"));
  CHECK(w.rule("{'kind':'charter','from':'2026-06','id':'v3','rules':{'root':{'pool':'once','among':'equal','else':{'"
               "to':'pool:rest'}}}}") == "bad_charter");
  w.charter("v3", "2026-06", equal_rules);
  w.when("2026-05-01T00:00:00Z").close("2026-04");
  CHECK(w.account("undivided:all") == "0");
  CHECK(w.state().pools.empty());
  w.when("2026-06-01T00:00:00Z").income("j", "10", "2026-05");
  const Distribution d = distribution_of(w, "2026-05");
  check_stages(w, d);
  CHECK(stage_at(d, "/root").closed);
  CHECK(pays(d, "/root") == "aki 4, ben 3, chi 3");
  w.close("2026-05");
  check_pools(w);
  CHECK(w.state().pools.empty());
  w.when("2026-07-01T00:00:00Z").income("k", "1", "2026-06").close("2026-06");
  CHECK(w.account("undivided:all") == "1");  // the pool of the old name starts anew
  check_pools(w);
}

TEST_CASE("charter change: a dropped pool is paid out with the last month under the old rules, a kept one goes on") {
  World w = three(world::salon_rules);
  w.work("1", "aki", 1, "2026-03", ",'confirmed':'ben'").work("2", "ben", 1, "2026-03", ",'confirmed':'aki'");
  w.work("3", "chi", 1, "2026-03", ",'confirmed':'aki'");
  w.when("2026-04-01T00:00:00Z").income("i", "1019", "2026-03").close("2026-03");
  check_pools(w);
  REQUIRE(w.account("undivided:work") != "0");
  REQUIRE(w.account("undivided:seats") != "0");
  const auto pool = [&](const char* id) { return w.state().pools.at(PoolId::parse(id).value()); };
  const Pool seats = pool("seats");
  w.charter("v2", "2026-05",
            "{'root':{'pool':'seats','among':'ticket-seconds','else':{'pool':'work2','among':'equal','else':{'to':'"
            "pool:reserve'}}}}");
  w.when("2026-05-01T00:00:00Z");
  // April has no income at all: closing still pays what waits in `income`, `work` and `idle`, and only that.
  const std::string waiting = to_string(u128{pool("work").carry.undivided} + pool("income").carry.undivided);
  const Distribution d = distribution_of(w, "2026-04");
  check_stages(w, d);
  CHECK(stage_at(d, "/root").closed);
  CHECK(stage_at(d, "/root/split/1").closed);
  CHECK(stage_at(d, "/root/split/1/else").closed);
  CHECK(!stage_at(d, "/root/split/2").closed);
  w.close("2026-04");
  check_pools(w);
  CHECK(w.state().pools.size() == 1);
  CHECK(w.account("undivided:work") == "0");
  CHECK(w.account("undivided:income") == "0");
  CHECK(waiting != "0");
  // Of 101.9 : 611.4 : 305.7 two units waited: the reserve gets one, and the kept pool one, a third of it for each.
  CHECK(pays(d, "/root") == "pool:reserve 1, work 0, seats 1");
  for (Members::Index i = 0; i < 3; ++i) {
    const Big third = (Big{1} << 64) / 3;
    const Big gained = (Big{1} << 64) * (w.owed(i == 0   ? "aki"
                                                : i == 1 ? "ben"
                                                         : "chi") == "0"
                                             ? 1
                                             : 0) +
                       pool("seats").fraction(i);
    CHECK((gained - seats.fraction(i) + (Big{1} << 64)) % (Big{1} << 64) - third <= 1);
  }
  u128 total = 0;
  for (const char* member : {"aki", "ben", "chi"}) total += parse_minor(w.owed(member)).value();
  total += parse_minor(w.account("pool:reserve")).value() + pool("seats").carry.undivided;
  CHECK(to_string(total) == "1019");
  // Each fraction of the kept pool decides the next month: 1 yen more, and the pays are what carry says from there.
  w.when("2026-06-01T00:00:00Z").income("j", "100", "2026-05");
  const Distribution may = distribution_of(w, "2026-05");
  check_stages(w, may);
  const Stage& root = stage_at(may, "/root");
  CHECK(root.before == pool("seats").carry);
  Big parts = (Big{100} << 64) + root.before.dust;
  for (const Share& share : root.shares) {
    const Big entitled = share.fraction_before + parts * share.weight / big(root.weight_sum);
    CHECK(big(share.pay) == (entitled >> 64));
    CHECK(Big{share.fraction_after} == (entitled & Big{UINT64_MAX}));
    CHECK(share.fraction_before == pool("seats").fraction(*share.member));
  }
  w.close("2026-05");
  check_pools(w);
}

TEST_CASE("charter change: closing pays whoever has a fraction, also one who left") {
  World w = three(equal_rules);
  w.when("2026-04-01T00:00:00Z").income("i", "101", "2026-03").close("2026-03");
  w.leave("aki").leave("ben").leave("chi").join("dan");
  w.charter("v2", "2026-05", "{'root':{'to':'pool:rest'}}");
  w.when("2026-05-01T00:00:00Z").income("j", "10", "2026-04");
  const Distribution d = distribution_of(w, "2026-04");
  check_stages(w, d);
  // Two units wait, 2/3 of one for each of three: equal fractions, so the smaller ids; dan has none of them.
  CHECK(pays(d, "/root") == "aki 1, ben 1, dan 10");
  w.close("2026-04");
  CHECK(w.owed("aki") == "34");
  CHECK(w.owed("chi") == "33");
  check_pools(w);
}

TEST_CASE("charter change: equal fractions of a closing split go to the smaller name") {
  // Design: close() pays the largest fractions, ties to the smaller id. The branches stand in another order here.
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", "{'root':{'pool':'p','split':[[1,{'to':'pool:zebra'}],[1,{'to':'pool:ant'}]]}}");
  w.charter("v2", "2026-04", "{'root':{'to':'pool:rest'}}");
  w.when("2026-04-01T00:00:00Z").income("i", "1", "2026-03");
  CHECK(pays(distribution_of(w, "2026-03"), "/root") == "pool:zebra 0, pool:ant 1");
}

TEST_CASE("charter change: a pool keeps its sort, its rule and its branches, all findings at once") {
  const struct {
    const char* rules;
    std::vector<std::string> paths;
  } rows[] = {
      {"{'root':{'pool':'income','split':[[1,{'to':'pool:reserve'}],[1,{'pool':'work','among':'equal','else':{'to':'"
       "pool:x'}}]]}}",
       {"/root/pool"}},
      {"{'root':{'pool':'work','split':[[1,{'to':'pool:a'}],[1,{'pool':'income','among':'equal','else':{'to':'pool:x'}}"
       "]]}}",
       {"/root/pool", "/root/split/1/pool"}},
      {"{'root':{'pool':'new','split':[[1,{'to':'pool:a'}],[1,{'pool':'work','among':'equal','rule':'hamilton','else':{"
       "'to':'pool:x'}}]]}}",
       {"/root/split/1/pool"}},
      {"{'root':{'pool':'income','split':[[7,{'pool':'seats','among':'equal','else':{'to':'pool:x'}}],[8,{'to':'pool:"
       "reserve'}],"
       "[9,{'pool':'work','among':'tickets','else':{'to':'pool:x'}}]]}}",
       {}},  // other parts, another order: the same branches
  };
  for (const auto& row : rows) {
    CAPTURE(row.rules);
    World w = three(world::salon_rules);
    const auto answer =
        w.submit("{'kind':'charter','from':'2026-04','id':'v2','rules':" + std::string{row.rules} + "}");
    REQUIRE(world::code_of(answer) == (row.paths.empty() ? "ok" : "bad_charter"));
    if (answer) continue;
    std::size_t count = 0;
    for (std::size_t at = 0; (at = answer.error().what.find("/pool: ", at)) != std::string::npos; ++at) ++count;
    CHECK(count == row.paths.size());
    for (const std::string& path : row.paths) CHECK(answer.error().what.find(path + ": ") != std::string::npos);
  }
}

TEST_CASE("charter change: a split of the same branches in another order keeps each fraction with its branch") {
  World w = three("{'root':{'pool':'p','split':[[1,{'to':'pool:a'}],[2,{'to':'pool:b'}]]}}");
  w.charter("v2", "2026-04", "{'root':{'pool':'p','split':[[2,{'to':'pool:b'}],[1,{'to':'pool:a'}]]}}");
  w.when("2026-04-01T00:00:00Z").income("i", "1", "2026-03").close("2026-03");
  w.when("2026-05-01T00:00:00Z").income("j", "1", "2026-04").close("2026-04");
  CHECK(w.account("pool:a") == "0");
  CHECK(w.account("pool:b") == "1");  // 2/3 and 2/3 make 4/3
  w.when("2026-06-01T00:00:00Z").income("k", "1", "2026-05").close("2026-05");
  CHECK(w.account("pool:a") == "1");
  CHECK(w.account("pool:b") == "2");
  check_pools(w);
}

TEST_CASE("charter change: the old rules govern until the month that the new ones name") {
  World w = three(equal_rules);
  w.when("2026-03-31T14:59:59Z");
  w.charter("v2", "2026-04", "{'root':{'to':'pool:two'}}").charter("v3", "2026-06", "{'root':{'to':'pool:three'}}");
  const char* periods[] = {"2026-03", "2026-04", "2026-05", "2026-06", "2026-07"};
  for (const char* period : periods) {
    w.at = Timestamp::from_seconds(month(period).end_s(w.state().dao.offset)).value();
    w.income("i" + std::string{period}, "30", period).close(period);
  }
  CHECK(w.owed("aki") == "10");
  CHECK(w.account("pool:two") == "60");
  CHECK(w.account("pool:three") == "60");
  check_pools(w);
}

TEST_CASE("digest: it is the hash of the printed shares, and any single number moves it") {
  World w = three(world::salon_rules);
  w.work("1", "aki", 3, "2026-03", ",'confirmed':'ben'").work("2", "chi", 1, "2026-03", ",'confirmed':'ben'");
  w.income("i", "1009", "2026-03").when("2026-04-01T00:00:00Z");
  const Distribution d = distribution_of(w, "2026-03");
  CHECK(digest_of(d.stages) == d.outcome.digest);
  std::size_t altered = 0;
  for (std::size_t s = 0; s < d.stages.size(); ++s)
    for (std::size_t i = 0; i < d.stages[s].shares.size(); ++i)
      for (int which = 0; which < 4; ++which) {
        auto stages = d.stages;
        Share& share = stages[s].shares[i];
        if (which == 0) share.pay += 1;
        if (which == 1) share.fraction_after ^= 1;
        if (which == 2) share.weight += 1;
        if (which == 3) share.payee += "x";
        ++altered;
        CHECK(digest_of(stages) != d.outcome.digest);
      }
  CHECK(altered == 4 * (3 + 1 + 2 + 3));  // no share under an `else` that is not used
  // From the outside: changes that leave every pay as it is still move it.
  const auto digest = [](World copy, const std::function<void(World&)>& change) {
    change(copy);
    return to_hex(make_draft(copy.state(), month("2026-03")).value().outcome.digest);
  };
  std::set<std::string> seen = {to_hex(d.outcome.digest)};
  CHECK(seen.insert(digest(w, [](World& c) { c.income("x", "1", "2026-03"); })).second);
  CHECK(seen.insert(digest(w,
                           [](World& c) {
                             c.add("{'kind':'contribution.correct','id':'1','points':6}")
                                 .add("{'kind':'contribution.correct','id':'2','points':2}");
                           }))
            .second);
  CHECK(seen.insert(digest(w, [](World& c) { c.leave("ben", ",'on':'2026-03-31T14:59:59Z'"); })).second);
}
