// SPDX-License-Identifier: MIT
#include "mikoshi/ledger/replay.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/store/store.hpp"
