// SPDX-License-Identifier: MIT
/** Layer 5. Wills, proposals of every sort, and objections (FORMAT.md, section 6). */
import { day_s, month_number, month_of, month_start, parse_time } from "./calendar.js";
import { from_hex, to_hex, utf8 } from "./bytes.js";
import { to_json } from "./canonical.js";
import { check_following, check_rules } from "./charter.js";
import { H } from "./hash.js";
import { signs_change } from "./stewards.js";
import { add_to } from "./pool.js";
import { need } from "./refused.js";
import { is_active } from "./state.js";
import { order_of_names, sum_of } from "./whole.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Proposal} Proposal */

const records_max = 1000;
const stewards_max = 256;
const days_max = 3660;
const charter_months_max = 24;
const amount_limit = 1n << 64n;

/** @param {State} state @param {string} id @param {string} [does] absent: anything @returns {Proposal} an open one */
function open_proposal(state, id, does) {
  const found = state.proposals.get(id);
  need(found?.state === "open" && (!does || found.does === does), "no_such_proposal", id);
  return /** @type {Proposal} */ (found);
}

/** @param {any} set @throws too_many, conflict, bad_threshold */
export function check_stewards({ stewards, threshold }) {
  need(stewards.length <= stewards_max, "too_many", "stewards");
  const names = stewards.map((/** @type {any} */ steward) => steward.name);
  need(names.every((/** @type {string} */ name, /** @type {number} */ at) => at === 0 || names[at - 1] < name), "conflict", "names ascend");
  need(new Set(stewards.map((/** @type {any} */ steward) => steward.key)).size === stewards.length, "conflict", "a key twice");
  need(threshold > 0 && threshold <= stewards.length && 2 * threshold > stewards.length, "bad_threshold", `${threshold} of ${stewards.length}`);
}

// ---- Charters

/** @param {State} state @param {string} id @throws conflict */
function need_new_charter(state, id) {
  need(!state.charters.some((charter) => charter.id === id), "conflict", id);
}

/** @param {State} state @param {any} fresh {from, id, rules} @param {number} at when it would begin to be there */
function check_charter(state, fresh, at) {
  need_new_charter(state, fresh.id);
  check_rules(fresh.rules);
  const start = month_number(fresh.from);
  need(start <= month_of(at, state.offset) + charter_months_max, "future_period", fresh.from);
  const last = state.charters.at(-1);
  if (last) need(month_start(start, state.offset) > at && start > last.from, "charter_too_late", fresh.from);
  check_following(fresh.rules, last?.rules ?? {}, start, { own: state.own_currency, declared: (code) => state.books.has(code),
    dao_id: state.dao_id() });
}

/** @param {State} state @param {any} fresh */
function add_charter(state, { from, id, rules }) {
  state.charters.push({ id, from: month_number(from), rules, hash: to_hex(H(utf8(to_json(rules)))) });
}

// ---- Wills

/** @param {any[]} heirs @returns {string[]} all that are named */
const names_of = (heirs) => heirs.flatMap((heir) => [heir.member, ...names_of(heir.heirs ?? [])]);

/** @param {any[]} heirs @param {number} whole @param {number} generation @returns {boolean} whether parts add up, four deep at most */
const parts_fit = (heirs, whole, generation) =>
  generation <= 4 && sum_of(heirs.map(({ parts }) => BigInt(parts))) === BigInt(whole)
  && heirs.every((heir) => heir.parts >= 1 && (!heir.heirs || parts_fit(heir.heirs, heir.parts, generation + 1)));

/** @param {State} state @param {any} line */
function check_will(state, { member, executors, heirs, needed, wait_days, whole }) {
  const writer = state.member(member);
  const named = names_of(heirs);
  for (const name of [...named, ...executors]) state.member(name);
  state.need_no_estate(member);
  const is_once = (/** @type {string[]} */ names) => new Set(names).size === names.length && !names.includes(member);
  need(whole >= 1 && whole <= 1_000_000_000 && parts_fit(heirs, whole, 1), "bad_will", "parts");
  need(named.length <= 100 && is_once(named), "bad_will", "heirs");
  need(executors.length >= 1 && executors.length <= 20 && is_once(executors), "bad_will", "executors");
  need(needed >= 1 && needed <= executors.length && wait_days >= 1 && wait_days <= days_max, "bad_will", "needed or wait_days");
  need(!writer.died, "not_member", member);
}

/** @param {State} state @param {any} what @param {Proposal} proposal */
function execute_estate(state, { member: dead }, { signed }) {
  const member = state.member(dead);
  need(signed.size >= member.will.needed, "consent_missing", "executors");
  const is_disputed = [...state.books.values()].some((books) => books.disputes.some((one) => one.member === dead));
  need(!is_disputed, "disputed", dead);
  const heirs = state.living_heirs(member.will.heirs);
  need(heirs.size > 0, "no_eligible", dead);
  for (const books of state.books.values()) {
    const owed = books.owed_to(dead);
    books.owed.delete(dead);
    for (const [name, amount] of state.inherited(owed, heirs)) books.receive(name, amount);
  }
  for (const group of state.classes.keys()) {
    const units = state.units_of(dead, group);
    if (units > 0n) {
      state.change_units(dead, group, -units, state.at);
      for (const [name, number] of state.inherited(units, heirs)) if (number > 0n) state.change_units(name, group, number, state.at);
    }
    const tickets = [...state.tickets].filter(([, ticket]) => ticket.class === group && ticket.moves.at(-1)?.holder === dead)
      .sort(([a], [b]) => order_of_names(a, b)).map(([, ticket]) => ticket);
    const numbers = state.inherited(BigInt(tickets.length), heirs);
    const owners = [...heirs.keys()].flatMap((name) => Array(Number(numbers.get(name) ?? 0n)).fill(name));
    for (const [at, { moves }] of tickets.entries()) {
      const last = moves[moves.length - 1];
      if (last.from > state.at) last.holder = owners[at]; // it is lent, and comes back to the heir
      else moves.push({ from: state.at, holder: owners[at] });
    }
  }
  if (is_active(member)) member.stays[member.stays.length - 1].until = member.last_move = state.at;
  member.died = true;
}

// ---- What proposals do

/** @param {State} state @param {string[]} records @throws no_such_record */
function need_unpaid(state, records) {
  need(records.length > 0 && new Set(records).size === records.length, "no_such_record", "none, or one twice");
  for (const id of records) need(state.contributions.get(id)?.unpaid, "no_such_record", id);
}

/** @param {State} state @param {Proposal} proposal @throws consent_missing */
function need_consent(state, { does, signed, objected }) {
  const [first, second] = state.consent_to(does).sign ?? [0, 1];
  const active = [...state.members].filter(([, member]) => is_active(member)).map(([name]) => name);
  const among = (/** @type {Set<string>} */ names) => BigInt(active.filter((name) => names.has(name)).length);
  need(among(signed) * BigInt(second) >= BigInt(active.length) * BigInt(first) + among(objected) * BigInt(second), "consent_missing");
}

/**
 * What each sort of proposal is refused for when it is opened, and what it does when it takes effect.
 * @type {Record<string, {check: (state: State, what: any, proposal: Proposal) => void,
 *   execute: (state: State, what: any, proposal: Proposal) => void}>}
 */
const sorts = {
  charter: {
    check: (state, what, { until }) => check_charter(state, what, until),
    execute: (state, what, proposal) => {
      need_consent(state, proposal);
      check_charter(state, what, state.at);
      add_charter(state, what);
    },
  },
  estate: {
    check: (state, { member }, { by, signed }) => {
      need(!state.announced(member), "conflict", "it is announced");
      const { will } = state.member(member);
      need(will, "no_such_will", member);
      need(will.executors.includes(by), "unauthorised", by);
      signed.add(/** @type {string} */ (by));
    },
    execute: execute_estate,
  },
  pledges: {
    check: (state, { currency, threshold, work }) => {
      state.books_of(currency);
      state.need_work_goes_on(work);
      need(threshold !== "0", "bad_number", "threshold");
    },
    execute: (state, { currency, threshold, work }, { pledged }) => {
      const books = state.books_of(currency);
      const whole = sum_of(pledged.values());
      need(whole >= BigInt(threshold), "threshold_missed", `${whole}`);
      const backing = books.backing.get(work) ?? new Map();
      need(sum_of(backing.values()) + whole < amount_limit, "amount_too_large", "backing");
      books.receive(`work:${work}`, whole);
      for (const [name, amount] of pledged) add_to(backing, name, amount);
      books.backing.set(work, backing);
    },
  },
  recognise: {
    check: (state, { records }) => {
      need(records.length <= records_max, "too_many", "records");
      need_unpaid(state, records);
    },
    execute: (state, { records }, proposal) => {
      need_consent(state, proposal);
      need_unpaid(state, records);
      for (const id of records) Object.assign(state.contributions.get(id), { unpaid: false, waits: true });
    },
  },
  stewards: {
    check: (_, what) => check_stewards(what),
    execute: (state, what, { signed }) => {
      const { stewards, threshold } = state.steward_sets[state.steward_sets.length - 1];
      need(stewards.filter(({ name }) => signed.has(name)).length >= threshold, "consent_missing", "stewards");
      state.steward_sets.push({ from: state.seq, ...what });
      for (const other of state.proposals.values()) if (other.does === "stewards") other.signed.clear();
    },
  },
};

/** @param {State} state @param {any} line an objection or its withdrawal @returns {{draft: any, proposal: Proposal | null}} what it is about */
function objection_to(state, { id }) {
  const draft = state.drafts.get(id);
  if (!draft) return { draft: null, proposal: open_proposal(state, id) };
  need(draft.state === "open", "no_such_draft", id);
  return { draft, proposal: null };
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const proposal_lines = {
  "charter": (state, line) => {
    need_new_charter(state, line.id);
    need(!("days" in state.consent_to("charter")), "consent_missing", "a proposal takes its place");
    check_charter(state, line, state.at);
    add_charter(state, line);
  },
  "will": (state, line) => {
    check_will(state, line);
    state.member(line.member).will = line;
  },
  "will.alive": (state, { member }) => {
    state.member(member);
    const announced = state.announced(member);
    need(announced, "no_such_proposal", member);
    if (announced) announced.state = "cancelled";
  },

  "propose": (state, line) => {
    need(!state.proposals.has(line.id) && !state.drafts.has(line.id), "conflict", line.id);
    const [does, ...others] = Object.keys(sorts).filter((word) => word in line);
    need(does, "missing_field", "it does nothing");
    need(others.length === 0, "unknown_field", "it does more than one thing");
    const { by, [does]: what } = line;
    if (by !== undefined) state.member(by);
    const will = does === "estate" ? state.member(what.member).will : null;
    need(by === undefined || does === "estate" || is_active(state.member(by)), "not_member", by);
    const until = /** @type {number} */ (parse_time(line.until));
    const days = will?.wait_days ?? state.consent_to(does).days ?? 0;
    need(state.at < until && until <= state.at + days_max * day_s && until >= state.at + days * day_s, "bad_deadline", line.until);
    /** @type {Proposal} */
    const proposal = { does, what, by, until, when: state.when, leaf: state.leaf, signed: new Set(), objected: new Set(),
      pledged: new Map(), state: "open" };
    sorts[does].check(state, what, proposal);
    state.proposals.set(line.id, proposal);
  },
  "sign": (state, line) => {
    const proposal = open_proposal(state, line.id);
    need(state.at < proposal.until, "too_late", line.id);
    const of_stewards = proposal.does === "stewards";
    const [wanted, unwanted] = of_stewards ? [["steward", "steward_signature"], ["by"]] : [["by"], ["steward", "steward_signature"]];
    for (const field of unwanted) need(!(field in line), "unknown_field", field);
    for (const field of wanted) need(field in line, "missing_field", field);
    if (of_stewards) {
      const steward = state.steward_sets[state.steward_sets.length - 1].stewards.find(({ name }) => name === line.steward);
      need(steward, "not_a_steward", line.steward);
      need(steward && signs_change(steward.key, state.leaves[0], proposal.leaf, from_hex(line.steward_signature)), "bad_signature",
        line.steward);
    } else {
      const member = state.member(line.by);
      need(proposal.does !== "pledges", "unauthorised", "pledges are not signed");
      if (proposal.does === "estate") need(state.member(proposal.what.member).will.executors.includes(line.by), "unauthorised", line.by);
      else need(is_active(member), "not_member", line.by);
    }
    const name = of_stewards ? line.steward : line.by;
    need(!proposal.signed.has(name), "conflict", name);
    proposal.signed.add(name);
  },
  "cancel": (state, { id, by }) => {
    const proposal = open_proposal(state, id);
    if (by !== undefined) state.member(by);
    need(by === undefined ? proposal.does !== "estate" : by === proposal.by, "unauthorised", by);
    proposal.state = "cancelled";
    for (const [name, amount] of proposal.pledged) state.owe(state.books_of(proposal.what.currency), name, amount);
  },
  "execute": (state, { id }) => {
    const proposal = open_proposal(state, id);
    if (proposal.does === "stewards") need(state.at < proposal.until, "too_late", id);
    else need(state.at >= proposal.until, "too_early", id);
    sorts[proposal.does].execute(state, proposal.what, proposal);
    proposal.state = "executed";
  },
  "pledge": (state, line) => {
    need(!state.pledges.has(line.id), "conflict", line.id);
    const { until, what, pledged } = open_proposal(state, line.round, "pledges");
    state.member(line.member);
    need(state.at < until, "too_late", line.round);
    state.need_work_goes_on(what.work);
    const amount = BigInt(line.amount);
    need(amount > 0n, "bad_number", "nothing");
    state.check_evidence(line);
    need(sum_of(pledged.values()) + amount < amount_limit, "amount_too_large", "the round");
    state.books_of(what.currency).add_total(amount);
    state.keep_evidence(line);
    state.pledges.add(line.id);
    add_to(pledged, line.member, amount);
  },

  "object": (state, line) => {
    const member = state.member(line.by);
    need(is_active(member) || line.line === line.by, "not_member", line.by);
    const { draft, proposal } = objection_to(state, line);
    need(proposal || "line" in line, "missing_field", "line");
    need(draft || !("line" in line), "unknown_field", "line");
    if (draft) {
      state.member(line.line);
      const { consent } = state.charter_of(draft.month).rules;
      if (consent?.draft) need(state.at < draft.at + consent.draft.days * day_s, "too_late", "the draft");
      const key = `${line.line} ${line.by}`;
      need(!draft.objected.has(key), "conflict", line.by);
      draft.objected.set(key, { line: line.line, by: line.by });
    } else if (proposal) {
      need(state.at < proposal.until, "too_late", "the proposal");
      need(!proposal.objected.has(line.by), "conflict", line.by);
      proposal.objected.add(line.by);
    }
  },
  "withdraw": (state, line) => {
    state.member(line.by);
    const { draft, proposal } = objection_to(state, line);
    need(draft || !("line" in line), "unknown_field", "line");
    if (draft) {
      need(draft.objected.delete(`${line.line} ${line.by}`), "no_such_record", line.by);
    } else if (proposal) {
      const records = proposal.does === "stewards" ? [proposal.objected] : [proposal.signed, proposal.objected];
      need(records.some((names) => names.has(line.by)), "no_such_record", line.by);
      need(state.at < proposal.until, "too_late", "the proposal");
      for (const names of records) names.delete(line.by);
    }
  },
  "dispute.settle": (state, { draft, line, outcome }) => {
    need(state.drafts.has(draft), "no_such_draft", draft);
    state.member(line);
    const is_it = (/** @type {{draft: string, member: string}} */ one) => one.draft === draft && one.member === line;
    need([...state.books.values()].some((books) => books.disputes.some(is_it)), "no_such_record", line);
    for (const books of state.books.values()) {
      const amount = sum_of(books.disputes.filter(is_it).map((one) => one.amount));
      books.disputes = books.disputes.filter((one) => !is_it(one));
      if (outcome === "returned" && amount > 0n) {
        add_to(books.owed, line, -amount);
        books.wait(state.open_month(), amount);
      }
    }
  },
};
