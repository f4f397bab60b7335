// SPDX-License-Identifier: MIT
#include "verification.hpp"

#include "screen.hpp"

namespace mikoshi {

std::string row(const std::string& label, const std::string& text) { return pad_right(label, 12) + text; }

std::string arithmetic_row(const Verification& result) {
  const std::string right = green(wording<Word::verify_right>()), lines = count<Count::lines>(result.size),
                    distributions = count<Count::distributions>(result.distributions);
  return row(wording<Word::verify_arithmetic>(),
             result.closed_through ? wording<Word::verify_recomputed_to>(right, lines, distributions,
                                                                         month_name(*result.closed_through))
                                   : wording<Word::verify_recomputed>(right, lines, distributions));
}

std::string signers_row(const Quorum& quorum) {
  const std::string names = joined(quorum.signers.stewards);
  const std::size_t valid = quorum.signers.stewards.size();
  return row(wording<Word::verify_signers>(),
             are_successors(quorum)
                 ? wording<Word::verify_signers_handed_on>(names, valid, quorum.stewards, quorum.threshold)
             : quorum.stewards_given
                 ? wording<Word::verify_signers_given>(names, valid, quorum.stewards, quorum.threshold)
                 : wording<Word::verify_signers_ledger>(names, valid, quorum.stewards, quorum.threshold));
}

std::string unknown_row(std::uint64_t unknown) {
  if (unknown == 0) return {};
  return row("", wording<Word::verify_unknown_keys>(count<Count::signatures>(unknown)));
}

std::string records_rows(const Verification& result) {
  std::string words = row(wording<Word::verify_records>(),
                          wording<Word::verify_voices>(thousands(result.voices.relayed),
                                                       thousands(result.voices.by_operator),
                                                       thousands(result.voices.by_signature)));
  for (const ClaimRoot& claim : result.claims)
    words += row(wording<Word::verify_claims>(),
                 wording<Word::verify_claim_root>(green(wording<Word::verify_right>()), claim.currency,
                                                  "0x" + to_hex(claim.root), count<Count::wallets>(claim.payees)));
  return words;
}

std::string after_row(const Verification& result) {
  if (result.lines_after == 0) return {};
  return row(wording<Word::verify_after>(), wording<Word::verify_lines_after>(count<Count::lines>(result.lines_after)));
}

Json verification_json(const Verification& result, std::uint64_t unknown) {
  Json json, records;
  Json::Array signers;
  for (const std::string& name : result.signers.stewards) signers.push_back(name);
  if (!result.claims.empty()) json.set("claims", Codec<std::vector<ClaimRoot>>::encode(result.claims));
  if (result.closed_through) json.set("closed_through", to_string(*result.closed_through));
  json.set("dao", to_hex(result.dao));
  json.set("distributions", static_cast<std::int64_t>(result.distributions));
  json.set("lines_after", static_cast<std::int64_t>(result.lines_after));
  records.set("operator", static_cast<std::int64_t>(result.voices.by_operator));
  records.set("relayed", static_cast<std::int64_t>(result.voices.relayed));
  records.set("signed", static_cast<std::int64_t>(result.voices.by_signature));
  json.set("records", std::move(records));
  json.set("signers", std::move(signers));
  json.set("size", static_cast<std::int64_t>(result.size));
  json.set("snapshot", to_hex(result.snapshot));
  json.set("stewards", static_cast<std::int64_t>(result.stewards));
  json.set("stewards_given", result.stewards_given);
  json.set("threshold", static_cast<std::int64_t>(result.threshold));
  json.set("unknown_signatures", static_cast<std::int64_t>(unknown));
  return json;
}

}  // namespace mikoshi
