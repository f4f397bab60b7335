// SPDX-License-Identifier: MIT
/// `mikoshi show`: what the ledger knows of one member, ticket, work or review, now or after any earlier line; and what is open.
#include <fmt/format.h>

#include <algorithm>

#include "screen.hpp"
#include "session.hpp"
#include "sums.hpp"

namespace mikoshi {
namespace {

/// "  owed          1,234 yen": a name, and what stands there.
std::string row(const std::string& name, const std::string& text) { return "  " + pad_right(name, 14) + " " + text + "\n"; }

std::string time_words(std::int64_t seconds) { return to_string(*Timestamp::from_seconds(seconds)); }

/// q as a decimal of two places.
std::string points_words(const u128& points, const u128& whole) {
  const u128 hundredths = (points * 200 + whole) / (whole * 2);
  return fmt::format("{}.{:02}", thousands(hundredths / 100), static_cast<unsigned>(hundredths % 100));
}

/// The ledger as it stood before line `seq`; nothing: as it stands.
Result<State> state_at(const CommonOptions& common, const std::optional<std::uint64_t>& seq) {
  State then;
  bool found = false;
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read, [&](const Ledger& before, const Line&) -> Status {
                   if (seq && before.state.next_seq == *seq) then = before.state, found = true;
                   return {};
                 }));
  if (!seq || session.state().next_seq == *seq) return session.state();
  if (!found) return fail(Errc::ledger_too_short, wording<Word::show_no_such_seq>(session.state().next_seq));
  return then;
}

class Shown {
 public:
  explicit Shown(const State& state) : state_(state) {}

  Result<Printout> member(const MemberId& id) const {
    MIKOSHI_ASSIGN(const auto index, state_.members.find(id));
    const Member& member = state_.members.rows[index];
    Printout out;
    out.words = wording<Word::show_member>(id.text(), standing_words(member));
    Json::Array stays, tickets, keys;
    Json units, owed, held;
    for (const Stay& stay : member.stays) {
      out.words += row(wording<Word::show_there>(), time_words(stay.from_s) + " – " +
                                                        (stay.until_s == forever_s ? "" : time_words(stay.until_s)));
      Json item;
      item.set("from", time_words(stay.from_s));
      if (stay.until_s != forever_s) item.set("until", time_words(stay.until_s));
      stays.push_back(std::move(item));
    }
    if (member.introducer)
      out.words += row(wording<Word::show_introduced_by>(), state_.members.ids[*member.introducer].text());
    for (const auto& [ticket_id, ticket_index] : state_.holdings.ticket_ids.sorted()) {
      const Ticket& ticket = state_.holdings.tickets[ticket_index];
      const bool lent = ticket.lent_at(state_.last_at.seconds());
      const bool borrowed = lent && ticket.holds[ticket.holds.size() - 2].holder == index;
      if (ticket.burned_s != forever_s || (ticket.holder() != index && !borrowed)) continue;
      out.words += row(wording<Word::show_ticket>(), ticket_words(ticket_id, ticket, borrowed));
      tickets.push_back(ticket_json(ticket_id, ticket));
    }
    for (const auto& [class_id, class_index] : state_.holdings.class_ids.sorted())
      if (const std::uint64_t count = state_.holdings.classes[class_index].units_of(index); count != 0) {
        out.words += row(class_id.text(), wording<Word::show_units>(thousands(count)));
        units.set(class_id.text(), static_cast<std::int64_t>(count));
      }
    each_money([&](const Money& money) {
      const std::string& code = money.currency.code();
      const u128 all = money.books.owed(index), waits = state_.proposals.disputed(index, code);
      if (all == 0 && &money != static_cast<const Money*>(&state_)) return;
      out.words += row(wording<Word::show_owed>(),
                       money_words(all, money.currency) +
                           (waits == 0 ? "" : ", " + wording<Word::show_disputed>(money_words(waits, money.currency))));
      owed.set(code, to_string(all));
      if (waits != 0) held.set(code, to_string(waits));
    });
    if (state_.wills.holds(index)) out.words += row("", wording<Word::show_estate_held>());
    for (const MemberKey& key : member.keys) {
      const std::string text = to_string(key.key);
      out.words += row(wording<Word::show_key>(),
                       text + (key.ended                                            ? ", " + wording<Word::show_key_ended>()
                               : key.from_s > state_.last_at.seconds() ? ", " + wording<Word::show_key_from>(time_words(key.from_s))
                                                                       : ""));
      Json item;
      item.set("ended", key.ended);
      item.set("from", time_words(key.from_s));
      item.set("key", text);
      keys.push_back(std::move(item));
    }
    if (!member.keys.empty()) out.words += row(wording<Word::show_nonce>(), thousands(member.nonce + 1));
    if (!member.relayed.empty()) out.words += row(wording<Word::show_unattested>(), count<Count::lines>(member.relayed.size()));
    out.json.set("disputed", std::move(held));
    out.json.set("keys", std::move(keys));
    out.json.set("member", id.text());
    out.json.set("nonce", static_cast<std::int64_t>(member.nonce + 1));
    out.json.set("owed", std::move(owed));
    out.json.set("stays", std::move(stays));
    out.json.set("tickets", std::move(tickets));
    out.json.set("units", std::move(units));
    return out;
  }

  Result<Printout> ticket(const TicketId& id) const {
    const auto index = state_.holdings.ticket_ids.find(id);
    if (!index) return fail(Errc::no_such_ticket, wording<Word::show_no_ticket>(id.text()));
    const Ticket& ticket = state_.holdings.tickets[*index];
    Printout out;
    out.words = ticket_words(id, ticket, false) + "\n";
    out.json = ticket_json(id, ticket);
    return out;
  }

  Result<Printout> work(const WorkId& id) const {
    MIKOSHI_ASSIGN(const auto index, state_.works.find(id));
    const Work& work = state_.works.rows[index];
    Printout out;
    out.words = wording<Word::show_work>(id.text(), Words<WorkPhase>::words[static_cast<std::size_t>(work.phase)]);
    Json::Array credits;
    for (const std::uint32_t credit_index : work.credits) {
      const Credit& credit = state_.works.credits[credit_index];
      const std::string& who = state_.members.ids[credit.member].text();
      const std::string last = credit.last ? to_string(*credit.last) : "";
      out.words += row(wording<Word::show_credit>(),
                       wording<Word::show_credit_words>(who, thousands(credit.weight), to_string(credit.from), last) +
                           (credit.confirmed ? "" : ", " + wording<Word::show_unconfirmed>()));
      Json item;
      item.set("confirmed", credit.confirmed);
      item.set("from", to_string(credit.from));
      if (credit.last) item.set("last", last);
      item.set("member", who);
      item.set("weight", static_cast<std::int64_t>(credit.weight));
      credits.push_back(std::move(item));
    }
    Json::Array moneys;
    each_money([&](const Money& money) {
      const std::string& code = money.currency.code();
      const u128 purse = money.books.balance(Books::work_account(id)), missing = money.books.missing(&id),
                 costs = state_.costs.sum_waiting(index, code);
      u128 pledged = 0;
      if (const auto backers = work.backers.find(code); backers != work.backers.end())
        for (const std::uint64_t amount : backers->second) pledged += amount;
      const auto say = [&](const std::string& name, const u128& amount) {
        if (amount != 0) out.words += row(name, money_words(amount, money.currency));
      };
      say(wording<Word::show_purse>(), purse);
      say(wording<Word::show_costs>(), costs);
      say(wording<Word::show_backed>(), pledged);
      say(wording<Word::show_deficit>(), missing);
      if (purse + missing + costs + pledged == 0) return;
      Json item;
      item.set("backed", to_string(pledged));
      item.set("costs", to_string(costs));
      item.set("currency", code);
      item.set("deficit", to_string(missing));
      item.set("purse", to_string(purse));
      moneys.push_back(std::move(item));
    });
    out.json.set("credits", std::move(credits));
    out.json.set("money", std::move(moneys));
    out.json.set("phase", Words<WorkPhase>::words[static_cast<std::size_t>(work.phase)]);
    out.json.set("work", id.text());
    return out;
  }

  Result<Printout> review(const RecordId& id) const {
    MIKOSHI_ASSIGN(const auto index, state_.reviews.find(id));
    const ReviewRound& round = state_.reviews.rounds[index];
    const auto opened = std::count_if(round.ballots.begin(), round.ballots.end(), [](const Ballot& b) { return b.open; });
    Printout out;
    out.words = wording<Word::show_review>(id.text(), round.ballots.size(), opened,
                                           round.closed ? wording<Word::show_review_closed>()
                                                        : wording<Word::show_review_open>(time_words(round.seal_until_s),
                                                                                         time_words(round.reveal_until_s)));
    Json::Array results, rings;
    for (const ReviewResult& result : round.results) {
      const std::string& who = state_.members.ids[result.member].text();
      out.words += row(who, wording<Word::show_result>(points_words(result.points, result.whole), result.raters));
      Json item;
      item.set("member", who);
      item.set("points", to_string(result.points));
      item.set("raters", static_cast<std::int64_t>(result.raters));
      item.set("weight", static_cast<std::int64_t>(result.weight));
      item.set("whole", to_string(result.whole));
      results.push_back(std::move(item));
    }
    const auto has_result = [&](Members::Index member) {
      return std::any_of(round.results.begin(), round.results.end(), [&](const auto& r) { return r.member == member; });
    };
    for (const Members::Index member : round.members)
      if (round.closed && !has_result(member)) out.words += row(state_.members.ids[member].text(), wording<Word::show_no_result>());
    for (const RatingRing& ring : rating_rings(round)) {
      const std::string &a = state_.members.ids[ring.first].text(), &b = state_.members.ids[ring.second].text();
      out.words += wording<Word::show_ring>(a, b, thousands(ring.first_gave), thousands(ring.second_gave));
      Json item;
      item.set("first", a);
      item.set("first_gave", static_cast<std::int64_t>(ring.first_gave));
      item.set("second", b);
      item.set("second_gave", static_cast<std::int64_t>(ring.second_gave));
      rings.push_back(std::move(item));
    }
    out.json.set("closed", round.closed.has_value());
    out.json.set("results", std::move(results));
    out.json.set("review", id.text());
    out.json.set("rings", std::move(rings));
    return out;
  }

  /// Everything that waits for somebody: proposals, drafts, disputes, reviews, unpaid work.
  Printout open_matters() const {
    Printout out;
    Json::Array proposals, disputes, reviews;
    for (const auto& [id, index] : state_.proposals.ids.sorted()) {
      const Proposal& row = state_.proposals.rows[index];
      if (row.state != ProposalState::open) continue;
      const std::size_t agree = row.signatures.size() + row.steward_signatures.size();
      out.words += std::holds_alternative<PledgeRound>(row.effect)
                       ? wording<Word::show_round>(id.text(), effect_words(row), time_words(row.until_s))
                       : wording<Word::show_proposal>(id.text(), effect_words(row), time_words(row.until_s), agree,
                                                      row.objections.size());
      Json item;
      item.set("id", id.text());
      item.set("objections", static_cast<std::int64_t>(row.objections.size()));
      if (std::holds_alternative<PledgeRound>(row.effect)) item.set("pledged", to_string(row.pledged));
      item.set("signatures", static_cast<std::int64_t>(agree));
      item.set("until", time_words(row.until_s));
      item.set("what", effect_names[row.effect.index()]);
      proposals.push_back(std::move(item));
    }
    for (const DraftRow& draft : state_.decisions.drafts) {
      if (draft.state != DraftState::open) continue;
      out.words += draft.open_until_s == 0 ? wording<Word::show_draft>(draft.id.text(), month_name(draft.period))
                                           : wording<Word::show_draft_until>(draft.id.text(), month_name(draft.period),
                                                                             time_words(draft.open_until_s));
      for (const auto& [line, by] : draft.objections)
        out.words += "  " + wording<Word::show_objection>(state_.members.ids[line].text(), by.size());
    }
    for (const Dispute& dispute : state_.proposals.disputes) {
      if (!dispute.open) continue;
      const std::string &draft = state_.decisions.drafts[dispute.draft].id.text(),
                        &who = state_.members.ids[dispute.member].text();
      for (const auto& [code, amount] : dispute.amounts)
        out.words += wording<Word::show_dispute>(who, draft, money_words(amount, currency_of(state_, code)));
      Json item;
      item.set("draft", draft);
      item.set("line", who);
      disputes.push_back(std::move(item));
    }
    for (const auto& [id, index] : state_.reviews.ids.sorted()) {
      const ReviewRound& round = state_.reviews.rounds[index];
      if (round.closed) continue;
      out.words += wording<Word::show_open_review>(id.text(), time_words(round.seal_until_s), time_words(round.reveal_until_s));
      reviews.push_back(id.text());
    }
    if (out.words.empty()) out.words = wording<Word::show_nothing_open>();
    const UnpaidWork unpaid = unpaid_work(state_.records);
    if (unpaid.unpaid != 0) out.words += wording<Word::show_unpaid>(percent(unpaid.unpaid, unpaid.all));
    out.json.set("disputes", std::move(disputes));
    out.json.set("proposals", std::move(proposals));
    out.json.set("reviews", std::move(reviews));
    out.json.set("unpaid", to_string(unpaid.unpaid));
    out.json.set("unpaid_of", to_string(unpaid.all));
    return out;
  }

 private:
  static constexpr std::array<const char*, 5> effect_names = {"charter", "stewards", "recognise", "pledges", "estate"};

  static std::string percent(const u128& part, const u128& whole) { return thousands((part * 100 + whole / 2) / whole); }

  template <class Visit>
  void each_money(Visit&& visit) const {
    visit(static_cast<const Money&>(state_));
    for (const auto& [code, money] : state_.others) visit(static_cast<const Money&>(money));
  }

  static std::string standing_words(const Member& member) {
    if (member.died) return wording<Word::show_died>();
    if (member.guest()) return wording<Word::show_guest>();
    return member.active() ? wording<Word::show_active>() : wording<Word::show_left>();
  }

  std::string effect_words(const Proposal& row) const {
    struct Say {
      const State& state;
      const Proposal& row;
      std::string operator()(const CharterChange& change) const {
        return wording<Word::show_effect_charter>(change.id.text(), month_name(change.from));
      }
      std::string operator()(const StewardChange& change) const {
        return wording<Word::show_effect_stewards>(change.stewards.size());
      }
      std::string operator()(const Recognition& recognition) const {
        return wording<Word::show_effect_recognise>(count<Count::records>(recognition.records.size()));
      }
      std::string operator()(const PledgeRound& round) const {
        const Currency& currency = currency_of(state, round.currency);
        return wording<Word::show_effect_pledges>(round.work.text(), money_words(row.pledged, currency),
                                                  money_words(round.threshold, currency));
      }
      std::string operator()(const Estate& estate) const { return wording<Word::show_effect_estate>(estate.member.text()); }
    };
    return std::visit(Say{state_, row}, row.effect);
  }

  std::string ticket_words(const TicketId& id, const Ticket& ticket, bool borrowed) const {
    const std::string& type = state_.holdings.class_ids[ticket.kind].text();
    const std::string& owner = state_.members.ids[ticket.holder()].text();
    if (ticket.burned_s != forever_s) return wording<Word::show_ticket_burned>(id.text(), type, time_words(ticket.burned_s));
    if (!ticket.lent_at(state_.last_at.seconds())) return wording<Word::show_ticket_held>(id.text(), type, owner);
    const std::string& borrower = state_.members.ids[ticket.holds[ticket.holds.size() - 2].holder].text();
    const std::string until = time_words(ticket.holds.back().from_s);
    return borrowed ? wording<Word::show_ticket_borrowed>(id.text(), type, owner, until)
                    : wording<Word::show_ticket_lent>(id.text(), type, owner, borrower, until);
  }

  Json ticket_json(const TicketId& id, const Ticket& ticket) const {
    Json json;
    json.set("class", state_.holdings.class_ids[ticket.kind].text());
    if (ticket.burned_s != forever_s) json.set("burned", time_words(ticket.burned_s));
    if (ticket.lent_at(state_.last_at.seconds())) {
      json.set("lent_to", state_.members.ids[ticket.holds[ticket.holds.size() - 2].holder].text());
      json.set("lent_until", time_words(ticket.holds.back().from_s));
    }
    json.set("owner", state_.members.ids[ticket.holder()].text());
    json.set("ticket", id.text());
    return json;
  }

  const State& state_;
};

}  // namespace

Result<Printout> run_show(const ShowOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const State state, state_at(common, options.seq));
  const Shown shown{state};
  if (options.what == "open") return shown.open_matters();
  if (options.what == "ticket") {
    MIKOSHI_ASSIGN(const TicketId id, TicketId::parse(options.id));
    return shown.ticket(id);
  }
  if (options.what == "work") {
    MIKOSHI_ASSIGN(const WorkId id, WorkId::parse(options.id));
    return shown.work(id);
  }
  if (options.what == "review") {
    MIKOSHI_ASSIGN(const RecordId id, RecordId::parse(options.id));
    return shown.review(id);
  }
  MIKOSHI_ASSIGN(const MemberId id, MemberId::parse(options.id));
  return shown.member(id);
}

}  // namespace mikoshi
