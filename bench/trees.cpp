// SPDX-License-Identifier: MIT
/// Trees: over N leaves of 64 bytes, beside 2N hashes of 65 bytes by OpenSSL with a fetched digest and one context; and the new root
/// where one leaf has changed, beside log2 N such hashes.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>

#include "measure.hpp"
#include "mikoshi/crypto/wide_tree.hpp"

namespace bench {
namespace {

using namespace mikoshi;

/// So many hashes of 65 bytes, as fast as OpenSSL's calls allow.
void hash_65(std::size_t count) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static EVP_MD_CTX* const context = EVP_MD_CTX_new();
  std::array<std::uint8_t, 65> in{};
  std::array<std::uint8_t, 32> out{};
  for (std::size_t i = 0; i < count; ++i) {
    EVP_DigestInit_ex2(context, i == 0 ? algorithm : nullptr, nullptr);
    EVP_DigestUpdate(context, in.data(), in.size());
    EVP_DigestFinal_ex(context, out.data(), nullptr);
    in[i % 32] = out[0];
  }
  keep(out);
}

std::vector<std::array<std::uint8_t, 64>> leaves_of(std::size_t n) {
  std::vector<std::array<std::uint8_t, 64>> leaves(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < 64; ++k) leaves[i][k] = static_cast<std::uint8_t>(i >> (8 * (7 - k % 8)));
  return leaves;
}

}  // namespace

void measure_trees(Table& table) {
  const std::string limit = "2N hashes of 65 bytes";
  for (const std::size_t n : {1'000u, 10'000u, 100'000u, 1'000'000u}) {
    if (table.quick() && n > 100'000) break;
    const auto leaves = leaves_of(n);
    const auto [ns, limit_ns] = in_turns(
        n,
        [&] {
          MerkleLog log;
          for (const auto& leaf : leaves) log.append(leaf_hash(leaf));
          keep(log.root());
        },
        [&] { hash_65(2 * n); });
    table.add({"tree", n, 1, ns, limit, limit_ns, 1.05});
    const auto [wide_ns, same_ns] = in_turns(
        n, [&] { keep(wide_tree_root(n, [&](std::uint64_t i) { return leaf_hash(leaves[i]); }, 2)); }, [&] { hash_65(2 * n); });
    table.add({"tree", n, 2, wide_ns, limit + ", one core", same_ns, 0.56});
    std::vector<Hash> hashes;
    for (const auto& leaf : leaves) hashes.push_back(leaf_hash(leaf));
    TreeLevels<Hash> levels{std::move(hashes)};
    const auto depth = static_cast<std::size_t>(std::bit_width(n - 1));
    const auto [change_ns, path_ns] = in_turns(
        1'000,
        [&] {
          for (std::size_t i = 0; i < 1'000; ++i) levels.replace(i * 7919 % n, levels.root());
        },
        [&] { hash_65(1'000 * depth); });
    table.add({"tree: one leaf changed", n, 1, change_ns, fmt::format("{} hashes of 65 bytes", depth), path_ns, 1.5});
  }
}

}  // namespace bench
