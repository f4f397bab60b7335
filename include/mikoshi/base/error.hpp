// SPDX-License-Identifier: MIT
#pragma once
/// @file error.hpp
/// The closed list of what can go wrong, and the small value that carries one of it.
///
/// Layer 0. Depends on: base/compiled.hpp.
///
/// An error is three things: a code (contract: its name and number never change), what happened (prose for people),
/// and where (a byte, a seq, a row, a field). Codes are numbered in blocks of 100, and the block *is* the exit code of
/// the command line tool: 10xx is malformed input and the tool exits with 10. So a new code can never be forgotten in a
/// second table.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mikoshi/base/compiled.hpp"

// X(name, number, meaning). Only ever append to a block; a number is never reused.
#define MIKOSHI_ERRC_LIST(X)                                                                      \
  X(usage, 200, "the command line is not understood")                                             \
  /* 10xx: the bytes are malformed */                                                             \
  X(bad_json, 1000, "not JSON, or JSON outside the narrowed grammar")                             \
  X(not_canonical, 1001, "the same value has another, canonical spelling")                        \
  X(bad_utf8, 1002, "not UTF-8, a lone surrogate, or U+0000")                                     \
  X(duplicate_key, 1003, "an object names a key twice")                                           \
  X(unknown_field, 1004, "a field that this format version does not have")                        \
  X(missing_field, 1005, "a field that must be there is absent or null")                          \
  X(wrong_type, 1006, "a field holds another type of value")                                      \
  X(bad_number, 1007, "a JSON number that is not an integer within +-(2^53 - 1)")                 \
  X(number_must_be_string, 1008, "money written as a JSON number")                                \
  X(empty_number, 1010, "an empty decimal")                                                       \
  X(leading_zero, 1011, "a decimal with a leading zero")                                          \
  X(bad_digit, 1012, "a decimal with anything but the digits 0 to 9")                             \
  X(negative, 1013, "a negative amount or weight")                                                \
  X(too_many_decimals, 1014, "more decimal places than the currency has")                         \
  X(bad_id, 1020, "an id outside [a-z0-9._-]{1,64}")                                              \
  X(bad_time, 1021, "not YYYY-MM-DDTHH:MM:SSZ between 1970 and 9999")                             \
  X(bad_period, 1022, "not a month YYYY-MM")                                                      \
  X(bad_offset, 1023, "not a time zone offset +HH:MM within 14 hours")                            \
  X(bad_hex, 1024, "not lower-case hexadecimal of the right length")                              \
  X(bad_base64, 1025, "not canonical base64")                                                     \
  X(bad_currency, 1026, "not a currency code of 1 to 12 capitals and digits, exponent 0 to 30")   \
  X(bad_pubkey, 1027, "not the x coordinate of a curve point")                                    \
  X(bad_choice, 1028, "a word that is not in its closed list")                                    \
  X(unknown_kind, 1029, "an event kind that this format version does not have")                   \
  X(bad_charter, 1030, "a charter that lint refuses; all findings are listed")                    \
  X(bad_note, 1040, "not a signed note, or not a checkpoint of this log")                         \
  X(truncated, 1041, "the file ends too early")                                                   \
  X(trailing_bytes, 1042, "bytes after the end")                                                  \
  X(bad_receipt, 1043, "not a receipt of this format")                                            \
  X(bad_evidence, 1044, "not evidence of this format")                                            \
  X(bad_witness, 1045, "not the verifier key of a witness")                                       \
  X(bad_csv, 1050, "a CSV file that its mapping does not read")                                   \
  X(bad_log, 1051, "not the log of transfers that a node answers with")                           \
  X(not_regular_file, 1060, "a directory, device, pipe or socket where a file must be")           \
  /* 11xx: beyond a limit */                                                                      \
  X(amount_too_large, 1100, "an amount of 2^127 minor units or more")                             \
  X(weight_overflow, 1101, "weights that add up to 2^64 or more")                                 \
  X(too_deep, 1102, "JSON nested deeper than 16")                                                 \
  X(too_large, 1103, "a line, text or file longer than its limit")                                \
  X(too_many, 1104, "more items than the limit")                                                  \
  X(unsupported_version, 1200, "written by a format version that this release does not know")     \
  /* 20xx: verification failed */                                                                 \
  X(root_mismatch, 2000, "the lines do not hash to the signed root")                              \
  X(payout_mismatch, 2001, "a recorded number is not what the rules give")                        \
  X(bad_signature, 2002, "a signature in a known name does not verify")                           \
  X(quorum_not_met, 2003, "fewer valid signatures than the threshold")                            \
  X(no_snapshot, 2004, "nothing signed to verify against")                                        \
  X(wrong_domain, 2005, "it speaks of another DAO")                                               \
  X(unexpected_snapshot, 2006, "the snapshot is not the one that was expected")                   \
  X(chain_broken, 2007, "a line is not where its seq says")                                       \
  X(ledger_too_short, 2008, "the ledger has fewer lines than the snapshot covers")                \
  X(wrong_period, 2009, "it speaks of another month")                                             \
  X(proof_index_out_of_range, 2010, "a leaf index that the tree does not have")                   \
  X(proof_wrong_length, 2011, "not the number of hashes that index and size require")             \
  X(proof_mismatch, 2012, "the hashes lead to another root")                                      \
  X(wrong_member, 2013, "it speaks of another member")                                            \
  X(witnesses_missing, 2014, "fewer witnesses have cosigned than were asked for")                 \
  X(not_equivocation, 2015, "it does not show that anybody signed two histories")                 \
  X(owners_differ, 2050, "ledger and chain name different owners")                               \
  X(rollback, 2100, "older than what was signed before")                                          \
  X(equivocation, 2200, "contradicts what was signed before")                                     \
  X(signers_unknown, 2300, "none of the signers is among the stewards that were asked for")       \
  /* 30xx: may not; 31xx: against a rule; 32xx: against what is already there */                  \
  X(unauthorised, 3000, "this voice may not say that")                                            \
  X(not_holder, 3001, "the ticket is held by somebody else")                                      \
  X(self_confirmation, 3002, "nobody confirms an own contribution")                               \
  X(not_a_steward, 3003, "the key belongs to no steward of this DAO")                             \
  X(bad_nonce, 3004, "not the member's next nonce")                                               \
  X(expired, 3005, "the claim was only good until an earlier time")                               \
  X(no_such_key, 3006, "the member has no such key, or has it no more")                           \
  X(signature_required, 3007, "the charter wants the member's own signature here")                \
  X(no_such_member, 3100, "the member is unknown")                                                \
  X(already_member, 3101, "the member is active already")                                         \
  X(not_member, 3102, "the member is not active at that time")                                    \
  X(ticket_exists, 3103, "a ticket id is minted once, for ever")                                  \
  X(no_such_ticket, 3104, "the ticket is unknown")                                                \
  X(self_transfer, 3105, "a transfer from a holder to the same holder")                           \
  X(ticket_burned, 3106, "the ticket was burned")                                                 \
  X(supply_exceeded, 3107, "the class has no units left to mint")                                 \
  X(no_such_class, 3108, "the ticket class is unknown")                                           \
  X(no_such_kind, 3109, "no contribution kind of that name is declared")                          \
  X(time_not_monotone, 3110, "recorded earlier than the line before it")                          \
  X(time_in_future, 3111, "it has not happened yet")                                              \
  X(period_closed, 3112, "the period is closed")                                                  \
  X(period_not_over, 3113, "the period is not over yet")                                          \
  X(period_out_of_order, 3114, "periods close one after the other")                               \
  X(future_period, 3115, "the period has not begun")                                              \
  X(no_charter, 3116, "no charter governs that period")                                           \
  X(charter_too_late, 3117, "a charter acts only on periods that start after it was recorded")    \
  X(no_such_draft, 3118, "the draft is unknown or void")                                          \
  X(stale_draft, 3119, "facts changed since the draft: it no longer recomputes")                  \
  X(no_eligible, 3120, "every weight is zero and there is nowhere else to pay")                   \
  X(no_such_record, 3121, "no contribution or income of that id")                                 \
  X(bad_threshold, 3122, "two contradicting snapshots could be signed with nobody signing twice") \
  X(mixed_assets, 3123, "two currencies in one sum")                                              \
  X(before_last_move, 3125, "earlier than the last move of the same member or ticket")            \
  X(not_first_line, 3126, "the DAO is named once, in the first line")                             \
  X(not_transferable, 3127, "the class does not let its tickets move")                            \
  X(no_such_payment, 3128, "no payment of that id")                                               \
  X(wrong_amount, 3129, "not the amount that was planned")                                        \
  X(owed_exceeded, 3130, "more than is owed")                                                     \
  X(below_minimum, 3131, "less than the smallest transfer that the charter allows")               \
  X(nothing_owed, 3132, "nobody is owed enough for a transfer")                                   \
  X(forgotten, 3133, "the member was forgotten: nothing private is kept of them any more")        \
  X(balance_exceeded, 3134, "more than what is there")                                            \
  X(unsettled, 3135, "no amounts settle what the communities give each other")                    \
  X(cap_exceeded, 3136, "more than one member may ever be given")                                 \
  X(wrong_class, 3137, "the class is of another form")                                            \
  X(ticket_lent, 3138, "the ticket is lent, and comes back by itself")                            \
  X(not_lent, 3139, "the ticket is not lent")                                                     \
  X(bad_deadline, 3140, "a time limit that is past, or out of order")                             \
  X(no_such_work, 3141, "no work of that id")                                                     \
  X(work_ended, 3142, "the work has ended")                                                       \
  X(no_such_round, 3143, "no round of that id")                                                   \
  X(too_late, 3144, "its time is over")                                                           \
  X(too_early, 3145, "its time has not come")                                                     \
  X(no_such_proposal, 3146, "no proposal of that id is open")                                     \
  X(consent_missing, 3147, "too few have signed, or somebody objects")                            \
  X(bad_will, 3148, "a will that leaves something open")                                          \
  X(estate_held, 3149, "it waits for the heirs")                                                  \
  X(disputed, 3150, "it waits until a dispute is settled")                                        \
  X(threshold_missed, 3151, "less was pledged than the threshold")                                \
  X(bad_review, 3152, "scores that the round does not take")                                      \
  X(no_such_will, 3153, "the member has left no will")                                            \
  X(introduced, 3154, "introduced already, or in a circle")                                       \
  X(bad_seal, 3155, "the ballot is not what was sealed")                                          \
  X(conflict, 3200, "the id is taken by something else")                                          \
  X(duplicate_evidence, 3201, "the same source row twice")                                        \
  X(duplicate_member, 3202, "a member is listed twice")                                           \
  X(stale_head, 3203, "the ledger grew meanwhile")                                                \
  /* 4xxx: the store */                                                                           \
  X(busy, 4000, "another writer holds the store")                                                 \
  X(store_io, 4100, "the operating system failed a read or write; this handle is dead")           \
  X(no_such_store, 4200, "no such file or folder")                                                \
  X(exists, 4201, "it is there already and is never overwritten")                                 \
  X(write_failed, 4202, "the output could not be written whole")                                  \
  X(not_a_store, 4300, "the folder holds no ledger")                                              \
  X(store_corrupt, 4301, "the ledger is not what its head says")                                  \
  X(bad_private, 4302, "the private book is damaged")                                             \
  X(bad_pin, 4303, "what is remembered of a DAO is damaged")                                      \
  /* 50xx: keys */                                                                                \
  X(insecure_permissions, 5000, "a key file that others can read or replace")                     \
  X(bad_password, 5001, "wrong password, or a damaged key file")                                  \
  X(kdf_params, 5002, "key derivation parameters outside the accepted window")                    \
  X(bad_key_file, 5003, "not a key file of this format")                                          \
  X(bad_key, 5004, "not a secret key: zero, too large or of another length")                      \
  X(no_tty, 5005, "a password is needed and there is no terminal to ask at")                      \
  X(internal, 7000, "a defect in mikoshi")

namespace mikoshi {

/// What went wrong, from a closed list. `name` and `exit_code` are contract.
enum class Errc : std::uint16_t {
#define MIKOSHI_X(name, number, meaning) name = number,  ///< meaning
  MIKOSHI_ERRC_LIST(MIKOSHI_X)
#undef MIKOSHI_X
};

/// Every code, ascending by number.
inline constexpr auto all_errc = std::to_array<Errc>({
#define MIKOSHI_X(name, number, meaning) Errc::name,
    MIKOSHI_ERRC_LIST(MIKOSHI_X)
#undef MIKOSHI_X
});

/// The code's name as it is written in files, `--json` and error lines.
[[nodiscard]] constexpr std::string_view name(Errc code) {
  switch (code) {
#define MIKOSHI_X(id, number, meaning) \
  case Errc::id:                       \
    return #id;
    MIKOSHI_ERRC_LIST(MIKOSHI_X)
#undef MIKOSHI_X
  }
  return "internal";
}

/// One clause of plain words: what the code means.
[[nodiscard]] constexpr std::string_view meaning(Errc code) {
  switch (code) {
#define MIKOSHI_X(id, number, meaning) \
  case Errc::id:                       \
    return meaning;
    MIKOSHI_ERRC_LIST(MIKOSHI_X)
#undef MIKOSHI_X
  }
  return "a defect in mikoshi";
}

/// The exit code of the command line tool: the block that the code stands in.
[[nodiscard]] constexpr int exit_code(Errc code) { return static_cast<int>(code) / 100; }

/// A failure of the world (never of mikoshi): code, what happened, where.
struct Error {
  Errc code = Errc::internal;
  std::string what;   ///< one sentence for people, without a full stop
  std::string where;  ///< "byte 17", "seq 4", "row 3, column points"; may be empty

  friend bool operator==(const Error&, const Error&) = default;
};

/// "code: what; where", the one-line form of an error.
[[nodiscard]] inline std::string to_string(const Error& error) {
  std::string text{name(error.code)};
  text += ": ";
  text += error.what.empty() ? std::string{meaning(error.code)} : error.what;
  if (!error.where.empty()) text += "; " + error.where;
  return text;
}

}  // namespace mikoshi
