// SPDX-License-Identifier: MIT
#pragma once
/// @file book.hpp
/// Books: double entry in one currency. Every movement has two sides; only the outside world may go below zero.
///
/// Layer 2. Depends on: community/member.hpp.
///
/// Accounts: `world`; `income:2026-04`, received for a month and not yet distributed, and `income:2026-04:film`, by a work;
/// `undivided:POOL`, kept in a pool by name; `held:POOL`, kept until later; `pool:NAME`, a common purse; `work:NAME`, the purse
/// of a work; `pledged:ROUND`, promised to a work and not its own yet; `dao:ID`, given to another community; `paying`, on its
/// way to members; what each member is owed; and `deficit`, of the community and of each work: what was given out of money
/// that then had to be given back, which later income makes up for before it is distributed. Debit and credit are two columns,
/// never one signed number.

#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/member.hpp"

namespace mikoshi {

/// The two columns of an account, in minor units.
struct Account {
  u128 debit = 0;
  u128 credit = 0;
  bool bottomless = false;  ///< may go below zero
  /// What stands in it. @pre not the world's.
  [[nodiscard]] u128 balance() const {
    MIKOSHI_CHECK(credit >= debit);
    return credit - debit;
  }
};

/// The accounts of one currency.
struct Books {
  Account world{0, 0, true};
  Account deficit{0, 0, true};  ///< owed to the community by its own future: debit less credit
  std::map<WorkId, Account> work_deficits;  ///< the same, by each work
  std::map<std::string, Account> accounts;
  std::vector<Account> owed_rows;  ///< what is owed, by member index; may be shorter than the members

  /// Moves `amount` from `debit` to `credit`. @pre `debit` is bottomless or holds that much.
  void post(Account& debit, Account& credit, const u128& amount) {
    MIKOSHI_CHECK(debit.bottomless || debit.balance() >= amount);
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
  /// The deficit of a work, or of the community. @param work  nullptr: the community.
  [[nodiscard]] Account& deficit_of(const WorkId* work) {
    if (work == nullptr) return deficit;
    return work_deficits.try_emplace(*work, Account{0, 0, true}).first->second;
  }
  /// What refunds of closed months still lack, by the community itself or by a work.
  [[nodiscard]] u128 missing(const WorkId* work = nullptr) const {
    const auto found = work == nullptr ? work_deficits.end() : work_deficits.find(*work);
    if (work != nullptr && found == work_deficits.end()) return 0;
    const Account& account = work == nullptr ? deficit : found->second;
    return account.debit - account.credit;
  }
  [[nodiscard]] u128 balance(const std::string& account) const {
    const auto found = accounts.find(account);
    return found == accounts.end() ? u128{0} : found->second.balance();
  }
  /// @param work  nullptr: the community's own income.
  [[nodiscard]] static std::string income_account(Period period, const WorkId* work = nullptr) {
    return "income:" + to_string(period) + (work == nullptr ? "" : ":" + work->text());
  }
  [[nodiscard]] static std::string work_account(const WorkId& work) { return "work:" + work.text(); }

  /// Whether Σ debit = Σ credit over all accounts. @cost O(accounts)
  [[nodiscard]] bool balanced() const {
    u128 debits = world.debit + deficit.debit;
    u128 credits = world.credit + deficit.credit;
    const auto add = [&](const Account& account) { debits += account.debit, credits += account.credit; };
    for (const auto& [name, account] : accounts) add(account);
    for (const auto& [work, account] : work_deficits) add(account);
    for (const Account& account : owed_rows) add(account);
    return debits == credits;
  }
};

}  // namespace mikoshi
