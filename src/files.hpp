// SPDX-License-Identifier: MIT
#pragma once
/// @file files.hpp
/// Whole files, read and written so that nothing half-done is ever seen.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "descriptor.hpp"
#include "mikoshi/ledger/replay.hpp"

namespace mikoshi {

/// What a file created by us may be read by.
enum class Visibility { everyone, owner_only };

/// Reads a regular file, or standard input for "-".
/// @error no_such_store | not_regular_file (never hangs on a pipe or device) | too_large | store_io
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Gives the first `bytes` bytes of an open file line by line; the last line must end there.
/// @error store_corrupt (the file is shorter) | truncated (no newline there) | too_large (a line) | store_io | as `take`
[[nodiscard]] Status read_lines(const Descriptor& file, std::uint64_t bytes, const TakeLine& take);

/// The lines of a ledger file, whose length is taken now; may be read more than once.
/// @error no_such_store | not_regular_file; when read: as read_lines
[[nodiscard]] Result<LineSource> file_lines(const std::string& path);

/// Creates a file that must not exist: written beside its place, synced, then linked there.
/// @error exists | write_failed
[[nodiscard]] Status create_file(const std::string& path, std::string_view content, Visibility visibility);

struct NamedText {
  std::string name, content;
};

/// Creates a folder that must not exist, and `count` files in it, for their owner only: filled beside its place, then
/// renamed, so that nobody sees half of it. A signal that comes meanwhile takes all of it back.
/// @param  file  gives the i-th file.
/// @error  exists | write_failed | as `file`
[[nodiscard]] Status create_folder(const std::string& path, std::size_t count,
                                   const std::function<Result<NamedText>(std::size_t)>& file);

/// Whether `create_file` can make a file there: tries it beside the place. Asked before what cannot be taken back.
/// @error exists (a link to nothing, too) | write_failed
[[nodiscard]] Status check_creatable(const std::string& path);

/// A file that is written piece by piece beside its place, and takes its place in one step or not at all.
class FileBeside {
 public:
  /// @error write_failed
  [[nodiscard]] static Result<FileBeside> open(const std::string& path, Visibility visibility);
  FileBeside(FileBeside&& other) noexcept = default;
  FileBeside& operator=(FileBeside&&) = delete;
  ~FileBeside();  ///< what was not committed is gone
  /// @error write_failed (a signal that waits, too)
  [[nodiscard]] Status write(std::string_view piece);
  /// Syncs, renames, and syncs the folder. @error write_failed
  [[nodiscard]] Status commit();

 private:
  FileBeside(std::string path, std::string beside, Descriptor file);
  std::string path_, beside_;
  Descriptor file_;
  std::unique_ptr<HoldSignals> hold_;
};

/// Replaces (or creates) a file in one step: readers see the old content or the new, also after a crash.
/// @error write_failed
[[nodiscard]] Status replace_file(const std::string& path, std::string_view content, Visibility visibility);

/// Makes a rename or creation in this folder durable. @error write_failed
[[nodiscard]] Status sync_folder(const std::string& path);

}  // namespace mikoshi
