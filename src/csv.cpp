// SPDX-License-Identifier: MIT
#include "csv.hpp"

#include <csv.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>

#include "mikoshi/base/json.hpp"

namespace mikoshi {
namespace {

/// More cells, or empty lines, than this take more memory than any table that people keep.
constexpr std::size_t cells_max = 4'000'000;

/// What libcsv reports: cells, then the end of a row. Beyond the limit they are counted, not kept.
struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> cells;
  std::size_t count = 0;
  int last_end = 0;

  static void on_cell(void* data, size_t size, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    if (++rows.count <= cells_max) rows.cells.emplace_back(static_cast<const char*>(data), size);
  }
  /// libcsv reports the end of every line (CSV_REPALL_NL): an empty one is a row without cells, so rows keep the numbers
  /// that a spreadsheet gives them. The newline of a CRLF is reported too, and is none.
  static void on_row(int end, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    const bool ends_crlf = end == '\n' && rows.cells.empty() && rows.last_end == '\r';
    rows.last_end = ends_crlf ? 0 : end;
    if (ends_crlf) return;
    if (rows.cells.empty() && ++rows.count > cells_max) return;
    rows.rows.push_back(std::move(rows.cells));
    rows.cells.clear();
  }
};

int keep_spaces(unsigned char) { return 0; }

/// Texts of cp932 as UTF-8.
class FromCp932 {
 public:
  FromCp932() : state_(::iconv_open("UTF-8", "CP932")) {}
  ~FromCp932() {
    if (is_open()) ::iconv_close(state_);
  }
  FromCp932(const FromCp932&) = delete;
  FromCp932& operator=(const FromCp932&) = delete;

  [[nodiscard]] bool is_open() const { return state_ != reinterpret_cast<iconv_t>(-1); }
  /// Nothing: some byte is not cp932.
  [[nodiscard]] std::optional<std::string> decode(std::string text) const {
    std::string out(text.size() * 3, '\0');  // no byte of cp932 becomes more than three of UTF-8
    char* from = text.data();
    char* to = out.data();
    std::size_t from_left = text.size(), to_left = out.size();
    ::iconv(state_, nullptr, nullptr, nullptr, nullptr);
    if (::iconv(state_, &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1)) return std::nullopt;
    out.resize(out.size() - to_left);
    return out;
  }

 private:
  iconv_t state_;
};

/// Makes every cell UTF-8. Rows and cells are cut before: in both encodings no part of a longer character is a comma, a
/// quote or a newline, and so a byte that cannot be read is named by its row and column.
Status decode(std::vector<std::vector<std::string>>& rows, Encoding encoding) {
  std::optional<FromCp932> cp932;
  if (encoding == Encoding::cp932 && !cp932.emplace().is_open())
    return fail(Errc::bad_csv, "this machine has no table for cp932");
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < rows[row].size(); ++i) {
      std::string& cell = rows[row][i];
      const auto refuse = [&](Errc code, const char* what) {
        const std::string column = row != 0 && i < rows[0].size() ? rows[0][i] : std::to_string(i + 1);
        return fail(code, what, "row " + std::to_string(row + 1) + ", column " + column);
      };
      if (!cp932) {
        if (utf8_prefix(cell) != cell.size()) return refuse(Errc::bad_utf8, "the file is not UTF-8");
        continue;
      }
      auto text = cp932->decode(cell);
      if (!text) return refuse(Errc::bad_csv, "the file is not cp932");
      cell = std::move(*text);
    }
  }
  return {};
}

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

Result<CsvTable> parse_csv(std::string_view text, Encoding encoding) {
  if (encoding == Encoding::utf8 && text.starts_with(csv_mark)) text.remove_prefix(csv_mark.size());
  csv_parser parser;
  MIKOSHI_CHECK(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) == 0);
  const std::unique_ptr<csv_parser, void (*)(csv_parser*)> owner{&parser, csv_free};
  csv_set_space_func(&parser, keep_spaces);
  Rows rows;
  const bool read = csv_parse(&parser, text.data(), text.size(), Rows::on_cell, Rows::on_row, &rows) == text.size() &&
                    csv_fini(&parser, Rows::on_cell, Rows::on_row, &rows) == 0;
  if (rows.count > cells_max) return fail(Errc::too_many, "a table has at most 4,000,000 cells");
  if (!read && csv_error(&parser) == CSV_ENOMEM) throw std::bad_alloc{};
  if (!read) return fail(Errc::bad_csv, "a quote is out of place", "row " + std::to_string(rows.rows.size() + 1));
  while (!rows.rows.empty() && rows.rows.back().empty()) rows.rows.pop_back();  // empty lines at the end say nothing
  if (rows.rows.empty()) return fail(Errc::bad_csv, "the file is empty; its first row names the columns");
  MIKOSHI_TRY(decode(rows.rows, encoding));
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
