// SPDX-License-Identifier: MIT
/** Layer 1. The payout tree (FORMAT.md, section 8): a node commits to the sums of both its children. */
import { is_same, to_32_bytes, utf8 } from "./bytes.js";
import { to_json } from "./canonical.js";
import { H } from "./hash.js";
import { climb, leaf_hash, tree_root } from "./merkle.js";
import { need } from "./refused.js";
import { sum_of } from "./whole.js";

/** @typedef {{sum: bigint, hash: Uint8Array}} SumNode minor units below it, and its hash */

const join_prefix = Uint8Array.of(2);

/** @param {SumNode} left @param {SumNode} right @returns {SumNode} */
export const join_sums = (left, right) => ({
  sum: left.sum + right.sum,
  hash: H(join_prefix, to_32_bytes(left.sum), left.hash, to_32_bytes(right.sum), right.hash),
});

/** @param {{amount: string}} leaf as FORMAT.md spells it @returns {SumNode} */
export const payout_leaf = (leaf) => ({ sum: BigInt(leaf.amount), hash: leaf_hash(utf8(to_json(leaf))) });

/** @param {{amount: string}[]} leaves ascending by payee @returns {SumNode} */
export const payout_root = (leaves) => tree_root(leaves.map(payout_leaf), join_sums, { sum: 0n, hash: H() });

/**
 * Looks at the sums before the proof: no more was promised than was declared.
 * @param {SumNode} root @param {SumNode} leaf @param {number} index @param {number} count @param {SumNode[]} path
 * @throws proof_mismatch, proof_index_out_of_range, proof_wrong_length
 */
export function climb_sums(root, leaf, index, count, path) {
  need(leaf.sum + sum_of(path.map(({ sum }) => sum)) <= root.sum || path.length === 0, "proof_mismatch", "more than was declared");
  const top = climb(leaf, index, count, path, join_sums);
  need(top.sum === root.sum && is_same(top.hash, root.hash), "proof_mismatch", "the payout");
}
