#include "dpr/retrieval/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/base/random.h"

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

TEST(Join, HasEachRowOnceInOrderWithTheScoresThatTheListsSay) {
  const std::vector<Hit> hits = Join(kParts);
  EXPECT_THAT(Rows(hits), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(hits[0].dense_score, 0.9f);
  EXPECT_EQ(hits[0].bm25_score, 10.0f);
  EXPECT_FALSE(hits[1].bm25_score.has_value());
  EXPECT_FALSE(hits[3].dense_score.has_value());
}

// The scores of all passages, and what two lists of `depth` tell of them.
struct Ranking {
  // `agreement`: how much the dense score follows BM25's, 0 to 1. One passage in `rarity` has a
  // word of the question.
  Ranking(uint64_t seed, int64_t passages, int64_t depth, double agreement, uint64_t rarity) {
    const CounterRandom random(seed, 0);
    for (int64_t row = 0; row < passages; ++row) {
      const auto at = static_cast<uint64_t>(3 * row);
      const double u = random.Uniform(at), other = random.Uniform(at + 1);
      const bool shares = random.Below(at + 2, rarity) == 0;
      // Eighths, so that there are ties.
      const double score = std::floor(160 * u * u * u) / 8;
      bm25.push_back(shares ? static_cast<float>(score + 0.125) : 0);
      dense.push_back(static_cast<float>(
          std::floor(8 * (agreement * score + (1 - agreement) * 20 * other) - 40) / 8));
      parts.dense.push_back({dense.back(), row});
      if (shares) parts.bm25.push_back({bm25.back(), row});
    }
    for (std::vector<ScoredRow>* list : {&parts.dense, &parts.bm25}) {
      std::sort(list->begin(), list->end(), RanksBefore);
      list->resize(std::min(list->size(), static_cast<size_t>(depth)));
    }
  }

  void Fill(std::vector<Hit>& hits) const {
    for (Hit& hit : hits) {
      hit.dense_score = dense[static_cast<size_t>(hit.row)];
      hit.bm25_score = bm25[static_cast<size_t>(hit.row)];
    }
  }

  std::vector<float> dense, bm25;
  RankedParts parts;
};

// The slow twin: all scores of the whole union.
TEST(KeepContenders, LeavesTheBestOfAllExactSums) {
  size_t joined = 0, left = 0;
  uint64_t seed = 0;
  for (const int64_t passages : {1, 7, 60, 900}) {
    for (const int64_t depth : {1, 5, 40, 300, 1000}) {
      for (const double agreement : {0.0, 0.3, 0.6, 1.0}) {
        for (const uint64_t rarity : {1, 4, 1000}) {
          const Ranking ranking(seed++, passages, depth, agreement, rarity);
          for (const auto& [weight, k] : std::vector<std::pair<double, int64_t>>{{1.1, 1},
                                                                                 {1.1, 10},
                                                                                 {3, 20},
                                                                                 {1.1, 60},
                                                                                 {1.1, 2000},
                                                                                 {0, 3},
                                                                                 {40, 10},
                                                                                 {-1, 4}}) {
            RankedParts all = ranking.parts, some = ranking.parts;
            all.both = Join(all);
            ranking.Fill(all.both);
            some.both = Join(some);
            KeepContenders(some.both, {some, depth}, weight, k);
            joined += all.both.size();
            left += some.both.size();
            ranking.Fill(some.both);
            const auto expected = Fuse(all, Fusion::kPaper, weight, k);
            const auto found = Fuse(some, Fusion::kPaper, weight, k);
            ASSERT_EQ(Rows(found), Rows(expected))
                << passages << " passages, depth " << depth << ", weight " << weight << ", k " << k;
          }
        }
      }
    }
  }
  EXPECT_LT(left, joined * 4 / 5) << "and it does drop";
}

TEST(KeepContenders, DropsWhatNoScoreOfTheOtherListSaves) {
  const RankedParts parts = {{{5, 1}, {4, 2}, {1, 3}}, {{20, 1}, {10, 4}, {2, 5}}, {}};
  std::vector<Hit> hits = Join(parts);
  KeepContenders(hits, {parts, 3}, 1, 1);
  EXPECT_THAT(Rows(hits), ElementsAre(1)) << "25; the others at most 6, 3, 11, 3";
  hits = Join(parts);
  KeepContenders(hits, {parts, 3}, 1, 2);
  EXPECT_THAT(Rows(hits), ElementsAre(1, 2, 4)) << "the second best has at least 4";
  hits = Join(parts);
  KeepContenders(hits, {parts, 3}, 1, 4);
  EXPECT_EQ(hits.size(), 5u) << "of three alone the least sum is known";
}

}  // namespace
}  // namespace dpr
