// SPDX-License-Identifier: MIT
/// Several currencies: each with books and pools of its own, and conversions, the only thing that crosses between them.
#include <map>
#include <string>

#include "exact.hpp"
#include "world.hpp"

using namespace mikoshi;
using namespace world;

namespace {

const std::string rules =
    "{'minimum':'100','root':{'pool':'income','split':[[10,{'to':'pool:reserve'}],[90,{'pool':'seats','among':'tickets',"
    "'else':{'to':'pool:reserve'}}]]},"
    "'currencies':{'USD':{'minimum':'500','root':{'pool':'seats','among':'tickets','else':{'to':'pool:reserve'}}}}}";

/// Three members with one ticket each; yen are the DAO's own, dollars have rules, francs have none.
World three_currencies() {
  World w{dao_claim()};
  w.join("aki").join("ben").join("chie").ticket_class("seat", 1);
  w.mint("t1", "aki").mint("t2", "ben").mint("t3", "chie");
  w.add("{'kind':'currency','code':'USD','exponent':2}").add("{'kind':'currency','code':'CHF','exponent':2}");
  return w.charter("v1", "2026-03", rules);
}

std::string came_in(const std::string& id, const std::string& amount, const std::string& currency,
                    const std::string& more = {}) {
  return "{'kind':'income','amount':'" + amount + "','currency':'" + currency + "','id':'" + id + "','period':'2026-03'" +
         more + "}";
}

std::string conversion(const std::string& id, const std::string& amount, const std::string& from,
                       const std::string& gives, const std::string& into, const std::string& more = {},
                       const std::string& rate = "{'gives':'15432','of':'10000'}", const std::string& month = "2026-03") {
  return "{'kind':'conversion','amount':'" + amount + "','currency':'" + from + "','gives':'" + gives + "','id':'" + id +
         "','into':'" + into + "','period':'" + month + "','rate':" + rate + ",'rounding':'down'" + more + "}";
}

const Money& money(const World& w, const std::string& code) { return **money_of(w.state(), code); }
std::string balance(const World& w, const std::string& code, const std::string& account) {
  return to_string(money(w, code).books.balance(account));
}
std::string owed(const World& w, const std::string& code, const std::string& member) {
  return to_string(money(w, code).books.owed(*w.state().members.ids.find(MemberId::parse(member).value())));
}

void check_balanced(const World& w) {
  CHECK(w.state().books.balanced());
  for (const auto& [code, its] : w.state().others) CHECK(its.books.balanced());
}

}  // namespace

TEST_CASE("currencies: what may not be declared, booked and converted") {
  World w = three_currencies();
  w.when("2026-03-20T00:00:00Z").add(came_in("i1", "10000", "USD")).income("i2", "100", "2026-03");
  w.add(conversion("c0", "100", "USD", "154", "JPY"));
  const std::string zero = "{'gives':'0','of':'1'}", none = "{'gives':'1','of':'0'}";
  const std::string huge = "{'gives':'170141183460469231731687303715884105727','of':'1'}";
  const std::string file = ",'evidence':{'file':'" + sha("bank") + "','row':0}";
  check_table(w, {
      {"{'kind':'currency','code':'usd','exponent':2}", "bad_currency"},
      {"{'kind':'currency','code':'EUR','exponent':31}", "bad_currency"},
      {"{'kind':'currency','code':'JPY','exponent':0}", "conflict"},
      {"{'kind':'currency','code':'USD','exponent':4}", "conflict"},
      {"{'kind':'currency','code':'EUR','exponent':2}", "ok"},
      {came_in("i3", "1", "EUR"), "mixed_assets"},
      {came_in("i1", "1", "CHF"), "conflict"},
      {came_in("i3", "1", "USD", ",'from':'" + to_hex(w.state().dao.id) + "'"), "wrong_domain"},
      {came_in("i3", "1", "USD", ",'from':'" + sha("another") + "'"), "ok"},
      {"{'kind':'opening','amount':'1','currency':'EUR','id':'o1','to':'aki'}", "mixed_assets"},
      {"{'kind':'opening','amount':'1','currency':'USD','id':'o1','to':'aki'}", "ok"},
      {"{'kind':'payment','amount':'1','currency':'EUR','id':'p1','member':'aki'}", "mixed_assets"},
      {"{'kind':'payment','amount':'1','currency':'USD','id':'p1','member':'aki'}", "owed_exceeded"},
      {conversion("c0", "100", "USD", "154", "CHF"), "conflict"},
      {conversion("c1", "100", "USD", "154", "EUR"), "mixed_assets"},
      {conversion("c1", "100", "EUR", "154", "USD"), "mixed_assets"},
      {conversion("c1", "100", "USD", "154", "USD"), "mixed_assets"},
      {conversion("c1", "100", "USD", "154", "JPY", "", "{'gives':'15432','of':'10000'}", "2026-02"), "period_closed"},
      {conversion("c1", "100", "USD", "154", "JPY", "", "{'gives':'15432','of':'10000'}", "2026-04"), "future_period"},
      {conversion("c1", "0", "USD", "0", "JPY"), "bad_number"},
      {conversion("c1", "100", "USD", "0", "JPY", "", zero), "bad_number"},
      {conversion("c1", "100", "USD", "0", "JPY", "", none), "bad_number"},
      {conversion("c1", "100", "USD", "154", "JPY", file), "bad_number"},
      {conversion("c1", "100", "USD", "154", "JPY", "", huge), "amount_too_large"},
      {conversion("c1", "100", "USD", "155", "JPY"), "wrong_amount"},
      {conversion("c1", "9901", "USD", "15279", "JPY"), "balance_exceeded"},
      {conversion("c1", "9900", "USD", "15277", "JPY"), "ok"},
      {"{'kind':'conversion.undo','id':'c9'}", "no_such_record"},
      {"{'kind':'conversion.undo','id':'c0'}", "ok"},
      {"{'kind':'charter','from':'2026-04','id':'v2','rules':{'currencies':{'EUR':{'root':{'to':'pool:x'}}},'root':{'to':'pool:x'}}}",
       "bad_charter"},
      {"{'kind':'charter','from':'2026-04','id':'v2','rules':{'currencies':{'JPY':{'root':{'to':'pool:x'}}},'root':{'to':'pool:x'}}}",
       "bad_charter"},
      {"{'kind':'charter','from':'2026-04','id':'v2','rules':{'currencies':{'CHF':{'root':{'to':'pool:x'}}},'root':{'to':'pool:x'}}}",
       "ok"},
  });
  for (int i = 0; i < 14; ++i) w.add("{'kind':'currency','code':'C" + std::to_string(i) + "','exponent':0}");
  CHECK(w.rule("{'kind':'currency','code':'ONEMORE','exponent':0}") == "too_many");
  // What was undone is gone, and cannot be undone again; what was spent cannot come back.
  w.add("{'kind':'conversion.undo','id':'c0'}");
  CHECK(w.rule("{'kind':'conversion.undo','id':'c0'}") == "conflict");
  CHECK(balance(w, "USD", "income:2026-03") == "10000");
  CHECK(balance(w, "JPY", "income:2026-03") == "100");
  w.add(conversion("c2", "100", "USD", "154", "JPY"));
  w.add("{'kind':'conversion','amount':'254','currency':'JPY','gives':'164','id':'c3','into':'CHF','period':'2026-03',"
        "'rate':{'gives':'645','of':'1000'},'rounding':'half-up'}");
  CHECK(w.rule("{'kind':'conversion.undo','id':'c2'}") == "balance_exceeded");
  w.when("2026-04-01T00:00:00Z").close("2026-03");
  CHECK(w.rule("{'kind':'conversion.undo','id':'c2'}") == "period_closed");
  check_balanced(w);
}

TEST_CASE("currencies: no charter, no conversion") {
  World w{dao_claim()};
  w.add("{'kind':'currency','code':'USD','exponent':2}");
  CHECK(w.rule(conversion("c1", "100", "USD", "154", "JPY")) == "no_charter");
}

TEST_CASE("currencies: a month in two of them by hand, and a third that waits") {
  World w = three_currencies();
  w.when("2026-03-20T00:00:00Z").income("i1", "1000", "2026-03").add(came_in("i2", "1001", "USD")).add(came_in("i3", "77", "CHF"));
  w.when("2026-04-01T00:00:00Z");
  const auto month = distribute(w.state(), world::month("2026-03")).value();
  REQUIRE(month.others.size() == 1);
  CHECK(to_string(month.outcome.distributed) == "1000");
  CHECK(to_string(month.outcome.others->front().totals.distributed) == "999");
  CHECK(month.others.front().stages.front().path == "/currencies/USD/root");
  w.close("2026-03");
  for (const char* member : {"aki", "ben", "chie"}) {
    CHECK(owed(w, "JPY", member) == "300");
    CHECK(owed(w, "USD", member) == "333");
  }
  CHECK(balance(w, "USD", "undivided:seats") == "2");
  CHECK(balance(w, "JPY", "undivided:seats") == "0");
  CHECK(balance(w, "CHF", "income:2026-03") == "0");
  CHECK(balance(w, "CHF", "income:2026-04") == "77");
  check_balanced(w);
  // One approval counts twice: one total each.
  w.state_it();
  // The standing says both; who has nothing in a currency has no entry in it.
  const Standing aki = standings(w.state()).front();
  CHECK(canonical_text(aki) ==
        quoted("{'entitled':{'seats':{'fraction':'0000000100000000','paid':'300'}},'holds':{'seat':1},'member':'aki','others':"
               "{'USD':{'entitled':{'seats':{'fraction':'aaaaaaabaaaaaaaa','paid':'333'}},'exponent':2,'owed':'333'}},'owed':'300'}"));

  // Each currency has its own smallest transfer.
  CHECK(w.rule("{'kind':'payment','amount':'333','currency':'USD','id':'p1','member':'aki'}") == "below_minimum");
  CHECK(w.rule("{'kind':'payment','amount':'300','currency':'JPY','id':'p1','member':'aki'}") == "ok");
  CHECK(w.rule("{'kind':'payment.settled','amount':'300','id':'p1'}") == "ok");
  CHECK(balance(w, "JPY", "paying") == "0");
  // The francs are given rules, and are distributed with the next month.
  w.charter("v2", "2026-05", "{'root':{'to':'pool:x'},'currencies':{'CHF':{'root':{'to':'pool:francs'}}}}");
  w.when("2026-05-01T00:00:00Z").close("2026-04");
  CHECK(balance(w, "CHF", "income:2026-05") == "77");
  // With the dollars' rules their pools end, and what was undivided is paid out.
  CHECK(balance(w, "USD", "undivided:seats") == "0");
  CHECK(w.state().others.at("USD").pools.empty());
  w.when("2026-06-01T00:00:00Z").close("2026-05");
  CHECK(balance(w, "CHF", "pool:francs") == "77");
  check_balanced(w);
}

TEST_CASE("conversions: every rounding against exact division") {
  Random random{test_seed("money_test")};
  for (int i = 0; i < 100'000; ++i) {
    const auto wide = [&](unsigned bits) {
      const unsigned n = 1 + static_cast<unsigned>(random.below(bits));
      return (((u128{random.bits()} << 64) + random.bits()) >> (128 - n)) + 1;
    };
    const bool small = random.below(2) == 0;
    const u128 amount = small ? u128{random.below(1000) + 1} : wide(126);
    const Rate rate{small ? u128{random.below(50) + 1} : wide(126), small ? u128{random.below(50) + 1} : wide(126)};
    const Big exact = big(amount) * big(rate.gives), floor = exact / big(rate.of), rest = exact % big(rate.of);
    for (const Rounding rounding : {Rounding::down, Rounding::up, Rounding::half_up, Rounding::half_even}) {
      Big right = floor;
      const Big twice = rest * 2 - big(rate.of);  // above zero: nearer to the next
      if (rounding == Rounding::up && rest != 0) right += 1;
      if (rounding == Rounding::half_up && twice >= 0) right += 1;
      if (rounding == Rounding::half_even && (twice > 0 || (twice == 0 && floor % 2 == 1))) right += 1;
      const auto got = converted(amount, rate, rounding);
      if (right >= big(amount_limit())) {
        REQUIRE(code_of(got) == "amount_too_large");
      } else {
        REQUIRE(got);
        REQUIRE(big(*got) == right);
      }
    }
  }
}

TEST_CASE("currencies: a currency's flow is what a DAO of that currency alone would pay") {
  Random random{test_seed("money_test")};
  for (int round = 0; round < 40; ++round) {
    World both{dao_claim()}, alone{dao_claim("+09:00", "dollars")};
    const std::string tree =
        "{'pool':'income','split':[[1,{'to':'pool:reserve'}],[2,{'pool':'seats','among':'tickets','else':{'to':'pool:reserve'}}],"
        "[3,{'pool':'all','among':{'lifetime':'equal'},'else':{'to':'pool:reserve'}}]]}";
    both.add("{'kind':'currency','code':'USD','exponent':2}");
    for (World* w : {&both, &alone}) {
      w->join("aki").join("ben").join("chie").ticket_class("seat", 3).mint("t1", "aki").mint("t2", "ben").mint("t3", "ben");
    }
    both.charter("v1", "2026-03", "{'root':{'to':'pool:yen'},'currencies':{'USD':{'root':" + tree + "}}}");
    alone.charter("v1", "2026-03", "{'root':" + tree + "}");
    Period period = world::month("2026-03");
    for (int k = 0; k < 6; ++k, period = period.next()) {
      const std::string name = to_string(period), end = to_string(period.next()) + "-01T00:00:00Z";
      both.when(end), alone.when(end);
      if (random.below(3) != 0) {
        const std::string amount = std::to_string(random.below(2000)), id = "i" + std::to_string(k);
        both.add("{'kind':'income','amount':'" + amount + "','currency':'USD','id':'" + id + "','period':'" + name + "'}");
        alone.income(id, amount, name);
      }
      if (random.below(2) == 0) both.income("y" + std::to_string(k), std::to_string(random.below(99)), name);
      if (k == 2) both.leave("ben"), alone.leave("ben");
      both.close(name), alone.close(name);
      for (const char* member : {"aki", "ben", "chie"}) REQUIRE(owed(both, "USD", member) == alone.owed(member));
      REQUIRE(balance(both, "USD", "pool:reserve") == alone.account("pool:reserve"));
      REQUIRE(balance(both, "USD", "undivided:seats") == alone.account("undivided:seats"));
    }
    check_balanced(both);
  }
}

TEST_CASE("currencies: random months keep every unit, against a naive sum") {
  Random random{test_seed("money_test")};
  const std::array<std::string, 3> codes = {"JPY", "USD", "CHF"};
  int conversions = 0, undone = 0, refused = 0, lacked = 0;
  for (int round = 0; round < 60; ++round) {
    World w = three_currencies();
    std::map<std::string, Big> in;                    // by currency: all that is there
    std::map<std::string, std::pair<std::string, Big>> incomes;  // id → currency, amount
    struct Convert {
      std::string from, into;
      Big amount, gives;
      bool undone = false;
    };
    std::map<std::string, Convert> done;
    Period period = world::month("2026-03");
    for (int step = 0; step < 60; ++step) {
      const std::string name = to_string(period);
      w.when(to_string(period.next()) + "-01T00:00:00Z");
      const std::string id = "x" + std::to_string(step), &code = codes[random.below(3)];
      switch (random.below(6)) {
        case 0:
        case 1: {
          const std::string amount = std::to_string(random.below(3000));
          w.add("{'kind':'income','amount':'" + amount + "','currency':'" + code + "','id':'" + id + "','period':'" + name + "'}");
          incomes[id] = {code, Big{amount}};
          in[code] += Big{amount};
          break;
        }
        case 2: {
          if (incomes.empty()) break;
          auto row = std::next(incomes.begin(), static_cast<long>(random.below(incomes.size())));
          const std::string amount = std::to_string(random.below(3000));
          w.correct_income(row->first, amount);
          in[row->second.first] += Big{amount} - row->second.second;
          row->second.second = Big{amount};
          break;
        }
        case 3: {
          const std::string& into = codes[random.below(3)];
          const std::uint64_t amount = 1 + random.below(1500), gives = 1 + random.below(9), of = 1 + random.below(9);
          const Big right = Big{amount} * gives / of;
          const std::string said = w.rule(conversion(id, std::to_string(amount), code, right.str(), into, "",
                                                     "{'gives':'" + std::to_string(gives) + "','of':'" + std::to_string(of) + "'}", name));
          if (code == into) {
            REQUIRE(said == "mixed_assets");
          } else if (said == "ok") {
            ++conversions;
            done[id] = {code, into, Big{amount}, right, false};
            in[code] -= Big{amount};
            in[into] += right;
          } else {
            REQUIRE(said == "balance_exceeded");
            ++refused;
          }
          break;
        }
        case 4: {
          if (done.empty()) break;
          auto row = std::next(done.begin(), static_cast<long>(random.below(done.size())));
          if (w.rule("{'kind':'conversion.undo','id':'" + row->first + "'}") != "ok") break;
          REQUIRE(!row->second.undone);
          ++undone;
          row->second.undone = true;
          in[row->second.from] += row->second.amount;
          in[row->second.into] -= row->second.gives;
          break;
        }
        default:
          w.close(name);
          period = period.next();
      }
      for (const std::string& one : codes) {
        const Books& books = money(w, one).books;
        REQUIRE(books.balanced());
        Big there = 0;
        for (const auto& [account, row] : books.accounts) there += big(row.balance());
        for (const Account& row : books.owed_rows) there += big(row.balance());
        lacked += books.missing() != 0 ? 1 : 0;
        REQUIRE(there - big(books.missing()) == in[one]);
      }
    }
  }
  CHECK(conversions > 100);
  CHECK(undone > 20);
  CHECK(refused > 20);
  CHECK(lacked > 20);
}
