// What a forward pass in training leaves for its backward pass: every layer's tape, the slopes that
// flow back, and the memory of each thread. It grows to the largest batch seen and is used again.
#pragma once

#include <memory>
#include <vector>

#include "dpr/bert/config.h"
#include "dpr/bert/layer_tape.h"
#include "dpr/bert/workspace.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Which dropout a training step has: a function of these numbers and of the sequences' own.
struct DropoutPlan {
  double hidden = 0;     // probability for embeddings and the layers' outputs
  double attention = 0;  // for attention's probabilities
  uint64_t seed = 0, step = 0;

  Dropout Embedding() const { return Site(0, hidden); }
  LayerDropout Layer(int64_t layer) const {
    const auto first = static_cast<uint64_t>(4 * (layer + 1));
    return {Site(first, attention), Site(first + 1, hidden), Site(first + 2, hidden)};
  }

 private:
  Dropout Site(uint64_t site, double probability) const;
};

// A batch of sequences to learn from, in the order of their rows.
struct TrainingPass {
  const PackedTokens* batch = nullptr;
  std::span<const uint64_t> numbers;  // [sequences]: dropout's name for each, below 2^24
  DropoutPlan dropout;
  bool first_only = true;  // of the last layer, the states of first tokens only
  bool remember = true;    // false: no backward pass will follow, and little memory is taken
};

class Tape {
 public:
  Tape();
  ~Tape();

  // Makes room for `pass`, whose batch must stay as it is until the backward pass is over.
  void Begin(const BertConfig& config, const TrainingPass& pass);

  const TrainingPass& pass() const { return pass_; }
  const std::vector<SequenceChunk>& chunks() const { return chunks_; }
  // The rows of `chunk` (or all rows). Without memory of the pass, layer by layer in the thread's
  // own space.
  LayerTape Layer(int64_t layer, const SequenceChunk& chunk, int thread);
  LayerTape WholeLayer(int64_t layer);
  LayerNormRecord EmbeddingRecord(const SequenceChunk& chunk, int thread);
  FloatView EmbeddingOutput(const SequenceChunk& chunk, int thread);
  FloatView states() const { return states_; }  // [tokens or sequences, hidden]: the result

  // Room for the backward pass.
  void BeginBackward();
  LayerSlopes Slopes(const SequenceChunk& chunk, bool first_only) const;
  LayerSlopes WholeSlopes(bool first_only) const;
  FloatView flow() const { return flow_; }              // [tokens, hidden]
  FloatView first_flow() const { return first_flow_; }  // [sequences, hidden]
  // [4 hidden]: slopes of a layer's two norms from one chunk; zero after BeginPartials.
  std::span<float> Partial(size_t chunk) const;
  void BeginPartials();

  struct ThreadMemory {
    SelfAttentionBuffers attention;
    FeedForwardBuffers feed_forward;
    AlignedBuffer<float> layer, states[2], embedding;  // without memory of the pass
    AlignedBuffer<float> gradient;                     // Linear::kGradientScratch
  };
  ThreadMemory& thread(int number) { return *threads_[static_cast<size_t>(number)]; }

 private:
  LayerTape CarveLayer(int64_t layer, float* memory, int64_t tokens, int64_t sequences) const;
  bool first_only(int64_t layer) const { return pass_.first_only && layer + 1 == config_.layers; }
  void CutChunks();

  BertConfig config_;
  TrainingPass pass_;
  std::vector<SequenceChunk> chunks_;
  std::vector<AlignedBuffer<float>> layers_;  // each layer's tape, but for x and y
  std::vector<AlignedBuffer<float>> inputs_;  // [layers][tokens, hidden]
  AlignedBuffer<float> output_, embedding_;
  AlignedBuffer<float> slopes_, flows_, partials_;
  FloatView states_, flow_, first_flow_;
  std::vector<std::unique_ptr<ThreadMemory>> threads_;
};

}  // namespace dpr
