// SPDX-License-Identifier: MIT
/// One of two units that know all of the library and link: what the headers define is defined once in a program.
/// The other, two_units_other.cpp, tells where it sees a function, a constant and a static within a function.
#include "two_units.hpp"

#include <iostream>

int main(int, char** argv) {
  if (here() != there()) return std::cerr << "the two units each have one of their own\n", 1;
  const auto store = mikoshi::open_folder(argv[1], mikoshi::Access::read);
  if (!store) return std::cerr << to_string(store.error()) << '\n', 1;
  const auto ledger = mikoshi::load(**store);
  if (!ledger) return std::cerr << to_string(ledger.error()) << '\n', 1;
  std::cout << ledger->log.size() << ' ' << mikoshi::to_hex(ledger->log.root()) << '\n';
}
