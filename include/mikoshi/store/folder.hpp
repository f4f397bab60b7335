// SPDX-License-Identifier: MIT
#pragma once
/// @file folder.hpp
/// A store that is a folder: `ledger.jsonl`, `head`, `snapshots/SIZE.note`, and `private/`, which is never published.
///
/// Layer 6. Depends on: store/store.hpp. Link `mikoshi::folder`.
///
/// An append writes the lines, syncs them, and then replaces the small file `head`: that rename is the commit. So a crash
/// leaves the old head or the new one; bytes beyond the head were never confirmed, and the next writer cuts them off. A
/// writer holds a lock on the ledger file for as long as the store is open; readers take none.

#include <memory>
#include <string>

#include "mikoshi/store/store.hpp"

namespace mikoshi {

/// Opens the folder of a DAO.
/// @param  wait_ms  how long a writer waits for another one.
/// @error  no_such_store | not_a_store (no head) | store_corrupt | busy | store_io
[[nodiscard]] Result<std::unique_ptr<Store>> open_folder(const std::string& path, Access access,
                                                         unsigned wait_ms = 2000);

/// A file of the folder's `private/`, readable by its owner only.
struct PrivateFile {
  std::string name;
  std::string content;
};

/// Makes the folder of a new DAO with its first lines. It appears whole or not at all.
/// @error exists (anything but an empty folder is there) | write_failed
[[nodiscard]] Status create_folder(const std::string& path, const std::vector<std::string>& lines, const Head& head,
                                   const std::vector<PrivateFile>& private_files = {});

}  // namespace mikoshi
