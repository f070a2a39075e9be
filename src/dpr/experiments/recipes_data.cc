// Recipes for collections and training examples.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/stream.h"
#include "dpr/collection/collection_writer.h"
#include "dpr/collection/passage_encoder.h"
#include "dpr/data/training_json.h"
#include "dpr/data/training_set.h"
#include "dpr/experiments/prepare_parts.h"
#include "dpr/experiments/recipes.h"
#include "dpr/retrieval/mining.h"
#include "dpr/vectors/vector_file.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kIndexVersion = 1, kExamplesVersion = 1;
constexpr size_t kQuestionsAtATime = 256;
// About, for the forecast: BM25 and SQLite on two cores.
constexpr double kIndexedPerSecond = 6000, kMinedPerSecond = 150;

// Vectors that are there already, for passages that are indexed again.
class KeptVectors : public PassageEncoder {
 public:
  KeptVectors(const Collection& rows, const Path& vectors, EncoderRecord record)
      : rows_(rows), vectors_(vectors), record_(std::move(record)) {}
  const EncoderRecord& record() const override { return record_; }
  EncodeCounts Encode(std::span<const Passage> passages, FloatView out) const override {
    for (size_t i = 0; i < passages.size(); ++i) {
      const auto row = rows_.FindRow(passages[i].id);
      DPR_CHECK(row.has_value());
      const auto vector = vectors_.view().row_span(*row);
      std::copy(vector.begin(), vector.end(), out.row(static_cast<int64_t>(i)));
    }
    return {static_cast<int64_t>(passages.size()), 0, 0};
  }

 private:
  const Collection& rows_;
  const VectorFile vectors_;
  EncoderRecord record_;
};

IndexOptions WithBm25(const std::string& language) {
  IndexOptions options;
  options.lexical = LexicalRecord{{language}, {}};
  return options;
}

std::string ExampleLine(const TrainingExample& example) {
  return TrainingExampleJson(example) + "\n";
}

// The first `count` of a published file, in an order of chance.
void TakePublished(const Path& file, int64_t count, const Path& out, StepRun& run) {
  const TrainingSet set = TrainingSet::Open(file, run.progress());
  std::vector<int64_t> order(static_cast<size_t>(set.size()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  CounterRandom(kSplitSeed, 0).Shuffle(std::span(order));
  if (set.size() < count) {
    throw Error(ErrorCode::kInvalid,
                fmt::format("there are {} examples, and {} are needed", set.size(), count),
                file.string(), "Ask for fewer in the experiment file");
  }
  AtomicFile result(out);
  for (int64_t i = 0; i < count; ++i) {
    result.file().Write(ExampleLine(set.Read(order[static_cast<size_t>(i)])));
  }
  result.Commit();
}

struct MiningJob {
  PreparedSet set;
  Part part;
  MiningOptions options;
  bool distant;
  int64_t count;
};

// The ids of the positives that tests have, where gold is not known: BM25's best with an answer, as
// for training. Training learns from none of them.
std::vector<std::string> PositivesOfTests(const MiningJob& job, const Searcher& searcher) {
  std::vector<std::string> ids;
  if (job.set.gold || job.part == Part::kTest) return ids;
  MiningOptions options = job.options;
  options.kinds = {NegativeKind::kRandom};
  options.per_question = 1;
  Miner miner(searcher, options);
  std::vector<MiningQuestion> questions;
  for (PreparedQuestion& q : ReadPrepared(job.set.Questions(Part::kTest))) {
    questions.push_back({std::move(q.question), {}});
  }
  MiningCounts counts;
  for (const TrainingExample& example : miner.Mine(questions, 0, counts)) {
    ids.push_back(example.positives[0].id);
  }
  return ids;
}

void Mine(const MiningJob& job, const Path& collection, StepRun& run) {
  SearcherOptions search;
  const bool gold = job.set.gold && !job.distant;
  search.mode = MiningMode(Collection::Open(collection), job.options, gold);
  const Searcher searcher = Searcher::Open(collection, search);
  const std::vector<std::string> kept = PositivesOfTests(job, searcher);
  const std::set<std::string> of_tests(kept.begin(), kept.end());
  Miner miner(searcher, job.options);
  const std::vector<PreparedQuestion> all = ReadPrepared(job.set.Questions(job.part));
  run.progress().Stage("mining", static_cast<uint64_t>(job.count), "examples");
  std::string lines;
  MiningCounts counts;
  int64_t made = 0, dropped = 0;
  for (size_t begin = 0; begin < all.size() && made < job.count; begin += kQuestionsAtATime) {
    run.RequireNotStopped();
    std::vector<MiningQuestion> piece;
    for (size_t i = begin; i < std::min(all.size(), begin + kQuestionsAtATime); ++i) {
      piece.push_back({all[i].question, gold ? all[i].gold : std::vector<std::string>()});
    }
    for (const TrainingExample& example : miner.Mine(piece, static_cast<int64_t>(begin), counts)) {
      if (of_tests.contains(example.positives[0].id)) {
        ++dropped;
      } else if (made < job.count) {
        lines += ExampleLine(example);
        ++made;
        run.progress().Advance(1);
      }
    }
  }
  RequireEnough(job.set.definition,
                "examples to " + PartName(job.part) + " with a passage that holds the answer", made,
                job.count);
  WriteFileAtomically(run.folder() / "examples.jsonl", lines);
  run.Note("questions", std::to_string(counts.questions));
  run.Note("without_positive", std::to_string(counts.without_positive + counts.short_answers));
  run.Note("positive_of_a_test", std::to_string(dropped));
}

}  // namespace

StepPointer Recipes::Index(const PreparedSet& set, const std::string& language) const {
  Step step;
  step.kind = StepKind::kIndexing;
  step.title = fmt::format("BM25 ({}) of {}'s passages", language, set.definition.name);
  step.spec = Json{{"passages", set.passages_id}, {"language", language}}.dump();
  step.resumes = true;
  step.cost.amount = static_cast<double>(set.passage_count) / kIndexedPerSecond;
  step.make = [files = set.passages, language](StepRun& run) {
    IndexPassages(run.folder() / "collection", ListSources(files), nullptr, WithBm25(language),
                  run.progress());
  };
  return MakeStep(std::move(step), kIndexVersion);
}

StepPointer Recipes::DenseIndex(const PreparedSet& set, const StepPointer& index,
                                const StepPointer& trained, const StepPointer& vectors) const {
  Step step;
  step.kind = StepKind::kIndexing;
  step.title = fmt::format("a collection of {}'s passages with a first round's vectors",
                           set.definition.name);
  step.spec = Json{{"passages", set.passages_id}, {"dense", true}}.dump();
  step.inputs = {index, trained, vectors};
  step.resumes = true;
  step.cost.amount = static_cast<double>(set.passage_count) / kIndexedPerSecond;
  step.make = [=, files = set.passages, precision = materials_.precision](StepRun& run) {
    RetrieverOptions options;
    options.precision = precision;
    const Retriever retriever = Retriever::Open(ModelFolder(run.Input(trained)), options);
    const Collection rows = Collection::Open(run.Input(index) / "collection");
    const KeptVectors kept(rows, run.Input(vectors) / "vectors.f32",
                           RetrieverPassageEncoder(retriever).record());
    IndexPassages(run.folder() / "collection", ListSources(files), &kept,
                  WithBm25(rows.lexical()->analyzer.language), run.progress());
  };
  return MakeStep(std::move(step), kIndexVersion);
}

StepPointer Recipes::Examples(const PreparedSet& set, Part part,
                              const NegativesDefinition& negatives, const StepPointer& index,
                              int64_t count) const {
  Step step;
  step.kind = StepKind::kMining;
  step.title = fmt::format("{} examples of {} to {} by, negatives: {}", count, set.definition.name,
                           PartName(part), negatives.name);
  Json spec = {{"part", set.parts[static_cast<size_t>(part)]}, {"count", count}};
  const Path out = "examples.jsonl";
  if (negatives.published) {
    step.spec = spec.dump();
    const Path file = set.PublishedExamples(part);
    step.make = [=](StepRun& run) { TakePublished(file, count, run.folder() / out, run); };
    return MakeStep(std::move(step), kExamplesVersion);
  }
  MiningJob job{set, part, {}, negatives.distant, count};
  job.options.kinds = negatives.kinds;
  job.options.per_question = negatives.per_question;
  job.options.depth = negatives.depth;
  job.options.match = set.definition.match;
  job.options.bad_patterns = BadPatterns::kMatchNothing;
  for (const NegativeKind kind : negatives.kinds) spec["kinds"].push_back(NegativeKindName(kind));
  spec["per_question"] = negatives.per_question;
  spec["depth"] = negatives.depth;
  spec["distant"] = negatives.distant;
  spec["regular_expressions"] = set.definition.match == MatchMode::kRegex;
  // Whose positives are left out.
  if (!set.gold) spec["tests"] = set.parts[static_cast<size_t>(Part::kTest)];
  step.spec = spec.dump();
  step.inputs = {index};
  step.cost.amount = static_cast<double>(count) / kMinedPerSecond * (set.gold ? 1 : 2);
  step.make = [job, index](StepRun& run) { Mine(job, run.Input(index) / "collection", run); };
  return MakeStep(std::move(step), kExamplesVersion);
}

StepPointer Recipes::Subset(const StepPointer& examples, int64_t count) const {
  Step step;
  step.kind = StepKind::kPreparing;
  step.title = fmt::format("the first {} examples", count);
  step.spec = Json{{"first", count}}.dump();
  step.inputs = {examples};
  step.make = [=](StepRun& run) {
    LineReader lines(OpenStream(run.Input(examples) / "examples.jsonl"));
    std::string text;
    int64_t taken = 0;
    for (std::string_view line; taken < count && lines.Next(line); ++taken) {
      text.append(line).append("\n");
    }
    DPR_CHECK(taken == count);
    WriteFileAtomically(run.folder() / "examples.jsonl", text);
  };
  return MakeStep(std::move(step), kExamplesVersion);
}

}  // namespace dpr
