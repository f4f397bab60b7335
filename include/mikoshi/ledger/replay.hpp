// SPDX-License-Identifier: MIT
#pragma once
/// @file replay.hpp
/// `Ledger`: the state and the log tree after some lines; reading lines into it, and proposing new ones.
///
/// Layer 4. Depends on: ledger/apply.hpp.
///
/// A `Ledger` is a value: copy it to try a batch, throw the copy away if one event of the batch is refused.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mikoshi/ledger/apply.hpp"

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)
#include <deque>
#include <future>
#endif

namespace mikoshi {

struct Ledger {
  State state;
  MerkleLog log;            ///< over the lines' leaf hashes
  std::uint64_t bytes = 0;  ///< of all lines, newlines included
};

/// Takes the next line, without its newline. On error the ledger is unchanged.
/// @error as decode_line, then as apply; `where` begins with the seq.
[[nodiscard]] inline Result<Line> take_line(Ledger& ledger, std::string_view line);

/// Where lines come from: calls the function it is given with each line (without newline) in order, and stops at the first
/// error. So a ledger is streamed, never held.
using TakeLine = std::function<Status(std::string_view line)>;
using LineSource = std::function<Status(const TakeLine& take)>;

/// The lines of a text, each ended by a newline. @pre the text outlives the source. @error truncated (no last newline)
[[nodiscard]] inline LineSource text_lines(std::string_view text);

/// Called ahead of each line with the ledger before it.
using VisitLine = std::function<Status(const Ledger& before, const Line& line)>;

/// Takes every line of `source`.
/// @param threads  with more than one, the others read lines ahead, some thousands each, while this one applies them in order;
///                 what comes of it is the same.
/// @error as take_line, of the source, of `visit`.
[[nodiscard]] MIKOSHI_INLINE Status replay(Ledger& ledger, const LineSource& source, const VisitLine& visit = {},
                                           std::size_t threads = 1);

/// What became of a submitted event.
struct Entry {
  std::uint64_t seq = 0;
  Hash leaf{};
  std::string id;         ///< the event's id, where it has one
  bool existing = false;  ///< the same claim was there already under this id; nothing was added
};

/// Proposes an event: any JSON object without `seq` (see decode_claim). Writes its canonical line to `line`, or leaves
/// `line` empty when the same claim stands in the ledger already under the same id.
/// @param line_at  gives the canonical line of an earlier seq (asked only when an id is taken).
/// @error as decode_claim | conflict (the id is taken by another claim) | as apply | too_large
template <class LineAt>
[[nodiscard]] Result<Entry> submit(Ledger& ledger, const Json& claim, Timestamp default_at, std::string& line,
                                     LineAt&& line_at);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {

inline Failure at_seq(const Ledger& ledger, Error error) {
  error.where = "seq " + std::to_string(ledger.state.next_seq) + (error.where.empty() ? "" : ", " + error.where);
  return Failure{std::move(error)};
}

inline Status take(Ledger& ledger, const Line& line, std::size_t length) {
  if (auto status = apply(ledger.state, line); !status) return at_seq(ledger, std::move(status).error());
  ledger.log.append(line.envelope.leaf);
  ledger.bytes += length + 1;
  return {};
}

}  // namespace detail

inline Result<Line> take_line(Ledger& ledger, std::string_view text) {
  auto line = decode_line(text);
  if (!line) return detail::at_seq(ledger, std::move(line).error());
  MIKOSHI_TRY(detail::take(ledger, *line, text.size()));
  return line;
}

inline LineSource text_lines(std::string_view text) {
  return [text](const TakeLine& take) -> Status {
    for (std::string_view rest = text; !rest.empty();) {
      const auto end = rest.find('\n');
      if (end == std::string_view::npos) return fail(Errc::truncated, "the last line is cut off");
      MIKOSHI_TRY(take(rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
    return {};
  };
}

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

/// Lines that are read by other threads while their turn comes.
class ReadAhead {
 public:
  using Take = std::function<Status(const Line& line, std::size_t length)>;
  using Refuse = std::function<Failure(Error error)>;

  /// @param readers  how many threads read, beside that of the caller.
  /// @param take     is called with each line, in order, in the thread of the caller.
  /// @param refuse   what the outcome is when it is the turn of a line that cannot be read.
  ReadAhead(std::size_t readers, Take take, Refuse refuse)
      : readers_(readers), take_(std::move(take)), refuse_(std::move(refuse)) {}

  [[nodiscard]] Status add(std::string_view line) {
    if (!open_) open_ = spare_ ? std::move(spare_) : std::make_unique<Batch>();
    open_->text += line;
    open_->ends.push_back(open_->text.size());
    return open_->ends.size() < batch_lines && open_->text.size() < batch_bytes ? Status{} : send();
  }
  /// Takes all lines that were added and whose turn has not come yet.
  [[nodiscard]] Status finish() {
    if (open_) MIKOSHI_TRY(send());
    while (!sent_.empty()) MIKOSHI_TRY(take_oldest());
    return {};
  }

 private:
  static constexpr std::size_t batch_lines = 2048, batch_bytes = std::size_t{1} << 20;
  struct Batch {
    std::string text;               // the lines, one behind the other
    std::vector<std::size_t> ends;  // of each in it
    std::vector<Line> lines;        // those that were read; longer: room from before
    std::size_t read = 0;
    Status status;                  // of the line behind them, if it cannot be read

    [[nodiscard]] std::size_t begin(std::size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
  };

  static std::unique_ptr<Batch> read(std::unique_ptr<Batch> batch) {
    if (batch->lines.size() < batch->ends.size()) batch->lines.resize(batch->ends.size());
    for (std::size_t& i = batch->read; i < batch->ends.size(); ++i) {
      const std::string_view text = std::string_view{batch->text}.substr(batch->begin(i), batch->ends[i] - batch->begin(i));
      batch->status = decode_line_into(text, batch->lines[i]);
      if (!batch->status) break;
    }
    return batch;
  }
  Status send() {
    sent_.push_back(std::async(std::launch::async, [batch = std::move(open_)]() mutable { return read(std::move(batch)); }));
    return sent_.size() > readers_ ? take_oldest() : Status{};
  }
  Status take_oldest() {
    std::unique_ptr<Batch> batch = sent_.front().get();
    sent_.pop_front();
    for (std::size_t i = 0; i < batch->read; ++i) MIKOSHI_TRY(take_(batch->lines[i], batch->ends[i] - batch->begin(i)));
    if (!batch->status) return refuse_(std::move(batch->status).error());
    batch->text.clear();
    batch->ends.clear();
    batch->read = 0;
    spare_ = std::move(batch);
    return {};
  }

  std::size_t readers_;
  Take take_;
  Refuse refuse_;
  std::unique_ptr<Batch> open_, spare_;
  std::deque<std::future<std::unique_ptr<Batch>>> sent_;  // the oldest first
};

}  // namespace detail

MIKOSHI_INLINE Status replay(Ledger& ledger, const LineSource& source, const VisitLine& visit, std::size_t threads) {
  const auto take = [&](const Line& line, std::size_t length) -> Status {
    if (visit) MIKOSHI_TRY(visit(ledger, line));
    return detail::take(ledger, line, length);
  };
  const auto refuse = [&](Error error) { return detail::at_seq(ledger, std::move(error)); };
  if (threads < 2) {
    Line line;
    return source([&](std::string_view text) -> Status {
      if (auto status = decode_line_into(text, line); !status) return refuse(std::move(status).error());
      return take(line, text.size());
    });
  }
  detail::ReadAhead ahead{threads - 1, take, refuse};
  Status taken;
  Status given = source([&](std::string_view text) -> Status { return taken = ahead.add(text); });
  MIKOSHI_TRY(taken);
  MIKOSHI_TRY(ahead.finish());  // what the source has to say comes behind the lines that it gave
  return given;
}

#endif

namespace detail {
/// What was said: the line without when it was recorded and where it stands.
inline std::string said_text(Json json) {
  for (const std::string_view key : {"at", "seq"}) json.erase(key);
  return to_canonical(json);
}
inline std::string id_of(const Json& json) {
  for (const std::string_view key : {"id", "ticket", "member", "class", "type", "draft", "code", "round", "work"})
    if (const Json* id = json.find(key); id != nullptr && id->text() != nullptr) return *id->text();
  return {};
}
}  // namespace detail

template <class LineAt>
Result<Entry> submit(Ledger& ledger, const Json& claim, Timestamp default_at, std::string& line, LineAt&& line_at) {
  line.clear();
  MIKOSHI_ASSIGN(const Line decoded, decode_claim(claim, default_at, ledger.state.next_seq));
  std::string text = encode_line(decoded.envelope, decoded.event);
  const Json json = *parse_json(text);
  Entry receipt;
  receipt.id = detail::id_of(json);
  if (const auto first = made_in(ledger.state, decoded.event)) {
    const std::string old = line_at(*first);
    if (detail::said_text(*parse_json(old)) == detail::said_text(json)) {
      receipt.seq = *first;
      receipt.leaf = leaf_hash(as_bytes(old));
      receipt.existing = true;
      return receipt;
    }
    const bool is_ticket = std::holds_alternative<TicketMint>(decoded.event);
    const bool is_member = std::holds_alternative<MemberJoin>(decoded.event);
    if (!is_ticket && !is_member)
      return fail(Errc::conflict,
                  "the id " + receipt.id + " stands for something else, in line " + std::to_string(*first));
  }
  receipt.seq = ledger.state.next_seq;
  MIKOSHI_ASSIGN(const Line taken, take_line(ledger, text));
  receipt.leaf = taken.envelope.leaf;
  line = std::move(text);
  return receipt;
}

}  // namespace mikoshi
