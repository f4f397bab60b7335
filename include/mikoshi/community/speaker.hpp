// SPDX-License-Identifier: MIT
#pragma once
/// @file speaker.hpp
/// Speakers: the keys by which members speak for themselves, and what they say later of lines that were relayed for them.
///
/// Layer 2. Depends on: community/envelope.hpp, community/member.hpp, crypto/merkle.hpp.
///
/// A member may have several keys: a BIP-340 key or an Ethereum wallet. The first one is bound by the operator's word or a
/// relayed one. After that a key is added at once where the member signs for it with another, and else after a wait, in which
/// the member can end it: so a stolen operator's account takes over nobody. A key that has ended signs nothing any more.

#include <array>
#include <algorithm>
#include <string>
#include <vector>

#include "mikoshi/community/envelope.hpp"
#include "mikoshi/community/member.hpp"
#include "mikoshi/crypto/merkle.hpp"

namespace mikoshi {

/// How long a key waits that the member has not signed for with another.
inline constexpr std::int64_t key_wait_s = std::int64_t{7} * 86400;
inline constexpr std::size_t member_keys_max = 100;

struct MemberKeyNew {
  static constexpr std::string_view kind = "member.key";
  static constexpr std::string_view about =
      "binds a key to a member: at once if it is the first one or the member signs with another, else after seven days";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::not_member, Errc::conflict, Errc::too_many});
  MemberId member;
  SpeakerKey public_key;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "whose key");
    visit("public_key", self.public_key, "bip340: and 64 hexadecimal digits, or eth:0x and 40");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | not_member (who has died) | conflict (somebody has, or had, this key) | too_many (100 a member)
  template <class State>
  Status apply(State& state, const Envelope& envelope) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    Member& row = state.members.rows[who];
    if (row.died) return fail(Errc::not_member, member.text() + " has died");
    if (state.members.keys.contains(public_key)) return fail(Errc::conflict, "the key is bound already, or was");
    if (row.keys.size() >= member_keys_max) return fail(Errc::too_many, "at most 100 keys a member");
    const bool at_once = row.keys.empty() || envelope.voice == Voice::by_signature;
    state.members.keys.insert(public_key);
    row.keys.push_back(MemberKey{public_key, envelope.at.seconds() + (at_once ? 0 : key_wait_s), false});
    return {};
  }
};

struct MemberKeyEnd {
  static constexpr std::string_view kind = "member.key.end";
  static constexpr std::string_view about = "ends a key, lost or stolen: it signs nothing from here on";
  static constexpr bool is_fact = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::no_such_key});
  MemberId member;
  SpeakerKey public_key;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("member", self.member, "whose key");
    visit("public_key", self.public_key, "which key");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | no_such_key (or ended already)
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    for (MemberKey& key : state.members.rows[who].keys) {
      if (key.key != public_key || key.ended) continue;
      key.ended = true;
      return {};
    }
    return fail(Errc::no_such_key, member.text() + " has no such key");
  }
};

struct Attest {
  static constexpr std::string_view kind = "attest";
  static constexpr std::string_view about = "a member says, in an own signature, that relayed lines are what the member said";
  static constexpr bool is_fact = true;
  static constexpr bool signed_only = true;
  static constexpr auto refuses = std::to_array({Errc::no_such_member, Errc::no_such_record, Errc::root_mismatch});
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  MemberId member;
  Hash root{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("first", self.first, "the seq of the first line");
    visit("last", self.last, "the seq of the last line");
    visit("member", self.member, "who says so");
    visit("root", self.root, "of the log tree over the lines between them that were relayed for the member and not attested yet");
  }
  [[nodiscard]] const MemberId& actor() const { return member; }
  /// @error no_such_member | no_such_record (no such lines between them) | root_mismatch
  template <class State>
  Status apply(State& state, const Envelope&) const {
    MIKOSHI_ASSIGN(const auto who, state.members.find(member));
    auto& relayed = state.members.rows[who].relayed;
    MerkleLog tree;
    for (const RelayedLine& line : relayed)
      if (first <= line.seq && line.seq <= last) tree.append(line.leaf);
    if (tree.size() == 0) return fail(Errc::no_such_record, "no line was relayed for " + member.text() + " between them");
    if (tree.root() != root) return fail(Errc::root_mismatch, "these are not the lines that the ledger has");
    std::erase_if(relayed, [&](const RelayedLine& line) { return first <= line.seq && line.seq <= last; });
    state.voices.relayed -= tree.size();
    state.voices.by_signature += tree.size();
    return {};
  }
};

}  // namespace mikoshi
