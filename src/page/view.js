// SPDX-License-Identifier: MIT
/** Layer 10. Findings as a page. */
import { by_year, chart_of, months_max } from "./chart.js";
import { html } from "./element.js";
import { explain } from "./errors.js";
import { day_name, hundredths, money, month_name, number, quotient } from "./numbers.js";
import { unit } from "./pool.js";
import { words } from "./words.js";

/** @typedef {import("./numbers.js").Language} Language */
/** @typedef {import("./check.js").Findings} Findings */
/** @typedef {import("./check.js").Refusal} Refusal */
/** @typedef {"right" | "open" | "wrong" | "told" | "unknown"} Mark told: neither right nor wrong */

const day_s = 86_400n;
const recent_max = 12;
const marks = { right: "✓", open: "!", wrong: "✗", told: "i", unknown: "–" };

/** @param {Findings} findings @returns {Refusal[]} all that anything is refused with */
function refusals_of({ receipt, arithmetic, signers }) {
  const of_signers = signers && !("signers" in signers) ? signers.refusal : null;
  return [receipt && "refusal" in receipt ? receipt.refusal : null, arithmetic?.refusal, of_signers].filter((one) => one != null);
}

/** @param {Findings} findings @returns {{name: keyof typeof words.en.verdicts, mark: Mark}} */
function verdict_of(findings) {
  const { arithmetic, signers } = findings;
  if (refusals_of(findings).length > 0) return { name: "refused", mark: "wrong" };
  if (!signers) return { name: "unsigned", mark: "open" };
  if (signers.refusal) return { name: "too_few", mark: "open" };
  return { name: arithmetic ? "all_right" : "promised", mark: "right" };
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

/** @param {Language} language @param {Findings} findings */
function parts_view(language, { arithmetic, signers, records, receipt }) {
  const w = words[language];
  const refused = (/** @type {Refusal} */ refusal) => refusal_view(language, refusal);
  const found = receipt && "note" in receipt ? receipt : null;

  const arithmetic_part = () => {
    if (arithmetic?.refusal) return part(w.arithmetic, "wrong", refused(arithmetic.refusal));
    if (arithmetic) {
      const month = arithmetic.last_closed && month_name(language, arithmetic.last_closed);
      return part(w.arithmetic, "right", html("p", {}, w.arithmetic_right(number(arithmetic.lines), number(arithmetic.distributions), month)));
    }
    if (!found) return part(w.arithmetic, "unknown", html("p", {}, w.arithmetic_unknown));
    const sentences = found.payouts.map(({ leaf, index, totals }) => {
      const { currency, exponent } = currency_of(found, leaf);
      return w.arithmetic_of_receipt(money(language, BigInt(totals.distributed), currency, exponent), month_name(language, leaf.period),
        w.place(number(index + 1), number(totals.payees)));
    });
    return part(w.arithmetic, "right", ...(sentences.length ? sentences : [w.arithmetic_of_none]).map((text) => html("p", {}, text)));
  };

  const signers_part = () => {
    if (!signers) return arithmetic && !arithmetic.refusal ? part(w.signers, "open", html("p", {}, w.nobody_signed))
      : part(w.signers, "unknown", html("p", {}, w.signers_unknown));
    if (!("signers" in signers)) return part(w.signers, "wrong", refused(signers.refusal));
    const { set } = signers;
    return part(w.signers, signers.refusal ? "open" : "right",
      html("p", {}, w.signers_are(signers.signers.join(language === "ja" ? "、" : ", "), number(signers.signers.length), number(set.stewards.length),
        number(set.threshold))),
      signers.refusal && refused(signers.refusal),
      html("p", { class: "hint" }, set.changes ? w.handed_over(number(set.changes)) : w.stewards_from(number(set.from))),
      signers.lines_after > 0 && html("p", {}, w.lines_after(number(signers.lines_after))),
      html("p", {}, w.hash, html("br"), html("code", { class: "hash" }, signers.hash)),
      signers.is_announced && html("p", {}, html("strong", {}, w.announced_same)));
  };

  const records_part = () => records
    ? part(w.records, "told", html("p", {}, w.records_are(number(records.signed), number(records.relayed), number(records.operator))))
    : part(w.records, "unknown", html("p", {}, arithmetic?.refusal ? w.signers_unknown : w.records_unknown));

  const cannot = arithmetic?.refusal || (receipt && !found) ? w.cannot_refused : arithmetic ? w.cannot_ledger : w.cannot_receipt;
  return html("section", { class: "parts" }, html("h2", {}, w.parts),
    receipt && "refusal" in receipt && part(w.receipt_refused, "wrong", refused(receipt.refusal)),
    arithmetic_part(), signers_part(), records_part(),
    part(w.cannot, "unknown", html("p", {}, cannot)));
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
