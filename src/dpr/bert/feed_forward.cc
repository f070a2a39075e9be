#include "dpr/bert/feed_forward.h"

#include <algorithm>

#include "dpr/bert/packing.h"

namespace dpr {
namespace {

// Chunks of nearly the same size, so that the last does not stream all weights for a few rows.
int64_t EvenChunk(int64_t rows) {
  const int64_t chunks = (rows + FeedForward::kChunkRows - 1) / FeedForward::kChunkRows;
  return (rows + chunks - 1) / chunks;
}

}  // namespace

FeedForward::FeedForward(const FeedForwardWeights& weights, const BertConfig& config)
    : intermediate_(PackAndRelease(weights.intermediate)),
      output_(PackAndRelease(weights.output)),
      norm_(weights.norm, config.layer_norm_epsilon) {}

void FeedForward::Forward(ConstFloatView x, FeedForwardBuffers& buffers, LayerThreads threads,
                          FloatView y) const {
  const int64_t chunk = threads == LayerThreads::kAll ? x.rows : EvenChunk(x.rows);
  const FloatView space = Shaped(buffers.intermediate, chunk, intermediate_.outputs());
  for (int64_t begin = 0; begin < x.rows; begin += chunk) {
    const int64_t rows = std::min(chunk, x.rows - begin);
    const ConstFloatView from = x.rows_from(begin, rows);
    const FloatView middle = space.rows_from(0, rows), to = y.rows_from(begin, rows);
    RunLinear(intermediate_, from, middle, Activation::kGelu, threads);
    Mark(buffers.clock, Stage::kIntermediate);
    RunLinear(output_, middle, to, Activation::kNone, threads);
    norm_.Forward(to, from, to);
    Mark(buffers.clock, Stage::kOutput);
  }
}

}  // namespace dpr
