// SPDX-License-Identifier: MIT
/**
 * The page's modules without a browser: the document's examples; the tool's salon, and all sorts of damage to it, of which
 * the page says what the tool says; visits one after the other, and what both remember of them; two communities; the ledgers of
 * ledgers.py, line by line; and the conformance vectors that the tool writes.
 *
 *     node page_test.mjs PAGE TOOL FORMAT.md FOLDER    PAGE: src/page with its packages; FOLDER: for files; cases.jsonl in it
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { evidence_names, lines_of, one_more, play_partners, play_salon, read_community, read_salon, tool_says, tool_visits, with_another_root, with_another_signature, with_body, with_lines } from "./salon.mjs";

const [page, tool, format, folder] = process.argv.slice(2).map((path) => resolve(path));
const module = (/** @type {string} */ name) => import(pathToFileURL(join(page, name)).href);
const [{ check_given, check_ledger, check_snapshot, need_quorum }, { parse_note, signers_of }, { apply_line }, { State }, { Refused },
  { Pool, rules_without_memory }, { parse_json, to_json }, { standings }, { signs_note, key_id }, { personal_digest, typed_digest },
  { ed25519_verifies, recovered_address }, { from_hex, joined, to_hex, to_integer, utf8 }, { explain },
  { claim_root, climb, join_hashes, leaf_hash, log_root, siblings_of, tree_root }, { climb_sums, join_sums }, { check_receipt }, { typed_digest_of }, { H, K, tagged }] =
  await Promise.all(["check.js", "note.js", "ledger.js", "state.js", "refused.js", "pool.js", "canonical.js", "months.js", "stewards.js", "claim.js",
    "keys.js", "bytes.js", "errors.js", "merkle.js", "sumtree.js", "receipt.js", "typed.js", "hash.js"].map(module));
const library = createRequire(join(page, "package.json"));
const [{ schnorr, secp256k1 }, { ed25519 }, { sha512 }] = ["@noble/curves/secp256k1", "@noble/curves/ed25519", "@noble/hashes/sha2"].map((name) => library(name));

/** @param {Buffer} bytes */
const plain = (bytes) => new Uint8Array(bytes);

/** @template T @param {Generator<unknown, T>} steps @returns {T} */
function last(steps) {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** @param {any} given @returns {any} */
const check = (given) => last(check_given({ announced: "", member: "", partners: [], pins: null, ...given }));

/** @param {any} findings @returns {string} "right", or the name of the first error */
function says(findings) {
  const { receipt, arithmetic, signers } = findings;
  const refusal = [arithmetic, receipt, signers].find((one) => one?.refusal)?.refusal;
  return refusal ? refusal.code : "right";
}

const text = readFileSync(format, "utf8");
/** @param {string} name @returns {string[]} blocks of the document */
const blocks = (name) =>
  [...text.split(`<!-- generated: ${name} -->\n`)[1].split("<!-- end -->")[0].matchAll(/```\n([^]*?)```/g)].map(([, block]) => block);

/** The document's own examples. */
function check_document() {
  const [[ledger], [snapshot], [receipt]] = ["example-ledger", "example-snapshot", "example-receipt"].map(blocks);
  const findings = check({ ledger: utf8(ledger), snapshot: utf8(snapshot), receipt: utf8(receipt), member: "m002" });
  assert.equal(says(findings), "right");
  assert.deepEqual(findings.signers.signers, ["haru"]);
  const { state } = last(check_ledger(utf8(ledger)));
  const [{ parts }] = state.distributions;
  assert.equal(parts.get("JPY").share_lines(), blocks("example-shares")[0]);
  const [payouts, members] = blocks("example-leaves");
  assert.equal(parts.get("JPY").payout_leaves().map((/** @type {any} */ leaf) => `${to_json(leaf)}\n`).join(""), payouts);
  assert.equal([...standings(state)].map((leaf) => `${to_json(leaf)}\n`).join(""), members);
  const table = blocks("example-carry")[0].trim().split("\n");
  for (const line of table) {
    const [head, ...steps] = line.split("; ");
    const weights = new Map(head.replace("weights ", "").split(", ").map((weight, at) => [String(at), BigInt(weight)]));
    const pool = new Pool("");
    for (const step of steps) {
      const [, amount, pays, keeps] = /** @type {RegExpExecArray} */ (/^(\d+) pays ([\d, ]+) and keeps (\d+)$/.exec(step));
      assert.deepEqual([...pool.carry(BigInt(amount), weights).values()], pays.split(", ").map(BigInt), line);
      assert.equal(pool.undivided, BigInt(keeps), line);
    }
  }
  console.log(`document: its ledger, snapshot, receipt, shares, leaves and ${table.length} splits`);
}

/** @param {Uint8Array} bytes @returns {bigint} little-endian */
const little = (bytes) => to_integer(bytes.slice().reverse());

/** What RFC 8032 leaves open: R of small order, S not reduced, and a key with a part of small order, which a check with cofactor takes. */
function check_strict_ed25519() {
  const { Point, CURVE: { n } } = ed25519;
  const [secret, message] = [12345n, utf8("some text")];
  const bytes_of = (/** @type {bigint} */ number) => from_hex(number.toString(16).padStart(64, "0")).reverse();
  const made = (/** @type {any} */ a, /** @type {any} */ r, /** @type {bigint} */ of_r) => {
    const h = little(sha512(joined(r.toBytes(), a.toBytes(), message))) % n;
    return { h, key: to_hex(a.toBytes()), signature: joined(r.toBytes(), bytes_of((of_r + h * secret) % n)) };
  };
  const a = Point.BASE.multiply(secret);
  const good = made(a, Point.BASE.multiply(77n), 77n);
  assert.ok(ed25519_verifies(good.key, message, good.signature));
  const unreduced = joined(good.signature.slice(0, 32), bytes_of(little(good.signature.slice(32)) + n));
  assert.ok(!ed25519_verifies(good.key, message, unreduced), "S + L");
  const small = made(a, Point.ZERO, 0n);
  assert.ok(!ed25519_verifies(small.key, message, small.signature), "R of small order");
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false);
  for (let of_r = 1n, met = 0; met < 3; of_r += 1n) {
    const mixed = made(a.add(torsion), Point.BASE.multiply(of_r), of_r);
    if (mixed.h % 8n === 0n) continue;
    met += 1;
    assert.ok(ed25519.verify(mixed.signature, message, mixed.key, { zip215: false }), "with the cofactor it is one");
    assert.ok(!ed25519_verifies(mixed.key, message, mixed.signature), "without the cofactor it is none");
  }
}

/** Signatures that are no BIP-340: an Ed25519 note in the form of C2SP, and what wallets left in the fixtures. */
function check_signatures() {
  // RFC 8032, section 7.1, test 3: a public key, a message of two bytes, and its signature.
  const key = "ed25519:fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
  const signature = from_hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
  assert.ok(signs_note(key, { text: from_hex("af82") }, signature));
  assert.ok(!signs_note(key, { text: from_hex("af83") }, signature));
  assert.ok(!signs_note(`ed25519:01${"00".repeat(31)}`, { text: from_hex("af82") }, signature), "a key of small order");
  check_strict_ed25519();
  // The example key of golang.org/x/mod/sumdb/note: the key id that its documentation prints.
  const [, id, base64] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".split("+");
  assert.equal(key_id({ name: "PeterNeumann", key: `ed25519:${Buffer.from(base64, "base64").subarray(1).toString("hex")}` }), id);

  // The document's example with an Ed25519 steward, whose snapshot node's own code signs.
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const steward = { name: "haru", key: `ed25519:${publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex")}` };
  const ledger = utf8(blocks("example-ledger")[0].replace(/"key":"[0-9a-f]{64}"/, `"key":"${steward.key}"`));
  const { state } = last(check_ledger(ledger));
  const snapshot_text = `mikoshi/${state.dao_id()}\n${state.leaves.length}\n${Buffer.from(log_root(state.leaves)).toString("base64")}\n`;
  const snapshot = (/** @type {Buffer} */ signature) =>
    utf8(`${snapshot_text}\n\u2014 haru ${Buffer.concat([Buffer.from(key_id(steward), "hex"), signature]).toString("base64")}\n`);
  const signed = sign(null, Buffer.from(snapshot_text), privateKey);
  assert.equal(says(check({ ledger, snapshot: snapshot(signed) })), "right");
  assert.equal(says(check({ ledger, snapshot: snapshot(Buffer.from(signed.map((byte, at) => (at === 9 ? byte ^ 1 : byte)))) })), "bad_signature");

  const left = JSON.parse(readFileSync(join(import.meta.dirname, "..", "fixtures", "ethereum_claims.json"), "utf8"));
  for (const claim of left.claims) {
    const text = utf8(claim.text.repeat(claim.times));
    const digests = { typed: typed_digest(claim, text, from_hex(claim.dao)), text: personal_digest(text) };
    for (const form of /** @type {const} */ (["typed", "text"])) {
      assert.deepEqual(digests[form], from_hex(claim[`${form}_digest`]));
      assert.equal(recovered_address(digests[form], from_hex(claim[`${form}_signature`])), left.address);
    }
  }
  console.log(`signatures: Ed25519 snapshots, ${2 * left.claims.length} of wallets`);
}

/** The salon as it is, and damaged in every way: the page says what the tool says. */
function check_salon() {
  const home = play_salon(tool, join(folder, "salon"));
  const { ledger, note, receipt } = read_salon(home);
  const right = check({ ledger: plain(ledger), snapshot: plain(note), member: "m017" });
  assert.equal(says(right), "right");
  assert.deepEqual(right.story.months.map((/** @type {any} */ { period, pay }) => [period, pay]), [["2026-03", 3743n], ["2026-04", 7655n]]);
  assert.deepEqual(right.records, { operator: 614, relayed: 109, signed: 0 });

  let asked = 0;
  /** @type {string[]} */
  const differences = [];
  const damaged = join(folder, "damaged");
  /** @param {string} what @param {Buffer} bad_ledger @param {Buffer} bad_note @param {string} [announced] */
  function same_of_ledger(what, bad_ledger, bad_note, announced = "") {
    const theirs = tool_says(tool, damaged, { "ledger.jsonl": bad_ledger, "some.note": bad_note }, ...(announced ? ["--expect", announced] : []));
    const ours = says(check({ ledger: plain(bad_ledger), snapshot: plain(bad_note), announced }));
    if (ours !== theirs || ours === "right") differences.push(`${what}: the page says ${ours}, the tool ${theirs}`);
    asked += 1;
  }
  /** @param {string} what @param {Buffer} bad @param {string} [member] @param {string} [announced] */
  function same_of_receipt(what, bad, member = "m017", announced = "") {
    const theirs = tool_says(tool, damaged, { "some.tlog-proof": bad }, "--member", member, ...(announced ? ["--expect", announced] : []));
    const findings = check({ receipt: plain(bad), member, announced });
    const ours = findings.receipt.refusal?.code ?? findings.signers.refusal?.code ?? "right";
    if (ours !== theirs || ours === "right") differences.push(`${what}: the page says ${ours}, the tool ${theirs}`);
    asked += 1;
  }

  const size = Number(note.toString().split("\n")[1]);
  const covered = lines_of(ledger).slice(0, size);
  const whole = Buffer.from(covered.join(""));
  // Lines that are taken out, doubled, or in each other's place.
  for (let at = 0; at < covered.length; at += at < 20 ? 1 : 13) {
    same_of_ledger(`line ${at} is taken out`, with_lines(whole, (lines) => lines.toSpliced(at, 1)), note);
    same_of_ledger(`line ${at} stands twice`, with_lines(whole, (lines) => lines.toSpliced(at, 0, lines[at])), note);
    if (at + 1 < covered.length) same_of_ledger(`lines ${at} and ${at + 1} change places`, with_lines(whole, (lines) =>
      lines.toSpliced(at, 2, lines[at + 1], lines[at])), note);
  }
  // Each number that a draft and a statement give, one more or another.
  for (const [at, line] of covered.entries()) {
    const { kind } = JSON.parse(line);
    if (kind !== "draft" && kind !== "statement" && kind !== "income") continue;
    const places = [...line.matchAll(/"(?:amount|distributed|in|recouped|undivided_after|undivided_before)":"(\d+)"|"(?:digest|payout_root|root)":"(.)|"(?:payees|count)":(\d+)/g)];
    for (const found of places) {
      const [number, digit] = [found[1] ?? found[3], found[2]];
      const changed = digit ? (digit === "0" ? "1" : "0") : one_more(number);
      const end = found.index + found[0].length - (found[1] ? 1 : 0);
      const bad = line.slice(0, end - (number ?? digit).length) + changed + line.slice(end);
      same_of_ledger(`line ${at}: ${found[0]}`, with_lines(whole, (lines) => lines.toSpliced(at, 1, bad)), note);
    }
  }
  // Files that were cut off, at many places.
  for (let cut = 1; cut < 40; cut += 1) {
    same_of_ledger(`the ledger ends ${cut * 977} bytes early`, whole.subarray(0, whole.length - cut * 977), note);
    if (cut < note.length / 9) same_of_ledger(`the snapshot ends ${cut * 9} bytes early`, whole, note.subarray(0, note.length - cut * 9));
    same_of_receipt(`the receipt ends ${cut * 101} bytes early`, receipt.subarray(0, receipt.length - cut * 101));
  }
  same_of_ledger("the last newline is missing", whole.subarray(0, whole.length - 1), note);
  same_of_ledger("a signature is another one", ledger, with_another_signature(note));
  same_of_ledger("the root is another one", ledger, with_another_root(note));
  same_of_ledger("the size is another one", ledger, Buffer.from(note.toString().replace(`\n${size}\n`, `\n${size - 1}\n`)));
  same_of_ledger("another community", ledger, Buffer.from(note.toString().replace(/mikoshi\/./, (start) => start.slice(0, -1) + (start.endsWith("0") ? "1" : "0"))));
  const one_signature = note.toString().split("\n").slice(0, 5).join("\n") + "\n";
  same_of_ledger("one signature of two", ledger, Buffer.from(one_signature));
  same_of_ledger("two of one name", ledger, Buffer.from(one_signature + one_signature.split("\n")[4] + "\n"));
  same_of_ledger("something follows the snapshot", ledger, Buffer.concat([note, Buffer.from("x\n")]));
  same_of_ledger("an empty line follows the snapshot", ledger, Buffer.concat([note, Buffer.from("\n")]));
  same_of_ledger("another announced hash", ledger, note, "0".repeat(64));
  same_of_ledger("no hash announced", ledger, note, "abc");

  // Receipts: of somebody else; with each payout and each sum one more; with other places, hashes, months, signatures.
  same_of_receipt("somebody else's", receipt, "m088");
  same_of_receipt("another announced hash", receipt, "m017", "0".repeat(64));
  same_of_receipt("a signature is another one", with_another_signature(receipt));
  same_of_receipt("the root is another one", with_another_root(receipt));
  /** @type {[string, (body: any) => void][]} */
  const changes = [
    ["a payout is one more", ({ payouts: [{ leaf }] }) => { leaf.amount = one_more(leaf.amount); }],
    ["a payout is one less", ({ payouts: [{ leaf }] }) => { leaf.amount = String(BigInt(leaf.amount) - 1n); }],
    ["a payout of somebody else", ({ payouts: [{ leaf }] }) => { leaf.payee = "m088"; }],
    ["a payout of another month", ({ payouts: [{ leaf }] }) => { leaf.period = "2026-03"; }],
    ["a payout in another currency", ({ payouts: [{ leaf }] }) => { leaf.currency = "EUR"; }],
    ["another index", ({ payouts: [payout] }) => { payout.index += 1; }],
    ["an index beyond the tree", ({ payouts: [payout] }) => { payout.index = 1000; }],
    ["a path that is too short", ({ payouts: [{ path }] }) => { path.pop(); }],
    ["a path that is too long", ({ payouts: [{ path }] }) => { path.push(path[0]); }],
    ["a payout twice", ({ payouts }) => { payouts.push(payouts[0]); }],
    ["owed one more", ({ standing: { leaf } }) => { leaf.owed = one_more(leaf.owed); }],
    ["a ticket more", ({ standing: { leaf } }) => { leaf.holds.ticket += 1; }],
    ["another one's standing", ({ standing: { leaf } }) => { leaf.member = "m088"; }],
    ["a statement that says more", (body) => { body.statement = body.statement.replace(/"distributed":"(\d+)"/, (/** @type {string} */ all, /** @type {string} */ amount) => all.replace(amount, one_more(amount))); }],
    ["another first line", (body) => { body.dao = body.dao.replace("JPY", "USD"); }],
    ["a field too many", (body) => { body.more = 1; }],
    ["a field too few", (body) => { delete body.standing; }],
    ["an amount that is a number", ({ payouts: [{ leaf }] }) => { leaf.amount = 7655; }],
  ];
  for (const [what, change] of changes) same_of_receipt(what, with_body(receipt, change));
  const proof_lines = receipt.toString().split("\n");
  const body = JSON.parse(Buffer.from(proof_lines[1].slice(6), "base64").toString());
  for (const [at] of body.payouts[0].path.entries()) {
    same_of_receipt(`sum ${at} is one more`, with_body(receipt, ({ payouts: [{ path }] }) => { path[at].sum = one_more(path[at].sum); }));
    same_of_receipt(`hash ${at} is another one`, with_body(receipt, ({ payouts: [{ path }] }) => { path[at].hash = "00".repeat(32); }));
  }
  same_of_receipt("another number of the line", Buffer.from(receipt.toString().replace(/\nindex (\d+)/, (all, index) => all.replace(index, one_more(index)))));
  same_of_receipt("a hash of the proof too few", Buffer.from(proof_lines.toSpliced(3, 1).join("\n")));
  // Any bit of it: which ones says a small generator that always says the same.
  for (let step = 0, random = 991; step < 150; step += 1) {
    random = (random * 48_271) % 2_147_483_647;
    const bad = Buffer.from(receipt);
    bad[random % receipt.length] ^= 1 << (random % 7);
    same_of_receipt(`bit ${random % 7} of byte ${random % receipt.length}`, bad);
  }
  assert.deepEqual(differences, []);
  // A receipt beside a ledger that is not the one that was promised.
  const other = check({ ledger: plain(whole), receipt: plain(with_another_root(receipt)), member: "m017" });
  assert.equal(other.receipt.refusal.code, "proof_mismatch");
  console.log(`salon: right, and ${asked} kinds of damage of which page and tool say the same`);
}

const base64 = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("base64");

/** @param {any} body @param {Uint8Array[]} leaves of the lines up to the statement @param {string} snapshot */
const receipt_of = (body, leaves, snapshot) => Buffer.from(["c2sp.org/tlog-proof@v1", `extra ${base64(utf8(to_json(body)))}`, `index ${leaves.length - 1}`,
  ...siblings_of(leaves, leaves.length - 1).map(base64), "", snapshot].join("\n"));

/** @param {any} state @returns {any} where m002 stands, as a receipt says it */
function standing_of(state) {
  const leaves = [...standings(state)];
  const index = leaves.findIndex(({ member }) => member === "m002");
  return { index, leaf: leaves[index], path: siblings_of(leaves.map((leaf) => leaf_hash(utf8(to_json(leaf)))), index).map(to_hex) };
}

/** The document's example, which goes on. @param {string} [first_line] another one */
function example(first_line) {
  const lines = blocks("example-ledger")[0].trim().split("\n");
  if (first_line) lines[0] = first_line;
  const state = state_after(lines.map((line) => `${line}\n`));
  const spelled = (/** @type {any} */ claim) => to_json({ at: "2026-05-02T00:00:00Z", seq: lines.length, voice: "operator", ...claim });
  const say = (/** @type {any} */ claim) => {
    const line = spelled(claim);
    apply_line(state, utf8(line));
    lines.push(line);
    return line;
  };
  return { lines, state, say, spelled };
}

/** Payments that wallets claim: what each statement says of them, and what it must not say. */
function check_claims() {
  const { lines, state, say, spelled } = example();
  const [a, b, c] = ["aa", "bb", "cc"].map((byte) => `eth:0x${byte.repeat(20)}`);
  const damaged = join(folder, "damaged");
  const snapshot = Buffer.from(blocks("example-snapshot")[0]);
  let asked = 0;
  const refuses = (/** @type {any} */ claim, /** @type {string} */ name) => {
    const line = spelled(claim);
    const bad = Buffer.from([...lines, line].map((one) => `${one}\n`).join(""));
    assert.equal(says(check({ ledger: plain(bad), snapshot: plain(snapshot) })), name, line);
    assert.equal(tool_says(tool, damaged, { "ledger.jsonl": bad, "some.note": snapshot }), name, `the tool: ${line}`);
    asked += 1;
  };
  const payment = (/** @type {string} */ id, /** @type {string} */ member, /** @type {string} */ amount, /** @type {string | undefined} */ wallet) =>
    ({ amount, currency: "JPY", id, kind: "payment", member, ...(wallet ? { wallet } : {}) });
  const { charter, currency } = JSON.parse(lines[14]);
  const statement = (/** @type {any} */ more) => {
    const leaves = [...standings(state)].map((leaf) => leaf_hash(utf8(to_json(leaf))));
    return { charter, currency, distributions: [], kind: "statement", members: { count: leaves.length, root: to_hex(log_root(leaves)) }, ...more };
  };
  const claims_are = (/** @type {Map<string, bigint>} */ amounts) => [{ currency, payees: amounts.size, root: claim_root(amounts),
    total: String([...amounts.values()].reduce((sum, amount) => sum + amount, 0n)) }];

  for (const [member, public_key] of [["m001", a], ["m002", b]]) say({ kind: "member.key", member, public_key });
  say({ kind: "member.key", member: "m001", public_key: c }); // speaks in seven days
  refuses(payment("p1", "m001", "150", b), "no_such_key");
  refuses(payment("p1", "m001", "150", c), "no_such_key");
  refuses(payment("p1", "m003", "150", a), "no_such_member");
  refuses(payment("p1", "m001", "150", `bip340:${"00".repeat(32)}`), "bad_choice");
  refuses(payment("p1", "m001", "150", `eth:0x${"AA".repeat(20)}`), "bad_hex");
  refuses(payment("p1", "m001", "999", b), "no_such_key");
  refuses(payment("p1", "m001", "999", a), "owed_exceeded");
  refuses(statement({ claims: [] }), "payout_mismatch");
  say(payment("p1", "m001", "150", a));
  say(payment("p2", "m002", "200", b));
  say(payment("p3", "m001", "100", a));
  say({ amount: "100", id: "p3", kind: "payment.failed" });
  say(payment("p4", "m001", "100", undefined));
  const at = "2026-05-12T00:00:00Z";
  const first = new Map([[b, 200n], [c, 110n], [a, 150n]]);
  const [claim] = claims_are(first);
  say({ at, ...payment("p5", "m001", "110", c) });
  for (const claims of [undefined, [], [claim, claim], [{ ...claim, total: "461" }], [{ ...claim, payees: 2 }], [{ ...claim, currency: "USD" }],
    claims_are(new Map([...first, [a, 250n]])), claims_are(new Map([[b, 200n], [a, 260n]])), [{ ...claim, root: "00".repeat(32) }]]) {
    refuses({ at, ...statement(claims ? { claims } : {}) }, "payout_mismatch");
  }
  refuses({ at, ...statement({ claims: [{ ...claim, total: 460 }] }) }, "number_must_be_string");
  refuses({ at, ...statement({ claims: [{ ...claim, more: 1 }] }) }, "unknown_field");
  refuses({ at, ...statement({ claims: claim }) }, "wrong_type");
  say({ at, ...statement({ claims: [claim] }) });
  refuses({ amount: "110", at, id: "p5", kind: "payment.failed" }, "conflict");
  refuses({ amount: "111", at, id: "p5", kind: "payment.failed" }, "wrong_amount");
  say({ amount: "100", at, id: "p4", kind: "payment.failed" });
  say({ amount: "110", at, id: "p5", kind: "payment.settled" });
  say({ at, ...payment("p6", "m001", "100", c) });
  refuses({ at, ...statement({ claims: [claim] }) }, "payout_mismatch");
  say({ at, ...statement({ claims: claims_are(new Map([[a, 150n], [b, 200n], [c, 210n]])) }) });
  const whole = Buffer.from(lines.map((one) => `${one}\n`).join(""));
  assert.equal(says(check({ ledger: plain(whole), snapshot: plain(snapshot) })), "right");
  assert.equal(tool_says(tool, damaged, { "ledger.jsonl": whole, "some.note": snapshot }), "right");
  console.log(`claims: two statements, and ${asked} lines that page and tool refuse alike`);
}

/** Stewards of every sort, who hand over twice: from a BIP-340 key to Ed25519 and a wallet, and from those to a third. */
function check_handovers() {
  const [haru, bob, cho] = [1, 2, 3].map((number) => number.toString(16).padStart(64, "0"));
  const ann = "05".repeat(32);
  const address = `0x${to_hex(K(secp256k1.getPublicKey(bob, false).slice(1)).slice(12))}`;
  const wallet_signs = (/** @type {Uint8Array} */ digest) => {
    const signature = secp256k1.sign(digest, bob);
    return joined(signature.toCompactRawBytes(), Uint8Array.of(27 + signature.recovery));
  };
  const [first, second, third] = [[{ key: to_hex(schnorr.getPublicKey(haru)), name: "haru" }],
    [{ key: `ed25519:${to_hex(ed25519.getPublicKey(ann))}`, name: "ann" }, { key: `eth:${address}`, name: "bob" }],
    [{ key: `eth:${address}`, name: "bob" }, { key: to_hex(schnorr.getPublicKey(cho)), name: "cho" }]];

  const { lines, state, say } = example();
  const dao = state.leaves[0];
  const change = (/** @type {string} */ id, /** @type {any} */ stewards, /** @type {Record<string, (message: Uint8Array) => Uint8Array>} */ signers) => {
    const proposal = say({ id, kind: "propose", stewards: { stewards, threshold: stewards.length }, until: "2026-06-01T00:00:00Z" });
    const message = tagged("mikoshi/proposal/v1", dao, leaf_hash(utf8(proposal)));
    const signatures = Object.entries(signers).map(([steward, signs]) => ({ signature: to_hex(signs(message)), steward }));
    for (const { signature, steward } of signatures) say({ id, kind: "sign", steward, steward_signature: signature });
    say({ id, kind: "execute" });
    return { proposal, signatures };
  };
  const handovers = [change("s1", second, { haru: (message) => schnorr.sign(message, haru) }),
    change("s2", third, { ann: (message) => ed25519.sign(message, ann), bob: (message) =>
      wallet_signs(typed_digest_of(dao, "Message(string purpose,bytes32 hash)", K(utf8("mikoshi/proposal/v1")), message)) })];
  const { charter, currency, members } = JSON.parse(lines[14]);
  const statement = say({ charter, currency, distributions: [], kind: "statement", members });

  const origin = `mikoshi/${to_hex(dao)}`;
  const root = log_root(state.leaves);
  const snapshot = `${origin}\n${lines.length}\n${base64(root)}\n`;
  const size = from_hex(lines.length.toString(16).padStart(64, "0"));
  const by = { bob: wallet_signs(typed_digest_of(null, "Snapshot(string origin,uint64 size,bytes32 root)", K(utf8(origin)), size, root)),
    cho: schnorr.sign(tagged("mikoshi/snapshot/v1", utf8(snapshot)), cho) };
  const signed = third.map(({ name, key }) => `\u2014 ${name} ${base64(joined(from_hex(key_id({ name, key })), by[/** @type {keyof typeof by} */ (name)]))}\n`).join("");
  const body = { dao: lines[0], handovers, payouts: [], standing: standing_of(state), statement };
  assert.equal(first[0].key, JSON.parse(lines[0]).stewards[0].key);

  const damaged = join(folder, "damaged");
  const ledger = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const found = check({ ledger: plain(ledger), snapshot: utf8(`${snapshot}\n${signed}`) });
  assert.equal(says(found), "right");
  assert.equal(tool_says(tool, damaged, { "ledger.jsonl": ledger, "some.note": Buffer.from(`${snapshot}\n${signed}`) }), "right");
  const alone = check({ receipt: plain(receipt_of(body, state.leaves, `${snapshot}\n${signed}`)) });
  assert.deepEqual(alone.signers.signers, ["bob", "cho"]);
  assert.equal(alone.signers.set.changes, 2);

  /** @type {[string, string, (body: any) => void][]} */
  const cases = [
    ["as it is", "right", () => {}],
    ["no handover", "quorum_not_met", (body) => { delete body.handovers; }],
    ["an empty list", "bad_receipt", (body) => { body.handovers = []; }],
    ["the first one alone", "quorum_not_met", (body) => { body.handovers.pop(); }],
    ["the second one alone", "not_a_steward", (body) => { body.handovers.shift(); }],
    ["the other way round", "not_a_steward", (body) => { body.handovers.reverse(); }],
    ["signatures that descend", "bad_receipt", (body) => { body.handovers[1].signatures.reverse(); }],
    ["a signature twice", "bad_receipt", (body) => { body.handovers[1].signatures.push(body.handovers[1].signatures[1]); }],
    ["one signature of two", "quorum_not_met", (body) => { body.handovers[1].signatures.pop(); }],
    ["another signature", "bad_signature", (body) => { body.handovers[1].signatures[0].signature = "00".repeat(64); }],
    ["a wallet's signature cut", "bad_signature", (body) => { const [, one] = body.handovers[1].signatures; one.signature = one.signature.slice(2); }],
    ["a signature of 63 bytes", "bad_receipt", (body) => { body.handovers[1].signatures[0].signature = "00".repeat(63); }],
    ["another proposal", "bad_signature", (body) => { body.handovers[1].proposal = body.handovers[1].proposal.replace("s2", "s3"); }],
    ["a line that proposes nothing", "bad_receipt", (body) => { body.handovers[1].proposal = lines[4]; }],
    ["a line that is cut off", "bad_json", (body) => { body.handovers[1].proposal = body.handovers[1].proposal.slice(0, -1); }],
  ];
  for (const [what, name, spoil] of cases) {
    const spoilt = JSON.parse(to_json(body));
    spoil(spoilt);
    const bytes = receipt_of(spoilt, state.leaves, `${snapshot}\n${signed}`);
    const findings = check({ receipt: plain(bytes), member: "m002" });
    assert.equal(findings.receipt.refusal?.code ?? findings.signers.refusal?.code ?? "right", name, what);
    assert.equal(tool_says(tool, damaged, { "some.tlog-proof": bytes }, "--member", "m002"), name, `the tool: ${what}`);
  }
  console.log(`handovers: stewards of every sort, ${cases.length} receipts of which page and tool say the same`);
}

/**
 * One community, three stewards of whom two sign, and several histories: some share their first lines, in some the stewards have
 * handed over to two others. What a visit may be given of each statement: the ledger and a snapshot, or a receipt.
 */
function made_histories() {
  const secrets = Object.fromEntries(["ann", "bob", "cho", "dan", "eve"].map((name, at) => [name, (at + 1).toString(16).padStart(64, "0")]));
  const key_of = (/** @type {string} */ name) => ({ key: to_hex(schnorr.getPublicKey(secrets[name])), name });
  const first = { ...JSON.parse(blocks("example-ledger")[0].split("\n")[0]), stewards: ["ann", "bob", "cho"].map(key_of), threshold: 2 };
  /** @type {{history: string, size: number, ledger: Buffer, receipt: (names: string[]) => Buffer, note: (names: string[]) => string, stewards: string[]}[]} */
  const found = [];
  for (const [history, steps] of Object.entries({ a: "pqr", b: "pst", c: "uv", d: "Hwx", e: "Hwy", f: "p".repeat(66) })) {
    const { lines, state, say } = example(to_json(first));
    const statement = JSON.parse(lines[14]);
    /** @type {{proposal: string, signatures: any[]}[]} */
    const handovers = [];
    let stewards = ["ann", "bob", "cho"];
    const state_it = (/** @type {string} */ line) => {
      const [leaves, text] = [[...state.leaves], `${lines.join("\n")}\n`];
      const snapshot = `mikoshi/${state.dao_id()}\n${leaves.length}\n${base64(log_root(leaves))}\n`;
      const note = (/** @type {string[]} */ names) => `${snapshot}\n${names.map((name) => `\u2014 ${name} ${base64(joined(from_hex(key_id(key_of(name))),
        schnorr.sign(tagged("mikoshi/snapshot/v1", utf8(snapshot)), secrets[name], new Uint8Array(32))))}\n`).join("")}`;
      const body = { dao: lines[0], ...(handovers.length ? { handovers: [...handovers] } : {}), payouts: [], standing: standing_of(state), statement: line };
      found.push({ history, size: leaves.length, ledger: Buffer.from(text), note, stewards,
        receipt: (names) => receipt_of(body, leaves, note(names)) });
    };
    const say_statement = () => {
      const leaves = [...standings(state)].map((leaf) => leaf_hash(utf8(to_json(leaf))));
      state_it(say({ charter: statement.charter, currency: statement.currency, distributions: [], kind: "statement",
        members: { count: leaves.length, root: to_hex(log_root(leaves)) } }));
    };
    say_statement();
    for (const step of steps) {
      if (step === "H") {
        const proposal = say({ id: "s1", kind: "propose", stewards: { stewards: ["dan", "eve"].map(key_of), threshold: 2 }, until: "2026-06-01T00:00:00Z" });
        const message = tagged("mikoshi/proposal/v1", state.leaves[0], leaf_hash(utf8(proposal)));
        const signatures = ["ann", "bob"].map((steward) => ({ signature: to_hex(schnorr.sign(message, secrets[steward])), steward }));
        for (const { signature, steward } of signatures) say({ id: "s1", kind: "sign", steward, steward_signature: signature });
        say({ id: "s1", kind: "execute" });
        handovers.push({ proposal, signatures });
        stewards = ["dan", "eve"];
      } else {
        // Two and three lines, so that some statements of different histories cover as many.
        for (const at of step < "t" ? [1] : [1, 2]) say({ kind: "member.join", member: `${step}${lines.length}.${at}` });
        say_statement();
      }
    }
  }
  return found;
}

/** One visit after another to several histories, in many orders: page and tool refuse the same, and keep the same. */
function check_visits() {
  const all = made_histories();
  const pins_folder = join(folder, "pins");
  const files = join(folder, "visits");
  const met = { visits: 0, first: 0, same: 0, extends: 0, unchecked: 0, rollback: 0, equivocation: 0, evidence: 0, none: 0, bad_pin: 0 };
  let random = 20_250_401;
  const any_of = (/** @type {any[]} */ list) => {
    random = (random * 48_271) % 2_147_483_647;
    return list[random % list.length];
  };
  const dao = check({ ledger: plain(all[0].ledger) }).dao;
  const pin_file = join(pins_folder, `${dao}.json`);
  /** @type {string[]} */
  let evidence_now = [];
  /** @type {Record<string, string>} */
  let pins = {};
  const evidence_files = () => (existsSync(pins_folder) ? readdirSync(pins_folder).filter((name) => name.endsWith(".evidence")) : []);

  /** @param {any} of @param {boolean} is_receipt @param {string[]} names */
  function visit(of, is_receipt, names) {
    const place = `visit ${met.visits}: ${of.history} ${of.size}${is_receipt ? ", its receipt" : ""}, signed by ${names}`;
    const given = is_receipt ? { "some.tlog-proof": of.receipt(names) } : { "ledger.jsonl": of.ledger, "some.note": Buffer.from(of.note(names)) };
    const theirs = tool_visits(tool, files, given, pins_folder, ...(is_receipt ? ["--member", "m002"] : []));
    const found = is_receipt ? check({ receipt: plain(of.receipt(names)), pins }) : check({ ledger: plain(of.ledger), snapshot: utf8(of.note(names)), pins });
    const { seen } = found;
    met.visits += 1;
    if (seen === null) {
      assert.equal(theirs.says, says(found), place);
      assert.equal(theirs.says, "quorum_not_met", place);
      return;
    }
    assert.equal(theirs.says, seen.refusal?.code ?? "right", `${place}: ${JSON.stringify(seen)} ${theirs.told}`);
    if (seen.refusal) {
      met[/** @type {keyof typeof met} */ (seen.refusal.code)] += 1;
    } else {
      met[/** @type {keyof typeof met} */ (seen.sight)] += 1;
      assert.equal(theirs.seen, seen.sight === "extends" || seen.sight === "unchecked" ? seen.sight : undefined, place);
      assert.equal(seen.before, pins[dao] ?? null, place);
      if (seen.after !== null) pins[dao] = seen.after;
    }
    if (seen.refusal?.code === "equivocation") {
      const { both, evidence } = seen.fork;
      met[evidence ? "evidence" : "none"] += 1;
      assert.ok(evidence ? theirs.told.includes(`${both.join(", ")} signed two histories`) && both.length > 0 : theirs.told.includes("no evidence against anybody"), `${place}: ${theirs.told}`);
      if (evidence) {
        assert.equal(evidence.text, readFileSync(join(pins_folder, evidence.name), "utf8"), place);
        assert.deepEqual(evidence_names(tool, files, evidence.text), both, place);
      }
      const written = evidence_files();
      assert.ok(!evidence || written.includes(evidence.name));
      evidence_now = written;
    }
    assert.deepEqual(evidence_files(), evidence_now, place);
    assert.equal(existsSync(pin_file) ? readFileSync(pin_file, "utf8") : undefined, pins[dao], place);
  }

  function forget() {
    rmSync(pins_folder, { recursive: true, force: true });
    mkdirSync(pins_folder, { recursive: true });
    [pins, evidence_now] = [{}, []];
  }

  for (let round = 0; round < 60; round += 1) {
    forget();
    const liked = any_of(["ab", "ac", "bc", "de", "ad", "abcdef"]);
    for (let step = 0; step < 7; step += 1) {
      const of = any_of(all.filter(({ history }) => liked.includes(history)));
      const absent = of.stewards.length > 2 ? any_of(of.stewards) : "";
      const pair = of.stewards.filter((/** @type {string} */ name) => name !== absent);
      visit(of, any_of([true, true, false]), any_of([pair, pair, pair, of.stewards, pair.slice(1)]));
    }
  }
  for (const kind of /** @type {const} */ (["first", "same", "extends", "unchecked", "rollback", "equivocation", "evidence", "none"])) assert.ok(met[kind] > 0, `${kind}: ${met[kind]}`);

  // More receipts than wait for a ledger, then the ledger; and pins that are damaged.
  forget();
  const long = all.filter(({ history }) => history === "f");
  for (const of of long) visit(of, true, ["ann", "bob"]);
  assert.equal(JSON.parse(pins[dao]).notes.length, 64);
  visit(long[65], false, ["ann", "cho"]);
  forget();
  const right = all.filter(({ history }) => history === "a");
  for (const of of right) visit(of, true, ["ann", "bob"]);
  const pin = pins[dao];
  for (const bad of [pin.slice(0, -1), `${pin}\n`, pin.replace("ann", "anm"), pin.replace(dao, dao.replace(/./, (digit) => (digit === "0" ? "1" : "0"))), "", "null\n",
    pin.replace(/"notes":\[.*\],"sha256/, '"notes":[],"sha256'), pin.replace("pin-v1", "pin-v2"), JSON.stringify(JSON.parse(pin), null, 1)]) {
    writeFileSync(pin_file, bad);
    pins = { [dao]: bad };
    for (const is_receipt of [true, false]) visit(right[1], is_receipt, ["ann", "bob"]);
  }
  // After a handover: two histories by the new stewards, who are named; and one by the new, one by the old, which names nobody.
  const newest = (/** @type {string} */ name) => /** @type {any} */ (all.findLast(({ history }) => history === name));
  for (const [one, other, both] of /** @type {const} */ ([["d", "e", ["dan", "eve"]], ["a", "d", []]])) {
    forget();
    visit(newest(one), false, newest(one).stewards.slice(0, 2));
    visit(newest(other), false, newest(other).stewards.slice(0, 2));
    const given = { ledger: plain(newest(other).ledger), snapshot: utf8(newest(other).note(newest(other).stewards)), pins };
    assert.deepEqual(check(given).seen.fork.both, both);
  }
  // Two of one size, in both orders; and the ledger of the largest receipt, which settles the others.
  const pair = ["a", "b"].map((name) => all.find(({ history, size }) => history === name && size === 20));
  for (const [one, other] of [pair, [...pair].reverse()]) {
    for (const is_receipt of [true, false]) {
      forget();
      visit(one, false, ["ann", "bob"]);
      visit(other, is_receipt, ["bob", "cho"]);
    }
  }
  forget();
  for (const of of right.slice(0, 2)) visit(of, true, ["ann", "bob"]);
  visit(right[1], false, ["ann", "bob"]);
  assert.equal(JSON.parse(pins[dao]).notes.length, 1);
  // Another steward's signature under it is another snapshot, but the same lines: the one that was seen stays.
  forget();
  visit(right[0], false, ["ann", "bob"]);
  visit(right[0], false, ["bob", "cho"]);
  assert.equal(check({ ledger: plain(right[0].ledger), snapshot: utf8(right[0].note(["ann", "bob"])) }).seen, "nowhere");
  // A ledger beside a receipt of a later statement: the later one is what is kept; a ledger that is wrong, or signed by too few, is not looked for.
  const both = check({ ledger: plain(right[1].ledger), snapshot: utf8(right[0].note(["ann", "bob"])), receipt: plain(right[1].receipt(["bob", "cho"])), pins: {} });
  assert.ok(both.seen.after.includes(`\\n${right[1].size}\\n`));
  assert.equal(check({ ledger: plain(right[1].ledger), pins: {} }).seen, null);
  assert.equal(check({ ledger: plain(right[1].ledger.subarray(1)), snapshot: utf8(right[0].note(["ann", "bob"])), pins: {} }).seen, null);
  console.log(`visits: ${Object.entries(met).map(([what, times]) => `${times} ${what}`).join(", ")}: page and tool say the same, and remember the same`);
}

/** @param {() => unknown} look @returns {{code: string | undefined, seq: number | null}} what it is refused with */
function refusal_of(look) {
  try {
    look();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  return { code: undefined, seq: null };
}

/** RFC 9162, 2.1.4.2. @param {Uint8Array[]} proof @param {number} m @param {number} n @param {Uint8Array} old @param {Uint8Array} root @returns {boolean} */
function is_consistent(proof, m, n, old, root) {
  const same = (/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) => to_hex(a) === to_hex(b);
  if (m === n) return proof.length === 0 && same(old, root);
  const [seed, ...rest] = Number.isInteger(Math.log2(m)) ? [old, ...proof] : proof;
  let [at, last] = [m - 1, n - 1];
  while (at & 1) [at, last] = [at >> 1, last >> 1];
  let [of_old, of_root] = [seed, seed];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at & 1 || at === last) {
      [of_old, of_root] = [join_hashes(sibling, of_old), join_hashes(sibling, of_root)];
      while (at !== 0 && !(at & 1)) [at, last] = [at >> 1, last >> 1];
    } else {
      of_root = join_hashes(of_root, sibling);
    }
    [at, last] = [at >> 1, last >> 1];
  }
  return last === 0 && same(of_old, old) && same(of_root, root);
}

// Of two wrongs of a ledger either may be named: a line that no rule allows, or a root of other lines.
const either_of_two = ["root_mismatch", "ledger_too_short", "chain_broken", "no_snapshot"];

/** For each file of vectors what the page says of one line of it; throws where that is another thing. @type {Record<string, (vector: any, stewards: any[]) => void>} */
const vector_checks = {
  canonical: ({ bytes, canonical, error }) => {
    /** @type {any} */
    let value;
    assert.equal(refusal_of(() => { value = parse_json(from_hex(bytes)); }).code, error);
    if (canonical !== undefined) assert.equal(to_json(value ?? parse_json(utf8(canonical))), canonical);
  },
  splits: ({ rule, amounts, weights, pays, fractions, undivided, dust, error }) => {
    const [given, shares] = [amounts.map(BigInt), new Map(weights.map((/** @type {string} */ weight, /** @type {number} */ at) => [String(at), BigInt(weight)]))];
    const whole = [...shares.values()].reduce((sum, weight) => sum + weight, 0n);
    // The page divides where the rules of a line have looked at these before.
    if (whole >= 1n << 64n || (whole === 0n && given.some((/** @type {bigint} */ amount) => amount > 0n))) return assert.ok(error);
    const pool = new Pool("");
    const rows = given.map((/** @type {bigint} */ amount) => {
      const got = amount === 0n ? new Map() : rule === "carry" ? pool.carry(amount, shares) : rules_without_memory[rule](amount, shares);
      return [...shares.keys()].map((name) => String(got.get(name) ?? 0n));
    });
    assert.deepEqual(rows, pays);
    if (rule !== "carry") return;
    assert.deepEqual([...shares.keys()].map((name) => String(pool.fraction_of(name))), fractions);
    assert.deepEqual([String(pool.undivided), String(pool.dust)], [undivided, dust]);
  },
  trees: ({ tree, leaves, root, inclusion, consistency }) => {
    if (tree === "sum") {
      const node = (/** @type {any} */ { sum, hash }) => ({ sum: BigInt(sum), hash: from_hex(hash) });
      const nodes = leaves.map(node);
      assert.deepEqual(tree_root(nodes, join_sums, { sum: 0n, hash: H() }), node(root));
      for (const [at, path] of inclusion.entries()) climb_sums(node(root), nodes[at], at, nodes.length, path.map(node));
      return;
    }
    const hashes = leaves.map((/** @type {string} */ leaf) => leaf_hash(from_hex(leaf)));
    assert.equal(to_hex(log_root(hashes)), root);
    for (const [at, path] of inclusion.entries()) {
      assert.equal(to_hex(climb(hashes[at], at, hashes.length, path.map(from_hex), join_hashes)), root);
      assert.deepEqual(siblings_of(hashes, at).map(to_hex), path);
    }
    for (const [at, path] of consistency.entries()) {
      assert.ok(is_consistent(path.map(from_hex), at + 1, hashes.length, log_root(hashes.slice(0, at + 1)), from_hex(root)), `from ${at + 1}`);
    }
  },
  notes: ({ bytes, signers, error }, stewards) => {
    /** @type {string[] | undefined} */
    let found;
    assert.equal(refusal_of(() => { found = signers_of(parse_note(from_hex(bytes)), { stewards }); }).code, error);
    assert.deepEqual(found, signers);
  },
  ledgers: ({ lines, note, found, error, seq }) => {
    /** @type {any} */
    let ours;
    const refusal = refusal_of(() => {
      const parsed = parse_note(utf8(note));
      const { state } = last(check_ledger(utf8(lines.map((/** @type {string} */ line) => `${line}\n`).join(""))));
      const result = check_snapshot(parsed, state);
      need_quorum(result);
      ours = { dao: state.dao_id(), distributions: state.distributions.length, lines_after: result.lines_after, signers: result.signers,
        size: parsed.size, snapshot: parsed.hash };
    });
    if (error === undefined || refusal.code === undefined) assert.equal(refusal.code, error);
    else if (lines.length > 0 && ![refusal.code, error].some((code) => either_of_two.includes(code))) {
      assert.equal(refusal.code, error);
      if (seq !== undefined) assert.equal(refusal.seq, Number(seq));
    }
    assert.deepEqual(ours, found);
  },
  receipts: ({ receipt, member, owed, payouts, error }) => {
    /** @type {any} */
    let found;
    assert.equal(refusal_of(() => {
      found = check_receipt(utf8(receipt), member);
      need_quorum(found);
    }).code, error);
    if (error !== undefined) return;
    assert.equal(found.standing.owed, owed);
    assert.deepEqual(found.payouts.map((/** @type {any} */ { leaf: { amount, period } }) => ({ amount, period })), payouts);
  },
};

/** The conformance vectors, as the tool writes them. */
function check_vectors() {
  const out = join(folder, "vectors");
  rmSync(out, { recursive: true, force: true });
  const done = spawnSync(tool, ["vectors", out], { encoding: "utf8", env: { ...process.env, LANG: "C" } });
  assert.equal(done.status, 0, done.stderr);
  const files = new Map(readdirSync(out).map((name) =>
    [name.replace(".jsonl", ""), readFileSync(join(out, name), "utf8").trim().split("\n").map((line) => JSON.parse(line))]));
  assert.deepEqual([...files.keys()].sort(), Object.keys(vector_checks).sort(), "a file of vectors that nobody checks");
  const { stewards } = JSON.parse(files.get("ledgers")?.[0].lines[0]);
  for (const [name, vectors] of files) {
    for (const [at, vector] of vectors.entries()) {
      try {
        vector_checks[name](vector, stewards);
      } catch (error) {
        throw new Error(`${name}.jsonl, line ${at + 1}: ${JSON.stringify(vector).slice(0, 2000)}`, { cause: error });
      }
    }
  }
  console.log(`vectors: ${[...files].map(([name, vectors]) => `${vectors.length} ${name}`).join(", ")}`);
}

/** @param {string[]} lines @returns {any} the state after them */
function state_after(lines) {
  const state = new State();
  for (const line of lines) apply_line(state, utf8(line.slice(0, -1)));
  return state;
}

/** What the tool and the checker said of the ledgers of ledgers.py. A refused line leaves the state as it was: so each ledger is read once. */
function check_cases() {
  const path = join(folder, "cases.jsonl");
  if (!existsSync(path)) return console.log("no ledgers of ledgers.py");
  /** @type {Map<string, any[]>} */
  const by_file = new Map();
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const one = JSON.parse(line);
    by_file.set(one.file, [...by_file.get(one.file) ?? [], one]);
  }
  const met = { lines: 0, refused: 0, snapshots: 0 };
  for (const [file, cases] of by_file) {
    const lines = lines_of(readFileSync(join(folder, file)));
    let state = new State();
    for (let size = 0; size <= lines.length; size += 1) {
      for (const one of cases.filter((one) => one.size === size)) {
        ask(state, one, file, met);
        if (state.leaves.length > size) state = state_after(lines.slice(0, size)); // that line was taken
      }
      if (size < lines.length) apply_line(state, utf8(lines[size].slice(0, -1)));
    }
    met.lines += lines.length;
  }
  console.log(`ledgers: ${met.lines} lines of ${by_file.size}, ${met.refused} lines refused and ${met.snapshots} snapshots judged as by tool and checker`);
}

/** @param {any} gifts @returns {any[]} as the tool spells them */
const edges_of = (gifts) => gifts.map((/** @type {any} */ { period, from, to, currency, gives, booked }) =>
  ({ booked: String(booked), closed: gives !== null, currency, from, gives: String(gives ?? 0n), period, to }));

/** Two communities that give each other: the tool's and the checker's answers of ledgers.py, and the tool's own story of two. */
function check_partners() {
  const path = join(folder, "partners.jsonl");
  const given = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").map((line) => JSON.parse(line)) : [];
  const met = { right: 0, wrong: 0, gifts: 0 };
  for (const { ledgers, notes, edges } of given) {
    const [own, partner] = ledgers.map((/** @type {string} */ ledger, /** @type {number} */ at) => ({ ledger: utf8(ledger), snapshot: utf8(notes[at]) }));
    const findings = check({ ...own, partners: [partner], pins: {} });
    assert.equal(says(findings), "right");
    assert.equal(says(findings.partners[0]), "right");
    assert.notEqual(findings.seen.dao, findings.partners[0].seen.dao);
    const { found } = findings.gifts;
    assert.equal(found.some((/** @type {any} */ { state }) => state === "wrong"), edges === undefined);
    if (edges) assert.deepEqual(edges_of(found), edges);
    met[edges ? "right" : "wrong"] += 1;
    met.gifts += found.length;
  }

  // Open months, corrections, and a month before the first one.
  const home = play_partners(tool, join(folder, "partners"));
  let asked = 0;
  const tool_edges = () => {
    const done = spawnSync(tool, ["verify", "--json", "--no-pin", "a", "--partner", "b"], { cwd: home, encoding: "utf8" });
    return done.status === 0 ? JSON.parse(done.stdout).partners : /error\[(\w+)\]/.exec(done.stderr)?.[1];
  };
  const ours = () => {
    const [own, partner] = ["a", "b"].map((name) => read_community(join(home, name))).map(({ ledger, note }) => ({ ledger: plain(ledger), snapshot: plain(note) }));
    const { found } = check({ ...own, partners: [partner] }).gifts;
    return found.some((/** @type {any} */ { state }) => state === "wrong") ? "payout_mismatch" : edges_of(found);
  };
  /** @param {string} say what the tool is to do before @param {string} [wanted] */
  const both = (say, wanted) => {
    const done = spawnSync("bash", ["-c", say], { cwd: home, encoding: "utf8", env: { ...process.env, PATH: `${join(home, "bin")}:${process.env.PATH}` } });
    assert.equal(done.status, 0, done.stderr);
    assert.deepEqual(ours(), tool_edges(), say);
    if (wanted) assert.equal(ours(), wanted, say);
    asked += 1;
  };
  const id_of = (/** @type {string} */ name) => check({ ledger: plain(read_community(join(home, name)).ledger) }).dao;
  const seq_of = (/** @type {string} */ name, /** @type {string} */ id) => lines_of(read_community(join(home, name)).ledger).findIndex((line) => JSON.parse(line).id === id);
  const got = `from-${id_of("a").slice(0, 12)}-2024-03`;
  both("true");
  both(`mikoshi --dir a income 77 --from ${id_of("b")} --period 2024-04 --id open --at 2024-04-02T00:00:00Z`);
  both(`mikoshi --dir a correct ${seq_of("a", "open")} --amount 0 --at 2024-04-02T00:00:00Z`);
  both(`mikoshi --dir b correct ${seq_of("b", got)} --amount 111 --at 2024-04-02T00:00:00Z`, "payout_mismatch");
  both(`mikoshi --dir b correct ${seq_of("b", got)} --amount 112 --at 2024-04-02T00:00:00Z`);
  both(`mikoshi --dir b income 1 --from ${id_of("a")} --period 2023-01 --id early --at 2024-04-02T00:00:00Z`, "payout_mismatch");
  const own = read_community(join(home, "a"));
  const twice = { ledger: plain(own.ledger), snapshot: plain(own.note) };
  assert.equal(check({ ...twice, partners: [twice] }).gifts.refusal.code, "conflict");
  const cut = { ...twice, ledger: twice.ledger.subarray(0, -1) };
  assert.equal(check({ ...twice, partners: [cut] }).gifts, null);
  assert.equal(says(check({ ...twice, partners: [cut] }).partners[0]), "truncated");
  console.log(`partners: ${met.right} pairs that agree and ${met.wrong} that do not, ${met.gifts} gifts; ${asked} states of a story; as the tool says`);
}

/** Words of the checker for what has many names. */
const unnamed = ["malformed", "not_canonical"];

/** @param {any} state after so many lines @param {any} one a case @param {string} file @param {any} met */
function ask(state, one, file, met) {
  const place = `${file}, line ${one.size}: ${one.last ?? "a snapshot"}`;
  let ours = "right";
  try {
    if (one.last !== undefined) apply_line(state, utf8(one.last));
    if (one.note) {
      need_quorum(check_snapshot(parse_note(plain(Buffer.from(one.note, "base64"))), state));
      met.snapshots += 1;
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    ours = error.code;
  }
  if (unnamed.includes(one.says)) assert.notEqual(ours, "right", place);
  else assert.equal(ours, one.says, place);
  if (ours !== "right") met.refused += 1;
}

/** Every error that the document names has plain words. */
function check_words() {
  const codes = new Set([...text.matchAll(/`([a-z]+(?:_[a-z0-9]+)+)`/g)].map(([, code]) => code));
  for (const code of codes) {
    const { meaning, advice } = explain(code);
    for (const text of [meaning, advice]) assert.ok(text.en.length > 10 && text.ja.length > 5, code);
  }
}

check_document();
check_signatures();
check_words();
check_claims();
check_handovers();
check_visits();
check_partners();
check_salon();
check_cases();
check_vectors();
