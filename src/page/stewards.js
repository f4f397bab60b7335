// SPDX-License-Identifier: MIT
/**
 * Layer 2. Stewards' keys in all their written forms: how a snapshot's signature names the key, and how it is checked.
 * A new form is one more entry of `forms`.
 */
import { from_hex, joined, to_hex, utf8 } from "./bytes.js";
import { H, tagged } from "./hash.js";
import { ed25519_verifies, schnorr_verifies } from "./keys.js";

/**
 * @typedef {{
 *   identity: (hex: string) => Uint8Array,
 *   verifies: (hex: string, message: Uint8Array, signature: Uint8Array) => boolean,
 *   note_message: (text: Uint8Array) => Uint8Array,
 * }} KeyForm identity: what the key id of a note's signature hashes after the name; note_message: what a snapshot's signature signs
 */

/** @type {KeyForm} 64 hexadecimal digits alone */
const bip340 = {
  identity: (hex) => joined(Uint8Array.of(0xff), utf8("mikoshi/bip340"), from_hex(hex)),
  verifies: schnorr_verifies,
  note_message: (text) => tagged("mikoshi/snapshot/v1", text),
};

/** @type {KeyForm} C2SP's signature type 01 */
const ed25519 = {
  identity: (hex) => joined(Uint8Array.of(0x01), from_hex(hex)),
  verifies: ed25519_verifies,
  note_message: (text) => text,
};

/** @type {Record<string, KeyForm>} by what stands before the key's colon */
const forms = { "": bip340, ed25519 };

/** @param {string} key @returns {{form: KeyForm, hex: string}} */
function read_key(key) {
  const [hex, name = ""] = key.split(":").reverse();
  return { form: forms[name], hex };
}

/** @param {string} key @param {Uint8Array} message @param {Uint8Array} signature */
export function steward_verifies(key, message, signature) {
  const { form, hex } = read_key(key);
  return form.verifies(hex, message, signature);
}

/** @param {{name: string, key: string}} steward @returns {string} hex of 4 bytes */
export const key_id = ({ name, key }) => {
  const { form, hex } = read_key(key);
  return to_hex(H(utf8(`${name}\n`), form.identity(hex)).slice(0, 4));
};

/** @param {string} key @param {Uint8Array} text of a snapshot @param {Uint8Array} signature without the key id */
export function signs_note(key, text, signature) {
  const { form, hex } = read_key(key);
  return form.verifies(hex, form.note_message(text), signature);
}
