// Screening: from approximate dot products, which rows can still be among a question's best.
//
// A GEMM sums in another order than Dot, so its product differs from the score's definition by
// rounding. The screen knows a bound on that difference and gives a cutoff: a row whose key (made
// from the approximate product) is below it scores below the threshold, whatever the rounding did.
// Rows and questions for which no bound holds (infinities, NaN, norms whose squares leave the range
// of float) always pass. Derivation of the bounds: docs/design/exact-search.md.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"

namespace dpr {

// How keys are made from the approximate products of one tile's rows:
// key[j] = product[j] * scale[j] + offset[j].
struct RowKeys {
  AlignedBuffer<float> scale, offset;  // [rows]
  bool identity = false;               // every scale is 1 and every offset 0
  double longest = 0;                  // the greatest squared norm among the rows with a bound
};

// Immutable and thread-safe.
class Screen {
 public:
  Screen(Similarity similarity, int64_t dimensions);

  // Keys that fail every comparison (NaN) for rows without a bound. Allocates only when `keys` has
  // never had as many rows.
  void PrepareRows(ConstFloatView rows, RowKeys& keys) const;

  // No row of a tile whose key is less than this scores `threshold` or more. `squared_norm`: of the
  // question, by Dot. -infinity where no bound holds.
  float Cutoff(float squared_norm, double longest, float threshold) const;

 private:
  bool Bounded(float squared_norm) const;
  double NormBound(double squared_norm) const;
  Similarity similarity_;
  double dimensions_;
  double gamma_;  // a sum of `dimensions` products is wrong by at most gamma |q| |x|
};

}  // namespace dpr
