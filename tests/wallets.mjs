// SPDX-License-Identifier: MIT
// What wallets sign, made by the code of real ones: ethers and viem. wallets_test.py runs it beside their packages.
//
//   node wallets.mjs SECRET     one JSON line in {typed_json, text, personal} for each claim, one line out:
//                               {address, checksum, typed_digest, text_digest, made},
//                               made = {ethers: {typed, text, personal}, viem: {typed, text, personal}}
//   node wallets.mjs hashes     Keccak-256 of the bytes 0, 1, 2, … at every length from 0 to 300, a line each
//
// `typed` answers eth_signTypedData_v4 with mikoshi's own JSON; `text` and `personal` answer personal_sign. Where the two
// wallets disagree about an address, a digest or mikoshi's JSON, it throws.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { TypedDataEncoder, Wallet, hashMessage, keccak256 } from "ethers";
import * as viem from "viem";
import { privateKeyToAccount } from "viem/accounts";

function same(...values) {
  for (const value of values) assert.deepEqual(value, values[0]);
  return values[0];
}

function printHashes() {
  for (let length = 0; length <= 300; ++length) {
    const bytes = Uint8Array.from({ length }, (_, i) => i % 256);
    console.log(same(keccak256(bytes), viem.keccak256(bytes)).slice(2));
  }
}

async function answer(secret, { typed_json, text, personal }) {
  const ethers = new Wallet(secret);
  const account = privateKeyToAccount(secret);
  const typed = JSON.parse(typed_json);
  const { EIP712Domain, ...types } = typed.types; // ethers adds the domain's type itself: the same one, or this throws
  same(TypedDataEncoder.getPayload(typed.domain, types, typed.message), typed);
  return {
    address: same(ethers.address, account.address).toLowerCase(),
    checksum: same(ethers.address, viem.getAddress(account.address)),
    typed_digest: same(TypedDataEncoder.hash(typed.domain, types, typed.message), viem.hashTypedData(typed)).slice(2),
    text_digest: same(hashMessage(text), viem.hashMessage(text)).slice(2),
    made: {
      ethers: {
        typed: await ethers.signTypedData(typed.domain, types, typed.message),
        text: await ethers.signMessage(text),
        personal: await ethers.signMessage(personal),
      },
      viem: {
        typed: await account.signTypedData(typed),
        text: await account.signMessage({ message: text }),
        personal: await account.signMessage({ message: personal }),
      },
    },
  };
}

if (process.argv[2] === "hashes") {
  printHashes();
} else {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity }))
    console.log(JSON.stringify(await answer(process.argv[2], JSON.parse(line))));
}
