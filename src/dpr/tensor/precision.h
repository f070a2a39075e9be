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
// What `auto` means, in encoding and in training: the fastest that this CPU has, but for int8. That
// is faster still, but can move a ranking by more than rounding does, and is for who asks for it
// (docs/design/precision.md).
PrecisionChoice FastestPrecision();

}  // namespace dpr
