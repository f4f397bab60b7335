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

inline Json json(const std::string& text) {
  INFO(text);
  const auto parsed = parse_json(quoted(text));
  REQUIRE(parsed);
  return *parsed;
}

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
inline Json dao_claim(std::string_view offset = "+09:00", std::string_view salt = "salt") {
  Json claim = json("{'kind':'dao','currency':{'code':'JPY','exponent':0},'format':1,'threshold':2}");
  claim.set("offset", offset);
  claim.set("salt", sha(salt));
  Json::Array stewards;
  for (std::uint8_t n = 1; n <= 3; ++n) stewards.push_back(Codec<Steward>::encode(demo_steward(n)));
  claim.set("stewards", std::move(stewards));
  return claim;
}

/// 10 reserve : 60 contributions (nobody: by tickets, in a pool of its own) : 30 ticket-seconds (none: reserve).
inline const std::string salon_rules =
    "{'root':{'pool':'income','split':[[10,{'to':'pool:reserve'}],"
    "[60,{'pool':'work','among':'contributions',"
    "'else':{'pool':'idle','among':'ticket-seconds','else':{'to':'pool:reserve'}}}],"
    "[30,{'pool':'seats','among':'ticket-seconds','else':{'to':'pool:reserve'}}]]}}";

/// Every table of a state, in words. Two states are the same if they print the same.
inline std::string dump(const State& state) {
  std::string out;
  const auto put = [&](const auto&... parts) {
    const auto text = [](const auto& part) -> std::string {
      using T = std::remove_cvref_t<decltype(part)>;
      if constexpr (std::is_same_v<T, bool>) {
        return part ? "yes" : "no";
      } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return std::string{std::string_view{part}};
      } else if constexpr (std::is_same_v<T, Hash>) {
        return to_hex(part);
      } else if constexpr (std::is_same_v<T, u128>) {
        return to_string(part);
      } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(part));
      } else if constexpr (requires { part.text(); }) {
        return part.text();
      } else {
        return to_string(part);
      }
    };
    ((out += text(parts), out += ' '), ...);
    out.back() = '\n';
  };
  const auto put_outcome = [&](const Outcome& o) {
    put("  outcome", o.digest, o.distributed, o.in, o.payees, o.payout_root, o.recouped, o.undivided_after,
        o.undivided_before);
  };
  put("next", state.next_seq, "last", state.last_at, "voices", state.voices.relayed, state.voices.by_operator);
  put("dao", state.dao.exists, state.dao.id, state.dao.offset, state.dao.currency.code(), state.dao.currency.exponent(),
      state.dao.threshold);
  for (const Steward& s : state.dao.stewards) put("steward", s.name, s.key);
  for (const auto& [id, index] : state.members.ids.sorted()) {
    put("member", id, index, state.members.rows.at(index).seq, state.members.ids[index]);
    for (const Stay& stay : state.members.rows[index].stays) put("  stay", stay.from_s, stay.until_s);
  }
  put("members", state.members.rows.size());
  for (const auto& [id, index] : state.holdings.class_ids.sorted()) {
    const TicketKind& row = state.holdings.classes.at(index);
    put("class", id, index, row.seq, row.weight, row.transfer, row.supply.has_value(), row.supply.value_or(0),
        row.minted);
  }
  for (const auto& [id, index] : state.holdings.ticket_ids.sorted()) {
    const Ticket& row = state.holdings.tickets.at(index);
    put("ticket", id, index, row.seq, row.kind, row.burned_s);
    for (const Hold& hold : row.holds) put("  hold", hold.holder, hold.from_s);
  }
  put("classes", state.holdings.classes.size(), "tickets", state.holdings.tickets.size());
  for (const auto& [id, index] : state.records.kind_ids.sorted())
    put("kind", id, index, state.records.kinds.at(index).seq, state.records.kinds[index].weight);
  for (const auto& [id, index] : state.records.ids.sorted()) {
    const Contribution& row = state.records.contributions.at(index);
    put("record", id, index, row.seq, row.points, row.points_counted, row.member, row.kind, row.period, row.confirmed,
        row.from_file, row.corrected, row.waiting);
  }
  put("kinds", state.records.kinds.size(), "records", state.records.contributions.size());
  for (const std::uint32_t index : state.records.waiting) put("waiting", index);
  for (const std::uint64_t weight : state.records.debt) put("debt", u128{weight});
  for (const auto& [file, row] : state.records.sources) put("source", file, row);
  put("world", state.books.world.debit, state.books.world.credit);
  put("deficit", state.books.deficit.debit, state.books.deficit.credit);
  for (const auto& [account, row] : state.books.accounts) put("account", account, row.debit, row.credit);
  for (const Account& row : state.books.owed_rows) put("owed", row.debit, row.credit);
  for (const auto& [id, index] : state.books.income_ids.sorted()) {
    const Income& row = state.books.incomes.at(index);
    put("income", id, index, row.seq, row.amount, row.distributed, row.recorded_for, row.enters, row.corrected);
  }
  put("incomes", state.books.incomes.size());
  for (const auto& [id, row] : state.books.openings) put("opening", id, row.seq, row.amount);
  for (const auto& [id, index] : state.payments.ids.sorted()) {
    const PaymentRow& row = state.payments.rows.at(index);
    put("payment", id, index, row.seq, row.ended_seq, row.amount, row.member, row.state);
  }
  put("payments", state.payments.rows.size());
  for (const auto& [id, pool] : state.pools) {
    put("pool", id, pool.carry.dust, pool.carry.undivided);
    for (std::size_t i = 0; i < pool.members.size(); ++i) put("  fraction", u128{pool.members[i]}, pool.paid.at(i));
    put("  paid", pool.paid.size());
    for (const auto& [branch, fraction] : pool.branches) put("  branch", branch, u128{fraction});
  }
  const Decisions& decisions = state.decisions;
  for (const CharterRow& row : decisions.charters)
    put("charter", row.id, row.seq, row.from, row.hash, row.minimum, to_canonical(row.rules));
  for (const DraftRow& row : decisions.drafts) {
    put("draft", row.id, row.seq, row.period, row.state);
    put_outcome(row.outcome);
  }
  for (const std::uint32_t index : decisions.unstated) put("unstated", index);
  put("statement", decisions.last_statement.has_value(), decisions.last_statement.value_or(0), "closed",
      decisions.closed_through ? to_string(*decisions.closed_through) : "nothing");
  return out;
}

inline std::string dump(const Ledger& ledger) {
  return dump(ledger.state) + "log " + std::to_string(ledger.log.size()) + " " + to_hex(ledger.log.root()) + " bytes " +
         std::to_string(ledger.bytes) + "\n";
}

/// The canonical line of a claim: `at`, `seq` and `voice` filled in unless it has them.
inline std::string line_of(Json claim, Timestamp at, std::uint64_t seq) {
  if (claim.find("at") == nullptr) claim.set("at", to_string(at));
  if (claim.find("voice") == nullptr) claim.set("voice", "operator");
  if (claim.find("seq") == nullptr) claim.set("seq", static_cast<std::int64_t>(seq));
  return to_canonical(claim);
}

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
  std::string take(const std::string& line) {
    const std::string before = dump(ledger);
    const auto taken = take_line(ledger, line);
    if (taken) {
      lines.push_back(line);
    } else {
      INFO(line);
      REQUIRE(dump(ledger) == before);
    }
    return code_of(taken);
  }
  /// What the rules say to a claim: past `submit`, whose answers to known ids come first.
  std::string rule(const Json& claim) { return take(line_of(claim, at, ledger.state.next_seq)); }
  std::string rule(const std::string& claim) { return rule(json(claim)); }
  std::string rule(const char* claim) { return rule(json(claim)); }

  /// What `submit` says to a claim.
  Result<Entry> submit(const Json& claim) {
    const std::string before = dump(ledger);
    std::string line;
    auto receipt = mikoshi::submit(ledger, claim, at, line, [&](std::uint64_t seq) { return lines.at(seq); });
    const bool added = receipt && !receipt->existing;
    INFO(to_canonical(claim));
    REQUIRE(line.empty() == !added);
    if (!added) REQUIRE(dump(ledger) == before);
    if (added) lines.push_back(line);
    return receipt;
  }
  Result<Entry> submit(const std::string& claim) { return submit(json(claim)); }
  Result<Entry> submit(const char* claim) { return submit(json(claim)); }

  /// Adds an event that nothing is wrong with.
  Entry must(const Json& claim) {
    auto receipt = submit(claim);
    INFO(to_canonical(claim));
    INFO((receipt ? std::string{} : to_string(receipt.error())));
    REQUIRE(receipt);
    return *receipt;
  }
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
  [[nodiscard]] Json draft_claim(const std::string& period) const {
    const auto draft = make_draft(ledger.state, month(period));
    INFO(period << " " << code_of(draft));
    REQUIRE(draft);
    Json claim = Codec<DraftNew>::encode(*draft);
    claim.set("kind", "draft");
    return claim;
  }
  [[nodiscard]] Json statement_claim() const {
    const auto statement = make_statement(ledger.state);
    REQUIRE(statement);
    Json claim = Codec<Statement>::encode(*statement);
    claim.set("kind", "statement");
    return claim;
  }
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
inline void check_table(const World& start, const std::vector<Case>& cases) {
  for (const Case& row : cases) {
    CAPTURE(row.event);
    World w = start;
    CHECK(w.rule(row.event) == row.code);
    World again = start;
    const auto receipt = again.submit(row.event);
    CHECK((receipt && !receipt->existing) == (row.code == "ok"));
    if (row.code == "ok") {
      CHECK(dump(w.ledger) == dump(again.ledger));
      CHECK(dump(w.ledger.state) != dump(start.ledger.state));
    }
  }
}

/// A snapshot of the ledger as it stands, signed by those demo stewards.
inline std::string snapshot(const World& world, std::initializer_list<std::uint8_t> signers) {
  Note note{snapshot_text(world.ledger).value(), {}};
  for (const std::uint8_t n : signers) REQUIRE(sign_snapshot(note, world.state().dao, demo_key(n)));
  return to_string(note);
}

}  // namespace world
