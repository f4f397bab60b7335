// SPDX-License-Identifier: MIT
#pragma once
/// @file manual.hpp
/// The manual page and the shells' completions: written from the same tree of commands that --help prints.

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace mikoshi {

/// A page in roff's man(7) macros.
[[nodiscard]] std::string manual_page(const CLI::App& app);

/// A script for `shell`: bash, zsh or fish.
[[nodiscard]] std::string completion_script(const CLI::App& app, std::string_view shell);

}  // namespace mikoshi
