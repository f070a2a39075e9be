#include "dpr/data/delimited_reader.h"

#include <algorithm>

#include "dpr/data/record_check.h"

namespace dpr {
namespace {

std::string WhereLine(const LineWindow& lines, uint64_t line) {
  return lines.name() + ", line " + std::to_string(line);
}

bool IsEmptyLine(std::string_view line) { return line == "\n" || line == "\r\n" || line == "\r"; }

}  // namespace

DelimitedReader::DelimitedReader(std::unique_ptr<ByteStream> stream, char delimiter,
                                 size_t longest_record)
    : lines_(std::move(stream), longest_record),
      longest_record_(longest_record),
      scanner_(delimiter) {}

std::string DelimitedReader::where() const { return WhereLine(lines_, lines_.line_number()); }

void DelimitedReader::FailQuote(const std::string& problem) {
  const std::string_view text = lines_.text();
  const size_t quote = scanner_.quote();
  const auto lines_before = std::count(text.begin(), text.begin() + quote, '\n');
  const std::string where =
      WhereLine(lines_, lines_.line_number() + static_cast<uint64_t>(lines_before));
  lines_.GiveBack(std::min(text.find('\n', quote), text.size() - 1) + 1);
  FailRecord("the quote that opens here " + problem, where,
             "In a quoted field a quote is written twice; a field that begins with a quote must be "
             "quoted as a whole");
}

bool DelimitedReader::Next(std::vector<std::string_view>& fields) {
  do {
    if (!lines_.Next()) return false;
  } while (IsEmptyLine(lines_.text()));
  scanner_.Reset();
  FieldScanner::Result result;
  while ((result = scanner_.Scan(lines_.text())) == FieldScanner::Result::kOpenQuote) {
    if (!lines_.Extend()) FailQuote("is not closed before the end of the file");
    if (lines_.text().size() > longest_record_) {
      FailQuote("is not closed within " + std::to_string(longest_record_) + " bytes");
    }
  }
  if (result == FieldScanner::Result::kTextBehindQuote) {
    FailQuote("closes on a later line, and text follows it there");
  }
  if (result == FieldScanner::Result::kTooManyFields) {
    FailRecord("more than " + std::to_string(FieldScanner::kMostFields) + " fields", where());
  }
  if (!IsUtf8(lines_.text())) FailUtf8(where());
  scanner_.Get(lines_.text(), fields);
  return true;
}

}  // namespace dpr
