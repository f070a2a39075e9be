// The other operations of a BERT layer and of pooling, forward. All f32, all on the calling thread,
// none allocates. Reductions have one fixed order (16 lanes, then a fixed tree), so results have
// the same bits on every instruction set. Sources of the formulas: Devlin et al. 2019; Ba et al.
// 2016 (layer norm); Hendrycks and Gimpel 2016 (GELU, the erf form).
#pragma once

#include <cstdint>
#include <span>

#include "dpr/tensor/dropout.h"
#include "dpr/tensor/matrix.h"
#include "dpr/tensor/precision.h"

namespace dpr {

// What a layer norm's gradient needs of its forward pass.
struct LayerNormRecord {
  FloatView normal;                    // as x: the rows before gamma and beta; may be empty
  float* inverse_deviation = nullptr;  // [rows], or null
};

// y[i] = LayerNorm(x[i] + residual[i]) * gamma + beta over each row; residual may be empty (data
// null). y may be x or residual.
void AddLayerNorm(ConstFloatView x, ConstFloatView residual, const float* gamma, const float* beta,
                  float epsilon, FloatView y, const LayerNormRecord& record = {});

// x = 0.5 x (1 + erf(x / sqrt 2)), in place; absolute error against the exact value below 1e-6.
void Gelu(std::span<float> x);
void GeluInto(ConstFloatView x, FloatView y);
void Tanh(std::span<float> x);

// Self-attention of one sequence and one head: out = softmax(q k^T * scale) v.
// q, k, v, out: [length, head_size] views (strided into the packed [tokens, hidden] matrices).
// q and out may be some of the sequence's rows only, [queries, head_size] (the last layer needs no
// more than the first): a row's bits do not depend on which others are asked for.
// scratch: at least AttentionScratch(length, head_size) floats.
// `dropout`, when not null, drops probabilities; query i is row i * row_step + row_offset of it.
struct AttentionDropout {
  Dropout dropout;
  uint64_t sequence = 0;
  int64_t row_step = 1, row_offset = 0;

  DropoutRow Row(int64_t query) const {
    return dropout.Row(sequence, query * row_step + row_offset);
  }
};
void AttentionHead(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale, FloatView out,
                   std::span<float> scratch, const AttentionDropout* dropout = nullptr);
int64_t AttentionScratch(int64_t length, int64_t head_size);
// The same for what encodes and does not train, with the operands of both products in the numbers
// of `precision`: in bf16 rounded to it; in int8 integers of 14 bits and fewer, as many as exact
// sums of 32 bits allow, since probabilities of 8 bits would lose the many small ones.
void AttentionHeadIn(Precision precision, ConstFloatView q, ConstFloatView k, ConstFloatView v,
                     float scale, FloatView out, std::span<float> scratch);
int64_t AttentionScratchIn(Precision precision, int64_t length, int64_t head_size);

// Sums over rows of x into out [columns]; then scaled: out = scale * sum.
void SumRows(ConstFloatView x, float scale, std::span<float> out);

// The one definition of a score (design: "one definition of a score"): 64 interleaved chains of
// fused multiply-adds (element i goes to chain i mod 64), then a fixed tree.
float Dot(const float* a, const float* b, int64_t size);
float SquaredDistance(const float* a, const float* b, int64_t size);
// out[j] = Dot(question, passages[j]), with Dot's bits, at the speed of memory; passages [n, d],
// out at least n long.
void DotRows(const float* question, ConstFloatView passages, std::span<float> out);
// out[j] = SquaredDistance(question, passages[j]), with its bits.
void SquaredDistanceRows(const float* question, ConstFloatView passages, std::span<float> out);
// x /= max(|x|, 1e-12), as torch.nn.functional.normalize.
void NormalizeInPlace(std::span<float> x);

}  // namespace dpr
