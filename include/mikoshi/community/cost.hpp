// SPDX-License-Identifier: MIT
#pragma once
/// @file cost.hpp
/// Costs, and what a common purse spends: how money leaves that nobody is paid for.
///
/// Layer 2. Depends on: community/income.hpp, community/will.hpp.
///
/// A cost is what a member laid out for a work or for all. The work's purse pays it at once as far as it reaches; what is left
/// waits, and the charter's `{"recoup": "costs"}` pays it ahead of everybody. A purse spends by a line with its evidence.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/income.hpp"
#include "mikoshi/community/will.hpp"

namespace mikoshi {

struct Cost {
  std::uint64_t seq = 0;
  u128 amount = 0;  ///< minor units
  u128 repaid = 0;  ///< of those
  Members::Index member = 0;
  std::optional<Works::Index> work;
  std::string currency;

  [[nodiscard]] u128 waiting() const { return amount - repaid; }
};

struct Costs {
  Interner<RecordId> ids;
  std::vector<Cost> rows;               ///< by cost index
  std::vector<std::uint32_t> waiting;   ///< costs that are not repaid, in the order in which they were recorded
  std::map<RecordId, std::uint64_t> spendings;  ///< the line of each

  /// What waits of the costs of a work, or of no work, in one currency.
  [[nodiscard]] u128 sum_waiting(const std::optional<Works::Index>& work, const std::string& currency) const {
    u128 sum = 0;
    for (const std::uint32_t index : waiting)
      if (rows[index].work == work && rows[index].currency == currency) sum += rows[index].waiting();
    return sum;
  }
};

struct CostNew {
  static constexpr std::string_view kind = "cost";
  static constexpr std::string_view about = "a member laid out money for a work, or for all, and is to have it back first";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::no_such_member, Errc::no_such_work, Errc::work_ended, Errc::bad_number,
      Errc::duplicate_evidence, Errc::amount_too_large,
  });
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  RecordId id;
  MemberId member;
  std::optional<WorkId> work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units, more than zero");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("evidence", self.evidence, "the bill, or one row of a file");
    visit("id", self.id, "the cost's id, chosen by who submits it");
    visit("member", self.member, "who laid it out");
    visit("work", self.work, "for which work; absent: for all");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.costs.ids.find(id);
    return index ? std::optional{state.costs.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict | mixed_assets | no_such_member | no_such_work | work_ended | bad_number (zero) | duplicate_evidence |
  ///        amount_too_large (2^64 minor units waiting together)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the cost " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    std::optional<Works::Index> of_work;
    if (work) {
      MIKOSHI_ASSIGN(of_work, state.works.find_going(*work));
    }
    if (amount == 0) return fail(Errc::bad_number, "a cost of nothing", "field amount");
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    const u128 purse = work ? money->books.balance(Books::work_account(*work)) : u128{0};
    const u128 rest = amount - std::min(amount, purse);
    if (high64(rest + state.costs.sum_waiting(of_work, currency)) != 0)
      return fail(Errc::amount_too_large, "costs that wait are below 2^64 minor units together");
    if (evidence) state.records.note_source(*evidence);
    const Cost row{envelope.seq, amount, amount - rest, who, of_work, currency};
    if (row.repaid != 0)
      each_creditor(state, who, row.repaid, [&](Members::Index creditor, const u128& part) {
        money->books.post(money->books.accounts[Books::work_account(*work)], money->books.owed_to(creditor), part);
      });
    const std::uint32_t index = state.costs.ids.add(id);
    if (row.waiting() != 0) state.costs.waiting.push_back(index);
    state.costs.rows.push_back(row);
    return {};
  }
};

/// A purse that may be spent: pool:NAME, work:NAME, or dao:ID, what stands there for another community.
class PurseName {
 public:
  /// @error bad_id
  [[nodiscard]] static Result<PurseName> parse(std::string_view text) {
    PurseName purse;
    purse.text_ = text;
    const auto rest = [&](std::string_view prefix) { return text.substr(prefix.size()); };
    if (text.starts_with("pool:")) {
      MIKOSHI_TRY(PoolId::parse(rest("pool:")));
      return purse;
    }
    if (text.starts_with("work:")) {
      MIKOSHI_TRY(WorkId::parse(rest("work:")));
      return purse;
    }
    Hash id{};
    if (text.starts_with("dao:") && parse_hex(rest("dao:"), id)) return purse;
    return fail(Errc::bad_id, "a purse is written pool:NAME, work:NAME or dao:ID");
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

struct Spend {
  static constexpr std::string_view kind = "spend";
  static constexpr std::string_view about = "a common purse pays for something, or hands over what it holds for another community";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::bad_number, Errc::duplicate_evidence, Errc::balance_exceeded,
  });
  u128 amount = 0;
  std::string currency;
  std::optional<Evidence> evidence;
  PurseName from;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units, more than zero");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("evidence", self.evidence, "the bill, or one row of a file");
    visit("from", self.from, "pool:NAME, work:NAME or dao:ID");
    visit("id", self.id, "the line's id, chosen by who submits it");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.costs.spendings.find(id);
    return found == state.costs.spendings.end() ? std::nullopt : std::optional{found->second};
  }
  /// @error conflict | mixed_assets | bad_number (zero) | duplicate_evidence | balance_exceeded
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the spending " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    if (amount == 0) return fail(Errc::bad_number, "nothing is spent", "field amount");
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    if (const u128 there = money->books.balance(from.text()); amount > there)
      return fail(Errc::balance_exceeded, from.text() + " has " + mikoshi::to_string(there));
    if (evidence) state.records.note_source(*evidence);
    money->books.post(money->books.accounts[from.text()], money->books.world, amount);
    state.costs.spendings.emplace(id, envelope.seq);
    return {};
  }
};

}  // namespace mikoshi
