// SPDX-License-Identifier: MIT
/** Layer 8. What a replayed ledger knows of one member, and why each month gave what it gave. Numbers and ids only, no words. */
import { month_of, month_text, parse_time } from "./calendar.js";
import { branch_name, node_kind, weight_kind } from "./charter.js";
import { standings } from "./months.js";
import { sum_of } from "./whole.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./distribution.js").Visit} Visit */
/**
 * @typedef {{kind: string, pool: string, amount: bigint, parts: bigint, parts_of: bigint, to: string, to_amount: bigint}} Step
 *   from a node to the one below; parts: where the node divides by parts, else 0
 * @typedef {{pool: string, work: string | null, weight_kind: string, weight: bigint, weight_of: bigint, amount: bigint, pay: bigint,
 *   kept: bigint, steps: Step[]}} Reason kept: 2^-64 minor units in the member's name afterwards
 * @typedef {{period: string, currency: string, exponent: number, income: bigint, pay: bigint, reasons: Reason[]}} Month
 * @typedef {{month: string, given: bigint, paid: bigint, owed: bigint}} Flow owed: at the month's end
 * @typedef {{currency: string, exponent: number, flows: Flow[]}} Currency
 * @typedef {{member: string, is_guest: boolean, died: boolean, stays: {from: number, until: number | null}[], offset: number,
 *   standing: any, currency: string, exponent: number, moves: any[], records: any[], months: Month[], payments: any[],
 *   disputed: {currency: string, exponent: number, amount: bigint}[], currencies: Currency[]}} Story
 */

/** The nodes that pay members, and what members weigh there. @param {any} node */
const weight_name = (node) => (node_kind(node) === "among" ? weight_kind(node.among) : node.recoup);
const pays_members = (/** @type {any} */ node) => "among" in node || typeof node.recoup === "string";

/** @param {Visit[]} visits @param {Visit} visit @returns {Step[]} from the root to a node */
function steps_to(visits, visit) {
  const above = visits.filter(({ path }) => visit.path.startsWith(`${path}/`));
  return above.map((from, at) => {
    const below = above[at + 1] ?? visit;
    const to = branch_name(below.node);
    const has_parts = "split" in from.node;
    return {
      kind: node_kind(from.node), pool: from.node.pool, amount: from.amount, to, to_amount: below.amount,
      parts: has_parts ? from.shares.find(({ payee }) => payee === to)?.weight ?? 0n : 0n,
      parts_of: has_parts ? sum_of(from.shares.map(({ weight }) => weight)) : 0n,
    };
  });
}

/** @param {Visit[]} visits @param {string} member @returns {Reason[]} */
function reasons_for(visits, member) {
  return visits.filter(({ node }) => pays_members(node)).flatMap((visit) => {
    // The last share of a recoup is the branch that gets the rest, which may be called like a member.
    const shares = "recoup" in visit.node ? visit.shares.slice(0, -1) : visit.shares;
    const share = shares.find(({ payee }) => payee === member);
    return share ? [{ pool: visit.node.pool, work: visit.work, weight_kind: weight_name(visit.node), weight: share.weight,
      weight_of: sum_of(shares.map(({ weight }) => weight)), amount: visit.amount, pay: share.pay, kept: share.fraction,
      steps: steps_to(visits, visit) }] : [];
  });
}

/** @param {State} state @param {string} member @returns {Month[]} those that gave the member something, or weighed it */
function months_of(state, member) {
  return state.distributions.flatMap(({ month, parts }) => [...parts].flatMap(([currency, part]) => {
    const reasons = reasons_for(part.visits, member);
    const pay = part.got.get(member) ?? 0n;
    return pay > 0n || reasons.length > 0
      ? [{ period: month_text(month), currency, exponent: part.books.exponent, income: BigInt(part.totals.in), pay, reasons }] : [];
  }));
}

/** Lines that move something that a member holds. */
const move_kinds = new Set(["ticket.mint", "ticket.transfer", "ticket.lend", "ticket.return", "ticket.burn", "units.mint", "units.move",
  "units.burn"]);

/** Follows one member line by line: what the state does not keep. */
export class Witness {
  /** @param {string} member */
  constructor(member) {
    this.member = member;
    /** @type {any[]} lines that moved something of the member's */
    this.moves = [];
    /** @type {Map<string, Map<number, bigint>>} by currency and month: what was owed after the month's last line */
    this.by_currency = new Map();
  }

  /** @param {State} state after a line @param {any} line */
  look(state, line) {
    if (!state.members.has(this.member)) return;
    if (move_kinds.has(line.kind) && (line.to === this.member || line.from === this.member)) this.moves.push(line);
    const month = month_of(state.at, state.offset);
    for (const [currency, books] of state.books) {
      const months = this.by_currency.get(currency) ?? new Map();
      months.set(month, books.owed_to(this.member));
      this.by_currency.set(currency, months);
    }
  }
}

/** @param {State} state @param {Witness} witness @returns {Currency[]} those in which anything ever was there */
function currencies_of(state, { member, by_currency }) {
  return [...state.books].flatMap(([currency, books]) => {
    const given = new Map(state.distributions.map(({ month, parts }) => [month, parts.get(currency)?.got.get(member) ?? 0n]));
    const paid = new Map();
    for (const payment of state.payments.values()) {
      if (payment.member !== member || payment.currency !== currency || payment.phase !== "settled") continue;
      const month = month_of(payment.ended_at, state.offset);
      paid.set(month, (paid.get(month) ?? 0n) + payment.amount);
    }
    const standing = by_currency.get(currency) ?? new Map();
    const something = [...given, ...paid, ...standing].filter(([, amount]) => amount > 0n).map(([month]) => month);
    if (something.length === 0) return [];
    const [first, last] = [Math.min(...something), month_of(state.at, state.offset)];
    let now = 0n;
    const flows = [];
    for (let month = first; month <= last; month += 1) {
      now = standing.get(month) ?? now;
      flows.push({ month: month_text(month), given: given.get(month) ?? 0n, paid: paid.get(month) ?? 0n, owed: now });
    }
    return [{ currency, exponent: books.exponent, flows }];
  });
}

/** @param {State} state a whole ledger's @param {Witness} witness of all of it @returns {Story | null} null: nobody is called so */
export function story_of(state, witness) {
  const { member } = witness;
  const found = state.members.get(member);
  if (!found) return null;
  const moves = witness.moves.map((line) => ({ kind: line.kind, when: parse_time(line.on ?? line.at), what: line.ticket ?? line.class, units: line.units ?? null,
    from: line.from ?? null, to: line.to ?? null }));
  const records = [...state.contributions].filter(([, record]) => record.member === member).map(([id, record]) =>
    ({ id, period: month_text(record.period), type: record.type, points: record.points, counted: record.was_counted,
      confirmed: record.confirmed, unpaid: record.unpaid, work: record.work }));
  const payments = [...state.payments].filter(([, payment]) => payment.member === member).map(([id, payment]) =>
    ({ ...payment, id, exponent: state.books_of(payment.currency).exponent }));
  const disputed = [...state.books].map(([currency, books]) =>
    ({ currency, exponent: books.exponent, amount: books.disputed(member) })).filter(({ amount }) => amount > 0n);
  return {
    member, is_guest: found.stays.length === 0, died: found.died, stays: found.stays, offset: state.offset,
    standing: [...standings(state)].find((leaf) => leaf.member === member), currency: state.own_currency,
    exponent: state.books_of(state.own_currency).exponent, moves, records, months: months_of(state, member), payments, disputed,
    currencies: currencies_of(state, witness),
  };
}
