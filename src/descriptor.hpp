// SPDX-License-Identifier: MIT
#pragma once
/// @file descriptor.hpp
/// An open file that closes itself, a write that does not stop half-way, and signals that wait.

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace mikoshi {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] explicit operator bool() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
};

/// Writes every byte, or returns false with errno set.
[[nodiscard]] inline bool write_all(int number, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = ::write(number, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

/// Lets SIGINT, SIGTERM and SIGHUP wait while a file stands beside its place, so that they leave none behind.
class HoldSignals {
 public:
  HoldSignals() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&held, signal);
    ::sigprocmask(SIG_BLOCK, &held, &before_);
  }
  HoldSignals(const HoldSignals&) = delete;
  HoldSignals& operator=(const HoldSignals&) = delete;
  ~HoldSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// Whether one came meanwhile: long work then takes back what it made, and ends.
  [[nodiscard]] static bool one_waits() {
    sigset_t waiting;
    ::sigpending(&waiting);
    return ::sigismember(&waiting, SIGINT) == 1 || ::sigismember(&waiting, SIGTERM) == 1 ||
           ::sigismember(&waiting, SIGHUP) == 1;
  }

 private:
  sigset_t before_{};
};

/// Tells the person at the terminal. Where standard error cannot be written there is nobody to tell.
inline void say(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, text)); }

}  // namespace mikoshi
