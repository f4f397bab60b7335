// SPDX-License-Identifier: MIT
/** Layer 4. What each member weighs in a month (FORMAT.md, section 7). A member without an entry weighs nothing. */
import { month_start } from "./calendar.js";
import { weight_kind } from "./charter.js";
import { add_to, unit } from "./pool.js";
import { need } from "./refused.js";
import { common_divisor, more, square_root, sum_of } from "./whole.js";

/** @typedef {import("./pool.js").Amounts} Amounts */
/**
 * Where a node is computed: its pool, what comes in, and the work that it is for (null: the community's rules).
 * @typedef {{pool: import("./pool.js").Pool, amount: bigint, code: string, work: string | null}} Place
 */

const weight_limit = 1n << 64n;

/** @param {import("./state.js").Member} member @param {number} time @returns {boolean} */
export const is_there = (member, time) => member.stays.some(({ from, until }) => from <= time && (until === null || time < until));

export class Weigher {
  /** @param {import("./state.js").State} state @param {number} month */
  constructor(state, month) {
    this.state = state;
    this.month = month;
    this.start = month_start(month, state.offset);
    this.end = month_start(month + 1, state.offset);
    /** who is there at the close */
    this.there = new Set([...state.members].filter(([, member]) => is_there(member, this.end - 1)).map(([name]) => name));
    this.contributions = [...state.contributions.values()].filter((one) => one.confirmed && state.counts_in(one, month));
    this.segments = [...state.segments.values()].filter((one) => state.counts_in(one, month));
  }

  /** @param {any} weight as section 7 spells it @param {Place} place @returns {Amounts} @throws weight_overflow */
  weigh(weight, place) {
    const found = this.#kinds[weight_kind(weight)](weight, place);
    need(sum_of(found.values()) < weight_limit, "weight_overflow", weight_kind(weight));
    return found;
  }

  /** @returns {Map<string, {member: string, heap: string, weight: bigint}>} what a member's contributions of a heap weigh, before debts */
  counted() {
    const found = new Map();
    for (const { member, heap, weight, points, counted } of this.contributions) {
      const key = `${member} ${heap}`;
      const entry = found.get(key) ?? { member, heap, weight: 0n };
      found.set(key, { ...entry, weight: entry.weight + weight * BigInt(points - counted) });
    }
    return found;
  }

  /** @type {Record<string, (weight: any, place: Place) => Amounts>} */
  #kinds = {
    "tickets": () => this.#tickets(),
    "ticket-seconds": () => this.#ticket_seconds(),
    "contributions": (_, { work }) => this.#heap(this.state.heap(work, "work")),
    "supporters": (_, { work }) => this.#heap(this.state.heap(work, "support")),
    "credits": (_, { work }) => this.#credits(work),
    "pledges": (_, { code, work }) => this.state.books_of(code).backing_of(work),
    "reviews": () => this.#reviews(),
    "segments": () => this.#segments(),
    "equal": () => new Map([...this.there].map((name) => [name, 1n])),
    "product": (weight, place) => {
      const [first, ...others] = weight.product.map((/** @type {any} */ part) => this.weigh(part, place));
      return new Map([...first].map(([name, value]) =>
        [name, others.reduce((/** @type {bigint} */ product, /** @type {Amounts} */ part) => product * (part.get(name) ?? 0n), value)]));
    },
    "root": (weight, place) => new Map([...this.weigh(weight.root, place)].map(([name, value]) => [name, square_root(value)])),
    "decay": (weight, place) => {
      const [first, second] = weight.decay.map(BigInt);
      const found = this.weigh(weight.of, place);
      for (const [name, before] of place.pool.weighed) add_to(found, name, (before * first) / second);
      place.pool.weighed = new Map(found);
      return found;
    },
    "lifetime": (weight, place) => this.#lifetime(this.weigh(weight.lifetime, place), place),
  };

  /** @param {string} heap @returns {Amounts} */
  #heap(heap) {
    const found = new Map();
    for (const { member, heap: of, weight } of this.counted().values()) {
      if (of === heap) found.set(member, more(0n, weight - (this.state.member(member).debts.get(heap) ?? 0n)));
    }
    return found;
  }

  /** @param {string | null} work null: of all works @returns {Amounts} */
  #credits(work) {
    const found = new Map();
    for (const credit of this.state.credits.values()) {
      const is_in_time = credit.from <= this.month && (credit.last === null || this.month <= credit.last);
      if (credit.confirmed && is_in_time && (work === null || work === credit.work)) add_to(found, credit.member, credit.weight);
    }
    return found;
  }

  /** @returns {Amounts} */
  #reviews() {
    const last = this.state.closed_reviews.filter(({ period }) => period <= this.month).at(-1);
    return new Map([...(last?.results ?? [])].map(([name, { above, below }]) => [name, (above << 20n) / below]));
  }

  /** @returns {Amounts} */
  #segments() {
    let common = 1n;
    for (const { members } of this.segments) {
      const n = BigInt(members.length);
      common = (common / common_divisor(common, n)) * n;
      need(common < weight_limit, "weight_overflow", "segments of too many sizes");
    }
    const found = new Map();
    for (const { members, points } of this.segments) {
      for (const name of members) add_to(found, name, (points * common) / BigInt(members.length));
    }
    return found;
  }

  /**
   * Every time that somebody held a ticket, or units: who, from when until when, and what it weighed meanwhile.
   * @returns {Generator<{holder: string, from: number, until: number, weight: bigint}>}
   */
  *#holdings() {
    for (const ticket of this.state.tickets.values()) {
      const { weight } = this.state.class_named(ticket.class);
      for (const [at, { from, holder }] of ticket.moves.entries()) {
        if (holder !== null) yield { holder, from, until: ticket.moves[at + 1]?.from ?? this.end, weight };
      }
    }
    for (const { class: group, holder, moves } of this.state.units.values()) {
      const { weight } = this.state.class_named(group);
      for (const [at, { from, units }] of moves.entries()) {
        yield { holder, from, until: moves[at + 1]?.from ?? this.end, weight: weight * units };
      }
    }
  }

  /** @returns {Amounts} */
  #tickets() {
    const found = new Map();
    for (const { holder, from, until, weight } of this.#holdings()) {
      if (from < this.end && this.end <= until && this.there.has(holder)) add_to(found, holder, weight);
    }
    return found;
  }

  /** @returns {Amounts} */
  #ticket_seconds() {
    const found = new Map();
    for (const { holder, from, until, weight } of this.#holdings()) {
      for (const stay of this.state.member(holder).stays) {
        const first = Math.max(from, this.start, stay.from);
        const last = Math.min(until, this.end, stay.until ?? this.end);
        add_to(found, holder, weight * BigInt(Math.max(0, last - first)));
      }
    }
    return found;
  }

  /** @param {Amounts} weights of this distribution @param {Place} place @returns {Amounts} what each lacks, scaled below 2^64 */
  #lifetime(weights, { pool, amount }) {
    for (const [name, weight] of weights) add_to(pool.lifetime, name, weight);
    const whole = sum_of(pool.lifetime.values());
    need(whole < weight_limit, "weight_overflow", "the weights of all distributions");
    if (whole === 0n) return new Map();
    const t = (amount + pool.undivided + sum_of(pool.paid.values())) * unit;
    const lacks = new Map([...pool.lifetime].map(([name, weight]) => [name, more(0n, (t * weight) / whole - pool.entitlement(name))]));
    const shift = BigInt(Math.max(0, sum_of(lacks.values()).toString(2).length - 64));
    return new Map([...lacks].map(([name, lack]) => [name, lack >> shift]));
  }
}
