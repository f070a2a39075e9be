#include "dpr/tensor/pair_product.h"

#include <algorithm>

namespace dpr {
namespace {

constexpr int64_t kBlockPairs = 64 << 10;  // a quarter of a megabyte, for the second cache
constexpr int64_t kTileRows = 14;          // of the GEMM: blocks of whole tiles where they fit

int64_t BlockRows(int64_t rows, int64_t pairs) {
  const int64_t fitting = std::max<int64_t>(1, kBlockPairs / pairs);
  const int64_t whole = fitting > kTileRows ? fitting / kTileRows * kTileRows : fitting;
  return std::min(rows, whole);
}

}  // namespace

void MultiplyAsPairs(ConstFloatView a, PanelProduct p) {
  thread_local AlignedBuffer<float> space;
  const Kernels& kernels = ActiveKernels();
  const int64_t pairs = (a.columns + 1) / 2;
  float* const block = space.Reserve(static_cast<size_t>(std::max(kBlockPairs, pairs)));
  const int64_t most = BlockRows(a.rows, pairs);
  float* const c = p.c;
  p.a = block;
  p.a_stride = p.depth = pairs;
  for (int64_t row = 0; row < a.rows; row += most) {
    p.rows = std::min(most, a.rows - row);
    p.c = c + row * p.c_stride;
    kernels.packing.pair_columns(a.row(row), a.stride, p.rows, a.columns, block, pairs);
    kernels.gemm.multiply_pairs(p);
  }
}

}  // namespace dpr
