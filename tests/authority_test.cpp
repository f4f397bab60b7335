// SPDX-License-Identifier: MIT
/// Who may do what: every kind of line, in every voice, by everybody who might try.
#include <functional>
#include <map>
#include <set>

#include "world.hpp"

using namespace mikoshi;
using world::Case;
using world::World;
using world::code_of;
using world::demo_key;
using world::json;

namespace {

const std::string h64(64, '0');

/// A kind of line, what has to be there before it, one that nothing is wrong with, and whose act it is.
struct Act {
  std::string kind;
  std::string actor;  ///< empty: nobody's but the operator's
  std::string claim;
  std::vector<std::string> before = {};
};

const std::string rules = "{'root':{'to':'pool:all'},'works':{'to':'pool:works'},'consent':{'draft':{'days':1}}}";
const std::string will =
    "{'kind':'will','member':'aki','executors':['eve','fay'],'needed':1,'wait_days':1,'whole':1,"
    "'heirs':[{'member':'ben','parts':1}],'voice':'relayed','channel':'c','message':'" + h64 + "'}";
const std::string said = ",'voice':'relayed','channel':'c','message':'" + h64 + "'}";
const std::string death = "{'kind':'propose','id':'d','by':'eve','estate':{'member':'aki'},'until':'2026-05-10T00:00:00Z'" + said;
const std::string other_charter =
    "{'kind':'propose','id':'p','charter':{'from':'2026-09','id':'v2','rules':{'root':{'to':'pool:b'}}},"
    "'until':'2026-06-10T00:00:00Z'}";
const std::string round =
    "{'kind':'review','id':'r','members':['aki','ben'],'method':'median','pair_cap':5,'period':'2026-05','raters_min':1,"
    "'relations':{'peer':1},'seal_until':'2026-05-05T00:00:00Z','reveal_until':'2026-05-06T00:00:00Z'}";
const std::string opened = "{'by':'aki','round':'r','salt':'" + h64 + "','scores':{'ben':3}}";
const std::string lend = "{'kind':'ticket.lend','ticket':'t1','from':'ben','to':'aki','until':'2026-06-10T00:00:00Z'}";
const std::string mint = "{'kind':'units.mint','class':'star','id':'u1','to':'aki','units':5}";
const std::string song = "{'kind':'work','work':'song'}";
const std::string credit = "{'kind':'credit','from':'2026-05','id':'cr','member':'ben','role':'voice','weight':1,'work':'song'}";
const std::string did = "{'kind':'contribution','id':'k1','member':'ben','period':'2026-05','points':1,'type':'work'}";

const std::vector<Act>& acts() {
  static const std::vector<Act> all = {
      {"member.join", "", "{'kind':'member.join','member':'zoe'}"},
      {"member.guest", "", "{'kind':'member.guest','member':'zoe'}"},
      {"member.leave", "aki", "{'kind':'member.leave','member':'aki'}"},
      {"member.rejoin", "lee", "{'kind':'member.rejoin','member':'lee'}"},
      {"member.key", "aki", "{'kind':'member.key','member':'aki','public_key':'eth:0x" + std::string(40, '7') + "'}"},
      {"member.key.end", "aki", "{'kind':'member.key.end','member':'aki','public_key':'bip340:" + to_string(demo_key(90).public_key()) + "'}"},
      {"ticket.class", "", "{'kind':'ticket.class','class':'more','transfer':'free','weight':1}"},
      {"ticket.mint", "", "{'kind':'ticket.mint','class':'seat','ticket':'t9','to':'aki'}"},
      {"ticket.transfer", "aki", "{'kind':'ticket.transfer','ticket':'t2','from':'aki','to':'chi'}"},
      {"ticket.lend", "aki", "{'kind':'ticket.lend','ticket':'t2','from':'aki','to':'chi','until':'2026-07-01T00:00:00Z'}"},
      {"ticket.return", "aki", "{'kind':'ticket.return','ticket':'t1','from':'aki'}", {lend}},
      {"ticket.burn", "aki", "{'kind':'ticket.burn','ticket':'t2','from':'aki'}"},
      {"units.mint", "", "{'kind':'units.mint','class':'star','id':'u2','to':'aki','units':5}"},
      {"units.move", "aki", "{'kind':'units.move','class':'star','id':'u2','from':'aki','to':'ben','units':5}", {mint}},
      {"units.burn", "aki", "{'kind':'units.burn','class':'star','id':'u2','from':'aki','units':5}", {mint}},
      {"work", "", "{'kind':'work','work':'film'}"},
      {"work.phase", "", "{'kind':'work.phase','phase':'published','work':'song'}", {song}},
      {"credit", "aki", "{'kind':'credit','from':'2026-05','id':'c2','member':'aki','role':'voice','weight':1,'work':'song'}", {song}},
      {"credit.confirm", "aki", "{'kind':'credit.confirm','by':'aki','id':'cr'}", {song, credit}},
      {"credit.end", "", "{'kind':'credit.end','id':'cr','last':'2026-06'}", {song, credit}},
      {"contribution.kind", "", "{'kind':'contribution.kind','type':'idea','weight':1}"},
      {"contribution", "aki", "{'kind':'contribution','id':'k2','member':'ben','confirmed':'aki','period':'2026-05','points':1,'type':'work'}"},
      {"contribution.confirm", "aki", "{'kind':'contribution.confirm','by':'aki','id':'k1'}", {did}},
      {"contribution.correct", "", "{'kind':'contribution.correct','id':'k1','points':2}", {did}},
      {"introduction", "aki", "{'kind':'introduction','by':'ben','member':'aki'}"},
      {"review", "", round},
      {"review.ballot", "aki", "{'kind':'review.ballot','by':'aki','relation':'peer','round':'r','seal':'" + h64 + "'}", {round}},
      {"review.reveal", "aki", "{'kind':'review.reveal'," + opened.substr(1) + "", {round,
          "{'kind':'review.ballot','by':'aki','relation':'peer','round':'r','seal':'" + world::sha(world::quoted(opened)) + "'" + said,
          "{'kind':'work','work':'tick','at':'2026-05-05T00:00:00Z'}"}},
      {"review.close", "", "{'kind':'review.close','round':'r'}", {round, "{'kind':'work','work':'tick','at':'2026-05-06T00:00:00Z'}"}},
      {"segment", "", "{'kind':'segment','id':'s2','members':['aki'],'period':'2026-05','points':1}"},
      {"segment.withdraw", "", "{'kind':'segment.withdraw','id':'s1'}", {"{'kind':'segment','id':'s1','members':['aki'],'period':'2026-05','points':1}"}},
      {"currency", "", "{'kind':'currency','code':'USD','exponent':2}"},
      {"income", "", "{'kind':'income','amount':'1','currency':'JPY','id':'i2','period':'2026-05'}"},
      {"income.correct", "", "{'kind':'income.correct','amount':'2','id':'i1'}"},
      {"opening", "", "{'kind':'opening','amount':'1','currency':'JPY','id':'o1','to':'aki'}"},
      {"conversion", "", "{'kind':'conversion','amount':'1','currency':'JPY','gives':'1','id':'x1','into':'USD','period':'2026-05','rate':{'gives':'1','of':'1'},'rounding':'down'}",
          {"{'kind':'currency','code':'USD','exponent':2}"}},
      {"conversion.undo", "", "{'kind':'conversion.undo','id':'x0'}", {"{'kind':'currency','code':'USD','exponent':2}",
          "{'kind':'conversion','amount':'1','currency':'JPY','gives':'1','id':'x0','into':'USD','period':'2026-05','rate':{'gives':'1','of':'1'},'rounding':'down'}"}},
      {"cost", "", "{'kind':'cost','amount':'1','currency':'JPY','id':'b1','member':'aki'}"},
      {"spend", "", "{'kind':'spend','amount':'1','currency':'JPY','from':'pool:old','id':'b1'}"},
      {"payment", "", "{'kind':'payment','amount':'1','currency':'JPY','id':'y1','member':'aki'}"},
      {"payment.sent", "", "{'kind':'payment.sent','id':'y0'}", {"{'kind':'payment','amount':'1','currency':'JPY','id':'y0','member':'aki'}"}},
      {"payment.settled", "", "{'kind':'payment.settled','amount':'1','id':'y0'}", {"{'kind':'payment','amount':'1','currency':'JPY','id':'y0','member':'aki'}"}},
      {"payment.failed", "", "{'kind':'payment.failed','amount':'1','id':'y0'}", {"{'kind':'payment','amount':'1','currency':'JPY','id':'y0','member':'aki'}"}},
      {"will", "aki", "{'kind':'will','member':'aki','executors':['eve'],'needed':1,'wait_days':1,'whole':1,'heirs':[{'member':'ben','parts':1}]}"},
      {"will.alive", "aki", "{'kind':'will.alive','member':'aki'}", {will, death}},
      {"propose", "aki", "{'kind':'propose','id':'q','by':'aki','charter':{'from':'2026-09','id':'v2','rules':{'root':{'to':'pool:b'}}},'until':'2026-06-10T00:00:00Z'}"},
      {"sign", "aki", "{'kind':'sign','by':'aki','id':'p'}", {other_charter}},
      {"object", "aki", "{'kind':'object','by':'aki','id':'p'}", {other_charter}},
      {"withdraw", "aki", "{'kind':'withdraw','by':'aki','id':'p'}", {other_charter, "{'kind':'sign','by':'aki','id':'p'" + said}},
      {"cancel", "aki", "{'kind':'cancel','by':'aki','id':'q'}", {"{'kind':'propose','id':'q','by':'aki','charter':{'from':'2026-09','id':'v2','rules':{'root':{'to':'pool:b'}}},'until':'2026-06-10T00:00:00Z'" + said}},
      {"pledge", "", "{'kind':'pledge','amount':'1','id':'g1','member':'aki','round':'pr'}", {song,
          "{'kind':'propose','id':'pr','pledges':{'currency':'JPY','threshold':'1','work':'song'},'until':'2026-06-10T00:00:00Z'}"}},
      {"execute", "", "{'kind':'execute','id':'p'}", {other_charter, "{'kind':'work','work':'tick','at':'2026-06-10T00:00:00Z'}"}},
      {"dispute.settle", "", "{'kind':'dispute.settle','draft':'x','line':'aki','outcome':'paid'}"},  // refused later: there is none
      {"waive", "aki", "{'kind':'waive','amount':'1','currency':'JPY','id':'w1','member':'aki','to':'reserve'}"},
      {"charter", "", "{'kind':'charter','from':'2026-09','id':'v2','rules':{'root':{'to':'pool:b'}}}"},
      {"draft", "", ""},  // and what follows it: their numbers are made below
      {"void", "", ""},
      {"approve", "", ""},
      {"statement", "", ""},
      {"attest", "aki", ""},
      {"dao", "", ""},
  };
  return all;
}

World community() {
  World w{world::dao_claim()};
  for (const char* member : {"aki", "ben", "chi", "eve", "fay", "lee"}) w.join(member);
  w.add("{'kind':'member.guest','member':'gus'}");
  w.ticket_class("seat", 1).ticket_class("star", 0, ",'transfer':'free','form':'units'").work_kind("work", 1);
  w.mint("t1", "ben").mint("t2", "ben").move("t2", "ben", "aki");  // ben is t2's former owner
  w.opening("o0", "100", "aki").opening("p0", "100", "pool:old");
  w.leave("lee");
  w.charter("v1", "2026-05", rules);
  // Everybody has a key; aki has lost another one, and a third still waits.
  std::uint8_t n = 10;
  for (const char* member : {"aki", "ben", "chi", "eve", "fay", "lee", "gus"})
    w.add("{'kind':'member.key','member':'" + std::string{member} + "','public_key':'bip340:" + to_string(demo_key(n++).public_key()) + "'}");
  w.when("2026-03-10T00:00:00Z");
  w.add("{'kind':'member.key','member':'aki','public_key':'bip340:" + to_string(demo_key(90).public_key()) + "'}");
  w.add("{'kind':'member.key','member':'aki','public_key':'bip340:" + to_string(demo_key(91).public_key()) + "'}");
  w.add("{'kind':'member.key.end','member':'aki','public_key':'bip340:" + to_string(demo_key(91).public_key()) + "'}");
  w.when("2026-05-01T00:00:00Z");
  w.income("i1", "50", "2026-05");
  w.add("{'kind':'member.key','member':'aki','public_key':'bip340:" + to_string(demo_key(92).public_key()) + "'}");
  return w;
}

/// The number of the demo key that each has.
std::uint8_t key_of(const std::string& member) {
  const std::map<std::string, std::uint8_t> keys = {{"aki", 10}, {"ben", 11}, {"chi", 12}, {"eve", 13}, {"fay", 14}, {"lee", 15}, {"gus", 16}};
  const auto found = keys.find(member);
  return found == keys.end() ? std::uint8_t{1} : found->second;
}

/// What a signed line says beside the event.
struct Signing {
  std::string who;
  std::uint8_t key = 0;     ///< the key that is named
  std::uint8_t secret = 0;  ///< the key that signs; 0: the named one
  std::uint64_t nonce = 1;
  std::string expires = "2026-12-31T00:00:00Z";
  std::optional<Hash> dao = {};  ///< another DAO, for which it was signed
};

Json signed_claim(const World& w, Json claim, const Signing& s) {
  claim.set("voice", "signed");
  claim.set("who", s.who);
  claim.set("key", "bip340:" + to_string(demo_key(s.key).public_key()));
  claim.set("nonce", static_cast<std::int64_t>(s.nonce));
  claim.set("expires", s.expires);
  claim.set("signature", to_string(KeySignature{}));
  const Line line = decode_claim(claim, w.at, 0).value();
  const std::string text = claim_text(line.envelope, line.event, s.dao.value_or(w.state().dao.id));
  const Signature signature = demo_key(s.secret == 0 ? s.key : s.secret).sign(tagged_hash(claim_tag, as_bytes(text)));
  claim.set("signature", to_string(KeySignature{signature}));
  return claim;
}

Json relayed(Json claim, const std::string& who = {}) {
  claim.set("voice", "relayed");
  claim.set("channel", "talk");
  claim.set("message", h64);
  if (!who.empty()) claim.set("who", who);
  return claim;
}

World ready(const Act& act) {
  World w = community();
  for (const std::string& claim : act.before) {
    w.add(claim);
    w.at = std::max(w.at, w.state().last_at);
  }
  return w;
}

}  // namespace

TEST_CASE("authority: the table has every kind of line") {
  std::set<std::string> table, kinds;
  for (const Act& act : acts()) CHECK(table.insert(act.kind).second);
  each_event_type([&]<class E>() { kinds.insert(std::string{E::kind}); });
  CHECK(table == kinds);
}

TEST_CASE("authority: everybody, in every voice, about every act; who may not changes nothing") {
  std::size_t allowed = 0, refused = 0;
  for (const Act& act : acts()) {
    if (act.claim.empty()) continue;
    INFO(act.kind);
    const World w = ready(act);
    const Json claim = json(act.claim);
    const Event event = decode_claim(claim, w.at, 1).value().event;
    // What the operator is told: the event's own rules decide where the voice may say it.
    const bool own = members_own(event), alone = operator_only(event);
    const MemberId* actor = actor_of(event);
    REQUIRE((actor == nullptr ? "" : actor->text()) == act.actor);
    const auto answer = [&](const Json& one) {
      World copy = w;
      const std::string code = copy.rule(one);  // and it compares every table where it is refused
      (code == "ok" ? allowed : refused) += 1;
      return code;
    };
    const std::string fine = act.kind == "dispute.settle" ? "no_such_draft" : "ok";
    CHECK(answer(claim) == (own && actor != nullptr ? "unauthorised" : fine));
    CHECK(answer(relayed(claim)) == (alone ? "unauthorised" : fine));
    // Owner, former owner, other member, executor, who left, guest; a steward's name and nobody's.
    for (const std::string who : {"aki", "ben", "chi", "eve", "fay", "lee", "gus", "abe", "nobody"}) {
      INFO(who);
      const bool may = !alone && !act.actor.empty() && who == act.actor;
      CHECK(answer(relayed(claim, who)) == (may ? fine : "unauthorised"));
      CHECK(answer(signed_claim(w, claim, {who, key_of(who)})) == (may ? fine : "unauthorised"));
    }
    if (act.actor.empty() || alone) continue;
    const std::string& who = act.actor;
    const std::uint8_t key = key_of(who);
    Json changed = signed_claim(w, claim, {who, key});
    const std::string signature = *changed.find("signature")->text();
    changed.set("signature", std::string{signature[0] == '0' ? '1' : '0'} + signature.substr(1));
    CHECK(answer(changed) == "bad_signature");
    CHECK(answer(signed_claim(w, claim, {who, key, 11})) == (key == 11 ? fine : "bad_signature"));  // another's secret
    CHECK(answer(signed_claim(w, claim, {who, 12})) == (key == 12 ? fine : "no_such_key"));          // another's key
    CHECK(answer(signed_claim(w, claim, {who, 1})) == "no_such_key");                               // a steward's
    CHECK(answer(signed_claim(w, claim, {who, 91})) == "no_such_key");                              // ended
    CHECK(answer(signed_claim(w, claim, {who, 92})) == "no_such_key");                              // still waits
    CHECK(answer(signed_claim(w, claim, {who, key, 0, 2})) == "bad_nonce");
    CHECK(answer(signed_claim(w, claim, {who, key, 0, 0})) == "bad_nonce");
    CHECK(answer(signed_claim(w, claim, {who, key, 0, 1, "2026-04-30T23:59:59Z"})) == "expired");
    CHECK(answer(signed_claim(w, claim, {who, key, 0, 1, "2026-12-31T00:00:00Z", sha256(as_bytes("another"))})) == "bad_signature");
    // Once it is in, the same signed claim is an old one.
    World after = w;
    REQUIRE(after.rule(signed_claim(w, claim, {who, key})) == "ok");
    const std::string again = after.rule(signed_claim(w, claim, {who, key}));
    CHECK((again == "bad_nonce" || again == "no_such_key"));
    CHECK(after.state().voices.by_signature == 1);
  }
  CHECK(allowed > 100);
  CHECK(refused > 1000);
}

TEST_CASE("authority: drafts, approvals, statements and the first line are the operator's") {
  World w = community();
  w.when("2026-06-01T00:00:00Z");
  Json draft = w.draft_claim("2026-05");
  CHECK(w.rule(relayed(draft)) == "unauthorised");
  CHECK(w.rule(signed_claim(w, draft, {"aki", 10})) == "unauthorised");
  const std::string id = w.draft("2026-05");
  w.when("2026-06-03T00:00:00Z");
  for (const std::string kind : {"approve", "void"}) {
    const Json claim = json("{'kind':'" + kind + "','draft':'" + id + "'}");
    CHECK(w.rule(relayed(claim)) == "unauthorised");
    CHECK(w.rule(relayed(claim, "aki")) == "unauthorised");
    CHECK(w.rule(signed_claim(w, claim, {"aki", 10})) == "unauthorised");
  }
  w.approve(id);
  CHECK(w.rule(relayed(w.statement_claim())) == "unauthorised");
  CHECK(w.rule(signed_claim(w, w.statement_claim(), {"aki", 10})) == "unauthorised");
  CHECK(w.rule(world::dao_claim()) == "not_first_line");
}

TEST_CASE("authority: the fields of a signature stand under a signature alone, and all of them") {
  const World w = community();
  const Json leave = json("{'kind':'member.leave','member':'aki'}");
  const Json good = signed_claim(w, leave, {"aki", 10});
  for (const std::string field : {"expires", "key", "nonce", "signature", "who"}) {
    INFO(field);
    Json lacking = good;
    lacking.erase(field);
    CHECK(World{w}.rule(lacking) == "missing_field");
    Json more = leave;
    more.set(field, *good.find(field));
    CHECK(World{w}.rule(more) == "unknown_field");
    Json said_too = relayed(leave);
    said_too.set(field, *good.find(field));
    CHECK(World{w}.rule(said_too) == (field == "who" ? "ok" : "unknown_field"));
  }
  Json both = good;
  both.set("channel", "talk");
  CHECK(World{w}.rule(both) == "unknown_field");
}

TEST_CASE("authority: what the charter wants signed is signed, and nothing else is asked for") {
  World w = community();
  w.charter("v2", "2026-06", "{'root':{'to':'pool:all'},'signed':['ticket.transfer','waive','sign']}");
  const std::string move = "{'kind':'ticket.transfer','ticket':'t2','from':'aki','to':'chi'}";
  CHECK(World{w}.rule(move) == "ok");  // May is governed by the first charter
  w.when("2026-05-31T15:00:00Z");      // June begins
  CHECK(World{w}.rule(move) == "signature_required");
  CHECK(World{w}.rule(relayed(json(move))) == "signature_required");
  CHECK(World{w}.rule(signed_claim(w, json(move), {"aki", 10})) == "ok");
  CHECK(World{w}.rule("{'kind':'ticket.burn','ticket':'t2','from':'aki'}") == "ok");
  CHECK(World{w}.rule(relayed(json("{'kind':'waive','amount':'1','currency':'JPY','id':'w','member':'aki','to':'reserve'}"))) ==
        "signature_required");
  // A steward signs in a way of its own.
  w.add("{'kind':'propose','id':'s','stewards':{'stewards':[{'key':'" + to_string(demo_key(3).public_key()) +
        "','name':'new'}],'threshold':1},'until':'2026-07-01T00:00:00Z'}");
  const Hash leaf = w.state().proposals.rows.back().leaf;
  const Signature signature = demo_key(1).sign(proposal_message(w.state().dao.id, leaf));
  CHECK(World{w}.rule("{'kind':'sign','id':'s','steward':'abe','steward_signature':'" + to_hex(signature) + "'}") == "ok");
  CHECK(World{w}.rule("{'kind':'sign','id':'s','steward':'mori','steward_signature':'" + to_hex(signature) + "'}") == "bad_signature");
  CHECK(World{w}.rule("{'kind':'sign','id':'s','steward':'zed','steward_signature':'" + to_hex(signature) + "'}") == "not_a_steward");
}

TEST_CASE("authority: a key speaks at once, after its wait, or no more") {
  World w = community();
  const auto leaves = [&](std::uint8_t key, const std::string& at) {
    World copy = w;
    copy.when(at);
    return copy.rule(signed_claim(copy, json("{'kind':'member.leave','member':'aki'}"), {"aki", key}));
  };
  CHECK(leaves(92, "2026-05-07T23:59:59Z") == "no_such_key");
  CHECK(leaves(92, "2026-05-08T00:00:00Z") == "ok");  // seven days after it was bound
  // Bound under a signature, it speaks at once.
  w.must(signed_claim(w, json("{'kind':'member.key','member':'aki','public_key':'bip340:" + to_string(demo_key(93).public_key()) + "'}"), {"aki", 10}));
  World now = w;
  CHECK(now.rule(signed_claim(now, json("{'kind':'member.leave','member':'aki'}"), {"aki", 93, 0, 2})) == "ok");
  // The member ends the one that waits before it speaks.
  w.must(signed_claim(w, json("{'kind':'member.key.end','member':'aki','public_key':'bip340:" + to_string(demo_key(92).public_key()) + "'}"), {"aki", 10, 0, 2}));
  w.when("2026-05-09T00:00:00Z");
  CHECK(World{w}.rule(signed_claim(w, json("{'kind':'member.leave','member':'aki'}"), {"aki", 92, 0, 3})) == "no_such_key");
  CHECK(World{w}.rule("{'kind':'member.key','member':'ben','public_key':'bip340:" + to_string(demo_key(92).public_key()) + "'}") == "conflict");
}

TEST_CASE("authority: a wallet speaks, in both ways that wallets sign, and each signature has one spelling") {
  World w = community();
  const SecretKey wallet = demo_key(77);
  const std::string key = "eth:" + to_string(address_of(wallet));
  w.join("dee");
  w.add("{'kind':'member.key','member':'dee','public_key':'" + key + "'}");
  Json claim = json("{'kind':'member.leave','member':'dee','voice':'signed','who':'dee','nonce':1,'expires':'2026-12-31T00:00:00Z'}");
  claim.set("key", key);
  claim.set("signature", to_string(KeySignature{EthereumSignature{}}));
  const Line line = decode_claim(claim, w.at, 0).value();
  const std::string text = claim_text(line.envelope, line.event, w.state().dao.id);
  const TypedClaim typed{w.state().dao.id, "dee", 1, "2026-12-31T00:00:00Z", text};
  for (const Hash& digest : {typed_digest(typed), personal_digest(text)}) {
    const EthereumSignature signature = sign_ethereum(wallet, digest);
    claim.set("signature", to_hex(signature));
    CHECK(World{w}.rule(claim) == "ok");
    EthereumSignature other = signature;
    other[64] = static_cast<std::uint8_t>(other[64] - 27);
    claim.set("signature", to_hex(other));
    CHECK(World{w}.rule(claim) == "bad_signature");
    claim.set("signature", to_hex(sign_ethereum(demo_key(78), digest)));
    CHECK(World{w}.rule(claim) == "bad_signature");
    claim.set("signature", to_string(KeySignature{wallet.sign(tagged_hash(claim_tag, as_bytes(text)))}));
    CHECK(World{w}.rule(claim) == "bad_signature");  // 64 bytes are no wallet's
  }
}

TEST_CASE("authority: one signature covers many relayed lines, each once") {
  World w = community();
  const std::uint64_t first = w.state().next_seq;
  for (const char* id : {"a", "b", "c"})
    w.must(relayed(json("{'kind':'contribution','id':'" + std::string{id} + "','member':'aki','period':'2026-05','points':1,'type':'work'}")));
  w.must(relayed(json("{'kind':'contribution','id':'d','member':'ben','period':'2026-05','points':1,'type':'work'}")));
  const VoiceCount before = w.state().voices;
  CHECK(before.relayed == 4);
  MerkleLog tree;
  for (const RelayedLine& line : w.state().members.rows[0].relayed) tree.append(line.leaf);
  const auto attest = [&](std::uint64_t from, std::uint64_t to, const Hash& root, std::uint64_t nonce) {
    return signed_claim(w, json("{'kind':'attest','first':" + std::to_string(from) + ",'last':" + std::to_string(to) +
                                ",'member':'aki','root':'" + to_hex(root) + "'}"), {"aki", 10, 0, nonce});
  };
  CHECK(World{w}.rule(attest(first, first + 1, tree.root(), 1)) == "root_mismatch");
  CHECK(World{w}.rule(attest(first + 3, first + 3, tree.root(), 1)) == "no_such_record");  // ben's
  Json said = attest(first, first + 2, tree.root(), 1);
  for (const char* field : {"expires", "key", "nonce", "signature", "who"}) said.erase(field);
  said.set("voice", "operator");
  CHECK(World{w}.rule(said) == "signature_required");
  w.must(attest(first, first + 2, tree.root(), 1));
  CHECK(w.state().voices.relayed == 1);
  CHECK(w.state().voices.by_signature == before.by_signature + 4);  // three lines, and the attestation itself
  CHECK(w.rule(attest(first, first + 2, tree.root(), 2)) == "no_such_record");
}
