#include "dpr/bert/feed_forward.h"

#include <algorithm>

#include "dpr/bert/packing.h"
#include "dpr/tensor/gradients.h"

namespace dpr {
namespace {

constexpr int64_t kTileRows = 14;  // of the widest GEMM
constexpr auto kRotation = Linear::Rotation::kBeforeQuantizing;

// Whole tiles of rows, in chunks of nearly the same number, so that the last does not stream all
// weights for a few rows.
int64_t EvenChunk(int64_t rows) {
  const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
  const int64_t chunks = (tiles + FeedForward::kChunkTiles - 1) / FeedForward::kChunkTiles;
  return (tiles + chunks - 1) / chunks * kTileRows;
}

}  // namespace

FeedForward::FeedForward(const FeedForwardWeights& weights, const BertConfig& config,
                         Precision precision)
    : intermediate_(PackAndRelease(weights.intermediate, precision, kRotation)),
      output_(PackAndRelease(weights.output, precision, kRotation)),
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

void FeedForward::ForwardRecorded(const SequenceChunk& chunk, const LayerDropout& dropout,
                                  const LayerTape& tape, FeedForwardBuffers& buffers) const {
  const int64_t rows = tape.attended.rows, piece = EvenChunk(rows);
  const FloatView space = Shaped(buffers.intermediate, piece, intermediate_.outputs());
  for (int64_t begin = 0; begin < rows; begin += piece) {
    const int64_t count = std::min(piece, rows - begin);
    const FloatView before = tape.intermediate.rows_from(begin, count);
    const FloatView after = space.rows_from(0, count);
    intermediate_.Forward(tape.attended.rows_from(begin, count), before);
    GeluInto(before, after);
    output_.Forward(after, tape.y.rows_from(begin, count));
  }
  DropStates(dropout.output, chunk, tape.first_only(), tape.y);
  norm_.Forward(tape.y, tape.attended, tape.y, tape.output_norm);
}

void FeedForward::Backward(const SequenceChunk& chunk, const LayerDropout& dropout,
                           const LayerTape& tape, const LayerSlopes& slopes, FloatView d,
                           std::span<float> partial) const {
  norm_.Backward(tape.output_norm, d, partial);
  CopyRows(d, slopes.output);
  DropStates(dropout.output, chunk, tape.first_only(), slopes.output);
  const int64_t piece = EvenChunk(d.rows);
  for (int64_t begin = 0; begin < d.rows; begin += piece) {
    const int64_t count = std::min(piece, d.rows - begin);
    const FloatView middle = slopes.intermediate.rows_from(begin, count);
    output_.InputGradient(slopes.output.rows_from(begin, count), middle, Linear::Into::kNew);
    for (int64_t i = 0; i < count; ++i) {
      GeluGradient(tape.intermediate.row_span(begin + i), middle.row_span(i));
    }
    intermediate_.InputGradient(middle, d.rows_from(begin, count), Linear::Into::kSum);
  }
}

}  // namespace dpr
