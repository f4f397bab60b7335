// SPDX-License-Identifier: MIT
#pragma once
/// @file record.hpp
/// Records: who contributed what, confirmed by somebody else.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp, community/work.hpp.
///
/// A contribution counts once: in the distribution of its period, or, where that is closed, in the next one, marked
/// late; and only when it is confirmed: by another member (a `confirmed` field or a later line), or in the operator's
/// voice with the row of a source file. Records are never edited; a correction is a new line that names the first. Once
/// the record has been counted, the difference enters the next distribution: more points count there, marked late, and
/// points that were counted in vain are taken back from what the member does next.
///
/// What was done for a work counts among the records of that work. What is recorded as unpaid is remembered and counts
/// nowhere, until a proposal recognises it. Support (bought, consulted, shared) is a record like any other, of a kind declared so.

#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/community/work.hpp"

namespace mikoshi {

/// What a kind of contribution counts as.
enum class KindUse : std::uint8_t {
  work,     ///< in the weight `contributions`
  support,  ///< in the weight `supporters`
};

template <>
struct Words<KindUse> {
  static constexpr std::array<std::string_view, 2> words = {"work", "support"};
  static constexpr std::string_view list = "a kind counts as work or support";
};

struct ContributionKind {
  std::uint64_t seq = 0;
  std::uint64_t weight = 0;  ///< of one point
  KindUse use = KindUse::work;
};

/// Records that count together: those of a work, or of no work, as work or as support.
struct Heap {
  std::optional<Works::Index> work;
  KindUse use = KindUse::work;

  friend auto operator<=>(const Heap&, const Heap&) = default;
};

/// Of these there are millions, so five flags stand in the seq, which is below 2^53 like every number of the format.
struct Contribution {
  std::uint64_t seq : 59 = 0;
  bool confirmed : 1 = false;
  bool from_file : 1 = false;  ///< a row of the operator's file stands for it
  bool corrected : 1 = false;
  bool waiting : 1 = true;  ///< not counted yet, or raised since
  bool unpaid : 1 = false;  ///< remembered, and counted only once it is recognised
  std::uint64_t points = 0;
  std::uint64_t points_counted = 0;  ///< of these, in approved distributions
  Members::Index member = 0;
  std::uint32_t kind = 0;
  Period period;  ///< that it was recorded for
  OptionalIndex work;

  [[nodiscard]] std::uint64_t points_waiting() const { return points - points_counted; }
};

struct Records {
  Interner<KindId> kind_ids;
  std::vector<ContributionKind> kinds;  ///< by kind index
  Interner<RecordId> ids;
  std::deque<Contribution> contributions;            ///< by record index; in pieces, as there are many and more to come
  std::vector<std::uint32_t> waiting;                ///< records with `waiting`, in the order in which they came to wait
  std::map<Heap, std::vector<std::uint64_t>> debts;  ///< weight counted in vain, by member index; may be shorter
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
  [[nodiscard]] Heap heap_of(const Contribution& row) const { return {row.work, kinds[row.kind].use}; }
  [[nodiscard]] std::uint64_t debt_of(const Heap& heap, Members::Index member) const {
    const auto found = debts.find(heap);
    return found != debts.end() && member < found->second.size() ? found->second[member] : 0;
  }
  void note_source(const Evidence& evidence) { sources.insert({evidence.file, evidence.row.value_or(0)}); }
};

struct ContributionKindNew {
  static constexpr std::string_view kind = "contribution.kind";
  static constexpr std::string_view about = "declares a kind of contribution and what one point of it weighs";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::conflict});
  std::optional<KindUse> as;
  KindId type;
  std::uint64_t weight = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("as", self.as, "work: in the weight contributions; support: in the weight supporters; absent: work");
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
    state.records.kinds.push_back(ContributionKind{envelope.seq, weight, as.value_or(KindUse::work)});
    return {};
  }
};

/// Goods that a member gave below their price: what the community saved is what was contributed.
struct Goods {
  std::uint64_t market = 0;
  std::uint64_t paid = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("market", self.market, "what they cost elsewhere");
    visit("paid", self.paid, "what the community paid");
  }
};

struct ContributionNew {
  static constexpr std::string_view kind = "contribution";
  static constexpr std::string_view about = "records what a member did";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_member, Errc::no_such_kind, Errc::future_period, Errc::self_confirmation,
      Errc::bad_number, Errc::duplicate_evidence, Errc::wrong_amount, Errc::no_such_work,
  });
  std::optional<MemberId> confirmed;
  std::optional<Evidence> evidence;
  std::optional<Goods> goods;
  RecordId id;
  MemberId member;
  Period period;
  std::uint64_t points = 0;
  KindId type;
  std::optional<bool> unpaid;
  std::optional<WorkId> work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("confirmed", self.confirmed, "another member who confirms it");
    visit("evidence", self.evidence, "the source file and row it was read from");
    visit("goods", self.goods, "goods below their price: the points are what the community saved");
    visit("id", self.id, "the record's id, chosen by who submits it");
    visit("member", self.member, "who contributed");
    visit("period", self.period, "the month it belongs to");
    visit("points", self.points, "how much, in points of its kind");
    visit("type", self.type, "its kind, as declared");
    visit("unpaid", self.unpaid, "true: remembered, and counted only once a proposal recognises it");
    visit("work", self.work, "the work it was done for");
  }
  /// Who says it: who confirms it, else who did it.
  [[nodiscard]] const MemberId& actor() const { return confirmed ? *confirmed : member; }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.records.ids.find(id);
    return index ? std::optional{state.records.contributions[*index].seq} : std::nullopt;
  }
  /// @error conflict | no_such_member | no_such_kind | future_period | self_confirmation | bad_number | duplicate_evidence |
  ///        wrong_amount (the points are not what the goods saved) | no_such_work
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
    if (goods && (goods->paid > goods->market || goods->market - goods->paid != points))
      return fail(Errc::wrong_amount, "the points of goods are what the community saved: market less paid", "field goods");
    std::optional<Works::Index> of_work;
    if (work) {
      MIKOSHI_ASSIGN(of_work, state.works.find(*work));
    }
    const bool from_file = evidence && evidence->row && envelope.voice == Voice::by_operator;
    if (evidence) records.note_source(*evidence);
    const std::uint32_t index = records.ids.add(id);
    const bool remembered = unpaid.value_or(false);
    if (!remembered) records.waiting.push_back(index);
    Contribution row;
    row.seq = envelope.seq & static_cast<std::uint64_t>(json_integer_max);
    row.points = points;
    row.member = who;
    row.kind = *kind_index;
    row.period = period;
    row.confirmed = confirmed || from_file;
    row.from_file = from_file;
    row.waiting = !remembered;
    row.unpaid = remembered;
    row.work = of_work;
    records.contributions.push_back(row);
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
  [[nodiscard]] const MemberId& actor() const { return by; }
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
      const Heap heap = records.heap_of(row);
      const u128 vain =
          u128{row.points_counted - points} * records.kinds[row.kind].weight + records.debt_of(heap, row.member);
      if (high64(vain) != 0) return fail(Errc::weight_overflow);
      std::vector<std::uint64_t>& debt = records.debts[heap];
      if (debt.size() <= row.member) debt.resize(row.member + 1);
      debt[row.member] = low64(vain);
      row.points_counted = points;
    }
    // Whoever confirmed the smaller number has not confirmed the larger one.
    if (points > row.points && !row.from_file) row.confirmed = false;
    row.points = points;
    row.corrected = true;
    if (!row.waiting && !row.unpaid && row.points_waiting() != 0) {
      row.waiting = true;
      records.waiting.push_back(index);
    }
    return {};
  }
};

struct Introduction {
  static constexpr std::string_view kind = "introduction";
  static constexpr std::string_view about = "one member brought another: once each, and never in a circle";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::introduced});
  MemberId by;
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who brought the other");
    visit("member", self.member, "who was brought, and says so");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// One level only: what somebody brings in never reaches further than who brought them.
  /// @error no_such_member | introduced (already; or by oneself, or by somebody one has brought oneself)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    MIKOSHI_ASSIGN(const auto bringer, state.members.find(by));
    auto& rows = state.members.rows;
    if (rows[who].introducer) return fail(Errc::introduced, member.text() + " was introduced already");
    for (std::optional<Members::Index> up = bringer; up; up = rows[*up].introducer)
      if (*up == who) return fail(Errc::introduced, by.text() + " came by " + member.text());
    rows[who].introducer = bringer;
    return {};
  }
};

/// How much of the confirmed work is remembered unpaid, in weight.
struct UnpaidWork {
  u128 unpaid = 0;
  u128 all = 0;
};
[[nodiscard]] inline UnpaidWork unpaid_work(const Records& records) {
  UnpaidWork sum;
  for (const Contribution& row : records.contributions) {
    if (!row.confirmed) continue;
    const u128 weight = std::min(amount_limit(), u128{row.points} * records.kinds[row.kind].weight);
    sum.all = std::min(amount_limit(), sum.all + weight);
    if (row.unpaid) sum.unpaid = std::min(amount_limit(), sum.unpaid + weight);
  }
  return sum;
}

}  // namespace mikoshi
