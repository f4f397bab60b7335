// SPDX-License-Identifier: MIT
/// @file lying_test.cpp
/// Proves that `mikoshi verify` believes no signature about arithmetic. The liar here is the operator, and all three
/// stewards sign with him: lines are canonical, roots and paths are computed over what he claims, signatures are good.
/// Only the payouts do not add up: 6,150 out of 6,000, or 495 of 500 with the missing 5 in nobody's name. Each lie is
/// told in the draft, in the statement alone, and in a receipt; the honest twin goes the same way through the same
/// forger, and passes.

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/proof/receipt.hpp"
#include "world.hpp"

using namespace mikoshi;
using world::World;

namespace {

using Pays = std::map<std::string, std::uint64_t>;  // by payee

/// A month of equal members, over but not drafted: `people` of them and what came in.
World community(int people, const std::string& income) {
  World w{world::dao_claim("+09:00", "lies")};
  w.charter("v1", "2026-03", "{'root':{'pool':'all','among':'equal','else':{'to':'pool:reserve'}}}");
  for (int i = 1; i <= people; ++i) w.join("m" + std::to_string(i));
  w.income("i1", income, "2026-03").when("2026-04-01T00:00:00Z");
  return w;
}

Pays each(int people, std::uint64_t amount) {
  Pays pays;
  for (int i = 1; i <= people; ++i) pays["m" + std::to_string(i)] = amount;
  return pays;
}

/// What is claimed to have been paid, and the numbers that the claim is dressed in.
struct Claim {
  Pays pays;
  std::uint64_t in, before, distributed, after;
};

/// The ledger that ends with a draft, an approval and a statement, and the receipts that go with it; nobody checks
/// anything.
struct Forgery {
  std::vector<std::string> lines;
  std::vector<PayoutLeaf> payouts;
  std::vector<Standing> members;
};

std::vector<SumNode> nodes_of(const std::vector<PayoutLeaf>& leaves) {
  std::vector<SumNode> nodes;
  for (const PayoutLeaf& leaf : leaves) nodes.push_back(leaf.node());
  return nodes;
}
std::vector<Hash> hashes_of(const std::vector<Standing>& members) {
  std::vector<Hash> hashes;
  for (const Standing& standing : members) hashes.push_back(leaf_hash(as_bytes(canonical_text(standing))));
  return hashes;
}
std::vector<Hash> hashes_of(const std::vector<std::string>& lines) {
  std::vector<Hash> hashes;
  for (const std::string& line : lines) hashes.push_back(leaf_hash(as_bytes(line)));
  return hashes;
}

/// @param draft_too  else the draft is the honest one, and only the statement lies.
Forgery forge(const World& honest, const Claim& claim, bool draft_too) {
  Forgery forged{honest.lines, {}, {}};
  World closed = honest;
  closed.close("2026-03");
  Outcome outcome = make_statement(closed.state()).value().distributions.at(0).outcome;
  outcome.in = claim.in;
  outcome.undivided_before = claim.before;
  outcome.distributed = claim.distributed;
  outcome.undivided_after = claim.after;
  Sha256 digest;
  for (const auto& [payee, amount] : claim.pays) {
    digest.update("{\"fraction\":\"0000000100000000\",\"path\":\"/root\",\"pay\":\"" + std::to_string(amount) +
                  "\",\"payee\":\"" + payee + "\",\"weight\":\"1\"}\n");
    PayoutLeaf leaf;
    leaf.amount = u128{amount};
    leaf.payee = payee;
    leaf.period = world::month("2026-03");
    forged.payouts.push_back(std::move(leaf));
  }
  outcome.digest = digest.finish();
  outcome.payees = forged.payouts.size();
  GrowingTree<SumNode> tree;
  for (const SumNode& node : nodes_of(forged.payouts)) tree.append(node);
  outcome.payout_root = tree.root().hash;

  const auto add = [&](Json json) {
    forged.lines.push_back(world::line_of(std::move(json), honest.at, forged.lines.size()));
  };
  Json draft = honest.draft_claim("2026-03");
  if (draft_too) draft.set("outcome", Codec<Outcome>::encode(outcome));
  add(draft);
  add(world::json("{'kind':'approve','draft':'2026-03.1'}"));

  forged.members = standings(closed.state());
  for (Standing& standing : forged.members) {
    const auto pay = claim.pays.find(standing.member.text());
    standing.owed = pay == claim.pays.end() ? 0 : pay->second;
    for (auto& [pool, entitlement] : standing.entitled) entitlement.paid = standing.owed;
  }
  Statement statement = make_statement(closed.state()).value();
  statement.distributions.at(0).outcome = outcome;
  statement.members.root = merkle_root(hashes_of(forged.members));
  Json json = Codec<Statement>::encode(statement);
  json.set("kind", "statement");
  add(json);
  return forged;
}

/// Signed by all three stewards.
Note note_of(const std::vector<std::string>& lines) {
  Note note{
      to_string(Checkpoint{origin_of(leaf_hash(as_bytes(lines[0]))), lines.size(), merkle_root(hashes_of(lines))}), {}};
  for (std::uint8_t n = 1; n <= 3; ++n)
    note.signatures.push_back(sign_note(std::string{world::steward_names.at(n - 1u)}, world::demo_key(n), note.text));
  return note;
}

/// The receipt of member m1.
std::string receipt_of(const Forgery& forged) {
  Receipt receipt;
  receipt.body.dao = forged.lines.front();
  receipt.body.statement = forged.lines.back();
  receipt.index = forged.lines.size() - 1;
  receipt.hashes = prove_inclusion(hashes_of(forged.lines), receipt.index).value();
  receipt.note = note_of(forged.lines);
  receipt.body.standing = {0, forged.members.at(0), prove_inclusion(hashes_of(forged.members), 0).value()};
  const std::vector<SumNode> nodes = nodes_of(forged.payouts);
  PayoutProof proof{0, forged.payouts.at(0), {}};
  const std::vector<SumNode> path = prove_in_tree(std::span<const SumNode>{nodes}, 0).value();
  for (const SumNode& node : path) proof.path.push_back({node.hash, node.sum});
  receipt.body.payouts.push_back(std::move(proof));
  return to_string(receipt);
}

/// A folder that goes away with the test.
struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "lying_test.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path / name, std::ios::binary} << text;
    return "'" + (path / name).string() + "'";
  }
};

/// What the tool says: "ok", else "error at seq 12 [exit 20]".
std::string verify(const std::string& arguments) {
  std::FILE* pipe = popen(("LC_ALL=C '" MIKOSHI_TOOL_PATH "' verify --no-pin " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  const int status = pclose(pipe);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 0) return "ok";
  INFO(text);
  const auto open = text.find("error["), close = text.find(']');
  REQUIRE((open != std::string::npos && close != std::string::npos));
  const auto seq = text.find("; seq ");
  return text.substr(open + 6, close - open - 6) +
         (seq == std::string::npos ? "" : " at" + text.substr(seq + 1, text.find('\n') - seq - 1)) + " [exit " +
         std::to_string(WEXITSTATUS(status)) + "]";
}

std::string verify_ledger_of(const std::vector<std::string>& lines) {
  const Folder folder;
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const std::string note = folder.write("s.note", to_string(note_of(lines)));
  return verify(folder.write("l", text) + " " + note);
}
std::string verify_receipt_of(const Forgery& forged) {
  const Folder folder;
  return verify(folder.write("r", receipt_of(forged)) + " --member m1 --period 2026-03");
}

struct Row {
  const char* told;
  Claim claim;
  const char* receipt;  ///< what m1's receipt alone is answered; a receipt knows sums, but no rule
};

void check_lies(const World& honest, const std::vector<Row>& rows) {
  const std::string draft = std::to_string(honest.lines.size()), statement = std::to_string(honest.lines.size() + 2);
  for (const Row& row : rows) {
    CAPTURE(row.told);
    const bool is_true = std::string{row.told} == "the truth";
    const Forgery in_draft = forge(honest, row.claim, true), in_statement = forge(honest, row.claim, false);
    CHECK(verify_ledger_of(in_draft.lines) == (is_true ? "ok" : "payout_mismatch at seq " + draft + " [exit 20]"));
    CHECK(verify_ledger_of(in_statement.lines) ==
          (is_true ? "ok" : "payout_mismatch at seq " + statement + " [exit 20]"));
    CHECK(verify_receipt_of(in_draft) == row.receipt);
  }
}

const char* const does_not_add_up = "payout_mismatch [exit 20]";
const char* const more_than_declared = "proof_mismatch [exit 20]";
/// Sums are in order, and whether the rules give them only the ledger can say. There the same claim is refused.
const char* const needs_the_ledger = "ok";

}  // namespace

TEST_CASE("verify: 6,150 are not paid out of 6,000, whoever signs it and however it is dressed") {
  const World honest = community(3, "6000");
  Pays ghost = each(3, 2000);
  ghost["zoe"] = 150;
  // clang-format off
  check_lies(honest, {
      {"the truth",                             {each(3, 2000), 6000, 0, 6000, 0},     "ok"},
      {"more went out than came in",            {each(3, 2050), 6000, 0, 6150, 0},     does_not_add_up},
      {"the total is the true one",             {each(3, 2050), 6000, 0, 6000, 0},     more_than_declared},
      {"150 more came in",                      {each(3, 2050), 6150, 0, 6150, 0},     needs_the_ledger},
      {"150 were left from the month before",   {each(3, 2050), 6000, 150, 6150, 0},   needs_the_ledger},
      {"somebody who was never there",          {ghost, 6000, 0, 6150, 0},             does_not_add_up},
      {"and the total is the true one",         {ghost, 6000, 0, 6000, 0},             more_than_declared},
      {"the true sum, divided otherwise",       {{{"m1", 2100}, {"m2", 2000}, {"m3", 1900}}, 6000, 0, 6000, 0},
                                                                                       needs_the_ledger},
  });
  // clang-format on
}

TEST_CASE("verify: 495 of 500 are not all of it, and what is missing is in somebody's name or it is refused") {
  const World honest = community(5, "500");
  Pays one_short = each(5, 100);
  one_short["m5"] = 95;
  // clang-format off
  check_lies(honest, {
      {"the truth",                             {each(5, 100), 500, 0, 500, 0},        "ok"},
      {"five are gone",                         {each(5, 99), 500, 0, 495, 0},         does_not_add_up},
      {"the total is the true one",             {each(5, 99), 500, 0, 500, 0},         more_than_declared},
      {"only 495 came in",                      {each(5, 99), 495, 0, 495, 0},         needs_the_ledger},
      {"five are kept, in nobody's name",       {each(5, 99), 500, 0, 495, 5},         needs_the_ledger},
      {"all five are missing to one",           {one_short, 500, 0, 495, 0},           does_not_add_up},
  });
  // clang-format on
}

TEST_CASE("verify: the truth is told by the forger letter by letter as the library tells it") {
  World closed = community(3, "6000");
  const Forgery forged = forge(closed, {each(3, 2000), 6000, 0, 6000, 0}, true);
  closed.close("2026-03").state_it();
  CHECK(forged.lines == closed.lines);
}

TEST_CASE("verify: units that are kept in names are not missing, and whoever denies them is refused") {
  // 500 among seven is 71 each and 3 in their names: what is kept is claimed and recomputed as any other number.
  World kept = community(7, "500");
  kept.close("2026-03").state_it();
  CHECK(kept.lines.back().find("\"undivided_after\":\"3\"") != std::string::npos);
  CHECK(verify_ledger_of(kept.lines) == "ok");
  std::vector<std::string> denied = kept.lines;
  for (std::string& line : denied)
    if (const auto at = line.find("\"undivided_after\":\"3\""); at != std::string::npos) line.replace(at + 19, 1, "0");
  CHECK(verify_ledger_of(denied) == "payout_mismatch at seq " + std::to_string(kept.lines.size() - 3) + " [exit 20]");
}
