// SPDX-License-Identifier: MIT
#pragma once
/// @file published.hpp
/// The folder that `publish` writes, a web host serves, and `audit` reads: which file stands where in it.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mikoshi/proof/verify.hpp"

namespace mikoshi::published {

inline constexpr std::string_view checkpoint_file = "checkpoint";  ///< the newest snapshot, as C2SP names it
inline constexpr std::string_view ledger_file = "ledger.jsonl";    ///< at least the lines under the checkpoint
inline constexpr std::string_view tiles_folder = "tile";           ///< a folder, as crypto/tile.hpp has it
inline constexpr std::string_view snapshots_folder = "snapshots";  ///< a folder: SIZE.note for each signed snapshot
inline constexpr std::string_view page_file = "index.html";        ///< the members' page
inline constexpr std::string_view readme_file = "README.txt";      ///< what this is, in both languages

/// The path of a file in the published folder `out`.
[[nodiscard]] inline std::string in(const std::string& out, std::string_view name) {
  return out + "/" + std::string{name};
}

/// "snapshots/23.note".
[[nodiscard]] inline std::string snapshot(std::uint64_t size) {
  return std::string{snapshots_folder} + "/" + std::to_string(size) + ".note";
}

/// An error of what stands in a file, with the file.
[[nodiscard]] inline Failure at(Error error, const std::string& place) {
  error.where = place + (error.where.empty() || error.where == place ? "" : ", " + error.where);
  return Failure{std::move(error)};
}

/// A snapshot in its file.
struct Snapshot {
  std::string place;  ///< the file, as errors name it
  std::string text;
  Note note;
  Checkpoint checkpoint;
};

/// @error as parse_note, parse_checkpoint; with `place`.
[[nodiscard]] Result<Snapshot> parse_snapshot(std::string text, const std::string& place);

/// Who of a DAO's own stewards signed a snapshot. @error as check_signatures
[[nodiscard]] Result<Quorum> own_quorum(const Note& note, const Dao& dao);

/// The sizes of the snapshots in `out`, ascending; none where the folder is not there. @error store_io
[[nodiscard]] Result<std::vector<std::uint64_t>> snapshot_sizes(const std::string& out);

}  // namespace mikoshi::published
