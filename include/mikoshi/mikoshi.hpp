// SPDX-License-Identifier: MIT
#pragma once
/// @file mikoshi.hpp
/// All of mikoshi: a community's ledger, its exact splits, its signed snapshots, and their verification by anyone.
///
/// Layer 7. Depends on: everything below include/mikoshi/.
///
///     ledger lines ──► State ──► Charter ──► Distribution ──► Snapshot ──► verify / explain
///     (append only)   (a fold)   (rules as    (who, how much,   (signed by     (anyone, offline)
///                                 data)        why, carry)       k of n)
///
/// Data flows one way. The ledger is the only truth; everything right of it can be thrown away and computed again, byte
/// for byte, on any machine. There is no clock, no file, no network, no randomness and no global state in the library:
/// time comes in as a value, keys as arguments, bytes through a `Store`.

#include "mikoshi/charter/reason.hpp"
#include "mikoshi/crypto/claim.hpp"
#include "mikoshi/crypto/claim_tree.hpp"
#include "mikoshi/crypto/cosignature.hpp"
#include "mikoshi/crypto/tile.hpp"
#include "mikoshi/ledger/apply.hpp"
#include "mikoshi/ledger/event.hpp"
#include "mikoshi/ledger/replay.hpp"
#include "mikoshi/proof/evidence.hpp"
#include "mikoshi/proof/handover.hpp"
#include "mikoshi/proof/snapshot.hpp"
#include "mikoshi/proof/receipt.hpp"
#include "mikoshi/proof/verify.hpp"
#include "mikoshi/split/apportion.hpp"
#include "mikoshi/split/bounded.hpp"
#include "mikoshi/split/carry.hpp"
#include "mikoshi/store/folder.hpp"
#include "mikoshi/store/store.hpp"
#include "mikoshi/version.hpp"
