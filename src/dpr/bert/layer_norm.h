// A layer norm with its parameters: y = LayerNorm(x + residual) * gamma + beta (Ba et al. 2016).
#pragma once

#include "dpr/bert/weights.h"
#include "dpr/tensor/gradients.h"
#include "dpr/tensor/parameter_buffer.h"

namespace dpr {

// Thread-safe but for what changes parameters.
class LayerNorm {
 public:
  LayerNorm(const LayerNormWeights& weights, float epsilon);

  // x, residual, y: [rows, hidden]; y may be x or residual; residual may be {}.
  void Forward(ConstFloatView x, ConstFloatView residual, FloatView y,
               const LayerNormRecord& record = {}) const;

  // d [rows, hidden]: from the slopes of y to those of x (and of the residual), in place. The
  // slopes of gamma and beta are added to `partial`, [2 hidden].
  void Backward(const LayerNormRecord& record, FloatView d, std::span<float> partial) const;

  ParameterBuffer& gamma() { return gamma_; }
  ParameterBuffer& beta() { return beta_; }
  const ParameterBuffer& gamma() const { return gamma_; }
  const ParameterBuffer& beta() const { return beta_; }

 private:
  ParameterBuffer gamma_, beta_;
  float epsilon_;
};

}  // namespace dpr
