// SPDX-License-Identifier: MIT
/// The library in ten lines: reads a ledger, and says who would get what for its next month.
///
///     read_ledger LEDGER.jsonl
#include <fstream>
#include <iostream>
#include <iterator>
#include <mikoshi/mikoshi.hpp>

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "ledger.jsonl", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>{file}, {}};

  mikoshi::Ledger ledger;  // the state after every line was checked
  const auto status = mikoshi::replay(ledger, mikoshi::text_lines(text));
  if (!status) return std::cerr << to_string(status.error()) << '\n', 1;

  const auto month = ledger.state.decisions.open_period();
  if (!month) return std::cerr << "no charter yet\n", 1;
  const auto distribution = mikoshi::distribute(ledger.state, *month);
  if (!distribution) return std::cerr << to_string(distribution.error()) << '\n', 1;
  for (const mikoshi::Payout& payout : distribution->payouts)
    std::cout << ledger.state.members.ids[payout.member].text() << ' ' << mikoshi::to_string(payout.amount) << '\n';
}
