// SPDX-License-Identifier: MIT
#include "mikoshi/community/state.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/charter/charter.hpp"
