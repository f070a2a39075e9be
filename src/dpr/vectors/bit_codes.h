// Rows in one bit a number (RaBitQ: Gao and Long, SIGMOD 2024): of a row x near a centre c the
// signs of the rotated residual P (x - c), and one factor that makes products with them unbiased:
//
//   x . q  is about  c . q + factor * sum_i s_i (P q)_i,
//   s_i = 1 or -1, the sign of (P (x - c))_i,  factor = |x - c|^2 / sum_i |(P (x - c))_i|.
//
// Bits of 32 rows lie together, so that one instruction looks up four numbers of a question for
// each of 32 or 64 rows (André et al. 2017). Block layout, kBitBlock rows of d numbers, BitBytes(d)
// bytes each: byte 32 b + j holds the signs of numbers 8 b to 8 b + 7 of row j, the lowest bit
// first, 1 for
// +; numbers beyond d are zero.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"

namespace dpr {

inline constexpr int64_t kBitBlock = 32;             // rows
inline constexpr int64_t kMostBitDimensions = 4096;  // the sums of a question's tables fit 16 bits

// Of a row; whole steps of what is looked up at once.
inline int64_t BitBytes(int64_t dimensions) { return (dimensions + 31) / 32 * 4; }

// Writes row `j`, 0 to 31, of a block, whose other rows stay, from its rotated residual. Returns
// the factor; 0 for a residual of zeros.
float WriteBits(const float* residual, int64_t dimensions, uint8_t* block, int64_t j);

// A rotated question as tables of small numbers, for sums over blocks. Owns its memory; made anew
// by Set without allocating.
class BitQuestion {
 public:
  explicit BitQuestion(int64_t dimensions);
  void Set(const float* rotated);  // [dimensions]

  // sums[j] of row j of each of `count` blocks that follow one another: sum_i s_i q_i is about
  // bias() + scale() * sums[j]. Entries are rounded to 64 levels, which loses a tenth of what bits
  // lose, or less.
  void Sum(const uint8_t* blocks, int64_t count, uint16_t* sums) const;
  float scale() const { return scale_; }
  float bias() const { return bias_; }

 private:
  int64_t dimensions_;
  // [BitBytes / 2][2][2][2][16]: of two bytes the low halves' tables, each twice, then the high
  // halves'.
  AlignedBuffer<uint8_t> tables_;
  float scale_ = 0, bias_ = 0;
};

// The slow twin: sum_i s_i q_i of row `j`.
double SignedSum(const float* rotated, int64_t dimensions, const uint8_t* block, int64_t j);

}  // namespace dpr
