// SPDX-License-Identifier: MIT
#pragma once
/// @file result.hpp
/// `Result<T>`: a value or an `Error`; `Status`: success or an `Error`; `MIKOSHI_CHECK`: for our own mistakes.
///
/// Layer 0. Depends on: base/error.hpp.
///
/// Three kinds of failure, three mechanisms. The world is wrong (bad text, unknown member): a `Result`, which cannot be
/// ignored. Mikoshi or its caller is wrong: `MIKOSHI_CHECK`, always compiled in, prints and aborts. Out of memory:
/// `std::bad_alloc` passes through. The member names are those of `std::expected`, so that a later move is a rename;
/// the type is our own because C++20 has none, and a type that changes with `-std` breaks its users.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

#include "mikoshi/base/error.hpp"

/// Aborts with the place and the text when `condition` is false. For defects, never for outside data.
#define MIKOSHI_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::mikoshi::check_failed(#condition, __FILE__, __LINE__))

/// Returns the error of a `Status` or `Result` expression from the enclosing function, if it has one.
#define MIKOSHI_TRY(expression)                                          \
  do {                                                                   \
    if (auto mikoshi_status = (expression); !mikoshi_status.has_value()) \
      return ::mikoshi::Failure{std::move(mikoshi_status).error()};      \
  } while (false)

#define MIKOSHI_JOIN_(a, b) a##b
#define MIKOSHI_JOIN(a, b) MIKOSHI_JOIN_(a, b)

/// `MIKOSHI_ASSIGN(auto x, expression);` binds the value of a `Result`, or returns its error. Expands to two statements.
#define MIKOSHI_ASSIGN(target, expression)                                                 \
  auto MIKOSHI_JOIN(mikoshi_result_, __LINE__) = (expression);                             \
  if (!MIKOSHI_JOIN(mikoshi_result_, __LINE__).has_value())                                \
    return ::mikoshi::Failure{std::move(MIKOSHI_JOIN(mikoshi_result_, __LINE__)).error()}; \
  target = std::move(*MIKOSHI_JOIN(mikoshi_result_, __LINE__))

namespace mikoshi {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "mikoshi: error[internal]: check failed: %s; %s:%d\n", condition, file, line);
  std::abort();
}

/// What `fail` makes: converts to any `Result<T>`.
struct Failure {
  Error error;
};

/// Makes the failed outcome of a function: `return fail(Errc::bad_id, "…", "byte 3");`
[[nodiscard]] inline Failure fail(Errc code, std::string what = {}, std::string where = {}) {
  return Failure{Error{code, std::move(what), std::move(where)}};
}

/// Thrown by `Result::value()` only, for callers who prefer exceptions.
class BadResult : public std::runtime_error {
 public:
  explicit BadResult(Error error) : std::runtime_error(to_string(error)), error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

/// A `T`, or the `Error` that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// The value. @pre has_value(), else abort.
  [[nodiscard]] T& operator*() & { return checked(); }
  [[nodiscard]] const T& operator*() const& { return const_cast<Result*>(this)->checked(); }
  [[nodiscard]] T&& operator*() && { return std::move(checked()); }
  [[nodiscard]] T* operator->() { return &checked(); }
  [[nodiscard]] const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

  /// The value. @error throws `BadResult` when there is none: the only function here that throws.
  [[nodiscard]] T& value() & { return has_value() ? checked() : throw BadResult{error()}; }
  [[nodiscard]] const T& value() const& { return const_cast<Result*>(this)->value(); }
  [[nodiscard]] T&& value() && { return has_value() ? std::move(checked()) : throw BadResult{error()}; }

  /// The error. @pre !has_value(), else abort.
  [[nodiscard]] const Error& error() const& {
    MIKOSHI_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error&& error() && {
    MIKOSHI_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T& checked() {
    MIKOSHI_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

/// Success, or the `Error` that says why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Failure failure) : error_(std::move(failure.error)), failed_(true) {}

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  [[nodiscard]] explicit operator bool() const noexcept { return !failed_; }
  void value() const {
    if (failed_) throw BadResult{error_};
  }
  [[nodiscard]] const Error& error() const& {
    MIKOSHI_CHECK(failed_);
    return error_;
  }
  [[nodiscard]] Error&& error() && {
    MIKOSHI_CHECK(failed_);
    return std::move(error_);
  }

 private:
  Error error_;
  bool failed_ = false;
};

using Status = Result<void>;

}  // namespace mikoshi
