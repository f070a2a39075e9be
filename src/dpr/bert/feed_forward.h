// The position-wise feed-forward network with its residual, the other half of a transformer layer
// (Vaswani et al. 2017, section 3.3; GELU and post-norm as in BERT):
//
//   y = LayerNorm(x + gelu(x W_1 + b_1) W_2 + b_2)
#pragma once

#include "dpr/bert/layer_norm.h"
#include "dpr/bert/layer_tape.h"
#include "dpr/bert/layer_threads.h"
#include "dpr/bert/stage_clock.h"
#include "dpr/bert/weights.h"
#include "dpr/tensor/linear.h"

namespace dpr {

struct FeedForwardBuffers {
  AlignedBuffer<float> intermediate;  // [rows of a chunk, intermediate]
  StageClock* clock = nullptr;        // of the caller, if he wants to know
};

// Thread-safe with buffers per caller, but for what changes parameters.
class FeedForward {
 public:
  FeedForward(const FeedForwardWeights& weights, const BertConfig& config, Precision precision);

  // x, y: [rows, hidden]; they must not overlap.
  void Forward(ConstFloatView x, FeedForwardBuffers& buffers, LayerThreads threads,
               FloatView y) const;

  // The same with dropout, on the calling thread: from tape.attended to tape.y, leaving what
  // Backward needs.
  void ForwardRecorded(const SequenceChunk& chunk, const LayerDropout& dropout,
                       const LayerTape& tape, FeedForwardBuffers& buffers) const;
  // d: the slopes of tape.y on the way in, of tape.attended on the way out. Slopes of the norm's
  // parameters are added to `partial`, [2 hidden].
  void Backward(const SequenceChunk& chunk, const LayerDropout& dropout, const LayerTape& tape,
                const LayerSlopes& slopes, FloatView d, std::span<float> partial) const;

  Linear& intermediate() { return intermediate_; }
  Linear& output() { return output_; }
  LayerNorm& norm() { return norm_; }
  const Linear& intermediate() const { return intermediate_; }
  const Linear& output() const { return output_; }
  const LayerNorm& norm() const { return norm_; }

  // Tiles of 14 rows that one thread takes at a time, so that their intermediate stays in its
  // second-level cache: 70 x 3,072 floats are 0.9 MB, 70 x 1,536 half of it. Changes no bits.
  static constexpr int64_t kChunkTiles = 5;

 private:
  Linear intermediate_;  // [intermediate, hidden]
  Linear output_;        // [hidden, intermediate]
  LayerNorm norm_;
};

}  // namespace dpr
