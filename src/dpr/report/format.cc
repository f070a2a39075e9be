#include "dpr/report/format.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace dpr {
namespace {

// Three significant digits for values from 0 to 1,000, without an exponent: "1.23", "12.3", "123".
std::string ThreeDigits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::string FormatCount(int64_t count) {
  std::string digits = fmt::format("{}", count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string FormatFixed(double value, int decimals) {
  if (!std::isfinite(value)) return "-";
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_of("123456789") == std::string::npos;
  return is_zero && text[0] == '-' ? text.substr(1) : text;
}

std::string FormatMeasured(double value) {
  if (!std::isfinite(value) || std::abs(value) > 1e18) return "-";
  return std::abs(value) >= 999.95 ? FormatCount(std::llround(value))
                                   : fmt::format("{:.4g}", value);
}

std::string FormatBytes(uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{} {}", ThreeDigits(value), kUnits[unit]);
}

std::string FormatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  if (seconds < 0.9995) return ThreeDigits(seconds * 1000) + " ms";
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  if (seconds > 1e15) return "-";
  const int64_t whole = std::llround(seconds), minutes = whole / 60, hours = minutes / 60;
  if (hours == 0) return fmt::format("{} min {} s", minutes, whole % 60);
  if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string FormatRate(double per_second, std::string_view unit) {
  if (!std::isfinite(per_second) || per_second < 0 || per_second > 1e18) return "-";
  const std::string rate = per_second >= 99.95 ? FormatCount(std::llround(per_second))
                           : per_second >= 1   ? ThreeDigits(per_second)
                                               : fmt::format("{:.2g}", per_second);
  return fmt::format("{} {}/s", rate, unit);
}

}  // namespace dpr
