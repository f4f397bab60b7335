// SPDX-License-Identifier: MIT
#pragma once
/// @file compiled.hpp
/// Where the large functions are compiled: in every unit that uses them, or once, in a library.
///
/// Layer 0. Depends on: nothing.
///
/// By default all is in the headers and there is nothing to link. A program that links `mikoshi::compiled`, whose CMake target
/// and .pc file define MIKOSHI_COMPILED, sees the large functions as declarations only: each of its units is then compiled
/// several times as fast, and all else is the same. MIKOSHI_BODIES is for the library's own units.

#ifdef MIKOSHI_COMPILED
#define MIKOSHI_INLINE
#else
#define MIKOSHI_INLINE inline
#endif
