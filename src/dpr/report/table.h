// A table of text and numbers, for terminals, Markdown, HTML, CSV and TSV.
//
// Cells are UTF-8 and come ready formatted (dpr/report/format.h). Everything returns a string; each
// line of it ends in a newline. Not thread-safe while rows are added.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dpr {

enum class Align { kLeft, kRight };  // text left, numbers right

struct Column {
  std::string header;
  Align align = Align::kLeft;
};

struct TextTableOptions {
  size_t width = 0;      // columns of the terminal; 0: no limit
  bool colours = false;  // ANSI escapes: the header in bold
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  void AddRow(std::vector<std::string> cells);  // one cell for each column
  size_t rows() const { return rows_.size(); }

  // For a terminal, in aligned columns. Where the table is wider than `width`, the widest left
  // aligned columns are cut, down to 8; right-aligned ones never, so that it can still overflow.
  std::string Text(const TextTableOptions& options = {}) const;
  // GitHub's tables. `|` and `<` in cells are escaped; other markup in them takes effect.
  std::string Markdown() const;
  // A <table> element; numbers have the class "number", which the page's style aligns right.
  std::string Html() const;
  // RFC 4180, with "\n" between records.
  std::string Csv() const;
  // Tab, newline, carriage return and backslash in cells become \t \n \r \\.
  std::string Tsv() const;

 private:
  std::vector<size_t> TextWidths(size_t limit) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace dpr
