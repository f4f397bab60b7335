// SPDX-License-Identifier: MIT
/** Layer 5. Members, their keys, and who brought whom (FORMAT.md, section 6). */
import { to_hex } from "./bytes.js";
import { day_s } from "./calendar.js";
import { log_root } from "./merkle.js";
import { need } from "./refused.js";
import { is_active } from "./state.js";

/** @typedef {import("./state.js").State} State */

const keys_max = 100;
const key_wait_s = 7 * day_s;

/** @param {State} state @param {string} name @param {import("./state.js").Member["stays"]} stays */
function add_member(state, name, stays) {
  state.members.set(name, { stays, last_move: stays[0]?.from ?? 0, debts: new Map(), died: false, nonce: 0, keys: 0,
    brought_by: null, will: null });
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const member_lines = {
  "member.join": (state, { member }) => {
    need(!state.members.has(member), "already_member", member);
    state.need_open();
    add_member(state, member, [{ from: state.when, until: null }]);
  },
  "member.guest": (state, { member }) => {
    need(!state.members.has(member), "already_member", member);
    add_member(state, member, []);
  },
  "member.leave": (state, line) => {
    const member = state.member(line.member);
    need(is_active(member), "not_member", line.member);
    need(state.when >= member.last_move, "before_last_move", line.member);
    state.need_open();
    member.stays[member.stays.length - 1].until = member.last_move = state.when;
  },
  "member.rejoin": (state, line) => {
    const member = state.member(line.member);
    need(!is_active(member), "already_member", line.member);
    need(!member.died, "not_member", line.member);
    need(state.when >= member.last_move, "before_last_move", line.member);
    state.need_open();
    member.stays.push({ from: state.when, until: null });
    member.last_move = state.when;
  },
  "member.key": (state, line) => {
    const member = state.member(line.member);
    need(!member.died, "not_member", line.member);
    need(!state.keys.has(line.public_key), "conflict", line.public_key);
    need(member.keys < keys_max, "too_many", "keys");
    const at_once = member.keys === 0 || line.voice === "signed";
    member.keys += 1;
    state.keys.set(line.public_key, { member: line.member, from: state.at + (at_once ? 0 : key_wait_s), ended: false });
  },
  "member.key.end": (state, line) => {
    state.member(line.member);
    const key = state.keys.get(line.public_key);
    need(key?.member === line.member && !key?.ended, "no_such_key", line.public_key);
    if (key) key.ended = true;
  },
  "attest": (state, { member, first, last, root }) => {
    state.member(member);
    const waiting = state.unattested.get(member) ?? new Map();
    const seqs = [...waiting.keys()].filter((seq) => first <= seq && seq <= last);
    need(seqs.length > 0, "no_such_record", "no unattested lines there");
    need(to_hex(log_root(seqs.map((seq) => waiting.get(seq)))) === root, "root_mismatch", root);
    for (const seq of seqs) waiting.delete(seq);
  },
  "introduction": (state, { by, member }) => {
    state.member(by);
    const brought = state.member(member);
    need(brought.brought_by === null, "introduced", member);
    for (let above = /** @type {string | null} */ (by); above !== null; above = state.member(above).brought_by) {
      need(above !== member, "introduced", "a circle");
    }
    brought.brought_by = by;
  },
};
