// SPDX-License-Identifier: MIT
/// @file big_endian.cpp
/// Writes the conformance vectors into a new folder: `mikoshi vectors` by itself, small enough for a machine that is only emulated.
#include <cstdio>

#include "command.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto done = mikoshi::run_vectors({argv[1]});
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().what.c_str());
  return 1;
}
