#include "dpr/tensor/pair_product.h"

#include <gtest/gtest.h>

#include <limits>

#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::Bf16Twin;
using testing::RandomFloats;
using testing::RandomMatrix;
using testing::SameBits;

constexpr float kUntouched = 12345.0f;

class Pairs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Cpu().avx512_bf16) GTEST_SKIP() << "this CPU has no bf16";
  }
};

float FirstOf(float pair) { return std::bit_cast<float>(std::bit_cast<uint32_t>(pair) << 16); }
float SecondOf(float pair) {
  return std::bit_cast<float>(std::bit_cast<uint32_t>(pair) & 0xFFFF0000u);
}

// What rounding has to get right: ties, what grows into the next exponent, denormals, no numbers.
const std::vector<float>& Extremes() {
  static const std::vector<float> extremes = {
      0.0f,
      -0.0f,
      1.0f,
      1.00390625f,                              // halfway between two: to the even one, down
      1.01171875f,                              // the same: up
      1.0039064f,                               // just above halfway
      1.9999999f,                               // to 2
      std::numeric_limits<float>::max(),        // to infinity
      -std::numeric_limits<float>::infinity(),  //
      1e-40f,                                   // a denormal: zero
      -std::numeric_limits<float>::min(),       // the smallest that is none
      std::bit_cast<float>(0x7FFFFFFFu),        // NaN whose bits would carry over
      std::numeric_limits<float>::quiet_NaN()};
  return extremes;
}

std::vector<float> WithExtremes(int64_t size) {
  std::vector<float> x = RandomFloats(1, size);
  for (size_t i = 0; i < x.size() && i < Extremes().size(); ++i) {
    x[x.size() - 1 - i] = Extremes()[i];
  }
  return x;
}

TEST_F(Pairs, OfColumnsAreRoundedNeighbours) {
  for (const auto& [rows, columns] :
       {std::pair<int64_t, int64_t>{1, 1}, {2, 2}, {3, 15}, {4, 33}, {5, 64}, {1, 127}, {3, 386}}) {
    const int64_t stride = columns + 3, width = (columns + 1) / 2;
    const std::vector<float> x = WithExtremes(rows * stride);
    std::vector<float> pairs(static_cast<size_t>(rows * (width + 1)), kUntouched);
    ActiveKernels().packing.pair_columns(x.data(), stride, rows, columns, pairs.data(), width + 1);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < width; ++j) {
        const float pair = pairs[i * (width + 1) + j];
        const float second = 2 * j + 1 < columns ? x[i * stride + 2 * j + 1] : 0.0f;
        EXPECT_TRUE(SameBits(FirstOf(pair), Bf16Twin(x[i * stride + 2 * j]))) << i << ", " << j;
        EXPECT_TRUE(SameBits(SecondOf(pair), Bf16Twin(second))) << i << ", " << j;
      }
      EXPECT_EQ(pairs[i * (width + 1) + width], kUntouched);
    }
  }
}

TEST_F(Pairs, OfRowsAreRoundedNeighbours) {
  for (const auto& [rows, columns] :
       {std::pair<int64_t, int64_t>{1, 1}, {2, 16}, {3, 15}, {4, 33}, {5, 64}, {8, 127}, {7, 40}}) {
    const int64_t stride = columns + 3;
    const std::vector<float> x = WithExtremes(rows * stride);
    const int64_t height = (rows + 1) / 2;
    std::vector<float> pairs(static_cast<size_t>(height * (columns + 1)), kUntouched);
    ActiveKernels().packing.pair_rows(x.data(), stride, rows, columns, pairs.data(), columns + 1);
    for (int64_t i = 0; i < height; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        const float pair = pairs[i * (columns + 1) + j];
        const float second = 2 * i + 1 < rows ? x[(2 * i + 1) * stride + j] : 0.0f;
        EXPECT_TRUE(SameBits(FirstOf(pair), Bf16Twin(x[2 * i * stride + j]))) << i << ", " << j;
        EXPECT_TRUE(SameBits(SecondOf(pair), Bf16Twin(second))) << i << ", " << j;
      }
      EXPECT_EQ(pairs[i * (columns + 1) + columns], kUntouched);
    }
  }
}

// Panels of B [depth, columns] in pairs.
std::vector<float> PanelsOf(const Matrix& b, int64_t depth, int64_t columns) {
  const int64_t panel = (depth + 1) / 2 * kPanelColumns;
  std::vector<float> panels(static_cast<size_t>((columns + 31) / 32 * panel), 0.0f);
  for (int64_t column = 0; column < columns; column += 32) {
    ActiveKernels().packing.pair_rows(b.row(0) + column, columns, depth,
                                      std::min<int64_t>(32, columns - column),
                                      panels.data() + column / 32 * panel, kPanelColumns);
  }
  return panels;
}

// The products of rounded numbers are exact in f32; each step of the chain rounds its sum of three,
// or twice in a row: so 2 ulp of what is added up, at most, a step.
TEST_F(Pairs, ProductsAreThoseOfTheRoundedNumbers) {
  for (const auto& [rows, columns, depth] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                             {2, 32, 5},
                                             {3, 33, 64},
                                             {14, 48, 7},
                                             {15, 96, 130},
                                             {29, 100, 63},
                                             {7, 130, 31},
                                             {200, 40, 1537},
                                             {1, 300, 385},
                                             {3, 7, 200}}) {
    const Matrix a = RandomMatrix(1, rows, depth), b = RandomMatrix(2, depth, columns);
    const std::vector<float> panels = PanelsOf(b, depth, columns);
    const std::vector<float> before = RandomFloats(3, rows * columns);
    std::vector<float> c = before;
    PanelProduct p;
    p.panels = panels.data();
    p.columns = p.c_stride = columns;
    p.accumulate = true;
    p.c = c.data();
    MultiplyAsPairs(a.view(), p);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) {
        double sum = before[i * columns + j], size = std::abs(sum);
        for (int64_t k = 0; k < depth; ++k) {
          const double product = double{Bf16Twin(a.row(i)[k])} * double{Bf16Twin(b.row(k)[j])};
          sum += product;
          size += std::abs(product);
        }
        const double bound = static_cast<double>(depth + 1) * 0x1p-23 * size;
        ASSERT_NEAR(c[i * columns + j], sum, bound) << i << ", " << j << " of " << depth;
      }
    }
  }
}

TEST_F(Pairs, ARowHasTheSameBitsWhateverStandsAroundIt) {
  constexpr int64_t kMost = 300, kDepth = 801, kColumns = 104;
  const Matrix a = RandomMatrix(1, kMost, kDepth), b = RandomMatrix(2, kDepth, kColumns);
  const std::vector<float> panels = PanelsOf(b, kDepth, kColumns);
  const auto multiply = [&](ConstFloatView rows) {
    Matrix c(rows.rows, kColumns);
    PanelProduct p;
    p.panels = panels.data();
    p.columns = p.c_stride = kColumns;
    p.c = c.row(0);
    MultiplyAsPairs(rows, p);
    return c;
  };
  const Matrix all = multiply(a.view());
  for (const int64_t rows : {1, 2, 3, 7, 13, 14, 15, 64, 125, 253}) {
    const int64_t begin = (kMost - rows) / 2;
    const Matrix some = multiply(a.view().rows_from(begin, rows));
    for (int64_t i = 0; i < rows * kColumns; ++i) {
      ASSERT_EQ(some.row(0)[i], all.row(begin)[i]) << rows << " rows: " << i;
    }
  }
}

TEST_F(Pairs, KeepInfinityAndNanInTheirRow) {
  Matrix a = RandomMatrix(1, 20, 50);
  const Matrix b = RandomMatrix(2, 50, 40);
  a.row(3)[7] = std::numeric_limits<float>::quiet_NaN();
  a.row(9)[49] = std::numeric_limits<float>::infinity();
  const std::vector<float> panels = PanelsOf(b, 50, 40);
  Matrix c(20, 40);
  PanelProduct p;
  p.panels = panels.data();
  p.columns = p.c_stride = 40;
  p.c = c.row(0);
  MultiplyAsPairs(a.view(), p);
  for (int64_t i = 0; i < 20; ++i) {
    for (int64_t j = 0; j < 40; ++j) {
      EXPECT_EQ(std::isnan(c.row(i)[j]), i == 3);
      EXPECT_EQ(std::isinf(c.row(i)[j]), i == 9);
    }
  }
}

}  // namespace
}  // namespace dpr
