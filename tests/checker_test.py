#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool against the checker that was written from FORMAT.md alone: they agree on every file, and on what is refused.

Plays random communities through the tool, with every kind of line, then gives the files to format_checker.py; then damages
them and asks both again. Then it asks both of the charters in checker_charters.jsonl, good and bad, and of many ledgers with
random charters, and counts what these met. Arguments: the tool, FORMAT.md. The seed is printed; MIKOSHI_SEED sets it.
The order of Python's sets is chance, too: with PYTHONHASHSEED, which ctest sets, one seed is one run.
"""
import base64, collections, contextlib, copy, datetime, functools, io, json, os, random, shutil, subprocess, sys, tempfile

sys.dont_write_bytecode = True
import format_checker as fc

tool, document = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
checker = os.path.join(here, "format_checker.py")
salon = os.path.join(here, "..", "examples", "salon")
seed = int(os.environ.get("MIKOSHI_SEED", "20250401"))
os.environ["MIKOSHI_PINS"] = "pins"  # below the folder that each command runs in
rand = random.Random(seed)
print("seed", seed)


def mikoshi(*arguments, stdin=b""):
    fd = os.open(os.path.join(salon, "password"), os.O_RDONLY)
    done = subprocess.run([tool, *[a.replace("FD", str(fd)) for a in arguments]], cwd=work, input=stdin, capture_output=True,
                          pass_fds=[fd])
    os.close(fd)
    return done


def must(*arguments, stdin=b""):
    done = mikoshi(*arguments, stdin=stdin)
    if done.returncode != 0:
        sys.exit("mikoshi %s %s\n%s" % (" ".join(arguments), stdin.decode(), done.stderr.decode()))
    return done.stdout.decode()


def check(*arguments):
    return subprocess.run([sys.executable, checker, *arguments], cwd=work, capture_output=True)


def checker_says(ledger, note):
    """What the checker says of a ledger and a snapshot: "right", or the name of an error."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            fc.check_ledger(ledger, [note])
    except fc.Refused as refused:
        return refused.name
    return "right"


def agrees(*arguments):
    done = check(*arguments)
    if done.returncode != 0:
        sys.exit("the checker refuses %s: %s%s" % (arguments, done.stdout.decode(), done.stderr.decode()))
    return done.stdout.decode()


members = ["m%03d" % i for i in range(1, 8)]
purse = {"to": "pool:reserve"}
other_community = {"partner": "dao:" + "5c" * 32}
# Three charters: pools come and go, nested splits, every sort of node, an `else` with pools of its own, rules for currencies.
charters = {
    3: {"minimum": "40", "root": {"pool": "income", "split": [
        [3, {"among": "contributions", "pool": "work", "else": {"pool": "spare", "split": [[1, purse], [2, {"to": "pool:common"}]]}}],
        [2, {"pool": "inner", "split": [[1, {"among": "tickets", "pool": "tickets", "rule": "hamilton", "else": purse}],
                                        [1, {"among": "ticket-seconds", "pool": "seconds", "else": purse}]]}],
        [1, {"hold": 3, "pool": "later", "then": {"among": {"decay": [2, 3], "of": "equal"}, "pool": "slow", "else": purse}}],
        [1, {"to": "pool:fees"}]]},
        "currencies": {"EUR": {"minimum": "3", "root": {"among": {"lifetime": "contributions"}, "pool": "work", "else": purse}}}},
    6: {"root": {"pool": "first", "take": "500", "rest": {
        "among": {"product": ["equal", {"root": "ticket-seconds"}]}, "pool": "roots", "rule": "sainte-lague", "else": purse}, "then": {
        "among": "contributions", "cap": "900", "floor": "30", "pool": "work", "else": {
        "among": "ticket-seconds", "pool": "seconds", "else": {"among": "equal", "pool": "all", "else": purse}}}},
        "currencies": {"GEM": {"root": {"pool": "first", "split": [[1, other_community], [4, {"among": "segments", "pool": "work", "else": purse}]]}}}},
    9: {"root": {"cap": [3, 2], "pool": "costs", "recoup": [["300", {"to": "pool:fees"}], ["100", {"to": "pool:common"}]], "rest": {
        "pool": "early", "threshold": "1000", "then": {"among": "equal", "pool": "all", "rule": "carry", "else": purse}, "rest": {
        "pool": "income2", "rest": "pool:common", "rule": "floor", "split": [[1, {"to": "pool:fees"}], [9, purse]]}}},
        "currencies": {"EUR": {"root": {"among": {"decay": [1, 2], "of": "segments"}, "pool": "slow", "else": purse}},
                       "GEM": {"root": {"among": {"root": "segments"}, "pool": "work", "else": other_community}}}},
}


def at(month, day, hour=12):
    return "2025-%02d-%02dT%02d:00:00Z" % (month, day, hour)


def later(when, days):
    return (datetime.datetime.fromisoformat(when[:-1]) + datetime.timedelta(days=days)).isoformat() + "Z"


def play(folder):
    """A community's year: random facts, each submitted by itself; what the rules refuse is simply not there."""
    refused = {}

    def say(event, when, **more):
        event = {**event, "at": when, **more}
        done = mikoshi("--dir", folder, "append", stdin=json.dumps(event).encode())
        if done.returncode != 0:
            code = done.stderr.decode().split("[")[1].split("]")[0]
            refused[code] = refused.get(code, 0) + 1
        return done.returncode == 0

    public = json.loads(must("key", "public", os.path.join(salon, "mori.key"), "--json"))["public_key"]
    must("new", folder, "--template", "equal", "--offset", "+09:00", "--steward", "mori=" + public, "--from", "2025-01", "--at",
         "2025-01-01T00:00:00Z")
    start = "2025-01-01T00:00:00Z"
    for member in members[:6]:
        say({"kind": "member.join", "member": member}, start)
    say({"kind": "ticket.class", "class": "gold", "supply": 4, "transfer": "locked", "weight": 3}, start)
    say({"kind": "contribution.kind", "type": "craft", "weight": 7}, start)
    say({"kind": "currency", "code": "EUR", "exponent": 2}, start)
    say({"kind": "opening", "id": "o1", "amount": "500", "currency": "JPY", "to": "m001"}, start)
    say({"kind": "opening", "id": "o3", "amount": "70", "currency": "EUR", "to": "m002"}, start)
    say({"kind": "opening", "id": "o2", "amount": "0", "currency": "JPY", "to": "pool:reserve", "evidence": {"file": "ab" * 32, "row": 1}}, start)
    number, records, incomes, payments, segments, conversions = 0, [], [], [], [], []
    for month in range(1, 12):
        period = "2025-%02d" % month
        if month == 4:
            say({"kind": "currency", "code": "GEM", "exponent": 0}, at(month, 1, 13))
        if month + 1 in charters:
            assert say({"kind": "charter", "id": "v%d" % month, "from": "2025-%02d" % (month + 1), "rules": charters[month + 1]}, at(month, 2))
        for step in range(rand.randrange(14, 22)):
            day = 3 + step
            number += 1
            who, other = rand.sample(members, 2)
            pick, code = rand.randrange(17), rand.choice(("JPY", "EUR", "GEM"))
            late = {"on": at(month, max(1, day - rand.randrange(3)), rand.randrange(12))} if rand.random() < 0.4 else {}
            voice = {"voice": "relayed", "channel": "salon", "message": "%064x" % number} if rand.random() < 0.2 else {}
            if pick == 0:
                say({"kind": "member." + rand.choice(("join", "leave", "rejoin")), "member": who}, at(month, day), **late)
            elif pick <= 2:
                say({"kind": "ticket.mint", "class": rand.choice(("ticket", "gold")), "ticket": "t%d" % number, "to": who}, at(month, day), **late)
            elif pick == 3:
                say({"kind": "ticket.transfer", "ticket": "t%d" % rand.randrange(1, number + 1), "from": who, "to": other}, at(month, day), **late)
            elif pick == 4:
                say({"kind": "ticket.burn", "ticket": "t%d" % rand.randrange(1, number + 1), "from": who}, at(month, day))
            elif pick <= 8 and month not in (5, 7):
                event = {"kind": "contribution", "id": "c%d" % number, "member": who, "period": "2025-%02d" % max(1, month - rand.randrange(3)),
                         "points": rand.randrange(6), "type": rand.choice(("work", "craft"))}
                if rand.random() < 0.6:
                    event["confirmed"] = other
                elif rand.random() < 0.5:
                    event["evidence"] = {"file": "%064x" % month, "row": number}
                if say(event, at(month, day), **voice):
                    records.append(event["id"])
            elif pick == 9 and records:
                say({"kind": "contribution.confirm", "by": who, "id": rand.choice(records)}, at(month, day), **voice)
            elif pick == 10 and records:
                say({"kind": "contribution.correct", "id": rand.choice(records), "points": rand.randrange(9)}, at(month, day))
            elif pick == 11:
                if say({"kind": "income", "id": "i%d" % number, "amount": str(rand.randrange(2000)), "currency": code,
                        "period": "2025-%02d" % max(1, month - rand.randrange(2)), **({"from": "7e" * 32} if day % 4 == 0 else {})},
                       at(month, day), **voice):
                    incomes.append("i%d" % number)
            elif pick == 12 and incomes:
                say({"kind": "income.correct", "id": rand.choice(incomes), "amount": str(rand.randrange(2500))}, at(month, day))
            elif pick == 13:
                amount = str(rand.randrange(1, 200))
                if say({"kind": "payment", "id": "p%d" % number, "amount": amount, "currency": code, "member": who}, at(month, day)):
                    payments.append(("p%d" % number, amount))
                for kind in rand.sample(("sent", "settled", "failed"), 2):
                    if payments:
                        paid, amount = rand.choice(payments)
                        event = {"kind": "payment." + kind, "id": paid}
                        say(event if kind == "sent" else {**event, "amount": amount}, at(month, day))
            elif pick == 14:
                if say({"kind": "segment", "id": "s%d" % number, "members": rand.sample(members, rand.randrange(1, 5)), "period": period,
                        "points": rand.randrange(9)}, at(month, day)):
                    segments.append("s%d" % number)
            elif pick == 15 and segments and rand.random() < 0.3:
                say({"kind": "segment.withdraw", "id": rand.choice(segments)}, at(month, day))
            elif pick >= 15:
                of, to = rand.sample(("JPY", "EUR", "GEM"), 2)
                if say({"kind": "conversion", "id": "x%d" % number, "period": period, "currency": of, "into": to, "amount": "40", "gives": "33",
                        "rate": {"gives": "5", "of": "6"}, "rounding": rand.choice(("down", "half-up", "half-even"))}, at(month, day)):
                    conversions.append("x%d" % number)
                elif conversions:
                    say({"kind": "conversion.undo", "id": rand.choice(conversions)}, at(month, day))
        end = at(month + 1, 1)
        must("--dir", folder, "draft", period, "--at", end)
        if rand.random() < 0.3:
            must("--dir", folder, "void", period, "--at", end)
            must("--dir", folder, "draft", period, "--at", end)
        draft = [json.loads(line) for line in open(os.path.join(work, folder, "ledger.jsonl"), encoding="utf-8")][-1]["id"]
        must("--dir", folder, "append", "--at", end, stdin=json.dumps({"kind": "approve", "draft": draft}).encode())
        if rand.random() < 0.6 or month == 11:
            must("--dir", folder, "sign", "--key", os.path.join(work, "mori.key"), "--password-fd", "FD", "--at", end)
    return refused


# ---- Second part: random charters. Here the checker computes each line and the tool verifies the ledger, which is the
# same question asked much faster: a line that the tool computes otherwise is refused.

secret_1 = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"  # the public key of the secret key 1
people = ["m%d" % i for i in range(7)]
friends = [digit * 64 for digit in "1ab"]  # other communities
moneys = {"JPY": 0, "EUR": 2, "GEM": 0, "X1": 8}  # the first is the communities' own
met = collections.Counter()


@functools.lru_cache(4096)
def times_g(k):
    return fc.sum_of_products(k, fc.G, 0, fc.G)


def schnorr(secret, message):
    """A BIP-340 signature."""
    (x, y), nonce = times_g(secret), int.from_bytes(fc.H(b"%d" % secret + message), "big") % fc.N
    (r, even), key = times_g(nonce), x.to_bytes(32, "big")
    challenge = int.from_bytes(fc.tagged(b"BIP0340/challenge", r.to_bytes(32, "big") + key + message), "big")
    s = (nonce if even % 2 == 0 else fc.N - nonce) + challenge * (secret if y % 2 == 0 else fc.N - secret)
    return r.to_bytes(32, "big") + (s % fc.N).to_bytes(32, "big")


def ecdsa(secret, digest):
    """A signature r, s, v as wallets make it."""
    nonce = int.from_bytes(fc.H(b"%d" % secret + digest), "big") % fc.N
    r, y = times_g(nonce)
    s = (int.from_bytes(digest, "big") + r * secret) * pow(nonce, -1, fc.N) % fc.N
    odd = y % 2 if s <= fc.N // 2 else 1 - y % 2
    return r.to_bytes(32, "big") + min(s, fc.N - s).to_bytes(32, "big") + bytes([27 + odd])


class Key:
    """A member's key: its name in the ledger, and how it signs claims."""

    def __init__(self, secret, form):
        self.secret, self.form = secret, form
        if form == "bip340":
            self.name = "bip340:" + times_g(secret)[0].to_bytes(32, "big").hex()
        else:
            self.name = "eth:" + fc.address_of(times_g(secret))

    def sign(self, line, dao_id):
        claim = fc.claim_of(line, dao_id)
        if self.form == "bip340":
            return schnorr(self.secret, fc.tagged(b"mikoshi/claim/v1", claim))
        typed = fc.typed_digest(line["who"], line["nonce"], line["expires"], claim, dao_id)
        return ecdsa(self.secret, typed if self.form == "typed" else fc.personal_digest(claim))


stewards = (("haru", 1), ("aki", 7))  # the one of line 0, and one who comes later


def signed_note(leaves, signers=stewards):
    """A snapshot of these lines."""
    root = base64.b64encode(fc.tree(leaves, fc.hash_join, b"")).decode()
    text = ("mikoshi/%s\n%d\n%s\n" % (leaves[0].hex(), len(leaves), root)).encode()
    message, note = fc.tagged(b"mikoshi/snapshot/v1", text), text + b"\n"
    for name, secret in signers:
        key = times_g(secret)[0].to_bytes(32, "big")
        signature = fc.H(name.encode() + b"\n\xffmikoshi/bip340" + key)[:4] + schnorr(secret, message)
        note += "\u2014 ".encode() + name.encode() + b" " + base64.b64encode(signature) + b"\n"
    return note


def tool_says(lines, note):
    """What the tool says of a ledger: "right", or the name of an error."""
    for name, data in (("ledger.jsonl", b"".join(line + b"\n" for line in lines)), ("some.note", note)):
        with open(os.path.join(work, name), "wb") as file:
            file.write(data)
    done = subprocess.run([tool, "verify", "--no-pin", "ledger.jsonl", "some.note"], cwd=work, capture_output=True)
    return "right" if done.returncode == 0 else done.stderr.decode().partition("[")[2].partition("]")[0] or done.stderr.decode()


def tool_says_of_lines(world, lines):
    """The same of lines that nobody signed: the snapshot is one of more lines, and all the tool may miss is the rest of them."""
    note = signed_note(world.state.leaves).replace(b"\n%d\n" % len(world.lines), b"\n99999\n")
    return tool_says(lines, note).replace("ledger_too_short", "right")


def fail(why, lines):
    handle, path = tempfile.mkstemp(prefix="disagreement.", suffix=".jsonl")
    with open(handle, "wb") as file:
        file.write(b"".join(line + b"\n" for line in lines))
    sys.exit("%s: see %s" % (why, path))


class World:
    """A ledger that grows, and what the checker refused on the way."""

    def __init__(self, offset="+00:00", salt="0" * 64, code="JPY"):
        self.state, self.lines, self.refused = fc.State(), [], []
        self.keys, self.ballots, self.number = {}, {}, 0  # of the members: all that they ever had; what is in sealed ballots
        self.say({"kind": "dao", "currency": {"code": code, "exponent": 0}, "format": 1, "offset": offset, "salt": salt,
                  "stewards": [{"key": secret_1, "name": "haru"}], "threshold": 1}, at(1, 1, 0))

    def say(self, event, when, **more):
        line = fc.write_json({"at": when, "seq": len(self.lines), "voice": "operator", **event, **more})
        try:
            self.state.apply(line)
        except fc.Refused as refused:
            self.refused.append((len(self.lines), line, refused.name))
            return False
        self.lines.append(line)
        met["line " + event["kind"]] += 1
        return True

    def signed(self, event, when, key, **more):
        """The same of a line in the actor's own signature; more is what is to be otherwise, also after the signature."""
        who = next(event[field] for field in fc.SAYS[event["kind"]][1] if field in event)
        line = {"at": when, "seq": len(self.lines), "voice": "signed", "who": who, "key": key.name, "expires": at(12, 31),
                "nonce": self.state.members[who]["nonce"] + 1 if who in self.state.members else 1, **event}
        signature = key.sign({**line, **more}, self.state.leaves[0]).hex()
        return self.say(line, when, **{"signature": signature, **more})

    def relay(self, event, when, **more):
        self.number += 1
        return self.say(event, when, voice="relayed", channel="salon", message="%064x" % self.number, **more)

    def act(self, event, when, **more):
        """Somebody's act, in one of the voices that it may have; hardly ever in one that it may not."""
        says, fields = fc.SAYS[event["kind"]]
        who = next((event[field] for field in fields if field in event), None)
        charter = self.state.charter_at(fc.seconds(when))
        keys = [key for key in self.keys.get(who, []) if not self.state.keys[key.name]["ended"]
                and (self.state.keys[key.name]["from"] <= fc.seconds(when) or rand.random() < 0.1)]
        voices = [self.say, self.relay]
        if who is not None and (says != fc.ACTOR or rand.random() < 0.3):
            voices.remove(self.say)
        if keys and (rand.random() < 0.3 or charter and event["kind"] in charter["rules"].get("signed", [])):
            spoil = rand.random() < 0.05 and rand.choice(({"nonce": 1}, {"expires": "2025-01-01T00:00:00Z"}, {"signature": "5a" * 64}, {"who": "m0"}))
            return self.signed(event, when, rand.choice(keys), **more, **(spoil or {}))
        return rand.choice(voices)(event, when, **more)

    def draft(self, period, when):
        """Drafts and approves a month, after wrong drafts that must be refused; False if a weight is too large."""
        number, seq = fc.month_number(period), len(self.lines)
        event = {"kind": "draft", "charter": self.state.charter_of(number)["hash"], "id": "d%d" % seq, "period": period, "record": seq}
        try:
            outcome = fc.Distribution(self.state, number).outcome
        except fc.Refused as refused:
            assert refused.name == "weight_overflow", refused
            self.say({**event, "outcome": no_outcome}, when)
            assert self.refused[-1][2] == "weight_overflow"
            return False
        wrong = json.loads(json.dumps(outcome))
        totals = rand.choice([wrong, *[other["totals"] for other in wrong.get("others", [])]])
        word = rand.choice(sorted(totals))
        if word == "others":
            other = rand.choice(wrong["others"])
            rand.choice((lambda: wrong["others"].remove(other), lambda: wrong.pop("others"), lambda: wrong["others"].append(other),
                         lambda: other.update(exponent=other["exponent"] + 1), lambda: other.update(currency=other["currency"][::-1] + "X"),
                         lambda: other["totals"].update(others=[])))()
        else:
            totals[word] = another(totals[word])
        assert not self.say({**event, "outcome": wrong}, when), wrong
        drafted, objects = self.say({**event, "outcome": outcome}, when), rand.random() < 0.3
        payees = sorted({name for part in fc.Distribution(self.state, number).parts.values() for name in part.got if name in self.state.members})
        for by in rand.sample(sorted(self.state.members), min(2, len(self.state.members))) if objects else []:
            line = rand.choice((by, rand.choice(payees or [by])))
            if self.act({"kind": "object", "id": event["id"], "by": by, "line": line}, when) and rand.random() < 0.3:
                self.act({"kind": "withdraw", "id": event["id"], "by": by, "line": line}, when)
        days = self.state.charter_of(number)["rules"].get("consent", {}).get("draft", {}).get("days", 0)
        if days and rand.random() < 0.3:
            assert not self.say({"kind": "approve", "draft": event["id"]}, when)
        met["a draft waits"] += days > 0
        if not drafted or not self.say({"kind": "approve", "draft": event["id"]}, later(when, days)):
            fail("the checker refuses what it computed: %s" % self.refused[-1][2], self.lines)
        count(self.state.distributions[-1])
        return True

    def statement(self, when):
        leaves = self.state.member_leaves()
        event = {"kind": "statement", "charter": self.state.standing_charter()["hash"], "currency": self.state.own_currency,
                 "distributions": self.state.waiting, "members": {"count": len(leaves), "root": fc.hash_tree(leaves).hex()}}
        if self.state.claims():
            event["claims"] = self.state.claims()
            met["claims in a statement"] += 1
            met["claims of several wallets"] += event["claims"][0]["payees"] > 1
        wrong = json.loads(json.dumps(event))
        of = rand.choice([wrong["members"], *wrong.get("claims", [])])
        word = rand.choice([word for word in of if word != "currency"])
        of[word] = another(of[word])
        assert not self.say(wrong, when)
        assert self.say(event, when), self.refused[-1]

    def ask_the_tool(self, refusals):
        note = signed_note(self.state.leaves)
        said = tool_says(self.lines, note)
        if said != "right":
            fail("the tool refuses (%s) what the checker takes" % said, self.lines)
        if len(self.state.stewards_from) > 1:  # the stewards are those of the snapshot, whatever comes after it
            size = rand.choice(sorted(self.state.statements)) + 1
            for signers in (stewards[:1], stewards[1:]):
                note = signed_note(self.state.leaves[:size], signers)
                ours, theirs = checker_says(b"".join(line + b"\n" for line in self.lines), note), tool_says(self.lines, note)
                if ours != theirs:
                    fail("signed by %s: the checker says %s, the tool %s" % (signers, ours, theirs), self.lines)
                met["other stewards, and it is " + ours] += 1
        for size, line, name in rand.sample(self.refused, min(refusals, len(self.refused))):
            said = tool_says(self.lines[:size] + [line], note)
            kind = json.loads(line)["kind"]
            met["undecided"] += (kind, name, said) in undecided
            if said != name and not (name in unnamed and said != "right") and (kind, name, said) not in undecided:
                fail("the checker says %s of the last line, the tool %s" % (name, said), self.lines[:size] + [line])
            met["refused " + name] += 1


def folder_of(world, name):
    """The world's files as the tool keeps them, with a snapshot; its path."""
    shutil.rmtree(os.path.join(work, name), ignore_errors=True)
    os.makedirs(os.path.join(work, name, "snapshots"))
    data = b"".join(line + b"\n" for line in world.lines)
    root = fc.tree(world.state.leaves, fc.hash_join, b"").hex()
    files = {"ledger.jsonl": data, "head": fc.write_json({"bytes": len(data), "root": root, "seq": len(world.lines)}) + b"\n"}
    if len(world.lines) - 1 in world.state.statements:
        files["snapshots/%d.note" % len(world.lines)] = signed_note(world.state.leaves)
    for file, text in files.items():
        with open(os.path.join(work, name, file), "wb") as out:
            out.write(text)
    return name


def check_receipts(folder):
    """The tool makes everybody's receipts, and both take them; the checker does not take them for somebody else's."""
    for one in ("receipts", "pins"):  # random worlds begin with the same line 0: to who saw both they are two histories
        shutil.rmtree(os.path.join(work, one), ignore_errors=True)
    must("--dir", folder, "receipt", "--all", "--out", "receipts")
    names = sorted(os.listdir(os.path.join(work, "receipts")))
    for name in names:
        path = os.path.join("receipts", name)
        with open(os.path.join(work, path), "rb") as file:
            data = file.read()
        body = fc.parse_receipt(data)[0]
        member = body["standing"]["leaf"]["member"]
        assert name.startswith(member), name
        if rand.random() < 0.3:
            must("verify", path, "--member", member)
        met["receipts"] += 1
        if len({payout["leaf"].get("currency") for payout in body["payouts"]}) > 1:
            met["receipts with several currencies"] += 1
            if met["receipts with several currencies"] <= 5:
                damage_receipt(data, body, member)
        met["receipts that stand in other currencies"] += "others" in body["standing"]["leaf"]
        with contextlib.redirect_stdout(io.StringIO()):
            fc.check_receipt(data, member)
            try:
                fc.check_receipt(data, "m999")
                sys.exit("the checker takes the receipt of somebody else: %s" % path)
            except fc.Refused as refused:
                assert refused.name == "wrong_member", refused
    return names


def damage_receipt(data, body, member):
    """Payouts in a currency that there is not, in another order, twice, and of another currency than they are: refused by both."""
    payouts = body["payouts"]
    place = next(number for number, payout in enumerate(payouts) if "currency" in payout["leaf"])

    def with_leaf(**fields):
        leaf = {**payouts[place]["leaf"], **fields}
        changed = {**payouts[place], "leaf": {word: value for word, value in leaf.items() if value is not None}}
        return [*payouts[:place], changed, *payouts[place + 1:]]

    other = sorted(set(moneys) - {payouts[place]["leaf"]["currency"], "JPY"})[0]
    no_proof = ("proof_mismatch", "proof_wrong_length", "proof_index_out_of_range")  # of another tree: by chance any of these
    for error, wrong in ((("mixed_assets",), with_leaf(currency="USD")), (("bad_receipt",), payouts[::-1]), (("bad_receipt",), payouts + payouts[-1:]),
                         (("mixed_assets",), with_leaf(currency="JPY")),
                         (no_proof, with_leaf(currency=None)), ((*no_proof, "mixed_assets"), with_leaf(currency=other))):
        lines = data.split(b"\n")
        lines[1] = b"extra " + base64.b64encode(fc.write_json({**body, "payouts": wrong}))
        path = os.path.join(work, "damaged.tlog-proof")
        with open(path, "wb") as file:
            file.write(b"\n".join(lines))
        ours, theirs = check("receipt", path, member).stdout.decode(), mikoshi("verify", path, "--member", member).stderr.decode()
        ours, theirs = ours.splitlines()[-1].partition(":")[0], theirs.partition("[")[2].partition("]")[0]
        if ours not in error or theirs not in error:
            sys.exit("a damaged receipt (%s): the checker says %s, the tool %s: %s" % (error, ours, theirs, wrong))
        met["a damaged receipt is " + ours] += 1


# Where two things are wrong with a line, the document and the tool do not say the same of which error wins, here: the kind, what
# the document (and the checker) says, what the tool says.
undecided = {("will", "no_such_member", "bad_will"), ("will", "no_such_member", "estate_held"), ("will", "bad_will", "not_member"),
             ("contribution", "no_such_member", "no_such_kind"), ("contribution", "no_such_member", "future_period")}
unnamed = ("malformed", "not_canonical")  # the checker's words for what has many in the document
no_outcome = {"digest": "0" * 64, "distributed": "0", "in": "0", "payees": 0, "payout_root": "0" * 64, "recouped": "0",
              "undivided_after": "0", "undivided_before": "0"}


def another(value):
    """A value of the same spelling, but wrong."""
    if isinstance(value, int):
        return value + 1
    return ("1" if value[0] != "1" else "2") + value[1:] if len(value) == 64 else str(int(value) + 1)


def count(distribution):
    """Which kinds of nodes, rules, weights and bounds a distribution met, and which kinds of pools ended in it."""
    def count_weight(weight):
        met["weight " + (weight if isinstance(weight, str) else fc.kind_of(weight, fc.WEIGHTS))] += 1
        if isinstance(weight, dict):
            for part in fc.WEIGHTS[fc.kind_of(weight, fc.WEIGHTS)][1](weight):
                count_weight(part)

    def walk(part, work, node, path, paid):
        if path in paid:
            kind = fc.node_kind(node)
            met["node " + kind] += paid[path] > 0
            met["node %s of a work" % kind] += paid[path] > 0 and work is not fc.COMMON
            shares = [share for share in map(json.loads, part.shares) if share["path"] == path and share["weight"] != "0"]
            if kind == "recoup" and isinstance(node[kind], str):
                of = "recoup of %s " % node[kind]
                met[of + "pays"] += any(share["pay"] != "0" for share in shares)
                met[of + "pays a part"] += any("0" != share["pay"] and int(share["pay"]) < int(share["weight"]) for share in shares)
                met[of + "keeps fractions"] += any(int(share["fraction"], 16) != fc.GRACE for share in shares)
            if kind == "among" and isinstance(node["among"], str):
                met["pays by " + node["among"]] += any(share["pay"] != "0" for share in shares)
            if kind in ("split", "among"):
                met["%s by %s" % (kind, fc.rule_of(node))] += paid[path] > 0
            if kind in ("threshold", "hold"):
                met["%s with %s" % (kind, "period" if fc.is_period(node[kind]) else "number")] += 1
            if kind == "among":
                count_weight(node["among"])
                met["among with a floor and a cap"] += "floor" in node and "cap" in node
                met["something goes on to else"] += paid[path] > 0 and path + "/else" in paid and paid[path + "/else"] > 0
                if "lifetime" in node["among"]:
                    met["a lifetime without income"] += paid[path] == 0
                    met["a lifetime later"] += paid[path] > 0 and fc.pool_key(work, node["pool"]) in part.books.pools
                met["an among in another currency"] += paid[path] > 0 and not part.own
            if "pool" in node and fc.pool_key(work, node["pool"]) in part.ends:
                met["%s ends" % kind] += 1
                met["%s ends in another currency" % kind] += not part.own
        for place, child in fc.children(node):
            walk(part, work, child, path + place, paid)

    for part in distribution.parts.values():
        paid = collections.Counter()
        for share in map(json.loads, part.shares):
            paid[share["path"]] += int(share["pay"])
        for work, (root, path) in part.roots.items():
            walk(part, work, root, path, paid)
        met["a month without income"] += part.totals["in"] == "0"
        met["recouped"] += part.totals["recouped"] != "0"
        met["recouped of a work"] += any(amount for work, amount in part.recouped.items() if work is not fc.COMMON)
        met["recouped in another currency"] += part.totals["recouped"] != "0" and not part.own
        met["a member's payout in another currency"] += not part.own and any(name in people for name in part.got)
    met["a month with %d currencies" % len(distribution.parts)] += 1
    weigher = distribution.weigher
    sizes = {len(segment["members"]) for segment in weigher.segments_counting}
    met["segments of different sizes"] += len(sizes) > 1
    met["a segment counts late"] += any(segment["period"] < distribution.month for segment in weigher.segments_counting)


def count_bounds():
    """Which of the three cases of section 8 each carry with bounds was."""
    bounded, level = fc.Pool.carry_with_bounds, fc.fill_to_level

    def counted(pool, amount, weights, floor, cap):
        before = met["bounds: a level"]
        pays, over = bounded(pool, amount, weights, floor, cap)
        if met["bounds: a level"] == before and amount > 0:
            met["bounds: all at the cap" if over > 0 else "bounds: floors alone"] += 1
        return pays, over

    def counted_level(t, weights, low, high):
        more = level(t, weights, low, high)
        met["bounds: a level"] += 1
        met["bounds: a level above floors"] += any(low.values())
        met["bounds: a level with some at the cap"] += high is not None and any(more[n] == high[n] > 0 for n in more)
        return more

    fc.Pool.carry_with_bounds, fc.fill_to_level = counted, counted_level


# Random charters. What they make may be bad: the checker says so, and the tool must as well.

def parts():
    return rand.choice((1, 1, 2, 3, rand.randrange(1, 100), rand.randrange(1, 10**9)))


def some_purse():
    return "pool:" + rand.choice("abcdefgh")


def some_leaf():
    return {"partner": "dao:" + rand.choice(friends)} if rand.random() < 0.25 else {"to": some_purse()}


def some_month(after="2024-12"):
    return "2025-%02d" % rand.randrange(min(12, fc.month_number(after) % 12 + 2) if after > "2025" else 1, 13)


def some_weight(depth=0):
    pick = rand.randrange(11) if depth < 3 else rand.randrange(5)
    if pick < 5:
        return rand.choice(fc.BASE_WEIGHTS)
    if pick < 7:
        return {"root": some_weight(depth + 1)}
    if pick < 8 or (depth > 0 and rand.random() < 0.99):
        small = [rand.choice(("equal", {"root": "contributions"}, {"root": "ticket-seconds"})) for _ in range(2)]
        return {"product": rand.sample([some_weight(depth + 2), some_weight(depth + 2), *small], rand.choice((2, 2, 3)))}
    if rand.random() < 0.6:
        return {"lifetime": rand.choice((some_weight(depth + 1), "equal", "contributions", "segments"))}
    return {"decay": sorted((parts(), parts())), "of": some_weight(depth + 1)}


def fits_lifetime(node):
    """A lifetime needs carry and no bounds; now and then it keeps them, which is refused."""
    if "lifetime" in node["among"] and rand.random() < 0.95:
        for word in ("cap", "floor", *(("rule", "rest") if fc.rule_of(node) != "carry" else ())):
            node.pop(word, None)
    return node


def some_rule():
    pick = rand.choice(fc.RULES)
    if pick == "carry":
        return rand.choice(({}, {}, {"rule": "carry"}))
    return {"rule": "floor", "rest": some_purse()} if pick == "floor" else {"rule": pick}


class Charters:
    """Makes charters that follow each other: pools are kept, dropped, changed and renamed, and so are whole currencies."""

    def __init__(self, scale, world):
        self.scale, self.world, self.names = scale, world, collections.Counter()

    def name(self):
        self.names[self.code] += 1  # so the currencies have pools of the same names
        return "p%d" % self.names[self.code]

    def amount(self):
        return str(rand.choice((1, rand.randrange(1, 50), rand.randrange(1, 2**rand.randrange(1, 128)), *(rand.randrange(1, self.scale) for _ in range(3)))))

    def bounds(self):
        low = rand.randrange(1, self.scale // 3)
        both = {"floor": str(low), "cap": str(low + (rand.randrange(3 * self.scale) >> rand.randrange(8)))}
        return rand.choice(({"floor": self.amount()}, {"cap": rand.choice((both["cap"], self.amount()))}, both, both))

    def node(self, depth=1):
        kind = rand.choice(("to", "to", "split", "split", "among", "among", "among", "take", "threshold", "recoup", "hold"))
        if depth == (1 if self.code == "JPY" else 2) and kind == "to" and rand.random() < 0.9:
            kind = "among"
        if depth >= 4 or kind == "to":
            return some_leaf()
        below, name = (lambda: self.node(depth + 1)), self.name()
        branches = range(rand.choice((1, 2, 2, 3, 4)))
        if kind == "split":
            return {"pool": name, "split": [[parts(), below()] for _ in branches], **some_rule()}
        if kind == "among":
            return fits_lifetime({"pool": name, "among": some_weight(), "else": below(),
                                  **(self.bounds() if rand.random() < 0.4 else some_rule())})
        if kind == "take":
            return {"pool": name, "take": self.amount(), "then": below(), "rest": below()}
        if kind == "threshold":
            return {"pool": name, "threshold": rand.choice((self.amount, lambda: some_month(self.start)))(), "then": below(), "rest": below()}
        if kind == "recoup":
            cap = {"cap": [parts(), parts()]} if rand.random() < 0.4 else {}
            if rand.random() < 0.6:
                word = rand.choice(("pledges", "costs"))
                return {"pool": name, "recoup": word, "rest": below(), **(cap if word == "pledges" else {})}
            return {"pool": name, "recoup": [[self.amount(), below()] for _ in branches], "rest": below(), **cap}
        return {"pool": name, "hold": rand.choice((2, 3, rand.randrange(2, 1201), some_month())), "then": below()}

    def of(self, code):
        self.code = code
        return {"root": self.node(2 if code != "JPY" else 1), **({"minimum": str(rand.randrange(50))} if rand.random() < 0.3 else {}),
                **({"works": self.for_works()} if rand.random() < 0.7 else {})}

    def for_works(self):
        """First what somebody laid out or pledged, then the credits; or anything."""
        if rand.random() < 0.4:
            return self.node(2)
        node = {"pool": self.name(), "among": rand.choice(("credits", {"root": "credits"}, "supporters", "pledges", "reviews")), "else": some_leaf(), **some_rule()}
        for word in rand.sample(("pledges", "costs"), rand.choice((1, 2))):
            cap = {"cap": [parts(), parts()]} if word == "pledges" and rand.random() < 0.4 else {}
            node = {"pool": self.name(), "recoup": word, "rest": node, **cap}
        return node

    def whole(self):
        """What is said of the community itself: whose signatures it wants, and how long it waits."""
        found = {}
        if rand.random() < 0.4:
            ratio = lambda: {"sign": sorted(rand.choice(((1, 5), (1, 3), (1, 2), (2, 2))))} if rand.random() < 0.7 else {}  # noqa: E731
            consent = {"charter": {"days": rand.randrange(9), **ratio()}, "recognise": {"days": rand.randrange(4), **ratio()},
                       "draft": {"days": rand.randrange(2)}}
            found["consent"] = {word: consent[word] for word in rand.sample(sorted(consent), rand.choice((1, 2, 3)))}
        if rand.random() < 0.4:
            found["signed"] = rand.sample(sorted(fc.SIGNABLE), rand.choice((1, 2, 4)))
        return found

    def declared(self):
        return [code for code in moneys if code != "JPY" and (code in self.world.state.books or rand.random() < 0.02)]

    def first(self, start):
        self.start = start
        others = {code: self.of(code) for code in self.declared() if rand.random() < 0.7}
        return costs_once({**self.of("JPY"), **self.whole(), **({"currencies": others} if others else {})})

    def next(self, rules, start):
        """Another charter, with some of the pools of this one."""
        self.start, rules = start, json.loads(json.dumps(rules))
        if rand.random() < 0.15:
            return self.first(start)
        others = rules.pop("currencies", {})
        self.code = "JPY"
        self.alter(rules)
        for code in self.declared():
            self.code = code
            if code not in others:
                if rand.random() < 0.4:
                    others[code] = self.of(code)
            elif rand.random() < 0.15:
                del others[code]
            elif rand.random() < 0.5:
                self.alter(others[code])
        if rand.random() < 0.5:
            rules = {**{word: value for word, value in rules.items() if word not in ("consent", "signed")}, **self.whole()}
        return costs_once({**rules, **({"currencies": others} if others else {})})

    def alter(self, rules):
        pick = rand.randrange(20)
        if pick <= 1:
            rules["works"] = self.for_works()
        elif pick == 2:
            rules.pop("works", None)
        elif pick == 3 and "works" in rules:
            rules["root"], rules["works"] = rules["works"], rules["root"]
        for _ in range(rand.choice((1, 1, 2, 3))):
            holder, key = rand.choice(places(rules))
            node = holder[key]
            pick = rand.randrange(8)
            if pick == 0:
                holder[key] = some_leaf()
            elif pick == 1:
                holder[key] = self.node(3 if self.code != "JPY" else 2)
            elif pick == 2:  # something between
                holder[key] = {"pool": self.name(), "take": self.amount(), "then": node, "rest": {"to": some_purse()}}
            elif pick == 3:  # only the first of what is below
                below = fc.children(node)
                holder[key] = below[0][1] if below else node
            elif pick == 4 and "pool" in node:
                node["pool"] = self.name()
            else:
                self.change(node)

    def change(self, node):
        """Other numbers, weights, months and purses; now and then something that has to stay."""
        kind = fc.node_kind(node)
        if kind in ("take", "threshold", "hold") and not isinstance(node[kind], int):
            node[kind] = some_month() if fc.is_period(node[kind]) != (kind == "threshold" and rand.random() < 0.2) else self.amount()
        elif kind == "among":
            node["among"] = some_weight()
            if fc.rule_of(node) == "carry":
                for word in ("cap", "floor"):
                    node.pop(word, None)
                node.update(self.bounds() if rand.random() < 0.5 else {})
            fits_lifetime(node)
        elif kind == "split":
            node["split"] = [[parts(), branch[1]] for branch in rand.sample(node["split"], len(node["split"]))]
        elif kind == "recoup" and isinstance(node["recoup"], list):
            rand.shuffle(node["recoup"])
        elif kind == "recoup" and rand.random() < 0.2:
            node["recoup"] = rand.choice(("pledges", "costs"))
        if isinstance(node.get("rest"), str):
            node["rest"] = some_purse()
        if rand.random() < 0.1 and "rule" in node:
            del node["rule"]
            node.pop("rest", None)


def places(rules):
    """Where nodes stand: pairs of what holds one and its key there."""
    found, todo = [], [(rules, word) for word in fc.TREES if word in rules]
    while todo:
        holder, key = todo.pop()
        found.append((holder, key))
        node = holder[key]
        todo += [(branch, 1) for word in ("split", "recoup") if fc.is_branched(node, word) for branch in node[word]]
        todo += [(node, word) for word in ("then", "rest", "else") if isinstance(node.get(word), dict)]
    return found


def costs_once(rules):
    """Costs are recouped in one place: any further one recoups pledges instead."""
    for of_currency in (rules, *rules.get("currencies", {}).values()):
        for word in fc.TREES:
            found = [holder[key] for holder, key in places({word: of_currency[word]} if word in of_currency else {}) if holder[key].get("recoup") == "costs"]
            for node in found[1:]:
                node["recoup"] = "pledges"
    return rules


def play_charters(months):
    scale, start = rand.choice((30, 3000, 3000, 10**6, 10**14, 2**122, 2**126)), at(1, 1, 0)
    world = World(rand.choice(("+00:00", "+09:00", "-03:30")))
    makes = Charters(scale, world)
    for code in rand.sample(("EUR", "GEM", "X1"), rand.choice((0, 1, 1, 2))):
        declare(world, code, start)
    while not world.say({"kind": "charter", "id": "v0", "from": "2025-01", "rules": makes.first("2025-01")}, start):
        pass
    for number, weight in enumerate(rand.sample((0, 1, 2, 3, 7, 50, 10**6), 2)):
        world.say({"kind": "ticket.class", "class": "k%d" % number, "transfer": "free", "weight": weight}, start)
        world.say({"kind": "contribution.kind", "type": "k%d" % number, "weight": weight}, start)
    for member in people[:rand.randrange(1, 7)]:
        world.say({"kind": "member.join", "member": member}, start)
    life_begins(world, start)
    for number in range(rand.randrange(3)):
        world.say({"kind": "opening", "id": "o%d" % number, "amount": str(rand.randrange(scale)), "currency": some_code(world),
                   "to": rand.choice((rand.choice(people), some_purse()))}, start)
    for month in range(1, months + 1):
        period = "2025-%02d" % month
        for step in range(rand.randrange(4, 16)):
            facts(world, month, at(month, 3 + step), "%d.%d" % (month, step))
            duties(world, at(month, 3 + step))
            for more in range(rand.choice((0, 1, 2, 4))):
                life(world, month, at(month, 3 + step), "%d.%d.%d" % (month, step, more))
        if rand.random() < 0.4 and month < months:
            rules = world.state.charters[-1]["rules"]
            for attempt in range(4):
                begins = "2025-%02d" % (month + rand.choice((1, 1, 2)))
                if new_charter(world, {"id": "v%d" % month, "rules": makes.next(rules, begins), "from": begins}, month):
                    break
        for code in world.state.books:
            if rand.random() < 0.65:
                for number in range(rand.choice((1, 1, 2))):
                    world.say({"kind": "income", "id": "i%d.%s.%d" % (month, code.lower(), number), "amount": str(rand.randrange(scale)),
                               "currency": code, "period": period, **({"from": rand.choice(friends)} if rand.random() < 0.2 else {}),
                               **({"work": some_work(world)} if rand.random() < 0.5 else {})}, at(month, 26))
        for number in range(rand.randrange(6)):
            money_facts(world, month, at(month, 27), "%d.x%d" % (month, number))
        if not world.draft(period, at(month + 1, 1)):
            break
        for draft, line in sorted({key for books in world.state.books.values() for key in books.disputes}):
            if rand.random() < 0.5:
                world.say({"kind": "dispute.settle", "draft": draft, "line": line, "outcome": rand.choice(("paid", "returned"))}, at(month + 1, 2))
        if rand.random() < 0.5 or month == months:
            world.statement(at(month + 1, 2))
    if json.loads(world.lines[-1])["kind"] != "statement":
        world.statement(at(12, 28))
    return world


def some_work(world):
    return rand.choice(sorted(world.state.works)) if rand.random() < 0.97 else "nothing"


def life_begins(world, start):
    """More classes, kinds, guests, works and keys."""
    transfers = ("free", "free", "members", "locked", "executive")
    for name, form in (("k2", "ticket"), ("u0", "units"), ("u1", "units")):
        limits = {"supply": rand.randrange(60)} if rand.random() < 0.4 else {}
        if rand.random() < 0.3:
            limits["per_member"] = rand.randrange(1, 30)
        world.say({"kind": "ticket.class", "class": name, "form": form, "transfer": rand.choice(transfers), "weight": rand.randrange(9), **limits}, start)
    world.say({"kind": "contribution.kind", "type": "help", "weight": rand.randrange(9), "as": "support"}, start)
    for work in ("w1", "w2"):
        world.say({"kind": "work", "work": work, **({"label": "ab" * 32} if rand.random() < 0.5 else {})}, start)
    for guest in ("g0", "g1"):
        world.say({"kind": "member.guest", "member": guest}, start)
    for member in sorted(world.state.members):
        if rand.random() < 0.7:
            bind_key(world, member, start)


def bind_key(world, member, when):
    key = Key(rand.randrange(2, 60), rand.choice(("bip340", "typed", "personal")))
    if world.act({"kind": "member.key", "member": member, "public_key": key.name}, when):
        world.keys.setdefault(member, []).append(key)


def new_charter(world, charter, month):
    """By a line, or by a proposal that is signed and takes effect; where the community wants that, hardly ever by a line."""
    consents = "charter" in world.state.charter_at(fc.seconds(at(month, 20)))["rules"].get("consent", {})
    if rand.random() < (0.05 if consents else 0.7):
        return world.say({"kind": "charter", **charter}, at(month, 25))
    if world.state.last_at > fc.seconds(at(month, 19)):
        return False
    name = "pc%d" % len(world.lines)
    world.act({"kind": "propose", "id": name, "charter": charter, "until": at(month, 25), "by": rand.choice(people)}, at(month, 19))
    for by in rand.sample(people, rand.choice((4, 7))):
        world.act({"kind": rand.choice(("sign", "sign", "sign", "object")), "id": name, "by": by}, at(month, 19))
    return name in world.state.proposals and take_effect(world, name, at(month, 25))


def some_proposal(world, *kinds):
    found = [name for name, of in world.state.proposals.items() if of["does"] in kinds and (of["state"] == "open" or rand.random() < 0.05)]
    return rand.choice(found or ["none"])


def life(world, month, when, name):
    """One random fact of the newer kinds, which may be refused."""
    there, state, day = sorted(world.state.members), world.state, int(when[8:10])
    who, other = rand.sample(there if len(there) > 1 else people, 2)
    soon, work, code = later(when, rand.randrange(1, 6)), some_work(world), some_code(world)
    late = {"on": at(month, max(1, day - rand.randrange(4)), rand.randrange(12))} if rand.random() < 0.2 else {}
    pick = rand.choice(LIFE)
    small = str(rand.randrange(1, 90))
    if pick == "member.guest":
        world.act({"kind": pick, "member": "g" + name}, when)
    elif pick == "member.key":
        bind_key(world, who, when)
    elif pick == "member.key.end":
        keys = world.keys.get(who)
        if keys and (len(keys) > 1 or rand.random() < 0.2):
            world.act({"kind": pick, "member": who, "public_key": rand.choice(keys).name}, when)
    elif pick == "attest":
        who = rand.choice([name for name, lines in state.unattested.items() if lines and name in world.keys] or [who])
        seqs = sorted(state.unattested.get(who, {}))[:rand.randrange(1, 9)]
        root = fc.tree([state.unattested[who][seq] for seq in seqs], fc.hash_join, b"").hex()
        first, last = (seqs[0], seqs[-1]) if seqs else (0, 5)
        if who in world.keys:
            world.signed({"kind": pick, "member": who, "first": first, "last": last, "root": root if rand.random() < 0.95 else "00" * 32}, when,
                         rand.choice(world.keys[who]))
    elif pick in ("ticket.lend", "ticket.transfer", "ticket.burn", "ticket.return"):
        ticket = rand.choice(sorted(state.tickets) or ["none"])
        moves = state.tickets[ticket]["moves"] if ticket in state.tickets else [(0, None)]
        event = {"kind": pick, "ticket": ticket, "from": moves[-1][1] or who, "to": other, "until": rand.choice((soon, later(when, 40)))}
        if pick == "ticket.return":
            loans = [name for name, of in state.tickets.items() if fc.is_lent(of, fc.seconds(when))]
            event["ticket"] = rand.choice(loans or [ticket])
            if loans:
                event["from"] = state.tickets[event["ticket"]]["moves"][-2][1]
        fields = fc.EVENTS[pick]
        world.act({word: value for word, value in event.items() if word in fields or word == "kind"}, when, **late)
    elif pick in ("units.mint", "units.move", "units.burn"):
        group = rand.choice(("u0", "u1"))
        holders = [of for (of_class, of), moves in state.units.items() if of_class == group and moves[-1][1] > 0]
        who = rand.choice(holders or [who])
        event = {"kind": pick, "class": group, "id": "u" + name, "from": who, "to": other, "units": rand.randrange(1, 9)}
        world.act({word: value for word, value in event.items() if word in fc.EVENTS[pick] or word == "kind"}, when, **late)
    elif pick == "work":
        if len(state.works) < 4 or rand.random() < 0.1:
            world.say({"kind": pick, "work": "w" + name}, when)
    elif pick == "work.phase":
        world.say({"kind": pick, "work": work, "phase": rand.choice(("making", "published", "published", "published", "ended"))}, when)
    elif pick == "credit":
        first = max(1, month + rand.choice((-3, -2, -1, 0, 0, 0, 1)))
        world.act({"kind": pick, "id": "k" + name, "work": work, "member": who, "role": "composer", "weight": rand.randrange(9), "from": "2025-%02d" % first,
                   **({"last": "2025-%02d" % rand.randrange(first, 13)} if rand.random() < 0.2 else {}),
                   **({"confirmed": other} if rand.random() < 0.7 else {})}, when)
    elif pick == "credit.confirm":
        world.act({"kind": pick, "id": rand.choice(sorted(state.credits) or ["none"]), "by": who}, when)
    elif pick == "credit.end":
        world.say({"kind": pick, "id": rand.choice(sorted(state.credits) or ["none"]), "last": "2025-%02d" % rand.randrange(max(1, month - 1), 12)}, when)
    elif pick == "introduction":
        world.act({"kind": pick, "by": other, "member": who}, when)
    elif pick == "review":
        rated = rand.sample(there, rand.randrange(1, min(6, len(there)) + 1))
        cap = rand.choice((3, 10, 10**9))
        world.say({"kind": pick, "id": "r" + name, "members": rated, "method": rand.choice(("median", "trimmed")), "pair_cap": cap,
                   "period": "2025-%02d" % rand.randrange(max(1, month - 1), min(12, month + 2)), "raters_min": rand.choice((1, 1, 2)),
                   "relations": {relation: rand.randrange(1, 9) for relation in ("boss", "friend", "peer")[:rand.randrange(1, 4)]},
                   "seal_until": later(when, 3), "reveal_until": later(when, 6),
                   **({"budget": rand.randrange(1, cap * max(1, len(rated) - 1) + 1)} if rand.random() < 0.4 else {})}, when)
        for number in range(rand.randrange(8)):
            ballot(world, when)
    elif pick == "review.ballot":
        for number in range(3):
            ballot(world, when)
    elif pick == "cost":
        world.say({"kind": pick, "id": "k" + name, "amount": str(rand.randrange(1, 2**rand.randrange(1, 20))), "currency": code, "member": who,
                   **({"work": work} if rand.random() < 0.7 else {})}, when)
    elif pick == "spend":
        purses = [(code, name, held) for code, books in state.books.items() for name, held in books.purses.items() if held]
        code, purse, held = rand.choice(sorted(purses) or [(code, "pool:a", 5)])
        world.say({"kind": pick, "id": "s" + name, "amount": str(rand.choice((1, held, held // 2 + 1, held + 1))), "currency": code, "from": purse}, when)
    elif pick == "waive":
        owed = [(code, name, amount) for code, books in state.books.items() for name, amount in books.owed.items() if amount]
        code, who, amount = rand.choice(sorted(owed) or [(code, who, 1)])
        world.act({"kind": pick, "id": "w" + name, "amount": str(rand.choice((1, amount, amount // 3 + 1))), "currency": code, "member": who, "to": "gift"}, when)
    elif pick == "will":
        world.act({"kind": pick, "member": who, **some_will(who, there)}, when)
    elif pick == "will.alive":
        dead = [of["what"]["member"] for of in state.proposals.values() if of["does"] == "estate" and of["state"] == "open"]
        world.act({"kind": pick, "member": rand.choice(dead or [who])}, when)
    elif pick == "estate":
        whose = [name for name in there if state.members[name]["will"] and not state.members[name]["died"]]
        dead = rand.choice(whose or [who])
        executors = state.members[dead]["will"]["executors"] if whose else [other]
        until = later(when, state.members[dead]["will"]["wait_days"] if whose else 1)
        if world.act({"kind": "propose", "id": "e" + name, "estate": {"member": dead}, "by": rand.choice(executors), "until": until}, when, **late):
            for by in executors:
                world.act({"kind": "sign", "id": "e" + name, "by": by}, when)
    elif pick == "recognise":
        unpaid = [name for name, of in state.contributions.items() if of["unpaid"]]
        event = {"kind": "propose", "id": "r" + name, "recognise": {"records": unpaid[-rand.randrange(1, 4):]}, "until": soon}
        world.act(event if rand.random() < 0.5 else {**event, "by": who}, when)
    elif pick == "pledges":
        event = {"kind": "propose", "id": "p" + name, "pledges": {"currency": code, "threshold": str(rand.randrange(1, 90)), "work": work}, "until": soon}
        world.act(event if rand.random() < 0.5 else {**event, "by": who}, when)
        for number in range(rand.randrange(5)):
            pledge(world, when, "g%s.%d" % (name, number))
    elif pick == "pledge":
        pledge(world, when, "g" + name)
    elif pick == "stewards":
        new = [{"key": times_g(secret)[0].to_bytes(32, "big").hex(), "name": steward} for steward, secret in sorted(stewards)]
        name, until = "s" + name, later(when, 2)
        new = rand.choice((new, new[:1], new[1:]))
        if not world.act({"kind": "propose", "id": name, "stewards": {"stewards": new, "threshold": 1 + (len(new) - 1) * (rand.random() < 0.9)},
                          "until": until}, when):
            return
        message = fc.tagged(b"mikoshi/proposal/v1", state.leaves[0] + state.proposals[name]["leaf"])
        for steward, secret in stewards:
            world.say({"kind": "sign", "id": name, "steward": steward, "steward_signature": schnorr(secret, message).hex()}, when)
        take_effect(world, name, rand.choice((when, when, when, until)))
    elif pick in ("sign", "object", "withdraw"):
        for number in range(3):
            world.act({"kind": pick, "id": some_proposal(world, *fc.PROPOSALS), "by": rand.choice(there)}, when)
    elif pick == "cancel":
        proposal = some_proposal(world, *fc.PROPOSALS)
        by = state.proposals[proposal]["by"] if proposal in state.proposals and rand.random() < 0.8 else who
        world.act({"kind": pick, "id": proposal, **({"by": by} if by and rand.random() < 0.8 else {})}, when)
    else:
        assert pick == "execute"
        world.say({"kind": pick, "id": some_proposal(world, *fc.PROPOSALS)}, when)


def pledge(world, when, name):
    world.say({"kind": "pledge", "id": name, "amount": str(rand.randrange(1, 99)), "member": rand.choice(sorted(world.state.members)),
               "round": some_proposal(world, "pledges")}, when)


def duties(world, when):
    """What is due by now: sealed ballots are opened, rounds closed, and proposals take effect; now and then it is too early."""
    state, now = world.state, fc.seconds(when)
    for (of, by), (salt, scores) in sorted(world.ballots.items()):
        review = state.reviews[of]
        if not review["closed"] and review["ballots"][by]["scores"] is None and rand.random() < 0.6:
            if now >= fc.seconds(review["seal_until"]) or rand.random() < 0.02:
                world.act({"kind": "review.reveal", "round": of, "by": by, "salt": salt, "scores": scores}, when)
    for of, review in sorted(state.reviews.items()):
        if not review["closed"] and (now >= fc.seconds(review["reveal_until"]) and rand.random() < 0.7 or rand.random() < 0.01):
            world.say({"kind": "review.close", "round": of}, when)
            met["a result of a review"] += review["closed"] and bool(state.closed_reviews[-1]["results"])
    for proposal, of in sorted(state.proposals.items()):
        if of["state"] == "open" and (of["until"] <= now and rand.random() < 0.3 or rand.random() < 0.01):
            take_effect(world, proposal, when)


def take_effect(world, proposal, when):
    of, members = world.state.proposals[proposal], world.state.members
    done = world.say({"kind": "execute", "id": proposal}, when)
    met["takes effect: " + of["does"]] += done
    if done and of["does"] == "estate":
        named = members[of["what"]["member"]]["will"]["heirs"]
        heirs = world.state.living_heirs(named)
        met["several heirs"] += len(heirs) > 1
        met["heirs of heirs"] += any(name not in {heir["member"] for heir in named} for name in heirs)
    return done


LIFE = ("member.guest", "member.key", "member.key", "member.key.end", "attest", "attest", "ticket.lend", "ticket.lend", "ticket.lend", "ticket.transfer", "ticket.burn",
        "ticket.return", "units.mint", "units.mint", "units.move", "units.move", "units.burn", "work", "work.phase", "credit", "credit", "credit",
        "credit.confirm", "credit.end", "introduction", "review", "review", "review.ballot", "review.ballot", "cost", "cost", "spend", "waive", "will", "will", "will.alive", "estate", "recognise", "recognise", "pledges", "pledges", "pledge", "pledge",
        "stewards", "sign", "sign", "object", "withdraw", "cancel", "execute")


def ballot(world, when):
    """A sealed ballot in a round that takes ballots; hardly ever one that says what it may not."""
    rounds = [name for name, of in world.state.reviews.items() if fc.seconds(when) < fc.seconds(of["seal_until"]) or rand.random() < 0.02]
    by, of = rand.choice(sorted(world.state.members)), rand.choice(rounds or ["none"])
    review = world.state.reviews.get(of, {"members": ["m0"], "pair_cap": 5, "relations": {"peer": 1}})
    rated, cap = [name for name in review["members"] if name != by or rand.random() < 0.05], review["pair_cap"]
    if "budget" in review:
        left, scores = review["budget"], {}
        for name in rand.sample(rated, len(rated)):
            scores[name] = min(left, rand.choice((cap, rand.randrange(cap + 1))))
            left -= scores[name]
        for name in rated:
            more = min(left, cap - scores[name])
            scores[name], left = scores[name] + more, left - more
        scores = {name: points for name, points in scores.items() if points or rand.random() < 0.5}
    else:
        scores = {name: rand.randrange(cap + (1 if rand.random() < 0.97 else 2)) for name in rated if rand.random() < 0.8}
    salt = "%064x" % rand.randrange(2**200)
    seal = fc.H(fc.write_json({"by": by, "round": of, "salt": salt, "scores": scores})).hex()
    if world.act({"kind": "review.ballot", "by": by, "round": of, "relation": rand.choice(sorted(review["relations"])), "seal": seal}, when):
        world.ballots[of, by] = salt, scores


def some_will(who, there):
    """The heirs, and theirs, who come in their place; now and then what may not be."""
    names = [name for name in there if name != who or rand.random() < 0.02]
    rand.shuffle(names)

    def heirs(whole, generation):
        found = []
        for _ in range(rand.choice((1, 1, 2, 3))):
            if whole > 0 and names:
                found.append({"member": names.pop(), "parts": rand.randrange(1, whole + 1)})
                whole -= found[-1]["parts"]
        if found and whole:
            found[-1]["parts"] += whole
        for heir in found:
            below = heirs(heir["parts"], generation + 1) if generation < 4 and rand.random() < 0.4 else []
            if below:
                heir["heirs"] = below
        return found

    whole = rand.choice((1, 2, 3, 7, 10**9))
    found, executors = heirs(whole, 1), rand.sample([name for name in there if name != who], min(2, len(there) - 1))
    return {"heirs": found, "whole": whole, "executors": executors, "needed": rand.randrange(1, len(executors) + 1), "wait_days": rand.randrange(1, 4)}


def echo(world):
    """The same community once more, with lines left out, and values that stand elsewhere: much of it is refused."""
    events = [json.loads(line) for line in world.lines]
    heard, values = World(events[0]["offset"]), collections.defaultdict(list)
    for event in events:
        for field, value in event.items():
            values[field].append(value)
    for event in events[1:]:
        kind, when = event["kind"], event["at"]
        if kind == "draft":
            month = heard.state.open_month()
            if month and fc.month_start(month + 1, heard.state.offset) <= fc.seconds(when) and not heard.draft(fc.month_text(month), when):
                break
        elif kind in ("charter", "currency") or kind not in ("approve", "statement") and rand.random() < 0.9:
            del event["seq"]
            if rand.random() < 0.3 and kind not in ("charter", "currency"):
                field = rand.choice([field for field in event if field not in ("kind", "at", "rules", "voice")] or ["at"])
                event[field] = rand.choice(values[field])
            if rand.random() < 0.02 and kind not in ("charter", "currency"):
                event.pop(rand.choice(sorted(set(event) - {"kind", "at"})))
            heard.say(event, when)
    heard.statement(at(12, 28))
    return heard


def some_code(world):
    """A currency, hardly ever one that is not declared."""
    return rand.choice(sorted(world.state.books)) if rand.random() < 0.98 else rand.choice(sorted(moneys))


def declare(world, code, when):
    world.say({"kind": "currency", "code": code, "exponent": moneys[code]}, when)


def facts(world, month, when, name):
    """One random fact, which may be refused."""
    state, (who, other), pick = world.state, rand.sample(people, 2), rand.randrange(17)
    record = rand.choice(sorted(state.contributions) or ["none"])
    ticket, day = rand.choice(sorted(state.tickets) or ["none"]), int(when[8:10])
    late = {"on": at(month, max(1, day - rand.randrange(4)), rand.randrange(12))} if rand.random() < 0.3 else {}
    if pick <= 1:
        world.act({"kind": "member." + rand.choice(("join", "leave", "rejoin")), "member": who}, when, **late)
    elif pick <= 3:
        world.act({"kind": "ticket.mint", "class": rand.choice(("k0", "k1", "k2")), "ticket": "t" + name, "to": who}, when, **late)
    elif pick == 4:
        holder = state.tickets[ticket]["moves"][-1][1] if ticket in state.tickets else None
        to = rand.choice(sorted(state.members))
        world.act({"kind": "ticket.transfer", "ticket": ticket, "from": holder or who, "to": to}, when, **late)
    elif pick == 5 and rand.random() < 0.4:
        holder = state.tickets[ticket]["moves"][-1][1] if ticket in state.tickets else None
        world.act({"kind": "ticket.burn", "ticket": ticket, "from": holder or who}, when)
    elif pick <= 8:
        confirmed = {"confirmed": other} if rand.random() < 0.7 else {}
        points, more = rand.randrange(rand.choice((9, 9, 9, 2**33))), {}
        if rand.random() < 0.3:
            more["unpaid"] = rand.random() < 0.8
        if rand.random() < 0.4:
            more["work"] = some_work(world)
        if rand.random() < 0.1:
            more["goods"] = {"market": points + 5, "paid": rand.choice((5, 5, 5, 6))}
        world.act({"kind": "contribution", "id": "c" + name, "member": who, "period": "2025-%02d" % max(1, month - rand.randrange(3)),
                   "points": points, "type": rand.choice(("k0", "k1", "help", "help")), **confirmed, **more}, when)
    elif pick == 9:
        world.say({"kind": "contribution.correct", "id": record, "points": rand.randrange(12)}, when)
    elif pick == 10:
        world.act({"kind": "contribution.confirm", "id": record, "by": who}, when)
    elif pick <= 12:
        there = sorted(state.members)
        world.say({"kind": "segment", "id": "s" + name, "members": rand.sample(there, rand.randrange(1, len(there) + 1)),
                   "period": "2025-%02d" % max(1, month - rand.randrange(3)), "points": rand.randrange(rand.choice((9, 9, 9, 2**40)))}, when)
    elif pick == 13:
        world.say({"kind": "segment.withdraw", "id": rand.choice(sorted(state.segments) or ["none"])}, when)
    elif pick == 14 and rand.random() < 0.3:
        declare(world, rand.choice(("EUR", "GEM", "X1")), when)
    elif pick >= 15:
        money_facts(world, month, when, name)


def money_facts(world, month, when, name):
    """One random fact about money, which may be refused."""
    state, pick = world.state, rand.randrange(11)
    income, paid = (rand.choice(sorted(ids) or ["none"]) for ids in (state.incomes, state.payments))
    if pick <= 2:
        amount = state.incomes[income]["amount"] if income in state.incomes else 5
        world.say({"kind": "income.correct", "id": income, "amount": str(rand.randrange(rand.choice((2 * amount + 2, amount // 4 + 1))))}, when)
    elif pick <= 5:
        convert(world, month, when, "v" + name)
    elif pick <= 7:
        undone = rand.choice([name for name, of in state.conversions.items() if not of["undone"] or rand.random() < 0.1][-3:] or ["none"])
        world.say({"kind": "conversion.undo", "id": undone}, when)
    elif pick <= 9:
        code, member = some_code(world), rand.choice(people)
        owed = state.books[code].owed if code in state.books else {}
        member = rand.choice([name for name in owed if owed[name] > 0] or people)
        event = {"kind": "payment", "id": "p" + name, "amount": str(rand.choice((owed.get(member, 0), rand.randrange(owed.get(member, 0) + 2)))),
                 "currency": code, "member": member}
        wallets = [key.name for key in world.keys.get(member if rand.random() < 0.9 else rand.choice(people), []) if key.form != "bip340"]
        if wallets and rand.random() < 0.7:
            event["wallet"] = rand.choice(wallets)
        met["a payment to a wallet"] += world.say(event, when) and "wallet" in event
    elif paid in state.payments:
        event = {"kind": "payment." + rand.choice(("sent", "settled", "failed")), "id": paid}
        world.say(event if event["kind"] == "payment.sent" else {**event, "amount": str(state.payments[paid]["amount"])}, when)


def convert(world, month, when, name):
    state, (of, to) = world.state, rand.sample(sorted(moneys), 2)
    if len(state.books) > 1 and rand.random() < 0.97:
        of, to = rand.sample(sorted(state.books), 2)
    month = max(1, min(11, month + rand.choice((0, 0, 0, 0, -1, 1))))
    spare = state.books[of].spare(fc.month_number("2025-%02d" % month)) if of in state.books else 1
    amount = rand.choice((1, spare, spare, spare // 2 + 1, spare + 1, rand.randrange(max(1, spare) + 1)))
    amount, sizes = max(0, amount), rand.choice((3, 8, 1000, 10**9))
    rate = {"gives": rand.randrange(1, sizes), "of": rand.choice((2, 2 * amount or 1, rand.randrange(1, sizes)))}
    rounding, exact = rand.choice(sorted(fc.ROUNDINGS)), fc.Fraction(amount * rate["gives"], rate["of"])
    gives = fc.ROUNDINGS[rounding](exact) + (rand.choice((1, -1)) if exact > 1 and rand.random() < 0.05 else 0)
    if world.say({"kind": "conversion", "id": name, "period": "2025-%02d" % month, "currency": of, "into": to, "amount": str(amount),
                  "gives": str(gives), "rate": {word: str(number) for word, number in rate.items()}, "rounding": rounding}, when):
        met["rounding %s of a fraction" % rounding] += exact.denominator > 2
        met["rounding %s of a half" % rounding] += exact.denominator == 2
        there = [name for name, income in state.incomes.items() if income["currency"] == of and income["waiting"] > 0]
        if there and rand.random() < 0.3:
            world.say({"kind": "income.correct", "id": rand.choice(there), "amount": str(rand.randrange(3))}, when)


def rows_of_charters():
    """Each: a name, what is said of it, the rules, perhaps those of the charter before, which starts in 2025-02, and its own start."""
    with open(os.path.join(here, "checker_charters.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for size in (1000, 1001):
        branches = [[1, {"to": "pool:%d" % i}] for i in range(size)]
        rows.append({"name": "%d branches" % size, "says": "right" if size == 1000 else "bad_charter", "rules": {"root": {"pool": "p", "split": branches}}})
    return rows


def check_charters():
    """What is right and what is not, to both: where the ledger is right, all that the tool misses is the rest of a snapshot."""
    rows = rows_of_charters()
    for row in rows:
        world = World()
        for code in ("EUR", "GEM"):
            declare(world, code, at(1, 1, 0))
        if "before" in row:
            assert world.say({"kind": "charter", "id": "v1", "from": "2025-02", "rules": row["before"]}, at(1, 1, 0)), row
        taken = world.say({"kind": "charter", "id": "v2", "from": row.get("from", "2025-03"), "rules": row["rules"]}, at(1, 1, 0))
        lines = world.lines if taken else world.lines + [world.refused[-1][1]]
        ours, theirs = "right" if taken else world.refused[-1][2], tool_says_of_lines(world, lines)
        if not ours == theirs == row["says"]:
            fail("charter %r is %s: the checker says %s, the tool %s" % (row["name"], row["says"], ours, theirs), lines)
    good = sum(row["says"] == "right" for row in rows)
    print("agreed on %d bad charters and %d good ones" % (len(rows) - good, good))


def check_weight_limit():
    """A weight of 2^64 is too large, also inside of another, and so is the sum of a lifetime; one less is not."""
    squared = {"root": {"product": ["contributions", "contributions"]}}
    nothing = {"product": ["contributions", "contributions", "tickets"]}  # nobody has tickets: what the others are does not matter
    lifetime = {"lifetime": "contributions"}
    for weight, points, factor, months in (("contributions", 2**32 - 1, 2**32 + 1, 3), ("contributions", 2**32, 2**32, 0),
                                           (squared, 2**32 - 1, 1, 3), (squared, 2**32, 1, 0), (nothing, 2**40, 1, 3),
                                           (lifetime, 2**32 - 1, 2**32 + 1, 1), (lifetime, 2**31, 2**32, 1), (lifetime, 2**31 - 1, 2**32, 2)):
        world = World()
        world.say({"kind": "charter", "id": "v1", "from": "2025-01", "rules": {"root": {"among": weight, "pool": "p", "else": purse}}},
                  at(1, 1, 0))
        world.say({"kind": "contribution.kind", "type": "work", "weight": factor}, at(1, 1, 0))
        for member in ("a", "b"):
            world.say({"kind": "member.join", "member": member}, at(1, 1, 0))
        for month in range(1, 4):
            period = "2025-%02d" % month
            world.say({"kind": "income", "id": "i%d" % month, "amount": "%d" % 10**month, "currency": "JPY", "period": period}, at(month, 2))
            world.say({"kind": "contribution", "id": "c%d" % month, "member": "a", "confirmed": "b", "period": period, "points": points,
                       "type": "work"}, at(month, 2))
            if not world.draft(period, at(month + 1, 2)):
                break
        assert len(world.state.distributions) == months, (weight, points)
        world.statement(at(11, 2))
        world.ask_the_tool(9)


def check_segment_limit():
    """The least common multiple of the numbers of members, and the weights that it makes, stay below 2^64."""
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53]  # 30 times the product of the first 15 is just below 2^64
    for sizes, points, fits in ((primes[:15], 2, True), (primes[:15], 3, False), (primes, 1, False), (primes, 0, False)):
        world, there = World(), ["n%d" % number for number in range(53)]
        world.say({"kind": "charter", "id": "v1", "from": "2025-01", "rules": {"root": {"among": "segments", "pool": "p", "else": purse}}},
                  at(1, 1, 0))
        for member in there:
            world.say({"kind": "member.join", "member": member}, at(1, 1, 0))
        world.say({"kind": "income", "id": "i1", "amount": "12345", "currency": "JPY", "period": "2025-01"}, at(1, 2))
        for size in sizes:
            world.say({"kind": "segment", "id": "s%d" % size, "members": rand.sample(there, size), "period": "2025-01", "points": points}, at(1, 3))
        assert world.draft("2025-01", at(2, 2)) == fits, sizes
        world.statement(at(2, 2))
        world.ask_the_tool(9)


def check_waiting_limit():
    """At most 100 wait for a statement, an approval counting once for each currency."""
    for codes, months in ((("EUR", "GEM"), 33), (("EUR",), 50)):
        world = World()
        for code in codes:
            declare(world, code, at(1, 1, 0))
        rules = {"root": {"partner": "dao:" + friends[0]}}
        world.say({"kind": "charter", "id": "v1", "from": "2020-01", "rules": {**rules, "currencies": {code: rules for code in codes}}}, at(1, 1, 0))
        for number in range(months + 1):
            month = fc.month_number("2020-01") + number
            event = {"kind": "draft", "charter": world.state.charters[0]["hash"], "id": "d%d" % number, "period": fc.month_text(month),
                     "record": len(world.lines), "outcome": fc.Distribution(world.state, month).outcome}
            assert world.say(event, at(1, 1, 0)), world.refused
            assert world.say({"kind": "approve", "draft": "d%d" % number}, at(1, 1, 0)) == (number < months), number
        assert world.refused[-1][2] == "too_many"
        world.statement(at(1, 1, 0))
        assert world.say({"kind": "approve", "draft": "d%d" % months}, at(1, 1, 0))
        world.statement(at(1, 1, 0))
        world.ask_the_tool(9)


def check_threshold_counts():
    """A threshold counts what comes in with a PERIOD, too: an AMOUNT that takes its place goes on from there."""
    world = World()
    for begins, value in (("2025-01", "2025-03"), ("2025-03", "250"), ("2025-05", "2025-01"), ("2025-06", "1000")):
        rules = {"root": {"pool": "t", "threshold": value, "then": {"to": "pool:x"}, "rest": {"to": "pool:y"}}}
        assert world.say({"kind": "charter", "id": "v" + begins, "from": begins, "rules": rules}, at(1, 1, 0))
    for month, then in enumerate((100, 100, 50, 0, 0, 100), 1):
        world.say({"kind": "income", "id": "i%d" % month, "amount": "100", "currency": "JPY", "period": "2025-%02d" % month}, at(month, 2))
        assert world.draft("2025-%02d" % month, at(month + 1, 2))
        assert world.state.distributions[-1].parts["JPY"].got == {"pool:x": then, "pool:y": 100 - then}, month
    world.statement(at(8, 1))
    world.ask_the_tool(9)


def check_total_limit():
    """What a conversion gave counts in the total of its currency, until it is undone; what it took still does."""
    world = stage("open")  # where there is room for 3449 of GEM
    for name, amount, fits in (("x5", 3450, False), ("x6", 3449, True)):
        assert world.say({"kind": "conversion", "id": name, **exchange("JPY", "GEM", 100, amount, (str(amount), "100"))}, at(2, 3)) == fits
    assert not world.say({"kind": "income", "id": "i5", "amount": "1", "currency": "GEM", "period": "2025-01"}, at(2, 3))
    assert world.say({"kind": "conversion.undo", "id": "x6"}, at(2, 3))
    assert world.say({"kind": "conversion", "id": "x7", **exchange("GEM", "EUR", 1000, 1, ("1", "1000"))}, at(2, 3))
    for name, amount, fits in (("i6", 3450, False), ("i7", 3449, True), ("i8", 1, False)):
        assert world.say({"kind": "income", "id": name, "amount": str(amount), "currency": "GEM", "period": "2025-01"}, at(2, 3)) == fits, name
    world.statement(at(2, 6))
    world.ask_the_tool(9)


# Lines of the kinds that are about several currencies and about segments, which each have something wrong.

def stage(name):
    """A ledger: `early` has no charter yet, `open` two waiting months, in `later` the first of them is closed, and `full` has all currencies."""
    world, start = World(), at(1, 1, 0)

    def say(when, kind, **fields):
        assert world.say({"kind": kind, **fields}, when), world.refused

    for member in "abc":
        say(start, "member.join", member=member)
    for code in ("EUR", "GEM", *(["A%d" % number for number in range(14)] if name == "full" else [])):
        say(start, "currency", code=code, exponent=2)
    say(start, "opening", id="o1", amount="100", currency="EUR", to="a", evidence={"file": "aa" * 32, "row": 2})
    if name == "early":
        return world
    rules = {"among": "segments", "pool": "p", "else": purse}
    say(start, "charter", id="v1", rules={"root": rules, "minimum": "9", "currencies": {"EUR": {"root": rules, "minimum": "7"}}}, **{"from": "2025-01"})
    for number, code in enumerate(("JPY", "EUR", "GEM")):
        say(at(1, 2), "income", id="i%d" % number, amount="1000", currency=code, period="2025-01")
    say(at(2, 1), "income", id="i9", amount=str(2**127 - 5000), currency="GEM", period="2025-02")
    for number in range(2):
        say(at(2, 1), "segment", id="s%d" % number, members=["a", "b"], period="2025-01", points=3)
        say(at(2, 1), "conversion", id="x%d" % number, **exchange("JPY", "EUR", 100, 50))
    say(at(2, 1), "segment.withdraw", id="s1")
    say(at(2, 1), "conversion.undo", id="x1")
    say(at(2, 1), "conversion", id="x2", **exchange("JPY", "EUR", 200, 100))
    say(at(2, 1), "conversion", id="x3", **exchange("EUR", "GEM", 1100, 550))  # of the 1150 that wait
    if name == "later":
        assert world.draft("2025-01", at(2, 1))
    return world


def exchange(of, into, amount, gives, rate=("1", "2"), rounding="down", period="2025-01"):
    return {"currency": of, "into": into, "amount": str(amount), "gives": str(gives), "rate": dict(zip(("gives", "of"), rate)),
            "rounding": rounding, "period": period}


def bad_lines():
    """Each: the error, the stage, the kind, its fields. Those with two things wrong say which error wins."""
    used, again = {"evidence": {"file": "aa" * 32, "row": 2}}, {"evidence": {"file": "aa" * 32}}
    row_0, relayed = {"evidence": {"file": "bb" * 32, "row": 0}}, {"voice": "relayed", "channel": "c", "message": "ab" * 32}
    own = {"from": World().state.dao_id()}
    nobody, many = {"members": []}, {"members": ["a"] * 1001}
    segment = {"id": "s9", "members": ["a", "b"], "period": "2025-01", "points": 3}
    for error, name, fields in (
            ("conflict", "open", {"id": "s0", **nobody}), ("conflict", "open", {"id": "s1"}), ("conflict", "later", {"id": "s0"}),
            ("no_such_member", "open", {**nobody, "period": "2025-03"}), ("no_such_member", "open", {"members": ["a", "z", "a"]}),
            ("too_many", "open", many), ("too_many", "open", {"members": ["z%d" % number for number in range(1001)]}),
            ("duplicate_member", "open", {"members": ["a", "b", "a"], "period": "2025-03"}),
            ("future_period", "open", {"period": "2025-03", **row_0}), ("bad_number", "open", row_0), ("duplicate_evidence", "open", used),
            ("duplicate_evidence", "open", again), ("unauthorised", "open", {**relayed, "id": "s0"}), ("bad_id", "open", {"members": ["A"]}),
            ("wrong_type", "open", {"members": "a"}), ("negative", "open", {"points": -1}), ("bad_period", "open", {"period": "2025-13"}),
            ("unknown_field", "open", {"member": "a"})):
        yield error, name, "segment", {**segment, **fields}
    for error, name, fields in (("no_such_record", "open", {"id": "s9"}), ("conflict", "open", {"id": "s1"}), ("conflict", "later", {"id": "s0"}),
                                ("unauthorised", "open", {"id": "s0", **relayed})):
        yield error, name, "segment.withdraw", fields
    for error, name, fields in (
            ("bad_currency", "open", {"code": "usd"}), ("bad_currency", "open", {"code": "A" * 13}), ("bad_currency", "open", {"code": ""}),
            ("bad_currency", "open", {"exponent": 31}), ("bad_currency", "open", {"code": "EUR", "exponent": 31}), ("conflict", "open", {"code": "EUR"}),
            ("conflict", "open", {"code": "JPY"}), ("conflict", "full", {"code": "A3"}), ("too_many", "full", {}), ("unauthorised", "open", relayed),
            ("bad_currency", "full", {"code": "usd"})):
        yield error, name, "currency", {"code": "USD", "exponent": 2, **fields}
    for error, name, fields in (
            ("wrong_domain", "open", own), ("wrong_domain", "open", {**own, "period": "2025-03"}), ("wrong_domain", "early", own),
            ("mixed_assets", "open", {**own, "currency": "USD"}), ("mixed_assets", "early", {"currency": "USD"}),
            ("conflict", "open", {**own, "id": "i1"}), ("no_charter", "early", {}), ("amount_too_large", "open", {"currency": "GEM", "amount": "3450"}),
            ("future_period", "open", {"period": "2025-03"}), ("bad_hex", "open", {"from": "AB" * 32}), ("bad_hex", "open", {"from": "dao:" + "ab" * 32})):
        yield error, name, "income", {"id": "i8", "amount": "5", "currency": "EUR", "period": "2025-01", **fields}
    for error, name, fields in (
            ("conflict", "open", {"id": "x0", "currency": "USD"}), ("conflict", "open", {"id": "x1"}), ("mixed_assets", "open", {"currency": "USD"}),
            ("mixed_assets", "open", {"into": "USD"}), ("mixed_assets", "open", {"into": "JPY", "period": "2025-03"}),
            ("mixed_assets", "early", {"into": "JPY"}), ("no_charter", "early", {}), ("no_charter", "early", {"period": "2026-01"}),
            ("future_period", "open", {"period": "2025-03"}), ("period_closed", "later", {"amount": "0"}), ("period_closed", "open", {"period": "2024-12"}),
            ("bad_number", "open", {"amount": "0", "gives": "0"}), ("bad_number", "open", {"rate": {"gives": "0", "of": "2"}}),
            ("bad_number", "open", {"rate": {"gives": "1", "of": "0"}}), ("bad_number", "open", {**row_0, "gives": "49"}),
            ("duplicate_evidence", "open", {**again, "gives": "49"}), ("duplicate_evidence", "open", used),
            ("wrong_amount", "open", {"gives": "51"}), ("wrong_amount", "open", {"amount": "701", "gives": "351"}),
            ("wrong_amount", "open", {"amount": "701", "gives": "350", "rounding": "up"}), ("balance_exceeded", "open", {"amount": "701", "gives": "350"}),
            ("balance_exceeded", "later", {"period": "2025-02"}), ("amount_too_large", "open", exchange("JPY", "GEM", 2, 3450, ("1725", "1"))),
            ("amount_too_large", "open", exchange("JPY", "GEM", 2, 5, ("1725", "1"))),
            ("amount_too_large", "open", exchange("JPY", "EUR", 3000, 2**127 - 1, (str(2**127 - 1), "1"))),
            ("unauthorised", "open", relayed), ("bad_choice", "open", {"rounding": "half"}), ("missing_field", "open", {"rate": {"gives": "1"}}),
            ("number_must_be_string", "open", {"rate": {"gives": 1, "of": "2"}}), ("unknown_field", "open", {"to": "EUR"})):
        yield error, name, "conversion", {"id": "x9", **exchange("JPY", "EUR", 100, 50), **fields}
    for error, name, fields in (
            ("no_such_record", "open", {"id": "x9"}), ("conflict", "open", {"id": "x1"}), ("conflict", "later", {"id": "x1"}),
            ("period_closed", "later", {"id": "x0"}), ("balance_exceeded", "open", {"id": "x2"}), ("unauthorised", "open", {"id": "x0", **relayed})):
        yield error, name, "conversion.undo", fields
    for error, name, fields in (("mixed_assets", "open", {"currency": "USD"}), ("period_closed", "later", {}), ("no_such_member", "open", {"to": "z"}),
                                ("bad_id", "open", {"to": "dao:" + "ab" * 32})):
        yield error, name, "opening", {"id": "o9", "amount": "5", "currency": "GEM", "to": "a", **fields}
    for error, name, fields in (
            ("mixed_assets", "open", {"currency": "USD", "member": "z"}), ("owed_exceeded", "open", {"currency": "JPY"}), ("owed_exceeded", "open", {"amount": "101"}),
            ("below_minimum", "open", {"amount": "6"}), ("no_such_member", "open", {"member": "z"}), ("conflict", "twice", {"currency": "USD"})):
        yield error, name, "payment", {"id": "p9", "amount": "50", "currency": "EUR", "member": "a", **fields}


def check_bad_lines():
    stages = {name: stage(name) for name in ("early", "open", "later", "full")}
    stages["twice"] = stage("open")
    assert stages["twice"].say({"kind": "payment", "id": "p9", "amount": "7", "currency": "EUR", "member": "a"}, at(2, 1))
    number = 0
    for error, name, kind, fields in bad_lines():
        world, when = stages[name], at(1, 5) if name == "early" else at(2, 5)
        assert not world.say({"kind": kind, **fields}, when), (name, kind, fields)
        line, ours = world.refused[-1][1:]
        theirs = tool_says_of_lines(world, world.lines + [line])
        if theirs != error or ours not in (error, *unnamed):
            fail("%s is %s: the checker says %s, the tool %s" % (kind, error, ours, theirs), world.lines + [line])
        met["%s is %s" % (kind, error)] += 1
        number += 1
    for world in stages.values():
        if world.state.charters:
            world.statement(at(2, 6))
            world.ask_the_tool(0)
    print("agreed on %d bad lines" % number)


# Lines of the newer kinds, one after the other, each with what both say of it; those with two things wrong say which error wins.

class Asked:
    """A ledger that both are asked of: `say` adds a line that is right, `ask` shows both a line and adds nothing."""

    def __init__(self, consent=None, signed=None):
        self.world, self.now, self.number, self.keys = World(), at(1, 1, 0), 0, {}
        for member in "abcdef":
            self.say("member.join", member=member)
        for guest in "gh":
            self.say("member.guest", member=guest)
        self.say("member.leave", member="f")
        self.say("currency", code="EUR", exponent=2)
        for kind, form in (("work", "work"), ("help", "support")):
            self.say("contribution.kind", type=kind, weight=1, _as=form)
        for work in ("w1", "w2", "w3"):
            self.say("work", work=work)
        self.say("work.phase", work="w3", phase="ended")
        works = {"pool": "wc", "recoup": "costs", "rest": {"pool": "wp", "recoup": "pledges", "rest": {"among": "credits", "pool": "wa", "else": purse}}}
        self.rules = {"minimum": "9", "root": {"among": "equal", "pool": "p", "else": purse}, "works": works,
                      "currencies": {"EUR": {"root": {"among": "contributions", "pool": "p", "else": purse}}},
                      **({"consent": consent} if consent else {}), **({"signed": signed} if signed else {})}
        self.say("charter", id="v1", _from="2025-01", rules=self.rules)
        self.say("opening", id="o1", amount="1000", currency="JPY", to="a")
        self.say("opening", id="o2", amount="1000", currency="JPY", to="pool:reserve", evidence={"file": "aa" * 32, "row": 2})
        self.say("opening", id="o3", amount="1000", currency="JPY", to="e")

    def event(self, kind, fields):
        event = {"kind": kind, **{name.removeprefix("_"): value for name, value in fields.items()}}
        says = fc.SAYS[kind][0]
        if "voice" not in event and (says == fc.ACTOR_ALONE or says == fc.ACTOR_OR_OPERATOR and "by" in event):
            event["voice"] = "relayed"
        if event.get("voice") == "relayed":
            self.number += 1
            event.update(channel="salon", message="%064x" % self.number)
        return event

    def say(self, kind, **fields):
        assert self.world.say(self.event(kind, fields), self.now), (kind, fields, self.world.refused)

    def ask(self, expected, kind, when=None, **fields):
        self.both(expected, lambda world: world.say(self.event(kind, fields), when or self.now))

    def sign(self, event, key, **more):
        assert self.world.signed(event, self.now, key, **more), (event, self.world.refused)

    def ask_signed(self, expected, event, key, when=None, **more):
        self.both(expected, lambda world: world.signed(event, when or self.now, key, **more))

    def both(self, expected, say):
        world = copy.deepcopy(self.world)
        right = say(world)
        line, ours = (world.lines[-1], "right") if right else world.refused[-1][1:]
        theirs = tool_says_of_lines(self.world, self.world.lines + [line])
        if theirs != expected or ours not in (expected, *(() if expected == "right" else unnamed)):
            fail("a line is %s: the checker says %s, the tool %s" % (expected, ours, theirs), self.world.lines + [line])
        met["life lines"] += 1

    def draft(self, name, period):
        month = fc.month_number(period)
        self.say("draft", charter=self.world.state.charter_of(month)["hash"], id=name, period=period, record=len(self.world.lines),
                 outcome=fc.Distribution(self.world.state, month).outcome)

    def done(self):
        """The tool takes it all, and recomputes what comes of it."""
        self.world.statement(at(11, 1))
        self.world.refused = []
        self.world.ask_the_tool(0)


used, row_0 = {"file": "aa" * 32, "row": 2}, {"file": "bb" * 32, "row": 0}


def lines_of_voices(asked):
    ask = asked.ask
    record = {"id": "n", "member": "a", "period": "2025-01", "points": 1, "type": "work"}
    ask("signature_required", "attest", member="a", first=0, last=9, root="00" * 32, voice="relayed")
    for kind, fields in (("will", {**some_will("a", ["a", "b", "c"]), "member": "a"}), ("waive", {"id": "n", "amount": "1", "currency": "JPY", "member": "a", "to": "x"}),
                         ("will.alive", {"member": "a"}), ("review.ballot", {"by": "a", "round": "n", "relation": "x", "seal": "00" * 32}),
                         ("propose", {"id": "n", "until": at(4, 1), "by": "a", "recognise": {"records": ["n"]}}), ("sign", {"id": "n", "by": "a"}),
                         ("cancel", {"id": "n", "by": "a"}), ("object", {"id": "n", "by": "a"}), ("withdraw", {"id": "n", "by": "a"})):
        ask("unauthorised", kind, voice="operator", **fields)
    for kind, fields in (("member.join", {"member": "z"}), ("propose", {"id": "n", "until": at(4, 1), "recognise": {"records": ["n"]}})):
        ask("unauthorised", kind, voice="relayed", who="a", **fields)
    for who, confirmed, expected in (("a", "b", "unauthorised"), ("b", "b", "right"), ("a", None, "right"), ("b", None, "unauthorised")):
        ask(expected, "contribution", voice="relayed", who=who, **record, **({"confirmed": confirmed} if confirmed else {}))
    ask("unknown_field", "member.leave", member="a", who="a")
    for kind, fields in (("review.close", {"round": "n"}), ("cost", {"id": "n", "amount": "1", "currency": "JPY", "member": "a"}), ("execute", {"id": "n"}),
                         ("spend", {"id": "n", "amount": "1", "currency": "JPY", "from": "pool:x"}), ("work", {"work": "n"}), ("credit.end", {"id": "n", "last": "2025-01"})):
        ask("unauthorised", kind, voice="relayed", **fields)


def lines_of_members(asked):
    ask, mori = asked.ask, "bip340:" + secret_1
    ask("already_member", "member.guest", member="a")
    ask("already_member", "member.join", member="g")
    ask("not_member", "member.leave", member="g")
    for expected, fields in (("right", {}), ("right", {"on": "2024-12-01T00:00:00Z"})):
        ask(expected, "member.rejoin", member="g", **fields)
    for expected, member, key in (("right", "g", mori), ("right", "f", mori), ("no_such_member", "z", mori), ("right", "a", "eth:0x" + "ab" * 20),
                                  ("bad_pubkey", "a", "bip340:" + "ff" * 32)):
        ask(expected, "member.key", member=member, public_key=key)
    ask("no_such_key", "member.key.end", member="a", public_key=mori)
    for expected, member, by in (("no_such_member", "b", "z"), ("introduced", "d", "d"), ("right", "a", "g"), ("right", "g", "f")):
        ask(expected, "introduction", member=member, by=by)
    asked.say("introduction", by="a", member="b")
    asked.say("introduction", by="b", member="c")
    for expected, member, by in (("introduced", "b", "d"), ("introduced", "a", "c"), ("introduced", "a", "b"), ("right", "a", "d")):
        ask(expected, "introduction", member=member, by=by)


def lines_of_claims(asked):
    keys = {"a": Key(2, "bip340"), "b": Key(3, "typed"), "c": Key(4, "personal"), "g": Key(5, "bip340"), "d": Key(6, "typed")}
    for member, key in keys.items():
        asked.say("member.key", member=member, public_key=key.name)
    ask, a, b, c = asked.ask_signed, keys["a"], keys["b"], keys["c"]
    leave = lambda member: {"kind": "member.leave", "member": member}  # noqa: E731
    asked.now = at(2, 1)
    for member in "abcd":
        ask("right", leave(member), keys[member])
    ask("not_member", leave("g"), keys["g"])
    ask("no_such_member", leave("z"), b)
    for expected, more in (("unauthorised", {"who": "b"}), ("bad_nonce", {"nonce": 2}), ("bad_nonce", {"nonce": 0}), ("expired", {"expires": at(2, 1, 11)}),
                           ("right", {"expires": at(2, 1)}), ("bad_nonce", {"nonce": 2, "expires": at(1, 31)}), ("expired", {"expires": at(1, 31), "signature": "00" * 64}),
                           ("bad_signature", {"signature": "00" * 64}), ("bad_signature", {"signature": "00" * 65}), ("bad_hex", {"signature": "00" * 63})):
        ask(expected, leave("a"), a, **more)
    ask("no_such_key", leave("a"), b, nonce=7)
    # What is not quite a wallet's signature.
    world = copy.deepcopy(asked.world)
    assert world.signed(leave("b"), asked.now, b)
    good = bytes.fromhex(json.loads(world.lines[-1])["signature"])
    r, s, v = good[:32], int.from_bytes(good[32:64], "big"), good[64]
    for wrong in (r + (fc.N - s).to_bytes(32, "big") + bytes([55 - v]), good[:64] + bytes([v - 27]), good[:64] + bytes([55 - v]), good[:64] + bytes([v + 2]),
                  bytes(32) + good[32:], r + bytes(32) + good[64:], r + fc.N.to_bytes(32, "big") + good[64:], fc.N.to_bytes(32, "big") + good[32:], good[:64]):
        ask("bad_signature", leave("b"), b, signature=wrong.hex())
    record = {"kind": "contribution", "id": "n", "member": "a", "confirmed": "b", "period": "2025-01", "points": 3, "type": "work"}
    ask("right", record, b)
    ask("unauthorised", record, a, who="a")
    # A key binds another at once when it signs for it; else it waits for seven days.
    waiting, at_once, last = Key(12, "bip340"), Key(13, "personal"), Key(14, "typed")
    asked.say("member.key", member="a", public_key=waiting.name)
    ask("no_such_key", leave("a"), waiting, at(2, 8, 11))
    ask("right", leave("a"), waiting, at(2, 8))
    asked.sign({"kind": "member.key", "member": "a", "public_key": at_once.name}, a)
    for key in (a, at_once):
        ask("right", leave("a"), key)
    for expected, member, key in (("conflict", "b", a), ("conflict", "a", a)):
        asked.ask(expected, "member.key", member=member, public_key=key.name)
    asked.ask("no_such_key", "member.key.end", member="b", public_key=a.name)
    for key in (waiting, a):
        asked.say("member.key.end", member="a", public_key=key.name)
        ask("no_such_key", leave("a"), key, at(2, 9))
        asked.ask("no_such_key", "member.key.end", member="a", public_key=key.name)
        asked.ask("conflict", "member.key", member="a", public_key=key.name)
    asked.say("member.key.end", member="a", public_key=at_once.name)
    asked.say("member.key", member="a", public_key=last.name)
    ask("no_such_key", leave("a"), last, at(2, 7))
    ask("right", leave("a"), last, at(2, 8))
    for number in range(95):
        asked.say("member.key", member="a", public_key="eth:0x%040x" % number)
    asked.say("member.key", member="a", public_key="eth:0x%040x" % 95)
    asked.ask("too_many", "member.key", member="a", public_key="eth:0x%040x" % 96)
    asked.ask("conflict", "member.key", member="a", public_key="eth:0x%040x" % 95)
    # Attested lines.
    for number, more in enumerate(({"member": "b"}, {"member": "b", "who": "b"}, {"member": "c", "confirmed": "b"})):
        asked.say("contribution", id="at%d" % number, period="2025-01", points=3, type="work", voice="relayed", **more)
    n = len(asked.world.lines)
    leaves = asked.world.state.leaves[n - 3:]
    root = lambda *of: fc.tree(list(of), fc.hash_join, b"").hex()  # noqa: E731
    attest = lambda first, last, root, who="b": {"kind": "attest", "member": who, "first": first, "last": last, "root": root}  # noqa: E731
    for expected, event in (("right", attest(n - 3, n - 1, root(*leaves))), ("root_mismatch", attest(n - 3, n - 1, root(*leaves[:2]))),
                            ("right", attest(0, n + 50, root(*leaves))), ("right", attest(n - 2, n - 2, root(leaves[1]))),
                            ("no_such_record", attest(n - 1, n - 3, root(*leaves))), ("no_such_record", attest(0, n - 4, root(*leaves))),
                            ("no_such_record", attest(0, n, root(*leaves), "c"))):
        ask(expected, event, keys[event["member"]])
    asked.sign(attest(n - 2, n - 2, root(leaves[1])), b)
    for expected, event in (("right", attest(n - 3, n - 1, root(leaves[0], leaves[2]))), ("no_such_record", attest(n - 2, n - 2, root(leaves[1]))),
                            ("root_mismatch", attest(n - 3, n - 1, root(*leaves)))):
        ask(expected, event, b)


def lines_of_tickets(asked):
    ask = asked.ask
    for name, transfer, limits in (("tk", "free", {}), ("mem", "members", {}), ("lok", "locked", {}), ("exe", "executive", {}), ("cap", "free", {"per_member": 1}),
                                   ("sup", "free", {"supply": 1})):
        asked.say("ticket.class", _class=name, transfer=transfer, weight=1, **limits)
        asked.say("ticket.mint", _class=name, ticket=name + "1", to="a")
    for name, to in (("tk2", "a"), ("tk3", "a"), ("exe2", "a"), ("cap2", "b")):
        asked.say("ticket.mint", _class=name[:-1], ticket=name, to=to)
    asked.now = at(1, 2)
    asked.say("ticket.burn", _from="a", ticket="tk3")
    asked.say("ticket.class", _class="u", form="units", transfer="free", weight=1)
    asked.now = at(2, 1)
    ask("conflict", "ticket.class", _class="tk", weight=2_000_000, transfer="free")
    ask("too_large", "ticket.class", _class="n", weight=2_000_000, transfer="free")
    ask("bad_choice", "ticket.class", _class="n", weight=2_000_000, transfer="nowhere")
    ask("bad_choice", "ticket.class", _class="n", weight=1, transfer="free", form="tickets")
    for expected, group, ticket, to in (
            ("no_such_class", "n", "tk1", "z"), ("ticket_exists", "u", "tk1", "z"), ("no_such_member", "u", "n", "z"), ("not_member", "sup", "n", "f"),
            ("supply_exceeded", "sup", "n", "b"), ("wrong_class", "u", "n", "b"), ("cap_exceeded", "cap", "n", "b"), ("right", "tk", "n", "g"), ("right", "exe", "n", "g"),
            ("not_member", "mem", "n", "g"), ("not_member", "lok", "n", "g"), ("right", "lok", "n", "b"), ("right", "mem", "n", "b")):
        ask(expected, "ticket.mint", _class=group, ticket=ticket, to=to, contributed="5")
    early, much_earlier = at(1, 30), "2024-12-01T00:00:00Z"
    moves = (
        ("self_transfer", "n", "a", "a", {}), ("no_such_ticket", "n", "z", "a", {}), ("ticket_burned", "tk3", "z", "a", {}), ("no_such_member", "tk1", "b", "z", {}),
        ("not_holder", "lok1", "b", "c", {}), ("before_last_move", "lok1", "a", "f", {"on": much_earlier}), ("not_transferable", "lok1", "a", "f", {}),
        ("unauthorised", "exe1", "a", "f", {"voice": "relayed"}), ("not_member", "exe1", "a", "f", {}), ("right", "exe1", "a", "g", {}), ("right", "mem1", "a", "b", {}),
        ("not_member", "mem1", "a", "g", {}), ("right", "tk1", "a", "g", {"voice": "relayed"}), ("right", "cap1", "a", "c", {}))
    for expected, ticket, holder, to, more in moves:
        ask(expected, "ticket.transfer", ticket=ticket, _from=holder, to=to, **more)
        ask(expected, "ticket.lend", ticket=ticket, _from=holder, to=to, until=at(2, 1, 13), **more)
    ask("cap_exceeded", "ticket.transfer", ticket="cap1", _from="a", to="b")
    ask("right", "ticket.lend", ticket="cap1", _from="a", to="b", until=at(3, 1))
    for expected, to, until in (("bad_deadline", "b", at(2, 1)), ("not_member", "f", at(2, 1)), ("right", "b", at(2, 1, 13))):
        ask(expected, "ticket.lend", ticket="tk1", _from="a", to=to, until=until)
    for expected, ticket, holder in (("no_such_ticket", "n", "z"), ("no_such_member", "tk1", "z"), ("not_lent", "tk1", "a"), ("not_lent", "tk3", "a")):
        ask(expected, "ticket.return", ticket=ticket, _from=holder)
    asked.say("ticket.lend", ticket="tk1", _from="a", to="b", until=at(2, 20))
    asked.say("ticket.lend", ticket="tk2", _from="a", to="b", until=at(4, 20))
    asked.now = at(3, 1)
    for expected, ticket, holder, more in (("ticket_lent", "tk2", "a", {}), ("not_holder", "tk2", "b", {}), ("ticket_lent", "tk1", "a", {"on": at(2, 3)}),
                                           ("before_last_move", "tk1", "a", {"on": early}), ("before_last_move", "tk2", "a", {"on": early}), ("right", "tk1", "a", {}),
                                           ("right", "tk1", "a", {"on": at(2, 20)})):
        ask(expected, "ticket.transfer", ticket=ticket, _from=holder, to="c", **more)
        ask(expected, "ticket.burn", ticket=ticket, _from=holder, **more)
    for expected, ticket, holder, more in (("not_lent", "tk1", "b", {}), ("right", "tk1", "b", {"on": at(2, 3)}), ("not_holder", "tk2", "a", {}), ("right", "tk2", "b", {}),
                                           ("not_lent", "tk2", "b", {"on": early})):
        ask(expected, "ticket.return", ticket=ticket, _from=holder, **more)
    asked.say("ticket.transfer", ticket="tk1", _from="a", to="c", on=at(2, 25))
    asked.say("ticket.return", ticket="tk2", _from="b", on=at(2, 10))
    ask("not_lent", "ticket.return", ticket="tk1", _from="b", on=at(2, 3))
    for when in (3, 10):  # a loan that was returned is over, for earlier times as well
        ask("not_lent", "ticket.return", ticket="tk2", _from="b", on=at(2, when))
    ask("before_last_move", "ticket.transfer", ticket="tk2", _from="a", to="c", on=at(2, 5))
    ask("right", "ticket.transfer", ticket="tk2", _from="a", to="c", on=at(2, 10))


def lines_of_units(asked):
    ask = asked.ask
    asked.now = at(1, 2)
    asked.say("ticket.class", _class="tk", transfer="free", weight=1)
    for name, transfer, limits in (("u", "free", {"supply": 100, "per_member": 60}), ("ul", "locked", {}), ("ue", "executive", {}), ("um", "members", {})):
        asked.say("ticket.class", _class=name, form="units", transfer=transfer, weight=1, **limits)
        asked.say("units.mint", _class=name, id=name + "1", to="a", units=50)
    asked.now = at(2, 1)
    asked.say("units.move", _class="u", _from="a", to="b", id="move1", units=10)
    early = {"on": at(1, 3)}
    for expected, group, name, to, units, more in (
            ("conflict", "n", "move1", "z", 0, {}), ("no_such_class", "n", "n", "z", 0, {}), ("wrong_class", "tk", "n", "z", 0, {}), ("bad_number", "u", "n", "z", 0, {}),
            ("no_such_member", "u", "n", "z", 1, {}), ("not_member", "u", "n", "f", 99, {}), ("not_member", "um", "n", "g", 99, {}), ("supply_exceeded", "u", "n", "b", 51, early),
            ("cap_exceeded", "u", "n", "a", 11, early), ("before_last_move", "u", "n", "b", 1, early), ("right", "u", "n", "c", 1, early),
            ("too_large", "um", "n", "b", 2**53 - 50, {}), ("right", "um", "n", "b", 2**53 - 51, {})):
        ask(expected, "units.mint", _class=group, id=name, to=to, units=units, **more)
    asked.say("units.mint", _class="u", to="b", id="mint5", units=45)
    for expected, group, name, holder, to, units, more in (
            ("self_transfer", "n", "move1", "a", "a", 0, {}), ("conflict", "n", "u1", "a", "b", 0, {}), ("bad_number", "u", "n", "a", "z", 0, {}),
            ("no_such_member", "ul", "n", "a", "z", 1, {}), ("not_transferable", "ul", "n", "a", "f", 1, {}), ("unauthorised", "ue", "n", "a", "f", 1, {"voice": "relayed"}),
            ("not_member", "ue", "n", "a", "f", 100, {}), ("balance_exceeded", "u", "n", "a", "c", 41, early), ("cap_exceeded", "u", "n", "a", "b", 6, early),
            ("before_last_move", "u", "n", "a", "b", 5, early), ("before_last_move", "u", "n", "a", "c", 5, early), ("right", "u", "n", "a", "g", 5, {}),
            ("not_member", "um", "n", "a", "g", 5, {}), ("right", "ue", "n", "a", "g", 50, {})):
        ask(expected, "units.move", _class=group, id=name, _from=holder, to=to, units=units, **more)
    for expected, group, holder, units, more in (("balance_exceeded", "u", "c", 5, {}), ("before_last_move", "u", "a", 5, early), ("right", "ul", "a", 50, {}),
                                                 ("no_such_member", "u", "z", 5, {}), ("bad_number", "u", "z", 0, {})):
        ask(expected, "units.burn", _class=group, id="n", _from=holder, units=units, **more)


def lines_of_works(asked):
    ask = asked.ask
    asked.now = at(1, 2)
    asked.say("credit", id="k1", work="w1", member="a", role="x", weight=3, _from="2025-01", confirmed="b")
    asked.say("credit", id="k2", work="w1", member="g", role="x", weight=3, _from="2025-01", last="2025-06")
    asked.say("contribution", id="c1", member="a", period="2025-01", points=3, type="work", confirmed="b")
    asked.say("income", id="i1", amount="100", currency="JPY", period="2025-01", work="w1")
    asked.say("cost", id="c1", amount="50", currency="JPY", member="b", work="w1")
    asked.say("spend", id="s1", amount="5", currency="JPY", _from="pool:reserve")
    asked.now = at(2, 1)
    ask("conflict", "work", work="w1")
    for expected, work, phase in (("no_such_work", "n", "ended"), ("work_ended", "w3", "making"), ("right", "w1", "making"), ("right", "w1", "published"), ("bad_choice", "w1", "new")):
        ask(expected, "work.phase", work=work, phase=phase)
    credit = {"id": "n", "work": "w1", "member": "a", "role": "x", "weight": 1, "_from": "2025-03"}
    for expected, more in (("conflict", {"id": "k1", "work": "n"}), ("no_such_work", {"work": "n", "member": "z"}), ("work_ended", {"work": "w3", "member": "z"}),
                           ("no_such_member", {"member": "z"}), ("no_such_member", {"confirmed": "z"}), ("self_confirmation", {"confirmed": "a", "last": "2024-01"}),
                           ("period_out_of_order", {"confirmed": "b", "last": "2025-02"}), ("right", {"confirmed": "g", "last": "2025-03"}), ("right", {"member": "g"})):
        ask(expected, "credit", **{**credit, **more})
    for expected, name, by in (("no_such_record", "n", "z"), ("no_such_member", "k1", "z"), ("self_confirmation", "k1", "a"), ("conflict", "k1", "c"), ("right", "k2", "c")):
        ask(expected, "credit.confirm", id=name, by=by)
    for expected, name, last in (("no_such_record", "n", "2025-01"), ("conflict", "k2", "2025-06"), ("conflict", "k2", "2025-07"), ("right", "k2", "2020-07"), ("right", "k1", "2030-01")):
        ask(expected, "credit.end", id=name, last=last)
    goods = {"market": 3, "paid": 1}
    for expected, more in (("conflict", {"id": "c1", "member": "z"}), ("no_such_kind", {"type": "n", "period": "2026-01"}), ("future_period", {"period": "2026-01", "confirmed": "a"}),
                           ("self_confirmation", {"confirmed": "a", "evidence": row_0}), ("bad_number", {"evidence": row_0, "goods": goods}),
                           ("duplicate_evidence", {"evidence": used, "goods": goods}), ("wrong_amount", {"goods": goods, "work": "n"}),
                           ("wrong_amount", {"goods": {"market": 1, "paid": 4}}), ("no_such_work", {"work": "n"}), ("right", {"work": "w3"}),
                           ("right", {"goods": {"market": 3, "paid": 0}, "unpaid": False, "type": "help"})):
        ask(expected, "contribution", **{**{"id": "n", "member": "a", "period": "2025-01", "points": 3, "type": "work"}, **more})
    for expected, more in (("conflict", {"id": "i1", "currency": "USD"}), ("mixed_assets", {"currency": "USD", "work": "n"}), ("future_period", {"work": "n", "period": "2026-01"}),
                           ("amount_too_large", {"work": "n", "amount": str(2**127 - 1)}), ("no_such_work", {"work": "n"}), ("no_charter", {"currency": "EUR"}), ("right", {"work": "w3"})):
        ask(expected, "income", **{**{"id": "n", "amount": "5", "currency": "JPY", "period": "2025-01", "work": "w1"}, **more})
    for expected, more in (("conflict", {"id": "c1", "currency": "USD"}), ("mixed_assets", {"currency": "USD", "member": "z"}), ("no_such_member", {"member": "z", "work": "n"}),
                           ("no_such_work", {"work": "n", "amount": "0"}), ("work_ended", {"work": "w3", "amount": "0"}), ("bad_number", {"amount": "0", "evidence": used}),
                           ("bad_number", {"evidence": row_0}), ("duplicate_evidence", {"evidence": used, "amount": str(2**64)}),
                           ("amount_too_large", {"amount": str(2**64 - 50)}), ("right", {"amount": str(2**64 - 51)}), ("right", {"amount": str(2**64 - 1), "work": "w2"}),
                           ("right", {"member": "g", "currency": "EUR", "amount": str(2**64 - 1)})):
        ask(expected, "cost", **{**{"id": "n", "amount": "5", "currency": "JPY", "member": "b", "work": "w1"}, **more})
    for number, (kind, fields) in enumerate((("cost", {"currency": "JPY", "member": "b"}), ("spend", {"currency": "JPY", "_from": "pool:reserve"}))):
        proof = {"evidence": {"file": "cc" * 32, "row": number + 1}}
        asked.say(kind, id="proof", amount="1", **fields, **proof)
        ask("duplicate_evidence", "income", id="n", amount="1", currency="JPY", period="2025-01", **proof)
    for expected, more in (("conflict", {"id": "s1", "currency": "USD"}), ("mixed_assets", {"currency": "USD", "amount": "0"}), ("bad_number", {"amount": "0"}),
                           ("bad_number", {"evidence": row_0, "amount": "2000"}), ("duplicate_evidence", {"evidence": used, "amount": "2000"}),
                           ("balance_exceeded", {"amount": "995"}), ("right", {"amount": "994"}), ("balance_exceeded", {"_from": "dao:" + "ab" * 32}),
                           ("balance_exceeded", {"_from": "work:w1"}), ("bad_id", {"_from": "pool:"}), ("bad_id", {"_from": "a"})):
        ask(expected, "spend", **{**{"id": "n", "amount": "5", "currency": "JPY", "_from": "pool:reserve"}, **more})
    # The end of a credit and of a closed month; what corrections of a work's income need.
    asked.say("credit", id="k3", work="w1", member="a", role="x", weight=3, _from="2025-02")
    asked.draft("d1", "2025-01")
    asked.say("approve", draft="d1")
    for expected, name, last in (("period_closed", "k1", "2024-12"), ("right", "k1", "2025-01"), ("right", "k3", "2024-12"), ("conflict", "k2", "2025-06"), ("period_closed", "k2", "2024-12")):
        ask(expected, "credit.end", id=name, last=last)
    asked.say("charter", id="v2", _from="2025-03", rules={"root": {"among": "equal", "pool": "p", "else": purse}})
    asked.now = at(3, 1)
    asked.draft("d2", "2025-02")
    asked.say("approve", draft="d2")
    for expected, amount in (("no_charter", "101"), ("right", "100"), ("right", "99")):
        ask(expected, "income.correct", id="i1", amount=amount)
    ask("no_charter", "income", id="n", amount="5", currency="JPY", period="2025-02", work="w1")


def lines_of_reviews(asked):
    ask, asked.now = asked.ask, at(2, 1)
    review = {"id": "n", "members": ["a", "b", "c"], "method": "median", "pair_cap": 10, "period": "2025-01", "raters_min": 1, "relations": {"peer": 2, "boss": 1},
              "seal_until": at(3, 5), "reveal_until": at(3, 9)}
    asked.say("review", **{**review, "id": "r1"})
    asked.say("review", **{**review, "id": "r2", "seal_until": at(2, 5), "budget": 12})
    for expected, more in (("conflict", {"id": "r1", "members": []}), ("too_many", {"members": ["z"] * 1001}), ("too_many", {"relations": dict.fromkeys("abcde", 1)}),
                           ("no_such_member", {"members": ["z"], "relations": {}}), ("duplicate_member", {"members": ["a", "a"], "relations": {}}),
                           ("bad_review", {"members": [], "seal_until": at(2, 1)}), ("bad_review", {"relations": {}}), ("bad_review", {"relations": {"p": 0}}),
                           ("bad_review", {"relations": {"p": 1001}}), ("bad_review", {"pair_cap": 0}), ("bad_review", {"pair_cap": 10**9 + 1}), ("bad_review", {"raters_min": 0}),
                           ("bad_review", {"budget": 0}), ("bad_review", {"budget": 21}), ("right", {"budget": 20}), ("bad_review", {"members": ["a"], "budget": 1}),
                           ("bad_deadline", {"seal_until": at(2, 1)}), ("bad_deadline", {"reveal_until": at(3, 5)}), ("right", {"period": "2030-01"}),
                           ("right", {"relations": dict.fromkeys("abcd", 1000)}), ("right", {"members": ["g"]}), ("bad_choice", {"method": "mean"})):
        ask(expected, "review", **{**review, **more})
    seal = lambda by, of, scores: fc.H(fc.write_json({"by": by, "round": of, "salt": "11" * 32, "scores": scores})).hex()  # noqa: E731
    sealed = {"a": {"b": 6, "c": 6}, "b": {"a": 6, "b": 6}, "c": {"a": 11, "b": 1}, "d": {"a": 5, "b": 6}, "e": {"z": 12}, "g": {"a": 10, "b": 2}}
    for by, scores in sealed.items():
        asked.say("review.ballot", by=by, round="r2", relation="peer", seal=seal(by, "r2", scores))
    asked.say("review.ballot", by="b", round="r1", relation="peer", seal="00" * 32)
    asked.now = at(2, 12)
    for expected, more in (("right", {}), ("no_such_round", {"round": "n", "by": "z"}), ("no_such_member", {"by": "z", "relation": "n"}), ("no_such_kind", {"relation": "n", "round": "r2"}),
                           ("too_late", {"round": "r2"}), ("right", {"by": "g"}), ("right", {"by": "f"}), ("conflict", {"by": "b"})):
        ask(expected, "review.ballot", **{**{"by": "a", "round": "r1", "relation": "peer", "seal": "00" * 32}, **more})
    reveal = lambda by, **more: {"by": by, "round": "r2", "salt": "11" * 32, "scores": sealed.get(by, {}), **more}  # noqa: E731
    for expected, fields in (("right", reveal("a")), ("no_such_round", reveal("z", round="n")), ("no_such_member", reveal("z")), ("too_early", reveal("b", round="r1")),
                             ("no_such_record", reveal("f")), ("bad_seal", reveal("a", salt="12" * 32)), ("bad_seal", reveal("a", scores={"b": 7, "c": 6})),
                             ("bad_review", reveal("b")), ("bad_review", reveal("c")), ("bad_review", reveal("d")), ("bad_review", reveal("e")), ("right", reveal("g"))):
        ask(expected, "review.reveal", **fields)
    asked.say("review.reveal", **reveal("a"))
    ask("conflict", "review.reveal", **reveal("a", scores={}))
    ask("too_late", "review.reveal", when=at(3, 9), **reveal("g"))
    ask("no_such_round", "review.close", round="n")
    ask("too_early", "review.close", round="r1")
    asked.now = at(3, 9)
    asked.say("review.close", round="r2")
    ask("conflict", "review.close", round="r2")
    ask("right", "review.close", round="r1")


def lines_of_estates(asked):
    ask, asked.now = asked.ask, at(2, 1)
    heirs = [{"member": "d", "parts": 2}, {"member": "e", "parts": 1, "heirs": [{"member": "g", "parts": 1}]}]
    will = {"member": "a", "executors": ["b", "c"], "heirs": heirs, "needed": 1, "wait_days": 3, "whole": 3}

    def line_of(*names):
        return [{"member": names[0], "parts": 3, **({"heirs": line_of(*names[1:])} if len(names) > 1 else {})}]

    for expected, more in (("right", {}), ("no_such_member", {"member": "z"}), ("no_such_member", {"executors": ["z"]}), ("no_such_member", {"heirs": [{"member": "z", "parts": 2}], "whole": 1}),
                           ("bad_will", {"whole": 2}), ("bad_will", {"heirs": [], "whole": 0}), ("bad_will", {"executors": []}), ("bad_will", {"executors": ["a"]}),
                           ("bad_will", {"executors": ["b", "b"]}), ("bad_will", {"needed": 0}), ("bad_will", {"needed": 3}), ("bad_will", {"wait_days": 0}),
                           ("bad_will", {"wait_days": 3661}), ("right", {"wait_days": 3660}), ("bad_will", {"heirs": line_of("a")}), ("bad_will", {"heirs": line_of("b", "b")}),
                           ("bad_will", {"heirs": [{"member": "b", "parts": 3, "heirs": []}]}), ("bad_will", {"heirs": [{"member": "b", "parts": 3}, {"member": "c", "parts": 0}]}),
                           ("right", {"heirs": line_of(*"bcde")}), ("bad_will", {"heirs": line_of(*"bcdeg")}), ("right", {"member": "f"}),
                           ("right", {"member": "g", "heirs": line_of("d")}), ("right", {"heirs": line_of("f")}), ("right", {"executors": ["f", "g"]}),
                           ("right", {"whole": 10**9, "heirs": [{"member": "b", "parts": 10**9}]}), ("bad_will", {"whole": 10**9 + 1, "heirs": [{"member": "b", "parts": 10**9 + 1}]})):
        ask(expected, "will", **{**will, **more})
    asked.say("ticket.class", _class="tk", transfer="free", weight=1)
    asked.say("ticket.mint", _class="tk", ticket="t1", to="a")
    asked.say("ticket.class", _class="u", form="units", transfer="free", weight=1)
    asked.say("units.mint", _class="u", id="u1", to="a", units=50)
    asked.say("will", **{**will, "executors": ["b", "c", "g"], "needed": 2})
    asked.say("will", **{**will, "member": "d", "heirs": line_of("c")})
    asked.now = at(2, 2)
    propose = lambda by, dead, **more: {"id": "n", "until": at(3, 1), "by": by, "estate": {"member": dead}, **more}  # noqa: E731
    for expected, fields in (("right", propose("b", "a")), ("unauthorised", propose("d", "a")), ("right", propose("g", "a")), ("unauthorised", propose("f", "a")),
                             ("no_such_will", propose("c", "c")), ("no_such_member", propose("b", "z")), ("bad_deadline", propose("b", "a", until=at(2, 5, 11))),
                             ("right", propose("b", "a", until=at(2, 5))), ("bad_deadline", propose("b", "b", until=at(2, 2)))):
        ask(expected, "propose", **fields)
    for voice in ("operator", "relayed"):
        ask("unauthorised", "propose", id="n", until=at(3, 1), estate={"member": "a"}, voice=voice)
    asked.say("propose", **propose("b", "a", id="e1", until=at(2, 20), on=at(2, 1, 15)))
    ask("conflict", "propose", **propose("b", "a"))
    ask("no_such_member", "propose", **propose("z", "a"))
    ask("estate_held", "will", **will)
    ask("estate_held", "will", **{**will, "whole": 2})
    ask("right", "will", **{**will, "member": "c", "executors": ["a"], "heirs": line_of("a")})
    before, then = {"on": at(2, 1, 14)}, {"on": at(2, 1, 15)}
    for expected, more in (("estate_held", {}), ("right", before), ("estate_held", then)):
        ask(expected, "ticket.transfer", ticket="t1", _from="a", to="c", **more)
        ask(expected, "ticket.lend", ticket="t1", _from="a", to="c", until=at(3, 1), **more)
        ask(expected, "ticket.burn", ticket="t1", _from="a", **more)
        ask(expected, "units.move", _class="u", _from="a", to="c", id="n", units=1, **more)
        ask(expected, "units.burn", _class="u", _from="a", id="n", units=1, **more)
    for amount in ("20", "2000", "0"):
        ask("estate_held", "payment", id="n", amount=amount, currency="JPY", member="a")
    for expected, more in (("estate_held", {}), ("estate_held", {"amount": "2000"}), ("bad_number", {"amount": "0"}), ("mixed_assets", {"currency": "USD", "member": "z"}),
                           ("no_such_member", {"member": "z"}), ("owed_exceeded", {"member": "b"}), ("right", {"member": "e"}), ("bad_id", {"to": "pool:x"})):
        ask(expected, "waive", **{**{"id": "n", "amount": "20", "currency": "JPY", "member": "a", "to": "gift"}, **more})
    for expected, when, fields in (("right", None, {"by": "c"}), ("no_such_proposal", None, {"by": "z", "id": "n"}), ("too_late", at(2, 20), {"by": "z"}), ("unauthorised", None, {"by": "f"}),
                                   ("unauthorised", None, {"by": "d"}), ("conflict", None, {"by": "b"}), ("no_such_member", None, {"by": "z"}),
                                   ("unknown_field", None, {"by": "c", "steward": "haru"}), ("missing_field", None, {}), ("unknown_field", None, {"steward": "haru"})):
        ask(expected, "sign", when, **{"id": "e1", **fields})
    for expected, when, fields in (("right", None, {"by": "b"}), ("unauthorised", None, {"by": "c"}), ("no_such_member", None, {"by": "z"}), ("no_such_proposal", None, {"id": "n", "by": "z"}),
                                   ("unauthorised", None, {}), ("right", at(3, 1), {"by": "b"})):
        ask(expected, "cancel", when, **{"id": "e1", **fields})
    for expected, when, member in (("right", None, "a"), ("no_such_proposal", None, "b"), ("no_such_member", None, "z"), ("right", at(3, 1), "a")):
        ask(expected, "will.alive", when, member=member)
    for expected, when, fields in (("right", None, {"by": "b"}), ("no_such_record", None, {"by": "c"}), ("no_such_member", None, {"by": "z", "id": "n"}), ("too_late", at(2, 20), {"by": "b"}),
                                   ("no_such_record", at(2, 20), {"by": "c"}), ("no_such_proposal", None, {"by": "b", "id": "n"})):
        ask(expected, "withdraw", when, **{"id": "e1", **fields})
    ask("consent_missing", "execute", at(2, 20), id="e1")
    ask("too_early", "execute", at(2, 20, 11), id="e1")
    asked.say("sign", id="e1", by="g")
    ask("right", "execute", at(2, 20), id="e1")
    ask("too_early", "execute", at(2, 20, 11), id="e1")
    asked.now = at(2, 21)
    asked.say("execute", id="e1")
    for expected, kind, fields in (("unauthorised", "will", will), ("not_member", "member.rejoin", {"member": "a"}), ("not_member", "member.key", {"member": "a", "public_key": "eth:0x" + "ab" * 20}),
                                   ("not_member", "units.mint", {"_class": "u", "to": "a", "units": 1, "id": "n"}), ("not_member", "member.leave", {"member": "a"}),
                                   ("owed_exceeded", "payment", {"id": "n", "amount": "1", "currency": "JPY", "member": "a"}), ("no_such_proposal", "execute", {"id": "e1"}),
                                   ("right", "will", {**will, "member": "c", "executors": ["a"], "heirs": line_of("a")}), ("unauthorised", "will.alive", {"member": "a"}),
                                   ("right", "payment", {"id": "n", "amount": "667", "currency": "JPY", "member": "d"})):
        ask(expected, kind, **fields)
    # Where all heirs have died, nobody inherits.
    asked.say("will", **{**will, "member": "b", "heirs": line_of("a"), "executors": ["c"]})
    asked.say("propose", **propose("c", "b", id="e2", until=at(2, 25)))
    ask("no_eligible", "execute", at(2, 25), id="e2")


def lines_of_proposals(asked):
    ask = asked.ask
    asked.now = at(1, 2)
    for name, more in (("c1", {"confirmed": "b"}), ("c2", {"unpaid": True}), ("c3", {"unpaid": True, "confirmed": "b"})):
        asked.say("contribution", id=name, member="a", period="2025-01", points=3, type="work", **more)
    asked.now = at(2, 1)
    charter = lambda **more: {"charter": {"from": "2025-05", "id": "v2", "rules": asked.rules, **more}}  # noqa: E731
    split = {"root": {"pool": "p", "split": [[1, purse]]}}
    pair = [{"key": times_g(7)[0].to_bytes(32, "big").hex(), "name": "aki"}, {"key": secret_1, "name": "haru"}]
    change = lambda **more: {"stewards": {"stewards": pair, "threshold": 2, **more}}  # noqa: E731
    recognise = lambda *names: {"recognise": {"records": list(names)}}  # noqa: E731
    pledges = lambda **more: {"pledges": {"currency": "JPY", "threshold": "100", "work": "w1", **more}}  # noqa: E731
    soon, none = at(2, 1), {}
    for expected, what, more in (
            ("right", charter(), none), ("conflict", charter(id="v1"), none), ("bad_charter", charter(rules={}), none), ("future_period", charter(**{"from": "2027-05"}), none),
            ("right", charter(**{"from": "2027-03"}), {"until": at(3, 5)}), ("charter_too_late", charter(**{"from": "2025-04"}), none), ("charter_too_late", charter(), {"until": at(5, 1)}),
            ("bad_charter", charter(rules={"root": {"partner": "dao:" + asked.world.state.dao_id()}}), none), ("bad_charter", charter(rules=split), none),
            ("future_period", charter(rules=split, **{"from": "2028-01"}), none), ("missing_field", none, {"until": soon}), ("unknown_field", {**charter(), **recognise("c2")}, {"until": soon}),
            ("bad_deadline", charter(), {"until": soon}), ("bad_deadline", charter(id="v1"), {"until": soon}), ("right", recognise("c2", "c3"), none),
            ("bad_deadline", recognise("c2"), {"until": "2035-02-09T12:00:01Z"}), ("right", recognise("c2"), {"until": "2035-02-09T12:00:00Z"}),
            ("no_such_member", recognise("c2"), {"by": "z", "until": soon}), ("not_member", recognise("c2"), {"by": "g", "until": soon}), ("not_member", recognise("c2"), {"by": "f", "until": soon}),
            ("no_such_record", recognise("c1"), none), ("no_such_record", recognise("c2", "c2"), none), ("no_such_record", recognise(), none), ("no_such_record", recognise("n"), none),
            ("too_many", recognise(*["n"] * 1001), none), ("right", change(), none), ("bad_threshold", change(threshold=1), none), ("conflict", change(stewards=pair[::-1]), none),
            ("bad_deadline", change(stewards=pair[::-1]), {"until": soon}), ("bad_threshold", change(stewards=[]), none), ("too_many", change(stewards=pair * 150), none),
            ("right", pledges(), none), ("mixed_assets", pledges(currency="USD", work="n"), none), ("no_such_work", pledges(work="n", threshold="0"), none),
            ("work_ended", pledges(work="w3", threshold="0"), none), ("bad_number", pledges(threshold="0"), none), ("right", pledges(currency="EUR"), {"by": "b"})):
        ask(expected, "propose", **{"id": "n", "until": at(4, 1), **what, **more})
    for name, what, until, more in (
            ("pc", charter(), at(3, 5), {"by": "a"}), ("pc2", charter(), at(3, 1), none), ("pc3", charter(id="v3", rules={"root": {"to": "pool:x"}}), at(3, 1), none),
            ("ps", change(), at(3, 5), none), ("ps2", change(), at(3, 5), none), ("pr", recognise("c2", "c3"), at(3, 5), none), ("pr2", recognise("c2"), at(3, 1), none),
            ("pp", pledges(), at(3, 5), none), ("pp2", pledges(work="w2"), at(3, 5), none)):
        asked.say("propose", id=name, until=until, **what, **more)
    ask("conflict", "propose", id="pc", until=soon)
    asked.now = at(2, 2)
    for expected, when, more in (("right", None, none), ("right", None, {"member": "g"}), ("no_such_proposal", None, {"round": "n", "member": "z"}),
                                 ("no_such_proposal", None, {"round": "pr", "member": "z"}), ("no_such_member", at(3, 5), {"member": "z"}), ("too_late", at(3, 5), {"amount": "0"}),
                                 ("bad_number", None, {"amount": "0"}), ("bad_number", None, {"evidence": row_0, "amount": str(2**64)}),
                                 ("duplicate_evidence", None, {"evidence": used, "amount": str(2**64)}), ("amount_too_large", None, {"amount": str(2**64)}), ("right", None, {"amount": str(2**64 - 1)})):
        ask(expected, "pledge", when, **{**{"id": "n", "amount": "50", "member": "a", "round": "pp"}, **more})
    asked.say("pledge", id="g1", amount="60", member="a", round="pp", evidence={"file": "dd" * 32, "row": 1})
    ask("duplicate_evidence", "pledge", id="n", amount="60", member="a", round="pp", evidence={"file": "dd" * 32})
    for name in ("g2", "g3"):
        asked.say("pledge", id=name, amount="60", member="g", round="pp2")
    for expected, more in (("conflict", {"id": "g1", "round": "n"}), ("amount_too_large", {"amount": str(2**64 - 60)}), ("right", {"amount": str(2**64 - 61)})):
        ask(expected, "pledge", **{**{"id": "n", "amount": "50", "member": "a", "round": "pp"}, **more})
    steward_signs = lambda name, secret=1: schnorr(secret, fc.tagged(b"mikoshi/proposal/v1", asked.world.state.leaves[0] + asked.world.state.proposals[name]["leaf"])).hex()  # noqa: E731
    asked.now = at(2, 3)
    haru = {"steward": "haru", "steward_signature": steward_signs("ps")}
    for expected, when, fields in (
            ("right", None, {"by": "c"}), ("unauthorised", None, {"by": "f", "id": "pp"}), ("no_such_member", None, {"by": "z", "id": "pp"}), ("not_member", None, {"by": "f"}),
            ("not_member", None, {"by": "g"}), ("unknown_field", None, {"by": "c", "id": "ps", **haru}), ("unknown_field", None, {"by": "c", "id": "ps"}), ("missing_field", None, {"id": "ps"}),
            ("missing_field", None, {"id": "ps", "steward": "haru"}), ("unknown_field", None, haru), ("unknown_field", None, {"id": "pp", **haru}), ("right", None, {"id": "ps", **haru}),
            ("right", None, {"id": "ps", "voice": "relayed", **haru}), ("bad_signature", None, {"id": "ps2", **haru}), ("not_a_steward", None, {"id": "ps", **haru, "steward": "aki"}),
            ("bad_signature", None, {"id": "ps", **haru, "steward_signature": steward_signs("ps", 7)}), ("too_late", at(3, 5), {"id": "ps", **haru})):
        ask(expected, "sign", when, **{"id": "pc", **fields})
    for expected, when, fields in (
            ("right", None, {"reason": "00" * 32}), ("right", None, {"id": "pp"}), ("right", None, {"id": "ps"}), ("not_member", None, {"by": "g"}), ("no_such_member", None, {"by": "z", "id": "n"}),
            ("not_member", None, {"by": "g", "id": "n"}), ("no_such_proposal", None, {"id": "n"}), ("unknown_field", None, {"line": "a"}), ("too_late", at(3, 5), none)):
        ask(expected, "object", when, **{"id": "pc", "by": "c", **fields})
    for expected, fields in (("right", none), ("right", {"by": "a"}), ("unauthorised", {"by": "b"}), ("right", {"id": "pp"}), ("unauthorised", {"id": "pp", "by": "a"}), ("right", {"voice": "relayed"})):
        ask(expected, "cancel", **{"id": "pc", **fields})
    for expected, when, name in (("too_early", None, "pc"), ("right", at(3, 5), "pc"), ("consent_missing", None, "ps"), ("too_late", at(3, 5), "ps"), ("right", at(3, 5), "pr"),
                                 ("threshold_missed", at(3, 5), "pp"), ("right", at(3, 5), "pp2"), ("charter_too_late", at(5, 1), "pc2")):
        ask(expected, "execute", when, id=name)
    asked.say("sign", id="ps", **haru)
    asked.say("sign", id="ps2", steward="haru", steward_signature=steward_signs("ps2"))
    ask("conflict", "sign", id="ps", **haru)
    asked.now = at(2, 4)
    asked.say("object", id="pc", by="c")
    ask("conflict", "object", id="pc", by="c")
    for when in (at(3, 5), at(5, 5)):
        ask("consent_missing", "execute", when, id="pc")
    asked.say("sign", id="pc", by="c")
    ask("right", "execute", at(3, 5), id="pc")
    asked.say("execute", id="ps")
    ask("consent_missing", "execute", id="ps2")
    ask("no_such_proposal", "sign", id="ps", **haru)
    ask("right", "sign", id="ps2", steward="aki", steward_signature=steward_signs("ps2", 7))
    asked.now = at(3, 1)
    asked.say("execute", id="pc2")
    ask("conflict", "execute", at(3, 5), id="pc")
    ask("charter_too_late", "execute", id="pc3")
    asked.say("execute", id="pr2")
    ask("no_such_record", "execute", at(3, 5), id="pr")
    for expected, name in (("no_such_record", "c2"), ("right", "c3")):
        ask(expected, "propose", id="n", until=at(4, 1), **recognise(name))
    asked.say("cancel", id="pp2")
    ask("no_such_proposal", "pledge", id="n", amount="5", member="a", round="pp2")
    ask("right", "payment", id="n", amount="120", currency="JPY", member="g")


def lines_of_objections(asked):
    ask = asked.ask
    asked.now = at(1, 2)
    asked.say("contribution", id="c1", member="g", period="2025-01", points=3, type="work", confirmed="b")
    for code in ("JPY", "EUR"):
        asked.say("income", id="i-" + code.lower(), amount="500", currency=code, period="2025-01")
    asked.now = at(2, 1)
    asked.draft("d1", "2025-01")
    asked.draft("d2", "2025-01")
    for expected, more in (("right", {}), ("no_such_draft", {"id": "d1", "line": "z"}), ("no_such_member", {"line": "z"}), ("right", {"by": "g", "line": "g"}), ("not_member", {"by": "g"}),
                           ("right", {"by": "f", "line": "f"}), ("missing_field", {"line": None}), ("not_member", {"by": "g", "line": None}), ("not_member", {"id": "d1", "by": "g"}), ("right", {"line": "h"})):
        ask(expected, "object", **{word: value for word, value in {"id": "d2", "by": "c", "line": "a", **more}.items() if value is not None})
    ask("conflict", "propose", id="d1", until=at(1, 1), recognise={"records": ["n"]})
    for by, line in (("c", "a"), ("g", "g"), ("d", "h"), ("d", "b")):
        asked.say("object", id="d2", by=by, line=line)
    ask("conflict", "object", id="d2", by="c", line="a")
    for expected, more in (("right", {}), ("no_such_record", {"line": "b"}), ("no_such_draft", {"id": "d1"}), ("no_such_record", {"line": "z"})):
        ask(expected, "withdraw", **{"id": "d2", "by": "c", "line": "a", **more})
    asked.say("withdraw", id="d2", by="d", line="b")
    asked.say("approve", draft="d2")
    for kind in ("object", "withdraw"):
        ask("no_such_draft", kind, id="d2", by="c", line="a")
    payment = {"id": "n", "amount": "1020", "currency": "JPY", "member": "a"}
    for expected, more in (("disputed", {}), ("owed_exceeded", {"amount": "2000"}), ("right", {"amount": "1000"}), ("right", {"member": "b", "amount": "50"}),
                           ("disputed", {"member": "g", "currency": "EUR", "amount": "500"})):
        ask(expected, "payment", **{**payment, **more})
        if expected != "right" or more["amount"] == "1000":
            ask(expected, "waive", to="gift", **{**payment, **more})
    settle = {"draft": "d2", "line": "a", "outcome": "paid"}
    for expected, more in (("right", {}), ("right", {"outcome": "returned"}), ("no_such_draft", {"draft": "n", "line": "z"}), ("no_such_member", {"line": "z"}), ("no_such_record", {"line": "b"}),
                           ("no_such_record", {"line": "h"}), ("no_such_record", {"draft": "d1"}), ("right", {"line": "g"})):
        ask(expected, "dispute.settle", **{**settle, **more})
    # What waits for a dispute is not inherited.
    asked.say("will", member="a", executors=["b"], heirs=[{"member": "c", "parts": 1}], needed=1, wait_days=1, whole=1)
    asked.say("propose", id="e1", by="b", estate={"member": "a"}, until=at(2, 2))
    ask("disputed", "execute", at(2, 2), id="e1")
    asked.say("will.alive", member="a")
    asked.say("dispute.settle", **{**settle, "outcome": "returned"})
    asked.say("dispute.settle", **{**settle, "line": "g"})
    ask("no_such_record", "dispute.settle", **settle)
    ask("owed_exceeded", "payment", **payment)
    ask("right", "payment", **{**payment, "member": "g", "currency": "EUR", "amount": "500"})
    asked.now = at(3, 1)
    asked.draft("d3", "2025-02")
    assert asked.world.state.drafts["d3"]["outcome"]["in"] == "100"
    asked.say("approve", draft="d3")


def lines_of_wallets(asked):
    ask, wallet = asked.ask, lambda digit: "eth:0x" + digit * 40
    for member, digit in (("a", "1"), ("a", "2"), ("b", "3"), ("e", "4")):
        asked.say("member.key", member=member, public_key=wallet(digit))
    asked.say("opening", id="o4", amount="70", currency="EUR", to="e")
    payment = {"id": "n", "amount": "100", "currency": "JPY", "member": "a", "wallet": wallet("1")}
    for expected, more in (("right", {}), ("no_such_key", {"wallet": wallet("2")}), ("no_such_key", {"wallet": wallet("3")}), ("no_such_key", {"wallet": wallet("5"), "amount": "9999"}),
                           ("no_such_member", {"member": "z", "wallet": wallet("5")}), ("mixed_assets", {"currency": "USD", "wallet": wallet("5")}), ("owed_exceeded", {"amount": "1001"}),
                           ("below_minimum", {"amount": "8"}), ("right", {"member": "e", "wallet": wallet("4"), "currency": "EUR", "amount": "70"})):
        ask(expected, "payment", **{**payment, **more})
    asked.now = at(1, 7, 23)
    ask("no_such_key", "payment", **{**payment, "wallet": wallet("2")})
    asked.now = at(1, 8)  # seven days after it was bound
    ask("right", "payment", **{**payment, "wallet": wallet("2")})
    asked.world.statement(asked.now)
    asked.say("payment", **{**payment, "id": "p1"})
    asked.say("payment", **{**payment, "id": "p2", "wallet": wallet("2")})
    asked.say("payment", **{**payment, "id": "p3", "member": "e", "wallet": wallet("4"), "currency": "EUR", "amount": "70"})
    ask("right", "payment.failed", id="p1", amount="100")
    asked.say("payment.failed", id="p2", amount="100")
    asked.say("member.key.end", member="a", public_key=wallet("1"))
    ask("no_such_key", "payment", **payment)
    asked.world.statement(asked.now)
    assert [claim["currency"] for claim in asked.world.state.claims()] == ["EUR", "JPY"]
    right = json.loads(asked.world.lines[-1])
    for claims in ([], right["claims"][:1], right["claims"][::-1], [*right["claims"], right["claims"][1]], [{**right["claims"][0], "payees": 2}, right["claims"][1]]):
        ask("payout_mismatch", "statement", **{word: right[word] for word in ("charter", "currency", "distributions", "members")}, claims=claims)
    ask("payout_mismatch", "statement", **{word: right[word] for word in ("charter", "currency", "distributions", "members")})
    asked.say("payment", **{**payment, "id": "p4", "member": "e", "wallet": wallet("4")})
    asked.say("payment", id="p5", amount="100", currency="JPY", member="e")
    asked.say("payment.settled", id="p3", amount="70")
    for expected, name, amount in (("conflict", "p1", "100"), ("wrong_amount", "p1", "99"), ("conflict", "p3", "70"), ("conflict", "p2", "100"), ("right", "p4", "100"), ("right", "p5", "100")):
        ask(expected, "payment.failed", id=name, amount=amount)
    ask("conflict", "payment.failed", id="p1", amount="100", evidence={"file": "aa" * 32, "row": 0})
    for expected, name, amount in (("right", "p1", "100"), ("wrong_amount", "p1", "99")):
        ask(expected, "payment.settled", id=name, amount=amount)
    asked.world.statement(asked.now)


def lines_of_consent(asked):
    ask = asked.ask
    asked.now = at(1, 3)
    for expected, more in (("consent_missing", {}), ("conflict", {"id": "v1"}), ("consent_missing", {"rules": {}}), ("consent_missing", {"_from": "2030-01"}), ("consent_missing", {"_from": "2025-01"})):
        ask(expected, "charter", **{"id": "v2", "_from": "2025-03", "rules": asked.rules, **more})
    what = {"charter": {"id": "v2", "from": "2025-03", "rules": {"root": {"to": "pool:x"}}}}
    for expected, until in (("right", at(1, 8)), ("bad_deadline", at(1, 8, 11))):
        ask(expected, "propose", id="n", until=until, **what)
    asked.say("propose", id="p1", until=at(1, 10), **what)
    for by in "ab":
        asked.say("sign", id="p1", by=by)
    ask("consent_missing", "execute", at(1, 10), id="p1")
    asked.say("sign", id="p1", by="c")
    ask("right", "execute", at(1, 10), id="p1")  # 3 of 5 is the half
    asked.say("object", id="p1", by="d")
    ask("consent_missing", "execute", at(1, 10), id="p1")
    asked.say("member.leave", member="d")
    ask("right", "execute", at(1, 10), id="p1")
    asked.now = at(2, 1)
    asked.draft("d1", "2025-01")
    asked.say("object", id="d1", by="c", line="a")
    for expected, when in (("too_early", at(2, 5, 11)), ("right", at(2, 5))):
        ask(expected, "approve", when, draft="d1")
    for expected, when, more in (("right", at(2, 5, 11), {}), ("too_late", at(2, 5), {}), ("no_such_member", at(2, 6), {"line": "z"})):
        ask(expected, "object", when, **{"id": "d1", "by": "c", "line": "b", **more})
    for expected, when, more in (("right", at(2, 6), {}), ("no_such_record", at(2, 6), {"line": "b"})):
        ask(expected, "withdraw", when, **{"id": "d1", "by": "c", "line": "a", **more})


def lines_that_are_signed(asked):
    ask = asked.ask
    record = {"id": "n", "member": "a", "period": "2025-01", "points": 3, "type": "n"}
    for voice in ("operator", "relayed"):
        ask("signature_required", "contribution", voice=voice, **record)
        ask("signature_required", "member.leave", voice=voice, member="z")
    ask("unauthorised", "contribution", voice="relayed", who="b", **record)
    ask("unauthorised", "waive", voice="operator", id="n", amount="20", currency="JPY", member="a", to="gift")
    what = {"id": "n", "until": at(2, 1), "stewards": {"stewards": [{"key": secret_1, "name": "haru"}], "threshold": 1}}
    ask("right", "propose", **what)
    ask("signature_required", "propose", by="a", **what)
    key = Key(5, "personal")
    asked.say("member.key", member="a", public_key=key.name)
    asked.ask_signed("right", {"kind": "propose", "by": "a", **what}, key)
    asked.ask_signed("right", {"kind": "member.leave", "member": "a"}, key)
    # The next charter does not want it; what counts is the month of `at`.
    asked.say("charter", id="v2", _from="2025-03", rules={"root": {"to": "pool:x"}})
    ask("signature_required", "member.leave", at(2, 28), member="a")
    ask("right", "member.leave", at(3, 1, 0), member="a")
    ask("right", "member.leave", at(3, 1, 0), member="a", on=at(2, 28))


def check_life_lines():
    parts = {lines_of_voices: {}, lines_of_members: {}, lines_of_claims: {}, lines_of_tickets: {}, lines_of_units: {}, lines_of_works: {}, lines_of_reviews: {}, lines_of_estates: {},
             lines_of_proposals: {}, lines_of_objections: {}, lines_of_wallets: {},
             lines_of_consent: {"consent": {"charter": {"days": 5, "sign": [1, 2]}, "recognise": {"days": 3, "sign": [2, 3]}, "draft": {"days": 4}}},
             lines_that_are_signed: {"signed": ["contribution", "member.leave", "waive", "propose", "cancel", "contribution.confirm"]}}
    for part, more in parts.items():
        asked = Asked(**more)
        part(asked)
        asked.done()
    print("agreed on %d lines of the community's life" % met["life lines"])


def check_wallets():
    """The signatures that wallets left: the checker recovers their address from both digests."""
    with open(os.path.join(here, "fixtures", "ethereum_claims.json"), encoding="utf-8") as file:
        left = json.load(file)
    for claim in left["claims"]:
        text = (claim["text"] * claim["times"]).encode()
        digests = (fc.typed_digest(claim["who"], int(claim["nonce"]), claim["expires"], text, bytes.fromhex(claim["dao"])), fc.personal_digest(text))
        for digest, form in zip(digests, ("typed", "text")):
            assert digest.hex() == claim[form + "_digest"], claim
            assert fc.recovered_address(digest, bytes.fromhex(claim[form + "_signature"])) == left["address"], claim
    print("wallets: %d signatures" % (2 * len(left["claims"])))


def check_large_numbers():
    """What many units weigh, what was pledged and inherited: up to their limits, and over them."""
    def stage(rules):
        asked = Asked()
        asked.say("charter", id="v2", _from="2025-02", rules=rules)
        asked.now = at(2, 2)
        asked.say("income", id="i1", amount=str(2**100 + 77), currency="JPY", period="2025-02")
        return asked

    def close(asked, fits):
        world = asked.world
        assert world.draft("2025-01", at(3, 1)) and world.draft("2025-02", at(3, 1)) == fits
        world.statement(at(3, 1))
        world.ask_the_tool(9)

    for weight, units, factor, fits in (("tickets", 2**53 - 1, 10**6, False), ("tickets", 2**50, 2**14, False), ("tickets", 2**44, 999_999, True),
                                        ("ticket-seconds", 2**53 - 1, 10**6, False), ("ticket-seconds", 2**42, 1, True), ("ticket-seconds", 2**43, 1, False)):
        asked = stage({"root": {"among": weight, "pool": "q", "else": purse}})
        asked.say("ticket.class", _class="u", form="units", transfer="free", weight=factor)
        asked.say("units.mint", _class="u", id="u1", to="a", units=units, on=at(2, 1, 0))
        close(asked, fits)
    for amounts, cap, fits in (((2**63, 2**63 - 1, 0), [1, 1], True), ((2**63, 2**63 - 1, 1), [1, 1], False), ((2**63, 2**62, 7), [10**9, 1], True), ((2**63, 2**62, 7), [1, 10**9], True)):
        asked = stage({"root": {"pool": "r", "recoup": "pledges", "rest": purse, "cap": cap}, "works": {"pool": "s", "recoup": "pledges", "rest": purse, "cap": cap}})
        for number, (amount, work) in enumerate(zip(amounts, ("w1", "w1", "w2"))):
            asked.now = at(2, 3 + 2 * number)
            asked.say("propose", id="p%d" % number, until=at(2, 4 + 2 * number), pledges={"currency": "JPY", "threshold": "1", "work": work})
            if amount:
                asked.say("pledge", id="g%d" % number, amount=str(amount), member="abc"[number], round="p%d" % number)
            asked.now = at(2, 4 + 2 * number)
            if amount:
                asked.say("execute", id="p%d" % number)
        asked.say("income", id="i2", amount=str(2**90 + 5), currency="JPY", period="2025-02", work="w1")
        close(asked, fits)
    for owed in (2**126 + 5, 11, 0):
        asked = stage({"root": purse})
        asked.say("opening", id="o9", amount=str(owed), currency="EUR", to="a")
        asked.say("ticket.class", _class="u", form="units", transfer="locked", weight=1)
        asked.say("units.mint", _class="u", id="u1", to="a", units=2**53 - 1)
        heirs = [{"member": member, "parts": parts} for member, parts in zip("dcb", (333_333_333, 333_333_333, 333_333_334))]
        asked.say("will", member="a", executors=["e"], heirs=heirs, needed=1, wait_days=1, whole=10**9)
        asked.say("propose", id="e1", by="e", estate={"member": "a"}, until=at(2, 3))
        asked.now = at(2, 3)
        asked.say("execute", id="e1")
        close(asked, True)


def check_taken_ids():
    """The id of a proposal is no draft's: nobody could object to the proposal."""
    asked = Asked()
    asked.say("propose", id="taken", until=at(2, 5), pledges={"currency": "JPY", "threshold": "5", "work": "w1"})
    asked.now = at(2, 1)
    asked.draft("d", "2025-01")
    event = asked.event("draft", {**json.loads(asked.world.lines.pop()), "id": "taken"})
    line = fc.write_json(event)
    asked.world.state.leaves.pop()
    assert not asked.world.say(event, asked.now) and asked.world.refused[-1][2] == "conflict"
    assert tool_says_of_lines(asked.world, asked.world.lines + [line]) == "conflict"


# Two communities that give each other, in two currencies: what the tool says of them, and what the checker does.

def two_communities(first_jpy, second_jpy, booked=None, early=False):
    """Both with a charter for January; if something is booked for what each gets of the other, both have closed it. Early: the first
    says that the other gave it something before both began."""
    worlds = World(salt="1" * 64), World("+09:00", "2" * 64, "EUR")
    ids = [world.state.dao_id() for world in worlds]
    for world, other, own, friend in zip(worlds, reversed(ids), ("JPY", "EUR"), (3, 1)):
        gives = {"partner": "dao:" + other}
        rest = {"among": "equal", "pool": "all", "else": purse}
        code = "EUR" if own == "JPY" else "JPY"
        world.say({"kind": "currency", "code": code, "exponent": 0}, at(1, 1, 0))
        world.say({"kind": "member.join", "member": "m1"}, at(1, 1, 0))
        world.say({"kind": "charter", "id": "v1", "from": "2025-01", "rules": {
            "root": {"pool": "p", "split": [[friend, gives], [10 - friend, rest]]},
            "works": {"pool": "w", "split": [[friend, gives], [7, {"among": "equal", "pool": "all-of-works", "else": purse}]]},
            "currencies": {code: {"root": {"pool": "p", "take": "70", "then": gives, "rest": rest}}}}}, at(1, 1, 0))
    for world, amount, code in zip(worlds, (first_jpy, second_jpy), ("JPY", "EUR")):
        world.say({"kind": "income", "id": "i1", "amount": str(amount), "currency": "JPY", "period": "2025-01"}, at(1, 3))
        world.say({"kind": "work", "work": "w1"}, at(1, 3))
        world.say({"kind": "income", "id": "i2", "amount": str(amount // 3), "currency": code, "period": "2025-01", "work": "w1"}, at(1, 3))
    if booked is not None:
        for (giver, code), amount in sorted(booked.items()):
            worlds[1 - giver].say({"kind": "income", "id": "from-%s" % code.lower(), "amount": str(amount), "currency": code, "from": ids[giver],
                                   "period": "2025-01"}, at(1, 31))
        if early:
            worlds[0].say({"kind": "income", "id": "early", "amount": "1", "currency": "JPY", "from": ids[1], "period": "2024-12"}, at(1, 31))
        for world in worlds:
            assert not world.refused and world.draft("2025-01", at(2, 2))
            world.statement(at(2, 2))
    return worlds


def least_amounts(worlds):
    """What each gives, by who gives and the currency: from none, until nothing grows."""
    month, amounts = fc.month_number("2025-01"), {(giver, code): 0 for giver in (0, 1) for code in ("JPY", "EUR")}
    while True:
        before, amounts = amounts, {}
        for giver, world in enumerate(worlds):
            state = copy.deepcopy(world.state)
            for (other, code), amount in before.items():
                if other != giver:
                    state.books[code].wait(month, amount)
            other = "dao:" + worlds[1 - giver].state.dao_id()
            amounts.update({(giver, code): part.got.get(other, 0) for code, part in fc.Distribution(state, month).parts.items()})
        if amounts == before:
            return amounts


def check_two_communities():
    asked = 0
    for first, second in ((0, 0), (1000, 500), (50, 0), (0, 41), (10**9, 7), (rand.randrange(2000), rand.randrange(2000))):
        worlds = two_communities(first, second)
        ids = [world.state.dao_id() for world in worlds]
        least = least_amounts(worlds)
        names = [folder_of(world, "community%d" % number) for number, world in enumerate(worlds)]
        edges = json.loads(must("--dir", names[0], "--json", "partners", names[1], "--period", "2025-01", "--at", at(2, 1)))["edges"]
        assert {(ids.index(edge["from"]), edge["currency"]): int(edge["gives"]) for edge in edges} == least, (edges, least)
        for wrong in (None, *least, *["early"] * ((first, second) == (0, 0))):
            booked = {**least, wrong: least[wrong] + rand.choice((1, -1 if least[wrong] else 1))} if wrong in least else least
            worlds = two_communities(first, second, booked, wrong == "early")
            for number, world in enumerate(worlds):
                folder_of(world, names[number])
            right = not wrong
            for one, other in (names, reversed(names)):
                done = mikoshi("verify", "--no-pin", one, "--partner", other)
                ours = check("partners", os.path.join(one, "ledger.jsonl"), os.path.join(other, "ledger.jsonl"))
                said = [b"payout_mismatch" in done.stderr, ours.stdout.startswith(b"payout_mismatch")]
                if [done.returncode == 0, ours.returncode == 0] != [right] * 2 or said != [not right] * 2:
                    sys.exit("two communities with %s booked: the tool says %s, the checker %s" % (booked, done.stderr.decode(), ours.stdout.decode()))
                asked += 1
    print("agreed %d times on what two communities give each other" % asked)


# What the random charters have to meet, each so often at least, counted once a month and node.
often = {
    **{"node " + kind: 50 for kind in fc.NODES},
    **{"%s by %s" % (kind, rule): 30 for kind in ("split", "among") for rule in fc.RULES},
    **{"weight " + kind: 50 for kind in (*fc.BASE_WEIGHTS, *fc.WEIGHTS)},
    **{kind + " with " + what: 50 for kind in ("threshold", "hold") for what in ("number", "period")},
    **{kind + " ends": 8 for kind in fc.NODES if kind not in ("to", "partner")},
    **{"bounds: " + case: 50 for case in ("a level", "a level above floors", "all at the cap", "floors alone")},
    "bounds: a level with some at the cap": 3, "among with a floor and a cap": 50, "something goes on to else": 3,
    "a month without income": 100, "recouped": 30, "refused payout_mismatch": 30,
    **{"rounding %s of a %s" % (rounding, what): 2 for rounding in fc.ROUNDINGS for what in ("fraction", "half")},
    **{"a month with %d currencies" % number: 50 for number in (1, 2, 3)},
    **{"line " + kind: 12 for kind in fc.EVENTS if kind not in ("dao", "void")},
    **{"node %s of a work" % kind: 12 for kind in fc.NODES}, **{"pays by " + weight: 2 for weight in fc.BASE_WEIGHTS},
    **{"takes effect: " + what: 30 for what in fc.PROPOSALS}, "several heirs": 20, "heirs of heirs": 3, "a result of a review": 100,
    **{"recoup of %s %s" % (what, how): 5 for what in ("costs", "pledges") for how in ("pays", "pays a part")}, "recoup of pledges keeps fractions": 5,
    "recouped of a work": 20, "a draft waits": 50, "lines of echoes": 1000, "other stewards, and it is right": 20,
    "a payment to a wallet": 30, "claims in a statement": 20, "claims of several wallets": 5, "a lifetime without income": 20, "a lifetime later": 20, "an among in another currency": 100, "among ends in another currency": 10,
    "recouped in another currency": 20, "a member's payout in another currency": 200, "segments of different sizes": 50,
    "receipts": 100, "receipts with several currencies": 4, "receipts that stand in other currencies": 50, "a segment counts late": 50, "a lack": 20, "income waits without rules": 50,
}


def count_books():
    """Corrections of what was converted already, and months that close in a currency without rules."""
    wait, close = fc.Books.wait, fc.State.close_month

    def counted_wait(books, month, more):
        met["a lack"] += books.waiting.get(month, 0) + more < 0
        wait(books, month, more)

    def counted_close(state, computed):
        waiting = {code: books.waiting.get(computed.month, 0) for code, books in state.books.items()}
        met["income waits without rules"] += any(waiting[code] > 0 for code in waiting if code not in computed.parts)
        close(state, computed)

    fc.Books.wait, fc.State.close_month = counted_wait, counted_close


def check_random_charters(worlds):
    count_bounds()
    count_books()
    lines, number, seldom = 0, 0, []
    while number < worlds or seldom and number < 3 * worlds:  # more of them for what chance brought too seldom
        world = play_charters(10)
        world.ask_the_tool(3)
        if number % 3 == 0:
            check_receipts(folder_of(world, "world"))
        elif number % 3 == 1:
            again = echo(world)
            again.ask_the_tool(12)
            met["lines of echoes"] += len(again.lines)
        lines += len(world.lines)
        number += 1
        seldom = ["%s %d" % (what, met[what]) for what in often if met[what] < often[what]]
    print("agreed on %d lines of %d ledgers with random charters:" % (lines, number))
    print(", ".join("%s %d" % item for item in sorted(met.items())))
    if seldom:
        sys.exit("met too seldom: " + ", ".join(seldom))


def main():
    global work
    with tempfile.TemporaryDirectory() as work:
        shutil.copy(os.path.join(salon, "mori.key"), work)
        os.chmod(os.path.join(work, "mori.key"), 0o600)
        print(agrees("document", document), end="")
        lines = 0
        for round_number in range(3):
            folder = "dao%d" % round_number
            refused = play(folder)
            ledger = os.path.join(folder, "ledger.jsonl")
            sizes = sorted(int(n[:-5]) for n in os.listdir(os.path.join(work, folder, "snapshots")))
            notes = [os.path.join(folder, "snapshots", "%d.note" % size) for size in sizes]
            agrees("ledger", ledger, *notes)
            must("verify", folder)
            for name in check_receipts(folder):  # and by their command lines
                agrees("receipt", os.path.join("receipts", name), name[:4])
                must("verify", os.path.join("receipts", name), "--member", name[:4])
            # Damage: what one refuses the other refuses.
            text, newest = (open(os.path.join(work, path), "rb").read() for path in (ledger, notes[-1]))
            lines += text.count(b"\n")
            os.makedirs(os.path.join(work, "damaged"), exist_ok=True)
            for attempt in range(40):
                rows = text.splitlines(True)
                kind = attempt % 4
                i = rand.randrange(len(rows))
                if kind == 0:  # another digit
                    digits = [k for k, c in enumerate(rows[i]) if chr(c).isdigit()]
                    k = rand.choice(digits)
                    rows[i] = rows[i][:k] + str((int(chr(rows[i][k])) + 1) % 10).encode() + rows[i][k + 1:]
                elif kind == 1:
                    del rows[i]
                elif kind == 2:
                    rows[i] = rows[i][:-2] + b" }\n"
                else:
                    j = rand.randrange(len(rows))
                    rows[i], rows[j] = rows[j], rows[i]
                    if rows == text.splitlines(True):
                        continue
                with open(os.path.join(work, "damaged", "ledger.jsonl"), "wb") as file:
                    file.write(b"".join(rows))
                ours = mikoshi("verify", "--no-pin", "damaged/ledger.jsonl", notes[-1])
                theirs = checker_says(b"".join(rows), newest)
                if (ours.returncode == 0) != (theirs == "right"):
                    sys.exit("they differ on line %d, damage %d: %s | %s" % (i, kind, ours.stderr.decode(), theirs))
                if ours.returncode == 0:
                    sys.exit("both accept damage %d in line %d" % (kind, i))
            print("%s: refused on the way: %s" % (folder, ", ".join("%s %d" % item for item in sorted(refused.items()))))
        print("agreed on %d lines" % lines)
        check_charters()
        check_weight_limit()
        check_segment_limit()
        check_waiting_limit()
        check_threshold_counts()
        check_total_limit()
        check_large_numbers()
        check_bad_lines()
        check_life_lines()
        check_wallets()
        check_taken_ids()
        check_two_communities()
        check_random_charters(100)


if __name__ == "__main__":
    main()
