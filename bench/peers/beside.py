#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sets what peers.py measured beside mikoshi_bench's rows of the same work and size, or of the next larger one.

    beside.py [--json] ROWS PEERS
"""
import json, sys

as_json = "--json" in sys.argv[1:]
rows_file, peers_file = [a for a in sys.argv[1:] if a != "--json"]
with open(rows_file) as file:
    measured = json.load(file)
with open(peers_file) as file:
    peers = [json.loads(line) for line in file]
for peer in peers:
    same = sorted((row for row in measured["rows"] if row["name"] == peer["name"]), key=lambda row: (row["n"] < peer["n"], abs(row["n"] - peer["n"])))
    if same:
        peer.update(ours_ns=same[0]["ns"], ratio=same[0]["ns"] / peer["ns"])
if as_json:
    print(json.dumps({**measured, "peers": peers}, sort_keys=True))
else:
    print("%-12s %-28s %9s %12s %12s %10s" % ("work", "peer", "n", "peer, ns", "ours, ns", "ours/peer"))
    for peer in peers:
        print("%-12s %-28s %9d %12.1f %12.1f %10.5f" % (peer["name"], peer["peer"], peer["n"], peer["ns"], peer.get("ours_ns", 0), peer.get("ratio", 0)))
