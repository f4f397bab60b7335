// SPDX-License-Identifier: MIT
#pragma once
/// @file games.hpp
/// Games against a charter: what somebody who plays with the dates and the names of things would gain by it.
///
/// Each is played on a second ledger, by lines that the rules take: a game that they refuse gains nothing.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/ledger/what_if.hpp"

namespace mikoshi {

enum class Game { late_buyer, sybil_split, sliced_income, leave_and_rejoin, gifts, rating_ring };
inline constexpr std::array<Game, 6> all_games = {Game::late_buyer,       Game::sybil_split, Game::sliced_income,
                                                  Game::leave_and_rejoin, Game::gifts,       Game::rating_ring};
inline constexpr std::array<std::string_view, 6> game_names = {"late_buyer",       "sybil_split", "sliced_income",
                                                               "leave_and_rejoin", "gifts",       "rating_ring"};

/// How many lines a month's income is booked in by the game of slices, for each that it really was.
inline constexpr std::size_t income_slices = 30;

/// Who plays, when, and with what.
struct Player {
  Period month;
  MemberId member;
  std::uint64_t ticket_weight = 0;  ///< Σ class weight of the tickets held
  u128 points_weight = 0;           ///< Σ kind weight × points that wait for the month's close
  std::optional<TicketId> lent;     ///< the ticket that a late buyer takes for an hour; nothing: none may move
  MemberId lender;
  std::optional<MemberId> partner;  ///< who takes gifts and gives them back; nothing: nobody else is there all month
  std::vector<TicketId> own;        ///< the player's tickets that may move and rest all month
  std::optional<RecordId> review;   ///< the review that counts in the month, if two who are rated in it rate
  std::array<MemberId, 2> ring;     ///< these two: those of them whose ids come first
};

/// Who plays in `month`: of the members who are there all month, those with tickets and points if there are any, else
/// those with tickets, else all; of these the median by ticket weight, then points, then id. Nothing where nobody is there
/// all month. The ticket that is lent is the heaviest that may move and rests all of the last hour; then the first by id. The
/// partner is the one next to the player in that order.
/// @error as run_what_if
[[nodiscard]] Result<std::optional<Player>> choose_player(const State& real, const LineSource& lines, WhatIf terms,
                                                          Period month);

/// What came of a game.
struct Played {
  bool possible = true;          ///< there was something to play with
  std::optional<Error> refused;  ///< the rules took no such lines
  u128 without = 0;              ///< minor units paid to all who play up to the month when nobody plays
  u128 with = 0;                 ///< minor units paid to them when they do, the player's double included
};

/// Plays one game against the charter of `terms`, whose run without games is `base`. @pre base covers the player's month.
[[nodiscard]] Played play(Game game, const Player& player, const State& real, const LineSource& lines, WhatIf terms,
                          const WhatIfRun& base);

}  // namespace mikoshi
