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
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
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
/// @param threads  with more than one, the others read lines ahead, some thousands, while this one applies them in order, and reads
///                 with them where it would wait; what comes of it is the same.
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

/// Lines that are read by several threads, and taken by one of them in order.
class ReadAhead {
 public:
  using Take = std::function<Status(const Line& line, std::size_t length)>;
  using Refuse = std::function<Failure(Error error)>;

  /// @param readers  how many threads read, beside that of the caller.
  /// @param take     is called with each line, in order, in the thread of the caller.
  /// @param refuse   what the outcome is when it is the turn of a line that cannot be read.
  ReadAhead(std::size_t readers, Take take, Refuse refuse) : ReadAhead(std::move(take), std::move(refuse)) {
    // From here on it is whole, so that its end stops those that run, should the system have no thread for another one.
    for (std::size_t i = 0; i < 2 * readers + 3; ++i) spare_.push_back(std::make_unique<Batch>());
    for (std::size_t i = 0; i < readers; ++i) readers_.push_back(std::async(std::launch::async, [this] { read_on(); }));
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
    }
    changed_.notify_all();
    for (std::future<void>& reader : readers_) reader.wait();
  }

  [[nodiscard]] Status add(std::string_view line) {
    while (spare_.empty()) MIKOSHI_TRY(step());
    Batch& open = *spare_.back();
    open.text += line;
    open.ends.push_back(open.text.size());
    if (open.ends.size() == batch_lines || open.text.size() >= batch_bytes) send();
    return {};
  }
  /// Takes all lines that were added and whose turn has not come yet.
  [[nodiscard]] Status finish() {
    if (!spare_.empty() && !spare_.back()->ends.empty()) send();
    while (!sent_.empty()) MIKOSHI_TRY(step());
    return {};
  }

 private:
  ReadAhead(Take take, Refuse refuse) : take_(std::move(take)), refuse_(std::move(refuse)) {}

  static constexpr std::size_t batch_lines = 1024, batch_bytes = std::size_t{1} << 20;
  enum class Stage : std::uint8_t { waiting, reading, read };
  struct Batch {
    std::string text;               // the lines, one behind the other
    std::vector<std::size_t> ends;  // of each in it
    std::vector<Line> lines;        // those that were read; longer: room from before
    std::size_t count = 0;          // how many were read
    Status status;                  // of the line behind them, if it cannot be read
    Stage stage = Stage::waiting;   // under the lock

    [[nodiscard]] std::size_t begin(std::size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
    void read() {
      if (lines.size() < ends.size()) lines.resize(ends.size());
      for (count = 0; count < ends.size(); ++count) {
        status = decode_line_into(std::string_view{text}.substr(begin(count), ends[count] - begin(count)), lines[count]);
        if (!status) return;
      }
    }
  };

  void send() {
    {
      const std::lock_guard lock{mutex_};
      sent_.push_back(std::move(spare_.back()));
    }
    spare_.pop_back();
    changed_.notify_all();
  }
  /// Reads the oldest batch that waits for it. @return whether there was one.
  bool read_next(std::unique_lock<std::mutex>& lock) {
    const auto found = std::find_if(sent_.begin(), sent_.end(), [](const auto& batch) { return batch->stage == Stage::waiting; });
    if (found == sent_.end()) return false;
    Batch& batch = **found;
    batch.stage = Stage::reading;
    lock.unlock();
    batch.read();
    lock.lock();
    batch.stage = Stage::read;
    changed_.notify_all();
    return true;
  }
  /// What the other threads do.
  void read_on() {
    std::unique_lock lock{mutex_};
    while (!over_)
      if (!read_next(lock)) changed_.wait(lock);
  }
  /// Takes the lines of the oldest batch; where they have not been read yet, helps with another one. @pre there is one.
  Status step() {
    std::unique_lock lock{mutex_};
    if (sent_.front()->stage != Stage::read) {
      if (!read_next(lock)) changed_.wait(lock);
      return {};
    }
    std::unique_ptr<Batch> batch = std::move(sent_.front());
    sent_.pop_front();
    lock.unlock();
    for (std::size_t i = 0; i < batch->count; ++i) MIKOSHI_TRY(take_(batch->lines[i], batch->ends[i] - batch->begin(i)));
    if (!batch->status) return refuse_(std::move(batch->status).error());
    batch->text.clear();
    batch->ends.clear();
    batch->stage = Stage::waiting;
    spare_.push_back(std::move(batch));
    return {};
  }

  Take take_;
  Refuse refuse_;
  std::vector<std::unique_ptr<Batch>> spare_;  // the last of them is being filled
  std::mutex mutex_;                           // of what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> sent_;    // the oldest first
  bool over_ = false;
  std::vector<std::future<void>> readers_;
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
