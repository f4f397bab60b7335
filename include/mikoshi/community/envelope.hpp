// SPDX-License-Identifier: MIT
#pragma once
/// @file envelope.hpp
/// What every ledger line carries beside its own fields: when, in which place, and in whose voice.
///
/// Layer 2. Depends on: base/.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "mikoshi/base/field.hpp"

namespace mikoshi {

/// In whose voice a line speaks. `verify` counts them, so that everyone sees on whose word the records stand.
enum class Voice : std::uint8_t {
  relayed,      ///< the operator reports what a member said in a channel, with the hash of the message
  by_operator,  ///< the operator enters it
};

template <>
struct Codec<Voice> {
  static constexpr std::array<std::string_view, 2> words = {"relayed", "operator"};
  static Result<Voice> decode(const Json& json) {
    MIKOSHI_ASSIGN(const std::string text, detail::expect_text(json));
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == text) return static_cast<Voice>(i);
    return fail(Errc::bad_choice, "a voice is relayed or operator");
  }
  static Json encode(Voice voice) { return words[static_cast<std::size_t>(voice)]; }
};

/// The fields that all lines share.
struct Envelope {
  Timestamp at;                 ///< when it was recorded; never decreases along the ledger
  std::optional<Timestamp> on;  ///< when it happened, where that differs; never later than `at`
  std::uint64_t seq = 0;        ///< its place: 0, 1, 2, …
  Voice voice = Voice::by_operator;
  std::optional<ChannelId> channel;  ///< relayed only: where it was said
  std::optional<Hash> message;       ///< relayed only: SHA-256 of salt and message
  Hash leaf{};                       ///< not written: the line's leaf hash in the log tree

  /// Every key of a line that is not the event's own.
  static constexpr std::array<std::string_view, 7> keys = {"at", "channel", "kind", "message", "on", "seq", "voice"};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("at", self.at, "when it was recorded, UTC");
    visit("channel", self.channel, "relayed: where it was said");
    visit("message", self.message, "relayed: SHA-256 of salt and message");
    visit("on", self.on, "when it happened, if that differs");
    visit("seq", self.seq, "its place in the ledger, from 0");
    visit("voice", self.voice, "relayed or operator");
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
