// The options of `dpr train`: a preset, and what is said against it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dpr/training/trainer.h"

namespace CLI {
class App;
}

namespace dpr::cli {

struct TrainingOptions {
  std::vector<std::string> data;
  std::string dev, model, vocabulary, corpus, out, json_log;
  std::string preset = "dpr-small", precision = "auto";
  std::vector<double> sampling_rates, loss_weights;
  std::optional<double> epochs, rate, warmup, decay, clip, dropout, scale, margin;
  std::optional<int64_t> steps, batch, dev_every, patience;
  std::optional<int> hard_negatives, other_negatives, max_length;
  std::optional<std::string> similarity, loss, pooling, freeze, dev_metric;
  std::optional<uint64_t> seed;
  bool no_in_batch = false, mask_false_negatives = false, keep_false_negatives = false;
  bool share = false, learn_scale = false, hardest_only = false, sample_positives = false;
  int64_t micro_batch_tokens = 0, checkpoint_every = 0, projection = 0;

  // --model and what concerns data and settings; -o and what concerns a run if `runs`.
  void AddTo(CLI::App& command, bool runs);
  // Throws kUsage for what does not fit together.
  TrainingRequest ToRequest() const;
};

// "auto": the faster here. kUnsupported for int8, by name.
Precision TrainingPrecision(const std::string& name);

}  // namespace dpr::cli
