// SPDX-License-Identifier: MIT
#pragma once
/// @file claim.hpp
/// Claims: what a member says and signs, with the key that speaks for the member.
///
/// Layer 1. Depends on: crypto/ethereum.hpp, crypto/key.hpp, crypto/sha256.hpp.
///
/// A claim is a canonical text that names the DAO, who speaks, a nonce and an expiry, so that it can be replayed nowhere else. A
/// BIP-340 key signs the tagged hash of the text. An Ethereum wallet signs typed data that shows the text, or, where it knows
/// no typed data, the text as a personal message.

#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "mikoshi/crypto/ethereum.hpp"
#include "mikoshi/crypto/key.hpp"
#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

/// The tag of what BIP-340 keys sign.
inline constexpr std::string_view claim_tag = "mikoshi/claim/v1";

/// A key that speaks for a member, written bip340:X or eth:0xADDRESS.
class SpeakerKey {
 public:
  SpeakerKey() = default;
  explicit SpeakerKey(const PublicKey& key) : key_(key) {}
  explicit SpeakerKey(const EthereumAddress& address) : key_(address) {}

  /// @error bad_choice (another sort of key) | bad_hex | bad_pubkey
  [[nodiscard]] static Result<SpeakerKey> parse(std::string_view text) {
    constexpr std::string_view bip340 = "bip340:", ethereum = "eth:";
    if (text.starts_with(bip340)) {
      MIKOSHI_ASSIGN(const PublicKey key, PublicKey::parse(text.substr(bip340.size())));
      return SpeakerKey{key};
    }
    if (text.starts_with(ethereum)) {
      MIKOSHI_ASSIGN(const EthereumAddress address, EthereumAddress::parse(text.substr(ethereum.size())));
      return SpeakerKey{address};
    }
    return fail(Errc::bad_choice, "a key is written bip340:X or eth:0xADDRESS");
  }
  [[nodiscard]] friend std::string to_string(const SpeakerKey& key) {
    if (const PublicKey* bip340 = key.bip340()) return "bip340:" + to_string(*bip340);
    return "eth:" + to_string(*key.ethereum());
  }
  /// nullptr: a wallet.
  [[nodiscard]] const PublicKey* bip340() const { return std::get_if<PublicKey>(&key_); }
  /// nullptr: a BIP-340 key.
  [[nodiscard]] const EthereumAddress* ethereum() const { return std::get_if<EthereumAddress>(&key_); }
  /// BIP-340 keys first, then addresses, in the order of their bytes.
  friend auto operator<=>(const SpeakerKey&, const SpeakerKey&) = default;

 private:
  std::variant<PublicKey, EthereumAddress> key_;
};

/// A signature in a line of the ledger, by a key of any sort: 64 bytes, 65 by a wallet; in hexadecimal.
class KeySignature {
 public:
  KeySignature() = default;
  explicit KeySignature(const Signature& signature) : bytes_(signature) {}
  explicit KeySignature(const EthereumSignature& signature) : bytes_(signature) {}

  /// @error bad_hex
  [[nodiscard]] static Result<KeySignature> parse(std::string_view text) {
    Signature bip340{};
    EthereumSignature ethereum{};
    if (text.size() == 2 * ethereum.size()) {
      MIKOSHI_TRY(parse_hex(text, ethereum));
      return KeySignature{ethereum};
    }
    MIKOSHI_TRY(parse_hex(text, bip340));
    return KeySignature{bip340};
  }
  [[nodiscard]] ByteSpan bytes() const {
    return std::visit([](const auto& signature) { return ByteSpan{signature}; }, bytes_);
  }
  [[nodiscard]] friend std::string to_string(const KeySignature& signature) { return to_hex(signature.bytes()); }

 private:
  std::variant<Signature, EthereumSignature> bytes_;
};

/// Whether `signature` is that of a claim by `key`. @param claim  its `text` names everything that is in the other fields.
/// @error bad_signature
[[nodiscard]] inline Status verify_claim(const SpeakerKey& key, const TypedClaim& claim, const KeySignature& signature) {
  if (key.bip340() != nullptr)
    return verify(*key.bip340(), tagged_hash(claim_tag, as_bytes(claim.text)), signature.bytes());
  if (verify(*key.ethereum(), typed_digest(claim), signature.bytes())) return {};
  return verify(*key.ethereum(), personal_digest(claim.text), signature.bytes());
}

}  // namespace mikoshi
