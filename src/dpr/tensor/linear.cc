#include "dpr/tensor/linear.h"

#include <algorithm>

#include "dpr/base/cpu.h"
#include "dpr/tensor/byte_product.h"
#include "dpr/tensor/kernels.h"
#include "dpr/tensor/pair_product.h"

namespace dpr {

static_assert(Linear::kColumnBlock == kPanelColumns);
static_assert(Linear::kGradientColumns <= Linear::kColumnBlock * Linear::kGradientBlocks);

namespace {

int64_t Pairs(int64_t numbers) { return (numbers + 1) / 2; }

}  // namespace

Linear::Linear(ConstFloatView weight, const float* bias, Precision precision, Rotation rotation)
    : inputs_(weight.columns), outputs_(weight.rows), precision_(precision), rotation_(rotation) {
  DPR_CHECK(inputs_ >= 1 && outputs_ >= 1);
  const int64_t padded = blocks() * kColumnBlock;
  if (precision == Precision::kF32) {
    Pack(weight, bias, weight_.Reserve(padded * inputs_), bias_.Reserve(padded));
    return;
  }
  PackBias(bias, bias_.Reserve(padded));
  KeepInPrecision(weight);
}

void Linear::PackBias(const float* bias, float* packed) const {
  std::fill_n(packed, blocks() * kColumnBlock, 0.0f);
  if (bias != nullptr) std::copy_n(bias, outputs_, packed);
}

// One block at a time, so that little of it is ever in f32.
void Linear::KeepInPrecision(ConstFloatView weight) {
  const Kernels& kernels = ActiveKernels();
  const ByteArithmetic& bytes = ActiveByteArithmetic();
  const bool pairs = precision_ == Precision::kBf16;
  DPR_CHECK(!pairs || Cpu().avx512_bf16);
  const int64_t size = kColumnBlock * (pairs ? Pairs(inputs_) : bytes.Units(inputs_));
  const auto all = static_cast<size_t>(blocks() * size);
  const auto padded = static_cast<size_t>(blocks() * kColumnBlock);
  float* const units = pairs ? weight_pairs_.Reserve(all) : weight_bytes_.Reserve(all);
  float* const scale = pairs ? nullptr : column_scale_.Reserve(padded);
  float* const sum = pairs ? nullptr : column_sum_.Reserve(padded);
  const bool rotate = !pairs && rotation_ == Rotation::kBeforeQuantizing;
  AlignedBuffer<float> panel(static_cast<size_t>(inputs_ * kColumnBlock));
  Matrix rotated(rotate ? kColumnBlock : 0, inputs_);
  for (int64_t block = 0; block < blocks(); ++block) {
    const int64_t first = block * kColumnBlock, count = std::min(kColumnBlock, outputs_ - first);
    ConstFloatView rows = weight.rows_from(first, count);
    if (rotate) {
      for (int64_t i = 0; i < count; ++i) {
        kernels.quantizing.rotate(rows.row(i), inputs_, rotated.row(i));
        for (int64_t k = 0; k < inputs_; ++k) rotated.row(i)[k] /= kRotationSquared;
      }
      rows = ConstFloatView(rotated.view()).rows_from(0, count);
    }
    kernels.packing.pack_rows(rows.data, rows.stride, count, inputs_, panel.data());
    if (pairs) {
      kernels.packing.pair_rows(panel.data(), kColumnBlock, inputs_, kColumnBlock,
                                units + block * size, kColumnBlock);
    } else {
      bytes.quantize_panel(panel.data(), inputs_, kWeightLevels, units + block * size,
                           scale + first, sum + first);
    }
  }
}

void Linear::Pack(ConstFloatView weight, const float* bias, float* packed,
                  float* packed_bias) const {
  DPR_CHECK(weight.rows == outputs_ && weight.columns == inputs_);
  ActiveKernels().packing.pack_rows(weight.data, weight.stride, outputs_, inputs_, packed);
  PackBias(bias, packed_bias);
}

void Linear::Unpack(const float* packed, const float* packed_bias, FloatView weight,
                    float* bias) const {
  DPR_CHECK(weight.rows == outputs_ && weight.columns == inputs_);
  for (int64_t i = 0; i < outputs_; ++i) {
    const float* column = packed + i / kColumnBlock * inputs_ * kColumnBlock + i % kColumnBlock;
    for (int64_t j = 0; j < inputs_; ++j) weight.row(i)[j] = column[j * kColumnBlock];
  }
  std::copy_n(packed_bias, outputs_, bias);
}

void Linear::Forward(ConstFloatView x, FloatView y, Activation activation) const {
  ForwardColumns(x, y, 0, outputs_, activation);
}

void Linear::ForwardColumns(ConstFloatView x, FloatView y, int64_t begin, int64_t count,
                            Activation activation) const {
  DPR_CHECK(x.columns == inputs_ && y.columns == outputs_ && x.rows == y.rows);
  DPR_CHECK(begin >= 0 && begin % kColumnBlock == 0 && begin + count <= outputs_);
  PanelProduct product;
  product.columns = count;
  product.bias = bias_.data() + begin;
  product.gelu = activation == Activation::kGelu;
  product.c = y.data + begin;
  product.c_stride = y.stride;
  if (precision_ == Precision::kBf16) {
    product.panels = weight_pairs_.data() + begin * Pairs(inputs_);
    MultiplyAsPairs(x, product);
    return;
  }
  if (precision_ == Precision::kInt8) {
    const ByteArithmetic& bytes = ActiveByteArithmetic();
    product.panels = weight_bytes_.data() + begin * bytes.Units(inputs_);
    Dequantization dequantization;
    dequantization.column_scale = column_scale_.data() + begin;
    dequantization.column_sum = column_sum_.data() + begin;
    MultiplyAsBytes(bytes, x, rotation_ == Rotation::kBeforeQuantizing, dequantization, product);
    return;
  }
  product.a = x.data;
  product.a_stride = x.stride;
  product.rows = x.rows;
  product.depth = inputs_;
  product.panels = weight_.data() + begin * inputs_;
  ActiveKernels().gemm.multiply(product);
}

void Linear::SetPrecision(Precision precision) {
  DPR_CHECK(weight_.data() != nullptr);
  DPR_CHECK(precision == Precision::kF32 || (precision == Precision::kBf16 && Cpu().avx512_bf16));
  precision_ = precision;
  if (precision_ == Precision::kBf16) PackPairs();
}

void Linear::PackPairs() {
  const int64_t pairs = Pairs(inputs_) * kColumnBlock;
  float* to = weight_pairs_.Reserve(static_cast<size_t>(blocks() * pairs));
  for (int64_t block = 0; block < blocks(); ++block) {
    ActiveKernels().packing.pair_rows(weight_.data() + block * inputs_ * kColumnBlock, kColumnBlock,
                                      inputs_, kColumnBlock, to + block * pairs, kColumnBlock);
  }
}

void Linear::PackPairsForGradient() {
  const PackingKernels& packing = ActiveKernels().packing;
  const int64_t depth = Pairs(outputs_);
  float* panels = input_weight_pairs_.Reserve(
      static_cast<size_t>((inputs_ + kColumnBlock - 1) / kColumnBlock * kColumnBlock * depth));
  alignas(64) float pairs[kColumnBlock * kColumnBlock / 2];
  for (int64_t input = 0; input < inputs_; input += kColumnBlock) {
    const int64_t inputs = std::min(kColumnBlock, inputs_ - input);
    for (int64_t output = 0; output < outputs_; output += kColumnBlock) {
      const int64_t outputs = std::min(kColumnBlock, outputs_ - output);
      const float* block = weight_.data() + output * inputs_ + input * kColumnBlock;
      packing.pair_columns(block, kColumnBlock, inputs, outputs, pairs, kColumnBlock / 2);
      packing.pack_rows(pairs, kColumnBlock / 2, inputs, Pairs(outputs),
                        panels + input * depth + output / 2 * kColumnBlock);
    }
  }
}

void Linear::PackForTraining() {
  if (precision_ == Precision::kBf16) {
    PackPairs();
    PackPairsForGradient();
    return;
  }
  float* panels = input_weights_.Reserve(
      static_cast<size_t>((inputs_ + kColumnBlock - 1) / kColumnBlock * kColumnBlock * outputs_));
  for (int64_t input = 0; input < inputs_; input += kColumnBlock) {
    const int64_t inputs = std::min(kColumnBlock, inputs_ - input);
    for (int64_t output = 0; output < outputs_; output += kColumnBlock) {
      const float* block = weight_.data() + output * inputs_ + input * kColumnBlock;
      ActiveKernels().packing.pack_rows(block, kColumnBlock, inputs,
                                        std::min(kColumnBlock, outputs_ - output),
                                        panels + input * outputs_ + output * kColumnBlock);
    }
  }
}

void Linear::InputGradient(ConstFloatView dy, FloatView dx, Into into) const {
  DPR_CHECK(dy.columns == outputs_ && dx.columns == inputs_ && dx.rows == dy.rows);
  PanelProduct product;
  product.columns = inputs_;
  product.accumulate = into == Into::kSum;
  product.c = dx.data;
  product.c_stride = dx.stride;
  if (precision_ == Precision::kBf16) {
    DPR_CHECK(input_weight_pairs_.data() != nullptr);
    product.panels = input_weight_pairs_.data();
    MultiplyAsPairs(dy, product);
    return;
  }
  DPR_CHECK(input_weights_.data() != nullptr);
  product.a = dy.data;
  product.a_stride = dy.stride;
  product.rows = dy.rows;
  product.depth = outputs_;
  product.panels = input_weights_.data();
  ActiveKernels().gemm.multiply(product);
}

void Linear::PackSlopes(ConstFloatView dy, float* panel) const {
  const PackingKernels& packing = ActiveKernels().packing;
  if (precision_ == Precision::kF32) {
    packing.pack_columns(dy.data, dy.stride, dy.rows, dy.columns, panel);
    return;
  }
  if (dy.columns < kColumnBlock) std::fill_n(panel, Pairs(dy.rows) * kColumnBlock, 0.0f);
  packing.pair_rows(dy.data, dy.stride, dy.rows, dy.columns, panel, kColumnBlock);
}

// In f32 only dy is packed, so the outputs are cut. In bf16 both are paired, of a piece all of the
// side that is not cut: that is the shorter.
std::vector<Linear::GradientPiece> Linear::GradientPieces(int64_t count) const {
  const bool cut_inputs = precision_ == Precision::kBf16 && inputs_ > outputs_;
  const int64_t units = ((cut_inputs ? inputs_ : outputs_) + kColumnBlock - 1) / kColumnBlock;
  count = std::min(count, units);
  std::vector<GradientPiece> pieces;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t begin = units * i / count, end = units * (i + 1) / count;
    pieces.push_back(cut_inputs ? GradientPiece{0, blocks(), begin * kColumnBlock,
                                                std::min(inputs_, end * kColumnBlock)}
                                : GradientPiece{begin, end, 0, inputs_});
  }
  return pieces;
}

void Linear::AddParameterGradient(ConstFloatView x, ConstFloatView dy, const GradientPiece& piece,
                                  const GradientArray& gradients, std::span<float> scratch) const {
  DPR_CHECK(x.columns == inputs_ && dy.columns == outputs_ && x.rows == dy.rows);
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >= kGradientScratch);
  for (int64_t row = 0; row < x.rows; row += kGradientRows) {
    const int64_t rows = std::min(kGradientRows, x.rows - row);
    GradientPiece part = piece;
    for (; part.begin_block < piece.end_block; part.begin_block = part.end_block) {
      part.end_block = std::min(piece.end_block, part.begin_block + kGradientBlocks);
      AddGradientOfRows(x.rows_from(row, rows), dy.rows_from(row, rows), part, gradients,
                        scratch.data());
    }
  }
}

// The panels of dy stay while the columns of x pass, a piece at a time.
void Linear::AddGradientOfRows(ConstFloatView x, ConstFloatView dy, const GradientPiece& piece,
                               const GradientArray& gradients, float* panels) const {
  const auto [begin_block, end_block, begin_input, end_input] = piece;
  const Kernels& kernels = ActiveKernels();
  const bool pairs = precision_ == Precision::kBf16;
  const auto multiply = pairs ? kernels.gemm.multiply_pairs : kernels.gemm.multiply;
  PanelProduct product;
  product.a_transposed = product.accumulate = true;
  product.depth = pairs ? Pairs(x.rows) : x.rows;
  product.columns = product.c_stride = kColumnBlock;
  const int64_t panel = product.depth * kColumnBlock;
  float* const x_pairs = panels + (end_block - begin_block) * panel;
  for (int64_t block = begin_block; block < end_block; ++block) {
    const int64_t output = block * kColumnBlock;
    const int64_t count = std::min(kColumnBlock, outputs_ - output);
    PackSlopes(dy.columns_from(output, count), panels + (block - begin_block) * panel);
    if (begin_input > 0) continue;
    kernels.reduction.add_rows(dy.data + output, dy.stride, dy.rows, count,
                               gradients.Of(bias_) + output);
  }
  for (int64_t input = begin_input; input < end_input; input += kGradientColumns) {
    product.rows = std::min(kGradientColumns, end_input - input);
    product.a = pairs ? x_pairs : x.data + input;
    product.a_stride = pairs ? kGradientColumns : x.stride;
    if (pairs) {
      kernels.packing.pair_rows(x.data + input, x.stride, x.rows, product.rows, x_pairs,
                                kGradientColumns);
    }
    for (int64_t block = begin_block; block < end_block; ++block) {
      product.panels = panels + (block - begin_block) * panel;
      product.c = gradients.Of(weight_) + (block * inputs_ + input) * kColumnBlock;
      multiply(product);
    }
  }
}

}  // namespace dpr
