// SPDX-License-Identifier: MIT
#pragma once
/// @file advice.hpp
/// What to do about an error: the second line of every error message.

#include <string>
#include <string_view>

#include "mikoshi/base/error.hpp"

namespace mikoshi {

[[nodiscard]] std::string advice(Errc code);

/// `text` with everything that could steer a terminal (controls, bidirectional overrides, bytes that are not UTF-8)
/// written as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace mikoshi
