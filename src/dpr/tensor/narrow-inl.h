// Vectors of 32-bit integers, narrowed and stored in order. Included once per instruction set.
#if defined(DPR_TENSOR_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DPR_TENSOR_NARROW_INL_H_
#undef DPR_TENSOR_NARROW_INL_H_
#else
#define DPR_TENSOR_NARROW_INL_H_
#endif

#include <hwy/highway.h>

#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

using IntegerTag = hwy::HWY_NAMESPACE::RebindToSigned<FloatTag>;
using IntegerVector = hwy::HWY_NAMESPACE::Vec<IntegerTag>;

// To the nearest, ties to even, of what lies within 32 bits; without the care that Highway's
// NearestInt takes of the rest.
HWY_INLINE IntegerVector Rounded(FloatVector v) {
#if HWY_TARGET == HWY_AVX2
  return IntegerVector{_mm256_cvtps_epi32(v.raw)};
#else
  return IntegerVector{_mm512_cvtps_epi32(v.raw)};
#endif
}

// Two vectors as 16 bits with sign, saturated: 2 * kLanes of them.
HWY_INLINE void StoreWords(IntegerVector a, IntegerVector b, int16_t* to) {
#if HWY_TARGET == HWY_AVX2
  const auto both = _mm256_packs_epi32(a.raw, b.raw);  // within halves
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_permute4x64_epi64(both, _MM_SHUFFLE(3, 1, 2, 0)));
#else
  const auto both = _mm512_packs_epi32(a.raw, b.raw);  // within quarters
  const auto order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi64(order, both));
#endif
}

// Four vectors as 8 bits without sign, saturated: 4 * kLanes of them.
HWY_INLINE void StoreBytes(const IntegerVector (&v)[4], uint8_t* to) {
#if HWY_TARGET == HWY_AVX2
  const auto low = _mm256_packs_epi32(v[0].raw, v[1].raw);
  const auto high = _mm256_packs_epi32(v[2].raw, v[3].raw);
  const auto order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), order));
#else
  const auto low = _mm512_packs_epi32(v[0].raw, v[1].raw);
  const auto high = _mm512_packs_epi32(v[2].raw, v[3].raw);
  const auto order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high)));
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
