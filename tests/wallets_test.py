#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Round trip with real wallet code: ethers and viem sign claims, mikoshi accepts them, and refuses all that is near them.

    wallets_test.py CHECK FOLDER            CHECK is ethereum_check; npm installs below FOLDER what wallets/package.json pins
    wallets_test.py CHECK FOLDER freeze     writes fixtures/ethereum_claims.json, which ethereum_test reads

Skipped, with the reason, where there is no node or no npm, or npm reaches no packages.
"""
import copy, hashlib, json, os, shutil, subprocess, sys

import npm
from npm import Skipped

here = os.path.dirname(os.path.abspath(__file__))
check_program, folder = map(os.path.abspath, sys.argv[1:3])
fixture = os.path.join(here, "fixtures", "ethereum_claims.json")
order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141  # of the curve
secret = hashlib.sha256(b"haru").hexdigest()
ways = ("typed", "personal")
wallets = ("ethers", "viem")


def claim(dao, who, nonce, expires, text, times=1):
    return {"dao": hashlib.sha256(dao.encode()).hexdigest(), "who": who, "nonce": str(nonce), "expires": expires, "text": text,
            "times": times}


# `times` keeps the fixture short: the text that is signed is so many copies of `text`.
claims = [
    claim("salon", "m001", 0, "2026-05-01T00:00:00Z", "pay 1200 JPY of what I am owed to account 1"),
    claim("salon", "haru", 7, "2026-05-01T00:00:00Z", "春の祭りの分配を受け取ります。「桜」🌸 𠮷野家"),
    claim("salon", "m002", 2**53 + 1, "9999-12-31T23:59:59Z", "\"quotes\" 'and' \\ back\\slashes, </script>, ${none}, %s"),
    claim("salon", "m002", 2**64 - 1, "", ""),
    claim("garden", "a.b_c-d", 1, "never", "\tlines\r\nand\n\u0001\u001f\u007f\u2028\u2029\ufeff controls"),
    claim("", "", 18, "2026-05-01T00:00:00Z", "六万バイトの長い文章。\n", 1875),
]


def run(command, lines, cwd=None):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, cwd=cwd, timeout=300)
    assert done.returncode == 0, command
    return done.stdout.decode().split("\n")[:-1]


def install():
    """Both wallets beside a copy of wallets.mjs."""
    npm.install(os.path.join(here, "wallets"), folder, "the wallets")
    shutil.copy(os.path.join(here, "wallets.mjs"), folder)


def whole(claim):
    """As ethereum_check reads it."""
    line = {key: claim[key] for key in ("dao", "who", "nonce", "expires", "text")}
    return {**line, "text": claim["text"] * claim["times"]}


def personal_text(line):
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def node(*arguments, lines=()):
    return run(["node", "wallets.mjs", *arguments], lines, folder)


def sign(claims):
    """What the wallets answer to each claim."""
    lines = [whole(claim) for claim in claims]
    payloads = run([check_program, "json"], lines)
    assert len(payloads) == len(lines)
    asked = [{"typed_json": payload, "text": line["text"], "personal": personal_text(line)}
             for payload, line in zip(payloads, lines)]
    answers = [json.loads(line) for line in node("0x" + secret, lines=asked)]
    assert len(answers) == len(claims)
    return answers


def frozen(answers):
    hashes = node("hashes")
    assert len(hashes) == 301
    kept = {"secret": secret, "address": answers[0]["address"], "checksum": answers[0]["checksum"], "claims": [],
            "hashes": hashlib.sha256(bytes.fromhex("".join(hashes))).hexdigest()}
    for claim, answer in zip(claims, answers):
        made = answer["made"]
        assert made["ethers"] == made["viem"]  # both take the nonce of RFC 6979
        kept["claims"].append({**claim, "typed_digest": answer["typed_digest"], "text_digest": answer["text_digest"],
                               "typed_signature": made["viem"]["typed"][2:], "text_signature": made["viem"]["text"][2:]})
    return json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def twin(signature):
    """The other signature that the same key gives to the same digest without knowing more."""
    r, s, v = signature[:64], int(signature[64:128], 16), int(signature[128:], 16)
    return "%s%064x%02x" % (r, order - s, 55 - v)


def flipped(signature, byte):
    raw = bytearray.fromhex(signature)
    raw[byte] ^= 1
    return raw.hex()


def changes(line):
    """(what, the line changed): none of them may be accepted."""
    def other(what, **more):
        return what, {**line, **more}

    signature = line["signature"]
    text = line["text"]
    yield other("another DAO", dao=hashlib.sha256(b"another").hexdigest())
    yield other("one bit of the DAO", dao=flipped(line["dao"], 31))
    yield other("another member", who=line["who"] + "0")
    yield other("the next nonce", nonce=str((int(line["nonce"]) + 1) % 2**64))
    yield other("a later end", expires=line["expires"] + " ")
    yield other("one more byte", text=text + " ")
    if text:
        yield other("one byte less", text=text[:-1])
        yield other("the first character changed", text=chr(ord(text[0]) ^ 1) + text[1:])
    yield other("a field's end moved", expires=line["expires"] + text[:1], text=text[1:] + "x")
    yield other("the other kind", kind=ways[1 - ways.index(line["kind"])])
    yield other("another address", address="0x" + flipped(line["address"][2:], 0))
    yield other("nobody's address", address="0x" + "0" * 40)
    yield other("the high-s twin", signature=twin(signature))
    for byte in (0, 31, 32, 63, 64):
        yield other("byte %d of the signature" % byte, signature=flipped(signature, byte))
    yield other("the other v", signature=signature[:128] + "%02x" % (55 - int(signature[128:], 16)))
    yield other("v as 0 or 1", signature=signature[:128] + "%02x" % (int(signature[128:], 16) - 27))
    yield other("no v", signature=signature[:128])
    yield other("one byte behind", signature=signature + "1b")
    yield other("no signature", signature="")


def main():
    install()
    answers = sign(claims)
    if sys.argv[3:] == ["freeze"]:
        with open(fixture, "w", encoding="utf-8") as file:
            file.write(frozen(answers))
        return 0
    assert open(fixture, encoding="utf-8").read() == frozen(answers), "the wallets sign otherwise than when frozen"

    accepted, refused, whats = [], [], []
    for claim, answer in zip(claims, answers):
        for wallet in wallets:
            for kind in ways:
                line = {**whole(claim), "address": answer["address"], "kind": kind,
                        "signature": answer["made"][wallet][kind][2:]}
                accepted.append(line)
                for what, changed in changes(copy.deepcopy(line)):
                    refused.append(changed)
                    whats.append("%s's %s claim, %s" % (wallet, kind, what))
    said = run([check_program], accepted)
    assert said == ["ok"] * len(accepted), said
    said = run([check_program], refused)
    assert len(said) == len(refused)
    wrong = [(what, word) for what, word in zip(whats, said) if word != "bad_signature"]
    assert not wrong, wrong
    print("%d claims of %s accepted, %d changed ones refused" % (len(accepted), " and ".join(wallets), len(refused)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skipped as reason:
        print("SKIPPED: wallets:", reason)
        sys.exit(77)
