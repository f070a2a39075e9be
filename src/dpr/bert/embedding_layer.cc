#include "dpr/bert/embedding_layer.h"

#include "dpr/base/error.h"
#include "dpr/bert/packing.h"

namespace dpr {

EmbeddingLayer::EmbeddingLayer(const EmbeddingWeights& weights, float epsilon)
    : word_(weights.word),
      position_(CopyAndRelease(weights.position)),
      segment_(CopyAndRelease(weights.segment)),
      norm_(weights.norm, epsilon),
      positions_(weights.position.shape()[0]) {
  segment_.resize(static_cast<size_t>(weights.word.shape()[1]));
  word_.Release();  // the rows of words that come up return by themselves
}

void EmbeddingLayer::Forward(const PackedTokens& batch, FloatView out) const {
  const ConstFloatView word = word_.matrix();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    DPR_CHECK(batch.length(s) >= 1 && batch.length(s) <= positions_);
    for (int64_t t = batch.offsets[s]; t < batch.offsets[s + 1]; ++t) {
      DPR_CHECK(batch.ids[t] >= 0 && batch.ids[t] < word.rows);
      const float* token = word.row(batch.ids[t]);
      const float* place = position_.data() + (t - batch.offsets[s]) * word.columns;
      float* sum = out.row(t);
      for (int64_t c = 0; c < word.columns; ++c) sum[c] = token[c] + segment_[c] + place[c];
    }
  }
  norm_.Forward(out, {}, out);
}

}  // namespace dpr
