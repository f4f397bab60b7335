// SPDX-License-Identifier: MIT
/// @file reason_test.cpp
/// Proves reasons and certificates: every share of every stage of random charters lies on one way from the root, whoever adds
/// a reason up comes to its amount, to the last 2^-64 of a unit, and all reasons together are what was distributed. A
/// certificate is the sum of the ideals, computed here a second time from the reasons alone.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "charters.hpp"
#include "mikoshi/charter/certificate.hpp"
#include "mikoshi/ledger/what_if.hpp"

using mikoshi::Certificate;
using mikoshi::Flow;
using mikoshi::Node;
using mikoshi::Period;
using mikoshi::Reason;
using mikoshi::reasons_of;
using mikoshi::ReasonStep;
using mikoshi::Share;
using mikoshi::Stage;
using world::json;
using world::month;
using world::World;

namespace {

using Text = std::string;

/// "/root 1001 > /root/split/1 600: m1 400": where a reason goes, what enters each stage, and what the line gets.
Text way(const Reason& reason) {
  Text text;
  for (const ReasonStep& step : reason.steps)
    text += (text.empty() ? "" : " > ") + step.stage->path + " " + mikoshi::to_string(step.stage->in);
  return text + ": " + reason.line().payee + " " + mikoshi::to_string(reason.line().pay);
}

std::vector<Text> ways(const Flow& flow, std::string_view payee = {}) {
  std::vector<Text> texts;
  for (const Reason& reason : reasons_of(flow, payee)) texts.push_back(way(reason));
  return texts;
}

Rational ratio(const mikoshi::Fraction& fraction) { return Rational{fraction.numerator, fraction.denominator}; }

/// The ideal of a line by its reason alone: what entered × w / W at each division by weight, and what was sent, in whole
/// units, at each other node.
Rational ideal_by(const Reason& reason) {
  Rational in = big(reason.steps.front().stage->in);
  for (const ReasonStep& step : reason.steps) {
    const Stage& stage = *step.stage;
    const auto by_weight = [&](const Rational& amount) {
      return step.share->weight == 0 ? Rational{0} : Rational{amount * step.share->weight / big(stage.weight_sum)};
    };
    if (stage.kind == Node::Kind::split) {
      in = by_weight(in);
    } else if (stage.kind == Node::Kind::recoup && step.share != &stage.shares.back()) {
      in = by_weight(big(stage.in - stage.shares.back().pay));
    } else if (stage.passed_on) {
      if (step.share != nullptr) in = 0;  // a pool that ends pays out what it kept
    } else if (stage.kind == Node::Kind::among && step.share != nullptr && !stage.bounds.some()) {
      in = by_weight(in);
    } else if (stage.kind != Node::Kind::to) {
      in = big(step.pay());
    }
  }
  return in;
}

/// What a reader does with one step's numbers.
void add_up(const ReasonStep& step) {
  const Stage& stage = *step.stage;
  if (step.share == nullptr || step.share->weight == 0) return;
  const Share& share = *step.share;
  const bool recoup = stage.kind == Node::Kind::recoup;
  const Big divided = stage.passed_on ? Big{0} : Big{big(stage.in) - (recoup ? big(stage.shares.back().pay) : Big{0})};
  const Big unit = Big{1} << 64, sum = big(stage.weight_sum), all = divided * unit + stage.before.dust;
  const Big part = divided == 0 ? Big{0} : Big{all * share.weight / sum};
  if (stage.rule != mikoshi::Rule::carry) {
    if (stage.rule == mikoshi::Rule::floor) CHECK(big(share.pay) == divided * share.weight / sum);
    if (stage.rule == mikoshi::Rule::hamilton) CHECK(big(share.pay) - divided * share.weight / sum <= 1);
  } else if (!stage.closed && !stage.bounds.some()) {
    CHECK(part + share.fraction_before == big(share.pay) * unit + share.fraction_after);
  }
}

/// Checks all reasons of a month. @param met  counts sorts of steps.
void check(const Flow& d, std::map<Text, std::size_t>& met) {
  const std::vector<Reason> reasons = reasons_of(d);
  std::map<const Share*, std::set<Text>> ways_to;           // by which ways a share is come to
  std::map<const Share*, std::set<const Stage*>> goes_to;   // what comes behind it; nullptr: nothing, it is a line
  std::map<const Stage*, std::set<const Stage*>> else_to;
  std::set<const Stage*> seen;
  std::map<const Share*, int> lines;
  Big sum = 0;
  for (const Reason& reason : reasons) {
    REQUIRE(adds_up(reason, d.totals.in));
    CHECK(!adds_up(reason, d.totals.in + 1));  // the check can fail
    Text so_far;
    for (std::size_t i = 0; i < reason.steps.size(); ++i) {
      const ReasonStep& step = reason.steps[i];
      add_up(step);
      so_far += step.stage->path + " ";
      seen.insert(step.stage);
      const Stage* next = i + 1 < reason.steps.size() ? reason.steps[i + 1].stage : nullptr;
      if (step.share != nullptr) {
        CHECK((step.share >= &step.stage->shares.front() && step.share <= &step.stage->shares.back()));
        ways_to[step.share].insert(so_far);
        goes_to[step.share].insert(next);
        if (next != nullptr) CHECK((next->name == step.share->payee && next->in == step.share->pay));
      } else {
        else_to[step.stage].insert(next);
      }
      ++met[Text{mikoshi::node_names[static_cast<std::size_t>(step.stage->kind)]} + (step.share == nullptr ? " else" : "")];
    }
    ++lines[&reason.line()];
    sum += big(reason.line().pay);
  }
  CHECK(sum == big(d.totals.distributed));
  for (const Stage& stage : d.stages) {
    CHECK(seen.contains(&stage));
    for (const Share& share : stage.shares) {
      CAPTURE(stage.path, share.payee);
      CHECK(ways_to[&share].size() == 1);
      CHECK(goes_to[&share].size() == 1);
      CHECK(lines[&share] == (is_line(stage, share) ? 1 : 0));
    }
    CHECK(else_to[&stage].size() <= 1);
  }
  // One payee's reasons are those of all that are theirs.
  std::set<Text> payees;
  for (const Reason& reason : reasons) payees.insert(reason.line().payee);
  std::size_t count = 0;
  for (const Text& payee : payees) {
    Big own = 0;
    for (const Reason& reason : reasons_of(d, payee)) own += big(reason.line().pay), ++count;
    Big paid = 0;
    for (const mikoshi::AccountPay& pay : d.accounts)
      if (pay.account == payee) paid += big(pay.amount);
    if (payee.find(':') != Text::npos) CHECK(own == paid);
  }
  CHECK(count == reasons.size());
}

}  // namespace

TEST_CASE("reasons: a nested charter by hand") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03",
            "{'root':{'pool':'start','threshold':'300','then':{'to':'pool:rent'},'rest':"
            "{'pool':'seed','recoup':[['100',{'to':'pool:backer'}]],'rest':"
            "{'pool':'income','rule':'floor','rest':'pool:left','split':[[1,{'pool':'work','among':'contributions',"
            "'else':{'pool':'vest','hold':2,'then':{'to':'pool:later'}}}],[2,{'pool':'all','among':'equal','else':{'to':'pool:rent'}}]]}}}}");
  w.work_kind("work", 1).join("aki").join("ben");
  w.income("i", "1001", "2026-03").when("2026-04-01T00:00:00Z");
  const auto d = distribute(w.state(), month("2026-03"));
  REQUIRE(d);
  const Text split = "/root 1001 > /root/rest 701 > /root/rest/rest 601 > ";
  CHECK(ways(*d, "pool:rent") == std::vector<Text>{"/root 1001 > /root/then 300: pool:rent 300"});
  CHECK(ways(*d, "pool:backer") == std::vector<Text>{"/root 1001 > /root/rest 701 > /root/rest/recoup/0 100: pool:backer 100"});
  CHECK(ways(*d, "pool:left") == std::vector<Text>{split.substr(0, split.size() - 3) + ": pool:left 1"});
  CHECK(ways(*d, "pool:later") ==
        std::vector<Text>{split + "/root/rest/rest/split/0 200 > /root/rest/rest/split/0/else 200 > "
                                  "/root/rest/rest/split/0/else/then 100: pool:later 100"});
  CHECK(ways(*d, "aki") == std::vector<Text>{split + "/root/rest/rest/split/1 400: aki 200"});
  CHECK(ways(*d, "nobody").empty());
  CHECK(ways(*d).size() == 6);
  Certificate sum;
  add(sum, *d, *w.state().members.find(mikoshi::MemberId::parse("aki").value()), reasons_of(*d, "aki"));
  CHECK(sum.paid == 200);
  CHECK(ratio(sum.should) == Rational{601, 3});  // 601 × 2/3 × 1/2: what the floor cut off is in it
  CHECK(ratio(sum.drift()) == Rational{1, 3});
  CHECK(sum.behind());
  CHECK(sum.begins_anew);
}

TEST_CASE("reasons: random charters, months and states add up, share by share") {
  Random random{test_seed("reason_test")};
  std::map<Text, std::size_t> met;
  std::size_t rounds = 0;
  for (int state_number = 0; state_number < 60; ++state_number) {
    World w{world::dao_claim()};
    w.charter("v0", "2026-03", "{'root':{'to':'pool:a'}}");
    w.work_kind("work", 1);
    const std::uint64_t people = 2 + random.below(4);
    for (std::uint64_t i = 0; i < people; ++i) w.join("m" + std::to_string(i));
    w.ticket_class("seat", 1 + random.below(9));
    for (std::uint64_t i = random.below(5); i > 0; --i) w.mint("t" + std::to_string(i), "m" + std::to_string(random.below(people)));
    w.when("2026-07-31T00:00:00Z");
    for (std::uint64_t i = random.below(12); i > 0; --i) {
      const std::uint64_t who = random.below(people);
      w.work("r" + std::to_string(i), "m" + std::to_string(who), random.below(200),
             "2026-0" + std::to_string(3 + random.below(5)), ",'confirmed':'m" + std::to_string((who + 1) % people) + "'");
    }
    for (int charter = 0; charter < 25; ++charter) {
      charters::RandomCharter make{random};
      const Text rules = make.rules(1 + static_cast<int>(random.below(4)));
      CAPTURE(rules);
      mikoshi::State state = w.state();
      state.decisions.charters.front().rules = json(rules);
      REQUIRE(mikoshi::parse_charter(json(rules)));
      std::vector<Certificate> sums(people);
      std::vector<Rational> by_reasons(people);
      Period period = month("2026-03");
      std::uint64_t months = 0;
      for (int number = 0; number < 5; ++number, period = period.next()) {
        if (number == 4) {  // all pools end
          state.decisions.charters.push_back(state.decisions.charters.front());
          state.decisions.charters.back().from = period.next();
          state.decisions.charters.back().rules = json("{'root':{'to':'pool:z'}}");
        }
        if (!random.one_in(6))
          state.books.post(state.books.world, state.books.accounts[mikoshi::Books::income_account(period)],
                           mikoshi::u128{1 + random.below(random.one_in(3) ? 20 : 3000)});
        const auto d = distribute(state, period);
        if (!d) {
          REQUIRE(world::code_of(d) == "weight_overflow");
          break;
        }
        check(*d, met);
        for (mikoshi::Members::Index i = 0; i < people; ++i) {
          const Text id = state.members.ids[i].text();
          const std::vector<Reason> mine = reasons_of(*d, id);
          add(sums[i], *d, i, mine);
          mikoshi::u128 paid = 0;
          for (const Reason& reason : mine) paid += reason.line().pay, by_reasons[i] += ideal_by(reason);
          for (const mikoshi::Payout& payout : d->payouts)
            if (payout.member == i) paid -= payout.amount;
          CHECK(paid == 0);
        }
        charters::settle(state, *d);
        ++rounds;
        ++months;
      }
      for (std::size_t i = 0; i < people; ++i) {
        CHECK(ratio(sums[i].should) == by_reasons[i]);
        const Rational apart = Rational{big(sums[i].paid)} - by_reasons[i];
        CHECK(ratio(sums[i].drift()) == abs(apart));
        CHECK(sums[i].behind() == (apart < 0));
        CHECK(sums[i].months == months);
      }
    }
  }
  CHECK(rounds > 60 * 25 * 4);
  for (const auto& [kind, count] : met) {
    CAPTURE(kind, count);
    CHECK(count > 100);
  }
  CHECK(met.size() == 8);
}

TEST_CASE("reasons: each currency has its own root") {
  World w{world::dao_claim()};
  w.add("{'kind':'currency','code':'USD','exponent':2}");
  w.charter("v1", "2026-03",
            "{'root':{'to':'pool:rent'},'currencies':{'USD':{'root':{'pool':'all','split':"
            "[[1,{'pool':'members','among':'equal','else':{'to':'pool:rent'}}],[2,{'to':'pool:rent'}]]}}}}");
  w.join("aki").join("ben").income("i", "7", "2026-03");
  w.add("{'kind':'income','amount':'1000','currency':'USD','id':'u','period':'2026-03'}").when("2026-04-01T00:00:00Z");
  const auto d = distribute(w.state(), month("2026-03"));
  REQUIRE(d);
  CHECK(ways(*d) == std::vector<Text>{"/root 7: pool:rent 7"});
  REQUIRE(d->others.size() == 1);
  const Text root = "/currencies/USD/root";
  CHECK(ways(d->others[0]) ==
        std::vector<Text>{root + " 1000 > " + root + "/split/0 333: aki 166", root + " 1000 > " + root + "/split/0 333: ben 166",
                          root + " 1000 > " + root + "/split/1 666: pool:rent 666"});
  std::map<Text, std::size_t> met;
  check(*d, met);
  check(d->others[0], met);
  Certificate sum;
  add(sum, d->others[0], *w.state().members.find(mikoshi::MemberId::parse("aki").value()), reasons_of(d->others[0], "aki"));
  CHECK(ratio(sum.should) == Rational{1000, 6});
}

TEST_CASE("certificate: what the ledger's own charters give once more") {
  World w{world::dao_claim()};
  w.charter("v1", "2026-03", world::salon_rules).work_kind("work", 1).ticket_class("seat", 1);
  w.join("aki").join("ben").join("chi").mint("t1", "aki").mint("t2", "chi");
  std::vector<Certificate> sums(3);
  Period period = month("2026-03");
  for (int number = 0; number < 6; ++number, period = period.next()) {
    const Text name = to_string(period);
    if (number != 2) w.work("a" + name, "aki", 2, name, ",'confirmed':'ben'").work("b" + name, "ben", 1, name, ",'confirmed':'aki'");
    w.income("i" + name, std::to_string(1001 + 137 * number), name).when(to_string(period.next()) + "-01T00:00:00Z");
    const auto d = distribute(w.state(), period);
    REQUIRE(d);
    for (mikoshi::Members::Index i = 0; i < 3; ++i) add(sums[i], *d, i, reasons_of(*d, w.state().members.ids[i].text()));
    w.close(name);
  }
  const auto run = run_what_if(w.state(), mikoshi::text_lines(w.text()), {});
  REQUIRE(run);
  for (mikoshi::Members::Index i = 0; i < 3; ++i) {
    CHECK(sums[i].paid == run->members[i]);
    CHECK(sums[i].should == run->ideal.of(i));
    CHECK(sums[i].drift() == drift(run->ideal, i, run->members[i]));
    CHECK(!sums[i].begins_anew);
  }
  CHECK(sums[0].months == 6);
}
