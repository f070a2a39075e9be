// The other operations of an encoder layer and of search, on one thread.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

Matrix Varying(int64_t rows, int64_t columns) {
  Matrix m(rows, columns);
  for (int64_t i = 0; i < rows * columns; ++i) {
    m.row(0)[i] = static_cast<float>(i * 31 % 64) / 64.0f - 0.5f;
  }
  return m;
}

// All heads of one sequence; arguments: tokens, heads, head size.
void Attention(benchmark::State& state) {
  const int64_t tokens = state.range(0), heads = state.range(1), size = state.range(2);
  const int64_t hidden = heads * size;
  const Matrix qkv = Varying(tokens, 3 * hidden);
  Matrix out(tokens, hidden);
  std::vector<float> scratch(static_cast<size_t>(AttentionScratch(tokens, size)));
  const float scale = 1.0f / std::sqrt(static_cast<float>(size));
  for (auto _ : state) {
    for (int64_t column = 0; column < hidden; column += size) {
      AttentionHead(qkv.view().columns_from(column, size),
                    qkv.view().columns_from(hidden + column, size),
                    qkv.view().columns_from(2 * hidden + column, size), scale,
                    out.view().columns_from(column, size), scratch);
    }
  }
  state.SetItemsProcessed(state.iterations() * tokens);
}

void LayerNorm(benchmark::State& state) {
  const Matrix x = Varying(140, state.range(0)), residual = Varying(140, state.range(0));
  const std::vector<float> gamma(static_cast<size_t>(state.range(0)), 1.0f);
  Matrix y(140, state.range(0));
  for (auto _ : state) {
    AddLayerNorm(x.view(), residual.view(), gamma.data(), gamma.data(), 1e-12f, y.view());
  }
  state.SetItemsProcessed(state.iterations() * 140);
}

void GeluInCache(benchmark::State& state) {
  Matrix x = Varying(1, 4096);
  for (auto _ : state) Gelu(x.view().row_span(0));
  state.SetItemsProcessed(state.iterations() * 4096);
}

// Arguments: rows, dimensions. 200 rows stay in cache, 200,000 do not.
void ScanRows(benchmark::State& state) {
  const Matrix x = Varying(state.range(0), state.range(1)), question = Varying(1, state.range(1));
  std::vector<float> scores(static_cast<size_t>(state.range(0)));
  for (auto _ : state) DotRows(question.row(0), x.view(), scores);
  state.SetBytesProcessed(state.iterations() * state.range(0) * state.range(1) * 4);
}

BENCHMARK(Attention)->Args({12, 12, 32})->Args({140, 12, 32})->Args({140, 12, 64});
BENCHMARK(LayerNorm)->Arg(384)->Arg(768);
BENCHMARK(GeluInCache);
BENCHMARK(ScanRows)->Args({200, 384})->Args({200'000, 384});

}  // namespace
}  // namespace dpr
