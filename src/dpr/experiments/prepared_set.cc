#include "dpr/experiments/prepared_set.h"

#include <nlohmann/json.hpp>

#include "dpr/base/checksum.h"
#include "dpr/base/error.h"
#include "dpr/base/stream.h"
#include "dpr/experiments/prepare_parts.h"
#include "dpr/experiments/strict_answers.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kPassages = "passages.jsonl";
constexpr Part kParts[] = {Part::kTrain, Part::kChoose, Part::kTest};

std::string PartFile(Part part) { return PartName(part) + ".jsonl"; }

void WritePart(const std::vector<PreparedQuestion>& questions, const Path& file) {
  std::string lines;
  for (const PreparedQuestion& q : questions) {
    const Json json = {{"id", q.question.id},
                       {"question", q.question.text},
                       {"answers", q.question.answers},
                       {"gold", q.gold},
                       {"strict", q.strict}};
    lines += json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  WriteFileAtomically(file, lines);
}

std::string HashFiles(const std::vector<Path>& files) {
  Hasher hasher;
  for (const Path& file : files) hasher.AddField(HashFile(file));
  return hasher.Hex();
}

// The files of a set, hashed, by what they are.
Json SourcesOf(const PreparationRequest& request) {
  const SetDefinition& set = request.set;
  std::vector<Path> files;
  for (const auto* list : {&set.files, &set.passages}) {
    for (const Path& file : *list) files.push_back(request.Below(file));
  }
  for (const Path& file : {set.questions, set.train, set.choose, set.test}) {
    if (!file.empty()) files.push_back(request.Below(file));
  }
  for (const Path& file : files) {
    if (std::filesystem::exists(file)) continue;
    throw Error(ErrorCode::kNotFound, "a file of the set `" + set.name + "` is not there",
                file.string(), "Put it there, or name another folder with --data");
  }
  return HashFiles(files);
}

double MeanWords(const std::vector<PreparedQuestion>& questions) {
  double words = 0;
  for (const PreparedQuestion& q : questions) {
    words += static_cast<double>(CountWords(q.question.text));
  }
  return words / static_cast<double>(std::max<size_t>(1, questions.size()));
}

void Make(const PreparationRequest& request, StepRun& run) {
  const Path passages = run.folder() / kPassages;
  Prepared prepared = request.set.kind == SetDefinition::Kind::kSquad
                          ? PrepareSquad(request, passages, run.progress())
                      : request.set.kind == SetDefinition::Kind::kQuestions
                          ? PrepareQuestions(request)
                          : PreparePublished(request, run.progress());
  std::vector<PreparedQuestion>& test = prepared.parts[2];
  std::vector<Question> questions;
  for (const PreparedQuestion& q : test) questions.push_back(q.question);
  const auto strict = StrictAnswers(questions, prepared.sample, request.set.match);
  int64_t without = 0;
  for (size_t i = 0; i < test.size(); ++i) {
    test[i].strict = strict[i];
    without += strict[i].empty() ? 1 : 0;
  }
  Json parts, counts;
  for (const Part part : kParts) {
    const auto& all = prepared.parts[static_cast<size_t>(part)];
    WritePart(all, run.folder() / PartFile(part));
    const bool published =
        request.set.kind == SetDefinition::Kind::kPublished && part != Part::kTest;
    parts.push_back(HashFile(!published             ? run.folder() / PartFile(part)
                             : part == Part::kTrain ? request.Below(request.set.train)
                                                    : request.Below(request.set.choose)));
    counts.push_back(all.size());
  }
  const bool direct = !prepared.direct.empty();
  const Json set = {{"direct", direct},
                    {"passages", HashFiles(direct ? prepared.direct : std::vector<Path>{passages})},
                    {"passage_count", prepared.passage_count},
                    {"passage_words", prepared.passage_words},
                    {"question_words", MeanWords(test)},
                    {"groups", prepared.groups},
                    {"without_strict", without},
                    {"parts", parts},
                    {"questions", counts}};
  run.Note("set", set.dump());
}

PreparedSet Describe(const PreparationRequest& request, const Path& folder, const Json& set) {
  PreparedSet prepared;
  prepared.definition = request.set;
  prepared.folder = folder;
  if (!request.sampled.empty()) {
    prepared.passages = {request.sampled};
  } else if (set.at("direct")) {
    for (const Path& file : request.set.passages) prepared.passages.push_back(request.Below(file));
  } else {
    prepared.passages = {folder / kPassages};
  }
  prepared.passages_id = set.at("passages");
  prepared.passage_count = set.at("passage_count");
  prepared.passage_words = set.at("passage_words");
  prepared.question_words = set.at("question_words");
  prepared.groups = set.at("groups");
  prepared.without_strict = set.at("without_strict");
  prepared.gold = request.set.kind == SetDefinition::Kind::kSquad;
  for (const Part part : kParts) {
    const auto i = static_cast<size_t>(part);
    prepared.parts[i] = set.at("parts")[i];
    prepared.questions[i] = set.at("questions")[i];
  }
  if (request.set.kind == SetDefinition::Kind::kPublished) {
    prepared.definition.train = request.Below(request.set.train);
    prepared.definition.choose = request.Below(request.set.choose);
  }
  return prepared;
}

// The passages of a set of questions, where not all are taken: sets over the same files share them.
Path SampledPassages(StepStore& store, const PreparationRequest& request) {
  if (request.set.kind != SetDefinition::Kind::kQuestions || request.passages == 0) return {};
  std::vector<Path> files;
  for (const Path& file : request.set.passages) files.push_back(request.Below(file));
  Step step;
  step.title = "choosing " + std::to_string(request.passages) + " passages";
  step.spec = Json{{"files", HashFiles(files)}, {"passages", request.passages}}.dump();
  step.make = [=](StepRun& run) {
    WriteSample(files, request.set, request.passages, run.folder() / kPassages);
  };
  return store.Make(MakeStep(std::move(step), kVersion)) / kPassages;
}

}  // namespace

Path PreparedSet::Questions(Part part) const { return folder / PartFile(part); }

Path PreparedSet::PublishedExamples(Part part) const {
  DPR_CHECK(definition.kind == SetDefinition::Kind::kPublished && part != Part::kTest);
  return part == Part::kTrain ? definition.train : definition.choose;
}

PreparedSet PrepareSet(StepStore& store, const SetDefinition& set, const Definition& definition,
                       const Path& data) {
  PreparationRequest request{set,
                             data,
                             {},
                             set.limit.value_or(definition.passages),
                             definition.test_questions,
                             set.train_examples.value_or(definition.train_examples),
                             definition.choose_examples};
  const Json sources = SourcesOf(request);
  request.sampled = SampledPassages(store, request);
  Step step;
  step.kind = StepKind::kPreparing;
  step.title = "reading and splitting " + set.name;
  step.spec = Json{{"kind", static_cast<int>(set.kind)},
                   {"regular_expressions", set.match == MatchMode::kRegex},
                   {"sources", sources},
                   {"passages", request.passages},
                   {"test", request.test},
                   {"train", request.train},
                   {"choose", request.choose}}
                  .dump();
  step.make = [request](StepRun& run) { Make(request, run); };
  const StepPointer made = MakeStep(std::move(step), kVersion);
  const Path folder = store.Make(made);
  return Describe(request, folder, Json::parse(store.Facts(*made)).at("set"));
}

std::vector<PreparedQuestion> ReadPrepared(const Path& file) {
  std::vector<PreparedQuestion> questions;
  LineReader lines(OpenStream(file));
  for (std::string_view line; lines.Next(line);) {
    const Json json = Json::parse(line);
    PreparedQuestion q;
    q.question.id = json.at("id");
    q.question.text = json.at("question");
    q.question.answers = json.at("answers").get<std::vector<std::string>>();
    q.gold = json.at("gold").get<std::vector<std::string>>();
    q.strict = json.at("strict").get<std::vector<std::string>>();
    questions.push_back(std::move(q));
  }
  return questions;
}

}  // namespace dpr
