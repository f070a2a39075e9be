#include "dpr/tensor/precision.h"

#include <fmt/format.h>

#include "dpr/base/cpu.h"
#include "dpr/base/error.h"

namespace dpr {

const char* PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
    case Precision::kF32:
      break;
  }
  return "f32";
}

Precision PrecisionOfName(std::string_view name) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (name == PrecisionName(precision)) return precision;
  }
  throw Error(ErrorCode::kUsage, fmt::format("`{}` is no precision", name), {},
              "Choose f32, bf16, int8 or auto");
}

Precision ParsePrecision(std::string_view name) {
  const Precision precision = PrecisionOfName(name);
  if (precision == Precision::kBf16 && !Cpu().avx512_bf16) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("this CPU ({}) cannot multiply bf16: it has no AVX512_BF16{}",
                            Cpu().model, Cpu().level == CpuLevel::kAvx512 ? "" : " nor AVX-512"),
                {}, "Choose f32 or int8, or auto, which takes what the CPU does fastest");
  }
  return precision;
}

PrecisionChoice FastestPrecision() {
  if (Cpu().avx512_bf16) {
    return {Precision::kBf16, "this CPU multiplies bf16 twice as fast as f32: it has AVX512_BF16"};
  }
  return {Precision::kF32, "this CPU has no AVX512_BF16"};
}

}  // namespace dpr
