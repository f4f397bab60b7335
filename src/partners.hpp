// SPDX-License-Identifier: MIT
#pragma once
/// @file partners.hpp
/// Communities beside each other, for people: reading their folders, and what they give each other as lines.

#include <span>
#include <string>
#include <vector>

#include "command.hpp"
#include "mikoshi/ledger/partners.hpp"

namespace mikoshi {

/// Reads the ledger of a folder. @error as open_folder, replay; with the folder
[[nodiscard]] Result<Community> open_community(const std::string& dir);

/// One line an edge: month, giver, receiver, amount, and whether the receiver has booked it.
[[nodiscard]] std::string edges_words(std::span<const Community> communities, const std::vector<Edge>& edges);
[[nodiscard]] Json edges_json(std::span<const Community> communities, const std::vector<Edge>& edges);

}  // namespace mikoshi
