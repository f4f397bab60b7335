// SPDX-License-Identifier: MIT
/// The target `api`: bytes are a sequence of calls, as programs make them. After each one the ledger checks itself.
///
/// A new operation is one function and one line in `operations`; its place is the byte that chooses it, so it goes at
/// the end.

#include <map>
#include <set>

#include "any_rules.hpp"
#include "feed.hpp"
#include "fill.hpp"
#include "keeper.hpp"
#include "target.hpp"
#include "mikoshi/proof/receipt.hpp"

namespace fuzz {
namespace {

constexpr std::int64_t hour_s = 3600, day_s = 24 * hour_s;

struct Play {
  Feed& feed;
  Keeper keeper;
  Timestamp now;
  std::size_t calls = 0;

  [[nodiscard]] const State& state() const { return keeper.state(); }

  /// One of few names, so that they meet again.
  std::string name(std::string_view prefix, std::size_t count) {
    return std::string{prefix} + std::to_string(feed.below(count));
  }
  std::string member() { return name("m", 6); }
  std::string ticket() { return name("t", 6); }
  std::string record() { return name("r", 8); }

  /// Mostly the month that is open, or one beside it.
  std::string month() {
    const Period current = Period::of(now, state().dao.offset);
    const Period open = state().decisions.open_period().value_or(current);
    const std::array<Period, 5> months = {open, open, current, open.next(), open.previous()};
    return to_string(feed.pick(months));
  }
  std::string amount() {
    if (!feed.one_in(8)) return std::to_string(feed.number(UINT64_MAX));
    const u128 high = feed.number(UINT64_MAX >> 1);
    return mikoshi::to_string(high << 64 | feed.number(UINT64_MAX));
  }
  std::int64_t count() { return static_cast<std::int64_t>(feed.number(static_cast<std::uint64_t>(json_integer_max))); }

  Json evidence() {
    Json json = object({{"file", to_hex(sha256(as_bytes(name("file", 3))))}});
    if (feed.one_in(2)) json.set("row", static_cast<int>(feed.below(5)));
    return json;
  }

  /// Submits with some envelope: in either voice, now or dated back. Whether it was taken.
  bool say(Json claim) {
    const std::uint8_t how = feed.byte();
    if ((how & 1) != 0) {
      claim.set("voice", "relayed");
      claim.set("channel", "talk");
      claim.set("message", to_hex(sha256(as_bytes("hello"))));
    }
    if ((how & 6) == 6) {
      const std::int64_t ago_s = (how >> 3) * 30 * hour_s;
      if (const auto on = Timestamp::from_seconds(now.seconds() - ago_s)) claim.set("on", to_string(*on));
    }
    return keeper.offer(claim, now).has_value();
  }
  /// Submits in the operator's voice what must be taken.
  void must(const Json& claim) { MIKOSHI_CHECK(keeper.offer(claim, now).has_value()); }

  void wait(std::int64_t seconds) {
    if (const auto later = Timestamp::from_seconds(now.seconds() + seconds)) now = *later;
  }
};

void op_wait(Play& play) {
  constexpr std::array<std::int64_t, 6> steps = {1, hour_s, day_s, 10 * day_s, 28 * day_s, -hour_s};
  play.wait(play.feed.pick(steps));
}

void op_wait_for_month(Play& play) {
  const Period month = Period::of(play.now, play.state().dao.offset);
  play.wait(month.end_s(play.state().dao.offset) - play.now.seconds() - (play.feed.one_in(4) ? 1 : 0));
}

void op_join(Play& play) { play.say(object({{"kind", "member.join"}, {"member", play.member()}})); }
void op_leave(Play& play) { play.say(object({{"kind", "member.leave"}, {"member", play.member()}})); }
void op_rejoin(Play& play) { play.say(object({{"kind", "member.rejoin"}, {"member", play.member()}})); }

void op_class(Play& play) {
  Json claim = object({{"kind", "ticket.class"},
                       {"class", play.name("c", 2)},
                       {"transfer", play.feed.one_in(4) ? "locked" : "free"},
                       {"weight", static_cast<std::int64_t>(play.feed.number(ticket_weight_max + 1))}});
  if (play.feed.one_in(3)) claim.set("supply", static_cast<int>(play.feed.below(4)));
  play.say(std::move(claim));
}
void op_mint(Play& play) {
  play.say(object(
      {{"kind", "ticket.mint"}, {"class", play.name("c", 2)}, {"ticket", play.ticket()}, {"to", play.member()}}));
}
void op_transfer(Play& play) {
  play.say(
      object({{"kind", "ticket.transfer"}, {"from", play.member()}, {"ticket", play.ticket()}, {"to", play.member()}}));
}
void op_burn(Play& play) {
  play.say(object({{"kind", "ticket.burn"}, {"from", play.member()}, {"ticket", play.ticket()}}));
}

void op_kind(Play& play) {
  play.say(object({{"kind", "contribution.kind"}, {"type", play.name("k", 2)}, {"weight", play.count()}}));
}
void op_record(Play& play) {
  Json claim = object({{"kind", "contribution"},
                       {"id", play.record()},
                       {"member", play.member()},
                       {"period", play.month()},
                       {"points", play.count()},
                       {"type", play.name("k", 2)}});
  if (play.feed.one_in(2)) claim.set("confirmed", play.member());
  if (play.feed.one_in(3)) claim.set("evidence", play.evidence());
  play.say(std::move(claim));
}
void op_confirm(Play& play) {
  play.say(object({{"kind", "contribution.confirm"}, {"by", play.member()}, {"id", play.record()}}));
}
void op_correct(Play& play) {
  play.say(object({{"kind", "contribution.correct"}, {"id", play.record()}, {"points", play.count()}}));
}

void op_income(Play& play) {
  Json claim = object({{"kind", "income"},
                       {"amount", play.amount()},
                       {"currency", "JPY"},
                       {"id", play.name("i", 6)},
                       {"period", play.month()}});
  if (play.feed.one_in(3)) claim.set("evidence", play.evidence());
  play.say(std::move(claim));
}
void op_correct_income(Play& play) {
  play.say(object({{"kind", "income.correct"}, {"amount", play.amount()}, {"id", play.name("i", 6)}}));
}

void op_charter(Play& play) {
  std::size_t pool = play.feed.below(4);
  const std::string id = play.name("v", 6), from = play.month();
  Json rules = object({{"root", any_node(play.feed, 3, pool)}});
  if (play.feed.one_in(4)) rules.set("minimum", play.amount());
  play.say(object({{"kind", "charter"}, {"from", from}, {"id", id}, {"rules", rules}}));
}

/// The draft that the library gives for the open month, if it gives one and the month is over.
std::optional<DraftNew> ready_draft(Play& play) {
  const auto open = play.state().decisions.open_period();
  if (!open || play.now.seconds() < open->end_s(play.state().dao.offset) || play.now < play.state().last_at) return {};
  auto draft = make_draft(play.state(), *open);
  if (draft) return std::move(*draft);
  MIKOSHI_CHECK(draft.error().code == Errc::weight_overflow);
  return {};
}
void op_draft(Play& play) {
  if (const auto draft = ready_draft(play)) {
    // An id of this form may have been taken by hand (op_any).
    if (play.state().decisions.find_draft(draft->id) == nullptr) play.must(claim_of(*draft));
  } else if (const auto month = Period::parse(play.month())) {
    if (const auto early = make_draft(play.state(), *month)) play.say(claim_of(*early));
  }
}
/// A draft that is wrong in one number is refused.
void op_false_draft(Play& play) {
  auto draft = ready_draft(play);
  if (!draft) return;
  draft->id = RecordId::parse("false").value();
  const Json right = Codec<Outcome>::encode(draft->outcome);
  const Json::Member& changed = play.feed.pick(*right.object());
  Json outcome = right;
  if (changed.value.text() != nullptr) {
    std::string text = *changed.value.text();
    text.back() = text.back() == '1' ? '2' : '1';
    outcome.set(changed.key, text);
  } else {
    outcome.set(changed.key, *changed.value.integer() + 1);
  }
  Json claim = claim_of(*draft);
  claim.set("outcome", std::move(outcome));
  MIKOSHI_CHECK(!play.keeper.offer(claim, play.now));
}
void op_approve(Play& play) {
  const auto& drafts = play.state().decisions.drafts;
  if (drafts.empty()) return;
  const Books before = play.state().books;
  const bool is_last = !play.feed.one_in(4);
  const std::string id = (is_last ? drafts.back() : play.feed.pick(drafts)).id.text();
  if (!play.say(object({{"kind", "approve"}, {"draft", id}}))) return;
  for (Members::Index i = 0; i < play.state().members.rows.size(); ++i)
    MIKOSHI_CHECK(play.state().books.owed(i) >= before.owed(i));
}
/// A whole month's end, which must go through when nothing comes between.
void op_close(Play& play) {
  op_wait_for_month(play);
  const auto draft = ready_draft(play);
  const Decisions& decisions = play.state().decisions;
  if (!draft || decisions.find_draft(draft->id) != nullptr || decisions.unstated.size() == unstated_max) return;
  play.must(claim_of(*draft));
  play.must(object({{"kind", "approve"}, {"draft", draft->id.text()}}));
}
void op_statement(Play& play) {
  if (play.now < play.state().last_at) return;
  const auto statement = make_statement(play.state());
  MIKOSHI_CHECK(statement.has_value() == !play.state().decisions.charters.empty());
  if (statement) play.must(claim_of(*statement));
}

/// A value that stood under this key in some line.
Json seen_under(Play& play, const std::string& key, const Json& otherwise) {
  std::vector<Json> seen;
  for (const std::string& line : play.keeper.lines) {
    const Json earlier = parse_canonical(line).value();
    if (const Json* value = earlier.find(key)) seen.push_back(*value);
    if (seen.size() == 256) break;
  }
  return seen.empty() ? otherwise : play.feed.pick(seen);
}

/// An earlier line, said again as it stands, later, or with one field changed.
void op_again(Play& play) {
  Json claim = parse_canonical(play.feed.pick(play.keeper.lines)).value();
  claim.erase("seq");
  if (play.feed.one_in(2)) claim.erase("at");
  if (play.feed.one_in(3)) {
    const Json::Member changed = play.feed.pick(*claim.object());
    const Json larger = changed.value.integer() != nullptr ? Json{*changed.value.integer() + 1} : changed.value;
    const bool take_larger =
        play.feed.one_in(2) && larger.integer() != nullptr && *larger.integer() <= json_integer_max;
    claim.set(changed.key, take_larger ? larger : seen_under(play, changed.key, changed.value));
  }
  static_cast<void>(play.keeper.offer(claim, play.now));
}

/// The next calls on a copy, which is then kept or thrown away: whatever happens to it, the first one stays as it is.
void op_copy(Play& play);

/// Any event there is, its fields filled by its list, many of them with what stood under the same key before.
void op_any(Play& play) {
  const std::size_t chosen = play.feed.place(std::variant_size_v<Event>);
  std::size_t index = 0;
  Json claim;
  each_event_type([&]<class E>() {
    if (index++ != chosen) return;
    E event{};
    fill(play.feed, event);
    claim = claim_of(event);
  });
  const Json filled = claim;
  for (const Json::Member& member : *filled.object()) {
    if (member.key == "kind" || play.feed.one_in(4)) continue;
    claim.set(member.key, seen_under(play, member.key, member.value));
  }
  play.say(std::move(claim));
}

void op_opening(Play& play) {
  const std::string to = play.feed.one_in(3) ? play.name("pool:a", 3) : play.member();
  play.say(object(
      {{"kind", "opening"}, {"amount", play.amount()}, {"currency", "JPY"}, {"id", play.name("o", 3)}, {"to", to}}));
}
/// Mostly all or some of what is owed.
void op_pay(Play& play) {
  const std::string member = play.member();
  const auto index = play.state().members.ids.find(MemberId::parse(member).value());
  const u128 owed = index ? play.state().books.owed(*index) : u128{0};
  const u128 some = play.feed.one_in(2) ? owed / (1 + play.feed.below(4)) : owed + play.feed.below(2);
  const std::string amount = play.feed.one_in(4) ? play.amount() : mikoshi::to_string(some);
  play.say(object(
      {{"kind", "payment"}, {"amount", amount}, {"currency", "JPY"}, {"id", play.name("q", 6)}, {"member", member}}));
}
void op_sent(Play& play) { play.say(object({{"kind", "payment.sent"}, {"id", play.name("q", 6)}})); }
/// The end of a payment, mostly with the amount that was planned.
void op_paid(Play& play) {
  const std::string id = play.name("q", 6);
  const auto index = play.state().payments.ids.find(PaymentId::parse(id).value());
  const bool planned = index && !play.feed.one_in(8);
  const std::string amount = planned ? mikoshi::to_string(play.state().payments.rows[*index].amount) : play.amount();
  const char* kind = play.feed.one_in(3) ? "payment.failed" : "payment.settled";
  Json claim = object({{"kind", kind}, {"amount", amount}, {"id", id}});
  if (play.feed.one_in(4)) claim.set("evidence", play.evidence());
  play.say(std::move(claim));
}
void op_void(Play& play) {
  const auto& drafts = play.state().decisions.drafts;
  if (!drafts.empty()) play.say(object({{"kind", "void"}, {"draft", play.feed.pick(drafts).id.text()}}));
}

constexpr std::array operations = {
    op_wait,           op_wait_for_month, op_join,  op_leave,       op_rejoin,  op_class,   op_mint,
    op_transfer,       op_burn,           op_kind,  op_record,      op_confirm, op_correct, op_income,
    op_correct_income, op_charter,        op_draft, op_false_draft, op_approve, op_close,   op_statement,
    op_again,          op_copy,           op_any,   op_opening,     op_pay,     op_sent,    op_paid,
    op_void,
};

constexpr std::size_t calls_max = 120;

void step(Play& play) {
  if (++play.calls <= calls_max) operations[play.feed.place(operations.size())](play);
}

void op_copy(Play& play) {
  const std::string before = print(play.keeper.ledger);
  const Keeper first = play.keeper;
  for (std::size_t n = play.feed.below(4); n-- > 0;) step(play);
  MIKOSHI_CHECK(print(first.ledger) == before);
  if (play.feed.one_in(2)) play.keeper = first;
}

/// Two stewards sign what stands there; a stranger verifies it.
void check_snapshot(const Keeper& keeper) {
  const auto text = snapshot_text(keeper.ledger);
  MIKOSHI_CHECK(text.has_value() == ends_with_statement(keeper.ledger));
  if (!text) return;
  Note note{*text, {}};
  for (const std::uint8_t n : std::array<std::uint8_t, 2>{1, 3})
    MIKOSHI_CHECK(sign_snapshot(note, keeper.state().dao, demo_key(n)).has_value());
  const std::string lines = keeper.text();
  const auto verified = verify_ledger(text_lines(lines), to_string(note));
  MIKOSHI_CHECK(verified && verified->signers.stewards.size() == 2 && verified->lines == keeper.lines.size());
  // And every member a receipt.
  const auto receipts = Receipts::read(text_lines(lines), to_string(note));
  MIKOSHI_CHECK(receipts && receipts->members() == standings(keeper.state()));
  for (const Standing& standing : receipts->members()) {
    const auto receipt = receipts->of(standing.member);
    MIKOSHI_CHECK(receipt.has_value());
    const auto checked = verify_receipt(to_string(*receipt), standing.member);
    MIKOSHI_CHECK(checked && checked->standing == standing);
    MIKOSHI_CHECK(checked->members == receipts->members().size() &&
                  checked->payouts.size() == receipt->body.payouts.size());
  }
}

constexpr std::array<std::string_view, 4> offsets = {"+09:00", "+00:00", "-14:00", "+14:00"};

/// A new DAO: empty, or one that can do everything, so that few bytes reach far.
Keeper new_dao(std::string_view offset, unsigned exponent, bool furnished) {
  Keeper keeper;
  const auto at = Timestamp::parse("2026-01-01T00:00:00Z").value();
  const auto must = [&](const Json& claim) { MIKOSHI_CHECK(keeper.offer(claim, at).has_value()); };
  must(dao_claim(std::string{offset}, exponent));
  if (!furnished) return keeper;
  must(object({{"kind", "ticket.class"}, {"class", "c0"}, {"supply", 4}, {"transfer", "free"}, {"weight", 1}}));
  must(object({{"kind", "contribution.kind"}, {"type", "k0"}, {"weight", 1}}));
  for (const std::string n : {"0", "1", "2"}) {
    must(object({{"kind", "member.join"}, {"member", "m" + n}}));
    must(object({{"kind", "ticket.mint"}, {"class", "c0"}, {"ticket", "t" + n}, {"to", "m" + n}}));
  }
  return keeper;
}

/// The same, made once: most of an input's time would go into it.
const Keeper& kept_dao(std::uint8_t world) {
  static std::array<std::optional<Keeper>, 32> made;
  auto& keeper = made.at(world & 31);
  if (!keeper) keeper = new_dao(offsets[world & 3], world >> 2 & 3, (world & 16) == 0);
  return *keeper;
}

}  // namespace

void api(ByteSpan bytes) {
  Feed feed{bytes};
  const std::uint8_t world = feed.byte();
  Play play{feed, kept_dao(world), kept_dao(world).state().last_at, 0};
  if ((world & 16) == 0) {
    std::size_t pool = 0;
    const Json simple = object({{"pool", "p1"}, {"among", "ticket-seconds"}, {"else", object({{"to", "pool:a0"}})}});
    const Json rules = object({{"root", (world & 32) == 0 ? simple : any_node(feed, 3, pool)}});
    const Json claim = object({{"kind", "charter"}, {"from", "2026-01"}, {"id", "v0"}, {"rules", rules}});
    const auto read = parse_charter(rules);
    if (read && check_charter(play.state(), *read, Period::parse("2026-01").value())) play.must(claim);
  }
  while (!feed.empty() && play.calls < calls_max) step(play);
  play.keeper.check_replay();
  check_snapshot(play.keeper);
}

}  // namespace fuzz
