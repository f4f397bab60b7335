// SPDX-License-Identifier: MIT
#pragma once
/// @file version.hpp
/// The version of the library, and of the file format that it writes.
///
/// Layer 0. Depends on: nothing.

#include <cstdint>

#define MIKOSHI_VERSION_MAJOR 0
#define MIKOSHI_VERSION_MINOR 2
#define MIKOSHI_VERSION_PATCH 0
#define MIKOSHI_VERSION "0.2.0"

namespace mikoshi {
/// The ledger format, as FORMAT.md describes it. Its versions only grow: later releases may know more kinds of lines, and
/// read every line of this one as it was meant.
inline constexpr std::uint64_t format_version = 1;
}  // namespace mikoshi
