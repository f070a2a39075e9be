// From floats to integers of 8 bits and the scales that lead back. Numbers are rounded to the
// nearest, ties to even.
#include "dpr/tensor/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dpr/tensor/quantizing_kernels.cc"
// clang-format off
#include "dpr/tensor/kernel_targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#include "dpr/tensor/lanes-inl.h"
#include "dpr/tensor/narrow-inl.h"

HWY_BEFORE_NAMESPACE();
namespace dpr {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr float kLeastRange = 1e-30f;  // a row or column that varies less is taken for constant

struct Range {
  float least, most;
};

HWY_INLINE Range RangeOf(const float* x, int64_t size) {
  const FloatTag d;
  const int64_t whole = size / kLanes * kLanes;
  FloatVector least = hn::Set(d, x[0]), most = least;
  for (int64_t i = 0; i < whole; i += kLanes) {
    const FloatVector v = hn::LoadU(d, x + i);
    least = hn::Min(least, v);
    most = hn::Max(most, v);
  }
  Range range = {hn::GetLane(hn::MinOfLanes(d, least)), hn::GetLane(hn::MaxOfLanes(d, most))};
  for (int64_t i = whole; i < size; ++i) {
    range.least = x[i] < range.least ? x[i] : range.least;
    range.most = x[i] > range.most ? x[i] : range.most;
  }
  return range;
}

HWY_INLINE void StoreRow(const IntegerVector (&q)[4], uint8_t* to) { StoreBytes(q, to); }
HWY_INLINE void StoreRow(const IntegerVector (&q)[4], uint16_t* to) {
  auto* const words = reinterpret_cast<int16_t*>(to);
  StoreWords(q[0], q[1], words);
  StoreWords(q[2], q[3], words + 2 * kLanes);
}

// As bytes, or as words of 16 bits.
template <typename T>
HWY_INLINE void QuantizeRow(const float* x, int64_t size, float offset, float factor, T* q) {
  const FloatTag d;
  const FloatVector least = hn::Set(d, offset), by = hn::Set(d, factor);
  constexpr int64_t kStep = 4 * kLanes;
  const auto store = [&](const float* from, T* to) HWY_ATTR {
    IntegerVector v[4];
    DPR_UNROLL
    for (int i = 0; i < 4; ++i) {
      v[i] = Rounded(hn::Mul(hn::Sub(hn::LoadU(d, from + i * kLanes), least), by));
    }
    StoreRow(v, to);
  };
  const int64_t whole = size / kStep * kStep;
  for (int64_t i = 0; i < whole; i += kStep) store(x + i, q + i);
  if (whole == size) return;
  float rest[kStep];
  T rest_q[kStep];
  for (int64_t i = 0; i < kStep; ++i) rest[i] = whole + i < size ? x[whole + i] : offset;
  store(rest, rest_q);
  constexpr int64_t kPerUnit = 4 / sizeof(T);
  const int64_t end = (size + kPerUnit - 1) / kPerUnit * kPerUnit;
  for (int64_t i = whole; i < end; ++i) q[i] = rest_q[i - whole];
}

// a + b and a - b.
HWY_INLINE void Butterfly(FloatVector& a, FloatVector& b) {
  const FloatVector sum = hn::Add(a, b);
  b = hn::Sub(a, b);
  a = sum;
}

// Of every four numbers: those of a Hadamard matrix of 4.
HWY_INLINE FloatVector RotatedFours(FloatVector v) {
  const FloatTag d;
  alignas(16) static constexpr float kOdd[4] = {1, -1, 1, -1}, kHigh[4] = {1, 1, -1, -1};
  const FloatVector odd = hn::LoadDup128(d, kOdd), high = hn::LoadDup128(d, kHigh);
  v = hn::MulAdd(v, odd, hn::Shuffle2301(v));
  return hn::MulAdd(v, high, hn::Shuffle1032(v));
}

// Returns the range of y.
HWY_INLINE Range RotateRow(const float* x, int64_t size, float* y) {
  const FloatTag d;
  const int64_t whole = size / kRotatedGroup * kRotatedGroup;
  FloatVector least = hn::Inf(d), most = hn::Neg(least);
  for (int64_t i = 0; i < whole; i += kRotatedGroup) {
    for (int64_t j = 0; j < 16; j += kLanes) {
      FloatVector v[8];
      DPR_UNROLL
      for (int k = 0; k < 8; ++k) v[k] = hn::LoadU(d, x + i + 16 * k + j);
      DPR_UNROLL
      for (int distance = 1; distance < 8; distance *= 2) {
        DPR_UNROLL
        for (int k = 0; k < 8; ++k) {
          if ((k & distance) == 0) Butterfly(v[k], v[k + distance]);
        }
      }
      DPR_UNROLL
      for (int k = 0; k < 8; ++k) {
        v[k] = RotatedFours(v[k]);
        least = hn::Min(least, v[k]);
        most = hn::Max(most, v[k]);
        hn::StoreU(v[k], d, y + i + 16 * k + j);
      }
    }
  }
  Range range = {hn::GetLane(hn::MinOfLanes(d, least)), hn::GetLane(hn::MaxOfLanes(d, most))};
  for (int64_t i = whole; i < size; ++i) {
    y[i] = x[i] * 5.65685425f;  // sqrt(32)
    range.least = y[i] < range.least ? y[i] : range.least;
    range.most = y[i] > range.most ? y[i] : range.most;
  }
  return range;
}

void Rotate(const float* x, int64_t size, float* y) { RotateRow(x, size, y); }

template <typename T>
void QuantizeRows(const float* x, int64_t stride, int64_t rows, int64_t columns, float* rotated,
                  float* units, int64_t units_stride, float* scale, float* offset) {
  float factor[kQuantizedRows];
  for (int64_t first = 0; first < rows; first += kQuantizedRows) {
    const int64_t count = rows - first < kQuantizedRows ? rows - first : kQuantizedRows;
    const float* from = x + first * stride;
    const int64_t from_stride = rotated != nullptr ? columns : stride;
    for (int64_t i = 0; i < count; ++i) {
      const Range range = rotated != nullptr
                              ? RotateRow(from + i * stride, columns, rotated + i * columns)
                              : RangeOf(from + i * stride, columns);
      const float size = range.most - range.least;
      const bool varies = !(size <= kLeastRange);  // NaN shall stay NaN
      scale[first + i] = varies ? size / 255.0f : 0.0f;
      offset[first + i] = range.least;
      factor[i] = varies ? 255.0f / size : 0.0f;
    }
    if (rotated != nullptr) from = rotated;
    for (int64_t i = 0; i < count; ++i) {
      QuantizeRow(from + i * from_stride, columns, offset[first + i], factor[i],
                  reinterpret_cast<T*>(units + (first + i) * units_stride));
    }
  }
}

// kPerUnit steps of the depth in each unit, the first lowest.
template <int kPerUnit>
HWY_INLINE void QuantizeColumns(const float* x, int64_t depth, int levels, float* units,
                                float* scale, float* sum) {
  const FloatTag d;
  const hn::RebindToSigned<FloatTag> integers;
  constexpr int kBits = 32 / kPerUnit;
  const FloatVector most_levels = hn::Set(d, static_cast<float>(levels));
  FloatVector most = hn::Zero(d);
  for (int64_t k = 0; k < depth; ++k) {
    most = hn::Max(most, hn::Abs(hn::LoadU(d, x + k * kPanelColumns)));
  }
  const auto varies = hn::Gt(most, hn::Set(d, kLeastRange));
  const FloatVector factor = hn::IfThenElseZero(varies, hn::Div(most_levels, most));
  auto total = hn::Zero(integers);
  for (int64_t k = 0; k < depth; k += kPerUnit) {
    auto unit = hn::Zero(integers);
    for (int64_t i = 0; i < kPerUnit && k + i < depth; ++i) {
      const auto q = Rounded(hn::Mul(hn::LoadU(d, x + (k + i) * kPanelColumns), factor));
      total = hn::Add(total, q);
      const auto own = hn::And(q, hn::Set(integers, (1 << kBits) - 1));
      unit = hn::Or(unit, hn::ShiftLeftSame(own, static_cast<int>(i * kBits)));
    }
    hn::StoreU(hn::BitCast(d, unit), d, units + k / kPerUnit * kPanelColumns);
  }
  const FloatVector by = hn::IfThenElseZero(varies, hn::Div(most, most_levels));
  hn::StoreU(by, d, scale);
  hn::StoreU(hn::Mul(by, hn::ConvertTo(d, total)), d, sum);
}

template <int kPerUnit>
void QuantizePanel(const float* x, int64_t depth, int levels, float* units, float* scale,
                   float* sum) {
  for (int64_t j = 0; j < kPanelColumns; j += kLanes) {
    QuantizeColumns<kPerUnit>(x + j, depth, levels, units + j, scale + j, sum + j);
  }
}

HWY_INLINE float LargestMagnitude(const float* x, int64_t size) {
  const FloatTag d;
  FloatVector most = hn::Zero(d);
  for (int64_t i = 0; i < size; i += kLanes) {
    most = hn::Max(most, hn::Abs(LoadFirst(x + i, size - i)));
  }
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

HWY_INLINE void SignedWordsOfRow(const float* x, int64_t size, float factor, int16_t* q) {
  const FloatTag d;
  const FloatVector by = hn::Set(d, factor);
  constexpr int64_t kStep = 2 * kLanes;
  const auto store = [&](const float* from, int64_t left, int16_t* to) HWY_ATTR {
    const FloatVector low = LoadFirst(from, left);
    const FloatVector high = left > kLanes ? LoadFirst(from + kLanes, left - kLanes) : hn::Zero(d);
    StoreWords(Rounded(hn::Mul(low, by)), Rounded(hn::Mul(high, by)), to);
  };
  const int64_t whole = size / kStep * kStep;
  for (int64_t i = 0; i < whole; i += kStep) store(x + i, kStep, q + i);
  if (whole == size) return;
  int16_t rest[kStep];
  store(x + whole, size - whole, rest);
  for (int64_t i = whole; i < (size + 1) / 2 * 2; ++i) q[i] = rest[i - whole];
}

void SignedWordsOfRows(const float* x, int64_t stride, int64_t rows, int64_t columns, int levels,
                       float* units, int64_t units_stride, float* scale) {
  const auto most_levels = static_cast<float>(levels);
  float factor[kQuantizedRows];
  for (int64_t first = 0; first < rows; first += kQuantizedRows) {
    const int64_t count = rows - first < kQuantizedRows ? rows - first : kQuantizedRows;
    for (int64_t i = 0; i < count; ++i) {
      const float most = LargestMagnitude(x + (first + i) * stride, columns);
      const bool varies = !(most <= kLeastRange);
      scale[first + i] = varies ? most / most_levels : 0.0f;
      factor[i] = varies ? most_levels / most : 0.0f;
    }
    for (int64_t i = 0; i < count; ++i) {
      SignedWordsOfRow(x + (first + i) * stride, columns, factor[i],
                       reinterpret_cast<int16_t*>(units + (first + i) * units_stride));
    }
  }
}

constexpr QuantizingKernels kQuantizingKernels = {QuantizeRows<uint8_t>, QuantizeRows<uint16_t>,
                                                  QuantizePanel<4>,      QuantizePanel<2>,
                                                  SignedWordsOfRows,     Rotate};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace dpr
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dpr {

const QuantizingKernels& QuantizingKernelsOf(CpuLevel level) {
  return level == CpuLevel::kAvx512 ? N_AVX3::kQuantizingKernels : N_AVX2::kQuantizingKernels;
}

}  // namespace dpr
#endif
