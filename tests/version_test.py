#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`mikoshi --version` says what the header says: `version_test.py TOOL include/mikoshi/version.hpp`."""
import re, subprocess, sys

tool, header = sys.argv[1:3]
with open(header, encoding="utf-8") as file:
    text = file.read()
parts = [re.search(r"^#define MIKOSHI_VERSION_%s (\d+)$" % part, text, re.M).group(1) for part in ("MAJOR", "MINOR", "PATCH")]
whole = re.search(r'^#define MIKOSHI_VERSION "(.*)"$', text, re.M).group(1)
format_version = re.search(r"\bformat_version = (\d+);", text).group(1)
said = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout
if whole != ".".join(parts):
    sys.exit("the header says %s and %s" % (whole, ".".join(parts)))
if said != "mikoshi %s, format %s\n" % (whole, format_version):
    sys.exit("the header says %s, format %s; the tool says %r" % (whole, format_version, said))
