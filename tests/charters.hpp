// SPDX-License-Identifier: MIT
#pragma once
/// @file charters.hpp
/// What the tests of whole charters share: a second, slow evaluator of a month, charters at random, and communities at
/// random.
///
/// The evaluator is written from FORMAT.md §8, in integers of any size and in members' names instead of indices. It
/// shares no code with the library; what members weigh, where it is measured, it is told by whoever calls it.

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exact.hpp"
#include "random.hpp"
#include "world.hpp"

namespace charters {

using mikoshi::Json;
using mikoshi::Period;
using Text = std::string;

inline const Big unit = Big{1} << 64, grace = Big{1} << 32;

inline Period later(Period period, int months) {
  for (; months > 0; --months) period = period.next();
  return period;
}
inline mikoshi::u128 small(const Big& value) { return mikoshi::parse_minor(value.str()).value(); }

// --- the slow evaluator ------------------------------------------------------------------------------------------------

struct SlowPool {
  struct Part {
    int since;
    Big amount, given;
  };
  Big dust = 0, undivided = 0, received = 0;
  std::map<Text, Big> fraction, paid, memory;
  std::vector<Part> held;

  Big holding() const {
    Big sum = 0;
    for (const Part& part : held) sum += part.amount - part.given;
    return sum;
  }
  Big kept() const { return undivided + holding(); }
};
using SlowPools = std::map<Text, SlowPool>;

/// A month of a charter, in words of its own: integers of any size, and rationals where the level of the water is sought.
struct SlowMonth {
  Period period;
  /// By member: what a measured weight, like "tickets", gives. Who is not in it weighs 0.
  std::function<std::map<Text, Big>(const Text& weight)> measured;
  std::set<Text> members;                ///< all that ever were
  SlowPools pools;                       ///< before, and then after
  std::optional<std::set<Text>> kept{};  ///< the pools that the next month's charter names, where that is another one

  bool overflow = false;      ///< some weights reach 2^64: nothing else is said then
  Text lines{};               ///< the share lines
  std::map<Text, Big> got{};  ///< by payee, members and purses

  Big kept_in_all() const {
    Big sum = 0;
    for (const auto& [name, pool] : pools) sum += pool.kept();
    return sum;
  }

  static Text branch_name(const Json& node) {
    return node.find("to") != nullptr ? text(node, "to") : text(node, "pool");
  }

  /// Calls `visit` with each node right below.
  template <class Visit>
  static void each_below(const Json& node, Visit visit) {
    for (const char* key : {"split", "recoup"})
      if (const Json* list = node.find(key))
        for (const Json& pair : *list->array()) visit(pair.array()->at(1));
    for (const char* key : {"else", "then", "rest"})
      if (const Json* below = node.find(key); below != nullptr && below->object() != nullptr) visit(*below);
  }
  /// The pools named at or below a node.
  static void names(const Json& node, std::set<Text>& found) {
    if (node.find("pool") != nullptr) found.insert(text(node, "pool"));
    each_below(node, [&](const Json& below) { names(below, found); });
  }

  void node(const Json& json, const Text& path, const Big& in) {
    if (overflow) return;
    if (const Json* to = json.find("to")) {
      got[*to->text()] += in;
      return say(path, *to->text(), in, 0, grace);
    }
    const Text name = text(json, "pool");
    SlowPool& pool = pools[name];
    const bool ends = kept && !kept->contains(name);
    const Big before = pool.kept();
    Big out = 0;
    const Json* then = json.find("then");
    const Json* beyond = json.find("rest");
    const auto two = [&](const Big& first) {
      say(path, branch_name(*then), first, 0, grace);
      say(path, branch_name(*beyond), in - first, 0, grace);
      REQUIRE(first <= in);
      if (ends || json.find("take") != nullptr) pools.erase(name);
      node(*then, path + "/then", first);
      node(*beyond, path + "/rest", in - first);
    };
    if (const Json* take = json.find("take")) return two(std::min(in, Big{*take->text()}));
    if (const Json* limit = json.find("threshold")) {
      const Big counted = pool.received;
      pool.received += in;
      if (limit->text()->find('-') != Text::npos) return two(to_string(period) < *limit->text() ? in : Big{0});
      const Big first = std::min(in, std::max(Big{0}, Big{Big{*limit->text()} - counted}));
      return two(first);
    }
    if (const Json* hold = json.find("hold")) {
      if (in > 0) pool.held.push_back({period.months(), in, 0});
      for (auto& part : pool.held) {
        const int k = period.months() - part.since + 1;
        Big due = part.amount;
        if (hold->text() != nullptr) {
          if (to_string(period) < *hold->text()) due = 0;
        } else if (k < *hold->integer()) {
          due = part.amount * k / *hold->integer();
        }
        if (ends) due = part.amount;
        out += due - part.given;
        part.given = due;
      }
      std::erase_if(pool.held, [](const auto& part) { return part.given == part.amount; });
      CHECK(before + in == out + pool.kept());
      say(path, branch_name(*then), out, 0, grace);
      if (ends) pools.erase(name);
      return node(*then, path + "/then", out);
    }
    if (const Json* groups = json.find("recoup")) {
      Big p = 1, q = 1, most = 0;
      if (const Json* cap = json.find("cap")) p = *cap->array()->at(0).integer(), q = *cap->array()->at(1).integer();
      std::map<Text, Big> weight;
      for (const Json& pair : *groups->array())
        most += weight[branch_name(pair.array()->at(1))] = Big{*pair.array()->at(0).text()} * p / q;
      const Big first = std::min(in, Big{most - pool.received});
      pool.received += first;
      std::map<Text, Big> pays;
      if (first > 0) pays = carry(pool, first, weight);
      if (pool.received == most) CHECK(pool.undivided == 0);
      std::vector<Text> order;
      for (const Json& pair : *groups->array()) order.push_back(branch_name(pair.array()->at(1)));
      if (ends) close(pool, order, pays);
      std::vector<std::pair<const Json*, Big>> below;
      for (std::size_t i = 0; i < order.size(); ++i) {
        out += pays[order[i]];
        say(path, order[i], pays[order[i]], weight[order[i]], fraction_of(pool, order[i]));
        below.emplace_back(&groups->array()->at(i).array()->at(1), pays[order[i]]);
      }
      CHECK(before + first == out + pool.kept());
      say(path, branch_name(*beyond), in - first, 0, grace);
      if (ends) pools.erase(name);
      for (std::size_t i = 0; i < below.size(); ++i)
        node(*below[i].first, path + "/recoup/" + std::to_string(i), below[i].second);
      return node(*beyond, path + "/rest", in - first);
    }
    const Json* split = json.find("split");
    const Text rule = json.find("rule") != nullptr ? text(json, "rule") : "carry";
    const bool decays = split == nullptr && json.find("among")->find("decay") != nullptr;
    std::map<Text, Big> weight, pays;
    std::vector<Text> order;
    if (split != nullptr) {
      for (const Json& pair : *split->array()) {
        order.push_back(branch_name(pair.array()->at(1)));
        weight[order.back()] = *pair.array()->at(0).integer();
      }
    } else {
      weight = weights(*json.find("among"), pool, in);
      if (overflow) return;
      if (decays) pool.memory = weight;
      for (const Text& id : members)
        if (ends || weight.contains(id)) order.push_back(id);
    }
    Big sum = 0, rest = 0, over = 0;
    for (const auto& [id, w] : weight) sum += w;
    const bool passes = sum == 0;
    const Big used = passes ? Big{0} : in;
    const Json *floor = json.find("floor"), *cap = json.find("cap");
    if (used > 0 && rule == "carry" && (floor != nullptr || cap != nullptr)) {
      pays = bounded(pool, used, weight, floor != nullptr ? Big{*floor->text()} : Big{0},
                     cap != nullptr ? std::optional<Big>{Big{*cap->text()}} : std::nullopt, over);
    } else if (used > 0 && rule == "carry") {
      pays = carry(pool, used, weight);
    } else if (used > 0 && rule == "sainte-lague") {
      pays = by_seats(used, weight);
    } else if (used > 0) {
      pays = by_floors(used, weight, rule == "hamilton", rest);
    }
    if (ends) close(pool, order, pays);
    for (const Text& id : order) {
      if (split == nullptr && !weight.contains(id) && pays[id] == 0) continue;
      out += pays[id];
      say(path, id, pays[id], weight[id], fraction_of(pool, id));
      if (split != nullptr) continue;
      got[id] += pays[id];
      if (rule == "carry") pool.paid[id] += pays[id];
    }
    if (rule == "floor") {
      say(path, text(json, "rest"), rest, 0, grace);
      got[text(json, "rest")] += rest;
      out += rest;
    }
    CHECK(before + used == out + over + pool.kept());
    if (ends || (rule != "carry" && !decays)) pools.erase(name);
    if (split != nullptr) {
      for (std::size_t i = 0; i < order.size(); ++i)
        node(split->array()->at(i).array()->at(1), path + "/split/" + std::to_string(i), pays[order[i]]);
    } else if (passes || over > 0 || awake(*json.find("else"))) {
      node(*json.find("else"), path + "/else", passes ? in : over);
    }
  }

 private:
  static const Text& text(const Json& json, const char* key) { return *json.find(key)->text(); }
  static Big fraction_of(const SlowPool& pool, const Text& id) {
    const auto found = pool.fraction.find(id);
    return found == pool.fraction.end() ? grace : found->second;
  }

  void say(const Text& path, const Text& payee, const Big& pay, const Big& weight, const Big& fraction) {
    Text hex;
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[static_cast<int>((fraction >> shift) & 15)];
    lines += "{\"fraction\":\"" + hex + "\",\"path\":\"" + path + "\",\"pay\":\"" + pay.str() + "\",\"payee\":\"" +
             payee + "\",\"weight\":\"" + weight.str() + "\"}\n";
  }

  /// By member; who weighs 0 is not in it.
  std::map<Text, Big> weights(const Json& measure, SlowPool& pool, const Big& in) {
    std::map<Text, Big> result;
    if (measure.text() != nullptr) {
      result = measured(*measure.text());
    } else if (const Json* factors = measure.find("product")) {
      for (const Text& id : members) result[id] = 1;
      for (const Json& factor : *factors->array()) {
        const std::map<Text, Big> more = weights(factor, pool, in);
        for (auto& [id, weight] : result) weight *= more.contains(id) ? more.at(id) : Big{0};
      }
    } else if (const Json* square = measure.find("root")) {
      result = weights(*square, pool, in);
      for (auto& [id, weight] : result) weight = sqrt(weight);
    } else if (const Json* of = measure.find("lifetime")) {
      result = weights(*of, pool, in);
      for (const auto& [id, before] : pool.memory) result[id] += before;
      pool.memory = result;
      Big all = 0, got_ever = in + pool.undivided, lack = 0;
      for (const auto& [id, sum] : result) all += sum;
      overflow = overflow || all >= unit;
      for (const auto& [id, paid] : pool.paid) got_ever += paid;
      for (auto& [id, weight] : result) {
        const auto paid = pool.paid.find(id);
        const Big has = (paid == pool.paid.end() ? Big{0} : paid->second) * unit + fraction_of(pool, id) - grace;
        weight = all == 0 ? Big{0} : std::max(Big{0}, Big{got_ever * unit * weight / all - has});
        lack += weight;
      }
      for (; lack >= unit; lack /= 2)
        for (auto& [id, weight] : result) weight /= 2;
    } else {
      const Json::Array& kept_part = *measure.find("decay")->array();
      result = weights(*measure.find("of"), pool, in);
      for (const auto& [id, before] : pool.memory)
        result[id] += before * *kept_part[0].integer() / *kept_part[1].integer();
    }
    std::erase_if(result, [](const auto& item) { return item.second == 0; });
    Big sum = 0;
    for (const auto& [id, weight] : result) sum += weight;
    overflow = overflow || sum >= unit;
    return result;
  }

  /// Divides T parts of 2^-64 unit, and pays the whole units.
  static std::map<Text, Big> pay_parts(SlowPool& pool, const std::map<Text, Big>& parts) {
    std::map<Text, Big> pays;
    for (const auto& [id, m] : parts) {
      Big& fraction = pool.fraction.try_emplace(id, grace).first->second;
      const Big y = fraction + m;
      pays[id] = y / unit;
      fraction = y % unit;
    }
    return pays;
  }

  static std::map<Text, Big> carry(SlowPool& pool, const Big& in, const std::map<Text, Big>& weight) {
    Big sum = 0, given = 0;
    for (const auto& [id, w] : weight) sum += w;
    const Big total = in * unit + pool.dust;
    std::map<Text, Big> parts;
    for (const auto& [id, w] : weight)
      if (w > 0) given += parts[id] = total * w / sum;
    const auto pays = pay_parts(pool, parts);
    pool.dust = total - given;
    pool.undivided += in;
    for (const auto& [id, pay] : pays) pool.undivided -= pay;
    return pays;
  }

  /// The undivided units, one each, to the largest fractions of those in `order`; then nobody has one.
  static void close(SlowPool& pool, const std::vector<Text>& order, std::map<Text, Big>& pays) {
    std::vector<std::pair<Big, Text>> last;
    for (const Text& id : order) last.emplace_back(-fraction_of(pool, id), id);
    std::sort(last.begin(), last.end());
    for (std::size_t i = 0; pool.undivided > 0; ++i, --pool.undivided) pays[last.at(i).second] += 1;
    pool.fraction.clear();
    pool.dust = 0;
  }

  /// The water's level by trying each place where somebody reaches a bound.
  static std::map<Text, Big> bounded(SlowPool& pool, const Big& in, const std::map<Text, Big>& weight, const Big& floor,
                                     const std::optional<Big>& cap, Big& rest) {
    const Big total = in * unit + pool.dust;
    std::map<Text, Big> low, high, parts;
    Big lows = 0;
    std::optional<Big> highs = Big{0};
    for (const auto& [id, w] : weight) {
      if (w == 0) continue;
      const Big have = pool.paid[id] * unit + fraction_of(pool, id) - grace;
      low[id] = floor == 0 ? Big{0} : std::max(Big{0}, Big{floor * unit - have});
      lows += low[id];
      if (cap) *highs += high[id] = std::max(Big{0}, Big{*cap * unit - have});
    }
    if (!cap) highs.reset();
    Big given = 0;
    rest = 0;
    if (lows >= total) {
      for (const auto& [id, lo] : low) given += parts[id] = lows == 0 ? Big{0} : Big{total * lo / lows};
    } else if (highs && *highs <= total) {
      for (const auto& [id, hi] : high) given += parts[id] = hi;
      rest = (total - given) / unit;
    } else {
      const auto filled = [&](const Rational& level) {
        Rational sum = 0;
        for (const auto& [id, lo] : low) {
          Rational x = Rational{lo} + level * weight.at(id);
          if (cap) x = std::min(x, Rational{high[id]});
          sum += x;
        }
        return sum;
      };
      std::set<Rational> levels{Rational{0}};
      for (const auto& [id, lo] : low)
        if (cap) levels.insert(Rational{high[id] - lo} / weight.at(id));
      Rational below = 0;
      for (const Rational& level : levels)
        if (filled(level) <= total) below = level;
      // From `below` on, until the next place, only those between their bounds rise.
      Big open = 0, left = total;
      std::set<Text> rising;
      for (const auto& [id, lo] : low) {
        if (cap && lo + below * weight.at(id) >= high[id]) {
          left -= parts[id] = high[id];
        } else {
          left -= lo;
          rising.insert(id);
          open += weight.at(id);
        }
      }
      for (const Text& id : rising) parts[id] = low[id] + left * weight.at(id) / open;
      for (const auto& [id, m] : parts) given += m;
    }
    const auto pays = pay_parts(pool, parts);
    pool.dust = total - given - rest * unit;
    pool.undivided += in - rest;
    for (const auto& [id, pay] : pays) pool.undivided -= pay;
    return pays;
  }

  /// Unit after unit. Nobody ends further than 1/2 + n·w/2W below the share, so the first units are given out together.
  static std::map<Text, Big> by_seats(const Big& in, const std::map<Text, Big>& weight) {
    std::map<Text, Big> pays;
    Big sum = 0, seat = 0;
    for (const auto& [id, w] : weight) sum += w;
    for (const auto& [id, w] : weight) seat += pays[id] = std::max(Big{0}, Big{in * w / sum - weight.size() - 1});
    for (; seat < in; ++seat) {
      Text best;
      for (const auto& [id, w] : weight)
        if (w > 0 && (best.empty() || w * (2 * pays[best] + 1) > weight.at(best) * (2 * pays[id] + 1))) best = id;
      pays[best] += 1;
    }
    return pays;
  }

  static std::map<Text, Big> by_floors(const Big& in, const std::map<Text, Big>& weight, bool largest, Big& rest) {
    Big sum = 0;
    for (const auto& [id, w] : weight) sum += w;
    std::map<Text, Big> pays;
    std::vector<std::pair<Big, Text>> order;
    rest = in;
    for (const auto& [id, w] : weight) {
      rest -= pays[id] = in * w / sum;
      order.emplace_back(-(in * w % sum), id);
    }
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; largest && rest > 0; ++i, --rest) pays[order[i].second] += 1;
    return pays;
  }

  /// Whether a pool at or below `node` ends with the month, or holds money.
  bool awake(const Json& node) const {
    bool found = false;
    if (node.find("pool") != nullptr) {
      const Text name = text(node, "pool");
      const auto pool = pools.find(name);
      found = (kept && !kept->contains(name)) || (pool != pools.end() && !pool->second.held.empty());
    }
    each_below(node, [&](const Json& below) { found = found || awake(below); });
    return found;
  }
};

// --- months of the library ---------------------------------------------------------------------------------------------

/// What the library measures in a state, by member.
inline std::function<std::map<Text, Big>(const Text&)> measured_in(const mikoshi::State& state, Period period) {
  return [&state, period](const Text& weight) {
    const auto kind = std::find(mikoshi::weight_names.begin(), mikoshi::weight_names.end(), weight);
    const auto list =
        mikoshi::weights_of(state, static_cast<mikoshi::Weight>(kind - mikoshi::weight_names.begin()), period).value();
    std::map<Text, Big> result;
    for (mikoshi::Members::Index i = 0; i < list.size(); ++i)
      if (list[i] != 0) result[state.members.ids[i].text()] = list[i];
    return result;
  };
}

/// Books an income of the month, past its line.
inline void receive(mikoshi::State& state, Period period, const Big& income) {
  if (income > 0)
    state.books.post(state.books.world, state.books.accounts[mikoshi::Books::income_account(period)], small(income));
}
/// What `approve` does with a distribution of the open month.
inline void settle(mikoshi::State& state, const mikoshi::Distribution& distribution) {
  mikoshi::settle(state, distribution);
  state.decisions.closed_through = distribution.period;
}
/// What a payee, member or purse, has in the books.
inline mikoshi::u128 booked(const mikoshi::State& state, const Text& payee) {
  if (payee.find(':') != Text::npos) return state.books.balance(payee);
  return state.books.owed(*state.members.ids.find(mikoshi::MemberId::parse(payee).value()));
}
/// The rules of the first charter, replaced past their line.
inline void set_rules(mikoshi::State& state, const Text& rules) {
  mikoshi::CharterRow& row = state.decisions.charters.front();
  row.rules = world::json(rules);
  REQUIRE(mikoshi::parse_charter(row.rules));
}

// --- at random ---------------------------------------------------------------------------------------------------------

/// What a random charter may be made of.
struct Sorts {
  bool take = true, threshold = true, recoup = true, hold = true;
  bool dated = true;                               ///< thresholds and holds with a month
  bool bounds = true;                              ///< of an among
  bool decay = true, lifetime = true, root = true, product = true;  ///< of its weight
  std::vector<Text> split_rules = {"carry", "hamilton", "sainte-lague", "floor"};
  std::vector<Text> among_rules = {"carry", "carry", "carry", "hamilton", "sainte-lague", "floor"};
  std::vector<Text> weights = {"tickets", "ticket-seconds", "contributions", "equal"};
  std::uint64_t scale = 1;  ///< of all parts
};

/// A charter at random, as text. Every node has a pool of its own.
struct RandomCharter {
  Random& random;
  Sorts sorts{};
  int pools = 0;
  bool conditional = false;

  Text rules(int depth) { return "{'root':" + node(depth) + "}"; }

  Text number(std::uint64_t max) { return std::to_string(1 + random.below(max)); }
  Text account() { return "{'to':'pool:a" + std::to_string(pools++) + "'}"; }
  Text weight(int depth) {
    if (depth == 0 || !sorts.product || random.below(3) != 0) return "'" + random.pick(sorts.weights) + "'";
    if (sorts.root && random.one_in(2)) return "{'root':" + weight(depth - 1) + "}";
    const Text second = weight(0);
    return "{'product':[" + weight(0) + "," + (sorts.root ? "{'root':" + second + "}" : second) + "]}";
  }
  /// ",'rule':…", with the purse of what is left where it needs one.
  static Text written(const Text& rule) {
    if (rule == "carry") return "";
    return ",'rule':'" + rule + "'" + (rule == "floor" ? ",'rest':'pool:left'" : "");
  }
  Text node(int depth) {
    if (depth == 0) return account();
    const Text pool = "'pool':'p" + std::to_string(pools++) + "',";
    const auto list = [&](const Text& key, auto first) {
      Text items;
      const std::uint64_t count = 1 + random.below(3);
      for (std::uint64_t i = 0; i < count; ++i) items += (i == 0 ? "[" : ",[") + first() + "," + node(depth - 1) + "]";
      return "'" + key + "':[" + items + "]";
    };
    const auto two = [&] { return "'then':" + node(depth - 1) + ",'rest':" + node(depth - 1) + "}"; };
    const std::uint64_t sort = random.below(8);
    if (sort == 0 && sorts.take) return "{" + pool + "'take':'" + number(2000) + "'," + two();
    if (sort == 1 && sorts.threshold)
      return "{" + pool + "'threshold':'" +
             (sorts.dated && random.one_in(3) ? "2026-0" + std::to_string(4 + random.below(3)) : number(5000)) + "'," +
             two();
    if (sort == 2 && sorts.recoup) {
      const Text cap = random.one_in(2) ? ",'cap':[12,10]" : "";
      return "{" + pool + list("recoup", [&] { return "'" + number(900) + "'"; }) + cap + ",'rest':" + node(depth - 1) +
             "}";
    }
    if (sort == 3 && sorts.hold)
      return "{" + pool +
             "'hold':" + (sorts.dated && random.one_in(3) ? "'2026-05'" : std::to_string(2 + random.below(3))) +
             ",'then':" + node(depth - 1) + "}";
    if (sort == 4)
      return "{" + pool + list("split", [&] { return std::to_string(sorts.scale * (1 + random.below(100))); }) +
             written(random.pick(sorts.split_rules)) + "}";
    const Text rule = random.pick(sorts.among_rules);
    Text more = written(rule);
    if (sorts.bounds && rule == "carry" && random.one_in(3)) more += ",'floor':'" + number(400) + "'";
    if (sorts.bounds && rule == "carry" && random.one_in(3))
      more += ",'cap':'" + std::to_string(400 + random.below(3000)) + "'";
    Text measure = weight(2);
    if (sorts.lifetime && !conditional && more.empty() && random.one_in(4)) {
      measure = "{'lifetime':" + measure + "}";
    } else if (sorts.decay && !conditional && random.one_in(4))
      measure = "{'decay':[" + number(3) + ",3],'of':" + measure + "}";
    const bool was = conditional;
    conditional = true;
    const Text otherwise = node(depth - 1);
    conditional = was;
    return "{" + pool + "'among':" + measure + more + ",'else':" + otherwise + "}";
  }
};

/// What is said of a community, in any order that the rules allow.
struct Facts {
  struct Ticket {
    Text id, type, holder, on;
  };
  struct Work {
    Text id, member, period, by;
    std::uint64_t points;
  };
  std::vector<Text> members;
  std::map<Text, std::uint64_t> classes = {{"seat", 1}};
  std::uint64_t kind_weight = 1;
  std::vector<Ticket> tickets{};
  std::vector<Work> works{};
  std::optional<Text> leaver{};

  static constexpr const char* start = "2026-02-28T15:00:00Z";  // March begins, in the offset of world::dao_claim

  /// 1 to 5 members, tickets that come in in any month to July, and work.
  static Facts any(Random& random) {
    Facts facts;
    const std::uint64_t people = 1 + random.below(5);
    const auto member = [&](std::uint64_t i) { return "m" + std::to_string(i % people); };
    for (std::uint64_t i = 0; i < people; ++i) facts.members.push_back(member(i));
    facts.classes = {{"seat", 1 + random.below(9)}, {"big", 1 + random.below(9)}};
    for (std::uint64_t i = random.below(7); i > 0; --i)
      facts.tickets.push_back({"t" + std::to_string(i), random.one_in(2) ? "seat" : "big", member(random.below(people)),
                               random.one_in(2) ? start
                                                : "2026-0" + std::to_string(3 + random.below(5)) + "-1" +
                                                      std::to_string(random.below(10)) + "T00:00:00Z"});
    for (std::uint64_t i = people > 1 ? random.below(12) : 0; i > 0; --i) {
      const std::uint64_t who = random.below(people);
      facts.works.push_back({"r" + std::to_string(i), member(who), "2026-0" + std::to_string(3 + random.below(5)),
                             member(who + 1), random.below(200)});
    }
    if (random.one_in(3)) facts.leaver = "m0";
    return facts;
  }
  /// The same in every month from March on, for `months` months: nobody's weight changes.
  static Facts steady(Random& random, int months) {
    Facts facts = any(random);
    facts.leaver.reset();
    facts.works.clear();
    for (Ticket& ticket : facts.tickets) ticket.on = start;
    const std::size_t people = facts.members.size();
    for (std::size_t who = 0; who < people && people > 1; ++who) {
      const std::uint64_t points = random.one_in(2) ? random.edge((1u << 27) - 1) : random.below(9);
      for (int month = 0; month < months; ++month)
        facts.works.push_back({"r" + std::to_string(who) + "." + std::to_string(month), facts.members[who],
                               to_string(later(world::month("2026-03"), month)), facts.members[(who + 1) % people],
                               points});
    }
    return facts;
  }

  /// Under other names. Tickets and works keep theirs.
  Facts renamed(const std::map<Text, Text>& names) const {
    Facts facts = *this;
    for (Text& id : facts.members) id = names.at(id);
    for (Ticket& ticket : facts.tickets) ticket.holder = names.at(ticket.holder);
    for (Work& work : facts.works) work.member = names.at(work.member), work.by = names.at(work.by);
    if (facts.leaver) facts.leaver = names.at(*facts.leaver);
    return facts;
  }

  /// As lines, all recorded before August 2026, or when `end` says.
  /// @param rules    from March 2026 on. @param next  from June on, unless it is empty.
  /// @param shuffle  puts lines in another order.
  world::World world(const Text& rules, const char* end = "2026-07-31T00:00:00Z", const Text& next = {},
                     const std::function<void(std::vector<Text>&)>& shuffle = {}) const {
    world::World w{world::dao_claim()};
    w.charter("v0", "2026-03", rules);
    if (!next.empty()) w.charter("v1", "2026-06", next);
    std::vector<Text> first, second;
    const Text on = ",'on':'" + Text{start} + "'";
    for (const Text& id : members) first.push_back("{'kind':'member.join','member':'" + id + "'" + on + "}");
    for (const auto& [id, weight] : classes)
      first.push_back("{'kind':'ticket.class','class':'" + id +
                      "','transfer':'free','weight':" + std::to_string(weight) + "}");
    first.push_back("{'kind':'contribution.kind','type':'work','weight':" + std::to_string(kind_weight) + "}");
    for (const Ticket& t : tickets)
      second.push_back("{'kind':'ticket.mint','class':'" + t.type + "','ticket':'" + t.id + "','to':'" + t.holder +
                       "','on':'" + t.on + "'}");
    for (const Work& r : works)
      second.push_back("{'kind':'contribution','id':'" + r.id + "','member':'" + r.member + "','period':'" + r.period +
                       "','points':" + std::to_string(r.points) + ",'type':'work','confirmed':'" + r.by + "'}");
    if (shuffle) shuffle(first), shuffle(second);
    for (const Text& line : first) w.add(line);
    w.when(end);
    for (const Text& line : second) w.add(line);
    if (leaver) w.leave(*leaver);
    return w;
  }
};

}  // namespace charters
