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
#include "screen.hpp"

namespace mikoshi {
namespace {

/// One of those among whom is split.
struct Weighted {
  MemberId id;
  std::uint64_t weight = 0;
};

Result<Weighted> parse_pair(std::string_view id, std::string_view weight) {
  MIKOSHI_ASSIGN(MemberId member, MemberId::parse(id));
  MIKOSHI_ASSIGN(const std::uint64_t number, parse_weight(weight));
  return Weighted{std::move(member), number};
}

Result<std::vector<Weighted>> read_weights(const SplitOptions& options) {
  std::vector<Weighted> weights;
  for (const std::string& text : options.weights) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return fail(Errc::usage, wording<Word::split_weight_form>(), text);
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
  if (weights.empty()) return fail(Errc::no_eligible, wording<Word::split_nobody>());
  std::sort(weights.begin(), weights.end(), [](const Weighted& a, const Weighted& b) { return a.id < b.id; });
  const auto twice = std::adjacent_find(weights.begin(), weights.end(),
                                        [](const Weighted& a, const Weighted& b) { return a.id == b.id; });
  if (twice != weights.end()) return fail(Errc::duplicate_member, {}, twice->id.text());
  return weights;
}

/// The state of a split over its amounts.
struct Splitter {
  std::string rule;
  std::vector<std::uint64_t> shares;
  std::vector<std::uint64_t> fractions;
  std::vector<u128> pays;
  u128 rest = 0;  // of the last amount; only `floor` has one
  CarryPool pool;

  Status split(const u128& amount) {
    if (rule == "hamilton") return hamilton(amount, shares, pays);
    if (rule == "sainte-lague") return sainte_lague(amount, shares, pays);
    if (rule == "floor") return floor_shares(amount, shares, pays, rest);
    return carry(amount, pool, shares, fractions, pays);
  }
};

}  // namespace

Result<Printout> run_split(const SplitOptions& options) {
  MIKOSHI_ASSIGN(const std::vector<Weighted> weights, read_weights(options));
  Splitter splitter;
  splitter.rule = options.rule;
  for (const Weighted& weight : weights) splitter.shares.push_back(weight.weight);
  splitter.fractions.assign(weights.size(), fraction_grace);
  splitter.pays.resize(weights.size());
  const bool has_rest = options.rule == "floor";
  Json::Array runs;
  std::string words;
  const auto row = [](const std::string& name, const u128& minor) {
    return "  " + pad_right(name, 20) + " " + pad_left(thousands(minor), 20) + "\n";
  };
  for (const std::string& text : options.amounts) {
    auto amount = parse_minor(text);
    if (!amount) return fail(amount.error().code, amount.error().what, "--amount " + text);
    MIKOSHI_TRY(splitter.split(*amount));
    words += wording<Word::split_by>(thousands(*amount), options.rule);
    Json pay;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      pay.set(weights[i].id.text(), to_string(splitter.pays[i]));
      words += row(weights[i].id.text(), splitter.pays[i]);
    }
    words += has_rest ? row(wording<Word::split_rest>(), splitter.rest)
                      : row(wording<Word::undivided>(), splitter.pool.undivided);
    Json run;
    run.set("amount", to_string(*amount));
    run.set("pay", std::move(pay));
    if (has_rest) run.set("rest", to_string(splitter.rest));
    runs.push_back(std::move(run));
  }
  Json json;
  json.set("dust", std::to_string(splitter.pool.dust));
  json.set("rule", options.rule);
  json.set("runs", std::move(runs));
  json.set("undivided", std::to_string(splitter.pool.undivided));
  return Printout{std::move(words), std::move(json)};
}

}  // namespace mikoshi
