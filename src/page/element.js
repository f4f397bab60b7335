// SPDX-License-Identifier: MIT
/** Layer 10. The only door to the document: elements with attributes and texts, never markup. */

/** @typedef {Node | string | null | undefined | false} Child */

/** @param {Element} element @param {Record<string, string | number>} attributes @param {Child[]} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.filter((child) => typeof child === "string" || child instanceof Node));
  return element;
}

/** @param {string} name @param {Record<string, string | number>} [attributes] @param {...Child} children @returns {HTMLElement} */
export const html = (name, attributes = {}, ...children) =>
  /** @type {HTMLElement} */ (fill(document.createElement(name), attributes, children));

/** @param {string} text @param {() => void} act @param {Record<string, string | number>} [attributes] @returns {HTMLElement} */
export function button(text, act, attributes = {}) {
  const made = html("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

/** Offers a text to be saved as a file. @param {string} name @param {string} text */
export function save_file(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {string} name @param {Record<string, string | number>} [attributes] @param {...Child} children @returns {Element} */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
