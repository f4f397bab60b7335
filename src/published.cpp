// SPDX-License-Identifier: MIT
#include "published.hpp"

#include <algorithm>
#include <filesystem>

#include "mikoshi/base/u128.hpp"

namespace mikoshi::published {

Result<Snapshot> parse_snapshot(std::string text, const std::string& place) {
  auto note = parse_note(text);
  if (!note) return at(std::move(note).error(), place);
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint) return at(std::move(checkpoint).error(), place);
  return Snapshot{place, std::move(text), std::move(*note), std::move(*checkpoint)};
}

Result<Quorum> own_quorum(const Note& note, const Dao& dao) {
  const Expectations none;
  StewardWatch watch{none};
  watch.see(dao);
  return watch.measure(note);
}

Result<std::vector<std::uint64_t>> snapshot_sizes(const std::string& out) {
  std::vector<std::uint64_t> sizes;
  std::error_code failed;
  const std::string folder = in(out, snapshots_folder);
  for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(".note")) continue;
    if (const auto size = parse_count(name.substr(0, name.size() - 5))) sizes.push_back(*size);
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return fail(Errc::store_io, failed.message(), folder);
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

}  // namespace mikoshi::published
