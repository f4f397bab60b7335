// SPDX-License-Identifier: MIT
#include "mikoshi/charter/distribution.hpp"
#include "mikoshi/charter/lint.hpp"
#include "mikoshi/crypto/claim_tree.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/community/claim_root.hpp"
#include "mikoshi/community/standing.hpp"
#include "mikoshi/ledger/decide.hpp"
