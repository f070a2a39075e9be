#include "dpr/tensor/linear.h"

#include <algorithm>

#include "dpr/tensor/kernels.h"

namespace dpr {
namespace {

// Of x at a time: with kGradientRows of them, half a megabyte, for the second cache.
constexpr int64_t kGradientColumns = 256;

}  // namespace

static_assert(Linear::kColumnBlock == kPanelColumns);

Linear::Linear(ConstFloatView weight, const float* bias)
    : inputs_(weight.columns), outputs_(weight.rows) {
  DPR_CHECK(inputs_ >= 1 && outputs_ >= 1);
  const int64_t padded = blocks() * kColumnBlock;
  Pack(weight, bias, weight_.Reserve(padded * inputs_), bias_.Reserve(padded));
}

void Linear::Pack(ConstFloatView weight, const float* bias, float* packed,
                  float* packed_bias) const {
  DPR_CHECK(weight.rows == outputs_ && weight.columns == inputs_);
  ActiveKernels().packing.pack_rows(weight.data, weight.stride, outputs_, inputs_, packed);
  std::fill_n(packed_bias, blocks() * kColumnBlock, 0.0f);
  if (bias != nullptr) std::copy_n(bias, outputs_, packed_bias);
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
  product.a = x.data;
  product.a_stride = x.stride;
  product.rows = x.rows;
  product.depth = inputs_;
  product.panels = weight_.data() + begin * inputs_;
  product.columns = count;
  product.bias = bias_.data() + begin;
  product.gelu = activation == Activation::kGelu;
  product.c = y.data + begin;
  product.c_stride = y.stride;
  ActiveKernels().gemm.multiply(product);
}

void Linear::PackForGradient() {
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
  DPR_CHECK(input_weights_.data() != nullptr);
  PanelProduct product;
  product.a = dy.data;
  product.a_stride = dy.stride;
  product.rows = dy.rows;
  product.depth = outputs_;
  product.panels = input_weights_.data();
  product.columns = inputs_;
  product.accumulate = into == Into::kSum;
  product.c = dx.data;
  product.c_stride = dx.stride;
  ActiveKernels().gemm.multiply(product);
}

void Linear::AddParameterGradient(ConstFloatView x, ConstFloatView dy, int64_t begin_block,
                                  int64_t end_block, const GradientArray& gradients,
                                  std::span<float> scratch) const {
  DPR_CHECK(x.columns == inputs_ && dy.columns == outputs_ && x.rows == dy.rows);
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >= kGradientScratch);
  const Kernels& kernels = ActiveKernels();
  float* weight = gradients.Of(weight_);
  float* bias = gradients.Of(bias_);
  PanelProduct product;
  product.a_transposed = product.accumulate = true;
  product.a_stride = x.stride;
  product.panels = scratch.data();
  product.columns = product.c_stride = kColumnBlock;
  for (int64_t row = 0; row < x.rows; row += kGradientRows) {
    product.depth = std::min(kGradientRows, x.rows - row);
    for (int64_t input = 0; input < inputs_; input += kGradientColumns) {
      product.rows = std::min(kGradientColumns, inputs_ - input);
      product.a = x.row(row) + input;
      for (int64_t block = begin_block; block < end_block; ++block) {
        const int64_t output = block * kColumnBlock;
        const int64_t count = std::min(kColumnBlock, outputs_ - output);
        kernels.packing.pack_columns(dy.row(row) + output, dy.stride, product.depth, count,
                                     scratch.data());
        if (input == 0) {
          kernels.reduction.add_rows(scratch.data(), kColumnBlock, product.depth, kColumnBlock,
                                     bias + output);
        }
        product.c = weight + output * inputs_ + input * kColumnBlock;
        kernels.gemm.multiply(product);
      }
    }
  }
}

}  // namespace dpr
