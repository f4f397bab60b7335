// SPDX-License-Identifier: MIT
#pragma once
/// @file member.hpp
/// Members: an identity for ever, and the intervals in which its holder was there.
///
/// Layer 2. Depends on: community/envelope.hpp.
///
/// People come and go as often as they like. Leaving and coming back keep the identity, so nothing accrued is reset by
/// them. `on` may date a change back, but never before the member's last change nor into a closed period.

#include <array>
#include <algorithm>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"

namespace mikoshi {

/// A half-open interval of membership, in seconds since 1970 UTC.
struct Stay {
  std::int64_t from_s = 0;
  std::int64_t until_s = forever_s;
};

struct Member {
  std::uint64_t seq = 0;    ///< the line that made it
  std::vector<Stay> stays;  ///< ascending, disjoint; only the last can be open

  [[nodiscard]] bool active() const { return stays.back().until_s == forever_s; }
  [[nodiscard]] std::int64_t last_change_s() const { return active() ? stays.back().from_s : stays.back().until_s; }

  [[nodiscard]] bool active_at(std::int64_t second) const {
    return std::any_of(stays.rbegin(), stays.rend(),
                       [&](const Stay& stay) { return stay.from_s <= second && second < stay.until_s; });
  }
  /// There just before `end_s`: how "at the close of a period" is read.
  [[nodiscard]] bool active_until(std::int64_t end_s) const { return active_at(end_s - 1); }

  /// Seconds of membership within [from_s, until_s).
  [[nodiscard]] std::int64_t seconds_within(std::int64_t from_s, std::int64_t until_s) const {
    std::int64_t sum = 0;
    for (auto stay = stays.rbegin(); stay != stays.rend() && stay->until_s > from_s; ++stay)
      sum += std::max<std::int64_t>(0, std::min(until_s, stay->until_s) - std::max(from_s, stay->from_s));
    return sum;
  }
};

struct Members {
  using Index = Interner<MemberId>::Index;
  Interner<MemberId> ids;
  std::vector<Member> rows;  ///< by index

  /// @error no_such_member
  [[nodiscard]] Result<Index> find(const MemberId& id) const {
    if (const auto index = ids.find(id)) return *index;
    return fail(Errc::no_such_member, "no member is called " + id.text());
  }
  [[nodiscard]] std::size_t count_active_until(std::int64_t end_s) const {
    return static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const Member& member) { return member.active_until(end_s); }));
  }
};

struct MemberJoin {
  static constexpr std::string_view kind = "member.join";
  static constexpr std::string_view about = "somebody becomes a member, under an id that stays for ever";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({Errc::already_member, Errc::period_closed});
  MemberId member;
  std::optional<Hash> label;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("label", self.label, "SHA-256 of the member's salt and name, which stay private");
    visit("member", self.member, "the new member's id");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.members.ids.find(member);
    return index ? std::optional{state.members.rows[*index].seq} : std::nullopt;
  }
  /// @error already_member | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (const auto index = state.members.ids.find(member))
      return fail(Errc::already_member, state.members.rows[*index].active()
                                            ? "the member " + member.text() + " is there already"
                                            : "the member " + member.text() + " left, and comes back by member.rejoin");
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    state.members.ids.add(member);
    state.members.rows.push_back(Member{envelope.seq, {Stay{envelope.when_s(), forever_s}}});
    return {};
  }
};

struct MemberLeave {
  static constexpr std::string_view kind = "member.leave";
  static constexpr std::string_view about = "a member goes; tickets sleep, what is owed stays owed";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_member, Errc::not_member, Errc::before_last_move, Errc::period_closed,
  });
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "who leaves");
  }
  /// @error no_such_member | not_member | before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.members.find(member));
    Member& row = state.members.rows[index];
    if (!row.active()) return fail(Errc::not_member, member.text() + " has left already");
    if (envelope.when_s() < row.last_change_s()) return fail(Errc::before_last_move);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    row.stays.back().until_s = envelope.when_s();
    return {};
  }
};

struct MemberRejoin {
  static constexpr std::string_view kind = "member.rejoin";
  static constexpr std::string_view about = "a member who left comes back as the same one";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_member, Errc::already_member, Errc::before_last_move, Errc::period_closed,
  });
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "who comes back");
  }
  /// @error no_such_member | already_member | before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.members.find(member));
    Member& row = state.members.rows[index];
    if (row.active()) return fail(Errc::already_member, member.text() + " is there already");
    if (envelope.when_s() < row.last_change_s()) return fail(Errc::before_last_move);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    row.stays.push_back(Stay{envelope.when_s(), forever_s});
    return {};
  }
};

}  // namespace mikoshi
