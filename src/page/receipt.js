// SPDX-License-Identifier: MIT
/** Layer 7. One member's receipt, checked without the ledger (FORMAT.md, section 11). */
import { as_text, from_base64, from_hex, is_same, to_hex, utf8 } from "./bytes.js";
import { parse_json, to_json } from "./canonical.js";
import { balances, totals_by_currency } from "./distribution.js";
import { parse_line } from "./events.js";
import { apply_line } from "./ledger.js";
import { climb, join_hashes, leaf_hash } from "./merkle.js";
import { check_announced, origin_of, parse_decimal, parse_hash, parse_signed, read_checkpoint, signers_of } from "./note.js";
import { check_stewards } from "./proposals.js";
import { need, Refused } from "./refused.js";
import { amount, array, code, count, fraction, hash, id, map, object, period, signature, text, text_like } from "./shapes.js";
import { State } from "./state.js";
import { signs_change } from "./stewards.js";
import { climb_sums, payout_leaf } from "./sumtree.js";

const path_max = 64;
const newline = 0x0a;

const pool_name = text_like(/^[a-z0-9._-]{1,64}(:[a-z0-9._-]{1,64})?$/, "bad_id");
const payee = text_like(/^((pool:)?[a-z0-9._-]{1,64}|dao:[0-9a-f]{64})$/, "bad_id");
const entitled = map(object({ fraction, paid: amount }), pool_name);
const standing = object({ entitled, holds: map(count), member: id, "others?": map(object({ entitled, exponent: count, owed: amount }), code),
  owed: amount });
const body_shape = object({
  dao: text,
  "handovers?": array(object({ proposal: text, signatures: array(object({ signature, steward: id })) })),
  payouts: array(object({ index: count, leaf: object({ amount, "currency?": code, payee, period }),
    path: array(object({ hash, sum: amount })) })),
  standing: object({ index: count, leaf: standing, path: array(hash) }),
  statement: text,
});

/** @template T @param {() => T} read @returns {T} @throws bad_receipt, in place of what reading is refused with */
function as_receipt(read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refused ? new Refused("bad_receipt", error.message) : error;
  }
}

/** @param {Uint8Array} bytes @returns {boolean} whether a file begins as a receipt does */
export const is_receipt = (bytes) => is_same(bytes.subarray(0, 23), utf8("c2sp.org/tlog-proof@v1\n"));

/**
 * @param {Uint8Array} bytes
 * @returns {{body: any, seq: number, path: Uint8Array[], note: import("./note.js").Note}}
 * @throws bad_receipt, too_many (hashes), and what a snapshot is refused with
 */
export function parse_receipt(bytes) {
  const gap = bytes.findIndex((byte, at) => byte === newline && bytes[at + 1] === newline);
  need(gap >= 0, "bad_receipt", "no empty line before the snapshot");
  const [first, extra, index, ...hashes] = as_receipt(() => as_text(bytes.subarray(0, gap))).split("\n");
  need(first === "c2sp.org/tlog-proof@v1" && extra?.startsWith("extra ") && index?.startsWith("index "), "bad_receipt", "the first lines");
  const [spelled, seq, path] = as_receipt(() =>
    [from_base64(extra.slice(6)), parse_decimal(index.slice(6)), hashes.slice(0, path_max).map(parse_hash)]);
  need(hashes.length <= path_max, "too_many", "the proof's hashes");
  const signed = parse_signed(bytes.subarray(gap + 2));
  const body = as_receipt(() => {
    const found = parse_json(spelled);
    body_shape(found, "receipt");
    return found;
  });
  return { body, seq, path, note: read_checkpoint(signed) };
}

/**
 * @typedef {{
 *   note: import("./note.js").Note, signers: string[], set: import("./note.js").StewardSet, origin: import("./pins.js").Origin, dao: any, statement: any,
 *   member: string, standing: any,
 *   payouts: {leaf: any, index: number, totals: any}[],
 * }} ReceiptResult as FORMAT.md spells the parts; signers: names
 */

/** @param {State} state an empty one @param {Uint8Array} line @returns {any} the first line @throws wrong_domain */
function apply_first(state, line) {
  try {
    return apply_line(state, line);
  } catch (error) {
    throw error instanceof Refused ? new Refused("wrong_domain", error.message) : error;
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} member "": whoever the receipt is of
 * @param {string} [announced] a snapshot's hash; "": any
 * @returns {ReceiptResult}
 * @throws bad_receipt, too_many, wrong_domain, proof_*, no_snapshot, payout_mismatch, wrong_member, wrong_period, mixed_assets,
 *   unexpected_snapshot, not_a_steward, bad_signature, quorum_not_met (of a handover), conflict, bad_threshold
 */
export function check_receipt(bytes, member, announced = "") {
  const { body, seq, path, note } = parse_receipt(bytes);
  const [dao_line, statement_line] = [utf8(body.dao), utf8(body.statement)];
  const first = new State();
  const dao = apply_first(first, dao_line);
  need(origin_of(first.dao_id()) === note.origin, "wrong_domain", "the first line is another community's");
  const root = climb(leaf_hash(statement_line), seq, note.size, path, join_hashes);
  need(is_same(root, note.root), "proof_mismatch", "the statement");
  const statement = parse_line(statement_line);
  need(statement.kind === "statement" && statement.seq === seq, "no_snapshot", "no statement of this number");
  for (const { id, outcome } of statement.distributions) {
    for (const totals of totals_by_currency(outcome).values()) need(balances(totals), "payout_mismatch", id);
  }

  const { leaf, index, path: siblings } = body.standing;
  const stands = climb(leaf_hash(utf8(to_json(leaf))), index, statement.members.count, siblings.map(from_hex), join_hashes);
  need(to_hex(stands) === statement.members.root, "proof_mismatch", "where the member stands");
  need(member === "" || leaf.member === member, "wrong_member", leaf.member);

  let before = "";
  const payouts = body.payouts.map((/** @type {any} */ payout) => {
    const found = check_payout(payout, leaf.member, statement);
    const place = `${payout.leaf.period} ${payout.leaf.currency ?? ""}`;
    need(before < place, "bad_receipt", "payouts ascend by month and currency");
    before = place;
    return found;
  });
  check_announced(note, announced);
  const set = stewards_after(first.steward_sets[0], body.handovers, first.leaves[0]);
  return { note, signers: signers_of(note, set), set, origin: { first_line: body.dao, handovers: body.handovers ?? [] }, dao, statement, member: leaf.member, standing: leaf, payouts };
}

/**
 * @param {import("./note.js").StewardSet} set those of the first line
 * @param {{proposal: string, signatures: {signature: string, steward: string}[]}[] | undefined} handovers
 * @param {Uint8Array} dao_id
 * @returns {import("./note.js").StewardSet}
 * @throws bad_receipt, not_a_steward, bad_signature, quorum_not_met, too_many, conflict, bad_threshold, and what a line is refused with
 */
function stewards_after(set, handovers, dao_id) {
  need(handovers?.length !== 0, "bad_receipt", "no change is said by leaving them out");
  for (const { proposal, signatures } of handovers ?? []) {
    const bytes = utf8(proposal);
    const { kind, stewards } = parse_line(bytes);
    need(kind === "propose" && stewards, "bad_receipt", "no change of stewards");
    for (const [at, { signature, steward: name }] of signatures.entries()) {
      need(at === 0 || signatures[at - 1].steward < name, "bad_receipt", "signatures ascend by name");
      const steward = set.stewards.find((one) => one.name === name);
      need(steward, "not_a_steward", name);
      need(steward && signs_change(steward.key, dao_id, leaf_hash(bytes), from_hex(signature)), "bad_signature", name);
    }
    need(signatures.length >= set.threshold, "quorum_not_met", `${signatures.length} of ${set.threshold} handed over`);
    check_stewards(stewards);
    set = { ...stewards, from: set.from, changes: (set.changes ?? 0) + 1 };
  }
  return set;
}

/** @param {any} payout @param {string} member @param {any} statement */
function check_payout({ leaf, index, path }, member, statement) {
  need(leaf.payee === member, "wrong_member", leaf.payee);
  const distribution = statement.distributions.find((/** @type {any} */ { period }) => period === leaf.period);
  need(distribution, "wrong_period", leaf.period);
  const totals = totals_by_currency(distribution.outcome).get(leaf.currency);
  need(totals, "mixed_assets", leaf.currency);
  const siblings = path.map((/** @type {any} */ { hash, sum }) => ({ sum: BigInt(sum), hash: from_hex(hash) }));
  const root = { sum: BigInt(totals.distributed), hash: from_hex(totals.payout_root) };
  climb_sums(root, payout_leaf(leaf), index, totals.payees, siblings);
  return { leaf, index, totals };
}
