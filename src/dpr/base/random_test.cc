// Philox4x32-10 against the known answers that its authors publish (Random123, kat_vectors), and
// the properties that its users rely on.
#include "dpr/base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace dpr {
namespace {

using ::testing::ElementsAre;

// The counter is (position, stream), the key the seed, low word first.
TEST(CounterRandom, GivesTheAuthorsKnownAnswers) {
  EXPECT_THAT(CounterRandom(0, 0).Block(0),
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(CounterRandom(~uint64_t{0}, ~uint64_t{0}).Block(~uint64_t{0}),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(CounterRandom(0x299f31d0a4093822, 0x0370734413198a2e).Block(0x85a308d3243f6a88),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(CounterRandom, IsAPureFunctionOfSeedStreamAndPosition) {
  EXPECT_EQ(CounterRandom(7, 8).Bits(9), CounterRandom(7, 8).Bits(9));
  EXPECT_NE(CounterRandom(7, 8).Bits(9), CounterRandom(8, 8).Bits(9));
  EXPECT_NE(CounterRandom(7, 8).Bits(9), CounterRandom(7, 9).Bits(9));
  EXPECT_NE(CounterRandom(7, 8).Bits(9), CounterRandom(7, 8).Bits(10));
}

TEST(CounterRandom, UniformFillsTheUnitInterval) {
  const CounterRandom random(1, 2);
  std::vector<int> bins(10);
  double sum = 0;
  for (uint64_t i = 0; i < 100000; ++i) {
    const double value = random.Uniform(i);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    ++bins[static_cast<size_t>(value * 10)];
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);                        // 5 standard errors of the mean
  for (const int count : bins) EXPECT_NEAR(count, 10000, 500);  // 5 standard deviations
}

TEST(CounterRandom, BelowReachesEveryValueAndNoOther) {
  const CounterRandom random(3, 4);
  std::vector<int> counts(7);
  for (uint64_t i = 0; i < 70000; ++i) ++counts[random.Below(i, 7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  EXPECT_EQ(random.Below(0, 1), 0u);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_LT(random.Below(i, ~uint64_t{0}), ~uint64_t{0});
}

TEST(CounterRandom, ShufflePermutesAndDependsOnItsKeyOnly) {
  std::vector<int> first(100), second(100), other(100);
  std::iota(first.begin(), first.end(), 0);
  second = other = first;
  CounterRandom(5, 6).Shuffle(std::span(first));
  CounterRandom(5, 6).Shuffle(std::span(second));
  CounterRandom(5, 7).Shuffle(std::span(other));
  EXPECT_EQ(first, second);
  EXPECT_NE(first, other);
  std::sort(other.begin(), other.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(other[static_cast<size_t>(i)], i);
}

TEST(CounterRandom, EveryPermutationOfThreeIsAboutAsFrequent) {
  std::vector<int> counts(6);
  for (uint64_t stream = 0; stream < 6000; ++stream) {
    std::vector<int> items = {0, 1, 2};
    CounterRandom(9, stream).Shuffle(std::span(items));
    const size_t order = items[1] > items[2] ? 1 : 0;
    ++counts[static_cast<size_t>(items[0]) * 2 + order];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 150);  // 5 standard deviations
}

}  // namespace
}  // namespace dpr
