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
template <class Value>
[[nodiscard]] Result<std::string_view> expect_text(const Value& json) {
  if (json.integer() != nullptr) return fail(Errc::number_must_be_string, "a text is needed here, not a number");
  if (json.text() == nullptr) return fail(Errc::wrong_type, "a text is needed here");
  return std::string_view{*json.text()};
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

/// The canonical JSON text of `value`.
template <HasFields T>
[[nodiscard]] std::string canonical_text(const T& value);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

template <>
struct Codec<std::string> {
  template <class Value>
  static Result<std::string> decode(const Value& json) {
    MIKOSHI_ASSIGN(const std::string_view text, detail::expect_text(json));
    return std::string{text};
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
    MIKOSHI_ASSIGN(const std::string_view text, detail::expect_text(json));
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i] == text) return static_cast<E>(i);
    return fail(Errc::bad_choice, std::string{Words<E>::list});
  }
  static Json encode(E value) { return words[static_cast<std::size_t>(value)]; }
};

/// Money: a decimal text of minor units.
template <>
struct Codec<u128> {
  template <class Value>
  static Result<u128> decode(const Value& json) {
    MIKOSHI_ASSIGN(const std::string_view text, detail::expect_text(json));
    return parse_minor(text);
  }
  static Json encode(const u128& value) { return to_string(value); }
};

/// Digests and other byte values of a fixed size: hexadecimal.
template <std::size_t N>
struct Codec<std::array<std::uint8_t, N>> {
  template <class Value>
  static Result<std::array<std::uint8_t, N>> decode(const Value& json) {
    MIKOSHI_ASSIGN(const std::string_view text, detail::expect_text(json));
    std::array<std::uint8_t, N> bytes{};
    MIKOSHI_TRY(parse_hex(text, bytes));
    return bytes;
  }
  static Json encode(const std::array<std::uint8_t, N>& value) { return to_hex(value); }
};

/// Types with a one-text form: `T::parse(text)` and `to_string(T)` or `.text()`.
template <class T>
requires requires(std::string_view text) { T::parse(text); }
struct Codec<T> {
  template <class Value>
  static Result<T> decode(const Value& json) {
    MIKOSHI_ASSIGN(const std::string_view text, detail::expect_text(json));
    return T::parse(text);
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
    const auto take = [&](auto decoded) {
      good = decoded.has_value();
      if (good) field = std::move(*decoded);
    };
    if (const std::string_view* const spelling = found->spelling()) {
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

template <HasFields T>
std::string canonical_text(const T& value) {
  Json json;
  encode_fields(value, json);
  return to_canonical(json);
}

}  // namespace mikoshi
