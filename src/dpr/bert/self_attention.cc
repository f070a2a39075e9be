#include "dpr/bert/self_attention.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "dpr/base/threads.h"
#include "dpr/bert/packing.h"
#include "dpr/tensor/gradients.h"

namespace dpr {
namespace {

// W_Q, W_K and W_V below one another.
Linear FuseQkv(const SelfAttentionWeights& weights, int64_t hidden, Precision precision) {
  Matrix weight(3 * hidden, hidden);
  std::vector<float> bias;
  int64_t row = 0;
  for (const LinearWeights* part : {&weights.query, &weights.key, &weights.value}) {
    std::copy_n(part->weight.data(), hidden * hidden, weight.row(row));
    bias.insert(bias.end(), part->bias.values().begin(), part->bias.values().end());
    part->weight.Release();
    row += hidden;
  }
  return Linear(weight.view(), bias.data(), precision, Linear::Rotation::kBeforeQuantizing);
}

}  // namespace

// Whose queries are asked: every token's, or each sequence's first.
struct SelfAttention::Queries {
  ConstFloatView q;  // [tokens, hidden] or [sequences, hidden]
  bool first_only = false;
  Dropout dropout = {};                    // of the probabilities
  std::span<const uint64_t> numbers = {};  // of the sequences, if it drops

  int64_t row(const PackedTokens& batch, int64_t s) const {
    return first_only ? s : batch.offsets[s];
  }
  int64_t count(const PackedTokens& batch, int64_t s) const {
    return first_only ? 1 : batch.length(s);
  }
};

SelfAttention::SelfAttention(const SelfAttentionWeights& weights, const BertConfig& config,
                             Precision precision)
    : heads_(config.heads),
      head_size_(config.head_size()),
      precision_(precision),
      qkv_(FuseQkv(weights, config.hidden, precision)),
      output_(PackAndRelease(weights.output, precision)),
      norm_(weights.norm, config.layer_norm_epsilon) {}

void SelfAttention::Forward(ConstFloatView x, const PackedTokens& batch,
                            SelfAttentionBuffers& buffers, LayerThreads threads,
                            FloatView y) const {
  const FloatView qkv = Shaped(buffers.qkv, x.rows, 3 * x.columns);
  RunLinear(qkv_, x, qkv, Activation::kNone, threads);
  Mark(buffers.clock, Stage::kQkv);
  const FloatView heads = Shaped(buffers.heads, x.rows, x.columns);
  RunHeads(batch, {qkv.columns_from(0, x.columns)}, qkv, buffers, threads, heads);
  Mark(buffers.clock, Stage::kHeads);
  AddOutput(heads, x, threads, y);
  Mark(buffers.clock, Stage::kAttentionOutput);
}

// Keys and values of all tokens, queries of the first ones only.
void SelfAttention::ProjectQueries(ConstFloatView x, const PackedTokens& batch,
                                   LayerThreads threads, FloatView qkv, FloatView first_x,
                                   FloatView first_qkv) const {
  const int64_t hidden = x.columns;
  RunLinearColumns(qkv_, x, qkv, hidden, 3 * hidden, threads);
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    std::copy_n(x.row(batch.offsets[s]), hidden, first_x.row(s));
  }
  RunLinearColumns(qkv_, first_x, first_qkv, 0, hidden, threads);
}

void SelfAttention::ForwardFirstTokens(ConstFloatView x, const PackedTokens& batch,
                                       SelfAttentionBuffers& buffers, LayerThreads threads,
                                       FloatView y) const {
  const int64_t hidden = x.columns, sequences = batch.sequences();
  const FloatView qkv = Shaped(buffers.qkv, x.rows, 3 * hidden);
  const FloatView first = Shaped(buffers.first_x, sequences, hidden);
  const FloatView first_qkv = Shaped(buffers.first_qkv, sequences, 3 * hidden);
  ProjectQueries(x, batch, threads, qkv, first, first_qkv);
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
  const int64_t scratch_size = AttentionScratchIn(precision_, longest, head_size_);
  const FloatView scratch = Shaped(buffers.scratch, LayerThreadCount(threads), scratch_size);

  // One sequence and one head.
  const auto run = [&](int64_t s, int64_t head, std::span<float> space) {
    const ConstFloatView own = qkv.rows_from(batch.offsets[s], batch.length(s));
    const int64_t row = queries.row(batch, s), count = queries.count(batch, s);
    const int64_t column = head * head_size_;
    const ConstFloatView q = queries.q.rows_from(row, count).columns_from(column, head_size_);
    const ConstFloatView k = own.columns_from(hidden + column, head_size_);
    const ConstFloatView v = own.columns_from(2 * hidden + column, head_size_);
    const FloatView out = heads.rows_from(row, count).columns_from(column, head_size_);
    if (queries.dropout.active()) {
      const AttentionDropout dropout = {queries.dropout, queries.numbers[s], heads_, head};
      AttentionHead(q, k, v, scale(), out, space, &dropout);
    } else {
      AttentionHeadIn(precision_, q, k, v, scale(), out, space);
    }
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

float SelfAttention::scale() const { return 1.0f / std::sqrt(static_cast<float>(head_size_)); }

void SelfAttention::AddOutput(ConstFloatView heads, ConstFloatView x, LayerThreads threads,
                              FloatView y) const {
  RunLinear(output_, heads, y, Activation::kNone, threads);
  norm_.Forward(y, x, y);
}

void SelfAttention::ForwardRecorded(const SequenceChunk& chunk, const LayerDropout& dropout,
                                    const LayerTape& tape, SelfAttentionBuffers& buffers) const {
  const bool first_only = tape.first_only();
  const LayerThreads alone = LayerThreads::kCaller;
  if (first_only) {
    ProjectQueries(tape.x, chunk.batch, alone, tape.qkv, tape.first_x, tape.first_qkv);
  } else {
    qkv_.Forward(tape.x, tape.qkv);
  }
  const FloatView asking = first_only ? tape.first_qkv : tape.qkv;
  RunHeads(
      chunk.batch,
      {asking.columns_from(0, tape.x.columns), first_only, dropout.probabilities, chunk.numbers},
      tape.qkv, buffers, alone, tape.heads);
  output_.Forward(tape.heads, tape.attended);
  DropStates(dropout.attention, chunk, first_only, tape.attended);
  norm_.Forward(tape.attended, first_only ? tape.first_x : tape.x, tape.attended,
                tape.attention_norm);
}

void SelfAttention::Backward(const SequenceChunk& chunk, const LayerDropout& dropout,
                             const LayerTape& tape, const LayerSlopes& slopes,
                             SelfAttentionBuffers& buffers, FloatView d, FloatView d_x,
                             std::span<float> partial) const {
  norm_.Backward(tape.attention_norm, d, partial);
  CopyRows(d, slopes.attention);
  DropStates(dropout.attention, chunk, tape.first_only(), slopes.attention);
  const FloatView d_heads = Shaped(buffers.d_heads, d.rows, d.columns);
  output_.InputGradient(slopes.attention, d_heads, Linear::Into::kNew);
  HeadGradients(chunk, dropout, tape, d_heads, slopes.qkv, buffers);
  if (!tape.first_only()) {
    qkv_.InputGradient(slopes.qkv, d, Linear::Into::kSum);
    return;
  }
  qkv_.InputGradient(slopes.qkv, d_x, Linear::Into::kNew);
  for (int64_t s = 0; s < chunk.batch.sequences(); ++s) {
    float* to = d_x.row(chunk.batch.offsets[s]);
    for (int64_t c = 0; c < d.columns; ++c) to[c] += d.row(s)[c];
  }
}

void SelfAttention::HeadGradients(const SequenceChunk& chunk, const LayerDropout& dropout,
                                  const LayerTape& tape, ConstFloatView d_heads, FloatView d_qkv,
                                  SelfAttentionBuffers& buffers) const {
  const PackedTokens& batch = chunk.batch;
  const int64_t hidden = heads_ * head_size_;
  const ConstFloatView asking = tape.first_only() ? tape.first_qkv : tape.qkv;
  const Queries queries = {asking.columns_from(0, hidden), tape.first_only()};
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const int64_t begin = batch.offsets[s], length = batch.length(s);
    const int64_t row = queries.row(batch, s), count = queries.count(batch, s);
    const int64_t size = AttentionGradientScratch(length, head_size_);
    const std::span<float> scratch = Shaped(buffers.scratch, 1, size).row_span(0);
    const ConstFloatView own = ConstFloatView(tape.qkv).rows_from(begin, length);
    const FloatView d_own = d_qkv.rows_from(begin, length);
    for (int64_t i = count; i < length; ++i) std::fill_n(d_own.row(i), hidden, 0.0f);
    for (int64_t head = 0; head < heads_; ++head) {
      const int64_t column = head * head_size_;
      const auto part = [&](auto view, int64_t which) {
        return view.columns_from(which * hidden + column, head_size_);
      };
      const AttentionDropout dropping = {dropout.probabilities, chunk.numbers[s], heads_, head};
      AttentionHeadGradient(
          part(queries.q.rows_from(row, count), 0), part(own, 1), part(own, 2), scale(),
          part(ConstFloatView(tape.heads).rows_from(row, count), 0),
          part(d_heads.rows_from(row, count), 0), dropping.dropout.active() ? &dropping : nullptr,
          {part(d_own.rows_from(0, count), 0), part(d_own, 1), part(d_own, 2)}, scratch);
    }
  }
}

}  // namespace dpr
