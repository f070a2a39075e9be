#include "dpr/encoder/token_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "dpr/base/random.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;

PackedTokens OfLengths(const std::vector<int64_t>& lengths) {
  PackedTokens tokens;
  for (const int64_t length : lengths) {
    tokens.Add(std::vector<int32_t>(static_cast<size_t>(length), 1));
  }
  return tokens;
}

TEST(CutBatches, TakesTheLongestFirstAndEqualOnesInOrder) {
  TokenBatches batches;
  CutBatches(OfLengths({3, 7, 5, 7, 1}), 12, batches);
  EXPECT_THAT(batches.order, ElementsAre(1, 3, 2, 0, 4));
  EXPECT_THAT(batches.ends, ElementsAre(1, 3, 5));
}

TEST(CutBatches, GivesALongSequenceABatchOfItsOwn) {
  TokenBatches batches;
  CutBatches(OfLengths({1, 500, 2}), 10, batches);
  EXPECT_THAT(batches.order, ElementsAre(1, 2, 0));
  EXPECT_THAT(batches.ends, ElementsAre(1, 3));
}

TEST(CutBatches, HasNoBatchesForNoTexts) {
  TokenBatches batches;
  CutBatches(OfLengths({1}), 10, batches);
  CutBatches(PackedTokens(), 10, batches);
  EXPECT_EQ(batches.count(), 0);
  EXPECT_TRUE(batches.order.empty());
}

TEST(CutBatches, CoversEverySequenceOnceWithinTheBudget) {
  const CounterRandom random(7, 0);
  TokenBatches batches;
  for (uint64_t round = 0; round < 50; ++round) {
    std::vector<int64_t> lengths(random.Below(round, 200));
    for (size_t i = 0; i < lengths.size(); ++i) {
      lengths[i] = 1 + static_cast<int64_t>(random.Below(1000 * round + i, 64));
    }
    const int64_t budget = 64 + static_cast<int64_t>(random.Below(round + 99999, 300));
    CutBatches(OfLengths(lengths), budget, batches);
    EXPECT_EQ(std::set<int64_t>(batches.order.begin(), batches.order.end()).size(), lengths.size());
    for (int64_t b = 0; b < batches.count(); ++b) {
      int64_t tokens = 0;
      for (int64_t i = batches.begin(b); i < batches.ends[b]; ++i) {
        tokens += lengths[batches.order[i]];
      }
      EXPECT_GT(tokens, 0);
      EXPECT_LE(tokens, budget);
    }
    EXPECT_EQ(batches.count() == 0 ? 0 : batches.ends.back(), static_cast<int64_t>(lengths.size()));
  }
}

}  // namespace
}  // namespace dpr
