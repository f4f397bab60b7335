// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include "mikoshi/base/json.hpp"

namespace bench {

void Table::add(Row row) {
  if (!options_.json)
    fmt::print("{:<30} {:>9} {:>3} {:>12.1f} {:>12.1f} {:>8.2f} {:>8}  {}\n", row.name, row.n, row.threads, row.ns, row.limit_ns,
               row.ratio(), row.reach == 0 ? std::string{} : fmt::format("{}{:.2f}", row.ratio() <= row.reach ? "<= " : " > ", row.reach),
               row.limit);
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Table::note(std::string_view name, double value, std::string_view unit, double reach) {
  if (!options_.json)
    fmt::print("{:<30} {:>9} {:>3} {:>12.2f} {:>12} {:>8} {:>8}  {}\n", name, "", "", value, "", "",
               reach == 0 ? std::string{} : fmt::format("{}{:.2f}", value <= reach ? "<= " : " > ", reach), unit);
  std::fflush(stdout);
  notes_.push_back({std::string{name}, std::string{unit}, value, reach});
}

std::string Table::json() const {
  // Numbers with a fraction, which canonical JSON has none of: so these lines are written here.
  std::string text = "{\"rows\":[";
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    text += fmt::format(
        "{}{{\"limit\":{},\"limit_ns\":{:.3f},\"n\":{},\"name\":{},\"ns\":{:.3f},\"ratio\":{:.4f},\"reach\":{:.2f},\"threads\":{}}}",
        i == 0 ? "" : ",", mikoshi::to_canonical(row.limit), row.limit_ns, row.n, mikoshi::to_canonical(row.name), row.ns, row.ratio(),
        row.reach, row.threads);
  }
  text += "],\"sizes\":[";
  for (std::size_t i = 0; i < notes_.size(); ++i)
    text += fmt::format("{}{{\"name\":{},\"reach\":{:.2f},\"unit\":{},\"value\":{:.3f}}}", i == 0 ? "" : ",",
                        mikoshi::to_canonical(notes_[i].name), notes_[i].reach, mikoshi::to_canonical(notes_[i].unit), notes_[i].value);
  return text + "]}\n";
}

void check(const mikoshi::Status& status) {
  if (status) return;
  fmt::print(stderr, "{}\n", to_string(status.error()));
  std::exit(1);
}

std::size_t allocated_bytes() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t peak_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace bench
