#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Same ledger, same bytes: the programs as they were built in one locale and time zone, those of the other compiler, not
optimised, in another.

Builds the tool and the example program with the other one of g++ and clang++, plays the salon's transcript and the example
on real input (where it is present) with both, and compares every file and every line of output.

  determinism.py SOURCE BUILT FOLDER SHARED COMPILER     COMPILER is GNU or Clang: what made the programs in BUILT
"""
import os, shutil, subprocess, sys
import transcript

source, built, build, shared = map(os.path.abspath, sys.argv[1:5])
other = "g++" if sys.argv[5] == "Clang" else "clang++"
data = os.path.join(shared, "data", "fmt-contributions.csv")
salon = os.path.join(source, "examples", "salon")
locales = os.path.join(build, "locales")
worlds = [
    {"place": built, "locale": "tr_TR", "TZ": "Pacific/Kiritimati"},
    {"place": os.path.join(build, other), "locale": "de_DE", "TZ": "America/St_Johns"},
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
run("cmake", "-S", source, "-B", worlds[1]["place"], "-DCMAKE_CXX_COMPILER=" + other, "-DCMAKE_BUILD_TYPE=",
    "-DCMAKE_CXX_FLAGS=-O0", "-DMIKOSHI_TESTS=OFF", "-DMIKOSHI_INSTALL=OFF")
run("cmake", "--build", worlds[1]["place"], "-j", str(os.cpu_count()))
for world in worlds:
    place = world["place"]
    locale = world["locale"] + ".UTF-8"
    if not os.path.isdir(os.path.join(locales, locale)):
        run("localedef", "-i", world["locale"], "-f", "UTF-8", os.path.join(locales, locale))
    env = {"LC_ALL": locale, "LOCPATH": locales, "TZ": world["TZ"]}
    tool = os.path.join(place, "mikoshi")
    assert transcript.run(tool, os.path.join(salon, "month.txt"), salon, env) == 0, place
    result = {}
    if os.path.exists(data):
        years = os.path.join(build, "years")  # the same name in both worlds: it stands in the output
        shutil.rmtree(years, ignore_errors=True)
        env = {**env, "PATH": "/usr/bin:/bin"}
        result["stdout"] = run(os.path.join(place, "open_source_years"), data, years, env=env)
        result.update(files_below(years))
        for command in ("verify --no-pin", "owed", "explain c97fdd0b743", "explain c97fdd0b743 2020-05"):
            result[command] = run(tool, "--dir", years, "--json", *command.split(), env=env)
    results.append(result)

if not results[0]:
    print("SKIPPED: no", data)
different = [name for name in results[0] if results[0][name] != results[1].get(name)]
assert results[0].keys() == results[1].keys() and not different, different
print("same bytes:", len(results[0]), "outputs and files,", " and ".join(w["place"] for w in worlds))
