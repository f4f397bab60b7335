// SPDX-License-Identifier: MIT
/// libFuzzer's two doors. The target is the first argument, or MIKOSHI_FUZZ_TARGET: libFuzzer starts itself again for
/// some of its work, and its children find the name there.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "target.hpp"

namespace {
const fuzz::Target* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::string first = *argc > 1 ? (*argv)[1] : "";
  if (first == "--list") {
    fuzz::list_targets();
    std::exit(0);
  }
  if (fuzz::find_target(first) != nullptr) {
    ::setenv("MIKOSHI_FUZZ_TARGET", first.c_str(), 1);
    (*argv)[1] = (*argv)[0];
    ++*argv;
    --*argc;
  }
  const char* name = std::getenv("MIKOSHI_FUZZ_TARGET");
  chosen = name != nullptr ? fuzz::find_target(name) : nullptr;
  if (chosen == nullptr) {
    std::fprintf(stderr, "mikoshi_fuzz: the first argument names a target; --list shows them\n");
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({data, size});
  return 0;
}
