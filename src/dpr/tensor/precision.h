// In which numbers a model's large products are computed. Sums, biases and everything between the
// products are f32 in each (in int8 the sums are exact integers first).
#pragma once

#include <string>
#include <string_view>

namespace dpr {

enum class Precision { kF32, kBf16, kInt8 };

const char* PrecisionName(Precision precision);  // "f32", "bf16", "int8"
// By its name, whether this CPU has it or not. kUsage for any other name.
Precision PrecisionOfName(std::string_view name);
// The same; kUnsupported, saying what is missing, for what this CPU does not have.
Precision ParsePrecision(std::string_view name);

struct PrecisionChoice {
  Precision precision = Precision::kF32;
  std::string because;  // "this CPU has AVX512_VNNI, ..."
};
// What `auto` means: of those that keep the promised fidelity (docs/design/precision.md) the one
// that a CPU with these instructions encodes fastest in.
PrecisionChoice FastestPrecision();
// The same for training, which int8 is not for.
PrecisionChoice FastestTrainingPrecision();

}  // namespace dpr
