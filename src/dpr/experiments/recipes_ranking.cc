// Recipes for vectors, and for ranked lists and what they are worth.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dpr/base/kill_point.h"
#include "dpr/encoder/retriever.h"
#include "dpr/encoder/retriever_json.h"
#include "dpr/experiments/dense_ranking.h"
#include "dpr/experiments/recipes.h"
#include "dpr/retrieval/fusion.h"

namespace dpr {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVectorsVersion = 1, kRankedVersion = 1;
constexpr int64_t kHybridDepth = 1000;
// About, for the forecast.
constexpr double kBm25PerSecond = 500, kSearchedPerSecond = 1000;

Json SpecOf(const Reading& reading, Precision precision) {
  return {{"pooling", reading.pooling ? Json(PoolingName(*reading.pooling)) : Json(nullptr)},
          {"words", reading.word_vectors},
          {"max_length", reading.max_length},
          {"precision", PrecisionName(precision)}};
}

std::vector<std::string> Texts(std::span<const PreparedQuestion> questions) {
  std::vector<std::string> texts;
  for (const PreparedQuestion& question : questions) texts.push_back(question.question.text);
  return texts;
}

std::vector<std::vector<int64_t>> Rows(const std::vector<std::vector<ScoredRow>>& lists) {
  std::vector<std::vector<int64_t>> rows;
  for (const auto& list : lists) {
    std::vector<int64_t>& own = rows.emplace_back();
    for (const ScoredRow& hit : list) own.push_back(hit.row);
  }
  return rows;
}

void Keep(const Ranks& ranks, StepRun& run) {
  WriteFileAtomically(run.folder() / "ranks.json", ranks.Json());
}

// The mean of 1 / rank of what is right: the gold passage where it is known, else an answer.
double ReciprocalRank(const Ranks& ranks, bool gold) {
  double sum = 0;
  for (const int rank : gold ? ranks.gold : ranks.answer) sum += rank > 0 ? 1.0 / rank : 0;
  return sum;
}

std::vector<std::vector<int64_t>> Fused(const std::vector<std::vector<ScoredRow>>& dense,
                                        const std::vector<std::vector<ScoredRow>>& bm25,
                                        double weight) {
  std::vector<std::vector<int64_t>> rows;
  for (size_t i = 0; i < dense.size(); ++i) {
    std::vector<int64_t>& own = rows.emplace_back();
    for (const Hit& hit : Fuse({dense[i], bm25[i], {}}, Fusion::kWeighted, weight, kRankDepth)) {
      own.push_back(hit.row);
    }
  }
  return rows;
}

}  // namespace

std::shared_ptr<RankJudge> Recipes::JudgeOf(const Path& collection, MatchMode match) const {
  if (!kept_->judge || kept_->collection != collection || kept_->match != match) {
    *kept_ = {collection, match, std::make_shared<RankJudge>(collection, match)};
  }
  return kept_->judge;
}

StepPointer Recipes::Vectors(const PreparedSet& set, const StepPointer& index,
                             const StepPointer& model, const std::string& shape,
                             const Reading& reading, int64_t length) const {
  Step step;
  step.kind = StepKind::kEncoding;
  step.title = "encoding " + set.definition.name + "'s passages: " + model->title;
  step.spec =
      Json{{"passages", set.passages_id}, {"reading", SpecOf(reading, materials_.precision)}}
          .dump();
  step.inputs = {index, model};
  step.resumes = true;
  step.cost = {"encode " + shape,
               TokensOfWords(set.passage_words, length) * static_cast<double>(set.passage_count)};
  step.make = [=, precision = materials_.precision](StepRun& run) {
    const Collection passages = Collection::Open(run.Input(index) / "collection");
    const Path folder = ModelFolder(run.Input(model));
    if (reading.word_vectors) {
      WriteWordVectors(passages, folder, reading.max_length, run);
    } else {
      WriteVectors(passages, OpenForReading(folder, reading, precision), run);
    }
  };
  return MakeStep(std::move(step), kVectorsVersion);
}

StepPointer Recipes::RankedByBm25(const PreparedSet& set, const StepPointer& index,
                                  const Bm25Parameters& parameters) const {
  Step step;
  step.kind = StepKind::kSearching;
  step.title = "BM25 on " + set.definition.name;
  step.spec = Json{{"test", set.parts[2]},
                   {"regular_expressions", set.definition.match == MatchMode::kRegex},
                   {"k1", parameters.k1},
                   {"b", parameters.b}}
                  .dump();
  step.inputs = {index};
  step.cost.amount = static_cast<double>(set.questions[2]) / kBm25PerSecond;
  step.make = [=, *this](StepRun& run) {
    const auto judge = JudgeOf(run.Input(index) / "collection", set.definition.match);
    const auto questions = ReadPrepared(set.Questions(Part::kTest));
    const LexicalIndex lexical = judge->collection().OpenLexical();
    const auto lists = lexical.Search(Texts(questions), kRankDepth, parameters);
    Keep(judge->Judge(questions, Rows(lists)), run);
  };
  return MakeStep(std::move(step), kRankedVersion);
}

StepPointer Recipes::RankedByVectors(const PreparedSet& set, const StepPointer& index,
                                     const StepPointer& model, const StepPointer& vectors,
                                     const Reading& reading, std::optional<Similarity> similarity,
                                     bool centred) const {
  Step step;
  step.kind = StepKind::kSearching;
  step.title = "searching " + set.definition.name;
  step.spec = Json{
      {"test", set.parts[2]},
      {"regular_expressions", set.definition.match == MatchMode::kRegex},
      {"similarity", similarity ? Json(SimilarityName(*similarity)) : Json(nullptr)},
      {"centred",
       centred}}.dump();
  step.inputs = {index, model, vectors};
  step.cost.amount = static_cast<double>(set.questions[2]) / kSearchedPerSecond;
  step.make = [=, *this](StepRun& run) {
    const auto judge = JudgeOf(run.Input(index) / "collection", set.definition.match);
    const auto questions = ReadPrepared(set.Questions(Part::kTest));
    const DenseRanking dense(ModelFolder(run.Input(model)), run.Input(vectors), reading,
                             materials_.precision, similarity, centred);
    Keep(judge->Judge(questions, Rows(dense.Rank(Texts(questions), kRankDepth))), run);
  };
  return MakeStep(std::move(step), kRankedVersion);
}

StepPointer Recipes::RankedByBoth(const PreparedSet& set, const StepPointer& index,
                                  const Bm25Parameters& parameters, const StepPointer& model,
                                  const StepPointer& vectors, const Reading& reading,
                                  std::optional<Similarity> similarity,
                                  const std::vector<double>& weights) const {
  Step step;
  step.kind = StepKind::kSearching;
  step.title = "searching " + set.definition.name + " both ways";
  step.spec = Json{
      {"test", set.parts[2]},
      {"choose", set.parts[1]},
      {"regular_expressions", set.definition.match == MatchMode::kRegex},
      {"k1", parameters.k1},
      {"b", parameters.b},
      {"similarity", similarity ? Json(SimilarityName(*similarity)) : Json(nullptr)},
      {"weights",
       weights}}.dump();
  step.inputs = {index, model, vectors};
  step.cost.amount = 2 * static_cast<double>(set.questions[2] + set.questions[1]) / kBm25PerSecond;
  step.make = [=, *this](StepRun& run) {
    const auto judge = JudgeOf(run.Input(index) / "collection", set.definition.match);
    const DenseRanking dense(ModelFolder(run.Input(model)), run.Input(vectors), reading,
                             materials_.precision, similarity, false);
    const LexicalIndex lexical = judge->collection().OpenLexical();
    const auto judged = [&](Part part, std::span<const double> tried) {
      const auto questions = ReadPrepared(set.Questions(part));
      const auto by_dense = dense.Rank(Texts(questions), kHybridDepth);
      const auto by_bm25 = lexical.Search(Texts(questions), kHybridDepth, parameters);
      std::vector<Ranks> ranks;
      for (const double weight : tried) {
        ranks.push_back(judge->Judge(questions, Fused(by_dense, by_bm25, weight)));
      }
      return ranks;
    };
    double weight = weights.front();
    if (weights.size() > 1) {
      const std::vector<Ranks> ranks = judged(Part::kChoose, weights);
      double best = -1;
      for (size_t i = 0; i < weights.size(); ++i) {
        const double value = ReciprocalRank(ranks[i], set.gold);
        if (value > best) weight = weights[i];
        best = std::max(best, value);
      }
    }
    run.Note("weight", Json(weight).dump());
    Keep(judged(Part::kTest, std::span(&weight, 1))[0], run);
  };
  return MakeStep(std::move(step), kRankedVersion);
}

}  // namespace dpr
