// Which examples a step learns from, and the batch that they make.
//
// An epoch permutes each set over the whole of it and cuts the permutation into batches of one set
// each, whose remainder waits for another epoch; the batches of all sets are then shuffled. All of
// it is a function of (seed, epoch), so that a step's batch does not depend on where a run was
// resumed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dpr/data/example_source.h"
#include "dpr/encoder/encoder.h"
#include "dpr/training/gradient_cache.h"
#include "dpr/training/settings.h"

namespace dpr {

// A set with its share of an epoch and its weight in the loss.
struct WeightedSet {
  std::shared_ptr<const ExampleSource> set;
  double sampling_rate = 1;  // of its examples, taken in an epoch; 2: each twice
  double loss_weight = 1;
};

// What happened to examples on their way into batches, over the whole run.
struct BatchCounts {
  int64_t examples = 0, questions_truncated = 0, passages_truncated = 0;
  int64_t other_instead_of_hard = 0;  // hard negatives for which other negatives stood in
  int64_t missing_negatives = 0;      // negatives that an example did not have
  int64_t collisions = 0;             // question and another's passage that is its positive
  int64_t masked = 0;                 // candidates left out as false negatives

  std::string Json() const;
  static BatchCounts FromJson(const std::string& text);
};

// The examples of one step.
struct StepExamples {
  size_t set = 0;
  std::vector<int64_t> examples;
  double loss_weight = 1;
};

// Immutable and thread-safe.
class BatchOrder {
 public:
  BatchOrder(const std::vector<WeightedSet>& sets, const TrainingSettings& settings);

  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  int64_t steps() const { return steps_; }                      // of the whole run
  int64_t batch(size_t set) const { return sets_[set].batch; }  // questions, of that set
  // Examples of a set's share of an epoch that fill no batch.
  int64_t remainder(size_t set) const { return sets_[set].remainder; }
  double EpochAt(int64_t step) const {
    return static_cast<double>(step) / static_cast<double>(steps_per_epoch_);
  }
  // The batches of an epoch, all of them.
  std::vector<StepExamples> Epoch(int64_t epoch) const;

 private:
  struct Set {
    int64_t size, batch, batches, remainder;
    double loss_weight;
  };
  std::vector<Set> sets_;
  uint64_t seed_;
  int64_t steps_per_epoch_ = 0, steps_ = 0;
};

// For one caller.
class BatchBuilder {
 public:
  BatchBuilder(const std::vector<WeightedSet>& sets, const TrainingSettings& settings,
               const Encoder& questions, const Encoder& passages);

  // `step` decides what is sampled. Adds to `counts`.
  TokenizedBatch Build(const StepExamples& examples, int64_t step, BatchCounts& counts) const;

 private:
  const std::vector<WeightedSet>& sets_;
  const TrainingSettings& settings_;
  const Encoder& questions_;
  const Encoder& passages_;
};

// A question's passages in a batch: its positive, then its negatives. `random_position` tells
// examples apart in what is sampled.
std::vector<TrainingPassage> ChoosePassages(const TrainingExample& example,
                                            const TrainingSettings& settings, int64_t step,
                                            uint64_t random_position, BatchCounts& counts);

// Who competes with whom, given each question with its own passages; by the settings' in_batch and
// mask_false_negatives.
LossTargets ChooseTargets(const std::vector<TrainingExample>& examples,
                          const std::vector<std::vector<TrainingPassage>>& passages,
                          const TrainingSettings& settings, BatchCounts& counts);

}  // namespace dpr
