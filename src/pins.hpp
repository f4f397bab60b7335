// SPDX-License-Identifier: MIT
#pragma once
/// @file pins.hpp
/// What this user has seen signed: one small file a DAO, so that nobody is shown an older history later, or another one.
///
/// A pin holds the snapshots seen since a ledger was last verified, ascending by size: the first is the one that its ledger
/// was verified under (or the first that a receipt brought), the others came with receipts, which cannot show that they
/// continue it. The next ledger is held against all of them; then it is the only one.
///
/// A pin is only ever replaced by one that remembers more: read, compared and written under a lock of the folder.

#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "mikoshi/proof/evidence.hpp"
#include "mikoshi/proof/receipt.hpp"

namespace mikoshi {

/// So many snapshots wait for a ledger at most; later ones are checked, but not remembered.
inline constexpr std::size_t pin_notes_max = 64;

/// The file of one DAO: canonical JSON.
struct Pin {
  Hash dao{};
  std::vector<std::string> notes;  ///< snapshots with their signatures, ascending by size, at least one
  Hash sha256{};
  std::string type{"mikoshi-pin-v1"};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("dao", self.dao, "its id");
    visit("notes", self.notes, "the snapshots seen, ascending by size");
    visit("sha256", self.sha256, "of the notes one behind the other, so that damage shows");
    visit("type", self.type, "mikoshi-pin-v1");
  }
};

/// One line of canonical JSON, ended; its digest is computed.
[[nodiscard]] std::string to_string(Pin pin);

/// Reads a pin and refuses everything but what `to_string` gives for this DAO.
/// @error bad_pin  with what is wrong.
[[nodiscard]] Result<Pin> parse_pin(std::string_view text, const Hash& dao);

/// How a snapshot stands to what was seen before.
enum class Sight {
  first,      ///< nothing was
  same,       ///< it was
  extends,    ///< the ledger has all that was seen, unchanged, and more
  unchecked,  ///< a receipt's, of lines that were not seen: whether they continue those seen only the ledger can show
};

struct Seen {
  Sight sight = Sight::first;
  std::uint64_t size = 0;           ///< of the largest snapshot seen before
  std::optional<Error> forgetting;  ///< why this one could not be written down
};

/// Where pins are kept: $MIKOSHI_PINS, else $XDG_STATE_HOME/mikoshi/pins, else ~/.local/state/mikoshi/pins.
/// @return empty where none of the three is set.
[[nodiscard]] std::string pins_place();

/// Holds a verified snapshot against what was seen of its DAO, and remembers it.
/// @param lines  the verified ledger, read once more, and once more for evidence.
/// @error rollback      a larger snapshot was seen.
/// @error equivocation  it contradicts one that was seen; says who signed both, and where the evidence was written.
/// @error bad_pin | store_io | not_regular_file (a pin that cannot be read) | as `lines`
[[nodiscard]] Result<Seen> see_ledger(const std::string& place, const Hash& dao, const std::string& note_text,
                                      const LineSource& lines);

/// The same for the snapshot of a receipt, whose lines are not at hand. An older one is no offence: a month stays signed.
/// @param receipt  for evidence: the first line of the DAO's ledger, and what changes of stewards it shows.
/// @error as see_ledger, but no rollback
[[nodiscard]] Result<Seen> see_receipt(const std::string& place, const Hash& dao, const std::string& note_text,
                                       const ReceiptBody& receipt);

/// Adds what is worth saying of it to an answer; warns where it could not be written down.
void say_seen(const Seen& seen, Printout& out);

/// What is remembered, by DAO, and the names of the evidence files beside it.
struct Pinned {
  std::vector<Pin> pins;
  std::vector<std::string> evidence;
};
/// @error bad_pin | store_io. A place that is not there holds nothing.
[[nodiscard]] Result<Pinned> read_pins(const std::string& place);

/// Deletes the pin of a DAO, also a damaged one. @error no_such_store | write_failed
[[nodiscard]] Status forget_pin(const std::string& place, const Hash& dao);

}  // namespace mikoshi
