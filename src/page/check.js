// SPDX-License-Identifier: MIT
/**
 * Layer 8. The whole procedure (FORMAT.md, section 13) over the files that a member gives: what was found, or what is refused.
 * Nothing here speaks a language; words.js does.
 */
import { is_same } from "./bytes.js";
import { replay } from "./ledger.js";
import { log_root } from "./merkle.js";
import { parse_note, signers_of } from "./note.js";
import { check_receipt } from "./receipt.js";
import { need } from "./refused.js";
import { State } from "./state.js";

/** Lines that compute or sign; all others record facts. */
const no_facts = new Set(["dao", "draft", "void", "approve", "statement"]);

/** @typedef {{operator: number, relayed: number, signed: number}} Voices lines of fact by their voice */
/**
 * @typedef {{state: State, lines: any[], voices: Voices}} LedgerResult lines: all of them, parsed
 * @typedef {{note: import("./note.js").Note, signers: string[], set: import("./note.js").StewardSet, lines_after: number}} SnapshotResult
 */

/**
 * Replays a ledger; yields the bytes that are done, so that a caller may show progress.
 * @param {Uint8Array} bytes
 * @returns {Generator<number, LedgerResult>}
 */
export function* check_ledger(bytes) {
  const [state, lines] = [new State(), /** @type {any[]} */ ([])];
  const voices = { operator: 0, relayed: 0, signed: 0 };
  for (const { line, bytes_done } of replay(bytes, state)) {
    lines.push(line);
    if (!no_facts.has(line.kind)) voices[/** @type {keyof Voices} */ (line.voice)] += 1;
    yield bytes_done;
  }
  return { state, lines, voices };
}

/**
 * @param {import("./note.js").Note} note
 * @param {State} state
 * @returns {SnapshotResult}
 * @throws wrong_domain, ledger_too_short, root_mismatch, no_snapshot, bad_signature
 */
export function check_snapshot(note, state) {
  need(note.dao_id === state.dao_id(), "wrong_domain", "another community's snapshot");
  need(note.size >= 1, "no_snapshot", "it covers no line");
  need(note.size <= state.leaves.length, "ledger_too_short", `${state.leaves.length} of ${note.size} lines`);
  need(is_same(log_root(state.leaves.slice(0, note.size)), note.root), "root_mismatch", `${note.size} lines`);
  need(state.statements.has(note.size - 1), "no_snapshot", "its last line is no statement");
  const set = state.steward_sets.findLast(({ from }) => from < note.size);
  if (!set) throw new Error("line 0 names stewards");
  return { note, signers: signers_of(note, set), set, lines_after: state.leaves.length - note.size };
}

/** @param {{signers: string[], set: import("./note.js").StewardSet}} result @throws quorum_not_met */
export function need_quorum({ signers, set }) {
  need(signers.length >= set.threshold, "quorum_not_met", `${signers.length} of ${set.threshold}`);
}

/** @param {import("./note.js").Note} note @param {string} announced a hash, or "" @throws wrong_snapshot */
export function check_announced(note, announced) {
  need(announced === "" || note.hash === announced, "root_mismatch", `announced ${announced}`);
}

export { check_receipt, parse_note };
