// SPDX-License-Identifier: MIT
#include "csv.hpp"

#include <csv.h>

#include <algorithm>
#include <array>
#include <memory>

#include "mikoshi/base/json.hpp"

namespace mikoshi {
namespace {

/// What libcsv reports: cells, then the end of a row.
struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> cells;
  int last_end = 0;

  static void on_cell(void* data, size_t size, void* self) {
    static_cast<Rows*>(self)->cells.emplace_back(static_cast<const char*>(data), size);
  }
  /// libcsv reports the end of every line (CSV_REPALL_NL): an empty one is a row without cells, so rows keep the numbers
  /// that a spreadsheet gives them. The newline of a CRLF is reported too, and is none.
  static void on_row(int end, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    const bool ends_crlf = end == '\n' && rows.cells.empty() && rows.last_end == '\r';
    rows.last_end = ends_crlf ? 0 : end;
    if (ends_crlf) return;
    rows.rows.push_back(std::move(rows.cells));
    rows.cells.clear();
  }
};

int keep_spaces(unsigned char) { return 0; }

}  // namespace

std::string csv_place(std::size_t row_index, std::string_view column) {
  return "row " + std::to_string(row_index + 2) + (column.empty() ? "" : ", column " + std::string{column});
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    std::string text = cell;
    // = + - @ and their full-width twins, tab and return begin a formula in one spreadsheet or another.
    constexpr std::array<std::string_view, 10> starts = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};
    if (std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return cell.starts_with(start); }))
      text = "'" + cell;
    if (!row.empty() || &cell != &cells.front()) row += ',';
    if (text.find_first_of(",\"\r\n") == std::string::npos) {
      row += text;
      continue;
    }
    row += '"';
    for (const char c : text) row += c == '"' ? "\"\"" : std::string(1, c);
    row += '"';
  }
  return row + "\r\n";
}

Result<std::size_t> CsvTable::column(std::string_view name) const {
  const auto first = std::find(header.begin(), header.end(), name);
  if (first == header.end()) return fail(Errc::bad_csv, "no column is named \"" + std::string{name} + "\"", "row 1");
  if (std::find(first + 1, header.end(), name) != header.end())
    return fail(Errc::bad_csv, "two columns are named \"" + std::string{name} + "\"", "row 1");
  return static_cast<std::size_t>(first - header.begin());
}

Result<CsvTable> parse_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (const std::size_t good = utf8_prefix(text); good != text.size())
    return fail(Errc::bad_utf8, "the file is not UTF-8", "byte " + std::to_string(good));
  csv_parser parser;
  MIKOSHI_CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) == 0);
  const std::unique_ptr<csv_parser, void (*)(csv_parser*)> owner{&parser, csv_free};
  csv_set_space_func(&parser, keep_spaces);
  Rows rows;
  const bool read = csv_parse(&parser, text.data(), text.size(), Rows::on_cell, Rows::on_row, &rows) == text.size() &&
                    csv_fini(&parser, Rows::on_cell, Rows::on_row, &rows) == 0;
  if (!read) return fail(Errc::bad_csv, "a quote is out of place", "row " + std::to_string(rows.rows.size() + 1));
  while (!rows.rows.empty() && rows.rows.back().empty()) rows.rows.pop_back();  // empty lines at the end say nothing
  if (rows.rows.empty()) return fail(Errc::bad_csv, "the file is empty; its first row names the columns");
  CsvTable table;
  table.header = std::move(rows.rows.front());
  rows.rows.erase(rows.rows.begin());
  table.rows = std::move(rows.rows);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].size() != table.header.size())
      return fail(Errc::bad_csv,
                  "the row has " + std::to_string(table.rows[i].size()) + " cells, the header " +
                      std::to_string(table.header.size()),
                  csv_place(i, ""));
  }
  return table;
}

}  // namespace mikoshi
