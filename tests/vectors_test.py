#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The conformance vectors: `mikoshi vectors` writes the frozen bytes, and the checker that was written from FORMAT.md alone gives every
answer in them.

    vectors_test.py TOOL             compares and checks
    vectors_test.py TOOL freeze      writes fixtures/vectors.sha256 anew: only where the format changes
"""
import collections, contextlib, hashlib, io, json, os, re, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import format_checker as fc

tool, frozen = sys.argv[1], os.path.join(here, "fixtures", "vectors.sha256")
# Names that FORMAT.md leaves open where a file is malformed; the checker has one word for them.
malformed = {"bad_json", "not_canonical", "bad_utf8", "duplicate_key", "too_deep", "bad_number", "bad_note", "bad_base64", "truncated",
             "trailing_bytes", "too_large", "too_many", "missing_field", "unknown_field", "wrong_type", "unknown_kind", "malformed"}
# Names that are one answer. Section 17 of FORMAT.md lets a program differ in more, of which this checker needs nothing: only where
# a snapshot covers more lines than there are, it says so as of any index.
alike = malformed, {"ledger_too_short", "proof_index_out_of_range"}


def refusal(check, *arguments):
    """What the checker refuses, or None."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            check(*arguments)
    except fc.Refused as refused:
        return refused
    return None


def says(check, *arguments):
    """The name of the error, or None."""
    refused = refusal(check, *arguments)
    return refused.name if refused else None


def agree(vector, found):
    expected = vector.get("error")
    return expected == found or any({expected, found} <= names for names in alike)


def canonical(vector):
    return agree(vector, says(fc.parse_json, bytes.fromhex(vector["bytes"])))


def split(vector):
    weights, amounts = [[int(x) for x in vector[field]] for field in ("weights", "amounts")]
    if sum(weights) >= 2**64 or (sum(weights) == 0 and any(amounts)) or any(a >= 2**127 for a in amounts):
        return "error" in vector
    if vector["rule"] == "carry":
        # Each step as section 15 of FORMAT.md writes it; what is kept is what came in and was not paid.
        steps, kept, pool = [], 0, fc.Pool({"to": "pool:example"})
        for amount, row in zip(amounts, vector["pays"]):
            kept += amount - sum(map(int, row))
            pool.carry(amount, dict(enumerate(weights)))
            if amount != 0:  # the checker takes no step of nothing
                steps.append("%d pays %s and keeps %d" % (amount, ", ".join(pay for pay, weight in zip(row, weights) if weight), kept))
        idle = [pay for amount, row in zip(amounts, vector["pays"]) for pay, weight in zip(row, weights) if amount == 0 or weight == 0]
        line = "; ".join(["weights " + ", ".join(map(str, weights)), *steps])
        fractions = [str(pool.fraction.get(i, fc.GRACE)) for i in range(len(weights))]
        return (len(vector["pays"]) == len(amounts) and all(len(row) == len(weights) for row in vector["pays"]) and set(idle) <= {"0"}
                and (vector["undivided"], vector["fractions"], vector["dust"]) == (str(kept), fractions, str(pool.dust))
                and (not steps or says(fc.check_carry_line, line) is None))
    names = dict(enumerate(weights))
    rule = {"floor": fc.floor_rule, "hamilton": fc.hamilton, "sainte-lague": fc.sainte_lague}[vector["rule"]]
    found = rule(amounts[0], names) if amounts[0] else {}
    return [int(x) for x in vector["pays"][0]] == [found.get(name, 0) for name in names]


def older_root(leaves, size):
    return fc.tree(leaves[:size], fc.hash_join, fc.H(b""))


def consistent(proof, m, n, old, new):
    """RFC 9162, 2.1.4.2."""
    if m == n:
        return not proof and old == new
    proof = ([old] if m & (m - 1) == 0 else []) + proof
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = fc.hash_join(c, fr), fc.hash_join(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = fc.hash_join(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return fr == old and sr == new and sn == 0


def tree(vector):
    if vector["tree"] == "sum":
        node = lambda one: (int(one["sum"]), bytes.fromhex(one["hash"]))
        leaves, root = [node(one) for one in vector["leaves"]], node(vector["root"])
        if fc.tree(leaves, fc.payout_join, (0, fc.H(b""))) != root:
            return False
        return all(fc.climb(leaf, i, len(leaves), [node(one) for one in path], fc.payout_join) == root
                   for i, (leaf, path) in enumerate(zip(leaves, vector["inclusion"])))
    leaves = [fc.H(b"\0" + bytes.fromhex(leaf)) for leaf in vector["leaves"]]
    root, hashes = bytes.fromhex(vector["root"]), lambda path: [bytes.fromhex(item) for item in path]
    return (older_root(leaves, len(leaves)) == root
            and all(fc.climb(leaf, i, len(leaves), hashes(path), fc.hash_join) == root
                    for i, (leaf, path) in enumerate(zip(leaves, vector["inclusion"])))
            and all(consistent(hashes(path), m, len(leaves), older_root(leaves, m), root)
                    for m, path in enumerate(vector["consistency"], 1)))


def note(vector):
    # Fewer signatures than needed are no error of a note: the vector names who signed.
    data = bytes.fromhex(vector["bytes"])
    found = says(fc.parse_note, data)
    if found is None:
        def check():
            signed = fc.check_signatures(fc.parse_note(data), 0, stewards, 0)
            assert signed.startswith("signed by " + ", ".join(vector.get("signers", [])) + ":"), signed
        found = says(check)
    # The checker reads no note but of mikoshi's logs: to it a note of another origin is malformed, not one with false signatures.
    ours = re.match(rb"mikoshi/[0-9a-f]{64}\n(0|[1-9]\d*)\n[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n\n", data)
    return agree(vector, found) or (found == "malformed" and vector.get("error") == "bad_signature" and not ours)


def ledger(vector):
    data = b"".join(line.encode() + b"\n" for line in vector["lines"])
    refused = refusal(fc.check_ledger, data, [vector["note"].encode()])
    if refused is None or vector["lines"] == []:  # to the checker a ledger without a line is no ledger
        return vector.get("error") == ("ledger_too_short" if refused else None) and (refused is None or refused.name == "malformed")
    return agree(vector, refused.name) and ("seq" not in vector or vector["seq"] == str(refused.seq))


def receipt(vector):
    return agree(vector, says(fc.check_receipt, vector["receipt"].encode(), vector["member"]))


stewards = []
with tempfile.TemporaryDirectory() as work:
    out = os.path.join(work, "vectors")
    subprocess.run([tool, "vectors", out], check=True, stdout=subprocess.PIPE)
    names = sorted(os.listdir(out))
    sums = "".join("%s  %s\n" % (hashlib.sha256(open(os.path.join(out, name), "rb").read()).hexdigest(), name) for name in names)
    if sys.argv[2:] == ["freeze"]:
        open(frozen, "w", encoding="ascii").write(sums)
    if sums != open(frozen, encoding="ascii").read():
        sys.exit("the vectors are not those that were frozen:\n" + sums)
    vectors = {name[:-6]: [json.loads(line) for line in open(os.path.join(out, name), encoding="utf-8")] for name in names}
    stewards += json.loads(vectors["ledgers"][0]["lines"][0])["stewards"]
    checks = {"canonical": canonical, "splits": split, "trees": tree, "notes": note, "ledgers": ledger, "receipts": receipt}
    assert set(checks) == set(vectors), "a file of vectors that nobody checks"
    for name, check in checks.items():
        for number, vector in enumerate(vectors[name]):
            if not check(vector):
                sys.exit("%s, line %d: the checker disagrees: %s" % (name, number + 1, json.dumps(vector)[:2000]))
        errors = collections.Counter(vector.get("error", "right") for vector in vectors[name])
        print("%-10s %5d agree: %s" % (name, len(vectors[name]), ", ".join("%s %d" % item for item in sorted(errors.items()))))
