// SPDX-License-Identifier: MIT
#include "advice.hpp"

#include "mikoshi/base/json.hpp"
#include "words.hpp"

namespace mikoshi {

std::string advice(Errc code) {
  switch (code) {
    case Errc::usage:
      return wording<Word::advice_usage>();
    case Errc::bad_json:
    case Errc::duplicate_key:
    case Errc::bad_number:
    case Errc::bad_utf8:
      return wording<Word::advice_mend_text>();
    case Errc::not_canonical:
      return wording<Word::advice_one_spelling>();
    case Errc::unknown_field:
    case Errc::missing_field:
    case Errc::wrong_type:
    case Errc::unknown_kind:
    case Errc::bad_choice:
      return wording<Word::advice_compare_event>();
    case Errc::number_must_be_string:
      return wording<Word::advice_money_as_text>();
    case Errc::empty_number:
    case Errc::leading_zero:
    case Errc::bad_digit:
    case Errc::negative:
      return wording<Word::advice_digits>();
    case Errc::too_many_decimals:
      return wording<Word::advice_decimals>();
    case Errc::bad_id:
      return wording<Word::advice_id>();
    case Errc::bad_time:
      return wording<Word::advice_time>();
    case Errc::bad_period:
      return wording<Word::advice_period>();
    case Errc::bad_offset:
      return wording<Word::advice_offset>();
    case Errc::bad_hex:
      return wording<Word::advice_hex>();
    case Errc::bad_base64:
    case Errc::bad_note:
    case Errc::truncated:
    case Errc::trailing_bytes:
    case Errc::bad_receipt:
    case Errc::bad_evidence:
      return wording<Word::advice_fetch_again>();
    case Errc::bad_currency:
      return wording<Word::advice_currency>();
    case Errc::bad_pubkey:
      return wording<Word::advice_pubkey>();
    case Errc::bad_witness:
      return wording<Word::advice_witness>();
    case Errc::bad_charter:
      return wording<Word::advice_charter>();
    case Errc::bad_csv:
      return wording<Word::advice_csv>();
    case Errc::bad_log:
      return wording<Word::advice_log>();
    case Errc::owners_differ:
      return wording<Word::advice_owners>();
    case Errc::not_regular_file:
      return wording<Word::advice_file>();
    case Errc::amount_too_large:
    case Errc::weight_overflow:
    case Errc::too_deep:
    case Errc::too_large:
    case Errc::too_many:
      return wording<Word::advice_too_much>();
    case Errc::unsupported_version:
      return wording<Word::advice_newer_mikoshi>();
    case Errc::root_mismatch:
    case Errc::chain_broken:
    case Errc::payout_mismatch:
    case Errc::ledger_too_short:
      return wording<Word::advice_do_not_pay>();
    case Errc::bad_signature:
    case Errc::unexpected_snapshot:
    case Errc::wrong_domain:
      return wording<Word::advice_do_not_rely>();
    case Errc::quorum_not_met:
      return wording<Word::advice_more_stewards>();
    case Errc::witnesses_missing:
      return wording<Word::advice_more_witnesses>();
    case Errc::not_equivocation:
      return wording<Word::advice_no_evidence>();
    case Errc::no_snapshot:
      return wording<Word::advice_ask_snapshot>();
    case Errc::proof_index_out_of_range:
    case Errc::proof_wrong_length:
    case Errc::proof_mismatch:
      return wording<Word::advice_new_proof>();
    case Errc::rollback:
    case Errc::equivocation:
      return wording<Word::advice_do_not_sign>();
    case Errc::wrong_period:
    case Errc::wrong_member:
      return wording<Word::advice_own_receipt>();
    case Errc::signers_unknown:
      return wording<Word::advice_check_stewards>();
    case Errc::unauthorised:
    case Errc::self_confirmation:
      return wording<Word::advice_somebody_else>();
    case Errc::not_holder:
      return wording<Word::advice_holder>();
    case Errc::not_a_steward:
      return wording<Word::advice_steward_key>();
    case Errc::no_such_member:
      return wording<Word::advice_join>();
    case Errc::already_member:
      return wording<Word::advice_member_there>();
    case Errc::not_member:
      return wording<Word::advice_rejoin>();
    case Errc::ticket_exists:
      return wording<Word::advice_other_ticket>();
    case Errc::no_such_ticket:
      return wording<Word::advice_mint>();
    case Errc::self_transfer:
      return wording<Word::advice_ticket_there>();
    case Errc::ticket_burned:
      return wording<Word::advice_mint_other>();
    case Errc::supply_exceeded:
    case Errc::not_transferable:
    case Errc::cap_exceeded:
    case Errc::wrong_class:
      return wording<Word::advice_declared_so>();
    case Errc::no_such_class:
    case Errc::no_such_kind:
      return wording<Word::advice_declare>();
    case Errc::time_not_monotone:
      return wording<Word::advice_later_at>();
    case Errc::time_in_future:
    case Errc::future_period:
    case Errc::period_not_over:
    case Errc::too_early:
      return wording<Word::advice_wait>();
    case Errc::period_closed:
      return wording<Word::advice_closed>();
    case Errc::period_out_of_order:
      return wording<Word::advice_earlier_first>();
    case Errc::no_charter:
      return wording<Word::advice_adopt>();
    case Errc::charter_too_late:
      return wording<Word::advice_charter_month>();
    case Errc::no_such_draft:
    case Errc::stale_draft:
      return wording<Word::advice_draft>();
    case Errc::no_eligible:
      return wording<Word::advice_weight>();
    case Errc::no_such_record:
      return wording<Word::advice_record>();
    case Errc::no_such_payment:
    case Errc::wrong_amount:
      return wording<Word::advice_pay_list>();
    case Errc::owed_exceeded:
      return wording<Word::advice_owed>();
    case Errc::balance_exceeded:
      return wording<Word::advice_waits>();
    case Errc::bad_nonce:
      return wording<Word::advice_nonce>();
    case Errc::expired:
      return wording<Word::advice_sign_again>();
    case Errc::no_such_key:
      return wording<Word::advice_keys>();
    case Errc::signature_required:
      return wording<Word::advice_let_sign>();
    case Errc::ticket_lent:
      return wording<Word::advice_loan>();
    case Errc::not_lent:
      return wording<Word::advice_not_lent>();
    case Errc::bad_deadline:
      return wording<Word::advice_deadline>();
    case Errc::no_such_work:
    case Errc::work_ended:
      return wording<Word::advice_works>();
    case Errc::no_such_round:
    case Errc::no_such_proposal:
      return wording<Word::advice_proposals>();
    case Errc::too_late:
      return wording<Word::advice_too_late>();
    case Errc::consent_missing:
      return wording<Word::advice_consent>();
    case Errc::bad_will:
    case Errc::no_such_will:
      return wording<Word::advice_will>();
    case Errc::estate_held:
      return wording<Word::advice_estate>();
    case Errc::disputed:
      return wording<Word::advice_dispute>();
    case Errc::threshold_missed:
      return wording<Word::advice_refund_pledges>();
    case Errc::bad_review:
      return wording<Word::advice_review>();
    case Errc::bad_seal:
      return wording<Word::advice_seal>();
    case Errc::introduced:
      return wording<Word::advice_introduced>();
    case Errc::unsettled:
      return wording<Word::advice_unsettled>();
    case Errc::below_minimum:
    case Errc::nothing_owed:
      return wording<Word::advice_stays_owed>();
    case Errc::bad_threshold:
      return wording<Word::advice_threshold>();
    case Errc::mixed_assets:
      return wording<Word::advice_currency_of_dao>();
    case Errc::before_last_move:
      return wording<Word::advice_later_on>();
    case Errc::not_first_line:
      return wording<Word::advice_other_folder>();
    case Errc::forgotten:
      return wording<Word::advice_leave_out>();
    case Errc::conflict:
      return wording<Word::advice_conflict>();
    case Errc::duplicate_evidence:
      return wording<Word::advice_recorded>();
    case Errc::duplicate_member:
      return wording<Word::advice_once>();
    case Errc::stale_head:
      return wording<Word::advice_read_again>();
    case Errc::busy:
      return wording<Word::advice_busy>();
    case Errc::store_io:
      return wording<Word::advice_disk>();
    case Errc::no_such_store:
      return wording<Word::advice_path>();
    case Errc::exists:
      return wording<Word::advice_other_name>();
    case Errc::write_failed:
      return wording<Word::advice_space>();
    case Errc::not_a_store:
      return wording<Word::advice_name_dir>();
    case Errc::store_corrupt:
      return wording<Word::advice_backup_ledger>();
    case Errc::bad_private:
      return wording<Word::advice_backup_book>();
    case Errc::bad_pin:
      return wording<Word::advice_bad_pin>();
    case Errc::insecure_permissions:
      return wording<Word::advice_chmod>();
    case Errc::bad_password:
      return wording<Word::advice_password>();
    case Errc::kdf_params:
    case Errc::bad_key_file:
    case Errc::bad_key:
      return wording<Word::advice_key_backup>();
    case Errc::no_tty:
      return wording<Word::advice_password_fd>();
    case Errc::internal:
      return wording<Word::advice_report>();
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
