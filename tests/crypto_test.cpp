// SPDX-License-Identifier: MIT
// crypto/sha256.hpp, base64.hpp, merkle.hpp, key.hpp and note.hpp.
#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "mikoshi/base/field.hpp"
#include "mikoshi/crypto/base64.hpp"
#include "mikoshi/crypto/key.hpp"
#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/note.hpp"
#include "mikoshi/crypto/sha256.hpp"
#include "mikoshi/crypto/wide_tree.hpp"
#include "random.hpp"

#ifndef MIKOSHI_SHARED_DIR
#define MIKOSHI_SHARED_DIR "../shared"
#endif

using namespace mikoshi;

namespace {

const std::filesystem::path vectors = std::filesystem::path{MIKOSHI_SHARED_DIR} / "vectors";

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The code of a failure, or nothing: so that CHECK prints both sides.
template <class T>
std::optional<std::string> code(const Result<T>& result) {
  if (result) return std::nullopt;
  return std::string{name(result.error().code)};
}

Bytes from_hex(std::string hex) {
  std::transform(hex.begin(), hex.end(), hex.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  Bytes bytes(hex.size() / 2);
  REQUIRE(parse_hex(hex, bytes));
  return bytes;
}

Hash hash_of(const Bytes& bytes) {
  Hash hash{};
  REQUIRE(bytes.size() == hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

SecretKey key_of(std::string_view seed) { return SecretKey::from_bytes(sha256(as_bytes(seed))).value(); }

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> pieces;
  std::stringstream stream{text};
  for (std::string piece; std::getline(stream, piece, mark);) pieces.push_back(piece);
  return pieces;
}

}  // namespace

// SHA-256 -------------------------------------------------------------------------------------------------------------

TEST_CASE("sha256: the published values") {
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(as_bytes("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1000000, 'a');
  CHECK(to_hex(sha256(as_bytes(million))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: a stream in any pieces gives the digest of the whole, and finish begins anew") {
  const std::uint64_t seed = 20260401;
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  Sha256 hasher;
  for (int round = 0; round < 200; ++round) {
    Bytes bytes(random() % 300);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    ByteSpan rest = bytes;
    while (!rest.empty()) {
      const ByteSpan piece = rest.first(random() % (rest.size() + 1));
      hasher.update(piece);
      rest = rest.subspan(piece.size());
    }
    CHECK(hasher.finish() == sha256(bytes));
  }
  // Pieces of every length about that up to which they are put together.
  for (const std::size_t first : {0u, 1u, 511u, 512u, 513u})
    for (const std::size_t second : {0u, 1u, 300u, 511u, 512u, 513u, 2000u})
      for (const std::size_t third : {0u, 1u, 200u, 600u}) {
        Bytes bytes(first + second + third);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        const ByteSpan whole = bytes;
        hasher.update(whole);
        CHECK(hasher.finish() == sha256_joined({whole.first(first), whole.subspan(first, second), whole.last(third)}));
      }
  hasher.update("ab");
  Sha256 moved = std::move(hasher);
  moved.update("c");
  CHECK(moved.finish() == sha256(as_bytes("abc")));
  CHECK(sha256_joined({as_bytes("a"), {}, as_bytes("bc")}) == sha256(as_bytes("abc")));
  static_assert(!std::is_copy_constructible_v<Sha256> && std::is_nothrow_move_constructible_v<Sha256>);
}

TEST_CASE("tagged hash: the definition of BIP-340, and that of libsecp256k1") {
  for (const std::string message : {"", "x", "a longer message that fills more than one block of the hash function"}) {
    const std::string tag{note_tag};
    Hash theirs{};
    const auto* const bytes = as_bytes(message).data();
    REQUIRE(secp256k1_tagged_sha256(detail::curve(), theirs.data(), as_bytes(tag).data(), tag.size(), bytes,
                                    message.size()) == 1);
    CHECK(tagged_hash(tag, as_bytes(message)) == theirs);
  }
}

// Base64 --------------------------------------------------------------------------------------------------------------

TEST_CASE("base64: the values of RFC 4648, and a round trip at every length") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : rows) {
    CHECK(to_base64(as_bytes(plain)) == text);
    CHECK(as_text(parse_base64(text).value()) == plain);
  }
  Bytes bytes;
  for (unsigned i = 0; i < 300; ++i) {
    CHECK(parse_base64(to_base64(bytes)).value() == bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 151 + 7));
  }
}

TEST_CASE("base64: every other spelling is refused") {
  const std::vector<std::string> spellings = {
      // length and padding
      "Zg",
      "Zg=",
      "Zm9",
      "Zm9v=",
      "=Zm9",
      "Z===",
      "====",
      "Zg==Zg==",
      "=m9v",
      "Z=9v",
      "Zm=v",
      "Zg=A",
      // bits set behind the last byte
      "Zh==",
      "Zm9=",
      // white space
      "Zg==\n",
      "Zg== ",
      " Zg==",
      "\nZg==",
      "Z g=",
      "Zm9v\r\n",
      "Zm9v    ",
      "    Zm9v",
      "Zm9v\n\n\n\n",
      "    ",
      "\t\t\t\t",
      // alphabet
      "Zm9vYmF-",
      "Zm9vYmF_",
      "Zm-_",
      "Zm9*",
      "Zm9\xc3",
      "Zg==----",
      "-Zm9v--",
      std::string("Zm9\0", 4),
      std::string("\0\0\0\0", 4),
      std::string(4096, ' '),
      std::string(4096, '='),
  };
  for (const std::string& spelling : spellings) {
    CAPTURE(spelling);
    CHECK(code(parse_base64(spelling)) == "bad_base64");
  }
  const std::string good = to_base64(as_bytes("mikoshi, shared alike"));
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    std::string flipped = good;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    const auto parsed = parse_base64(flipped);
    CHECK((!parsed || to_base64(*parsed) == flipped));
  }
}

// Merkle tree ---------------------------------------------------------------------------------------------------------

namespace {

/// RFC 6962, section 2.1, as it stands there.
Hash root_by_definition(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (2 * k < leaves.size()) k *= 2;
  return node_hash(root_by_definition(leaves.first(k)), root_by_definition(leaves.subspan(k)));
}

/// Level by level; the odd one at the end rises unchanged.
Hash root_by_levels(std::vector<Hash> level) {
  if (level.empty()) return empty_root();
  while (level.size() > 1) {
    std::vector<Hash> above;
    for (std::size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(node_hash(level[i], level[i + 1]));
    if (level.size() % 2 != 0) above.push_back(level.back());
    level = std::move(above);
  }
  return level[0];
}

/// The sides on which a leaf's siblings stand, from the leaf up: what a verifier makes of index and size.
std::string sides(std::uint64_t index, std::uint64_t size) {
  if (size == 1) return {};
  std::uint64_t k = 1;
  while (2 * k < size) k *= 2;
  return index < k ? sides(index, k) + "R" : sides(index - k, size - k) + "L";
}

std::vector<Hash> make_leaves(std::size_t count) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(as_bytes("line " + std::to_string(i))));
  return leaves;
}

}  // namespace

TEST_CASE("merkle: leaf, node and empty tree are hashed as RFC 6962 says") {
  CHECK(empty_root() == sha256({}));
  CHECK(leaf_hash({}) == sha256(from_hex("00")));
  CHECK(leaf_hash(as_bytes("abc")) == sha256(from_hex("00616263")));
  const Hash left = sha256(as_bytes("left"));
  const Hash right = sha256(as_bytes("right"));
  CHECK(node_hash(left, right) == sha256(from_hex("01" + to_hex(left) + to_hex(right))));
}

TEST_CASE("merkle: the roots that certificate transparency publishes for its eight leaves") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
      {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
      {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
      {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
      {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
      {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
      {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
      {"606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
  };
  MerkleLog log;
  for (const auto& [leaf, root] : rows) {
    log.append(leaf_hash(from_hex(leaf)));
    CHECK(to_hex(log.root()) == root);
  }
}

TEST_CASE("merkle: the growing log, the definition and the level by level tree agree for 0 to 70 leaves") {
  const std::vector<Hash> leaves = make_leaves(70);
  MerkleLog log;
  for (std::size_t count = 0; count <= leaves.size(); ++count) {
    const auto some = std::span{leaves}.first(count);
    CHECK(log.size() == count);
    CHECK(log.root() == root_by_definition(some));
    CHECK(log.root() == root_by_levels({some.begin(), some.end()}));
    CHECK(log.root() == merkle_root(some));
    const TreeLevels<Hash> levels{{some.begin(), some.end()}};
    CHECK(log.root() == levels.root());
    CHECK(name(levels.prove(count).error().code) == "proof_index_out_of_range");
    TreeLevels<Hash> changed{std::vector<Hash>(count)};
    for (std::size_t i = 0; i < count; ++i) changed.replace(i * 37 % count, leaves[i * 37 % count]);
    if (count % 37 != 0) CHECK(changed.root() == levels.root());
    for (std::size_t i = 0; i < count; ++i) {
      const auto proof = prove_inclusion(some, i).value();
      CHECK(levels.prove(i).value() == proof);
      CHECK(verify_inclusion(log.root(), leaves[i], i, count, proof));
    }
    if (count < leaves.size()) log.append(leaves[count]);
  }
}

TEST_CASE("merkle: a tree whose leaves are replaced, added and dropped joins what differs, and is the tree of its leaves") {
  Random random{test_seed("crypto_test") + 11};
  CAPTURE(test_seed("crypto_test"));
  std::vector<Hash> leaves;
  TreeLevels<Hash> levels;
  CHECK(levels.root() == empty_root());
  for (int t = 0; t < 300; ++t) {
    const std::size_t count = random.one_in(3) ? random.below(70) : leaves.size();
    leaves.resize(count);
    for (std::size_t k = random.below(4); k != 0 && count != 0; --k) leaves[random.below(count)] = make_leaves(100)[random.below(100)];
    levels.assign(leaves);
    REQUIRE(levels.root() == merkle_root(leaves));
    for (std::size_t i = 0; i < count; ++i) REQUIRE(levels.prove(i).value() == prove_inclusion(leaves, i).value());
  }
}

TEST_CASE("merkle: several threads find the root that one does") {
  const std::vector<Hash> leaves = make_leaves(9'000);
  for (const std::size_t count : {0u, 1u, 2u, 1'023u, 1'024u, 1'025u, 2'048u, 2'049u, 4'095u, 5'000u, 8'192u, 8'193u, 9'000u}) {
    const Hash root = merkle_root(std::span{leaves}.first(count));
    for (const std::size_t threads : {0u, 1u, 2u, 3u, 8u, 50u}) {
      CAPTURE(count, threads);
      std::vector<std::uint8_t> asked(count);
      CHECK(wide_tree_root(count, [&](std::uint64_t i) { return ++asked[i], leaves[i]; }, threads) == root);
      CHECK(std::count(asked.begin(), asked.end(), 1) == static_cast<std::ptrdiff_t>(count));
    }
  }
}

TEST_CASE("merkle: a batch tried on a copy leaves the log as it was") {
  MerkleLog log;
  for (const Hash& leaf : make_leaves(13)) log.append(leaf);
  const Hash before = log.root();
  MerkleLog trial = log;
  for (const Hash& leaf : make_leaves(9)) trial.append(leaf);
  CHECK(trial.size() == 22);
  CHECK(trial.root() != before);
  CHECK(log.size() == 13);
  CHECK(log.root() == before);
}

TEST_CASE("merkle: of every proof in trees of 1 to 8 leaves, each changed part is refused with its own code") {
  const Hash other = sha256(as_bytes("something else"));
  for (std::size_t size = 1; size <= 8; ++size) {
    const std::vector<Hash> leaves = make_leaves(size);
    const Hash root = merkle_root(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      CAPTURE(size, index);
      const std::vector<Hash> proof = prove_inclusion(leaves, index).value();
      const auto outcome = [&](const Hash& r, const Hash& l, std::uint64_t i, std::uint64_t n, const auto& p) {
        return code(verify_inclusion(r, l, i, n, p)).value_or("accepted");
      };
      CHECK(outcome(root, leaves[index], index, size, proof) == "accepted");
      CHECK(proof.size() == sides(index, size).size());
      CHECK(outcome(other, leaves[index], index, size, proof) == "proof_mismatch");
      CHECK(outcome(root, other, index, size, proof) == "proof_mismatch");

      for (std::uint64_t i = 0; i < 20; ++i) {
        if (i == index) continue;
        const std::string why = i >= size                               ? "proof_index_out_of_range"
                                : sides(i, size).size() != proof.size() ? "proof_wrong_length"
                                                                        : "proof_mismatch";
        CHECK(outcome(root, leaves[index], i, size, proof) == why);
      }
      for (std::uint64_t n = 0; n < 40; ++n) {
        // Root and size come from one checkpoint. A size that puts the siblings on the same sides reads as the same.
        const std::string why = n <= index                               ? "proof_index_out_of_range"
                                : sides(index, n) == sides(index, size)  ? "accepted"
                                : sides(index, n).size() != proof.size() ? "proof_wrong_length"
                                                                         : "proof_mismatch";
        CHECK(outcome(root, leaves[index], index, n, proof) == why);
      }

      for (std::size_t at = 0; at < proof.size(); ++at) {
        for (std::size_t bit = 0; bit < 256; ++bit) {
          std::vector<Hash> changed = proof;
          changed[at][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
          CHECK(outcome(root, leaves[index], index, size, changed) == "proof_mismatch");
        }
        std::vector<Hash> shorter = proof;
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at));
        CHECK(outcome(root, leaves[index], index, size, shorter) == "proof_wrong_length");
        if (at == 0) continue;
        std::vector<Hash> swapped = proof;
        std::swap(swapped[at - 1], swapped[at]);
        CHECK(outcome(root, leaves[index], index, size, swapped) == "proof_mismatch");
      }
      for (const Hash& more : {root, leaves[index], other}) {
        std::vector<Hash> longer = proof;
        longer.push_back(more);
        CHECK(outcome(root, leaves[index], index, size, longer) == "proof_wrong_length");
      }
    }
    CHECK(code(prove_inclusion(leaves, size)) == "proof_index_out_of_range");
  }
  CHECK(code(prove_inclusion({}, 0)) == "proof_index_out_of_range");
}

TEST_CASE("merkle: indices and sizes up to 2^64 - 1 are verified without overflow") {
  const Hash leaf = leaf_hash(as_bytes("x"));
  const std::vector<Hash> siblings(80, leaf);
  const auto why = [&](std::uint64_t index, std::uint64_t size, std::size_t count) {
    return code(verify_inclusion(empty_root(), leaf, index, size, std::span{siblings}.first(count)));
  };
  CHECK(why(0, UINT64_MAX, 64) == "proof_mismatch");
  CHECK(why(1, UINT64_MAX, 64) == "proof_mismatch");
  CHECK(why(0, UINT64_MAX, 63) == "proof_wrong_length");
  CHECK(why(0, UINT64_MAX, 80) == "proof_wrong_length");
  CHECK(why(UINT64_MAX - 1, UINT64_MAX, 63) == "proof_mismatch");
  CHECK(why(UINT64_MAX, UINT64_MAX, 0) == "proof_index_out_of_range");
  CHECK(why(0, 0, 0) == "proof_index_out_of_range");
}

TEST_CASE("merkle: a node is not taken for a leaf") {
  const std::vector<Hash> leaves = make_leaves(4);
  const Hash root = merkle_root(leaves);
  const std::vector<Hash> above = {node_hash(leaves[2], leaves[3])};
  const Hash node = node_hash(leaves[0], leaves[1]);
  CHECK(code(verify_inclusion(root, node, 0, 4, above)) == "proof_wrong_length");
  const std::string inside = "\x01" + std::string{as_text(leaves[0])} + std::string{as_text(leaves[1])};
  CHECK(leaf_hash(as_bytes(inside)) != node);
}

TEST_CASE("merkle: the published inclusion proofs") {
  const auto folder = vectors / "rfc6962" / "inclusion";
  if (!std::filesystem::is_directory(folder)) {
    WARN("SKIPPED: no folder " << folder);
    return;
  }
  int accepted = 0;
  int refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path());
    // The grammar has no null and no integer of 2^53 or more: no proof becomes an empty one, numbers become text.
    std::string text;
    for (std::string line : split(read_all(entry.path()), '\n')) {
      const std::size_t null = line.find(": null");
      if (null != std::string::npos) line.replace(null, 6, ": []");
      const std::size_t digit = line.find_first_of("0123456789");
      if (digit != std::string::npos && line.find_last_of('"', digit) + 3 == digit && line.ends_with(',')) {
        line.insert(line.size() - 1, "\"");
        line.insert(digit, "\"");
      }
      text += line + "\n";
    }
    const Json json = parse_json(text).value();
    const auto number = [&](std::string_view field) {
      return low64(parse_decimal(*json.find(field)->text(), u128{1} << 64, Errc::bad_number).value());
    };
    // A hash of another length than 32 bytes cannot even be said: that is a refusal, too.
    bool sayable = true;
    const auto hash = [&](const Json& value) {
      const Bytes bytes = parse_base64(*value.text()).value();
      sayable = sayable && bytes.size() == 32;
      return bytes.size() == 32 ? hash_of(bytes) : Hash{};
    };
    const Hash root = hash(*json.find("root"));
    const Hash leaf = hash(*json.find("leafHash"));
    std::vector<Hash> proof;
    for (const Json& item : *json.find("proof")->array()) proof.push_back(hash(item));
    const bool fine = sayable && verify_inclusion(root, leaf, number("leafIdx"), number("treeSize"), proof);
    CHECK(fine == !*json.find("wantErr")->boolean());
    ++(fine ? accepted : refused);
  }
  CHECK(accepted == 6);
  CHECK(accepted + refused == 98);
}

// Keys and signatures -------------------------------------------------------------------------------------------------

TEST_CASE("key: every row of the BIP-340 vectors signs and verifies as published") {
  const auto path = vectors / "bip340" / "test-vectors.csv";
  if (!std::filesystem::exists(path)) {
    WARN("SKIPPED: no file " << path);
    return;
  }
  int signs = 0;
  int fails = 0;
  const auto rows = split(read_all(path), '\n');
  REQUIRE(rows.size() == 20);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CAPTURE(rows[i]);
    const auto fields = split(rows[i], ',');
    const Bytes secret = from_hex(fields[1]);
    const Bytes message = from_hex(fields[4]);
    const Bytes signature = from_hex(fields[5]);
    const auto key = PublicKey::from_bytes(from_hex(fields[2]));
    const bool fine = key && verify(*key, message, signature);
    CHECK(fine == (fields[6] == "TRUE"));
    fails += fine ? 0 : 1;
    if (secret.empty()) continue;
    const SecretKey signer = SecretKey::from_bytes(secret).value();
    CHECK(signer.public_key() == *key);
    const Hash aux = hash_of(from_hex(fields[3]));
    const Signature made = detail::sign_with_aux(signer, message, &aux);
    CHECK(Bytes{made.begin(), made.end()} == signature);
    if (aux == Hash{} && message.size() == 32) CHECK(signer.sign(hash_of(message)) == made);
    ++signs;
  }
  CHECK(signs == 8);
  CHECK(fails == 10);
}

TEST_CASE("key: what is no signature is refused, whatever its length, and nothing aborts") {
  const SecretKey key = key_of("steward");
  const Hash message = sha256(as_bytes("message"));
  const Signature good = key.sign(message);
  CHECK(verify(key.public_key(), message, good));
  CHECK(good == key.sign(message));

  const Bytes order = from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  Bytes r_is_order{good.begin(), good.end()};
  std::copy(order.begin(), order.end(), r_is_order.begin());
  Bytes s_is_order{good.begin(), good.end()};
  std::copy(order.begin(), order.end(), s_is_order.begin() + 32);
  Bytes s_is_zero{good.begin(), good.end()};
  std::fill(s_is_zero.begin() + 32, s_is_zero.end(), std::uint8_t{0});
  Bytes longer{good.begin(), good.end()};
  longer.push_back(0);
  const std::vector<Bytes> wrong = {{},         Bytes(1),   Bytes(63), Bytes{good.begin(), good.end() - 1},
                                    longer,     Bytes(65),  Bytes(72), Bytes(64),
                                    r_is_order, s_is_order, s_is_zero, Bytes(4096)};
  for (const Bytes& signature : wrong) {
    CAPTURE(to_hex(signature));
    CHECK(code(verify(key.public_key(), message, signature)) == "bad_signature");
    CHECK(code(verify(key.public_key(), {}, signature)) == "bad_signature");
  }
  CHECK(code(verify(key.public_key(), message, ByteSpan{})) == "bad_signature");
  CHECK(code(verify(key.public_key(), {}, good)) == "bad_signature");
  CHECK(code(verify(key_of("somebody else").public_key(), message, good)) == "bad_signature");
  CHECK(code(verify(PublicKey{}, message, good)) == "bad_signature");
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature flipped = good;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK(code(verify(key.public_key(), message, flipped)) == "bad_signature");
  }
}

TEST_CASE("key: what is no public key is refused") {
  const std::string x = to_string(key_of("steward").public_key());
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"off the curve", "eefdea4cdb677750a420fee807eacf21eb9898ae79b9768766e4faa04a2d4a34"},
      {"infinity, as zero", std::string(64, '0')},
      {"the prime", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"},
      {"above the prime", "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30"},
      {"all ones", std::string(64, 'f')},
      {"compressed", "02" + x},
      {"uncompressed", "04" + x + x},
      {"hybrid, even", "06" + x + x},
      {"hybrid, odd", "07" + x + x},
      {"infinity, as one byte", "00"},
      {"31 bytes", x.substr(2)},
      {"nothing", ""},
  };
  for (const auto& [what, hex] : rows) {
    CAPTURE(what);
    CHECK(code(PublicKey::from_bytes(from_hex(hex))) == "bad_pubkey");
    CHECK(code(PublicKey::parse(hex)) == (hex.size() == 64 ? "bad_pubkey" : "bad_hex"));
  }
  CHECK(code(PublicKey::parse("G" + x.substr(1))) == "bad_hex");
  CHECK(code(PublicKey::parse(x.substr(0, 62) + "  ")) == "bad_hex");
  const PublicKey key = PublicKey::parse(x).value();
  CHECK(to_string(key) == x);
  CHECK(PublicKey::from_bytes(key.bytes()).value() == key);
}

TEST_CASE("key: public keys are ordered as their bytes, and stand in field lists as text") {
  const PublicKey a = key_of("a").public_key();
  const PublicKey b = key_of("b").public_key();
  CHECK((a < b) == (to_string(a) < to_string(b)));
  CHECK(a != b);
  CHECK(Codec<PublicKey>::decode(Codec<PublicKey>::encode(a)).value() == a);
  CHECK(code(Codec<PublicKey>::decode(Json{std::string(64, '0')})) == "bad_pubkey");
}

TEST_CASE("key: the key that a field begins with is valid and nobody's") {
  CHECK(PublicKey::from_bytes(PublicKey{}.bytes()).value() == PublicKey{});
  const std::string generator =
      "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
      "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
  CHECK(PublicKey{}.bytes() == sha256(from_hex(generator)));
}

TEST_CASE("key: zero, the order and beyond, and other lengths are no secret keys") {
  const std::vector<std::pair<std::string, bool>> rows = {
      {"0000000000000000000000000000000000000000000000000000000000000000", false},
      {"0000000000000000000000000000000000000000000000000000000000000001", true},
      {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", true},
      {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", false},
      {"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142", false},
      {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
      {"01010101010101010101010101010101010101010101010101010101010101", false},
      {"010101010101010101010101010101010101010101010101010101010101010101", false},
      {"", false},
  };
  for (const auto& [hex, fine] : rows) {
    CAPTURE(hex);
    CHECK(code(SecretKey::from_bytes(from_hex(hex))).value_or("accepted") == (fine ? "accepted" : "bad_key"));
  }
}

TEST_CASE("key: a secret key cannot be copied, and is wiped where it was moved from and at its end") {
  static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
  static_assert(std::is_nothrow_move_constructible_v<SecretKey> && std::is_nothrow_move_assignable_v<SecretKey>);
  const Hash secret = sha256(as_bytes("wipe me"));
  const auto holds_secret = [&](ByteSpan memory) {
    return std::search(memory.begin(), memory.end(), secret.begin(), secret.begin() + 8) != memory.end();
  };
  alignas(SecretKey) std::array<std::uint8_t, sizeof(SecretKey)> first{};
  alignas(SecretKey) std::array<std::uint8_t, sizeof(SecretKey)> second{};
  auto* const one = new (first.data()) SecretKey{SecretKey::from_bytes(secret).value()};
  CHECK(holds_secret(first));
  auto* const two = new (second.data()) SecretKey{std::move(*one)};
  CHECK(!holds_secret(first));
  CHECK(holds_secret(second));
  *one = std::move(*two);
  CHECK(holds_secret(first));
  CHECK(!holds_secret(second));
  CHECK(verify(one->public_key(), secret, one->sign(secret)));
  std::destroy_at(one);
  std::destroy_at(two);
  CHECK(!holds_secret(first));
  CHECK(!holds_secret(second));
}

// Notes ---------------------------------------------------------------------------------------------------------------

namespace {

const std::string dash = "\xe2\x80\x94 ";

Checkpoint make_checkpoint() { return {"mikoshi/salon", 4, merkle_root(make_leaves(4))}; }

Note make_note() {
  Note note;
  note.text = to_string(make_checkpoint());
  note.signatures.push_back(sign_note("haru", key_of("haru"), note.text));
  return note;
}

/// What a reader does who knows haru's key: reads, and wants the signature.
Status open_note(std::string_view text) {
  MIKOSHI_ASSIGN(const Note note, parse_note(text));
  for (const NoteSignature& line : note.signatures)
    MIKOSHI_TRY(verify_note_signature(line, key_of("haru").public_key(), note.text));
  return {};
}

}  // namespace

TEST_CASE("note: the bytes are frozen") {
  // Recomputed by a program of its own, from the formulas of BIP-340 and RFC 6962 with Python's integers.
  CHECK(to_string(make_note()) ==
        "mikoshi/salon\n4\nrEypEMr4wiqSnpFd7Jp+ttSSu3CnFkP7zdHVjRWEjEk=\n\n" + dash +
            "haru +wgrmaWwOOPoBd4oAhRlUQ3CCTl38vBc7xYGYBR7LzsIO0XUzk8U6g/4Iv47U1EewhrV4X72y1bTaeeKxGXFPp+NPLQ=\n");
}

TEST_CASE("note: reads what it writes, with one and with many signatures and empty lines in the text") {
  Note note = make_note();
  CHECK(parse_note(to_string(note)).value() == note);
  CHECK(open_note(to_string(note)));
  CHECK(parse_checkpoint(note.text).value() == make_checkpoint());

  note.text = "first\n\n\nthird\n\n";
  note.signatures.clear();
  for (std::size_t i = 0; i < note_signatures_max; ++i) {
    const KeyId id{0, 0, static_cast<std::uint8_t>(i / 128), static_cast<std::uint8_t>(i % 128)};
    note.signatures.push_back({"steward." + std::to_string(i / 2), id, Bytes(1 + i, 7)});
  }
  CHECK(parse_note(to_string(note)).value() == note);

  note.signatures.push_back({"one.more", {}, Bytes(64)});
  CHECK(code(parse_note(to_string(note))) == "too_many");
}

TEST_CASE("note: the example of the C2SP checkpoint specification is read") {
  const std::string text =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" + dash +
      "example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
  const Note note = parse_note(text).value();
  CHECK(note.signatures.at(0).name == "example.com/behind-the-sofa");
  CHECK(to_hex(note.signatures.at(0).key_id) == "033de0ae");
  CHECK(note.signatures.at(0).signature.size() == 64);
  CHECK(parse_checkpoint(note.text).value().size == 20852163);
}

TEST_CASE("note: cut at any byte it is refused as truncated") {
  const std::string text = to_string(make_note());
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    const auto cut = parse_note(text.substr(0, length));
    CHECK(code(cut) == "truncated");
    CHECK(cut.error().where == "byte " + std::to_string(length));
  }
  Note two = make_note();
  two.signatures.push_back(sign_note("natsu", key_of("natsu"), two.text));
  const std::string longer = to_string(two);
  for (std::size_t length = text.size() + 1; length < longer.size(); ++length) {
    CAPTURE(length);
    CHECK(code(parse_note(longer.substr(0, length))) == "truncated");
  }
}

TEST_CASE("note: what follows the last signature line is refused, and two notes in one do not verify") {
  const std::string text = to_string(make_note());
  for (const std::string more : {"\n", "x", " ", "\n\n", "x\n", "-\n", "\xff"}) {
    CAPTURE(more);
    const auto joined = parse_note(text + more);
    CHECK(code(joined) == "trailing_bytes");
    CHECK(joined.error().where == "byte " + std::to_string(text.size()));
  }
  CHECK(code(open_note(text + text)) == "bad_signature");
  CHECK(code(parse_checkpoint(parse_note(text + text).value().text)) == "bad_note");
}

TEST_CASE("note: with any single bit flipped it is not read, or its signature does not verify") {
  const std::string text = to_string(make_note());
  REQUIRE(open_note(text));
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    CAPTURE(bit);
    CHECK(!open_note(flipped));
  }
}

TEST_CASE("note: malformed ones are refused with the line") {
  const std::string line = to_string(make_note()).substr(make_note().text.size() + 1);
  const std::string tail = line.substr(line.rfind(' '));  // from the space before the base64
  const auto named = [&](const std::string& key_name) { return "t\n\n" + dash + key_name + tail; };
  struct Row {
    std::string text, why, where;
  };
  const std::vector<Row> rows = {
      {"t\n" + line, "bad_note", ""},            // no empty line
      {"\n" + line, "bad_note", ""},             // no text
      {"t\r\n\n" + line, "bad_note", "line 1"},  // CR
      {"t\n\r\n" + line, "bad_note", "line 2"},  //
      {"a\nb" + std::string(1, '\0') + "\n\n" + line, "bad_note", "line 2"},
      {"a\tb\n\n" + line, "bad_note", "line 1"},             // tab
      {"a\x1b[2J\n\n" + line, "bad_note", "line 1"},         // escape
      {"a\n\xff\n\n" + line, "bad_note", "line 2"},          // not UTF-8
      {"a\n\xed\xa0\x80\n\n" + line, "bad_note", "line 2"},  // a surrogate
      {"t\n\nhello\n" + line, "bad_note", "line 3"},         // a line that is no signature
      {"t\n\n- haru" + tail + line, "bad_note", "line 3"},   // a hyphen
      {"t\n\n" + line + line, "bad_note", "line 4"},         // the same key twice
      {"t\n\n" + dash + "haru\n", "bad_note", "line 3"},     // no signature
      {"t\n\n" + dash + "\n", "bad_note", "line 3"},         // nothing
      {named(""), "bad_note", "line 3"},
      {named("ha+ru"), "bad_note", "line 3"},
      {named("ha\u3000ru"), "bad_note", "line 3"},  // a full-width space
      {named("ha\u00a0ru"), "bad_note", "line 3"},
      {named("ha\u2028ru"), "bad_note", "line 3"},
      {named("ha\x7fru"), "bad_note", "line 3"},
      {named("ha ru"), "bad_base64", "line 3"},                    // the name ends at the space
      {"t\n\n" + dash + "haru \n", "bad_note", "line 3"},          // empty base64
      {"t\n\n" + dash + "haru AQIDBA==\n", "bad_note", "line 3"},  // a key id without a signature
      {"t\n\n" + dash + "haru AQIDBAU\n", "bad_base64", "line 3"},
      {"t\n\n" + dash + "haru AQIDBAX=\n", "bad_base64", "line 3"},
      {"t\n\n" + dash + "haru AQIDBAU= \n", "bad_base64", "line 3"},
      {"t\n\n" + dash + "haru  AQIDBAU=\n", "bad_base64", "line 3"},
      {"no note at all", "truncated", "byte 14"},
      {"", "truncated", "byte 0"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto note = parse_note(row.text);
    CHECK(code(note) == row.why);
    if (!note) CHECK(note.error().where == row.where);
  }
  CHECK(parse_note(named("\u6625")));  // a name may be in any script
  CHECK(code(parse_note(std::string(note_bytes_max + 1, 'x'))) == "too_large");
}

TEST_CASE("note: the same name with another key, and the same key id with another name, are other signers") {
  Note note = make_note();
  NoteSignature again = note.signatures[0];
  again.key_id[3] ^= 1;
  note.signatures.push_back(again);
  again = note.signatures[0];
  again.name = "aki";
  note.signatures.push_back(again);
  CHECK(parse_note(to_string(note)).value() == note);
  note.signatures.push_back(note.signatures[0]);
  CHECK(code(parse_note(to_string(note))) == "bad_note");
}

TEST_CASE("note: a signature counts for its name, its key and its text, and for nothing else") {
  const SecretKey haru = key_of("haru");
  const NoteSignature line = sign_note("haru", haru, "text\n");
  CHECK(verify_note_signature(line, haru.public_key(), "text\n"));
  CHECK(code(verify_note_signature(line, haru.public_key(), "text")) == "bad_signature");
  CHECK(code(verify_note_signature(line, haru.public_key(), "")) == "bad_signature");
  CHECK(code(verify_note_signature(line, key_of("natsu").public_key(), "text\n")) == "bad_signature");
  NoteSignature other = line;
  other.name = "natsu";
  CHECK(code(verify_note_signature(other, haru.public_key(), "text\n")) == "bad_signature");
  for (const std::size_t length : {0u, 63u, 65u, 72u}) {
    other = line;
    other.signature.resize(length);
    CHECK(code(verify_note_signature(other, haru.public_key(), "text\n")) == "bad_signature");
  }
  other = line;
  other.signature = Bytes(64);
  CHECK(code(verify_note_signature(other, haru.public_key(), "text\n")) == "bad_signature");

  const std::string named = "haru\n\xffmikoshi/bip340" + std::string{as_text(haru.public_key().bytes())};
  CHECK(to_hex(line.key_id) == to_hex(sha256(as_bytes(named))).substr(0, 8));
  CHECK(verify(haru.public_key(), tagged_hash("mikoshi/snapshot/v1", as_bytes("text\n")), line.signature));
}

TEST_CASE("checkpoint: three lines in one spelling, and nothing else") {
  const std::string root = to_base64(make_checkpoint().root);
  CHECK(to_string(make_checkpoint()) == "mikoshi/salon\n4\n" + root + "\n");
  CHECK(parse_checkpoint("o\n0\n" + root + "\n").value().size == 0);
  CHECK(parse_checkpoint("o\n9007199254740991\n" + root + "\n").value().size == checkpoint_size_limit - 1);
  struct Row {
    std::string text, where;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"o\n4\n", ""},
      {"o\n4\n" + root, ""},
      {"o\n4\n" + root + "\nmore\n", ""},
      {"o\n4\n" + root + "\n\n", ""},
      {"o\n4\n" + root + "\nmore", ""},
      {"\n4\n" + root + "\n", "line 1"},
      {"o\r\n4\n" + root + "\n", "line 1"},
      {"o\xff\n4\n" + root + "\n", "line 1"},
      {"o\n\n" + root + "\n", "line 2"},
      {"o\n04\n" + root + "\n", "line 2"},
      {"o\n+4\n" + root + "\n", "line 2"},
      {"o\n-4\n" + root + "\n", "line 2"},
      {"o\n4 \n" + root + "\n", "line 2"},
      {"o\n0x4\n" + root + "\n", "line 2"},
      {"o\n9007199254740992\n" + root + "\n", "line 2"},
      {"o\n18446744073709551616\n" + root + "\n", "line 2"},
      {"o\n4\n\n", "line 3"},
      {"o\n4\n" + root + " \n", "line 3"},
      {"o\n4\n" + root.substr(4) + "\n", "line 3"},
      {"o\n4\nAAAA" + root + "\n", "line 3"},
      {"o\n4\n" + to_hex(make_checkpoint().root) + "\n", "line 3"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto checkpoint = parse_checkpoint(row.text);
    CHECK(code(checkpoint) == "bad_note");
    if (!checkpoint) CHECK(checkpoint.error().where == row.where);
  }
}
