// The exponentials of attention's scores, as floats or in the units of the product with the values.
// Sums of a row are split into 16 lanes, element i to lane i mod 16.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/softmax_kernels.cc"
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

HWY_INLINE float LargestScaled(const float* x, int64_t size, FloatVector scale) {
  const FloatTag d;
  const FloatVector lowest = hn::Neg(hn::Inf(d));
  FloatVector largest = lowest;
  for (int64_t i = 0; i < size; i += kLanes) {
    FloatVector v = hn::Mul(LoadFirst(x + i, size - i), scale);
    if (size - i < kLanes) v = hn::IfThenElse(FirstMask(size - i), v, lowest);
    largest = hn::Max(largest, v);
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

// The exponentials of one row, handed on vector by vector as store(v, place, count), where `count`
// of the lanes are inside; returns their sum, in 16 lanes first.
template <class Store>
HWY_INLINE float ExponentialsOfRow(const float* x, int64_t size, FloatVector scale,
                                   const Store& store) {
  const FloatTag d;
  const FloatVector largest = hn::Set(d, LargestScaled(x, size, scale));
  FloatVector sum[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) sum[g] = hn::Zero(d);
  for (int64_t i = 0; i < size; i += 16) {
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) {
      const int64_t at = i + g * kLanes, left = size - at;
      if (left <= 0) continue;
      FloatVector v = ExpOf(d, hn::Sub(hn::Mul(LoadFirst(x + at, left), scale), largest));
      if (left < kLanes) v = hn::IfThenElseZero(FirstMask(left), v);
      store(v, at, left);
      sum[g] = hn::Add(sum[g], v);
    }
  }
  return SumOf(sum);
}

void Exponentials(float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                  float* inverse) {
  for (int64_t i = 0; i < rows; ++i) {
    float* const row = x + i * stride;
    const float sum = ExponentialsOfRow(
        row, columns, hn::Set(FloatTag(), scale),
        [&](FloatVector v, int64_t at, int64_t left) HWY_ATTR { StoreFirst(v, row + at, left); });
    inverse[i] = 1.0f / sum;
  }
}

void ExponentialWords(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                      int levels, float* pairs, int64_t pairs_stride, float* inverse) {
  const FloatTag d;
  const hn::Rebind<int16_t, FloatTag> narrow;
  const FloatVector by = hn::Set(d, static_cast<float>(levels));
  for (int64_t i = 0; i < rows; ++i) {
    auto* const to = reinterpret_cast<int16_t*>(pairs + i * pairs_stride);
    const float sum = ExponentialsOfRow(
        x + i * stride, columns, hn::Set(d, scale),
        [&](FloatVector v, int64_t at, int64_t left) HWY_ATTR {
          const auto q = hn::DemoteTo(narrow, hn::NearestInt(hn::Mul(v, by)));
          if (left >= kLanes) {
            hn::StoreU(q, narrow, to + at);
            return;
          }
          int16_t rest[kLanes];
          hn::StoreU(q, narrow, rest);
          for (int64_t r = 0; r < (left + 1) / 2 * 2; ++r) to[at + r] = rest[r];
        });
    inverse[i] = 1.0f / sum;
  }
}

#if HWY_TARGET == HWY_AVX3
void ExponentialPairs(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                      float* pairs, int64_t pairs_stride, float* inverse) {
  const FloatTag d;
  const hn::FixedTag<float, 8> half;
  for (int64_t i = 0; i < rows; ++i) {
    float* const to = pairs + i * pairs_stride;
    const float sum = ExponentialsOfRow(
        x + i * stride, columns, hn::Set(d, scale),
        [&](FloatVector v, int64_t at, int64_t left) HWY_ATTR {
          hn::Vec<hn::FixedTag<float, 8>> words;
          asm("vcvtneps2bf16 %[v], %[words]" : [words] "=v"(words.raw) : [v] "v"(v.raw));
          if (left >= kLanes) {
            hn::StoreU(words, half, to + at / 2);
          } else {
            const auto count = static_cast<size_t>((left + 1) / 2);
            hn::BlendedStore(words, hn::FirstN(half, count), half, to + at / 2);
          }
        });
    inverse[i] = 1.0f / sum;
  }
}
constexpr auto kExponentialPairs = ExponentialPairs;
#else
constexpr auto kExponentialPairs = nullptr;
#endif

constexpr SoftmaxKernels kSoftmaxKernels = {Exponentials, kExponentialPairs, ExponentialWords};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const SoftmaxKernels& SoftmaxKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kSoftmaxKernels : N_AVX2::kSoftmaxKernels;
}

}  // namespace dpr
#endif
