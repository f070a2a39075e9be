// The GEMM over packed panels: register tiles, cache blocks, packing. Why so, and how fast:
// docs/design/gemm.md.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/gemm_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

using TileFunction = void (*)(const Tile&);

// Tiles of 1, 2, ... rows for each width, as far as their sums fit into the registers.
template <class Arithmetic, int kVectors, bool kTransposed, int... kRows>
struct TilesOf {
  static constexpr TileFunction kFunctions[] = {
      MultiplyTile<Arithmetic, kRows, kVectors, kTransposed>...};
};
#if HWY_TARGET == HWY_AVX2
constexpr int kTileRows = 6;
constexpr int kFourVectorRows = 3, kEightVectorRows = 1;
constexpr int64_t kBlockDepth = 384, kBlockFloats = 32 << 10;
template <class Arithmetic, int kVectors, bool kTransposed>
using Tiles = TilesOf<Arithmetic, kVectors, kTransposed, 1, 2, 3, 4, 5, 6>;
template <class Arithmetic>
using FourVectorTiles = TilesOf<Arithmetic, 4, false, 1, 2, 3>;
template <class Arithmetic>
using EightVectorTiles = TilesOf<Arithmetic, 8, false, 1>;
#else
constexpr int kTileRows = 14;
constexpr int kFourVectorRows = 7, kEightVectorRows = 3;
constexpr int64_t kBlockDepth = 1536, kBlockFloats = 64 << 10;
template <class Arithmetic, int kVectors, bool kTransposed>
using Tiles =
    TilesOf<Arithmetic, kVectors, kTransposed, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14>;
template <class Arithmetic>
using FourVectorTiles = TilesOf<Arithmetic, 4, false, 1, 2, 3, 4, 5, 6, 7>;
template <class Arithmetic>
using EightVectorTiles = TilesOf<Arithmetic, 8, false, 1, 2, 3>;
#endif

constexpr int64_t Minimum(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t Maximum(int64_t a, int64_t b) { return a > b ? a : b; }
constexpr int64_t CeilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Rows [begin, end) of p and a part of its depth, cut into `tiles` tiles of nearly equal height.
struct Block {
  int64_t begin, end, tiles;
  int64_t depth_begin, depth;
  bool first, last;  // the first part of the depth, the last
};

// The columns of a tile: `vectors` vectors from `column` on.
struct Stripe {
  int64_t column, vectors;
  const TileFunction* tiles;
};

// The widest stripe that tiles of this height allow: few rows need more columns, for enough
// independent sums to keep the multiply-adders busy.
template <class Arithmetic>
Stripe StripeAt(const PanelProduct& p, int64_t column, int64_t columns, int64_t height) {
  const int64_t left = columns - column;
  if (p.a_transposed) {
    if (left >= 2 * kLanes) return {column, 2, Tiles<Arithmetic, 2, true>::kFunctions};
    return {column, 1, Tiles<Arithmetic, 1, true>::kFunctions};
  }
  if (height <= kEightVectorRows && left >= 8 * kLanes) {
    return {column, 8, EightVectorTiles<Arithmetic>::kFunctions};
  }
  if (height <= kFourVectorRows && left >= 4 * kLanes) {
    return {column, 4, FourVectorTiles<Arithmetic>::kFunctions};
  }
  if (left >= 2 * kLanes) return {column, 2, Tiles<Arithmetic, 2, false>::kFunctions};
  return {column, 1, Tiles<Arithmetic, 1, false>::kFunctions};
}

int64_t PanelStride(const PanelProduct& p) {
  return p.panel_stride != 0 ? p.panel_stride : p.depth * kPanelColumns;
}

const float* PanelAt(const PanelProduct& p, int64_t column, int64_t depth) {
  return p.panels + column / kPanelColumns * PanelStride(p) + depth * kPanelColumns +
         column % kPanelColumns;
}

const float* LeftAt(const PanelProduct& p, int64_t row, int64_t depth) {
  return p.a_transposed ? p.a + depth * p.a_stride + row : p.a + row * p.a_stride + depth;
}

void Dequantize(const PanelProduct& p, int64_t column, Tile& tile) {
  if (p.dequantization == nullptr) return;
  tile.column_scale = p.dequantization->column_scale + column;
  if (p.dequantization->column_sum != nullptr) {
    tile.column_sum = p.dequantization->column_sum + column;
  }
}

void DequantizeRows(const PanelProduct& p, int64_t row, Tile& tile) {
  tile.row_scale = p.dequantization->row_scale + row;
  tile.row_offset = p.dequantization->row_offset + row;
}

// One stripe of a block: every row tile against the same columns, which stay in cache, while the
// next stripe's are fetched.
void MultiplyStripe(const PanelProduct& p, const Block& block, const Stripe& stripe) {
  const int64_t next = stripe.column + stripe.vectors * kLanes;
  const bool prefetch = stripe.vectors == 2 && next < p.columns;
  const int64_t lines = prefetch ? block.depth * 2 * kLanes / 16 : 0;
  const float* next_panel = PanelAt(p, prefetch ? next : 0, block.depth_begin);
  Tile tile;
  tile.a_stride = p.a_stride;
  tile.b = PanelAt(p, stripe.column, block.depth_begin);
  tile.panel_stride = PanelStride(p);
  tile.depth = block.depth;
  tile.c_stride = p.c_stride;
  tile.bias = block.last && p.bias != nullptr ? p.bias + stripe.column : nullptr;
  tile.gelu = block.last && p.gelu;
  if (block.last) Dequantize(p, stripe.column, tile);
  tile.resume = !block.first || p.accumulate;
  const int64_t rows = block.end - block.begin;
  for (int64_t t = 0; t < block.tiles; ++t) {
    const int64_t begin = rows * t / block.tiles, end = rows * (t + 1) / block.tiles;
    tile.a = LeftAt(p, block.begin + begin, block.depth_begin);
    tile.c = p.c + (block.begin + begin) * p.c_stride + stripe.column;
    if (tile.column_scale != nullptr) DequantizeRows(p, block.begin + begin, tile);
    const int64_t fetched = lines * t / block.tiles;
    tile.prefetch = next_panel + fetched * kPrefetchStep;
    tile.prefetches = lines * (t + 1) / block.tiles - fetched;
    stripe.tiles[end - begin - 1](tile);
  }
}

// The columns that do not fill a vector: through a tile of our own, whose valid part is copied.
template <class Arithmetic>
void MultiplyEdge(const PanelProduct& p, int64_t column) {
  const int64_t width = p.columns - column;
  alignas(64) float edge[kTileRows * kLanes] = {};
  Tile tile;
  tile.a_stride = p.a_stride;
  tile.b = PanelAt(p, column, 0);
  tile.depth = p.depth;
  tile.c = edge;
  tile.c_stride = kLanes;
  tile.bias = p.bias != nullptr ? p.bias + column : nullptr;
  tile.gelu = p.gelu;
  tile.resume = p.accumulate;
  Dequantize(p, column, tile);
  const TileFunction* tiles = p.a_transposed ? Tiles<Arithmetic, 1, true>::kFunctions
                                             : Tiles<Arithmetic, 1, false>::kFunctions;
  for (int64_t row = 0; row < p.rows; row += kTileRows) {
    const int64_t height = Minimum(kTileRows, p.rows - row);
    if (p.accumulate) {
      for (int64_t r = 0; r < height; ++r) {
        const float* c = p.c + (row + r) * p.c_stride + column;
        for (int64_t i = 0; i < width; ++i) edge[r * kLanes + i] = c[i];
      }
    }
    tile.a = LeftAt(p, row, 0);
    if (tile.column_scale != nullptr) DequantizeRows(p, row, tile);
    tiles[height - 1](tile);
    for (int64_t r = 0; r < height; ++r) {
      float* c = p.c + (row + r) * p.c_stride + column;
      for (int64_t i = 0; i < width; ++i) c[i] = edge[r * kLanes + i];
    }
  }
}

template <class Arithmetic>
void MultiplyBlock(const PanelProduct& p, const Block& block, int64_t columns) {
  const int64_t height = CeilDivide(block.end - block.begin, block.tiles);
  for (int64_t column = 0; column < columns;) {
    const Stripe stripe = StripeAt<Arithmetic>(p, column, columns, height);
    MultiplyStripe(p, block, stripe);
    column += stripe.vectors * kLanes;
  }
}

// Blocks of rows and depth such that a block of `a` stays in the second cache while the panels
// pass.
template <class Arithmetic>
void Multiply(const PanelProduct& p) {
  const int64_t whole = p.columns / kLanes * kLanes;
  const int64_t parts = CeilDivide(p.depth, kBlockDepth);
  const int64_t part_depth = CeilDivide(p.depth, parts);
  const int64_t tiles = Maximum(1, kBlockFloats / part_depth / kTileRows);
  const int64_t blocks = CeilDivide(p.rows, tiles * kTileRows);
  for (int64_t i = 0; i < blocks; ++i) {
    Block block;
    block.begin = p.rows * i / blocks;
    block.end = p.rows * (i + 1) / blocks;
    block.tiles = CeilDivide(block.end - block.begin, kTileRows);
    for (int64_t part = 0; part < parts; ++part) {
      block.depth_begin = part * part_depth;
      block.depth = Minimum(part_depth, p.depth - block.depth_begin);
      block.first = part == 0;
      block.last = part == parts - 1;
      MultiplyBlock<Arithmetic>(p, block, whole);
    }
  }
  if (whole < p.columns) MultiplyEdge<Arithmetic>(p, whole);
}

#if HWY_TARGET == HWY_AVX2
constexpr auto kMultiplyPairs = nullptr;
#else
constexpr auto kMultiplyPairs = Multiply<MultiplyPairs>;
#endif
constexpr GemmKernels kGemmKernels = {Multiply<MultiplyFloats>, kMultiplyPairs,
                                      Multiply<MultiplyQuads>, Multiply<MultiplyWordsVnni>,
                                      Multiply<MultiplyWords>};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const GemmKernels& GemmKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kGemmKernels : N_AVX2::kGemmKernels;
}

}  // namespace dpr
#endif
