// A drawing with what stands around it on a page. Each kind of chart makes one
// (dpr/report/line_chart.h); a page (dpr/report/html_page.h) shows it whatever its kind.
//
// Colours are numbers, not values: the page's style has a palette for light and one for dark.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dpr {

constexpr size_t kFigureColours = 6;  // of the palette; colours beyond begin again at the first

enum class LegendMark { kLine, kFaintLine, kBand, kRing, kInterval };

struct LegendEntry {
  std::string name;
  LegendMark mark = LegendMark::kLine;
  size_t colour = 0;
};

struct Figure {
  std::string title;
  std::string note;  // how it is to be read; may be empty
  std::vector<LegendEntry> legend;
  std::string svg;  // an <svg> element, escaped and well-formed
};

}  // namespace dpr
