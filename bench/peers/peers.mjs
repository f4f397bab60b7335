// SPDX-License-Identifier: MIT
/**
 * What JavaScript needs for the works of mikoshi_bench. peers.py calls it, once a figure:
 *
 *     node peers.mjs WORK PEER N SLOW
 *
 * Prints {"ns": nanoseconds an item, "runs": how many, "answer": what a first run gives, if others must agree with it}.
 * What takes more than SLOW seconds is run three times only. Exits 3, with the reason, if PEER's package does not load.
 */
import * as crypto from "node:crypto";

const mask = (1n << 64n) - 1n;
const weight_of = (i) => 1n + ((BigInt(i) * 2654435761n) & mask) % 1000n;
const amount_of = (n) => BigInt(n) * 1234567n + 89n;
const sum_of = (values) => values.reduce((sum, value) => sum + value, 0n);
const answer_of = (pays) => [sum_of(pays), ...pays.slice(-5)].map(String);

/** A 64-byte leaf: the number as 8 bytes, big-endian, 8 times. */
function leaf_of(i) {
  const leaf = Buffer.alloc(64);
  for (let at = 0; at < 64; at += 8) leaf.writeBigUInt64BE(BigInt(i), at);
  return leaf;
}

/** As split/carry.hpp: one pass, since nothing that these integers do can fail half way. */
function carry(n) {
  const amount = amount_of(n);
  const weights = BigUint64Array.from({ length: n }, (_, i) => weight_of(i));
  const fractions = new BigUint64Array(n).fill(1n << 32n);
  const pays = new Array(n).fill(0n);
  let dust = 0n;
  let undivided = 0n;
  return () => {
    let weight_sum = 0n;
    for (let i = 0; i < n; ++i) weight_sum += weights[i];
    const total = (amount << 64n) + dust;
    const parts = total / weight_sum;
    const remainder = total % weight_sum;
    let shares = 0n;
    let paid = 0n;
    for (let i = 0; i < n; ++i) {
      const weight = weights[i];
      const share = (weight * remainder) / weight_sum;
      const y = weight * parts + share + fractions[i];
      const pay = y >> 64n;
      shares += share;
      paid += pay;
      pays[i] = pay;
      fractions[i] = BigInt.asUintN(64, y);
    }
    dust = remainder - shares;
    undivided += amount - paid;
    return pays;
  };
}

function hamilton(n) {
  const amount = amount_of(n);
  const weights = BigUint64Array.from({ length: n }, (_, i) => weight_of(i));
  const pays = new Array(n).fill(0n);
  return () => {
    let weight_sum = 0n;
    for (let i = 0; i < n; ++i) weight_sum += weights[i];
    const remainders = new BigUint64Array(n);
    const order = new Uint32Array(n);
    let left = amount;
    for (let i = 0; i < n; ++i) {
      const product = weights[i] * amount;
      const pay = product / weight_sum;
      pays[i] = pay;
      left -= pay;
      remainders[i] = product % weight_sum;
      order[i] = i;
    }
    order.sort((a, b) => (remainders[a] > remainders[b] ? -1 : remainders[a] < remainders[b] ? 1 : a - b));
    for (let i = 0; i < Number(left); ++i) pays[order[i]] += 1n;
    return pays;
  };
}

/** Leaves are hashed twice with Keccak-256 and sorted, as the package has it. */
async function tree_openzeppelin(n) {
  const { StandardMerkleTree } = await import("@openzeppelin/merkle-tree");
  const values = Array.from({ length: n }, (_, i) => ["0x" + leaf_of(i).toString("hex")]);
  return () => StandardMerkleTree.of(values, ["bytes"]).root;
}

async function tree_merkletreejs(n) {
  const { MerkleTree } = await import("merkletreejs");
  const sha256 = crypto.hash ? (bytes) => crypto.hash("sha256", bytes, "buffer")
    : (bytes) => crypto.createHash("sha256").update(bytes).digest();
  const leaves = Array.from({ length: n }, (_, i) => leaf_of(i));
  return () => new MerkleTree(leaves.map(sha256), sha256).getRoot();
}

async function verify(n) {
  const { schnorr } = await import("@noble/curves/secp256k1.js");
  const signed = Array.from({ length: n }, (_, i) => {
    const secret = new Uint8Array(32).fill(1 + i % 200);
    const message = new Uint8Array(crypto.createHash("sha256").update(String(i)).digest());
    return [schnorr.sign(message, secret, new Uint8Array(32)), message, schnorr.getPublicKey(secret)];
  });
  const [signature, , key] = signed[0];
  if (schnorr.verify(signature, signed[1][1], key)) throw new Error("a signature of another message is accepted");
  return () => {
    for (const [signature, message, key] of signed)
      if (!schnorr.verify(signature, message, key)) throw new Error("a signature is refused");
  };
}

/**
 * Nanoseconds of one run: of wall and processor time the smaller, so that what else the machine is doing, and the
 * collector's own threads, are not counted against it.
 */
function timed(run) {
  const processor = process.cpuUsage();
  const start = process.hrtime.bigint();
  run();
  const wall = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(processor);
  return Math.min(wall, (user + system) * 1000);
}

/** As median_ns of peers.py: warmed up for 0.3 s, then 7 runs, more of them while they are short. */
function median_ns(run, n, slow) {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  const first = timed(run);
  const runs = [];
  const few = elapsed() > slow * 1000;
  if (few) runs.push(first);
  else while (elapsed() < 300) run();
  const measuring = performance.now();
  while (runs.length < (few ? 3 : 7) || (runs.length < 101 && performance.now() - measuring < 300))
    runs.push(timed(run));
  runs.sort((a, b) => a - b);
  return { ns: runs[runs.length >> 1] / n, runs: runs.length };
}

const works = {
  "carry/JavaScript BigInt": carry,
  "hamilton/JavaScript BigInt": hamilton,
  "tree/@openzeppelin/merkle-tree": tree_openzeppelin,
  "tree/merkletreejs": tree_merkletreejs,
  "verify/@noble/curves": verify,
};

const [work, peer, items, slow] = process.argv.slice(2);
const n = Number(items);
let run;
try {
  run = await works[work + "/" + peer](n);
} catch (error) {
  if (!/^ERR_/.test(error.code ?? "")) throw error;
  console.error(error.message);
  process.exit(3);
}
const split = work === "carry" || work === "hamilton";
const answer = split ? answer_of(works[work + "/" + peer](n)()) : null;
console.log(JSON.stringify({ ...median_ns(run, n, Number(slow)), answer }));
