// SPDX-License-Identifier: MIT
#pragma once
/// @file conversion.hpp
/// Conversions: income that waits in one currency is exchanged into another, at a stated rate, rounded in a stated way.
///
/// Layer 2. Depends on: community/income.hpp, base/u256.hpp.
///
/// It is the only thing that crosses from one currency's books into another's, and it says all that is needed to compute it again.
/// A month that is closed has no waiting income any more, so a conversion cannot reach back.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/base/u256.hpp"
#include "mikoshi/community/income.hpp"

namespace mikoshi {

/// What becomes of a part of a minor unit.
enum class Rounding : std::uint8_t {
  down,
  up,
  half_up,    ///< to the nearest; a half away from zero
  half_even,  ///< to the nearest; a half to the even one
};

template <>
struct Words<Rounding> {
  static constexpr std::array<std::string_view, 4> words = {"down", "up", "half-up", "half-even"};
  static constexpr std::string_view list = "a rounding is down, up, half-up or half-even";
};

/// `gives` minor units of one currency for `of` minor units of another: 154.32 yen a dollar are 15432 for 10000 cents.
struct Rate {
  u128 gives = 0;
  u128 of = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("gives", self.gives, "minor units of `into`");
    visit("of", self.of, "for so many minor units of `currency`");
  }
};

/// amount × rate, rounded.
/// @pre   the rate has no zero.
/// @error amount_too_large
[[nodiscard]] inline Result<u128> converted(const u128& amount, const Rate& rate, Rounding rounding) {
  const WideQuotient exact = long_divide(full_product(amount, rate.gives), rate.of);
  if (exact.quotient.high != 0 || exact.quotient.low >= amount_limit()) return fail(Errc::amount_too_large);
  u128 units = exact.quotient.low;
  const u128 doubled = exact.remainder * 2;  // both are below 2^127
  const bool half = doubled == rate.of;
  const bool more = rounding == Rounding::down      ? false
                    : rounding == Rounding::up      ? exact.remainder != 0
                    : rounding == Rounding::half_up ? doubled >= rate.of
                                                    : doubled > rate.of || (half && (units & u128{1}) != 0);
  if (more) units += 1;
  if (units >= amount_limit()) return fail(Errc::amount_too_large);
  return units;
}

struct ConversionRow {
  std::uint64_t seq = 0;
  u128 amount = 0;  ///< minor units of `currency`
  u128 gives = 0;   ///< minor units of `into`
  std::string currency, into;
  Period period;
  bool undone = false;
};

struct Conversions {
  Interner<RecordId> ids;
  std::vector<ConversionRow> rows;  ///< by conversion index
};

/// What of a month's income may still be converted: what waits, less what later income has to make up for.
[[nodiscard]] inline u128 convertible(const Books& books, Period period) {
  const u128 waits = books.balance(Books::income_account(period));
  return waits - std::min(waits, books.missing());
}

struct ConversionNew {
  static constexpr std::string_view kind = "conversion";
  static constexpr std::string_view about = "exchanges income that waits in one currency into another";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::no_charter, Errc::period_closed, Errc::future_period, Errc::bad_number,
      Errc::duplicate_evidence, Errc::amount_too_large, Errc::wrong_amount, Errc::balance_exceeded,
  });
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  u128 gives = 0;
  RecordId id;
  std::string into;
  Period period;
  Rate rate;
  Rounding rounding = Rounding::down;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units of `currency` that go");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("evidence", self.evidence, "the exchange's file, or one row of it");
    visit("gives", self.gives, "minor units of `into` that come: amount × rate, rounded");
    visit("id", self.id, "the conversion's id, chosen by who submits it");
    visit("into", self.into, "another of the DAO's currencies");
    visit("period", self.period, "the month whose income it is, before and after");
    visit("rate", self.rate, "what one currency gives for the other");
    visit("rounding", self.rounding, "down, up, half-up or half-even");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.conversions.ids.find(id);
    return index ? std::optional{state.conversions.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict | mixed_assets (a currency that the DAO has not, or twice the same) | no_charter | period_closed |
  ///        future_period | bad_number (an amount or a rate of zero) | duplicate_evidence | amount_too_large | wrong_amount (not
  ///        amount × rate, rounded) | balance_exceeded (more than what waits)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the conversion " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const source, money_of(state, currency));
    MIKOSHI_ASSIGN(Money* const target, money_of(state, into));
    if (source == target) return fail(Errc::mixed_assets, "a conversion leads to another currency");
    const auto open = state.decisions.open_period();
    if (!open) return fail(Errc::no_charter, "income needs a charter that says where it goes");
    if (period < *open) return fail(Errc::period_closed, to_string(period) + " is closed");
    if (period.start_s(state.dao.offset) > envelope.at.seconds()) return fail(Errc::future_period);
    if (amount == 0) return fail(Errc::bad_number, "nothing to convert", "field amount");
    if (rate.of == 0 || rate.gives == 0) return fail(Errc::bad_number, "a rate has no zero", "field rate");
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    MIKOSHI_ASSIGN(const u128 right, converted(amount, rate, rounding));
    if (target->books.world.debit + right >= amount_limit())
      return fail(Errc::amount_too_large, "all that came in passes 2^127");
    if (gives != right)
      return fail(Errc::wrong_amount, "at that rate it gives " + mikoshi::to_string(right), "field gives");
    if (const u128 most = convertible(source->books, period); amount > most)
      return fail(Errc::balance_exceeded, "only " + mikoshi::to_string(most) + " waits there");
    if (evidence) state.records.note_source(*evidence);
    state.conversions.ids.add(id);
    state.conversions.rows.push_back(ConversionRow{envelope.seq, amount, gives, currency, into, period, false});
    const std::string account = Books::income_account(period);
    source->books.post(source->books.accounts[account], source->books.world, amount);
    target->books.post(target->books.world, target->books.accounts[account], gives);
    return {};
  }
};

struct ConversionUndo {
  static constexpr std::string_view kind = "conversion.undo";
  static constexpr std::string_view about = "takes a conversion back, while its month is open and all that it gave still waits";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_record, Errc::conflict, Errc::period_closed, Errc::balance_exceeded,
  });
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the conversion");
  }
  /// @error no_such_record | conflict (undone already) | period_closed | balance_exceeded
  template <class State>
  Status apply(State& state, const Envelope&) const {
    const auto index = state.conversions.ids.find(id);
    if (!index) return fail(Errc::no_such_record, "no conversion is called " + id.text());
    ConversionRow& row = state.conversions.rows[*index];
    if (row.undone) return fail(Errc::conflict, "the conversion " + id.text() + " is undone already");
    if (row.period < *state.decisions.open_period())
      return fail(Errc::period_closed, mikoshi::to_string(row.period) + " is closed");
    Books& source = (*money_of(state, row.currency))->books;
    Books& target = (*money_of(state, row.into))->books;
    if (const u128 waits = convertible(target, row.period); row.gives > waits)
      return fail(Errc::balance_exceeded, "only " + mikoshi::to_string(waits) + " of it is left");
    // In its own columns: a slip of a huge amount must not use up the room for income.
    const std::string account = Books::income_account(row.period);
    source.accounts[account].debit -= row.amount;
    source.world.credit -= row.amount;
    target.world.debit -= row.gives;
    target.accounts[account].credit -= row.gives;
    row.undone = true;
    return {};
  }
};

}  // namespace mikoshi
