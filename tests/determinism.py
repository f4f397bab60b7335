#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Same ledger, same bytes: gcc -O0 in one locale and time zone, clang -O2 in another.

Builds the tool and the example program twice, plays the salon's transcript and the example on real input (where it is
present) with each, and compares every file and every line of output.

  determinism.py SOURCE BUILD SHARED
"""
import os, shutil, subprocess, sys
import transcript

source, build, shared = map(os.path.abspath, sys.argv[1:4])
data = os.path.join(shared, "data", "fmt-contributions.csv")
salon = os.path.join(source, "examples", "salon")
locales = os.path.join(build, "locales")
worlds = [
    {"name": "gcc", "compiler": "g++", "flags": "-O0", "locale": "tr_TR", "TZ": "Pacific/Kiritimati"},
    {"name": "clang", "compiler": "clang++", "flags": "-O2", "locale": "de_DE", "TZ": "America/St_Johns"},
]


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout


def files_below(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = open(path, "rb").read()
    return found


results = []
os.makedirs(locales, exist_ok=True)
for world in worlds:
    place = os.path.join(build, world["name"])
    run("cmake", "-S", source, "-B", place, "-DCMAKE_CXX_COMPILER=" + world["compiler"], "-DCMAKE_BUILD_TYPE=",
        "-DCMAKE_CXX_FLAGS=" + world["flags"], "-DMIKOSHI_TESTS=OFF")
    run("cmake", "--build", place, "-j", str(os.cpu_count()))
    locale = world["locale"] + ".UTF-8"
    if not os.path.isdir(os.path.join(locales, locale)):
        run("localedef", "-i", world["locale"], "-f", "UTF-8", os.path.join(locales, locale))
    env = {"LC_ALL": locale, "LOCPATH": locales, "TZ": world["TZ"]}
    tool = os.path.join(place, "mikoshi")
    assert transcript.run(tool, os.path.join(salon, "month.txt"), salon, env) == 0, world["name"]
    result = {}
    if os.path.exists(data):
        years = os.path.join(build, "years")  # the same name in both worlds: it stands in the output
        shutil.rmtree(years, ignore_errors=True)
        env = {**env, "PATH": "/usr/bin:/bin"}
        result["stdout"] = run(os.path.join(place, "open_source_years"), data, years, env=env)
        result.update(files_below(years))
        for command in ("verify", "owed", "explain c97fdd0b743", "explain c97fdd0b743 2020-05"):
            result[command] = run(tool, "--dir", years, "--json", *command.split(), env=env)
    results.append(result)

if not results[0]:
    print("SKIPPED: no", data)
different = [name for name in results[0] if results[0][name] != results[1].get(name)]
assert results[0].keys() == results[1].keys() and not different, different
print("same bytes:", len(results[0]), "outputs and files,", " and ".join(w["compiler"] + " " + w["flags"] for w in worlds))
