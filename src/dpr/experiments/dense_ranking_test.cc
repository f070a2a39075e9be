#include "dpr/experiments/dense_ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "dpr/encoder/loading.h"
#include "dpr/experiments/small_collection_for_test.h"

namespace dpr {
namespace {

const std::vector<std::string> kTexts = {"the king of the river", "a city in 107", "the city",
                                         "who is the king", "river and river in the city"};
const std::vector<std::string> kQuestions = {"who is the king of 107?", "the river", "city"};

Path Model() { return testing::TestData() / "encoder" / "st_mean"; }

Matrix AllVectors(const Collection& passages, const Retriever& retriever) {
  std::vector<Passage> all;
  passages.ForEach([&](const StoredPassage& stored) { all.push_back(stored.passage); });
  Matrix vectors(passages.rows(), retriever.dimensions());
  retriever.passages().EncodePassages(all, vectors.view());
  return vectors;
}

// The order of the rows for each question by cosine, the slow way.
std::vector<std::vector<int64_t>> ByCosine(const Matrix& questions, const Matrix& passages) {
  std::vector<std::vector<int64_t>> orders;
  for (int64_t q = 0; q < questions.rows(); ++q) {
    std::map<double, int64_t> scored;
    for (int64_t p = 0; p < passages.rows(); ++p) {
      double dot = 0, own = 0, other = 0;
      for (int64_t d = 0; d < passages.columns(); ++d) {
        dot += double{questions.row(q)[d]} * passages.row(p)[d];
        own += double{questions.row(q)[d]} * questions.row(q)[d];
        other += double{passages.row(p)[d]} * passages.row(p)[d];
      }
      scored[-dot / std::sqrt(own * other)] = p;
    }
    orders.emplace_back();
    for (const auto& [score, row] : scored) orders.back().push_back(row);
  }
  return orders;
}

std::vector<std::vector<int64_t>> RowsOf(const std::vector<std::vector<ScoredRow>>& lists) {
  std::vector<std::vector<int64_t>> rows;
  for (const auto& list : lists) {
    rows.emplace_back();
    for (const ScoredRow& hit : list) rows.back().push_back(hit.row);
  }
  return rows;
}

TEST(DenseRanking, CentredIsWhatOneGetsByHand) {
  testing::SmallCollection small(kTexts);
  const Collection passages = Collection::Open(small.path());
  const Reading reading{Pooling::kMean, false, 24};
  const Retriever retriever = OpenForReading(Model(), reading, Precision::kF32);
  EXPECT_FALSE(retriever.passages().settings().normalize) << "raw vectors are kept";
  const Path made = small.Made([&](StepRun& run) { WriteVectors(passages, retriever, run); });

  Matrix vectors = AllVectors(passages, retriever), questions(3, retriever.dimensions());
  retriever.questions().EncodeTexts(kQuestions, questions.view());
  const DenseRanking raw(Model(), made, reading, Precision::kF32, Similarity::kCosine, false);
  EXPECT_EQ(RowsOf(raw.Rank(kQuestions, 10)), ByCosine(questions, vectors));

  for (int64_t d = 0; d < vectors.columns(); ++d) {
    float mean = 0;
    for (int64_t p = 0; p < vectors.rows(); ++p) mean += vectors.row(p)[d] / 5;
    for (int64_t p = 0; p < vectors.rows(); ++p) vectors.row(p)[d] -= mean;
    for (int64_t q = 0; q < questions.rows(); ++q) questions.row(q)[d] -= mean;
  }
  const DenseRanking centred(Model(), made, reading, Precision::kF32, Similarity::kCosine, true);
  EXPECT_EQ(RowsOf(centred.Rank(kQuestions, 10)), ByCosine(questions, vectors));
}

TEST(DenseRanking, WordVectorsAreMeansWeightedByIdf) {
  testing::SmallCollection small(kTexts);
  const Collection passages = Collection::Open(small.path());
  const Path made = small.Made([&](StepRun& run) { WriteWordVectors(passages, Model(), 24, run); });
  const VectorFile file(made / "vectors.f32");
  const Retriever reader = OpenForReading(Model(), {std::nullopt, true, 24}, Precision::kF32);
  const SideWeights side = LoadWeights(DescribeRetriever(Model()).passages, std::nullopt);
  std::vector<Passage> all;
  passages.ForEach([&](const StoredPassage& stored) { all.push_back(stored.passage); });
  PackedTokens tokens;
  reader.passages().TokenizePassages(all, tokens);
  std::map<int32_t, std::set<int64_t>> holding;
  for (int64_t s = 0; s < tokens.sequences(); ++s) {
    for (int64_t t = tokens.offsets[s]; t < tokens.offsets[s + 1]; ++t) {
      holding[tokens.ids[t]].insert(s);
    }
  }
  for (int64_t s = 0; s < tokens.sequences(); ++s) {
    for (int64_t d = 0; d < file.dimensions(); ++d) {
      double sum = 0, weights = 0;
      for (int64_t t = tokens.offsets[s] + 1; t + 1 < tokens.offsets[s + 1]; ++t) {
        const double idf =
            std::log(6.0 / (1.0 + static_cast<double>(holding[tokens.ids[t]].size())));
        sum += idf * side.weights.embeddings.word.matrix().row(tokens.ids[t])[d];
        weights += idf;
      }
      EXPECT_NEAR(file.view().row(s)[d], sum / weights, 1e-5) << s;
    }
  }
}

}  // namespace
}  // namespace dpr
