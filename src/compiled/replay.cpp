// SPDX-License-Identifier: MIT
#include "mikoshi/ledger/apply.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/ledger/replay.hpp"
