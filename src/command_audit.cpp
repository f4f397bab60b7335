// SPDX-License-Identifier: MIT
/// `mikoshi audit`: everything that a published folder says, held together and recomputed from its files alone.
///
/// Two things run side by side: one thread follows every tile and bundle to the checkpoint, the other replays every line. Neither
/// asks the other, so what they find is the same on any machine; where both fail, the tiles' error is reported, which names the
/// file.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <future>

#include "advice.hpp"
#include "files.hpp"
#include "mikoshi/crypto/tile.hpp"
#include "mikoshi/proof/verify.hpp"
#include "published.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "verification.hpp"

namespace mikoshi {
namespace {

/// What an audit leaves for the next one.
struct Audited {
  Hash dao{};
  Hash members{};
  Hash root{};
  std::uint64_t size = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("dao", self.dao, "the DAO's id");
    visit("members", self.members, "root over where every member stood");
    visit("root", self.root, "root of the log tree over the audited lines");
    visit("size", self.size, "number of audited lines");
  }
};

/// @error as read_file, parse_snapshot
Result<published::Snapshot> read_snapshot(const std::string& path, const std::string& place) {
  MIKOSHI_ASSIGN(std::string text, read_file(path, note_bytes_max));
  return published::parse_snapshot(std::move(text), place);
}

/// What the folder says of itself.
struct Folder {
  std::string path;
  published::Snapshot newest;  ///< the checkpoint
  std::vector<published::Snapshot>
      notes;  ///< those under snapshots/, ascending, up to and with the checkpoint's own size
  bool has_tiles = false;
  bool has_ledger = false;

  [[nodiscard]] std::uint64_t size() const { return newest.checkpoint.size; }
};

/// @error as read_snapshot | rollback (a newer snapshot is there than the checkpoint) | bad_note (a file's name says another
///        size) | no_such_store (neither tiles nor lines)
Result<Folder> read_folder(const std::string& path) {
  Folder folder;
  folder.path = path;
  const std::string checkpoint{published::checkpoint_file};
  MIKOSHI_ASSIGN(folder.newest, read_snapshot(published::in(path, checkpoint), checkpoint));
  MIKOSHI_ASSIGN(const std::vector<std::uint64_t> sizes, published::snapshot_sizes(path));
  for (const std::uint64_t size : sizes) {
    const std::string place = published::snapshot(size);
    MIKOSHI_ASSIGN(published::Snapshot snapshot, read_snapshot(published::in(path, place), place));
    const std::uint64_t own = snapshot.checkpoint.size;
    if (own != size)
      return fail(Errc::bad_note, wording<Word::audit_other_size>(count<Count::lines>(size), count<Count::lines>(own)),
                  place);
    if (size > folder.size())  // publish writes a checkpoint before its copy: this one was put back
      return fail(Errc::rollback,
                  wording<Word::audit_older>(count<Count::lines>(folder.size()), count<Count::lines>(size)),
                  checkpoint);
    folder.notes.push_back(std::move(snapshot));
  }
  std::error_code failed;
  folder.has_tiles = std::filesystem::exists(published::in(path, published::tiles_folder), failed);
  folder.has_ledger = std::filesystem::exists(published::in(path, published::ledger_file), failed);
  if (!folder.has_tiles && !folder.has_ledger) return fail(Errc::no_such_store, wording<Word::audit_nothing>(), path);
  return folder;
}

/// Reads files of the folder for a TileReader. What the checkpoint needs and nobody published is a failed audit, not a wrong path.
ReadFile files_of(const Folder& folder) {
  return [&folder](const std::string& path) -> Result<std::string> {
    const std::size_t most = path.starts_with("tile/entries/") ? bundle_bytes_max : tile_bytes_max;
    auto content = read_file(published::in(folder.path, path), most);
    if (!content && content.error().code == Errc::no_such_store)
      return fail(Errc::ledger_too_short, wording<Word::audit_missing>(), path);
    return content;
  };
}

/// The partial tiles that an earlier snapshot needs: each has to be the beginning of the tile that is there now. Where that one is
/// full, the partial one may be gone.
/// @return how many files were checked. @error as TileReader | root_mismatch
Result<std::uint64_t> audit_old_edge(TileReader& reader, const ReadFile& read, std::uint64_t old_size) {
  std::uint64_t checked = 0;
  for (const TileId& tile : edge_tiles(old_size)) {
    const bool is_full = tile.index < full_tiles(reader.size(), tile.level);
    if (!is_full && edge_width(reader.size(), tile.level) == tile.width) continue;  // it is the one that is there now
    MIKOSHI_ASSIGN(const std::span<const Hash> whole, reader.tile(tile.level, tile.index));
    const std::span<const Hash> expected = whole.first(tile.width);
    const auto check = [&](const std::string& path, const auto& verify) -> Status {
      const auto content = read(path);
      if (!content && is_full && content.error().code == Errc::ledger_too_short) return {};
      if (!content) return published::at(content.error(), path);
      if (Status status = verify(*content); !status) return published::at(std::move(status).error(), path);
      ++checked;
      return {};
    };
    MIKOSHI_TRY(check(tile_path(tile), [&](const std::string& content) -> Status {
      MIKOSHI_ASSIGN(const std::vector<Hash> hashes, parse_tile(content, tile.width));
      if (!std::equal(hashes.begin(), hashes.end(), expected.begin()))
        return fail(Errc::root_mismatch, wording<Word::audit_other_tile>());
      return {};
    }));
    if (tile.level != 0) continue;
    MIKOSHI_TRY(check(bundle_path(tile), [&](const std::string& content) -> Status {
      MIKOSHI_ASSIGN([[maybe_unused]] const auto entries, parse_bundle(content, expected));
      return {};
    }));
  }
  return checked;
}

/// Every tile and bundle, and by them the root of every snapshot and that each is continued by the next; of what lies below
/// `audited` lines nothing.
/// @return how many files were checked. @error as TileReader | root_mismatch (a snapshot's root is not that of the tiles)
Result<std::uint64_t> audit_tiles(const Folder& folder, std::uint64_t audited) {
  const ReadFile read = files_of(folder);
  MIKOSHI_ASSIGN(TileReader reader, TileReader::open(folder.newest.checkpoint, read));
  std::uint64_t checked = edge_tiles(folder.size()).size();
  // From the top down, and from the first tile that is not wholly below; the tiles of level 0 are read with their bundles.
  for (std::size_t level = tile_levels - 1; level > 0; --level)
    for (std::uint64_t index = full_tiles(audited, level); index < full_tiles(folder.size(), level); ++index, ++checked)
      MIKOSHI_TRY(reader.tile(level, index));
  for (std::uint64_t index = full_tiles(audited, 0); index * tile_width < folder.size(); ++index) {
    MIKOSHI_TRY(reader.entries(index));
    checked += index < full_tiles(folder.size(), 0) ? 2 : 1;
  }

  const published::Snapshot* before = nullptr;
  const auto audit_snapshot = [&](const published::Snapshot& snapshot) -> Status {
    const auto& [origin, size, root] = snapshot.checkpoint;
    if (size <= audited) return {};
    MIKOSHI_ASSIGN(const Hash own, reader.root_at(size));
    if (own != root) return fail(Errc::root_mismatch, wording<Word::audit_other_root>(), snapshot.place);
    MIKOSHI_ASSIGN(const std::uint64_t partial, audit_old_edge(reader, read, size));
    checked += partial;
    if (before != nullptr) {
      MIKOSHI_ASSIGN(const std::vector<Hash> proof, reader.prove_consistency(before->checkpoint.size, size));
      const Status status = verify_consistency(before->checkpoint.size, before->checkpoint.root, size, root, proof);
      if (!status) return published::at(status.error(), snapshot.place);
    }
    before = &snapshot;
    return {};
  };
  for (const published::Snapshot& snapshot : folder.notes) MIKOSHI_TRY(audit_snapshot(snapshot));
  MIKOSHI_TRY(audit_snapshot(folder.newest));
  return checked;
}

/// A state of the log that the auditor knows from before, and where it says so.
struct Known {
  std::string place;
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
};

/// @error wrong_domain | rollback (the log is shorter now) | equivocation (of one size, and another root)
Status check_known(const Known& known, const Checkpoint& now) {
  if (known.origin != now.origin) return fail(Errc::wrong_domain, {}, known.place);
  if (known.size > now.size)
    return fail(Errc::rollback,
                wording<Word::audit_shorter>(count<Count::lines>(now.size), count<Count::lines>(known.size)),
                known.place);
  if (known.size == now.size && known.root != now.root)
    return fail(Errc::equivocation, wording<Word::audit_contradicts>(count<Count::lines>(known.size)), known.place);
  return {};
}

/// Where the lines come from: the ledger, else the bundles, which were never believed without their tiles.
LineSource lines_of(const Folder& folder) {
  return [&folder](const TakeLine& take) -> Status {
    if (folder.has_ledger) {
      const std::string path = published::in(folder.path, published::ledger_file);
      const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
      struct stat info {};
      if (!file) return fail(Errc::store_io, std::strerror(errno), path);
      if (::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode)) return fail(Errc::not_regular_file, {}, path);
      return read_lines(file, static_cast<std::uint64_t>(info.st_size), take);
    }
    MIKOSHI_ASSIGN(TileReader reader, TileReader::open(folder.newest.checkpoint, files_of(folder)));
    for (std::uint64_t index = 0; index * tile_width < folder.size(); ++index) {
      MIKOSHI_ASSIGN(const std::vector<std::string> lines, reader.entries(index));
      for (const std::string& line : lines) MIKOSHI_TRY(take(line));
    }
    return {};
  };
}

/// What a replay of all lines found, beside what `verify` finds.
struct Replayed : Verification {
  Hash members{};  ///< root over where every member stood, at the checkpoint
};

/// Replays every line, and on the way holds every snapshot against the lines under it, its signatures too unless they lie within
/// `audited`.
/// @error as verify_ledger | equivocation (other lines than before) | payout_mismatch (other balances than before)
Result<Replayed> audit_lines(const Folder& folder, const Expectations& expected, const std::optional<Audited>& audited,
                             const std::vector<Known>& known, const std::string& remembered) {
  Hash members{}, members_then{};  // at the checkpoint, and at what was audited before
  Dao dao;                         // as it is at the checkpoint
  auto snapshot = folder.notes.begin();
  const auto check_snapshot = [&](const Ledger& ledger) -> Status {
    const Dao& then = ledger.state.dao;
    if (snapshot->checkpoint.origin != origin_of(then.id)) return fail(Errc::wrong_domain);
    if (snapshot->checkpoint.root != ledger.log.root())
      return fail(Errc::root_mismatch, wording<Word::snapshot_of_other_lines>());
    MIKOSHI_TRY(snapshot_text(ledger));
    if (audited && snapshot->checkpoint.size <= audited->size) return {};
    MIKOSHI_ASSIGN(const Quorum quorum, published::own_quorum(snapshot->note, then));
    return check_quorum(quorum);
  };
  const Progress progress{folder.size()};
  const VisitLine visit = [&](const Ledger& before, const Line& line) -> Status {
    const std::uint64_t size = before.log.size();
    progress.at(size);
    for (const Known& one : known)
      if (one.size == size && one.root != before.log.root())
        return fail(Errc::equivocation, wording<Word::audit_contradicts>(count<Count::lines>(size)), one.place);
    if (snapshot != folder.notes.end() && snapshot->checkpoint.size == size && size != folder.size()) {
      if (Status status = check_snapshot(before); !status)
        return published::at(std::move(status).error(), snapshot->place);
      ++snapshot;
    }
    if (const auto* statement = std::get_if<Statement>(&line.event)) {
      if (size + 1 == folder.size()) {
        members = statement->members.root;
        dao = before.state.dao;
      }
      if (audited && audited->size == size + 1) members_then = statement->members.root;
    }
    return {};
  };
  Replayed result;
  MIKOSHI_ASSIGN(static_cast<Verification&>(result),
                 verify_ledger(lines_of(folder), folder.newest.text, expected, visit, reading_threads()));
  if (audited && audited->members != members_then)
    return fail(Errc::payout_mismatch, wording<Word::audit_other_members>(count<Count::lines>(audited->size)),
                remembered);
  // The copy of the checkpoint may have other signatures, never another text.
  if (snapshot != folder.notes.end()) {
    if (snapshot->note.text != folder.newest.note.text)
      return fail(Errc::root_mismatch, wording<Word::snapshot_of_other_lines>(), snapshot->place);
    const auto quorum = published::own_quorum(snapshot->note, dao);
    if (!quorum) return published::at(quorum.error(), snapshot->place);
    if (const Status status = check_quorum(*quorum); !status) return published::at(status.error(), snapshot->place);
  }
  result.members = members;
  return result;
}

/// @error as read_file, parse_canonical, decode_fields; with the file. Nothing: there is none yet.
Result<std::optional<Audited>> read_audited(const std::string& path) {
  if (path.empty()) return std::optional<Audited>{};
  const auto text = read_file(path, std::size_t{1} << 16);
  if (!text && text.error().code == Errc::no_such_store) return std::optional<Audited>{};
  if (!text) return Failure{text.error()};
  if (!text->ends_with('\n')) return fail(Errc::truncated, {}, path);
  const auto json = parse_canonical(std::string_view{*text}.substr(0, text->size() - 1));
  if (!json) return published::at(json.error(), path);
  auto audited = decode_fields<Audited>(*json);
  if (!audited) return published::at(std::move(audited).error(), path);
  return std::optional{*audited};
}

/// What was found, and what was skipped.
struct Findings {
  std::uint64_t files = 0;             ///< tiles and bundles checked
  std::uint64_t snapshots = 0;         ///< published, the checkpoint included
  std::uint64_t snapshots_before = 0;  ///< of them, those within what was audited before
  std::optional<std::uint64_t> kept;   ///< the size of the snapshot that the auditor had kept
};

std::string audit_words(const Replayed& result, const Findings& findings, const std::optional<Audited>& audited,
                        bool has_tiles) {
  const std::string right = green(wording<Word::verify_right>());
  std::string words = arithmetic_row(result);
  words += row(wording<Word::audit_tiles>(),
               has_tiles ? wording<Word::audit_tiles_right>(right, count<Count::tiles>(findings.files))
                         : wording<Word::audit_no_tiles>());
  words += row(wording<Word::audit_snapshots>(),
               wording<Word::audit_snapshots_right>(right, count<Count::snapshots>(findings.snapshots)));
  if (findings.kept)
    words +=
        row(wording<Word::audit_kept>(), wording<Word::audit_kept_right>(right, count<Count::lines>(*findings.kept)));
  words += signers_row(result) + unknown_row(result.signers.unknown) + records_rows(result) + after_row(result);
  if (audited)
    words += row(wording<Word::audit_resumed>(),
                 wording<Word::audit_resumed_from>(count<Count::lines>(audited->size),
                                                   count<Count::snapshots>(findings.snapshots_before)));
  words += row(wording<Word::verify_snapshot>(), to_hex(result.snapshot) + "\n");
  return words + wording<Word::verify_cannot_know>();
}

Json audit_json(const Replayed& result, const Findings& findings, const std::optional<Audited>& audited) {
  Json json = verification_json(result, result.signers.unknown);
  if (findings.kept) json.set("kept", static_cast<std::int64_t>(*findings.kept));
  json.set("members", to_hex(result.members));
  if (audited) json.set("resumed_after", static_cast<std::int64_t>(audited->size));
  json.set("snapshots", static_cast<std::int64_t>(findings.snapshots));
  json.set("tiles", static_cast<std::int64_t>(findings.files));
  return json;
}

}  // namespace

Result<Printout> run_audit(const AuditOptions& options) {
  MIKOSHI_ASSIGN(const Expectations expected, parse_expectations(options.expected));
  MIKOSHI_ASSIGN(const std::optional<Audited> audited, read_audited(options.remember));
  Findings findings;
  std::vector<Known> known;
  if (audited) known.push_back({options.remember, origin_of(audited->dao), audited->size, audited->root});
  if (!options.from.empty()) {
    MIKOSHI_ASSIGN(const published::Snapshot kept, read_snapshot(options.from, options.from));
    known.push_back({options.from, kept.checkpoint.origin, kept.checkpoint.size, kept.checkpoint.root});
    findings.kept = kept.checkpoint.size;
  }
  MIKOSHI_ASSIGN(const Folder folder, read_folder(options.folder));
  for (const Known& one : known) MIKOSHI_TRY(check_known(one, folder.newest.checkpoint));

  const std::uint64_t below = audited ? audited->size : 0;
  std::future<Result<std::uint64_t>> tiles;
  if (folder.has_tiles) tiles = std::async(std::launch::async, [&] { return audit_tiles(folder, below); });
  const Result<Replayed> replayed = audit_lines(folder, expected, audited, known, options.remember);
  if (folder.has_tiles) {
    MIKOSHI_ASSIGN(findings.files, tiles.get());
  }
  if (!replayed) return Failure{replayed.error()};

  const bool has_copy = !folder.notes.empty() && folder.notes.back().checkpoint.size == folder.size();
  findings.snapshots = folder.notes.size() + (has_copy ? 0 : 1);
  for (const published::Snapshot& snapshot : folder.notes)
    findings.snapshots_before += snapshot.checkpoint.size <= below && snapshot.checkpoint.size != folder.size() ? 1 : 0;
  if (!options.remember.empty()) {
    const Audited now{replayed->dao, replayed->members, folder.newest.checkpoint.root, folder.size()};
    MIKOSHI_TRY(replace_file(options.remember, canonical_text(now) + "\n", Visibility::owner_only));
  }
  Printout out;
  out.words = audit_words(*replayed, findings, audited, folder.has_tiles);
  out.json = audit_json(*replayed, findings, audited);
  return out;
}

}  // namespace mikoshi
