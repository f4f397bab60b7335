// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "files.hpp"
#include "mikoshi/crypto/note.hpp"
#include "mikoshi/store/folder.hpp"

namespace mikoshi {
namespace {

constexpr std::size_t head_bytes_max = 4096;

std::string ledger_path(const std::string& folder) { return folder + "/ledger.jsonl"; }
std::string head_path(const std::string& folder) { return folder + "/head"; }
std::string snapshot_path(const std::string& folder, std::uint64_t size) {
  return folder + "/snapshots/" + std::to_string(size) + ".note";
}

std::string encode_head(const Head& head) {
  Json json;
  encode_fields(head, json);
  return to_canonical(json) + "\n";
}

Result<Head> decode_head(std::string_view text) {
  const auto damaged = [](const Error& error) {
    return fail(Errc::store_corrupt, "the head is damaged: " + to_string(error), "head");
  };
  if (!text.ends_with('\n')) return fail(Errc::store_corrupt, "the head is cut off", "head");
  const auto json = parse_canonical(text.substr(0, text.size() - 1));
  if (!json) return damaged(json.error());
  auto head = decode_fields<Head>(*json);
  if (!head) return damaged(head.error());
  return head;
}

/// What the operating system answered, as an error: a full or write-protected disk is another thing than a failing one.
Error os_error(const std::string& what, const std::string& path) {
  const int why = errno;
  const bool refused = why == ENOSPC || why == EDQUOT || why == EFBIG || why == EROFS || why == EACCES || why == EPERM;
  const bool no_file = why == ELOOP || why == EISDIR || why == ENXIO;
  return Error{no_file   ? Errc::not_regular_file
               : refused ? Errc::write_failed
                         : Errc::store_io,
               what + std::strerror(why), path};
}

Error dead(const std::string& what) { return os_error(what + ": ", "ledger.jsonl"); }

class FolderStore final : public Store {
 public:
  FolderStore(std::string folder, Descriptor ledger, Head head, std::uint64_t leftover)
      : folder_(std::move(folder)), ledger_(std::move(ledger)), head_(head), leftover_(leftover) {}

  Head head() const override { return head_; }
  std::uint64_t leftover_bytes() const override { return leftover_; }

  Status read(const TakeLine& take) const override {
    if (is_dead_) return fail(Errc::store_io);
    return read_lines(ledger_, head_.bytes, take);
  }

  Result<std::string> line(std::uint64_t seq) const override {
    if (seq >= head_.size) return fail(Errc::no_such_record, "the ledger has no line " + std::to_string(seq));
    while (line_ends_.size() < head_.size) {  // once, and again after an append
      std::uint64_t end = 0;
      line_ends_.clear();
      MIKOSHI_TRY(read([&](std::string_view line) -> Status {
        line_ends_.push_back(end += line.size() + 1);
        return {};
      }));
      if (line_ends_.size() != head_.size)
        return fail(Errc::store_corrupt, "the ledger has fewer lines than its head says");
    }
    const std::uint64_t begin = seq == 0 ? 0 : line_ends_[seq - 1];
    std::string text(static_cast<std::size_t>(line_ends_[seq] - begin - 1), '\0');
    const ssize_t got = ::pread(ledger_.number(), text.data(), text.size(), static_cast<off_t>(begin));
    if (got < 0) return Failure{dead("read")};
    if (static_cast<std::size_t>(got) != text.size())
      return fail(Errc::store_corrupt, "the ledger is shorter than its head says");
    return text;
  }

  Status append(const Head& expected, const std::vector<std::string>& lines, const Head& next) override {
    if (is_dead_) return fail(Errc::store_io);
    if (expected != head_) return fail(Errc::stale_head, "the ledger has " + std::to_string(head_.size) + " lines now");
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    MIKOSHI_CHECK(head_.bytes + text.size() == next.bytes && head_.size + lines.size() == next.size);
    is_dead_ = true;  // until all of it has reached the disk
    if (::ftruncate(ledger_.number(), static_cast<off_t>(head_.bytes)) != 0) return Failure{dead("cut")};
    if (::lseek(ledger_.number(), 0, SEEK_END) < 0) return Failure{dead("seek")};
    if (!write_all(ledger_.number(), text)) return Failure{dead("write")};
    if (::fdatasync(ledger_.number()) != 0) return Failure{dead("sync")};
    MIKOSHI_TRY(replace_file(head_path(folder_), encode_head(next), Visibility::everyone));
    head_ = next;
    leftover_ = 0;
    is_dead_ = false;
    return {};
  }

  Result<std::vector<std::uint64_t>> snapshots() const override {
    const std::string path = folder_ + "/snapshots";
    const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir(path.c_str()), ::closedir};
    if (!folder && errno == ENOENT) return std::vector<std::uint64_t>{};  // a copy without snapshots
    if (!folder) return fail(Errc::store_io, std::strerror(errno), path);
    std::vector<std::uint64_t> sizes;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string_view name = entry->d_name;
      if (!name.ends_with(".note")) continue;
      if (const auto size = parse_weight(name.substr(0, name.size() - 5))) sizes.push_back(*size);
    }
    std::sort(sizes.begin(), sizes.end());
    return sizes;
  }

  Result<std::string> snapshot(std::uint64_t size) const override {
    auto text = read_file(snapshot_path(folder_, size), note_bytes_max);
    if (!text && text.error().code == Errc::no_such_store)
      return fail(Errc::no_snapshot, "there is no snapshot of the first " + std::to_string(size) + " lines");
    return text;
  }

  Status put_snapshot(std::uint64_t size, const std::string& text) override {
    return replace_file(snapshot_path(folder_, size), text, Visibility::everyone);
  }

 private:
  std::string folder_;
  Descriptor ledger_;
  Head head_;
  std::uint64_t leftover_;
  mutable std::vector<std::uint64_t> line_ends_;  ///< where each line ends, newline included; filled by `line`
  bool is_dead_ = false;
};

/// Waits for the lock that one writer holds. @error busy | store_io
Status lock(const Descriptor& ledger, unsigned wait_ms) {
  for (unsigned waited_ms = 0;; waited_ms += 20) {
    if (::flock(ledger.number(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK && errno != EINTR) return Failure{dead("lock")};
    if (waited_ms >= wait_ms) return fail(Errc::busy);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

}  // namespace

Result<std::unique_ptr<Store>> open_folder(const std::string& path, Access access, unsigned wait_ms) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(Errc::no_such_store, std::strerror(errno), path);
  if (!S_ISDIR(info.st_mode)) return fail(Errc::not_a_store, "a DAO is kept in a folder, and this is a file", path);
  const int mode = access == Access::write ? O_RDWR : O_RDONLY;
  Descriptor ledger{::open(ledger_path(path).c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (!ledger && errno == ENOENT) return fail(Errc::not_a_store, {}, path);
  if (!ledger) return Failure{os_error("", ledger_path(path))};
  if (::fstat(ledger.number(), &info) != 0 || !S_ISREG(info.st_mode))
    return fail(Errc::not_regular_file, {}, ledger_path(path));
  if (access == Access::write) MIKOSHI_TRY(lock(ledger, wait_ms));
  // The head is read under the lock by a writer; a reader's head is one that was true at some moment, which suffices.
  Head head;
  std::uint64_t leftover = 0;
  const auto look = [&]() -> Status {
    const auto text = read_file(head_path(path), head_bytes_max);
    if (!text && text.error().code == Errc::no_such_store)
      return fail(Errc::not_a_store, "the folder has no head", path);
    if (!text) return Failure{text.error()};
    MIKOSHI_ASSIGN(head, decode_head(*text));
    if (::fstat(ledger.number(), &info) != 0) return Failure{dead("stat")};
    const auto bytes = static_cast<std::uint64_t>(info.st_size);
    if (bytes < head.bytes)
      return fail(Errc::store_corrupt, "the ledger is shorter than its head says", ledger_path(path));
    leftover = bytes - head.bytes;
    return {};
  };
  MIKOSHI_TRY(look());
  if (access == Access::read && leftover != 0) {  // left over only if no writer is at work on them this moment
    if (::flock(ledger.number(), LOCK_SH | LOCK_NB) == 0) {
      MIKOSHI_TRY(look());
      ::flock(ledger.number(), LOCK_UN);
    } else {
      leftover = 0;
    }
  }
  return std::unique_ptr<Store>{std::make_unique<FolderStore>(path, std::move(ledger), head, leftover)};
}

Status create_folder(const std::string& path, const std::vector<std::string>& lines, const Head& head,
                     const std::vector<PrivateFile>& private_files) {
  std::string place = path;
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  const auto refuse = [&](const std::string& what) { return fail(Errc::write_failed, what, path); };
  const HoldSignals hold;
  std::string beside;
  for (int attempt = 0;; ++attempt) {  // a killed process of the same number may have left one
    beside = place + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    if (::mkdir(beside.c_str(), 0755) == 0) break;
    if (errno != EEXIST || attempt == 100) return refuse(std::strerror(errno));
  }
  const auto clean = [&] {
    for (const char* name : {"/ledger.jsonl", "/head"}) ::unlink((beside + name).c_str());
    for (const PrivateFile& file : private_files) ::unlink((beside + "/private/" + file.name).c_str());
    for (const char* name : {"/snapshots", "/private", ""}) ::rmdir((beside + name).c_str());
  };
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const auto make = [&](const char* name, mode_t mode) {  // the mode is a promise, whatever the umask
    return (*name == '\0' || ::mkdir((beside + name).c_str(), mode) == 0) &&
           ::chmod((beside + name).c_str(), mode) == 0;
  };
  Status status = make("", 0755) && make("/snapshots", 0755) && make("/private", 0700)
                      ? Status{}
                      : Status{refuse(std::strerror(errno))};
  if (status) status = create_file(ledger_path(beside), text, Visibility::everyone);
  if (status) status = create_file(head_path(beside), encode_head(head), Visibility::everyone);
  for (const PrivateFile& file : private_files)
    if (status) status = create_file(beside + "/private/" + file.name, file.content, Visibility::owner_only);
  if (status && ::rename(beside.c_str(), place.c_str()) != 0) {
    const bool taken = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
    status =
        taken ? Status{fail(Errc::exists, "something is there already", path)} : Status{refuse(std::strerror(errno))};
  }
  if (!status) {
    clean();
    return status;
  }
  const auto slash = place.rfind('/');
  return sync_folder(slash == std::string::npos ? "." : slash == 0 ? "/" : place.substr(0, slash));
}

}  // namespace mikoshi
