// SPDX-License-Identifier: MIT
#include "world.hpp"

namespace world {

Json json(const std::string& text) {
  INFO(text);
  const auto parsed = parse_json(quoted(text));
  REQUIRE(parsed);
  return *parsed;
}

Json dao_claim(std::string_view offset, std::string_view salt) {
  Json claim = json("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':1,'threshold':2}");
  claim.set("offset", offset);
  claim.set("salt", sha(salt));
  Json::Array stewards;
  for (std::uint8_t n = 1; n <= 3; ++n) stewards.push_back(Codec<Steward>::encode(demo_steward(n)));
  claim.set("stewards", std::move(stewards));
  return claim;
}

std::string dump(const State& state) {
  std::string out;
  const auto put = [&](const auto&... parts) {
    const auto text = [](const auto& part) -> std::string {
      using T = std::remove_cvref_t<decltype(part)>;
      if constexpr (std::is_same_v<T, bool>) {
        return part ? "yes" : "no";
      } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::string{std::string_view{part}};
      } else if constexpr (std::is_same_v<T, Hash>) {
        return to_hex(part);
      } else if constexpr (std::is_same_v<T, u128>) {
        return to_string(part);
      } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(part));
      } else if constexpr (requires { part.text(); }) {
        return part.text();
      } else {
        return to_string(part);
      }
    };
    ((out += text(parts), out += ' '), ...);
    out.back() = '\n';
  };
  const auto put_outcome = [&](const Outcome& o) {
    put("  outcome", o.digest, o.distributed, o.in, o.payees, o.payout_root, o.recouped, o.undivided_after,
        o.undivided_before);
    for (std::size_t i = 0; o.others && i < o.others->size(); ++i) {
      const OtherTotals& other = (*o.others)[i];
      put("  in", other.currency, other.exponent, canonical_text(other.totals));
    }
  };
  put("next", state.next_seq, "last", state.last_at, "voices", state.voices.relayed, state.voices.by_operator,
      state.voices.by_signature);
  put("dao", state.dao.epoch, state.dao.id, state.dao.offset, state.currency.code(), state.currency.exponent(),
      state.dao.threshold);
  for (const Steward& s : state.dao.stewards) put("steward", s.name, s.key);
  for (const auto& [id, index] : state.members.ids.sorted()) {
    put("member", id, index, state.members.rows.at(index).seq, state.members.ids[index]);
    const Member& row = state.members.rows[index];
    for (const Stay& stay : row.stays) put("  stay", stay.from_s, stay.until_s);
    put("  life", row.died, row.introducer.has_value(), row.introducer.value_or(0), row.nonce);
    for (const MemberKey& key : row.keys) put("  key", key.key, key.from_s, key.ended);
    for (const RelayedLine& line : row.relayed) put("  relayed", line.seq, line.leaf);
  }
  for (const SpeakerKey& key : state.members.keys) put("bound", key);
  put("members", state.members.rows.size());
  for (const auto& [id, index] : state.holdings.class_ids.sorted()) {
    const TicketKind& row = state.holdings.classes.at(index);
    put("class", id, index, row.seq, row.weight, row.transfer, row.supply.has_value(), row.supply.value_or(0),
        row.minted, row.form, row.per_member.has_value(), row.per_member.value_or(0));
    for (const std::uint64_t given : row.given) put("  given", given);
    for (const UnitAccount& account : row.accounts) {
      put("  account", account.steps.size());
      for (const Balance& step : account.steps) put("    units", step.units, step.from_s);
    }
  }
  for (const auto& [id, seq] : state.holdings.unit_moves) put("unit move", id, seq);
  for (const auto& [id, index] : state.holdings.ticket_ids.sorted()) {
    const Ticket& row = state.holdings.tickets.at(index);
    put("ticket", id, index, row.seq, row.kind, row.burned_s);
    for (const Hold& hold : row.holds) put("  hold", hold.holder, hold.from_s, hold.returns);
  }
  put("classes", state.holdings.classes.size(), "tickets", state.holdings.tickets.size());
  for (const auto& [id, index] : state.records.kind_ids.sorted())
    put("kind", id, index, state.records.kinds.at(index).seq, state.records.kinds[index].weight,
        state.records.kinds[index].use);
  for (const auto& [id, index] : state.records.ids.sorted()) {
    const Contribution& row = state.records.contributions.at(index);
    put("record", id, index, row.seq, row.points, row.points_counted, row.member, row.kind, row.period, row.confirmed,
        row.from_file, row.corrected, row.waiting, row.unpaid, row.work ? static_cast<std::int64_t>(*row.work) : -1);
  }
  put("kinds", state.records.kinds.size(), "records", state.records.contributions.size());
  for (const std::uint32_t index : state.records.waiting) put("waiting", index);
  for (const auto& [heap, debts] : state.records.debts) {
    put("heap", heap.work.has_value(), heap.work.value_or(0), heap.use);
    for (const std::uint64_t weight : debts) put("debt", u128{weight});
  }
  for (const auto& [id, index] : state.works.ids.sorted()) {
    const Work& row = state.works.rows.at(index);
    put("work", id, index, row.seq, row.phase);
    for (const std::uint32_t credit : row.credits) put("  credit", credit);
    for (const auto& [code, backers] : row.backers)
      for (const std::uint64_t amount : backers) put("  backer", code, amount);
  }
  for (const auto& [id, index] : state.works.credit_ids.sorted()) {
    const Credit& row = state.works.credits.at(index);
    put("credit", id, index, row.seq, row.work, row.member, row.weight, row.from, row.last.has_value(),
        row.last.value_or(Period{}), row.confirmed);
  }
  for (const auto& [id, index] : state.costs.ids.sorted()) {
    const Cost& row = state.costs.rows.at(index);
    put("cost", id, index, row.seq, row.amount, row.repaid, row.member, row.work.has_value(), row.work.value_or(0),
        row.currency);
  }
  for (const std::uint32_t index : state.costs.waiting) put("cost waiting", index);
  for (const auto& [id, seq] : state.costs.spendings) put("spending", id, seq);
  for (const auto& [id, index] : state.reviews.ids.sorted()) {
    const ReviewRound& row = state.reviews.rounds.at(index);
    put("review", id, index, row.seq, row.period, row.budget.has_value(), row.budget.value_or(0), row.pair_cap,
        row.raters_min, row.method, row.seal_until_s, row.reveal_until_s, row.closed.has_value(), row.closed.value_or(0));
    for (const Members::Index member : row.members) put("  rated", member);
    for (const auto& [relation, weight] : row.relations) put("  relation", relation, weight);
    for (const Ballot& ballot : row.ballots) {
      put("  ballot", ballot.by, ballot.relation, ballot.seal, ballot.open);
      for (const auto& [member, score] : ballot.scores) put("    score", member, score);
    }
    for (const ReviewResult& result : row.results)
      put("  result", result.member, result.weight, result.points, result.whole, result.raters);
  }
  for (const auto& [member, will] : state.wills.rows) {
    put("will", member, will.seq, will.whole, will.needed, will.wait_days, will.announced.has_value(),
        will.announced.value_or(0), will.announced_s, canonical_text(Heir{will.heirs, {}, 0}));
    for (const Members::Index executor : will.executors) put("  executor", executor);
  }
  for (const auto& [id, index] : state.proposals.ids.sorted()) {
    const Proposal& row = state.proposals.rows.at(index);
    put("proposal", id, index, row.seq, row.leaf, row.until_s, row.by.has_value(), row.by.value_or(0), row.effect.index(),
        row.state, row.pledged);
    for (const Members::Index who : row.signatures) put("  signed", who);
    for (const Members::Index who : row.objections) put("  objected", who);
    for (const StewardId& who : row.steward_signatures) put("  steward", who);
    for (const auto& [who, amount] : row.pledges) put("  pledge", who, amount);
  }
  for (const auto& [id, row] : state.proposals.pledges) put("pledge", id, row.seq);
  for (const auto& [id, seq] : state.proposals.waivers) put("waiver", id, seq);
  for (const Dispute& dispute : state.proposals.disputes) {
    put("dispute", dispute.draft, dispute.member, dispute.open);
    for (const auto& [code, amount] : dispute.amounts) put("  amount", code, amount);
  }
  for (const auto& [file, row] : state.records.sources) put("source", file, row);
  const auto put_money = [&](const Money& money) {
    put("money", money.currency.code(), money.currency.exponent());
    put("world", money.books.world.debit, money.books.world.credit);
    put("deficit", money.books.deficit.debit, money.books.deficit.credit);
    for (const auto& [work, row] : money.books.work_deficits) put("work deficit", work, row.debit, row.credit);
    for (const auto& [account, row] : money.books.accounts) put("account", account, row.debit, row.credit);
    for (const Account& row : money.books.owed_rows) put("owed", row.debit, row.credit);
    for (const auto& [id, pool] : money.pools) {
      put("pool", id, pool.carry.dust, pool.carry.undivided, pool.received);
      for (std::size_t i = 0; i < pool.members.size(); ++i) put("  fraction", u128{pool.members[i]}, pool.paid.at(i));
      put("  paid", pool.paid.size());
      for (const auto& [branch, fraction] : pool.branches) put("  branch", branch, u128{fraction});
      for (const std::uint64_t weight : pool.memory) put("  remembered", u128{weight});
      for (const Held& held : pool.held) put("  held", held.since, held.amount, held.given);
    }
  };
  put_money(state);
  for (const auto& [code, money] : state.others) {
    put("other", code, money.seq);
    put_money(money);
  }
  for (const auto& [id, index] : state.conversions.ids.sorted()) {
    const ConversionRow& row = state.conversions.rows.at(index);
    put("conversion", id, index, row.seq, row.amount, row.gives, row.currency, row.into, row.period, row.undone);
  }
  for (const auto& [id, index] : state.segments.ids.sorted()) {
    const Segment& row = state.segments.rows.at(index);
    put("segment", id, index, row.seq, row.points, row.period, row.waiting);
    for (const Members::Index member : row.members) put("  member", member);
  }
  for (const std::uint32_t index : state.segments.waiting) put("segment waiting", index);
  for (const auto& [id, index] : state.incomes.ids.sorted()) {
    const Income& row = state.incomes.rows.at(index);
    put("income", id, index, row.seq, row.amount, row.distributed, row.recorded_for, row.enters, row.corrected,
        row.currency, row.from ? to_hex(*row.from) : "", row.work ? row.work->text() : "");
  }
  put("incomes", state.incomes.rows.size());
  for (const auto& [id, row] : state.incomes.openings) put("opening", id, row.seq, row.amount);
  for (const auto& [id, index] : state.payments.ids.sorted()) {
    const PaymentRow& row = state.payments.rows.at(index);
    put("payment", id, index, row.seq, row.ended_seq, row.amount, row.member, row.state, row.currency,
        row.wallet ? to_string(*row.wallet) : "");
  }
  put("payments", state.payments.rows.size());
  const Decisions& decisions = state.decisions;
  for (const CharterRow& row : decisions.charters)
    put("charter", row.id, row.seq, row.from, row.hash, to_canonical(row.rules));
  for (const CharterRow& row : decisions.charters)
    for (const auto& [code, minimum] : row.minimums) put("minimum", code, minimum);
  for (const CharterRow& row : decisions.charters) {
    for (const auto& [what, consent] : row.consent) put("consent", what, consent.days, consent.parts, consent.whole);
    for (const std::string& kind : row.signed_kinds) put("signed", kind);
    for (const std::string& code : row.works) put("works", code);
  }
  for (const DraftRow& row : decisions.drafts) {
    put("draft", row.id, row.seq, row.period, row.state, row.open_until_s);
    for (const auto& [line, by] : row.objections)
      for (const Members::Index who : by) put("  objection", line, who);
    put_outcome(row.outcome);
  }
  for (const std::uint32_t index : decisions.unstated) put("unstated", index);
  put("statement", decisions.last_statement.has_value(), decisions.last_statement.value_or(0), "closed",
      decisions.closed_through ? to_string(*decisions.closed_through) : "nothing");
  return out;
}

std::string dump(const Ledger& ledger) {
  return dump(ledger.state) + "log " + std::to_string(ledger.log.size()) + " " + to_hex(ledger.log.root()) + " bytes " +
         std::to_string(ledger.bytes) + "\n";
}

std::string line_of(Json claim, Timestamp at, std::uint64_t seq) {
  if (claim.find("at") == nullptr) claim.set("at", to_string(at));
  if (claim.find("voice") == nullptr) claim.set("voice", "operator");
  if (claim.find("seq") == nullptr) claim.set("seq", static_cast<std::int64_t>(seq));
  return to_canonical(claim);
}

std::string World::take(const std::string& line) {
  const std::string before = dump(ledger);
  const auto taken = take_line(ledger, line);
  if (taken) {
    lines.push_back(line);
  } else {
    INFO(line);
    REQUIRE(dump(ledger) == before);
  }
  return code_of(taken);
}

Result<Entry> World::submit(const Json& claim) {
  const std::string before = dump(ledger);
  std::string line;
  auto receipt = mikoshi::submit(ledger, claim, at, line, [&](std::uint64_t seq) { return lines.at(seq); });
  const bool added = receipt && !receipt->existing;
  INFO(to_canonical(claim));
  REQUIRE(line.empty() == !added);
  if (!added) REQUIRE(dump(ledger) == before);
  if (added) lines.push_back(line);
  return receipt;
}

Entry World::must(const Json& claim) {
  auto receipt = submit(claim);
  INFO(to_canonical(claim));
  INFO((receipt ? std::string{} : to_string(receipt.error())));
  REQUIRE(receipt);
  return *receipt;
}

Json World::draft_claim(const std::string& period) const {
  const auto draft = make_draft(ledger.state, month(period));
  INFO(period << " " << code_of(draft));
  REQUIRE(draft);
  Json claim = Codec<DraftNew>::encode(*draft);
  claim.set("kind", "draft");
  return claim;
}

Json World::statement_claim() const {
  const auto statement = make_statement(ledger.state);
  REQUIRE(statement);
  Json claim = Codec<Statement>::encode(*statement);
  claim.set("kind", "statement");
  return claim;
}

void check_table(const World& start, const std::vector<Case>& cases) {
  for (const Case& row : cases) {
    CAPTURE(row.event);
    World w = start;
    CHECK(w.rule(row.event) == row.code);
    World again = start;
    const auto receipt = again.submit(row.event);
    CHECK((receipt && !receipt->existing) == (row.code == "ok"));
    if (row.code == "ok") {
      CHECK(dump(w.ledger) == dump(again.ledger));
      CHECK(dump(w.ledger.state) != dump(start.ledger.state));
    }
  }
}

std::string snapshot(const World& world, std::initializer_list<std::uint8_t> signers) {
  Note note{snapshot_text(world.ledger).value(), {}};
  for (const std::uint8_t n : signers) REQUIRE(sign_snapshot(note, world.state().dao, demo_key(n)));
  return to_string(note);
}

}  // namespace world
