// SPDX-License-Identifier: MIT
#pragma once
/// @file apply.hpp
/// `apply`: one line changes the state, or is refused and changes no byte of it.
///
/// Layer 4. Depends on: ledger/event.hpp.

#include <algorithm>
#include <optional>
#include <string>

#include "mikoshi/ledger/event.hpp"

namespace mikoshi {

/// Applies a line to the state.
///
/// The rules of all lines come first: L1 the seq is the next one; L2 time never decreases; nothing happens after it was
/// recorded; a line has the fields of its voice and no other's; who speaks may say it; the DAO is named in the first line and
/// only there. Then the event's own rules; L4, L5 then the signature. No rule reads a clock.
///
/// Who may say what: the operator says everything but what is a member's own (ballots, wills, consent, waivers) and what the
/// charter wants signed. A member says, relayed or signed, what is the member's act, and nothing that declares, decides or corrects.
///
/// @error chain_broken | time_not_monotone | time_in_future | missing_field or unknown_field (channel, message; who, key, nonce,
///        expires, signature) | unauthorised | signature_required | not_first_line | bad_time (so close to 1970 or 9999 that a
///        month has no end) | no_such_key | bad_nonce | expired | bad_signature | the event's own
[[nodiscard]] MIKOSHI_INLINE Status apply(State& state, const Line& line);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// The fields of a signature stand in a signed line and nowhere else; who, in a relayed one too. @error missing_field | unknown_field
inline Status check_signed_fields(const Envelope& envelope) {
  const bool is_signed = envelope.voice == Voice::by_signature;
  const auto check = [&](std::string_view name, bool there) -> Status {
    if (there == is_signed) return {};
    if (is_signed) return fail(Errc::missing_field, "a signed line says by whom and how", "field " + std::string{name});
    return fail(Errc::unknown_field, "only a signed line has it", "field " + std::string{name});
  };
  MIKOSHI_TRY(check("expires", envelope.expires.has_value()));
  MIKOSHI_TRY(check("key", envelope.key.has_value()));
  MIKOSHI_TRY(check("nonce", envelope.nonce.has_value()));
  MIKOSHI_TRY(check("signature", envelope.signature.has_value()));
  if (is_signed && !envelope.who) return fail(Errc::missing_field, "a signed line says by whom and how", "field who");
  if (envelope.voice == Voice::by_operator && envelope.who)
    return fail(Errc::unknown_field, "the operator speaks for nobody else", "field who");
  return {};
}

/// Whether the charter in force wants a member's own signature under such a line.
inline bool charter_wants_signature(const State& state, const Line& line) {
  if (std::none_of(state.decisions.charters.begin(), state.decisions.charters.end(),
                   [](const CharterRow& charter) { return !charter.signed_kinds.empty(); }))
    return false;
  const CharterRow* charter = state.decisions.charter_at(line.envelope.at, state.dao.offset);
  return charter != nullptr && charter->signed_kinds.contains(std::string{kind_of(line.event)});
}

/// Whether this voice, and this member, may say this. @error unauthorised | signature_required
inline Status check_speaker(const State& state, const Line& line) {
  const Envelope& envelope = line.envelope;
  const Event& event = line.event;
  const MemberId* actor = actor_of(event);
  const bool wants_signature = signed_only(event) || charter_wants_signature(state, line);
  if (envelope.voice == Voice::by_operator) {
    if (members_own(event) && actor != nullptr)
      return fail(Errc::unauthorised, actor->text() + " says that, or has it relayed; the operator does not");
  } else {
    if (operator_only(event)) return fail(Errc::unauthorised, "only the operator declares, decides and corrects");
    if (envelope.who && (actor == nullptr || *actor != *envelope.who))
      return fail(Errc::unauthorised, "that is not " + envelope.who->text() + "'s to say");
    const auto index = actor != nullptr ? state.members.ids.find(*actor) : std::nullopt;
    if (index && state.members.rows[*index].died) return fail(Errc::unauthorised, actor->text() + " has died");
  }
  if (wants_signature && actor != nullptr && envelope.voice != Voice::by_signature) return fail(Errc::signature_required);
  return {};
}

/// @return the speaker. @error no_such_member | no_such_key | bad_nonce | expired | bad_signature
inline Result<Members::Index> check_signature(const State& state, const Line& line) {
  const Envelope& envelope = line.envelope;
  MIKOSHI_ASSIGN(const auto who, state.members.find(*envelope.who));
  const Member& member = state.members.rows[who];
  if (!member.speaks(*envelope.key, envelope.at.seconds()))
    return fail(Errc::no_such_key, envelope.who->text() + " has no such key now");
  if (*envelope.nonce != member.nonce + 1)
    return fail(Errc::bad_nonce, "the next nonce of " + envelope.who->text() + " is " + std::to_string(member.nonce + 1));
  if (envelope.at > *envelope.expires) return fail(Errc::expired, "the claim was good until " + to_string(*envelope.expires));
  const std::string text = claim_text(envelope, line.event, state.dao.id);
  const std::string expires = to_string(*envelope.expires);
  const TypedClaim claim{state.dao.id, envelope.who->text(), *envelope.nonce, expires, text};
  if (!verify_claim(*envelope.key, claim, *envelope.signature))
    return fail(Errc::bad_signature, "the signature is not that key's under this claim");
  return who;
}

}  // namespace detail

MIKOSHI_INLINE Status apply(State& state, const Line& line) {
  const Envelope& envelope = line.envelope;
  if (envelope.seq != state.next_seq)
    return fail(Errc::chain_broken,
                "line " + std::to_string(state.next_seq) + " says that it is line " + std::to_string(envelope.seq));
  if (envelope.at < state.last_at)
    return fail(Errc::time_not_monotone, "the line before was recorded at " + to_string(state.last_at));
  if (envelope.on && *envelope.on > envelope.at) return fail(Errc::time_in_future, "it happens after it was recorded");
  const bool is_relayed = envelope.voice == Voice::relayed;
  const bool is_signed = envelope.voice == Voice::by_signature;
  if (is_relayed && !(envelope.channel && envelope.message))
    return fail(Errc::missing_field, "a relayed line says where and what was said",
                envelope.channel ? "field message" : "field channel");
  if (!is_relayed && (envelope.channel || envelope.message))
    return fail(Errc::unknown_field, "only a relayed line has it",
                envelope.channel ? "field channel" : "field message");
  MIKOSHI_TRY(detail::check_signed_fields(envelope));
  const bool fact = is_fact(line.event);
  MIKOSHI_TRY(detail::check_speaker(state, line));
  if (std::holds_alternative<DaoStart>(line.event) != (envelope.seq == 0)) return fail(Errc::not_first_line);
  if (!Period::of(envelope.at, Offset{}).has_spelling()) return fail(Errc::bad_time, "months are counted from 1970-02 to 9999-11");

  std::optional<Members::Index> speaker;
  if (is_signed) {
    MIKOSHI_ASSIGN(speaker, detail::check_signature(state, line));
  }
  MIKOSHI_TRY(std::visit([&](const auto& event) { return event.apply(state, envelope); }, line.event));

  state.next_seq += 1;
  state.last_at = envelope.at;
  if (is_signed) state.members.rows[*speaker].nonce += 1;
  if (fact)
    (is_signed ? state.voices.by_signature : is_relayed ? state.voices.relayed : state.voices.by_operator) += 1;
  if (is_relayed && fact)
    if (const MemberId* actor = actor_of(line.event))
      if (const auto who = state.members.ids.find(*actor))
        state.members.rows[*who].relayed.push_back({envelope.seq, envelope.leaf});
  return {};
}

#endif

}  // namespace mikoshi
