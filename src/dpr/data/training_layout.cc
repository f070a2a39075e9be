#include "dpr/data/training_layout.h"

#include <algorithm>
#include <charconv>

#include "dpr/base/error.h"
#include "dpr/data/column_reader.h"
#include "dpr/data/dpr_question.h"
#include "dpr/data/record_check.h"

namespace dpr {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kDprQuestion[] = {"question"};
constexpr std::string_view kTevatronQuestion[] = {"query", "query_text", "question"};
constexpr std::string_view kAnchors[] = {"anchor", "query", "question", "sentence1"};
constexpr std::string_view kPositives[] = {"positive", "positives", "pos", "answer"};

std::string_view TextValue(const char* name, dom::element value, const std::string& where) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    FailExample("`" + std::string(name) + "` is not a text", where);
  }
  return text;
}

// DPR's files have scores as numbers and as texts.
double Score(const char* name, const dom::element* value, const std::string& where) {
  double score = 0;
  if (value == nullptr || value->get(score) == simdjson::SUCCESS) return score;
  std::string_view text;
  if (value->get(text) != simdjson::SUCCESS || !ReadNumber(text, score)) {
    FailExample("`" + std::string(name) + "` is not a number", where);
  }
  return score;
}

// The passages of a list; one alone is a list of one. Absent or null: none.
std::vector<TrainingPassage> Passages(const TrainingMembers& members, const char* name,
                                      const std::string& where) {
  std::vector<TrainingPassage> passages;
  const dom::element* value = members.Find({name});
  if (value == nullptr) return passages;
  dom::array list;
  if (value->get(list) != simdjson::SUCCESS) {
    passages.push_back(ReadTrainingPassage(*value, name, where));
    return passages;
  }
  for (const dom::element element : list) {
    passages.push_back(ReadTrainingPassage(element, name, where));
  }
  return passages;
}

Question ReadQuestion(const TrainingMembers& members, std::span<const std::string_view> names,
                      const std::string& where) {
  const dom::element* text = members.Find(names);
  if (text == nullptr) {
    FailExample("the example has no " + Quoted(names.front()), where);
  }
  Question question;
  question.text = ReadTrainingQuestion(*text, where);
  if (const dom::element* id = members.Find({"question_id", "query_id", "_id", "id"})) {
    question.id = ReadTrainingId(*id, where);
  }
  if (const dom::element* answers = members.Find({"answers"})) {
    question.answers = ReadTrainingAnswers(*answers, where);
  }
  return question;
}

TrainingExample ParseDpr(const TrainingMembers& members, const TrainingCorpus*,
                         const std::string& where) {
  Question question = ReadQuestion(members, kDprQuestion, where);
  question.text = DprQuestion(question.text);
  return {std::move(question), Passages(members, "positive_ctxs", where),
          Passages(members, "hard_negative_ctxs", where),
          Passages(members, "negative_ctxs", where)};
}

TrainingExample ParseTevatron(const TrainingMembers& members, const TrainingCorpus*,
                              const std::string& where) {
  return {ReadQuestion(members, kTevatronQuestion, where),
          Passages(members, "positive_passages", where),
          Passages(members, "negative_passages", where),
          {}};
}

std::vector<std::string> PassageIds(const TrainingMembers& members, const char* name,
                                    const std::string& where) {
  std::vector<std::string> ids;
  const dom::element* value = members.Find({name});
  if (value == nullptr) return ids;
  dom::array list;
  if (value->get(list) != simdjson::SUCCESS) {
    FailExample("`" + std::string(name) + "` is not a list", where);
  }
  for (const dom::element id : list) ids.push_back(ReadTrainingId(id, where));
  return ids;
}

std::vector<TrainingPassage> PassagesOf(const std::vector<std::string>& ids,
                                        const TrainingCorpus& corpus, const std::string& where) {
  std::vector<TrainingPassage> passages;
  for (const std::string& id : ids) {
    std::optional<TrainingPassage> passage = corpus.Find(id);
    if (!passage) FailExample("the passage " + Quoted(id) + " is not in " + corpus.name(), where);
    passages.push_back(std::move(*passage));
  }
  return passages;
}

// Tevatron's second layout: passages are named, and stand in a file of their own.
TrainingExample ParseTevatronIds(const TrainingMembers& members, const TrainingCorpus* corpus,
                                 const std::string& where) {
  if (corpus == nullptr) {
    throw Error(ErrorCode::kInvalid, "the examples only name their passages by id", where,
                "Give the file of these passages too, JSONL with `docid` and `text`");
  }
  TrainingExample example;
  example.question = ReadQuestion(members, kTevatronQuestion, where);
  const std::vector<std::string> positives = PassageIds(members, "positive_document_ids", where);
  const std::vector<std::string> negatives = PassageIds(members, "negative_document_ids", where);
  // From here on the members are gone: the corpus is parsed by the same parser.
  example.positives = PassagesOf(positives, *corpus, where);
  example.hard_negatives = PassagesOf(negatives, *corpus, where);
  return example;
}

}  // namespace

bool IsAnchorName(std::string_view name) {
  return std::find(std::begin(kAnchors), std::end(kAnchors), name) != std::end(kAnchors);
}

bool IsPositiveName(std::string_view name) {
  return std::find(std::begin(kPositives), std::end(kPositives), name) != std::end(kPositives);
}

bool IsNegativeName(std::string_view name) {
  constexpr std::string_view kNumbered = "negative_";
  if (name == "negative" || name == "negatives" || name == "neg") return true;
  return name.starts_with(kNumbered) && name.size() > kNumbered.size() &&
         name.find_first_not_of("0123456789", kNumbered.size()) == std::string_view::npos;
}

namespace {

// One of sentence-transformers' objects: anchor, positive, negative, negative_1, ...; query, pos,
// neg; or a question and its answer. Each but the first may be a text or a list of texts.
TrainingExample ParseTexts(const TrainingMembers& members, const TrainingCorpus*,
                           const std::string& where) {
  if (members.Find({"label", "labels"}) != nullptr) {
    throw Error(ErrorCode::kUnsupported, "the example has a label; dpr learns from positives",
                where, "Give pairs of a question and a passage that answers it");
  }
  TrainingExample example;
  example.question = ReadQuestion(members, kAnchors, where);
  for (const auto& [name, value] : members.all()) {
    const bool is_positive = IsPositiveName(name);
    if (value.is_null() || (!is_positive && !IsNegativeName(name))) continue;
    auto& list = is_positive ? example.positives : example.hard_negatives;
    for (TrainingPassage& passage : Passages(members, std::string(name).c_str(), where)) {
      list.push_back(std::move(passage));
    }
  }
  return example;
}

const std::vector<TrainingLayout>& Layouts() {
  static const std::vector<TrainingLayout> layouts = {
      {"DPR", {"positive_ctxs"}, ParseDpr},
      {"Tevatron", {"positive_passages"}, ParseTevatron},
      {"Tevatron with ids", {"positive_document_ids"}, ParseTevatronIds},
      {"sentence-transformers", {std::begin(kPositives), std::end(kPositives)}, ParseTexts},
  };
  return layouts;
}

}  // namespace

dom::parser& TrainingParser() {
  static thread_local dom::parser parser;
  return parser;
}

dom::element ParseTrainingJson(dom::parser& parser, const TrainingContent& content,
                               const TrainingRecord& record, const std::string& where) {
  const std::string_view text = content.text().substr(record.begin, record.length);
  dom::element value;
  if (const auto error = parser.parse(text.data(), text.size()).get(value)) {
    if (!IsUtf8(text)) FailExample("the text is not valid UTF-8", where);
    FailExample(std::string("it is not JSON: ") + simdjson::error_message(error), where);
  }
  return value;
}

TrainingMembers::TrainingMembers(dom::object object, const std::string& where) {
  for (const auto [name, value] : object) {
    const bool is_new = std::none_of(members_.begin(), members_.end(),
                                     [&, key = name](const auto& old) { return old.first == key; });
    if (!is_new) FailExample(Quoted(name) + " is given twice", where);
    members_.emplace_back(name, value);
  }
}

const dom::element* TrainingMembers::Find(std::span<const std::string_view> names) const {
  for (const std::string_view wanted : names) {
    for (const auto& [name, value] : members_) {
      if (name == wanted && !value.is_null()) return &value;
    }
  }
  return nullptr;
}

const TrainingLayout& LayoutOf(const TrainingMembers& members, const std::string& where) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : members.all()) names.push_back(name);
  for (const TrainingLayout& layout : Layouts()) {
    for (const std::string_view mark : layout.marks) {
      if (std::find(names.begin(), names.end(), mark) != names.end()) return layout;
    }
  }
  throw Error(ErrorCode::kUnsupported,
              names.empty() ? "the example is empty"
                            : "the members " + QuotedList(names) +
                                  " show no layout of training examples that dpr knows",
              where,
              "DPR's have `positive_ctxs`, Tevatron's `positive_passages` or "
              "`positive_document_ids`, sentence-transformers' `positive` or `pos`");
}

TrainingPassage ReadTrainingPassage(dom::element value, const char* list,
                                    const std::string& where) {
  TrainingPassage passage;
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) {
    passage.text = TextValue(list, value, where);
    return passage;
  }
  const TrainingMembers members(object, where);
  const dom::element* text = members.Find({"text"});
  if (text == nullptr) {
    FailExample("a passage in `" + std::string(list) + "` has no `text`", where);
  }
  passage.text = TextValue("text", *text, where);
  if (const dom::element* title = members.Find({"title"})) {
    passage.title = TextValue("title", *title, where);
  }
  if (const dom::element* id = members.Find({"passage_id", "psg_id", "docid", "id", "_id"})) {
    passage.id = ReadTrainingId(*id, where);
  }
  passage.score = Score("score", members.Find({"score"}), where);
  passage.title_score = Score("title_score", members.Find({"title_score"}), where);
  if (const dom::element* rank = members.Find({"rank"})) {
    if (rank->get(passage.rank) != simdjson::SUCCESS || passage.rank < 0) {
      FailExample("`rank` is not a rank", where);
    }
  }
  if (const dom::element* kind = members.Find({"kind"})) {
    passage.kind = TextValue("kind", *kind, where);
  }
  return passage;
}

std::vector<std::string> ReadTrainingAnswers(dom::element value, const std::string& where) {
  std::vector<std::string> answers;
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) {
    answers.push_back(ReadTrainingId(value, where));
    return answers;
  }
  for (const dom::element answer : list) answers.push_back(ReadTrainingId(answer, where));
  return answers;
}

std::string ReadTrainingQuestion(dom::element value, const std::string& where) {
  std::string question(TextValue("the question", value, where));
  if (question.find_first_not_of(" \t\r\n") == std::string::npos) {
    FailExample("the question is empty", where);
  }
  return question;
}

std::string ReadTrainingId(dom::element value, const std::string& where) {
  if (value.is_string()) return std::string(std::string_view(value));
  if (value.is_uint64()) return std::to_string(uint64_t(value));
  if (value.is_int64()) return std::to_string(int64_t(value));
  FailExample("an id or an answer is neither a text nor a whole number", where);
}

}  // namespace dpr
