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
#include "dpr/tensor/narrow-inl.h"

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
  const int64_t whole = size / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    largest = hn::Max(largest, hn::Mul(hn::LoadU(d, x + i), scale));
  }
  if (whole < size) {
    const FloatVector v = hn::Mul(LoadFirst(x + whole, size - whole), scale);
    largest = hn::Max(largest, hn::IfThenElse(FirstMask(size - whole), v, lowest));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

// 16 integers as words of 16 bits; integers(g) is the g-th vector of them.
template <class Integers>
HWY_INLINE void Store16Words(const Integers& integers, int16_t* to) {
#if HWY_TARGET == HWY_AVX2
  StoreWords(integers(0), integers(1), to);
#else
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtsepi32_epi16(integers(0).raw));
#endif
}

// The exponentials of one row, handed on 16 at a time as store(v, place), zero beyond the row;
// returns their sum, in 16 lanes first.
template <class Store>
HWY_INLINE float ExponentialsOfRow(const float* x, int64_t size, FloatVector scale, float most,
                                   const Store& store) {
  const FloatTag d;
  const FloatVector largest = hn::Set(d, most);
  FloatVector sum[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) sum[g] = hn::Zero(d);
  const int64_t whole = size / 16 * 16;
  for (int64_t i = 0; i < whole; i += 16) {
    FloatVector v[kGroup];
    DPR_UNROLL
    for (int g = 0; g < kGroup; ++g) {
      v[g] = ExpOf(d, hn::Sub(hn::Mul(hn::LoadU(d, x + i + g * kLanes), scale), largest));
      sum[g] = hn::Add(sum[g], v[g]);
    }
    store(v, i);
  }
  if (whole == size) return SumOf(sum);
  FloatVector v[kGroup];
  DPR_UNROLL
  for (int g = 0; g < kGroup; ++g) {
    const int64_t at = whole + g * kLanes, left = size - at;
    v[g] = hn::Zero(d);
    if (left <= 0) continue;
    v[g] = ExpOf(d, hn::Sub(hn::Mul(LoadFirst(x + at, left), scale), largest));
    v[g] = hn::IfThenElseZero(FirstMask(left), v[g]);
    sum[g] = hn::Add(sum[g], v[g]);
  }
  store(v, whole);
  return SumOf(sum);
}

// All rows, kRowsAtATime of them at a time, whose largest elements are found first: no row waits
// for its own. store(row, v, place).
template <class Store>
HWY_INLINE void ExponentialsOfRows(const float* x, int64_t stride, int64_t rows, int64_t columns,
                                   float scale, float* inverse, const Store& store) {
  constexpr int64_t kRowsAtATime = 8;
  const FloatVector by = hn::Set(FloatTag(), scale);
  float most[kRowsAtATime];
  for (int64_t first = 0; first < rows; first += kRowsAtATime) {
    const int64_t count = rows - first < kRowsAtATime ? rows - first : kRowsAtATime;
    for (int64_t i = 0; i < count; ++i) {
      most[i] = LargestScaled(x + (first + i) * stride, columns, by);
    }
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = first + i;
      inverse[row] = 1.0f / ExponentialsOfRow(x + row * stride, columns, by, most[i],
                                              [&](const FloatVector(&v)[kGroup], int64_t at)
                                                  HWY_ATTR { store(row, v, at); });
    }
  }
}

void Exponentials(float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                  float* inverse) {
  ExponentialsOfRows(x, stride, rows, columns, scale, inverse,
                     [&](int64_t row, const FloatVector(&v)[kGroup], int64_t at) HWY_ATTR {
                       DPR_UNROLL
                       for (int g = 0; g < kGroup; ++g) {
                         const int64_t left = columns - at - g * kLanes;
                         if (left > 0) StoreFirst(v[g], x + row * stride + at + g * kLanes, left);
                       }
                     });
}

void ExponentialWords(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                      int levels, float* pairs, int64_t pairs_stride, float* inverse) {
  const FloatTag d;
  const FloatVector by = hn::Set(d, static_cast<float>(levels));
  ExponentialsOfRows(x, stride, rows, columns, scale, inverse,
                     [&](int64_t row, const FloatVector(&v)[kGroup], int64_t at) HWY_ATTR {
                       Store16Words([&](int g) HWY_ATTR { return Rounded(hn::Mul(v[g], by)); },
                                    reinterpret_cast<int16_t*>(pairs + row * pairs_stride) + at);
                     });
}

#if HWY_TARGET == HWY_AVX3
void ExponentialPairs(const float* x, int64_t stride, int64_t rows, int64_t columns, float scale,
                      float* pairs, int64_t pairs_stride, float* inverse) {
  const hn::FixedTag<float, 8> half;
  ExponentialsOfRows(
      x, stride, rows, columns, scale, inverse,
      [&](int64_t row, const FloatVector(&v)[kGroup], int64_t at) HWY_ATTR {
        hn::Vec<hn::FixedTag<float, 8>> words;
        asm("vcvtneps2bf16 %[v], %[words]" : [words] "=v"(words.raw) : [v] "v"(v[0].raw));
        hn::StoreU(words, half, pairs + row * pairs_stride + at / 2);
      });
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
