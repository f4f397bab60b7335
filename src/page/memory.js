// SPDX-License-Identifier: MIT
/** Layer 10. What the browser keeps between visits, one pin a community; and what it says where it keeps nothing. */

const prefix = "mikoshi-pin-v1:";

/** @returns {Storage | null} null: the browser has no such storage for this page, or refuses it */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** @returns {Record<string, string> | null} the pins by their communities; null: nothing can be kept */
export function read_pins() {
  try {
    const kept = storage();
    if (!kept) return null;
    const names = Array.from({ length: kept.length }, (_, at) => kept.key(at) ?? "").filter((name) => name.startsWith(prefix));
    return Object.fromEntries(names.sort().map((name) => [name.slice(prefix.length), kept.getItem(name) ?? ""]));
  } catch {
    return null;
  }
}

/**
 * Keeps a pin in the place of the one that was looked at.
 * @param {import("./pins.js").Seen} seen
 * @returns {"kept" | "changed" | "refused"} changed: another window has kept another one meanwhile, which was not looked at
 */
export function keep_pin({ dao, before, after }) {
  try {
    const kept = storage();
    if (!kept) return "refused";
    if (kept.getItem(prefix + dao) !== before) return "changed";
    if (after !== null) kept.setItem(prefix + dao, after);
    return after === null || kept.getItem(prefix + dao) === after ? "kept" : "refused";
  } catch {
    return "refused";
  }
}

/** @param {string} dao @returns {boolean} whether it is gone */
export function forget_pin(dao) {
  try {
    storage()?.removeItem(prefix + dao);
    return !(dao in (read_pins() ?? {}));
  } catch {
    return false;
  }
}
