// SPDX-License-Identifier: MIT
#include "words.hpp"

#include <fmt/args.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>
#include <vector>

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
constexpr bool is_complete(const HeardMessage& message) {
  return !message.japanese.empty() && arguments_said(message.english) == arguments_said(message.japanese);
}
template <class Messages>
constexpr bool are_complete(const Messages& messages) {
  for (const auto& message : messages)
    if (!is_complete(message)) return false;
  return true;
}
/// One of 16 parts of the messages, each a constant of its own: clang counts the steps to each.
template <std::size_t part>
constexpr bool is_part_complete = are_complete(
    std::span{all_messages}.subspan(part * all_messages.size() / 16,
                                    (part + 1) * all_messages.size() / 16 - part * all_messages.size() / 16));
static_assert([]<std::size_t... part>(std::index_sequence<part...>) {
  return (is_part_complete<part> && ...);
}(std::make_index_sequence<16>{}), "a message of words.def lacks a language or an argument");
static_assert(are_complete(all_counts), "a count of words.def lacks its number");
static_assert(are_complete(all_heard), "a heard detail of words.def lacks its Japanese or an argument");
static_assert(std::none_of(all_errc.begin(), all_errc.end(), [](Errc code) { return japanese_meaning(code).empty(); }),
              "an error code has no MIKOSHI_MEANING in words.def");

/// What stands in `text` where `format` has its {}; nothing if the text is another one.
std::optional<std::vector<std::string>> heard(std::string_view text, std::string_view format) {
  std::vector<std::string> arguments;
  const std::size_t first = format.find("{}");
  if (!text.starts_with(format.substr(0, first))) return std::nullopt;
  if (first == std::string_view::npos) return text.size() == format.size() ? std::optional{arguments} : std::nullopt;
  text.remove_prefix(first);
  format.remove_prefix(first);
  while (!format.empty()) {  // it starts with {}
    format.remove_prefix(2);
    const std::size_t next = format.find("{}");
    const std::string_view between = format.substr(0, next);
    const bool last = next == std::string_view::npos;
    const std::size_t end = last && text.ends_with(between) ? text.size() - between.size()
                            : last                          ? std::string_view::npos
                                                            : text.find(between);
    if (end == std::string_view::npos) return std::nullopt;
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(end + between.size());
    format.remove_prefix(between.size());
  }
  return arguments;
}

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

std::string reworded(const std::string& detail) {
  if (language() == Language::english) return detail;
  for (const HeardMessage& message : all_heard) {
    const auto arguments = heard(detail, message.english);
    if (!arguments) continue;
    fmt::dynamic_format_arg_store<fmt::format_context> store;
    for (const std::string& argument : *arguments) store.push_back(argument);
    return fmt::vformat(message.japanese, store);
  }
  return detail;
}

}  // namespace mikoshi
