// SPDX-License-Identifier: MIT
/// Targets of whole ledgers: lines from a stranger, rules from a stranger, a snapshot from a stranger.

#include "feed.hpp"
#include "keeper.hpp"
#include "target.hpp"
#include "mikoshi/proof/verify.hpp"

namespace fuzz {
namespace {

Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

/// calls visit(piece) for each piece between separators.
template <class Visit>
void each_piece(std::string_view text, char separator, Visit&& visit) {
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    visit(text.substr(start, end - start));
    start = end + 1;
  }
}

/// A DAO with something of everything that weights are made of, and no charter.
const Keeper& furnished() {
  static const Keeper made = [] {
    Keeper keeper;
    const auto must = [&](const Json& claim) {
      MIKOSHI_CHECK(keeper.offer(claim, at("2026-01-01T00:00:00Z")).has_value());
    };
    must(dao_claim("+09:00", 0));
    for (const char* member : {"m1", "m2", "m3", "m4"}) must(object({{"kind", "member.join"}, {"member", member}}));
    must(object({{"kind", "ticket.class"}, {"class", "seat"}, {"transfer", "free"}, {"weight", 3}}));
    for (const char* n : {"1", "2", "3"})
      must(object({{"kind", "ticket.mint"},
                   {"class", "seat"},
                   {"ticket", std::string{"t"} + n},
                   {"to", std::string{"m"} + n}}));
    must(object({{"kind", "member.leave"}, {"member", "m3"}}));
    must(object({{"kind", "contribution.kind"}, {"type", "work"}, {"weight", 7}}));
    return keeper;
  }();
  return made;
}

/// Some work and some income in a month, then its distribution: whatever the rules are, it comes out even.
void check_month(Keeper& keeper, const std::string& month, const std::string& next, const std::string& income) {
  const Timestamp in_it = at(month + "-20T00:00:00Z"), after = at(next + "-01T00:00:00Z");
  const auto must = [&](const Json& claim, Timestamp when) { MIKOSHI_CHECK(keeper.offer(claim, when).has_value()); };
  must(object({{"kind", "contribution"},
               {"confirmed", "m2"},
               {"id", "w" + month},
               {"member", "m1"},
               {"period", month},
               {"points", 5},
               {"type", "work"}}),
       in_it);
  must(object({{"kind", "income"}, {"amount", income}, {"currency", "JPY"}, {"id", "i" + month}, {"period", month}}),
       in_it);
  const auto draft = make_draft(keeper.state(), Period::parse(month).value());
  if (!draft) {
    MIKOSHI_CHECK(draft.error().code == Errc::weight_overflow);
    return;
  }
  must(claim_of(*draft), after);
  must(object({{"kind", "approve"}, {"draft", draft->id.text()}}), after);
  const auto statement = make_statement(keeper.state());
  MIKOSHI_CHECK(statement.has_value());
  must(claim_of(*statement), after);
}

/// Two months of the furnished DAO.
const Keeper& closed() {
  static const Keeper made = [] {
    Keeper keeper = furnished();
    const Json to = object({{"to", "pool:reserve"}});
    const Json work = object({{"pool", "work"}, {"among", "contributions"}, {"else", to}});
    const Json seats = object({{"pool", "seats"}, {"among", "ticket-seconds"}, {"else", to}});
    const Json root = object(
        {{"pool", "income"}, {"split", Json::Array{Json::Array{1, to}, Json::Array{6, work}, Json::Array{3, seats}}}});
    const Json claim =
        object({{"kind", "charter"}, {"from", "2026-01"}, {"id", "v1"}, {"rules", object({{"root", root}})}});
    MIKOSHI_CHECK(keeper.offer(claim, at("2026-01-02T00:00:00Z")).has_value());
    check_month(keeper, "2026-01", "2026-02", "100003");
    const auto must = [&](const Json& later) {
      MIKOSHI_CHECK(keeper.offer(later, at("2026-02-03T00:00:00Z")).has_value());
    };
    must(object({{"kind", "member.rejoin"}, {"member", "m3"}}));
    must(object({{"kind", "ticket.transfer"}, {"from", "m1"}, {"ticket", "t1"}, {"to", "m4"}}));
    must(object({{"kind", "ticket.burn"}, {"from", "m2"}, {"ticket", "t2"}}));
    must(object({{"kind", "contribution"},
                 {"id", "song"},
                 {"member", "m1"},
                 {"period", "2026-02"},
                 {"points", 3},
                 {"type", "work"}}));
    must(object({{"kind", "contribution.confirm"}, {"by", "m4"}, {"id", "song"}}));
    must(object({{"kind", "contribution.correct"}, {"id", "song"}, {"points", 2}}));
    must(object({{"kind", "income"}, {"amount", "500"}, {"currency", "JPY"}, {"id", "gift"}, {"period", "2026-02"}}));
    must(object({{"kind", "income.correct"}, {"amount", "400"}, {"id", "gift"}}));
    check_month(keeper, "2026-02", "2026-03", "7");
    return keeper;
  }();
  return made;
}

/// Some of its lines, one of them perhaps in another place.
std::string some_lines(Feed& feed) {
  std::vector<std::string> lines = closed().lines;
  const std::size_t from = feed.below(64), to = feed.below(64);
  if (from < lines.size() && to < lines.size()) {
    const std::string moved = lines[from];
    if (!feed.one_in(2)) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(from));
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(std::min(to, lines.size())), moved);
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// A note, a zero byte, and the ledger that it is of; the signature under it is right.
std::string signed_ledger(Feed& feed) {
  static const std::string note_text = [] {
    Note note{snapshot_text(closed().ledger).value(), {}};
    for (const std::uint8_t n : std::array<std::uint8_t, 2>{1, 2})
      MIKOSHI_CHECK(sign_snapshot(note, closed().state().dao, demo_key(n)).has_value());
    return to_string(note);
  }();
  return note_text + std::string(1, '\0') + some_lines(feed);
}

}  // namespace

void charter(ByteSpan bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t divide = std::min(text.find('\n'), text.size());
  const auto rules = parse_json(text.substr(0, divide));
  if (!rules) return;
  const auto read = parse_charter(*rules);
  if (!read) {
    MIKOSHI_CHECK(read.error().code == Errc::bad_charter);
    return;
  }
  const auto spelled_again = parse_charter(parse_canonical(to_canonical(*rules)).value());
  MIKOSHI_CHECK(spelled_again && print(*spelled_again) == print(*read));
  Keeper keeper = furnished();
  const Timestamp start = at("2026-01-02T00:00:00Z");
  const auto first =
      keeper.offer(object({{"kind", "charter"}, {"from", "2026-01"}, {"id", "v1"}, {"rules", *rules}}), start);
  if (!first) {
    MIKOSHI_CHECK(first.error().code == Errc::too_large);
    return;
  }
  check_month(keeper, "2026-01", "2026-02", "100003");
  if (divide < text.size()) {
    const auto later = parse_json(text.substr(divide + 1));
    if (later && later->object() != nullptr) {
      const Json claim = object({{"kind", "charter"}, {"from", "2026-03"}, {"id", "v2"}, {"rules", *later}});
      static_cast<void>(keeper.offer(claim, at("2026-02-02T00:00:00Z")));
    }
  }
  if (keeper.state().decisions.closed_through) {
    check_month(keeper, "2026-02", "2026-03", "7");
    check_month(keeper, "2026-03", "2026-04", "170141183460469231731687303715884005000");  // all income nearly 2^127
  }
  keeper.check_replay();
}

void ledger(ByteSpan bytes) {
  Keeper keeper;
  std::string before = print(keeper.ledger);
  each_piece(text_or_edited(bytes, some_lines), '\n', [&](std::string_view piece) {
    std::string text{piece};
    auto taken = take_line(keeper.ledger, text);
    if (!taken && taken.error().code == Errc::chain_broken) {  // after one refusal no line is in its place: give it one
      Json moved = parse_canonical(text).value();
      moved.set("seq", static_cast<std::int64_t>(keeper.state().next_seq));
      text = to_canonical(moved);
      taken = take_line(keeper.ledger, text);
    }
    if (!taken) {
      MIKOSHI_CHECK(print(keeper.ledger) == before);
      MIKOSHI_CHECK(taken.error().where.starts_with("seq " + std::to_string(keeper.state().next_seq)));
      return;
    }
    MIKOSHI_CHECK(encode_line(taken->envelope, taken->event) == text);
    keeper.lines.emplace_back(text);
    check_sound(keeper.ledger);
    before = print(keeper.ledger);
  });
  keeper.check_replay();
}

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

}  // namespace fuzz
