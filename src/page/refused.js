// SPDX-License-Identifier: MIT
/** Layer 0. What a file is refused with: the name of an error of FORMAT.md, and where. */

export class Refused extends Error {
  /**
   * @param {string} code the error's name, as FORMAT.md spells it
   * @param {string} [detail] what was met, for people
   */
  constructor(code, detail = "") {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    /** @type {number | null} the ledger's line, from 0; null: no line */
    this.seq = null;
  }
}

/** @param {unknown} condition @param {string} code @param {unknown} [detail] */
export function need(condition, code, detail = "") {
  if (!condition) throw new Refused(code, String(detail));
}
