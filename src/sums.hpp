// SPDX-License-Identifier: MIT
#pragma once
/// @file sums.hpp
/// Sums of money for people: one a currency, because currencies never add.

#include <algorithm>
#include <map>
#include <string>

#include "mikoshi/community/state.hpp"
#include "screen.hpp"

namespace mikoshi {

/// A currency of the DAO by its code. @pre the DAO has it.
[[nodiscard]] inline const Currency& currency_of(const State& state, const std::string& code) {
  return (*money_of(state, code))->currency;
}

class Sums {
 public:
  explicit Sums(const State& state) : state_(&state) {}

  void add(const std::string& code, const u128& amount) { sums_[code] += amount; }

  /// In the DAO's own currency.
  [[nodiscard]] u128 own() const {
    const auto found = sums_.find(state_->currency.code());
    return found == sums_.end() ? u128{0} : found->second;
  }

  /// Whether any of them is above zero.
  [[nodiscard]] bool any() const {
    return std::any_of(sums_.begin(), sums_.end(), [](const auto& sum) { return sum.second != 0; });
  }

  /// "148,500 yen", or "148,500 yen, 12.50 USD": the DAO's own currency first, and alone if there is nothing.
  [[nodiscard]] std::string words() const {
    std::string words;
    if (own() != 0 || sums_.size() <= 1) words = money_words(own(), state_->currency);
    if (sums_.size() == 1 && !sums_.contains(state_->currency.code())) words.clear();
    for (const auto& [code, sum] : sums_)
      if (code != state_->currency.code())
        words += (words.empty() ? "" : ", ") + money_words(sum, currency_of(*state_, code));
    return words;
  }

  /// Sets `name` to the sum in the DAO's own currency, and `name`_others to those in the others, where there are any.
  void put(Json& json, const std::string& name) const {
    json.set(name, to_string(own()));
    Json others;
    for (const auto& [code, sum] : sums_)
      if (code != state_->currency.code()) others.set(code, to_string(sum));
    if (!others.object()->empty()) json.set(name + "_others", std::move(others));
  }

 private:
  const State* state_;
  std::map<std::string, u128> sums_;
};

}  // namespace mikoshi
