#include "dpr/encoder/pooling.h"

#include <algorithm>

#include "dpr/bert/layer_threads.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

FloatView Mean(const PackedTokens& batch, ConstFloatView states, PoolingBuffers& buffers) {
  const FloatView pooled = Shaped(buffers.pooled, batch.sequences(), states.columns);
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const int64_t length = batch.length(s);
    SumRows(states.rows_from(batch.offsets[s], length), 1.0f / static_cast<float>(length),
            pooled.row_span(s));
  }
  return pooled;
}

void MeanBackward(const PackedTokens& batch, ConstFloatView d_pooled, FloatView d_states) {
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const float share = 1.0f / static_cast<float>(batch.length(s));
    for (int64_t t = batch.offsets[s]; t < batch.offsets[s + 1]; ++t) {
      for (int64_t c = 0; c < d_states.columns; ++c)
        d_states.row(t)[c] = d_pooled.row(s)[c] * share;
    }
  }
}

FloatView Pool(const Bert& bert, Pooling pooling, const PackedTokens& batch, FloatView states,
               PoolingBuffers& buffers) {
  if (pooling == Pooling::kCls) return states;
  if (pooling == Pooling::kMean) return Mean(batch, states, buffers);
  const FloatView pooled = Shaped(buffers.pooled, states.rows, states.columns);
  bert.Pool(states, pooled);
  return pooled;
}

}  // namespace

FloatView PoolStates(const Bert& bert, Pooling pooling, const PackedTokens& batch, FloatView states,
                     PoolingBuffers& buffers) {
  const FloatView pooled = Pool(bert, pooling, batch, states, buffers);
  if (!bert.has_projection()) return pooled;
  const FloatView projected = Shaped(buffers.projected, pooled.rows, bert.config().projection);
  bert.Project(pooled, projected);
  return projected;
}

void PoolStatesBackward(const Bert& bert, Pooling pooling, const PackedTokens& batch,
                        ConstFloatView states, FloatView d_vectors, PoolingBuffers& buffers,
                        FloatView d_states, std::span<float> gradients) {
  const int64_t hidden = states.columns;
  FloatView d_pooled = d_vectors;
  const ConstFloatView pooled = pooling == Pooling::kCls
                                    ? states
                                    : FloatView(buffers.pooled.data(), batch.sequences(), hidden);
  if (bert.has_projection()) {
    d_pooled = Shaped(buffers.d_pooled, batch.sequences(), hidden);
    bert.ProjectBackward(pooled, d_vectors, d_pooled, gradients);
  }
  switch (pooling) {
    case Pooling::kCls:
      CopyRows(d_pooled, d_states);
      return;
    case Pooling::kMean:
      MeanBackward(batch, d_pooled, d_states);
      return;
    case Pooling::kPooler:
      bert.PoolBackward(states, pooled, d_pooled, d_states, gradients);
      return;
  }
}

FloatView ForwardAndPool(const Bert& bert, Pooling pooling, bool wide, const PackedTokens& batch,
                         BertWorkspace& workspace, PoolingBuffers& buffers) {
  FloatView states;
  if (pooling == Pooling::kMean) {
    states = wide ? bert.ForwardWide(batch, workspace) : bert.Forward(batch, workspace);
  } else {
    states = wide ? bert.ForwardFirstTokensWide(batch, workspace)
                  : bert.ForwardFirstTokens(batch, workspace);
  }
  return PoolStates(bert, pooling, batch, states, buffers);
}

}  // namespace dpr
