// SPDX-License-Identifier: MIT
/// Whole processes: how long the tool takes to start, and the compiler over a unit that includes one header.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "measure.hpp"

extern char** environ;

namespace bench {
namespace {

void run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  int status = 1;
  const bool ran = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0 &&
                   ::waitpid(child, &status, 0) == child && status == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  if (ran) return;
  fmt::print(stderr, "{} failed\n", words[0]);
  std::exit(1);
}

double user_seconds_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

void compile(Table& table, const std::string& header, const std::string& how, const std::vector<std::string>& words, double reach) {
  const std::string base = (std::filesystem::temp_directory_path() / fmt::format("mikoshi_bench.{}", ::getpid())).string();
  std::ofstream{base + ".cpp"} << "#include \"mikoshi/" << header << "\"\n";
  std::vector<std::string> command{MIKOSHI_BENCH_COMPILER, "-std=c++20", "-O0", "-I", MIKOSHI_BENCH_INCLUDE, "-c", base + ".cpp", "-o", base + ".o"};
  command.insert(command.end(), words.begin(), words.end());
  std::vector<double> times;
  for (int i = 0; i < (table.quick() ? 1 : 3); ++i) {
    const double before = user_seconds_of_children();
    run(command);
    times.push_back(user_seconds_of_children() - before);
  }
  std::sort(times.begin(), times.end());
  table.note(header + how, times[times.size() / 2], "s to compile at -O0", reach);
  std::remove((base + ".cpp").c_str());
  std::remove((base + ".o").c_str());
}

}  // namespace

void measure_processes(Table& table) {
  const auto [ns, limit_ns] = in_turns<21>(1, [] { run({MIKOSHI_BENCH_TOOL, "--version"}); }, [] { run({"true"}); });
  table.add({"startup of the tool", 1, 1, ns, "a process that does nothing", limit_ns, 0});
  table.note("startup of the tool", ns / 1e6, "ms", 10);
  compile(table, "split/carry.hpp", "", {}, 0.5);
  compile(table, "mikoshi.hpp", ", compiled", {"-DMIKOSHI_COMPILED"}, 2.5);
  if (!table.quick()) compile(table, "mikoshi.hpp", ", headers alone", {}, 0);
}

}  // namespace bench
