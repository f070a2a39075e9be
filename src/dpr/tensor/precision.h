// In which numbers a model's large products are computed. Parameters, sums and everything between
// the products are f32 in each.
#pragma once

#include <string_view>

namespace dpr {

enum class Precision { kF32, kBf16 };

const char* PrecisionName(Precision precision);  // "f32", "bf16"
// "auto" is the fastest of them that this CPU has: bf16 where it multiplies bf16, whose products
// are never slower. kUsage for any other name; kUnsupported for bf16 on a CPU without it.
Precision ParsePrecision(std::string_view name);

}  // namespace dpr
