// SPDX-License-Identifier: MIT
#pragma once
/// @file words.hpp
/// Everything that the tool says to people, in English and in Japanese. The texts stand in words.def.
///
/// Files, --json and exit codes say nothing to people: they are the same in every language.

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "mikoshi/base/error.hpp"

namespace mikoshi {

enum class Language { english, japanese };

namespace detail {
inline Language language = Language::english;
}

/// The language of this run.
[[nodiscard]] inline Language language() { return detail::language; }

/// Sets it: once, in main, before anything is said.
inline void speak(Language language) { detail::language = language; }

/// The language that a command line asks for: --lang en or --lang ja, else that of the environment. Read before the
/// command line is understood, because its errors speak too.
[[nodiscard]] Language language_asked(int argc, const char* const* argv);

/// Every message, by name.
enum class Word : std::size_t {
#define MIKOSHI_WORD(id, english, japanese) id,
#include "words.def"
};

/// Every "1 person, 22 people", by name.
enum class Count : std::size_t {
#define MIKOSHI_COUNT(id, one, many, japanese) id,
#include "words.def"
};

/// A message: an fmt format in each language. Japanese may name its arguments {1} {0} to say them in another order.
struct Message {
  std::string_view name, english, japanese;
};

/// A counted noun. Japanese has no plural.
struct CountMessage {
  std::string_view name, one, many, japanese;
};

inline constexpr auto all_messages = std::to_array<Message>({
#define MIKOSHI_WORD(id, english, japanese) {#id, english, japanese},
#include "words.def"
});

inline constexpr auto all_counts = std::to_array<CountMessage>({
#define MIKOSHI_COUNT(id, one, many, japanese) {#id, one, many, japanese},
#include "words.def"
});

/// What a code means, in Japanese. The English is `meaning`.
[[nodiscard]] constexpr std::string_view japanese_meaning(Errc code) {
  switch (code) {
#define MIKOSHI_MEANING(id, japanese) \
  case Errc::id:                      \
    return japanese;
#include "words.def"
  }
  return "";
}

/// A detail that somebody else words in English, as a format that it fits, and the Japanese for it.
struct HeardMessage {
  std::string_view english, japanese;
};
inline constexpr auto all_heard = std::to_array<HeardMessage>({
#define MIKOSHI_HEARD(english, japanese) {english, japanese},
#include "words.def"
});

/// `detail`, worded in English by the library, CLI11 or the system, in the language of this run where that is known;
/// else as it is.
[[nodiscard]] std::string reworded(const std::string& detail);

/// Which arguments a format says: bit i stands for argument i. fmt refuses one too few, but not one too many.
[[nodiscard]] constexpr unsigned arguments_said(std::string_view format) {
  unsigned said = 0, next = 0;
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '{') continue;
    if (format[i + 1] == '{') {  // {{ is a brace
      ++i;
      continue;
    }
    unsigned index = 0;
    bool numbered = false;
    for (++i; format[i] >= '0' && format[i] <= '9'; ++i) {
      index = index * 10 + static_cast<unsigned>(format[i] - '0');
      numbered = true;
    }
    said |= 1U << (numbered ? index : next++);
    while (format[i] != '}') ++i;
  }
  return said;
}

/// A message in one language. Both languages are checked against the arguments when this is compiled: types, and that
/// each argument is said.
template <Word id, class... Args>
[[nodiscard]] std::string wording_in(Language language, const Args&... args) {
  constexpr Message message = all_messages[static_cast<std::size_t>(id)];
  constexpr unsigned all = (1U << sizeof...(Args)) - 1;
  static_assert(arguments_said(message.english) == all, "the English text does not say every argument");
  static_assert(arguments_said(message.japanese) == all, "the Japanese text does not say every argument");
#ifndef __clang__  // clang 14 does not take fmt 9's format strings for constants; g++ checks them for both
  [[maybe_unused]] constexpr fmt::format_string<const Args&...> english{message.english};
  [[maybe_unused]] constexpr fmt::format_string<const Args&...> japanese{message.japanese};
#endif
  return fmt::format(fmt::runtime(language == Language::japanese ? message.japanese : message.english), args...);
}

/// A message in the language of this run.
template <Word id, class... Args>
[[nodiscard]] std::string wording(const Args&... args) {
  return wording_in<id>(language(), args...);
}

}  // namespace mikoshi
