// The factors of dropout, 128 columns at a time: 16 blocks of Philox4x32-10, one a lane.
// Included once per instruction set.
#if defined(DPR_TENSOR_DROPOUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DPR_TENSOR_DROPOUT_INL_H_
#undef DPR_TENSOR_DROPOUT_INL_H_
#else
#define DPR_TENSOR_DROPOUT_INL_H_
#endif

#include <hwy/highway.h>

#include "dpr/tensor/dropout.h"
#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

inline constexpr int64_t kDropoutGroup = 128;

using WordTag = hwy::HWY_NAMESPACE::RebindToUnsigned<FloatTag>;
using WordVector = hwy::HWY_NAMESPACE::Vec<WordTag>;

struct WideProduct {
  WordVector high, low;
};

HWY_INLINE WideProduct MultiplyWide(WordVector a, uint32_t b) {
  namespace hn = hwy::HWY_NAMESPACE;
  const WordTag d;
  const hn::RepartitionToWide<WordTag> wide;
  const WordVector factor = hn::Set(d, b);
  const auto even = hn::MulEven(a, factor);  // lanes 0, 2, ...
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), factor);
  const WordVector low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
  const WordVector high =
      hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  return {high, low};
}

// factor[i], i in [0, 128): 0 or the scale, for columns 128 * group + i of the row.
HWY_INLINE void DropoutFactors(const DropoutRow& row, int64_t group, float* factors) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag df;
  const WordTag d;
  const uint64_t first = row.position + static_cast<uint64_t>(group) * 16;
  const hn::RebindToSigned<WordTag> di;  // the halves are positive in it
  const auto dropped = hn::Set(di, static_cast<int32_t>(row.threshold) - 1);
  const WordVector low_half = hn::Set(d, 0xFFFFu);
  const FloatVector scale = hn::Set(df, row.scale);
  for (int64_t lane = 0; lane < 16; lane += kLanes) {
    WordVector c[4] = {hn::Iota(d, static_cast<uint32_t>(first) + static_cast<uint32_t>(lane)),
                       hn::Set(d, static_cast<uint32_t>(first >> 32)),
                       hn::Set(d, static_cast<uint32_t>(row.stream)),
                       hn::Set(d, static_cast<uint32_t>(row.stream >> 32))};
    uint32_t key0 = static_cast<uint32_t>(row.seed), key1 = static_cast<uint32_t>(row.seed >> 32);
    for (int round = 0; round < 10; ++round) {
      const WideProduct p0 = MultiplyWide(c[0], 0xD2511F53u), p1 = MultiplyWide(c[2], 0xCD9E8D57u);
      c[0] = hn::Xor(hn::Xor(p1.high, c[1]), hn::Set(d, key0));
      c[1] = p1.low;
      c[2] = hn::Xor(hn::Xor(p0.high, c[3]), hn::Set(d, key1));
      c[3] = p0.low;
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    DPR_UNROLL
    for (int word = 0; word < 4; ++word) {
      const WordVector low = hn::And(c[word], low_half), high = hn::ShiftRight<16>(c[word]);
      const auto keep_low = hn::RebindMask(df, hn::Gt(hn::BitCast(di, low), dropped));
      const auto keep_high = hn::RebindMask(df, hn::Gt(hn::BitCast(di, high), dropped));
      hn::StoreU(hn::IfThenElseZero(keep_low, scale), df, factors + 32 * word + lane);
      hn::StoreU(hn::IfThenElseZero(keep_high, scale), df, factors + 32 * word + 16 + lane);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
