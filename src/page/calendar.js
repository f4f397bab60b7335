// SPDX-License-Identifier: MIT
/**
 * Layer 0. Times and months (FORMAT.md, section 3). A time is in seconds since 1970, UTC; a month is a number,
 * 12 · year + month − 1; an offset is in seconds.
 */

export const day_s = 86_400;

/** @param {number} year @param {number} month from 0 @param {number} day from 1 @returns {number} seconds, of its midnight */
function midnight(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime() / 1000;
}

/** @param {string} text @returns {number | null} null: it is not the spelling of a time */
export function parse_time(text) {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  const start = midnight(year, month - 1, day);
  const right = year >= 1970 && hour < 24 && minute < 60 && second < 60 && month >= 1 && month <= 12
    && new Date(start * 1000).getUTCDate() === day;
  return right ? start + hour * 3600 + minute * 60 + second : null;
}

/** @param {string} text of the shape YYYY-MM @returns {number} */
export const month_number = (text) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;

/** @param {number} month @returns {string} */
export const month_text = (month) =>
  `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;

export const month_min = month_number("1970-02");
export const month_max = month_number("9999-11");

/** @param {number} month @param {number} offset @returns {number} its first second */
export const month_start = (month, offset) => midnight(Math.floor(month / 12), month % 12, 1) - offset;

/** @param {number} time @param {number} offset @returns {number} the month that it lies in */
export function month_of(time, offset) {
  const date = new Date((time + offset) * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** @param {string} text of the shape +HH:MM @returns {number} */
export const parse_offset = (text) =>
  (text[0] === "-" ? -1 : 1) * (Number(text.slice(1, 3)) * 3600 + Number(text.slice(4, 6)) * 60);
