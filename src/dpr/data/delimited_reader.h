// Records of tab- or comma-separated files (field_scanner.h has the rules of quoting).
//
// Where a quote is never closed, Python's csv module takes all that follows for one field. Here a
// record is bounded, and text behind a closing quote that came lines later is refused: both are a
// BadRecord at the line where the quote opened, and reading goes on behind that line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/data/field_scanner.h"
#include "dpr/data/line_window.h"

namespace dpr {

// Not thread-safe.
class DelimitedReader {
 public:
  DelimitedReader(std::unique_ptr<ByteStream> stream, char delimiter,
                  size_t longest_record = LineReader::kLongestLine);

  // False at the end. Empty lines between records are no records. The views are valid UTF-8, until
  // the next call. Throws BadRecord.
  bool Next(std::vector<std::string_view>& fields);
  uint64_t line_number() const { return lines_.line_number(); }  // where the last record begins
  std::string where() const;                                     // "NAME, line N"
  const std::string& name() const { return lines_.name(); }

 private:
  [[noreturn]] void FailQuote(const std::string& problem);

  LineWindow lines_;
  const size_t longest_record_;
  FieldScanner scanner_;
};

}  // namespace dpr
