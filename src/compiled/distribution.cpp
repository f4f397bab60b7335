// SPDX-License-Identifier: MIT
#include "mikoshi/charter/charter.hpp"
#include "mikoshi/community/state.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/split/bounded.hpp"
#include "mikoshi/charter/weight.hpp"
#include "mikoshi/charter/distribution.hpp"
