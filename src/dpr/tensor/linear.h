// The affine map y = x W^T + b of a BERT layer, with weights packed once, and its gradients.
//
// f32 contract: every output element is one chain of fused multiply-adds over the input dimension
// in ascending order, started from zero, the bias added last. So a row's bits do not depend on the
// other rows, on the number of rows, on threads, or on the instruction set. The same holds for the
// gradients: of the inputs a chain over the outputs, of the weights a chain over the rows.
//
// bf16 contract: the operands of each product are rounded to bf16, two neighbouring products are
// added to the chain at a time, and the sum, the bias and the results are f32. The weights that
// training changes stay f32. A row's bits do not depend on the other rows, nor on threads; those of
// the weights' gradients depend on which rows are neighbours.
//
// int8 contract: each output's weights have a scale, each row of x has a scale and an offset; the
// sums of products of integers are exact (kernels.h, Dequantization). So a row's bits depend on
// neither the other rows, nor threads, nor the CPU. Not for training.
#pragma once

#include <vector>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/parameter_buffer.h"
#include "dpr/tensor/precision.h"

namespace dpr {

enum class Activation { kNone, kGelu };

// Thread-safe but for what changes parameters; everything runs on the calling thread only, so that
// callers decide how to parallelise over rows (or over columns, for few rows).
class Linear {
 public:
  // weight: [outputs, inputs] as Hugging Face stores it; bias: [outputs] or null. Both are copied,
  // the weights in the given precision alone. Only one in f32 can be trained.
  //
  // For int8, `rotation` says whether x and W are rotated before they are quantised, which changes
  // no product but spreads what is large in a few columns over many (QuaRot: Ashkboos et al. 2024).
  enum class Rotation { kNone, kBeforeQuantizing };
  Linear(ConstFloatView weight, const float* bias, Precision precision = Precision::kF32,
         Rotation rotation = Rotation::kNone);

  // x: [rows, inputs], y: [rows, outputs]; x and y must not overlap. Any number of rows; allocates
  // nothing.
  void Forward(ConstFloatView x, FloatView y, Activation activation = Activation::kNone) const;
  // Of all products of one that keeps f32: f32 or bf16, which needs Cpu().avx512_bf16.
  void SetPrecision(Precision precision);
  // The same for output columns [begin, begin + count) only; begin a multiple of kColumnBlock.
  // y is the whole matrix.
  void ForwardColumns(ConstFloatView x, FloatView y, int64_t begin, int64_t count,
                      Activation activation = Activation::kNone) const;

  // dx = dy W, or dx += dy W; dy: [rows, outputs], dx: [rows, inputs]. Needs the weights as the
  // last PackForTraining found them.
  enum class Into { kNew, kSum };
  void InputGradient(ConstFloatView dy, FloatView dx, Into into) const;
  // A part of the gradient of the parameters: of the outputs the blocks [begin_block, end_block) of
  // kColumnBlock each, and [begin_input, end_input).
  struct GradientPiece {
    int64_t begin_block, end_block, begin_input, end_input;
  };
  // The whole in at most `count` pieces, cut so that little has to be packed more than once.
  std::vector<GradientPiece> GradientPieces(int64_t count) const;
  // Adds x^T dy to the gradient of a piece of the weights and, where the piece begins with the
  // first input, the sum of dy's rows to that of its biases. x: [rows, inputs], dy: [rows,
  // outputs]; scratch: at least kGradientScratch floats.
  void AddParameterGradient(ConstFloatView x, ConstFloatView dy, const GradientPiece& piece,
                            const GradientArray& gradients, std::span<float> scratch) const;
  // Packs the weights anew for all that reads them in another order or precision: after each change
  // of them.
  void PackForTraining();

  // The weights and the bias as Hugging Face stores them, from an array of the parameters' layout
  // (their gradients, their moments, themselves), and back.
  void Unpack(const float* packed, const float* packed_bias, FloatView weight, float* bias) const;
  void Pack(ConstFloatView weight, const float* bias, float* packed, float* packed_bias) const;

  static constexpr int64_t kColumnBlock = 32;
  // What of x and dy passes at a time: rows, columns of x, blocks of dy's. In bf16 the panels of dy
  // take half of the scratch, the piece of x fits into the rest.
  static constexpr int64_t kGradientRows = 512, kGradientColumns = 256, kGradientBlocks = 12;
  static constexpr int64_t kGradientScratch = kGradientRows * kColumnBlock * kGradientBlocks;
  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }
  int64_t blocks() const { return (outputs_ + kColumnBlock - 1) / kColumnBlock; }
  ParameterBuffer& weight() { return weight_; }
  ParameterBuffer& bias() { return bias_; }
  const ParameterBuffer& weight() const { return weight_; }
  const ParameterBuffer& bias() const { return bias_; }

 private:
  void PackBias(const float* bias, float* packed) const;
  void KeepInPrecision(ConstFloatView weight);
  void PackPairs();
  void PackPairsForGradient();
  // dy [rows, at most 32] as a panel.
  void PackSlopes(ConstFloatView dy, float* panel) const;
  void AddGradientOfRows(ConstFloatView x, ConstFloatView dy, const GradientPiece& piece,
                         const GradientArray& gradients, float* panels) const;

  int64_t inputs_ = 0;
  int64_t outputs_ = 0;
  // [blocks][inputs][32], zero beyond the outputs; empty in one that was made in bf16 or int8.
  ParameterBuffer weight_;
  ParameterBuffer bias_;                // [blocks * 32]
  AlignedBuffer<float> input_weights_;  // W's columns: [ceil(inputs / 32)][outputs][32]
  Precision precision_ = Precision::kF32;
  // In bf16: both as pairs, [blocks][ceil(inputs / 2)][32] and
  // [ceil(inputs / 32)][ceil(outputs / 2)][32].
  AlignedBuffer<float> weight_pairs_, input_weight_pairs_;
  // In int8: [blocks][units of the inputs][32], and of each output (byte_product.h).
  AlignedBuffer<float> weight_bytes_, column_scale_, column_sum_;
  Rotation rotation_ = Rotation::kNone;
};

}  // namespace dpr
