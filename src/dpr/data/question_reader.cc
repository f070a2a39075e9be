#include "dpr/data/question_reader.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "dpr/base/error.h"
#include "dpr/data/delimited_reader.h"
#include "dpr/data/dpr_question.h"
#include "dpr/data/json_line_reader.h"
#include "dpr/data/record_check.h"
#include "dpr/data/source_format.h"
#include "dpr/data/string_list.h"

namespace dpr {
namespace {

constexpr const char* kOneQuestionALine =
    "Write one question a line, with its id and a tab before it or without";

// What holds for every format.
class CheckedQuestionReader : public QuestionReader {
 public:
  bool Next(Question& question) final {
    question.answers.clear();
    if (!Read(question)) return false;
    if (question.text.find_first_not_of(" \t\r\n") == std::string::npos) {
      FailRecord("the question is empty", where());
    }
    if (const char* problem = ProblemOfId(question.id)) FailRecord(problem, where());
    if (!ids_.insert(question.id).second) {
      FailRecord("the question id " + Quoted(question.id) + " was there before", where(),
                 "Give each question an id of its own");
    }
    return true;
  }

 private:
  virtual bool Read(Question& question) = 0;  // `question.answers` is empty
  std::unordered_set<std::string> ids_;
};

// question <TAB> list of answers; the record's number is the id.
class DprCsvQuestions : public CheckedQuestionReader {
 public:
  explicit DprCsvQuestions(std::unique_ptr<ByteStream> stream)
      : records_(std::move(stream), '\t') {}
  std::string where() const override { return records_.where(); }

 private:
  bool Read(Question& question) override {
    if (!records_.Next(fields_)) return false;
    if (fields_.size() != 2) {
      FailRecord("a line has " + std::to_string(fields_.size()) + " columns, not 2", where(),
                 "Write the question, a tab and the list of answers: QUESTION<TAB>['answer']");
    }
    question.id = std::to_string(++count_);
    question.text = DprQuestion(fields_[0]);
    try {
      question.answers = ParseStringList(fields_[1]);
    } catch (const Error& error) {
      FailRecord("in the list of answers, " + error.where() + ": " + error.problem(), where(),
                 error.hint());
    }
    return true;
  }

  DelimitedReader records_;
  std::vector<std::string_view> fields_;
  uint64_t count_ = 0;
};

// BEIR's `_id` and `text`; also `id`, `question` and `answers`, which others write.
class JsonlQuestions : public CheckedQuestionReader {
 public:
  explicit JsonlQuestions(std::unique_ptr<ByteStream> stream) : lines_(std::move(stream)) {}
  std::string where() const override { return lines_.where(); }

 private:
  using Element = simdjson::dom::element;

  bool Read(Question& question) override {
    simdjson::dom::object record;
    if (!lines_.Next(record)) return false;
    const auto id = FirstOf(record, {"_id", "id"});
    question.id = id ? IdOf(*id, where()) : std::to_string(lines_.line_number());
    const auto text = FirstOf(record, {"text", "question"});
    if (!text) FailRecord("the record has no `text` and no `question`", where());
    question.text = TextOf("text", *text, where());
    if (const auto answers = FirstOf(record, {"answers", "answer"})) AddAnswers(*answers, question);
    return true;
  }

  static std::optional<Element> FirstOf(simdjson::dom::object record,
                                        std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      Element value;
      if (record[key].get(value) == simdjson::SUCCESS) return value;
    }
    return std::nullopt;
  }

  void AddAnswers(Element answers, Question& question) const {
    simdjson::dom::array list;
    if (answers.get(list) != simdjson::SUCCESS) {
      FailRecord("the answers are not an array", where());
    }
    for (const Element answer : list) {
      question.answers.emplace_back(TextOf("answers", answer, where()));
    }
  }

  JsonLineReader lines_;
};

// One a line: ID <TAB> question, or the line's number is the id.
class LineQuestions : public CheckedQuestionReader {
 public:
  explicit LineQuestions(std::unique_ptr<ByteStream> stream) : lines_(std::move(stream)) {}
  std::string where() const override { return lines_.where(); }

 private:
  bool Read(Question& question) override {
    std::string_view line;
    do {
      if (!lines_.Next(line)) return false;
    } while (line.empty());
    if (!IsUtf8(line)) FailUtf8(where());
    const size_t tab = line.find('\t');
    const bool named = tab != std::string_view::npos;
    question.id = named ? line.substr(0, tab) : std::to_string(lines_.line_number());
    question.text = named ? line.substr(tab + 1) : line;
    return true;
  }

  LineReader lines_;
};

QuestionFormat FormatOfName(const Path& path) {
  const std::string name = NameWithoutCompression(path);
  if (name.ends_with(".qa.csv")) return QuestionFormat::kDprCsv;
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return QuestionFormat::kJsonl;
  if (name.ends_with(".txt")) return QuestionFormat::kLines;
  return QuestionFormat::kByContent;
}

bool BeginsWithAnswers(std::string_view beginning) {
  try {
    DelimitedReader reader(StreamOf(beginning, "beginning"), '\t');
    std::vector<std::string_view> fields;
    return reader.Next(fields) && fields.size() == 2 && fields[1].starts_with('[');
  } catch (const Error&) {
    return false;
  }
}

QuestionFormat FormatOfContent(std::string_view beginning) {
  const size_t first = beginning.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first != std::string_view::npos && beginning[first] == '{') return QuestionFormat::kJsonl;
  return BeginsWithAnswers(beginning) ? QuestionFormat::kDprCsv : QuestionFormat::kLines;
}

}  // namespace

std::unique_ptr<QuestionReader> OpenQuestions(std::unique_ptr<ByteStream> stream,
                                              QuestionFormat format) {
  const std::string beginning = PeekBeginning(stream, kPeekedBytes);
  RequireUtf8File(beginning, stream->name());
  if (beginning.empty()) {
    throw Error(ErrorCode::kInvalid, "the file is empty", stream->name(), kOneQuestionALine);
  }
  if (format == QuestionFormat::kByContent) format = FormatOfContent(beginning);
  if (format == QuestionFormat::kDprCsv)
    return std::make_unique<DprCsvQuestions>(std::move(stream));
  if (format == QuestionFormat::kJsonl) return std::make_unique<JsonlQuestions>(std::move(stream));
  return std::make_unique<LineQuestions>(std::move(stream));
}

std::unique_ptr<QuestionReader> OpenQuestions(const Path& path) {
  return OpenQuestions(OpenStream(path), FormatOfName(path));
}

std::vector<Question> ReadQuestions(const Path& path) {
  const auto reader = OpenQuestions(path);
  std::vector<Question> questions;
  for (Question question; reader->Next(question);) questions.push_back(std::move(question));
  if (questions.empty()) {
    throw Error(ErrorCode::kInvalid, "the file holds no questions", path.string(),
                kOneQuestionALine);
  }
  return questions;
}

}  // namespace dpr
