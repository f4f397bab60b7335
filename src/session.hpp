// SPDX-License-Identifier: MIT
#pragma once
/// @file session.hpp
/// One run of the tool on one DAO: the opened store, the replayed ledger, and what is about to be added to it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "mikoshi/proof/verify.hpp"
#include "mikoshi/store/folder.hpp"
#include "private.hpp"

namespace mikoshi {

/// The log as it stood after a statement: what a snapshot of that size says.
struct StatementPoint {
  std::uint64_t size = 0;
  std::string text;  ///< what stewards sign
  std::optional<Period> closed_through;
  Dao dao;  ///< whose stewards sign it
};

/// A line on the terminal that says how far a long replay has come. Silent where standard error is no terminal.
class Progress {
 public:
  explicit Progress(std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();
  void at(std::uint64_t done) const;

 private:
  std::uint64_t total_;
  bool shown_;
};

class Session {
 public:
  /// Opens, replays and checks; shows progress where it takes long. @error as open_folder, load
  [[nodiscard]] static Result<Session> open(const CommonOptions& common, Access access, const VisitLine& visit = {});

  [[nodiscard]] const State& state() const { return ledger_.state; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] Store& store() const { return *store_; }
  [[nodiscard]] const std::string& dir() const { return dir_; }
  /// Every statement, oldest first.
  [[nodiscard]] const std::vector<StatementPoint>& statements() const { return statements_; }

  /// The canonical line of a seq, committed or about to be. @error no_such_record
  [[nodiscard]] Result<std::string> line_at(std::uint64_t seq) const;
  /// The root over the first `size` lines, committed or about to be. @error rollback  the ledger has fewer.
  [[nodiscard]] Result<Hash> root_at(std::uint64_t size) const;

  /// Proposes an event. Nothing reaches the disk before `commit`. @error as submit | time_in_future
  [[nodiscard]] Result<Entry> submit(Json claim, const WriteOptions& write);
  template <class E>
  [[nodiscard]] Result<Entry> submit(const E& event, const WriteOptions& write) {
    Json claim;
    claim.set("kind", E::kind);
    encode_fields(event, claim);
    return submit(std::move(claim), write);
  }
  /// The private book, read once; what is changed in it is written by `commit`. @error as read_private_book
  [[nodiscard]] Result<PrivateBook*> private_book();
  /// Writes all that was proposed, in one step, after what is private of it. @error as write_private_book, Store::append
  [[nodiscard]] Status commit();

 private:
  void note_statement(const Ledger& ledger);

  std::string dir_;
  std::unique_ptr<Store> store_;
  Ledger ledger_;
  std::vector<std::string> lines_;  ///< proposed, not yet committed
  std::vector<StatementPoint> statements_;
  std::optional<PrivateBook> book_;
};

/// How many threads read the lines of a ledger: as many as the machine runs at once, at most four.
[[nodiscard]] std::size_t reading_threads();

/// Tells the person about bytes that an append left behind and never confirmed.
void note_leftover(const Store& store, Access access);

/// The time of --at, or now. @error bad_time | time_in_future (more than five minutes ahead of this machine's clock)
[[nodiscard]] Result<Timestamp> parse_at(const std::string& at);

/// SHA-256 of a file's bytes. @error as read_file
[[nodiscard]] Result<Hash> hash_file(const std::string& path);

/// The beginning of an id's own hash, for ids that the tool chooses: the same claim gets the same id, so that a repeated
/// command finds what it wrote the first time.
[[nodiscard]] std::string short_hash(std::string_view text);

/// The next unused id of the form m001, m002, …
template <class IdType>
[[nodiscard]] IdType next_id(const Interner<IdType>& ids, std::string_view prefix) {
  for (std::size_t number = ids.size() + 1;; ++number) {
    const IdType id = *IdType::parse(std::string{prefix} + detail::padded(static_cast<long long>(number), 3));
    if (!ids.find(id)) return id;
  }
}

/// What the ledger holds under the event's id, if it does. @error as Session::line_at
template <class E>
[[nodiscard]] Result<std::optional<E>> recorded(const Session& session, const E& event) {
  const auto seq = event.made_in(session.state());
  if (!seq) return std::optional<E>{};
  MIKOSHI_ASSIGN(const std::string text, session.line_at(*seq));
  MIKOSHI_ASSIGN(const Line line, decode_line(text));
  return std::optional{std::get<E>(line.event)};
}

/// CODE:DECIMALS, like USD:2. @error bad_currency
[[nodiscard]] Result<Currency> parse_currency(const std::string& text);

/// NAME=PUBKEY. @error usage | bad_id | bad_hex | bad_pubkey
[[nodiscard]] Result<Steward> parse_steward(const std::string& text);

/// What `verify` was told to expect. @error as parse_hash, parse_steward
[[nodiscard]] Result<Expectations> parse_expectations(const VerifyOptions& options);

/// How many stewards have signed a statement's snapshot so far.
struct SigningState {
  std::string note;                  ///< the note so far; empty: nobody signed
  std::vector<std::string> signers;  ///< stewards whose signature is valid
  bool quorum = false;               ///< as many as must sign: what the statement names is payable
};
/// @error root_mismatch (the snapshot kept is of other lines) | as parse_note, check_signatures
[[nodiscard]] Result<SigningState> signing_state(const Session& session, const StatementPoint& point);

}  // namespace mikoshi
