// SPDX-License-Identifier: MIT
/// mikoshi_bench [--quick] [--json] [--rows FILE.json] [--chart FILE.svg]: how far from the machine's limit each kind of work is.
#include <fmt/format.h>

#include <cstring>
#include <fstream>

#include "measure.hpp"

int main(int argc, char** argv) {
  bench::Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      options.quick = true;
    } else if (std::strcmp(argv[i], "--json") == 0) {
      options.json = true;
    } else if (std::strcmp(argv[i], "--rows") == 0 && i + 1 < argc) {
      options.rows = argv[++i];
    } else if (std::strcmp(argv[i], "--chart") == 0 && i + 1 < argc) {
      options.chart = argv[++i];
    } else {
      fmt::print(stderr, "mikoshi_bench [--quick] [--json] [--rows FILE.json] [--chart FILE.svg]\n");
      return 2;
    }
  }
  bench::Table table{options};
  if (!options.json)
    fmt::print("{:<30} {:>9} {:>3} {:>12} {:>12} {:>8} {:>8}  {}\n", "work", "n", "thr", "ns", "limit, ns", "ratio", "reach", "limit");
  bench::measure_splits(table);
  bench::measure_months(table);
  bench::measure_trees(table);
  bench::measure_ledgers(table);
  bench::measure_proofs(table);
  bench::measure_stores(table);
  bench::measure_memory(table);
  bench::measure_processes(table);
  bench::note_growth(table);
  if (options.json) fmt::print("{}", table.json());
  const auto write = [](const std::string& path, const std::string& text) {
    if (path.empty()) return;
    std::ofstream file{path, std::ios::binary};
    if (file << text && file.flush()) return;
    fmt::print(stderr, "cannot write {}\n", path);
    std::exit(1);
  };
  write(options.rows, table.json());
  write(options.chart, bench::chart(table.rows()));
}
