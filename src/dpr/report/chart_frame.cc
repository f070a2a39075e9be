#include "dpr/report/chart_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dpr/report/display_width.h"
#include "dpr/report/html_text.h"

namespace dpr {
namespace {

constexpr double kTop = 24, kBottom = 42, kRight = 26;

double LeftMargin(const Axis& y) {
  size_t longest = 2;
  for (const Tick& tick : y.ticks()) longest = std::max(longest, DisplayWidth(tick.label));
  return kLabelGap + kCharacter * static_cast<double>(longest);
}

}  // namespace

std::string SvgNumber(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string SvgText(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", SvgNumber(x),
                     SvgNumber(y), anchor, EscapeHtml(text));
}

std::string SvgBegin(double height, std::string_view title, std::string_view more) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"{}\"{}>\n",
      kChartWidth, height, EscapeHtml(title), more);
}

std::string SvgNothing() {
  return fmt::format(
      "<text class=\"nothing\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">nothing to show "
      "yet</text>\n",
      kChartWidth / 2, kChartHeight / 2);
}

ChartFrame::ChartFrame(Axis x, Axis y)
    : x_(std::move(x)),
      y_(std::move(y)),
      left_(LeftMargin(y_)),
      right_(kChartWidth - kRight),
      top_(kTop),
      bottom_(kChartHeight - kBottom) {}

std::string ChartFrame::Svg(std::string_view x_name, std::string_view y_name) const {
  std::string svg = "<g class=\"axes\">\n";
  for (const Tick& tick : y_.ticks()) {
    const double y = Y(tick.value);
    svg +=
        fmt::format("<path d=\"M{} {}H{}\"/>\n", SvgNumber(left_), SvgNumber(y), SvgNumber(right_));
    svg += SvgText(left_ - kLabelGap, y + 4, "end", tick.label);
  }
  svg += fmt::format("<path class=\"base\" d=\"M{} {}H{}\"/>\n", SvgNumber(left_),
                     SvgNumber(bottom_), SvgNumber(right_));
  for (const Tick& tick : x_.ticks()) {
    const double x = X(tick.value);
    svg += fmt::format("<path class=\"base\" d=\"M{} {}v4\"/>\n", SvgNumber(x), SvgNumber(bottom_));
    svg += SvgText(x, bottom_ + 18, "middle", tick.label);
  }
  if (!y_name.empty()) svg += SvgText(left_, kTop - 12, "start", y_name);
  if (!x_name.empty()) svg += SvgText(right_, kChartHeight - 6, "end", x_name);
  return svg + "</g>\n";
}

}  // namespace dpr
