#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What `mikoshi simulate` says, checked from outside. Arguments: the tool, the fixtures' folder, the program
open_source_years, its CSV, a folder to work in.

On a small salon and, where the CSV is there, on fourteen years of an open-source project: under the charter `now` every month
has exactly the numbers that the ledger's approved drafts have; members, accounts and what is undivided add up to the income;
Gini and top shares are those of the printed amounts, computed here with Python's fractions; the drift is below a unit for each pool on the way.
The drawings are well-formed XML without scripts and outside addresses, with a title, a description and a curve for each charter.
"""
import json, os, shutil, sys, time
import xml.etree.ElementTree as tree
from fractions import Fraction

import outside
from outside import check, failures

tool, fixtures, years, csv, work = (os.path.abspath(a) for a in sys.argv[1:6])
run = outside.runner(work)


def approved(folder):
    """Month and numbers of every approved draft, in order, from the ledger's lines alone."""
    drafts, found = {}, []
    with open(os.path.join(folder, "ledger.jsonl"), encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["kind"] == "draft":
                drafts[line["id"]] = line
            if line["kind"] == "approve":
                draft = drafts[line["draft"]]
                found.append(dict(draft["outcome"], period=draft["period"]))
    return found


def fraction(value):
    return Fraction(int(value["numerator"]), int(value["denominator"]))


def check_simulation(folder, what):
    said = json.loads(run(tool, "simulate", folder, "--charter", "now", "--charter", "equal", "--json"))
    check(what + ": now is what was", said["charters"][0]["months"] == approved(os.path.join(work, folder)))
    for i, charter in enumerate(said["charters"]):
        paid = [int(row["paid"][i]) for row in said["members"]]
        check(what + ": members", sum(paid) == int(charter["members"]), charter["name"])
        together = sum(paid) + sum(map(int, charter["accounts"].values())) + int(charter["undivided_after"])
        check(what + ": all of it", together == int(said["in"]) + int(charter["undivided_before"]), charter["name"])
        for row in said["members"]:
            check(what + ": differences", int(row["difference"][i]) == int(row["paid"][i]) - int(row["paid"][0]), row)
        n, total, ordered = len(paid), sum(paid), sorted(paid)
        check(what + ": Gini", fraction(charter["gini"]) == Fraction(sum((2 * k + 1 - n) * x for k, x in enumerate(ordered)), n * total))
        for percent in (1, 10):
            share = charter["top_%d_percent" % percent]
            check(what + ": top", share["members"] == -(-n * percent // 100) and
                  fraction(share) == Fraction(sum(ordered[n - share["members"]:]), total), percent)
        check(what + ": drift", 0 <= fraction(charter["largest_drift"]) < 4, charter["name"])
    return said


def check_drawing(path, curves):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    svg = "{http://www.w3.org/2000/svg}"
    root = tree.fromstring(text)
    check(path + " is a drawing", root.tag == svg + "svg")
    check(path + " says what it is", root[0].tag == svg + "title" and root[1].tag == svg + "desc" and root[0].text and root[1].text)
    check(path + " has nothing that runs or is fetched", not any(w in text for w in ("<script", "href", "url(", "onload", "<style", "@import")))
    check(path + " has its curves", len(root.findall(svg + "polyline")) == curves, len(root.findall(svg + "polyline")))
    bars = [r for r in root.findall(svg + "rect") if r.get("fill", "").startswith("#") and r.get("fill") != "#ffffff"]
    check(path + " has at most 30 bars", len(bars) <= 30 + 7, len(bars))
    for element in root.iter():
        for name in ("x", "y", "width", "height", "x1", "x2", "y1", "y2"):
            if element.get(name) is not None:
                check(path + " stays on the sheet", 0 <= float(element.get(name)) <= 2000, (element.tag, name, element.get(name)))


shutil.rmtree(work, ignore_errors=True)
os.makedirs(os.path.join(work, "bin"))
os.symlink(tool, os.path.join(work, "bin", "mikoshi"))
run("/bin/sh", os.path.join(fixtures, "salon.sh"), "closed",
    env={"PATH": os.path.join(work, "bin") + ":/usr/bin:/bin", "HOME": work, "LC_ALL": "C", "FIXTURES": fixtures})
check_simulation("asagao", "salon")
with open(os.path.join(work, "a&b<c>\"d.json"), "w", encoding="utf-8") as file:
    file.write('{"root":{"to":"pool:reserve"}}')
run(tool, "simulate", "asagao", "--charter", "now", "--charter", "equal", "--charter", "a&b<c>\"d.json", "--svg", "drawn")
check_drawing(os.path.join(work, "drawn", "lorenz.svg"), 2)  # the third pays no member
check_drawing(os.path.join(work, "drawn", "changes.svg"), 0)
run(tool, "simulate", "asagao", "--charter", "now", "--svg", "alone")
check_drawing(os.path.join(work, "alone", "changes.svg"), 0)

if os.path.exists(csv):
    run(years, csv, "years")
    start = time.monotonic()
    said = check_simulation("years", "years")
    print("%d members, %d months: %.1f s for two charters" % (len(said["members"]), len(said["charters"][0]["months"]), time.monotonic() - start))
    run(tool, "simulate", "years", "--charter", "now", "--charter", "equal", "--charter", "salon", "--svg", "years-drawn", "--lang", "ja")
    check_drawing(os.path.join(work, "years-drawn", "lorenz.svg"), 3)
    check_drawing(os.path.join(work, "years-drawn", "changes.svg"), 0)
    late = json.loads(run(tool, "simulate", "years", "--charter", "now", "--charter", "equal", "--from", "2015-01", "--to", "2019-12", "--json"))
    check("years: five of them", [m["period"] for m in late["charters"][1]["months"]] ==
          ["%d-%02d" % (y, m) for y in range(2015, 2020) for m in range(1, 13)])
    check("years: a charter is recorded in time for the month it governs", late["charters"][1]["undivided_before"] == "0")
else:
    print("the years are not there: the salon alone was checked")
shutil.rmtree(work, ignore_errors=True)
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
