#include "dpr/tensor/gradients.h"

#include "dpr/tensor/kernels.h"

namespace dpr {

void LayerNormGradient(ConstFloatView d_y, const LayerNormRecord& record, const float* gamma,
                       FloatView d_x, std::span<float> d_gamma, std::span<float> d_beta) {
  const GradientKernels& kernels = ActiveKernels().gradient;
  for (int64_t i = 0; i < d_y.rows; ++i) {
    kernels.layer_norm(d_y.row(i), record.normal.row(i), record.inverse_deviation[i], gamma,
                       d_y.columns, d_x.row(i), d_gamma.data(), d_beta.data());
  }
}

void GeluGradient(std::span<float> x, std::span<float> d_y) {
  ActiveKernels().gradient.gelu(x.data(), static_cast<int64_t>(x.size()), d_y.data());
}

void TanhGradient(std::span<const float> y, std::span<float> d_y) {
  ActiveKernels().gradient.tanh(y.data(), static_cast<int64_t>(y.size()), d_y.data());
}

void DropRows(const Dropout& dropout, uint64_t sequence, int64_t first_row, FloatView x) {
  if (!dropout.active()) return;
  const GradientKernels& kernels = ActiveKernels().gradient;
  for (int64_t i = 0; i < x.rows; ++i) {
    kernels.dropout(dropout.Row(sequence, first_row + i), x.columns, x.row(i));
  }
}

void AdamW(const AdamWStep& step, std::span<float> x, std::span<float> gradient,
           std::span<float> mean, std::span<float> square) {
  ActiveKernels().gradient.adamw(step, static_cast<int64_t>(x.size()), x.data(), gradient.data(),
                                 mean.data(), square.data());
}

}  // namespace dpr
