// SPDX-License-Identifier: MIT
/// `mikoshi split`: a split without a ledger, to try the rules or to use them from a script.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "command.hpp"
#include "csv.hpp"
#include "files.hpp"
#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/id.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/carry.hpp"

namespace mikoshi {
namespace {

struct Payee {
  MemberId id;
  std::uint64_t weight = 0;
};

Result<Payee> parse_pair(std::string_view id, std::string_view weight) {
  MIKOSHI_ASSIGN(MemberId member, MemberId::parse(id));
  MIKOSHI_ASSIGN(const std::uint64_t number, parse_weight(weight));
  return Payee{std::move(member), number};
}

Result<std::vector<Payee>> read_weights(const SplitOptions& options) {
  std::vector<Payee> weights;
  for (const std::string& text : options.weights) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return fail(Errc::usage, "a weight is written id=weight", text);
    auto weight = parse_pair(text.substr(0, equals), text.substr(equals + 1));
    if (!weight) return fail(weight.error().code, weight.error().what, "--weights " + text);
    weights.push_back(std::move(*weight));
  }
  if (!options.weights_file.empty()) {
    MIKOSHI_ASSIGN(const std::string text, read_file(options.weights_file, json_bytes_max));
    MIKOSHI_ASSIGN(const CsvTable table, parse_csv(text));
    MIKOSHI_ASSIGN(const std::size_t id_column, table.column("id"));
    MIKOSHI_ASSIGN(const std::size_t weight_column, table.column("weight"));
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      auto weight = parse_pair(table.rows[row][id_column], table.rows[row][weight_column]);
      if (!weight) return fail(weight.error().code, weight.error().what, csv_place(row, ""));
      weights.push_back(std::move(*weight));
    }
  }
  if (weights.empty()) return fail(Errc::no_eligible, "there is nobody to split among");
  std::sort(weights.begin(), weights.end(), [](const Payee& a, const Payee& b) { return a.id < b.id; });
  const auto twice =
      std::adjacent_find(weights.begin(), weights.end(), [](const Payee& a, const Payee& b) { return a.id == b.id; });
  if (twice != weights.end()) return fail(Errc::duplicate_member, {}, twice->id.text());
  return weights;
}

}  // namespace

Result<Printout> run_split(const SplitOptions& options) {
  MIKOSHI_ASSIGN(const std::vector<Payee> weights, read_weights(options));
  std::vector<std::uint64_t> shares;
  for (const Payee& weight : weights) shares.push_back(weight.weight);
  std::vector<std::uint64_t> fractions(weights.size(), fraction_grace);
  std::vector<u128> pays(weights.size());
  CarryPool pool;
  Json::Array runs;
  std::string words;
  const Currency unit;  // minor units: exponent 0, printed with thousands
  const auto print = [&](const u128& minor) { return to_string(*Amount::make(minor, unit)); };
  for (const std::string& text : options.amounts) {
    auto amount = parse_minor(text);
    if (!amount) return fail(amount.error().code, amount.error().what, "--amount " + text);
    MIKOSHI_TRY(options.rule == "carry" ? carry(*amount, pool, shares, fractions, pays)
                                        : hamilton(*amount, shares, pays));
    words += fmt::format("{} by {}\n", print(*amount), options.rule);
    Json pay;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      pay.set(weights[i].id.text(), to_string(pays[i]));
      words += fmt::format("  {:<20} {:>20}\n", weights[i].id.text(), print(pays[i]));
    }
    words += fmt::format("  {:<20} {:>20}\n", "undivided", print(pool.undivided));
    Json run;
    run.set("amount", to_string(*amount));
    run.set("pay", std::move(pay));
    runs.push_back(std::move(run));
  }
  Json json;
  json.set("dust", std::to_string(pool.dust));
  json.set("rule", options.rule);
  json.set("runs", std::move(runs));
  json.set("undivided", std::to_string(pool.undivided));
  return Printout{std::move(words), std::move(json)};
}

}  // namespace mikoshi
