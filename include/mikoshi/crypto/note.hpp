// SPDX-License-Identifier: MIT
#pragma once
/// @file note.hpp
/// Signed notes (text with signature lines below it) and checkpoints (the three lines that name a state of a log).
///
/// Layer 1. Depends on: base/json.hpp (its UTF-8 check), crypto/base64.hpp, crypto/key.hpp, crypto/sha256.hpp.
///
/// A note looks like this, and it is meant to be read, mailed and printed:
///
///     mikoshi/salon
///     4
///     rEypEMr4wiqSnpFd7Jp+ttSSu3CnFkP7zdHVjRWEjEk=
///
///     — haru +wgrmaWwOOPoBd4oAhRlUQ3CCTl38vBc7xYGYBR7Lz…=
///
/// Every note has one spelling. A signature counts only under a key that the reader knew before: name and key id merely
/// say which key to try. The text may have empty lines: the last one of the note divides. So two notes pasted together
/// read as one note with a longer text, and it takes its signatures, or `parse_checkpoint`, to refuse that.
///
/// @source C2SP signed-note v1.0 and tlog-checkpoint; extension lines of a checkpoint are not used here.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/json.hpp"
#include "mikoshi/base/u128.hpp"
#include "mikoshi/crypto/base64.hpp"
#include "mikoshi/crypto/key.hpp"
#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {

inline constexpr std::size_t note_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t note_signatures_max = 256;

/// What a BIP-340 signature under a note signs: the hash of the text with this tag.
inline constexpr std::string_view note_tag = "mikoshi/snapshot/v1";

using KeyId = std::array<std::uint8_t, 4>;

/// One signature line, of whatever signature type.
struct NoteSignature {
  std::string name;  ///< of the key: not empty, without spaces, '+' and control characters
  KeyId key_id{};
  Bytes signature;  ///< not empty

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
  std::string text;  ///< lines of UTF-8, the last one ended too; no control characters but the newline
  std::vector<NoteSignature> signatures;

  friend bool operator==(const Note&, const Note&) = default;
};

/// Reads a note and refuses every spelling but the one that `to_string` gives. Verifies nothing.
/// @error too_large       more than 64 MiB.
/// @error truncated       it ends before or within its first, or within its last, signature line; with the byte.
/// @error trailing_bytes  something follows the last signature line; with the byte.
/// @error bad_note        not UTF-8, a control character, no empty line; with the line where there is one.
/// @error too_many        more than 256 signature lines; none is read then.
/// @error bad_note        a signature line of another form, or a second one of the same name and key id; with the line.
/// @error bad_base64      a signature that is not canonical base64; with the line.
[[nodiscard]] MIKOSHI_INLINE Result<Note> parse_note(std::string_view text);

/// The spelling of a note. @pre a note as `parse_note` gives it.
[[nodiscard]] MIKOSHI_INLINE std::string to_string(const Note& note);

/// The short name of a BIP-340 key in signature lines: H(name ‖ 0A ‖ FF ‖ "mikoshi/bip340" ‖ x), its first four bytes.
[[nodiscard]] MIKOSHI_INLINE KeyId key_id(std::string_view name, const PublicKey& key);

/// Signs a note's text. @pre name and text are as in `NoteSignature` and `Note`.
[[nodiscard]] MIKOSHI_INLINE NoteSignature sign_note(const std::string& name, const SecretKey& key, std::string_view text);

/// Whether the line is the signature of `text` by `key`, under the key id that belongs to its name.
/// @error bad_signature  another key id, another length, or it does not verify.
[[nodiscard]] MIKOSHI_INLINE Status verify_note_signature(const NoteSignature& line, const PublicKey& key,
                                                  std::string_view text);

/// A checkpoint's size is below this, so that every JSON reader can hold it.
inline constexpr std::uint64_t checkpoint_size_limit = std::uint64_t{1} << 53;

/// What a log says of itself: its first `size` lines hash to `root`.
struct Checkpoint {
  std::string origin;  ///< one line that names the log, not empty
  std::uint64_t size = 0;
  Hash root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// "origin\nsize\nroot in base64\n". @pre origin is one line, size is below `checkpoint_size_limit`.
[[nodiscard]] MIKOSHI_INLINE std::string to_string(const Checkpoint& checkpoint);

/// Reads a checkpoint from the text of a note.
/// @error bad_note  anything but the three lines in their one spelling; with the line.
[[nodiscard]] MIKOSHI_INLINE Result<Checkpoint> parse_checkpoint(std::string_view note_text);

// Implementation. Callers can stop reading here. ---------------------------------------------------------------------

namespace detail {
[[nodiscard]] inline std::string at_byte(std::size_t offset) { return "byte " + std::to_string(offset); }
[[nodiscard]] inline std::string at_line(std::size_t number) { return "line " + std::to_string(number); }
}  // namespace detail

#if !defined(MIKOSHI_COMPILED) || defined(MIKOSHI_BODIES)

namespace detail {

inline constexpr std::string_view signature_mark = "\u2014 ";  // an em dash and a space

/// The length of the longest prefix that may stand in a note: UTF-8, and no control character but the newline.
[[nodiscard]] inline std::size_t note_prefix(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  return std::min(utf8_prefix(text), static_cast<std::size_t>(control - text.begin()));
}

/// Whether `line` is the whole of one line that may stand in a note.
[[nodiscard]] inline bool is_note_line(std::string_view line) {
  return !line.empty() && note_prefix(line) == line.size() && line.find('\n') == std::string_view::npos;
}

[[nodiscard]] inline bool is_note_name(std::string_view name) {
  // Everything that Unicode 15 calls White_Space above U+0020.
  constexpr auto spaces = std::to_array<std::string_view>(
      {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
       "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"});
  const auto inside = [&](std::string_view piece) { return name.find(piece) != std::string_view::npos; };
  return is_note_line(name) && name.find_first_of(" +\x7f") == std::string_view::npos &&
         std::none_of(spaces.begin(), spaces.end(), inside);
}

[[nodiscard]] inline bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && note_prefix(text) == text.size();
}

/// Counting from 1, the number of the line that the byte at `offset` stands in.
[[nodiscard]] inline std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

/// A note ends with the end of a signature line. @error truncated | trailing_bytes
[[nodiscard]] inline Status check_note_end(std::string_view text) {
  const std::size_t last = text.rfind("\n" + std::string{signature_mark});
  if (last == std::string_view::npos)
    return fail(Errc::truncated, "the note ends before its first signature line", at_byte(text.size()));
  const std::size_t end = text.find('\n', last + 1);
  if (end == std::string_view::npos)
    return fail(Errc::truncated, "the note ends within a signature line", at_byte(text.size()));
  const std::string_view rest = text.substr(end + 1);
  if (rest.empty()) return {};
  if (signature_mark.starts_with(rest))
    return fail(Errc::truncated, "the note ends within a signature line", at_byte(text.size()));
  return fail(Errc::trailing_bytes, "something follows the last signature line", at_byte(end + 1));
}

/// Reads a signature line without its newline. @error bad_note | bad_base64
[[nodiscard]] inline Result<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_mark))
    return fail(Errc::bad_note, "a signature line starts with an em dash and a space");
  line.remove_prefix(signature_mark.size());
  const std::size_t space = std::min(line.find(' '), line.size());
  NoteSignature result;
  result.name = line.substr(0, space);
  if (!is_note_name(result.name)) return fail(Errc::bad_note, "the name of a key has no spaces and no +");
  if (space == line.size()) return fail(Errc::bad_note, "a space and the signature follow the name of the key");
  MIKOSHI_ASSIGN(const Bytes bytes, parse_base64(line.substr(space + 1)));
  if (bytes.size() <= result.key_id.size()) return fail(Errc::bad_note, "the signature is missing behind the key id");
  const auto signature = bytes.begin() + static_cast<std::ptrdiff_t>(result.key_id.size());
  std::copy(bytes.begin(), signature, result.key_id.begin());
  result.signature.assign(signature, bytes.end());
  return result;
}

}  // namespace detail

MIKOSHI_INLINE Result<Note> parse_note(std::string_view text) {
  using detail::at_line;
  if (text.size() > note_bytes_max) return fail(Errc::too_large, "a note has at most 64 MiB");
  MIKOSHI_TRY(detail::check_note_end(text));
  if (const std::size_t good = detail::note_prefix(text); good != text.size())
    return fail(Errc::bad_note, "a note is UTF-8 without control characters", at_line(detail::line_of(text, good)));
  const std::size_t divide = text.rfind("\n\n");
  if (divide == std::string_view::npos)
    return fail(Errc::bad_note, "an empty line is needed between the text and its signatures");

  Note note;
  note.text = text.substr(0, divide + 1);
  std::string_view lines = text.substr(divide + 2);
  const auto count = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (count > note_signatures_max)
    return fail(Errc::too_many, "a note has at most 256 signatures, this one " + std::to_string(count));
  note.signatures.reserve(count);
  for (std::size_t number = detail::line_of(text, divide + 2); !lines.empty(); ++number) {
    const std::size_t end = lines.find('\n');
    auto signature = detail::parse_signature_line(lines.substr(0, end));
    if (!signature) return fail(signature.error().code, signature.error().what, at_line(number));
    const auto same_key = [&](const NoteSignature& other) {
      return other.name == signature->name && other.key_id == signature->key_id;
    };
    if (std::any_of(note.signatures.begin(), note.signatures.end(), same_key))
      return fail(Errc::bad_note, "the same key signs twice", at_line(number));
    note.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  if (to_string(note) != text) return fail(Errc::bad_note, "this is not the one spelling of the note");
  return note;
}

MIKOSHI_INLINE std::string to_string(const Note& note) {
  std::string text = note.text + "\n";
  for (const NoteSignature& line : note.signatures) {
    Bytes bytes{line.key_id.begin(), line.key_id.end()};
    bytes.insert(bytes.end(), line.signature.begin(), line.signature.end());
    text += detail::signature_mark;
    text += line.name + " " + to_base64(bytes) + "\n";
  }
  return text;
}

MIKOSHI_INLINE KeyId key_id(std::string_view name, const PublicKey& key) {
  constexpr std::string_view type = "\xffmikoshi/bip340";  // FF: a type without a number in the C2SP list
  const Hash hash = sha256_joined({as_bytes(name), as_bytes("\n"), as_bytes(type), key.bytes()});
  return {hash[0], hash[1], hash[2], hash[3]};
}

MIKOSHI_INLINE NoteSignature sign_note(const std::string& name, const SecretKey& key, std::string_view text) {
  MIKOSHI_CHECK(detail::is_note_name(name) && detail::is_note_text(text));
  const Signature signature = key.sign(tagged_hash(note_tag, as_bytes(text)));
  return {name, key_id(name, key.public_key()), Bytes{signature.begin(), signature.end()}};
}

MIKOSHI_INLINE Status verify_note_signature(const NoteSignature& line, const PublicKey& key, std::string_view text) {
  if (line.key_id != key_id(line.name, key))
    return fail(Errc::bad_signature, "the key id is not that of this name and key");
  return verify(key, tagged_hash(note_tag, as_bytes(text)), line.signature);
}

MIKOSHI_INLINE std::string to_string(const Checkpoint& checkpoint) {
  MIKOSHI_CHECK(detail::is_note_line(checkpoint.origin) && checkpoint.size < checkpoint_size_limit);
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root) + "\n";
}

MIKOSHI_INLINE Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  using detail::at_line;
  if (std::count(note_text.begin(), note_text.end(), '\n') != 3 || !note_text.ends_with('\n'))
    return fail(Errc::bad_note, "a checkpoint has three lines: origin, size, root");
  const std::size_t first = note_text.find('\n');
  const std::size_t second = note_text.find('\n', first + 1);
  Checkpoint checkpoint;

  checkpoint.origin = note_text.substr(0, first);
  if (!detail::is_note_line(checkpoint.origin))
    return fail(Errc::bad_note, "the origin is a line of UTF-8", at_line(1));

  const std::string_view digits = note_text.substr(first + 1, second - first - 1);
  const auto size = parse_decimal(digits, checkpoint_size_limit, Errc::bad_note);
  if (!size) return fail(Errc::bad_note, "the size is a decimal below 2^53", at_line(2));
  checkpoint.size = low64(*size);

  const auto root = parse_base64(note_text.substr(second + 1, note_text.size() - second - 2));
  if (!root || root->size() != checkpoint.root.size())
    return fail(Errc::bad_note, "the root is 32 bytes in base64", at_line(3));
  std::copy(root->begin(), root->end(), checkpoint.root.begin());

  if (to_string(checkpoint) != note_text) return fail(Errc::bad_note, "this is not the one spelling of the checkpoint");
  return checkpoint;
}

#endif

}  // namespace mikoshi
