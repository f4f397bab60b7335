// SPDX-License-Identifier: MIT
#pragma once
/// @file catch.hpp
/// One name for Catch2, version 2 or 3.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
#endif
