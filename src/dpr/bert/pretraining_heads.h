// BERT's two heads for pretraining (Devlin et al. 2019, section 3.1 and appendix A), their losses,
// and the way back:
//
//   words  which word piece stood here?       t = LayerNorm(gelu(h W_t + b_t)), scores = t E + b,
//   with
//                                              E the table of word embeddings itself
//   next   does B follow A in its article?     scores = pooled W_n + b_n, two of them
//
// Both losses are -log softmax(scores)[target].
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dpr/bert/bert.h"
#include "dpr/bert/layer_norm.h"
#include "dpr/bert/weights.h"
#include "dpr/tensor/linear.h"

namespace dpr {

// By the names of transformers' BertForPreTraining, all below "cls.".
struct PretrainingHeadWeights {
  LinearWeights transform;  // [hidden, hidden]
  LayerNormWeights norm;
  FloatTensor word_bias;  // [vocabulary]
  LinearWeights next;     // [2, hidden]: the first score is of "B follows A"

  std::vector<BertWeights::Slot> Slots(const BertConfig& config);
  // Nothing learned yet; a function of (config, seed).
  static PretrainingHeadWeights Random(const BertConfig& config, uint64_t seed);
  // kInvalid as BertWeights::FromTensors. Whether a model's folder has them at all: HasHeads.
  static PretrainingHeadWeights FromTensors(const StoredTensors& stored, const BertConfig& config,
                                            const std::string& where);
  static bool HasHeads(const StoredTensors& stored);
};

struct HeadLoss {
  double sum = 0;           // of the rows' losses
  int64_t correct = 0;      // rows whose target has the best score
  int64_t not_finite = -1;  // the first row whose loss is no number
};

// For one caller; runs on all compute threads, on whose number no bits depend. Trained beside
// `bert`, which must be trainable already and outlive it.
class PretrainingHeads {
 public:
  PretrainingHeads(const PretrainingHeadWeights& weights, const Bert& bert, Precision precision);

  const ParameterArray& parameters() const { return parameters_; }
  // After each change of these parameters or of the BERT's.
  void ParametersChanged();

  // Where the gradients go: arrays like parameters() and like the BERT's. Empty ones: only the loss
  // is wanted.
  struct Gradients {
    std::span<float> heads, bert;
  };
  // states [n, hidden], targets [n] ids of word pieces. d_states [n, hidden] becomes the slopes of
  // weight * the sum of the losses.
  HeadLoss Words(ConstFloatView states, std::span<const int32_t> targets, double weight,
                 FloatView d_states, const Gradients& gradients);
  // pooled [n, hidden], targets [n]: 0 where B follows A, else 1. d_pooled as above.
  HeadLoss Next(ConstFloatView pooled, std::span<const int32_t> targets, double weight,
                FloatView d_pooled, const Gradients& gradients);

  // An array like parameters(), as named tensors.
  PretrainingHeadWeights Unpack(std::span<const float> array) const;

 private:
  struct RowBlock;
  void BindParameters();
  void BindWords();
  HeadLoss WordChunk(ConstFloatView states, std::span<const int32_t> targets, double weight,
                     FloatView d_states, const Gradients& gradients);
  void WordBlock(const RowBlock& block, double weight);
  void AddWordGradients(ConstFloatView states, int64_t blocks, const Gradients& gradients);
  void AddTiedGradients(const Gradients& gradients);
  GradientArray HeadArray(const Gradients& gradients) const {
    return {parameters_.values.data(), gradients.heads.data()};
  }
  GradientArray WordArray() const { return {word_values_.data(), word_gradient_.data()}; }

  const Bert& bert_;
  Linear transform_, next_, words_;  // words_: a packed copy of E, and of b
  LayerNorm norm_;
  ParameterBuffer word_bias_;
  ParameterArray parameters_;
  AlignedBuffer<float> word_values_, word_gradient_;  // of words_: its weight, then its bias

  // Of a chunk of rows.
  AlignedBuffer<float> scores_, transformed_, normal_, states_, slopes_, deviations_, partials_;
  std::vector<double> losses_;
  std::vector<char> correct_;
  std::vector<AlignedBuffer<float>> scratch_;  // of each thread
};

}  // namespace dpr
