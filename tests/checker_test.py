#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool against the checker that was written from FORMAT.md alone: they agree on every file, and on what is refused.

Plays random communities through the tool, with every kind of line, then gives the files to format_checker.py; then damages
them and asks both again. Then it asks both of the charters in checker_charters.jsonl, good and bad, and of many ledgers with
random charters, and counts what these met. Arguments: the tool, FORMAT.md. The seed is printed; MIKOSHI_SEED sets it.
"""
import base64, collections, contextlib, copy, functools, io, json, os, random, shutil, subprocess, sys, tempfile

sys.dont_write_bytecode = True
import format_checker as fc

tool, document = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
checker = os.path.join(here, "format_checker.py")
salon = os.path.join(here, "..", "examples", "salon")
seed = int(os.environ.get("MIKOSHI_SEED", "20250401"))
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


def signed_note(leaves):
    """A snapshot of these lines, signed with the secret key 1."""
    root = base64.b64encode(fc.tree(leaves, fc.hash_join, b"")).decode()
    text = ("mikoshi/%s\n%d\n%s\n" % (leaves[0].hex(), len(leaves), root)).encode()
    signature = fc.H(b"haru\n\xffmikoshi/bip340" + bytes.fromhex(secret_1))[:4] + schnorr(1, fc.tagged(b"mikoshi/snapshot/v1", text))
    return text + "\n\u2014 haru ".encode() + base64.b64encode(signature) + b"\n"


def tool_says(lines, note):
    """What the tool says of a ledger: "right", or the name of an error."""
    for name, data in (("ledger.jsonl", b"".join(line + b"\n" for line in lines)), ("some.note", note)):
        with open(os.path.join(work, name), "wb") as file:
            file.write(data)
    done = subprocess.run([tool, "verify", "ledger.jsonl", "some.note"], cwd=work, capture_output=True)
    return "right" if done.returncode == 0 else done.stderr.decode().partition("[")[2].partition("]")[0] or done.stderr.decode()


def tool_says_of_lines(world, lines):
    """The same of lines that nobody signed: the snapshot is one of more lines, and all the tool may miss is the rest of them."""
    note = signed_note(world.state.leaves).replace(b"\n%d\n" % len(world.lines), b"\n9999\n")
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
        if not self.say({**event, "outcome": outcome}, when) or not self.say({"kind": "approve", "draft": event["id"]}, when):
            fail("the checker refuses what it computed: %s" % self.refused[-1][2], self.lines)
        count(self.state.distributions[-1])
        return True

    def statement(self, when):
        leaves = self.state.member_leaves()
        event = {"kind": "statement", "charter": self.state.standing_charter()["hash"], "currency": self.state.own_currency,
                 "distributions": self.state.waiting, "members": {"count": len(leaves), "root": fc.hash_tree(leaves).hex()}}
        wrong = json.loads(json.dumps(event))
        wrong["members"]["root"] = another(wrong["members"]["root"])
        assert not self.say(wrong, when)
        assert self.say(event, when), self.refused[-1]

    def ask_the_tool(self, refusals):
        note = signed_note(self.state.leaves)
        said = tool_says(self.lines, note)
        if said != "right":
            fail("the tool refuses (%s) what the checker takes" % said, self.lines)
        for size, line, name in rand.sample(self.refused, min(refusals, len(self.refused))):
            said = tool_says(self.lines[:size] + [line], note)
            if said != name and not (name in unnamed and said != "right"):
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
    shutil.rmtree(os.path.join(work, "receipts"), ignore_errors=True)
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
        both = {"floor": str(low), "cap": str(low + rand.randrange(3 * self.scale))}
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
            return {"pool": name, "recoup": [[self.amount(), below()] for _ in branches], "rest": below(), **cap}
        return {"pool": name, "hold": rand.choice((2, 3, rand.randrange(2, 1201), some_month())), "then": below()}

    def of(self, code):
        self.code = code
        return {"root": self.node(2 if code != "JPY" else 1), **({"minimum": str(rand.randrange(50))} if rand.random() < 0.3 else {})}

    def declared(self):
        return [code for code in moneys if code != "JPY" and (code in self.world.state.books or rand.random() < 0.02)]

    def first(self, start):
        self.start = start
        others = {code: self.of(code) for code in self.declared() if rand.random() < 0.7}
        return {**self.of("JPY"), **({"currencies": others} if others else {})}

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
        return {**rules, **({"currencies": others} if others else {})}

    def alter(self, rules):
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
        elif kind == "recoup":
            rand.shuffle(node["recoup"])
        if isinstance(node.get("rest"), str):
            node["rest"] = some_purse()
        if rand.random() < 0.1 and "rule" in node:
            del node["rule"]
            node.pop("rest", None)


def places(rules):
    """Where nodes stand: pairs of what holds one and its key there."""
    found, todo = [], [(rules, "root")]
    while todo:
        holder, key = todo.pop()
        found.append((holder, key))
        node = holder[key]
        todo += [(branch, 1) for word in ("split", "recoup") for branch in node.get(word, [])]
        todo += [(node, word) for word in ("then", "rest", "else") if isinstance(node.get(word), dict)]
    return found


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
    for number in range(rand.randrange(3)):
        world.say({"kind": "opening", "id": "o%d" % number, "amount": str(rand.randrange(scale)), "currency": some_code(world),
                   "to": rand.choice((rand.choice(people), some_purse()))}, start)
    for month in range(1, months + 1):
        period = "2025-%02d" % month
        for step in range(rand.randrange(4, 16)):
            facts(world, month, at(month, 3 + step), "%d.%d" % (month, step))
        if rand.random() < 0.4 and month < months:
            rules = world.state.charters[-1]["rules"]
            for attempt in range(4):
                begins = "2025-%02d" % (month + rand.choice((1, 1, 2)))
                if world.say({"kind": "charter", "id": "v%d" % month, "rules": makes.next(rules, begins), "from": begins}, at(month, 25)):
                    break
        for code in world.state.books:
            if rand.random() < 0.65:
                for number in range(rand.choice((1, 1, 2))):
                    world.say({"kind": "income", "id": "i%d.%s.%d" % (month, code.lower(), number), "amount": str(rand.randrange(scale)),
                               "currency": code, "period": period, **({"from": rand.choice(friends)} if rand.random() < 0.2 else {})}, at(month, 26))
        for number in range(rand.randrange(6)):
            money_facts(world, month, at(month, 27), "%d.x%d" % (month, number))
        if not world.draft(period, at(month + 1, 2)):
            break
        if rand.random() < 0.5 or month == months:
            world.statement(at(month + 1, 2))
    if json.loads(world.lines[-1])["kind"] != "statement":
        world.statement(at(12, 28))
    return world


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
        world.say({"kind": "member." + rand.choice(("join", "leave", "rejoin")), "member": who}, when, **late)
    elif pick <= 3:
        world.say({"kind": "ticket.mint", "class": rand.choice(("k0", "k1")), "ticket": "t" + name, "to": who}, when, **late)
    elif pick == 4:
        holder = state.tickets[ticket]["moves"][-1][1] if ticket in state.tickets else None
        to = rand.choice(sorted(state.members))
        world.say({"kind": "ticket.transfer", "ticket": ticket, "from": holder or who, "to": to}, when, **late)
    elif pick == 5 and rand.random() < 0.4:
        holder = state.tickets[ticket]["moves"][-1][1] if ticket in state.tickets else None
        world.say({"kind": "ticket.burn", "ticket": ticket, "from": holder or who}, when)
    elif pick <= 8:
        confirmed = {"confirmed": other} if rand.random() < 0.7 else {}
        world.say({"kind": "contribution", "id": "c" + name, "member": who, "period": "2025-%02d" % max(1, month - rand.randrange(3)),
                   "points": rand.randrange(rand.choice((9, 9, 9, 2**33))), "type": rand.choice(("k0", "k1")), **confirmed}, when)
    elif pick == 9:
        world.say({"kind": "contribution.correct", "id": record, "points": rand.randrange(12)}, when)
    elif pick == 10:
        world.say({"kind": "contribution.confirm", "id": record, "by": who}, when)
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
        world.say({"kind": "payment", "id": "p" + name, "amount": str(rand.choice((owed.get(member, 0), rand.randrange(owed.get(member, 0) + 2)))),
                   "currency": code, "member": member}, when)
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


# Two communities that give each other# Two communities that give each other, in two currencies: what the tool says of them, and what the checker does.

def two_communities(first_jpy, second_jpy, booked=None):
    """Both with a charter for January; if something is booked for what each gets of the other, both have closed it."""
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
            "currencies": {code: {"root": {"pool": "p", "take": "70", "then": gives, "rest": rest}}}}}, at(1, 1, 0))
    for world, amount in zip(worlds, (first_jpy, second_jpy)):
        world.say({"kind": "income", "id": "i1", "amount": str(amount), "currency": "JPY", "period": "2025-01"}, at(1, 3))
    if booked is not None:
        for (giver, code), amount in sorted(booked.items()):
            worlds[1 - giver].say({"kind": "income", "id": "from-%s" % code.lower(), "amount": str(amount), "currency": code, "from": ids[giver],
                                   "period": "2025-01"}, at(1, 31))
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
        for wrong in (None, *least):
            booked = {**least, wrong: least[wrong] + rand.choice((1, -1 if least[wrong] else 1))} if wrong else least
            worlds = two_communities(first, second, booked)
            for number, world in enumerate(worlds):
                folder_of(world, names[number])
            right = not wrong
            for one, other in (names, reversed(names)):
                done = mikoshi("verify", one, "--partner", other)
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
    "bounds: a level with some at the cap": 3, "among with a floor and a cap": 50, "something goes on to else": 10,
    "a month without income": 100, "recouped": 30, "refused payout_mismatch": 30, "refused bad_charter": 3,
    **{"rounding %s of a %s" % (rounding, what): 8 for rounding in fc.ROUNDINGS for what in ("fraction", "half")},
    **{"a month with %d currencies" % number: 50 for number in (1, 2, 3)},
    **{"line " + kind: 30 for kind in fc.EVENTS if kind not in ("dao", "void", "contribution.confirm")},
    "a lifetime without income": 20, "a lifetime later": 50, "an among in another currency": 200, "among ends in another currency": 10,
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
    lines = 0
    for number in range(worlds):
        world = play_charters(10)
        world.ask_the_tool(3)
        if number % 3 == 0:
            check_receipts(folder_of(world, "world"))
        lines += len(world.lines)
    print("agreed on %d lines of %d ledgers with random charters:" % (lines, worlds))
    print(", ".join("%s %d" % item for item in sorted(met.items())))
    seldom = ["%s %d" % (what, met[what]) for what in often if met[what] < often[what]]
    if seldom:
        sys.exit("met too seldom: " + ", ".join(seldom))


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
            ours = mikoshi("verify", "damaged/ledger.jsonl", notes[-1])
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
    check_bad_lines()
    check_two_communities()
    check_random_charters(140)
