// From the hidden states of tokens to one vector per text.
#pragma once

#include "dpr/bert/bert.h"
#include "dpr/encoder/encoder.h"

namespace dpr {

// The buffers of one batch on its way through BERT and pooling, and of the way back.
struct PoolingBuffers {
  AlignedBuffer<float> pooled;     // [sequences, hidden]
  AlignedBuffer<float> projected;  // [sequences, projection]
  AlignedBuffer<float> d_pooled;   // [sequences, hidden]
};

// From `states`, the first tokens' [sequences, hidden], or for mean pooling all tokens' [tokens,
// hidden], to vectors: first token, mean over a sequence's tokens, or the tanh pooler over the
// first; then the projection, if the model has one. The result, [sequences, dimensions], is in
// `states` or in `buffers`.
FloatView PoolStates(const Bert& bert, Pooling pooling, const PackedTokens& batch, FloatView states,
                     PoolingBuffers& buffers);

// The way back, after PoolStates with the same arguments: the slopes of the vectors, which it
// changes, to those of the states, into d_states. Adds the gradients of the pooler and the
// projection.
void PoolStatesBackward(const Bert& bert, Pooling pooling, const PackedTokens& batch,
                        ConstFloatView states, FloatView d_vectors, PoolingBuffers& buffers,
                        FloatView d_states, std::span<float> gradients);

// Runs `bert` over `batch` and pools. The result, [sequences, dimensions], is in one of the
// arguments' buffers. `wide`: one small batch over all compute threads.
FloatView ForwardAndPool(const Bert& bert, Pooling pooling, bool wide, const PackedTokens& batch,
                         BertWorkspace& workspace, PoolingBuffers& buffers);

}  // namespace dpr
