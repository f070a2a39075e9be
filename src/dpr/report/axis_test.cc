#include "dpr/report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace dpr {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Labels(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks()) labels.push_back(tick.label);
  return labels;
}

TEST(Axis, PlacesTicksAtRoundNumbersWithin) {
  EXPECT_THAT(Labels(Axis(1, 9734, {})), ElementsAre("2,000", "4,000", "6,000", "8,000"));
  EXPECT_THAT(Labels(Axis(-0.3, 0.31, {})), ElementsAre("-0.2", "0", "0.2"));
  EXPECT_THAT(Labels(Axis(69.9, 71.2, {})), ElementsAre("70.0", "70.5", "71.0"));
}

TEST(Axis, RoundsItsEndsOutwards) {
  const Axis axis(0.13, 0.91, {.round_ends = true});
  EXPECT_THAT(Labels(axis), ElementsAre("0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_EQ(axis.lowest(), 0);
  EXPECT_DOUBLE_EQ(axis.highest(), 1);
  EXPECT_DOUBLE_EQ(axis.Position(0.25), 0.25);
}

TEST(Axis, LabelsTheSmallAndTheLargeWithExponents) {
  EXPECT_THAT(Labels(Axis(0, 2e-5, {})), ElementsAre("0", "5e-6", "1e-5", "1.5e-5", "2e-5"));
  EXPECT_THAT(Labels(Axis(0, 4e9, {})), ElementsAre("0", "1e9", "2e9", "3e9", "4e9"));
}

TEST(Axis, PlacesLogarithmicTicksAtPowersOfTen) {
  const Axis decades(0.02, 30000, {.log = true});
  EXPECT_THAT(Labels(decades), ElementsAre("1", "100", "10,000"));
  EXPECT_DOUBLE_EQ(Axis(1, 10000, {.log = true}).Position(100), 0.5);
  EXPECT_THAT(Labels(Axis(0.4, 60, {.log = true})),
              ElementsAre("0.5", "1", "2", "5", "10", "20", "50"));
}

TEST(Axis, IsStillLogarithmicOverLessThanADecade) {
  const Axis axis(2.2, 6.1, {.log = true, .round_ends = true});
  EXPECT_THAT(Labels(axis), ElementsAre("2", "3", "4", "5", "6", "7"));
  EXPECT_GT(axis.Position(4), 0.5);
  EXPECT_GT(Axis(0.03, 0.21, {.log = true, .round_ends = true}).lowest(), 0);
}

TEST(Axis, ReachesToBothSidesOfASingleValue) {
  for (const double value : {0.0, 5.0, -3e-5, 1e9}) {
    const Axis axis(value, value, {});
    EXPECT_DOUBLE_EQ(axis.Position(value), 0.5) << value;
    EXPECT_GE(axis.ticks().size(), 1u) << value;
  }
  EXPECT_GT(Axis(7, 7, {.log = true}).lowest(), 0);
}

TEST(Axis, HasNoTicksBetweenWholeNumbers) {
  EXPECT_THAT(Labels(Axis(1, 1, {.whole = true})), ElementsAre("0", "1", "2"));
  EXPECT_THAT(Labels(Axis(3, 5, {.whole = true})), ElementsAre("3", "4", "5"));
  EXPECT_THAT(Labels(Axis(1, 1000, {.whole = true})).back(), "1,000");
}

TEST(Axis, HasAFewTicksWhateverTheRange) {
  const std::vector<std::pair<double, double>> ranges = {
      {1e16, 1e16 + 2}, {-1e150, 1e150}, {1e-200, 3e-200}, {0, 1e-310}, {99999.5, 100000.5}};
  for (const auto& [lowest, highest] : ranges) {
    for (const bool round_ends : {false, true}) {
      const Axis axis(lowest, highest, {.round_ends = round_ends});
      EXPECT_GE(axis.ticks().size(), 2u) << lowest;
      EXPECT_LE(axis.ticks().size(), 8u) << lowest;
      for (const Tick& tick : axis.ticks()) {
        EXPECT_GE(axis.Position(tick.value), -1e-6) << lowest;
        EXPECT_LE(axis.Position(tick.value), 1 + 1e-6) << lowest;
      }
    }
  }
  for (double decades = 0.01; decades < 290; decades *= 1.3) {
    const Axis axis(1e-140, 1e-140 * std::pow(10, decades), {.log = true});
    EXPECT_LE(axis.ticks().size(), 10u) << decades;
    EXPECT_GE(axis.ticks().size(), 1u) << decades;
  }
}

TEST(Axis, GivesEachTickALabelOfItsOwn) {
  for (double size = 1e-9; size < 1e12; size *= 3.7) {
    for (const double share : {1.0, 0.1, 0.004}) {
      const std::vector<std::string> labels = Labels(Axis(size * (1 - share), size, {}));
      for (size_t i = 1; i < labels.size(); ++i) EXPECT_NE(labels[i - 1], labels[i]) << size;
    }
  }
}

}  // namespace
}  // namespace dpr
