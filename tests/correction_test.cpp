// SPDX-License-Identifier: MIT
/// @file correction_test.cpp
/// Proves corrections after the close, against numbers done by hand: points counted in vain are taken back from what the member
/// does next, more points count late, money that was given back is made up for by the next income; and over random years what
/// was credited, counted and still owed agree to the last point and the last unit.

#include <boost/multiprecision/cpp_int.hpp>
#include <map>
#include <string>
#include <vector>

#include "random.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::month;
using world::World;

namespace {

using Big = boost::multiprecision::cpp_int;

const std::string work_rules = "{'root':{'pool':'work','among':'contributions','else':{'to':'pool:rest'}}}";

std::string end_of(const std::string& period) {
  return to_string(Timestamp::from_seconds(month(period).end_s(Offset::parse("+09:00").value())).value());
}

/// aki and ben, paid by points alone: 90 and 10 points in March, 1000 yen.
World march() {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", work_rules).work_kind("work", 1).work_kind("idea", 3).join("aki").join("ben").join("chi");
  w.work("a3", "aki", 90, "2026-03", ",'confirmed':'ben'").work("b3", "ben", 10, "2026-03", ",'confirmed':'aki'");
  w.income("i3", "1000", "2026-03");
  w.when(end_of("2026-03")).close("2026-03");
  return w;
}

/// What a month would pay: "aki 900, ben 100", members and accounts; then "taken back aki 50".
std::string month_of(const World& w, const std::string& period) {
  const auto d = distribute(w.state(), month(period));
  if (!d) return world::code_of(d);
  std::string text;
  for (const PayoutLeaf& leaf : payout_leaves(w.state(), d->period, *d))
    text += (text.empty() ? "" : ", ") + leaf.payee + " " + to_string(leaf.amount);
  for (const TakenBack& taken : d->taken_back)
    text += "; " + w.state().members.ids[taken.member].text() + " gives back " + std::to_string(taken.weight);
  return text;
}

std::uint64_t debt(const World& w, const std::string& member) {
  return w.state().records.debt_of(Heap{}, w.state().members.find(MemberId::parse(member).value()).value());
}
std::string missing(const World& w) { return to_string(w.state().books.missing()); }

/// Records a month's points of aki and ben, its income, and goes to its end.
World& april(World& w, const std::string& period, unsigned aki, unsigned ben, const std::string& amount) {
  const std::string tail = period.substr(6);
  if (aki != 0) w.work("a" + tail, "aki", aki, period, ",'confirmed':'ben'");
  if (ben != 0) w.work("b" + tail, "ben", ben, period, ",'confirmed':'aki'");
  w.when(end_of(period));
  if (amount != "0") w.income("i" + tail, amount, period);
  return w;
}

std::string in_and_recouped(const World& w, const std::string& period) {
  const Outcome outcome = make_draft(w.state(), month(period)).value().outcome;
  return to_string(outcome.in) + " in, " + to_string(outcome.recouped) + " recouped";
}

}  // namespace

// --- points ------------------------------------------------------------------------------------------------------------

TEST_CASE("correction: 90 points counted instead of 9 are taken back over the months that follow") {
  World w = march();
  REQUIRE(w.owed("aki") == "900");
  REQUIRE(w.owed("ben") == "100");
  w.correct_points("a3", 9);
  CHECK(w.owed("aki") == "900");  // what was promised stays promised
  CHECK(debt(w, "aki") == 81);
  CHECK(debt(w, "ben") == 0);
  april(w, "2026-04", 50, 50, "1000");
  CHECK(month_of(w, "2026-04") == "ben 1000; aki gives back 50");
  w.close("2026-04");
  CHECK(debt(w, "aki") == 31);
  april(w, "2026-05", 40, 40, "490");  // 40 - 31 against 40: 9 and 40 of 49
  CHECK(month_of(w, "2026-05") == "aki 90, ben 400; aki gives back 31");
  w.close("2026-05");
  CHECK(debt(w, "aki") == 0);
  april(w, "2026-06", 10, 10, "100");
  CHECK(month_of(w, "2026-06") == "aki 50, ben 50");
  w.close("2026-06");
  CHECK(w.owed("aki") == "1040");
  CHECK(w.owed("ben") == "1550");
  CHECK(w.state().books.balanced());
}

TEST_CASE("correction: a share says how much of its weight was taken back, and one that is used up has no share") {
  World w = march();
  w.correct_points("a3", 9);
  april(w, "2026-04", 50, 50, "1000");
  Distribution d = distribute(w.state(), month("2026-04")).value();
  REQUIRE(d.stages.size() == 1);
  REQUIRE(d.stages[0].shares.size() == 1);
  CHECK(d.stages[0].shares[0].payee == "ben");
  CHECK(d.stages[0].shares[0].taken_back == 0);
  CHECK(d.stages[0].weight_sum == 50);
  REQUIRE(d.taken_back.size() == 1);
  CHECK(d.taken_back[0].weight == 50);
  w.close("2026-04");
  april(w, "2026-05", 40, 40, "490");
  d = distribute(w.state(), month("2026-05")).value();
  REQUIRE(d.stages[0].shares.size() == 2);
  CHECK(d.stages[0].shares[0].payee == "aki");
  CHECK(d.stages[0].shares[0].weight == 9);
  CHECK(d.stages[0].shares[0].taken_back == 31);
  CHECK(d.stages[0].shares[1].taken_back == 0);
  // Only contributions are taken back: in a pool by tickets no share says so.
  World t{world::dao_claim()};
  t.charter("v1", "2026-03",
            "{'root':{'pool':'p','split':[[1,{'pool':'work','among':'contributions','else':{'to':'pool:rest'}}],[1,{'"
            "pool':'seats',"
            "'among':'tickets','else':{'to':'pool:rest'}}]]}}");
  t.work_kind("work", 1).ticket_class("seat", 1).join("aki").join("ben").mint("t", "aki");
  t.work("a3", "aki", 5, "2026-03", ",'confirmed':'ben'")
      .when(end_of("2026-03"))
      .close("2026-03")
      .correct_points("a3", 2);
  t.work("a4", "aki", 7, "2026-04", ",'confirmed':'ben'").when(end_of("2026-04")).income("i", "100", "2026-04");
  d = distribute(t.state(), month("2026-04")).value();
  for (const Stage& stage : d.stages)
    for (const Share& share : stage.shares) {
      CAPTURE(stage.path, share.payee);
      CHECK(share.taken_back == (stage.name == "work" ? 3 : 0));
      if (stage.name == "work") CHECK(share.weight == 4);
      if (stage.name == "seats") CHECK(share.weight == 1);
    }
}

TEST_CASE("correction: points of a heavier kind weigh more when they are taken back") {
  World w = march();
  w.work("x", "aki", 5, "2026-04", ",'confirmed':'ben'", "idea");  // 15
  april(w, "2026-04", 0, 5, "20");
  CHECK(month_of(w, "2026-04") == "aki 15, ben 5");
  w.close("2026-04").correct_points("x", 2).correct_points("a3", 89);
  CHECK(debt(w, "aki") == 9 + 1);
  april(w, "2026-05", 12, 2, "4");
  CHECK(month_of(w, "2026-05") == "aki 2, ben 2; aki gives back 10");
}

TEST_CASE("correction: more points count late, with a new confirmation unless a row of a file stands for them") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", work_rules).work_kind("work", 1).join("aki").join("ben");
  w.work("a", "aki", 10, "2026-03", ",'confirmed':'ben'");
  w.work("b", "ben", 10, "2026-03", ",'evidence':{'file':'" + world::sha("f") + "','row':2}");
  w.income("i3", "100", "2026-03").when(end_of("2026-03")).close("2026-03");
  w.correct_points("a", 25).correct_points("b", 30);
  CHECK(debt(w, "aki") == 0);
  w.income("i4", "100", "2026-04").when(end_of("2026-04"));
  CHECK(month_of(w, "2026-04") == "ben 100");  // 20 late points of ben's, none of aki's
  CHECK(distribute(w.state(), month("2026-04"))->late == 1);
  World unconfirmed = w;
  w.confirm("a", "ben");
  CHECK(month_of(w, "2026-04") == "aki 42, ben 57");  // 15 and 20 of 35
  CHECK(distribute(w.state(), month("2026-04"))->late == 2);
  CHECK(w.rule("{'kind':'contribution.confirm','by':'ben','id':'a'}") == "conflict");
  w.close("2026-04");
  w.income("i5", "7", "2026-05").when(end_of("2026-05"));
  CHECK(month_of(w, "2026-05") == "pool:rest 7");  // each point counted once
  // Confirmed a month later, they count a month later.
  unconfirmed.close("2026-04").confirm("a", "ben");
  unconfirmed.income("i5", "7", "2026-05").when(end_of("2026-05"));
  CHECK(month_of(unconfirmed, "2026-05") == "aki 7");
  unconfirmed.close("2026-05");
  CHECK(unconfirmed.state().records.waiting.empty());
  // Nobody confirms an own raise.
  World self = march();
  self.correct_points("a3", 100);
  CHECK(self.rule("{'kind':'contribution.confirm','by':'aki','id':'a3'}") == "self_confirmation");
}

TEST_CASE("correction: down and up again is as if nothing had been, once the raise is confirmed") {
  World w = march();
  w.correct_points("a3", 9).correct_points("a3", 90);
  CHECK(debt(w, "aki") == 81);
  april(w, "2026-04", 5, 5, "1000");
  World waiting = w;
  CHECK(month_of(waiting, "2026-04") == "ben 1000; aki gives back 5");  // the raise waits for its confirmation
  w.confirm("a3", "chi");
  CHECK(month_of(w, "2026-04") == "aki 500, ben 500; aki gives back 81");
  w.close("2026-04");
  CHECK(debt(w, "aki") == 0);
  waiting.close("2026-04").confirm("a3", "chi");
  CHECK(debt(waiting, "aki") == 76);
  april(waiting, "2026-05", 0, 5, "1000");
  CHECK(month_of(waiting, "2026-05") == "aki 500, ben 500; aki gives back 76");  // the 5 of April come back
  // A raise that is taken back before it counted leaves no trace in the weights.
  World undone = march();
  undone.correct_points("a3", 95).confirm("a3", "ben").correct_points("a3", 90);
  april(undone, "2026-04", 1, 1, "10");
  CHECK(month_of(undone, "2026-04") == "aki 5, ben 5");
  CHECK(debt(undone, "aki") == 0);
}

TEST_CASE("correction: withdrawn records add up, and whoever does nothing more gives nothing back") {
  World w = march();
  april(w, "2026-04", 30, 10, "400");
  w.close("2026-04").correct_points("a3", 0).correct_points("a4", 0).correct_points("b3", 9);
  CHECK(debt(w, "aki") == 120);
  CHECK(debt(w, "ben") == 1);
  w.leave("aki");
  april(w, "2026-05", 0, 6, "100");
  CHECK(month_of(w, "2026-05") == "ben 100; ben gives back 1");
  w.close("2026-05");
  CHECK(debt(w, "aki") == 120);
  CHECK(debt(w, "ben") == 0);
  // Months later, as the same member.
  w.rejoin("aki");
  april(w, "2026-06", 121, 1, "10");
  CHECK(month_of(w, "2026-06") == "aki 5, ben 5; aki gives back 120");
}

TEST_CASE("correction: in a month without income what was done is spent, and what was in vain is made up for by it") {
  World w = march();
  w.correct_points("a3", 50);
  april(w, "2026-04", 30, 1, "0");
  CHECK(month_of(w, "2026-04") == "; aki gives back 30");
  w.close("2026-04");
  CHECK(debt(w, "aki") == 10);
  CHECK(w.owed("aki") == "900");
}

TEST_CASE("correction: a draft is stale after it, also where nothing but the debt has changed what it gives") {
  World w = march();
  april(w, "2026-04", 50, 50, "1000");
  const std::string draft = w.draft("2026-04");
  World same = w;
  same.correct_points("a3", 90);  // to what it is
  CHECK(same.rule("{'kind':'approve','draft':'" + draft + "'}") == "ok");
  w.correct_points("a3", 89);
  CHECK(w.rule("{'kind':'approve','draft':'" + draft + "'}") == "stale_draft");
  CHECK(month_of(w, "2026-04") == "aki 494, ben 505; aki gives back 1");
  CHECK(w.draft("2026-04") == "2026-04.2");
}

TEST_CASE("correction: what would make a member's debt pass 2^64 is refused") {
  World w = march();
  w.work_kind("world", 9007199254740991);
  w.work("x", "aki", 2047, "2026-04", ",'confirmed':'ben'", "world");
  april(w, "2026-04", 0, 0, "5");
  w.close("2026-04").correct_points("x", 0);
  CHECK(debt(w, "aki") == 2047 * 9007199254740991u);
  w.work("y", "aki", 2, "2026-05", ",'confirmed':'ben'", "world");
  w.when(end_of("2026-05")).close("2026-05");
  CHECK(debt(w, "aki") == 2045 * 9007199254740991u);
  w.work("z", "ben", 2047, "2026-06", ",'confirmed':'aki'", "world").when(end_of("2026-06")).close("2026-06");
  w.correct_points("y", 0);
  CHECK(debt(w, "aki") == 2047 * 9007199254740991u);
  w.correct_points("a3", 0);
  CHECK(debt(w, "aki") == 2047 * 9007199254740991u + 90);
  CHECK(w.rule("{'kind':'contribution.correct','id':'z','points':0}") == "ok");  // ben's
}

TEST_CASE("correction: over random years, what was credited is what stands counted and what is still in debt") {
  Random random{test_seed("correction_test")};
  std::size_t given_back = 0, corrected = 0, late = 0;
  for (int round = 0; round < 12; ++round) {
    World w{world::dao_claim()};
    w.charter("v1", "2026-03", work_rules).join("aki").join("ben").join("chi");
    const std::vector<std::string> names = {"aki", "ben", "chi"};
    std::map<std::string, Big> weight_of;
    for (const char* kind : {"k0", "k1", "k2"}) {
      weight_of[kind] = 1 + random.below(50);
      w.work_kind(kind, static_cast<std::uint64_t>(weight_of[kind]));
    }
    struct Row {
      std::string id, member, kind;
      std::uint64_t points = 0;  // as last said
      bool confirmed = true;
    };
    std::vector<Row> rows;
    std::map<std::string, Big> credited;
    Period period = month("2026-03");
    for (int t = 0; t < 24; ++t, period = period.next()) {
      for (std::uint64_t n = random.below(4); n > 0; --n) {
        const std::uint64_t who = random.below(3);
        rows.push_back({"r" + std::to_string(rows.size()), names[who], "k" + std::to_string(random.below(3)),
                        random.below(60), true});
        w.work(rows.back().id, names[who], rows.back().points, to_string(period),
               ",'confirmed':'" + names[(who + 1) % 3] + "'", rows.back().kind);
      }
      for (std::uint64_t n = rows.empty() ? 0 : random.below(4); n > 0; --n) {
        Row& row = rows[random.below(rows.size())];
        const std::uint64_t points = random.below(60);
        w.correct_points(row.id, points);
        ++corrected;
        if (points > row.points) row.confirmed = false;
        row.points = points;
        if (!row.confirmed && random.one_in(2)) {
          w.confirm(row.id, row.member == "aki" ? "ben" : "aki");
          row.confirmed = true;
        }
      }
      w.at = Timestamp::from_seconds(period.end_s(w.state().dao.offset)).value();
      if (!random.one_in(4)) w.income("i" + std::to_string(t), std::to_string(random.below(1000)), to_string(period));
      const Distribution d = distribute(w.state(), period).value();
      std::map<std::string, Big> net;
      for (const Share& share : d.stages[0].shares) net[share.payee] = share.weight;
      given_back += d.taken_back.size();
      late += d.late;
      w.close(to_string(period));
      for (const std::string& name : names) {
        credited[name] += net[name];
        const auto index = w.state().members.find(MemberId::parse(name).value()).value();
        Big counted = 0, said = 0;
        for (const Row& row : rows) {
          if (row.member != name) continue;
          const auto place = w.state().records.find(RecordId::parse(row.id).value()).value();
          const Contribution& record = w.state().records.contributions[place];
          counted += record.points_counted * weight_of[row.kind];
          if (row.confirmed) said += row.points * weight_of[row.kind];
          if (row.confirmed) REQUIRE(record.points_counted == row.points);  // all that was confirmed has been counted
          REQUIRE(record.confirmed == row.confirmed);
        }
        CAPTURE(round, t, name);
        // What was credited in all months is what stands counted, and what is still to be taken back.
        REQUIRE(credited[name] == counted + w.state().records.debt_of(Heap{}, index));
        REQUIRE(said <= counted);
      }
    }
  }
  CHECK(given_back > 50);
  CHECK(corrected > 200);
  CHECK(late > 100);
}

// --- money -------------------------------------------------------------------------------------------------------------

TEST_CASE("correction: 1000 were distributed and are corrected to 400: the next incomes make up for 600") {
  World w = march();
  w.correct_income("i3", "400");
  CHECK(missing(w) == "600");
  CHECK(w.owed("aki") == "900");  // what was promised stays promised
  april(w, "2026-04", 1, 1, "500");
  CHECK(in_and_recouped(w, "2026-04") == "0 in, 500 recouped");
  CHECK(month_of(w, "2026-04").empty());
  w.close("2026-04");
  CHECK(missing(w) == "100");
  CHECK(w.account("income:2026-04") == "0");
  april(w, "2026-05", 1, 1, "500");
  CHECK(in_and_recouped(w, "2026-05") == "400 in, 100 recouped");
  CHECK(month_of(w, "2026-05") == "aki 200, ben 200");
  w.close("2026-05");
  CHECK(missing(w) == "0");
  // Corrected up again: 300 more enter the month that is open.
  w.correct_income("i3", "700");
  CHECK(w.account("income:2026-06") == "300");
  CHECK(missing(w) == "0");
  april(w, "2026-06", 1, 1, "100");
  CHECK(in_and_recouped(w, "2026-06") == "400 in, 0 recouped");
  w.close("2026-06");
  CHECK(w.owed("aki") == "1300");
  CHECK(w.owed("ben") == "500");
  CHECK(w.state().books.balanced());
  // All that ever came in for good: 700 + 500 + 500 + 100 = 1300 + 500.
  CHECK(w.state().books.world.debit - w.state().books.world.credit == 1800);
}

TEST_CASE("correction: money that comes back before it was made up for makes up for itself") {
  World w = march();
  w.correct_income("i3", "400").correct_income("i3", "1000");
  CHECK(missing(w) == "600");
  CHECK(w.account("income:2026-04") == "600");
  april(w, "2026-04", 1, 1, "500");
  CHECK(in_and_recouped(w, "2026-04") == "500 in, 600 recouped");
  w.close("2026-04");
  CHECK(missing(w) == "0");
  CHECK(w.owed("aki") == "1150");
  // The 600 were distributed with April; now they are withdrawn again, and the rest too.
  w.correct_income("i3", "0");
  CHECK(missing(w) == "1000");
  CHECK(w.state().books.balanced());
}

TEST_CASE("correction: of an income that is still open nothing is missing, whatever it is corrected to") {
  World w = march();
  april(w, "2026-04", 1, 1, "500");
  for (const char* amount : {"0", "900", "1", "500"}) {
    w.correct_income("i4", amount);
    CHECK(w.account("income:2026-04") == amount);
    CHECK(missing(w) == "0");
    CHECK(in_and_recouped(w, "2026-04") == std::string{amount} + " in, 0 recouped");
    CHECK(w.state().books.balanced());
  }
  CHECK(w.state().books.world.debit == 1500);  // a wrong posting is undone in its own columns
}

TEST_CASE("correction: of what was distributed in part, only that part can be missing") {
  World w = march();
  w.correct_income("i3", "1500");
  CHECK(w.account("income:2026-04") == "500");
  w.correct_income("i3", "1200");
  CHECK(w.account("income:2026-04") == "200");
  CHECK(missing(w) == "0");
  w.correct_income("i3", "800");
  CHECK(w.account("income:2026-04") == "0");
  CHECK(missing(w) == "200");
  w.correct_income("i3", "900");
  CHECK(w.account("income:2026-04") == "100");
  CHECK(missing(w) == "200");
  w.correct_income("i3", "750");
  CHECK(w.account("income:2026-04") == "0");
  CHECK(missing(w) == "250");
  CHECK(w.state().books.balanced());
  april(w, "2026-04", 1, 1, "50");
  CHECK(in_and_recouped(w, "2026-04") == "0 in, 50 recouped");
  // A month that was drafted before the correction is not the month after it.
  const std::string draft = w.draft("2026-04");
  w.correct_income("i3", "990");
  CHECK(in_and_recouped(w, "2026-04") == "40 in, 250 recouped");
  CHECK(w.rule("{'kind':'approve','draft':'" + draft + "'}") == "stale_draft");
}

TEST_CASE("correction: what is missing may exceed all that is owed, and no month goes below nothing") {
  World w = march();
  w.plan("p1", "aki", "900").settled("p1", "900");
  w.correct_income("i3", "0");
  CHECK(missing(w) == "1000");
  CHECK(w.owed("ben") == "100");
  CHECK(w.state().books.balanced());
  for (const char* period : {"2026-04", "2026-05", "2026-06"}) {
    april(w, period, 1, 1, "0");
    CHECK(in_and_recouped(w, period) == "0 in, 0 recouped");
    w.close(period);
  }
  april(w, "2026-07", 1, 1, "1004");
  CHECK(in_and_recouped(w, "2026-07") == "4 in, 1000 recouped");
  w.close("2026-07");
  CHECK(w.owed("aki") == "2");
  CHECK(w.owed("ben") == "102");
  CHECK(w.state().books.balanced());
}

TEST_CASE("correction: units that wait by name are no income, and nothing is recouped from them") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", "{'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}}")
      .join("aki")
      .join("ben")
      .join("chi");
  w.income("i3", "101", "2026-03").when(end_of("2026-03")).close("2026-03");
  CHECK(w.account("undivided:all") == "2");
  w.correct_income("i3", "0");
  w.when(end_of("2026-04")).close("2026-04");
  CHECK(w.account("undivided:all") == "2");
  CHECK(missing(w) == "101");
  w.income("i5", "102", "2026-05").when(end_of("2026-05"));
  const Outcome outcome = make_draft(w.state(), month("2026-05")).value().outcome;
  CHECK(outcome.in == 1);
  CHECK(outcome.recouped == 101);
  CHECK(outcome.distributed == 3);  // with the two that waited: a unit for each
  CHECK(outcome.undivided_before == 2);
  CHECK(outcome.undivided_after == 0);
  w.close("2026-05");
  CHECK(w.state().books.balanced());
}

TEST_CASE("correction: over random years, in and recouped are all incomes, as they were last said") {
  Random random{test_seed("correction_test")};
  std::size_t recouping = 0, short_months = 0;
  for (int round = 0; round < 20; ++round) {
    World w{world::dao_claim()};
    w.charter("v1", "2026-03", "{'root':{'to':'pool:all'}}");
    std::vector<Big> incomes;
    Big in = 0, recouped = 0;
    Period period = month("2026-03");
    for (int t = 0; t < 20; ++t, period = period.next()) {
      for (std::uint64_t n = random.below(3); n > 0; --n) {
        incomes.push_back(random.below(1000));
        w.income("i" + std::to_string(incomes.size() - 1), incomes.back().str(), to_string(period));
      }
      for (std::uint64_t n = incomes.empty() ? 0 : random.below(3); n > 0; --n) {
        const std::uint64_t which = random.below(incomes.size());
        incomes[which] = random.below(random.one_in(2) ? 200 : 1500);
        w.correct_income("i" + std::to_string(which), incomes[which].str());
      }
      w.at = Timestamp::from_seconds(period.end_s(w.state().dao.offset)).value();
      const Outcome outcome = make_draft(w.state(), period).value().outcome;
      CHECK((outcome.in == 0 ||
             outcome.recouped == w.state().books.missing()));  // nothing is paid while something is missing
      w.close(to_string(period));
      in += Big{to_string(outcome.in)};
      recouped += Big{to_string(outcome.recouped)};
      recouping += outcome.recouped != 0 ? 1 : 0;
      short_months += outcome.recouped != 0 && outcome.in == 0 ? 1 : 0;
      Big said = 0;
      for (const Big& amount : incomes) said += amount;
      CAPTURE(round, t);
      REQUIRE(in - Big{missing(w)} == said);  // all that was paid out, less what is missing, is what came in for good
      REQUIRE(Big{w.account("pool:all")} == in);
      REQUIRE(Big{to_string(w.state().books.deficit.credit)} == recouped);
      REQUIRE(w.state().books.balanced());
    }
  }
  CHECK(recouping > 50);
  CHECK(short_months > 5);
}
