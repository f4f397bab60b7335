#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seed corpus again: what the tool itself makes, in small pieces.

  seeds.py TOOL [CORPUS]

Plays every transcript of the tests and the example salon with the tool, gathers the files that they leave behind, and
cuts seeds of them: ledgers, lines, notes, charters, key files, tables. Targets whose bytes are choices rather than text
get bytes of a fixed random sequence. Replaces the files CORPUS/TARGET/seed-* and leaves all others; writes the
dictionary mikoshi.dict from the headers' field lists. Run it when the format changes, and commit what changed.
"""
import base64, json, os, random, re, subprocess, sys, tempfile

here = os.path.dirname(os.path.abspath(__file__))
tests = os.path.dirname(here)
sys.path.insert(0, tests)
import transcript


def commands_of(path):
    return [command for command, _ in transcript.parse(open(path, encoding="utf-8").read()) if command is not None]


def play(tool, commands, fixtures, folder):
    """Runs commands in `folder`, whatever they answer: half of the transcripts are about mistakes."""
    work = os.path.join(folder, "work")
    os.makedirs(os.path.join(folder, "bin"))
    os.mkdir(work)
    os.symlink(os.path.abspath(tool), os.path.join(folder, "bin", "mikoshi"))
    env = {"PATH": os.path.join(folder, "bin") + ":/usr/bin:/bin", "FIXTURES": fixtures, "HOME": work, "LC_ALL": "C",
           "TZ": "UTC", "COLUMNS": "100"}
    at = work
    for command in commands:
        if command.startswith("cd "):
            at = os.path.normpath(os.path.join(at, command[3:]))
        elif os.path.isdir(at):
            subprocess.run(["/bin/sh", "-c", command], cwd=at, env=env, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def files_below(folder):
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) < 1 << 20:
                yield path, open(path, "rb").read()


def shape(value):
    """What a JSON value is made of, without its contents."""
    if isinstance(value, dict):
        return "{" + ",".join(k + shape(v) for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted({shape(v) for v in value})) + "]"
    return "b" if isinstance(value, bool) else "n" if isinstance(value, int) else ""


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(line):
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


# One month of a small salon with every sort of line that the transcripts may lack: claims, as `mikoshi append` takes them.
one_of_each = """sh "$FIXTURES/salon.sh"
mikoshi --dir asagao append > answers <<'END'
{"at":"2024-03-22T00:00:00Z","kind":"member.rejoin","member":"m004"}
{"at":"2024-03-22T00:00:00Z","kind":"contribution","id":"song","member":"m002","on":"2024-03-21T00:00:00Z","period":"2024-03","points":2,"type":"work","voice":"relayed","channel":"talk","message":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
{"at":"2024-03-22T00:00:00Z","by":"m001","id":"song","kind":"contribution.confirm"}
{"at":"2024-03-22T00:00:00Z","id":"song","kind":"contribution.correct","points":1}
{"amount":"999","at":"2024-03-22T00:00:00Z","id":"shop-03","kind":"income.correct"}
{"at":"2024-03-22T00:00:00Z","from":"m001","kind":"ticket.transfer","ticket":"t001","to":"m004"}
{"at":"2024-03-22T00:00:00Z","from":"m002","kind":"ticket.burn","ticket":"t002"}
END
mikoshi --dir asagao draft 2024-03 --at 2024-04-01T00:00:00Z
mikoshi --dir asagao approve 2024-03 --key mori.key --password-fd 3 --at 2024-04-01T00:00:00Z 3< pw
mikoshi --dir asagao sign --key abe.key --password-fd 3 3< pw
"""


class Corpus:
    """Seeds by target; of two with the same content the first stays, and of each sort only so many."""

    def __init__(self):
        self.seeds = {}
        self.seen = set()

    def add(self, target, name, content, most=12):
        mine = self.seeds.setdefault(target, {})
        if len(mine) >= most or (target, content) in self.seen:
            return
        self.seen.add((target, content))
        number = 1
        while "seed-%s-%d" % (name, number) in mine:
            number += 1
        mine["seed-%s-%d" % (name, number)] = content

    def write(self, folder):
        for target, seeds in sorted(self.seeds.items()):
            place = os.path.join(folder, target)
            os.makedirs(place, exist_ok=True)
            for old in os.listdir(place):
                if old.startswith("seed-"):
                    os.remove(os.path.join(place, old))
            for name, content in seeds.items():
                with open(os.path.join(place, name), "wb") as file:
                    file.write(content)


def from_lines(corpus, ledgers):
    """One line of each shape, the shortest; and the charters that stand in them."""
    shortest, rules, amounts, ids, times, months, keys = {}, [], set(), set(), set(), set(), set()
    for _, content in ledgers:
        for line in content.split(b"\n")[:-1]:
            event = parsed(line)
            if event is None or "kind" not in event:
                continue
            key = event["kind"] + shape(event)
            if key not in shortest or len(line) < len(shortest[key]):
                shortest[key] = line
            if isinstance(event.get("rules"), dict) and event["rules"] not in rules:
                rules.append(event["rules"])
            for name, value in event.items():
                if name == "amount":
                    amounts.add(value)
                if name in ("at", "on"):
                    times.add(value)
                if name in ("public_key", "wallet", "signature", "from") and isinstance(value, str):
                    keys.add(value)
                if name == "stewards" and isinstance(value, list):
                    keys |= {steward["key"] for steward in value}
                if name == "period":
                    months.add(value)
                if name in ("member", "id", "ticket", "draft") and isinstance(value, str):
                    ids.add(value)
    by_kind = {}
    for key, line in sorted(shortest.items()):
        by_kind.setdefault(parsed(line)["kind"], []).append(line)
    for kind, lines in sorted(by_kind.items()):
        # At most two of a kind: the one with the fewest fields and the one with the most.
        for line in sorted({min(lines, key=len), max(lines, key=len)}, key=len):
            if len(line) > 1500:
                continue
            corpus.add("line", kind, line, 50)
            claim = parsed(line)
            del claim["seq"]
            if len(line) % 2:
                claim.pop("at")
            corpus.add("claim", kind, json.dumps(claim, ensure_ascii=False).encode(), 50)
    for number, one in enumerate(rules[:6]):
        other = rules[(number + 1) % len(rules)]
        corpus.add("charter", "rules", canonical(one))
        corpus.add("charter", "two", canonical(one) + b"\n" + canonical(other))
        corpus.add("json", "rules", json.dumps(one, indent=1).encode())
    for amount in sorted(amounts, key=lambda text: (len(text), text))[::max(1, len(amounts) // 6)]:
        corpus.add("amount", "minor", b"\0" + amount.encode(), 8)
    for number, text in enumerate([b"0", b"12.50", b"0.000000000000000001", b"170141183460469231731687303715884105727",
                                   b"18446744073709551615", b"9007199254740991"]):
        corpus.add("amount", "major", bytes([[0, 2, 18, 0, 0, 0][number]]) + text, 20)
    # The shortest and the first of each sort: what stands before the colon, and how long it is.
    sorts = {(key.partition(":")[0] if ":" in key else "", len(key)): key for key in sorted(keys, reverse=True)}
    for _, key in sorted(sorts.items()):
        if any(c in key for c in ":0123456789"):
            corpus.add("key", "key", key.encode(), 10)
    corpus.add("id", "ids", " ".join(sorted(ids)[:16]).encode()[:200])
    corpus.add("id", "codes", b"JPY ETH a.b_c-9 " + b"x" * 64)
    for text in sorted(times)[:3] + sorted(months)[:3] + ["+09:00", "-14:00", "9999-12-31T23:59:59Z", "2024-02-29T12:00:00Z"]:
        corpus.add("time", "text", text.encode(), 12)


def headers():
    for path, content in files_below(os.path.join(os.path.dirname(tests), "include")):
        if path.endswith(".hpp"):
            yield content.decode()


def kinds_of_events():
    return {kind for text in headers() for kind in re.findall(r'string_view kind = "([^"]+)"', text)}


def write_dictionary(path):
    names, words = set(), set()
    for text in headers():
        names |= set(re.findall(r'\bvisit\("(\w+)", self\.', text))
        for choice in re.findall(r"(?:words|_names) = \{([^}]*)\}", text):
            words |= set(re.findall(r'"([^"]+)"', choice))
    names |= {"kind", "root", "split", "among", "else", "pool", "rule", "to", "take", "threshold", "recoup", "hold", "then", "rest",
              "floor", "cap", "product", "decay", "of", "minimum"}
    groups = [
        ("JSON", ["{", "}", "[", "]", ":", ",", "true", "false", "null", "9007199254740991", "-1", "\\u0000", "\\ud83c\\udf8f"]),
        ("fields", ['"%s":' % name for name in sorted(names)]),
        ("kinds", ['"kind":"%s"' % kind for kind in sorted(kinds_of_events())]),
        ("choices", ['"%s"' % word for word in sorted(words)]),
        ("times and numbers", ["2026-04-01T00:00:00Z", "2026-04", "+09:00", "-14:00", "9999-12-31T23:59:59Z", "1970-02",
                               "170141183460469231731687303715884105727", "18446744073709551615"]),
        ("names", ["pool:reserve", "undivided:", "income:", "JPY", "m001", "t001"]),
        ("notes", ["\n\n\u2014 ", "\n", " ", "mikoshi/", "="]),
        ("tables", ['"', '""', ",", "\r\n", "\ufeff"]),
        ("key files", ["mikoshi-key-v1", "scrypt", "aes-256-gcm"]),
        ("keys", ["eth:0x", "ed25519:", "bip340:", "work:", "dao:", "+"]),
        ("evidence and pins", ["mikoshi-evidence-v1", "mikoshi-pin-v1"]),
        # libFuzzer takes words of at most 64 bytes.
        ("logs of contracts", ["ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", "0" * 64, "0x0", "0xffffffffffffffff"]),
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write("# SPDX-License-Identifier: MIT\n# Words for libFuzzer. Written by seeds.py from the headers.\n")
        for title, group in groups:
            file.write("\n# %s\n" % title)
            for word in group:
                plain = "".join(chr(b) if 32 <= b < 127 and b not in (34, 92) else "\\x%02x" % b for b in word.encode())
                file.write('"%s"\n' % plain)


# Charters that no transcript has: every sort of node, weight and rule, at every depth. With the charter that follows in this
# list some pools go on, some end in the middle of their lives, and some may not be what they are there any more.
purse, other = {"to": "pool:a"}, {"to": "pool:b"}
more_rules = [
    {"root": {"pool": "p", "among": "tickets", "rule": "hamilton", "else": purse}},
    {"root": {"pool": "p", "split": [[1, {"pool": "q", "among": "equal", "else": purse}],
                                     [2, {"pool": "r", "among": "contributions", "else":
                                          {"pool": "s", "among": "ticket-seconds", "else": purse}}],
                                     [1000000000, {"pool": "t", "split": [[1, other], [1, {"to": "pool:c"}]]}]]}},
    {"root": purse},
    {"root": {"pool": "t1", "take": "30", "then": purse, "rest":
              {"pool": "t2", "threshold": "100", "then": {"pool": "q", "among": "equal", "else": purse}, "rest": other}}},
    {"root": {"pool": "t2", "threshold": "2026-02", "then": {"pool": "h", "hold": 2, "then": purse}, "rest":
              {"pool": "h2", "hold": "2026-03", "then": other}}},
    {"root": {"pool": "re", "recoup": [["40", purse], ["7", {"pool": "q", "among": "equal", "else": purse}]], "cap": [120, 100],
              "rest": {"pool": "h", "hold": 3, "then": other}}},
    {"root": {"pool": "re", "recoup": [["48", purse], ["8", {"pool": "q", "among": "tickets", "else": purse}]], "rest": other}},
    {"root": {"pool": "b", "among": "tickets", "floor": "20", "cap": "50", "else":
              {"pool": "b2", "among": "equal", "cap": "1", "else": other}}},
    {"root": {"pool": "b", "among": {"product": ["tickets", {"root": "contributions"}]}, "floor": "1", "else":
              {"pool": "f", "split": [[2, purse], [1, other]], "rule": "floor", "rest": "pool:c"}}},
    {"root": {"pool": "d", "among": {"decay": [1, 2], "of": "ticket-seconds"}, "rule": "sainte-lague", "else": purse}},
    {"root": {"pool": "d", "among": {"decay": [9, 10], "of": {"root": {"product": ["equal", "tickets"]}}}, "rule": "sainte-lague",
              "else": {"pool": "w", "among": "contributions", "rule": "floor", "rest": "pool:c", "else": purse}}},
    {"root": {"pool": "s", "split": [[5, purse], [4, other]], "rule": "sainte-lague"}, "minimum": "3"},
]


def main():
    tool = os.path.abspath(sys.argv[1])
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "corpus")
    corpus = Corpus()
    ledgers, notes = [], []
    salon = os.path.join(os.path.dirname(tests), "examples", "salon")
    fixtures = os.path.join(tests, "fixtures")
    plays = [("one_of_each", [one_of_each], fixtures), ("month", commands_of(os.path.join(salon, "month.txt")), salon)]
    for name in sorted(os.listdir(os.path.join(tests, "transcripts"))):
        plays.append((os.path.splitext(name)[0], commands_of(os.path.join(tests, "transcripts", name)), fixtures))
    for name, commands, place in plays:
        with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as other:
            play(tool, commands, place, work)
            play(tool, commands, place, other)
            for found, content in files_below(os.path.join(work, "work")):
                base = os.path.basename(found)
                twin = os.path.join(other, os.path.relpath(found, work))
                if not os.path.isfile(twin) or open(twin, "rb").read() != content:
                    continue  # it has randomness in it, and would be another seed each time
                if base == "ledger.jsonl":
                    ledgers.append((name, content))
                elif base.endswith(".note"):
                    notes.append((name, content))
                    ledger = os.path.join(os.path.dirname(os.path.dirname(found)), "ledger.jsonl")
                    if os.path.isfile(ledger):  # a transcript puts a pipe there
                        whole = content + b"\0" + open(ledger, "rb").read()
                        if len(whole) <= 10000:
                            corpus.add("verify", name, whole, 4)
                elif base.endswith(".key"):
                    corpus.add("key_file", "key", content, 3)
                elif base.endswith(".csv"):
                    corpus.add("csv", "table", b"".join(content.splitlines(keepends=True)[:4])[:400], 8)
                elif content.startswith(b"c2sp.org/tlog-proof@v1"):
                    corpus.add("receipt", name, content, 6)
                    corpus.add("tlog_proof", name, content, 4)
                elif len(content) <= 600 and parsed(content) is not None:
                    corpus.add("json", "file", content, 8)
                if base.endswith(".evidence"):
                    corpus.add("evidence", name, content, 2)
                elif content.startswith(b'{"dao":') and b'"mikoshi-pin-v1"' in content:
                    corpus.add("pin", name, content, 2)
                elif base == "book.json":
                    corpus.add("private_book", name, content, 2)
                elif content.startswith(b'[{"address":'):
                    corpus.add("transfer_log", name, content, 2)
    for path, content in files_below(salon):
        if path.endswith(".csv"):
            corpus.add("csv", "salon", b"".join(content.splitlines(keepends=True)[:4]), 12)
        if path.endswith(".key"):
            corpus.add("key_file", "key", content, 3)
    corpus.add("csv", "quotes", b'\xef\xbb\xbfa,"b ""c""",d\r\n"1\n2",,""\r\n\r\n', 20)
    corpus.add("json", "all", b'[true,false,{},[],-9007199254740991,"\\u00e9\\ud83c\\udf8f\\n\\/"," \xe3\x82\xb5",{"a":{"b":[[[0]]]}}]', 20)
    corpus.add("json", "deep", b"[" * 16 + b"]" * 16, 20)

    from_lines(corpus, ledgers)
    for number, one in enumerate(more_rules):
        other = more_rules[(number + 1) % len(more_rules)]
        corpus.add("charter", "more", canonical(one) + b"\n" + canonical(other), 30)
    missing = kinds_of_events() - {parsed(c)["kind"] for n, c in corpus.seeds["line"].items()}
    if missing:
        print("no transcript leaves a line of these kinds behind: " + ", ".join(sorted(missing)))
    # Ledgers that are small, and of those the ones that bring a kind of line that none before had.
    kinds = set()
    for name, content in sorted(ledgers, key=lambda found: len(found[1])):
        mine = {parsed(line)["kind"] for line in content.split(b"\n")[:-1] if parsed(line)}
        if len(content) <= 10000 and not mine <= kinds:
            corpus.add("ledger", name, content, 6)
            kinds |= mine
    for name, content in notes:
        corpus.add("note", name, content, 6)
        corpus.add("checkpoint", name, content.split(b"\n\n")[0] + b"\n", 4)
        root = re.match(rb".+\n\d+\n([A-Za-z0-9+/]{43}=)\n\n", content)  # some transcripts are about notes that are none
        if root:
            corpus.add("bytes", "root", base64.b64decode(root[1]).hex().encode(), 3)
            corpus.add("bytes", "base64", root[1], 6)

    for target, lengths in (("api", (40, 80, 160, 320)), ("carry", (60, 150, 300)), ("event", (100,) * 6),
                            ("hamilton", (40, 100, 200)), ("merkle", (20, 60, 100)), ("sum_tree", (20, 60, 100)),
                            ("claim_tree", (60, 200)), ("consistency", (40, 100)), ("cosignature", (30, 60)), ("key", (60,)),
                            ("tile", (30, 60, 100))):
        for number, length in enumerate(lengths):
            content = random.Random("%s %d" % (target, number)).randbytes(length)
            corpus.add(target, "random", content)
    for vkey in open(os.path.join(fixtures, "witnesses"), encoding="utf-8").read().split():
        corpus.add("cosignature", "vkey", vkey.encode())
    for target in ("charter", "checkpoint", "evidence", "key_file", "ledger", "note", "pin", "private_book", "receipt", "tlog_proof",
                   "transfer_log", "verify"):
        for number in range(3):
            corpus.add(target, "choices", b"\0" + random.Random("%s %d" % (target, number)).randbytes(60), 40)
    corpus.write(folder)
    write_dictionary(os.path.join(here, "mikoshi.dict"))
    print("%d seeds, %d bytes" % (sum(map(len, corpus.seeds.values())),
                                  sum(len(c) for seeds in corpus.seeds.values() for c in seeds.values())))


main()
