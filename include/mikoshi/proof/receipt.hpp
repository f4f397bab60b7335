// SPDX-License-Identifier: MIT
#pragma once
/// @file receipt.hpp
/// A receipt: one file that shows one member what k named stewards promised, and where the member stands.
///
/// Layer 5. Depends on: proof/handover.hpp, proof/verify.hpp, crypto/tlog_proof.hpp, crypto/sum_tree.hpp.
///
/// It is a proof that a statement stands in the log under a snapshot, and in its extra data what leads from the statement to
/// the member: the leaves of the payout trees with their paths, the leaf of the member tree with its path, and the ledger's
/// first line, whose hash is the DAO's id. It needs no ledger. It cannot show that the amounts are right, or that nobody
/// was invented or left out: that takes the ledger, and verify_ledger.

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "mikoshi/crypto/sum_tree.hpp"
#include "mikoshi/crypto/tlog_proof.hpp"
#include "mikoshi/proof/handover.hpp"
#include "mikoshi/proof/verify.hpp"

namespace mikoshi {

/// A node beside the way from a payout leaf to its root.
struct SumSibling {
  Hash hash{};
  u128 sum = 0;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("hash", self.hash, "the subtree's hash");
    visit("sum", self.sum, "all amounts below it, minor units");
  }
};

/// One payout, and its way to the root that the statement names.
struct PayoutProof {
  std::uint64_t index = 0;
  PayoutLeaf leaf;
  std::vector<SumSibling> path;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("index", self.index, "which leaf of the payout tree, from 0");
    visit("leaf", self.leaf, "what is paid");
    visit("path", self.path, "the siblings, the leaf's own first");
  }
};

/// Where the member stands, and its way to the root that the statement names.
struct StandingProof {
  std::uint64_t index = 0;
  Standing leaf;
  std::vector<Hash> path;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("index", self.index, "which leaf of the member tree, from 0");
    visit("leaf", self.leaf, "where the member stands");
    visit("path", self.path, "the siblings, the leaf's own first");
  }
};

/// The extra data of a receipt: canonical JSON.
struct ReceiptBody {
  std::string dao;
  std::optional<std::vector<StewardHandover>> handovers;
  std::vector<PayoutProof> payouts;
  StandingProof standing;
  std::string statement;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("dao", self.dao, "the ledger's first line");
    visit("handovers", self.handovers, "each change of stewards before the snapshot, in order; absent: there was none");
    visit("payouts", self.payouts, "what the statement's distributions pay the member, in their order");
    visit("standing", self.standing, "where the member stands");
    visit("statement", self.statement, "the statement's line");
  }
};

struct Receipt {
  ReceiptBody body;
  std::uint64_t index = 0;   ///< the statement's seq
  std::vector<Hash> hashes;  ///< its way to the snapshot's root
  Note note;                 ///< the snapshot
};

/// Reads a receipt and refuses every spelling but the one that `to_string` gives. Verifies nothing.
/// @error as parse_tlog_proof | bad_receipt (the extra data; with the field)
[[nodiscard]] MIKOSHI_INLINE Result<Receipt> parse_receipt(std::string_view text);
[[nodiscard]] MIKOSHI_INLINE std::string to_string(const Receipt& receipt);

/// What is needed to write the receipt of any member: one replay for all of them.
class Receipts {
 public:
  /// @param  lines   the ledger.
  /// @param  note    a snapshot of it, with signatures.
  /// @param  period  receipts of the statement that names this month's distribution; else of the snapshot's own statement.
  /// @error  of the note and the lines: as verify_ledger, but no signature is asked for | wrong_period (no statement under
  ///         this snapshot names that month)
  [[nodiscard]] static Result<Receipts> read(const LineSource& lines, std::string_view note,
                                             std::optional<Period> period = std::nullopt);

  /// @error no_such_member (not at the time of the statement). @cost O(log payees + log members)
  [[nodiscard]] Result<Receipt> of(const MemberId& member) const;

  /// Everybody who can have one, ascending.
  [[nodiscard]] const std::vector<Standing>& members() const { return standings_; }

 private:
  Note note_;
  std::string dao_, statement_;
  std::optional<std::vector<StewardHandover>> handovers_;
  std::uint64_t index_ = 0;
  std::vector<Hash> path_;
  std::vector<std::vector<PayoutLeaf>> payouts_;   // by distribution of the statement, and by currency
  std::vector<TreeLevels<SumNode>> payout_trees_;   // the same, hashed
  std::vector<Standing> standings_;
  std::optional<TreeLevels<Hash>> standing_tree_;
};

/// What a verified receipt says.
struct ReceiptCheck : Quorum {
  struct Payout {
    Stated distribution;  ///< as the statement has it
    Currency currency;
    Totals totals;        ///< of the distribution in that currency
    std::uint64_t index = 0;
    u128 amount = 0;
  };
  Hash dao{};
  Hash snapshot{};
  std::uint64_t seq = 0;   ///< of the statement
  std::uint64_t size = 0;  ///< lines that the snapshot covers
  Currency currency;
  Hash charter{};
  std::vector<Stated> distributions;  ///< all that the statement names
  std::vector<Payout> payouts;        ///< those of them that pay the member
  std::uint64_t members = 0;
  Standing standing;
};

/// Verifies a receipt for `member`, who expects it to be theirs.
///
/// @param  period  the month that it must be about, if one is given.
/// @error  as parse_receipt, parse_checkpoint
/// @error  wrong_domain (another DAO than expected, or than the snapshot's; the first line is no DAO's)
/// @error  proof_index_out_of_range | proof_wrong_length | proof_mismatch (statement, payout or standing; with the place)
/// @error  no_snapshot (the proven line is no statement) | payout_mismatch (in + undivided before ≠ distributed + undivided
///         after) | wrong_member | wrong_period (no payout of that month in it) | unexpected_snapshot
/// @error  bad_signature | signers_unknown | quorum_not_met
[[nodiscard]] MIKOSHI_INLINE Result<ReceiptCheck> verify_receipt(std::string_view text, const MemberId& member,
                                                         const Expectations& expected = {},
                                                         std::optional<Period> period = std::nullopt);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE std::string to_string(const Receipt& receipt) {
  return to_string(TlogProof{canonical_text(receipt.body), receipt.index, receipt.hashes, receipt.note});
}

MIKOSHI_INLINE Result<Receipt> parse_receipt(std::string_view text) {
  MIKOSHI_ASSIGN(TlogProof proof, parse_tlog_proof(text));
  const auto refuse = [](const Error& error) {
    return fail(Errc::bad_receipt, "the extra data: " + to_string(error), "line 2");
  };
  const auto json = parse_json(proof.extra);
  if (!json) return refuse(json.error());
  auto body = decode_fields<ReceiptBody>(*json);
  if (!body) return refuse(body.error());
  if (canonical_text(*body) != proof.extra) return refuse(Error{Errc::not_canonical, {}, {}});
  return Receipt{std::move(*body), proof.index, std::move(proof.hashes), std::move(proof.note)};
}

MIKOSHI_INLINE Result<Receipts> Receipts::read(const LineSource& lines, std::string_view note, std::optional<Period> period) {
  Receipts result;
  MIKOSHI_ASSIGN(result.note_, parse_note(note));
  MIKOSHI_ASSIGN(const Checkpoint checkpoint, parse_checkpoint(result.note_.text));
  std::vector<Hash> leaves;
  std::map<RecordId, std::vector<std::vector<PayoutLeaf>>> approved;  // since the last statement: by flow
  Handovers handovers;
  Ledger ledger;
  bool found = false;
  const auto see = [&](const Ledger& before, const Line& line) -> Status {
    if (leaves.size() == checkpoint.size) return {};
    leaves.push_back(line.envelope.leaf);
    if (line.envelope.seq == 0) result.dao_ = encode_line(line.envelope, line.event);
    handovers.see(line);
    if (const auto* approve = std::get_if<Approve>(&line.event)) {
      const DraftRow* draft = before.state.decisions.find_draft(approve->draft);
      if (draft == nullptr) return {};  // the line is refused in a moment, with the rules' own error
      const auto distribution = distribute(before.state, draft->period);
      if (!distribution) return {};
      distribution->each_flow([&](const Flow& flow) {
        approved[draft->id].push_back(payout_leaves(before.state, draft->period, flow));
      });
    }
    const auto* statement = std::get_if<Statement>(&line.event);
    if (statement == nullptr) return {};
    const auto names = [&](const Stated& stated) { return stated.period == *period; };
    if (period ? std::any_of(statement->distributions.begin(), statement->distributions.end(), names)
               : line.envelope.seq + 1 == checkpoint.size) {
      found = true;
      result.statement_ = encode_line(line.envelope, line.event);
      result.index_ = line.envelope.seq;
      result.standings_ = standings(before.state);
      for (const Stated& stated : statement->distributions)
        for (auto& flow : approved[stated.id]) result.payouts_.push_back(std::move(flow));
    }
    approved.clear();
    return {};
  };
  MIKOSHI_TRY(replay(ledger, lines, see));
  if (checkpoint.size == 0 || leaves.size() < checkpoint.size)
    return fail(Errc::ledger_too_short, "the snapshot covers " + std::to_string(checkpoint.size) +
                                            " lines, the ledger has " + std::to_string(leaves.size()));
  if (checkpoint.origin != origin_of(ledger.state.dao.id))
    return fail(Errc::wrong_domain,
                "the snapshot is of " + checkpoint.origin + ", the ledger of " + origin_of(ledger.state.dao.id));
  if (merkle_root(leaves) != checkpoint.root)
    return fail(Errc::root_mismatch,
                "the first " + std::to_string(checkpoint.size) + " lines are not those that were signed");
  if (!found && period) return fail(Errc::wrong_period, "no statement under this snapshot names " + to_string(*period));
  if (!found) return fail(Errc::no_snapshot, "the snapshot does not end with a statement");
  if (!handovers.done.empty()) result.handovers_ = std::move(handovers.done);
  MIKOSHI_ASSIGN(result.path_, prove_inclusion(leaves, result.index_));
  for (const std::vector<PayoutLeaf>& payouts : result.payouts_) {
    std::vector<SumNode> nodes;
    for (const PayoutLeaf& leaf : payouts) nodes.push_back(leaf.node());
    result.payout_trees_.emplace_back(std::move(nodes));
  }
  std::vector<Hash> hashes;
  for (const Standing& standing : result.standings_) hashes.push_back(leaf_hash(as_bytes(canonical_text(standing))));
  result.standing_tree_.emplace(std::move(hashes));
  return result;
}

MIKOSHI_INLINE Result<Receipt> Receipts::of(const MemberId& member) const {
  const auto standing = std::lower_bound(standings_.begin(), standings_.end(), member,
                                         [](const Standing& a, const MemberId& id) { return a.member < id; });
  if (standing == standings_.end() || standing->member != member)
    return fail(Errc::no_such_member, "no member was called " + member.text() + " when that was signed");
  Receipt receipt;
  receipt.body.dao = dao_;
  receipt.body.handovers = handovers_;
  receipt.body.statement = statement_;
  receipt.index = index_;
  receipt.hashes = path_;
  receipt.note = note_;
  receipt.body.standing.index = static_cast<std::uint64_t>(standing - standings_.begin());
  receipt.body.standing.leaf = *standing;
  MIKOSHI_ASSIGN(receipt.body.standing.path, standing_tree_->prove(receipt.body.standing.index));
  for (std::size_t i = 0; i < payouts_.size(); ++i) {
    const auto leaf = std::lower_bound(payouts_[i].begin(), payouts_[i].end(), member.text(),
                                       [](const PayoutLeaf& a, const std::string& payee) { return a.payee < payee; });
    if (leaf == payouts_[i].end() || leaf->payee != member.text()) continue;
    PayoutProof proof;
    proof.index = static_cast<std::uint64_t>(leaf - payouts_[i].begin());
    proof.leaf = *leaf;
    MIKOSHI_ASSIGN(const std::vector<SumNode> path, payout_trees_[i].prove(proof.index));
    for (const SumNode& node : path) proof.path.push_back({node.hash, node.sum});
    receipt.body.payouts.push_back(std::move(proof));
  }
  return receipt;
}

namespace detail {
/// Names which of a receipt's proofs failed.
inline Status in_proof_of(Status status, const std::string& what) {
  if (status) return status;
  Error error = std::move(status).error();
  error.where = what + (error.where.empty() ? "" : ", " + error.where);
  return Failure{std::move(error)};
}

/// @error as verify_sum_inclusion | wrong_member | wrong_period (no distribution of that month is stated) | mixed_assets (none in
///        that currency)
inline Result<ReceiptCheck::Payout> check_payout(const PayoutProof& proof, const std::vector<Stated>& stated,
                                                 const MemberId& member, const Currency& own) {
  if (proof.leaf.payee != member.text())
    return fail(Errc::wrong_member, "it has a payout of " + proof.leaf.payee, "payout of " + to_string(proof.leaf.period));
  const auto distribution = std::find_if(stated.begin(), stated.end(),
                                         [&](const Stated& s) { return s.period == proof.leaf.period; });
  if (distribution == stated.end())
    return fail(Errc::wrong_period, "the statement names no distribution of " + to_string(proof.leaf.period));
  std::vector<SumNode> path;
  for (const SumSibling& sibling : proof.path) path.push_back({sibling.sum, sibling.hash});
  Currency currency = own;
  const Totals* totals = &distribution->outcome;
  if (const auto& code = proof.leaf.currency) {
    totals = code == own.code() ? nullptr : distribution->outcome.in_currency(*code, own.code());
    if (totals == nullptr)
      return fail(Errc::mixed_assets, "the statement has no distribution in " + *code,
                  "payout of " + to_string(proof.leaf.period));
    for (const OtherTotals& other : *distribution->outcome.others)
      if (other.currency == *code) {
        MIKOSHI_ASSIGN(currency, Currency::make(*code, other.exponent));
      }
  }
  MIKOSHI_TRY(in_proof_of(verify_sum_inclusion({totals->distributed, totals->payout_root}, proof.leaf.node(),
                                               proof.index, totals->payees, path),
                          "payout of " + to_string(proof.leaf.period)));
  return ReceiptCheck::Payout{*distribution, std::move(currency), *totals, proof.index, proof.leaf.amount};
}
}  // namespace detail

MIKOSHI_INLINE Result<ReceiptCheck> verify_receipt(std::string_view text, const MemberId& member, const Expectations& expected,
                                           std::optional<Period> period) {
  MIKOSHI_ASSIGN(const Receipt receipt, parse_receipt(text));
  MIKOSHI_ASSIGN(const Checkpoint checkpoint, parse_checkpoint(receipt.note.text));
  ReceiptCheck result;
  result.size = checkpoint.size;
  result.seq = receipt.index;
  result.snapshot = snapshot_hash(receipt.note.text);

  // The first line says who the stewards are; it cannot be another one, because its hash is the DAO's id.
  Ledger first;
  if (const auto line = take_line(first, receipt.body.dao); !line)
    return fail(Errc::wrong_domain, "its first line is no DAO's: " + to_string(line.error()));
  Dao dao = first.state.dao;
  result.dao = dao.id;
  result.currency = first.state.currency;
  if (expected.dao && *expected.dao != dao.id)
    return fail(Errc::wrong_domain, "this is a receipt of " + to_hex(dao.id));
  if (checkpoint.origin != origin_of(dao.id))
    return fail(Errc::wrong_domain, "the snapshot is of " + checkpoint.origin + ", the first line of " + origin_of(dao.id));

  MIKOSHI_TRY(detail::in_proof_of(verify_inclusion(checkpoint.root, leaf_hash(as_bytes(receipt.body.statement)),
                                                   receipt.index, checkpoint.size, receipt.hashes),
                                  "statement"));
  MIKOSHI_ASSIGN(const Line line, decode_line(receipt.body.statement));
  const auto* statement = std::get_if<Statement>(&line.event);
  if (statement == nullptr || line.envelope.seq != receipt.index)
    return fail(Errc::no_snapshot, "the line that it proves is no statement of that place");
  result.charter = statement->charter;
  result.distributions = statement->distributions;
  result.members = statement->members.count;
  for (const Stated& stated : statement->distributions) {
    const auto balances = [](const Totals& t) { return t.in + t.undivided_before == t.distributed + t.undivided_after; };
    const auto& others = stated.outcome.others;
    if (!balances(stated.outcome) || (others && !std::all_of(others->begin(), others->end(), [&](const OtherTotals& other) {
          return balances(other.totals);
        })))
      return fail(Errc::payout_mismatch, "what came in is not what went out", to_string(stated.period));
  }

  const StandingProof& standing = receipt.body.standing;
  MIKOSHI_TRY(detail::in_proof_of(
      verify_inclusion(statement->members.root, leaf_hash(as_bytes(canonical_text(standing.leaf))), standing.index,
                       statement->members.count, standing.path),
      "standing"));
  result.standing = standing.leaf;
  if (standing.leaf.member != member)
    return fail(Errc::wrong_member, "this is the receipt of " + standing.leaf.member.text());
  for (const PayoutProof& proof : receipt.body.payouts) {
    MIKOSHI_ASSIGN(ReceiptCheck::Payout payout, detail::check_payout(proof, statement->distributions, member, result.currency));
    // The DAO's own currency comes first, then the others by their codes.
    const auto place = [&](const ReceiptCheck::Payout& one) {
      return std::tuple{one.distribution.period, one.currency != result.currency, one.currency.code()};
    };
    if (!result.payouts.empty() && !(place(result.payouts.back()) < place(payout)))
      return fail(Errc::bad_receipt, "payouts ascend by month and currency, each once");
    result.payouts.push_back(std::move(payout));
  }
  // Somebody may have taken a payout out of it: a month that was asked for has to be shown.
  if (period && std::none_of(result.payouts.begin(), result.payouts.end(), [&](const ReceiptCheck::Payout& payout) {
        return payout.distribution.period == *period;
      }))
    return fail(Errc::wrong_period, "it shows no payout of " + to_string(*period));
  if (expected.snapshot && *expected.snapshot != result.snapshot)
    return fail(Errc::unexpected_snapshot, "its snapshot is " + to_hex(result.snapshot));
  StewardWatch watch{expected};
  watch.see(dao);
  if (const auto& handovers = receipt.body.handovers) {
    if (handovers->empty()) return fail(Errc::bad_receipt, "no change of stewards is said by leaving them out");
    for (std::size_t i = 0; i < handovers->size(); ++i) {
      MIKOSHI_TRY(detail::in_proof_of(hand_over(dao, (*handovers)[i], Errc::bad_receipt), "handover " + std::to_string(i + 1)));
      watch.see(dao);
    }
  }
  MIKOSHI_ASSIGN(static_cast<Quorum&>(result), watch.measure(receipt.note));
  MIKOSHI_TRY(check_quorum(result, "the proof"));
  return result;
}

#endif

}  // namespace mikoshi
