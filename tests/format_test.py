#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""FORMAT.md says what the code does: its generated parts are printed again and compared, and its example is verified.

Arguments: the program format_doc, the tool, FORMAT.md. MIKOSHI_REWRITE=1 writes the generated parts anew.
"""
import difflib, os, re, subprocess, sys, tempfile

doc_program, tool, path = (os.path.abspath(a) for a in sys.argv[1:4])
sections, name = {}, None
for line in subprocess.run([doc_program], capture_output=True, check=True).stdout.decode().splitlines(True):
    if line.startswith("!!"):
        sys.exit(line)
    if line.startswith("== "):
        name = line[3:].strip()
        sections[name] = ""
    else:
        sections[name] += line

before = open(path, encoding="utf-8").read()
used = []


def put(match):
    used.append(match.group(1))
    return "<!-- generated: %s -->\n%s<!-- end -->" % (match.group(1), sections.get(match.group(1), ""))


after = re.sub(r"<!-- generated: (\S+) -->\n.*?<!-- end -->", put, before, flags=re.S)
if sorted(used) != sorted(sections):
    sys.exit("FORMAT.md has the parts %s, the program prints %s" % (sorted(used), sorted(sections)))
if after != before:
    if not os.environ.get("MIKOSHI_REWRITE"):
        sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), after.splitlines(True), "FORMAT.md", "the code"))
        sys.exit(1)
    open(path, "w", encoding="utf-8").write(after)
    print("rewritten:", path)


def example(part):
    return re.search(r"```\n(.*?)```\n", re.search(r"<!-- generated: %s -->\n(.*?)<!-- end -->" % part, after, re.S).group(1),
                     re.S).group(1)


with tempfile.TemporaryDirectory() as folder:
    files = {}
    os.environ["MIKOSHI_PINS"] = os.path.join(folder, "pins")
    for part, file in (("example-ledger", "ledger.jsonl"), ("example-snapshot", "15.note"), ("example-receipt", "m002.tlog-proof")):
        files[part] = os.path.join(folder, file)
        open(files[part], "w", encoding="utf-8").write(example(part))
    for command in ([tool, "verify", files["example-ledger"], files["example-snapshot"]],
                    [tool, "verify", files["example-receipt"], "--member", "m002", "--period", "2026-04"]):
        done = subprocess.run(command, capture_output=True)
        if done.returncode != 0:
            sys.exit(" ".join(command) + "\n" + done.stderr.decode())
print("FORMAT.md agrees with the code: %d parts" % len(used))
