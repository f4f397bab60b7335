// SPDX-License-Identifier: MIT
#pragma once
/// @file store.hpp
/// `Store`: where a ledger's lines and snapshots are kept, so that what was confirmed is never lost nor half there.
///
/// Layer 6. Depends on: ledger/replay.hpp. The stores themselves are compiled; `open_folder` is one of them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mikoshi/ledger/replay.hpp"

namespace mikoshi {

/// How far a ledger is committed.
struct Head {
  std::uint64_t bytes = 0;  ///< of its lines, newlines included
  std::uint64_t size = 0;   ///< number of lines; the next line's seq
  Hash root{};              ///< of the log tree over them

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("bytes", self.bytes, "length of the committed lines");
    visit("root", self.root, "root of the log tree over them");
    visit("seq", self.size, "number of committed lines");
  }
  friend bool operator==(const Head&, const Head&) = default;
};

[[nodiscard]] inline Head head_of(const Ledger& ledger) { return {ledger.bytes, ledger.log.size(), ledger.log.root()}; }

/// One DAO's lines and snapshots. Not for two threads at once.
///
/// After the first failed write the object is dead and answers `store_io` to everything: what reached the disk is only
/// known by opening it again.
class Store {
 public:
  virtual ~Store() = default;

  /// The committed head.
  [[nodiscard]] virtual Head head() const = 0;

  /// Bytes found beyond the head: an append that was never committed. The next writer cuts them off.
  [[nodiscard]] virtual std::uint64_t leftover_bytes() const = 0;

  /// Gives the committed lines in order. @error store_io | store_corrupt (fewer bytes than the head says, a line too long)
  [[nodiscard]] virtual Status read(const TakeLine& take) const = 0;

  /// One committed line. The first call reads through the lines, later ones go straight to theirs.
  /// @error no_such_record | store_io | store_corrupt
  [[nodiscard]] virtual Result<std::string> line(std::uint64_t seq) const = 0;

  /// Commits `lines` (without newlines) after the head in one step: all or nothing, also through a crash.
  /// @error stale_head (head() is not `expected`) | store_io | write_failed
  [[nodiscard]] virtual Status append(const Head& expected, const std::vector<std::string>& lines,
                                      const Head& next) = 0;

  /// The sizes of the snapshots kept, ascending. @error store_io
  [[nodiscard]] virtual Result<std::vector<std::uint64_t>> snapshots() const = 0;

  /// The text of the snapshot of that size. @error no_snapshot | store_io
  [[nodiscard]] virtual Result<std::string> snapshot(std::uint64_t size) const = 0;

  /// Keeps a snapshot, in one step; an earlier text of the same size is replaced. @error write_failed
  [[nodiscard]] virtual Status put_snapshot(std::uint64_t size, const std::string& text) = 0;
};

/// Whether a store is opened to read, or as its one writer.
enum class Access { read, write };

/// Reads every line of `store` and checks the result against its head.
/// @param threads  as for replay.
/// @error as replay | store_corrupt
[[nodiscard]] MIKOSHI_INLINE Result<Ledger> load(const Store& store, const VisitLine& visit = {}, std::size_t threads = 1);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE Result<Ledger> load(const Store& store, const VisitLine& visit, std::size_t threads) {
  Ledger ledger;
  MIKOSHI_TRY(replay(
      ledger, [&](const TakeLine& take) { return store.read(take); }, visit, threads));
  if (head_of(ledger) != store.head())
    return fail(Errc::store_corrupt, "the lines are not those that the head was written for", "head");
  return ledger;
}

#endif

}  // namespace mikoshi
