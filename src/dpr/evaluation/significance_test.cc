#include "dpr/evaluation/significance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/test_goldens.h"

namespace dpr {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

std::vector<double> Uniforms(size_t count, uint64_t stream) {
  const CounterRandom random(7, stream);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(random.Uniform(i));
  return values;
}

// The slow obvious twin: every pattern of signs, each sum from the beginning.
double AllPatterns(const std::vector<double>& a, const std::vector<double>& b) {
  const auto sum = [&](uint32_t pattern) {
    double total = 0;
    for (size_t i = 0; i < a.size(); ++i) total += (a[i] - b[i]) * (pattern >> i & 1 ? -1 : 1);
    return std::abs(total);
  };
  const uint32_t patterns = uint32_t{1} << a.size();
  int extreme = 0;
  for (uint32_t pattern = 0; pattern < patterns; ++pattern) {
    if (sum(pattern) >= sum(0) - 1e-12) ++extreme;
  }
  return extreme / static_cast<double>(patterns);
}

TEST(RandomizationTest, AgreesWithScipy) {
  std::vector<double> a, b;
  int exact = 0, sampled = 0;
  for (const auto& row : testing::GoldenRows("randomization.tsv")) {
    if (row[0] == "a") a = testing::Numbers(row);
    if (row[0] == "b") b = testing::Numbers(row);
    if (row[0] != "p") continue;
    const double golden = std::stod(row[1]);
    // Sampled: both have a standard error of about sqrt(p (1 - p) / permutations); four of the sum.
    const double tolerance =
        row[2] == "exact" ? 1e-9 : 4 * std::sqrt(golden * (1 - golden) * (1e-5 + 5e-6));
    EXPECT_NEAR(PairedRandomizationTest(a, b), golden, tolerance);
    ++(row[2] == "exact" ? exact : sampled);
  }
  EXPECT_EQ(exact, 9);
  EXPECT_EQ(sampled, 5);
}

TEST(RandomizationTest, EqualsTheSlowTwin) {
  for (size_t count = 1; count <= 16; ++count) {
    const auto a = Uniforms(count, count), b = Uniforms(count, 100 + count);
    EXPECT_DOUBLE_EQ(PairedRandomizationTest(a, b), AllPatterns(a, b)) << count;
  }
}

TEST(RandomizationTest, SamplesAgreeWithAllPatterns) {
  for (const size_t count : {17, 18, 20}) {
    const auto a = Uniforms(count, count), b = Uniforms(count, 200 + count);
    const double all = AllPatterns(a, b);
    // Four standard errors of 100,000 samples.
    EXPECT_NEAR(PairedRandomizationTest(a, b), all, 4 * std::sqrt(all * (1 - all) / 1e5)) << count;
  }
}

TEST(RandomizationTest, EqualRunsGiveOne) {
  const auto a = Uniforms(50, 1);
  EXPECT_EQ(PairedRandomizationTest(a, a), 1);
  EXPECT_EQ(PairedRandomizationTest({}, {}), 1);
  EXPECT_EQ(PairedRandomizationTest(std::vector{1.0, 0.0}, std::vector{0.0, 1.0}), 1);
}

TEST(RandomizationTest, QuestionsWithoutADifferenceDoNotMatter) {
  std::vector<double> a = {1, 1, 1, 1, 0}, b = {0, 0, 0, 0, 1};
  const double p = PairedRandomizationTest(a, b);
  EXPECT_DOUBLE_EQ(p, 12.0 / 32);
  a.resize(5000, 0.5);
  b.resize(5000, 0.5);
  EXPECT_DOUBLE_EQ(PairedRandomizationTest(a, b), p);
}

TEST(RandomizationTest, IsSymmetricAndNeverZero) {
  for (const size_t count : {5, 40, 127, 128, 129, 300}) {
    const auto a = Uniforms(count, 1), b = Uniforms(count, 2);
    EXPECT_EQ(PairedRandomizationTest(a, b), PairedRandomizationTest(b, a));
  }
  const std::vector<double> ones(200, 1), zeros(200, 0);
  EXPECT_DOUBLE_EQ(PairedRandomizationTest(ones, zeros), 1 / 100001.0);
}

TEST(RandomizationTest, FindsWhatIsNotThereAsOftenAsItSays) {
  const int trials = 1000;
  int found = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto a = Uniforms(40, 1000 + 2 * trial), b = Uniforms(40, 1001 + 2 * trial);
    if (PairedRandomizationTest(a, b, {.permutations = 400}) <= 0.05) ++found;
  }
  // 0.05 within 4 standard errors of 1,000 trials.
  EXPECT_NEAR(found / static_cast<double>(trials), 0.05, 0.028);
}

TEST(RandomizationTest, DependsOnTheSeedAndNotOnThreads) {
  const auto a = Uniforms(333, 1), b = Uniforms(333, 2);
  const double first = PairedRandomizationTest(a, b);
  const int threads = ThreadCount();
  for (const int count : {1, 2, 5}) {
    SetThreadCount(count);
    EXPECT_EQ(PairedRandomizationTest(a, b), first);
  }
  SetThreadCount(threads);
  EXPECT_NE(PairedRandomizationTest(a, b, {.seed = 2}), first);
}

TEST(Holm, AdjustsStepByStep) {
  EXPECT_THAT(HolmAdjusted(std::vector{0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleEq(0.03), DoubleEq(0.06), DoubleEq(0.06), DoubleEq(0.02)));
  EXPECT_THAT(HolmAdjusted(std::vector{0.6, 0.7}), ElementsAre(1, 1));
  EXPECT_THAT(HolmAdjusted(std::vector{0.2}), ElementsAre(0.2));
  EXPECT_TRUE(HolmAdjusted({}).empty());
}

TEST(Compare, GivesDifferenceAndP) {
  Evaluation run, other;
  run.metrics = other.metrics = {{Metric::Kind::kSuccess, 1}, {Metric::Kind::kSuccess, 5}};
  run.question_ids = other.question_ids = {"a", "b", "c"};
  run.values = {{1, 1, 1}, {1, 1, 1}};
  other.values = {{0, 0, 0}, {1, 1, 1}};
  const auto comparisons = Compare(run, other);
  ASSERT_EQ(comparisons.size(), 2u);
  EXPECT_EQ(comparisons[0].difference, 1);
  EXPECT_EQ(comparisons[0].p, 0.25);
  EXPECT_EQ(comparisons[0].adjusted_p, 0.5);
  EXPECT_EQ(comparisons[1].difference, 0);
  EXPECT_EQ(comparisons[1].p, 1);
  EXPECT_EQ(Compare(other, run)[0].difference, -1);
}

}  // namespace
}  // namespace dpr
