// SPDX-License-Identifier: MIT
#pragma once
/// @file ed25519.hpp
/// `Ed25519PublicKey`, and whether an Ed25519 signature verifies under it. The only door to OpenSSL's Ed25519.
///
/// Layer 1. Depends on: base/bytes.hpp; OpenSSL 3.
///
/// RFC 8032 leaves open what to do with some keys and signatures, and libraries differ. Here one key and one message have
/// signatures that everybody takes or everybody refuses, under rules that a browser's WebCrypto follows too:
///
/// - A key has one spelling, is a point of the curve, and is not one of the eight of small order, under which one signature
///   fits many messages.
/// - The same goes for R, the first half of a signature; the second half is below the order of the group, so that
///   nobody makes a second signature out of a first.
/// - The equation is S·B = R + h·A, not eight times both sides.
///
/// @source RFC 8032, section 5.1; which of its edges differ between libraries: "Taming the Many EdDSAs", 2020.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "mikoshi/base/bytes.hpp"

namespace mikoshi {

/// A valid Ed25519 public key: the y coordinate of a point, little-endian, with the lowest bit of x on top.
class Ed25519PublicKey {
 public:
  /// Nobody's key, for a field that is yet to be read: a valid point whose secret no one can know, as it is the SHA-256 of
  /// "mikoshi/ed25519/nobody/7", the first such text that gives a point. Nobody can sign under it.
  Ed25519PublicKey() = default;
  /// @error bad_pubkey  not 32 bytes, not the one spelling of its point, a point of small order, or no point at all.
  /// @cost  about 0.05 ms
  [[nodiscard]] static Result<Ed25519PublicKey> from_bytes(ByteSpan bytes);
  /// Reads 64 lower-case hexadecimal digits. @error bad_hex | bad_pubkey
  [[nodiscard]] static Result<Ed25519PublicKey> parse(std::string_view hex);

  [[nodiscard]] const Hash& bytes() const noexcept { return point_; }
  /// 64 lower-case hexadecimal digits.
  [[nodiscard]] friend std::string to_string(const Ed25519PublicKey& key) { return to_hex(key.point_); }
  /// In the order of their bytes.
  friend auto operator<=>(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;

 private:
  Hash point_{0xb6, 0xcb, 0x71, 0xb6, 0xf7, 0x3e, 0x8d, 0x15, 0x19, 0x78, 0x00, 0x71, 0xf1, 0x5a, 0xc4, 0xed,
              0x09, 0xd8, 0x96, 0xd3, 0x72, 0x9a, 0x07, 0x4c, 0x96, 0x68, 0x8b, 0x37, 0x09, 0x7c, 0xb6, 0x95};
};

/// Whether `signature` is that of `message`, of any length, by `key`.
/// @error bad_signature  it is not, or it has not 64 bytes, or its R is misspelt or of small order. Never aborts, whatever
///                       the bytes.
/// @cost  about 0.12 ms
[[nodiscard]] inline Status verify(const Ed25519PublicKey& key, ByteSpan message, ByteSpan signature);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

struct BignumFree {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
  void operator()(BN_CTX* context) const noexcept { BN_CTX_free(context); }
};
struct EvpKeyFree {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// The y coordinate of an encoded point, without the bit of x.
[[nodiscard]] inline Hash ed25519_y(const Hash& point) {
  Hash y = point;
  y.back() &= 0x7f;
  return y;
}

/// Whether the bytes spell a coordinate below 2^255 − 19, the order of the field.
[[nodiscard]] inline bool is_reduced(const Hash& y) {
  const bool top = y.back() == 0x7f && std::all_of(y.begin() + 1, y.end() - 1, [](std::uint8_t b) { return b == 0xff; });
  return !top || y.front() < 0xed;
}

/// Whether a point with this coordinate is killed by 8. The order is 1 or 2 where x = 0, so y = ±1; 4 where y = 0; and 8
/// where doubling gives y = 0, that is d·y⁴ + 2·y² = 1, which two values solve.
[[nodiscard]] inline bool has_small_order(const Hash& y) {
  constexpr Hash zero{};
  constexpr Hash one{1};
  constexpr Hash minus_one{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
  constexpr Hash eighth{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
                        0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
  constexpr Hash minus_eighth{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
                              0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
                              0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};
  return y == zero || y == one || y == minus_one || y == eighth || y == minus_eighth;
}

/// Whether x² = (y² − 1) / (d·y² + 1) has a solution, d = −121665/121666. The divisor is never 0, as −1/d is no square; so
/// the quotient is a square exactly where the product is, and so where numerator and divisor times 121666 multiply to one.
/// @pre y is reduced and is not ±1
[[nodiscard]] inline bool is_on_ed25519(const Hash& y) {
  const std::unique_ptr<BN_CTX, BignumFree> context{BN_CTX_new()};
  const auto number = [] { return std::unique_ptr<BIGNUM, BignumFree>{BN_new()}; };
  const auto p = number(), y2 = number(), top = number(), bottom = number();
  MIKOSHI_CHECK(context && p && y2 && top && bottom);
  // p = 2^255 − 19; top = 121666·(y² − 1); bottom = 121666 − 121665·y²
  MIKOSHI_CHECK(BN_set_bit(p.get(), 255) == 1 && BN_sub_word(p.get(), 19) == 1);
  MIKOSHI_CHECK(BN_lebin2bn(y.data(), static_cast<int>(y.size()), y2.get()) != nullptr);
  MIKOSHI_CHECK(BN_mod_sqr(y2.get(), y2.get(), p.get(), context.get()) == 1);
  MIKOSHI_CHECK(BN_copy(top.get(), y2.get()) != nullptr && BN_sub_word(top.get(), 1) == 1);
  MIKOSHI_CHECK(BN_mul_word(top.get(), 121666) == 1);
  MIKOSHI_CHECK(BN_copy(bottom.get(), y2.get()) != nullptr && BN_mul_word(bottom.get(), 121665) == 1);
  BN_set_negative(bottom.get(), 1);
  MIKOSHI_CHECK(BN_add_word(bottom.get(), 121666) == 1);
  MIKOSHI_CHECK(BN_mod_mul(top.get(), top.get(), bottom.get(), p.get(), context.get()) == 1);
  const int square = BN_kronecker(top.get(), p.get(), context.get());
  MIKOSHI_CHECK(square != -2);
  return square == 1;
}

}  // namespace detail

inline Result<Ed25519PublicKey> Ed25519PublicKey::from_bytes(ByteSpan bytes) {
  Ed25519PublicKey key;
  if (bytes.size() != key.point_.size())
    return fail(Errc::bad_pubkey, "a public key has 32 bytes, this one " + std::to_string(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), key.point_.begin());
  const Hash y = detail::ed25519_y(key.point_);
  if (!detail::is_reduced(y)) return fail(Errc::bad_pubkey, "this is not the one spelling of an Ed25519 key");
  if (detail::has_small_order(y)) return fail(Errc::bad_pubkey, "an Ed25519 key of small order is nobody's");
  if (!detail::is_on_ed25519(y)) return fail(Errc::bad_pubkey, "not a point of the Ed25519 curve");
  return key;
}

inline Result<Ed25519PublicKey> Ed25519PublicKey::parse(std::string_view hex) {
  MIKOSHI_ASSIGN(const Hash bytes, parse_hash(hex));
  return from_bytes(bytes);
}

inline Status verify(const Ed25519PublicKey& key, ByteSpan message, ByteSpan signature) {
  Hash r{};
  if (signature.size() != 2 * r.size())
    return fail(Errc::bad_signature, "a signature has 64 bytes, this one " + std::to_string(signature.size()));
  std::copy_n(signature.begin(), r.size(), r.begin());
  const Hash y = detail::ed25519_y(r);
  if (!detail::is_reduced(y) || detail::has_small_order(y)) return fail(Errc::bad_signature);
  const std::unique_ptr<EVP_PKEY, detail::EvpKeyFree> point{
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, key.bytes().data(), key.bytes().size())};
  const std::unique_ptr<EVP_MD_CTX, detail::EvpKeyFree> context{EVP_MD_CTX_new()};
  MIKOSHI_CHECK(point && context);
  MIKOSHI_CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, point.get(), nullptr) == 1);
  // OpenSSL refuses an S of the group's order or more, and compares R byte by byte with S·B − h·A.
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
    return fail(Errc::bad_signature);
  return {};
}

}  // namespace mikoshi
