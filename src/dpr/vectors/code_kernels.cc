#include "dpr/vectors/code_kernels.h"

#include "dpr/base/cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/vectors/code_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using WordTag = hn::ScalableTag<int16_t>;
using SumTag = hn::ScalableTag<int32_t>;
using Words = hn::Vec<WordTag>;
using Sums = hn::Vec<SumTag>;
constexpr int64_t kLanes = HWY_TARGET == HWY_AVX2 ? 16 : 32;  // words of a vector

HWY_INLINE Words LoadCodes(const uint8_t* codes) {
  const WordTag d;
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<uint8_t, WordTag>(), codes));
}

// sum + a0 * b0 + a1 * b1, in each lane of two words.
HWY_INLINE Sums AddPairs(Words a, Words b, Sums sum) {
  Sums pairs;
#if HWY_TARGET == HWY_AVX2
  pairs.raw = _mm256_madd_epi16(a.raw, b.raw);
#else
  pairs.raw = _mm512_madd_epi16(a.raw, b.raw);
#endif
  return hn::Add(sum, pairs);
}

HWY_INLINE int32_t Total(Sums sum) {
  const SumTag d;
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

int32_t DotWords(const uint8_t* codes, const int16_t* words, int64_t stride) {
  const WordTag d;
  Sums even = hn::Zero(SumTag()), odd = even;
  for (int64_t i = 0; i < stride; i += 2 * kLanes) {
    even = AddPairs(LoadCodes(codes + i), hn::LoadU(d, words + i), even);
    odd = AddPairs(LoadCodes(codes + i + kLanes), hn::LoadU(d, words + i + kLanes), odd);
  }
  return Total(hn::Add(even, odd));
}

void RowsDotWords(const uint8_t* codes, int64_t stride, int64_t rows, const int16_t* words,
                  int32_t* sums) {
  const WordTag d;
  int64_t j = 0;
  for (; j + 4 <= rows; j += 4) {
    const uint8_t* row = codes + j * stride;
    Sums first = hn::Zero(SumTag()), second = first, third = first, fourth = first;
    for (int64_t i = 0; i < stride; i += kLanes) {
      const Words question = hn::LoadU(d, words + i);
      first = AddPairs(LoadCodes(row + i), question, first);
      second = AddPairs(LoadCodes(row + stride + i), question, second);
      third = AddPairs(LoadCodes(row + 2 * stride + i), question, third);
      fourth = AddPairs(LoadCodes(row + 3 * stride + i), question, fourth);
    }
    sums[j] = Total(first);
    sums[j + 1] = Total(second);
    sums[j + 2] = Total(third);
    sums[j + 3] = Total(fourth);
  }
  for (; j < rows; ++j) sums[j] = DotWords(codes + j * stride, words, stride);
}

int32_t DotCode(const uint8_t* a, const uint8_t* b, int64_t stride) {
  Sums even = hn::Zero(SumTag()), odd = even;
  for (int64_t i = 0; i < stride; i += 2 * kLanes) {
    even = AddPairs(LoadCodes(a + i), LoadCodes(b + i), even);
    odd = AddPairs(LoadCodes(a + i + kLanes), LoadCodes(b + i + kLanes), odd);
  }
  return Total(hn::Add(even, odd));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

int32_t CodeDotWords(const uint8_t* codes, const int16_t* words, int64_t stride) {
  static const auto dot = Cpu().level == CpuLevel::kAvx512 ? N_AVX3::DotWords : N_AVX2::DotWords;
  return dot(codes, words, stride);
}

void CodeRowsDotWords(const uint8_t* codes, int64_t stride, int64_t rows, const int16_t* words,
                      int32_t* sums) {
  static const auto dot =
      Cpu().level == CpuLevel::kAvx512 ? N_AVX3::RowsDotWords : N_AVX2::RowsDotWords;
  dot(codes, stride, rows, words, sums);
}

int32_t CodeDotCode(const uint8_t* a, const uint8_t* b, int64_t stride) {
  static const auto dot = Cpu().level == CpuLevel::kAvx512 ? N_AVX3::DotCode : N_AVX2::DotCode;
  return dot(a, b, stride);
}

}  // namespace dpr
#endif
