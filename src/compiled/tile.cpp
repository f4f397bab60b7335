// SPDX-License-Identifier: MIT
#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/note.hpp"

#define MIKOSHI_BODIES  // of the header from here on
#include "mikoshi/crypto/tile.hpp"
