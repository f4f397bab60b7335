// SPDX-License-Identifier: MIT
/// `mikoshi explain`: why somebody was given what they were given, number by number. For everyone: it needs no key and no
/// network, and writes nothing.
#include <algorithm>

#include "mikoshi/charter/certificate.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

// --- numbers --------------------------------------------------------------------------------------------------------

/// Minor units to hundredths of one, as they are printed.
struct Parts {
  u128 whole = 0;
  std::uint64_t parts = 0;

  friend Parts operator+(const Parts& a, const Parts& b) {
    const std::uint64_t sum = a.parts + b.parts;
    return {a.whole + b.whole + sum / 100, sum % 100};
  }
  [[nodiscard]] bool zero() const { return whole == 0 && parts == 0; }
};

/// @pre below 2^128.
u128 to_u128(const Big& value) {
  const Big low = value & ~std::uint64_t{0}, high = value >> 64;
  return (u128{high.convert_to<std::uint64_t>()} << 64) + low.convert_to<std::uint64_t>();
}

/// From hundredths. @pre below 2^127 minor units.
Parts parts_of(const Big& hundredths) {
  return {to_u128(hundredths / 100), Big{hundredths % 100}.convert_to<std::uint64_t>()};
}

/// A ratio of minor units to the nearest hundredth, but never up to a whole unit that is not there: 0.996 is 0.99.
Parts parts_of(const Big& numerator, const Big& denominator) {
  const Big whole = numerator / denominator, rest = numerator - whole * denominator;
  const Big nearest = (rest * 200 + denominator) / (denominator * 2);
  return {to_u128(whole), std::min<std::uint64_t>(99, nearest.convert_to<std::uint64_t>())};
}

/// What a fraction holds beyond its grace.
Parts carried(std::uint64_t fraction) {
  return parts_of(Big{fraction > fraction_grace ? fraction - fraction_grace : 0}, Big{1} << 64);
}

/// What a stage divides by weight.
u128 divided(const Stage& stage) {
  if (stage.passed_on) return 0;
  return stage.kind == Node::Kind::recoup ? stage.in - stage.shares.back().pay : stage.in;
}

/// What the weight alone gives.
Parts by_weight(const Stage& stage, const Share& share) {
  if (stage.weight_sum == 0) return {};
  return parts_of(to_big(divided(stage)) * share.weight, to_big(stage.weight_sum));
}

/// What this month gives at a step that carries, so that before + own = pay + after to the printed hundredth.
Parts own_part(const Share& share) {
  const std::uint64_t before = carried(share.fraction_before).parts, after = carried(share.fraction_after).parts;
  if (after >= before) return {share.pay, after - before};
  if (share.pay == 0) return {};
  return {share.pay - 1, 100 + after - before};
}

/// Whether a share of a stage has a weight there and a fraction of its own.
bool is_weighed(const Stage& stage, const Share& share) {
  switch (stage.kind) {
    case Node::Kind::among:
      return share.member.has_value();
    case Node::Kind::split:
      return !is_line(stage, share);
    case Node::Kind::recoup:
      return &share != &stage.shares.back();
    default:
      return false;
  }
}

// --- words ----------------------------------------------------------------------------------------------------------

/// A month's lines in one currency, in words.
class FlowWords {
 public:
  /// @param tree  the rules that the flow came by.
  FlowWords(const Works& works, const Money& money, const Tree& tree, Period period, const Flow& flow)
      : works_(works), money_(money), tree_(tree), period_(period), flow_(flow), currency_(flow.currency) {}

  /// What came in, of which the reasons say the way.
  [[nodiscard]] std::string came_in() const {
    const Totals& totals = flow_.totals;
    const std::string month = month_name(period_), in = money_words(totals.in, currency_);
    std::string words = totals.recouped == 0
                            ? wording<Word::explain_came_in>(in, month)
                            : wording<Word::explain_came_in_less>(money_words(totals.in + totals.recouped, currency_), month,
                                                                  money_words(totals.recouped, currency_), in);
    for (const WorkIncome& earned : flow_.works)
      if (earned.in != 0)
        words += wording<Word::explain_earned>(money_words(earned.in, currency_), works_.ids[earned.work].text());
    return words;
  }

  /// Whether a line is nothing to anybody: nothing was paid, nothing came to be divided, nothing is kept. A purse keeps nothing.
  [[nodiscard]] static bool is_idle(const Reason& reason) {
    const Share& line = reason.line();
    if (line.pay != 0 || !line.member) return line.pay == 0;
    return divided(*reason.steps.back().stage) == 0 && carried(line.fraction_before).zero();
  }

  /// One line with its whole way.
  [[nodiscard]] std::string reason(const Reason& reason) const {
    const Stage& last = *reason.steps.back().stage;
    const Share& line = reason.line();
    const std::string amount = money_words(line.pay, currency_);
    std::string words = line.member ? wording<Word::explain_from>(amount, pool_name(last.name))
                                    : wording<Word::explain_to>(amount, payee_words(line.payee));
    // What a pool that ends still held came in earlier months, where this month's money went on by else.
    const std::size_t first = last.passed_on ? reason.steps.size() - 1 : 0;
    for (std::size_t i = first; i + 1 < reason.steps.size(); ++i) {
      const ReasonStep& step = reason.steps[i];
      const Stage& next = *reason.steps[i + 1].stage;
      if (step.stage->in == 0 && step.pay() == 0 && step.stage->held_before == 0) continue;  // nothing to say
      words += onward(step, next.kind == Node::Kind::to ? payee_words(next.name) : pool_name(next.name));
    }
    if (line.member) return words + weighed(last, line, {});
    if (last.kind == Node::Kind::to) return words;
    return words + wording<Word::explain_left_over>(number(last.in), number(line.pay));
  }

 private:
  [[nodiscard]] std::string number(const u128& minor) const { return money(minor, currency_); }
  [[nodiscard]] std::string number(const Parts& amount) const {
    return hundredths(amount.whole, amount.parts, currency_);
  }

  /// The node that a stage was made of.
  [[nodiscard]] const Node& node_of(const Stage& stage) const {
    const std::string& path = stage.rule_path;
    const Node* node = stage.work ? &*tree_.works : &tree_.root;
    while (node->path != path) {
      const auto below = std::find_if(node->branches.begin(), node->branches.end(), [&](const Node& branch) {
        return path == branch.path || path.starts_with(branch.path + "/");
      });
      MIKOSHI_CHECK(below != node->branches.end());
      node = &*below;
    }
    return *node;
  }

  /// "89,100 × 9 of 109 points": the part of a stage's money that a weight gives.
  [[nodiscard]] std::string weight_words(const Stage& stage, std::uint64_t weight) const {
    constexpr std::uint64_t day_s = 86400;
    const std::string money = number(divided(stage)), own = thousands(weight), all = thousands(stage.weight_sum);
    if (stage.kind == Node::Kind::split) return wording<Word::explain_parts>(money, own, all);
    if (stage.kind == Node::Kind::recoup)
      return wording<Word::explain_proportion>(money, number(u128{weight}), number(stage.weight_sum));
    switch (stage.measure.weight) {
      case Weight::contributions:
        return wording<Word::explain_points>(money, own, all);
      case Weight::tickets:
        return wording<Word::explain_tickets>(money, own, all);
      case Weight::equal:
        return wording<Word::explain_members>(money, own, all);
      case Weight::ticket_seconds:
        if (weight % day_s != 0 || stage.weight_sum % day_s != 0)
          return wording<Word::explain_ticket_seconds>(money, own, all);
        return wording<Word::explain_ticket_days>(money, thousands(weight / day_s),
                                                  thousands(stage.weight_sum / day_s));
      default:
        return wording<Word::explain_weight>(money, own, all);
    }
  }

  /// What the bounds say: "at most 100,000 in all, 0 before".
  [[nodiscard]] std::string bounds_words(const Stage& stage, const Share& share) const {
    const auto pool = money_.pools.find(*PoolName::parse(stage.name));
    const std::string before =
        number(pool == money_.pools.end() ? u128{0} : pool->second.paid_to(*share.member));
    const Bounds& bounds = stage.bounds;
    if (!bounds.cap) return wording<Word::explain_at_least>(number(bounds.floor), before);
    if (bounds.floor == 0) return wording<Word::explain_at_most>(number(*bounds.cap), before);
    return wording<Word::explain_between>(number(bounds.floor), number(*bounds.cap), before);
  }

  /// A text, and a number to its right.
  [[nodiscard]] std::string row(const std::string& text, const Parts& amount) const {
    return "  " + pad_right(text, 44) + " " + pad_left(number(amount), 14) + "\n";
  }

  /// What becomes of the fraction.
  [[nodiscard]] std::string rounding(const Stage& stage, const Parts& after) const {
    switch (stage.rule) {
      case Rule::floor:
        return wording<Word::explain_rounded_down>();
      case Rule::hamilton:
        return wording<Word::explain_rounded_largest>();
      case Rule::sainte_lague:
        return wording<Word::explain_rounded_webster>();
      case Rule::carry:
        break;
    }
    return stage.closed ? wording<Word::explain_pool_ends>() : wording<Word::explain_carried_on>(number(after));
  }

  /// A share by weight, so that its numbers add up. @param to  where it goes on; empty: it is the line.
  [[nodiscard]] std::string weighed(const Stage& stage, const Share& share, const std::string& to) const {
    const bool carries = stage.rule == Rule::carry, some = divided(stage) != 0;
    const Parts before = carries ? carried(share.fraction_before) : Parts{};
    const Parts after = carries ? carried(share.fraction_after) : Parts{};
    const Parts alone = by_weight(stage, share);
    // A pool that ends rounds what it still holds: then the month's part does not follow from pay and fractions.
    const Parts own = carries && (!stage.closed || stage.bounds.some()) ? own_part(share) : alone;
    const Parts all = own + before;
    const std::string pay = number(share.pay);
    if (!to.empty() && all.parts == 0 && before.zero() && !stage.closed && all.whole == share.pay)
      return "  " + (some ? wording<Word::explain_goes>(weight_words(stage, share.weight), pay, to)
                          : wording<Word::explain_goes_nothing>(to));
    std::string words;
    if (some && stage.bounds.some()) {
      words += row(wording<Word::explain_would_be>(weight_words(stage, share.weight)), alone);
      words += row(bounds_words(stage, share), own);
    } else if (some) {
      words += row(weight_words(stage, share.weight), own);
    }
    if (share.taken_back != 0) words += "  " + wording<Word::explain_taken_back>(thousands(share.taken_back));
    if (carries) words += row(wording<Word::explain_carried_before>(), before);
    const std::string tail = rounding(stage, after);
    return words + "  " + (to.empty() ? wording<Word::explain_now>(number(all), pay, tail)
                                      : wording<Word::explain_onward>(number(all), pay, to, tail));
  }

  /// Why an among gave nobody anything.
  [[nodiscard]] static std::string nobody_words(Weight weight) {
    switch (weight) {
      case Weight::contributions:
        return wording<Word::explain_no_points>();
      case Weight::tickets:
      case Weight::ticket_seconds:
        return wording<Word::explain_no_tickets>();
      case Weight::equal:
        return wording<Word::explain_no_members>();
      default:
        return wording<Word::explain_no_weight>();
    }
  }

  /// A step on the way: what came, what goes on to `to`, and why.
  [[nodiscard]] std::string onward(const ReasonStep& step, const std::string& to) const {
    const Stage& stage = *step.stage;
    const std::string in = number(stage.in), pay = number(step.pay()), pool = pool_name(stage.name);
    const bool first = !stage.shares.empty() && step.share == &stage.shares.front();
    const Node& node = node_of(stage);
    switch (stage.kind) {
      case Node::Kind::to:
        break;  // never above another one
      case Node::Kind::split:
        return weighed(stage, *step.share, to);
      case Node::Kind::among:
        if (stage.passed_on)
          return "  " + wording<Word::explain_passed_on>(in, nobody_words(stage.measure.weight), pool, pay, to);
        return "  " + wording<Word::explain_beyond_bounds>(in, pool, pay, to);
      case Node::Kind::take:
        return "  " + (first ? wording<Word::explain_take_first>(in, number(node.limit), pay, to)
                             : wording<Word::explain_take_rest>(in, number(node.limit), pay, to));
      case Node::Kind::threshold: {
        if (node.month)
          return "  " + (first ? wording<Word::explain_until>(in, month_name(*node.month), pay, to)
                               : wording<Word::explain_from_then>(in, month_name(*node.month), pay, to));
        const std::string limit = number(node.limit), before = number(stage.received - stage.in);
        return "  " + (first ? wording<Word::explain_threshold_first>(in, limit, before, pay, to)
                             : wording<Word::explain_threshold_rest>(in, limit, before, pay, to));
      }
      case Node::Kind::recoup: {
        if (stage.measure.weight == Weight::costs)
          return "  " + wording<Word::explain_costs_rest>(in, number(divided(stage)), pay, to);
        const std::string limit = number(stage.weight_sum * stage.cap.first / stage.cap.second),
                          before = number(stage.received - divided(stage));
        if (!is_weighed(stage, *step.share))
          return "  " + wording<Word::explain_recoup_rest>(in, limit, before, pay, to);
        return "  " + wording<Word::explain_recoup_first>(in, limit, before, number(divided(stage))) +
               weighed(stage, *step.share, to);
      }
      case Node::Kind::hold: {
        const std::string before = number(stage.held_before), after = number(stage.kept_after());
        return "  " + (node.month ? wording<Word::explain_hold_until>(month_name(*node.month), before, in, pay, to, after)
                                  : wording<Word::explain_hold>(thousands(node.months), before, in, pay, to, after));
      }
    }
    return {};
  }

  const Works& works_;
  const Money& money_;
  const Tree& tree_;
  const Period period_;
  const Flow& flow_;
  const Currency& currency_;
};

// --- data -----------------------------------------------------------------------------------------------------------

/// One step: `in` + `kept_before` = `paid` + `else` + `kept_after`, and `pay` is the next one's `in`.
Json step_json(const ReasonStep& step) {
  const Stage& stage = *step.stage;
  u128 paid = 0;
  for (const Share& share : stage.shares) paid += share.pay;
  Json json;
  json.set("closed", stage.closed);
  json.set("else", to_string(sent_by_else(stage)));
  json.set("in", to_string(stage.in));
  json.set("kept_after", to_string(stage.kept_after()));
  json.set("kept_before", to_string(stage.kept_before()));
  json.set("kind", node_names[static_cast<std::size_t>(stage.kind)]);
  json.set(stage.kind == Node::Kind::to ? "account" : "pool", stage.name);
  json.set("paid", to_string(paid));
  json.set("passed_on", stage.passed_on);
  json.set("path", stage.path);
  json.set("pay", to_string(step.pay()));
  json.set("to", step.share != nullptr ? step.share->payee : std::string{"else"});
  if (stage.kind == Node::Kind::threshold || stage.kind == Node::Kind::recoup)
    json.set("received", to_string(stage.received));
  if (step.share == nullptr || !is_weighed(stage, *step.share)) return json;
  const Share& share = *step.share;
  json.set("bounded", stage.bounds.some());
  json.set("carried_after", std::to_string(share.fraction_after));
  json.set("carried_before", std::to_string(share.fraction_before));
  json.set("divided", to_string(divided(stage)));
  json.set("dust_before", std::to_string(stage.before.dust));
  json.set("rule", rule_names[static_cast<std::size_t>(stage.rule)]);
  json.set("weight", std::to_string(share.weight));
  json.set("weight_sum", to_string(stage.weight_sum));
  return json;
}

/// One line, and the way to it.
Json reason_json(const Reason& reason) {
  const Stage& stage = *reason.steps.back().stage;
  const Share& line = reason.line();
  Json json;
  json.set("carried_after", std::to_string(line.fraction_after));
  json.set("carried_before", std::to_string(line.fraction_before));
  json.set("in", to_string(stage.in));
  json.set("path", stage.path);
  json.set("pay", to_string(line.pay));
  json.set(stage.kind == Node::Kind::to ? "account" : "pool", stage.name);
  json.set("taken_back", std::to_string(line.taken_back));
  json.set("weight", std::to_string(line.weight));
  json.set("weight_sum", to_string(stage.weight_sum));
  Json::Array steps;
  for (const ReasonStep& step : reason.steps) steps.push_back(step_json(step));
  json.set("steps", std::move(steps));
  return json;
}

Json fraction_json(const Fraction& fraction) {
  Json json;
  json.set("denominator", fraction.denominator.str());
  json.set("numerator", fraction.numerator.str());
  return json;
}

// --- the certificate ------------------------------------------------------------------------------------------------

/// What a pool keeps in a member's name.
struct Kept {
  std::string pool;
  std::uint64_t fraction = fraction_grace;

  /// In minor units; below zero by up to 2^-32 where the grace was lent.
  [[nodiscard]] Fraction exact() const {
    return make_fraction(Big{fraction} - Big{fraction_grace}, Big{1} << 64);
  }
};

std::vector<Kept> kept_for(const Pools& pools, Members::Index member) {
  std::vector<Kept> kept;
  for (const auto& [id, pool] : pools)
    if (const std::uint64_t fraction = pool.fraction(member); fraction != fraction_grace)
      kept.push_back({id.text(), fraction});
  return kept;
}

/// A certificate in one currency to the end of a month, and what is kept in the member's name then.
struct Fairness {
  Currency currency;
  Certificate certificate;
  Period through;
  std::vector<Kept> kept;

  /// How far what is kept by name and the difference are apart: what was rounded further up.
  [[nodiscard]] Fraction above() const {
    const Fraction& should = certificate.should;
    Fraction above = make_fraction(should.numerator - to_big(certificate.paid) * should.denominator, should.denominator);
    for (const Kept& one : kept) {
      const Fraction exact = one.exact();
      above = make_fraction(above.numerator * exact.denominator - exact.numerator * above.denominator,
                            above.denominator * exact.denominator);
    }
    return above;
  }

  [[nodiscard]] std::string words(bool exact) const {
    const Fraction& should = certificate.should;
    if (certificate.paid == 0 && should.numerator == 0) return {};
    // The ideal is rounded once, and the difference is that of the printed numbers.
    const Big rounded = (should.numerator * 200 + should.denominator) / (should.denominator * 2);
    const Big difference = abs(Big{to_big(certificate.paid) * 100 - rounded});
    const auto number = [&](const Parts& parts) { return hundredths(parts.whole, parts.parts, currency); };
    const std::string month = month_name(through), is = number(parts_of(rounded)),
                      unit = (language() == Language::japanese && currency.code() != "JPY" ? " " : "") + unit_name(currency),
                      paid = money(certificate.paid, currency), drift = number(parts_of(difference));
    std::string words = difference == 0        ? wording<Word::certificate_even>(month, is, paid, unit)
                        : certificate.behind() ? wording<Word::certificate_behind>(month, is, paid, drift, unit)
                                               : wording<Word::certificate_ahead>(month, is, paid, drift, unit);
    std::vector<std::string> names;
    for (const Kept& one : kept)
      if (!carried(one.fraction).zero())
        names.push_back(wording<Word::certificate_kept_in>(number(carried(one.fraction)), pool_name(one.pool)));
    if (!names.empty()) words += "  " + wording<Word::certificate_kept>(joined(names));
    const Fraction rest = above();
    if (abs(rest.numerator) * 100 >= rest.denominator)  // a hundredth or more
      words += "  " + wording<Word::certificate_above>();
    if (certificate.begins_anew) words += "  " + wording<Word::certificate_begins_anew>();
    if (exact) {
      const Fraction apart = certificate.drift();
      words += "  " + wording<Word::certificate_exact>(should.numerator.str() + "/" + should.denominator.str(),
                                                       apart.numerator.str() + "/" + apart.denominator.str());
    }
    return words;
  }

  [[nodiscard]] Json json() const {
    Json json, fractions;
    for (const Kept& one : kept) fractions.set(one.pool, fraction_json(one.exact()));
    json.set("begins_anew", certificate.begins_anew);
    json.set("behind", certificate.behind());
    json.set("drift", fraction_json(certificate.drift()));
    json.set("fractions", std::move(fractions));
    json.set("ideal", fraction_json(certificate.should));
    json.set("months", static_cast<std::int64_t>(certificate.months));
    json.set("paid", to_string(certificate.paid));
    json.set("through", to_string(through));
    return json;
  }
};

// --- the command ----------------------------------------------------------------------------------------------------

/// Whether a charter's node, or one below it, sends money to an account.
bool names(const Node& node, std::string_view account) {
  return node.account == account || node.rest_account == account ||
         std::any_of(node.branches.begin(), node.branches.end(),
                     [&](const Node& branch) { return names(branch, account); });
}

/// Whether the ledger knows an account: money was booked there, or some charter sends money there.
bool is_known(const State& state, const std::string& account) {
  const auto has = [&](const Money& money) { return money.books.accounts.contains(account); };
  if (has(state)) return true;
  for (const auto& [code, money] : state.others)
    if (has(money)) return true;
  return std::any_of(state.decisions.charters.begin(), state.decisions.charters.end(), [&](const CharterRow& row) {
    const auto charter = parse_charter(row.rules);
    return charter && (names(charter->root, account) ||
                       std::any_of(charter->others.begin(), charter->others.end(),
                                   [&](const auto& other) { return names(other.second.root, account); }));
  });
}

/// The months of one payee, as they are printed.
class Explanation {
 public:
  Explanation(std::string payee, bool is_member, bool in_full)
      : payee_(std::move(payee)), is_member_(is_member), in_full_(in_full) {}

  /// Takes a month in which the payee is explained.
  void month(const State& state, const Distribution& distribution, bool approved) {
    const std::string name = month_name(distribution.period);
    const Charter charter = parse_charter(distribution.charter->rules).value();
    const std::string& own = state.currency.code();
    std::string words;
    Json::Array stages;
    Sums paid{state};
    paid.add(own, 0);
    distribution.each_flow([&](const Flow& flow) {
      const std::string& code = flow.currency.code();
      const std::vector<Reason> mine = reasons_of(flow, payee_);
      const FlowWords flow_words{state.works, **money_of(state, code), code == own ? charter : charter.others.at(code),
                                 distribution.period, flow};
      u128 sum = 0;
      std::string lines;
      std::size_t count = 0;
      for (const Reason& reason : mine) {
        MIKOSHI_CHECK(adds_up(reason, flow.entered(reason.steps.front().stage->work)));
        sum += reason.line().pay;
        stages.push_back(reason_json(reason));
        if (code != own) stages.back().set("currency", code);
        if (FlowWords::is_idle(reason)) continue;
        lines += flow_words.reason(reason);
        ++count;
      }
      if (sum != 0) paid.add(code, sum);
      sums_[code] += sum;
      if (!in_full_) {
        if (code == own || sum != 0) words += row(name, sum, flow.currency, code != own);
      } else if (is_member_ && code == own ? !mine.empty() : count != 0) {
        words += flow_words.came_in() + lines;
        if (count > 1) words += wording<Word::explain_together>(money_words(sum, flow.currency));
      }
    });
    if (words.empty())
      words = is_member_ ? wording<Word::explain_nothing>(name)
                         : wording<Word::explain_nothing_to>(name, account_name(payee_));
    words_ += words;
    if (!approved) words_ += wording<Word::explain_not_closed>(name);
    Json json;
    json.set("approved", approved);
    paid.put(json, "paid");
    json.set("period", to_string(distribution.period));
    json.set("stages", std::move(stages));
    months_.push_back(std::move(json));
  }

  /// A closed month's part of the member's certificates.
  void certify(const Distribution& distribution, Members::Index member) {
    distribution.each_flow([&](const Flow& flow) {
      Fairness& fairness = fairness_[flow.currency.code()];
      fairness.currency = flow.currency;
      add(fairness.certificate, flow, member, reasons_of(flow, payee_));
      fairness.through = distribution.period;
    });
    closing_ = true;
  }

  /// Takes the state after a month was closed: what is kept by name then.
  void closed(const State& state) {
    if (!closing_) return;
    closing_ = false;
    const auto member = state.members.find(*MemberId::parse(payee_));
    for (auto& [code, fairness] : fairness_) fairness.kept = kept_for((*money_of(state, code))->pools, *member);
  }

  [[nodiscard]] bool empty() const { return months_.empty(); }

  /// @param exact  the certificates' ratios, too.
  [[nodiscard]] std::string words(const State& state, bool exact) const {
    std::string words = words_;
    const std::string& own = state.currency.code();
    if (!in_full_) {
      const auto sum = [&](const std::string& code) {
        const auto found = sums_.find(code);
        return found == sums_.end() ? u128{0} : found->second;
      };
      words += row(wording<Word::together>(), sum(own), state.currency, true);
      for (const auto& [code, money] : state.others)
        if (sum(code) != 0) words += row(wording<Word::together>(), sum(code), money.currency, true);
    }
    if (const auto found = fairness_.find(own); found != fairness_.end()) words += found->second.words(exact);
    for (const auto& [code, fairness] : fairness_)
      if (code != own) words += fairness.words(exact);
    return words;
  }

  void put(const State& state, Json& json) {
    Json others;
    for (const auto& [code, fairness] : fairness_) {
      if (code == state.currency.code()) {
        json.set("certificate", fairness.json());
      } else {
        others.set(code, fairness.json());
      }
    }
    if (!others.object()->empty()) json.set("certificate_others", std::move(others));
    json.set(is_member_ ? "member" : "account", payee_);
    json.set("months", std::move(months_));
  }

 private:
  [[nodiscard]] static std::string row(const std::string& label, const u128& sum, const Currency& currency, bool unit) {
    return pad_right(label, 16) + " " + pad_left(money(sum, currency), 14) + (unit ? " " + unit_name(currency) : "") +
           "\n";
  }

  const std::string payee_;
  const bool is_member_;
  const bool in_full_;
  std::string words_;
  Json::Array months_;
  std::map<std::string, u128> sums_;          ///< paid in all, by currency
  std::map<std::string, Fairness> fairness_;  ///< a member's, by currency
  bool closing_ = false;                      ///< a month was closed by the line in hand
};

}  // namespace

Result<Printout> run_explain(const ExplainOptions& options, const CommonOptions& common) {
  constexpr std::string_view purse = "pool:";
  const bool is_member = options.payee.find(':') == std::string::npos;  // no id has one, every account has
  MemberId member;
  if (is_member) {
    MIKOSHI_ASSIGN(member, MemberId::parse(options.payee));
  } else if (options.payee.starts_with(purse)) {
    MIKOSHI_TRY(PoolId::parse(std::string_view{options.payee}.substr(purse.size())));
  }
  std::optional<Period> wanted;
  if (!options.period.empty()) {
    MIKOSHI_ASSIGN(wanted, Period::parse(options.period));
  }
  Explanation explanation{options.payee, is_member, wanted.has_value()};
  MIKOSHI_ASSIGN(const Session session,
                 Session::open(common, Access::read, [&](const Ledger& before, const Line& line) -> Status {
                   const State& state = before.state;
                   explanation.closed(state);  // by the line before
                   const auto* approve = std::get_if<Approve>(&line.event);
                   const DraftRow* draft = approve ? state.decisions.find_draft(approve->draft) : nullptr;
                   if (draft == nullptr || (wanted && draft->period > *wanted)) return {};
                   const bool shown = !wanted || draft->period == *wanted;
                   const auto index = state.members.find(member);
                   const bool certified = is_member && index;
                   if (!shown && !certified) return {};
                   MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, draft->period));
                   if (shown) explanation.month(state, distribution, true);
                   if (certified) explanation.certify(distribution, *index);
                   return {};
                 }));
  const State& state = session.state();
  explanation.closed(state);
  if (is_member) {
    MIKOSHI_TRY(state.members.find(member));
  } else if (!is_known(state, options.payee)) {
    return fail(Errc::usage, wording<Word::explain_no_purse>(options.payee));
  }
  if (wanted && explanation.empty()) {
    if (const auto open = state.decisions.open_period(); open && *wanted != *open)
      return *wanted > *open ? fail(Errc::future_period, wording<Word::explain_not_yet>(month_name(*wanted)))
                             : fail(Errc::period_closed, wording<Word::explain_never>(month_name(*wanted)));
    MIKOSHI_ASSIGN(const Distribution distribution, distribute(state, *wanted));
    explanation.month(state, distribution, false);
  }
  Printout out;
  out.words = explanation.words(state, options.exact);
  if (!wanted && is_member) {
    for (const Ticket& ticket : state.holdings.tickets)
      if (ticket.burned_s == forever_s && state.members.ids[ticket.holder()] == member)
        out.words += wording<Word::explain_holds>(
            state.holdings.ticket_ids[static_cast<std::uint32_t>(&ticket - state.holdings.tickets.data())].text());
  }
  explanation.put(state, out.json);
  return out;
}

}  // namespace mikoshi
