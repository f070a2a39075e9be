// Graphs: what they find beside exact search, with fixed seeds; and that they are the same however
// they were built.
#include "dpr/vectors/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "dpr/base/threads.h"
#include "dpr/vectors/graph_builder.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using testing::Clustered;
using testing::Hard;
using testing::HardVectors;
using testing::RecallOf;
using Results = std::vector<std::vector<ScoredRow>>;

constexpr Similarity kSimilarities[] = {Similarity::kDot, Similarity::kCosine, Similarity::kL2};
constexpr int64_t kDimensions = testing::kClusteredDimensions, kClusters = testing::kClusters;

// Vectors, their codes and a graph over them.
struct Indexed : testing::CodedVectors {
  Indexed(Matrix rows, Similarity similarity, const GraphOptions& options = {})
      : CodedVectors(std::move(rows)), graph(codes.view(), similarity, options, progress) {}

  NoProgress progress;
  GraphInMemory graph;
};

TEST(Graph, FindsNearlyAllOfTheBest) {
  for (const Similarity similarity : kSimilarities) {
    for (const double spread : {0.0, 0.2}) {
      const Indexed indexed(Clustered(4000, 1, spread), similarity);
      const Matrix questions = Clustered(100, 2);
      const Results truth = ExactSearch(indexed.space, similarity, questions.view(), 10);
      const auto recall = [&](int64_t effort) {
        return RecallOf(GraphIndex(indexed.graph.view(), similarity)
                            .Search(indexed.space, questions.view(), 10, effort),
                        truth);
      };
      const std::string what = SimilarityName(similarity) + ", spread " + std::to_string(spread);
      EXPECT_GE(recall(64), 0.97) << what;
      EXPECT_GE(recall(200), 0.99) << what;
      EXPECT_GT(recall(200), recall(10) - 1e-9) << what;
    }
  }
}

// What it finds has its exact score and place.
TEST(Graph, ScoresAreExact) {
  const Indexed indexed(Clustered(1000, 3), Similarity::kDot);
  const Matrix questions = Clustered(20, 4);
  const Results found = GraphIndex(indexed.graph.view(), Similarity::kDot)
                            .Search(indexed.space, questions.view(), 15, 30);
  for (int64_t i = 0; i < questions.rows(); ++i) {
    const std::vector<ScoredRow>& list = found[static_cast<size_t>(i)];
    ASSERT_EQ(list.size(), 15u);
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), RanksBefore));
    for (const ScoredRow& hit : list) {
      EXPECT_EQ(hit.score, Score(Similarity::kDot, questions.row(i), indexed.vectors.row(hit.row),
                                 kDimensions));
    }
  }
}

std::vector<uint64_t> DeletedWhere(int64_t rows, const std::function<bool(int64_t)>& deleted) {
  std::vector<uint64_t> words(static_cast<size_t>(rows + 63) / 64);
  for (int64_t row = 0; row < rows; ++row) {
    if (deleted(row)) words[static_cast<size_t>(row / 64)] |= uint64_t{1} << row % 64;
  }
  return words;
}

TEST(Graph, RecallHoldsAfterDeletingHalfAndThenAWholeCluster) {
  Indexed indexed(Clustered(4000, 5), Similarity::kDot);
  const Matrix questions = Clustered(100, 6);  // of every cluster, the deleted one too
  const CounterRandom random(9, 9);
  const auto half = [&](int64_t row) { return random.Below(static_cast<uint64_t>(row), 2) == 0; };
  const auto recall = [&] {
    const Results found = GraphIndex(indexed.graph.view(), Similarity::kDot)
                              .Search(indexed.space, questions.view(), 10, 64);
    for (const auto& list : found) {
      EXPECT_EQ(list.size(), 10u);
      for (const ScoredRow& hit : list) EXPECT_FALSE(IsDeleted(indexed.space.deleted, hit.row));
    }
    return RecallOf(found, ExactSearch(indexed.space, Similarity::kDot, questions.view(), 10));
  };
  const double before = recall();
  const std::vector<uint64_t> halved = DeletedWhere(4000, half);
  indexed.space.deleted = halved;
  EXPECT_GE(recall(), before - 0.01);
  const std::vector<uint64_t> more =
      DeletedWhere(4000, [&](int64_t row) { return half(row) || row % kClusters == 3; });
  indexed.space.deleted = more;
  EXPECT_GE(recall(), before - 0.01);
}

// Rows that a graph does not know are searched exactly.
TEST(Graph, RowsBehindItAreFoundToo) {
  const Matrix all = Clustered(3000, 11);
  const ConstFloatView first = all.view().rows_from(0, 2000),
                       rest = all.view().rows_from(2000, 1000);
  const CodesInMemory codes(first);
  NoProgress progress;
  const GraphInMemory graph(codes.view(), Similarity::kDot, {}, progress);
  const std::vector<uint64_t> deleted =
      DeletedWhere(3000, [](int64_t row) { return row % 7 == 0; });
  const SearchSpace space{{{first, codes.view()}, {rest}}, deleted};
  const Matrix questions = Clustered(50, 12);
  const Results truth = NaiveSearch(space, Similarity::kDot, questions.view(), 10);
  const Results found =
      GraphIndex(graph.view(), Similarity::kDot).Search(space, questions.view(), 10, 100);
  EXPECT_GE(RecallOf(found, truth), 0.98);
  for (size_t i = 0; i < truth.size(); ++i) {
    for (const ScoredRow& hit : truth[i]) {
      if (hit.row < 2000) continue;
      EXPECT_TRUE(std::any_of(found[i].begin(), found[i].end(), [&](const ScoredRow& other) {
        return other.row == hit.row && other.score == hit.score;
      }));
    }
  }
}

// An older graph grows; a build that was stopped goes on.
TEST(Graph, GrowsAndGoesOn) {
  const Matrix vectors = Clustered(3000, 13);
  const CodesInMemory codes(vectors.view());
  const GraphOptions options;
  const Matrix questions = Clustered(100, 14);
  const SearchSpace space{{{vectors.view(), codes.view()}}, {}};
  const Results truth = ExactSearch(space, Similarity::kDot, questions.view(), 10);
  std::vector<Node> edges(static_cast<size_t>(3000 * options.most_edges), 5);
  const auto begun = [&](int64_t rows, const GraphStart& start) {
    return GraphBuilder(codes.view().rows_from(0, rows), Similarity::kDot, options, edges.data(),
                        start);
  };
  GraphBuilder small = begun(1000, {});
  while (small.AddBatch()) {
  }
  const GraphView old = small.view();
  const GraphStart older{1000, {old.entries.begin(), old.entries.end()}, 0};
  int64_t added = 0;
  {
    GraphBuilder stopped = begun(3000, older);
    for (int batch = 0; batch < 5; ++batch) stopped.AddBatch();
    added = stopped.added();
    stopped.AddBatch();  // and what a kill leaves of the next
  }
  GraphStart again = older;
  again.added = added;
  GraphBuilder grown = begun(3000, again);
  EXPECT_EQ(grown.added(), added);
  while (grown.AddBatch()) {
  }
  EXPECT_GE(
      RecallOf(GraphIndex(grown.view(), Similarity::kDot).Search(space, questions.view(), 10, 64),
               truth),
      0.97);
}

TEST(Graph, DoesNotDependOnTheNumberOfThreads) {
  const int before = ThreadCount();
  std::vector<std::vector<Node>> all;
  for (const int threads : {1, 2, 5}) {
    SetThreadCount(threads);
    const Indexed indexed(Clustered(1500, 7), Similarity::kCosine);
    const GraphView view = indexed.graph.view();
    all.emplace_back(view.edges, view.edges + view.rows() * view.most_edges);
  }
  SetThreadCount(before);
  EXPECT_EQ(all[0], all[1]);
  EXPECT_EQ(all[0], all[2]);
}

TEST(Graph, EveryKindOfVectorsIsSearchedAndNothingFails) {
  for (const Hard kind : testing::kAllHard) {
    for (const int64_t rows : {1, 2, 50, 300}) {
      for (const Similarity similarity : kSimilarities) {
        const Indexed indexed(HardVectors(kind, rows, 7, 8), similarity);
        const Matrix questions = HardVectors(kind, 5, 7, 9);
        const Results found = GraphIndex(indexed.graph.view(), similarity)
                                  .Search(indexed.space, questions.view(), rows, 10);
        for (const auto& list : found) {
          EXPECT_TRUE(std::is_sorted(list.begin(), list.end(), RanksBefore));
          EXPECT_LE(list.size(), static_cast<size_t>(rows));
        }
      }
    }
  }
}

// Edges lead to other rows of the graph, none twice.
TEST(Graph, EdgesAreSound) {
  const Indexed indexed(Clustered(2000, 10), Similarity::kL2, {.edges = 8, .most_edges = 12});
  const GraphView view = indexed.graph.view();
  for (Node node = 0; node < view.rows(); ++node) {
    std::set<Node> ends;
    for (int64_t i = 0; i < view.most_edges && view.EdgesOf(node)[i] != kNoNode; ++i) {
      const Node end = view.EdgesOf(node)[i];
      EXPECT_LT(end, view.rows());
      EXPECT_NE(end, node);
      EXPECT_TRUE(ends.insert(end).second);
    }
    EXPECT_FALSE(ends.empty());
  }
}

}  // namespace
}  // namespace dpr
