#include "dpr/vectors/screen_kernels.h"

#include "dpr/base/cpu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/vectors/screen_kernels.cc"
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

int64_t FindPassing(const float* scores, float scale, float offset, const float* cutoffs,
                    int64_t from, int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto scales = hn::Set(d, scale), offsets = hn::Set(d, offset);
  const auto below = [&](int64_t i) {
    const auto key = hn::MulAdd(hn::LoadU(d, scores + i), scales, offsets);
    return hn::Lt(key, hn::LoadU(d, cutoffs + i));
  };
  int64_t i = from;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    const auto first = hn::And(below(i), below(i + lanes));
    const auto second = hn::And(below(i + 2 * lanes), below(i + 3 * lanes));
    if (!hn::AllTrue(d, hn::And(first, second))) break;
  }
  for (; i + lanes <= count; i += lanes) {
    const auto passing = hn::Not(below(i));
    if (!hn::AllFalse(d, passing)) return i + hn::FindFirstTrue(d, passing);
  }
  for (; i < count; ++i) {
    if (!(scores[i] * scale + offset < cutoffs[i])) return i;
  }
  return count;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

int64_t NextPassing(const float* scores, RowKey key, const float* cutoffs, int64_t from,
                    int64_t count) {
  static const auto find =
      Cpu().level == CpuLevel::kAvx512 ? N_AVX3::FindPassing : N_AVX2::FindPassing;
  return find(scores, key.scale, key.offset, cutoffs, from, count);
}

}  // namespace dpr
#endif
