// SPDX-License-Identifier: MIT
/**
 * Layer 0. Canonical JSON (FORMAT.md, section 2): a strict reader and the writer.
 * A value is a boolean, an integer within ±(2^53 − 1), a text, an array, or an object without a prototype.
 */
import { as_text, is_same, utf8 } from "./bytes.js";
import { need, Refused } from "./refused.js";

const depth_max = 16;

/** @param {any} value @returns {string} its one canonical spelling */
export function to_json(value) {
  if (Array.isArray(value)) return `[${value.map(to_json).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${to_json(value[key])}`);
  return `{${fields.join(",")}}`;
}

/**
 * @param {Uint8Array} bytes
 * @returns {any}
 * @throws bad_utf8, bad_json, duplicate_key, too_deep, bad_number, missing_field (null), not_canonical
 */
export function parse_json(bytes) {
  const value = new Reader(as_text(bytes)).document();
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
    this.expect("{");
    this.skip_space();
    if (this.take("}")) return found;
    do {
      this.skip_space();
      need(this.text[this.at] === '"', "bad_json", "a key is missing");
      const key = this.string();
      need(/^[\x01-\x7f]*$/.test(key), "bad_json", "a key is not ASCII");
      need(!(key in found), "duplicate_key", key);
      this.expect(":");
      found[key] = this.value(depth + 1);
      this.skip_space();
    } while (this.take(","));
    this.expect("}");
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
    const start = this.at;
    this.at += 1;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
    this.at += 1;
    try {
      const text = JSON.parse(this.text.slice(start, this.at));
      need(!/\0|\p{Surrogate}/u.test(text), "bad_utf8", "U+0000 or half a character");
      return text;
    } catch (error) {
      throw error instanceof Refused ? error : new Refused("bad_json", "a text");
    }
  }

  integer() {
    need(/[-0-9]/.test(this.text[this.at] ?? ""), "bad_json", "a value is missing");
    const [number] = /** @type {RegExpExecArray} */ (/^[-+.0-9eE]*/.exec(this.text.slice(this.at, this.at + 64)));
    this.at += number.length;
    need(/^(0|-?[1-9][0-9]*)$/.test(number) && Number.isSafeInteger(Number(number)), "bad_number", "no integer within 2^53");
    return Number(number);
  }
}
