// SPDX-License-Identifier: MIT
/** Layer 5. Tickets, each with an id of its own, and units, which are counted (FORMAT.md, section 6). */
import { parse_time } from "./calendar.js";
import { add_to } from "./pool.js";
import { need } from "./refused.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Ticket} Ticket */
/** @typedef {import("./state.js").TicketClass} TicketClass */

const weight_max = 1_000_000;
const units_limit = 1n << 53n;

/** @param {Ticket} ticket @returns {{from: number, holder: string | null}} */
const last_move = (ticket) => ticket.moves[ticket.moves.length - 1];

/** The loan is a pair of moves, the ticket's last ones. @param {Ticket} ticket @param {number} when */
const is_lent = ({ loan, moves }, when) =>
  loan !== null && loan === moves.length - 2 && moves[loan].from <= when && when < moves[loan + 1].from;

/** @param {TicketClass} group @param {string} member @param {bigint} number @throws cap_exceeded */
function need_under_cap(group, member, number) {
  need(group.per_member === null || (group.given.get(member) ?? 0n) + number <= group.per_member, "cap_exceeded", member);
}

/** @param {TicketClass} group @param {bigint} number @throws supply_exceeded */
function need_supply(group, number) {
  need(group.supply === null || group.minted + number <= group.supply, "supply_exceeded", "supply");
}

/** @param {TicketClass} group @param {any} line @throws not_transferable, unauthorised */
function need_movable(group, line) {
  need(group.transfer !== "locked", "not_transferable", "locked");
  need(group.transfer !== "executive" || line.voice === "operator", "unauthorised", "executive");
}

/** @param {State} state @param {string} id @returns {Ticket} @throws no_such_ticket */
function ticket_named(state, id) {
  const found = state.tickets.get(id);
  need(found, "no_such_ticket", id);
  return /** @type {Ticket} */ (found);
}

/** @param {State} state @param {any} line @returns {Ticket} that `from` may give away now */
function held_ticket(state, line) {
  const ticket = ticket_named(state, line.ticket);
  const { from, holder } = last_move(ticket);
  need(holder !== null, "ticket_burned", line.ticket);
  for (const name of [line.from, line.to ?? line.from]) state.member(name);
  need(holder === line.from, "not_holder", line.from);
  state.need_no_estate(line.from, state.when);
  need(!is_lent(ticket, state.when), "ticket_lent", line.ticket);
  need(state.when >= from, "before_last_move", line.ticket);
  state.need_open();
  return ticket;
}

/** @param {State} state @param {any} line @returns {{ticket: Ticket, group: TicketClass}} */
function moving_ticket(state, line) {
  need(line.from !== line.to, "self_transfer", line.to);
  const ticket = held_ticket(state, line);
  const group = state.class_named(ticket.class);
  need_movable(group, line);
  state.need_holders(group, line.from, line.to);
  return { ticket, group };
}

/** @param {State} state @param {any} line @returns {{group: TicketClass, number: bigint}} of a line about units */
function units_line(state, line) {
  need(!state.unit_lines.has(line.id), "conflict", line.id);
  const group = state.class_named(line.class);
  need(group.form === "units", "wrong_class", line.class);
  need(line.units > 0, "bad_number", "no units");
  for (const field of ["from", "to"]) if (field in line) state.member(line[field]);
  return { group, number: BigInt(line.units) };
}

/** @param {State} state @param {any} line @throws balance_exceeded */
const need_units = (state, line) =>
  need(state.units_of(line.from, line.class) >= BigInt(line.units), "balance_exceeded", line.from);

/** @param {State} state @param {any} line @param {...string} names @throws before_last_move, period_closed */
function need_in_order(state, line, ...names) {
  for (const name of names) {
    const last = state.units.get(`${line.class} ${name}`)?.moves.at(-1)?.from ?? 0;
    need(state.when >= last, "before_last_move", name);
  }
  state.need_open();
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const ticket_lines = {
  "ticket.class": (state, line) => {
    need(!state.classes.has(line.class), "conflict", line.class);
    need(line.weight <= weight_max, "too_large", "weight");
    const limit = (/** @type {string} */ field) => (field in line ? BigInt(line[field]) : null);
    state.classes.set(line.class, { weight: BigInt(line.weight), transfer: line.transfer, form: line.form ?? "ticket",
      supply: limit("supply"), per_member: limit("per_member"), minted: 0n, given: new Map() });
  },
  "ticket.mint": (state, line) => {
    const group = state.class_named(line.class);
    need(!state.tickets.has(line.ticket), "ticket_exists", line.ticket);
    state.need_holders(group, line.to);
    need_supply(group, 1n);
    state.need_open();
    need(group.form === "ticket", "wrong_class", line.class);
    need_under_cap(group, line.to, 1n);
    add_to(group.given, line.to, 1n);
    group.minted += 1n;
    state.tickets.set(line.ticket, { class: line.class, moves: [{ from: state.when, holder: line.to }], loan: null });
  },
  "ticket.transfer": (state, line) => {
    const { ticket, group } = moving_ticket(state, line);
    need_under_cap(group, line.to, 1n);
    add_to(group.given, line.to, 1n);
    ticket.moves.push({ from: state.when, holder: line.to });
  },
  "ticket.lend": (state, line) => {
    const { ticket } = moving_ticket(state, line);
    const until = /** @type {number} */ (parse_time(line.until));
    need(until > state.when, "bad_deadline", line.until);
    ticket.moves.push({ from: state.when, holder: line.to }, { from: until, holder: line.from });
    ticket.loan = ticket.moves.length - 2;
  },
  "ticket.return": (state, line) => {
    const ticket = ticket_named(state, line.ticket);
    state.member(line.from);
    need(is_lent(ticket, state.when), "not_lent", line.ticket);
    need(ticket.moves[ticket.moves.length - 2].holder === line.from, "not_holder", line.from);
    state.need_open();
    last_move(ticket).from = state.when;
    ticket.loan = null;
  },
  "ticket.burn": (state, line) => {
    held_ticket(state, line).moves.push({ from: state.when, holder: null });
  },
  "units.mint": (state, line) => {
    const { group, number } = units_line(state, line);
    state.need_holders(group, line.to);
    need_supply(group, number);
    need_under_cap(group, line.to, number);
    need_in_order(state, line, line.to);
    need(group.minted + number < units_limit, "too_large", "units");
    group.minted += number;
    add_to(group.given, line.to, number);
    state.change_units(line.to, line.class, number, state.when);
    state.unit_lines.add(line.id);
  },
  "units.move": (state, line) => {
    need(line.from !== line.to, "self_transfer", line.to);
    const { group, number } = units_line(state, line);
    need_movable(group, line);
    state.need_holders(group, line.from, line.to);
    state.need_no_estate(line.from, state.when);
    need_units(state, line);
    need_under_cap(group, line.to, number);
    need_in_order(state, line, line.from, line.to);
    add_to(group.given, line.to, number);
    state.change_units(line.from, line.class, -number, state.when);
    state.change_units(line.to, line.class, number, state.when);
    state.unit_lines.add(line.id);
  },
  "units.burn": (state, line) => {
    const { number } = units_line(state, line);
    state.need_no_estate(line.from, state.when);
    need_units(state, line);
    need_in_order(state, line, line.from);
    state.change_units(line.from, line.class, -number, state.when);
    state.unit_lines.add(line.id);
  },
};
