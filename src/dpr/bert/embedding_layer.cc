#include "dpr/bert/embedding_layer.h"

#include "dpr/base/error.h"
#include "dpr/bert/packing.h"

namespace dpr {
namespace {

constexpr int32_t kPaddingId = 0;  // [PAD], whose embedding the reference never trains

}  // namespace

EmbeddingLayer::EmbeddingLayer(const EmbeddingWeights& weights, float epsilon)
    : word_(weights.word),
      position_(CopyAndRelease(weights.position)),
      segment_(CopyAndRelease(weights.segment)),
      norm_(weights.norm, epsilon),
      positions_(weights.position.shape()[0]) {
  word_.Release();  // the rows of words that come up return by themselves
}

void EmbeddingLayer::CopyWords() { trained_word_ = CopyAndRelease(word_); }

ConstFloatView EmbeddingLayer::words() const {
  const ConstFloatView mapped = word_.matrix();
  if (trained_word_.size() == 0) return mapped;
  return {trained_word_.data(), mapped.rows, mapped.columns};
}

void EmbeddingLayer::Forward(const PackedTokens& batch, FloatView out,
                             const LayerNormRecord& record) const {
  const ConstFloatView word = words();
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    DPR_CHECK(batch.length(s) >= 1 && batch.length(s) <= positions_);
    for (int64_t t = batch.offsets[s]; t < batch.offsets[s + 1]; ++t) {
      DPR_CHECK(batch.ids[t] >= 0 && batch.ids[t] < word.rows);
      const float* token = word.row(batch.ids[t]);
      const float* place = position_.data() + (t - batch.offsets[s]) * word.columns;
      const float* segment = segment_.data() + batch.segment(t) * word.columns;
      float* sum = out.row(t);
      for (int64_t c = 0; c < word.columns; ++c) sum[c] = token[c] + segment[c] + place[c];
    }
  }
  norm_.Forward(out, {}, out, record);
}

void EmbeddingLayer::AddGradient(const PackedTokens& batch, ConstFloatView d, int64_t begin,
                                 int64_t end, const GradientArray& gradients) const {
  float* const word = gradients.Of(trained_word_);
  float* const position = gradients.Of(position_);
  float* const segments = gradients.Of(segment_);
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    for (int64_t t = batch.offsets[s]; t < batch.offsets[s + 1]; ++t) {
      const float* slope = d.row(t);
      float* const token = word + batch.ids[t] * d.columns;
      float* const place = position + (t - batch.offsets[s]) * d.columns;
      float* const segment = segments + batch.segment(t) * d.columns;
      for (int64_t c = begin; c < end; ++c) {
        place[c] += slope[c];
        segment[c] += slope[c];
      }
      if (batch.ids[t] == kPaddingId) continue;
      for (int64_t c = begin; c < end; ++c) token[c] += slope[c];
    }
  }
}

}  // namespace dpr
