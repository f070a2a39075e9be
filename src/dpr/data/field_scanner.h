// The fields of one delimited record, quoted as Excel and Python's csv module quote them (RFC 4180
// with any delimiter): a field that begins with `"` goes to the next single `"`, with delimiters
// and line ends inside it, and `""` in it stands for `"`. A quote anywhere else is a character like
// others, and so is what follows a closing quote.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dpr {

// Scans a record whose text becomes known line by line. Not thread-safe.
class FieldScanner {
 public:
  static constexpr size_t kMostFields = 4096;
  enum class Result {
    kComplete,
    kOpenQuote,        // a quote is open: scan again with one more line
    kTextBehindQuote,  // a field that spans lines goes on behind its closing quote
    kTooManyFields,
  };

  explicit FieldScanner(char delimiter) : delimiter_(delimiter) {}

  void Reset();
  // `text` is the record so far and ends with a line; it begins with what earlier calls since
  // Reset() were given.
  Result Scan(std::string_view text);
  // After kComplete for the same text. The views point into `text` and into this object.
  void Get(std::string_view text, std::vector<std::string_view>& fields);
  // Where the quote opened that is open, or that kTextBehindQuote is about: an offset in the text.
  size_t quote() const { return field_.begin; }

 private:
  struct Field {
    size_t begin = 0, end = 0;
    size_t closing_quote = 0;  // 0: the field is not quoted
    bool doubled_quotes = false;
  };

  bool FindClosingQuote(std::string_view text);
  std::string_view Unquoted(std::string_view text, const Field& field);

  const char delimiter_;
  std::vector<Field> fields_;
  Field field_;    // the one being scanned
  size_t at_ = 0;  // scanned up to here
  bool inside_quotes_ = false;
  std::string unquoted_;
};

}  // namespace dpr
