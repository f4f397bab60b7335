// SPDX-License-Identifier: MIT
/** Layer 7. Evidence that stewards signed two histories (FORMAT.md, section 12). */
import { to_hex, utf8 } from "./bytes.js";
import { to_json } from "./canonical.js";
import { apply_line } from "./ledger.js";
import { log_root, siblings_of } from "./merkle.js";
import { signers_of } from "./note.js";
import { need } from "./refused.js";
import { State } from "./state.js";

/** @typedef {import("./note.js").Note} Note */

/**
 * What leads to the root of a log, and says thereby which root its first lines have.
 * @param {Uint8Array[]} leaves of the whole log @param {number} size of these first lines, at least 1 @returns {Uint8Array[]}
 */
function prefix_proof(leaves, size) {
  let width = 1;
  while (size % (2 * width) === 0) width *= 2;
  const nodes = Array.from({ length: Math.ceil(leaves.length / width) }, (_, at) => log_root(leaves.slice(at * width, (at + 1) * width)));
  const index = size / width - 1;
  return [nodes[index], ...siblings_of(nodes, index)];
}

/**
 * Two snapshots of one community that contradict each other.
 * @param {string} first_line of its ledger
 * @param {Note} one
 * @param {Note} other
 * @param {Uint8Array[]} leaves of the lines under the larger one, and perhaps of more; not read where both have one size
 * @returns {{both: string[], text: string}} the stewards who signed both, and the evidence as a file
 * @throws bad_signature, not_equivocation
 */
export function prove_equivocation(first_line, one, other, leaves) {
  const comes_first = one.size === other.size ? to_hex(one.text) < to_hex(other.text) : one.size < other.size;
  const [smaller, larger] = comes_first ? [one, other] : [other, one];
  const state = new State();
  apply_line(state, utf8(first_line));
  const [first, second] = [smaller, larger].map((note) => signers_of(note, state.steward_sets[0]));
  const both = first.filter((name) => second.includes(name));
  need(both.length > 0, "not_equivocation", "no steward signed both");
  const proof = smaller.size === larger.size ? [] : prefix_proof(leaves.slice(0, larger.size), smaller.size);
  const evidence = { dao: first_line, larger: larger.whole, proof: proof.map(to_hex), smaller: smaller.whole, type: "mikoshi-evidence-v1" };
  return { both, text: `${to_json(evidence)}\n` };
}
