// Everything that decides what a training run computes, and the presets. Two runs of equal settings
// on the same files end in the same weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dpr/encoder/encoder.h"
#include "dpr/tensor/precision.h"
#include "dpr/training/loss.h"
#include "dpr/training/optimizer.h"

namespace dpr {

enum class Frozen { kNone, kQuestion, kPassage };
enum class DevMetric { kNll, kAverageRank, kAccuracy };

struct TrainingSettings {
  std::string preset = "dpr-small";

  // How long. `steps` 0: as many as `epochs` take.
  double epochs = 3;
  int64_t steps = 0;
  int64_t batch = 32;  // questions

  // What a question is held against.
  int hard_negatives = 1, other_negatives = 0;  // of its own, at most
  bool in_batch = true;                         // also the other questions' passages
  bool sample_positives = false;                // else the first
  bool mask_false_negatives = true;             // no negative that is a positive or holds an answer

  LossSettings loss;
  Pooling pooling = Pooling::kCls;
  int64_t max_length = 0;  // tokens of a text; 0: the model's
  int64_t projection = 0;  // numbers in a vector, by a linear layer; 0: as the model has it
  bool share = false;      // one encoder for both
  Frozen frozen = Frozen::kNone;
  double dropout = 0.1;
  Precision precision = Precision::kF32;  // of the layers' products
  // Of one encoder at a time; 0: as many as fit into 2 GB. Sums over tokens begin anew with each
  // micro-batch, so the last bits of the weights depend on it.
  int64_t micro_batch_tokens = 0;

  double rate = 5e-5;
  double warmup = 0.1;  // from 1 on a number of steps, below it a share of all
  OptimizerSettings optimizer;
  uint64_t seed = 12345;

  // The dev set: how often it is asked (0: after each epoch), and what for.
  DevMetric dev_metric = DevMetric::kAverageRank;
  double average_rank_from_epoch = -1;  // NLL until then; below 0: dev_metric throughout
  int64_t dev_every = 0;
  int64_t patience = 0;  // dev sets without a better value before it stops early; 0: never

  int64_t WarmupSteps(int64_t all_steps) const;
};

// "dpr-nq", the recipe of DPR's published code, or "dpr-small", ours (docs/design/training.md has
// the measurements behind it). kUsage for any other name.
TrainingSettings PresetSettings(std::string_view name);
std::vector<std::string> PresetNames();

// One JSON object with every setting, flat; the order is fixed.
std::string SettingsJson(const TrainingSettings& settings);
// The names and both values of the members in which two such objects differ, "name: here, there"
// each; empty when they are equal.
std::vector<std::string> SettingsDifferences(const std::string& here, const std::string& there);

std::string TrainingSimilarityName(TrainingSimilarity similarity);  // "dot", "l2-squared"
TrainingSimilarity ParseTrainingSimilarity(std::string_view name);  // kUsage for any other name
std::string LossKindName(LossKind loss);
LossKind ParseLossKind(std::string_view name);
std::string FrozenName(Frozen frozen);
Frozen ParseFrozen(std::string_view name);
std::string DevMetricName(DevMetric metric);  // "nll", "average-rank", "accuracy"
DevMetric ParseDevMetric(std::string_view name);

}  // namespace dpr
