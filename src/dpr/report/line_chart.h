// A line chart in SVG.
//
// Numbers only: no series, empty ones, single points, constant ones, gaps (a y that is not finite,
// beyond kLargestOnAxis or, on a logarithmic axis, not above 0) are all drawn as well as they can
// be. A line of many points is thinned to the width of the chart, keeping its extremes
// (dpr/report/thinned_curve.h), so that the size of the SVG is bounded.
#pragma once

#include <string>
#include <vector>

#include "dpr/report/figure.h"
#include "dpr/report/thinned_curve.h"

namespace dpr {

// A range of y at x, as of a mean and its deviation.
struct ChartRange {
  double x = 0, low = 0, high = 0;
};

struct ChartSeries {
  std::string name;                // in the legend; empty: not there
  std::vector<ChartPoint> points;  // x finite and not descending
  size_t colour = 0;
  bool faint = false;            // as the noise behind a smoothed line
  bool dots = false;             // also a dot at each point, while they are few
  std::vector<ChartRange> band;  // x as of points; empty: none
  std::string band_name;
};

struct ChartMarker {
  ChartPoint at;
  std::string name;  // in the legend
  size_t colour = 0;
};

struct LineChart {
  std::string title;
  std::string note;
  std::string x_name;  // "step"
  std::string y_name;  // a unit or the quantity, where the title does not say it
  bool log_y = false;
  bool y_from_zero = false;  // the y axis begins at 0 when no value lies below; not with log_y
  std::vector<ChartSeries> series;  // later ones are drawn over earlier ones
  std::vector<ChartMarker> markers;
};

Figure DrawLineChart(const LineChart& chart);

}  // namespace dpr
