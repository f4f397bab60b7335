// SPDX-License-Identifier: MIT
#pragma once
/// @file member.hpp
/// Members: an identity for ever, and the intervals in which its holder was there. Guests: an identity without them.
///
/// Layer 2. Depends on: community/envelope.hpp.
///
/// People come and go as often as they like. Leaving and coming back keep the identity, so nothing accrued is reset by
/// them. `on` may date a change back, but never before the member's last change nor into a closed period. A guest has an
/// identity and nothing else: guests are credited, owed and paid like anyone, hold no tickets that only members may hold, and
/// become members by `member.rejoin`.

#include <array>
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"

namespace mikoshi {

/// A half-open interval of membership, in seconds since 1970 UTC.
struct Stay {
  std::int64_t from_s = 0;
  std::int64_t until_s = forever_s;
};

/// A key that speaks for a member.
struct MemberKey {
  SpeakerKey key;
  std::int64_t from_s = 0;  ///< it speaks from then on
  bool ended = false;
};

/// A line that was relayed for a member, and that the member has not attested.
struct RelayedLine {
  std::uint64_t seq = 0;
  Hash leaf{};
};

struct Member {
  std::uint64_t seq = 0;    ///< the line that made it
  std::vector<Stay> stays;  ///< ascending, disjoint; only the last can be open; none: a guest
  std::optional<std::uint32_t> introducer;  ///< index of who brought the member, if anybody says so
  bool died = false;                        ///< a will was executed: nobody acts under this id any more
  std::vector<MemberKey> keys;              ///< in the order in which they were bound
  std::uint64_t nonce = 0;                  ///< of the last signed line
  std::vector<RelayedLine> relayed;         ///< ascending

  /// Whether a key is the member's at that second: bound, its wait over, not ended.
  [[nodiscard]] bool speaks(const SpeakerKey& key, std::int64_t second) const {
    return !died && std::any_of(keys.begin(), keys.end(), [&](const MemberKey& one) {
      return one.key == key && !one.ended && one.from_s <= second;
    });
  }
  [[nodiscard]] bool guest() const { return stays.empty(); }
  [[nodiscard]] bool active() const { return !guest() && stays.back().until_s == forever_s; }
  /// When the member came or left last; before all times for a guest.
  [[nodiscard]] std::int64_t last_change_s() const {
    if (guest()) return std::numeric_limits<std::int64_t>::min();
    return active() ? stays.back().from_s : stays.back().until_s;
  }

  [[nodiscard]] bool active_at(std::int64_t second) const {
    for (std::size_t i = stays.size(); i != 0; --i)  // mostly the last one is asked for
      if (stays[i - 1].from_s <= second && second < stays[i - 1].until_s) return true;
    return false;
  }
  /// There just before `end_s`: how "at the close of a period" is read.
  [[nodiscard]] bool active_until(std::int64_t end_s) const { return active_at(end_s - 1); }

  /// Seconds of membership within [from_s, until_s).
  [[nodiscard]] std::int64_t seconds_within(std::int64_t from_s, std::int64_t until_s) const {
    std::int64_t sum = 0;
    for (std::size_t i = stays.size(); i != 0 && stays[i - 1].until_s > from_s; --i)
      sum += std::max<std::int64_t>(0, std::min(until_s, stays[i - 1].until_s) - std::max(from_s, stays[i - 1].from_s));
    return sum;
  }
};

struct Members {
  using Index = Interner<MemberId>::Index;
  OrderedInterner<MemberId> ids;
  std::vector<Member> rows;       ///< by index
  std::set<SpeakerKey> keys;      ///< every key that was ever bound

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
                                            : member.text() + " left or is a guest, and comes by member.rejoin");
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    state.members.ids.add(member);
    Member row;
    row.seq = envelope.seq;
    row.stays.push_back(Stay{envelope.when_s(), forever_s});
    state.members.rows.push_back(std::move(row));
    return {};
  }
};

struct MemberGuest {
  static constexpr std::string_view kind = "member.guest";
  static constexpr std::string_view about = "somebody from outside gets an id, to be credited and paid; no member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({Errc::already_member});
  MemberId member;
  std::optional<Hash> label;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("label", self.label, "SHA-256 of the guest's salt and name, which stay private");
    visit("member", self.member, "the guest's id, among those of the members");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.members.ids.find(member);
    return index ? std::optional{state.members.rows[*index].seq} : std::nullopt;
  }
  /// @error already_member
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::already_member, "the id " + member.text() + " is taken");
    state.members.ids.add(member);
    Member row;
    row.seq = envelope.seq;
    state.members.rows.push_back(std::move(row));
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
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | not_member | before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.members.find(member));
    Member& row = state.members.rows[index];
    if (!row.active()) return fail(Errc::not_member, member.text() + (row.guest() ? " is a guest" : " has left already"));
    if (envelope.when_s() < row.last_change_s()) return fail(Errc::before_last_move);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    row.stays.back().until_s = envelope.when_s();
    return {};
  }
};

struct MemberRejoin {
  static constexpr std::string_view kind = "member.rejoin";
  static constexpr std::string_view about = "a member who left comes back as the same one; a guest becomes a member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_member, Errc::already_member, Errc::not_member, Errc::before_last_move, Errc::period_closed,
  });
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "who comes");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | already_member | not_member (who has died) | before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.members.find(member));
    Member& row = state.members.rows[index];
    if (row.active()) return fail(Errc::already_member, member.text() + " is there already");
    if (row.died) return fail(Errc::not_member, member.text() + " has died");
    if (envelope.when_s() < row.last_change_s()) return fail(Errc::before_last_move);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    row.stays.push_back(Stay{envelope.when_s(), forever_s});
    return {};
  }
};

}  // namespace mikoshi
