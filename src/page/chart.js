// SPDX-License-Identifier: MIT
/** Layer 10. A member's months as a drawing: bars of what was given and paid, and below, by a scale of its own, what was owed. */
import { svg } from "./element.js";
import { money } from "./numbers.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */
/** @typedef {import("./story.js").Flow} Flow */

/** Of more months than these the years are drawn. */
export const months_max = 24;

const [left, step_min, width_min, label_px] = [6, 22, 320, 56];
const [bars, line] = [{ top: 18, height: 130 }, { top: 176, height: 60 }];
const height = line.top + line.height + 24;

/** @param {Flow[]} flows by month @returns {Flow[]} by year: sums, and what was owed in the end */
export function by_year(flows) {
  /** @type {Map<string, Flow>} */
  const years = new Map();
  for (const { month, given, paid, owed } of flows) {
    const year = month.slice(0, 4);
    const before = years.get(year) ?? { given: 0n, paid: 0n };
    years.set(year, { month: year, given: before.given + given, paid: before.paid + paid, owed });
  }
  return [...years.values()];
}

/** @param {bigint[]} amounts @returns {bigint} the largest, at least 1 */
const largest = (amounts) => amounts.reduce((most, amount) => (amount > most ? amount : most), 1n);

/** @param {{top: number, height: number}} panel @param {bigint} most @returns {(amount: bigint) => number} y in pixels */
const scale = ({ top, height }, most) => (amount) => top + height - (Number((amount * 10_000n) / most) / 10_000) * height;

/**
 * @param {Language} language
 * @param {import("./story.js").Currency} currency
 * @returns {Element}
 */
export function chart_of(language, { currency, exponent, flows }) {
  const step = Math.max(step_min, (width_min - 2 * left) / flows.length);
  const width = 2 * left + step * flows.length;
  const bar_px = Math.min(26, step * 0.4);
  const middle = (/** @type {number} */ at) => left + step * (at + 0.5);
  const most = largest(flows.flatMap(({ given, paid }) => [given, paid]));
  const most_owed = largest(flows.map(({ owed }) => owed));
  const [y, y_owed] = [scale(bars, most), scale(line, most_owed)];
  const px = (/** @type {number} */ number) => number.toFixed(1);

  const frame = (/** @type {{top: number, height: number}} */ { top, height }, /** @type {bigint} */ amount) => [
    svg("line", { class: "axis", x1: 0, x2: width, y1: top + height, y2: top + height }),
    svg("line", { class: "grid", x1: 0, x2: width, y1: top, y2: top }),
    svg("text", { x: 2, y: top - 5 }, money(language, amount, currency, exponent)),
  ];
  const bar = (/** @type {string} */ name, /** @type {number} */ x, /** @type {bigint} */ amount) =>
    svg("rect", { class: name, x: px(x), y: px(y(amount)), width: px(bar_px), height: px(bars.top + bars.height - y(amount)) });
  const every = Math.ceil(label_px / step);
  return svg("svg", { class: "chart", viewBox: `0 0 ${px(width)} ${height}`, width: px(width), role: "img", "aria-label": words[language].chart },
    ...frame(bars, most),
    ...flows.flatMap(({ given, paid }, at) => [bar("given", middle(at) - bar_px, given), bar("paid", middle(at), paid)]),
    ...frame(line, most_owed),
    svg("polyline", { class: "owed", points: flows.map(({ owed }, at) => `${px(middle(at))},${px(y_owed(owed))}`).join(" ") }),
    ...flows.map(({ owed }, at) => svg("circle", { class: "owed", cx: px(middle(at)), cy: px(y_owed(owed)), r: 3 })),
    ...flows.map(({ month }, at) => at % every === 0
      && svg("text", { x: px(middle(at)), y: height - 6, "text-anchor": "middle" }, month)));
}
