// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

namespace mikoshi {
namespace {

std::string reason() { return std::strerror(errno); }

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

struct Beside {
  std::string path;
  Descriptor file;
};

/// Makes a new file beside `path`. The caller moves or removes it.
Result<Beside> open_beside(const std::string& path, Visibility visibility) {
  const mode_t mode = visibility == Visibility::owner_only ? 0600 : 0644;
  // A process that was killed here left its file, and ours may have the same number (in a container it often has).
  Beside beside;
  for (int attempt = 0; attempt < 100 && !beside.file; ++attempt) {
    beside.path = path + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    beside.file = Descriptor{::open(beside.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
    if (!beside.file && errno != EEXIST) break;
  }
  if (!beside.file) return fail(Errc::write_failed, reason(), path);
  if (::fchmod(beside.file.number(), mode) != 0) {  // the mode is a promise, whatever the umask of the caller
    const std::string why = reason();
    ::unlink(beside.path.c_str());
    return fail(Errc::write_failed, why, path);
  }
  return beside;
}

/// Writes `content` to a new file beside `path`. The caller moves or removes it.
Result<std::string> write_beside(const std::string& path, std::string_view content, Visibility visibility) {
  MIKOSHI_ASSIGN(Beside beside, open_beside(path, visibility));
  if (!write_all(beside.file.number(), content) || ::fsync(beside.file.number()) != 0) {
    const std::string why = reason();
    ::unlink(beside.path.c_str());
    return fail(Errc::write_failed, why, path);
  }
  return std::move(beside.path);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  Descriptor file;
  if (path != "-") {
    file = Descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file) {
      const Errc code = errno == ENOENT || errno == ENOTDIR ? Errc::no_such_store
                        : errno == ELOOP || errno == ENXIO  ? Errc::not_regular_file
                                                            : Errc::store_io;
      return fail(code, reason(), path);
    }
    struct stat info {};
    if (::fstat(file.number(), &info) != 0) return fail(Errc::store_io, reason(), path);
    if (!S_ISREG(info.st_mode)) return fail(Errc::not_regular_file, {}, path);
  }
  const int number = path == "-" ? STDIN_FILENO : file.number();
  std::string content;
  std::string block(std::size_t{1} << 16, '\0');
  for (;;) {
    const ssize_t got = ::read(number, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EISDIR) return fail(Errc::not_regular_file, {}, "standard input");
    if (got < 0) return fail(Errc::store_io, reason(), path);
    if (got == 0) return content;
    content.append(block, 0, static_cast<std::size_t>(got));
    if (content.size() > bytes_max)
      return fail(Errc::too_large, "more than " + std::to_string(bytes_max) + " bytes", path);
  }
}

Status read_lines(const Descriptor& file, std::uint64_t bytes, const TakeLine& take) {
  std::string pending;  // the start of a line whose end is in the next block
  std::string block(std::size_t{1} << 20, '\0');
  for (std::uint64_t at = 0; at < bytes;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), bytes - at));
    const ssize_t got = ::pread(file.number(), block.data(), want, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::store_io, reason());
    if (got == 0)
      return fail(Errc::store_corrupt, "the ledger is shorter than its head says", "byte " + std::to_string(at));
    at += static_cast<std::uint64_t>(got);
    pending.append(block, 0, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = pending.find('\n', begin)) != std::string::npos; begin = end + 1)
      MIKOSHI_TRY(take(std::string_view{pending}.substr(begin, end - begin)));
    pending.erase(0, begin);
    if (pending.size() > line_bytes_max) return fail(Errc::too_large, "a line has at most 65,535 bytes");
  }
  if (!pending.empty()) return fail(Errc::truncated, "the last line is cut off", "byte " + std::to_string(bytes));
  return {};
}

Result<LineSource> file_lines(const std::string& path) {
  const auto file = std::make_shared<Descriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!*file) return fail(Errc::no_such_store, reason(), path);
  struct stat info {};
  if (::fstat(file->number(), &info) != 0 || !S_ISREG(info.st_mode)) return fail(Errc::not_regular_file, {}, path);
  const auto bytes = static_cast<std::uint64_t>(info.st_size);
  return LineSource{[file, bytes](const TakeLine& take) { return read_lines(*file, bytes, take); }};
}

Status create_file(const std::string& path, std::string_view content, Visibility visibility) {
  const HoldSignals hold;
  MIKOSHI_ASSIGN(const std::string beside, write_beside(path, content, visibility));
  const int linked = ::link(beside.c_str(), path.c_str());
  const int why = errno;
  ::unlink(beside.c_str());
  if (linked != 0) return fail(why == EEXIST ? Errc::exists : Errc::write_failed, std::strerror(why), path);
  return sync_folder(folder_of(path));
}

Status check_creatable(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return fail(Errc::exists, {}, path);
  if (path.empty() || path.ends_with('/')) return fail(Errc::write_failed, reason(), path);
  const HoldSignals hold;
  MIKOSHI_ASSIGN(const std::string beside, write_beside(path, "", Visibility::owner_only));
  ::unlink(beside.c_str());
  return {};
}

Status create_folder(const std::string& path, std::size_t count,
                     const std::function<Result<NamedText>(std::size_t)>& file) {
  MIKOSHI_TRY(check_creatable(path));
  const HoldSignals hold;
  const std::string beside = path + ".new-" + std::to_string(::getpid());
  if (::mkdir(beside.c_str(), 0700) != 0) return fail(Errc::write_failed, reason(), path);
  const auto fill = [&]() -> Status {
    for (std::size_t i = 0; i < count; ++i) {
      if (HoldSignals::one_waits()) return fail(Errc::write_failed, std::strerror(EINTR), path);
      MIKOSHI_ASSIGN(const NamedText text, file(i));
      if (auto status = create_file(beside + "/" + text.name, text.content, Visibility::owner_only); !status)
        return fail(status.error().code, status.error().what, path + "/" + text.name);
    }
    // Onto a folder that came meanwhile, rename fails unless it is empty.
    if (::rename(beside.c_str(), path.c_str()) != 0)
      return fail(errno == EEXIST || errno == ENOTEMPTY ? Errc::exists : Errc::write_failed, reason(), path);
    return sync_folder(folder_of(path));
  };
  const Status filled = fill();
  std::error_code left;
  if (!filled) std::filesystem::remove_all(beside, left);
  return filled;
}

Status replace_file(const std::string& path, std::string_view content, Visibility visibility) {
  const HoldSignals hold;
  MIKOSHI_ASSIGN(const std::string beside, write_beside(path, content, visibility));
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const std::string why = reason();
    ::unlink(beside.c_str());
    return fail(Errc::write_failed, why, path);
  }
  return sync_folder(folder_of(path));
}

FileBeside::FileBeside(std::string path, std::string beside, Descriptor file)
    : path_(std::move(path)), beside_(std::move(beside)), file_(std::move(file)) {}

Result<FileBeside> FileBeside::open(const std::string& path, Visibility visibility) {
  auto hold = std::make_unique<HoldSignals>();
  MIKOSHI_ASSIGN(Beside beside, open_beside(path, visibility));
  FileBeside file{path, std::move(beside.path), std::move(beside.file)};
  file.hold_ = std::move(hold);
  return file;
}

FileBeside::~FileBeside() {
  if (file_) ::unlink(beside_.c_str());
}

Status FileBeside::write(std::string_view piece) {
  if (HoldSignals::one_waits()) return fail(Errc::write_failed, std::strerror(EINTR), path_);
  if (!write_all(file_.number(), piece)) return fail(Errc::write_failed, reason(), path_);
  return {};
}

Status FileBeside::commit() {
  if (::fsync(file_.number()) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0)
    return fail(Errc::write_failed, reason(), path_);
  file_ = Descriptor{};
  return sync_folder(folder_of(path_));
}

Status sync_folder(const std::string& path) {
  const Descriptor folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || ::fsync(folder.number()) != 0) return fail(Errc::write_failed, reason(), path);
  return {};
}

}  // namespace mikoshi
