// SPDX-License-Identifier: MIT
#pragma once
/// @file ethereum.hpp
/// Ethereum wallets as signers: `EthereumAddress`, and the signatures that a wallet gives to a text or to a claim.
///
/// Layer 1. Depends on: base/json.hpp, crypto/keccak.hpp, crypto/key.hpp; libsecp256k1 with the module recovery.
///
/// A wallet never signs the bytes that it is given. It signs the digest of a text behind a prefix (EIP-191, what
/// personal_sign does), or that of a structure that it shows field by field (EIP-712, eth_signTypedData_v4). The prefixes
/// keep both apart from transactions and from each other; what mikoshi signs with BIP-340 is a tagged SHA-256, and no Keccak.
///
/// No public key is kept: a signature and a digest give an address, and it is the expected one or not. So a signature that
/// was changed need not fail to recover, it recovers another address; ask `verify`, and trust no address because `recover`
/// gave one. Each signature has one spelling here: v is 27 or 28, and s is in the lower half of its range. What is left is
/// that a wallet may sign one claim twice, with two nonces: a signature is no name for what it signs.
///
/// Contracts that act as accounts (EIP-1271) have no key and cannot sign here: asking them takes a chain.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "mikoshi/base/bytes.hpp"
#include "mikoshi/base/json.hpp"
#include "mikoshi/crypto/keccak.hpp"
#include "mikoshi/crypto/key.hpp"

namespace mikoshi {

/// A recoverable ECDSA signature as wallets write it: r, s, then v, which is 27 or 28.
using EthereumSignature = std::array<std::uint8_t, 65>;

/// The address of an account: the last 20 bytes of the Keccak-256 of its public key.
class EthereumAddress {
 public:
  /// Nobody's address, for a field that is yet to be read: twenty zero bytes. No known key hashes to them, and to find
  /// one takes about 2^160 attempts. @source the zero address of Ethereum's yellow paper
  EthereumAddress() = default;
  explicit EthereumAddress(const std::array<std::uint8_t, 20>& bytes) : bytes_(bytes) {}

  /// Reads "0x" and 40 lower-case hexadecimal digits, the one spelling in files. @error bad_hex
  [[nodiscard]] static Result<EthereumAddress> parse(std::string_view text);
  /// Reads what people paste: as `parse`, or in the capitals that `to_checksum` gives.
  /// @error bad_hex  also when the capitals are others: a digit was mistyped.
  [[nodiscard]] static Result<EthereumAddress> parse_any(std::string_view text);

  [[nodiscard]] const std::array<std::uint8_t, 20>& bytes() const noexcept { return bytes_; }
  /// "0x" and 40 lower-case hexadecimal digits.
  [[nodiscard]] friend std::string to_string(const EthereumAddress& address) { return "0x" + to_hex(address.bytes_); }
  /// In the order of their bytes.
  friend auto operator<=>(const EthereumAddress&, const EthereumAddress&) = default;

 private:
  std::array<std::uint8_t, 20> bytes_{};
};

/// As `to_string`, with capitals that tell most typing errors: for people. @source EIP-55
[[nodiscard]] MIKOSHI_INLINE std::string to_checksum(const EthereumAddress& address);

/// The address whose key gave `signature` to `digest`. Any digest gives some address, under about every other r.
/// @error bad_signature  not 65 bytes; v not 27 or 28; s in the upper half (the twin of a signature that is accepted);
///                       r or s zero, or the order of the curve or more; no key gives it. Never aborts, whatever the bytes.
/// @cost  about 0.05 ms
[[nodiscard]] MIKOSHI_INLINE Result<EthereumAddress> recover(const Hash& digest, ByteSpan signature);

/// Whether `signature` is that of `digest` by the key of `address`. @error bad_signature  as recover, or it is another's.
/// @cost as recover
[[nodiscard]] MIKOSHI_INLINE Status verify(const EthereumAddress& address, const Hash& digest, ByteSpan signature);

/// What a wallet signs when it is asked to personal_sign a text. It binds what the text says and nothing else: for which
/// DAO, how often and until when must stand in the text. @source EIP-191, version 0x45
[[nodiscard]] MIKOSHI_INLINE Hash personal_digest(std::string_view text);

/// What somebody claims, as a wallet shows it. Views: the caller's texts must live as long.
struct TypedClaim {
  Hash dao{};               ///< the DAO's id: a signature for one DAO is none for another
  std::string_view who;     ///< the member who claims
  std::uint64_t nonce = 0;  ///< so that the same claim can be made again, and no signature counts twice
  std::string_view expires;
  std::string_view text;  ///< the claim itself
};

/// One value of typed data: a string, a uint64, or a bytes32.
using TypedValue = std::variant<std::string_view, std::uint64_t, Hash>;

/// Typed data as a wallet shows it: one flat structure under mikoshi's domain.
///
///     EIP712Domain(string name,string version[,bytes32 salt])       "mikoshi", "1", the DAO's id
///     PRIMARY(type name,…)
///
/// Views: the caller's texts must live as long. @source EIP-712
struct TypedData {
  struct Field {
    std::string_view name;
    TypedValue value;
  };
  std::optional<Hash> salt;  ///< the DAO's id, where no field names the DAO
  std::string_view primary;
  std::vector<Field> fields;
};

/// Claim(string who,uint64 nonce,string expires,string text), with the DAO's id as the domain's salt.
[[nodiscard]] inline TypedData typed(const TypedClaim& claim) {
  return {claim.dao,
          "Claim",
          {{"who", claim.who}, {"nonce", claim.nonce}, {"expires", claim.expires}, {"text", claim.text}}};
}

/// What a wallet signs when it is asked to sign `typed_json(data)`.
[[nodiscard]] MIKOSHI_INLINE Hash typed_digest(const TypedData& data);
[[nodiscard]] inline Hash typed_digest(const TypedClaim& claim);

/// The JSON to hand to a wallet's eth_signTypedData_v4, in mikoshi's canonical spelling. Numbers are texts, as one above 2^53
/// would not survive JavaScript; wallets read both. @pre texts are UTF-8.
[[nodiscard]] MIKOSHI_INLINE std::string typed_json(const TypedData& data);
[[nodiscard]] inline std::string typed_json(const TypedClaim& claim);

/// The address of a key that mikoshi holds. Wallets keep theirs to themselves: this is for programs that sign on their own.
/// @pre not moved from.
[[nodiscard]] MIKOSHI_INLINE EthereumAddress address_of(const SecretKey& key);

/// Signs as wallets do: the nonce by RFC 6979, s in the lower half. No randomness enters, and a signature that does not
/// give the key's address back never leaves. @pre not moved from. @cost about 0.1 ms
[[nodiscard]] MIKOSHI_INLINE EthereumSignature sign_ethereum(const SecretKey& key, const Hash& digest);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline Hash typed_digest(const TypedClaim& claim) { return typed_digest(typed(claim)); }
inline std::string typed_json(const TypedClaim& claim) { return typed_json(typed(claim)); }

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Encodings of EIP-712, piece by piece. Texts enter as their hashes, so that every piece has 32 bytes.
class TypedEncoding {
 public:
  explicit TypedEncoding(std::string_view type) { add(type); }
  void add(const Hash& word) { bytes_.insert(bytes_.end(), word.begin(), word.end()); }
  void add(std::string_view text) { add(keccak256(as_bytes(text))); }
  void add(std::uint64_t number) {
    Hash word{};
    const auto bytes = big_endian(number);
    std::copy(bytes.begin(), bytes.end(), word.end() - bytes.size());
    add(word);
  }
  [[nodiscard]] Hash hash() const { return keccak256(bytes_); }

 private:
  Bytes bytes_;
};

inline constexpr std::string_view typed_name = "mikoshi";
inline constexpr std::string_view typed_version = "1";

[[nodiscard]] inline std::string_view type_of(const TypedValue& value) {
  constexpr std::array<std::string_view, 3> names = {"string", "uint64", "bytes32"};
  return names[value.index()];
}

[[nodiscard]] inline EthereumAddress address_of(const secp256k1_pubkey& point) {
  std::array<std::uint8_t, 65> encoded{};  // 0x04, x, y
  std::size_t size = encoded.size();
  MIKOSHI_CHECK(secp256k1_ec_pubkey_serialize(curve(), encoded.data(), &size, &point, SECP256K1_EC_UNCOMPRESSED) == 1);
  const Hash hash = keccak256(ByteSpan{encoded}.subspan(1));
  std::array<std::uint8_t, 20> bytes{};
  std::copy(hash.end() - bytes.size(), hash.end(), bytes.begin());
  return EthereumAddress{bytes};
}

}  // namespace detail

MIKOSHI_INLINE Result<EthereumAddress> EthereumAddress::parse(std::string_view text) {
  EthereumAddress address;
  if (!text.starts_with("0x")) return fail(Errc::bad_hex, "an Ethereum address starts with 0x");
  MIKOSHI_TRY(parse_hex(text.substr(2), address.bytes_));
  return address;
}

MIKOSHI_INLINE Result<EthereumAddress> EthereumAddress::parse_any(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  MIKOSHI_ASSIGN(const EthereumAddress address, parse(lower));
  if (text != lower && text != to_checksum(address))
    return fail(Errc::bad_hex, "the capitals do not fit the digits of this Ethereum address");
  return address;
}

MIKOSHI_INLINE std::string to_checksum(const EthereumAddress& address) {
  std::string text = to_hex(address.bytes());
  const std::string mask = to_hex(keccak256(as_bytes(text)));
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] >= 'a' && mask[i] >= '8') text[i] = static_cast<char>(text[i] - 'a' + 'A');
  return "0x" + text;
}

MIKOSHI_INLINE Result<EthereumAddress> recover(const Hash& digest, ByteSpan signature) {
  if (signature.size() != EthereumSignature{}.size())
    return fail(Errc::bad_signature,
                "an Ethereum signature has 65 bytes, this one " + std::to_string(signature.size()));
  const int v = signature[64];
  if (v != 27 && v != 28)
    return fail(Errc::bad_signature, "an Ethereum signature ends with 27 or 28, this one with " + std::to_string(v));
  const auto is_zero = [](ByteSpan number) {
    return std::all_of(number.begin(), number.end(), [](auto b) { return b == 0; });
  };
  secp256k1_ecdsa_recoverable_signature parsed;
  if (is_zero(signature.first(32)) || is_zero(signature.subspan(32, 32)) ||
      secp256k1_ecdsa_recoverable_signature_parse_compact(detail::curve(), &parsed, signature.data(), v - 27) != 1)
    return fail(Errc::bad_signature, "r and s of a signature lie between zero and the order of the curve");
  secp256k1_ecdsa_signature plain;
  MIKOSHI_CHECK(secp256k1_ecdsa_recoverable_signature_convert(detail::curve(), &plain, &parsed) == 1);
  if (secp256k1_ecdsa_signature_normalize(detail::curve(), nullptr, &plain) == 1)
    return fail(Errc::bad_signature, "s of a signature lies in the lower half of its range");
  secp256k1_pubkey point;
  if (secp256k1_ecdsa_recover(detail::curve(), &point, &parsed, digest.data()) != 1)
    return fail(Errc::bad_signature, "no key gives this signature");
  return detail::address_of(point);
}

MIKOSHI_INLINE Status verify(const EthereumAddress& address, const Hash& digest, ByteSpan signature) {
  MIKOSHI_ASSIGN(const EthereumAddress signer, recover(digest, signature));
  if (signer != address) return fail(Errc::bad_signature, "the signature is not that of " + to_string(address));
  return {};
}

MIKOSHI_INLINE Hash personal_digest(std::string_view text) {
  std::string message = "\031Ethereum Signed Message:\n" + std::to_string(text.size());  // 031 is 0x19
  message += text;
  return keccak256(as_bytes(message));
}

MIKOSHI_INLINE Hash typed_digest(const TypedData& data) {
  detail::TypedEncoding domain{data.salt ? "EIP712Domain(string name,string version,bytes32 salt)"
                                         : "EIP712Domain(string name,string version)"};
  domain.add(detail::typed_name);
  domain.add(detail::typed_version);
  if (data.salt) domain.add(*data.salt);
  std::string type{data.primary};
  for (std::size_t i = 0; i < data.fields.size(); ++i) {
    type += i == 0 ? "(" : ",";
    type += std::string{detail::type_of(data.fields[i].value)} + " " + std::string{data.fields[i].name};
  }
  detail::TypedEncoding message{type + ")"};
  for (const TypedData::Field& field : data.fields)
    std::visit([&](const auto& value) { message.add(value); }, field.value);
  Bytes bytes = {0x19, 0x01};
  for (const Hash& hash : {domain.hash(), message.hash()}) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return keccak256(bytes);
}

MIKOSHI_INLINE std::string typed_json(const TypedData& data) {
  const auto field = [](std::string_view name, std::string_view type) {
    return Json{Json::Object{{"name", name}, {"type", type}}};
  };
  Json::Array domain_type{field("name", "string"), field("version", "string")}, primary_type;
  Json domain{Json::Object{{"name", detail::typed_name}, {"version", detail::typed_version}}}, message;
  if (data.salt) {
    domain_type.push_back(field("salt", "bytes32"));
    domain.set("salt", "0x" + to_hex(*data.salt));
  }
  for (const TypedData::Field& one : data.fields) {
    primary_type.push_back(field(one.name, detail::type_of(one.value)));
    if (const auto* text = std::get_if<std::string_view>(&one.value)) message.set(one.name, *text);
    if (const auto* number = std::get_if<std::uint64_t>(&one.value)) message.set(one.name, std::to_string(*number));
    if (const auto* hash = std::get_if<Hash>(&one.value)) message.set(one.name, "0x" + to_hex(*hash));
  }
  const Json types{Json::Object{{"EIP712Domain", std::move(domain_type)}, {std::string{data.primary}, std::move(primary_type)}}};
  return to_canonical(Json::Object{
      {"types", types}, {"domain", std::move(domain)}, {"primaryType", data.primary}, {"message", std::move(message)}});
}

MIKOSHI_INLINE EthereumAddress address_of(const SecretKey& key) {
  secp256k1_pubkey point;
  MIKOSHI_CHECK(secp256k1_ec_pubkey_create(detail::curve(), &point, key.secret_bytes().data()) == 1);
  secp256k1_xonly_pubkey half;
  MIKOSHI_CHECK(secp256k1_xonly_pubkey_from_pubkey(detail::curve(), &half, nullptr, &point) == 1);
  Hash x{};
  MIKOSHI_CHECK(secp256k1_xonly_pubkey_serialize(detail::curve(), x.data(), &half) == 1);
  MIKOSHI_CHECK(x == key.public_key().bytes());  // the secret is still the one that was read
  return detail::address_of(point);
}

MIKOSHI_INLINE EthereumSignature sign_ethereum(const SecretKey& key, const Hash& digest) {
  secp256k1_ecdsa_recoverable_signature made;
  MIKOSHI_CHECK(secp256k1_ecdsa_sign_recoverable(detail::curve(), &made, digest.data(), key.secret_bytes().data(),
                                                 nullptr, nullptr) == 1);
  EthereumSignature signature{};
  int which = 0;
  MIKOSHI_CHECK(
      secp256k1_ecdsa_recoverable_signature_serialize_compact(detail::curve(), signature.data(), &which, &made) == 1);
  signature[64] = static_cast<std::uint8_t>(27 + which);
  MIKOSHI_CHECK(verify(address_of(key), digest, signature).has_value());
  return signature;
}

#endif

}  // namespace mikoshi
