// SPDX-License-Identifier: MIT
#pragma once
/// @file trees.hpp
/// The trees of the format a second time: recursive as RFC 6962 writes them, over texts of raw bytes and integers of any
/// size, with leaf texts typed by hand. Nothing is shared with the library but SHA-256.

#include <boost/multiprecision/cpp_int.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mikoshi/crypto/sha256.hpp"

namespace trees {

using Big = boost::multiprecision::cpp_int;

/// SHA-256, as 32 raw bytes.
inline std::string sha(const std::string& bytes) {
  const mikoshi::Hash hash = mikoshi::sha256(mikoshi::as_bytes(bytes));
  return {hash.begin(), hash.end()};
}

inline std::string hex(const std::string& bytes) { return mikoshi::to_hex(mikoshi::as_bytes(bytes)); }

/// 32 bytes, the most significant first.
inline std::string wide(const Big& number) {
  std::string bytes(32, '\0');
  for (std::size_t i = 0; i < 32; ++i)
    bytes[31 - i] = static_cast<char>(static_cast<unsigned char>((number >> (8 * i)) & 255));
  return bytes;
}

/// An amount and 32 raw bytes.
struct Node {
  Big sum;
  std::string hash;
};

inline Node leaf(const std::string& text, const Big& amount) { return {amount, sha(std::string(1, '\0') + text)}; }

inline Node join(const Node& left, const Node& right) {
  return {left.sum + right.sum, sha("\x02" + wide(left.sum) + left.hash + wide(right.sum) + right.hash)};
}

/// Where a list of n > 1 leaves divides: the largest power of two below n.
inline std::ptrdiff_t divide(std::size_t size) {
  std::size_t k = 1;
  while (2 * k < size) k *= 2;
  return static_cast<std::ptrdiff_t>(k);
}

inline Node sum_root(const std::vector<Node>& leaves) {
  if (leaves.empty()) return {0, sha("")};
  if (leaves.size() == 1) return leaves[0];
  const auto middle = leaves.begin() + divide(leaves.size());
  return join(sum_root({leaves.begin(), middle}), sum_root({middle, leaves.end()}));
}

/// The siblings of a leaf, its own one first.
inline std::vector<Node> sum_path(const std::vector<Node>& leaves, std::size_t index) {
  if (leaves.size() == 1) return {};
  const auto k = static_cast<std::size_t>(divide(leaves.size()));
  const std::vector<Node> left{leaves.begin(), leaves.begin() + divide(leaves.size())};
  const std::vector<Node> right{leaves.begin() + divide(leaves.size()), leaves.end()};
  std::vector<Node> path = index < k ? sum_path(left, index) : sum_path(right, index - k);
  path.push_back(sum_root(index < k ? right : left));
  return path;
}

/// The root over texts, 32 raw bytes.
inline std::string root(const std::vector<std::string>& texts) {
  if (texts.empty()) return sha("");
  if (texts.size() == 1) return sha(std::string(1, '\0') + texts[0]);
  const auto middle = texts.begin() + divide(texts.size());
  return sha("\x01" + root({texts.begin(), middle}) + root({middle, texts.end()}));
}

inline std::string payout_text(const std::string& payee, const std::string& period, const Big& amount) {
  return "{\"amount\":\"" + amount.str() + "\",\"payee\":\"" + payee + "\",\"period\":\"" + period + "\"}";
}

/// The payout tree of a month: who gets how much, members and accounts alike.
inline Node payout_root(const std::map<std::string, Big>& pays, const std::string& period) {
  std::vector<Node> leaves;
  for (const auto& [payee, amount] : pays)
    if (amount != 0) leaves.push_back(leaf(payout_text(payee, period, amount), amount));
  return sum_root(leaves);
}

/// The text of a member's standing. @param entitled  by pool: fraction in 2^-64 minor units, minor units paid.
inline std::string standing_text(const std::string& member, const Big& owed, const std::map<std::string, Big>& holds,
                                 const std::map<std::string, std::pair<Big, Big>>& entitled) {
  std::string pools, tickets;
  for (const auto& [pool, pair] : entitled) {
    const std::string digits = hex(wide(pair.first)).substr(48);
    pools += (pools.empty() ? "\"" : ",\"") + pool + "\":{\"fraction\":\"" + digits + "\",\"paid\":\"" +
             pair.second.str() + "\"}";
  }
  for (const auto& [type, count] : holds) tickets += (tickets.empty() ? "\"" : ",\"") + type + "\":" + count.str();
  return "{\"entitled\":{" + pools + "},\"holds\":{" + tickets + "},\"member\":\"" + member + "\",\"owed\":\"" +
         owed.str() + "\"}";
}

}  // namespace trees
