// SPDX-License-Identifier: MIT
/// The weights that look back or are shared by heads: lifetime against exact ratios over months, segments against exact shares.
#include <map>
#include <string>
#include <vector>

#include "exact.hpp"
#include "world.hpp"

using namespace mikoshi;
using namespace world;

namespace {

const std::vector<std::string> people = {"aki", "ben", "chie", "dai"};

World group(const std::string& rules) {
  World w{dao_claim()};
  for (const std::string& who : people) w.join(who);
  return w.work_kind("work", 1).charter("v1", "2026-03", rules);
}

std::string segment(const std::string& id, std::uint64_t points, const std::string& members, const std::string& more = {}) {
  return "{'kind':'segment','id':'" + id + "','members':[" + members + "],'period':'2026-03','points':" +
         std::to_string(points) + more + "}";
}

}  // namespace

TEST_CASE("lifetime: a month without income is made up for, by hand") {
  World w = group("{'root':{'pool':'p','among':{'lifetime':'contributions'},'else':{'to':'pool:reserve'}}}");
  // March: aki works, nothing comes in. April: ben works as much, and 100 come in: each should have had 50.
  w.when("2026-04-01T00:00:00Z").work("c1", "aki", 10, "2026-03", ",'confirmed':'chie'").close("2026-03");
  w.when("2026-05-01T00:00:00Z").work("c2", "ben", 10, "2026-04", ",'confirmed':'chie'").income("i1", "100", "2026-04").close("2026-04");
  CHECK(w.owed("aki") == "50");
  CHECK(w.owed("ben") == "50");
  // May: chie works 20, 60 come in: of 160 she should have 80, the others 40. They are ahead, so she gets all of it.
  w.when("2026-06-01T00:00:00Z").work("c3", "chie", 20, "2026-05", ",'confirmed':'aki'").income("i2", "60", "2026-05").close("2026-05");
  CHECK(w.owed("chie") == "60");
  CHECK(w.owed("aki") == "50");
  // June: 40 without work: of 200, 100 for her and 50 each: nobody is ahead any more.
  w.when("2026-07-01T00:00:00Z").income("i3", "40", "2026-06").close("2026-06");
  CHECK(w.owed("chie") == "100");
  CHECK(w.owed("aki") == "50");
  CHECK(w.owed("dai") == "0");
  // July: nothing was ever weighed below an else, so nothing is remembered there: that is refused.
  CHECK(w.rule("{'kind':'charter','from':'2026-08','id':'v2','rules':{'root':{'pool':'q','among':'equal','else':{'pool':'p2',"
               "'among':{'lifetime':'equal'},'else':{'to':'pool:x'}}}}}") == "bad_charter");
  CHECK(w.rule("{'kind':'charter','from':'2026-08','id':'v2','rules':{'root':{'pool':'q','among':{'root':{'lifetime':'equal'}},"
               "'else':{'to':'pool:x'}}}}") == "bad_charter");
  for (const char* more : {",'rule':'hamilton'", ",'cap':'10'", ",'floor':'10'"})
    CHECK(w.rule("{'kind':'charter','from':'2026-08','id':'v2','rules':{'root':{'pool':'q','among':{'lifetime':'equal'},"
                 "'else':{'to':'pool:x'}" + std::string{more} + "}}}") == "bad_charter");
  // A pool that looks back keeps to it.
  CHECK(w.rule("{'kind':'charter','from':'2026-08','id':'v2','rules':{'root':{'pool':'p','among':'contributions',"
               "'else':{'to':'pool:reserve'}}}}") == "bad_charter");
}

TEST_CASE("lifetime: nobody is passed over, and who is behind comes first, against exact ratios") {
  Random random{test_seed("lifetime_test")};
  for (int round = 0; round < 60; ++round) {
    World w = group("{'root':{'pool':'p','among':{'lifetime':'contributions'},'else':{'to':'pool:reserve'}}}");
    std::map<std::string, Big> sums, paid;
    Big got = 0;
    Period period = month("2026-03");
    int record = 0;
    for (int k = 0; k < 12; ++k, period = period.next()) {
      w.when(to_string(period.next()) + "-01T00:00:00Z");
      for (const std::string& who : people) {
        if (random.below(2) == 0) continue;
        const std::uint64_t points = random.below(random.below(4) == 0 ? 1'000'000'000'000 : 20);
        w.work("c" + std::to_string(record++), who, points, to_string(period), ",'confirmed':'" + (who == "aki" ? std::string{"ben"} : std::string{"aki"}) + "'");
        sums[who] += points;
      }
      const std::uint64_t income = random.below(4) == 0 ? 0 : random.below(random.below(3) == 0 ? 1'000'000'000'000 : 50);
      if (income != 0) w.income("i" + std::to_string(k), std::to_string(income), to_string(period));
      Big all = 0;
      for (const auto& [who, sum] : sums) all += sum;
      w.close(to_string(period));
      if (all == 0) continue;  // it went to the reserve
      got += income;
      // What each lacked before, exactly, and so the share of this income if all who lack are paid in proportion.
      std::map<std::string, Rational> lacks;
      Rational lack = 0;
      for (const std::string& who : people) {
        lacks[who] = std::max(Rational{0}, Rational{got * sums[who], all} - Rational{paid[who]});
        lack += lacks[who];
      }
      bool ahead = false;
      for (const std::string& who : people) {
        const Big now = Big{w.owed(who)} - paid[who];
        // Fractions that are kept in a name, up to a unit each, move what is lacking by as much.
        if (lack != 0) {
          const Rational share = Rational{Big{income}} * lacks[who] / lack;
          REQUIRE(Rational{now} <= share + 5);
          REQUIRE(Rational{now} >= share - 5);
        }
        paid[who] += now;
        ahead = ahead || Rational{paid[who]} > Rational{got * sums[who], all} + 1;
      }
      // Where nobody is ahead, everybody has what is due to a unit.
      if (ahead) continue;
      for (const std::string& who : people) {
        REQUIRE(Rational{paid[who]} > Rational{got * sums[who], all} - 2);
        REQUIRE(Rational{paid[who]} <= Rational{got * sums[who], all} + 1);
      }
    }
    REQUIRE(w.state().pools.begin()->second.conserved());
    REQUIRE(w.state().books.balanced());
  }
}

TEST_CASE("lifetime: the largest numbers") {
  World w{dao_claim()};
  w.join("aki").join("ben").work_kind("work", 1).charter("v1", "2026-03",
                                                         "{'root':{'pool':'p','among':{'lifetime':'contributions'},'else':{'to':'pool:reserve'}}}");
  w.when("2026-04-01T00:00:00Z");
  w.work("c1", "aki", 9007199254740991, "2026-03", ",'confirmed':'ben'").work("c2", "ben", 1, "2026-03", ",'confirmed':'aki'");
  w.income("i1", "170141183460469231731687303715884105727", "2026-03").close("2026-03");
  // ben's part of 2^127 - 1 is (2^127 - 1)/2^53, about 2^74. Weights have 64 bits, so each is paid to 2^-64 of the whole.
  const Big apart = abs(Big{Big{w.owed("ben")} - (Big{1} << 74)});
  CHECK(apart <= Big{1} << 63);
  CHECK(w.state().books.balanced());
  CHECK(w.state().pools.begin()->second.conserved());
}

TEST_CASE("segments: what may not be recorded") {
  World w = group("{'root':{'pool':'ride','among':'segments','else':{'to':'pool:reserve'}}}");
  w.when("2026-03-20T00:00:00Z").add(segment("s1", 300, "'aki'"));
  std::string many;
  for (int i = 0; i < 1001; ++i) many += std::string{i == 0 ? "" : ","} + "'m" + std::to_string(i) + "'";
  check_table(w, {
      {segment("s1", 1, "'ben'"), "conflict"},
      {segment("s2", 1, many), "too_many"},
      {segment("s2", 1, ""), "no_such_member"},
      {segment("s2", 1, "'zoe'"), "no_such_member"},
      {segment("s2", 1, "'ben','aki','ben'"), "duplicate_member"},
      {"{'kind':'segment','id':'s2','members':['aki'],'period':'2026-04','points':1}", "future_period"},
      {segment("s2", 1, "'aki'", ",'evidence':{'file':'" + sha("f") + "','row':0}"), "bad_number"},
      {segment("s2", 1, "'aki'", ",'channel':'c','message':'" + sha("m") + "','voice':'relayed'"), "unauthorised"},
      {segment("s2", 0, "'ben','aki'", ",'evidence':{'file':'" + sha("f") + "'}"), "ok"},
      {"{'kind':'segment.withdraw','id':'s9'}", "no_such_record"},
      {"{'kind':'segment.withdraw','id':'s1'}", "ok"},
  });
  w.add("{'kind':'segment.withdraw','id':'s1'}");
  CHECK(w.rule("{'kind':'segment.withdraw','id':'s1'}") == "conflict");
  w.add(segment("s3", 5, "'aki'")).when("2026-04-01T00:00:00Z").income("i", "7", "2026-03").close("2026-03");
  CHECK(w.owed("aki") == "7");
  CHECK(w.rule("{'kind':'segment.withdraw','id':'s3'}") == "conflict");
}

TEST_CASE("segments: a taxi by hand, and late legs") {
  World w = group("{'root':{'pool':'ride','among':'segments','else':{'to':'pool:reserve'}}}");
  w.when("2026-03-31T00:00:00Z");
  // 900 to the first corner for three, 600 on for two, 700 for the last one alone: 300, 600, 1300.
  w.add(segment("s1", 900, "'aki','ben','chie'")).add(segment("s2", 600, "'chie','ben'")).add(segment("s3", 700, "'chie'"));
  w.when("2026-04-01T00:00:00Z").income("i1", "2200", "2026-03").close("2026-03");
  CHECK(w.owed("aki") == "300");
  CHECK(w.owed("ben") == "600");
  CHECK(w.owed("chie") == "1300");
  // A leg that was forgotten counts in April, once.
  w.add(segment("s4", 10, "'dai'"));
  w.when("2026-05-01T00:00:00Z").income("i2", "50", "2026-04").close("2026-04");
  CHECK(w.owed("dai") == "50");
  w.when("2026-06-01T00:00:00Z").income("i3", "50", "2026-05").close("2026-05");
  CHECK(w.account("pool:reserve") == "50");
}

TEST_CASE("segments: heads of every number, against exact shares; and too many different ones") {
  Random random{test_seed("lifetime_test")};
  for (int round = 0; round < 200; ++round) {
    World w = group("{'root':{'pool':'ride','among':'segments','else':{'to':'pool:reserve'}}}");
    w.when("2026-03-31T00:00:00Z");
    std::map<std::string, Rational> shares;
    Rational all = 0;
    for (std::uint64_t s = 0; s < 1 + random.below(6); ++s) {
      std::vector<std::string> there;
      for (const std::string& who : people)
        if (random.below(2) == 0) there.push_back(who);
      if (there.empty()) continue;
      const std::uint64_t points = random.below(1000);
      std::string list;
      for (const std::string& who : there) {
        list += (list.empty() ? "'" : ",'") + who + "'";
        shares[who] += Rational{Big{points}, Big{there.size()}};
        all += Rational{Big{points}, Big{there.size()}};
      }
      w.add(segment("s" + std::to_string(s), points, list));
    }
    const std::uint64_t income = random.below(100000);
    w.when("2026-04-01T00:00:00Z").income("i", std::to_string(income), "2026-03").close("2026-03");
    if (all == 0) continue;
    for (const std::string& who : people) {
      const Rational due = Rational{Big{income}} * shares[who] / all;
      REQUIRE(Rational{Big{w.owed(who)}} <= due + 1);
      REQUIRE(Rational{Big{w.owed(who)}} > due - 1);
    }
  }
  // The least common multiple of 1 to 47 passes 2^64.
  World w{dao_claim()};
  std::string list;
  w.charter("v1", "2026-03", "{'root':{'pool':'ride','among':'segments','else':{'to':'pool:reserve'}}}");
  w.when("2026-03-31T00:00:00Z");
  for (int i = 1; i <= 47; ++i) {
    w.join("m" + std::to_string(i), ",'on':'2026-03-02T00:00:00Z'");
    list += (list.empty() ? "'m" : ",'m") + std::to_string(i) + "'";
    w.add(segment("s" + std::to_string(i), 1, list));
  }
  w.when("2026-04-01T00:00:00Z").income("i", "1000", "2026-03");
  CHECK(code_of(distribute(w.state(), month("2026-03"))) == "weight_overflow");
}
