// SPDX-License-Identifier: MIT
#include "session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "files.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

constexpr std::int64_t clock_slack_s = 300;

/// Whose message a relayed line reports, for the salt of its hash.
std::optional<MemberId> speaker_of(const Json& claim) {
  const Json* kind = claim.find("kind");
  const bool income = kind != nullptr && kind->text() != nullptr && *kind->text() == IncomeNew::kind;
  for (const std::string_view key : {"by", "from", "member", "to"}) {
    if (income) break;  // `from` is a community there
    const Json* id = claim.find(key);
    if (id == nullptr || id->text() == nullptr) continue;
    if (auto member = MemberId::parse(*id->text())) return std::move(*member);
  }
  return std::nullopt;
}

}  // namespace

Progress::Progress(std::uint64_t total) : total_(total), shown_(total > 20000 && ::isatty(STDERR_FILENO) == 1) {}

void Progress::at(std::uint64_t done) const {
  if (shown_ && done % 10000 == 0) say(wording<Word::reading_line>(done, total_));
}

Progress::~Progress() {
  if (shown_) say(fmt::format("\r{:60}\r", ""));
}

void note_leftover(const Store& store, Access access) {
  if (store.leftover_bytes() == 0) return;
  say(access == Access::write ? wording<Word::leftover_cut>(store.leftover_bytes())
                              : wording<Word::leftover_stays>(store.leftover_bytes()));
}

std::size_t reading_threads() { return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4); }

Result<Session> Session::open(const CommonOptions& common, Access access, const VisitLine& visit) {
  Session session;
  session.dir_ = common.dir;
  MIKOSHI_ASSIGN(session.store_, open_folder(common.dir, access));
  note_leftover(*session.store_, access);
  const Progress progress{session.store_->head().size};
  auto loaded = load(*session.store_, [&](const Ledger& before, const Line& line) -> Status {
    progress.at(line.envelope.seq);
    session.note_statement(before);
    return visit ? visit(before, line) : Status{};
  }, reading_threads());
  if (!loaded) return Failure{std::move(loaded).error()};
  session.ledger_ = std::move(*loaded);
  session.note_statement(session.ledger_);
  return session;
}

void Session::note_statement(const Ledger& ledger) {
  if (ends_with_statement(ledger))
    statements_.push_back({ledger.log.size(), *snapshot_text(ledger), ledger.state.decisions.closed_through, ledger.state.dao});
}

Result<std::string> Session::line_at(std::uint64_t seq) const {
  const std::uint64_t committed = store_->head().size;
  if (seq >= committed && seq - committed < lines_.size()) return lines_[seq - committed];
  return store_->line(seq);
}

Result<Hash> Session::root_at(std::uint64_t size) const {
  MerkleLog log;
  MIKOSHI_TRY(store_->read([&](std::string_view line) -> Status {
    if (log.size() < size) log.append(leaf_hash(as_bytes(line)));
    return {};
  }));
  for (const std::string& line : lines_)
    if (log.size() < size) log.append(leaf_hash(as_bytes(line)));
  if (log.size() != size) return fail(Errc::rollback, wording<Word::fewer_lines>(size));
  return log.root();
}

Result<Entry> Session::submit(Json claim, const WriteOptions& write) {
  const auto put = [&](std::string_view key, const std::string& value) {
    if (!value.empty() && claim.find(key) == nullptr) claim.set(key, value);
  };
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.at));
  if (const Json* own = claim.find("at"); own != nullptr && own->text() != nullptr) MIKOSHI_TRY(parse_at(*own->text()));
  put("on", write.on);
  if (write.channel.empty() != write.message.empty()) return fail(Errc::usage, wording<Word::channel_and_message>());
  if (!write.channel.empty()) {
    MIKOSHI_ASSIGN(PrivateBook* const book, private_book());
    MIKOSHI_ASSIGN(const Hash message, book->hash_of(speaker_of(claim), write.message));
    put("channel", write.channel);
    put("message", to_hex(message));
    put("voice", "relayed");
  }
  std::string line;
  std::optional<Error> unreadable;
  const auto old_line = [&](std::uint64_t seq) {
    auto text = line_at(seq);
    if (!text) unreadable = text.error();
    return text ? std::move(*text) : std::string{"{}"};
  };
  auto receipt = mikoshi::submit(ledger_, claim, at, line, old_line);
  if (unreadable) return Failure{std::move(*unreadable)};
  if (!receipt) return receipt;
  if (line.empty()) return receipt;
  lines_.push_back(std::move(line));
  note_statement(ledger_);
  return receipt;
}

Result<PrivateBook*> Session::private_book() {
  if (!book_) {
    MIKOSHI_ASSIGN(book_, read_private_book(dir_));
  }
  return &*book_;
}

Status Session::commit() {
  if (book_) {  // first: a hash in the ledger without its salt could never be shown to be of its text
    MIKOSHI_ASSIGN(const PrivateBook before, read_private_book(dir_));
    if (canonical_text(before) != canonical_text(*book_)) MIKOSHI_TRY(write_private_book(dir_, *book_));
  }
  if (lines_.empty()) return {};
  MIKOSHI_TRY(store_->append(store_->head(), lines_, head_of(ledger_)));
  lines_.clear();
  return {};
}

Result<Timestamp> parse_at(const std::string& at) {
  using namespace std::chrono;
  const std::int64_t now_s = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  if (at.empty()) return Timestamp::from_seconds(now_s);
  MIKOSHI_ASSIGN(const Timestamp time, Timestamp::parse(at));
  if (time.seconds() > now_s + clock_slack_s) return fail(Errc::time_in_future, wording<Word::not_ahead_of_time>(), at);
  return time;
}

Result<Hash> hash_file(const std::string& path) {
  MIKOSHI_ASSIGN(const std::string content, read_file(path, json_bytes_max));
  return sha256(as_bytes(content));
}

std::string short_hash(std::string_view text) { return to_hex(sha256(as_bytes(text))).substr(0, 16); }

Result<Currency> parse_currency(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return fail(Errc::bad_currency, {}, text);
  const auto exponent = parse_weight(text.substr(colon + 1));
  if (!exponent) return fail(Errc::bad_currency, {}, text);
  return Currency::make(text.substr(0, colon), *exponent);
}

Result<Steward> parse_steward(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return fail(Errc::usage, wording<Word::steward_form>(), text);
  MIKOSHI_ASSIGN(StewardId name, StewardId::parse(text.substr(0, equals)));
  MIKOSHI_ASSIGN(const StewardKey key, StewardKey::parse(text.substr(equals + 1)));
  return Steward{std::move(name), key};
}

Result<Expectations> parse_expectations(const VerifyOptions& options) {
  Expectations expected;
  if (!options.expect.empty()) {
    MIKOSHI_ASSIGN(expected.snapshot, parse_hash(options.expect));
  }
  if (!options.dao.empty()) {
    MIKOSHI_ASSIGN(expected.dao, parse_hash(options.dao));
  }
  for (const std::string& text : options.stewards) {
    MIKOSHI_ASSIGN(Steward steward, parse_steward(text));
    expected.stewards.push_back(std::move(steward));
  }
  expected.threshold = options.threshold;
  return expected;
}

Result<SigningState> signing_state(const Session& session, const StatementPoint& point) {
  const auto text = session.store().snapshot(point.size);
  if (!text && text.error().code == Errc::no_snapshot) return SigningState{};
  if (!text) return Failure{text.error()};
  MIKOSHI_ASSIGN(const Note note, parse_note(*text));
  if (note.text != point.text)
    return fail(Errc::root_mismatch, wording<Word::snapshot_of_other_lines>(), std::to_string(point.size) + ".note");
  MIKOSHI_ASSIGN(const Signers signers, check_signatures(note, point.dao.stewards));
  return SigningState{*text, signers.stewards, signers.stewards.size() >= point.dao.threshold};
}

}  // namespace mikoshi
