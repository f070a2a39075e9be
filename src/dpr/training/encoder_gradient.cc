#include "dpr/training/encoder_gradient.h"

#include <algorithm>
#include <utility>

#include "dpr/base/error.h"
#include "dpr/bert/layer_threads.h"

namespace dpr {

EncoderGradient::EncoderGradient(std::shared_ptr<Bert> bert, Pooling pooling, bool frozen,
                                 Precision precision)
    : bert_(std::move(bert)), pooling_(pooling), frozen_(frozen) {
  bert_->SetPrecision(precision);
  if (bert_->parameters().size == 0) bert_->MakeTrainable(pooling == Pooling::kPooler);
  if (frozen_) return;
  gradients_.size = bert_->parameters().size;
  std::fill_n(gradients_.values.Reserve(static_cast<size_t>(gradients_.size)), gradients_.size,
              0.0f);
}

void EncoderGradient::Forward(TrainingPass pass, FloatView out) {
  pass.first_only = pooling_ != Pooling::kMean;
  if (frozen_) pass.remember = false;
  tape_.Begin(bert_->config(), pass);
  const FloatView states = bert_->Forward(tape_);
  CopyRows(PoolStates(*bert_, pooling_, *pass.batch, states, buffers_), out);
}

void EncoderGradient::Backward(FloatView d_vectors) {
  DPR_CHECK(!frozen_);
  const FloatView states = tape_.states();
  const FloatView d_states = Shaped(d_states_, states.rows, states.columns);
  PoolStatesBackward(*bert_, pooling_, *tape_.pass().batch, states, d_vectors, buffers_, d_states,
                     gradients());
  bert_->Backward(tape_, d_states, gradients());
}

int64_t EncoderGradient::dimensions() const {
  const BertConfig& config = bert_->config();
  return bert_->has_projection() ? config.projection : config.hidden;
}

int64_t EncoderGradient::bytes_per_token() const {
  const BertConfig& config = bert_->config();
  const int64_t layer = 8 * config.hidden + config.intermediate + 2;
  const int64_t backward = 7 * config.hidden + config.intermediate;
  return 4 * (config.layers * layer + backward);
}

}  // namespace dpr
