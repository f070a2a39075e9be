// In which numbers a model's large products are computed. Parameters, sums and everything between
// the products are f32 in each.
#pragma once

#include <string_view>

namespace dpr {

enum class Precision { kF32, kBf16 };

const char* PrecisionName(Precision precision);  // "f32", "bf16"
// The fastest that this CPU has: bf16 where it multiplies bf16, whose products are never slower.
Precision FastestPrecision();
// By its name, whether this CPU has it or not. kUsage for any other name.
Precision PrecisionOfName(std::string_view name);
// The same, and "auto" for the fastest. kUnsupported for what this CPU does not have.
Precision ParsePrecision(std::string_view name);

}  // namespace dpr
