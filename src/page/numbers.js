// SPDX-License-Identifier: MIT
/** Layer 9. Amounts, shares and dates as people read them, in a language. */
import { unit } from "./pool.js";

/** @typedef {"ja" | "en"} Language */

/** @param {bigint} whole @returns {string} with a comma after each three digits */
const grouped = (whole) => String(whole).replace(/\B(?=(\d{3})+$)/g, ",");

/** @param {bigint} minor @param {number} exponent decimal places @returns {string} */
function decimal(minor, exponent) {
  if (exponent === 0) return grouped(minor);
  const digits = String(minor).padStart(exponent + 1, "0");
  return `${grouped(BigInt(digits.slice(0, -exponent)))}.${digits.slice(-exponent)}`;
}

/** @param {Language} language @param {bigint} minor @param {string} currency its code @param {number} exponent @returns {string} */
export function money(language, minor, currency, exponent) {
  const number = decimal(minor, exponent);
  if (currency === "JPY" && exponent === 0) return language === "ja" ? `${number}円` : `${number} yen`;
  return `${number} ${currency}`;
}

/** @param {bigint} fraction in 2^-64 @returns {string} two decimal places, to the nearest */
export const hundredths = (fraction) => decimal((fraction * 100n + unit / 2n) / unit, 2);

/** @param {bigint} above @param {bigint} below @param {number} places @returns {string} the quotient, rounded down */
export const quotient = (above, below, places) => decimal((above * 10n ** BigInt(places)) / below, places);

/** @param {bigint | number} count @returns {string} */
export const number = (count) => grouped(BigInt(count));

const english_months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December"];

/** @param {Language} language @param {string} period YYYY-MM @returns {string} */
export function month_name(language, period) {
  const [year, month] = period.split("-").map(Number);
  return language === "ja" ? `${year}年${month}月` : `${english_months[month - 1]} ${year}`;
}

/** @param {Language} language @param {number} time in seconds @param {number} offset in seconds @returns {string} a day */
export function day_name(language, time, offset) {
  const date = new Date((time + offset) * 1000);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return language === "ja" ? `${year}年${month + 1}月${day}日` : `${day} ${english_months[month]} ${year}`;
}
