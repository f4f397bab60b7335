// SPDX-License-Identifier: MIT
/** Layer 3. Snapshots: signed notes over checkpoints of the log (FORMAT.md, section 10). */
import { as_text, from_base64, to_hex, utf8 } from "./bytes.js";
import { H } from "./hash.js";
import { need } from "./refused.js";
import { key_id, signs_note } from "./stewards.js";

const signatures_max = 256;
const newline = 0x0a;
const dash = "\u2014 ";
const size_max = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * @typedef {{origin: string, size: number, root: Uint8Array, text: Uint8Array, hash: string,
 *   signatures: {name: string, key_id: string, signature: Uint8Array}[]}} Note origin: whose log it is; hash: what people compare
 * @typedef {{stewards: {key: string, name: string}[], threshold: number, from: number}} StewardSet from: the line that names them
 */

/** @param {string} dao_id @returns {string} the first line of that community's snapshots */
export const origin_of = (dao_id) => `mikoshi/${dao_id}`;

/** @param {string} text @returns {number} @throws bad_note */
export function parse_decimal(text) {
  need(/^(0|[1-9][0-9]{0,15})$/.test(text) && BigInt(text) <= size_max, "bad_note", "a number");
  return Number(text);
}

const spelled_hash = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/; // the last character has two bits that are 0

/** @param {string} text base64 @returns {Uint8Array} 32 bytes @throws bad_note */
export function parse_hash(text) {
  need(spelled_hash.test(text), "bad_note", "a hash");
  return from_base64(text);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Note}
 * @throws truncated, bad_utf8, bad_note, trailing_bytes, too_many, bad_base64
 */
export function parse_note(bytes) {
  need(bytes[bytes.length - 1] === newline, "truncated", "the snapshot's last line is cut off");
  const whole = as_text(bytes);
  need(!/[\x00-\x09\x0b-\x1f]/.test(whole), "bad_note", "control characters");
  const gap = whole.indexOf("\n\n");
  need(gap >= 0, "bad_note", "no empty line before the signatures");
  const [text, rest] = [whole.slice(0, gap + 1), whole.slice(gap + 2)];
  const lines = text.split("\n");
  need(lines.length === 4, "bad_note", "three lines and their end");
  need(lines[0] !== "", "bad_note", "the first line");
  const signed = rest.slice(0, -1).split("\n");
  need(signed[0].startsWith(dash), "bad_note", "nobody signed");
  need(signed.every((line) => line.startsWith(dash)), "trailing_bytes", "something follows the signatures");
  need(signed.length <= signatures_max, "too_many", "signatures");
  const signatures = signed.map(parse_signature);
  const names = new Set(signatures.map(({ name, key_id }) => `${key_id} ${name}`));
  need(names.size === signatures.length, "bad_note", "two signatures of one name and key");
  return { origin: lines[0], size: parse_decimal(lines[1]), root: parse_hash(lines[2]), text: utf8(text), hash: to_hex(H(utf8(text))), signatures };
}

/** @param {string} line @returns {Note["signatures"][0]} */
function parse_signature(line) {
  const [, name, base64, ...more] = line.split(" ");
  need(name && base64 && more.length === 0, "bad_note", "a signature's line");
  need(!/[\s+\x7f]/u.test(name), "bad_note", "a signature's name");
  const bytes = from_base64(base64);
  need(bytes.length > 4, "bad_note", "a signature has more than its key id");
  return { name, key_id: to_hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}

/**
 * @param {Note} note @param {StewardSet} set
 * @returns {string[]} the stewards who signed, by their names
 * @throws bad_signature
 */
export function signers_of(note, { stewards }) {
  return stewards.filter((steward) => {
    const id = key_id(steward);
    const line = note.signatures.find(({ name, key_id }) => name === steward.name && key_id === id);
    need(!line || signs_note(steward.key, note.text, line.signature), "bad_signature", steward.name);
    return line !== undefined;
  }).map(({ name }) => name);
}
