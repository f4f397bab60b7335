// SPDX-License-Identifier: MIT
/** Layer 8. What communities give each other, held against what each has booked (FORMAT.md, section 13). */
import { month_text } from "./calendar.js";
import { need } from "./refused.js";
import { order_of_names, sum_of } from "./whole.js";

/** @typedef {import("./state.js").State} State */
/**
 * @typedef {{period: string, from: string, to: string, currency: string, exponent: number, gives: bigint | null, booked: bigint,
 *   state: "right" | "open" | "wrong"}} Gift
 *   from, to: ids of communities; gives: null, the month is not closed; open: not closed by both of them
 */

/** @param {State} state @param {number} month a month up to the last closed one is closed, also one before the first */
const has_closed = (state, month) => state.last_closed !== null && month <= state.last_closed;

/** @param {State} giver @param {State} taker @returns {{month: number, code: string}[]} where one gave something, or the other booked something */
function places(giver, taker) {
  const given = giver.distributions.flatMap(({ month, parts }) =>
    [...parts].filter(([, { got }]) => (got.get(`dao:${taker.dao_id()}`) ?? 0n) > 0n).map(([code]) => ({ month, code })));
  const taken = [...taker.incomes.values()].filter(({ from }) => from === giver.dao_id()).map(({ period, currency }) => ({ month: period, code: currency }));
  return [...new Map([...given, ...taken].map((one) => [`${one.month} ${one.code}`, one])).values()];
}

/** @param {State} giver @param {State} taker @param {number} month @param {string} code @returns {Gift} */
function gift(giver, taker, month, code) {
  const [from, to] = [giver.dao_id(), taker.dao_id()];
  const part = giver.distributions.find((one) => one.month === month)?.parts.get(code);
  const gives = has_closed(giver, month) ? part?.got.get(`dao:${to}`) ?? 0n : null;
  const booked = sum_of([...taker.incomes.values()].filter((one) => one.from === from && one.period === month && one.currency === code)
    .map(({ amount }) => amount));
  const { exponent } = giver.books.get(code) ?? taker.books_of(code);
  const state = gives === null || !has_closed(taker, month) ? "open" : gives === booked ? "right" : "wrong";
  return { period: month_text(month), from, to, currency: code, exponent, gives, booked, state };
}

/**
 * @param {State[]} states whole ledgers, each checked by itself
 * @returns {Gift[]} by month, then giver, taker and currency
 * @throws conflict: a community twice
 */
export function gifts_between(states) {
  need(new Set(states.map((state) => state.dao_id())).size === states.length, "conflict", "a community twice");
  const pairs = states.flatMap((giver) => states.filter((taker) => taker !== giver).map((taker) => ({ giver, taker })));
  const gifts = pairs.flatMap(({ giver, taker }) =>
    places(giver, taker).sort((a, b) => order_of_names(a.code, b.code)).map(({ month, code }) => gift(giver, taker, month, code)));
  return gifts.sort((a, b) => order_of_names(a.period, b.period)); // which leaves the others in their order
}
