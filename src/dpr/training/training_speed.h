// How fast a training step is on the user's data and model, everything in it: tokenising, forward,
// backward, clipping, the optimiser's step.
#pragma once

#include <cstdint>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/training/trainer.h"

namespace dpr {

struct StepTime {
  double seconds = 0;
  int64_t questions = 0, passages = 0, tokens = 0;  // tokens of both, [CLS] and [SEP] counted
  // Additions and multiplications, forward and backward, of what the pooled tokens need: of the
  // linear layers, and of attention's matrix products.
  double linear_operations = 0, attention_operations = 0;
};

struct TrainingSpeed {
  std::vector<StepTime> steps;  // the first, which warms up, is left out
  BertConfig config;            // of the passages' encoder
  Precision precision = Precision::kF32;
};

// Trains `steps` + 1 steps in memory and writes nothing.
TrainingSpeed MeasureTraining(const TrainingRequest& request, int64_t steps, Progress& progress);

}  // namespace dpr
