// SPDX-License-Identifier: MIT
/**
 * Layer 1. Shapes: what a value of FORMAT.md may look like. A shape is a function that takes a value that canonical.js
 * read, and the place where it stands, and throws what it is refused with.
 * @typedef {(value: any, place: string) => void} Shape
 */
import { month_max, month_min, month_number, parse_offset, parse_time } from "./calendar.js";
import { is_ed25519_key, is_x_coordinate } from "./keys.js";
import { need } from "./refused.js";

/** @param {any} value */
export const is_object = (value) => typeof value === "object" && !Array.isArray(value);

/** @param {RegExp} pattern @param {string} code @returns {Shape} a text that matches all of it */
export const text_like = (pattern, code) => (value, place) => {
  text(value, place);
  need(pattern.test(value), code, place);
};

/** @type {Shape} */
export const text = (value, place) => {
  need(typeof value !== "number", "number_must_be_string", place);
  need(typeof value === "string", "wrong_type", place);
};

/** @type {Shape} */
export const any = () => {};
/** Whatever is in it has names of its own. @type {Shape} */
export const any_object = (value, place) => need(is_object(value), "wrong_type", place);
export const id = text_like(/^[a-z0-9._-]{1,64}$/, "bad_id");
export const hash = text_like(/^[0-9a-f]{64}$/, "bad_hex");
export const fraction = text_like(/^[0-9a-f]{16}$/, "bad_hex");
export const code = text_like(/^[A-Z0-9]{1,12}$/, "bad_currency");
export const pool_purse = text_like(/^pool:[a-z0-9._-]{1,64}$/, "bad_id");
export const purse = text_like(/^((pool|work):[a-z0-9._-]{1,64}|dao:[0-9a-f]{64})$/, "bad_id");
export const partner = text_like(/^dao:[0-9a-f]{64}$/, "bad_hex");
/** By a key in 64 bytes, or by a wallet in 65. */
export const signature = text_like(/^([0-9a-f]{2}){64,65}$/, "bad_hex");

/** @type {Shape} */
export const flag = (value, place) => need(typeof value === "boolean", "wrong_type", place);

/** @type {Shape} */
export const count = (value, place) => {
  need(typeof value === "number", "wrong_type", place);
  need(value >= 0, "negative", place);
};

const amount_limit = 1n << 127n;

/** @type {Shape} */
export const amount = (value, place) => {
  text(value, place);
  need(value !== "", "empty_number", place);
  need(!/^-/.test(value), "negative", place);
  need(/^[0-9]+$/.test(value), "bad_digit", place);
  need(value === "0" || value[0] !== "0", "leading_zero", place);
  need(value.length <= 39 && BigInt(value) < amount_limit, "amount_too_large", place);
};

/** @type {Shape} */
export const time = (value, place) => {
  text(value, place);
  need(parse_time(value) !== null, "bad_time", place);
};

const is_month = /^[0-9]{4}-(0[1-9]|1[0-2])$/;

/** @type {Shape} */
export const period = (value, place) => {
  text(value, place);
  need(is_month.test(value), "bad_period", place);
  need(month_number(value) >= month_min && month_number(value) <= month_max, "bad_period", place);
};

/** @type {Shape} */
export const offset = (value, place) => {
  text(value, place);
  need(/^[-+][0-9]{2}:[0-5][0-9]$/.test(value) && value !== "-00:00", "bad_offset", place);
  need(Math.abs(parse_offset(value)) <= 14 * 3600, "bad_offset", place);
};

const x_coordinate = text_like(/^bip340:[0-9a-f]{64}$/, "bad_hex");
const address = text_like(/^eth:0x[0-9a-f]{40}$/, "bad_hex");

/** A steward's key: 64 hexadecimal digits for BIP-340, `eth:0x` and 40, or `ed25519:` and 64. @type {Shape} */
export const steward_key = (value, place) => {
  text(value, place);
  if (value.startsWith("eth:")) return address(value, place);
  const of_ed25519 = value.startsWith("ed25519:");
  const hex = of_ed25519 ? value.slice("ed25519:".length) : value;
  hash(hex, place);
  need(of_ed25519 ? is_ed25519_key(hex) : is_x_coordinate(hex), "bad_pubkey", place);
};

/** @type {Shape} */
export const wallet = (value, place) => {
  text(value, place);
  need(value.startsWith("eth:"), "bad_choice", place);
  address(value, place);
};

/** @type {Shape} */
export const speakers_key = (value, place) => {
  text(value, place);
  if (!value.startsWith("bip340:")) return wallet(value, place);
  x_coordinate(value, place);
  need(is_x_coordinate(value.slice("bip340:".length)), "bad_pubkey", place);
};

/** @param {...string} words @returns {Shape} */
export const word = (...words) => (value, place) => {
  text(value, place);
  need(words.includes(value), "bad_choice", place);
};

/** @param {Shape} shape @returns {Shape} */
export const array = (shape) => (value, place) => {
  need(Array.isArray(value), "wrong_type", place);
  for (const [index, one] of value.entries()) shape(one, `${place}[${index}]`);
};

/** @param {Shape} shape of the values @param {Shape} [key] of the keys @returns {Shape} */
export const map = (shape, key = id) => (value, place) => {
  need(is_object(value), "wrong_type", place);
  for (const name of Object.keys(value)) {
    key(name, place);
    shape(value[name], `${place}.${name}`);
  }
};

/** @param {Shape} one @param {Shape} other @param {(value: any) => boolean} is_one @returns {Shape} */
export const either = (one, other, is_one) => (value, place) => (is_one(value) ? one : other)(value, place);

/**
 * An object with exactly these fields; a name that ends in `?` may be absent. The first of them that is missing or malformed is
 * refused before any that is unknown.
 * @param {Record<string, Shape>} fields
 * @param {(name: string) => boolean} [is_known] other fields that may be there
 * @returns {Shape}
 */
export function object(fields, is_known = () => false) {
  /** @type {Map<string, {shape: Shape, optional: boolean}>} */
  const named = new Map(Object.entries(fields).map(([name, shape]) =>
    [name.replace(/\?$/, ""), { shape, optional: name.endsWith("?") }]));
  return (value, place) => {
    need(is_object(value), "wrong_type", place);
    for (const [name, { shape, optional }] of named) {
      need(optional || name in value, "missing_field", `${place}.${name}`);
      if (name in value) shape(value[name], `${place}.${name}`);
    }
    for (const name of Object.keys(value)) need(named.has(name) || is_known(name), "unknown_field", `${place}.${name}`);
  };
}

/** @param {Shape} shape @param {any} value @returns {boolean} */
export function fits(shape, value) {
  try {
    shape(value, "");
    return true;
  } catch {
    return false;
  }
}
