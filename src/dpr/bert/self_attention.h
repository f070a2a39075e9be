// Multi-head self-attention with its residual, one half of a transformer layer (Vaswani et al.
// 2017, section 3.2; post-norm as in BERT):
//
//   y = LayerNorm(x + [head_1 .. head_n] W_O + b_O)
//   head_h = softmax(Q_h K_h^T / sqrt(head size)) V_h,   Q = x W_Q + b_Q, K, V likewise
//
// Tokens attend within their own sequence only. W_Q, W_K and W_V are one fused matrix.
#pragma once

#include "dpr/bert/layer_norm.h"
#include "dpr/bert/layer_tape.h"
#include "dpr/bert/layer_threads.h"
#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/stage_clock.h"
#include "dpr/bert/weights.h"
#include "dpr/tensor/linear.h"

namespace dpr {

// What a forward pass computes on its way, in one place for a backward pass to find.
struct SelfAttentionBuffers {
  AlignedBuffer<float> qkv;        // [tokens, 3 hidden]: Q, K and V side by side
  AlignedBuffer<float> heads;      // [tokens, hidden]: the heads' outputs side by side
  AlignedBuffer<float> scratch;    // of each thread, for one head
  AlignedBuffer<float> d_heads;    // [rows, hidden]: in a backward pass
  AlignedBuffer<float> first_x;    // [sequences, hidden]: first tokens of x
  AlignedBuffer<float> first_qkv;  // [sequences, 3 hidden], of which Q is used
  StageClock* clock = nullptr;     // of the caller, if he wants to know
};

// Thread-safe with buffers per caller, but for what changes parameters.
class SelfAttention {
 public:
  SelfAttention(const SelfAttentionWeights& weights, const BertConfig& config, Precision precision);

  // x, y: [tokens, hidden]; they must not overlap.
  void Forward(ConstFloatView x, const PackedTokens& batch, SelfAttentionBuffers& buffers,
               LayerThreads threads, FloatView y) const;
  // y [sequences, hidden]: the rows of Forward's y at each sequence's first token, same bits.
  void ForwardFirstTokens(ConstFloatView x, const PackedTokens& batch,
                          SelfAttentionBuffers& buffers, LayerThreads threads, FloatView y) const;

  // The same as both, with dropout, on the calling thread: from tape.x to tape.attended, leaving
  // what Backward needs. The tape's rows are the chunk's.
  void ForwardRecorded(const SequenceChunk& chunk, const LayerDropout& dropout,
                       const LayerTape& tape, SelfAttentionBuffers& buffers) const;
  // d: the slopes of tape.attended on the way in, and, if all tokens are rows, those of tape.x on
  // the way out; with first tokens only these go to `d_x`. Slopes of the norm's parameters are
  // added to `partial`, [2 hidden].
  void Backward(const SequenceChunk& chunk, const LayerDropout& dropout, const LayerTape& tape,
                const LayerSlopes& slopes, SelfAttentionBuffers& buffers, FloatView d,
                FloatView d_x, std::span<float> partial) const;

  Linear& qkv() { return qkv_; }
  Linear& output() { return output_; }
  LayerNorm& norm() { return norm_; }
  const Linear& qkv() const { return qkv_; }
  const Linear& output() const { return output_; }
  const LayerNorm& norm() const { return norm_; }

 private:
  struct Queries;
  struct Head;
  float scale() const;
  void ProjectQueries(ConstFloatView x, const PackedTokens& batch, LayerThreads threads,
                      FloatView qkv, FloatView first_x, FloatView first_qkv) const;
  void RunHeads(const PackedTokens& batch, const Queries& queries, ConstFloatView qkv,
                SelfAttentionBuffers& buffers, LayerThreads threads, FloatView heads) const;
  void AddOutput(ConstFloatView heads, ConstFloatView x, LayerThreads threads, FloatView y) const;
  void HeadGradients(const SequenceChunk& chunk, const LayerDropout& dropout, const LayerTape& tape,
                     ConstFloatView d_heads, FloatView d_qkv, SelfAttentionBuffers& buffers) const;

  int64_t heads_, head_size_;
  Precision precision_;  // of the heads' products, but for what trains: that is f32
  Linear qkv_;           // [3 hidden, hidden]
  Linear output_;        // [hidden, hidden]
  LayerNorm norm_;
};

}  // namespace dpr
