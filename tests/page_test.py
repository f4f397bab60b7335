#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page for members (src/page) against the tool.

    page_test.py node TOOL FOLDER [WORLDS]     its modules, without a browser; WORLDS random ledgers (6, if not given)
    page_test.py browser TOOL FOLDER           the page as it is built, in Chromium

Both build the page below FOLDER, twice, and compare. Skipped, with the reason, where there is no node, npm or Chromium, or npm
reaches no packages.
"""
import os, subprocess, sys

import npm

here = os.path.dirname(os.path.abspath(__file__))
source = os.path.join(here, "..", "src", "page")
document = os.path.join(here, "..", "include", "mikoshi", "FORMAT.md")
step, tool, folder = sys.argv[1], *map(os.path.abspath, sys.argv[2:4])
worlds = sys.argv[4] if len(sys.argv) > 4 else "6"


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, cwd=folder)
    if done.returncode != 0:
        sys.exit(done.returncode)


def main():
    if step == "browser":
        npm.need_all()
    modules = os.path.join(folder, "modules")
    npm.install(source, modules, "the page's packages")
    version = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
    if [int(number) for number in version.lstrip("v").split(".")[:2]] < [20, 11]:
        raise npm.Skipped("node is older than 20.11: " + version)
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
        npm.install(tests, driver, "what drives the browser")
        run("node", os.path.join(tests, "browser_test.mjs"), pages[0], tool, driver)


if __name__ == "__main__":
    try:
        main()
    except npm.Skipped as reason:
        print("SKIPPED: page:", reason)
        sys.exit(77)
