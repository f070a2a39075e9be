#include "dpr/tensor/linear.h"

#include <algorithm>

#include "dpr/tensor/kernels.h"

namespace dpr {

static_assert(Linear::kColumnBlock == kPanelColumns);

Linear::Linear(ConstFloatView weight, const float* bias)
    : inputs_(weight.columns), outputs_(weight.rows) {
  DPR_CHECK(inputs_ >= 1 && outputs_ >= 1);
  const int64_t padded = (outputs_ + kColumnBlock - 1) / kColumnBlock * kColumnBlock;
  float* packed = packed_.Reserve(static_cast<size_t>(padded * inputs_));
  ActiveKernels().packing.pack_rows(weight.data, weight.stride, outputs_, inputs_, packed);
  float* stored_bias = bias_.Reserve(static_cast<size_t>(padded));
  std::fill_n(stored_bias, padded, 0.0f);
  if (bias != nullptr) std::copy_n(bias, outputs_, stored_bias);
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
  product.panels = packed_.data() + begin * inputs_;
  product.columns = count;
  product.bias = bias_.data() + begin;
  product.gelu = activation == Activation::kGelu;
  product.c = y.data + begin;
  product.c_stride = y.stride;
  ActiveKernels().gemm.multiply(product);
}

}  // namespace dpr
