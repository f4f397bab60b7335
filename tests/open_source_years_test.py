#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""open_source_years: runs the example twice and computes everything it claims a second time, in another language.

    open_source_years_test.py PROGRAM CSV FOLDER

Nothing here is taken from mikoshi but its design: the splitter is the pseudo-code of the design in Python's integers, the
weights come straight from the CSV and not from the ledger, the trees are RFC 6962's recursive definition. FOLDER is for
the runs. Where the CSV is absent the made-up histories are still tested; then SKIPPED, exit 77.
"""
import base64, calendar, csv, hashlib, json, os, random, re, shutil, subprocess, sys
from collections import Counter, defaultdict
from datetime import datetime, timezone
from fractions import Fraction

PARTS = {"pool:reserve": 10, "work": 60, "tickets": 30}
GRACE, UNIT = 1 << 32, 1 << 64


def sha256(data):
    return hashlib.sha256(data).digest()


# --- what must come out, from the CSV alone --------------------------------------------------------------------------
class Pool:
    """`carry`, word for word."""

    def __init__(self):
        self.fraction, self.dust, self.undivided = {}, 0, 0
        self.paid, self.floors, self.steps = Counter(), Counter(), 0

    def distribute(self, amount, weights):
        weights = {payee: weight for payee, weight in weights.items() if weight > 0}
        if amount == 0:
            return {payee: 0 for payee in weights}
        total = sum(weights.values())
        assert 0 < total < UNIT and amount < 1 << 127
        have = amount * UNIT + self.dust
        q, r = divmod(have, total)
        pay, given = {}, 0
        for payee, weight in weights.items():
            m = weight * q + weight * r // total
            assert m == have * weight // total
            pay[payee], self.fraction[payee] = divmod(self.fraction.get(payee, GRACE) + m, UNIT)
            given += m
            self.paid[payee] += pay[payee]
            self.floors[payee] += amount * UNIT * weight // total
            assert abs(pay[payee] - Fraction(amount * weight, total)) < 1 + Fraction(len(self.fraction), UNIT), "quota"
        self.dust = have - given
        assert 0 <= self.dust < len(weights)
        self.undivided += amount - sum(pay.values())
        self.steps += 1
        assert 0 <= self.undivided <= len(self.fraction) - 1
        assert self.undivided * UNIT == sum(f - GRACE for f in self.fraction.values()) + self.dust
        return pay

    def check_for_ever(self):
        """-1 - t·eps < paid - ideal <= 2^-32 + t·eps; the ideal lies in [floors, floors + t] parts of 2^-64."""
        slack = self.steps * len(self.fraction)
        for payee, paid in self.paid.items():
            lead = paid * UNIT - self.floors[payee]
            assert -UNIT - slack < lead and lead - self.steps <= GRACE + slack, (payee, lead)


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def halves(leaves):
    """RFC 6962, section 2.1: the left half has the largest power of two below the number of leaves."""
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return leaves[:split], leaves[split:]


def tree_root(leaves):
    """Over leaf hashes."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    left, right = halves(leaves)
    return sha256(b"\1" + tree_root(left) + tree_root(right))


def sum_tree(leaves):
    """Over (sum, hash): each child's own sum is hashed, as 32 bytes."""
    if not leaves:
        return 0, sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    (a, left), (b, right) = map(sum_tree, halves(leaves))
    return a + b, sha256(b"\2" + a.to_bytes(32, "big") + left + b.to_bytes(32, "big") + right)


def month_of(second):
    time = datetime.fromtimestamp(second, timezone.utc)
    return time.year * 12 + time.month - 1


def start_of(month):
    return calendar.timegm((month // 12, month % 12 + 1, 1, 0, 0, 0))


def name_of(month):
    return "%04d-%02d" % (month // 12, month % 12 + 1)


class Expected:
    def __init__(self, path):
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.file = sha256(open(path, "rb").read()).hex()
        self.rows = [(calendar.timegm(datetime.strptime(row["at"], "%Y-%m-%dT%H:%M:%SZ").timetuple()), row["contributor"])
                     for row in rows]
        oldest, newest = self.rows[0][0], self.rows[-1][0]
        self.first = month_of(oldest) + (0 if start_of(month_of(oldest)) == oldest else 1)
        self.last = month_of(newest) - 1
        self.joined = {}
        for at, who in self.rows:
            self.joined.setdefault(who, at)
        counts = defaultdict(Counter)
        for at, who in self.rows:
            counts[month_of(at)][who] += 1
        self.pools = defaultdict(Pool)
        self.members, self.reserve, self.income = Counter(), 0, 0
        self.counted, self.outcomes, self.quiet, self.rolls = Counter(), [], [], []
        for month in range(self.first, self.last + 1):
            self.outcomes.append(self.play(month, counts[month]))
            self.counted.update(counts[month])
            if month % 12 == 11:
                self.rolls.append(self.roll(who for who, joined in self.joined.items() if joined < start_of(month + 1)))
        self.rolls.append(self.roll(self.joined))
        for pool in self.pools.values():
            pool.check_for_ever()
        self.undivided = sum(pool.undivided for pool in self.pools.values())
        assert self.income == sum(self.members.values()) + self.reserve + self.undivided

    def roll(self, members):
        """The number of members, and the root over where each of them stands."""
        leaves = []
        for who in sorted(members):
            entitled = {name: {"fraction": "%016x" % pool.fraction.get(who, GRACE), "paid": str(pool.paid[who])}
                        for name, pool in self.pools.items() if name != "income" and who in pool.fraction}
            entitled = {name: row for name, row in entitled.items() if row != {"fraction": "%016x" % GRACE, "paid": "0"}}
            leaf = {"entitled": entitled, "holds": {"contributor": 1}, "member": who, "owed": str(self.members[who])}
            leaves.append(sha256(b"\0" + canonical(leaf).encode()))
        return {"count": len(leaves), "root": tree_root(leaves).hex()}

    def play(self, month, contributions):
        start, end = start_of(month), start_of(month + 1)
        seconds = {who: end - max(start, joined) for who, joined in self.joined.items() if joined < end}
        amount = 100_000 + 7_919 * (month % 12 + 1) + 11 * (month // 12)
        nobody = not contributions
        kept = lambda: sum(pool.undivided for pool in self.pools.values())
        before = kept()
        digest, members, reserve = hashlib.sha256(), Counter(), 0

        def stage(pool, path, amount, weights, passed_on=False):
            pays = {} if passed_on else self.pools[pool].distribute(amount, weights)
            for payee in pays if pool == "income" else sorted(pays):
                digest.update(line(path, payee, pays[payee], weights[payee], self.pools[pool].fraction.get(payee, GRACE)))
            return pays

        def line(path, payee, pay, weight, fraction):
            return (json.dumps({"fraction": "%016x" % fraction, "path": path, "pay": str(pay), "payee": payee,
                                "weight": str(weight)}, separators=(",", ":")) + "\n").encode()

        def to_reserve(path, amount):
            nonlocal reserve
            digest.update(line(path, "pool:reserve", amount, 0, GRACE))
            reserve += amount

        assert sum(seconds.values()) > 0  # somebody always holds a ticket: whoever wrote the first row
        branch = stage("income", "/root", amount, PARTS)
        to_reserve("/root/split/0", branch["pool:reserve"])
        members.update(stage("work", "/root/split/1", branch["work"], contributions, passed_on=nobody))
        if nobody:
            members.update(stage("quiet", "/root/split/1/else", branch["work"], seconds))
        members.update(stage("tickets", "/root/split/2", branch["tickets"], seconds))

        self.income += amount
        self.members.update(members)
        self.reserve += reserve
        if nobody:
            self.quiet.append((name_of(month), branch["work"], len(seconds)))
        after = kept()
        distributed = sum(members.values()) + reserve
        assert amount + before == distributed + after
        pays = {**members, "pool:reserve": reserve}
        leaves = [(pay, sha256(b"\0" + canonical({"amount": str(pay), "payee": payee, "period": name_of(month)}).encode()))
                  for payee, pay in sorted(pays.items()) if pay > 0]
        total, root = sum_tree(leaves)
        assert total == distributed
        return {"digest": digest.hexdigest(), "distributed": str(distributed), "in": str(amount), "payees": len(leaves),
                "payout_root": root.hex(), "recouped": "0", "undivided_after": str(after), "undivided_before": str(before)}


# --- what came out ---------------------------------------------------------------------------------------------------
def roots_of(ledger, sizes):
    leaves = [sha256(b"\0" + line) for line in ledger.split(b"\n")[:-1]]
    return {size: tree_root(leaves[:size]) for size in sizes}


def run(program, csv_path, cwd, folder="years", env=None):
    os.makedirs(cwd, exist_ok=True)
    return subprocess.run([program, csv_path, folder], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=300)


def files_in(folder):
    return {os.path.relpath(os.path.join(root, name), folder): open(os.path.join(root, name), "rb").read()
            for root, _, names in os.walk(folder) for name in names}


def number(text):
    return int(text.replace(",", ""))


def check_ledger(files, expected):
    """Every line against the CSV; every draft and statement against the second computation."""
    ledger = files["ledger.jsonl"]
    assert ledger.endswith(b"\n")
    lines = [json.loads(line) for line in ledger.decode().splitlines()]
    for text, line in zip(ledger.decode().splitlines(), lines):
        assert text == canonical(line), "not canonical"
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    assert all(a["at"] <= b["at"] for a, b in zip(lines, lines[1:]))
    of_kind = defaultdict(list)
    for line in lines:
        of_kind[line["kind"]].append(line)
        assert line["voice"] == "operator"
    assert lines[0]["format"] == 1
    assert lines[0]["kind"] == "dao" and lines[0]["offset"] == "+00:00" and lines[0]["threshold"] == 2
    assert lines[0]["currency"] == {"code": "JPY", "exponent": 0}
    assert len(lines[0]["stewards"]) == 3
    assert of_kind["charter"][0]["from"] == name_of(expected.first) and len(of_kind["charter"]) == 1

    stamp = lambda second: datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [(line["at"], line["member"]) for line in of_kind["member.join"]] == \
        [(stamp(at), who) for who, at in expected.joined.items()]
    assert [(line["at"], line["to"], line["ticket"]) for line in of_kind["ticket.mint"]] == \
        [(stamp(at), who, "t-" + who) for who, at in expected.joined.items()]
    assert [(line["at"], line["member"], line["period"], line["points"], line["evidence"]) for line in of_kind["contribution"]] == \
        [(stamp(at), who, name_of(month_of(at)), 1, {"file": expected.file, "row": index + 2})
         for index, (at, who) in enumerate(expected.rows)]

    months = list(range(expected.first, expected.last + 1))
    assert [(line["period"], line["amount"]) for line in of_kind["income"]] == \
        [(name_of(month), outcome["in"]) for month, outcome in zip(months, expected.outcomes)]
    for kind in ("income", "draft", "approve"):
        assert [line["at"] for line in of_kind[kind]] == [stamp(start_of(month + 1)) for month in months], kind
    for month, outcome, draft, approve in zip(months, expected.outcomes, of_kind["draft"], of_kind["approve"]):
        assert draft["period"] == name_of(month) and draft["outcome"] == outcome, (draft, outcome)
        assert approve["draft"] == draft["id"]
    stated = [entry for line in of_kind["statement"] for entry in line["distributions"]]
    assert [(entry["period"], entry["outcome"]) for entry in stated] == list(zip(map(name_of, months), expected.outcomes))
    # Each statement, whole: what was approved since the one before, and where every member stands then.
    rules = sha256(canonical(of_kind["charter"][0]["rules"]).encode()).hex()
    approved = iter(list(zip(months, of_kind["draft"])))
    for line, roll in zip(of_kind["statement"], expected.rolls):
        since = []
        for month, draft in approved:
            since.append({"id": draft["id"], "outcome": draft["outcome"], "period": name_of(month)})
            if month % 12 == 11:
                break
        assert {key: line[key] for key in ("charter", "currency", "distributions", "members")} == \
            {"charter": rules, "currency": "JPY", "distributions": since, "members": roll}, line["seq"]
    assert len(of_kind["statement"]) == len(expected.rolls)
    assert sum(int(entry["in"]) for entry in expected.outcomes) == \
        sum(int(entry["distributed"]) for entry in expected.outcomes) + expected.undivided
    assert len(of_kind["statement"]) == sum(month % 12 == 11 for month in months) + 1
    assert lines[-1]["kind"] == "statement"
    return lines


def check_proofs(files, lines):
    """The head, and every snapshot: one for each statement, of the lines up to it, two of three names under it."""
    ledger, head = files["ledger.jsonl"], json.loads(files["head"])
    notes = {int(re.fullmatch(r"snapshots/(\d+)\.note", name)[1]): text.decode() for name, text in files.items()
             if name.startswith("snapshots/")}
    assert set(notes) == {line["seq"] + 1 for line in lines if line["kind"] == "statement"}
    roots = roots_of(ledger, notes)
    assert head == {"bytes": len(ledger), "root": roots[len(lines)].hex(), "seq": len(lines)}
    dao = sha256(b"\0" + ledger.split(b"\n")[0]).hex()
    stewards = {steward["name"] for steward in lines[0]["stewards"]}
    for size, note in notes.items():
        text, signatures = note.split("\n\n")
        assert text.split("\n") == ["mikoshi/" + dao, str(size), base64.b64encode(roots[size]).decode()]
        names = [line.split(" ")[1] for line in signatures.splitlines()]
        assert len(names) == len(set(names)) == 2 and set(names) <= stewards
    # One byte of the ledger, anywhere: another root than that of the head and of the last snapshot.
    chance = random.Random(6962)
    for at in [0, len(ledger) - 2] + [chance.randrange(len(ledger) - 1) for _ in range(6)]:
        tampered = bytearray(ledger)
        tampered[at] ^= 1
        assert roots_of(bytes(tampered), [len(lines)])[len(lines)] != roots[len(lines)], at
    return sha256((notes[len(lines)].split("\n\n")[0] + "\n").encode()).hex(), len(notes)


def check_summary(text, expected, snapshot, snapshots):
    def has(*words):
        for word in words:
            assert word in text, word

    left, right = re.search(r"^  ([\d,]+) = ([\d,]+ \+ [\d,]+ \+ [\d,]+)$", text, re.M).groups()
    members, reserve, undivided = [number(part) for part in right.split(" + ")]
    assert number(left) == expected.income == members + reserve + undivided
    assert members == sum(expected.members.values())
    assert (reserve, undivided) == (expected.reserve, expected.undivided)

    order = sorted(expected.joined, key=lambda who: (-expected.members[who], who))
    section = text.split("\nThe ten largest\n")[1].split("\n\n")[0]
    table = [line.split() for line in section.splitlines()[1:]]
    for place, (who, row) in enumerate(zip(order[:10], table), 1):
        assert row == [str(place), who, f"{expected.members[who]:,}", f"{expected.counted[who]:,}"], row
    rest = order[10:]
    assert len(table) == min(10, len(order)) + (1 if rest else 0)
    if rest:
        assert table[10] == [f"{len(rest):,}", "others", "together", f"{sum(expected.members[who] for who in rest):,}",
                             f"{sum(expected.counted[who] for who in rest):,}"], table[10]

    has(f"Months in which nobody contributed: {len(expected.quiet)}\n")
    for month, amount, holders in expected.quiet:
        assert re.search(rf"^  {month} +{amount:,} +{holders:,}$", text, re.M), month
    paid, recorded = sum(expected.counted.values()), len(expected.rows)
    assert re.search(rf"^  contributions +{recorded:,}  recorded", text, re.M)
    assert re.search(rf"^ +{paid:,}  paid for$", text, re.M)
    assert re.search(rf"^ +{recorded - paid:,}  outside those months", text, re.M)
    assert re.search(rf"^  members +{len(expected.joined):,}$", text, re.M)
    has(f"months, {name_of(expected.first)} to {name_of(expected.last)},", "sha256 " + expected.file,
        f"of {snapshots} snapshots", "cannot know", f"mikoshi verify years --expect {snapshot}\n")


def check_history(program, csv_path, folder):
    """Two runs, the second one under another locale, time zone and mask of file modes."""
    first = run(program, csv_path, os.path.join(folder, "first"))
    assert first.returncode == 0 and first.stderr == b"", first
    other = dict(os.environ, TZ="Asia/Tokyo", LC_ALL="ja_JP.UTF-8", LANG="tr_TR.UTF-8")
    second = run(program, csv_path, os.path.join(folder, "second"), env=other)
    assert second.returncode == 0 and second.stdout == first.stdout
    files = files_in(os.path.join(folder, "first", "years"))
    assert files == files_in(os.path.join(folder, "second", "years")), "two runs gave different files"
    expected = Expected(csv_path)
    lines = check_ledger(files, expected)
    check_summary(first.stdout.decode(), expected, *check_proofs(files, lines))
    return expected, len(lines)


# --- histories made up here, and files that are none -----------------------------------------------------------------
def write_history(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write("at,contributor,files,added,deleted\n")
        for second, who in rows:
            file.write(datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") + f",{who},1,2,0\n")


def check_made_up(program, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "exact.csv")
    start = lambda year, month: start_of(year * 12 + month - 1)
    # The first row opens its month exactly, so that the month counts; December is followed by one row, at its very end.
    write_history(path, [(start(2019, 10), "mori"), (start(2019, 10) + 5, "abe"), (start(2019, 12) - 1, "sato"),
                         (start(2020, 1), "abe")])
    expected, _ = check_history(program, path, os.path.join(folder, "exact"))
    assert (name_of(expected.first), name_of(expected.last)) == ("2019-10", "2019-12")
    assert [month for month, _, _ in expected.quiet] == ["2019-12"]

    chance = random.Random(2004)
    rows = sorted((chance.randrange(start(2003, 11) + 1, start(2006, 3)), "p%02d" % min(chance.randrange(60), chance.randrange(60)))
                  for _ in range(400))
    rows = [row for row in rows if not start(2004, 2) <= row[0] < start(2004, 5)]
    path = os.path.join(folder, "random.csv")
    write_history(path, rows)
    expected, _ = check_history(program, path, os.path.join(folder, "random"))
    assert [month for month, _, _ in expected.quiet] == ["2004-02", "2004-03", "2004-04"]
    return path


def check_refusals(program, good_csv, folder):
    os.makedirs(folder, exist_ok=True)
    header, early, late = "at,contributor,files,added,deleted\n", "2020-01-02T00:00:00Z,abe,1,1,1\n", "2020-03-02T00:00:00Z,mori,1,1,1\n"
    cases = [  # content, error, place
        ("at,who\n2020-01-02T00:00:00Z,abe\n", "bad_csv", "row 1"),
        (header + early + "2020-03-02T00:00:00Z,mori\n", "bad_csv", "row 3"),
        (header + early + "2020-03-02 00:00:00,mori,1,1,1\n", "bad_time", "row 3, column at"),
        (header + early + "2021-02-29T00:00:00Z,mori,1,1,1\n", "bad_time", "row 3, column at"),
        (header + "1970-01-02T00:00:00Z,abe,1,1,1\n" + late, "bad_time", "row 2, column at"),
        (header + late + early, "bad_csv", "row 3, column at"),
        (header + early + "2020-03-02T00:00:00Z,Mori,1,1,1\n", "bad_id", "row 3, column contributor"),
        (header + early + "2020-03-02T00:00:00Z,%s,1,1,1\n" % ("m" * 64), "bad_id", "row 3, column contributor"),
        (header, "bad_csv", ""), ("", "bad_csv", ""),
        (header + early, "bad_csv", ""),  # no full month
        (header + early + "\"", "bad_csv", "row 3"),
    ]
    path = os.path.join(folder, "bad.csv")
    for content, code, place in cases:
        with open(path, "w", newline="", encoding="utf-8") as file:
            file.write(content)
        done = run(program, path, folder)
        words = done.stderr.decode()
        assert done.returncode == 10 and done.stdout == b"", (content, done)
        assert words.startswith(f"mikoshi: error[{code}]: ") and words.count("\n") == 1 and words.endswith(place + "\n"), words
        assert sorted(os.listdir(folder)) == ["bad.csv"], "something was left behind"

    full = os.path.join(folder, "full")
    os.makedirs(full)
    with open(os.path.join(full, "kept"), "w") as file:
        file.write("mine")
    done = run(program, good_csv, folder, "full")
    assert done.returncode == 42 and done.stderr.startswith(b"mikoshi: error[exists]: "), done
    assert files_in(full) == {"kept": b"mine"}
    os.makedirs(os.path.join(folder, "empty"))
    assert run(program, good_csv, folder, "empty/").returncode == 0
    assert run(program, good_csv, folder, "no/such/place").returncode == 42
    assert run(program, os.path.join(folder, "none.csv"), folder, "x").returncode == 42
    assert subprocess.run([program], capture_output=True).returncode == 2


def main():
    program, csv_path, folder = (os.path.abspath(argument) for argument in sys.argv[1:4])
    folder = os.path.join(folder, "run-%d" % os.getpid())
    good_csv = check_made_up(program, os.path.join(folder, "made-up"))
    check_refusals(program, good_csv, os.path.join(folder, "refused"))
    if not os.path.exists(csv_path):
        shutil.rmtree(folder)
        print("SKIPPED:", csv_path, "is absent")
        return 77
    expected, lines = check_history(program, csv_path, os.path.join(folder, "real"))
    assert (name_of(expected.first), name_of(expected.last)) == ("2013-01", "2026-07")
    assert [month for month, _, _ in expected.quiet] == ["2013-06", "2013-07"]
    assert len(expected.rows) == 7776 and len(expected.joined) == 643
    shutil.rmtree(folder)  # kept only where something failed
    print(f"{lines:,} lines, {len(expected.outcomes)} distributions, {len(expected.joined)} members: computed again, same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
