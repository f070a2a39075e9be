#include "dpr/evaluation/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/base/random.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/test_goldens.h"

namespace dpr {
namespace {

Interval IntervalOf(const std::vector<double>& values, const BootstrapOptions& options = {}) {
  return BootstrapIntervals(std::vector<std::vector<double>>{values}, options)[0];
}

std::vector<double> Uniforms(size_t count, uint64_t stream) {
  const CounterRandom random(99, stream);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back(random.Uniform(i));
  return values;
}

TEST(Bootstrap, AgreesWithScipy) {
  std::vector<double> values;
  int compared = 0;
  for (const auto& row : testing::GoldenRows("bootstrap.tsv")) {
    if (row[0] == "values") values = testing::Numbers(row);
    if (row[0] != "interval") continue;
    const std::vector<double> golden = testing::Numbers(row);
    const Interval ours = IntervalOf(values);
    // Both are estimates from 10,000 random resamples: four of the golden's standard errors, and
    // one step of the mean for values that are 0 or 1.
    const double tolerance = 4 * golden[2] + 1.0 / static_cast<double>(values.size() * 10);
    EXPECT_NEAR(ours.low, golden[0], tolerance);
    EXPECT_NEAR(ours.high, golden[1], tolerance);
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

TEST(Bootstrap, CoversTheTrueMeanAsOftenAsItSays) {
  const int samples = 600;
  int covered = 0;
  for (int sample = 0; sample < samples; ++sample) {
    const Interval interval = IntervalOf(Uniforms(60, 1000 + sample), {.resamples = 600});
    if (interval.low <= 0.5 && 0.5 <= interval.high) ++covered;
  }
  // 0.95 within 4 standard errors of 600 samples, and less than one point for the percentile
  // method's own error at 60 questions.
  EXPECT_NEAR(covered / static_cast<double>(samples), 0.945, 0.037);
}

TEST(Bootstrap, WidthFollowsTheNormalApproximation) {
  const std::vector<double> values = Uniforms(2000, 5);
  const Interval interval = IntervalOf(values);
  // 2 * 1.96 standard errors; a uniform value has the variance 1/12. Sampling moves the estimate of
  // that variance and of the two quantiles by about 2 % each.
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * std::sqrt(1.0 / 12 / 2000), 0.0015);
  EXPECT_GT(interval.high - interval.low,
            IntervalOf(values, {.level = 0.5}).high - IntervalOf(values, {.level = 0.5}).low);
}

TEST(Bootstrap, InterpolatesBetweenResamples) {
  const std::vector<double> values = Uniforms(20, 8);
  const Interval all = IntervalOf(values, {.resamples = 2, .level = 1 - 1e-12});
  const Interval half = IntervalOf(values, {.resamples = 2, .level = 0.5});
  ASSERT_LT(all.low, all.high);
  EXPECT_NEAR(half.low, all.low + 0.25 * (all.high - all.low), 1e-10);
  EXPECT_NEAR(half.high, all.low + 0.75 * (all.high - all.low), 1e-10);
}

TEST(Bootstrap, EachMetricHasTheIntervalThatItHasAlone) {
  for (const size_t questions : {1, 2, 3, 4, 5, 63, 64, 65}) {
    const std::vector<std::vector<double>> series = {Uniforms(questions, 1), Uniforms(questions, 2),
                                                     std::vector<double>(questions, 0.25)};
    const auto together = BootstrapIntervals(series, {.resamples = 200});
    for (size_t m = 0; m < series.size(); ++m) {
      const Interval alone = IntervalOf(series[m], {.resamples = 200});
      EXPECT_EQ(together[m].low, alone.low);
      EXPECT_EQ(together[m].high, alone.high);
      EXPECT_LE(alone.low, alone.high);
      EXPECT_GE(alone.low, *std::min_element(series[m].begin(), series[m].end()));
      EXPECT_LE(alone.high, *std::max_element(series[m].begin(), series[m].end()));
    }
    EXPECT_EQ(together[2].low, 0.25);
    EXPECT_EQ(together[2].high, 0.25);
  }
}

TEST(Bootstrap, DependsOnTheSeedAndNotOnThreads) {
  const std::vector<double> values = Uniforms(101, 3);
  const Interval first = IntervalOf(values);
  const int threads = ThreadCount();
  for (const int count : {1, 2, 5}) {
    SetThreadCount(count);
    EXPECT_EQ(IntervalOf(values).low, first.low);
    EXPECT_EQ(IntervalOf(values).high, first.high);
  }
  SetThreadCount(threads);
  EXPECT_NE(IntervalOf(values, {.seed = 2}).low, first.low);
}

TEST(Bootstrap, NeedsQuestions) {
  EXPECT_THROW(IntervalOf({}), Error);
  EXPECT_TRUE(BootstrapIntervals({}).empty());
}

}  // namespace
}  // namespace dpr
