#include "dpr/base/cpu.h"

#include <cpuid.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "dpr/base/error.h"

namespace dpr {
namespace {

std::string ModelName() {
  unsigned words[12] = {};
  for (unsigned leaf = 0; leaf < 3; ++leaf) {
    unsigned* w = words + 4 * leaf;
    if (!__get_cpuid(0x80000002u + leaf, &w[0], &w[1], &w[2], &w[3])) return "unknown CPU";
  }
  char text[sizeof(words) + 1] = {};
  std::memcpy(text, words, sizeof(words));
  std::string name = text;
  name.erase(name.find_last_not_of(' ') + 1);
  return name.substr(std::min(name.size(), name.find_first_not_of(' ')));
}

std::string Limit() {
  const char* limit = std::getenv("DPR_CPU");
  return limit == nullptr ? "" : limit;
}

CpuFeatures Detect() {
  __builtin_cpu_init();
  CpuFeatures found;
  found.model = ModelName();
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
  if (f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.level = CpuLevel::kAvx2;
  }
  if (found.level == CpuLevel::kAvx2 && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    found.level = CpuLevel::kAvx512;
    found.avx512_vnni = __builtin_cpu_supports("avx512vnni");
    found.avx512_bf16 = __builtin_cpu_supports("avx512bf16");
  }
  if (found.level >= CpuLevel::kAvx2 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    found.avx_vnni = (a >> 4 & 1) != 0;
  }
  if (found.level == CpuLevel::kAvx512 && __get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    found.amx_bf16 = (d >> 22 & 1) != 0;
    found.amx_int8 = (d >> 25 & 1) != 0;
  }
  const bool plain = Limit() == "avx2";
  if ((plain || Limit() == "avx2_vnni") && found.level >= CpuLevel::kAvx2) {
    CpuFeatures less;
    less.level = CpuLevel::kAvx2;
    less.avx_vnni = found.avx_vnni && !plain;
    less.model = found.model;
    return less;
  }
  return found;
}

}  // namespace

const CpuFeatures& Cpu() {
  static const CpuFeatures features = Detect();
  return features;
}

const char* CpuLevelName(CpuLevel level) {
  switch (level) {
    case CpuLevel::kAvx2:
      return "avx2";
    case CpuLevel::kAvx512:
      return "avx512";
    case CpuLevel::kNone:
      break;
  }
  return "none";
}

void RequireSupportedCpu() {
  if (Cpu().level == CpuLevel::kNone) {
    throw Error(ErrorCode::kUnsupported,
                "this CPU (" + Cpu().model + ") lacks AVX2, FMA or F16C, which dpr needs", {},
                "Any x86-64 CPU since Intel Haswell (2013) or AMD Excavator (2015) has them; in a "
                "virtual machine, let the CPU's features through");
  }
  const std::string limit = Limit();
  if (limit.empty() || limit == "avx2") return;
  const bool has = limit == "avx512" ? Cpu().level >= CpuLevel::kAvx512 : Cpu().avx_vnni;
  if (limit != "avx512" && limit != "avx2_vnni") {
    throw Error(ErrorCode::kUsage, "DPR_CPU is `" + limit + "`", {},
                "Use avx2, avx2_vnni or avx512, or leave it unset");
  }
  if (!has) {
    throw Error(ErrorCode::kUnsupported,
                "DPR_CPU asks for " + limit + ", which this CPU (" + Cpu().model + ") lacks", {},
                "Leave DPR_CPU unset");
  }
}

}  // namespace dpr
