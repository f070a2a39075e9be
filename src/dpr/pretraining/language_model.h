// A BERT with its heads for pretraining, and their gradients. The loss is the mean over the hidden
// word pieces plus the mean over the pairs, as in Devlin et al. 2019, appendix A.2.
#pragma once

#include <memory>
#include <vector>

#include "dpr/bert/pretraining_heads.h"
#include "dpr/bert/tape.h"
#include "dpr/pretraining/sentence_pairs.h"
#include "dpr/training/checkpoint.h"
#include "dpr/training/optimizer.h"

namespace dpr {

struct MaskedBatch {
  PackedTokens tokens;
  std::vector<int64_t> rows;    // of the tokens that are asked for, ascending
  std::vector<int32_t> pieces;  // that stood there
  std::vector<int32_t> next;    // of each pair

  void Add(const MaskedPair& pair);
  void Clear();
};

struct LanguageModelLoss {
  HeadLoss words, next;
  int64_t asked = 0, pairs = 0;

  double word_loss() const { return words.sum / static_cast<double>(asked); }
  double next_loss() const { return next.sum / static_cast<double>(pairs); }
  double loss() const { return word_loss() + next_loss(); }
  double word_accuracy() const {
    return static_cast<double>(words.correct) / static_cast<double>(asked);
  }
  double next_accuracy() const {
    return static_cast<double>(next.correct) / static_cast<double>(pairs);
  }
  void Add(const LanguageModelLoss& other);
};

// For one caller; runs on all compute threads, on whose number no bits depend.
class LanguageModel {
 public:
  // `weights` must have a pooler. micro_batch_tokens 0: as many as fit into 2 GB.
  LanguageModel(const BertWeights& weights, const PretrainingHeadWeights& heads,
                Precision precision, const OptimizerSettings& optimizer,
                int64_t micro_batch_tokens = 0);

  // Adds the gradients of the batch's loss. The batch asks for one piece at least.
  LanguageModelLoss AddGradients(const MaskedBatch& batch, const DropoutPlan& dropout);
  // The loss alone, without dropout.
  LanguageModelLoss Loss(const MaskedBatch& batch);

  Optimizer& optimizer() { return optimizer_; }
  const CheckpointArrays& arrays() const { return arrays_; }
  void ParametersChanged();
  const Bert& bert() const { return bert_; }
  const PretrainingHeads& heads() const { return heads_; }
  PretrainingHeads::Gradients gradients();
  int64_t micro_batch_tokens() const { return micro_batch_tokens_; }

 private:
  struct Weights {
    double word, pair;  // in the loss
  };
  LanguageModelLoss Run(const MaskedBatch& batch, const DropoutPlan& dropout, bool backward);
  LanguageModelLoss RunPart(const MaskedBatch& part, std::span<const uint64_t> numbers,
                            const DropoutPlan& dropout, const Weights& weights, bool backward);

  Bert bert_;
  PretrainingHeads heads_;
  AlignedBuffer<float> bert_gradients_, head_gradients_;
  Optimizer optimizer_;
  CheckpointArrays arrays_;
  int64_t micro_batch_tokens_;
  Tape tape_;
  AlignedBuffer<float> asked_, d_asked_, first_, pooled_, d_pooled_, d_first_, d_states_;
};

}  // namespace dpr
