// SPDX-License-Identifier: MIT
/** Layer 7. Evidence that stewards signed two histories (FORMAT.md, section 12). */
import { to_hex, utf8 } from "./bytes.js";
import { to_json } from "./canonical.js";
import { parse_line } from "./events.js";
import { apply_line } from "./ledger.js";
import { log_root, siblings_of } from "./merkle.js";
import { signers_of } from "./note.js";
import { need } from "./refused.js";
import { State } from "./state.js";
import { order_of_names } from "./whole.js";

/** @typedef {import("./note.js").Note} Note */
/**
 * @typedef {{proposal: string, signatures: {signature: string, steward: string}[]}} Handover a change of stewards, as a receipt spells it: the line
 *   that proposed it, and the signatures that were there when it was executed, ascending by name
 */

/** Gathers the changes of stewards of a ledger that is right. */
export class Handovers {
  constructor() {
    /** @type {Map<string, Handover>} by proposal */ this.open = new Map();
    /** @type {{seq: number, handover: Handover}[]} seq: the line that executed it */ this.done = [];
  }

  /** @param {any} line */
  see(line) {
    if (line.kind === "propose" && line.stewards) this.open.set(line.id, { proposal: to_json(line), signatures: [] });
    if (line.kind === "sign") this.open.get(line.id)?.signatures.push({ signature: line.steward_signature, steward: line.steward });
    const handover = line.kind === "execute" ? this.open.get(line.id) : undefined;
    if (!handover) return;
    handover.signatures.sort((a, b) => order_of_names(a.steward, b.steward));
    this.done.push({ seq: line.seq, handover });
    this.open.delete(line.id);
    for (const other of this.open.values()) other.signatures = []; // they were given by stewards who are none any more
  }

  /** @param {number} size @returns {Handover[]} within so many first lines */
  within(size) {
    return this.done.filter(({ seq }) => seq < size).map(({ handover }) => handover);
  }
}

/** Whoever is a steward at any time, each key once. @param {string} first_line @param {Handover[]} handovers which were checked */
function all_stewards(first_line, handovers) {
  const state = new State();
  apply_line(state, utf8(first_line));
  const sets = [state.steward_sets[0], ...handovers.map(({ proposal }) => parse_line(utf8(proposal)).stewards)];
  const found = new Map(sets.flatMap(({ stewards }) => stewards).map((steward) => [`${steward.name} ${steward.key}`, steward]));
  return [...found.values()].sort((a, b) => order_of_names(a.name, b.name));
}

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
 * @param {{first_line: string, handovers: Handover[]}} origin the first line of its ledger, and the changes of stewards that are known
 * @param {Note} one
 * @param {Note} other
 * @param {Uint8Array[]} leaves of the lines under the larger one, and perhaps of more; not read where both have one size
 * @returns {{both: string[], text: string}} the stewards who signed both, and the evidence as a file
 * @throws bad_signature, not_equivocation
 */
export function prove_equivocation({ first_line, handovers }, one, other, leaves) {
  const comes_first = one.size === other.size ? to_hex(one.text) < to_hex(other.text) : one.size < other.size;
  const [smaller, larger] = comes_first ? [one, other] : [other, one];
  const has_signed = (/** @type {Note} */ note, /** @type {any} */ steward) => signers_of(note, { stewards: [steward], threshold: 1, from: 0 }).length > 0;
  const stewards = all_stewards(first_line, handovers).map((steward) => ({ name: steward.name, signed: [smaller, larger].map((note) => has_signed(note, steward)) }));
  const both = stewards.filter(({ signed }) => signed.every(Boolean)).map(({ name }) => name);
  need(both.length > 0, "not_equivocation", "no steward signed both");
  const proof = smaller.size === larger.size ? [] : prefix_proof(leaves.slice(0, larger.size), smaller.size);
  const evidence = { dao: first_line, ...(handovers.length > 0 ? { handovers } : {}), larger: larger.whole, proof: proof.map(to_hex), smaller: smaller.whole, type: "mikoshi-evidence-v1" };
  return { both, text: `${to_json(evidence)}\n` };
}
