// SPDX-License-Identifier: MIT
#pragma once
#include <mikoshi/mikoshi.hpp>
#include <mikoshi/store/folder.hpp>
#include <tuple>

using Places = std::tuple<const void*, const void*, decltype(&mikoshi::text_lines)>;

/// Where this unit sees a constant, a static within a function, and a function.
static inline Places here() { return {&mikoshi::format_version, mikoshi::detail::curve(), &mikoshi::text_lines}; }

/// Where the other unit sees them.
Places there();
