// SPDX-License-Identifier: MIT
#pragma once
/// @file key_file.hpp
/// A secret key at rest: the text of a key file, encrypted under a password.
///
/// Layer 1. Depends on: base/field.hpp, crypto/steward_key.hpp; OpenSSL 3.
///
/// One line of canonical JSON. scrypt makes a key of the password, AES-256-GCM encrypts the 32 secret bytes under it,
/// and everything else in the file is authenticated with them, so that no field can be exchanged. The cost of a
/// password guess stands in the file; a reader takes it only within a window, so that a file can neither have been
/// written cheap to guess nor exhaust the machine that reads it. Nothing here opens a file or makes randomness: text,
/// password and seed come from the caller.

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "mikoshi/base/field.hpp"
#include "mikoshi/crypto/steward_key.hpp"

namespace mikoshi {

inline constexpr std::size_t key_file_bytes_max = std::size_t{64} << 10;
/// scrypt's N is a power of two within these; 2^17 takes about half a second and 128 MiB, 2^20 takes 1 GiB.
inline constexpr unsigned scrypt_log2_min = 15;
inline constexpr unsigned scrypt_log2_default = 17;
inline constexpr unsigned scrypt_log2_max = 20;

/// The randomness of one key file. Fresh from the operating system for every file, never used twice.
struct KeyFileSeed {
  std::array<std::uint8_t, 32> salt{};
  std::array<std::uint8_t, 12> iv{};
};

/// Writes a key file: one line and its newline.
/// @param  scrypt_log2  the cost: 15 to 20.
/// @error  kdf_params   scrypt_log2 outside the window.
/// @cost   scrypt: 2^scrypt_log2 KiB of memory, several passes; throws std::bad_alloc where they are not to be had.
/// @tparam Key  SecretKey, Ed25519SecretKey or StewardSecretKey.
template <class Key>
[[nodiscard]] Result<std::string> encode_key_file(const Key& key, std::string_view password, unsigned scrypt_log2,
                                                  const KeyFileSeed& seed);

/// Reads a key file.
/// @error bad_key_file  longer than 64 KiB, or other fields, sizes, algorithms, spelling than `encode_key_file` writes.
/// @error kdf_params    N outside 2^15 … 2^20, r other than 8, p outside 1 … 4; refused before any work.
/// @error bad_password  wrong password or damaged file: nobody can tell which, and the words are the same.
/// @cost  as encode_key_file; up to four times that with p = 4.
[[nodiscard]] inline Result<StewardSecretKey> decode_key_file(std::string_view text, std::string_view password);

/// The public key that the file claims to hold; only `decode_key_file` proves it. @error bad_key_file | kdf_params
[[nodiscard]] inline Result<StewardKey> key_file_public_key(std::string_view text);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

struct KeyFile {
  std::string type = "mikoshi-key-v1";
  std::string kdf = "scrypt";
  std::uint64_t log2_n = scrypt_log2_default;
  std::uint64_t r = 8;
  std::uint64_t p = 1;
  std::array<std::uint8_t, 32> salt{};
  std::string cipher = "aes-256-gcm";
  std::array<std::uint8_t, 12> iv{};
  StewardKey pubkey;
  std::array<std::uint8_t, 32> ciphertext{};
  std::array<std::uint8_t, 16> tag{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("type", self.type, "mikoshi-key-v1");
    visit("kdf", self.kdf, "how a key is made of the password: scrypt");
    visit("log2_n", self.log2_n, "scrypt's N as a power of two: 15 to 20");
    visit("r", self.r, "scrypt's block size: 8");
    visit("p", self.p, "scrypt's parallelization: 1 to 4");
    visit("salt", self.salt, "32 bytes");
    visit("cipher", self.cipher, "how the secret is encrypted: aes-256-gcm");
    visit("iv", self.iv, "12 bytes");
    visit("pubkey", self.pubkey, "the public key of the secret: 64 hexadecimal digits (BIP-340) or ed25519:HEX");
    visit("ciphertext", self.ciphertext, "the secret, encrypted: 32 bytes");
    visit("tag", self.tag, "16 bytes that authenticate everything");
  }
};

[[nodiscard]] inline std::string to_string(const KeyFile& file) {
  return to_canonical(Codec<KeyFile>::encode(file)) + "\n";
}

/// What is authenticated without being encrypted: every field but ciphertext and tag.
[[nodiscard]] inline std::string authenticated_fields(const KeyFile& file) {
  Json json = Codec<KeyFile>::encode(file);
  json.erase("ciphertext");
  json.erase("tag");
  return to_canonical(json);
}

/// @error kdf_params
[[nodiscard]] inline Status check_kdf(const KeyFile& file) {
  const bool fits =
      file.log2_n >= scrypt_log2_min && file.log2_n <= scrypt_log2_max && file.r == 8 && file.p >= 1 && file.p <= 4;
  if (!fits) return fail(Errc::kdf_params, "scrypt is accepted with N from 2^15 to 2^20, r = 8 and p from 1 to 4");
  return {};
}

/// @error bad_key_file | kdf_params
[[nodiscard]] inline Result<KeyFile> parse_key_file(std::string_view text) {
  if (text.size() > key_file_bytes_max) return fail(Errc::bad_key_file, "a key file has at most 64 KiB");
  if (!text.ends_with('\n')) return fail(Errc::bad_key_file, "a key file is one line with its newline");
  const auto refuse = [](const Error& error) {
    return fail(Errc::bad_key_file, error.what.empty() ? std::string{meaning(error.code)} : error.what, error.where);
  };
  const auto json = parse_canonical(text.substr(0, text.size() - 1));
  if (!json) return refuse(json.error());
  auto file = decode_fields<KeyFile>(*json);
  if (!file) return refuse(file.error());
  const KeyFile known;
  if (file->type != known.type || file->kdf != known.kdf || file->cipher != known.cipher)
    return fail(Errc::bad_key_file,
                "type, kdf and cipher are " + known.type + ", " + known.kdf + " and " + known.cipher);
  if (file->pubkey.get<EthereumAddress>() != nullptr)
    return fail(Errc::bad_key_file, "a wallet keeps its key itself", "field pubkey");
  MIKOSHI_TRY(check_kdf(*file));
  return file;
}

/// The key that the password makes. @pre check_kdf(file)
[[nodiscard]] inline Wiped<Hash> derive_key(const KeyFile& file, std::string_view password) {
  // scrypt's table takes 1024·N bytes, so 1 GiB at most within the window; its buffers need a little more.
  constexpr std::uint64_t memory_max = (std::uint64_t{1} << 30) + (std::uint64_t{1} << 16);
  Wiped<Hash> key;
  const int done =
      EVP_PBE_scrypt(password.data(), password.size(), file.salt.data(), file.salt.size(),
                     std::uint64_t{1} << file.log2_n, file.r, file.p, memory_max, (*key).data(), (*key).size());
  if (done != 1) throw std::bad_alloc{};  // the parameters are within the window, so it was memory that lacked
  return key;
}

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }  // wipes its key, too
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>;

/// Encrypts `secret` into ciphertext and tag. Every other field is final before. @pre check_kdf(file)
inline void seal(KeyFile& file, std::string_view password, ByteSpan secret) {
  MIKOSHI_CHECK(secret.size() == file.ciphertext.size());
  const Wiped<Hash> key = derive_key(file, password);
  const std::string fields = authenticated_fields(file);
  const CipherContext context{EVP_CIPHER_CTX_new()};
  MIKOSHI_CHECK(context != nullptr);
  int length = 0;
  MIKOSHI_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, (*key).data(), file.iv.data()) == 1);
  MIKOSHI_CHECK(EVP_EncryptUpdate(context.get(), nullptr, &length, as_bytes(fields).data(),
                                  static_cast<int>(fields.size())) == 1);
  MIKOSHI_CHECK(EVP_EncryptUpdate(context.get(), file.ciphertext.data(), &length, secret.data(),
                                  static_cast<int>(secret.size())) == 1);
  MIKOSHI_CHECK(EVP_EncryptFinal_ex(context.get(), nullptr, &length) == 1);
  MIKOSHI_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(file.tag.size()),
                                    file.tag.data()) == 1);
}

/// Decrypts into `secret`; false when the tag refuses, and then `secret` means nothing. @pre check_kdf(file)
[[nodiscard]] inline bool unseal(const KeyFile& file, std::string_view password, Hash& secret) {
  const Wiped<Hash> key = derive_key(file, password);
  const std::string fields = authenticated_fields(file);
  const CipherContext context{EVP_CIPHER_CTX_new()};
  MIKOSHI_CHECK(context != nullptr);
  auto tag = file.tag;
  int length = 0;
  MIKOSHI_CHECK(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, (*key).data(), file.iv.data()) == 1);
  MIKOSHI_CHECK(EVP_DecryptUpdate(context.get(), nullptr, &length, as_bytes(fields).data(),
                                  static_cast<int>(fields.size())) == 1);
  MIKOSHI_CHECK(EVP_DecryptUpdate(context.get(), secret.data(), &length, file.ciphertext.data(),
                                  static_cast<int>(file.ciphertext.size())) == 1);
  MIKOSHI_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), tag.data()) ==
                1);
  return EVP_DecryptFinal_ex(context.get(), nullptr, &length) == 1;
}

}  // namespace detail

template <class Key>
Result<std::string> encode_key_file(const Key& key, std::string_view password, unsigned scrypt_log2,
                                    const KeyFileSeed& seed) {
  detail::KeyFile file;
  file.log2_n = scrypt_log2;
  file.salt = seed.salt;
  file.iv = seed.iv;
  file.pubkey = key.public_key();
  MIKOSHI_TRY(detail::check_kdf(file));
  detail::seal(file, password, key.secret_bytes());
  return to_string(file);
}

inline Result<StewardSecretKey> decode_key_file(std::string_view text, std::string_view password) {
  MIKOSHI_ASSIGN(const detail::KeyFile file, detail::parse_key_file(text));
  detail::Wiped<Hash> secret;
  if (!detail::unseal(file, password, *secret)) return fail(Errc::bad_password);
  const auto read = [&]() -> Result<StewardSecretKey> {
    if (file.pubkey.get<Ed25519PublicKey>() != nullptr) return StewardSecretKey{Ed25519SecretKey::from_seed(*secret)};
    MIKOSHI_ASSIGN(SecretKey key, SecretKey::from_bytes(*secret));
    return StewardSecretKey{std::move(key)};
  };
  auto key = read();
  if (!key || key->public_key() != file.pubkey) return fail(Errc::bad_password);
  return key;
}

inline Result<StewardKey> key_file_public_key(std::string_view text) {
  MIKOSHI_ASSIGN(const detail::KeyFile file, detail::parse_key_file(text));
  return file.pubkey;
}

}  // namespace mikoshi
