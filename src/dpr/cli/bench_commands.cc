#include "dpr/cli/bench_commands.h"

#include <CLI/CLI.hpp>

namespace dpr::cli {
namespace {

constexpr int64_t kPeakRows = 2048;   // rows of the GEMMs that the peak is measured on
constexpr double kPeakSeconds = 0.5;  // for each shape

}  // namespace

std::vector<GemmShape> LayerShapes(const BertConfig& config) {
  const int64_t hidden = config.hidden, intermediate = config.intermediate;
  return {{kPeakRows, 3 * hidden, hidden},
          {kPeakRows, hidden, hidden},
          {kPeakRows, intermediate, hidden},
          {kPeakRows, hidden, intermediate}};
}

GemmPeak MeasureLayerPeak(const BertConfig& config, Precision precision) {
  return MeasureGemmPeak(LayerShapes(config), precision, kPeakSeconds);
}

void AddBenchCommand(CLI::App& program, const Session& session) {
  CLI::App* bench =
      program.add_subcommand("bench", "measure encoding, search and training on this machine");
  bench->require_subcommand(1);
  bench->fallthrough();
  AddBenchEncode(*bench, session);
  AddBenchSearch(*bench, session);
  AddBenchTrain(*bench, session);
}

}  // namespace dpr::cli
