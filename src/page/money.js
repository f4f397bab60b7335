// SPDX-License-Identifier: MIT
/** Layer 5. Money that comes in, is exchanged, is laid out and is paid (FORMAT.md, section 6). */
import { Books } from "./books.js";
import { month_number } from "./calendar.js";
import { by_currency } from "./charter.js";
import { add_to } from "./pool.js";
import { need } from "./refused.js";
import { code, fits } from "./shapes.js";
import { is_active } from "./state.js";
import { less, more, roundings, sum_of } from "./whole.js";

/** @typedef {import("./state.js").State} State */

const currencies_max = 16;
const exponent_max = 30;
const waiting_limit = 1n << 64n;

/** @param {any} currency @throws bad_currency */
export function check_currency(currency) {
  need(fits(code, currency.code) && currency.exponent <= exponent_max, "bad_currency", currency.code);
}

/** What a work earns needs rules in the charter of the month that it enters. @param {State} state @param {string | null} work @param {string} currency @param {number} month */
function need_rules_for(state, work, currency, month) {
  const rules = by_currency(state.charter_of(month).rules, state.own_currency).get(currency) ?? {};
  need(work === null || "works" in rules, "no_charter", "no rules for works");
}

/** @param {State} state @param {any} line @returns {any} the payment that ends */
function end_payment(state, line) {
  const record = state.payments.get(line.id);
  need(record, "no_such_payment", line.id);
  need(BigInt(line.amount) === record.amount, "wrong_amount", line.amount);
  need(record.phase === "planned" || record.phase === "sent", "conflict", "it has ended");
  const is_stated = record.wallet !== null && [...state.statements].some((seq) => seq > record.seq);
  need(line.kind !== "payment.failed" || !is_stated, "conflict", "a statement names its wallet");
  state.check_evidence(line);
  state.keep_evidence(line);
  record.ended_at = state.when;
  return record;
}

/** @param {State} state @param {any} line @returns {bigint} the amount, which the member may have taken out of what is owed */
function owed_amount(state, { member, currency, amount }) {
  const books = state.books_of(currency);
  const owed = books.owed_to(member);
  need(BigInt(amount) <= owed, "owed_exceeded", `${amount} of ${owed}`);
  need(BigInt(amount) <= owed - books.disputed(member), "disputed", member);
  return BigInt(amount);
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const money_lines = {
  "currency": (state, line) => {
    check_currency(line);
    need(!state.books.has(line.code), "conflict", line.code);
    need(state.books.size <= currencies_max, "too_many", "currencies");
    state.books.set(line.code, new Books(line.exponent));
  },

  "income": (state, line) => {
    need(!state.incomes.has(line.id), "conflict", line.id);
    const books = state.books_of(line.currency);
    need(line.from !== state.dao_id(), "wrong_domain", "from itself");
    need(state.charters.length > 0, "no_charter");
    const [amount, period, work] = [BigInt(line.amount), month_number(line.period), line.work ?? null];
    const month = Math.max(period, state.open_month());
    state.need_begun(line.period);
    state.check_evidence(line);
    books.need_room(amount);
    if (work !== null) state.need_work(work);
    need_rules_for(state, work, line.currency, month);
    books.add_total(amount);
    state.keep_evidence(line);
    state.incomes.set(line.id, { currency: line.currency, amount, work, period, month, waiting: amount, distributed: 0n,
      from: line.from ?? null });
    books.stream(work).wait(month, amount);
  },
  "income.correct": (state, line) => {
    const [record, amount] = [state.record(state.incomes, line.id), BigInt(line.amount)];
    const books = state.books_of(record.currency);
    const waiting = more(amount - record.distributed, 0n);
    const taken = more(record.distributed - amount, 0n);
    books.need_room(amount - record.amount + taken);
    const month = Math.max(record.period, state.open_month());
    if (waiting > record.waiting) need_rules_for(state, record.work, record.currency, month);
    books.add_total(amount - record.amount + taken);
    const stream = books.stream(record.work);
    stream.wait(month, waiting - record.waiting);
    stream.deficit += taken;
    Object.assign(record, { amount, month, waiting, distributed: less(record.distributed, amount) });
  },
  "opening": (state, line) => {
    need(!state.openings.has(line.id), "conflict", line.id);
    const books = state.books_of(line.currency);
    need(state.last_closed === null, "period_closed", "a month is closed");
    if (!line.to.includes(":")) state.member(line.to);
    state.check_evidence(line);
    books.add_total(BigInt(line.amount));
    state.keep_evidence(line);
    state.openings.add(line.id);
    books.receive(line.to, BigInt(line.amount));
  },

  "conversion": (state, line) => {
    need(!state.conversions.has(line.id), "conflict", line.id);
    const [taken, given] = [state.books_of(line.currency), state.books_of(line.into)];
    need(taken !== given, "mixed_assets", "to itself");
    need(state.charters.length > 0, "no_charter");
    const month = month_number(line.period);
    need(month >= state.open_month(), "period_closed", line.period);
    state.need_begun(line.period);
    const [amount, gives, rate_gives, rate_of] = [line.amount, line.gives, line.rate.gives, line.rate.of].map(BigInt);
    need(amount > 0n && rate_gives > 0n && rate_of > 0n, "bad_number", "amount or rate");
    state.check_evidence(line);
    const right = roundings[/** @type {keyof typeof roundings} */ (line.rounding)](amount * rate_gives, rate_of);
    given.need_room(right);
    need(gives === right, "wrong_amount", line.gives);
    need(amount <= taken.spare(month), "balance_exceeded", `${amount} of ${taken.spare(month)}`);
    given.add_total(gives);
    state.keep_evidence(line);
    taken.wait(month, -amount);
    given.wait(month, gives);
    state.conversions.set(line.id, { month, taken, amount, given, gives, undone: false });
  },
  "conversion.undo": (state, { id }) => {
    const record = state.record(state.conversions, id);
    need(!record.undone, "conflict", "it is undone");
    need(record.month >= state.open_month(), "period_closed", id);
    need(record.gives <= record.given.spare(record.month), "balance_exceeded", id);
    record.given.total -= record.gives;
    record.given.wait(record.month, -record.gives);
    record.taken.wait(record.month, record.amount);
    record.undone = true;
  },

  "payment": (state, line) => {
    need(!state.payments.has(line.id), "conflict", line.id);
    const books = state.books_of(line.currency);
    const member = state.member(line.member);
    need(!("wallet" in line) || state.speaks(line.wallet, line.member), "no_such_key", line.wallet);
    state.need_no_estate(line.member);
    const amount = owed_amount(state, line);
    const charter = state.standing_charter();
    const rules = charter && by_currency(charter.rules, state.own_currency).get(line.currency);
    const minimum = is_active(member) ? BigInt(rules?.minimum ?? "0") : 0n;
    need(amount >= more(1n, minimum), "below_minimum", line.amount);
    add_to(books.owed, line.member, -amount);
    state.payments.set(line.id, { member: line.member, currency: line.currency, amount, phase: "planned", planned_at: state.when,
      ended_at: null, wallet: line.wallet ?? null, seq: line.seq });
  },
  "payment.sent": (state, { id }) => {
    const record = state.payments.get(id);
    need(record, "no_such_payment", id);
    need(record.phase === "planned", "conflict", "not planned");
    record.phase = "sent";
  },
  "payment.settled": (state, line) => {
    end_payment(state, line).phase = "settled";
  },
  "payment.failed": (state, line) => {
    const record = end_payment(state, line);
    record.phase = "failed";
    state.owe(state.books_of(record.currency), record.member, record.amount);
  },

  "cost": (state, line) => {
    need(!state.costs.has(line.id), "conflict", line.id);
    const [books, work, amount] = [state.books_of(line.currency), line.work ?? null, BigInt(line.amount)];
    state.member(line.member);
    if (work !== null) state.need_work_goes_on(work);
    need(amount > 0n, "bad_number", "no cost");
    state.check_evidence(line);
    const purse = `work:${work}`;
    const at_once = work === null ? 0n : less(amount, books.purses.get(purse) ?? 0n);
    const waits = books.costs.get(work) ?? new Map();
    need(sum_of(waits.values()) + amount - at_once < waiting_limit, "amount_too_large", "what waits of costs");
    state.keep_evidence(line);
    state.costs.add(line.id);
    if (at_once > 0n) {
      add_to(books.purses, purse, -at_once);
      state.owe(books, line.member, at_once);
    }
    add_to(waits, line.member, amount - at_once);
    books.costs.set(work, waits);
  },
  "spend": (state, line) => {
    need(!state.spendings.has(line.id), "conflict", line.id);
    const [books, amount] = [state.books_of(line.currency), BigInt(line.amount)];
    need(amount > 0n, "bad_number", "nothing");
    state.check_evidence(line);
    need(amount <= (books.purses.get(line.from) ?? 0n), "balance_exceeded", line.from);
    state.keep_evidence(line);
    state.spendings.add(line.id);
    add_to(books.purses, line.from, -amount);
  },
  "waive": (state, line) => {
    need(!state.waivers.has(line.id), "conflict", line.id);
    const books = state.books_of(line.currency);
    state.member(line.member);
    need(line.amount !== "0", "bad_number", "nothing");
    state.need_no_estate(line.member);
    const amount = owed_amount(state, line);
    state.waivers.add(line.id);
    add_to(books.owed, line.member, -amount);
    books.receive(`pool:${line.to}`, amount);
  },
};
