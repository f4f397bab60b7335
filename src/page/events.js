// SPDX-License-Identifier: MIT
/** Layer 2. Lines as they are written (FORMAT.md, sections 4 and 5): the fields of every kind, and who may say it. */
import { parse_json } from "./canonical.js";
import { need } from "./refused.js";
import { amount, any_object, array, count, either, fits, flag, hash, id, is_object, map, object, offset, period, pool_purse, purse, signature,
  speakers_key, steward_key, text, time, wallet, word } from "./shapes.js";
import { roundings } from "./whole.js";

const line_bytes_max = 65_535;
const format_version = 1;

const evidence = object({ file: hash, "row?": count });
const totals = { digest: hash, distributed: amount, in: amount, payees: count, payout_root: hash, recouped: amount,
  undivided_after: amount, undivided_before: amount };
const outcome = object({ ...totals, "others?": array(object({ currency: text, exponent: count, totals: object(totals) })) });
export const steward_set = { stewards: array(object({ key: steward_key, name: id })), threshold: count };
/** @type {import("./shapes.js").Shape} */
const heir = (value, place) => object({ "heirs?": array(heir), member: id, parts: count })(value, place);

const money = { amount, currency: text, "evidence?": evidence, id };
const new_charter = { from: period, id, rules: any_object };

/**
 * Who may say a kind: `operator` and `relayed` say whether those voices may, `actor` names the fields of which the first
 * that is there names whose act it is (and who may sign it). Where `actor_may_lack`, no actor means the first two alone.
 * What is `always_signed` lacks a signature in any other voice.
 */
const operator = { operator: true, relayed: false, actor: [] };
const anybody = { operator: true, relayed: true, actor: [] };
const of = (/** @type {string[]} */ ...actor) => ({ operator: true, relayed: true, actor });
const own = (/** @type {string[]} */ ...actor) => ({ operator: false, relayed: true, actor });
const signed_own = (/** @type {string[]} */ ...actor) => ({ operator: true, relayed: true, actor, always_signed: true });
const own_or_anybody = (/** @type {string[]} */ ...actor) => ({ operator: false, relayed: true, actor, actor_may_lack: true });

/** @typedef {{operator: boolean, relayed: boolean, actor: string[], actor_may_lack?: boolean, always_signed?: boolean}} Says */

/** @type {Record<string, [Says, Record<string, import("./shapes.js").Shape>]>} */
const kinds = {
  "dao": [operator, { currency: object({ code: text, exponent: count }), format: count, offset, salt: hash, ...steward_set }],
  "member.join": [anybody, { "label?": hash, member: id }],
  "member.guest": [anybody, { "label?": hash, member: id }],
  "member.leave": [of("member"), { member: id }],
  "member.rejoin": [of("member"), { member: id }],
  "member.key": [of("member"), { member: id, public_key: speakers_key }],
  "member.key.end": [of("member"), { member: id, public_key: speakers_key }],
  "attest": [signed_own("member"), { first: count, last: count, member: id, root: hash }],
  "ticket.class": [operator, { class: id, "form?": word("ticket", "units"), "per_member?": count, "supply?": count,
    transfer: word("free", "members", "locked", "executive"), weight: count }],
  "ticket.mint": [anybody, { class: id, "contributed?": amount, ticket: id, to: id }],
  "ticket.transfer": [of("from"), { from: id, ticket: id, to: id }],
  "ticket.lend": [of("from"), { from: id, ticket: id, to: id, until: time }],
  "ticket.return": [of("from"), { from: id, ticket: id }],
  "ticket.burn": [of("from"), { from: id, ticket: id }],
  "units.mint": [operator, { class: id, id, to: id, units: count }],
  "units.move": [of("from"), { class: id, from: id, id, to: id, units: count }],
  "units.burn": [of("from"), { class: id, from: id, id, units: count }],
  "work": [operator, { "label?": hash, work: id }],
  "work.phase": [operator, { phase: word("making", "published", "ended"), work: id }],
  "credit": [of("confirmed", "member"), { "confirmed?": id, from: period, id, "last?": period, member: id, role: id, weight: count,
    work: id }],
  "credit.confirm": [of("by"), { by: id, id }],
  "credit.end": [operator, { id, last: period }],
  "contribution.kind": [operator, { "as?": word("work", "support"), type: id, weight: count }],
  "contribution": [of("confirmed", "member"), { "confirmed?": id, "evidence?": evidence,
    "goods?": object({ market: count, paid: count }), id, member: id, period, points: count, type: id, "unpaid?": flag, "work?": id }],
  "contribution.confirm": [of("by"), { by: id, id }],
  "contribution.correct": [operator, { id, points: count }],
  "introduction": [of("member"), { by: id, member: id }],
  "review": [operator, { "budget?": count, id, members: array(id), method: word("median", "trimmed"), pair_cap: count, period,
    raters_min: count, relations: map(count), reveal_until: time, seal_until: time }],
  "review.ballot": [own("by"), { by: id, relation: id, round: id, seal: hash }],
  "review.reveal": [own("by"), { by: id, round: id, salt: hash, scores: map(count) }],
  "review.close": [operator, { round: id }],
  "segment": [operator, { "evidence?": evidence, id, members: array(id), period, points: count }],
  "segment.withdraw": [operator, { id }],
  "currency": [operator, { code: text, exponent: count }],
  "income": [anybody, { ...money, "from?": hash, period, "work?": id }],
  "income.correct": [operator, { amount, id }],
  "opening": [operator, { ...money, to: either(pool_purse, id, (value) => typeof value === "string" && value.includes(":")) }],
  "conversion": [operator, { ...money, gives: amount, into: text, period, rate: object({ gives: amount, of: amount }),
    rounding: word(...Object.keys(roundings)) }],
  "conversion.undo": [operator, { id }],
  "payment": [operator, { amount, currency: text, id, member: id, "wallet?": wallet }],
  "payment.sent": [operator, { id }],
  "payment.settled": [operator, { amount, "evidence?": evidence, id }],
  "payment.failed": [operator, { amount, "evidence?": evidence, id }],
  "cost": [operator, { ...money, member: id, "work?": id }],
  "spend": [operator, { ...money, from: purse }],
  "will": [own("member"), { executors: array(id), heirs: array(heir), member: id, needed: count, wait_days: count, whole: count }],
  "sign": [own_or_anybody("by"), { "by?": id, id, "steward?": id, "steward_signature?": signature }],
  "object": [own("by"), { by: id, id, "line?": id, "reason?": hash }],
  "withdraw": [own("by"), { by: id, id, "line?": id }],
  "pledge": [operator, { amount, "evidence?": evidence, id, member: id, round: id }],
  "cancel": [own_or_anybody("by"), { "by?": id, id }],
  "will.alive": [own("member"), { member: id }],
  "dispute.settle": [operator, { draft: id, line: id, outcome: word("paid", "returned") }],
  "waive": [own("member"), { amount, currency: text, id, member: id, to: id }],
  "propose": [own_or_anybody("by"), { "by?": id, "charter?": object(new_charter), "estate?": object({ member: id }), id,
    "pledges?": object({ currency: text, threshold: amount, work: id }), "recognise?": object({ records: array(id) }),
    "stewards?": object(steward_set), until: time }],
  "execute": [operator, { id }],
  "charter": [operator, new_charter],
  "draft": [operator, { charter: hash, id, outcome, period, record: count }],
  "void": [operator, { draft: id }],
  "approve": [operator, { draft: id }],
  "statement": [operator, { charter: hash, "claims?": array(object({ currency: text, payees: count, root: hash, total: amount })),
    currency: text, distributions: array(object({ id, outcome, period })),
    members: object({ count, root: hash }) }],
};

export const signed_fields = ["expires", "key", "nonce", "signature", "who"];
export const relayed_fields = ["channel", "message"];

const envelope = { at: time, "channel?": id, "expires?": time, "key?": speakers_key, "message?": hash, "nonce?": count,
  "on?": time, seq: count, "signature?": signature, voice: word("operator", "relayed", "signed"), "who?": id };

const envelope_shape = object(envelope, () => true);
const of_envelope = new Set(["kind", ...Object.keys(envelope).map((name) => name.replace("?", ""))]);

/** Of each kind the event's own fields: they are looked at before the envelope's. */
const shapes = new Map(Object.entries(kinds).map(([kind, [, fields]]) => [kind, object(fields, (name) => of_envelope.has(name))]));

/** The kinds that a charter may want signed. */
export const signable = Object.keys(kinds).filter((kind) =>
  kinds[kind][0].actor.length > 0 && kind !== "member.key" && kind !== "attest");

/** @param {string} kind one of section 5 @returns {Says} */
export const says_of = (kind) => kinds[kind][0];

/** @param {any} line @returns {string | undefined} the member whose act it is */
export const actor_of = (line) => line[says_of(line.kind).actor.find((field) => field in line) ?? ""];

/**
 * @param {Uint8Array} bytes a line without its newline
 * @returns {any} the line; its fields are as FORMAT.md spells them
 * @throws too_large, what canonical.js throws, wrong_type, missing_field, unknown_kind, unsupported_version, and what its fields are refused with
 */
export function parse_line(bytes) {
  need(bytes.length <= line_bytes_max, "too_large", "a line");
  const line = parse_json(bytes);
  need(is_object(line), "wrong_type", "a line is an object");
  need("kind" in line, "missing_field", "kind");
  const shape = shapes.get(line.kind);
  need(shape, "unknown_kind", typeof line.kind === "string" ? line.kind : "kind");
  // A newer format may have other fields, so its number is read before them.
  if (line.kind === "dao" && fits(count, line.format)) need(line.format === format_version, "unsupported_version", line.format);
  /** @type {import("./shapes.js").Shape} */ (shape)(line, line.kind);
  envelope_shape(line, line.kind);
  return line;
}
