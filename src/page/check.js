// SPDX-License-Identifier: MIT
/**
 * Layer 9. The whole procedure (FORMAT.md, section 13) over the files that a member gives. What is found comes in three parts
 * that are never mixed: the arithmetic, the signers, the records. Nothing here speaks a language; words.js does.
 */
import { as_text, is_same, to_hex } from "./bytes.js";
import { month_text } from "./calendar.js";
import { replay } from "./ledger.js";
import { leaf_hash, log_root } from "./merkle.js";
import { check_announced, dao_of, origin_of, parse_note, signers_of } from "./note.js";
import { Handovers } from "./evidence.js";
import { gifts_between } from "./partners.js";
import { Forked, see_ledger, see_receipt } from "./pins.js";
import { check_receipt } from "./receipt.js";
import { need, Refused } from "./refused.js";
import { State } from "./state.js";
import { story_of, Witness } from "./story.js";

/** Lines that compute or sign; all others record facts. */
const no_facts = new Set(["dao", "draft", "void", "approve", "statement"]);
const newline = 0x0a;

/** @typedef {import("./note.js").Note} Note */
/** @typedef {import("./pins.js").Seen} Seen */
/** @typedef {{operator: number, relayed: number, signed: number}} Voices lines of fact by their voice */
/** @typedef {{state: State, voices: Voices, handovers: Handovers}} LedgerResult */
/** @typedef {{code: string, detail: string, seq: number | null}} Refusal seq: the ledger's line, from 0 */
/** @typedef {{dao: string, refusal: Refusal, fork: import("./pins.js").Fork | null}} Unseen what is remembered speaks against it; fork: there are two histories */
/**
 * @typedef {{signers: string[], set: import("./note.js").StewardSet, hash: string, is_announced: boolean, lines_after: number,
 *   refusal: Refusal | null}} Signers is_announced: the hash is what was announced; refusal: quorum_not_met
 * @typedef {{
 *   dao: string,
 *   arithmetic: {refusal: Refusal | null, lines: number, distributions: number, last_closed: string} | null,
 *   signers: Signers | {refusal: Refusal} | null,
 *   seen: Seen | Unseen | "nowhere" | null,
 * }} OfCommunity dao: what the ledger's first line says, "" without a ledger; null: there was no file to say it of; seen: nowhere, because this
 *   browser keeps nothing; null, because only what is right and signed by enough is compared
 * @typedef {OfCommunity & {
 *   records: Voices | null,
 *   receipt: import("./receipt.js").ReceiptResult | {refusal: Refusal} | null,
 *   story: import("./story.js").Story | null,
 *   member: string,
 *   member_is_unknown: boolean,
 *   partners: OfCommunity[],
 *   gifts: {found: import("./partners.js").Gift[]} | {refusal: Refusal} | null,
 * }} Findings gifts: between all communities; null: there is one, or not all are right
 * @typedef {{ledger: Uint8Array, snapshot?: Uint8Array}} Partner
 * @typedef {{ledger?: Uint8Array, snapshot?: Uint8Array, receipt?: Uint8Array, partners: Partner[], announced: string, member: string,
 *   pins: Record<string, string> | null}} Given
 *   partners: other communities; announced: a snapshot's hash, or ""; member: an id, or ""; pins: what is remembered, by community, null: nothing can be
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
  const handovers = new Handovers();
  for (const { line, bytes_done } of replay(bytes, state)) {
    look(state, line);
    handovers.see(line);
    if (!no_facts.has(line.kind)) voices[/** @type {keyof Voices} */ (line.voice)] += 1;
    yield bytes_done;
  }
  return { state, voices, handovers };
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

/** @param {Note} note @param {{signers: string[], set: import("./note.js").StewardSet, lines_after: number}} found @param {string} announced @returns {Signers} */
function signers_found(note, { signers, set, lines_after }, announced) {
  const quorum = refusable(() => need_quorum({ signers, set }));
  return { signers, set, lines_after, hash: note.hash, is_announced: note.hash === announced, refusal: quorum ? quorum.refusal : null };
}

/** @param {OfCommunity["signers"]} signers @returns {boolean} whether enough have signed */
const is_signed = (signers) => signers !== null && "signers" in signers && signers.refusal === null;

/** @param {Given["pins"]} pins @param {string} dao @param {(pin: string | null) => Seen} see @returns {Seen | Unseen | "nowhere"} */
function look_back(pins, dao, see) {
  if (pins === null) return "nowhere";
  try {
    return see(pins[dao] ?? null);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, detail, seq } = error;
    return { dao, refusal: { code, detail, seq }, fork: error instanceof Forked ? error.fork : null };
  }
}

/** @param {Uint8Array} ledger @returns {Uint8Array} */
const first_line_of = (ledger) => ledger.subarray(0, Math.max(ledger.indexOf(newline), 0));

/** @param {Given["pins"]} pins @param {Uint8Array} ledger @param {LedgerResult} right what it is found to be @param {Note} note that enough have signed */
function look_back_from(pins, ledger, { state, handovers }, note) {
  const [dao, origin] = [state.dao_id(), { first_line: as_text(first_line_of(ledger)), handovers: handovers.within(note.size) }];
  return look_back(pins, dao, (pin) => see_ledger(pin, dao, note, origin, state.leaves));
}

/**
 * A ledger under its snapshot; yields the bytes that are done.
 * @param {Uint8Array} ledger
 * @param {Note | {refusal: Refusal} | null} note null: it has none
 * @param {string} announced
 * @param {(state: State, line: any) => void} [look] after each line
 * @returns {Generator<number, {arithmetic: NonNullable<Findings["arithmetic"]>, signers: Findings["signers"], right: LedgerResult | null}>}
 *   right: null, where a line is refused
 */
function* check_community(ledger, note, announced, look) {
  try {
    const right = yield* check_ledger(ledger, look);
    const { state } = right;
    const arithmetic = { refusal: null, lines: state.leaves.length, distributions: state.distributions.length,
      last_closed: state.last_closed === null ? "" : month_text(state.last_closed) };
    const signers = note && refusable(() => {
      if ("refusal" in note) return note;
      const found = check_snapshot(note, state);
      check_announced(note, announced);
      return signers_found(note, found, announced);
    });
    return { arithmetic, signers, right };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, detail, seq } = error;
    return { arithmetic: { refusal: { code, detail, seq }, lines: seq ?? 0, distributions: 0, last_closed: "" }, signers: null, right: null };
  }
}

/**
 * Checks all that is given; yields the share of the ledgers that is done, 0 to 1.
 * @param {Given} given at least a ledger or a receipt
 * @returns {Generator<number, Findings>}
 */
export function* check_given(given) {
  /** @type {Findings} */
  const findings = { dao: given.ledger ? to_hex(leaf_hash(first_line_of(given.ledger))) : "", arithmetic: null, signers: null, seen: null, records: null, receipt: null, story: null, member: given.member,
    member_is_unknown: false, partners: [], gifts: null };
  const { ledger, snapshot, receipt, partners, announced, pins } = given;
  /** @type {Note | null} whose signatures are enough */
  let promised = null;
  if (receipt) {
    const found = findings.receipt = refusable(() => check_receipt(receipt, given.member, announced));
    if ("note" in found) {
      findings.member = found.member;
      findings.signers = signers_found(found.note, { ...found, lines_after: 0 }, announced);
      if (is_signed(findings.signers)) promised = found.note;
      if (promised && !ledger) findings.seen = look_back(pins, dao_of(promised), (pin) => see_receipt(pin, dao_of(found.note), found.note, found.origin));
    }
  }
  const note = refusable(() => {
    if (snapshot) return parse_note(snapshot);
    return findings.receipt && "note" in findings.receipt ? findings.receipt.note : null;
  });
  if (snapshot && !ledger && note && "refusal" in note) findings.signers = note;
  if (!ledger) return findings;

  const all = [ledger, ...partners.map((one) => one.ledger)].reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  /** @template T @param {Generator<number, T>} steps @param {Uint8Array} of @returns {Generator<number, T>} with the share that is done */
  function* measured(steps, of) {
    let step = steps.next();
    for (; !step.done; step = steps.next()) yield (done + step.value) / all;
    done += of.length;
    return step.value;
  }

  const witness = new Witness(findings.member);
  const { right, arithmetic, signers } = yield* measured(check_community(ledger, note, announced, (state, line) => witness.look(state, line)), ledger);
  Object.assign(findings, { arithmetic, signers });
  if (right) {
    const { state, voices } = right;
    findings.records = voices;
    if (findings.receipt && "note" in findings.receipt) {
      const { note: of_receipt } = findings.receipt;
      const of_ledger = refusable(() => check_snapshot(of_receipt, state));
      if ("refusal" in of_ledger) [findings.receipt, promised] = [of_ledger, null];
    }
    // Of two that the ledger has, the larger one is what is to be remembered.
    const signed = [is_signed(signers) && note && !("refusal" in note) ? note : null, promised].filter((one) => one !== null)
      .sort((a, b) => b.size - a.size);
    if (signed.length > 0 && is_signed(signers)) findings.seen = look_back_from(pins, ledger, right, signed[0]);
    findings.story = findings.member === "" ? null : story_of(state, witness);
    findings.member_is_unknown = findings.member !== "" && findings.story === null;
  }

  const rights = [right];
  for (const partner of partners) {
    const its_note = partner.snapshot ? refusable(() => parse_note(/** @type {Uint8Array} */ (partner.snapshot))) : null;
    const found = yield* measured(check_community(partner.ledger, its_note, ""), partner.ledger);
    rights.push(found.right);
    const seen = found.right && is_signed(found.signers) && its_note && !("refusal" in its_note)
      ? look_back_from(pins, partner.ledger, found.right, its_note) : null;
    findings.partners.push({ dao: to_hex(leaf_hash(first_line_of(partner.ledger))), arithmetic: found.arithmetic, signers: found.signers, seen });
  }
  const whole = rights.filter((one) => one !== null);
  if (partners.length > 0 && whole.length === rights.length) {
    findings.gifts = refusable(() => ({ found: gifts_between(whole.map(({ state }) => state)) }));
  }
  return findings;
}
