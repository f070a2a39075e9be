// What decides a run of masked-language-model pretraining (Devlin et al. 2019, appendix A.2).
#pragma once

#include <cstdint>
#include <string>

#include "dpr/tensor/precision.h"
#include "dpr/training/optimizer.h"

namespace dpr {

struct LanguageModelSettings {
  int64_t tokens = 20'000'000;  // that the run takes in, special ones counted
  int64_t batch_tokens = 2048;  // a step takes pairs until it has so many
  int max_length = 128;         // tokens of a pair
  double short_pairs = 0.1;     // share of pairs that are cut to a length by chance
  double masked = 0.15;         // share of a pair's tokens that are asked for
  double dropout = 0;           // of one pass over the text
  double rate = 1e-3;
  double warmup = 0.05;  // share of the steps
  OptimizerSettings optimizer = {.beta2 = 0.98, .epsilon = 1e-6, .decay = 0.01, .clip = 1.0};
  uint64_t seed = 12345;
  Precision precision = Precision::kF32;
  int64_t micro_batch_tokens = 0;  // in memory at a time; 0: as many as fit into 2 GB
  int64_t evaluate_every = 0;      // steps; 0: twenty times in the run

  int64_t steps() const { return (tokens + batch_tokens - 1) / batch_tokens; }
};

// One JSON object with every setting, flat; the order is fixed.
std::string SettingsJson(const LanguageModelSettings& settings);

}  // namespace dpr
