// SPDX-License-Identifier: MIT
/// What a ledger weighs in memory, and how much more its replay holds beside the state while lines are streamed from a file.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "community.hpp"
#include "measure.hpp"

namespace bench {
namespace {

using namespace mikoshi;

void weigh(Table& table, std::string_view name, std::string_view unit, const std::string& text, std::size_t items, double reach) {
  const std::size_t before = allocated_bytes();
  std::optional<Ledger> ledger{Ledger{}};
  check(replay(*ledger, text_lines(text)));
  table.note(name, static_cast<double>(allocated_bytes() - before) / static_cast<double>(items), unit, reach);
}

/// A line of /proc/self/status, in bytes.
std::size_t memory_line(std::string_view name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoul(line.substr(name.size() + 1)) * 1024;
  return 0;
}

LineSource lines_of_file(const std::string& path) {
  return [path](const TakeLine& take) -> Status {
    std::ifstream file{path, std::ios::binary};
    for (std::string line; std::getline(file, line);) MIKOSHI_TRY(take(line));
    return {};
  };
}

/// Replays a file in a process of its own. @return the most memory that it took while it did, by that of the state at its end.
double peak_by_state(const std::string& path, std::size_t threads) {
  std::array<int, 2> ends{};
  MIKOSHI_CHECK(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::malloc_trim(0);
    std::ofstream{"/proc/self/clear_refs"} << 5;  // the peak is counted from here
    const std::size_t before = memory_line("VmRSS"), allocated_before = allocated_bytes();
    Ledger ledger;
    check(replay(ledger, lines_of_file(path), {}, threads));
    const double peak = static_cast<double>(memory_line("VmHWM") - before);
    const double ratio = peak / static_cast<double>(allocated_bytes() - allocated_before);
    const bool written = ::write(ends[1], &ratio, sizeof ratio) == sizeof ratio;
    ::_exit(written ? 0 : 1);
  }
  double ratio = 0;
  int status = 0;
  const bool read = child > 0 && ::read(ends[0], &ratio, sizeof ratio) == sizeof ratio;
  MIKOSHI_CHECK(child > 0 && ::waitpid(child, &status, 0) == child && read);
  for (const int end : ends) ::close(end);
  return ratio;
}

}  // namespace

void measure_memory(Table& table) {
  const std::size_t n = table.quick() ? 100'000 : 1'000'000;
  weigh(table, "a contribution in memory", "bytes", make_community(n / 100, 12, n).text, n, 100);
  weigh(table, "a ticket in memory", "bytes", make_tickets(n / 10, n), n, 200);
  const std::string path = (std::filesystem::temp_directory_path() / fmt::format("mikoshi_bench.{}.jsonl", ::getpid())).string();
  std::ofstream{path, std::ios::binary} << make_community(n / 100, 12, n).text;
  ::malloc_trim(0);
  table.note("replay: peak / state", peak_by_state(path, 1), "lines streamed from a file", 1.2);
  table.note("replay, 2 threads: peak / state", peak_by_state(path, 2), "lines streamed from a file");
  std::remove(path.c_str());
}

}  // namespace bench
