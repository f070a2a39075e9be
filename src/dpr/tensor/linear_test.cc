#include "dpr/tensor/linear.h"

#include <gtest/gtest.h>

#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::ChainTwin;
using testing::RandomFloats;
using testing::RandomMatrix;

TEST(Linear, IsOneChainThenTheBias) {
  for (const auto& [rows, outputs, inputs] :
       {std::tuple{1, 1, 1}, {3, 40, 17}, {12, 384, 384}, {70, 100, 33}, {5, 96, 1600}}) {
    const Matrix x = RandomMatrix(1, rows, inputs), w = RandomMatrix(2, outputs, inputs);
    const std::vector<float> bias = RandomFloats(3, outputs);
    const Linear linear(w.view(), bias.data());
    Matrix y(rows, outputs);
    linear.Forward(x.view(), y.view());
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < outputs; ++j) {
        ASSERT_EQ(y.row(i)[j], ChainTwin(x.row(i), w.row(j), inputs, bias[j])) << i << ", " << j;
      }
    }
  }
}

TEST(Linear, TakesANullBiasForZeros) {
  const Matrix x = RandomMatrix(1, 4, 20), w = RandomMatrix(2, 50, 20);
  const std::vector<float> zeros(50, 0.0f);
  Matrix without(4, 50), with(4, 50);
  Linear(w.view(), nullptr).Forward(x.view(), without.view());
  Linear(w.view(), zeros.data()).Forward(x.view(), with.view());
  for (int64_t i = 0; i < 4 * 50; ++i) EXPECT_EQ(without.row(0)[i], with.row(0)[i]);
}

TEST(Linear, GivesARowTheSameBitsWhateverStandsAroundIt) {
  constexpr int64_t kMost = 300, kInputs = 800, kOutputs = 104;
  const Matrix x = RandomMatrix(1, kMost, kInputs), w = RandomMatrix(2, kOutputs, kInputs);
  const Linear linear(w.view(), RandomFloats(3, kOutputs).data());
  Matrix all(kMost, kOutputs);
  linear.Forward(x.view(), all.view(), Activation::kGelu);
  for (const int64_t rows : {1, 2, 3, 4, 7, 8, 13, 14, 15, 16, 27, 29, 64, 125, 127, 253}) {
    const int64_t begin = (kMost - rows) / 2;
    Matrix some(rows, kOutputs);
    linear.Forward(x.view().rows_from(begin, rows), some.view(), Activation::kGelu);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < kOutputs; ++j) {
        ASSERT_EQ(some.row(i)[j], all.row(begin + i)[j]) << rows << " rows: " << i << ", " << j;
      }
    }
  }
}

TEST(Linear, ComputesTheColumnsItIsAskedForAndNoOthers) {
  constexpr int64_t kRows = 9, kInputs = 30, kOutputs = 170;
  const Matrix x = RandomMatrix(1, kRows, kInputs), w = RandomMatrix(2, kOutputs, kInputs);
  const Linear linear(w.view(), RandomFloats(3, kOutputs).data());
  Matrix whole(kRows, kOutputs);
  linear.Forward(x.view(), whole.view(), Activation::kGelu);
  for (const auto& [begin, count] : {std::pair{0, 32}, {32, 64}, {96, 74}, {160, 10}, {64, 0}}) {
    Matrix part(kRows, kOutputs);
    linear.ForwardColumns(x.view(), part.view(), begin, count, Activation::kGelu);
    for (int64_t i = 0; i < kRows; ++i) {
      for (int64_t j = 0; j < kOutputs; ++j) {
        const bool inside = j >= begin && j < begin + count;
        EXPECT_EQ(part.row(i)[j], inside ? whole.row(i)[j] : 0.0f);
      }
    }
  }
}

TEST(Linear, ReadsAndWritesStridedRows) {
  const Matrix wide = RandomMatrix(1, 20, 100), w = RandomMatrix(2, 40, 30);
  const Linear linear(w.view(), nullptr);
  const ConstFloatView x = wide.view().columns_from(50, 30);
  Matrix out(20, 64);
  linear.Forward(x, out.view().columns_from(11, 40));
  for (int64_t i = 0; i < 20; ++i) {
    for (int64_t j = 0; j < 64; ++j) {
      const bool inside = j >= 11 && j < 51;
      EXPECT_EQ(out.row(i)[j], inside ? ChainTwin(x.row(i), w.row(j - 11), 30, 0.0f) : 0.0f);
    }
  }
}

TEST(Linear, TakesNoRows) {
  const Matrix w = RandomMatrix(2, 40, 30);
  const Linear linear(w.view(), nullptr);
  linear.Forward({nullptr, 0, 30}, {nullptr, 0, 40});
}

}  // namespace
}  // namespace dpr
