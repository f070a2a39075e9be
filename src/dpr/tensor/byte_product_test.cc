#include "dpr/tensor/byte_product.h"

#include <gtest/gtest.h>

#include <limits>

#include "dpr/tensor/linear.h"
#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RandomFloats;
using testing::RandomMatrix;
using testing::RunnableLevels;
using testing::SameBits;

constexpr float kUntouched = 12345.0f;

// Every way of multiplying bytes that this machine has.
std::vector<ByteArithmetic> RunnableArithmetics() {
  std::vector<ByteArithmetic> all;
  for (const CpuLevel level : RunnableLevels()) {
    all.push_back(ByteArithmeticOf(level, false));
    const bool vnni = level == CpuLevel::kAvx512 ? Cpu().avx512_vnni : Cpu().avx_vnni;
    if (vnni) all.push_back(ByteArithmeticOf(level, true));
  }
  return all;
}

// The numbers in [0, 255] or so that a row is made of, and what they stand for.
struct QuantizedTwin {
  std::vector<int> q;
  float scale = 0, offset = 0;
};

QuantizedTwin RowTwin(const float* x, int64_t size) {
  const auto [least, most] = std::minmax_element(x, x + size);
  QuantizedTwin twin;
  const float range = *most - *least;
  twin.offset = *least;
  const bool varies = range > 1e-30f;
  twin.scale = varies ? range / 255.0f : 0.0f;
  for (int64_t i = 0; i < size; ++i) {
    twin.q.push_back(varies ? static_cast<int>(std::nearbyint((x[i] - *least) * (255.0f / range)))
                            : 0);
  }
  return twin;
}

QuantizedTwin SymmetricTwin(const std::vector<float>& x, int levels) {
  float most = 0;
  for (const float value : x) most = std::max(most, std::abs(value));
  QuantizedTwin twin;
  const bool varies = most > 1e-30f;
  twin.scale = varies ? most / static_cast<float>(levels) : 0.0f;
  for (const float value : x) {
    twin.q.push_back(
        varies ? static_cast<int>(std::nearbyint(value * (static_cast<float>(levels) / most))) : 0);
  }
  return twin;
}

// What one output is, by the formula of Dequantization, with its rounding.
float OutputTwin(const QuantizedTwin& row, const QuantizedTwin& column, float bias) {
  int64_t sum = 0, column_sum = 0;
  for (size_t k = 0; k < row.q.size(); ++k) {
    sum += int64_t{row.q[k]} * column.q[k];
    column_sum += column.q[k];
  }
  const float weighted = column.scale * static_cast<float>(column_sum);
  const float product = static_cast<float>(sum) * row.scale;
  return std::fma(product, column.scale, std::fma(row.offset, weighted, bias));
}

struct Packed {
  AlignedBuffer<float> panels, scale, sum;
};

Packed PackBy(const ByteArithmetic& arithmetic, ConstFloatView w) {
  const int64_t blocks = (w.rows + 31) / 32, units = arithmetic.Units(w.columns) * 32;
  Packed packed = {AlignedBuffer<float>(static_cast<size_t>(blocks * units)),
                   AlignedBuffer<float>(static_cast<size_t>(blocks * 32)),
                   AlignedBuffer<float>(static_cast<size_t>(blocks * 32))};
  AlignedBuffer<float> panel(static_cast<size_t>(w.columns * 32));
  for (int64_t block = 0; block < blocks; ++block) {
    ActiveKernels().packing.pack_rows(w.row(block * 32), w.stride,
                                      std::min<int64_t>(32, w.rows - block * 32), w.columns,
                                      panel.data());
    arithmetic.quantize_panel(panel.data(), w.columns, kWeightLevels,
                              packed.panels.data() + block * units,
                              packed.scale.data() + block * 32, packed.sum.data() + block * 32);
  }
  return packed;
}

// x W^T + bias; rows of the result are 3 floats longer than their columns, which must stay.
std::vector<float> MultiplyBy(const ByteArithmetic& arithmetic, ConstFloatView x, ConstFloatView w,
                              const std::vector<float>* bias, bool rotate = false) {
  const Packed packed = PackBy(arithmetic, w);
  std::vector<float> padded_bias(static_cast<size_t>((w.rows + 31) / 32 * 32), 0.0f);
  if (bias != nullptr) std::copy(bias->begin(), bias->end(), padded_bias.begin());
  const int64_t stride = w.rows + 3;
  std::vector<float> c(static_cast<size_t>(x.rows * stride), kUntouched);
  PanelProduct p;
  p.panels = packed.panels.data();
  p.columns = w.rows;
  p.bias = bias != nullptr ? padded_bias.data() : nullptr;
  p.c = c.data();
  p.c_stride = stride;
  Dequantization dequantization;
  dequantization.column_scale = packed.scale.data();
  dequantization.column_sum = packed.sum.data();
  MultiplyAsBytes(arithmetic, x, rotate, dequantization, p);
  std::vector<float> result;
  for (int64_t i = 0; i < x.rows; ++i) {
    for (int64_t j = w.rows; j < stride; ++j) EXPECT_EQ(c[i * stride + j], kUntouched);
    result.insert(result.end(), &c[i * stride], &c[i * stride] + w.rows);
  }
  return result;
}

void ExpectTwins(ConstFloatView x, ConstFloatView w, const std::vector<float>* bias) {
  std::vector<QuantizedTwin> rows, columns;
  for (int64_t i = 0; i < x.rows; ++i) rows.push_back(RowTwin(x.row(i), x.columns));
  for (int64_t j = 0; j < w.rows; ++j) {
    columns.push_back(SymmetricTwin({w.row(j), w.row(j) + w.columns}, kWeightLevels));
  }
  for (const ByteArithmetic& arithmetic : RunnableArithmetics()) {
    const std::vector<float> c = MultiplyBy(arithmetic, x, w, bias);
    int64_t wrong = 0;
    for (int64_t i = 0; i < x.rows; ++i) {
      for (int64_t j = 0; j < w.rows; ++j) {
        const float twin = OutputTwin(rows[i], columns[j], bias != nullptr ? (*bias)[j] : 0.0f);
        if (!SameBits(c[i * w.rows + j], twin)) ++wrong;
      }
    }
    EXPECT_EQ(wrong, 0) << x.rows << "x" << w.rows << "x" << x.columns << ", units of "
                        << arithmetic.per_unit;
  }
}

TEST(ByteProducts, EqualTheirTwinToTheBitByEveryInstruction) {
  for (const auto& [rows, columns, depth] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1},
                                             {2, 32, 5},
                                             {3, 33, 64},
                                             {5, 16, 3},
                                             {14, 48, 7},
                                             {15, 96, 130},
                                             {29, 100, 63},
                                             {7, 130, 31},
                                             {1, 300, 385},
                                             {3, 7, 202},
                                             {540, 40, 33},
                                             {17, 40, 6300}}) {
    const Matrix x = RandomMatrix(1, rows, depth), w = RandomMatrix(2, columns, depth);
    const std::vector<float> bias = RandomFloats(3, columns);
    ExpectTwins(x.view(), w.view(), &bias);
    ExpectTwins(x.view(), w.view(), nullptr);
  }
}

// All of one number, the largest sums there are, denormals, huge and tiny scales, one outlier.
TEST(ByteProducts, TakeExtremes) {
  constexpr int64_t kDepth = 3072, kColumns = 40;
  Matrix x(7, kDepth);
  for (int64_t k = 0; k < kDepth; ++k) {
    x.row(0)[k] = 0.0f;
    x.row(1)[k] = -3.5f;
    x.row(2)[k] = k == 0 ? -1.0f : 1.0f;  // nearly all 255
    x.row(3)[k] = static_cast<float>(k) * 1e-42f;
    x.row(4)[k] = static_cast<float>(k - 1000) * 1e30f;
    x.row(5)[k] = k == 77 ? 1000.0f : 0.01f * static_cast<float>(k % 7);
    x.row(6)[k] = static_cast<float>(k) * 1e-31f;
  }
  Matrix w(kColumns, kDepth);
  for (int64_t j = 0; j < kColumns; ++j) {
    for (int64_t k = 0; k < kDepth; ++k) {
      w.row(j)[k] = j == 0       ? 0.0f
                    : j % 3 == 0 ? 1.0f
                    : j % 3 == 1 ? -1.0f
                                 : 1e-5f * static_cast<float>(k);
    }
  }
  ExpectTwins(x.view(), w.view(), nullptr);
}

// R R^T = 32 I, and each level has the same bits as the sums in their order.
TEST(Rotation, MixesEachNumberWithThirtyOneOthers) {
  for (const int64_t size : {1, 16, 127, 128, 200, 384, 1536}) {
    const std::vector<float> x = RandomFloats(1, size);
    std::vector<double> twin(x.begin(), x.end());
    const int64_t whole = size / kRotatedGroup * kRotatedGroup;
    for (int64_t i = 0; i < size; ++i) {
      double sum = 0;
      for (int64_t k = i / 128 * 128; k < whole && k < i / 128 * 128 + 128; ++k) {
        if (k % 16 / 4 != i % 16 / 4) continue;
        const auto rows = static_cast<unsigned>((k % 128 / 16) & (i % 128 / 16));
        const auto places = static_cast<unsigned>((k % 4) & (i % 4));
        sum +=
            (std::popcount(rows) + std::popcount(places)) % 2 == 0 ? double{x[k]} : -double{x[k]};
      }
      twin[i] = i < whole ? sum : std::sqrt(32.0) * x[i];
    }
    std::vector<float> first;
    for (const CpuLevel level : RunnableLevels()) {
      std::vector<float> y(x.size() + 1, kUntouched);
      KernelsOf(level).quantizing.rotate(x.data(), size, y.data());
      for (int64_t i = 0; i < size; ++i) EXPECT_NEAR(y[i], twin[i], 4e-6) << size << " " << i;
      EXPECT_EQ(y[size], kUntouched);
      if (first.empty()) first = y;
      EXPECT_EQ(y, first) << CpuLevelName(level);
    }
  }
}

// One column a hundred times as large as the others: rotated, the others keep their digits.
TEST(Rotation, SavesTheOthersFromAnOutlier) {
  Matrix x = RandomMatrix(1, 30, 384), w = RandomMatrix(2, 96, 384);
  for (int64_t i = 0; i < 30; ++i) x.row(i)[100] += 100.0f;
  for (int64_t j = 0; j < 96; ++j) w.row(j)[100] *= 0.01f;
  Matrix exact(30, 96);
  Linear(w.view(), nullptr).Forward(x.view(), exact.view());
  const auto error = [&](Linear::Rotation rotation) {
    Matrix y(30, 96);
    Linear(w.view(), nullptr, Precision::kInt8, rotation).Forward(x.view(), y.view());
    double sum = 0;
    for (int64_t i = 0; i < 30 * 96; ++i) sum += std::pow(y.row(0)[i] - exact.row(0)[i], 2);
    return std::sqrt(sum / (30 * 96));
  };
  EXPECT_LT(error(Linear::Rotation::kBeforeQuantizing), error(Linear::Rotation::kNone) / 1.5);
}

TEST(ByteProducts, RotateToTheSameBitsAtEveryLevel) {
  const Matrix x = RandomMatrix(1, 21, 400), w = RandomMatrix(2, 40, 400);
  std::vector<float> first;
  for (const ByteArithmetic& arithmetic : RunnableArithmetics()) {
    const std::vector<float> y = MultiplyBy(arithmetic, x.view(), w.view(), nullptr, true);
    if (first.empty()) first = y;
    EXPECT_EQ(y, first) << "units of " << arithmetic.per_unit;
  }
}

TEST(ByteProducts, ARowHasTheSameBitsWhateverStandsAroundIt) {
  constexpr int64_t kMost = 700, kInputs = 384, kOutputs = 104;
  const Matrix x = RandomMatrix(1, kMost, kInputs), w = RandomMatrix(2, kOutputs, kInputs);
  const Linear linear(w.view(), RandomFloats(3, kOutputs).data(), Precision::kInt8,
                      Linear::Rotation::kBeforeQuantizing);
  Matrix all(kMost, kOutputs);
  linear.Forward(x.view(), all.view(), Activation::kGelu);
  for (const int64_t rows : {1, 2, 3, 7, 13, 14, 15, 64, 125, 253, 511}) {
    const int64_t begin = (kMost - rows) / 2;
    Matrix some(rows, kOutputs);
    linear.Forward(x.view().rows_from(begin, rows), some.view(), Activation::kGelu);
    for (int64_t i = 0; i < rows * kOutputs; ++i) {
      ASSERT_EQ(some.row(0)[i], all.row(begin)[i]) << rows << " rows: " << i;
    }
    linear.ForwardColumns(x.view().rows_from(begin, rows), some.view(), 32, 40, Activation::kGelu);
    for (int64_t i = 0; i < rows * kOutputs; ++i) ASSERT_EQ(some.row(0)[i], all.row(begin)[i]);
  }
}

TEST(ByteProducts, ANanFillsItsRow) {
  Matrix x = RandomMatrix(1, 20, 64);
  const Matrix w = RandomMatrix(2, 40, 64);
  std::fill_n(x.row(3), 64, std::nanf(""));
  const Linear linear(w.view(), nullptr, Precision::kInt8);
  Matrix y(20, 40);
  linear.Forward(x.view(), y.view());
  for (int64_t i = 0; i < 20; ++i) {
    for (int64_t j = 0; j < 40; ++j) EXPECT_EQ(std::isnan(y.row(i)[j]), i == 3);
  }
}

TEST(ByteProducts, AreNearThoseOfTheNumbers) {
  constexpr int64_t kRows = 30, kInputs = 384, kOutputs = 96;
  const Matrix x = RandomMatrix(1, kRows, kInputs), w = RandomMatrix(2, kOutputs, kInputs);
  const Linear exact(w.view(), nullptr), rounded(w.view(), nullptr, Precision::kInt8);
  Matrix y(kRows, kOutputs), z(kRows, kOutputs);
  exact.Forward(x.view(), y.view());
  rounded.Forward(x.view(), z.view());
  // Both factors are off by up to half a level, 1/255 and 1/254 of [-1, 1): an error of deviation
  // .0022 each, over 384 products of deviation .58 each about .036 in all, beside sums of 6.5.
  double square = 0;
  for (int64_t i = 0; i < kRows * kOutputs; ++i) {
    const double error = y.row(0)[i] - z.row(0)[i];
    square += error * error;
  }
  EXPECT_LT(std::sqrt(square / static_cast<double>(kRows * kOutputs)), 0.045);
}

// The rough GELU: a fit within 1.3e-4, and the rounding of the sum that it is added to.
TEST(ByteProducts, ApplyGeluLast) {
  Matrix x = RandomMatrix(1, 33, 384);
  for (int64_t i = 0; i < 33 * 384; ++i) x.row(0)[i] *= i % 3 == 0 ? 10.0f : 0.2f;
  const Matrix w = RandomMatrix(2, 70, 384);
  const Linear linear(w.view(), RandomFloats(3, 70).data(), Precision::kInt8);
  Matrix plain(33, 70), gelu(33, 70);
  linear.Forward(x.view(), plain.view());
  linear.Forward(x.view(), gelu.view(), Activation::kGelu);
  for (int64_t i = 0; i < 33 * 70; ++i) {
    const double exact = testing::GeluTwin(plain.row(0)[i]);
    EXPECT_NEAR(gelu.row(0)[i], exact, 1.4e-4 + 1e-7 * std::abs(exact)) << plain.row(0)[i];
  }
}

TEST(SignedWords, EqualTheirTwin) {
  for (const CpuLevel level : RunnableLevels()) {
    const QuantizingKernels& quantizing = KernelsOf(level).quantizing;
    for (const auto& [rows, columns, levels] : {std::tuple<int64_t, int64_t, int>{1, 1, 8191},
                                                {3, 5, 100},
                                                {9, 32, 8191},
                                                {17, 48, 5792},
                                                {4, 33, 1},
                                                {20, 80, 8191}}) {
      const int64_t stride = columns + 2, width = (columns + 1) / 2;
      std::vector<float> x = RandomFloats(1, rows * stride);
      if (rows > 2) std::fill_n(&x[2 * stride], columns, 0.0f);
      std::vector<float> units(static_cast<size_t>(rows * (width + 1)), kUntouched);
      std::vector<float> scale(static_cast<size_t>(rows));
      quantizing.signed_words_of_rows(x.data(), stride, rows, columns, levels, units.data(),
                                      width + 1, scale.data());
      for (int64_t i = 0; i < rows; ++i) {
        const QuantizedTwin twin =
            SymmetricTwin({&x[i * stride], &x[i * stride] + columns}, levels);
        EXPECT_EQ(scale[i], twin.scale);
        const auto* words = reinterpret_cast<const int16_t*>(&units[i * (width + 1)]);
        for (int64_t j = 0; j < 2 * width; ++j) {
          EXPECT_EQ(words[j], j < columns ? twin.q[j] : 0) << i << ", " << j;
        }
        EXPECT_EQ(units[i * (width + 1) + width], kUntouched);
      }
    }
  }
}

}  // namespace
}  // namespace dpr
