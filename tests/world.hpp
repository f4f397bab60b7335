// SPDX-License-Identifier: MIT
#pragma once
/// @file world.hpp
/// Builders for the tests of the middle layers: a tiny DAO that grows event by event, its ledger as text, demo keys,
/// and a full print of a state, so that "changed nothing" can be said of every table at once.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "random.hpp"
#include "mikoshi/ledger/replay.hpp"
#include "mikoshi/proof/snapshot.hpp"

namespace world {

using namespace mikoshi;

/// JSON may be written with ' for " in tests.
inline std::string quoted(std::string text) {
  for (char& c : text)
    if (c == '\'') c = '"';
  return text;
}

Json json(const std::string& text);

template <class T>
std::string code_of(const Result<T>& result) {
  return result.has_value() ? "ok" : std::string{name(result.error().code)};
}

inline Timestamp time(std::string_view text) { return Timestamp::parse(text).value(); }
inline Period month(std::string_view text) { return Period::parse(text).value(); }
inline std::string sha(std::string_view text) { return to_hex(sha256(as_bytes(text))); }

/// The secret of demo key n is the byte n, 32 times: published, so good for nothing but tests.
inline SecretKey demo_key(std::uint8_t n) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(n);
  return SecretKey::from_bytes(bytes).value();
}

/// The stewards of the demo DAOs, ascending: abe, mori and sato have the keys 1, 2 and 3.
inline constexpr std::array<std::string_view, 3> steward_names = {"abe", "mori", "sato"};
inline Steward demo_steward(std::uint8_t n) {
  return Steward{StewardId::parse(steward_names.at(n - 1u)).value(), demo_key(n).public_key()};
}

/// The claim that names a DAO of three stewards, two of whom sign.
Json dao_claim(std::string_view offset = "+09:00", std::string_view salt = "salt");

/// 10 reserve : 60 contributions (nobody: by tickets, in a pool of its own) : 30 ticket-seconds (none: reserve).
inline const std::string salon_rules =
    "{'root':{'pool':'income','split':[[10,{'to':'pool:reserve'}],"
    "[60,{'pool':'work','among':'contributions',"
    "'else':{'pool':'idle','among':'ticket-seconds','else':{'to':'pool:reserve'}}}],"
    "[30,{'pool':'seats','among':'ticket-seconds','else':{'to':'pool:reserve'}}]]}}";

/// Every table of a state, in words. Two states are the same if they print the same.
std::string dump(const State& state);
std::string dump(const Ledger& ledger);

/// The canonical line of a claim: `at`, `seq` and `voice` filled in unless it has them.
std::string line_of(Json claim, Timestamp at, std::uint64_t seq);

/// A DAO that grows. Nothing is added unless the library takes it, and what it refuses must have changed nothing.
struct World {
  Ledger ledger;
  std::vector<std::string> lines;
  Timestamp at = time("2026-03-01T00:00:00Z");  ///< when the next lines are recorded, unless they say it

  World() = default;
  explicit World(const Json& dao) { must(dao); }

  [[nodiscard]] const State& state() const { return ledger.state; }
  [[nodiscard]] std::string text(std::size_t count = SIZE_MAX) const {
    std::string all;
    for (std::size_t i = 0; i < std::min(count, lines.size()); ++i) all += lines[i] + "\n";
    return all;
  }

  /// What `take_line` says to a canonical line.
  std::string take(const std::string& line);
  /// What the rules say to a claim: past `submit`, whose answers to known ids come first.
  std::string rule(const Json& claim) { return take(line_of(claim, at, ledger.state.next_seq)); }
  std::string rule(const std::string& claim) { return rule(json(claim)); }
  std::string rule(const char* claim) { return rule(json(claim)); }

  /// What `submit` says to a claim.
  Result<Entry> submit(const Json& claim);
  Result<Entry> submit(const std::string& claim) { return submit(json(claim)); }
  Result<Entry> submit(const char* claim) { return submit(json(claim)); }

  /// Adds an event that nothing is wrong with.
  Entry must(const Json& claim);
  World& add(const std::string& claim) {
    must(json(claim));
    return *this;
  }
  World& when(std::string_view text) {
    at = time(text);
    return *this;
  }

  /// The usual events in short. `more` is appended to the object: ",'on':'…'".
  World& join(const std::string& member, const std::string& more = {}) {
    return add("{'kind':'member.join','member':'" + member + "'" + more + "}");
  }
  World& leave(const std::string& member, const std::string& more = {}) {
    return add("{'kind':'member.leave','member':'" + member + "'" + more + "}");
  }
  World& rejoin(const std::string& member, const std::string& more = {}) {
    return add("{'kind':'member.rejoin','member':'" + member + "'" + more + "}");
  }
  World& ticket_class(const std::string& id, std::uint64_t weight, const std::string& more = ",'transfer':'free'") {
    return add("{'kind':'ticket.class','class':'" + id + "','weight':" + std::to_string(weight) + more + "}");
  }
  World& mint(const std::string& ticket, const std::string& to, const std::string& type = "seat",
              const std::string& more = {}) {
    return add("{'kind':'ticket.mint','class':'" + type + "','ticket':'" + ticket + "','to':'" + to + "'" + more + "}");
  }
  World& move(const std::string& ticket, const std::string& from, const std::string& to, const std::string& more = {}) {
    return add("{'kind':'ticket.transfer','ticket':'" + ticket + "','from':'" + from + "','to':'" + to + "'" + more +
               "}");
  }
  World& burn(const std::string& ticket, const std::string& from, const std::string& more = {}) {
    return add("{'kind':'ticket.burn','ticket':'" + ticket + "','from':'" + from + "'" + more + "}");
  }
  World& work_kind(const std::string& id, std::uint64_t weight) {
    return add("{'kind':'contribution.kind','type':'" + id + "','weight':" + std::to_string(weight) + "}");
  }
  World& work(const std::string& id, const std::string& member, std::uint64_t points, const std::string& period,
              const std::string& more, const std::string& type = "work") {
    return add("{'kind':'contribution','id':'" + id + "','member':'" + member + "','period':'" + period +
               "','points':" + std::to_string(points) + ",'type':'" + type + "'" + more + "}");
  }
  World& income(const std::string& id, const std::string& amount, const std::string& period,
                const std::string& more = {}) {
    return add("{'kind':'income','amount':'" + amount + "','currency':'JPY','id':'" + id + "','period':'" + period +
               "'" + more + "}");
  }
  World& opening(const std::string& id, const std::string& amount, const std::string& to,
                 const std::string& more = {}) {
    return add("{'kind':'opening','amount':'" + amount + "','currency':'JPY','id':'" + id + "','to':'" + to + "'" +
               more + "}");
  }
  World& correct_income(const std::string& id, const std::string& amount) {
    return add("{'kind':'income.correct','amount':'" + amount + "','id':'" + id + "'}");
  }
  World& correct_points(const std::string& id, std::uint64_t points) {
    return add("{'kind':'contribution.correct','id':'" + id + "','points':" + std::to_string(points) + "}");
  }
  World& confirm(const std::string& id, const std::string& by) {
    return add("{'kind':'contribution.confirm','by':'" + by + "','id':'" + id + "'}");
  }
  World& plan(const std::string& id, const std::string& member, const std::string& amount) {
    return add("{'kind':'payment','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'" + member +
               "'}");
  }
  World& sent(const std::string& id) { return add("{'kind':'payment.sent','id':'" + id + "'}"); }
  World& settled(const std::string& id, const std::string& amount, const std::string& more = {}) {
    return add("{'kind':'payment.settled','amount':'" + amount + "','id':'" + id + "'" + more + "}");
  }
  World& failed(const std::string& id, const std::string& amount, const std::string& more = {}) {
    return add("{'kind':'payment.failed','amount':'" + amount + "','id':'" + id + "'" + more + "}");
  }
  World& charter(const std::string& id, const std::string& from, const std::string& rules) {
    return add("{'kind':'charter','from':'" + from + "','id':'" + id + "','rules':" + rules + "}");
  }

  /// The draft that the library gives for a month, as a claim.
  [[nodiscard]] Json draft_claim(const std::string& period) const;
  [[nodiscard]] Json statement_claim() const;
  std::string draft(const std::string& period) { return must(draft_claim(period)).id; }
  World& approve(const std::string& draft) { return add("{'kind':'approve','draft':'" + draft + "'}"); }
  World& close(const std::string& period) { return approve(draft(period)); }
  World& state_it() {
    must(statement_claim());
    return *this;
  }

  [[nodiscard]] std::string owed(const std::string& member) const {
    const auto index = ledger.state.members.find(MemberId::parse(member).value()).value();
    return to_string(ledger.state.books.owed(index));
  }
  [[nodiscard]] std::string account(const std::string& name) const {
    return to_string(ledger.state.books.balance(name));
  }
};

/// An event, and the code that the rules give it.
struct Case {
  std::string event;
  std::string code;
};

/// Each case on a copy of its own. The claim meets the rules alone, then through `submit`.
void check_table(const World& start, const std::vector<Case>& cases);

/// A snapshot of the ledger as it stands, signed by those demo stewards.
std::string snapshot(const World& world, std::initializer_list<std::uint8_t> signers);

}  // namespace world
