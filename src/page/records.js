// SPDX-License-Identifier: MIT
/** Layer 5. Works and their credits, contributions, segments, and reviews (FORMAT.md, section 6). */
import { month_number, parse_time } from "./calendar.js";
import { to_json } from "./canonical.js";
import { to_hex, utf8 } from "./bytes.js";
import { H } from "./hash.js";
import { need } from "./refused.js";

/** @typedef {import("./state.js").State} State */

const members_max = 1000;
const relations_max = 4;
const ballots_max = 10_000;
const weight_limit = 1n << 64n;

/** @param {State} state @param {Map<string, any>} records @param {any} line */
function confirm(state, records, { id, by }) {
  const record = state.record(records, id);
  state.member(by);
  need(by !== record.member, "self_confirmation", by);
  need(!record.confirmed, "conflict", "it is confirmed");
  record.confirmed = true;
}

/** @param {State} state @param {string} id @returns {any} */
function round_named(state, id) {
  const found = state.reviews.get(id);
  need(found, "no_such_round", id);
  return found;
}

/** @param {any} review @param {string} member @returns {{above: bigint, below: bigint} | null} an exact fraction; null: no result */
function review_result(review, member) {
  let [above, below, weights] = [0n, 1n, 0n];
  for (const relation of Object.keys(review.relations)) {
    const points = [];
    for (const [by, ballot] of review.ballots) {
      const counts = ballot.relation === relation && ballot.scores && by !== member;
      if (counts && (member in ballot.scores || "budget" in review)) points.push(ballot.scores[member] ?? 0);
    }
    const n = points.length;
    if (n === 0 || n < review.raters_min) continue;
    points.sort((a, b) => a - b);
    // Of a median the middle one or two are left.
    const cut = review.method === "trimmed" ? Math.floor(n / 4) : Math.floor((n - 1) / 2);
    const middle = points.slice(cut, n - cut);
    const weight = BigInt(review.relations[relation]);
    const number = BigInt(middle.length);
    above = above * number + weight * BigInt(middle.reduce((sum, one) => sum + one, 0)) * below;
    below *= number;
    weights += weight;
  }
  return weights > 0n ? { above, below: below * weights } : null;
}

/** @type {Record<string, (state: State, line: any) => void>} */
export const record_lines = {
  "work": (state, { work }) => {
    need(!state.works.has(work), "conflict", work);
    state.works.set(work, "making");
  },
  "work.phase": (state, { work, phase }) => {
    state.need_work_goes_on(work);
    state.works.set(work, phase);
  },

  "credit": (state, line) => {
    need(!state.credits.has(line.id), "conflict", line.id);
    state.need_work_goes_on(line.work);
    for (const name of [line.member, line.confirmed ?? line.member]) state.member(name);
    need(line.confirmed !== line.member, "self_confirmation", line.member);
    const last = "last" in line ? month_number(line.last) : null;
    need(last === null || last >= month_number(line.from), "period_out_of_order", line.last);
    state.credits.set(line.id, { work: line.work, member: line.member, role: line.role, from: month_number(line.from), last,
      weight: BigInt(line.weight), confirmed: "confirmed" in line });
  },
  "credit.confirm": (state, line) => confirm(state, state.credits, line),
  "credit.end": (state, line) => {
    const [record, last] = [state.record(state.credits, line.id), month_number(line.last)];
    need(record.last === null || last < record.last, "conflict", line.last);
    const closed = state.last_closed;
    need(closed === null || last >= closed || record.from > closed, "period_closed", line.last);
    record.last = last;
  },

  "contribution.kind": (state, line) => {
    need(!state.kinds.has(line.type), "conflict", line.type);
    state.kinds.set(line.type, { weight: BigInt(line.weight), as: line.as ?? "work" });
  },
  "contribution": (state, line) => {
    need(!state.contributions.has(line.id), "conflict", line.id);
    for (const name of [line.member, line.confirmed ?? line.member]) state.member(name);
    const kind = state.kinds.get(line.type);
    need(kind, "no_such_kind", line.type);
    state.need_begun(line.period);
    need(line.confirmed !== line.member, "self_confirmation", line.member);
    state.check_evidence(line);
    if (line.goods) need(line.points === line.goods.market - line.goods.paid, "wrong_amount", line.points);
    if (line.work) state.need_work(line.work);
    state.keep_evidence(line);
    const { weight, as } = /** @type {{weight: bigint, as: string}} */ (kind);
    const by_row = line.voice === "operator" && line.evidence !== undefined && "row" in line.evidence;
    const unpaid = line.unpaid ?? false;
    state.contributions.set(line.id, { member: line.member, type: line.type, weight, work: line.work ?? null,
      heap: state.heap(line.work ?? null, as), period: month_number(line.period), points: line.points, counted: 0,
      was_counted: false, unpaid, waits: !unpaid, by_row, confirmed: by_row || "confirmed" in line });
  },
  "contribution.confirm": (state, line) => confirm(state, state.contributions, line),
  "contribution.correct": (state, { id, points }) => {
    const record = state.record(state.contributions, id);
    const { debts } = state.member(record.member);
    const fewer = Math.max(0, record.counted - points);
    const debt = (debts.get(record.heap) ?? 0n) + record.weight * BigInt(fewer);
    need(debt < weight_limit, "weight_overflow", "debt");
    if (points > record.points && !record.by_row) record.confirmed = false;
    if (record.was_counted) {
      debts.set(record.heap, debt);
      record.waits = points > record.counted;
      record.counted -= fewer;
    }
    record.points = points;
  },

  "segment": (state, line) => {
    need(!state.segments.has(line.id), "conflict", line.id);
    need(line.members.length <= members_max, "too_many", "members");
    need(line.members.length > 0, "no_such_member", "nobody");
    for (const name of line.members) state.member(name);
    need(new Set(line.members).size === line.members.length, "duplicate_member", line.id);
    state.need_begun(line.period);
    state.check_evidence(line);
    state.keep_evidence(line);
    state.segments.set(line.id, { members: line.members, period: month_number(line.period), points: BigInt(line.points), waits: true });
  },
  "segment.withdraw": (state, { id }) => {
    const record = state.record(state.segments, id);
    need(record.waits, "conflict", "it does not wait");
    record.waits = false;
  },

  "review": (state, line) => {
    need(!state.reviews.has(line.id), "conflict", line.id);
    const weights = /** @type {number[]} */ (Object.values(line.relations));
    need(line.members.length <= members_max && weights.length <= relations_max, "too_many", "members or relations");
    for (const name of line.members) state.member(name);
    need(new Set(line.members).size === line.members.length, "duplicate_member", line.id);
    need(line.members.length > 0 && weights.length > 0 && weights.every((weight) => weight >= 1 && weight <= 1000)
      && line.pair_cap >= 1 && line.pair_cap <= 1_000_000_000 && line.raters_min >= 1, "bad_review", line.id);
    need(!("budget" in line) || (line.budget >= 1 && line.budget <= line.pair_cap * (line.members.length - 1)), "bad_review", "budget");
    const [seal_until, reveal_until] = [line.seal_until, line.reveal_until].map((text) => /** @type {number} */ (parse_time(text)));
    need(state.at < seal_until && seal_until < reveal_until, "bad_deadline", line.seal_until);
    state.reviews.set(line.id, { ...line, seal_until, reveal_until, ballots: new Map(), closed: false });
  },
  "review.ballot": (state, line) => {
    const review = round_named(state, line.round);
    state.member(line.by);
    need(line.relation in review.relations, "no_such_kind", line.relation);
    need(state.at < review.seal_until, "too_late", line.round);
    need(!review.ballots.has(line.by), "conflict", line.by);
    need(review.ballots.size < ballots_max, "too_many", "ballots");
    review.ballots.set(line.by, { relation: line.relation, seal: line.seal, scores: null });
  },
  "review.reveal": (state, { by, round, salt, scores }) => {
    const review = round_named(state, round);
    state.member(by);
    need(state.at >= review.seal_until, "too_early", round);
    need(state.at < review.reveal_until, "too_late", round);
    need(review.ballots.has(by), "no_such_record", by);
    const ballot = review.ballots.get(by);
    need(!ballot.scores, "conflict", "it is open");
    need(to_hex(H(utf8(to_json({ by, round, salt, scores })))) === ballot.seal, "bad_seal", by);
    let sum = 0n;
    for (const [name, points] of Object.entries(scores)) {
      need(review.members.includes(name) && name !== by && points <= review.pair_cap, "bad_review", name);
      sum += BigInt(points);
    }
    need(!("budget" in review) || sum === BigInt(review.budget), "bad_review", "budget");
    ballot.scores = scores;
  },
  "review.close": (state, { round }) => {
    const review = round_named(state, round);
    need(!review.closed, "conflict", round);
    need(state.at >= review.reveal_until, "too_early", round);
    review.closed = true;
    const results = new Map();
    for (const name of review.members) {
      const result = review_result(review, name);
      if (result) results.set(name, result);
    }
    state.closed_reviews.push({ period: month_number(review.period), results });
  },
};
