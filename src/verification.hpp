// SPDX-License-Identifier: MIT
#pragma once
/// @file verification.hpp
/// What a verified ledger is said to be, in rows of words and in JSON: the same from every command that verifies one.

#include <string>

#include "mikoshi/base/json.hpp"
#include "mikoshi/proof/verify.hpp"

namespace mikoshi {

/// One row: a label, and what was found.
[[nodiscard]] std::string row(const std::string& label, const std::string& text);

/// Whether the stewards are not those whom the ledger's first line, or the verifier, names, but whom these handed over to.
[[nodiscard]] inline bool are_successors(const Quorum& quorum) {
  return quorum.handed_on || (!quorum.stewards_given && quorum.changes != 0);
}

[[nodiscard]] std::string arithmetic_row(const Verification& result);
[[nodiscard]] std::string signers_row(const Quorum& quorum);
/// Signatures by keys that are nobody's; no row where there are none.
[[nodiscard]] std::string unknown_row(std::uint64_t unknown);
/// In whose voice the facts are, and each claim root.
[[nodiscard]] std::string records_rows(const Verification& result);
/// Lines after the snapshot; no row where there are none.
[[nodiscard]] std::string after_row(const Verification& result);

/// @param unknown  signatures that are neither a steward's nor a known witness's.
[[nodiscard]] Json verification_json(const Verification& result, std::uint64_t unknown);

}  // namespace mikoshi
