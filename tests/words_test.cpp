// SPDX-License-Identifier: MIT
// What the tool says: complete in both languages, and aligned.
#include "words.hpp"

#include <cstdlib>
#include <optional>
#include <regex>

#include "catch.hpp"
#include "screen.hpp"

using namespace mikoshi;

namespace {

/// Whether a text has kana or kanji: U+3041 to U+9FFF in UTF-8.
bool is_japanese(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0xe4 && byte <= 0xe9) return true;
    if (byte == 0xe3 && text.substr(i, 3) >= "ぁ") return true;
  }
  return false;
}

/// A format without its arguments.
std::string prose_of(std::string_view format) {
  return std::regex_replace(std::string{format}, std::regex{R"(\{[^}]*\})"}, "");
}

bool has_letters(const std::string& text) { return std::regex_search(text, std::regex{"[A-Za-z]"}); }

/// Two English words beside each other that are neither a command nor an option.
std::string english_prose(const std::string& text) {
  // A command ends where Japanese begins or a closing mark stands.
  const std::string rest =
      std::regex_replace(text, std::regex{R"(mikoshi( [-A-Za-z0-9{}.:|]+)*|--[a-z-]+( [A-Z]+)?)"}, "");
  std::smatch found;
  return std::regex_search(rest, found, std::regex{R"([A-Za-z]{2,} [a-z]{2,})"}) ? found.str() : "";
}

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  Environment(const Environment&) = delete;
  ~Environment() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) const { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }
  const char* name_;
  std::optional<std::string> before_;
};

/// Speaks Japanese as long as it lives.
struct InJapanese {
  InJapanese() { speak(Language::japanese); }
  ~InJapanese() { speak(Language::english); }
};

}  // namespace

TEST_CASE("words: every message speaks both languages, of the same arguments") {
  CHECK(all_messages.size() > 300);
  for (const Message& message : all_messages) {
    INFO(message.name);
    CHECK(arguments_said(message.english) == arguments_said(message.japanese));
    CHECK_FALSE(message.english.empty());
    CHECK_FALSE(message.japanese.empty());
    const std::string prose = prose_of(message.japanese);
    if (has_letters(prose_of(message.english))) CHECK(is_japanese(prose));
    CHECK(english_prose(prose) == "");
    CHECK(message.english.ends_with('\n') == message.japanese.ends_with('\n'));
  }
  for (const CountMessage& message : all_counts) {
    INFO(message.name);
    CHECK(arguments_said(message.one) == 1);
    CHECK(arguments_said(message.many) == 1);
    CHECK(arguments_said(message.japanese) == 1);
    CHECK(is_japanese(message.japanese));
  }
  for (const Errc code : all_errc) {
    INFO(name(code));
    CHECK(is_japanese(japanese_meaning(code)));
  }
}

TEST_CASE("words: what the test above looks for, it finds") {
  CHECK(is_japanese("締め"));
  CHECK(is_japanese("mikoshi を使う"));
  CHECK_FALSE(is_japanese("an error … × →"));
  CHECK_FALSE(is_japanese("「」、。"));
  CHECK(english_prose("まだ not closed です") == "not closed");
  CHECK(english_prose("次: mikoshi sign --key KEYFILE を実行") == "");
  CHECK(english_prose("--on か --at の月") == "");
}

TEST_CASE("words: which arguments a format says") {
  CHECK(arguments_said("") == 0);
  CHECK(arguments_said("{}") == 1);
  CHECK(arguments_said("{} and {}") == 3);
  CHECK(arguments_said("{1}{0}") == 3);
  CHECK(arguments_said("{1} only") == 2);
  CHECK(arguments_said("{{}} {}") == 1);
  CHECK(arguments_said("{:>4} {:02}") == 3);
}

TEST_CASE("words: a detail that others word is reworded, each by its own Japanese") {
  CHECK(reworded("no member is called m9") == "no member is called m9");
  const InJapanese japanese;
  CHECK(reworded("no member is called m9") == "m9 というメンバーはいません");
  CHECK(reworded("the row has 3 cells, the header 2") == "この行は3列、見出しは2列です");
  CHECK(reworded("nobody has worded this") == "nobody has worded this");
  CHECK(reworded("") == "");
  for (const HeardMessage& message : all_heard) {
    // Its own text, with a mark for each argument.
    INFO(message.english);
    CHECK(is_japanese(message.japanese));
    CHECK(english_prose(prose_of(message.japanese)) == "");
    std::string said{message.english};
    for (int i = 0; said.find("{}") != std::string::npos; ++i)
      said.replace(said.find("{}"), 2, "<" + std::to_string(i) + ">");
    const std::string marked = reworded(said);
    CHECK(is_japanese(marked));
    CHECK(prose_of(message.japanese) == std::regex_replace(marked, std::regex{"<[0-9]>"}, ""));
  }
}

TEST_CASE("words: --lang decides, else LC_ALL, LC_MESSAGES, LANG, the first that is not empty") {
  const auto asked = [](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "mikoshi");
    return language_asked(static_cast<int>(arguments.size()), arguments.data()) == Language::japanese ? "ja" : "en";
  };
  struct Case {
    const char *lc_all, *lc_messages, *lang, *says;
  };
  const Case cases[] = {
      {nullptr, nullptr, nullptr, "en"}, {nullptr, nullptr, "ja_JP.UTF-8", "ja"}, {nullptr, nullptr, "ja", "ja"},
      {nullptr, "ja_JP", "C", "ja"},     {"C", "ja_JP", "ja_JP", "en"},           {"ja_JP.UTF-8", "C", "C", "ja"},
      {"", "", "ja_JP.UTF-8", "ja"},     {nullptr, nullptr, "en_US.UTF-8", "en"}, {nullptr, nullptr, "de_DE", "en"},
  };
  for (const Case& one : cases) {
    const Environment all{"LC_ALL", one.lc_all}, messages{"LC_MESSAGES", one.lc_messages}, lang{"LANG", one.lang};
    CHECK(std::string_view{asked({"status"})} == one.says);
    CHECK(std::string_view{asked({"status", "--lang", "ja"})} == "ja");
    CHECK(std::string_view{asked({"--lang=en", "status"})} == "en");
    CHECK(std::string_view{asked({"--lang"})} == one.says);
    CHECK(std::string_view{asked({"--lang", "tlh"})} == one.says);
    CHECK(std::string_view{asked({"--", "--lang", "ja"})} == one.says);
  }
}

TEST_CASE("words: counts, months, money and lists in both languages") {
  CHECK(count<Count::people>(1) == "1 person");
  CHECK(count<Count::people>(0) == "0 people");
  CHECK(count<Count::people>(1234) == "1,234 people");
  CHECK(month_name(*Period::parse("2026-04")) == "April 2026");
  CHECK(money_words(148500, *Currency::make("JPY", 0)) == "148,500 yen");
  CHECK(money_words(150, *Currency::make("USD", 2)) == "1.50 USD");
  CHECK(listed({"a", "b"}) == "a, b");
  CHECK(listed({"a", "b", "c", "d", "e"}) == "a … e");
  CHECK(account_name("pool:reserve") == "pool:reserve");
  const InJapanese japanese;
  CHECK(count<Count::people>(1) == "1人");
  CHECK(month_name(*Period::parse("2026-04")) == "2026年4月");
  CHECK(money_words(148500, *Currency::make("JPY", 0)) == "148,500円");
  CHECK(money_words(150, *Currency::make("USD", 2)) == "1.50 USD");
  CHECK(listed({"a", "b"}) == "a、b");
  CHECK(account_name("pool:reserve") == "積立口:準備金");
  CHECK(account_name("undivided:festival") == "端数預り:festival");
}

TEST_CASE("words: a table counts columns, two for 漢字 and かな") {
  CHECK(columns_of("") == 0);
  CHECK(columns_of("owed") == 4);
  CHECK(columns_of("未払残高") == 8);
  CHECK(columns_of("かな") == 4);
  CHECK(columns_of("ｶﾅ") == 2);
  CHECK(columns_of("（２）") == 6);
  CHECK(columns_of("e\xcc\x81") == 1);  // an accent of its own takes no column
  CHECK(columns_of("…×→·") == 4);
  CHECK(columns_of("\xff\xff") == 2);
  CHECK(pad_right("端数預り", 10) == "端数預り  ");
  CHECK(pad_left("端数預り", 10) == "  端数預り");
  CHECK(pad_right("端数預り", 8) == "端数預り");
  CHECK(pad_left("端数預り", 7) == "端数預り");
}

TEST_CASE("words: no colour where nothing is a terminal") {
  const Environment term{"TERM", "xterm"}, no_color{"NO_COLOR", nullptr};
  decide_colours(true);
  CHECK(green("right") == "right");
  CHECK(red_on_error("error") == "error");
}
