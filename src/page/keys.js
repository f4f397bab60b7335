// SPDX-License-Identifier: MIT
/**
 * Layer 1. Public keys and their signatures: BIP-340 over secp256k1, Ethereum's addresses, and Ed25519.
 * Nothing here throws: what is no key, or no signature of it, is false or null.
 */
import { ed25519 } from "@noble/curves/ed25519";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1";
import { sha512 } from "@noble/hashes/sha2";
import { from_hex, joined, to_hex } from "./bytes.js";
import { K } from "./hash.js";

/** @type {Map<string, boolean>} keys that were looked at already */
const known = new Map();

/** @param {string} name @param {() => boolean} look may throw */
function remembered(name, look) {
  let found = known.get(name);
  if (found === undefined) {
    found = holds(look);
    if (known.size < 100_000) known.set(name, found);
  }
  return found;
}

/** @param {() => boolean} look may throw: that is false */
function holds(look) {
  try {
    return look();
  } catch {
    return false;
  }
}

/** @param {string} hex 64 digits @returns {boolean} whether it is the x coordinate of a point of secp256k1 */
export const is_x_coordinate = (hex) => remembered(hex, () => Boolean(schnorr.utils.lift_x(BigInt("0x" + hex))));

/** @param {string} hex 64 digits @returns {boolean} a point in its one spelling, and of no small order */
export const is_ed25519_key = (hex) =>
  remembered("ed25519:" + hex, () => !ed25519.Point.fromHex(hex, false).isSmallOrder());

/** @param {string} key 64 digits @param {Uint8Array} message 32 bytes @param {Uint8Array} signature */
export const schnorr_verifies = (key, message, signature) =>
  signature.length === 64 && holds(() => schnorr.verify(signature, message, key));

const ed25519_order = ed25519.CURVE.n;

/** @param {Uint8Array} bytes little-endian @returns {bigint} */
const little_endian = (bytes) => BigInt("0x" + to_hex(bytes.slice().reverse()));

/**
 * Key and R in their one spelling and of no small order, S below the order, and S·B = R + h·A without the factor 8, which the
 * library's own check has.
 * @param {string} key 64 digits @param {Uint8Array} message @param {Uint8Array} signature
 */
export const ed25519_verifies = (key, message, signature) => signature.length === 64 && is_ed25519_key(key) && holds(() => {
  const [first, s] = [signature.slice(0, 32), little_endian(signature.slice(32))];
  const [a, r] = [ed25519.Point.fromHex(key, false), ed25519.Point.fromHex(to_hex(first), false)];
  const h = little_endian(sha512(joined(first, from_hex(key), message))) % ed25519_order;
  return s < ed25519_order && !r.isSmallOrder() && ed25519.Point.BASE.multiplyUnsafe(s).equals(r.add(a.multiplyUnsafe(h)));
});

/**
 * Who signed a digest by a wallet.
 * @param {Uint8Array} digest 32 bytes
 * @param {Uint8Array} signature r ‖ s ‖ v, v 27 or 28, s in the lower half of its range
 * @returns {string | null} 0x and 40 digits
 */
export function recovered_address(digest, signature) {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return null;
  try {
    const parsed = secp256k1.Signature.fromCompact(signature.slice(0, 64)).addRecoveryBit(v - 27);
    if (parsed.hasHighS()) return null;
    const point = parsed.recoverPublicKey(digest).toRawBytes(false);
    return "0x" + to_hex(K(point.slice(1)).slice(12));
  } catch {
    return null;
  }
}
