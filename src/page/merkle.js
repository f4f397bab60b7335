// SPDX-License-Identifier: MIT
/** Layer 1. Trees of the shape of RFC 6962 (FORMAT.md, section 9), for any way to join two nodes; the log tree; and the claim tree. */
import { from_hex, to_32_bytes, to_hex } from "./bytes.js";
import { H, K } from "./hash.js";
import { need } from "./refused.js";
import { order_of_names } from "./whole.js";

const [leaf_prefix, node_prefix] = [Uint8Array.of(0), Uint8Array.of(1)];

/** @param {number} count at least 2 @returns {number} the largest power of two below it: leaves of the left tree */
function left_count(count) {
  let k = 1;
  while (2 * k < count) k *= 2;
  return k;
}

/**
 * @template T
 * @param {T[]} leaves
 * @param {(left: T, right: T) => T} join
 * @param {T} none the root of no leaves
 * @returns {T}
 */
export function tree_root(leaves, join, none) {
  if (leaves.length === 0) return none;
  if (leaves.length === 1) return leaves[0];
  const k = left_count(leaves.length);
  return join(tree_root(leaves.slice(0, k), join, none), tree_root(leaves.slice(k), join, none));
}

/**
 * The root that a proof leads to.
 * @template T
 * @param {T} leaf
 * @param {number} index of the leaf, from 0
 * @param {number} count of all leaves
 * @param {T[]} path the siblings, the leaf's own first
 * @param {(left: T, right: T) => T} join
 * @returns {T}
 * @throws proof_index_out_of_range, proof_wrong_length
 */
export function climb(leaf, index, count, path, join) {
  need(index < count, "proof_index_out_of_range", `${index} of ${count}`);
  /** @type {boolean[]} whether the sibling is, from the root down */
  const on_left = [];
  while (count > 1) {
    const k = left_count(count);
    on_left.push(index >= k);
    [index, count] = index >= k ? [index - k, count - k] : [index, k];
  }
  need(path.length === on_left.length, "proof_wrong_length", `${path.length} siblings, not ${on_left.length}`);
  return path.reduce((node, sibling) => (on_left.pop() ? join(sibling, node) : join(node, sibling)), leaf);
}

/** @param {Uint8Array} text @returns {Uint8Array} */
export const leaf_hash = (text) => H(leaf_prefix, text);

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Uint8Array} */
export const join_hashes = (left, right) => H(node_prefix, left, right);

/** @param {Uint8Array[]} hashes of the leaves @returns {Uint8Array} */
export const log_root = (hashes) => tree_root(hashes, join_hashes, H());

/** @param {Uint8Array[]} hashes of the leaves @param {number} index @returns {Uint8Array[]} the siblings of one on its way up, its own first */
export function siblings_of(hashes, index) {
  if (hashes.length < 2) return [];
  const k = left_count(hashes.length);
  return index < k ? [...siblings_of(hashes.slice(0, k), index), log_root(hashes.slice(k))]
    : [...siblings_of(hashes.slice(k), index - k), log_root(hashes.slice(0, k))];
}

/** @param {Map<string, bigint>} amounts by wallet, `eth:0x` and 40 digits; at least one @returns {string} the claim root, hex */
export function claim_root(amounts) {
  // Hexadecimal of one length has the order of its bytes.
  const leaves = [...amounts].map(([wallet, amount]) =>
    to_hex(K(K(new Uint8Array(12), from_hex(wallet.slice("eth:0x".length)), to_32_bytes(amount))))).sort(order_of_names);
  const nodes = [...Array(leaves.length - 1).fill(""), ...leaves.reverse()];
  for (let at = leaves.length - 2; at >= 0; at -= 1) {
    nodes[at] = to_hex(K(...[nodes[2 * at + 1], nodes[2 * at + 2]].sort(order_of_names).map(from_hex)));
  }
  return nodes[0];
}
