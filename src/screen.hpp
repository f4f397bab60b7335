// SPDX-License-Identifier: MIT
#pragma once
/// @file screen.hpp
/// How numbers, months and counts are written for people.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/time.hpp"
#include "words.hpp"

namespace mikoshi {

/// "148,500": a count, or minor units of a currency without decimals.
[[nodiscard]] inline std::string thousands(const u128& number) { return to_string(*Amount::make(number, Currency{})); }

/// "148,500", "1,234.50": money.
[[nodiscard]] inline std::string money(const u128& minor, const Currency& currency) {
  return to_string(*Amount::make(minor, currency));
}

/// Whole minor units and hundredths of one: "298.99" yen.
[[nodiscard]] inline std::string hundredths(const u128& whole, std::uint64_t parts, const Currency& currency) {
  return money(whole, currency) + (currency.exponent() == 0 ? "." : "") +
         detail::padded(static_cast<long long>(parts), 2);
}

/// "1 person", "22 people", "22人".
template <Count id>
[[nodiscard]] std::string count(const u128& number) {
  constexpr CountMessage message = all_counts[static_cast<std::size_t>(id)];
#ifndef __clang__  // as in words.hpp
  [[maybe_unused]] constexpr fmt::format_string<const std::string&> one{message.one}, many{message.many},
      japanese{message.japanese};
#endif
  const std::string_view text = language() == Language::japanese ? message.japanese
                                : number == 1                    ? message.one
                                                                 : message.many;
  return fmt::format(fmt::runtime(text), thousands(number));
}

/// Decides once whether this run colours what it says: only on a terminal that can, and where nobody refused (--no-color,
/// NO_COLOR).
void decide_colours(bool refused);

/// `text` in red for standard error, in green for standard output; as it is where colours are not wanted.
[[nodiscard]] std::string red_on_error(std::string text);
[[nodiscard]] std::string green(std::string text);

/// How many columns of a terminal a text takes: two for 漢字 and かな.
[[nodiscard]] std::size_t columns_of(std::string_view text);

/// `text` with spaces behind it, or before it, up to so many columns. A longer one stays whole.
[[nodiscard]] std::string pad_right(std::string text, std::size_t columns);
[[nodiscard]] std::string pad_left(std::string text, std::size_t columns);

/// A pool as people call it: those of the charters that ship have a name in each language.
[[nodiscard]] std::string pool_name(std::string_view name);

/// "pool:reserve", "undivided:tickets": an account of the books.
[[nodiscard]] std::string account_name(std::string_view account);

/// "the reserve", "the pool fund": where money goes, within a sentence.
[[nodiscard]] std::string payee_words(std::string_view account);

/// Names one after the other: "abe, mori", "abe、mori".
[[nodiscard]] inline std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, language() == Language::japanese ? "、" : ", "));
}

/// The same, cut short where there are many: "m001 … m148".
[[nodiscard]] inline std::string listed(const std::vector<std::string>& names) {
  if (names.size() > 4) return fmt::format("{} … {}", names.front(), names.back());
  return joined(names);
}

/// "April 2026", "2026年4月".
[[nodiscard]] inline std::string month_name(Period period) {
  constexpr std::array<std::string_view, 12> names = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
  if (language() == Language::japanese) return fmt::format("{}年{}月", period.months() / 12, period.months() % 12 + 1);
  return std::string{names[static_cast<std::size_t>(period.months() % 12)]} + " " +
         std::to_string(period.months() / 12);
}

/// "yen", "円", or the currency's code.
[[nodiscard]] inline std::string unit_name(const Currency& currency) {
  if (currency.code() != "JPY") return currency.code();
  return language() == Language::japanese ? "円" : "yen";
}

/// "148,500 yen", "148,500円", "1.50 USD".
[[nodiscard]] inline std::string money_words(const u128& minor, const Currency& currency) {
  const bool joined = language() == Language::japanese && currency.code() == "JPY";
  return money(minor, currency) + (joined ? "" : " ") + unit_name(currency);
}

}  // namespace mikoshi
