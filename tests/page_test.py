#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page for members (src/page) against the tool.

    page_test.py node TOOL FOLDER [WORLDS]     its modules, without a browser; WORLDS random ledgers (6, if not given)
    page_test.py browser TOOL FOLDER           the page as it is built, in Chromium

Both build the page below FOLDER, twice, and compare. Skipped, with the reason, where there is no node, npm or Chromium, or npm
reaches no packages.
"""
import os, re, shutil, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
source = os.path.join(here, "..", "src", "page")
document = os.path.join(here, "..", "include", "mikoshi", "FORMAT.md")
step, tool, folder = sys.argv[1], *map(os.path.abspath, sys.argv[2:4])
worlds = sys.argv[4] if len(sys.argv) > 4 else "6"


class Skipped(Exception):
    pass


def install(of, to, what):
    """Copies a folder's own files, and installs what its package-lock.json pins beside them, once for each change of the list."""
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(of):
        if os.path.isfile(os.path.join(of, name)):
            shutil.copy(os.path.join(of, name), to)
    with open(os.path.join(of, "package-lock.json"), "rb") as file:
        pinned = file.read()
    stamp = os.path.join(to, "installed")
    if os.path.exists(stamp) and open(stamp, "rb").read() == pinned:
        return
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=60000"], cwd=to,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        code = (re.findall(r"npm (?:ERR!|error) code (\w+)", done.stdout) or ["of no name"])[0]
        assert code not in ("EINTEGRITY", "EUSAGE", "EJSONPARSE"), done.stdout  # ours to put right
        raise Skipped("npm could not install %s, error %s" % (what, code))
    with open(stamp, "wb") as file:
        file.write(pinned)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, cwd=folder)
    if done.returncode != 0:
        sys.exit(done.returncode)


def main():
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Skipped("there is no " + program)
    version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    if [int(number) for number in version.lstrip("v").split(".")[:2]] < [20, 11]:
        raise Skipped("node is older than 20.11: " + version)
    if step == "browser" and "MIKOSHI_ALL" not in os.environ:
        raise Skipped("./tests/run --all runs it")
    modules = os.path.join(folder, "modules")
    install(source, modules, "the page's packages")
    pages = [os.path.join(folder, name) for name in ("mikoshi.html", "again.html")]
    for page in pages:
        run("node", os.path.join(modules, "build.mjs"), page)
    first, second = (open(page, "rb").read() for page in pages)
    assert first == second, "built again it differs"
    tests = os.path.join(here, "page")
    if step == "node":
        run(sys.executable, os.path.join(tests, "ledgers.py"), tool, document, os.path.join(folder, "ledgers"), worlds)
        run("node", os.path.join(tests, "page_test.mjs"), modules, tool, document, os.path.join(folder, "ledgers"))
    else:
        driver = os.path.join(folder, "driver")
        install(tests, driver, "what drives the browser")
        run("node", os.path.join(tests, "browser_test.mjs"), pages[0], tool, driver)


if __name__ == "__main__":
    try:
        main()
    except Skipped as reason:
        print("SKIPPED: page:", reason)
        sys.exit(77)
