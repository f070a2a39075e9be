// The position-wise feed-forward network with its residual, the other half of a transformer layer
// (Vaswani et al. 2017, section 3.3; GELU and post-norm as in BERT):
//
//   y = LayerNorm(x + gelu(x W_1 + b_1) W_2 + b_2)
#pragma once

#include "dpr/bert/layer_norm.h"
#include "dpr/bert/layer_threads.h"
#include "dpr/bert/stage_clock.h"
#include "dpr/bert/weights.h"
#include "dpr/tensor/linear.h"

namespace dpr {

struct FeedForwardBuffers {
  AlignedBuffer<float> intermediate;  // [rows of a chunk, intermediate]
  StageClock* clock = nullptr;        // of the caller, if he wants to know
};

// Immutable and thread-safe with buffers per caller.
class FeedForward {
 public:
  FeedForward(const FeedForwardWeights& weights, const BertConfig& config);

  // x, y: [rows, hidden]; they must not overlap.
  void Forward(ConstFloatView x, FeedForwardBuffers& buffers, LayerThreads threads,
               FloatView y) const;

  // Rows that one thread takes at a time, so that their intermediate stays in its second-level
  // cache: 64 x 3,072 floats are 0.8 MB, 64 x 1,536 half of it. Changes no bits.
  static constexpr int64_t kChunkRows = 64;

 private:
  Linear intermediate_;  // [intermediate, hidden]
  Linear output_;        // [hidden, intermediate]
  LayerNorm norm_;
};

}  // namespace dpr
