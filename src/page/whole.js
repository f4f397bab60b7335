// SPDX-License-Identifier: MIT
/** Layer 0. Arithmetic on whole numbers of any size, and on exact fractions of them. */

/** @param {Iterable<bigint>} values @returns {bigint} */
export function sum_of(values) {
  let sum = 0n;
  for (const value of values) sum += value;
  return sum;
}

/** @param {bigint} a @param {bigint} b */
export const less = (a, b) => (a < b ? a : b);

/** @param {bigint} a @param {bigint} b */
export const more = (a, b) => (a > b ? a : b);

/** @param {bigint} a @param {bigint} b -1, 0 or 1: an order for sort() */
export const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @param {string} a @param {string} b ASCII texts; -1, 0 or 1: their bytes' order */
export const order_of_names = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @param {bigint} value at least 0 @returns {bigint} the largest integer whose square is not above it */
export function square_root(value) {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** @param {bigint} a @param {bigint} b @returns {bigint} greatest common divisor */
export const common_divisor = (a, b) => (b === 0n ? a : common_divisor(b, a % b));

/** @param {bigint} a @param {bigint} b above 0 @returns {bigint} the next whole number at or above a / b; a at least 0 */
export const quotient_up = (a, b) => (a + b - 1n) / b;

/** How a fraction a / b (a at least 0, b above 0) becomes a whole number, by the names of FORMAT.md. */
export const roundings = {
  /** @param {bigint} a @param {bigint} b */
  down: (a, b) => a / b,
  up: quotient_up,
  /** @param {bigint} a @param {bigint} b */
  "half-up": (a, b) => (2n * a + b) / (2n * b),
  /** @param {bigint} a @param {bigint} b */
  "half-even": (a, b) => {
    const [whole, twice] = [a / b, 2n * (a % b)];
    return twice > b || (twice === b && whole % 2n === 1n) ? whole + 1n : whole;
  },
};
