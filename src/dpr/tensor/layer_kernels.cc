// What a BERT layer does between its matrix products: layer norm, GELU, tanh. Sums of a
// row are split into 16 lanes, element i to lane i mod 16.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/layer_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/activations-inl.h"
#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kGroup = 16 / static_cast<int>(kLanes);  // vectors that make 16 lanes

HWY_INLINE auto FirstMask(int64_t count) {
  return hn::FirstN(FloatTag(), static_cast<size_t>(count < kLanes ? count : kLanes));
}

// x + residual into y; returns the sum of all.
HWY_INLINE float AddResidual(const float* x, const float* residual, int64_t size, float* y) {
  const FloatTag d;
  FloatVector sum[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) sum[g] = hn::Zero(d);
  for (int64_t i = 0; i < size; i += 16) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) {
      const int64_t at = i + g * kLanes, left = size - at;
      if (left <= 0) continue;
      FloatVector v = LoadFirst(x + at, left);
      if (residual != nullptr) v = hn::Add(v, LoadFirst(residual + at, left));
      StoreFirst(v, y + at, left);
      sum[g] = hn::Add(sum[g], v);
    }
  }
  return SumOf(sum);
}

HWY_INLINE float SumOfSquaresAround(FloatVector mean, const float* y, int64_t size) {
  const FloatTag d;
  FloatVector sum[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) sum[g] = hn::Zero(d);
  for (int64_t i = 0; i < size; i += 16) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) {
      const int64_t at = i + g * kLanes, left = size - at;
      if (left <= 0) continue;
      FloatVector v = hn::Sub(LoadFirst(y + at, left), mean);
      if (left < kLanes) v = hn::IfThenElseZero(FirstMask(left), v);
      sum[g] = hn::MulAdd(v, v, sum[g]);
    }
  }
  return SumOf(sum);
}

float AddLayerNormRow(const float* x, const float* residual, const float* gamma, const float* beta,
                      float epsilon, int64_t size, float* y, float* normal) {
  const FloatTag d;
  const FloatVector count = hn::Set(d, static_cast<float>(size));
  const FloatVector mean = hn::Div(hn::Set(d, AddResidual(x, residual, size, y)), count);
  const FloatVector variance = hn::Div(hn::Set(d, SumOfSquaresAround(mean, y, size)), count);
  const FloatVector scale =
      hn::Div(hn::Set(d, 1.0f), hn::Sqrt(hn::Add(variance, hn::Set(d, epsilon))));
  for (int64_t i = 0; i < size; i += kLanes) {
    const int64_t left = size - i;
    const FloatVector v = hn::Mul(hn::Sub(LoadFirst(y + i, left), mean), scale);
    if (normal != nullptr) StoreFirst(v, normal + i, left);
    StoreFirst(hn::MulAdd(v, LoadFirst(gamma + i, left), LoadFirst(beta + i, left)), y + i, left);
  }
  return hn::GetLane(scale);
}

void GeluInto(const float* x, int64_t size, float* y) {
  const FloatTag d;
  for (int64_t i = 0; i < size; i += kLanes) {
    StoreFirst(GeluOf(d, LoadFirst(x + i, size - i)), y + i, size - i);
  }
}

void TanhInto(const float* x, int64_t size, float* y) {
  const FloatTag d;
  for (int64_t i = 0; i < size; i += kLanes) {
    StoreFirst(TanhOf(d, LoadFirst(x + i, size - i)), y + i, size - i);
  }
}

void ScaleRows(float* x, int64_t stride, int64_t rows, int64_t columns, const float* factor) {
  const FloatTag d;
  for (int64_t i = 0; i < rows; ++i) {
    const FloatVector by = hn::Set(d, factor[i]);
    float* row = x + i * stride;
    for (int64_t c = 0; c < columns; c += kLanes) {
      StoreFirst(hn::Mul(LoadFirst(row + c, columns - c), by), row + c, columns - c);
    }
  }
}

constexpr LayerKernels kLayerKernels = {
    AddLayerNormRow, GeluInto, TanhInto, ScaleRows,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const LayerKernels& LayerKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kLayerKernels : N_AVX2::kLayerKernels;
}

}  // namespace dpr
#endif
