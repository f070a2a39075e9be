// Copies that bring a matrix into the order in which the GEMM reads it.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/packing_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// y [4, 8] = x [8, 4]^T.
HWY_INLINE void Transpose8x4(const float* x, int64_t x_stride, float* y, int64_t y_stride) {
  const hn::FixedTag<float, 8> d8;
  const hn::FixedTag<double, 4> pairs;
  const hn::FixedTag<float, 4> d4;
  hn::Vec<hn::FixedTag<float, 8>> row[4];  // rows r and r + 4, side by side
  DPR_UNROLL
  for (int r = 0; r < 4; ++r) {
    row[r] =
        hn::Combine(d8, hn::LoadU(d4, x + (r + 4) * x_stride), hn::LoadU(d4, x + r * x_stride));
  }
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d8, row[0], row[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d8, row[2], row[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d8, row[0], row[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d8, row[2], row[3]));
  hn::StoreU(hn::BitCast(d8, hn::InterleaveLower(pairs, low01, low23)), d8, y);
  hn::StoreU(hn::BitCast(d8, hn::InterleaveUpper(pairs, low01, low23)), d8, y + y_stride);
  hn::StoreU(hn::BitCast(d8, hn::InterleaveLower(pairs, high01, high23)), d8, y + 2 * y_stride);
  hn::StoreU(hn::BitCast(d8, hn::InterleaveUpper(pairs, high01, high23)), d8, y + 3 * y_stride);
}

void Transpose(const float* x, int64_t x_stride, int64_t rows, int64_t columns, float* y,
               int64_t y_stride) {
  const int64_t whole_rows = rows / 8 * 8, whole_columns = columns / 4 * 4;
  for (int64_t i = 0; i < whole_rows; i += 8) {
    for (int64_t j = 0; j < whole_columns; j += 4) {
      Transpose8x4(x + i * x_stride + j, x_stride, y + j * y_stride + i, y_stride);
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; ++j) {
      y[j * y_stride + i] = x[i * x_stride + j];
    }
  }
}

void PackRows(const float* x, int64_t stride, int64_t rows, int64_t depth, float* panels) {
  for (int64_t first = 0; first < rows; first += kPanelColumns) {
    const int64_t count = rows - first < kPanelColumns ? rows - first : kPanelColumns;
    Transpose(x + first * stride, stride, count, depth, panels, kPanelColumns);
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t j = count; j < kPanelColumns; ++j) panels[k * kPanelColumns + j] = 0.0f;
    }
    panels += depth * kPanelColumns;
  }
}

void PackColumns(const float* x, int64_t stride, int64_t depth, int64_t columns, float* panels) {
  const FloatTag d;
  for (int64_t first = 0; first < columns; first += kPanelColumns) {
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t j = 0; j < kPanelColumns; j += kLanes) {
        const int64_t left = columns - first - j;
        const float* from = x + k * stride + first + j;
        hn::StoreU(left > 0 ? LoadFirst(from, left) : hn::Zero(d), d, panels + j);
      }
      panels += kPanelColumns;
    }
  }
}

#if HWY_TARGET == HWY_AVX3
using Words = hn::Vec<hn::ScalableTag<uint16_t>>;

// 32 bf16: those of `low`, then those of `high`.
HWY_INLINE Words ToBf16(FloatVector low, FloatVector high) {
  Words words;
  asm("vcvtne2ps2bf16 %[low], %[high], %[words]"
      : [words] "=v"(words.raw)
      : [low] "v"(low.raw), [high] "v"(high.raw));
  return words;
}

// The first `count` pairs of a vector.
HWY_INLINE void StorePairs(Words words, float* pairs, int64_t count) {
  StoreFirst(hn::BitCast(FloatTag(), words), pairs, count);
}

void PairColumns(const float* x, int64_t stride, int64_t rows, int64_t columns, float* pairs,
                 int64_t pairs_stride) {
  const FloatTag d;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = x + i * stride;
    const int64_t whole = columns / (2 * kLanes) * (2 * kLanes);
    for (int64_t j = 0; j < whole; j += 2 * kLanes) {
      const Words words = ToBf16(hn::LoadU(d, row + j), hn::LoadU(d, row + j + kLanes));
      hn::StoreU(hn::BitCast(d, words), d, pairs + i * pairs_stride + j / 2);
    }
    for (int64_t j = whole; j < columns; j += 2 * kLanes) {
      const int64_t left = columns - j;
      const FloatVector low = LoadFirst(row + j, left);
      const FloatVector high =
          left > kLanes ? LoadFirst(row + j + kLanes, left - kLanes) : hn::Zero(d);
      StorePairs(ToBf16(low, high), pairs + i * pairs_stride + j / 2, (left + 1) / 2);
    }
  }
}

void PairRows(const float* x, int64_t stride, int64_t rows, int64_t columns, float* pairs,
              int64_t pairs_stride) {
  const FloatTag d;
  // 0, 16, 1, 17, ...: a number of the first row, then that of the second.
  alignas(64) uint16_t order[2 * kLanes];
  for (int64_t i = 0; i < 2 * kLanes; ++i) {
    order[i] = static_cast<uint16_t>(i / 2 + i % 2 * kLanes);
  }
  const Words turns = hn::Load(hn::ScalableTag<uint16_t>(), order);
  const auto pair = [&](FloatVector first, FloatVector second) {
    Words words = ToBf16(first, second);
    words.raw = _mm512_permutexvar_epi16(turns.raw, words.raw);
    return words;
  };
  for (int64_t i = 0; i < rows; i += 2) {
    const float* row = x + i * stride;
    float* to = pairs + i / 2 * pairs_stride;
    const int64_t whole = i + 1 < rows ? columns / kLanes * kLanes : 0;
    for (int64_t j = 0; j < whole; j += kLanes) {
      const Words words = pair(hn::LoadU(d, row + j), hn::LoadU(d, row + stride + j));
      hn::StoreU(hn::BitCast(d, words), d, to + j);
    }
    for (int64_t j = whole; j < columns; j += kLanes) {
      const FloatVector first = LoadFirst(row + j, columns - j);
      const FloatVector second =
          i + 1 < rows ? LoadFirst(row + stride + j, columns - j) : hn::Zero(d);
      StorePairs(pair(first, second), to + j, columns - j);
    }
  }
}

constexpr PackingKernels kPackingKernels = {PackRows, PackColumns, PairColumns, PairRows};
#else
constexpr PackingKernels kPackingKernels = {PackRows, PackColumns, nullptr, nullptr};
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const PackingKernels& PackingKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kPackingKernels : N_AVX2::kPackingKernels;
}

}  // namespace dpr
#endif
