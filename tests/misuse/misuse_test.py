#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Misuse does not compile: `misuse_test.py COMPILER INCLUDE`.

Case 0 of misuse.cpp must compile, so that the others do not fail for a reason of their own. Each other case must fail, and
each of its errors must match the regular expression that follows `// expect: ` in it.
"""
import os, re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

compiler, include = sys.argv[1:3]
source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "misuse.cpp")
with open(source, encoding="utf-8") as file:
    text = file.read()
cases = [(int(m.group(1)), m.group(2), m.group(3)) for m in
         re.finditer(r"^#if CASE == (\d+)  // (.*)\n(?:(?!#endif|// expect).*\n)*(?:// expect: (.*)\n)?#endif$", text, re.M)]
if [number for number, _, _ in cases] != list(range(len(re.findall(r"^// expect: ", text, re.M)) + 1)):
    sys.exit("the cases are not 0, 1, 2, …, each with a name and an end: %s" % [number for number, _, _ in cases])


def fault(case):
    number, name, expected = case
    done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-I" + include,
                           "-Werror" if number == 0 else "-Werror=unused-result", "-DCASE=%d" % number, source],
                          stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"})
    errors = [line for line in done.stderr.splitlines() if re.search(r"\berror: ", line)]
    if number == 0:
        return "does not compile:\n" + done.stderr if done.returncode != 0 else None
    if done.returncode == 0 or not errors:
        return "compiles"
    other = [line for line in errors if not re.search(expected, line)]
    return "fails for another reason than /%s/:\n  %s" % (expected, "\n  ".join(other)) if other else None


with ThreadPoolExecutor(os.cpu_count()) as pool:
    faults = list(pool.map(fault, cases))
for (number, name, _), text in zip(cases, faults):
    if text:
        print("case %d, %s: %s" % (number, name, text))
sys.exit(1 if any(faults) else 0)
