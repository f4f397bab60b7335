// SPDX-License-Identifier: MIT
#include "mikoshi/charter/ideal.hpp"
#include "mikoshi/ledger/apply.hpp"
#include "mikoshi/ledger/replay.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/ledger/what_if.hpp"
#include "mikoshi/ledger/partners.hpp"
