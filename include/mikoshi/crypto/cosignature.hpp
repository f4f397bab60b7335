// SPDX-License-Identifier: MIT
#pragma once
/// @file cosignature.hpp
/// Witnesses: others who watch that a log only grows, and put their signature and the time under its checkpoints.
///
/// Layer 1. Depends on: crypto/ed25519.hpp, crypto/note.hpp.
///
/// A cosignature is a signature line under a note that is a checkpoint. It says: as of that time, this is the longest
/// state of that log that the witness has seen, and it extends every one seen before. So an operator with a full quorum of
/// dishonest stewards still cannot show two histories to people who ask for the same witnesses. Whom to ask for is the
/// reader's own choice, never the ledger's.
///
/// @source C2SP tlog-cosignature, the Ed25519 type; C2SP signed-note, verifier keys.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/crypto/ed25519.hpp"
#include "mikoshi/crypto/note.hpp"

namespace mikoshi {

/// A witness as a reader knows it. One key is one witness, whatever it is called: the name is not signed.
struct Witness {
  std::string name;  ///< as in `NoteSignature`
  Ed25519PublicKey key;

  friend bool operator==(const Witness&, const Witness&) = default;
};

/// Reads NAME+ID+KEY: the key id in 8 hexadecimal digits, and base64 of the byte 04 and the 32 bytes of the key.
/// @error bad_witness  another form, another type of key, or an id that is not that of name and key.
/// @error bad_base64 | bad_pubkey (as Ed25519PublicKey::from_bytes)
[[nodiscard]] MIKOSHI_INLINE Result<Witness> parse_witness(std::string_view vkey);

/// The spelling that `parse_witness` reads.
[[nodiscard]] MIKOSHI_INLINE std::string to_string(const Witness& witness);

/// The short name of a witness's key in signature lines: H(name ‖ 0A ‖ 04 ‖ key), its first four bytes.
[[nodiscard]] MIKOSHI_INLINE KeyId key_id(const Witness& witness);

/// What a cosignature of that time signs: two lines, and the note's text.
[[nodiscard]] MIKOSHI_INLINE std::string cosigned_message(std::uint64_t time_s, std::string_view note_text);

/// Whether the line is the cosignature of `text` by `witness`.
/// @return the time that it states, in seconds since 1970; nobody else vouches for it.
/// @error  bad_signature  another name or key id, not 8 and 64 bytes, a time of 2^63 or more, or it does not verify.
[[nodiscard]] MIKOSHI_INLINE Result<std::uint64_t> verify_cosignature(const NoteSignature& line, const Witness& witness,
                                                              std::string_view text);

/// The witnesses that a reader asks for.
struct WitnessPolicy {
  std::vector<Witness> witnesses;
  std::uint64_t threshold = 0;  ///< how many of them; with no witnesses, 0
};

/// Who of them has cosigned a note.
struct Cosigned {
  struct By {
    std::string name;
    std::uint64_t time_s = 0;
  };
  std::vector<By> witnesses;  ///< in the order of the policy
};

/// Checks every line that claims to be of a witness who was asked for, each witness once. Lines of others are not looked at.
/// @error duplicate_member (a name or a key is asked for twice) | bad_threshold (0 of some, or more than there are)
/// @error bad_signature (a line under a witness's name and key id does not verify) | witnesses_missing
/// @cost  one verification a witness
[[nodiscard]] MIKOSHI_INLINE Result<Cosigned> check_witnesses(const Note& note, const WitnessPolicy& policy);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

inline constexpr std::uint8_t cosignature_type = 0x04;

/// The byte of the type and the key, which stand in a key id and in a verifier key.
[[nodiscard]] inline Bytes cosigner_material(const Ed25519PublicKey& key) {
  Bytes material{cosignature_type};
  material.insert(material.end(), key.bytes().begin(), key.bytes().end());
  return material;
}

}  // namespace detail

MIKOSHI_INLINE Result<Witness> parse_witness(std::string_view vkey) {
  const std::size_t first = vkey.find('+');
  const std::size_t second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos || !detail::is_note_name(vkey.substr(0, first)))
    return fail(Errc::bad_witness, "a witness is written NAME+ID+KEY, as it publishes itself");
  MIKOSHI_ASSIGN(const Bytes material, parse_base64(vkey.substr(second + 1)));
  if (material.empty() || material.front() != detail::cosignature_type)
    return fail(Errc::bad_witness, "the key of a witness is of type 4, an Ed25519 cosignature");
  MIKOSHI_ASSIGN(Ed25519PublicKey key, Ed25519PublicKey::from_bytes(ByteSpan{material}.subspan(1)));
  Witness witness{std::string{vkey.substr(0, first)}, key};
  if (to_string(witness) != vkey) return fail(Errc::bad_witness, "the id is not that of this name and key");
  return witness;
}

MIKOSHI_INLINE std::string to_string(const Witness& witness) {
  return witness.name + "+" + to_hex(key_id(witness)) + "+" + to_base64(detail::cosigner_material(witness.key));
}

MIKOSHI_INLINE KeyId key_id(const Witness& witness) {
  const Hash hash = sha256_joined({as_bytes(witness.name), as_bytes("\n"), detail::cosigner_material(witness.key)});
  return {hash[0], hash[1], hash[2], hash[3]};
}

MIKOSHI_INLINE std::string cosigned_message(std::uint64_t time_s, std::string_view note_text) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string{note_text};
}

MIKOSHI_INLINE Result<std::uint64_t> verify_cosignature(const NoteSignature& line, const Witness& witness,
                                                std::string_view text) {
  if (line.name != witness.name || line.key_id != key_id(witness))
    return fail(Errc::bad_signature, "the key id is not that of this name and key");
  constexpr std::size_t time_bytes = 8;
  if (line.signature.size() != time_bytes + Signature{}.size())
    return fail(Errc::bad_signature, "a cosignature has 72 bytes, this one " + std::to_string(line.signature.size()));
  std::uint64_t time_s = 0;
  for (std::size_t i = 0; i < time_bytes; ++i) time_s = time_s << 8 | line.signature[i];
  if (time_s >> 63 != 0) return fail(Errc::bad_signature, "the time of a cosignature is below 2^63");
  MIKOSHI_TRY(verify(witness.key, as_bytes(cosigned_message(time_s, text)), ByteSpan{line.signature}.subspan(time_bytes)));
  return time_s;
}

MIKOSHI_INLINE Result<Cosigned> check_witnesses(const Note& note, const WitnessPolicy& policy) {
  const auto& asked = policy.witnesses;
  for (std::size_t i = 1; i < asked.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (asked[i].name == asked[j].name || asked[i].key == asked[j].key)
        return fail(Errc::duplicate_member, "a witness counts once", asked[i].name);
  if (!asked.empty() && (policy.threshold == 0 || policy.threshold > asked.size()))
    return fail(Errc::bad_threshold, "of the witnesses, one to all are asked for");
  Cosigned cosigned;
  for (const Witness& witness : asked) {
    const KeyId id = key_id(witness);
    for (const NoteSignature& line : note.signatures) {
      if (line.name != witness.name || line.key_id != id) continue;
      const auto time_s = verify_cosignature(line, witness, note.text);
      if (!time_s) return fail(Errc::bad_signature, "the signature in the name of " + line.name + " does not verify");
      cosigned.witnesses.push_back({witness.name, *time_s});
    }
  }
  if (cosigned.witnesses.size() < policy.threshold)
    return fail(Errc::witnesses_missing, std::to_string(cosigned.witnesses.size()) + " of the needed " +
                                             std::to_string(policy.threshold) + " witnesses cosigned");
  return cosigned;
}

#endif

}  // namespace mikoshi
