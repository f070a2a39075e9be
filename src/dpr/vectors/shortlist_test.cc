// Shortlists against collectors of all scores.
#include "dpr/vectors/shortlist.h"

#include <gmock/gmock.h>

#include <cmath>

#include "dpr/base/random.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Scores with ties, infinities and NaN, and for each row bounds that hold.
struct Scored {
  std::vector<float> scores;
  std::vector<ScoreBounds> bounds;
};

ScoreBounds BoundsAround(float score, float width, uint64_t draw) {
  if (draw == 0 || !std::isfinite(score)) return {-kInfinity, kInfinity};
  const float share = static_cast<float>(draw) / 8;  // the score is not in the middle
  return {score - width * share - 1e-3f, score + width * (1 - share) + 1e-3f};
}

Scored RandomScores(uint64_t seed, int64_t rows) {
  const CounterRandom random(seed, 3);
  const float widths[] = {0.0f, 0.5f, 50.0f};
  const float width = widths[random.Below(0, 3)];
  const uint64_t distinct = 1 + random.Below(1, 200);
  Scored scored;
  for (int64_t row = 0; row < rows; ++row) {
    const uint64_t at = 10 + 3 * static_cast<uint64_t>(row);
    float score = static_cast<float>(random.Below(at, distinct)) * 0.25f;
    const uint64_t special = random.Below(at + 1, 100);
    if (special < 3) score = special == 0 ? kNaN : special == 1 ? kInfinity : -kInfinity;
    scored.scores.push_back(score);
    scored.bounds.push_back(BoundsAround(score, width, random.Below(at + 2, 8)));
  }
  return scored;
}

TEST(Shortlist, GivesTheKBestWhateverTheBounds) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    for (const int64_t k : {1, 3, 50, 400}) {
      const Scored scored = RandomScores(seed, 2000);
      Shortlist shortlist(k, [&](int64_t row) { return scored.scores[static_cast<size_t>(row)]; });
      TopK expected(k);
      for (int64_t i = 0; i < 2000; ++i) {
        const int64_t row = (i * 7 + 13) % 2000;
        const auto at = static_cast<size_t>(row);
        expected.Push({scored.scores[at], row});
        if (scored.bounds[at].high < shortlist.threshold()) continue;  // as callers do
        const float before = shortlist.threshold();
        const bool risen = shortlist.Add(scored.bounds[at], row);
        ASSERT_GE(shortlist.threshold(), before);
        ASSERT_TRUE(risen || shortlist.threshold() == before);
      }
      ASSERT_EQ(shortlist.Finish(), expected.Sorted()) << "seed " << seed << ", k " << k;
    }
  }
}

TEST(Shortlist, ScoresOnlyWhatBoundsCannotDecide) {
  constexpr int64_t kTop = 10, kRows = 5000;
  int64_t scored = 0;
  Shortlist shortlist(kTop, [&](int64_t row) {
    ++scored;
    return static_cast<float>(row * 7919 % kRows);
  });
  for (int64_t row = 0; row < kRows; ++row) {
    const auto score = static_cast<float>(row * 7919 % kRows);
    shortlist.Add({score - 0.25f, score + 0.25f}, row);
  }
  EXPECT_EQ(shortlist.Finish().size(), 10u);
  EXPECT_EQ(scored, kTop);
}

// Bounds that tell nothing must cost time only: the list stays short, and says so by scoring.
TEST(Shortlist, EqualScoresDoNotPileUp) {
  constexpr int64_t kTop = 10, kRows = 100000;
  int64_t scored = 0;
  Shortlist shortlist(kTop, [&](int64_t) {
    ++scored;
    return 1.0f;
  });
  for (int64_t row = kRows - 1; row >= 0; --row) shortlist.Add({0.5f, 1.5f}, row);
  EXPECT_GT(scored, kRows - 200);
  const std::vector<ScoredRow> best = shortlist.Finish();
  ASSERT_EQ(best.size(), 10u);
  for (int64_t i = 0; i < kTop; ++i) EXPECT_EQ(best[static_cast<size_t>(i)].row, i);
}

TEST(Shortlist, NaNNeverEnters) {
  Shortlist shortlist(2, [](int64_t row) { return row == 1 ? 5.0f : kNaN; });
  for (int64_t row = 0; row < 1000; ++row) shortlist.Add({-kInfinity, kInfinity}, row);
  EXPECT_THAT(shortlist.Finish(), ::testing::ElementsAre(ScoredRow{5.0f, 1}));
}

}  // namespace
}  // namespace dpr
