// SPDX-License-Identifier: MIT
#pragma once
/// @file tile.hpp
/// A log cut into files that never change, and everything about it read back from such files: C2SP tlog-tiles.
///
/// Layer 1. Depends on: crypto/merkle.hpp, crypto/note.hpp.
///
/// A tile of level L holds up to 256 hashes, each the root over 256^L leaves: level 0 holds leaf hashes, and a full tile's own
/// root is one hash of the level above. The lines stand in entry bundles, cut as the tiles of level 0 are. Only the last tile
/// of a level may be partial; a log that grows gets new files, and a full tile stays as it is. Any web host serves that.
///
///     tile/0/000        leaves 0 to 255            tile/entries/000        their lines
///     tile/0/001.p/44   leaves 256 to 299          tile/entries/001.p/44   their lines
///     tile/1/000.p/1    the root of tile/0/000
///
/// `GrowingTiles` cuts; `TileReader` reads, and believes no file that does not lead to the checkpoint's root.
///
/// @source C2SP tlog-tiles

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/note.hpp"

namespace mikoshi {

/// Hashes in a full tile, and lines in a full bundle.
inline constexpr std::size_t tile_width = 256;
inline constexpr std::size_t tile_bytes_max = tile_width * sizeof(Hash);
/// An entry's length is written in two bytes.
inline constexpr std::size_t entry_bytes_max = 65535;
inline constexpr std::size_t bundle_bytes_max = tile_width * (2 + entry_bytes_max);
/// Levels that a log of less than `checkpoint_size_limit` lines can have.
inline constexpr std::size_t tile_levels = 7;

/// Which tile; with level 0, also which bundle.
struct TileId {
  std::size_t level = 0;           ///< 0 to 6
  std::uint64_t index = 0;         ///< within its level, from 0
  std::size_t width = tile_width;  ///< 1 to 256 hashes; a tile of less is partial

  friend auto operator<=>(const TileId&, const TileId&) = default;
};

/// "tile/0/x001/x234/067", "tile/1/000.p/17".
[[nodiscard]] MIKOSHI_INLINE std::string tile_path(const TileId& tile);
/// "tile/entries/000.p/44": the lines under a tile of level 0.
[[nodiscard]] MIKOSHI_INLINE std::string bundle_path(const TileId& tile);

/// The last tile of a level of a log of `size` lines has this many hashes; 0: it has no partial one.
/// @pre size < checkpoint_size_limit, level < tile_levels.
[[nodiscard]] constexpr std::size_t edge_width(std::uint64_t size, std::size_t level) {
  return static_cast<std::size_t>(size >> (8 * level) & (tile_width - 1));
}
/// How many full tiles a level has. @pre as edge_width
[[nodiscard]] constexpr std::uint64_t full_tiles(std::uint64_t size, std::size_t level) {
  return size >> (8 * (level + 1));
}
/// The partial tiles of a log of `size` lines, ascending by level. @pre size < checkpoint_size_limit
[[nodiscard]] MIKOSHI_INLINE std::vector<TileId> edge_tiles(std::uint64_t size);

/// The bytes of a tile: its hashes one behind the other.
[[nodiscard]] MIKOSHI_INLINE std::string encode_tile(std::span<const Hash> hashes);
/// @error truncated | trailing_bytes  not the length of `width` hashes.
[[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> parse_tile(std::string_view bytes, std::size_t width);

/// Adds an entry to a bundle: its length in two bytes, the most significant first, then the entry.
/// @pre entry.size() ≤ entry_bytes_max.
MIKOSHI_INLINE void append_entry(std::string& bundle, std::string_view entry);
/// The entries of a bundle of `width`; they point into `bundle`. @error truncated | trailing_bytes  with the byte.
[[nodiscard]] MIKOSHI_INLINE Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle,
                                                                                std::size_t width);
/// The same, where each entry must hash to its leaf. @error as parse_bundle | root_mismatch  with the entry.
[[nodiscard]] MIKOSHI_INLINE Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle,
                                                                                std::span<const Hash> leaves);

/// Takes a tile. @error any; it ends what is being done.
using PutTile = std::function<Status(const TileId& tile, std::span<const Hash> hashes)>;

/// Cuts a growing log into tiles. A few tens of kilobytes whatever the size.
class GrowingTiles {
 public:
  /// Adds a leaf at the end, and gives every tile that is full by it, the lowest level first.
  /// @pre size() + 1 < checkpoint_size_limit, and no call before has failed. @error as put
  [[nodiscard]] MIKOSHI_INLINE Status append(const Hash& leaf, const PutTile& put);
  /// Gives the partial tiles of the log as it is. @error as put
  [[nodiscard]] MIKOSHI_INLINE Status edge(const PutTile& put) const;
  /// The number of leaves.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  std::array<std::vector<Hash>, tile_levels> open_;  // the tile that each level is filling: never full between calls
  std::uint64_t size_ = 0;
};

/// Gives a file of a published log by its path, like "tile/0/000". @error its own; no_such_store where there is none.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// A log of which nothing is known but its checkpoint, read from files that anybody may have altered.
///
/// Every hash that it gives leads to the checkpoint's root. The partial tiles are read first: joined, they must be the root.
/// A full tile is believed when its own root stands in the tile above it, which is believed in the same way.
class TileReader {
 public:
  /// @param  read  is called again for as long as the reader lives.
  /// @error  root_mismatch (the partial tiles are not of this checkpoint) | truncated | trailing_bytes (a tile of another
  ///         length) | as read; with the path.
  /// @pre    checkpoint.size < checkpoint_size_limit. @cost at most seven files
  [[nodiscard]] static MIKOSHI_INLINE Result<TileReader> open(const Checkpoint& checkpoint, ReadFile read);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// The hashes of a tile, full or partial as it is in this log; they stay until the next call.
  /// @error proof_index_out_of_range (no such tile) | root_mismatch (it is not what stands above it) | truncated |
  ///        trailing_bytes | as read; with the path.
  /// @cost  one file a level that was not read before
  [[nodiscard]] MIKOSHI_INLINE Result<std::span<const Hash>> tile(std::size_t level, std::uint64_t index);

  /// The lines of bundle `index`. @error as tile; as parse_bundle, as read, of the bundle
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<std::string>> entries(std::uint64_t index);

  /// The leaf hash of a line. @error as tile
  [[nodiscard]] MIKOSHI_INLINE Result<Hash> leaf(std::uint64_t index);
  /// The root over the first `size` lines. @error proof_index_out_of_range (the log has fewer) | as tile
  [[nodiscard]] MIKOSHI_INLINE Result<Hash> root_at(std::uint64_t size);
  /// That a line stands in this log. @error proof_index_out_of_range | as tile
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> prove_inclusion(std::uint64_t index);
  /// That of two earlier states of this log, or an earlier one and this, one continues the other.
  /// @error proof_index_out_of_range (not old_size ≤ new_size ≤ size()) | as tile
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> prove_consistency(std::uint64_t old_size,
                                                                           std::uint64_t new_size);

 private:
  TileReader(std::uint64_t size, ReadFile read) : size_(size), read_(std::move(read)) {}
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> read_tile(const TileId& tile) const;
  /// @pre the range is a subtree of this log, as the paths of merkle.hpp have them.
  [[nodiscard]] MIKOSHI_INLINE Result<Hash> root_of(const LeafRange& range);
  [[nodiscard]] MIKOSHI_INLINE Result<std::vector<Hash>> roots_of(const std::vector<LeafRange>& path);

  std::uint64_t size_;
  ReadFile read_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::vector<Hash>>
      kept_;                                          // believed: partial ones, and from level 1 up
  std::pair<std::uint64_t, std::vector<Hash>> last_;  // of level 0, the full one that was read last; nothing: none yet
};

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// 1234067 as x001/x234/067: folders of at most a thousand names, and no name is a file here and a folder there.
inline std::string tile_place(std::string path, const TileId& tile) {
  std::string digits = std::to_string(tile.index);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  for (std::size_t at = 0; at < digits.size(); at += 3)
    path += (at + 3 < digits.size() ? "/x" : "/") + digits.substr(at, 3);
  return tile.width == tile_width ? path : path + ".p/" + std::to_string(tile.width);
}

inline Failure in_file(Error error, const std::string& path) {
  error.where = path + (error.where.empty() || error.where == path ? "" : ", " + error.where);
  return Failure{std::move(error)};
}

}  // namespace detail

MIKOSHI_INLINE std::string tile_path(const TileId& tile) {
  return detail::tile_place("tile/" + std::to_string(tile.level), tile);
}

MIKOSHI_INLINE std::string bundle_path(const TileId& tile) {
  MIKOSHI_CHECK(tile.level == 0);
  return detail::tile_place("tile/entries", tile);
}

MIKOSHI_INLINE std::vector<TileId> edge_tiles(std::uint64_t size) {
  MIKOSHI_CHECK(size < checkpoint_size_limit);
  std::vector<TileId> tiles;
  for (std::size_t level = 0; level < tile_levels; ++level)
    if (const std::size_t width = edge_width(size, level); width != 0)
      tiles.push_back({level, full_tiles(size, level), width});
  return tiles;
}

MIKOSHI_INLINE std::string encode_tile(std::span<const Hash> hashes) {
  std::string bytes;
  for (const Hash& hash : hashes) bytes += as_text(hash);
  return bytes;
}

MIKOSHI_INLINE Result<std::vector<Hash>> parse_tile(std::string_view bytes, std::size_t width) {
  if (bytes.size() / sizeof(Hash) < width)  // so, because a width that somebody else says may be any
    return fail(Errc::truncated, "the tile has not " + std::to_string(width) + " hashes",
                detail::at_byte(bytes.size()));
  const std::size_t required = width * sizeof(Hash);
  if (bytes.size() > required)
    return fail(Errc::trailing_bytes, "something follows the last hash of the tile", detail::at_byte(required));
  std::vector<Hash> hashes(width);
  for (std::size_t i = 0; i < width; ++i) {
    const ByteSpan from = as_bytes(bytes.substr(i * sizeof(Hash), sizeof(Hash)));
    std::copy(from.begin(), from.end(), hashes[i].begin());
  }
  return hashes;
}

MIKOSHI_INLINE void append_entry(std::string& bundle, std::string_view entry) {
  MIKOSHI_CHECK(entry.size() <= entry_bytes_max);
  bundle.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size() >> 8)));
  bundle.push_back(static_cast<char>(static_cast<std::uint8_t>(entry.size() & 255)));
  bundle += entry;
}

MIKOSHI_INLINE Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle, std::size_t width) {
  std::vector<std::string_view> entries;
  std::string_view rest = bundle;
  while (entries.size() < width) {
    const std::size_t length = rest.size() < 2 ? 0 : std::size_t{as_bytes(rest)[0]} * 256 + as_bytes(rest)[1];
    if (rest.size() < 2 + length)
      return fail(Errc::truncated, "the bundle ends within entry " + std::to_string(entries.size()),
                  detail::at_byte(bundle.size()));
    entries.push_back(rest.substr(2, length));
    rest.remove_prefix(2 + length);
  }
  if (!rest.empty())
    return fail(Errc::trailing_bytes, "something follows the last entry of the bundle",
                detail::at_byte(bundle.size() - rest.size()));
  return entries;
}

MIKOSHI_INLINE Result<std::vector<std::string_view>> parse_bundle(std::string_view bundle,
                                                                  std::span<const Hash> leaves) {
  MIKOSHI_ASSIGN(std::vector<std::string_view> entries, parse_bundle(bundle, leaves.size()));
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (leaf_hash(as_bytes(entries[i])) != leaves[i])
      return fail(Errc::root_mismatch, "the entry is not that of its tile", "entry " + std::to_string(i));
  return entries;
}

MIKOSHI_INLINE Status GrowingTiles::append(const Hash& leaf, const PutTile& put) {
  MIKOSHI_CHECK(size_ + 1 < checkpoint_size_limit);
  ++size_;
  Hash node = leaf;
  for (std::size_t level = 0; level < tile_levels; ++level) {
    std::vector<Hash>& open = open_[level];
    open.push_back(node);
    if (open.size() < tile_width) break;
    MIKOSHI_TRY(put({level, full_tiles(size_, level) - 1, tile_width}, open));
    node = merkle_root(open);
    open.clear();
  }
  return {};
}

MIKOSHI_INLINE Status GrowingTiles::edge(const PutTile& put) const {
  for (const TileId& tile : edge_tiles(size_)) MIKOSHI_TRY(put(tile, open_[tile.level]));
  return {};
}

MIKOSHI_INLINE Result<TileReader> TileReader::open(const Checkpoint& checkpoint, ReadFile read) {
  TileReader reader{checkpoint.size, std::move(read)};
  for (const TileId& tile : edge_tiles(checkpoint.size)) {
    MIKOSHI_ASSIGN(std::vector<Hash> hashes, reader.read_tile(tile));
    reader.kept_.emplace(std::pair{tile.level, tile.index}, std::move(hashes));
  }
  // Every hash in a partial tile takes part in this root, so from here on all of them are the checkpoint's.
  MIKOSHI_ASSIGN(const Hash root, reader.root_at(checkpoint.size));
  if (root != checkpoint.root) return fail(Errc::root_mismatch, "the tiles are not those of the checkpoint");
  return reader;
}

MIKOSHI_INLINE Result<std::vector<Hash>> TileReader::read_tile(const TileId& tile) const {
  const std::string path = tile_path(tile);
  auto bytes = read_(path);
  if (!bytes) return detail::in_file(std::move(bytes).error(), path);
  auto hashes = parse_tile(*bytes, tile.width);
  if (!hashes) return detail::in_file(std::move(hashes).error(), path);
  return hashes;
}

MIKOSHI_INLINE Result<std::span<const Hash>> TileReader::tile(std::size_t level, std::uint64_t index) {
  const std::uint64_t full = level < tile_levels ? full_tiles(size_, level) : 0;
  const bool is_edge = level < tile_levels && index == full && edge_width(size_, level) != 0;
  if (index >= full && !is_edge)
    return fail(Errc::proof_index_out_of_range, "the log has " + std::to_string(size_) + " lines",
                "level " + std::to_string(level) + ", tile " + std::to_string(index));
  if (const auto kept = kept_.find({level, index}); kept != kept_.end()) return std::span<const Hash>{kept->second};
  if (level == 0 && !last_.second.empty() && last_.first == index) return std::span<const Hash>{last_.second};
  const TileId id{level, index, tile_width};
  MIKOSHI_ASSIGN(const std::span<const Hash> above, tile(level + 1, index / tile_width));
  const Hash expected = above[static_cast<std::size_t>(index % tile_width)];
  MIKOSHI_ASSIGN(std::vector<Hash> hashes, read_tile(id));
  if (merkle_root(hashes) != expected)
    return fail(Errc::root_mismatch, "the tile does not lead to the checkpoint", tile_path(id));
  if (level != 0) return std::span<const Hash>{kept_.emplace(std::pair{level, index}, std::move(hashes)).first->second};
  last_ = {index, std::move(hashes)};
  return std::span<const Hash>{last_.second};
}

MIKOSHI_INLINE Result<std::vector<std::string>> TileReader::entries(std::uint64_t index) {
  MIKOSHI_ASSIGN(const std::span<const Hash> leaves, tile(0, index));
  const std::string path = bundle_path({0, index, leaves.size()});
  auto bundle = read_(path);
  if (!bundle) return detail::in_file(std::move(bundle).error(), path);
  auto entries = parse_bundle(*bundle, leaves);
  if (!entries) return detail::in_file(std::move(entries).error(), path);
  return std::vector<std::string>{entries->begin(), entries->end()};
}

MIKOSHI_INLINE Result<Hash> TileReader::leaf(std::uint64_t index) {
  if (index >= size_)
    return fail(Errc::proof_index_out_of_range, "the log has " + std::to_string(size_) + " lines",
                "index " + std::to_string(index));
  MIKOSHI_ASSIGN(const std::span<const Hash> leaves, tile(0, index / tile_width));
  return leaves[static_cast<std::size_t>(index % tile_width)];
}

MIKOSHI_INLINE Result<Hash> TileReader::root_at(std::uint64_t size) {
  if (size > size_)
    return fail(Errc::proof_index_out_of_range, "the log has " + std::to_string(size_) + " lines",
                "size " + std::to_string(size));
  if (size == 0) return empty_root();
  return root_of({0, size});
}

MIKOSHI_INLINE Result<std::vector<Hash>> TileReader::prove_inclusion(std::uint64_t index) {
  if (index >= size_)
    return fail(Errc::proof_index_out_of_range, "the log has " + std::to_string(size_) + " lines",
                "index " + std::to_string(index));
  return roots_of(inclusion_path(index, size_));
}

MIKOSHI_INLINE Result<std::vector<Hash>> TileReader::prove_consistency(std::uint64_t old_size, std::uint64_t new_size) {
  if (old_size > new_size || new_size > size_)
    return fail(Errc::proof_index_out_of_range, "the log has " + std::to_string(size_) + " lines",
                "sizes " + std::to_string(old_size) + " and " + std::to_string(new_size));
  return roots_of(consistency_path(old_size, new_size));
}

MIKOSHI_INLINE Result<Hash> TileReader::root_of(const LeafRange& range) {
  // The perfect subtrees of the range from left to right, each smaller than the one before; joined from the right.
  std::vector<Hash> peaks;
  for (std::uint64_t begin = range.begin; begin < range.end;) {
    const auto height = static_cast<std::size_t>(std::bit_width(range.end - begin) - 1);
    const std::size_t level = height / 8;
    const std::uint64_t first = begin >> (8 * level);  // of the hashes of that level that it covers
    const std::size_t count = std::size_t{1} << height % 8;
    MIKOSHI_ASSIGN(const std::span<const Hash> hashes, tile(level, first / tile_width));
    peaks.push_back(merkle_root(hashes.subspan(static_cast<std::size_t>(first % tile_width), count)));
    begin += std::uint64_t{1} << height;
  }
  Hash root = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) root = node_hash(peaks[i], root);
  return root;
}

MIKOSHI_INLINE Result<std::vector<Hash>> TileReader::roots_of(const std::vector<LeafRange>& path) {
  std::vector<Hash> roots;
  for (const LeafRange& range : path) {
    MIKOSHI_ASSIGN(const Hash root, root_of(range));
    roots.push_back(root);
  }
  return roots;
}

#endif

}  // namespace mikoshi
