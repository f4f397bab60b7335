// SPDX-License-Identifier: MIT
#pragma once
/// @file time.hpp
/// `Timestamp` (UTC, whole seconds), `Offset` (a DAO's time zone) and `Period` (a month in it, half-open).
///
/// Layer 0. Depends on: base/result.hpp.
///
/// Nothing here reads a clock: time comes in as a value. A DAO counts days and months at one fixed offset from UTC, so
/// April in a Japanese salon is [2026-03-31T15:00:00Z, 2026-04-30T15:00:00Z).

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "mikoshi/base/result.hpp"

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)
#include <chrono>
#endif

namespace mikoshi {

namespace detail {
/// The number that `width` digits at `at` spell, or -1.
[[nodiscard]] inline int digits_at(std::string_view text, std::size_t at, std::size_t width) {
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}
[[nodiscard]] inline std::string padded(long long value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}
}  // namespace detail

/// An instant: seconds since 1970-01-01T00:00:00Z, up to the end of the year 9999.
class Timestamp {
 public:
  Timestamp() = default;

  /// Reads `YYYY-MM-DDTHH:MM:SSZ`. @error bad_time  any other form, a day that no calendar has, a leap second.
  [[nodiscard]] MIKOSHI_INLINE static Result<Timestamp> parse(std::string_view text);

  /// @error bad_time  before 1970 or after 9999.
  [[nodiscard]] static Result<Timestamp> from_seconds(std::int64_t seconds) {
    if (seconds < 0 || seconds > 253402300799) return fail(Errc::bad_time);
    return Timestamp{seconds};
  }

  /// Seconds since 1970-01-01T00:00:00Z.
  [[nodiscard]] std::int64_t seconds() const noexcept { return seconds_; }
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;

 private:
  explicit Timestamp(std::int64_t seconds) : seconds_(seconds) {}
  std::int64_t seconds_ = 0;
};

/// `YYYY-MM-DDTHH:MM:SSZ`.
[[nodiscard]] MIKOSHI_INLINE std::string to_string(Timestamp time);

/// A fixed distance from UTC in whole minutes, at most 14 hours.
class Offset {
 public:
  Offset() = default;

  /// Reads `+HH:MM` or `-HH:MM`; UTC is `+00:00`. @error bad_offset
  [[nodiscard]] static Result<Offset> parse(std::string_view text) {
    const int hours = detail::digits_at(text, 1, 2);
    const int minutes = detail::digits_at(text, 4, 2);
    const bool form = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && hours >= 0 &&
                      minutes >= 0 && minutes < 60;
    if (!form || hours * 60 + minutes > 14 * 60 || text == "-00:00") return fail(Errc::bad_offset);
    Offset offset;
    offset.minutes_ = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
    return offset;
  }
  [[nodiscard]] int minutes() const noexcept { return minutes_; }
  friend bool operator==(const Offset&, const Offset&) = default;

 private:
  int minutes_ = 0;
};

[[nodiscard]] inline std::string to_string(Offset offset) {
  const int minutes = offset.minutes() < 0 ? -offset.minutes() : offset.minutes();
  return (offset.minutes() < 0 ? "-" : "+") + detail::padded(minutes / 60, 2) + ":" + detail::padded(minutes % 60, 2);
}

/// A calendar month. With an offset it is the half-open interval [start, end).
class Period {
 public:
  Period() = default;

  /// Reads `YYYY-MM`, 1970-02 to 9999-11, so that start and end are timestamps at any offset. @error bad_period
  [[nodiscard]] static Result<Period> parse(std::string_view text) {
    const int year = detail::digits_at(text, 0, 4);
    const int month = detail::digits_at(text, 5, 2);
    if (text.size() != 7 || text[4] != '-' || year < 0 || month < 1 || month > 12) return fail(Errc::bad_period);
    const Period period{year * 12 + month - 1};
    if (!period.has_spelling()) return fail(Errc::bad_period);
    return period;
  }

  /// Whether `parse` reads it: 1970-02 to 9999-11.
  [[nodiscard]] bool has_spelling() const noexcept { return months_ > 1970 * 12 && months_ < 9999 * 12 + 11; }

  /// The month that `time` falls in. @pre 1970-02 to 9999-11 at this offset.
  [[nodiscard]] MIKOSHI_INLINE static Period of(Timestamp time, Offset offset);

  [[nodiscard]] Period next() const noexcept { return Period{months_ + 1}; }
  [[nodiscard]] Period previous() const noexcept { return Period{months_ - 1}; }

  /// First second of the month, in seconds since 1970 UTC.
  [[nodiscard]] MIKOSHI_INLINE std::int64_t start_s(Offset offset) const;
  /// First second after the month, in seconds since 1970 UTC.
  [[nodiscard]] std::int64_t end_s(Offset offset) const { return next().start_s(offset); }

  /// Months since year 0: the dense number of the period.
  [[nodiscard]] int months() const noexcept { return months_; }
  friend auto operator<=>(const Period&, const Period&) = default;

 private:
  explicit Period(int months) : months_(months) {}
  int months_ = 1970 * 12 + 1;
};

/// `YYYY-MM`.
[[nodiscard]] inline std::string to_string(Period period) {
  std::string text = detail::padded(period.months() / 12, 4);
  const int month = period.months() % 12 + 1;
  text += {'-', static_cast<char>('0' + month / 10), static_cast<char>('0' + month % 10)};
  return text;
}

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE Result<Timestamp> Timestamp::parse(std::string_view text) {
  using namespace std::chrono;
  const int year_number = detail::digits_at(text, 0, 4);
  const int month_number = detail::digits_at(text, 5, 2);
  const int day_number = detail::digits_at(text, 8, 2);
  const int hour = detail::digits_at(text, 11, 2);
  const int minute = detail::digits_at(text, 14, 2);
  const int second = detail::digits_at(text, 17, 2);
  bool fits = text.size() == 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' &&
              text[16] == ':' && text[19] == 'Z';
  fits = fits && year_number >= 1970 && month_number >= 1 && day_number >= 1 && hour >= 0 && hour < 24 &&
         minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!fits) return fail(Errc::bad_time);
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!date.ok()) return fail(Errc::bad_time);
  const std::int64_t days = sys_days{date}.time_since_epoch().count();
  return Timestamp{days * 86400 + hour * 3600 + minute * 60 + second};
}

MIKOSHI_INLINE std::string to_string(Timestamp time) {
  using namespace std::chrono;
  const std::int64_t days = time.seconds() / 86400;
  const std::int64_t rest = time.seconds() % 86400;
  const year_month_day date{sys_days{std::chrono::days{days}}};
  using detail::padded;
  return padded(static_cast<int>(date.year()), 4) + "-" + padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2) + "T" + padded(rest / 3600, 2) + ":" + padded(rest / 60 % 60, 2) +
         ":" + padded(rest % 60, 2) + "Z";
}

MIKOSHI_INLINE Period Period::of(Timestamp time, Offset offset) {
  using namespace std::chrono;
  const std::int64_t local = time.seconds() + offset.minutes() * 60;
  const year_month_day date{sys_days{floor<days>(seconds{local})}};
  return Period{static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1};
}

MIKOSHI_INLINE std::int64_t Period::start_s(Offset offset) const {
  using namespace std::chrono;
  const year_month_day first{year{months_ / 12}, month{static_cast<unsigned>(months_ % 12 + 1)}, day{1}};
  return std::int64_t{sys_days{first}.time_since_epoch().count()} * 86400 - offset.minutes() * 60;
}

#endif

}  // namespace mikoshi
