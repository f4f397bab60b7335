// SPDX-License-Identifier: MIT
/// `mikoshi receipt`, and `mikoshi verify` of one: what a member keeps, and checks without the ledger.
#include "mikoshi/proof/receipt.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "advice.hpp"
#include "files.hpp"
#include "pins.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "verification.hpp"
#include "witnesses.hpp"

namespace mikoshi {
namespace {

/// The newest snapshot that as many as must have signed.
Result<std::string> newest_signed(const Session& session) {
  for (auto point = session.statements().rbegin(); point != session.statements().rend(); ++point) {
    MIKOSHI_ASSIGN(SigningState signing, signing_state(session, *point));
    if (signing.quorum) return std::move(signing.note);
  }
  return fail(Errc::no_snapshot, wording<Word::receipt_unsigned>());
}

/// m017-2026-04.tlog-proof: of the last month that the receipt is about; without one, of the snapshot's size.
std::string receipt_name(const Receipt& receipt) {
  const Line line = *decode_line(receipt.body.statement);
  const auto& distributions = std::get<Statement>(line.event).distributions;
  const std::string what =
      distributions.empty() ? std::to_string(receipt.index + 1) : to_string(distributions.back().period);
  return receipt.body.standing.leaf.member.text() + "-" + what + ".tlog-proof";
}

Json check_json(const ReceiptCheck& check) {
  Json::Array payouts, names;
  for (const ReceiptCheck::Payout& payout : check.payouts) {
    Json json;
    json.set("amount", to_string(payout.amount));
    json.set("distribution", payout.distribution.id.text());
    json.set("index", static_cast<std::int64_t>(payout.index));
    json.set("period", to_string(payout.distribution.period));
    Json outcome;
    encode_fields(payout.distribution.outcome, outcome);
    json.set("outcome", std::move(outcome));
    payouts.push_back(std::move(json));
  }
  for (const std::string& name : check.signers.stewards) names.push_back(name);
  Json standing, json;
  encode_fields(check.standing, standing);
  json.set("charter", to_hex(check.charter));
  json.set("dao", to_hex(check.dao));
  json.set("payouts", std::move(payouts));
  json.set("seq", static_cast<std::int64_t>(check.seq));
  json.set("signers", std::move(names));
  json.set("size", static_cast<std::int64_t>(check.size));
  json.set("snapshot", to_hex(check.snapshot));
  json.set("standing", std::move(standing));
  json.set("stewards", static_cast<std::int64_t>(check.stewards));
  json.set("stewards_given", check.stewards_given);
  json.set("threshold", static_cast<std::int64_t>(check.threshold));
  json.set("unknown_signatures", static_cast<std::int64_t>(check.signers.unknown));
  return json;
}

std::string check_words(const ReceiptCheck& check) {
  const MemberId& member = check.standing.member;
  std::string words;
  for (const ReceiptCheck::Payout& payout : check.payouts) {
    const Currency& currency = payout.currency;
    const Totals& outcome = payout.totals;
    words += wording<Word::receipt_payout>(member.text(), money_words(payout.amount, currency),
                                           month_name(payout.distribution.period));
    words += wording<Word::receipt_place>(thousands(payout.index + 1), thousands(outcome.payees),
                                          money_words(outcome.distributed, currency));
    words +=
        wording<Word::receipt_totals>(money(outcome.in, currency), money(outcome.undivided_before, currency),
                                      money(outcome.distributed, currency), money(outcome.undivided_after, currency));
  }
  for (const Stated& stated : check.distributions) {
    const bool paid = std::any_of(check.payouts.begin(), check.payouts.end(),
                                  [&](const auto& payout) { return payout.distribution.period == stated.period; });
    if (!paid) words += wording<Word::receipt_nothing>(member.text(), month_name(stated.period));
  }
  std::uint64_t tickets = 0;
  std::string owed = money_words(check.standing.owed, check.currency);
  if (check.standing.others)
    for (const auto& [code, standing] : *check.standing.others)
      if (const auto other = Currency::make(code, standing.exponent); other && standing.owed < amount_limit())
        owed += ", " + money_words(standing.owed, *other);
  for (const auto& [name, held] : check.standing.holds) tickets += held;
  words += wording<Word::receipt_standing>(owed, count<Count::tickets>(tickets));
  words += wording<Word::receipt_signers>(
      joined(check.signers.stewards), check.signers.stewards.size(), check.stewards,
      are_successors(check)  ? wording<Word::receipt_signers_handed_on>()
      : check.stewards_given ? wording<Word::receipt_signers_given>()
                             : wording<Word::receipt_signers_own>(),
      check.threshold);
  return words + wording<Word::receipt_snapshot>(to_hex(check.snapshot));
}

}  // namespace

Result<Printout> run_receipt(const ReceiptOptions& options, const CommonOptions& common) {
  if (options.member.empty() != options.all) return fail(Errc::usage, wording<Word::receipt_whose>());
  if (options.all && options.out.empty()) return fail(Errc::usage, wording<Word::receipt_all_out>());
  std::optional<MemberId> member;
  if (!options.all) {
    MIKOSHI_ASSIGN(member, MemberId::parse(options.member));
  }
  std::optional<Period> period;
  if (!options.period.empty()) {
    MIKOSHI_ASSIGN(period, Period::parse(options.period));
  }
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  if (member) MIKOSHI_TRY(session.state().members.find(*member));
  MIKOSHI_ASSIGN(const std::string note, newest_signed(session));
  MIKOSHI_ASSIGN(const Receipts receipts,
                 Receipts::read([&](const TakeLine& take) { return session.store().read(take); }, note, period));
  Printout out;
  if (!options.all) {
    MIKOSHI_ASSIGN(const Receipt receipt, receipts.of(*member));
    const std::string text = to_string(receipt);
    out.json.set("member", member->text());
    out.json.set("receipt", text);
    if (options.out.empty()) {
      out.words = text;
      return out;
    }
    MIKOSHI_TRY(create_file(options.out, text, Visibility::owner_only));
    out.json.set("file", options.out);
    out.words = wording<Word::receipt_written>(printable(options.out), member->text());
    return out;
  }
  const auto& members = receipts.members();
  Json::Array files;
  MIKOSHI_TRY(create_folder(options.out, members.size(), [&](std::size_t i) -> Result<NamedText> {
    MIKOSHI_ASSIGN(const Receipt receipt, receipts.of(members[i].member));
    const std::string name = receipt_name(receipt);
    files.push_back(options.out + "/" + name);
    return NamedText{name, to_string(receipt)};
  }));
  out.words = wording<Word::receipt_all_written>(count<Count::receipts>(files.size()), printable(options.out));
  out.json.set("files", std::move(files));
  return out;
}

Result<Printout> run_verify_receipt(const VerifyOptions& options) {
  MIKOSHI_ASSIGN(const Expectations expected, parse_expectations(options));
  MIKOSHI_ASSIGN(const WitnessPolicy witnesses, parse_witnesses(options));
  if (options.paths.size() != 1) return fail(Errc::usage, wording<Word::receipt_one>());
  MIKOSHI_ASSIGN(const MemberId member, MemberId::parse(options.member));
  std::optional<Period> period;
  if (!options.period.empty()) {
    MIKOSHI_ASSIGN(period, Period::parse(options.period));
  }
  MIKOSHI_ASSIGN(const std::string text, read_file(options.paths.front(), note_bytes_max));
  MIKOSHI_ASSIGN(ReceiptCheck check, verify_receipt(text, member, expected, period));
  MIKOSHI_ASSIGN(const Receipt receipt, parse_receipt(text));
  MIKOSHI_ASSIGN(const Cosigned cosigned, check_witnesses(receipt.note, witnesses));
  check.signers.unknown -= cosigned.witnesses.size();
  Printout out;
  out.words = check_words(check);
  out.json = check_json(check);
  out.words += witnessed_words(cosigned, witnesses);
  if (!witnesses.witnesses.empty()) out.json.set("witnesses", witnessed_json(cosigned));
  if (!options.no_pin) {
    MIKOSHI_ASSIGN(const Seen seen, see_receipt(pins_place(), check.dao, to_string(receipt.note), receipt.body));
    say_seen(seen, out);
  }
  out.words += wording<Word::receipt_cannot>();
  return out;
}

}  // namespace mikoshi
