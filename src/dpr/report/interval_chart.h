// A chart of intervals in SVG, a row for each variant (a forest plot: Lewis and Clarke, "Forest
// plots: trying to see the wood and the trees", BMJ 2001): its name, a point with a whisker from
// the lower to the upper end of its interval, a ring where another figure is to be seen beside it;
// upright lines for what all are held against; one axis below.
//
// A value that is not finite or beyond kLargestOnAxis is not drawn; its row stays. Names that are
// too long are cut; whole, with the row's figures, they are shown under the pointer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dpr/report/figure.h"

namespace dpr {

struct IntervalRow {
  std::string name;
  double value = 0, low = 0, high = 0;
  std::optional<double> other = std::nullopt;  // drawn as a ring: a published figure, say
  size_t colour = 0;
};

struct IntervalReference {
  double at = 0;
  std::string name;  // above its line
  size_t colour = 5;
};

struct IntervalChart {
  std::string title;
  std::string note;
  std::string x_name;      // "top-20 accuracy, %"
  std::string value_name;  // in the legend, of points with whiskers; empty: not there
  std::string other_name;  // of rings
  size_t other_colour = 1;
  int decimals = 1;               // of the figures under the pointer
  std::vector<IntervalRow> rows;  // from the top down
  std::vector<IntervalReference> references;
};

Figure DrawIntervalChart(const IntervalChart& chart);

}  // namespace dpr
