// What charts have in common: the plot area within the drawing, grid lines, tick labels and the
// names of the axes. Internal to `report`.
//
// Lengths are in units of the drawing, which a page stretches to its columns; on narrow screens
// the page's style makes the text larger in relation, and the margins leave room for that.
#pragma once

#include <string>
#include <string_view>

#include "dpr/report/axis.h"

namespace dpr {

constexpr double kChartWidth = 520, kChartHeight = 250;
constexpr double kCharacter = 8.6;  // the width of a digit in the largest text of a style
constexpr double kLabelGap = 8;     // between a label and the plot

class ChartFrame {
 public:
  ChartFrame(Axis x, Axis y);

  double X(double value) const { return left_ + x_.Position(value) * (right_ - left_); }
  double Y(double value) const { return bottom_ - y_.Position(value) * (bottom_ - top_); }
  double left() const { return left_; }
  double right() const { return right_; }
  double top() const { return top_; }
  double bottom() const { return bottom_; }
  const Axis& x() const { return x_; }
  const Axis& y() const { return y_; }

  // Grid lines and labels.
  std::string Svg(std::string_view x_name, std::string_view y_name) const;

 private:
  Axis x_, y_;
  double left_, right_, top_, bottom_;
};

// A coordinate: three decimals, without zeros at the end.
std::string SvgNumber(double value);
// A <text> element; `anchor` is start, middle or end.
std::string SvgText(double x, double y, std::string_view anchor, std::string_view text);
// The opening <svg> tag of a chart, with `more` attributes (each begins with a space).
std::string SvgBegin(double height, std::string_view title, std::string_view more = {});
// What a chart of the usual height says when it has nothing to draw.
std::string SvgNothing();

}  // namespace dpr
