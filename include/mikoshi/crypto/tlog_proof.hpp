// SPDX-License-Identifier: MIT
#pragma once
/// @file tlog_proof.hpp
/// A proof in one file that some data stands in a log: extra data, an index, the hashes along its way, and the checkpoint.
///
/// Layer 1. Depends on: crypto/note.hpp.
///
///     c2sp.org/tlog-proof@v1
///     extra eyJkYW8iOi…
///     index 428
///     gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
///
///     mikoshi/6f1c…
///     429
///     sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
///
///     — abe hI2DJw…
///
/// The logged data itself is not in it; a receipt has it in its extra data.
///
/// @source C2SP tlog-proof v1; here the extra data is always there.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/crypto/merkle.hpp"
#include "mikoshi/crypto/note.hpp"

namespace mikoshi {

/// The depth of the deepest log tree.
inline constexpr std::size_t proof_hashes_max = 64;

struct TlogProof {
  std::string extra;         ///< any bytes
  std::uint64_t index = 0;   ///< of the data's leaf, from 0
  std::vector<Hash> hashes;  ///< from the leaf's sibling upwards
  Note note;                 ///< the checkpoint and its signatures

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

/// Reads a proof and refuses every spelling but the one that `to_string` gives. Verifies nothing.
/// @error bad_receipt  another first line, no extra data, no index, no empty line after the hashes, a hash that is not 32
///        bytes of base64; with the line. | too_many (over 64 hashes) | as parse_note
[[nodiscard]] inline Result<TlogProof> parse_tlog_proof(std::string_view text);

[[nodiscard]] inline std::string to_string(const TlogProof& proof);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {
inline constexpr std::string_view tlog_proof_mark = "c2sp.org/tlog-proof@v1\n";
}

inline std::string to_string(const TlogProof& proof) {
  std::string text{detail::tlog_proof_mark};
  text += "extra " + to_base64(as_bytes(proof.extra)) + "\n";
  text += "index " + std::to_string(proof.index) + "\n";
  for (const Hash& hash : proof.hashes) text += to_base64(hash) + "\n";
  return text + "\n" + to_string(proof.note);
}

inline Result<TlogProof> parse_tlog_proof(std::string_view text) {
  using detail::at_line;
  if (text.size() > note_bytes_max) return fail(Errc::too_large, "a receipt has at most 64 MiB");
  if (!text.starts_with(detail::tlog_proof_mark))
    return fail(Errc::bad_receipt, "a receipt begins with c2sp.org/tlog-proof@v1", at_line(1));
  std::string_view rest = text.substr(detail::tlog_proof_mark.size());
  std::size_t number = 1;
  // The next line, without its newline; nothing where the text ends before one.
  const auto next_line = [&]() -> std::optional<std::string_view> {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    ++number;
    return line;
  };
  const auto fault = [&](const char* what) { return fail(Errc::bad_receipt, what, at_line(number)); };

  TlogProof proof;
  auto line = next_line();
  if (!line || !line->starts_with("extra ")) return fault("the second line is its extra data");
  const auto extra = parse_base64(line->substr(6));
  if (!extra) return fault("the extra data is base64");
  proof.extra.assign(extra->begin(), extra->end());

  line = next_line();
  if (!line || !line->starts_with("index ")) return fault("the third line is an index");
  const auto index = parse_decimal(line->substr(6), checkpoint_size_limit, Errc::bad_receipt);
  if (!index) return fault("an index is a decimal below 2^53");
  proof.index = low64(*index);

  for (line = next_line(); line && !line->empty(); line = next_line()) {
    if (proof.hashes.size() == proof_hashes_max) return fail(Errc::too_many, "a proof has at most 64 hashes");
    const auto bytes = parse_base64(*line);
    Hash hash{};
    if (!bytes || bytes->size() != hash.size()) return fault("a hash is 32 bytes in base64");
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    proof.hashes.push_back(hash);
  }
  if (!line) return fault("an empty line and the checkpoint follow the hashes");
  MIKOSHI_ASSIGN(proof.note, parse_note(rest));
  if (to_string(proof) != text) return fail(Errc::bad_receipt, "this is not the one spelling of the receipt");
  return proof;
}

}  // namespace mikoshi
