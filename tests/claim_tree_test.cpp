// SPDX-License-Identifier: MIT
/// @file claim_tree_test.cpp
/// Proves claim trees: roots, proofs and dumps as the programs of each family of distributors give them; that a proof shows its
/// own row and no other; and that nothing else hashes like a leaf. chain_test.py compares with these programs themselves.

#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "catch.hpp"
#include "mikoshi/crypto/claim_tree.hpp"
#include "mikoshi/crypto/merkle.hpp"
#include "random.hpp"

using namespace mikoshi;

/// A node of the shape that RFC 6962 gives, hashed as contracts do.
struct Sorted {
  Hash hash{};
};
namespace mikoshi {
template <>
struct TreeOf<Sorted> {
  static Sorted join(const Sorted& a, const Sorted& b) { return {claim_node(a.hash, b.hash)}; }
  static Sorted empty() { return {}; }
};
}  // namespace mikoshi

namespace {

constexpr std::array forms = {ClaimForm::standard, ClaimForm::single, ClaimForm::window};

EthereumAddress account(std::uint64_t number) {
  std::array<std::uint8_t, 20> bytes{};
  const Hash hash = keccak256(ByteSpan{big_endian(number)});
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  return EthereumAddress{bytes};
}

std::vector<ClaimRow> rows_of(std::size_t count) {
  std::vector<ClaimRow> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back({account(i), u128{i + 1} << (i * 7 % 120)});
  return rows;
}

Hash hash_of(std::string_view hex) { return parse_hash(hex.substr(2)).value(); }

std::string error_of(ClaimForm form, std::vector<ClaimRow> rows) {
  const auto tree = ClaimTree::make(form, std::move(rows));
  return tree ? "ok" : to_string(tree.error());
}

std::optional<Json> vector_named(const std::string& name) {
  std::ifstream file{std::string{MIKOSHI_SHARED_DIR} + "/vectors/oz-merkle-tree/" + name};
  if (!file) return std::nullopt;
  std::stringstream text;
  text << file.rdbuf();
  return parse_json(text.str()).value();
}

}  // namespace

TEST_CASE("claim tree: the published dumps of OpenZeppelin's trees are trees of sorted pairs, and their leaves are hashed twice") {
  for (const char* name : {"standard-v1.sorted.1_0_6.json", "standard-v1.unsorted.1_0_6.json", "simple-v1.sorted.1_0_6.json",
                           "simple-v1.unsorted.1_0_6.json"}) {
    CAPTURE(name);
    const auto dump = vector_named(name);
    if (!dump) {
      WARN("SKIPPED: no published vectors");
      return;
    }
    const Json::Array& tree = *dump->find("tree")->array();
    REQUIRE(tree.size() == 11);
    for (std::size_t i = 0; 2 * i + 2 < tree.size(); ++i)
      CHECK(claim_node(hash_of(*tree[2 * i + 1].text()), hash_of(*tree[2 * i + 2].text())) == hash_of(*tree[i].text()));
    if (*dump->find("format")->text() != "standard-v1") continue;
    for (const Json& item : *dump->find("values")->array()) {
      // abi.encode(string) of a text up to 32 bytes long: where it begins, its length, itself.
      const std::string& value = *(*item.find("value")->array())[0].text();
      Bytes encoded(96);
      encoded[31] = 32;
      encoded[63] = static_cast<std::uint8_t>(value.size());
      std::copy(value.begin(), value.end(), encoded.begin() + 64);
      const auto place = static_cast<std::size_t>(*item.find("treeIndex")->integer());
      CHECK(keccak256(keccak256(encoded)) == hash_of(*tree[place].text()));
    }
  }
}

TEST_CASE("claim tree: rows of one to thirteen accounts, as npm's package dumps them") {
  // node -e 'const {StandardMerkleTree: T} = require("@openzeppelin/merkle-tree"); console.log(JSON.stringify(T.of(rows,
  // ["address", "uint256"]).dump()))', version 1.0.8
  std::ifstream file{std::string{MIKOSHI_FIXTURES_DIR} + "/claim_dumps.jsonl"};
  std::size_t lines = 0;
  for (std::string text; std::getline(file, text); ++lines) {
    const Json dump = parse_json(text).value();
    std::vector<ClaimRow> rows;
    for (const Json& item : *dump.find("values")->array()) {
      const Json::Array& value = *item.find("value")->array();
      rows.push_back({EthereumAddress::parse(*value[0].text()).value(), parse_minor(*value[1].text()).value()});
    }
    CAPTURE(rows.size());
    CHECK(ClaimTree::make(ClaimForm::standard, rows).value().dump() == text);
  }
  CHECK(lines == 6);
}

TEST_CASE("claim tree: leaves hash what contracts pack, and never 64 bytes") {
  const ClaimRow row{account(7), (u128{1} << 100) + 5};
  const Bytes address(row.account.bytes().begin(), row.account.bytes().end());
  Bytes amount(32), index(32);
  amount[31] = 5;
  amount[19] = 16;  // 2^100 = 16·256^12
  index[30] = 1;
  index[31] = 2;
  const auto joined = [](std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  };
  const Bytes single = joined({index, address, amount}), window = joined({address, amount});
  CHECK(single.size() == 84);
  CHECK(window.size() == 52);
  CHECK(claim_leaf(ClaimForm::single, row, 258) == keccak256(single));
  CHECK(claim_leaf(ClaimForm::window, row, 258) == keccak256(window));
  CHECK(claim_leaf(ClaimForm::standard, row, 258) == keccak256(keccak256(joined({Bytes(12), address, amount}))));
}

TEST_CASE("claim tree: what has no tree is refused, in this order") {
  for (const ClaimForm form : forms) {
    CHECK(error_of(form, {}) == "nothing_owed: a claim root needs somebody who may claim");
    CHECK(error_of(form, {{account(1), 1}, {account(1), 0}}) == "below_minimum: nobody claims nothing; row 1");
    CHECK(error_of(form, {{account(1), 1}, {account(2), 2}, {account(1), 2}}) ==
          "duplicate_member: " + to_string(account(1)) + " claims once, with the sum; row 2");
    CHECK(error_of(form, {{account(1), 1}, {account(2), 1}}) == "ok");
    CHECK(error_of(form, {{EthereumAddress{}, 1}}) == "ok");
    const auto tree = ClaimTree::make(form, rows_of(3)).value();
    const auto none = tree.proof(3);
    REQUIRE_FALSE(none);
    CHECK(to_string(none.error()) == "proof_index_out_of_range: the tree has 3 rows; row 3");
  }
}

TEST_CASE("claim tree: every small tree proves each of its rows, and nothing near it") {
  for (const ClaimForm form : forms) {
    for (std::size_t count = 1; count <= 40; ++count) {
      CAPTURE(form, count);
      const ClaimTree tree = ClaimTree::make(form, rows_of(count)).value();
      CHECK(tree.form() == form);
      u128 sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const ClaimRow& row = tree.rows()[i];
        sum += row.amount;
        std::vector<Hash> proof = tree.proof(i).value();
        CHECK(proof.size() <= std::bit_width(count - 1));
        REQUIRE(verify_claim_proof(form, tree.root(), row, i, proof));
        const auto refused = [&](const ClaimRow& other, std::uint64_t index, const std::vector<Hash>& way) {
          const auto status = verify_claim_proof(form, tree.root(), other, index, way);
          return !status && status.error().code == Errc::proof_mismatch;
        };
        CHECK(refused({row.account, row.amount + 1}, i, proof));
        CHECK(refused({account(1000), row.amount}, i, proof));
        CHECK(refused(row, i + 1, proof) == (form == ClaimForm::single));
        for (Hash& node : proof) {
          node[i % 32] ^= 1;
          CHECK(refused(row, i, proof));
          node[i % 32] ^= 1;
        }
        std::vector<Hash> longer = proof;
        longer.push_back(Hash{});
        CHECK(refused(row, i, longer));
        if (!proof.empty()) CHECK(refused(row, i, {proof.begin(), proof.end() - 1}));
      }
      CHECK(tree.total() == sum);
    }
  }
}

TEST_CASE("claim tree: packed trees have the shape in which an odd node is promoted, over leaves in their order") {
  for (const ClaimForm form : {ClaimForm::single, ClaimForm::window}) {
    for (std::size_t count = 1; count <= 70; ++count) {
      CAPTURE(form, count);
      const std::vector<ClaimRow> rows = rows_of(count);
      std::vector<Sorted> leaves;
      for (std::size_t i = 0; i < count; ++i) leaves.push_back({claim_leaf(form, rows[i], i)});
      std::sort(leaves.begin(), leaves.end(), [](const Sorted& a, const Sorted& b) { return a.hash < b.hash; });
      GrowingTree<Sorted> slow;
      for (const Sorted& leaf : leaves) slow.append(leaf);
      CHECK(ClaimTree::make(form, rows).value().root() == slow.root().hash);
    }
  }
}

TEST_CASE("claim tree: the order of the rows changes neither root nor proofs, but for the index of the form single") {
  Random random{test_seed("claim_tree_test")};
  for (const ClaimForm form : forms) {
    std::vector<ClaimRow> rows = rows_of(33);
    const ClaimTree tree = ClaimTree::make(form, rows).value();
    for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
    const ClaimTree mixed = ClaimTree::make(form, rows).value();
    CHECK((mixed.root() == tree.root()) == (form != ClaimForm::single));
    if (form == ClaimForm::single) continue;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto place = std::find(tree.rows().begin(), tree.rows().end(), rows[i]) - tree.rows().begin();
      CHECK(mixed.proof(i).value() == tree.proof(static_cast<std::size_t>(place)).value());
    }
  }
}
