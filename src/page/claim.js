// SPDX-License-Identifier: MIT
/** Layer 2. What a member signs (FORMAT.md, section 4), and whether a line's signature is that. */
import { from_hex, to_32_bytes, to_hex, utf8 } from "./bytes.js";
import { to_json } from "./canonical.js";
import { K, tagged } from "./hash.js";
import { schnorr_verifies } from "./keys.js";
import { typed_digest_of, wallet_verifies } from "./typed.js";

/** @param {any} line a signed one @param {Uint8Array} dao_id @returns {Uint8Array} */
export function claim_of(line, dao_id) {
  const { at, seq, signature, ...said } = line;
  return utf8(to_json({ ...said, dao: to_hex(dao_id) }));
}

/** @param {any} line a signed one @param {Uint8Array} claim @param {Uint8Array} dao_id @returns {Uint8Array} of EIP-712 */
export function typed_digest(line, claim, dao_id) {
  return typed_digest_of(dao_id, "Claim(string who,uint64 nonce,string expires,string text)", K(utf8(line.who)),
    to_32_bytes(BigInt(line.nonce)), K(utf8(line.expires)), K(claim));
}

/** @param {Uint8Array} claim @returns {Uint8Array} of EIP-191 */
export const personal_digest = (claim) => K(utf8(`\x19Ethereum Signed Message:\n${claim.length}`), claim);

/** @param {any} line a signed one @param {Uint8Array} dao_id @returns {boolean} */
export function claim_verifies(line, dao_id) {
  const [claim, signature] = [claim_of(line, dao_id), from_hex(line.signature)];
  if (line.key.startsWith("bip340:")) return schnorr_verifies(line.key.slice(7), tagged("mikoshi/claim/v1", claim), signature);
  return [typed_digest(line, claim, dao_id), personal_digest(claim)].some((digest) =>
    wallet_verifies(digest, signature, line.key.slice("eth:".length)));
}
