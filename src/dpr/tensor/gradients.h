// The gradients of ops.h's operations, dropout, and the optimiser's step. All f32, all on the
// calling thread, none allocates; reductions have one fixed order, as in ops.h. `d_x` is the
// derivative of the loss by x.
#pragma once

#include <span>

#include "dpr/tensor/adamw_step.h"
#include "dpr/tensor/ops.h"

namespace dpr {

// d_x of y = AddLayerNorm(x, residual), which is the residual's as well; may be d_y. The gradients
// of gamma and beta, [columns], are added to.
void LayerNormGradient(ConstFloatView d_y, const LayerNormRecord& record, const float* gamma,
                       FloatView d_x, std::span<float> d_gamma, std::span<float> d_beta);

// d_x = d_y gelu'(x), in d_y's place; x becomes gelu(x), with Gelu's bits.
void GeluGradient(std::span<float> x, std::span<float> d_y);
// d_x = d_y (1 - y^2) for y = Tanh(x), in d_y's place.
void TanhGradient(std::span<const float> y, std::span<float> d_y);

// Row i of x, or of its gradient, is row first_row + i of `sequence`.
void DropRows(const Dropout& dropout, uint64_t sequence, int64_t first_row, FloatView x);

// The gradients of AttentionHead, given what it was given and what it made (`out`); d_q, d_k, d_v:
// as q, k, v. scratch: at least AttentionGradientScratch(length, head_size) floats.
struct AttentionGradients {
  FloatView d_q, d_k, d_v;
};
void AttentionHeadGradient(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                           ConstFloatView out, ConstFloatView d_out,
                           const AttentionDropout* dropout, const AttentionGradients& gradients,
                           std::span<float> scratch);
int64_t AttentionGradientScratch(int64_t length, int64_t head_size);

// One step of the optimiser: tensor/adamw_step.h. All four of one size; the gradient becomes zero.
void AdamW(const AdamWStep& step, std::span<float> x, std::span<float> gradient,
           std::span<float> mean, std::span<float> square);

}  // namespace dpr
