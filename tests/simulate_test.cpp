// SPDX-License-Identifier: MIT
/// @file simulate_test.cpp
/// What if: under its own charters a ledger gives its own distributions again, under another one what the rules give; the
/// exact ideal; and how inequality is measured.
#include <map>
#include <vector>

#include "mikoshi/ledger/what_if.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::code_of;
using world::json;
using world::month;
using world::quoted;
using world::World;

namespace {

const std::string equal_rules = "{'root':{'pool':'members','among':'equal','else':{'to':'pool:reserve'}}}";
const std::string reserve_rules = "{'root':{'to':'pool:reserve'}}";

std::string fraction(const Fraction& value) { return value.numerator.str() + "/" + value.denominator.str(); }
std::string fraction(const std::optional<Fraction>& value) { return value ? fraction(*value) : "none"; }

/// A ledger that remembers what its approvals paid.
struct Recorded {
  World w{world::dao_claim()};
  std::vector<std::pair<Period, Distribution>> closed;

  bool close(const std::string& period) {
    const auto draft = make_draft(w.state(), month(period));
    if (!draft) return false;
    const auto distribution = distribute(w.state(), month(period)).value();
    if (!w.submit(w.draft_claim(period))) return false;
    const State before = w.state();
    if (w.rule("{'kind':'approve','draft':'" + draft->id.text() + "'}") != "ok") return false;
    closed.emplace_back(month(period), distribution);
    return true;
  }
};

Result<WhatIfRun> run(const World& w, const WhatIf& terms = {}, const EditLines& edit = {}) {
  const std::string text = w.text();
  return run_what_if(w.state(), text_lines(text), terms, edit);
}
WhatIf under(const std::string& rules, const std::string& from = {}, const std::string& to = {}) {
  WhatIf terms;
  if (!rules.empty()) terms.rules = json(rules);
  if (!from.empty()) terms.from = month(from);
  if (!to.empty()) terms.to = month(to);
  return terms;
}
std::string paid(const WhatIfRun& run, const std::string& member) {
  return to_string(run.members.at(run.ledger.state.members.find(MemberId::parse(member).value()).value()));
}

/// Two months of a salon of three, with a payment, a late record, a correction and a statement.
Recorded salon() {
  Recorded r;
  r.w.when("2026-04-01T00:00:00Z").charter("v1", "2026-04", world::salon_rules);
  r.w.join("m1").join("m2").join("m3").ticket_class("seat", 1).work_kind("work", 1);
  r.w.mint("t1", "m1").mint("t2", "m2");
  r.w.opening("o1", "700", "m3");
  r.w.work("r1", "m1", 3, "2026-04", ",'confirmed':'m2'").work("r2", "m2", 1, "2026-04", ",'confirmed':'m1'");
  r.w.income("i1", "1000", "2026-04");
  r.w.when("2026-05-02T00:00:00Z");
  REQUIRE(r.close("2026-04"));
  r.w.state_it().plan("p1", "m3", "700").sent("p1").settled("p1", "700");
  r.w.work("late", "m3", 2, "2026-04", ",'confirmed':'m1'").correct_points("r1", 1);
  r.w.move("t2", "m2", "m3").income("i2", "1001", "2026-05");
  r.w.when("2026-06-02T00:00:00Z");
  REQUIRE(r.close("2026-05"));
  return r;
}

void same_months(const Recorded& recorded, const WhatIfRun& run) {
  REQUIRE(run.months.size() == recorded.closed.size());
  std::map<std::string, u128> accounts;
  for (std::size_t i = 0; i < run.months.size(); ++i) {
    const auto& [period, distribution] = recorded.closed[i];
    CAPTURE(to_string(period));
    CHECK(run.months[i].period == period);
    CHECK(run.months[i].outcome == distribution.outcome);
    REQUIRE(run.months[i].payouts.size() == distribution.payouts.size());
    for (std::size_t k = 0; k < distribution.payouts.size(); ++k) {
      CHECK(run.months[i].payouts[k].member == distribution.payouts[k].member);
      CHECK(run.months[i].payouts[k].amount == distribution.payouts[k].amount);
    }
    REQUIRE(run.months[i].accounts.size() == distribution.accounts.size());
    for (std::size_t k = 0; k < distribution.accounts.size(); ++k) {
      CHECK(run.months[i].accounts[k].account == distribution.accounts[k].account);
      CHECK(run.months[i].accounts[k].amount == distribution.accounts[k].amount);
      accounts[distribution.accounts[k].account] += distribution.accounts[k].amount;
    }
  }
  CHECK(run.accounts == accounts);
}

/// What holds of every run: money is neither made nor lost, in units and in the ideal.
void conserved(const WhatIfRun& run) {
  u128 out = run.undivided_after, in = run.undivided_before;
  Big ideal = 0, entered = 0;
  for (const WhatIfMonth& one : run.months) entered += to_big(one.outcome.in);
  in += run.in;
  for (const u128& amount : run.members) out += amount;
  for (const auto& [account, amount] : run.accounts) out += amount;
  CHECK(to_string(in) == to_string(out));
  CHECK(to_big(run.in) == entered);
  for (const Big& numerator : run.ideal.members) ideal += numerator;
  for (const auto& [account, numerator] : run.ideal.accounts) ideal += numerator;
  CHECK(ideal == entered * run.ideal.denominator);
  CHECK(run.ledger.state.books.balanced());
}

}  // namespace

TEST_CASE("what if: under its own charters a salon is paid what it was paid") {
  const Recorded r = salon();
  const auto now = run(r.w);
  REQUIRE(now);
  same_months(r, *now);
  conserved(*now);
  const auto second = run(r.w, under("", "2026-05"));
  REQUIRE(second);
  CHECK(second->months.size() == 1);
  CHECK(second->months.front().outcome == r.closed[1].second.outcome);
  const auto first = run(r.w, under("", "", "2026-04"));
  REQUIRE(first);
  CHECK(first->months.size() == 1);
  CHECK(first->months.front().outcome == r.closed[0].second.outcome);
}

TEST_CASE("what if: the same rules under their own name pay the same; other rules pay what they say") {
  const Recorded r = salon();
  const auto same = run(r.w, under(world::salon_rules));
  REQUIRE(same);
  same_months(r, *same);
  const auto equal = run(r.w, under(equal_rules));
  REQUIRE(equal);
  conserved(*equal);
  // 1000/3 and 1001/3: 333 each, then 333 and two thirds each and a third kept: 667 each.
  CHECK(paid(*equal, "m1") == "667");
  CHECK(paid(*equal, "m2") == "667");
  CHECK(paid(*equal, "m3") == "667");
  CHECK(equal->undivided_after == 0);
  const auto reserve = run(r.w, under(reserve_rules));
  REQUIRE(reserve);
  CHECK(to_string(reserve->accounts.at("pool:reserve")) == "2001");
  CHECK(paid(*reserve, "m1") == "0");
}

TEST_CASE("what if: a charter from a later month on governs from there, and follows the one before") {
  const Recorded r = salon();
  const auto later = run(r.w, under(equal_rules, "2026-05"));
  REQUIRE(later);
  conserved(*later);
  CHECK(later->months.size() == 1);
  CHECK(to_string(later->in) == "1001");
  // What the first charter's pools kept is paid out with its last month.
  CHECK(later->undivided_before == 0);
  const auto& charters = later->ledger.state.decisions.charters;
  REQUIRE(charters.size() == 2);
  CHECK(charters[1].id.text() == "what-if");
  CHECK(charters[1].from == month("2026-05"));
  // A pool of the same name with other branches cannot follow.
  const std::string other = "{'root':{'pool':'income','split':[[1,{'to':'pool:a'}]]}}";
  const auto refused = run(r.w, under(other, "2026-05"));
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::bad_charter);
  CHECK(refused.error().what.find("/root/pool") != std::string::npos);
  CHECK(code_of(run(r.w, under(other))) == "ok");  // in place of the first one it follows nobody
}

TEST_CASE("what if: it is refused for each reason, in their order") {
  World empty{world::dao_claim()};
  CHECK(code_of(run(empty)) == "no_charter");
  World open{world::dao_claim()};
  open.charter("v1", "2026-03", equal_rules);
  CHECK(code_of(run(open)) == "period_not_over");
  const Recorded r = salon();
  CHECK(code_of(run(r.w, under("", "2026-03", "2026-09"))) == "no_charter");
  CHECK(code_of(run(r.w, under("", "2026-06"))) == "period_not_over");
  CHECK(code_of(run(r.w, under("", "", "2026-06"))) == "period_not_over");
  CHECK(code_of(run(r.w, under("", "2026-05", "2026-04"))) == "period_out_of_order");
  CHECK(code_of(run(r.w, under("{'root':{'to':'nowhere'}}"))) == "bad_charter");
  // A ledger that was begun after the months that it closed.
  World late{world::dao_claim()};
  late.when("2026-07-01T00:00:00Z").charter("v1", "2026-04", equal_rules).join("m1");
  late.close("2026-04").close("2026-05");
  CHECK(code_of(run(late, under(reserve_rules, "2026-05"))) == "charter_too_late");
  CHECK(code_of(run(late, under(reserve_rules))) == "ok");
  CHECK(code_of(run(late)) == "ok");
  // Lines that are not those of the state.
  const std::string text = r.w.text(5), all = r.w.text();
  State forgetful = r.w.state();
  forgetful.decisions.drafts.clear();
  CHECK(code_of(run_what_if(r.w.state(), text_lines(text), {})) == "period_not_over");
  CHECK(code_of(run_what_if(forgetful, text_lines(all), {})) == "no_such_draft");
  CHECK(code_of(run_what_if(r.w.state(), text_lines("{}\n"), {})) == "missing_field");
  CHECK(code_of(run_what_if(r.w.state(), text_lines("{}"), {})) == "truncated");
  // Rules that do not fit a line.
  Json wide = json("{'root':{'pool':'p','split':[]}}");
  Json::Array branches;
  for (int i = 0; i < 900; ++i)
    branches.push_back(Json::Array{1, json("{'to':'pool:" + std::string(58, 'x') + std::to_string(100000 + i) + "'}")});
  Json root = *wide.find("root");
  root.set("split", std::move(branches));
  wide.set("root", std::move(root));
  WhatIf terms;
  terms.rules = wide;
  CHECK(code_of(run(r.w, terms)) == "too_large");
}

TEST_CASE("what if: weights that only the other charter adds up can pass 2^64; the month is named") {
  World w{world::dao_claim()};
  w.when("2026-04-01T00:00:00Z").charter("v1", "2026-04", equal_rules).join("m1").join("m2");
  w.work_kind("work", 9007199254740991).work("r", "m1", 9007199254740991, "2026-04", ",'confirmed':'m2'");
  w.when("2026-05-02T00:00:00Z").close("2026-04");
  const auto refused = run(w, under("{'root':{'pool':'w','among':'contributions','else':{'to':'pool:reserve'}}}"));
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::weight_overflow);
  CHECK(refused.error().where.find("2026-04") != std::string::npos);
}

TEST_CASE(
    "what if: more than a hundred months go by without a statement, and charters far apart are recorded in time") {
  Recorded r;
  r.w.when("2026-04-01T00:00:00Z").charter("v1", "2026-04", equal_rules).join("m1").join("m2");
  Period period = month("2026-04");
  std::size_t n = 0;
  for (; n < 130; ++n, period = period.next()) {
    r.w.at = Timestamp::from_seconds(period.end_s(r.w.state().dao.offset)).value();
    r.w.income("i" + std::to_string(n), std::to_string(101 + n), to_string(period));
    if (n == 60) r.w.state_it();
    REQUIRE(r.close(to_string(period)));
  }
  const auto now = run(r.w);
  REQUIRE(now);
  same_months(r, *now);
  CHECK(code_of(run(r.w, under(reserve_rules, "2035-01"))) == "ok");

  // All months closed at the end, after years without a line.
  World silent{world::dao_claim()};
  silent.when("2026-04-01T00:00:00Z").charter("v1", "2026-04", equal_rules).join("m1");
  silent.when("2034-01-01T00:00:00Z");
  for (period = month("2026-04"); period < month("2033-12"); period = period.next()) silent.close(to_string(period));
  const auto far = run(silent, under(reserve_rules, "2031-01"));
  REQUIRE(far);
  CHECK(to_string(far->ledger.state.decisions.charters.back().from) == "2031-01");
}

TEST_CASE("what if: lines can be changed on their way, and what the rules refuse is refused") {
  const Recorded r = salon();
  const auto more = run(r.w, {}, [](const State&, std::vector<Line>& lines) -> Status {
    if (auto* income = std::get_if<IncomeNew>(&lines.front().event)) income->amount += 1000;
    return {};
  });
  REQUIRE(more);
  CHECK(to_string(more->in) == "4001");
  const auto twice = run(r.w, {}, [](const State&, std::vector<Line>& lines) -> Status {
    if (std::holds_alternative<IncomeNew>(lines.front().event)) lines.push_back(lines.front());
    return {};
  });
  CHECK(code_of(twice) == "conflict");
  CHECK(twice.error().where.starts_with("seq "));
  CHECK(code_of(run(r.w, {}, [](const State&, std::vector<Line>&) -> Status { return fail(Errc::internal); })) ==
        "internal");
}

TEST_CASE("what if: random ledgers under their own charters give every distribution again") {
  const std::uint64_t seed = test_seed("simulate_test");
  std::size_t months = 0, changes = 0, others = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    CAPTURE(seed, round);
    Random random{seed * 1000 + round};
    Recorded r;
    World& w = r.w;
    const std::vector<std::string> menu = {
        world::salon_rules, equal_rules, reserve_rules,
        "{'root':{'pool':'h','rule':'hamilton','among':'contributions','else':{'to':'pool:reserve'}}}",
        "{'root':{'pool':'s','split':[[2,{'pool':'x','among':'tickets','else':{'to':'pool:a'}}],[1,{'to':'pool:b'}]]}"
        "}"};
    const auto member = [&] { return "m" + std::to_string(random.below(5)); };
    w.charter("v0", "2026-03", random.pick(menu));
    w.ticket_class("seat", 1 + random.below(4)).work_kind("work", 1 + random.below(4));
    w.join("m0").join("m1");
    for (int i = 0; i < 90; ++i) {
      const std::string n = std::to_string(i);
      const Offset offset = w.state().dao.offset;
      w.at = Timestamp::from_seconds(w.at.seconds() + static_cast<std::int64_t>(random.below(4 * 86400))).value();
      const Period here = Period::of(w.at, offset);
      const std::string period = to_string(random.one_in(4) ? here.previous() : here);
      switch (random.below(14)) {
        case 0:
          static_cast<void>(w.rule("{'kind':'member.join','member':'" + member() + "'}"));
          break;
        case 1:
          static_cast<void>(w.rule("{'kind':'member.leave','member':'" + member() + "'}"));
          break;
        case 2:
          static_cast<void>(w.rule("{'kind':'member.rejoin','member':'" + member() + "'}"));
          break;
        case 3:
          static_cast<void>(
              w.rule("{'kind':'ticket.mint','class':'seat','ticket':'t" + n + "','to':'" + member() + "'}"));
          break;
        case 4:
          static_cast<void>(w.rule("{'kind':'ticket.transfer','ticket':'t" + std::to_string(random.below(40)) +
                                   "','from':'" + member() + "','to':'" + member() + "'}"));
          break;
        case 5:
        case 6:
          static_cast<void>(w.rule("{'kind':'income','amount':'" + std::to_string(random.below(5000)) +
                                   "','currency':'JPY','id':'i" + n + "','period':'" + period + "'}"));
          break;
        case 7:
        case 8:
        case 9:
          static_cast<void>(w.rule("{'kind':'contribution','id':'r" + n + "','member':'" + member() +
                                   "','confirmed':'" + member() + "','period':'" + period +
                                   "','points':" + std::to_string(random.below(9)) + ",'type':'work'}"));
          break;
        case 10:
          static_cast<void>(w.rule("{'kind':'contribution.correct','id':'r" + std::to_string(random.below(90)) +
                                   "','points':" + std::to_string(random.below(9)) + "}"));
          static_cast<void>(w.rule("{'kind':'income.correct','id':'i" + std::to_string(random.below(90)) +
                                   "','amount':'" + std::to_string(random.below(3000)) + "'}"));
          break;
        case 11: {
          const std::string from = to_string(here.next());
          changes += w.rule("{'kind':'charter','from':'" + from + "','id':'v" + n + "','rules':" + random.pick(menu) +
                            "}") == "ok";
          break;
        }
        case 12:
          if (random.one_in(2)) w.state_it();
          static_cast<void>(
              w.rule("{'kind':'payment','amount':'1','currency':'JPY','id':'p" + n + "','member':'" + member() + "'}"));
          break;
        default: {
          const Period open = *w.state().decisions.open_period();
          if (open.end_s(offset) > w.at.seconds()) break;
          if (random.one_in(3)) {  // a draft that something comes between
            const std::string id = w.draft(to_string(open));
            if (random.one_in(2)) w.add("{'kind':'void','draft':'" + id + "'}");
            w.income("x" + n, "7", to_string(open));
          }
          r.close(to_string(open));
        }
      }
    }
    const auto now = run(w);
    if (r.closed.empty()) {
      CHECK(code_of(now) == "period_not_over");
      continue;
    }
    REQUIRE(code_of(now) == "ok");
    same_months(r, *now);
    conserved(*now);
    months += now->months.size();
    // Another charter, from any month: it runs, or says that it cannot follow.
    const auto& [from, first] = random.pick(r.closed);
    const auto other = run(w, under(random.pick(menu), to_string(from)));
    if (other) {
      ++others;
      conserved(*other);
      CHECK(other->ledger.state.decisions.closed_through == now->ledger.state.decisions.closed_through);
    } else {
      CHECK(code_of(other) == "bad_charter");
    }
    // Twice the same is the same, and so is the text of the second ledger's rules.
    const auto again = run(w);
    REQUIRE(again);
    CHECK(again->ledger.log.root() == now->ledger.log.root());
  }
  CHECK(months > 150);
  CHECK(changes > 30);
  CHECK(others > 30);
}

TEST_CASE("what if: a ledger with any byte changed gives an answer, never a crash") {
  const Recorded r = salon();
  const std::string text = r.w.text();
  Random random{test_seed("simulate_test")};
  std::size_t refused = 0;
  for (int i = 0; i < 400; ++i) {
    std::string broken = text;
    broken[random.below(broken.size())] = static_cast<char>(random.below(256));
    if (random.one_in(4)) broken.erase(random.below(broken.size()), random.below(300));
    refused += !run_what_if(r.w.state(), text_lines(broken), under(equal_rules)).has_value();
  }
  CHECK(refused > 200);
}

TEST_CASE("ideal: exact shares flow down the tree without rounding") {
  World w{world::dao_claim()};
  w.when("2026-04-01T00:00:00Z");
  w.charter(
      "v1", "2026-04",
      "{'root':{'pool':'income','split':[[1,{'to':'pool:reserve'}],"
      "[2,{'pool':'work','among':'contributions','else':{'pool':'idle','among':'equal','else':{'to':'pool:x'}}}]]}}");
  w.join("m1").join("m2").work_kind("work", 1);
  w.work("a", "m1", 3, "2026-04", ",'confirmed':'m2'").work("b", "m2", 4, "2026-04", ",'confirmed':'m1'");
  w.income("i1", "100", "2026-04").when("2026-05-02T00:00:00Z");
  const auto first = distribute(w.state(), month("2026-04")).value();
  Ideal sum = ideal_of(first);
  // 100/3 to the reserve; of 200/3, 3/7 and 4/7.
  CHECK(fraction(sum.of(0)) == "200/7");
  CHECK(fraction(sum.of(1)) == "800/21");
  CHECK(fraction(sum.of(7)) == "0/1");
  CHECK(fraction(make_fraction(sum.accounts.at("pool:reserve"), sum.denominator)) == "100/3");
  w.close("2026-04").income("i2", "10", "2026-05").when("2026-06-02T00:00:00Z");
  const auto second = distribute(w.state(), month("2026-05")).value();
  add(sum, ideal_of(second));  // nobody contributed: 20/3 in equal parts
  CHECK(fraction(sum.of(0)) == "670/21");
  CHECK(fraction(sum.of(1)) == "290/7");
  CHECK(fraction(drift(sum, 0, 31)) == "19/21");
  CHECK(fraction(drift(sum, 1, 42)) == "4/7");
  CHECK(fraction(drift(sum, 9, 5)) == "5/1");
  CHECK(fraction(Ideal{}.of(0)) == "0/1");
}

TEST_CASE("ideal: nobody is ever a whole unit a pool away from it under the rule carry") {
  const Recorded r = salon();
  const auto now = run(r.w);
  REQUIRE(now);
  const auto farthest = largest_drift(*now);
  REQUIRE(farthest);
  CHECK(farthest->units < Fraction{2, 1});
  CHECK(Fraction{0, 1} < farthest->units);
  for (std::size_t i = 0; i < now->members.size(); ++i)
    CHECK(!(farthest->units < drift(now->ideal, static_cast<Members::Index>(i), now->members[i])));
  CHECK(!largest_drift(WhatIfRun{}));
}

TEST_CASE("measures: Gini and the top share are exact fractions") {
  struct Row {
    std::vector<u128> amounts;
    std::string gini, top_one;
  };
  for (const Row& row : std::vector<Row>{
           {{}, "none", "none"},
           {{0, 0}, "none", "none"},
           {{5}, "0/1", "1/1"},
           {{3, 3, 3}, "0/1", "1/3"},
           {{0, 0, 0, 9}, "3/4", "1/1"},
           {{1, 2, 3, 4}, "1/4", "2/5"},
           {{4, 1, 3, 2}, "1/4", "2/5"},
           {{amount_limit() - 1, amount_limit() - 1}, "0/1", "1/2"},
       }) {
    CHECK(fraction(gini(row.amounts)) == row.gini);
    CHECK(fraction(top_share(row.amounts, 1)) == row.top_one);
  }
  CHECK(fraction(top_share({1, 2, 3}, 9)) == "1/1");
  CHECK(fraction(top_share({1, 2, 3}, 0)) == "0/1");
}

TEST_CASE("wide: a fraction is in lowest terms and printed rounded half away from zero") {
  CHECK(fraction(make_fraction(6, 4)) == "3/2");
  CHECK(fraction(make_fraction(0, 9)) == "0/1");
  CHECK(to_decimal(make_fraction(7, 17), 3) == "0.412");
  CHECK(to_decimal(make_fraction(1, 2), 0) == "1");
  CHECK(to_decimal(make_fraction(-1, 2), 0) == "-1");
  CHECK(to_decimal(make_fraction(-1, 300), 2) == "0.00");
  CHECK(to_decimal(make_fraction(1, 200), 2) == "0.01");
  CHECK(to_decimal(make_fraction(123456, 100), 1) == "1234.6");
  CHECK(to_big(amount_limit() - 1).str() == "170141183460469231731687303715884105727");
}
