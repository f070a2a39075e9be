// dpr eval --tune-hybrid: the weight of a fusion that does best on one set of questions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/data/records.h"
#include "dpr/retrieval/searcher.h"

namespace dpr::cli {

struct WeightTrial {
  double weight = 0;
  double value = 0;  // the mean of the objective
};

struct TunedHybrid {
  std::string fusion, metric;
  std::vector<WeightTrial> trials;  // ascending by weight
  double weight = 0;                // of the best; of equal ones, the nearest to the default
};

// How good a ranking of at most `kTuningDepth` hits is for a question, from 0 to 1.
using HybridObjective = std::function<double(const Question&, std::span<const Hit>)>;
inline constexpr int64_t kTuningDepth = 20;

// Each question is searched once, whatever the number of weights. `searcher`: hybrid, its fusion
// one that has a weight.
TunedHybrid TuneHybrid(const Searcher& searcher, const std::vector<Question>& questions,
                       const std::string& metric, const HybridObjective& objective,
                       Progress& progress);

}  // namespace dpr::cli
