// SPDX-License-Identifier: MIT
#pragma once
/// @file version.hpp
/// The version of the library, and of the file format that it writes.
///
/// Layer 0. Depends on: nothing.

#include <cstdint>

#define MIKOSHI_VERSION_MAJOR 0
#define MIKOSHI_VERSION_MINOR 1
#define MIKOSHI_VERSION_PATCH 0
#define MIKOSHI_VERSION "0.1.0"

namespace mikoshi {
/// The ledger format. Version 0 promises nothing: files may not be readable by the next release.
inline constexpr std::uint64_t format_version = 0;
}  // namespace mikoshi
