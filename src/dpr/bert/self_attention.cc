#include "dpr/bert/self_attention.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "dpr/base/threads.h"
#include "dpr/bert/packing.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

// W_Q, W_K and W_V below one another.
Linear FuseQkv(const SelfAttentionWeights& weights, int64_t hidden) {
  Matrix weight(3 * hidden, hidden);
  std::vector<float> bias;
  int64_t row = 0;
  for (const LinearWeights* part : {&weights.query, &weights.key, &weights.value}) {
    std::copy_n(part->weight.data(), hidden * hidden, weight.row(row));
    bias.insert(bias.end(), part->bias.values().begin(), part->bias.values().end());
    part->weight.Release();
    row += hidden;
  }
  return Linear(weight.view(), bias.data());
}

}  // namespace

// Whose queries are asked: every token's, or each sequence's first.
struct SelfAttention::Queries {
  ConstFloatView q;  // [tokens, hidden] or [sequences, hidden]
  bool first_only;

  int64_t row(const PackedTokens& batch, int64_t s) const {
    return first_only ? s : batch.offsets[s];
  }
  int64_t count(const PackedTokens& batch, int64_t s) const {
    return first_only ? 1 : batch.length(s);
  }
};

SelfAttention::SelfAttention(const SelfAttentionWeights& weights, const BertConfig& config)
    : heads_(config.heads),
      head_size_(config.head_size()),
      qkv_(FuseQkv(weights, config.hidden)),
      output_(PackAndRelease(weights.output)),
      norm_(weights.norm, config.layer_norm_epsilon) {}

void SelfAttention::Forward(ConstFloatView x, const PackedTokens& batch,
                            SelfAttentionBuffers& buffers, LayerThreads threads,
                            FloatView y) const {
  const FloatView qkv = Shaped(buffers.qkv, x.rows, 3 * x.columns);
  RunLinear(qkv_, x, qkv, Activation::kNone, threads);
  Mark(buffers.clock, Stage::kQkv);
  const FloatView heads = Shaped(buffers.heads, x.rows, x.columns);
  RunHeads(batch, {qkv.columns_from(0, x.columns), false}, qkv, buffers, threads, heads);
  Mark(buffers.clock, Stage::kHeads);
  AddOutput(heads, x, threads, y);
  Mark(buffers.clock, Stage::kAttentionOutput);
}

void SelfAttention::ForwardFirstTokens(ConstFloatView x, const PackedTokens& batch,
                                       SelfAttentionBuffers& buffers, LayerThreads threads,
                                       FloatView y) const {
  const int64_t hidden = x.columns, sequences = batch.sequences();
  const FloatView qkv = Shaped(buffers.qkv, x.rows, 3 * hidden);
  RunLinearColumns(qkv_, x, qkv, hidden, 3 * hidden, threads);

  const FloatView first = Shaped(buffers.first_x, sequences, hidden);
  for (int64_t s = 0; s < sequences; ++s) {
    std::copy_n(x.row(batch.offsets[s]), hidden, first.row(s));
  }
  const FloatView first_qkv = Shaped(buffers.first_qkv, sequences, 3 * hidden);
  RunLinearColumns(qkv_, first, first_qkv, 0, hidden, threads);
  Mark(buffers.clock, Stage::kQkv);

  const FloatView heads = Shaped(buffers.heads, sequences, hidden);
  RunHeads(batch, {first_qkv.columns_from(0, hidden), true}, qkv, buffers, threads, heads);
  Mark(buffers.clock, Stage::kHeads);
  AddOutput(heads, first, threads, y);
  Mark(buffers.clock, Stage::kAttentionOutput);
}

void SelfAttention::RunHeads(const PackedTokens& batch, const Queries& queries, ConstFloatView qkv,
                             SelfAttentionBuffers& buffers, LayerThreads threads,
                             FloatView heads) const {
  const int64_t hidden = heads_ * head_size_;
  int64_t longest = 0;
  for (int64_t s = 0; s < batch.sequences(); ++s) longest = std::max(longest, batch.length(s));
  const int64_t scratch_size = AttentionScratch(longest, head_size_);
  const FloatView scratch = Shaped(buffers.scratch, LayerThreadCount(threads), scratch_size);
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size_));

  // One sequence and one head.
  const auto run = [&](int64_t s, int64_t head, std::span<float> space) {
    const ConstFloatView own = qkv.rows_from(batch.offsets[s], batch.length(s));
    const int64_t row = queries.row(batch, s), count = queries.count(batch, s);
    const int64_t column = head * head_size_;
    AttentionHead(queries.q.rows_from(row, count).columns_from(column, head_size_),
                  own.columns_from(hidden + column, head_size_),
                  own.columns_from(2 * hidden + column, head_size_), scale,
                  heads.rows_from(row, count).columns_from(column, head_size_), space);
  };
  const auto share = [&](int thread, int count) {
    for (int64_t i = thread; i < batch.sequences() * heads_; i += count) {
      run(i / heads_, i % heads_, scratch.row_span(thread));
    }
  };
  if (threads == LayerThreads::kAll) {
    ParallelRegion(std::cref(share));
  } else {
    share(0, 1);
  }
}

void SelfAttention::AddOutput(ConstFloatView heads, ConstFloatView x, LayerThreads threads,
                              FloatView y) const {
  RunLinear(output_, heads, y, Activation::kNone, threads);
  norm_.Forward(y, x, y);
}

}  // namespace dpr
