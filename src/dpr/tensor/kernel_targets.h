// Which instruction sets Highway compiles a *_kernels.cc for: AVX2 and AVX-512, nothing else. To be
// included before <hwy/foreach_target.h>.
//
// Highway marks every function between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE with its
// target's attributes; everything else in the file stays baseline x86-64. Naming AVX2 the baseline
// only spares us code for older targets: no compiler flag changes, and CPUs without AVX2 are turned
// away before a kernel is called (docs/design/cpu-dispatch.md).
#pragma once

#define HWY_BASELINE_TARGETS HWY_AVX2
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
