// SPDX-License-Identifier: MIT
#pragma once
/// @file json.hpp
/// JSON narrowed so that every value has exactly one canonical spelling: a reader, a writer, and the check of the two.
///
/// Layer 0. Depends on: base/result.hpp.
///
/// The values: true and false, integers within ±(2^53 − 1), text without U+0000, arrays, objects with ASCII keys. No
/// null (leave the field out), no fractions, no exponents. The canonical spelling is that of RFC 8785: keys ascending,
/// no white space, minimal escapes. `parse_json` reads any spelling of such a value; `parse_canonical` also writes it
/// again and compares, so whatever it accepts is the one spelling.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mikoshi/base/result.hpp"

namespace mikoshi {

inline constexpr int json_depth_max = 16;
inline constexpr std::size_t json_bytes_max = std::size_t{64} << 20;
inline constexpr std::int64_t json_integer_max = (std::int64_t{1} << 53) - 1;

/// One JSON value.
class Json {
 public:
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  ///< ascending by key, keys distinct

  MIKOSHI_INLINE Json();  ///< an empty object
  MIKOSHI_INLINE Json(bool value);
  MIKOSHI_INLINE Json(std::int64_t value);
  MIKOSHI_INLINE Json(int value);
  MIKOSHI_INLINE Json(std::string value);
  MIKOSHI_INLINE Json(std::string_view value);
  MIKOSHI_INLINE Json(const char* value);
  MIKOSHI_INLINE Json(Array value);
  MIKOSHI_INLINE Json(Object value);
  MIKOSHI_INLINE Json(const Json& other);
  MIKOSHI_INLINE Json(Json&& other) noexcept;
  MIKOSHI_INLINE Json& operator=(const Json& other);
  MIKOSHI_INLINE Json& operator=(Json&& other) noexcept;
  MIKOSHI_INLINE ~Json();

  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&value_); }

  /// The value under `key`, or nullptr. @pre none: other types have no keys.
  [[nodiscard]] MIKOSHI_INLINE const Json* find(std::string_view key) const;
  /// Puts `value` under `key`, replacing what was there. @pre an object.
  MIKOSHI_INLINE void set(std::string_view key, Json value);
  /// Removes `key` if it is there. @pre an object.
  MIKOSHI_INLINE void erase(std::string_view key);

 private:
  std::variant<bool, std::int64_t, std::string, Array, Object> value_;
};

struct Json::Member {
  std::string key;
  Json value;
};

/// Reads one JSON value in any spelling, with nothing but white space around it.
/// @error too_large (over 64 MiB) | too_deep | bad_utf8 | duplicate_key | missing_field (a null) | bad_number | bad_json,
///        each with the byte.
/// @cost O(n log k) for k keys an object; depth at most 16.
[[nodiscard]] MIKOSHI_INLINE Result<Json> parse_json(std::string_view text);

/// The canonical spelling. @pre texts are UTF-8, integers within ±(2^53 − 1).
[[nodiscard]] MIKOSHI_INLINE std::string to_canonical(const Json& value);

/// Reads the canonical spelling and refuses every other one.
/// @error as parse_json, then not_canonical with the first byte that differs.
[[nodiscard]] MIKOSHI_INLINE Result<Json> parse_canonical(std::string_view text);

namespace detail {
/// Adds the canonical spelling of a value, or of a text, at the end.
MIKOSHI_INLINE void write_canonical(std::string& out, const Json& value);
MIKOSHI_INLINE void write_string(std::string& out, std::string_view text);
}  // namespace detail

/// The length of the longest prefix of `text` that is well-formed UTF-8 without U+0000.
[[nodiscard]] MIKOSHI_INLINE std::size_t utf8_prefix(std::string_view text);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

// The constructors stand here, where `Member` is complete: clang instantiates the destructor of `Object` in each.
MIKOSHI_INLINE Json::Json() : value_(Object{}) {}
MIKOSHI_INLINE Json::Json(const Json& other) = default;
MIKOSHI_INLINE Json::Json(Json&& other) noexcept = default;
MIKOSHI_INLINE Json& Json::operator=(const Json& other) = default;
MIKOSHI_INLINE Json& Json::operator=(Json&& other) noexcept = default;
MIKOSHI_INLINE Json::~Json() = default;
MIKOSHI_INLINE Json::Json(bool value) : value_(value) {}
MIKOSHI_INLINE Json::Json(std::int64_t value) : value_(value) {}
MIKOSHI_INLINE Json::Json(int value) : value_(std::int64_t{value}) {}
MIKOSHI_INLINE Json::Json(std::string value) : value_(std::move(value)) {}
MIKOSHI_INLINE Json::Json(std::string_view value) : value_(std::string{value}) {}
MIKOSHI_INLINE Json::Json(const char* value) : value_(std::string{value}) {}
MIKOSHI_INLINE Json::Json(Array value) : value_(std::move(value)) {}
MIKOSHI_INLINE Json::Json(Object value) : value_(std::move(value)) {
  auto& members = std::get<Object>(value_);
  const auto by_key = [](const Member& a, const Member& b) { return a.key < b.key; };
  std::sort(members.begin(), members.end(), by_key);
  const auto same = [](const Member& a, const Member& b) { return a.key == b.key; };
  MIKOSHI_CHECK(std::adjacent_find(members.begin(), members.end(), same) == members.end());
}

MIKOSHI_INLINE const Json* Json::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto place = std::lower_bound(members->begin(), members->end(), key,
                                      [](const Member& m, std::string_view k) { return m.key < k; });
  return place != members->end() && place->key == key ? &place->value : nullptr;
}

MIKOSHI_INLINE void Json::set(std::string_view key, Json value) {
  auto* members = std::get_if<Object>(&value_);
  MIKOSHI_CHECK(members != nullptr);
  const auto place = std::lower_bound(members->begin(), members->end(), key,
                                      [](const Member& m, std::string_view k) { return m.key < k; });
  if (place != members->end() && place->key == key) {
    place->value = std::move(value);
  } else {
    members->insert(place, Member{std::string{key}, std::move(value)});
  }
}

MIKOSHI_INLINE void Json::erase(std::string_view key) {
  auto* members = std::get_if<Object>(&value_);
  MIKOSHI_CHECK(members != nullptr);
  std::erase_if(*members, [&](const Member& m) { return m.key == key; });
}

MIKOSHI_INLINE std::size_t utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (std::uint64_t word = 0; text.size() - at >= 8) {  // most texts are ASCII: eight characters at once
      std::memcpy(&word, text.data() + at, 8);
      constexpr std::uint64_t ones = 0x0101010101010101;
      if ((((word - ones) | word) & 0x80 * ones) == 0) {  // each from 1 to 127
        at += 8;
        continue;
      }
    }
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    std::uint32_t least = 1;  // the smallest code point of this length; 1 keeps U+0000 out
    std::uint32_t point = lead;
    if (lead >= 0xf0 && lead < 0xf8) {
      length = 4, least = 0x10000, point = lead & 0x07u;
    } else if (lead >= 0xe0) {
      length = lead < 0xf0 ? 3 : 0, least = 0x800, point = lead & 0x0fu;
    } else if (lead >= 0xc0) {
      length = 2, least = 0x80, point = lead & 0x1fu;
    } else if (lead >= 0x80) {
      length = 0;
    }
    if (length == 0 || text.size() - at < length) return at;
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0u) != 0x80u) return at;
      point = point << 6 | (next & 0x3fu);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return at;
    at += length;
  }
  return at;
}

namespace detail {

/// A recursive reader whose recursion is bounded by `json_depth_max`.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Result<Json> document() {
    if (text_.size() > json_bytes_max) return fail(Errc::too_large, "a JSON text has at most 64 MiB");
    MIKOSHI_ASSIGN(Json value, value_at_depth(1));
    skip_space();
    if (at_ != text_.size()) return error(Errc::bad_json, "something follows the end of the JSON value");
    return value;
  }

 private:
  Failure error(Errc code, std::string what = {}) const {
    return fail(code, std::move(what), "byte " + std::to_string(at_));
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Json> value_at_depth(int depth) {
    skip_space();
    if (at_ >= text_.size()) return error(Errc::bad_json, "the JSON text ends where a value is needed");
    switch (text_[at_]) {
      case '{':
        return depth > json_depth_max ? error(Errc::too_deep) : object(depth);
      case '[':
        return depth > json_depth_max ? error(Errc::too_deep) : array(depth);
      case '"': {
        MIKOSHI_ASSIGN(std::string text, string());
        return Json{std::move(text)};
      }
      case 't':
        if (take_word("true")) return Json{true};
        break;
      case 'f':
        if (take_word("false")) return Json{false};
        break;
      case 'n':
        if (text_.substr(at_).starts_with("null"))
          return error(Errc::missing_field, "null has no place here: leave the field out");
        break;
      default:
        if (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9')) return number();
    }
    return error(Errc::bad_json, "no JSON value starts like this");
  }

  Result<Json> object(int depth) {
    ++at_;
    Json::Object members;
    if (take('}')) return Json{std::move(members)};
    do {
      skip_space();
      const std::size_t key_at = at_;
      if (at_ >= text_.size() || text_[at_] != '"') return error(Errc::bad_json, "a key in double quotes is needed");
      MIKOSHI_ASSIGN(std::string key, string());
      const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
      if (!std::all_of(key.begin(), key.end(), is_ascii)) {
        at_ = key_at;
        return error(Errc::bad_json, "keys are ASCII");
      }
      if (!take(':')) return error(Errc::bad_json, "a colon follows a key");
      MIKOSHI_ASSIGN(Json value, value_at_depth(depth + 1));
      members.push_back({std::move(key), std::move(value)});
    } while (take(','));
    if (!take('}')) return error(Errc::bad_json, "an object ends with }");
    const auto by_key = [](const Json::Member& a, const Json::Member& b) { return a.key < b.key; };
    if (!std::is_sorted(members.begin(), members.end(), by_key)) std::sort(members.begin(), members.end(), by_key);
    const auto same = [](const Json::Member& a, const Json::Member& b) { return a.key == b.key; };
    const auto twice = std::adjacent_find(members.begin(), members.end(), same);
    if (twice != members.end()) return error(Errc::duplicate_key, "the key \"" + twice->key + "\" stands twice");
    return Json{std::move(members)};
  }

  Result<Json> array(int depth) {
    ++at_;
    Json::Array items;
    if (take(']')) return Json{std::move(items)};
    do {
      MIKOSHI_ASSIGN(Json item, value_at_depth(depth + 1));
      items.push_back(std::move(item));
    } while (take(','));
    if (!take(']')) return error(Errc::bad_json, "an array ends with ]");
    return Json{std::move(items)};
  }

  Result<Json> number() {
    const std::size_t start = at_;
    const bool is_negative = text_[at_] == '-';
    if (is_negative) ++at_;
    const std::size_t digits_at = at_;
    std::int64_t value = 0;
    bool fits = true;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      if (fits) value = value * 10 + (text_[at_] - '0');
      fits = fits && value <= json_integer_max;
    }
    const std::size_t digits = at_ - digits_at;
    const bool fraction = at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E');
    const bool bad_form = digits == 0 || (digits > 1 && text_[digits_at] == '0') || (is_negative && value == 0 && fits);
    at_ = fits && !fraction && !bad_form ? at_ : start;
    if (fraction) return error(Errc::bad_number, "numbers are whole here, without fraction or exponent");
    if (bad_form) return error(Errc::bad_number, "a whole number has no leading zero and no empty or negative zero");
    if (!fits) return error(Errc::bad_number, "a JSON number stays within 2^53 - 1; write larger ones as text");
    return Json{is_negative ? -value : value};
  }

  Result<std::uint32_t> hex4() {
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return error(Errc::bad_json, "\\u is followed by four hexadecimal digits");
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
    }
    return unit;
  }

  static void append_utf8(std::string& out, std::uint32_t point) {
    const auto tail = [&](unsigned shift) { out.push_back(static_cast<char>(0x80u | (point >> shift & 0x3fu))); };
    if (point < 0x80) {
      out.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      out.push_back(static_cast<char>(0xc0u | point >> 6)), tail(0);
    } else if (point < 0x10000) {
      out.push_back(static_cast<char>(0xe0u | point >> 12)), tail(6), tail(0);
    } else {
      out.push_back(static_cast<char>(0xf0u | point >> 18)), tail(12), tail(6), tail(0);
    }
  }

  Result<std::string> string() {
    ++at_;
    std::string out;
    for (;;) {
      const std::size_t run = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      const std::string_view plain = text_.substr(run, at_ - run);
      if (const std::size_t good = utf8_prefix(plain); good != plain.size()) {
        at_ = run + good;
        return error(Errc::bad_utf8);
      }
      out += plain;
      if (at_ >= text_.size()) return error(Errc::bad_json, "the text ends inside a string");
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] == '\0') return error(Errc::bad_utf8);
      if (text_[at_] != '\\') return error(Errc::bad_json, "control characters are escaped inside a string");
      MIKOSHI_TRY(escape(out));
    }
  }

  Status escape(std::string& out) {
    const std::size_t start = at_++;
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view values = "\"\\/\b\f\n\r\t";
    if (const auto which = names.find(c); c != '\0' && which != std::string_view::npos) {
      out.push_back(values[which]);
      return {};
    }
    if (c != 'u') {
      at_ = start;
      return error(Errc::bad_json, "no such escape in JSON");
    }
    MIKOSHI_ASSIGN(std::uint32_t point, hex4());
    if (point >= 0xd800 && point < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      MIKOSHI_ASSIGN(const std::uint32_t low, hex4());
      point = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00) : 0xd800;
    }
    if (point == 0 || (point >= 0xd800 && point < 0xe000)) {
      at_ = start;
      return error(Errc::bad_utf8);
    }
    append_utf8(out, point);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

MIKOSHI_INLINE void write_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t written = 0;  // what needs no escape is written in one go
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(written, i - written);
    written = i + 1;
    constexpr std::string_view specials = "\"\\\b\f\n\r\t";
    constexpr std::string_view names = "\"\\bfnrt";
    if (const auto which = specials.find(text[i]); which != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(names[which]);
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out.push_back(digits[c >> 4]);
      out.push_back(digits[c & 15]);
    }
  }
  out += text.substr(written);
  out.push_back('"');
}

MIKOSHI_INLINE void write_canonical(std::string& out, const Json& value) {
  if (const auto* boolean = value.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (const auto* integer = value.integer()) {
    out += std::to_string(*integer);
  } else if (const auto* text = value.text()) {
    write_string(out, *text);
  } else if (const auto* items = value.array()) {
    char before = '[';
    for (const Json& item : *items) {
      out.push_back(before);
      write_canonical(out, item);
      before = ',';
    }
    out += items->empty() ? "[]" : "]";
  } else {
    char before = '{';
    for (const Json::Member& member : *value.object()) {
      out.push_back(before);
      write_string(out, member.key);
      out.push_back(':');
      write_canonical(out, member.value);
      before = ',';
    }
    out += value.object()->empty() ? "{}" : "}";
  }
}

}  // namespace detail

MIKOSHI_INLINE Result<Json> parse_json(std::string_view text) { return detail::JsonReader{text}.document(); }

MIKOSHI_INLINE std::string to_canonical(const Json& value) {
  std::string out;
  detail::write_canonical(out, value);
  return out;
}

MIKOSHI_INLINE Result<Json> parse_canonical(std::string_view text) {
  MIKOSHI_ASSIGN(Json value, parse_json(text));
  const std::string canonical = to_canonical(value);
  if (canonical != text) {
    const auto differ = std::mismatch(text.begin(), text.end(), canonical.begin(), canonical.end());
    return fail(Errc::not_canonical, "this is not the canonical spelling",
                "byte " + std::to_string(differ.first - text.begin()));
  }
  return value;
}

#endif

}  // namespace mikoshi
