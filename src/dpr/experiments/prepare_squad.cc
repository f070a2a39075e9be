// SQuAD: the question's own paragraph is the gold passage, the articles are the groups.
#include <map>
#include <unordered_set>

#include "dpr/base/random.h"
#include "dpr/data/training_set.h"
#include "dpr/experiments/prepare_parts.h"

namespace dpr {
namespace {

constexpr uint64_t kPassageStream = 0x70617373;

// Its id is TITLE#N.
std::string ArticleOf(const std::string& passage_id) {
  return passage_id.substr(0, passage_id.rfind('#'));
}

struct Squad {
  std::vector<PreparedQuestion> questions;
  std::vector<int64_t> groups;
  int64_t articles = 0;
};

Squad ReadSquad(const PreparationRequest& request, Progress& progress) {
  Squad squad;
  std::map<std::string, int64_t> numbers;
  for (const Path& file : request.set.files) {
    const TrainingSet set = TrainingSet::Open(request.Below(file), progress);
    for (int64_t i = 0; i < set.size(); ++i) {
      TrainingExample example = set.Read(i);
      const std::string& gold = example.positives[0].id;
      const auto next = static_cast<int64_t>(numbers.size());
      squad.groups.push_back(numbers.try_emplace(ArticleOf(gold), next).first->second);
      squad.questions.push_back({std::move(example.question), {gold}, {}});
    }
  }
  squad.articles = static_cast<int64_t>(numbers.size());
  return squad;
}

// All of them, or the gold ones and as many others, by chance, as make `wanted`.
std::vector<Passage> ChoosePassagesFor(const Prepared& prepared, std::vector<Passage> all,
                                       const SetDefinition& set, int64_t wanted) {
  if (wanted == 0) return all;
  RequireEnough(set, "passages", static_cast<int64_t>(all.size()), wanted);
  std::unordered_set<std::string> kept;
  for (const auto& part : prepared.parts) {
    for (const PreparedQuestion& question : part)
      kept.insert(question.gold.begin(), question.gold.end());
  }
  std::vector<size_t> order(all.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  CounterRandom(kSplitSeed, kPassageStream).Shuffle(std::span(order));
  for (const size_t i : order) {
    if (static_cast<int64_t>(kept.size()) >= wanted) break;
    kept.insert(all[i].id);
  }
  std::erase_if(all, [&](const Passage& passage) { return !kept.contains(passage.id); });
  return all;
}

}  // namespace

Prepared PrepareSquad(const PreparationRequest& request, const Path& passages, Progress& progress) {
  const Squad squad = ReadSquad(request, progress);
  const std::vector<Part> parts =
      SplitByGroup(squad.groups, {request.test, request.choose}, kSplitSeed);
  Prepared prepared;
  prepared.groups = squad.articles;
  const auto take = [&](Part part, int64_t count) {
    auto& taken = prepared.parts[static_cast<size_t>(part)];
    taken = TakePart(squad.questions, parts, part, count);
    RequireEnough(request.set, "questions to " + PartName(part), static_cast<int64_t>(taken.size()),
                  count);
  };
  take(Part::kTest, request.test);
  take(Part::kChoose, request.choose);
  take(Part::kTrain, request.train);
  std::vector<Path> files;
  for (const Path& file : request.set.files) files.push_back(request.Below(file));
  std::vector<Passage> all;
  ForEachPassage(files, [&](Passage& passage) {
    all.push_back(std::move(passage));
    return true;
  });
  all = ChoosePassagesFor(prepared, std::move(all), request.set, request.passages);
  PassageFile out(passages);
  double words = 0;
  for (Passage& passage : all) {
    passage.metadata.clear();
    words += static_cast<double>(CountWords(passage.title) + CountWords(passage.text));
    out.Add(passage);
  }
  out.Finish();
  prepared.passage_count = out.count();
  prepared.passage_words = words / static_cast<double>(std::max<int64_t>(1, out.count()));
  prepared.sample = SpreadSample(all, kSamplePassages);
  return prepared;
}

}  // namespace dpr
