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

int64_t Passing(const float* scores, float scale, float offset, const float* cutoffs, int64_t count,
                uint32_t* passing) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto scales = hn::Set(d, scale), offsets = hn::Set(d, offset);
  int64_t found = 0, i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto key = hn::MulAdd(hn::LoadU(d, scores + i), scales, offsets);
    const auto passes = hn::Not(hn::Lt(key, hn::LoadU(d, cutoffs + i)));
    if (hn::AllFalse(d, passes)) continue;
    found += static_cast<int64_t>(hn::CompressStore(
        hn::Iota(du, static_cast<uint32_t>(i)), hn::RebindMask(du, passes), du, passing + found));
  }
  for (; i < count; ++i) {
    passing[found] = static_cast<uint32_t>(i);
    found += scores[i] * scale + offset < cutoffs[i] ? 0 : 1;
  }
  return found;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

int64_t FindPassing(const float* scores, RowKey key, const float* cutoffs, int64_t count,
                    uint32_t* passing) {
  static const auto find = Cpu().level == CpuLevel::kAvx512 ? N_AVX3::Passing : N_AVX2::Passing;
  return find(scores, key.scale, key.offset, cutoffs, count, passing);
}

}  // namespace dpr
#endif
