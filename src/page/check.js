// SPDX-License-Identifier: MIT
/**
 * Layer 9. The whole procedure (FORMAT.md, section 13) over the files that a member gives. What is found comes in three parts
 * that are never mixed: the arithmetic, the signers, the records. Nothing here speaks a language; words.js does.
 */
import { is_same } from "./bytes.js";
import { month_text } from "./calendar.js";
import { replay } from "./ledger.js";
import { log_root } from "./merkle.js";
import { check_announced, origin_of, parse_note, signers_of } from "./note.js";
import { check_receipt } from "./receipt.js";
import { need, Refused } from "./refused.js";
import { State } from "./state.js";
import { story_of, Witness } from "./story.js";

/** Lines that compute or sign; all others record facts. */
const no_facts = new Set(["dao", "draft", "void", "approve", "statement"]);

/** @typedef {{operator: number, relayed: number, signed: number}} Voices lines of fact by their voice */
/** @typedef {{state: State, voices: Voices}} LedgerResult */
/** @typedef {{code: string, detail: string, seq: number | null}} Refusal seq: the ledger's line, from 0 */
/**
 * @typedef {{signers: string[], set: import("./note.js").StewardSet, hash: string, is_announced: boolean, lines_after: number,
 *   refusal: Refusal | null}} Signers is_announced: the hash is what was announced; refusal: quorum_not_met
 * @typedef {{
 *   arithmetic: {refusal: Refusal | null, lines: number, distributions: number, last_closed: string} | null,
 *   signers: Signers | {refusal: Refusal} | null,
 *   records: Voices | null,
 *   receipt: import("./receipt.js").ReceiptResult | {refusal: Refusal} | null,
 *   story: import("./story.js").Story | null,
 *   member: string,
 *   member_is_unknown: boolean,
 * }} Findings null: there was no file to say it of
 * @typedef {{ledger?: Uint8Array, snapshot?: Uint8Array, receipt?: Uint8Array, announced: string, member: string}} Given
 *   announced: a snapshot's hash, or ""; member: an id, or ""
 */

/**
 * Replays a ledger; yields the bytes that are done, so that a caller may show progress.
 * @param {Uint8Array} bytes
 * @param {(state: State, line: any) => void} [look] after each line
 * @returns {Generator<number, LedgerResult>}
 */
export function* check_ledger(bytes, look = () => {}) {
  const state = new State();
  const voices = { operator: 0, relayed: 0, signed: 0 };
  for (const { line, bytes_done } of replay(bytes, state)) {
    look(state, line);
    if (!no_facts.has(line.kind)) voices[/** @type {keyof Voices} */ (line.voice)] += 1;
    yield bytes_done;
  }
  return { state, voices };
}

/**
 * @param {import("./note.js").Note} note
 * @param {State} state of the whole ledger
 * @throws wrong_domain, no_snapshot, ledger_too_short, root_mismatch, bad_signature
 */
export function check_snapshot(note, state) {
  need(note.origin === origin_of(state.dao_id()), "wrong_domain", "another community's snapshot");
  need(note.size >= 1, "no_snapshot", "it covers no line");
  need(note.size <= state.leaves.length, "ledger_too_short", `${state.leaves.length} of ${note.size} lines`);
  need(is_same(log_root(state.leaves.slice(0, note.size)), note.root), "root_mismatch", `${note.size} lines`);
  need(state.statements.has(note.size - 1), "no_snapshot", "its last line is no statement");
  const set = /** @type {import("./note.js").StewardSet} */ (state.steward_sets.findLast(({ from }) => from < note.size));
  return { signers: signers_of(note, set), set, lines_after: state.leaves.length - note.size };
}

/** @param {{signers: string[], set: import("./note.js").StewardSet}} result @throws quorum_not_met */
export function need_quorum({ signers, set }) {
  need(signers.length >= set.threshold, "quorum_not_met");
}

/** @template T @param {() => T} look @returns {T | {refusal: Refusal}} */
function refusable(look) {
  try {
    return look();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, detail, seq } = error;
    return { refusal: { code, detail, seq } };
  }
}

/** @param {import("./note.js").Note} note @param {{signers: string[], set: import("./note.js").StewardSet, lines_after: number}} found @param {string} announced @returns {Signers} */
function signers_found(note, { signers, set, lines_after }, announced) {
  const quorum = refusable(() => need_quorum({ signers, set }));
  return { signers, set, lines_after, hash: note.hash, is_announced: note.hash === announced, refusal: quorum ? quorum.refusal : null };
}

/**
 * Checks all that is given; yields the share of the ledger that is done, 0 to 1.
 * @param {Given} given at least a ledger or a receipt
 * @returns {Generator<number, Findings>}
 */
export function* check_given(given) {
  /** @type {Findings} */
  const findings = { arithmetic: null, signers: null, records: null, receipt: null, story: null, member: given.member,
    member_is_unknown: false };
  const { ledger, snapshot, receipt, announced } = given;
  if (receipt) {
    const found = findings.receipt = refusable(() => check_receipt(receipt, given.member, announced));
    if ("note" in found) {
      findings.member = found.member;
      findings.signers = signers_found(found.note, { ...found, lines_after: 0 }, announced);
    }
  }
  const note = refusable(() => {
    if (snapshot) return parse_note(snapshot);
    return findings.receipt && "note" in findings.receipt ? findings.receipt.note : null;
  });
  if (snapshot && !ledger && note && "refusal" in note) findings.signers = note;
  if (!ledger) return findings;

  const witness = new Witness(findings.member);
  const replayed = check_ledger(ledger, (state, line) => witness.look(state, line));
  try {
    let step = replayed.next();
    for (; !step.done; step = replayed.next()) yield step.value / ledger.length;
    const { state, voices } = step.value;
    findings.arithmetic = { refusal: null, lines: state.leaves.length, distributions: state.distributions.length,
      last_closed: state.last_closed === null ? "" : month_text(state.last_closed) };
    findings.records = voices;
    findings.signers = note && refusable(() => {
      if ("refusal" in note) return note;
      const found = check_snapshot(note, state);
      check_announced(note, announced);
      return signers_found(note, found, announced);
    });
    if (findings.receipt && "note" in findings.receipt) {
      const { note: promised } = findings.receipt;
      const of_ledger = refusable(() => check_snapshot(promised, state));
      if ("refusal" in of_ledger) findings.receipt = of_ledger;
    }
    findings.story = findings.member === "" ? null : story_of(state, witness);
    findings.member_is_unknown = findings.member !== "" && findings.story === null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, detail, seq } = error;
    findings.arithmetic = { refusal: { code, detail, seq }, lines: seq ?? 0, distributions: 0, last_closed: "" };
    findings.signers = null;
  }
  return findings;
}
