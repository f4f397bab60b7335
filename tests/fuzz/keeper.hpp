// SPDX-License-Identifier: MIT
#pragma once
/// @file keeper.hpp
/// A ledger that checks itself at every step, and the claims that a demo DAO is made of.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "demo.hpp"
#include "print.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace fuzz {

using namespace mikoshi;

/// What is true of one currency's books and pools at every moment. @param spent  by lines `spend`, minor units.
inline void check_sound_money(const State& state, const Money& money, const u128& spent) {
  const Books& books = money.books;
  MIKOSHI_CHECK(books.balanced());
  const std::string closed =
      state.decisions.closed_through ? Books::income_account(*state.decisions.closed_through) : "";
  for (const auto& [name, account] : books.accounts) {
    MIKOSHI_CHECK(account.credit >= account.debit);
    // Also what works earned, behind the month.
    const bool is_income = name.starts_with("income:") && !closed.empty();
    MIKOSHI_CHECK(!is_income || name.substr(0, closed.size()) > closed || account.balance() == 0);
  }
  for (const Account& account : books.owed_rows) MIKOSHI_CHECK(account.credit >= account.debit);
  for (const auto& [work, account] : books.work_deficits)
    MIKOSHI_CHECK(account.debit >= account.credit && state.works.ids.find(work));
  // Money comes in by income, openings, pledges and conversions, and goes out by payments, spendings, refunds and conversions:
  // what the world has given, less what it has got, is what all of these say now.
  const std::string& code = money.currency.code();
  u128 in = 0, out = spent, paying = 0;
  for (const Income& income : state.incomes.rows)
    if (income.currency == code) in += income.amount;
  for (const auto& [id, opening] : state.incomes.openings)
    if (opening.currency == code) in += opening.amount;
  for (const ConversionRow& row : state.conversions.rows) {
    if (row.undone) continue;
    if (row.into == code) in += row.gives;
    if (row.currency == code) out += row.amount;
  }
  for (std::uint32_t index = 0; index < state.proposals.rows.size(); ++index) {
    const Proposal& row = state.proposals.rows[index];
    const auto* round = std::get_if<PledgeRound>(&row.effect);
    if (round == nullptr || round->currency != code) continue;
    in += row.pledged;
    const u128 waits = row.state == ProposalState::open ? row.pledged : u128{0};
    MIKOSHI_CHECK(books.balance("pledged:" + state.proposals.ids[index].text()) == waits);
  }
  for (Members::Index member = 0; member < state.members.rows.size(); ++member)
    MIKOSHI_CHECK(books.owed(member) >= state.proposals.disputed(member, code));
  for (const PaymentRow& payment : state.payments.rows) {
    if (payment.currency != code) continue;
    if (payment.state == PaymentState::settled) out += payment.amount;
    if (!payment.ended()) paying += payment.amount;
  }
  MIKOSHI_CHECK(books.deficit.debit >= books.deficit.credit);
  MIKOSHI_CHECK(books.world.debit + out == books.world.credit + in && books.balance(paying_account) == paying);
  // The pools say whose the undivided units are; the books hold exactly those units.
  constexpr std::string_view prefix = "undivided:";
  for (const auto& [id, pool] : money.pools) {
    MIKOSHI_CHECK(pool.conserved() && pool.paid.size() == pool.members.size());
    MIKOSHI_CHECK(books.balance(std::string{prefix} + id.text()) == u128{pool.carry.undivided});
    MIKOSHI_CHECK(books.balance("held:" + id.text()) == pool.holding());
  }
  for (const auto& [name, account] : books.accounts) {
    const bool is_pool = name.starts_with(prefix);
    const auto pool = is_pool ? PoolName::parse(name.substr(prefix.size())) : PoolName::parse("none");
    MIKOSHI_CHECK(!is_pool || account.balance() == 0 || money.pools.contains(*pool));
  }
}

/// What a list of indices that wait says, each once, is what the rows say.
template <class Rows, class Waits>
void check_waiting(const std::vector<std::uint32_t>& list, const Rows& rows, Waits&& waits) {
  const std::set<std::uint32_t> waiting{list.begin(), list.end()};
  MIKOSHI_CHECK(waiting.size() == list.size());
  for (std::uint32_t index = 0; index < rows.size(); ++index)
    MIKOSHI_CHECK(waits(rows[index]) == waiting.contains(index));
}

/// What is true of everything that waits for consent, for heirs or for backers.
inline void check_sound_proposals(const State& state) {
  const Proposals& proposals = state.proposals;
  std::size_t announced = 0;
  for (const Proposal& row : proposals.rows) {
    u128 pledged = 0;
    for (const auto& [member, amount] : row.pledges) pledged += amount;
    MIKOSHI_CHECK(pledged == row.pledged && high64(pledged) == 0);
    MIKOSHI_CHECK(row.pledges.empty() || std::holds_alternative<PledgeRound>(row.effect));
    MIKOSHI_CHECK(row.steward_signatures.empty() || std::holds_alternative<StewardChange>(row.effect));
    MIKOSHI_CHECK(row.steward_signatures.size() <= state.dao.stewards.size());
    announced += row.state == ProposalState::open && std::holds_alternative<Estate>(row.effect) ? 1 : 0;
  }
  for (const auto& [member, will] : state.wills.rows) {
    u128 parts = 0;
    for (const Heir& heir : will.heirs) parts += heir.parts;
    MIKOSHI_CHECK(parts == will.whole && will.needed >= 1 && will.needed <= will.executors.size());
    if (!will.announced) continue;
    --announced;  // each open announcement is some will's
    const Proposal& row = proposals.rows.at(*will.announced);
    const auto* estate = std::get_if<Estate>(&row.effect);
    MIKOSHI_CHECK(row.state == ProposalState::open && estate != nullptr && state.members.ids[member] == estate->member);
  }
  MIKOSHI_CHECK(announced == 0);
  for (const Dispute& dispute : proposals.disputes) {
    MIKOSHI_CHECK(state.decisions.drafts.at(dispute.draft).state == DraftState::approved && !dispute.amounts.empty());
    MIKOSHI_CHECK(!dispute.open || !state.members.rows.at(dispute.member).died);
  }
  for (const DraftRow& draft : state.decisions.drafts) MIKOSHI_CHECK(!proposals.ids.find(draft.id));
}

/// What is true of works, their costs and credits, and of reviews.
inline void check_sound_works(const State& state) {
  for (std::uint32_t index = 0; index < state.works.rows.size(); ++index) {
    const Work& work = state.works.rows[index];
    for (const std::uint32_t credit : work.credits) MIKOSHI_CHECK(state.works.credits.at(credit).work == index);
    for (const auto& [code, backers] : work.backers) {
      u128 sum = 0;
      for (const std::uint64_t amount : backers) sum += amount;
      MIKOSHI_CHECK(high64(sum) == 0 && money_of(state, code));
    }
  }
  std::map<std::pair<std::optional<Works::Index>, std::string>, u128> waits;
  for (const Cost& cost : state.costs.rows) {
    MIKOSHI_CHECK(cost.repaid <= cost.amount);
    u128& sum = waits[{cost.work, cost.currency}];
    sum += cost.waiting();
    MIKOSHI_CHECK(high64(sum) == 0);
  }
  check_waiting(state.costs.waiting, state.costs.rows, [](const Cost& cost) { return cost.waiting() != 0; });
  for (const ReviewRound& round : state.reviews.rounds) {
    std::set<Members::Index> raters;
    for (const Ballot& ballot : round.ballots) {
      MIKOSHI_CHECK(raters.insert(ballot.by).second && round.relations.contains(ballot.relation));
      MIKOSHI_CHECK((ballot.open || ballot.scores.empty()) && !ballot.scores.contains(ballot.by));
      for (const auto& [member, score] : ballot.scores) MIKOSHI_CHECK(score <= round.pair_cap);
    }
    MIKOSHI_CHECK(round.closed ? round.results.size() <= round.members.size() : round.results.empty());
    for (const ReviewResult& result : round.results)
      MIKOSHI_CHECK(result.raters >= round.raters_min && result.points <= result.whole * round.pair_cap);
  }
}

/// What is true of every ledger at every moment. @param spent  by currency: what purses have spent, minor units.
inline void check_sound(const Ledger& ledger, const std::map<std::string, u128>& spent) {
  const State& state = ledger.state;
  MIKOSHI_CHECK(state.next_seq == ledger.log.size());
  const auto spent_in = [&](const std::string& code) { return spent.contains(code) ? spent.at(code) : u128{0}; };
  check_sound_money(state, state, spent_in(state.currency.code()));
  for (const auto& [code, money] : state.others) {
    MIKOSHI_CHECK(code == money.currency.code() && code != state.currency.code());
    check_sound_money(state, money, spent_in(code));
  }
  check_sound_proposals(state);
  check_sound_works(state);
  check_waiting(state.records.waiting, state.records.contributions, [](const Contribution& row) { return row.waiting; });
  for (const Contribution& row : state.records.contributions) {
    MIKOSHI_CHECK(row.points_counted <= row.points);
    MIKOSHI_CHECK(!row.unpaid || (!row.waiting && row.points_counted == 0));
  }
  MemberTree fresh;
  update_tree(fresh, state);
  MIKOSHI_CHECK(roll_of(state) == roll_of(fresh));
  for (const Ticket& ticket : state.holdings.tickets) {
    MIKOSHI_CHECK(!ticket.holds.empty() && ticket.holder() < state.members.rows.size());
    for (std::size_t i = 1; i < ticket.holds.size(); ++i)
      MIKOSHI_CHECK(ticket.holds[i - 1].from_s <= ticket.holds[i].from_s);
  }
  std::vector<std::uint64_t> made(state.holdings.classes.size());
  for (const Ticket& ticket : state.holdings.tickets) made.at(ticket.kind) += 1;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const TicketKind& terms = state.holdings.classes[i];
    MIKOSHI_CHECK(made[i] == (terms.form == ClassForm::ticket ? terms.minted : 0));
    MIKOSHI_CHECK(!terms.supply || terms.minted <= *terms.supply);
    u128 live = 0;
    for (const UnitAccount& account : terms.accounts) {
      live += account.units();
      for (std::size_t k = 1; k < account.steps.size(); ++k)
        MIKOSHI_CHECK(account.steps[k - 1].from_s <= account.steps[k].from_s);
    }
    MIKOSHI_CHECK(live <= (terms.form == ClassForm::units ? terms.minted : 0));
    for (const std::uint64_t given : terms.given) MIKOSHI_CHECK(given <= *terms.per_member);
  }
  std::set<SpeakerKey> keys;
  for (const Member& member : state.members.rows) {
    for (std::size_t i = 0; i < member.stays.size(); ++i) {
      MIKOSHI_CHECK(member.stays[i].from_s <= member.stays[i].until_s);
      MIKOSHI_CHECK(i == 0 || member.stays[i - 1].until_s <= member.stays[i].from_s);
    }
    MIKOSHI_CHECK(!member.died || !member.active());
    for (const MemberKey& key : member.keys) MIKOSHI_CHECK(keys.insert(key.key).second);
    for (std::size_t i = 1; i < member.relayed.size(); ++i)
      MIKOSHI_CHECK(member.relayed[i - 1].seq < member.relayed[i].seq);
  }
  MIKOSHI_CHECK(keys == state.members.keys);
}

/// What the rules of all lines may answer to an event, whatever it is.
inline constexpr std::array general_refusals = {
    Errc::time_not_monotone, Errc::time_in_future, Errc::missing_field,      Errc::unknown_field,  Errc::unauthorised,
    Errc::not_first_line,    Errc::bad_time,       Errc::too_large,          Errc::conflict,       Errc::no_such_key,
    Errc::bad_nonce,         Errc::expired,        Errc::signature_required, Errc::no_such_member, Errc::bad_signature,
};

/// Whether an event's own list names the code by which it was refused.
inline bool may_refuse(const Event& event, Errc code) {
  return std::visit(
      [&](const auto& e) {
        return std::find(e.refuses.begin(), e.refuses.end(), code) != e.refuses.end() ||
               std::find(general_refusals.begin(), general_refusals.end(), code) != general_refusals.end();
      },
      event);
}

/// A ledger and its lines.
struct Keeper {
  Ledger ledger;
  std::vector<std::string> lines;
  std::map<std::string, u128> spent;  ///< by currency: what purses have spent, minor units

  [[nodiscard]] const State& state() const { return ledger.state; }

  /// Notes a line that was taken, and looks at everything.
  void note(const std::string& line) {
    lines.push_back(line);
    const Line read = decode_line(line).value();
    if (const auto* spend = std::get_if<Spend>(&read.event)) spent[spend->currency] += spend->amount;
    check_sound(ledger, spent);
  }

  /// Submits a claim. What is refused, or there already, has changed nothing.
  Result<Entry> offer(const Json& claim, Timestamp at) {
    const std::string before = print(ledger);
    std::string line;
    auto entry = submit(ledger, claim, at, line, [&](std::uint64_t seq) { return lines.at(seq); });
    const bool is_new = entry && !entry->existing;
    MIKOSHI_CHECK(line.empty() == !is_new);
    if (is_new) {
      MIKOSHI_CHECK(entry->seq + 1 == ledger.state.next_seq && entry->leaf == leaf_hash(as_bytes(line)));
      note(line);
    } else {
      MIKOSHI_CHECK(print(ledger) == before);
      const auto read = decode_claim(claim, at, ledger.state.next_seq);
      MIKOSHI_CHECK(entry || !read || may_refuse(read->event, entry.error().code));
      MIKOSHI_CHECK(!entry || entry->leaf == leaf_hash(as_bytes(lines.at(entry->seq))));
      MIKOSHI_CHECK(!entry || claim_in(parse_canonical(lines.at(entry->seq)).value()) == claim_in(claim));
    }
    return entry;
  }

  /// What a line or a claim says, beside when it was recorded and where it stands.
  [[nodiscard]] static std::string claim_in(Json json) {
    for (const std::string_view key : {"at", "seq"}) json.erase(key);
    if (json.find("voice") == nullptr) json.set("voice", "operator");
    return to_canonical(json);
  }

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  /// Whoever reads the lines has the same ledger.
  void check_replay() const {
    Ledger again;
    const std::string all = text();
    MIKOSHI_CHECK(replay(again, text_lines(all)).has_value());
    MIKOSHI_CHECK(print(again) == print(ledger) && again.log.root() == ledger.log.root() && again.bytes == all.size());
  }
};

/// A JSON object, key after value.
inline Json object(std::initializer_list<std::pair<const char*, Json>> fields) {
  Json json;
  for (const auto& [key, value] : fields) json.set(key, value);
  return json;
}

/// The claim that names a DAO of the three demo stewards, two of whom sign.
inline Json dao_claim(const std::string& offset, unsigned exponent) {
  Json::Array stewards;
  for (std::uint8_t n = 1; n <= 3; ++n)
    stewards.push_back(object({{"key", to_string(demo_key(n).public_key())}, {"name", demo_names[n - 1u]}}));
  return object({{"kind", "dao"},
                 {"currency", object({{"code", "JPY"}, {"exponent", static_cast<int>(exponent)}})},
                 {"format", static_cast<std::int64_t>(format_version)},
                 {"offset", offset},
                 {"salt", to_hex(sha256(as_bytes("demo")))},
                 {"stewards", std::move(stewards)},
                 {"threshold", 2}});
}

/// The claim of an event that the library made.
template <class E>
[[nodiscard]] Json claim_of(const E& event) {
  Json claim = Codec<E>::encode(event);
  claim.set("kind", E::kind);
  return claim;
}

}  // namespace fuzz
