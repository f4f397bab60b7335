// SPDX-License-Identifier: MIT
#pragma once
/// @file holding.hpp
/// Holdings: tickets of a class, held by someone over time.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp.
///
/// A ticket id is minted at most once, for ever, and has one holder until it is burned. A move takes effect at `on`
/// (else `at`), never before the ticket's last move nor in a closed period. What a ticket earns its holder is its
/// ticket-seconds: class weight × seconds held while the holder is a member; so a transfer at the last minute brings
/// the minute, and leaving and rejoining bring nothing.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"

namespace mikoshi {

/// Whether the tickets of a class may move between members.
enum class TransferPolicy : std::uint8_t { free, locked };

template <>
struct Codec<TransferPolicy> {
  static constexpr std::array<std::string_view, 2> words = {"free", "locked"};
  static Result<TransferPolicy> decode(const Json& json) {
    MIKOSHI_ASSIGN(const std::string text, detail::expect_text(json));
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == text) return static_cast<TransferPolicy>(i);
    return fail(Errc::bad_choice, "a transfer policy is free or locked");
  }
  static Json encode(TransferPolicy policy) { return words[static_cast<std::size_t>(policy)]; }
};

/// The most that one ticket may weigh. A class cannot be taken back, so a slip in its weight must not be able to push a
/// month's ticket-seconds past 2^64: that takes more than six million tickets of this weight.
inline constexpr std::uint64_t ticket_weight_max = 1'000'000;

struct TicketKind {
  std::uint64_t seq = 0;
  std::uint64_t weight = 0;
  TransferPolicy transfer = TransferPolicy::free;
  std::optional<std::uint64_t> supply;
  std::uint64_t minted = 0;
};

/// From `from_s` on the ticket was `holder`'s, until the next hold begins or the ticket is burned.
struct Hold {
  Members::Index holder = 0;
  std::int64_t from_s = 0;
};

struct Ticket {
  std::uint64_t seq = 0;
  std::uint32_t kind = 0;  ///< index of its class
  std::int64_t burned_s = forever_s;
  std::vector<Hold> holds;  ///< ascending; those that ended in closed periods are dropped

  [[nodiscard]] Members::Index holder() const { return holds.back().holder; }
  [[nodiscard]] std::int64_t last_move_s() const { return burned_s != forever_s ? burned_s : holds.back().from_s; }
};

struct Holdings {
  Interner<ClassId> class_ids;
  std::vector<TicketKind> classes;  ///< by class index
  Interner<TicketId> ticket_ids;
  std::vector<Ticket> tickets;  ///< by ticket index

  /// Calls visit(holder, class weight, from_s, until_s) for each hold that overlaps [from_s, until_s), cut to it.
  template <class Visit>
  void each_hold(std::int64_t from_s, std::int64_t until_s, Visit&& visit) const {
    for (const Ticket& ticket : tickets) {
      for (std::size_t i = 0; i < ticket.holds.size(); ++i) {
        const std::int64_t ends_s = i + 1 < ticket.holds.size() ? ticket.holds[i + 1].from_s : ticket.burned_s;
        const std::int64_t begin_s = std::max(from_s, ticket.holds[i].from_s);
        const std::int64_t end_s = std::min(until_s, ends_s);
        if (begin_s < end_s) visit(ticket.holds[i].holder, classes[ticket.kind].weight, begin_s, end_s);
      }
    }
  }

  /// Drops the holds that ended at or before `until_s`: no open period can ask for them.
  void forget_before(std::int64_t until_s) {
    for (Ticket& ticket : tickets) {
      std::size_t ended = 0;
      while (ended + 1 < ticket.holds.size() && ticket.holds[ended + 1].from_s <= until_s) ++ended;
      if (ended != 0)
        ticket.holds.erase(ticket.holds.begin(), ticket.holds.begin() + static_cast<std::ptrdiff_t>(ended));
    }
  }
};

struct TicketClassNew {
  static constexpr std::string_view kind = "ticket.class";
  static constexpr std::string_view about =
      "declares a class of tickets: what one weighs, whether it moves, how many there are";
  static constexpr bool is_fact = false;
  static constexpr auto refuses = std::to_array({Errc::conflict, Errc::too_large});
  ClassId ticket_class;
  std::optional<std::uint64_t> supply;
  TransferPolicy transfer = TransferPolicy::free;
  std::uint64_t weight = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "the class's id");
    visit("supply", self.supply, "how many may ever be minted; absent: no limit");
    visit("transfer", self.transfer, "free or locked");
    visit("weight", self.weight, "what one ticket counts");
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
    state.holdings.class_ids.add(ticket_class);
    state.holdings.classes.push_back(TicketKind{envelope.seq, weight, transfer, supply, 0});
    return {};
  }
};

struct TicketMint {
  static constexpr std::string_view kind = "ticket.mint";
  static constexpr std::string_view about = "makes a ticket, for a member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_class, Errc::ticket_exists, Errc::no_such_member, Errc::not_member, Errc::supply_exceeded,
      Errc::period_closed,
  });
  ClassId ticket_class;
  TicketId ticket;
  MemberId to;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("class", self.ticket_class, "its class");
    visit("ticket", self.ticket, "the ticket's id, used once for ever");
    visit("to", self.to, "its first holder");
  }
  template <class State>
  [[nodiscard]] std::optional<std::uint64_t> made_in(const State& state) const {
    const auto index = state.holdings.ticket_ids.find(ticket);
    return index ? std::optional{state.holdings.tickets[*index].seq} : std::nullopt;
  }
  /// @error no_such_class | ticket_exists | no_such_member | not_member | supply_exceeded | period_closed
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    Holdings& holdings = state.holdings;
    const auto class_index = holdings.class_ids.find(ticket_class);
    if (!class_index) return fail(Errc::no_such_class, "no class is called " + ticket_class.text());
    if (made_in(state)) return fail(Errc::ticket_exists, "the ticket " + ticket.text() + " was minted before");
    MIKOSHI_ASSIGN(const auto holder, state.members.find(to));
    if (!state.members.rows[holder].active_at(envelope.when_s()))
      return fail(Errc::not_member, to.text() + " is not a member then");
    TicketKind& terms = holdings.classes[*class_index];
    if (terms.supply && terms.minted >= *terms.supply) return fail(Errc::supply_exceeded);
    MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
    terms.minted += 1;
    holdings.ticket_ids.add(ticket);
    holdings.tickets.push_back(Ticket{envelope.seq, *class_index, forever_s, {Hold{holder, envelope.when_s()}}});
    return {};
  }
};

namespace detail {
/// The live ticket `id` that `from` holds and that may move at `envelope`'s time. @param to  whom it goes to; nullptr: nobody.
/// @error no_such_ticket | ticket_burned | no_such_member | not_holder | before_last_move | period_closed
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
  if (envelope.when_s() < ticket.last_move_s()) return fail(Errc::before_last_move);
  MIKOSHI_TRY(state.decisions.check_open(envelope.when_s(), state.dao.offset));
  return *index;
}
}  // namespace detail

struct TicketTransfer {
  static constexpr std::string_view kind = "ticket.transfer";
  static constexpr std::string_view about = "moves a ticket from its holder to another member";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::self_transfer, Errc::no_such_ticket, Errc::ticket_burned, Errc::no_such_member, Errc::not_holder,
      Errc::before_last_move, Errc::period_closed, Errc::not_transferable, Errc::not_member,
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
  /// @error self_transfer | as movable_ticket | not_transferable | no_such_member | not_member (either side)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    if (from == to) return fail(Errc::self_transfer);
    MIKOSHI_ASSIGN(const auto index, detail::movable_ticket(state, ticket, from, &to, envelope));
    Ticket& row = state.holdings.tickets[index];
    if (state.holdings.classes[row.kind].transfer == TransferPolicy::locked) return fail(Errc::not_transferable);
    MIKOSHI_ASSIGN(const auto holder, state.members.find(to));
    for (const auto side : {row.holder(), holder})
      if (!state.members.rows[side].active_at(envelope.when_s()))
        return fail(Errc::not_member, state.members.ids[side].text() + " is not a member then");
    row.holds.push_back(Hold{holder, envelope.when_s()});
    return {};
  }
};

struct TicketBurn {
  static constexpr std::string_view kind = "ticket.burn";
  static constexpr std::string_view about = "ends a ticket; its id is never used again";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({
      Errc::no_such_ticket, Errc::ticket_burned, Errc::no_such_member, Errc::not_holder, Errc::before_last_move,
      Errc::period_closed,
  });
  MemberId from;
  TicketId ticket;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("from", self.from, "the holder");
    visit("ticket", self.ticket, "which ticket");
  }
  /// @error as movable_ticket
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto index, detail::movable_ticket(state, ticket, from, nullptr, envelope));
    state.holdings.tickets[index].burned_s = envelope.when_s();
    return {};
  }
};

}  // namespace mikoshi
