// Inverted files on disk: the same as in memory, whatever happens on the way; damage is named.
#include "dpr/vectors/inverted_file.h"

#include <gmock/gmock.h>

#include "dpr/base/error.h"
#include "dpr/base/test_environment.h"
#include "dpr/vectors/ann_build.h"
#include "dpr/vectors/recall.h"
#include "dpr/vectors/search_test_data.h"
#include "dpr/vectors/test_index_file.h"

namespace dpr {
namespace {

using testing::Clustered;

class InvertedFileTest : public ::testing::TestWithParam<Similarity> {
 protected:
  InvertedFileTest() {
    source_.blocks = {codes_.view().rows_from(0, 500), codes_.view().rows_from(500, 0),
                      codes_.view().rows_from(500, 700)};
    source_.identity = "some codes";
    source_.similarity = GetParam();
  }

  bool Build() { return BuildInvertedFile(path_, source_, options_, stop_, progress_); }
  std::string Bytes() const { return ReadFile(path_); }
  bool Exists(const char* ending) const {
    std::error_code code;
    return std::filesystem::exists(path_.string() + ending, code);
  }

  testing::TemporaryFolder folder_;
  Path path_ = folder_.path() / "inverted";
  Matrix vectors_ = Clustered(1200, 1);
  CodesInMemory codes_{vectors_.view()};
  InvertedOptions options_{.lists = 20};
  AnnSource source_;
  std::atomic<bool> stop_ = false;
  NoProgress progress_;
};

TEST_P(InvertedFileTest, IsTheOneInMemory) {
  ASSERT_TRUE(Build());
  const InvertedFile file(path_);
  file.Verify();
  const InvertedInMemory expected(CodedRows({codes_.view()}, GetParam()), options_, progress_);
  const SearchSpace space{{{vectors_.view(), codes_.view()}}, {}};
  const Matrix questions = Clustered(40, 2);
  for (const int64_t effort : {1, 5, 20}) {
    EXPECT_EQ(file.index().Search(space, questions.view(), 10, effort),
              expected.index().Search(space, questions.view(), 10, effort));
  }
  EXPECT_FALSE(Exists(".building"));
  AnnBuild::Forget(path_);
  for (const char* part : {".building.json", ".building.centres", ".building.lists"}) {
    EXPECT_FALSE(Exists(part)) << part;
  }
}

TEST_P(InvertedFileTest, AFinishedOneIsOfItsSourceAlone) {
  ASSERT_TRUE(Build());
  const std::string first = Bytes();
  const auto written = std::filesystem::last_write_time(path_);
  ASSERT_TRUE(Build());
  EXPECT_EQ(std::filesystem::last_write_time(path_), written);
  source_.identity = "other codes";
  source_.blocks.pop_back();
  ASSERT_TRUE(Build());
  EXPECT_EQ(InvertedFile(path_).index().rows(), 500);
}

TEST_P(InvertedFileTest, AStoppedBuildGoesOnToTheSameBytes) {
  ASSERT_TRUE(Build());
  const std::string expected = Bytes();
  RemoveAll(path_);
  AnnBuild::Forget(path_);
  stop_ = true;
  ASSERT_FALSE(Build());
  ASSERT_FALSE(Build());
  stop_ = false;
  ASSERT_TRUE(Build());
  EXPECT_EQ(Bytes(), expected);
}

// What a build left may have been cut off by a full disk, or be gone.
TEST_P(InvertedFileTest, WhatIsLeftOfABuildMayBeDamaged) {
  stop_ = true;
  ASSERT_FALSE(Build());
  File::OpenForUpdating(path_.string() + ".building.centres").Truncate(8);
  stop_ = false;
  ASSERT_TRUE(Build());
  InvertedFile(path_).Verify();
}

TEST_P(InvertedFileTest, GrowsFromAnOlderOne) {
  AnnSource first = source_;
  first.blocks = {codes_.view().rows_from(0, 700)};
  const Path older_path = folder_.path() / "older";
  ASSERT_TRUE(BuildInvertedFile(older_path, first, options_, stop_, progress_));
  const InvertedFile older(older_path);
  source_.older = &older;
  ASSERT_TRUE(Build());
  const InvertedFile grown(path_);
  grown.Verify();
  EXPECT_EQ(grown.index().rows(), 1200);
  const ConstFloatView centres = grown.index().view().centres;
  const ConstFloatView before = older.index().view().centres;
  EXPECT_TRUE(std::equal(centres.data, centres.data + centres.rows * centres.columns, before.data));
  const SearchSpace space{{{vectors_.view(), codes_.view()}}, {}};
  const RecallCurve curve = MeasureRecallByRows(space, grown.index(), 100, 0.9, progress_);
  EXPECT_TRUE(curve.reaches());
}

TEST_P(InvertedFileTest, EveryDamagedByteIsFound) {
  source_.blocks = {codes_.view().rows_from(0, 40)};
  options_.lists = 3;
  ASSERT_TRUE(Build());
  testing::ExpectDamageIsFound<InvertedFile>(path_);
}

INSTANTIATE_TEST_SUITE_P(Similarities, InvertedFileTest,
                         ::testing::Values(Similarity::kDot, Similarity::kCosine, Similarity::kL2),
                         [](const auto& similarity) { return SimilarityName(similarity.param); });

}  // namespace
}  // namespace dpr
