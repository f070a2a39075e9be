// BERT's first layer: the sum of a token's, its segment's and its position's embedding, then layer
// norm (Devlin et al. 2019, figure 2). All segments are 0, as DPR trains.
#pragma once

#include <vector>

#include "dpr/bert/layer_norm.h"
#include "dpr/bert/packed_tokens.h"
#include "dpr/bert/weights.h"

namespace dpr {

// Immutable and thread-safe. Keeps the table of word pieces where it is (mapped) and copies the
// rest.
class EmbeddingLayer {
 public:
  EmbeddingLayer(const EmbeddingWeights& weights, float epsilon);

  // out [tokens, hidden]: row t = LayerNorm(word[ids[t]] + segment[0] + position[t's place]).
  void Forward(const PackedTokens& batch, FloatView out) const;

 private:
  FloatTensor word_;
  std::vector<float> position_;  // [positions, hidden]
  std::vector<float> segment_;   // [hidden], that of segment 0
  LayerNorm norm_;
  int64_t positions_;
};

}  // namespace dpr
