// SPDX-License-Identifier: MIT
/** Layer 3. What the DAO keeps for each of its currencies by itself (FORMAT.md, section 6). All amounts are minor units. */
import { add_to } from "./pool.js";
import { need } from "./refused.js";
import { more, sum_of } from "./whole.js";

/** @typedef {import("./pool.js").Amounts} Amounts */

const total_limit = 1n << 127n;

/** What comes in by month: the community's, or what one work earns. */
class Stream {
  constructor() {
    /** @type {Map<number, bigint>} what waits in a month's income, conversions included */ this.waiting = new Map();
    this.deficit = 0n;
  }

  /** @param {number} month @param {bigint} change so much more waits, or less; what is not there is added to the deficit */
  wait(month, change) {
    const now = (this.waiting.get(month) ?? 0n) + change;
    this.waiting.set(month, more(now, 0n));
    this.deficit += more(-now, 0n);
  }

  /** @param {number} month @returns {bigint} what a conversion may take of its income */
  spare(month) {
    return more(0n, (this.waiting.get(month) ?? 0n) - this.deficit);
  }
}

export class Books extends Stream {
  /** @param {number} exponent decimal places of the currency */
  constructor(exponent) {
    super();
    this.exponent = exponent;
    /** @type {Amounts} by member */ this.owed = new Map();
    /** @type {Amounts} by purse */ this.purses = new Map();
    /** @type {Map<string, import("./pool.js").Pool>} */ this.pools = new Map();
    /** @type {Map<string, Stream>} by work */ this.streams = new Map();
    /** @type {Map<string | null, Amounts>} what waits of costs, by work (null: of none) and member */ this.costs = new Map();
    /** @type {Map<string, Amounts>} what was pledged, by work and member */ this.backing = new Map();
    /** @type {{draft: string, member: string, amount: bigint}[]} */ this.disputes = [];
    /** all that ever came in */ this.total = 0n;
  }

  /** @param {bigint} amount @throws amount_too_large */
  need_room(amount) {
    need(this.total + amount < total_limit, "amount_too_large", "all that came in");
  }

  /** @param {bigint} amount @throws amount_too_large */
  add_total(amount) {
    this.need_room(amount);
    this.total += amount;
  }

  /** @param {string | null} work @returns {Stream} */
  stream(work) {
    if (work === null) return this;
    if (!this.streams.has(work)) this.streams.set(work, new Stream());
    return /** @type {Stream} */ (this.streams.get(work));
  }

  /** @param {string | null} work null: all works @returns {Amounts} */
  backing_of(work) {
    const found = new Map();
    for (const [name, backing] of this.backing) {
      if (work === null || work === name) for (const [member, amount] of backing) add_to(found, member, amount);
    }
    return found;
  }

  /** @param {string} to a member's id or a purse @param {bigint} amount */
  receive(to, amount) {
    add_to(to.includes(":") ? this.purses : this.owed, to, amount);
  }

  /** @param {string} member @returns {bigint} */
  owed_to(member) {
    return this.owed.get(member) ?? 0n;
  }

  /** @param {string} member @returns {bigint} what of it waits for a dispute */
  disputed(member) {
    return sum_of(this.disputes.filter((one) => one.member === member).map(({ amount }) => amount));
  }
}
