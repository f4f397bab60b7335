// SPDX-License-Identifier: MIT
#pragma once
/// @file snapshot.hpp
/// The snapshot: a checkpoint of the log that ends with a statement, signed by stewards.
///
/// Layer 5. Depends on: ledger/replay.hpp, crypto/note.hpp.
///
/// It is a C2SP checkpoint in a C2SP signed note: the origin `mikoshi/DAOID`, how many lines it covers, and the root over
/// them. What the numbers are stands in the statement, the last of those lines. A snapshot is known by the SHA-256 of its
/// text without the signatures, so it stays the same while stewards add theirs.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/crypto/note.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace mikoshi {

[[nodiscard]] inline std::string origin_of(const Hash& dao_id) { return "mikoshi/" + to_hex(dao_id); }

/// What a snapshot is known by: SHA-256 of its text.
[[nodiscard]] inline Hash snapshot_hash(std::string_view text) { return sha256(as_bytes(text)); }

/// Whether the last line is a statement, so that a snapshot can be made here.
[[nodiscard]] inline bool ends_with_statement(const Ledger& ledger) {
  return ledger.state.next_seq != 0 && ledger.state.decisions.last_statement == ledger.state.next_seq - 1;
}

/// The text that stewards sign for `ledger` as it stands. @error no_snapshot  its last line is no statement.
[[nodiscard]] inline Result<std::string> snapshot_text(const Ledger& ledger) {
  if (!ends_with_statement(ledger)) return fail(Errc::no_snapshot, "the ledger does not end with a statement");
  return to_string(Checkpoint{origin_of(ledger.state.dao.id), ledger.log.size(), ledger.log.root()});
}

/// Whose signatures stand under a note.
struct Signers {
  std::vector<std::string> stewards;  ///< names of the stewards with a valid signature, ascending
  std::uint64_t unknown = 0;          ///< signatures by other keys; they count for nothing and against nothing
};

/// Checks every signature that claims to be a steward's.
/// @error bad_signature  one under a steward's name and key id does not verify.
/// @cost  one verification a steward
[[nodiscard]] inline Result<Signers> check_signatures(const Note& note, std::span<const Steward> stewards) {
  Signers signers;
  std::uint64_t matched = 0;
  for (const Steward& steward : stewards) {
    const KeyId id = key_id(steward.name.text(), steward.key);
    for (const NoteSignature& signature : note.signatures) {
      if (signature.name != steward.name.text() || signature.key_id != id) continue;
      if (auto status = verify_note_signature(signature, steward.key, note.text); !status)
        return fail(Errc::bad_signature, "the signature in the name of " + signature.name + " does not verify");
      signers.stewards.push_back(signature.name);
      ++matched;
    }
  }
  signers.unknown = note.signatures.size() - matched;
  return signers;
}

/// The steward whose key it is. @error not_a_steward
[[nodiscard]] inline Result<Steward> steward_of(const Dao& dao, const StewardKey& key) {
  for (const Steward& steward : dao.stewards)
    if (steward.key == key) return steward;
  return fail(Errc::not_a_steward, "the key " + to_string(key) + " is no steward's of this DAO");
}

/// Adds a signature line; a second one by the same key changes nothing.
inline void add_signature(Note& note, NoteSignature signature) {
  for (const NoteSignature& present : note.signatures)
    if (present.name == signature.name && present.key_id == signature.key_id) return;
  note.signatures.push_back(std::move(signature));
}

/// Signs `note` as the steward whose key it is; a second signature by the same key changes nothing.
/// @error not_a_steward
/// @tparam Key  SecretKey, Ed25519SecretKey or StewardSecretKey.
template <class Key>
[[nodiscard]] Status sign_snapshot(Note& note, const Dao& dao, const Key& key) {
  MIKOSHI_ASSIGN(const Steward steward, steward_of(dao, key.public_key()));
  add_signature(note, sign_note(steward.name.text(), key, note.text));
  return {};
}

}  // namespace mikoshi
