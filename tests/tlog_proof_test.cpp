// SPDX-License-Identifier: MIT
/// @file tlog_proof_test.cpp
/// Proves the proof file: its bytes as the specification shows them, one spelling for each content, a refusal for every cut,
/// and for every malformed line its code and its number.

#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "mikoshi/crypto/tlog_proof.hpp"
#include "random.hpp"

using namespace mikoshi;

namespace {

const std::string dash = "\xe2\x80\x94 ";

std::string code(const Result<TlogProof>& proof) { return proof ? "accepted" : std::string{name(proof.error().code)}; }
SecretKey key_of(std::string_view seed) { return SecretKey::from_bytes(sha256(as_bytes(seed))).value(); }
Hash hash_of(std::size_t i) { return sha256(as_bytes(std::to_string(i))); }

/// Data in the fourth leaf of five, under one signature.
TlogProof make_proof() {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < 5; ++i) leaves.push_back(leaf_hash(as_bytes("line " + std::to_string(i))));
  TlogProof proof;
  proof.extra = "{\"who\":\"aki\"}";
  proof.index = 3;
  proof.hashes = prove_inclusion(leaves, 3).value();
  proof.note.text = to_string(Checkpoint{"mikoshi/salon", 5, merkle_root(leaves)});
  proof.note.signatures.push_back(sign_note("haru", key_of("haru"), proof.note.text));
  return proof;
}

std::string flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(static_cast<unsigned char>(text[bit / 8]) ^ (1u << (bit % 8)));
  return text;
}

}  // namespace

TEST_CASE("tlog proof: its bytes stand as C2SP shows them") {
  const TlogProof proof = make_proof();
  REQUIRE(proof.hashes.size() == 3);
  const std::string text = "c2sp.org/tlog-proof@v1\nextra eyJ3aG8iOiJha2kifQ==\nindex 3\n" +
                           to_base64(proof.hashes[0]) + "\n" + to_base64(proof.hashes[1]) + "\n" +
                           to_base64(proof.hashes[2]) + "\n\nmikoshi/salon\n5\n" +
                           to_base64(parse_checkpoint(proof.note.text)->root) + "\n\n" + dash + "haru ";
  CHECK(to_string(proof).starts_with(text));
  CHECK(to_string(proof) == to_string(proof).substr(0, to_string(proof).find("\n\n") + 2) + to_string(proof.note));
  const auto read = parse_tlog_proof(to_string(proof));
  REQUIRE(read);
  CHECK(*read == proof);
  const Checkpoint checkpoint = parse_checkpoint(read->note.text).value();
  CHECK(verify_inclusion(checkpoint.root, leaf_hash(as_bytes("line 3")), read->index, checkpoint.size, read->hashes));
}

TEST_CASE("tlog proof: whatever it holds is read back the same") {
  Random random{test_seed("tlog_proof_test")};
  for (int round = 0; round < 500; ++round) {
    TlogProof proof = make_proof();
    proof.extra.clear();
    for (std::uint64_t n = random.edge(200); n > 0; --n) proof.extra.push_back(static_cast<char>(random.below(256)));
    proof.index = random.edge(checkpoint_size_limit - 1);
    proof.hashes.clear();
    for (std::uint64_t n = random.one_in(4) ? 64 : random.below(65); n > 0; --n)
      proof.hashes.push_back(hash_of(random.bits()));
    if (random.one_in(3)) proof.note.text = "first\n\n\nthird\n\n";
    if (random.one_in(9)) proof.note.text = "\n";
    while (random.one_in(2))
      proof.note.signatures.push_back(
          {"s" + std::to_string(proof.note.signatures.size()), {1, 2, 3, 4}, Bytes(1 + random.below(70))});
    const std::string text = to_string(proof);
    const auto read = parse_tlog_proof(text);
    REQUIRE(code(read) == "accepted");
    CHECK(*read == proof);
    CHECK(to_string(*read) == text);
  }
}

TEST_CASE("tlog proof: cut anywhere it is refused, and what follows its end is") {
  const std::string text = to_string(make_proof());
  std::map<std::string, std::size_t> codes;
  for (std::size_t length = 0; length < text.size(); ++length) ++codes[code(parse_tlog_proof(text.substr(0, length)))];
  CHECK(codes["accepted"] == 0);
  CHECK(codes["bad_receipt"] > 0);
  CHECK(codes["truncated"] > 0);
  CHECK(codes.size() == 3);
  for (const char* more : {"\n", "x", " ", "\n\n", "x\n"})
    CHECK(code(parse_tlog_proof(text + more)) == "trailing_bytes");
  CHECK(code(parse_tlog_proof(text + text)) ==
        "accepted");  // one proof, whose note has a longer text, which no key signed
  const Note longer = parse_tlog_proof(text + text)->note;
  CHECK(!verify_note_signature(longer.signatures[0], key_of("haru").public_key(), longer.text));
  CHECK(!parse_checkpoint(longer.text));
  // With two signatures the cut between them leaves a proof with one: the same data under fewer names.
  TlogProof two = make_proof();
  two.note.signatures.push_back(sign_note("natsu", key_of("natsu"), two.note.text));
  const std::string whole = to_string(two);
  REQUIRE(whole.starts_with(text));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const auto cut = parse_tlog_proof(whole.substr(0, length));
    CHECK((code(cut) == "accepted") == (length == text.size()));
  }
}

TEST_CASE("tlog proof: no two texts say the same, so a flipped bit is refused or says something else") {
  const TlogProof proof = make_proof();
  const std::string text = to_string(proof);
  std::size_t accepted = 0, wrong = 0;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    const std::string changed = flipped(text, bit);
    const auto read = parse_tlog_proof(changed);
    if (!read) continue;
    ++accepted;
    wrong += to_string(*read) != changed || *read == proof ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(accepted > 0);  // a hash with a flipped bit is a hash: it takes the tree to refuse it
  // No byte at all may be left out, doubled or replaced by white space.
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::vector<std::string> others = {
        text.substr(0, at) + text.substr(at + 1),    text.substr(0, at) + text[at] + text.substr(at),
        text.substr(0, at) + " " + text.substr(at),  text.substr(0, at) + "\r" + text.substr(at),
        text.substr(0, at) + "\n" + text.substr(at), text.substr(0, at) + "=" + text.substr(at)};
    for (const std::string& other : others) {
      if (other == text) continue;
      const auto read = parse_tlog_proof(other);
      if (read) wrong += to_string(*read) != other || *read == proof ? 1 : 0;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("tlog proof: malformed ones are refused with code and line") {
  const std::string text = to_string(make_proof());
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  const std::string hash = to_base64(hash_of(1));
  const std::string rest = text.substr(text.find("\n\n") + 1);  // the empty line and the note
  const std::string begin = first + "extra AA==\nindex 3\n";
  REQUIRE(code(parse_tlog_proof(begin + hash + "\n" + rest)) == "accepted");
  std::string many;
  for (std::size_t i = 0; i < 64; ++i) many += to_base64(hash_of(i)) + "\n";
  REQUIRE(code(parse_tlog_proof(begin + many + rest)) == "accepted");
  struct Row {
    std::string text, code, where;
  };
  const std::vector<Row> rows = {
      {"", "bad_receipt", "line 1"},
      {"\n", "bad_receipt", "line 1"},
      {"c2sp.org/tlog-proof@v1", "bad_receipt", "line 1"},
      {"c2sp.org/tlog-proof@v2\nextra AA==\nindex 3\n" + rest, "bad_receipt", "line 1"},
      {"c2sp.org/tlog-proof@v1\r\nextra AA==\r\nindex 3\r\n" + rest, "bad_receipt", "line 1"},
      {"\xef\xbb\xbf" + text, "bad_receipt", "line 1"},
      {" " + text, "bad_receipt", "line 1"},
      {rest.substr(1), "bad_receipt", "line 1"},  // a bare note
      {first, "bad_receipt", "line 1"},
      {first + "index 3\n" + rest, "bad_receipt", "line 2"},  // optional in C2SP, never here
      {first + "Extra AA==\nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra\nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra AA\nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra AB==\nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra  AA==\nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra AA== \nindex 3\n" + rest, "bad_receipt", "line 2"},
      {first + "extra AA==", "bad_receipt", "line 1"},  // the last whole line
      {first + "extra AA==\n", "bad_receipt", "line 2"},
      {first + "extra AA==\n" + hash + "\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex \n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex 03\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex +3\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex -3\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex 3 \n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex  3\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex 9007199254740992\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nindex 18446744073709551619\n" + rest, "bad_receipt", "line 3"},
      {first + "extra AA==\nextra AA==\nindex 3\n" + rest, "bad_receipt", "line 3"},
      {begin + "index 3\n" + rest, "bad_receipt", "line 4"},
      {begin + hash.substr(4) + "\n" + rest, "bad_receipt", "line 4"},
      {begin + "AAAA" + hash + "\n" + rest, "bad_receipt", "line 4"},
      {begin + to_hex(hash_of(1)) + "\n" + rest, "bad_receipt", "line 4"},
      {begin + hash + " \n" + rest, "bad_receipt", "line 4"},
      {begin + hash + "\r\n" + rest, "bad_receipt", "line 4"},
      {begin + hash + "\n" + "x\n" + rest, "bad_receipt", "line 5"},
      {begin + hash + "\n" + hash.substr(0, 43) + "\n" + rest, "bad_receipt", "line 5"},
      {begin, "bad_receipt", "line 3"},  // no empty line
      {begin + hash + "\n", "bad_receipt", "line 4"},
      {begin + hash + "\n" + rest.substr(1), "bad_receipt", "line 5"},  // the note at once: its origin is no hash
      {begin + many + hash + "\n" + rest, "too_many", ""},
      {begin + "\n", "truncated", "byte 0"},
      {begin + hash + "\n\n", "truncated", "byte 0"},
      {begin + hash + "\n" + rest + "x", "trailing_bytes", ""},
      {begin + "\ntext\n\n- haru AAAA\n" + dash + "haru AQIDBAU=\n", "bad_note", "line 3"},
      {begin + "\ntext\n" + dash + "haru AQIDBAU=\n", "bad_note", ""},
      {begin + "\nte\txt\n\n" + dash + "haru AQIDBAU=\n", "bad_note", "line 1"},
      {begin + "\ntext\n\n" + dash + "haru AQIDBAX=\n", "bad_base64", "line 3"},
      {std::string(note_bytes_max + 1, 'x'), "too_large", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 400));
    const auto proof = parse_tlog_proof(row.text);
    CHECK(code(proof) == row.code);
    if (!proof && !row.where.empty()) CHECK(proof.error().where == row.where);
  }
}
