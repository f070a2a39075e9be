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

// One after the other, several rows' sums would each wait for the last addition: side by side they
// do not, and each keeps its order.
constexpr int kNormRows = 4;

// f(g, at, left) for each vector of a row: the g-th of 16 lanes, `left` of its elements inside.
template <class F>
HWY_INLINE void ForEachVector(int64_t size, const F& f) {
  const int64_t whole = size / 16 * 16;
  for (int64_t i = 0; i < whole; i += 16) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) f(g, i + g * kLanes, kLanes);
  }
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) {
    const int64_t at = whole + g * kLanes;
    if (at < size) f(g, at, size - at);
  }
}

// x + residual into y; the sums of all into `sum`.
template <int kRows>
HWY_INLINE void AddResiduals(const LayerNormRows& p, int64_t first, float (&total)[kRows]) {
  const FloatTag d;
  FloatVector sum[kRows][kGroup];
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) sum[r][g] = hn::Zero(d);
  }
  const float* const x = p.x + first * p.x_stride;
  const float* const residual = p.residual != nullptr ? p.residual + first * p.residual_stride : x;
  float* const y = p.y + first * p.y_stride;
  ForEachVector(p.size, [&](int g, int64_t at, int64_t left) HWY_ATTR {
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      FloatVector v = LoadFirst(x + r * p.x_stride + at, left);
      if (p.residual != nullptr) {
        v = hn::Add(v, LoadFirst(residual + r * p.residual_stride + at, left));
      }
      StoreFirst(v, y + r * p.y_stride + at, left);
      sum[r][g] = hn::Add(sum[r][g], v);
    }
  });
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) total[r] = SumOf(sum[r]);
}

template <int kRows>
HWY_INLINE void SumsOfSquaresAround(const float (&mean)[kRows], const float* y, int64_t stride,
                                    int64_t size, float (&total)[kRows]) {
  const FloatTag d;
  FloatVector sum[kRows][kGroup];
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) sum[r][g] = hn::Zero(d);
  }
  ForEachVector(size, [&](int g, int64_t at, int64_t left) HWY_ATTR {
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      FloatVector v = hn::Sub(LoadFirst(y + r * stride + at, left), hn::Set(d, mean[r]));
      if (left < kLanes) v = hn::IfThenElseZero(FirstMask(left), v);
      sum[r][g] = hn::MulAdd(v, v, sum[r][g]);
    }
  });
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) total[r] = SumOf(sum[r]);
}

template <int kRows>
void AddLayerNormOf(const LayerNormRows& p, int64_t first) {
  const FloatTag d;
  const auto count = static_cast<float>(p.size);
  float* const y = p.y + first * p.y_stride;
  float mean[kRows], squares[kRows], inverse[kRows];
  AddResiduals<kRows>(p, first, mean);
  for (int r = 0; r < kRows; ++r) mean[r] /= count;
  SumsOfSquaresAround<kRows>(mean, y, p.y_stride, p.size, squares);
  for (int r = 0; r < kRows; ++r) {
    const FloatVector variance = hn::Set(d, squares[r] / count + p.epsilon);
    inverse[r] = 1.0f / hn::GetLane(hn::Sqrt(variance));
    if (p.inverse_deviation != nullptr) p.inverse_deviation[first + r] = inverse[r];
  }
  ForEachVector(p.size, [&](int, int64_t at, int64_t left) HWY_ATTR {
    const FloatVector gamma = LoadFirst(p.gamma + at, left), beta = LoadFirst(p.beta + at, left);
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      float* const to = y + r * p.y_stride + at;
      const FloatVector v =
          hn::Mul(hn::Sub(LoadFirst(to, left), hn::Set(d, mean[r])), hn::Set(d, inverse[r]));
      if (p.normal != nullptr) StoreFirst(v, p.normal + (first + r) * p.normal_stride + at, left);
      StoreFirst(hn::MulAdd(v, gamma, beta), to, left);
    }
  });
}

void AddLayerNorm(const LayerNormRows& p) {
  const int64_t whole = p.rows / kNormRows * kNormRows;
  for (int64_t row = 0; row < whole; row += kNormRows) AddLayerNormOf<kNormRows>(p, row);
  for (int64_t row = whole; row < p.rows; ++row) AddLayerNormOf<1>(p, row);
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
    AddLayerNorm,
    GeluInto,
    TanhInto,
    ScaleRows,
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
