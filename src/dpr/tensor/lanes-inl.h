// Vectors of floats in groups of fixed size, so that sums are split alike on every instruction set.
// Included once per instruction set.
#if defined(DPR_TENSOR_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DPR_TENSOR_LANES_INL_H_
#undef DPR_TENSOR_LANES_INL_H_
#else
#define DPR_TENSOR_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "dpr/tensor/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

using FloatTag = hwy::HWY_NAMESPACE::ScalableTag<float>;
using FloatVector = hwy::HWY_NAMESPACE::Vec<FloatTag>;
inline constexpr int64_t kLanes = static_cast<int64_t>(hwy::HWY_NAMESPACE::MaxLanes(FloatTag()));

// The first `count` of a vector's floats, the others 0; memory beyond them is not touched.
HWY_INLINE FloatVector LoadFirst(const float* x, int64_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  if (count >= kLanes) return hn::LoadU(d, x);
  return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count)), d, x);
}

HWY_INLINE void StoreFirst(FloatVector v, float* x, int64_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  if (count >= kLanes) {
    hn::StoreU(v, d, x);
  } else {
    hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(count)), d, x);
  }
}

// The sum of count * lanes partial sums: the upper half is added to the lower until one is left.
template <int kCount>
HWY_INLINE float SumOf(FloatVector (&sum)[kCount]) {
  namespace hn = hwy::HWY_NAMESPACE;
  DPR_UNROLL
  for (int half = kCount / 2; half > 0; half /= 2) {
    DPR_UNROLL
    for (int i = 0; i < half; ++i) sum[i] = hn::Add(sum[i], sum[i + half]);
  }
#if HWY_TARGET == HWY_AVX2
  const FloatVector eight = sum[0];
#else
  const hn::FixedTag<float, 8> d8;
  const auto eight = hn::Add(hn::LowerHalf(d8, sum[0]), hn::UpperHalf(d8, sum[0]));
#endif
  const hn::FixedTag<float, 4> d4;
  const auto four = hn::Add(hn::LowerHalf(d4, eight), hn::UpperHalf(d4, eight));
  const auto two = hn::Add(four, hn::Shuffle1032(four));
  return hn::GetLane(hn::Add(two, hn::Shuffle2301(two)));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
