// SPDX-License-Identifier: MIT
/**
 * The page in a browser: what it says of right files and of damaged ones, and after earlier visits, in both languages, on a phone
 * and on a desk; what it remembers, and what it says where it cannot; that it asks nobody for anything; that it works by keyboard,
 * and says how far it has come. A picture of each is left in the folder.
 *
 *     node browser_test.mjs PAGE.html TOOL FOLDER
 *
 * FOLDER has the packages of tests/page/package.json. Exits with 77, and says why, where there are none, or no Chromium.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { evidence_names, lines_of, one_more, play_histories, play_partners, play_salon, read_community, read_salon, with_another_root, with_another_signature,
  with_body, with_lines } from "./salon.mjs";

const [page_file, tool, folder] = process.argv.slice(2).map((path) => resolve(path));
const chromium_path = process.env.MIKOSHI_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (!chromium_path) {
  console.log("SKIPPED: there is no Chromium");
  process.exit(77);
}
const packages = createRequire(join(folder, "package.json"));
/** @type {typeof import("playwright-core")} */
const { chromium } = (() => {
  try {
    return packages("playwright-core");
  } catch {
    console.log("SKIPPED: playwright-core is not installed in", folder);
    process.exit(77);
  }
})();

const { ledger, note, receipt } = read_salon(play_salon(tool, join(folder, "salon")));
const files = join(folder, "files");
const pictures = join(folder, "pictures");
for (const path of [files, pictures]) mkdirSync(path, { recursive: true });

/** @param {string} name @param {Buffer} bytes @returns {string} its path */
function written(name, bytes) {
  const path = join(files, name);
  writeFileSync(path, bytes);
  return path;
}

const good = { ledger: written("ledger.jsonl", ledger), note: written("429.note", note), receipt: written("m017.tlog-proof", receipt) };
/** @param {string} home @param {string} name of a folder in it @returns {{both: string[], ledger: string, note: string, receipt: string}} copies; both: ledger and snapshot */
function community(home, name) {
  const { ledger, note } = read_community(join(home, name));
  const [kept_ledger, kept_note] = [written(`${name}.jsonl`, ledger), written(`${name}.note`, note)];
  return { both: [kept_ledger, kept_note], ledger: kept_ledger, note: kept_note, receipt: join(home, name, "m001.tlog-proof") };
}

const histories = play_histories(tool, join(folder, "histories"));
const [march, april, other_april, third_april] = ["march", "asagao", "other", "third"].map((name) => community(histories, name));
const partners_home = play_partners(tool, join(folder, "partners"));
const [a, b] = ["a", "b"].map((name) => community(partners_home, name));
/** b's ledger, in which what a gave it is one less: still a right one, since its month is closed. */
const b_corrects = (() => {
  const all = lines_of(readFileSync(b.ledger));
  const got = JSON.parse(/** @type {string} */ (all.findLast((line) => JSON.parse(line).from)));
  const line = { amount: String(BigInt(got.amount) - 1n), at: JSON.parse(/** @type {string} */ (all.at(-1))).at, id: got.id, kind: "income.correct", seq: all.length, voice: "operator" };
  return written("b-corrects.jsonl", Buffer.from(`${all.join("")}${JSON.stringify(line)}\n`));
})();

const lines = lines_of(ledger);
const income = lines.findIndex((line) => JSON.parse(line).kind === "income");

/**
 * @typedef {{name: string, files: string[], member?: string, announced?: string, earlier?: string[][], en: string[], ja: string[]}} State
 *   earlier: the files of earlier visits, else this is the first one; en, ja: what the page says then, among other things
 */
/** @type {State[]} */
const states = [
  { name: "nothing", files: [], en: ["No file was chosen yet.", "[no_file]"], ja: ["まだファイルが選ばれていません。"] },
  { name: "snapshot-alone", files: [good.note], en: ["[no_ledger]"], ja: ["台帳も必要です"] },
  { name: "receipt", files: [good.receipt], en: ["The receipt is genuine", "abe, mori: 2 of 3 stewards, 2 needed", "7,655 yen", "April 2026", "11,398 yen"],
    ja: ["本物の受取証です", "立会人3人のうち2人", "7,655円", "2026年4月"] },
  { name: "ledger", files: [good.ledger, good.note], member: "m017",
    announced: "8635103ebe9674902f5bb2d011e12dd720dce6adcd8544af49f5758f1ad77476",
    en: ["Everything is right", "730 lines recomputed, 2 distributions, to April 2026", "yours 9 of 109 → 7,357 yen", "298 yen", "60 of 100 parts", "It is the announced snapshot.",
      "0 are signed by members, 109 were relayed, and 614 were entered", "Whether the recorded work and income are true",
      "has seen no snapshot of this community before", "429 signed lines, snapshot 8635103ebe96"],
    ja: ["すべて合っています", "発表された締めの記録と同じです", "730行と2回の分配", "あなたの9/全体の109 → 7,357円", "伝え聞きが109",
      "はじめて見ました", "署名済みの429行、締めの記録 8635103ebe96"] },
  { name: "ledger-and-receipt", files: [good.ledger, good.receipt], en: ["Everything is right", "About m017"], ja: ["すべて合っています", "m017 さんについて"] },
  { name: "unknown-member", files: [good.ledger, good.note], member: "m999", en: ["Everything is right", "nobody called m999"], ja: ["台帳にいません"] },
  { name: "unsigned", files: [good.ledger], en: ["nobody has signed it", "No snapshot was chosen"], ja: ["署名がありません"] },
  { name: "one-signature", files: [good.ledger, written("one.note", Buffer.from(note.toString().split("\n").slice(0, 5).join("\n") + "\n"))],
    en: ["not signed by enough yet", "mori: 1 of 3 stewards, 2 needed", "[quorum_not_met]"], ja: ["署名がまだ足りません"] },
  { name: "another-amount", files: [written("amount.jsonl", with_lines(ledger, (all) => all.toSpliced(income, 1,
    all[income].replace(/"amount":"(\d+)"/, (_, amount) => `"amount":"${one_more(amount)}"`)))), good.note],
  en: ["Something is wrong", "[payout_mismatch]", "Line 355 of the ledger"], ja: ["おかしな点があります", "計算し直すと", "台帳の355行目"] },
  { name: "a-line-is-missing", files: [written("missing.jsonl", with_lines(ledger, (all) => all.toSpliced(100, 1))), good.note],
    en: ["Something is wrong", "[chain_broken]", "Line 100 of the ledger"], ja: ["行の番号が続いていません"] },
  { name: "cut-off", files: [written("cut.jsonl", ledger.subarray(0, ledger.length - 7)), good.note], en: ["[truncated]"], ja: ["行の途中で終わっています"] },
  { name: "another-root", files: [good.ledger, written("root.note", with_another_root(note))], en: ["[root_mismatch]", "What the stewards signed is not this ledger"],
    ja: ["この台帳ではありません"] },
  { name: "another-signature", files: [good.ledger, written("signature.note", with_another_signature(note))], en: ["[bad_signature]"], ja: ["名前の人のものではない署名"] },
  { name: "another-hash", files: [good.ledger, good.note], announced: "0".repeat(64), en: ["[unexpected_snapshot]"], ja: ["発表されたものと違います"] },
  { name: "receipt-of-somebody-else", files: [good.receipt], member: "m088", en: ["[wrong_member]", "the receipt of somebody else"], ja: ["ほかの人の受取証です"] },
  { name: "receipt-with-another-amount", files: [written("amount.tlog-proof", with_body(receipt, ({ payouts: [{ leaf }] }) => { leaf.amount = one_more(leaf.amount); }))],
    en: ["[proof_mismatch]", "something in it was changed"], ja: ["書き換えられています"] },
  { name: "another-file", files: [written("holiday.jpg", Buffer.from([0xff, 0xd8, 0xff, 0xe0]))], en: ["[unknown_file]"], ja: ["ないファイルです"] },
  { name: "same-again", earlier: [march.both], files: march.both, en: ["Everything is right", "the same 23 signed lines"], ja: ["すべて合っています", "署名済みの23行と同じです"] },
  { name: "continued", earlier: [march.both], files: april.both, en: ["Everything is right", "It continues the 23 signed lines", "27 signed lines, snapshot"],
    ja: ["署名済みの23行は変わっておらず、その続きです", "署名済みの27行、締めの記録"] },
  { name: "receipt-not-compared", earlier: [march.both], files: [april.receipt], en: ["The receipt is genuine", "Not compared with the 23 signed lines", "and 1 of receipts"],
    ja: ["本物の受取証です", "署名済みの23行とは比べていません", "受取証にあって、まだ台帳で確かめていないもの:1"] },
  { name: "receipt-then-ledger", earlier: [march.both, [april.receipt]], files: april.both, en: ["Everything is right", "the same 27 signed lines"], ja: ["署名済みの27行と同じです"] },
  { name: "rollback", earlier: [april.both], files: march.both, en: ["Something is wrong", "[rollback]", "27 lines were seen, now 23", "27 signed lines, snapshot"],
    ja: ["おかしな点があります", "前に見た署名済みのものより、古い記録です", "署名済みの27行、締めの記録"] },
  { name: "two-histories", earlier: [april.both], files: other_april.both, en: ["Something is wrong", "[equivocation]", "Signed both histories: abe, mori.", "Save the evidence"],
    ja: ["おかしな点があります", "署名された歴史が二つあります", "両方の歴史に署名した人:abe、mori。", "証拠を保存する"] },
  { name: "two-histories-of-two-sizes", earlier: [april.both], files: third_april.both, en: ["[equivocation]", "Signed both histories: abe, mori.", "27 lines were seen, now 28"],
    ja: ["署名された歴史が二つあります"] },
  { name: "two-histories-by-receipt", earlier: [april.both], files: [other_april.receipt], en: ["Something is wrong", "[equivocation]", "Signed both histories: abe, mori."],
    ja: ["署名された歴史が二つあります"] },
  { name: "unsigned-is-not-remembered", earlier: [[march.ledger]], files: [april.ledger], en: ["nobody has signed it", "Not compared: only what is right", "Nothing yet."],
    ja: ["署名がありません", "比べていません", "まだありません"] },
  { name: "partners", files: [...a.both, ...b.both], en: ["Everything is right", "The community d9e960662111", "The community 51365501afc8", "2 amounts, of months that both have closed", "112 yen", "122 yen", "✓ the same"],
    ja: ["すべて合っています", "どちらも締めた月の2件は", "112円", "✓ 同じ"] },
  { name: "partners-wrong", files: [...a.both, b_corrects, b.note], en: ["Something is wrong", "[payout_mismatch]", "together they are not", "March 2024: d9e960662111 gave 112 yen, and 51365501afc8 booked 111 yen.", "✗ not the same"],
    ja: ["おかしな点があります", "たがいに合いません", "2024年3月:d9e960662111 が渡したのは112円、51365501afc8 の受け取りの記録は111円。", "✗ 違う"] },
  { name: "partners-unsigned", files: [...a.both, b.ledger], en: ["nobody has signed it", "2 amounts"], ja: ["署名がありません"] },
  { name: "partners-broken", files: [...a.both, written("b-cut.jsonl", readFileSync(b.ledger).subarray(0, -5)), b.note], en: ["Something is wrong", "[truncated]", "that takes both ledgers, and both right"],
    ja: ["おかしな点があります", "正しい台帳が両方とも必要です"] },
  { name: "another-communitys-snapshot", files: [march.ledger, a.note], en: ["[wrong_domain]"], ja: ["別々のコミュニティのファイルです"] },
  { name: "a-snapshot-too-many", files: [...march.both, a.note], en: ["[wrong_domain]", "a snapshot of no ledger"], ja: ["別々のコミュニティのファイルです"] },
  { name: "markup", files: [written("markup.jsonl", Buffer.from('{"at":"<img src=x onerror=alert(1)>","kind":"dao"}\n'))], en: ["Something is wrong"], ja: ["おかしな点があります"] },
];

const browser = await chromium.launch({ executablePath: chromium_path, args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
  "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
const address = pathToFileURL(page_file).href;

/** @type {string[]} what no page may do */
const misdeeds = [];

/** @param {import("playwright-core").Page} page */
function watch(page) {
  page.on("request", (request) => {
    if (request.url() !== address && !request.url().startsWith("blob:")) misdeeds.push(`it asks for ${request.url()}`);
  });
  page.on("pageerror", (error) => misdeeds.push(`it fails: ${error}`));
  page.on("dialog", (dialog) => misdeeds.push(`it opens a dialog: ${dialog.message()}`));
  page.on("console", (message) => message.type() === "error" && misdeeds.push(`it complains: ${message.text()}`));
}

/** @param {number} width @param {string} locale @param {() => void} [before] is run in the page before its script */
async function opened(width, locale, before = () => {}) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, locale });
  const page = await context.newPage();
  await page.addInitScript(before);
  watch(page);
  await page.goto(address);
  return page;
}

/** A visit. @param {import("playwright-core").Page} page @param {Omit<State, "name" | "earlier" | "en" | "ja">} state */
async function give(page, { files, member = "", announced = "" }) {
  await page.reload();
  if (files.length > 0) await page.setInputFiles("#files", files);
  await page.fill("#member", member);
  await page.fill("#announced", announced);
  await page.click(".check");
  await page.waitForSelector("#verdict, #result .refusal", { timeout: 120_000 });
}

let looked = 0;
for (const [width, locale, language, other] of /** @type {const} */ ([[360, "ja-JP", "ja", "en"], [1100, "en-US", "en", "ja"]])) {
  const page = await opened(width, locale);
  assert.equal(await page.locator("html").getAttribute("lang"), language);
  for (const state of states) {
    await page.evaluate(() => localStorage.clear());
    for (const files of state.earlier ?? []) await give(page, { files });
    await give(page, state);
    for (const now of [language, other, language]) {
      await page.click(`[data-language=${now}]`);
      const text = await page.innerText("main");
      for (const said of state[now]) assert.ok(text.includes(said), `${state.name}: “${said}” is not said in: ${text}`);
      assert.ok(!/undefined|null|\[object|NaN|Error\b|\.js:/.test(text), `${state.name}: ${text}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${state.name} is too wide`);
      looked += 1;
    }
    await page.screenshot({ path: join(pictures, `${state.name}-${width}.png`), fullPage: true });
  }
  await page.context().close();
}

// By keyboard alone: every control is reached, and Enter in a field checks.
const page = await opened(1100, "en-US");
const reached = [];
for (let step = 0; step < 6; step += 1) {
  await page.keyboard.press("Tab");
  reached.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent));
}
assert.deepEqual(reached, ["日本語", "English", "files", "member", "announced", "Check"]);
await page.setInputFiles("#files", [good.receipt]);
await page.focus("#member");
await page.keyboard.press("Enter");
await page.waitForSelector("#verdict");
assert.equal(await page.evaluate(() => document.activeElement?.id), "verdict");

// On paper everything is unfolded, and the form is gone.
await page.emulateMedia({ media: "print" });
assert.ok(!await page.locator("form").isVisible());
await page.pdf({ path: join(pictures, "receipt.pdf") }).catch(() => {});
await page.emulateMedia({ media: "screen" });

// A long ledger: the page answers while it is checked, says how far it is, and may be stopped by choosing again.
const [first, ...others] = lines.slice(0, 300);
let seq = others.length + 1;
const filler = Array.from({ length: 12_000 }, (_, at) => `{"at":"2026-02-28T15:00:00Z","kind":"member.guest","member":"g${at}","seq":${seq++},"voice":"operator"}\n`);
const long = written("long.jsonl", Buffer.from([first, ...others, ...filler].join("")));
await page.click("#clear");
await page.setInputFiles("#files", [long]);
await page.click(".check");
await page.waitForFunction(() => /** @type {HTMLProgressElement} */ (document.getElementById("bar")).value > 3);
const waited = await page.evaluate(async () => {
  const start = performance.now();
  await new Promise((done) => setTimeout(done));
  return performance.now() - start;
});
assert.ok(waited < 500, `the page slept for ${waited} ms`);
await page.screenshot({ path: join(pictures, "progress-1100.png") });
await page.click("[data-language=ja]");
await page.waitForSelector("#verdict", { timeout: 120_000 });
assert.ok((await page.innerText("#result")).includes("署名がありません"));
await page.context().close();

// A browser that allows no worker: the page takes turns itself.
const alone = await opened(360, "en-US", () => Reflect.deleteProperty(window, "Worker"));
await give(alone, { files: [good.ledger, good.note], member: "m017" });
assert.ok((await alone.innerText("#result")).includes("Everything is right"));

// What is remembered: by key it is forgotten, and then nothing is compared; evidence is saved, and the tool takes it.
const visits = await opened(360, "en-US");
const says = async (/** @type {import("playwright-core").Page} */ page, /** @type {string[]} */ ...texts) => {
  const text = await page.innerText("main");
  for (const said of texts) assert.ok(text.includes(said), `“${said}” is not said in: ${text}`);
};
await says(visits, "What this browser remembers", "Nothing yet.");
await give(visits, { files: april.both });
const kept = await visits.evaluate(() => ({ ...localStorage }));
assert.equal(Object.keys(kept).length, 1);
await give(visits, { files: third_april.both });
assert.deepEqual(await visits.evaluate(() => ({ ...localStorage })), kept);
const [saved] = await Promise.all([visits.waitForEvent("download"), visits.click("text=Save the evidence")]);
assert.match(saved.suggestedFilename(), /^[0-9a-f]{64}-[0-9a-f]{16}\.evidence$/);
assert.deepEqual(evidence_names(tool, files, readFileSync(await saved.path(), "utf8")), ["abe", "mori"]);
await visits.click("text=Both snapshots, to copy");
assert.deepEqual(await visits.locator("pre").allInnerTexts(), [april.note, third_april.note].map((path) => readFileSync(path, "utf8")));
await visits.screenshot({ path: join(pictures, "both-texts-360.png"), fullPage: true });
await visits.focus("#remembered button");
await visits.keyboard.press("Enter");
await says(visits, "Nothing yet.");
assert.equal(await visits.evaluate(() => document.activeElement?.id), "memory-title");
await give(visits, { files: march.both });
await says(visits, "Everything is right", "has seen no snapshot of this community before");
await visits.evaluate(() => localStorage.setItem(Object.keys(localStorage)[0], "{}\n"));
await give(visits, { files: march.both });
await says(visits, "Something is wrong", "[bad_pin]", ": damaged");
await visits.screenshot({ path: join(pictures, "damaged-360.png"), fullPage: true });
await visits.click("#remembered button");
await give(visits, { files: march.both });
await says(visits, "Everything is right", "23 signed lines, snapshot");
await visits.context().close();

// A browser that has no storage, refuses it, or refuses to write: it says so. @type {[string, () => void, string[]][]}
const poor = /** @type {const} */ ([
  ["no-storage", () => Object.defineProperty(window, "localStorage", { value: null }), ["Not compared: this browser keeps nothing", "Nothing, not even this visit"]],
  ["refused-storage", () => Object.defineProperty(window, "localStorage", { get() { throw new DOMException("denied", "SecurityError"); } }),
    ["Not compared: this browser keeps nothing", "Nothing, not even this visit"]],
  ["full-storage", () => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; },
    ["The browser refused to write this snapshot down", "Nothing yet."]],
]);
for (const [name, before, texts] of poor) {
  const page = await opened(360, "en-US", before);
  await give(page, { files: march.both });
  await says(page, "Everything is right", ...texts);
  await page.screenshot({ path: join(pictures, `${name}-360.png`), fullPage: true });
  await page.context().close();
}

// Another window keeps a larger snapshot while a smaller one is checked here: that is looked at again.
const meanwhile = await opened(1100, "en-US", () => {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (/** @type {any} */ ...given) {
    const [name, pin] = /** @type {string[]} */ (/** @type {any} */ (window).another ?? []);
    if (name) localStorage.setItem(name, pin);
    postMessage.apply(this, /** @type {any} */ (given));
  };
});
await meanwhile.setInputFiles("#files", march.both);
await meanwhile.evaluate((pin) => { /** @type {any} */ (window).another = pin; }, Object.entries(kept)[0]);
await meanwhile.click(".check");
await meanwhile.waitForSelector("#verdict");
await says(meanwhile, "Something is wrong", "[rollback]");
await meanwhile.context().close();

// Nothing left the page; nor could it. And who asks is seen: a page without such a policy.
assert.deepEqual(misdeeds, []);
const asks = () => fetch("http://127.0.0.1:9/").then(() => "answered", () => "refused");
assert.equal(await alone.evaluate(asks), "refused");
assert.ok(misdeeds.every((one) => one.includes("Content Security Policy")) && misdeeds.length > 0, misdeeds.join("; "));
misdeeds.length = 0;
const free = await browser.newPage();
watch(free);
await free.evaluate(asks);
assert.ok(misdeeds.includes("it asks for http://127.0.0.1:9/"), misdeeds.join("; "));
await browser.close();
console.log(`${states.length} states, looked at ${looked} times; by keyboard; on paper; a long ledger; without workers; what is kept, saved, forgotten, refused. Pictures: ${pictures}`);
