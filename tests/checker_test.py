#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool against the checker that was written from FORMAT.md alone: they agree on every file, and on what is refused.

Plays random communities through the tool, with every kind of line, then gives the files to format_checker.py; then damages
them and asks both again. Arguments: the tool, FORMAT.md. The seed is printed; MIKOSHI_SEED sets it.
"""
import json, os, random, shutil, subprocess, sys, tempfile

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


def agrees(*arguments):
    done = check(*arguments)
    if done.returncode != 0:
        sys.exit("the checker refuses %s: %s%s" % (arguments, done.stdout.decode(), done.stderr.decode()))
    return done.stdout.decode()


members = ["m%03d" % i for i in range(1, 8)]
purse = {"to": "pool:reserve"}
# Three charters: pools come and go, nested splits, every weight, both rules, an `else` with pools of its own.
charters = {
    3: {"minimum": "40", "root": {"pool": "income", "split": [
        [3, {"among": "contributions", "pool": "work", "else": {"pool": "spare", "split": [[1, purse], [2, {"to": "pool:common"}]]}}],
        [2, {"pool": "inner", "split": [[1, {"among": "tickets", "pool": "tickets", "rule": "hamilton", "else": purse}],
                                        [1, {"among": "ticket-seconds", "pool": "seconds", "else": purse}]]}],
        [1, {"to": "pool:fees"}]]}},
    6: {"root": {"among": "contributions", "pool": "work", "else": {
        "among": "ticket-seconds", "pool": "seconds", "else": {"among": "equal", "pool": "all", "else": purse}}}},
    9: {"root": {"pool": "income2", "split": [[1, {"among": "equal", "pool": "all", "rule": "carry", "else": purse}], [9, purse]]}},
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
    say({"kind": "opening", "id": "o1", "amount": "500", "currency": "JPY", "to": "m001"}, start)
    say({"kind": "opening", "id": "o2", "amount": "0", "currency": "JPY", "to": "pool:reserve", "evidence": {"file": "ab" * 32, "row": 1}}, start)
    number, records, incomes, payments = 0, [], [], []
    for month in range(1, 12):
        period = "2025-%02d" % month
        if month + 1 in charters:
            assert say({"kind": "charter", "id": "v%d" % month, "from": "2025-%02d" % (month + 1), "rules": charters[month + 1]}, at(month, 2))
        for step in range(rand.randrange(14, 22)):
            day = 3 + step
            number += 1
            who, other = rand.sample(members, 2)
            pick = rand.randrange(14)
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
                if say({"kind": "income", "id": "i%d" % number, "amount": str(rand.randrange(2000)), "currency": "JPY",
                        "period": "2025-%02d" % max(1, month - rand.randrange(2))}, at(month, day), **voice):
                    incomes.append("i%d" % number)
            elif pick == 12 and incomes:
                say({"kind": "income.correct", "id": rand.choice(incomes), "amount": str(rand.randrange(2500))}, at(month, day))
            elif pick == 13:
                amount = str(rand.randrange(1, 200))
                if say({"kind": "payment", "id": "p%d" % number, "amount": amount, "currency": "JPY", "member": who}, at(month, day)):
                    payments.append(("p%d" % number, amount))
                for kind in rand.sample(("sent", "settled", "failed"), 2):
                    if payments:
                        paid, amount = rand.choice(payments)
                        event = {"kind": "payment." + kind, "id": paid}
                        say(event if kind == "sent" else {**event, "amount": amount}, at(month, day))
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
        must("--dir", folder, "receipt", "--all", "--out", folder + ".receipts")
        for name in sorted(os.listdir(os.path.join(work, folder + ".receipts"))):
            path = os.path.join(folder + ".receipts", name)
            agrees("receipt", path, name[:4])
            must("verify", path, "--member", name[:4])
            other = check("receipt", path, "m999")
            if other.returncode == 0 or not other.stdout.decode().splitlines()[-1:] or b"wrong_member" not in other.stdout + other.stderr:
                sys.exit("the checker takes the receipt of somebody else: %s" % other)
        # Damage: what one refuses the other refuses.
        text = open(os.path.join(work, ledger), "rb").read()
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
            theirs = check("ledger", "damaged/ledger.jsonl", notes[-1])
            if (ours.returncode == 0) != (theirs.returncode == 0):
                sys.exit("they differ on line %d, damage %d: %s | %s" % (i, kind, ours.stderr.decode(), (theirs.stdout + theirs.stderr).decode()))
            if ours.returncode == 0:
                sys.exit("both accept damage %d in line %d" % (kind, i))
        print("%s: refused on the way: %s" % (folder, ", ".join("%s %d" % item for item in sorted(refused.items()))))
    print("agreed on %d lines" % lines)
