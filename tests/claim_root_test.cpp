// SPDX-License-Identifier: MIT
/// @file claim_root_test.cpp
/// Proves what a ledger promises to wallets: each refusal of a payment to one; that a claim root is cumulative, survives what
/// fails and is repeated by every statement; that what a statement named can no longer fail; and that the bank and the chain
/// together never pay more than was owed.

#include <map>
#include <set>
#include <string>

#include "mikoshi/community/claim_root.hpp"
#include "random.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::check_table;
using world::World;

namespace {

const std::string equal_rules = "{'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}}";

std::string wallet(char digit) { return "eth:0x" + std::string(40, digit); }
std::string bound(const std::string& member, const std::string& key) {
  return "{'kind':'member.key','member':'" + member + "','public_key':'" + key + "'}";
}
std::string unbound(const std::string& member, const std::string& key) {
  return "{'kind':'member.key.end','member':'" + member + "','public_key':'" + key + "'}";
}
std::string to_wallet(const std::string& id, const std::string& member, const std::string& amount, const std::string& key,
                      const std::string& coin = "JPY") {
  return "{'kind':'payment','amount':'" + amount + "','currency':'" + coin + "','id':'" + id + "','member':'" + member +
         "','wallet':'" + key + "'}";
}
std::string to_bank(const std::string& id, const std::string& member, const std::string& amount) {
  return "{'kind':'payment','amount':'" + amount + "','currency':'JPY','id':'" + id + "','member':'" + member + "'}";
}
std::string ended(const std::string& how, const std::string& id, const std::string& amount) {
  return "{'kind':'payment." + how + "','amount':'" + amount + "','id':'" + id + "'}";
}

/// aki has the wallets a and b, b since a week; ben c; chi a BIP-340 key; dai d, which has ended. Each is owed 1000 JPY and 50 EUR.
World four() {
  World w{world::dao_claim()};
  w.join("aki").join("ben").join("chi").join("dai");
  w.charter("v1", "2026-03", equal_rules).add("{'kind':'currency','code':'EUR','exponent':2}");
  for (const char* name : {"aki", "ben", "chi", "dai"}) {
    w.opening(std::string{"o-"} + name, "1000", name);
    w.add(std::string{"{'kind':'opening','amount':'50','currency':'EUR','id':'e-"} + name + "','to':'" + name + "'}");
  }
  w.add(bound("aki", wallet('a'))).add(bound("aki", wallet('b'))).add(bound("ben", wallet('c')));
  w.add(bound("chi", "bip340:" + to_string(world::demo_key(90).public_key())));
  w.add(bound("dai", wallet('d'))).add(unbound("dai", wallet('d')));
  return w.when("2026-03-08T00:00:00Z");
}

/// "JPY 2 700": the claims of the state, a currency each.
std::string claims_of(const World& w) {
  std::string text;
  for (const ClaimRoot& claim : claim_roots(w.state()))
    text += (text.empty() ? "" : ", ") + claim.currency + " " + std::to_string(claim.payees) + " " + to_string(claim.total);
  return text;
}

/// "aa… 300, cc… 400", by the first digit of each wallet.
std::string rows_of(const World& w, PlannedWithin lines = {}, const std::string& coin = "JPY") {
  std::string text;
  for (const ClaimRow& row : claim_rows(w.state(), coin, lines))
    text += (text.empty() ? "" : ", ") + to_string(row.account).substr(2, 1) + " " + to_string(row.amount);
  return text;
}

}  // namespace

TEST_CASE("wallet payment: it is refused for each reason, in their order") {
  World w = four();
  w.add(to_wallet("p1", "aki", "300", wallet('a')));
  check_table(w, {
                     {to_wallet("p1", "zoe", "9999", wallet('z'), "USD"), "bad_hex"},
                     {to_wallet("p9", "aki", "1", "bip340:" + to_string(world::demo_key(90).public_key())), "bad_choice"},
                     {to_wallet("p9", "aki", "1", "0x" + std::string(40, 'a')), "bad_choice"},
                     {to_wallet("p9", "aki", "1", "eth:0x" + std::string(40, 'A')), "bad_hex"},
                     {to_wallet("p1", "zoe", "9999", wallet('e'), "USD"), "conflict"},
                     {to_wallet("p9", "zoe", "9999", wallet('e'), "USD"), "mixed_assets"},
                     {to_wallet("p9", "zoe", "9999", wallet('e')), "no_such_member"},
                     {to_wallet("p9", "aki", "9999", wallet('e')), "no_such_key"},  // nobody's
                     {to_wallet("p9", "aki", "9999", wallet('c')), "no_such_key"},  // ben's
                     {to_wallet("p9", "chi", "9999", wallet('a')), "no_such_key"},
                     {to_wallet("p9", "dai", "9999", wallet('d')), "no_such_key"},  // ended
                     {to_wallet("p9", "aki", "701", wallet('a')), "owed_exceeded"},
                     {to_wallet("p9", "aki", "0", wallet('a')), "below_minimum"},
                     {to_wallet("p9", "aki", "700", wallet('a')), "ok"},
                     {to_wallet("p9", "aki", "700", wallet('b')), "ok"},
                     {to_wallet("p9", "aki", "50", wallet('b'), "EUR"), "ok"},
                     {to_bank("p9", "aki", "700"), "ok"},
                 });
}

TEST_CASE("wallet payment: a key that waits is no wallet yet, so a stolen operator's account redirects nothing") {
  World w = four();
  w.add(bound("ben", wallet('9')));
  CHECK(w.rule(to_wallet("p1", "ben", "10", wallet('9'))) == "no_such_key");
  w.when("2026-03-14T23:59:59Z");
  CHECK(w.rule(to_wallet("p1", "ben", "10", wallet('9'))) == "no_such_key");
  w.when("2026-03-15T00:00:00Z");
  World ends = w;
  CHECK(w.rule(to_wallet("p1", "ben", "10", wallet('9'))) == "ok");
  ends.add(unbound("ben", wallet('9')));
  CHECK(ends.rule(to_wallet("p1", "ben", "10", wallet('9'))) == "no_such_key");
}

TEST_CASE("claim root: a wallet's payments add up, and what failed is not in it") {
  World w = four();
  CHECK(claims_of(w) == "");
  w.add(to_bank("b1", "aki", "100"));
  CHECK(claims_of(w) == "");  // the bank's
  CHECK_FALSE(claims_unstated(w.state()));
  w.add(to_wallet("p1", "aki", "300", wallet('a'))).add(to_wallet("p2", "aki", "50", wallet('b')));
  w.add(to_wallet("p3", "ben", "400", wallet('c')));
  w.add(to_wallet("p4", "aki", "25", wallet('a'), "EUR"));
  CHECK(claims_of(w) == "EUR 1 25, JPY 3 750");
  CHECK(rows_of(w) == "a 300, b 50, c 400");
  CHECK(claims_unstated(w.state()));
  w.add(to_wallet("p5", "aki", "7", wallet('a')));
  CHECK(rows_of(w) == "a 307, b 50, c 400");
  w.add(ended("failed", "p1", "300")).add(ended("failed", "p2", "50"));
  CHECK(rows_of(w) == "a 7, c 400");
  CHECK(w.owed("aki") == "893");  // owed again, and not the bank's 100
  w.add("{'kind':'payment.sent','id':'p5'}").add(ended("settled", "p3", "400"));
  CHECK(rows_of(w) == "a 7, c 400");  // what was claimed stays in it: amounts are cumulative
  w.add(ended("failed", "p4", "25"));
  CHECK(claims_of(w) == "JPY 2 407");
  CHECK(claim_roots(w.state()).front().root ==
        ClaimTree::make(ClaimForm::standard, claim_rows(w.state(), "JPY")).value().root());
  // A wallet that ended later keeps what was paid to it: the root may be on a chain.
  w.add(unbound("aki", wallet('a')));
  CHECK(rows_of(w) == "a 7, c 400");
}

TEST_CASE("claim root: a statement repeats it, or is refused; without wallets its bytes are those of ever") {
  World w = four();
  w.add(to_bank("b1", "aki", "100"));
  CHECK(w.statement_claim().find("claims") == nullptr);
  Json claim = w.statement_claim();
  claim.set("claims", Json::Array{});
  CHECK(w.rule(claim) == "payout_mismatch");
  w.state_it().add(to_wallet("p1", "ben", "400", wallet('c'))).add(to_wallet("p2", "ben", "50", wallet('c'), "EUR"));
  claim = w.statement_claim();
  REQUIRE(claim.find("claims") != nullptr);
  CHECK(claim.find("claims")->array()->size() == 2);
  const Json right = (*claim.find("claims")->array())[1];
  CHECK(*right.find("currency")->text() == "JPY");
  CHECK(*right.find("payees")->integer() == 1);
  CHECK(*right.find("total")->text() == "400");
  const Json first = claim.find("claims")->array()->front();
  const auto with = [&](Json::Array claims) {
    Json other = claim;
    other.set("claims", std::move(claims));
    return other;
  };
  const auto changed = [&](const char* field, Json value) {
    Json other = right;
    other.set(field, std::move(value));
    return with({first, other});
  };
  Json without = claim;
  without.erase("claims");
  for (const Json& wrong : {without, with({}), with({first}), with({right}), with({right, first}), with({first, right, right}),
                            changed("currency", "USD"), changed("payees", 2), changed("total", "401"),
                            changed("root", world::sha("other"))}) {
    World copy = w;
    CHECK(copy.rule(wrong) == "payout_mismatch");
  }
  CHECK(w.rule(claim) == "ok");
  CHECK_FALSE(claims_unstated(w.state()));
  // The next one says the same again, though nothing was planned.
  CHECK(to_canonical(*w.statement_claim().find("claims")) == to_canonical(*claim.find("claims")));
}

TEST_CASE("claim root: what a statement named can no longer fail, in this order of reasons; it can be settled") {
  World w = four();
  w.add(to_wallet("p1", "aki", "300", wallet('a'))).add(to_wallet("p2", "ben", "10", wallet('c'))).add(to_bank("b1", "aki", "5"));
  World before = w;
  check_table(before, {{ended("failed", "p1", "300"), "ok"}, {ended("settled", "p1", "300"), "ok"}});
  w.state_it().add(to_wallet("p3", "aki", "20", wallet('a'))).add(ended("settled", "p2", "10"));
  const std::string row = "{'kind':'payment.failed','amount':'300','id':'p1','evidence':{'file':'" + world::sha("f") + "','row':0}}";
  check_table(w, {
                     {ended("failed", "p9", "300"), "no_such_payment"},
                     {ended("failed", "p1", "301"), "wrong_amount"},
                     {ended("failed", "p2", "10"), "conflict"},  // settled
                     {ended("failed", "p1", "300"), "conflict"},
                     {row, "conflict"},
                     {ended("settled", "p1", "300"), "ok"},
                     {ended("failed", "p3", "20"), "ok"},  // planned after it
                     {ended("failed", "b1", "5"), "ok"},   // no claim root names it
                 });
  CHECK(claims_unstated(w.state()));
  CHECK(rows_of(w) == "a 320, c 10");
  // What each statement named follows from the state: the lines before it, and those since the one before.
  const std::uint64_t stated = *w.state().decisions.last_statement;
  CHECK(rows_of(w, {0, stated}) == "a 300, c 10");
  CHECK(rows_of(w, {stated, UINT64_MAX}) == "a 20");
}

TEST_CASE("claim root: in no random history do the bank and the chain pay more than was owed, and no claim ever shrinks") {
  Random random{test_seed("claim_root_test")};
  std::map<std::string, std::size_t> answers;
  for (int round = 0; round < 40; ++round) {
    World w = four();
    struct Paid {
      std::string member;
      u128 amount;
      std::string key;
      bool failed;
    };
    std::map<std::string, Paid> paid;
    std::map<EthereumAddress, u128> named;  // by the statement before
    for (int step = 0; step < 40; ++step) {
      const bool aki = random.one_in(2);
      const std::string id = "p" + std::to_string(random.below(30)), member = aki ? "aki" : "ben";
      const std::string key = random.one_in(3) ? "" : !aki ? wallet('c') : random.one_in(2) ? wallet('a') : wallet('b');
      const std::string amount = std::to_string(random.one_in(8) ? 0 : random.below(90));
      std::string event;
      switch (random.below(4)) {
        case 0: {
          std::map<EthereumAddress, u128> now;
          for (const ClaimRow& row : claim_rows(w.state(), "JPY")) now[row.account] = row.amount;
          for (const auto& [account, before] : named) REQUIRE(now[account] >= before);
          named = now;
          w.state_it();
          continue;
        }
        case 1:
          event = ended(random.one_in(2) ? "failed" : "settled", id, paid.contains(id) ? to_string(paid[id].amount) : "1");
          break;
        default:
          event = key.empty() ? to_bank(id, member, amount) : to_wallet(id, member, amount, key);
      }
      const Json claim = world::json(event);
      const std::string answer = w.rule(claim);
      ++answers[answer];
      if (answer != "ok") continue;
      if (*claim.find("kind")->text() == "payment")
        paid[id] = {member, parse_minor(*claim.find("amount")->text()).value(), key, false};
      else
        paid[id].failed = *claim.find("kind")->text() == "payment.failed";
      std::map<std::string, u128> chain, all;
      for (const auto& [name, one] : paid) {
        if (one.failed) continue;
        all[one.member] += one.amount;
        if (!one.key.empty()) chain[one.key] += one.amount;
      }
      for (const char* name : {"aki", "ben"}) REQUIRE(to_string(u128{1000} - all[name]) == w.owed(name));
      std::size_t wallets = 0;
      for (const ClaimRow& row : claim_rows(w.state(), "JPY")) {
        REQUIRE(chain["eth:" + to_string(row.account)] == row.amount);
        ++wallets;
      }
      for (const auto& [key_name, sum] : chain) wallets -= sum != 0 ? 1 : 0;
      REQUIRE(wallets == 0);
      REQUIRE(w.state().books.balanced());
    }
  }
  for (const char* code : {"ok", "conflict", "below_minimum", "no_such_payment"}) {
    CAPTURE(code);
    CHECK(answers[code] > 10);
  }
}
