// SPDX-License-Identifier: MIT
/** Layer 3. A charter's rules (FORMAT.md, section 7): what a document of rules may look like, and what follows another. */
import { month_number } from "./calendar.js";
import { need, Refused } from "./refused.js";
import { amount, any, array, code, count, either, fits, id, is_object, map, object, partner, period, pool_purse, word } from "./shapes.js";
import { signable } from "./events.js";
import { order_of_names, sum_of } from "./whole.js";

/** @typedef {import("./shapes.js").Shape} Shape */
/** @typedef {any} Node an object of the shapes below */

const parts_max = 1_000_000_000;
const branches_max = 1000;
const depth_max = 16;
const weight_limit = 1n << 64n;

export const base_weights = ["tickets", "ticket-seconds", "contributions", "supporters", "credits", "pledges", "reviews", "segments",
  "equal"];
/** What these remember is the pool's: they stand in no other weight. */
const outermost = ["decay", "lifetime"];

/** @param {unknown} condition @param {string} detail */
const check = (condition, detail) => need(condition, "bad_charter", detail);

/** @param {number} low @param {number} high @returns {Shape} */
const between = (low, high) => (value, place) => {
  count(value, place);
  check(value >= low && value <= high, place);
};
const parts = between(1, parts_max);
const days = between(0, 366);

/** @type {Shape} */
const ratio = (value, place) => {
  array(parts)(value, place);
  check(value.length === 2, place);
};

/** @type {Shape} */
const ratio_below_1 = (value, place) => {
  ratio(value, place);
  check(value[0] <= value[1], place);
};

/** @type {Shape} */
const positive = (value, place) => {
  amount(value, place);
  check(value !== "0", place);
};

/** @type {Shape} */
const recoup_amount = (value, place) => {
  positive(value, place);
  check(BigInt(value) < weight_limit, place);
};

/** What is in a node is looked at when it is its turn. @type {Shape} */
const node = (value, place) => check(is_object(value), place);

/** @param {Shape} weight @returns {Shape} */
const branches = (weight) => (value, place) => {
  array((branch, at) => {
    check(Array.isArray(branch) && branch.length === 2, at);
    weight(branch[0], at);
    node(branch[1], at);
  })(value, place);
  check(value.length >= 1 && value.length <= branches_max, place);
};

const rule = { "rule?": word("carry", "hamilton", "sainte-lague", "floor"), "rest?": pool_purse };
const is_month = (/** @type {any} */ value) => fits(period, value);

/** A node's kind is the word that only this kind has. @type {Record<string, Shape>} */
const nodes = {
  to: object({ to: pool_purse }),
  partner: object({ partner }),
  split: object({ pool: id, split: branches(parts), ...rule }),
  among: object({ among: any, "cap?": positive, else: node, "floor?": positive, pool: id, ...rule }),
  take: object({ pool: id, rest: node, take: positive, then: node }),
  threshold: object({ pool: id, rest: node, then: node, threshold: either(period, positive, is_month) }),
  recoup: object({ "cap?": ratio, pool: id, recoup: either(branches(recoup_amount), word("pledges", "costs"), Array.isArray), rest: node }),
  hold: object({ hold: either(between(2, 1200), period, (value) => typeof value === "number"), pool: id, then: node }),
};

/** @type {Record<string, {shape: Shape, inside: (weight: any) => any[]}>} */
const weights = {
  product: {
    shape: object({ product: (value) => check(Array.isArray(value) && value.length >= 2 && value.length <= 8, "product") }),
    inside: (weight) => weight.product,
  },
  root: { shape: object({ root: any }), inside: (weight) => [weight.root] },
  decay: { shape: object({ decay: ratio_below_1, of: any }), inside: (weight) => [weight.of] },
  lifetime: { shape: object({ lifetime: any }), inside: (weight) => [weight.lifetime] },
};

/** @param {any} thing @param {Record<string, unknown>} kinds @returns {string} "": of none of them, or of several */
function kind_among(thing, kinds) {
  const words = is_object(thing) ? Object.keys(kinds).filter((kind) => kind in thing) : [];
  return words.length === 1 ? words[0] : "";
}

/** @param {Node} node @returns {string} the word that makes it what it is */
export const node_kind = (node) => kind_among(node, nodes);

/** @param {any} weight @returns {string} the name of a weight, or the word that makes it what it is */
export const weight_kind = (weight) => (typeof weight === "string" ? weight : kind_among(weight, weights));

/** @param {Node} node @returns {string | undefined} of a `to` and a `partner`: which purse they fill */
export const purse_of = (node) => node.to ?? node.partner;

/** @param {Node} node @returns {string} what it is called among its siblings */
export const branch_name = (node) => purse_of(node) ?? node.pool;

/** @param {Node} node @returns {string} */
export const rule_of = (node) => node.rule ?? "carry";

/** @param {Node} node @returns {[string, Node][]} the nodes right below, in the order of visits, each with its place */
export function children(node) {
  /** @type {[string, Node][]} */
  const found = [];
  for (const word of ["split", "recoup"]) {
    if (Array.isArray(node[word])) found.push(...node[word].map((/** @type {any} */ branch, /** @type {number} */ index) =>
      /** @type {[string, Node]} */ ([`/${word}/${index}`, branch[1]])));
  }
  for (const word of ["then", "rest", "else"]) if (is_object(node[word] ?? "")) found.push([`/${word}`, node[word]]);
  return found;
}

/** @param {Node} node @returns {Map<string, Node>} the nodes at and below it that name a pool, by the pools' names */
export function pools_below(node) {
  const found = new Map(purse_of(node) ? [] : [[node.pool, node]]);
  for (const [, child] of children(node)) for (const [name, one] of pools_below(child)) found.set(name, one);
  return found;
}

/** @param {Node} node a recoup with branches @returns {Map<string, bigint>} what each branch gets in the end */
export function recoup_weights(node) {
  const [first, second] = (node.cap ?? [1, 1]).map(BigInt);
  return new Map(node.recoup.map((/** @type {any} */ [most, child]) => [branch_name(child), (BigInt(most) * first) / second]));
}

/** @param {Node} node @returns {string} what the next charter has to keep of its pool, as a text to compare */
export function sort_of(node) {
  const kind = node_kind(node);
  if (kind === "split") return [kind, rule_of(node), ...children(node).map(([, child]) => branch_name(child)).sort()].join(" ");
  if (kind === "among") return [kind, rule_of(node), ...outermost.filter((word) => is_object(node.among) && word in node.among)].join(" ");
  if (kind === "hold") return [kind, is_month(node.hold) ? "period" : node.hold].join(" ");
  if (kind !== "recoup") return kind;
  if (typeof node.recoup === "string") return [kind, node.recoup, ...(node.cap ?? [1, 1])].join(" ");
  return [kind, ...[...recoup_weights(node)].sort(([a], [b]) => order_of_names(a, b)).flat()].join(" ");
}

/** @param {any} weight @param {number} depth @param {boolean} may_remember */
function check_weight(weight, depth, may_remember) {
  check(depth <= depth_max, "nodes and weights nest more than 16 deep");
  if (typeof weight === "string" && base_weights.includes(weight)) return;
  const kind = kind_among(weight, weights);
  check(kind !== "", "no such weight");
  weights[kind].shape(weight, kind);
  check(may_remember || !outermost.includes(kind), `a ${kind} inside another weight, or below an else`);
  for (const part of weights[kind].inside(weight)) check_weight(part, depth + 1, false);
}

/** @param {Node} node @param {Set<string>} seen pools @param {number} depth @param {boolean} below_else */
function check_node(node, seen, depth, below_else) {
  check(depth <= depth_max, "nodes and weights nest more than 16 deep");
  const kind = node_kind(node);
  check(kind !== "", "no such node");
  nodes[kind](node, kind);
  if (purse_of(node)) return;
  check(!seen.has(node.pool), `the pool ${node.pool} is named twice`);
  seen.add(node.pool);
  if (kind === "split" || kind === "among") check("rest" in node === (rule_of(node) === "floor"), "rest goes with the rule floor");
  if (kind === "among") {
    check_weight(node.among, depth + 1, !below_else);
    const is_bounded = "floor" in node || "cap" in node;
    check(!is_bounded || rule_of(node) === "carry", "bounds go with carry");
    check(!("floor" in node && "cap" in node) || BigInt(node.floor) <= BigInt(node.cap), "the cap is below the floor");
    const is_lifetime = is_object(node.among) && "lifetime" in node.among;
    check(!is_lifetime || (rule_of(node) === "carry" && !is_bounded), "a lifetime needs carry, and no bounds");
  }
  for (const [place, child] of children(node)) check_node(child, seen, depth + 1, below_else || place === "/else");
  if (["split", "take", "threshold", "recoup"].includes(kind)) {
    const names = children(node).map(([, child]) => branch_name(child));
    check(new Set(names).size === names.length, "two branches of one name");
  }
  check(node.recoup !== "costs" || !("cap" in node), "a recoup of costs has no cap");
  if (kind === "recoup" && Array.isArray(node.recoup)) {
    const capped = [...recoup_weights(node).values()];
    check(capped.every((most) => most > 0n) && sum_of(capped) < weight_limit, "a recoup's amounts times its cap");
  }
}

const agreement = object({ days, "sign?": ratio_below_1 });
/** @param {Shape} shape @returns {Shape} of an object or array with something in it */
const some = (shape) => (value, place) => {
  shape(value, place);
  check(Object.keys(value).length > 0, `${place} is empty`);
};
const rules_of_currency = { "minimum?": amount, root: node, "works?": node };
const rules = object({
  ...rules_of_currency,
  "consent?": some(object({ "charter?": agreement, "draft?": object({ days }), "recognise?": agreement })),
  "currencies?": some(map(object(rules_of_currency), code)),
  "signed?": some(array(word(...signable))),
});

/** @param {any} rules @returns {Node[]} */
const trees_of = (rules) => [rules.root, ...("works" in rules ? [rules.works] : [])];

/** @param {any} rules @param {string} own the DAO's own currency @returns {Map<string, any>} the rules for each, by its code */
export const by_currency = (rules, own) => new Map([[own, rules], ...Object.entries(rules.currencies ?? {})]);

/** @param {any} document @throws bad_charter */
export function check_rules(document) {
  try {
    rules(document, "rules");
    check(new Set(document.signed ?? []).size === (document.signed ?? []).length, "signed has a kind twice");
    for (const inner of [document, ...Object.values(document.currencies ?? {})]) {
      const seen = new Set();
      for (const tree of trees_of(inner)) {
        check_node(tree, seen, 1, false);
        const repaid = [...pools_below(tree).values()].filter((one) => one.recoup === "costs");
        check(repaid.length < 2, "costs are recouped in one node");
      }
    }
  } catch (error) {
    throw error instanceof Refused ? new Refused("bad_charter", error.detail) : error;
  }
}

/** @param {Node} node @returns {boolean} whether it, or one below it, gives to this partner */
const gives_to = (node, /** @type {string} */ partner) =>
  node.partner === partner || children(node).some(([, child]) => gives_to(child, partner));

/** @param {any} rules for one currency, or none @returns {Map<string, {tree: string, node: Node}>} */
function all_pools(rules) {
  const found = new Map();
  for (const tree of ["root", "works"]) {
    if (tree in rules) for (const [name, node] of pools_below(rules[tree])) found.set(name, { tree, node });
  }
  return found;
}

/** @param {any} rules for one currency, or none @returns {Set<string>} the pools that they name */
export const pool_names = (rules) => new Set(all_pools(rules).keys());

/**
 * What of a charter depends on the community and on the charter before.
 * @param {any} rules
 * @param {any} before the rules of the charter before, or {}
 * @param {number} start the month that they govern first
 * @param {{own: string, declared: (code: string) => boolean, dao_id: string}} community
 * @throws bad_charter
 */
export function check_following(rules, before, start, community) {
  check(!(community.own in (rules.currencies ?? {})), "the DAO's own currency is among the others");
  const old = by_currency(before, community.own);
  for (const [code, now] of by_currency(rules, community.own)) {
    check(community.declared(code), `the currency ${code} is not declared`);
    check(!trees_of(now).some((tree) => gives_to(tree, `dao:${community.dao_id}`)), "it is its own partner");
    const then = all_pools(old.get(code) ?? {});
    for (const [name, { tree, node }] of all_pools(now)) {
      const earlier = then.get(name);
      if (earlier) check(tree === earlier.tree && sort_of(node) === sort_of(earlier.node), `the pool ${name} changes its sort`);
      else if ("threshold" in node && is_month(node.threshold)) check(month_number(node.threshold) > start, `the month of ${name} has come`);
    }
  }
}
