// SPDX-License-Identifier: MIT
/** Layer 4. What a ledger's lines add up to (FORMAT.md, section 6): the tables, and the questions that several subjects ask. */
import { month_number, month_of, month_start } from "./calendar.js";
import { by_currency } from "./charter.js";
import { hamilton } from "./pool.js";
import { need } from "./refused.js";
import { is_there } from "./weigher.js";
import { to_hex } from "./bytes.js";

/** @typedef {import("./pool.js").Amounts} Amounts */
/**
 * @typedef {{stays: {from: number, until: number | null}[], last_move: number, debts: Amounts, died: boolean, nonce: number,
 *   keys: number, brought_by: string | null, will: any}} Member times in seconds; debts by heap
 * @typedef {{weight: bigint, transfer: string, form: string, supply: bigint | null, per_member: bigint | null, minted: bigint,
 *   given: Amounts}} TicketClass
 * @typedef {{class: string, moves: {from: number, holder: string | null}[], loan: number | null}} Ticket loan: which move began it
 * @typedef {{id: string, from: number, rules: any, hash: string}} Charter from: a month
 * @typedef {{month: number, outcome: any, state: string, at: number, objected: Map<string, {line: string, by: string}>}} Draft
 * @typedef {{does: string, what: any, by: string | undefined, until: number, when: number, leaf: Uint8Array, signed: Set<string>,
 *   objected: Set<string>, pledged: Amounts, state: string}} Proposal
 */

/** @param {Member} member @returns {boolean} whether the last stay is open */
export const is_active = (member) => member.stays.length > 0 && member.stays[member.stays.length - 1].until === null;

export class State {
  constructor() {
    /** @type {Uint8Array[]} hashes of the lines so far */ this.leaves = [];
    this.last_at = 0;
    /** @type {Set<number>} their seqs */ this.statements = new Set();

    // Of the line that is being applied.
    this.seq = 0;
    this.at = 0;
    this.when = 0;
    this.leaf = new Uint8Array();

    this.own_currency = "";
    this.offset = 0;
    /** @type {{from: number, stewards: {key: string, name: string}[], threshold: number}[]} from: the line that names them */
    this.steward_sets = [];
    /** @type {Map<string, Member>} */ this.members = new Map();
    /** @type {Map<string, {member: string, from: number, ended: boolean}>} */ this.keys = new Map();
    /** @type {Map<string, Map<number, Uint8Array>>} by member: relayed lines */ this.unattested = new Map();
    /** @type {Map<string, TicketClass>} */ this.classes = new Map();
    /** @type {Map<string, Ticket>} */ this.tickets = new Map();
    /** @type {Map<string, {class: string, holder: string, moves: {from: number, units: bigint}[]}>} */ this.units = new Map();
    /** @type {Set<string>} */ this.unit_lines = new Set();
    /** @type {Map<string, string>} their phases */ this.works = new Map();
    /** @type {Map<string, any>} */ this.credits = new Map();
    /** @type {Map<string, {weight: bigint, as: string}>} */ this.kinds = new Map();
    /** @type {Map<string, any>} */ this.contributions = new Map();
    /** @type {Map<string, any>} */ this.segments = new Map();
    /** @type {Map<string, Set<number | null>>} rows by file; null: the whole file */ this.evidence = new Map();
    /** @type {Map<string, any>} */ this.reviews = new Map();
    /** @type {{period: number, results: Map<string, {above: bigint, below: bigint}>}[]} */ this.closed_reviews = [];
    /** @type {Map<string, import("./books.js").Books>} */ this.books = new Map();
    /** @type {Map<string, any>} */ this.incomes = new Map();
    /** @type {Set<string>} */ this.openings = new Set();
    /** @type {Map<string, any>} */ this.conversions = new Map();
    /** @type {Map<string, any>} */ this.payments = new Map();
    /** @type {Set<string>} */ this.costs = new Set();
    /** @type {Set<string>} */ this.spendings = new Set();
    /** @type {Set<string>} */ this.pledges = new Set();
    /** @type {Set<string>} */ this.waivers = new Set();
    /** @type {Map<string, Proposal>} */ this.proposals = new Map();
    /** @type {Charter[]} */ this.charters = [];
    /** @type {Map<string, Draft>} */ this.drafts = new Map();
    /** @type {number | null} a month */ this.last_closed = null;
    /** @type {any[]} approved, and in no statement yet */ this.waiting = [];
    /** @type {import("./distribution.js").Distribution[]} approved */ this.distributions = [];
  }

  dao_id() {
    return to_hex(this.leaves[0]);
  }

  // ---- Months

  /** @param {number} month @returns {Charter} */
  charter_of(month) {
    return /** @type {Charter} */ (this.charters.findLast(({ from }) => from <= month));
  }

  /** @returns {Charter | null} that of this moment; before the first charter's months the first */
  present_charter() {
    return this.charters.length ? this.charter_of(Math.max(month_of(this.at, this.offset), this.charters[0].from)) : null;
  }

  /** @returns {Charter | null} that of the last closed month, else the first */
  standing_charter() {
    return this.last_closed === null ? this.charters[0] ?? null : this.charter_of(this.last_closed);
  }

  /** @returns {number} the month after the last closed one; there is a charter */
  open_month() {
    return this.last_closed === null ? this.charters[0].from : this.last_closed + 1;
  }

  /** @throws period_closed */
  need_open() {
    need(this.last_closed === null || this.when >= month_start(this.last_closed + 1, this.offset), "period_closed",
      "it happened in a closed month");
  }

  /** @param {string} period @throws future_period */
  need_begun(period) {
    need(month_start(month_number(period), this.offset) <= this.at, "future_period", period);
  }

  /** @param {string} does what needs consent @returns {any} what the present charter wants for it, or {} */
  consent_to(does) {
    return this.present_charter()?.rules.consent?.[does] ?? {};
  }

  /** @param {number} month @returns {boolean} whether works have rules then, in any currency */
  has_works(month) {
    return [...by_currency(this.charter_of(month).rules, this.own_currency).values()].some((rules) => "works" in rules);
  }

  // ---- Members

  /** @param {string} name @returns {Member} @throws no_such_member */
  member(name) {
    const found = this.members.get(name);
    need(found, "no_such_member", name);
    return /** @type {Member} */ (found);
  }

  /** @param {string} key @param {string} name @returns {boolean} whether it could sign a line of theirs now */
  speaks(key, name) {
    const found = this.keys.get(key);
    return found !== undefined && found.member === name && found.from <= this.at && !found.ended && !this.member(name).died;
  }

  /** @param {string} name @returns {Proposal | undefined} the open announcement of somebody's death */
  announced(name) {
    return [...this.proposals.values()].find(({ state, does, what }) => state === "open" && does === "estate" && what.member === name);
  }

  /** While a death is announced nothing moves from the announced time on. @param {string} name @param {number} [when] absent: at all */
  need_no_estate(name, when = Infinity) {
    const announced = this.announced(name);
    need(!announced || when < announced.when, "estate_held", name);
  }

  /** @param {any[]} heirs of a will @returns {Amounts} the parts of those who inherit, in the will's order */
  living_heirs(heirs) {
    /** @type {Amounts} */
    const found = new Map();
    for (const heir of heirs) {
      const inner = this.member(heir.member).died ? this.living_heirs(heir.heirs ?? []) : [[heir.member, BigInt(heir.parts)]];
      for (const [name, parts] of inner) found.set(name, parts);
    }
    return found;
  }

  /** @param {bigint} amount @param {Amounts} heirs @returns {Amounts} */
  inherited(amount, heirs) {
    const names = [...heirs.keys()];
    return hamilton(amount, heirs, (a, b) => names.indexOf(a) - names.indexOf(b));
  }

  /** What somebody who has died would be owed is owed to the living heirs. @param {import("./books.js").Books} books @param {string} name @param {bigint} amount */
  owe(books, name, amount) {
    const member = this.members.get(name);
    const heirs = member?.died ? this.living_heirs(member.will.heirs) : new Map();
    if (heirs.size === 0) books.receive(name, amount);
    else for (const [heir, part] of this.inherited(amount, heirs)) books.receive(heir, part);
  }

  // ---- Tickets and units

  /** @param {string} name @returns {TicketClass} @throws no_such_class */
  class_named(name) {
    const found = this.classes.get(name);
    need(found, "no_such_class", name);
    return /** @type {TicketClass} */ (found);
  }

  /** Who holds or gets something is there at that time, or a guest where the class allows it. @param {TicketClass} group @param {...string} names @throws not_member */
  need_holders(group, ...names) {
    for (const name of names) {
      const member = this.member(name);
      const is_guest = member.stays.length === 0 && ["free", "executive"].includes(group.transfer) && !member.died;
      need(is_guest || is_there(member, this.when), "not_member", name);
    }
  }

  /** @param {string} holder @param {string} group @returns {bigint} */
  units_of(holder, group) {
    return this.units.get(`${group} ${holder}`)?.moves.at(-1)?.units ?? 0n;
  }

  /** @param {string} holder @param {string} group @param {bigint} change @param {number} from a time */
  change_units(holder, group, change, from) {
    const key = `${group} ${holder}`;
    const now = this.units_of(holder, group) + change;
    if (!this.units.has(key)) this.units.set(key, { class: group, holder, moves: [{ from: 0, units: 0n }] });
    this.units.get(key)?.moves.push({ from, units: now });
  }

  // ---- Works, records, money

  /** @param {string} name @throws no_such_work */
  need_work(name) {
    need(this.works.has(name), "no_such_work", name);
  }

  /** @param {string} name @throws no_such_work, work_ended */
  need_work_goes_on(name) {
    this.need_work(name);
    need(this.works.get(name) !== "ended", "work_ended", name);
  }

  /** @param {string | null} work @param {string} as work or support @returns {string} the heap's name in tables; no id has a space */
  heap(work, as) {
    return work === null ? as : `${as} ${work}`;
  }

  /** @param {any} record a contribution or a segment @param {number} month @returns {boolean} */
  counts_in(record, month) {
    return record.waits && this.charters[0].from <= record.period && record.period <= month
      && (!record.work || this.has_works(month));
  }

  /** @template T @param {Map<string, T>} records @param {string} id @returns {T} @throws no_such_record */
  record(records, id) {
    const found = records.get(id);
    need(found, "no_such_record", id);
    return /** @type {T} */ (found);
  }

  /** @param {string} code @returns {import("./books.js").Books} @throws mixed_assets */
  books_of(code) {
    const found = this.books.get(code);
    need(found, "mixed_assets", code);
    return /** @type {import("./books.js").Books} */ (found);
  }

  /** @param {any} line @throws bad_number, duplicate_evidence */
  check_evidence({ evidence }) {
    if (!evidence) return;
    need(evidence.row !== 0, "bad_number", "row 0");
    const rows = this.evidence.get(evidence.file);
    const is_new = !rows || ("row" in evidence && !rows.has(null) && !rows.has(evidence.row));
    need(is_new, "duplicate_evidence", evidence.file);
  }

  /** @param {any} line */
  keep_evidence({ evidence }) {
    if (!evidence) return;
    if (!this.evidence.has(evidence.file)) this.evidence.set(evidence.file, new Set());
    this.evidence.get(evidence.file)?.add(evidence.row ?? null);
  }
}
