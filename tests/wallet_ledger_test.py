#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A member with a wallet speaks: the tool prints what ethers and viem sign, takes it, and refuses all that is near it.

    wallet_ledger_test.py CHECK FOLDER TOOL FIXTURES

Skipped, with the reason, where there is no node or no npm, or npm reaches no packages.
"""
import json, os, shutil, subprocess, sys, tempfile

import wallets_test
from wallets_test import Skipped, secret, twin, wallets

tool, fixtures = map(os.path.abspath, sys.argv[3:5])
environment = {**os.environ, "PATH": os.path.dirname(tool) + os.pathsep + os.environ["PATH"], "FIXTURES": fixtures, "MIKOSHI_PINS": "pins", "LC_ALL": "C.UTF-8"}
until = "2024-07-01T00:00:00Z"


def run(folder, *arguments, given=None):
    return subprocess.run([tool, *arguments], cwd=folder, input=given, capture_output=True, text=True, env=environment, timeout=120)


def must(folder, *arguments, given=None):
    done = run(folder, *arguments, given=given)
    assert done.returncode == 0, (arguments, given, done.stderr)
    return done.stdout


def refused(folder, event, code, at="2024-04-03T00:00:00Z"):
    before = open(os.path.join(folder, "ledger.jsonl"), "rb").read()
    done = run(folder, "append", "--at", at, given=event)
    assert done.returncode != 0 and "error[%s]" % code in done.stderr, (code, event, done.stdout, done.stderr)
    assert open(os.path.join(folder, "ledger.jsonl"), "rb").read() == before


def salon(work, name, salt):
    folder = os.path.join(work, name)
    os.mkdir(folder)
    script = open(os.path.join(fixtures, "salon.sh"), encoding="utf-8").read().replace("0" * 63 + "1", salt)
    subprocess.run(["sh", "-s", "closed"], cwd=folder, input=script, check=True, text=True, env=environment, capture_output=True)
    return os.path.join(folder, "asagao")


def main():
    wallets_test.install()
    address = json.loads(wallets_test.node("0x" + secret, lines=[{"typed_json": json.dumps(
        {"types": {"EIP712Domain": [], "A": [{"name": "a", "type": "string"}]}, "domain": {}, "primaryType": "A", "message": {"a": ""}}),
        "text": "", "personal": ""}])[0])["checksum"]
    with tempfile.TemporaryDirectory() as work:
        dao, other = salon(work, "one", "0" * 63 + "1"), salon(work, "two", "0" * 63 + "2")
        for folder in (dao, other):
            key = json.dumps({"kind": "member.key", "member": "m001", "public_key": "eth:" + address.lower()})
            must(folder, "append", "--at", "2024-04-02T00:00:00Z", given=key)

        def signed(event, wallet, way, folder=dao, **more):
            """The event as that wallet signs it in that way."""
            options = ["--who", "m001", "--speaker", "eth:" + address, "--expires", more.pop("expires", until)]
            if "nonce" in more:
                options += ["--nonce", str(more.pop("nonce"))]
            text = must(folder, "claim", "-", *options, given=event)[:-1]
            typed = must(folder, "claim", "-", *options, "--typed", given=event)
            answer = json.loads(wallets_test.node("0x" + secret, lines=[{"typed_json": typed, "text": text, "personal": text}])[0])
            signature = answer["made"][wallet][way]
            return must(folder, "claim", "-", *options, "--signature", signature, given=event), signature

        count = 0
        for wallet in wallets:
            for way in ("typed", "personal"):
                count += 1
                event = json.dumps({"kind": "contribution", "id": "c%d" % count, "member": "m001", "period": "2024-04", "points": count,
                                    "type": "work"})
                line, signature = signed(event, wallet, way)
                claim = json.loads(line)
                refused(dao, json.dumps({**claim, "points": count + 1}), "bad_signature")
                refused(dao, json.dumps({**claim, "signature": twin(signature[2:])}), "bad_signature")
                refused(dao, json.dumps({**claim, "nonce": count + 1}), "bad_nonce")
                refused(dao, json.dumps({**claim, "who": "m002"}), "unauthorised")
                refused(dao, json.dumps({**claim, "expires": "2024-07-02T00:00:00Z"}), "bad_signature")
                refused(dao, line, "expired", at="2024-07-01T00:00:01Z")
                if count == 1:  # there the nonce is right, and it is another DAO
                    refused(other, line, "bad_signature")
                receipt = json.loads(must(dao, "append", "--at", "2024-04-03T00:00:00Z", given=line))
                assert not receipt["existing"], receipt
                assert json.loads(must(dao, "append", "--at", "2024-04-03T00:00:00Z", given=line))["existing"]
                late, _ = signed(event.replace('"c%d"' % count, '"late"'), wallet, way, nonce=count)
                refused(dao, late, "bad_nonce")
        voices = json.loads(must(dao, "--json", "verify"))["records"]
        assert voices["signed"] == 0, voices  # the snapshot is older than they are
        assert len(json.loads(must(dao, "--json", "show", "member", "m001"))["keys"]) == 1
        print("%d claims by %s went into a ledger, each with six near ones refused" % (count, " and ".join(wallets)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skipped as reason:
        print("SKIPPED: wallet_ledger:", reason)
        sys.exit(77)
