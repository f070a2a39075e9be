#include <gtest/gtest.h>

#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::AttentionTwin;
using testing::RandomMatrix;

Matrix Attend(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale) {
  Matrix out(q.rows, v.columns);
  std::vector<float> scratch(static_cast<size_t>(AttentionScratch(k.rows, k.columns)));
  AttentionHead(q, k, v, scale, out.view(), scratch);
  return out;
}

Matrix AttendIn(Precision precision, ConstFloatView q, ConstFloatView k, ConstFloatView v,
                float scale) {
  Matrix out(q.rows, v.columns);
  AlignedBuffer<float> scratch(
      static_cast<size_t>(AttentionScratchIn(precision, k.rows, k.columns)));
  AttentionHeadIn(precision, q, k, v, scale, out.view(), {scratch.data(), scratch.size()});
  return out;
}

void ScaleBy(Matrix& m, float factor) {
  for (int64_t i = 0; i < m.rows() * m.columns(); ++i) m.row(0)[i] *= factor;
}

// Scores are below 8 in magnitude, off by a few 1e-7 of that; so are the weights, relatively. They
// average values in [-1, 1).
TEST(AttentionHead, EqualsItsTwin) {
  for (const int64_t head_size : {1, 5, 16, 32, 33, 48, 64, 80}) {
    for (const int64_t length : {1, 2, 3, 12, 27, 28, 29, 32, 33, 64, 140, 257, 512}) {
      if (length > 140 && head_size != 32) continue;
      Matrix q = RandomMatrix(1, length, head_size);
      ScaleBy(q, 3.0f);
      const Matrix k = RandomMatrix(2, length, head_size), v = RandomMatrix(3, length, head_size);
      const float scale = 1 / std::sqrt(static_cast<float>(head_size));
      const Matrix out = Attend(q.view(), k.view(), v.view(), scale);
      const std::vector<double> twin = AttentionTwin(q.view(), k.view(), v.view(), scale);
      for (size_t i = 0; i < twin.size(); ++i) {
        ASSERT_NEAR(out.row(0)[i], twin[i], 3e-6) << head_size << " " << length;
      }
    }
  }
}

TEST(AttentionHead, ReadsViewsInsideALargerMatrix) {
  constexpr int64_t kLength = 37, kHead = 32;
  const Matrix qkv = RandomMatrix(1, kLength + 20, 3 * 64);
  const auto part = [&](int64_t column) {
    return qkv.view().rows_from(10, kLength).columns_from(column + kHead, kHead);
  };
  const auto copy = [&](ConstFloatView from) {
    Matrix to(from.rows, from.columns);
    for (int64_t i = 0; i < from.rows; ++i) std::copy_n(from.row(i), from.columns, to.row(i));
    return to;
  };
  const Matrix q = copy(part(0)), k = copy(part(64)), v = copy(part(128));
  const Matrix apart = Attend(q.view(), k.view(), v.view(), 0.2f);
  Matrix out(kLength, 64);
  std::vector<float> scratch(static_cast<size_t>(AttentionScratch(kLength, kHead)));
  AttentionHead(part(0), part(64), part(128), 0.2f, out.view().columns_from(kHead, kHead), scratch);
  for (int64_t i = 0; i < kLength; ++i) {
    for (int64_t c = 0; c < 64; ++c) {
      EXPECT_EQ(out.row(i)[c], c < kHead ? 0.0f : apart.row(i)[c - kHead]);
    }
  }
}

TEST(AttentionHead, GivesAQueryTheSameBitsAloneOrAmongOthers) {
  constexpr int64_t kLength = 75, kHead = 64;
  const Matrix q = RandomMatrix(1, kLength, kHead), k = RandomMatrix(2, kLength, kHead),
               v = RandomMatrix(3, kLength, kHead);
  const Matrix all = Attend(q.view(), k.view(), v.view(), 0.125f);
  for (const int64_t row : {0, 1, 40, 74}) {
    const Matrix one = Attend(q.view().rows_from(row, 1), k.view(), v.view(), 0.125f);
    for (int64_t c = 0; c < kHead; ++c) EXPECT_EQ(one.row(0)[c], all.row(row)[c]);
  }
}

TEST(AttentionHead, TakesScoresOfHundredsWithoutOverflow) {
  Matrix q = RandomMatrix(1, 50, 32);
  ScaleBy(q, 1000.0f);
  const Matrix k = RandomMatrix(2, 50, 32), v = RandomMatrix(3, 50, 32);
  const Matrix out = Attend(q.view(), k.view(), v.view(), 1.0f);
  // A score of 5,000 is off by up to 5,000 * 32 * 2^-24 = 0.01, which changes a weight by 1 %.
  const std::vector<double> twin = AttentionTwin(q.view(), k.view(), v.view(), 1.0);
  for (size_t i = 0; i < twin.size(); ++i) EXPECT_NEAR(out.row(0)[i], twin[i], 0.02);
}

TEST(AttentionHead, SpreadsAQuestionsNanToItsRowOnly) {
  Matrix q = RandomMatrix(1, 40, 16);
  const Matrix k = RandomMatrix(2, 40, 16), v = RandomMatrix(3, 40, 16);
  q.row(7)[3] = std::nanf("");
  const Matrix out = Attend(q.view(), k.view(), v.view(), 1.0f);
  for (int64_t i = 0; i < 40; ++i) {
    for (int64_t c = 0; c < 16; ++c) EXPECT_EQ(std::isnan(out.row(i)[c]), i == 7);
  }
}

// bf16 has 8 bits: scores up to 8 are off by a 256th of that at most, averages of [-1, 1) by less.
// The integers have 13 bits of a head's largest score, 10 of a column's largest value.
TEST(AttentionHeadIn, IsNearItsTwinInEveryPrecision) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (precision == Precision::kBf16 && !Cpu().avx512_bf16) continue;
    const double bound = precision == Precision::kF32    ? 3e-6
                         : precision == Precision::kBf16 ? 0.03
                                                         : 2.5e-3;
    for (const int64_t head_size : {1, 5, 16, 32, 33, 48, 64, 80}) {
      for (const int64_t length : {1, 2, 3, 12, 27, 28, 29, 32, 33, 64, 140, 257, 512}) {
        if (length > 140 && head_size != 32) continue;
        Matrix q = RandomMatrix(1, length, head_size);
        ScaleBy(q, 3.0f);
        const Matrix k = RandomMatrix(2, length, head_size), v = RandomMatrix(3, length, head_size);
        const float scale = 1 / std::sqrt(static_cast<float>(head_size));
        const Matrix out = AttendIn(precision, q.view(), k.view(), v.view(), scale);
        const std::vector<double> twin = AttentionTwin(q.view(), k.view(), v.view(), scale);
        for (size_t i = 0; i < twin.size(); ++i) {
          ASSERT_NEAR(out.row(0)[i], twin[i], bound)
              << PrecisionName(precision) << " " << head_size << " " << length;
        }
      }
    }
  }
}

TEST(AttentionHeadIn, GivesAQueryTheSameBitsAloneOrAmongOthers) {
  constexpr int64_t kLength = 75, kHead = 64;
  const Matrix q = RandomMatrix(1, kLength, kHead), k = RandomMatrix(2, kLength, kHead),
               v = RandomMatrix(3, kLength, kHead);
  for (const Precision precision : {Precision::kBf16, Precision::kInt8}) {
    if (precision == Precision::kBf16 && !Cpu().avx512_bf16) continue;
    const Matrix all = AttendIn(precision, q.view(), k.view(), v.view(), 0.125f);
    for (const int64_t row : {0, 1, 40, 74}) {
      const Matrix one =
          AttendIn(precision, q.view().rows_from(row, 1), k.view(), v.view(), 0.125f);
      for (int64_t c = 0; c < kHead; ++c) EXPECT_EQ(one.row(0)[c], all.row(row)[c]);
    }
  }
}

// The largest sums that the levels allow: all keys alike, so every probability is the largest.
TEST(AttentionHeadIn, OverflowsAtNoLength) {
  for (const int64_t length : {1, 140, 512, 2048}) {
    Matrix q(length, 32), k(length, 32), v(length, 32);
    for (int64_t i = 0; i < length * 32; ++i) {
      q.row(0)[i] = -7.0f;
      k.row(0)[i] = 100.0f;
      v.row(0)[i] = i % 32 == 3 ? -2.0f : 5.0f;
    }
    const Matrix out = AttendIn(Precision::kInt8, q.view(), k.view(), v.view(), 0.2f);
    for (int64_t i = 0; i < length * 32; ++i) {
      ASSERT_NEAR(out.row(0)[i], i % 32 == 3 ? -2.0f : 5.0f, 1e-5) << length;
    }
  }
}

TEST(AttentionHeadIn, TakesAllZeros) {
  const Matrix zero(20, 32);
  for (const Precision precision : {Precision::kBf16, Precision::kInt8}) {
    if (precision == Precision::kBf16 && !Cpu().avx512_bf16) continue;
    const Matrix out = AttendIn(precision, zero.view(), zero.view(), zero.view(), 1.0f);
    for (int64_t i = 0; i < 640; ++i) EXPECT_EQ(out.row(0)[i], 0.0f);
  }
}

}  // namespace
}  // namespace dpr
