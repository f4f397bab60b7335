# SPDX-License-Identifier: MIT
"""What the checks from outside share: running a program in their folder, and keeping what is wrong until the end."""
import subprocess

failures = []


def check(what, good, shown=""):
    if not good:
        failures.append("%s: %s" % (what, shown))


def runner(work):
    """A function that runs a program in `work` and gives what it prints; a failing program ends the check."""
    def run(*arguments, **more):
        return subprocess.run(arguments, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, timeout=600, check=True, **more).stdout.decode()
    return run
