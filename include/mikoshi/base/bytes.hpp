// SPDX-License-Identifier: MIT
#pragma once
/// @file bytes.hpp
/// Bytes, 32-byte digests, and their one hexadecimal spelling (lower case).
///
/// Layer 0. Depends on: base/result.hpp.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/result.hpp"

namespace mikoshi {

using ByteSpan = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

/// A SHA-256 digest, or any 32-byte value that is compared and printed whole.
using Hash = std::array<std::uint8_t, 32>;

/// The bytes of a text, without a copy.
[[nodiscard]] inline ByteSpan as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The text over some bytes, without a copy.
[[nodiscard]] inline std::string_view as_text(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The eight bytes of a number, the most significant first.
[[nodiscard]] inline std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return bytes;
}

/// Adds lower-case hexadecimal to a text, two digits a byte.
inline void write_hex(std::string& out, ByteSpan bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::size_t at = out.size();
  out.resize(at + 2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out[at++] = digits[byte >> 4];
    out[at++] = digits[byte & 15];
  }
}
/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] inline std::string to_hex(ByteSpan bytes) {
  std::string text;
  write_hex(text, bytes);
  return text;
}

/// Reads lower-case hexadecimal into exactly `out.size()` bytes.
/// @error bad_hex  another length, or anything but 0-9 a-f.
[[nodiscard]] inline Status parse_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2)
    return fail(Errc::bad_hex, "expected " + std::to_string(out.size() * 2) + " hexadecimal digits, found " +
                                   std::to_string(text.size()) + " characters");
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      return fail(Errc::bad_hex, "only 0-9 and a-f stand in hexadecimal here", "character " + std::to_string(2 * i));
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return {};
}

/// Reads 64 lower-case hexadecimal digits. @error bad_hex
[[nodiscard]] inline Result<Hash> parse_hash(std::string_view text) {
  Hash hash{};
  MIKOSHI_TRY(parse_hex(text, hash));
  return hash;
}

}  // namespace mikoshi
