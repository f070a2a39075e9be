// Search among few rows against a scan past the others, by selectivity: where the two meet is what
// FilteredSearch chooses by (docs/design/filters.md).
#include <benchmark/benchmark.h>

#include "dpr/base/random.h"
#include "dpr/vectors/filtered_search.h"

namespace dpr {
namespace {

constexpr int64_t kRows = 200'000, kDimensions = 384, kBest = 100;

const Matrix& Vectors() {
  static const Matrix vectors = [] {
    const CounterRandom random(1, 0);
    Matrix made(kRows, kDimensions);
    for (int64_t i = 0; i < kRows * kDimensions; ++i) {
      made.row(0)[i] = static_cast<float>(random.Uniform(static_cast<uint64_t>(i))) - 0.5f;
    }
    return made;
  }();
  return vectors;
}

RowFilter OneRowOf(int64_t rows) {
  const CounterRandom random(2, 0);
  RowFilter filter = RowFilter::None(kRows);
  for (int64_t row = 0; row < kRows; ++row) {
    if (random.Below(static_cast<uint64_t>(row), static_cast<uint64_t>(rows)) == 0) {
      filter.Include(row);
    }
  }
  return filter;
}

void BM_RowByRow(benchmark::State& state) {
  const SearchSpace space{{Vectors().view()}, {}};
  const RowFilter filter = OneRowOf(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(SearchRows(space, filter.Rows(), Similarity::kDot,
                                        Vectors().view().rows_from(0, state.range(1)), kBest));
  }
}

void BM_PastTheOthers(benchmark::State& state) {
  const RowFilter filter = OneRowOf(state.range(0));
  const SearchSpace space{{Vectors().view()}, filter.excluded()};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        ExactSearch(space, Similarity::kDot, Vectors().view().rows_from(0, state.range(1)), kBest));
  }
}

BENCHMARK(BM_RowByRow)
    ->ArgsProduct({{1, 2, 4, 8, 16, 32, 100, 10'000}, {1, 8, 256}})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_PastTheOthers)
    ->ArgsProduct({{1, 2, 4, 8, 16, 32, 100, 10'000}, {1, 8, 256}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dpr
