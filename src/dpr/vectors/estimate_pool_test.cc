// Pools of estimates, and what they select by, beside sorting.
#include "dpr/vectors/estimate_pool.h"

#include <gtest/gtest.h>

#include "dpr/base/random.h"

namespace dpr {
namespace {

TEST(RankKeys, AreInTheOrderOfScoresThenNumbers) {
  const float scores[] = {
      -std::numeric_limits<float>::infinity(), -3, -1e-40f, 0, 1e-40f, 2, 1e30f};
  for (const float a : scores) {
    for (const float b : scores) {
      for (const uint32_t n : {0u, 7u, UINT32_MAX}) {
        const RankKey first = MakeRankKey(a, 7), second = MakeRankKey(b, n);
        EXPECT_EQ(first > second, a > b || (a == b && 7 < n)) << a << " " << b << " " << n;
        EXPECT_EQ(ScoreOf(second), b);
        EXPECT_EQ(NumberOf(second), n);
      }
    }
  }
  EXPECT_EQ(MakeRankKey(-0.0f, 1), MakeRankKey(0.0f, 1));
}

TEST(SelectGreatest, PutsTheGreatestInFront) {
  const CounterRandom random(9, 1);
  std::vector<int> scratch;
  for (const uint64_t distinct : {1u, 2u, 10u, 1000000u}) {
    for (const size_t size : {1u, 2u, 31u, 33u, 100u, 1000u}) {
      for (const size_t k : {size_t{1}, size / 3, size / 2, size - 1, size}) {
        if (k == 0) continue;
        std::vector<int> keys;
        for (size_t i = 0; i < size; ++i) {
          keys.push_back(static_cast<int>(random.Below(i * 31 + k, distinct)));
        }
        std::vector<int> sorted = keys;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        SelectGreatest(std::span(keys), k, scratch);
        std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(k), std::greater<>());
        EXPECT_TRUE(std::equal(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(k),
                               sorted.begin()));
        std::sort(keys.begin(), keys.end(), std::greater<>());
        EXPECT_EQ(keys, sorted) << "none is lost";
      }
    }
  }
}

TEST(EstimatePool, KeepsTheBestWhateverTheOrder) {
  const CounterRandom random(3, 1);
  for (const uint64_t distinct : {1u, 3u, 50u, 1u << 30}) {
    for (const int64_t keep : {1, 5, 70, 400}) {
      std::vector<RankKey> all;
      EstimatePool pool(keep);
      for (uint32_t i = 0; i < 3000; ++i) {
        // Rising, falling and mixed.
        const float drift = distinct == 50  ? 0.1f * static_cast<float>(i)
                            : distinct == 3 ? -0.1f * static_cast<float>(i)
                                            : 0;
        const float value = drift + static_cast<float>(random.Below(i, distinct));
        const uint32_t place = (i * 7 + 5) % 3000;
        all.push_back(MakeRankKey(value, place));
        if (value >= pool.least()) pool.Push(value, place);
      }
      std::sort(all.begin(), all.end(), std::greater<>());
      all.resize(static_cast<size_t>(keep));
      const std::span<RankKey> best = pool.Best();
      std::vector<RankKey> found(best.begin(), best.end());
      std::sort(found.begin(), found.end(), std::greater<>());
      EXPECT_EQ(found, all) << distinct << " " << keep;
    }
  }
}

}  // namespace
}  // namespace dpr
