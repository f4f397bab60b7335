// SPDX-License-Identifier: MIT
#pragma once
/// @file work.hpp
/// Works: what was made together, like a song or a film, and its credits: who is in it, as what, and with what weight.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp.
///
/// Each work has a credits sheet of its own. A credit counts in the months from its first to its last one, for ever if it has
/// none, whether or not the person is still a member, and only when somebody else confirmed it. It is never edited: it is
/// ended, and another one is recorded. A work that earns nothing is a work like any other.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"

namespace mikoshi {

/// How far a work has come.
enum class WorkPhase : std::uint8_t {
  making,
  published,
  ended,  ///< takes no more credits, costs and pledges; income may still come
};

template <>
struct Words<WorkPhase> {
  static constexpr std::array<std::string_view, 3> words = {"making", "published", "ended"};
  static constexpr std::string_view list = "a work is making, published or ended";
};

struct Credit {
  std::uint64_t seq = 0;
  std::uint32_t work = 0;
  Members::Index member = 0;
  std::uint64_t weight = 0;
  Period from;
  std::optional<Period> last;  ///< the last month that it counts in
  bool confirmed = false;

  [[nodiscard]] bool counts_in(Period period) const {
    return confirmed && from <= period && (!last || period <= *last);
  }
};

struct Work {
  std::uint64_t seq = 0;
  WorkPhase phase = WorkPhase::making;
  std::vector<std::uint32_t> credits;  ///< by credit index, in order of recording
  std::map<std::string, std::vector<std::uint64_t>> backers;  ///< by currency: minor units pledged, by member index; may be shorter
};

struct Works {
  using Index = Interner<WorkId>::Index;
  OrderedInterner<WorkId> ids;
  std::vector<Work> rows;  ///< by work index
  Interner<RecordId> credit_ids;
  std::vector<Credit> credits;  ///< by credit index

  /// @error no_such_work
  [[nodiscard]] Result<Index> find(const WorkId& id) const {
    if (const auto index = ids.find(id)) return *index;
    return fail(Errc::no_such_work, "no work is called " + id.text());
  }
  /// @error no_such_work | work_ended
  [[nodiscard]] Result<Index> find_going(const WorkId& id) const {
    MIKOSHI_ASSIGN(const Index index, find(id));
    if (rows[index].phase == WorkPhase::ended) return fail(Errc::work_ended, "the work " + id.text() + " has ended");
    return index;
  }
  /// @error no_such_record
  [[nodiscard]] Result<std::uint32_t> find_credit(const RecordId& id) const {
    if (const auto index = credit_ids.find(id)) return *index;
    return fail(Errc::no_such_record, "no credit is called " + id.text());
  }
};

struct WorkNew {
  static constexpr std::string_view kind = "work";
  static constexpr std::string_view about = "something is made together, with credits and money of its own";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::conflict});
  std::optional<Hash> label;
  WorkId work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("label", self.label, "SHA-256 of a salt and the work's title, which stay private");
    visit("work", self.work, "the work's id");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.works.ids.find(work);
    return index ? std::optional{state.works.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict  the work exists.
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the work " + work.text() + " exists");
    state.works.ids.add(work);
    state.works.rows.push_back(Work{envelope.seq, WorkPhase::making, {}, {}});
    return {};
  }
};

struct WorkMove {
  static constexpr std::string_view kind = "work.phase";
  static constexpr std::string_view about = "says how far a work has come; one that has ended takes no more credits, costs and pledges";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_work, Errc::work_ended});
  WorkPhase phase = WorkPhase::making;
  WorkId work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("phase", self.phase, "making, published or ended");
    visit("work", self.work, "which work");
  }
  /// @error no_such_work | work_ended
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.works.find_going(work));
    state.works.rows[index].phase = phase;
    return {};
  }
};

struct CreditNew {
  static constexpr std::string_view kind = "credit";
  static constexpr std::string_view about = "puts somebody, a member or a guest, on a work's credits sheet";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_work, Errc::work_ended, Errc::no_such_member, Errc::self_confirmation,
      Errc::period_out_of_order,
  });
  std::optional<MemberId> confirmed;
  Period from;
  RecordId id;
  std::optional<Period> last;
  MemberId member;
  KindId role;
  std::uint64_t weight = 0;
  WorkId work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("confirmed", self.confirmed, "another member or guest who confirms it");
    visit("from", self.from, "the first month that it counts in");
    visit("id", self.id, "the credit's id, chosen by who submits it");
    visit("last", self.last, "the last month that it counts in; absent: for ever");
    visit("member", self.member, "who is credited");
    visit("role", self.role, "as what, in any word, like composer");
    visit("weight", self.weight, "what it counts in the weight credits");
    visit("work", self.work, "in which work");
  }
  [[nodiscard]] const MemberId& actor() const { return confirmed ? *confirmed : member; }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.works.credit_ids.find(id);
    return index ? std::optional{state.works.credits[*index].seq} : std::nullopt;
  }
  /// @error conflict | no_such_work | work_ended | no_such_member | self_confirmation | period_out_of_order (ends before it
  ///        begins)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Works& works = state.works;
    if (made_in(state)) return fail(Errc::conflict, "the credit " + id.text() + " exists");
    MIKOSHI_ASSIGN(const auto index, works.find_going(work));
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    if (confirmed) {
      MIKOSHI_TRY(state.members.find(*confirmed));
      if (*confirmed == member) return fail(Errc::self_confirmation);
    }
    if (last && *last < from) return fail(Errc::period_out_of_order, "a credit ends after it begins", "field last");
    works.rows[index].credits.push_back(works.credit_ids.add(id));
    works.credits.push_back(Credit{envelope.seq, index, who, weight, from, last, confirmed.has_value()});
    return {};
  }
};

struct CreditConfirm {
  static constexpr std::string_view kind = "credit.confirm";
  static constexpr std::string_view about = "somebody else says that a credit is right";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_record, Errc::no_such_member, Errc::self_confirmation, Errc::conflict,
  });
  MemberId by;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who confirms");
    visit("id", self.id, "the credit");
  }
  [[nodiscard]] const MemberId& actor() const { return by; }
  /// @error no_such_record | no_such_member | self_confirmation | conflict (confirmed already)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.works.find_credit(id));
    Credit& row = state.works.credits[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    if (who == row.member) return fail(Errc::self_confirmation);
    if (row.confirmed) return fail(Errc::conflict, "the credit " + id.text() + " is confirmed already");
    row.confirmed = true;
    return {};
  }
};

struct CreditEnd {
  static constexpr std::string_view kind = "credit.end";
  static constexpr std::string_view about = "says the last month that a credit counts in; closed months stay as they are";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_record, Errc::conflict, Errc::period_closed});
  RecordId id;
  Period last;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the credit");
    visit("last", self.last, "the last month that it counts in; the month before its first: never");
  }
  /// @error no_such_record | conflict (it ends earlier already) | period_closed (a closed month counted it)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.works.find_credit(id));
    Credit& row = state.works.credits[index];
    if (row.last && *row.last <= last) return fail(Errc::conflict, "the credit ends with " + mikoshi::to_string(*row.last));
    const auto& closed = state.decisions.closed_through;
    if (closed && last < *closed && row.from <= *closed)
      return fail(Errc::period_closed, mikoshi::to_string(*closed) + " counted it already");
    row.last = last;
    return {};
  }
};

}  // namespace mikoshi
