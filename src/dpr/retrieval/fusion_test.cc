#include "dpr/retrieval/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/base/error.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> Rows(const std::vector<Hit>& hits) {
  std::vector<int64_t> rows;
  for (const Hit& hit : hits) rows.push_back(hit.row);
  return rows;
}

const RankedParts kParts = {{{0.9f, 1}, {0.5f, 2}, {0.1f, 3}}, {{20, 3}, {10, 1}, {5, 4}}, {}};

TEST(Fusion, ReciprocalRanksCountFromOneWithSixty) {
  const std::vector<Hit> hits = Fuse(kParts, Fusion::kReciprocalRank, 0, 10);
  // 1: 1/61 + 1/62; 3: 1/63 + 1/61; 2: 1/62; 4: 1/63
  EXPECT_THAT(Rows(hits), ElementsAre(1, 3, 2, 4));
  EXPECT_FLOAT_EQ(hits[0].score, 1.0f / 61 + 1.0f / 62);
  EXPECT_FLOAT_EQ(hits[3].score, 1.0f / 63);
  EXPECT_FLOAT_EQ(*hits[0].dense_score, 0.9f);
  EXPECT_FLOAT_EQ(*hits[0].bm25_score, 10);
  EXPECT_FALSE(hits[2].bm25_score.has_value()) << "BM25 did not find it";
}

TEST(Fusion, WeightedStretchesEachListTo01) {
  // dense: 1: 1, 2: 0.5, 3: 0; BM25: 3: 1, 1: 1/3, 4: 0
  const std::vector<Hit> hits = Fuse(kParts, Fusion::kWeighted, 0.5, 10);
  EXPECT_THAT(Rows(hits), ElementsAre(1, 3, 2, 4));
  EXPECT_FLOAT_EQ(hits[0].score, 0.5f + 0.5f / 3);
  EXPECT_THAT(Rows(Fuse(kParts, Fusion::kWeighted, 0, 2)), ElementsAre(3, 1)) << "BM25 alone";
  EXPECT_THAT(Rows(Fuse(kParts, Fusion::kWeighted, 1, 2)), ElementsAre(1, 2)) << "dense alone";
}

TEST(Fusion, OneScoreOrNoneIsNoDivisionByZero) {
  const RankedParts same = {{{0.5f, 7}, {0.5f, 8}}, {}, {}};
  const std::vector<Hit> hits = Fuse(same, Fusion::kWeighted, 0.5, 10);
  EXPECT_THAT(Rows(hits), ElementsAre(7, 8)) << "ties by row";
  EXPECT_FLOAT_EQ(hits[0].score, 0.5f);
  EXPECT_TRUE(Fuse({}, Fusion::kReciprocalRank, 0, 10).empty());
}

TEST(Fusion, ThePapersIsASumOfExactScores) {
  RankedParts parts;
  parts.both = {{1, 0, 0.9f, 10.0f}, {2, 0, 80.0f, 0.0f}, {3, 0, 0.1f, 20.0f}};
  const std::vector<Hit> hits = Fuse(parts, Fusion::kPaper, 1.1, 2);
  EXPECT_THAT(Rows(hits), ElementsAre(2, 3));
  EXPECT_FLOAT_EQ(hits[0].score, 88.0f);
  EXPECT_EQ(DefaultFusionWeight(Fusion::kPaper), 1.1);
  EXPECT_EQ(FusionDepth(Fusion::kPaper), 2000);
  EXPECT_EQ(FusionDepth(Fusion::kReciprocalRank), 1000);
}

TEST(Fusion, NamesAreReadAndWritten) {
  for (const char* name : {"rrf", "weighted", "paper"}) {
    EXPECT_EQ(FusionName(ParseFusion(name)), name);
  }
  EXPECT_THROW(ParseFusion("max"), Error);
}

TEST(UnionOfRows, HasEachRowOnceInOrder) {
  EXPECT_THAT(UnionOfRows(kParts.dense, kParts.bm25), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace dpr
