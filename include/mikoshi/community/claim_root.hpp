// SPDX-License-Identifier: MIT
#pragma once
/// @file claim_root.hpp
/// Claim roots: what members may take on a chain, as a statement repeats it.
///
/// Layer 2. Depends on: community/state.hpp, crypto/claim_tree.hpp.
///
/// A payment to a wallet is not sent, it is claimed: a contract keeps one root, and each wallet shows it a proof. The amount
/// of a wallet is cumulative, the sum of all its payments that have not failed; the contract remembers what it has given
/// before, and gives the difference. So a root that nobody used is not lost, and one that was used is not paid again. Because
/// planning a payment takes it out of what is owed, the bank and the chain never pay the same money.
///
/// What a statement has named can no longer fail: the root may be on a chain already. So the roots of every past statement
/// follow from the state alone.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/state.hpp"
#include "mikoshi/crypto/claim_tree.hpp"

namespace mikoshi {

/// What the wallets may claim of one currency, all together.
struct ClaimRoot {
  std::string currency;
  std::uint64_t payees = 0;  ///< wallets: leaves of the tree, at least 1
  Hash root{};               ///< of the ClaimTree in its standard form, wallets ascending
  u128 total = 0;            ///< minor units: the sum of the leaves

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("currency", self.currency, "the currency's code");
    visit("payees", self.payees, "wallets: leaves of the tree");
    visit("root", self.root, "of the standard tree over what each wallet was ever paid");
    visit("total", self.total, "minor units: the sum of its leaves");
  }
  friend bool operator==(const ClaimRoot&, const ClaimRoot&) = default;
};

/// The payments that lines [from, until) planned.
struct PlannedWithin {
  std::uint64_t from = 0;
  std::uint64_t until = UINT64_MAX;
};

/// The sum of each wallet's payments in a currency that have not failed, in minor units, ascending by address.
/// @cost O(payments · log wallets)
[[nodiscard]] MIKOSHI_INLINE std::vector<ClaimRow> claim_rows(const State& state, const std::string& currency,
                                                              PlannedWithin lines = {});

/// The roots of all currencies in which a wallet has anything, ascending by code. @cost four Keccaks a wallet and currency
[[nodiscard]] MIKOSHI_INLINE std::vector<ClaimRoot> claim_roots(const State& state);

/// Whether a payment to a wallet waits for a statement to name it.
[[nodiscard]] MIKOSHI_INLINE bool claims_unstated(const State& state);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::vector<ClaimRow> claim_rows(const State& state, const std::string& currency, PlannedWithin lines) {
  std::map<EthereumAddress, u128> sums;
  for (const PaymentRow& row : state.payments.rows)
    if (row.wallet && row.state != PaymentState::failed && row.currency == currency && lines.from <= row.seq &&
        row.seq < lines.until)
      sums[row.wallet->address] += row.amount;  // below 2^127: all of it came in, once
  std::vector<ClaimRow> rows;
  rows.reserve(sums.size());
  for (const auto& [account, amount] : sums) rows.push_back(ClaimRow{account, amount});
  return rows;
}

MIKOSHI_INLINE std::vector<ClaimRoot> claim_roots(const State& state) {
  std::set<std::string> codes;
  for (const PaymentRow& row : state.payments.rows)
    if (row.wallet && row.state != PaymentState::failed) codes.insert(row.currency);
  std::vector<ClaimRoot> roots;
  for (const std::string& code : codes) {
    const ClaimTree tree = *ClaimTree::make(ClaimForm::standard, claim_rows(state, code));  // each wallet once, above nothing
    roots.push_back(ClaimRoot{code, tree.rows().size(), tree.root(), tree.total()});
  }
  return roots;
}

MIKOSHI_INLINE bool claims_unstated(const State& state) {
  const auto& rows = state.payments.rows;  // ascending by seq
  return std::any_of(rows.rbegin(), rows.rend(), [&](const PaymentRow& row) {
    return row.wallet && row.state != PaymentState::failed && !state.decisions.stated(row.seq);
  });
}

#endif

}  // namespace mikoshi
