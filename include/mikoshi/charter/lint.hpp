// SPDX-License-Identifier: MIT
#pragma once
/// @file lint.hpp
/// Lint: what a charter's text alone does not show, but the DAO it is for.
///
/// Layer 3. Depends on: charter/charter.hpp, community/state.hpp.
///
/// What the ledger refuses stands in check_charter. What it takes, and nobody can have meant, stands in idle_weights: a ticket
/// class or a kind of contribution may still be declared, so only whoever proposes the charter is told.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/charter/charter.hpp"
#include "mikoshi/community/state.hpp"

namespace mikoshi {

/// Whether `charter` fits the DAO and the charter until now.
/// @param  from  the first month that it governs.
/// @error  bad_charter  with every finding at once, each with the path of its node: a currency that is not declared; a partner
///         that is the community itself; a pool that had another rule or other branches in the charter before, whose fractions
///         would be left without a payee; a branch that only months before `from` would reach.
[[nodiscard]] MIKOSHI_INLINE Status check_charter(const State& state, const Charter& charter, Period from);

/// Weights that nobody can have as long as nothing more is declared, each with the path of its node.
[[nodiscard]] MIKOSHI_INLINE std::vector<std::string> idle_weights(const State& state, const Charter& charter);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// What a pool keeps from one charter to the next: its sort, its rule and its branches.
inline std::set<std::string> shape_of(const Node& node) {
  const std::string rule{rule_names[static_cast<std::size_t>(node.rule)]};
  const std::string_view kind = node_names[static_cast<std::size_t>(node.kind)];
  std::set<std::string> shape{node.kind == Node::Kind::among ? rule : std::string{kind}};
  if (node.kind == Node::Kind::split && node.rule != Rule::carry) shape.insert(rule);
  if (node.kind == Node::Kind::split)
    for (const Node& branch : node.branches) shape.insert("/" + branch.name());
  // What each is to get back in all its time, and how long money waits, is promised to those who are in the middle of it.
  if (node.kind == Node::Kind::recoup)
    for (std::size_t i = 0; i < node.parts.size(); ++i)
      shape.insert("/" + node.branches[i].name() + " " + std::to_string(node.parts[i]));
  if (node.kind == Node::Kind::hold) shape.insert(std::to_string(node.months));
  if (node.kind == Node::Kind::recoup && node.parts.empty())
    shape.insert(std::string{weight_names[static_cast<std::size_t>(node.measure.weight)]} + " " +
                 std::to_string(node.cap.first) + "/" + std::to_string(node.cap.second));
  // A pool below `works` is one for each work: what those hold would have nobody to go to.
  if (node.path.find("/works") != std::string::npos) shape.insert("works");
  if (node.measure.remembers()) shape.insert(std::string{weight_names[static_cast<std::size_t>(node.measure.weight)]});
  return shape;
}

/// @param before  the same currency's rules until now; nullptr: none.
inline void check_tree(const State& state, const Tree* before, const Tree& tree, Period from,
                       std::vector<std::string>& findings) {
  std::map<std::string, std::set<std::string>> shapes;
  if (before != nullptr)
    each_node(*before, [&](const Node& node) {
      if (node.kind != Node::Kind::to) shapes[node.pool.text()] = shape_of(node);
    });
  const std::string self = std::string{partner_prefix} + to_hex(state.dao.id);
  each_node(tree, [&](const Node& node) {
    if (node.account == self) findings.push_back(node.path + "/partner: this is the community itself");
    if (node.kind == Node::Kind::to) return;
    const auto old = shapes.find(node.pool.text());
    // A pool that is kept may have to give out what it holds, so its dead branch has a use.
    if (old == shapes.end() && node.kind == Node::Kind::threshold && node.month && *node.month <= from)
      findings.push_back(node.path + "/then: nothing comes there: the charter begins with " + to_string(from));
    if (old != shapes.end() && old->second != shape_of(node))
      findings.push_back(node.path + "/pool: the pool \"" + node.pool.text() +
                         "\" had another rule or other branches in the charter before; give this one another name");
  });
}

inline void idle_weight(const State& state, const Measure& measure, const std::string& path,
                        std::vector<std::string>& findings) {
  const auto weighs = [](const auto& row) { return row.weight != 0; };
  const auto& classes = state.holdings.classes;
  const auto& kinds = state.records.kinds;
  const bool by_tickets = measure.weight == Weight::tickets || measure.weight == Weight::ticket_seconds;
  if (by_tickets && std::none_of(classes.begin(), classes.end(), weighs))
    findings.push_back(path + ": nobody can have it: no ticket class is declared that weighs anything");
  const auto of_use = [&](KindUse use) {
    return std::any_of(kinds.begin(), kinds.end(), [&](const auto& row) { return weighs(row) && row.use == use; });
  };
  if (measure.weight == Weight::contributions && !of_use(KindUse::work))
    findings.push_back(path + ": nobody can have it: no kind of contribution is declared that weighs anything");
  if (measure.weight == Weight::supporters && !of_use(KindUse::support))
    findings.push_back(path + ": nobody can have it: no kind of contribution is declared as support that weighs anything");
  for (const Measure& of : measure.of) idle_weight(state, of, path, findings);
}

}  // namespace detail

MIKOSHI_INLINE Status check_charter(const State& state, const Charter& charter, Period from) {
  std::optional<Charter> before;
  if (!state.decisions.charters.empty()) {
    MIKOSHI_ASSIGN(before, parse_charter(state.decisions.charters.back().rules));
  }
  std::vector<std::string> findings;
  detail::check_tree(state, before ? &*before : nullptr, charter, from, findings);
  for (const auto& [code, tree] : charter.others) {
    if (code == state.currency.code()) {
      findings.push_back("/currencies/" + code + ": it is the DAO's own currency");
    } else if (!state.others.contains(code)) {
      findings.push_back("/currencies/" + code + ": no such currency is declared");
    }
    const bool had = before && before->others.contains(code);
    detail::check_tree(state, had ? &before->others.at(code) : nullptr, tree, from, findings);
  }
  if (findings.empty()) return {};
  std::string all;
  for (const std::string& finding : findings) all += (all.empty() ? "" : " | ") + finding;
  return fail(Errc::bad_charter, all);
}

MIKOSHI_INLINE std::vector<std::string> idle_weights(const State& state, const Charter& charter) {
  std::vector<std::string> findings;
  const auto look = [&](const Tree& tree) {
    each_node(tree, [&](const Node& node) {
      if (node.kind == Node::Kind::among) detail::idle_weight(state, node.measure, node.path + "/among", findings);
    });
  };
  look(charter);
  for (const auto& [code, tree] : charter.others) look(tree);
  return findings;
}

#endif

}  // namespace mikoshi
