// SPDX-License-Identifier: MIT
#pragma once
/// @file holding.hpp
/// Holdings: what is held of a class over time: tickets, each with an id of its own, or units that are alike.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp, community/will.hpp.
///
/// A ticket id is minted at most once, for ever, and has one holder until it is burned. Units (thanks, points, shares) are
/// counted per holder; those of different classes never add. A move takes effect at `on` (else `at`), never before the last
/// move of the same ticket or the same account nor in a closed period. What a holding earns is class weight × seconds held
/// while the holder is a member; so a transfer at the last minute brings the minute, and leaving and rejoining bring nothing.
///
/// A loan is a move with its end written beside it: the ticket comes back by itself, and while it is lent nobody moves it.

#include <array>
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/community/will.hpp"

namespace mikoshi {

/// Where what is held of a class may go.
enum class TransferPolicy : std::uint8_t {
  free,       ///< to members and guests
  members,    ///< to members
  locked,     ///< nowhere
  executive,  ///< to members and guests, in the operator's voice alone
};

template <>
struct Words<TransferPolicy> {
  static constexpr std::array<std::string_view, 4> words = {"free", "members", "locked", "executive"};
  static constexpr std::string_view list = "a transfer policy is free, members, locked or executive";
};

/// What a class is counted in.
enum class ClassForm : std::uint8_t {
  ticket,  ///< each with an id of its own
  units,   ///< all alike
};

template <>
struct Words<ClassForm> {
  static constexpr std::array<std::string_view, 2> words = {"ticket", "units"};
  static constexpr std::string_view list = "a class is of form ticket or units";
};

/// The most that one ticket or unit may weigh. A class cannot be taken back, so a slip in its weight must not be able to push a
/// month's ticket-seconds past 2^64: that takes more than six million tickets of this weight.
inline constexpr std::uint64_t ticket_weight_max = 1'000'000;

/// From `from_s` on the ticket was `holder`'s, until the next hold begins or the ticket is burned.
struct Hold {
  Members::Index holder = 0;
  std::int64_t from_s = 0;
  bool returns = false;  ///< the end of a loan: the ticket comes back by itself
};

struct Ticket {
  std::uint64_t seq = 0;
  std::uint32_t kind = 0;  ///< index of its class
  std::int64_t burned_s = forever_s;
  std::vector<Hold> holds;  ///< ascending; those that ended in closed periods are dropped

  /// Whose it is, also while it is lent.
  [[nodiscard]] Members::Index holder() const { return holds.back().holder; }
  /// When the owner may move it again: after a loan has ended.
  [[nodiscard]] std::int64_t last_move_s() const { return burned_s != forever_s ? burned_s : holds.back().from_s; }
  /// Lent at that time, and not back yet.
  [[nodiscard]] bool lent_at(std::int64_t second) const {
    return holds.size() > 1 && holds.back().returns && holds[holds.size() - 2].from_s <= second &&
           second < holds.back().from_s;
  }
};

/// From `from_s` on the account held so many units.
struct Balance {
  std::uint64_t units = 0;
  std::int64_t from_s = 0;
};

/// The units of one class that somebody holds, over time.
struct UnitAccount {
  std::vector<Balance> steps;  ///< ascending; those that ended in closed periods are dropped

  [[nodiscard]] std::uint64_t units() const { return steps.empty() ? 0 : steps.back().units; }
  [[nodiscard]] std::int64_t last_move_s() const {
    return steps.empty() ? std::numeric_limits<std::int64_t>::min() : steps.back().from_s;
  }
  void set(std::uint64_t units, std::int64_t from_s) { steps.push_back({units, from_s}); }
};

struct TicketKind {
  std::uint64_t seq = 0;
  std::uint64_t weight = 0;
  TransferPolicy transfer = TransferPolicy::free;
  std::optional<std::uint64_t> supply;
  std::uint64_t minted = 0;
  ClassForm form = ClassForm::ticket;
  std::optional<std::uint64_t> per_member;  ///< the most that one member may ever be given
  std::vector<std::uint64_t> given;         ///< minted or moved to a member in all time, by member index; may be shorter
  std::vector<UnitAccount> accounts;        ///< units: by member index; may be shorter

  [[nodiscard]] std::uint64_t given_to(Members::Index member) const {
    return member < given.size() ? given[member] : 0;
  }
  [[nodiscard]] std::uint64_t units_of(Members::Index member) const {
    return member < accounts.size() ? accounts[member].units() : 0;
  }
};

struct Holdings {
  OrderedInterner<ClassId> class_ids;
  std::vector<TicketKind> classes;  ///< by class index
  Interner<TicketId> ticket_ids;
  std::vector<Ticket> tickets;  ///< by ticket index
  std::map<RecordId, std::uint64_t> unit_moves;  ///< the line of each mint, move and burn of units

  /// Calls visit(holder, weight, from_s, until_s) for whatever is held within [from_s, until_s), cut to it.
  template <class Visit>
  void each_hold(std::int64_t from_s, std::int64_t until_s, Visit&& visit) const {
    const auto cut = [&](Members::Index holder, const u128& weight, std::int64_t begins_s, std::int64_t ends_s) {
      const std::int64_t begin_s = std::max(from_s, begins_s);
      const std::int64_t end_s = std::min(until_s, ends_s);
      if (begin_s < end_s) visit(holder, weight, begin_s, end_s);
    };
    for (const Ticket& ticket : tickets) {
      for (std::size_t i = 0; i < ticket.holds.size(); ++i) {
        const std::int64_t ends_s =
            i + 1 < ticket.holds.size() ? std::min(ticket.burned_s, ticket.holds[i + 1].from_s) : ticket.burned_s;
        cut(ticket.holds[i].holder, classes[ticket.kind].weight, ticket.holds[i].from_s, ends_s);
      }
    }
    for (const TicketKind& terms : classes) {
      for (Members::Index holder = 0; holder < terms.accounts.size(); ++holder) {
        const auto& steps = terms.accounts[holder].steps;
        for (std::size_t i = 0; i < steps.size(); ++i)
          if (steps[i].units != 0)
            cut(holder, u128{terms.weight} * steps[i].units, steps[i].from_s,
                i + 1 < steps.size() ? steps[i + 1].from_s : forever_s);
      }
    }
  }

  /// Drops what ended at or before `until_s`: no open period can ask for it.
  void forget_before(std::int64_t until_s) {
    const auto forget = [until_s](auto& steps) {
      std::size_t ended = 0;
      while (ended + 1 < steps.size() && steps[ended + 1].from_s <= until_s) ++ended;
      if (ended != 0) steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(ended));
    };
    for (Ticket& ticket : tickets) forget(ticket.holds);
    for (TicketKind& terms : classes)
      for (UnitAccount& account : terms.accounts) forget(account.steps);
  }

  /// @error no_such_class
  [[nodiscard]] Result<std::uint32_t> find_class(const ClassId& id) const {
    if (const auto index = class_ids.find(id)) return *index;
    return fail(Errc::no_such_class, "no class is called " + id.text());
  }
};

namespace detail {

/// Whether `who` may hold something of a class. @error not_member
template <class State>
[[nodiscard]] Status check_may_hold(const State& state, const TicketKind& terms, Members::Index who, std::int64_t when_s) {
  const Member& row = state.members.rows[who];
  const bool guests = terms.transfer == TransferPolicy::free || terms.transfer == TransferPolicy::executive;
  if (row.active_at(when_s) || (row.guest() && guests && !row.died)) return {};
  return fail(Errc::not_member, state.members.ids[who].text() + " is not a member then");
}

/// Whether something of a class may move at all, and in this voice. @error not_transferable | unauthorised
[[nodiscard]] inline Status check_policy(const TicketKind& terms, const Envelope& envelope) {
  if (terms.transfer == TransferPolicy::locked) return fail(Errc::not_transferable);
  if (terms.transfer == TransferPolicy::executive && envelope.voice != Voice::by_operator)
    return fail(Errc::unauthorised, "what the class gives is moved by the operator alone");
  return {};
}

/// Whether `member` may be given so many more of a class, in all time. @error cap_exceeded
template <class State>
[[nodiscard]] Status check_cap(const State& state, const TicketKind& terms, Members::Index member, std::uint64_t more) {
  if (!terms.per_member) return {};
  const std::uint64_t given = terms.given_to(member);
  if (given <= *terms.per_member && more <= *terms.per_member - given) return {};
  return fail(Errc::cap_exceeded, state.members.ids[member].text() + " may be given " +
                                      std::to_string(*terms.per_member) + " in all, and was given " +
                                      std::to_string(given));
}

/// Counts what a member was given, where somebody asks for it. Saturates far above every cap.
inline void note_given(TicketKind& terms, Members::Index member, std::uint64_t more) {
  if (!terms.per_member) return;
  if (terms.given.size() <= member) terms.given.resize(member + 1);
  terms.given[member] += more;
}

}  // namespace detail

struct TicketClassNew {
  static constexpr std::string_view kind = "ticket.class";
  static constexpr std::string_view about =
      "declares a class of tickets or units: what one weighs, whether it moves, how many there are";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::conflict, Errc::too_large});
  ClassId ticket_class;
  std::optional<ClassForm> form;
  std::optional<std::uint64_t> per_member;
  std::optional<std::uint64_t> supply;
  TransferPolicy transfer = TransferPolicy::free;
  std::uint64_t weight = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "the class's id");
    visit("form", self.form, "ticket: each has an id of its own; units: all alike; absent: ticket");
    visit("per_member", self.per_member,
          "how many one member may ever be given, minted or moved, whatever becomes of them; absent: no limit");
    visit("supply", self.supply, "how many may ever be minted; absent: no limit");
    visit("transfer", self.transfer, "to members and guests, to members only, nowhere, or by the operator alone");
    visit("weight", self.weight, "what one ticket or unit counts");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.holdings.class_ids.find(ticket_class);
    return index ? std::optional{state.holdings.classes[*index].seq} : std::nullopt;
  }
  /// @error conflict (the class exists) | too_large (weight above ticket_weight_max)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (made_in(state)) return fail(Errc::conflict, "the class " + ticket_class.text() + " exists");
    if (weight > ticket_weight_max) return fail(Errc::too_large, "a ticket weighs at most 1,000,000", "field weight");
    TicketKind row;
    row.seq = envelope.seq;
    row.weight = weight;
    row.transfer = transfer;
    row.supply = supply;
    row.form = form.value_or(ClassForm::ticket);
    row.per_member = per_member;
    state.holdings.class_ids.add(ticket_class);
    state.holdings.classes.push_back(std::move(row));
    return {};
  }
};

struct TicketMint {
  static constexpr std::string_view kind = "ticket.mint";
  static constexpr std::string_view about = "makes a ticket, for a member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_class, Errc::ticket_exists, Errc::no_such_member, Errc::not_member, Errc::supply_exceeded,
      Errc::period_closed, Errc::wrong_class, Errc::cap_exceeded,
  });
  ClassId ticket_class;
  std::optional<u128> contributed;
  TicketId ticket;
  MemberId to;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "its class");
    visit("contributed", self.contributed, "what its holder gave for it, minor units of the DAO's own currency");
    visit("ticket", self.ticket, "the ticket's id, used once for ever");
    visit("to", self.to, "its first holder");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.holdings.ticket_ids.find(ticket);
    return index ? std::optional{state.holdings.tickets[*index].seq} : std::nullopt;
  }
  /// @error no_such_class | ticket_exists | no_such_member | not_member | supply_exceeded | period_closed |
  ///        wrong_class (of units) | cap_exceeded
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Holdings& holdings = state.holdings;
    MIKOSHI_ASSIGN(const auto class_index, holdings.find_class(ticket_class));
    if (made_in(state)) return fail(Errc::ticket_exists, "the ticket " + ticket.text() + " was minted before");
    MIKOSHI_ASSIGN(const auto holder, state.members.find(to));
    TicketKind& terms = holdings.classes[class_index];
    MIKOSHI_TRY(detail::check_may_hold(state, terms, holder, envelope.when_s()));
    if (terms.supply && terms.minted >= *terms.supply) return fail(Errc::supply_exceeded);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    if (terms.form != ClassForm::ticket)
      return fail(Errc::wrong_class, "the class " + ticket_class.text() + " counts units: use units.mint");
    MIKOSHI_TRY(detail::check_cap(state, terms, holder, 1));
    terms.minted += 1;
    detail::note_given(terms, holder, 1);
    holdings.ticket_ids.add(ticket);
    holdings.tickets.push_back(Ticket{envelope.seq, class_index, forever_s, {Hold{holder, envelope.when_s()}}});
    return {};
  }
};

namespace detail {
/// The live ticket `id` that `from` owns and that may move at `envelope`'s time. @param to  whom it goes to; nullptr: nobody.
/// @error no_such_ticket | ticket_burned | no_such_member | not_holder | estate_held | ticket_lent | before_last_move | period_closed
template <class State>
[[nodiscard]] Result<std::uint32_t> movable_ticket(const State& state, const TicketId& id, const MemberId& from,
                                                   const MemberId* to, const Envelope& envelope) {
  const auto index = state.holdings.ticket_ids.find(id);
  if (!index) return fail(Errc::no_such_ticket, "no ticket is called " + id.text());
  const Ticket& ticket = state.holdings.tickets[*index];
  if (ticket.burned_s != forever_s) return fail(Errc::ticket_burned, "the ticket " + id.text() + " was burned");
  MIKOSHI_ASSIGN(const auto holder, state.members.find(from));
  if (to != nullptr) MIKOSHI_TRY(state.members.find(*to));
  if (ticket.holder() != holder)
    return fail(Errc::not_holder,
                "the ticket " + id.text() + " is held by " + state.members.ids[ticket.holder()].text());
  MIKOSHI_TRY(Wills::check_alive(state, holder, envelope.when_s()));
  if (ticket.lent_at(envelope.when_s())) return fail(Errc::ticket_lent, "the ticket " + id.text() + " is lent");
  if (envelope.when_s() < ticket.last_move_s()) return fail(Errc::before_last_move);
  MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
  return *index;
}

/// The ticket of a transfer or a loan, both sides allowed. @return ticket and receiver.
/// @error self_transfer | as movable_ticket | not_transferable | unauthorised | not_member (either side)
template <class State>
[[nodiscard]] Result<std::pair<std::uint32_t, Members::Index>> moving_ticket(const State& state, const TicketId& id,
                                                                             const MemberId& from, const MemberId& to,
                                                                             const Envelope& envelope) {
  if (from == to) return fail(Errc::self_transfer);
  MIKOSHI_ASSIGN(const auto index, movable_ticket(state, id, from, &to, envelope));
  const Ticket& ticket = state.holdings.tickets[index];
  const TicketKind& terms = state.holdings.classes[ticket.kind];
  MIKOSHI_TRY(check_policy(terms, envelope));
  const Members::Index receiver = *state.members.ids.find(to);
  for (const auto side : {ticket.holder(), receiver}) MIKOSHI_TRY(check_may_hold(state, terms, side, envelope.when_s()));
  return std::pair{index, receiver};
}
}  // namespace detail

struct TicketTransfer {
  static constexpr std::string_view kind = "ticket.transfer";
  static constexpr std::string_view about = "moves a ticket from its holder to another member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::self_transfer, Errc::no_such_ticket, Errc::ticket_burned, Errc::no_such_member, Errc::not_holder,
      Errc::estate_held, Errc::ticket_lent, Errc::before_last_move, Errc::period_closed, Errc::not_transferable, Errc::unauthorised,
      Errc::not_member, Errc::cap_exceeded,
  });
  MemberId from;
  TicketId ticket;
  MemberId to;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the holder");
    visit("ticket", self.ticket, "which ticket");
    visit("to", self.to, "the new holder");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  /// @error as moving_ticket | cap_exceeded
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto move, detail::moving_ticket(state, ticket, from, to, envelope));
    Ticket& row = state.holdings.tickets[move.first];
    TicketKind& terms = state.holdings.classes[row.kind];
    MIKOSHI_TRY(detail::check_cap(state, terms, move.second, 1));
    detail::note_given(terms, move.second, 1);
    row.holds.push_back(Hold{move.second, envelope.when_s()});
    return {};
  }
};

struct TicketLend {
  static constexpr std::string_view kind = "ticket.lend";
  static constexpr std::string_view about = "lends a ticket until a time, when it comes back by itself; nobody moves it meanwhile";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::self_transfer, Errc::no_such_ticket, Errc::ticket_burned, Errc::no_such_member, Errc::not_holder,
      Errc::estate_held, Errc::ticket_lent, Errc::before_last_move, Errc::period_closed, Errc::not_transferable, Errc::unauthorised,
      Errc::not_member, Errc::bad_deadline,
  });
  MemberId from;
  TicketId ticket;
  MemberId to;
  Timestamp until;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the holder, whose it stays");
    visit("ticket", self.ticket, "which ticket");
    visit("to", self.to, "who holds it meanwhile");
    visit("until", self.until, "when it comes back");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  /// @error as moving_ticket | bad_deadline (not after it begins)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto move, detail::moving_ticket(state, ticket, from, to, envelope));
    if (until.seconds() <= envelope.when_s()) return fail(Errc::bad_deadline, "a loan ends after it begins", "field until");
    Ticket& row = state.holdings.tickets[move.first];
    const Members::Index owner = row.holder();
    row.holds.push_back(Hold{move.second, envelope.when_s()});
    row.holds.push_back(Hold{owner, until.seconds(), true});
    return {};
  }
};

struct TicketReturn {
  static constexpr std::string_view kind = "ticket.return";
  static constexpr std::string_view about = "gives a lent ticket back before its time";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_ticket, Errc::no_such_member, Errc::not_lent, Errc::not_holder, Errc::period_closed,
  });
  MemberId from;
  TicketId ticket;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "who borrowed it");
    visit("ticket", self.ticket, "which ticket");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  /// @error no_such_ticket | no_such_member | not_lent | not_holder | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    const auto index = state.holdings.ticket_ids.find(ticket);
    if (!index) return fail(Errc::no_such_ticket, "no ticket is called " + ticket.text());
    Ticket& row = state.holdings.tickets[*index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(from));
    if (!row.lent_at(envelope.when_s())) return fail(Errc::not_lent, "the ticket " + ticket.text() + " is not lent then");
    const Hold& loan = row.holds[row.holds.size() - 2];
    if (loan.holder != who)
      return fail(Errc::not_holder, "the ticket " + ticket.text() + " is lent to " + state.members.ids[loan.holder].text());
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    row.holds.back().from_s = envelope.when_s();
    row.holds.back().returns = false;
    return {};
  }
};

struct TicketBurn {
  static constexpr std::string_view kind = "ticket.burn";
  static constexpr std::string_view about = "ends a ticket; its id is never used again";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_ticket, Errc::ticket_burned, Errc::no_such_member, Errc::not_holder, Errc::estate_held,
      Errc::ticket_lent,
      Errc::before_last_move, Errc::period_closed,
  });
  MemberId from;
  TicketId ticket;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the holder");
    visit("ticket", self.ticket, "which ticket");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  /// @error as movable_ticket
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::movable_ticket(state, ticket, from, nullptr, envelope));
    state.holdings.tickets[index].burned_s = envelope.when_s();
    return {};
  }
};

namespace detail {

/// What every line about units says first. @return the class.
/// @error conflict (the id) | no_such_class | wrong_class (of tickets) | bad_number
template <class State, class E>
[[nodiscard]] Result<std::uint32_t> class_of_units(const State& state, const E& event) {
  if (event.made_in(state)) return fail(Errc::conflict, "the record " + event.id.text() + " exists");
  MIKOSHI_ASSIGN(const auto index, state.holdings.find_class(event.ticket_class));
  if (state.holdings.classes[index].form != ClassForm::units)
    return fail(Errc::wrong_class, "the class " + event.ticket_class.text() + " is made of tickets");
  if (event.units == 0) return fail(Errc::bad_number, "at least one unit", "field units");
  return index;
}
/// The account of a member, made if it is new.
[[nodiscard]] inline UnitAccount& account_of(TicketKind& terms, Members::Index member) {
  if (terms.accounts.size() <= member) terms.accounts.resize(member + 1);
  return terms.accounts[member];
}
/// @error before_last_move
[[nodiscard]] inline Status check_after(const TicketKind& terms, Members::Index member, const Envelope& envelope) {
  if (member >= terms.accounts.size() || envelope.when_s() >= terms.accounts[member].last_move_s()) return {};
  return fail(Errc::before_last_move);
}
/// @error balance_exceeded
[[nodiscard]] inline Status check_units(const TicketKind& terms, Members::Index member, std::uint64_t units) {
  if (units <= terms.units_of(member)) return {};
  return fail(Errc::balance_exceeded, "there are " + std::to_string(terms.units_of(member)) + " units");
}
}  // namespace detail

struct UnitsMint {
  static constexpr std::string_view kind = "units.mint";
  static constexpr std::string_view about = "makes units of a class, for a member";
  static constexpr bool is_fact = true;
  static constexpr bool operator_only = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_class, Errc::wrong_class, Errc::bad_number, Errc::no_such_member, Errc::not_member,
      Errc::supply_exceeded, Errc::cap_exceeded, Errc::before_last_move, Errc::period_closed, Errc::too_large,
  });
  ClassId ticket_class;
  RecordId id;
  MemberId to;
  std::uint64_t units = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "a class of form units");
    visit("id", self.id, "the line's id, chosen by who submits it");
    visit("to", self.to, "who gets them");
    visit("units", self.units, "how many, at least one");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.holdings.unit_moves.find(id);
    return found == state.holdings.unit_moves.end() ? std::nullopt : std::optional{found->second};
  }
  /// @error conflict | no_such_class | wrong_class | bad_number | no_such_member | not_member | supply_exceeded |
  ///        cap_exceeded | before_last_move | period_closed | too_large (2^53 units in all)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::class_of_units(state, *this));
    TicketKind& terms = state.holdings.classes[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(to));
    MIKOSHI_TRY(detail::check_may_hold(state, terms, who, envelope.when_s()));
    if (terms.supply && (terms.minted > *terms.supply || units > *terms.supply - terms.minted))
      return fail(Errc::supply_exceeded);
    MIKOSHI_TRY(detail::check_cap(state, terms, who, units));
    MIKOSHI_TRY(detail::check_after(terms, who, envelope));
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    if (units > static_cast<std::uint64_t>(json_integer_max) - terms.minted)
      return fail(Errc::too_large, "a class has less than 2^53 units");
    terms.minted += units;
    detail::note_given(terms, who, units);
    detail::account_of(terms, who).set(terms.units_of(who) + units, envelope.when_s());
    state.holdings.unit_moves.emplace(id, envelope.seq);
    return {};
  }
};

struct UnitsMove {
  static constexpr std::string_view kind = "units.move";
  static constexpr std::string_view about = "moves units from who holds them to another member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::self_transfer, Errc::conflict, Errc::no_such_class, Errc::wrong_class, Errc::bad_number, Errc::no_such_member,
      Errc::not_transferable, Errc::unauthorised, Errc::not_member, Errc::estate_held, Errc::balance_exceeded,
      Errc::cap_exceeded,
      Errc::before_last_move, Errc::period_closed,
  });
  ClassId ticket_class;
  MemberId from;
  RecordId id;
  MemberId to;
  std::uint64_t units = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "a class of form units");
    visit("from", self.from, "the holder");
    visit("id", self.id, "the line's id, chosen by who submits it");
    visit("to", self.to, "the new holder");
    visit("units", self.units, "how many, at least one");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.holdings.unit_moves.find(id);
    return found == state.holdings.unit_moves.end() ? std::nullopt : std::optional{found->second};
  }
  /// @error self_transfer | conflict | no_such_class | wrong_class | bad_number | no_such_member | not_transferable |
  ///        unauthorised | not_member | estate_held | balance_exceeded | cap_exceeded | before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (from == to) return fail(Errc::self_transfer);
    MIKOSHI_ASSIGN(const auto index, detail::class_of_units(state, *this));
    TicketKind& terms = state.holdings.classes[index];
    MIKOSHI_ASSIGN(const auto giver, state.members.find(from));
    MIKOSHI_ASSIGN(const auto taker, state.members.find(to));
    MIKOSHI_TRY(detail::check_policy(terms, envelope));
    for (const auto side : {giver, taker}) MIKOSHI_TRY(detail::check_may_hold(state, terms, side, envelope.when_s()));
    MIKOSHI_TRY(Wills::check_alive(state, giver, envelope.when_s()));
    MIKOSHI_TRY(detail::check_units(terms, giver, units));
    MIKOSHI_TRY(detail::check_cap(state, terms, taker, units));
    for (const auto side : {giver, taker}) MIKOSHI_TRY(detail::check_after(terms, side, envelope));
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    detail::note_given(terms, taker, units);
    detail::account_of(terms, giver).set(terms.units_of(giver) - units, envelope.when_s());
    detail::account_of(terms, taker).set(terms.units_of(taker) + units, envelope.when_s());
    state.holdings.unit_moves.emplace(id, envelope.seq);
    return {};
  }
};

struct UnitsBurn {
  static constexpr std::string_view kind = "units.burn";
  static constexpr std::string_view about = "ends units, out of who holds them";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::conflict, Errc::no_such_class, Errc::wrong_class, Errc::bad_number, Errc::no_such_member, Errc::estate_held,
      Errc::balance_exceeded, Errc::before_last_move, Errc::period_closed,
  });
  ClassId ticket_class;
  MemberId from;
  RecordId id;
  std::uint64_t units = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "a class of form units");
    visit("from", self.from, "the holder");
    visit("id", self.id, "the line's id, chosen by who submits it");
    visit("units", self.units, "how many, at least one");
  }
  [[nodiscard]] const MemberId& actor() const { return from; }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto found = state.holdings.unit_moves.find(id);
    return found == state.holdings.unit_moves.end() ? std::nullopt : std::optional{found->second};
  }
  /// @error conflict | no_such_class | wrong_class | bad_number | no_such_member | estate_held | balance_exceeded |
  ///        before_last_move | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::class_of_units(state, *this));
    TicketKind& terms = state.holdings.classes[index];
    MIKOSHI_ASSIGN(const auto who, state.members.find(from));
    MIKOSHI_TRY(Wills::check_alive(state, who, envelope.when_s()));
    MIKOSHI_TRY(detail::check_units(terms, who, units));
    MIKOSHI_TRY(detail::check_after(terms, who, envelope));
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    detail::account_of(terms, who).set(terms.units_of(who) - units, envelope.when_s());
    state.holdings.unit_moves.emplace(id, envelope.seq);
    return {};
  }
};

}  // namespace mikoshi
