// BERT's forward pass with a tape, and its backward pass.
//
// Forward: each thread takes chunks of sequences through all layers. Backward, layer by layer from
// the last: first the slopes of each chunk's rows, chunks shared out over the threads; then the
// gradients of the layer's matrices over all rows, blocks of their columns shared out. No sum is
// ever split over threads, so the gradients have the same bits for any number of them.
#include <algorithm>
#include <functional>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/bert/bert_layers.h"
#include "dpr/bert/tape.h"
#include "dpr/tensor/gradients.h"

namespace dpr {
namespace {

constexpr int64_t kTasksPerThread = 2;  // of one matrix, so that a thread held up loses little

// A share of the gradient of one matrix: y = x W^T + b.
struct GradientTask {
  const Linear* linear;
  ConstFloatView x, d_y;
  Linear::GradientPiece piece;
};

void AddTasks(const Linear& linear, ConstFloatView x, ConstFloatView d_y,
              std::vector<GradientTask>& tasks) {
  for (const auto& piece : linear.GradientPieces(kTasksPerThread * ThreadCount())) {
    tasks.push_back({&linear, x, d_y, piece});
  }
}

void RunTasks(const std::vector<GradientTask>& tasks, const GradientArray& gradients, Tape& tape) {
  ParallelTasks(static_cast<int64_t>(tasks.size()), [&](int64_t i, int thread) {
    const GradientTask& task = tasks[i];
    AlignedBuffer<float>& scratch = tape.thread(thread).gradient;
    task.linear->AddParameterGradient(task.x, task.d_y, task.piece, gradients,
                                      {scratch.data(), scratch.size()});
  });
}

// The chunks' slopes of a norm's gamma and beta, at `offset` in each partial, in order.
void AddPartials(const Tape& tape, size_t offset, const LayerNorm& norm,
                 const GradientArray& gradients) {
  const int64_t size = norm.gamma().size();
  float* const gamma = gradients.Of(norm.gamma());
  float* const beta = gradients.Of(norm.beta());
  for (size_t c = 0; c < tape.chunks().size(); ++c) {
    const float* partial = tape.Partial(c).data() + offset;
    for (int64_t i = 0; i < size; ++i) gamma[i] += partial[i];
    for (int64_t i = 0; i < size; ++i) beta[i] += partial[size + i];
  }
}

GradientArray ArrayOf(const ParameterArray& parameters, std::span<float> gradients) {
  DPR_CHECK(static_cast<int64_t>(gradients.size()) == parameters.size && parameters.size > 0);
  return {parameters.values.data(), gradients.data()};
}

}  // namespace

FloatView Bert::Forward(Tape& tape) const {
  const Layers& layers = *layers_;
  const DropoutPlan& plan = tape.pass().dropout;
  ParallelTasks(static_cast<int64_t>(tape.chunks().size()), [&](int64_t c, int thread) {
    const SequenceChunk& chunk = tape.chunks()[c];
    Tape::ThreadMemory& memory = tape.thread(thread);
    const FloatView out = tape.EmbeddingOutput(chunk, thread);
    layers.embedding.Forward(chunk.batch, out, tape.EmbeddingRecord(chunk, thread));
    DropStates(plan.Embedding(), chunk, false, out);
    for (int64_t i = 0; i < layers.config.layers; ++i) {
      const LayerTape layer = tape.Layer(i, chunk, thread);
      const LayerDropout dropout = plan.Layer(i);
      layers.transformer[i]->attention.ForwardRecorded(chunk, dropout, layer, memory.attention);
      layers.transformer[i]->feed_forward.ForwardRecorded(chunk, dropout, layer,
                                                          memory.feed_forward);
    }
  });
  return tape.states();
}

void Bert::Backward(Tape& tape, FloatView d_states, std::span<float> gradients) const {
  const Layers& layers = *layers_;
  const GradientArray array = ArrayOf(layers.parameters, gradients);
  const DropoutPlan& plan = tape.pass().dropout;
  const auto hidden = static_cast<size_t>(layers.config.hidden);
  const auto chunks = static_cast<int64_t>(tape.chunks().size());
  tape.BeginBackward();
  for (int64_t i = layers.config.layers - 1; i >= 0; --i) {
    const bool last = i + 1 == layers.config.layers, first_only = last && tape.pass().first_only;
    const TransformerLayer& layer = *layers.transformer[i];
    const LayerDropout dropout = plan.Layer(i);
    tape.BeginPartials();
    ParallelTasks(chunks, [&](int64_t c, int thread) {
      const SequenceChunk& chunk = tape.chunks()[c];
      const LayerTape own = tape.Layer(i, chunk, thread);
      const LayerSlopes slopes = tape.Slopes(chunk, first_only);
      const FloatView d_x = tape.flow().rows_from(chunk.first_token, chunk.batch.tokens());
      const FloatView d =
          first_only ? tape.first_flow().rows_from(chunk.first_sequence, chunk.batch.sequences())
                     : d_x;
      if (last) {
        const int64_t row = first_only ? chunk.first_sequence : chunk.first_token;
        CopyRows(d_states.rows_from(row, d.rows), d);
      }
      const std::span<float> partial = tape.Partial(c);
      layer.feed_forward.Backward(chunk, dropout, own, slopes, d, partial.first(2 * hidden));
      layer.attention.Backward(chunk, dropout, own, slopes, tape.thread(thread).attention, d, d_x,
                               partial.subspan(2 * hidden));
    });
    const LayerTape whole = tape.WholeLayer(i);
    const LayerSlopes slopes = tape.WholeSlopes(first_only);
    std::vector<GradientTask> tasks;
    AddTasks(layer.feed_forward.output(), whole.intermediate, slopes.output, tasks);
    AddTasks(layer.feed_forward.intermediate(), whole.attended, slopes.intermediate, tasks);
    AddTasks(layer.attention.qkv(), whole.x, slopes.qkv, tasks);
    AddTasks(layer.attention.output(), whole.heads, slopes.attention, tasks);
    RunTasks(tasks, array, tape);
    AddPartials(tape, 0, layer.feed_forward.norm(), array);
    AddPartials(tape, 2 * hidden, layer.attention.norm(), array);
  }
  tape.BeginPartials();
  ParallelTasks(chunks, [&](int64_t c, int thread) {
    const SequenceChunk& chunk = tape.chunks()[c];
    const FloatView d = tape.flow().rows_from(chunk.first_token, chunk.batch.tokens());
    DropStates(plan.Embedding(), chunk, false, d);
    layers.embedding.Backward(tape.EmbeddingRecord(chunk, thread), d, tape.Partial(c));
  });
  AddPartials(tape, 0, layers.embedding.norm(), array);
  constexpr int64_t kColumns = 64;
  ParallelFor((layers.config.hidden + kColumns - 1) / kColumns, 1, [&](int64_t i) {
    const int64_t end = std::min(layers.config.hidden, (i + 1) * kColumns);
    layers.embedding.AddGradient(*tape.pass().batch, tape.flow(), i * kColumns, end, array);
  });
}

namespace {

// d_in = d_out W, and the gradients of W and b, for a few rows.
void LinearBackward(const Linear& linear, ConstFloatView in, ConstFloatView d_out, FloatView d_in,
                    const GradientArray& gradients) {
  linear.InputGradient(d_out, d_in, Linear::Into::kNew);
  std::vector<float> scratch(static_cast<size_t>(Linear::kGradientScratch));
  linear.AddParameterGradient(in, d_out, linear.GradientPieces(1).front(), gradients, scratch);
}

}  // namespace

void Bert::PoolBackward(ConstFloatView first_tokens, ConstFloatView pooled, FloatView d_pooled,
                        FloatView d_first_tokens, std::span<float> gradients) const {
  for (int64_t i = 0; i < pooled.rows; ++i) TanhGradient(pooled.row_span(i), d_pooled.row_span(i));
  LinearBackward(*layers_->pooler, first_tokens, d_pooled, d_first_tokens,
                 ArrayOf(layers_->parameters, gradients));
}

void Bert::ProjectBackward(ConstFloatView pooled, ConstFloatView d_projected, FloatView d_pooled,
                           std::span<float> gradients) const {
  LinearBackward(*layers_->projection, pooled, d_projected, d_pooled,
                 ArrayOf(layers_->parameters, gradients));
}

}  // namespace dpr
