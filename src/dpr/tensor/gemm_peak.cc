#include "dpr/tensor/gemm_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>

#include "dpr/base/threads.h"
#include "dpr/tensor/kernels.h"
#include "dpr/tensor/linear.h"
#include "dpr/tensor/onednn_product.h"

namespace dpr {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Seconds(const std::function<void()>& run) {
  const double start = Now();
  run();
  return Now() - start;
}

double Operations(const GemmShape& shape) {
  return 2.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.outputs) *
         static_cast<double>(shape.inputs);
}

void FillVarying(FloatView x) {
  for (int64_t i = 0; i < x.rows; ++i) {
    for (int64_t j = 0; j < x.columns; ++j) {
      x.row(i)[j] = static_cast<float>((i * 31 + j * 17) % 64) / 64.0f - 0.5f;
    }
  }
}

// y = x W^T by Linear, rows shared out among the compute threads.
void RunLinear(const Linear& linear, ConstFloatView x, FloatView y) {
  const int64_t pieces = std::min<int64_t>(ThreadCount(), x.rows);
  ParallelFor(pieces, 1, [&](int64_t i) {
    const int64_t begin = x.rows * i / pieces, count = x.rows * (i + 1) / pieces - begin;
    linear.Forward(x.rows_from(begin, count), y.rows_from(begin, count));
  });
}

GemmRate MeasureShape(const GemmShape& shape, Precision precision, double seconds) {
  Matrix x(shape.rows, shape.inputs), w(shape.outputs, shape.inputs), y(shape.rows, shape.outputs);
  FillVarying(x.view());
  FillVarying(w.view());
  const Linear linear(w.view(), nullptr, precision);
  OnednnProduct onednn(x.view(), w.view(), y.view(), precision);
  double best_onednn = 1e300, best_linear = 1e300;
  const double end = Now() + seconds;
  do {
    best_onednn = std::min(best_onednn, Seconds([&] { onednn.Run(); }));
    best_linear = std::min(best_linear, Seconds([&] { RunLinear(linear, x.view(), y.view()); }));
  } while (Now() < end);
  return {shape, Operations(shape) / best_onednn / 1e9, Operations(shape) / best_linear / 1e9};
}

// The best rate, per second, of `pass`, which returns what it did, over passes for `seconds`.
double BestRate(double seconds, const std::function<double()>& pass) {
  double best = 0;
  const double end = Now() + seconds;
  do {
    double done = 0;
    const double time = Seconds([&] { done = pass(); });
    best = std::max(best, done / time);
  } while (Now() < end);
  return best;
}

}  // namespace

GemmPeak MeasureGemmPeak(std::span<const GemmShape> shapes, Precision precision, double seconds) {
  GemmPeak peak;
  for (const GemmShape& shape : shapes) {
    DPR_CHECK(shape.rows >= 1 && shape.outputs >= 1 && shape.inputs >= 1);
    const GemmRate rate = MeasureShape(shape, precision, seconds);
    for (const auto& [name, gflops] :
         {std::pair{"oneDNN", rate.onednn_gflops}, std::pair{"dpr", rate.linear_gflops}}) {
      if (gflops > peak.best_gflops) {
        peak.best_gflops = gflops;
        peak.best = name;
      }
    }
    peak.rates.push_back(rate);
  }
  return peak;
}

double MeasureReadBandwidth(int64_t bytes, double seconds) {
  const int64_t size = bytes / static_cast<int64_t>(sizeof(float));
  Matrix buffer(1, size);
  const auto sum = ActiveKernels().measure.sum;
  std::atomic<float> sink = 0;
  return BestRate(seconds, [&] {
    ParallelRegion([&](int thread, int threads) {
      const int64_t begin = size * thread / threads, end = size * (thread + 1) / threads;
      sink = sum(buffer.row(0) + begin, end - begin);
    });
    return static_cast<double>(size * static_cast<int64_t>(sizeof(float))) / 1e9;
  });
}

double MeasureFmaPeak(double seconds) {
  const auto multiply_add = ActiveKernels().measure.multiply_add;
  return BestRate(seconds, [&] {
    std::atomic<int64_t> operations = 0;
    ParallelRegion([&](int, int) { operations += multiply_add(1'000'000); });
    return static_cast<double>(operations.load()) / 1e9;
  });
}

}  // namespace dpr
