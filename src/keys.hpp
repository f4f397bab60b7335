// SPDX-License-Identifier: MIT
#pragma once
/// @file keys.hpp
/// Key files on disk: made, read with care, and the durable record of what a key has signed.

#include <functional>
#include <optional>
#include <string>

#include "mikoshi/crypto/steward_key.hpp"
#include "mikoshi/proof/snapshot.hpp"

namespace mikoshi {

/// Where a password comes from: an open descriptor, or else the terminal without echo.
struct PasswordSource {
  std::optional<int> descriptor;
};

/// Random bytes from the operating system by way of OpenSSL. Aborts rather than return fewer.
void fill_random(std::span<std::uint8_t> out);

struct NewKey {
  StewardKey public_key;
  std::string text;  ///< of its key file, encrypted
};

/// The sorts of keys that a key file holds.
enum class KeySort { bip340, ed25519 };

/// Makes a key and the text of its file. @error no_tty | usage (an empty password, or two that differ) | kdf_params
[[nodiscard]] Result<NewKey> make_key(KeySort sort, unsigned scrypt_log2, const PasswordSource& password);

/// Makes a key and its encrypted file, which must not exist. The file is readable by its owner only.
/// @error exists | no_tty | usage (an empty password, or two that differ) | kdf_params | write_failed
[[nodiscard]] Result<StewardKey> create_key(const std::string& path, KeySort sort, unsigned scrypt_log2,
                                            const PasswordSource& password);

/// The public key in a key file; needs no password. @error no_such_store | bad_key_file | not_regular_file
[[nodiscard]] Result<StewardKey> read_public_key(const std::string& path);

/// Opens a key file.
/// @error no_such_store | insecure_permissions (a link, other owner, others may read it or replace it) | not_regular_file |
///        bad_key_file | kdf_params | no_tty | bad_password
[[nodiscard]] Result<StewardSecretKey> load_key(const std::string& path, const PasswordSource& password);

/// The root of a ledger's first `size` lines.
using RootAt = std::function<Result<Hash>(std::uint64_t size)>;

/// Checks a snapshot against the largest one that this key file signed for the DAO. Writes nothing.
/// @param  root_at  of this ledger, for the size signed before.
/// @error  rollback (shorter than before) | equivocation (another root, or not an extension of what was signed) |
///         bad_key_file (the record is damaged)
[[nodiscard]] Status check_signing(const std::string& key_path, const Hash& dao, std::uint64_t size, const Hash& root,
                                   const RootAt& root_at);

/// Checks the same, and writes the snapshot down as the new largest, durably and under a lock. To be called before a
/// signature leaves. The record stands beside the key file, as KEYFILE.signed, with its own digest.
/// @error  as check_signing | store_io | write_failed
[[nodiscard]] Status record_signing(const std::string& key_path, const Hash& dao, std::uint64_t size, const Hash& root,
                                    const RootAt& root_at);

}  // namespace mikoshi
