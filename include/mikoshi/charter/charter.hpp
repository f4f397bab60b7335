// SPDX-License-Identifier: MIT
#pragma once
/// @file charter.hpp
/// The charter: rules as one JSON document. A tree of nodes; an amount enters at the root and flows to accounts and members.
///
/// Layer 3. Depends on: base/, crypto/sha256.hpp.
///
///     {"root": NODE, "minimum": "1000"}                                            the smallest transfer, if there is one
///     to      {"to": "pool:reserve"}                                               an account
///     split   {"pool": "income", "split": [[10, NODE], [60, NODE], [30, NODE]]}    by integer parts, carried in that pool
///     among   {"pool": "work", "among": WEIGHT, "rule": "carry", "else": NODE}     members by a weight; else, if all are zero
///
/// WEIGHT is `tickets` (class weights of the tickets held at the close), `ticket-seconds` (class weight × seconds held as a
/// member), `contributions` (kind weight × points, confirmed), or `equal` (one a member at the close). `rule` is `carry`
/// (default) or `hamilton`. Every pool has a name of its own.

#include <array>
#include <set>
#include <string>
#include <vector>

#include "mikoshi/base/field.hpp"
#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

enum class Weight : std::uint8_t { tickets, ticket_seconds, contributions, equal };
inline constexpr std::array<std::string_view, 4> weight_names = {"tickets", "ticket-seconds", "contributions", "equal"};

enum class Rule : std::uint8_t { carry, hamilton };
inline constexpr std::array<std::string_view, 2> rule_names = {"carry", "hamilton"};

inline constexpr std::uint64_t split_part_max = 1'000'000'000;
inline constexpr std::size_t split_branches_max = 1000;

/// One node of the tree, valid by construction.
struct Node {
  enum class Kind : std::uint8_t { to, split, among };
  Kind kind = Kind::to;
  std::string path;                  ///< "/root/split/1": where it stands in the document
  std::string account;               ///< to
  PoolId pool;                       ///< split, among
  std::vector<std::uint64_t> parts;  ///< split: one a branch, each above zero
  std::vector<Node> branches;        ///< split: the branches; among: the `else` node
  Weight weight = Weight::equal;     ///< among
  Rule rule = Rule::carry;           ///< among

  /// What a parent `split` knows this branch by: its account or its pool.
  [[nodiscard]] const std::string& name() const { return kind == Kind::to ? account : pool.text(); }
};

struct Charter {
  Node root;
  u128 minimum = 0;  ///< the smallest transfer to a member who is there; smaller amounts stay owed
  std::set<PoolId> pools;
};

/// Reads a charter.
/// @error bad_charter  with every finding at once, each with the path of its node: unknown or missing field, wrong type,
///        bad pool or account name, a pool named twice, a part of zero or above 10^9, no branches, two branches of one
///        name, an unknown weight or rule, a missing `else`, a minimum that is no amount, nesting beyond 16.
[[nodiscard]] inline Result<Charter> parse_charter(const Json& rules);

/// What identifies the rules: SHA-256 of their canonical text.
[[nodiscard]] inline Hash charter_hash(const Json& rules) { return sha256(as_bytes(to_canonical(rules))); }

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

class CharterReader {
 public:
  Charter charter;
  std::vector<std::string> findings;

  Node node(const Json& json, const std::string& path) {
    Node node;
    node.path = path;
    if (++depth_ > json_depth_max) {
      find(path, "nested deeper than 16");
    } else if (json.object() == nullptr) {
      find(path, "a node is an object");
    } else if (const Json* to = json.find("to")) {
      node.kind = Node::Kind::to;
      allow(json, path, {"to"});
      account(*to, path, node);
    } else if (const Json* split = json.find("split")) {
      node.kind = Node::Kind::split;
      allow(json, path, {"pool", "split"});
      pool(json, path, node);
      branches(*split, path, node);
    } else if (const Json* among = json.find("among")) {
      node.kind = Node::Kind::among;
      allow(json, path, {"among", "else", "pool", "rule"});
      pool(json, path, node);
      node.weight = static_cast<Weight>(choice(*among, path + "/among", weight_names));
      if (const Json* rule = json.find("rule"))
        node.rule = static_cast<Rule>(choice(*rule, path + "/rule", rule_names));
      if (const Json* otherwise = json.find("else")) {
        node.branches.push_back(this->node(*otherwise, path + "/else"));
      } else {
        find(path, "\"else\" is missing: every weight can be zero");
      }
    } else {
      find(path, "a node has \"to\", \"split\" or \"among\"");
    }
    --depth_;
    return node;
  }

  void find(const std::string& path, const std::string& what) { findings.push_back(path + ": " + what); }

  void allow(const Json& json, const std::string& path, std::initializer_list<std::string_view> keys) {
    for (const Json::Member& member : *json.object())
      if (std::find(keys.begin(), keys.end(), member.key) == keys.end())
        find(path, "unknown field \"" + member.key + "\"");
  }

 private:
  void account(const Json& to, const std::string& path, Node& node) {
    constexpr std::string_view prefix = "pool:";
    const std::string* text = to.text();
    if (text == nullptr || !text->starts_with(prefix) || !PoolId::parse(std::string_view{*text}.substr(prefix.size())))
      return find(path + "/to", "an account is written pool:NAME");
    node.account = *text;
  }

  void pool(const Json& json, const std::string& path, Node& node) {
    const Json* name = json.find("pool");
    if (name == nullptr) return find(path, "\"pool\" is missing");
    const auto id = Codec<PoolId>::decode(*name);
    if (!id) return find(path + "/pool", to_string(id.error()));
    if (!charter.pools.insert(*id).second) find(path + "/pool", "the pool \"" + id->text() + "\" is named twice");
    node.pool = *id;
  }

  void branches(const Json& split, const std::string& path, Node& node) {
    const Json::Array* items = split.array();
    if (items == nullptr || items->empty()) return find(path + "/split", "a split has at least one [parts, node]");
    if (items->size() > split_branches_max) return find(path + "/split", "a split has at most 1000 branches");
    std::set<std::string> names;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string place = path + "/split/" + std::to_string(i);
      const Json::Array* pair = (*items)[i].array();
      if (pair == nullptr || pair->size() != 2) {
        find(place, "a branch is [parts, node]");
        continue;
      }
      const auto parts = Codec<std::uint64_t>::decode((*pair)[0]);
      if (!parts || *parts == 0 || *parts > split_part_max) find(place, "parts are a whole number from 1 to 10^9");
      node.parts.push_back(parts ? *parts : 0);
      node.branches.push_back(this->node((*pair)[1], place));
      const std::string& name = node.branches.back().name();
      if (!name.empty() && !names.insert(name).second) find(place, "two branches are called \"" + name + "\"");
    }
  }

  template <std::size_t N>
  std::size_t choice(const Json& json, const std::string& path, const std::array<std::string_view, N>& words) {
    for (std::size_t i = 0; i < N; ++i)
      if (json.text() != nullptr && *json.text() == words[i]) return i;
    std::string list;
    for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string{word};
    find(path, "one of: " + list);
    return 0;
  }

  int depth_ = 0;
};

}  // namespace detail

inline Result<Charter> parse_charter(const Json& rules) {
  detail::CharterReader reader;
  if (rules.object() == nullptr) return fail(Errc::bad_charter, "a charter is an object");
  reader.allow(rules, "/", {"minimum", "root"});
  if (const Json* minimum = rules.find("minimum")) {
    const auto amount = Codec<u128>::decode(*minimum);
    if (!amount) reader.find("/minimum", to_string(amount.error()));
    reader.charter.minimum = amount ? *amount : u128{0};
  }
  if (const Json* root = rules.find("root")) {
    reader.charter.root = reader.node(*root, "/root");
  } else {
    reader.find("/", "\"root\" is missing");
  }
  if (reader.findings.empty()) return std::move(reader.charter);
  std::string all;
  for (const std::string& finding : reader.findings) all += (all.empty() ? "" : " | ") + finding;
  return fail(Errc::bad_charter, all);
}

}  // namespace mikoshi
