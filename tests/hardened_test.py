#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool is hardened as the release preset says: `hardened_test.py TOOL COMPILER [PRESET]`.

Loaded at another address each time, its relocations read-only before it starts, no stack that can be run, a canary in
frames with arrays, and calls that know how large their buffer is. Other presets, and builds without one, are skipped
(exit 77). A program built without all that shows first that each of these checks can fail.
"""
import os, re, shutil, subprocess, sys, tempfile

tool, compiler, preset = (sys.argv[1:] + [""])[:3]
if not preset.startswith("release"):
    print("SKIPPED: only the release presets harden")
    sys.exit(77)
if shutil.which("readelf") is None:
    print("SKIPPED: there is no readelf")
    sys.exit(77)


def lacking(program):
    """What a program lacks."""
    read = subprocess.run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", program],
                          stdout=subprocess.PIPE, check=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout
    stack = re.search(r"^\s*GNU_STACK\s.*?\s([RWE ]{3})\s+0x\w+$", read, re.M)
    checks = {
        "position independent": re.search(r"^\s*Type:\s+DYN\b", read, re.M) and re.search(r"\(FLAGS_1\).*\bPIE\b", read),
        "read-only relocations": re.search(r"^\s*GNU_RELRO\s", read, re.M),
        "bound before it starts": re.search(r"\((?:FLAGS|FLAGS_1)\).*\b(?:BIND_)?NOW\b", read),
        "no executable stack": stack and "E" not in stack.group(1),
        "stack protector": re.search(r"\b__stack_chk_fail\b", read),
        "fortified calls": re.search(r"\b__\w+_chk@", read),
    }
    return [name for name, found in checks.items() if not found], len(checks)


with tempfile.TemporaryDirectory() as folder:
    soft = os.path.join(folder, "soft")
    subprocess.run([compiler, "-x", "c++", "-", "-o", soft, "-O0", "-U_FORTIFY_SOURCE", "-fno-stack-protector", "-fno-pie", "-no-pie",
                    "-Wl,-z,norelro,-z,lazy,-z,execstack"], input="int main() {}\n", text=True, check=True)
    missing, count = lacking(soft)
    if len(missing) != count:
        sys.exit("a program without hardening is said to lack only: " + ", ".join(missing))
missing, _ = lacking(tool)
if missing:
    sys.exit("the tool lacks: " + ", ".join(missing))
