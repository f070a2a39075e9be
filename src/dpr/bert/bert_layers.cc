#include "dpr/bert/bert_layers.h"

#include "dpr/base/threads.h"
#include "dpr/bert/packing.h"

namespace dpr {
namespace {

std::vector<std::unique_ptr<TransformerLayer>> PackLayers(const BertWeights& weights,
                                                          Precision precision) {
  std::vector<std::unique_ptr<TransformerLayer>> layers(weights.layers.size());
  ParallelFor(static_cast<int64_t>(layers.size()), 1, [&](int64_t i) {
    layers[i] = std::make_unique<TransformerLayer>(weights.layers[i], weights.config, precision);
  });
  return layers;
}

std::optional<Linear> PackIfAny(const LinearWeights& weights) {
  if (weights.empty()) return std::nullopt;
  return PackAndRelease(weights);
}

}  // namespace

Bert::Layers::Layers(const BertWeights& weights, Precision precision)
    : config(weights.config),
      embedding(weights.embeddings, config.layer_norm_epsilon),
      transformer(PackLayers(weights, precision)),
      pooler(PackIfAny(weights.pooler)),
      projection(PackIfAny(weights.projection)) {}

FloatView Bert::Layers::RunLayers(const PackedTokens& batch, size_t count, LayerThreads threads,
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

FloatView Bert::Layers::RunFirstTokens(const PackedTokens& batch, LayerThreads threads,
                                       BertWorkspace& workspace) const {
  const FloatView hidden = RunLayers(batch, transformer.size() - 1, threads, workspace);
  const FloatView attended = Shaped(workspace.attended, batch.sequences(), config.hidden);
  const FloatView first = Shaped(workspace.first, batch.sequences(), config.hidden);
  const TransformerLayer& last = *transformer.back();
  last.attention.ForwardFirstTokens(hidden, batch, workspace.attention, threads, attended);
  last.feed_forward.Forward(attended, workspace.feed_forward, threads, first);
  return first;
}

}  // namespace dpr
