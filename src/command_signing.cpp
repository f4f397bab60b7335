// SPDX-License-Identifier: MIT
/// Signing on several machines: `prepare` copies what is to be signed, `sign` there recomputes and signs it, `combine` brings the
/// signatures together, those of witnesses too. A wallet, which cannot recompute, signs what `prepare --typed` prints.
#include <fmt/format.h>

#include <algorithm>

#include "advice.hpp"
#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "witnesses.hpp"

namespace mikoshi {
namespace {

/// The newest statement, which must name every approved month. @error no_snapshot
Result<const StatementPoint*> newest_statement(const Session& session) {
  if (session.statements().empty() || !session.state().decisions.unstated.empty())
    return fail(Errc::no_snapshot, wording<Word::prepare_nothing>());
  return &session.statements().back();
}

/// The open proposal of that name, which must be a change of stewards. @error bad_id | no_such_proposal | wrong_type
Result<const Proposal*> steward_proposal(const State& state, const std::string& name) {
  MIKOSHI_ASSIGN(const RecordId id, RecordId::parse(name));
  MIKOSHI_ASSIGN(const auto index, state.proposals.find_open(id));
  const Proposal& row = state.proposals.rows[index];
  if (!std::holds_alternative<StewardChange>(row.effect))
    return fail(Errc::no_such_proposal, wording<Word::sign_no_stewards>(id.text()));
  return &row;
}

/// The note that the folder keeps for a statement; without signatures where it keeps none. @error as signing_state
Result<Note> kept_note(const Session& session, const StatementPoint& point) {
  MIKOSHI_ASSIGN(const SigningState signing, signing_state(session, point));
  if (signing.note.empty()) return Note{point.text, {}};
  return parse_note(signing.note);
}

/// NAME=0xSIGNATURE, by a steward with a wallet. @error usage | bad_id | bad_hex | not_a_steward
Result<NoteSignature> parse_wallet_signature(const Dao& dao, const std::string& text) {
  const auto equals = text.find("=0x");
  if (equals == std::string::npos) return fail(Errc::usage, wording<Word::combine_form>(), text);
  MIKOSHI_ASSIGN(const StewardId name, StewardId::parse(text.substr(0, equals)));
  MIKOSHI_ASSIGN(const KeySignature signature, KeySignature::parse(text.substr(equals + 3)));
  for (const Steward& steward : dao.stewards)
    if (steward.name == name)
      return NoteSignature{name.text(), key_id(name.text(), steward.key),
                           Bytes{signature.bytes().begin(), signature.bytes().end()}};
  return fail(Errc::not_a_steward, wording<Word::combine_not_a_steward>(name.text()));
}

/// Whoever is known must have signed this: a false line would keep the true one out. @error bad_signature
Status check_known(const Note& note, const NoteSignature& line, const std::vector<Witness>& witnesses) {
  for (const Witness& witness : witnesses)
    if (line.name == witness.name && line.key_id == key_id(witness))
      MIKOSHI_TRY(verify_cosignature(line, witness, note.text));
  return {};
}

}  // namespace

Result<Printout> run_prepare(const PrepareOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  Printout out;
  if (options.typed && !options.proposal.empty()) {
    MIKOSHI_ASSIGN(const Proposal* const proposal, steward_proposal(state, options.proposal));
    const std::string json =
        typed_json(typed_message(state.dao.id, proposal_tag, proposal_message(state.dao.id, proposal->leaf)));
    return Printout{json + "\n", *parse_json(json), true};
  }
  if (!options.proposal.empty()) return fail(Errc::usage, wording<Word::prepare_proposal_typed>());
  MIKOSHI_ASSIGN(const StatementPoint* const point, newest_statement(session));
  if (options.typed) {
    const std::string json = typed_json(typed(*parse_checkpoint(point->text)));
    return Printout{json + "\n", *parse_json(json), true};
  }
  if (options.out.empty()) return fail(Errc::usage, wording<Word::prepare_where>());
  std::vector<std::string> lines;
  Head head;
  MerkleLog log;
  MIKOSHI_TRY(session.store().read([&](std::string_view line) -> Status {
    if (log.size() == point->size) return {};
    log.append(leaf_hash(as_bytes(line)));
    head.bytes += line.size() + 1;
    lines.emplace_back(line);
    return {};
  }));
  head.size = log.size();
  head.root = log.root();
  MIKOSHI_TRY(create_folder(options.out, lines, head));
  const std::string hash = to_hex(snapshot_hash(point->text));
  out.words = wording<Word::prepared>(printable(options.out), hash,
                                      fmt::format("mikoshi --dir {} sign --key KEYFILE", printable(options.out)),
                                      fmt::format("mikoshi combine {}/snapshots/{}.note", printable(options.out), point->size));
  out.json.set("dir", options.out);
  out.json.set("size", static_cast<std::int64_t>(point->size));
  out.json.set("snapshot", hash);
  return out;
}

Result<Printout> run_combine(const CombineOptions& options, const CommonOptions& common) {
  if (options.notes.empty() && options.signatures.empty()) return fail(Errc::usage, wording<Word::combine_what>());
  MIKOSHI_ASSIGN(const std::vector<Witness> witnesses, parse_witnesses(options.witnesses));
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::write));
  const StatementPoint* point = nullptr;
  Note note;
  std::size_t present = 0;
  // All of them are read and checked before anything is kept.
  const auto begin = [&](const StatementPoint& found) -> Status {
    if (point == &found) return {};
    if (point != nullptr) return fail(Errc::usage, wording<Word::combine_one_snapshot>());
    point = &found;
    MIKOSHI_ASSIGN(note, kept_note(session, found));
    present = note.signatures.size();
    return {};
  };
  for (const std::string& path : options.notes) {
    MIKOSHI_ASSIGN(const std::string text, read_file(path, note_bytes_max));
    auto read = parse_note(text);
    if (!read) return fail(read.error().code, read.error().what, path + ", " + read.error().where);
    const auto found = std::find_if(session.statements().begin(), session.statements().end(),
                                    [&](const StatementPoint& one) { return one.text == read->text; });
    if (found == session.statements().end()) return fail(Errc::root_mismatch, wording<Word::combine_other>(), path);
    MIKOSHI_TRY(begin(*found));
    for (NoteSignature& signature : read->signatures) {
      MIKOSHI_TRY(check_known(note, signature, witnesses));
      add_signature(note, std::move(signature));
    }
  }
  for (const std::string& text : options.signatures) {
    if (point == nullptr) {
      MIKOSHI_ASSIGN(const StatementPoint* const newest, newest_statement(session));
      MIKOSHI_TRY(begin(*newest));
    }
    MIKOSHI_ASSIGN(NoteSignature signature, parse_wallet_signature(point->dao, text));
    add_signature(note, std::move(signature));
  }
  if (note.signatures.size() > note_signatures_max) return fail(Errc::too_many, wording<Word::combine_too_many>());
  MIKOSHI_ASSIGN(const Signers signers, check_signatures(note, point->dao.stewards));
  const std::size_t added = note.signatures.size() - present;
  if (added != 0) MIKOSHI_TRY(session.store().put_snapshot(point->size, to_string(note)));
  const bool payable = signers.stewards.size() >= point->dao.threshold;
  const std::string hash = to_hex(snapshot_hash(point->text));
  Printout out;
  out.words = wording<Word::combined>(count<Count::signatures>(added), joined(signers.stewards), signers.stewards.size(), point->dao.threshold, hash);
  out.words += payable ? wording<Word::combined_payable>() : wording<Word::next_step>(wording<Word::next_other_steward>());
  Json::Array names;
  for (const std::string& name : signers.stewards) names.push_back(name);
  out.json.set("added", static_cast<std::int64_t>(added));
  out.json.set("payable", payable);
  out.json.set("signers", std::move(names));
  out.json.set("size", static_cast<std::int64_t>(point->size));
  out.json.set("snapshot", hash);
  out.json.set("threshold", static_cast<std::int64_t>(point->dao.threshold));
  return out;
}

Result<Printout> run_sign_proposal(const SignOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const State& state = session.state();
  MIKOSHI_ASSIGN(const Proposal* const proposal, steward_proposal(state, options.proposal));
  const Hash message = proposal_message(state.dao.id, proposal->leaf);
  MIKOSHI_ASSIGN(const StewardSecretKey key, load_key(options.key, options.password));
  MIKOSHI_ASSIGN(const Steward steward, steward_of(state.dao, key.public_key()));
  Sign sign;
  sign.id = *RecordId::parse(options.proposal);
  sign.steward = steward.name;
  sign.steward_signature = KeySignature{key.sign(message)};
  WriteOptions write;
  write.at = options.at;
  MIKOSHI_TRY(session.submit(sign, write));
  MIKOSHI_TRY(session.commit());
  const std::size_t signed_by = state.proposals.rows[*state.proposals.ids.find(sign.id)].steward_signatures.size();
  Printout out;
  out.words = wording<Word::sign_proposal_done>(steward.name.text(), sign.id.text(), signed_by, state.dao.threshold);
  out.json.set("id", sign.id.text());
  out.json.set("signatures", static_cast<std::int64_t>(signed_by));
  out.json.set("steward", steward.name.text());
  out.json.set("threshold", static_cast<std::int64_t>(state.dao.threshold));
  return out;
}

}  // namespace mikoshi
