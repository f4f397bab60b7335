// SPDX-License-Identifier: MIT
/** Layer 5. Months that are drafted, approved and stated (FORMAT.md, section 8). */
import { to_hex, utf8 } from "./bytes.js";
import { day_s, month_number, month_start, month_text } from "./calendar.js";
import { to_json } from "./canonical.js";
import { Distribution, totals_by_currency } from "./distribution.js";
import { claim_root, leaf_hash, log_root } from "./merkle.js";
import { add_to, grace } from "./pool.js";
import { need } from "./refused.js";
import { less, more, order_of_names, sum_of } from "./whole.js";

/** @typedef {import("./state.js").State} State */

const waiting_max = 100;

/** @param {any} a @param {any} b values as canonical.js reads them */
const is_equal = (a, b) => to_json(a) === to_json(b);

/** @param {State} state @param {string} id @returns {import("./state.js").Draft} */
function open_draft(state, id) {
  const draft = state.drafts.get(id);
  need(draft, "no_such_draft", id);
  need(draft?.state === "open", "conflict", "it is not open");
  return /** @type {import("./state.js").Draft} */ (draft);
}

/** @param {State} state @param {Distribution} computed */
function close_month(state, computed) {
  const { month, parts, weigher } = computed;
  for (const [code, books] of state.books) {
    const part = parts.get(code);
    if (!part) {
      const income = books.waiting.get(month) ?? 0n;
      const recouped = less(income, books.deficit);
      books.waiting.delete(month);
      books.deficit -= recouped;
      books.wait(month + 1, income - recouped);
      continue;
    }
    for (const [name, amount] of part.got) state.owe(books, name, amount);
    for (const [name, pool] of part.pools) books.pools.set(name, pool);
    for (const name of part.ends) books.pools.delete(name);
    books.costs = part.costs;
    for (const [work, recouped] of part.recouped) {
      const stream = books.stream(work);
      stream.deficit -= recouped;
      stream.waiting.delete(month);
    }
  }
  for (const { member, heap, weight } of weigher.counted().values()) {
    const { debts } = state.member(member);
    debts.set(heap, more(0n, (debts.get(heap) ?? 0n) - weight));
  }
  for (const record of weigher.contributions) Object.assign(record, { counted: record.points, was_counted: true, waits: false });
  for (const record of weigher.segments) record.waits = false;
  for (const record of state.incomes.values()) {
    if (record.month === month) Object.assign(record, { distributed: record.distributed + record.waiting, waiting: 0n });
  }
  state.last_closed = month;
}

/** @param {import("./books.js").Books} books @param {string} member @returns {Record<string, {fraction: string, paid: string}>} by pool */
function entitled(books, member) {
  const found = Object.create(null);
  for (const [name, pool] of books.pools) {
    const [fraction, paid] = [pool.fraction_of(member), pool.paid.get(member) ?? 0n];
    if (/^(among carry|recoup pledges)\b/.test(pool.sort) && (paid > 0n || fraction !== grace)) {
      found[name] = { fraction: fraction.toString(16).padStart(16, "0"), paid: String(paid) };
    }
  }
  return found;
}

/** @param {State} state @returns {Generator<any>} where everybody stands: the leaves of the member tree, in order */
export function* standings(state) {
  /** @type {Map<string, Record<string, number>>} */
  const holds = new Map([...state.members.keys()].map((name) => [name, Object.create(null)]));
  const add = (/** @type {string} */ name, /** @type {string} */ group, /** @type {number} */ number) => {
    const of_name = /** @type {Record<string, number>} */ (holds.get(name));
    if (number > 0) of_name[group] = (of_name[group] ?? 0) + number;
  };
  for (const ticket of state.tickets.values()) {
    const holder = ticket.moves[ticket.moves.length - 1].holder;
    if (holder !== null) add(holder, ticket.class, 1);
  }
  for (const { class: group, holder } of state.units.values()) add(holder, group, Number(state.units_of(holder, group)));
  for (const member of [...state.members.keys()].sort(order_of_names)) {
    const own = state.books_of(state.own_currency);
    const others = Object.create(null);
    for (const [code, books] of state.books) {
      const of = { entitled: entitled(books, member), exponent: books.exponent, owed: String(books.owed_to(member)) };
      if (books !== own && (of.owed !== "0" || Object.keys(of.entitled).length > 0)) others[code] = of;
    }
    yield { entitled: entitled(own, member), holds: holds.get(member), member, owed: String(own.owed_to(member)),
      ...(Object.keys(others).length > 0 ? { others } : {}) };
  }
}

/** @param {State} state @returns {any[]} what wallets may claim, as a statement spells it */
function claims_of(state) {
  /** @type {Map<string, import("./pool.js").Amounts>} by currency and wallet */
  const found = new Map();
  for (const { wallet, currency, amount, phase } of state.payments.values()) {
    if (wallet === null || phase === "failed") continue;
    if (!found.has(currency)) found.set(currency, new Map());
    add_to(/** @type {import("./pool.js").Amounts} */ (found.get(currency)), wallet, amount);
  }
  return [...found].sort(([a], [b]) => order_of_names(a, b)).map(([currency, amounts]) =>
    ({ currency, payees: amounts.size, root: claim_root(amounts), total: String(sum_of(amounts.values())) }));
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const month_lines = {
  "draft": (state, line) => {
    need(!state.drafts.has(line.id) && !state.proposals.has(line.id), "conflict", line.id);
    const month = month_number(line.period);
    need(state.at >= month_start(month + 1, state.offset), "period_not_over", line.period);
    need(state.charters.length > 0, "no_charter");
    need(month >= state.open_month(), "period_closed", line.period);
    need(month === state.open_month(), "period_out_of_order", line.period);
    const computed = new Distribution(state, month);
    need(line.record === line.seq, "stale_draft", "record is not its seq");
    need(line.charter === computed.charter.hash, "payout_mismatch", "charter");
    need(is_equal(line.outcome, computed.outcome), "payout_mismatch", "it does not recompute");
    for (const other of state.drafts.values()) if (other.state === "open") other.state = "void";
    state.drafts.set(line.id, { month, outcome: line.outcome, state: "open", at: state.at, objected: new Map() });
  },
  "void": (state, { draft }) => {
    open_draft(state, draft).state = "void";
  },
  "approve": (state, { draft: id }) => {
    const draft = open_draft(state, id);
    const days = state.charter_of(draft.month).rules.consent?.draft?.days ?? 0;
    need(state.at >= draft.at + days * day_s, "too_early", id);
    const computed = new Distribution(state, draft.month);
    need(is_equal(computed.outcome, draft.outcome), "stale_draft", id);
    const waiting = [...state.waiting, draft].reduce((count, { outcome }) => count + totals_by_currency(outcome).size, 0);
    need(waiting <= waiting_max, "too_many", "approved months wait for a statement");
    draft.state = "approved";
    close_month(state, computed);
    for (const member of new Set([...draft.objected.values()].map(({ line }) => line))) {
      for (const [code, part] of computed.parts) {
        const amount = part.got.get(member) ?? 0n;
        if (amount > 0n && !state.member(member).died) state.books_of(code).disputes.push({ draft: id, member, amount });
      }
    }
    state.waiting.push({ id, outcome: draft.outcome, period: month_text(draft.month) });
    state.distributions.push(computed);
  },
  "statement": (state, line) => {
    const charter = state.standing_charter();
    need(charter, "no_charter");
    need(line.charter === charter?.hash, "payout_mismatch", "charter");
    need(line.currency === state.own_currency, "payout_mismatch", "currency");
    need(is_equal(line.distributions, state.waiting), "payout_mismatch", "distributions");
    const claims = claims_of(state);
    need("claims" in line === claims.length > 0 && is_equal(line.claims ?? [], claims), "payout_mismatch", "claims");
    const leaves = [...standings(state)].map((leaf) => leaf_hash(utf8(to_json(leaf))));
    need(line.members.count === leaves.length, "payout_mismatch", "number of members");
    need(line.members.root === to_hex(log_root(leaves)), "payout_mismatch", "member tree");
    state.waiting = [];
    state.statements.add(state.seq);
  },
};
