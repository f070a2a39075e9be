// Graphs on disk: the same as in memory, whatever happens on the way; damage is named.
#include "dpr/vectors/graph_file.h"

#include <gmock/gmock.h>

#include <cstring>

#include "dpr/base/error.h"
#include "dpr/base/kill_point.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/recall.h"
#include "dpr/vectors/search_test_data.h"
#include "dpr/vectors/test_index_file.h"

namespace dpr {
namespace {

using testing::Hard;
using testing::HardVectors;

class GraphFileTest : public ::testing::Test {
 protected:
  GraphFileTest() {
    source_.blocks = {codes_.view().rows_from(0, 500), codes_.view().rows_from(500, 0),
                      codes_.view().rows_from(500, 700)};
    source_.identity = "some codes";
  }

  bool Build() { return BuildGraphFile(path_, source_, options_, stop_, progress_); }
  bool Exists(const char* ending) const {
    std::error_code code;
    return std::filesystem::exists(path_.string() + ending, code);
  }

  static std::vector<Node> EdgesOf(const GraphView& view) {
    return {view.edges, view.edges + view.rows() * view.most_edges};
  }

  testing::TemporaryFolder folder_;
  Path path_ = folder_.path() / "graph";
  Matrix vectors_ = HardVectors(Hard::kNormal, 1200, 24, 1);
  CodesInMemory codes_{vectors_.view()};
  GraphOptions options_{.edges = 12, .most_edges = 16, .effort = 24};
  AnnSource source_;
  std::atomic<bool> stop_ = false;
  NoProgress progress_;
};

TEST_F(GraphFileTest, IsTheGraphInMemory) {
  ASSERT_TRUE(Build());
  const GraphFile file(path_);
  file.Verify();
  const GraphInMemory expected(codes_.view(), Similarity::kDot, options_, progress_);
  const GraphView found = file.view(), view = expected.view();
  EXPECT_EQ(EdgesOf(found), EdgesOf(view));
  EXPECT_TRUE(std::ranges::equal(found.entries, view.entries));
  EXPECT_EQ(0, std::memcmp(found.codes.codes.data, view.codes.codes.data,
                           static_cast<size_t>(1200 * view.codes.codes.stride)));
  EXPECT_EQ(0, std::memcmp(found.codes.rows, view.codes.rows, 1200 * sizeof(CodeRow)));
  EXPECT_FALSE(Exists(".building"));
  AnnBuild::Forget(path_);
  EXPECT_FALSE(Exists(".building.json"));
}

// A finished one is found done, unless it is of another source with as many rows.
TEST_F(GraphFileTest, AFinishedOneIsOfItsSourceAlone) {
  ASSERT_TRUE(Build());
  const auto written = std::filesystem::last_write_time(path_);
  ASSERT_TRUE(Build());
  EXPECT_EQ(std::filesystem::last_write_time(path_), written);
  const Matrix others = HardVectors(Hard::kNormal, 1200, 24, 77);
  const CodesInMemory codes(others.view());
  source_.blocks = {codes.view()};
  source_.identity = "other codes";
  ASSERT_TRUE(Build());
  const GraphInMemory expected(codes.view(), Similarity::kDot, options_, progress_);
  EXPECT_EQ(EdgesOf(GraphFile(path_).view()), EdgesOf(expected.view()));
}

TEST_F(GraphFileTest, AStoppedBuildGoesOn) {
  stop_ = true;
  int calls = 0;
  while (!Build()) {
    ASSERT_LT(++calls, 1000);
    EXPECT_TRUE(Exists(".building.json"));
  }
  EXPECT_GT(calls, 10);  // each call adds a batch
  GraphFile(path_).Verify();
}

TEST_F(GraphFileTest, AnotherSourceBeginsAnew) {
  stop_ = true;
  ASSERT_FALSE(Build());
  source_.identity = "other codes";
  stop_ = false;
  ASSERT_TRUE(Build());
  const GraphInMemory expected(codes_.view(), Similarity::kDot, options_, progress_);
  EXPECT_EQ(EdgesOf(GraphFile(path_).view()), EdgesOf(expected.view()));
}

TEST_F(GraphFileTest, GrowsFromAnOlderOne) {
  AnnSource first = source_;
  first.blocks.pop_back();
  const Path older_path = folder_.path() / "older";
  ASSERT_TRUE(BuildGraphFile(older_path, first, options_, stop_, progress_));
  const GraphFile older(older_path);
  source_.older = &older;
  ASSERT_TRUE(Build());
  const GraphFile grown(path_);
  grown.Verify();
  EXPECT_TRUE(std::ranges::equal(grown.view().entries, older.view().entries));
  const SearchSpace space{{{vectors_.view(), codes_.view()}}, {}};
  const RecallCurve curve = MeasureRecallByRows(space, grown.index(), 100, 0.95, progress_);
  EXPECT_TRUE(curve.reaches());
  EXPECT_GE(curve.reported_10, 0.9);
}

TEST_F(GraphFileTest, EveryDamagedByteIsFound) {
  source_.blocks = {codes_.view().rows_from(0, 20)};
  ASSERT_TRUE(Build());
  testing::ExpectDamageIsFound<GraphFile>(path_);
}

TEST_F(GraphFileTest, RecallIsTunedOnOneHalfAndReportedOnTheOther) {
  const GraphInMemory graph(codes_.view(), Similarity::kL2, options_, progress_);
  const SearchSpace space{{{vectors_.view(), codes_.view()}}, {}};
  const Matrix questions = HardVectors(Hard::kNormal, 201, 24, 2);
  const GraphIndex index(graph.view(), Similarity::kL2);
  const RecallCurve curve = MeasureRecall(space, index, questions.view(), 0.9, progress_);
  ASSERT_TRUE(curve.reaches());
  EXPECT_EQ(curve.questions, 201);
  EXPECT_NEAR(curve.reported_10, 0.9, 0.06);
  EXPECT_NEAR(curve.reported_100, 0.9, 0.06);
  for (size_t i = 1; i < curve.points.size(); ++i) {
    EXPECT_GT(curve.points[i].effort, curve.points[i - 1].effort);
    EXPECT_GE(curve.points[i].codes_read, curve.points[i - 1].codes_read);
  }
  EXPECT_GE(curve.EffortFor(1000), curve.EffortFor(100));
  EXPECT_GE(curve.EffortFor(100), curve.EffortFor(10));
  const RecallCurve read = RecallCurve::FromJson(curve.Json());
  EXPECT_EQ(read.Json(), curve.Json());
  EXPECT_FALSE(MeasureRecall(space, index, questions.view(), 1.5, progress_).reaches());
}

}  // namespace
}  // namespace dpr
