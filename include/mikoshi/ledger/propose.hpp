// SPDX-License-Identifier: MIT
#pragma once
/// @file propose.hpp
/// The lines that open a proposal and execute it: what it does stands here, how it is signed in community/proposal.hpp.
///
/// Layer 4. Depends on: ledger/decide.hpp, split/apportion.hpp.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/ledger/decide.hpp"
#include "mikoshi/split/apportion.hpp"

namespace mikoshi {

struct Propose {
  static constexpr std::string_view kind = "propose";
  static constexpr std::string_view about =
      "opens a proposal: exactly one of charter, estate, pledges, recognise and stewards says what it does";
  static constexpr bool is_fact = true;
  static constexpr bool members_own = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::missing_field, Errc::unknown_field, Errc::no_such_member, Errc::not_member, Errc::bad_deadline,
      Errc::bad_charter, Errc::future_period, Errc::charter_too_late, Errc::too_many, Errc::bad_threshold, Errc::no_such_record,
      Errc::mixed_assets, Errc::no_such_work, Errc::work_ended, Errc::bad_number, Errc::no_such_will, Errc::unauthorised,
  });
  std::optional<MemberId> by;
  std::optional<CharterChange> charter;
  std::optional<Estate> estate;
  RecordId id;
  std::optional<PledgeRound> pledges;
  std::optional<Recognition> recognise;
  std::optional<StewardChange> stewards;
  Timestamp until;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("by", self.by, "who proposes; absent: the operator");
    visit("charter", self.charter, "another charter");
    visit("estate", self.estate, "a death, announced by an executor; `on` is when it happened");
    visit("id", self.id, "the proposal's id");
    visit("pledges", self.pledges, "pledges for a work");
    visit("recognise", self.recognise, "unpaid work that is to count");
    visit("stewards", self.stewards, "other stewards");
    visit("until", self.until, "signatures, objections and pledges are taken until then; it takes effect from then on");
  }
  [[nodiscard]] const MemberId* actor() const { return by ? &*by : nullptr; }
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.proposals.ids.find(id);
    return index ? std::optional{state.proposals.rows[*index].seq} : std::nullopt;
  }
  /// @error conflict (the id is a proposal's or a draft's; two live announcements of one death) | missing_field, unknown_field (not
  ///        exactly one effect) | no_such_member | not_member (only members propose) | bad_deadline (past, beyond ten years, or
  ///        sooner than the charter in force or the will wants) | then by what it does:
  ///        charter: conflict | bad_charter | future_period | charter_too_late, as it would be at `until`;
  ///        stewards: too_many | conflict | bad_threshold; recognise: too_many | no_such_record (none, twice, or not unpaid);
  ///        pledges: mixed_assets | no_such_work | work_ended | bad_number (zero); estate: no_such_member | no_such_will |
  ///        unauthorised (not an executor)
  Status apply(State& state, const Envelope& envelope) const;
};

struct Execute {
  static constexpr std::string_view kind = "execute";
  static constexpr std::string_view about = "lets a proposal take effect, when its time has come and enough have signed";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_proposal, Errc::too_early, Errc::too_late, Errc::consent_missing, Errc::conflict, Errc::bad_charter,
      Errc::future_period, Errc::charter_too_late, Errc::threshold_missed, Errc::amount_too_large, Errc::no_such_record,
      Errc::disputed, Errc::no_eligible,
  });
  RecordId id;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("id", self.id, "the proposal");
  }
  /// @error no_such_proposal | too_early | too_late (a change of stewards has its time until then) | consent_missing (fewer
  ///        signatures less objections than are wanted) | then by what it does: charter: as CharterNew; recognise: no_such_record
  ///        (recognised meanwhile); pledges: threshold_missed | amount_too_large (the work's backers reach 2^64 together);
  ///        estate: disputed (a line of the dead is in dispute) | no_eligible (no heir is alive)
  Status apply(State& state, const Envelope& envelope) const;
};

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// What a proposal must satisfy when it is opened, by what it does.
struct OpenEffect {
  const State& state;
  const Propose& proposal;
  const Envelope& envelope;

  [[nodiscard]] Status operator()(const CharterChange& change) const {
    // As it would be adopted at `until`, on a copy of nothing but what adopting looks at.
    State later;
    later.dao = state.dao;
    later.currency = state.currency;
    later.decisions = state.decisions;
    for (const auto& [code, money] : state.others) later.others[code].currency = money.currency;
    Envelope then = envelope;
    then.at = proposal.until;
    return adopt_charter(later, change, then);
  }
  [[nodiscard]] Status operator()(const StewardChange& change) const {
    return check_stewards(change.stewards, change.threshold);
  }
  [[nodiscard]] Status operator()(const Recognition& recognition) const {
    if (recognition.records.size() > recognised_max) return fail(Errc::too_many, "at most 1000 records at once");
    if (recognition.records.empty()) return fail(Errc::no_such_record, "nothing to recognise");
    std::set<RecordId> seen;
    for (const RecordId& id : recognition.records) {
      MIKOSHI_ASSIGN(const auto index, state.records.find(id));
      if (!state.records.contributions[index].unpaid)
        return fail(Errc::no_such_record, "the contribution " + id.text() + " is not recorded as unpaid");
      if (!seen.insert(id).second) return fail(Errc::no_such_record, "the contribution " + id.text() + " is named twice");
    }
    return {};
  }
  [[nodiscard]] Status operator()(const PledgeRound& round) const {
    MIKOSHI_TRY(money_of(state, round.currency));
    MIKOSHI_TRY(state.works.find_going(round.work));
    if (round.threshold == 0) return fail(Errc::bad_number, "a threshold of nothing", "field pledges, field threshold");
    return {};
  }
  [[nodiscard]] Status operator()(const Estate& estate) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(estate.member));
    const auto will = state.wills.rows.find(who);
    if (will == state.wills.rows.end()) return fail(Errc::no_such_will, estate.member.text() + " has left no will");
    if (!proposal.by) return fail(Errc::unauthorised, "an executor announces a death", "field by");
    const auto& executors = will->second.executors;
    if (std::find(executors.begin(), executors.end(), *state.members.ids.find(*proposal.by)) == executors.end())
      return fail(Errc::unauthorised, proposal.by->text() + " is no executor of this will");
    if (will->second.announced) return fail(Errc::conflict, "the death of " + estate.member.text() + " is announced already");
    return {};
  }
};

/// How long it has to lie open, in days.
[[nodiscard]] inline std::uint64_t wanted_days(const State& state, const Effect& effect, const Envelope& envelope) {
  const auto of = [&](const std::string& what) {
    const Consent* consent = state.decisions.consent_for(what, envelope.at, state.dao.offset);
    return consent == nullptr ? std::uint64_t{0} : consent->days;
  };
  if (std::holds_alternative<CharterChange>(effect)) return of("charter");
  if (std::holds_alternative<Recognition>(effect)) return of("recognise");
  if (const auto* estate = std::get_if<Estate>(&effect)) {
    const auto who = state.members.ids.find(estate->member);
    const auto will = who ? state.wills.rows.find(*who) : state.wills.rows.end();
    return will == state.wills.rows.end() ? 0 : will->second.wait_days;
  }
  return 0;
}

/// Signatures of members less objections, against what the charter in force wants. @error consent_missing
[[nodiscard]] inline Status check_consent(const State& state, const Proposal& row, const std::string& what,
                                          const Envelope& envelope) {
  const Consent* consent = state.decisions.consent_for(what, envelope.at, state.dao.offset);
  const auto counted = [&](const std::set<Members::Index>& who) {
    return static_cast<std::uint64_t>(
        std::count_if(who.begin(), who.end(), [&](Members::Index member) { return state.members.rows[member].active(); }));
  };
  const std::uint64_t members = static_cast<std::uint64_t>(std::count_if(
      state.members.rows.begin(), state.members.rows.end(), [](const Member& member) { return member.active(); }));
  const std::uint64_t agree = counted(row.signatures), against = counted(row.objections);
  const u128 wanted = consent == nullptr ? u128{0} : u128{members} * consent->parts;
  const std::uint64_t whole = consent == nullptr ? 1 : consent->whole;
  if (u128{agree} * whole >= wanted + u128{against} * whole) return {};
  return fail(Errc::consent_missing, std::to_string(agree) + " of " + std::to_string(members) + " members have signed, " +
                                         std::to_string(against) + " object");
}

/// Hands an estate over. Cannot fail. @param heirs  not empty, their parts above zero.
inline void hand_over(State& state, Members::Index dead, const std::vector<std::pair<Members::Index, std::uint64_t>>& heirs,
                      const Envelope& envelope) {
  const std::int64_t now_s = envelope.at.seconds();
  std::vector<std::uint64_t> parts;
  for (const auto& [heir, part] : heirs) parts.push_back(part);
  std::vector<u128> pays(heirs.size());
  const auto share = [&](const u128& amount) {
    std::fill(pays.begin(), pays.end(), u128{0});
    MIKOSHI_CHECK(hamilton(amount, parts, pays).has_value());
  };
  const auto hand_money = [&](Money& money) {
    share(money.books.owed(dead));
    for (std::size_t i = 0; i < heirs.size(); ++i) {
      (void)money.books.owed_to(std::max(dead, heirs[i].first));  // both rows are there before they are referred to
      money.books.post(money.books.owed_to(dead), money.books.owed_to(heirs[i].first), pays[i]);
    }
  };
  hand_money(state);
  for (auto& [code, money] : state.others) hand_money(money);
  for (std::uint32_t kind = 0; kind < state.holdings.classes.size(); ++kind) {
    TicketKind& terms = state.holdings.classes[kind];
    if (const std::uint64_t units = terms.units_of(dead); units != 0) {
      share(units);
      account_of(terms, dead).set(0, now_s);
      for (std::size_t i = 0; i < heirs.size(); ++i)
        if (pays[i] != 0) {
          UnitAccount& account = account_of(terms, heirs[i].first);
          account.set(account.units() + low64(pays[i]), now_s);
        }
    }
    // Tickets cannot be cut: so many each, the first ones by id to the heir who is named first.
    std::vector<std::uint32_t> tickets;
    for (const auto& [id, index] : state.holdings.ticket_ids.sorted()) {
      const Ticket& ticket = state.holdings.tickets[index];
      if (ticket.kind == kind && ticket.burned_s == forever_s && ticket.holder() == dead) tickets.push_back(index);
    }
    share(tickets.size());
    std::size_t heir = 0;
    for (const std::uint32_t index : tickets) {
      while (pays[heir] == 0) ++heir;
      pays[heir] -= 1;
      Ticket& ticket = state.holdings.tickets[index];
      if (ticket.lent_at(now_s)) {
        ticket.holds.back().holder = heirs[heir].first;  // it comes back to the heir
      } else {
        ticket.holds.push_back(Hold{heirs[heir].first, now_s});
      }
    }
  }
  Member& row = state.members.rows[dead];
  if (row.active()) row.stays.back().until_s = now_s;
  row.died = true;
}

/// What a proposal does.
struct ApplyEffect {
  State& state;
  const Proposal& row;
  const RecordId& id;
  const Envelope& envelope;

  [[nodiscard]] Status operator()(const CharterChange& change) const {
    MIKOSHI_TRY(check_consent(state, row, "charter", envelope));
    return adopt_charter(state, change, envelope);
  }
  [[nodiscard]] Status operator()(const StewardChange& change) const {
    if (row.steward_signatures.size() < state.dao.threshold)
      return fail(Errc::consent_missing, std::to_string(row.steward_signatures.size()) + " of the needed " +
                                             std::to_string(state.dao.threshold) + " stewards have signed");
    state.dao.stewards = change.stewards;
    state.dao.epoch += 1;
    state.dao.threshold = change.threshold;
    // Signatures of those who were stewards until now count for nothing that is still open.
    for (Proposal& other : state.proposals.rows) other.steward_signatures.clear();
    return {};
  }
  [[nodiscard]] Status operator()(const Recognition& recognition) const {
    MIKOSHI_TRY(check_consent(state, row, "recognise", envelope));
    Records& records = state.records;
    for (const RecordId& record : recognition.records)
      if (!records.contributions[*records.ids.find(record)].unpaid)
        return fail(Errc::no_such_record, "the contribution " + record.text() + " was recognised meanwhile");
    for (const RecordId& record : recognition.records) {
      const std::uint32_t index = *records.ids.find(record);
      Contribution& contribution = records.contributions[index];
      contribution.unpaid = false;
      contribution.waiting = contribution.points_waiting() != 0;
      if (contribution.waiting) records.waiting.push_back(index);
    }
    return {};
  }
  [[nodiscard]] Status operator()(const PledgeRound& round) const {
    if (row.pledged < round.threshold)
      return fail(Errc::threshold_missed, mikoshi::to_string(row.pledged) + " of " + mikoshi::to_string(round.threshold) + " were pledged");
    Work& work = state.works.rows[*state.works.ids.find(round.work)];
    u128 all = row.pledged;
    if (const auto before = work.backers.find(round.currency); before != work.backers.end())
      for (const std::uint64_t amount : before->second) all += amount;
    if (high64(all) != 0) return fail(Errc::amount_too_large, "a work's pledges are below 2^64 minor units together");
    std::vector<std::uint64_t>& backers = work.backers[round.currency];
    backers.resize(std::max(backers.size(), state.members.rows.size()));
    for (const auto& [member, amount] : row.pledges) backers[member] += low64(amount);
    Books& books = (*money_of(state, round.currency))->books;
    books.post(books.accounts["pledged:" + id.text()], books.accounts[Books::work_account(round.work)], row.pledged);
    return {};
  }
  [[nodiscard]] Status operator()(const Estate& estate) const {
    const Members::Index dead = *state.members.ids.find(estate.member);
    Will& will = state.wills.rows.at(dead);
    if (row.signatures.size() < will.needed)
      return fail(Errc::consent_missing, std::to_string(row.signatures.size()) + " of the needed " +
                                             std::to_string(will.needed) + " executors have signed");
    for (const Dispute& dispute : state.proposals.disputes)
      if (dispute.open && dispute.member == dead)
        return fail(Errc::disputed, "a line of " + estate.member.text() + " is in dispute");
    const auto heirs = living_heirs(state, will.heirs);
    if (heirs.empty()) return fail(Errc::no_eligible, "no heir is alive");
    hand_over(state, dead, heirs, envelope);
    will.announced.reset();
    return {};
  }
};

}  // namespace detail

MIKOSHI_INLINE Status Propose::apply(State& state, const Envelope& envelope) const {
  if (made_in(state) || state.decisions.find_draft(id) != nullptr)
    return fail(Errc::conflict, "the proposal " + id.text() + " exists");
  std::vector<Effect> effects;
  const auto note = [&](const auto& effect) {
    if (effect) effects.emplace_back(*effect);
  };
  note(charter), note(estate), note(pledges), note(recognise), note(stewards);
  if (effects.empty()) return fail(Errc::missing_field, "a proposal says what it does");
  if (effects.size() > 1) return fail(Errc::unknown_field, "a proposal does one thing");
  Proposal row;
  if (by) {
    MIKOSHI_ASSIGN(row.by, state.members.find(*by));
    // An executor need not be a member.
    if (!estate && !state.members.rows[*row.by].active()) return fail(Errc::not_member, by->text() + " is not a member");
  }
  const auto days = static_cast<std::int64_t>(detail::wanted_days(state, effects.front(), envelope));
  const std::int64_t open_s = until.seconds() - envelope.at.seconds();
  if (open_s <= 0 || open_s < days * 86400 || open_s > proposal_days_max * 86400)
    return fail(Errc::bad_deadline, "it lies open at least " + std::to_string(days) + " days, and at most ten years", "field until");
  MIKOSHI_TRY(std::visit(detail::OpenEffect{state, *this, envelope}, effects.front()));
  row.seq = envelope.seq;
  row.leaf = envelope.leaf;
  row.until_s = until.seconds();
  row.effect = std::move(effects.front());
  const std::uint32_t index = state.proposals.ids.add(id);
  if (estate) {
    row.signatures.insert(*row.by);  // who announces it signs it
    Will& will = state.wills.rows.at(*state.members.ids.find(estate->member));
    will.announced = index;
    will.announced_s = envelope.when_s();
  }
  state.proposals.rows.push_back(std::move(row));
  return {};
}

MIKOSHI_INLINE Status Execute::apply(State& state, const Envelope& envelope) const {
  MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
  const Proposal& row = state.proposals.rows[index];
  const bool over = envelope.at.seconds() >= row.until_s;
  if (std::holds_alternative<StewardChange>(row.effect)) {
    if (over) return fail(Errc::too_late, "the time for signing is over");
  } else if (!over) {
    return fail(Errc::too_early, "it lies open until " + mikoshi::to_string(*Timestamp::from_seconds(row.until_s)));
  }
  const Effect effect = row.effect;  // what it does may change the rows
  MIKOSHI_TRY(std::visit(detail::ApplyEffect{state, row, id, envelope}, effect));
  state.proposals.rows[index].state = ProposalState::executed;
  return {};
}

#endif

}  // namespace mikoshi
