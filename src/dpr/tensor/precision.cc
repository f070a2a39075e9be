#include "dpr/tensor/precision.h"

#include <fmt/format.h>

#include "dpr/base/cpu.h"
#include "dpr/base/error.h"

namespace dpr {

const char* PrecisionName(Precision precision) {
  return precision == Precision::kBf16 ? "bf16" : "f32";
}

Precision FastestPrecision() { return Cpu().avx512_bf16 ? Precision::kBf16 : Precision::kF32; }

Precision PrecisionOfName(std::string_view name) {
  if (name == "f32") return Precision::kF32;
  if (name == "bf16") return Precision::kBf16;
  throw Error(ErrorCode::kUsage, fmt::format("`{}` is no precision", name), {},
              "Choose f32, bf16 or auto");
}

Precision ParsePrecision(std::string_view name) {
  if (name == "auto") return FastestPrecision();
  const Precision precision = PrecisionOfName(name);
  if (precision == Precision::kBf16 && !Cpu().avx512_bf16) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("this CPU ({}) cannot multiply bf16: it has no AVX512_BF16{}",
                            Cpu().model, Cpu().level == CpuLevel::kAvx512 ? "" : " nor AVX-512"),
                {}, "Choose f32, or auto, which takes what the CPU does fastest");
  }
  return precision;
}

}  // namespace dpr
