// SPDX-License-Identifier: MIT
#pragma once
/// @file amount.hpp
/// `Currency` (with its exponent) and `Amount` (minor units of one currency).
///
/// Layer 0. Depends on: base/u128.hpp.
///
/// Yen have exponent 0, euros 2, most tokens 18. An amount carries its currency, has no `+` and no `double`: a sum is a
/// function that can refuse. Inside one pool or one account, where a single currency is certain, bare `u128` minor units
/// are added.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "mikoshi/base/u128.hpp"

namespace mikoshi {

inline constexpr unsigned currency_exponent_max = 30;

/// A currency: its code and how many decimal places people write.
class Currency {
 public:
  /// Yen: JPY, exponent 0.
  Currency() = default;
  /// @error bad_currency  code not [A-Z0-9]{1,12}, or exponent above 30.
  [[nodiscard]] static Result<Currency> make(std::string_view code, std::uint64_t exponent) {
    bool fits = !code.empty() && code.size() <= 12 && exponent <= currency_exponent_max;
    for (const char c : code) fits = fits && ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    if (!fits) return fail(Errc::bad_currency);
    Currency currency;
    currency.code_ = code;
    currency.exponent_ = static_cast<unsigned>(exponent);
    return currency;
  }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] unsigned exponent() const noexcept { return exponent_; }
  friend bool operator==(const Currency&, const Currency&) = default;

 private:
  std::string code_ = "JPY";
  unsigned exponent_ = 0;
};

/// An amount of money: minor units below 2^127 of one currency.
class Amount {
 public:
  /// @error amount_too_large  2^127 minor units or more.
  [[nodiscard]] static Result<Amount> make(const u128& minor, Currency currency) {
    if (minor >= amount_limit()) return fail(Errc::amount_too_large);
    return Amount{minor, std::move(currency)};
  }
  /// Nothing is rounded unseen: a floating-point amount does not compile.
  template <std::floating_point Number>
  static Result<Amount> make(Number, Currency) = delete;
  [[nodiscard]] const u128& minor() const noexcept { return minor_; }
  [[nodiscard]] const Currency& currency() const noexcept { return currency_; }
  friend bool operator==(const Amount&, const Amount&) = default;

 private:
  Amount(const u128& minor, Currency currency) : minor_(minor), currency_(std::move(currency)) {}
  u128 minor_ = 0;
  Currency currency_;
};

/// The sum of two amounts of one currency. @error mixed_assets | amount_too_large
[[nodiscard]] inline Result<Amount> add(const Amount& a, const Amount& b) {
  if (a.currency() != b.currency()) return fail(Errc::mixed_assets);
  return Amount::make(a.minor() + b.minor(), a.currency());
}

/// Reads what a person writes: major units with at most `exponent` decimal places ("12.5" is 1250 at exponent 2).
/// Never rounds, reads no separators.
/// @error empty_number | negative | bad_digit | leading_zero | too_many_decimals | amount_too_large
[[nodiscard]] inline Result<Amount> parse_major(std::string_view text, const Currency& currency) {
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty()) return fail(Errc::empty_number, "a number is needed here");
  if (point != std::string_view::npos && decimals.empty())
    return fail(Errc::empty_number, "a decimal point is followed by digits");
  if (whole.front() == '-') return fail(Errc::negative, "a negative number has no place here");
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i != point && (text[i] < '0' || text[i] > '9'))
      return fail(Errc::bad_digit, "only the digits 0 to 9 and one point stand in an amount here",
                  "character " + std::to_string(i));
  if (whole.size() > 1 && whole.front() == '0') return fail(Errc::leading_zero, "a number starts with 1 to 9, or is 0");
  if (decimals.size() > currency.exponent())
    return fail(Errc::too_many_decimals, currency.code() + " has " + std::to_string(currency.exponent()) +
                                             " decimal places, this amount has " + std::to_string(decimals.size()));
  std::string digits{whole};
  digits += decimals;
  digits.append(currency.exponent() - decimals.size(), '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  MIKOSHI_ASSIGN(const u128 minor, parse_minor(digits));
  return Amount::make(minor, currency);
}

/// What `parse_major` reads: major units, all decimal places, no separators ("148500"; "1234.50").
[[nodiscard]] inline std::string to_plain(const Amount& amount) {
  std::string digits = to_string(amount.minor());
  const unsigned exponent = amount.currency().exponent();
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  if (exponent != 0) digits.insert(digits.size() - exponent, 1, '.');
  return digits;
}

/// What a person reads: major units, thousands separated by commas, all decimal places ("148,500"; "1,234.50").
[[nodiscard]] inline std::string to_string(const Amount& amount) {
  std::string text = to_plain(amount);
  for (std::size_t i = std::min(text.find('.'), text.size()); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace mikoshi
