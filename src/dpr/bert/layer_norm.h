// A layer norm with its parameters: y = LayerNorm(x + residual) * gamma + beta (Ba et al. 2016).
#pragma once

#include <vector>

#include "dpr/bert/weights.h"

namespace dpr {

// Immutable and thread-safe.
class LayerNorm {
 public:
  LayerNorm(const LayerNormWeights& weights, float epsilon);

  // x, residual, y: [rows, hidden]; y may be x or residual; residual may be {}.
  void Forward(ConstFloatView x, ConstFloatView residual, FloatView y) const;

 private:
  std::vector<float> gamma_, beta_;
  float epsilon_;
};

}  // namespace dpr
