#include "dpr/report/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "dpr/report/chart_frame.h"
#include "dpr/report/well_formed_for_test.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

LineChart ChartOf(std::vector<ChartPoint> points) {
  LineChart chart;
  chart.title = "Loss";
  chart.x_name = "step";
  chart.series.emplace_back();
  chart.series[0].name = "loss";
  chart.series[0].points = std::move(points);
  return chart;
}

// Well-formed, without a number that SVG does not know, and within its box.
std::string CheckedSvg(const LineChart& chart) {
  const std::string svg = DrawLineChart(chart).svg;
  EXPECT_EQ(WellFormedCheck::Problem(svg), "");
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  const std::regex point("[ML]([-0-9.]+) ([-0-9.]+)");
  for (std::sregex_iterator at(svg.begin(), svg.end(), point), end; at != end; ++at) {
    const double x = std::stod((*at)[1]), y = std::stod((*at)[2]);
    EXPECT_TRUE(x >= 0 && x <= kChartWidth && y >= 0 && y <= kChartHeight) << at->str();
  }
  return svg;
}

// The path data of the first line.
std::string LineOf(const std::string& svg) {
  const size_t line = svg.find("<path class=\"line");
  if (line == std::string::npos) return "";
  const size_t begin = svg.find(" d=\"", line) + 4;
  return svg.substr(begin, svg.find('"', begin) - begin);
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LineChart, DrawsPointsWhereTheAxesSay) {
  const std::string svg = CheckedSvg(ChartOf({{0, 0}, {50, 1}, {100, 2}}));
  const ChartFrame frame(Axis(0, 100, {.whole = true, .ticks = 7}),
                         Axis(0, 2, {.round_ends = true}));
  EXPECT_EQ(LineOf(svg), "M" + SvgNumber(frame.X(0)) + " " + SvgNumber(frame.Y(0)) + "L" +
                             SvgNumber(frame.X(50)) + " " + SvgNumber(frame.Y(1)) + "L" +
                             SvgNumber(frame.X(100)) + " " + SvgNumber(frame.Y(2)));
  EXPECT_LT(frame.Y(2), frame.Y(0));
}

TEST(LineChart, BreaksTheLineAtGaps) {
  const std::string line = LineOf(CheckedSvg(
      ChartOf({{1, 1}, {2, 2}, {3, kNan}, {4, 4}, {5, INFINITY}, {6, 1e200}, {7, 1}, {8, 2}})));
  EXPECT_EQ(Count(line, "M"), 3u);
  EXPECT_EQ(Count(line, "L"), 2u);
  EXPECT_EQ(Count(line, "h0"), 1u);
}

TEST(LineChart, ShowsAPointAloneAsADot) {
  EXPECT_EQ(Count(CheckedSvg(ChartOf({{1, 3}})), "class=\"dot"), 1u);
  EXPECT_EQ(Count(CheckedSvg(ChartOf({{1, 1}, {2, kNan}, {3, 4}, {4, 4}})), "class=\"dot"), 1u);
}

TEST(LineChart, DrawsWhatHasNoShape) {
  EXPECT_THAT(CheckedSvg(LineChart{}), HasSubstr("nothing to show yet"));
  EXPECT_THAT(CheckedSvg(ChartOf({})), HasSubstr("nothing to show yet"));
  EXPECT_THAT(CheckedSvg(ChartOf({{1, kNan}})), HasSubstr("nothing to show yet"));
  EXPECT_EQ(Count(LineOf(CheckedSvg(ChartOf({{1, 3}}))), "h0"), 1u);
  EXPECT_EQ(Count(LineOf(CheckedSvg(ChartOf({{1, 3}, {2, 3}, {3, 3}}))), "L"), 2u);
  EXPECT_NE(LineOf(CheckedSvg(ChartOf({{1, 0}, {2, 0}}))), "");
  EXPECT_NE(LineOf(CheckedSvg(ChartOf({{5, 1e149}, {6, -1e149}}))), "");
}

TEST(LineChart, LeavesAGapWhereALogarithmHasNoValue) {
  LineChart chart = ChartOf({{1, 10}, {2, 0}, {3, 1000}, {4, -3}});
  chart.log_y = true;
  EXPECT_EQ(Count(LineOf(CheckedSvg(chart)), "M"), 2u);
  chart.y_from_zero = true;
  EXPECT_EQ(Count(LineOf(CheckedSvg(chart)), "M"), 2u);
}

TEST(LineChart, BeginsAtZeroWhenAsked) {
  LineChart chart = ChartOf({{1, 90}, {2, 91}});
  EXPECT_THAT(CheckedSvg(chart), Not(HasSubstr(">0</text>")));
  chart.y_from_zero = true;
  EXPECT_THAT(CheckedSvg(chart), HasSubstr(">0</text>"));
}

TEST(LineChart, IsBoundedHoweverManyPoints) {
  std::vector<ChartPoint> points;
  std::vector<ChartRange> band;
  for (int i = 0; i < 200000; ++i) {
    points.push_back({double(i), i == 123456 ? 500.0 : i % 7});
    band.push_back({double(i), -1, i == 23456 ? 700.0 : 8});
  }
  LineChart chart = ChartOf(points);
  chart.series[0].band = band;
  const std::string svg = CheckedSvg(chart);
  EXPECT_LT(svg.size(), 120000u);
  const ChartFrame frame(Axis(0, 199999, {.whole = true, .ticks = 7}),
                         Axis(-1, 700, {.round_ends = true}));
  EXPECT_THAT(LineOf(svg), HasSubstr(" " + SvgNumber(frame.Y(500)) + "L"));
  EXPECT_THAT(svg, HasSubstr(" " + SvgNumber(frame.Y(700)) + "L"));
}

TEST(LineChart, DrawsABandForEachRunWithoutGaps) {
  LineChart chart = ChartOf({{1, 5}, {2, 5}, {3, 5}, {4, 5}});
  chart.series[0].band = {{1, 4, 6}, {2, 4, 6}, {3, kNan, 6}, {4, 3, 7}};
  chart.series[0].band_name = "± one deviation";
  const std::string svg = CheckedSvg(chart);
  EXPECT_EQ(Count(svg, "class=\"band"), 1u);
  EXPECT_EQ(Count(svg, "Z\""), 1u);
  const Figure figure = DrawLineChart(chart);
  ASSERT_EQ(figure.legend.size(), 2u);
  EXPECT_EQ(figure.legend[1].name, "± one deviation");
  EXPECT_EQ(figure.legend[1].mark, LegendMark::kBand);
}

TEST(LineChart, MarksPointsAndNamesThemInTheLegend) {
  LineChart chart = ChartOf({{1, 3}, {2, 1}, {3, 2}});
  chart.markers.push_back({{2, 1}, "best: 1.0 at step 2", 0});
  EXPECT_EQ(Count(CheckedSvg(chart), "class=\"ring c0\""), 1u);
  EXPECT_EQ(DrawLineChart(chart).legend.back().mark, LegendMark::kRing);
}

TEST(LineChart, ShowsDotsWhilePointsAreFew) {
  LineChart chart = ChartOf({{1, 3}, {2, 1}, {3, kNan}});
  chart.series[0].dots = true;
  EXPECT_EQ(Count(CheckedSvg(chart), "class=\"dot"), 2u);
  for (int i = 4; i < 100; ++i) chart.series[0].points.push_back({double(i), 1});
  EXPECT_EQ(Count(CheckedSvg(chart), "class=\"dot"), 0u);
}

TEST(LineChart, EscapesNames) {
  LineChart chart = ChartOf({{1, 2}});
  chart.title = chart.x_name = chart.y_name = chart.series[0].name = "<\"R&D\">";
  EXPECT_THAT(CheckedSvg(chart), HasSubstr("&lt;&quot;R&amp;D&quot;&gt;"));
}

}  // namespace
}  // namespace dpr
