#include "dpr/tensor/kernels.h"

#include "dpr/base/error.h"

namespace dpr {
namespace {

Kernels Collect(CpuLevel level) {
  return {GemmKernelsOf(level),      PackingKernelsOf(level), QuantizingKernelsOf(level),
          ReductionKernelsOf(level), LayerKernelsOf(level),   SoftmaxKernelsOf(level),
          GradientKernelsOf(level),  MeasureKernelsOf(level)};
}

const Kernels& Choose() {
  RequireSupportedCpu();
  return KernelsOf(Cpu().level);
}

}  // namespace

const Kernels& KernelsOf(CpuLevel level) {
  static const Kernels avx2 = Collect(CpuLevel::kAvx2), avx512 = Collect(CpuLevel::kAvx512);
  DPR_CHECK(level != CpuLevel::kNone);
  return level == CpuLevel::kAvx512 ? avx512 : avx2;
}

const Kernels& ActiveKernels() {
  static const Kernels& active = Choose();
  return active;
}

}  // namespace dpr
