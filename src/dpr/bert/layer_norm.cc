#include "dpr/bert/layer_norm.h"

#include "dpr/bert/packing.h"

namespace dpr {

LayerNorm::LayerNorm(const LayerNormWeights& weights, float epsilon)
    : gamma_(CopyAndRelease(weights.gamma)),
      beta_(CopyAndRelease(weights.beta)),
      epsilon_(epsilon) {}

void LayerNorm::Forward(ConstFloatView x, ConstFloatView residual, FloatView y,
                        const LayerNormRecord& record) const {
  AddLayerNorm(x, residual, gamma_.data(), beta_.data(), epsilon_, y, record);
}

void LayerNorm::Backward(const LayerNormRecord& record, FloatView d,
                         std::span<float> partial) const {
  const auto hidden = static_cast<size_t>(d.columns);
  LayerNormGradient(d, record, gamma_.data(), d, partial.first(hidden),
                    partial.subspan(hidden, hidden));
}

}  // namespace dpr
