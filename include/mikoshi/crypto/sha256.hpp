// SPDX-License-Identifier: MIT
#pragma once
/// @file sha256.hpp
/// SHA-256 of bytes, of pieces, and of a stream; BIP-340's tagged hash. The only door to OpenSSL's hashing.
///
/// Layer 1. Depends on: base/bytes.hpp; OpenSSL 3.
///
/// OpenSSL looks an algorithm up by name whenever it is asked for one, which costs more than hashing a short line. So
/// the process looks SHA-256 up once, and a `Sha256` keeps one context that is begun again after each digest.

#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "mikoshi/base/bytes.hpp"

namespace mikoshi {

namespace detail {
struct DigestContextFree {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
}  // namespace detail

/// A digest in progress. Movable; an object that was moved from may only be assigned to or destroyed.
class Sha256 {
 public:
  Sha256();

  /// Adds bytes behind those that came before; how they are cut into pieces makes no difference.
  void update(ByteSpan bytes);
  void update(std::string_view text) { update(as_bytes(text)); }

  /// The digest of everything added since the start or the last `finish`. Begins anew.
  [[nodiscard]] Hash finish();

 private:
  std::unique_ptr<EVP_MD_CTX, detail::DigestContextFree> context_;
};

/// SHA-256 of `bytes`. @cost one pass; no allocation after the first call of a thread.
[[nodiscard]] inline Hash sha256(ByteSpan bytes);

/// SHA-256 of the pieces one behind the other. @cost as sha256
[[nodiscard]] inline Hash sha256_joined(std::initializer_list<ByteSpan> pieces);

/// H(H(tag) ‖ H(tag) ‖ message): a hash that means something in one place only, as no two tags share a value.
/// @source BIP-340, "tagged hashes"
[[nodiscard]] inline Hash tagged_hash(std::string_view tag, ByteSpan message);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

/// Looked up once and never released, so that hashing works until the last destructor of the process.
[[nodiscard]] inline const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  MIKOSHI_CHECK(algorithm != nullptr);
  return algorithm;
}

}  // namespace detail

inline Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  MIKOSHI_CHECK(context_ != nullptr);
  MIKOSHI_CHECK(EVP_DigestInit_ex2(context_.get(), detail::sha256_algorithm(), nullptr) == 1);
}

inline void Sha256::update(ByteSpan bytes) {
  MIKOSHI_CHECK(context_ != nullptr);
  MIKOSHI_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

inline Hash Sha256::finish() {
  MIKOSHI_CHECK(context_ != nullptr);
  Hash hash{};
  MIKOSHI_CHECK(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) == 1);
  MIKOSHI_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);  // the same algorithm, without a look-up
  return hash;
}

inline Hash sha256(ByteSpan bytes) { return sha256_joined({bytes}); }

inline Hash sha256_joined(std::initializer_list<ByteSpan> pieces) {
  thread_local Sha256 hasher;
  // Each call into OpenSSL costs as much as copying a line, so that short pieces are put together first.
  std::array<std::uint8_t, 512> together;
  std::size_t size = 0;
  for (const ByteSpan piece : pieces) {
    if (piece.size() > together.size() - size) {
      hasher.update(ByteSpan{together}.first(size));
      hasher.update(piece);
      size = 0;
    } else if (!piece.empty()) {
      std::memcpy(together.data() + size, piece.data(), piece.size());
      size += piece.size();
    }
  }
  if (size != 0) hasher.update(ByteSpan{together}.first(size));
  return hasher.finish();
}

inline Hash tagged_hash(std::string_view tag, ByteSpan message) {
  const Hash tag_hash = sha256(as_bytes(tag));
  return sha256_joined({tag_hash, tag_hash, message});
}

}  // namespace mikoshi
