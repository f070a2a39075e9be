// Products in int8 whose left side is f32: its rows are quantised on their way, each with a scale
// and an offset of its own; the right side was quantised once, each column with a scale. The sums
// are integers, so the bits of a result are the same on every CPU.
#pragma once

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// How this CPU multiplies bytes, in units of 32 bits: four bytes, or two of them in words of 16
// bits. One beside another gives the same results.
struct ByteArithmetic {
  int64_t per_unit;  // bytes of the depth in a unit
  QuantizingKernels::Rows quantize_rows;
  QuantizingKernels::Panel quantize_panel;
  void (*multiply)(const PanelProduct&);
  void (*multiply_words)(const PanelProduct&);  // of pairs of words with sign, always

  int64_t Units(int64_t depth) const { return (depth + per_unit - 1) / per_unit; }
};

// The largest weight, in multiples of its column's scale.
inline constexpr int kWeightLevels = 127;

// `vnni`: with the instruction for it, which the CPU must have.
ByteArithmetic ByteArithmeticOf(CpuLevel level, bool vnni);
const ByteArithmetic& ActiveByteArithmetic();

// p.c = a B as p says, with the rows of a rotated first if `rotate` says so, for p.panels in
// `arithmetic`'s units; p's a, a_stride, rows and depth are filled in here, and of `dequantization`
// the rows'. a: [rows, depth of B in numbers]. Allocates only in a thread's first call.
void MultiplyAsBytes(const ByteArithmetic& arithmetic, ConstFloatView a, bool rotate,
                     Dequantization dequantization, PanelProduct p);

}  // namespace dpr
