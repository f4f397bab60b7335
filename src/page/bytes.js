// SPDX-License-Identifier: MIT
/** Layer 0. Bytes as texts: UTF-8, hexadecimal, base64; always one spelling for one value. */
import { need, Refused } from "./refused.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {string} text @returns {Uint8Array} UTF-8 */
export const utf8 = (text) => encoder.encode(text);

/** @param {Uint8Array} bytes @returns {string} @throws bad_utf8 */
export function as_text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Refused("bad_utf8");
  }
}

/** @param {...Uint8Array} parts @returns {Uint8Array} all of them, one after the other */
export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const hex_of_byte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** @param {Uint8Array} bytes @returns {string} lower-case hexadecimal */
export function to_hex(bytes) {
  let text = "";
  for (const byte of bytes) text += hex_of_byte[byte];
  return text;
}

/** @param {string} text an even number of hexadecimal digits @returns {Uint8Array} */
export const from_hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** @param {bigint} value 0 to 2^256 − 1 @returns {Uint8Array} 32 bytes, big-endian */
export function to_32_bytes(value) {
  const view = new DataView(new ArrayBuffer(32));
  for (let at = 24; at >= 0; at -= 8) {
    view.setBigUint64(at, value); // its last 64 bits
    value >>= 64n;
  }
  return new Uint8Array(view.buffer);
}

/** @param {Uint8Array} bytes big-endian @returns {bigint} */
export const to_integer = (bytes) => BigInt("0x" + (to_hex(bytes) || "0"));

/** @param {Uint8Array} a @param {Uint8Array} b */
export const is_same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

/** @param {string} text @returns {Uint8Array} @throws bad_base64 (with padding, and only the canonical spelling) */
export function from_base64(text) {
  let binary = "";
  try {
    binary = atob(text);
  } catch {
    throw new Refused("bad_base64");
  }
  need(btoa(binary) === text, "bad_base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
