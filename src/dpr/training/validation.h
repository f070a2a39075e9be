// How good two encoders are on examples that they do not learn from, three ways:
//
//   nll           the loss of the dev set's batches, each question against the passages of its
//                 batch (or, without in-batch negatives, its own), all as in training but without
//                 dropout or masking, and the share of questions whose positive wins
//   average rank  over one pool of all questions' positives and up to 30 of each one's hard and 30
//                 of its other negatives: the mean place of the positive, from 0 (DPR's second
//                 metric, whose pools were those of one GPU: ours is the whole)
//   accuracy      over the same pool: the share of questions whose positive is among the best 1, 5
//                 and 20
//
// For the loss alone only the batches' passages are encoded: the pool may be thirty times as large.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/data/example_source.h"
#include "dpr/encoder/encoder.h"
#include "dpr/training/settings.h"

namespace dpr {

struct DevScores {
  double nll = 0, accuracy = 0;  // in batches
  int64_t questions = 0;
  int64_t pool = 0;         // passages; 0: only the batches were looked at, what follows is unknown
  double average_rank = 0;  // over the pool
  double accuracy_1 = 0, accuracy_5 = 0, accuracy_20 = 0;

  bool finite() const;
  double Value(DevMetric metric) const;
};

// Is `value` better than `best`, both of `metric`? Accuracy grows, the others shrink.
bool IsBetter(DevMetric metric, double value, double best);

// The dev set: its questions, and the pool of their passages. For one caller; encodes on all
// compute threads.
class Validation {
 public:
  // Up to `most` questions (DPR's 10,000), in an order of settings.seed.
  Validation(const ExampleSource& dev, const TrainingSettings& settings, int64_t most = 10'000);

  // What `metric` needs; `progress` is told in detail. Nothing when `stop` was set meanwhile, which
  // it heeds within seconds.
  std::optional<DevScores> Run(const Encoder& questions, const Encoder& passages, double scale,
                               DevMetric metric, const std::atomic<bool>& stop,
                               Progress& progress) const;
  int64_t questions() const { return static_cast<int64_t>(questions_.size()); }
  int64_t pool() const { return static_cast<int64_t>(pool_.size()); }

 private:
  LossResult BatchLoss(const LossSettings& loss, ConstFloatView questions, ConstFloatView pool,
                       int64_t begin, int64_t count) const;
  void AddBatches(LossSettings loss, ConstFloatView questions, ConstFloatView pool,
                  DevScores& scores) const;
  void AddRanks(LossSettings loss, ConstFloatView questions, FloatView pool,
                DevScores& scores) const;

  const TrainingSettings settings_;
  std::vector<std::string> questions_;
  std::vector<Passage> pool_;                  // each passage once, those of the batches first
  int64_t in_batches_ = 0;                     // of the pool
  std::vector<int64_t> positive_;              // of each question: its place in the pool
  std::vector<std::vector<int64_t>> batched_;  // of each question: its passages in a batch
};

}  // namespace dpr
