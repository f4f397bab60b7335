// SPDX-License-Identifier: MIT
// crypto/cosignature.hpp: witnesses are counted once each, and what is not theirs is never believed.
#include <string>
#include <vector>

#include "catch.hpp"
#include "ed25519_key.hpp"
#include "mikoshi/crypto/cosignature.hpp"

using namespace mikoshi;

namespace {

template <class T>
std::string code(const Result<T>& result) {
  return result ? "ok" : std::string{name(result.error().code)};
}

const std::string checkpoint = to_string(Checkpoint{"mikoshi/salon", 23, sha256(as_bytes("root"))});

Witness witness(const std::string& name, const std::string& key) { return {name, Ed25519Key{key}.public_key()}; }

NoteSignature cosign(const Witness& who, const std::string& key, std::uint64_t time_s, const std::string& text = checkpoint) {
  NoteSignature line{who.name, key_id(who), {}};
  const auto time = big_endian(time_s);
  line.signature.assign(time.begin(), time.end());
  const Bytes signature = Ed25519Key{key}.sign(as_bytes(cosigned_message(time_s, text)));
  line.signature.insert(line.signature.end(), signature.begin(), signature.end());
  return line;
}

}  // namespace

TEST_CASE("witness: a verifier key has one spelling, and says whose cosignatures it is for") {
  const Witness one = witness("witness.example/w1", "one");
  const std::string vkey = to_string(one);
  CHECK(parse_witness(vkey).value() == one);
  const Bytes public_bytes{one.key.bytes().begin(), one.key.bytes().end()};
  Bytes hashed{'w', 'i', 't', 'n', 'e', 's', 's', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '/', 'w', '1', '\n', 4};
  hashed.insert(hashed.end(), public_bytes.begin(), public_bytes.end());
  CHECK(vkey.substr(0, 28) == "witness.example/w1+" + to_hex(sha256(hashed)).substr(0, 8) + "+");

  const auto material = [&](std::uint8_t type, Bytes key) {
    key.insert(key.begin(), type);
    return to_base64(key);
  };
  const std::string id = to_hex(key_id(one));
  struct Row {
    std::string text;
    const char* code;
  };
  const std::vector<Row> rows = {
      {"", "bad_witness"},
      {"witness.example/w1", "bad_witness"},
      {"witness.example/w1+" + id, "bad_witness"},
      {"+" + id + "+" + material(4, public_bytes), "bad_witness"},
      {"two words+" + id + "+" + material(4, public_bytes), "bad_witness"},
      {"witness.example/w1+" + id + "+" + material(4, public_bytes) + "+", "bad_base64"},
      {"witness.example/w1+" + id + "+!" + material(4, public_bytes), "bad_base64"},
      {"witness.example/w1+" + id + "+", "bad_witness"},
      {"witness.example/w1+" + id + "+" + material(1, public_bytes), "bad_witness"},  // a note's key, not a cosigner's
      {"witness.example/w1+" + id + "+" + material(6, public_bytes), "bad_witness"},
      {"witness.example/w1+" + id + "+" + material(4, Bytes(31, 7)), "bad_pubkey"},
      {"witness.example/w1+" + id + "+" + material(4, Bytes(32, 0)), "bad_pubkey"},  // small order
      {"witness.example/w1+00000000+" + material(4, public_bytes), "bad_witness"},
      {"witness.example/w2+" + id + "+" + material(4, public_bytes), "bad_witness"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(code(parse_witness(row.text)) == row.code);
  }
}

TEST_CASE("cosignature: one that a public witness gave to a public log verifies") {
  // log2025-1.rekor.sigstore.dev and witness.stagemole.eu, in October 2026
  const auto stagemole = parse_witness("witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv");
  REQUIRE(stagemole);
  const auto note = parse_note(
      "log2025-1.rekor.sigstore.dev\n139911860\nEliTHtnx44DhEBH+5qIXBtQsSpc54Avam7mIYEvxnTA=\n\n"
      "\u2014 log2025-1.rekor.sigstore.dev "
      "zxGZFcOra4Y7QpuiQen+CmnUvDZbxSXfBOXJzL+HKIeR9aC58QTfao58ABqkhVyBhQDseS+TZdDNpcnZhoRxkh7IbQ0=\n"
      "\u2014 witness.stagemole.eu "
      "Z/euoAAAAABqxF18wrJCADsJ1G5Lc2JaRjZqqBwjpNqH24yQse4iJ4rKS6b5MtvHP+IbKYXwaWuWokdGA+BubLFi+TrwK7xpKr6XBw==\n");
  REQUIRE(note);
  CHECK(parse_checkpoint(note->text).value().size == 139911860);
  const auto cosigned = check_witnesses(*note, {{*stagemole}, 1});
  REQUIRE(cosigned);
  CHECK(cosigned->witnesses.at(0).time_s == 0x6ac45d7c);
}

TEST_CASE("cosignature: it signs the text and the time, and each bit of it counts") {
  const Witness one = witness("w1", "one");
  CHECK(cosigned_message(1679315147, "a\n1\nb\n") == "cosignature/v1\ntime 1679315147\na\n1\nb\n");
  const NoteSignature line = cosign(one, "one", 1679315147);
  REQUIRE(verify_cosignature(line, one, checkpoint));
  CHECK(verify_cosignature(line, one, checkpoint).value() == 1679315147);
  CHECK(code(verify_cosignature(line, one, checkpoint + "x\n")) == "bad_signature");
  CHECK(code(verify_cosignature(line, witness("w2", "one"), checkpoint)) == "bad_signature");
  CHECK(code(verify_cosignature(line, witness("w1", "two"), checkpoint)) == "bad_signature");
  std::size_t passed = 0;
  for (std::size_t bit = 0; bit < line.signature.size() * 8; ++bit) {
    NoteSignature flipped = line;
    flipped.signature[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    passed += verify_cosignature(flipped, one, checkpoint) ? 1 : 0;
  }
  CHECK(passed == 0);
  for (const std::size_t size : {1u, 8u, 64u, 71u, 73u}) {
    NoteSignature other = line;
    other.signature.resize(size);
    CHECK(code(verify_cosignature(other, one, checkpoint)) == "bad_signature");
  }
  CHECK(verify_cosignature(cosign(one, "one", 0), one, checkpoint).value() == 0);
  const std::uint64_t last = (std::uint64_t{1} << 63) - 1;
  CHECK(verify_cosignature(cosign(one, "one", last), one, checkpoint).value() == last);
  CHECK(code(verify_cosignature(cosign(one, "one", last + 1), one, checkpoint)) == "bad_signature");
  // The plain signature of a note, type 1, is none.
  NoteSignature plain{"w1", key_id(one), Ed25519Key{"one"}.sign(as_bytes(checkpoint))};
  CHECK(code(verify_cosignature(plain, one, checkpoint)) == "bad_signature");
}

TEST_CASE("witnesses: as many as were asked for, each once; strangers count for nothing and against nothing") {
  const std::vector<Witness> three = {witness("w1", "one"), witness("w2", "two"), witness("w3", "three")};
  const NoteSignature first = cosign(three[0], "one", 10), second = cosign(three[1], "two", 20);
  const NoteSignature stranger = cosign(witness("w9", "nine"), "nine", 30);
  NoteSignature renamed = cosign(witness("x1", "one"), "one", 10);  // the same key under another name
  NoteSignature namesake = cosign(witness("w3", "nine"), "nine", 10);
  NoteSignature lie = second;
  lie.signature.back() ^= 1;
  struct Row {
    std::vector<NoteSignature> lines;
    std::vector<Witness> asked;
    std::uint64_t threshold;
    const char* code;
    std::size_t counted;
  };
  const std::vector<Row> rows = {
      {{}, {}, 0, "ok", 0},
      {{first, second}, three, 2, "ok", 2},
      {{second, stranger, first}, three, 2, "ok", 2},
      {{first, second}, three, 1, "ok", 2},
      {{first}, three, 2, "witnesses_missing", 0},
      {{}, three, 1, "witnesses_missing", 0},
      {{first, renamed}, three, 2, "witnesses_missing", 0},
      {{first, namesake}, three, 2, "witnesses_missing", 0},
      {{first, stranger}, three, 2, "witnesses_missing", 0},
      {{first, lie}, three, 1, "bad_signature", 0},
      {{first}, three, 0, "bad_threshold", 0},
      {{first}, three, 4, "bad_threshold", 0},
      {{first}, {three[0], witness("x1", "one")}, 1, "duplicate_member", 0},  // one key is one witness
      {{first}, {three[0], witness("w1", "two")}, 1, "duplicate_member", 0},
      {{first}, {}, 1, "witnesses_missing", 0},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    const auto result = check_witnesses(Note{checkpoint, rows[i].lines}, {rows[i].asked, rows[i].threshold});
    CHECK(code(result) == rows[i].code);
    if (result) CHECK(result->witnesses.size() == rows[i].counted);
  }
  const auto both = check_witnesses(Note{checkpoint, {second, first}}, {three, 2});
  REQUIRE(both);
  CHECK(both->witnesses[0].name == "w1");
  CHECK(both->witnesses[0].time_s == 10);
  CHECK(both->witnesses[1].time_s == 20);
}

TEST_CASE("witnesses: a note with cosignatures has one spelling as any other") {
  const Witness one = witness("w1", "one");
  const std::string text = to_string(Note{checkpoint, {cosign(one, "one", 1679315147)}});
  const auto note = parse_note(text);
  REQUIRE(note);
  CHECK(to_string(*note) == text);
  CHECK(check_witnesses(*note, {{one}, 1}));
}

TEST_CASE("witnesses: of a cosigned note no bit may differ but in the line of a stranger") {
  const Witness one = witness("w1", "one"), two = witness("w2", "two");
  const NoteSignature stranger = cosign(witness("w9", "nine"), "nine", 30);
  const std::string text = to_string(Note{checkpoint, {cosign(one, "one", 10), stranger, cosign(two, "two", 20)}});
  const auto counted = [&](const std::string& other) -> std::string {
    const auto note = parse_note(other);
    if (!note) return code(note);
    const auto cosigned = check_witnesses(*note, {{one, two}, 2});
    if (!cosigned) return code(cosigned);
    CHECK(note->text == checkpoint);
    CHECK(cosigned->witnesses.size() == 2);
    CHECK(cosigned->witnesses[0].time_s == 10);
    CHECK(cosigned->witnesses[1].time_s == 20);
    return "ok";
  };
  REQUIRE(counted(text) == "ok");
  // Nobody here knows the stranger's key: its name, its key id and its signature say nothing, whatever they are.
  const std::size_t begin = text.find("w9"), end = text.find('\n', begin);
  std::size_t strange = 0;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string other = text;
    other[bit / 8] = static_cast<char>(static_cast<unsigned char>(other[bit / 8]) ^ (1u << bit % 8));
    CAPTURE(bit);
    const std::string found = counted(other);
    strange += found == "ok" ? 1 : 0;
    if (bit / 8 < begin || bit / 8 >= end) CHECK(found != "ok");
  }
  CHECK(strange > 100);
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(counted(text.substr(0, size)) != "ok");
  }
  CHECK(counted(text + text) != "ok");
}
