#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the fuzz targets with clang and libFuzzer, and runs them.

  fuzz.py [--build DIR] build
  fuzz.py [--build DIR] short                        every target for a fixed number of inputs; exits 77 without libFuzzer
  fuzz.py [--build DIR] run [--minutes M] [TARGET…]  searches; a crash is made small and put into the corpus
  fuzz.py [--build DIR] keep [TARGET…]               adds to the corpus some inputs that reach what it does not

DIR is build/fuzz, unless said otherwise. What `run` finds on its way stays in DIR/work/TARGET. With --fast before the
command the targets are built without sanitizers, in build/fast: they check several times as many inputs.
"""
import argparse, hashlib, os, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
corpus = os.path.join(here, "corpus")
# Entropic scheduling costs more than the targets that reach much: three of four inputs a second.
common = ["-dict=" + os.path.join(here, "mikoshi.dict"), "-timeout=20", "-rss_limit_mb=2048", "-entropic=0"]
# Reports need no deep stacks of where memory came from, and little of what was freed: twice the inputs.
os.environ.setdefault("ASAN_OPTIONS", "malloc_context_size=4:quarantine_size_mb=16")
kept_max, kept_bytes_max = 6, 600  # of one target, and of one file: the corpus stays small


def has_libfuzzer():
    if shutil.which("clang++") is None or shutil.which("cmake") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "empty.cpp")
        with open(source, "w") as file:
            file.write('extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n')
        return subprocess.run(["clang++", "-fsanitize=fuzzer,address,undefined", source, "-o", os.path.join(folder, "empty")],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def build(folder, fast):
    """The path of mikoshi_fuzz."""
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL") or str(os.cpu_count())
    plain = "-fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp -D_GLIBCXX_ASSERTIONS"
    # With -O2 the sanitizers take twice as long to compile for a fifth more inputs.
    flags = ["-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -gline-tables-only -D_GLIBCXX_ASSERTIONS"]
    if fast:
        flags = ["-DCMAKE_CXX_FLAGS=" + plain, "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2"]
    for command in (["cmake", "--preset", "fuzz", "-B", folder, *flags],
                    ["cmake", "--build", folder, "--target", "mikoshi_fuzz", "-j", jobs]):
        done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            sys.exit(done.stdout.decode("utf-8", "replace"))
    return os.path.join(folder, "tests", "fuzz", "mikoshi_fuzz")


def table(fuzzer):
    """{target: (length_max, short_runs)}"""
    rows = subprocess.run([fuzzer, "--list"], check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    return {name: (length, runs) for name, length, runs, _ in (row.split("\t") for row in rows)}


def short(fuzzer):
    """Every target with the same inputs each time. The control must die, all others must not."""
    def fault(row):
        target, (length, runs) = row
        with tempfile.TemporaryDirectory() as found:  # libFuzzer writes what it finds into the first folder
            seeds = os.path.join(corpus, target)
            done = subprocess.run([fuzzer, target, *common, "-seed=1", "-runs=" + runs, "-max_len=" + length,
                                   "-artifact_prefix=" + found + "/", found] + ([seeds] if os.path.isdir(seeds) else []),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if target == "control":
            return None if done.returncode else "the control target lives through %s inputs: nothing would be found" % runs
        return "%s:\n%s" % (target, done.stdout.decode("utf-8", "replace")) if done.returncode else None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = [text for text in pool.map(fault, table(fuzzer).items()) if text]
    print("\n".join(faults) or "every target lived, and the control died")
    return 1 if faults else 0


def name_of(kind, path):
    with open(path, "rb") as file:
        return "%s-%s" % (kind, hashlib.sha256(file.read()).hexdigest()[:12])


def run(fuzzer, folder, targets, minutes):
    bad = 0
    for target in targets:
        length = table(fuzzer)[target][0]
        work, crashes = os.path.join(folder, "work", target), os.path.join(folder, "crashes", target)
        seeds = os.path.join(corpus, target)
        for place in (work, crashes, seeds):
            os.makedirs(place, exist_ok=True)
        before = set(os.listdir(crashes))
        log = os.path.join(folder, "work", target + ".log")
        with open(log, "wb") as out:
            done = subprocess.run([fuzzer, target, *common, "-max_len=" + length, "-max_total_time=%d" % (minutes * 60),
                                   "-print_final_stats=1", "-artifact_prefix=" + crashes + "/", work, seeds],
                                  stdout=out, stderr=out)
        stats = [line for line in open(log, encoding="utf-8", errors="replace") if "number_of_executed_units" in line]
        print("%-12s %s inputs, %d kept%s" % (target, stats[-1].split()[-1] if stats else "?", len(os.listdir(work)),
                                             "" if done.returncode == 0 else "  DIED, see " + log), flush=True)
        if done.returncode == 0:
            continue
        bad += 1
        for name in sorted(set(os.listdir(crashes)) - before):
            crash = small = os.path.join(crashes, name)
            if name.startswith("crash-"):
                small = crash + ".small"
                subprocess.run([fuzzer, target, *common, "-minimize_crash=1", "-runs=100000", "-max_total_time=60",
                                "-exact_artifact_path=" + small, crash], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                small = small if os.path.exists(small) else crash
            kept = os.path.join(seeds, name_of(name.split("-")[0], small))
            shutil.copy(small, kept)
            print("    %s\n    again: fuzz_replay %s %s" % (os.path.relpath(kept, root), target, os.path.relpath(kept, root)))
    return 1 if bad else 0


def keep(fuzzer, folder, targets):
    for target in targets:
        work, seeds = os.path.join(folder, "work", target), os.path.join(corpus, target)
        if not os.path.isdir(work):
            continue
        with tempfile.TemporaryDirectory() as merged, tempfile.TemporaryDirectory() as small:
            # First what the corpus reaches, then what more there is: libFuzzer prefers small files.
            for name in os.listdir(seeds):
                shutil.copy(os.path.join(seeds, name), merged)
            old = set(os.listdir(merged))
            for name in os.listdir(work):
                if os.path.getsize(os.path.join(work, name)) <= kept_bytes_max:
                    shutil.copy(os.path.join(work, name), small)
            subprocess.run([fuzzer, target, *common, "-merge=1", merged, small], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            new = sorted((os.path.join(merged, name) for name in os.listdir(merged) if name not in old),
                         key=lambda path: (-os.path.getsize(path), path))  # the largest reach most
            room = kept_max - sum(name.startswith("found-") for name in os.listdir(seeds))
            for path in new[:max(0, room)]:
                shutil.copy(path, os.path.join(seeds, name_of("found", path)))
            print("%-12s %d of %d" % (target, min(len(new), max(0, room)), len(new)))
    return 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--build")
    parser.add_argument("--fast", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("build", "short", "run", "keep"):
        command = commands.add_parser(name)
        if name == "run":
            command.add_argument("--minutes", type=float, default=10)
        if name in ("run", "keep"):
            command.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    if not has_libfuzzer():
        print("clang++ with libFuzzer is not here (Debian: clang, libclang-rt-14-dev)")
        return 77
    folder = os.path.abspath(arguments.build or os.path.join(root, "build", "fast" if arguments.fast else "fuzz"))
    fuzzer = build(folder, arguments.fast)
    if arguments.command == "build":
        print(fuzzer)
        return 0
    if arguments.command == "short":
        return short(fuzzer)
    targets = arguments.targets or [target for target in table(fuzzer) if target != "control"]
    for target in targets:
        if target not in table(fuzzer):
            sys.exit("no target is called " + target)
    if arguments.command == "run":
        return run(fuzzer, folder, targets, arguments.minutes)
    return keep(fuzzer, folder, targets)


sys.exit(main())
