// What this CPU can do, and how much of it dpr may use.
//
// Kernels are compiled for each level and chosen at run time. DPR_CPU in the environment restricts
// the choice (tests run every level that the machine has): avx2 is AVX2 and nothing more, avx2_vnni
// has AVX-VNNI too, avx512 is all that there is.
#pragma once

#include <string>

namespace dpr {

enum class CpuLevel {
  kNone,    // no AVX2 with FMA and F16C: dpr cannot run
  kAvx2,    // AVX2, FMA, F16C
  kAvx512,  // AVX-512 F, BW, CD, DQ, VL
};

struct CpuFeatures {
  CpuLevel level = CpuLevel::kNone;
  bool avx512_vnni = false;  // int8 dot products, 512 bits
  bool avx_vnni = false;     // int8 dot products, 256 bits
  bool avx512_bf16 = false;
  bool amx_int8 = false;
  bool amx_bf16 = false;

  // An instruction at `level` multiplies and adds quads of bytes.
  bool has_byte_products() const { return level == CpuLevel::kAvx512 ? avx512_vnni : avx_vnni; }
  std::string model;  // as the CPU names itself
};

// Detected once; `level` and the flags after DPR_CPU's restriction. Thread-safe.
const CpuFeatures& Cpu();
const char* CpuLevelName(CpuLevel level);

// Throws kUnsupported with a clear sentence when the level is kNone or DPR_CPU is not a level's
// name.
void RequireSupportedCpu();

}  // namespace dpr
