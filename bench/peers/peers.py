#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What others need for the works that mikoshi_bench measures, with the same input.

    peers.py [--quick] [--folder FOLDER]    npm installs below FOLDER what package.json pins; without it, for this once

Prints one JSON line a figure: {"name": WORK, "peer": PEER, "n": N, "ns": nanoseconds an item}, the median of 7 runs or
more. Which peers are skipped, and why, and which figures come from fewer runs, goes to stderr. A run's time is the
smaller of its wall and its processor time: what else the machine is doing is not counted against a peer.

The peers of `carry` must pay the same, to the unit, and so must those of `hamilton`. All of `tree` keep every level in
memory: @openzeppelin/merkle-tree with Keccak-256 in JavaScript, the others with OpenSSL's SHA-256. `replay` is a
balance report over a journal of N transactions, less the same over an empty one.
"""
import argparse, hashlib, json, math, os, resource, shutil, subprocess, sys, tempfile, time
from fractions import Fraction

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # the source folder is read only
sys.path.insert(0, os.path.join(here, "..", "..", "tests"))
import npm  # noqa: E402
from npm import Skipped  # noqa: E402

mask = (1 << 64) - 1


def weights_of(n):
    return [1 + (i * 2654435761 & mask) % 1000 for i in range(n)]


def amount_of(n):
    return n * 1234567 + 89


def carry(n):
    """As split/carry.hpp: one pass, since nothing that these integers do can fail half way."""
    weights, fractions, amount, pool = weights_of(n), [1 << 32] * n, amount_of(n), {"dust": 0, "undivided": 0}

    def run():
        weight_sum = sum(weights)
        parts, remainder = divmod((amount << 64) + pool["dust"], weight_sum)
        pays, shares = [0] * n, 0
        for i, weight in enumerate(weights):
            share = weight * remainder // weight_sum
            shares += share
            y = weight * parts + share + fractions[i]
            pays[i] = y >> 64
            fractions[i] = y & mask
        pool["dust"] = remainder - shares
        pool["undivided"] += amount - sum(pays)
        return pays

    return run


def carry_by_fractions(n):
    """The same with fractions that are never rounded, which need no grace to be on time."""
    weights, rests, amount = weights_of(n), [Fraction(0)] * n, amount_of(n)

    def run():
        unit = Fraction(amount, sum(weights))
        pays = [0] * n
        for i, weight in enumerate(weights):
            due = unit * weight + rests[i]
            pays[i] = math.floor(due)
            rests[i] = due - pays[i]
        return pays

    return run


def hamilton(n):
    weights, amount = weights_of(n), amount_of(n)

    def run():
        weight_sum = sum(weights)
        pays, remainders = [0] * n, [0] * n
        for i, weight in enumerate(weights):
            pays[i], remainders[i] = divmod(weight * amount, weight_sum)
        # Sorting keeps the order of equal remainders, backwards too.
        for i in sorted(range(n), key=remainders.__getitem__, reverse=True)[:amount - sum(pays)]:
            pays[i] += 1
        return pays

    return run


def tree(n):
    """RFC 6962: a byte 0 before a leaf, a byte 1 before two hashes, and the last of an odd number goes up as it is."""
    leaves = [i.to_bytes(8, "big") * 8 for i in range(n)]

    def run():
        sha256 = hashlib.sha256
        levels = [[sha256(b"\0" + leaf).digest() for leaf in leaves]]
        while len(levels[-1]) > 1:
            below = levels[-1]
            above = [sha256(b"\1" + left + right).digest() for left, right in zip(below[::2], below[1::2])]
            levels.append(above + below[2 * len(above):])
        return levels[-1][0]

    return run


def timed(run, who):
    """Nanoseconds of one run of `run`, by this process or by the ones that it starts."""
    def processor():
        used = resource.getrusage(who)
        return used.ru_utime + used.ru_stime

    before, start = processor(), time.perf_counter()
    run()
    wall = time.perf_counter() - start
    return 1e9 * min(wall, processor() - before)


def median_ns(run, slow, warm=0.3, who=resource.RUSAGE_SELF):
    """(median, runs): warmed up, then 7 runs, more while they are short; 3 of what takes more than `slow` seconds."""
    started = time.perf_counter()
    first = timed(run, who)
    few = time.perf_counter() - started > slow
    while not few and time.perf_counter() - started < warm:
        run()
    measuring, runs = time.perf_counter(), [first] if few else []
    while len(runs) < (3 if few else 7) or (len(runs) < 101 and time.perf_counter() - measuring < warm):
        runs.append(timed(run, who))
    return sorted(runs)[len(runs) // 2], len(runs)


def by_python(make):
    def measure(work, peer, n, slow):
        pays = None if work == "tree" else make(n)()
        ns, runs = median_ns(make(n), slow)
        return ns / n, runs, pays and [str(pay) for pay in [sum(pays)] + pays[-5:]]

    return measure


class JavaScript:
    """Runs peers.mjs, beside the packages if the peer is one."""

    def __init__(self, folder):
        self.folder, self.packages = folder, None

    def install(self):
        if self.packages is None:
            try:
                npm.install(here, self.folder, "the peers")
                self.packages = ""
            except Skipped as reason:
                self.packages = str(reason)
        if self.packages:
            raise Skipped(self.packages)

    def call(self, script, work, peer, n, slow):
        if not shutil.which("node"):
            raise Skipped("there is no node")
        done = subprocess.run(["node", script, work, peer, str(n), str(slow)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        if done.returncode == 3:
            raise Skipped(done.stderr.strip())
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        return said["ns"], said["runs"], said["answer"]

    def alone(self, *figure):
        return self.call(os.path.join(here, "peers.mjs"), *figure)

    def package(self, *figure):
        self.install()
        return self.call(os.path.join(self.folder, "peers.mjs"), *figure)


class Journals:
    """Plain-text accounting: 10,000 members are owed income of 120 months, in yen."""

    def __init__(self, folder, quick):
        self.folder, self.quick = folder, quick

    def write(self, n):
        """(path, what is owed in all)"""
        path, owed = os.path.join(self.folder, "%d.journal" % n), 0
        with open(path, "w", encoding="ascii") as file:
            for i in range(n):
                month, amount = i * 120 // n, 100 + (i * 2654435761 & mask) % 5000
                year, month, day = 2016 + month // 12, month % 12 + 1, 1 + i * 120 % n * 28 // n
                owed += amount
                file.write("%d-%02d-%02d Share of income\n    owed:m%06d    JPY %d\n    income:%d-%02d\n\n"
                           % (year, month, day, i * 7919 % 10000, amount, year, month))
        return path, owed

    def report(self, program, path):
        own = {"PATH": os.environ["PATH"], "HOME": self.folder, "LC_ALL": "C.UTF-8"}  # nobody's settings
        done = subprocess.run([program, "-f", path, "balance", "--depth", "1"], cwd=self.folder, env=own, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def measure(self, work, program, n, slow):
        if not shutil.which(program):
            raise Skipped("there is no " + program)
        (full, owed), (empty, _) = self.write(n), self.write(0)
        started = time.perf_counter()
        assert "JPY %d " % owed in self.report(program, full).replace(",", ""), "%s counts otherwise" % program
        if self.quick and program == "hledger" and time.perf_counter() - started > 1:
            raise Skipped("a report takes more than a second, too long for --quick")
        ns, runs = median_ns(lambda: self.report(program, full), slow, 0, resource.RUSAGE_CHILDREN)
        nothing, _ = median_ns(lambda: self.report(program, empty), slow, 0, resource.RUSAGE_CHILDREN)
        for path in (full, empty):
            os.remove(path)
        return (ns - nothing) / n, runs, None


def figures(folder, quick):
    """(work, peer, numbers of items, how to measure it)"""
    script, journals = JavaScript(folder), Journals(folder, quick)

    def sizes(small, *more):
        return [small] if quick else list(more)

    splits = sizes(10**4, 10**4, 10**5)
    long_splits = sizes(10**4, 10**4, 10**5, 10**6)
    trees = sizes(10**3, 10**3, 10**4, 10**5)
    return [
        ("carry", "Python int", splits, by_python(carry)),
        ("carry", "JavaScript BigInt", long_splits, script.alone),
        ("carry", "Python fractions", sizes(10**3, 10**4, 10**5), by_python(carry_by_fractions)),
        ("hamilton", "Python int", splits, by_python(hamilton)),
        ("hamilton", "JavaScript BigInt", long_splits, script.alone),
        ("tree", "Python hashlib", trees, by_python(tree)),
        ("tree", "merkletreejs", trees, script.package),
        ("tree", "@openzeppelin/merkle-tree", sizes(10**3, 10**3, 10**4), script.package),
        ("verify", "@noble/curves", [200], script.package),
        ("replay", "ledger", sizes(10**4, 10**4, 10**5), journals.measure),
        ("replay", "hledger", sizes(10**4, 10**4, 10**5), journals.measure),
    ]


def main():
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--quick", action="store_true", help="smaller numbers of items, in less than half a minute")
    reader.add_argument("--folder", help="a build folder, where installed packages stay for the next time")
    given = reader.parse_args()
    folder = os.path.join(os.path.abspath(given.folder), "peers") if given.folder else tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    slow = 0.5 if given.quick else 10
    answers = {}
    try:
        for work, peer, numbers, measure in figures(folder, given.quick):
            for n in numbers:
                try:
                    ns, runs, answer = measure(work, peer, n, slow)
                except Skipped as reason:
                    print("%s, %s: skipped: %s" % (work, peer, reason), file=sys.stderr, flush=True)
                    break
                first, expected = answers.setdefault((work, n), (peer, answer))
                assert answer == expected, "%s, %d items: %s and %s differ" % (work, n, first, peer)
                if runs < 7:
                    print("%s, %s, %d items: %d runs only" % (work, peer, n, runs), file=sys.stderr, flush=True)
                print(json.dumps({"name": work, "peer": peer, "n": n, "ns": round(ns, 1)}), flush=True)
    finally:
        if not given.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
