#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A key never signs two histories, whenever the machine stops. Arguments: the tool, the fixtures' folder, the program kill_at.

A salon's folder is copied, and the copy gets another income: two histories, one key. Every command that signs is killed at each of
its system calls that changes a file. Whatever is then on the disk, a signature is there only if the key's record (KEYFILE.signed)
holds it; signing the other history is refused once the record does, and signs nothing of the first one if it is not; going on where
the kill was gives what would have been there without it. At last eight processes sign both at once, and one history wins.
"""
import json, os, re, shutil, subprocess, sys, tempfile

from outside import check, failures

tool, fixtures, kill_at = (os.path.abspath(a) for a in sys.argv[1:4])


def path(*names):
    return os.path.join(work, *names)


def start(*command):
    """A process that finds the demo keys' password at descriptor 3."""
    return subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$@" 3< pw', *command], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*command):
    child = start(*command)
    out, err = child.communicate(timeout=300)
    return child.returncode, out, err


def must(*command):
    code, out, err = run(*command)
    if code != 0:
        sys.exit("%s: %s" % (" ".join(command), err))
    return out


def error_of(err):
    found = re.search(r"error\[(\w+)\]", err)
    return found.group(1) if found else ""


def copy(source, target):
    shutil.rmtree(path(target), ignore_errors=True)
    shutil.copytree(path(source), path(target))


def forget():
    """The key as if it had signed nothing beyond what it had when the histories parted."""
    for name in os.listdir(work):
        if name.startswith("mori.key."):
            os.remove(path(name))
    if os.path.exists(path("parted.signed")):
        shutil.copy2(path("parted.signed"), path("mori.key.signed"))


def recorded():
    """The size that the key's record holds, or 0."""
    if not os.path.exists(path("mori.key.signed")):
        return 0
    with open(path("mori.key.signed")) as file:
        return [entry["size"] for name, entry in json.load(file).items() if name != "sha256"][0]  # always a whole file


def signed(folder):
    """Sizes of the snapshots there that carry a signature by mori, in files that a kill left half done, too."""
    sizes = set()
    for name in os.listdir(path(folder, "snapshots")):
        with open(path(folder, "snapshots", name)) as file:
            if "\u2014 mori " in file.read():
                sizes.add(int(name.split(".")[0]))
    return sizes


def files(folder):
    """Every file there, but what a killed writer leaves beside its place."""
    found = {}
    for place, _, names in os.walk(path(folder)):
        for name in names:
            if ".new-" in name:
                continue
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.relpath(os.path.join(place, name), path(folder))] = file.read()
    return found


approve = lambda folder: ("--dir", folder, "approve", "2024-04", "--key", "mori.key", "--password-fd", "3", "--at", "2024-05-01T00:00:00Z")
sign = lambda folder: ("--dir", folder, "sign", "--key", "mori.key", "--password-fd", "3", "--at", "2024-05-01T00:00:00Z")


def kill_everywhere(what, command, folder, other, go_on):
    """Kills `command` on `folder`, at every call; `other` is a folder of the other history, ready for the same command."""
    forget()
    copy(folder, "whole")
    must(tool, *command("whole"))
    whole, size = files("whole"), recorded()
    kills, kept = 0, set()
    while True:
        forget()
        copy(folder, "one")
        copy(other, "two")
        code, out, err = run(kill_at, str(kills + 1), tool, *command("one"))
        if code == 77:
            print("no process may be traced here: kills are skipped")
            return
        if code == 0:
            break
        check("%s: killed at call %d" % (what, kills + 1), code == 137, err)
        kills += 1
        where = "%s killed at call %d" % (what, kills)
        check(where + " has said nothing that is not so", out == "" or size in signed("one"), out)
        done, record = size in signed("one"), recorded() == size
        kept.add((done, record))
        check(where + ": no signature without its record", record or not done)
        # The other history.
        code, out, err = run(tool, *command("two"))
        if record:
            check(where + ": the other history is refused", (code, error_of(err)) == (22, "equivocation"), (code, err))
            check(where + ": and not signed", size not in signed("two"))
        else:
            check(where + ": the other history may be signed", code == 0 and recorded() != 0, err)
            for again in (command, go_on):
                code, out, err = run(tool, *again("one"))
                check(where + ": then this one is refused", (code, error_of(err)) in ((21, "rollback"), (22, "equivocation"), (32, "conflict")), (code, err))
            check(where + ": and not signed", size not in signed("one"))
            forget()
        code, out, err = run(tool, *command("one"))  # where it stopped
        if code != 0:
            check(where + ": it is half done, and says so", error_of(err) == "conflict", err)
            must(tool, *go_on("one"))
        check(where + ": going on gives the same folder", files("one") == whole, sorted(set(files("one").items()) ^ set(whole.items()))[:3])
    check(what + ": before and after were seen", {(False, False), (False, True)} <= kept, kept)
    print("%s: killed at %d system calls" % (what, kills))


def at_once(command, one, other):
    """Eight processes, each with its own copy of one of the histories, and one key."""
    won = set()
    for turn in range(6):
        forget()
        for number in range(8):
            copy(one if number % 2 else other, "at%d" % number)
        order = range(8) if turn % 2 else range(7, -1, -1)
        children = [(number, start(tool, *command("at%d" % number))) for number in order]
        for number, child in children:
            out, err = child.communicate(timeout=300)
            check("one of eight", child.returncode == 0 or error_of(err) == "equivocation", err)
        size = recorded()
        sides = {number % 2 for number in range(8) if size in signed("at%d" % number)}
        check("one history wins", len(sides) == 1, sides)
        won |= sides
    print("at once: won by " + " and ".join(sorted("one" if side else "the other" for side in won)))


def part():
    """Two histories of April, drafted; and the same two approved, without a signature."""
    must("/bin/sh", "-ec", "sh $FIXTURES/salon.sh closed")
    os.rename(path("asagao"), path("common"))
    shutil.copy2(path("mori.key.signed"), path("parted.signed"))
    for name, amount in (("here", "2000"), ("there", "3000")):
        copy("common", name)
        must(tool, "--dir", name, "income", amount, "--period", "2024-04", "--id", "shop-04", "--at", "2024-04-20T00:00:00Z")
        must(tool, "--dir", name, "draft", "2024-04", "--at", "2024-05-01T00:00:00Z")
        copy(name, name + "-approved")
        must(tool, "--dir", name + "-approved", "approve", "2024-04", "--unsigned", "--at", "2024-05-01T00:00:00Z")


with tempfile.TemporaryDirectory() as folder:
    work = os.path.join(folder, "work")
    os.mkdir(work)
    os.mkdir(os.path.join(folder, "bin"))
    os.symlink(tool, os.path.join(folder, "bin", "mikoshi"))
    with open(path("pw"), "w") as file:
        file.write("demo\n")
    environment = {"PATH": os.path.join(folder, "bin") + ":/usr/bin:/bin", "FIXTURES": fixtures, "HOME": work, "LC_ALL": "C", "TZ": "UTC",
                   "ASAN_OPTIONS": "detect_leaks=0"}  # the leak sanitizer does not work where a process is traced
    part()
    kill_everywhere("approve", approve, "here", "there", sign)
    kill_everywhere("sign", sign, "here-approved", "there-approved", sign)
    at_once(sign, "here-approved", "there-approved")
    at_once(approve, "here", "there")
sys.exit("\n".join(failures) if failures else 0)
