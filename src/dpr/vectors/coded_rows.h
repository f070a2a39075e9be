// Rows as their codes stand for them, in numbers again: what indexes are built from, so that the
// vectors are not read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/tensor/matrix.h"
#include "dpr/tensor/similarity.h"
#include "dpr/vectors/codes.h"

namespace dpr {

// Views only. Thread-safe.
class CodedRows {
 public:
  // `blocks`: of one number of dimensions, their rows numbered on through them. For cosine rows are
  // given the length 1.
  CodedRows(std::vector<CodesView> blocks, Similarity similarity);

  int64_t rows() const { return rows_; }
  int64_t dimensions() const { return dimensions_; }
  Similarity similarity() const { return similarity_; }
  // One row's codes.
  CodesView Of(int64_t row) const;
  // out: [dimensions]. False, and zeros, for a row whose codes mean nothing (infinities, NaN).
  bool Decode(int64_t row, float* out) const;

 private:
  std::vector<CodesView> blocks_;
  std::vector<int64_t> first_rows_;  // of each block
  int64_t rows_ = 0, dimensions_ = 0;
  Similarity similarity_;
};

}  // namespace dpr
