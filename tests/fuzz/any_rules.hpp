// SPDX-License-Identifier: MIT
#pragma once
/// @file any_rules.hpp
/// Rules made of bytes: every sort of node, weight and rule, mostly valid, with pools that meet again in the next charter.

#include <array>
#include <string>

#include "feed.hpp"
#include "keeper.hpp"

namespace fuzz {

/// An amount that income often comes near: mostly small.
inline std::string near_amount(Feed& feed) {
  return std::to_string(1 + (feed.one_in(8) ? feed.number(UINT64_MAX - 1) : feed.below(250)));
}

/// A month of the first two years, or a number of months.
inline Json months_or_month(Feed& feed) {
  if (feed.one_in(2))
    return static_cast<std::int64_t>(2 + (feed.one_in(8) ? feed.number(hold_months_max) : feed.below(4)));
  return to_string(Period::parse("2026-" + std::string{feed.pick(std::array{"02", "03", "06", "11"})}).value());
}

/// A weight, measured or made of others. @param decays  whether it may look back.
inline Json any_weight(Feed& feed, int depth, bool decays) {
  const std::size_t sort = depth == 0 ? 0 : feed.below(9);
  if (decays && sort == 8)
    return object({{"lifetime", any_weight(feed, depth - 1, false)}});  // refused beside other rules
  if (decays && sort == 7) {
    const auto whole = static_cast<std::int64_t>(1 + feed.below(10));
    const Json parts = static_cast<std::int64_t>(1 + feed.below(static_cast<std::size_t>(whole)));
    return object({{"decay", Json::Array{parts, whole}}, {"of", any_weight(feed, depth - 1, false)}});
  }
  if (sort == 6) return object({{"root", any_weight(feed, depth - 1, false)}});
  if (sort != 5) return weight_names[feed.below(measured_weights)];
  Json::Array factors;
  for (std::size_t n = 2 + feed.below(2); n-- > 0;) factors.push_back(any_weight(feed, depth - 1, false));
  return object({{"product", std::move(factors)}});
}

/// A node of a charter. Pools are numbered from `pool` on, so that a later charter keeps some of an earlier one's.
/// @param below_else  whether some months do not visit it.
inline Json any_node(Feed& feed, int depth, std::size_t& pool, bool below_else = false) {
  const std::size_t sort = feed.below(14);
  if (depth == 0 || sort == 0) return object({{"to", "pool:a" + std::to_string(feed.below(6))}});
  Json node = object({{"pool", "p" + std::to_string(feed.one_in(16) ? pool : ++pool)}});
  const auto next = [&] { return any_node(feed, depth - 1, pool, below_else); };
  const auto rule = [&] {
    const std::string_view chosen = feed.pick(rule_names);
    node.set("rule", chosen);
    if (chosen == rule_names.back()) node.set("rest", "pool:a" + std::to_string(feed.below(6)));
  };
  const auto pairs = [&](auto first) {
    Json::Array branches;
    for (std::size_t n = 1 + feed.below(4); n-- > 0;) {
      const Json number = first();
      branches.push_back(Json::Array{number, next()});
    }
    return branches;
  };
  if (sort < 5) {
    node.set("among", any_weight(feed, 3, !below_else));
    if (feed.one_in(3)) {
      rule();
    } else if (feed.one_in(2)) {
      if (feed.one_in(2)) node.set("floor", near_amount(feed));
      if (feed.one_in(2)) node.set("cap", near_amount(feed));  // may be below the floor: then the charter is refused
    }
    node.set("else", any_node(feed, depth - 1, pool, true));
  } else if (sort < 8) {
    node.set("split", pairs([&] { return static_cast<std::int64_t>(feed.number(split_part_max)); }));
    if (feed.one_in(3)) rule();
  } else if (sort >= 12) {  // costs twice in a tree: then the charter is refused
    node.set("recoup", sort == 12 ? "pledges" : "costs");
    if (sort == 12 && feed.one_in(2)) node.set("cap", Json::Array{static_cast<std::int64_t>(1 + feed.below(300)), 100});
    node.set("rest", next());
  } else if (sort == 11) {
    node.set("hold", months_or_month(feed));
    node.set("then", next());
  } else if (sort == 10) {
    node.set("recoup", pairs([&] { return near_amount(feed); }));
    if (feed.one_in(2)) node.set("cap", Json::Array{static_cast<std::int64_t>(1 + feed.below(300)), 100});
    node.set("rest", next());
  } else {
    Json limit = near_amount(feed);
    if (sort == 9 && feed.one_in(3)) limit = "2026-03";
    node.set(sort == 8 ? "take" : "threshold", std::move(limit));
    node.set("then", next());
    node.set("rest", next());
  }
  return node;
}

/// What waits for consent, and for how long: mostly days that a month has.
inline Json any_consent(Feed& feed) {
  Json all;
  for (const std::string_view about : consent_names) {
    if (!feed.one_in(2)) continue;
    Json terms = object({{"days", static_cast<std::int64_t>(feed.one_in(8) ? feed.number(consent_days_max) : feed.below(4))}});
    if (about != "draft" && feed.one_in(2))
      terms.set("sign", Json::Array{1, static_cast<std::int64_t>(1 + feed.below(4))});
    all.set(about, std::move(terms));
  }
  return all;
}

/// A whole charter: rules for the community, perhaps for works and for another currency, for consent and signatures.
inline Json any_charter(Feed& feed, int depth, std::size_t& pool) {
  Json rules = object({{"root", any_node(feed, depth, pool)}});
  const std::uint8_t more = feed.byte();
  if ((more & 1) != 0) rules.set("works", any_node(feed, depth, pool));
  if ((more & 6) == 6) {
    std::size_t other = feed.below(3);  // the names of another currency's pools are its own
    Json tree = object({{"root", any_node(feed, depth - 1, other)}});
    if ((more & 8) != 0) tree.set("works", any_node(feed, depth - 1, other));
    if (feed.one_in(4)) tree.set("minimum", near_amount(feed));
    rules.set("currencies", object({{"USD", std::move(tree)}}));
  }
  if ((more & 48) == 48) {
    if (Json consent = any_consent(feed); consent.object() != nullptr && !consent.object()->empty())
      rules.set("consent", std::move(consent));
  }
  if ((more & 192) == 192) {
    Json::Array kinds;
    for (std::size_t n = 1 + feed.below(3); n-- > 0;) kinds.emplace_back(feed.pick(signable_kinds));  // perhaps one twice
    rules.set("signed", std::move(kinds));
  }
  if (feed.one_in(6)) rules.set("minimum", near_amount(feed));
  return rules;
}

}  // namespace fuzz
