// Loops that do nothing but what they measure.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/measure_kernels.cc"
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

constexpr int kSums = 12;  // with the two factors they fit into 16 registers

int64_t MultiplyAdd(int64_t steps) {
  const FloatTag d;
  FloatVector sum[kSums];
  DPR_UNROLL
  for (int i = 0; i < kSums; ++i) sum[i] = hn::Set(d, static_cast<float>(i));
  FloatVector factor = hn::Set(d, 0.999f), term = hn::Set(d, 0.001f);
  for (int64_t step = 0; step < steps; ++step) {
    DPR_UNROLL
    for (int i = 0; i < kSums; ++i) sum[i] = hn::MulAdd(sum[i], factor, term);
    asm volatile("" : "+x"(factor.raw), "+x"(term.raw));
  }
  DPR_UNROLL
  for (int i = 0; i < kSums; ++i) asm volatile("" : "+x"(sum[i].raw));
  return steps * kSums * kLanes * 2;
}

float Sum(const float* x, int64_t size) {
  const FloatTag d;
  FloatVector sum[8];
  DPR_UNROLL
  for (int v = 0; v < 8; ++v) sum[v] = hn::Zero(d);
  int64_t i = 0;
  for (; i + 8 * kLanes <= size; i += 8 * kLanes) {
    DPR_UNROLL
    for (int v = 0; v < 8; ++v) sum[v] = hn::Add(sum[v], hn::LoadU(d, x + i + v * kLanes));
  }
  for (; i < size; i += kLanes) sum[0] = hn::Add(sum[0], LoadFirst(x + i, size - i));
  return SumOf(sum);
}

constexpr MeasureKernels kMeasureKernels = {MultiplyAdd, Sum};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const MeasureKernels& MeasureKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kMeasureKernels : N_AVX2::kMeasureKernels;
}

}  // namespace dpr
#endif
