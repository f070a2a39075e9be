// BERT's first layer: the sum of a token's, its segment's and its position's embedding, then layer
// norm (Devlin et al. 2019, figure 2). Segments are all 0, as DPR trains, but in pretraining.
#pragma once

#include "dpr/bert/layer_norm.h"
#include "dpr/bert/layer_tape.h"
#include "dpr/bert/weights.h"

namespace dpr {

// Thread-safe but for what changes parameters. Keeps the table of word pieces where it is (mapped),
// until it is to be trained, and copies the rest.
class EmbeddingLayer {
 public:
  EmbeddingLayer(const EmbeddingWeights& weights, float epsilon);

  // out [tokens, hidden]: row t = LayerNorm(word[ids[t]] + segment[t's] + position[t's place]).
  void Forward(const PackedTokens& batch, FloatView out, const LayerNormRecord& record = {}) const;

  // d [tokens, hidden]: from the slopes of out to those of the sum, in place; slopes of the norm's
  // parameters are added to `partial`, [2 hidden].
  void Backward(const LayerNormRecord& record, FloatView d, std::span<float> partial) const {
    norm_.Backward(record, d, partial);
  }
  // Adds the columns [begin, end) of the sum's slopes to the tables' gradients, token by token.
  void AddGradient(const PackedTokens& batch, ConstFloatView d, int64_t begin, int64_t end,
                   const GradientArray& gradients) const;

  void CopyWords();  // into memory of the layer's own, to be trained
  ParameterBuffer& word() { return trained_word_; }
  ParameterBuffer& position() { return position_; }
  ParameterBuffer& segment() { return segment_; }
  LayerNorm& norm() { return norm_; }
  const LayerNorm& norm() const { return norm_; }

  ConstFloatView words() const;  // [vocabulary, hidden]

 private:
  FloatTensor word_;
  ParameterBuffer trained_word_;  // [vocabulary, hidden], or empty
  ParameterBuffer position_;      // [positions, hidden]
  ParameterBuffer segment_;       // [segments, hidden]
  LayerNorm norm_;
  int64_t positions_;
};

}  // namespace dpr
