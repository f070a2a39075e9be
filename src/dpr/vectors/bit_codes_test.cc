// Bit codes: sums by tables beside sums number by number, over odd sizes; and what estimates lose.
#include "dpr/vectors/bit_codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "dpr/tensor/ops.h"
#include "dpr/vectors/bit_kernels.h"
#include "dpr/vectors/rotation.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using testing::Hard;
using testing::HardVectors;
using testing::Normal;

struct Blocks {
  explicit Blocks(const Matrix& rows)
      : bytes(static_cast<size_t>((rows.rows() + kBitBlock - 1) / kBitBlock * kBitBlock *
                                  BitBytes(rows.columns()))) {
    for (int64_t i = 0; i < rows.rows(); ++i) {
      factors.push_back(
          WriteBits(rows.row(i), rows.columns(), Of(i, rows.columns()), i % kBitBlock));
    }
  }
  uint8_t* Of(int64_t row, int64_t dimensions) {
    return bytes.data() + row / kBitBlock * kBitBlock * BitBytes(dimensions);
  }

  std::vector<uint8_t> bytes;
  std::vector<float> factors;
};

TEST(BitCodes, SumsByTablesAreNearThoseByNumbers) {
  for (const int64_t dimensions : {1, 3, 8, 31, 32, 33, 100, 384, 768, 1024, 4096}) {
    for (const int64_t rows : {1, 31, 32, 33, 100}) {
      const Matrix vectors = HardVectors(Hard::kNormal, rows, dimensions, 1);
      const Matrix questions = HardVectors(Hard::kNormal, 3, dimensions, 2);
      Blocks blocks(vectors);
      const int64_t count = (rows + kBitBlock - 1) / kBitBlock;
      std::vector<uint16_t> sums(static_cast<size_t>(count * kBitBlock));
      BitQuestion tables(dimensions);
      for (int64_t q = 0; q < questions.rows(); ++q) {
        tables.Set(questions.row(q));
        tables.Sum(blocks.bytes.data(), count, sums.data());
        // Each table's entry is rounded by half a level at most.
        const int64_t groups = (dimensions + 3) / 4;
        const double most = tables.scale() * .51 * static_cast<double>(groups);
        for (int64_t i = 0; i < rows; ++i) {
          const double sum = tables.bias() + tables.scale() * sums[static_cast<size_t>(i)];
          const double twin =
              SignedSum(questions.row(q), dimensions, blocks.Of(i, dimensions), i % kBitBlock);
          ASSERT_NEAR(sum, twin, most + 1e-4 * std::abs(twin)) << dimensions << " " << i;
        }
      }
    }
  }
}

TEST(BitCodes, QuestionsWithoutASumGiveZero) {
  for (const Hard kind : {Hard::kNotFinite, Hard::kHuge, Hard::kTiny, Hard::kZeros}) {
    const Matrix questions = HardVectors(kind, 20, 40, 3);
    Blocks blocks(HardVectors(Hard::kNormal, 32, 40, 1));
    BitQuestion tables(40);
    uint16_t sums[kBitBlock];
    for (int64_t i = 0; i < questions.rows(); ++i) {
      tables.Set(questions.row(i));
      tables.Sum(blocks.bytes.data(), 1, sums);
      const float sum = tables.bias() + tables.scale() * sums[0];
      EXPECT_TRUE(std::isfinite(sum));
      const bool finite = std::all_of(questions.row(i), questions.row(i) + 40,
                                      [](float value) { return std::isfinite(value); });
      EXPECT_TRUE(finite || sum == 0);
    }
  }
}

// Rotated, a product with the signs is right in the mean, and as far off as the paper says.
TEST(BitCodes, EstimatesAreUnbiased) {
  constexpr int64_t kDimensions = 128, kRows = 2000;
  const Matrix rotation = RandomRotation(kDimensions, 5);
  const Matrix question = HardVectors(Hard::kNormal, 1, kDimensions, 7);
  const auto rotate = [&](const float* row) {
    std::vector<float> rotated(kDimensions);
    for (int64_t i = 0; i < kDimensions; ++i) {
      rotated[static_cast<size_t>(i)] = Dot(rotation.row(i), row, kDimensions);
    }
    return rotated;
  };
  const std::vector<float> asked = rotate(question.row(0));
  // Rows along few axes: without a rotation their signs would tell little.
  Matrix rows(kRows, kDimensions);
  const CounterRandom random(9, 9);
  for (int64_t i = 0; i < kRows; ++i) {
    for (int64_t c = 0; c < 8; ++c) {
      rows.row(i)[(i + c * 13) % kDimensions] = Normal(random, static_cast<uint64_t>(8 * i + c));
    }
  }
  double error = 0, squared = 0, scale = 0;
  for (int64_t i = 0; i < kRows; ++i) {
    uint8_t block[kBitBlock * kDimensions / 8] = {};
    const float factor = WriteBits(rotate(rows.row(i)).data(), kDimensions, block, 3);
    const double estimate = factor * SignedSum(asked.data(), kDimensions, block, 3);
    const double difference = estimate - Dot(question.row(0), rows.row(i), kDimensions);
    error += difference;
    squared += difference * difference;
    scale += Dot(rows.row(i), rows.row(i), kDimensions);
  }
  // By the paper's bound a product is off by sqrt((pi / 2 - 1) / d) |x| |q| or so.
  const double length = std::sqrt(Dot(question.row(0), question.row(0), kDimensions));
  const double expected = std::sqrt(.571 / kDimensions * scale / kRows) * length;
  EXPECT_NEAR(std::sqrt(squared / kRows), expected, .2 * expected);
  EXPECT_LT(std::abs(error / kRows), 5 * expected / std::sqrt(kRows));
}

TEST(BitCodes, PassingRowsAreThoseOfTheTwin) {
  const CounterRandom random(3, 3);
  for (const bool offsets : {false, true}) {
    std::vector<uint16_t> sums(96);
    std::vector<float> factors(96), shifts(96);
    for (size_t j = 0; j < sums.size(); ++j) {
      sums[j] = static_cast<uint16_t>(random.Below(j, 65536));
      factors[j] = j % 7 == 3 ? std::numeric_limits<float>::quiet_NaN() : Normal(random, 100 + j);
      shifts[j] = Normal(random, 300 + j);
    }
    const BitScale scale{factors.data(), offsets ? shifts.data() : nullptr, .5f, -30.0f, .001f};
    std::vector<uint32_t> places(96);
    std::vector<float> estimates(96);
    for (const float least : {-1e30f, 0.0f, 10.0f, 1e30f}) {
      const int64_t count =
          PassingBits(sums.data(), 96, scale, least, places.data(), estimates.data());
      std::vector<uint32_t> expected;
      std::vector<float> values;
      for (uint32_t j = 0; j < 96; ++j) {
        const float value =
            .5f + factors[j] * (-30.0f + .001f * sums[j]) + (offsets ? shifts[j] : 0);
        if (value < least || std::isnan(value)) continue;
        expected.push_back(j);
        values.push_back(value);
      }
      ASSERT_EQ(std::vector<uint32_t>(places.begin(), places.begin() + count), expected);
      for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(estimates[i], values[i], 1e-4);
    }
  }
}

TEST(Rotation, RowsAreOrthonormal) {
  for (const int64_t dimensions : {1, 2, 17, 96}) {
    const Matrix rotation = RandomRotation(dimensions, 3);
    for (int64_t i = 0; i < dimensions; ++i) {
      for (int64_t j = 0; j <= i; ++j) {
        EXPECT_NEAR(Dot(rotation.row(i), rotation.row(j), dimensions), i == j ? 1 : 0, 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace dpr
