// The affine map y = x W^T + b of a BERT layer, with weights packed once.
//
// f32 contract: every output element is one chain of fused multiply-adds over the input dimension
// in ascending order, started from zero, the bias added last. So a row's bits do not depend on the
// other rows, on the number of rows, on threads, or on the instruction set.
#pragma once

#include "dpr/tensor/matrix.h"

namespace dpr {

enum class Activation { kNone, kGelu };

// Immutable after construction and thread-safe; Forward runs on the calling thread only, so that
// callers decide how to parallelise over rows (or over columns, for few rows).
class Linear {
 public:
  // weight: [outputs, inputs] as Hugging Face stores it; bias: [outputs] or null. Both are copied.
  Linear(ConstFloatView weight, const float* bias);

  // x: [rows, inputs], y: [rows, outputs]; x and y must not overlap. Any number of rows; allocates
  // nothing.
  void Forward(ConstFloatView x, FloatView y, Activation activation = Activation::kNone) const;
  // The same for output columns [begin, begin + count) only; begin a multiple of kColumnBlock.
  // y is the whole matrix.
  void ForwardColumns(ConstFloatView x, FloatView y, int64_t begin, int64_t count,
                      Activation activation = Activation::kNone) const;

  static constexpr int64_t kColumnBlock = 32;
  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }

 private:
  int64_t inputs_ = 0;
  int64_t outputs_ = 0;
  AlignedBuffer<float> packed_;  // [ceil(outputs / 32)][inputs][32], zero-padded
  AlignedBuffer<float> bias_;    // [ceil(outputs / 32) * 32]
};

}  // namespace dpr
