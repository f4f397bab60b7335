// SPDX-License-Identifier: MIT
#include "mikoshi/charter/distribution.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/charter/lint.hpp"
#include "mikoshi/charter/reason.hpp"
#include "mikoshi/charter/ideal.hpp"
