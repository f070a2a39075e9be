// The vectorised kernels, one table of functions per instruction set. Internal to tensor: others
// call linear.h, ops.h and gemm.h, which go through the table of this CPU.
//
// Every kernel gives the same bits on each instruction set: an element's operations and their order
// are fixed, and where a sum is split into lanes, their number does not depend on the vectors'.
// Kernels see raw pointers only and call nothing that other translation units share
// (docs/design/cpu-dispatch.md).
#pragma once

#include <cstdint>

#include "dpr/base/cpu.h"
#include "dpr/tensor/adamw_step.h"
#include "dpr/tensor/dropout.h"

namespace dpr {

inline constexpr int64_t kPanelColumns = 32;
inline constexpr int64_t kRotatedGroup = 128;
inline constexpr float kRotationSquared = 32.0f;
inline constexpr int64_t kQuantizedRows = 8;  // that are quantised at a time

// From integer sums to numbers, where a's row r stands for row_offset[r] + row_scale[r] * a and B's
// column j for column_scale[j] * B: with column_sum[j] = column_scale[j] * (the sum of B's column),
//   c = (sum * row_scale) * column_scale + (row_offset * column_sum + bias).
struct Dequantization {
  const float* row_scale = nullptr;  // [rows]
  const float* row_offset = nullptr;
  const float* column_scale = nullptr;  // [ceil(columns / 32) * 32]
  const float* column_sum = nullptr;    // null: nothing for the offsets, which are not read then
};

// c = a B + bias, then GELU: each element one chain of fused multiply-adds over `depth`, ascending,
// which starts from zero, or with `accumulate` from what c holds.
struct PanelProduct {
  const float* a = nullptr;  // [rows, depth], rows `a_stride` apart
  int64_t a_stride = 0;
  bool a_transposed = false;  // a is [depth, rows], steps of the depth `a_stride` apart
  int64_t rows = 0;
  int64_t depth = 0;
  const float* panels = nullptr;  // B packed: [ceil(columns / 32)][depth][32]
  int64_t panel_stride = 0;       // floats from one panel to the next; 0: depth * 32
  int64_t columns = 0;
  bool accumulate = false;
  const float* bias = nullptr;  // [ceil(columns / 32) * 32], or null: none is added
  const Dequantization* dequantization = nullptr;  // of products of integers, which need it
  bool gelu = false;
  float* c = nullptr;  // [rows, columns], rows `c_stride` apart
  int64_t c_stride = 0;
};

struct GemmKernels {
  void (*multiply)(const PanelProduct&);
  // The same over pairs of bf16, each in the 32 bits where the other has a float: depth, strides
  // and panels count pairs. The sums, the bias and c are f32. Only where Cpu().avx512_bf16; else
  // null.
  void (*multiply_pairs)(const PanelProduct&);
  // The same over integers, whose sums are exact, in units of 32 bits: quads of bytes, a's without
  // sign, or pairs of words of 16 bits with sign. Those of VNNI only where Cpu() has it.
  void (*multiply_quads_vnni)(const PanelProduct&);
  void (*multiply_words_vnni)(const PanelProduct&);
  void (*multiply_words)(const PanelProduct&);
};

// Numbers in 8 bits, in the units of multiply_quads and multiply_words.
struct QuantizingKernels {
  // Each row of x [rows, columns] as offset + scale * q, with q from 0 to 255: offset is its least
  // number, scale a 255th of its range. Units beyond the columns are zero. With `rotated`, space
  // for kQuantizedRows rows, they are rotated first.
  using Rows = void (*)(const float* x, int64_t stride, int64_t rows, int64_t columns,
                        float* rotated, float* units, int64_t units_stride, float* scale,
                        float* offset);
  Rows quads_of_rows, words_of_rows;
  // Each column of a panel x [depth, 32] as scale * q, with q from -levels to levels (at most 127
  // for quads); sum = scale * (q's sum). units: [ceil(depth / 4 or 2), 32].
  using Panel = void (*)(const float* x, int64_t depth, int levels, float* units, float* scale,
                         float* sum);
  Panel quads_of_panel, words_of_panel;
  // Each row of x as scale * q, with q from -levels to levels: pairs of words.
  void (*signed_words_of_rows)(const float* x, int64_t stride, int64_t rows, int64_t columns,
                               int levels, float* units, int64_t units_stride, float* scale);
  // y = x rotated; y may be x. Every whole kRotatedGroup of numbers is multiplied with a matrix R
  // of ones and minus ones, where R R = 32 I: number 16 i + j with those at all other i, and with
  // the three that share j / 4 (Hadamard matrices of 8 and of 4). What is left stays, times
  // sqrt(32).
  void (*rotate)(const float* x, int64_t size, float* y);
};

struct PackingKernels {
  // Panels of the transpose of x [rows, depth]: B[k, j] = x[j, k], columns from `rows` on zero.
  void (*pack_rows)(const float* x, int64_t stride, int64_t rows, int64_t depth, float* panels);
  // Panels of x [depth, columns] itself, columns beyond it zero.
  void (*pack_columns)(const float* x, int64_t stride, int64_t depth, int64_t columns,
                       float* panels);
  // Pairs for multiply_pairs, of numbers rounded to the nearest bf16 (ties to even, denormals to
  // zero); where the second is beyond x, it is zero. Only where Cpu().avx512_bf16; else null.
  // pairs[i, j] = (x[i, 2 j], x[i, 2 j + 1]), `pairs_stride` from row to row.
  void (*pair_columns)(const float* x, int64_t stride, int64_t rows, int64_t columns, float* pairs,
                       int64_t pairs_stride);
  // pairs[i, j] = (x[2 i, j], x[2 i + 1, j]).
  void (*pair_rows)(const float* x, int64_t stride, int64_t rows, int64_t columns, float* pairs,
                    int64_t pairs_stride);
};

struct ReductionKernels {
  float (*dot)(const float* a, const float* b, int64_t size);
  float (*squared_distance)(const float* a, const float* b, int64_t size);
  // out[j] = dot(a, x[j]) or squared_distance(a, x[j]) for x [rows, size], `stride` apart.
  void (*dot_rows)(const float* a, const float* x, int64_t stride, int64_t rows, int64_t size,
                   float* out);
  void (*squared_distance_rows)(const float* a, const float* x, int64_t stride, int64_t rows,
                                int64_t size, float* out);
  // out[c] = scale * (x[0, c] + x[1, c] + ...).
  void (*sum_rows)(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                   float* out);
  // out[c] += x[0, c], then x[1, c], ...
  void (*add_rows)(const float* x, int64_t stride, int64_t rows, int64_t columns, float* out);
  void (*divide)(float* x, int64_t size, float divisor);
};

// y = LayerNorm(x + residual) * gamma + beta over each row; y may be x or residual.
struct LayerNormRows {
  const float* x = nullptr;  // [rows, size], rows `x_stride` apart
  int64_t x_stride = 0;
  const float* residual = nullptr;  // or null
  int64_t residual_stride = 0;
  int64_t rows = 0, size = 0;
  const float *gamma = nullptr, *beta = nullptr;  // [size]
  float epsilon = 0;
  float* y = nullptr;
  int64_t y_stride = 0;
  float* normal = nullptr;  // gets the rows before gamma and beta; or null
  int64_t normal_stride = 0;
  float* inverse_deviation = nullptr;  // [rows], or null
};

struct LayerKernels {
  void (*add_layer_norm)(const LayerNormRows&);
  void (*gelu)(const float* x, int64_t size, float* y);  // y may be x, here and below
  void (*tanh)(const float* x, int64_t size, float* y);
  // x[i] *= factor[i] over each row of x [rows, columns].
  void (*scale_rows)(float* x, int64_t stride, int64_t rows, int64_t columns, const float* factor);
};

struct SoftmaxKernels {
  // x = exp(scale * x - max(scale * x)) over each row of x [rows, columns]; inverse[i] = 1 / sum.
  void (*exponentials)(float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                       float* inverse);
  // The same, but into pairs of bf16 (only where Cpu().avx512_bf16; else null), or into pairs of
  // words, as multiples of 1 / levels. inverse as before. 16 numbers at a time, zero beyond the
  // columns: `pairs_stride` has room for them.
  void (*exponential_pairs)(const float* x, int64_t stride, int64_t rows, int64_t columns,
                            float scale, float* pairs, int64_t pairs_stride, float* inverse);
  void (*exponential_words)(const float* x, int64_t stride, int64_t rows, int64_t columns,
                            float scale, int levels, float* pairs, int64_t pairs_stride,
                            float* inverse);
};

struct GradientKernels {
  // One row of dx = d(layer norm), into dy's place or elsewhere; gamma's and beta's gradients are
  // added to. `normal` and `inverse_deviation` as add_layer_norm gave them.
  void (*layer_norm)(const float* dy, const float* normal, float inverse_deviation,
                     const float* gamma, int64_t size, float* dx, float* dgamma, float* dbeta);
  // dx *= gelu'(x); x = gelu(x).
  void (*gelu)(float* x, int64_t size, float* dx);
  // dx *= 1 - y^2 for y = tanh x.
  void (*tanh)(const float* y, int64_t size, float* dx);
  // One row of a softmax with exponentials e and the inverse of their sum, dropped by `row`:
  // e = p m and dp = scale (p m dp - p dot), with p = inverse e and m the row's factors.
  void (*softmax)(float* e, float inverse, const DropoutRow& row, float dot, float scale,
                  int64_t size, float* dp);
  void (*dropout)(const DropoutRow& row, int64_t size, float* x);
  void (*adamw)(const AdamWStep& step, int64_t size, float* x, float* gradient, float* mean,
                float* square);
};

struct MeasureKernels {
  // `steps` times some independent multiply-adds in registers; returns the operations done.
  int64_t (*multiply_add)(int64_t steps);
  float (*sum)(const float* x, int64_t size);  // as fast as memory delivers; order unspecified
};

struct Kernels {
  GemmKernels gemm;
  PackingKernels packing;
  QuantizingKernels quantizing;
  ReductionKernels reduction;
  LayerKernels layer;
  SoftmaxKernels softmax;
  GradientKernels gradient;
  MeasureKernels measure;
};

// The tables of one level, which must not be kNone nor beyond what the machine has.
const GemmKernels& GemmKernelsOf(CpuLevel level);
const PackingKernels& PackingKernelsOf(CpuLevel level);
const QuantizingKernels& QuantizingKernelsOf(CpuLevel level);
const ReductionKernels& ReductionKernelsOf(CpuLevel level);
const LayerKernels& LayerKernelsOf(CpuLevel level);
const SoftmaxKernels& SoftmaxKernelsOf(CpuLevel level);
const GradientKernels& GradientKernelsOf(CpuLevel level);
const MeasureKernels& MeasureKernelsOf(CpuLevel level);
const Kernels& KernelsOf(CpuLevel level);

// Those of Cpu().level, chosen once. Throws kUnsupported where that is kNone.
const Kernels& ActiveKernels();

}  // namespace dpr
