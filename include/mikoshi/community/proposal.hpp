// SPDX-License-Identifier: MIT
#pragma once
/// @file proposal.hpp
/// Proposals: the one mechanism for everything that waits and needs consent.
///
/// Layer 2. Depends on: community/cost.hpp, community/decision.hpp, community/review.hpp, community/will.hpp.
///
/// A proposal lies open until its time, is signed and objected to, and is then executed or cancelled, by a line whose `at` has
/// passed that time: no rule looks at a clock. What it does is one of five things: it changes the charter, changes the stewards,
/// recognises unpaid work, collects pledges for a work, or hands over an estate. A draft is open in the same way; an objection to
/// one of its lines lets the others be paid, and keeps that one until the dispute is settled.

#include <array>
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "mikoshi/community/cost.hpp"
#include "mikoshi/community/dao.hpp"
#include "mikoshi/community/decision.hpp"
#include "mikoshi/community/will.hpp"

namespace mikoshi {

/// How long a proposal may lie open.
inline constexpr std::int64_t proposal_days_max = 3660;
inline constexpr std::size_t recognised_max = 1000;

/// Rules for the months from `from` on.
struct CharterChange {
  Period from;
  CharterId id;
  Json rules;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the first month that they govern");
    visit("id", self.id, "the charter's id, like v2");
    visit("rules", self.rules, "the charter");
  }
};

/// Others sign from now on. The stewards until now sign this.
struct StewardChange {
  std::vector<Steward> stewards;
  std::uint64_t threshold = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("stewards", self.stewards, "who signs snapshots, ascending by name");
    visit("threshold", self.threshold, "how many of them must sign");
  }
};

/// Contributions that were recorded as unpaid count after all.
struct Recognition {
  std::vector<RecordId> records;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("records", self.records, "contributions that were recorded as unpaid, each once");
  }
};

/// Pledges for a work: all of them are taken if they reach the threshold, else all go back.
struct PledgeRound {
  std::string currency;
  u128 threshold = 0;
  WorkId work;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("threshold", self.threshold, "minor units that must come together");
    visit("work", self.work, "for which work");
  }
};

/// A member has died, and what was theirs goes by their will.
struct Estate {
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "who has died");
  }
};

using Effect = std::variant<CharterChange, StewardChange, Recognition, PledgeRound, Estate>;

enum class ProposalState : std::uint8_t { open, executed, cancelled };

struct Proposal {
  std::uint64_t seq = 0;
  Hash leaf{};  ///< of the line that opened it: what stewards sign
  std::int64_t until_s = 0;
  std::optional<Members::Index> by;
  Effect effect;
  ProposalState state = ProposalState::open;
  std::set<Members::Index> signatures;
  std::set<Members::Index> objections;
  std::set<StewardId> steward_signatures;
  std::map<Members::Index, u128> pledges;  ///< minor units
  u128 pledged = 0;                        ///< their sum
};

struct PledgeRow {
  std::uint64_t seq = 0;
};

/// A line of an approved draft that somebody objected to: the amount is owed, and waits.
struct Dispute {
  std::uint32_t draft = 0;
  Members::Index member = 0;
  std::map<std::string, u128> amounts;  ///< by currency: minor units that wait
  bool open = true;
};

struct Proposals {
  Interner<RecordId> ids;
  std::vector<Proposal> rows;               ///< by proposal index
  std::map<RecordId, PledgeRow> pledges;    ///< by id
  std::map<RecordId, std::uint64_t> waivers;  ///< the line of each
  std::vector<Dispute> disputes;            ///< in order of approval

  /// @error no_such_proposal
  [[nodiscard]] Result<std::uint32_t> find_open(const RecordId& id) const {
    const auto index = ids.find(id);
    if (!index) return fail(Errc::no_such_proposal, "no proposal is called " + id.text());
    if (rows[*index].state != ProposalState::open)
      return fail(Errc::no_such_proposal, "the proposal " + id.text() + " is executed or cancelled already");
    return *index;
  }
  /// Minor units owed to a member that wait until disputes are settled. @cost O(disputes)
  [[nodiscard]] u128 disputed(Members::Index member, const std::string& currency) const {
    u128 sum = 0;
    for (const Dispute& dispute : disputes) {
      if (!dispute.open || dispute.member != member) continue;
      if (const auto amount = dispute.amounts.find(currency); amount != dispute.amounts.end()) sum += amount->second;
    }
    return sum;
  }
};

/// What a member can dispose of, out of what is owed. @error estate_held | disputed | owed_exceeded
template <class State>
[[nodiscard]] Status check_disposable(const State& state, const Money& money, Members::Index member, const u128& amount) {
  MIKOSHI_TRY(Wills::check_alive(state, member));
  const u128 owed = money.books.owed(member);
  const std::string& who = state.members.ids[member].text();
  if (amount > owed) return fail(Errc::owed_exceeded, who + " is owed " + to_string(owed));
  const u128 waits = state.proposals.disputed(member, money.currency.code());
  if (amount <= owed - waits) return {};
  return fail(Errc::disputed, to_string(waits) + " of what " + who + " is owed waits until a dispute is settled");
}

/// What stewards sign messages of proposals for, as a wallet shows it, and the tag of the message.
inline constexpr std::string_view proposal_tag = "mikoshi/proposal/v1";

/// What stewards sign of a proposal: the DAO and the leaf hash of the line that opened it, with everything in it.
[[nodiscard]] inline Hash proposal_message(const Hash& dao, const Hash& leaf) {
  std::array<std::uint8_t, 64> both{};
  std::copy(dao.begin(), dao.end(), both.begin());
  std::copy(leaf.begin(), leaf.end(), both.begin() + 32);
  return tagged_hash(proposal_tag, both);
}

struct Sign {
  static constexpr std::string_view kind = "sign";
  static constexpr std::string_view about = "a member, an executor or a steward agrees to a proposal";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_proposal, Errc::too_late, Errc::unknown_field, Errc::missing_field, Errc::not_a_steward,
      Errc::bad_signature, Errc::no_such_member, Errc::unauthorised, Errc::not_member, Errc::conflict,
  });
  std::optional<MemberId> by;
  RecordId id;
  std::optional<StewardId> steward;
  std::optional<KeySignature> steward_signature;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "the member or executor; absent: a steward");
    visit("id", self.id, "the proposal");
    visit("steward", self.steward, "a change of stewards: the steward's name");
    visit("steward_signature", self.steward_signature, "a change of stewards: by the steward's key, of the proposal's message");
  }
  [[nodiscard]] const MemberId* actor() const { return by ? &*by : nullptr; }
  /// @error no_such_proposal | too_late | unknown_field, missing_field (a steward signs a change of stewards, a member the
  ///        others) | not_a_steward | bad_signature | no_such_member | unauthorised (pledges are not signed; an estate only by
  ///        its executors) | not_member | conflict (signed already)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
    Proposal& row = state.proposals.rows[index];
    if (envelope.at.seconds() >= row.until_s) return fail(Errc::too_late, "the time for signing is over");
    if (std::holds_alternative<StewardChange>(row.effect)) return by_steward(state, row);
    if (steward || steward_signature) return fail(Errc::unknown_field, "no steward signs this", "field steward");
    if (!by) return fail(Errc::missing_field, "a member signs this", "field by");
    MIKOSHI_ASSIGN(const auto who, state.members.find(*by));
    if (std::holds_alternative<PledgeRound>(row.effect)) return fail(Errc::unauthorised, "pledges are paid in, not signed");
    if (const auto* estate = std::get_if<Estate>(&row.effect)) {
      const Will& will = state.wills.rows.at(*state.members.ids.find(estate->member));
      if (std::find(will.executors.begin(), will.executors.end(), who) == will.executors.end())
        return fail(Errc::unauthorised, by->text() + " is no executor of this will");
    } else if (!state.members.rows[who].active()) {
      return fail(Errc::not_member, by->text() + " is not a member");
    }
    if (!row.signatures.insert(who).second) return fail(Errc::conflict, by->text() + " has signed already");
    return {};
  }

 private:
  template <class State>
  Status by_steward(const State& state, Proposal& row) const {
    if (by) return fail(Errc::unknown_field, "the stewards sign this", "field by");
    if (!steward) return fail(Errc::missing_field, "a steward signs this", "field steward");
    if (!steward_signature) return fail(Errc::missing_field, "a steward signs this", "field steward_signature");
    for (const Steward& one : state.dao.stewards) {
      if (one.name != *steward) continue;
      MIKOSHI_TRY(verify_message(one.key, state.dao.id, proposal_tag, proposal_message(state.dao.id, row.leaf),
                                 steward_signature->bytes()));
      if (!row.steward_signatures.insert(*steward).second)
        return fail(Errc::conflict, steward->text() + " has signed already");
      return {};
    }
    return fail(Errc::not_a_steward, steward->text() + " is no steward of this DAO");
  }
};

struct Object {
  static constexpr std::string_view kind = "object";
  static constexpr std::string_view about = "a member objects to a proposal, or to one line of a draft";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_member, Errc::not_member, Errc::no_such_draft, Errc::no_such_proposal, Errc::missing_field,
      Errc::unknown_field, Errc::too_late, Errc::conflict,
  });
  MemberId by;
  RecordId id;
  std::optional<MemberId> line;
  std::optional<Hash> reason;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who objects");
    visit("id", self.id, "the proposal, or the draft");
    visit("line", self.line, "of a draft: whose line");
    visit("reason", self.reason, "SHA-256 of a salt and the reason, which stay private");
  }
  [[nodiscard]] const MemberId& actor() const { return by; }
  /// @error no_such_member | not_member (only members object, and anybody to an own line) | no_such_draft, no_such_proposal |
  ///        missing_field, unknown_field (line: of drafts only) | too_late | conflict (objected already)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    const bool own_line = line && *line == by;
    if (!state.members.rows[who].active() && !own_line) return fail(Errc::not_member, by.text() + " is not a member");
    for (DraftRow& draft : state.decisions.drafts) {
      if (draft.id != id) continue;
      if (draft.state != DraftState::open) return fail(Errc::no_such_draft, "the draft " + id.text() + " is not open");
      if (!line) return fail(Errc::missing_field, "an objection to a draft names the line", "field line");
      MIKOSHI_ASSIGN(const auto whose, state.members.find(*line));
      if (draft.open_until_s != 0 && envelope.at.seconds() >= draft.open_until_s)
        return fail(Errc::too_late, "the time for objections is over");
      if (!draft.objections[whose].insert(who).second) return fail(Errc::conflict, by.text() + " has objected already");
      return {};
    }
    MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
    Proposal& row = state.proposals.rows[index];
    if (line) return fail(Errc::unknown_field, "a proposal has no lines", "field line");
    if (envelope.at.seconds() >= row.until_s) return fail(Errc::too_late, "the time for objections is over");
    if (!row.objections.insert(who).second) return fail(Errc::conflict, by.text() + " has objected already");
    return {};
  }
};

struct Withdraw {
  static constexpr std::string_view kind = "withdraw";
  static constexpr std::string_view about = "a member takes an own signature or objection back";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_member, Errc::no_such_draft, Errc::no_such_proposal, Errc::unknown_field, Errc::no_such_record,
      Errc::too_late,
  });
  MemberId by;
  RecordId id;
  std::optional<MemberId> line;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "whose signature or objection it is");
    visit("id", self.id, "the proposal, or the draft");
    visit("line", self.line, "of a draft: whose line");
  }
  [[nodiscard]] const MemberId& actor() const { return by; }
  /// @error no_such_member | no_such_draft, no_such_proposal | unknown_field (line: of drafts only) | no_such_record (neither
  ///        signed nor objected) | too_late (for a
  ///        signature or an objection to a proposal)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(by));
    for (DraftRow& draft : state.decisions.drafts) {
      if (draft.id != id) continue;
      if (draft.state != DraftState::open) return fail(Errc::no_such_draft, "the draft " + id.text() + " is not open");
      const auto whose = line ? state.members.ids.find(*line) : std::nullopt;
      const auto objection = whose ? draft.objections.find(*whose) : draft.objections.end();
      if (objection == draft.objections.end() || !objection->second.contains(who))
        return fail(Errc::no_such_record, by.text() + " has not objected to that line");
      objection->second.erase(who);
      if (objection->second.empty()) draft.objections.erase(objection);
      return {};
    }
    MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
    Proposal& row = state.proposals.rows[index];
    if (line) return fail(Errc::unknown_field, "a proposal has no lines", "field line");
    const bool signed_it = row.signatures.contains(who), objected = row.objections.contains(who);
    if (!signed_it && !objected) return fail(Errc::no_such_record, by.text() + " has neither signed nor objected");
    if (envelope.at.seconds() >= row.until_s) return fail(Errc::too_late, "the time for signing is over");
    row.signatures.erase(who);
    row.objections.erase(who);
    return {};
  }
};

struct Pledge {
  static constexpr std::string_view kind = "pledge";
  static constexpr std::string_view about = "money came in that a member pledges to a round";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_proposal, Errc::no_such_member, Errc::too_late, Errc::work_ended, Errc::bad_number,
      Errc::duplicate_evidence, Errc::amount_too_large,
  });
  u128 amount = 0;
  std::optional<Evidence> evidence;
  RecordId id;
  MemberId member;
  RecordId round;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units, more than zero");
    visit("evidence", self.evidence, "the bank's file, or one row of it");
    visit("id", self.id, "the pledge's id, chosen by who submits it");
    visit("member", self.member, "who pledges: a member or a guest");
    visit("round", self.round, "the proposal that collects pledges");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.proposals.pledges.find(id);
    return found == state.proposals.pledges.end() ? std::nullopt : std::optional{found->second.seq};
  }
  /// @error conflict | no_such_proposal (none that collects pledges) | no_such_member | too_late | work_ended | bad_number (zero) |
  ///        duplicate_evidence | amount_too_large (a round, or a work's backers, reach 2^64 minor units; all income passes 2^127)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the pledge " + id.text() + " exists");
    MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(round));
    Proposal& row = state.proposals.rows[index];
    const auto* terms = std::get_if<PledgeRound>(&row.effect);
    if (terms == nullptr) return fail(Errc::no_such_proposal, "the proposal " + round.text() + " collects no pledges");
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    if (envelope.at.seconds() >= row.until_s) return fail(Errc::too_late, "the time for pledges is over");
    MIKOSHI_TRY(state.works.find_going(terms->work));
    if (amount == 0) return fail(Errc::bad_number, "a pledge of nothing", "field amount");
    if (evidence) MIKOSHI_TRY(state.records.check_new(*evidence));
    Books& books = (*money_of(state, terms->currency))->books;
    if (high64(amount) != 0 || high64(row.pledged + amount) != 0)
      return fail(Errc::amount_too_large, "the pledges of a round are below 2^64 minor units together");
    if (books.world.debit + amount >= amount_limit()) return fail(Errc::amount_too_large, "all that came in passes 2^127");
    if (evidence) state.records.note_source(*evidence);
    row.pledges[who] += amount;
    row.pledged += amount;
    state.proposals.pledges.emplace(id, PledgeRow{envelope.seq});
    books.post(books.world, books.accounts["pledged:" + round.text()], amount);
    return {};
  }
};

struct Cancel {
  static constexpr std::string_view kind = "cancel";
  static constexpr std::string_view about = "ends a proposal without its effect; pledges are owed to those who paid them in";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_proposal, Errc::no_such_member, Errc::unauthorised});
  std::optional<MemberId> by;
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who opened it; absent: the operator");
    visit("id", self.id, "the proposal");
  }
  [[nodiscard]] const MemberId* actor() const { return by ? &*by : nullptr; }
  /// @error no_such_proposal | no_such_member | unauthorised (not who opened it; an estate is not the operator's to cancel)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
    Proposal& row = state.proposals.rows[index];
    if (by) {
      MIKOSHI_ASSIGN(const auto who, state.members.find(*by));
      if (row.by != who) return fail(Errc::unauthorised, by->text() + " has not opened this proposal");
    }
    if (const auto* estate = std::get_if<Estate>(&row.effect)) {
      if (!by) return fail(Errc::unauthorised, "who announced a death takes it back, or a sign of life does");
      state.wills.rows.at(*state.members.ids.find(estate->member)).announced.reset();
    }
    if (const auto* round = std::get_if<PledgeRound>(&row.effect)) {
      Books& books = (*money_of(state, round->currency))->books;
      Account& account = books.accounts["pledged:" + id.text()];
      for (const auto& [member, pledged] : row.pledges)
        each_creditor(state, member, pledged, [&](Members::Index creditor, const u128& amount) {
          books.post(account, books.owed_to(creditor), amount);
        });
    }
    row.state = ProposalState::cancelled;
    return {};
  }
};

struct SignOfLife {
  static constexpr std::string_view kind = "will.alive";
  static constexpr std::string_view about = "a sign of life: whoever was announced to have died is there";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::no_such_proposal});
  MemberId member;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "who is alive");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | no_such_proposal (nobody announced the death)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    const auto will = state.wills.rows.find(who);
    if (will == state.wills.rows.end() || !will->second.announced)
      return fail(Errc::no_such_proposal, "nobody has announced the death of " + member.text());
    state.proposals.rows[*will->second.announced].state = ProposalState::cancelled;
    will->second.announced.reset();
    return {};
  }
};

/// How a dispute ended.
enum class Settlement : std::uint8_t {
  paid,      ///< it is the member's after all
  returned,  ///< it goes back into the income of the month that is open
};

template <>
struct Words<Settlement> {
  static constexpr std::array<std::string_view, 2> words = {"paid", "returned"};
  static constexpr std::string_view list = "a dispute ends paid or returned";
};

struct DisputeSettle {
  static constexpr std::string_view kind = "dispute.settle";
  static constexpr std::string_view about = "ends a dispute about one line of an approved draft";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::no_such_draft, Errc::no_such_member, Errc::no_such_record});
  RecordId draft;
  MemberId line;
  Settlement outcome = Settlement::paid;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("draft", self.draft, "the distribution's id");
    visit("line", self.line, "whose line");
    visit("outcome", self.outcome, "paid: it is theirs; returned: into the income of the open month");
  }
  /// @error no_such_draft | no_such_member | no_such_record (no open dispute about that line)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    const DraftRow* found = state.decisions.find_draft(draft);
    if (found == nullptr) return fail(Errc::no_such_draft, "no distribution is called " + draft.text());
    MIKOSHI_ASSIGN(const auto whose, state.members.find(line));
    const auto index = static_cast<std::uint32_t>(found - state.decisions.drafts.data());
    for (Dispute& dispute : state.proposals.disputes) {
      if (!dispute.open || dispute.draft != index || dispute.member != whose) continue;
      dispute.open = false;
      if (outcome == Settlement::paid) return {};
      const std::string income = Books::income_account(*state.decisions.open_period());
      for (const auto& [code, amount] : dispute.amounts) {
        Books& books = (*money_of(state, code))->books;
        books.post(books.owed_to(whose), books.accounts[income], amount);
      }
      return {};
    }
    return fail(Errc::no_such_record, "no dispute about the line of " + line.text() + " is open");
  }
};

struct Waive {
  static constexpr std::string_view kind = "waive";
  static constexpr std::string_view about = "a member gives what is owed to a common purse instead";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::mixed_assets, Errc::no_such_member, Errc::bad_number, Errc::estate_held, Errc::owed_exceeded,
      Errc::disputed,
  });
  u128 amount = 0;
  std::string currency;
  RecordId id;
  MemberId member;
  PoolId to;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("amount", self.amount, "minor units, more than zero");
    visit("currency", self.currency, "one of the DAO's currencies");
    visit("id", self.id, "the line's id, chosen by who submits it");
    visit("member", self.member, "who waives");
    visit("to", self.to, "the purse, without its pool:");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.proposals.waivers.find(id);
    return found == state.proposals.waivers.end() ? std::nullopt : std::optional{found->second};
  }
  /// @error conflict | mixed_assets | no_such_member | bad_number (zero) | estate_held | owed_exceeded | disputed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the waiver " + id.text() + " exists");
    MIKOSHI_ASSIGN(Money* const money, money_of(state, currency));
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    if (amount == 0) return fail(Errc::bad_number, "nothing is waived", "field amount");
    MIKOSHI_TRY(check_disposable(state, *money, who, amount));
    money->books.post(money->books.owed_to(who), money->books.accounts["pool:" + to.text()], amount);
    state.proposals.waivers.emplace(id, envelope.seq);
    return {};
  }
};

}  // namespace mikoshi
