#include "dpr/tensor/similarity.h"

#include <gtest/gtest.h>

#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RandomFloats;

TEST(Similarity, IsReadAndWrittenByName) {
  for (const Similarity s : {Similarity::kDot, Similarity::kCosine, Similarity::kL2}) {
    EXPECT_EQ(ParseSimilarity(SimilarityName(s)), s);
  }
}

TEST(Similarity, RefusesAnyOtherName) {
  for (const char* name : {"", "Dot", "euclid", "l2-squared"}) {
    try {
      ParseSimilarity(name);
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUsage);
    }
  }
}

TEST(Score, IsWhatTheHeaderSays) {
  const std::vector<float> q = RandomFloats(1, 384), x = RandomFloats(2, 384);
  const auto score = [&](Similarity s) { return Score(s, q.data(), x.data(), 384); };
  EXPECT_EQ(score(Similarity::kDot), Dot(q.data(), x.data(), 384));
  EXPECT_EQ(score(Similarity::kL2), -SquaredDistance(q.data(), x.data(), 384));
  double dot = 0, norm_q = 0, norm_x = 0;
  for (size_t i = 0; i < 384; ++i) {
    dot += double{q[i]} * x[i];
    norm_q += double{q[i]} * q[i];
    norm_x += double{x[i]} * x[i];
  }
  // Each of the three sums is off by a few 1e-7 of its magnitude.
  EXPECT_NEAR(score(Similarity::kCosine), dot / std::sqrt(norm_q * norm_x), 1e-6);
}

TEST(Score, OfAZeroVectorIsZeroByCosine) {
  const std::vector<float> zeros(10, 0.0f), x = RandomFloats(2, 10);
  EXPECT_EQ(Score(Similarity::kCosine, zeros.data(), x.data(), 10), 0.0f);
  EXPECT_EQ(Score(Similarity::kCosine, x.data(), zeros.data(), 10), 0.0f);
}

}  // namespace
}  // namespace dpr
