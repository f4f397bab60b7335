// SPDX-License-Identifier: MIT
/**
 * Layer 2. Stewards' keys in all their written forms: how a snapshot's signature names the key, and how what a steward signs is
 * checked (FORMAT.md, sections 6 and 10). A new form is one more entry of `forms`.
 */
import { from_hex, joined, to_32_bytes, to_hex, utf8 } from "./bytes.js";
import { H, K, tagged } from "./hash.js";
import { ed25519_verifies, schnorr_verifies } from "./keys.js";
import { typed_digest_of, wallet_verifies } from "./typed.js";

/** @typedef {{origin: string, size: number, root: Uint8Array, text: Uint8Array}} Checkpoint the text, and what its lines say */
/**
 * @typedef {{
 *   identity: (key: string) => Uint8Array,
 *   signs_note: (key: string, checkpoint: Checkpoint, signature: Uint8Array) => boolean,
 *   signs_message: (key: string, dao_id: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean,
 * }} KeyForm key: what stands behind the colon; identity: what the key id of a note's signature hashes after the name;
 *   signs_message: that of a change of stewards, 32 bytes
 */

/** @type {KeyForm} 64 hexadecimal digits alone */
const bip340 = {
  identity: (hex) => joined(Uint8Array.of(0xff), utf8("mikoshi/bip340"), from_hex(hex)),
  signs_note: (hex, { text }, signature) => schnorr_verifies(hex, tagged("mikoshi/snapshot/v1", text), signature),
  signs_message: (hex, _, message, signature) => schnorr_verifies(hex, message, signature),
};

/** @type {KeyForm} a wallet's address */
const wallet = {
  identity: (address) => joined(Uint8Array.of(0xff), utf8("mikoshi/eip712"), from_hex(address.slice("0x".length))),
  signs_note: (address, { origin, size, root }, signature) => wallet_verifies(typed_digest_of(null,
    "Snapshot(string origin,uint64 size,bytes32 root)", K(utf8(origin)), to_32_bytes(BigInt(size)), root), signature, address),
  signs_message: (address, dao_id, message, signature) => wallet_verifies(typed_digest_of(dao_id,
    "Message(string purpose,bytes32 hash)", K(utf8("mikoshi/proposal/v1")), message), signature, address),
};

/** @type {KeyForm} C2SP's signature type 01 */
const ed25519 = {
  identity: (hex) => joined(Uint8Array.of(0x01), from_hex(hex)),
  signs_note: (hex, { text }, signature) => ed25519_verifies(hex, text, signature),
  signs_message: (hex, _, message, signature) => ed25519_verifies(hex, message, signature),
};

/** @type {Record<string, KeyForm>} by what stands before the key's colon */
const forms = { "": bip340, eth: wallet, ed25519 };

/** @param {string} written @returns {{form: KeyForm, key: string}} */
function read_key(written) {
  const [key, name = ""] = written.split(":").reverse();
  return { form: forms[name], key };
}

/** Whether a steward signed the opening of a change of stewards. @param {string} written the key @param {Uint8Array} dao_id @param {Uint8Array} leaf of the line that opened it @param {Uint8Array} signature */
export function signs_change(written, dao_id, leaf, signature) {
  const { form, key } = read_key(written);
  return form.signs_message(key, dao_id, tagged("mikoshi/proposal/v1", dao_id, leaf), signature);
}

/** @param {{name: string, key: string}} steward @returns {string} hex of 4 bytes */
export const key_id = ({ name, key: written }) => {
  const { form, key } = read_key(written);
  return to_hex(H(utf8(`${name}\n`), form.identity(key)).slice(0, 4));
};

/** @param {string} written the key @param {Checkpoint} checkpoint @param {Uint8Array} signature without the key id */
export function signs_note(written, checkpoint, signature) {
  const { form, key } = read_key(written);
  return form.signs_note(key, checkpoint, signature);
}
