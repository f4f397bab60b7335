#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that a compiler does not check. Argument: the source root. Prints what breaks one, and exits 1.

Layers: a header says `Layer N` at its top and includes lower layers, or its own folder without a cycle; only crypto/
knows OpenSSL and libsecp256k1, only base/ one header Boost. Determinism: no word in the library that stands for floating
point, hashing order, locale, clock or randomness. And: licence lines, words that promise work, an error code that no test
names, the top of the tree, the commands and the code that README shows, and prose of the tool that does not come from its catalogue.
"""
import os, re, shutil, subprocess, sys

root = os.path.abspath(sys.argv[1])
findings = []
code = (".hpp", ".cpp", ".py", ".sh", ".cmake")
generated = re.compile(r"(^|/)(__pycache__|build[^/]*)/")


def finding(path, text):
    findings.append("%s: %s" % (path, text))


def files():
    """What git would keep: tracked files and new ones that are not ignored. Without git, every file."""
    asked = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) if shutil.which("git") and os.path.exists(root + "/.git") else None
    if asked is not None and asked.returncode == 0:
        names = asked.stdout.decode().split("\0")
        return sorted(n for n in names if n and os.path.exists(os.path.join(root, n)))
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in (".git", "build")]
        found += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    return sorted(found)


def read(path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """C++ without comments and without what stands between quotes, line by line as before."""
    kept = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return kept.sub(lambda m: "\n" * m.group().count("\n") if m.group()[0] == "/" else '""', text)


def check_layers(headers):
    layers, includes = {}, {}
    for path in headers:
        said = re.search(r"\bLayer (\d)\b", "\n".join(read(path).splitlines()[:20]))
        if said:
            layers[path] = int(said.group(1))
        elif os.path.dirname(path) != "include/mikoshi":  # mikoshi.hpp and version.hpp stand above and below them all
            finding(path, "its first 20 lines name no layer")
        includes[path] = re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', read(path), re.M)
    one_a_folder = {}
    for path, layer in layers.items():
        folder = os.path.dirname(path)
        if folder != "include/mikoshi" and one_a_folder.setdefault(folder, layer) != layer:
            finding(path, "layer %d in a folder of layer %d" % (layer, one_a_folder[folder]))
    inner = {}
    for path in headers:
        folder = path.split("/")[2] if path.count("/") > 2 else ""
        inner[path] = []
        for name in includes[path]:
            if re.match(r"openssl/|secp256k1", name) and folder != "crypto":
                finding(path, "only crypto/ includes " + name)
            if name.startswith("boost/") and path not in ("include/mikoshi/base/u128.hpp", "include/mikoshi/base/wide.hpp"):
                finding(path, "only base/ opens the door to " + name)
            if re.match(r"nlohmann/|CLI/|fmt/|csv\.h", name):
                finding(path, "the library does not stand on " + name)
            if not name.startswith("mikoshi/"):
                continue
            target = "include/" + name
            if target not in headers:
                finding(path, "includes %s, which is not there" % name)
                continue
            inner[path].append(target)
            own = os.path.dirname(target) == os.path.dirname(path)
            if path in layers and target in layers and not own and layers[target] >= layers[path]:
                finding(path, "layer %d includes %s of layer %d" % (layers[path], name, layers[target]))
    done, open_ = set(), []

    def walk(path):
        if path in open_:
            finding(path, "includes itself by way of " + ", ".join(open_[open_.index(path) + 1:] or [path]))
        elif path not in done:
            open_.append(path)
            for target in inner[path]:
                walk(target)
            open_.pop()
            done.add(path)

    for path in headers:
        walk(path)


# Not in the library: each would let the same ledger give other bytes somewhere, or bring in a world that it is not to see.
banned = [r"double", r"float", r"long\s+double", r"unordered_(?:multi)?(?:map|set)", r"std::hash", r"system_clock",
          r"steady_clock", r"high_resolution_clock", r"random_device", r"mt19937\w*", r"s?rand\s*\(", r"locale",
          r"setlocale", r"[io]?stringstream", r"time\s*\(\s*(?:0|NULL|nullptr)", r"getenv", r"std::filesystem", r"[io]?fstream",
          r"stod", r"strto[dlu]\w*", r"ato[ifl]\w*"]
banned_includes = ["iostream", "fstream", "sstream", "locale", "random", "unordered_map", "unordered_set", "filesystem",
                   "ctime", "thread", "cmath", "regex"]


def check_words(headers):
    for path in headers:
        text = read(path)
        for number, line in enumerate(without_comments(text).splitlines(), 1):
            for word in banned:
                if re.search(r"(?<![\w.])(?:%s)(?!\w)" % word, line):
                    finding("%s:%d" % (path, number), "has no place in the library: " + line.strip())
        for name in re.findall(r"#\s*include\s+<([^>]+)>", text):
            if name in banned_includes:
                finding(path, "has no place in the library: <%s>" % name)


def check_licence(paths):
    for path in paths:
        head = "\n".join(read(path).splitlines()[:10])
        if "SPDX-License-Identifier: MIT" not in head:
            finding(path, "its first lines have no SPDX-License-Identifier: MIT")


def check_promises(paths):
    words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "not " + "implemented", "place" + "holder", "coming " + "soon"]
    promise = re.compile(r"\b(%s)\b" % "|".join(words))
    loose = re.compile(r"not " + r"(?:yet )?implemented|place" + "holder", re.I)
    for path in paths:
        try:
            text = read(path)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if promise.search(line) or loose.search(line):
                finding("%s:%d" % (path, number), "promises work: " + line.strip()[:100])


def check_errors_tested(paths):
    codes = re.findall(r"^\s*X\((\w+), \d+,", read("include/mikoshi/base/error.hpp"), re.M)
    if len(codes) < 50:
        finding("include/mikoshi/base/error.hpp", "its list of codes is not found")
    texts = [read(p) for p in paths if re.match(r"tests/.*\.(cpp|py|txt)$|examples/.*\.txt$", p) and p != "tests/tidy_test.py"]
    named = set(re.findall(r"\bErrc::(\w+)|error\[(\w+)\]|\"(\w+)\"", "\n".join(texts)))
    named = {word for words in named for word in words}
    missing = [code for code in codes if code not in named]
    if missing:
        finding("tests", "no test and no transcript shows: " + ", ".join(missing))


def check_top(paths):
    allowed = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "include", "src", "examples", "tests", "bench"}
    for name in sorted({p.split("/")[0] for p in paths}):
        if name not in allowed and not name.startswith("."):
            finding(name, "does not belong at the top")


def check_commands():
    readme = read("README.md")
    for command in ("examples/run", "tests/run"):
        if "./" + command not in readme:
            finding("README.md", "does not name ./" + command)
        if not os.access(os.path.join(root, command), os.X_OK):
            finding(command, "is not there, or not executable")
    code = [line.strip() for line in re.findall(r"^    (.*(?:mikoshi::|std::).*)$", readme, re.M)]
    examples = "\n".join(read(p) for p in files() if p.startswith("examples/") and p.endswith(".cpp"))
    played = "\n".join(read(p) for p in files() if p.startswith("examples/") and p.endswith(".txt"))
    for line in code:
        if line not in examples and not line.startswith(("target_link_libraries", "find_package")):
            finding("README.md", "its code is in no example: " + line)
    for line in re.findall(r"^    \$ (mikoshi .*)$", readme, re.M):
        if "$ " + line + "\n" not in played:
            finding("README.md", "its command is played by no example: " + line)
    if not os.access(os.path.join(root, ".ci/run"), os.X_OK) or "tests/run" not in read(".ci/run"):
        finding(".ci/run", "is not there, not executable, or does not call tests/run")


comment_or_text = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"((?:\\.|[^"\\\n])*)"', re.S)


def texts_of(path):
    """(line, text) of every string literal of a C++ file. Raw strings hold data."""
    source = re.sub(r"^\s*(#|visit\().*$", "", read(path), flags=re.M)  # what a field is, FORMAT.md says
    for found in comment_or_text.finditer(source):
        if found.group(1) is not None:
            yield source.count("\n", 0, found.start()) + 1, found.group(1)


def check_prose(paths):
    """People are spoken to in words.def only, where both languages stand side by side. The folder store is a library of its
    own and words its details in English; manual.cpp holds scripts."""
    others = {"src/csv.cpp", "src/files.cpp", "src/folder_store.cpp", "src/manual.cpp", "src/private.cpp",
              "src/words.hpp", "src/words.cpp"}
    tool = [p for p in paths if re.match(r"src/[^/]*\.[ch]pp$", p)]
    if len(tool) < 20:
        finding("src", "its files are not found")
    for path in tool:
        for line, text in texts_of(path):
            if re.search(r"\{:[<>^]", text):
                finding("%s:%d" % (path, line), "pads by fmt: pad_left and pad_right count columns")
            if path not in others and re.search(r"[A-Za-z]{2,}[,;:.]? [a-z]{2,}", text) and not text.startswith("mikoshi "):
                finding("%s:%d" % (path, line), "prose outside words.def: " + text)
    # What others word is recognised by its text: it must still be somebody's.
    library = "".join(re.sub(r'"\s*\n\s*"', "", read(p)) for p in paths if p.endswith((".hpp", ".cpp")) and p.startswith(("include/", "src/")))
    sections = re.split(r"^// (.*)$", read("src/words.def").split("--- details worded by others")[1].split("\n// ---")[0], flags=re.M)
    if len(sections) < 5:
        finding("src/words.def", "its details worded by others are not found")
    for title, section in zip(sections[1::2], sections[2::2]):
        if title in ("CLI11", "put together by check_quorum", "the system"):
            continue
        for text in re.findall(r'^MIKOSHI_HEARD\("((?:\\.|[^"\\])*)"', section, re.M):
            for part in text.split("{}"):
                if part.strip(" :") and part.strip(" :") not in library:
                    finding("src/words.def", "nobody says any more: " + text)


def main():
    paths = [p for p in files() if not generated.search(p)]
    headers = {p for p in paths if p.startswith("include/mikoshi/") and p.endswith(".hpp")}
    if len(headers) < 10:
        finding("include/mikoshi", "its headers are not found")
    check_layers(sorted(headers))
    check_words(sorted(headers))
    check_licence([p for p in paths if p.endswith(code) or p in ("CMakeLists.txt", "examples/run", "tests/run", ".ci/run")])
    check_promises(paths)
    check_errors_tested(paths)
    check_top(paths)
    check_commands()
    check_prose(paths)
    for text in findings:
        print(text)
    return 1 if findings else 0


sys.exit(main())
