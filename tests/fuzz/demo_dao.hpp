// SPDX-License-Identifier: MIT
#pragma once
/// @file demo_dao.hpp
/// A small DAO that has lived for two months, for targets that need a valid ledger to damage.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "feed.hpp"
#include "keeper.hpp"

namespace fuzz {

inline Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

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
inline const Keeper& furnished() {
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
    must(object({{"kind", "opening"}, {"amount", "2500"}, {"currency", "JPY"}, {"id", "o1"}, {"to", "m2"}}));
    return keeper;
  }();
  return made;
}

/// Some work and some income in a month, then its distribution: whatever the rules are, it comes out even.
inline void check_month(Keeper& keeper, const std::string& month, const std::string& next, const std::string& income) {
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
inline const Keeper& closed() {
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
    must(object(
        {{"kind", "income.correct"}, {"amount", "99003"}, {"id", "i2026-01"}}));  // distributed: a deficit of 1,000
    const auto pay = [&](const char* id, const char* member, const char* amount) {
      must(object({{"kind", "payment"}, {"amount", amount}, {"currency", "JPY"}, {"id", id}, {"member", member}}));
      must(object({{"kind", "payment.sent"}, {"id", id}}));
    };
    pay("p1", "m2", "2500");
    must(object({{"kind", "payment.settled"}, {"amount", "2500"}, {"id", "p1"}}));
    pay("p2", "m1", "600");
    must(object({{"kind", "payment.failed"}, {"amount", "600"}, {"id", "p2"}}));
    check_month(keeper, "2026-02", "2026-03", "7");
    return keeper;
  }();
  return made;
}

/// Some of its lines, one of them perhaps in another place.
inline std::string some_lines(Feed& feed) {
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

}  // namespace fuzz
