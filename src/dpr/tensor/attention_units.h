// Attention of one head over operands of fewer bits, by precision; AttentionHeadIn (ops.h) chooses.
// Scratch in floats; the first is aligned to 64 bytes.
#pragma once

#include <cstdint>
#include <span>

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/matrix.h"

namespace dpr {

// Queries that go through both products at a time: their scores stay in the first cache.
inline constexpr int64_t kAttentionQueries = 28;

inline int64_t RoundUpToPanel(int64_t n) {
  return (n + kPanelColumns - 1) / kPanelColumns * kPanelColumns;
}

// Pairs of bf16 (attention_pairs.cc).
int64_t PairAttentionScratch(int64_t length, int64_t head_size);
void AttentionHeadInPairs(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                          FloatView out, std::span<float> scratch);

// Pairs of words of 16 bits (attention_words.cc).
int64_t WordAttentionScratch(int64_t length, int64_t head_size);
void AttentionHeadInWords(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                          FloatView out, std::span<float> scratch);

}  // namespace dpr
