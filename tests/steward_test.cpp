// SPDX-License-Identifier: MIT
/// Stewards with keys of every sort: what they sign, and to whom they hand over.
#include "mikoshi/crypto/key_file.hpp"
#include "mikoshi/proof/evidence.hpp"
#include "mikoshi/proof/receipt.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

Ed25519SecretKey demo_ed25519(std::uint8_t n) {
  Hash seed;
  seed.fill(n);
  return Ed25519SecretKey::from_seed(seed);
}
/// abe has a BIP-340 key, mori a wallet, sato an Ed25519 key; zoe and yui come later.
StewardKey key_of(const std::string& name, std::uint8_t n) {
  if (name == "mori") return address_of(world::demo_key(n));
  if (name == "sato") return demo_ed25519(n).public_key();
  return world::demo_key(n).public_key();
}
NoteSignature signature_of(const std::string& name, std::uint8_t n, const std::string& text) {
  if (name == "sato") return sign_note(name, StewardSecretKey{demo_ed25519(n)}, text);
  if (name != "mori") return sign_note(name, world::demo_key(n), text);
  const Checkpoint checkpoint = parse_checkpoint(text).value();
  const EthereumSignature signature = sign_ethereum(world::demo_key(n), typed_digest(typed(checkpoint)));
  return {name, key_id(name, key_of(name, n)), Bytes{signature.begin(), signature.end()}};
}
std::string message_signature(const std::string& name, std::uint8_t n, const Hash& dao, const Hash& message) {
  if (name == "sato") return to_hex(demo_ed25519(n).sign(message));
  if (name != "mori") return to_hex(world::demo_key(n).sign(message));
  return to_hex(sign_ethereum(world::demo_key(n), typed_digest(typed_message(dao, proposal_tag, message))));
}
std::string steward_json(const std::string& name, std::uint8_t n) {
  return "{'key':'" + to_string(key_of(name, n)) + "','name':'" + name + "'}";
}

using Signing = std::vector<std::pair<std::string, std::uint8_t>>;

std::string code(const Status& status) { return world::code_of(status); }

World mixed() {
  Json dao = world::dao_claim();
  const Json stewards = world::json("{'all':[" + steward_json("abe", 1) + "," + steward_json("mori", 2) + "," +
                                    steward_json("sato", 3) + "]}");
  dao.set("stewards", *stewards.find("all"));
  World w{dao};
  w.charter("v1", "2026-03", world::salon_rules).ticket_class("seat", 1).work_kind("work", 1);
  w.join("aki").mint("t1", "aki").income("i1", "1000", "2026-03");
  return w.when("2026-04-01T00:00:00Z").close("2026-03").state_it();
}

/// Proposes, signs and executes a change of stewards.
void rotate(World& w, const std::string& id, const Signing& by, const std::string& to, std::uint64_t threshold) {
  const std::string until = to_string(*Timestamp::from_seconds(w.at.seconds() + 86400));
  w.add("{'kind':'propose','id':'" + id + "','stewards':{'stewards':[" + to + "],'threshold':" +
        std::to_string(threshold) + "},'until':'" + until + "'}");
  const Hash message = proposal_message(w.state().dao.id, w.state().proposals.rows.back().leaf);
  for (const auto& [name, n] : by)
    w.add("{'kind':'sign','id':'" + id + "','steward':'" + name + "','steward_signature':'" +
          message_signature(name, n, w.state().dao.id, message) + "'}");
  w.add("{'kind':'execute','id':'" + id + "'}");
}

std::string note_of(const World& w, const Signing& signers) {
  Note note{snapshot_text(w.ledger).value(), {}};
  for (const auto& [name, n] : signers) add_signature(note, signature_of(name, n, note.text));
  return to_string(note);
}
std::string verified(const World& w, const std::string& note, const Expectations& expected = {}) {
  const std::string text = w.text();
  return world::code_of(verify_ledger(text_lines(text), note, expected));
}
Receipt receipt_of(const World& w, const std::string& note) {
  const std::string text = w.text();
  return Receipts::read(text_lines(text), note).value().of(MemberId::parse("aki").value()).value();
}
std::string checked(const Receipt& receipt, const Expectations& expected = {}) {
  return world::code_of(verify_receipt(to_string(receipt), MemberId::parse("aki").value(), expected));
}
Expectations naming(const Signing& stewards) {
  Expectations expected;
  for (const auto& [name, n] : stewards) expected.stewards.push_back({StewardId::parse(name).value(), key_of(name, n)});
  return expected;
}

}  // namespace

TEST_CASE("steward key: three written forms, each with one spelling") {
  for (const StewardKey& key : {key_of("abe", 1), key_of("mori", 2), key_of("sato", 3)})
    CHECK(StewardKey::parse(to_string(key)).value() == key);
  const auto refused = [](const std::string& text) { return world::code_of(StewardKey::parse(text)); };
  CHECK(refused("") == "bad_hex");
  CHECK(refused("eth:" + std::string(42, '0')) == "bad_hex");
  CHECK(refused("eth:0x" + std::string(40, 'A')) == "bad_hex");
  CHECK(refused("ed25519:" + std::string(64, 'g')) == "bad_hex");
  CHECK(refused("ed25519:" + std::string(64, '0')) == "bad_pubkey");  // of small order
  CHECK(refused("ed25519:" + std::string(64, 'f')) == "bad_pubkey");  // another spelling
  CHECK(refused("bip340:" + to_string(world::demo_key(1).public_key())) == "bad_hex");
  CHECK(refused(std::string(64, 'f')) == "bad_pubkey");
}

TEST_CASE("steward key: a signature line counts under its own name, key, sort and text, with every bit as it was") {
  const std::string text = to_string(Checkpoint{"mikoshi/" + world::sha("dao"), 7, sha256(as_bytes("root"))});
  for (const auto& [name, n] : Signing{{"abe", 1}, {"mori", 2}, {"sato", 3}}) {
    CAPTURE(name);
    const NoteSignature line = signature_of(name, n, text);
    REQUIRE(verify_note_signature(line, key_of(name, n), text));
    CHECK(parse_note(to_string(Note{text, {line}})).value().signatures.front() == line);
    for (const auto& [other, m] : Signing{{"abe", 1}, {"mori", 2}, {"sato", 3}, {"abe", 4}, {"mori", 4}, {"sato", 4}})
      if (other != name || m != n) CHECK(code(verify_note_signature(line, key_of(other, m), text)) == "bad_signature");
    NoteSignature renamed = line;
    renamed.name = "zed";
    CHECK(code(verify_note_signature(renamed, key_of(name, n), text)) == "bad_signature");
    const std::string next = to_string(Checkpoint{"mikoshi/" + world::sha("dao"), 8, sha256(as_bytes("root"))});
    CHECK(code(verify_note_signature(line, key_of(name, n), next)) == "bad_signature");
    CHECK(code(verify_note_signature(line, key_of(name, n), "no checkpoint\n")) == "bad_signature");
    for (std::size_t bit = 0; bit < 8 * line.signature.size(); ++bit) {
      NoteSignature flipped = line;
      flipped.signature[bit / 8] = static_cast<std::uint8_t>(flipped.signature[bit / 8] ^ (1u << bit % 8));
      CHECK(!verify_note_signature(flipped, key_of(name, n), text));
    }
    for (const std::size_t size : {std::size_t{0}, line.signature.size() - 1, line.signature.size() + 1}) {
      NoteSignature cut = line;
      cut.signature.resize(size);
      CHECK(code(verify_note_signature(cut, key_of(name, n), text)) == "bad_signature");
    }
  }
}

TEST_CASE("steward key: an Ed25519 line is what C2SP writes") {
  // H(name ‖ 0A ‖ 01 ‖ key), four bytes, computed by hand here.
  const auto key = demo_ed25519(3).public_key();
  Bytes bytes = {'s', 'a', 't', 'o', '\n', 1};
  bytes.insert(bytes.end(), key.bytes().begin(), key.bytes().end());
  const Hash hash = sha256(bytes);
  CHECK(key_id("sato", StewardKey{key}) == KeyId{hash[0], hash[1], hash[2], hash[3]});
  const std::string text = "any/log\n1\n" + to_base64(sha256({})) + "\n";
  CHECK(verify(key, as_bytes(text), signature_of("sato", 3, text).signature));
}

TEST_CASE("steward key: a key file holds an Ed25519 key as well, and never a wallet's") {
  const Ed25519SecretKey key = demo_ed25519(5);
  KeyFileSeed seed;
  const std::string file = encode_key_file(key, "password", scrypt_log2_min, seed).value();
  CHECK(key_file_public_key(file).value() == StewardKey{key.public_key()});
  const auto read = decode_key_file(file, "password");
  REQUIRE(read);
  CHECK(read->public_key() == StewardKey{key.public_key()});
  CHECK(read->bip340() == nullptr);
  CHECK(read->sign(sha256({})) == key.sign(sha256({})));
  CHECK(world::code_of(decode_key_file(file, "other")) == "bad_password");
  std::string wallet = file;
  const std::string own = to_string(StewardKey{key.public_key()});
  wallet.replace(wallet.find(own), own.size(), to_string(key_of("mori", 2)));
  CHECK(world::code_of(decode_key_file(wallet, "password")) == "bad_key_file");
}

TEST_CASE("stewards: keys of three sorts sign one snapshot, each counted once") {
  const World w = mixed();
  CHECK(verified(w, note_of(w, {{"abe", 1}, {"mori", 2}})) == "ok");
  CHECK(verified(w, note_of(w, {{"mori", 2}, {"sato", 3}})) == "ok");
  CHECK(verified(w, note_of(w, {{"abe", 1}, {"sato", 3}})) == "ok");
  CHECK(verified(w, note_of(w, {{"sato", 3}})) == "quorum_not_met");
  CHECK(verified(w, note_of(w, {{"sato", 3}, {"sato", 3}})) == "quorum_not_met");
  CHECK(verified(w, note_of(w, {{"mori", 9}, {"sato", 3}})) == "quorum_not_met");
  Note note{snapshot_text(w.ledger).value(), {}};
  CHECK(code(sign_snapshot(note, w.state().dao, StewardSecretKey{demo_ed25519(3)})) == "ok");
  CHECK(code(sign_snapshot(note, w.state().dao, StewardSecretKey{demo_ed25519(4)})) == "not_a_steward");
  CHECK(note.signatures.size() == 1);
}

TEST_CASE("stewards: whoever is handed over to signs, and the proof goes along with every receipt") {
  World w = mixed();
  const std::string before = note_of(w, {{"abe", 1}, {"mori", 2}});
  const Receipt first = receipt_of(w, before);
  CHECK_FALSE(first.body.handovers);
  CHECK(checked(first) == "ok");

  // A wallet and an Ed25519 key hand over to zoe and sato; the two of them to zoe and yui.
  rotate(w, "q1", {{"mori", 2}, {"sato", 3}}, steward_json("sato", 3) + "," + steward_json("zoe", 6), 2);
  w.income("i2", "500", "2026-04").when("2026-05-01T00:00:00Z").close("2026-04").state_it();
  const std::string second = note_of(w, {{"sato", 3}, {"zoe", 6}});
  CHECK(verified(w, second) == "ok");
  CHECK(verified(w, note_of(w, {{"abe", 1}, {"mori", 2}})) == "quorum_not_met");
  const Receipt once = receipt_of(w, second);
  REQUIRE(once.body.handovers);
  CHECK(once.body.handovers->size() == 1);
  CHECK(checked(once) == "ok");
  // The snapshot of before keeps the stewards of before.
  CHECK(verified(w, before) == "ok");
  CHECK(checked(receipt_of(w, before)) == "ok");

  World fork = w;  // for evidence
  rotate(w, "q2", {{"zoe", 6}, {"sato", 3}}, steward_json("yui", 7) + "," + steward_json("zoe", 6), 2);
  w.income("i3", "300", "2026-05").when("2026-06-01T00:00:00Z").close("2026-05").state_it();
  const std::string third = note_of(w, {{"yui", 7}, {"zoe", 6}});
  const Receipt twice = receipt_of(w, third);
  CHECK(twice.body.handovers->size() == 2);
  CHECK(checked(twice) == "ok");

  SECTION("who pinned stewards of any time follows them; who names strangers does not") {
    const Expectations old = naming({{"abe", 1}, {"mori", 2}, {"sato", 3}});
    const Expectations middle = naming({{"zoe", 6}, {"sato", 3}});
    for (const Expectations& expected : {old, middle}) {
      CHECK(verified(w, third, expected) == "ok");
      CHECK(checked(twice, expected) == "ok");
      const auto check = verify_receipt(to_string(twice), MemberId::parse("aki").value(), expected);
      CHECK(check->handed_on);
      CHECK(check->changes == 2);
    }
    // Named before they were stewards, they are measured as strangers are: by their own signatures.
    CHECK(verified(w, second, naming({{"yui", 7}, {"zoe", 6}})) == "quorum_not_met");
    CHECK(verified(w, third, naming({{"abe", 1}, {"mori", 2}})) == "signers_unknown");
    CHECK(checked(twice, naming({{"abe", 1}})) == "signers_unknown");
  }
  SECTION("a handover that is not whole is refused") {
    const auto with = [&](auto change) {
      Receipt bad = twice;
      change(*bad.body.handovers);
      return checked(bad);
    };
    using Handovers = std::vector<StewardHandover>;
    CHECK(with([](Handovers& h) { h.pop_back(); }) == "quorum_not_met");  // sato and zoe have not signed
    CHECK(with([](Handovers& h) { h.clear(); }) == "bad_receipt");
    CHECK(with([](Handovers& h) { std::swap(h[0], h[1]); }) == "not_a_steward");
    CHECK(with([](Handovers& h) { h[0].signatures.pop_back(); }) == "quorum_not_met");
    CHECK(with([](Handovers& h) { std::swap(h[0].signatures[0], h[0].signatures[1]); }) == "bad_receipt");
    CHECK(with([](Handovers& h) { h[0].signatures[1] = h[0].signatures[0]; }) == "bad_receipt");
    CHECK(with([](Handovers& h) { h[1].signatures[0].signature = h[1].signatures[1].signature; }) == "bad_signature");
    CHECK(with([&](Handovers& h) { h[0].proposal = w.lines[0]; }) == "bad_receipt");
    CHECK(with([](Handovers& h) { h[0].proposal = "{}"; }) == "missing_field");
    CHECK(with([](Handovers& h) {  // other stewards than were signed
            const std::string key = to_string(world::demo_key(6).public_key());
            h[0].proposal.replace(h[0].proposal.find(key), key.size(), to_string(world::demo_key(8).public_key()));
          }) == "bad_signature");
    Receipt without = twice;
    without.body.handovers.reset();
    CHECK(checked(without) == "quorum_not_met");
    CHECK(verify_receipt(to_string(without), MemberId::parse("aki").value()).error().what.find("stewards") !=
          std::string::npos);
  }
  SECTION("of two histories, who was handed over to is named as those of the first line are") {
    fork.income("i3", "301", "2026-05").when("2026-06-01T00:00:00Z").close("2026-05").state_it();
    const Note one = parse_note(note_of(fork, {{"sato", 3}, {"zoe", 6}})).value(), other = parse_note(third).value();
    std::vector<Hash> leaves;
    for (const std::string& line : w.lines) leaves.push_back(leaf_hash(as_bytes(line)));
    const auto named = [&](std::vector<StewardHandover> handovers) {
      const auto evidence = prove_equivocation(w.lines[0], one, other, leaves, std::move(handovers));
      if (!evidence) return world::code_of(evidence);
      const auto found = verify_evidence(parse_evidence(to_string(*evidence)).value());
      REQUIRE(found);
      std::string names;
      for (const Steward& steward : found->both) names += steward.name.text() + " ";
      return names + std::to_string(found->threshold) + " of " + std::to_string(found->stewards);
    };
    const std::vector<StewardHandover>& both = *twice.body.handovers;
    CHECK(named(both) == "zoe 2 of 2");
    CHECK(named({both[0]}) == "zoe 2 of 2");
    CHECK(named({both[1], both[0]}) == "zoe 2 of 2");  // the first of them hands nothing over, and is left out
    CHECK(named({both[1]}) == "not_equivocation");
    CHECK(named({}) == "not_equivocation");
    ForkEvidence evidence = prove_equivocation(w.lines[0], one, other, leaves, both).value();
    const auto with = [&](auto change) {
      ForkEvidence bad = evidence;
      change(bad);
      return world::code_of(verify_evidence(bad));
    };
    CHECK(with([](ForkEvidence& bad) { bad.handovers->clear(); }) == "bad_evidence");
    CHECK(with([](ForkEvidence& bad) { std::swap((*bad.handovers)[0], (*bad.handovers)[1]); }) == "not_a_steward");
    CHECK(with([](ForkEvidence& bad) { bad.handovers->front().signatures.pop_back(); }) == "quorum_not_met");
    CHECK(with([&](ForkEvidence& bad) { bad.handovers->front().proposal = w.lines[0]; }) == "bad_evidence");
    CHECK(with([](ForkEvidence& bad) { bad.handovers.reset(); }) == "not_equivocation");
  }
  SECTION("signatures by those who were stewards once do not count for a proposal that outlives them") {
    const std::string until = "2026-07-01T00:00:00Z";
    for (const char* id : {"q3", "q4"})
      w.add("{'kind':'propose','id':'" + std::string{id} + "','stewards':{'stewards':[" + steward_json("zoe", 6) +
            "],'threshold':1},'until':'" + until + "'}");
    const auto sign = [&](const char* id, std::size_t back, const std::string& name, std::uint8_t n) {
      const auto& rows = w.state().proposals.rows;
      const Hash message = proposal_message(w.state().dao.id, rows[rows.size() - back].leaf);
      return w.rule("{'kind':'sign','id':'" + std::string{id} + "','steward':'" + name + "','steward_signature':'" +
                    message_signature(name, n, w.state().dao.id, message) + "'}");
    };
    CHECK(sign("q4", 1, "zoe", 6) == "ok");
    CHECK(sign("q3", 2, "zoe", 6) == "ok");
    CHECK(sign("q3", 2, "yui", 7) == "ok");
    CHECK(w.rule("{'kind':'execute','id':'q3'}") == "ok");
    CHECK(w.rule("{'kind':'execute','id':'q4'}") == "consent_missing");
    CHECK(sign("q4", 1, "zoe", 6) == "ok");  // again, as the only steward
    CHECK(w.rule("{'kind':'execute','id':'q4'}") == "ok");
    w.income("i4", "300", "2026-06").when("2026-07-01T00:00:00Z").close("2026-06").state_it();
    const Receipt receipt = receipt_of(w, note_of(w, {{"zoe", 6}}));
    CHECK(receipt.body.handovers->size() == 4);
    CHECK(receipt.body.handovers->back().signatures.size() == 1);
    CHECK(checked(receipt) == "ok");
  }
}

TEST_CASE("stewards: of a receipt that hands over, no bit of what was handed over may differ, and nothing may be cut off") {
  World w = mixed();
  rotate(w, "q1", {{"abe", 1}, {"mori", 2}, {"sato", 3}}, steward_json("sato", 3) + "," + steward_json("zoe", 6), 2);
  w.income("i2", "500", "2026-04").when("2026-05-01T00:00:00Z").close("2026-04").state_it();
  const Receipt receipt = receipt_of(w, note_of(w, {{"sato", 3}, {"zoe", 6}}));
  REQUIRE(checked(receipt) == "ok");
  TlogProof proof = parse_tlog_proof(to_string(receipt)).value();
  const std::string body = proof.extra;
  const MemberId aki = MemberId::parse("aki").value();
  const std::size_t begin = body.find("\"handovers\":"), end = body.find(",\"payouts\":");
  REQUIRE(begin < end);
  std::size_t passed = 0, not_read = 0;
  for (std::size_t bit = begin * 8; bit < end * 8; ++bit) {
    proof.extra = body;
    proof.extra[bit / 8] = static_cast<char>(static_cast<unsigned char>(body[bit / 8]) ^ (1u << bit % 8));
    const std::string text = to_string(proof);
    not_read += parse_receipt(text) ? 0 : 1;
    passed += verify_receipt(text, aki) ? 1 : 0;  // three signed where two would do: each of the three has to be right
  }
  CHECK(passed == 0);
  CHECK(not_read > 1000);
  CHECK(not_read < (end - begin) * 8);  // many are read, and refused for what they say
  const std::string whole = to_string(receipt);
  for (std::size_t size = 0; size < whole.size(); ++size) passed += verify_receipt(whole.substr(0, size), aki) ? 1 : 0;
  CHECK(passed == 0);
}

TEST_CASE("stewards: each sort of key agrees to a change of stewards, under no other DAO and no other proposal") {
  World w = mixed();
  w.add("{'kind':'propose','id':'q','stewards':{'stewards':[" + steward_json("zoe", 6) +
        "],'threshold':1},'until':'2026-05-01T00:00:00Z'}");
  const Hash dao = w.state().dao.id;
  const Hash message = proposal_message(dao, w.state().proposals.rows.back().leaf);
  const auto says = [&](const std::string& name, const std::string& signature) {
    return World{w}.rule("{'kind':'sign','id':'q','steward':'" + name + "','steward_signature':'" + signature + "'}");
  };
  for (const auto& [name, n] : Signing{{"abe", 1}, {"mori", 2}, {"sato", 3}}) {
    CAPTURE(name);
    CHECK(says(name, message_signature(name, n, dao, message)) == "ok");
    CHECK(says(name, message_signature(name, 9, dao, message)) == "bad_signature");
    CHECK(says(name, message_signature(name, n, dao, proposal_message(dao, Hash{}))) == "bad_signature");
    const Hash other{1};
    CHECK(says(name, message_signature(name, n, other, proposal_message(other, w.state().proposals.rows.back().leaf))) ==
          "bad_signature");
    for (const auto& [another, m] : Signing{{"abe", 1}, {"mori", 2}, {"sato", 3}})
      if (another != name) CHECK(says(name, message_signature(another, m, dao, message)) == "bad_signature");
  }
}
