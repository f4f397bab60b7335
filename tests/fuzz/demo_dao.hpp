// SPDX-License-Identifier: MIT
#pragma once
/// @file demo_dao.hpp
/// A small DAO that has lived for two months, for targets that need a valid ledger to damage.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "feed.hpp"
#include "keeper.hpp"

namespace fuzz {

inline Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

/// calls visit(piece) for each piece between separators.
template <class Visit>
void each_piece(std::string_view text, char separator, Visit&& visit) {
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    visit(text.substr(start, end - start));
    start = end + 1;
  }
}

/// A claim in a member's own voice, signed by a demo key, good for a year of the demo.
inline Json signed_by(const State& state, Json claim, const std::string& who, std::uint8_t key, std::uint64_t nonce) {
  claim.set("voice", "signed");
  claim.set("who", who);
  claim.set("nonce", static_cast<std::int64_t>(nonce));
  claim.set("expires", "2027-01-01T00:00:00Z");
  claim.set("key", to_string(SpeakerKey{demo_key(key).public_key()}));
  Json text = claim;
  for (const char* left_out : {"at", "seq", "signature"}) text.erase(left_out);
  text.set("dao", to_hex(state.dao.id));
  claim.set("signature", to_hex(demo_key(key).sign(tagged_hash(claim_tag, as_bytes(to_canonical(text))))));
  return claim;
}
/// A claim that the operator relays.
inline Json relayed(Json claim) {
  claim.set("voice", "relayed");
  claim.set("channel", "talk");
  claim.set("message", to_hex(sha256(as_bytes("hello"))));
  return claim;
}
/// What a ballot says, as it is opened.
inline Json ballot(const std::string& round, const std::string& by, const Json& scores) {
  return object({{"by", by}, {"round", round}, {"salt", to_hex(sha256(as_bytes(by)))}, {"scores", scores}});
}

/// A DAO with something of everything that weights are made of, and no charter. It is the 11th of January.
inline const Keeper& furnished() {
  static const Keeper made = [] {
    Keeper keeper;
    Timestamp now = at("2026-01-01T00:00:00Z");
    const auto must = [&](const Json& claim) { MIKOSHI_CHECK(keeper.offer(claim, now).has_value()); };
    must(dao_claim("+09:00", 0));
    for (const char* member : {"m1", "m2", "m3", "m4"}) must(object({{"kind", "member.join"}, {"member", member}}));
    must(object({{"kind", "member.guest"}, {"member", "m5"}}));
    must(object({{"kind", "ticket.class"}, {"class", "seat"}, {"transfer", "free"}, {"weight", 3}}));
    for (const char* n : {"1", "2", "3"})
      must(object({{"kind", "ticket.mint"},
                   {"class", "seat"},
                   {"ticket", std::string{"t"} + n},
                   {"to", std::string{"m"} + n}}));
    must(object({{"kind", "ticket.class"}, {"class", "coin"}, {"form", "units"}, {"transfer", "free"}, {"weight", 1}}));
    must(object({{"kind", "units.mint"}, {"class", "coin"}, {"id", "u1"}, {"to", "m4"}, {"units", 9}}));
    must(object({{"kind", "member.leave"}, {"member", "m3"}}));
    must(object({{"kind", "contribution.kind"}, {"type", "work"}, {"weight", 7}}));
    must(object({{"kind", "contribution.kind"}, {"as", "support"}, {"type", "buy"}, {"weight", 2}}));
    must(object({{"kind", "opening"}, {"amount", "2500"}, {"currency", "JPY"}, {"id", "o1"}, {"to", "m2"}}));
    must(object({{"kind", "currency"}, {"code", "USD"}, {"exponent", 2}}));
    must(object({{"kind", "work"}, {"work", "film"}}));
    must(object({{"kind", "credit"},
                 {"confirmed", "m1"},
                 {"from", "2026-01"},
                 {"id", "k1"},
                 {"member", "m5"},
                 {"role", "sound"},
                 {"weight", 3},
                 {"work", "film"}}));
    must(object({{"kind", "propose"},
                 {"id", "seed"},
                 {"pledges", object({{"currency", "JPY"}, {"threshold", "100"}, {"work", "film"}})},
                 {"until", "2026-01-05T00:00:00Z"}}));
    must(object({{"kind", "pledge"}, {"amount", "70"}, {"id", "g1"}, {"member", "m5"}, {"round", "seed"}}));
    must(object({{"kind", "pledge"}, {"amount", "41"}, {"id", "g2"}, {"member", "m2"}, {"round", "seed"}}));
    must(object({{"kind", "cost"}, {"amount", "30"}, {"currency", "JPY"}, {"id", "b1"}, {"member", "m1"}}));
    must(object({{"kind", "review"},
                 {"id", "r1"},
                 {"members", Json::Array{"m1", "m2"}},
                 {"method", "median"},
                 {"pair_cap", 5},
                 {"period", "2026-01"},
                 {"raters_min", 1},
                 {"relations", object({{"fellow", 2}})},
                 {"reveal_until", "2026-01-10T00:00:00Z"},
                 {"seal_until", "2026-01-05T00:00:00Z"}}));
    const Json says = ballot("r1", "m1", object({{"m2", 4}}));
    must(relayed(object({{"kind", "review.ballot"},
                         {"by", "m1"},
                         {"relation", "fellow"},
                         {"round", "r1"},
                         {"seal", to_hex(sha256(as_bytes(to_canonical(says))))}})));
    now = at("2026-01-05T00:00:00Z");
    must(object({{"kind", "execute"}, {"id", "seed"}}));
    must(object({{"kind", "cost"}, {"amount", "130"}, {"currency", "JPY"}, {"id", "b2"}, {"member", "m4"}, {"work", "film"}}));
    Json opened = says;
    opened.set("kind", "review.reveal");
    must(relayed(opened));
    now = at("2026-01-11T00:00:00Z");
    must(object({{"kind", "review.close"}, {"round", "r1"}}));
    return keeper;
  }();
  return made;
}

/// Some work and some income in a month, of the community and of a work, then its distribution: whatever the rules are, it
/// comes out even.
inline void check_month(Keeper& keeper, const std::string& month, const std::string& next, const std::string& income) {
  const Period period = Period::parse(month).value();
  const auto after = [&](Timestamp when) { return std::max(when, keeper.state().last_at); };
  const Timestamp in_it = after(at(month + "-20T00:00:00Z"));
  const auto must = [&](const Json& claim, Timestamp when) { MIKOSHI_CHECK(keeper.offer(claim, when).has_value()); };
  const Json did = object({{"kind", "contribution"},
                           {"confirmed", "m2"},
                           {"id", "w" + month},
                           {"member", "m1"},
                           {"period", month},
                           {"points", 5},
                           {"type", "work"}});
  const auto recorded = keeper.offer(did, in_it);
  MIKOSHI_CHECK(recorded || recorded.error().code == Errc::signature_required);
  Json bought = did;
  bought.set("id", "s" + month), bought.set("member", "m4"), bought.set("type", "buy");
  static_cast<void>(keeper.offer(bought, in_it));
  must(object({{"kind", "income"}, {"amount", income}, {"currency", "JPY"}, {"id", "i" + month}, {"period", month}}),
       in_it);
  const auto earned = [&](const char* letter, const char* code, const char* amount) {
    const Json claim = object({{"kind", "income"},
                               {"amount", amount},
                               {"currency", code},
                               {"id", letter + month},
                               {"period", month},
                               {"work", "film"}});
    const auto entry = keeper.offer(claim, in_it);
    MIKOSHI_CHECK(entry.has_value() == keeper.state().decisions.check_works(period, code).has_value());
  };
  earned("f", "JPY", "1003"), earned("g", "USD", "77");
  const auto draft = make_draft(keeper.state(), period);
  if (!draft) {
    MIKOSHI_CHECK(draft.error().code == Errc::weight_overflow);
    return;
  }
  must(claim_of(*draft), after(at(next + "-01T00:00:00Z")));
  const auto heard_until = Timestamp::from_seconds(keeper.state().decisions.drafts.back().open_until_s);
  must(object({{"kind", "approve"}, {"draft", draft->id.text()}}), after(heard_until.value()));
  const auto statement = make_statement(keeper.state());
  MIKOSHI_CHECK(statement.has_value());
  must(claim_of(*statement), keeper.state().last_at);
}

/// Two months of the furnished DAO, with lines of every voice.
inline const Keeper& closed() {
  static const Keeper made = [] {
    Keeper keeper = furnished();
    const Json to = object({{"to", "pool:reserve"}});
    const Json work = object({{"pool", "work"}, {"among", "contributions"}, {"else", to}});
    const Json seats = object({{"pool", "seats"}, {"among", "ticket-seconds"}, {"else", to}});
    const Json root = object(
        {{"pool", "income"}, {"split", Json::Array{Json::Array{1, to}, Json::Array{6, work}, Json::Array{3, seats}}}});
    const Json cast = object({{"pool", "cast"}, {"among", "credits"}, {"else", to}});
    const Json backers = object({{"pool", "seed"}, {"recoup", "pledges"}, {"cap", Json::Array{12, 10}}, {"rest", cast}});
    const Json works = object({{"pool", "bills"}, {"recoup", "costs"}, {"rest", backers}});
    const Json claim = object({{"kind", "charter"},
                               {"from", "2026-01"},
                               {"id", "v1"},
                               {"rules", object({{"root", root}, {"works", works}})}});
    MIKOSHI_CHECK(keeper.offer(claim, at("2026-01-12T00:00:00Z")).has_value());
    check_month(keeper, "2026-01", "2026-02", "100003");
    Timestamp now = at("2026-02-03T00:00:00Z");
    const auto must = [&](const Json& later) { MIKOSHI_CHECK(keeper.offer(later, now).has_value()); };
    must(object({{"kind", "member.rejoin"}, {"member", "m3"}}));
    must(object({{"kind", "ticket.transfer"}, {"from", "m1"}, {"ticket", "t1"}, {"to", "m4"}}));
    must(object({{"kind", "ticket.burn"}, {"from", "m2"}, {"ticket", "t2"}}));
    must(object({{"kind", "contribution"},
                 {"id", "song"},
                 {"member", "m1"},
                 {"period", "2026-02"},
                 {"points", 3},
                 {"type", "work"}}));
    must(object({{"kind", "contribution.confirm"}, {"by", "m4"}, {"id", "song"}}));
    must(object({{"kind", "contribution.correct"}, {"id", "song"}, {"points", 2}}));
    must(object({{"kind", "income"}, {"amount", "500"}, {"currency", "JPY"}, {"id", "gift"}, {"period", "2026-02"}}));
    must(object({{"kind", "income.correct"}, {"amount", "400"}, {"id", "gift"}}));
    must(object(
        {{"kind", "income.correct"}, {"amount", "99003"}, {"id", "i2026-01"}}));  // distributed: a deficit of 1,000
    const auto pay = [&](const char* id, const char* member, const char* amount) {
      must(object({{"kind", "payment"}, {"amount", amount}, {"currency", "JPY"}, {"id", id}, {"member", member}}));
      must(object({{"kind", "payment.sent"}, {"id", id}}));
    };
    pay("p1", "m2", "2500");
    must(object({{"kind", "payment.settled"}, {"amount", "2500"}, {"id", "p1"}}));
    pay("p2", "m1", "600");
    must(object({{"kind", "payment.failed"}, {"amount", "600"}, {"id", "p2"}}));
    // The rest of their life: keys and signatures, a loan, a will, a death, consent, a waiver.
    must(object({{"kind", "member.key"}, {"member", "m4"}, {"public_key", to_string(SpeakerKey{demo_key(2).public_key()})}}));
    must(signed_by(keeper.state(),
                   object({{"kind", "ticket.lend"}, {"from", "m4"}, {"ticket", "t1"}, {"to", "m5"}, {"until", "2026-06-01T00:00:00Z"}}),
                   "m4", 2, 1));
    must(object({{"kind", "units.move"}, {"class", "coin"}, {"from", "m4"}, {"id", "u2"}, {"to", "m5"}, {"units", 2}}));
    must(relayed(object({{"kind", "introduction"}, {"by", "m1"}, {"member", "m4"}})));
    const Hash said = leaf_hash(as_bytes(keeper.lines.back()));
    const auto last = static_cast<std::int64_t>(keeper.lines.size() - 1);
    must(signed_by(keeper.state(),
                   object({{"kind", "attest"}, {"first", last}, {"last", last}, {"member", "m4"}, {"root", to_hex(said)}}), "m4", 2, 2));
    must(relayed(object({{"kind", "will"},
                         {"executors", Json::Array{"m2", "m4"}},
                         {"heirs", Json::Array{object({{"member", "m5"}, {"parts", 2}}), object({{"member", "m1"}, {"parts", 1}})}},
                         {"member", "m3"},
                         {"needed", 2},
                         {"wait_days", 1},
                         {"whole", 3}})));
    must(relayed(object({{"kind", "propose"},
                         {"by", "m2"},
                         {"estate", object({{"member", "m3"}})},
                         {"id", "farewell"},
                         {"until", "2026-02-05T00:00:00Z"}})));
    must(signed_by(keeper.state(), object({{"kind", "sign"}, {"by", "m4"}, {"id", "farewell"}}), "m4", 2, 3));
    must(relayed(object({{"kind", "waive"}, {"amount", "1"}, {"currency", "JPY"}, {"id", "z1"}, {"member", "m1"}, {"to", "reserve"}})));
    now = at("2026-02-05T00:00:00Z");
    must(object({{"kind", "execute"}, {"id", "farewell"}}));
    must(object({{"kind", "spend"}, {"amount", "3"}, {"currency", "JPY"}, {"from", "pool:reserve"}, {"id", "x1"}}));
    check_month(keeper, "2026-02", "2026-03", "7");
    return keeper;
  }();
  return made;
}

/// Some of its lines, one of them perhaps in another place.
inline std::string some_lines(Feed& feed) {
  std::vector<std::string> lines = closed().lines;
  const std::size_t from = feed.below(128), to = feed.below(128);
  if (from < lines.size() && to < lines.size()) {
    const std::string moved = lines[from];
    if (!feed.one_in(2)) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(from));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::min(to, lines.size())), moved);
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace fuzz
