// Products of codes, vectorised for the instruction set of this CPU.
#pragma once

#include <cstdint>

namespace dpr {

// The sum of codes[i] * words[i] over `stride` bytes, a multiple of 64. It must fit 32 bits.
int32_t CodeDotWords(const uint8_t* codes, const int16_t* words, int64_t stride);
// The same of many rows, `stride` bytes apart: sums[j].
void CodeRowsDotWords(const uint8_t* codes, int64_t stride, int64_t rows, const int16_t* words,
                      int32_t* sums);
// The sum of a[i] * b[i] over `stride` bytes, a multiple of 64 and at most 2^15.
int32_t CodeDotCode(const uint8_t* a, const uint8_t* b, int64_t stride);

}  // namespace dpr
