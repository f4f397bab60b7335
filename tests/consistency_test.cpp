// SPDX-License-Identifier: MIT
/// @file consistency_test.cpp
/// Proves the consistency proofs of crypto/merkle.hpp: what is proved is accepted, and nothing else is. Held against the
/// recursion as RFC 9162 writes it, and against a verifier that rebuilds both trees from a proof's hashes instead of joining
/// them upwards.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catch.hpp"
#include "mikoshi/crypto/merkle.hpp"

using namespace mikoshi;

namespace {

using Hashes = std::vector<Hash>;

std::string outcome(const Status& status) { return status ? "accepted" : std::string{name(status.error().code)}; }

Hashes make_leaves(std::size_t count) {
  Hashes leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(as_bytes("line " + std::to_string(i))));
  return leaves;
}

/// The largest power of two below n > 1.
std::uint64_t divide(std::uint64_t n) {
  std::uint64_t k = 1;
  while (k * 2 < n && k * 2 != 0) k *= 2;
  return k;
}

Hash root_of(const Hashes& leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(divide(leaves.size()));
  return node_hash(root_of({leaves.begin(), middle}), root_of({middle, leaves.end()}));
}

/// SUBPROOF(m, D_n, b) of RFC 9162, section 2.1.4.1.
Hashes subproof(std::size_t m, const Hashes& leaves, bool whole) {
  if (m == leaves.size()) return whole ? Hashes{} : Hashes{root_of(leaves)};
  const std::size_t k = divide(leaves.size());
  const Hashes left{leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(k)};
  const Hashes right{leaves.begin() + static_cast<std::ptrdiff_t>(k), leaves.end()};
  Hashes proof = m <= k ? subproof(m, left, whole) : subproof(m - k, right, false);
  proof.push_back(root_of(m <= k ? right : left));
  return proof;
}

/// Both roots that a proof leads to, by the recursion from the root down: takes the hashes from the proof's end.
struct Roots {
  Hash before, after;
};
std::optional<Roots> rebuild(std::uint64_t m, std::uint64_t n, bool whole, const Hash& old_root, Hashes& proof) {
  if (m == n) {
    if (whole) return Roots{old_root, old_root};
    if (proof.empty()) return std::nullopt;
    const Hash node = proof.back();
    proof.pop_back();
    return Roots{node, node};
  }
  if (proof.empty()) return std::nullopt;
  const Hash sibling = proof.back();
  proof.pop_back();
  const std::uint64_t k = divide(n);
  const auto below = m <= k ? rebuild(m, k, whole, old_root, proof) : rebuild(m - k, n - k, false, old_root, proof);
  if (!below) return std::nullopt;
  if (m <= k) return Roots{below->before, node_hash(below->after, sibling)};
  return Roots{node_hash(sibling, below->before), node_hash(sibling, below->after)};
}
std::string second_opinion(std::uint64_t m, const Hash& old_root, std::uint64_t n, const Hash& new_root, Hashes proof) {
  if (m > n) return "proof_index_out_of_range";
  if (m == 0) {
    const bool right = old_root == sha256({}) && (n != 0 || new_root == old_root);
    return !proof.empty() ? "proof_wrong_length" : right ? "accepted" : "proof_mismatch";
  }
  const auto roots = rebuild(m, n, true, old_root, proof);
  if (!roots || !proof.empty()) return "proof_wrong_length";
  return roots->before == old_root && roots->after == new_root ? "accepted" : "proof_mismatch";
}

}  // namespace

TEST_CASE("consistency: every pair of sizes to 40, and nothing but its own proof") {
  constexpr std::size_t most = 40;
  const Hashes leaves = make_leaves(most);
  Hashes roots;
  for (std::size_t n = 0; n <= most; ++n)
    roots.push_back(root_of({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n)}));
  const Hash other = sha256(as_bytes("something else"));
  std::size_t refused = 0;
  for (std::size_t n = 0; n <= most; ++n) {
    const Hashes some{leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(n)};
    for (std::size_t m = 0; m <= n; ++m) {
      CAPTURE(m, n);
      const Hashes proof = prove_consistency(some, m).value();
      REQUIRE(proof == (m == 0 ? Hashes{} : subproof(m, some, true)));
      const auto says = [&](std::uint64_t a, const Hash& before, std::uint64_t b, const Hash& after, const Hashes& p) {
        const std::string answer = outcome(verify_consistency(a, before, b, after, p));
        REQUIRE(answer == second_opinion(a, before, b, after, p));
        return answer;
      };
      REQUIRE(says(m, roots[m], n, roots[n], proof) == "accepted");
      REQUIRE(says(m, other, n, roots[n], proof) == "proof_mismatch");
      if (m != 0) REQUIRE(says(m, roots[m], n, other, proof) == "proof_mismatch");
      // Every single hash changed, taken away, doubled or swapped with its neighbour, and a hash more at either end.
      for (std::size_t at = 0; at < proof.size(); ++at) {
        const auto place = static_cast<std::ptrdiff_t>(at);
        for (const std::size_t bit : {0u, 77u, 255u}) {
          Hashes changed = proof;
          changed[at][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
          REQUIRE(says(m, roots[m], n, roots[n], changed) == "proof_mismatch");
        }
        Hashes shorter = proof, longer = proof, swapped = proof;
        shorter.erase(shorter.begin() + place);
        longer.insert(longer.begin() + place, proof[at]);
        REQUIRE(says(m, roots[m], n, roots[n], shorter) == "proof_wrong_length");
        REQUIRE(says(m, roots[m], n, roots[n], longer) == "proof_wrong_length");
        if (at != 0) {
          std::swap(swapped[at - 1], swapped[at]);
          REQUIRE(says(m, roots[m], n, roots[n], swapped) == "proof_mismatch");
        }
        refused += 6;
      }
      for (const Hash& more : {roots[n], roots[m], other}) {
        Hashes longer = proof;
        longer.push_back(more);
        REQUIRE(says(m, roots[m], n, roots[n], longer) == "proof_wrong_length");
      }
      // The same proof between other sizes, one of them moved by one.
      for (const std::size_t a : {m - 1, m + 1})
        if (a <= most) REQUIRE(says(a, roots[m], n, roots[n], proof) != "accepted");
      for (const std::size_t b : {n - 1, n + 1})
        if (b <= most && m != 0 && b >= m) says(m, roots[m], b, roots[n], proof);
    }
    CHECK(outcome(verify_consistency(n + 1, other, n, roots[n], {})) == "proof_index_out_of_range");
    const auto beyond = prove_consistency(some, n + 1);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == Errc::proof_index_out_of_range);
  }
  CHECK(refused > 10000);
}

TEST_CASE("consistency: between logs of up to 8 lines, every bit of a hash and every other pair of sizes") {
  const Hashes leaves = make_leaves(8);
  std::vector<Hash> roots;
  for (std::size_t n = 0; n <= 8; ++n) roots.push_back(merkle_root(std::span{leaves}.first(n)));
  std::size_t flips = 0, passed = 0, elsewhere = 0;
  for (std::size_t n = 1; n <= 8; ++n)
    for (std::size_t m = 1; m <= n; ++m) {
      const Hashes proof = prove_consistency(std::span{leaves}.first(n), m).value();
      const auto holds = [&](std::uint64_t a, const Hash& before, std::uint64_t b, const Hash& after, const Hashes& p) {
        return verify_consistency(a, before, b, after, p) ? 1 : 0;
      };
      REQUIRE(holds(m, roots[m], n, roots[n], proof) == 1);
      for (std::size_t bit = 0; bit < 256; ++bit) {
        const auto flipped = [&](Hash hash) {
          hash[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
          return hash;
        };
        passed += static_cast<std::size_t>(holds(m, flipped(roots[m]), n, roots[n], proof));
        passed += static_cast<std::size_t>(holds(m, roots[m], n, flipped(roots[n]), proof));
        flips += 2;
        for (std::size_t at = 0; at < proof.size(); ++at, ++flips) {
          Hashes changed = proof;
          changed[at] = flipped(changed[at]);
          passed += static_cast<std::size_t>(holds(m, roots[m], n, roots[n], changed));
        }
      }
      // Sizes come with their roots from signed checkpoints: with these roots the proof holds between other sizes where it joins
      // the same hashes in the same way, and only there.
      for (std::uint64_t b = 0; b <= 9; ++b)
        for (std::uint64_t a = 0; a <= 9; ++a) {
          if (a == m && b == n) continue;
          const auto holds_there = static_cast<std::size_t>(holds(a, roots[m], b, roots[n], proof));
          elsewhere += holds_there;
          const bool second = second_opinion(a, roots[m], b, roots[n], proof) == "accepted";
          REQUIRE((holds_there != 0) == second);
        }
    }
  CHECK(flips > 20000);
  CHECK(passed == 0);
  CHECK(elsewhere > 0);
}

TEST_CASE("consistency: a log that was cut, changed or reordered below the old size has no proof") {
  const Hashes leaves = make_leaves(23);
  const Hash before = merkle_root(std::span{leaves}.first(14));
  const auto honest = prove_consistency(leaves, 14).value();
  REQUIRE(outcome(verify_consistency(14, before, 23, merkle_root(leaves), honest)) == "accepted");
  for (std::size_t i = 0; i < 14; ++i) {
    Hashes changed = leaves;
    changed[i] = leaf_hash(as_bytes("another line"));
    const auto proof = prove_consistency(changed, 14).value();
    CHECK(outcome(verify_consistency(14, before, 23, merkle_root(changed), proof)) == "proof_mismatch");
    CHECK(outcome(verify_consistency(14, before, 23, merkle_root(changed), honest)) == "proof_mismatch");
  }
  for (std::size_t i = 14; i < 23; ++i) {  // what is above it may be anything
    Hashes changed = leaves;
    changed[i] = leaf_hash(as_bytes("another line"));
    const auto proof = prove_consistency(changed, 14).value();
    CHECK(outcome(verify_consistency(14, before, 23, merkle_root(changed), proof)) == "accepted");
  }
}

TEST_CASE("consistency: sizes up to 2^64 - 1 demand their exact length without overflow") {
  const Hash node = leaf_hash(as_bytes("x"));
  const Hashes hashes(130, node);
  const auto says = [&](std::uint64_t m, std::uint64_t n, std::size_t count) {
    const Hashes proof{hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(count)};
    const std::string answer = outcome(verify_consistency(m, node, n, empty_root(), proof));
    CHECK(answer == second_opinion(m, node, n, empty_root(), proof));
    return answer;
  };
  CHECK(says(1, UINT64_MAX, 64) == "proof_mismatch");
  CHECK(says(1, UINT64_MAX, 63) == "proof_wrong_length");
  CHECK(says(1, UINT64_MAX, 65) == "proof_wrong_length");
  CHECK(says(std::uint64_t{1} << 63, UINT64_MAX, 1) == "proof_mismatch");
  CHECK(says(UINT64_MAX - 1, UINT64_MAX, 64) == "proof_mismatch");
  CHECK(says(UINT64_MAX, UINT64_MAX, 0) == "proof_mismatch");
  CHECK(says(UINT64_MAX, UINT64_MAX, 1) == "proof_wrong_length");
  CHECK(says(0, UINT64_MAX, 0) == "proof_mismatch");
  CHECK(says(0, 0, 0) == "proof_mismatch");
  CHECK(says(UINT64_MAX, UINT64_MAX - 1, 0) == "proof_index_out_of_range");
  for (std::uint64_t m = 3; m != 0 && m < UINT64_MAX / 5; m = m * 5 + 2)
    for (const std::uint64_t n : {m + 1, m * 2, m * 2 + 1, m * 4, UINT64_MAX}) {
      const std::size_t length = consistency_path(m, n).size();
      CHECK(says(m, n, length) == "proof_mismatch");
      CHECK(says(m, n, length - 1) == "proof_wrong_length");
      CHECK(says(m, n, length + 1) == "proof_wrong_length");
    }
}

TEST_CASE("consistency: the path names the subtrees that RFC 9162 draws for seven leaves") {
  using Path = std::vector<LeafRange>;
  CHECK(consistency_path(3, 7) == Path{{2, 3}, {3, 4}, {0, 2}, {4, 7}});
  CHECK(consistency_path(4, 7) == Path{{4, 7}});
  CHECK(consistency_path(6, 7) == Path{{4, 6}, {6, 7}, {0, 4}});
  CHECK(inclusion_path(0, 7) == Path{{1, 2}, {2, 4}, {4, 7}});
  CHECK(inclusion_path(3, 7) == Path{{2, 3}, {0, 2}, {4, 7}});
  CHECK(inclusion_path(4, 7) == Path{{5, 6}, {6, 7}, {0, 4}});
  CHECK(inclusion_path(6, 7) == Path{{4, 6}, {0, 4}});
}
