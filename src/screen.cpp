// SPDX-License-Identifier: MIT
#include "screen.hpp"

#include <unistd.h>
#include <utf8proc.h>

#include <cstdlib>

namespace mikoshi {
namespace {

bool colours_output = false, colours_errors = false;

std::string coloured(std::string text, const char* colour) { return colour + std::move(text) + "\x1b[m"; }

}  // namespace

void decide_colours(bool refused) {
  const auto set_to = [](const char* name) { return std::string_view{std::getenv(name) ? std::getenv(name) : ""}; };
  const bool wanted = !refused && set_to("NO_COLOR").empty() && !set_to("TERM").empty() && set_to("TERM") != "dumb";
  colours_output = wanted && ::isatty(STDOUT_FILENO) == 1;
  colours_errors = wanted && ::isatty(STDERR_FILENO) == 1;
}

std::string red_on_error(std::string text) { return colours_errors ? coloured(std::move(text), "\x1b[31m") : text; }

std::string green(std::string text) { return colours_output ? coloured(std::move(text), "\x1b[32m") : text; }

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                     static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (length <= 0) {  // no UTF-8: a terminal shows one replacement a byte
      text.remove_prefix(1);
      ++columns;
      continue;
    }
    columns += static_cast<std::size_t>(utf8proc_charwidth(point));
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return columns;
}

std::string pad_right(std::string text, std::size_t columns) {
  const std::size_t taken = columns_of(text);
  if (taken < columns) text.append(columns - taken, ' ');
  return text;
}

std::string pad_left(std::string text, std::size_t columns) {
  const std::size_t taken = columns_of(text);
  if (taken < columns) text.insert(0, columns - taken, ' ');
  return text;
}

std::string pool_name(std::string_view name) {
  if (name == "reserve") return wording<Word::pool_reserve>();
  if (name == "contributions") return wording<Word::pool_contributions>();
  if (name == "tickets") return wording<Word::pool_tickets>();
  if (name == "members") return wording<Word::pool_members>();
  if (name == "income") return wording<Word::income>();
  return std::string{name};
}

std::string account_name(std::string_view account) {
  const std::size_t colon = account.find(':');
  const std::string rest = colon == std::string_view::npos ? "" : pool_name(account.substr(colon + 1));
  if (account.starts_with("dao:")) return wording<Word::charter_community>(account.substr(4, 12));
  if (account.starts_with("pool:")) return wording<Word::account_pool>(rest);
  if (account.starts_with("income:")) return wording<Word::account_income>(rest);
  if (account.starts_with("undivided:")) return wording<Word::account_undivided>(rest);
  if (account.starts_with("held:")) return wording<Word::account_held>(rest);
  return std::string{account};
}

std::string payee_words(std::string_view account) {
  if (account.starts_with("dao:")) return wording<Word::charter_community>(account.substr(4, 12));
  const std::string_view name = account.substr(account.find(':') + 1);
  if (name == "reserve") return wording<Word::charter_reserve>();
  return wording<Word::charter_pool>(pool_name(name));
}

}  // namespace mikoshi
