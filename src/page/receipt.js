// SPDX-License-Identifier: MIT
/** Layer 7. One member's receipt, checked without the ledger (FORMAT.md, section 11). */
import { as_text, from_base64, from_hex, is_same, to_hex, utf8 } from "./bytes.js";
import { parse_json, to_json } from "./canonical.js";
import { balances, totals_by_currency } from "./distribution.js";
import { parse_line } from "./events.js";
import { apply_line } from "./ledger.js";
import { climb, join_hashes, leaf_hash } from "./merkle.js";
import { origin_of, parse_decimal, parse_hash, parse_note, signers_of } from "./note.js";
import { need, Refused } from "./refused.js";
import { amount, array, code, count, fraction, hash, id, map, object, period, text, text_like } from "./shapes.js";
import { State } from "./state.js";
import { join_sums, payout_leaf } from "./sumtree.js";

const path_max = 64;
const newline = 0x0a;

const pool_name = text_like(/^[a-z0-9._-]{1,64}(:[a-z0-9._-]{1,64})?$/, "bad_id");
const payee = text_like(/^((pool:)?[a-z0-9._-]{1,64}|dao:[0-9a-f]{64})$/, "bad_id");
const entitled = map(object({ fraction, paid: amount }), pool_name);
const standing = object({ entitled, holds: map(count), member: id, "others?": map(object({ entitled, exponent: count, owed: amount }), code),
  owed: amount });
const body_shape = object({
  dao: text,
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
 * @throws bad_receipt, and what a snapshot is refused with
 */
export function parse_receipt(bytes) {
  const gap = bytes.findIndex((byte, at) => byte === newline && bytes[at + 1] === newline);
  need(gap >= 0, "bad_receipt", "no empty line before the snapshot");
  const [first, extra, index, ...hashes] = as_receipt(() => as_text(bytes.subarray(0, gap))).split("\n");
  need(first === "c2sp.org/tlog-proof@v1" && extra?.startsWith("extra ") && index?.startsWith("index "), "bad_receipt", "the first lines");
  need(hashes.length <= path_max, "bad_receipt", "the proof's hashes");
  return {
    ...as_receipt(() => {
      const body = parse_json(from_base64(extra.slice(6)));
      body_shape(body, "receipt");
      return { body, seq: parse_decimal(index.slice(6)), path: hashes.map(parse_hash) };
    }),
    note: parse_note(bytes.subarray(gap + 2)),
  };
}

/**
 * @typedef {{
 *   note: import("./note.js").Note, signers: string[], set: import("./note.js").StewardSet, dao: any, statement: any,
 *   member: string, standing: any,
 *   payouts: {leaf: any, index: number, totals: any}[],
 * }} ReceiptResult as FORMAT.md spells the parts; signers: names
 */

/**
 * @param {Uint8Array} bytes
 * @param {string} member "": whoever the receipt is of
 * @returns {ReceiptResult}
 * @throws bad_receipt, wrong_domain, proof_*, no_snapshot, payout_mismatch, wrong_member, wrong_period, mixed_assets, bad_signature
 */
export function check_receipt(bytes, member) {
  const { body, seq, path, note } = parse_receipt(bytes);
  const [dao_line, statement_line] = [utf8(body.dao), utf8(body.statement)];
  need(origin_of(to_hex(leaf_hash(dao_line))) === note.origin, "wrong_domain", "the first line is another community's");
  const first = new State();
  const dao = apply_line(first, dao_line);
  const root = climb(leaf_hash(statement_line), seq, note.size, path, join_hashes);
  need(is_same(root, note.root), "proof_mismatch", "the statement");
  const statement = parse_line(statement_line);
  need(statement.kind === "statement" && statement.seq === seq, "no_snapshot", "no statement of this number");
  for (const { id, outcome } of statement.distributions) {
    for (const totals of totals_by_currency(outcome).values()) need(balances(totals), "payout_mismatch", id);
  }

  const { leaf, index, path: siblings } = body.standing;
  need(member === "" || leaf.member === member, "wrong_member", leaf.member);
  const stands = climb(leaf_hash(utf8(to_json(leaf))), index, statement.members.count, siblings.map(from_hex), join_hashes);
  need(to_hex(stands) === statement.members.root, "proof_mismatch", "where the member stands");

  const payouts = body.payouts.map((/** @type {any} */ payout) => check_payout(payout, leaf.member, statement));
  const places = body.payouts.map((/** @type {any} */ { leaf: { period, currency } }) => `${period} ${currency ?? ""}`);
  need(places.every((/** @type {string} */ place, /** @type {number} */ at) => at === 0 || places[at - 1] < place), "bad_receipt",
    "payouts ascend by month and currency");
  const [set] = first.steward_sets;
  return { note, signers: signers_of(note, set), set, dao, statement, member: leaf.member, standing: leaf, payouts };
}

/** @param {any} payout @param {string} member @param {any} statement */
function check_payout({ leaf, index, path }, member, statement) {
  need(leaf.payee === member, "wrong_member", leaf.payee);
  const distribution = statement.distributions.find((/** @type {any} */ { period }) => period === leaf.period);
  need(distribution, "wrong_period", leaf.period);
  const totals = totals_by_currency(distribution.outcome).get(leaf.currency);
  need(totals, "mixed_assets", leaf.currency);
  const siblings = path.map((/** @type {any} */ { hash, sum }) => ({ sum: BigInt(sum), hash: from_hex(hash) }));
  const top = climb(payout_leaf(leaf), index, totals.payees, siblings, join_sums);
  need(top.sum === BigInt(totals.distributed) && to_hex(top.hash) === totals.payout_root, "proof_mismatch", leaf.period);
  return { leaf, index, totals };
}
