// SPDX-License-Identifier: MIT
/// `mikoshi claim`: what a member signs to say something, and the signed event for `mikoshi append`.
#include <algorithm>

#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

/// A wallet's signature as wallets print it: 0x may stand before it. @error bad_hex
Result<KeySignature> parse_signature(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return KeySignature::parse(text.starts_with("0x") ? std::string_view{text}.substr(2) : std::string_view{text});
}

}  // namespace

Result<Printout> run_claim(const ClaimOptions& options, const CommonOptions& common) {
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  MIKOSHI_ASSIGN(Json json, parse_json(text));
  if (json.object() == nullptr) return fail(Errc::wrong_type, wording<Word::claim_one_object>());
  MIKOSHI_ASSIGN(const Session session, Session::open(common, Access::read));
  const State& state = session.state();
  MIKOSHI_ASSIGN(const MemberId who, MemberId::parse(options.who));
  MIKOSHI_ASSIGN(const auto index, state.members.find(who));
  const Member& member = state.members.rows[index];
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(""));
  std::optional<SpeakerKey> key;
  if (!options.key.empty()) {
    MIKOSHI_ASSIGN(const StewardKey public_key, read_public_key(options.key));
    const PublicKey* bip340 = public_key.get<PublicKey>();
    if (bip340 == nullptr) return fail(Errc::bad_key_file, wording<Word::claim_bip340>(), options.key);
    key = SpeakerKey{*bip340};
  } else if (!options.speaker.empty()) {
    constexpr std::string_view ethereum = "eth:";
    if (options.speaker.starts_with(ethereum)) {
      MIKOSHI_ASSIGN(const EthereumAddress address, EthereumAddress::parse_any(options.speaker.substr(ethereum.size())));
      key = SpeakerKey{address};
    } else {
      MIKOSHI_ASSIGN(key, SpeakerKey::parse(options.speaker));
    }
  } else {
    for (const MemberKey& one : member.keys)
      if (!one.ended && one.from_s <= at.seconds()) key = one.key;
  }
  if (!key) return fail(Errc::no_such_key, wording<Word::claim_no_key>(who.text()));
  Timestamp expires = *Timestamp::from_seconds(at.seconds() + std::int64_t{7} * 86400);
  if (!options.expires.empty()) {
    MIKOSHI_ASSIGN(expires, Timestamp::parse(options.expires));
  }
  const std::uint64_t nonce = options.nonce.value_or(member.nonce + 1);
  json.set("expires", to_string(expires));
  json.set("key", to_string(*key));
  json.set("nonce", static_cast<std::int64_t>(nonce));
  json.set("signature", to_string(KeySignature{}));
  json.set("voice", "signed");
  json.set("who", who.text());
  MIKOSHI_ASSIGN(Line line, decode_claim(json, at, 0));
  const std::string claim = claim_text(line.envelope, line.event, state.dao.id);
  const std::string expires_text = to_string(expires);
  const TypedClaim typed{state.dao.id, who.text(), nonce, expires_text, claim};
  Printout out;
  if (options.key.empty() && options.signature.empty()) {
    if (options.typed) return Printout{typed_json(typed) + "\n", *parse_json(typed_json(typed)), true};
    out.words = claim + "\n";
    out.json.set("claim", claim);
    return out;
  }
  KeySignature signature;
  if (!options.key.empty()) {
    MIKOSHI_ASSIGN(const StewardSecretKey secret, load_key(options.key, options.password));
    signature = KeySignature{secret.sign(tagged_hash(claim_tag, as_bytes(claim)))};
  } else {
    MIKOSHI_ASSIGN(signature, parse_signature(options.signature));
  }
  MIKOSHI_TRY(verify_claim(*key, typed, signature));
  json.set("signature", to_string(signature));
  json.erase("at");
  out.words = to_canonical(json) + "\n";
  out.json = std::move(json);
  return out;
}

}  // namespace mikoshi
