// dpr bench: measurements of this build on this machine, one file each.
#pragma once

#include <algorithm>
#include <vector>

#include "dpr/bert/config.h"
#include "dpr/cli/command.h"
#include "dpr/tensor/gemm_peak.h"

namespace dpr::cli {

void AddBenchEncode(CLI::App& bench, const Session& session);
void AddBenchSearch(CLI::App& bench, const Session& session);
void AddBenchTrain(CLI::App& bench, const Session& session);

// The matrix products of one layer, for the peak that the encoder is held against, and that peak.
std::vector<GemmShape> LayerShapes(const BertConfig& config);
GemmPeak MeasureLayerPeak(const BertConfig& config, Precision precision);

// The q-quantile (0 <= q <= 1) of unsorted values, interpolated; 0 for none.
inline double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const size_t low = static_cast<size_t>(place);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (place - static_cast<double>(low)) * (values[high] - values[low]);
}

}  // namespace dpr::cli
