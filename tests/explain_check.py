#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `mikoshi explain --json` says, added up from outside. Arguments: the tool, the fixtures' folder, the program
open_source_years, its CSV, a folder to work in.

For every member, and every purse, in every month: at each step in + kept before = paid + what else sends on + kept after; each
step is entered by what the one above sent; a share that is carried is floor((divided × 2^64 + dust) × weight / weight_sum) with the
fraction before, to the last 2^-64; a line is the last step. All payees' lines together are what the approved draft says. A
certificate's ideal is the product of the ratios down each line's steps, summed here with Python's fractions; what it says
was paid is the sum of the lines, and the farthest member is the one whom `mikoshi simulate` names, by the same ratio.
"""
import json, os, shutil, sys, time
from fractions import Fraction

import outside
from outside import check, failures

tool, fixtures, years, csv, work = (os.path.abspath(a) for a in sys.argv[1:6])
unit, grace = 1 << 64, 1 << 32
run = outside.runner(work)


def lines_of(folder):
    with open(os.path.join(work, folder, "ledger.jsonl"), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def approved(folder):
    drafts, found = {}, {}
    for line in lines_of(folder):
        if line["kind"] == "draft":
            drafts[line["id"]] = line
        if line["kind"] == "approve":
            found[drafts[line["draft"]]["period"]] = drafts[line["draft"]]["outcome"]
    return found


def fraction(value):
    return Fraction(int(value["numerator"]), int(value["denominator"]))


def n(step, key):
    return int(step[key])


def add_up(what, line, income):
    """The line's ideal, after its numbers were checked."""
    entered, ideal = income, Fraction(income)
    for step in line["steps"]:
        check(what + " enters", n(step, "in") == entered, step)
        check(what + " adds up", n(step, "in") + n(step, "kept_before") == n(step, "paid") + n(step, "else") + n(step, "kept_after"), step)
        if "weight" in step and n(step, "weight"):
            weight, all_weights, divided = n(step, "weight"), n(step, "weight_sum"), n(step, "divided")
            if step["rule"] == "carry" and not step["closed"] and not step["bounded"]:
                part = (divided * unit + n(step, "dust_before")) * weight // all_weights if divided else 0
                check(what + " carries", part + n(step, "carried_before") == n(step, "pay") * unit + n(step, "carried_after"), step)
            if step["rule"] == "floor":
                check(what + " rounds down", n(step, "pay") == divided * weight // all_weights, step)
        if step["kind"] == "to" or step["passed_on"] and step["to"] == "else":
            pass
        elif step["passed_on"]:  # a pool that ends pays out what it kept
            ideal = Fraction(0)
        elif step["kind"] == "recoup" and "weight" in step:
            ideal = Fraction(n(step, "divided") * n(step, "weight"), n(step, "weight_sum"))
        elif step["kind"] in ("split", "among") and "weight" in step and not step["bounded"]:
            ideal = ideal * Fraction(n(step, "weight"), n(step, "weight_sum")) if n(step, "divided") and n(step, "weight") else Fraction(0)
        else:
            ideal = Fraction(n(step, "pay"))
        entered = n(step, "pay")
    check(what + " is the last step", line["pay"] == line["steps"][-1]["pay"] and line["path"] == line["steps"][-1]["path"], line)
    return ideal


def check_folder(folder, limit=None):
    outcomes = approved(folder)
    sums = {period: 0 for period in outcomes}
    ledger = lines_of(folder)
    members = sorted({line["member"] for line in ledger if line["kind"] == "member.join"})
    text = json.dumps([line["rules"] for line in ledger if line["kind"] == "charter"])
    purses = sorted({word for word in text.replace('"', " ").split() if word.startswith("pool:")})
    complete = limit is None or len(members) <= limit
    said = json.loads(run(tool, "simulate", folder, "--charter", "now", "--json"))["charters"][0]["largest_drift"]
    asked = members if complete else sorted(set(members[::len(members) // limit] + [said["member"]]))
    farthest = Fraction(0)
    for payee in asked + purses:
        answer = json.loads(run(tool, "--dir", folder, "explain", payee, "--json"))
        paid, ideal = 0, Fraction(0)
        for month in answer["months"]:
            what = "%s %s %s" % (folder, payee, month["period"])
            check(what + " is approved", month["approved"] and month["period"] in outcomes)
            for line in month["stages"]:
                ideal += add_up(what, line, int(outcomes[month["period"]]["in"]))
            own = sum(int(line["pay"]) for line in month["stages"])
            check(what + " is paid", own == int(month["paid"]))
            sums[month["period"]] += own
            paid += own
        if payee in purses:
            check(payee + " has no certificate", "certificate" not in answer)
            continue
        certificate = answer["certificate"]
        check(payee + "'s ideal", fraction(certificate["ideal"]) == ideal, (certificate, ideal))
        check(payee + " was paid", int(certificate["paid"]) == paid)
        drift = fraction(certificate["drift"])
        check(payee + "'s drift", drift == abs(paid - ideal) and certificate["behind"] == (paid < ideal))
        kept = {line["pool"]: int(line["carried_after"]) for month in answer["months"] for line in month["stages"]}
        for pool, value in certificate["fractions"].items():
            check(payee + " has kept in " + pool, fraction(value) == Fraction(kept.get(pool, grace) - grace, unit), (value, kept))
        farthest = max(farthest, drift)
    if complete:
        check(folder + ": all lines are what was distributed", sums == {p: int(o["distributed"]) for p, o in outcomes.items()})
    check(folder + ": the farthest is known to simulate", farthest == fraction(said), (farthest, said))


def by_steward(*arguments):
    """A command of the steward's, with the demo password."""
    with open(os.path.join(work, "pw"), "rb") as pw:
        os.dup2(pw.fileno(), 9)
        return run(*arguments, "--password-fd", "9", pass_fds=(9,))


shutil.rmtree(work, ignore_errors=True)
os.makedirs(os.path.join(work, "bin"))
os.symlink(tool, os.path.join(work, "bin", "mikoshi"))
run("/bin/sh", os.path.join(fixtures, "salon.sh"),
    env={"PATH": os.path.join(work, "bin") + ":/usr/bin:/bin", "HOME": work, "LC_ALL": "C", "FIXTURES": fixtures})
# Every sort of node, and a pool that ends. Everything below the limits counts in whole units.
nested = {"pool": "start", "threshold": "700", "then": {"to": "pool:rent"}, "rest": {
    "pool": "seed", "recoup": [["100", {"to": "pool:backer"}], ["51", {"pool": "backers", "among": "equal", "else": {"to": "pool:reserve"}}]], "rest": {
        "pool": "gain", "split": [
            [2, {"pool": "mix", "rule": "floor", "rest": "pool:left", "split": [
                [1, {"pool": "work", "among": "contributions", "else": {"pool": "idle", "among": "equal", "rule": "hamilton", "else": {"to": "pool:reserve"}}}],
                [2, {"pool": "seats", "among": "ticket-seconds", "cap": "100", "else": {"to": "pool:reserve"}}]]}],
            [5, {"pool": "vest", "hold": 2, "then": {"pool": "costs", "take": "60", "then": {"to": "pool:later"}, "rest": {
                "pool": "even", "among": "equal", "rule": "sainte-lague", "else": {"to": "pool:reserve"}}}}]]}}}
event = {"from": "2024-04", "id": "v2", "kind": "charter", "rules": {"root": nested}}
last = {"from": "2024-09", "id": "v3", "kind": "charter", "rules": {"root": {"among": "equal", "rule": "sainte-lague", "else": {"to": "pool:reserve"}, "pool": "even"}}}
for name, content in (("v2", event), ("v3", last)):
    with open(os.path.join(work, name), "w", encoding="utf-8") as file:
        file.write(json.dumps(content) + "\n")
    run(tool, "--dir", "asagao", "append", os.path.join(work, name), "--at", "2024-03-22T00:00:00Z")
for month in range(3, 10):
    period, after = "2024-%02d" % month, "2024-%02d-01T00:00:00Z" % (month + 1)
    inside = "2024-%02d-25T00:00:00Z" % month
    if month not in (3, 7):
        run(tool, "--dir", "asagao", "income", str(401 + 97 * month), "--period", period, "--at", inside)
    if month in (4, 6, 8):
        run(tool, "--dir", "asagao", "record", "m001", "2", "--confirmed", "m002", "--period", period, "--at", inside)
        run(tool, "--dir", "asagao", "record", "m002", "1", "--confirmed", "m001", "--period", period, "--at", inside)
    run(tool, "--dir", "asagao", "draft", period, "--at", after)
    by_steward(tool, "--dir", "asagao", "approve", period, "--key", "mori.key", "--at", after)
check_folder("asagao")

if os.path.exists(csv):
    run(years, csv, "years")
    start = time.monotonic()
    check_folder("years", 8)
    print("fourteen years: %.1f s" % (time.monotonic() - start))
else:
    print("the years are not there: the salon alone was checked")
shutil.rmtree(work, ignore_errors=True)
for failure in failures[:40]:
    print(failure)
sys.exit(1 if failures else 0)
