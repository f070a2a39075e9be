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

// As bytes, or as words of 16 bits.
template <typename T>
HWY_INLINE void QuantizeRow(const float* x, int64_t size, float offset, float factor, T* q) {
  const FloatTag d;
  const hn::Rebind<T, FloatTag> narrow;
  const FloatVector least = hn::Set(d, offset), by = hn::Set(d, factor);
  const auto quantized = [&](const float* from) HWY_ATTR {
    return hn::DemoteTo(
        narrow, hn::NearestInt(hn::Mul(hn::Sub(hn::LoadU(d, from), least), by)));
  };
  const int64_t whole = size / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) hn::StoreU(quantized(x + i), narrow, q + i);
  if (whole == size) return;
  float rest[kLanes];
  T rest_q[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) rest[i] = whole + i < size ? x[whole + i] : offset;
  hn::StoreU(quantized(rest), narrow, rest_q);
  constexpr int64_t kPerUnit = 4 / sizeof(T);
  const int64_t end = (size + kPerUnit - 1) / kPerUnit * kPerUnit;
  for (int64_t i = whole; i < end; ++i) q[i] = rest_q[i - whole];
}

template <typename T>
void QuantizeRows(const float* x, int64_t stride, int64_t rows, int64_t columns, float* units,
                  int64_t units_stride, float* scale, float* offset) {
  for (int64_t i = 0; i < rows; ++i) {
    const Range range = RangeOf(x + i * stride, columns);
    const float size = range.most - range.least;
    const bool varies = !(size <= kLeastRange);  // NaN shall stay NaN
    scale[i] = varies ? size / 255.0f : 0.0f;
    offset[i] = range.least;
    QuantizeRow(x + i * stride, columns, range.least, varies ? 255.0f / size : 0.0f,
                reinterpret_cast<T*>(units + i * units_stride));
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
      const auto q = hn::NearestInt(hn::Mul(hn::LoadU(d, x + (k + i) * kPanelColumns), factor));
      total = hn::Add(total, q);
      const auto own = hn::And(q, hn::Set(integers, (1 << kBits) - 1));
      unit = hn::Or(unit, hn::ShiftLeftSame(own, static_cast<int>(i * kBits)));
    }
    hn::StoreU(hn::BitCast(d, unit), d, units + k / kPerUnit * kPanelColumns);
  }
  const FloatVector by =
      hn::IfThenElseZero(varies, hn::Div(most, most_levels));
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
  for (int64_t i = 0; i < size; i += kLanes) most = hn::Max(most, hn::Abs(LoadFirst(x + i, size - i)));
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

void SignedWordsOfRows(const float* x, int64_t stride, int64_t rows, int64_t columns, int levels,
                       float* units, int64_t units_stride, float* scale) {
  const FloatTag d;
  const hn::Rebind<int16_t, FloatTag> narrow;
  const int64_t units_columns = (columns + 1) / 2 * 2;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = x + i * stride;
    const float most = LargestMagnitude(row, columns);
    const bool varies = most > kLeastRange;
    scale[i] = varies ? most / static_cast<float>(levels) : 0.0f;
    const FloatVector by = hn::Set(d, varies ? static_cast<float>(levels) / most : 0.0f);
    auto* const to = reinterpret_cast<int16_t*>(units + i * units_stride);
    for (int64_t j = 0; j < columns; j += kLanes) {
      const int64_t left = columns - j;
      const auto q = hn::DemoteTo(narrow, hn::NearestInt(hn::Mul(LoadFirst(row + j, left), by)));
      if (left >= kLanes) {
        hn::StoreU(q, narrow, to + j);
        continue;
      }
      int16_t rest[kLanes];
      hn::StoreU(q, narrow, rest);
      for (int64_t r = 0; j + r < units_columns; ++r) to[j + r] = rest[r];
    }
  }
}

constexpr QuantizingKernels kQuantizingKernels = {QuantizeRows<uint8_t>, QuantizeRows<uint16_t>,
                                                  QuantizePanel<4>, QuantizePanel<2>,
                                                  SignedWordsOfRows};

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
