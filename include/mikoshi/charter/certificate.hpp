// SPDX-License-Identifier: MIT
#pragma once
/// @file certificate.hpp
/// The fairness certificate: what a member should have had over some months, exactly, and what the member was given.
///
/// Layer 3. Depends on: charter/ideal.hpp, charter/reason.hpp.
///
/// `should` is the sum of the months' ideals. All that is between it and `paid` is rounding: fractions that are kept in the
/// member's own name, and what was rounded further up the tree, before the money came to the member's pools. Where a node on
/// the way counts in whole units, the ideal below it begins anew with what was sent on there (see ideal.hpp), so that
/// rounding above such a node is not in the drift; `begins_anew` says that it happened.

#include <algorithm>

#include "mikoshi/charter/ideal.hpp"
#include "mikoshi/charter/reason.hpp"

namespace mikoshi {

struct Certificate {
  Fraction should;           ///< minor units
  u128 paid = 0;             ///< minor units
  std::uint64_t months = 0;  ///< distributions that were summed
  bool begins_anew = false;

  [[nodiscard]] bool behind() const { return to_big(paid) * should.denominator < should.numerator; }
  /// |paid − should|, in minor units.
  [[nodiscard]] Fraction drift() const {
    return make_fraction(abs(Big{to_big(paid) * should.denominator - should.numerator}), should.denominator);
  }
};

/// Adds a month of one member in one currency. Months are added each once, in any order; currencies never add.
/// @param mine  the reasons of the member's lines in that month, from `reasons_of`.
/// @cost  that of `ideal_of`, and one greatest common divisor of the sum, whose denominator grows by at most the month's.
inline void add(Certificate& sum, const Flow& month, Members::Index member, const std::vector<Reason>& mine);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

/// Whether the ideal begins anew at or above a line.
inline bool begins_anew(const Reason& reason) {
  return std::any_of(reason.steps.begin(), reason.steps.end(), [](const ReasonStep& step) {
    switch (step.stage->kind) {
      case Node::Kind::to:
      case Node::Kind::split:
        return false;
      case Node::Kind::among:
        return step.stage->bounds.some();
      default:
        return true;
    }
  });
}

}  // namespace detail

inline void add(Certificate& sum, const Flow& month, Members::Index member, const std::vector<Reason>& mine) {
  const Fraction ideal = ideal_of(month).of(member);
  sum.should = make_fraction(sum.should.numerator * ideal.denominator + ideal.numerator * sum.should.denominator,
                             sum.should.denominator * ideal.denominator);
  for (const Reason& reason : mine) {
    sum.paid += reason.line().pay;
    sum.begins_anew = sum.begins_anew || detail::begins_anew(reason);
  }
  ++sum.months;
}

}  // namespace mikoshi
