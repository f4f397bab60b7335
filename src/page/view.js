// SPDX-License-Identifier: MIT
/** Layer 10. Findings as a page. */
import { by_year, chart_of, months_max } from "./chart.js";
import { button, html, save_file } from "./element.js";
import { explain } from "./errors.js";
import { day_name, hundredths, money, month_name, number, quotient } from "./numbers.js";
import { parse_pin } from "./pins.js";
import { unit } from "./pool.js";
import { Refused } from "./refused.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */
/** @typedef {import("./check.js").Findings} Findings */
/** @typedef {import("./check.js").Refusal} Refusal */
/** @typedef {"right" | "open" | "wrong" | "told" | "unknown"} Mark told: neither right nor wrong */

const day_s = 86_400n;
const recent_max = 12;
const marks = { right: "✓", open: "!", wrong: "✗", told: "i", unknown: "–" };

/** A community by the beginning of its id, as the tool names it. @param {string} dao */
export const short_id = (dao) => dao.slice(0, 12);

/** @param {any} found @returns {Refusal[]} */
const refusal_in = (found) => (found?.refusal ? [found.refusal] : []);

/** @param {Findings} findings @returns {boolean} whether anything is refused */
function is_refused(findings) {
  const { receipt, gifts, partners } = findings;
  const of_communities = [findings, ...partners].flatMap(({ arithmetic, signers, seen }) =>
    [arithmetic, signers && "signers" in signers ? null : signers, seen]);
  return [receipt, gifts, ...of_communities].flatMap(refusal_in).length > 0 || gifts_state(gifts) === "wrong";
}

/** @param {Findings["gifts"]} gifts @returns {"right" | "wrong" | "unknown"} */
function gifts_state(gifts) {
  if (!gifts || "refusal" in gifts) return "unknown";
  return gifts.found.some(({ state }) => state === "wrong") ? "wrong" : "right";
}

/** @param {Findings} findings @returns {{name: keyof typeof words.en.verdicts, mark: Mark}} */
function verdict_of(findings) {
  const signers = [findings, ...findings.partners].map((one) => one.signers);
  if (is_refused(findings)) return { name: "refused", mark: "wrong" };
  if (signers.includes(null)) return { name: "unsigned", mark: "open" };
  if (signers.some((one) => one?.refusal)) return { name: "too_few", mark: "open" };
  return { name: findings.arithmetic ? "all_right" : "promised", mark: "right" };
}

/** Something refused, in plain words. @param {Language} language @param {Refusal} refusal */
export function refusal_view(language, { code, detail, seq }) {
  const w = words[language];
  const { meaning, advice } = explain(code);
  return html("div", { class: "refusal", role: "alert" },
    html("p", {}, html("strong", {}, meaning[language]), " ", html("code", { class: "code" }, `[${code}]`)),
    seq !== null && html("p", {}, w.line(number(seq))),
    detail !== "" && html("p", { class: "detail" }, `${w.detail}: `, html("code", { lang: "en" }, detail)),
    html("p", {}, html("strong", {}, w.what_to_do), language === "ja" ? ":" : ": ", advice[language]));
}

/** @param {string} title @param {Mark} mark @param {...import("./element.js").Child} children */
const part = (title, mark, ...children) =>
  html("section", { class: `part ${mark}` }, html("h3", {}, html("span", { class: "mark", "aria-hidden": "true" }, marks[mark]), title), ...children);

/** @param {string[]} head @param {import("./element.js").Child[][]} rows @param {number[]} [numbers] which columns hold numbers */
function table(head, rows, numbers = []) {
  /** @param {number} column @returns {Record<string, string>} */
  const kind = (column) => (numbers.includes(column) ? { class: "number" } : {});
  return html("div", { class: "wide", tabindex: "0" }, html("table", {},
    html("thead", {}, html("tr", {}, ...head.map((text, column) => html("th", { scope: "col", ...kind(column) }, text)))),
    html("tbody", {}, ...rows.map((row) => html("tr", {}, ...row.map((cell, column) => html("td", kind(column), cell)))))));
}

/** @param {string} title @param {...import("./element.js").Child} children */
const folded = (title, ...children) => html("details", {}, html("summary", {}, title), ...children);

/** @param {[string, string][]} rows */
const facts = (rows) => html("dl", {}, ...rows.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]));

/** @param {Language} language @param {import("./check.js").OfCommunity} community @param {import("./receipt.js").ReceiptResult | null} receipt */
function arithmetic_part(language, { arithmetic }, receipt) {
  const w = words[language];
  if (arithmetic?.refusal) return part(w.arithmetic, "wrong", refusal_view(language, arithmetic.refusal));
  if (arithmetic) {
    const month = arithmetic.last_closed && month_name(language, arithmetic.last_closed);
    return part(w.arithmetic, "right", html("p", {}, w.arithmetic_right(number(arithmetic.lines), number(arithmetic.distributions), month)));
  }
  if (!receipt) return part(w.arithmetic, "unknown", html("p", {}, w.arithmetic_unknown));
  const sentences = receipt.payouts.map(({ leaf, index, totals }) => {
    const { currency, exponent } = currency_of(receipt, leaf);
    return w.arithmetic_of_receipt(money(language, BigInt(totals.distributed), currency, exponent), month_name(language, leaf.period),
      w.place(number(index + 1), number(totals.payees)));
  });
  return part(w.arithmetic, "right", ...(sentences.length ? sentences : [w.arithmetic_of_none]).map((text) => html("p", {}, text)));
}

/** @param {Language} language @param {string[]} names */
const listed = (language, names) => names.join(language === "ja" ? "、" : ", ");

/** @param {Language} language @param {import("./check.js").OfCommunity} community */
function signers_part(language, { arithmetic, signers }) {
  const w = words[language];
  if (!signers) return arithmetic && !arithmetic.refusal ? part(w.signers, "open", html("p", {}, w.nobody_signed))
    : part(w.signers, "unknown", html("p", {}, w.signers_unknown));
  if (!("signers" in signers)) return part(w.signers, "wrong", refusal_view(language, signers.refusal));
  const { set } = signers;
  return part(w.signers, signers.refusal ? "open" : "right",
    html("p", {}, w.signers_are(listed(language, signers.signers), number(signers.signers.length), number(set.stewards.length), number(set.threshold))),
    signers.refusal && refusal_view(language, signers.refusal),
    html("p", { class: "hint" }, set.changes ? w.handed_over(number(set.changes)) : w.stewards_from(number(set.from))),
    signers.lines_after > 0 && html("p", {}, w.lines_after(number(signers.lines_after))),
    html("p", {}, w.hash, html("br"), html("code", { class: "hash" }, signers.hash)),
    signers.is_announced && html("p", {}, html("strong", {}, w.announced_same)));
}

/** Two histories: who signed both, and what shows it. @param {Language} language @param {import("./pins.js").Fork} fork */
function fork_view(language, { both, evidence, notes: [before, now] }) {
  const w = words[language];
  return html("div", {},
    html("p", {}, both.length > 0 ? html("strong", {}, w.both_signed(listed(language, both))) : w.no_evidence),
    evidence && html("p", {}, w.evidence),
    evidence && html("p", {}, button(w.save_evidence, () => save_file(evidence.name, evidence.text))),
    folded(w.both_texts, html("p", {}, w.text_before), html("pre", { tabindex: "0" }, before), html("p", {}, w.text_now), html("pre", { tabindex: "0" }, now)));
}

/** @param {Language} language @param {import("./check.js").OfCommunity} community */
function seen_part(language, { seen }) {
  const w = words[language];
  if (seen === null) return part(w.seen, "unknown", html("p", {}, w.seen_not));
  if (seen === "nowhere") return part(w.seen, "open", html("p", {}, w.seen_nowhere));
  if ("refusal" in seen) return part(w.seen, "wrong", refusal_view(language, seen.refusal), seen.fork && fork_view(language, seen.fork));
  const is_held = seen.sight === "same" || seen.sight === "extends";
  const says = seen.is_unwritten && seen.sight === "first" ? "" : { first: w.seen_first, same: w.seen_same(number(seen.size)),
    extends: w.seen_extends(number(seen.size)), unchecked: w.seen_unchecked(number(seen.size)) }[seen.sight];
  return part(w.seen, seen.is_unwritten ? "open" : is_held ? "right" : "told", says !== "" && html("p", {}, says),
    seen.is_unwritten && html("p", {}, w.seen_unwritten));
}

/** @param {Language} language @param {Findings["gifts"]} gifts */
function gifts_part(language, gifts) {
  const w = words[language];
  if (!gifts) return part(w.gifts, "unknown", html("p", {}, w.gifts_unknown));
  if ("refusal" in gifts) return part(w.gifts, "wrong", refusal_view(language, gifts.refusal));
  const state = gifts_state(gifts);
  const count = gifts.found.filter((one) => one.state === "right").length;
  const says = state === "wrong" ? w.gifts_wrong : gifts.found.length === 0 ? w.gifts_none : w.gifts_right(number(count));
  const rows = gifts.found.map(({ period, from, to, gives, booked, currency, exponent, state }) => ({ state, month: month_name(language, period),
    from: short_id(from), to: short_id(to), gave: gives === null ? marks.unknown : money(language, gives, currency, exponent), got: money(language, booked, currency, exponent) }));
  const wrong = rows.filter((one) => one.state === "wrong");
  const all = folded(w.show_all(number(rows.length)), table(w.gift_head, rows.map(({ state, month, from, to, gave, got }) =>
    [month, `${from} → ${to}`, gave, got, `${marks[state]} ${w.gift_states[state]}`]), [2, 3]));
  if (rows.length <= recent_max) all.setAttribute("open", "");
  return part(w.gifts, state, html("p", {}, says, " ", wrong.length > 0 && html("code", { class: "code" }, "[payout_mismatch]")),
    wrong.length > 0 && html("ul", {}, ...wrong.map(({ month, from, to, gave, got }) => html("li", {}, w.gift_wrong(month, from, gave, to, got)))),
    rows.length > 0 && all);
}

/** @param {Language} language @param {Findings} findings */
function parts_view(language, findings) {
  const w = words[language];
  const { dao, arithmetic, records, receipt, partners, gifts } = findings;
  const found = receipt && "note" in receipt ? receipt : null;
  const community_name = (/** @type {string} */ dao) => html("p", { class: "community" }, html("strong", {}, w.community(short_id(dao))));
  const records_part = () => records
    ? part(w.records, "told", html("p", {}, w.records_are(number(records.signed), number(records.relayed), number(records.operator))))
    : part(w.records, "unknown", html("p", {}, arithmetic?.refusal ? w.signers_unknown : w.records_unknown));

  const cannot = arithmetic?.refusal || (receipt && !found) ? w.cannot_refused : arithmetic ? w.cannot_ledger : w.cannot_receipt;
  return html("section", { class: "parts" }, html("h2", {}, w.parts),
    partners.length > 0 && community_name(dao),
    receipt && "refusal" in receipt && part(w.receipt_refused, "wrong", refusal_view(language, receipt.refusal)),
    arithmetic_part(language, findings, found), signers_part(language, findings), records_part(),
    seen_part(language, findings),
    ...partners.flatMap((partner) => [community_name(partner.dao), arithmetic_part(language, partner, null),
      signers_part(language, partner), seen_part(language, partner)]),
    partners.length > 0 && gifts_part(language, gifts),
    part(w.cannot, "unknown", html("p", {}, cannot)));
}

/** What is remembered, each with a button to forget it. @param {Language} language @param {Record<string, string> | null} pins @param {(dao: string) => void} forget */
export function memory_view(language, pins, forget) {
  const w = words[language];
  if (pins === null) return html("p", {}, w.memory_nowhere);
  const rows = Object.entries(pins).map(([dao, pin]) => {
    const says = pin_says(language, dao, pin);
    return html("li", {}, html("p", {}, ...says), button(w.forget, () => forget(dao), { "aria-label": `${w.forget}: ${short_id(dao)}` }));
  });
  return html("div", {}, rows.length === 0 ? html("p", {}, w.memory_none) : html("ul", {}, ...rows), html("p", { class: "hint" }, w.memory_hint));
}

/** @param {Language} language @param {string} dao @param {string} pin @returns {import("./element.js").Child[]} */
function pin_says(language, dao, pin) {
  const w = words[language];
  try {
    const notes = parse_pin(pin, dao);
    const { size, hash } = notes[0];
    return [w.memory_row(short_id(dao), number(size)), " ", html("code", { class: "hash" }, hash),
      notes.length > 1 && ` ${w.memory_waiting(number(notes.length - 1))}`];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [w.memory_damaged(short_id(dao)), " ", html("code", { class: "code" }, `[${error.code}]`)];
  }
}

/** @param {import("./receipt.js").ReceiptResult} receipt @param {any} leaf of a payout @returns {{currency: string, exponent: number}} */
function currency_of({ dao, statement }, leaf) {
  if (!leaf.currency) return { currency: dao.currency.code, exponent: dao.currency.exponent };
  const { outcome } = statement.distributions.find((/** @type {any} */ { period }) => period === leaf.period);
  const { exponent } = outcome.others.find((/** @type {any} */ { currency }) => currency === leaf.currency);
  return { currency: leaf.currency, exponent };
}

/** What a member stands at: a leaf of the member tree. @param {Language} language @param {any} standing @param {string} currency @param {number} exponent @param {string} owed_name @returns {[string, string][]} */
function standing_facts(language, standing, currency, exponent, owed_name) {
  const w = words[language];
  const held = Object.keys(standing.holds).map((group) => w.holds(number(standing.holds[group]), group));
  const others = Object.keys(standing.others ?? {}).map((code) => money(language, BigInt(standing.others[code].owed), code, standing.others[code].exponent));
  const behind = Object.keys(standing.entitled).map((pool) => ({ pool, fraction: BigInt(`0x${standing.entitled[pool].fraction}`) }))
    .filter(({ fraction }) => hundredths(fraction) !== "0.00").map(({ pool, fraction }) => `${pool} ${hundredths(fraction)}`);
  return [
    [owed_name, [money(language, BigInt(standing.owed), currency, exponent), ...others].join(" + ")],
    [w.tickets, held.join(" · ") || w.nothing],
    ...(behind.length ? [/** @type {[string, string]} */ ([w.behind, behind.join(" · ")])] : []),
  ];
}

/** @param {Language} language @param {import("./receipt.js").ReceiptResult} receipt */
function receipt_view(language, receipt) {
  const w = words[language];
  const { currency, exponent } = receipt.dao.currency && { currency: receipt.dao.currency.code, exponent: receipt.dao.currency.exponent };
  return html("section", { class: "story" }, html("h2", {}, w.your_lines(receipt.member)), html("h3", {}, w.receipt_says),
    facts([
      ...receipt.payouts.map(({ leaf }) => {
        const of = currency_of(receipt, leaf);
        return /** @type {[string, string]} */ ([month_name(language, leaf.period), money(language, BigInt(leaf.amount), of.currency, of.exponent)]);
      }),
      ...standing_facts(language, receipt.standing, currency, exponent, w.receipt_owed),
    ]));
}

/** @param {Language} language @param {import("./story.js").Reason} reason @param {import("./story.js").Month} month */
function reason_view(language, reason, { currency, exponent }) {
  const w = words[language];
  const is_money = reason.weight_kind === "costs" || reason.weight_kind === "pledges";
  const weight = (/** @type {bigint} */ amount) => reason.weight_kind === "ticket-seconds" ? quotient(amount, day_s, 2)
    : is_money ? money(language, amount, currency, exponent) : number(amount);
  const by = w.weights[/** @type {keyof typeof w.weights} */ (reason.weight_kind)] ?? reason.weight_kind;
  const steps = reason.steps.map((step) => {
    const amount = money(language, step.to_amount, currency, exponent);
    return html("li", {}, step.parts > 0n ? w.step_parts(number(step.parts), number(step.parts_of), amount, step.to) : w.step(amount, step.to));
  });
  const share = reason.weight_of > 0n ? w.share(weight(reason.weight), weight(reason.weight_of)) : "";
  return html("li", {}, html("ol", { class: "steps" }, ...steps,
    html("li", {}, html("strong", {}, w.reason(by, share, money(language, reason.pay, currency, exponent))),
      reason.work !== null && ` (${w.of_work(reason.work)})`,
      reason.kept % unit > 0n && hundredths(reason.kept) !== "0.00" && html("span", { class: "hint" }, ` ${w.kept(hundredths(reason.kept))}`))));
}

/** @param {Language} language @param {import("./story.js").Month[]} months the newest first @returns {HTMLElement[]} the newest unfolded, old ones in one fold */
function months_view(language, months) {
  const w = words[language];
  const views = months.map((month, at) => {
    const view = folded(w.for_month(month_name(language, month.period), money(language, month.pay, month.currency, month.exponent)),
      html("p", {}, w.came_in(money(language, month.income, month.currency, month.exponent))),
      html("ul", { class: "reasons" }, ...month.reasons.map((reason) => reason_view(language, reason, month))));
    if (at === 0) view.setAttribute("open", "");
    return view;
  });
  const old = views.slice(recent_max);
  return [...views.slice(0, recent_max), ...(old.length > 0 ? [folded(w.earlier(number(old.length)), ...old)] : [])];
}

/** @param {Language} language @param {import("./story.js").Currency} currency */
function flows_view(language, currency) {
  const w = words[language];
  const amount = (/** @type {bigint} */ minor) => money(language, minor, currency.currency, currency.exponent);
  const legend = (/** @type {string} */ name, /** @type {string} */ text) => html("li", {}, html("span", { class: `key ${name}`, "aria-hidden": "true" }), text);
  const is_long = currency.flows.length > months_max;
  return html("figure", {},
    html("ul", { class: "legend" }, legend("given", w.chart_given), legend("paid", w.chart_paid), legend("owed", w.chart_owed)),
    html("div", { class: "wide", tabindex: "0" }, chart_of(language, is_long ? { ...currency, flows: by_year(currency.flows) } : currency)),
    is_long && html("p", { class: "hint" }, w.chart_years),
    folded(w.table, table(w.chart_head, currency.flows.map(({ month, given, paid, owed }) =>
      [month_name(language, month), amount(given), amount(paid), amount(owed)]), [1, 2, 3])));
}

/** @param {Language} language @param {import("./story.js").Story} story */
function story_view(language, story) {
  const w = words[language];
  const { currency, exponent, offset, payments } = story;
  const day = (/** @type {number} */ time) => day_name(language, time, offset);
  const stays = story.stays.map(({ from, until }) => (until === null ? w.since(day(from)) : w.stayed(day(from), day(until))));
  const sums = (/** @type {string[]} */ ...phases) => {
    const by_currency = new Map();
    for (const payment of payments.filter(({ phase }) => phases.includes(phase))) {
      const { amount } = by_currency.get(payment.currency) ?? { amount: 0n };
      by_currency.set(payment.currency, { amount: amount + payment.amount, exponent: payment.exponent });
    }
    return [...by_currency].map(([code, sum]) => money(language, sum.amount, code, sum.exponent)).join(" + ");
  };
  const none = money(language, 0n, currency, exponent);
  const under_way = sums("planned", "sent");
  const record_state = (/** @type {any} */ record) => w.record_states[
    /** @type {keyof typeof w.record_states} */ (record.unpaid ? "unpaid" : record.counted ? "counted" : record.confirmed ? "waits" : "unconfirmed")];
  return html("section", { class: "story" }, html("h2", {}, w.your_lines(story.member)),
    ...[...(story.is_guest ? [w.guest] : stays), ...(story.died ? [w.died] : [])].map((text) => html("p", {}, text)),
    html("h3", {}, w.now),
    facts([
      ...standing_facts(language, story.standing, currency, exponent, w.owed),
      [w.paid, sums("settled") || none],
      ...(under_way ? [/** @type {[string, string]} */ ([w.under_way, under_way])] : []),
      ...story.disputed.map((one) => /** @type {[string, string]} */ ([w.disputed, money(language, one.amount, one.currency, one.exponent)])),
    ]),
    story.currencies.length > 0 && html("h3", {}, w.chart),
    ...story.currencies.map((one) => flows_view(language, one)),
    html("h3", {}, w.months),
    story.months.length === 0 && html("p", {}, w.no_months),
    ...months_view(language, [...story.months].reverse()),
    html("h3", {}, w.counted),
    story.records.length === 0 ? html("p", {}, w.no_records)
      : folded(w.show_all(number(story.records.length)), table(w.record_head, story.records.map((record) =>
        [month_name(language, record.period), record.work ? `${record.type} · ${record.work}` : record.type, number(record.points), record_state(record)]), [2])),
    story.moves.length > 0 && html("h3", {}, w.moves),
    story.moves.length > 0 && folded(w.show_all(number(story.moves.length)), table(w.move_head, story.moves.map((move) =>
      [day(move.when), move.units === null ? move.what : `${move.what} × ${number(move.units)}`,
        w.move_kinds[/** @type {keyof typeof w.move_kinds} */ (move.kind)], [move.from, move.to].filter(Boolean).join(" → ")]))),
    payments.length > 0 && html("h3", {}, w.payments),
    payments.length > 0 && folded(w.show_all(number(payments.length)), table(w.payment_head, payments.map((payment) =>
      [day(payment.ended_at ?? payment.planned_at), money(language, payment.amount, payment.currency, payment.exponent),
        w.payment_states[/** @type {keyof typeof w.payment_states} */ (payment.phase)]]), [1])));
}

/** @param {Language} language @param {Findings} findings @returns {HTMLElement} */
export function findings_view(language, findings) {
  const w = words[language];
  const { name, mark } = verdict_of(findings);
  const [title, sentence] = w.verdicts[name];
  const { receipt, story } = findings;
  const view = html("div", { class: "findings" },
    html("section", { class: `verdict ${mark}`, role: "status" },
      html("h2", { tabindex: "-1", id: "verdict" }, html("span", { class: "mark", "aria-hidden": "true" }, marks[mark]), title), html("p", {}, sentence)),
    parts_view(language, findings),
    !story && receipt && "note" in receipt && receipt_view(language, receipt),
    story && story_view(language, story),
    findings.member_is_unknown && html("p", { class: "hint" }, w.unknown_member(findings.member)),
    findings.arithmetic && !findings.arithmetic.refusal && findings.member === "" && html("p", { class: "hint" }, w.no_member));
  return view;
}
