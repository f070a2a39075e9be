// Do two retrievers differ, judged on the same questions? The paired randomisation test (Fisher;
// Smucker, Allan and Carterette, "A comparison of statistical significance tests for information
// retrieval evaluation", CIKM 2007), and the comparison of two evaluations by it.
//
// If the retrievers do not differ, each question's difference could as well have the other sign. p
// is the share of sign patterns whose mean difference is at least as far from 0 as the observed one
// (two-sided). With at most 16 differences other than 0 all patterns are counted; otherwise
// `permutations` random ones, and p = (1 + count) / (1 + permutations), which is never 0 (Phipson
// and Smyth, 2010).
//
// Pure and thread-safe; results depend on the seed, not on the number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/evaluation/evaluate.h"

namespace dpr {

struct RandomizationOptions {
  int64_t permutations = 100000;
  uint64_t seed = 1;
};

// `a` and `b` hold the values of the same questions in the same order. 1 when they are equal.
double PairedRandomizationTest(std::span<const double> a, std::span<const double> b,
                               const RandomizationOptions& options = {});

// Holm's step-down correction (1979): p values of several tests, adjusted so that the chance of any
// false finding among them stays below the level that they are compared with. Same order as given.
std::vector<double> HolmAdjusted(std::span<const double> p_values);

struct Comparison {
  Metric metric;
  double difference = 0;  // mean of `run` minus mean of `other`
  double p = 1;           // of the paired randomisation test
  double adjusted_p = 1;  // after Holm's correction over all metrics
};

// Both must come from the same judgements and metrics.
std::vector<Comparison> Compare(const Evaluation& run, const Evaluation& other,
                                const RandomizationOptions& options = {});

}  // namespace dpr
