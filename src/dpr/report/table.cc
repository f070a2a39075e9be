#include "dpr/report/table.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/report/display_width.h"
#include "dpr/report/html_text.h"

namespace dpr {
namespace {

constexpr std::string_view kGap = "  ";
constexpr size_t kNarrowest = 8;  // columns that a cut cell keeps

std::string Spaces(size_t count) { return std::string(count, ' '); }

std::string Padded(std::string_view cell, size_t width, Align align) {
  const std::string shown = align == Align::kLeft ? Truncated(cell, width) : Printable(cell);
  const std::string space = Spaces(width - std::min(width, DisplayWidth(shown)));
  return align == Align::kLeft ? shown + space : space + shown;
}

std::string MarkdownCell(std::string_view cell) {
  std::string escaped;
  for (const char c : Printable(cell)) {
    if (c == '|') {
      escaped += "\\|";
    } else if (c == '<') {
      escaped += "&lt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string CsvCell(std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string TsvCell(std::string_view cell) {
  constexpr std::string_view kSpecial = "\t\n\r\\", kLetters = "tnr\\";
  std::string escaped;
  for (const char c : cell) {
    const size_t special = kSpecial.find(c);
    if (special != std::string_view::npos) escaped += '\\';
    escaped += special == std::string_view::npos ? c : kLetters[special];
  }
  return escaped;
}

template <typename EscapeCell>
std::string Separated(const std::vector<std::string>& cells, char separator, EscapeCell&& escape) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += separator;
    line += escape(cells[i]);
  }
  return line + '\n';
}

std::string MarkdownLine(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line.append(" ").append(MarkdownCell(cell)).append(" |");
  return line + '\n';
}

// `tag` with its attributes: "td", "th scope=..."; its name is the first two letters.
std::string HtmlLine(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                     const std::string& tag) {
  std::string line = "<tr>";
  for (size_t i = 0; i < cells.size(); ++i) {
    const char* style = columns[i].align == Align::kRight ? " class=\"number\"" : "";
    line.append("<").append(tag).append(style).append(">").append(EscapeHtml(cells[i]));
    line.append("</").append(tag, 0, 2).append(">");
  }
  return line + "</tr>\n";
}

std::vector<std::string> Headers(const std::vector<Column>& columns) {
  std::vector<std::string> headers;
  headers.reserve(columns.size());
  for (const Column& column : columns) headers.push_back(column.header);
  return headers;
}

std::string TextLine(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                     const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    line += Padded(cells[i], widths[i], columns[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  DPR_CHECK(!columns_.empty());
}

void Table::AddRow(std::vector<std::string> cells) {
  DPR_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::TextWidths(size_t limit) const {
  std::vector<size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.header));
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  if (limit == 0) return widths;
  size_t total = kGap.size() * (columns_.size() - 1);
  for (size_t i = 0; i < widths.size(); ++i) {
    if (columns_[i].align == Align::kLeft)
      widths[i] = std::min(widths[i], std::max(limit, kNarrowest));
    total += widths[i];
  }
  for (; total > limit; --total) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (columns_[i].align == Align::kRight || widths[i] <= kNarrowest) continue;
      if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

std::string Table::Text(const TextTableOptions& options) const {
  const std::vector<size_t> widths = TextWidths(options.width);
  std::string text = options.colours ? "\x1b[1m" : "";
  text += TextLine(Headers(columns_), columns_, widths);
  text += options.colours ? "\x1b[0m\n" : "\n";
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) text += kGap;
    for (size_t column = 0; column < widths[i]; ++column) text += "─";
  }
  text += '\n';
  for (const auto& row : rows_) text += TextLine(row, columns_, widths) + '\n';
  return text;
}

std::string Table::Markdown() const {
  std::string text = MarkdownLine(Headers(columns_)) + "|";
  for (const Column& column : columns_) text += column.align == Align::kLeft ? "---|" : "---:|";
  text += '\n';
  for (const auto& row : rows_) text += MarkdownLine(row);
  return text;
}

std::string Table::Html() const {
  std::string text = "<table>\n<thead>\n";
  text += HtmlLine(Headers(columns_), columns_, "th scope=\"col\"") + "</thead>\n<tbody>\n";
  for (const auto& row : rows_) text += HtmlLine(row, columns_, "td");
  return text + "</tbody>\n</table>\n";
}

std::string Table::Csv() const {
  std::string text = Separated(Headers(columns_), ',', CsvCell);
  for (const auto& row : rows_) text += Separated(row, ',', CsvCell);
  return text;
}

std::string Table::Tsv() const {
  std::string text = Separated(Headers(columns_), '\t', TsvCell);
  for (const auto& row : rows_) text += Separated(row, '\t', TsvCell);
  return text;
}

}  // namespace dpr
