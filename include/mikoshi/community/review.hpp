// SPDX-License-Identifier: MIT
#pragma once
/// @file review.hpp
/// Reviews: rounds in which people rate each other, sealed first and opened afterwards, added up so that a ring gains little.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp, crypto/sha256.hpp.
///
/// A ballot is first the hash of what it says, and is opened when nobody can seal one any more; so nobody rates by what the
/// others gave. Nobody rates oneself. What one member gets from all raters of a relation (fellow, client, supporter) is added up
/// robustly, by the median or without the highest and the lowest quarter; so what two members give each other moves nothing as
/// long as they are few. Fewer raters than the round wants give no result, which is not the same as a bad one.

#include <array>
#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

/// How what the raters of a relation gave one member becomes one number.
enum class ReviewMethod : std::uint8_t {
  median,   ///< the middle one; of two in the middle half their sum
  trimmed,  ///< the mean without the highest and the lowest quarter, both rounded down
};

template <>
struct Words<ReviewMethod> {
  static constexpr std::array<std::string_view, 2> words = {"median", "trimmed"};
  static constexpr std::string_view list = "a method is median or trimmed";
};

inline constexpr std::size_t review_members_max = 1000;
inline constexpr std::size_t review_ballots_max = 10000;
inline constexpr std::size_t review_relations_max = 4;
inline constexpr std::uint64_t review_relation_weight_max = 1000;
inline constexpr std::uint64_t review_points_max = 1'000'000'000;
/// A result becomes a weight in parts of 2^-20 point.
inline constexpr std::uint64_t review_unit = std::uint64_t{1} << 20;

struct Ballot {
  Members::Index by = 0;
  KindId relation;
  Hash seal{};
  bool open = false;
  std::map<Members::Index, std::uint64_t> scores;
};

/// What a round gives one member: `points` / `whole`, exactly.
struct ReviewResult {
  Members::Index member = 0;
  std::uint64_t weight = 0;  ///< floor(points · 2^20 / whole)
  u128 points = 0;
  u128 whole = 1;
  std::uint64_t raters = 0;  ///< whose ratings are in it
};

struct ReviewRound {
  std::uint64_t seq = 0;
  Period period;
  std::vector<Members::Index> members;  ///< who is rated
  std::map<KindId, std::uint64_t> relations;
  std::optional<std::uint64_t> budget;
  std::uint64_t pair_cap = 0;
  std::uint64_t raters_min = 0;
  ReviewMethod method = ReviewMethod::median;
  std::int64_t seal_until_s = 0;
  std::int64_t reveal_until_s = 0;
  std::vector<Ballot> ballots;  ///< in order of recording
  std::optional<std::uint64_t> closed;  ///< by which line
  std::vector<ReviewResult> results;    ///< in the order of `members`; who has no result is not there
};

struct Reviews {
  Interner<RecordId> ids;
  std::vector<ReviewRound> rounds;  ///< by round index

  /// @error no_such_round
  [[nodiscard]] Result<std::uint32_t> find(const RecordId& id) const {
    if (const auto index = ids.find(id)) return *index;
    return fail(Errc::no_such_round, "no review is called " + id.text());
  }
  /// The round closed last of those about this month or an earlier one, or nullptr.
  [[nodiscard]] const ReviewRound* result_for(Period period) const {
    const ReviewRound* last = nullptr;
    for (const ReviewRound& round : rounds)
      if (round.closed && round.period <= period && (last == nullptr || *round.closed > *last->closed)) last = &round;
    return last;
  }
};

/// One relation's number for one member, from what its raters gave. @pre not empty. @return points and whole.
[[nodiscard]] inline std::pair<u128, u128> robust(std::vector<std::uint64_t> given, ReviewMethod method) {
  std::sort(given.begin(), given.end());
  const std::size_t n = given.size();
  if (method == ReviewMethod::median) {
    if (n % 2 == 1) return {given[n / 2], 1};
    return {u128{given[n / 2 - 1]} + given[n / 2], 2};
  }
  const std::size_t cut = n / 4;
  u128 sum = 0;
  for (std::size_t i = cut; i < n - cut; ++i) sum += given[i];
  return {sum, n - 2 * cut};
}

/// What a round gives. Σ relation weight · number of the relation / Σ relation weight, over the relations with enough raters.
/// In a round with a budget, who opens a ballot and names a member not has given that member 0; else, has said nothing.
[[nodiscard]] MIKOSHI_INLINE std::vector<ReviewResult> add_up(const ReviewRound& round);

/// Two members who gave each other far more than the others gave them.
struct RatingRing {
  Members::Index first = 0, second = 0;  ///< by index, ascending
  std::uint64_t first_gave = 0, second_gave = 0;
};

/// The pairs in which both gave the other more than nothing and at least twice the median of what everybody else gave, in the
/// order of indices. A hint for people: it proves nothing, and changes no result.
/// @cost O(ballots · members · log ballots)
[[nodiscard]] MIKOSHI_INLINE std::vector<RatingRing> rating_rings(const ReviewRound& round);

struct ReviewOpen {
  static constexpr std::string_view kind = "review";
  static constexpr std::string_view about = "opens a round of reviews: who is rated, by whom, until when, and how it is added up";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::too_many, Errc::no_such_member, Errc::duplicate_member, Errc::bad_review, Errc::bad_deadline,
  });
  std::optional<std::uint64_t> budget;
  RecordId id;
  std::vector<MemberId> members;
  ReviewMethod method = ReviewMethod::median;
  std::uint64_t pair_cap = 0;
  Period period;
  std::uint64_t raters_min = 0;
  std::map<KindId, std::uint64_t> relations;
  Timestamp reveal_until;
  Timestamp seal_until;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("budget", self.budget, "what the points of a ballot add up to; absent: each member is rated alone");
    visit("id", self.id, "the round's id");
    visit("members", self.members, "who is rated, each once");
    visit("method", self.method, "median, or trimmed: the mean without the highest and the lowest quarter");
    visit("pair_cap", self.pair_cap, "the most points that one may give one member");
    visit("period", self.period, "the first month that its result counts in");
    visit("raters_min", self.raters_min, "of fewer raters of a relation there is no result");
    visit("relations", self.relations, "what each relation weighs: one to four of them");
    visit("reveal_until", self.reveal_until, "until when ballots are opened");
    visit("seal_until", self.seal_until, "until when ballots are sealed, and from when they are opened");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.reviews.ids.find(id);
    return index ? std::optional{state.reviews.rounds[*index].seq} : std::nullopt;
  }
  /// @error conflict | too_many (members, relations) | no_such_member | duplicate_member | bad_review (nobody is rated, no
  ///        relation; a cap, a minimum or a weight of 0 or beyond its limit; a budget that no ballot can spend) | bad_deadline
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the review " + id.text() + " exists");
    if (members.size() > review_members_max) return fail(Errc::too_many, "at most 1000 members are rated in a round");
    if (relations.size() > review_relations_max) return fail(Errc::too_many, "at most four relations in a round");
    ReviewRound round;
    for (const MemberId& member : members) {
      MIKOSHI_ASSIGN(const auto who, state.members.find(member));
      round.members.push_back(who);
    }
    std::vector<Members::Index> sorted = round.members;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return fail(Errc::duplicate_member);
    if (members.empty() || relations.empty()) return fail(Errc::bad_review, "somebody is rated, by somebody");
    for (const auto& [relation, weight] : relations)
      if (weight == 0 || weight > review_relation_weight_max)
        return fail(Errc::bad_review, "a relation weighs 1 to 1000", "field relations");
    if (pair_cap == 0 || pair_cap > review_points_max)
      return fail(Errc::bad_review, "the most points are 1 to 10^9", "field pair_cap");
    if (raters_min == 0) return fail(Errc::bad_review, "a result has at least one rater", "field raters_min");
    if (budget && (*budget == 0 || u128{*budget} > u128{pair_cap} * (members.size() - 1)))
      return fail(Errc::bad_review, "no ballot can spend it", "field budget");
    if (seal_until <= envelope.at || reveal_until <= seal_until)
      return fail(Errc::bad_deadline, "ballots are sealed from now on, and opened after that");
    round.seq = envelope.seq;
    round.period = period;
    round.relations = relations;
    round.budget = budget;
    round.pair_cap = pair_cap;
    round.raters_min = raters_min;
    round.method = method;
    round.seal_until_s = seal_until.seconds();
    round.reveal_until_s = reveal_until.seconds();
    state.reviews.ids.add(id);
    state.reviews.rounds.push_back(std::move(round));
    return {};
  }
};

struct ReviewBallot {
  static constexpr std::string_view kind = "review.ballot";
  static constexpr std::string_view about = "a sealed ballot: the hash of what it says";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_round, Errc::no_such_member, Errc::no_such_kind, Errc::too_late, Errc::conflict, Errc::too_many,
  });
  MemberId by;
  KindId relation;
  RecordId round;
  Hash seal{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who rates");
    visit("relation", self.relation, "as what, one of the round's relations");
    visit("round", self.round, "in which round");
    visit("seal", self.seal, "SHA-256 of the canonical text of {by, round, salt, scores}");
  }
  [[nodiscard]] const MemberId& actor() const { return by; }
  /// @error no_such_round | no_such_member | no_such_kind (the relation) | too_late | conflict (a ballot each) | too_many
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.reviews.find(round));
    ReviewRound& row = state.reviews.rounds[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    if (!row.relations.contains(relation)) return fail(Errc::no_such_kind, "the round has no relation " + relation.text());
    if (envelope.at.seconds() >= row.seal_until_s) return fail(Errc::too_late, "no more ballots are sealed");
    for (const Ballot& ballot : row.ballots)
      if (ballot.by == who) return fail(Errc::conflict, by.text() + " has sealed a ballot already");
    if (row.ballots.size() >= review_ballots_max) return fail(Errc::too_many, "at most 10,000 ballots in a round");
    row.ballots.push_back(Ballot{who, relation, seal, false, {}});
    return {};
  }
};

struct ReviewReveal {
  static constexpr std::string_view kind = "review.reveal";
  static constexpr std::string_view about = "opens a sealed ballot";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_round, Errc::no_such_member, Errc::too_early, Errc::too_late, Errc::no_such_record, Errc::conflict,
      Errc::bad_seal, Errc::bad_review,
  });
  MemberId by;
  RecordId round;
  Hash salt{};
  std::map<MemberId, std::uint64_t> scores;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who rates");
    visit("round", self.round, "in which round");
    visit("salt", self.salt, "32 random bytes, so that nobody can guess the ballot from its hash");
    visit("scores", self.scores, "points by member");
  }
  [[nodiscard]] const MemberId& actor() const { return by; }
  /// @error no_such_round | no_such_member | too_early | too_late | no_such_record (no ballot was sealed) | conflict (opened
  ///        already) | bad_seal | bad_review (oneself, somebody who is not rated, more than the cap, not the budget)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.reviews.find(round));
    ReviewRound& row = state.reviews.rounds[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    if (envelope.at.seconds() < row.seal_until_s) return fail(Errc::too_early, "others are still sealing their ballots");
    if (envelope.at.seconds() >= row.reveal_until_s) return fail(Errc::too_late, "no more ballots are opened");
    const auto ballot =
        std::find_if(row.ballots.begin(), row.ballots.end(), [&](const Ballot& one) { return one.by == who; });
    if (ballot == row.ballots.end()) return fail(Errc::no_such_record, by.text() + " has sealed no ballot");
    if (ballot->open) return fail(Errc::conflict, "the ballot of " + by.text() + " is open");
    if (sha256(as_bytes(canonical_text(*this))) != ballot->seal) return fail(Errc::bad_seal);
    std::map<Members::Index, std::uint64_t> points;
    u128 sum = 0;
    for (const auto& [member, score] : scores) {
      const auto rated = state.members.ids.find(member);
      if (!rated || std::find(row.members.begin(), row.members.end(), *rated) == row.members.end())
        return fail(Errc::bad_review, member.text() + " is not rated in this round");
      if (*rated == who) return fail(Errc::bad_review, "nobody rates oneself");
      if (score > row.pair_cap) return fail(Errc::bad_review, "one member gets at most " + std::to_string(row.pair_cap));
      points[*rated] = score;
      sum += score;
    }
    if (row.budget && sum != *row.budget)
      return fail(Errc::bad_review, "the points add up to " + std::to_string(*row.budget));
    ballot->open = true;
    ballot->scores = std::move(points);
    return {};
  }
};

struct ReviewClose {
  static constexpr std::string_view kind = "review.close";
  static constexpr std::string_view about = "ends a round: what was opened in time is added up";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::no_such_round, Errc::conflict, Errc::too_early});
  RecordId round;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("round", self.round, "which round");
  }
  /// @error no_such_round | conflict (closed already) | too_early
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.reviews.find(round));
    ReviewRound& row = state.reviews.rounds[index];
    if (row.closed) return fail(Errc::conflict, "the review " + round.text() + " is closed");
    if (envelope.at.seconds() < row.reveal_until_s) return fail(Errc::too_early, "ballots are still opened");
    row.results = add_up(row);
    row.closed = envelope.seq;
    return {};
  }
};

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::vector<ReviewResult> add_up(const ReviewRound& round) {
  std::vector<ReviewResult> results;
  for (const Members::Index member : round.members) {
    // points / whole with whole = Π wholes of the relations: at most (10^4)^4, and points · 2^20 stays below 2^127.
    ReviewResult result{member, 0, 0, 1, 0};
    u128 weights = 0;
    for (const auto& [relation, weight] : round.relations) {
      std::vector<std::uint64_t> given;
      for (const Ballot& ballot : round.ballots) {
        if (!ballot.open || ballot.relation != relation || ballot.by == member) continue;
        const auto score = ballot.scores.find(member);
        if (score != ballot.scores.end()) {
          given.push_back(score->second);
        } else if (round.budget) {
          given.push_back(0);
        }
      }
      if (given.empty() || given.size() < round.raters_min) continue;
      result.raters += given.size();
      const auto [points, whole] = robust(std::move(given), round.method);
      result.points = result.points * whole + points * weight * result.whole;
      result.whole *= whole;
      weights += weight;
    }
    if (weights == 0) continue;
    result.whole *= weights;
    result.weight = low64(result.points * review_unit / result.whole);
    results.push_back(result);
  }
  return results;
}

MIKOSHI_INLINE std::vector<RatingRing> rating_rings(const ReviewRound& round) {
  const auto gave = [](const Ballot& ballot, Members::Index to) {
    const auto score = ballot.scores.find(to);
    return score == ballot.scores.end() ? std::uint64_t{0} : score->second;
  };
  const auto stands_out = [&](const Ballot& ballot, Members::Index to) {
    const std::uint64_t given = gave(ballot, to);
    if (given == 0) return false;
    std::vector<std::uint64_t> others;
    for (const Ballot& other : round.ballots)
      if (other.open && other.by != ballot.by && other.by != to && (round.budget || other.scores.contains(to)))
        others.push_back(gave(other, to));
    if (others.empty()) return false;
    const auto [points, whole] = robust(std::move(others), ReviewMethod::median);
    return u128{given} * whole >= points * 2;
  };
  std::vector<RatingRing> rings;
  for (const Ballot& a : round.ballots)
    for (const Ballot& b : round.ballots)
      if (a.open && b.open && a.by < b.by && stands_out(a, b.by) && stands_out(b, a.by))
        rings.push_back({a.by, b.by, gave(a, b.by), gave(b, a.by)});
  std::sort(rings.begin(), rings.end(), [](const RatingRing& x, const RatingRing& y) {
    return std::pair{x.first, x.second} < std::pair{y.first, y.second};
  });
  return rings;
}

#endif

}  // namespace mikoshi
