#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The conformance vectors on a machine whose bytes stand the other way round, and whose char has no sign: s390x, emulated by qemu.

    big_endian_test.py SOURCE FOLDER     Debian's libraries for s390x are brought below FOLDER and not installed

Every object (canonical text, splits, trees, snapshots, ledgers, receipts, attacks on them) has the bytes that are frozen. Skipped,
with the reason, where the compiler, the emulator or the libraries are missing.
"""
import concurrent.futures, glob, hashlib, os, shutil, subprocess, sys

from npm import Skipped, need_all

source, folder = map(os.path.abspath, sys.argv[1:3])
units = ["src/command_vectors.cpp", "src/files.cpp", "src/screen.cpp", "src/words.cpp", "tests/big_endian.cpp"]
libraries = ["libfmt-dev", "libsecp256k1-dev", "libssl-dev", "libutf8proc-dev"]
compiler, emulator = "s390x-linux-gnu-g++", "qemu-s390x-static"


def run(what, *command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **more)
    if done.returncode != 0:
        sys.exit("%s: %s" % (what, done.stdout))


def bring():
    """Debian's packages for s390x, unpacked in a folder: what is installed on this machine stays what it is."""
    root = os.path.join(folder, "root")
    if os.path.exists(os.path.join(folder, "brought")):
        return root
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "packages", "root"):
        os.makedirs(os.path.join(folder, name))
    apt = ["apt-get", "-q", "-o", "APT::Architecture=s390x", "-o", "APT::Architectures::=s390x", "-o", "APT::Sandbox::User=",
           "-o", "Dir::State::Lists=%s/lists" % folder, "-o", "Dir::Cache=%s/cache" % folder]
    for what, command in (("lists", ["update"]), ("libraries", ["download", *libraries])):
        done = subprocess.run([*apt, *command], cwd=os.path.join(folder, "packages"), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise Skipped("apt-get gives no %s for s390x: %s" % (what, done.stderr.strip().splitlines()[-1:]))
    for package in glob.glob(os.path.join(folder, "packages", "*.deb")):
        run("dpkg-deb", "dpkg-deb", "-x", package, root)
    os.symlink("/usr/include/boost", os.path.join(root, "usr/include/boost"))  # headers alone, the same for all machines
    open(os.path.join(folder, "brought"), "w").close()
    return root


def build(root):
    include = os.path.join(root, "usr/include")
    flags = ["-std=c++20", "-O0", "-DFMT_HEADER_ONLY", "-I" + os.path.join(source, "include"), "-I" + os.path.join(source, "src"),
             "-isystem", include, "-isystem", os.path.join(include, "s390x-linux-gnu")]

    def compile_one(unit):
        made = os.path.join(folder, os.path.basename(unit) + ".o")
        run(unit, compiler, *flags, "-c", os.path.join(source, unit), "-o", made)
        return made

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(compile_one, units))
    program = os.path.join(folder, "vectors")
    run("link", compiler, "-static", *made, "-o", program, "-L" + os.path.join(root, "usr/lib/s390x-linux-gnu"), "-lsecp256k1", "-lcrypto", "-lutf8proc")
    return program


def main():
    need_all()
    for program in (compiler, emulator, "apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise Skipped("there is no " + program)
    program, out = build(bring()), os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    run("vectors", emulator, program, out, timeout=600)
    with open(os.path.join(source, "tests/fixtures/vectors.sha256")) as file:
        frozen = dict(reversed(line.split()) for line in file)
    found = {name: hashlib.sha256(open(os.path.join(out, name), "rb").read()).hexdigest() for name in os.listdir(out)}
    if found != frozen:
        sys.exit("other bytes in " + ", ".join(sorted(name for name in {*found, *frozen} if found.get(name) != frozen.get(name))))
    print("the same bytes in " + ", ".join(sorted(found)))


try:
    main()
except Skipped as why:
    print("skipped:", why)
    sys.exit(77)
