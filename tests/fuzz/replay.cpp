// SPDX-License-Identifier: MIT
/// Runs every file of the corpus through its target, with any compiler and without libFuzzer.
///
///   fuzz_replay CORPUS              each CORPUS/TARGET/FILE; a target without a file is a failure
///   fuzz_replay TARGET FILE…        these files
///   fuzz_replay --list              the targets
///
/// Each file runs in a child of its own, so that one that dies does not hide the next.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "aborts.hpp"
#include "target.hpp"

namespace {

constexpr unsigned seconds_max = 20;  // for one file, under a sanitizer on a busy machine
constexpr std::size_t files_max = 300;
constexpr std::uintmax_t bytes_max = 300'000;

/// Whether the target lives through the file.
bool survives(const fuzz::Target& target, const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    return false;
  }
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(seconds_max);
    target.run(mikoshi::as_bytes(text));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  std::fprintf(stderr, "%s dies of %s%s\n", std::string{target.name}.c_str(), path.c_str(),
               WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ": too slow" : "");
  return false;
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> paths;
  std::error_code absent;
  for (const auto& entry : std::filesystem::directory_iterator{folder, absent}) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  if (arguments.empty()) {
    std::fprintf(stderr, "usage: fuzz_replay CORPUS | fuzz_replay TARGET FILE... | fuzz_replay --list\n");
    return 2;
  }
  if (arguments[0] == "--list") {
    fuzz::list_targets();
    return 0;
  }
  const fuzz::Target* const control = fuzz::find_target("control");
  if (!aborts([&] { control->run(mikoshi::as_bytes("bad!")); })) {
    std::fprintf(stderr, "the control target lives: nothing that follows would prove anything\n");
    return 1;
  }
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
  bool good = true;
  const auto run_all = [&](const fuzz::Target& target, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) good = survives(target, path) && good;
    files += paths.size();
  };
  if (const fuzz::Target* target = fuzz::find_target(arguments[0])) {
    run_all(*target, {arguments.begin() + 1, arguments.end()});
  } else {
    for (const fuzz::Target& each : fuzz::targets()) {
      if (&each == control) continue;
      const auto paths = files_in(std::filesystem::path{arguments[0]} / each.name);
      if (paths.empty()) std::fprintf(stderr, "%s has no corpus\n", std::string{each.name}.c_str());
      good = good && !paths.empty();
      for (const std::string& path : paths) bytes += std::filesystem::file_size(path);
      run_all(each, paths);
    }
    if (files > files_max || bytes > bytes_max) {
      std::fprintf(stderr, "%zu files, %ju bytes: the corpus is to stay small\n", files, bytes);
      good = false;
    }
  }
  std::printf("%zu files\n", files);
  return good && files != 0 ? 0 : 1;
}
