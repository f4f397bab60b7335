// SPDX-License-Identifier: MIT
#pragma once
/// @file book.hpp
/// Books: double entry in the DAO's currency. Every movement has two sides; only the outside world may go below zero.
///
/// Layer 2. Depends on: community/decision.hpp, community/record.hpp.
///
/// Accounts: `world`; `income:2026-04`, received for a month and not yet distributed; `undivided:POOL`, kept in a pool by
/// name; `pool:NAME`, a common purse; and what each member is owed. Debit and credit are two columns, never one signed
/// number.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/decision.hpp"
#include "mikoshi/community/record.hpp"

namespace mikoshi {

/// The two columns of an account, in minor units.
struct Account {
  u128 debit = 0;
  u128 credit = 0;
  /// What stands in it. @pre not the world's.
  [[nodiscard]] u128 balance() const {
    MIKOSHI_CHECK(credit >= debit);
    return credit - debit;
  }
};

struct Income {
  std::uint64_t seq = 0;
  u128 amount = 0;
  Period recorded_for;
  Period enters;  ///< the month it is distributed in: later than `recorded_for` if that was closed
  bool corrected = false;
};

struct Books {
  Account world;
  std::map<std::string, Account> accounts;
  std::vector<Account> owed;  ///< by member index; may be shorter than the members
  Interner<RecordId> income_ids;
  std::vector<Income> incomes;  ///< by income index

  /// Moves `amount` from `debit` to `credit`. @pre `debit` is the world or holds that much.
  void post(Account& debit, Account& credit, const u128& amount) {
    MIKOSHI_CHECK(&debit == &world || debit.balance() >= amount);
    debit.debit += amount;
    credit.credit += amount;
  }
  [[nodiscard]] Account& owed_to(Members::Index member) {
    if (owed.size() <= member) owed.resize(member + 1);
    return owed[member];
  }
  [[nodiscard]] u128 balance(const std::string& account) const {
    const auto found = accounts.find(account);
    return found == accounts.end() ? u128{0} : found->second.balance();
  }
  [[nodiscard]] static std::string income_account(Period period) { return "income:" + to_string(period); }

  /// Whether Σ debit = Σ credit over all accounts. @cost O(accounts)
  [[nodiscard]] bool balanced() const {
    u128 debits = world.debit;
    u128 credits = world.credit;
    const auto add = [&](const Account& account) { debits += account.debit, credits += account.credit; };
    for (const auto& [name, account] : accounts) add(account);
    for (const Account& account : owed) add(account);
    return debits == credits;
  }
};

struct IncomeNew {
  static constexpr std::string_view kind = "income";
  static constexpr std::string_view about = "money came in for a month";
  static constexpr bool is_fact = true;
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  RecordId id;
  Period period;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("currency", self.currency, "the DAO's currency");
    visit("evidence", self.evidence, "the sales file, or one row of it");
    visit("id", self.id, "the income's id, chosen by who submits it");
    visit("period", self.period, "the month it belongs to");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.books.income_ids.find(id);
    return index ? std::optional{state.books.incomes[*index].seq} : std::nullopt;
  }
  /// @error conflict | mixed_assets | no_charter | future_period | duplicate_evidence | amount_too_large (in total)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Books& books = state.books;
    if (made_in(state)) return fail(Errc::conflict, "the income " + id.text() + " exists");
    if (currency != state.dao.currency.code())
      return fail(Errc::mixed_assets, "this DAO counts in " + state.dao.currency.code());
    const auto open = state.decisions.open_period();
    if (!open) return fail(Errc::no_charter, "income needs a charter that says where it goes");
    if (period.start_s(state.dao.offset) > envelope.at.seconds()) return fail(Errc::future_period);
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    if (books.world.debit + amount >= amount_limit())
      return fail(Errc::amount_too_large, "all income together passes 2^127");
    if (evidence) state.records.note_source(*evidence);
    const Period enters = std::max(period, *open);
    books.income_ids.add(id);
    books.incomes.push_back(Income{envelope.seq, amount, period, enters, false});
    books.post(books.world, books.accounts[Books::income_account(enters)], amount);
    return {};
  }
};

struct IncomeCorrect {
  static constexpr std::string_view kind = "income.correct";
  static constexpr std::string_view about =
      "replaces the amount of an income that has not been distributed yet; 0 withdraws it";
  static constexpr bool is_fact = true;
  u128 amount = 0;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "the right amount, minor units");
    visit("id", self.id, "the income");
  }
  /// @error unauthorised (not the operator) | no_such_record | period_closed (distributed) | amount_too_large
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (envelope.voice != Voice::by_operator) return fail(Errc::unauthorised, "the operator corrects the books");
    Books& books = state.books;
    const auto index = books.income_ids.find(id);
    if (!index) return fail(Errc::no_such_record, "no income is called " + id.text());
    Income& row = books.incomes[*index];
    if (state.decisions.closed_through && row.enters <= *state.decisions.closed_through)
      return fail(Errc::period_closed, "the income was distributed in a closed period");
    if (books.world.debit - row.amount + amount >= amount_limit())
      return fail(Errc::amount_too_large, "all income together passes 2^127");
    Account& account = books.accounts[Books::income_account(row.enters)];
    // The wrong posting is undone in its own columns: a slip of a huge amount must not use up the room for income.
    books.world.debit -= row.amount;
    account.credit -= row.amount;
    books.post(books.world, account, amount);
    row.amount = amount;
    row.corrected = true;
    return {};
  }
};

}  // namespace mikoshi
