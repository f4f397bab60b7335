// SPDX-License-Identifier: MIT
#pragma once
/// @file flat.hpp
/// A canonical object read in one pass, copying nothing: its members as they stand in the text.
///
/// Layer 0. Depends on: base/json.hpp.
///
/// The quick way to what `parse_canonical` gives, for objects of short texts and numbers, as a ledger's lines are. It takes
/// nothing that is not canonical, and not all that is: whoever reads this way reads what it does not take the plain way,
/// which also says what is wrong. Members that are objects, arrays or texts with escapes or beyond ASCII are only found
/// here, and then read the plain way.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "mikoshi/base/json.hpp"

namespace mikoshi {

/// A piece of somebody else's text. Like all here it is left unset until it is read, since a line sets few of many.
struct FlatText {
  const char* data;
  std::size_t size;
  constexpr operator std::string_view() const { return {data, size}; }  // NOLINT(google-explicit-constructor): it is one
};

/// A key, with its first eight characters as a number that orders like them: most keys differ there already.
struct FlatKey {
  FlatText text;
  std::uint64_t head;

  FlatKey() = default;
  constexpr explicit FlatKey(std::string_view key) : text{key.data(), key.size()}, head(0) {
    for (std::size_t i = 0; i < 8; ++i) head = head << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0u);
  }
  template <std::size_t N>
  consteval FlatKey(const char (&key)[N]) : FlatKey(std::string_view{key, N - 1}) {}

  friend constexpr bool operator==(const FlatKey& a, const FlatKey& b) {
    return a.head == b.head && a.text.size == b.text.size && (a.text.size <= 8 || std::string_view{a.text} == b.text);
  }
  friend constexpr bool operator<(const FlatKey& a, const FlatKey& b) {
    if (a.head != b.head) return a.head < b.head;
    return (a.text.size > 8 || b.text.size > 8) && std::string_view{a.text} < std::string_view{b.text};
  }
};

/// One member, where it stands. @pre the text that it was read from outlives it.
class FlatValue {
 public:
  [[nodiscard]] const bool* boolean() const { return sort_ == Sort::boolean ? &boolean_ : nullptr; }
  [[nodiscard]] const std::int64_t* integer() const { return sort_ == Sort::integer ? &integer_ : nullptr; }
  /// Of plain ASCII.
  [[nodiscard]] const FlatText* text() const { return sort_ == Sort::text ? &text_ : nullptr; }
  /// The spelling of any other value. It has not been checked.
  [[nodiscard]] const FlatText* spelling() const { return sort_ == Sort::other ? &text_ : nullptr; }

 private:
  friend class FlatObject;
  enum class Sort : std::uint8_t { boolean, integer, text, other };
  FlatKey key_;
  union {
    FlatText text_;
    std::int64_t integer_;
    bool boolean_;
  };
  Sort sort_;
};

class FlatObject {
 public:
  /// Reads an object. @return whether it took the text; else it holds nothing of meaning.
  [[nodiscard]] bool read(std::string_view text);
  /// The value under `key`, or nullptr. @cost a step or two where keys are asked for in ascending order
  [[nodiscard]] const FlatValue* find(const FlatKey& key);
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t members_max = 32, depth_max = json_depth_max / 2;
  /// Passes over what a text may be made of here: printable ASCII but the quote and the backslash.
  void skip_plain();
  /// The key that begins at `start` and ends here.
  [[nodiscard]] FlatKey read_key(const char* start) const;
  [[nodiscard]] bool read_value(FlatValue& value);
  [[nodiscard]] bool read_integer(FlatValue& value);
  [[nodiscard]] bool skip_value();
  [[nodiscard]] bool skip_word(std::string_view word);

  std::array<FlatValue, members_max> members_;  // the first size_ of them
  std::size_t size_ = 0;
  std::size_t next_ = 0;  // where `find` looked last
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline bool FlatObject::read(std::string_view text) {
  size_ = next_ = 0;
  at_ = text.data();
  end_ = at_ + text.size();
  for (char before = '{'; at_ != end_ && *at_ == before; before = ',') {
    ++at_;
    if (size_ == members_max || at_ == end_ || *at_ != '"') return false;
    const char* const start = ++at_;
    skip_plain();
    if (end_ - at_ < 3 || at_[0] != '"' || at_[1] != ':') return false;
    FlatValue& member = members_[size_];
    member.key_ = read_key(start);
    if (size_ != 0 && !(members_[size_ - 1].key_ < member.key_)) return false;
    at_ += 2;
    if (!read_value(member)) return false;
    ++size_;
  }
  return size_ != 0 && at_ != end_ && *at_ == '}' && at_ + 1 == end_;
}

inline void FlatObject::skip_plain() {
  // Eight characters at a time while all of them are plain: a high bit of `odd` says which are not, and the lowest one is exact.
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x80 * ones;
  const auto zero = [](std::uint64_t word) { return (word - ones) & ~word & highs; };
  for (; end_ - at_ >= 8; at_ += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at_, 8);
    const std::uint64_t below_space = (word - ' ' * ones) & ~word, delete_or_beyond = (word + ones) | word;
    const std::uint64_t odd = ((below_space | delete_or_beyond) & highs) | zero(word ^ '"' * ones) | zero(word ^ '\\' * ones);
    if (odd == 0) continue;
    if constexpr (std::endian::native == std::endian::little) {
      at_ += std::countr_zero(odd) / 8;
      return;
    }
    break;
  }
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  while (at_ != end_ && is_plain(*at_)) ++at_;
}

inline FlatKey FlatObject::read_key(const char* start) const {
  const auto size = static_cast<std::size_t>(at_ - start);
  if (at_ == start || end_ - start < 8) return FlatKey{{start, size}};
  FlatKey key;
  key.text = {start, size};
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i) head = head << 8 | static_cast<unsigned char>(start[i]);  // one load, turned round
  key.head = size >= 8 ? head : head >> (64 - 8 * size) << (64 - 8 * size);
  return key;
}

inline const FlatValue* FlatObject::find(const FlatKey& key) {
  if (next_ == size_ || key < members_[next_].key_) {
    if (next_ == 0 || members_[next_ - 1].key_ < key) return nullptr;  // it would stand between the two
    next_ = 0;
  }
  while (next_ != size_ && members_[next_].key_ < key) ++next_;
  return next_ != size_ && members_[next_].key_ == key ? &members_[next_++] : nullptr;
}

inline bool FlatObject::read_value(FlatValue& value) {
  const char* const start = at_;
  switch (*at_) {
    case '"':
      ++at_;
      skip_plain();
      if (at_ != end_ && *at_ == '"') {
        value.sort_ = FlatValue::Sort::text;
        value.text_ = {start + 1, static_cast<std::size_t>(at_ - start - 1)};
        ++at_;
        return true;
      }
      at_ = start;
      break;
    case 't':
    case 'f':
      value.sort_ = FlatValue::Sort::boolean;
      value.boolean_ = *at_ == 't';
      return skip_word(value.boolean_ ? "true" : "false");
    case '{':
    case '[':
      break;
    default:
      return read_integer(value);
  }
  value.sort_ = FlatValue::Sort::other;
  if (!skip_value()) return false;
  value.text_ = {start, static_cast<std::size_t>(at_ - start)};
  return true;
}

inline bool FlatObject::read_integer(FlatValue& value) {
  const bool is_negative = *at_ == '-';
  const char* const digits = at_ + (is_negative ? 1 : 0);
  std::int64_t number = 0;
  for (at_ = digits; at_ != end_ && *at_ >= '0' && *at_ <= '9' && number <= json_integer_max; ++at_)
    number = number * 10 + (*at_ - '0');
  const auto length = at_ - digits;
  if (length == 0 || number > json_integer_max || (*digits == '0' && (length != 1 || is_negative))) return false;
  value.sort_ = FlatValue::Sort::integer;
  value.integer_ = is_negative ? -number : number;
  return true;
}

inline bool FlatObject::skip_word(std::string_view word) {
  if (!std::string_view{at_, static_cast<std::size_t>(end_ - at_)}.starts_with(word)) return false;
  at_ += word.size();
  return true;
}

/// Passes over an object, an array or a text, to where its brackets and quotes are closed.
inline bool FlatObject::skip_value() {
  std::size_t depth = 0;
  do {
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c == '{' || c == '[') {
      if (++depth > depth_max) return false;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == '"') {
      for (; at_ != end_ && *at_ != '"'; ++at_)
        if (*at_ == '\\' && ++at_ == end_) return false;
      if (at_ == end_) return false;
      ++at_;
    }
  } while (depth != 0);
  return true;
}

}  // namespace mikoshi
