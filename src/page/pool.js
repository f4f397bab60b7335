// SPDX-License-Identifier: MIT
/**
 * Layer 3. How an amount is divided by weights, and what a pool keeps (FORMAT.md, section 8). Amounts are whole minor
 * units; fractions and dust are in 2^-64 units. Weights and pays are maps by the payees' names.
 * @typedef {Map<string, bigint>} Amounts
 */
import { more, order, order_of_names, quotient_up, sum_of } from "./whole.js";

export const unit = 1n << 64n;
/** What everybody has at first, so that rounding down loses nothing. */
export const grace = 1n << 32n;

/** @param {Amounts} amounts @param {string} name @param {bigint} amount */
export const add_to = (amounts, name, amount) => amounts.set(name, (amounts.get(name) ?? 0n) + amount);

/** @param {Amounts} weights @returns {Amounts} those above 0 */
const weighty = (weights) => new Map([...weights].filter(([, weight]) => weight > 0n));

export class Pool {
  /** @param {string} sort as charter.js names it */
  constructor(sort) {
    this.sort = sort;
    this.dust = 0n;
    this.undivided = 0n;
    /** @type {Amounts} */ this.fraction = new Map();
    /** @type {Amounts} among, recoup of pledges: what each member got so far */ this.paid = new Map();
    /** @type {Amounts} decay: what each member weighed in the last distribution */ this.weighed = new Map();
    /** @type {Amounts} lifetime: what each member weighed in all distributions */ this.lifetime = new Map();
    /** threshold: all that came in so far */ this.received = 0n;
    /** recoup: what it took so far */ this.taken = 0n;
    /** @type {Map<number, {amount: bigint, given: bigint}>} hold: by month */ this.held = new Map();
  }

  copy() {
    const copy = Object.assign(new Pool(this.sort), this);
    for (const table of /** @type {const} */ (["fraction", "paid", "weighed", "lifetime"])) copy[table] = new Map(this[table]);
    copy.held = new Map([...this.held].map(([month, entry]) => [month, { ...entry }]));
    return copy;
  }

  /** @returns {bigint} minor units that nobody got yet */
  kept() {
    return this.undivided + sum_of([...this.held.values()].map(({ amount, given }) => amount - given));
  }

  /** @param {string} name @returns {bigint} */
  fraction_of(name) {
    return this.fraction.get(name) ?? grace;
  }

  /** @param {string} name @returns {bigint} what the pool entitled a payee to so far, in 2^-64 units */
  entitlement(name) {
    return (this.paid.get(name) ?? 0n) * unit + this.fraction_of(name) - grace;
  }

  /** @param {bigint} amount @param {Amounts} weights of some payee above 0 @returns {Amounts} */
  carry(amount, weights) {
    if (amount === 0n) return new Map();
    const [t, whole] = [amount * unit + this.dust, sum_of(weights.values())];
    return this.#pay(amount, t, new Map([...weighty(weights)].map(([name, weight]) => [name, (t * weight) / whole])));
  }

  /**
   * Entitles each payee to so much more, and pays whole units.
   * @param {bigint} amount @param {bigint} t 2^-64 units @param {Amounts} entitled 2^-64 units @returns {Amounts}
   */
  #pay(amount, t, entitled) {
    const pays = new Map();
    for (const [name, part] of entitled) {
      const now = this.fraction_of(name) + part;
      pays.set(name, now / unit);
      this.fraction.set(name, now % unit);
    }
    this.dust = t - sum_of(entitled.values());
    this.undivided += amount - sum_of(pays.values());
    return pays;
  }

  /**
   * `carry` where nobody is to have less than `floor` or more than `cap` of the pool in all.
   * @param {bigint} amount @param {Amounts} weights of some payee above 0
   * @param {bigint | null} floor @param {bigint | null} cap
   * @returns {{pays: Amounts, over: bigint}} over: minor units that are left since everybody is at the cap
   */
  carry_bounded(amount, weights, floor, cap) {
    if (amount === 0n) return { pays: new Map(), over: 0n };
    const t = amount * unit + this.dust;
    const room = (/** @type {bigint | null} */ bound, /** @type {string} */ name) =>
      more(0n, (bound ?? 0n) * unit - this.entitlement(name));
    const people = [...weighty(weights)].map(([name, weight]) =>
      ({ name, weight, low: room(floor, name), high: cap === null ? null : room(cap, name) }));
    const lows = sum_of(people.map(({ low }) => low));
    const highs = cap === null ? null : sum_of(people.map(({ high }) => high ?? 0n));
    let over = 0n;
    /** @type {Amounts} */
    let entitled;
    if (lows >= t) {
      entitled = new Map(people.map(({ name, low }) => [name, (t * low) / lows]));
    } else if (highs !== null && highs <= t) {
      entitled = new Map(people.map(({ name, high }) => [name, high ?? 0n]));
      over = (t - highs) / unit;
    } else {
      entitled = filled_to_level(t - lows, people);
    }
    return { pays: this.#pay(amount - over, t - over * unit, entitled), over };
  }

  /** @param {Amounts} weights @returns {string[]} who gets one of the units that closing the pool gives, in their order */
  close(weights) {
    const names = [...new Set([...this.fraction.keys(), ...weighty(weights).keys()])];
    names.sort((a, b) => order(this.fraction_of(b), this.fraction_of(a)) || order_of_names(a, b));
    return names.slice(0, Number(this.undivided));
  }
}

/**
 * First everybody's floor, then by weight, but nobody above the cap.
 * @param {bigint} left 2^-64 units above all floors; less than there is room for
 * @param {{name: string, weight: bigint, low: bigint, high: bigint | null}[]} people
 * @returns {Amounts}
 */
function filled_to_level(left, people) {
  const entitled = new Map();
  let weight = sum_of(people.map((one) => one.weight));
  let rising = people;
  if (people[0].high !== null) {
    const room = (/** @type {typeof people[0]} */ one) => /** @type {bigint} */ (one.high) - one.low;
    // Who has the least room for the weight comes to the cap first.
    rising = [...people].sort((a, b) => order(room(a) * b.weight, room(b) * a.weight));
    let full = 0;
    for (; room(rising[full]) * weight <= left * rising[full].weight; full += 1) {
      entitled.set(rising[full].name, rising[full].high);
      left -= room(rising[full]);
      weight -= rising[full].weight;
    }
    rising = rising.slice(full);
  }
  for (const one of rising) entitled.set(one.name, one.low + (left * one.weight) / weight);
  return entitled;
}

/** @param {bigint} amount @param {Amounts} weights of some payee above 0 @returns {Amounts} whole parts; the rest is nobody's */
function floor_rule(amount, weights) {
  const whole = sum_of(weights.values());
  return new Map([...weighty(weights)].map(([name, weight]) => [name, (amount * weight) / whole]));
}

/**
 * @param {bigint} amount @param {Amounts} weights
 * @param {(a: string, b: string) => number} first_of_equals who of equal remainders comes first
 * @returns {Amounts} nothing, where no weight is above 0
 */
export function hamilton(amount, weights, first_of_equals = order_of_names) {
  const whole = sum_of(weights.values());
  if (whole === 0n) return new Map();
  const pays = floor_rule(amount, weights);
  const remainder = (/** @type {string} */ name) => (amount * (weights.get(name) ?? 0n)) % whole;
  const names = [...pays.keys()].sort((a, b) => order(remainder(b), remainder(a)) || first_of_equals(a, b));
  for (const name of names.slice(0, Number(amount - sum_of(pays.values())))) add_to(pays, name, 1n);
  return pays;
}

/** @param {bigint} amount @param {Amounts} weights of some payee above 0 @returns {Amounts} */
function sainte_lague(amount, weights) {
  const [whole, people] = [sum_of(weights.values()), weighty(weights)];
  // All units with weight / (2 · units + 1) > 1 / x go before all others. With x = (2 · amount − n) / whole they are no
  // more than amount, so that few units are left, which go one by one.
  const twice_x = more(0n, 2n * amount - BigInt(people.size));
  const pays = new Map([...people].map(([name, weight]) =>
    [name, weight * twice_x > whole ? quotient_up(weight * twice_x - whole, 2n * whole) : 0n]));
  const is_before = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [left, right] = [weight_of(a) * divisor(b), weight_of(b) * divisor(a)];
    return left > right || (left === right && a < b);
  };
  const weight_of = (/** @type {string} */ name) => people.get(name) ?? 0n;
  const divisor = (/** @type {string} */ name) => 2n * (pays.get(name) ?? 0n) + 1n;
  for (let left = amount - sum_of(pays.values()); left > 0n; left -= 1n) {
    let first = "";
    for (const name of people.keys()) if (first === "" || is_before(name, first)) first = name;
    add_to(pays, first, 1n);
  }
  return pays;
}

/** The rules that keep nothing, by their names. */
export const rules_without_memory = /** @type {Record<string, (amount: bigint, weights: Amounts) => Amounts>} */ (
  { hamilton, "sainte-lague": sainte_lague, floor: floor_rule });
