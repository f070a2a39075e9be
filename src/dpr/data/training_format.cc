#include "dpr/data/training_format.h"

#include <algorithm>
#include <limits>

#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/data/json_scanner.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// An object with the array `data`; all other objects are the first line of many. What is cut short
// or malformed is for a reader to say.
bool IsSquad(const TrainingContent& content) {
  try {
    JsonScanner scanner(StreamOf(content.text(), content.name()), kLargestTrainingExample);
    scanner.Expect('{');
    do {
      const bool is_data = scanner.Value() == "\"data\"";
      scanner.Expect(':');
      if (is_data) return scanner.Peek() == '[';
      scanner.SkipValue();
    } while (scanner.Take(','));
  } catch (const Error&) {
  }
  return false;
}

std::string_view FirstLine(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text.substr(0, std::min(text.find('\n'), LineReader::kLongestLine));
}

}  // namespace

std::unique_ptr<TrainingFormat> OpenTrainingFormat(const TrainingInput& input) {
  const std::string_view text = input.content.text();
  RequireUtf8File(text, input.content.name());
  const size_t first = text.find_first_not_of(
      " \t\r\n", text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  if (first == std::string_view::npos) {
    throw Error(ErrorCode::kInvalid, "the file is empty", input.content.name());
  }
  if (text[first] == '[') return OpenTrainingArray(input);
  if (text[first] == '{') {
    return IsSquad(input.content) ? OpenTrainingSquad(input) : OpenTrainingLines(input);
  }
  for (const char delimiter : {'\t', ','}) {
    if (NamesTrainingColumns(FirstLine(text), delimiter)) {
      return OpenTrainingColumns(input, delimiter);
    }
  }
  throw Error(ErrorCode::kUnsupported, "it is in no format of training examples that dpr knows",
              input.content.name(),
              "Give JSON or JSONL with DPR's, Tevatron's or sentence-transformers' fields, SQuAD "
              "JSON, or CSV or TSV whose first line names the columns: anchor, positive, negative");
}

TrainingRecord MakeTrainingRecord(uint64_t begin, uint64_t end, uint64_t number,
                                  const std::string& where) {
  if (end - begin > kLargestTrainingExample) {
    FailExample("the example is larger than " + std::to_string(kLargestTrainingExample) + " bytes",
                where);
  }
  if (number > std::numeric_limits<uint32_t>::max()) {
    throw Error(ErrorCode::kUnsupported, "more examples or lines than 2^32", where,
                "Split the file");
  }
  return {begin, static_cast<uint32_t>(end - begin), static_cast<uint32_t>(number)};
}

void FailExample(const std::string& problem, const std::string& where) {
  throw Error(ErrorCode::kInvalid, problem, where, "Mend the example, or take it out of the file");
}

TrainingWalk::TrainingWalk(const TrainingInput& input) : input_(input) {
  input.progress.Stage("finding the examples in " + input.content.name(),
                       input.content.text().size(), "bytes");
}

void TrainingWalk::At(uint64_t offset) {
  constexpr uint64_t kStep = uint64_t{16} << 20;
  const bool is_end = offset == input_.content.text().size();
  if (offset < told_ + kStep && !is_end) return;
  input_.progress.Advance(offset - told_);
  input_.content.Release(told_, offset - told_);
  told_ = offset;
}

void ForEachLine(std::string_view text,
                 const std::function<void(uint64_t, uint64_t, uint64_t)>& visit) {
  uint64_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (uint64_t number = 1; begin < text.size(); ++number) {
    const uint64_t newline = std::min(text.find('\n', begin), text.size());
    const bool has_return = newline > begin && text[newline - 1] == '\r';
    visit(begin, has_return ? newline - 1 : newline, number);
    begin = newline + 1;
  }
}

}  // namespace dpr
