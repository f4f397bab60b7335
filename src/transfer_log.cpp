// SPDX-License-Identifier: MIT
#include "transfer_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "mikoshi/base/u256.hpp"
#include "words.hpp"

namespace mikoshi {
namespace {

using Word256 = Hash;

/// Hexadecimal digits of either case behind 0x, as nodes write them. @error bad_hex
Status parse_prefixed(std::string_view text, std::span<std::uint8_t> out) {
  if (!text.starts_with("0x")) return fail(Errc::bad_hex);
  std::string lower{text.substr(2)};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return parse_hex(lower, out);
}

/// A quantity of JSON-RPC: 0x and up to 16 digits. @error bad_hex
Result<std::uint64_t> parse_quantity(std::string_view text) {
  if (!text.starts_with("0x") || text.size() < 3 || text.size() > 18) return fail(Errc::bad_hex);
  std::array<std::uint8_t, 8> bytes{};
  MIKOSHI_TRY(parse_prefixed("0x" + std::string(18 - text.size(), '0') + std::string{text.substr(2)}, bytes));
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

/// An address in a word of 32 bytes. @error bad_hex  more than an address stands in it.
Result<EthereumAddress> address_in(const Word256& word) {
  std::array<std::uint8_t, 20> bytes{};
  std::copy(word.begin() + 12, word.end(), bytes.begin());
  if (std::any_of(word.begin(), word.begin() + 12, [](std::uint8_t byte) { return byte != 0; })) return fail(Errc::bad_hex);
  return EthereumAddress{bytes};
}

/// A word as a decimal number.
std::string decimal(const Word256& word) {
  const auto half = [&](std::size_t from) {
    u128 value = 0;
    for (std::size_t i = from; i < from + 16; ++i) value = value << 8 | word[i];
    return value;
  };
  constexpr std::uint64_t part = 1'000'000'000'000'000'000;  // eighteen digits at a time
  std::vector<std::uint64_t> parts;
  for (u256 rest{half(0), half(16)}; parts.empty() || rest > u256{};) {
    const Quotient split = divide(rest, part);
    parts.push_back(split.remainder);
    rest = split.quotient;
  }
  std::string text = std::to_string(parts.back());
  for (auto next = std::next(parts.rbegin()); next != parts.rend(); ++next) text += fmt::format("{:018}", *next);
  return text;
}

/// One entry of the log.
class LogEntry {
 public:
  LogEntry(const Json& json, std::size_t number) : json_(json), number_(number) {}

  [[nodiscard]] Failure bad(std::string what) const {
    return fail(Errc::bad_log, std::move(what), fmt::format("[{}]", number_));
  }
  [[nodiscard]] Result<TokenTransfer> read(const EthereumAddress& contract) const {
    if (json_.object() == nullptr) return bad(wording<Word::log_entry>());
    if (const Json* removed = json_.find("removed"); removed != nullptr) {
      if (removed->boolean() == nullptr) return field_bad("removed");
      if (*removed->boolean()) return bad(wording<Word::log_removed>());
    }
    std::array<std::uint8_t, 20> address{};
    if (!parse_prefixed(text_of("address"), address)) return field_bad("address");
    if (EthereumAddress{address} != contract)
      return bad(wording<Word::log_other_contract>(to_checksum(EthereumAddress{address})));
    const Json* topics = json_.find("topics");
    if (topics == nullptr || topics->array() == nullptr) return field_bad("topics");
    std::vector<Word256> words;
    for (const Json& topic : *topics->array()) {
      Word256 word{};
      if (topic.text() == nullptr || !parse_prefixed(*topic.text(), word)) return field_bad("topics");
      words.push_back(word);
    }
    static const Hash transfer = keccak256(as_bytes("Transfer(address,address,uint256)"));
    if (words.empty() || words.front() != transfer) return bad(wording<Word::log_other_event>());
    if (words.size() != 4) return bad(wording<Word::log_topics>(words.size()));
    if (text_of("data") != "0x") return field_bad("data");
    TokenTransfer result;
    const auto block = parse_quantity(text_of("blockNumber")), index = parse_quantity(text_of("logIndex"));
    if (!block) return field_bad("blockNumber");
    if (!index) return field_bad("logIndex");
    result.block = *block;
    result.index = *index;
    const auto from = address_in(words[1]), to = address_in(words[2]);
    if (!from || !to) return field_bad("topics");
    result.from = *from;
    result.to = *to;
    result.token = decimal(words[3]);
    if (json_.find("blockTimestamp") == nullptr) return result;
    const auto seconds = parse_quantity(text_of("blockTimestamp"));
    if (!seconds || *seconds > INT64_MAX) return field_bad("blockTimestamp");
    const auto when = Timestamp::from_seconds(static_cast<std::int64_t>(*seconds));
    if (!when) return field_bad("blockTimestamp");
    result.when = *when;
    return result;
  }

 private:
  [[nodiscard]] Failure field_bad(std::string_view field) const { return bad(wording<Word::log_field>(field)); }
  /// A field's text; empty where there is none.
  [[nodiscard]] std::string_view text_of(std::string_view field) const {
    const Json* found = json_.find(field);
    return found == nullptr || found->text() == nullptr ? std::string_view{} : std::string_view{*found->text()};
  }

  const Json& json_;
  std::size_t number_;
};

}  // namespace

Result<std::vector<TokenTransfer>> parse_transfer_log(std::string_view text, const EthereumAddress& contract) {
  MIKOSHI_ASSIGN(const Json json, parse_json(text));
  const Json* result = json.object() != nullptr ? json.find("result") : &json;
  if (result == nullptr || result->array() == nullptr) return fail(Errc::bad_log, wording<Word::log_no_array>());
  std::vector<TokenTransfer> transfers;
  transfers.reserve(result->array()->size());
  std::map<std::string, EthereumAddress> owners;  // by token; the zero address: nobody
  for (const Json& item : *result->array()) {
    const LogEntry entry{item, transfers.size()};
    MIKOSHI_ASSIGN(TokenTransfer transfer, entry.read(contract));
    if (!transfers.empty() &&
        std::pair{transfer.block, transfer.index} <= std::pair{transfers.back().block, transfers.back().index})
      return entry.bad(wording<Word::log_order>(transfer.block, transfer.index));
    if (transfer.is_mint() && transfer.is_burn()) return entry.bad(wording<Word::log_nobody>());
    EthereumAddress& owner = owners[transfer.token];
    if (owner != transfer.from) return entry.bad(wording<Word::log_not_owner>(transfer.token, to_checksum(transfer.from)));
    owner = transfer.to;
    transfers.push_back(std::move(transfer));
  }
  return transfers;
}

}  // namespace mikoshi
