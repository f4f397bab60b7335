// SPDX-License-Identifier: MIT
/** Layer 4. A month's distribution (FORMAT.md, section 8): computed from the state, which it leaves as it is. */
import { to_hex, utf8 } from "./bytes.js";
import { month_number, month_text } from "./calendar.js";
import { branch_name, by_currency, children, node_kind, pool_names, pools_below, purse_of, recoup_weights, rule_of, sort_of }
  from "./charter.js";
import { H } from "./hash.js";
import { add_to, grace, hamilton, Pool, rules_without_memory } from "./pool.js";
import { need } from "./refused.js";
import { payout_root } from "./sumtree.js";
import { less, more, order_of_names, sum_of } from "./whole.js";
import { Weigher } from "./weigher.js";

/** @typedef {import("./pool.js").Amounts} Amounts */
/** @typedef {{payee: string, pay: bigint, weight: bigint, fraction: bigint}} Share */
/**
 * A node that was visited: what came in (minor units), and what each payee got of it. The work is null for the community's rules.
 * @typedef {{path: string, node: any, work: string | null, amount: bigint, shares: Share[]}} Visit
 */

/** @param {any} totals of an outcome @returns {boolean} */
export const balances = (totals) =>
  BigInt(totals.in) + BigInt(totals.undivided_before) === BigInt(totals.distributed) + BigInt(totals.undivided_after);

/** @param {any} outcome @returns {Map<string | undefined, any>} its numbers by currency, those of the DAO's own by undefined */
export const totals_by_currency = (outcome) =>
  new Map([[undefined, outcome], ...(outcome.others ?? []).map((/** @type {any} */ other) => [other.currency, other.totals])]);

/** @param {string | null} work @param {string} name @returns {string} what a pool is called among all of its currency */
const pool_key = (work, name) => (work === null ? name : `${work}:${name}`);

/**
 * @param {any} now the rules for a currency @param {any} then those of the next charter, or {}
 * @param {Iterable<string>} works
 * @returns {Set<string>} the pools that end
 */
function ending_pools(now, then, works) {
  const still = pool_names(then);
  const ends = (/** @type {any} */ tree) => [...pools_below(tree).keys()].filter((name) => !still.has(name));
  const of_works = "works" in now ? ends(now.works) : [];
  return new Set([...ends(now.root), ...[...works].flatMap((work) => of_works.map((name) => pool_key(work, name)))]);
}

export class Distribution {
  /** @param {import("./state.js").State} state @param {number} month @throws weight_overflow */
  constructor(state, month) {
    this.month = month;
    this.charter = state.charter_of(month);
    this.weigher = new Weigher(state, month);
    const following = state.charter_of(month + 1);
    const [now, then] = [this.charter, following].map(({ rules }) => by_currency(rules, state.own_currency));
    const codes = [...now.keys()].sort(order_of_names).filter((code) => code !== state.own_currency);
    /** @type {Map<string, Part>} by currency, the DAO's own first */
    this.parts = new Map([state.own_currency, ...codes].map((code) => {
      const ends = following === this.charter ? new Set() : ending_pools(now.get(code), then.get(code) ?? {}, state.works.keys());
      return [code, new Part(state, this.weigher, code, now.get(code), ends)];
    }));
    const others = codes.map((code) =>
      ({ currency: code, exponent: state.books_of(code).exponent, totals: /** @type {Part} */ (this.parts.get(code)).totals }));
    /** as a draft spells it */
    this.outcome = { .../** @type {Part} */ (this.parts.get(state.own_currency)).totals, ...(others.length ? { others } : {}) };
  }
}

/** A month's distribution in one currency. */
class Part {
  /**
   * @param {import("./state.js").State} state @param {Weigher} weigher @param {string} code
   * @param {any} rules @param {Set<string>} ends the pools that end with this month
   */
  constructor(state, weigher, code, rules, ends) {
    this.is_own = code === state.own_currency;
    this.code = code;
    this.weigher = weigher;
    this.month = weigher.month;
    this.ends = ends;
    this.books = state.books_of(code);
    /** @type {Visit[]} */ this.visits = [];
    /** @type {Amounts} what members and purses get */ this.got = new Map();
    /** @type {Map<string, Pool>} those of the visited nodes, as they are afterwards */ this.pools = new Map();
    /** @type {Map<string | null, Amounts>} what waits of costs afterwards */
    this.costs = new Map([...this.books.costs].map(([work, waits]) => [work, new Map(waits)]));
    /** @type {Map<string | null, bigint>} */ this.recouped = new Map();
    /** @type {string | null} the work whose rules are being followed */ this.work = null;

    const place = this.is_own ? "" : `/currencies/${code}`;
    const works = "works" in rules ? [...state.works.keys()].sort(order_of_names) : [];
    let income = this.#follow(null, rules.root, `${place}/root`);
    for (const work of works) income += this.#follow(work, rules.works, `${place}/works/${work}`);

    const after = new Map([...this.books.pools, ...this.pools]);
    for (const name of ends) after.delete(name);
    const kept = (/** @type {Map<string, Pool>} */ pools) => String(sum_of([...pools.values()].map((pool) => pool.kept())));
    const leaves = this.payout_leaves();
    const { sum, hash } = payout_root(leaves);
    this.totals = {
      digest: to_hex(H(utf8(this.share_lines()))), distributed: String(sum), in: String(income), payees: leaves.length,
      payout_root: to_hex(hash), recouped: String(sum_of(this.recouped.values())), undivided_after: kept(after),
      undivided_before: kept(this.books.pools),
    };
    need(balances(this.totals), "payout_mismatch", "the distribution does not balance");
  }

  /** @param {string | null} work @param {any} root @param {string} path @returns {bigint} what entered */
  #follow(work, root, path) {
    const stream = this.books.stream(work);
    const came = stream.waiting.get(this.month) ?? 0n;
    const recouped = less(came, stream.deficit);
    this.recouped.set(work, recouped);
    this.work = work;
    this.#visit(root, path, came - recouped);
    return came - recouped;
  }

  /** @param {any} node @param {string} path @param {bigint} amount what comes in */
  #visit(node, path, amount) {
    const visit = { path, node, work: this.work, amount, shares: [] };
    this.visits.push(visit);
    const purse = purse_of(node);
    if (purse) {
      add_to(this.got, purse, amount);
      this.#share(visit, purse, amount);
      return;
    }
    const key = pool_key(this.work, node.pool);
    const pool = this.books.pools.get(key)?.copy() ?? new Pool(sort_of(node));
    this.pools.set(key, pool);
    const below = this.#kinds[node_kind(node)](node, amount, pool, visit);
    for (const [place, child] of children(node)) {
      const comes = below.get(place);
      if (comes !== undefined) this.#visit(child, path + place, comes);
    }
  }

  /** @param {Visit} visit @param {string} payee @param {bigint} pay @param {bigint} weight @param {bigint} fraction */
  #share({ shares }, payee, pay, weight = 0n, fraction = grace) {
    shares.push({ payee, pay, weight, fraction });
  }

  /** @param {any} weight @param {Pool} pool @param {bigint} amount */
  #weigh(weight, pool, amount) {
    return this.weigher.weigh(weight, { pool, amount, code: this.code, work: this.work });
  }

  /**
   * Pays by the node's rule, and what the closing adds where the pool ends.
   * @param {any} node @param {Pool} pool @param {bigint} amount @param {Amounts} weights
   * @returns {{pays: Amounts, over: bigint}} over: what goes on, to `else`
   */
  #pay(node, pool, amount, weights) {
    let [pays, over] = [new Map(), 0n];
    if (![...weights.values()].some((weight) => weight > 0n)) {
      over = amount;
    } else if (rule_of(node) !== "carry") {
      pays = rules_without_memory[rule_of(node)](amount, weights);
    } else if ("among" in node && ("floor" in node || "cap" in node)) {
      const [floor, cap] = ["floor", "cap"].map((word) => (word in node ? BigInt(node[word]) : null));
      ({ pays, over } = pool.carry_bounded(amount, weights, floor, cap));
    } else {
      pays = pool.carry(amount, weights);
    }
    if (this.ends.has(pool_key(this.work, node.pool))) {
      for (const payee of pool.close(weights)) add_to(pays, payee, 1n);
      pool.fraction = new Map();
    }
    return { pays, over };
  }

  /** @param {Visit} visit @param {Pool} pool @param {Amounts} weights @param {Amounts} pays @param {Iterable<string>} payees */
  #share_pays(visit, pool, weights, pays, payees) {
    for (const payee of payees) {
      this.#share(visit, payee, pays.get(payee) ?? 0n, weights.get(payee) ?? 0n, pool.fraction_of(payee));
    }
  }

  /** @param {Visit} visit @param {bigint} left by the rule floor */
  #pay_rest(visit, left) {
    if (rule_of(visit.node) !== "floor") return;
    add_to(this.got, visit.node.rest, left);
    this.#share(visit, visit.node.rest, left);
  }

  /** @param {Visit} visit @param {Pool} pool @param {Amounts} weights @param {Amounts} pays */
  #pay_members(visit, pool, weights, pays) {
    const payees = [...new Set([...weights.keys(), ...pays.keys()])].filter((name) => weights.get(name) || pays.get(name));
    this.#share_pays(visit, pool, weights, pays, payees.sort(order_of_names));
    for (const [payee, pay] of pays) {
      add_to(this.got, payee, pay);
      add_to(pool.paid, payee, pay);
    }
  }

  /** @param {Visit} visit @param {bigint} then @param {bigint} rest */
  #then_and_rest(visit, then, rest) {
    this.#share(visit, branch_name(visit.node.then), then);
    this.#share(visit, branch_name(visit.node.rest), rest);
    return new Map([["/then", then], ["/rest", rest]]);
  }

  /**
   * One for each kind of node: it gives away what came in, adds the shares, and returns what comes in at the nodes below
   * that are visited, by their places.
   * @type {Record<string, (node: any, amount: bigint, pool: Pool, visit: Visit) => Amounts>}
   */
  #kinds = {
    split: (node, amount, pool, visit) => {
      const weights = new Map(node.split.map((/** @type {any} */ [parts, child]) => [branch_name(child), BigInt(parts)]));
      const { pays } = this.#pay(node, pool, amount, weights);
      this.#share_pays(visit, pool, weights, pays, weights.keys());
      this.#pay_rest(visit, amount - sum_of(pays.values()));
      return new Map(children(node).map(([place, child]) => [place, pays.get(branch_name(child)) ?? 0n]));
    },
    among: (node, amount, pool, visit) => {
      const weights = this.#weigh(node.among, pool, amount);
      const { pays, over } = this.#pay(node, pool, amount, weights);
      this.#pay_members(visit, pool, weights, pays);
      this.#pay_rest(visit, amount - over - sum_of(pays.values()));
      const below = [...pools_below(node.else).keys()].map((name) => pool_key(this.work, name));
      const nobody = ![...weights.values()].some((weight) => weight > 0n);
      const goes_on = over > 0n || nobody || below.some((key) => this.ends.has(key) || this.books.pools.get(key)?.held.size);
      return new Map(goes_on ? [["/else", over]] : []);
    },
    take: (node, amount, _, visit) => {
      const then = less(BigInt(node.take), amount);
      return this.#then_and_rest(visit, then, amount - then);
    },
    threshold: (node, amount, pool, visit) => {
      const then = node.threshold.includes("-")
        ? (this.month < month_number(node.threshold) ? amount : 0n)
        : less(amount, more(0n, BigInt(node.threshold) - pool.received));
      pool.received += amount;
      return this.#then_and_rest(visit, then, amount - then);
    },
    recoup: (node, amount, pool, visit) => {
      if (node.recoup === "costs") return this.#recoup_costs(amount, visit);
      const of_pledges = node.recoup === "pledges";
      const [first, second] = (node.cap ?? [1, 1]).map(BigInt);
      const weights = of_pledges ? this.#weigh("pledges", pool, amount) : recoup_weights(node);
      const most = of_pledges ? (sum_of(weights.values()) * first) / second : sum_of(weights.values());
      const share = less(amount, most - pool.taken);
      const { pays } = this.#pay(node, pool, share, weights);
      pool.taken += share;
      if (of_pledges) this.#pay_members(visit, pool, weights, pays);
      else this.#share_pays(visit, pool, weights, pays, weights.keys());
      this.#share(visit, branch_name(node.rest), amount - share);
      return new Map(children(node).map(([place, child]) =>
        [place, place === "/rest" ? amount - share : pays.get(branch_name(child)) ?? 0n]));
    },
    hold: (node, amount, pool, visit) => {
      pool.held.set(this.month, { amount, given: 0n });
      let given_now = 0n;
      for (const [month, entry] of pool.held) {
        const due = this.#due(node, month, entry.amount);
        given_now += due - entry.given;
        entry.given = due;
        if (due === entry.amount) pool.held.delete(month);
      }
      this.#share(visit, branch_name(node.then), given_now);
      return new Map([["/then", given_now]]);
    },
  };

  /** @param {any} node a hold @param {number} month when the amount came in @param {bigint} amount @returns {bigint} */
  #due(node, month, amount) {
    if (this.ends.has(pool_key(this.work, node.pool))) return amount;
    if (typeof node.hold === "string") return this.month >= month_number(node.hold) ? amount : 0n;
    return (amount * BigInt(Math.min(this.month - month + 1, node.hold))) / BigInt(node.hold);
  }

  /** @param {bigint} amount @param {Visit} visit @returns {Amounts} */
  #recoup_costs(amount, visit) {
    const waits = this.costs.get(this.work) ?? new Map();
    const weights = new Map([...waits].filter(([, left]) => left > 0n));
    const share = less(amount, sum_of(weights.values()));
    const pays = hamilton(share, weights);
    for (const name of [...weights.keys()].sort(order_of_names)) {
      const pay = pays.get(name) ?? 0n;
      this.#share(visit, name, pay, weights.get(name));
      add_to(this.got, name, pay);
      add_to(waits, name, -pay);
    }
    this.#share(visit, branch_name(visit.node.rest), amount - share);
    return new Map([["/rest", amount - share]]);
  }

  /** @returns {string} the share lines, each with its newline */
  share_lines() {
    return this.visits.flatMap(({ path, shares }) => shares.map(({ payee, pay, weight, fraction }) =>
      `{"fraction":"${fraction.toString(16).padStart(16, "0")}","path":"${path}","pay":"${pay}","payee":"${payee}","weight":"${weight}"}\n`)).join("");
  }

  /** @returns {any[]} the leaves of the payout tree, ascending by payee */
  payout_leaves() {
    const place = { ...(this.is_own ? {} : { currency: this.code }), period: month_text(this.month) };
    return [...this.got].filter(([, amount]) => amount > 0n).sort(([a], [b]) => order_of_names(a, b))
      .map(([payee, amount]) => ({ amount: String(amount), payee, ...place }));
  }
}
