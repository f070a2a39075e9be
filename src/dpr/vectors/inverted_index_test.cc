// Inverted files: what they find beside exact search, with fixed seeds; and that they are the same
// however they were built.
#include "dpr/vectors/inverted_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "dpr/base/threads.h"
#include "dpr/vectors/inverted_builder.h"
#include "dpr/vectors/recall.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using testing::Clustered;
using testing::Hard;
using testing::HardVectors;
using testing::RecallOf;
using Results = std::vector<std::vector<ScoredRow>>;

constexpr Similarity kSimilarities[] = {Similarity::kDot, Similarity::kCosine, Similarity::kL2};

// Vectors, their codes and an inverted file over them.
struct Indexed : testing::CodedVectors {
  Indexed(Matrix rows, Similarity similarity, const InvertedOptions& options = {})
      : CodedVectors(std::move(rows)),
        inverted(CodedRows({codes.view()}, similarity), options, progress) {}

  Results Search(const Matrix& questions, int64_t k, int64_t effort) const {
    return inverted.index().Search(space, questions.view(), k, effort);
  }

  NoProgress progress;
  InvertedInMemory inverted;
};

TEST(Inverted, FindsNearlyAllOfTheBest) {
  for (const Similarity similarity : kSimilarities) {
    for (const double spread : {0.0, 0.2}) {
      const Indexed indexed(Clustered(4000, 1, spread), similarity);
      const Matrix questions = Clustered(100, 2);
      const Results truth = ExactSearch(indexed.space, similarity, questions.view(), 10);
      const auto recall = [&](int64_t effort) {
        return RecallOf(indexed.Search(questions, 10, effort), truth);
      };
      const std::string what = SimilarityName(similarity) + ", spread " + std::to_string(spread);
      EXPECT_GE(recall(30), 0.95) << what;
      EXPECT_GE(recall(1000), 0.98) << what;
      EXPECT_GE(recall(1000), recall(4)) << what;
    }
  }
}

// Where all that it holds is looked at exactly, it is exact search.
TEST(Inverted, SmallOnesMissNothing) {
  for (const Similarity similarity : kSimilarities) {
    for (const int64_t rows : {1, 2, 31, 33, 60}) {
      const Indexed indexed(HardVectors(Hard::kNormal, rows, 24, 8), similarity);
      const Matrix questions = HardVectors(Hard::kNormal, 9, 24, 9);
      EXPECT_EQ(indexed.Search(questions, 30, 1000),
                NaiveSearch(indexed.space, similarity, questions.view(), 30))
          << SimilarityName(similarity) << " " << rows;
    }
  }
}

TEST(Inverted, ScoresAreExact) {
  const Indexed indexed(Clustered(1000, 3), Similarity::kDot);
  const Matrix questions = Clustered(20, 4);
  const Results found = indexed.Search(questions, 15, 8);
  for (int64_t i = 0; i < questions.rows(); ++i) {
    const std::vector<ScoredRow>& list = found[static_cast<size_t>(i)];
    ASSERT_EQ(list.size(), 15u);
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), RanksBefore));
    for (const ScoredRow& hit : list) {
      EXPECT_EQ(hit.score, Score(Similarity::kDot, questions.row(i), indexed.vectors.row(hit.row),
                                 indexed.vectors.columns()));
    }
  }
}

TEST(Inverted, OneQuestionIsAnsweredAsManyAreByAnyThreads) {
  for (const Similarity similarity : kSimilarities) {
    const int threads = ThreadCount();
    const Matrix questions = Clustered(70, 6);
    SetThreadCount(1);
    const Indexed alone(Clustered(3000, 5), similarity);
    const Results by_one = alone.Search(questions, 12, 6);
    SetThreadCount(3);
    const Indexed together(Clustered(3000, 5), similarity);
    EXPECT_EQ(together.Search(questions, 12, 6), by_one);
    for (int64_t i = 0; i < questions.rows(); ++i) {
      const Results one =
          together.inverted.index().Search(together.space, questions.view().rows_from(i, 1), 12, 6);
      EXPECT_EQ(one.front(), by_one[static_cast<size_t>(i)]);
    }
    SetThreadCount(threads);
  }
}

TEST(Inverted, DeletedRowsAreNotFoundAndOthersAre) {
  Indexed indexed(Clustered(3000, 7), Similarity::kDot);
  const Matrix questions = Clustered(60, 8);
  std::vector<uint64_t> deleted(47);
  const CounterRandom random(4, 4);
  for (int64_t row = 0; row < 3000; ++row) {
    // A half at random, and a whole cluster.
    const bool goes = random.Below(static_cast<uint64_t>(row), 2) == 0 || row % 20 == 7;
    if (goes) deleted[static_cast<size_t>(row / 64)] |= uint64_t{1} << row % 64;
  }
  indexed.space.deleted = deleted;
  const Results found = indexed.Search(questions, 10, 30);
  const Results truth = ExactSearch(indexed.space, Similarity::kDot, questions.view(), 10);
  EXPECT_GE(RecallOf(found, truth), 0.95);
  for (const auto& list : found) {
    for (const ScoredRow& hit : list) EXPECT_FALSE(IsDeleted(deleted, hit.row));
  }
}

TEST(Inverted, RowsBehindItAreSearchedExactly) {
  const Matrix rows = Clustered(1200, 10), questions = Clustered(30, 11);
  const CodesInMemory first(rows.view().rows_from(0, 1000)), rest(rows.view().rows_from(1000, 200));
  NoProgress silent;
  const InvertedInMemory inverted(CodedRows({first.view()}, Similarity::kDot), {}, silent);
  const SearchSpace space{{{rows.view().rows_from(0, 1000), first.view()},
                           {rows.view().rows_from(1000, 200), rest.view()}},
                          {}};
  const Results truth = ExactSearch(space, Similarity::kDot, questions.view(), 10);
  const Results found = inverted.index().Search(space, questions.view(), 10, 1000);
  EXPECT_GE(RecallOf(found, truth), 0.98);
  for (size_t i = 0; i < truth.size(); ++i) {
    for (const ScoredRow& hit : truth[i]) {
      EXPECT_TRUE(hit.row < 1000 || std::count(found[i].begin(), found[i].end(), hit) == 1);
    }
  }
}

// Nothing that is asked or searched makes it fail, nor find a row twice.
TEST(Inverted, HardVectorsAreSearched) {
  for (const Hard kind : testing::kAllHard) {
    for (const Similarity similarity : kSimilarities) {
      const Indexed indexed(HardVectors(kind, 300, 20, 12), similarity);
      const Matrix questions = HardVectors(kind, 40, 20, 13);
      for (const auto& list : indexed.Search(questions, 10, 5)) {
        EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), RanksBefore));
        for (size_t i = 1; i < list.size(); ++i) EXPECT_NE(list[i - 1].row, list[i].row);
      }
    }
  }
}

// A question whose products overflow is searched exactly, once, also beside rows that came later.
TEST(Inverted, HardQuestionsFindRowsBehindItOnce) {
  const Matrix rows = Clustered(400, 20);
  Matrix questions = Clustered(6, 21);
  for (int64_t i = 0; i < questions.rows(); ++i) questions.row(i)[i] = 1e30f;
  const CodesInMemory first(rows.view().rows_from(0, 300)), rest(rows.view().rows_from(300, 100));
  NoProgress silent;
  const InvertedInMemory inverted(CodedRows({first.view()}, Similarity::kDot), {}, silent);
  const SearchSpace space{{{rows.view().rows_from(0, 300), first.view()},
                           {rows.view().rows_from(300, 100), rest.view()}},
                          {}};
  EXPECT_EQ(inverted.index().Search(space, questions.view(), 50, 2),
            NaiveSearch(space, Similarity::kDot, questions.view(), 50));
}

TEST(Inverted, MoreThanThereIsMayBeAskedFor) {
  const Indexed indexed(Clustered(200, 22), Similarity::kDot);
  const Results found = indexed.Search(Clustered(3, 23), int64_t{1} << 40, 1000);
  for (const auto& list : found) EXPECT_EQ(list.size(), 200u);
}

// Where every row is deleted nobody can ask: no recall is told, and none is made up.
TEST(Inverted, RecallOfNothingReachesNothing) {
  Indexed indexed(Clustered(100, 24), Similarity::kDot);
  const std::vector<uint64_t> deleted(2, ~uint64_t{0});
  indexed.space.deleted = deleted;
  const RecallCurve curve =
      MeasureRecallByRows(indexed.space, indexed.inverted.index(), 50, .9, indexed.progress);
  EXPECT_FALSE(curve.reaches());
  EXPECT_EQ(RecallCurve::FromJson(curve.Json()).Json(), curve.Json());
}

}  // namespace
}  // namespace dpr
