// Questions with answers over passages of their own, whose gold passages nobody knows; and DPR's
// files as they were published.
#include <algorithm>

#include "dpr/base/random.h"
#include "dpr/data/question_reader.h"
#include "dpr/data/training_set.h"
#include "dpr/experiments/prepare_parts.h"

namespace dpr {
namespace {

constexpr uint64_t kSampleStream = 0x73616d70;
constexpr double kBytesOfAPassage = 650;  // of DPR's Wikipedia, about

std::vector<PreparedQuestion> ReadAll(const Path& file) {
  std::vector<PreparedQuestion> questions;
  for (Question& question : ReadQuestions(file)) questions.push_back({std::move(question), {}, {}});
  return questions;
}

void DescribeSample(Prepared& prepared) {
  double words = 0;
  for (const Passage& passage : prepared.sample) {
    words += static_cast<double>(CountWords(passage.title) + CountWords(passage.text));
  }
  prepared.passage_words = words / static_cast<double>(std::max<size_t>(1, prepared.sample.size()));
}

// Files that are indexed as they are; what is to be known comes from their beginning.
void TakeDirectly(const std::vector<Path>& files, Prepared& prepared) {
  prepared.direct = files;
  double bytes = 0;
  for (const Path& file : files) {
    const bool plain = file.extension() == ".tsv" || file.extension() == ".jsonl";
    bytes += static_cast<double>(FileSize(file)) * (plain ? 1 : 3);
  }
  prepared.passage_count = static_cast<int64_t>(bytes / kBytesOfAPassage) + 1;
  ForEachPassage(files, [&](Passage& passage) {
    prepared.sample.push_back(std::move(passage));
    return prepared.sample.size() < kSamplePassages;
  });
}

void TakeSampled(const PreparationRequest& request, Prepared& prepared) {
  prepared.direct = {request.sampled};
  prepared.passage_count = request.passages;
  const int64_t step =
      std::max<int64_t>(1, request.passages / static_cast<int64_t>(kSamplePassages));
  int64_t number = 0;
  ForEachPassage(prepared.direct, [&](Passage& passage) {
    if (number++ % step == 0) prepared.sample.push_back(std::move(passage));
    return true;
  });
}

}  // namespace

void WriteSample(const std::vector<Path>& files, const SetDefinition& set, int64_t wanted,
                 const Path& out) {
  int64_t all = 0;
  ForEachPassage(files, [&](Passage&) {
    ++all;
    return true;
  });
  RequireEnough(set, "passages", all, wanted);
  std::vector<int64_t> order(static_cast<size_t>(all));
  for (int64_t i = 0; i < all; ++i) order[static_cast<size_t>(i)] = i;
  CounterRandom(kSplitSeed, kSampleStream).Shuffle(std::span(order));
  order.resize(static_cast<size_t>(wanted));
  std::sort(order.begin(), order.end());
  PassageFile file(out);
  int64_t number = 0;
  ForEachPassage(files, [&](Passage& passage) {
    if (order[static_cast<size_t>(file.count())] == number++) file.Add(passage);
    return file.count() < wanted;
  });
  file.Finish();
}

Prepared PrepareQuestions(const PreparationRequest& request) {
  Prepared prepared;
  const std::vector<PreparedQuestion> questions = ReadAll(request.Below(request.set.questions));
  std::vector<Question> plain;
  for (const PreparedQuestion& question : questions) plain.push_back(question.question);
  const std::vector<int64_t> groups = GroupsByAnswer(plain);
  prepared.groups = groups.empty() ? 0 : *std::max_element(groups.begin(), groups.end()) + 1;
  // Questions for which no positive is found are left out later: so all that there are.
  const std::vector<Part> parts =
      SplitByGroup(groups, {request.test, 3 * request.choose}, kSplitSeed);
  const auto take = [&](Part part, int64_t most) {
    prepared.parts[static_cast<size_t>(part)] = TakePart(questions, parts, part, most);
  };
  take(Part::kTrain, -1);
  take(Part::kChoose, -1);
  take(Part::kTest, request.test);
  RequireEnough(request.set, "questions to test", static_cast<int64_t>(prepared.parts[2].size()),
                request.test);
  if (request.sampled.empty()) {
    std::vector<Path> files;
    for (const Path& file : request.set.passages) files.push_back(request.Below(file));
    TakeDirectly(files, prepared);
  } else {
    TakeSampled(request, prepared);
  }
  DescribeSample(prepared);
  return prepared;
}

Prepared PreparePublished(const PreparationRequest& request, Progress& progress) {
  Prepared prepared;
  std::vector<PreparedQuestion> test = ReadAll(request.Below(request.set.test));
  RequireEnough(request.set, "questions to test", static_cast<int64_t>(test.size()), request.test);
  const std::vector<Part> parts(test.size(), Part::kTest);
  prepared.parts[2] = TakePart(test, parts, Part::kTest, request.test);
  const TrainingSet dev = TrainingSet::Open(request.Below(request.set.choose), progress);
  RequireEnough(request.set, "examples to choose by", dev.size(), request.choose);
  for (int64_t i = 0; i < request.choose; ++i) {
    prepared.parts[1].push_back({dev.Read(i).question, {}, {}});
  }
  std::vector<Path> files;
  for (const Path& file : request.set.passages) files.push_back(request.Below(file));
  TakeDirectly(files, prepared);
  DescribeSample(prepared);
  return prepared;
}

}  // namespace dpr
