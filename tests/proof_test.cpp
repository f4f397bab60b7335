// SPDX-License-Identifier: MIT
/// @file proof_test.cpp
/// Proves verification: a true ledger under its snapshot passes; every single bit and every cut of either is refused;
/// a full quorum cannot sign a number that the charter does not give; and no bytes at all crash the readers.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/proof/verify.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

/// Five members, one month, from the first line to its statement.
World five_members(std::string_view salt = "five") {
  World w{world::dao_claim("+09:00", salt)};
  w.charter("v1", "2026-03", world::salon_rules);
  w.ticket_class("seat", 1).work_kind("work", 1);
  for (const char* name : {"aki", "ben", "chi", "dan", "eve"}) {
    w.join(name);
    w.mint("t-" + std::string{name}, name);
  }
  w.when("2026-03-12T00:00:00Z").leave("eve").move("t-dan", "dan", "aki");
  w.work("r1", "aki", 5, "2026-03", ",'confirmed':'ben'").work("r2", "chi", 2, "2026-03", ",'confirmed':'aki'");
  w.income("i1", "10007", "2026-03", ",'evidence':{'file':'" + world::sha("march.csv") + "','row':1}");
  w.when("2026-04-01T00:00:00Z").close("2026-03").state_it();
  return w;
}

Result<Verification> check(const std::string& ledger, const std::string& note, const Expectations& expected = {}) {
  return verify_ledger(text_lines(ledger), note, expected);
}
std::string code(const std::string& ledger, const std::string& note, const Expectations& expected = {}) {
  return world::code_of(check(ledger, note, expected));
}

/// A note over any lines whatever, with the origin of the first and the signatures of those stewards.
std::string sign_anything(const std::vector<std::string>& lines, std::initializer_list<std::uint8_t> signers,
                          std::optional<std::string> text = {}) {
  MerkleLog log;
  for (const std::string& line : lines) log.append(leaf_hash(as_bytes(line)));
  const std::string origin = lines.empty() ? "mikoshi/none" : origin_of(leaf_hash(as_bytes(lines[0])));
  Note note{text.value_or(to_string(Checkpoint{origin, log.size(), log.root()})), {}};
  for (const std::uint8_t n : signers)
    note.signatures.push_back(sign_note(std::string{world::steward_names.at(n - 1u)}, world::demo_key(n), note.text));
  return to_string(note);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string flipped(std::string text, std::size_t bit) {
  text[bit / 8] = static_cast<char>(static_cast<unsigned char>(text[bit / 8]) ^ (1u << (bit % 8)));
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("verify: a true ledger under the signatures of two of three stewards passes, in all three parts") {
  const World w = five_members();
  const std::string note = world::snapshot(w, {1, 3});
  const auto result = check(w.text(), note);
  REQUIRE(result);
  CHECK(result->dao == w.state().dao.id);
  CHECK(result->dao == leaf_hash(as_bytes(w.lines[0])));
  CHECK(result->snapshot == snapshot_hash(parse_note(note)->text));
  CHECK(result->snapshot == sha256(as_bytes(snapshot_text(w.ledger).value())));
  CHECK(result->size == w.lines.size());
  CHECK(result->lines == w.lines.size());
  CHECK(result->lines_after == 0);
  CHECK(result->root == w.ledger.log.root());
  CHECK(result->closed_through == world::month("2026-03"));
  CHECK(result->distributions == 1);
  CHECK(result->signers.stewards == std::vector<std::string>{"abe", "sato"});
  CHECK(result->signers.unknown == 0);
  CHECK(result->threshold == 2);
  CHECK(result->stewards == 3);
  CHECK(!result->stewards_given);
  CHECK(result->voices.by_operator == 15);
  CHECK(result->voices.relayed == 0);
  std::size_t facts = 0;
  for (const std::string& line : w.lines) facts += is_fact(decode_line(line)->event) ? 1 : 0;
  CHECK(facts == 15);
  CHECK(code(w.text(), world::snapshot(w, {1, 2, 3})) == "ok");
}

TEST_CASE("tamper: every single bit of the ledger, flipped, is refused under its snapshot") {
  const World w = five_members();
  const std::string text = w.text();
  const std::string note = world::snapshot(w, {1, 2});
  REQUIRE(code(text, note) == "ok");
  std::size_t passed = 0;
  std::map<std::string, std::size_t> codes;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    const std::string answer = code(flipped(text, bit), note);
    ++codes[answer];
    if (answer == "ok") ++passed;
  }
  CHECK(passed == 0);
  CHECK(codes["root_mismatch"] > 0);  // what the rules allow and only the root tells
  CHECK(codes["payout_mismatch"] > 0);
  CHECK(codes["internal"] == 0);
}

TEST_CASE("tamper: every single bit of a snapshot with exactly enough signatures, flipped, is refused") {
  const World w = five_members();
  const std::string text = w.text();
  const std::string note = world::snapshot(w, {1, 2});
  std::map<std::string, std::size_t> codes;
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) ++codes[code(text, flipped(note, bit))];
  CHECK(codes["ok"] == 0);
  CHECK(codes["bad_signature"] > 400);
  CHECK(codes["quorum_not_met"] > 0);  // a flipped name or key id is a stranger's
  // Control: with one signature to spare, some flips leave two good ones and pass.
  const std::string spare = world::snapshot(w, {1, 2, 3});
  std::size_t passed = 0;
  const std::size_t last_line = spare.rfind("\n\xe2\x80\x94") + 1;
  for (std::size_t bit = last_line * 8; bit < spare.size() * 8; ++bit)
    passed += code(text, flipped(spare, bit)) == "ok" ? 1 : 0;
  CHECK(passed > 0);
}

TEST_CASE("tamper: every cut of ledger and snapshot is refused") {
  const World w = five_members();
  const std::string text = w.text();
  const std::string note = world::snapshot(w, {1, 2});
  std::map<std::string, std::size_t> codes;
  for (std::size_t size = 0; size < text.size(); ++size) ++codes[code(text.substr(0, size), note)];
  CHECK(codes["ok"] == 0);
  CHECK(codes["ledger_too_short"] == w.lines.size());  // at the end of each line but the last, and the empty one
  CHECK(codes["truncated"] == text.size() - w.lines.size());
  codes.clear();
  for (std::size_t size = 0; size < note.size(); ++size) {
    const std::string cut = note.substr(0, size);
    const std::string answer = code(text, cut);
    ++codes[answer];
    if (answer != "truncated") {
      CAPTURE(cut);
      CHECK(answer == "quorum_not_met");  // right behind the first of two signature lines
      CHECK(cut.ends_with("=\n"));
    }
  }
  CHECK(codes["ok"] == 0);
  CHECK(codes["quorum_not_met"] == 1);
  for (const char* more : {"\n", "x", " ", "x\n", "\n\n"}) {
    CHECK(code(text, note + more) == "trailing_bytes");
    CHECK(code(text + more, note) != "ok");
  }
  CHECK(code(text, note + std::string(1, '\0')) == "trailing_bytes");
  CHECK(code(text, note + note) != "ok");
  CHECK(code(text + text, note) == "chain_broken");
  CHECK(code("", note) == "ledger_too_short");
  CHECK(code(text, "") == "truncated");
}

TEST_CASE("tamper: every line left out, doubled or exchanged with the next one is refused") {
  const World w = five_members();
  const std::string note = world::snapshot(w, {1, 2});
  for (std::size_t i = 0; i < w.lines.size(); ++i) {
    CAPTURE(i);
    auto lines = w.lines;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(code(joined(lines), note) == (i + 1 == w.lines.size() ? "ledger_too_short" : "chain_broken"));
    lines = w.lines;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i), w.lines[i]);
    CHECK(code(joined(lines), note) == "chain_broken");
    if (i + 1 == w.lines.size()) continue;
    lines = w.lines;
    std::swap(lines[i], lines[i + 1]);
    CHECK(code(joined(lines), note) == "chain_broken");
  }
}

TEST_CASE("verify: a snapshot of something else is refused, and says of what") {
  const World w = five_members();
  const World other = five_members("another");
  CHECK(code(w.text(), world::snapshot(other, {1, 2})) == "wrong_domain");
  // The same first lines, another history.
  World fork{*parse_json(replaced(w.lines[0], ",\"seq\":0", ""))};
  REQUIRE(fork.lines[0] == w.lines[0]);
  fork.charter("v1", "2026-03", world::salon_rules);
  while (fork.lines.size() < w.lines.size() - 1) fork.join("m" + std::to_string(fork.lines.size()));
  fork.state_it();
  REQUIRE(fork.lines.size() == w.lines.size());
  CHECK(code(fork.text(), world::snapshot(fork, {1, 2})) == "ok");
  CHECK(code(w.text(), world::snapshot(fork, {1, 2})) == "root_mismatch");
  CHECK(code(fork.text(), world::snapshot(w, {1, 2})) == "root_mismatch");
  // A log that does not end with a statement.
  auto lines = w.lines;
  lines.pop_back();
  CHECK(code(w.text(), sign_anything(lines, {1, 2})) == "no_snapshot");
  CHECK(code(joined(lines), sign_anything(lines, {1, 2, 3})) == "no_snapshot");
  CHECK(code(joined({w.lines[0]}), sign_anything({w.lines[0]}, {1, 2, 3})) == "no_snapshot");
  // The expected hash.
  const std::string note = world::snapshot(w, {1, 2});
  Expectations expected;
  expected.snapshot = snapshot_hash(parse_note(note)->text);
  CHECK(code(w.text(), note, expected) == "ok");
  CHECK(code(w.text(), world::snapshot(w, {2, 3}), expected) == "ok");  // signatures do not change what it is
  (*expected.snapshot)[31] ^= 1;
  CHECK(code(w.text(), note, expected) == "unexpected_snapshot");
}

TEST_CASE("verify: what is wrong first is said first") {
  const World w = five_members();
  const World other = five_members("another");
  auto shorter = w.lines;
  shorter.pop_back();
  Expectations wrong;
  wrong.snapshot = Hash{};
  wrong.stewards = {Steward{StewardId::parse("zoe").value(), world::demo_key(9).public_key()}};
  const std::string alien = world::snapshot(other, {});
  // Without any signature it is no note: one by a stranger is needed for what follows.
  CHECK(code("x", alien, wrong) == "truncated");
  const auto by_stranger = [](const std::string& text) {
    return to_string(Note{text, {sign_note("zed", world::demo_key(8), text)}});
  };
  const auto text_of = [](const World& x) { return snapshot_text(x.ledger).value(); };
  CHECK(code("x", by_stranger("one\n"), wrong) == "bad_note");
  CHECK(code("x", by_stranger(text_of(other)), wrong) == "truncated");
  CHECK(code(joined(shorter), by_stranger(text_of(other)), wrong) == "ledger_too_short");
  CHECK(code(w.text(), by_stranger(text_of(other)), wrong) == "wrong_domain");
  const Hash zero{};
  CHECK(code(w.text(), by_stranger(to_string(Checkpoint{origin_of(w.state().dao.id), shorter.size(), zero})), wrong) ==
        "root_mismatch");
  CHECK(code(w.text(), by_stranger(parse_note(sign_anything(shorter, {1}))->text), wrong) == "no_snapshot");
  CHECK(code(w.text(), by_stranger(text_of(w)), wrong) == "unexpected_snapshot");
  wrong.snapshot.reset();
  CHECK(code(w.text(), by_stranger(text_of(w)), wrong) == "signers_unknown");
  wrong.stewards.clear();
  CHECK(code(w.text(), by_stranger(text_of(w)), wrong) == "quorum_not_met");
}

TEST_CASE("signers: only known stewards count, each once; strangers count for nothing and against nothing") {
  const World w = five_members();
  const std::string text = w.text();
  const std::string statement = snapshot_text(w.ledger).value();
  const auto steward = [](const char* name, std::uint8_t n) {
    return Steward{StewardId::parse(name).value(), world::demo_key(n).public_key()};
  };
  const auto note = [&](const std::vector<std::pair<std::string, std::uint8_t>>& signers) {
    Note made{statement, {}};
    for (const auto& [name, n] : signers) made.signatures.push_back(sign_note(name, world::demo_key(n), statement));
    return to_string(made);
  };
  const std::vector<Steward> three = {steward("abe", 1), steward("mori", 2), steward("sato", 3)};
  struct Row {
    std::vector<std::pair<std::string, std::uint8_t>> signers;
    std::vector<Steward> given;
    std::optional<std::uint64_t> threshold;
    const char* code;
    std::uint64_t unknown;
  };
  const std::vector<Row> rows = {
      {{{"abe", 1}, {"mori", 2}}, {}, {}, "ok", 0},
      {{{"mori", 2}, {"abe", 1}}, {}, {}, "ok", 0},
      {{{"abe", 1}}, {}, {}, "quorum_not_met", 0},
      {{{"abe", 1}, {"zed", 9}}, {}, {}, "quorum_not_met", 0},
      {{{"abe", 1}, {"abe", 9}}, {}, {}, "quorum_not_met", 0},  // the name alone is nothing
      {{{"abe", 1}, {"abi", 1}}, {}, {}, "quorum_not_met", 0},  // nor is the key under another name
      {{{"abe", 2}, {"mori", 1}}, {}, {}, "quorum_not_met", 0},
      {{{"abe", 1}, {"zed", 9}, {"sato", 3}, {"zed", 8}}, {}, {}, "ok", 2},
      {{{"abe", 1}, {"mori", 2}}, three, {}, "ok", 0},
      {{{"abe", 1}, {"mori", 2}}, three, 3, "quorum_not_met", 0},
      {{{"abe", 1}, {"mori", 2}, {"sato", 3}}, three, 3, "ok", 0},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 1)}, {}, "quorum_not_met", 0},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 1)}, 1, "ok", 1},
      {{{"abe", 1}, {"mori", 2}}, {steward("zoe", 9)}, {}, "signers_unknown", 0},
      {{{"abe", 1}, {"mori", 2}}, {steward("zoe", 9)}, 1, "signers_unknown", 0},
      {{{"abe", 1}, {"mori", 2}}, {steward("abe", 9), steward("mori", 8)}, {}, "signers_unknown", 0},
      {{{"abe", 1}, {"mori", 2}},
       {steward("abe", 1), steward("mori", 2), steward("x", 7), steward("y", 8)},
       {},
       "quorum_not_met",
       0},
      {{{"abe", 1}, {"mori", 2}},
       {steward("abe", 1), steward("mori", 2), steward("x", 7), steward("y", 8)},
       2,
       "ok",
       0},
      {{{"abe", 1}, {"mori", 2}}, {}, 3, "quorum_not_met", 0},
      {{{"abe", 1}}, {}, 1, "ok", 0},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    Expectations expected;
    expected.stewards = rows[i].given;
    expected.threshold = rows[i].threshold;
    const auto result = check(text, note(rows[i].signers), expected);
    CHECK(world::code_of(result) == rows[i].code);
    if (!result) continue;
    CHECK(result->signers.unknown == rows[i].unknown);
    CHECK(result->stewards_given == !rows[i].given.empty());
    CHECK(result->stewards == (rows[i].given.empty() ? 3 : rows[i].given.size()));
  }
  // One key twice under one name is no note; a good signature of another text is an outright lie.
  CHECK(code(text, note({{"abe", 1}, {"abe", 1}})) == "bad_note");
  Note lie{statement,
           {sign_note("abe", world::demo_key(1), statement), sign_note("mori", world::demo_key(2), statement + "x\n"),
            sign_note("sato", world::demo_key(3), statement)}};
  CHECK(code(text, to_string(lie)) == "bad_signature");
  for (const std::size_t size : {1u, 63u, 65u, 72u}) {
    lie.signatures[1].signature = Bytes(size, 0);
    CHECK(code(text, to_string(lie)) == "bad_signature");
  }
  lie.signatures[1].signature = Bytes(64, 0);
  CHECK(code(text, to_string(lie)) == "bad_signature");
  lie.signatures[1].signature = Bytes(64, 0xff);
  CHECK(code(text, to_string(lie)) == "bad_signature");
  // 256 signatures are read, 257 are not.
  Note crowd{statement,
             {sign_note("abe", world::demo_key(1), statement), sign_note("mori", world::demo_key(2), statement)}};
  while (crowd.signatures.size() < 256)
    crowd.signatures.push_back({"s" + std::to_string(crowd.signatures.size()), {1, 2, 3, 4}, Bytes{5}});
  const auto full = check(text, to_string(crowd));
  REQUIRE(full);
  CHECK(full->signers.unknown == 254);
  crowd.signatures.push_back({"one-more", {1, 2, 3, 4}, Bytes{5}});
  CHECK(code(text, to_string(crowd)) == "too_many");
}

TEST_CASE("signers: a steward whom the verifier names twice is refused") {
  const World w = five_members();
  Expectations expected;
  expected.stewards = {world::demo_steward(1), world::demo_steward(1)};
  expected.threshold = 2;
  CHECK(code(w.text(), world::snapshot(w, {1}), expected) == "duplicate_member");
}

TEST_CASE("signers: one key under two names that the verifier gives is refused") {
  const World w = five_members();
  Expectations expected;
  expected.stewards = {world::demo_steward(1),
                       Steward{StewardId::parse("abi").value(), world::demo_key(1).public_key()}};
  expected.threshold = 2;
  const std::string statement = snapshot_text(w.ledger).value();
  const Note note{statement,
                  {sign_note("abe", world::demo_key(1), statement), sign_note("abi", world::demo_key(1), statement)}};
  CHECK(code(w.text(), to_string(note), expected) == "duplicate_member");
}

TEST_CASE("signers: a threshold of nobody is refused") {
  const World w = five_members();
  const std::string statement = snapshot_text(w.ledger).value();
  const Note note{statement, {sign_note("zed", world::demo_key(9), statement)}};
  Expectations expected;
  expected.threshold = 0;
  CHECK(code(w.text(), to_string(note), expected) == "bad_threshold");
}

TEST_CASE("signers: the ledger under test does not choose how many of the verifier's stewards must sign") {
  // One steward of three makes a DAO that asks for one signature, its own. The verifier names the three.
  Json claim = world::dao_claim("+09:00", "forged");
  claim.set("stewards", Json::Array{Codec<Steward>::encode(world::demo_steward(1))});
  claim.set("threshold", 1);
  World forged{claim};
  forged.charter("v1", "2026-03", "{'root':{'to':'pool:mine'}}").state_it();
  Expectations expected;
  for (std::uint8_t n = 1; n <= 3; ++n) expected.stewards.push_back(world::demo_steward(n));
  CHECK(code(forged.text(), world::snapshot(forged, {1}), expected) == "quorum_not_met");
}

TEST_CASE("signing: a steward signs once, a stranger never, and only over a statement") {
  World w = five_members();
  Note note{snapshot_text(w.ledger).value(), {}};
  REQUIRE(sign_snapshot(note, w.state().dao, world::demo_key(2)));
  const std::string once = to_string(note);
  REQUIRE(sign_snapshot(note, w.state().dao, world::demo_key(2)));
  CHECK(to_string(note) == once);
  CHECK(world::code_of(sign_snapshot(note, w.state().dao, world::demo_key(4))) == "not_a_steward");
  CHECK(to_string(note) == once);
  CHECK(steward_of(w.state().dao, world::demo_key(3).public_key())->name.text() == "sato");
  w.join("fay");
  CHECK(world::code_of(snapshot_text(w.ledger)) == "no_snapshot");
  CHECK(!ends_with_statement(w.ledger));
  CHECK(world::code_of(snapshot_text(Ledger{})) == "no_snapshot");
}

TEST_CASE("verify: lines after the snapshot are counted, and must be allowed") {
  World w = five_members();
  const std::string note = world::snapshot(w, {2, 3});
  const std::size_t covered = w.lines.size();
  w.join("fay").income("i2", "5", "2026-04");
  const auto result = check(w.text(), note);
  REQUIRE(result);
  CHECK(result->size == covered);
  CHECK(result->lines_after == 2);
  CHECK(result->lines == covered + 2);
  CHECK(result->root == w.ledger.log.root());
  CHECK(result->voices.by_operator == 15);  // those that the snapshot covers
  CHECK(code(w.text() + w.lines.back() + "\n", note) == "chain_broken");
  CHECK(code(w.text() + "{}\n", note) == "missing_field");
  CHECK(code(w.text() + "x\n", note) == "bad_json");
  std::string cut = w.text();
  cut.pop_back();
  CHECK(code(cut, note) == "truncated");
  const std::string twice =
      replaced(replaced(w.lines.back(), "\"i2\"", "\"i1\""), "\"seq\":" + std::to_string(covered + 1),
               "\"seq\":" + std::to_string(covered + 2));
  CHECK(code(w.text() + twice + "\n", note) == "conflict");
  w.when("2026-05-01T00:00:00Z").close("2026-04").state_it();
  const auto old = check(w.text(), note);
  REQUIRE(old);
  CHECK(old->distributions == 1);
  CHECK(old->closed_through == world::month("2026-03"));
  CHECK(check(w.text(), world::snapshot(w, {2, 3}))->distributions == 2);
}

TEST_CASE("verify: a size of nothing, or beyond all lines, is answered at once") {
  const World w = five_members();
  const std::string origin = origin_of(w.state().dao.id);
  const std::string root = to_base64(w.ledger.log.root());
  const auto note = [&](const std::string& size) {
    return sign_anything(w.lines, {1, 2}, origin + "\n" + size + "\n" + root + "\n");
  };
  const struct {
    const char* size;
    const char* code;
  } rows[] = {{"0", "ledger_too_short"},
              {"9007199254740991", "ledger_too_short"},  // 2^53 - 1
              {"9007199254740992", "bad_note"},
              {"9223372036854775808", "bad_note"},
              {"18446744073709551616", "bad_note"},
              {"99999999999999999999999999999999999999999999999999", "bad_note"},
              {"-1", "bad_note"},
              {"022", "bad_note"},
              {"", "bad_note"},
              {" 22", "bad_note"}};
  for (const auto& row : rows) {
    CAPTURE(row.size);
    CHECK(code(w.text(), note(row.size)) == row.code);
    CHECK(code("", note(row.size)) == row.code);
  }
  CHECK(code(w.text(), note(std::to_string(w.lines.size()))) == "ok");
  CHECK(code(w.text(), note(std::to_string(w.lines.size() + 1))) == "ledger_too_short");
  CHECK(code(w.text(), note(std::to_string(w.lines.size() - 1))) == "root_mismatch");
}

TEST_CASE("quorum: no number of signatures makes a false payout true") {
  // Every number of the draft, and the statement with it, one up and one down; all three stewards sign.
  const World w = five_members();
  const std::string honest = sign_anything(w.lines, {1, 2, 3});
  REQUIRE(code(w.text(), honest) == "ok");
  const auto forge = [&](const std::function<void(const std::string& kind, Json&)>& change) {
    auto lines = w.lines;
    for (std::string& line : lines) {
      Json j = *parse_json(line);
      change(*j.find("kind")->text(), j);
      line = to_canonical(j);
    }
    REQUIRE(lines != w.lines);
    return code(joined(lines), sign_anything(lines, {1, 2, 3}));
  };
  const auto alter = [](Json& outcome, const std::string& key, int step) {
    const Json value = *outcome.find(key);
    if (const std::int64_t* count = value.integer()) {
      outcome.set(key, *count + step);
    } else if (value.text()->size() == 64) {
      outcome.set(key, world::sha("another"));
    } else {
      const u128 amount = parse_minor(*value.text()).value();
      outcome.set(key, to_string(step > 0 || amount == 0 ? amount + 1 : amount - 1));
    }
  };
  std::size_t forged = 0;
  for (const char* key :
       {"digest", "distributed", "in", "payees", "payout_root", "recouped", "undivided_after", "undivided_before"}) {
    for (const int step : {-1, 1}) {
      CAPTURE(key, step);
      for (const bool draft_too : {true, false}) {
        ++forged;
        CHECK(forge([&](const std::string& kind, Json& j) {
                if (kind == "draft" && draft_too) {
                  Json outcome = *j.find("outcome");
                  alter(outcome, key, step);
                  j.set("outcome", outcome);
                }
                if (kind == "statement") {
                  Json item = j.find("distributions")->array()->at(0);
                  Json outcome = *item.find("outcome");
                  alter(outcome, key, step);
                  item.set("outcome", outcome);
                  j.set("distributions", Json::Array{item});
                }
              }) == "payout_mismatch");
      }
    }
  }
  CHECK(forged == 32);
  // The roll of members in the statement.
  for (const char* key : {"count", "root"}) {
    CAPTURE(key);
    CHECK(forge([&](const std::string& kind, Json& j) {
            if (kind != "statement") return;
            Json roll = *j.find("members");
            roll.set(key, roll.find(key)->integer() != nullptr ? Json{*roll.find(key)->integer() + 1}
                                                               : Json{world::sha("x")});
            j.set("members", roll);
          }) == "payout_mismatch");
  }
  // A fact altered under a draft that was honest.
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "income") j.set("amount", "10008");
        }) == "payout_mismatch");
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "contribution" && *j.find("id")->text() == "r1") j.set("points", 6);
        }) == "payout_mismatch");
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "ticket.transfer") j.set("at", "2026-03-12T00:00:01Z");
        }) == "time_not_monotone");
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "member.leave") j.set("on", "2026-03-11T00:00:00Z");
        }) == "payout_mismatch");
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "charter") j.set("rules", world::json("{'root':{'to':'pool:reserve'}}"));
        }) == "payout_mismatch");
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "approve") j.set("draft", "2026-03.2");
        }) == "no_such_draft");
  // A change that touches no payout is a ledger of its own: its signers answer for it, and the honest snapshot refutes it.
  CHECK(forge([](const std::string& kind, Json& j) {
          if (kind == "charter") j.set("id", "v9");
        }) == "ok");
}

TEST_CASE("bytes: nothing that is fed to the readers crashes them, and what a reader takes has one spelling") {
  Random random{test_seed("proof_test")};
  const World w = five_members();
  const std::string text = w.text();
  const std::string note = world::snapshot(w, {1, 2});
  std::size_t lines_read = 0, notes_read = 0, wrong = 0;
  const auto mutate = [&](std::string bytes) {
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
      if (bytes.empty()) bytes = "{";
      const std::size_t at = random.below(bytes.size());
      const std::size_t length = random.below(std::min<std::size_t>(bytes.size() - at, 24) + 1);
      static const std::vector<std::string> pieces = {"{",
                                                      "}",
                                                      "[",
                                                      "]",
                                                      "\"",
                                                      "\\u0000",
                                                      "\\ud800",
                                                      ":",
                                                      ",",
                                                      "null",
                                                      "1e9",
                                                      "-0",
                                                      "9007199254740993",
                                                      "\xff",
                                                      "\xe2\x80\x94 ",
                                                      "\n",
                                                      "\n\n",
                                                      "\"seq\":0,",
                                                      std::string(1, '\0'),
                                                      std::string(40, '['),
                                                      "\"kind\":\"dao\","};
      switch (random.below(6)) {
        case 0:
          bytes[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          bytes.erase(at, length);
          break;
        case 2:
          bytes.insert(at, random.pick(pieces));
          break;
        case 3:
          bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
          break;
        case 4:
          bytes.replace(at, length, random.pick(pieces));
          break;
        default:
          bytes = flipped(bytes, random.below(bytes.size() * 8));
          break;
      }
    }
    return bytes;
  };
  const auto soup = [&] {
    std::string bytes(random.below(200), ' ');
    for (char& c : bytes)
      c = static_cast<char>(random.one_in(3) ? random.below(256)
                                             : static_cast<unsigned char>("{}[]\":,\\n10a \n"[random.below(15)]));
    return bytes;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = i % 4 == 0 ? soup() : mutate(random.pick(w.lines));
    const auto plain = decode_line_plain(line);
    if (const auto read = decode_line(line)) {
      ++lines_read;
      wrong += encode_line(read->envelope, read->event) != line ? 1 : 0;
      wrong += !plain || encode_line(plain->envelope, plain->event) != line ? 1 : 0;
    } else {
      wrong += plain || plain.error() != read.error() ? 1 : 0;
    }
    if (const auto json = parse_json(line)) {
      World copy;
      copy.ledger = w.ledger;
      std::string out;
      const auto receipt = submit(copy.ledger, *json, w.at, out, [&](std::uint64_t seq) { return w.lines.at(seq); });
      wrong += receipt && !receipt->existing && !decode_line(out) ? 1 : 0;
    }
    const std::string paper = i % 4 == 0 ? soup() : mutate(note);
    if (const auto read = parse_note(paper)) {
      ++notes_read;
      wrong += to_string(*read) != paper ? 1 : 0;
      if (const auto checkpoint = parse_checkpoint(read->text)) wrong += to_string(*checkpoint) != read->text ? 1 : 0;
    }
    if (i % 5 != 0) continue;
    const std::string other = random.one_in(20) ? soup() : mutate(text);
    if (other != text) wrong += code(other, note) == "ok" ? 1 : 0;
    wrong += code(other, paper) == "ok" && other != text && paper != note ? 1 : 0;
  }
  CHECK(wrong == 0);
  CHECK(lines_read > 100);  // some mutations are still lines, so the round trip is tested
  CHECK(notes_read > 100);
}
