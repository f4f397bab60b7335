// SPDX-License-Identifier: MIT
#pragma once
/// @file money.hpp
/// Money: one currency with books and pools of its own. Currencies never mix; what crosses between them is a conversion.
///
/// Layer 2. Depends on: community/book.hpp, community/pool.hpp, community/envelope.hpp.
///
/// A DAO counts in the currency that its first line names, and in the others that it declares. A month is closed in all of
/// them together, by the same weights.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <type_traits>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/community/book.hpp"
#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/pool.hpp"

namespace mikoshi {

/// How many currencies a DAO may declare beside its own: the numbers of all have to fit a line.
inline constexpr std::size_t other_currencies_max = 16;

struct Money {
  Currency currency;
  Books books;
  Pools pools;
};

/// A currency beside the DAO's own.
struct OtherMoney : Money {
  std::uint64_t seq = 0;  ///< of the line that declared it
};

/// The money of a currency, as const as the state. Never nullptr. @error mixed_assets  the DAO has no such currency.
template <class State>
[[nodiscard]] auto money_of(State& state, const std::string& code) {
  using Found = std::conditional_t<std::is_const_v<State>, const Money*, Money*>;
  if (code == state.currency.code()) return Result<Found>{static_cast<Found>(&state)};
  const auto other = state.others.find(code);
  if (other != state.others.end()) return Result<Found>{static_cast<Found>(&other->second)};
  std::string all = state.currency.code();
  for (const auto& [name, money] : state.others) all += ", " + name;
  return Result<Found>{fail(Errc::mixed_assets, "this DAO counts in " + all)};
}

struct CurrencyNew {
  static constexpr std::string_view kind = "currency";
  static constexpr std::string_view about = "declares another currency, with books of its own";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::bad_currency, Errc::conflict, Errc::too_many});
  std::string code;
  std::uint64_t exponent = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("code", self.code, "like USD");
    visit("exponent", self.exponent, "decimal places: 2 for dollars");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.others.find(code);
    return found == state.others.end() ? std::nullopt : std::optional{found->second.seq};
  }
  /// @error bad_currency | conflict (it is the DAO's own, or declared already) | too_many (more than 16 others)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(Currency currency, Currency::make(code, exponent));
    if (code == state.currency.code() || made_in(state))
      return fail(Errc::conflict, "the currency " + code + " is declared already");
    if (state.others.size() >= other_currencies_max) return fail(Errc::too_many, "at most 16 currencies beside the DAO's own");
    OtherMoney& money = state.others[code];
    money.currency = std::move(currency);
    money.seq = envelope.seq;
    return {};
  }
};

}  // namespace mikoshi
