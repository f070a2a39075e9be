#include "dpr/bert/tape.h"

#include <algorithm>

#include "dpr/base/threads.h"

namespace dpr {
namespace {

// Tokens that one thread takes through all layers before the next: an eighth of the batch, so that
// the threads are evenly busy, within what suits the matrix products. Changes no bits but those of
// the norms' gradients, and must not depend on the number of threads.
constexpr int64_t kLeastChunkTokens = 64, kMostChunkTokens = 256, kChunks = 8;

// Hands out consecutive parts of one buffer, each on a cache line of its own.
class Carver {
 public:
  explicit Carver(float* memory) : next_(memory) {}

  FloatView Take(int64_t rows, int64_t columns) {
    const FloatView view(next_, rows, columns);
    const int64_t size = (rows * columns + 15) / 16 * 16;
    total_ += size;
    if (next_ != nullptr) next_ += size;
    return view;
  }
  int64_t total() const { return total_; }

 private:
  float* next_;
  int64_t total_ = 0;
};

LayerTape Carve(Carver& carver, const BertConfig& config, int64_t tokens, int64_t sequences,
                bool first_only) {
  const int64_t hidden = config.hidden, rows = first_only ? sequences : tokens;
  LayerTape tape;
  tape.qkv = carver.Take(tokens, 3 * hidden);
  if (first_only) {
    tape.first_x = carver.Take(sequences, hidden);
    tape.first_qkv = carver.Take(sequences, 3 * hidden);
  }
  tape.heads = carver.Take(rows, hidden);
  tape.attention_norm = {carver.Take(rows, hidden), carver.Take(rows, 1).data};
  tape.attended = carver.Take(rows, hidden);
  tape.intermediate = carver.Take(rows, config.intermediate);
  tape.output_norm = {carver.Take(rows, hidden), carver.Take(rows, 1).data};
  return tape;
}

int64_t LayerFloats(const BertConfig& config, int64_t tokens, int64_t sequences, bool first_only) {
  Carver measure(nullptr);
  Carve(measure, config, tokens, sequences, first_only);
  return measure.total();
}

LayerSlopes CarveSlopes(float* memory, const BertConfig& config, int64_t tokens, int64_t rows) {
  Carver carver(memory);
  LayerSlopes slopes;
  slopes.output = carver.Take(rows, config.hidden);
  slopes.intermediate = carver.Take(rows, config.intermediate);
  slopes.attention = carver.Take(rows, config.hidden);
  slopes.qkv = carver.Take(tokens, 3 * config.hidden);
  return slopes;
}

LayerNormRecord RowsOf(const LayerNormRecord& record, int64_t begin, int64_t count) {
  return {record.normal.rows_from(begin, count), record.inverse_deviation + begin};
}

}  // namespace

Dropout DropoutPlan::Site(uint64_t site, double probability) const {
  return {probability, seed, uint64_t{1} << 63 | step << 16 | site};
}

Tape::Tape() = default;
Tape::~Tape() = default;

void Tape::Begin(const BertConfig& config, const TrainingPass& pass) {
  config_ = config;
  pass_ = pass;
  CutChunks();
  const int64_t tokens = pass.batch->tokens(), sequences = pass.batch->sequences();
  const int64_t hidden = config.hidden, layers = config.layers;
  const auto floats = [](int64_t size) { return static_cast<size_t>(size); };
  while (static_cast<int>(threads_.size()) < ThreadCount()) {
    threads_.push_back(std::make_unique<ThreadMemory>());
  }
  const int64_t rows = pass.first_only ? sequences : tokens;
  states_ = {output_.Reserve(floats(rows * hidden)), rows, hidden};
  if (pass.remember) {
    layers_.resize(floats(layers));
    inputs_.resize(floats(layers));
    for (int64_t i = 0; i < layers; ++i) {
      layers_[i].Reserve(floats(LayerFloats(config, tokens, sequences, first_only(i))));
      inputs_[i].Reserve(floats(tokens * hidden));
    }
    embedding_.Reserve(floats(tokens * (hidden + 1) + 16));
    return;
  }
  int64_t longest = 0, most = 0;
  for (const SequenceChunk& chunk : chunks_) {
    longest = std::max(longest, chunk.batch.tokens());
    most = std::max(most, chunk.batch.sequences());
  }
  for (const auto& memory : threads_) {
    memory->layer.Reserve(floats(std::max(LayerFloats(config, longest, most, false),
                                          LayerFloats(config, longest, most, true))));
    for (AlignedBuffer<float>& states : memory->states) states.Reserve(floats(longest * hidden));
    memory->embedding.Reserve(floats(longest * (hidden + 1) + 16));
  }
}

void Tape::CutChunks() {
  const PackedTokens& batch = *pass_.batch;
  DPR_CHECK(static_cast<int64_t>(pass_.numbers.size()) == batch.sequences());
  const int64_t most = std::clamp(batch.tokens() / kChunks, kLeastChunkTokens, kMostChunkTokens);
  chunks_.clear();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    if (chunks_.empty() || chunks_.back().batch.tokens() + batch.length(s) > most) {
      chunks_.emplace_back();
      chunks_.back().first_sequence = s;
      chunks_.back().first_token = batch.offsets[s];
    }
    SequenceChunk& chunk = chunks_.back();
    chunk.batch.AddFrom(batch, s);
    chunk.numbers.push_back(pass_.numbers[s]);
  }
}

LayerTape Tape::WholeLayer(int64_t layer) {
  const int64_t tokens = pass_.batch->tokens(), sequences = pass_.batch->sequences();
  Carver carver(layers_[layer].data());
  LayerTape tape = Carve(carver, config_, tokens, sequences, first_only(layer));
  tape.x = {inputs_[layer].data(), tokens, config_.hidden};
  tape.y = layer + 1 == config_.layers
               ? states_
               : FloatView(inputs_[layer + 1].data(), tokens, config_.hidden);
  return tape;
}

LayerTape Tape::Layer(int64_t layer, const SequenceChunk& chunk, int thread) {
  const int64_t tokens = chunk.batch.tokens(), sequences = chunk.batch.sequences();
  const bool first = first_only(layer), last = layer + 1 == config_.layers;
  const int64_t row = first ? chunk.first_sequence : chunk.first_token;
  const int64_t rows = first ? sequences : tokens;
  if (!pass_.remember) {
    ThreadMemory& memory = *threads_[thread];
    Carver carver(memory.layer.data());
    LayerTape tape = Carve(carver, config_, tokens, sequences, first);
    tape.x = {memory.states[layer % 2].data(), tokens, config_.hidden};
    tape.y = last ? states_.rows_from(row, rows)
                  : FloatView(memory.states[(layer + 1) % 2].data(), tokens, config_.hidden);
    return tape;
  }
  LayerTape tape = WholeLayer(layer);
  tape.x = tape.x.rows_from(chunk.first_token, tokens);
  tape.qkv = tape.qkv.rows_from(chunk.first_token, tokens);
  if (first) {
    tape.first_x = tape.first_x.rows_from(row, rows);
    tape.first_qkv = tape.first_qkv.rows_from(row, rows);
  }
  for (FloatView* view : {&tape.heads, &tape.attended, &tape.intermediate, &tape.y}) {
    *view = view->rows_from(row, rows);
  }
  tape.attention_norm = RowsOf(tape.attention_norm, row, rows);
  tape.output_norm = RowsOf(tape.output_norm, row, rows);
  return tape;
}

LayerNormRecord Tape::EmbeddingRecord(const SequenceChunk& chunk, int thread) {
  const int64_t own = chunk.batch.tokens();
  const int64_t tokens = pass_.remember ? pass_.batch->tokens() : own;
  Carver carver(pass_.remember ? embedding_.data() : threads_[thread]->embedding.data());
  const FloatView normal = carver.Take(tokens, config_.hidden);
  const LayerNormRecord record = {normal, carver.Take(tokens, 1).data};
  return RowsOf(record, pass_.remember ? chunk.first_token : 0, own);
}

FloatView Tape::EmbeddingOutput(const SequenceChunk& chunk, int thread) {
  return Layer(0, chunk, thread).x;
}

void Tape::BeginBackward() {
  DPR_CHECK(pass_.remember);
  const int64_t tokens = pass_.batch->tokens(), sequences = pass_.batch->sequences();
  const int64_t hidden = config_.hidden;
  const int64_t widest = 5 * hidden + config_.intermediate;
  slopes_.Reserve(static_cast<size_t>(tokens * widest + 64));
  Carver carver(flows_.Reserve(static_cast<size_t>((tokens + sequences) * hidden + 32)));
  flow_ = carver.Take(tokens, hidden);
  first_flow_ = carver.Take(sequences, hidden);
  partials_.Reserve(chunks_.size() * static_cast<size_t>(4 * hidden));
  for (const auto& memory : threads_) {
    memory->gradient.Reserve(static_cast<size_t>(Linear::kGradientScratch));
  }
}

LayerSlopes Tape::WholeSlopes(bool first_only) const {
  const int64_t tokens = pass_.batch->tokens();
  return CarveSlopes(slopes_.data(), config_, tokens,
                     first_only ? pass_.batch->sequences() : tokens);
}

LayerSlopes Tape::Slopes(const SequenceChunk& chunk, bool first_only) const {
  LayerSlopes slopes = WholeSlopes(first_only);
  const int64_t row = first_only ? chunk.first_sequence : chunk.first_token;
  const int64_t rows = first_only ? chunk.batch.sequences() : chunk.batch.tokens();
  for (FloatView* view : {&slopes.output, &slopes.intermediate, &slopes.attention}) {
    *view = view->rows_from(row, rows);
  }
  slopes.qkv = slopes.qkv.rows_from(chunk.first_token, chunk.batch.tokens());
  return slopes;
}

void Tape::BeginPartials() {
  std::fill_n(partials_.data(), chunks_.size() * static_cast<size_t>(4 * config_.hidden), 0.0f);
}

std::span<float> Tape::Partial(size_t chunk) const {
  const auto size = static_cast<size_t>(4 * config_.hidden);
  return {partials_.data() + chunk * size, size};
}

}  // namespace dpr
