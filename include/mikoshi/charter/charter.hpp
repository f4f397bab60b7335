// SPDX-License-Identifier: MIT
#pragma once
/// @file charter.hpp
/// The charter: rules as one JSON document. A tree of nodes; an amount enters at the root and flows to accounts and members.
///
/// Layer 3. Depends on: community/decision.hpp, crypto/sha256.hpp, split/bounded.hpp.
///
///     {"root": NODE, "minimum": "1000"}                                            the smallest transfer, if there is one
///     {…, "works": NODE}                                                           the way of what a work earns, by each work
///     {…, "currencies": {"USD": {"root": NODE, "minimum": "1000"}}}                rules for money in other currencies
///     {…, "consent": {"draft": {"days": 7}, "charter": {"days": 14, "sign": [1, 2]}}}  what waits, and who must sign
///     {…, "signed": ["ticket.transfer"]}                                           lines that want a member's own signature
///     to         {"to": "pool:reserve"}                                            an account
///     partner    {"partner": "dao:ID"}                                             another community, by its DAO's id
///     split      {"pool": "income", "split": [[10, NODE], [60, NODE], [30, NODE]]} by integer parts, carried in that pool
///     among      {"pool": "work", "among": WEIGHT, "else": NODE}                   members by a weight; else, if all are zero
///     take       {"pool": "costs", "take": "1000", "then": NODE, "rest": NODE}     the first 1000 of each month, and the rest
///     threshold  {"pool": "start", "threshold": "90000", "then": NODE, "rest": NODE}  the first 90000 ever, and the rest
///                with a month, "2027-04": everything before that month, and everything from it on
///     recoup     {"pool": "seed", "recoup": [["1000", NODE], ["500", NODE]], "cap": [120, 100], "rest": NODE}
///                side by side in proportion, until each has got its amount × cap; then the rest
///                {"pool": "seed", "recoup": "pledges", "cap": [120, 100], "rest": NODE}: those who pledged, by what they pledged
///                {"pool": "bills", "recoup": "costs", "rest": NODE}: what members laid out and have not had back
///     hold       {"pool": "vest", "hold": 12, "then": NODE}                        given on in 12 monthly parts, or, with a
///                month, all at once from then on
///
/// WEIGHT is `tickets` (class weights of the tickets held at the close), `ticket-seconds` (class weight × seconds held as a
/// member), `contributions` (kind weight × points, confirmed), `supporters` (the same of kinds declared as support), `segments`
/// (a shared ride: each segment's cost by heads), `credits` (of the works), `pledges` (to the works), `reviews` (the result of
/// the last round), or `equal` (one a member at the close); or made of others: {"product": [WEIGHT, …]}, {"root": WEIGHT} (the integer square root,
/// rounded down), {"decay": [9, 10], "of": WEIGHT} (with 9/10, rounded down, of what it was a month ago), {"lifetime": WEIGHT}
/// (towards what everyone should have had from this pool so far, by all their weight so far).
///
/// `rule`, of a split or an among, is `carry` (default), `hamilton`, `sainte-lague`, or `floor` with a `rest`, the account
/// of what rounding leaves. An among that carries may have a `floor` and a `cap`: what a member gets from its pool in all its
/// time. What no member may have any more goes to `else`. Every pool has a name of its own; below `works`, one for each work,
/// and contributions, supporters, credits, pledges and costs are those of the work.

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mikoshi/base/field.hpp"
#include "mikoshi/base/time.hpp"
#include "mikoshi/crypto/sha256.hpp"
#include "mikoshi/community/decision.hpp"
#include "mikoshi/split/bounded.hpp"

namespace mikoshi {

/// What a member weighs: measured in the state, or made of other weights.
enum class Weight : std::uint8_t {
  tickets, ticket_seconds, contributions, segments, equal, credits, supporters, pledges, reviews,  // measured
  product, root, decay, lifetime,                                                                  // made of others
  costs,                                                                                           // of a recoup alone
};
inline constexpr std::array<std::string_view, 14> weight_names = {
    "tickets",    "ticket-seconds", "contributions", "segments", "equal", "credits",  "supporters",
    "pledges",    "reviews",        "product",       "root",     "decay", "lifetime", "costs"};
/// How many of them are measured.
inline constexpr std::size_t measured_weights = 9;

struct Measure {
  Weight weight = Weight::equal;
  std::vector<Measure> of;   ///< product: two or more; root, decay, lifetime: one
  std::uint64_t parts = 0;   ///< decay: of what it was a month ago, `parts` of `whole` stay
  std::uint64_t whole = 1;

  /// Whether its pool remembers one number a member.
  [[nodiscard]] bool remembers() const { return weight == Weight::decay || weight == Weight::lifetime; }
};

enum class Rule : std::uint8_t { carry, hamilton, sainte_lague, floor };
inline constexpr std::array<std::string_view, 4> rule_names = {"carry", "hamilton", "sainte-lague", "floor"};

/// What the account of another community begins with; its DAO's id follows.
inline constexpr std::string_view partner_prefix = "dao:";

inline constexpr std::uint64_t split_part_max = 1'000'000'000;
inline constexpr std::size_t split_branches_max = 1000;
inline constexpr std::uint64_t hold_months_max = 1200;

/// One node of the tree, valid by construction.
struct Node {
  enum class Kind : std::uint8_t { to, split, among, take, threshold, recoup, hold };
  Kind kind = Kind::to;
  std::string path;                  ///< "/root/split/1": where it stands in the document
  std::string account;               ///< to: a purse pool:NAME, or another community dao:ID
  PoolId pool;                       ///< all others: the node's own name
  std::vector<std::uint64_t> parts;  ///< split, recoup: one a branch (recoup: minor units, with the cap), each above zero
  std::vector<Node> branches;        ///< the branches; then `else`; `then`, `rest`; `rest` after the branches of a recoup
  Measure measure;                   ///< among; recoup: of pledges or of costs, else equal
  std::pair<std::uint64_t, std::uint64_t> cap{1, 1};  ///< recoup of pledges: how many times they come back
  Rule rule = Rule::carry;           ///< split, among
  std::string rest_account;          ///< rule floor: where what rounding leaves goes
  Bounds bounds;                     ///< among
  u128 limit = 0;                    ///< take: minor units a month; threshold: minor units in all
  std::optional<Period> month;       ///< threshold, hold: from when on
  std::uint64_t months = 0;          ///< hold: in how many parts

  /// What the node above knows this one by: its account or its pool.
  [[nodiscard]] const std::string& name() const { return kind == Kind::to ? account : pool.text(); }
};
/// The words by which a node is recognised, in the order of Node::Kind.
inline constexpr std::array<std::string_view, 7> node_names = {"to",        "split",  "among", "take",
                                                               "threshold", "recoup", "hold"};

/// The rules for one currency.
struct Tree {
  Node root;
  std::optional<Node> works;
  u128 minimum = 0;  ///< the smallest transfer to a member who is there; smaller amounts stay owed
  std::set<PoolId> pools;
};

/// The rules for the DAO's own currency, and for the others by their codes.
struct Charter : Tree {
  std::map<std::string, Tree> others;
  std::map<std::string, Consent> consent;  ///< by what it is about
  std::set<std::string> signed_kinds;
};

/// What a charter may want consent for.
inline constexpr std::array<std::string_view, 3> consent_names = {"charter", "draft", "recognise"};
inline constexpr std::uint64_t consent_days_max = 366;
/// The kinds of lines that a charter may want a member's own signature under: acts of members. Not the binding of a key, without
/// which nobody could begin to sign.
inline constexpr std::array<std::string_view, 24> signable_kinds = {
    "cancel",        "contribution",  "contribution.confirm", "credit",        "credit.confirm", "introduction",
    "member.key.end", "member.leave", "member.rejoin",        "object",        "propose",        "review.ballot",
    "review.reveal", "sign",          "ticket.burn",          "ticket.lend",   "ticket.return",  "ticket.transfer",
    "units.burn",    "units.move",    "waive",                "will",          "will.alive",     "withdraw"};

/// Visits a node and all below it.
template <class Visit>
void each_node(const Node& node, Visit&& visit) {
  visit(node);
  for (const Node& branch : node.branches) each_node(branch, visit);
}

/// Visits every node of a currency's rules.
template <class Visit>
void each_node(const Tree& tree, Visit&& visit) {
  each_node(tree.root, visit);
  if (tree.works) each_node(*tree.works, visit);
}

/// Reads a charter.
/// @error bad_charter  with every finding at once, each with the path of its node: unknown or missing field, wrong type,
///        bad pool or account name, a pool named twice in a currency, a part of zero or above 10^9, no branches, two branches of one
///        name, an unknown weight or rule, a missing `else`, a cap below the floor, a node that nothing can reach, a ratio
///        with a zero, costs that are recouped twice, a decay that some months would not see, an amount that is none, nesting beyond 16.
[[nodiscard]] MIKOSHI_INLINE Result<Charter> parse_charter(const Json& rules);

/// What identifies the rules: SHA-256 of their canonical text.
[[nodiscard]] inline Hash charter_hash(const Json& rules) { return sha256(as_bytes(to_canonical(rules))); }

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

class CharterReader {
 public:
  std::vector<std::string> findings;

  /// "minimum", "root" and "works". @param path  what stands before them.
  Tree tree(const Json& json, const std::string& path) {
    Tree tree;
    tree_ = &tree;
    if (const Json* minimum = json.find("minimum")) {
      const auto amount = Codec<u128>::decode(*minimum);
      if (!amount) find(path + "minimum", to_string(amount.error()));
      tree.minimum = amount ? *amount : u128{0};
    }
    if (const Json* node = json.find("root")) {
      tree.root = this->node(*node, path + "root");
    } else {
      find(path, "\"root\" is missing");
    }
    if (const Json* node = json.find("works")) {
      tree.works = this->node(*node, path + "works");
      costs_once(*tree.works);
    }
    costs_once(tree.root);
    return tree;
  }

  /// What waits of the costs is paid by one node: a second one would pay it again.
  void costs_once(const Node& root) {
    bool found = false;
    each_node(root, [&](const Node& node) {
      if (node.kind != Node::Kind::recoup || node.measure.weight != Weight::costs) return;
      if (found) find(node.path, "costs are recouped in one place");
      found = true;
    });
  }

  /// "consent": what lies open, for how long, and who must sign.
  void consent(const Json& json, Charter& charter) {
    if (json.object() == nullptr || json.object()->empty())
      return find("/consent", "what waits for consent: charter, draft or recognise");
    for (const auto& [name, terms] : *json.object()) {
      const std::string path = "/consent/" + name;
      if (std::find(consent_names.begin(), consent_names.end(), name) == consent_names.end()) {
        find(path, "consent is about charter, draft or recognise");
        continue;
      }
      if (terms.object() == nullptr) {
        find(path, "an object with \"days\"");
        continue;
      }
      Consent& consent = charter.consent[name];
      if (name == "draft") {
        allow(terms, path, {"days"});
      } else {
        allow(terms, path, {"days", "sign"});
      }
      const Json* days = terms.find("days");
      const auto count = days != nullptr ? Codec<std::uint64_t>::decode(*days) : Result<std::uint64_t>{0};
      if (days == nullptr || !count || *count > consent_days_max) find(path + "/days", "a number of days from 0 to 366");
      if (count) consent.days = *count;
      if (const Json* sign = terms.find("sign")) {
        std::tie(consent.parts, consent.whole) = ratio(*sign, path + "/sign");
        if (consent.parts > consent.whole) find(path + "/sign", "more than all members");
      }
    }
  }

  /// "signed": kinds of lines.
  void signed_kinds(const Json& json, Charter& charter) {
    const Json::Array* items = json.array();
    if (items == nullptr || items->empty()) return find("/signed", "a list of kinds of lines, like ticket.transfer");
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string path = "/signed/" + std::to_string(i);
      if ((*items)[i].text() == nullptr) {
        find(path, "a kind of lines, like ticket.transfer");
      } else if (std::find(signable_kinds.begin(), signable_kinds.end(), *(*items)[i].text()) == signable_kinds.end()) {
        find(path, "no member says \"" + *(*items)[i].text() + "\"");
      } else if (!charter.signed_kinds.insert(*(*items)[i].text()).second) {
        find(path, "the kind is named twice");
      }
    }
  }

  Node node(const Json& json, const std::string& path) {
    Node node;
    node.path = path;
    if (++depth_ > json_depth_max) {
      find(path, "nested deeper than 16");
    } else if (json.object() == nullptr) {
      find(path, "a node is an object");
    } else if (const auto kind = kind_of(json)) {
      node.kind = *kind;
      switch (node.kind) {
        case Node::Kind::to:
          if (const Json* partner = json.find("partner")) {
            allow(json, path, {"partner"});
            node.account = partner_account(*partner, path + "/partner");
          } else {
            allow(json, path, {"to"});
            node.account = account(*json.find("to"), path + "/to");
          }
          break;
        case Node::Kind::split:
          pooled(json, path, {"pool", "rest", "rule", "split"}, node);
          rule(json, path, node);
          split(*json.find("split"), path, node);
          break;
        case Node::Kind::among:
          among(json, path, node);
          break;
        case Node::Kind::take:
        case Node::Kind::threshold:
          gate(json, path, node);
          break;
        case Node::Kind::recoup:
          recoup(json, path, node);
          break;
        case Node::Kind::hold:
          hold(json, path, node);
          break;
      }
    } else {
      find(path,
           "a node has \"to\", \"partner\", \"split\", \"among\", \"take\", \"threshold\", \"recoup\" or \"hold\"");
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
  static std::optional<Node::Kind> kind_of(const Json& json) {
    for (std::size_t i = 0; i < node_names.size(); ++i)
      if (json.find(node_names[i]) != nullptr) return static_cast<Node::Kind>(i);
    if (json.find("partner") != nullptr) return Node::Kind::to;
    return std::nullopt;
  }

  std::string account(const Json& to, const std::string& path) {
    constexpr std::string_view prefix = "pool:";
    const std::string* text = to.text();
    if (text != nullptr && text->starts_with(prefix) && PoolId::parse(std::string_view{*text}.substr(prefix.size())))
      return *text;
    find(path, "an account is written pool:NAME");
    return {};
  }

  std::string partner_account(const Json& partner, const std::string& path) {
    const std::string* text = partner.text();
    Hash id{};
    if (text != nullptr && text->starts_with(partner_prefix) &&
        parse_hex(std::string_view{*text}.substr(partner_prefix.size()), id))
      return *text;
    find(path, "a partner is written dao:ID, the DAO's id in 64 hexadecimal digits");
    return {};
  }

  /// What every node but `to` begins with: no field beside these, and a pool of its own.
  void pooled(const Json& json, const std::string& path, std::initializer_list<std::string_view> keys, Node& node) {
    allow(json, path, keys);
    const Json* name = json.find("pool");
    if (name == nullptr) return find(path, "\"pool\" is missing");
    const auto id = Codec<PoolId>::decode(*name);
    if (!id) return find(path + "/pool", to_string(id.error()));
    if (!tree_->pools.insert(*id).second) find(path + "/pool", "the pool \"" + id->text() + "\" is named twice");
    node.pool = *id;
  }

  /// An amount above zero.
  u128 amount(const Json& json, const std::string& path) {
    const auto minor = Codec<u128>::decode(json);
    if (!minor) find(path, to_string(minor.error()));
    if (minor && *minor == 0) find(path, "an amount of zero: nothing can ever come there");
    return minor ? *minor : u128{0};
  }

  /// [parts, whole], both from 1 to 10^9.
  std::pair<std::uint64_t, std::uint64_t> ratio(const Json& json, const std::string& path) {
    const Json::Array* pair = json.array();
    if (pair != nullptr && pair->size() == 2) {
      const auto parts = Codec<std::uint64_t>::decode((*pair)[0]), whole = Codec<std::uint64_t>::decode((*pair)[1]);
      if (parts && whole && *parts >= 1 && *whole >= 1 && *parts <= split_part_max && *whole <= split_part_max)
        return {*parts, *whole};
    }
    find(path, "a ratio is [parts, whole], both from 1 to 10^9");
    return {1, 1};
  }

  /// A node that must be there: `then`, `rest`, `else`.
  void branch(const Json& json, std::string_view key, const std::string& path, Node& node) {
    if (const Json* below = json.find(key)) {
      node.branches.push_back(this->node(*below, path + "/" + std::string{key}));
    } else if (key == "else") {
      find(path, "\"else\" is missing: every weight can be zero");
    } else {
      find(path, "\"" + std::string{key} + "\" is missing");
    }
  }

  void distinct(const Node& node, const std::string& path) {
    std::set<std::string> names;
    for (const Node& branch : node.branches)
      if (!branch.name().empty() && !names.insert(branch.name()).second)
        find(branch.path.starts_with(path) ? branch.path : path, "two branches are called \"" + branch.name() + "\"");
  }

  void rule(const Json& json, const std::string& path, Node& node) {
    if (const Json* rule = json.find("rule"))
      node.rule = static_cast<Rule>(choice(*rule, path + "/rule", rule_names, rule_names.size()));
    const Json* rest = json.find("rest");
    if (node.rule == Rule::floor && rest == nullptr)
      find(path, "\"rest\" is missing: rule floor leaves units over, and they go to an account");
    if (node.rule != Rule::floor && rest != nullptr) find(path, "\"rest\" belongs to rule floor");
    if (rest != nullptr) node.rest_account = account(*rest, path + "/rest");
  }

  /// The pairs [first, NODE] of a split or a recoup. @param what  reads the first.
  template <class First>
  void pairs(const Json& list, std::string_view key, std::string_view form, const std::string& path, Node& node,
             First first) {
    const std::string place = path + "/" + std::string{key};
    const Json::Array* items = list.array();
    const std::string a = "a " + std::string{key} + " has ", one = "[" + std::string{form} + ", node]";
    if (items == nullptr || items->empty()) return find(place, a + "at least one " + one);
    if (items->size() > split_branches_max) return find(place, a + "at most 1000 branches");
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string at = place + "/" + std::to_string(i);
      const Json::Array* pair = (*items)[i].array();
      if (pair == nullptr || pair->size() != 2) {
        find(at, "a branch is " + one);
        continue;
      }
      node.parts.push_back(first((*pair)[0], at));
      node.branches.push_back(this->node((*pair)[1], at));
    }
  }

  void split(const Json& list, const std::string& path, Node& node) {
    pairs(list, "split", "parts", path, node, [&](const Json& json, const std::string& at) -> std::uint64_t {
      const auto parts = Codec<std::uint64_t>::decode(json);
      if (!parts || *parts == 0 || *parts > split_part_max) find(at, "parts are a whole number from 1 to 10^9");
      return parts ? *parts : 0;
    });
    distinct(node, path);
  }

  void among(const Json& json, const std::string& path, Node& node) {
    pooled(json, path, {"among", "cap", "else", "floor", "pool", "rest", "rule"}, node);
    node.measure = measure(*json.find("among"), path + "/among", true);
    rule(json, path, node);
    const Json *floor = json.find("floor"), *cap = json.find("cap");
    if (node.rule != Rule::carry && (floor != nullptr || cap != nullptr))
      find(path, "a floor or a cap needs rule carry");
    if (node.measure.weight == Weight::lifetime && (node.rule != Rule::carry || floor != nullptr || cap != nullptr))
      find(path, "a lifetime needs rule carry, without a floor or a cap: it counts what the pool has paid and keeps");
    if (floor != nullptr) node.bounds.floor = amount(*floor, path + "/floor");
    if (cap != nullptr) node.bounds.cap = amount(*cap, path + "/cap");
    if (cap != nullptr && *node.bounds.cap < node.bounds.floor) find(path + "/cap", "the cap is below the floor");
    ++conditional_;
    branch(json, "else", path, node);
    --conditional_;
  }

  Measure measure(const Json& json, const std::string& path, bool outermost) {
    Measure measure;
    if (++depth_ > json_depth_max) {
      find(path, "nested deeper than 16");
    } else if (json.object() == nullptr) {
      measure.weight = static_cast<Weight>(choice(json, path, weight_names, measured_weights));
    } else if (const Json* factors = json.find("product")) {
      allow(json, path, {"product"});
      measure.weight = Weight::product;
      const Json::Array* items = factors->array();
      if (items == nullptr || items->size() < 2 || items->size() > 8) {
        find(path + "/product", "a product has two to eight weights");
      } else {
        for (std::size_t i = 0; i < items->size(); ++i)
          measure.of.push_back(this->measure((*items)[i], path + "/product/" + std::to_string(i), false));
      }
    } else if (const Json* square = json.find("root")) {
      allow(json, path, {"root"});
      measure.weight = Weight::root;
      measure.of.push_back(this->measure(*square, path + "/root", false));
    } else if (const Json* kept = json.find("decay")) {
      allow(json, path, {"decay", "of"});
      measure.weight = Weight::decay;
      std::tie(measure.parts, measure.whole) = ratio(*kept, path + "/decay");
      if (measure.parts > measure.whole) find(path + "/decay", "a decay keeps no more than there was");
      remembering("a decay", path, outermost);
      if (const Json* of = json.find("of")) {
        measure.of.push_back(this->measure(*of, path + "/of", false));
      } else {
        find(path, "\"of\" is missing");
      }
    } else if (const Json* of = json.find("lifetime")) {
      allow(json, path, {"lifetime"});
      measure.weight = Weight::lifetime;
      remembering("a lifetime", path, outermost);
      measure.of.push_back(this->measure(*of, path + "/lifetime", false));
    } else {
      find(path, "a weight has \"product\", \"root\", \"decay\" or \"lifetime\"");
    }
    --depth_;
    return measure;
  }

  void remembering(const std::string& what, const std::string& path, bool outermost) {
    if (!outermost) find(path, what + " stands outside, not inside another weight: its pool remembers one number a member");
    if (conditional_ != 0) find(path, what + " does not stand below an \"else\": it would miss the months that do not come there");
  }

  void gate(const Json& json, const std::string& path, Node& node) {
    const std::string key{node_names[static_cast<std::size_t>(node.kind)]};
    pooled(json, path, {"pool", "rest", key, "then"}, node);
    const Json& limit = *json.find(key);
    if (node.kind == Node::Kind::threshold && limit.text() != nullptr) {
      if (const auto month = Period::parse(*limit.text())) node.month = *month;
    }
    if (!node.month) node.limit = amount(limit, path + "/" + key);
    branch(json, "then", path, node);
    branch(json, "rest", path, node);
    distinct(node, path);
  }

  void recoup(const Json& json, const std::string& path, Node& node) {
    pooled(json, path, {"cap", "pool", "recoup", "rest"}, node);
    std::pair<std::uint64_t, std::uint64_t> cap{1, 1};
    if (const Json* stated = json.find("cap")) cap = ratio(*stated, path + "/cap");
    if (const std::string* whom = json.find("recoup")->text()) {
      node.cap = cap;
      node.measure.weight = *whom == "costs" ? Weight::costs : Weight::pledges;
      if (*whom != "costs" && *whom != "pledges") find(path + "/recoup", "members recoup pledges or costs");
      if (*whom == "costs" && json.find("cap") != nullptr) find(path + "/cap", "costs come back once");
      return branch(json, "rest", path, node);
    }
    u128 sum = 0;
    pairs(*json.find("recoup"), "recoup", "amount", path, node, [&](const Json& item, const std::string& at) -> std::uint64_t {
      const u128 minor = amount(item, at);
      if (high64(minor) != 0) return find(at, "an amount of a recoup is below 2^64 minor units"), 0;
      const u128 most = minor * cap.first / cap.second;
      if (minor != 0 && most == 0) find(at, "with the cap nothing is left of the amount");
      sum += most;
      return high64(most) == 0 ? low64(most) : 0;
    });
    if (high64(sum) != 0) find(path + "/recoup", "the amounts of a recoup are below 2^64 minor units together");
    branch(json, "rest", path, node);
    distinct(node, path);
  }

  void hold(const Json& json, const std::string& path, Node& node) {
    pooled(json, path, {"hold", "pool", "then"}, node);
    const Json& hold = *json.find("hold");
    const auto months = Codec<std::uint64_t>::decode(hold);
    const auto month = hold.text() != nullptr ? Period::parse(*hold.text()) : Result<Period>{fail(Errc::bad_period)};
    if (month) node.month = *month;
    if (months && *months >= 2 && *months <= hold_months_max) node.months = *months;
    if (!node.month && node.months == 0)
      find(path + "/hold", "hold says a number of months, from 2 to 1200, or a month like 2027-04");
    branch(json, "then", path, node);
  }

  template <std::size_t N>
  std::size_t choice(const Json& json, const std::string& path, const std::array<std::string_view, N>& words,
                     std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      if (json.text() != nullptr && *json.text() == words[i]) return i;
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += (list.empty() ? "" : ", ") + std::string{words[i]};
    find(path, "one of: " + list);
    return 0;
  }

  Tree* tree_ = nullptr;  ///< that is being read
  int conditional_ = 0;  ///< how many nodes above are reached in some months only
  int depth_ = 0;
};

}  // namespace detail

MIKOSHI_INLINE Result<Charter> parse_charter(const Json& rules) {
  detail::CharterReader reader;
  if (rules.object() == nullptr) return fail(Errc::bad_charter, "a charter is an object");
  reader.allow(rules, "/", {"consent", "currencies", "minimum", "root", "signed", "works"});
  Charter charter;
  static_cast<Tree&>(charter) = reader.tree(rules, "/");
  if (const Json* consent = rules.find("consent")) reader.consent(*consent, charter);
  if (const Json* kinds = rules.find("signed")) reader.signed_kinds(*kinds, charter);
  if (const Json* others = rules.find("currencies")) {
    if (others->object() == nullptr || others->object()->empty())
      reader.find("/currencies", "the rules for other currencies, by their codes");
    for (std::size_t i = 0; others->object() != nullptr && i < others->object()->size(); ++i) {
      const auto& [code, json] = (*others->object())[i];
      const std::string path = "/currencies/" + code;
      if (!Currency::make(code, 0)) reader.find(path, "a currency's code is 1 to 12 of A-Z 0-9");
      if (json.object() == nullptr) {
        reader.find(path, "an object with \"root\"");
        continue;
      }
      reader.allow(json, path, {"minimum", "root", "works"});
      charter.others.emplace(code, reader.tree(json, path + "/"));
    }
  }
  if (reader.findings.empty()) return charter;
  std::string all;
  for (const std::string& finding : reader.findings) all += (all.empty() ? "" : " | ") + finding;
  return fail(Errc::bad_charter, all);
}

#endif

}  // namespace mikoshi
