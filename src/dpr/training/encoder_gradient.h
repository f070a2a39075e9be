// One encoder of a retriever while it is trained: BERT and its pooling, forward and backward, and
// the gradients of its parameters.
#pragma once

#include <memory>
#include <span>

#include "dpr/bert/bert.h"
#include "dpr/bert/tape.h"
#include "dpr/encoder/pooling.h"

namespace dpr {

// For one caller; everything runs on all compute threads.
class EncoderGradient {
 public:
  // Makes `bert` trainable and sets its precision. `frozen`: its parameters stay, nothing is ever
  // backward.
  EncoderGradient(std::shared_ptr<Bert> bert, Pooling pooling, bool frozen,
                  Precision precision = Precision::kF32);

  // Vectors of pass.batch into out [sequences, dimensions]. With pass.remember, Backward may
  // follow. pass.first_only is set here.
  void Forward(TrainingPass pass, FloatView out);
  // Adds to the gradients, given the slopes of the last Forward's vectors, [sequences, dimensions],
  // which it changes.
  void Backward(FloatView d_vectors);

  int64_t dimensions() const;
  // Bytes that remembering takes for each token, and the backward pass beside it.
  int64_t bytes_per_token() const;
  bool frozen() const { return frozen_; }
  Bert& bert() { return *bert_; }
  const std::shared_ptr<Bert>& shared_bert() const { return bert_; }
  std::span<float> gradients() { return gradients_.all(); }

 private:
  struct Array {
    AlignedBuffer<float> values;
    int64_t size = 0;
    std::span<float> all() const { return {values.data(), static_cast<size_t>(size)}; }
  };

  std::shared_ptr<Bert> bert_;
  Pooling pooling_;
  bool frozen_;
  Tape tape_;
  PoolingBuffers buffers_;
  AlignedBuffer<float> d_states_;
  Array gradients_;
};

}  // namespace dpr
