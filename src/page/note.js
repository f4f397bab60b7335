// SPDX-License-Identifier: MIT
/** Layer 3. Snapshots: signed notes over checkpoints of the log (FORMAT.md, section 10). */
import { as_text, from_base64, to_hex, utf8 } from "./bytes.js";
import { H } from "./hash.js";
import { need, Refused } from "./refused.js";
import { key_id, signs_note } from "./stewards.js";

const signatures_max = 256;
const newline = 0x0a;
const dash = "\u2014 ";
const size_max = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * @typedef {{origin: string, size: number, root: Uint8Array, text: Uint8Array, hash: string, whole: string,
 *   signatures: {name: string, key_id: string, signature: Uint8Array}[]}} Note
 *   origin: whose log it is; hash: what people compare; whole: the text and its signatures, as a file has them
 * @typedef {{stewards: {key: string, name: string}[], threshold: number, from: number, changes?: number}} StewardSet
 *   from: the line that names them; changes: so many changes later, of which a receipt tells
 */

/** @param {string} dao_id @returns {string} the first line of that community's snapshots */
export const origin_of = (dao_id) => `mikoshi/${dao_id}`;

/** @param {{origin: string}} note of a community @returns {string} its id */
export const dao_of = ({ origin }) => origin.slice("mikoshi/".length);

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

/** Above U+0020 what Unicode calls a space, and what stands in a verifier's key between its parts. */
const not_in_a_name = /[\x00-\x20+\x7f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * A note ends with the end of a signature line; looked at before anything else.
 * @param {Uint8Array} bytes @throws truncated, trailing_bytes
 */
function check_end(bytes) {
  const mark = [newline, ...utf8(dash)];
  let last = bytes.length;
  do last = bytes.lastIndexOf(newline, last - 1); while (last > 0 && !mark.every((byte, at) => bytes[last + at] === byte));
  need(last >= 0 && mark.every((byte, at) => bytes[last + at] === byte), "truncated", "it ends before its first signature line");
  const end = bytes.indexOf(newline, last + 1);
  need(end >= 0, "truncated", "it ends within a signature line");
  const rest = bytes.subarray(end + 1);
  const is_begun = rest.length < mark.length && rest.every((byte, at) => mark[at + 1] === byte);
  need(rest.length === 0 || !is_begun, "truncated", "it ends within a signature line");
  need(rest.length === 0, "trailing_bytes", "something follows the signatures");
}

/** @param {Uint8Array} bytes @returns {string} @throws bad_note */
function note_text(bytes) {
  try {
    const text = as_text(bytes);
    need(!/[\x00-\x09\x0b-\x1f]/.test(text), "bad_note", "control characters");
    return text;
  } catch (error) {
    throw error instanceof Refused ? new Refused("bad_note", error.detail) : error;
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {{whole: string, text: string, signatures: Note["signatures"]}}
 * @throws truncated, trailing_bytes, bad_note, too_many, bad_base64, as section 10 orders them
 */
export function parse_signed(bytes) {
  check_end(bytes);
  const whole = note_text(bytes);
  const gap = whole.lastIndexOf("\n\n");
  need(gap >= 0, "bad_note", "no empty line before the signatures");
  const signed = whole.slice(gap + 2, -1).split("\n");
  need(signed.length <= signatures_max, "too_many", "signatures");
  const names = new Set();
  const signatures = signed.map((line) => {
    const one = parse_signature(line);
    need(!names.has(`${one.key_id} ${one.name}`), "bad_note", "two signatures of one name and key");
    names.add(`${one.key_id} ${one.name}`);
    return one;
  });
  return { whole, text: whole.slice(0, gap + 1), signatures };
}

/** @param {{whole: string, text: string, signatures: Note["signatures"]}} signed @returns {Note} @throws bad_note */
export function read_checkpoint({ whole, text, signatures }) {
  const lines = text.split("\n");
  need(lines.length === 4, "bad_note", "three lines and their end");
  need(lines[0] !== "", "bad_note", "the first line");
  return { origin: lines[0], size: parse_decimal(lines[1]), root: parse_hash(lines[2]), text: utf8(text), hash: to_hex(H(utf8(text))), whole, signatures };
}

/** @param {Uint8Array} bytes @returns {Note} @throws as parse_signed, then bad_note */
export const parse_note = (bytes) => read_checkpoint(parse_signed(bytes));

/** @param {string} line @returns {Note["signatures"][0]} @throws bad_note, bad_base64 */
function parse_signature(line) {
  need(line.startsWith(dash), "bad_note", "a signature's line");
  const space = line.indexOf(" ", dash.length);
  const name = line.slice(dash.length, space < 0 ? line.length : space);
  need(name !== "" && !not_in_a_name.test(name), "bad_note", "a signature's name");
  need(space >= 0, "bad_note", "a name without its signature");
  const bytes = from_base64(line.slice(space + 1));
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
    need(!line || signs_note(steward.key, note, line.signature), "bad_signature", steward.name);
    return line !== undefined;
  }).map(({ name }) => name);
}

/** @param {Note} note @param {string} announced a snapshot's hash, or "" @throws bad_hex, unexpected_snapshot */
export function check_announced(note, announced) {
  need(announced === "" || /^[0-9a-f]{64}$/.test(announced), "bad_hex", "the announced hash");
  need(announced === "" || note.hash === announced, "unexpected_snapshot", note.hash);
}
