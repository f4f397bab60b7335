#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second reader of a published folder: C2SP checkpoint and tiles with nothing but hashlib, nothing of mikoshi's.

It rebuilds every level from the entry bundles and holds each tile, each earlier snapshot's partial tiles, each snapshot's root
and ledger.jsonl against that. Signatures are not its subject. As a program: the folder as argument; prints what it found.
"""
import base64, hashlib, os, re, sys


class Refused(Exception):
    pass


def tree(hashes):
    """MTH of RFC 6962, over leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + tree(hashes[:k]) + tree(hashes[k:])).digest()


def place(level, index, width):
    """tile/LEVEL/x001/234.p/WIDTH"""
    groups = [index % 1000]
    while index >= 1000:
        index //= 1000
        groups.insert(0, index % 1000)
    path = "/".join(["x%03d" % g for g in groups[:-1]] + ["%03d" % groups[-1]])
    return "tile/%s/%s%s" % (level, path, "" if width == 256 else ".p/%d" % width)


def read(folder, name):
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise Refused(name + " is missing")


def checkpoint(folder, name):
    """(origin, size, root) of a note."""
    text = read(folder, name).decode()
    match = re.match(r"(mikoshi/[0-9a-f]{64})\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n\n(\u2014 [^ \n]+ [A-Za-z0-9+/=]+\n)+\Z", text)
    if not match:
        raise Refused(name + " is no checkpoint")
    return match.group(1), int(match.group(2)), base64.b64decode(match.group(3))


def entries(folder, index, width):
    name = place("entries", index, width)
    bundle, found, at = read(folder, name), [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at:at + 2], "big")
        found.append(bundle[at + 2:at + 2 + length])
        if len(bundle) < at + 2 + length or len(bundle) == at + 1:
            raise Refused(name + " is cut off")
        at += 2 + length
    if len(found) != width:
        raise Refused("%s has %d entries" % (name, len(found)))
    return found


def widths(count):
    """(index, width) of the tiles over so many hashes."""
    return [(n, min(256, count - 256 * n)) for n in range((count + 255) // 256)]


def check_tiles(folder, levels, size, edge_only):
    for level in range(len(levels)):
        count = size >> (8 * level)
        for index, width in widths(count):
            if edge_only and width == 256:
                continue
            name = place(str(level), index, width)
            if read(folder, name) != b"".join(levels[level][256 * index:256 * index + width]):
                raise Refused(name + " is another tile")


def check(folder):
    origin, size, root = checkpoint(folder, "checkpoint")
    lines = [line for index, width in widths(size) for line in entries(folder, index, width)]
    levels = [[hashlib.sha256(b"\x00" + line).digest() for line in lines]]
    if tree(levels[0]) != root:
        raise Refused("the lines do not have the checkpoint's root")
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([tree(below[256 * i:256 * i + 256]) for i in range(len(below) // 256)])
    check_tiles(folder, levels, size, False)
    if origin != "mikoshi/" + levels[0][0].hex():
        raise Refused("the origin is not the first line's hash")
    snapshots = sorted(int(name[:-5]) for name in os.listdir(os.path.join(folder, "snapshots")))
    if size not in snapshots or snapshots[-1] > size:
        raise Refused("the checkpoint is not the newest snapshot")
    for number in snapshots:
        name = "snapshots/%d.note" % number
        if checkpoint(folder, name) != (origin, number, tree(levels[0][:number])):
            raise Refused(name + " is of another log")
        check_tiles(folder, levels, number, True)
        for index, width in widths(number)[-1:]:
            if entries(folder, index, width) != lines[256 * index:256 * index + width]:
                raise Refused("the bundle of %s has other lines" % name)
    if read(folder, "ledger.jsonl") != b"".join(line + b"\n" for line in lines):
        raise Refused("ledger.jsonl has other lines than the bundles")
    return size, len(snapshots)


if __name__ == "__main__":
    try:
        print("%d lines, %d snapshots" % check(sys.argv[1]))
    except Refused as why:
        sys.exit(str(why))
