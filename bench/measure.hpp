// SPDX-License-Identifier: MIT
#pragma once
/// @file measure.hpp
/// What every benchmark is made of: two pieces of work timed in turns, and the table that they fill.
///
/// A row sets our time beside a *limit*: the time of the least that a machine has to do for the same, measured in the same run, in
/// turns with ours. Times on a shared machine wander; ratios much less, so that they are what to compare.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mikoshi/base/result.hpp"

namespace bench {

struct Row {
  std::string name;
  std::size_t n = 0;
  unsigned threads = 1;
  double ns = 0;        ///< an item, median
  std::string limit;    ///< what it is measured against
  double limit_ns = 0;  ///< an item, median
  double reach = 0;     ///< the ratio that it is to stay below; 0: none was set

  [[nodiscard]] double ratio() const { return ns / limit_ns; }
};

struct Options {
  bool quick = false;
  bool json = false;
  std::string rows;   ///< a file for what --json prints
  std::string chart;  ///< a file for the chart
};

/// The rows so far; each is printed when it is there.
class Table {
 public:
  explicit Table(const Options& options) : options_(options) {}
  void add(Row row);
  /// A size or another number that has no limit in time.
  void note(std::string_view name, double value, std::string_view unit, double reach = 0);
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] bool quick() const { return options_.quick; }
  /// What --json prints.
  [[nodiscard]] std::string json() const;

 private:
  struct Note {
    std::string name, unit;
    double value = 0, reach = 0;
  };
  Options options_;
  std::vector<Row> rows_;
  std::vector<Note> notes_;
};

using Clock = std::chrono::steady_clock;

template <class Work>
double elapsed_ns(Work&& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

/// Medians of `Runs` runs of each, in turns, in ns an item.
template <std::size_t Runs = 7, class Ours, class Limit>
std::pair<double, double> in_turns(std::size_t items, Ours&& ours, Limit&& limit) {
  std::array<double, Runs> our_runs{}, limit_runs{};
  for (std::size_t run = 0; run < Runs; ++run) {
    our_runs[run] = elapsed_ns(ours) / static_cast<double>(items);
    limit_runs[run] = elapsed_ns(limit) / static_cast<double>(items);
  }
  std::sort(our_runs.begin(), our_runs.end());
  std::sort(limit_runs.begin(), limit_runs.end());
  return {our_runs[Runs / 2], limit_runs[Runs / 2]};
}

/// The median alone.
template <std::size_t Runs = 7, class Work>
double median_ns(std::size_t items, Work&& work) {
  return in_turns<Runs>(items, work, [] {}).first;
}

/// Keeps a result from being optimised away.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

/// Prints what is wrong and ends: a benchmark of what fails measures nothing.
void check(const mikoshi::Status& status);

/// Bytes that the program has allocated and not freed; and the most that it ever held in memory.
[[nodiscard]] std::size_t allocated_bytes();
[[nodiscard]] std::size_t peak_bytes();

// One function a file.
void measure_splits(Table& table);
void measure_months(Table& table);
void measure_trees(Table& table);
void measure_ledgers(Table& table);
void measure_proofs(Table& table);
void measure_stores(Table& table);
void measure_memory(Table& table);
void measure_processes(Table& table);

/// How the time of all items grows with their number, for each work that was measured at three sizes or more: the exponent.
void note_growth(Table& table);

/// The chart of ratios over sizes, as SVG.
[[nodiscard]] std::string chart(const std::vector<Row>& rows);

}  // namespace bench
