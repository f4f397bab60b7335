// SPDX-License-Identifier: MIT
#include "mikoshi/ledger/event.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/ledger/apply.hpp"
