#include "dpr/evaluation/top_k_accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dpr/evaluation/evaluate.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;

TEST(TopKAccuracy, FirstHitIsARankFromOne) {
  EXPECT_EQ(FirstHit({}), 0);
  EXPECT_EQ(FirstHit({false, false}), 0);
  EXPECT_EQ(FirstHit({true, true}), 1);
  EXPECT_EQ(FirstHit({false, false, true, true}), 3);
}

TEST(TopKAccuracy, CountsHitsWithinK) {
  const std::vector<int> first_hits = {0, 1, 3, 20, 21};
  EXPECT_THAT(TopKHits(first_hits, 1), ElementsAre(0, 1, 0, 0, 0));
  EXPECT_THAT(TopKHits(first_hits, 20), ElementsAre(0, 1, 1, 1, 0));
  EXPECT_DOUBLE_EQ(Mean(TopKHits(first_hits, 20)), 0.6);
  EXPECT_DOUBLE_EQ(Mean(TopKHits(first_hits, 1000000)), 0.8);
}

}  // namespace
}  // namespace dpr
