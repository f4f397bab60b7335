// SPDX-License-Identifier: MIT
#pragma once
/// @file book.hpp
/// Books: double entry in one currency. Every movement has two sides; only the outside world may go below zero.
///
/// Layer 2. Depends on: community/member.hpp.
///
/// Accounts: `world`; `income:2026-04`, received for a month and not yet distributed; `undivided:POOL`, kept in a pool by
/// name; `held:POOL`, kept until later; `pool:NAME`, a common purse; `dao:ID`, given to another community; `paying`, on its way
/// to members; what each member is owed; and `deficit`, what was given out of money that then had to be given back: later
/// income makes up for it before it is distributed. Debit and credit are two columns, never one signed number.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/member.hpp"

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

/// The accounts of one currency.
struct Books {
  Account world;
  Account deficit;  ///< owed to the community by its own future: debit less credit
  std::map<std::string, Account> accounts;
  std::vector<Account> owed_rows;  ///< what is owed, by member index; may be shorter than the members

  /// Moves `amount` from `debit` to `credit`. @pre `debit` is the world or the deficit, or holds that much.
  void post(Account& debit, Account& credit, const u128& amount) {
    MIKOSHI_CHECK(&debit == &world || &debit == &deficit || debit.balance() >= amount);
    debit.debit += amount;
    credit.credit += amount;
  }
  [[nodiscard]] Account& owed_to(Members::Index member) {
    if (owed_rows.size() <= member) owed_rows.resize(member + 1);
    return owed_rows[member];
  }
  [[nodiscard]] u128 owed(Members::Index member) const {
    return member < owed_rows.size() ? owed_rows[member].balance() : u128{0};
  }
  /// What refunds of closed months still lack.
  [[nodiscard]] u128 missing() const { return deficit.debit - deficit.credit; }
  [[nodiscard]] u128 balance(const std::string& account) const {
    const auto found = accounts.find(account);
    return found == accounts.end() ? u128{0} : found->second.balance();
  }
  [[nodiscard]] static std::string income_account(Period period) { return "income:" + to_string(period); }

  /// Whether Σ debit = Σ credit over all accounts. @cost O(accounts)
  [[nodiscard]] bool balanced() const {
    u128 debits = world.debit + deficit.debit;
    u128 credits = world.credit + deficit.credit;
    const auto add = [&](const Account& account) { debits += account.debit, credits += account.credit; };
    for (const auto& [name, account] : accounts) add(account);
    for (const Account& account : owed_rows) add(account);
    return debits == credits;
  }
};

}  // namespace mikoshi
