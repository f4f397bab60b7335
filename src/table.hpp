// SPDX-License-Identifier: MIT
#pragma once
/// @file table.hpp
/// A source file as an import reads it: which column a field comes from and how its cells are written is declared on the
/// command line. Nothing is guessed: a cell of another form is refused, and every error names its row and column.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"
#include "csv.hpp"
#include "mikoshi/base/amount.hpp"
#include "mikoshi/base/id.hpp"
#include "mikoshi/base/time.hpp"
#include "mikoshi/community/envelope.hpp"

namespace mikoshi {

/// A mapping that ships with the tool, under a name of its own.
struct ShippedMapping {
  std::string_view name;
  std::vector<std::string> map;
};

/// What an import can read.
struct TableFields {
  std::vector<std::string_view> known;   ///< every field, sorted
  std::vector<std::string_view> needed;  ///< must be mapped
  std::vector<std::string> map = {};     ///< where nothing else is said
  std::vector<ShippedMapping> shipped = {};
};

class Table;

/// The cells of one row, by field.
class Row {
 public:
  Row(const Table& table, std::size_t index) : table_(table), index_(index) {}

  /// As a spreadsheet numbers it: the first row below the header is 2.
  [[nodiscard]] std::size_t number() const { return index_ + 2; }
  [[nodiscard]] Evidence evidence() const;

  /// The text of a field; empty where it is not mapped.
  [[nodiscard]] const std::string& text(std::string_view field) const;

  // What a cell says. An empty one is an error, except where it is asked for as `optional`. @error with row and column
  template <class IdType>
  [[nodiscard]] Result<IdType> id(std::string_view field) const {
    auto id = IdType::parse(text(field));
    if (!id) return at(std::move(id).error(), field);
    return id;
  }
  /// @error empty_number | negative | leading_zero | bad_number | bad_csv (not written as declared)
  [[nodiscard]] Result<std::uint64_t> count(std::string_view field) const;
  /// @error empty_number | negative | leading_zero | too_many_decimals | amount_too_large | bad_csv
  [[nodiscard]] Result<u128> money(std::string_view field, const Currency& currency) const;
  /// A cell without a time of day is the first second of the day. @error bad_csv
  [[nodiscard]] Result<Timestamp> time(std::string_view field, Offset offset) const;
  [[nodiscard]] Result<std::optional<Timestamp>> optional_time(std::string_view field, Offset offset) const;
  /// @error bad_period | bad_csv
  [[nodiscard]] Result<Period> period(std::string_view field) const;

  /// Names the row and the field's column in an error.
  [[nodiscard]] Failure at(Error error, std::string_view field) const;
  /// Names the row in what the ledger refused, and the column of the first of these fields that is mapped and that a code
  /// such as no_such_member is about.
  struct About {
    Errc code;
    std::string_view field;
  };
  [[nodiscard]] Failure refused(Error error, std::initializer_list<About> abouts) const;

 private:
  [[nodiscard]] Result<std::string> digits(std::string_view field) const;
  [[nodiscard]] Failure unlike_numbers(std::string_view field) const;

  const Table& table_;
  std::size_t index_;
};

class Table {
 public:
  /// @error usage (the declarations themselves) | as read_file, parse_csv | bad_csv (a column is not there, or twice; an
  ///        empty cell with nothing above to fill it from)
  [[nodiscard]] static Result<Table> read(const TableOptions& options, const TableFields& fields);

  [[nodiscard]] std::size_t size() const { return csv_.rows.size(); }
  [[nodiscard]] Row row(std::size_t index) const { return Row{*this, index}; }
  /// SHA-256 of the file's bytes.
  [[nodiscard]] const Hash& file() const { return file_; }
  [[nodiscard]] bool maps(std::string_view field) const { return mapping_.contains(field); }

 private:
  friend class Row;
  /// Where a field comes from: a column, or one value for all rows.
  struct Source {
    std::string column;
    std::string constant;
    std::size_t index = 0;  ///< of the column
  };
  using Mapping = std::map<std::string, Source, std::less<>>;
  enum class Dates { utc, dashes, slashes };

  [[nodiscard]] static Result<Mapping> parse_mapping(const std::vector<std::string>& map, const TableFields& fields);
  [[nodiscard]] Status declare(const TableOptions& options);
  [[nodiscard]] Status fill_down(const std::vector<std::string>& columns);

  CsvTable csv_;
  Hash file_{};
  Mapping mapping_;
  Encoding encoding_ = Encoding::utf8;
  bool has_thousands_ = false;
  bool has_yen_ = false;
  Dates dates_ = Dates::utc;
  std::string numbers_;  ///< as they were declared, to say it again
  std::string dates_declared_;
};

/// What an import prints, said ahead of its words and in its JSON where nothing was written.
void note_dry_run(const TableOptions& options, Printout& out);

}  // namespace mikoshi
