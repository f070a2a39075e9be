// Training examples as columns of texts, CSV or TSV: the first line names them. A question
// (`anchor`, `query`, `question`), what answers it (`positive`, `answer`), and what does not
// (`negative`, `negative_1`, ...). An empty negative is none. Other columns are passed over.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "dpr/base/error.h"
#include "dpr/data/field_scanner.h"
#include "dpr/data/record_check.h"
#include "dpr/data/training_format.h"
#include "dpr/data/training_layout.h"

namespace dpr {
namespace {

enum class Column { kAnchor, kPositive, kNegative, kId, kOther };

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Column ColumnNamed(std::string_view field) {
  const std::string name = Lower(field);
  if (IsAnchorName(name)) return Column::kAnchor;
  if (IsPositiveName(name)) return Column::kPositive;
  if (IsNegativeName(name)) return Column::kNegative;
  return name == "id" || name == "query_id" ? Column::kId : Column::kOther;
}

// The fields of a record; nothing when a quote is not closed in it.
std::optional<std::vector<std::string_view>> FieldsOf(std::string_view record,
                                                      FieldScanner& scanner) {
  std::vector<std::string_view> fields;
  scanner.Reset();
  if (scanner.Scan(record) != FieldScanner::Result::kComplete) return std::nullopt;
  scanner.Get(record, fields);
  return fields;
}

class TrainingColumns : public TrainingFormat {
 public:
  TrainingColumns(const TrainingInput& input, char delimiter)
      : content_(input.content), delimiter_(delimiter) {
    name_ = delimiter == '\t' ? "sentence-transformers, TSV" : "sentence-transformers, CSV";
    FindRecords(input);
    ReadHeader();
  }

  TrainingExample Parse(const TrainingRecord& record) const override {
    const std::string_view text = content_.text().substr(record.begin, record.length);
    if (!IsUtf8(text)) FailExample("the text is not valid UTF-8", Where(record));
    FieldScanner scanner(delimiter_);
    const auto fields = FieldsOf(text, scanner);
    DPR_CHECK(fields.has_value());
    if (fields->size() != columns_.size()) {
      FailExample(fmt::format("the line has {} columns, the first line names {}", fields->size(),
                              columns_.size()),
                  Where(record));
    }
    TrainingExample example;
    example.question.id = std::to_string(record.number);
    for (size_t i = 0; i < columns_.size(); ++i) Take(columns_[i], (*fields)[i], example);
    if (example.question.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      FailExample("the question is empty", Where(record));
    }
    return example;
  }

  std::string Where(const TrainingRecord& record) const override { return Line(record.number); }

 private:
  std::string Line(uint64_t number) const {
    return fmt::format("{}, line {}", content_.name(), number);
  }

  // Records are lines, more than one where a quoted field holds line ends.
  void FindRecords(const TrainingInput& input) {
    const std::string_view text = content_.text();
    TrainingWalk walk(input);
    FieldScanner scanner(delimiter_);
    uint64_t record_begin = 0, record_number = 0;
    bool is_open = false;
    ForEachLine(text, [&](uint64_t begin, uint64_t end, uint64_t number) {
      if (!is_open) {
        if (begin == end) return;
        scanner.Reset();
        record_begin = begin;
        record_number = number;
      }
      // With its end, which belongs to a field that is open.
      const uint64_t with_end = std::min<uint64_t>(text.find('\n', end), text.size() - 1) + 1;
      const auto result = scanner.Scan(text.substr(record_begin, with_end - record_begin));
      is_open = result == FieldScanner::Result::kOpenQuote;
      if (is_open && with_end - record_begin <= kLargestTrainingExample) return;
      if (result != FieldScanner::Result::kComplete) FailQuote(result, record_number);
      records_.push_back(
          MakeTrainingRecord(record_begin, with_end, record_number, Line(record_number)));
      walk.At(with_end);
    });
    if (is_open) FailQuote(FieldScanner::Result::kOpenQuote, record_number);
    walk.At(text.size());
  }

  [[noreturn]] void FailQuote(FieldScanner::Result result, uint64_t number) const {
    if (result == FieldScanner::Result::kTooManyFields) {
      FailExample(fmt::format("more than {} columns", FieldScanner::kMostFields), Line(number));
    }
    FailExample(result == FieldScanner::Result::kOpenQuote
                    ? "a quote that opens in this record is not closed"
                    : "a quoted field of this record closes on a later line, and text follows it",
                Line(number));
  }

  void ReadHeader() {
    FieldScanner scanner(delimiter_);
    const TrainingRecord& header = records_.at(0);
    const auto names = FieldsOf(content_.text().substr(header.begin, header.length), scanner);
    DPR_CHECK(names.has_value());
    for (const std::string_view name : *names) {
      columns_.push_back(ColumnNamed(name));
      if (Lower(name) == "label" || Lower(name) == "labels") {
        throw Error(ErrorCode::kUnsupported,
                    "there is a column of labels; dpr learns from positives", Line(header.number),
                    "Give pairs of a question and a passage that answers it");
      }
    }
    if (std::count(columns_.begin(), columns_.end(), Column::kAnchor) != 1) {
      throw Error(ErrorCode::kInvalid, "more than one column could be the question",
                  Line(header.number), "Name it `anchor`, and no other `query` or `question`");
    }
    records_.erase(records_.begin());
  }

  static void Take(Column column, std::string_view field, TrainingExample& example) {
    TrainingPassage passage;
    passage.text = field;
    if (column == Column::kAnchor) example.question.text = field;
    if (column == Column::kId && !field.empty()) example.question.id = field;
    if (field.empty()) return;
    if (column == Column::kPositive) {
      example.positives.push_back(std::move(passage));
    } else if (column == Column::kNegative) {
      example.hard_negatives.push_back(std::move(passage));
    }
  }

  const TrainingContent& content_;
  const char delimiter_;
  std::vector<Column> columns_;
};

}  // namespace

bool NamesTrainingColumns(std::string_view line, char delimiter) {
  FieldScanner scanner(delimiter);
  const auto names = FieldsOf(line, scanner);
  if (!names) return false;
  bool has_anchor = false, has_positive = false;
  for (const std::string_view name : *names) {
    has_anchor = has_anchor || ColumnNamed(name) == Column::kAnchor;
    has_positive = has_positive || ColumnNamed(name) == Column::kPositive;
  }
  return has_anchor && has_positive;
}

std::unique_ptr<TrainingFormat> OpenTrainingColumns(const TrainingInput& input, char delimiter) {
  return std::make_unique<TrainingColumns>(input, delimiter);
}

}  // namespace dpr
