// SPDX-License-Identifier: MIT
/// The target `api`: bytes are a sequence of calls, as programs make them. After each one the ledger checks itself.
///
/// A new operation is one function and one line in `operations`; its place is the byte that chooses it, so it goes at
/// the end.

#include <map>
#include <set>

#include "any_rules.hpp"
#include "demo_dao.hpp"
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

  /// As `say`, mostly relayed: what a member alone says.
  bool say_own(Json claim) {
    if (!feed.one_in(8)) claim = relayed(std::move(claim));
    return keeper.offer(claim, now).has_value();
  }
  /// Submits in the own voice of a member, mostly rightly signed.
  bool say_signed(const Json& claim, const std::string& who) {
    const auto index = state().members.ids.find(MemberId::parse(who).value());
    std::uint64_t nonce = index ? state().members.rows[*index].nonce + 1 : 1;
    std::uint8_t key = static_cast<std::uint8_t>(1 + feed.below(3));
    for (std::uint8_t n = 1; index && n <= 3; ++n)
      for (const MemberKey& bound : state().members.rows[*index].keys)
        if (bound.key == SpeakerKey{demo_key(n).public_key()} && !bound.ended && !feed.one_in(8)) key = n;
    if (feed.one_in(8)) nonce += feed.below(3) - 1;
    return keeper.offer(signed_by(state(), claim, who, key, nonce), now).has_value();
  }
  std::string coin() { return feed.one_in(3) ? "USD" : "JPY"; }
  std::string work() { return name("w", 2); }
  std::string proposal() { return name("q", 6); }
  /// A small amount, or any.
  std::string some() { return feed.one_in(4) ? amount() : std::to_string(feed.below(200)); }
  /// A time within three weeks, or now.
  std::string soon() { return text_of(now.seconds() + static_cast<std::int64_t>(feed.below(22)) * day_s); }
  /// A time, or now where there is no such time.
  [[nodiscard]] std::string text_of(std::int64_t second) const {
    const auto time = Timestamp::from_seconds(second);
    return to_string(time ? *time : now);
  }
  /// Waits for a time that is to come, unless it is far away.
  void wait_for(std::int64_t second) {
    if (second > now.seconds() && second - now.seconds() < 400 * day_s) wait(second - now.seconds());
  }

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
  Json rules = any_charter(play.feed, 3, pool);
  if (play.feed.one_in(8)) rules.set("minimum", play.amount());
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
bool is_free(const Play& play, const RecordId& id) {
  return play.state().decisions.find_draft(id) == nullptr && !play.state().proposals.ids.find(id);
}
void op_draft(Play& play) {
  if (const auto draft = ready_draft(play)) {
    // An id of this form may have been taken by hand (op_any).
    if (is_free(play, draft->id)) play.must(claim_of(*draft));
  } else if (const auto month = Period::parse(play.month())) {
    if (const auto early = make_draft(play.state(), *month)) play.say(claim_of(*early));
  }
}
/// A draft that is wrong in one number is refused.
void op_false_draft(Play& play) {
  auto draft = ready_draft(play);
  if (!draft) return;
  draft->id = RecordId::parse("false").value();
  Json right = Codec<Outcome>::encode(draft->outcome);
  right.erase("others");  // the own currency's numbers; without the others it would be false anyway
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
  if (!draft || !is_free(play, draft->id) || decisions.unstated.size() > unstated_max - 2) return;
  play.must(claim_of(*draft));
  const std::int64_t heard_until_s = decisions.drafts.back().open_until_s;
  play.wait_for(heard_until_s);
  if (play.now.seconds() < heard_until_s) return;
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

void op_guest(Play& play) { play.say(object({{"kind", "member.guest"}, {"member", play.member()}})); }
void op_key(Play& play) {
  const std::string member = play.member();
  const std::string demo =
      to_string(SpeakerKey{demo_key(static_cast<std::uint8_t>(1 + play.feed.below(3))).public_key()});
  const Json claim = object({{"kind", play.feed.one_in(4) ? "member.key.end" : "member.key"},
                             {"member", member},
                             {"public_key", play.feed.one_in(4) ? "eth:0x" + std::string(40, '1') : demo}});
  play.feed.one_in(4) ? play.say_signed(claim, member) : play.say(claim);
}
/// The member's own lines among the last ones: all that wait, or those of some range.
void op_attest(Play& play) {
  const std::string member = play.member();
  const auto index = play.state().members.ids.find(MemberId::parse(member).value());
  const std::size_t first = play.feed.below(32), last = first + play.feed.below(256);
  MerkleLog tree;
  if (index)
    for (const RelayedLine& line : play.state().members.rows[*index].relayed)
      if (first <= line.seq && line.seq <= last) tree.append(line.leaf);
  play.say_signed(object({{"kind", "attest"},
                          {"first", static_cast<std::int64_t>(first)},
                          {"last", static_cast<std::int64_t>(last)},
                          {"member", member},
                          {"root", to_hex(tree.root())}}),
                  member);
}
/// Some act of a member, in the own voice.
void op_signed(Play& play) {
  const std::string who = play.member();
  const std::array<Json, 4> acts = {
      object({{"kind", "ticket.transfer"}, {"from", who}, {"ticket", play.ticket()}, {"to", play.member()}}),
      object({{"kind", "contribution.confirm"}, {"by", who}, {"id", play.record()}}),
      object({{"kind", "sign"}, {"by", who}, {"id", play.proposal()}}),
      object({{"kind", play.feed.one_in(2) ? "member.leave" : "member.rejoin"}, {"member", who}})};
  play.say_signed(play.feed.pick(acts), who);
}
void op_introduce(Play& play) {
  play.say(object({{"kind", "introduction"}, {"by", play.member()}, {"member", play.member()}}));
}

void op_lend(Play& play) {
  play.say(object({{"kind", "ticket.lend"},
                   {"from", play.member()},
                   {"ticket", play.ticket()},
                   {"to", play.member()},
                   {"until", play.soon()}}));
}
void op_return(Play& play) {
  play.say(object({{"kind", "ticket.return"}, {"from", play.member()}, {"ticket", play.ticket()}}));
}
void op_class_of_any_form(Play& play) {
  Json claim = object({{"kind", "ticket.class"},
                       {"class", play.name("c", 4)},
                       {"transfer", Words<TransferPolicy>::words[play.feed.below(4)]},
                       {"weight", static_cast<std::int64_t>(play.feed.below(5))}});
  if (!play.feed.one_in(3)) claim.set("form", "units");
  if (play.feed.one_in(3)) claim.set("per_member", play.count());
  if (play.feed.one_in(3)) claim.set("supply", play.count());
  play.say(std::move(claim));
}
void op_units(Play& play) {
  constexpr std::array<const char*, 4> kinds = {"units.mint", "units.move", "units.move", "units.burn"};
  const std::string kind = play.feed.pick(kinds);
  Json claim = object({{"kind", kind},
                       {"class", play.name("c", 4)},
                       {"id", play.name("u", 16)},
                       {"units", play.feed.one_in(4) ? play.count() : static_cast<std::int64_t>(play.feed.below(6))}});
  if (kind != "units.mint") claim.set("from", play.member());
  if (kind != "units.burn") claim.set("to", play.member());
  play.say(std::move(claim));
}

void op_work(Play& play) { play.say(object({{"kind", "work"}, {"work", play.work()}})); }
void op_phase(Play& play) {
  play.say(
      object({{"kind", "work.phase"}, {"phase", Words<WorkPhase>::words[play.feed.below(3)]}, {"work", play.work()}}));
}
void op_credit(Play& play) {
  Json claim = object({{"kind", "credit"},
                       {"from", play.month()},
                       {"id", play.name("e", 6)},
                       {"member", play.member()},
                       {"role", "sound"},
                       {"weight", play.feed.one_in(8) ? play.count() : static_cast<std::int64_t>(play.feed.below(9))},
                       {"work", play.work()}});
  if (!play.feed.one_in(3)) claim.set("confirmed", play.member());
  if (play.feed.one_in(3)) claim.set("last", play.month());
  play.say(std::move(claim));
}
void op_end_credit(Play& play) {
  if (play.feed.one_in(2)) {
    play.say(object({{"kind", "credit.confirm"}, {"by", play.member()}, {"id", play.name("e", 6)}}));
  } else {
    play.say(object({{"kind", "credit.end"}, {"id", play.name("e", 6)}, {"last", play.month()}}));
  }
}
void op_support(Play& play) {
  play.say(object({{"kind", "contribution.kind"},
                   {"as", "support"},
                   {"type", play.name("k", 3)},
                   {"weight", static_cast<std::int64_t>(play.feed.below(5))}}));
}
/// For a work, unpaid, or in goods.
void op_special_record(Play& play) {
  const auto points = static_cast<std::int64_t>(play.feed.below(20));
  Json claim = object({{"kind", "contribution"},
                       {"confirmed", play.member()},
                       {"id", play.record()},
                       {"member", play.member()},
                       {"period", play.month()},
                       {"points", points},
                       {"type", play.name("k", 3)}});
  const std::uint8_t what = play.feed.byte();
  if ((what & 1) != 0) claim.set("work", play.work());
  if ((what & 2) != 0) claim.set("unpaid", (what & 4) == 0);
  if ((what & 24) == 24) claim.set("goods", object({{"market", points + 7}, {"paid", 7 - ((what & 32) >> 5)}}));
  play.say(std::move(claim));
}
void op_currency(Play& play) {
  play.say(
      object({{"kind", "currency"}, {"code", "USD"}, {"exponent", static_cast<std::int64_t>(play.feed.below(4))}}));
}
void op_income_of_work(Play& play) {
  play.say(object({{"kind", "income"},
                   {"amount", play.some()},
                   {"currency", play.coin()},
                   {"id", play.name("i", 6)},
                   {"period", play.month()},
                   {"work", play.work()}}));
}
void op_conversion(Play& play) {
  const bool dollars = play.feed.one_in(2);
  const auto month = Period::parse(play.month());
  if (!month) return;
  const u128 waits = convertible(play.state().books, *month);
  const u128 amount = dollars ? u128{play.feed.below(100)} : waits / (1 + play.feed.below(3));
  play.say(object({{"kind", "conversion"},
                   {"amount", mikoshi::to_string(amount)},
                   {"currency", dollars ? "USD" : "JPY"},
                   {"gives", mikoshi::to_string(amount)},
                   {"id", play.name("x", 4)},
                   {"into", dollars ? "JPY" : "USD"},
                   {"period", to_string(*month)},
                   {"rate", object({{"gives", "7"}, {"of", "7"}})},
                   {"rounding", Words<Rounding>::words[play.feed.below(4)]}}));
  if (play.feed.one_in(4)) play.say(object({{"kind", "conversion.undo"}, {"id", play.name("x", 4)}}));
}
void op_cost(Play& play) {
  Json claim = object({{"kind", "cost"},
                       {"amount", play.some()},
                       {"currency", play.coin()},
                       {"id", play.name("b", 6)},
                       {"member", play.member()}});
  if (play.feed.one_in(2)) claim.set("work", play.work());
  if (play.feed.one_in(4)) claim.set("evidence", play.evidence());
  play.say(std::move(claim));
}
void op_spend(Play& play) {
  const std::string from = play.feed.one_in(2) ? "work:" + play.work() : play.name("pool:a", 6);
  play.say(object({{"kind", "spend"},
                   {"amount", play.some()},
                   {"currency", play.coin()},
                   {"from", from},
                   {"id", play.name("s", 6)}}));
}

void op_review(Play& play) {
  const std::int64_t seal_s = play.now.seconds() + static_cast<std::int64_t>(play.feed.below(9)) * day_s;
  Json claim = object({{"kind", "review"},
                       {"id", play.name("n", 2)},
                       {"members", Json::Array{"m0", "m1", "m2"}},
                       {"method", Words<ReviewMethod>::words[play.feed.below(2)]},
                       {"pair_cap", static_cast<std::int64_t>(play.feed.below(9))},
                       {"period", play.month()},
                       {"raters_min", static_cast<std::int64_t>(play.feed.below(4))},
                       {"relations", object({{"a", static_cast<std::int64_t>(1 + play.feed.below(3))}, {"b", 2}})},
                       {"reveal_until", play.text_of(seal_s + 5 * day_s)},
                       {"seal_until", play.text_of(seal_s)}});
  if (play.feed.one_in(3)) claim.set("budget", static_cast<std::int64_t>(play.feed.below(9)));
  play.say(std::move(claim));
}
/// What a member seals in every round: the other two get 2 and 1.
Json ballot_of(const std::string& round, const std::string& by) {
  Json scores;
  std::int64_t points = 2;
  for (const char* member : {"m0", "m1", "m2"})
    if (by != member && points > 0) scores.set(member, points--);
  return ballot(round, by, scores);
}
void op_ballot(Play& play) {
  const std::string round = play.name("n", 2), by = play.member();
  play.say_own(object({{"kind", "review.ballot"},
                       {"by", by},
                       {"relation", play.feed.one_in(3) ? "b" : "a"},
                       {"round", round},
                       {"seal", to_hex(sha256(as_bytes(to_canonical(ballot_of(round, by)))))}}));
}
void op_reveal(Play& play) {
  const std::string round = play.name("n", 2);
  if (const auto index = play.state().reviews.ids.find(RecordId::parse(round).value()); index && play.feed.one_in(2))
    play.wait_for(play.state().reviews.rounds[*index].seal_until_s);
  Json claim = ballot_of(round, play.member());
  claim.set("kind", "review.reveal");
  if (play.feed.one_in(8)) claim.set("salt", to_hex(sha256(as_bytes("another"))));
  play.say_own(claim);
}
void op_close_review(Play& play) {
  const std::string round = play.name("n", 2);
  if (const auto index = play.state().reviews.ids.find(RecordId::parse(round).value()); index && !play.feed.one_in(4))
    play.wait_for(play.state().reviews.rounds[*index].reveal_until_s);
  play.say(object({{"kind", "review.close"}, {"round", round}}));
}

void op_will(Play& play) {
  const auto parts = static_cast<std::int64_t>(1 + play.feed.below(4));
  Json first = object({{"member", play.member()}, {"parts", parts}});
  if (play.feed.one_in(2)) first.set("heirs", Json::Array{object({{"member", play.member()}, {"parts", parts}})});
  Json::Array heirs{first};
  if (play.feed.one_in(2)) heirs.push_back(object({{"member", play.member()}, {"parts", 3}}));
  play.say_own(object({{"kind", "will"},
                       {"executors", Json::Array{play.member()}},
                       {"heirs", heirs},
                       {"member", play.member()},
                       {"needed", 1},
                       {"wait_days", static_cast<std::int64_t>(1 + play.feed.below(3))},
                       {"whole", heirs.size() == 1 ? parts : parts + 3}}));
}
void op_announce(Play& play) {
  play.say_own(object({{"kind", "propose"},
                       {"by", play.member()},
                       {"estate", object({{"member", play.member()}})},
                       {"id", play.proposal()},
                       {"until", play.soon()}}));
}
void op_alive(Play& play) { play.say_own(object({{"kind", "will.alive"}, {"member", play.member()}})); }

void op_propose(Play& play) {
  Json claim = object({{"kind", "propose"}, {"id", play.proposal()}, {"until", play.soon()}});
  std::size_t pool = play.feed.below(4);
  switch (play.feed.below(4)) {
    case 0:
      claim.set(
          "charter",
          object({{"from", play.month()}, {"id", play.name("v", 6)}, {"rules", any_charter(play.feed, 2, pool)}}));
      break;
    case 1:
      claim.set("recognise", object({{"records", Json::Array{play.record()}}}));
      break;
    case 2:
      claim.set("pledges", object({{"currency", play.coin()}, {"threshold", play.some()}, {"work", play.work()}}));
      break;
    case 3: {
      Json::Array stewards;
      for (std::uint8_t n = 1; n <= 3; ++n)
        if (!play.feed.one_in(3))
          stewards.push_back(object({{"key", to_string(demo_key(n).public_key())}, {"name", demo_names[n - 1u]}}));
      claim.set("stewards",
                object({{"stewards", stewards},
                        {"threshold", static_cast<std::int64_t>(play.feed.one_in(4) ? 1 : stewards.size())}}));
    }
  }
  if (play.feed.one_in(3)) {
    claim.set("by", play.member());
    play.say_own(claim);
  } else {
    play.say(claim);
  }
}
void op_sign(Play& play) { play.say_own(object({{"kind", "sign"}, {"by", play.member()}, {"id", play.proposal()}})); }
/// By the key of some steward, which may not be that steward's any more.
void op_sign_as_steward(Play& play) {
  const std::string id = play.proposal();
  const auto index = play.state().proposals.ids.find(RecordId::parse(id).value());
  const Hash message = proposal_message(play.state().dao.id, index ? play.state().proposals.rows[*index].leaf : Hash{});
  const auto n = static_cast<std::uint8_t>(1 + play.feed.below(3));
  play.say(object({{"kind", "sign"},
                   {"id", id},
                   {"steward", demo_names[n - 1u]},
                   {"steward_signature", to_hex(demo_key(n).sign(message))}}));
}
/// To a proposal, or to a line of the last draft.
void op_object(Play& play) {
  const auto& drafts = play.state().decisions.drafts;
  const bool of_draft = !drafts.empty() && play.feed.one_in(2);
  Json claim = object({{"kind", play.feed.one_in(4) ? "withdraw" : "object"},
                       {"by", play.member()},
                       {"id", of_draft ? drafts.back().id.text() : play.proposal()}});
  if (of_draft != play.feed.one_in(8)) claim.set("line", play.member());
  play.say_own(claim);
}
void op_pledge(Play& play) {
  play.say(object({{"kind", "pledge"},
                   {"amount", play.some()},
                   {"id", play.name("g", 8)},
                   {"member", play.member()},
                   {"round", play.proposal()}}));
}
void op_cancel(Play& play) {
  Json claim = object({{"kind", "cancel"}, {"id", play.proposal()}});
  if (play.feed.one_in(2)) return static_cast<void>(play.say(claim));
  claim.set("by", play.member());
  play.say_own(claim);
}
/// Mostly when its time has come.
void op_execute(Play& play) {
  const std::string id = play.proposal();
  if (const auto index = play.state().proposals.ids.find(RecordId::parse(id).value()); index && !play.feed.one_in(4))
    play.wait_for(play.state().proposals.rows[*index].until_s);
  play.say(object({{"kind", "execute"}, {"id", id}}));
}
void op_settle(Play& play) {
  const auto& disputes = play.state().proposals.disputes;
  if (disputes.empty()) return;
  const Dispute& one = play.feed.pick(disputes);
  play.say(object({{"kind", "dispute.settle"},
                   {"draft", play.state().decisions.drafts[one.draft].id.text()},
                   {"line", play.state().members.ids[one.member].text()},
                   {"outcome", Words<Settlement>::words[play.feed.below(2)]}}));
}
void op_waive(Play& play) {
  const std::string member = play.member();
  const auto index = play.state().members.ids.find(MemberId::parse(member).value());
  const u128 owed = index ? play.state().books.owed(*index) : u128{0};
  play.say_own(
      object({{"kind", "waive"},
              {"amount", play.feed.one_in(4) ? play.some() : mikoshi::to_string(owed / (1 + play.feed.below(3)))},
              {"currency", "JPY"},
              {"id", play.name("z", 8)},
              {"member", member},
              {"to", play.name("a", 6)}}));
}

constexpr std::array operations = {
    op_wait,
    op_wait_for_month,
    op_join,
    op_leave,
    op_rejoin,
    op_class,
    op_mint,
    op_transfer,
    op_burn,
    op_kind,
    op_record,
    op_confirm,
    op_correct,
    op_income,
    op_correct_income,
    op_charter,
    op_draft,
    op_false_draft,
    op_approve,
    op_close,
    op_statement,
    op_again,
    op_copy,
    op_any,
    op_opening,
    op_pay,
    op_sent,
    op_paid,
    op_void,
    op_guest,
    op_key,
    op_attest,
    op_signed,
    op_introduce,
    op_lend,
    op_return,
    op_class_of_any_form,
    op_units,
    op_work,
    op_phase,
    op_credit,
    op_end_credit,
    op_support,
    op_special_record,
    op_currency,
    op_income_of_work,
    op_conversion,
    op_cost,
    op_spend,
    op_review,
    op_ballot,
    op_reveal,
    op_close_review,
    op_will,
    op_announce,
    op_alive,
    op_propose,
    op_sign,
    op_sign_as_steward,
    op_object,
    op_pledge,
    op_cancel,
    op_execute,
    op_settle,
    op_waive,
};
static_assert(operations.size() <= 128, "one byte chooses");

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

/// All stewards whose keys are the demo's sign what stands there; a stranger verifies it.
void check_snapshot(const Keeper& keeper) {
  const auto text = snapshot_text(keeper.ledger);
  MIKOSHI_CHECK(text.has_value() == ends_with_statement(keeper.ledger));
  if (!text) return;
  Note note{*text, {}};
  const Dao& dao = keeper.state().dao;
  std::size_t signers = 0;
  for (const std::uint8_t n : std::array<std::uint8_t, 3>{1, 3, 2}) {
    const auto is_theirs = [&](const Steward& one) { return one.key == demo_key(n).public_key(); };
    const bool is_steward = std::any_of(dao.stewards.begin(), dao.stewards.end(), is_theirs);
    if (signers == 2 && dao.threshold <= 2) break;
    MIKOSHI_CHECK(sign_snapshot(note, dao, demo_key(n)).has_value() == is_steward);
    signers += is_steward ? 1 : 0;
  }
  if (signers < dao.threshold) return;  // others are the stewards by now (op_any)
  const std::string lines = keeper.text();
  const auto verified = verify_ledger(text_lines(lines), to_string(note));
  MIKOSHI_CHECK(verified && verified->signers.stewards.size() == signers && verified->lines == keeper.lines.size());
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
  must(object({{"kind", "member.guest"}, {"member", "m3"}}));
  must(object(
      {{"kind", "member.key"}, {"member", "m0"}, {"public_key", to_string(SpeakerKey{demo_key(1).public_key()})}}));
  must(object({{"kind", "work"}, {"work", "w0"}}));
  must(object({{"kind", "currency"}, {"code", "USD"}, {"exponent", 2}}));
  must(object({{"kind", "ticket.class"}, {"class", "c1"}, {"form", "units"}, {"transfer", "free"}, {"weight", 1}}));
  must(object({{"kind", "contribution.kind"}, {"as", "support"}, {"type", "k1"}, {"weight", 1}}));
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
    const Json rules = (world & 32) == 0 ? object({{"root", simple}}) : any_charter(feed, 3, pool);
    const Json claim = object({{"kind", "charter"}, {"from", "2026-01"}, {"id", "v0"}, {"rules", rules}});
    const auto read = parse_charter(rules);
    if (read && check_charter(play.state(), *read, Period::parse("2026-01").value())) play.must(claim);
  }
  while (!feed.empty() && play.calls < calls_max) step(play);
  play.keeper.check_replay();
  check_snapshot(play.keeper);
}

}  // namespace fuzz
