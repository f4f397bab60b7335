// SPDX-License-Identifier: MIT
#pragma once
/// @file private.hpp
/// What is never published: `private/book.json`, with names, accounts, and the salts of what the ledger holds as hashes.
///
/// A ledger line says only SHA-256(salt ‖ text), with a salt of the member's own. To forget a member is to delete the salt
/// and the texts here: the hash then says nothing to anybody, and everything still verifies. Salts are drawn from a seed;
/// forgetting replaces the seed too, so that a deleted salt cannot be drawn again.

#include <map>
#include <optional>
#include <string>

#include "mikoshi/base/field.hpp"

namespace mikoshi {

/// The most bytes of a book that are read.
inline constexpr std::size_t private_book_bytes_max = std::size_t{64} << 20;
/// The most bytes of a name or an account.
inline constexpr std::size_t private_text_bytes_max = 256;

struct PrivateMember {
  std::optional<std::string> account;  ///< where money goes, as the operator's bank writes it
  std::optional<Timestamp> forgotten;  ///< when; nothing else is there then
  std::optional<std::string> name;
  std::optional<Hash> salt;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("account", self.account, "where money goes, as the operator's bank writes it");
    visit("forgotten", self.forgotten, "when the member was forgotten");
    visit("name", self.name, "the member's name");
    visit("salt", self.salt, "salts the hashes of what the member said");
  }
};

struct PrivateBook {
  Hash dao_salt{};                            ///< salts what concerns no member
  std::map<MemberId, PrivateMember> members;  ///< only who has something private
  Hash seed{};                                ///< new salts are drawn from it

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("dao_salt", self.dao_salt, "salts what concerns no member");
    visit("members", self.members, "only who has something private");
    visit("seed", self.seed, "new salts are drawn from it");
  }

  /// The member's salt, drawn now if there was none. @error forgotten
  [[nodiscard]] Result<Hash> salt_of(const MemberId& member);
  /// SHA-256(salt ‖ text), with the member's salt or, without a member, the DAO's. @error forgotten
  [[nodiscard]] Result<Hash> hash_of(const std::optional<MemberId>& member, std::string_view text);
  /// Deletes all that is private of the member. @error forgotten (before)
  [[nodiscard]] Status forget(const MemberId& member, Timestamp at);
};

/// The book of a new DAO. @param seed 32 random bytes
[[nodiscard]] PrivateBook make_private_book(const Hash& seed);

/// The salt in a DAO's first line, which is public. @param seed as for make_private_book
[[nodiscard]] Hash public_salt(const Hash& seed);

/// @error as read_file | not_regular_file (a link: what is forgotten would stay behind it) | bad_private (not a book)
[[nodiscard]] Result<PrivateBook> read_private_book(const std::string& dir);

/// Replaces the book in one step; only its owner can read it.
/// @error too_large (it could not be read again) | write_failed
[[nodiscard]] Status write_private_book(const std::string& dir, const PrivateBook& book);

}  // namespace mikoshi
