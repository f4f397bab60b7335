// SPDX-License-Identifier: MIT
#include "mikoshi/base/json.hpp"

#define MIKOSHI_BODIES  // of the headers from here on
#include "mikoshi/crypto/note.hpp"
#include "mikoshi/crypto/cosignature.hpp"
#include "mikoshi/crypto/ethereum.hpp"
#include "mikoshi/crypto/claim_tree.hpp"
#include "mikoshi/crypto/steward_key.hpp"
