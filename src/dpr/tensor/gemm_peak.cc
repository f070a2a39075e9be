#include "dpr/tensor/gemm_peak.h"

#include <algorithm>
#include <chrono>

#include "dpr/base/threads.h"
#include "dpr/tensor/linear.h"

namespace dpr {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

GemmPeak MeasureGemmPeak(std::span<const GemmShape> shapes, double) {
  GemmPeak peak;
  peak.best = "dpr";
  for (const GemmShape& shape : shapes) {
    Matrix x(shape.rows, shape.inputs), y(shape.rows, shape.outputs),
        w(shape.outputs, shape.inputs);
    const Linear linear(w.view(), nullptr);
    const double start = Now();
    linear.Forward(x.view(), y.view());
    const double operations = 2.0 * static_cast<double>(shape.rows) *
                              static_cast<double>(shape.outputs) *
                              static_cast<double>(shape.inputs);
    peak.rates.push_back({shape, 0.0, operations / (Now() - start) / 1e9});
    peak.best_gflops = std::max(peak.best_gflops, peak.rates.back().linear_gflops);
  }
  return peak;
}

double MeasureReadBandwidth(int64_t, double) { return 0; }
double MeasureFmaPeak(double) { return 0; }

}  // namespace dpr
