// Screening: from approximate dot products, which rows can still be among a question's best.
//
// A GEMM sums in another order than Dot, so its product differs from the score's definition by
// rounding; and where it multiplies codes, by what they lost too. The screen knows a bound on that
// difference. From a row's key, made of the approximate
// product, it tells between which bounds the score lies; and, the other way round, the cutoff: a
// row whose key is below it scores below a threshold, whatever the rounding did. Nothing is told
// about rows and questions for which no bound holds (infinities, NaN, norms whose squares leave the
// range of float). Derivation of the bounds: docs/design/exact-search.md.
#pragma once

#include <cstdint>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/codes.h"
#include "dpr/vectors/shortlist.h"

namespace dpr {

// How the key of one row is made from its approximate product with any question:
// product * scale + offset. Both are NaN for a row without a bound: such a key fails every
// comparison.
struct RowKey {
  float scale = 1;
  float offset = 0;
};

// What is known of a question. Its score with a row is about slope * key + intercept.
struct ScreenedQuestion {
  bool bounded = false;
  double norm = 0;    // an upper bound
  double coding = 0;  // how far at most what stands for it in products with codes is from it
  double slope = 1;
  double intercept = 0;
};

// Upper bounds for those rows of a tile that have a bound.
struct TileExtent {
  double norm = 0;
  bool coded = false;
  double coding =
      0;  // how far what its codes stand for is from a row; cosine: that by the row's norm
};

// Immutable and thread-safe.
class Screen {
 public:
  Screen(Similarity similarity, int64_t dimensions);

  // `coding`: of what stands for it in products with codes.
  ScreenedQuestion Question(const float* question, double coding = 0) const;
  // keys[j] for each row.
  TileExtent Rows(ConstFloatView rows, RowKey* keys) const;
  TileExtent Rows(const CodesView& rows, RowKey* keys) const;

  // `extent`: what Rows() returned for the row's tile.
  ScoreBounds Bounds(const ScreenedQuestion& question, const TileExtent& extent, float key) const;
  // No row whose key is less than this scores `threshold` or more.
  float Cutoff(const ScreenedQuestion& question, const TileExtent& extent, float threshold) const;

 private:
  bool Bounded(float squared_norm) const;
  double NormBound(double squared_norm) const;
  RowKey KeyOf(float squared_norm) const;
  // How far at most a score is from slope * key + intercept.
  double Error(const ScreenedQuestion& question, const TileExtent& extent) const;
  // How far at most a product of codes is from that of the vectors; cosine: by both norms.
  double CodingError(const ScreenedQuestion& question, const TileExtent& extent) const;

  Similarity similarity_;
  int64_t dimensions_;
  double gamma_;      // a sum of `dimensions` products is wrong by at most gamma |q| |x| ...
  double underflow_;  // ... plus this
  double coded_;      // a product of codes is rounded by this |q| |x|
};

}  // namespace dpr
