#include "dpr/encoder/pooling.h"

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

FloatView FirstTokens(const Bert& bert, bool wide, const PackedTokens& batch,
                      BertWorkspace& workspace) {
  return wide ? bert.ForwardFirstTokensWide(batch, workspace)
              : bert.ForwardFirstTokens(batch, workspace);
}

FloatView Pool(const Bert& bert, Pooling pooling, bool wide, const PackedTokens& batch,
               BertWorkspace& workspace, PoolingBuffers& buffers) {
  switch (pooling) {
    case Pooling::kCls:
      return FirstTokens(bert, wide, batch, workspace);
    case Pooling::kPooler: {
      const FloatView first = FirstTokens(bert, wide, batch, workspace);
      const FloatView pooled = Shaped(buffers.pooled, first.rows, first.columns);
      bert.Pool(first, pooled);
      return pooled;
    }
    case Pooling::kMean:
      break;
  }
  return Mean(batch, wide ? bert.ForwardWide(batch, workspace) : bert.Forward(batch, workspace),
              buffers);
}

}  // namespace

FloatView ForwardAndPool(const Bert& bert, Pooling pooling, bool wide, const PackedTokens& batch,
                         BertWorkspace& workspace, PoolingBuffers& buffers) {
  const FloatView pooled = Pool(bert, pooling, wide, batch, workspace, buffers);
  if (!bert.has_projection()) return pooled;
  const FloatView projected = Shaped(buffers.projected, pooled.rows, bert.config().projection);
  bert.Project(pooled, projected);
  return projected;
}

}  // namespace dpr
