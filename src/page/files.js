// SPDX-License-Identifier: MIT
/** Layer 9. What sort of file a member gave, told by its first bytes, how large it may be, and which files belong together. */
import { to_hex } from "./bytes.js";
import { leaf_hash } from "./merkle.js";
import { need, Refused } from "./refused.js";

/** @typedef {"ledger" | "snapshot" | "receipt"} Sort */
/**
 * @template T
 * @typedef {{sort: Sort, dao: string, file: T}} Chosen dao: whose it says that it is; nothing of it is checked yet
 */

const mib = 1_048_576;
/** In bytes: a receipt has one leaf and its proofs a month, a snapshot at most 256 signatures. @type {Record<Sort, number>} */
export const bytes_max = { ledger: 256 * mib, snapshot: mib, receipt: 16 * mib };
const line_max = 65_536;

/** How each sort begins. @type {[Sort, string][]} */
const beginnings = [["receipt", "c2sp.org/tlog-proof@"], ["snapshot", "mikoshi/"], ["ledger", "{"]];

/** Where each sort says whose it is. @type {Record<Sort, (file: Blob) => Promise<string>>} */
const says_whose = {
  ledger: async (file) => {
    const start = new Uint8Array(await file.slice(0, line_max).arrayBuffer());
    return to_hex(leaf_hash(start.subarray(0, Math.max(start.indexOf(0x0a), 0))));
  },
  snapshot: async (file) => /^mikoshi\/(.*)/.exec(await file.text())?.[1] ?? "",
  receipt: async (file) => /\n\nmikoshi\/(.*)/.exec(await file.text())?.[1] ?? "",
};

/**
 * @template {Blob} T
 * @param {T} file
 * @returns {Promise<Chosen<T>>}
 * @throws unknown_file, file_too_large
 */
export async function look_at_file(file) {
  const start = await file.slice(0, 32).text();
  const [sort] = beginnings.find(([, beginning]) => start.startsWith(beginning)) ?? [];
  if (!sort) throw new Refused("unknown_file");
  need(file.size <= bytes_max[sort], "file_too_large");
  return { sort, dao: await says_whose[sort](file), file };
}

/**
 * A snapshot goes with the ledger of its community, else with one that has none: that shows that it is another's.
 * @template T
 * @param {Chosen<T>[]} chosen
 * @returns {{ledger?: T, snapshot?: T, receipt?: T, partners: {ledger: T, snapshot?: T}[]}} partners: the ledgers of other communities
 *   than the receipt's or, without one, than the first ledger's
 * @throws wrong_domain: a snapshot too many
 */
export function arranged(chosen) {
  const of = (/** @type {Sort} */ sort) => chosen.filter((one) => one.sort === sort);
  const [receipt] = of("receipt");
  const ledgers = of("ledger").sort((a, b) => Number(b.dao === receipt?.dao) - Number(a.dao === receipt?.dao));
  const [daos, snapshots] = [ledgers.map(({ dao }) => dao), of("snapshot")];
  const others = snapshots.filter(({ dao }) => !daos.includes(dao));
  const [own, ...partners] = ledgers.map(({ dao, file }) =>
    ({ ledger: file, snapshot: (snapshots.find((one) => one.dao === dao) ?? others.shift())?.file }));
  need(others.length === 0 || !own, "wrong_domain", "a snapshot of no ledger that was chosen");
  return { ...(own ?? { snapshot: snapshots[0]?.file }), receipt: receipt?.file, partners };
}
