// The register tile of the GEMM: c [kRows, kVectors * lanes] over one part of the depth, all sums
// in registers. Its unit of depth is 32 bits of `a` and of each column of B: a float, or two bf16
// of neighbouring steps. Included once per instruction set by gemm_kernels.cc.
#if defined(DPR_TENSOR_GEMM_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DPR_TENSOR_GEMM_TILE_INL_H_
#undef DPR_TENSOR_GEMM_TILE_INL_H_
#else
#define DPR_TENSOR_GEMM_TILE_INL_H_
#endif

#include <hwy/highway.h>

#include "dpr/tensor/activations-inl.h"
#include "dpr/tensor/kernels.h"
#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

struct Tile {
  const float* a = nullptr;  // kRows rows, `a_stride` apart; transposed: steps of the depth are
  int64_t a_stride = 0;
  const float* b = nullptr;  // the first vector of a row of a panel; rows 32 floats apart
  int64_t panel_stride = 0;  // from one panel to the next
  int64_t depth = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
  const float* bias = nullptr;      // null: add none
  bool gelu = false;                // then apply GELU
  bool resume = false;              // go on with the sums that c holds, else start from zero
  const float* prefetch = nullptr;  // what the next stripe will read: lines kPrefetchStep apart
  int64_t prefetches = 0;           // how many of them, at most 2 * depth; only for two vectors
};

// sum + a * b, rounded once.
struct MultiplyFloats {
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    return hwy::HWY_NAMESPACE::MulAdd(a, b, sum);
  }
};

#if HWY_TARGET == HWY_AVX3
// sum + a1 * b1 + a0 * b0 for pairs of bf16 (Cpu().avx512_bf16), denormals taken for zero.
// Highway 1.0 has no name for this instruction; as assembly it needs no target attribute of its
// own.
struct MultiplyPairs {
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    asm("vdpbf16ps %[b], %[a], %[sum]" : [sum] "+v"(sum.raw) : [a] "v"(a.raw), [b] "v"(b.raw));
    return sum;
  }
};
#endif

// From one cache line of the next stripe to its next: half a panel's row where a stripe is half a
// panel.
inline constexpr int64_t kPrefetchStep = kLanes == 16 ? 16 : 32;

// Where vector v of a panel row lies, from the row's first.
HWY_INLINE const float* VectorAt(const float* b, int64_t panel_stride, int v) {
  const int vectors_per_panel = static_cast<int>(kPanelColumns / kLanes);
  return b + (v / vectors_per_panel) * panel_stride + (v % vectors_per_panel) * kLanes;
}

// Where a tile's results go is fetched before the sums begin, if they take long enough.
inline constexpr int64_t kDepthToFetchC = 128;

// Where the sums of a tile stand.
struct Position {
  const float* a;
  const float* b;
  const float* prefetch;
};

// sum[r][v] += a[r] * b[v], as Arithmetic has it, once for each of `steps` steps of the depth,
// fetching kPrefetches lines at each.
template <class Arithmetic, int kPrefetches, int kRows, int kVectors, bool kTransposed>
HWY_INLINE void Accumulate(const Tile& tile, int64_t steps, Position& at,
                           FloatVector (&sum)[kRows][kVectors]) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  const int64_t a_stride = tile.a_stride, panel_stride = tile.panel_stride;
  const float *a = at.a, *b = at.b, *prefetch = at.prefetch;
  for (int64_t step = 0; step < steps; ++step) {
    FloatVector row[kVectors];
    DPR_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = hn::LoadU(d, VectorAt(b, panel_stride, v));
    DPR_UNROLL
    for (int i = 0; i < kPrefetches; ++i) __builtin_prefetch(prefetch + i * kPrefetchStep, 0, 2);
    prefetch += kPrefetches * kPrefetchStep;
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const FloatVector x = hn::Set(d, a[kTransposed ? r : r * a_stride]);
      DPR_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[r][v] = Arithmetic::Add(x, row[v], sum[r][v]);
    }
    a += kTransposed ? a_stride : 1;
    b += kPanelColumns;
  }
  at = {a, b, prefetch};
}

template <int kRows, int kVectors>
HWY_INLINE void Store(const Tile& tile, FloatVector (&sum)[kRows][kVectors]) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  if (tile.bias != nullptr) {
    DPR_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const FloatVector bias = hn::LoadU(d, tile.bias + v * kLanes);
      DPR_UNROLL
      for (int r = 0; r < kRows; ++r) sum[r][v] = hn::Add(sum[r][v], bias);
    }
  }
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) {
    DPR_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      hn::StoreU(sum[r][v], d, tile.c + r * tile.c_stride + v * kLanes);
    }
  }
}

// GELU of a tile just stored: still in the first cache.
HWY_INLINE void ApplyGelu(const Tile& tile, int rows, int vectors) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  for (int r = 0; r < rows; ++r) {
    float* c = tile.c + r * tile.c_stride;
    for (int v = 0; v < vectors; ++v) {
      hn::StoreU(GeluOf(d, hn::LoadU(d, c + v * kLanes)), d, c + v * kLanes);
    }
  }
}

template <class Arithmetic, int kRows, int kVectors, bool kTransposed>
HWY_NOINLINE void MultiplyTile(const Tile& tile) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  FloatVector sum[kRows][kVectors];
  DPR_UNROLL
  for (int r = 0; r < kRows; ++r) {
    DPR_UNROLL
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  if (kVectors <= 2 && tile.depth >= kDepthToFetchC) {
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      DPR_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        __builtin_prefetch(tile.c + r * tile.c_stride + v * kLanes, 1, 3);
      }
    }
  }
  if (tile.resume) {
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      DPR_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        sum[r][v] = hn::LoadU(d, tile.c + r * tile.c_stride + v * kLanes);
      }
    }
  }
  Position at = {tile.a, tile.b, tile.prefetch};
  const int64_t depth = tile.depth, lines = tile.prefetches;
  const int64_t twice = lines > depth ? lines - depth : 0;  // steps that fetch two lines
  const int64_t once = lines > depth ? depth - twice : lines;
  if (kVectors == 2) Accumulate<Arithmetic, 2, kRows, kVectors, kTransposed>(tile, twice, at, sum);
  if (kVectors == 2) Accumulate<Arithmetic, 1, kRows, kVectors, kTransposed>(tile, once, at, sum);
  const int64_t rest = kVectors == 2 ? depth - twice - once : depth;
  Accumulate<Arithmetic, 0, kRows, kVectors, kTransposed>(tile, rest, at, sum);
  Store(tile, sum);
  if (tile.gelu) ApplyGelu(tile, kRows, kVectors);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
