// SPDX-License-Identifier: MIT
#pragma once
/// @file verify.hpp
/// Verification: from a ledger and a snapshot alone, by anyone, without a key, a network or anybody's permission.
///
/// Layer 5. Depends on: proof/snapshot.hpp.
///
/// The answer has three parts that are never mixed. Arithmetic: every line was allowed, every weight and every payout is
/// computed again, and the lines hash to the root. Signers: who signed that root, and how many of whom. Records: in whose
/// voice the facts were entered. What it cannot know is whether the world was as recorded.

#include <algorithm>
#include <optional>
#include <vector>

#include "mikoshi/proof/snapshot.hpp"

namespace mikoshi {

/// What the verifier knows beforehand. Nothing need be given.
struct Expectations {
  std::optional<Hash> dao;        ///< which DAO it must be
  std::optional<Hash> snapshot;   ///< the snapshot's hash, from an announcement
  std::vector<Steward> stewards;  ///< whom to trust; none: those that the ledger names
  std::optional<std::uint64_t>
      threshold;  ///< how many of them; none: the ledger's threshold, and more than half of those given
};

/// Who signed, measured against whom the verifier trusts.
struct Quorum {
  Signers signers;
  std::uint64_t threshold = 0;
  std::uint64_t stewards = 0;   ///< of how many
  std::uint64_t changes = 0;    ///< of the DAO's stewards until then, each signed by a quorum of those before
  bool stewards_given = false;  ///< by the verifier; else those that the ledger names
  bool handed_on = false;       ///< the stewards given were the DAO's, and a quorum of them handed over to these
};

/// The stewards of a ledger as it is read: who they are now, and whether those whom the verifier trusts handed over to them.
class StewardWatch {
 public:
  explicit StewardWatch(const Expectations& expected) : expected_(expected) {}
  /// Tells of the stewards that the ledger names: first those of its first line, then those of each change. The same ones again
  /// change nothing.
  void see(const Dao& dao);
  /// @param  note  a snapshot of the time of the last `see`.
  /// @error  duplicate_member (a steward or a key expected twice) | bad_threshold (0 expected) | as check_signatures
  [[nodiscard]] Result<Quorum> measure(const Note& note) const;

 private:
  const Expectations& expected_;
  Dao dao_;
  bool were_theirs_ = false;
};

/// Whether enough have signed. @param right  what has been found right besides; for the message.
/// @error signers_unknown (given stewards know no signer) | quorum_not_met
[[nodiscard]] MIKOSHI_INLINE Status check_quorum(const Quorum& quorum, const std::string& right = "the arithmetic");

struct Verification : Quorum {
  Hash dao{};
  Hash snapshot{};                ///< the snapshot's hash
  std::uint64_t size = 0;         ///< lines that it covers
  std::uint64_t lines_after = 0;  ///< lines of the ledger after it: allowed by the rules, signed by nobody yet
  std::uint64_t lines = 0;        ///< of the whole ledger
  Hash root{};                    ///< of the log tree over all of them
  std::optional<Period> closed_through;
  std::uint64_t distributions = 0;  ///< approved, all recomputed
  VoiceCount voices;            ///< lines of fact that the snapshot covers
  std::vector<ClaimRoot> claims;  ///< what wallets may claim under it, recomputed: ascending by currency
};

/// Verifies a whole ledger under a snapshot.
///
/// @param  lines  the ledger, from its first line.
/// @param  note   the snapshot, with signatures.
/// @param  visit  is called ahead of each line, as by replay: to check more on the way.
/// @param  threads  as for replay.
/// @error  duplicate_member (a steward or a key given twice) | bad_threshold (0)
/// @error  of the note: as parse_note, parse_checkpoint.
/// @error  of the lines: as replay, of `visit`.
/// @error  ledger_too_short | wrong_domain (another DAO than expected, or than the note's) | root_mismatch | no_snapshot (not at a statement)
/// @error  bad_signature | signers_unknown (given stewards know no signer) | quorum_not_met | unexpected_snapshot
/// @cost   one replay, one hash a line, one signature check a steward; memory for the state, not for the lines.
[[nodiscard]] MIKOSHI_INLINE Result<Verification> verify_ledger(const LineSource& lines, std::string_view note_text,
                                                        const Expectations& expected = {},
                                                        const VisitLine& visit = {}, std::size_t threads = 1);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {
/// @error duplicate_member | bad_threshold
inline Status check_expectations(const Expectations& expected) {
  for (std::size_t i = 1; i < expected.stewards.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (expected.stewards[i].name == expected.stewards[j].name ||
          expected.stewards[i].key == expected.stewards[j].key)
        return fail(Errc::duplicate_member, "a steward counts once", expected.stewards[i].name.text());
  if (expected.threshold == std::uint64_t{0}) return fail(Errc::bad_threshold, "nobody's signature proves nothing");
  return {};
}
}  // namespace detail

MIKOSHI_INLINE void StewardWatch::see(const Dao& dao) {
  if (dao.epoch == dao_.epoch) return;
  dao_ = dao;
  const auto given = [&](const Steward& one) {
    return std::any_of(expected_.stewards.begin(), expected_.stewards.end(),
                       [&](const Steward& other) { return other.name == one.name && other.key == one.key; });
  };
  were_theirs_ = were_theirs_ || (dao.stewards.size() == expected_.stewards.size() &&
                                  std::all_of(dao.stewards.begin(), dao.stewards.end(), given));
}

MIKOSHI_INLINE Result<Quorum> StewardWatch::measure(const Note& note) const {
  MIKOSHI_TRY(detail::check_expectations(expected_));
  Quorum quorum;
  quorum.changes = dao_.epoch - 1;
  quorum.stewards_given = !expected_.stewards.empty();
  quorum.handed_on = were_theirs_ && dao_.epoch != 1;
  const bool own = !quorum.stewards_given || were_theirs_;
  const auto& stewards = own ? dao_.stewards : expected_.stewards;
  quorum.stewards = stewards.size();
  // Whoever names other stewards does not trust this ledger, so what it says must not lower how many have to sign.
  const std::uint64_t most = own ? 0 : stewards.size() / 2 + 1;
  quorum.threshold = expected_.threshold.value_or(std::max(dao_.threshold, most));
  MIKOSHI_ASSIGN(quorum.signers, check_signatures(note, stewards));
  return quorum;
}

MIKOSHI_INLINE Status check_quorum(const Quorum& quorum, const std::string& right) {
  const std::uint64_t valid = quorum.signers.stewards.size();
  if (valid == 0 && quorum.stewards_given)
    return fail(Errc::signers_unknown, right + " is right, but none of the stewards you named signed");
  if (valid < quorum.threshold)
    return fail(Errc::quorum_not_met, right + " is right, but " + std::to_string(valid) + " of the needed " +
                                          std::to_string(quorum.threshold) + " stewards signed");
  return {};
}

MIKOSHI_INLINE Result<Verification> verify_ledger(const LineSource& lines, std::string_view note_text,
                                                  const Expectations& expected, const VisitLine& visit, std::size_t threads) {
  MIKOSHI_TRY(detail::check_expectations(expected));
  MIKOSHI_ASSIGN(const Note note, parse_note(note_text));
  MIKOSHI_ASSIGN(const Checkpoint checkpoint, parse_checkpoint(note.text));
  Verification result;
  Ledger ledger;
  StewardWatch watch{expected};
  const auto at_snapshot = [&]() -> Status {
    const State& state = ledger.state;
    if (expected.dao && *expected.dao != state.dao.id)
      return fail(Errc::wrong_domain, "this is the ledger of " + to_hex(state.dao.id));
    if (checkpoint.origin != origin_of(state.dao.id))
      return fail(Errc::wrong_domain,
                  "the snapshot is of " + checkpoint.origin + ", the ledger of " + origin_of(state.dao.id));
    if (checkpoint.root != ledger.log.root())
      return fail(Errc::root_mismatch,
                  "the first " + std::to_string(checkpoint.size) + " lines are not those that were signed");
    MIKOSHI_TRY(snapshot_text(ledger));
    result.dao = state.dao.id;
    result.size = checkpoint.size;
    result.closed_through = state.decisions.closed_through;
    for (const DraftRow& draft : state.decisions.drafts)
      result.distributions += draft.state == DraftState::approved ? 1 : 0;
    result.voices = state.voices;
    result.claims = claim_roots(state);
    MIKOSHI_ASSIGN(static_cast<Quorum&>(result), watch.measure(note));
    return {};
  };
  const VisitLine look = [&](const Ledger& before, const Line& line) -> Status {
    if (visit) MIKOSHI_TRY(visit(before, line));
    watch.see(before.state.dao);
    return before.log.size() == checkpoint.size && before.log.size() != 0 ? at_snapshot() : Status{};
  };
  MIKOSHI_TRY(replay(ledger, lines, look, threads));
  watch.see(ledger.state.dao);
  if (checkpoint.size == 0 || ledger.log.size() < checkpoint.size)
    return fail(Errc::ledger_too_short, "the snapshot covers " + std::to_string(checkpoint.size) +
                                            " lines, the ledger has " + std::to_string(ledger.log.size()));
  if (ledger.log.size() == checkpoint.size) MIKOSHI_TRY(at_snapshot());
  result.lines_after = ledger.log.size() - checkpoint.size;
  result.lines = ledger.log.size();
  result.root = ledger.log.root();
  result.snapshot = snapshot_hash(note.text);
  if (expected.snapshot && *expected.snapshot != result.snapshot)
    return fail(Errc::unexpected_snapshot, "this snapshot is " + to_hex(result.snapshot));
  MIKOSHI_TRY(check_quorum(result));
  return result;
}

#endif

}  // namespace mikoshi
