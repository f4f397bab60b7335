// SPDX-License-Identifier: MIT
/** Layer 9. What sort of file a member gave, told by its first bytes, and how large it may be. */
import { need } from "./refused.js";

/** @typedef {"ledger" | "snapshot" | "receipt"} Sort */

const mib = 1_048_576;
/** In bytes: a receipt has one leaf and its proofs a month, a snapshot at most 256 signatures. @type {Record<Sort, number>} */
export const bytes_max = { ledger: 256 * mib, snapshot: mib, receipt: 16 * mib };

/** How each sort begins. @type {[Sort, string][]} */
const beginnings = [["receipt", "c2sp.org/tlog-proof@"], ["snapshot", "mikoshi/"], ["ledger", "{"]];

/**
 * @param {Blob} file
 * @returns {Promise<Sort>}
 * @throws unknown_file, file_too_large
 */
export async function sort_of_file(file) {
  const start = await file.slice(0, 32).text();
  const sort = beginnings.find(([, beginning]) => start.startsWith(beginning))?.[0];
  need(sort, "unknown_file", "");
  need(file.size <= bytes_max[/** @type {Sort} */ (sort)], "file_too_large", "");
  return /** @type {Sort} */ (sort);
}
