// SPDX-License-Identifier: MIT
/// @file receipt_test.cpp
/// Proves receipts: each member's says letter by letter what a second computation gives, and verifies; another member's,
/// another DAO's, an old one, one with any bit flipped or any number altered never does; a full quorum cannot prove to a member
/// what its own statement contradicts; and what a receipt does not say it does not prove.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exact.hpp"
#include "mikoshi/proof/receipt.hpp"
#include "trees.hpp"
#include "world.hpp"

using namespace mikoshi;
using trees::Big;
using world::month;
using world::World;

namespace {

MemberId id(std::string_view text) { return MemberId::parse(text).value(); }

/// Five members and two months, each with its statement. eve is never paid; zoe's id is behind pool:reserve.
World two_months(std::string_view salt = "receipts") {
  World w{world::dao_claim("+09:00", salt)};
  w.charter("v1", "2026-03", world::salon_rules).ticket_class("seat", 1).work_kind("work", 1);
  for (const char* name : {"zoe", "aki", "ben", "chi", "eve"}) w.join(name);
  for (const char* name : {"zoe", "aki", "ben"}) w.mint("t-" + std::string{name}, name);
  w.when("2026-03-12T00:00:00Z").move("t-ben", "ben", "aki");
  w.work("r1", "aki", 5, "2026-03", ",'confirmed':'ben'").work("r2", "chi", 2, "2026-03", ",'confirmed':'aki'");
  w.income("i1", "10007", "2026-03").when("2026-04-01T00:00:00Z").close("2026-03").state_it();
  w.when("2026-04-12T00:00:00Z").plan("p1", "chi", "100").work("r3", "ben", 1, "2026-04", ",'confirmed':'aki'");
  w.income("i2", "5003", "2026-04").when("2026-05-01T00:00:00Z").close("2026-04").state_it();
  return w;
}
const std::vector<std::string> names = {"aki", "ben", "chi", "eve", "zoe"};

std::size_t size_after_statement(const World& w, std::size_t which) {
  for (std::size_t seq = 0; seq < w.lines.size(); ++seq)
    if (w.lines[seq].find("\"kind\":\"statement\"") != std::string::npos && which-- == 0) return seq + 1;
  return 0;
}

/// A note over any lines whatever, in the name of the first one's DAO.
std::string sign_lines(const std::vector<std::string>& lines, std::initializer_list<std::uint8_t> signers) {
  MerkleLog log;
  for (const std::string& line : lines) log.append(leaf_hash(as_bytes(line)));
  Note note{to_string(Checkpoint{origin_of(leaf_hash(as_bytes(lines[0]))), log.size(), log.root()}), {}};
  for (const std::uint8_t n : signers)
    note.signatures.push_back(sign_note(std::string{world::steward_names.at(n - 1u)}, world::demo_key(n), note.text));
  return to_string(note);
}
std::vector<std::string> first_lines(const World& w, std::size_t size) {
  return {w.lines.begin(), w.lines.begin() + static_cast<std::ptrdiff_t>(size)};
}

Receipt receipt_of(const World& w, const std::string& member, std::size_t size = SIZE_MAX,
                   std::optional<Period> period = {}, std::initializer_list<std::uint8_t> signers = {1, 2}) {
  const std::string text = w.text();
  const std::string note = sign_lines(first_lines(w, std::min(size, w.lines.size())), signers);
  const auto receipts = Receipts::read(text_lines(text), note, period);
  INFO(world::code_of(receipts));
  REQUIRE(receipts);
  const auto receipt = receipts->of(id(member));
  REQUIRE(receipt);
  return *receipt;
}

std::string code(const std::string& text, const std::string& member, const Expectations& expected = {},
                 std::optional<Period> period = {}) {
  return world::code_of(verify_receipt(text, id(member), expected, period));
}
std::string code(const Receipt& receipt, const std::string& member, const Expectations& expected = {},
                 std::optional<Period> period = {}) {
  return code(to_string(receipt), member, expected, period);
}
/// "proof_mismatch at payout of 2026-03"
std::string code_and_place(const Receipt& receipt, const std::string& member) {
  const auto check = verify_receipt(to_string(receipt), id(member));
  if (check) return "ok";
  return std::string{name(check.error().code)} + " at " + check.error().where;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '"' ? "\\\"" : std::string(1, c);
  return out;
}

/// The body of a receipt, typed by hand from trees of the test's own: `pays` by month of the statement.
std::string body_by_hand(const World& w, const std::string& member, std::size_t statement,
                         const std::vector<std::pair<std::string, std::map<std::string, Big>>>& pays,
                         const std::vector<std::string>& standings) {
  const auto hex = [](const std::string& bytes) { return "\"" + trees::hex(bytes) + "\""; };
  std::string payouts;
  for (const auto& [period, amounts] : pays) {
    if (!amounts.contains(member)) continue;
    std::vector<trees::Node> leaves;
    std::size_t index = 0;
    for (const auto& [payee, amount] : amounts) {
      if (payee == member) index = leaves.size();
      leaves.push_back(trees::leaf(trees::payout_text(payee, period, amount), amount));
    }
    std::string path;
    for (const trees::Node& node : trees::sum_path(leaves, index))
      path += (path.empty() ? "" : ",") + std::string{"{\"hash\":"} + hex(node.hash) + ",\"sum\":\"" + node.sum.str() +
              "\"}";
    payouts += (payouts.empty() ? "" : ",") + std::string{"{\"index\":"} + std::to_string(index) +
               ",\"leaf\":" + trees::payout_text(member, period, amounts.at(member)) + ",\"path\":[" + path + "]}";
  }
  // The plain tree's path: the roots beside the way.
  std::string path;
  const auto walk = [&](const auto& self, std::vector<std::string> texts, std::size_t index) -> void {
    if (texts.size() == 1) return;
    const auto middle = texts.begin() + trees::divide(texts.size());
    const std::vector<std::string> left{texts.begin(), middle}, right{middle, texts.end()};
    const bool is_left = index < left.size();
    self(self, is_left ? left : right, is_left ? index : index - left.size());
    path += (path.empty() ? "" : ",") + hex(trees::root(is_left ? right : left));
  };
  std::size_t place = 0;
  while (standings[place].find("\"member\":\"" + member + "\"") == std::string::npos) ++place;
  walk(walk, standings, place);
  return "{\"dao\":\"" + escaped(w.lines[0]) + "\",\"payouts\":[" + payouts +
         "],\"standing\":{\"index\":" + std::to_string(place) + ",\"leaf\":" + standings[place] + ",\"path\":[" + path +
         "]},\"statement\":\"" + escaped(w.lines[statement]) + "\"}";
}

/// The standings as they were after `size` lines.
std::vector<std::string> standings_at(const World& w, std::size_t size) {
  Ledger ledger;
  const std::string text = w.text(size);
  REQUIRE(replay(ledger, text_lines(text)));
  std::vector<std::string> texts;
  for (const Standing& row : standings(ledger.state)) {
    std::map<std::string, Big> holds;
    for (const auto& [type, count] : row.holds) holds[type.text()] = count;
    std::map<std::string, std::pair<Big, Big>> entitled;
    for (const auto& [pool, entry] : row.entitled)
      entitled[pool.text()] = {Big{"0x" + to_hex(entry.fraction)}, big(entry.paid)};
    texts.push_back(trees::standing_text(row.member.text(), big(row.owed), holds, entitled));
  }
  return texts;
}

/// What a month paid, from how much more was owed, or stood in a purse, after its approval than before.
std::map<std::string, Big> paid_by(const World& w, const std::string& period) {
  std::map<std::string, Big> before, after;
  Ledger ledger;
  const std::string text = w.text();
  std::string draft = period + ".1";
  REQUIRE(replay(ledger, text_lines(text), [&](const Ledger& now, const Line& line) -> Status {
    const auto* approve = std::get_if<Approve>(&line.event);
    if (approve == nullptr || approve->draft.text() != draft) return {};
    const auto look = [](const State& state) {
      std::map<std::string, Big> all;
      for (const auto& [who, index] : state.members.ids.sorted()) all[who.text()] = big(state.books.owed(index));
      for (const auto& [account, row] : state.books.accounts)
        if (account.starts_with("pool:")) all[account] = big(row.balance());
      return all;
    };
    before = look(now.state);
    Ledger next = now;
    MIKOSHI_TRY(apply(next.state, line));
    after = look(next.state);
    return {};
  }));
  std::map<std::string, Big> pays;
  for (const auto& [payee, amount] : after)
    if (amount != before[payee]) pays[payee] = amount - before[payee];
  return pays;
}

}  // namespace

TEST_CASE("receipt: each member's, of each month, is letter by letter what a second computation gives, and verifies") {
  const World w = two_months();
  for (std::size_t which = 0; which < 2; ++which) {
    const std::string period = which == 0 ? "2026-03" : "2026-04";
    const std::size_t size = size_after_statement(w, which);
    const std::vector<std::string> lines = first_lines(w, size);
    const std::string note = sign_lines(lines, {1, 2});
    const auto pays = paid_by(w, period);
    const auto standing_texts = standings_at(w, size - 1);
    REQUIRE(pays.contains("pool:reserve"));
    REQUIRE(!pays.contains("eve"));
    REQUIRE(pays.contains("chi") == (which == 0));
    std::vector<Hash> leaves;
    for (const std::string& line : lines) leaves.push_back(leaf_hash(as_bytes(line)));
    std::string path;
    const std::vector<Hash> hashes = prove_inclusion(leaves, size - 1).value();
    for (const Hash& hash : hashes) path += to_base64(hash) + "\n";
    for (const std::string& member : names) {
      CAPTURE(period, member);
      const Receipt receipt = receipt_of(w, member, size);
      const std::string body = body_by_hand(w, member, size - 1, {{period, pays}}, standing_texts);
      CHECK(canonical_text(receipt.body) == body);
      CHECK(to_string(receipt) == "c2sp.org/tlog-proof@v1\nextra " + to_base64(as_bytes(body)) + "\nindex " +
                                      std::to_string(size - 1) + "\n" + path + "\n" + note);
      CHECK(to_string(parse_receipt(to_string(receipt)).value()) == to_string(receipt));
      const bool paid = !receipt.body.payouts.empty();
      CHECK(code(receipt, member, {}, month(period)) == (paid ? "ok" : "wrong_period"));
      const auto check = verify_receipt(to_string(receipt), id(member), {}, paid ? std::optional{month(period)} : std::nullopt);
      REQUIRE(check);
      CHECK(check->dao == w.state().dao.id);
      CHECK(check->snapshot == snapshot_hash(parse_note(note)->text));
      CHECK(check->seq == size - 1);
      CHECK(check->size == size);
      CHECK(check->currency == Currency{});
      CHECK(check->charter == w.state().decisions.charters[0].hash);
      CHECK(check->members == 5);
      CHECK(check->signers.stewards == std::vector<std::string>{"abe", "mori"});
      CHECK(check->signers.unknown == 0);
      CHECK(check->threshold == 2);
      CHECK(check->stewards == 3);
      CHECK(!check->stewards_given);
      REQUIRE(check->distributions.size() == 1);
      CHECK(check->distributions[0].id.text() == period + ".1");
      CHECK(check->distributions[0].outcome.payees == pays.size());
      REQUIRE(check->payouts.size() == (pays.contains(member) ? 1 : 0));
      if (pays.contains(member)) {
        CHECK(big(check->payouts[0].amount) == pays.at(member));
        CHECK(check->payouts[0].index == static_cast<std::uint64_t>(std::distance(pays.begin(), pays.find(member))));
        CHECK(check->payouts[0].distribution.period == month(period));
      }
      CHECK(check->standing.member == id(member));
      CHECK(canonical_text(check->standing) ==
            standing_texts[static_cast<std::size_t>(std::find(names.begin(), names.end(), member) - names.begin())]);
    }
  }
  // The accounts are leaves among the members: the reserve stands before zoe.
  const auto pays = paid_by(w, "2026-04");
  CHECK(std::next(pays.find("pool:reserve"))->first == "zoe");
  // The amounts by hand: 10007 makes 1000.7 for the reserve, 6004.2 for 7 points, 3002.1 for the seats.
  const auto march = paid_by(w, "2026-03");
  CHECK(march.at("pool:reserve") == 1000);
  CHECK(march.at("chi") == 1715);  // two sevenths of 6004
}

TEST_CASE("receipt: another member's is refused, and so is one for nobody") {
  const World w = two_months();
  for (const std::string& owner : names) {
    const Receipt receipt = receipt_of(w, owner);
    for (const char* reader : {"aki", "ben", "chi", "eve", "zoe", "abe", "zzz"}) {
      CAPTURE(owner, reader);
      CHECK(code(receipt, reader) == (owner == reader ? "ok" : "wrong_member"));
    }
  }
  // One put together from two members': aki's standing with ben's payout, and the other way round.
  Receipt mixed = receipt_of(w, "aki");
  const Receipt ben = receipt_of(w, "ben");
  mixed.body.payouts = ben.body.payouts;
  CHECK(code_and_place(mixed, "aki") == "wrong_member at payout of 2026-04");
  CHECK(code(mixed, "ben") == "wrong_member");
  mixed = receipt_of(w, "aki");
  mixed.body.standing = ben.body.standing;
  CHECK(code(mixed, "aki") == "wrong_member");
  CHECK(code_and_place(mixed, "ben") == "wrong_member at payout of 2026-04");
  mixed.body.payouts[0].leaf.payee = "ben";
  CHECK(code_and_place(mixed, "ben") == "proof_mismatch at payout of 2026-04");
  // Nobody had one who was not there: neither an unknown id nor who joined after the statement.
  World later = w;
  later.join("new");
  const std::string text = later.text();
  const auto receipts = Receipts::read(text_lines(text), sign_lines(w.lines, {1, 2})).value();
  CHECK(world::code_of(receipts.of(id("new"))) == "no_such_member");
  CHECK(world::code_of(receipts.of(id("abe"))) == "no_such_member");
  CHECK(world::code_of(receipts.of(id("zzz"))) == "no_such_member");
  CHECK(receipts.members().size() == 5);
  CHECK(world::code_of(receipts.of(id("aki"))) == "ok");
}

TEST_CASE("receipt: another DAO's is refused, whichever part of it is another's") {
  const World w = two_months(), other = two_months("another");
  const Receipt receipt = receipt_of(w, "aki"), alien = receipt_of(other, "aki");
  Expectations expected;
  expected.dao = w.state().dao.id;
  CHECK(code(receipt, "aki", expected) == "ok");
  CHECK(code(alien, "aki", expected) == "wrong_domain");
  CHECK(code(alien, "aki") == "ok");
  Receipt mixed = receipt;
  mixed.body.dao = alien.body.dao;
  CHECK(code(mixed, "aki") == "wrong_domain");
  mixed = receipt;
  mixed.note = alien.note;
  CHECK(code(mixed, "aki") == "wrong_domain");
  CHECK(alien.body.statement == receipt.body.statement);  // the same numbers: only the snapshot says of which DAO
  // A first line that is none: another line, no line, one with a space more, one of another format.
  const struct {
    std::string line;
  } firsts[] = {{w.lines[1]},
                {""},
                {"{}"},
                {w.lines[0] + " "},
                {replaced(w.lines[0], "\"format\":1", "\"format\":2")},
                {replaced(w.lines[0], "\"seq\":0", "\"seq\":1")}};
  for (const auto& row : firsts) {
    CAPTURE(row.line);
    mixed = receipt;
    mixed.body.dao = row.line;
    CHECK(code(mixed, "aki") == "wrong_domain");
  }
  // Stewards are not exchanged in the first line: it would be another DAO.
  mixed = receipt;
  mixed.body.dao = replaced(w.lines[0], "\"threshold\":2", "\"threshold\":3");
  CHECK(code(mixed, "aki") == "wrong_domain");
}

TEST_CASE("receipt: an old one is refused where the month or the snapshot is known") {
  const World w = two_months();
  const std::size_t march = size_after_statement(w, 0), april = size_after_statement(w, 1);
  const Receipt old = receipt_of(w, "aki", march), fresh = receipt_of(w, "aki", april);
  CHECK(code(old, "aki", {}, month("2026-03")) == "ok");
  CHECK(code(old, "aki", {}, month("2026-04")) == "wrong_period");
  CHECK(code(fresh, "aki", {}, month("2026-04")) == "ok");
  CHECK(code(fresh, "aki", {}, month("2026-03")) == "wrong_period");
  Expectations expected;
  expected.snapshot = snapshot_hash(fresh.note.text);
  CHECK(code(fresh, "aki", expected) == "ok");
  CHECK(code(old, "aki", expected) == "unexpected_snapshot");
  CHECK(code(old, "aki") == "ok");  // who expects nothing cannot tell that it is old
}

TEST_CASE("receipt: of an older month, under a later snapshot, it still says what was stated then") {
  const World w = two_months();
  const std::size_t march = size_after_statement(w, 0), april = size_after_statement(w, 1);
  for (const std::string& member : names) {
    CAPTURE(member);
    const Receipt then = receipt_of(w, member, march), now = receipt_of(w, member, april, month("2026-03"));
    CHECK(canonical_text(now.body) == canonical_text(then.body));
    CHECK(now.index == march - 1);
    CHECK(now.note.text != then.note.text);
    const auto check =
        verify_receipt(to_string(now), id(member), {}, now.body.payouts.empty() ? std::nullopt : std::optional{month("2026-03")});
    REQUIRE(check);
    CHECK(check->seq == march - 1);
    CHECK(check->size == april);
    CHECK(code(now, member, {}, month("2026-04")) == "wrong_period");
  }
  // chi's payment of April is not in March's standing.
  CHECK(to_string(receipt_of(w, "chi", april, month("2026-03")).body.standing.leaf.owed) == "1715");
  CHECK(receipt_of(w, "chi", april).body.standing.leaf.owed <
        receipt_of(w, "chi", april, month("2026-03")).body.standing.leaf.owed);
}

TEST_CASE("receipt: one statement of several months has a payout for each, in their order, each once") {
  World w = two_months();
  w.when("2026-06-01T00:00:00Z")
      .work("r5", "ben", 3, "2026-05", ",'confirmed':'aki'")
      .income("i5", "900", "2026-05")
      .close("2026-05");
  w.when("2026-07-01T00:00:00Z").close("2026-06");
  w.when("2026-08-01T00:00:00Z")
      .work("r7", "chi", 3, "2026-07", ",'confirmed':'aki'")
      .income("i7", "901", "2026-07")
      .close("2026-07");
  w.state_it();
  const std::vector<std::pair<std::string, std::map<std::string, Big>>> pays = {
      {"2026-05", paid_by(w, "2026-05")}, {"2026-06", paid_by(w, "2026-06")}, {"2026-07", paid_by(w, "2026-07")}};
  CHECK(pays[1].second.empty());
  const auto standing_texts = standings_at(w, w.lines.size() - 1);
  const std::map<std::string, std::size_t> payouts = {{"aki", 2}, {"ben", 1}, {"chi", 1}, {"eve", 0}, {"zoe", 2}};
  for (const std::string& member : names) {
    CAPTURE(member);
    const Receipt receipt = receipt_of(w, member);
    CHECK(canonical_text(receipt.body) == body_by_hand(w, member, w.lines.size() - 1, pays, standing_texts));
    CHECK(receipt.body.payouts.size() == payouts.at(member));
    for (const auto& [period, paid] : pays)
      CHECK(code(receipt, member, {}, month(period.c_str())) == (paid.contains(member) ? "ok" : "wrong_period"));
    CHECK(code(receipt, member, {}, month("2026-04")) == "wrong_period");
    CHECK(canonical_text(receipt_of(w, member, SIZE_MAX, month("2026-06")).body) == canonical_text(receipt.body));
  }
  const Receipt good = receipt_of(w, "aki");
  REQUIRE(good.body.payouts.size() == 2);
  Receipt bad = good;
  std::swap(bad.body.payouts[0], bad.body.payouts[1]);
  CHECK(code(bad, "aki") == "bad_receipt");
  bad = good;
  bad.body.payouts.push_back(bad.body.payouts[1]);
  CHECK(code(bad, "aki") == "bad_receipt");
  bad = good;
  bad.body.payouts[1] = bad.body.payouts[0];
  CHECK(code(bad, "aki") == "bad_receipt");
  // A payout of a month under the name of another month.
  bad = good;
  bad.body.payouts[0].leaf.period = month("2026-06");
  CHECK(code_and_place(bad, "aki") == "proof_mismatch at payout of 2026-06");  // nothing was paid then
  bad.body.payouts[0].leaf.period = month("2026-04");
  CHECK(code(bad, "aki") == "wrong_period");
  // What is left out is not proved; the owed amount still is.
  bad = good;
  bad.body.payouts.pop_back();
  const auto check = verify_receipt(to_string(bad), id("aki"));
  REQUIRE(check);
  CHECK(check->payouts.size() == 1);
  CHECK(check->standing.owed == good.body.standing.leaf.owed);
}

TEST_CASE("receipt: with any single bit flipped it never verifies") {
  // With exactly enough signatures: of a third one a flipped bit only makes a stranger's.
  const World w = two_months();
  Expectations expected;
  for (std::uint8_t n = 1; n <= 3; ++n) expected.stewards.push_back(world::demo_steward(n));
  std::map<std::string, std::size_t> codes;
  for (const std::string& member : names) {
    const std::string text = to_string(receipt_of(w, member));
    REQUIRE(code(text, member) == "ok");
    const std::size_t step = member == "zoe" ? 1 : 11;  // one of them whole, of the others every eleventh bit
    for (std::size_t bit = 0; bit < text.size() * 8; bit += step) {
      std::string flipped = text;
      flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1u << (bit % 8)));
      const std::string answer = code(flipped, member, step == 1 ? expected : Expectations{});
      ++codes[answer];
      if (answer == "ok") CHECK(bit == SIZE_MAX);
    }
  }
  CHECK(codes["ok"] == 0);
  for (const char* reached : {"bad_receipt", "wrong_domain", "proof_mismatch", "proof_wrong_length", "bad_signature",
                              "quorum_not_met", "bad_note", "proof_index_out_of_range"}) {
    CAPTURE(reached);
    CHECK(codes[reached] > 0);
  }
  // Control: with a signature to spare some flips pass, all of them in the third signature's line.
  const std::string spare = to_string(receipt_of(w, "aki", SIZE_MAX, {}, {1, 2, 3}));
  const std::size_t last_line = spare.rfind("\n\xe2\x80\x94") + 1;
  std::size_t passed = 0;
  for (std::size_t bit = last_line * 8; bit < spare.size() * 8; ++bit) {
    std::string flipped = spare;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1u << (bit % 8)));
    passed += code(flipped, "aki") == "ok" ? 1 : 0;
  }
  CHECK(passed > 0);
}

TEST_CASE("receipt: cut anywhere, or with anything behind its end, it is refused") {
  const World w = two_months();
  const std::string text = to_string(receipt_of(w, "ben"));
  std::map<std::string, std::size_t> codes;
  for (std::size_t length = 0; length < text.size(); ++length) ++codes[code(text.substr(0, length), "ben")];
  CHECK(codes["ok"] == 0);
  CHECK(codes["quorum_not_met"] == 1);  // right behind the first of two signatures
  CHECK(codes["bad_receipt"] + codes["truncated"] + 1 == text.size());
  for (const char* more : {"\n", "x", " ", "x\n"}) CHECK(code(text + more, "ben") == "trailing_bytes");
  CHECK(code(text + text, "ben") == "bad_note");
}

TEST_CASE("receipt: every number of it, altered and written anew, is refused, and the place is named") {
  const World w = two_months();
  const Receipt good = receipt_of(w, "zoe");
  REQUIRE(code(good, "zoe") == "ok");
  REQUIRE(good.body.payouts.size() == 1);
  REQUIRE(good.body.payouts[0].path.size() == 2);
  REQUIRE(good.body.standing.index == 4);
  REQUIRE(good.body.standing.path.size() == 1);
  REQUIRE(good.hashes.size() >= 2);
  struct Row {
    const char* what;
    std::function<void(Receipt&)> change;
    const char* code;
  };
  const auto payout = [](const std::function<void(PayoutProof&)>& change) {
    return [change](Receipt& r) { change(r.body.payouts[0]); };
  };
  const auto standing = [](const std::function<void(StandingProof&)>& change) {
    return [change](Receipt& r) { change(r.body.standing); };
  };
  const std::vector<Row> rows = {
      {"place in the log, one less", [](Receipt& r) { r.index -= 1; }, "proof_"},
      {"place in the log, one more", [](Receipt& r) { r.index += 1; }, "proof_index_out_of_range at statement"},
      {"place in the log, the largest", [](Receipt& r) { r.index = checkpoint_size_limit - 1; },
       "proof_index_out_of_range at statement"},
      {"a hash of the log less", [](Receipt& r) { r.hashes.pop_back(); }, "proof_wrong_length at statement"},
      {"a hash of the log more", [](Receipt& r) { r.hashes.push_back({}); }, "proof_wrong_length at statement"},
      {"two hashes of the log exchanged", [](Receipt& r) { std::swap(r.hashes[0], r.hashes[1]); },
       "proof_mismatch at statement"},
      {"a blank in the statement",
       [](Receipt& r) { r.body.statement = replaced(r.body.statement, "\"seq\":", "\"seq\": "); },
       "proof_mismatch at statement"},
      {"the payout one more", payout([](PayoutProof& p) { p.leaf.amount += 1; }),
       "proof_mismatch at payout of 2026-04"},
      {"the payout one less", payout([](PayoutProof& p) { p.leaf.amount -= 1; }),
       "proof_mismatch at payout of 2026-04"},
      {"the payout beyond the total", payout([](PayoutProof& p) { p.leaf.amount = amount_limit() - 1; }),
       "proof_mismatch at payout of 2026-04"},
      {"one from the neighbour's sum", payout([](PayoutProof& p) { p.leaf.amount += 1, p.path[0].sum -= 1; }),
       "proof_mismatch at payout of 2026-04"},
      {"one between two sums", payout([](PayoutProof& p) { p.path[0].sum += 1, p.path[1].sum -= 1; }),
       "proof_mismatch at payout of 2026-04"},
      {"a neighbour of nothing", payout([](PayoutProof& p) { p.path[0].sum = 0; }),
       "proof_mismatch at payout of 2026-04"},
      {"the payout's place, one less", payout([](PayoutProof& p) { p.index -= 1; }), "proof_"},
      {"the payout's place, behind the last", payout([](PayoutProof& p) { p.index = 5; }),
       "proof_index_out_of_range at payout of 2026-04, index 5"},
      {"the payout's path shorter", payout([](PayoutProof& p) { p.path.pop_back(); }),
       "proof_wrong_length at payout of 2026-04"},
      {"the payout's path longer", payout([](PayoutProof& p) { p.path.push_back({}); }),
       "proof_wrong_length at payout of 2026-04"},
      {"the payout's path exchanged", payout([](PayoutProof& p) { std::swap(p.path[0], p.path[1]); }),
       "proof_mismatch at payout of 2026-04"},
      {"another month", payout([](PayoutProof& p) { p.leaf.period = month("2026-03"); }), "wrong_period at "},
      {"another payee", payout([](PayoutProof& p) { p.leaf.payee = "pool:reserve"; }),
       "wrong_member at payout of 2026-04"},
      {"owed one more", standing([](StandingProof& s) { s.leaf.owed += 1; }), "proof_mismatch at standing"},
      {"one ticket more", standing([](StandingProof& s) { s.leaf.holds.begin()->second += 1; }),
       "proof_mismatch at standing"},
      {"no tickets", standing([](StandingProof& s) { s.leaf.holds.clear(); }), "proof_mismatch at standing"},
      {"another fraction", standing([](StandingProof& s) { s.leaf.entitled.begin()->second.fraction[7] ^= 1; }),
       "proof_mismatch at standing"},
      {"paid one less", standing([](StandingProof& s) { s.leaf.entitled.begin()->second.paid -= 1; }),
       "proof_mismatch at standing"},
      {"another member", standing([](StandingProof& s) { s.leaf.member = id("aki"); }), "proof_mismatch at standing"},
      {"the member's place, one less", standing([](StandingProof& s) { s.index -= 1; }),
       "proof_wrong_length at standing"},
      {"the member's place, behind the last", standing([](StandingProof& s) { s.index = 5; }),
       "proof_index_out_of_range at standing, index 5"},
      {"the member's path shorter", standing([](StandingProof& s) { s.path.pop_back(); }),
       "proof_wrong_length at standing"},
      {"the member's path longer", standing([](StandingProof& s) { s.path.push_back({}); }),
       "proof_wrong_length at standing"},
      {"another hash on the member's path", standing([](StandingProof& s) { s.path[0][0] ^= 1; }),
       "proof_mismatch at standing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Receipt bad = good;
    row.change(bad);
    const std::string answer = code_and_place(bad, "zoe");
    CAPTURE(answer);
    CHECK(answer.starts_with(row.code));
    CHECK(parse_receipt(to_string(bad)));  // it is a receipt: only the proof is wrong
  }
}

TEST_CASE("receipt: what is no receipt is refused with the place") {
  const World w = two_months();
  const Receipt good = receipt_of(w, "aki");
  const std::string body = canonical_text(good.body);
  const auto with_extra = [&](const std::string& extra) {
    return to_string(TlogProof{extra, good.index, good.hashes, good.note});
  };
  REQUIRE(world::code_of(parse_receipt(with_extra(body))) == "ok");
  const struct {
    std::string extra;
    const char* what;
  } rows[] = {
      {"", "bad_json"},
      {"aki", "bad_json"},
      {"{}", "missing_field"},
      {"[]", "wrong_type"},
      {" " + body, "not_canonical"},
      {body + "\n", "not_canonical"},
      {replaced(body, "{\"dao\":", "{\"also\":1,\"dao\":"), "unknown_field"},
      {replaced(body, "\"standing\":{", "\"standing\":{\"a\":1,"), "unknown_field"},
      {replaced(body, "\"payouts\":[", "\"payouts\":[7,"), "wrong_type"},
      {replaced(body, "\"index\":", "\"index\":-"), ""},
      {replaced(body, "\"member\":\"aki\"", "\"member\":\"Aki\""), "bad_id"},
      {replaced(body, "\"owed\":\"", "\"owed\":\"0"), "leading_zero"},
      {replaced(body, "\"hash\":\"", "\"hash\":\"0"), "bad_hex"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.extra);
    const auto receipt = parse_receipt(with_extra(row.extra));
    REQUIRE(world::code_of(receipt) == "bad_receipt");
    CHECK(receipt.error().what.find(row.what) != std::string::npos);
    CHECK(receipt.error().where == "line 2");
    CHECK(code(with_extra(row.extra), "aki") == "bad_receipt");
  }
  CHECK(code("", "aki") == "bad_receipt");
  CHECK(code(to_string(good.note), "aki") == "bad_receipt");
  Receipt bad = good;
  bad.note.text += "more\n";
  CHECK(code(bad, "aki") == "bad_note");
}

TEST_CASE("receipt: the signers are measured as those of a snapshot are") {
  const World w = two_months();
  const auto steward = [](const char* name, std::uint8_t n) {
    return Steward{StewardId::parse(name).value(), world::demo_key(n).public_key()};
  };
  struct Row {
    std::vector<std::pair<std::string, std::uint8_t>> signers;
    std::vector<Steward> given;
    std::optional<std::uint64_t> threshold;
    const char* code;
  };
  const std::vector<Row> rows = {
      {{{"abe", 1}, {"mori", 2}}, {}, {}, "ok"},
      {{{"abe", 1}, {"mori", 2}, {"sato", 3}}, {}, 3, "ok"},
      {{{"abe", 1}}, {}, {}, "quorum_not_met"},
      {{{"abe", 1}, {"zed", 9}}, {}, {}, "quorum_not_met"},
      {{{"abe", 9}, {"mori", 8}}, {}, {}, "quorum_not_met"},
      {{{"abe", 1}, {"mori", 2}}, {}, 3, "quorum_not_met"},
      {{{"abe", 1}}, {}, 1, "ok"},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 1), steward("mori", 2), steward("sato", 3)}, {}, "ok"},
      {{{"abe", 1}, {"mori", 2}}, {steward("zoe", 9)}, {}, "signers_unknown"},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 1)}, {}, "quorum_not_met"},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 1), steward("abe", 2)}, {}, "duplicate_member"},
      {{{"abe", 1}, {"mori", 2}}, {}, 0, "bad_threshold"},
  };
  Receipt receipt = receipt_of(w, "chi");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    receipt.note.signatures.clear();
    for (const auto& [name, n] : rows[i].signers)
      receipt.note.signatures.push_back(sign_note(name, world::demo_key(n), receipt.note.text));
    Expectations expected;
    expected.stewards = rows[i].given;
    expected.threshold = rows[i].threshold;
    CHECK(code(receipt, "chi", expected) == rows[i].code);
  }
  receipt.note.signatures = {sign_note("abe", world::demo_key(1), receipt.note.text),
                             sign_note("mori", world::demo_key(2), receipt.note.text + "x\n")};
  CHECK(code(receipt, "chi") == "bad_signature");
}

TEST_CASE("receipt: what is wrong first is said first") {
  const World w = two_months();
  Receipt receipt = receipt_of(w, "aki");
  Expectations wrong;
  wrong.dao = Hash{};
  wrong.snapshot = Hash{};
  wrong.stewards = {Steward{StewardId::parse("zoe").value(), world::demo_key(9).public_key()}};
  const auto step = [&](const char* expected) { CHECK(code(receipt, "ben", wrong, month("2026-09")) == expected); };
  step("wrong_domain");
  wrong.dao.reset();
  receipt.hashes.pop_back();
  step("proof_wrong_length");
  receipt = receipt_of(w, "aki");
  receipt.body.standing.path.clear();
  step("proof_wrong_length");
  receipt = receipt_of(w, "aki");
  step("wrong_member");
  receipt = receipt_of(w, "ben");
  step("wrong_period");
  CHECK(code(receipt, "ben", wrong, month("2026-04")) == "unexpected_snapshot");
  wrong.snapshot.reset();
  CHECK(code(receipt, "ben", wrong, month("2026-04")) == "signers_unknown");
  wrong.stewards.clear();
  CHECK(code(receipt, "ben", wrong, month("2026-04")) == "ok");
}

TEST_CASE("receipt: no quorum proves to a member what its own statement contradicts") {
  // All three stewards sign a last line of their own making, and the receipt is put together to fit as far as it can.
  const World w = two_months();
  const Receipt honest = receipt_of(w, "zoe");
  const auto forge = [&](const std::function<void(Json&)>& change, const std::function<void(Receipt&)>& more = {}) {
    Json statement = *parse_json(w.lines.back());
    change(statement);
    std::vector<std::string> lines = w.lines;
    lines.back() = to_canonical(statement);
    std::vector<Hash> leaves;
    for (const std::string& line : lines) leaves.push_back(leaf_hash(as_bytes(line)));
    Receipt receipt = honest;
    receipt.body.statement = lines.back();
    receipt.hashes = prove_inclusion(leaves, lines.size() - 1).value();
    receipt.note = parse_note(sign_lines(lines, {1, 2, 3})).value();
    if (more) more(receipt);
    return code_and_place(receipt, "zoe");
  };
  const auto outcome = [](const std::function<void(Json&)>& change) {
    return [change](Json& statement) {
      Json item = statement.find("distributions")->array()->at(0);
      Json numbers = *item.find("outcome");
      change(numbers);
      item.set("outcome", numbers);
      statement.set("distributions", Json::Array{item});
    };
  };
  const auto shifted = [](Json& json, const char* key, int by) {
    if (json.find(key)->integer() != nullptr)
      json.set(key, *json.find(key)->integer() + by);
    else
      json.set(key, (Big{*json.find(key)->text()} + by).str());
  };
  REQUIRE(forge([](Json&) {}) == "ok");
  CHECK(forge([](Json& j) { j.set("at", "2026-05-02T00:00:00Z"); }) == "ok");  // another true line would verify as well
  // A number alone: in + undivided before must be distributed + undivided after.
  for (const char* key : {"in", "distributed", "undivided_before", "undivided_after"})
    for (const int by : {1, 2}) {
      CAPTURE(key, by);
      CHECK(forge(outcome([&](Json& o) { shifted(o, key, by); })) == "payout_mismatch at 2026-04");
    }
  // Two that balance: a smaller, or larger, total than the leaves have.
  for (const int by : {-1, 1}) {
    CAPTURE(by);
    CHECK(forge(outcome([&](Json& o) { shifted(o, "distributed", by), shifted(o, "in", by); })) ==
          "proof_mismatch at payout of 2026-04");
    CHECK(forge(outcome([&](Json& o) { shifted(o, "distributed", by), shifted(o, "undivided_after", -by); })) ==
          "proof_mismatch at payout of 2026-04");
    // ... with the difference taken out of a neighbour that the member is shown.
    CHECK(forge(outcome([&](Json& o) { shifted(o, "distributed", by), shifted(o, "in", by); }), [&](Receipt& r) {
            r.body.payouts[0].path[0].sum += u128{0} + (by > 0 ? u128{1} : ~u128{0});
          }) == "proof_mismatch at payout of 2026-04");
  }
  CHECK(forge(outcome([&](Json& o) { shifted(o, "payees", -1); })) ==
        "proof_index_out_of_range at payout of 2026-04, index 3");
  CHECK(forge(outcome([&](Json& o) { o.set("payees", 0); })) ==
        "proof_index_out_of_range at payout of 2026-04, index 3");
  CHECK(forge(outcome([&](Json& o) { shifted(o, "payees", 1); })) == "proof_wrong_length at payout of 2026-04");
  CHECK(forge(outcome([&](Json& o) { o.set("payout_root", world::sha("another")); })) ==
        "proof_mismatch at payout of 2026-04");
  const auto roll = [](const std::function<void(Json&)>& change) {
    return [change](Json& statement) {
      Json members = *statement.find("members");
      change(members);
      statement.set("members", members);
    };
  };
  CHECK(forge(roll([&](Json& m) { m.set("count", 4); })) == "proof_index_out_of_range at standing, index 4");
  CHECK(forge(roll([&](Json& m) { m.set("count", 6); })) == "proof_wrong_length at standing");
  CHECK(forge(roll([&](Json& m) { m.set("root", world::sha("x")); })) == "proof_mismatch at standing");
  CHECK(forge([](Json& j) { j.set("distributions", Json::Array{}); }) == "wrong_period at ");
  // A line that is no statement, a statement that says it stands elsewhere, one that is not canonical.
  CHECK(forge([&](Json& j) { j = *parse_json(w.lines[w.lines.size() - 2]); }) == "no_snapshot at ");
  CHECK(forge([&](Json& j) { shifted(j, "seq", 1); }) == "no_snapshot at ");
  CHECK(forge([](Json& j) { j.set("kind", "statements"); }) == "unknown_kind at field kind");
  CHECK(forge([](Json& j) { j.erase("members"); }) == "missing_field at field members");
}

TEST_CASE("receipt: a line that is no statement, or a statement of another place, proves nothing") {
  const World w = two_months();
  std::vector<Hash> leaves;
  for (const std::string& line : w.lines) leaves.push_back(leaf_hash(as_bytes(line)));
  const Receipt honest = receipt_of(w, "aki");
  std::map<std::string, std::size_t> codes;
  for (std::size_t seq = 0; seq < w.lines.size(); ++seq) {
    Receipt receipt = honest;
    receipt.index = seq;
    receipt.hashes = prove_inclusion(leaves, seq).value();
    const auto place = code_and_place(receipt, "aki");
    if (seq + 1 == w.lines.size()) CHECK(place == "ok");
    if (seq + 1 != w.lines.size()) CHECK(place == "proof_mismatch at statement");
    receipt.body.statement = w.lines[seq];
    ++codes[code_and_place(receipt, "aki")];
  }
  // March's statement is one, with another standing; all else is none.
  CHECK(codes["ok"] == 1);
  CHECK(codes["proof_mismatch at standing"] == 1);
  CHECK(codes["no_snapshot at "] == w.lines.size() - 2);
}

TEST_CASE("receipts: of a ledger and a note that do not belong together none are written") {
  const World w = two_months(), other = two_months("another");
  const std::string text = w.text();
  const std::string note = sign_lines(w.lines, {1, 2});
  const auto read = [](const std::string& ledger, const std::string& paper, std::optional<Period> period = {}) {
    return world::code_of(Receipts::read(text_lines(ledger), paper, period));
  };
  CHECK(read(text, note) == "ok");
  CHECK(read(text, note, month("2026-03")) == "ok");
  CHECK(read(text, note, month("2026-04")) == "ok");
  CHECK(read(text, note, month("2026-05")) == "wrong_period");
  CHECK(read(text, note, month("2026-02")) == "wrong_period");
  CHECK(read(text, "") == "truncated");
  CHECK(read(text, "x" + note) == "wrong_domain");
  CHECK(read(text, "x\n" + note) == "bad_note");
  CHECK(read(text, note + "x") == "trailing_bytes");
  CHECK(read(text, sign_lines(other.lines, {1, 2})) == "wrong_domain");
  CHECK(read(text.substr(0, text.size() - 1), note) == "truncated");
  CHECK(read(w.text(w.lines.size() - 1), note) == "ledger_too_short");
  CHECK(read("", note) == "ledger_too_short");
  const auto short_of_statement = first_lines(w, w.lines.size() - 1);
  CHECK(read(text, sign_lines(short_of_statement, {1, 2})) == "no_snapshot");
  CHECK(read(text, sign_lines(short_of_statement, {1, 2}), month("2026-03")) == "ok");  // its statement is covered
  CHECK(read(text, sign_lines(short_of_statement, {1, 2}), month("2026-04")) == "wrong_period");
  std::vector<std::string> changed = w.lines;
  changed[3] = replaced(changed[3], "work", "walk");
  CHECK(read(text, sign_lines(changed, {1, 2})) == "root_mismatch");
  // Nobody's signature is asked for: the receipts of a draft snapshot have its stewards added later.
  Note unsigned_note = parse_note(note).value();
  unsigned_note.signatures = {sign_note("zed", world::demo_key(9), unsigned_note.text)};
  CHECK(read(text, to_string(unsigned_note)) == "ok");
  // Lines after the snapshot must be allowed, and what they state is not under it.
  World later = w;
  later.when("2026-06-01T00:00:00Z").close("2026-05").state_it();
  CHECK(read(later.text(), note, month("2026-05")) == "wrong_period");
  CHECK(read(later.text(), note) == "ok");
  CHECK(canonical_text(Receipts::read(text_lines(text), note)->of(id("aki"))->body) ==
        canonical_text(receipt_of(later, "aki", w.lines.size()).body));
  CHECK(read(text + "{}\n", note) == "missing_field");
}

TEST_CASE("receipts: a line that the rules refuse is answered as by replay, wherever it stands") {
  World w = two_months();
  const std::string note = sign_lines(w.lines, {1, 2});
  w.when("2026-06-01T00:00:00Z");
  const std::string void_draft = w.draft("2026-05");
  w.close("2026-05");
  const std::vector<std::string> claims = {
      "{'kind':'approve','draft':'" + void_draft + "'}",  // void, of a month that is closed
      "{'kind':'approve','draft':'2026-04.1'}",           // approved
      "{'kind':'approve','draft':'none'}",
      "{'kind':'member.join','member':'aki'}",
  };
  for (const std::string& claim : claims) {
    CAPTURE(claim);
    const std::string text = w.text() + world::line_of(world::json(claim), w.at, w.lines.size()) + "\n";
    Ledger ledger;
    const Status replayed = replay(ledger, text_lines(text));
    REQUIRE(!replayed);
    for (const std::string& paper : {note, sign_lines(w.lines, {1, 2})}) {
      const auto receipts = Receipts::read(text_lines(text), paper);
      REQUIRE(!receipts);
      CHECK(to_string(receipts.error()) == to_string(replayed.error()));
    }
    // Also under a note that covers the bad line.
    std::vector<std::string> lines = w.lines;
    lines.push_back(world::line_of(world::json(claim), w.at, w.lines.size()));
    const auto receipts = Receipts::read(text_lines(text), sign_lines(lines, {1, 2}));
    REQUIRE(!receipts);
    CHECK(to_string(receipts.error()) == to_string(replayed.error()));
  }
}

TEST_CASE("receipt: at every number of members to 20, each one's verifies, and each has another place") {
  for (std::size_t count = 1; count <= 20; ++count) {
    CAPTURE(count);
    World w{world::dao_claim()};
    w.charter("v1", "2026-03", "{'root':{'pool':'all','among':'equal','else':{'to':'pool:rest'}}}");
    for (std::size_t i = 0; i < count; ++i) w.join("m" + std::to_string(100 + i));
    w.income("i", std::to_string(1000 * count + 7), "2026-03").when("2026-04-01T00:00:00Z").close("2026-03").state_it();
    const std::string text = w.text();
    const auto receipts = Receipts::read(text_lines(text), world::snapshot(w, {2, 3})).value();
    REQUIRE(receipts.members().size() == count);
    u128 sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const MemberId& member = receipts.members()[i].member;
      const auto check = verify_receipt(to_string(receipts.of(member).value()), member);
      REQUIRE(check);
      REQUIRE(check->payouts.size() == 1);
      CHECK(check->payouts[0].index == i);
      sum += check->payouts[0].amount;
    }
    CHECK(sum == w.state().decisions.drafts[0].outcome.distributed);
  }
}
