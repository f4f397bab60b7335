// SPDX-License-Identifier: MIT
/// Estates: what waits, what is handed over, and what is owed to the heirs afterwards.
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

const std::string said = ",'voice':'relayed','channel':'talk','message':'" + std::string(64, '0') + "'}";
const std::string estate = "{'kind':'propose','id':'d','by':'eve','estate':{'member':'aki'},'until':'2026-04-20T00:00:00Z','on':'2026-04-05T00:00:00Z'" + said;

/// aki is owed 100 and has two tickets, one of them lent, and 7 stars; ben gets two thirds, chi one, or chi's children.
World community() {
  World w{world::dao_claim("+00:00")};
  for (const char* member : {"aki", "ben", "chi", "dan", "eve"}) w.join(member);
  w.add("{'kind':'member.guest','member':'kid'}").add("{'kind':'member.guest','member':'kit'}");
  w.ticket_class("seat", 1, ",'transfer':'locked'").ticket_class("star", 0, ",'transfer':'free','form':'units'");
  w.ticket_class("pass", 1);
  w.mint("t1", "aki").mint("t2", "aki", "pass").mint("t3", "dan", "pass");
  w.add("{'kind':'units.mint','class':'star','id':'u1','to':'aki','units':7}");
  w.opening("o1", "100", "aki");
  w.charter("v1", "2026-04", "{'root':{'pool':'seats','among':'ticket-seconds','else':{'to':'pool:r'}}}");
  w.add("{'kind':'will','member':'aki','executors':['eve','dan'],'needed':2,'wait_days':10,'whole':3,'heirs':["
        "{'member':'ben','parts':2},{'member':'chi','parts':1,'heirs':[{'member':'kid','parts':1}]}]" + said);
  w.add("{'kind':'will','member':'chi','executors':['eve'],'needed':1,'wait_days':1,'whole':1,'heirs':[{'member':'kit','parts':1}]" + said);
  w.when("2026-04-10T00:00:00Z");
  w.add("{'kind':'ticket.lend','ticket':'t2','from':'aki','to':'dan','until':'2026-05-15T00:00:00Z','on':'2026-04-02T00:00:00Z'}");
  return w;
}

std::string units(const World& w, const std::string& member) {
  const State& state = w.state();
  return std::to_string(state.holdings.classes[*state.holdings.class_ids.find(*ClassId::parse("star"))].units_of(
      *state.members.ids.find(*MemberId::parse(member))));
}

std::string owner(const World& w, const std::string& ticket) {
  const State& state = w.state();
  return state.members.ids[state.holdings.tickets[*state.holdings.ticket_ids.find(*TicketId::parse(ticket))].holder()].text();
}

}  // namespace

TEST_CASE("estate: nothing moves and nothing is paid from the announced death on, until somebody signs for life") {
  World w = community();
  w.plan("y1", "aki", "10");
  w.add(estate);
  CHECK(w.rule("{'kind':'payment','amount':'1','currency':'JPY','id':'y2','member':'aki'}") == "estate_held");
  CHECK(w.rule("{'kind':'waive','amount':'1','currency':'JPY','id':'w1','member':'aki','to':'r'" + said) == "estate_held");
  CHECK(w.rule("{'kind':'units.burn','class':'star','from':'aki','id':'u2','units':1}") == "estate_held");
  CHECK(World{w}.rule("{'kind':'units.burn','class':'star','from':'aki','id':'u2','units':1,'on':'2026-04-04T23:59:59Z'}") == "ok");
  CHECK(w.rule("{'kind':'will','member':'aki','executors':['ben'],'needed':1,'wait_days':1,'whole':1,'heirs':[{'member':'dan','parts':1}]" + said) == "estate_held");
  CHECK(w.rule("{'kind':'propose','id':'e','by':'dan','estate':{'member':'aki'},'until':'2026-04-30T00:00:00Z'" + said) == "conflict");
  CHECK(w.rule("{'kind':'cancel','id':'d'}") == "unauthorised");
  CHECK(w.rule("{'kind':'cancel','id':'d','by':'dan'" + said) == "unauthorised");
  World alive = w;
  alive.add("{'kind':'will.alive','member':'aki'" + said);
  CHECK(alive.rule("{'kind':'execute','id':'d','at':'2026-05-01T00:00:00Z'}") == "no_such_proposal");
  CHECK(alive.rule("{'kind':'payment','amount':'1','currency':'JPY','id':'y2','member':'aki'}") == "ok");
  World taken_back = w;
  taken_back.add("{'kind':'cancel','id':'d','by':'eve'" + said);
  std::string again = estate;
  again.replace(again.find("'d'"), 3, "'d2'");
  CHECK(taken_back.rule(again) == "ok");
}

TEST_CASE("estate: parts by largest remainder, tickets in the will's order, a lent one when it comes back") {
  World w = community();
  w.add(estate);
  CHECK(w.rule("{'kind':'execute','id':'d'}") == "too_early");
  w.when("2026-04-20T00:00:00Z");
  CHECK(w.rule("{'kind':'execute','id':'d'}") == "consent_missing");
  CHECK(w.rule("{'kind':'sign','id':'d','by':'dan'" + said) == "too_late");
  w = community();
  w.add(estate).add("{'kind':'sign','id':'d','by':'dan'" + said);
  w.when("2026-04-20T00:00:00Z").add("{'kind':'execute','id':'d'}");
  CHECK(w.owed("aki") == "0");
  CHECK(w.owed("ben") == "67");
  CHECK(w.owed("chi") == "33");
  CHECK(units(w, "aki") == "0");
  CHECK(units(w, "ben") == "5");  // 4 2/3
  CHECK(units(w, "chi") == "2");  // 2 1/3
  CHECK(owner(w, "t1") == "ben");
  CHECK(owner(w, "t2") == "ben");
  CHECK(w.rule("{'kind':'member.rejoin','member':'aki'}") == "not_member");
  CHECK(w.rule("{'kind':'ticket.return','ticket':'t2','from':'dan'}") == "ok");
  CHECK(owner(w, "t2") == "ben");
}

TEST_CASE("estate: whatever the dead would be owed later is the living heirs', generation by generation") {
  World w = community();
  w.plan("y1", "aki", "10");
  w.add("{'kind':'work','work':'film'}");
  w.add("{'kind':'propose','id':'seed','pledges':{'currency':'JPY','threshold':'1000','work':'film'},'until':'2026-09-01T00:00:00Z'}");
  w.add("{'kind':'pledge','amount':'9','id':'g1','member':'aki','round':'seed'}");
  w.add(estate).add("{'kind':'sign','id':'d','by':'dan'" + said);
  w.when("2026-04-20T00:00:00Z").add("{'kind':'execute','id':'d'}");
  CHECK(w.owed("ben") == "60");
  CHECK(w.owed("chi") == "30");
  // The payment that was under way comes back, and the round is called off.
  w.failed("y1", "10");
  CHECK(w.owed("ben") == "67");
  CHECK(w.owed("chi") == "33");
  w.add("{'kind':'cancel','id':'seed'}");
  CHECK(w.owed("ben") == "73");
  CHECK(w.owed("chi") == "36");
  // aki's nineteen days with t1, and one with t2, earn their part of April.
  w.income("i1", "900", "2026-04").when("2026-05-01T00:00:00Z");
  w.close("2026-04");
  CHECK(w.owed("aki") == "0");
  const auto paid = [&](const char* member) {
    return to_string(w.state().pools.at(PoolName{*PoolId::parse("seats")}).paid_to(*w.state().members.ids.find(*MemberId::parse(member))));
  };
  CHECK(paid("aki") == "200");  // 19 days of t1 and 1 of t2, of 90 ticket-days
  CHECK(w.owed("ben") == "316");  // 73, 133 of the 200, and 110 for 11 days of t1
  CHECK(w.owed("chi") == "103");  // 36, and 67 of the 200
  // chi dies in turn: from then on chi's part of what is aki's is kid's, by aki's will, and chi's own is kit's.
  w.add("{'kind':'propose','id':'f','by':'eve','estate':{'member':'chi'},'until':'2026-05-03T00:00:00Z'" + said);
  w.when("2026-05-03T00:00:00Z").add("{'kind':'execute','id':'f'}");
  CHECK(w.owed("kit") == "103");
  CHECK(w.owed("chi") == "0");
  CHECK(w.state().books.balanced());
}
