#include "dpr/tensor/gemm_peak.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RunnablePrecisions;

TEST(MeasureGemmPeak, ReportsEveryShapeAndTheBest) {
  const GemmShape shapes[] = {{64, 128, 96}, {1, 40, 33}};
  for (const Precision precision : RunnablePrecisions()) {
    const GemmPeak peak = MeasureGemmPeak(shapes, precision, 0.01);
    ASSERT_EQ(peak.rates.size(), 2u);
    double best = 0;
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(peak.rates[i].shape.rows, shapes[i].rows);
      EXPECT_GT(peak.rates[i].onednn_gflops, 0.0);
      EXPECT_GT(peak.rates[i].linear_gflops, 0.0);
      best = std::max({best, peak.rates[i].onednn_gflops, peak.rates[i].linear_gflops});
    }
    EXPECT_EQ(peak.best_gflops, best);
    EXPECT_TRUE(peak.best == "oneDNN" || peak.best == "dpr");
  }
}

TEST(Measures, ArePositive) {
  EXPECT_GT(MeasureReadBandwidth(1 << 20, 0.01), 0.0);
  EXPECT_GT(MeasureFmaPeak(0.01), 0.0);
}

}  // namespace
}  // namespace dpr
