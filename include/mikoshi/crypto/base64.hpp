// SPDX-License-Identifier: MIT
#pragma once
/// @file base64.hpp
/// Base64 in its one canonical spelling.
///
/// Layer 1. Depends on: base/bytes.hpp; OpenSSL 3.
///
/// OpenSSL's decoder is generous: it passes over white space, and it takes any bits behind the last byte and padding in
/// odd places. So what it reads is written again and compared, and only the canonical spelling is left.

#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "mikoshi/base/bytes.hpp"

namespace mikoshi {

/// The longest text that is read or written, in characters: OpenSSL counts in `int`.
inline constexpr std::size_t base64_length_max = std::size_t{1} << 30;

/// Base64 with the standard alphabet and padding; no bytes give the empty text.
/// @pre the text has at most `base64_length_max` characters. @source RFC 4648, section 4
[[nodiscard]] inline std::string to_base64(ByteSpan bytes);

/// Reads what `to_base64` writes.
/// @error bad_base64  anything else: other alphabets, white space, absent padding, bits set behind the last byte.
[[nodiscard]] inline Result<Bytes> parse_base64(std::string_view text);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

inline std::string to_base64(ByteSpan bytes) {
  MIKOSHI_CHECK(bytes.size() <= base64_length_max / 4 * 3);
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  if (text.empty()) return text;
  // The encoder ends with a NUL, which falls on the one that ends every std::string.
  auto* const out = reinterpret_cast<unsigned char*>(text.data());
  const int written = EVP_EncodeBlock(out, bytes.data(), static_cast<int>(bytes.size()));
  MIKOSHI_CHECK(static_cast<std::size_t>(written) == text.size());
  return text;
}

inline Result<Bytes> parse_base64(std::string_view text) {
  if (text.empty()) return Bytes{};
  if (text.size() % 4 != 0 || text.size() > base64_length_max)
    return fail(Errc::bad_base64, "base64 comes in groups of four characters");
  Bytes bytes(text.size() / 4 * 3);
  const int written = EVP_DecodeBlock(bytes.data(), as_bytes(text).data(), static_cast<int>(text.size()));
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(padding),
              bytes.end());  // the decoder counts padding as zero bytes
  if (written < 0 || to_base64(bytes) != text) return fail(Errc::bad_base64);
  return bytes;
}

}  // namespace mikoshi
