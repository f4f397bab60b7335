#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the ledgers of checker_test.py to files, with what the tool and the checker say of each, for page_test.mjs.

    ledgers.py TOOL FORMAT.md FOLDER [WORLDS]     WORLDS: how many random ledgers, 30 if it is not given

FOLDER/cases.jsonl has one case a line: {"file","size","last"?,"note","says","by"}: the ledger is the first `size` lines of
`file` and then the line `last`; `note` is a snapshot in base64, or absent; `says` is "right" or an error's name, `by` whom.
FOLDER/partners.jsonl has two communities a line: {"ledgers","notes","edges"?}, all in the order in which the tool was given
them; `edges` are what it says that they give each other, absent where it refuses them (payout_mismatch).
MIKOSHI_SEED sets the seed, as there.
"""
import base64, contextlib, io, json, os, sys, tempfile

sys.dont_write_bytecode = True
tool, document, folder = map(os.path.abspath, sys.argv[1:4])
worlds = int(sys.argv[4]) if len(sys.argv) > 4 else 30
sys.argv[1:] = [tool, document]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checker_test as ct

os.makedirs(folder, exist_ok=True)
cases = open(os.path.join(folder, "cases.jsonl"), "w", encoding="utf-8")
files, newest = 0, []  # how many were written; the lines of the last one


def write(lines, note, says, by):
    """Most ledgers are the beginning of the last one and a line of their own."""
    global files, newest
    if lines[:-1] != newest[:len(lines) - 1]:
        files, newest = files + 1, list(lines if says in ("right", "ledger_too_short", "quorum_not_met") else lines[:-1])
        with open(os.path.join(folder, "%d.jsonl" % files), "wb") as file:
            file.write(b"".join(line + b"\n" for line in newest))
    size = len(lines) if lines == newest[:len(lines)] else len(lines) - 1
    last = {} if size == len(lines) else {"last": lines[-1].decode("utf-8", "surrogateescape")}
    snapshot = {"note": base64.b64encode(note).decode()} if note else {}
    cases.write(json.dumps({"file": "%d.jsonl" % files, "size": size, **last, **snapshot, "says": says, "by": by}) + "\n")


ask_tool, ask_of_world = ct.tool_says, ct.World.ask_the_tool


def asked_tool(lines, note):
    says = ask_tool(lines, note)
    write(lines, note, says, "tool")
    return says


def asked_of_world(world, refusals):
    refused = list(world.refused)
    ask_of_world(world, refusals)
    for size, line, name in refused:
        write(world.lines[:size] + [line], None, name, "checker")


partners = open(os.path.join(folder, "partners.jsonl"), "w", encoding="utf-8")


def read_community(name):
    of = os.path.join(ct.work, name)
    newest = max(os.listdir(os.path.join(of, "snapshots")), key=lambda name: int(name.partition(".")[0]))
    return [open(os.path.join(of, *path), encoding="utf-8").read() for path in (("ledger.jsonl",), ("snapshots", newest))]


def asked_of_partners(*arguments, **more):
    done = ask(*arguments, **more)
    if arguments[0] == "verify" and "--partner" in arguments:
        ledgers, notes = zip(read_community(arguments[2]), read_community(arguments[4]))
        said = ask("--json", *arguments)
        edges = {"edges": json.loads(said.stdout)["partners"]} if said.returncode == 0 else {}
        assert edges or b"payout_mismatch" in said.stderr, said.stderr
        partners.write(json.dumps({"ledgers": ledgers, "notes": notes, **edges}) + "\n")
    return done


ask, ct.mikoshi = ct.mikoshi, asked_of_partners
ct.tool_says, ct.World.ask_the_tool = asked_tool, asked_of_world
with tempfile.TemporaryDirectory() as ct.work:
    with contextlib.redirect_stdout(io.StringIO()):
        ct.check_charters()
        ct.check_weight_limit()
        ct.check_segment_limit()
        ct.check_waiting_limit()
        ct.check_threshold_counts()
        ct.check_total_limit()
        ct.check_large_numbers()
        ct.check_bad_lines()
        ct.check_life_lines()
        ct.check_taken_ids()
        ct.check_two_communities()
        for number in range(worlds):
            world = ct.play_charters(10)
            world.ask_the_tool(3)
            if number % 3 == 1:
                ct.echo(world).ask_the_tool(12)
cases.close()
partners.close()
print("%d ledgers" % files)
