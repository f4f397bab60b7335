// SPDX-License-Identifier: MIT
/// @file payment_test.cpp
/// Proves payments and openings: each refusal in its order; that all payments together never pass what was promised; that a
/// failed one is owed again; what the charter's minimum keeps back, from when, and for whom; and that openings enter the books
/// until the first month is closed.

#include <boost/multiprecision/cpp_int.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "random.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::check_table;
using world::World;

namespace {

const std::string equal_rules = "'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}";
const std::string plain = "{" + equal_rules + "}";
std::string with_minimum(const std::string& amount) { return "{'minimum':'" + amount + "'," + equal_rules + "}"; }

std::string planned(const std::string& id, const std::string& member, const std::string& amount,
                    const std::string& coin = "JPY") {
  return "{'kind':'payment','amount':'" + amount + "','currency':'" + coin + "','id':'" + id + "','member':'" + member +
         "'}";
}
std::string sent(const std::string& id) { return "{'kind':'payment.sent','id':'" + id + "'}"; }
std::string ended(const std::string& how, const std::string& id, const std::string& amount,
                  const std::string& more = {}) {
  return "{'kind':'payment." + how + "','amount':'" + amount + "','id':'" + id + "'" + more + "}";
}
std::string opened(const std::string& id, const std::string& to, const std::string& amount,
                   const std::string& more = {}, const std::string& coin = "JPY") {
  return "{'kind':'opening','amount':'" + amount + "','currency':'" + coin + "','id':'" + id + "','to':'" + to + "'" +
         more + "}";
}
std::string row(const std::string& file, int number) {
  return ",'evidence':{'file':'" + world::sha(file) + "','row':" + std::to_string(number) + "}";
}
const std::string said = ",'voice':'relayed','channel':'talk','message':'" + world::sha("m") + "'";

std::string state_of(const World& w, const std::string& id) {
  const auto index = w.state().payments.find(PaymentId::parse(id).value()).value();
  return std::string{payment_state_names.at(static_cast<std::size_t>(w.state().payments.rows[index].state))};
}

/// aki, ben and chi are owed 1000, 1000 and 40 of March; chi has left. The least transfer is 100.
///
/// p1 (aki, 300) is planned, p2 (aki, 200) sent, p3 (ben, 400) settled, p4 (ben, 500) failed.
World payments() {
  World w{world::dao_claim()};
  w.join("aki").join("ben").join("chi");
  w.opening("o1", "970", "aki").opening("o2", "970", "ben").opening("o3", "10", "chi");
  w.charter("v1", "2026-03", with_minimum("100")).income("i1", "90", "2026-03");
  w.when("2026-04-01T00:00:00Z").close("2026-03").leave("chi");
  w.plan("p1", "aki", "300").plan("p2", "aki", "200").sent("p2");
  w.plan("p3", "ben", "400").sent("p3").settled("p3", "400", row("bank.csv", 2));
  w.plan("p4", "ben", "500").failed("p4", "500", row("bank.csv", 3));
  REQUIRE(w.owed("aki") == "500");
  REQUIRE(w.owed("ben") == "600");
  REQUIRE(w.owed("chi") == "40");
  REQUIRE(w.account("paying") == "500");
  return w;
}

}  // namespace

// --- payments ----------------------------------------------------------------------------------------------------------

TEST_CASE("payment: planning is refused for each reason, in their order") {
  check_table(payments(),
              {
                  {planned("p1", "zoe", "601", "USD"), "conflict"},
                  {planned("p4", "zoe", "601", "USD"), "conflict"},  // used once for ever, also if it failed
                  {planned("p9", "zoe", "601", "USD"), "mixed_assets"},
                  {planned("p9", "zoe", "601"), "no_such_member"},
                  {planned("p9", "aki", "501"), "owed_exceeded"},
                  {planned("p9", "chi", "41"), "owed_exceeded"},
                  {planned("p9", "aki", "170141183460469231731687303715884105727"), "owed_exceeded"},
                  {planned("p9", "aki", "170141183460469231731687303715884105728"), "amount_too_large"},
                  {planned("p9", "aki", "-1"), "negative"},
                  {planned("p9", "aki", "99"), "below_minimum"},
                  {planned("p9", "aki", "0"), "below_minimum"},
                  {planned("p9", "chi", "0"), "below_minimum"},
                  {planned("p9", "aki", "100"), "ok"},
                  {planned("p9", "aki", "500"), "ok"},
                  {planned("p9", "chi", "1"), "ok"},
                  {planned("p9", "chi", "40"), "ok"},
              });
}

TEST_CASE("payment: sending is refused for each reason, in their order") {
  check_table(payments(), {
                              {sent("p9"), "no_such_payment"},
                              {sent("p2"), "conflict"},
                              {sent("p3"), "conflict"},
                              {sent("p4"), "conflict"},
                              {sent("p1"), "ok"},
                          });
}

TEST_CASE("payment: settling and failing are refused for each reason, in their order") {
  for (const char* how : {"settled", "failed"}) {
    CAPTURE(how);
    check_table(payments(), {
                                {ended(how, "p9", "1", row("bank.csv", 2)), "no_such_payment"},
                                {ended(how, "p3", "399", row("bank.csv", 2)), "wrong_amount"},
                                {ended(how, "p1", "299", row("bank.csv", 2)), "wrong_amount"},
                                {ended(how, "p1", "301"), "wrong_amount"},
                                {ended(how, "p1", "0"), "wrong_amount"},
                                {ended(how, "p3", "400", row("bank.csv", 2)),
                                 "conflict"},  // also the claim that settled it: rules know no repetition
                                {ended(how, "p4", "500", row("bank.csv", 3)), "conflict"},
                                {ended(how, "p4", "500"), "conflict"},
                                {ended(how, "p1", "300", row("bank.csv", 0)), "bad_number"},
                                {ended(how, "p1", "300", row("bank.csv", 2)), "duplicate_evidence"},
                                {ended(how, "p1", "300", ",'evidence':{'file':'" + world::sha("bank.csv") + "'}"),
                                 "duplicate_evidence"},
                                {ended(how, "p1", "300", row("bank.csv", 4)), "ok"},
                                {ended(how, "p1", "300"), "ok"},  // never sent: paid by hand, or given up
                                {ended(how, "p2", "200"), "ok"},
                            });
  }
}

TEST_CASE("payment: the row of a bank's file that settled one payment settles no other, nor stands for income") {
  World w = payments();
  w.settled("p1", "300", row("bank.csv", 4));
  CHECK(w.rule(ended("settled", "p2", "200", row("bank.csv", 4))) == "duplicate_evidence");
  CHECK(w.rule("{'kind':'income','amount':'300','currency':'JPY','id':'i9','period':'2026-04'" + row("bank.csv", 4) +
               "}") == "duplicate_evidence");
  CHECK(w.rule(ended("failed", "p2", "200", row("bank.csv", 5))) == "ok");
}

TEST_CASE("payment: planned, sent, and settled or failed; and where the money stands meanwhile") {
  World w = payments();
  const auto stands = [&](const char* owed, const char* paying, unsigned out) {
    CHECK(w.owed("aki") == owed);
    CHECK(w.account("paying") == paying);
    CHECK(w.state().books.world.credit == out);
    CHECK(w.state().books.balanced());
  };
  stands("500", "500", 400);
  w.sent("p1");
  CHECK(state_of(w, "p1") == "sent");
  stands("500", "500", 400);
  World other = w;
  w.settled("p1", "300");
  CHECK(state_of(w, "p1") == "settled");
  stands("500", "200", 700);
  other.failed("p1", "300");
  CHECK(state_of(other, "p1") == "failed");
  CHECK(other.owed("aki") == "800");
  CHECK(other.account("paying") == "200");
  CHECK(other.state().books.world.credit == 400);
  // Owed again: it can be planned again, under another id, also together with what was owed besides.
  CHECK(other.rule(planned("p1", "aki", "300")) == "conflict");
  other.plan("p5", "aki", "800").sent("p5").settled("p5", "800");
  CHECK(other.owed("aki") == "0");
  CHECK(other.rule(planned("p6", "aki", "1")) == "owed_exceeded");
  CHECK(other.state().books.balanced());
}

TEST_CASE("payment: one transfer may cover several months, and no month is paid twice") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", plain).join("aki").join("ben");
  const char* months[] = {"2026-03", "2026-04", "2026-05"};
  const char* ends[] = {"2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"};
  for (std::size_t i = 0; i < 3; ++i)
    w.when(ends[i]).income("i" + std::to_string(i), "100", months[i]).close(months[i]);
  CHECK(w.owed("aki") == "150");
  CHECK(w.rule(planned("p1", "aki", "151")) == "owed_exceeded");
  w.plan("p1", "aki", "150");
  CHECK(w.rule(planned("p2", "aki", "1")) == "owed_exceeded");
  w.when("2026-07-01T00:00:00Z").income("i9", "100", "2026-06").close("2026-06");
  CHECK(w.owed("aki") == "50");  // what is on its way is no part of it
  w.failed("p1", "150");
  CHECK(w.owed("aki") == "200");
}

TEST_CASE("payment: a charter's minimum keeps small amounts owed; leaving pays all") {
  World w{world::dao_claim()};
  w.join("aki").join("ben").opening("o1", "1500", "aki").opening("o2", "30", "ben");
  // Without a charter everything can be paid.
  check_table(w, {{planned("p", "ben", "1"), "ok"}, {planned("p", "ben", "0"), "below_minimum"}});
  // The first charter's minimum holds from the start, the next one's from the close of its first month.
  w.charter("v1", "2026-03", with_minimum("1000"));
  check_table(w, {{planned("p", "aki", "999"), "below_minimum"},
                  {planned("p", "aki", "1000"), "ok"},
                  {planned("p", "aki", "1500"), "ok"},
                  {planned("p", "ben", "30"), "below_minimum"}});
  w.charter("v2", "2026-04", with_minimum("20"));
  w.when("2026-04-20T00:00:00Z");  // April's rules are in force, but March is not closed
  check_table(w, {{planned("p", "aki", "999"), "below_minimum"}, {planned("p", "ben", "30"), "below_minimum"}});
  w.close("2026-03");
  check_table(w, {{planned("p", "aki", "999"), "below_minimum"}, {planned("p", "ben", "30"), "below_minimum"}});
  w.when("2026-05-01T00:00:00Z").close("2026-04");
  check_table(w, {{planned("p", "aki", "19"), "below_minimum"},
                  {planned("p", "aki", "20"), "ok"},
                  {planned("p", "ben", "30"), "ok"}});
  // Who has left gets any amount; who comes back waits again.
  w.leave("ben");
  check_table(w, {{planned("p", "ben", "1"), "ok"},
                  {planned("p", "ben", "30"), "ok"},
                  {planned("p", "ben", "0"), "below_minimum"}});
  w.rejoin("ben");
  check_table(w, {{planned("p", "ben", "1"), "below_minimum"}, {planned("p", "ben", "20"), "ok"}});
  // A minimum of nothing, and one that nobody reaches.
  World none{world::dao_claim()};
  none.join("aki").opening("o1", "5", "aki").charter("v1", "2026-03", with_minimum("0"));
  check_table(none, {{planned("p", "aki", "0"), "below_minimum"}, {planned("p", "aki", "1"), "ok"}});
  World high{world::dao_claim()};
  high.join("aki")
      .opening("o1", "5", "aki")
      .charter("v1", "2026-03", with_minimum("170141183460469231731687303715884105727"));
  check_table(high, {{planned("p", "aki", "5"), "below_minimum"}, {planned("p", "aki", "6"), "owed_exceeded"}});
  high.leave("aki");
  check_table(high, {{planned("p", "aki", "5"), "ok"}});
}

TEST_CASE("payment: a failed one below the minimum is owed again, and waits until there is enough") {
  World w = payments();
  w.plan("p5", "aki", "420").sent("p5").failed("p5", "420");  // 80 would have stayed
  CHECK(w.owed("aki") == "500");
  w.plan("p6", "aki", "500").failed("p6", "500").plan("p7", "aki", "410");
  CHECK(w.owed("aki") == "90");
  CHECK(w.rule(planned("p8", "aki", "90")) == "below_minimum");
  w.when("2026-05-01T00:00:00Z").income("i9", "20", "2026-04").close("2026-04");
  CHECK(w.owed("aki") == "100");
  CHECK(w.rule(planned("p8", "aki", "100")) == "ok");
}

TEST_CASE("payment: in no random history do payments pass what was promised, and nothing is lost") {
  using Big = boost::multiprecision::cpp_int;
  Random random{test_seed("payment_test")};
  std::map<std::string, std::size_t> answers;
  for (int round = 0; round < 60; ++round) {
    World w{world::dao_claim()};
    const std::vector<std::string> names = {"aki", "ben", "chi"};
    for (const std::string& name : names) w.join(name);
    const unsigned least = static_cast<unsigned>(random.below(40));
    w.charter("v1", "2026-03", with_minimum(std::to_string(least)));
    struct Paid {
      std::string member;
      Big amount;
      std::string state;
    };
    std::map<std::string, Big> promised;
    std::map<std::string, Paid> paid;
    std::map<std::string, bool> gone;
    const auto open = [&](const std::string& member) {
      Big sum = promised[member];
      for (const auto& [id, payment] : paid)
        if (payment.member == member && payment.state != "failed") sum -= payment.amount;
      return sum;
    };
    for (int step = 0; step < 60; ++step) {
      const std::string member = random.pick(names), id = "p" + std::to_string(random.below(25));
      std::string event, expected;
      switch (random.below(6)) {
        case 0: {
          const auto amount = random.below(200);
          const std::string opening = "o" + std::to_string(step);
          event = opened(opening, member, std::to_string(amount));
          expected = "ok";
          promised[member] += amount;
          break;
        }
        case 1:
        case 2: {
          const Big owed = open(member);
          const Big amount = random.one_in(3) ? owed : Big{random.below(120)};
          event = planned(id, member, amount.str());
          const Big bound = gone[member] || least == 0 ? 1 : least;
          expected = paid.contains(id) ? "conflict"
                     : amount > owed   ? "owed_exceeded"
                     : amount < bound  ? "below_minimum"
                                       : "ok";
          if (expected == "ok") paid[id] = {member, amount, "planned"};
          break;
        }
        case 3:
          event = sent(id);
          expected = !paid.contains(id) ? "no_such_payment" : paid[id].state != "planned" ? "conflict" : "ok";
          if (expected == "ok") paid[id].state = "sent";
          break;
        case 4: {
          const std::string how = random.one_in(2) ? "settled" : "failed";
          const Big amount = paid.contains(id) && !random.one_in(5) ? paid[id].amount : Big{3};
          event = ended(how, id, amount.str());
          expected = !paid.contains(id)                                     ? "no_such_payment"
                     : paid[id].amount != amount                            ? "wrong_amount"
                     : paid[id].state[0] != 'p' && paid[id].state != "sent" ? "conflict"
                                                                            : "ok";
          if (expected == "ok") paid[id].state = how;
          break;
        }
        default:
          event = "{'kind':'member." + std::string{gone[member] ? "rejoin" : "leave"} + "','member':'" + member + "'}";
          expected = "ok";
          gone[member] = !gone[member];
          break;
      }
      CAPTURE(round, step, event);
      const std::string answer = w.rule(event);
      REQUIRE(answer == expected);
      ++answers[answer];
      REQUIRE(w.state().books.balanced());
      Big all_promised = 0, all_paid = 0, on_the_way = 0;
      for (const std::string& name : names) {
        REQUIRE(open(name) >= 0);
        REQUIRE(w.owed(name) == open(name).str());
        all_promised += promised[name];
      }
      for (const auto& [name, payment] : paid) {
        if (payment.state == "settled") all_paid += payment.amount;
        if (payment.state == "planned" || payment.state == "sent") on_the_way += payment.amount;
      }
      REQUIRE(all_paid + on_the_way <= all_promised);
      REQUIRE(w.account("paying") == on_the_way.str());
      REQUIRE(to_string(w.state().books.world.credit) == all_paid.str());
      REQUIRE(to_string(w.state().books.world.debit) == all_promised.str());
    }
  }
  for (const char* code : {"ok", "conflict", "owed_exceeded", "below_minimum", "no_such_payment", "wrong_amount"}) {
    CAPTURE(code);
    CHECK(answers[code] > 10);
  }
}

// --- openings ----------------------------------------------------------------------------------------------------------

TEST_CASE("opening: it is refused for each reason, in their order") {
  const std::string limit = "170141183460469231731687303715884105728";  // 2^127
  World w{world::dao_claim()};
  w.join("aki").opening("o1", "100", "aki", row("books.csv", 2)).opening("o2", "50", "pool:reserve");
  w.charter("v1", "2026-03", plain).income("i1", "850", "2026-03", row("sales.csv", 2));
  const std::string below = "170141183460469231731687303715884104727";  // 2^127 - 1 - 1000, what came in already
  const std::string above = "170141183460469231731687303715884104728";
  World closed = w;
  closed.when("2026-04-01T00:00:00Z").close("2026-03");
  check_table(closed, {
                          {opened("o1", "zoe", above, row("books.csv", 2) + said, "USD"), "unauthorised"},
                          {opened("o1", "zoe", above, row("books.csv", 2), "USD"), "conflict"},
                          {opened("o9", "zoe", above, row("books.csv", 2), "USD"), "mixed_assets"},
                          {opened("o9", "zoe", above, row("books.csv", 2)), "period_closed"},
                          {opened("o9", "aki", "1"), "period_closed"},
                          {opened("o9", "pool:reserve", "1"), "period_closed"},
                      });
  check_table(w, {
                     {opened("o9", "aki", limit), "amount_too_large"},
                     {opened("o9", "zoe", above, row("books.csv", 2)), "no_such_member"},
                     {opened("o9", "aki", above, row("books.csv", 2)), "duplicate_evidence"},
                     {opened("o9", "pool:reserve", above, row("sales.csv", 2)), "duplicate_evidence"},
                     {opened("o9", "aki", above, row("books.csv", 0)), "bad_number"},
                     {opened("o9", "aki", above, row("books.csv", 3)), "amount_too_large"},
                     {opened("o9", "pool:new", above), "amount_too_large"},
                     {opened("o9", "aki", below, row("books.csv", 3)), "ok"},
                     {opened("o9", "pool:new", below), "ok"},
                     {opened("o9", "aki", "0"), "ok"},
                     {opened("i1", "aki", "1"), "ok"},  // openings and incomes have names of their own
                 });
  for (const char* to : {"pool:", "pool:A", "Aki", "", "undivided:x", "income:2026-03", "pool:a/b"}) {
    CAPTURE(to);
    World copy = w;
    CHECK(copy.rule(opened("o9", to, "1")) == "bad_id");
  }
}

TEST_CASE("opening: it is owed, or stands in its purse, and is paid like all else") {
  World w{world::dao_claim()};
  w.join("aki").join("ben");
  w.opening("o1", "700", "aki").opening("o2", "50", "aki").opening("o3", "3000", "pool:reserve");
  CHECK(w.owed("aki") == "750");
  CHECK(w.owed("ben") == "0");
  CHECK(w.account("pool:reserve") == "3000");
  CHECK(w.state().books.world.debit == 3750);
  CHECK(w.state().incomes.openings.size() == 2 + 1);
  w.charter("v1", "2026-03",
            "{'root':{'pool':'p','split':[[1,{'to':'pool:reserve'}],[1,{'pool':'all','among':'equal','else':"
            "{'to':'pool:rest'}}]]}}");
  w.income("i1", "400", "2026-03").when("2026-04-01T00:00:00Z");
  const Outcome outcome = make_draft(w.state(), world::month("2026-03")).value().outcome;
  CHECK(outcome.in == 400);  // what was there before is no income of the month
  CHECK(outcome.payees == 3);
  w.close("2026-03");
  CHECK(w.owed("aki") == "850");
  CHECK(w.owed("ben") == "100");
  CHECK(w.account("pool:reserve") == "3200");
  w.plan("p1", "aki", "850").settled("p1", "850");
  CHECK(w.owed("aki") == "0");
  CHECK(w.state().books.balanced());
  // It counts as a fact in the operator's voice.
  CHECK(w.state().voices.by_operator == 2 + 3 + 1);
}

TEST_CASE("opening: with income it stays below the limit of all amounts, whichever comes first") {
  const std::string half = "85070591730234615865843651857942052864";  // 2^126
  World w{world::dao_claim()};
  w.join("aki").charter("v1", "2026-03", plain).opening("o1", half, "aki");
  CHECK(w.rule("{'kind':'income','amount':'" + half + "','currency':'JPY','id':'i1','period':'2026-03'}") ==
        "amount_too_large");
  w.income("i1", "85070591730234615865843651857942052863", "2026-03");
  CHECK(w.rule(opened("o2", "aki", "1")) == "amount_too_large");
  CHECK(w.rule(opened("o2", "aki", "0")) == "ok");
  w.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(w.owed("aki") == "170141183460469231731687303715884105727");
  w.plan("p1", "aki", "170141183460469231731687303715884105727")
      .settled("p1", "170141183460469231731687303715884105727");
  CHECK(w.state().books.balanced());
  // What went out makes no room: the world's columns only grow.
  CHECK(w.rule("{'kind':'income','amount':'1','currency':'JPY','id':'i2','period':'2026-04'}") == "amount_too_large");
}
