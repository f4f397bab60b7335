// SPDX-License-Identifier: MIT
/// @file sum_tree_test.cpp
/// Proves the tree with sums: its shape against a second, recursive implementation at every size to 40; that a changed leaf,
/// path, place or sum is refused, bit by bit; and that nobody can declare less than the leaves add up to, which a tree that
/// hashes only the sum of both children allows.

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "exact.hpp"
#include "catch.hpp"
#include "mikoshi/crypto/sum_tree.hpp"
#include "trees.hpp"

using namespace mikoshi;
using trees::Big;

namespace {

std::string answer(const Status& status) { return status ? "accepted" : std::string{name(status.error().code)}; }

std::string text_of(std::size_t i) {
  return trees::payout_text("m" + std::string(i < 10 ? "0" : "") + std::to_string(i), "2026-03", 1000 * i + 7);
}
SumNode leaf(const u128& sum, std::string_view text) { return {sum, leaf_hash(as_bytes(text))}; }

std::vector<SumNode> make_leaves(std::size_t count) {
  std::vector<SumNode> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf(u128{1000 * i + 7}, text_of(i)));
  return leaves;
}
std::vector<trees::Node> second_leaves(std::size_t count) {
  std::vector<trees::Node> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(trees::leaf(text_of(i), Big{1000 * i + 7}));
  return leaves;
}
bool same(const SumNode& ours, const trees::Node& theirs) {
  return big(ours.sum) == theirs.sum && to_hex(ours.hash) == trees::hex(theirs.hash);
}

std::vector<SumNode> path_to(const std::vector<SumNode>& leaves, std::uint64_t index) {
  return prove_in_tree(std::span{leaves}, index).value();
}
SumNode root_of(const std::vector<SumNode>& leaves) { return tree_root(std::span{leaves}); }

/// The sides on which a leaf's siblings stand, from the leaf up.
std::string sides(std::uint64_t index, std::uint64_t size) {
  if (size == 1) return {};
  std::uint64_t k = 1;
  while (2 * k < size) k *= 2;
  return index < k ? sides(index, k) + "R" : sides(index - k, size - k) + "L";
}

SumNode flipped(SumNode node, std::size_t bit) {
  node.hash[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  return node;
}

}  // namespace

TEST_CASE("sum tree: a node is H(02, left sum, left hash, right sum, right hash), each sum in 32 bytes") {
  const SumNode left{(u128{0x0102030405060708} << 64) + 0x090a0b0c0d0e0f10, sha256(as_bytes("left"))};
  const SumNode right{5, sha256(as_bytes("right"))};
  std::string bytes = "\x02";
  bytes += std::string(16, '\0') + "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
  bytes += as_text(left.hash);
  bytes += std::string(31, '\0') + "\x05";
  bytes += as_text(right.hash);
  REQUIRE(bytes.size() == 1 + 4 * 32);
  const SumNode node = TreeOf<SumNode>::join(left, right);
  CHECK(node.hash == sha256(as_bytes(bytes)));
  CHECK(node.sum == left.sum + 5);
  CHECK(TreeOf<SumNode>::join(right, left).hash != node.hash);
  CHECK(TreeOf<SumNode>::empty() == SumNode{0, sha256({})});
  CHECK(GrowingTree<SumNode>{}.root() == SumNode{0, sha256({})});
}

TEST_CASE("sum tree: the roots that a program of its own computes") {
  // By Python's integers and hashlib, from the description alone.
  const struct {
    std::size_t size;
    unsigned sum;
    const char* hash;
  } rows[] = {
      {0, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {1, 7, "2bd65302cc6a408680d78005ef48c9e2aff9832eca713cef8eea40564eaa61ae"},
      {2, 1014, "5bda2fc5d0f1badf6d46fc513316d22ea110623ae0ea02e4b307da982f91bbed"},
      {3, 3021, "03ab82ca86ab3b73f1170f1d56461127b9aa928730b00cd9d686c2393ecfe307"},
      {4, 6028, "c3359dfcc9b0b4caef62824c8427ee19324af83d3aa2d251a4ccb00c645a4362"},
      {5, 10035, "543979ef2c115cf8ea832bb7a380448c77b31c04241dd091feccf5f215af4788"},
      {7, 21049, "4a3264e8314d4fe361b2c227a72244dfd6539bbcc5573b6990f85164fc8f846c"},
      {8, 28056, "96df1fb9683bee305627f50405d7b366821f42c7e07277e2523cdcf24855e21a"},
      {13, 78091, "3c96f307a6b4c23099fd12633fb33642277f22cb0fffeae0fa575f487991401a"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.size);
    const SumNode root = root_of(make_leaves(row.size));
    CHECK(root.sum == row.sum);
    CHECK(to_hex(root.hash) == row.hash);
  }
  const std::vector<SumNode> large = {leaf(u128{1} << 126, "a"), leaf((u128{1} << 126) - 1, "b")};
  CHECK(root_of(large).sum == amount_limit() - 1);
  CHECK(to_hex(root_of(large).hash) == "417aa5399d4ec24cec217b52129fc6c41fa91917bb8049e88682901919a107d0");
}

TEST_CASE("sum tree: growing, whole and recursive ones agree for 0 to 40 leaves, and every path leads to the root") {
  const std::vector<SumNode> all = make_leaves(40);
  GrowingTree<SumNode> tree;
  for (std::size_t size = 0; size <= all.size(); ++size) {
    CAPTURE(size);
    const std::vector<SumNode> leaves{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)};
    const auto second = second_leaves(size);
    const SumNode root = tree.root();
    CHECK(tree.size() == size);
    CHECK(same(root, trees::sum_root(second)));
    CHECK(root == root_of(leaves));
    const TreeLevels<SumNode> levels{leaves};
    CHECK(root == levels.root());
    for (std::size_t index = 0; index < size; ++index) {
      const std::vector<SumNode> path = path_to(leaves, index);
      const auto expected = trees::sum_path(second, index);
      REQUIRE(path.size() == expected.size());
      bool equal = true;
      for (std::size_t i = 0; i < path.size(); ++i) equal = equal && same(path[i], expected[i]);
      CHECK(equal);
      CHECK(levels.prove(index).value() == path);
      CHECK(answer(verify_sum_inclusion(root, leaves[index], index, size, path)) == "accepted");
    }
    CHECK(name(prove_in_tree(std::span{leaves}, size).error().code) == "proof_index_out_of_range");
    if (size < all.size()) tree.append(all[size]);
  }
}

TEST_CASE("sum tree: of every proof in trees of 1 to 40 leaves, a changed place, order, length or sum is refused") {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::vector<SumNode> leaves = make_leaves(size);
    const SumNode root = root_of(leaves);
    for (std::size_t index = 0; index < size; ++index) {
      CAPTURE(size, index);
      const std::vector<SumNode> path = path_to(leaves, index);
      const auto check = [&](const SumNode& r, const SumNode& l, std::uint64_t i, std::uint64_t n,
                             const std::vector<SumNode>& p) { return answer(verify_sum_inclusion(r, l, i, n, p)); };
      REQUIRE(check(root, leaves[index], index, size, path) == "accepted");
      // Another place: the path does not fit it, in number or in sides.
      std::size_t wrong = 0;
      for (std::uint64_t i = 0; i < size + 2; ++i) {
        if (i == index) continue;
        const std::string why = i >= size                              ? "proof_index_out_of_range"
                                : sides(i, size).size() != path.size() ? "proof_wrong_length"
                                                                       : "proof_mismatch";
        wrong += check(root, leaves[index], i, size, path) == why ? 0 : 1;
      }
      // Another size, unless it puts every sibling on the same side: index and size come from one signed statement.
      for (std::uint64_t n = 0; n < 2 * size + 2; ++n) {
        const std::string why = n <= index                              ? "proof_index_out_of_range"
                                : sides(index, n) == sides(index, size) ? "accepted"
                                : sides(index, n).size() != path.size() ? "proof_wrong_length"
                                                                        : "proof_mismatch";
        wrong += check(root, leaves[index], index, n, path) == why ? 0 : 1;
      }
      // Another leaf, and every sum one up or one down: of the leaf, a sibling, the root; or moved from one to the other.
      const auto refused = [&](const SumNode& r, const SumNode& l, const std::vector<SumNode>& p) {
        wrong += check(r, l, index, size, p) == "proof_mismatch" ? 0 : 1;
      };
      refused(root, leaf(leaves[index].sum, "other"), path);
      for (const int step : {-1, 1}) {
        const u128 delta = step > 0 ? u128{1} : ~u128{0};
        const auto moved = [&](SumNode node, const u128& by) {
          node.sum += by;
          return node;
        };
        refused(moved(root, delta), leaves[index], path);
        refused(root, moved(leaves[index], delta), path);
        // In a tree of one leaf only the leaf's text binds its sum.
        if (size != 1) refused(moved(root, delta), moved(leaves[index], delta), path);
        for (std::size_t at = 0; at < path.size(); ++at) {
          std::vector<SumNode> changed = path;
          changed[at].sum += delta;
          refused(root, leaves[index], changed);
          refused(moved(root, delta), leaves[index], changed);
          refused(root, moved(leaves[index], u128{0} - delta), changed);  // the total stays what it was
          if (at != 0) {
            changed[at - 1].sum -= delta;
            refused(root, leaves[index], changed);
          }
        }
      }
      for (std::size_t at = 0; at < path.size(); ++at) {
        std::vector<SumNode> changed = path;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(at));
        wrong += check(root, leaves[index], index, size, changed) == "proof_wrong_length" ? 0 : 1;
        if (at == 0) continue;
        changed = path;
        std::swap(changed[at - 1], changed[at]);
        refused(root, leaves[index], changed);
        changed = path;  // hashes in their places, sums exchanged
        std::swap(changed[at - 1].sum, changed[at].sum);
        refused(root, leaves[index], changed);
      }
      std::vector<SumNode> longer = path;
      longer.push_back({0, root.hash});
      wrong += check(root, leaves[index], index, size, longer) == "proof_wrong_length" ? 0 : 1;
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("sum tree: with any single bit of a hash or a sum flipped a proof is refused") {
  for (const std::size_t size : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 13u, 16u, 17u, 40u}) {
    const std::vector<SumNode> leaves = make_leaves(size);
    const SumNode root = root_of(leaves);
    for (std::size_t index = 0; index < size; index += size == 40 ? 13 : 1) {
      CAPTURE(size, index);
      const std::vector<SumNode> path = path_to(leaves, index);
      std::size_t passed = 0;
      for (std::size_t bit = 0; bit < 256; ++bit) {
        passed += verify_sum_inclusion(flipped(root, bit), leaves[index], index, size, path) ? 1 : 0;
        passed += verify_sum_inclusion(root, flipped(leaves[index], bit), index, size, path) ? 1 : 0;
        for (std::size_t at = 0; at < path.size(); ++at) {
          std::vector<SumNode> changed = path;
          changed[at] = flipped(path[at], bit);
          passed += verify_sum_inclusion(root, leaves[index], index, size, changed) ? 1 : 0;
          if (bit >= 128) continue;
          changed[at] = path[at];
          changed[at].sum ^= u128{1} << bit;
          passed += verify_sum_inclusion(root, leaves[index], index, size, changed) ? 1 : 0;
        }
      }
      for (std::size_t bit = 0; bit < 128; ++bit) {
        const u128 mask = u128{1} << bit;
        passed += verify_sum_inclusion({root.sum ^ mask, root.hash}, leaves[index], index, size, path) ? 1 : 0;
        passed += verify_sum_inclusion(root, {leaves[index].sum ^ mask, leaves[index].hash}, index, size, path) ? 1 : 0;
      }
      CHECK(passed == 0);
    }
  }
}

TEST_CASE("sum tree: no declared total below the true one is accepted by everybody, in a whole small world of lies") {
  // Four leaves of 1, 2, 0 and 2. Whoever publishes may write any sum at any place of the tree and show anybody any sum.
  const std::array<unsigned, 4> amounts = {1, 2, 0, 2};
  std::array<SumNode, 4> leaves;
  for (std::size_t i = 0; i < 4; ++i) leaves[i] = leaf(amounts[i], text_of(i));
  std::size_t worlds = 0, accepted = 0, wrong = 0, partly = 0;
  for (unsigned code = 0; code < 3 * 3 * 3 * 3; ++code) {
    const std::array<unsigned, 4> said = {code % 3, code / 3 % 3, code / 9 % 3, code / 27};
    const auto pair = [&](std::size_t i) {
      return TreeOf<SumNode>::join({said[i], leaves[i].hash}, {said[i + 1], leaves[i + 1].hash}).hash;
    };
    const Hash left = pair(0), right = pair(2);
    for (unsigned left_sum = 0; left_sum <= 4; ++left_sum)
      for (unsigned right_sum = 0; right_sum <= 4; ++right_sum) {
        const Hash top = TreeOf<SumNode>::join({left_sum, left}, {right_sum, right}).hash;
        for (unsigned total = 0; total <= 8; ++total) {
          ++worlds;
          unsigned content = 0;
          for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t beside = i ^ 1;
            const SumNode above = i < 2 ? SumNode{right_sum, right} : SumNode{left_sum, left};
            const std::vector<SumNode> path = {{said[beside], leaves[beside].hash}, above};
            content += verify_sum_inclusion({total, top}, leaves[i], i, 4, path) ? 1 : 0;
          }
          const bool honest = said == amounts && left_sum == 3 && right_sum == 2 && total == 5;
          accepted += content == 4 ? 1 : 0;
          partly += content != 0 && content != 4 ? 1 : 0;
          wrong += (content == 4) != honest ? 1 : 0;
        }
      }
  }
  CHECK(worlds == 18225);
  CHECK(wrong == 0);
  CHECK(accepted == 1);
  CHECK(partly > 0);  // some lies convince some: it takes all of them to see that none convinces everybody
}

TEST_CASE("sum tree: a tree that hashes only the sum of both children declares 100 for 370; this one does not") {
  const std::array<unsigned, 4> amounts = {100, 100, 70, 100};
  std::array<SumNode, 4> leaves;
  for (std::size_t i = 0; i < 4; ++i) leaves[i] = leaf(amounts[i], text_of(i));
  // Each is shown a neighbour of just what is missing to 100.
  const auto path_of = [&](std::size_t i, const Hash& left, const Hash& right) {
    const SumNode beside{100 - amounts[i], leaves[i ^ 1].hash};
    return std::vector<SumNode>{beside, {0, i < 2 ? right : left}};
  };
  // The broken tree: H(sum, left hash, right hash).
  const auto broken = [](const u128& sum, const Hash& left, const Hash& right) {
    const std::string number = trees::wide(big(sum));
    return sha256_joined({as_bytes(number), left, right});
  };
  const Hash left = broken(100, leaves[0].hash, leaves[1].hash);
  const Hash right = broken(100, leaves[2].hash, leaves[3].hash);
  const Hash top = broken(100, left, right);
  std::size_t fooled = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto path = path_of(i, left, right);
    const u128 pair_sum = leaves[i].sum + path[0].sum;
    const Hash pair =
        i % 2 == 0 ? broken(pair_sum, leaves[i].hash, path[0].hash) : broken(pair_sum, path[0].hash, leaves[i].hash);
    const u128 total = pair_sum + path[1].sum;
    const Hash root = i < 2 ? broken(total, pair, path[1].hash) : broken(total, path[1].hash, pair);
    fooled += total == 100 && root == top ? 1 : 0;
  }
  CHECK(fooled == 4);
  // The same lies here, under the root that the true leaves have and under every root of two of the shown neighbours.
  for (unsigned first = 0; first < 4; ++first) {
    const auto pair = [&](std::size_t i, bool left_lies) {
      SumNode a = leaves[i], b = leaves[i + 1];
      (left_lies ? a : b).sum = 100 - (left_lies ? b : a).sum;
      return SumNode{100, TreeOf<SumNode>::join(a, b).hash};
    };
    const SumNode l = pair(0, (first & 1) != 0), r = pair(2, (first & 2) != 0);
    for (const bool left_nothing : {false, true}) {
      const SumNode shown_l{left_nothing ? 0u : 100u, l.hash}, shown_r{left_nothing ? 100u : 0u, r.hash};
      const SumNode root{100, TreeOf<SumNode>::join(shown_l, shown_r).hash};
      std::size_t content = 0;
      for (std::size_t i = 0; i < 4; ++i)
        content += verify_sum_inclusion(root, leaves[i], i, 4, path_of(i, l.hash, r.hash)) ? 1 : 0;
      CHECK(content <= 1);
    }
  }
}

TEST_CASE("sum tree: a sum that passes 2^128 on the way is refused, although its hash would fit") {
  // The published root is computed with sums that wrap; only the check of the sums stands against it.
  const u128 most = ~u128{0};
  const struct {
    std::vector<u128> sums;  // of the leaves
    std::size_t index;
  } rows[] = {
      {{5, most - 2}, 0},              // 5 + 2^128 - 3 = 2
      {{most - 2, 5}, 1},              //
      {{most, 1}, 1},                  // exactly 2^128 = 0
      {{most, most}, 0},               //
      {{7, 1, most - 3}, 0},           // the wrap is further up
      {{7, most, 1}, 0},               // 7 + (2^128 - 1) = 6, and 1: the total is what it was
      {{3, most - 1, 2, 9}, 0},        //
      {{3, 1, most, most}, 1},         //
      {{1, 1, 1, 1, 0 - u128{4}}, 2},  // 2^128 - 4
  };
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(i);
    std::vector<SumNode> leaves;
    for (const u128& sum : rows[i].sums) leaves.push_back(leaf(sum, to_string(sum)));
    const SumNode root = root_of(leaves);
    const auto path = path_to(leaves, rows[i].index);
    CHECK(answer(verify_in_tree(root, leaves[rows[i].index], rows[i].index, leaves.size(), std::span{path})) ==
          "accepted");
    CHECK(answer(verify_sum_inclusion(root, leaves[rows[i].index], rows[i].index, leaves.size(), path)) ==
          "proof_mismatch");
  }
  // The largest that add up: below the limit of amounts, at it, and one below 2^128.
  for (const u128& total : {amount_limit() - 1, amount_limit(), most}) {
    const std::vector<SumNode> leaves = {leaf(total - 3, "a"), leaf(1, "b"), leaf(2, "c")};
    const SumNode root = root_of(leaves);
    CHECK(root.sum == total);
    for (std::size_t index = 0; index < 3; ++index)
      CHECK(answer(verify_sum_inclusion(root, leaves[index], index, 3, path_to(leaves, index))) == "accepted");
  }
}

TEST_CASE("sum tree: places and sizes up to 2^64 - 1 are verified without overflow") {
  const SumNode one = leaf(1, "x");
  const std::vector<SumNode> siblings(80, SumNode{0, one.hash});
  const auto why = [&](std::uint64_t index, std::uint64_t size, std::size_t count) {
    return answer(verify_sum_inclusion(one, one, index, size, std::span{siblings}.first(count)));
  };
  CHECK(why(0, UINT64_MAX, 64) == "proof_mismatch");
  CHECK(why(0, UINT64_MAX, 63) == "proof_wrong_length");
  CHECK(why(0, UINT64_MAX, 80) == "proof_wrong_length");
  CHECK(why(UINT64_MAX - 1, UINT64_MAX, 63) == "proof_mismatch");
  CHECK(why(UINT64_MAX, UINT64_MAX, 0) == "proof_index_out_of_range");
  CHECK(why(0, 0, 0) == "proof_index_out_of_range");
  const std::uint64_t word = std::uint64_t{1} << 32, line = std::uint64_t{1} << 53;
  CHECK(why(word - 1, word, 32) == "proof_mismatch");
  CHECK(why(word, word + 1, 1) == "proof_mismatch");
  CHECK(why(line - 1, line, 53) == "proof_mismatch");
  CHECK(why(line, line, 53) == "proof_index_out_of_range");
}

TEST_CASE("sum tree: a node is not taken for a leaf, nor a plain node for one with sums") {
  const std::vector<SumNode> leaves = make_leaves(4);
  const SumNode root = root_of(leaves);
  const SumNode inner = TreeOf<SumNode>::join(leaves[0], leaves[1]);
  const std::vector<SumNode> above = {TreeOf<SumNode>::join(leaves[2], leaves[3])};
  CHECK(answer(verify_sum_inclusion(root, inner, 0, 4, above)) == "proof_wrong_length");
  CHECK(node_hash(leaves[0].hash, leaves[1].hash) != inner.hash);
  CHECK(leaf(inner.sum, "\x02" + trees::wide(big(leaves[0].sum)) + std::string{as_text(leaves[0].hash)} +
                            trees::wide(big(leaves[1].sum)) + std::string{as_text(leaves[1].hash)})
            .hash != inner.hash);
}
