// SPDX-License-Identifier: MIT
#pragma once
/// @file payment.hpp
/// Payments: what leaves for a member's bank account or wallet, once each.
///
/// Layer 2. Depends on: community/income.hpp, community/proposal.hpp, crypto/claim.hpp.
///
/// planned → sent → settled, or failed. Planning takes the amount out of what the member is owed, so that all payments
/// together never pass it; a failed one is owed again. A payment is no distribution: it may cover several of them. The
/// charter's minimum keeps small amounts owed until they have grown, or the member leaves.
///
/// A payment to a member's wallet is claimed on a chain, under the root that a statement names (community/claim_root.hpp). From
/// that statement on it can no longer fail: whoever holds the root can claim it.

#include <array>
#include <string>
#include <vector>

#include "mikoshi/community/income.hpp"
#include "mikoshi/community/proposal.hpp"
#include "mikoshi/crypto/claim.hpp"

namespace mikoshi {

enum class PaymentState : std::uint8_t { planned, sent, settled, failed };
inline constexpr std::array<std::string_view, 4> payment_state_names = {"planned", "sent", "settled", "failed"};

/// A member's own account on a chain: a key of theirs that is an address, written eth:0xADDRESS.
struct Wallet {
  EthereumAddress address;

  /// @error bad_choice (another sort of key) | bad_hex
  [[nodiscard]] static Result<Wallet> parse(std::string_view text) {
    constexpr std::string_view prefix = "eth:";
    if (!text.starts_with(prefix)) return fail(Errc::bad_choice, "a wallet is written eth:0xADDRESS");
    MIKOSHI_ASSIGN(const EthereumAddress address, EthereumAddress::parse(text.substr(prefix.size())));
    return Wallet{address};
  }
  [[nodiscard]] friend std::string to_string(const Wallet& wallet) { return "eth:" + to_string(wallet.address); }
};

struct PaymentRow {
  std::uint64_t seq = 0;
  std::uint64_t ended_seq = 0;  ///< of the line that settled it or said that it failed
  u128 amount = 0;
  Members::Index member = 0;
  PaymentState state = PaymentState::planned;
  std::string currency;
  std::optional<Wallet> wallet;  ///< claimed there; none: the bank carries it

  [[nodiscard]] bool ended() const { return state == PaymentState::settled || state == PaymentState::failed; }
};

struct Payments {
  Interner<PaymentId> ids;
  std::vector<PaymentRow> rows;  ///< by payment index

  /// @error no_such_payment
  [[nodiscard]] Result<std::uint32_t> find(const PaymentId& id) const {
    if (const auto index = ids.find(id)) return *index;
    return fail(Errc::no_such_payment, "no payment is called " + id.text());
  }
};

/// The account of what is on its way.
inline constexpr const char* paying_account = "paying";

/// The smallest transfer of a currency to `member` now: the charter's minimum, or 1 once the member has left. A charter counts from its
/// first month's close on; before, the first charter does.
template <class State>
[[nodiscard]] u128 smallest_transfer(const State& state, Members::Index member, const std::string& currency) {
  const Decisions& decisions = state.decisions;
  if (!state.members.rows[member].active() || decisions.charters.empty()) return 1;
  const CharterRow* charter = decisions.closed_through ? decisions.charter_of(*decisions.closed_through) : nullptr;
  const auto& minimums = (charter != nullptr ? *charter : decisions.charters.front()).minimums;
  const auto minimum = minimums.find(currency);
  return minimum == minimums.end() ? u128{1} : minimum->second;
}

struct PaymentPlan {
  static constexpr std::string_view kind = "payment";
  static constexpr std::string_view about = "plans a transfer to a member, out of what is owed";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::no_such_member, Errc::no_such_key, Errc::estate_held, Errc::owed_exceeded,
      Errc::disputed, Errc::below_minimum,
  });
  u128 amount = 0;
  std::string currency;
  PaymentId id;
  MemberId member;
  std::optional<Wallet> wallet;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("id", self.id, "the payment's id, used once for ever");
    visit("member", self.member, "who gets it");
    visit("wallet", self.wallet, "where on a chain it is claimed: a key of the member; absent: not on a chain");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.payments.ids.find(id);
    return index ? std::optional{state.payments.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict | mixed_assets | no_such_member | no_such_key (the wallet is none of the member's keys now) | estate_held |
  ///        owed_exceeded | disputed | below_minimum
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the payment " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    Books& books = money->books;
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    if (wallet && !state.members.rows[who].speaks(SpeakerKey{wallet->address}, envelope.at.seconds()))
      return fail(Errc::no_such_key, member.text() + " has no such wallet now");
    MIKOSHI_TRY(check_disposable(state, *money, who, amount));
    if (const u128 least = smallest_transfer(state, who, currency); amount < least)
      return fail(Errc::below_minimum, "a transfer to " + member.text() + " is at least " + mikoshi::to_string(least));
    state.payments.ids.add(id);
    state.payments.rows.push_back(PaymentRow{envelope.seq, 0, amount, who, PaymentState::planned, currency, wallet});
    books.post(books.owed_to(who), books.accounts[paying_account], amount);
    return {};
  }
};

struct PaymentSent {
  static constexpr std::string_view kind = "payment.sent";
  static constexpr std::string_view about = "the order for a planned payment has left for the bank";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::no_such_payment, Errc::conflict});
  PaymentId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the payment");
  }
  /// @error no_such_payment | conflict (sent or ended already)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.payments.find(id));
    PaymentRow& row = state.payments.rows[index];
    if (row.state != PaymentState::planned)
      return fail(Errc::conflict, "the payment " + id.text() + " is " +
                                      std::string{payment_state_names[static_cast<std::size_t>(row.state)]} +
                                      " already");
    row.state = PaymentState::sent;
    return {};
  }
};

namespace detail {
/// The payment that `event` ends. @param how  how it ends.
/// @error no_such_payment | wrong_amount | conflict (ended already; or it is to fail and stands in a claim root) |
///        duplicate_evidence
template <class State, class E>
[[nodiscard]] Result<std::uint32_t> payment_to_end(const State& state, const E& event, PaymentState how) {
  MIKOSHI_ASSIGN(const auto index, state.payments.find(event.id));
  const PaymentRow& row = state.payments.rows[index];
  if (event.amount != row.amount)
    return fail(Errc::wrong_amount, "the payment " + event.id.text() + " is of " + mikoshi::to_string(row.amount));
  if (row.ended())
    return fail(Errc::conflict, "the payment " + event.id.text() + " is " +
                                    std::string{payment_state_names[static_cast<std::size_t>(row.state)]} + " already");
  if (how == PaymentState::failed && row.wallet && state.decisions.stated(row.seq))
    return fail(Errc::conflict, "the payment " + event.id.text() + " stands in a claim root that was stated: it can be claimed");
  if (event.evidence) MIKOSHI_TRY(state.records.check_new(*event.evidence));
  return index;
}
/// The line that ended it in the way that `ended` says.
template <class State>
[[nodiscard]] std::optional<std::uint64_t> payment_ended_in(const State& state, const PaymentId& id,
                                                            PaymentState ended) {
  const auto index = state.payments.ids.find(id);
  if (!index || state.payments.rows[*index].state != ended) return std::nullopt;
  return state.payments.rows[*index].ended_seq;
}
}  // namespace detail

struct PaymentSettled {
  static constexpr std::string_view kind = "payment.settled";
  static constexpr std::string_view about = "a payment has arrived";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_payment, Errc::wrong_amount, Errc::conflict, Errc::bad_number, Errc::duplicate_evidence,
  });
  u128 amount = 0;
  std::optional<Evidence> evidence;
  PaymentId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units: all of what was planned");
    visit("evidence", self.evidence, "the bank's file, or one row of it");
    visit("id", self.id, "the payment");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    return detail::payment_ended_in(state, id, PaymentState::settled);
  }
  /// @error no_such_payment | wrong_amount | conflict (ended already) | duplicate_evidence
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::payment_to_end(state, *this, PaymentState::settled));
    PaymentRow& row = state.payments.rows[index];
    if (evidence) state.records.note_source(*evidence);
    row.state = PaymentState::settled;
    row.ended_seq = envelope.seq;
    Books& books = (*money_of(state, row.currency))->books;
    books.post(books.accounts[paying_account], books.world, row.amount);
    return {};
  }
};

struct PaymentFailed {
  static constexpr std::string_view kind = "payment.failed";
  static constexpr std::string_view about = "a payment came back or was never made: the amount is owed again";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_payment, Errc::wrong_amount, Errc::conflict, Errc::bad_number, Errc::duplicate_evidence,
  });
  u128 amount = 0;
  std::optional<Evidence> evidence;
  PaymentId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units: all of what was planned");
    visit("evidence", self.evidence, "the bank's file, or one row of it");
    visit("id", self.id, "the payment");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    return detail::payment_ended_in(state, id, PaymentState::failed);
  }
  /// @error no_such_payment | wrong_amount | conflict (ended already, or stated in a claim root) | duplicate_evidence
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::payment_to_end(state, *this, PaymentState::failed));
    PaymentRow& row = state.payments.rows[index];
    if (evidence) state.records.note_source(*evidence);
    row.state = PaymentState::failed;
    row.ended_seq = envelope.seq;
    Books& books = (*money_of(state, row.currency))->books;
    each_creditor(state, row.member, row.amount, [&](Members::Index creditor, const u128& part) {
      books.post(books.accounts[paying_account], books.owed_to(creditor), part);
    });
    return {};
  }
};

}  // namespace mikoshi
