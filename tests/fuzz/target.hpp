// SPDX-License-Identifier: MIT
#pragma once
/// @file target.hpp
/// The fuzz targets: one function each, and one line each in the table of target.cpp.
///
/// A target takes any bytes, never crashes, and says with MIKOSHI_CHECK what must be true of them: mostly that whatever
/// is accepted is written again as exactly the same bytes.

#include <cstdint>
#include <span>
#include <string_view>

#include "mikoshi/base/bytes.hpp"

namespace fuzz {

using namespace mikoshi;

struct Target {
  std::string_view name;
  void (*run)(ByteSpan bytes);
  std::size_t length_max;    ///< of an input, in bytes, while fuzzing
  std::uint64_t short_runs;  ///< how many inputs the short run of the tests tries: about two seconds
  std::string_view about;
};

/// Every target, in the order of the table.
[[nodiscard]] std::span<const Target> targets();
/// The target of that name, or nullptr.
[[nodiscard]] const Target* find_target(std::string_view name);
/// Prints the table: name, length_max, short_runs and about, separated by tabs.
void list_targets();

// base_targets.cpp
void amount(ByteSpan bytes);
void bytes(ByteSpan bytes);
void csv(ByteSpan bytes);
void id(ByteSpan bytes);
void json(ByteSpan bytes);
void time(ByteSpan bytes);
// crypto_targets.cpp
void checkpoint(ByteSpan bytes);
void key_file(ByteSpan bytes);
void merkle(ByteSpan bytes);
void note(ByteSpan bytes);
void sum_tree(ByteSpan bytes);
void tlog_proof(ByteSpan bytes);
// log_targets.cpp
void consistency(ByteSpan bytes);
void tile(ByteSpan bytes);
// key_targets.cpp
void cosignature(ByteSpan bytes);
void key(ByteSpan bytes);
// split_targets.cpp
void carry(ByteSpan bytes);
void hamilton(ByteSpan bytes);
// line_targets.cpp
void claim(ByteSpan bytes);
void event(ByteSpan bytes);
void line(ByteSpan bytes);
// ledger_targets.cpp
void charter(ByteSpan bytes);
void ledger(ByteSpan bytes);
// evidence_target.cpp
void evidence(ByteSpan bytes);
// proof_targets.cpp
void receipt(ByteSpan bytes);
void verify(ByteSpan bytes);
// tool_targets.cpp
void claim_tree(ByteSpan bytes);
void pin(ByteSpan bytes);
void private_book(ByteSpan bytes);
void transfer_log(ByteSpan bytes);
// api_target.cpp
void api(ByteSpan bytes);

}  // namespace fuzz
