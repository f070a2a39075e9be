// Which of many variants can be told apart? All pairs are compared by the bootstrap over seeds and
// questions (hierarchical_bootstrap.h), their p values adjusted by Holm's method, and variants that
// are not told apart share a letter (letter_display.h).
//
// Pure and thread-safe; results depend on the seed, not on the number of threads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dpr/evaluation/hierarchical_bootstrap.h"

namespace dpr {

struct SeparationOptions {
  BootstrapOptions bootstrap;  // its level is that of the intervals
  double significance = 0.05;  // pairs with an adjusted p below it are told apart
};

struct VariantPair {
  size_t first = 0, second = 0;  // places of the variants, first < second
  MeanDifference difference;     // of the first minus the second; not adjusted
  double adjusted_p = 1;         // after Holm's correction over all pairs
};

struct Separation {
  std::vector<double> means;                       // [variants]
  std::vector<Interval> intervals;                 // [variants], not adjusted
  std::vector<VariantPair> pairs;                  // by first, then by second
  std::vector<std::vector<size_t>> not_separated;  // [variants]: the others, ascending
  std::vector<size_t> order;                       // variants by mean, the highest first
  std::vector<std::string> letters;                // [variants]: "a", "ab", ...; "a" the best's
};

// kInvalid as in hierarchical_bootstrap.h; kUsage when so many pairs could not be told apart with
// so few resamples, however far apart they are.
Separation Separate(std::span<const SeededValues> variants, const SeparationOptions& options = {});

}  // namespace dpr
