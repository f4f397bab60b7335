// SPDX-License-Identifier: MIT
#pragma once
/// @file evidence.hpp
/// Evidence: two snapshots of one DAO that cannot both be true, and the stewards who signed both.
///
/// Layer 5. Depends on: proof/handover.hpp, crypto/prefix.hpp.
///
/// Two snapshots of one size with two roots contradict each other as they stand. Where one covers more lines, its log has
/// only one root for its first lines, and the hashes of a prefix proof show it: if the smaller snapshot has another, then it
/// is of another history. Only who holds the larger log's lines can compute those hashes; anybody can check them.
///
/// A steward signs only what extends everything signed before. So whoever signed both has broken that, in whatever order; and
/// where two snapshots have the k signatures of n that each needs, at least 2k − n have. It needs no ledger: the first line
/// tells the first stewards, and its hash is the DAO's id, which both snapshots name; later ones are those to whom they
/// handed over. A key that signed both is named, of whatever time it is a steward's.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/crypto/prefix.hpp"
#include "mikoshi/proof/handover.hpp"

namespace mikoshi {

inline constexpr std::string_view evidence_type = "mikoshi-evidence-v1";

/// An evidence file: canonical JSON.
struct ForkEvidence {
  std::string dao;
  std::optional<std::vector<StewardHandover>> handovers;
  std::string larger;
  std::vector<Hash> proof;
  std::string smaller;
  std::string type{evidence_type};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("dao", self.dao, "the ledger's first line");
    visit("handovers", self.handovers, "changes of stewards since, in order; absent: none");
    visit("larger", self.larger, "the snapshot of more lines; of as many, the one whose text comes later");
    visit("proof", self.proof, "what shows the root that the larger log has for the smaller size; of one size, none");
    visit("smaller", self.smaller, "the other snapshot");
    visit("type", self.type, "mikoshi-evidence-v1");
  }
};

/// Reads evidence and refuses every spelling but the one that `to_string` gives. Verifies nothing.
/// @error too_large (over 64 MiB) | bad_evidence  (with the field)
[[nodiscard]] MIKOSHI_INLINE Result<ForkEvidence> parse_evidence(std::string_view text);
/// One line of canonical JSON, ended.
[[nodiscard]] MIKOSHI_INLINE std::string to_string(const ForkEvidence& evidence);

/// What valid evidence shows.
struct Equivocation {
  Hash dao{};
  Checkpoint smaller, larger;
  Hash root{};                    ///< that the larger log has for the smaller's size, and that is not the smaller's
  std::vector<Steward> both;      ///< who signed both, ascending by name; never empty
  std::vector<std::string> first;   ///< who signed the smaller
  std::vector<std::string> second;  ///< who signed the larger
  std::uint64_t threshold = 0;      ///< of the last stewards that it tells
  std::uint64_t stewards = 0;       ///< of how many
};

/// Checks evidence as anybody can, alone.
/// @error wrong_domain      its first line is no DAO's, or a snapshot is of another one.
/// @error as hand_over; bad_evidence (an empty list of handovers)
/// @error of each snapshot: as parse_note, parse_checkpoint; bad_evidence (no lines, or in the wrong order)
/// @error proof_wrong_length | proof_mismatch  the hashes are not of the larger log.
/// @error not_equivocation  the larger log continues the smaller.
/// @error bad_signature     a signature in a steward's name does not verify.
/// @error not_equivocation  no steward signed both.
/// @cost  at most 128 hashes, and two signature checks a steward, and those of the handovers
[[nodiscard]] MIKOSHI_INLINE Result<Equivocation> verify_evidence(const ForkEvidence& evidence);

/// Makes evidence of two snapshots, in whichever order, and verifies it.
/// @param first_line   of the DAO's ledger.
/// @param leaf_hashes  of the lines that the larger snapshot covers, and perhaps of more; not read where both have one size.
/// @param handovers    changes of stewards in a ledger of the DAO; what hands nothing over is left out.
/// @error of each snapshot: as parse_note, parse_checkpoint
/// @error ledger_too_short | root_mismatch (the lines are not those of the larger snapshot)
/// @error as verify_evidence
[[nodiscard]] MIKOSHI_INLINE Result<ForkEvidence> prove_equivocation(std::string first_line, const Note& one, const Note& other,
                                                                     std::span<const Hash> leaf_hashes,
                                                                     std::vector<StewardHandover> handovers = {});

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::string to_string(const ForkEvidence& evidence) { return canonical_text(evidence) + "\n"; }

MIKOSHI_INLINE Result<ForkEvidence> parse_evidence(std::string_view text) {
  if (text.size() > json_bytes_max) return fail(Errc::too_large, "evidence has at most 64 MiB");
  if (!text.ends_with('\n')) return fail(Errc::bad_evidence, "evidence is one line, ended");
  const auto refuse = [](const Error& error) { return fail(Errc::bad_evidence, to_string(error)); };
  const auto json = parse_canonical(text.substr(0, text.size() - 1));
  if (!json) return refuse(json.error());
  auto evidence = decode_fields<ForkEvidence>(*json);
  if (!evidence) return refuse(evidence.error());
  if (evidence->type != evidence_type) return fail(Errc::bad_evidence, "another type of file", "field type");
  return std::move(*evidence);
}

MIKOSHI_INLINE Result<Equivocation> verify_evidence(const ForkEvidence& evidence) {
  Equivocation found;
  Ledger first;  // it cannot be another line, because its hash is the DAO's id
  if (const auto line = take_line(first, evidence.dao); !line)
    return fail(Errc::wrong_domain, "its first line is no DAO's: " + to_string(line.error()));
  Dao dao = first.state.dao;
  found.dao = dao.id;
  std::vector<Steward> known = dao.stewards;  // of all times
  if (evidence.handovers) {
    if (evidence.handovers->empty()) return fail(Errc::bad_evidence, "no change of stewards is said by leaving them out");
    for (const StewardHandover& handover : *evidence.handovers) {
      MIKOSHI_TRY(hand_over(dao, handover, Errc::bad_evidence));
      for (const Steward& steward : dao.stewards)
        if (std::find(known.begin(), known.end(), steward) == known.end()) known.push_back(steward);
    }
    std::stable_sort(known.begin(), known.end(), [](const Steward& a, const Steward& b) { return a.name < b.name; });
  }
  found.threshold = dao.threshold;
  found.stewards = dao.stewards.size();
  MIKOSHI_ASSIGN(const Note smaller, parse_note(evidence.smaller));
  MIKOSHI_ASSIGN(const Note larger, parse_note(evidence.larger));
  MIKOSHI_ASSIGN(found.smaller, parse_checkpoint(smaller.text));
  MIKOSHI_ASSIGN(found.larger, parse_checkpoint(larger.text));
  for (const Checkpoint* snapshot : {&found.smaller, &found.larger})
    if (snapshot->origin != origin_of(dao.id))
      return fail(Errc::wrong_domain, "the snapshot is of " + snapshot->origin + ", the first line of " + origin_of(dao.id));
  const std::uint64_t size = found.smaller.size;
  if (size == 0 || size > found.larger.size || (size == found.larger.size && smaller.text > larger.text))
    return fail(Errc::bad_evidence, "the snapshots are not in their order");

  if (size == found.larger.size) {
    if (!evidence.proof.empty()) return fail(Errc::proof_wrong_length, "two snapshots of one size need no proof");
    found.root = found.larger.root;
  } else {
    MIKOSHI_ASSIGN(found.root, prefix_root(size, found.larger.size, found.larger.root, evidence.proof));
  }
  if (found.root == found.smaller.root) return fail(Errc::not_equivocation, "the two snapshots are of one history");

  for (const Steward& steward : known) {  // by key: a steward may have had others
    MIKOSHI_ASSIGN(const Signers first_signers, check_signatures(smaller, {&steward, 1}));
    MIKOSHI_ASSIGN(const Signers second_signers, check_signatures(larger, {&steward, 1}));
    const bool in_first = !first_signers.stewards.empty(), in_second = !second_signers.stewards.empty();
    if (in_first) found.first.push_back(steward.name.text());
    if (in_second) found.second.push_back(steward.name.text());
    if (in_first && in_second) found.both.push_back(steward);
  }
  if (found.both.empty())
    return fail(Errc::not_equivocation, "the two snapshots contradict each other, but no steward signed both");
  return found;
}

MIKOSHI_INLINE Result<ForkEvidence> prove_equivocation(std::string first_line, const Note& one, const Note& other,
                                                       std::span<const Hash> leaf_hashes,
                                                       std::vector<StewardHandover> handovers) {
  MIKOSHI_ASSIGN(const Checkpoint one_point, parse_checkpoint(one.text));
  MIKOSHI_ASSIGN(const Checkpoint other_point, parse_checkpoint(other.text));
  const bool in_order =
      one_point.size != other_point.size ? one_point.size < other_point.size : one.text <= other.text;
  const Checkpoint& smaller = in_order ? one_point : other_point;
  const Checkpoint& larger = in_order ? other_point : one_point;
  ForkEvidence evidence;
  Ledger first;
  if (!take_line(first, first_line)) handovers.clear();  // verifying says what is wrong with it
  std::erase_if(handovers, [dao = first.state.dao](const StewardHandover& handover) mutable {
    return !hand_over(dao, handover, Errc::bad_evidence);
  });
  if (!handovers.empty()) evidence.handovers = std::move(handovers);
  evidence.dao = std::move(first_line);
  evidence.smaller = to_string(in_order ? one : other);
  evidence.larger = to_string(in_order ? other : one);
  if (smaller.size != larger.size && smaller.size != 0) {
    if (leaf_hashes.size() < larger.size)
      return fail(Errc::ledger_too_short, "the snapshot covers " + std::to_string(larger.size) +
                                              " lines, the ledger has " + std::to_string(leaf_hashes.size()));
    const auto lines = leaf_hashes.first(static_cast<std::size_t>(larger.size));
    if (merkle_root(lines) != larger.root)
      return fail(Errc::root_mismatch,
                  "the first " + std::to_string(larger.size) + " lines are not those that were signed");
    MIKOSHI_ASSIGN(evidence.proof, prove_prefix(lines, smaller.size));
  }
  MIKOSHI_TRY(verify_evidence(evidence));
  return evidence;
}

#endif

}  // namespace mikoshi
