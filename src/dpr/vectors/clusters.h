// Centres of clusters by k-means (Lloyd 1982), and which centre a row is nearest to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/base/progress.h"
#include "dpr/tensor/linear.h"
#include "dpr/tensor/matrix.h"
#include "dpr/vectors/coded_rows.h"

namespace dpr {

struct ClusterOptions {
  int64_t clusters = 0;           // at least 1, at most the rows
  int64_t rows_per_cluster = 64;  // that are learned from, drawn at random
  int iterations = 8;
  uint64_t seed = 1;
};

// -|c|^2 / 2 of each centre c: added to products c . x it makes their order that of L2 distance,
// since |c - x|^2 / 2 less what x alone decides is -(c . x - |c|^2 / 2).
std::vector<float> NegativeHalfSquares(ConstFloatView centres);

// The centre of each row by L2 distance. Products are of bytes, so the same on every CPU, and two
// centres that are nearly as near may change places. Thread-safe.
class NearestCentre {
 public:
  explicit NearestCentre(ConstFloatView centres);  // [centres, d]
  // rows: [n, d]; nearest: [n]. On the calling thread; allocates in a thread's first call.
  void Find(ConstFloatView rows, uint32_t* nearest) const;

 private:
  Linear products_;
};

// [options.clusters, d]. By all compute threads; the same for any number of them.
Matrix FindCentres(const CodedRows& rows, const ClusterOptions& options, Progress& progress);

// The rows that a thread decodes and multiplies at a time.
inline constexpr int64_t kClusterTile = 128;

}  // namespace dpr
