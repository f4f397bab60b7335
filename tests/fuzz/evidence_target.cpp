// SPDX-License-Identifier: MIT
/// The target of evidence: whoever it names signed both snapshots, and the two cannot both be true.

#include <array>
#include <string>
#include <vector>

#include "demo_dao.hpp"
#include "fill.hpp"
#include "target.hpp"
#include "mikoshi/proof/evidence.hpp"

namespace fuzz {
namespace {

using Log = std::vector<Hash>;

/// A snapshot that some of the demo stewards signed, and the log that it is of.
struct Snapshot {
  Log log;
  std::string text;
  std::vector<NoteSignature> lines;  ///< ascending by name
};

/// All that the demo stewards ever signed: four histories of their DAO, some of one beginning, at several sizes.
const std::vector<Snapshot>& signed_snapshots() {
  static const std::vector<Snapshot> made = [] {
    std::vector<Snapshot> list;
    for (const std::size_t fork : {9u, 1u, 4u, 5u}) {
      for (const std::size_t size : {1u, 2u, 4u, 5u, 8u, 9u}) {
        if (fork != 9 && size <= fork) continue;  // the first history has it
        Snapshot one;
        one.log.push_back(leaf_hash(as_bytes(closed().lines.front())));
        for (std::size_t i = 1; i < size; ++i)
          one.log.push_back(leaf_hash(as_bytes(std::to_string(i) + (i >= fork ? " of " + std::to_string(fork) : ""))));
        one.text = to_string(Checkpoint{origin_of(one.log.front()), size, merkle_root(one.log)});
        for (std::uint8_t n = 1; n <= demo_names.size(); ++n)
          if ((list.size() + n) % 4 != 0)
            one.lines.push_back(sign_note(std::string{demo_names[n - 1u]}, demo_key(n), one.text));
        list.push_back(std::move(one));
      }
    }
    return list;
  }();
  return made;
}

std::string some_note(Feed& feed, const Snapshot& snapshot) {
  Note note{snapshot.text, {}};
  for (const NoteSignature& line : snapshot.lines)
    if (!feed.one_in(4)) note.signatures.push_back(line);
  if (note.signatures.empty()) note.signatures.push_back(snapshot.lines.front());
  return to_string(note);
}

/// Evidence of any two of them, which may well be none, with a part or two exchanged.
std::string any_evidence(Feed& feed) {
  const Snapshot *small = &feed.pick(signed_snapshots()), *large = &feed.pick(signed_snapshots());
  if (std::pair{small->log.size(), small->text} > std::pair{large->log.size(), large->text}) std::swap(small, large);
  ForkEvidence evidence;
  evidence.dao = closed().lines.front();
  evidence.smaller = some_note(feed, *small);
  evidence.larger = some_note(feed, *large);
  if (small->log.size() != large->log.size()) evidence.proof = prove_prefix(large->log, small->log.size()).value();
  for (std::size_t changes = feed.one_in(2) ? feed.below(4) : 0; changes-- > 0;) {
    const std::size_t place = evidence.proof.empty() ? 0 : feed.below(evidence.proof.size());
    switch (feed.below(6)) {
      case 0:
        evidence.dao = feed.pick(closed().lines);
        break;
      case 1:
        std::swap(evidence.smaller, evidence.larger);
        break;
      case 2:
        evidence.smaller = some_note(feed, feed.pick(signed_snapshots()));
        break;
      case 3:
        if (!evidence.proof.empty()) evidence.proof.erase(evidence.proof.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      case 4:
        evidence.proof.insert(evidence.proof.begin() + static_cast<std::ptrdiff_t>(place), feed.pick(large->log));
        break;
      case 5:
        if (!evidence.proof.empty())
          evidence.proof[place][feed.below(32)] ^= static_cast<std::uint8_t>(1u << feed.below(8));
        break;
    }
  }
  return to_string(evidence);
}

const Snapshot& true_snapshot(const std::string& note_text) {
  const std::string text = parse_note(note_text).value().text;
  for (const Snapshot& one : signed_snapshots())
    if (one.text == text) return one;
  MIKOSHI_CHECK(false);  // a snapshot that nobody signed convicts somebody
  return signed_snapshots().front();
}

bool signed_it(const Snapshot& snapshot, const Steward& steward) {
  return std::any_of(snapshot.lines.begin(), snapshot.lines.end(),
                     [&](const NoteSignature& line) { return line.name == steward.name.text(); });
}

}  // namespace

void evidence(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_evidence);
  const auto read = parse_evidence(text);
  if (!read) return;
  MIKOSHI_CHECK(to_string(*read) == text);
  const auto found = verify_evidence(*read);
  if (!found) return;
  MIKOSHI_CHECK(!found->both.empty() && found->root != found->smaller.root &&
                found->smaller.size <= found->larger.size);
  if (found->dao != closed().state().dao.id) return;  // somebody else's stewards: what they signed is not known here
  const Snapshot &small = true_snapshot(read->smaller), &large = true_snapshot(read->larger);
  MIKOSHI_CHECK(small.log.size() == found->smaller.size && large.log.size() == found->larger.size);
  MIKOSHI_CHECK(merkle_root(std::span{large.log}.first(small.log.size())) == found->root);
  for (const Steward& steward : found->both) MIKOSHI_CHECK(signed_it(small, steward) && signed_it(large, steward));
}

}  // namespace fuzz
