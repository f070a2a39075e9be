// The screen's promise, held against products summed in many orders.
#include "dpr/vectors/screen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "dpr/tensor/ops.h"
#include "dpr/vectors/search_test_data.h"

namespace dpr {
namespace {

using testing::Hard;
using testing::HardVectors;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
const TileExtent kOfOne{1.0, false, 0};

// Ways in which a GEMM might sum a product; they differ in rounding as much as orders do.
std::vector<float> ProductsInManyOrders(const float* a, const float* b, int64_t size) {
  std::vector<int64_t> order(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  const auto fused = [&] {
    float sum = 0;
    for (const int64_t i : order) sum = std::fma(a[i], b[i], sum);
    return sum;
  };
  const auto rounded_twice = [&] {
    float sum = 0;
    for (const int64_t i : order) sum += a[i] * b[i];
    return sum;
  };
  std::vector<float> products = {fused(), rounded_twice()};
  std::reverse(order.begin(), order.end());
  products.insert(products.end(), {fused(), rounded_twice()});
  const auto larger = [&](int64_t i, int64_t j) { return a[i] * b[i] > a[j] * b[j]; };
  std::stable_sort(order.begin(), order.end(), larger);  // worst: up to the top, then back down
  products.insert(products.end(), {fused(), rounded_twice()});
  std::reverse(order.begin(), order.end());
  products.insert(products.end(), {fused(), rounded_twice()});
  return products;
}

bool Passes(float product, RowKey key, float cutoff) {
  return !(product * key.scale + key.offset < cutoff);
}

void ExpectThresholdPasses(Similarity similarity, const Matrix& questions, const Matrix& rows) {
  const int64_t d = rows.columns();
  const Screen screen(similarity, d);
  std::vector<RowKey> keys(static_cast<size_t>(rows.rows()));
  const TileExtent extent = screen.Rows(rows.view(), keys.data());
  for (int64_t i = 0; i < questions.rows(); ++i) {
    const float* question = questions.row(i);
    const ScreenedQuestion screened = screen.Question(question);
    for (int64_t j = 0; j < rows.rows(); ++j) {
      const float score = Score(similarity, question, rows.row(j), d);
      const float cutoff = screen.Cutoff(screened, extent, score);
      for (const float product : ProductsInManyOrders(question, rows.row(j), d)) {
        const RowKey row_key = keys[static_cast<size_t>(j)];
        const float key = product * row_key.scale + row_key.offset;
        const ScoreBounds bounds = screen.Bounds(screened, extent, key);
        ASSERT_FALSE(score < bounds.low || score > bounds.high || bounds.low >= bounds.high)
            << bounds.low << " to " << bounds.high << ", but " << score;
        ASSERT_TRUE(Passes(product, row_key, cutoff))
            << SimilarityName(similarity) << ", d " << d << ", row " << j << " scores " << score
            << ", product " << product << ", cutoff " << cutoff;
      }
    }
  }
}

TEST(Screen, ARowThatScoresTheThresholdPassesWhateverTheRounding) {
  for (const Similarity similarity : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    for (const Hard asked : {Hard::kNormal, Hard::kClose, Hard::kTiny, Hard::kMixedNorms}) {
      for (const Hard stored : {Hard::kNormal, Hard::kClose, Hard::kTies, Hard::kZeros, Hard::kTiny,
                                Hard::kMixedNorms}) {
        for (const int64_t d : {1, 2, 17, 64, 300, 1000}) {
          ASSERT_NO_FATAL_FAILURE(ExpectThresholdPasses(similarity, HardVectors(asked, 3, d, 1),
                                                        HardVectors(stored, 20, d, 2)));
        }
      }
    }
  }
}

// Added to 1 one after the other, the squares of the small elements all vanish; added to each other
// first, they count: about half of what the bound allows for two sums.
TEST(Screen, HoldsWhereEveryAdditionRoundsTheSameWay) {
  for (const int64_t d : {100, 1000, 10000}) {
    Matrix vectors(1, d);
    for (int64_t c = 0; c < d; ++c) vectors.row(0)[c] = c == 0 ? 1.0f : 0x1.fffffep-13f;
    ASSERT_EQ(ProductsInManyOrders(vectors.row(0), vectors.row(0), d)[0], 1.0f);
    ASSERT_GT(Dot(vectors.row(0), vectors.row(0), d), 1.0f);
    for (const Similarity similarity : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
      ASSERT_NO_FATAL_FAILURE(ExpectThresholdPasses(similarity, vectors, vectors));
    }
  }
}

// Otherwise it would pass everything and be no screen. Vectors of norm 1: rounding is about 1e-5.
TEST(Screen, HoldsBackWhatIsClearlyBelow) {
  constexpr int64_t kDimensions = 384, kRows = 50;
  Matrix vectors = HardVectors(Hard::kNormal, kRows + 1, kDimensions, 3);
  for (int64_t j = 0; j <= kRows; ++j) NormalizeInPlace(vectors.view().row_span(j));
  const float* q = vectors.row(kRows);
  for (const Similarity similarity : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    const Screen screen(similarity, kDimensions);
    RowKey keys[kRows];
    const TileExtent extent = screen.Rows(vectors.view().rows_from(0, kRows), keys);
    for (int64_t j = 0; j < kRows; ++j) {
      const float above = Score(similarity, q, vectors.row(j), kDimensions) + 5e-4f;
      const float cutoff = screen.Cutoff(screen.Question(q), extent, above);
      EXPECT_FALSE(Passes(Dot(q, vectors.row(j), kDimensions), keys[j], cutoff));
    }
  }
}

TEST(Screen, WithoutAThresholdEverythingPasses) {
  const float q[] = {1, 2};
  for (const Similarity similarity : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    const Screen screen(similarity, 2);
    EXPECT_EQ(screen.Cutoff(screen.Question(q), kOfOne, -kInfinity), -kInfinity);
  }
}

TEST(Screen, WhatHasNoBoundPasses) {
  for (const Similarity similarity : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    const Screen screen(similarity, 2);
    for (const float element : {kNaN, kInfinity, -kInfinity, 2e18f}) {
      const float vectors[] = {element, 0, 1, 1};
      EXPECT_EQ(screen.Cutoff(screen.Question(vectors), kOfOne, 0.5f), -kInfinity) << element;
      RowKey keys[2];
      const TileExtent extent = screen.Rows({vectors, 2, 2}, keys);
      EXPECT_TRUE(Passes(-1e30f, keys[0], 1e30f)) << element;
      EXPECT_FALSE(Passes(-1e30f, keys[1], 1e30f)) << element;
      EXPECT_NEAR(extent.norm, std::sqrt(2.0), 1e-5);  // one bad row does not loosen the others
    }
  }
}

TEST(Screen, WithoutABoundOnTheRoundingEverythingPasses) {
  const float zeros[2] = {};
  const Screen cosine(Similarity::kCosine, 2);
  EXPECT_EQ(cosine.Cutoff(cosine.Question(zeros), kOfOne, 0.5f), -kInfinity);
  const Matrix many(1, 1 << 20);
  const Screen screen(Similarity::kDot, many.columns());
  EXPECT_EQ(screen.Cutoff(screen.Question(many.row(0)), kOfOne, 0.5f), -kInfinity);
}

}  // namespace
}  // namespace dpr
