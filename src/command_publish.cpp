// SPDX-License-Identifier: MIT
/// `mikoshi publish`: a folder of plain files from which anybody who can read it checks everything, by `mikoshi audit`.
///
/// What is there is a function of the signed ledger alone, so publishing twice, or month by month, or again after a crash gives
/// the same folder. A reader who comes meanwhile finds a checkpoint whose files are all there: files of the log first, the
/// checkpoint after them, its copy among the snapshots last.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "advice.hpp"
#include "files.hpp"
#include "mikoshi/crypto/tile.hpp"
#include "published.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

namespace fs = std::filesystem;

/// A snapshot that as many as must have signed.
struct SignedSnapshot {
  std::uint64_t size = 0;
  published::Snapshot snapshot;
  std::size_t members = 0;  ///< ids that the ledger knew then
};

/// The opened ledger, and which of its snapshots may be published, ascending.
struct Signed {
  Session session;
  std::vector<SignedSnapshot> snapshots;
};

/// @error no_snapshot (none has enough signatures) | root_mismatch (a snapshot kept is of other lines) | as Session::open,
///        parse_note, measure_quorum
Result<Signed> open_signed(const CommonOptions& common) {
  struct Then {  // who the stewards were when a snapshot was made
    Dao dao;
    std::size_t members;
  };
  std::vector<Then> then;
  const auto look = [&](const Ledger& ledger) {
    if (ends_with_statement(ledger)) then.push_back({ledger.state.dao, ledger.state.members.ids.size()});
  };
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::read, [&](const Ledger& before, const Line&) -> Status {
                   look(before);
                   return {};
                 }));
  look(session.ledger());
  std::vector<SignedSnapshot> snapshots;
  for (std::size_t i = 0; i < then.size(); ++i) {
    const StatementPoint& point = session.statements()[i];
    auto text = session.store().snapshot(point.size);
    if (!text && text.error().code == Errc::no_snapshot) continue;
    if (!text) return Failure{std::move(text).error()};
    const std::string place = published::snapshot(point.size);
    MIKOSHI_ASSIGN(const published::Snapshot snapshot, published::parse_snapshot(std::move(*text), place));
    if (snapshot.note.text != point.text)
      return fail(Errc::root_mismatch, wording<Word::snapshot_of_other_lines>(), place);
    const auto quorum = published::own_quorum(snapshot.note, then[i].dao);
    if (!quorum) return published::at(quorum.error(), place);
    if (check_quorum(*quorum)) snapshots.push_back({point.size, snapshot, then[i].members});
  }
  if (snapshots.empty()) return fail(Errc::no_snapshot, wording<Word::receipt_unsigned>());
  return Signed{std::move(session), std::move(snapshots)};
}

/// Whether a killed `publish` may have left this name: a file beside its place.
bool is_leftover(const std::string& name) {
  static const std::regex form{R"(.+\.new-[0-9]+-[0-9]+)"};
  return std::regex_match(name, form);
}

/// Whether a file of this name at the top of the folder is ours.
bool is_ours(const std::string& name) {
  for (const std::string_view own : {published::checkpoint_file, published::ledger_file, published::tiles_folder,
                                     published::snapshots_folder, published::page_file, published::readme_file})
    if (name == own || (name.starts_with(std::string{own} + ".new-") && is_leftover(name))) return true;
  return false;
}

/// The folder that is written: one writer at a time, and every file by one rename.
class Folder {
 public:
  /// Opens the folder, or makes it; takes its lock, and clears away what a killed writer left.
  /// @error exists (something that is no published ledger is there) | busy | write_failed
  static Result<Folder> open(const std::string& path) {
    Folder folder{path};
    MIKOSHI_TRY(folder.need(""));
    folder.lock_ = Descriptor{::open(folder.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder.lock_) return fail(errno == ENOTDIR ? Errc::exists : Errc::write_failed, std::strerror(errno), path);
    if (::flock(folder.lock_.number(), LOCK_EX | LOCK_NB) != 0) return fail(Errc::busy, {}, path);
    std::error_code failed;
    const bool published_before = fs::exists(published::in(path, published::checkpoint_file), failed);
    std::vector<fs::path> leftovers;
    for (fs::directory_iterator entry{path, failed}, end; !failed && entry != end; entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      if (!published_before && !is_ours(name)) return fail(Errc::exists, wording<Word::publish_not_ours>(), path);
      if (is_ours(name) && is_leftover(name)) leftovers.push_back(entry->path());
    }
    for (const std::string_view inner : {published::tiles_folder, published::snapshots_folder}) {
      std::error_code absent;
      for (fs::recursive_directory_iterator entry{published::in(path, inner), absent}, end; !absent && entry != end;
           entry.increment(absent))
        if (is_leftover(entry->path().filename().string())) leftovers.push_back(entry->path());
    }
    for (const fs::path& leftover : leftovers)
      if (!fs::remove(leftover, failed)) return fail(Errc::write_failed, failed.message(), leftover.string());
    return folder;
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }

  /// A file that may be replaced. What is as it should be already is left alone. @error write_failed
  Status put(const std::string& name, std::string_view content) {
    if (stands(name, content)) return {};
    MIKOSHI_TRY(need(parent(name)));
    MIKOSHI_TRY(replace_file(published::in(path_, name), content, Visibility::everyone));
    ++written_;
    return {};
  }
  /// A file that is never another one. @error store_corrupt (another stands there) | write_failed
  Status put_for_ever(const std::string& name, std::string_view content) {
    struct stat info {};
    const bool there = ::lstat(published::in(path_, name).c_str(), &info) == 0;
    if (there && !stands(name, content))
      return fail(Errc::store_corrupt, wording<Word::publish_other_tile>(), published::in(path_, name));
    return there ? Status{} : put(name, content);
  }
  /// A long file, to be written in pieces. @error write_failed
  Result<FileBeside> begin(std::string_view name) {
    ++written_;
    return FileBeside::open(published::in(path_, name), Visibility::everyone);
  }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {
    while (path_.size() > 1 && path_.ends_with('/')) path_.pop_back();
  }

  static std::string parent(const std::string& name) {
    const auto slash = name.rfind('/');
    return slash == std::string::npos ? "" : name.substr(0, slash);
  }
  bool stands(const std::string& name, std::string_view content) const {
    const auto present = read_file(published::in(path_, name), content.size());
    return present && *present == content;
  }
  /// Makes a folder, and those above it within ours. @error write_failed
  Status need(const std::string& name) {
    if (!made_.insert(name).second) return {};
    if (!name.empty()) MIKOSHI_TRY(need(parent(name)));
    const std::string path = name.empty() ? path_ : published::in(path_, name);
    if (::mkdir(path.c_str(), 0755) != 0) {
      if (errno == EEXIST) return {};
      return fail(Errc::write_failed, std::strerror(errno), path);
    }
    // The mode is a promise, whatever the umask; and a folder is durable once the one above it is.
    if (::chmod(path.c_str(), 0755) != 0) return fail(Errc::write_failed, std::strerror(errno), path);
    const std::string above = fs::path{path}.parent_path().string();
    return sync_folder(above.empty() ? "." : above);
  }

  std::string path_;
  Descriptor lock_;
  std::set<std::string> made_;
  std::uint64_t written_ = 0;
};

/// What stands there already must be an earlier state of this very log.
/// @error wrong_domain | rollback | equivocation | as parse_note, parse_checkpoint
Status check_continues(const Folder& folder, const Signed& is_signed) {
  const std::string place = published::in(folder.path(), published::checkpoint_file);
  const auto text = read_file(place, note_bytes_max);
  if (!text && text.error().code == Errc::no_such_store) return {};
  if (!text) return Failure{text.error()};
  MIKOSHI_ASSIGN(const published::Snapshot snapshot, published::parse_snapshot(*text, place));
  const Checkpoint& there = snapshot.checkpoint;
  const std::string own = origin_of(is_signed.session.state().dao.id);
  if (there.origin != own) return fail(Errc::wrong_domain, wording<Word::publish_other_dao>(there.origin, own), place);
  const std::uint64_t newest = is_signed.snapshots.back().size;
  if (there.size > newest)
    return fail(Errc::rollback,
                wording<Word::publish_longer>(count<Count::lines>(there.size), count<Count::lines>(newest)), place);
  MIKOSHI_ASSIGN(const Hash root, is_signed.session.root_at(there.size));
  if (root != there.root)
    return fail(Errc::equivocation, wording<Word::publish_other_log>(count<Count::lines>(there.size)), place);
  return {};
}

/// The lines of the log up to its newest snapshot: the ledger, the bundles and the tiles. @error as Folder, Store::read
Status put_log(Folder& folder, const Signed& is_signed) {
  const std::uint64_t size = is_signed.snapshots.back().size;
  std::set<std::uint64_t> snapshot_sizes;
  for (const SignedSnapshot& snapshot : is_signed.snapshots) snapshot_sizes.insert(snapshot.size);
  const Progress progress{size};
  GrowingTiles tiles;
  std::string bundle, lines;  // since the last full tile
  const PutTile put = [&](const TileId& tile, std::span<const Hash> hashes) -> Status {
    if (tile.level == 0) MIKOSHI_TRY(folder.put_for_ever(bundle_path(tile), bundle));
    return folder.put_for_ever(tile_path(tile), encode_tile(hashes));
  };
  MIKOSHI_ASSIGN(FileBeside ledger, folder.begin(published::ledger_file));
  const TakeLine take = [&](std::string_view line) -> Status {
    if (tiles.size() == size) return {};  // not signed by enough yet
    progress.at(tiles.size());
    append_entry(bundle, line);
    lines.append(line).push_back('\n');
    MIKOSHI_TRY(tiles.append(leaf_hash(as_bytes(line)), put));
    if (snapshot_sizes.contains(tiles.size())) MIKOSHI_TRY(tiles.edge(put));
    if (tiles.size() % tile_width != 0) return {};
    bundle.clear();
    MIKOSHI_TRY(ledger.write(lines));
    lines.clear();
    return {};
  };
  MIKOSHI_TRY(is_signed.session.store().read(take));
  MIKOSHI_TRY(ledger.write(lines));
  return ledger.commit();
}

/// The members' page: the one that was named; else the one that was installed with this tool, or built with it, where it is.
/// @error as read_file, of one that was named
Result<std::optional<std::string>> read_page(const std::string& named) {
  if (!named.empty()) {
    MIKOSHI_ASSIGN(std::string page, read_file(named, note_bytes_max));
    return std::optional{std::move(page)};
  }
  std::error_code unknown;
  const auto tool = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::string installed = (tool.parent_path() / ".." / "share" / "mikoshi" / "mikoshi.html").string();
  for (const std::string& path : {installed, std::string{MIKOSHI_PAGE_PATH}})
    if (auto page = read_file(path, note_bytes_max)) return std::optional{std::move(*page)};
  return std::optional<std::string>{};
}

/// Everything that the published lines say, by kind: how many, and which fields.
Result<std::string> seen_by_outsiders(const Signed& is_signed, const std::string& out) {
  struct Kind {
    std::uint64_t lines = 0;
    std::set<std::string> fields;
  };
  const SignedSnapshot& newest = is_signed.snapshots.back();
  std::map<std::string, Kind> kinds;
  std::uint64_t seq = 0;
  MIKOSHI_TRY(is_signed.session.store().read([&](std::string_view line) -> Status {
    if (seq++ >= newest.size) return {};
    MIKOSHI_ASSIGN(const Json json, parse_canonical(line));
    Kind& kind = kinds[*json.find("kind")->text()];
    ++kind.lines;
    for (const auto& [name, value] : *json.object())
      if (name != "kind") kind.fields.insert(name);
    return {};
  }));
  std::string words = wording<Word::publish_seen>(printable(out), count<Count::lines>(newest.size));
  for (const auto& [name, kind] : kinds)
    words += wording<Word::publish_seen_fields>(name, thousands(kind.lines),
                                                fmt::format("{}", fmt::join(kind.fields, ", ")));
  const auto& ids = is_signed.session.state().members.ids;
  std::vector<std::string> members;
  for (std::size_t i = 0; i < newest.members; ++i) members.push_back(ids[static_cast<std::uint32_t>(i)].text());
  words += wording<Word::publish_seen_members>(count<Count::people>(members.size()), joined(members));
  return words + wording<Word::publish_seen_derived>() + wording<Word::publish_seen_not>();
}

/// Asks whoever sits at the terminal. @error usage (no terminal, or not agreed)
Status ask_to_publish(const std::string& seen) {
  const Descriptor terminal{::open("/dev/tty", O_RDWR | O_CLOEXEC)};
  if (!terminal) return fail(Errc::usage, wording<Word::publish_needs_yes>());
  if (!write_all(terminal.number(), seen + wording<Word::publish_ask>()))
    return fail(Errc::usage, wording<Word::publish_needs_yes>());
  std::string answer;
  for (char c = 0; answer.size() < 16 && ::read(terminal.number(), &c, 1) == 1 && c != '\n';) answer.push_back(c);
  return answer == "yes" ? Status{} : Status{fail(Errc::usage, wording<Word::publish_not_agreed>())};
}

}  // namespace

Result<Printout> run_publish(const PublishOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const std::optional<std::string> page, read_page(options.page));
  MIKOSHI_ASSIGN(const Signed is_signed, open_signed(common));
  const SignedSnapshot& newest = is_signed.snapshots.back();
  Printout out;
  if (options.for_everyone) {
    MIKOSHI_ASSIGN(const std::string seen, seen_by_outsiders(is_signed, options.out));
    if (!options.yes) MIKOSHI_TRY(ask_to_publish(seen));
    if (options.yes) out.words = seen;
  }
  MIKOSHI_ASSIGN(Folder folder, Folder::open(options.out));
  MIKOSHI_TRY(check_continues(folder, is_signed));
  MIKOSHI_TRY(put_log(folder, is_signed));
  if (page) MIKOSHI_TRY(folder.put(std::string{published::page_file}, *page));
  const std::string origin = origin_of(is_signed.session.state().dao.id);
  MIKOSHI_TRY(folder.put(std::string{published::readme_file},
                         wording_in<Word::publish_readme>(Language::english, origin) + "\n" +
                             wording_in<Word::publish_readme>(Language::japanese, origin)));
  for (const SignedSnapshot& snapshot : is_signed.snapshots)
    if (snapshot.size != newest.size)
      MIKOSHI_TRY(folder.put(published::snapshot(snapshot.size), snapshot.snapshot.text));
  MIKOSHI_TRY(folder.put(std::string{published::checkpoint_file}, newest.snapshot.text));
  MIKOSHI_TRY(folder.put(published::snapshot(newest.size), newest.snapshot.text));

  out.words += wording<Word::publish_done>(printable(options.out), count<Count::lines>(newest.size),
                                           count<Count::snapshots>(is_signed.snapshots.size()),
                                           count<Count::files_written>(folder.written()));
  if (!page) out.words += wording<Word::publish_no_page>();
  if (!options.for_everyone) out.words += wording<Word::publish_members_only>();
  out.words += wording<Word::publish_check>(printable(options.out));
  out.json.set("dao", to_hex(is_signed.session.state().dao.id));
  out.json.set("files_written", static_cast<std::int64_t>(folder.written()));
  out.json.set("folder", options.out);
  out.json.set("page", page.has_value());
  out.json.set("public", options.for_everyone);
  out.json.set("size", static_cast<std::int64_t>(newest.size));
  out.json.set("snapshot", to_hex(snapshot_hash(newest.snapshot.note.text)));
  out.json.set("snapshots", static_cast<std::int64_t>(is_signed.snapshots.size()));
  return out;
}

}  // namespace mikoshi
