// Exact search at 200,000 x 384: one question (bytes/s is memory read) and batches (GFLOP/s counts
// 2 * questions * rows * dimensions). Beside FAISS: bench/search_peers.py.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "dpr/base/random.h"
#include "dpr/vectors/exact_search.h"

namespace dpr {
namespace {

constexpr int64_t kRows = 200000, kDimensions = 384, kTop = 100;

// Around 2,000 centres, as vectors of passages about 2,000 things would be.
Matrix ClusteredVectors(int64_t rows, uint64_t seed) {
  const CounterRandom centres(1, 0), noise(seed, 1);
  Matrix vectors(rows, kDimensions);
  for (int64_t i = 0; i < rows; ++i) {
    const uint64_t centre = noise.Below(static_cast<uint64_t>(i) | uint64_t{1} << 60, 2000);
    for (int64_t c = 0; c < kDimensions; c += 4) {
      const auto a = centres.Block(centre << 20 | static_cast<uint64_t>(c));
      const auto b = noise.Block(static_cast<uint64_t>(i) << 20 | static_cast<uint64_t>(c));
      for (size_t j = 0; j < 4; ++j) {
        const double value = static_cast<double>(a[j]) + 0.8 * static_cast<double>(b[j]);
        vectors.row(i)[c + static_cast<int64_t>(j)] = static_cast<float>(value * 0x1p-32 - 0.9);
      }
    }
  }
  return vectors;
}

void BenchExactSearch(benchmark::State& state) {
  static const Matrix passages = ClusteredVectors(kRows, 2);
  static const Matrix questions = ClusteredVectors(1000, 3);
  const auto similarity = static_cast<Similarity>(state.range(0));
  const int64_t count = state.range(1);
  const SearchSpace space{{passages.view()}, {}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ExactSearch(space, similarity, questions.view().rows_from(0, count), kTop));
  }
  const int64_t floats = state.iterations() * kRows * kDimensions;
  state.SetBytesProcessed(floats * static_cast<int64_t>(sizeof(float)));
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(floats * count), benchmark::Counter::kIsRate);
}
BENCHMARK(BenchExactSearch)
    ->ArgNames({"similarity", "questions"})
    ->ArgsProduct({{0, 1, 2}, {1, 2, 4, 6, 8, 16, 64, 1000}})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dpr
