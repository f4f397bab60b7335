// SPDX-License-Identifier: MIT
#pragma once
/// @file fill.hpp
/// Fills any type that has a field list with valid values made of bytes. It follows the lists of the events, so a new
/// event and a new field are filled without a line here; only a new sort of value needs one.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "demo.hpp"
#include "feed.hpp"
#include "mikoshi/base/field.hpp"
#include "mikoshi/community/payment.hpp"
#include "mikoshi/community/will.hpp"
#include "mikoshi/crypto/claim.hpp"

namespace fuzz {

using namespace mikoshi;

/// Valid UTF-8 out of a feed.
inline std::string any_text(Feed& feed, std::size_t most) {
  std::string text = feed.text(most);
  text.resize(utf8_prefix(text));
  return text;
}

inline std::string any_name(Feed& feed) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  std::string name(1 + (feed.one_in(8) ? feed.below(64) : feed.below(4)), 'a');
  for (char& c : name) c = feed.pick(letters);
  return name;
}

inline Json any_json(Feed& feed, int depth_max) {
  switch (feed.below(depth_max > 0 ? 5 : 3)) {
    case 0:
      return any_text(feed, 20);
    case 1: {
      const auto number = static_cast<std::int64_t>(feed.number(static_cast<std::uint64_t>(json_integer_max)));
      return feed.one_in(4) ? -number : number;
    }
    case 2:
      return feed.one_in(2);
    case 3: {
      Json::Array items;
      for (std::size_t n = feed.below(4); n-- > 0;) items.push_back(any_json(feed, depth_max - 1));
      return items;
    }
    default: {
      Json object;
      for (std::size_t n = feed.below(4); n-- > 0;) {
        const std::string key = any_name(feed);
        object.set(key, any_json(feed, depth_max - 1));
      }
      return object;
    }
  }
}

template <class T>
void fill(Feed& feed, T& value);

template <class T>
struct Filler;

template <>
struct Filler<bool> {
  static void fill(Feed& feed, bool& value) { value = feed.one_in(2); }
};
template <>
struct Filler<std::uint64_t> {
  static void fill(Feed& feed, std::uint64_t& value) {
    value = feed.number(static_cast<std::uint64_t>(json_integer_max));
  }
};
template <>
struct Filler<u128> {
  static void fill(Feed& feed, u128& value) {
    const std::uint64_t high = feed.one_in(4) ? feed.number(UINT64_MAX >> 1) : 0;
    value = u128{high} << 64 | feed.number(UINT64_MAX);
  }
};
template <>
struct Filler<std::string> {
  static void fill(Feed& feed, std::string& value) { value = any_text(feed, 40); }
};
template <std::size_t N>
struct Filler<std::array<std::uint8_t, N>> {
  static void fill(Feed& feed, std::array<std::uint8_t, N>& value) { value.fill(feed.byte()), value[0] = feed.byte(); }
};
template <class Tag>
struct Filler<Id<Tag>> {
  static void fill(Feed& feed, Id<Tag>& value) { value = Id<Tag>::parse(any_name(feed)).value(); }
};
template <>
struct Filler<Timestamp> {
  static void fill(Feed& feed, Timestamp& value) {
    value = Timestamp::from_seconds(static_cast<std::int64_t>(feed.number(253402300799))).value();
  }
};
template <>
struct Filler<Offset> {
  static void fill(Feed& feed, Offset& value) {
    const std::size_t minutes = feed.number(14 * 60);
    const auto two = [](std::size_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    const bool is_west = minutes != 0 && feed.one_in(2);
    value = Offset::parse((is_west ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)).value();
  }
};
template <>
struct Filler<Period> {
  static void fill(Feed& feed, Period& value) {
    const std::size_t months = 1970 * 12 + 1 + feed.number((9999 - 1970) * 12 + 9);
    const std::string month = std::to_string(100 + months % 12 + 1);
    value = Period::parse(std::to_string(months / 12) + "-" + month.substr(1)).value();
  }
};
template <>
struct Filler<PublicKey> {
  static void fill(Feed& feed, PublicKey& value) {
    value = demo_key(static_cast<std::uint8_t>(1 + feed.below(3))).public_key();
  }
};
template <>
struct Filler<SpeakerKey> {
  static void fill(Feed& feed, SpeakerKey& value) {
    std::array<std::uint8_t, 20> address{};
    address.fill(feed.byte());
    value = feed.one_in(2) ? SpeakerKey{EthereumAddress{address}}
                           : SpeakerKey{demo_key(static_cast<std::uint8_t>(1 + feed.below(3))).public_key()};
  }
};
template <>
struct Filler<Wallet> {
  static void fill(Feed& feed, Wallet& value) {
    std::array<std::uint8_t, 20> address{};
    address.fill(feed.byte());
    value.address = EthereumAddress{address};
  }
};
template <>
struct Filler<KeySignature> {
  static void fill(Feed& feed, KeySignature& value) {
    Signature bip340{};
    EthereumSignature wallet{};
    bip340.fill(feed.byte()), wallet.fill(feed.byte());
    value = feed.one_in(2) ? KeySignature{wallet} : KeySignature{bip340};
  }
};
template <>
struct Filler<Json> {
  static void fill(Feed& feed, Json& value) {
    value = Json{};
    value.set("rules", any_json(feed, 4));
  }
};
template <class T>
struct Filler<std::optional<T>> {
  static void fill(Feed& feed, std::optional<T>& value) {
    if (!feed.one_in(2)) return;
    value.emplace();
    fuzz::fill(feed, *value);
  }
};
template <class T>
struct Filler<std::vector<T>> {
  static void fill(Feed& feed, std::vector<T>& value) {
    value.resize(feed.below(4));
    for (T& item : value) fuzz::fill(feed, item);
  }
};
/// Heirs have heirs, but every family tree ends.
template <>
struct Filler<std::vector<Heir>> {
  static void fill(Feed& feed, std::vector<Heir>& value) {
    static int generation = 0;
    if (generation == 3) return;
    ++generation;
    value.resize(feed.below(3));
    for (Heir& heir : value) fuzz::fill(feed, heir);
    --generation;
  }
};
template <class Key, class T>
struct Filler<std::map<Key, T>> {
  static void fill(Feed& feed, std::map<Key, T>& value) {
    for (std::size_t n = feed.below(4); n-- > 0;) {
      Key key;
      fuzz::fill(feed, key);
      fuzz::fill(feed, value[key]);
    }
  }
};

template <class T>
void fill(Feed& feed, T& value) {
  if constexpr (HasFields<T>) {
    T::fields(value, [&](std::string_view, auto& field, std::string_view) { fill(feed, field); });
  } else if constexpr (requires { Filler<T>::fill(feed, value); }) {
    Filler<T>::fill(feed, value);
  } else if constexpr (requires { Codec<T>::words; }) {  // a closed list of words
    value = static_cast<T>(feed.below(Codec<T>::words.size()));
  } else {  // a sort of value with one text: a few that it may have
    for (const std::string& text : {any_name(feed), "pool:" + any_name(feed), any_text(feed, 40)})
      if (auto read = Codec<T>::decode(Json{text})) value = std::move(*read);
  }
}

}  // namespace fuzz
