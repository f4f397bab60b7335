// SPDX-License-Identifier: MIT
/// System 7, self-governance: the machine computes, people decide, and everybody signs what is theirs with an own key.
///
/// The charter says how it is changed: proposed, open for fourteen days, signed by half of the members. It wants each member's
/// signature under transfers and waivers. The stewards are changed by the stewards.
#include "story.hpp"

using story::Errc;
using mikoshi::parse_hex;
using mikoshi::to_hex;
using story::Json;
using story::relayed;
using story::Story;

namespace {

std::string rules(const std::string& tree) {
  return "{'consent':{'charter':{'days':14,'sign':[1,2]},'draft':{'days':3}},'root':" + tree +
         ",'signed':['ticket.transfer','waive']}";
}
const char* const evenly = "{'pool':'even','among':'equal','else':{'to':'pool:reserve'}}";
std::string v1() { return rules(evenly); }
std::string v2() { return rules("{'pool':'cut','split':[[20,{'to':'pool:reserve'}],[80," + std::string{evenly} + "]]}"); }

std::string propose(const std::string& id, const std::string& from, const std::string& until) {
  return "{'kind':'propose','charter':{'from':'" + from + "','id':'v2','rules':" + v2() + "},'id':'" + id + "','until':'" + until +
         "T00:00:00Z'}";
}
std::string sign(const std::string& who, const std::string& id) { return "{'kind':'sign','by':'" + who + "','id':'" + id + "'}"; }
std::string execute(const std::string& id) { return "{'kind':'execute','id':'" + id + "'}"; }
std::string income(const std::string& id, const std::string& month, const std::string& amount) {
  return "{'kind':'income','amount':'" + amount + "','currency':'JPY','id':'" + id + "','period':'" + month + "'}";
}
std::string waive(const std::string& id, const std::string& who, const std::string& amount) {
  return "{'kind':'waive','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'" + who + "','to':'reserve'}";
}
std::string transfer(const std::string& from, const std::string& to) {
  return "{'kind':'ticket.transfer','from':'" + from + "','ticket':'seat-1','to':'" + to + "'}";
}
std::string binds(const std::string& who, const std::string& key) {
  return "{'kind':'member.key','member':'" + who + "','public_key':'" + key + "'}";
}
std::string ends(const std::string& who, const std::string& key) {
  return "{'kind':'member.key.end','member':'" + who + "','public_key':'" + key + "'}";
}
/// A steward's signature under a change of stewards.
std::string steward_signs(const Story& club, const std::string& steward, std::uint8_t key) {
  const auto& proposal = club.ledger.state.proposals.rows.back();
  const auto message = mikoshi::proposal_message(club.ledger.state.dao.id, proposal.leaf);
  return "{'kind':'sign','id':'rotation','steward':'" + steward + "','steward_signature':'" +
         to_hex(story::demo_key(key).sign(message)) + "'}";
}
/// The other signature that ECDSA has for the same claim: n - s for s, and 27 for 28.
std::string twin(const std::string& signature) {
  mikoshi::EthereumSignature bytes{};
  mikoshi::Hash order{};
  if (!parse_hex(signature, bytes) || !parse_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", order))
    story::surprise("not a signature");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = order[i] - bytes[32 + i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    bytes[32 + i] = static_cast<std::uint8_t>(digit + 256 * borrow);
  }
  bytes[64] = bytes[64] == 27 ? 28 : 27;
  return to_hex(bytes);
}
std::string charter_of(const Json& draft) { return *draft.find("charter")->text(); }
std::string hash_of(const std::string& rules) { return to_hex(mikoshi::charter_hash(story::Claim{rules}.json)); }

}  // namespace

int main() {
  Story club{"Four who govern themselves"}, neighbours{"(aki is also a member of the neighbours' community)"};
  const auto aki = story::demo_key(11), ben = story::demo_key(12), thief = story::demo_key(66);

  club.day("2026-04-01", "aki has a BIP-340 key, ben an Ethereum wallet, the others talk in the chat. All share evenly.");
  club.says("{'kind':'charter','from':'2026-05','id':'v1','rules':" + v1() + "}",
            "{'kind':'ticket.class','class':'seat','transfer':'free','weight':1}");
  for (const std::string who : {"aki", "ben", "chie", "dai"}) club.says("{'kind':'member.join','member':'" + who + "'}");
  club.says("{'kind':'ticket.mint','class':'seat','ticket':'seat-1','to':'ben'}");
  club.says(relayed("aki", binds("aki", story::bip340(aki))),
            relayed("ben", binds("ben", story::wallet(ben))),
            relayed("aki", "{'kind':'introduction','by':'ben','member':'aki'}"));
  neighbours.says("{'kind':'member.join','member':'aki'}", binds("aki", story::bip340(aki)));

  neighbours.day("2026-04-10", "(She leaves them, and signs that.)");
  club.day("2026-04-10", "The same claim, handed in here: it names another community.");
  const Json leaves = neighbours.signed_by("aki", aki, "{'kind':'member.leave','member':'aki'}");
  club.refused(Errc::bad_signature, leaves);  // the nonce, the key and the time would do
  neighbours.says(leaves);

  club.day("2026-05-01", "The operator would like a reserve, and writes the rules. That is not how it goes here.");
  club.refused(Errc::consent_missing, "{'kind':'charter','from':'2026-06','id':'v2','rules':" + v2() + "}");
  club.refused(Errc::bad_deadline, propose("p1", "2026-06", "2026-05-10"));      // fourteen days
  club.refused(Errc::charter_too_late, propose("p1", "2026-05", "2026-05-15"));  // May has begun, and keeps its rules
  club.says(propose("p1", "2026-06", "2026-05-15"), club.signed_by("aki", aki, sign("aki", "p1")));
  club.refused(Errc::too_early, execute("p1"));

  club.day("2026-05-15", "One of four has signed: too few. The operator asks again.");
  club.refused(Errc::consent_missing, execute("p1"));
  club.refused(Errc::too_late, relayed("dai", sign("dai", "p1")));
  club.says("{'kind':'cancel','id':'p1'}", propose("p2", "2026-06", "2026-05-29"));

  club.day("2026-05-16", "aki and ben sign. So many ways in which a signature does not count:");
  const Json by_aki = club.signed_by("aki", aki, sign("aki", "p2"));
  Json other = by_aki;
  other.set("nonce", 7);
  club.refused(Errc::bad_nonce, other);
  other = by_aki;
  other.set("id", "p3");
  club.refused(Errc::bad_signature, other);  // what was signed was another proposal
  club.refused(Errc::no_such_key, club.signed_by("aki", thief, sign("aki", "p2")));
  club.refused(Errc::unauthorised, club.signed_by("aki", aki, sign("ben", "p2")));  // not aki's to say
  const Json by_ben = club.signed_by("ben", ben, sign("ben", "p2"), Story::Key::wallet);
  other = by_ben;
  other.set("signature", twin(*by_ben.find("signature")->text()));
  club.refused(Errc::bad_signature, other);  // the high-s twin
  club.says(by_aki, by_ben);
  club.refused(Errc::bad_nonce, by_aki);  // once
  const Json stale = club.signed_by("aki", aki, "{'kind':'withdraw','by':'aki','id':'p2'}");

  club.day("2026-05-20", "A withdrawal that aki had prepared, good for a day, turns up. And a thief has the operator's password.");
  club.refused(Errc::expired, stale);
  club.says(binds("aki", story::bip340(thief)));
  club.refused(Errc::no_such_key, club.signed_by("aki", thief, "{'kind':'member.leave','member':'aki'}"));  // it waits seven days
  club.says(club.signed_by("aki", aki, ends("aki", story::bip340(thief))));

  club.day("2026-05-29", "Two of four: the new rules stand, for June and later. The thief's key speaks no more, nor ever did.");
  club.refused(Errc::no_such_key, club.signed_by("aki", thief, "{'kind':'member.leave','member':'aki'}"));
  club.says(execute("p2"));

  club.day("2026-06-01", "May: 40,000. The machine computes it, by the rules of May.");
  club.says(income("i5", "2026-05", "40000"));
  const Json may = club.draft_of("2026-05");
  club.expect("the draft names the rules of May", charter_of(may), hash_of(v1()));
  Json wrong = may, outcome = *may.find("outcome");
  outcome.set("distributed", "39999");
  wrong.set("outcome", outcome);
  club.refused(Errc::payout_mismatch, wrong);  // whoever drafts it: it recomputes, or it is no draft
  const std::string first = club.draft("2026-05");

  club.day("2026-06-02", "4,000 were forgotten.");
  club.says("{'kind':'income.correct','amount':'44000','id':'i5'}");
  Json old = may;
  old.set("id", "2026-05.again");
  club.refused(Errc::stale_draft, old);
  club.day("2026-06-04", "The draft does not recompute any more.");
  club.refused(Errc::stale_draft, "{'kind':'approve','draft':'" + first + "'}");
  const std::string second = club.draft("2026-05");
  club.refused(Errc::no_such_draft, "{'kind':'approve','draft':'" + first + "'}");  // a new one takes its place
  club.day("2026-06-07", "The new one has lain open for three days.");
  club.approve(second);
  for (const std::string who : {"aki", "ben", "chie", "dai"}) club.is_owed(who, "11000");
  const std::string signed_in_may = club.snapshot({1, 2});

  club.day("2026-06-10", "aki waives 1,000. That wants an own signature, and so does a transfer; ben's wallet is an old one.");
  club.refused(Errc::signature_required, relayed("chie", waive("w1", "chie", "1000")));
  club.refused(Errc::signature_required, transfer("ben", "dai"));
  club.refused(Errc::owed_exceeded, club.signed_by("aki", aki, waive("w1", "aki", "11001")));
  club.says(club.signed_by("aki", aki, waive("w1", "aki", "1000")));
  club.says(club.signed_by("ben", ben, transfer("ben", "dai"), Story::Key::old_wallet));
  club.is_owed("aki", "10000");
  club.expect("the reserve", club.purse("pool:reserve"), "1000");
  club.expect("dai's seats", club.holds("dai", "seat"), "1");

  club.day("2026-06-15", "abe steps down, tomo steps up. The stewards until now sign that: two of three.");
  const auto until_now = club.ledger.state.dao;
  club.says("{'kind':'propose','id':'rotation','stewards':{'stewards':" + story::stewards({{"mori", 2}, {"sato", 3}, {"tomo", 4}}) +
            ",'threshold':2},'until':'2026-06-30T00:00:00Z'}");
  club.refused(Errc::not_a_steward, steward_signs(club, "tomo", 4));
  club.refused(Errc::bad_signature, steward_signs(club, "sato", 2));
  club.says(steward_signs(club, "abe", 1));
  club.refused(Errc::conflict, steward_signs(club, "abe", 1));
  club.refused(Errc::consent_missing, execute("rotation"));
  club.says(steward_signs(club, "mori", 2), execute("rotation"));

  club.day("2026-07-01", "June: 50,000, by the new rules: a fifth for the reserve.");
  club.says(income("i6", "2026-06", "50000"));
  club.expect("the draft names the rules of June", charter_of(club.draft_of("2026-06")), hash_of(v2()));
  const std::string june = club.draft("2026-06");
  club.day("2026-07-04", "Nobody objects.");
  club.approve(june);
  club.is_owed("ben", "21000");
  club.expect("the reserve", club.purse("pool:reserve"), "11000");
  club.expect("signed by abe and mori", club.verify(club.snapshot({1, 2}, until_now)), "quorum_not_met");
  club.expect("signed by mori and tomo", club.verify(club.snapshot({2, 4})), "ok");
  club.expect("what abe and mori signed in May", club.verify(signed_in_may), "ok");

  club.day("2026-07-05", "aki has a new phone. Her old key binds the new one, at once, and the new one ends the old one.");
  const auto new_aki = story::demo_key(13);
  club.refused(Errc::conflict, club.signed_by("aki", aki, binds("aki", story::wallet(ben))));
  club.says(club.signed_by("aki", aki, binds("aki", story::bip340(new_aki))));
  club.says(club.signed_by("aki", new_aki, ends("aki", story::bip340(aki))));
  club.refused(Errc::no_such_key, club.signed_by("aki", aki, waive("w2", "aki", "1")));  // whoever found the old phone

  club.day("2026-07-06", "aki reads what was relayed in her name, and says once that she said it.");
  mikoshi::MerkleLog said;
  const auto& relayed_for_aki = club.ledger.state.members.rows[club.index("aki")].relayed;
  for (const auto& line : relayed_for_aki) said.append(mikoshi::leaf_hash(mikoshi::as_bytes(club.lines[line.seq])));
  const auto attest = [&](const std::string& root) {
    return "{'kind':'attest','first':0,'last':" + std::to_string(club.lines.size()) + ",'member':'aki','root':'" + root + "'}";
  };
  const auto voices = club.ledger.state.voices;
  club.refused(Errc::signature_required, relayed("aki", attest(to_hex(said.root()))));
  club.refused(Errc::root_mismatch, club.signed_by("aki", new_aki, attest(story::sha("something else"))));
  club.says(club.signed_by("aki", new_aki, attest(to_hex(said.root()))));
  club.expect("lines on aki's own word now", std::to_string(voices.relayed - club.ledger.state.voices.relayed), "2");
  club.refused(Errc::no_such_record, club.signed_by("aki", new_aki, attest(to_hex(said.root()))));
  return club.end({2, 4});
}
