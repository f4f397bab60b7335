// SPDX-License-Identifier: MIT
#pragma once
/// @file community.hpp
/// A community's ledger, made for measuring: so many members, so many contributions a month, a distribution each month.

#include <string>
#include <vector>

#include "mikoshi/ledger/replay.hpp"
#include "mikoshi/proof/snapshot.hpp"

namespace bench {

struct Community {
  std::string text;  ///< the ledger, each line ended
  std::vector<std::string_view> lines;
  std::string note;  ///< the newest snapshot, signed by its three stewards
  std::vector<mikoshi::Steward> stewards;
};

/// @param members  who join at the start, each with a ticket.
/// @param months   after which a month is drafted, approved and stated.
/// @param events   contributions in all.
[[nodiscard]] Community make_community(std::size_t members, std::size_t months, std::size_t events);

/// The lines of a community whose members hold tickets.
[[nodiscard]] std::string make_tickets(std::size_t members, std::size_t tickets);

}  // namespace bench
