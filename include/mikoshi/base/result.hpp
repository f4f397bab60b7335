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
#include <optional>
#include <stdexcept>
#include <utility>

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

namespace detail {

/// An `Error`, or none. It lies elsewhere, so that what went well is a pointer more to carry and nothing to build or tidy up.
/// The pointer is our own: `std::unique_ptr` would make every unit that splits an amount read half of the standard library.
class ErrorBox {
 public:
  ErrorBox() = default;
  explicit ErrorBox(Error&& error) : error_(new Error(std::move(error))) {}
  ErrorBox(const ErrorBox& other) : error_(other ? new Error(*other) : nullptr) {}
  ErrorBox(ErrorBox&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  ErrorBox& operator=(ErrorBox other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~ErrorBox() { delete error_; }

  [[nodiscard]] explicit operator bool() const noexcept { return error_ != nullptr; }
  [[nodiscard]] Error& operator*() const {
    MIKOSHI_CHECK(error_ != nullptr);
    return *error_;
  }

 private:
  Error* error_ = nullptr;
};

}  // namespace detail

/// A `T`, or the `Error` that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : value_(std::move(value)) {}
  Result(Failure failure) : error_(std::move(failure.error)) {}
  /// A `T` made where it stays.
  template <class... Arguments>
  explicit Result(std::in_place_t, Arguments&&... arguments) : value_(std::in_place, std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
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
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return std::move(*error_); }

 private:
  T& checked() {
    MIKOSHI_CHECK(has_value());
    return *value_;
  }
  std::optional<T> value_;
  detail::ErrorBox error_;
};

/// Success, or the `Error` that says why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Failure failure) : error_(std::move(failure.error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (!has_value()) throw BadResult{error()};
  }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return std::move(*error_); }

 private:
  detail::ErrorBox error_;
};

using Status = Result<void>;

}  // namespace mikoshi
