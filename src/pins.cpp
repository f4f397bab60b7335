// SPDX-License-Identifier: MIT
#include "pins.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "advice.hpp"
#include "files.hpp"
#include "screen.hpp"

namespace mikoshi {
namespace {

std::string pin_path(const std::string& place, const Hash& dao) { return place + "/" + to_hex(dao) + ".json"; }

Hash digest_of(const Pin& pin) {
  Sha256 digest;
  for (const std::string& note : pin.notes) digest.update(note);
  return digest.finish();
}

/// A snapshot that was verified, or whose pin was read: it parses.
struct Snapshot {
  Note note;
  Checkpoint point;
};
Snapshot snapshot_of(const std::string& note_text) {
  Note note = *parse_note(note_text);
  Checkpoint point = *parse_checkpoint(note.text);
  return {std::move(note), std::move(point)};
}

/// Makes a folder and those above it, for their owner only. @error write_failed
Status make_place(const std::string& place) {
  for (std::size_t end = place.find('/', 1);; end = place.find('/', end + 1)) {
    const std::string folder = place.substr(0, end);
    if (::mkdir(folder.c_str(), 0700) == 0) {
      const std::size_t slash = folder.rfind('/');
      MIKOSHI_TRY(sync_folder(slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash)));
    } else if (errno != EEXIST) {
      return fail(Errc::write_failed, std::strerror(errno), folder);
    }
    if (end == std::string::npos) return {};
  }
}

/// The open folder of pins, locked: one process at a time compares and replaces.
class LockedPlace {
 public:
  /// @error write_failed (it cannot be made, or not be locked)
  static Result<LockedPlace> open(const std::string& place) {
    if (place.empty()) return fail(Errc::write_failed, wording<Word::pins_nowhere>());
    struct stat info {};
    if (::stat(place.c_str(), &info) != 0) MIKOSHI_TRY(make_place(place));
    LockedPlace locked;
    locked.folder_ = Descriptor{::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!locked.folder_ || ::flock(locked.folder_.number(), LOCK_EX) != 0)
      return fail(Errc::write_failed, std::strerror(errno), place);
    return locked;
  }

 private:
  Descriptor folder_;
};

/// @return nothing where there is none. @error bad_pin | store_io | not_regular_file, each with the file
Result<std::optional<Pin>> read_pin(const std::string& place, const Hash& dao) {
  const std::string path = pin_path(place, dao);
  const auto text = read_file(path, json_bytes_max);
  if (!text && text.error().code == Errc::no_such_store) return std::optional<Pin>{};
  if (!text) return Failure{text.error()};
  auto pin = parse_pin(*text, dao);
  if (!pin) return fail(Errc::bad_pin, pin.error().what, path);
  return std::optional{std::move(*pin)};
}

/// Writes two histories down as evidence, and gives the error that names who signed both.
Failure contradiction(const std::string& place, const Hash& dao, const std::string& first_line,
                      const Snapshot& before, const Snapshot& now, std::span<const Hash> leaf_hashes,
                      std::vector<StewardHandover> handovers) {
  const auto evidence = prove_equivocation(first_line, before.note, now.note, leaf_hashes, std::move(handovers));
  if (!evidence)
    return fail(Errc::equivocation,
                wording<Word::pins_no_evidence>(before.point.size, reworded(evidence.error().what)));
  const Equivocation found = *verify_evidence(*evidence);  // which proving has verified
  std::vector<std::string> both;
  for (const Steward& steward : found.both) both.push_back(steward.name.text());
  const std::string text = to_string(*evidence);
  // The same evidence is found again by the next verification: it has the same name, and is there already.
  const std::string path =
      place + "/" + to_hex(dao) + "-" + to_hex(sha256(as_bytes(text))).substr(0, 16) + ".evidence";
  const Status written = create_file(path, text, Visibility::owner_only);
  if (!written && written.error().code != Errc::exists)
    return fail(Errc::equivocation, wording<Word::pins_evidence_unwritten>(joined(both), before.point.size), path);
  return fail(Errc::equivocation, wording<Word::pins_evidence_written>(joined(both), before.point.size), path);
}

/// Writes the pin down; where that fails, the verification stands all the same.
void remember(Seen& seen, const std::string& place, const Hash& dao, std::vector<std::string> notes) {
  Pin pin;
  pin.dao = dao;
  pin.notes = std::move(notes);
  if (const Status written = replace_file(pin_path(place, dao), to_string(std::move(pin)), Visibility::owner_only); !written)
    seen.forgetting = written.error();
}

/// The pin and its snapshots, read under the lock where there is one.
struct Memory {
  std::optional<LockedPlace> lock;
  std::optional<Pin> pin;
  std::vector<Snapshot> snapshots;
  Seen seen;

  static Result<Memory> read(const std::string& place, const Hash& dao) {
    Memory memory;
    auto lock = LockedPlace::open(place);
    if (!lock) {
      memory.seen.forgetting = lock.error();
      if (place.empty()) return memory;
    } else {
      memory.lock.emplace(std::move(*lock));
    }
    MIKOSHI_ASSIGN(memory.pin, read_pin(place, dao));
    if (!memory.pin) return memory;
    for (const std::string& note : memory.pin->notes) memory.snapshots.push_back(snapshot_of(note));
    memory.seen.size = memory.snapshots.back().point.size;
    return memory;
  }
};

}  // namespace

std::string to_string(Pin pin) {
  pin.sha256 = digest_of(pin);
  return canonical_text(pin) + "\n";
}

Result<Pin> parse_pin(std::string_view text, const Hash& dao) {
  if (!text.ends_with('\n')) return fail(Errc::bad_pin, wording<Word::pins_cut>());
  const auto json = parse_canonical(text.substr(0, text.size() - 1));
  if (!json) return fail(Errc::bad_pin, to_string(json.error()));
  auto pin = decode_fields<Pin>(*json);
  if (!pin) return fail(Errc::bad_pin, to_string(pin.error()));
  if (pin->type != Pin{}.type || pin->dao != dao || pin->sha256 != digest_of(*pin) || pin->notes.empty())
    return fail(Errc::bad_pin, wording<Word::pins_digest>());
  std::uint64_t last = 0;
  for (const std::string& text_of_note : pin->notes) {
    const auto note = parse_note(text_of_note);
    if (!note) return fail(Errc::bad_pin, to_string(note.error()));
    const auto point = parse_checkpoint(note->text);
    if (!point) return fail(Errc::bad_pin, to_string(point.error()));
    if (point->origin != origin_of(dao) || point->size <= last) return fail(Errc::bad_pin, wording<Word::pins_digest>());
    last = point->size;
  }
  return std::move(*pin);
}

std::string pins_place() {
  const auto variable = [](const char* name) -> std::string {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (const std::string own = variable("MIKOSHI_PINS"); !own.empty()) return own;
  // A relative XDG_STATE_HOME is to be passed over: https://specifications.freedesktop.org/basedir-spec/
  if (const std::string state = variable("XDG_STATE_HOME"); state.starts_with('/')) return state + "/mikoshi/pins";
  if (const std::string home = variable("HOME"); home.starts_with('/')) return home + "/.local/state/mikoshi/pins";
  return {};
}

Result<Seen> see_ledger(const std::string& place, const Hash& dao, const std::string& note_text,
                        const LineSource& lines) {
  MIKOSHI_ASSIGN(Memory memory, Memory::read(place, dao));
  Seen& seen = memory.seen;
  if (!memory.pin) {
    if (memory.lock) remember(seen, place, dao, {note_text});
    return seen;
  }
  const Snapshot now = snapshot_of(note_text);
  // The roots that this ledger has for what was seen, and for the snapshot itself: it must still be the verified one.
  std::map<std::uint64_t, Hash> roots;
  roots[now.point.size];
  for (const Snapshot& before : memory.snapshots)
    if (before.point.size <= now.point.size) roots[before.point.size];
  MerkleLog log;
  std::string first_line;
  MIKOSHI_TRY(lines([&](std::string_view line) -> Status {
    if (log.size() == 0) first_line = line;
    log.append(leaf_hash(as_bytes(line)));
    if (const auto wanted = roots.find(log.size()); wanted != roots.end()) wanted->second = log.root();
    return {};
  }));
  if (roots[now.point.size] != now.point.root) return fail(Errc::root_mismatch, wording<Word::pins_ledger_changed>());
  for (const Snapshot& before : memory.snapshots) {
    if (before.point.size > now.point.size || roots[before.point.size] == before.point.root) continue;
    std::vector<Hash> leaf_hashes;
    Handovers handovers;
    MIKOSHI_TRY(lines([&](std::string_view text) -> Status {
      if (leaf_hashes.size() == now.point.size) return {};
      leaf_hashes.push_back(leaf_hash(as_bytes(text)));
      if (const auto line = decode_line(text)) handovers.see(*line);
      return {};
    }));
    return contradiction(place, dao, first_line, before, now, leaf_hashes, std::move(handovers.done));
  }
  if (now.point.size < seen.size) return fail(Errc::rollback, wording<Word::pins_rollback>(seen.size, now.point.size));
  seen.sight = now.point.size == seen.size ? Sight::same : Sight::extends;
  const bool settled = seen.sight == Sight::same && memory.snapshots.size() == 1;
  if (!settled && memory.lock) remember(seen, place, dao, {note_text});
  if (settled) seen.forgetting.reset();  // there was nothing to write
  return seen;
}

Result<Seen> see_receipt(const std::string& place, const Hash& dao, const std::string& note_text,
                         const ReceiptBody& receipt) {
  MIKOSHI_ASSIGN(Memory memory, Memory::read(place, dao));
  Seen& seen = memory.seen;
  if (!memory.pin) {
    if (memory.lock) remember(seen, place, dao, {note_text});
    return seen;
  }
  const Snapshot now = snapshot_of(note_text);
  const auto next = std::find_if(memory.snapshots.begin(), memory.snapshots.end(),
                                 [&](const Snapshot& before) { return before.point.size >= now.point.size; });
  if (next != memory.snapshots.end() && next->point.size == now.point.size) {
    if (next->point.root != now.point.root) return contradiction(place, dao, receipt.dao, *next, now, {}, receipt.handovers.value_or(std::vector<StewardHandover>{}));
    seen.sight = Sight::same;
    seen.forgetting.reset();
    return seen;
  }
  seen.sight = Sight::unchecked;
  const bool oldest = next == memory.snapshots.begin();  // what a verified ledger may well contain is not gathered
  if (oldest || memory.snapshots.size() == pin_notes_max) {
    seen.forgetting.reset();
  } else if (memory.lock) {
    std::vector<std::string> notes = memory.pin->notes;
    notes.insert(notes.begin() + (next - memory.snapshots.begin()), note_text);
    remember(seen, place, dao, std::move(notes));
  }
  return seen;
}

void say_seen(const Seen& seen, Printout& out) {
  if (seen.forgetting) {
    const std::string what = reworded(seen.forgetting->what), where = printable(seen.forgetting->where);
    say(wording<Word::pins_forgetting>(where.empty() ? what : what + "; " + where));
  }
  if (seen.sight != Sight::extends && seen.sight != Sight::unchecked) return;
  const bool extends = seen.sight == Sight::extends;
  out.words += pad_right(wording<Word::pins_label>(), 12) + (extends ? wording<Word::pins_extends>(seen.size)
                                                                     : wording<Word::pins_unchecked>(seen.size));
  out.json.set("seen", extends ? "extends" : "unchecked");
}

Result<Pinned> read_pins(const std::string& place) {
  Pinned pinned;
  struct Close {
    void operator()(DIR* open) const { ::closedir(open); }
  };
  const std::unique_ptr<DIR, Close> folder{::opendir(place.c_str())};
  if (!folder && (errno == ENOENT || errno == ENOTDIR)) return pinned;
  if (!folder) return fail(Errc::store_io, std::strerror(errno), place);
  std::vector<Hash> ids;
  for (const dirent* entry = ::readdir(folder.get()); entry != nullptr; entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.ends_with(".evidence")) pinned.evidence.push_back(place + "/" + name);
    if (!name.ends_with(".json")) continue;
    if (const auto id = parse_hash(name.substr(0, name.size() - 5))) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  std::sort(pinned.evidence.begin(), pinned.evidence.end());
  for (const Hash& id : ids) {
    MIKOSHI_ASSIGN(std::optional<Pin> pin, read_pin(place, id));
    if (pin) pinned.pins.push_back(std::move(*pin));  // else it was forgotten meanwhile
  }
  return pinned;
}

Status forget_pin(const std::string& place, const Hash& dao) {
  const std::string path = pin_path(place, dao);
  if (::unlink(path.c_str()) != 0)
    return fail(errno == ENOENT || errno == ENOTDIR ? Errc::no_such_store : Errc::write_failed, std::strerror(errno), path);
  return sync_folder(place);
}

}  // namespace mikoshi
