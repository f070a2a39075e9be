#include "dpr/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "dpr/base/error.h"
#include "dpr/report/format.h"

namespace dpr {
namespace {

// Relative to their size, values nearer to one another than this are one value: between them,
// doubles have no room for ticks.
constexpr double kNarrowest = 1e-12;

// 1, 2 or 5 times a power of ten: the smallest step that gives at most `ticks` intervals.
double RoundStep(double span, int ticks) {
  const double least = span / ticks;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

// "2e-5" for "2.0e-05".
std::string Scientific(double value, int digits) {
  std::string text = fmt::format("{:.{}e}", value, digits);
  const size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') != std::string::npos) {
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.pop_back();
  }
  return fmt::format("{}e{}", mantissa, std::atoi(text.c_str() + e + 1));
}

// With the decimals that tell ticks `step` apart; `largest` is the size of the largest of them.
std::string TickLabel(double value, double step, double largest) {
  if (value == 0) return "0";
  const int digit = static_cast<int>(std::floor(std::log10(step) + 1e-9));  // of the step's first
  if (largest < 1e-3 || largest >= 1e7) {
    const int of_value = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
    return Scientific(value, std::clamp(of_value - digit, 0, 16));
  }
  if (digit >= 0) return FormatCount(std::llround(value));
  return FormatFixed(value, -digit);
}

}  // namespace

Axis::Axis(double lowest, double highest, const AxisOptions& options)
    : lowest_(lowest), highest_(highest), log_(options.log) {
  DPR_CHECK(std::abs(lowest) <= kLargestOnAxis && std::abs(highest) <= kLargestOnAxis);
  DPR_CHECK(lowest <= highest && (!log_ || lowest > 0) && options.ticks > 0);
  const double size = std::max(std::abs(lowest), std::abs(highest));
  if (highest - lowest <= size * kNarrowest || size < 1e-300) {
    const double margin =
        size < 1e-300 || options.whole ? std::max(1.0, size * kNarrowest) : size / 10;
    lowest_ -= margin;
    highest_ += margin;
  }
  log_ ? PlaceLogTicks(options) : PlaceLinearTicks(options);
}

double Axis::Position(double value) const {
  if (!log_) return (value - lowest_) / (highest_ - lowest_);
  return std::log(value / lowest_) / std::log(highest_ / lowest_);
}

void Axis::PlaceLinearTicks(const AxisOptions& options) {
  double step = RoundStep(highest_ - lowest_, options.ticks);
  if (options.whole) step = std::max(step, 1.0);
  double first = std::ceil(lowest_ / step - 1e-6), last = std::floor(highest_ / step + 1e-6);
  if (options.round_ends) {
    first = std::floor(lowest_ / step + 1e-6);
    last = std::ceil(highest_ / step - 1e-6);
    if (!log_ || first > 0) lowest_ = first * step;
    highest_ = last * step;
  }
  if (log_) first = std::max(first, 1.0);
  const double largest = std::max(std::abs(lowest_), std::abs(highest_));
  const auto count = static_cast<int64_t>(last - first);
  for (int64_t i = 0; i <= count; ++i) {
    const double value = (first + static_cast<double>(i)) * step;
    ticks_.push_back({value, TickLabel(value, step, largest)});
  }
}

void Axis::PlaceLogTicks(const AxisOptions& options) {
  const double decades = std::log10(highest_ / lowest_);
  if (decades < 1) return PlaceLinearTicks(options);
  // All powers of ten, or every second, third, ... of them.
  const double every = std::max(1.0, std::ceil(decades / options.ticks));
  const bool with_twos_and_fives = decades < 3;
  const auto place = [&](double value) {
    if (value < lowest_ * (1 - 1e-9) || value > highest_ * (1 + 1e-9)) return;
    const double size = std::pow(10, std::floor(std::log10(value) + 1e-9));
    ticks_.push_back({value, TickLabel(value, size, value)});
  };
  double power = std::floor(std::log10(lowest_) / every) * every;
  for (; std::pow(10, power) <= highest_ * (1 + 1e-9); power += every) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor == 1 || with_twos_and_fives) place(factor * std::pow(10, power));
    }
  }
}

}  // namespace dpr
