// SPDX-License-Identifier: MIT
#pragma once
/// @file csv.hpp
/// Reads a CSV text (RFC 4180) whose first row is a header.

#include <string>
#include <string_view>
#include <vector>

#include "mikoshi/base/result.hpp"

namespace mikoshi {

/// A table of texts. Every row has as many cells as the header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// The index of a column. @error bad_csv  no such column, or two of that name.
  [[nodiscard]] Result<std::size_t> column(std::string_view name) const;
};

/// "row 3, column points": rows as a spreadsheet numbers them, the header is row 1.
[[nodiscard]] std::string csv_place(std::size_t row_index, std::string_view column);

/// What stands at the start of a CSV that spreadsheets shall read as UTF-8: the byte order mark.
inline const std::string csv_mark = "\xef\xbb\xbf";

/// One row for a spreadsheet: quoted where it must be, ended by CRLF. A cell that a spreadsheet would run as a formula gets
/// an apostrophe in front.
[[nodiscard]] std::string csv_row(const std::vector<std::string>& cells);

/// How the bytes of a file stand for text. Never guessed: who has the file says it.
enum class Encoding {
  utf8,   ///< with or without BOM
  cp932,  ///< Windows' Shift_JIS: what spreadsheets in Japan write
};

/// The table, in UTF-8 whatever it was read from.
/// @error bad_csv (no header, a quote out of place, a row longer or shorter than the header, a byte that is not cp932) |
///        bad_utf8; with the row, and the column of a byte that cannot be read
[[nodiscard]] Result<CsvTable> parse_csv(std::string_view text, Encoding encoding = Encoding::utf8);

}  // namespace mikoshi
