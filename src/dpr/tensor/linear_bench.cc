// Linear beside oneDNN's matmul over the shapes of MiniLM and BERT-base, on one thread; the rate
// is GFLOP/s, to be read beside that of FmaPeak. docs/design/gemm.md has a table.
#include <benchmark/benchmark.h>

#include "dpr/base/threads.h"
#include "dpr/tensor/kernels.h"
#include "dpr/tensor/linear.h"
#include "dpr/tensor/onednn_product.h"

namespace dpr {
namespace {

void FillVarying(FloatView x) {
  for (int64_t i = 0; i < x.rows * x.columns; ++i) {
    x.data[i] = static_cast<float>(i * 31 % 64) / 64.0f - 0.5f;
  }
}

// The benchmark's arguments: rows, inputs, outputs.
struct Operands {
  Matrix x, w, y;
  explicit Operands(const benchmark::State& state)
      : x(state.range(0), state.range(1)),
        w(state.range(2), state.range(1)),
        y(state.range(0), state.range(2)) {
    FillVarying(x.view());
    FillVarying(w.view());
  }
};

void Report(benchmark::State& state, double operations) {
  state.counters["FLOP/s"] =
      benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

double Operations(const benchmark::State& state) {
  return 2.0 * static_cast<double>(state.range(0) * state.range(1) * state.range(2));
}

void RunLinear(benchmark::State& state, Activation activation,
               Precision precision = Precision::kF32) {
  if (precision == Precision::kBf16 && !Cpu().avx512_bf16) {
    state.SkipWithError("this CPU has no bf16");
    return;
  }
  Operands operands(state);
  const Linear linear(operands.w.view(), nullptr, precision);
  for (auto _ : state) linear.Forward(operands.x.view(), operands.y.view(), activation);
  Report(state, Operations(state));
}

void LinearForward(benchmark::State& state) { RunLinear(state, Activation::kNone); }
void LinearForwardBf16(benchmark::State& state) {
  RunLinear(state, Activation::kNone, Precision::kBf16);
}
void LinearForwardInt8(benchmark::State& state) {
  RunLinear(state, Activation::kNone, Precision::kInt8);
}
void LinearForwardGelu(benchmark::State& state) { RunLinear(state, Activation::kGelu); }

template <Precision kPrecision>
void OnednnMatmul(benchmark::State& state) {
  SetThreadCount(1);
  Operands operands(state);
  OnednnProduct product(operands.x.view(), operands.w.view(), operands.y.view(), kPrecision);
  for (auto _ : state) product.Run();
  Report(state, Operations(state));
}

void FmaPeak(benchmark::State& state) {
  double operations = 0;
  for (auto _ : state) {
    operations = static_cast<double>(ActiveKernels().measure.multiply_add(100'000));
  }
  Report(state, operations);
}

void Shapes(benchmark::internal::Benchmark* bench) {
  const int64_t shapes[][2] = {{384, 384}, {384, 1152}, {384, 1536}, {1536, 384},
                               {768, 768}, {768, 2304}, {768, 3072}, {3072, 768}};
  for (const auto& [inputs, outputs] : shapes) {
    for (const int64_t rows : {1, 12, 64, 128, 256, 512, 1024, 4096}) {
      bench->Args({rows, inputs, outputs});
    }
  }
}

BENCHMARK(FmaPeak);
BENCHMARK(LinearForward)->Apply(Shapes);
BENCHMARK(LinearForwardGelu)->Args({128, 384, 1536})->Args({128, 768, 3072});
BENCHMARK(LinearForwardBf16)->Apply(Shapes);
BENCHMARK(LinearForwardInt8)->Apply(Shapes);
BENCHMARK(OnednnMatmul<Precision::kInt8>)->Apply(Shapes);
BENCHMARK(OnednnMatmul<Precision::kBf16>)->Apply(Shapes);
BENCHMARK(OnednnMatmul<Precision::kF32>)->Apply(Shapes);

}  // namespace
}  // namespace dpr
