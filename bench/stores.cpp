// SPDX-License-Identifier: MIT
/// Durable appends, one line at a time and 64 at once, beside writing and syncing the same bytes as often as a commit needs.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "community.hpp"
#include "measure.hpp"
#include "mikoshi/store/folder.hpp"

namespace bench {

using namespace mikoshi;

void measure_stores(Table& table) {
  const Community made = make_community(100, 1, 5'000);
  std::string place = (std::filesystem::temp_directory_path() / "mikoshi-bench-XXXXXX").string();
  MIKOSHI_CHECK(::mkdtemp(place.data()) != nullptr);
  for (const std::size_t batch : {1u, 64u}) {
    const std::size_t commits = table.quick() ? 20 : 50;
    const std::string folder = place + "/" + std::to_string(batch);
    check(create_folder(folder, {std::string{made.lines[0]}}, [&] {
      Ledger ledger;
      check(take_line(ledger, made.lines[0]) ? Status{} : Status{fail(Errc::bad_json)});
      return head_of(ledger);
    }()));
    auto store = open_folder(folder, Access::write);
    check(store ? Status{} : Status{fail(store.error().code, store.error().what)});
    Ledger ledger;
    check(take_line(ledger, made.lines[0]) ? Status{} : Status{fail(Errc::bad_json)});
    std::size_t next = 1;
    const int plain = ::open((place + "/plain").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    const int head = ::open((place + "/head").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    MIKOSHI_CHECK(plain >= 0 && head >= 0);
    std::size_t written = 1;
    const auto [ns, limit_ns] = in_turns(
        commits * batch,
        [&] {
          for (std::size_t i = 0; i < commits; ++i) {
            const Head before = head_of(ledger);
            std::vector<std::string> lines;
            for (std::size_t k = 0; k < batch; ++k, next = next % 1000 + 1) {
              lines.emplace_back(made.lines[next]);
              ledger.log.append(leaf_hash(as_bytes(lines.back())));
              ledger.bytes += lines.back().size() + 1;
            }
            check((*store)->append(before, lines, head_of(ledger)));
          }
        },
        [&] {  // a commit syncs three times: the lines, the new head, and the folder in which it takes the old one's place
          for (std::size_t i = 0; i < commits; ++i) {
            std::string text;
            for (std::size_t k = 0; k < batch; ++k, written = written % 1000 + 1) text += std::string{made.lines[written]} + "\n";
            MIKOSHI_CHECK(::write(plain, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fdatasync(plain) == 0);
            const std::string mark(120, 'x');
            for (int sync = 0; sync < 2; ++sync)
              MIKOSHI_CHECK(::pwrite(head, mark.data(), mark.size(), 0) == 120 && ::fdatasync(head) == 0);
          }
        });
    ::close(plain);
    ::close(head);
    table.add({fmt::format("append, {} at once", batch), commits * batch, 1, ns, "write and fdatasync, three times a commit", limit_ns, 1.3});
  }
  std::filesystem::remove_all(place);
}

}  // namespace bench
