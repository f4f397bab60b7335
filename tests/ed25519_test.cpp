// SPDX-License-Identifier: MIT
// crypto/ed25519.hpp: the published signatures verify, and nothing else does.
#include <string>
#include <vector>

#include "catch.hpp"
#include "ed25519_key.hpp"
#include "mikoshi/crypto/base64.hpp"
#include "random.hpp"

using namespace mikoshi;

namespace {

Bytes from_hex(std::string_view hex) {
  Bytes bytes(hex.size() / 2);
  REQUIRE(parse_hex(hex, bytes));
  return bytes;
}

template <class T>
std::string code(const Result<T>& result) {
  return result ? "ok" : std::string{name(result.error().code)};
}

struct Vector {
  const char *secret, *key, *message, *signature;
};

/// @source RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc)
constexpr Vector published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
     "141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d"
     "291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027"
     "beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9a"
     "c94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9be"
     "f1177331a704"},
};

/// The eight points that 8 kills, in their one spelling; computed from the equations, not copied.
const std::vector<std::string> small_points = {
    "0100000000000000000000000000000000000000000000000000000000000000",  // order 1
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 2
    "0000000000000000000000000000000000000000000000000000000000000000",  // 4
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

/// What OpenSSL alone says, which knows no rule about keys.
bool openssl_takes(ByteSpan key, ByteSpan message, ByteSpan signature) {
  const std::unique_ptr<EVP_PKEY, detail::EvpKeyFree> point{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const std::unique_ptr<EVP_MD_CTX, detail::EvpKeyFree> context{EVP_MD_CTX_new()};
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, point.get()) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

}  // namespace

TEST_CASE("ed25519: the signatures of RFC 8032 verify, and each bit of them counts") {
  for (const Vector& vector : published) {
    CAPTURE(vector.key);
    const auto key = Ed25519PublicKey::parse(vector.key);
    REQUIRE(key);
    const Bytes message = from_hex(vector.message), signature = from_hex(vector.signature);
    CHECK(code(verify(*key, message, signature)) == "ok");
    const Ed25519Key secret{from_hex(vector.secret)};
    CHECK(secret.public_key() == *key);
    CHECK(secret.sign(message) == signature);
    std::size_t passed = 0;
    for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
      Bytes flipped = signature;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      passed += verify(*key, message, flipped) ? 1 : 0;
    }
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
      Bytes flipped = message;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      passed += verify(*key, flipped, signature) ? 1 : 0;
    }
    for (const Vector& other : published)
      if (other.key != vector.key) passed += verify(Ed25519PublicKey::parse(other.key).value(), message, signature) ? 1 : 0;
    CHECK(passed == 0);
  }
}

TEST_CASE("ed25519: the example of C2SP signed-note verifies") {
  const Bytes material = parse_base64("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").value();
  const Bytes signature =
      parse_base64("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=").value();
  const auto key = Ed25519PublicKey::from_bytes(ByteSpan{material}.subspan(1));
  REQUIRE(key);
  CHECK(code(verify(*key, as_bytes("This is an example message.\n"), ByteSpan{signature}.subspan(4))) == "ok");
}

TEST_CASE("ed25519: a signature of another length, of zeros, or with an S beyond the group's order is refused") {
  const auto key = Ed25519PublicKey::parse(published[1].key).value();
  const Bytes message = from_hex(published[1].message), good = from_hex(published[1].signature);
  for (const std::size_t size : {0u, 1u, 32u, 63u, 65u, 72u, 128u}) {
    Bytes other = good;
    other.resize(size);
    CHECK(code(verify(key, message, other)) == "bad_signature");
  }
  CHECK(code(verify(key, message, ByteSpan{})) == "bad_signature");
  CHECK(code(verify(key, message, Bytes(64, 0))) == "bad_signature");
  CHECK(code(verify(key, message, Bytes(64, 0xff))) == "bad_signature");
  // The same S plus the order L = 2^252 + 27742317777372353535851937790883648493: another spelling of the same signature.
  Bytes twin = good;
  const Bytes order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += unsigned{twin[32 + i]} + order[i];
    twin[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  REQUIRE(carry == 0);
  CHECK(code(verify(key, message, twin)) == "bad_signature");
}

TEST_CASE("ed25519: a key of another length, another spelling, small order, or beside the curve is refused") {
  for (const std::size_t size : {0u, 31u, 33u, 64u}) CHECK(code(Ed25519PublicKey::from_bytes(Bytes(size, 7))) == "bad_pubkey");
  CHECK(code(Ed25519PublicKey::parse("")) == "bad_hex");
  CHECK(code(Ed25519PublicKey::parse("D75A980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")) == "bad_hex");
  for (const std::string& point : small_points) {
    const auto key = Ed25519PublicKey::parse(point);
    REQUIRE(!key);
    CHECK(to_string(key.error()) == "bad_pubkey: an Ed25519 key of small order is nobody's");
  }
  // y from p = 2^255 - 19 to 2^255 - 1, with either bit of x: each has a smaller spelling, or none.
  for (unsigned low = 0xed; low <= 0xff; ++low)
    for (const std::uint8_t top : {std::uint8_t{0x7f}, std::uint8_t{0xff}}) {
      Bytes bytes(32, 0xff);
      bytes.front() = static_cast<std::uint8_t>(low);
      bytes.back() = top;
      const auto key = Ed25519PublicKey::from_bytes(bytes);
      REQUIRE(!key);
      CHECK(to_string(key.error()) == "bad_pubkey: this is not the one spelling of an Ed25519 key");
    }
  // About half of all y have no x, and the others are points: OpenSSL agrees, by verifying nothing or something there.
  std::size_t points = 0;
  for (std::uint8_t y = 2; y < 202; ++y) {
    Hash bytes{};
    bytes.front() = y;
    const auto key = Ed25519PublicKey::from_bytes(bytes);
    points += key ? 1 : 0;
    if (!key) CHECK(to_string(key.error()) == "bad_pubkey: not a point of the Ed25519 curve");
  }
  CHECK((points > 70 && points < 130));
}

TEST_CASE("ed25519: keys that were made are points, and nobody's key is one too") {
  Random random{test_seed("ed25519_test")};
  for (int i = 0; i < 200; ++i) {
    Bytes secret(32);
    for (std::uint8_t& byte : secret) byte = static_cast<std::uint8_t>(random.below(256));
    const Ed25519Key key{secret};  // whose public key went through from_bytes
    const auto again = Ed25519PublicKey::parse(to_string(key.public_key()));
    REQUIRE(again);
    CHECK(*again == key.public_key());
  }
  const Ed25519PublicKey nobody;
  CHECK(nobody.bytes() == sha256(as_bytes("mikoshi/ed25519/nobody/7")));
  for (char n = '0'; n < '7'; ++n)
    CHECK(!Ed25519PublicKey::from_bytes(sha256(as_bytes("mikoshi/ed25519/nobody/" + std::string(1, n)))));
  CHECK(Ed25519PublicKey::from_bytes(nobody.bytes()).value() == nobody);
}

TEST_CASE("ed25519: what OpenSSL alone would take under a key of small order, nobody here is asked to believe") {
  // R = the identity and S = 0 fit every message whose hash is 0 modulo the key's order.
  Bytes forged(64, 0);
  forged.front() = 1;
  const auto honest = Ed25519PublicKey::parse(published[0].key).value();
  for (const std::string& point : small_points) {
    CAPTURE(point);
    const Bytes key = from_hex(point);
    std::size_t taken = 0;
    for (int i = 0; i < 200; ++i) taken += openssl_takes(key, as_bytes("message " + std::to_string(i)), forged) ? 1 : 0;
    CHECK(taken > 5);  // the control: the danger is there
    CHECK(!Ed25519PublicKey::from_bytes(key));
    Bytes signature = from_hex(published[0].signature);
    std::copy(key.begin(), key.end(), signature.begin());
    CHECK(code(verify(honest, {}, signature)) == "bad_signature");
  }
  // The identity's other spellings as R, too.
  forged.front() = 0xee;
  std::fill(forged.begin() + 1, forged.begin() + 32, std::uint8_t{0xff});
  CHECK(code(verify(honest, {}, forged)) == "bad_signature");
}
