// Dot products, squared distances and other sums.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/reduction_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kChains = 64;
constexpr int kChainVectors = kChains / static_cast<int>(kLanes);

// The two sums over pairs of elements that we need: of a b and of (a - b)^2.
struct Product {
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    return hn::MulAdd(a, b, sum);
  }
};
struct SquaredDifference {
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    const FloatVector difference = hn::Sub(a, b);
    return hn::MulAdd(difference, difference, sum);
  }
};

// Element i goes to chain i mod 64; a chain without an element in the last, partial round keeps its
// value.
template <class Term>
HWY_INLINE float SumOfTerms(const float* a, const float* b, int64_t size) {
  const FloatTag d;
  FloatVector sum[kChainVectors];
  DPR_UNROLL
  for (int v = 0; v < kChainVectors; ++v) sum[v] = hn::Zero(d);
  int64_t i = 0;
  for (; i + kChains <= size; i += kChains) {
    DPR_UNROLL
    for (int v = 0; v < kChainVectors; ++v) {
      sum[v] =
          Term::Add(hn::LoadU(d, a + i + v * kLanes), hn::LoadU(d, b + i + v * kLanes), sum[v]);
    }
  }
  DPR_UNROLL
  for (int v = 0; v < kChainVectors; ++v) {
    const int64_t at = i + v * kLanes, left = size - at;
    if (left <= 0) continue;
    const FloatVector next = Term::Add(LoadFirst(a + at, left), LoadFirst(b + at, left), sum[v]);
    const auto present = hn::FirstN(d, static_cast<size_t>(left < kLanes ? left : kLanes));
    sum[v] = hn::IfThenElse(present, next, sum[v]);
  }
  return SumOf(sum);
}

template <class Term>
float SumOfPairs(const float* a, const float* b, int64_t size) {
  return SumOfTerms<Term>(a, b, size);
}

template <class Term>
void SumOfPairsInRows(const float* a, const float* x, int64_t stride, int64_t rows, int64_t size,
                      float* out) {
  for (int64_t j = 0; j < rows; ++j) out[j] = SumOfTerms<Term>(a, x + j * stride, size);
}

void SumRows(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
             float* out) {
  const FloatTag d;
  const FloatVector factor = hn::Set(d, scale);
  for (int64_t c = 0; c < columns; c += kLanes) {
    FloatVector sum = hn::Zero(d);
    for (int64_t i = 0; i < rows; ++i) {
      sum = hn::Add(sum, LoadFirst(x + i * stride + c, columns - c));
    }
    StoreFirst(hn::Mul(sum, factor), out + c, columns - c);
  }
}

void AddRows(const float* x, int64_t stride, int64_t rows, int64_t columns, float* out) {
  for (int64_t c = 0; c < columns; c += kLanes) {
    FloatVector sum = LoadFirst(out + c, columns - c);
    for (int64_t i = 0; i < rows; ++i) {
      sum = hn::Add(sum, LoadFirst(x + i * stride + c, columns - c));
    }
    StoreFirst(sum, out + c, columns - c);
  }
}

void Divide(float* x, int64_t size, float divisor) {
  const FloatTag d;
  const FloatVector by = hn::Set(d, divisor);
  for (int64_t i = 0; i < size; i += kLanes) {
    StoreFirst(hn::Div(LoadFirst(x + i, size - i), by), x + i, size - i);
  }
}

constexpr ReductionKernels kReductionKernels = {
    SumOfPairs<Product>,
    SumOfPairs<SquaredDifference>,
    SumOfPairsInRows<Product>,
    SumOfPairsInRows<SquaredDifference>,
    SumRows,
    AddRows,
    Divide,
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const ReductionKernels& ReductionKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kReductionKernels : N_AVX2::kReductionKernels;
}

}  // namespace dpr
#endif
