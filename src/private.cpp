// SPDX-License-Identifier: MIT
#include "private.hpp"

#include <sys/stat.h>

#include "files.hpp"
#include "mikoshi/crypto/sha256.hpp"

namespace mikoshi {
namespace {

std::string book_path(const std::string& dir) { return dir + "/private/book.json"; }

}  // namespace

Result<Hash> PrivateBook::salt_of(const MemberId& member) {
  PrivateMember& row = members[member];
  if (row.forgotten) return fail(Errc::forgotten, member.text() + " was forgotten on " + to_string(*row.forgotten));
  if (!row.salt) {
    Sha256 hash;
    hash.update(tagged_hash("mikoshi/member-salt", seed));
    hash.update(member.text());
    row.salt = hash.finish();
  }
  return *row.salt;
}

Result<Hash> PrivateBook::hash_of(const std::optional<MemberId>& member, std::string_view text) {
  Hash salt = dao_salt;
  if (member) {
    MIKOSHI_ASSIGN(salt, salt_of(*member));
  }
  return sha256_joined({salt, as_bytes(text)});
}

Status PrivateBook::forget(const MemberId& member, Timestamp at) {
  PrivateMember& row = members[member];
  if (row.forgotten) return fail(Errc::forgotten, member.text() + " was forgotten on " + to_string(*row.forgotten));
  row = PrivateMember{};
  row.forgotten = at;
  seed = tagged_hash("mikoshi/next-seed", seed);
  return {};
}

PrivateBook make_private_book(const Hash& seed) {
  PrivateBook book;
  book.dao_salt = tagged_hash("mikoshi/dao-salt", seed);
  book.seed = tagged_hash("mikoshi/next-seed", seed);
  return book;
}

Hash public_salt(const Hash& seed) { return tagged_hash("mikoshi/public-salt", seed); }

Result<PrivateBook> read_private_book(const std::string& dir) {
  struct stat info {};
  if (::lstat(book_path(dir).c_str(), &info) == 0 && S_ISLNK(info.st_mode))
    return fail(Errc::not_regular_file, "a link where the file itself must be", book_path(dir));
  MIKOSHI_ASSIGN(const std::string text, read_file(book_path(dir), private_book_bytes_max));
  const auto refuse = [&](const Error& error) {
    return fail(Errc::bad_private, "it is not as it was written: " + to_string(error), book_path(dir));
  };
  const auto json = parse_json(text);
  if (!json) return refuse(json.error());
  auto book = decode_fields<PrivateBook>(*json);
  if (!book) return refuse(book.error());
  return book;
}

Status write_private_book(const std::string& dir, const PrivateBook& book) {
  const std::string text = canonical_text(book) + "\n";
  if (text.size() > private_book_bytes_max)
    return fail(Errc::too_large, "the private book would pass 64 MiB", book_path(dir));
  return replace_file(book_path(dir), text, Visibility::owner_only);
}

}  // namespace mikoshi
