// SPDX-License-Identifier: MIT
#pragma once
/// @file decision.hpp
/// What was decided: which charter governs which month, which drafts stand, which months are closed.
///
/// Layer 2. Depends on: community/envelope.hpp. The lines that decide stand in ledger/decide.hpp: they need the charter.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"

namespace mikoshi {

/// The numbers of a distribution: in + undivided_before = distributed + undivided_after.
struct Outcome {
  Hash digest{};             ///< SHA-256 over every line of the distribution
  u128 distributed = 0;      ///< minor units to members and accounts
  u128 in = 0;               ///< minor units of income
  std::uint64_t payees = 0;  ///< members paid more than nothing
  u128 undivided_after = 0;  ///< minor units kept in the pools, by name
  u128 undivided_before = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("digest", self.digest, "SHA-256 over every payout line");
    visit("distributed", self.distributed, "minor units paid to members and accounts");
    visit("in", self.in, "minor units of income");
    visit("payees", self.payees, "members who get something");
    visit("undivided_after", self.undivided_after, "minor units kept by name afterwards");
    visit("undivided_before", self.undivided_before, "minor units kept by name before");
  }
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct CharterRow {
  CharterId id;
  std::uint64_t seq = 0;
  Period from;  ///< the first month that it governs
  Hash hash{};  ///< SHA-256 of the rules' canonical text
  Json rules;
};

enum class DraftState : std::uint8_t { open, void_, approved };

struct DraftRow {
  RecordId id;
  std::uint64_t seq = 0;
  Period period;
  Outcome outcome;
  DraftState state = DraftState::open;
};

struct Decisions {
  std::vector<CharterRow> charters;             ///< ascending by `from`
  std::vector<DraftRow> drafts;                 ///< in order of recording
  std::vector<std::uint32_t> unstated;          ///< approved drafts that no statement has named yet, by index
  std::optional<std::uint64_t> last_statement;  ///< its seq
  std::optional<Period> closed_through;

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
