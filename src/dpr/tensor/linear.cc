#include "dpr/tensor/linear.h"

#include <algorithm>
#include <cmath>

#include "dpr/tensor/ops.h"

namespace dpr {

Linear::Linear(ConstFloatView weight, const float* bias)
    : inputs_(weight.columns), outputs_(weight.rows) {
  const int64_t panels = (outputs_ + kColumnBlock - 1) / kColumnBlock;
  float* packed = packed_.Reserve(static_cast<size_t>(panels * inputs_ * kColumnBlock));
  float* b = bias_.Reserve(static_cast<size_t>(panels * kColumnBlock));
  for (int64_t n = 0; n < panels * kColumnBlock; ++n) {
    const int64_t panel = n / kColumnBlock, lane = n % kColumnBlock;
    for (int64_t k = 0; k < inputs_; ++k) {
      packed[(panel * inputs_ + k) * kColumnBlock + lane] = n < outputs_ ? weight.row(n)[k] : 0.0f;
    }
    b[n] = bias != nullptr && n < outputs_ ? bias[n] : 0.0f;
  }
}

void Linear::Forward(ConstFloatView x, FloatView y, Activation activation) const {
  ForwardColumns(x, y, 0, outputs_, activation);
}

void Linear::ForwardColumns(ConstFloatView x, FloatView y, int64_t begin, int64_t count,
                            Activation activation) const {
  DPR_CHECK(x.columns == inputs_ && y.columns == outputs_ && x.rows == y.rows);
  for (int64_t i = 0; i < x.rows; ++i) {
    for (int64_t n = begin; n < begin + count; ++n) {
      const float* w =
          packed_.data() + n / kColumnBlock * inputs_ * kColumnBlock + n % kColumnBlock;
      float sum = 0.0f;
      for (int64_t k = 0; k < inputs_; ++k) sum = std::fma(x.row(i)[k], w[k * kColumnBlock], sum);
      y.row(i)[n] = sum + bias_.data()[n];
    }
    if (activation == Activation::kGelu) {
      Gelu({y.row(i) + begin, static_cast<size_t>(count)});
    }
  }
}

}  // namespace dpr
