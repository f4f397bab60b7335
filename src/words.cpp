// SPDX-License-Identifier: MIT
#include "words.hpp"

#include <cstdlib>

namespace mikoshi {
namespace {

/// English and Japanese say the same: neither is empty, and both have the same arguments.
constexpr bool is_complete(const Message& message) {
  return !message.english.empty() && !message.japanese.empty() &&
         arguments_said(message.english) == arguments_said(message.japanese);
}
constexpr bool is_complete(const CountMessage& message) {
  return arguments_said(message.one) == 1 && arguments_said(message.many) == 1 && arguments_said(message.japanese) == 1;
}
template <class Messages>
constexpr bool are_complete(const Messages& messages) {
  for (const auto& message : messages)
    if (!is_complete(message)) return false;
  return true;
}
static_assert(are_complete(all_messages), "a message of words.def lacks a language or an argument");
static_assert(are_complete(all_counts), "a count of words.def lacks its number");

}  // namespace

Language language_asked(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view text = argv[i];
    if (text == "--") break;
    if (text == "--lang" && i + 1 < argc) {
      text = argv[i + 1];
    } else if (text.starts_with("--lang=")) {
      text.remove_prefix(7);
    } else {
      continue;
    }
    if (text == "ja") return Language::japanese;
    if (text == "en") return Language::english;
  }
  // As POSIX ranks them: the first that is set and not empty decides.
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
      return std::string_view{value}.starts_with("ja") ? Language::japanese : Language::english;
  return Language::english;
}

}  // namespace mikoshi
