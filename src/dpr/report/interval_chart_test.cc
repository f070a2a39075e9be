#include "dpr/report/interval_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include "dpr/report/chart_frame.h"
#include "dpr/report/well_formed_for_test.h"

namespace dpr {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

IntervalChart ChartOf(std::vector<IntervalRow> rows) {
  IntervalChart chart;
  chart.title = "Accuracy";
  chart.x_name = "top-20 accuracy, %";
  chart.value_name = "measured, 95 % interval";
  chart.other_name = "paper";
  chart.rows = std::move(rows);
  return chart;
}

double HeightOf(const std::string& svg) {
  std::smatch found;
  return std::regex_search(svg, found, std::regex("viewBox=\"0 0 520 ([0-9.]+)\""))
             ? std::stod(found[1])
             : 0;
}

std::vector<double> Numbers(const std::string& svg, const std::string& pattern) {
  std::vector<double> numbers;
  const std::regex number(pattern);
  for (std::sregex_iterator at(svg.begin(), svg.end(), number), end; at != end; ++at) {
    numbers.push_back(std::stod((*at)[1]));
  }
  return numbers;
}

// Well-formed, without a number that SVG does not know, and within its box.
std::string CheckedSvg(const IntervalChart& chart) {
  std::string svg = DrawIntervalChart(chart).svg;
  EXPECT_EQ(WellFormedCheck::Problem(svg), "");
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  const double height = HeightOf(svg);
  for (const char* const pattern : {"M([-0-9.]+) ([-0-9.]+)", "cx=\"([-0-9.]+)\" cy=\"([-0-9.]+)\"",
                                    "<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\""}) {
    const std::regex point(pattern);
    for (std::sregex_iterator at(svg.begin(), svg.end(), point), end; at != end; ++at) {
      const double x = std::stod((*at)[1]), y = std::stod((*at)[2]);
      EXPECT_TRUE(x >= 0 && x <= kChartWidth && y >= 0 && y <= height) << at->str();
    }
  }
  for (const double x : Numbers(svg, "H([-0-9.]+)")) EXPECT_TRUE(x >= 0 && x <= kChartWidth) << x;
  for (const double y : Numbers(svg, "V([-0-9.]+)")) EXPECT_TRUE(y >= 0 && y <= height) << y;
  return svg;
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(IntervalChart, DrawsARowForEachVariant) {
  const std::string svg = CheckedSvg(ChartOf({{"one", 70, 60, 80}, {"two", 75, 74, 76}}));
  EXPECT_EQ(Count(svg, "class=\"whisker\""), 2u);
  const auto points = Numbers(svg, "class=\"dot\" cx=\"([-0-9.]+)\"");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_LT(points[0], points[1]);
  const auto heights = Numbers(svg, "class=\"dot\" cx=\"[-0-9.]+\" cy=\"([-0-9.]+)\"");
  EXPECT_EQ(heights[1] - heights[0], 26);
  EXPECT_GT(HeightOf(CheckedSvg(ChartOf(std::vector<IntervalRow>(40, {"x", 1, 0, 2})))), 1000);
}

TEST(IntervalChart, PutsPointsAndEndsWhereTheAxisSays) {
  const std::string svg = CheckedSvg(ChartOf({{"one", 65, 60, 80}}));
  const auto low = Numbers(svg, "whisker\" d=\"M([-0-9.]+)");
  const auto high = Numbers(svg, "whisker\" d=\"M[-0-9.]+ [-0-9.]+H([-0-9.]+)");
  const auto at = Numbers(svg, "class=\"dot\" cx=\"([-0-9.]+)\"");
  EXPECT_NEAR(at[0], low[0] + 0.25 * (high[0] - low[0]), 0.01);
  EXPECT_THAT(svg, HasSubstr("<title>one: 65.0 (60.0 to 80.0)</title>"));
}

TEST(IntervalChart, MarksAnotherFigureWithARing) {
  IntervalChart chart = ChartOf({{"one", 70, 60, 80}, {"two", 75, 74, 76}});
  EXPECT_EQ(DrawIntervalChart(chart).legend.size(), 1u);
  chart.rows[1].other = 90;
  const std::string svg = CheckedSvg(chart);
  EXPECT_EQ(Count(svg, "class=\"ring c1\""), 1u);
  EXPECT_THAT(svg, HasSubstr("two: 75.0 (74.0 to 76.0), paper 90.0"));
  const Figure figure = DrawIntervalChart(chart);
  ASSERT_EQ(figure.legend.size(), 2u);
  EXPECT_EQ(figure.legend[0].mark, LegendMark::kInterval);
  EXPECT_EQ(figure.legend[1].mark, LegendMark::kRing);
  EXPECT_EQ(figure.legend[1].name, "paper");
}

TEST(IntervalChart, DrawsWhatHasNoShape) {
  EXPECT_THAT(CheckedSvg(IntervalChart{}), HasSubstr("nothing to show yet"));
  EXPECT_THAT(CheckedSvg(ChartOf({})), HasSubstr("nothing to show yet"));
  EXPECT_THAT(CheckedSvg(ChartOf({{"one", kNan, kNan, kNan}})), HasSubstr("nothing to show yet"));
  EXPECT_EQ(Count(CheckedSvg(ChartOf({{"one", 5, 5, 5}})), "class=\"dot\""), 1u);
  const std::string svg = CheckedSvg(ChartOf(
      {{"", 1, kNan, 2}, {"two", INFINITY, 1, 3}, {"three", 2, 3, 1}, {"four", 1e200, 0, 1e200}}));
  EXPECT_EQ(Count(svg, "class=\"row"), 4u);
  EXPECT_EQ(Count(svg, "class=\"dot\""), 2u);
  EXPECT_EQ(Count(svg, "class=\"whisker\""), 2u);
}

TEST(IntervalChart, KeepsNamesOfReferencesApart) {
  IntervalChart chart = ChartOf({{"one", 50, 40, 60}});
  for (const double at : {10.0, 50.0, 52.0, 54.0, 90.0, 100.0, 100.0, 0.0, kNan}) {
    chart.references.push_back({at, "a reference line", 2});
  }
  const std::string svg = CheckedSvg(chart);
  const auto x = Numbers(svg, "class=\"reference c2\">\n<path d=\"M([-0-9.]+)");
  const auto y = Numbers(
      svg, "</g>\n<g class=\"reference c2\">\n<path [^>]*>\n<text x=\"[-0-9.]+\" y=\"([-0-9.]+)\"");
  ASSERT_EQ(x.size(), 8u);
  ASSERT_EQ(y.size(), 8u);
  for (size_t a = 0; a < x.size(); ++a) {
    EXPECT_LE(x[a] + 5 + 16 * kCharacter, kChartWidth + 0.01);
    for (size_t b = 0; b < x.size(); ++b) {
      // A name that reaches over another line stands above that line's name.
      if (a == b || x[b] < x[a] || x[b] >= x[a] + 5 + 16 * kCharacter) continue;
      if (x[a] == x[b]) {
        EXPECT_NE(y[a], y[b]);
      } else {
        EXPECT_LT(y[a], y[b]) << a << " " << b;
      }
    }
  }
}

TEST(IntervalChart, CutsLongNames) {
  const std::string name(300, 'x');
  IntervalChart chart = ChartOf({{name, 50, 40, 60}});
  chart.references.push_back({55, name});
  const std::string svg = CheckedSvg(chart);
  EXPECT_THAT(svg, HasSubstr(">" + std::string(25, 'x') + "…</text>"));
  EXPECT_THAT(svg, HasSubstr("<title>" + name + ":"));
  const auto points = Numbers(svg, "whisker\" d=\"M([-0-9.]+)");
  EXPECT_LT(points[0], 400);
}

TEST(IntervalChart, EscapesNames) {
  IntervalChart chart = ChartOf({{"<\"R&D\">", 50, 40, 60, 55}});
  chart.title = chart.x_name = chart.value_name = chart.other_name = "<\"R&D\">";
  chart.references.push_back({55, "<\"R&D\">"});
  EXPECT_THAT(CheckedSvg(chart), HasSubstr("&lt;&quot;R&amp;D&quot;&gt;"));
}

}  // namespace
}  // namespace dpr
