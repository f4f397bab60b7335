// SPDX-License-Identifier: MIT
#include "mikoshi/ledger/decide.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/ledger/propose.hpp"
