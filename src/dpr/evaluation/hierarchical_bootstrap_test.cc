#include "dpr/evaluation/hierarchical_bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/evaluation/test_seeded_values.h"

namespace dpr {
namespace {

using testing::Effects;
using testing::Sample;
using testing::SeedsFrom;

double Width(const Interval& interval) { return interval.high - interval.low; }

// The slow obvious twin: lists of drawn seeds and questions, all values of both, another generator;
// the mean of what was drawn, moved away from that of all seeds on the same questions.
Interval TwinInterval(const SeededValues& variant, int resamples) {
  std::mt19937_64 random(3);
  const auto draws = [&](size_t count) {
    std::vector<size_t> drawn(count);
    for (size_t& index : drawn) index = random() % count;
    return drawn;
  };
  std::vector<double> means;
  for (int r = 0; r < resamples; ++r) {
    const auto seeds = draws(variant.seeds.size());
    const auto questions = draws(variant.values[0].size());
    double drawn = 0, all = 0;
    for (const size_t q : questions) {
      for (const size_t s : seeds) drawn += variant.values[s][q];
      for (const std::vector<double>& values : variant.values) all += values[q];
    }
    const auto count = static_cast<double>(seeds.size());
    const double away = count > 1 ? std::sqrt(count / (count - 1)) * (drawn - all) : 0;
    means.push_back((all + away) / (count * static_cast<double>(questions.size())));
  }
  std::sort(means.begin(), means.end());
  return {means[static_cast<size_t>(0.025 * resamples)],
          means[static_cast<size_t>(0.975 * resamples)]};
}

TEST(HierarchicalBootstrap, AgreesWithTheSlowTwin) {
  for (const auto& [seeds, questions] : std::vector<std::pair<size_t, size_t>>{
           {1, 30}, {2, 1}, {3, 17}, {5, 64}, {13, 9}, {40, 3}}) {
    const SeededValues variant =
        Sample(seeds, SeedsFrom(1, seeds), questions, {.seed = 0.3, .question = 0.5, .pair = 0.4});
    const Interval ours = HierarchicalInterval(variant, {.resamples = 20000});
    const Interval twin = TwinInterval(variant, 20000);
    // A quantile at 0.025 has a standard error of about 0.019 standard deviations of the mean, or
    // 0.0048 widths, with 20,000 resamples; four of those of both, and steps where draws are few.
    const double tolerance = 0.03 * Width(twin) + (seeds * questions < 10 ? 0.1 : 0);
    EXPECT_NEAR(ours.low, twin.low, tolerance) << seeds << " x " << questions;
    EXPECT_NEAR(ours.high, twin.high, tolerance) << seeds << " x " << questions;
  }
}

TEST(HierarchicalBootstrap, OfOneSeedIsThePlainOne) {
  for (const size_t questions : {1, 2, 5, 64, 101}) {
    const SeededValues variant = Sample(1, {7}, questions, {.question = 0.3});
    const Interval plain = BootstrapIntervals(variant.values, {.resamples = 500})[0];
    const Interval ours = HierarchicalInterval(variant, {.resamples = 500});
    EXPECT_EQ(ours.low, plain.low);
    EXPECT_EQ(ours.high, plain.high);
  }
}

TEST(HierarchicalBootstrap, OfSeedsThatDoNotDifferIsThePlainOne) {
  const SeededValues variant = Sample(2, SeedsFrom(1, 30), 80, {.question = 0.3});
  const Interval plain = BootstrapIntervals({variant.values.data(), 1})[0];
  const Interval ours = HierarchicalInterval(variant);
  EXPECT_NEAR(ours.low, plain.low, 1e-12);
  EXPECT_NEAR(ours.high, plain.high, 1e-12);
}

TEST(HierarchicalBootstrap, SeesAnEffectOfSeedsThatQuestionsDoNotShow) {
  const SeededValues variant = Sample(3, SeedsFrom(1, 400), 3, {.seed = 0.2});
  // 2 * 1.96 standard errors of 400 seeds; their spread and both quantiles are off by a few per
  // cent.
  EXPECT_NEAR(Width(HierarchicalInterval(variant)), 2 * 1.96 * 0.2 / 20, 0.003);
  const Interval plain = BootstrapIntervals({variant.values.data(), 1})[0];
  EXPECT_NEAR(Width(plain), 0, 1e-12);
}

TEST(HierarchicalBootstrap, AddsTheVariancesOfSeedsAndQuestions) {
  const SeededValues variant = Sample(4, SeedsFrom(1, 100), 400, {.seed = 0.1, .question = 0.3});
  const double expected = std::sqrt(0.1 * 0.1 / 100 + 0.3 * 0.3 / 400);
  EXPECT_NEAR(Width(HierarchicalInterval(variant)), 2 * 1.96 * expected, 0.15 * 3.92 * expected);
}

// Of 400 samples, how many intervals hold the true mean.
double Coverage(size_t seeds) {
  const int samples = 400;
  int covered = 0;
  for (int sample = 0; sample < samples; ++sample) {
    const SeededValues variant =
        Sample(1000 + sample, SeedsFrom(1, seeds), 50, {.seed = 0.1, .question = 0.5, .pair = 0.3});
    const Interval interval = HierarchicalInterval(variant, {.resamples = 600});
    if (interval.low <= 0.5 && 0.5 <= interval.high) ++covered;
  }
  return covered / double{samples};
}

TEST(HierarchicalBootstrap, CoversTheTrueMeanAboutAsOftenAsItSays) {
  for (const size_t seeds : {3, 5, 10, 30}) {
    const double coverage = Coverage(seeds);
    RecordProperty("coverage_of_" + std::to_string(seeds), std::to_string(coverage));
    EXPECT_GE(coverage, seeds == 3 ? 0.88 : 0.91) << seeds << " seeds";
    EXPECT_LE(coverage, 0.99) << seeds << " seeds";
  }
}

TEST(HierarchicalDifference, IsPairedByQuestion) {
  SeededValues first = Sample(5, {1}, 50, {.question = 0.3}), second = first;
  for (double& value : first.values[0]) value += 0.05;
  second.seeds = {2};
  const MeanDifference found = HierarchicalDifference(first, second);
  EXPECT_NEAR(found.difference, 0.05, 1e-12);
  EXPECT_NEAR(found.interval.low, 0.05, 1e-12);
  EXPECT_NEAR(found.interval.high, 0.05, 1e-12);
  EXPECT_DOUBLE_EQ(found.p, 2.0 / 10001);
}

TEST(HierarchicalDifference, IsPairedBySeedWhereBothHaveTheSameSeeds) {
  const SeededValues first = Sample(6, {1, 2, 3, 4}, 20, {.mean = 0.55, .seed = 0.2});
  const SeededValues same = Sample(6, {4, 2, 1, 3}, 20, {.mean = 0.5, .seed = 0.2});
  EXPECT_NEAR(Width(HierarchicalDifference(first, same).interval), 0, 1e-12);
  SeededValues others = same;
  others.seeds = {4, 2, 1, 5};
  const double width = Width(HierarchicalDifference(first, others).interval);
  // The variances of two independent means of the same four values.
  const double alone = Width(HierarchicalInterval(first));
  EXPECT_NEAR(width, std::sqrt(2.0) * alone, 0.1 * alone);
}

TEST(HierarchicalDifference, IsAntisymmetric) {
  const Effects effects{.seed = 0.1, .question = 0.3, .pair = 0.2};
  const SeededValues first = Sample(7, {1, 2, 3}, 40, effects);
  const SeededValues second = Sample(8, {1, 2}, 40, effects);
  const MeanDifference there = HierarchicalDifference(first, second);
  const MeanDifference back = HierarchicalDifference(second, first);
  EXPECT_EQ(there.difference, -back.difference);
  EXPECT_NEAR(there.interval.low, -back.interval.high, 1e-15);
  EXPECT_EQ(there.p, back.p);
}

TEST(HierarchicalDifference, OfEqualVariantsHasPOne) {
  const SeededValues variant = Sample(9, {1, 2, 3}, 40, {.seed = 0.1, .question = 0.3});
  EXPECT_EQ(HierarchicalDifference(variant, variant).p, 1);
  // 0.1 + 0.2 and 0.3 are equal but for rounding, in whatever resample.
  const SeededValues sum{{1}, {{0.1 + 0.2}}}, whole{{2}, {{0.3}}};
  EXPECT_EQ(HierarchicalDifference(sum, whole).p, 1);
}

// Of 400 differences that are not there, how many have p < 0.05.
double FalseFindings(size_t seeds) {
  const Effects effects{.seed = 0.1, .question = 0.5, .pair = 0.2};
  const int samples = 400;
  int found = 0;
  for (int sample = 0; sample < samples; ++sample) {
    const SeededValues first = Sample(5000 + sample, SeedsFrom(1, seeds), 40, effects);
    const SeededValues second = Sample(5000 + sample, SeedsFrom(100, seeds), 40, effects);
    if (HierarchicalDifference(first, second, {.resamples = 400}).p < 0.05) ++found;
  }
  return found / double{samples};
}

TEST(HierarchicalDifference, FindsWhatIsNotThereAboutAsOftenAsItSays) {
  for (const size_t seeds : {3, 5, 10, 30}) {
    const double found = FalseFindings(seeds);
    RecordProperty("found_with_" + std::to_string(seeds), std::to_string(found));
    EXPECT_GE(found, 0.01) << seeds << " seeds";
    EXPECT_LE(found, seeds < 10 ? 0.10 : 0.08) << seeds << " seeds";
  }
}

TEST(HierarchicalBootstrap, DependsOnTheSeedAndNotOnThreadsOrderOrOtherVariants) {
  const Effects effects{.seed = 0.1, .question = 0.3, .pair = 0.2};
  const SeededValues variant = Sample(10, {3, 1, 2}, 101, effects);
  SeededValues sorted = Sample(10, {1, 2, 3}, 101, effects);
  const Interval first = HierarchicalInterval(variant);
  EXPECT_EQ(HierarchicalInterval(sorted).low, first.low);
  EXPECT_NE(HierarchicalInterval(variant, {.seed = 2}).low, first.low);
  const std::vector<SeededValues> both = {Sample(11, {8, 9}, 101, effects), variant};
  EXPECT_EQ(HierarchicalMeans(both)[1], HierarchicalMeans({&variant, 1})[0]);
  const int threads = ThreadCount();
  for (const int count : {1, 2, 5}) {
    SetThreadCount(count);
    EXPECT_EQ(HierarchicalInterval(variant).low, first.low);
    EXPECT_EQ(HierarchicalInterval(variant).high, first.high);
  }
  SetThreadCount(threads);
}

TEST(HierarchicalBootstrap, NeedsSeedsAndQuestions) {
  EXPECT_THROW(HierarchicalInterval({}), Error);
  EXPECT_THROW(HierarchicalInterval({{1}, {{}}}), Error);
  EXPECT_THROW(HierarchicalInterval({{1, 1}, {{0.5}, {0.5}}}), Error);
  EXPECT_TRUE(HierarchicalMeans({}).empty());
  EXPECT_DOUBLE_EQ(MeanOf({{1, 2}, {{0, 1}, {1, 1}}}), 0.75);
}

}  // namespace
}  // namespace dpr
