#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Publishing and auditing from outside. Arguments: the tool, the fixtures' folder, the program kill_at.

A salon of three months and some 900 lines is published month by month, and all at once: the same folder, which the second reader
(published_reader.py) reads, too. Every published file is then altered, emptied, taken away and swapped, and both the audit and
the reader refuse. At last `publish` is killed at each of its system calls: whatever is there then passes the audit, and
publishing again gives the same folder.
"""
import json, os, pty, re, shutil, subprocess, sys, tempfile

import published_reader

tool, fixtures, kill_at = (os.path.abspath(a) for a in sys.argv[1:4])
failures = []


def check(what, good, shown=""):
    if not good:
        failures.append("%s: %s" % (what, shown))
        print("FAILED", what, shown, flush=True)


def run(*command, **more):
    done = subprocess.run(command, cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def mikoshi(*arguments):
    return run(tool, *arguments)


def must(*arguments):
    code, out, err = mikoshi(*arguments)
    if code != 0:
        sys.exit("%s: %s" % (" ".join(arguments), err))
    return out


def shell(script):
    code, out, err = run("/bin/sh", "-ec", script)
    if code != 0:
        sys.exit(script + "\n" + out + err)


def close_month(month, after, members):
    """A month with new members and income, drafted, approved and signed by two."""
    first, over = month + "-05T00:00:00Z", after + "-01T00:00:00Z"
    shell("""cd asagao
        mikoshi member join --count %d --at %s
        mikoshi income 2000 --period %s --id shop-%s --at %s
        mikoshi draft %s --at %s
        mikoshi approve %s --key ../mori.key --password-fd 3 --at %s 3< ../pw
        mikoshi sign --key ../abe.key --password-fd 3 3< ../pw""" % (members, first, month, month, first, month, over, month, over))


def files(folder):
    """Every file by name; what a killed writer leaves beside its place, too."""
    found = {}
    for path, _, names in os.walk(os.path.join(work, folder)):
        for name in names:
            full = os.path.join(path, name)
            found[os.path.relpath(full, os.path.join(work, folder))] = open(full, "rb").read()
    return found


def read(folder):
    """What the second reader says; empty: nothing against it."""
    try:
        published_reader.check(os.path.join(work, folder))
        return ""
    except published_reader.Refused as why:
        return str(why)


def code_of(err):
    found = re.search(r"error\[(\w+)\]", err)
    return found.group(1) if found else ""


def publish_months():
    """The salon grows; after each month it is published into `grown`, and its store is kept for the kills."""
    shell("sh $FIXTURES/salon.sh closed")
    for month, after, members in (("2024-03", "2024-04", 0), ("2024-04", "2024-05", 300), ("2024-05", "2024-06", 550)):
        if members:
            close_month(month, after, members)
        before = files("grown") if members else {}
        must("publish", "grown", "--dir", "asagao", "--page", fixtures + "/sales.csv")
        now = files("grown")
        for name, content in before.items():
            if name.startswith("tile/"):
                check("a tile stays as it is", now.get(name) == content, name)
        check("the second reader reads " + month, read("grown") == "", read("grown"))
        check("the audit passes " + month, mikoshi("audit", "grown")[0] == 0, mikoshi("audit", "grown")[2])
        shutil.copytree(os.path.join(work, "asagao"), os.path.join(work, "store-" + month))
        shutil.copytree(os.path.join(work, "grown"), os.path.join(work, "grown-" + month))
    must("publish", "whole", "--dir", "asagao", "--page", fixtures + "/sales.csv")
    check("month by month and at once is the same", files("grown") == files("whole"),
          sorted(set(files("grown").items()) ^ set(files("whole").items()))[:3])
    again = json.loads(must("publish", "whole", "--dir", "asagao", "--page", fixtures + "/sales.csv", "--json"))
    check("publishing again writes the ledger alone", again["files_written"] == 1, again)
    check("a page that is there stays", "index.html" in files("whole"))
    names = sorted(files("whole"))
    check("full tiles, partial tiles and bundles are there",
          {"tile/0/000", "tile/0/002", "tile/1/000.p/3", "tile/entries/000", "tile/0/000.p/23", "checkpoint"} <= set(names), names)
    check("nothing private is there", not any("private" in name or name == "head" for name in names), names)
    status, out, _ = run(sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "published_reader.py"), "whole")
    check("the reader is a program", status == 0 and out.endswith(" lines, 3 snapshots\n"), out)


def refused(what, expected):
    """Both refuse what is in `altered`; the audit with one of the codes."""
    status, out, err = mikoshi("audit", "altered")
    check("the audit refuses " + what, status in (10, 20, 21) and out == "" and code_of(err) in expected, (status, code_of(err), err))
    check("the reader refuses " + what, read("altered") != "")


def alter(name, content):
    shutil.rmtree(os.path.join(work, "altered"), ignore_errors=True)
    shutil.copytree(os.path.join(work, "grown"), os.path.join(work, "altered"))
    path = os.path.join(work, "altered", name)
    if content is None:
        os.remove(path)
    else:
        with open(path, "wb") as file:
            file.write(content)


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1:]


def alter_every_file():
    whole = files("grown")
    for name, content in sorted(whole.items()):
        if name in ("README.txt", "index.html"):
            continue  # prose and a page: nobody signs them
        note = name.endswith(".note") or name == "checkpoint"
        alter(name, flipped(content, content.index(b"\n", content.index(b"\n") + 1) + 9 if note else len(content) // 2))
        if name == "ledger.jsonl":  # whatever the line says then, or does not
            check("the audit refuses another line", mikoshi("audit", "altered")[0] in (10, 20, 30, 31, 32))
            check("the reader refuses another line", read("altered") != "")
        else:
            refused("a flipped bit in " + name, {"bad_note", "root_mismatch", "trailing_bytes", "truncated"})
        if note:
            alter(name, flipped(content, len(content) - 20))
            check("the audit checks the signatures of " + name, code_of(mikoshi("audit", "altered")[2]) in ("bad_signature", "bad_base64"))
        alter(name, content[:-1])
        refused("a byte less in " + name, {"truncated", "bad_note"})
        if name.startswith("snapshots/"):
            continue  # a snapshot that is not there is nobody's word against the others
        alter(name, None)
        superseded = re.fullmatch(r"tile/(0|entries)/000\.p/\d+|tile/(0|entries)/001\.p/\d+", name)
        if superseded:  # the full tile is there instead: C2SP lets a log do that
            check("without %s the audit passes" % name, mikoshi("audit", "altered")[0] == 0, mikoshi("audit", "altered")[2])
        elif name == "ledger.jsonl":
            check("the bundles hold the lines, too", mikoshi("audit", "altered")[0] == 0, mikoshi("audit", "altered")[2])
        elif name == "checkpoint":
            check("without a checkpoint there is nothing to audit", mikoshi("audit", "altered")[0] == 42)
        else:
            refused("the missing " + name, {"ledger_too_short"})
    for one, other in (("tile/0/000", "tile/0/001"), ("tile/entries/000", "tile/entries/001")):
        alter(one, whole[other])
        with open(os.path.join(work, "altered", other), "wb") as file:
            file.write(whole[one])
        refused("%s and %s, swapped" % (one, other), {"root_mismatch"})
    alter("checkpoint", files("grown-2024-03")["checkpoint"])
    refused("an older checkpoint", {"rollback"})
    alter("checkpoint", whole["checkpoint"])
    shutil.rmtree(os.path.join(work, "altered/tile"))
    check("ledger.jsonl suffices", mikoshi("audit", "altered")[0] == 0, mikoshi("audit", "altered")[2])
    os.remove(os.path.join(work, "altered/ledger.jsonl"))
    check("nothing does not", code_of(mikoshi("audit", "altered")[2]) == "no_such_store")
    alter("ledger.jsonl", whole["ledger.jsonl"] + whole["ledger.jsonl"].splitlines(True)[-1])
    check("a line after the checkpoint has to be allowed", code_of(mikoshi("audit", "altered")[2]) == "chain_broken")


def resume():
    must("audit", "grown-2024-04", "--remember", "seen")
    kept = json.load(open(os.path.join(work, "seen")))
    found = json.loads(must("audit", "grown", "--remember", "seen", "--json"))
    whole = json.loads(must("audit", "grown", "--json"))
    check("the audit resumed", found["resumed_after"] == kept["size"] and found["tiles"] < whole["tiles"], (found, whole))
    check("what it found is the same", {k: v for k, v in found.items() if k not in ("resumed_after", "tiles")} ==
          {k: v for k, v in whole.items() if k != "tiles"}, found)
    now = json.load(open(os.path.join(work, "seen")))
    check("it remembers the newer state", now["size"] == found["size"] > kept["size"] and now["members"] == found["members"], now)
    status, _, err = mikoshi("audit", "grown-2024-04", "--remember", "seen")
    check("an older folder is refused then", (status, code_of(err)) == (21, "rollback"), err)
    check("and nothing is remembered of it", json.load(open(os.path.join(work, "seen"))) == now)
    # What is below and skipped is not believed either: the lines are read all the same.
    alter("tile/0/000", b"\0" * 8192)
    status, _, err = mikoshi("audit", "altered", "--remember", "seen")
    check("tiles below are not looked at again", status == 0, err)
    alter("ledger.jsonl", files("grown")["ledger.jsonl"].replace(b'"points":3', b'"points":4'))
    status, _, err = mikoshi("audit", "altered", "--remember", "seen")
    check("lines below are", status == 20, err)


def terminal_asks():
    """What a person at a terminal is asked, and that the answer decides."""
    for answer, folder, status in (("yes", "asked", 0), ("no", "not-asked", 2)):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(work)
            os.execve(tool, [tool, "publish", folder, "--dir", "asagao", "--public"], environment)
        shown = b""
        while b"Type yes: " not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, answer.encode() + b"\n")
        try:
            while os.read(terminal, 4096):
                pass
        except OSError:
            pass
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        check("the answer %s decides" % answer, ended == status and os.path.exists(os.path.join(work, folder)) == (status == 0), ended)
        check("it was said before what is seen", b"m001, m002" in shown and b"income" in shown, shown[-400:])


def kill_everywhere(first, store, before):
    """Kills `publish` at each system call, into a copy of `before` (nothing, if empty)."""
    must("publish", first, "--dir", store)
    expected = files(first)
    checkpoints = {name: files(name)["checkpoint"] for name in (before, first) if name}
    kills, seen = 0, set()
    while True:
        shutil.rmtree(os.path.join(work, "killed"), ignore_errors=True)
        if before:
            shutil.copytree(os.path.join(work, before), os.path.join(work, "killed"))
        code, _, err = run(kill_at, str(kills + 1), tool, "publish", "killed", "--dir", store)
        if code == 77:
            print("no process may be traced here: kills are skipped")
            return
        if code == 0:
            break
        check("killed at call %d" % (kills + 1), code == 137, err)
        kills += 1
        now = files("killed") if os.path.exists(os.path.join(work, "killed")) else {}
        if "checkpoint" in now:
            seen.add([name for name, text in checkpoints.items() if text == now["checkpoint"]][0])
            status, _, err = mikoshi("audit", "killed")
            check("what a kill at call %d left passes the audit" % kills, status == 0, err)
        must("publish", "killed", "--dir", store)
        again = files("killed")
        check("after a kill at call %d publishing gives the same folder" % kills, again == expected, sorted(set(again) ^ set(expected)))
    check("the checkpoint was seen before and after", seen == set(checkpoints), seen)
    check("there were many calls to kill at", kills > 40, kills)
    if before:  # the control: had the checkpoint come first, the audit would have found it
        shutil.rmtree(os.path.join(work, "killed"))
        shutil.copytree(os.path.join(work, before), os.path.join(work, "killed"))
        with open(os.path.join(work, "killed/checkpoint"), "wb") as file:
            file.write(expected["checkpoint"])
        check("a checkpoint ahead of its files does not pass", code_of(mikoshi("audit", "killed")[2]) == "ledger_too_short")
    print("killed at %d system calls" % kills)


with tempfile.TemporaryDirectory() as folder:
    work = os.path.join(folder, "work")
    os.mkdir(work)
    os.mkdir(os.path.join(folder, "bin"))
    os.symlink(tool, os.path.join(folder, "bin", "mikoshi"))
    environment = {"PATH": os.path.join(folder, "bin") + ":/usr/bin:/bin", "FIXTURES": fixtures, "HOME": work, "LC_ALL": "C", "TZ": "UTC",
                   "ASAN_OPTIONS": "detect_leaks=0"}  # the leak sanitizer does not work where a process is traced
    publish_months()
    alter_every_file()
    resume()
    terminal_asks()
    kill_everywhere("fresh", "store-2024-03", "")
    shutil.copytree(os.path.join(work, "fresh"), os.path.join(work, "month"))
    kill_everywhere("month", "store-2024-04", "fresh")
sys.exit(1 if failures else 0)
