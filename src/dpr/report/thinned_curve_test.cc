#include "dpr/report/thinned_curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace dpr {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Steps of a noisy curve; each value follows from its step alone.
double Noise(int step) { return std::sin(step * 12.9898) * 10 + std::sin(step * 78.233); }

ThinnedCurve Curve(int steps, size_t columns) {
  ThinnedCurve curve(columns);
  for (int step = 1; step <= steps; ++step) curve.Add({double(step), Noise(step)});
  return curve;
}

TEST(ThinnedCurve, KeepsEveryPointWhileThereAreFew) {
  const std::vector<ChartPoint> points = Curve(100, 100).Points();
  ASSERT_EQ(points.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(points[static_cast<size_t>(i)].y, Noise(i + 1));
}

// The slow twin: the extremes of all points that fall on each pixel.
TEST(ThinnedCurve, LosesNoExtremeOfAnyPixel) {
  constexpr int kPixels = 32;
  for (const int steps : {64, 65, 127, 1000, 4097, 20011}) {
    std::vector<double> lowest(kPixels, INFINITY), highest(kPixels, -INFINITY);
    const auto pixel = [&](double x) { return static_cast<size_t>((x - 1) * kPixels / steps); };
    for (int step = 1; step <= steps; ++step) {
      lowest[pixel(step)] = std::min(lowest[pixel(step)], Noise(step));
      highest[pixel(step)] = std::max(highest[pixel(step)], Noise(step));
    }
    const std::vector<ChartPoint> points = Curve(steps, 8 * kPixels).Points();
    EXPECT_LE(points.size(), 4u * 8 * kPixels);
    double lost = 0;
    for (size_t i = 0; i < kPixels; ++i) {
      // A column may reach over the edge of a pixel: then its extreme is on the neighbour.
      double low = INFINITY, high = -INFINITY;
      for (const ChartPoint& point : points) {
        if (std::abs((point.x - 1) * kPixels / steps - double(i) - 0.5) > 0.75) continue;
        low = std::min(low, point.y);
        high = std::max(high, point.y);
      }
      lost = std::max({lost, low - lowest[i], highest[i] - high});
    }
    EXPECT_EQ(lost, 0) << steps;
  }
}

TEST(ThinnedCurve, KeepsItsEndsAndASingleOutlier) {
  ThinnedCurve curve(64);
  for (int step = 0; step < 100000; ++step) {
    curve.Add({double(step), step == 73123 ? 1e6 : step == 31999 ? -1e6 : 1.0});
  }
  const std::vector<ChartPoint> points = curve.Points();
  EXPECT_LE(points.size(), 4u * 64);
  const auto has = [&](double x, double y) {
    return std::any_of(points.begin(), points.end(),
                       [&](const ChartPoint& point) { return point.x == x && point.y == y; });
  };
  EXPECT_TRUE(has(0, 1) && has(99999, 1) && has(73123, 1e6) && has(31999, -1e6));
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end(),
                             [](const auto& a, const auto& b) { return a.x < b.x; }));
}

TEST(ThinnedCurve, StaysBoundedWhenStepsAreUneven) {
  ThinnedCurve curve(16);
  double x = 0;
  for (int i = 0; i < 3000; ++i) curve.Add({x += std::pow(10, i % 40), 1});
  EXPECT_LE(curve.Points().size(), 5u * 16);
  EXPECT_EQ(curve.Points().back().x, x);
}

TEST(ThinnedCurve, KeepsGaps) {
  ThinnedCurve curve(8);
  for (int step = 0; step < 1000; ++step) {
    curve.Add({double(step), step == 500 ? kNan : step == 700 ? INFINITY : 2});
  }
  std::vector<double> gaps;
  for (const ChartPoint& point : curve.Points()) {
    if (std::isnan(point.y)) gaps.push_back(point.x);
  }
  EXPECT_EQ(gaps, (std::vector<double>{500, 700}));
}

TEST(ThinnedCurve, GoingOnFromBeforeGivesTheCurveOfARunNeverStopped) {
  for (const int resumed_at : {1, 2, 500, 1023, 2999}) {
    ThinnedCurve curve = Curve(3000, 64);
    curve.ForgetFrom(resumed_at);
    for (int step = resumed_at; step <= 3000; ++step) curve.Add({double(step), Noise(step)});
    const std::vector<ChartPoint> points = curve.Points(), whole = Curve(3000, 64).Points();
    ASSERT_EQ(points.size(), whole.size()) << resumed_at;
    for (size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(points[i].x, whole[i].x) << resumed_at;
      EXPECT_EQ(points[i].y, whole[i].y) << resumed_at;
    }
  }
}

TEST(ThinnedCurve, SmoothsNoiseAndKeepsTheMean) {
  ThinnedCurve curve(256);
  for (int step = 0; step < 10000; ++step) {
    curve.Add({double(step), step * 1e-3 + (step % 2 == 0 ? 5 : -5)});
  }
  const std::vector<ChartPoint> smooth = curve.Smoothed(0.05);
  for (const ChartPoint& point : smooth) {
    // Half the window is 2.5 % of the run, 0.25; near the end the mean lags by a quarter of it.
    EXPECT_NEAR(point.y, point.x * 1e-3, 0.3);
  }
}

TEST(ThinnedCurve, SmoothsWhatIsShortOrHasGaps) {
  ThinnedCurve one;
  EXPECT_TRUE(one.Smoothed(0.1).empty());
  one.Add({3, 4});
  ASSERT_EQ(one.Smoothed(0.1).size(), 1u);
  EXPECT_EQ(one.Smoothed(0.1)[0].y, 4);
  one.Add({4, kNan});
  EXPECT_TRUE(std::isnan(one.Smoothed(0.1)[1].y));
}

}  // namespace
}  // namespace dpr
