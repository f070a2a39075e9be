// TopK against sorting everything.
#include "dpr/vectors/top_k.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dpr/base/random.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// The slow twin.
std::vector<ScoredRow> SortAndCut(std::vector<ScoredRow> all, int64_t k) {
  std::erase_if(all, [](const ScoredRow& s) { return std::isnan(s.score); });
  std::sort(all.begin(), all.end(), RanksBefore);
  all.resize(std::min(all.size(), static_cast<size_t>(k)));
  return all;
}

// Few distinct scores, so that ties are the rule; infinities and NaN among them.
std::vector<ScoredRow> RandomCandidates(uint64_t seed) {
  const CounterRandom random(seed, 0);
  const auto count = static_cast<int64_t>(random.Below(0, 300));
  const uint64_t distinct = 1 + random.Below(1, 40);
  const float special[] = {kInfinity, -kInfinity, kNaN, 0.0f, -0.0f, 1e-45f};
  std::vector<ScoredRow> all;
  for (int64_t row = 0; row < count; ++row) {
    const uint64_t draw = random.Below(static_cast<uint64_t>(row) + 10, distinct + 6);
    const float score = draw < 6 ? special[draw] : static_cast<float>(draw) - 20.0f;
    all.push_back({score, row});
  }
  random.Shuffle(std::span(all));
  return all;
}

TEST(TopK, EqualsSortingInAnyOrderOfArrival) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const std::vector<ScoredRow> all = RandomCandidates(seed);
    for (const int64_t k : {1, 2, 3, 10, 100, 1000}) {
      TopK top(k);
      for (const ScoredRow& candidate : all) top.Push(candidate);
      const std::vector<ScoredRow> expected = SortAndCut(all, k);
      ASSERT_EQ(top.Sorted(), expected) << "seed " << seed << ", k " << k;
      ASSERT_EQ(top.full(), static_cast<int64_t>(expected.size()) == k);
      ASSERT_EQ(top.worst_score(), top.full() ? expected.back().score : -kInfinity);
    }
  }
}

TEST(TopK, MergeEqualsOneCollector) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<ScoredRow> all = RandomCandidates(seed);
    for (const int64_t k : {1, 7, 64, 500}) {
      std::vector<TopK> parts(3, TopK(k));
      for (size_t i = 0; i < all.size(); ++i) parts[i % 3].Push(all[i]);
      TopK merged(k);
      for (const TopK& part : parts) merged.Merge(part);
      ASSERT_EQ(merged.Sorted(), SortAndCut(all, k)) << "seed " << seed << ", k " << k;
    }
  }
}

TEST(TopK, AmongEqualScoresTheLowerRowWins) {
  TopK top(2);
  for (const int64_t row : {5, 9, 3, 7}) top.Push({1.0f, row});
  EXPECT_THAT(top.Sorted(), ElementsAre(ScoredRow{1.0f, 3}, ScoredRow{1.0f, 5}));
}

TEST(TopK, NaNNeverEntersNorTakesAPlace) {
  TopK top(2);
  top.Push({kNaN, 0});
  EXPECT_THAT(top.Sorted(), IsEmpty());
  top.Push({-kInfinity, 1});
  top.Push({kNaN, 2});
  top.Push({1.0f, 3});
  top.Push({kNaN, 4});
  EXPECT_THAT(top.Sorted(), ElementsAre(ScoredRow{1.0f, 3}, ScoredRow{-kInfinity, 1}));
}

TEST(TopK, AHugeKAllocatesOnlyWhatArrives) {
  TopK top(int64_t{1} << 60);
  top.Push({1.0f, 0});
  EXPECT_THAT(top.Sorted(), ElementsAre(ScoredRow{1.0f, 0}));
  EXPECT_FALSE(top.full());
}

}  // namespace
}  // namespace dpr
