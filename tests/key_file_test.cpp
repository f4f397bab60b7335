// SPDX-License-Identifier: MIT
// crypto/key_file.hpp. scrypt at its cheapest takes a tenth of a second, so the tests count how often they reach it.
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "mikoshi/crypto/key_file.hpp"
#include "mikoshi/crypto/sha256.hpp"

using namespace mikoshi;

namespace {

constexpr std::string_view password = "a festival in spring";

template <class T>
std::optional<std::string> code(const Result<T>& result) {
  if (result) return std::nullopt;
  return std::string{name(result.error().code)};
}

SecretKey make_key() { return SecretKey::from_bytes(sha256(as_bytes("haru"))).value(); }

KeyFileSeed make_seed() {
  KeyFileSeed seed;
  seed.salt = sha256(as_bytes("salt"));
  const Hash iv = sha256(as_bytes("iv"));
  std::copy(iv.begin(), iv.begin() + 12, seed.iv.begin());
  return seed;
}

const std::string& file_text() {
  static const std::string text = encode_key_file(make_key(), password, scrypt_log2_min, make_seed()).value();
  return text;
}

/// The file with one place changed.
std::string with(std::string_view from, std::string_view to) {
  std::string text = file_text();
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// Where the value of a field starts.
std::size_t value_of(std::string_view field) {
  const std::string key = "\"" + std::string{field} + "\":\"";
  const std::size_t at = file_text().find(key);
  REQUIRE(at != std::string::npos);
  return at + key.size();
}

}  // namespace

TEST_CASE("key file: the bytes are frozen") {
  // Recomputed with Python's hashlib.scrypt and the AES-GCM of its cryptography package.
  CHECK(file_text() == R"({"cipher":"aes-256-gcm","ciphertext":"5fcb07131842d7ebd144cbc560a29ac82d99717c6c4c6e2b72)"
                       R"(4164a63ed1237b","iv":"0ab306823035661bb8dba21c","kdf":"scrypt","log2_n":15,"p":1,"pubkey)"
                       R"(":"a762446528f2a415de5b20e00845d36faf9d79803f3f1b483bc8a453bcfad3d7","r":8,"salt":"63479)"
                       R"(ad69a090b258277ec8fba6f99419a2ffb248981510657c944ccd1148e97","tag":"877c39fd9a80bd7dbea7)"
                       R"(b0949ad03d4f","type":"mikoshi-key-v1"})"
                       "\n");
}

TEST_CASE("key file: the password gives the key back, and the public key needs none") {
  const StewardSecretKey key = decode_key_file(file_text(), password).value();
  CHECK(key.public_key() == make_key().public_key());
  CHECK(as_text(key.secret_bytes()) == as_text(make_key().secret_bytes()));
  CHECK(key_file_public_key(file_text()).value() == make_key().public_key());
}

TEST_CASE("key file: the secret does not stand in it") {
  CHECK(file_text().find(to_hex(make_key().secret_bytes())) == std::string::npos);
  KeyFileSeed other = make_seed();
  other.iv[0] ^= 1;
  const std::string text = encode_key_file(make_key(), password, scrypt_log2_min, other).value();
  CHECK(text.substr(value_of("ciphertext"), 64) != file_text().substr(value_of("ciphertext"), 64));
}

TEST_CASE("key file: a wrong password and a damaged file are told in the same words") {
  const auto wrong = decode_key_file(file_text(), "a festival in autumn");
  CHECK(code(wrong) == "bad_password");
  CHECK(code(decode_key_file(file_text(), "")) == "bad_password");
  const std::string other_point = to_string(PublicKey{});
  struct Row {
    std::string field, value;
  };
  const std::vector<Row> rows = {
      {"salt", "00"}, {"iv", "00"}, {"ciphertext", "00"}, {"tag", "00"}, {"pubkey", other_point},
  };
  for (const Row& row : rows) {
    CAPTURE(row.field);
    std::string text = file_text();
    REQUIRE(text.substr(value_of(row.field), row.value.size()) != row.value);
    text.replace(value_of(row.field), row.value.size(), row.value);
    const auto damaged = decode_key_file(text, password);
    CHECK(code(damaged) == "bad_password");
    CHECK(damaged.error() == wrong.error());
  }
  CHECK(decode_key_file(with("\"p\":1", "\"p\":2"), password).error() == wrong.error());
  CHECK(decode_key_file(with("\"log2_n\":15", "\"log2_n\":16"), password).error() == wrong.error());
}

TEST_CASE("key file: an authentic file that holds another key than it says, or none, is refused") {
  const auto sealed = [&](const PublicKey& claimed, const Hash& secret) {
    detail::KeyFile file;
    file.log2_n = scrypt_log2_min;
    file.pubkey = claimed;
    detail::seal(file, password, secret);
    return to_string(file);
  };
  const Hash secret = sha256(as_bytes("haru"));
  CHECK(decode_key_file(sealed(make_key().public_key(), secret), password));  // the negative control
  CHECK(code(decode_key_file(sealed(PublicKey{}, secret), password)) == "bad_password");
  CHECK(code(decode_key_file(sealed(make_key().public_key(), Hash{}), password)) == "bad_password");
}

TEST_CASE("key file: with any single bit flipped it is refused") {
  std::vector<std::string> reach_scrypt;
  for (std::size_t bit = 0; bit < file_text().size() * 8; ++bit) {
    std::string flipped = file_text();
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    if (key_file_public_key(flipped)) {
      if (flipped.find("\"log2_n\":15,") != std::string::npos) reach_scrypt.push_back(flipped);
      continue;
    }
    const auto refused = code(decode_key_file(flipped, password));
    CAPTURE(bit);
    CHECK((refused == "bad_key_file" || refused == "kdf_params"));
  }
  REQUIRE(reach_scrypt.size() > 100);
  for (std::size_t i = 0; i < 12; ++i) {
    const std::string& flipped = reach_scrypt[i * (reach_scrypt.size() - 1) / 11];
    CAPTURE(flipped);
    CHECK(code(decode_key_file(flipped, password)) == "bad_password");
  }
}

TEST_CASE("key file: cut at any byte it is refused") {
  for (std::size_t length = 0; length < file_text().size(); ++length) {
    CAPTURE(length);
    CHECK(code(decode_key_file(file_text().substr(0, length), password)) == "bad_key_file");
  }
}

TEST_CASE("key file: costs outside the window are refused before any work") {
  for (const std::string value : {"0", "1", "14", "21", "40", "63", "64", "9007199254740991"})
    CHECK(code(decode_key_file(with("\"log2_n\":15", "\"log2_n\":" + value), password)) == "kdf_params");
  for (const std::string value : {"0", "1", "7", "9", "16", "1073741824"})
    CHECK(code(decode_key_file(with("\"r\":8", "\"r\":" + value), password)) == "kdf_params");
  for (const std::string value : {"0", "5", "1073741824", "9007199254740991"})
    CHECK(code(decode_key_file(with("\"p\":1", "\"p\":" + value), password)) == "kdf_params");
  CHECK(code(key_file_public_key(with("\"p\":1", "\"p\":5"))) == "kdf_params");
  for (const unsigned log2 : {0u, 14u, 21u, 64u, UINT_MAX})
    CHECK(code(encode_key_file(make_key(), password, log2, make_seed())) == "kdf_params");
}

TEST_CASE("key file: another structure is refused") {
  const std::string iv = file_text().substr(value_of("iv"), 24);
  const std::string salt = file_text().substr(value_of("salt"), 64);
  const std::string pubkey = file_text().substr(value_of("pubkey"), 64);
  const std::string tag = file_text().substr(value_of("tag"), 32);
  const std::vector<std::string> texts = {
      with("mikoshi-key-v1", "mikoshi-key-v2"),
      with("\"scrypt\"", "\"pbkdf2\""),
      with("aes-256-gcm", "aes-128-ctr"),
      with("\"}\n", "\",\"zzz\":1}\n"),        // a field more
      with("\"kdf\":\"scrypt\",", ""),         // a field less
      with("\"r\":8,", "\"r\":8,\"r\":8,"),    // a field twice
      with("\"r\":8", "\"r\":\"8\""),          // another type
      with("\"r\":8", "\"r\":-8"),             //
      with("\"r\":8", "\"r\":8.0"),            //
      with("\"r\":8", "\"r\":null"),           //
      with(iv, iv.substr(2)),                  // 11 bytes
      with(iv, iv + "00"),                     // 13 bytes
      with(salt, ""),                          // no salt
      with(tag, tag.substr(8)),                // a short tag
      with(pubkey, std::string(64, '0')),      // no point
      with("{", "{ "),                         // other spellings
      with("}\n", "}"),                        //
      with("}\n", "}\r\n"),                    //
      with("}\n", "}\n\n"),                    //
      with("}\n", "} \n"),                     //
      with("\"cipher\"", "\"\\u0063ipher\""),  //
      "\xef\xbb\xbf" + file_text(),            // a byte order mark
      file_text() + file_text(),               //
      "",
      "\n",
      "{}\n",
      "[]\n",
      "7\n",
      "{\"type\":\"" + std::string(key_file_bytes_max, 'x') + "\"}\n",
      std::string(100, '[') + "\n",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(code(decode_key_file(text, password)) == "bad_key_file");
    CHECK(code(key_file_public_key(text)) == "bad_key_file");
  }
  CHECK(decode_key_file(with("\"}\n", "\",\"zzz\":1}\n"), password).error().where == "field zzz");
  const std::string long_text(key_file_bytes_max + 1, '\n');
  CHECK(decode_key_file(long_text, password).error().what == "a key file has at most 64 KiB");
}
