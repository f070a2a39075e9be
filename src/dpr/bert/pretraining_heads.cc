#include "dpr/bert/pretraining_heads.h"

#include <algorithm>
#include <cmath>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/bert/layer_threads.h"
#include "dpr/tensor/cross_entropy.h"
#include "dpr/tensor/gradients.h"

namespace dpr {
namespace {

// Rows whose scores are in memory at a time, and those that one thread takes at a time. The norms'
// and the weights' gradients are sums over them in order, so their bits depend on these numbers.
constexpr int64_t kChunkRows = 256, kBlockRows = 32;
constexpr int64_t kTasksPerThread = 2;

HeadLoss SumOf(std::span<const double> losses, std::span<const char> correct) {
  HeadLoss loss;
  for (size_t i = 0; i < losses.size(); ++i) {
    loss.sum += losses[i];
    loss.correct += correct[i];
    if (loss.not_finite < 0 && !std::isfinite(losses[i])) loss.not_finite = static_cast<int64_t>(i);
  }
  return loss;
}

// A matrix's gradient from all rows, its pieces shared out over the threads.
void AddLinearGradient(const Linear& linear, ConstFloatView x, ConstFloatView d_y,
                       const GradientArray& gradients, std::vector<AlignedBuffer<float>>& scratch) {
  const auto pieces = linear.GradientPieces(kTasksPerThread * ThreadCount());
  ParallelTasks(static_cast<int64_t>(pieces.size()), [&](int64_t i, int thread) {
    float* memory = scratch[static_cast<size_t>(thread)].Reserve(Linear::kGradientScratch);
    linear.AddParameterGradient(x, d_y, pieces[static_cast<size_t>(i)], gradients,
                                {memory, static_cast<size_t>(Linear::kGradientScratch)});
  });
}

}  // namespace

// Rows that one thread takes from hidden states to slopes.
struct PretrainingHeads::RowBlock {
  ConstFloatView states;
  std::span<const int32_t> targets;
  FloatView d_states, scores, transformed, normal, output, d_transformed;
  float* deviations;
  double* losses;
  char* correct;
  std::span<float> partial;  // slopes of gamma and beta
  bool backward;
};

PretrainingHeads::PretrainingHeads(const PretrainingHeadWeights& weights, const Bert& bert,
                                   Precision precision)
    : bert_(bert),
      transform_(weights.transform.weight.matrix(), weights.transform.bias.data()),
      next_(weights.next.weight.matrix(), weights.next.bias.data()),
      words_(bert.WordTable(), weights.word_bias.data()),
      norm_(weights.norm, bert.config().layer_norm_epsilon),
      word_bias_(weights.word_bias.values()),
      scratch_(static_cast<size_t>(ThreadCount())) {
  DPR_CHECK(bert.parameters().size > 0);
  BindParameters();
  BindWords();
  transform_.SetPrecision(precision);
  words_.SetPrecision(precision);
  ParametersChanged();
}

void PretrainingHeads::BindParameters() {
  struct Part {
    const char* name;
    ParameterBuffer* buffer;
    bool decays;
  };
  const Part parts[] = {{"cls.predictions.transform.dense.weight", &transform_.weight(), true},
                        {"cls.predictions.transform.dense.bias", &transform_.bias(), false},
                        {"cls.predictions.transform.LayerNorm.weight", &norm_.gamma(), false},
                        {"cls.predictions.transform.LayerNorm.bias", &norm_.beta(), false},
                        {"cls.predictions.bias", &word_bias_, false},
                        {"cls.seq_relationship.weight", &next_.weight(), true},
                        {"cls.seq_relationship.bias", &next_.bias(), false}};
  for (const Part& part : parts) {
    parameters_.ranges.push_back({part.name, parameters_.size, part.buffer->size(), part.decays});
    parameters_.size += (part.buffer->size() + 15) / 16 * 16;
  }
  float* values = parameters_.values.Reserve(static_cast<size_t>(parameters_.size));
  std::fill_n(values, parameters_.size, 0.0f);
  for (size_t i = 0; i < std::size(parts); ++i) {
    float* place = values + parameters_.ranges[i].begin;
    std::copy_n(parts[i].buffer->data(), parts[i].buffer->size(), place);
    parts[i].buffer->Bind(place);
  }
}

void PretrainingHeads::BindWords() {
  const auto weight = static_cast<size_t>(words_.weight().size());
  const auto all = weight + static_cast<size_t>(words_.bias().size());
  float* values = word_values_.Reserve(all);
  words_.weight().Bind(values);
  words_.bias().Bind(values + weight);
  std::fill_n(word_gradient_.Reserve(all), all, 0.0f);
}

void PretrainingHeads::ParametersChanged() {
  words_.Pack(bert_.WordTable(), word_bias_.data(), words_.weight().data(), words_.bias().data());
  Linear* const linears[] = {&words_, &transform_, &next_};
  ParallelFor(std::ssize(linears), 1, [&](int64_t i) { linears[i]->PackForTraining(); });
}

HeadLoss PretrainingHeads::Words(ConstFloatView states, std::span<const int32_t> targets,
                                 double weight, FloatView d_states, const Gradients& gradients) {
  HeadLoss all;
  for (int64_t row = 0; row < states.rows; row += kChunkRows) {
    const int64_t rows = std::min(kChunkRows, states.rows - row);
    const bool backward = !gradients.heads.empty();
    const HeadLoss chunk =
        WordChunk(states.rows_from(row, rows),
                  targets.subspan(static_cast<size_t>(row), static_cast<size_t>(rows)), weight,
                  backward ? d_states.rows_from(row, rows) : FloatView(), gradients);
    all.sum += chunk.sum;
    all.correct += chunk.correct;
    if (all.not_finite < 0 && chunk.not_finite >= 0) all.not_finite = row + chunk.not_finite;
  }
  if (!gradients.heads.empty()) AddTiedGradients(gradients);
  return all;
}

HeadLoss PretrainingHeads::WordChunk(ConstFloatView states, std::span<const int32_t> targets,
                                     double weight, FloatView d_states,
                                     const Gradients& gradients) {
  const int64_t rows = states.rows, hidden = states.columns;
  const int64_t blocks = (rows + kBlockRows - 1) / kBlockRows;
  const FloatView scores = Shaped(scores_, rows, words_.outputs());
  const FloatView transformed = Shaped(transformed_, rows, hidden);
  const FloatView normal = Shaped(normal_, rows, hidden);
  const FloatView output = Shaped(states_, rows, hidden);
  const FloatView slopes = Shaped(slopes_, rows, hidden);
  float* const deviations = deviations_.Reserve(static_cast<size_t>(rows));
  const auto partial_size = static_cast<size_t>(2 * hidden);
  float* const partials = partials_.Reserve(static_cast<size_t>(blocks) * partial_size);
  std::fill_n(partials, static_cast<size_t>(blocks) * partial_size, 0.0f);
  losses_.assign(static_cast<size_t>(rows), 0);
  correct_.assign(static_cast<size_t>(rows), 0);
  ParallelFor(blocks, 1, [&](int64_t b) {
    const int64_t row = b * kBlockRows, count = std::min(kBlockRows, rows - row);
    const auto first = static_cast<size_t>(row);
    RowBlock block;
    block.states = states.rows_from(row, count);
    block.targets = targets.subspan(first, static_cast<size_t>(count));
    block.backward = d_states.data != nullptr;
    if (block.backward) block.d_states = d_states.rows_from(row, count);
    block.scores = scores.rows_from(row, count);
    block.transformed = transformed.rows_from(row, count);
    block.normal = normal.rows_from(row, count);
    block.output = output.rows_from(row, count);
    block.d_transformed = slopes.rows_from(row, count);
    block.deviations = deviations + row;
    block.losses = &losses_[first];
    block.correct = &correct_[first];
    block.partial = {partials + static_cast<size_t>(b) * partial_size, partial_size};
    WordBlock(block, weight);
  });
  if (d_states.data != nullptr) AddWordGradients(states, blocks, gradients);
  return SumOf(losses_, correct_);
}

void PretrainingHeads::WordBlock(const RowBlock& block, double weight) {
  const LayerNormRecord record = {block.normal, block.deviations};
  transform_.Forward(block.states, block.transformed);
  GeluInto(block.transformed, block.output);
  norm_.Forward(block.output, {}, block.output, record);
  words_.Forward(block.output, block.scores);
  CrossEntropyRows(block.scores, block.targets, weight,
                   {block.losses, static_cast<size_t>(block.scores.rows)},
                   {block.correct, static_cast<size_t>(block.scores.rows)});
  if (!block.backward) return;
  words_.InputGradient(block.scores, block.d_transformed, Linear::Into::kNew);
  norm_.Backward(record, block.d_transformed, block.partial);
  for (int64_t i = 0; i < block.scores.rows; ++i) {
    GeluGradient(block.transformed.row_span(i), block.d_transformed.row_span(i));
  }
  transform_.InputGradient(block.d_transformed, block.d_states, Linear::Into::kNew);
}

void PretrainingHeads::AddWordGradients(ConstFloatView states, int64_t blocks,
                                        const Gradients& gradients) {
  const int64_t rows = states.rows, hidden = states.columns;
  const GradientArray heads = HeadArray(gradients);
  const FloatView scores(scores_.data(), rows, words_.outputs());
  const FloatView output(states_.data(), rows, hidden);
  AddLinearGradient(words_, output, scores, WordArray(), scratch_);
  AddLinearGradient(transform_, states, FloatView(slopes_.data(), rows, hidden), heads, scratch_);
  float* const gamma = heads.Of(norm_.gamma());
  float* const beta = heads.Of(norm_.beta());
  for (int64_t b = 0; b < blocks; ++b) {
    const float* partial = partials_.data() + b * 2 * hidden;
    for (int64_t i = 0; i < hidden; ++i) gamma[i] += partial[i];
    for (int64_t i = 0; i < hidden; ++i) beta[i] += partial[hidden + i];
  }
}

// From the packed copy's gradients to those of the table and the bias; the copy's become zero.
void PretrainingHeads::AddTiedGradients(const Gradients& gradients) {
  const ConstFloatView table = bert_.WordTable();
  float* const slopes = gradients.bert.data() + (table.data - bert_.parameters().values.data());
  const GradientArray words = WordArray();
  constexpr int64_t kColumns = Linear::kColumnBlock;
  ParallelFor(words_.blocks(), 16, [&](int64_t block) {
    float* const packed = words.Of(words_.weight()) + block * words_.inputs() * kColumns;
    const int64_t first = block * kColumns, count = std::min(kColumns, words_.outputs() - first);
    for (int64_t o = 0; o < count; ++o) {
      float* const row = slopes + (first + o) * words_.inputs();
      for (int64_t i = 0; i < words_.inputs(); ++i) row[i] += packed[i * kColumns + o];
    }
    std::fill_n(packed, words_.inputs() * kColumns, 0.0f);
  });
  float* const bias = words.Of(words_.bias());
  float* const bias_slopes = HeadArray(gradients).Of(word_bias_);
  for (int64_t i = 0; i < words_.outputs(); ++i) bias_slopes[i] += bias[i];
  std::fill_n(bias, words_.bias().size(), 0.0f);
}

HeadLoss PretrainingHeads::Next(ConstFloatView pooled, std::span<const int32_t> targets,
                                double weight, FloatView d_pooled, const Gradients& gradients) {
  const FloatView scores = Shaped(scores_, pooled.rows, next_.outputs());
  losses_.assign(targets.size(), 0);
  correct_.assign(targets.size(), 0);
  next_.Forward(pooled, scores);
  CrossEntropyRows(scores, targets, weight, losses_, correct_);
  if (!gradients.heads.empty()) {
    next_.InputGradient(scores, d_pooled, Linear::Into::kNew);
    AddLinearGradient(next_, pooled, scores, HeadArray(gradients), scratch_);
  }
  return SumOf(losses_, correct_);
}

PretrainingHeadWeights PretrainingHeads::Unpack(std::span<const float> array) const {
  DPR_CHECK(static_cast<int64_t>(array.size()) == parameters_.size);
  PretrainingHeadWeights weights;
  const auto values = [&](const ParameterBuffer& buffer) {
    return array.data() + (buffer.data() - parameters_.values.data());
  };
  const auto linear = [&](const Linear& from, LinearWeights& to) {
    Matrix matrix(from.outputs(), from.inputs());
    std::vector<float> bias(static_cast<size_t>(from.outputs()));
    from.Unpack(values(from.weight()), values(from.bias()), matrix.view(), bias.data());
    to.weight = FloatTensor({from.outputs(), from.inputs()},
                            {matrix.row(0), static_cast<size_t>(from.outputs() * from.inputs())});
    to.bias = FloatTensor({from.outputs()}, bias);
  };
  const auto plain = [&](const ParameterBuffer& from, FloatTensor& to) {
    to = FloatTensor({from.size()}, {values(from), static_cast<size_t>(from.size())});
  };
  linear(transform_, weights.transform);
  linear(next_, weights.next);
  plain(norm_.gamma(), weights.norm.gamma);
  plain(norm_.beta(), weights.norm.beta);
  plain(word_bias_, weights.word_bias);
  return weights;
}

}  // namespace dpr
