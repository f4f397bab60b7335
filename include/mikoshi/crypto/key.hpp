// SPDX-License-Identifier: MIT
#pragma once
/// @file key.hpp
/// `PublicKey`, `SecretKey` and BIP-340 signatures over secp256k1. The only door to libsecp256k1.
///
/// Layer 1. Depends on: base/bytes.hpp; libsecp256k1 0.2.0 or later with extrakeys and schnorrsig; OpenSSL for wiping.
///
/// Signing is deterministic: no randomness enters, so one key and one message give one signature on every machine. A
/// signature is verified before it is handed out, against the public key that was derived when the key was read: if the
/// memory of a key is damaged meanwhile, the process ends and no signature that would betray the key leaves it.
///
/// Secrets are wiped where they are kept. What a compiler leaves in registers and stack slots is beyond any library.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <openssl/crypto.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "mikoshi/base/bytes.hpp"

namespace mikoshi {

namespace detail {

/// A plain value that never has two copies: wiped when it is destroyed or moved from.
template <class T>
class Wiped {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Wiped() = default;
  Wiped(Wiped&& other) noexcept : value_(other.value_) { other.wipe(); }
  Wiped& operator=(Wiped&& other) noexcept {
    if (this != &other) {
      value_ = other.value_;
      other.wipe();
    }
    return *this;
  }
  ~Wiped() { wipe(); }

  [[nodiscard]] T& operator*() noexcept { return value_; }
  [[nodiscard]] const T& operator*() const noexcept { return value_; }

 private:
  void wipe() noexcept { OPENSSL_cleanse(&value_, sizeof value_); }
  T value_{};
};

}  // namespace detail

/// A BIP-340 signature: the x coordinate of R, then s.
using Signature = std::array<std::uint8_t, 64>;

/// The public half of a key: the x coordinate of a point of the curve, and the point, which a signature is checked with.
class PublicKey {
 public:
  /// Nobody's key, for a field that is yet to be read: a valid point whose secret no one can know, as its x is the
  /// SHA-256 of the generator's encoding. Nobody can sign under it. @source BIP-341, the point H
  PublicKey();
  /// @error bad_pubkey  not 32 bytes, p or more, or on no point of the curve.
  [[nodiscard]] static Result<PublicKey> from_bytes(ByteSpan bytes);
  /// Reads 64 lower-case hexadecimal digits. @error bad_hex | bad_pubkey
  [[nodiscard]] static Result<PublicKey> parse(std::string_view hex);

  [[nodiscard]] const Hash& bytes() const noexcept { return x_; }
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] friend std::string to_string(const PublicKey& key) { return to_hex(key.x_); }
  /// In the order of their bytes.
  friend auto operator<=>(const PublicKey& a, const PublicKey& b) { return a.x_ <=> b.x_; }
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.x_ == b.x_; }

 private:
  friend Status verify(const PublicKey& key, ByteSpan message, ByteSpan signature);
  PublicKey(const Hash& x, const secp256k1_xonly_pubkey& point) : x_(x), point_(point) {}
  static PublicKey nobody();

  Hash x_;
  secp256k1_xonly_pubkey point_;  // libsecp256k1's own form, found once: it takes a square root
};

/// A secret key. Movable, never copied; wiped at the end, and where it was moved from.
class SecretKey {
 public:
  /// The caller's bytes are the caller's to wipe.
  /// @error bad_key  not 32 bytes, zero, or the order of the curve or more.
  [[nodiscard]] static Result<SecretKey> from_bytes(ByteSpan bytes);

  [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }
  /// The secret itself, for writing a key file. Copies of it are the caller's to wipe.
  [[nodiscard]] ByteSpan secret_bytes() const noexcept { return *secret_; }
  /// The BIP-340 signature of a 32-byte message, which is a tagged hash wherever mikoshi signs.
  /// @pre not moved from. @cost about 0.1 ms
  [[nodiscard]] Signature sign(const Hash& message) const;

 private:
  SecretKey() = default;
  detail::Wiped<Hash> secret_;
  PublicKey public_key_;
};

/// Whether `signature` is that of `message`, of any length, by `key`.
/// @error bad_signature  it is not, or it has not 64 bytes. Never aborts, whatever the bytes.
/// @cost  about 0.04 ms
[[nodiscard]] inline Status verify(const PublicKey& key, ByteSpan message, ByteSpan signature);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

/// One context for the process. It is only read after it was made, so threads share it.
[[nodiscard]] inline const secp256k1_context* curve() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* const made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    MIKOSHI_CHECK(made != nullptr);
    const auto stop = [](const char* message, void*) { check_failed(message, "libsecp256k1", 0); };
    secp256k1_context_set_illegal_callback(made, stop, nullptr);
    secp256k1_context_set_error_callback(made, stop, nullptr);
    return made;
  }();
  return context;
}

/// Signs a message of any length, with auxiliary randomness if `aux` is given: published vectors need both.
[[nodiscard]] inline Signature sign_with_aux(const SecretKey& key, ByteSpan message, const Hash* aux) {
  Wiped<secp256k1_keypair> pair;
  MIKOSHI_CHECK(secp256k1_keypair_create(curve(), &*pair, key.secret_bytes().data()) == 1);
  secp256k1_schnorrsig_extraparams extra = SECP256K1_SCHNORRSIG_EXTRAPARAMS_INIT;
  extra.ndata = aux == nullptr ? nullptr : const_cast<std::uint8_t*>(aux->data());  // read only, whatever its type says
  Signature signature{};
  MIKOSHI_CHECK(
      secp256k1_schnorrsig_sign_custom(curve(), signature.data(), message.data(), message.size(), &*pair, &extra) == 1);
  MIKOSHI_CHECK(verify(key.public_key(), message, signature).has_value());
  return signature;
}

}  // namespace detail

inline PublicKey::PublicKey() {
  static const PublicKey none = nobody();
  *this = none;
}

inline PublicKey PublicKey::nobody() {
  constexpr Hash x{0x50, 0x92, 0x9b, 0x74, 0xc1, 0xa0, 0x49, 0x54, 0xb7, 0x8b, 0x4b, 0x60, 0x35, 0xe9, 0x7a, 0x5e,
                   0x07, 0x8a, 0x5a, 0x0f, 0x28, 0xec, 0x96, 0xd5, 0x47, 0xbf, 0xee, 0x9a, 0xce, 0x80, 0x3a, 0xc0};
  return *from_bytes(x);
}

inline Result<PublicKey> PublicKey::from_bytes(ByteSpan bytes) {
  Hash x{};
  if (bytes.size() != x.size())
    return fail(Errc::bad_pubkey, "a public key has 32 bytes, this one " + std::to_string(bytes.size()));
  secp256k1_xonly_pubkey point;
  if (secp256k1_xonly_pubkey_parse(detail::curve(), &point, bytes.data()) != 1) return fail(Errc::bad_pubkey);
  std::copy(bytes.begin(), bytes.end(), x.begin());
  return PublicKey{x, point};
}

inline Result<PublicKey> PublicKey::parse(std::string_view hex) {
  MIKOSHI_ASSIGN(const Hash bytes, parse_hash(hex));
  return from_bytes(bytes);
}

inline Result<SecretKey> SecretKey::from_bytes(ByteSpan bytes) {
  SecretKey key;
  detail::Wiped<secp256k1_keypair> pair;
  if (bytes.size() != (*key.secret_).size())
    return fail(Errc::bad_key, "a secret key has 32 bytes, this one " + std::to_string(bytes.size()));
  if (secp256k1_keypair_create(detail::curve(), &*pair, bytes.data()) != 1) return fail(Errc::bad_key);
  std::copy(bytes.begin(), bytes.end(), (*key.secret_).begin());
  secp256k1_xonly_pubkey point;
  MIKOSHI_CHECK(secp256k1_keypair_xonly_pub(detail::curve(), &point, nullptr, &*pair) == 1);
  Hash x{};
  MIKOSHI_CHECK(secp256k1_xonly_pubkey_serialize(detail::curve(), x.data(), &point) == 1);
  MIKOSHI_ASSIGN(key.public_key_, PublicKey::from_bytes(x));
  return key;
}

inline Signature SecretKey::sign(const Hash& message) const { return detail::sign_with_aux(*this, message, nullptr); }

inline Status verify(const PublicKey& key, ByteSpan message, ByteSpan signature) {
  if (signature.size() != Signature{}.size())
    return fail(Errc::bad_signature, "a signature has 64 bytes, this one " + std::to_string(signature.size()));
  if (secp256k1_schnorrsig_verify(detail::curve(), signature.data(), message.data(), message.size(), &key.point_) != 1)
    return fail(Errc::bad_signature);
  return {};
}

}  // namespace mikoshi
