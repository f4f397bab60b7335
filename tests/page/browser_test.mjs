// SPDX-License-Identifier: MIT
/**
 * The page in a browser: what it says of right files and of damaged ones, in both languages, on a phone and on a desk; that it
 * asks nobody for anything; that it works by keyboard, and says how far it has come. A picture of each is left in the folder.
 *
 *     node browser_test.mjs PAGE.html TOOL FOLDER
 *
 * FOLDER has the packages of tests/page/package.json. Exits with 77, and says why, where there are none, or no Chromium.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { lines_of, one_more, play_salon, read_salon, with_another_root, with_another_signature, with_body, with_lines } from "./salon.mjs";

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
const lines = lines_of(ledger);
const income = lines.findIndex((line) => JSON.parse(line).kind === "income");

/**
 * @typedef {{name: string, files: string[], member?: string, announced?: string, en: string[], ja: string[]}} State
 *   en, ja: what the page says then, among other things
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
      "0 are signed by members, 109 were relayed, and 614 were entered", "Whether the recorded work and income are true"],
    ja: ["すべて合っています", "発表された締めの記録と同じです", "730行と2回の分配", "あなたの9/全体の109 → 7,357円", "伝え聞きが109"] },
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

/** @param {import("playwright-core").Page} page @param {State} state */
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
await give(alone, { name: "", files: [good.ledger, good.note], member: "m017", en: [], ja: [] });
assert.ok((await alone.innerText("#result")).includes("Everything is right"));

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
console.log(`${states.length} states, looked at ${looked} times; by keyboard; on paper; a long ledger; without workers. Pictures: ${pictures}`);
