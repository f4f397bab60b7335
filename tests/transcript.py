#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a transcript against the tool and compares.

A transcript is a text of blocks: a line `$ command`, then what the terminal shows (standard output, then standard
error), then `[exit N]` where N is not 0. Lines that start with `#` outside a block are remarks. Each transcript runs by
/bin/sh in an empty folder of its own, with `mikoshi` on the PATH, $FIXTURES naming the third argument, and nothing else of
the caller's environment; `cd` lasts. MIKOSHI_REWRITE=1 writes the transcript anew: review the difference, do not type it.
"""
import difflib, os, re, subprocess, sys, tempfile


def parse(text):
    """[(command or None, block text)]: remarks have no command."""
    blocks, current = [], None
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            current = [line[2:].rstrip("\n"), ""]
            blocks.append(current)
        elif current is None or (line.startswith("#") and (current[0] is None or (current[1] == "\n" or current[1].endswith("\n\n")))):
            current = [None, line]
            blocks.append(current)
        else:
            current[1] += line
    return blocks


def run(tool, transcript, fixtures, more_env={}):
    expected = open(transcript, encoding="utf-8").read()
    actual = ""
    with tempfile.TemporaryDirectory() as folder:
        work = os.path.join(folder, "work")
        os.mkdir(work, 0o755)
        os.mkdir(os.path.join(folder, "bin"))
        os.symlink(tool, os.path.join(folder, "bin", "mikoshi"))
        env = {"PATH": os.path.join(folder, "bin") + ":/usr/bin:/bin", "FIXTURES": fixtures,
               "HOME": work, "LC_ALL": "C", "TZ": "UTC", "COLUMNS": "100", **more_env}
        for command, block in parse(expected):
            if command is None:
                actual += block
                continue
            if command.startswith("cd "):
                work = os.path.normpath(os.path.join(work, command[3:]))
                actual += "$ " + command + "\n" + ("\n" if block == "\n" else "")
                continue
            done = subprocess.run(["/bin/sh", "-c", command], cwd=work, env=env, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=120)
            shown = (done.stdout + done.stderr).decode("utf-8", "backslashreplace")
            if shown and not shown.endswith("\n"):
                shown += "\n"
            actual += "$ " + command + "\n" + shown
            if done.returncode != 0:
                actual += "[exit %d]\n" % done.returncode
            actual += "\n" if block == "\n" or block.endswith("\n\n") else ""
    if actual == expected:
        return 0
    if os.environ.get("MIKOSHI_REWRITE"):
        open(transcript, "w", encoding="utf-8").write(actual)
        print("rewritten:", transcript)
        return 0
    sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), actual.splitlines(True), "expected", "actual"))
    return 1


if __name__ == "__main__":
    sys.exit(run(os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3])))
