// SPDX-License-Identifier: MIT
#pragma once
/// @file u256.hpp
/// `u256`: an unsigned integer of 256 bits that never wraps, for what must be compared or divided exactly before it is
/// money again.
///
/// Layer 0. Depends on: base/u128.hpp.
///
/// Only the few operations that the splits need, each in 64 by 64 bits. A result below 0, or of 2^256 or more, is a
/// mistake of the caller and aborts (MIKOSHI_CHECK).

#include <compare>
#include <cstdint>

#include "mikoshi/base/u128.hpp"

namespace mikoshi {

/// high·2^128 + low.
struct u256 {
  u128 high = 0;
  u128 low = 0;

  friend bool operator==(const u256& a, const u256& b) { return a.high == b.high && a.low == b.low; }
  friend std::strong_ordering operator<=>(const u256& a, const u256& b) {
    const u128& left = a.high != b.high ? a.high : a.low;
    const u128& right = a.high != b.high ? b.high : b.low;
    if (left == right) return std::strong_ordering::equal;
    return left < right ? std::strong_ordering::less : std::strong_ordering::greater;
  }
};

/// @pre the sum is below 2^256.
[[nodiscard]] inline u256 operator+(const u256& a, const u256& b);
/// @pre a >= b.
[[nodiscard]] inline u256 operator-(const u256& a, const u256& b);
/// The product of 128 and 64 bits: below 2^192, so it always fits.
[[nodiscard]] inline u256 product(const u128& a, std::uint64_t b);
/// The product of 128 and 128 bits: it always fits.
[[nodiscard]] inline u256 full_product(const u128& a, const u128& b);
/// @pre the product is below 2^256.
[[nodiscard]] inline u256 operator*(const u256& a, std::uint64_t b);

/// What `divide` gives: a = quotient·b + remainder, remainder < b.
struct Quotient {
  u256 quotient;
  std::uint64_t remainder = 0;
};
/// @pre b > 0.
[[nodiscard]] inline Quotient divide(const u256& a, std::uint64_t b);

/// The same by 128 bits. @pre 0 < b < 2^127. @cost one step a bit of `a`
struct WideQuotient {
  u256 quotient;
  u128 remainder = 0;
};
[[nodiscard]] inline WideQuotient long_divide(const u256& a, const u128& b);

/// floor(a·b / c), although a·b may need 512 bits. @pre b <= c, and 0 < c < 2^254. @cost one step a bit of `a`
[[nodiscard]] inline u256 scaled(const u256& a, const u256& b, const u256& c);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline u256 operator+(const u256& a, const u256& b) {
  const u128 low = a.low + b.low;  // wraps; it did if it is below a.low
  const u128 high = a.high + b.high;
  const unsigned carried = low < a.low ? 1 : 0;
  MIKOSHI_CHECK(high >= a.high && (carried == 0 || high != ~u128{0}));
  return u256{high + carried, low};
}

inline u256 operator-(const u256& a, const u256& b) {
  MIKOSHI_CHECK(a >= b);
  const unsigned borrowed = a.low < b.low ? 1 : 0;
  return u256{a.high - b.high - borrowed, a.low - b.low};
}

inline u256 product(const u128& a, std::uint64_t b) {
  const u128 low = u128{low64(a)} * b;
  const u128 middle = u128{high64(a)} * b + high64(low);  // at most (2^64 - 1)·2^64
  return u256{u128{high64(middle)}, (u128{low64(middle)} << 64) + low64(low)};
}

inline u256 full_product(const u128& a, const u128& b) {
  const u256 upper = product(a, high64(b));  // below 2^192, so 64 bits more fit
  return u256{(upper.high << 64) + high64(upper.low), u128{low64(upper.low)} << 64} + product(a, low64(b));
}

inline u256 operator*(const u256& a, std::uint64_t b) {
  const u256 upper = product(a.high, b);
  MIKOSHI_CHECK(upper.high == 0);
  return u256{upper.low, 0} + product(a.low, b);
}

inline Quotient divide(const u256& a, std::uint64_t b) {
  MIKOSHI_CHECK(b > 0);
  std::uint64_t remainder = 0;
  const auto next_digit = [&](std::uint64_t digit) {  // long division, 64 bits at a time
    const u128 rest = (u128{remainder} << 64) + digit;
    remainder = low64(rest % b);
    return u128{low64(rest / b)};  // below 2^64, as the remainder before was below b
  };
  const u128 digit3 = next_digit(high64(a.high));
  const u128 digit2 = next_digit(low64(a.high));
  const u128 digit1 = next_digit(high64(a.low));
  const u128 digit0 = next_digit(low64(a.low));
  return Quotient{u256{(digit3 << 64) + digit2, (digit1 << 64) + digit0}, remainder};
}

inline WideQuotient long_divide(const u256& a, const u128& b) {
  MIKOSHI_CHECK(b > 0 && (b >> 127) == 0);
  WideQuotient result;
  for (unsigned bit = 256; bit-- > 0;) {
    const u128& half = bit >= 128 ? a.high : a.low;
    result.quotient = result.quotient + result.quotient;
    result.remainder = (result.remainder << 1) + ((half >> (bit % 128)) & u128{1});
    if (result.remainder < b) continue;
    result.remainder -= b;
    result.quotient = result.quotient + u256{0, 1};
  }
  return result;
}

inline u256 scaled(const u256& a, const u256& b, const u256& c) {
  MIKOSHI_CHECK(b <= c && c > u256{} && high64(c.high) >> 62 == 0);
  // From the top bit of a down: (quotient, remainder) of the bits read so far, times b, by c. The quotient stays at most
  // those bits, as b <= c, and the remainder below c, so that 2·remainder + b stays below 2^256.
  u256 quotient;
  u256 remainder;
  unsigned bit = 256;
  if (a.high == 0) bit = 128;
  while (bit > 0) {
    --bit;
    const u128& half = bit >= 128 ? a.high : a.low;
    const bool set = ((half >> (bit % 128)) & u128{1}) != 0;
    quotient = quotient + quotient;
    remainder = remainder + remainder;
    if (set) remainder = remainder + b;
    while (remainder >= c) {  // at most twice
      remainder = remainder - c;
      quotient = quotient + u256{0, 1};
    }
  }
  return quotient;
}

}  // namespace mikoshi
