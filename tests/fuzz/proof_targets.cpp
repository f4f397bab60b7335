// SPDX-License-Identifier: MIT
/// Targets of proof/: a snapshot, and a receipt, as a stranger gets them.

#include "demo_dao.hpp"
#include "fill.hpp"
#include "target.hpp"
#include "mikoshi/proof/receipt.hpp"

namespace fuzz {
namespace {

/// The snapshot of a ledger that ends with a statement, signed by two stewards.
std::string signed_note(const Ledger& ledger) {
  Note note{snapshot_text(ledger).value(), {}};
  for (const std::uint8_t n : std::array<std::uint8_t, 2>{1, 2})
    MIKOSHI_CHECK(sign_snapshot(note, ledger.state.dao, demo_key(n)).has_value());
  return to_string(note);
}

/// A note, a zero byte, and the ledger that it is of; the signatures are right.
std::string signed_ledger(Feed& feed) {
  static const std::string note = signed_note(closed().ledger);
  return note + std::string(1, '\0') + some_lines(feed);
}

/// All receipts that the stewards of the demo DAO ever gave a right to: of either month, under either snapshot.
const std::vector<Receipt>& true_receipts() {
  static const std::vector<Receipt> made = [] {
    std::vector<Receipt> receipts;
    const auto add = [&](const std::string& lines, const std::string& note, std::optional<Period> period) {
      const auto source = Receipts::read(text_lines(lines), note, period);
      MIKOSHI_CHECK(source.has_value());
      for (const Standing& standing : source->members()) receipts.push_back(source->of(standing.member).value());
    };
    Keeper first;
    for (const std::string& line : closed().lines) {
      if (ends_with_statement(first.ledger)) break;
      MIKOSHI_CHECK(take_line(first.ledger, line).has_value());
      first.lines.push_back(line);
    }
    add(first.text(), signed_note(first.ledger), std::nullopt);
    const std::string note = signed_note(closed().ledger);
    for (const char* month : {"2026-01", "2026-02"}) add(closed().text(), note, Period::parse(month).value());
    return receipts;
  }();
  return made;
}

template <class Item>
void change_list(Feed& feed, std::vector<Item>& list, const std::vector<Item>& other) {
  const std::size_t place = list.empty() ? 0 : feed.below(list.size());
  const auto at_place = list.begin() + static_cast<std::ptrdiff_t>(place);
  switch (feed.below(4)) {
    case 0:
      if (!list.empty()) list.erase(at_place);
      break;
    case 1:
      if (!list.empty()) std::swap(list[place], list[feed.below(list.size())]);
      break;
    case 2:
      if (!other.empty()) list.insert(at_place, feed.pick(other));
      break;
    case 3:
      list = other;
      break;
  }
}

/// One part of a receipt is exchanged for that of another one, moved, or made up.
void change(Feed& feed, Receipt& receipt) {
  const Receipt& other = feed.pick(true_receipts());
  StandingProof& standing = receipt.body.standing;
  PayoutProof no_payout;
  PayoutProof& payout = receipt.body.payouts.empty() ? no_payout : receipt.body.payouts.front();
  switch (feed.below(16)) {
    case 0:
      return fill(feed, standing.leaf.owed);
    case 1:
      standing.leaf = other.body.standing.leaf;
      return;
    case 2:
      standing.leaf.member = other.body.standing.leaf.member;
      return;
    case 3:
      standing.index = feed.below(8);
      return;
    case 4:
      return change_list(feed, standing.path, other.body.standing.path);
    case 5:
      return fill(feed, payout.leaf.amount);
    case 6:
      payout.leaf.payee = other.body.standing.leaf.member.text();
      return;
    case 7:
      payout.index = feed.below(8);
      return;
    case 8:
      return other.body.payouts.empty() ? void() : change_list(feed, payout.path, other.body.payouts.front().path);
    case 9:
      return payout.path.empty() ? void() : fill(feed, payout.path[feed.below(payout.path.size())].sum);
    case 10:
      return change_list(feed, receipt.body.payouts, other.body.payouts);
    case 11:
      receipt.body.statement = feed.one_in(2) ? other.body.statement : feed.pick(closed().lines);
      return;
    case 12:
      receipt.index = feed.below(64);
      return;
    case 13:
      return change_list(feed, receipt.hashes, other.hashes);
    case 14:
      receipt.note = other.note;
      return;
    case 15:
      return fill(feed, receipt.body);
  }
}

}  // namespace

/// A note, a zero byte, and a ledger.
void verify(ByteSpan bytes) {
  const std::string whole = text_or_edited(bytes, signed_ledger);
  const std::string_view text = whole;
  const std::size_t divide = text.find('\0');
  if (divide == std::string_view::npos) return;
  const std::string_view note_text = text.substr(0, divide), lines = text.substr(divide + 1);
  const auto verified = verify_ledger(text_lines(lines), note_text);
  if (!verified) return;
  // All that it says is counted again here, from the bytes.
  const Note note = parse_note(note_text).value();
  const Checkpoint checkpoint = parse_checkpoint(note.text).value();
  std::vector<Hash> leaves;
  each_piece(lines, '\n', [&](std::string_view line) { leaves.push_back(leaf_hash(as_bytes(line))); });
  leaves.pop_back();  // nothing follows the last newline
  MIKOSHI_CHECK(verified->lines == leaves.size() && verified->size == checkpoint.size &&
                checkpoint.size <= leaves.size());
  MIKOSHI_CHECK(merkle_root(std::span{leaves}.first(checkpoint.size)) == checkpoint.root);
  MIKOSHI_CHECK(verified->lines_after == leaves.size() - checkpoint.size && verified->root == merkle_root(leaves));
  MIKOSHI_CHECK(verified->dao == leaves[0] && verified->snapshot == sha256(as_bytes(note.text)));
  const Line first = decode_line(lines.substr(0, lines.find('\n'))).value();
  const auto& dao = std::get<DaoStart>(first.event);
  std::size_t signers = 0;
  for (const Steward& steward : dao.stewards)
    signers += std::any_of(note.signatures.begin(), note.signatures.end(), [&](const NoteSignature& line) {
      return line.name == steward.name.text() && verify_note_signature(line, steward.key, note.text).has_value();
    });
  MIKOSHI_CHECK(signers == verified->signers.stewards.size() && signers >= dao.threshold);
}

void receipt(ByteSpan bytes) {
  std::string asked = "m1";
  const std::string text = text_or_edited(bytes, [&](Feed& feed) {
    Receipt made = feed.pick(true_receipts());
    asked = "m" + std::to_string(1 + feed.below(4));
    for (std::size_t n = feed.below(4); n-- > 0;) change(feed, made);
    return to_string(made);
  });
  const auto read = parse_receipt(text);
  const MemberId member = MemberId::parse(asked).value();
  if (!read) {
    MIKOSHI_CHECK(!verify_receipt(text, member));
    return;
  }
  MIKOSHI_CHECK(to_string(*read) == text);
  static_cast<void>(verify_receipt(text, read->body.standing.leaf.member));
  Expectations expected;
  expected.dao = closed().state().dao.id;
  const auto checked = verify_receipt(text, member, expected);
  if (!checked) return;
  // Nobody but the stewards signs, and they signed two snapshots: all that a receipt can say is what those say.
  const auto& known = true_receipts();
  const auto truth = std::find_if(known.begin(), known.end(), [&](const Receipt& one) {
    return one.index == checked->seq && one.body.standing.leaf.member == member;
  });
  MIKOSHI_CHECK(truth != known.end() && checked->standing == truth->body.standing.leaf);
  for (const ReceiptCheck::Payout& payout : checked->payouts) {
    const auto& payouts = truth->body.payouts;
    MIKOSHI_CHECK(std::any_of(payouts.begin(), payouts.end(), [&](const PayoutProof& proof) {
      return proof.leaf.period == payout.distribution.period && proof.leaf.amount == payout.amount &&
             proof.index == payout.index;
    }));
  }
}

}  // namespace fuzz
