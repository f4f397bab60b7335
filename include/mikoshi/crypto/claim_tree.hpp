// SPDX-License-Identifier: MIT
#pragma once
/// @file claim_tree.hpp
/// `ClaimTree`: who may take how much from a distributor contract, under one root that the contract keeps.
///
/// Layer 1. Depends on: base/amount.hpp, crypto/ethereum.hpp, crypto/keccak.hpp.
///
/// Every distributor climbs from a leaf to its root by the Keccak-256 of sorted pairs: node = H(smaller ‖ larger). So a proof
/// has no sides, and a tree of any shape is accepted. What differs is the leaf, and the shape that each family's own programs
/// give to the tree; both are followed here, so that the roots are those that these programs compute from the same rows:
///
///     form      leaf                                                  shape
///     standard  H(H(abi.encode(address account, uint256 amount)))     a complete binary tree, as an array with the root first
///     single    H(uint256 index ‖ address account ‖ uint256 amount)   level by level, an odd last node promoted
///     window    H(address account ‖ uint256 amount)                   the same
///
/// In all of them the leaves stand in the order of their hashes. A node hashes 64 bytes, so nobody may pass off two hashes as
/// a leaf: the packed leaves hash 84 and 52 bytes, and the standard one is hashed twice.
///
/// An amount counts the smallest units of a token: the minor units of a currency that has as many decimal places as the token.
///
/// @source npm @openzeppelin/merkle-tree 1.0.8, StandardMerkleTree; the leaves of Uniswap's merkle-distributor and of Balancer's
///         MerkleRedeem, as the published contracts hash them

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/crypto/ethereum.hpp"
#include "mikoshi/crypto/keccak.hpp"

namespace mikoshi {

/// Which family of distributors a tree is for.
enum class ClaimForm : std::uint8_t {
  standard,  ///< OpenZeppelin's StandardMerkleTree of (address, uint256)
  single,    ///< one root for ever, each claim known by its index
  window,    ///< a root for each week or month
};
inline constexpr std::array<std::string_view, 3> claim_form_names = {"standard", "single", "window"};

/// What one account may take.
struct ClaimRow {
  EthereumAddress account;
  u128 amount = 0;  ///< smallest units of the token; at least 1

  friend bool operator==(const ClaimRow&, const ClaimRow&) = default;
};

/// The leaf of a row. @param index  the row's, which only the form `single` hashes.
[[nodiscard]] MIKOSHI_INLINE Hash claim_leaf(ClaimForm form, const ClaimRow& row, std::uint64_t index);

/// The Keccak-256 of both, the smaller one first.
[[nodiscard]] MIKOSHI_INLINE Hash claim_node(const Hash& a, const Hash& b);

/// A tree over rows in an order of the caller's, which stays theirs: rows are known by their index in it.
class ClaimTree {
 public:
  /// @error nothing_owed      no rows: there is no tree without leaves.
  /// @error below_minimum     a row of nothing, with its index.
  /// @error duplicate_member  an account stands in two rows, with the index of the second one.
  /// @cost  three hashes a row, four with `standard`; O(n log n) comparisons; no allocation a row
  [[nodiscard]] static MIKOSHI_INLINE Result<ClaimTree> make(ClaimForm form, std::vector<ClaimRow> rows);

  [[nodiscard]] ClaimForm form() const noexcept { return form_; }
  [[nodiscard]] const std::vector<ClaimRow>& rows() const noexcept { return rows_; }
  [[nodiscard]] const Hash& root() const { return form_ == ClaimForm::standard ? nodes_.front() : nodes_.back(); }
  /// The sum of all rows, in smallest units. @pre it is below 2^128.
  [[nodiscard]] MIKOSHI_INLINE u128 total() const;
  /// The siblings on the way from a row's leaf to the root, the leaf's own first.
  /// @error proof_index_out_of_range  index is the number of rows or more. @cost O(log n), no hashes
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> proof(std::size_t index) const;
  /// What `JSON.stringify(tree.dump())` gives in npm's package for the rows [account in lower case, amount in decimal].
  /// @pre form() is standard. @source @openzeppelin/merkle-tree 1.0.8, format standard-v1
  [[nodiscard]] MIKOSHI_INLINE std::string dump() const;

 private:
  ClaimTree() = default;
  void fill_heap();
  void fill_levels();

  ClaimForm form_ = ClaimForm::standard;
  std::vector<ClaimRow> rows_;
  std::vector<Hash> nodes_;          // standard: the array of the complete tree, root first; else level after level, leaves first
  std::vector<std::size_t> places_;  // by row: where in nodes_ its leaf stands
};

/// Whether a row stands under a root, as a distributor decides it. @param index  as for claim_leaf.
/// @error proof_mismatch  the hashes lead to another root. @cost a hash for each node of the proof
[[nodiscard]] MIKOSHI_INLINE Status verify_claim_proof(ClaimForm form, const Hash& root, const ClaimRow& row,
                                                       std::uint64_t index, std::span<const Hash> proof);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Words and addresses one after the other, as a contract packs them: at most 32 + 20 + 32 bytes.
class AbiPacking {
 public:
  void add(ByteSpan bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += bytes.size();
  }
  /// A uint256. The upper bytes are zero.
  void add(const u128& number) {
    pad(16);
    add(ByteSpan{big_endian(high64(number))});
    add(ByteSpan{big_endian(low64(number))});
  }
  /// Zero bytes.
  void pad(std::size_t count) { size_ += count; }
  [[nodiscard]] Hash hash() const { return keccak256(ByteSpan{bytes_}.first(size_)); }

 private:
  std::array<std::uint8_t, 84> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace detail

MIKOSHI_INLINE Hash claim_leaf(ClaimForm form, const ClaimRow& row, std::uint64_t index) {
  detail::AbiPacking packing;
  if (form == ClaimForm::single) packing.add(u128{index});
  if (form == ClaimForm::standard) packing.pad(12);  // abi.encode gives an address 32 bytes, too
  packing.add(ByteSpan{row.account.bytes()});
  packing.add(row.amount);
  const Hash hash = packing.hash();
  return form == ClaimForm::standard ? keccak256(hash) : hash;
}

MIKOSHI_INLINE Hash claim_node(const Hash& a, const Hash& b) {
  std::array<std::uint8_t, 64> both{};
  const bool ordered = a <= b;
  std::copy_n((ordered ? a : b).begin(), 32, both.begin());
  std::copy_n((ordered ? b : a).begin(), 32, both.begin() + 32);
  return keccak256(both);
}

MIKOSHI_INLINE Result<ClaimTree> ClaimTree::make(ClaimForm form, std::vector<ClaimRow> rows) {
  if (rows.empty()) return fail(Errc::nothing_owed, "a claim root needs somebody who may claim");
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].amount == 0) return fail(Errc::below_minimum, "nobody claims nothing", "row " + std::to_string(i));
    order[i] = i;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair{rows[a].account, a} < std::pair{rows[b].account, b};
  });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (rows[order[i]].account == rows[order[i - 1]].account)
      return fail(Errc::duplicate_member, to_string(rows[order[i]].account) + " claims once, with the sum",
                  "row " + std::to_string(order[i]));
  ClaimTree tree;
  tree.form_ = form;
  tree.rows_ = std::move(rows);
  std::vector<Hash> leaves(tree.rows_.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = claim_leaf(form, tree.rows_[i], i);
  // Two rows of one leaf would be two rows of one account, or a collision.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return leaves[a] < leaves[b]; });
  const bool heap = form == ClaimForm::standard;
  tree.nodes_.resize(heap ? 2 * leaves.size() - 1 : leaves.size());
  tree.places_.resize(leaves.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t place = heap ? tree.nodes_.size() - 1 - i : i;
    tree.nodes_[place] = leaves[order[i]];
    tree.places_[order[i]] = place;
  }
  heap ? tree.fill_heap() : tree.fill_levels();
  return tree;
}

/// The children of node i stand at 2i + 1 and 2i + 2.
MIKOSHI_INLINE void ClaimTree::fill_heap() {
  for (std::size_t i = rows_.size() - 1; i-- > 0;) nodes_[i] = claim_node(nodes_[2 * i + 1], nodes_[2 * i + 2]);
}

/// Each level after the one below it, half as long; the last node of an odd one stands in both.
MIKOSHI_INLINE void ClaimTree::fill_levels() {
  nodes_.reserve(2 * nodes_.size() + 64);  // a promoted node a level, at most
  for (std::size_t begin = 0, size = rows_.size(); size > 1;) {
    for (std::size_t i = 0; i < size; i += 2) {
      const Hash node = i + 1 < size ? claim_node(nodes_[begin + i], nodes_[begin + i + 1]) : nodes_[begin + i];
      nodes_.push_back(node);
    }
    begin += size;
    size = (size + 1) / 2;
  }
}

MIKOSHI_INLINE u128 ClaimTree::total() const {
  u128 sum = 0;
  for (const ClaimRow& row : rows_) {
    MIKOSHI_CHECK(row.amount <= ~u128{0} - sum);
    sum += row.amount;
  }
  return sum;
}

MIKOSHI_INLINE Result<std::vector<Hash>> ClaimTree::proof(std::size_t index) const {
  if (index >= rows_.size())
    return fail(Errc::proof_index_out_of_range, "the tree has " + std::to_string(rows_.size()) + " rows",
                "row " + std::to_string(index));
  std::vector<Hash> siblings;
  std::size_t at = places_[index];
  if (form_ == ClaimForm::standard) {
    for (; at > 0; at = (at - 1) / 2) siblings.push_back(nodes_[at % 2 == 1 ? at + 1 : at - 1]);
    return siblings;
  }
  for (std::size_t begin = 0, size = rows_.size(); size > 1; at /= 2) {
    if (const std::size_t sibling = at ^ 1; sibling < size) siblings.push_back(nodes_[begin + sibling]);
    begin += size;
    size = (size + 1) / 2;
  }
  return siblings;
}

MIKOSHI_INLINE std::string ClaimTree::dump() const {
  MIKOSHI_CHECK(form_ == ClaimForm::standard);
  std::string text = R"({"format":"standard-v1","leafEncoding":["address","uint256"],"tree":[)";
  text.reserve(text.size() + 70 * nodes_.size() + 140 * rows_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i != 0) text += ',';
    text += "\"0x" + to_hex(nodes_[i]) + "\"";
  }
  text += R"(],"values":[)";
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i != 0) text += ',';
    text += R"({"value":[")" + to_string(rows_[i].account) + R"(",")" + to_string(rows_[i].amount) +
            R"("],"treeIndex":)" + std::to_string(places_[i]) + "}";
  }
  return text + "]}";
}

MIKOSHI_INLINE Status verify_claim_proof(ClaimForm form, const Hash& root, const ClaimRow& row, std::uint64_t index,
                                         std::span<const Hash> proof) {
  Hash node = claim_leaf(form, row, index);
  for (const Hash& sibling : proof) node = claim_node(node, sibling);
  if (node != root) return fail(Errc::proof_mismatch);
  return {};
}

#endif

}  // namespace mikoshi
