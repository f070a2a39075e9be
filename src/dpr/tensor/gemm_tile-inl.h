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
  const float* bias = nullptr;  // null: add none
  // Of integer sums: what makes numbers of them; row_scale null: they stay integers.
  const float *row_scale = nullptr, *row_offset = nullptr;     // of the tile's rows
  const float *column_scale = nullptr, *column_sum = nullptr;  // from the tile's first column
  bool gelu = false;                                           // then apply GELU
  bool resume = false;              // go on with the sums that c holds, else start from zero
  const float* prefetch = nullptr;  // what the next stripe will read: lines kPrefetchStep apart
  int64_t prefetches = 0;           // how many of them, at most 2 * depth; only for two vectors
};

// sum + a * b, rounded once.
struct MultiplyFloats {
  static constexpr bool kExact = true, kIntegers = false;
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    return hwy::HWY_NAMESPACE::MulAdd(a, b, sum);
  }
};

#if HWY_TARGET == HWY_AVX3
// sum + a1 * b1 + a0 * b0 for pairs of bf16 (Cpu().avx512_bf16), denormals taken for zero.
// Highway 1.0 has no name for this instruction; as assembly it needs no target attribute of its
// own.
struct MultiplyPairs {
  static constexpr bool kExact = false, kIntegers = false;
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    asm("vdpbf16ps %[b], %[a], %[sum]" : [sum] "+v"(sum.raw) : [a] "v"(a.raw), [b] "v"(b.raw));
    return sum;
  }
};
#endif

// Integers, in the registers of floats: sum + a3 * b3 + ... + a0 * b0 for quads of bytes, a's
// without sign, b's with one (Cpu().avx512_vnni or avx_vnni). Nothing saturates.
struct MultiplyQuads {
  static constexpr bool kExact = false, kIntegers = true;
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
#if HWY_TARGET == HWY_AVX2
    asm("%{vex%} vpdpbusd %[b], %[a], %[sum]"
        : [sum] "+x"(sum.raw)
        : [a] "x"(a.raw), [b] "x"(b.raw));
#else
    asm("vpdpbusd %[b], %[a], %[sum]" : [sum] "+v"(sum.raw) : [a] "v"(a.raw), [b] "v"(b.raw));
#endif
    return sum;
  }
};

// The same for pairs of words of 16 bits, both with sign, by one of the VNNI.
struct MultiplyWordsVnni {
  static constexpr bool kExact = false, kIntegers = true;
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
#if HWY_TARGET == HWY_AVX2
    asm("%{vex%} vpdpwssd %[b], %[a], %[sum]"
        : [sum] "+x"(sum.raw)
        : [a] "x"(a.raw), [b] "x"(b.raw));
#else
    asm("vpdpwssd %[b], %[a], %[sum]" : [sum] "+v"(sum.raw) : [a] "v"(a.raw), [b] "v"(b.raw));
#endif
    return sum;
  }
};

// The same where there is no such instruction.
struct MultiplyWords {
  static constexpr bool kExact = false, kIntegers = true;
  static HWY_INLINE FloatVector Add(FloatVector a, FloatVector b, FloatVector sum) {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::RebindToSigned<FloatTag> integers;
    auto both = hn::BitCast(integers, a);
#if HWY_TARGET == HWY_AVX2
    both.raw = _mm256_madd_epi16(both.raw, hn::BitCast(integers, b).raw);
#else
    both.raw = _mm512_madd_epi16(both.raw, hn::BitCast(integers, b).raw);
#endif
    return hn::BitCast(FloatTag(), hn::Add(hn::BitCast(integers, sum), both));
  }
};

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

// The numbers that integer sums stand for: kernels.h, Dequantization.
template <int kRows, int kVectors>
HWY_INLINE void StoreScaled(const Tile& tile, FloatVector (&sum)[kRows][kVectors]) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> integers;
  DPR_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const FloatVector column_scale = hn::LoadU(d, tile.column_scale + v * kLanes);
    const FloatVector column_sum =
        tile.column_sum != nullptr ? hn::LoadU(d, tile.column_sum + v * kLanes) : hn::Zero(d);
    const FloatVector bias =
        tile.bias != nullptr ? hn::LoadU(d, tile.bias + v * kLanes) : hn::Zero(d);
    DPR_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const FloatVector product = hn::Mul(hn::ConvertTo(d, hn::BitCast(integers, sum[r][v])),
                                          hn::Set(d, tile.row_scale[r]));
      const FloatVector rest = tile.column_sum != nullptr
                                   ? hn::MulAdd(hn::Set(d, tile.row_offset[r]), column_sum, bias)
                                   : bias;
      hn::StoreU(hn::MulAdd(product, column_scale, rest), d,
                 tile.c + r * tile.c_stride + v * kLanes);
    }
  }
}

// GELU of a tile just stored: still in the first cache. What operands of fewer bits led to needs no
// more than a rough one.
template <bool kExact>
HWY_INLINE void ApplyGelu(const Tile& tile, int rows, int vectors) {
  namespace hn = hwy::HWY_NAMESPACE;
  const FloatTag d;
  for (int r = 0; r < rows; ++r) {
    float* c = tile.c + r * tile.c_stride;
    for (int v = 0; v < vectors; ++v) {
      const FloatVector x = hn::LoadU(d, c + v * kLanes);
      hn::StoreU(kExact ? GeluOf(d, x) : RoughGeluOf(d, x), d, c + v * kLanes);
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
  if (Arithmetic::kIntegers && tile.row_scale != nullptr) {
    StoreScaled(tile, sum);
  } else {
    Store(tile, sum);
  }
  if (tile.gelu) ApplyGelu<Arithmetic::kExact>(tile, kRows, kVectors);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
