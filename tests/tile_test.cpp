// SPDX-License-Identifier: MIT
/// @file tile_test.cpp
/// Proves crypto/tile.hpp: the files of a log are those that C2SP tlog-tiles says, and a reader that has them and a checkpoint
/// gets every hash and every proof of that log, and never one of another.

#include <map>
#include <string>
#include <vector>

#include "catch.hpp"
#include "mikoshi/crypto/tile.hpp"
#include "random.hpp"

using namespace mikoshi;

namespace {

using Hashes = std::vector<Hash>;
using Files = std::map<std::string, std::string>;

template <class T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string{name(result.error().code)};
}

std::string line(std::size_t i) { return "line " + std::to_string(i); }

Hashes make_leaves(std::size_t count) {
  Hashes leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(leaf_hash(as_bytes(line(i))));
  return leaves;
}

/// The files of a log, by the formula of the specification: the hash i of tile n on level l is the root over the leaves
/// from (n·256 + i)·256^l on, for all that are there in full.
Files files_by_definition(const Hashes& leaves) {
  Files files;
  std::size_t span = 1;  // 256^l
  for (std::size_t level = 0; span <= leaves.size(); ++level, span *= 256) {
    const std::size_t count = leaves.size() / span;
    for (std::size_t n = 0; n * 256 < count; ++n) {
      const std::size_t width = std::min<std::size_t>(256, count - n * 256);
      std::string bytes;
      for (std::size_t i = 0; i < width; ++i)
        bytes += as_text(merkle_root(std::span{leaves}.subspan((n * 256 + i) * span, span)));
      std::string path = "tile/" + std::to_string(level) + "/" +
                         (n < 10    ? "00"
                          : n < 100 ? "0"
                                    : "") +
                         std::to_string(n);
      if (width != 256) path += ".p/" + std::to_string(width);
      files[path] = bytes;
    }
  }
  return files;
}

/// The same by the library, and the bundles.
Files files_of(std::size_t size) {
  Files files;
  GrowingTiles tiles;
  const PutTile put = [&](const TileId& tile, std::span<const Hash> hashes) -> Status {
    REQUIRE(files.emplace(tile_path(tile), encode_tile(hashes)).second);
    if (tile.level != 0) return {};
    std::string bundle;
    for (std::size_t i = 0; i < hashes.size(); ++i) append_entry(bundle, line(tile.index * tile_width + i));
    REQUIRE(files.emplace(bundle_path(tile), bundle).second);
    return {};
  };
  for (const Hash& leaf : make_leaves(size)) REQUIRE(tiles.append(leaf, put));
  REQUIRE(tiles.edge(put));
  return files;
}

ReadFile from(const Files& files) {
  return [&files](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return fail(Errc::no_such_store, {}, path);
    return found->second;
  };
}

Checkpoint checkpoint_of(const Hashes& leaves) { return {"mikoshi/salon", leaves.size(), merkle_root(leaves)}; }

/// Everything that a reader can be asked, compared with the leaves; the first code that is not "ok".
std::string read_all(const Checkpoint& checkpoint, const Files& files, const Hashes& leaves) {
  auto reader = TileReader::open(checkpoint, from(files));
  if (!reader) return outcome(reader);
  for (std::size_t level = 0; level < tile_levels; ++level)
    for (std::uint64_t index = 0; index < full_tiles(checkpoint.size, level); ++index)
      if (const auto tile = reader->tile(level, index); !tile) return outcome(tile);
  for (std::uint64_t index = 0; index * tile_width < checkpoint.size; ++index) {
    const auto entries = reader->entries(index);
    if (!entries) return outcome(entries);
    for (std::size_t i = 0; i < entries->size(); ++i) CHECK((*entries)[i] == line(index * tile_width + i));
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) REQUIRE(*reader->leaf(i) == leaves[i]);
  return "ok";
}

}  // namespace

TEST_CASE("tiles: paths group the digits of an index by three") {
  CHECK(tile_path({0, 0, 256}) == "tile/0/000");
  CHECK(tile_path({0, 67, 256}) == "tile/0/067");
  CHECK(tile_path({1, 999, 17}) == "tile/1/999.p/17");
  CHECK(tile_path({1, 1000, 1}) == "tile/1/x001/000.p/1");
  CHECK(tile_path({6, 1234067, 256}) == "tile/6/x001/x234/067");
  CHECK(bundle_path({0, 1234067, 255}) == "tile/entries/x001/x234/067.p/255");
  CHECK(bundle_path({0, 999999, 256}) == "tile/entries/x999/999");
  CHECK(bundle_path({0, 1000000, 256}) == "tile/entries/x001/x000/000");
}

TEST_CASE("tiles: the log of 70,000 lines has the tiles that the specification counts") {
  CHECK(full_tiles(70000, 0) == 273);
  CHECK(full_tiles(70000, 1) == 1);
  CHECK(full_tiles(70000, 2) == 0);
  CHECK(edge_tiles(70000) == std::vector<TileId>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}});
  CHECK(edge_tiles(256) == std::vector<TileId>{{1, 0, 1}});
  CHECK(edge_tiles(0).empty());
  const std::uint64_t most = checkpoint_size_limit - 1;
  CHECK(edge_tiles(most).back() == TileId{6, 0, 31});
  CHECK(full_tiles(most, 6) == 0);
}

TEST_CASE("tiles: every size to 530, and 70,000, is cut as the formula says, and read back whole") {
  const Hashes all = make_leaves(70000);
  for (std::size_t size = 0; size <= 70000; size = size < 530 ? size + 1 : size < 70000 ? 70000 : 70001) {
    CAPTURE(size);
    const Hashes leaves{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size)};
    Files files = files_of(size);
    REQUIRE(read_all(checkpoint_of(leaves), files, leaves) == "ok");
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("tile/entries/"); });
    REQUIRE(files == files_by_definition(leaves));
  }
}

TEST_CASE("tiles: a log that grew has every full tile as it was") {
  const Files before = files_of(600), after = files_of(66000);
  std::size_t full = 0;
  for (const auto& [path, bytes] : before)
    if (path.find(".p/") == std::string::npos) {
      CHECK(after.at(path) == bytes);
      ++full;
    }
  CHECK(full == 4);  // two tiles, two bundles
}

TEST_CASE("tiles: proofs come from tiles alone, and are those of the leaves") {
  for (const std::size_t size : {1u, 2u, 255u, 256u, 257u, 511u, 513u, 1000u}) {
    CAPTURE(size);
    const Hashes leaves = make_leaves(size);
    const Files files = files_of(size);
    TileReader reader = TileReader::open(checkpoint_of(leaves), from(files)).value();
    for (std::size_t index = 0; index < size; index += 1 + size / 50)
      REQUIRE(reader.prove_inclusion(index).value() == prove_inclusion(leaves, index).value());
    for (std::size_t old_size = 0; old_size <= size; old_size += 1 + size / 40) {
      REQUIRE(reader.root_at(old_size).value() == merkle_root(std::span{leaves}.first(old_size)));
      for (std::size_t new_size = old_size; new_size <= size; new_size += 1 + size / 10)
        REQUIRE(reader.prove_consistency(old_size, new_size).value() ==
                prove_consistency(std::span{leaves}.first(new_size), old_size).value());
    }
    CHECK(outcome(reader.prove_inclusion(size)) == "proof_index_out_of_range");
    CHECK(outcome(reader.prove_consistency(size, size + 1)) == "proof_index_out_of_range");
    CHECK(outcome(reader.prove_consistency(1, 0)) == "proof_index_out_of_range");
    CHECK(outcome(reader.root_at(size + 1)) == "proof_index_out_of_range");
    CHECK(outcome(reader.leaf(size)) == "proof_index_out_of_range");
    CHECK(outcome(reader.tile(0, size / 256 + 1)) == "proof_index_out_of_range");
    CHECK(outcome(reader.tile(tile_levels, 0)) == "proof_index_out_of_range");
    CHECK(outcome(reader.entries(size / 256 + 1)) == "proof_index_out_of_range");
  }
}

TEST_CASE("tiles: no altered, missing, swapped or foreign file is believed") {
  const Hashes leaves = make_leaves(600);
  const Checkpoint checkpoint = checkpoint_of(leaves);
  const Files honest = files_of(600);
  REQUIRE(read_all(checkpoint, honest, leaves) == "ok");
  std::size_t altered = 0;
  Random random{20260712};
  for (const auto& [path, bytes] : honest) {
    CAPTURE(path);
    const bool is_bundle = path.starts_with("tile/entries/");
    for (int round = 0; round < 60; ++round, ++altered) {
      Files files = honest;
      const std::size_t bit = random.below(bytes.size() * 8);
      char& byte = files[path][bit / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << bit % 8));
      const std::string found = read_all(checkpoint, files, leaves);
      if (is_bundle) {  // a length, too, may be hit
        CHECK((found == "root_mismatch" || found == "truncated" || found == "trailing_bytes"));
      } else {
        CHECK(found == "root_mismatch");
      }
    }
    Files missing = honest, shorter = honest, longer = honest;
    missing.erase(path);
    shorter[path].pop_back();
    longer[path].push_back('x');
    CHECK(read_all(checkpoint, missing, leaves) == "no_such_store");
    CHECK(read_all(checkpoint, shorter, leaves) == "truncated");
    CHECK(read_all(checkpoint, longer, leaves) == "trailing_bytes");
  }
  CHECK(altered > 400);
  Files swapped = honest;
  std::swap(swapped["tile/0/000"], swapped["tile/0/001"]);
  CHECK(read_all(checkpoint, swapped, leaves) == "root_mismatch");
  swapped = honest;
  std::swap(swapped["tile/entries/000"], swapped["tile/entries/001"]);
  CHECK(read_all(checkpoint, swapped, leaves) == "root_mismatch");

  Checkpoint other = checkpoint;
  other.root[31] ^= 1;
  CHECK(outcome(TileReader::open(other, from(honest))) == "root_mismatch");
  other = checkpoint;
  other.size = 512;  // its partial tile is the one of level 1, which is there
  CHECK(outcome(TileReader::open(other, from(honest))) == "root_mismatch");
  other.size = 599;
  CHECK(outcome(TileReader::open(other, from(honest))) == "no_such_store");
  other = {"mikoshi/salon", 0, checkpoint.root};
  CHECK(outcome(TileReader::open(other, from(honest))) == "root_mismatch");
}

TEST_CASE("tiles: of the files of small logs every single bit and every byte counts") {
  for (const std::size_t size : {1u, 3u, 5u, 257u}) {
    const Hashes leaves = make_leaves(size);
    const Checkpoint checkpoint = checkpoint_of(leaves);
    const Files honest = files_of(size);
    for (const auto& [path, bytes] : honest) {
      CAPTURE(size, path);
      std::size_t passed = 0;
      // Of the larger log some: its files are alike.
      for (std::size_t bit = 0; bit < bytes.size() * 8; bit += bytes.size() > 1000 ? 71 : 1) {
        Files files = honest;
        char& byte = files[path][bit / 8];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << bit % 8));
        passed += read_all(checkpoint, files, leaves) == "ok" ? 1 : 0;
      }
      for (std::size_t length = 0; length < bytes.size(); length += bytes.size() > 1000 ? 97 : 1) {
        Files files = honest;
        files[path].resize(length);
        passed += read_all(checkpoint, files, leaves) == "ok" ? 1 : 0;
      }
      CHECK(passed == 0);
    }
  }
}

TEST_CASE("tiles: a width that nobody has bytes for is refused before there is memory for it") {
  const std::string hash(32, 'h');
  // 2^59 and more hashes would have 2^64 bytes and more: counted in bytes, some of them would be none.
  for (const std::uint64_t width : {std::uint64_t{2}, std::uint64_t{256}, std::uint64_t{257}, std::uint64_t{1} << 32,
                                    (std::uint64_t{1} << 59) - 1, std::uint64_t{1} << 59, (std::uint64_t{1} << 59) + 1,
                                    std::uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX}) {
    CAPTURE(width);
    for (const std::string& bytes : {std::string{}, hash, hash + "h"}) {
      CHECK(outcome(parse_tile(bytes, static_cast<std::size_t>(width))) == "truncated");
      CHECK(outcome(parse_bundle(bytes, static_cast<std::size_t>(width))) == "truncated");
    }
  }
  CHECK(outcome(parse_tile(hash, 1)) == "ok");
  CHECK(outcome(parse_tile(hash + "h", 1)) == "trailing_bytes");
  CHECK(outcome(parse_tile("", 0)) == "ok");
}

TEST_CASE("tiles: a reader answers for every place and size up to 2^64 - 1, also of the largest log") {
  std::size_t asked = 0;
  const ReadFile empty = [&](const std::string& path) -> Result<std::string> {
    ++asked;
    return fail(Errc::no_such_store, {}, path);
  };
  for (const std::uint64_t size : {std::uint64_t{1} << 32, checkpoint_size_limit - 1}) {
    CAPTURE(size);
    CHECK(outcome(TileReader::open({"mikoshi/salon", size, Hash{}}, empty)) == "no_such_store");
  }
  CHECK(asked == 2);  // it gives up at the first file that is not there
  const Hashes leaves = make_leaves(300);
  const Files files = files_of(300);
  TileReader reader = TileReader::open(checkpoint_of(leaves), from(files)).value();
  for (const std::uint64_t place : {std::uint64_t{300}, std::uint64_t{1} << 32, checkpoint_size_limit - 1,
                                    checkpoint_size_limit, UINT64_MAX - 1, UINT64_MAX}) {
    CAPTURE(place);
    CHECK(outcome(reader.leaf(place)) == "proof_index_out_of_range");
    CHECK(outcome(reader.entries(place)) == "proof_index_out_of_range");
    CHECK(outcome(reader.prove_inclusion(place)) == "proof_index_out_of_range");
    for (std::size_t level = 0; level < 10; ++level) CHECK(outcome(reader.tile(level, place)) == "proof_index_out_of_range");
    CHECK(outcome(reader.tile(static_cast<std::size_t>(place), 0)) == "proof_index_out_of_range");
    CHECK(outcome(reader.prove_consistency(place, place)) == (place == 300 ? "ok" : "proof_index_out_of_range"));
    CHECK(outcome(reader.prove_consistency(1, place)) == (place == 300 ? "ok" : "proof_index_out_of_range"));
    CHECK(outcome(reader.root_at(place)) == (place == 300 ? "ok" : "proof_index_out_of_range"));
  }
}

TEST_CASE("tiles: an error says in which file, and a file is read only once it is asked for") {
  const Hashes leaves = make_leaves(600);
  Files files = files_of(600);
  files.erase("tile/entries/001");
  files["tile/0/001"][5] ^= 1;
  TileReader reader = TileReader::open(checkpoint_of(leaves), from(files)).value();
  CHECK(reader.entries(0).has_value());
  CHECK(reader.tile(0, 1).error().where == "tile/0/001");
  files["tile/0/001"][5] ^= 1;
  CHECK(reader.entries(1).error().where == "tile/entries/001");
  files["tile/entries/002.p/88"][2] ^= 1;
  CHECK(reader.entries(2).error().where == "tile/entries/002.p/88, entry 0");
}

TEST_CASE("tiles: bundles hold lines of every length that two bytes can say") {
  std::string bundle;
  const std::vector<std::string> entries = {"", "a", std::string(255, 'b'), std::string(256, 'c'),
                                            std::string(65535, 'd')};
  for (const std::string& entry : entries) append_entry(bundle, entry);
  CHECK(bundle.substr(0, 5) == std::string("\0\0\0\1a", 5));
  const auto parsed = parse_bundle(bundle, entries.size()).value();
  CHECK(std::vector<std::string>{parsed.begin(), parsed.end()} == entries);
  CHECK(outcome(parse_bundle(bundle, entries.size() + 1)) == "truncated");
  CHECK(outcome(parse_bundle(bundle, entries.size() - 1)) == "trailing_bytes");
  for (const std::size_t cut : {1u, 2u, 300u, 65000u})
    CHECK(outcome(parse_bundle(std::string_view{bundle}.substr(0, bundle.size() - cut), entries.size())) ==
          "truncated");
  CHECK(outcome(parse_bundle("", 1)) == "truncated");
  CHECK(parse_bundle("", 0).value().empty());
}

TEST_CASE("tiles: what cannot be put ends the cutting") {
  GrowingTiles tiles;
  const PutTile refuse = [](const TileId&, std::span<const Hash>) -> Status { return fail(Errc::write_failed); };
  Status status;
  for (const Hash& leaf : make_leaves(256)) {
    REQUIRE(status);
    status = tiles.append(leaf, refuse);
  }
  CHECK_FALSE(status);
  CHECK(status.error().code == Errc::write_failed);
}
