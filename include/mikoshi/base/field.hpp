// SPDX-License-Identifier: MIT
#pragma once
/// @file field.hpp
/// A field list is written once per type; reading it from JSON and writing it to JSON follow from the list.
///
/// Layer 0. Depends on: base/json.hpp and the value types of base/.
///
/// A type with fields declares
///
///     template <class Self, class Visit>
///     static void fields(Self& self, Visit&& visit) {
///       visit("member", self.member, "who joins");
///     }
///
/// and nothing else. `std::optional` fields may be absent. Unknown fields are refused.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/bytes.hpp"
#include "mikoshi/base/flat.hpp"
#include "mikoshi/base/id.hpp"
#include "mikoshi/base/json.hpp"
#include "mikoshi/base/time.hpp"

namespace mikoshi {

/// How one type stands in JSON: `static Result<T> decode(const Json&)` and `static Json encode(const T&)`. What is one text,
/// number or flag is decoded from a FlatValue, too.
template <class T>
struct Codec;

/// The words of an enumeration in its order, `words`, and the clause that lists them for people, `list`.
template <class E>
struct Words;

namespace detail {
struct NoVisit {
  template <class... Rest>
  void operator()(Rest&&...) const {}
};
/// What `read` makes of a text. @error number_must_be_string, wrong_type (no text) | as read
template <class T, class Value, class Read>
[[nodiscard]] Result<T> read_text(const Value& json, Read&& read) {
  if (const auto* text = json.text()) return read(std::string_view{*text});
  if (json.integer() != nullptr) return fail(Errc::number_must_be_string, "a text is needed here, not a number");
  return fail(Errc::wrong_type, "a text is needed here");
}
/// "field" or "field.inner": where a nested error stands.
[[nodiscard]] inline Error inside(Error error, std::string_view field) {
  error.where = "field " + std::string{field} + (error.where.empty() ? "" : ", " + error.where);
  return error;
}
}  // namespace detail

template <class T>
concept HasFields = requires(T& value) {
  T::fields(value, detail::NoVisit{});
};

/// Reads the fields of `T` from an object; `extra` names keys that belong to somebody else and are passed over.
/// @error wrong_type (no object) | the first field in the list's order that is missing (missing_field) or malformed (its own
///        error) | unknown_field; each names the field.
/// @pre   no key of `extra` is a field of `T`.
template <HasFields T>
[[nodiscard]] Result<T> decode_fields(const Json& json, std::span<const std::string_view> extra = {});

/// Reads the fields of `T` from a flat object into `value`, as decode_fields would, and adds how many there were to `seen`.
/// @return whether all went well. If not, decode_fields says what is wrong; `value` then holds nothing of meaning.
template <HasFields T>
[[nodiscard]] bool take_fields(FlatObject& object, T& value, std::size_t& seen);

/// Writes the fields of `value` into `json`. @pre json is an object.
template <HasFields T>
void encode_fields(const T& value, Json& json);

/// Writes an object's fields straight into its canonical text, in whatever order they come; is given to `fields` as its visitor.
class FieldWriter {
 public:
  /// Begins an object at the end of `out`.
  explicit FieldWriter(std::string& out);
  template <class T>
  void operator()(std::string_view name, const T& field, std::string_view about = {});
  /// Ends the object: puts the fields into their order, if they were not.
  void close();

 private:
  struct Piece {
    FlatText name;
    std::size_t begin;  // in out_, up to the comma or the end
  };
  static constexpr std::size_t pieces_max = 48;
  MIKOSHI_INLINE void put_in_order();

  std::string& out_;
  std::size_t begin_;  // behind the bracket
  std::array<Piece, pieces_max> pieces_;  // the first size_ of them
  std::size_t size_ = 0;
  bool ordered_ = true;
};

/// Adds the canonical JSON text of `value` at the end: what `to_canonical` makes of `Codec<T>::encode`, without a JSON value between.
template <class T>
void write_json(std::string& out, const T& value);

/// The canonical JSON text of `value`.
template <HasFields T>
[[nodiscard]] std::string canonical_text(const T& value);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

template <>
struct Codec<std::string> {
  template <class Value>
  static Result<std::string> decode(const Value& json) {
    return detail::read_text<std::string>(json, [](std::string_view text) { return std::string{text}; });
  }
  static Json encode(const std::string& value) { return value; }
};

/// Counts and seqs: JSON integers from 0 to 2^53 − 1.
template <>
struct Codec<std::uint64_t> {
  template <class Value>
  static Result<std::uint64_t> decode(const Value& json) {
    if (json.integer() == nullptr) return fail(Errc::wrong_type, "a whole number is needed here");
    if (*json.integer() < 0) return fail(Errc::negative, "a negative number has no place here");
    return static_cast<std::uint64_t>(*json.integer());
  }
  static Json encode(std::uint64_t value) {
    MIKOSHI_CHECK(value <= static_cast<std::uint64_t>(json_integer_max));
    return static_cast<std::int64_t>(value);
  }
};

/// A flag.
template <>
struct Codec<bool> {
  template <class Value>
  static Result<bool> decode(const Value& json) {
    if (json.boolean() == nullptr) return fail(Errc::wrong_type, "true or false is needed here");
    return *json.boolean();
  }
  static Json encode(bool value) { return value; }
};

/// A word of a closed list. @error number_must_be_string, wrong_type (no text) | bad_choice
template <class E>
requires requires { Words<E>::words; }
struct Codec<E> {
  static constexpr auto words = Words<E>::words;
  template <class Value>
  static Result<E> decode(const Value& json) {
    return detail::read_text<E>(json, [](std::string_view text) -> Result<E> {
      for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == text) return static_cast<E>(i);
      return fail(Errc::bad_choice, std::string{Words<E>::list});
    });
  }
  static Json encode(E value) { return words[static_cast<std::size_t>(value)]; }
};

/// Money: a decimal text of minor units.
template <>
struct Codec<u128> {
  template <class Value>
  static Result<u128> decode(const Value& json) {
    return detail::read_text<u128>(json, [](std::string_view text) { return parse_minor(text); });
  }
  static Json encode(const u128& value) { return to_string(value); }
};

/// Digests and other byte values of a fixed size: hexadecimal.
template <std::size_t N>
struct Codec<std::array<std::uint8_t, N>> {
  template <class Value>
  static Result<std::array<std::uint8_t, N>> decode(const Value& json) {
    using Array = std::array<std::uint8_t, N>;
    return detail::read_text<Array>(json, [](std::string_view text) -> Result<Array> {
      Array bytes{};
      MIKOSHI_TRY(parse_hex(text, bytes));
      return bytes;
    });
  }
  static Json encode(const std::array<std::uint8_t, N>& value) { return to_hex(value); }
};

/// Types with a one-text form: `T::parse(text)` and `to_string(T)` or `.text()`.
template <class T>
requires requires(std::string_view text) { T::parse(text); }
struct Codec<T> {
  template <class Value>
  static Result<T> decode(const Value& json) {
    return detail::read_text<T>(json, [](std::string_view text) { return T::parse(text); });
  }
  static Json encode(const T& value) {
    if constexpr (requires { value.text(); }) {
      return value.text();
    } else {
      return to_string(value);
    }
  }
};

/// A document inside a document (a charter's rules): any object.
template <>
struct Codec<Json> {
  static Result<Json> decode(const Json& json) {
    if (json.object() == nullptr) return fail(Errc::wrong_type, "an object is needed here");
    return json;
  }
  static Json encode(const Json& value) { return value; }
};

template <class T>
struct Codec<std::vector<T>> {
  static Result<std::vector<T>> decode(const Json& json) {
    if (json.array() == nullptr) return fail(Errc::wrong_type, "an array is needed here");
    std::vector<T> items;
    items.reserve(json.array()->size());
    for (const Json& item : *json.array()) {
      auto decoded = Codec<T>::decode(item);
      if (!decoded) return Failure{detail::inside(decoded.error(), "[" + std::to_string(items.size()) + "]")};
      items.push_back(std::move(*decoded));
    }
    return items;
  }
  static Json encode(const std::vector<T>& value) {
    Json::Array items;
    for (const T& item : value) items.push_back(Codec<T>::encode(item));
    return items;
  }
};

/// A table by id: an object whose keys are the ids.
template <class Key, class T>
requires requires(const Key& key) { Key::parse(key.text()); }
struct Codec<std::map<Key, T>> {
  static Result<std::map<Key, T>> decode(const Json& json) {
    if (json.object() == nullptr) return fail(Errc::wrong_type, "an object is needed here");
    std::map<Key, T> table;
    for (const Json::Member& member : *json.object()) {
      auto id = Key::parse(member.key);
      if (!id) return Failure{detail::inside(id.error(), member.key)};
      auto decoded = Codec<T>::decode(member.value);
      if (!decoded) return Failure{detail::inside(decoded.error(), member.key)};
      table.emplace(std::move(*id), std::move(*decoded));
    }
    return table;
  }
  static Json encode(const std::map<Key, T>& value) {
    Json json;
    for (const auto& [id, item] : value) json.set(id.text(), Codec<T>::encode(item));
    return json;
  }
};

/// A table by currency code.
template <class T>
struct Codec<std::map<std::string, T>> {
  static Result<std::map<std::string, T>> decode(const Json& json) {
    if (json.object() == nullptr) return fail(Errc::wrong_type, "an object is needed here");
    std::map<std::string, T> table;
    for (const Json::Member& member : *json.object()) {
      auto code = Currency::make(member.key, 0);
      if (!code) return Failure{detail::inside(code.error(), member.key)};
      auto decoded = Codec<T>::decode(member.value);
      if (!decoded) return Failure{detail::inside(decoded.error(), member.key)};
      table.emplace(member.key, std::move(*decoded));
    }
    return table;
  }
  static Json encode(const std::map<std::string, T>& value) {
    Json json;
    for (const auto& [code, item] : value) json.set(code, Codec<T>::encode(item));
    return json;
  }
};

template <HasFields T>
struct Codec<T> {
  static Result<T> decode(const Json& json) { return decode_fields<T>(json); }
  static Json encode(const T& value) {
    Json json;
    encode_fields(value, json);
    return json;
  }
};

namespace detail {

template <class T>
struct FieldType {
  using type = T;
  static constexpr bool required = true;
};
template <class T>
struct FieldType<std::optional<T>> {
  using type = T;
  static constexpr bool required = false;
};

}  // namespace detail

template <HasFields T>
Result<T> decode_fields(const Json& json, std::span<const std::string_view> extra) {
  if (json.object() == nullptr) return fail(Errc::wrong_type, "an object is needed here");
  T value;
  std::optional<Error> first;
  std::size_t seen = 0;
  T::fields(value, [&](std::string_view name, auto& field, std::string_view) {
    if (first) return;
    using Field = detail::FieldType<std::remove_reference_t<decltype(field)>>;
    const Json* found = json.find(name);
    if (found == nullptr) {
      if (Field::required) first = Error{Errc::missing_field, "a field is missing", "field " + std::string{name}};
      return;
    }
    ++seen;
    auto decoded = Codec<typename Field::type>::decode(*found);
    if (decoded) {
      field = std::move(*decoded);
    } else {
      first = detail::inside(std::move(decoded).error(), name);
    }
  });
  if (first) return Failure{std::move(*first)};
  for (const std::string_view key : extra) seen += json.find(key) != nullptr ? 1 : 0;
  if (seen == json.object()->size()) return value;
  for (const Json::Member& member : *json.object()) {
    bool known = std::find(extra.begin(), extra.end(), member.key) != extra.end();
    T::fields(value, [&](std::string_view name, auto&, std::string_view) { known = known || name == member.key; });
    if (!known) return fail(Errc::unknown_field, "no such field here", "field " + member.key);
  }
  return fail(Errc::unknown_field);
}

template <HasFields T>
bool take_fields(FlatObject& object, T& value, std::size_t& seen) {
  bool good = true;
  T::fields(value, [&](const FlatKey& name, auto& field, std::string_view) {
    if (!good) return;
    using Field = detail::FieldType<std::remove_reference_t<decltype(field)>>;
    using Type = typename Field::type;
    const FlatValue* const found = object.find(name);
    if (found == nullptr) {
      good = !Field::required;
      return;
    }
    const auto take = [&](auto&& decoded) {
      good = decoded.has_value();
      if (good) field = std::move(*decoded);
    };
    if (const FlatText* const spelling = found->spelling()) {
      const auto json = parse_canonical(*spelling);
      good = json.has_value();
      if (good) take(Codec<Type>::decode(*json));
    } else if constexpr (requires { Codec<Type>::decode(*found); }) {
      take(Codec<Type>::decode(*found));
    } else {
      good = false;
    }
    ++seen;
  });
  return good;
}

template <HasFields T>
void encode_fields(const T& value, Json& json) {
  T::fields(value, [&](std::string_view name, const auto& field, std::string_view) {
    using Field = detail::FieldType<std::remove_cvref_t<decltype(field)>>;
    if constexpr (Field::required) {
      json.set(name, Codec<typename Field::type>::encode(field));
    } else if (field.has_value()) {
      json.set(name, Codec<typename Field::type>::encode(*field));
    }
  });
}

namespace detail {

/// A text that needs no escapes.
inline void write_plain(std::string& out, std::string_view text) {
  out.push_back('"');
  out.append(text);
  out.push_back('"');
}

template <class T>
void write_value(std::string& out, const T& value) {
  if constexpr (HasFields<T>) {
    FieldWriter writer{out};
    T::fields(value, writer);
    writer.close();
  } else if constexpr (requires { value.text(); T::parse(value.text()); }) {
    write_plain(out, value.text());  // what is parsed from one text is made of plain characters
  } else if constexpr (std::same_as<T, u128> || requires { T::parse(std::string_view{}); }) {
    write_plain(out, to_string(value));
  } else {
    write_canonical(out, Codec<T>::encode(value));  // one text, number or flag
  }
}
template <std::size_t N>
void write_value(std::string& out, const std::array<std::uint8_t, N>& value) {
  out.push_back('"');
  write_hex(out, value);
  out.push_back('"');
}
inline void write_value(std::string& out, const std::string& value) { write_string(out, value); }
inline void write_value(std::string& out, const std::string_view& value) { write_string(out, value); }
inline void write_value(std::string& out, const Json& value) { write_canonical(out, value); }
template <class T>
void write_value(std::string& out, const std::vector<T>& value) {
  char before = '[';
  for (const T& item : value) {
    out.push_back(before);
    write_json(out, item);
    before = ',';
  }
  out += value.empty() ? "[]" : "]";
}
template <class Key, class T>
void write_value(std::string& out, const std::map<Key, T>& value) {
  char before = '{';
  for (const auto& [key, item] : value) {
    out.push_back(before);
    if constexpr (requires(const Key& one) { one.text(); }) {
      write_string(out, key.text());
    } else {
      write_string(out, key);
    }
    out.push_back(':');
    write_json(out, item);
    before = ',';
  }
  out += value.empty() ? "{}" : "}";
}

}  // namespace detail

inline FieldWriter::FieldWriter(std::string& out) : out_(out) {
  out_.push_back('{');
  begin_ = out_.size();
}

template <class T>
void FieldWriter::operator()(std::string_view name, const T& field, std::string_view) {
  using Field = detail::FieldType<T>;
  if constexpr (!Field::required)
    if (!field.has_value()) return;
  MIKOSHI_CHECK(size_ < pieces_max);
  if (size_ != 0) {
    out_.push_back(',');
    ordered_ = ordered_ && std::string_view{pieces_[size_ - 1].name} < name;
  }
  pieces_[size_++] = {{name.data(), name.size()}, out_.size()};
  detail::write_plain(out_, name);
  out_.push_back(':');
  if constexpr (Field::required) {
    write_json(out_, field);
  } else {
    write_json(out_, *field);
  }
}

inline void FieldWriter::close() {
  if (!ordered_) put_in_order();
  out_.push_back('}');
}

template <class T>
void write_json(std::string& out, const T& value) {
  detail::write_value(out, value);
}

template <HasFields T>
std::string canonical_text(const T& value) {
  std::string text;
  write_json(text, value);
  return text;
}

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

MIKOSHI_INLINE void FieldWriter::put_in_order() {
  std::array<std::pair<std::string_view, std::string_view>, pieces_max> fields;
  const std::string text = out_.substr(begin_);
  for (std::size_t i = 0; i < size_; ++i) {
    const std::size_t begin = pieces_[i].begin - begin_, end = i + 1 < size_ ? pieces_[i + 1].begin - begin_ - 1 : text.size();
    fields[i] = {pieces_[i].name, std::string_view{text}.substr(begin, end - begin)};
  }
  std::sort(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(size_));
  out_.resize(begin_);
  for (std::size_t i = 0; i < size_; ++i) {
    if (i != 0) out_.push_back(',');
    out_ += fields[i].second;
  }
}

#endif

}  // namespace mikoshi
