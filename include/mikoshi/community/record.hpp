// SPDX-License-Identifier: MIT
#pragma once
/// @file record.hpp
/// Records: who contributed what, confirmed by somebody else.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp.
///
/// A contribution counts once: in the distribution of its period, or, where that is closed, in the next one, marked
/// late; and only when it is confirmed: by another member (a `confirmed` field or a later line), or in the operator's
/// voice with the row of a source file. Records are never edited; a correction is a new line that names the first. Once
/// the record has been counted, the difference enters the next distribution: more points count there, marked late, and
/// points that were counted in vain are taken back from what the member does next.

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"

namespace mikoshi {

struct ContributionKind {
  std::uint64_t seq = 0;
  std::uint64_t weight = 0;  ///< of one point
};

struct Contribution {
  std::uint64_t seq = 0;
  std::uint64_t points = 0;
  std::uint64_t points_counted = 0;  ///< of these, in approved distributions
  Members::Index member = 0;
  std::uint32_t kind = 0;
  Period period;  ///< that it was recorded for
  bool confirmed = false;
  bool from_file = false;  ///< a row of the operator's file stands for it
  bool corrected = false;
  bool waiting = true;  ///< not counted yet, or raised since

  [[nodiscard]] std::uint64_t points_waiting() const { return points - points_counted; }
};

struct Records {
  Interner<KindId> kind_ids;
  std::vector<ContributionKind> kinds;  ///< by kind index
  Interner<RecordId> ids;
  std::vector<Contribution> contributions;           ///< by record index
  std::vector<std::uint32_t> waiting;                ///< records with `waiting`, in the order in which they came to wait
  std::vector<std::uint64_t> debt;                   ///< weight counted in vain, by member index; may be shorter
  std::set<std::pair<Hash, std::uint64_t>> sources;  ///< (file, row) already used; row 0 is the whole file

  /// @error no_such_record
  [[nodiscard]] Result<std::uint32_t> find(const RecordId& id) const {
    if (const auto index = ids.find(id)) return *index;
    return fail(Errc::no_such_record, "no contribution is called " + id.text());
  }
  /// A file counts as a whole or by its rows, never both ways.
  /// @error bad_number (row 0) | duplicate_evidence
  [[nodiscard]] Status check_new(const Evidence& evidence) const {
    if (evidence.row == std::uint64_t{0})
      return fail(Errc::bad_number, "rows count from 1", "field evidence, field row");
    const auto first = sources.lower_bound({evidence.file, 0});
    if (first == sources.end() || first->first != evidence.file) return {};
    if (!evidence.row) return fail(Errc::duplicate_evidence, "that file, or a row of it, is recorded already");
    if (first->second == 0) return fail(Errc::duplicate_evidence, "the whole of that file is recorded already");
    if (!sources.contains({evidence.file, *evidence.row})) return {};
    return fail(Errc::duplicate_evidence, "row " + std::to_string(*evidence.row) + " of that file is recorded already");
  }
  [[nodiscard]] std::uint64_t debt_of(Members::Index member) const {
    return member < debt.size() ? debt[member] : 0;
  }
  void note_source(const Evidence& evidence) { sources.insert({evidence.file, evidence.row.value_or(0)}); }
};

struct ContributionKindNew {
  static constexpr std::string_view kind = "contribution.kind";
  static constexpr std::string_view about = "declares a kind of contribution and what one point of it weighs";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::conflict});
  KindId type;
  std::uint64_t weight = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("type", self.type, "the kind's id, like work or idea");
    visit("weight", self.weight, "what one point counts");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.records.kind_ids.find(type);
    return index ? std::optional{state.records.kinds[*index].seq} : std::nullopt;
  }
  /// @error conflict  the kind exists.
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the kind " + type.text() + " exists");
    state.records.kind_ids.add(type);
    state.records.kinds.push_back(ContributionKind{envelope.seq, weight});
    return {};
  }
};

struct ContributionNew {
  static constexpr std::string_view kind = "contribution";
  static constexpr std::string_view about = "records what a member did";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_member, Errc::no_such_kind, Errc::future_period, Errc::self_confirmation,
      Errc::bad_number, Errc::duplicate_evidence,
  });
  std::optional<MemberId> confirmed;
  std::optional<Evidence> evidence;
  RecordId id;
  MemberId member;
  Period period;
  std::uint64_t points = 0;
  KindId type;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("confirmed", self.confirmed, "another member who confirms it");
    visit("evidence", self.evidence, "the source file and row it was read from");
    visit("id", self.id, "the record's id, chosen by who submits it");
    visit("member", self.member, "who contributed");
    visit("period", self.period, "the month it belongs to");
    visit("points", self.points, "how much, in points of its kind");
    visit("type", self.type, "its kind, as declared");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.records.ids.find(id);
    return index ? std::optional{state.records.contributions[*index].seq} : std::nullopt;
  }
  /// @error conflict | no_such_member | no_such_kind | future_period | self_confirmation | duplicate_evidence
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Records& records = state.records;
    if (made_in(state)) return fail(Errc::conflict, "the record " + id.text() + " exists");
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    const auto kind_index = records.kind_ids.find(type);
    if (!kind_index) return fail(Errc::no_such_kind, "no kind of contribution is called " + type.text());
    if (period.start_s(state.dao.offset) > envelope.at.seconds()) return fail(Errc::future_period);
    if (confirmed) {
      MIKOSHI_TRY(state.members.find(*confirmed));
      if (*confirmed == member) return fail(Errc::self_confirmation);
    }
    if (evidence) MIKOSHI_TRY(records.check_new(*evidence));
    const bool from_file = evidence && evidence->row && envelope.voice == Voice::by_operator;
    if (evidence) records.note_source(*evidence);
    records.waiting.push_back(records.ids.add(id));
    records.contributions.push_back(
        Contribution{envelope.seq, points, 0, who, *kind_index, period, confirmed || from_file, from_file});
    return {};
  }
};

struct ContributionConfirm {
  static constexpr std::string_view kind = "contribution.confirm";
  static constexpr std::string_view about = "another member says that a contribution was made";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_record, Errc::no_such_member, Errc::self_confirmation, Errc::conflict,
  });
  MemberId by;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who confirms");
    visit("id", self.id, "the contribution");
  }
  /// @error no_such_record | no_such_member | self_confirmation | conflict (confirmed already)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.records.find(id));
    Contribution& row = state.records.contributions[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    if (who == row.member) return fail(Errc::self_confirmation);
    if (row.confirmed) return fail(Errc::conflict, "the contribution " + id.text() + " is confirmed already");
    row.confirmed = true;
    return {};
  }
};

struct ContributionCorrect {
  static constexpr std::string_view kind = "contribution.correct";
  static constexpr std::string_view about =
      "replaces the points of a contribution; 0 withdraws it, more wants a new confirmation; what was counted already is "
      "made up for in the next distribution";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_record, Errc::weight_overflow});
  RecordId id;
  std::uint64_t points = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the contribution");
    visit("points", self.points, "the right points");
  }
  /// @error no_such_record | weight_overflow (what is to be taken back passes 2^64)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.records.find(id));
    Contribution& row = state.records.contributions[index];
    Records& records = state.records;
    if (points < row.points_counted) {
      const u128 vain = u128{row.points_counted - points} * records.kinds[row.kind].weight + records.debt_of(row.member);
      if (high64(vain) != 0) return fail(Errc::weight_overflow);
      if (records.debt.size() <= row.member) records.debt.resize(row.member + 1);
      records.debt[row.member] = low64(vain);
      row.points_counted = points;
    }
    // Whoever confirmed the smaller number has not confirmed the larger one.
    if (points > row.points && !row.from_file) row.confirmed = false;
    row.points = points;
    row.corrected = true;
    if (!row.waiting && row.points_waiting() != 0) {
      row.waiting = true;
      records.waiting.push_back(index);
    }
    return {};
  }
};

}  // namespace mikoshi
