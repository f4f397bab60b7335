// SPDX-License-Identifier: MIT
#pragma once
/// @file u128.hpp
/// `u128`: an unsigned integer of 128 bits that wraps, and its one decimal spelling.
///
/// Layer 0. Depends on: base/result.hpp; Boost.Multiprecision only where the compiler has no 128-bit integer.
///
/// Money is counted in minor units below 2^127. Where the compiler lacks `__int128` (32-bit ARM), Boost's `uint128_t`
/// stands in with the same wrapping arithmetic; define MIKOSHI_PORTABLE_U128 to test that path elsewhere.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "mikoshi/base/result.hpp"

#if defined(__SIZEOF_INT128__) && !defined(MIKOSHI_PORTABLE_U128)
namespace mikoshi {
__extension__ typedef unsigned __int128 u128;
}
#else
#include <boost/multiprecision/cpp_int.hpp>
namespace mikoshi {
using u128 = boost::multiprecision::uint128_t;
}
#endif

namespace mikoshi {

/// Amounts are below this: 2^127 minor units.
[[nodiscard]] inline u128 amount_limit() { return u128{1} << 127; }

/// The low 64 bits.
[[nodiscard]] inline std::uint64_t low64(const u128& value) {
  return static_cast<std::uint64_t>(value & u128{UINT64_MAX});
}
/// The high 64 bits.
[[nodiscard]] inline std::uint64_t high64(const u128& value) { return static_cast<std::uint64_t>(value >> 64); }

/// Decimal without leading zeros.
[[nodiscard]] inline std::string to_string(u128 value) {
  if (value <= UINT64_MAX) return std::to_string(static_cast<std::uint64_t>(value));
  constexpr std::uint64_t part = 10'000'000'000'000'000'000u;  // the largest power of ten below 2^64
  std::string low = std::to_string(static_cast<std::uint64_t>(value % part));
  low.insert(0, 19 - low.size(), '0');
  return to_string(value / part) + low;
}

/// Reads `0|[1-9][0-9]*` below `limit`.
/// @error empty_number | negative | bad_digit | leading_zero  in this order; then
/// @error `over`  the value is `limit` or more. Never reads more than 40 digits, however long the text.
[[nodiscard]] inline Result<u128> parse_decimal(std::string_view text, const u128& limit, Errc over) {
  if (text.empty()) return fail(Errc::empty_number, "a number is needed here");
  if (text.front() == '-') return fail(Errc::negative, "a negative number has no place here");
  const auto not_digit = std::find_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; });
  if (not_digit != text.end())
    return fail(Errc::bad_digit, "only the digits 0 to 9 stand in a number here",
                "character " + std::to_string(not_digit - text.begin()));
  if (text.size() > 1 && text.front() == '0') return fail(Errc::leading_zero, "a number starts with 1 to 9, or is 0");
  if (text.size() > 39) return fail(over, std::to_string(text.size()) + " digits are beyond the limit");
  // 39 digits stay below 2^130: watch the one multiplication that can pass 2^128.
  const u128 tenth = (~u128{0}) / 10;
  u128 value = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(c - '0');
    if (value > tenth || (value == tenth && digit > 5)) return fail(over);
    value = value * 10 + digit;
  }
  if (value >= limit) return fail(over);
  return value;
}

/// Money in minor units: a decimal below 2^127. @error as parse_decimal, over = amount_too_large
[[nodiscard]] inline Result<u128> parse_minor(std::string_view text) {
  return parse_decimal(text, amount_limit(), Errc::amount_too_large);
}

/// A weight: a decimal below 2^64. @error as parse_decimal, over = weight_overflow
[[nodiscard]] inline Result<std::uint64_t> parse_weight(std::string_view text) {
  MIKOSHI_ASSIGN(const u128 value, parse_decimal(text, u128{1} << 64, Errc::weight_overflow));
  return low64(value);
}

/// A count: a decimal up to 2^53 − 1, which every JSON reader holds exactly. @error as parse_decimal, over = bad_number
[[nodiscard]] inline Result<std::uint64_t> parse_count(std::string_view text) {
  const auto value = parse_decimal(text, u128{1} << 53, Errc::bad_number);
  if (value) return low64(*value);
  if (value.error().code == Errc::bad_number) return fail(Errc::bad_number, "a count stays within 2^53 - 1");
  return Failure{value.error()};
}

}  // namespace mikoshi
