// SPDX-License-Identifier: MIT
/**
 * Layer 0. Canonical JSON (FORMAT.md, section 2): a strict reader and the writer.
 * A value is a boolean, an integer within ±(2^53 − 1), a text, an array, or an object without a prototype.
 */
import { as_text, is_same, utf8 } from "./bytes.js";
import { need } from "./refused.js";

const depth_max = 16;

/** @param {any} value @returns {string} its one canonical spelling */
export function to_json(value) {
  if (Array.isArray(value)) return `[${value.map(to_json).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${to_json(value[key])}`);
  return `{${fields.join(",")}}`;
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const half = "\ud800"; // half a character: no UTF-8 spells it

/** @param {Uint8Array} bytes @returns {string} with half a character in the place of what is no UTF-8, so that the first error wins */
function text_or_halves(bytes) {
  try {
    return as_text(bytes);
  } catch {
    return lossy.decode(bytes).replaceAll("\ufffd", half);
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {any}
 * @throws bad_utf8, bad_json, duplicate_key, too_deep, bad_number, missing_field (null): the first of them; then not_canonical
 */
export function parse_json(bytes) {
  const value = new Reader(text_or_halves(bytes)).document();
  need(is_same(utf8(to_json(value)), bytes), "not_canonical", "written again it differs");
  return value;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  document() {
    const value = this.value(0);
    this.skip_space();
    need(this.at === this.text.length, "bad_json", "more after the value");
    return value;
  }

  skip_space() {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  /** @param {string} character */
  take(character) {
    const there = this.text[this.at] === character;
    if (there) this.at += 1;
    return there;
  }

  /** @param {string} character */
  expect(character) {
    this.skip_space();
    need(this.take(character), "bad_json", `${character} is missing`);
  }

  /** @param {number} depth how many arrays and objects are around it @returns {any} */
  value(depth) {
    this.skip_space();
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      need(depth < depth_max, "too_deep", "nested more than 16 deep");
      return first === "{" ? this.object(depth) : this.array(depth);
    }
    if (first === '"') return this.string();
    for (const [word, value] of /** @type {const} */ ([["true", true], ["false", false]])) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    need(!this.text.startsWith("null", this.at), "missing_field", "null");
    return this.integer();
  }

  /** @param {number} depth */
  object(depth) {
    const found = Object.create(null);
    /** @type {string | null} */
    let twice = null;
    this.expect("{");
    this.skip_space();
    if (this.take("}")) return found;
    do {
      this.skip_space();
      need(this.text[this.at] === '"', "bad_json", "a key is missing");
      const key = this.string();
      need(/^[\x01-\x7f]*$/.test(key), "bad_json", "a key is not ASCII");
      if (key in found) twice ??= key;
      this.expect(":");
      found[key] = this.value(depth + 1);
      this.skip_space();
    } while (this.take(","));
    this.expect("}");
    need(twice === null, "duplicate_key", twice);
    return found;
  }

  /** @param {number} depth */
  array(depth) {
    /** @type {any[]} */
    const found = [];
    this.expect("[");
    this.skip_space();
    if (this.take("]")) return found;
    do {
      found.push(this.value(depth + 1));
      this.skip_space();
    } while (this.take(","));
    this.expect("]");
    return found;
  }

  string() {
    this.at += 1;
    let found = "";
    for (;;) {
      plain_run.lastIndex = this.at;
      const [run] = /** @type {RegExpExecArray} */ (plain_run.exec(this.text));
      need(!/\p{Surrogate}/u.test(run), "bad_utf8", "no UTF-8");
      found += run;
      this.at += run.length;
      const next = this.text[this.at];
      this.at += 1;
      if (next === '"') return found;
      need(next !== "\0", "bad_utf8", "U+0000");
      need(next === "\\", "bad_json", next === undefined ? "the text ends inside a string" : "a control character");
      found += this.escape();
    }
  }

  escape() {
    const letter = this.text[this.at] ?? "";
    this.at += 1;
    if (letter in escapes) return escapes[letter];
    need(letter === "u", "bad_json", "no such escape");
    let unit = this.unit();
    if (unit >= "\ud800" && unit < "\udc00" && this.text.startsWith("\\u", this.at)) {
      this.at += 2;
      unit += this.unit();
    }
    need(!/\0|\p{Surrogate}/u.test(unit), "bad_utf8", "U+0000 or half a character");
    return unit;
  }

  /** What four hexadecimal digits stand for. */
  unit() {
    const digits = this.text.slice(this.at, this.at + 4);
    need(/^[0-9a-fA-F]{4}$/.test(digits), "bad_json", "four hexadecimal digits");
    this.at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  integer() {
    need(/[-0-9]/.test(this.text[this.at] ?? ""), "bad_json", "a value is missing");
    digits_run.lastIndex = this.at;
    const [number] = /** @type {RegExpExecArray} */ (digits_run.exec(this.text));
    this.at += number.length;
    need(/^(0|-?[1-9][0-9]*)$/.test(number) && Number.isSafeInteger(Number(number)), "bad_number", "no integer within 2^53");
    return Number(number);
  }
}

const plain_run = /[^"\\\x00-\x1f]*/y;
const digits_run = /-?[0-9]*(?:[.eE]|)/y;
/** @type {Record<string, string>} */
const escapes = Object.assign(Object.create(null), { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" });
