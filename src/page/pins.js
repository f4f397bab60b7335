// SPDX-License-Identifier: MIT
/**
 * Layer 8. What was seen signed of a community on earlier visits, and how a snapshot stands to it: as `mikoshi verify` does it.
 *
 * A pin holds snapshots ascending by size: the first is the one that a ledger was checked under (or the first that a receipt
 * brought), the others came with receipts, which cannot show that they continue it. The next ledger is held against all of them;
 * then its own is the only one. Nothing here keeps anything: memory.js does.
 */
import { is_same, to_hex, utf8 } from "./bytes.js";
import { parse_json, to_json } from "./canonical.js";
import { prove_equivocation } from "./evidence.js";
import { H } from "./hash.js";
import { log_root } from "./merkle.js";
import { origin_of, parse_note } from "./note.js";
import { need, Refused } from "./refused.js";
import { array, hash, object, text } from "./shapes.js";

/** @typedef {import("./note.js").Note} Note */
/** @typedef {{first_line: string, handovers: import("./evidence.js").Handover[]}} Origin of the community: what evidence begins with */
/**
 * @typedef {{both: string[], evidence: {name: string, text: string} | null, notes: string[]}} Fork
 *   both: who signed both; evidence: a file, null: there is none against anybody; notes: what was seen, and what is there now
 * @typedef {{dao: string, sight: "first" | "same" | "extends" | "unchecked", size: number, before: string | null, after: string | null,
 *   is_unwritten?: boolean}} Seen
 *   unchecked: a receipt's, whether it continues what was seen only the ledger can show; size: the largest that was seen;
 *   before: the pin as it was; after: what is to be kept in its place, null: that stays; is_unwritten: the browser did not keep it
 */

/** So many snapshots wait for a ledger at most; later ones are checked, but not kept. */
const notes_max = 64;

/** Two histories. */
export class Forked extends Refused {
  /** @param {string} detail @param {Fork} fork */
  constructor(detail, fork) {
    super("equivocation", detail);
    this.fork = fork;
  }
}

const pin_shape = object({ dao: hash, notes: array(text), sha256: hash, type: text });

/** @param {string} dao @param {string[]} notes @returns {string} one line of canonical JSON; the hash shows damage */
export const pin_text = (dao, notes) =>
  `${to_json({ dao, notes, sha256: to_hex(H(...notes.map(utf8))), type: "mikoshi-pin-v1" })}\n`;

/** @param {string} pin @param {string} dao @returns {Note[]} the snapshots, at least one @throws bad_pin */
export function parse_pin(pin, dao) {
  try {
    const found = parse_json(utf8(pin.slice(0, -1)));
    pin_shape(found, "pin");
    need(pin === pin_text(dao, found.notes) && found.notes.length > 0, "bad_pin", "it is not what was written down");
    const notes = found.notes.map((/** @type {string} */ note) => parse_note(utf8(note)));
    for (const [at, { origin, size }] of notes.entries()) {
      need(origin === origin_of(dao) && size > (notes[at - 1]?.size ?? 0), "bad_pin", "it is not what was written down");
    }
    return notes;
  } catch (error) {
    throw error instanceof Refused && error.code !== "bad_pin" ? new Refused("bad_pin", error.message) : error;
  }
}

/** @param {string} dao @param {Origin} origin @param {Note} before @param {Note} now @param {Uint8Array[]} leaves @returns {Forked} */
function forked(dao, origin, before, now, leaves) {
  const notes = [before.whole, now.whole];
  const sizes = `${before.size} lines were seen, now ${now.size}`;
  try {
    const { both, text } = prove_equivocation(origin, before, now, leaves);
    const name = `${dao}-${to_hex(H(utf8(text))).slice(0, 16)}.evidence`;
    return new Forked(sizes, { both, evidence: { name, text }, notes });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return new Forked(`${sizes}; ${error.message}`, { both: [], evidence: null, notes });
  }
}

/**
 * Holds the snapshot of a ledger that was checked against what was seen.
 * @param {string | null} pin null: nothing was
 * @param {string} dao @param {Note} note @param {Origin} origin @param {Uint8Array[]} leaves of the ledger's lines
 * @returns {Seen}
 * @throws bad_pin; equivocation, as Forked; rollback
 */
export function see_ledger(pin, dao, note, origin, leaves) {
  const alone = pin_text(dao, [note.whole]);
  if (pin === null) return { dao, sight: "first", size: 0, before: null, after: alone };
  const notes = parse_pin(pin, dao);
  for (const before of notes.filter(({ size }) => size <= note.size)) {
    if (!is_same(log_root(leaves.slice(0, before.size)), before.root)) throw forked(dao, origin, before, note, leaves);
  }
  const { size } = notes[notes.length - 1];
  need(note.size >= size, "rollback", `${size} lines were seen, now ${note.size}`);
  const is_kept = note.size === size && notes.length === 1;
  return { dao, sight: note.size === size ? "same" : "extends", size, before: pin, after: is_kept ? null : alone };
}

/**
 * The same for the snapshot of a receipt, whose lines are not at hand. An older one is no offence: a month stays signed.
 * @param {string | null} pin @param {string} dao @param {Note} note @param {Origin} origin
 * @returns {Seen}
 * @throws bad_pin; equivocation, as Forked
 */
export function see_receipt(pin, dao, note, origin) {
  if (pin === null) return { dao, sight: "first", size: 0, before: null, after: pin_text(dao, [note.whole]) };
  const notes = parse_pin(pin, dao);
  const { size } = notes[notes.length - 1];
  const smaller = notes.filter((one) => one.size < note.size);
  const others = notes.slice(smaller.length);
  if (others[0]?.size === note.size) {
    if (!is_same(others[0].root, note.root)) throw forked(dao, origin, others[0], note, []);
    return { dao, sight: "same", size, before: pin, after: null };
  }
  // What a ledger that was checked may well contain is not gathered.
  const is_kept = smaller.length > 0 && notes.length < notes_max;
  const after = is_kept ? pin_text(dao, [...smaller, note, ...others].map(({ whole }) => whole)) : null;
  return { dao, sight: "unchecked", size, before: pin, after };
}
