// SPDX-License-Identifier: MIT
// crypto/keccak.hpp and ethereum.hpp. fixtures/ethereum_claims.json holds what ethers and viem gave: see wallets_test.py.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "aborts.hpp"
#include "catch.hpp"
#include "mikoshi/crypto/ethereum.hpp"
#include "mikoshi/crypto/sha256.hpp"

using namespace mikoshi;

namespace {

template <class T>
std::optional<std::string> code(const Result<T>& result) {
  if (result) return std::nullopt;
  return std::string{name(result.error().code)};
}

template <std::size_t size>
std::array<std::uint8_t, size> from_hex(std::string_view hex) {
  std::array<std::uint8_t, size> bytes{};
  REQUIRE(parse_hex(hex, bytes));
  return bytes;
}

/// The bytes 0, 1, 2, … and after 255 again.
Bytes counting(std::size_t length) {
  Bytes bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

SecretKey key_of(std::string_view seed) { return SecretKey::from_bytes(sha256(as_bytes(seed))).value(); }

Hash digest_of(std::string_view text) { return keccak256(as_bytes(text)); }

const Hash order = parse_hash("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").value();
const Hash half_order =
    parse_hash("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0").value();  // rounded down
const Hash generator = parse_hash("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798").value();  // its x

Hash number(std::uint8_t value) {
  Hash hash{};
  hash[31] = value;
  return hash;
}

/// Modulo 2^256.
Hash minus(const Hash& a, const Hash& b) {
  Hash difference{};
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int digit = a[i] - b[i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    difference[i] = static_cast<std::uint8_t>(digit & 255);
  }
  return difference;
}

EthereumSignature compose(const Hash& r, const Hash& s, std::uint8_t v) {
  EthereumSignature signature{};
  std::copy(r.begin(), r.end(), signature.begin());
  std::copy(s.begin(), s.end(), signature.begin() + 32);
  signature[64] = v;
  return signature;
}

/// The other signature that follows from one by arithmetic alone.
EthereumSignature twin(const EthereumSignature& signature) {
  Hash r{}, s{};
  std::copy_n(signature.begin(), 32, r.begin());
  std::copy_n(signature.begin() + 32, 32, s.begin());
  return compose(r, minus(order, s), static_cast<std::uint8_t>(27 + 28 - signature[64]));
}

const Json& fixture() {
  static const Json read = [] {
    std::ifstream file{MIKOSHI_FIXTURES_DIR "/ethereum_claims.json", std::ios::binary};
    std::stringstream text;
    text << file.rdbuf();
    return parse_json(text.str()).value();
  }();
  return read;
}

const std::string& text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  REQUIRE((value != nullptr && value->text() != nullptr));
  return *value->text();
}

/// A claim that wallets signed, with what they made of it.
struct Frozen {
  std::string who, expires, text;
  TypedClaim claim;
  Hash typed_digest, text_digest;
  EthereumSignature typed_signature, text_signature;
};

const std::vector<Frozen>& frozen() {
  static const std::vector<Frozen> all = [] {
    std::vector<Frozen> claims;
    for (const Json& row : *fixture().find("claims")->array()) {
      Frozen& made = claims.emplace_back();
      made.who = text_of(row, "who");
      made.expires = text_of(row, "expires");
      for (std::int64_t i = 0; i < *row.find("times")->integer(); ++i) made.text += text_of(row, "text");
      made.claim.dao = from_hex<32>(text_of(row, "dao"));
      const std::string& nonce = text_of(row, "nonce");
      REQUIRE(std::from_chars(nonce.data(), nonce.data() + nonce.size(), made.claim.nonce).ec == std::errc{});
      made.typed_digest = from_hex<32>(text_of(row, "typed_digest"));
      made.text_digest = from_hex<32>(text_of(row, "text_digest"));
      made.typed_signature = from_hex<65>(text_of(row, "typed_signature"));
      made.text_signature = from_hex<65>(text_of(row, "text_signature"));
    }
    for (Frozen& made : claims) {  // they stay where they are from here on
      made.claim.who = made.who;
      made.claim.expires = made.expires;
      made.claim.text = made.text;
    }
    return claims;
  }();
  return all;
}

EthereumAddress frozen_address() { return EthereumAddress::parse(text_of(fixture(), "address")).value(); }

}  // namespace

// Keccak --------------------------------------------------------------------------------------------------------------

TEST_CASE("keccak: the known values, and every length around and between the blocks") {
  CHECK(to_hex(keccak256({})) == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  CHECK(to_hex(digest_of("abc")) == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  CHECK(to_hex(digest_of(std::string(1000000, 'a'))) ==
        "fadae6b49f129bbb812be8407b7b2894f34aecf6dbd1f9b0f0c7e9853098fc96");
  struct Row {
    std::size_t length;
    std::string hash;
  };
  // From PyCryptodome, as is the value of all lengths together, which ethers and viem gave too.
  const std::vector<Row> rows = {
      {135, "cbdfd9dee5faad3818d6b06f95a219fd290b0e1706f6a82e5a595b9ce9faca62"},
      {136, "7ce759f1ab7f9ce437719970c26b0a66ff11fe3e38e17df89cf5d29c7d7f807e"},
      {137, "ac73d4fae68b8453f764007c1a20ce95994187861f0c3227a3a8e99a73a3b1db"},
      {271, "7c974895b2a88303ff2dc6b58f438ceb0b298cac91099ac0539cc0f477506191"},
      {272, "fdf2ec49e749960d3c8521a0219af8d03e30e2b3bf19bd16150ee0eaf133d66e"},
      {273, "4f707289a9c3ccd0c4a51f2f17339f5dd171d371c04ff7783b735b5b22682eaf"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.length);
    CHECK(to_hex(keccak256(counting(row.length))) == row.hash);
  }
  Sha256 together;
  for (std::size_t length = 0; length <= 300; ++length) together.update(keccak256(counting(length)));
  const std::string all = to_hex(together.finish());
  CHECK(all == "cc0d19b2a251bbe279d3ba4e2dfcecab82908ff69b3afbd0c7b2e584dc8285d6");
  CHECK(all == text_of(fixture(), "hashes"));
}

// Addresses -----------------------------------------------------------------------------------------------------------

TEST_CASE("address: one spelling in files, and capitals for people") {
  // The examples of EIP-55, among them two that have capitals only and two that have none.
  const std::vector<std::string> examples = {
      "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
      "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
      "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
      "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
  };
  for (const std::string& example : examples) {
    CAPTURE(example);
    const EthereumAddress address = EthereumAddress::parse_any(example).value();
    std::string lower = example;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    CHECK(to_checksum(address) == example);
    CHECK(to_string(address) == lower);
    CHECK(EthereumAddress::parse(lower).value() == address);
    CHECK(EthereumAddress::parse_any(lower).value() == address);
    CHECK(code(EthereumAddress::parse(example)).value_or("accepted") == (example == lower ? "accepted" : "bad_hex"));
    // A letter in the other case is refused: no example has one capital only, which would leave the plain spelling.
    for (std::size_t i = 2; i < example.size(); ++i) {
      if (example[i] >= '0' && example[i] <= '9') continue;
      std::string changed = example;
      changed[i] = static_cast<char>(changed[i] ^ 0x20);
      CAPTURE(changed);
      CHECK(code(EthereumAddress::parse_any(changed)) == "bad_hex");
    }
  }
}

TEST_CASE("address: a mistyped digit is noticed where there are capitals") {
  const std::string right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
  REQUIRE(EthereumAddress::parse_any(right));
  for (std::size_t i = 2; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = right[i] == '7' ? '1' : '7';
    CAPTURE(wrong);
    CHECK(code(EthereumAddress::parse_any(wrong)) == "bad_hex");
  }
}

TEST_CASE("address: nothing else is read") {
  const std::string digits = "de709f2102306220921060314715629080e2fb77";
  for (const std::string& text :
       {std::string{}, std::string{"0"}, std::string{"0x"}, digits, "0X" + digits, "00" + digits, "x" + digits,
        "0x" + digits + "0", "0x" + digits.substr(1), "0x0x" + digits.substr(2), " 0x" + digits, "0x" + digits + " ",
        "0x" + digits + "\n", "0xg" + digits.substr(1), "0x\xff" + digits.substr(1), "0x" + std::string(40, '\0'),
        "0x" + std::string(1000, 'a')}) {
    CAPTURE(text);
    CHECK(code(EthereumAddress::parse(text)) == "bad_hex");
    CHECK(code(EthereumAddress::parse_any(text)) == "bad_hex");
  }
}

TEST_CASE("address: without a value it is nobody's, and addresses stand in the order of their bytes") {
  const EthereumAddress nobody;
  CHECK(to_string(nobody) == "0x0000000000000000000000000000000000000000");
  CHECK(to_checksum(nobody) == to_string(nobody));
  CHECK(EthereumAddress{nobody.bytes()} == nobody);
  const EthereumAddress low = EthereumAddress::parse("0x0000000000000000000000000000000000000001").value();
  const EthereumAddress high = EthereumAddress::parse("0x8000000000000000000000000000000000000000").value();
  CHECK((nobody < low && low < high));
  CHECK(std::set<EthereumAddress>{high, low, nobody, low}.size() == 3);
}

TEST_CASE("address: of a key") {
  // Of the secrets 1 and n - 1, whose points differ in y alone; and of the one that the wallets used.
  CHECK(to_string(address_of(SecretKey::from_bytes(number(1)).value())) ==
        "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
  CHECK(to_string(address_of(SecretKey::from_bytes(minus(order, number(1))).value())) ==
        "0x80c0dbf239224071c59dd8970ab9d542e3414ab2");
  const SecretKey key = SecretKey::from_bytes(from_hex<32>(text_of(fixture(), "secret"))).value();
  CHECK(address_of(key) == frozen_address());
  CHECK(to_checksum(address_of(key)) == text_of(fixture(), "checksum"));
}

// What wallets sign ---------------------------------------------------------------------------------------------------

TEST_CASE("claims: the digests and signatures of ethers and viem are ours to the byte") {
  const SecretKey key = SecretKey::from_bytes(from_hex<32>(text_of(fixture(), "secret"))).value();
  REQUIRE(frozen().size() == 6);
  CHECK(std::any_of(frozen().begin(), frozen().end(), [](const Frozen& one) { return one.text.empty(); }));
  CHECK(std::any_of(frozen().begin(), frozen().end(), [](const Frozen& one) { return one.text.size() >= 60000; }));
  for (const Frozen& one : frozen()) {
    CAPTURE(one.who, one.text.substr(0, 100));
    CHECK(typed_digest(one.claim) == one.typed_digest);
    CHECK(personal_digest(one.text) == one.text_digest);
    CHECK(verify(frozen_address(), one.typed_digest, one.typed_signature));
    CHECK(verify(frozen_address(), one.text_digest, one.text_signature));
    CHECK(sign_ethereum(key, one.typed_digest) == one.typed_signature);
    CHECK(sign_ethereum(key, one.text_digest) == one.text_signature);
    CHECK(code(verify(frozen_address(), one.text_digest, one.typed_signature)) == "bad_signature");
    CHECK(code(verify(frozen_address(), one.typed_digest, one.text_signature)) == "bad_signature");
  }
}

TEST_CASE("claims: each field counts, and so does where one ends and the next begins") {
  TypedClaim base;
  base.dao = sha256(as_bytes("salon"));
  base.who = "m001";
  base.nonce = 7;
  base.expires = "2026-05";
  base.text = "pay";
  std::vector<TypedClaim> claims(12, base);
  claims[1].dao[31] ^= 1;
  claims[2].who = "m0012";
  claims[3].nonce = 8;
  claims[4].nonce = 7 + (std::uint64_t{1} << 63);
  claims[5].expires = "2026-06";
  claims[6].text = "pay\n";
  claims[7].text = "";
  claims[8].expires = "2026-05p", claims[8].text = "ay";
  claims[9].who = "m00", claims[9].expires = "12026-05";
  claims[10].who = base.text, claims[10].text = base.who;
  claims[11].dao = {};
  std::set<Hash> digests;
  for (const TypedClaim& claim : claims) digests.insert(typed_digest(claim));
  CHECK(digests.size() == claims.size());
}

TEST_CASE("claims: the JSON for wallets is frozen") {
  TypedClaim claim;
  claim.dao = number(255);
  claim.who = "m001";
  claim.nonce = 18446744073709551615u;
  claim.expires = "2026-05-01T00:00:00Z";
  claim.text = "\"春\"\n\\";
  CHECK(typed_json(claim) ==
        R"({"domain":{"name":"mikoshi","salt":"0x00000000000000000000000000000000000000000000000000000000000000ff",)"
        R"("version":"1"},"message":{"expires":"2026-05-01T00:00:00Z","nonce":"18446744073709551615",)"
        R"("text":"\"春\"\n\\","who":"m001"},"primaryType":"Claim","types":{"Claim":[{"name":"who","type":"string"},)"
        R"({"name":"nonce","type":"uint64"},{"name":"expires","type":"string"},{"name":"text","type":"string"}],)"
        R"("EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},)"
        R"({"name":"salt","type":"bytes32"}]}})");
  for (const Frozen& one : frozen()) {
    const Json read = parse_canonical(typed_json(one.claim)).value();
    CHECK(text_of(*read.find("message"), "who") == one.who);
    CHECK(text_of(*read.find("message"), "nonce") == std::to_string(one.claim.nonce));
    CHECK(text_of(*read.find("message"), "expires") == one.expires);
    CHECK((text_of(*read.find("message"), "text") == one.text));
    CHECK(text_of(*read.find("domain"), "salt") == "0x" + to_hex(one.claim.dao));
  }
}

// Signatures ----------------------------------------------------------------------------------------------------------

TEST_CASE("signature: with any single bit of it or of the digest flipped it is refused") {
  const EthereumAddress address = frozen_address();
  for (const Frozen& one : {frozen()[0], frozen()[1]}) {
    REQUIRE(recover(one.typed_digest, one.typed_signature).value() == address);
    for (std::size_t bit = 0; bit < 65 * 8; ++bit) {
      EthereumSignature flipped = one.typed_signature;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
      CAPTURE(bit);
      CHECK(code(verify(address, one.typed_digest, flipped)) == "bad_signature");
      const auto other = recover(one.typed_digest, flipped);
      CHECK((other ? *other != address : code(other) == "bad_signature"));
      if (bit / 8 == 64) CHECK(!other);
    }
    for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
      Hash flipped = one.typed_digest;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1 << bit % 8));
      CAPTURE(bit);
      CHECK(recover(flipped, one.typed_signature).value() != address);
      CHECK(code(verify(address, flipped, one.typed_signature)) == "bad_signature");
    }
  }
}

TEST_CASE("signature: the high-s twin is refused, at the boundary too") {
  for (const Frozen& one : frozen()) {
    const EthereumSignature other = twin(one.typed_signature);
    CHECK(twin(other) == one.typed_signature);
    const auto refused = recover(one.typed_digest, other);
    CHECK(code(refused) == "bad_signature");
    CHECK(refused.error().what == "s of a signature lies in the lower half of its range");
    CHECK(code(verify(frozen_address(), one.typed_digest, other)) == "bad_signature");
  }
  const Hash digest = digest_of("boundary");
  CHECK(recover(digest, compose(generator, half_order, 27)));
  CHECK(recover(digest, compose(generator, number(1), 28)));
  CHECK(code(recover(digest, compose(generator, minus(order, half_order), 27))) == "bad_signature");
  CHECK(code(recover(digest, compose(generator, minus(order, number(1)), 28))) == "bad_signature");
}

TEST_CASE("signature: v is 27 or 28, and only one of them is right") {
  const Frozen& one = frozen()[0];
  for (int v = 0; v < 256; ++v) {
    EthereumSignature changed = one.typed_signature;
    changed[64] = static_cast<std::uint8_t>(v);
    CAPTURE(v);
    const auto signer = recover(one.typed_digest, changed);
    CHECK(signer.has_value() == (v == 27 || v == 28));
    if (!signer) CHECK(code(signer) == "bad_signature");
    CHECK(verify(frozen_address(), one.typed_digest, changed).has_value() == (v == one.typed_signature[64]));
  }
  // Elsewhere 29 and 30 say that r is the x of R less the order, which can be so for the smallest r only.
  for (std::uint8_t r = 1; r <= 40; ++r)
    for (const std::uint8_t v : {std::uint8_t{29}, std::uint8_t{30}})
      CHECK(code(recover(one.typed_digest, compose(number(r), number(1), v))) == "bad_signature");
}

TEST_CASE("signature: any other length is refused") {
  const Frozen& one = frozen()[0];
  Bytes bytes(100);
  std::copy(one.typed_signature.begin(), one.typed_signature.end(), bytes.begin());
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    CAPTURE(length);
    const ByteSpan cut = ByteSpan{bytes}.first(length);
    CHECK(recover(one.typed_digest, cut).has_value() == (length == 65));
    if (length != 65) CHECK(code(verify(frozen_address(), one.typed_digest, cut)) == "bad_signature");
  }
  CHECK(code(recover(one.typed_digest, {})) == "bad_signature");
}

TEST_CASE("signature: r and s out of their range, and points that are none") {
  Hash all{};
  all.fill(0xff);
  const Hash one = number(1);
  struct Row {
    std::string what;
    Hash r, s;
    std::string why;
  };
  const std::string range = "r and s of a signature lie between zero and the order of the curve";
  const std::vector<Row> rows = {
      {"r is zero", {}, one, range},
      {"s is zero", generator, {}, range},
      {"both are zero", {}, {}, range},
      {"r is the order", order, one, range},
      {"r is the order and one", minus(order, minus({}, one)), one, range},
      {"r is the largest number", all, one, range},
      {"s is the order", generator, order, range},
      {"s is the largest number", generator, all, range},
      {"no point has that r", number(5), one, "no key gives this signature"},
  };
  for (const Row& row : rows) {
    for (const std::uint8_t v : {std::uint8_t{27}, std::uint8_t{28}}) {
      CAPTURE(row.what, int{v});
      const auto refused = recover(digest_of("range"), compose(row.r, row.s, v));
      CHECK(code(refused) == "bad_signature");
      if (!refused) CHECK(refused.error().what == row.why);
    }
  }
  // s R - z G is the point at infinity, which is nobody's key: R is G with its even y, and s = z.
  CHECK(recover(number(2), compose(generator, one, 27)));
  const auto infinity = recover(one, compose(generator, one, 27));
  CHECK(code(infinity) == "bad_signature");
}

TEST_CASE("signature: whatever the bytes, nothing aborts and nobody's address never comes out") {
  const std::uint64_t seed = 20260502;
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  int recovered = 0;
  for (int round = 0; round < 4000; ++round) {
    Hash digest{};
    EthereumSignature signature{};
    for (auto& byte : digest) byte = static_cast<std::uint8_t>(random());
    for (auto& byte : signature) byte = static_cast<std::uint8_t>(random());
    signature[32] &= 0x7f;  // most are low
    if (round % 8 != 0) signature[64] = static_cast<std::uint8_t>(27 + round % 2);
    const auto signer = recover(digest, signature);
    if (signer) ++recovered;
    CHECK((signer ? *signer != EthereumAddress{} : code(signer) == "bad_signature"));
    CHECK(code(verify(EthereumAddress{}, digest, signature)) == "bad_signature");
    CHECK(code(verify(frozen_address(), digest, signature)) == "bad_signature");
  }
  CHECK(recovered > 1000);  // about half of all r are on the curve
}

TEST_CASE("signature: what is signed recovers the key's address, under both values of v and for odd digests") {
  std::set<int> seen;
  for (int i = 0; i < 64; ++i) {
    const SecretKey key = key_of("key " + std::to_string(i % 8));
    const Hash digest = digest_of(std::to_string(i));
    const EthereumSignature signature = sign_ethereum(key, digest);
    seen.insert(signature[64]);
    CHECK(recover(digest, signature).value() == address_of(key));
    CHECK(verify(address_of(key), digest, signature));
    CHECK(sign_ethereum(key, digest) == signature);
    CHECK(code(verify(address_of(key_of("another")), digest, signature)) == "bad_signature");
    CHECK(code(verify(EthereumAddress{}, digest, signature)) == "bad_signature");
  }
  CHECK(seen == std::set<int>{27, 28});
  Hash all{};
  all.fill(0xff);
  for (const Hash& digest : {Hash{}, all, order, number(1)})
    for (const Hash& secret : {number(1), minus(order, number(1))}) {
      const SecretKey key = SecretKey::from_bytes(secret).value();
      CHECK(verify(address_of(key), digest, sign_ethereum(key, digest)));
    }
}

TEST_CASE("signature: a key whose memory was damaged signs nothing, and neither does one that was moved from") {
  const Hash digest = digest_of("damaged");
  SecretKey key = key_of("haru");
  CHECK(!aborts([&] { static_cast<void>(sign_ethereum(key, digest)); }));
  CHECK(aborts([&] {
    const_cast<std::uint8_t*>(key.secret_bytes().data())[7] ^= 1;
    static_cast<void>(sign_ethereum(key, digest));
  }));
  CHECK(aborts([&] {
    const_cast<std::uint8_t*>(key.secret_bytes().data())[7] ^= 1;
    static_cast<void>(address_of(key));
  }));
  const SecretKey other = std::move(key);
  CHECK(aborts([&] { static_cast<void>(sign_ethereum(key, digest)); }));
  CHECK(aborts([&] { static_cast<void>(address_of(key)); }));
}
