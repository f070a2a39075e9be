// Scanning blocks of bit codes (bit_codes.h), vectorised for the instruction set of this CPU.
#pragma once

#include <cstdint>

namespace dpr {

// sums[32 n + j]: of row j of block n the entries of `tables` that its half bytes pick, added. Rows
// of `bytes`, a multiple of 4; the sums fit 16 bits.
void SumBitTables(const uint8_t* blocks, int64_t count, int64_t bytes, const uint8_t* tables,
                  uint16_t* sums);

// What makes sums into estimates: base + factors[j] * (bias + scale * sums[j]) + offsets[j], the
// offsets if there are any.
struct BitScale {
  const float* factors;
  const float* offsets;  // or null
  float base, bias, scale;
};

// The rows of `count`, a multiple of 32, whose estimate is at least `least`: how many. places[i]
// and estimates[i] of each; there must be room for `count`.
int64_t PassingBits(const uint16_t* sums, int64_t count, const BitScale& scale, float least,
                    uint32_t* places, float* estimates);

}  // namespace dpr
