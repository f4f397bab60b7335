// SPDX-License-Identifier: MIT
#pragma once
/// @file keeper.hpp
/// A ledger that checks itself at every step, and the claims that a demo DAO is made of.

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "demo.hpp"
#include "print.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace fuzz {

using namespace mikoshi;

/// What is true of one currency's books and pools at every moment.
inline void check_sound_money(const State& state, const Money& money) {
  const Books& books = money.books;
  MIKOSHI_CHECK(books.balanced());
  const std::string closed =
      state.decisions.closed_through ? Books::income_account(*state.decisions.closed_through) : "";
  for (const auto& [name, account] : books.accounts) {
    MIKOSHI_CHECK(account.credit >= account.debit);
    MIKOSHI_CHECK(!name.starts_with("income:") || name > closed || account.balance() == 0);
  }
  for (const Account& account : books.owed_rows) MIKOSHI_CHECK(account.credit >= account.debit);
  // Money comes in by income, openings and conversions, and goes out by payments, refunds and conversions: what the world has
  // given, less what it has got, is what all of these say now.
  const std::string& code = money.currency.code();
  u128 in = 0, out = 0, paying = 0;
  for (const Income& income : state.incomes.rows)
    if (income.currency == code) in += income.amount;
  for (const auto& [id, opening] : state.incomes.openings)
    if (opening.currency == code) in += opening.amount;
  for (const ConversionRow& row : state.conversions.rows) {
    if (row.undone) continue;
    if (row.into == code) in += row.gives;
    if (row.currency == code) out += row.amount;
  }
  for (const PaymentRow& payment : state.payments.rows) {
    if (payment.currency != code) continue;
    if (payment.state == PaymentState::settled) out += payment.amount;
    if (!payment.ended()) paying += payment.amount;
  }
  MIKOSHI_CHECK(books.deficit.debit >= books.deficit.credit);
  MIKOSHI_CHECK(books.world.debit + out == books.world.credit + in && books.balance(paying_account) == paying);
  // The pools say whose the undivided units are; the books hold exactly those units.
  constexpr std::string_view prefix = "undivided:";
  for (const auto& [id, pool] : money.pools) {
    MIKOSHI_CHECK(pool.conserved() && pool.paid.size() == pool.members.size());
    MIKOSHI_CHECK(books.balance(std::string{prefix} + id.text()) == u128{pool.carry.undivided});
    MIKOSHI_CHECK(books.balance("held:" + id.text()) == pool.holding());
  }
  for (const auto& [name, account] : books.accounts) {
    const bool is_pool = name.starts_with(prefix);
    const auto pool = is_pool ? PoolId::parse(name.substr(prefix.size())) : PoolId::parse("none");
    MIKOSHI_CHECK(!is_pool || account.balance() == 0 || money.pools.contains(*pool));
  }
}

/// What is true of every ledger at every moment.
inline void check_sound(const Ledger& ledger) {
  const State& state = ledger.state;
  MIKOSHI_CHECK(state.next_seq == ledger.log.size());
  check_sound_money(state, state);
  for (const auto& [code, money] : state.others) {
    MIKOSHI_CHECK(code == money.currency.code() && code != state.currency.code());
    check_sound_money(state, money);
  }
  std::set<std::uint32_t> waiting;
  for (const std::uint32_t index : state.records.waiting)
    MIKOSHI_CHECK(waiting.insert(index).second && state.records.contributions.at(index).waiting);
  for (const Contribution& row : state.records.contributions) MIKOSHI_CHECK(row.points_counted <= row.points);
  for (const Ticket& ticket : state.holdings.tickets) {
    MIKOSHI_CHECK(!ticket.holds.empty() && ticket.holder() < state.members.rows.size());
    for (std::size_t i = 1; i < ticket.holds.size(); ++i)
      MIKOSHI_CHECK(ticket.holds[i - 1].from_s <= ticket.holds[i].from_s);
  }
  for (const Member& member : state.members.rows)
    for (std::size_t i = 0; i < member.stays.size(); ++i) {
      MIKOSHI_CHECK(member.stays[i].from_s <= member.stays[i].until_s);
      MIKOSHI_CHECK(i == 0 || member.stays[i - 1].until_s <= member.stays[i].from_s);
    }
}

/// What the rules of all lines may answer to an event, whatever it is.
inline constexpr std::array general_refusals = {
    Errc::time_not_monotone, Errc::time_in_future, Errc::missing_field, Errc::unknown_field, Errc::unauthorised,
    Errc::not_first_line,    Errc::bad_time,       Errc::too_large,     Errc::conflict,
};

/// Whether an event's own list names the code by which it was refused.
inline bool may_refuse(const Event& event, Errc code) {
  return std::visit(
      [&](const auto& e) {
        return std::find(e.refuses.begin(), e.refuses.end(), code) != e.refuses.end() ||
               std::find(general_refusals.begin(), general_refusals.end(), code) != general_refusals.end();
      },
      event);
}

/// A ledger and its lines.
struct Keeper {
  Ledger ledger;
  std::vector<std::string> lines;

  [[nodiscard]] const State& state() const { return ledger.state; }

  /// Submits a claim. What is refused, or there already, has changed nothing.
  Result<Entry> offer(const Json& claim, Timestamp at) {
    const std::string before = print(ledger);
    std::string line;
    auto entry = submit(ledger, claim, at, line, [&](std::uint64_t seq) { return lines.at(seq); });
    const bool is_new = entry && !entry->existing;
    MIKOSHI_CHECK(line.empty() == !is_new);
    if (is_new) {
      lines.push_back(line);
      MIKOSHI_CHECK(entry->seq + 1 == ledger.state.next_seq && entry->leaf == leaf_hash(as_bytes(line)));
      check_sound(ledger);
    } else {
      MIKOSHI_CHECK(print(ledger) == before);
      const auto read = decode_claim(claim, at, ledger.state.next_seq);
      MIKOSHI_CHECK(entry || !read || may_refuse(read->event, entry.error().code));
      MIKOSHI_CHECK(!entry || entry->leaf == leaf_hash(as_bytes(lines.at(entry->seq))));
      MIKOSHI_CHECK(!entry || claim_in(parse_canonical(lines.at(entry->seq)).value()) == claim_in(claim));
    }
    return entry;
  }

  /// What a line or a claim says, beside when it was recorded and where it stands.
  [[nodiscard]] static std::string claim_in(Json json) {
    for (const std::string_view key : {"at", "seq"}) json.erase(key);
    if (json.find("voice") == nullptr) json.set("voice", "operator");
    return to_canonical(json);
  }

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  /// Whoever reads the lines has the same ledger.
  void check_replay() const {
    Ledger again;
    const std::string all = text();
    MIKOSHI_CHECK(replay(again, text_lines(all)).has_value());
    MIKOSHI_CHECK(print(again) == print(ledger) && again.log.root() == ledger.log.root() && again.bytes == all.size());
  }
};

/// A JSON object, key after value.
inline Json object(std::initializer_list<std::pair<const char*, Json>> fields) {
  Json json;
  for (const auto& [key, value] : fields) json.set(key, value);
  return json;
}

/// The claim that names a DAO of the three demo stewards, two of whom sign.
inline Json dao_claim(const std::string& offset, unsigned exponent) {
  Json::Array stewards;
  for (std::uint8_t n = 1; n <= 3; ++n)
    stewards.push_back(object({{"key", to_string(demo_key(n).public_key())}, {"name", demo_names[n - 1u]}}));
  return object({{"kind", "dao"},
                 {"currency", object({{"code", "JPY"}, {"exponent", static_cast<int>(exponent)}})},
                 {"format", static_cast<std::int64_t>(format_version)},
                 {"offset", offset},
                 {"salt", to_hex(sha256(as_bytes("demo")))},
                 {"stewards", std::move(stewards)},
                 {"threshold", 2}});
}

/// The claim of an event that the library made.
template <class E>
[[nodiscard]] Json claim_of(const E& event) {
  Json claim = Codec<E>::encode(event);
  claim.set("kind", E::kind);
  return claim;
}

}  // namespace fuzz
