// SPDX-License-Identifier: MIT
/** Layer 0. The hashes of the format: H is SHA-256, K is Keccak-256 as Ethereum uses it. */
import { sha256 } from "@noble/hashes/sha2";
import { keccak_256 } from "@noble/hashes/sha3";
import { joined, utf8 } from "./bytes.js";

/** @param {...Uint8Array} parts @returns {Uint8Array} SHA-256 of them joined, 32 bytes */
export const H = (...parts) => sha256(joined(...parts));

/** @param {...Uint8Array} parts @returns {Uint8Array} Keccak-256 of them joined, 32 bytes */
export const K = (...parts) => keccak_256(joined(...parts));

/** @param {string} tag @param {...Uint8Array} parts @returns {Uint8Array} BIP-340's tagged hash, 32 bytes */
export function tagged(tag, ...parts) {
  const t = H(utf8(tag));
  return H(t, t, ...parts);
}
