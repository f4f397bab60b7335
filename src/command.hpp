// SPDX-License-Identifier: MIT
#pragma once
/// @file command.hpp
/// What every command of the tool shares: the options that go with all of them, and what a command hands back.
///
/// A command is a function from its options to the text for standard output. Nothing is printed before it has
/// succeeded, so a failed command leaves standard output empty.

#include <optional>
#include <string>
#include <vector>

#include "mikoshi/base/json.hpp"
#include "mikoshi/base/result.hpp"

namespace mikoshi {

/// Options that every command takes.
struct CommonOptions {
  std::string dir = ".";
  bool json = false;
};

/// What a command prints when it has succeeded: plain words, or with --json one canonical JSON line.
struct Printout {
  std::string words;
  Json json;
};

struct SplitOptions {
  std::string rule = "carry";
  std::vector<std::string> amounts;
  std::vector<std::string> weights;  ///< id=w
  std::string weights_file;
};

[[nodiscard]] Result<Printout> run_split(const SplitOptions& options);

}  // namespace mikoshi
