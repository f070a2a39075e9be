// The options of `dpr pretrain`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dpr/pretraining/pretrain.h"

namespace CLI {
class App;
}

namespace dpr::cli {

struct PretrainingOptions {
  std::vector<std::string> texts;
  std::string out, model, config, vocabulary, json_log;
  std::string task = "mlm", precision = "auto";
  double token_count = 20e6;
  std::optional<double> held_out, rate, warmup, dropout, scale;
  std::optional<std::string> pooling, similarity;
  std::optional<int64_t> batch, batch_tokens, dev_every, patience;
  std::optional<int> max_length;
  int64_t pieces = 30'522, checkpoint_every = 0, micro_batch_tokens = 0;
  uint64_t seed = 12345;
  int words = 100, overlap = 0;
  bool skip_bad = false, two_encoders = false;

  void AddTo(CLI::App& command);

  // Each throws kUsage for what does not fit together.
  int64_t tokens() const;
  PretrainingRequest ToRequest() const;
  LanguageModelSettings LanguageModel() const;
  CropSettings Crops() const;
  TrainingSettings Contrastive() const;
};

}  // namespace dpr::cli
