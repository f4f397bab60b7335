// SPDX-License-Identifier: MIT
/// Targets of crypto/.

#include "demo.hpp"
#include "feed.hpp"
#include "fill.hpp"
#include "target.hpp"
#include "mikoshi/crypto/key_file.hpp"
#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/note.hpp"
#include "mikoshi/crypto/sum_tree.hpp"
#include "mikoshi/crypto/tlog_proof.hpp"

namespace fuzz {
namespace {

/// The root as the definition says it, from the top down.
Hash slow_root(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  std::size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return node_hash(slow_root(leaves.first(k)), slow_root(leaves.subspan(k)));
}

std::string any_line(Feed& feed) {
  std::string line = any_text(feed, 40);
  std::erase_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return line.empty() ? "line" : line;
}

std::string any_checkpoint(Feed& feed) {
  Checkpoint state;
  state.origin = any_line(feed);
  state.size = feed.number(checkpoint_size_limit - 1);
  fill(feed, state.root);
  return to_string(state);
}

std::string any_note(Feed& feed) {
  Note note;
  note.text = feed.one_in(2) ? any_line(feed) + "\n" : any_checkpoint(feed);
  for (std::size_t n = 1 + feed.below(4); n-- > 0;) {
    NoteSignature line;
    line.name = any_name(feed);
    fill(feed, line.key_id);
    line.signature.assign(1 + feed.below(70), feed.byte());
    note.signatures.push_back(std::move(line));
  }
  return to_string(note);
}

std::string any_tlog_proof(Feed& feed) {
  TlogProof proof;
  proof.extra = feed.text(60);
  proof.index = feed.number(checkpoint_size_limit - 1);
  proof.hashes.resize(feed.below(5));
  for (Hash& hash : proof.hashes) fill(feed, hash);
  if (auto note = parse_note(any_note(feed))) proof.note = std::move(*note);  // else its lines repeat a name
  return to_string(proof);
}

}  // namespace

void checkpoint(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_checkpoint);
  const auto read = parse_checkpoint(text);
  if (!read) return;
  MIKOSHI_CHECK(to_string(*read) == text && !read->origin.empty() && read->size < checkpoint_size_limit);
}

void key_file(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, [](Feed& feed) {
    mikoshi::detail::KeyFile file;
    fill(feed, file);
    const mikoshi::detail::KeyFile known;
    if (!feed.one_in(8)) file.type = known.type, file.kdf = known.kdf, file.cipher = known.cipher;
    if (!feed.one_in(8)) file.log2_n = 15 + feed.below(6), file.r = 8, file.p = 1 + feed.below(4);
    return mikoshi::detail::to_string(file);
  });
  const auto file = mikoshi::detail::parse_key_file(text);
  const auto key = key_file_public_key(text);
  MIKOSHI_CHECK(file.has_value() == key.has_value());
  if (!file) {
    const Errc code = file.error().code;
    MIKOSHI_CHECK(file.error() == key.error() && (code == Errc::bad_key_file || code == Errc::kdf_params));
    return;
  }
  MIKOSHI_CHECK(mikoshi::detail::to_string(*file) == text && file->pubkey == *key);
  // What the password's work may cost is bounded before any of it is done.
  MIKOSHI_CHECK(file->log2_n >= 15 && file->log2_n <= 20 && file->r == 8 && file->p >= 1 && file->p <= 4);
}

void merkle(ByteSpan bytes) {
  Feed feed{bytes};
  const std::size_t size = 1 + feed.below(70);
  const std::size_t sorts = 1 + feed.below(4);  // few sorts of leaves, so that equal ones stand side by side
  std::vector<Hash> leaves;
  MerkleLog log;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t sort = feed.empty() ? static_cast<std::uint8_t>(i % sorts) : feed.byte();
    leaves.push_back(leaf_hash({&sort, 1}));
    log.append(leaves.back());
  }
  const Hash root = slow_root(leaves);
  MIKOSHI_CHECK(log.size() == size && log.root() == root && merkle_root(leaves) == root);

  const std::uint64_t index = feed.below(size);
  const auto proof = prove_inclusion(leaves, index);
  MIKOSHI_CHECK(proof && mikoshi::verify_inclusion(root, leaves[index], index, size, *proof));
  MIKOSHI_CHECK(!prove_inclusion(leaves, size + feed.below(3)));

  // Any other claim: it verifies only where it is true.
  std::vector<Hash> other = *proof;
  Hash leaf = leaves[index];
  std::uint64_t other_index = index, other_size = size;
  for (std::size_t change = feed.below(4); change-- > 0;) {
    const std::size_t place = other.empty() ? 0 : feed.below(other.size());
    switch (feed.below(9)) {
      case 0:
        if (const unsigned bit = feed.byte(); !other.empty())
          other[place][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        break;
      case 1:
        if (!other.empty()) other.erase(other.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      case 2:
        other.insert(other.begin() + static_cast<std::ptrdiff_t>(place), feed.pick(leaves));
        break;
      case 3:
        if (!other.empty()) std::swap(other[place], other[feed.below(other.size())]);
        break;
      case 4:
        leaf = feed.pick(leaves);
        break;
      case 5:
        if (!other.empty()) std::swap(leaf, other[place]);
        break;
      case 6:
        other_index = feed.number(UINT64_MAX);
        break;
      case 7:
        other_size = feed.number(UINT64_MAX);
        break;
      case 8:
        if (const auto wrong = prove_inclusion(leaves, feed.below(size))) other = *wrong;
        break;
    }
  }
  const bool verified = mikoshi::verify_inclusion(root, leaf, other_index, other_size, other).has_value();
  // A proof may fit a tree of another size: root and size come from one checkpoint.
  if (other_size != size) return;
  const auto right = prove_inclusion(leaves, other_index);
  MIKOSHI_CHECK(verified == (right && *right == other && leaves[other_index] == leaf));
}

void note(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_note);
  auto read = parse_note(text);
  if (!read) return;
  MIKOSHI_CHECK(to_string(*read) == text);
  MIKOSHI_CHECK(!read->signatures.empty() && read->signatures.size() <= note_signatures_max);
  if (const auto state = parse_checkpoint(read->text)) MIKOSHI_CHECK(to_string(*state) == read->text);
  const auto& key = demo_key(1);
  for (const NoteSignature& line : read->signatures) {
    MIKOSHI_CHECK(!line.name.empty() && !line.signature.empty());
    if (verify_note_signature(line, key.public_key(), read->text))
      MIKOSHI_CHECK(line == sign_note(line.name, key, read->text));  // signing is deterministic, and nobody else can
  }
  const NoteSignature mine = sign_note("abe", key, read->text);
  MIKOSHI_CHECK(verify_note_signature(mine, key.public_key(), read->text).has_value());
  const auto is_mine = [&](const NoteSignature& line) { return line.name == mine.name && line.key_id == mine.key_id; };
  const bool there = std::any_of(read->signatures.begin(), read->signatures.end(), is_mine);
  if (read->signatures.size() == note_signatures_max) return;
  read->signatures.push_back(mine);
  const auto again = parse_note(to_string(*read));
  MIKOSHI_CHECK(again.has_value() == !there && (there || *again == *read));
}

/// As `merkle`, over amounts: what a leaf promises is in the total.
void sum_tree(ByteSpan bytes) {
  Feed feed{bytes};
  const std::size_t size = 1 + feed.below(20);
  std::vector<SumNode> leaves;
  GrowingTree<SumNode> tree;
  u128 total = 0;
  for (std::size_t i = 0; i < size; ++i) {
    u128 amount = feed.number(UINT64_MAX);
    if (feed.one_in(8)) amount <<= 57;  // twenty of them stay below 2^128
    const std::uint8_t sort = feed.byte() & 3;
    leaves.push_back({amount, leaf_hash({&sort, 1})});
    tree.append(leaves.back());
    total += amount;
  }
  const SumNode root = tree.root();
  MIKOSHI_CHECK(root.sum == total && tree_root(std::span<const SumNode>{leaves}) == root);
  const std::uint64_t index = feed.below(size);
  const auto proof = prove_in_tree(std::span<const SumNode>{leaves}, index);
  MIKOSHI_CHECK(proof && verify_sum_inclusion(root, leaves[index], index, size, *proof));

  std::vector<SumNode> other = *proof;
  SumNode leaf = leaves[index], other_root = root;
  std::uint64_t other_index = index;
  const auto other_sum = [&](u128& sum) {
    const u128 by = u128{feed.number(UINT64_MAX)} << (feed.one_in(2) ? 64 : 0);
    sum = feed.one_in(2) ? sum - by : sum + by;
  };
  for (std::size_t changes = feed.below(4); changes-- > 0;) {
    const std::size_t place = other.empty() ? 0 : feed.below(other.size());
    const auto at_place = other.begin() + static_cast<std::ptrdiff_t>(place);
    switch (feed.below(8)) {
      case 0:
        other_sum(leaf.sum);
        break;
      case 1:
        if (!other.empty()) other_sum(other[place].sum);
        break;
      case 2:
        other_sum(other_root.sum);
        break;
      case 3:
        if (!other.empty()) other.erase(at_place);
        break;
      case 4:
        other.insert(at_place, feed.pick(leaves));
        break;
      case 5:
        if (!other.empty()) std::swap(leaf, other[place]);
        break;
      case 6:
        other_index = feed.below(size + 2);
        break;
      case 7:
        leaf = feed.pick(leaves);
        break;
    }
  }
  const bool verified = verify_sum_inclusion(other_root, leaf, other_index, size, other).has_value();
  const auto right = prove_in_tree(std::span<const SumNode>{leaves}, other_index);
  // A leaf alone is its own root: changed both in the same way, it is another tree.
  const bool alone = size == 1 && other_index == 0 && other.empty() && leaf == other_root;
  MIKOSHI_CHECK(verified ==
                (alone || (right && *right == other && leaves[other_index] == leaf && other_root == root)));
}

void tlog_proof(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_tlog_proof);
  const auto read = parse_tlog_proof(text);
  if (!read) return;
  MIKOSHI_CHECK(to_string(*read) == text && read->hashes.size() <= proof_hashes_max);
  MIKOSHI_CHECK(read->index < checkpoint_size_limit && !read->note.signatures.empty());
}

}  // namespace fuzz
