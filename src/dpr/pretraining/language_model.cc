#include "dpr/pretraining/language_model.h"

#include <algorithm>
#include <numeric>

#include "dpr/base/error.h"
#include "dpr/bert/layer_threads.h"

namespace dpr {
namespace {

constexpr int64_t kMemoryBudget = int64_t{2} << 30;  // bytes

int64_t FittingTokens(const BertConfig& config) {
  const int64_t layer = 8 * config.hidden + config.intermediate + 2;
  const int64_t backward = 8 * config.hidden + config.intermediate;
  const auto token = static_cast<int64_t>(sizeof(float)) * (config.layers * layer + backward);
  return std::max<int64_t>(512, kMemoryBudget / token);
}

Bert TrainableBert(const BertWeights& weights, Precision precision) {
  DPR_CHECK(!weights.pooler.empty());
  Bert bert(weights);
  bert.SetPrecision(precision);
  bert.MakeTrainable(true);
  return bert;
}

std::span<float> Zeros(AlignedBuffer<float>& buffer, const ParameterArray& parameters) {
  const auto size = static_cast<size_t>(parameters.size);
  float* values = buffer.Reserve(size);
  std::fill_n(values, size, 0.0f);
  return {values, size};
}

// The rows of `states` at these places.
FloatView Gather(ConstFloatView states, std::span<const int64_t> rows,
                 AlignedBuffer<float>& buffer) {
  const FloatView out = Shaped(buffer, std::ssize(rows), states.columns);
  for (int64_t i = 0; i < out.rows; ++i) {
    std::copy_n(states.row(rows[static_cast<size_t>(i)]), states.columns, out.row(i));
  }
  return out;
}

void AddAt(ConstFloatView slopes, std::span<const int64_t> rows, FloatView d_states) {
  for (int64_t i = 0; i < slopes.rows; ++i) {
    float* const to = d_states.row(rows[static_cast<size_t>(i)]);
    for (int64_t c = 0; c < slopes.columns; ++c) to[c] += slopes.row(i)[c];
  }
}

void AddTo(HeadLoss& sum, const HeadLoss& part, int64_t first) {
  sum.sum += part.sum;
  sum.correct += part.correct;
  if (sum.not_finite < 0 && part.not_finite >= 0) sum.not_finite = first + part.not_finite;
}

}  // namespace

void MaskedBatch::Add(const MaskedPair& pair) {
  const int64_t begin = tokens.tokens();
  for (const int64_t place : pair.places) rows.push_back(begin + place);
  pieces.insert(pieces.end(), pair.pieces.begin(), pair.pieces.end());
  next.push_back(pair.next);
  tokens.Add(pair.ids, pair.segments);
}

void MaskedBatch::Clear() {
  tokens.Clear();
  rows.clear();
  pieces.clear();
  next.clear();
}

void LanguageModelLoss::Add(const LanguageModelLoss& other) {
  AddTo(words, other.words, asked);
  AddTo(next, other.next, pairs);
  asked += other.asked;
  pairs += other.pairs;
}

LanguageModel::LanguageModel(const BertWeights& weights, const PretrainingHeadWeights& heads,
                             Precision precision, const OptimizerSettings& optimizer,
                             int64_t micro_batch_tokens)
    : bert_(TrainableBert(weights, precision)),
      heads_(heads, bert_, precision),
      optimizer_(optimizer),
      micro_batch_tokens_(micro_batch_tokens > 0 ? micro_batch_tokens
                                                 : FittingTokens(weights.config)) {
  optimizer_.Add(bert_.parameters(), Zeros(bert_gradients_, bert_.parameters()));
  arrays_["encoder"] = optimizer_.arrays().back().get();
  optimizer_.Add(heads_.parameters(), Zeros(head_gradients_, heads_.parameters()));
  arrays_["heads"] = optimizer_.arrays().back().get();
}

PretrainingHeads::Gradients LanguageModel::gradients() {
  return {{head_gradients_.data(), static_cast<size_t>(heads_.parameters().size)},
          {bert_gradients_.data(), static_cast<size_t>(bert_.parameters().size)}};
}

void LanguageModel::ParametersChanged() {
  bert_.ParametersChanged();
  heads_.ParametersChanged();
}

LanguageModelLoss LanguageModel::AddGradients(const MaskedBatch& batch,
                                              const DropoutPlan& dropout) {
  DPR_CHECK(!batch.rows.empty());
  return Run(batch, dropout, true);
}

LanguageModelLoss LanguageModel::Loss(const MaskedBatch& batch) { return Run(batch, {}, false); }

// A pair's dropout goes by its number in the batch, so that micro-batches change nothing but the
// order of sums.
LanguageModelLoss LanguageModel::Run(const MaskedBatch& batch, const DropoutPlan& dropout,
                                     bool backward) {
  const Weights weights = {1.0 / static_cast<double>(std::max<size_t>(1, batch.rows.size())),
                           1.0 / static_cast<double>(batch.next.size())};
  LanguageModelLoss all;
  MaskedBatch part;
  std::vector<uint64_t> numbers;
  size_t row = 0;
  for (int64_t s = 0; s < batch.tokens.sequences(); ++s) {
    const int64_t shift = part.tokens.tokens() - batch.tokens.offsets[s];
    part.tokens.AddFrom(batch.tokens, s);
    part.next.push_back(batch.next[static_cast<size_t>(s)]);
    numbers.push_back(static_cast<uint64_t>(s));
    for (; row < batch.rows.size() && batch.rows[row] < batch.tokens.offsets[s + 1]; ++row) {
      part.rows.push_back(batch.rows[row] + shift);
      part.pieces.push_back(batch.pieces[row]);
    }
    const bool last = s + 1 == batch.tokens.sequences();
    if (!last && part.tokens.tokens() + batch.tokens.length(s + 1) <= micro_batch_tokens_) continue;
    all.Add(RunPart(part, numbers, dropout, weights, backward));
    part.Clear();
    numbers.clear();
  }
  return all;
}

LanguageModelLoss LanguageModel::RunPart(const MaskedBatch& part, std::span<const uint64_t> numbers,
                                         const DropoutPlan& dropout, const Weights& weights,
                                         bool backward) {
  TrainingPass pass;
  pass.batch = &part.tokens;
  pass.numbers = numbers;
  pass.dropout = dropout;
  pass.first_only = false;
  pass.remember = backward;
  tape_.Begin(bert_.config(), pass);
  const FloatView states = bert_.Forward(tape_);
  const std::span<const int64_t> firsts(part.tokens.offsets.data(), part.next.size());
  const int64_t hidden = states.columns;
  const PretrainingHeads::Gradients all = backward ? gradients() : PretrainingHeads::Gradients();
  LanguageModelLoss loss;
  loss.asked = std::ssize(part.rows);
  loss.pairs = std::ssize(part.next);
  const FloatView asked = Gather(states, part.rows, asked_);
  const FloatView d_asked = Shaped(d_asked_, asked.rows, hidden);
  loss.words = heads_.Words(asked, part.pieces, weights.word, d_asked, all);
  const FloatView first = Gather(states, firsts, first_);
  const FloatView pooled = Shaped(pooled_, first.rows, hidden);
  const FloatView d_pooled = Shaped(d_pooled_, first.rows, hidden);
  bert_.Pool(first, pooled);
  loss.next = heads_.Next(pooled, part.next, weights.pair, d_pooled, all);
  if (!backward) return loss;
  const FloatView d_first = Shaped(d_first_, first.rows, hidden);
  bert_.PoolBackward(first, pooled, d_pooled, d_first, all.bert);
  const FloatView d_states = Shaped(d_states_, states.rows, hidden);
  std::fill_n(d_states.data, d_states.rows * d_states.columns, 0.0f);
  AddAt(d_asked, part.rows, d_states);
  AddAt(d_first, firsts, d_states);
  bert_.Backward(tape_, d_states, all.bert);
  return loss;
}

}  // namespace dpr
