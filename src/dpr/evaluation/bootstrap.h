// Bootstrap confidence intervals of means over questions, by the percentile method (Efron and
// Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13): questions are drawn with
// replacement as many times as there are, the mean is taken, and of all these means the outer
// (1 - level) / 2 on each side are cut off (linear interpolation between order statistics).
//
// Pure and thread-safe. Resample r of seed s is the same questions whatever the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dpr {

struct Interval {
  double low = 0, high = 0;
};

struct BootstrapOptions {
  int resamples = 10000;
  double level = 0.95;
  uint64_t seed = 1;
};

// `series` is [metrics][questions], all of one length: the values of the same questions in the same
// order. One resample serves all metrics. Returns [metrics]. kInvalid when there are no questions.
std::vector<Interval> BootstrapIntervals(std::span<const std::vector<double>> series,
                                         const BootstrapOptions& options = {});

}  // namespace dpr
