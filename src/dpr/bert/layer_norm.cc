#include "dpr/bert/layer_norm.h"

#include "dpr/bert/packing.h"
#include "dpr/tensor/ops.h"

namespace dpr {

LayerNorm::LayerNorm(const LayerNormWeights& weights, float epsilon)
    : gamma_(CopyAndRelease(weights.gamma)),
      beta_(CopyAndRelease(weights.beta)),
      epsilon_(epsilon) {}

void LayerNorm::Forward(ConstFloatView x, ConstFloatView residual, FloatView y) const {
  AddLayerNorm(x, residual, gamma_.data(), beta_.data(), epsilon_, y);
}

}  // namespace dpr
