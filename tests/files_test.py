#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files that come from others, as the tool takes them. Argument: its path. Fixed seed, some seconds.

Damage: each sort of file with single bits flipped, or cut, is refused. The C++ tests do it with every bit of small ones; here
the real files go through the commands that read them, a few dozen places each. What may differ is said where it may.

Sizes: each number that says how much of something there is, or where it stands, is set to its largest, to one more, to 2^32,
2^64 - 1, 2^64 and to forty digits. Each is answered by a clear error, in two seconds of work at most, with half a gigabyte to do it in.
"""
import base64, hashlib, json, os, random, re, resource, shutil, subprocess, sys, tempfile, time

import robust_test
from robust_test import complaint, make_salon, read, tool, write

here = os.path.dirname(os.path.abspath(__file__))
rand = random.Random(20260412)
failures, runs = [], 0
largest = 2**53 - 1
beyond = (largest + 1, 2**64 - 1, 2**64, 10**40)  # numbers that no file may say
within = (2**32, largest)                         # numbers that are too large for every file here
memory, seconds = 512 << 20, 2.0


def check(condition, what):
    if not condition:
        failures.append(what)
        print("FAILED:", what, flush=True)


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def worked():
    """Seconds of the processor: on a busy machine those of the clock say nothing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(*args, stdin=subprocess.DEVNULL, fds=()):
    global runs
    runs += 1
    before = worked()
    done = subprocess.run([tool, *args], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=100, pass_fds=fds,
                          preexec_fn=confined)
    done.seconds = worked() - before
    return done


def code_of(done):
    found = re.search(rb"error\[(\w+)\]", done.stderr)
    return "ok" if done.returncode == 0 else found.group(1).decode() if found else "exit %d" % done.returncode


def fault(done, expected):
    """What is wrong with an answer; empty: it is one of these codes, soon, and said as every error is."""
    code = code_of(done)
    if code not in expected or complaint(done):
        return "%s, not %s; %s %r" % (code, " ".join(sorted(expected)), complaint(done), done.stderr[:300])
    return "it takes %.1f s" % done.seconds if done.seconds > seconds * patience else ""


def answered(what, done, expected):
    wrong = fault(done, expected)
    check(not wrong, "%s: %s" % (what, wrong))


def controls():
    """A wrong code, a slow answer, a crash and a memory that is full are each found."""
    def ended(code, stderr, after=0.0):
        done = subprocess.CompletedProcess([], code, b"", stderr)
        done.seconds = after
        return fault(done, {"bad_note"})

    right = b"mikoshi: error[bad_note]: x\n  Do that.\n"
    check(not ended(10, right) and ended(10, right.replace(b"bad_note", b"usage")) and ended(10, right, 60.0) and ended(-11, right) and
          ended(-6, b"") and ended(70, right.replace(b"bad_note", b"internal")) and ended(0, b""), "the checks can fail")


class Place:
    """A salon that closed two months, and a second history of it that the same stewards signed."""

    def __init__(self, base):
        self.base = base
        self.dao = make_salon(base)
        self.fork = base + "/fork"
        write(base + "/closed-ledger", read(self.dao + "/ledger.jsonl"))
        shutil.copytree(self.dao, self.fork)
        for dao, shop in ((self.fork, "other"), (self.dao, "shop")):
            for key in ("mori", "abe"):
                os.remove(base + "/%s.key.signed" % key)  # as somebody does who signs twice
            self.must("--dir", dao, "income", "2000", "--period", "2024-04", "--id", shop, "--at", "2024-04-05T00:00:00Z")
            self.must("--dir", dao, "draft", "2024-04", "--at", "2024-05-01T00:00:00Z")
            self.must("--dir", dao, "approve", "2024-04", "--key", base + "/mori.key", "--at", "2024-05-01T00:00:00Z", password=True)
            self.sign(dao)
        self.ledger = self.dao + "/ledger.jsonl"
        self.size = read(self.ledger).count(b"\n")
        self.note = self.dao + "/snapshots/%d.note" % self.size
        self.other_note = self.fork + "/snapshots/%d.note" % self.size
        self.older_note = self.dao + "/snapshots/23.note"
        self.evidence, self.receipt, self.published, self.seen = (base + "/" + n for n in ("fork.evidence", "receipt", "published", "seen"))
        done = run("compare", self.note, self.other_note, "--ledger", self.dao, "--out", self.evidence)
        check(done.returncode == 22, "the salon's two histories make evidence: %r" % done.stderr)
        self.must("--dir", self.dao, "receipt", "m001", "--out", self.receipt)
        self.must("--dir", self.dao, "publish", self.published)
        self.must("audit", self.published, "--remember", self.seen)

    def sign(self, dao, key="abe"):
        return self.must("--dir", dao, "sign", "--key", self.base + "/%s.key" % key, password=True)

    def with_password(self, *args):
        with open(self.base + "/pw", "rb") as password:
            return run(*args, "--password-fd", str(password.fileno()), fds=[password.fileno()])

    def must(self, *args, password=False):
        done = self.with_password(*args) if password else run(*args)
        if done.returncode != 0:
            sys.exit("%r: %r" % (args, done.stderr))
        return done


# --- damage ---------------------------------------------------------------------------------------------------------------

def damaged(data, flips=24, cuts=12):
    """Copies of it with one bit flipped, and with its end cut off."""
    for _ in range(flips):
        bit = rand.randrange(len(data) * 8)
        other = bytearray(data)
        other[bit // 8] ^= 1 << bit % 8
        yield "bit %d" % bit, bytes(other)
    for length in sorted({0, 1, len(data) - 1} | {rand.randrange(len(data)) for _ in range(cuts)}):
        yield "cut at %d" % length, data[:length]


def damage(place):
    def refused(path, command, codes, is_right=lambda done: False, **more):
        """`is_right(done)`: it is answered, and says nothing that the whole file did not say."""
        name, good = os.path.relpath(path, place.base), read(path)
        for what, data in damaged(good, **more):
            write(path, data)
            done = command()
            if not is_right(done):
                answered("%s of %s" % (what, name), done, codes)
        write(path, good)

    malformed = {"bad_note", "bad_base64", "truncated", "trailing_bytes"}
    # A signature line whose name or key id is another one is a stranger's: a name may be missing then. Never is there another one,
    # another snapshot, or one whose signature was not looked at.
    whole = json.loads(run("verify", place.evidence, "--json").stdout)
    check({one["name"] for one in whole["both"]} == {"abe", "mori"}, "the evidence names both: %r" % whole)

    def names_fewer(done):
        if done.returncode != 22:
            return False
        found = json.loads(done.stdout)
        without = lambda one: {k: v for k, v in one.items() if k not in ("both", "smaller", "larger")}
        same = all(found[side][k] == whole[side][k] for side in ("smaller", "larger") for k in ("root", "size"))
        return same and without(found) == without(whole) and bool(found["both"]) and all(one in whole["both"] for one in found["both"])

    good = read(place.evidence)
    write(place.evidence, good.replace("\u2014 abe ".encode(), "\u2014 abf ".encode(), 1))
    check(names_fewer(run("verify", place.evidence, "--json")), "a line in another name is a stranger's, and mori is convicted all the same")
    write(place.evidence, good)
    refused(place.evidence, lambda: run("verify", place.evidence, "--json"),
            malformed | {"bad_evidence", "wrong_domain", "bad_signature", "not_equivocation", "proof_mismatch"}, names_fewer, flips=80)

    # Two stewards and two witnesses are needed, and as many signed: every bit of a cosigned snapshot counts.
    cosigned, first = place.base + "/cosigned.note", place.base + "/closed-ledger"
    write(cosigned, read(here + "/fixtures/cosigned.note"))
    asked = [word for line in read(here + "/fixtures/witnesses").decode().split() for word in ("--witness", line)]
    verify = lambda: run("verify", first, cosigned, "--no-pin", *asked, "--witnesses", "2")
    check(verify().returncode == 0, "the cosigned snapshot verifies: %r" % verify().stderr)
    refused(cosigned, verify, malformed | {"wrong_domain", "root_mismatch", "ledger_too_short", "chain_broken", "bad_signature",
                                           "quorum_not_met", "witnesses_missing", "no_snapshot"}, flips=80)

    receipt = lambda: run("verify", place.receipt, "--member", "m001", "--no-pin")
    check(receipt().returncode == 0, "the receipt verifies")
    refused(place.receipt, receipt, malformed | {"bad_receipt", "wrong_domain", "proof_mismatch", "proof_index_out_of_range",
                                                 "proof_wrong_length", "wrong_member", "bad_signature", "quorum_not_met", "no_snapshot"})

    # A copy of a snapshot that audits need may be there with fewer signatures, but not with too few.
    audit = lambda: run("audit", place.published)
    check(audit().returncode == 0, "the published folder passes")
    file_codes = malformed | {"root_mismatch", "rollback", "ledger_too_short", "wrong_domain", "bad_signature", "quorum_not_met",
                              "no_snapshot", "too_large"}
    for folder, _, names in sorted(os.walk(place.published)):
        for name in sorted(names):
            if name not in ("README.txt", "index.html", "ledger.jsonl"):  # prose; and what verify reads, see robust_test.py
                refused(os.path.join(folder, name), audit, file_codes, flips=8, cuts=3)

    refused(place.dao + "/head", lambda: run("--dir", place.dao, "status"), {"store_corrupt", "truncated"})
    refused(place.seen, lambda: run("audit", place.published, "--remember", place.seen),
            {"truncated", "bad_json", "not_canonical", "bad_utf8", "bad_hex", "bad_number", "missing_field", "unknown_field", "wrong_type",
             "duplicate_key", "wrong_domain", "equivocation", "rollback", "payout_mismatch", "too_deep"})

    pins = os.environ["MIKOSHI_PINS"]
    place.must("verify", place.ledger, place.note)
    pin, = [os.path.join(pins, name) for name in os.listdir(pins) if name.endswith(".json")]
    refused(pin, lambda: run("verify", place.ledger, place.note), {"bad_pin"})

    # What a key signed: were a bit of it believed, its steward could be made to sign a second history.
    record = place.base + "/abe.key.signed"
    whole_record = read(record)
    place.sign(place.dao)
    check(read(record) == whole_record, "signing again writes the same record")
    refused(record, lambda: place.with_password("--dir", place.dao, "sign", "--key", place.base + "/abe.key"),
            {"bad_key_file", "rollback", "equivocation"}, flips=24, cuts=6)


# --- sizes ----------------------------------------------------------------------------------------------------------------

def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def resized(note, size):
    lines = note.split(b"\n")
    return b"\n".join([lines[0], str(size).encode(), *lines[2:]])


def sizes_of_snapshots(place):
    changed, receipt = place.base + "/changed.note", read(place.receipt)
    forked, proof = place.base + "/changed.evidence", place.base + "/changed"
    head, note = receipt.split(b"\n\n", 1)
    evidence = json.loads(read(place.evidence))
    checkpoint = read(place.published + "/checkpoint")
    for size in within + beyond:
        is_within = size in within
        one = lambda code, is_within=is_within: {code} if is_within else {"bad_note"}
        what = lambda name, size=size: "%s of %d lines" % (name, size)
        write(changed, resized(read(place.note), size))
        answered(what("a snapshot"), run("verify", place.ledger, changed), one("ledger_too_short"))
        answered(what("a snapshot compared"), run("compare", changed, place.note, "--ledger", place.dao), one("root_mismatch"))
        answered(what("a snapshot that came back"), run("--dir", place.dao, "combine", changed), {"root_mismatch", "bad_note"})
        answered(what("a snapshot kept"), run("audit", place.published, "--from", changed), one("rollback"))
        write(proof, head + b"\n\n" + resized(note, size))
        answered(what("a receipt's snapshot"), run("verify", proof, "--member", "m001"), one("proof_wrong_length"))
        write(proof, re.sub(rb"\nindex \d+\n", b"\nindex %d\n" % size, receipt))
        answered("a receipt of line %d" % size, run("verify", proof, "--member", "m001"),
                 {"proof_index_out_of_range"} if is_within else {"bad_receipt"})
        for side in ("smaller", "larger"):
            write(forked, (canonical(dict(evidence, **{side: resized(evidence[side].encode(), size).decode()})) + "\n").encode())
            answered(what("evidence with a %s snapshot" % side), run("verify", forked),
                     one("bad_evidence" if side == "smaller" else "proof_wrong_length"))
        write(place.published + "/checkpoint", resized(checkpoint, size))
        answered(what("a checkpoint"), run("audit", place.published), one("ledger_too_short"))
        write(place.published + "/checkpoint", checkpoint)
        write(place.published + "/snapshots/%d.note" % size, read(place.note))  # its name says another size than it does
        answered("a published snapshot called %d" % size, run("audit", place.published), {"bad_note"} if is_within else {"ok"})
        os.remove(place.published + "/snapshots/%d.note" % size)
        # A name that is no size of a snapshot is nobody's snapshot; one that is, is found when somebody wants to sign it.
        write(place.dao + "/snapshots/%d.note" % size, read(place.note))
        for command in (["status", "--at", "2024-05-02T00:00:00Z"], ["publish", place.base + "/again"], ["receipt", "m002"]):
            done = run("--dir", place.dao, *command)
            check(code_of(done) in ("ok", "root_mismatch", "bad_note") and not complaint(done) and done.seconds < seconds * patience,
                  "%s beside a snapshot called %d: %s %r" % (command[0], size, complaint(done), done.stderr))
            shutil.rmtree(place.base + "/again", ignore_errors=True)
        os.remove(place.dao + "/snapshots/%d.note" % size)
    # So many signatures: 256, and one more.
    for count, code in ((256, {"ok"}), (257, {"too_many"}), (10**5, {"too_many"})):
        lines = b"".join("\u2014 stranger-{} {}\n".format(i, base64.b64encode(b"1234" + bytes(64)).decode()).encode()
                         for i in range(count - 2))
        write(changed, read(place.note) + lines)
        answered("%d signatures" % count, run("verify", place.ledger, changed, "--no-pin"), code)


def sizes_in_receipts(place):
    changed, text = place.base + "/changed", read(place.receipt).decode()
    mark, extra, rest = text.split("\n", 2)
    body = json.loads(base64.b64decode(extra.removeprefix("extra ")))

    def tried(what, change, codes):
        other = json.loads(json.dumps(body))
        change(other)
        write(changed, "\n".join([mark, "extra " + base64.b64encode(canonical(other).encode()).decode(), rest]).encode())
        answered("a receipt with " + what, run("verify", changed, "--member", "m001", "--no-pin"), codes)

    tried("nothing changed", lambda other: None, {"ok"})
    for number in within + beyond:
        code = {"proof_index_out_of_range"} if number in within else {"bad_receipt"}
        tried("place %d among the members" % number, lambda other: other["standing"].update(index=number), code)
        tried("place %d among the payouts" % number, lambda other: other["payouts"][0].update(index=number), code)
        tried("%d tickets" % number, lambda other: other["standing"]["leaf"]["holds"].update(ticket=number),
              {"proof_mismatch"} if number in within else {"bad_receipt"})
    for amount in (2**32, 2**64 - 1, 2**64, 2**127 - 1, 2**127, 2**128, 10**40, 10**5000):
        code = {"proof_mismatch"} if amount < 2**127 else {"bad_receipt"}
        digits = str(amount) if amount < 10**100 else "1" + "0" * 5000
        tried("an amount of %s" % digits[:50], lambda other: other["payouts"][0]["leaf"].update(amount=digits), code)
        tried("a sum of %s" % digits[:50], lambda other: other["payouts"][0]["path"][0].update(sum=digits), code)
    node = body["standing"]["path"][0]
    for count in (0, 64, 65, 10**5):
        tried("%d siblings" % count, lambda other: other["standing"].update(path=[node] * count), {"proof_wrong_length"})
        tried("%d siblings with sums" % count,
              lambda other: other["payouts"][0].update(path=[{"hash": node, "sum": "0"}] * count), {"proof_wrong_length", "proof_mismatch"})
    tried("10^4 payouts", lambda other: other.update(payouts=other["payouts"] * 10**4), {"bad_receipt", "wrong_period"})
    line = rest.split("\n")[1]
    for count, code in ((64, {"proof_wrong_length"}), (65, {"too_many"}), (10**5, {"too_many"})):
        write(changed, "\n".join([mark, extra, "index 0", *[line] * count, "", text.split("\n\n", 1)[1]]).encode())
        answered("a receipt with %d hashes" % count, run("verify", changed, "--member", "m001"), code)


def sizes_of_files(place):
    """Counts of bytes, of hashes and of entries; and files of any length, most of it holes."""
    changed, forked = place.base + "/changed.note", place.base + "/changed.evidence"
    evidence = json.loads(read(place.evidence))
    note = json.loads(read(place.evidence))["larger"]
    for count in (1, 64, 65, 128, 10**5):
        write(forked, (canonical(dict(evidence, proof=["00" * 32] * count)) + "\n").encode())
        answered("evidence with %d hashes" % count, run("verify", forked), {"proof_wrong_length"})
    larger = "\n".join([note.split("\n")[0], str(largest), *note.split("\n")[2:]])
    for count in (53, 54, 55, 56, 128):  # of these one is the right number, for the largest log that there can be
        write(forked, (canonical(dict(evidence, larger=larger, proof=["00" * 32] * count)) + "\n").encode())
        answered("evidence of the largest log with %d hashes" % count, run("verify", forked), {"proof_wrong_length", "proof_mismatch"})

    for bytes_long in (2**26 + 1, 2**32, 2**40):
        with open(changed, "wb") as file:
            file.truncate(bytes_long)
        for command in (["verify", place.ledger, changed], ["compare", changed, place.note], ["verify", changed, "--member", "m001"],
                        ["--dir", place.dao, "combine", changed], ["key", "public", changed]):
            answered("%d bytes for %s" % (bytes_long, command[0]), run(*command), {"too_large", "bad_key_file", "bad_note"})
        os.rename(changed, forked)
        answered("evidence of %d bytes" % bytes_long, run("verify", forked), {"too_large"})

    for folder, _, names in sorted(os.walk(place.published + "/tile")):
        for name in sorted(names):
            path = os.path.join(folder, name)
            good, is_bundle = read(path), "/entries/" in path
            lengths = [(b"", {"truncated"}), (good[:-1], {"truncated"}), (good + bytes(32), {"trailing_bytes"})]
            if is_bundle:  # an entry's length: the largest, and one more than there are bytes
                lengths += [(b"\xff\xff" + good[2:], {"truncated"}), (len(good).to_bytes(2, "big") + good[2:], {"truncated"})]
            for data, codes in lengths:
                write(path, data)
                answered("%d bytes of %s" % (len(data), name), run("audit", place.published), codes)
            with open(path, "r+b") as file:
                file.truncate(2**40)
            answered("2^40 bytes of %s" % name, run("audit", place.published), {"too_large"})
            write(path, good)


def sizes_of_stores(place):
    head, ledger = place.dao + "/head", read(place.ledger)
    good = json.loads(read(head))
    for number in within + beyond:
        for field in ("bytes", "seq"):
            write(head, (canonical(dict(good, **{field: number})) + "\n").encode())
            answered("a head with %s %d" % (field, number), run("--dir", place.dao, "status"), {"store_corrupt"})
    write(head, (canonical(good) + "\n").encode())
    check(read(place.ledger) == ledger and run("--dir", place.dao, "status").returncode == 0, "the store is as it was")

    record = place.base + "/abe.key.signed"
    whole = read(record)
    dao = json.loads(read(place.seen))["dao"]
    for number in within + beyond:
        def says(form):
            text = re.sub(rb'"size":\d+', b'"size":%d' % number, form)
            write(record, text)
            answered("a key that signed %d lines" % number, place.with_password("--dir", place.dao, "sign", "--key", place.base + "/abe.key"),
                     {"rollback", "bad_key_file"} if number in within else {"bad_key_file"})
        says(whole)
        write(record, whole)

    seen = read(place.seen)
    pins = os.environ["MIKOSHI_PINS"]
    pin = pins + "/" + dao + ".json"
    kept = read(pin) if os.path.exists(pin) else None
    for number in within + beyond:
        write(place.seen, re.sub(rb'"size":\d+', b'"size":%d' % number, seen))
        answered("an audit of %d lines before" % number, run("audit", place.published, "--remember", place.seen),
                 {"rollback"} if number in within else {"bad_number"})
        note = resized(read(place.note), number).decode()
        content = {"dao": dao, "notes": [note], "sha256": hashlib.sha256(note.encode()).hexdigest(), "type": "mikoshi-pin-v1"}
        write(pin, (canonical(content) + "\n").encode())
        code = {"rollback"} if number in within else {"bad_pin"}
        answered("a pin of %d lines" % number, run("verify", place.ledger, place.note), code)
        # A receipt of fewer lines than were seen is no offence.
        answered("a pin of %d lines beside a receipt" % number, run("verify", place.receipt, "--member", "m001"),
                 {"ok"} if number in within else {"bad_pin"})
    write(place.seen, seen)
    # Thousands of snapshots in a pin.
    notes = [resized(read(place.note), size).decode() for size in range(1, 2000)]
    content = {"dao": dao, "notes": notes, "sha256": hashlib.sha256("".join(notes).encode()).hexdigest(), "type": "mikoshi-pin-v1"}
    write(pin, (canonical(content) + "\n").encode())
    answered("a pin of 2000 snapshots", run("verify", place.ledger, place.note), {"equivocation", "rollback"})
    for name in os.listdir(pins):
        os.remove(pins + "/" + name)
    if kept:
        write(pin, kept)


def sizes_of_events(place):
    """A contract's log; what is appended; the numbers of the command line."""
    asked = ["--witness", read(here + "/fixtures/witnesses").decode().split()[0]]
    changed = place.base + "/changed"
    topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    contract = "0x" + "%040x" % 9

    def entry(**more):
        return dict({"address": contract, "blockNumber": "0x1", "data": "0x", "logIndex": "0x0",
                     "topics": [topic, "0x" + "0" * 64, "0x%064x" % 7, "0x%064x" % 5]}, **more)

    imported = lambda: run("--dir", place.dao, "import", "transfers", changed, "--contract", contract, "--class", "seat", "--dry-run",
                           "--at", "2024-05-02T00:00:00Z")
    for number in within + (2**64 - 1, 2**64, 2**256 - 1, 2**256):
        for field in ("blockNumber", "logIndex", "blockTimestamp"):
            write(changed, canonical([entry(**{field: hex(number)})]).encode())
            fits = number < 2**64 and (field != "blockTimestamp" or number < 253402300800)
            answered("a log with %s %d" % (field, number), imported(), {"no_such_class", "no_such_record"} if fits else {"bad_log"})
        digits = "%064x" % number
        write(changed, canonical([entry(topics=[topic, "0x" + "0" * 64, "0x%064x" % 7, "0x" + digits])]).encode())
        answered("a token %d" % number, imported(), {"no_such_class", "no_such_record"} if number < 2**256 else {"bad_log"})
    write(changed, canonical([entry(topics=[topic] * 10**5)]).encode())
    answered("a log with 10^5 topics", imported(), {"bad_log"})

    for number in within + beyond:
        for text in ('{"kind":"contribution","member":"m001","points":%d,"period":"2024-05","type":"work","id":"p"}',
                     '{"kind":"units.mint","class":"coin","id":"u","to":"m001","units":%d}',
                     '{"kind":"attest","first":0,"last":%d,"member":"m001","root":"' + "00" * 32 + '"}'):
            write(changed, (text % number).encode())
            with open(changed, "rb") as claim:
                done = run("--dir", place.dao, "append", "--at", "2024-05-02T00:00:00Z", stdin=claim)
            check(done.returncode != 0 or number in within, "%d is appended: %s" % (number, text))
            check(not complaint(done) and done.seconds < seconds * patience, "%d appended: %s %r" % (number, complaint(done), done.stderr))
            if done.returncode != 0 and number not in within:
                check(code_of(done) == "bad_number", "%d appended: %r" % (number, done.stderr))
        for command in (["verify", place.ledger, place.note, "--threshold"], ["verify", place.ledger, place.note, *asked[:2], "--witnesses"],
                        ["--dir", place.dao, "claims", "--out", changed + ".json", "--statement"],
                        ["--dir", place.dao, "member", "join", "--count"], ["--dir", place.dao, "show", "m001", "--seq"]):
            done = run(*command, str(number))
            check(done.returncode in (2, 20, 30, 31, 42) and not complaint(done) and done.seconds < seconds * patience or code_of(done) == "ok",
                  "%s %d: %s %r" % (command[-1], number, complaint(done), done.stderr))


def main():
    global confined, patience
    with tempfile.TemporaryDirectory(prefix="mikoshi-files-") as base:
        os.environ["MIKOSHI_PINS"] = base + "/pins"
        confined, patience = little_memory, 1.0
        if run("--version").returncode != 0:  # a sanitizer's program does not even start in so little
            confined, patience = None, 5.0
        controls()
        place = Place(base + "/salon")
        for step in (damage, sizes_of_snapshots, sizes_in_receipts, sizes_of_files, sizes_of_stores, sizes_of_events):
            start, before = time.monotonic(), runs
            step(place)
            print("%-20s %4d runs %5.1f s" % (step.__name__, runs - before, time.monotonic() - start), flush=True)
    print("%d runs, %d failures" % (runs, len(failures)))
    return 1 if failures else 0


sys.exit(main())
