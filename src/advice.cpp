// SPDX-License-Identifier: MIT
#include "advice.hpp"

#include "mikoshi/base/json.hpp"

namespace mikoshi {

std::string_view advice(Errc code) {
  switch (code) {
    case Errc::usage:
      return "Run mikoshi --help, or mikoshi COMMAND --help, to see what it takes.";
    case Errc::bad_json:
    case Errc::duplicate_key:
    case Errc::bad_number:
    case Errc::bad_utf8:
      return "Mend the text at the place named, and give it again. Nothing was written.";
    case Errc::not_canonical:
      return "A ledger has one spelling. If you edited it by hand, take the original; programs use mikoshi append.";
    case Errc::unknown_field:
    case Errc::missing_field:
    case Errc::wrong_type:
    case Errc::unknown_kind:
    case Errc::bad_choice:
      return "Compare the event with those already in ledger.jsonl. Nothing was written.";
    case Errc::number_must_be_string:
      return "Write money and ids as text: \"148500\", not 148500.";
    case Errc::empty_number:
    case Errc::leading_zero:
    case Errc::bad_digit:
    case Errc::negative:
      return "Write digits only: 148500, without signs, separators or spaces.";
    case Errc::too_many_decimals:
      return "Nothing is rounded for you: give the amount with fewer decimal places.";
    case Errc::bad_id:
      return "Choose an id like m001: small letters, digits, . _ - and at most 64 of them.";
    case Errc::bad_time:
      return "Write times in UTC like 2026-04-30T15:00:00Z.";
    case Errc::bad_period:
      return "Write a month like 2026-04.";
    case Errc::bad_offset:
      return "Write a time zone like +09:00.";
    case Errc::bad_hex:
      return "Copy it again, whole and in small letters.";
    case Errc::bad_base64:
    case Errc::bad_note:
    case Errc::truncated:
    case Errc::trailing_bytes:
    case Errc::bad_receipt:
      return "The file was damaged on its way. Fetch it again from where it was published.";
    case Errc::bad_currency:
      return "Write a currency as CODE:EXPONENT, like JPY:0 or USD:2.";
    case Errc::bad_pubkey:
      return "Copy the public key again: 64 hexadecimal digits, as mikoshi key new printed it.";
    case Errc::bad_charter:
      return "Mend every finding that is listed, then propose the charter again.";
    case Errc::bad_csv:
      return "Mend that row in the file, or name the columns with --map. Nothing was imported.";
    case Errc::not_regular_file:
      return "Name an ordinary file.";
    case Errc::amount_too_large:
    case Errc::weight_overflow:
    case Errc::too_deep:
    case Errc::too_large:
    case Errc::too_many:
      return "This is beyond what any community needs. Look for a slipped digit or a wrong file.";
    case Errc::unsupported_version:
      return "Install a newer mikoshi to read it.";
    case Errc::root_mismatch:
    case Errc::chain_broken:
    case Errc::payout_mismatch:
    case Errc::ledger_too_short:
      return "Do not pay on this ledger. Keep the files, and ask the stewards for the ledger that they signed.";
    case Errc::bad_signature:
    case Errc::unexpected_snapshot:
    case Errc::wrong_domain:
      return "Do not rely on this snapshot. Keep it, and compare with another member's.";
    case Errc::quorum_not_met:
      return "More stewards must sign: mikoshi sign --key KEYFILE.";
    case Errc::no_snapshot:
      return "Ask the stewards for the newest .note file; they make it with mikoshi approve and mikoshi sign.";
    case Errc::proof_index_out_of_range:
    case Errc::proof_wrong_length:
    case Errc::proof_mismatch:
      return "The proof does not belong to this entry. Ask for a new one.";
    case Errc::rollback:
    case Errc::equivocation:
      return "Do not sign. You signed something else before: keep both files, and show them to the other stewards.";
    case Errc::wrong_period:
    case Errc::wrong_member:
      return "Ask for your own receipt of that month: whoever has the ledger runs mikoshi receipt MEMBER --period PERIOD.";
    case Errc::signers_unknown:
      return "Check the stewards that you named. The ledger's own stewards are in its first line.";
    case Errc::unauthorised:
    case Errc::self_confirmation:
      return "Somebody else has to say it.";
    case Errc::not_holder:
      return "Look up the holder: mikoshi explain MEMBER.";
    case Errc::not_a_steward:
      return "Use the key file of a steward; mikoshi status lists them.";
    case Errc::no_such_member:
      return "Add the member first: mikoshi member join MEMBER.";
    case Errc::already_member:
      return "Nothing to do. The member is there.";
    case Errc::not_member:
      return "A member who left comes back with mikoshi member rejoin MEMBER.";
    case Errc::ticket_exists:
      return "Choose another ticket id.";
    case Errc::no_such_ticket:
      return "Mint it first: mikoshi ticket mint TICKET --to MEMBER.";
    case Errc::self_transfer:
      return "Nothing to do. The ticket is there.";
    case Errc::ticket_burned:
      return "Mint a new ticket under another id.";
    case Errc::supply_exceeded:
    case Errc::not_transferable:
      return "The class was declared so. Declare another class if the community agrees.";
    case Errc::no_such_class:
    case Errc::no_such_kind:
      return "Declare it first with mikoshi append, or use one that the template made.";
    case Errc::time_not_monotone:
      return "Use a later --at, and --on for when it happened.";
    case Errc::time_in_future:
    case Errc::future_period:
    case Errc::period_not_over:
      return "Wait until then, or check the date.";
    case Errc::period_closed:
      return "Closed months stay as they are. Record what is missing; it enters the next month, marked late.";
    case Errc::period_out_of_order:
      return "Close the earlier month first; mikoshi status names it.";
    case Errc::no_charter:
      return "Adopt a charter that starts at or before that month.";
    case Errc::charter_too_late:
      return "Let the charter start with a month that has not begun.";
    case Errc::no_such_draft:
    case Errc::stale_draft:
      return "Make a new draft: mikoshi draft PERIOD. Then approve that one.";
    case Errc::no_eligible:
      return "Give somebody a weight above zero.";
    case Errc::no_such_record:
      return "Look the record up in ledger.jsonl; its seq and id stand on its line.";
    case Errc::no_such_payment:
    case Errc::wrong_amount:
      return "Compare the file with the payments that were planned: mikoshi pay list.";
    case Errc::owed_exceeded:
      return "Look up what is owed: mikoshi owed.";
    case Errc::below_minimum:
    case Errc::nothing_owed:
      return "Nothing is lost: small amounts stay owed until they have grown, or the member leaves.";
    case Errc::bad_threshold:
      return "Take more than half of the stewards: 2 of 3, 3 of 4, 3 of 5.";
    case Errc::mixed_assets:
      return "Give every amount in the DAO's currency.";
    case Errc::before_last_move:
      return "Use a later --on.";
    case Errc::not_first_line:
      return "Make another folder for another DAO: mikoshi new DIR.";
    case Errc::forgotten:
      return "Leave the member out: record what they said without --channel and --message, or not at all.";
    case Errc::conflict:
      return "Nothing was changed: what stands there stays. Something else needs another id or name.";
    case Errc::duplicate_evidence:
      return "It is recorded already. Nothing is counted twice.";
    case Errc::duplicate_member:
      return "Name each member once.";
    case Errc::stale_head:
      return "Read the ledger again, then try again.";
    case Errc::busy:
      return "Wait for the other mikoshi to finish, then try again.";
    case Errc::store_io:
      return "Look after the disk. The ledger holds all that was confirmed; run mikoshi status before writing more.";
    case Errc::no_such_store:
      return "Check the path, or make a DAO with mikoshi new DIR --template salon.";
    case Errc::exists:
      return "Choose another name. Nothing is overwritten.";
    case Errc::write_failed:
      return "Free some space or choose another place. Nothing half-written was left.";
    case Errc::not_a_store:
      return "Name the folder of a DAO with --dir, or make one with mikoshi new DIR --template salon.";
    case Errc::store_corrupt:
      return "Take the ledger from a backup or from a member. Do not repair it by hand.";
    case Errc::bad_private:
      return "Take private/book.json from its backup. The ledger is untouched, and verifies without it.";
    case Errc::insecure_permissions:
      return "Run chmod 600 on the key file, and keep it in a folder that only you can write.";
    case Errc::bad_password:
      return "Try the password again, or take the key file from its backup.";
    case Errc::kdf_params:
    case Errc::bad_key_file:
    case Errc::bad_key:
      return "Take the file from its backup. Where there never was one, mikoshi key new FILE makes a key.";
    case Errc::no_tty:
      return "Give the password on an open descriptor: --password-fd 3 3< FILE.";
    case Errc::internal:
      return "This is our mistake. Please report it with the command that you ran.";
  }
  return "";
}

std::string printable(std::string_view text) {
  std::string out;
  const auto escape = [&](std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
      out += "\\x";
      out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
      out.push_back(digits[static_cast<unsigned char>(c) & 15]);
    }
  };
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::string_view point = text.substr(0, length);
    if (utf8_prefix(point) != length) {
      escape(text.substr(0, 1));
      text.remove_prefix(1);
      continue;
    }
    // C0, DEL, C1 (U+0080-9F), bidirectional controls (U+200E-F, 202A-E, 2066-9), line separators, U+FEFF.
    const bool steers = lead < 0x20 || lead == 0x7f || (lead == 0xc2 && static_cast<unsigned char>(point[1]) < 0xa0) ||
                        (point >= "\xe2\x80\x8b" && point <= "\xe2\x80\x8f") ||
                        (point >= "\xe2\x80\xa8" && point <= "\xe2\x80\xae") ||
                        (point >= "\xe2\x81\xa0" && point <= "\xe2\x81\xaf") || point == "\xef\xbb\xbf";
    if (steers) {
      escape(point);
    } else {
      out += point;
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace mikoshi
