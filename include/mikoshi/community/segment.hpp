// SPDX-License-Identifier: MIT
#pragma once
/// @file segment.hpp
/// Segments: parts of something shared, like the legs of a ride, each with what it costs and who was there.
///
/// Layer 2. Depends on: community/record.hpp.
///
/// A segment is shared by heads, and segments add up: who rode two legs bears two parts. It counts once: in the distribution of
/// its period, or, where that is closed, in the next one.

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "mikoshi/community/record.hpp"

namespace mikoshi {

/// How many members one segment may have.
inline constexpr std::size_t segment_members_max = 1000;

struct Segment {
  std::uint64_t seq = 0;
  std::uint64_t points = 0;
  std::vector<Members::Index> members;
  Period period;         ///< that it was recorded for
  bool waiting = true;   ///< not counted yet, and not withdrawn
};

struct Segments {
  Interner<RecordId> ids;
  std::vector<Segment> rows;           ///< by segment index
  std::vector<std::uint32_t> waiting;  ///< segments with `waiting`, in the order in which they were recorded
};

struct SegmentNew {
  static constexpr std::string_view kind = "segment";
  static constexpr std::string_view about = "records one part of something shared, like a leg of a ride, and who was there";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::too_many, Errc::no_such_member, Errc::duplicate_member, Errc::future_period, Errc::bad_number,
      Errc::duplicate_evidence,
  });
  std::optional<Evidence> evidence;
  RecordId id;
  std::vector<MemberId> members;
  Period period;
  std::uint64_t points = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("evidence", self.evidence, "the source file and row it was read from");
    visit("id", self.id, "the segment's id, chosen by who submits it");
    visit("members", self.members, "who was there, each once");
    visit("period", self.period, "the month it belongs to");
    visit("points", self.points, "what the whole segment counts, like its cost or its kilometres");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.segments.ids.find(id);
    return index ? std::optional{state.segments.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict | too_many (more than 1000) | no_such_member (or nobody at all) | duplicate_member | future_period |
  ///        bad_number (row 0) | duplicate_evidence
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Segments& segments = state.segments;
    if (made_in(state)) return fail(Errc::conflict, "the segment " + id.text() + " exists");
    if (members.size() > segment_members_max) return fail(Errc::too_many, "a segment has at most 1000 members");
    if (members.empty()) return fail(Errc::no_such_member, "somebody was there", "field members");
    std::vector<Members::Index> heads;
    for (const MemberId& member : members) {
      MIKOSHI_ASSIGN(const auto who, state.members.find(member));
      heads.push_back(who);
    }
    std::sort(heads.begin(), heads.end());
    if (std::adjacent_find(heads.begin(), heads.end()) != heads.end()) return fail(Errc::duplicate_member);
    if (period.start_s(state.dao.offset) > envelope.at.seconds()) return fail(Errc::future_period);
    if (evidence) {
      MIKOSHI_TRY(state.records.check_new(*evidence));
      state.records.note_source(*evidence);
    }
    segments.waiting.push_back(segments.ids.add(id));
    segments.rows.push_back(Segment{envelope.seq, points, std::move(heads), period, true});
    return {};
  }
};

struct SegmentWithdraw {
  static constexpr std::string_view kind = "segment.withdraw";
  static constexpr std::string_view about = "takes a segment back that no distribution has counted yet";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_record, Errc::conflict});
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the segment");
  }
  /// @error no_such_record | conflict (counted or withdrawn already)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    Segments& segments = state.segments;
    const auto index = segments.ids.find(id);
    if (!index) return fail(Errc::no_such_record, "no segment is called " + id.text());
    if (!segments.rows[*index].waiting)
      return fail(Errc::conflict, "the segment " + id.text() + " was counted or withdrawn already");
    segments.rows[*index].waiting = false;
    std::erase(segments.waiting, *index);
    return {};
  }
};

}  // namespace mikoshi
