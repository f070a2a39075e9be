// From the hidden states of tokens to one vector per text.
#pragma once

#include "dpr/bert/bert.h"
#include "dpr/encoder/encoder.h"

namespace dpr {

// The buffers of one batch on its way through BERT and pooling.
struct PoolingBuffers {
  AlignedBuffer<float> pooled;     // [sequences, hidden]
  AlignedBuffer<float> projected;  // [sequences, projection]
};

// Runs `bert` over `batch` and pools: first token, mean over a sequence's tokens, or the tanh
// pooler over the first; then the projection, if the model has one. The result, [sequences,
// dimensions], is in one of the arguments' buffers. `wide`: one small batch over all compute
// threads.
FloatView ForwardAndPool(const Bert& bert, Pooling pooling, bool wide, const PackedTokens& batch,
                         BertWorkspace& workspace, PoolingBuffers& buffers);

}  // namespace dpr
