// SPDX-License-Identifier: MIT
/** Layer 1. Typed data, as wallets show it before they sign (EIP-712; FORMAT.md, sections 4, 6 and 10). */
import { utf8 } from "./bytes.js";
import { K } from "./hash.js";
import { recovered_address } from "./keys.js";

const [name, version] = ["mikoshi", "1"].map((text) => K(utf8(text)));
const salted = K(utf8("EIP712Domain(string name,string version,bytes32 salt)"));
const unsalted = K(utf8("EIP712Domain(string name,string version)"));

/**
 * @param {Uint8Array | null} salt a DAO's id; null: the message names it itself
 * @param {string} type as EIP-712 spells it
 * @param {...Uint8Array} words 32 bytes for each field: of a text its K
 * @returns {Uint8Array} the digest that is signed
 */
export function typed_digest_of(salt, type, ...words) {
  const domain = salt === null ? K(unsalted, name, version) : K(salted, name, version, salt);
  return K(Uint8Array.of(0x19, 0x01), domain, K(K(utf8(type)), ...words));
}

/** @param {Uint8Array} digest @param {Uint8Array} signature of 65 bytes @param {string} address 0x and 40 digits */
export const wallet_verifies = (digest, signature, address) => recovered_address(digest, signature) === address;
