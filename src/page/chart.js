// SPDX-License-Identifier: MIT
/** Layer 10. A member's months as a drawing: bars of what was given and paid, and a line of what was owed. */
import { svg } from "./element.js";
import { money } from "./numbers.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */

export const months_max = 24;

const [left, top, height, bottom, month_min_px] = [8, 18, 170, 26, 34];
const width_min = 320;

/**
 * @param {Language} language
 * @param {import("./story.js").Currency} currency
 * @returns {Element} of the last months
 */
export function chart_of(language, { currency, exponent, flows }) {
  const w = words[language];
  const shown = flows.slice(-months_max);
  const month_px = Math.max(month_min_px, (width_min - 2 * left) / shown.length);
  const width = 2 * left + month_px * shown.length;
  const most = shown.reduce((most, { given, paid, owed }) => [given, paid, owed].reduce((a, b) => (a > b ? a : b), most), 1n);
  const y = (/** @type {bigint} */ amount) => top + height - (Number((amount * 10_000n) / most) / 10_000) * height;
  const middle = (/** @type {number} */ at) => left + month_px * (at + 0.5);
  const bar_px = Math.min(26, month_px * 0.36);
  const bar = (/** @type {number} */ x, /** @type {bigint} */ amount, /** @type {string} */ name) =>
    svg("rect", { class: name, x: x.toFixed(1), y: y(amount).toFixed(1), width: bar_px.toFixed(1), height: (top + height - y(amount)).toFixed(1) });
  const every = Math.ceil(60 / month_px);
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${top + height + bottom}`, width, role: "img", "aria-label": w.chart },
    svg("line", { class: "axis", x1: 0, x2: width, y1: top + height, y2: top + height }),
    svg("line", { class: "grid", x1: 0, x2: width, y1: top, y2: top }),
    svg("text", { x: 2, y: top - 5 }, money(language, most, currency, exponent)),
    ...shown.flatMap(({ given, paid }, at) => [
      bar(middle(at) - bar_px, given, "given"),
      bar(middle(at), paid, "paid"),
    ]),
    svg("polyline", { class: "owed", points: shown.map(({ owed }, at) => `${middle(at).toFixed(1)},${y(owed).toFixed(1)}`).join(" ") }),
    ...shown.map(({ owed }, at) => svg("circle", { class: "owed", cx: middle(at).toFixed(1), cy: y(owed).toFixed(1), r: 3.5 })),
    ...shown.map(({ month }, at) => at % every === 0
      && svg("text", { x: middle(at).toFixed(1), y: top + height + 17, "text-anchor": "middle" }, month)));
}
