// SPDX-License-Identifier: MIT
/// `mikoshi cosigned`: the signatures that came back from witnesses are put under the snapshot that is kept here.
#include <algorithm>

#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "witnesses.hpp"

namespace mikoshi {

Result<Printout> run_cosigned(const CosignedOptions& options, const CommonOptions& common) {
  std::vector<Witness> witnesses;
  for (const std::string& text : options.witnesses) {
    auto witness = parse_witness(text);
    if (!witness) return fail(witness.error().code, witness.error().what, text);
    witnesses.push_back(std::move(*witness));
  }
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, note_bytes_max));
  MIKOSHI_ASSIGN(const Note brought, parse_note(text));
  MIKOSHI_ASSIGN(const Checkpoint point, parse_checkpoint(brought.text));
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const std::string kept_text, session.store().snapshot(point.size));
  MIKOSHI_ASSIGN(Note kept, parse_note(kept_text));
  const std::string lines = count<Count::lines>(point.size);
  if (kept.text != brought.text) return fail(Errc::unexpected_snapshot, wording<Word::cosigned_other>(lines), options.file);

  std::uint64_t added = 0;
  for (const NoteSignature& line : brought.signatures) {
    const auto same_key = [&](const NoteSignature& other) { return other.name == line.name && other.key_id == line.key_id; };
    if (std::any_of(kept.signatures.begin(), kept.signatures.end(), same_key)) continue;
    // Whoever is known must have signed this: a false line would keep the true one out.
    for (const Witness& witness : witnesses)
      if (line.name == witness.name && line.key_id == key_id(witness))
        MIKOSHI_TRY(verify_cosignature(line, witness, kept.text));
    kept.signatures.push_back(line);
    ++added;
  }
  MIKOSHI_TRY(check_signatures(kept, session.state().dao.stewards));
  if (kept.signatures.size() > note_signatures_max) return fail(Errc::too_many, wording<Word::cosigned_too_many>());
  if (added != 0) MIKOSHI_TRY(session.store().put_snapshot(point.size, to_string(kept)));
  Printout out;
  const std::uint64_t present = kept.signatures.size() - added;
  out.words = wording<Word::cosigned_done>(count<Count::signatures>(added), lines, thousands(present));
  out.json.set("added", static_cast<std::int64_t>(added));
  out.json.set("present", static_cast<std::int64_t>(present));
  out.json.set("size", static_cast<std::int64_t>(point.size));
  return out;
}

}  // namespace mikoshi
