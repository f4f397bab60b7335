// SPDX-License-Identifier: MIT
/// `mikoshi verify`: for everyone. It needs no key and no network, and writes nothing but what it has seen: pins.hpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "files.hpp"
#include "mikoshi/proof/verify.hpp"
#include "partners.hpp"
#include "pins.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "verification.hpp"
#include "witnesses.hpp"

namespace mikoshi {
namespace {

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// A ledger that was verified, and what it was verified under.
struct Verified {
  Verification result;
  std::string note;
  Cosigned cosigned;
  LineSource lines;
};

/// The stewards that the ledger says it has had, each with the seq of the line that named them. Nothing is checked: verification
/// follows. @error as Store::read
Result<std::vector<std::pair<std::uint64_t, Dao>>> steward_epochs(const Store& store) {
  std::vector<std::pair<std::uint64_t, Dao>> epochs;
  std::map<RecordId, StewardChange> proposed;
  std::uint64_t seq = 0;
  MIKOSHI_TRY(store.read([&](std::string_view text) -> Status {
    const bool may_matter = seq == 0 || text.find(R"("kind":"propose")") != std::string_view::npos ||
                            text.find(R"("kind":"execute")") != std::string_view::npos;
    const auto line = may_matter ? decode_line(text) : Result<Line>{fail(Errc::unknown_kind)};
    if (line) {
      if (const auto* dao = std::get_if<DaoStart>(&line->event))
        epochs.emplace_back(seq, Dao{1, line->envelope.leaf, dao->offset, dao->stewards, dao->threshold});
      if (const auto* propose = std::get_if<Propose>(&line->event); propose != nullptr && propose->stewards)
        proposed.insert_or_assign(propose->id, *propose->stewards);
      const auto* execute = std::get_if<Execute>(&line->event);
      const auto found = execute != nullptr ? proposed.find(execute->id) : proposed.end();
      if (found != proposed.end() && !epochs.empty()) {
        Dao dao = epochs.back().second;
        dao.epoch += 1;
        dao.stewards = found->second.stewards;
        dao.threshold = found->second.threshold;
        epochs.emplace_back(seq, std::move(dao));
      }
    }
    ++seq;
    return {};
  }));
  return epochs;
}

/// Which of a folder's snapshots to verify: the one that was announced; else the newest that the stewards of its time, and the
/// witnesses asked for, have signed in number; else the newest. A newer one that still waits for signatures must not hide
/// what is signed.
Result<std::string> choose_snapshot(const Store& store, const std::vector<std::uint64_t>& sizes,
                                    const Expectations& expected, const WitnessPolicy& witnesses,
                                    std::uint64_t& waiting) {
  MIKOSHI_ASSIGN(std::string newest, store.snapshot(sizes.back()));
  if (const auto note = parse_note(newest); !note)  // verification does not know the file's name
    return fail(note.error().code, note.error().what,
                "snapshots/" + std::to_string(sizes.back()) + ".note, " + note.error().where);
  if (sizes.back() > store.head().size) return newest;  // the ledger was cut: verification says so
  MIKOSHI_ASSIGN(const auto epochs, steward_epochs(store));
  for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
    MIKOSHI_ASSIGN(std::string text, store.snapshot(*size));
    const auto note = parse_note(text);
    if (!note) continue;
    if (expected.snapshot) {
      if (snapshot_hash(note->text) == *expected.snapshot) return text;
      continue;
    }
    StewardWatch watch{expected};
    for (const auto& [seq, dao] : epochs)
      if (seq < *size) watch.see(dao);
    const auto quorum = watch.measure(*note);
    if (quorum && check_quorum(*quorum) && check_witnesses(*note, witnesses)) {
      waiting = static_cast<std::uint64_t>(size - sizes.rbegin());
      return text;
    }
  }
  return newest;
}

/// Verifies the lines under the note, then its cosignatures.
Result<Verified> verify_under(const LineSource& lines, std::string note_text, const Expectations& expected,
                              const WitnessPolicy& witnesses) {
  MIKOSHI_ASSIGN(Verification result, verify_ledger(lines, note_text, expected, {}, reading_threads()));
  MIKOSHI_ASSIGN(const Note note, parse_note(note_text));
  MIKOSHI_ASSIGN(Cosigned cosigned, check_witnesses(note, witnesses));
  return Verified{std::move(result), std::move(note_text), std::move(cosigned), lines};
}

Result<Verified> verify_folder(const std::string& path, const Expectations& expected, const WitnessPolicy& witnesses,
                               std::uint64_t& waiting) {
  MIKOSHI_ASSIGN(std::shared_ptr<Store> store, open_folder(path, Access::read));
  MIKOSHI_ASSIGN(const std::vector<std::uint64_t> sizes, store->snapshots());
  // A snapshot of more lines than there were may have come after the head was read: look again. Where the lines are still
  // missing, the ledger was cut, and an older snapshot must not hide it.
  if (!sizes.empty() && sizes.back() > store->head().size) {
    MIKOSHI_ASSIGN(store, open_folder(path, Access::read));
  }
  note_leftover(*store, Access::read);
  const LineSource lines = [store](const TakeLine& take) { return store->read(take); };
  if (sizes.empty()) {
    Ledger ledger;
    MIKOSHI_TRY(replay(ledger, lines, {}, reading_threads()));
    return fail(Errc::no_snapshot, wording<Word::verify_unsigned>(ledger.log.size()), path);
  }
  MIKOSHI_ASSIGN(std::string note, choose_snapshot(*store, sizes, expected, witnesses, waiting));
  MIKOSHI_ASSIGN(Verified verified, verify_under(lines, std::move(note), expected, witnesses));
  if (verified.result.root != store->head().root || verified.result.lines != store->head().size)
    return fail(Errc::store_corrupt, wording<Word::verify_other_head>(), "head");
  return verified;
}

Result<Verified> verify_files(const std::vector<std::string>& paths, const Expectations& expected,
                              const WitnessPolicy& witnesses) {
  std::string ledger_path, note_path;
  for (const std::string& path : paths) {
    std::string& place = path.ends_with(".note") ? note_path : ledger_path;
    if (!place.empty()) return fail(Errc::usage, wording<Word::verify_one_of_each>(), path);
    place = path;
  }
  if (ledger_path.empty()) return fail(Errc::usage, wording<Word::verify_needs_ledger>(), note_path);
  struct stat info {};
  if (::stat(ledger_path.c_str(), &info) != 0) return fail(Errc::no_such_store, std::strerror(errno), ledger_path);
  if (note_path.empty()) return fail(Errc::no_snapshot, wording<Word::verify_needs_snapshot>(), ledger_path);
  MIKOSHI_ASSIGN(std::string note, read_file(note_path, note_bytes_max));
  MIKOSHI_ASSIGN(const LineSource lines, file_lines(ledger_path));
  return verify_under(lines, std::move(note), expected, witnesses);
}

}  // namespace

Result<Printout> run_verify(const VerifyOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Expectations expected, parse_expectations(options));
  const std::vector<std::string> paths = options.paths.empty() ? std::vector<std::string>{common.dir} : options.paths;
  std::uint64_t waiting = 0;  // newer snapshots that too few have signed yet
  const bool folder = paths.size() == 1 && is_folder(paths.front());
  MIKOSHI_ASSIGN(const WitnessPolicy witnesses, parse_witnesses(options));
  MIKOSHI_ASSIGN(Verified verified, folder ? verify_folder(paths.front(), expected, witnesses, waiting)
                                           : verify_files(paths, expected, witnesses));
  const Verification& result = verified.result;
  std::vector<Verified> partners;
  Printout out;
  const std::uint64_t unknown = result.signers.unknown - verified.cosigned.witnesses.size();
  out.json = verification_json(result, unknown);
  out.words = arithmetic_row(result) + signers_row(result) + witnessed_words(verified.cosigned, witnesses) +
              unknown_row(unknown) + records_rows(result) + after_row(result);
  if (waiting != 0)
    out.words +=
        row(wording<Word::verify_waiting>(), wording<Word::verify_too_few>(count<Count::newer_snapshots>(waiting)));
  out.words += row(wording<Word::verify_snapshot>(), to_hex(result.snapshot) + "\n");
  // Each community by its own snapshot, then what they gave each other.
  if (!options.partners.empty()) {
    if (!folder) return fail(Errc::usage, wording<Word::verify_partner_folder>());
    std::vector<Community> communities;
    MIKOSHI_ASSIGN(Community own, open_community(paths.front()));
    communities.push_back(std::move(own));
    for (const std::string& dir : options.partners) {
      std::uint64_t its_waiting = 0;
      MIKOSHI_ASSIGN(Verified partner, verify_folder(dir, {}, {}, its_waiting));
      partners.push_back(std::move(partner));
      MIKOSHI_ASSIGN(Community community, open_community(dir));
      communities.push_back(std::move(community));
    }
    MIKOSHI_ASSIGN(const std::vector<Edge> edges, check_partners(communities));
    out.words += row(wording<Word::verify_partners>(), green(wording<Word::verify_right>()) + "\n");
    out.words += edges.empty() ? wording<Word::partners_none>() : edges_words(communities, edges);
    out.json.set("partners", edges_json(communities, edges));
  }
  if (!options.no_pin) {
    for (const Verified& partner : partners)
      MIKOSHI_TRY(see_ledger(pins_place(), partner.result.dao, partner.note, partner.lines));
    MIKOSHI_ASSIGN(const Seen seen, see_ledger(pins_place(), result.dao, verified.note, verified.lines));
    say_seen(seen, out);
  }
  out.words += wording<Word::verify_cannot_know>();
  out.json.set("waiting", static_cast<std::int64_t>(waiting));
  if (!witnesses.witnesses.empty()) out.json.set("witnesses", witnessed_json(verified.cosigned));
  return out;
}

}  // namespace mikoshi
