# SPDX-License-Identifier: MIT
"""Packages that tests bring from npm's registry. A test that cannot have them is skipped, with the reason."""
import os, re, shutil, subprocess


class Skipped(Exception):
    pass


def need_all():
    """What takes minutes, or a browser, or a chain, runs when all is asked for."""
    if "MIKOSHI_ALL" not in os.environ:
        raise Skipped("./tests/run --all runs it")


def install(of, to, what):
    """Copies a folder's own files, and installs what its package-lock.json pins beside them, once for each change of the list."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Skipped("there is no " + program)
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(of):
        if os.path.isfile(os.path.join(of, name)):
            shutil.copy(os.path.join(of, name), to)
    pinned = b"".join(open(os.path.join(of, name), "rb").read() for name in ("package.json", "package-lock.json"))
    stamp = os.path.join(to, "installed")
    if os.path.exists(stamp) and open(stamp, "rb").read() == pinned:
        return
    if os.path.exists(stamp):
        os.remove(stamp)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"], cwd=to,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        code = (re.findall(r"npm (?:ERR!|error) code (\w+)", done.stdout) or ["of no name"])[0]
        assert code not in ("EINTEGRITY", "EUSAGE", "EJSONPARSE"), done.stdout  # ours to put right
        raise Skipped("npm could not install %s, error %s" % (what, code))
    with open(stamp, "wb") as file:
        file.write(pinned)
