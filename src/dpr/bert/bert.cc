#include "dpr/bert/bert.h"

#include "dpr/base/error.h"
#include "dpr/bert/bert_layers.h"
#include "dpr/bert/workspace.h"
#include "dpr/tensor/ops.h"

namespace dpr {
Bert::Bert(const BertWeights& weights, Precision precision)
    : layers_(std::make_unique<Layers>(weights, precision)) {}
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
