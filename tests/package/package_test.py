#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The three ways to the library, each walked by a program of a few lines: find_package, add_subdirectory, pkg-config.

    package_test.py STEP SOURCE BUILD VERSION COMPILER [FLAG…]

STEP `install` comes first: it installs BUILD beside the other builds, moves the tree, so that a path that was written
into a file shows, and makes a small DAO with the installed tool. The other steps build a program against that tree and
compare what it prints with what the tool wrote. FLAGs are those that the installed archive was built with (a sanitizer).
"""
import json, os, shutil, subprocess, sys

step, source, build, version, compiler = sys.argv[1:6]
flags = " ".join(sys.argv[6:]).split()
here = os.path.dirname(os.path.abspath(__file__))
place = os.path.join(build, "package")
tree = os.path.join(place, "moved")
dao = os.path.join(place, "dao")
# The public key of the secret 0101…01, computed without libsecp256k1.
printed = "34 33 33 signed by 1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f\n"
environment = {k: v for k, v in os.environ.items() if k not in ("DESTDIR", "CMAKE_PREFIX_PATH", "PKG_CONFIG_PATH")}


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**environment, **options})
    if done.returncode != 0:
        sys.exit("%s\nexit %d: %s" % (done.stdout, done.returncode, " ".join(command)))
    return done.stdout


def expect(what, found, expected):
    if found != expected:
        sys.exit("%s\n  found     %r\n  expected  %r" % (what, found, expected))


def files_below(folder, *endings):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names
                  if name.endswith(endings or ("",)))


def configure_and_build(way, *definitions):
    folder = os.path.join(place, way)
    shutil.rmtree(folder, ignore_errors=True)
    run("cmake", "-S", os.path.join(here, way), "-B", folder, "-DCMAKE_CXX_COMPILER=" + compiler, "-DCMAKE_BUILD_TYPE=",
        "-DCMAKE_CXX_FLAGS=" + " ".join(flags), *definitions)
    run("cmake", "--build", folder)
    return folder


def install():
    shutil.rmtree(place, ignore_errors=True)
    run("cmake", "--install", build, "--prefix", os.path.join(place, "installed"))
    os.rename(os.path.join(place, "installed"), tree)
    headers = files_below(os.path.join(source, "include"), ".hpp", ".md")
    expect("the headers and the documents beside them", files_below(os.path.join(tree, "include")), headers)
    for name in files_below(tree, ".cmake", ".pc"):
        with open(os.path.join(tree, name), encoding="utf-8") as file:
            text = file.read()
        for path in (source, build):
            if path in text:
                sys.exit("%s names %s, which is not there on another machine" % (name, path))
    # The manual and the completions, as the tool prints them.
    tool = os.path.join(tree, "bin", "mikoshi")
    for name, words in {"man/man1/mikoshi.1": ["man"], "bash-completion/completions/mikoshi": ["completion", "bash"],
                        "zsh/site-functions/_mikoshi": ["completion", "zsh"],
                        "fish/vendor_completions.d/mikoshi.fish": ["completion", "fish"]}.items():
        with open(os.path.join(tree, "share", name), encoding="utf-8") as file:
            expect(name, file.read(), run(tool, *words, LC_ALL="C"))
    # Nobody's key: this DAO signs nothing.
    run(tool, "new", dao, "--template", "equal", "--at", "2026-01-01T00:00:00Z",
        "--steward", "nobody=50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0")


def find_package():
    built = configure_and_build("find_package", "-DMIKOSHI_VERSION=" + version, "-DCMAKE_PREFIX_PATH=" + tree)
    expect("consumer", run(os.path.join(built, "consumer")), printed)
    with open(os.path.join(dao, "head"), encoding="utf-8") as file:
        head = json.load(file)
    for program in ("two_units", "two_units_compiled"):
        expect(program, run(os.path.join(built, program), dao), "%d %s\n" % (head["seq"], head["root"]))


def add_subdirectory():
    built = configure_and_build("add_subdirectory", "-DMIKOSHI_SOURCE=" + source,
                                "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    with open(os.path.join(built, "compile_commands.json"), encoding="utf-8") as file:
        words = " ".join(entry["command"] for entry in json.load(file)).split()
    expect("our warnings in the host's build", [w for w in words if w.startswith("-W") and w not in flags], [])
    expect("consumer", run(os.path.join(built, "consumer")), printed)


def pkg_config():
    found = [os.path.join(tree, os.path.dirname(name)) for name in files_below(tree, ".pc")]
    expect("the .pc files", len(found), 3)

    def ask(*question):
        return run("pkg-config", *question, PKG_CONFIG_PATH=":".join(found)).split()

    for name in ("mikoshi", "mikoshi-compiled", "mikoshi-folder"):
        expect(name, ask("--modversion", name), [version])
    # The archives are linked by find_package above; here the answer has to name a file that is there.
    for part in ("compiled", "folder"):
        archives = [word[2:] for word in ask("--libs-only-L", "mikoshi-" + part)]
        name = "libmikoshi_%s.a" % part
        expect(name, [os.path.exists(os.path.join(a, name)) for a in archives], [True])
    expect("its definition", "-DMIKOSHI_COMPILED" in ask("--cflags", "mikoshi-compiled"), True)
    program = os.path.join(place, "pkg_config_consumer")
    run(compiler, "-std=c++20", *flags, os.path.join(here, "consumer.cpp"), "-o", program,
        *ask("--cflags", "--libs", "mikoshi"))
    expect("consumer", run(program), printed)


{"install": install, "find_package": find_package, "add_subdirectory": add_subdirectory, "pkg_config": pkg_config}[step]()
