// SPDX-License-Identifier: MIT
/// Targets of what the tool alone reads and writes: pins, the private book, a contract's log, and claims.

#include <boost/multiprecision/cpp_int.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "feed.hpp"
#include "fill.hpp"
#include "pins.hpp"
#include "private.hpp"
#include "target.hpp"
#include "transfer_log.hpp"
#include "mikoshi/crypto/claim_tree.hpp"
#include "mikoshi/proof/snapshot.hpp"

namespace fuzz {
namespace {

using boost::multiprecision::cpp_int;

// --- pins ---

/// The DAO that a pin says it is of: its file's name says it, too.
Hash dao_said(std::string_view text) {
  constexpr std::string_view mark = "\"dao\":\"";
  const auto at = text.find(mark);
  const auto dao = parse_hash(at == std::string_view::npos ? "" : text.substr(at + mark.size(), 64));
  return dao ? *dao : Hash{};
}

std::string any_pin(Feed& feed) {
  Pin pin;
  fill(feed, pin.dao);
  std::uint64_t size = 0;
  for (std::size_t notes = feed.below(4); notes-- > 0;) {
    Checkpoint point{feed.one_in(8) ? any_name(feed) : origin_of(pin.dao), 0, {}};
    size += feed.number(40);
    point.size = size;
    fill(feed, point.root);
    Note note{to_string(point), {}};
    note.signatures.push_back({any_name(feed), {}, Bytes(1 + feed.below(70), feed.byte())});
    pin.notes.push_back(to_string(note));
  }
  return to_string(pin);
}

// --- the log of a contract ---

const EthereumAddress contract =
    EthereumAddress::parse("0x0000000000000000000000000000000000000009").value();  // as in transcripts

std::string word(const cpp_int& value) {
  std::string digits = value.str(0, std::ios_base::hex);
  return "0x" + std::string(64 - digits.size(), '0') + digits;
}
std::string quantity(std::uint64_t value) { return "0x" + cpp_int{value}.str(0, std::ios_base::hex); }

/// Transfers as a node would answer them; what this reads of it is written again from the transfers alone.
Json log_json(const std::vector<TokenTransfer>& transfers) {
  const std::string event = "0x" + to_hex(keccak256(as_bytes("Transfer(address,address,uint256)")));
  const auto padded = [](const EthereumAddress& address) {
    return "0x" + std::string(24, '0') + to_hex(address.bytes());
  };
  Json::Array entries;
  for (const TokenTransfer& one : transfers) {
    Json entry;
    entry.set("address", to_string(contract));
    entry.set("blockNumber", quantity(one.block));
    if (one.when) entry.set("blockTimestamp", quantity(static_cast<std::uint64_t>(one.when->seconds())));
    entry.set("data", "0x");
    entry.set("logIndex", quantity(one.index));
    entry.set("topics", Json::Array{event, padded(one.from), padded(one.to), word(cpp_int{one.token})});
    entries.push_back(std::move(entry));
  }
  return entries;
}

EthereumAddress any_address(Feed& feed) {
  std::array<std::uint8_t, 20> bytes{};
  bytes.back() = static_cast<std::uint8_t>(feed.below(4));
  if (feed.one_in(8)) bytes.front() = feed.byte();
  return EthereumAddress{bytes};
}

std::string any_log(Feed& feed) {
  std::vector<TokenTransfer> transfers;
  std::map<std::string, EthereumAddress> owners;
  std::uint64_t block = feed.number(UINT64_MAX), index = 0;
  for (std::size_t count = feed.below(8); count-- > 0;) {
    TokenTransfer one;
    if (feed.one_in(2)) block += feed.below(4), index = feed.number(UINT64_MAX);
    one.block = block;
    one.index = index++;
    const cpp_int token = feed.one_in(4) ? (cpp_int{feed.bits()} << 192) + feed.bits() : cpp_int{feed.below(3)};
    one.token = token.str();
    one.from = feed.one_in(8) ? any_address(feed) : owners[one.token];
    one.to = any_address(feed);
    owners[one.token] = one.to;
    if (feed.one_in(2))
      one.when = Timestamp::from_seconds(static_cast<std::int64_t>(feed.number(253402300799))).value();
    transfers.push_back(std::move(one));
  }
  Json json = log_json(transfers);
  if (!feed.one_in(2)) return to_canonical(json);
  Json answer;
  answer.set("id", 1);
  answer.set("jsonrpc", "2.0");
  answer.set("result", std::move(json));
  return to_canonical(answer);
}

bool same(const TokenTransfer& a, const TokenTransfer& b) {
  return a.block == b.block && a.index == b.index && a.from == b.from && a.to == b.to && a.token == b.token &&
         a.when == b.when;
}

// --- claims ---

/// What stands in a dump, held together by its own hashes alone: its rows, in their order.
std::vector<ClaimRow> rows_in_dump(const std::string& dump, const Hash& root) {
  const Json json = parse_json(dump).value();
  MIKOSHI_CHECK(json.object()->size() == 4 && *json.find("format")->text() == "standard-v1");
  std::vector<Hash> nodes;
  for (const Json& node : *json.find("tree")->array())
    nodes.push_back(parse_hash(std::string_view{*node.text()}.substr(2)).value());
  MIKOSHI_CHECK(nodes.front() == root);
  for (std::size_t i = 0; 2 * i + 2 < nodes.size(); ++i)
    MIKOSHI_CHECK(nodes[i] == claim_node(nodes[2 * i + 1], nodes[2 * i + 2]));
  std::vector<ClaimRow> rows;
  for (const Json& value : *json.find("values")->array()) {
    const auto& pair = *value.find("value")->array();
    const u128 amount = parse_decimal(*pair[1].text(), ~u128{0}, Errc::bad_number).value();
    rows.push_back({EthereumAddress::parse(*pair[0].text()).value(), amount});
    MIKOSHI_CHECK(nodes.at(static_cast<std::size_t>(*value.find("treeIndex")->integer())) ==
                  claim_leaf(ClaimForm::standard, rows.back(), 0));
  }
  MIKOSHI_CHECK(nodes.size() == 2 * rows.size() - 1);
  return rows;
}

}  // namespace

void pin(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_pin);
  const Hash dao = dao_said(text);
  const auto read = parse_pin(text, dao);
  if (!read) {
    MIKOSHI_CHECK(read.error().code == Errc::bad_pin);
    return;
  }
  MIKOSHI_CHECK(to_string(*read) == text);
  Hash other = dao;
  other[31] ^= 1;
  MIKOSHI_CHECK(!parse_pin(text, other));
  std::uint64_t last = 0;
  for (const std::string& note : read->notes) {
    const Checkpoint point = parse_checkpoint(parse_note(note).value().text).value();
    MIKOSHI_CHECK(point.origin == origin_of(dao) && point.size > last);
    last = point.size;
  }
  MIKOSHI_CHECK(last != 0);
}

/// The one file that is read in any spelling, as operators may look into it: what is read is written the same each time,
/// and of whom it forgets nothing is left.
void private_book(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, [](Feed& feed) {
    PrivateBook book;
    fill(feed, book);
    return canonical_text(book);
  });
  const auto json = parse_json(text);
  if (!json) return;
  auto book = decode_fields<PrivateBook>(*json);
  if (!book) return;
  const std::string written = canonical_text(*book);
  MIKOSHI_CHECK(written == to_canonical(*json));
  if (book->members.empty()) return;
  const MemberId member = book->members.begin()->first;
  const PrivateMember row = book->members.begin()->second;
  const bool forgotten_before = row.forgotten.has_value();
  MIKOSHI_CHECK(book->salt_of(member).has_value() == !forgotten_before);
  MIKOSHI_CHECK(book->forget(member, Timestamp{}).has_value() == !forgotten_before);
  const std::string after = canonical_text(*book);
  if (forgotten_before) return;
  MIKOSHI_CHECK(!book->salt_of(member) && !book->hash_of(member, "x"));
  MIKOSHI_CHECK(!book->members[member].name && !book->members[member].account && !book->members[member].salt);
  MIKOSHI_CHECK(decode_fields<PrivateBook>(parse_canonical(after).value()).has_value());
}

void transfer_log(ByteSpan bytes) {
  const std::string text = text_or_edited(bytes, any_log);
  const auto read = parse_transfer_log(text, contract);
  if (!read) return;
  // Written again from what was understood, it is understood the same.
  const auto again = parse_transfer_log(to_canonical(log_json(*read)), contract);
  MIKOSHI_CHECK(again && again->size() == read->size() && std::equal(read->begin(), read->end(), again->begin(), same));
  std::map<std::string, EthereumAddress> owners;
  std::uint64_t block = 0, index = 0;
  for (std::size_t i = 0; i < read->size(); ++i) {
    const TokenTransfer& one = (*read)[i];
    MIKOSHI_CHECK(i == 0 || one.block > block || (one.block == block && one.index > index));
    block = one.block, index = one.index;
    MIKOSHI_CHECK(cpp_int{one.token} < (cpp_int{1} << 256) && (one.token.size() == 1 || one.token.front() != '0'));
    EthereumAddress& owner = owners[one.token];
    MIKOSHI_CHECK(owner == one.from && !(one.is_mint() && one.is_burn()));
    owner = one.to;
  }
}

/// Rows for a contract: each claims what it has, and nothing else does; the dump says the same again.
void claim_tree(ByteSpan bytes) {
  Feed feed{bytes};
  const auto form = static_cast<ClaimForm>(feed.below(claim_form_names.size()));
  std::vector<ClaimRow> rows(feed.below(20));
  std::set<EthereumAddress> accounts;
  bool nothing = false, twice = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::array<std::uint8_t, 20> account{};
    account[0] = feed.one_in(16) ? std::uint8_t{0} : static_cast<std::uint8_t>(i + 1);
    account[19] = feed.byte();
    rows[i].account = EthereumAddress{account};
    rows[i].amount = (u128{feed.one_in(4) ? feed.number(UINT64_MAX >> 5) : 0} << 64) + feed.number(UINT64_MAX);
    nothing = nothing || rows[i].amount == 0;
    twice = !accounts.insert(rows[i].account).second || twice;
  }
  const auto tree = ClaimTree::make(form, rows);
  if (!tree) {
    const Errc code = tree.error().code;
    MIKOSHI_CHECK(code == (rows.empty() ? Errc::nothing_owed : nothing ? Errc::below_minimum : Errc::duplicate_member));
    MIKOSHI_CHECK(rows.empty() || nothing || twice);
    return;
  }
  MIKOSHI_CHECK(!rows.empty() && !nothing && !twice && tree->rows() == rows);
  MIKOSHI_CHECK(!tree->proof(rows.size()));
  const std::size_t index = feed.below(rows.size());
  const std::vector<Hash> proof = tree->proof(index).value();
  MIKOSHI_CHECK(verify_claim_proof(form, tree->root(), rows[index], index, proof).has_value());
  if (form == ClaimForm::standard) {
    const std::string dump = tree->dump();
    const std::vector<ClaimRow> read = rows_in_dump(dump, tree->root());
    MIKOSHI_CHECK(read == rows && ClaimTree::make(form, read).value().dump() == dump);
  }

  ClaimRow row = rows[index];
  std::uint64_t other_index = index;
  std::vector<Hash> other = proof;
  for (std::size_t changes = feed.below(4); changes-- > 0;) {
    const std::size_t place = other.empty() ? 0 : feed.below(other.size());
    switch (feed.below(7)) {
      case 0:
        row = feed.pick(rows);
        break;
      case 1:
        row.amount += feed.number(UINT64_MAX);
        break;
      case 2:
        other_index = feed.number(UINT64_MAX);
        break;
      case 3:
        if (!other.empty()) other.erase(other.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      case 4:
        if (!other.empty()) other[place][feed.below(32)] ^= static_cast<std::uint8_t>(1u << feed.below(8));
        break;
      case 5:
        other.insert(other.begin() + static_cast<std::ptrdiff_t>(place), tree->root());
        break;
      case 6:
        other = tree->proof(feed.below(rows.size())).value();
        break;
    }
  }
  const bool index_counts = form == ClaimForm::single;
  const auto found = std::find(rows.begin(), rows.end(), row);
  const auto at = static_cast<std::size_t>(found - rows.begin());
  const bool is_true = found != rows.end() && (!index_counts || other_index == at) && other == tree->proof(at).value();
  MIKOSHI_CHECK(verify_claim_proof(form, tree->root(), row, other_index, other).has_value() == is_true);
}

}  // namespace fuzz
