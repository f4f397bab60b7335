// SPDX-License-Identifier: MIT
/// Targets of a log that grows: consistency and prefix proofs, and the tiles that publish it.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "feed.hpp"
#include "fill.hpp"
#include "target.hpp"
#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/prefix.hpp"
#include "mikoshi/crypto/tile.hpp"

namespace fuzz {
namespace {

using Hashes = std::vector<Hash>;
using Files = std::map<std::string, std::string>;

std::string line_text(std::uint64_t i) { return "line " + std::to_string(i); }

/// One hash of a proof damaged, taken away, doubled, moved, or exchanged for one that stands elsewhere in the log.
void change_proof(Feed& feed, Hashes& proof, const Hashes& leaves) {
  const std::size_t place = proof.empty() ? 0 : feed.below(proof.size());
  const auto at_place = proof.begin() + static_cast<std::ptrdiff_t>(place);
  switch (feed.below(5)) {
    case 0:
      if (const unsigned bit = feed.byte(); !proof.empty())
        proof[place][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      break;
    case 1:
      if (!proof.empty()) proof.erase(at_place);
      break;
    case 2:
      if (!proof.empty()) proof.insert(at_place, Hash{proof[place]});
      break;
    case 3:
      if (!proof.empty()) std::swap(proof[place], proof[feed.below(proof.size())]);
      break;
    case 4:
      if (!leaves.empty()) proof.insert(at_place, feed.pick(leaves));
      break;
  }
}

/// A log of up to 70 leaves, few sorts of them, so that equal ones stand side by side.
Hashes any_leaves(Feed& feed) {
  Hashes leaves(feed.below(71));
  const std::size_t sorts = 1 + feed.below(4);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::uint8_t sort = feed.empty() ? static_cast<std::uint8_t>(i % sorts) : feed.byte();
    leaves[i] = leaf_hash({&sort, 1});
  }
  return leaves;
}

/// Whatever is said of a prefix of this log by its own root is true.
void check_prefix(Feed& feed, const Hashes& leaves, const std::vector<Hash>& roots) {
  const std::uint64_t size = leaves.size();
  const std::uint64_t prefix = feed.number(size + 1);
  const auto proof = prove_prefix(leaves, prefix);
  MIKOSHI_CHECK(proof.has_value() == (prefix >= 1 && prefix <= size));
  if (!proof) return;
  const auto found = prefix_root(prefix, size, roots.back(), *proof);
  MIKOSHI_CHECK(found && *found == roots[static_cast<std::size_t>(prefix)]);
  Hashes other = *proof;
  for (std::size_t changes = feed.below(4); changes-- > 0;) change_proof(feed, other, leaves);
  const std::uint64_t other_prefix = feed.one_in(2) ? prefix : feed.number(UINT64_MAX);
  const auto claimed = prefix_root(other_prefix, size, roots.back(), other);
  if (claimed) MIKOSHI_CHECK(*claimed == roots.at(static_cast<std::size_t>(other_prefix)));
  // For a log of another size nothing is known, but it has to end, whatever the numbers.
  static_cast<void>(prefix_root(feed.number(UINT64_MAX), feed.number(UINT64_MAX), roots.back(), other));
}

/// A log in files, as `publish` writes it.
struct Published {
  Hashes leaves;
  Files files;
  Checkpoint checkpoint;
};
Published publish(std::size_t size) {
  Published log;
  GrowingTiles tiles;
  const PutTile put = [&](const TileId& tile, std::span<const Hash> hashes) -> Status {
    log.files[tile_path(tile)] = encode_tile(hashes);
    if (tile.level != 0) return {};
    std::string& bundle = log.files[bundle_path(tile)];
    for (std::size_t i = 0; i < hashes.size(); ++i) append_entry(bundle, line_text(tile.index * tile_width + i));
    return {};
  };
  for (std::size_t i = 0; i < size; ++i) {
    log.leaves.push_back(leaf_hash(as_bytes(line_text(i))));
    MIKOSHI_CHECK(tiles.append(log.leaves.back(), put).has_value());
  }
  MIKOSHI_CHECK(tiles.edge(put).has_value());
  log.checkpoint = {"mikoshi/demo", size, merkle_root(log.leaves)};
  return log;
}
const Published& any_published(Feed& feed) {
  static const auto logs = [] {
    std::vector<Published> made;
    for (const std::size_t size : {0u, 1u, 2u, 3u, 255u, 256u, 257u, 512u, 600u}) made.push_back(publish(size));
    return made;
  }();
  return feed.pick(logs);
}

/// One file altered, taken away, made up, or put in the place of another one.
void change_files(Feed& feed, Files& files, const Files& others) {
  if (files.empty()) return;
  const auto any_of = [&](const Files& from) {
    return std::next(from.begin(), static_cast<std::ptrdiff_t>(feed.below(from.size())));
  };
  const std::string path = any_of(files)->first;
  std::string& content = files[path];
  const auto place = [&] { return content.empty() ? 0 : static_cast<std::size_t>(feed.bits(2)) % content.size(); };
  switch (feed.below(6)) {
    case 0:
      if (!content.empty()) content[place()] ^= static_cast<char>(1 << feed.below(8));
      break;
    case 1:
      content.resize(place());
      break;
    case 2:
      content += feed.text(40);
      break;
    case 3:
      files.erase(path);
      break;
    case 4:
      if (!others.empty()) content = any_of(others)->second;
      break;
    case 5:
      std::swap(content, files[any_of(files)->first]);
      break;
  }
}

/// The path of a tile read back: level, index, width.
TileId read_path(std::string_view path) {
  TileId tile;
  MIKOSHI_CHECK(path.starts_with("tile/"));
  path.remove_prefix(5);
  tile.level = static_cast<std::size_t>(path.front() - '0');
  path.remove_prefix(1);
  const std::size_t partial = path.find(".p/");
  if (partial != std::string_view::npos) {
    tile.width = static_cast<std::size_t>(parse_weight(path.substr(partial + 3)).value());
    path = path.substr(0, partial);
  }
  for (; !path.empty(); path.remove_prefix(4)) {  // "/x001" for each group of three digits but the last
    const bool more = path.starts_with("/x");
    if (more) path.remove_prefix(1);
    MIKOSHI_CHECK(path.size() >= 4 && (more || path.size() == 4));
    for (const char digit : path.substr(1, 3)) {
      MIKOSHI_CHECK(digit >= '0' && digit <= '9');
      tile.index = tile.index * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  return tile;
}

/// The bytes of a tile and of a bundle, as anybody may serve them: of any width that somebody may ask for.
void check_bytes(Feed& feed) {
  const std::uint64_t width = feed.one_in(2) ? feed.below(5) : feed.number(UINT64_MAX);
  const std::string_view text = as_text(feed.rest());
  if (const auto hashes = parse_tile(text, static_cast<std::size_t>(width)))
    MIKOSHI_CHECK(hashes->size() == width && encode_tile(*hashes) == text);
  const auto entries = parse_bundle(text, static_cast<std::size_t>(width));
  if (!entries) return;
  MIKOSHI_CHECK(entries->size() == width);
  std::string again;
  Hashes leaves;
  for (const std::string_view entry : *entries) {
    append_entry(again, entry);
    leaves.push_back(leaf_hash(as_bytes(entry)));
  }
  MIKOSHI_CHECK(again == text && parse_bundle(text, leaves).value() == *entries);
  if (leaves.empty()) return;
  leaves.back()[0] ^= 1;
  MIKOSHI_CHECK(!parse_bundle(text, leaves));
}

}  // namespace

/// That a log grew, and what it was before: only what is true verifies.
void consistency(ByteSpan bytes) {
  Feed feed{bytes};
  const std::uint64_t old_size = feed.byte(), other_old = feed.number(UINT64_MAX), other_new = feed.number(UINT64_MAX);
  const Hashes leaves = any_leaves(feed);
  const std::uint64_t size = leaves.size();
  std::vector<Hash> roots{empty_root()};
  MerkleLog log;
  for (const Hash& leaf : leaves) {
    log.append(leaf);
    roots.push_back(log.root());
  }
  const std::uint64_t old = old_size % (size + 1);
  const Hashes proof = prove_consistency(leaves, old).value();
  MIKOSHI_CHECK(!prove_consistency(leaves, size + 1 + old_size));
  const auto& before = roots[static_cast<std::size_t>(old)];
  MIKOSHI_CHECK(verify_consistency(old, before, size, roots.back(), proof).has_value());

  Hashes other = proof;
  Hash other_before = before, other_after = roots.back();
  for (std::size_t changes = feed.below(4); changes-- > 0;) {
    switch (feed.below(4)) {
      case 0:
        other_before = feed.pick(roots);
        break;
      case 1:
        other_after = feed.pick(roots);
        break;
      default:
        change_proof(feed, other, leaves);
    }
  }
  const bool verified = verify_consistency(old, other_before, size, other_after, other).has_value();
  // Every log continues the empty one, and each continues itself: there the roots speak alone.
  const bool alone = old == 0 || old == size;
  const bool true_alone =
      old == 0 ? other_before == roots[0] && (size != 0 || other_after == roots[0]) : other_before == other_after;
  MIKOSHI_CHECK(verified == (alone ? other.empty() && true_alone
                                   : other == proof && other_before == before && other_after == roots.back()));
  static_cast<void>(verify_consistency(other_old, other_before, other_new, other_after, other));
  check_prefix(feed, leaves, roots);
}

/// A published log of which nothing is known but its checkpoint, asked for everything.
void tile(ByteSpan bytes) {
  Feed feed{bytes};
  if (feed.one_in(4)) return check_bytes(feed);
  const TileId named{feed.below(tile_levels), feed.number((std::uint64_t{1} << 45) - 1), 1 + feed.below(256)};
  MIKOSHI_CHECK(read_path(tile_path(named)) == named);
  const Published& log = any_published(feed);
  Files files = log.files;
  for (std::size_t changes = feed.below(3); changes-- > 0;) change_files(feed, files, any_published(feed).files);
  Checkpoint checkpoint = log.checkpoint;
  const bool other_checkpoint = feed.one_in(8);
  if (other_checkpoint) checkpoint.size = feed.number(checkpoint_size_limit - 1);
  if (feed.one_in(8)) checkpoint.root = any_published(feed).checkpoint.root;
  auto reader = TileReader::open(checkpoint, [&](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(Errc::no_such_store, {}, path);
    return found->second;
  });
  if (!reader) {
    MIKOSHI_CHECK(files != log.files || checkpoint != log.checkpoint);
    return;
  }
  // Root and size come from one checkpoint: of another one, only the end is asked for.
  const bool known = checkpoint == log.checkpoint;
  const std::uint64_t size = checkpoint.size;
  for (std::size_t questions = 1 + feed.below(6); questions-- > 0;) {
    const std::size_t question = feed.below(6);
    const std::uint64_t index = feed.one_in(2) ? feed.number(size) : feed.number(UINT64_MAX);
    if (question == 0) {
      const auto leaf = reader->leaf(index);
      if (leaf && known) MIKOSHI_CHECK(*leaf == log.leaves.at(static_cast<std::size_t>(index)));
    } else if (question == 1) {
      const std::uint64_t place = index / tile_width;
      const auto entries = reader->entries(place);
      if (entries && known)
        for (std::size_t i = 0; i < entries->size(); ++i)
          MIKOSHI_CHECK((*entries)[i] == line_text(place * tile_width + i));
    } else if (question == 2) {
      const auto root = reader->root_at(index);
      if (root && known)
        MIKOSHI_CHECK(*root == merkle_root(std::span{log.leaves}.first(static_cast<std::size_t>(index))));
    } else if (question == 3) {
      const auto proof = reader->prove_inclusion(index);
      if (proof && known) MIKOSHI_CHECK(*proof == mikoshi::prove_inclusion(log.leaves, index).value());
    } else if (question == 4) {
      const std::uint64_t newer = feed.number(size);
      const auto proof = reader->prove_consistency(index, newer);
      if (proof && known)
        MIKOSHI_CHECK(
            *proof ==
            mikoshi::prove_consistency(std::span{log.leaves}.first(static_cast<std::size_t>(newer)), index).value());
    } else {
      const std::size_t level = feed.below(10);
      const auto hashes = reader->tile(level, index >> (8 * std::min<std::size_t>(level + 1, 7)));
      if (hashes && known && level == 0)
        for (std::size_t i = 0; i < hashes->size(); ++i)
          MIKOSHI_CHECK((*hashes)[i] == log.leaves.at(static_cast<std::size_t>((index >> 8) * tile_width + i)));
    }
  }
}

}  // namespace fuzz
