// The memory of one forward pass, every buffer by name. It grows to the largest batch seen and is
// used again, so that a steady state allocates nothing. One per thread.
#pragma once

#include "dpr/bert/feed_forward.h"
#include "dpr/bert/self_attention.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

struct BertWorkspace {
  AlignedBuffer<float> hidden;    // [tokens, hidden]: into a layer, and out of it
  AlignedBuffer<float> attended;  // [tokens, hidden]: between a layer's attention and feed-forward
  AlignedBuffer<float> first;     // [sequences, hidden]: ForwardFirstTokens' result
  SelfAttentionBuffers attention;
  FeedForwardBuffers feed_forward;

  // Times forward passes with `clock`, which must outlive them; null: no more.
  void UseClock(StageClock* clock) { attention.clock = feed_forward.clock = clock; }
};

}  // namespace dpr
