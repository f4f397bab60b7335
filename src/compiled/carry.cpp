// SPDX-License-Identifier: MIT
#include "mikoshi/split/weight_sum.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/split/carry.hpp"
