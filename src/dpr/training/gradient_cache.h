// The gradient of a batch's loss in the memory of a micro-batch (Gao et al. 2021, "Scaling deep
// contrastive learning batch size under memory limited setup"): first the vectors of all texts,
// nothing remembered; then the loss and its slopes by the vectors; then each micro-batch again,
// with memory, and backward. Exact, dropout included, since dropout is a function of the text's
// number in the batch. A batch that fits into one micro-batch goes forward once.
#pragma once

#include <cstdint>

#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/tape.h"
#include "dpr/training/encoder_gradient.h"
#include "dpr/training/loss.h"

namespace dpr {

// A batch ready to learn from.
struct TokenizedBatch {
  PackedTokens questions, passages;
  LossTargets targets;

  int64_t tokens() const { return questions.tokens() + passages.tokens(); }
};

// For one caller.
class GradientCache {
 public:
  // The same encoder twice: one shared. `micro_batch_tokens`: of one encoder at a time.
  GradientCache(EncoderGradient& questions, EncoderGradient& passages, int64_t micro_batch_tokens);

  // Adds the gradients of the batch's loss to the encoders'. One
  // that is frozen gets none.
  LossResult AddGradients(const TokenizedBatch& batch, const LossSettings& loss,
                          const DropoutPlan& dropout);

 private:
  struct Side;
  void ComputeVectors(Side& side, const DropoutPlan& dropout);
  void Backward(Side& side, const DropoutPlan& dropout, bool remembered);

  EncoderGradient& questions_;
  EncoderGradient& passages_;
  int64_t micro_batch_tokens_;
  AlignedBuffer<float> vectors_, slopes_, piece_;
};

}  // namespace dpr
