// Rows of numbers kept as bytes, and their products with rows of floats:
//   x_i is about offset + scale * u_i, u_i from 0 to 255, each row with a scale and offset of its
//   own.
// The codes are made so that no number is clipped (offset is the row's least, scale a 255th of its
// range), with the same bits on every CPU. What they lose is known: callers keep CodingError.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"

namespace dpr {

// [rows, dimensions], rows CodeStride(dimensions) bytes apart, those beyond the dimensions zero.
using CodeView = MatrixView<const uint8_t>;

// A row's bytes: whole cache lines.
inline constexpr int64_t kCodeLine = 64;
inline int64_t CodeStride(int64_t dimensions) {
  return (dimensions + kCodeLine - 1) / kCodeLine * kCodeLine;
}

// codes: [x.rows, CodeStride(x.columns)]; scale and offset: [x.rows]. What is made of a row with
// infinities or NaN means nothing.
void MakeCodes(ConstFloatView x, uint8_t* codes, float* scale, float* offset);

// |x - (offset + scale u)|, Euclidean, rounded up; infinite or NaN when x is not finite.
float CodingError(const float* x, const uint8_t* codes, int64_t size, float scale, float offset);

// Questions in bytes with sign, packed for products with many rows of codes. Immutable and
// thread-safe.
class CodedQuestions {
 public:
  explicit CodedQuestions(ConstFloatView questions);  // [n, dimensions]

  // out[j, i] is about x_j . q_i: the product of what both sides' codes stand for, but for a
  // rounding error below 8 * 2^-24 (1 + sqrt(d)) |x_j| |q_i|. `scale`, `offset`: of the codes'
  // rows. On the calling thread; allocates only in a thread's first call.
  void Multiply(CodeView codes, const float* scale, const float* offset, FloatView out) const;

  // |q_i - what its codes stand for|, rounded up; infinite or NaN when q_i is not finite.
  double error(int64_t i) const { return errors_.data()[i]; }
  int64_t questions() const { return questions_; }

 private:
  void MeasureErrors(ConstFloatView questions, int64_t first, int64_t count);

  int64_t questions_, dimensions_;
  AlignedBuffer<float> units_;        // [ceil(n / 32)][units of the dimensions][32]
  AlignedBuffer<float> scale_, sum_;  // [ceil(n / 32) * 32]
  AlignedBuffer<double> errors_;      // [n]
};

}  // namespace dpr
