// SPDX-License-Identifier: MIT
#include "mikoshi/ledger/propose.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/ledger/event.hpp"
