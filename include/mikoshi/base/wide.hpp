// SPDX-License-Identifier: MIT
#pragma once
/// @file wide.hpp
/// `Big`, an integer of any length, and `Fraction`, an exact ratio of two: what is proved or printed, never what is paid.
///
/// Layer 0. Depends on: base/u128.hpp, Boost.Multiprecision.
///
/// Reading Boost costs a second and a half a file, so only what measures a distribution includes this; paying needs 128 bits.

#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <utility>

#include "mikoshi/base/u128.hpp"

namespace mikoshi {

using Big = boost::multiprecision::cpp_int;

[[nodiscard]] inline Big to_big(const u128& value) { return (Big{high64(value)} << 64) + low64(value); }

/// An exact ratio in lowest terms; the denominator is above zero.
struct Fraction {
  Big numerator = 0;
  Big denominator = 1;

  friend bool operator==(const Fraction&, const Fraction&) = default;
  friend bool operator<(const Fraction& a, const Fraction& b) {
    return a.numerator * b.denominator < b.numerator * a.denominator;
  }
};

/// `numerator` / `denominator` in lowest terms. @pre denominator > 0. @cost one greatest common divisor.
[[nodiscard]] inline Fraction make_fraction(Big numerator, Big denominator) {
  MIKOSHI_CHECK(denominator > 0);
  const Big common = gcd(numerator, denominator);  // |denominator| where the numerator is 0
  return {Big{numerator / common}, Big{denominator / common}};
}

/// Decimal for people, rounded half away from zero: 7/17 with 3 places is "0.412". No separators.
[[nodiscard]] inline std::string to_decimal(const Fraction& fraction, unsigned places) {
  const Big scale = pow(Big{10}, places);
  const Big size = abs(fraction.numerator);
  const Big rounded = (size * scale * 2 + fraction.denominator) / (fraction.denominator * 2);
  std::string digits = rounded.str();
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (places != 0) digits.insert(digits.size() - places, ".");
  return (fraction.numerator < 0 && rounded != 0 ? "-" : "") + digits;
}

}  // namespace mikoshi
