// SPDX-License-Identifier: MIT
#pragma once
/// @file exact.hpp
/// Integers and ratios of any size, in which the tests compute everything a second time.

#include <boost/multiprecision/cpp_int.hpp>

#include "mikoshi/base/u128.hpp"

using Big = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

inline Big big(const mikoshi::u128& value) { return (Big{mikoshi::high64(value)} << 64) + mikoshi::low64(value); }
