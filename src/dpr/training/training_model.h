// The model of a training run: two encoders (or one), their gradients, the optimiser.
#pragma once

#include <optional>

#include "dpr/encoder/trainable_retriever.h"
#include "dpr/training/checkpoint.h"
#include "dpr/training/gradient_cache.h"
#include "dpr/training/optimizer.h"
#include "dpr/training/trainer.h"

namespace dpr {

// For one caller.
class TrainingModel {
 public:
  // Opens request.model.
  explicit TrainingModel(const TrainingRequest& request);

  // Adds the gradients of a batch whose loss has this weight, with dropout of `step`.
  LossResult AddGradients(const TokenizedBatch& batch, int64_t step, double weight);
  // One step of the optimiser; clears the gradients.
  void Update(int64_t step, double rate, double gradient_norm);
  void ParametersChanged();

  // The settings' loss, with the scale as it has been learned.
  LossSettings CurrentLoss() const;
  const TrainableRetriever& retriever() const { return retriever_; }
  Optimizer& optimizer() { return optimizer_; }
  const CheckpointArrays& arrays() const { return arrays_; }
  int64_t micro_batch_tokens() const { return micro_batch_tokens_; }
  // Those that are trained, under their names in a checkpoint.
  struct NamedEncoder {
    const char* name;
    EncoderGradient* encoder;
  };
  std::vector<NamedEncoder> Trained();
  EncoderGradient& questions() { return questions_; }
  EncoderGradient& passages() { return passages_ ? *passages_ : questions_; }

 private:
  const TrainingSettings& settings_;
  TrainableRetriever retriever_;
  EncoderGradient questions_;
  std::optional<EncoderGradient> passages_;  // empty: shared
  int64_t micro_batch_tokens_;
  GradientCache cache_;
  Optimizer optimizer_;
  CheckpointArrays arrays_;
};

}  // namespace dpr
