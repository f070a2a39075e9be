#include "dpr/vectors/bit_kernels.h"

#include "dpr/base/cpu.h"
#include "dpr/vectors/bit_codes.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/vectors/bit_kernels.cc"
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
using ByteTag = hn::ScalableTag<uint8_t>;
using WordTag = hn::ScalableTag<uint16_t>;
using Bytes = hn::Vec<ByteTag>;
using Words = hn::Vec<WordTag>;
constexpr int64_t kTwoBytes = 2 * kBitBlock;  // two bytes of each row of a block: 64

// The entries that 32 or 64 bytes pick from the tables of their low and of their high halves.
HWY_INLINE Bytes Pick(const uint8_t* codes, const uint8_t* tables) {
  const ByteTag d;
  const Bytes low_half = hn::Set(d, 0x0f);
  const Bytes both = hn::LoadU(d, codes);
  const Bytes low = hn::And(both, low_half);
  const Bytes high =
      hn::And(hn::BitCast(d, hn::ShiftRight<4>(hn::BitCast(WordTag(), both))), low_half);
  return hn::Add(hn::TableLookupBytes(hn::LoadU(d, tables), low),
                 hn::TableLookupBytes(hn::LoadU(d, tables + kTwoBytes), high));
}

// Sums of the bytes at even and at odd places, apart.
struct Accumulator {
  Words both, odd;  // 256 times the odd ones are in `both`, modulo 2^16

  HWY_INLINE void Add(Bytes bytes) {
    const Words words = hn::BitCast(WordTag(), bytes);
    both = hn::Add(both, words);
    odd = hn::Add(odd, hn::ShiftRight<8>(words));
  }
  HWY_INLINE Words Even() const { return hn::Sub(both, hn::ShiftLeft<8>(odd)); }
};

// Writes the sums of 32 rows, whose even and odd ones are apart.
HWY_INLINE void Interleave(hn::Vec<hn::FixedTag<uint16_t, 16>> even,
                           hn::Vec<hn::FixedTag<uint16_t, 16>> odd, uint16_t* sums) {
  hn::StoreInterleaved2(even, odd, hn::FixedTag<uint16_t, 16>(), sums);
}

void SumTables(const uint8_t* blocks, int64_t count, int64_t bytes, const uint8_t* tables,
               uint16_t* sums) {
  for (int64_t n = 0; n < count; ++n) {
    const uint8_t* block = blocks + n * kBitBlock * bytes;
    Accumulator sum{hn::Zero(WordTag()), hn::Zero(WordTag())};
    for (int64_t b = 0; b < bytes; b += 4) {
      const uint8_t* codes = block + b * kBitBlock;
      const uint8_t* of_codes = tables + b / 2 * 2 * kTwoBytes;
      sum.Add(hn::Add(Pick(codes, of_codes), Pick(codes + kTwoBytes, of_codes + 2 * kTwoBytes)));
#if HWY_TARGET == HWY_AVX2
      sum.Add(hn::Add(Pick(codes + kBitBlock, of_codes + kBitBlock),
                      Pick(codes + kTwoBytes + kBitBlock, of_codes + 2 * kTwoBytes + kBitBlock)));
#endif
    }
#if HWY_TARGET == HWY_AVX2
    Interleave(sum.Even(), sum.odd, sums + n * kBitBlock);
#else
    const hn::FixedTag<uint16_t, 16> half;
    const Words even = sum.Even();
    Interleave(hn::Add(hn::LowerHalf(half, even), hn::UpperHalf(half, even)),
               hn::Add(hn::LowerHalf(half, sum.odd), hn::UpperHalf(half, sum.odd)),
               sums + n * kBitBlock);
#endif
  }
}

int64_t Passing(const uint16_t* sums, int64_t count, const BitScale& scale, float least,
                uint32_t* places, float* estimates) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<int32_t, decltype(d)> whole;
  const hn::Rebind<uint32_t, decltype(d)> place;
  const hn::Rebind<uint16_t, decltype(d)> word;
  const auto base = hn::Set(d, scale.base), bias = hn::Set(d, scale.bias);
  const auto factor_of_sums = hn::Set(d, scale.scale), bound = hn::Set(d, least);
  int64_t passing = 0;
  for (int64_t j = 0; j < count; j += static_cast<int64_t>(hn::Lanes(d))) {
    const auto sum = hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(word, sums + j)));
    const auto shift =
        scale.offsets == nullptr ? base : hn::Add(base, hn::LoadU(d, scale.offsets + j));
    const auto estimate =
        hn::MulAdd(hn::LoadU(d, scale.factors + j), hn::MulAdd(factor_of_sums, sum, bias), shift);
    const auto passes = hn::Ge(estimate, bound);
    if (hn::AllFalse(d, passes)) continue;
    hn::CompressBlendedStore(estimate, passes, d, estimates + passing);
    passing += static_cast<int64_t>(
        hn::CompressBlendedStore(hn::Iota(place, static_cast<uint32_t>(j)),
                                 hn::RebindMask(place, passes), place, places + passing));
  }
  return passing;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

void SumBitTables(const uint8_t* blocks, int64_t count, int64_t bytes, const uint8_t* tables,
                  uint16_t* sums) {
  static const auto sum = Cpu().level == CpuLevel::kAvx512 ? N_AVX3::SumTables : N_AVX2::SumTables;
  sum(blocks, count, bytes, tables, sums);
}

int64_t PassingBits(const uint16_t* sums, int64_t count, const BitScale& scale, float least,
                    uint32_t* places, float* estimates) {
  static const auto pass = Cpu().level == CpuLevel::kAvx512 ? N_AVX3::Passing : N_AVX2::Passing;
  return pass(sums, count, scale, least, places, estimates);
}

}  // namespace dpr
#endif
