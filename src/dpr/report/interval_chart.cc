#include "dpr/report/interval_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "dpr/report/axis.h"
#include "dpr/report/chart_frame.h"
#include "dpr/report/display_width.h"
#include "dpr/report/format.h"
#include "dpr/report/html_text.h"

namespace dpr {
namespace {

constexpr double kRowHeight = 26, kBottom = 42, kTop = 10, kRight = 26;
constexpr double kNameHeight = 17;  // of a line of names above the plot
constexpr double kNameGap = 5;      // between a reference's line and its name
constexpr size_t kLongestRowName = 26, kLongestReferenceName = 16;  // columns

bool CanBeDrawn(double value) { return std::abs(value) <= kLargestOnAxis; }

bool HasWhisker(const IntervalRow& row) { return CanBeDrawn(row.low) && CanBeDrawn(row.high); }

std::string ReferenceName(const IntervalReference& reference) {
  return Truncated(reference.name, kLongestReferenceName);
}

double NameWidth(const IntervalReference& reference) {
  return kNameGap + kCharacter * static_cast<double>(DisplayWidth(ReferenceName(reference)));
}

// Nothing when no row has anything to draw.
std::optional<Axis> AxisOf(const IntervalChart& chart) {
  std::vector<double> values;
  const auto include = [&](double value) {
    if (CanBeDrawn(value)) values.push_back(value);
  };
  for (const IntervalRow& row : chart.rows) {
    include(row.value);
    if (HasWhisker(row)) values.insert(values.end(), {row.low, row.high});
    if (row.other) include(*row.other);
  }
  if (values.empty()) return std::nullopt;
  for (const IntervalReference& reference : chart.references) include(reference.at);
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  return Axis(*lowest, *highest, {.round_ends = true, .ticks = 6});
}

// Where everything stands. A reference's name begins at its line; where it would reach over the
// next line, it stands a level higher than that one's name.
class Layout {
 public:
  Layout(const IntervalChart& chart, Axis x) : x_(std::move(x)), rows_(chart.rows.size()) {
    size_t longest = 2;
    for (const IntervalRow& row : chart.rows) {
      longest = std::max(longest, std::min(kLongestRowName, DisplayWidth(row.name)));
    }
    left_ = kLabelGap + kCharacter * static_cast<double>(longest);
    right_ = kChartWidth - kRight;
    for (const IntervalReference& reference : chart.references) {
      if (!CanBeDrawn(reference.at)) continue;
      const double room = kChartWidth - NameWidth(reference) - left_;
      right_ = std::min(right_, left_ + room / std::max(x_.Position(reference.at), 0.01));
    }
    PlaceNames(chart.references);
  }

  double X(double value) const { return left_ + x_.Position(value) * (right_ - left_); }
  double RowY(size_t row) const { return top_ + kRowHeight * (static_cast<double>(row) + 0.5); }
  // The base line of a reference's name.
  double NameY(size_t reference) const {
    return top_ - 6 - kNameHeight * static_cast<double>(levels_[reference]);
  }
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return top_ + kRowHeight * static_cast<double>(rows_); }
  double height() const { return bottom() + kBottom; }
  const Axis& x() const { return x_; }

 private:
  void PlaceNames(const std::vector<IntervalReference>& references) {
    levels_.resize(references.size());
    std::vector<size_t> order;
    for (size_t i = 0; i < references.size(); ++i) {
      if (CanBeDrawn(references[i].at)) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return references[a].at > references[b].at; });
    size_t highest = 0;
    for (size_t i = 0; i < order.size(); ++i) {  // from the right to the left
      const double end = X(references[order[i]].at) + NameWidth(references[order[i]]);
      size_t& level = levels_[order[i]];
      for (size_t j = 0; j < i; ++j) {
        if (X(references[order[j]].at) < end) level = std::max(level, levels_[order[j]] + 1);
      }
      highest = std::max(highest, level + 1);
    }
    top_ = kTop + kNameHeight * static_cast<double>(highest);
  }

  Axis x_;
  size_t rows_;
  double left_ = 0, right_ = 0, top_ = 0;
  std::vector<size_t> levels_;  // of each reference's name, 0 next to the plot
};

std::string AxesSvg(const IntervalChart& chart, const Layout& layout) {
  std::string svg = "<g class=\"axes\">\n";
  const std::string bottom = SvgNumber(layout.bottom());
  for (const Tick& tick : layout.x().ticks()) {
    const double x = layout.X(tick.value);
    svg += fmt::format("<path d=\"M{} {}V{}\"/>\n", SvgNumber(x), SvgNumber(layout.top()), bottom);
    svg += fmt::format("<path class=\"base\" d=\"M{} {}v4\"/>\n", SvgNumber(x), bottom);
    svg += SvgText(x, layout.bottom() + 18, "middle", tick.label);
  }
  svg += fmt::format("<path class=\"base\" d=\"M{} {}H{}\"/>\n", SvgNumber(layout.left()), bottom,
                     SvgNumber(layout.right()));
  if (!chart.x_name.empty()) {
    svg += SvgText(layout.right(), layout.height() - 6, "end", chart.x_name);
  }
  return svg + "</g>\n";
}

std::string ReferenceSvg(const IntervalReference& reference, double name_y, const Layout& layout) {
  const double x = layout.X(reference.at);
  return fmt::format("<g class=\"reference c{}\">\n<path d=\"M{} {}V{}\"/>\n{}</g>\n",
                     reference.colour % kFigureColours, SvgNumber(x), SvgNumber(name_y - 11),
                     SvgNumber(layout.bottom()),
                     SvgText(x + kNameGap, name_y, "start", ReferenceName(reference)));
}

// "name: 78.4 (77.0 to 79.5), paper 79.4"
std::string Figures(const IntervalRow& row, const IntervalChart& chart) {
  const auto number = [&](double value) { return FormatFixed(value, chart.decimals); };
  std::string text = row.name + ": " + number(row.value);
  if (HasWhisker(row)) text += fmt::format(" ({} to {})", number(row.low), number(row.high));
  if (row.other) text += fmt::format(", {} {}", chart.other_name, number(*row.other));
  return text;
}

std::string RowSvg(const IntervalChart& chart, const IntervalRow& row, double y,
                   const Layout& layout) {
  const std::string middle = SvgNumber(y);
  std::string svg = fmt::format("<g class=\"row c{}\">\n<title>{}</title>\n",
                                row.colour % kFigureColours, EscapeHtml(Figures(row, chart)));
  // Takes the pointer over the whole row.
  svg +=
      fmt::format("<rect class=\"area\" x=\"0\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                  SvgNumber(y - kRowHeight / 2), SvgNumber(layout.right()), SvgNumber(kRowHeight));
  svg += SvgText(layout.left() - kLabelGap, y + 4, "end", Truncated(row.name, kLongestRowName));
  if (HasWhisker(row)) {
    const std::string low = SvgNumber(layout.X(std::min(row.low, row.high)));
    const std::string high = SvgNumber(layout.X(std::max(row.low, row.high)));
    const std::string cap = SvgNumber(y - 4);
    svg += fmt::format("<path class=\"whisker\" d=\"M{} {}H{}M{} {}v8M{} {}v8\"/>\n", low, middle,
                       high, low, cap, high, cap);
  }
  if (CanBeDrawn(row.value)) {
    svg += fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"4\"/>\n",
                       SvgNumber(layout.X(row.value)), middle);
  }
  if (row.other && CanBeDrawn(*row.other)) {
    svg +=
        fmt::format("<circle class=\"ring c{}\" cx=\"{}\" cy=\"{}\" r=\"5\"/>\n",
                    chart.other_colour % kFigureColours, SvgNumber(layout.X(*row.other)), middle);
  }
  return svg + "</g>\n";
}

std::vector<LegendEntry> Legend(const IntervalChart& chart) {
  std::vector<LegendEntry> legend;
  const bool has_others = std::any_of(chart.rows.begin(), chart.rows.end(),
                                      [](const IntervalRow& row) { return row.other.has_value(); });
  if (!chart.value_name.empty() && !chart.rows.empty()) {
    legend.push_back({chart.value_name, LegendMark::kInterval, chart.rows.front().colour});
  }
  if (!chart.other_name.empty() && has_others) {
    legend.push_back({chart.other_name, LegendMark::kRing, chart.other_colour});
  }
  return legend;
}

}  // namespace

Figure DrawIntervalChart(const IntervalChart& chart) {
  Figure figure{chart.title, chart.note, Legend(chart), ""};
  std::optional<Axis> axis = AxisOf(chart);
  if (!axis) {
    figure.svg = SvgBegin(kChartHeight, chart.title) + SvgNothing() + "</svg>\n";
    return figure;
  }
  const Layout layout(chart, std::move(*axis));
  figure.svg = SvgBegin(layout.height(), chart.title) + AxesSvg(chart, layout);
  for (size_t i = 0; i < chart.references.size(); ++i) {
    if (!CanBeDrawn(chart.references[i].at)) continue;
    figure.svg += ReferenceSvg(chart.references[i], layout.NameY(i), layout);
  }
  for (size_t i = 0; i < chart.rows.size(); ++i) {
    figure.svg += RowSvg(chart, chart.rows[i], layout.RowY(i), layout);
  }
  figure.svg += "</svg>\n";
  return figure;
}

}  // namespace dpr
