// SPDX-License-Identifier: MIT
#include "games.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace mikoshi {
namespace {

constexpr std::int64_t hour_s = 3600;

bool closes(const State& now, const std::vector<Line>& lines, Period month) {
  return std::holds_alternative<Approve>(lines.back().event) && now.decisions.open_period() == month;
}

/// A line of the operator that was recorded with `beside` and happened at `on_s`.
Line dated(const Line& beside, std::int64_t on_s, Event event) {
  Line line{{}, std::move(event)};
  line.envelope.at = beside.envelope.at;
  line.envelope.on = *Timestamp::from_seconds(on_s);
  return line;
}

template <class IdType>
IdType unused_id(const Interner<IdType>& ids, std::string_view stem, std::uint64_t& number) {
  for (;; ++number) {
    const IdType id = *IdType::parse(std::string{stem} + std::to_string(number));
    if (!ids.find(id)) return ++number, id;
  }
}

/// Who is a member now and was one ever since the month began.
bool there_since(const Member& member, std::int64_t start_s) {
  return member.active() && member.stays.back().from_s <= start_s;
}

/// The first two by id who are rated in the review that counts, and rate in it.
void choose_ring(const State& state, Period month, Player& player) {
  const ReviewRound* round = state.reviews.result_for(month);
  if (round == nullptr) return;
  const auto rates = [&](Members::Index member) {
    return std::any_of(round->ballots.begin(), round->ballots.end(), [&](const Ballot& ballot) { return ballot.open && ballot.by == member; });
  };
  std::vector<MemberId> able;
  for (const Members::Index member : round->members)
    if (rates(member)) able.push_back(state.members.ids[member]);
  if (able.size() < 2) return;
  std::sort(able.begin(), able.end());
  player.ring = {able[0], able[1]};
  player.review = state.reviews.ids[static_cast<std::uint32_t>(round - state.reviews.rounds.data())];
}

std::optional<Player> choose(const State& state, Period month) {
  const std::int64_t start_s = month.start_s(state.dao.offset), end_s = month.end_s(state.dao.offset);
  const Holdings& holdings = state.holdings;
  std::vector<u128> tickets(state.members.rows.size());
  for (const Ticket& ticket : holdings.tickets)
    if (ticket.burned_s == forever_s) tickets[ticket.holder()] += holdings.classes[ticket.kind].weight;
  std::vector<u128> points = weigh_contributions(state, month).net;
  for (u128& weight : points)
    weight = std::min(weight, amount_limit() - 1);  // there a sum has stopped, and may be printed
  std::vector<Members::Index> able;
  for (const auto& [id, index] : state.members.ids.sorted())
    if (there_since(state.members.rows[index], start_s)) able.push_back(index);
  const auto narrow = [&](auto&& keep) {
    std::vector<Members::Index> kept;
    std::copy_if(able.begin(), able.end(), std::back_inserter(kept), keep);
    if (!kept.empty()) able = std::move(kept);
  };
  narrow([&](Members::Index i) { return tickets[i] != 0; });
  narrow([&](Members::Index i) { return points[i] != 0; });
  if (able.empty()) return std::nullopt;
  std::stable_sort(able.begin(), able.end(), [&](Members::Index a, Members::Index b) {
    return std::tie(tickets[a], points[a]) < std::tie(tickets[b], points[b]);
  });
  const Members::Index median = able[(able.size() - 1) / 2];
  Player player;
  player.month = month;
  player.member = state.members.ids[median];
  player.ticket_weight = low64(tickets[median]);
  player.points_weight = points[median];
  const std::size_t middle = (able.size() - 1) / 2;
  if (able.size() > 1) player.partner = state.members.ids[able[middle == 0 ? 1 : middle - 1]];
  choose_ring(state, month, player);
  std::uint64_t heaviest = 0;
  for (const auto& [id, index] : holdings.ticket_ids.sorted()) {
    const Ticket& ticket = holdings.tickets[index];
    const TicketKind& kind = holdings.classes[ticket.kind];
    const bool rests = ticket.burned_s == forever_s && ticket.last_move_s() <= end_s - hour_s;
    const bool moves = kind.transfer == TransferPolicy::free || kind.transfer == TransferPolicy::members;
    if (rests && moves && ticket.holder() == median && ticket.last_move_s() <= start_s) player.own.push_back(id);
    if (!rests || kind.transfer != TransferPolicy::free || ticket.holder() == median || kind.weight <= heaviest ||
        !there_since(state.members.rows[ticket.holder()], end_s - hour_s))
      continue;
    heaviest = kind.weight;
    player.lent = id;
    player.lender = state.members.ids[ticket.holder()];
  }
  return player;
}

/// The player holds a ticket in the month's last hour.
EditLines late_buyer(const Player& player) {
  return [player](const State& now, std::vector<Line>& lines) -> Status {
    if (!closes(now, lines, player.month)) return {};
    const std::int64_t end_s = player.month.end_s(now.dao.offset);
    const Line back = dated(lines.back(), end_s, TicketTransfer{player.member, *player.lent, player.lender});
    lines.insert(lines.begin(),
                 dated(lines.back(), end_s - hour_s, TicketTransfer{player.lender, *player.lent, player.member}));
    lines.insert(lines.end() - 1, back);
    return {};
  };
}

/// The player is away for the middle third of the month.
EditLines leave_and_rejoin(const Player& player) {
  return [player](const State& now, std::vector<Line>& lines) -> Status {
    if (!closes(now, lines, player.month)) return {};
    const std::int64_t start_s = player.month.start_s(now.dao.offset);
    const std::int64_t third_s = (player.month.end_s(now.dao.offset) - start_s) / 3;
    const Line back = dated(lines.back(), start_s + 2 * third_s, MemberRejoin{player.member});
    lines.insert(lines.begin(), dated(lines.back(), start_s + third_s, MemberLeave{player.member}));
    lines.insert(lines.end() - 1, back);
    return {};
  };
}

/// The player gives all own tickets to the partner for the middle third of the month.
EditLines gifts(const Player& player) {
  return [player](const State& now, std::vector<Line>& lines) -> Status {
    if (!closes(now, lines, player.month)) return {};
    const std::int64_t start_s = player.month.start_s(now.dao.offset);
    const std::int64_t third_s = (player.month.end_s(now.dao.offset) - start_s) / 3;
    std::vector<Line> moves;
    for (const TicketId& ticket : player.own) {
      moves.push_back(dated(lines.back(), start_s + third_s, TicketTransfer{player.member, ticket, *player.partner}));
      moves.push_back(dated(lines.back(), start_s + 2 * third_s, TicketTransfer{*player.partner, ticket, player.member}));
    }
    lines.insert(lines.end() - 1, moves.begin(), moves.end());
    return {};
  };
}

/// What one of the ring says about the others: everything to the other one, and what a budget leaves over to the rest evenly.
ReviewReveal ring_ballot(const Player& player, const MemberId& by, const State& real) {
  const ReviewRound& round = real.reviews.rounds[*real.reviews.ids.find(*player.review)];
  const MemberId& other = by == player.ring[0] ? player.ring[1] : player.ring[0];
  ReviewReveal reveal{by, *player.review, Hash{}, {}};
  if (!round.budget) {
    for (const Members::Index member : round.members)
      if (real.members.ids[member] != by) reveal.scores[real.members.ids[member]] = 0;
    reveal.scores[other] = round.pair_cap;
    return reveal;
  }
  std::uint64_t left = *round.budget;
  const auto give = [&](const MemberId& to) {
    const std::uint64_t points = std::min(left, round.pair_cap);
    if (points != 0) reveal.scores[to] = points;
    left -= points;
  };
  give(other);
  for (const Members::Index member : round.members)
    if (real.members.ids[member] != by && real.members.ids[member] != other) give(real.members.ids[member]);
  return reveal;
}

/// Two of the review give each other all that they can.
EditLines rating_ring(const Player& player, const State& real) {
  return [player, &real](const State&, std::vector<Line>& lines) -> Status {
    const auto plays = [&](const MemberId& by, const RecordId& round) {
      return round == *player.review && (by == player.ring[0] || by == player.ring[1]);
    };
    Event& event = lines.front().event;
    if (auto* ballot = std::get_if<ReviewBallot>(&event); ballot != nullptr && plays(ballot->by, ballot->round))
      ballot->seal = sha256(as_bytes(canonical_text(ring_ballot(player, ballot->by, real))));
    if (auto* reveal = std::get_if<ReviewReveal>(&event); reveal != nullptr && plays(reveal->by, reveal->round))
      *reveal = ring_ballot(player, reveal->by, real);
    return {};
  };
}

/// Each income of the month comes in many lines.
class Slicer {
 public:
  Slicer(const State& real, Period month) : real_(real), month_(month) {}

  Status operator()(const State& now, std::vector<Line>& lines) {
    const Line line = lines.front();
    if (const auto* income = std::get_if<IncomeNew>(&line.event)) {
      const auto open = now.decisions.open_period();
      if (!open || std::max(income->period, *open) != month_) return {};
      std::vector<RecordId>& slices = slices_[income->id];
      for (std::size_t i = 0; i < income_slices; ++i) {
        IncomeNew slice = *income;
        slice.amount = part(income->amount, i);
        if (i != 0) {
          if (slice.amount == 0) break;
          slice.id = unused_id(real_.incomes.ids, "what-if-slice-", number_);
          slice.evidence.reset();  // a row is booked once
          lines.push_back(Line{line.envelope, slice});
        } else {
          lines.front().event = slice;
        }
        slices.push_back(slice.id);
      }
    } else if (const auto* correction = std::get_if<IncomeCorrect>(&line.event)) {
      const auto found = slices_.find(correction->id);
      if (found == slices_.end()) return {};
      lines.clear();
      // Whatever the slices were, together they are corrected to the right amount.
      for (std::size_t i = 0; i < found->second.size(); ++i)
        lines.push_back(Line{line.envelope, IncomeCorrect{i == 0 ? correction->amount : u128{0}, found->second[i]}});
    }
    return {};
  }

 private:
  static u128 part(const u128& amount, std::size_t i) {
    const u128 each = amount / income_slices;
    return i == 0 ? amount - each * (income_slices - 1) : each;
  }

  const State& real_;
  const Period month_;
  std::map<RecordId, std::vector<RecordId>> slices_;
  std::uint64_t number_ = 1;
};

/// The player joins a second time as the month begins, and the double gets every second ticket and record.
class Doubler {
 public:
  Doubler(const Player& player, MemberId twin) : player_(player), twin_(std::move(twin)) {}

  Status operator()(const State& now, std::vector<Line>& lines) {
    const std::int64_t start_s = player_.month.start_s(now.dao.offset);
    if (now.dao.epoch == 0 || lines.front().envelope.at.seconds() < start_s) return {};
    Line& line = lines.front();
    if (auto* work = std::get_if<ContributionNew>(&line.event)) {
      if (work->member == player_.member && work->period == player_.month && records_++ % 2 == 1) work->member = twin_;
    } else if (auto* move = std::get_if<TicketTransfer>(&line.event)) {
      follow(move->ticket, move->from);
    } else if (auto* burn = std::get_if<TicketBurn>(&line.event)) {
      follow(burn->ticket, burn->from);
    }
    if (!joined_) begin(now, lines, start_s);
    return {};
  }

 private:
  void follow(const TicketId& ticket, MemberId& from) {
    if (from == player_.member && moved_.erase(ticket) != 0) from = twin_;
  }

  void begin(const State& now, std::vector<Line>& lines, std::int64_t start_s) {
    joined_ = true;
    std::vector<Line> first{dated(lines.front(), start_s, MemberJoin{twin_, std::nullopt})};
    const auto member = now.members.ids.find(player_.member);
    std::size_t held = 0;
    for (const auto& [id, index] : now.holdings.ticket_ids.sorted()) {
      const Ticket& ticket = now.holdings.tickets[index];
      const bool own = member && ticket.burned_s == forever_s && ticket.holder() == *member &&
                       ticket.last_move_s() <= start_s &&
                       now.holdings.classes[ticket.kind].transfer == TransferPolicy::free;
      if (!own || held++ % 2 == 0) continue;
      moved_.insert(id);
      first.push_back(dated(lines.front(), start_s, TicketTransfer{player_.member, id, twin_}));
    }
    // The line in hand may move one of these tickets, and was read before they were the double's.
    if (auto* move = std::get_if<TicketTransfer>(&lines.front().event)) follow(move->ticket, move->from);
    if (auto* burn = std::get_if<TicketBurn>(&lines.front().event)) follow(burn->ticket, burn->from);
    lines.insert(lines.begin(), first.begin(), first.end());
  }

  const Player player_;
  const MemberId twin_;
  std::set<TicketId> moved_;
  std::size_t records_ = 0;
  bool joined_ = false;
};

/// What a run pays a member in the months up to `last`.
u128 paid_until(const WhatIfRun& run, const MemberId& member, Period last) {
  u128 sum = 0;
  const auto index = run.ledger.state.members.ids.find(member);
  for (const WhatIfMonth& month : run.months)
    for (const Payout& payout : month.payouts)
      if (month.period <= last && index == payout.member) sum += payout.amount;
  return sum;
}

}  // namespace

Result<std::optional<Player>> choose_player(const State& real, const LineSource& lines, WhatIf terms, Period month) {
  terms.to = month;
  std::optional<Player> player;
  MIKOSHI_TRY(run_what_if(real, lines, terms, [&](const State& now, std::vector<Line>& next) -> Status {
    if (closes(now, next, month)) player = choose(now, month);
    return {};
  }));
  return player;
}

Played play(Game game, const Player& player, const State& real, const LineSource& lines, WhatIf terms,
            const WhatIfRun& base) {
  Played played;
  std::uint64_t number = 1;
  const MemberId twin = unused_id(real.members.ids, "what-if-double-", number);
  EditLines edit;
  std::vector<MemberId> who{player.member};
  switch (game) {
    case Game::late_buyer:
      played.possible = player.lent.has_value();
      edit = late_buyer(player);
      break;
    case Game::sybil_split:
      edit = Doubler{player, twin};
      break;
    case Game::sliced_income:
      edit = Slicer{real, player.month};
      break;
    case Game::leave_and_rejoin:
      edit = leave_and_rejoin(player);
      break;
    case Game::gifts:
      played.possible = player.partner.has_value() && !player.own.empty();
      if (player.partner) who.push_back(*player.partner);
      edit = gifts(player);
      break;
    case Game::rating_ring:
      played.possible = player.review.has_value();
      who.assign(player.ring.begin(), player.ring.end());
      edit = rating_ring(player, real);
      break;
  }
  if (!played.possible) return played;
  terms.to = player.month;
  const auto run = run_what_if(real, lines, terms, edit);
  if (!run) {
    played.refused = run.error();
    return played;
  }
  for (const MemberId& member : who) {
    played.without += paid_until(base, member, player.month);
    played.with += paid_until(*run, member, player.month);
  }
  played.with += paid_until(*run, twin, player.month);
  return played;
}

}  // namespace mikoshi
