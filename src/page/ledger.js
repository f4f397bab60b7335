// SPDX-License-Identifier: MIT
/** Layer 6. A ledger is read line by line and refused at the first line that the rules do not allow (FORMAT.md, section 4). */
import { Books } from "./books.js";
import { month_max, month_min, month_of, parse_offset, parse_time } from "./calendar.js";
import { claim_verifies } from "./claim.js";
import { actor_of, parse_line, relayed_fields, says_of, signed_fields } from "./events.js";
import { leaf_hash } from "./merkle.js";
import { member_lines } from "./members.js";
import { check_currency, money_lines } from "./money.js";
import { month_lines } from "./months.js";
import { check_stewards, proposal_lines } from "./proposals.js";
import { record_lines } from "./records.js";
import { need, Refused } from "./refused.js";
import { State } from "./state.js";
import { ticket_lines } from "./tickets.js";

/** @type {Record<string, (state: State, line: any) => void>} */
const first_line = {
  "dao": (state, line) => {
    check_currency(line.currency);
    check_stewards(line);
    state.own_currency = line.currency.code;
    state.offset = parse_offset(line.offset);
    state.books.set(line.currency.code, new Books(line.currency.exponent));
    state.steward_sets.push({ from: 0, stewards: line.stewards, threshold: line.threshold });
  },
};

const lines = { ...first_line, ...member_lines, ...ticket_lines, ...record_lines, ...money_lines, ...proposal_lines, ...month_lines };

/** @param {any} line @throws missing_field, unknown_field */
function check_voice(line) {
  for (const [fields, voice] of /** @type {[string[], string][]} */ ([[relayed_fields, "relayed"], [signed_fields, "signed"]])) {
    for (const field of fields) {
      if (line.voice === voice) need(field in line, "missing_field", field);
      else need(!(field in line) || (field === "who" && line.voice === "relayed"), "unknown_field", field);
    }
  }
}

/** @param {State} state @param {any} line @throws unauthorised, signature_required */
function check_speaker(state, line) {
  const [says, actor] = [says_of(line.kind), actor_of(line)];
  const nobody = says.actor_may_lack && actor === undefined;
  const may = { operator: says.operator || nobody, relayed: says.relayed, signed: says.actor.length > 0 && !nobody };
  need(may[/** @type {keyof typeof may} */ (line.voice)], "unauthorised", `${line.kind}, ${line.voice}`);
  need(!("who" in line) || line.who === actor, "unauthorised", line.who);
  need(line.voice === "operator" || !state.members.get(actor ?? "")?.died, "unauthorised", "an actor who has died");
  const wanted = actor !== undefined && state.present_charter()?.rules.signed?.includes(line.kind);
  need(line.voice === "signed" || !(wanted || says.always_signed), "signature_required", line.kind);
}

/** @param {State} state @param {any} line @throws no_such_member, no_such_key, bad_nonce, expired, bad_signature */
function check_claim(state, line) {
  const member = state.member(line.who);
  need(state.speaks(line.key, line.who), "no_such_key", line.key);
  need(line.nonce === member.nonce + 1, "bad_nonce", `${line.nonce} after ${member.nonce}`);
  need(state.at <= /** @type {number} */ (parse_time(line.expires)), "expired", line.expires);
  need(claim_verifies(line, state.leaves[0]), "bad_signature", "the claim");
}

/**
 * Adds a line to the state, or refuses it, which may leave the state half changed: a refused ledger is refused as a whole.
 * @param {State} state
 * @param {Uint8Array} bytes without its newline
 * @returns {any} the line
 */
export function apply_line(state, bytes) {
  const line = parse_line(bytes);
  const at = /** @type {number} */ (parse_time(line.at));
  const when = "on" in line ? /** @type {number} */ (parse_time(line.on)) : at;
  need(line.seq === state.leaves.length, "chain_broken", `line ${state.leaves.length} says that it is line ${line.seq}`);
  need(at >= state.last_at, "time_not_monotone", line.at);
  need(when <= at, "time_in_future", line.on);
  check_voice(line);
  Object.assign(state, { seq: line.seq, at, when, leaf: leaf_hash(bytes) });
  check_speaker(state, line);
  need((line.kind === "dao") === (state.leaves.length === 0), "not_first_line", line.kind);
  const month = month_of(at, 0);
  need(month >= month_min && month <= month_max, "bad_time", line.at);
  if (line.voice === "signed") check_claim(state, line);
  lines[line.kind](state, line);
  const actor = actor_of(line);
  if (line.voice === "signed") state.member(actor ?? "").nonce += 1;
  if (line.voice === "relayed" && actor !== undefined && state.members.has(actor)) {
    if (!state.unattested.has(actor)) state.unattested.set(actor, new Map());
    state.unattested.get(actor)?.set(state.seq, state.leaf);
  }
  state.leaves.push(state.leaf);
  state.last_at = at;
  return line;
}

const newline = 0x0a;

/**
 * Replays a ledger; yields after each line, so that the caller may show how far it has come, or rest.
 * @param {Uint8Array} bytes the file
 * @param {State} state an empty one, which holds the ledger's in the end
 * @returns {Generator<{line: any, bytes_done: number}>}
 * @throws what its first refused line is refused with, with `seq`; truncated
 */
export function* replay(bytes, state) {
  need(bytes.length > 0 && bytes[bytes.length - 1] === newline, "truncated", "the last line is cut off");
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    let line;
    try {
      line = apply_line(state, bytes.subarray(start, end));
    } catch (error) {
      if (error instanceof Refused) error.seq = state.leaves.length;
      throw error;
    }
    start = end + 1;
    yield { line, bytes_done: start };
  }
}
