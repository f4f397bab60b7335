// SPDX-License-Identifier: MIT
/** The files that both tests of the page look at: two months of examples/salon, made by the tool, and ways to damage them. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const tests = join(import.meta.dirname, "..");
const story = join(import.meta.dirname, "..", "..", "examples", "salon");

/** @param {string} tool @param {string} folder is emptied @param {string[]} commands @param {string} fixtures */
function play(tool, folder, commands, fixtures) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  copyFileSync(tool, join(folder, "bin", "mikoshi"));
  const done = spawnSync("bash", ["-c", commands.join("\n")], { cwd: folder, encoding: "utf8", env: { ...process.env, FIXTURES: fixtures, LANG: "C",
    MIKOSHI_PINS: join(folder, "pins"), PATH: join(folder, "bin") + delimiter + process.env.PATH } });
  if (done.status !== 0) throw new Error(`the story in ${folder} ended with ${done.status}: ${done.stderr}`);
}

/** @param {string} path of a transcript @returns {string[]} its commands */
const commands_of = (path) => readFileSync(path, "utf8").split("\n").filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));

/**
 * Plays the commands of examples/salon/month.txt.
 * @param {string} tool
 * @param {string} folder is emptied
 * @returns {string} the community's folder
 */
export function play_salon(tool, folder) {
  play(tool, folder, commands_of(join(story, "month.txt")), story);
  return join(folder, "asagao");
}

/**
 * Plays the beginning of tests/transcripts/partners.txt: two communities that give each other, and agree.
 * @param {string} tool @param {string} folder is emptied @returns {string} it has the folders a and b
 */
export function play_partners(tool, folder) {
  const commands = commands_of(join(tests, "transcripts", "partners.txt"));
  play(tool, folder, commands.slice(0, commands.indexOf("mikoshi verify a --partner b")), join(tests, "fixtures"));
  return folder;
}

/**
 * A small salon whose stewards mori and abe, of three, signed its March, and then several Aprils.
 * @param {string} tool @param {string} folder is emptied
 * @returns {string} it has the folders march (23 lines are signed), asagao and other (two Aprils of 27) and third (of 28), each with m001's receipt
 */
export function play_histories(tool, folder) {
  const april = "sh $FIXTURES/april.sh";
  play(tool, folder, ["set -e", "sh $FIXTURES/salon.sh closed", "cp -r asagao march", `${april} asagao 300`, "cp -r march other", `${april} other 400`,
    "cp -r march third", `${april} third 400 5`,
    "for of in march asagao other third; do mikoshi --dir $of receipt m001 --out $of/m001.tlog-proof; done"], join(tests, "fixtures"));
  return folder;
}

/** @param {string} folder @returns {{ledger: Buffer, note: Buffer}} and its newest snapshot */
export function read_community(folder) {
  const sizes = readdirSync(join(folder, "snapshots")).map((name) => parseInt(name, 10)).sort((a, b) => a - b);
  return { ledger: readFileSync(join(folder, "ledger.jsonl")), note: readFileSync(join(folder, "snapshots", `${sizes.at(-1)}.note`)) };
}

/** @param {string} folder @returns {{ledger: Buffer, note: Buffer, receipt: Buffer}} of the newest snapshot, and m017's receipt */
export const read_salon = (folder) => ({ ...read_community(folder), receipt: readFileSync(join(folder, "m017.tlog-proof")) });

/** What the tool says of files: "right", or the name of an error. @param {string} tool @param {string} folder @param {Record<string, Buffer>} files @param {...string} more */
export function tool_says(tool, folder, files, ...more) {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const done = spawnSync(tool, ["verify", "--no-pin", ...Object.keys(files), ...more], { cwd: folder, encoding: "utf8", env: { ...process.env, LANG: "C" } });
  return done.status === 0 ? "right" : /error\[(\w+)\]/.exec(done.stderr)?.[1] ?? done.stderr;
}

/**
 * A visit by the tool, which remembers it.
 * @param {string} tool @param {string} folder @param {Record<string, Buffer>} files @param {string} pins a folder @param {...string} more
 * @returns {{says: string, seen: string | undefined, told: string}} says: "right", or the name of an error
 */
export function tool_visits(tool, folder, files, pins, ...more) {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const done = spawnSync(tool, ["verify", "--json", ...Object.keys(files), ...more], { cwd: folder, encoding: "utf8", env: { ...process.env, LANG: "C", MIKOSHI_PINS: pins } });
  if (done.status !== 0) return { says: /error\[(\w+)\]/.exec(done.stderr)?.[1] ?? done.stderr, seen: undefined, told: done.stderr };
  return { says: "right", seen: JSON.parse(done.stdout).seen, told: done.stderr };
}

/** @param {string} tool @param {string} folder @param {string} evidence @returns {string[] | string} who the tool says signed both; or why it refuses it */
export function evidence_names(tool, folder, evidence) {
  writeFileSync(join(folder, "page.evidence"), evidence);
  const done = spawnSync(tool, ["verify", "--json", "page.evidence"], { cwd: folder, encoding: "utf8", env: { ...process.env, LANG: "C" } });
  return done.status === 22 && done.stdout ? JSON.parse(done.stdout).both.map((/** @type {any} */ { name }) => name) : done.stderr;
}

const text_of = (/** @type {Buffer} */ bytes) => bytes.toString("utf8");

/** @param {Buffer} ledger @returns {string[]} its lines, each with its newline */
export const lines_of = (ledger) => text_of(ledger).split(/(?<=\n)/);

/** @param {Buffer} ledger @param {(lines: string[]) => string[]} change */
export const with_lines = (ledger, change) => Buffer.from(change(lines_of(ledger)).join(""));

/** @param {Buffer} note @returns {Buffer} one bit of the first signature is another one */
export function with_another_signature(note) {
  const lines = text_of(note).split("\n");
  const at = lines.findIndex((line) => line.startsWith("\u2014"));
  const [dash, name, base64] = lines[at].split(" ");
  const blob = Buffer.from(base64, "base64");
  blob[40] ^= 1;
  lines[at] = [dash, name, blob.toString("base64")].join(" ");
  return Buffer.from(lines.join("\n"));
}

/** @param {Buffer} note @returns {Buffer} one bit of its root is another one */
export function with_another_root(note) {
  const lines = text_of(note).split("\n");
  const at = lines.findIndex((line) => line.startsWith("mikoshi/")) + 2;
  const root = Buffer.from(lines[at], "base64");
  root[3] ^= 1;
  lines[at] = root.toString("base64");
  return Buffer.from(lines.join("\n"));
}

/** @param {any} value @returns {string} in the one spelling */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

/** @param {Buffer} receipt @param {(body: any) => void} change of its body @returns {Buffer} */
export function with_body(receipt, change) {
  const lines = text_of(receipt).split("\n");
  const body = JSON.parse(Buffer.from(lines[1].slice("extra ".length), "base64").toString("utf8"));
  change(body);
  lines[1] = `extra ${Buffer.from(canonical(body)).toString("base64")}`;
  return Buffer.from(lines.join("\n"));
}

/** @param {string} amount @returns {string} one more */
export const one_more = (amount) => String(BigInt(amount) + 1n);
