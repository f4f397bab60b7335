// SPDX-License-Identifier: MIT
/// The other one of two units that know all of the library: see two_units.cpp.
#include "two_units.hpp"

Places there() { return here(); }
