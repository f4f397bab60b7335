// SPDX-License-Identifier: MIT
#pragma once
/// @file apply.hpp
/// `apply`: one line changes the state, or is refused and changes no byte of it.
///
/// Layer 4. Depends on: ledger/event.hpp.

#include "mikoshi/ledger/event.hpp"

namespace mikoshi {

/// Applies a line to the state.
///
/// The rules of all lines come first: L1 the seq is the next one; L2 time never decreases; nothing happens after it was
/// recorded; a relayed line names channel and message, any other has neither; lines that declare, decide or correct are the
/// operator's; the DAO is named in the first line and only there. Then the event's own rules. No rule reads a clock.
///
/// @error chain_broken | time_not_monotone | time_in_future | missing_field or unknown_field (channel, message) |
///        unauthorised | not_first_line | bad_time (so close to 1970 or 9999 that a month has no end) | the event's own
[[nodiscard]] inline Status apply(State& state, const Line& line) {
  const Envelope& envelope = line.envelope;
  if (envelope.seq != state.next_seq)
    return fail(Errc::chain_broken,
                "line " + std::to_string(state.next_seq) + " says that it is line " + std::to_string(envelope.seq));
  if (envelope.at < state.last_at)
    return fail(Errc::time_not_monotone, "the line before was recorded at " + to_string(state.last_at));
  if (envelope.on && *envelope.on > envelope.at) return fail(Errc::time_in_future, "it happens after it was recorded");
  const bool is_relayed = envelope.voice == Voice::relayed;
  if (is_relayed && !(envelope.channel && envelope.message))
    return fail(Errc::missing_field, "a relayed line says where and what was said",
                envelope.channel ? "field message" : "field channel");
  if (!is_relayed && (envelope.channel || envelope.message))
    return fail(Errc::unknown_field, "only a relayed line has it",
                envelope.channel ? "field channel" : "field message");
  const bool fact = is_fact(line.event);
  if (is_relayed && operator_only(line.event))
    return fail(Errc::unauthorised, "only the operator declares, decides and corrects");
  if (std::holds_alternative<DaoStart>(line.event) != (envelope.seq == 0)) return fail(Errc::not_first_line);
  const auto month = Period::parse(to_string(Period::of(envelope.at, Offset{})));
  if (!month) return fail(Errc::bad_time, "months are counted from 1970-02 to 9999-11");

  MIKOSHI_TRY(std::visit([&](const auto& event) { return event.apply(state, envelope); }, line.event));

  state.next_seq += 1;
  state.last_at = envelope.at;
  if (fact) (is_relayed ? state.voices.relayed : state.voices.by_operator) += 1;
  return {};
}

}  // namespace mikoshi
