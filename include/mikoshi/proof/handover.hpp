// SPDX-License-Identifier: MIT
#pragma once
/// @file handover.hpp
/// How stewards hand over to others: what they signed for that, so that who knows the first line's stewards follows them.
///
/// Layer 5. Depends on: proof/snapshot.hpp.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "mikoshi/proof/snapshot.hpp"

namespace mikoshi {

/// A steward's signature under a change of stewards.
struct StewardSignature {
  KeySignature signature;
  StewardId steward;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("signature", self.signature, "by the steward's key, of the proposal's message");
    visit("steward", self.steward, "the steward's name");
  }
};

/// One change of stewards: what the stewards until then signed, and that a quorum of them did.
struct StewardHandover {
  std::string proposal;
  std::vector<StewardSignature> signatures;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("proposal", self.proposal, "the line that proposed it");
    visit("signatures", self.signatures, "ascending by name");
  }
};

/// Collects changes of stewards as a ledger is read.
struct Handovers {
  std::map<RecordId, StewardHandover> open;  ///< by proposal
  std::vector<StewardHandover> done;         ///< in order

  MIKOSHI_INLINE void see(const Line& line);
};

/// Hands the stewards of `dao` over to those whom its proposal names.
/// @param malformed  the error of the file that it stands in.
/// @error `malformed` (no such proposal; signatures that do not ascend) | as decode_line | not_a_steward | bad_signature |
///        quorum_not_met | too_many, conflict, bad_threshold (they can be no stewards)
[[nodiscard]] MIKOSHI_INLINE Status hand_over(Dao& dao, const StewardHandover& handover, Errc malformed);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE void Handovers::see(const Line& line) {
  if (const auto* propose = std::get_if<Propose>(&line.event); propose != nullptr && propose->stewards) {
    open[propose->id] = {encode_line(line.envelope, line.event), {}};
  } else if (const auto* sign = std::get_if<Sign>(&line.event); sign != nullptr && sign->steward_signature) {
    if (const auto found = open.find(sign->id); found != open.end() && sign->steward)
      found->second.signatures.push_back({*sign->steward_signature, *sign->steward});
  } else if (const auto* execute = std::get_if<Execute>(&line.event)) {
    const auto found = open.find(execute->id);
    if (found == open.end()) return;
    StewardHandover& handover = found->second;
    std::sort(handover.signatures.begin(), handover.signatures.end(),
              [](const StewardSignature& a, const StewardSignature& b) { return a.steward < b.steward; });
    done.push_back(std::move(handover));
    open.erase(found);
    for (auto& [id, other] : open) other.signatures.clear();  // they were given by stewards who are none any more
  }
}

MIKOSHI_INLINE Status hand_over(Dao& dao, const StewardHandover& handover, Errc malformed) {
  MIKOSHI_ASSIGN(const Line line, decode_line(handover.proposal));
  const auto* propose = std::get_if<Propose>(&line.event);
  if (propose == nullptr || !propose->stewards)
    return fail(malformed, "the line that it names proposes no change of stewards");
  const Hash message = proposal_message(dao.id, line.envelope.leaf);
  for (std::size_t i = 0; i < handover.signatures.size(); ++i) {
    const StewardSignature& one = handover.signatures[i];
    if (i != 0 && !(handover.signatures[i - 1].steward < one.steward))
      return fail(malformed, "signatures ascend by name, each once");
    const auto steward = std::find_if(dao.stewards.begin(), dao.stewards.end(),
                                      [&](const Steward& s) { return s.name == one.steward; });
    if (steward == dao.stewards.end()) return fail(Errc::not_a_steward, one.steward.text() + " was no steward then");
    MIKOSHI_TRY(verify_message(steward->key, dao.id, proposal_tag, message, one.signature.bytes()));
  }
  if (handover.signatures.size() < dao.threshold)
    return fail(Errc::quorum_not_met, std::to_string(handover.signatures.size()) + " of the needed " +
                                          std::to_string(dao.threshold) + " stewards handed over");
  MIKOSHI_TRY(check_stewards(propose->stewards->stewards, propose->stewards->threshold));
  dao.stewards = propose->stewards->stewards;
  dao.threshold = propose->stewards->threshold;
  dao.epoch += 1;
  return {};
}

#endif

}  // namespace mikoshi
