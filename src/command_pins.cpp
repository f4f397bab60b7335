// SPDX-License-Identifier: MIT
/// `mikoshi pins`: what `verify` has seen on this machine.
#include "advice.hpp"
#include "pins.hpp"
#include "screen.hpp"

namespace mikoshi {

Result<Printout> run_pins() {
  MIKOSHI_ASSIGN(const Pinned pinned, read_pins(pins_place()));
  Printout out;
  Json::Array rows, evidence;
  for (const Pin& pin : pinned.pins) {
    const Note last = *parse_note(pin.notes.back());
    const std::uint64_t size = parse_checkpoint(last.text)->size;
    const std::string snapshot = to_hex(snapshot_hash(last.text));
    const std::uint64_t waiting = pin.notes.size() - 1;
    out.words += wording<Word::pins_row>(to_hex(pin.dao), count<Count::lines>(size), snapshot);
    if (waiting != 0) out.words += wording<Word::pins_waiting>(count<Count::snapshots>(waiting));
    Json row;
    row.set("dao", to_hex(pin.dao));
    row.set("size", static_cast<std::int64_t>(size));
    row.set("snapshot", snapshot);
    row.set("unchecked", static_cast<std::int64_t>(waiting));
    rows.push_back(std::move(row));
  }
  for (const std::string& path : pinned.evidence) {
    out.words += wording<Word::pins_evidence>(printable(path));
    evidence.push_back(path);
  }
  if (out.words.empty()) out.words = wording<Word::pins_none>();
  out.json.set("evidence", std::move(evidence));
  out.json.set("pins", std::move(rows));
  return out;
}

Result<Printout> run_pins_forget(const PinsForgetOptions& options) {
  MIKOSHI_ASSIGN(const Hash dao, parse_hash(options.dao));
  MIKOSHI_TRY(forget_pin(pins_place(), dao));
  Printout out;
  out.words = wording<Word::pins_forgotten>(options.dao);
  out.json.set("forgotten", options.dao);
  return out;
}

}  // namespace mikoshi
