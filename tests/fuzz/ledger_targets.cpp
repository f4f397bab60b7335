// SPDX-License-Identifier: MIT
/// Targets of whole ledgers: lines from a stranger, rules from a stranger.

#include "any_rules.hpp"
#include "demo_dao.hpp"
#include "target.hpp"

namespace fuzz {

/// Two charters, of which the second often keeps some of the first one's pools.
static std::string two_rules(Feed& feed) {
  std::size_t first = 0, second = feed.below(4);
  const Json one = any_charter(feed, 4, first), other = any_charter(feed, 3, second);
  return to_canonical(one) + "\n" + to_canonical(other);
}

void charter(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, two_rules);
  const std::size_t divide = std::min(text.find('\n'), text.size());
  const auto rules = parse_json(std::string_view{text}.substr(0, divide));
  if (!rules) return;
  const auto read = parse_charter(*rules);
  if (!read) {
    MIKOSHI_CHECK(read.error().code == Errc::bad_charter);
    return;
  }
  const auto spelled_again = parse_charter(parse_canonical(to_canonical(*rules)).value());
  MIKOSHI_CHECK(spelled_again && print(*spelled_again) == print(*read));
  Keeper keeper = furnished();
  const Timestamp start = at("2026-01-12T00:00:00Z");
  const auto first =
      keeper.offer(object({{"kind", "charter"}, {"from", "2026-01"}, {"id", "v1"}, {"rules", *rules}}), start);
  if (!first) {
    const bool sound = check_charter(keeper.state(), *read, Period::parse("2026-01").value()).has_value();
    MIKOSHI_CHECK(first.error().code == (sound ? Errc::too_large : Errc::bad_charter));
    return;
  }
  check_month(keeper, "2026-01", "2026-02", "100003");
  if (divide < text.size()) {
    const auto later = parse_json(text.substr(divide + 1));
    if (later && later->object() != nullptr) {
      const Json claim = object({{"kind", "charter"}, {"from", "2026-03"}, {"id", "v2"}, {"rules", *later}});
      static_cast<void>(keeper.offer(claim, std::max(at("2026-02-02T00:00:00Z"), keeper.state().last_at)));
    }
  }
  if (keeper.state().decisions.closed_through) {
    check_month(keeper, "2026-02", "2026-03", "7");
    check_month(keeper, "2026-03", "2026-04", "170141183460469231731687303715883000000");  // all income nearly 2^127
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
    keeper.note(text);
    before = print(keeper.ledger);
  });
  keeper.check_replay();
}

}  // namespace fuzz
