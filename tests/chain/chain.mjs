// SPDX-License-Identifier: MIT
// The hands of chain_test.py beside its npm packages: one JSON line in, one JSON line out.
//
//   node chain.mjs CONTRACTS            CONTRACTS is the folder of the .sol files
//
//   {op: "tree", form, rows}            rows of [address, amount]: {root, proofs, dump}, by @openzeppelin/merkle-tree for the form
//                                       standard, by merkletreejs for single and window
//   {op: "load", dump}                  the entries of a dump that the package finds valid: {root, claims: [{account, amount, proof}]}
//   {op: "compile"}                     the names of the contracts
//   {op: "connect", url}                {accounts}: the node's own, unlocked
//   {op: "deploy", name, args, from}    {address}
//   {op: "send", name, address, call, args, from}   {} or {reverted: NAME}
//   {op: "read", name, address, call, args}         {value}: numbers as decimal texts
//   {op: "logs", address, topics}       {answer}: the JSON-RPC answer as the node gave it
import { createInterface } from "node:readline";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { MerkleTree } from "merkletreejs";
import solc from "solc";
import * as viem from "viem";

const folder = process.argv[2];
const contracts = {};
let url, client;

function packed(form, [account, amount], index) {
  const types = ["address", "uint256"], values = [account, BigInt(amount)];
  return form === "single" ? viem.encodePacked(["uint256", ...types], [BigInt(index), ...values]) : viem.encodePacked(types, values);
}

function tree({ form, rows }) {
  if (form === "standard") {
    const made = StandardMerkleTree.of(rows, ["address", "uint256"]);
    return { root: made.root, proofs: rows.map((_, i) => made.getProof(i)), dump: JSON.stringify(made.dump()) };
  }
  const hash = (bytes) => Buffer.from(viem.keccak256(bytes, "bytes"));
  const leaves = rows.map((row, i) => hash(Buffer.from(packed(form, row, i).slice(2), "hex")));
  const made = new MerkleTree(leaves, hash, { sortLeaves: true, sortPairs: true });
  return { root: made.getHexRoot(), proofs: leaves.map((leaf) => made.getHexProof(leaf)) };
}

function load({ dump }) {
  const made = StandardMerkleTree.load(JSON.parse(dump));
  made.validate();
  return { root: made.root, claims: [...made.entries()].map(([i, [account, amount]]) => ({ account, amount, proof: made.getProof(i) })) };
}

function compile() {
  const sources = {};
  for (const name of readdirSync(folder)) if (name.endsWith(".sol")) sources[name] = { content: readFileSync(join(folder, name), "utf8") };
  const settings = { evmVersion: "shanghai", optimizer: { enabled: true }, outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
  if (output.errors?.length) throw new Error(output.errors.map((error) => error.formattedMessage).join("\n"));  // warnings, too
  for (const file of Object.values(output.contracts))
    for (const [name, { abi, evm }] of Object.entries(file)) contracts[name] = { abi, bytecode: "0x" + evm.bytecode.object };
  return { names: Object.keys(contracts) };
}

async function connect(given) {
  url = given.url;
  const chain = viem.defineChain({ id: 31337, name: "anvil", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } });
  client = viem.createWalletClient({ chain, transport: viem.http(url), pollingInterval: 10 }).extend(viem.publicActions);
  return { accounts: await client.getAddresses() };
}

async function deploy({ name, args, from }) {
  const hash = await client.deployContract({ ...contracts[name], args, account: from });
  return { address: (await client.waitForTransactionReceipt({ hash })).contractAddress };
}

async function send({ name, address, call, args, from }) {
  const request = { address, abi: contracts[name].abi, functionName: call, args, account: from };
  try {
    await client.simulateContract(request);
  } catch (error) {
    const reverted = error.walk?.((e) => e instanceof viem.ContractFunctionRevertedError);
    if (!reverted) throw error;
    // It must fail in a block, too, and not only where it is tried.
    const failed = await client.waitForTransactionReceipt({ hash: await client.writeContract({ ...request, gas: 1000000n }) });
    if (failed.status !== "reverted") throw new Error("tried it reverts, sent it does not");
    return { reverted: reverted.data?.errorName ?? reverted.reason };
  }
  const receipt = await client.waitForTransactionReceipt({ hash: await client.writeContract(request) });
  if (receipt.status !== "success") throw new Error("sent it reverts");
  return {};
}

async function read({ name, address, call, args }) {
  const value = await client.readContract({ address, abi: contracts[name].abi, functionName: call, args });
  return { value: typeof value === "bigint" ? value.toString() : value };
}

async function logs({ address, topics }) {
  const body = { jsonrpc: "2.0", id: 1, method: "eth_getLogs", params: [{ address, topics, fromBlock: "0x0", toBlock: "latest" }] };
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return { answer: await answer.text() };
}

const operations = { tree, load, compile, connect, deploy, send, read, logs };
for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...given } = JSON.parse(line);
  process.stdout.write(JSON.stringify(await operations[op](given)) + "\n");
}
