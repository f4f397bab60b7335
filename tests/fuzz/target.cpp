// SPDX-License-Identifier: MIT
#include "target.hpp"

#include <array>
#include <cstdio>

namespace fuzz {
namespace {

/// Dies of one input in 2^32. Whoever runs targets must see it die, or would see nothing die.
void control(ByteSpan bytes) { MIKOSHI_CHECK(as_text(bytes) != "bad!"); }

constexpr std::array table = {
    Target{"amount", amount, 100, 60000, "amounts in minor and major units, weights, counts"},
    Target{"api", api, 300, 300,
           "a sequence of events submitted to a ledger: the books balance, refusals change nothing"},
    Target{"bytes", bytes, 400, 20000, "hexadecimal and base64"},
    Target{"carry", carry, 600, 3000, "splits that remember: nobody is a unit ahead or behind, nothing is lost"},
    Target{"charter", charter, 1500, 500, "rules, two charters in a row, and the months that they distribute"},
    Target{"checkpoint", checkpoint, 400, 60000, "the three lines that name a state of a log"},
    Target{"claim", claim, 1500, 8000, "an event as it is submitted"},
    Target{"claim_tree", claim_tree, 500, 400,
           "claims on a chain: each takes its own, and the dump says the same again"},
    Target{"consistency", consistency, 200, 8000,
           "proofs that a log grew, and of what it was: only the true one verifies"},
    Target{"control", control, 8, 400000, "dies of \"bad!\": shows that what dies is seen"},
    Target{"cosignature", cosignature, 300, 8000, "witnesses and their keys: counted is who signed"},
    Target{"csv", csv, 400, 20000, "tables"},
    Target{"event", event, 500, 1500, "every event's field list, filled, written, read and damaged"},
    Target{"evidence", evidence, 4000, 3000, "evidence: whoever is named signed two histories"},
    Target{"hamilton", hamilton, 300, 8000,
           "splits that remember nothing: the whole amount, to the largest remainders"},
    Target{"id", id, 200, 30000, "ids, currencies, and the table of ids"},
    Target{"json", json, 600, 15000, "JSON in any spelling, its canonical spelling, UTF-8"},
    Target{"key", key, 300, 4000, "keys, addresses and names in one spelling; stewards' signature lines"},
    Target{"key_file", key_file, 800, 15000, "key files, without a password"},
    Target{"ledger", ledger, 12000, 150, "lines taken one after the other"},
    Target{"line", line, 1500, 8000, "one ledger line"},
    Target{"merkle", merkle, 300, 1500, "proofs of inclusion: only the true one verifies"},
    Target{"note", note, 800, 8000, "signed notes"},
    Target{"pin", pin, 3000, 5000, "pins: what was seen signed"},
    Target{"private_book", private_book, 1500, 5000, "the private book, and that it forgets"},
    Target{"receipt", receipt, 8000, 1000, "receipts: only what the stewards signed verifies"},
    Target{"sum_tree", sum_tree, 300, 1500, "proofs of payouts: only the true one verifies, and no amount hides"},
    Target{"tile", tile, 600, 2500, "a log in files that anybody may have altered"},
    Target{"time", time, 60, 30000, "times, months, time zones"},
    Target{"tlog_proof", tlog_proof, 5000, 8000, "proofs that some data stands in a log"},
    Target{"transfer_log", transfer_log, 4000, 1500, "the log of an ERC-721 contract"},
    Target{"verify", verify, 12000, 200, "a snapshot and a ledger, as a stranger gets them"},
};

}  // namespace

std::span<const Target> targets() { return table; }

const Target* find_target(std::string_view name) {
  for (const Target& target : table)
    if (target.name == name) return &target;
  return nullptr;
}

void list_targets() {
  for (const Target& target : table)
    std::printf("%s\t%zu\t%llu\t%s\n", std::string{target.name}.c_str(), target.length_max,
                static_cast<unsigned long long>(target.short_runs), std::string{target.about}.c_str());
}

}  // namespace fuzz
