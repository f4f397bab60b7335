// SPDX-License-Identifier: MIT
#include "witnesses.hpp"

#include "advice.hpp"
#include "mikoshi/base/time.hpp"
#include "screen.hpp"

namespace mikoshi {
namespace {

/// A time as its witness states it: after the year 9999 it is no date any more.
std::string time_words(std::uint64_t time_s) {
  const auto time = Timestamp::from_seconds(static_cast<std::int64_t>(time_s));  // below 2^63
  return time ? to_string(*time) : std::to_string(time_s);
}

}  // namespace

Result<std::vector<Witness>> parse_witnesses(const std::vector<std::string>& texts) {
  std::vector<Witness> witnesses;
  for (const std::string& text : texts) {
    auto witness = parse_witness(text);
    if (!witness) return fail(witness.error().code, witness.error().what, text);
    witnesses.push_back(std::move(*witness));
  }
  return witnesses;
}

Result<WitnessPolicy> parse_witnesses(const VerifyOptions& options) {
  WitnessPolicy policy;
  MIKOSHI_ASSIGN(policy.witnesses, parse_witnesses(options.witnesses));
  if (policy.witnesses.empty()) return policy;
  policy.threshold = options.witness_threshold.value_or(policy.witnesses.size() / 2 + 1);
  if (policy.threshold == 0 || policy.threshold > policy.witnesses.size())
    return fail(Errc::usage, wording<Word::witnesses_threshold>());
  return policy;
}

std::string witnessed_words(const Cosigned& cosigned, const WitnessPolicy& policy) {
  if (policy.witnesses.empty()) return {};
  std::vector<std::string> names;
  for (const Cosigned::By& by : cosigned.witnesses)
    names.push_back(wording<Word::verify_witness_at>(printable(by.name), time_words(by.time_s)));
  return pad_right(wording<Word::verify_witnesses>(), 12) +
         wording<Word::verify_witnessed>(joined(names), cosigned.witnesses.size(), policy.witnesses.size(),
                                         policy.threshold);
}

Json witnessed_json(const Cosigned& cosigned) {
  Json::Array witnesses;
  for (const Cosigned::By& by : cosigned.witnesses) {
    Json json;
    json.set("name", by.name);
    json.set("time", time_words(by.time_s));
    witnesses.push_back(std::move(json));
  }
  return witnesses;
}

}  // namespace mikoshi
