#include "dpr/bert/bert.h"

#include <optional>
#include <utility>
#include <vector>

#include "dpr/base/error.h"
#include "dpr/base/threads.h"
#include "dpr/bert/embedding_layer.h"
#include "dpr/bert/packing.h"
#include "dpr/bert/weights.h"
#include "dpr/bert/workspace.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

struct TransformerLayer {
  TransformerLayer(const LayerWeights& weights, const BertConfig& config)
      : attention(weights.attention, config), feed_forward(weights.feed_forward, config) {}

  SelfAttention attention;
  FeedForward feed_forward;
};

std::vector<std::unique_ptr<const TransformerLayer>> PackLayers(const BertWeights& weights) {
  std::vector<std::unique_ptr<const TransformerLayer>> layers(weights.layers.size());
  ParallelFor(static_cast<int64_t>(layers.size()), 1, [&](int64_t i) {
    layers[i] = std::make_unique<const TransformerLayer>(weights.layers[i], weights.config);
  });
  return layers;
}

std::optional<Linear> PackIfAny(const LinearWeights& weights) {
  if (weights.empty()) return std::nullopt;
  return PackAndRelease(weights);
}

}  // namespace

struct Bert::Layers {
  explicit Layers(const BertWeights& weights)
      : config(weights.config),
        embedding(weights.embeddings, config.layer_norm_epsilon),
        transformer(PackLayers(weights)),
        pooler(PackIfAny(weights.pooler)),
        projection(PackIfAny(weights.projection)) {}

  // The input of the last layer in workspace.hidden, when `count` is all layers but one.
  FloatView RunLayers(const PackedTokens& batch, size_t count, LayerThreads threads,
                      BertWorkspace& workspace) const {
    const FloatView hidden = Shaped(workspace.hidden, batch.tokens(), config.hidden);
    const FloatView attended = Shaped(workspace.attended, batch.tokens(), config.hidden);
    StageClock* const clock = workspace.attention.clock;
    if (clock != nullptr) clock->Start();
    embedding.Forward(batch, hidden);
    Mark(clock, Stage::kEmbedding);
    for (size_t i = 0; i < count; ++i) {
      transformer[i]->attention.Forward(hidden, batch, workspace.attention, threads, attended);
      transformer[i]->feed_forward.Forward(attended, workspace.feed_forward, threads, hidden);
    }
    return hidden;
  }

  FloatView RunFirstTokens(const PackedTokens& batch, LayerThreads threads,
                           BertWorkspace& workspace) const {
    const FloatView hidden = RunLayers(batch, transformer.size() - 1, threads, workspace);
    const FloatView attended = Shaped(workspace.attended, batch.sequences(), config.hidden);
    const FloatView first = Shaped(workspace.first, batch.sequences(), config.hidden);
    const TransformerLayer& last = *transformer.back();
    last.attention.ForwardFirstTokens(hidden, batch, workspace.attention, threads, attended);
    last.feed_forward.Forward(attended, workspace.feed_forward, threads, first);
    return first;
  }

  BertConfig config;
  EmbeddingLayer embedding;
  std::vector<std::unique_ptr<const TransformerLayer>> transformer;
  std::optional<Linear> pooler, projection;
};

Bert::Bert(const BertWeights& weights) : layers_(std::make_unique<const Layers>(weights)) {}
Bert::Bert(Bert&&) noexcept = default;
Bert& Bert::operator=(Bert&&) noexcept = default;
Bert::~Bert() = default;

FloatView Bert::Forward(const PackedTokens& batch, BertWorkspace& workspace) const {
  return layers_->RunLayers(batch, layers_->transformer.size(), LayerThreads::kCaller, workspace);
}

FloatView Bert::ForwardWide(const PackedTokens& batch, BertWorkspace& workspace) const {
  return layers_->RunLayers(batch, layers_->transformer.size(), LayerThreads::kAll, workspace);
}

FloatView Bert::ForwardFirstTokens(const PackedTokens& batch, BertWorkspace& workspace) const {
  return layers_->RunFirstTokens(batch, LayerThreads::kCaller, workspace);
}

FloatView Bert::ForwardFirstTokensWide(const PackedTokens& batch, BertWorkspace& workspace) const {
  return layers_->RunFirstTokens(batch, LayerThreads::kAll, workspace);
}

void Bert::Pool(ConstFloatView first_tokens, FloatView out) const {
  DPR_CHECK(has_pooler());
  layers_->pooler->Forward(first_tokens, out);
  for (int64_t i = 0; i < out.rows; ++i) Tanh(out.row_span(i));
}

void Bert::Project(ConstFloatView pooled, FloatView out) const {
  DPR_CHECK(has_projection());
  layers_->projection->Forward(pooled, out);
}

bool Bert::has_pooler() const { return layers_->pooler.has_value(); }
bool Bert::has_projection() const { return layers_->projection.has_value(); }
const BertConfig& Bert::config() const { return layers_->config; }

}  // namespace dpr
