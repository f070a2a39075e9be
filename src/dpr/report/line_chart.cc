#include "dpr/report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "dpr/report/chart_frame.h"
#include "dpr/report/html_text.h"

namespace dpr {
namespace {

constexpr size_t kMostColumns = 2 * static_cast<size_t>(kChartWidth);  // so none is beyond a pixel
constexpr size_t kMostDots = 60;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Extent {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();

  void Include(double value) {
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  bool empty() const { return lowest > highest; }
};

bool CanBeDrawn(double y, const LineChart& chart) {
  return std::abs(y) <= kLargestOnAxis && (!chart.log_y || y > 0);
}

// The points that a line of the chart's width shows, gaps as NaN.
std::vector<ChartPoint> Shown(const ChartSeries& series, const LineChart& chart) {
  ThinnedCurve curve(kMostColumns);
  for (const ChartPoint& point : series.points) {
    curve.Add({point.x, CanBeDrawn(point.y, chart) ? point.y : kNan});
  }
  return curve.Points();
}

bool AllWhole(const LineChart& chart) {
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& point : series.points) {
      if (point.x != std::floor(point.x)) return false;
    }
  }
  return true;
}

// Nothing when there is nothing to draw.
std::optional<ChartFrame> FrameOf(const LineChart& chart) {
  Extent x, y;
  const auto include = [&](double at, double value) {
    if (!CanBeDrawn(value, chart)) return;
    x.Include(at);
    y.Include(value);
  };
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& point : series.points) include(point.x, point.y);
    for (const ChartRange& range : series.band) {
      include(range.x, range.low);
      include(range.x, range.high);
    }
  }
  for (const ChartMarker& marker : chart.markers) include(marker.at.x, marker.at.y);
  if (x.empty()) return std::nullopt;
  if (chart.y_from_zero && !chart.log_y && y.lowest > 0) y.lowest = 0;
  return ChartFrame(Axis(x.lowest, x.highest, {.whole = AllWhole(chart), .ticks = 7}),
                    Axis(y.lowest, y.highest, {.log = chart.log_y, .round_ends = true}));
}

// Between gaps, or the only one.
bool IsAlone(const std::vector<ChartPoint>& points, size_t i) {
  return !std::isnan(points[i].y) && (i == 0 || std::isnan(points[i - 1].y)) &&
         (i + 1 == points.size() || std::isnan(points[i + 1].y));
}

// "M... L..." in coordinates of the drawing, a new "M" behind each gap. A point alone is a line of
// no length.
std::string LinePath(const std::vector<ChartPoint>& points, const ChartFrame& frame) {
  std::string path;
  size_t run = 0;  // points since the last gap
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::isnan(points[i].y)) {
      run = 0;
      continue;
    }
    const std::string at = SvgNumber(frame.X(points[i].x)) + " " + SvgNumber(frame.Y(points[i].y));
    path += (run == 0 ? "M" : "L") + at;
    if (IsAlone(points, i)) path += "h0";
    ++run;
  }
  return path;
}

// One range for each unit of the drawing's width, which reaches as far as all that fall on it; NaN
// at gaps.
std::vector<ChartRange> ShownBand(const LineChart& chart, const std::vector<ChartRange>& band,
                                  const ChartFrame& frame) {
  std::vector<ChartRange> shown;
  for (const ChartRange& range : band) {
    if (!CanBeDrawn(range.low, chart) || !CanBeDrawn(range.high, chart)) {
      shown.push_back({range.x, kNan, kNan});
    } else if (!shown.empty() && !std::isnan(shown.back().low) &&
               std::floor(frame.X(shown.back().x)) == std::floor(frame.X(range.x))) {
      shown.back().low = std::min(shown.back().low, range.low);
      shown.back().high = std::max(shown.back().high, range.high);
    } else {
      shown.push_back(range);
    }
  }
  return shown;
}

// Closed shapes, one for each run of ranges without a gap: along the upper ends and back along the
// lower ones.
std::string BandPath(const std::vector<ChartRange>& band, const ChartFrame& frame) {
  std::string path;
  for (size_t begin = 0; begin < band.size();) {
    size_t end = begin;
    while (end < band.size() && !std::isnan(band[end].low)) ++end;
    const auto step = [&](size_t i, double y) {
      return SvgNumber(frame.X(band[i].x)) + " " + SvgNumber(frame.Y(y));
    };
    for (size_t i = begin; i < end; ++i) path += (i == begin ? "M" : "L") + step(i, band[i].high);
    for (size_t i = end; i > begin; --i) path += "L" + step(i - 1, band[i - 1].low);
    if (end > begin) path += "Z";
    begin = std::max(end, begin + 1);
  }
  return path;
}

std::string SeriesSvg(const LineChart& chart, const ChartSeries& series, const ChartFrame& frame) {
  const size_t colour = series.colour % kFigureColours;
  std::string svg;
  const std::string band = BandPath(ShownBand(chart, series.band, frame), frame);
  if (!band.empty()) svg += fmt::format("<path class=\"band c{}\" d=\"{}\"/>\n", colour, band);
  const std::vector<ChartPoint> points = Shown(series, chart);
  const std::string line = LinePath(points, frame);
  if (line.empty()) return svg;
  svg += fmt::format("<path class=\"{} c{}\" data-name=\"{}\" d=\"{}\"/>\n",
                     series.faint ? "line faint" : "line", colour, EscapeHtml(series.name), line);
  const bool dots = series.dots && points.size() <= kMostDots;
  for (size_t i = 0; i < points.size(); ++i) {
    const ChartPoint& point = points[i];
    if (std::isnan(point.y) || (!dots && !IsAlone(points, i))) continue;
    svg += fmt::format("<circle class=\"dot c{}\" cx=\"{}\" cy=\"{}\" r=\"2.5\"/>\n", colour,
                       SvgNumber(frame.X(point.x)), SvgNumber(frame.Y(point.y)));
  }
  return svg;
}

std::string MarkerSvg(const ChartMarker& marker, const ChartFrame& frame) {
  return fmt::format("<circle class=\"ring c{}\" cx=\"{}\" cy=\"{}\" r=\"5\"/>\n",
                     marker.colour % kFigureColours, SvgNumber(frame.X(marker.at.x)),
                     SvgNumber(frame.Y(marker.at.y)));
}

// What the page's script needs in order to read values off the lines.
std::string ScaleAttributes(const LineChart& chart, const ChartFrame& frame) {
  return fmt::format(" data-x=\"{} {} {} {} {}\" data-y=\"{} {} {} {} {}\" data-name=\"{}\"",
                     frame.x().lowest(), frame.x().highest(), SvgNumber(frame.left()),
                     SvgNumber(frame.right()), AllWhole(chart) ? "whole" : "real",
                     frame.y().lowest(), frame.y().highest(), SvgNumber(frame.bottom()),
                     SvgNumber(frame.top()), frame.y().log() ? "log" : "linear",
                     EscapeHtml(chart.x_name));
}

std::vector<LegendEntry> Legend(const LineChart& chart) {
  std::vector<LegendEntry> legend;
  for (const ChartSeries& series : chart.series) {
    const LegendMark mark = series.faint ? LegendMark::kFaintLine : LegendMark::kLine;
    if (!series.name.empty()) legend.push_back({series.name, mark, series.colour});
    if (!series.band_name.empty()) {
      legend.push_back({series.band_name, LegendMark::kBand, series.colour});
    }
  }
  for (const ChartMarker& marker : chart.markers) {
    legend.push_back({marker.name, LegendMark::kRing, marker.colour});
  }
  return legend;
}

}  // namespace

Figure DrawLineChart(const LineChart& chart) {
  Figure figure{chart.title, chart.note, Legend(chart), ""};
  const std::optional<ChartFrame> frame = FrameOf(chart);
  figure.svg = SvgBegin(kChartHeight, chart.title, frame ? ScaleAttributes(chart, *frame) : "");
  if (frame) {
    figure.svg += frame->Svg(chart.x_name, chart.y_name);
    for (const ChartSeries& series : chart.series) figure.svg += SeriesSvg(chart, series, *frame);
    for (const ChartMarker& marker : chart.markers) {
      if (CanBeDrawn(marker.at.y, chart)) figure.svg += MarkerSvg(marker, *frame);
    }
  } else {
    figure.svg += SvgNothing();
  }
  figure.svg += "</svg>\n";
  return figure;
}

}  // namespace dpr
