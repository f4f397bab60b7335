// SPDX-License-Identifier: MIT
#pragma once
/// @file ed25519_key.hpp
/// An Ed25519 key for tests, which only they make signatures with.

#include <memory>
#include <string_view>

#include "mikoshi/crypto/ed25519.hpp"
#include "mikoshi/crypto/sha256.hpp"

class Ed25519Key {
 public:
  /// @pre 32 bytes
  explicit Ed25519Key(mikoshi::ByteSpan secret)
      : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size())) {
    MIKOSHI_CHECK(key_ != nullptr);
  }
  /// The key whose secret is the SHA-256 of a text.
  explicit Ed25519Key(std::string_view text) : Ed25519Key(mikoshi::ByteSpan{mikoshi::sha256(mikoshi::as_bytes(text))}) {}

  [[nodiscard]] mikoshi::Ed25519PublicKey public_key() const {
    mikoshi::Hash bytes{};
    std::size_t size = bytes.size();
    MIKOSHI_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size) == 1);
    return mikoshi::Ed25519PublicKey::from_bytes(bytes).value();
  }
  [[nodiscard]] mikoshi::Bytes sign(mikoshi::ByteSpan message) const {
    const std::unique_ptr<EVP_MD_CTX, mikoshi::detail::EvpKeyFree> context{EVP_MD_CTX_new()};
    mikoshi::Bytes signature(64);
    std::size_t size = signature.size();
    MIKOSHI_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
    MIKOSHI_CHECK(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
    return signature;
  }

 private:
  std::unique_ptr<EVP_PKEY, mikoshi::detail::EvpKeyFree> key_;
};
