// SPDX-License-Identifier: MIT
#pragma once
/// @file feed.hpp
/// Decisions made of bytes: what a fuzzer changes in a byte changes one decision, and nothing before it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "mikoshi/base/bytes.hpp"

namespace fuzz {

using namespace mikoshi;

/// Reads its bytes from the front. At the end it gives zeros for ever, so every input is a whole one.
class Feed {
 public:
  explicit Feed(ByteSpan bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  bool one_in(std::uint8_t n) { return byte() % n == static_cast<std::uint8_t>(n - 1); }
  /// 0 to limit − 1, from one byte. @pre 0 < limit ≤ 256
  std::size_t below(std::size_t limit) { return byte() % limit; }
  /// 0 to count − 1, for a list that grows at its end: most bytes that choose one of the first go on to choose it then.
  std::size_t place(std::size_t count) {
    const std::size_t place = below(std::max<std::size_t>(64, count));
    return place < count ? place : place % count;
  }
  std::uint64_t bits(unsigned bytes = 8) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value = value << 8 | byte();
    return value;
  }
  /// 0 to max: small ones, those next to a power of two or to max, or any.
  std::uint64_t number(std::uint64_t max) {
    const std::uint8_t form = byte();
    std::uint64_t value = form;
    if (form >= 128 && form < 192) value = (std::uint64_t{1} << (form & 63)) + byte() % 3 - 1;
    if (form >= 192 && form < 208) return max - std::min<std::uint64_t>(form & 15, max);
    if (form >= 208 && form < 224) value = bits(2);
    if (form >= 224) value = bits();
    return max == UINT64_MAX ? value : value % (max + 1);
  }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }
  /// Up to `most` bytes, of any value. @pre most < 256
  std::string text(std::size_t most) {
    const std::size_t wanted = below(most + 1);  // takes bytes itself: not in one expression with what is left
    const ByteSpan taken = bytes_.first(std::min(wanted, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return std::string{as_text(taken)};
  }
  /// Everything that is left, and nothing after it.
  ByteSpan rest() {
    const ByteSpan all = bytes_;
    bytes_ = {};
    return all;
  }

 private:
  ByteSpan bytes_;
};

/// A text with a few bytes of it changed, added, removed, or said twice: what is next to valid is where decoders err.
inline std::string edited(Feed& feed, std::string text) {
  for (std::size_t edits = feed.below(4); edits-- > 0;) {
    const std::size_t place = static_cast<std::size_t>(feed.bits(2)) % (text.size() + 1);
    const std::size_t length = std::min(feed.below(8), text.size() - place);
    switch (feed.below(5)) {
      case 0:
        if (place < text.size()) text[place] = static_cast<char>(feed.byte());
        break;
      case 1:
        if (place < text.size()) text[place] = static_cast<char>(text[place] ^ (1 << feed.below(8)));
        break;
      case 2:
        text.insert(place, 1, static_cast<char>(feed.byte()));
        break;
      case 3:
        text.erase(place, length);
        break;
      case 4:
        text.insert(place, text.substr(place, length));
        break;
    }
  }
  return text;
}

/// Text as it stands; or, behind a zero byte, choices: `make` makes a valid text of them, and edits follow.
template <class Make>
std::string text_or_edited(ByteSpan bytes, Make&& make) {
  if (bytes.empty() || bytes.front() != 0) return std::string{as_text(bytes)};
  Feed feed{bytes.subspan(1)};
  std::string text = make(feed);
  return edited(feed, std::move(text));
}

}  // namespace fuzz
