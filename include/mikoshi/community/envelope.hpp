// SPDX-License-Identifier: MIT
#pragma once
/// @file envelope.hpp
/// What every ledger line carries beside its own fields: when, in which place, and in whose voice.
///
/// Layer 2. Depends on: base/, crypto/claim.hpp.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "mikoshi/base/field.hpp"
#include "mikoshi/crypto/claim.hpp"

namespace mikoshi {

/// In whose voice a line speaks. `verify` counts them, so that everyone sees on whose word the records stand.
enum class Voice : std::uint8_t {
  relayed,       ///< the operator reports what a member said in a channel, with the hash of the message
  by_operator,   ///< the operator enters it
  by_signature,  ///< a member says it, with a signature of the claim
};

template <>
struct Words<Voice> {
  static constexpr std::array<std::string_view, 3> words = {"relayed", "operator", "signed"};
  static constexpr std::string_view list = "a voice is relayed, operator or signed";
};

/// The fields that all lines share.
struct Envelope {
  Timestamp at;                 ///< when it was recorded; never decreases along the ledger
  std::optional<Timestamp> on;  ///< when it happened, where that differs; never later than `at`
  std::uint64_t seq = 0;        ///< its place: 0, 1, 2, …
  Voice voice = Voice::by_operator;
  std::optional<ChannelId> channel;  ///< relayed only: where it was said
  std::optional<Hash> message;       ///< relayed only: SHA-256 of salt and message
  std::optional<MemberId> who;       ///< relayed: who said it, where that is not plain; signed: who signs
  std::optional<std::uint64_t> nonce;       ///< signed only: one more than the member's last
  std::optional<Timestamp> expires;         ///< signed only: the claim is good until then
  std::optional<SpeakerKey> key;            ///< signed only: with which of the member's keys
  std::optional<KeySignature> signature;  ///< signed only
  Hash leaf{};                       ///< not written: the line's leaf hash in the log tree

  /// Every key of a line that is not the event's own.
  static constexpr std::array<std::string_view, 12> keys = {"at",  "channel", "expires", "key",       "kind",  "message",
                                                            "nonce", "on",    "seq",     "signature", "voice", "who"};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("at", self.at, "when it was recorded, UTC");
    visit("channel", self.channel, "relayed: where it was said");
    visit("expires", self.expires, "signed: recorded later than this, the claim is void");
    visit("key", self.key, "signed: one of the member's keys, bip340: or eth:");
    visit("message", self.message, "relayed: SHA-256 of salt and message");
    visit("nonce", self.nonce, "signed: one more than that of the member's last signed line, from 1");
    visit("on", self.on, "when it happened, if that differs");
    visit("seq", self.seq, "its place in the ledger, from 0");
    visit("signature", self.signature, "signed: of the claim, 64 bytes (BIP-340) or 65 (wallet)");
    visit("voice", self.voice, "relayed, operator or signed");
    visit("who", self.who, "signed: who speaks; relayed: who spoke, if it is not the member whose act it is");
  }

  /// When it happened, in seconds since 1970 UTC.
  [[nodiscard]] std::int64_t when_s() const { return on.value_or(at).seconds(); }
};

/// A time later than every timestamp.
inline constexpr std::int64_t forever_s = std::numeric_limits<std::int64_t>::max();

/// The file and row that a fact was read from. The file stays private; its hash stands in the ledger.
struct Evidence {
  Hash file{};                       ///< SHA-256 of the file
  std::optional<std::uint64_t> row;  ///< as a spreadsheet numbers it; absent: the file as a whole

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("file", self.file, "SHA-256 of the source file");
    visit("row", self.row, "its row there, the header being row 1");
  }
};

}  // namespace mikoshi
