// What one transformer layer leaves on its forward pass for its backward pass, and what the
// backward pass leaves for the gradients of the weights. Views; the tape owns the memory
// (bert/tape.h).
//
// `rows` are all tokens, or, in the last layer of a model that pools first tokens, one row for each
// sequence: what a first token's state does not need is then not computed.
#pragma once

#include <span>

#include "dpr/bert/packed_tokens.h"
#include "dpr/tensor/dropout.h"
#include "dpr/tensor/ops.h"

namespace dpr {

struct LayerTape {
  FloatView x;                     // [tokens, hidden]: the layer's input
  FloatView qkv;                   // [tokens, 3 hidden]
  FloatView first_x, first_qkv;    // [sequences, ...], with first tokens only; else empty
  FloatView heads;                 // [rows, hidden]
  LayerNormRecord attention_norm;  // [rows, hidden]
  FloatView attended;              // [rows, hidden]: between attention and feed-forward
  FloatView intermediate;          // [rows, intermediate]: before GELU; Backward makes it after
  LayerNormRecord output_norm;     // [rows, hidden]
  FloatView y;                     // [rows, hidden]: the layer's output

  bool first_only() const { return first_x.data != nullptr; }
};

// The slopes of the loss by the outputs of the layer's matrices.
struct LayerSlopes {
  FloatView output;        // [rows, hidden]: of W_2
  FloatView intermediate;  // [rows, intermediate]: of W_1
  FloatView attention;     // [rows, hidden]: of W_O
  FloatView qkv;           // [tokens, 3 hidden]
};

// Where a layer drops, as BERT does (Devlin et al. 2019, appendix A.2).
struct LayerDropout {
  Dropout probabilities, attention, output;
};

// Sequences that one thread takes through the layers, and the numbers that dropout knows them by.
struct SequenceChunk {
  PackedTokens batch;
  std::vector<uint64_t> numbers;                // [sequences]
  int64_t first_token = 0, first_sequence = 0;  // their places in the whole batch
};

// Drops elements of x, which has a row for each token, or for each sequence (its first token's).
void DropStates(const Dropout& dropout, const SequenceChunk& chunk, bool first_only, FloatView x);

}  // namespace dpr
