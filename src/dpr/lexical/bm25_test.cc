#include "dpr/lexical/bm25.h"

#include <gtest/gtest.h>

#include <limits>

#include "dpr/base/error.h"

namespace dpr {
namespace {

TEST(Bm25, IsTheFormula) {
  EXPECT_DOUBLE_EQ(Bm25Idf(10, 3), std::log(1 + 7.5 / 3.5));
  EXPECT_GT(Bm25Idf(10, 10), 0) << "never negative, however common the term";
  const Bm25Parameters p;
  EXPECT_DOUBLE_EQ(Bm25LengthPenalty(p, 30, 20), 0.9 * (0.6 + 0.4 * 1.5));
  EXPECT_DOUBLE_EQ(Bm25TermShare(3, 1.08), 3 / 4.08);
}

TEST(Bm25, ParametersHaveBounds) {
  CheckBm25Parameters({0, 0});
  CheckBm25Parameters({1.2, 1});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Bm25Parameters& bad :
       {Bm25Parameters{-0.1, 0.4}, {nan, 0.4}, {0.9, 1.1}, {0.9, -0.1}, {0.9, nan}}) {
    EXPECT_THROW(CheckBm25Parameters(bad), Error);
  }
}

}  // namespace
}  // namespace dpr
