// SPDX-License-Identifier: MIT
#pragma once
/// @file steward_key.hpp
/// The key that a steward signs with: BIP-340, an Ethereum wallet, or Ed25519.
///
/// Layer 1. Depends on: crypto/claim.hpp (its KeySignature), crypto/ed25519_secret.hpp, crypto/note.hpp.
///
/// A steward signs two things: snapshots, as signature lines under a note, and changes of stewards, as messages of 32 bytes.
///
/// | key | written | signature line: type, bytes | a note | a message |
/// |---|---|---|---|---|
/// | BIP-340 | 64 hexadecimal digits | FF "mikoshi/bip340", 64 | the tagged hash of the text | the message |
/// | wallet | eth:0xADDRESS | FF "mikoshi/eip712", 65 | typed data `Snapshot` | typed data `Message` |
/// | Ed25519 | ed25519:HEX | 01, 64 | the text | the message |
///
/// The key id of a line is the first four bytes of H(name ‖ 0A ‖ type ‖ key); a wallet's key is its address of 20 bytes. A line
/// of type 01 is what every C2SP tool reads. @source C2SP signed-note; EIP-712

#include <string>
#include <string_view>
#include <variant>

#include "mikoshi/crypto/claim.hpp"
#include "mikoshi/crypto/ed25519_secret.hpp"
#include "mikoshi/crypto/note.hpp"

namespace mikoshi {

class StewardKey {
 public:
  /// Nobody's key, as `PublicKey` has one.
  StewardKey() = default;
  // Implicit: each of them is a steward's key, and nothing is lost.
  StewardKey(const PublicKey& key) : key_(key) {}
  StewardKey(const EthereumAddress& address) : key_(address) {}
  StewardKey(const Ed25519PublicKey& key) : key_(key) {}

  /// @error bad_hex | bad_pubkey
  [[nodiscard]] static MIKOSHI_INLINE Result<StewardKey> parse(std::string_view text);
  [[nodiscard]] friend std::string to_string(const StewardKey& key) {
    if (const auto* wallet = std::get_if<EthereumAddress>(&key.key_)) return "eth:" + to_string(*wallet);
    if (const auto* ed25519 = std::get_if<Ed25519PublicKey>(&key.key_)) return "ed25519:" + to_string(*ed25519);
    return to_string(std::get<PublicKey>(key.key_));
  }

  /// nullptr: another sort of key.
  template <class Key>
  [[nodiscard]] const Key* get() const {
    return std::get_if<Key>(&key_);
  }
  /// BIP-340 keys first, then wallets, then Ed25519, in the order of their bytes.
  friend auto operator<=>(const StewardKey&, const StewardKey&) = default;

 private:
  std::variant<PublicKey, EthereumAddress, Ed25519PublicKey> key_;
};

/// The short name of a steward's key in signature lines: the table above says of what it is the hash.
[[nodiscard]] MIKOSHI_INLINE KeyId key_id(std::string_view name, const StewardKey& key);

/// A checkpoint as a wallet shows it: Snapshot(string origin,uint64 size,bytes32 root), without a salt, as the origin names the DAO.
/// A view: `checkpoint` must live as long.
[[nodiscard]] inline TypedData typed(const Checkpoint& checkpoint) {
  return {{}, "Snapshot", {{"origin", checkpoint.origin}, {"size", checkpoint.size}, {"root", checkpoint.root}}};
}

/// A message of 32 bytes as a wallet shows it: Message(string purpose,bytes32 hash), with the DAO's id as salt.
/// @param purpose  what the message is, in words; a view.
[[nodiscard]] inline TypedData typed_message(const Hash& dao, std::string_view purpose, const Hash& message) {
  return {dao, "Message", {{"purpose", purpose}, {"hash", message}}};
}

/// A secret key from a key file: BIP-340 or Ed25519. Movable, never copied; wiped as both of them are.
class StewardSecretKey {
 public:
  explicit StewardSecretKey(SecretKey key) : key_(std::move(key)) {}
  explicit StewardSecretKey(Ed25519SecretKey key) : key_(std::move(key)) {}

  [[nodiscard]] StewardKey public_key() const {
    return std::visit([](const auto& key) { return StewardKey{key.public_key()}; }, key_);
  }
  /// For writing a key file. Copies of it are the caller's to wipe.
  [[nodiscard]] ByteSpan secret_bytes() const {
    return std::visit([](const auto& key) { return key.secret_bytes(); }, key_);
  }
  /// nullptr: an Ed25519 key.
  [[nodiscard]] const SecretKey* bip340() const { return std::get_if<SecretKey>(&key_); }
  /// As `verify_message` wants it. @pre not moved from.
  [[nodiscard]] Signature sign(const Hash& message) const {
    return std::visit([&](const auto& key) { return key.sign(message); }, key_);
  }
  /// nullptr: a BIP-340 key.
  [[nodiscard]] const Ed25519SecretKey* ed25519() const { return std::get_if<Ed25519SecretKey>(&key_); }

 private:
  std::variant<SecretKey, Ed25519SecretKey> key_;
};

/// Signs a note's text. @pre name and text are as in `NoteSignature` and `Note`.
[[nodiscard]] MIKOSHI_INLINE NoteSignature sign_note(const std::string& name, const StewardSecretKey& key,
                                                     std::string_view text);

/// Whether the line is the signature of the note's text by `key`, under the key id that belongs to its name.
/// @error bad_signature  another key id, another length, or it does not verify; a wallet's under a text that is no checkpoint.
[[nodiscard]] MIKOSHI_INLINE Status verify_note_signature(const NoteSignature& line, const StewardKey& key,
                                                          std::string_view text);

/// Whether `signature` is that of a message of 32 bytes by `key`. @param dao, purpose  what a wallet showed with it.
/// @error bad_signature
[[nodiscard]] MIKOSHI_INLINE Status verify_message(const StewardKey& key, const Hash& dao, std::string_view purpose,
                                                   const Hash& message, ByteSpan signature);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE Result<StewardKey> StewardKey::parse(std::string_view text) {
  constexpr std::string_view wallet = "eth:", ed25519 = "ed25519:";
  if (text.starts_with(wallet)) {
    MIKOSHI_ASSIGN(const EthereumAddress address, EthereumAddress::parse(text.substr(wallet.size())));
    return StewardKey{address};
  }
  if (text.starts_with(ed25519)) {
    MIKOSHI_ASSIGN(const Ed25519PublicKey key, Ed25519PublicKey::parse(text.substr(ed25519.size())));
    return StewardKey{key};
  }
  MIKOSHI_ASSIGN(const PublicKey key, PublicKey::parse(text));
  return StewardKey{key};
}

MIKOSHI_INLINE KeyId key_id(std::string_view name, const StewardKey& key) {
  const auto id = [&](std::string_view type, ByteSpan bytes) {
    const Hash hash = sha256_joined({as_bytes(name), as_bytes("\n"), as_bytes(type), bytes});
    return KeyId{hash[0], hash[1], hash[2], hash[3]};
  };
  if (const auto* wallet = key.get<EthereumAddress>()) return id("\xffmikoshi/eip712", wallet->bytes());
  if (const auto* ed25519 = key.get<Ed25519PublicKey>()) return id("\x01", ed25519->bytes());
  return key_id(name, *key.get<PublicKey>());
}

MIKOSHI_INLINE NoteSignature sign_note(const std::string& name, const StewardSecretKey& key, std::string_view text) {
  if (key.bip340() != nullptr) return sign_note(name, *key.bip340(), text);
  const Signature signature = key.ed25519()->sign(as_bytes(text));
  return {name, key_id(name, key.public_key()), Bytes{signature.begin(), signature.end()}};
}

MIKOSHI_INLINE Status verify_note_signature(const NoteSignature& line, const StewardKey& key, std::string_view text) {
  if (const auto* bip340 = key.get<PublicKey>()) return verify_note_signature(line, *bip340, text);
  if (line.key_id != key_id(line.name, key))
    return fail(Errc::bad_signature, "the key id is not that of this name and key");
  if (const auto* ed25519 = key.get<Ed25519PublicKey>()) return verify(*ed25519, as_bytes(text), line.signature);
  const auto checkpoint = parse_checkpoint(text);
  if (!checkpoint) return fail(Errc::bad_signature, "a wallet signs checkpoints only");
  return verify(*key.get<EthereumAddress>(), typed_digest(typed(*checkpoint)), line.signature);
}

MIKOSHI_INLINE Status verify_message(const StewardKey& key, const Hash& dao, std::string_view purpose, const Hash& message,
                                     ByteSpan signature) {
  if (const auto* wallet = key.get<EthereumAddress>())
    return verify(*wallet, typed_digest(typed_message(dao, purpose, message)), signature);
  if (const auto* ed25519 = key.get<Ed25519PublicKey>()) return verify(*ed25519, message, signature);
  return verify(*key.get<PublicKey>(), message, signature);
}

#endif

}  // namespace mikoshi
