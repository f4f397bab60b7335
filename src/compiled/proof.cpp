// SPDX-License-Identifier: MIT
#include "mikoshi/crypto/note.hpp"
#include "mikoshi/ledger/replay.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/proof/handover.hpp"
#include "mikoshi/proof/verify.hpp"
#include "mikoshi/proof/receipt.hpp"
#include "mikoshi/proof/evidence.hpp"
