// The layers of a BERT, behind bert.h.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "dpr/bert/bert.h"
#include "dpr/bert/embedding_layer.h"
#include "dpr/bert/feed_forward.h"
#include "dpr/bert/self_attention.h"
#include "dpr/bert/workspace.h"

namespace dpr {

struct TransformerLayer {
  TransformerLayer(const LayerWeights& weights, const BertConfig& config, Precision precision)
      : attention(weights.attention, config, precision),
        feed_forward(weights.feed_forward, config, precision) {}

  SelfAttention attention;
  FeedForward feed_forward;
};

struct ParameterPlaces;  // bert_parameters.cc

struct Bert::Layers {
  Layers(const BertWeights& weights, Precision precision);

  // The input of the last layer in workspace.hidden, when `count` is all layers but one.
  FloatView RunLayers(const PackedTokens& batch, size_t count, LayerThreads threads,
                      BertWorkspace& workspace) const;
  FloatView RunFirstTokens(const PackedTokens& batch, LayerThreads threads,
                           BertWorkspace& workspace) const;

  // The parameters beside the tensors of `weights`, whose layers must be there.
  ParameterPlaces Places(BertWeights& weights);

  BertConfig config;
  EmbeddingLayer embedding;
  std::vector<std::unique_ptr<TransformerLayer>> transformer;
  std::optional<Linear> pooler, projection;
  ParameterArray parameters;  // empty unless it is trained
};

}  // namespace dpr
