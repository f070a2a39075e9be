#include "dpr/evaluation/resampling.h"

#include <cmath>

#include "dpr/base/error.h"

namespace dpr {
namespace {

// The value below which the share `p` of the sorted values lies.
double Quantile(std::span<const double> sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

}  // namespace

std::vector<double> Transposed(std::span<const std::vector<double>> columns) {
  const size_t rows = columns.front().size(), count = columns.size();
  std::vector<double> transposed(rows * count);
  for (size_t c = 0; c < count; ++c) {
    DPR_CHECK(columns[c].size() == rows);
    for (size_t r = 0; r < rows; ++r) transposed[r * count + c] = columns[c][r];
  }
  return transposed;
}

Interval PercentileInterval(std::vector<double> values, double level) {
  std::sort(values.begin(), values.end());
  const double tail = (1 - level) / 2;
  return {Quantile(values, tail), Quantile(values, 1 - tail)};
}

}  // namespace dpr
