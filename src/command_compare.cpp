// SPDX-License-Identifier: MIT
/// `mikoshi compare`, and `mikoshi verify` of what it writes: do two snapshots tell one history, and who signed both if not?
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "advice.hpp"
#include "command.hpp"
#include "files.hpp"
#include "mikoshi/proof/evidence.hpp"
#include "mikoshi/store/folder.hpp"
#include "screen.hpp"

namespace mikoshi {
namespace {

struct Side {
  Note note;
  Checkpoint point;
};

/// @error as read_file, parse_note, parse_checkpoint; each with the file
Result<Side> read_side(const std::string& path) {
  MIKOSHI_ASSIGN(const std::string text, read_file(path, note_bytes_max));
  const auto in_file = [&](const Error& error) {
    return fail(error.code, error.what, path + (error.where.empty() ? "" : ", " + error.where));
  };
  auto note = parse_note(text);
  if (!note) return in_file(note.error());
  auto point = parse_checkpoint(note->text);
  if (!point) return in_file(point.error());
  return Side{std::move(*note), std::move(*point)};
}

/// What comparing needs of a ledger: it is hashed, not replayed.
struct LedgerHashes {
  std::string first_line;
  std::vector<Hash> leaves;
  Handovers handovers;
};

/// @error as open_folder, file_lines, read_lines
Result<LedgerHashes> read_hashes(const std::string& path) {
  struct stat info {};
  std::unique_ptr<Store> store;
  LineSource lines;
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    MIKOSHI_ASSIGN(store, open_folder(path, Access::read));
    lines = [&store](const TakeLine& take) { return store->read(take); };
  } else {
    MIKOSHI_ASSIGN(lines, file_lines(path));
  }
  LedgerHashes ledger;
  MIKOSHI_TRY(lines([&](std::string_view line) -> Status {
    if (ledger.leaves.empty()) ledger.first_line = line;
    ledger.leaves.push_back(leaf_hash(as_bytes(line)));
    if (const auto decoded = decode_line(line)) ledger.handovers.see(*decoded);  // its rules are not asked for
    return {};
  }));
  return ledger;
}

Json side_json(const Checkpoint& point, const std::vector<std::string>& signers) {
  Json::Array names;
  for (const std::string& name : signers) names.push_back(name);
  Json json;
  json.set("root", to_hex(point.root));
  json.set("signers", std::move(names));
  json.set("size", static_cast<std::int64_t>(point.size));
  return json;
}

Printout verdict(const Equivocation& found) {
  Printout out;
  out.verdict = Errc::equivocation;
  out.words = wording<Word::evidence_verdict>(to_hex(found.dao));
  const auto side = [&](const Checkpoint& point, const std::vector<std::string>& signers) {
    out.words += wording<Word::evidence_one>(count<Count::lines>(point.size), to_hex(point.root), joined(signers));
  };
  side(found.smaller, found.first);
  side(found.larger, found.second);
  if (found.smaller.size != found.larger.size)
    out.words += wording<Word::evidence_prefix>(count<Count::lines>(found.smaller.size), to_hex(found.root));
  out.words += wording<Word::evidence_both>(found.both.size(), found.stewards, found.threshold);
  Json::Array both;
  for (const Steward& steward : found.both) {
    out.words += wording<Word::evidence_name>(steward.name.text(), to_string(steward.key));
    Json json;
    json.set("key", to_string(steward.key));
    json.set("name", steward.name.text());
    both.push_back(std::move(json));
  }
  out.json.set("both", std::move(both));
  out.json.set("dao", to_hex(found.dao));
  out.json.set("larger", side_json(found.larger, found.second));
  out.json.set("root", to_hex(found.root));
  out.json.set("smaller", side_json(found.smaller, found.first));
  out.json.set("stewards", static_cast<std::int64_t>(found.stewards));
  out.json.set("threshold", static_cast<std::int64_t>(found.threshold));
  return out;
}

/// The ledger of the larger snapshot among those given. For one size any ledger of the DAO will do: only its first line is
/// needed, which tells the stewards.
/// @error usage (none given) | root_mismatch (none is) | as read_hashes
Result<LedgerHashes> find_ledger(const CompareOptions& options, const Side& smaller, const Side& larger) {
  if (options.ledgers.empty()) return fail(Errc::usage, wording<Word::compare_needs_ledger>());
  for (const std::string& path : options.ledgers) {
    MIKOSHI_ASSIGN(LedgerHashes ledger, read_hashes(path));
    if (ledger.leaves.empty() || origin_of(ledger.leaves.front()) != larger.point.origin) continue;
    if (smaller.point.size == larger.point.size) return ledger;
    const auto size = static_cast<std::size_t>(larger.point.size);
    if (ledger.leaves.size() >= size && merkle_root(std::span{ledger.leaves}.first(size)) == larger.point.root) return ledger;
  }
  return fail(Errc::root_mismatch,
              wording<Word::compare_no_ledger>(count<Count::lines>(larger.point.size), larger.point.origin));
}

}  // namespace

Result<Printout> run_compare(const CompareOptions& options) {
  MIKOSHI_ASSIGN(Side smaller, read_side(options.one));
  MIKOSHI_ASSIGN(Side larger, read_side(options.other));
  if (smaller.point.origin != larger.point.origin)
    return fail(Errc::wrong_domain, wording<Word::compare_domains>(smaller.point.origin, larger.point.origin));
  if (smaller.point.size > larger.point.size) std::swap(smaller, larger);
  Printout out;
  const std::string snapshot = to_hex(snapshot_hash(smaller.note.text));
  if (smaller.point == larger.point) {
    out.words = wording<Word::compare_same>(snapshot, count<Count::lines>(smaller.point.size));
    out.json.set("same", snapshot);
    return out;
  }
  if (smaller.point.size == 0) return fail(Errc::usage, wording<Word::compare_no_checkpoint>());
  MIKOSHI_ASSIGN(LedgerHashes ledger, find_ledger(options, smaller, larger));
  const auto size = static_cast<std::size_t>(smaller.point.size);
  if (smaller.point.size != larger.point.size &&
      merkle_root(std::span{ledger.leaves}.first(size)) == smaller.point.root) {
    out.words = wording<Word::compare_extends>(count<Count::lines>(size));
    out.json.set("extends", snapshot);
    return out;
  }
  MIKOSHI_ASSIGN(const ForkEvidence evidence, prove_equivocation(ledger.first_line, smaller.note, larger.note, ledger.leaves,
                                                              std::move(ledger.handovers.done)));
  MIKOSHI_ASSIGN(const Equivocation found, verify_evidence(evidence));
  out = verdict(found);
  out.json.set("evidence", to_string(evidence));
  if (!options.out.empty()) {
    MIKOSHI_TRY(create_file(options.out, to_string(evidence), Visibility::everyone));
    out.words += wording<Word::evidence_written>(printable(options.out), printable(options.out));
  }
  return out;
}

Result<Printout> run_verify_evidence(const VerifyOptions& options) {
  const bool more = !options.member.empty() || !options.expect.empty() || !options.stewards.empty() ||
                    options.threshold || !options.partners.empty() || !options.witnesses.empty();
  if (options.paths.size() != 1 || more) return fail(Errc::usage, wording<Word::evidence_alone>());
  MIKOSHI_ASSIGN(const std::string text, read_file(options.paths.front(), json_bytes_max));
  MIKOSHI_ASSIGN(const ForkEvidence evidence, parse_evidence(text));
  MIKOSHI_ASSIGN(const Equivocation found, verify_evidence(evidence));
  if (!options.dao.empty()) {
    MIKOSHI_ASSIGN(const Hash dao, parse_hash(options.dao));
    if (dao != found.dao) return fail(Errc::wrong_domain, {}, to_hex(found.dao));
  }
  Printout out = verdict(found);
  out.words += wording<Word::evidence_cannot>();
  return out;
}

}  // namespace mikoshi
