// SPDX-License-Identifier: MIT
#pragma once
/// @file decision.hpp
/// What was decided: which charter governs which month, which drafts stand, which months are closed.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp. The lines that decide stand in ledger/decide.hpp: they need the charter.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"

namespace mikoshi {

/// The numbers of a distribution in one currency: in + undivided_before = distributed + undivided_after. What came in for the
/// month is in + recouped.
struct Totals {
  Hash digest{};             ///< SHA-256 over every share line
  u128 distributed = 0;      ///< minor units to members and accounts
  u128 in = 0;               ///< minor units that entered the charter
  std::uint64_t payees = 0;  ///< members and accounts paid more than nothing: leaves of the payout tree
  Hash payout_root{};        ///< of the payout tree, whose sum is `distributed`
  u128 recouped = 0;         ///< minor units of income that made up for refunds of closed months
  u128 undivided_after = 0;  ///< minor units kept in the pools, by name
  u128 undivided_before = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("digest", self.digest, "SHA-256 over every share line");
    visit("distributed", self.distributed, "minor units paid to members and accounts");
    visit("in", self.in, "minor units of income that entered the charter");
    visit("payees", self.payees, "members and accounts that get something: leaves of the payout tree");
    visit("payout_root", self.payout_root, "root of the payout tree; its sum is `distributed`");
    visit("recouped", self.recouped, "minor units of income that made up for refunds of closed months");
    visit("undivided_after", self.undivided_after, "minor units kept by name afterwards");
    visit("undivided_before", self.undivided_before, "minor units kept by name before");
  }
  friend bool operator==(const Totals&, const Totals&) = default;
};

/// The numbers in a currency beside the DAO's own.
struct OtherTotals {
  std::string currency;
  std::uint64_t exponent = 0;  ///< the currency's decimal places, so that a statement can be read alone
  Totals totals;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("currency", self.currency, "the currency's code");
    visit("exponent", self.exponent, "its decimal places");
    visit("totals", self.totals, "the numbers in it");
  }
  friend bool operator==(const OtherTotals&, const OtherTotals&) = default;
};

/// The numbers of a distribution: those in the DAO's own currency, and the others'.
struct Outcome : Totals {
  std::optional<std::vector<OtherTotals>> others;  ///< one for each that the charter has rules for, ascending; not there: none

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    Totals::fields(self, visit);
    visit("others", self.others, "the same numbers in the other currencies that the charter has rules for, ascending");
  }
  friend bool operator==(const Outcome&, const Outcome&) = default;

  /// How many currencies it counts in.
  [[nodiscard]] std::size_t currencies() const { return 1 + (others ? others->size() : 0); }
  /// The numbers in a currency, or nullptr. @param own  the DAO's own currency.
  [[nodiscard]] const Totals* in_currency(const std::string& code, const std::string& own) const {
    if (code == own) return this;
    for (std::size_t i = 0; others && i < others->size(); ++i)
      if ((*others)[i].currency == code) return &(*others)[i].totals;
    return nullptr;
  }
};

/// What a charter wants before something takes effect.
struct Consent {
  std::uint64_t days = 0;   ///< for how long it lies open
  std::uint64_t parts = 0;  ///< of `whole` of the members must sign; 0: nobody
  std::uint64_t whole = 1;
};

struct CharterRow {
  CharterId id;
  std::uint64_t seq = 0;
  Period from;  ///< the first month that it governs
  Hash hash{};  ///< SHA-256 of the rules' canonical text
  std::map<std::string, u128> minimums;  ///< by currency: the smallest transfer to a member who is there; above 0
  Json rules;
  std::set<std::string> works;             ///< currencies that it has rules for works in
  std::map<std::string, Consent> consent;  ///< by what it is about: charter, draft, recognise
  std::set<std::string> signed_kinds;      ///< kinds of lines that want a member's own signature
};

enum class DraftState : std::uint8_t { open, void_, approved };

struct DraftRow {
  RecordId id;
  std::uint64_t seq = 0;
  Period period;
  Outcome outcome;
  DraftState state = DraftState::open;
  std::int64_t open_until_s = 0;                             ///< objections are heard until then
  std::map<Members::Index, std::set<Members::Index>> objections;  ///< by whose line: by whom
};

struct Decisions {
  std::vector<CharterRow> charters;             ///< ascending by `from`
  std::vector<DraftRow> drafts;                 ///< in order of recording
  std::vector<std::uint32_t> unstated;          ///< approved drafts that no statement has named yet, by index
  std::optional<std::uint64_t> last_statement;  ///< its seq
  std::optional<Period> closed_through;

  /// Whether a statement came after the line of that seq.
  [[nodiscard]] bool stated(std::uint64_t seq) const { return last_statement && seq < *last_statement; }
  /// The first month that is not closed. Nothing before the first charter.
  [[nodiscard]] std::optional<Period> open_period() const {
    if (closed_through) return closed_through->next();
    if (!charters.empty()) return charters.front().from;
    return std::nullopt;
  }
  /// The charter of a month, or nullptr.
  [[nodiscard]] const CharterRow* charter_of(Period period) const {
    const auto after = std::upper_bound(charters.begin(), charters.end(), period,
                                        [](Period p, const CharterRow& charter) { return p < charter.from; });
    return after == charters.begin() ? nullptr : &*std::prev(after);
  }
  /// What the charter in force at a time wants for something, or nullptr: nothing.
  [[nodiscard]] const Consent* consent_for(const std::string& what, Timestamp at, Offset offset) const {
    const CharterRow* charter = charter_at(at, offset);
    if (charter == nullptr) return nullptr;
    const auto found = charter->consent.find(what);
    return found == charter->consent.end() ? nullptr : &found->second;
  }
  /// The charter of the month that a time falls in; before the first one, that one; or nullptr.
  [[nodiscard]] const CharterRow* charter_at(Timestamp at, Offset offset) const {
    if (charters.empty()) return nullptr;
    const CharterRow* charter = charter_of(Period::of(at, offset));
    return charter != nullptr ? charter : &charters.front();
  }
  /// Whether the charter of a month has rules for works. @error no_charter
  [[nodiscard]] Status check_works(Period period, const std::string& currency) const {
    const CharterRow* charter = charter_of(period);
    if (charter != nullptr && charter->works.contains(currency)) return {};
    return fail(Errc::no_charter, "the charter of " + to_string(period) + " has no rules for works in " + currency);
  }
  [[nodiscard]] const DraftRow* find_draft(const RecordId& id) const {
    const auto found =
        std::find_if(drafts.begin(), drafts.end(), [&](const DraftRow& draft) { return draft.id == id; });
    return found == drafts.end() ? nullptr : &*found;
  }
  /// The newest draft of a month that is neither void nor approved, or nullptr.
  [[nodiscard]] const DraftRow* open_draft(Period period) const {
    const auto found = std::find_if(drafts.rbegin(), drafts.rend(), [&](const DraftRow& draft) {
      return draft.period == period && draft.state == DraftState::open;
    });
    return found == drafts.rend() ? nullptr : &*found;
  }
  /// @error period_closed  `when_s` lies in a closed month.
  [[nodiscard]] Status check_open(std::int64_t when_s, Offset offset) const {
    if (closed_through && when_s < closed_through->end_s(offset))
      return fail(Errc::period_closed, to_string(*closed_through) + " is closed, and all before it");
    return {};
  }
};

}  // namespace mikoshi
