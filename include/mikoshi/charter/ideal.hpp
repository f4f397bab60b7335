// SPDX-License-Identifier: MIT
#pragma once
/// @file ideal.hpp
/// The ideal: what a distribution would give if money had no smallest unit. Rounding is measured against it.
///
/// Layer 3. Depends on: charter/distribution.hpp, base/wide.hpp.
///
/// Exact ratios flow down the same stages by the same weights: a payee's part is what entered the node × w / W, and a node
/// is entered by its parent's exact share, not by the rounded one. So the difference between what somebody was paid and the
/// ideal is all that rounding ever did, at every level of the tree together. Nodes that count in whole units (take, threshold, a
/// recoup's limit, hold, an among with bounds) send on what they sent: below them the ideal begins anew with that.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/base/wide.hpp"
#include "mikoshi/charter/distribution.hpp"

namespace mikoshi {

/// Exact amounts in minor units, as numerators over one denominator.
struct Ideal {
  Big denominator = 1;                  ///< above zero; not always the least one
  std::vector<Big> members;             ///< numerators by member index; shorter: the rest is 0
  std::map<std::string, Big> accounts;  ///< numerators by account

  /// What a member would have been given.
  [[nodiscard]] Fraction of(Members::Index member) const {
    return make_fraction(member < members.size() ? members[member] : Big{0}, denominator);
  }
};

/// The ideal of one distribution: where all nodes divide by weight, Σ over members and accounts is exactly what entered.
/// @pre  the flow is one that `distribute` made: of one currency; a distribution is that of the DAO's own.
/// @cost O(shares) operations on integers of about 64 bits a level of the tree.
[[nodiscard]] MIKOSHI_INLINE Ideal ideal_of(const Flow& flow);

/// Adds a month to a sum. One common denominator makes this one greatest common divisor a month instead of one a member.
/// @cost O(members) products; the denominator grows by at most the month's.
MIKOSHI_INLINE void add(Ideal& sum, const Ideal& month);

/// |paid − ideal| of a member, in minor units.
[[nodiscard]] inline Fraction drift(const Ideal& ideal, Members::Index member, const u128& paid) {
  const Big is = member < ideal.members.size() ? ideal.members[member] : Big{0};
  return make_fraction(abs(Big{to_big(paid) * ideal.denominator - is}), ideal.denominator);
}

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// What one unit of weight gets at a stage.
struct IdealStage {
  const Stage* stage;
  Fraction in, each;
};

/// What enters each stage, by the paths that `stages` have: parents come before their children.
inline std::vector<IdealStage> ideal_stages(const Flow& flow) {
  std::map<std::string, Fraction> enters;
  std::vector<IdealStage> found;
  for (const Stage& stage : flow.stages) {
    if (stage.is_root()) enters[stage.path] = Fraction{to_big(flow.entered(stage.work)), 1};
    const Fraction in = enters[stage.path];  // nothing: visited only because its pool ends
    Fraction each{0, 1};
    if (stage.weight_sum != 0) each = make_fraction(in.numerator, in.denominator * to_big(stage.weight_sum));
    switch (stage.kind) {
      case Node::Kind::to:
        break;
      case Node::Kind::split:
        for (std::size_t i = 0; i < stage.shares.size(); ++i)
          enters[stage.path + "/split/" + std::to_string(i)] =
              make_fraction(each.numerator * stage.shares[i].weight, each.denominator);
        break;
      case Node::Kind::among:
        enters[stage.path + "/else"] = stage.passed_on ? in : Fraction{to_big(stage.rest), 1};
        break;
      case Node::Kind::take:
      case Node::Kind::threshold:
        enters[stage.path + "/then"] = Fraction{to_big(stage.shares[0].pay), 1};
        enters[stage.path + "/rest"] = Fraction{to_big(stage.shares[1].pay), 1};
        break;
      case Node::Kind::recoup: {
        const Big first = to_big(stage.in - stage.shares.back().pay);
        for (std::size_t i = 0; i + 1 < stage.shares.size(); ++i)
          enters[stage.path + "/recoup/" + std::to_string(i)] =
              make_fraction(first * stage.shares[i].weight, to_big(stage.weight_sum));
        enters[stage.path + "/rest"] = Fraction{to_big(stage.shares.back().pay), 1};
        if (stage.weight_sum != 0) each = make_fraction(first, to_big(stage.weight_sum));
        break;
      }
      case Node::Kind::hold:
        enters[stage.path + "/then"] = Fraction{to_big(stage.shares[0].pay), 1};
        break;
    }
    found.push_back({&stage, in, each});
  }
  return found;
}

/// Brings `ideal` over a denominator that `other` divides, and gives what numerators over `other` are to be multiplied by.
inline Big widen(Ideal& ideal, const Big& other) {
  const Big common = lcm(ideal.denominator, other);
  const Big factor = common / ideal.denominator;
  if (factor != 1) {
    for (Big& numerator : ideal.members) numerator *= factor;
    for (auto& [account, numerator] : ideal.accounts) numerator *= factor;
    ideal.denominator = common;
  }
  return common / other;
}

}  // namespace detail

MIKOSHI_INLINE Ideal ideal_of(const Flow& flow) {
  const std::vector<detail::IdealStage> stages = detail::ideal_stages(flow);
  Ideal ideal;
  for (const auto& [stage, in, each] : stages)
    ideal.denominator = lcm(ideal.denominator, stage->kind == Node::Kind::to ? in.denominator : each.denominator);
  for (const auto& [stage, in, each] : stages) {
    if (stage->kind == Node::Kind::to)
      ideal.accounts[stage->name] += in.numerator * (ideal.denominator / in.denominator);
    if ((stage->kind != Node::Kind::among && stage->kind != Node::Kind::recoup) || stage->passed_on) continue;
    // What bounds decide, and costs that come back once, is what it is.
    const bool as_paid = stage->bounds.some() || stage->measure.weight == Weight::costs;
    const Big unit = each.numerator * (ideal.denominator / each.denominator);
    for (const Share& share : stage->shares) {
      if (!share.member) continue;  // what rule floor leaves over
      if (ideal.members.size() <= *share.member) ideal.members.resize(*share.member + 1);
      ideal.members[*share.member] +=
          as_paid ? Big{to_big(share.pay) * ideal.denominator} : Big{unit * share.weight};
    }
  }
  return ideal;
}

MIKOSHI_INLINE void add(Ideal& sum, const Ideal& month) {
  const Big factor = detail::widen(sum, month.denominator);
  if (sum.members.size() < month.members.size()) sum.members.resize(month.members.size());
  for (std::size_t i = 0; i < month.members.size(); ++i) sum.members[i] += month.members[i] * factor;
  for (const auto& [account, numerator] : month.accounts) sum.accounts[account] += numerator * factor;
}

#endif

}  // namespace mikoshi
