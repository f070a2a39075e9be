// Confidence intervals of a mean over seeds and questions together, and of the difference of two
// such means: a model is trained with several seeds, and each of them answers the same questions.
//
// The bootstrap of crossed data (McCullagh, "Resampling and exchangeable arrays", Bernoulli 2000;
// Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 2007): seeds are drawn with
// replacement, questions are drawn with replacement, the same ones in every seed, and the mean of
// all drawn values is taken; percentiles as in bootstrap.h. Draws of S seeds show only (S - 1) / S
// of their variance, so that the mean of the drawn ones is moved away from the mean of all by
// sqrt(S / (S - 1)) (the rescaling bootstrap: Rao and Wu, "Resampling inference with complex survey
// data", JASA 1988). Variants are drawn with the same questions, so that differences are paired by
// question, and those that have the same seeds with the same seeds too; other variants' seeds are
// drawn independently.
//
// What it cannot know: two or three seeds may lie close together by chance, and then intervals are
// too narrow and p too small (docs/design/evaluation.md says how much); with one it sees no
// variance of seeds at all. The part of the variance that belongs to a single pair of seed and
// question counts threefold, so that where this part is large intervals are somewhat too wide.
//
// Pure and thread-safe. Draws depend on BootstrapOptions::seed and on which seeds a variant has,
// neither on the number of threads, nor on the order of seeds, nor on the other variants given.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/evaluation/bootstrap.h"

namespace dpr {

// The values of one variant. Questions are the same in all variants, in the same order.
struct SeededValues {
  std::vector<uint64_t> seeds;              // distinct
  std::vector<std::vector<double>> values;  // [seeds][questions]
};

double MeanOf(const SeededValues& variant);

struct MeanDifference {
  double difference = 0;  // mean of the first minus mean of the second
  Interval interval;
  // Two-sided: of the shares of resampled differences that are at most and at least 0, counted as
  // (1 + count) / (1 + resamples), twice the smaller one; at most 1. Never 0.
  double p = 1;
};

// The functions throw kInvalid when a variant has no seeds, a seed twice, or no questions.

Interval HierarchicalInterval(const SeededValues& variant, const BootstrapOptions& options = {});
MeanDifference HierarchicalDifference(const SeededValues& first, const SeededValues& second,
                                      const BootstrapOptions& options = {});

// The mean of each variant in each resample, [variants][resamples], for callers that compare many.
std::vector<std::vector<double>> HierarchicalMeans(std::span<const SeededValues> variants,
                                                   const BootstrapOptions& options = {});
// The difference of two variants out of their resampled means.
MeanDifference DifferenceOf(double first_mean, double second_mean, std::span<const double> first,
                            std::span<const double> second, double level);

}  // namespace dpr
