// SPDX-License-Identifier: MIT
#pragma once
/// @file will.hpp
/// Wills: who takes over what a member held and was owed, when the member has died.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp, split/apportion.hpp.
///
/// Heirs have parts of a whole; where an heir has died, the heirs named for that place share the place's parts. A will names
/// executors: so many of them announce the death by a proposal, and after the will's waiting time it is executed, unless the
/// member gives a sign of life. Meanwhile nothing of the member's is moved or paid: it waits, and is handed over whole. What
/// the dead would be owed later is owed to the heirs, by the same parts.

#include <array>
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/split/apportion.hpp"

namespace mikoshi {

inline constexpr std::size_t heirs_max = 100;
inline constexpr int heir_generations_max = 4;
inline constexpr std::size_t executors_max = 20;
inline constexpr std::uint64_t will_wait_days_max = 3660;
inline constexpr std::uint64_t will_whole_max = 1'000'000'000;

/// One heir, and who stands in for an heir who has died.
struct Heir {
  std::optional<std::vector<Heir>> heirs;
  MemberId member;
  std::uint64_t parts = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("heirs", self.heirs, "who takes the place of an heir who has died: their parts add up to that heir's");
    visit("member", self.member, "the heir");
    visit("parts", self.parts, "of the whole, at least one");
  }
};

struct Will {
  std::uint64_t seq = 0;
  std::vector<Heir> heirs;
  std::uint64_t whole = 0;
  std::vector<Members::Index> executors;
  std::uint64_t needed = 0;
  std::uint64_t wait_days = 0;
  std::optional<std::uint32_t> announced;  ///< the proposal that announces the death, while it is open
  std::int64_t announced_s = 0;            ///< when the member died, by that announcement
};

struct Wills {
  std::map<Members::Index, Will> rows;

  /// Whether what is `member`'s waits for heirs at that time.
  [[nodiscard]] bool holds(Members::Index member, std::int64_t when_s = forever_s) const {
    const auto will = rows.find(member);
    return will != rows.end() && will->second.announced && when_s >= will->second.announced_s;
  }
  /// @error estate_held  `member` is announced to have died before that time.
  template <class State>
  [[nodiscard]] static Status check_alive(const State& state, Members::Index member, std::int64_t when_s = forever_s) {
    if (!state.wills.holds(member, when_s)) return {};
    return fail(Errc::estate_held, "what is " + state.members.ids[member].text() + "'s waits for the heirs");
  }
};

namespace detail {
/// Checks a level of heirs and notes everybody in it. @error bad_will | no_such_member
template <class State>
Status check_heirs(const State& state, const std::vector<Heir>& heirs, std::uint64_t whole, int generation,
                   std::vector<Members::Index>& named) {
  if (generation > heir_generations_max) return fail(Errc::bad_will, "at most four generations of heirs");
  u128 sum = 0;
  for (const Heir& heir : heirs) {
    MIKOSHI_ASSIGN(const auto who, state.members.find(heir.member));
    if (std::find(named.begin(), named.end(), who) != named.end())
      return fail(Errc::bad_will, heir.member.text() + " is named twice, or inherits from oneself");
    if (named.size() > heirs_max) return fail(Errc::bad_will, "at most 100 heirs");
    named.push_back(who);
    if (heir.parts == 0) return fail(Errc::bad_will, "an heir has at least one part");
    sum += heir.parts;
    if (heir.heirs) MIKOSHI_TRY(check_heirs(state, *heir.heirs, heir.parts, generation + 1, named));
  }
  if (sum != whole)
    return fail(Errc::bad_will, "the parts add up to " + mikoshi::to_string(sum) + ", not to " + std::to_string(whole));
  return {};
}
}  // namespace detail

/// The living heirs and their parts: in the place of one who has died stand the heirs named for it; a place without any falls
/// to the others, in proportion. @return may be empty.
template <class State>
[[nodiscard]] std::vector<std::pair<Members::Index, std::uint64_t>> living_heirs(const State& state,
                                                                                  const std::vector<Heir>& heirs) {
  std::vector<std::pair<Members::Index, std::uint64_t>> living;
  for (const Heir& heir : heirs) {
    const Members::Index who = *state.members.ids.find(heir.member);
    if (!state.members.rows[who].died) {
      living.emplace_back(who, heir.parts);
    } else if (heir.heirs) {
      const auto below = living_heirs(state, *heir.heirs);
      living.insert(living.end(), below.begin(), below.end());
    }
  }
  return living;
}

/// Who is owed what `member` would be: the member; or, for one who has died, the living heirs, by largest remainder in the order
/// of the will; where nobody inherits, the dead. Calls owe(creditor, amount) for each.
template <class State, class Owe>
void each_creditor(const State& state, Members::Index member, const u128& amount, Owe&& owe) {
  const auto will = state.wills.rows.find(member);
  if (!state.members.rows[member].died || will == state.wills.rows.end()) return owe(member, amount);
  const auto heirs = living_heirs(state, will->second.heirs);
  if (heirs.empty()) return owe(member, amount);
  std::vector<std::uint64_t> parts;
  for (const auto& [heir, part] : heirs) parts.push_back(part);
  std::vector<u128> pays(heirs.size());
  MIKOSHI_CHECK(hamilton(amount, parts, pays).has_value());
  for (std::size_t i = 0; i < heirs.size(); ++i) owe(heirs[i].first, pays[i]);
}

struct WillNew {
  static constexpr std::string_view kind = "will";
  static constexpr std::string_view about = "a member says who inherits and who sees to it; a newer one replaces it";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::not_member, Errc::estate_held, Errc::bad_will});
  std::vector<MemberId> executors;
  std::vector<Heir> heirs;
  MemberId member;
  std::uint64_t needed = 0;
  std::uint64_t wait_days = 0;
  std::uint64_t whole = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("executors", self.executors, "who may announce the death, each once");
    visit("heirs", self.heirs, "who inherits");
    visit("member", self.member, "whose will it is");
    visit("needed", self.needed, "how many executors must sign");
    visit("wait_days", self.wait_days, "how many days pass between the announcement and its execution");
    visit("whole", self.whole, "what the heirs' parts add up to");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | not_member (who has died) | estate_held | bad_will (parts that do not add up to the whole; somebody
  ///        named twice, or the member; no executor, one twice, or the member; more needed than there are; no waiting time; beyond
  ///        the limits)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    if (state.members.rows[who].died) return fail(Errc::not_member, member.text() + " has died");
    MIKOSHI_TRY(Wills::check_alive(state, who));
    Will will;
    will.seq = envelope.seq;
    will.heirs = heirs;
    will.whole = whole;
    will.needed = needed;
    will.wait_days = wait_days;
    std::vector<Members::Index> named{who};
    MIKOSHI_TRY(detail::check_heirs(state, heirs, whole, 1, named));
    if (whole == 0 || whole > will_whole_max) return fail(Errc::bad_will, "the whole is 1 to 10^9", "field whole");
    for (const MemberId& executor : executors) {
      MIKOSHI_ASSIGN(const auto index, state.members.find(executor));
      if (index == who || std::find(will.executors.begin(), will.executors.end(), index) != will.executors.end())
        return fail(Errc::bad_will, "executors are others, each once", "field executors");
      will.executors.push_back(index);
    }
    if (needed == 0 || needed > executors.size() || executors.size() > executors_max)
      return fail(Errc::bad_will, "one to all of at most 20 executors must sign", "field needed");
    if (wait_days == 0 || wait_days > will_wait_days_max)
      return fail(Errc::bad_will, "the waiting time is 1 to 3660 days", "field wait_days");
    state.wills.rows[who] = std::move(will);
    return {};
  }
};

}  // namespace mikoshi
