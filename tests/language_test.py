#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What changes with the language and the terminal, and what does not. Arguments: the tool, the fixtures' folder.

Colour: on a terminal, and only there. Language: files, --json and exit codes are the same bytes in both; --help, the manual
and the completions follow it. Completions are asked of bash; the manual is set by groff where it is installed.
"""
import json, os, pty, re, shutil, subprocess, sys, tempfile

tool, fixtures = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
failures = []


def check(what, good, shown=""):
    if not good:
        failures.append("%s: %s" % (what, shown))


def env(**more):
    base = {"PATH": "/usr/bin:/bin", "HOME": work, "LC_ALL": "C", "FIXTURES": fixtures}
    base.update(more)
    return {name: value for name, value in base.items() if value is not None}


def run(*arguments, **more):
    done = subprocess.run([tool, *arguments], cwd=work, env=env(**more), stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def on_terminal(*arguments, **more):
    """Both outputs as a terminal gets them."""
    parent, child = pty.openpty()
    process = subprocess.Popen([tool, *arguments], cwd=work, env=env(**more), stdin=subprocess.DEVNULL, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    while True:
        try:
            block = os.read(parent, 65536)
        except OSError:
            break
        if not block:
            break
        shown += block
    os.close(parent)
    process.wait(timeout=120)
    return shown.decode()


def make_salon():
    link = os.path.join(work, "bin")
    os.mkdir(link)
    os.symlink(tool, os.path.join(link, "mikoshi"))
    subprocess.run(["sh", os.path.join(fixtures, "salon.sh"), "closed"], cwd=work, check=True,
                   env=env(PATH=link + ":/usr/bin:/bin"), stdin=subprocess.DEVNULL)


def test_colour():
    red, green = "\x1b[31m", "\x1b[32m"
    shown = on_terminal("verify", "asagao", TERM="xterm")
    check("verify on a terminal is green", green + "right\x1b[m: " in shown, repr(shown[:80]))
    check("only one word is coloured", shown.count("\x1b") == 2, repr(shown))
    shown = on_terminal("frobnicate", TERM="xterm")
    check("an error on a terminal is red", shown.startswith("mikoshi: " + red + "error\x1b[m[usage]: "), repr(shown[:80]))
    shown = on_terminal("--lang", "ja", "frobnicate", TERM="xterm")
    check("also in Japanese", shown.startswith("mikoshi: " + red + "エラー\x1b[m[usage]: "), repr(shown[:80]))
    check("an empty NO_COLOR refuses nothing", "\x1b" in on_terminal("frobnicate", TERM="xterm", NO_COLOR=""))
    for what, arguments, more in (("NO_COLOR", [], {"TERM": "xterm", "NO_COLOR": "1"}), ("--no-color", ["--no-color"], {"TERM": "xterm"}),
                                  ("a dumb terminal", [], {"TERM": "dumb"}), ("an unknown terminal", [], {"TERM": None})):
        for command in (["verify", "asagao"], ["frobnicate"]):
            shown = on_terminal(*command, *arguments, **more)
            check("no colour with " + what, shown != "" and "\x1b" not in shown, repr(shown))
    for command in (["verify", "asagao"], ["frobnicate"], ["--help"], ["--dir", "asagao", "status"], ["man"]):
        for lang in ("en", "ja"):
            _, out, err = run(*command, "--lang", lang, TERM="xterm")
            check("no escape byte outside a terminal", "\x1b" not in out + err, command)


# Commands that read, and commands that fail before they write.
commands = (["--dir", "asagao", "owed"], ["--dir", "asagao", "status", "--at", "2024-04-02T00:00:00Z"], ["verify", "asagao"],
            ["--dir", "asagao", "explain", "m001", "2024-03"], ["--dir", "asagao", "explain", "m001"],
            ["--dir", "asagao", "explain", "m001", "2024-03", "--exact"], ["--dir", "asagao", "explain", "pool:reserve", "2024-03"],
            ["--dir", "asagao", "announce", "2024-03"], ["--dir", "asagao", "charter", "words"], ["charter", "words", "--template", "equal"],
            ["simulate", "asagao", "--charter", "now", "--charter", "equal", "--attack"],
            ["split", "--amount", "100", "--weights", "a=1,b=2"], ["key", "public", "mori.key"],
            ["frobnicate"], ["--dir", "nowhere", "status"], ["--dir", "asagao", "confirm", "1", "--by", "m001"],
            ["--dir", "asagao", "draft", "2024-03"], ["--dir", "asagao", "explain", "m999"], ["split", "--amount", "-1", "--weights", "a=1"])


def test_language():
    kana = re.compile("[ぁ-んァ-ン一-龯]")
    for command in commands:
        english, japanese = run(*command), run(*command, "--lang", "ja")
        check("the exit code is the same", english[0] == japanese[0], (command, english[0], japanese[0]))
        check("Japanese is spoken", command[0] == "key" or kana.search(japanese[1] + japanese[2]), (command, japanese))
        check("English is spoken", not kana.search(english[1] + english[2]), (command, english))
        check("LANG is heard", run(*command, LC_ALL=None, LANG="ja_JP.UTF-8") == japanese, command)
        as_json = [run(*command, "--json", "--lang", lang) for lang in ("en", "ja")]
        check("--json is the same bytes", as_json[0][:2] == as_json[1][:2], (command, as_json))
        if as_json[0][0] == 0:
            json.loads(as_json[0][1])
    # What is written is the same, too: the same salon by a Japanese operator.
    other = os.path.join(work, "other")
    os.mkdir(other)
    subprocess.run(["sh", os.path.join(fixtures, "salon.sh"), "closed"], cwd=other, check=True, stdin=subprocess.DEVNULL,
                   env=env(PATH=os.path.join(work, "bin") + ":/usr/bin:/bin", LC_ALL="ja_JP.UTF-8"))
    with open(os.path.join(other, "salon.log"), encoding="utf-8") as log:
        check("the operator spoke Japanese", kana.search(log.read()))
    for name in ("ledger.jsonl", "head"):
        with open(os.path.join(work, "asagao", name), "rb") as a, open(os.path.join(other, "asagao", name), "rb") as b:
            check(name + " does not speak", a.read() == b.read())


def commands_of(path=()):
    """Every command, as --help names them."""
    _, text, _ = run(*path, "--help")
    yield list(path), text
    part = text.split("\nSubcommands:\n")
    if len(part) == 2:
        for name in re.findall(r"^  ([a-z]+) ", part[1], re.M):
            yield from commands_of((*path, name))


def test_help():
    found = list(commands_of())
    check("all commands are found", len(found) > 25, len(found))
    for path, text in found:
        _, japanese, _ = run(*path, "--help", "--lang", "ja") if not path else run("--lang", "ja", *path, "--help")
        check("--help of %s is translated" % path, not re.search(r"\b(Usage|Options|Positionals|Subcommands|REQUIRED|Print|the|and)\b", japanese), japanese)
        names = [re.findall(r"^  (--?[a-z][a-z-]*(?:,--[a-z-]+)?|[A-Z][A-Z|]*)", t, re.M) for t in (text, japanese)]
        check("--help of %s names the same" % path, names[0] == names[1], names)
    return [" ".join(path) for path, _ in found if path]


def test_manual(names):
    for lang in ("en", "ja"):
        code, page, _ = run("man", "--lang", lang)
        check("the manual is printed", code == 0 and page.startswith('.TH MIKOSHI 1 ""'), page[:60])
        plain = re.sub(r"\\f[A-Z]", "", page).replace("\\-", "-").replace("\\:", "")
        for name in names:
            if not any(other.startswith(name + " ") for other in names):
                check("the manual has " + name, ".SS mikoshi " + name in plain, lang)
        check("no line starts a request by mistake", not re.search(r"^[.'](?!(TH|SH|SS|TP|ad|br)\b)", page, re.M), lang)
        if shutil.which("groff"):
            set_ = subprocess.run(["groff", "-ww", "-man", "-Kutf8", "-Tutf8"], input=page.encode(), capture_output=True)
            check("groff has nothing to say", set_.returncode == 0 and not set_.stderr, set_.stderr.decode()[:300])


def test_completions(names):
    for shell in ("bash", "zsh", "fish"):
        for lang in ("en", "ja"):
            code, script, _ = run("completion", shell, "--lang", lang)
            path = os.path.join(work, shell + "." + lang)
            with open(path, "w", encoding="utf-8") as file:
                file.write(script)
            check("a script for " + shell, code == 0 and "mikoshi" in script)
            for name in names:
                check("%s knows %s" % (shell, name), name in script)
            if shutil.which(shell):
                read = subprocess.run([shell, "-n", path], capture_output=True)
                check(shell + " reads it", read.returncode == 0 and not read.stderr, read.stderr.decode())
    if not shutil.which("bash"):
        return

    def complete(*words):
        script = ('source "$0"; COMP_WORDS=(mikoshi "$@"); COMP_CWORD=$#; _mikoshi; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, os.path.join(work, "bash.en"), *words], capture_output=True, timeout=60)
        check("bash completes " + repr(words), not done.stderr, done.stderr.decode())
        return done.stdout.decode().split()

    for words, expected in ((["memb"], ["member"]), (["member", "j"], ["join"]), (["member", "join", "--co"], ["--count"]),
                            (["--lang", ""], ["en", "ja"]), (["--dir", "new", "stat"], ["status"]), (["--json", "stat"], ["status"]),
                            (["completion", "z"], ["zsh"]), (["charter", "words", "--template", "s"], ["salon", "seed-first"]),
                            (["verify", "--exp"], ["--expect"]), (["verify", "--at"], []), (["new", "--dir", "x"], [])):
        check("bash completes " + repr(words), complete(*words) == expected, complete(*words))


with tempfile.TemporaryDirectory() as work:
    make_salon()
    test_colour()
    test_language()
    names = test_help()
    test_manual(names)
    test_completions(names)
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
