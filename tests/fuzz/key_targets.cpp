// SPDX-License-Identifier: MIT
/// Targets of keys and names as people write them, and of those who sign: stewards and witnesses.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "demo.hpp"
#include "feed.hpp"
#include "fill.hpp"
#include "target.hpp"
#include "mikoshi/community/cost.hpp"
#include "mikoshi/community/income.hpp"
#include "mikoshi/community/payment.hpp"
#include "mikoshi/community/pool.hpp"
#include "mikoshi/crypto/cosignature.hpp"
#include "mikoshi/crypto/ed25519_secret.hpp"
#include "mikoshi/crypto/steward_key.hpp"

namespace fuzz {
namespace {

/// What a type reads has one spelling.
template <class T>
void check_spelling(std::string_view text) {
  const auto read = T::parse(text);
  if (!read) return;
  MIKOSHI_CHECK(to_string(*read) == text);
  const auto again = T::parse(to_string(*read));
  MIKOSHI_CHECK(again && to_string(*again) == text);
}
/// The same of names, which keep their text.
template <class T>
void check_name(std::string_view text) {
  const auto read = T::parse(text);
  if (read) MIKOSHI_CHECK(read->text() == text);
}

std::string any_key(Feed& feed) {
  constexpr auto prefixes =
      std::to_array<std::string_view>({"", "eth:", "ed25519:", "bip340:", "0x", "eth:0x", "pool:", "work:", "dao:"});
  std::string text{feed.pick(prefixes)};
  switch (feed.below(4)) {
    case 0:
      return text + to_string(demo_key(static_cast<std::uint8_t>(1 + feed.below(3))).public_key());
    case 1:
      return text + to_string(Ed25519PublicKey{});
    default: {
      Bytes bytes(feed.one_in(2) ? 32 : feed.one_in(2) ? 20 : 65);
      for (std::uint8_t& byte : bytes) byte = feed.byte();
      return text + to_hex(bytes);
    }
  }
}

/// A steward of each sort of key.
const std::vector<StewardKey>& demo_stewards() {
  static const std::vector<StewardKey> keys = {demo_key(1).public_key(), address_of(demo_key(2)),
                                               Ed25519SecretKey::from_seed(sha256(as_bytes("steward"))).public_key()};
  return keys;
}
/// Their signatures of one note: nobody else can make any.
const std::vector<NoteSignature>& demo_lines(const std::string& text) {
  static const std::vector<NoteSignature> lines = [&] {
    std::vector<NoteSignature> made;
    const auto wallet = sign_ethereum(demo_key(2), typed_digest(typed(parse_checkpoint(text).value())));
    made.push_back(sign_note("abe", demo_key(1), text));
    made.push_back({"mori", key_id("mori", demo_stewards()[1]), Bytes{wallet.begin(), wallet.end()}});
    made.push_back(sign_note("sato", StewardSecretKey{Ed25519SecretKey::from_seed(sha256(as_bytes("steward")))}, text));
    return made;
  }();
  return lines;
}

void damage(Feed& feed, NoteSignature& line) {
  switch (feed.below(5)) {
    case 0:
      line.name = any_name(feed);
      break;
    case 1:
      line.key_id[feed.below(4)] ^= static_cast<std::uint8_t>(1u << feed.below(8));
      break;
    case 2:
      line.signature.resize(1 + feed.below(80), feed.byte());
      break;
    case 3:
      if (!line.signature.empty())
        line.signature[feed.below(line.signature.size())] ^= static_cast<std::uint8_t>(1u << feed.below(8));
      break;
    case 4:
      for (std::uint8_t& byte : line.signature) byte = feed.byte();
      break;
  }
}

/// The witnesses of the target, and every cosignature that they ever gave.
struct Cosigner {
  Witness witness;
  std::vector<NoteSignature> lines;  ///< by checkpoint, then by time
};
constexpr std::array<std::uint64_t, 4> cosigned_at = {0, 1679315147, 253402300800, (std::uint64_t{1} << 63) - 1};

const std::vector<std::string>& checkpoints() {
  static const std::vector<std::string> texts = {to_string(Checkpoint{"mikoshi/demo", 23, sha256(as_bytes("a"))}),
                                                 to_string(Checkpoint{"mikoshi/demo", 24, sha256(as_bytes("b"))})};
  return texts;
}
const std::vector<Cosigner>& cosigners() {
  static const std::vector<Cosigner> made = [] {
    std::vector<Cosigner> list;
    for (const char* name : {"witness.example/w1", "w2", "w3"}) {
      const auto key = Ed25519SecretKey::from_seed(sha256(as_bytes(name)));
      Cosigner one{{name, key.public_key()}, {}};
      for (const std::string& text : checkpoints())
        for (const std::uint64_t time_s : cosigned_at) {
          NoteSignature line{name, key_id(one.witness), {}};
          const auto time = big_endian(time_s);
          line.signature.assign(time.begin(), time.end());
          const Signature signature = key.sign(as_bytes(cosigned_message(time_s, text)));
          line.signature.insert(line.signature.end(), signature.begin(), signature.end());
          one.lines.push_back(std::move(line));
        }
      list.push_back(std::move(one));
    }
    return list;
  }();
  return made;
}

/// The time that a witness gave a line at, if the witness gave that line under that checkpoint.
std::optional<std::uint64_t> given(const Cosigner& by, const NoteSignature& line, std::size_t which) {
  for (std::size_t i = 0; i < cosigned_at.size(); ++i)
    if (by.lines[which * cosigned_at.size() + i] == line) return cosigned_at[i];
  return std::nullopt;
}

}  // namespace

/// Keys, addresses, signatures and names in one text each; and a signature line under the keys of three stewards.
void key(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_key);
  check_spelling<PublicKey>(text);
  check_spelling<Ed25519PublicKey>(text);
  check_spelling<StewardKey>(text);
  check_spelling<SpeakerKey>(text);
  check_spelling<KeySignature>(text);
  check_spelling<EthereumAddress>(text);
  check_spelling<Wallet>(text);
  check_name<PoolName>(text);
  check_name<PurseName>(text);
  check_name<OpeningAccount>(text);
  if (const auto address = EthereumAddress::parse_any(text)) {
    MIKOSHI_CHECK(to_string(*address) == text || to_checksum(*address) == text);
    MIKOSHI_CHECK(EthereumAddress::parse_any(to_checksum(*address)).value() == *address);
  }

  Feed feed{bytes};
  const std::string& signed_text = checkpoints()[0];
  const std::vector<NoteSignature>& good = demo_lines(signed_text);
  const std::size_t which = feed.below(good.size());
  NoteSignature line = good[which];
  for (std::size_t changes = feed.below(3); changes-- > 0;) damage(feed, line);
  for (std::size_t i = 0; i < good.size(); ++i) {
    const bool verified = verify_note_signature(line, demo_stewards()[i], signed_text).has_value();
    MIKOSHI_CHECK(verified == (line == good[i]));
    MIKOSHI_CHECK(!verify_note_signature(line, demo_stewards()[i], checkpoints()[1]));
  }
  Hash digest{};
  fill(feed, digest);
  if (const auto somebody = recover(digest, feed.rest())) MIKOSHI_CHECK(*somebody != address_of(demo_key(2)));
}

/// Verifier keys of witnesses, and cosigned checkpoints: who is counted has signed that text at that time.
void cosignature(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, [](Feed& feed) { return to_string(feed.pick(cosigners()).witness); });
  if (const auto read = parse_witness(text)) {
    MIKOSHI_CHECK(to_string(*read) == text && key_id(*read) != KeyId{});
    MIKOSHI_CHECK(parse_witness(to_string(*read)).value() == *read);
  }

  Feed feed{bytes};
  const std::size_t which = feed.below(checkpoints().size());
  Note note{checkpoints()[which], {}};
  for (std::size_t lines = feed.below(5); lines-- > 0;) {
    NoteSignature line = feed.pick(feed.pick(cosigners()).lines);
    if (feed.one_in(2)) damage(feed, line);
    const auto same = [&](const NoteSignature& other) {
      return other.name == line.name && other.key_id == line.key_id;
    };
    if (std::none_of(note.signatures.begin(), note.signatures.end(), same)) note.signatures.push_back(std::move(line));
  }
  WitnessPolicy policy;
  for (const Cosigner& one : cosigners())
    if (feed.one_in(2)) policy.witnesses.push_back(one.witness);
  policy.threshold = feed.one_in(8) ? feed.number(UINT64_MAX) : feed.below(4);
  // What it has to say: each line in a witness's name and key is that witness's own, or all is refused.
  std::vector<std::pair<std::string, std::uint64_t>> expected;
  bool lie = false;
  for (const Cosigner& one : cosigners()) {
    if (std::find(policy.witnesses.begin(), policy.witnesses.end(), one.witness) == policy.witnesses.end()) continue;
    for (const NoteSignature& line : note.signatures) {
      if (line.name != one.witness.name || line.key_id != key_id(one.witness)) continue;
      const auto time_s = given(one, line, which);
      MIKOSHI_CHECK(verify_cosignature(line, one.witness, note.text).has_value() == time_s.has_value());
      lie = lie || !time_s;
      if (time_s) expected.emplace_back(line.name, *time_s);
    }
  }
  const bool possible =
      policy.witnesses.empty() || (policy.threshold != 0 && policy.threshold <= policy.witnesses.size());
  const auto cosigned = check_witnesses(note, policy);
  MIKOSHI_CHECK(cosigned.has_value() == (possible && !lie && expected.size() >= policy.threshold));
  if (!cosigned) return;
  MIKOSHI_CHECK(cosigned->witnesses.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    MIKOSHI_CHECK(cosigned->witnesses[i].name == expected[i].first &&
                  cosigned->witnesses[i].time_s == expected[i].second);
}

}  // namespace fuzz
