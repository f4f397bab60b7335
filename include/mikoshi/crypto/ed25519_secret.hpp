// SPDX-License-Identifier: MIT
#pragma once
/// @file ed25519_secret.hpp
/// `Ed25519SecretKey`: signs with Ed25519.
///
/// Layer 1. Depends on: crypto/ed25519.hpp, crypto/key.hpp (its wiped values).

#include "mikoshi/crypto/ed25519.hpp"
#include "mikoshi/crypto/key.hpp"

namespace mikoshi {

/// A secret key, that is its seed of 32 bytes. Movable, never copied; wiped at the end, and where it was moved from.
class Ed25519SecretKey {
 public:
  /// Every 32 bytes are a seed. The caller's bytes are the caller's to wipe.
  [[nodiscard]] static Ed25519SecretKey from_seed(const Hash& seed);

  [[nodiscard]] const Ed25519PublicKey& public_key() const noexcept { return public_key_; }
  /// The seed, for writing a key file. Copies of it are the caller's to wipe.
  [[nodiscard]] ByteSpan secret_bytes() const noexcept { return *seed_; }
  /// The signature of a message of any length; the same on every machine, as RFC 8032 uses no randomness. It is verified before it
  /// is handed out. @pre not moved from. @cost about 0.3 ms
  [[nodiscard]] Signature sign(ByteSpan message) const;

 private:
  Ed25519SecretKey() = default;
  detail::Wiped<Hash> seed_;
  Ed25519PublicKey public_key_;
};

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {
/// OpenSSL's form of a seed; wiped by OpenSSL when it is freed.
[[nodiscard]] inline std::unique_ptr<EVP_PKEY, EvpKeyFree> ed25519_pair(const Hash& seed) {
  std::unique_ptr<EVP_PKEY, EvpKeyFree> pair{
      EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size())};
  MIKOSHI_CHECK(pair != nullptr);
  return pair;
}
}  // namespace detail

inline Ed25519SecretKey Ed25519SecretKey::from_seed(const Hash& seed) {
  Ed25519SecretKey key;
  *key.seed_ = seed;
  Hash point{};
  std::size_t size = point.size();
  MIKOSHI_CHECK(EVP_PKEY_get_raw_public_key(detail::ed25519_pair(seed).get(), point.data(), &size) == 1);
  const auto checked = Ed25519PublicKey::from_bytes(point);
  MIKOSHI_CHECK(checked.has_value());
  key.public_key_ = *checked;
  return key;
}

inline Signature Ed25519SecretKey::sign(ByteSpan message) const {
  const auto pair = detail::ed25519_pair(*seed_);
  const std::unique_ptr<EVP_MD_CTX, detail::EvpKeyFree> context{EVP_MD_CTX_new()};
  MIKOSHI_CHECK(context != nullptr);
  MIKOSHI_CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, pair.get(), nullptr) == 1);
  Signature signature{};
  std::size_t size = signature.size();
  MIKOSHI_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  MIKOSHI_CHECK(verify(public_key_, message, signature).has_value());
  return signature;
}

}  // namespace mikoshi
