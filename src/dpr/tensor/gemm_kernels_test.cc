#include <gtest/gtest.h>

#include <limits>

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::ChainTwin;
using testing::RandomFloats;
using testing::RunnableLevels;
using testing::SameBits;

struct Shape {
  int64_t rows, columns, depth;
};

constexpr float kUntouched = 12345.0f;

// a W^T + bias by one level's kernels. `offset` misaligns a and c; c's rows are 3 floats longer
// than their columns, which must stay as they were.
std::vector<float> MultiplyBy(CpuLevel level, const Shape& s, const std::vector<float>& a,
                              const std::vector<float>& w, const std::vector<float>* bias,
                              bool gelu, int64_t offset) {
  const Kernels& kernels = KernelsOf(level);
  const int64_t padded = (s.columns + 31) / 32 * 32, stride = s.columns + 3;
  std::vector<float> panels(static_cast<size_t>(padded * s.depth), kUntouched);
  kernels.packing.pack_rows(w.data(), s.depth, s.columns, s.depth, panels.data());
  std::vector<float> shifted(static_cast<size_t>(offset), 0.0f);
  shifted.insert(shifted.end(), a.begin(), a.end());
  std::vector<float> c(static_cast<size_t>(offset + s.rows * stride), kUntouched);
  std::vector<float> padded_bias(static_cast<size_t>(padded), 0.0f);
  if (bias != nullptr) std::copy(bias->begin(), bias->end(), padded_bias.begin());
  PanelProduct p;
  p.a = shifted.data() + offset;
  p.a_stride = p.depth = s.depth;
  p.rows = s.rows;
  p.panels = panels.data();
  p.columns = s.columns;
  p.bias = bias != nullptr ? padded_bias.data() : nullptr;
  p.gelu = gelu;
  p.c = c.data() + offset;
  p.c_stride = stride;
  kernels.gemm.multiply(p);
  for (int64_t i = 0; i < s.rows; ++i) {
    for (int64_t j = s.columns; j < stride; ++j) {
      EXPECT_EQ(p.c[i * stride + j], kUntouched) << "beyond row " << i;
    }
  }
  std::vector<float> result;
  for (int64_t i = 0; i < s.rows; ++i) {
    result.insert(result.end(), p.c + i * stride, p.c + i * stride + s.columns);
  }
  return result;
}

TEST(GemmKernels, EqualTheChainOfMultiplyAddsToTheBit) {
  const Shape shapes[] = {
      {1, 1, 1},     {1, 32, 5},    {2, 33, 17},    {3, 31, 64},     {4, 130, 33},   {5, 65, 9},
      {6, 16, 40},   {7, 128, 31},  {8, 48, 7},     {12, 256, 20},   {13, 40, 384},  {14, 64, 100},
      {15, 96, 3},   {29, 100, 63}, {97, 36, 50},   {127, 32, 12},   {260, 7, 5},    {1, 300, 385},
      {3, 290, 770}, {14, 33, 769}, {20, 70, 1600}, {130, 40, 1537}, {2, 400, 2400}, {6, 64, 400}};
  for (const Shape& s : shapes) {
    const std::vector<float> a = RandomFloats(1, s.rows * s.depth);
    const std::vector<float> w = RandomFloats(2, s.columns * s.depth);
    const std::vector<float> bias = RandomFloats(3, s.columns);
    for (const CpuLevel level : RunnableLevels()) {
      for (const std::vector<float>* b : {&bias, static_cast<const std::vector<float>*>(nullptr)}) {
        const std::vector<float> c = MultiplyBy(level, s, a, w, b, false, b != nullptr ? 1 : 0);
        int64_t wrong = 0;
        for (int64_t i = 0; i < s.rows; ++i) {
          for (int64_t j = 0; j < s.columns; ++j) {
            const float expected =
                ChainTwin(&a[i * s.depth], &w[j * s.depth], s.depth, b != nullptr ? bias[j] : 0.0f);
            if (!SameBits(c[i * s.columns + j], expected)) ++wrong;
          }
        }
        EXPECT_EQ(wrong, 0) << CpuLevelName(level) << " " << s.rows << "x" << s.columns << "x"
                            << s.depth;
      }
    }
  }
}

TEST(GemmKernels, ApplyGeluLast) {
  const Shape s = {17, 70, 1000};
  const std::vector<float> a = RandomFloats(1, s.rows * s.depth);
  const std::vector<float> w = RandomFloats(2, s.columns * s.depth);
  const std::vector<float> bias = RandomFloats(3, s.columns);
  for (const CpuLevel level : RunnableLevels()) {
    std::vector<float> expected = MultiplyBy(level, s, a, w, &bias, false, 0);
    KernelsOf(level).layer.gelu(expected.data(), static_cast<int64_t>(expected.size()),
                                expected.data());
    EXPECT_EQ(MultiplyBy(level, s, a, w, &bias, true, 0), expected) << CpuLevelName(level);
  }
}

// c += x^T y for x [depth, rows] and y [depth, columns], whose panels are one another's distance
// apart: what a weight's gradient needs.
TEST(GemmKernels, AccumulateTheProductWithATransposedLeftSide) {
  const Shape shapes[] = {{1, 1, 1},    {5, 33, 17},   {14, 32, 40},   {29, 70, 63},
                          {100, 64, 3}, {31, 15, 400}, {97, 130, 100}, {28, 48, 1600}};
  for (const Shape& s : shapes) {
    const std::vector<float> x = RandomFloats(1, s.depth * s.rows);
    const std::vector<float> y = RandomFloats(2, s.depth * s.columns);
    const std::vector<float> before = RandomFloats(3, s.rows * s.columns);
    for (const CpuLevel level : RunnableLevels()) {
      const Kernels& kernels = KernelsOf(level);
      const int64_t panel = s.depth * 32, distance = panel + 64;
      std::vector<float> panels(static_cast<size_t>((s.columns + 31) / 32 * distance));
      for (int64_t column = 0; column < s.columns; column += 32) {
        kernels.packing.pack_columns(y.data() + column, s.columns, s.depth,
                                     std::min<int64_t>(32, s.columns - column),
                                     panels.data() + column / 32 * distance);
      }
      std::vector<float> c = before;
      PanelProduct p;
      p.a = x.data();
      p.a_stride = p.rows = s.rows;
      p.a_transposed = true;
      p.depth = s.depth;
      p.panels = panels.data();
      p.panel_stride = distance;
      p.columns = p.c_stride = s.columns;
      p.accumulate = true;
      p.c = c.data();
      kernels.gemm.multiply(p);
      int64_t wrong = 0;
      for (int64_t i = 0; i < s.rows; ++i) {
        for (int64_t j = 0; j < s.columns; ++j) {
          float sum = before[i * s.columns + j];
          for (int64_t k = 0; k < s.depth; ++k) {
            sum = std::fma(x[k * s.rows + i], y[k * s.columns + j], sum);
          }
          if (!SameBits(c[i * s.columns + j], sum)) ++wrong;
        }
      }
      EXPECT_EQ(wrong, 0) << CpuLevelName(level) << " " << s.rows << "x" << s.columns << "x"
                          << s.depth;
    }
  }
}

TEST(GemmKernels, KeepInfinityAndNanInTheirRow) {
  const Shape s = {16, 40, 50};
  std::vector<float> a = RandomFloats(1, s.rows * s.depth);
  const std::vector<float> w = RandomFloats(2, s.columns * s.depth);
  a[3 * s.depth + 7] = std::numeric_limits<float>::quiet_NaN();
  a[9 * s.depth + 49] = std::numeric_limits<float>::infinity();
  for (const CpuLevel level : RunnableLevels()) {
    for (const bool gelu : {false, true}) {
      const std::vector<float> c = MultiplyBy(level, s, a, w, nullptr, gelu, 0);
      for (int64_t i = 0; i < s.rows; ++i) {
        for (int64_t j = 0; j < s.columns; ++j) {
          const float value = c[i * s.columns + j];
          if (i == 3) {
            EXPECT_TRUE(std::isnan(value));
          } else if (i == 9) {
            EXPECT_TRUE(std::isinf(value) || gelu) << value;
          } else {
            EXPECT_TRUE(std::isfinite(value));
          }
        }
      }
    }
  }
}

TEST(GemmKernels, PackPanelsWithZerosBeyondTheEdge) {
  for (const CpuLevel level : RunnableLevels()) {
    const PackingKernels& packing = KernelsOf(level).packing;
    for (const auto& [rows, depth] :
         {std::pair{1, 1}, {7, 3}, {8, 4}, {33, 12}, {64, 9}, {45, 31}}) {
      const int64_t padded = (rows + 31) / 32 * 32, stride = depth + 2;
      const std::vector<float> x = RandomFloats(5, rows * stride);
      std::vector<float> panels(static_cast<size_t>(padded * depth), kUntouched);
      packing.pack_rows(x.data(), stride, rows, depth, panels.data());
      for (int64_t n = 0; n < padded; ++n) {
        for (int64_t k = 0; k < depth; ++k) {
          EXPECT_EQ(panels[(n / 32 * depth + k) * 32 + n % 32], n < rows ? x[n * stride + k] : 0);
        }
      }
      // x^T packed by columns is the same.
      std::vector<float> turned(static_cast<size_t>(depth * rows)),
          again(panels.size(), kUntouched);
      for (int64_t i = 0; i < rows * depth; ++i)
        turned[i % depth * rows + i / depth] = x[i / depth * stride + i % depth];
      packing.pack_columns(turned.data(), rows, depth, rows, again.data());
      EXPECT_EQ(panels, again);
    }
  }
}

}  // namespace
}  // namespace dpr
