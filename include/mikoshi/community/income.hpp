// SPDX-License-Identifier: MIT
#pragma once
/// @file income.hpp
/// Income, and what was there before the ledger began: how money enters the books.
///
/// Layer 2. Depends on: community/money.hpp, community/decision.hpp, community/record.hpp, community/work.hpp.
///
/// Income may belong to a work. It then goes the way that the charter has for works, by that work's own credits, and a refund of
/// a closed month is made up for by that work alone.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/decision.hpp"
#include "mikoshi/community/money.hpp"
#include "mikoshi/community/record.hpp"
#include "mikoshi/community/work.hpp"

namespace mikoshi {

struct Income {
  std::uint64_t seq = 0;
  u128 amount = 0;
  u128 distributed = 0;  ///< of it, in months that were closed when it was last corrected
  Period recorded_for;
  Period enters;  ///< the month that the rest is distributed in: later than `recorded_for` if that was closed
  bool corrected = false;
  std::string currency;
  std::optional<Hash> from;  ///< the community whose distribution of that month gave it
  std::optional<WorkId> work;

  /// nullptr: the community's own.
  [[nodiscard]] const WorkId* of_work() const { return work ? &*work : nullptr; }
};

/// What somebody was owed, or a common purse held, before the ledger began.
struct Opening {
  std::uint64_t seq = 0;
  u128 amount = 0;
  std::string currency;
};

struct Incomes {
  Interner<RecordId> ids;
  std::vector<Income> rows;  ///< by income index
  std::map<RecordId, Opening> openings;
};

struct IncomeNew {
  static constexpr std::string_view kind = "income";
  static constexpr std::string_view about = "money came in for a month";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::wrong_domain, Errc::no_charter, Errc::future_period, Errc::bad_number,
      Errc::duplicate_evidence, Errc::amount_too_large, Errc::no_such_work,
  });
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  std::optional<Hash> from;
  RecordId id;
  Period period;
  std::optional<WorkId> work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("evidence", self.evidence, "the sales file, or one row of it");
    visit("from", self.from, "the id of the community whose distribution of that month gave it");
    visit("id", self.id, "the income's id, chosen by who submits it");
    visit("period", self.period, "the month it belongs to");
    visit("work", self.work, "the work that earned it; absent: the community");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.incomes.ids.find(id);
    return index ? std::optional{state.incomes.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict | mixed_assets | wrong_domain (from itself) | no_charter (none, or one without rules for works) |
  ///        future_period | duplicate_evidence | amount_too_large (in total) | no_such_work
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the income " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    Books& books = money->books;
    if (from == state.dao.id) return fail(Errc::wrong_domain, "no community has income from itself");
    const auto open = state.decisions.open_period();
    if (!open) return fail(Errc::no_charter, "income needs a charter that says where it goes");
    if (period.start_s(state.dao.offset) > envelope.at.seconds()) return fail(Errc::future_period);
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    if (books.world.debit + amount >= amount_limit())
      return fail(Errc::amount_too_large, "all income together passes 2^127");
    const Period enters = std::max(period, *open);
    if (work) {
      MIKOSHI_TRY(state.works.find(*work));
      MIKOSHI_TRY(state.decisions.check_works(enters, currency));
    }
    if (evidence) state.records.note_source(*evidence);
    state.incomes.ids.add(id);
    state.incomes.rows.push_back(Income{envelope.seq, amount, 0, period, enters, false, currency, from, work});
    books.post(books.world, books.accounts[Books::income_account(enters, work ? &*work : nullptr)], amount);
    return {};
  }
};

struct IncomeCorrect {
  static constexpr std::string_view kind = "income.correct";
  static constexpr std::string_view about =
      "replaces the amount of an income; 0 withdraws it; what was distributed already is made up for by the next month";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_record, Errc::amount_too_large, Errc::no_charter});
  u128 amount = 0;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "the right amount, minor units");
    visit("id", self.id, "the income");
  }
  /// Of an income that was distributed already, more enters the open month; less is missing, and the next income makes up
  /// for it.
  /// @error no_such_record | amount_too_large | no_charter (more of a work's, and the charter has no rules for works any more)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    const auto index = state.incomes.ids.find(id);
    if (!index) return fail(Errc::no_such_record, "no income is called " + id.text());
    Income& row = state.incomes.rows[*index];
    MIKOSHI_ASSIGN(Money* const money, money_of(state, row.currency));
    Books& books = money->books;
    const Period open = *state.decisions.open_period();  // there is an income, so there is a charter
    const u128 distributed = row.enters < open ? row.amount : row.distributed;
    const u128 waiting = row.amount - distributed;
    const u128 more = amount > distributed ? amount - distributed : u128{0};
    if (books.world.debit - waiting + more >= amount_limit())
      return fail(Errc::amount_too_large, "all income together passes 2^127");
    const Period enters = std::max(row.enters, open);
    if (row.work && more != 0) MIKOSHI_TRY(state.decisions.check_works(enters, row.currency));
    row.enters = enters;
    Account& account = books.accounts[Books::income_account(row.enters, row.of_work())];
    Account& deficit = books.deficit_of(row.of_work());
    // The wrong posting is undone in its own columns: a slip of a huge amount must not use up the room for income.
    books.world.debit -= waiting;
    account.credit -= waiting;
    books.post(books.world, account, more);
    // What was converted meanwhile is gone: later income makes up for it.
    if (account.debit > account.credit) books.post(deficit, account, account.debit - account.credit);
    row.distributed = std::min(distributed, amount);
    books.post(deficit, books.world, distributed - row.distributed);
    row.amount = amount;
    row.corrected = true;
    return {};
  }
};

/// Where an opening balance stands: with a member, or in a common purse.
class OpeningAccount {
 public:
  /// `m001` or `pool:reserve`. @error bad_id
  [[nodiscard]] static Result<OpeningAccount> parse(std::string_view text) {
    constexpr std::string_view prefix = "pool:";
    OpeningAccount account;
    account.text_ = text;
    if (text.starts_with(prefix)) {
      MIKOSHI_TRY(PoolId::parse(text.substr(prefix.size())));
      return account;
    }
    MIKOSHI_ASSIGN(account.member_, MemberId::parse(text));
    return account;
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Nothing: a common purse.
  [[nodiscard]] const std::optional<MemberId>& member() const noexcept { return member_; }

 private:
  std::string text_;
  std::optional<MemberId> member_;
};

struct OpeningNew {
  static constexpr std::string_view kind = "opening";
  static constexpr std::string_view about =
      "what a member was owed, or a common purse held, before the ledger began; until the first month is closed";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::period_closed, Errc::no_such_member, Errc::bad_number,
      Errc::duplicate_evidence, Errc::amount_too_large,
  });
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  RecordId id;
  OpeningAccount to;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("evidence", self.evidence, "the file, or one row of it");
    visit("id", self.id, "the opening's id, chosen by who submits it");
    visit("to", self.to, "a member's id, or pool:NAME");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.incomes.openings.find(id);
    return found == state.incomes.openings.end() ? std::nullopt : std::optional{found->second.seq};
  }
  /// @error conflict | mixed_assets | period_closed (a month is closed already) |
  ///        no_such_member | duplicate_evidence | amount_too_large (in total)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the opening " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    Books& books = money->books;
    if (state.decisions.closed_through)
      return fail(Errc::period_closed, "the books are open: " + to_string(*state.decisions.closed_through) + " is closed");
    std::optional<Members::Index> who;
    if (to.member()) {
      MIKOSHI_ASSIGN(who, state.members.find(*to.member()));
    }
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    if (books.world.debit + amount >= amount_limit())
      return fail(Errc::amount_too_large, "all that came in passes 2^127");
    if (evidence) state.records.note_source(*evidence);
    state.incomes.openings.emplace(id, Opening{envelope.seq, amount, currency});
    books.post(books.world, who ? books.owed_to(*who) : books.accounts[to.text()], amount);
    return {};
  }
};

}  // namespace mikoshi
