// SPDX-License-Identifier: MIT
/// Answers wallets_test.py: one JSON line in, one line out.
///
///   ethereum_check         {dao, who, nonce, expires, text, address, signature, kind}: "ok", or the name of the error
///   ethereum_check json    {dao, who, nonce, expires, text}: what eth_signTypedData_v4 is given
///
/// `nonce` is a text, `kind` is "typed" or "personal". What is personal_signed is the claim as JSON, its five fields
/// ascending, dao among them: the test's own choice of a text that binds all of them.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "mikoshi/crypto/ethereum.hpp"

namespace mikoshi {
namespace {

Result<std::string_view> text_of(const Json& line, std::string_view key) {
  const Json* value = line.find(key);
  if (value == nullptr) return fail(Errc::missing_field, std::string{key});
  if (value->text() == nullptr) return fail(Errc::wrong_type, std::string{key});
  return std::string_view{*value->text()};
}

Result<TypedClaim> claim_of(const Json& line) {
  TypedClaim claim;
  MIKOSHI_ASSIGN(const std::string_view dao, text_of(line, "dao"));
  MIKOSHI_ASSIGN(claim.dao, parse_hash(dao));
  MIKOSHI_ASSIGN(claim.who, text_of(line, "who"));
  MIKOSHI_ASSIGN(const std::string_view nonce, text_of(line, "nonce"));
  const auto read = std::from_chars(nonce.data(), nonce.data() + nonce.size(), claim.nonce);
  if (read.ec != std::errc{} || read.ptr != nonce.data() + nonce.size()) return fail(Errc::bad_digit);
  MIKOSHI_ASSIGN(claim.expires, text_of(line, "expires"));
  MIKOSHI_ASSIGN(claim.text, text_of(line, "text"));
  return claim;
}

std::string personal_text(const TypedClaim& claim) {
  return to_canonical(Json::Object{{"dao", to_hex(claim.dao)},
                                   {"who", claim.who},
                                   {"nonce", std::to_string(claim.nonce)},
                                   {"expires", claim.expires},
                                   {"text", claim.text}});
}

Status check(const Json& line) {
  MIKOSHI_ASSIGN(const TypedClaim claim, claim_of(line));
  MIKOSHI_ASSIGN(const std::string_view address_text, text_of(line, "address"));
  MIKOSHI_ASSIGN(const EthereumAddress address, EthereumAddress::parse(address_text));
  MIKOSHI_ASSIGN(const std::string_view hex, text_of(line, "signature"));
  Bytes signature(hex.size() / 2);
  MIKOSHI_TRY(parse_hex(hex, signature));
  MIKOSHI_ASSIGN(const std::string_view kind, text_of(line, "kind"));
  if (kind == "typed") return verify(address, typed_digest(claim), signature);
  if (kind == "personal") return verify(address, personal_digest(personal_text(claim)), signature);
  return fail(Errc::bad_choice);
}

Result<std::string> answer(std::string_view text, bool wants_json) {
  MIKOSHI_ASSIGN(const Json line, parse_json(text));
  if (!wants_json) {
    MIKOSHI_TRY(check(line));
    return std::string{"ok"};
  }
  MIKOSHI_ASSIGN(const TypedClaim claim, claim_of(line));
  return typed_json(claim);
}

}  // namespace
}  // namespace mikoshi

int main(int count, char** arguments) {
  const bool wants_json = count > 1 && std::string_view{arguments[1]} == "json";
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = mikoshi::answer(line, wants_json);
    std::puts(answer ? answer->c_str() : std::string{mikoshi::name(answer.error().code)}.c_str());
  }
}
