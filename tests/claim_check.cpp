// SPDX-License-Identifier: MIT
/// Answers chain_test.py: one JSON line {form, rows} in, one line out.
///
///   {"dump", "proofs", "root"}   `rows` of [address, amount]; `dump` for the form standard alone
///   {"error"}                    the name of the error
///
/// Every proof was verified before it is printed.
#include <algorithm>
#include <iostream>
#include <string>

#include "mikoshi/base/json.hpp"
#include "mikoshi/crypto/claim_tree.hpp"

namespace mikoshi {
namespace {

Result<Json> answer(const Json& line) {
  const auto named = std::find(claim_form_names.begin(), claim_form_names.end(), *line.find("form")->text());
  const auto form = static_cast<ClaimForm>(named - claim_form_names.begin());
  std::vector<ClaimRow> rows;
  for (const Json& item : *line.find("rows")->array()) {
    MIKOSHI_ASSIGN(const EthereumAddress account, EthereumAddress::parse(*(*item.array())[0].text()));
    MIKOSHI_ASSIGN(const u128 amount, parse_minor(*(*item.array())[1].text()));
    rows.push_back({account, amount});
  }
  MIKOSHI_ASSIGN(const ClaimTree tree, ClaimTree::make(form, std::move(rows)));
  Json json;
  if (form == ClaimForm::standard) json.set("dump", tree.dump());
  Json::Array proofs;
  for (std::size_t i = 0; i < tree.rows().size(); ++i) {
    MIKOSHI_ASSIGN(const std::vector<Hash> proof, tree.proof(i));
    MIKOSHI_TRY(verify_claim_proof(form, tree.root(), tree.rows()[i], i, proof));
    Json::Array nodes;
    for (const Hash& node : proof) nodes.push_back("0x" + to_hex(node));
    proofs.push_back(std::move(nodes));
  }
  json.set("proofs", std::move(proofs));
  json.set("root", "0x" + to_hex(tree.root()));
  return json;
}

}  // namespace
}  // namespace mikoshi

int main() {
  using namespace mikoshi;
  for (std::string text; std::getline(std::cin, text);) {
    const auto line = parse_json(text);
    if (!line) return 1;
    auto said = answer(*line);
    Json json;
    if (said) {
      json = std::move(*said);
    } else {
      json.set("error", name(said.error().code));
    }
    std::cout << to_canonical(json) << std::endl;
  }
}
