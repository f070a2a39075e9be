// SQuAD JSON as training examples: each question with its paragraph as the positive. A paragraph's
// id and title are those that the passages of the same file have (squad_passages.cc): TITLE#N, and
// the title with spaces for "_". A question that its paragraph does not answer (`is_impossible`,
// version 2.0) has no positive.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "dpr/data/training_layout.h"
#include "dpr/data/training_squad_index.h"

namespace dpr {
namespace {

namespace dom = simdjson::dom;

// Those that differ: annotators often agree.
std::vector<std::string> ReadAnswers(dom::element value, const std::string& where) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) FailExample("`answers` is not a list", where);
  std::vector<std::string> answers;
  for (const dom::element element : list) {
    std::string_view text;
    if (element["text"].get(text) != simdjson::SUCCESS) {
      FailExample("an answer has no `text`", where);
    }
    if (std::find(answers.begin(), answers.end(), text) == answers.end()) {
      answers.emplace_back(text);
    }
  }
  return answers;
}

bool IsImpossible(const TrainingMembers& members, const std::string& where) {
  bool is_impossible = false;
  const dom::element* value = members.Find({"is_impossible"});
  if (value != nullptr && value->get(is_impossible) != simdjson::SUCCESS) {
    FailExample("`is_impossible` is neither true nor false", where);
  }
  return is_impossible;
}

class TrainingSquad : public TrainingFormat {
 public:
  explicit TrainingSquad(const TrainingInput& input)
      : content_(input.content), index_(IndexSquad(input)) {
    name_ = "SQuAD";
    records_ = index_.questions;
    index_.questions = {};
  }

  TrainingExample Parse(const TrainingRecord& record) const override {
    const std::string where = Where(record);
    TrainingExample example;
    dom::parser& parser = TrainingParser();
    dom::object question;
    if (ParseTrainingJson(parser, content_, record, where).get(question) != simdjson::SUCCESS) {
      FailExample("the question is not an object", where);
    }
    const TrainingMembers members(question, where);
    const dom::element* text = members.Find({"question"});
    if (text == nullptr) FailExample("the question has no `question`", where);
    example.question.text = ReadTrainingQuestion(*text, where);
    const dom::element* id = members.Find({"id"});
    example.question.id = id ? ReadTrainingId(*id, where) : std::to_string(record.number);
    if (const dom::element* answers = members.Find({"answers"})) {
      example.question.answers = ReadAnswers(*answers, where);
    }
    // The paragraph last: the parser forgets the question with it.
    if (!IsImpossible(members, where)) {
      example.positives.push_back(PassageOf(index_.ParagraphOf(record), parser, where));
    }
    return example;
  }

  std::string Where(const TrainingRecord& record) const override {
    const SquadParagraph& paragraph = index_.ParagraphOf(record);
    return fmt::format("{}, example {} ({}, paragraph {})", content_.name(), record.number,
                       index_.titles[paragraph.article], paragraph.context.number);
  }

 private:
  TrainingPassage PassageOf(const SquadParagraph& paragraph, dom::parser& parser,
                            const std::string& where) const {
    const std::string& title = index_.titles[paragraph.article];
    TrainingPassage passage;
    std::string_view text;
    if (ParseTrainingJson(parser, content_, paragraph.context, where).get(text) !=
        simdjson::SUCCESS) {
      FailExample("the `context` of the paragraph is not a text", where);
    }
    passage.text = text;
    passage.id = fmt::format("{}#{}", title.empty() ? "untitled" : title, paragraph.context.number);
    passage.title = title;
    std::replace(passage.title.begin(), passage.title.end(), '_', ' ');
    passage.kind = "gold";
    return passage;
  }

  const TrainingContent& content_;
  SquadIndex index_;
};

}  // namespace

std::unique_ptr<TrainingFormat> OpenTrainingSquad(const TrainingInput& input) {
  return std::make_unique<TrainingSquad>(input);
}

}  // namespace dpr
