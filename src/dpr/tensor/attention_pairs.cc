// Attention of one head in bf16: q, k, v and the exponentials are rounded to pairs, scores, sums
// and the result are f32.
#include <algorithm>

#include "dpr/tensor/attention_units.h"

namespace dpr {
namespace {

int64_t Pairs(int64_t numbers) { return (numbers + 1) / 2; }
int64_t WholePairs(int64_t numbers) { return (numbers + 15) / 16 * 8; }  // of whole vectors

// Where the parts of the scratch lie.
struct ScratchLayout {
  int64_t keys, values, rows, scores, probabilities, size;

  ScratchLayout(int64_t length, int64_t head_size)
      : keys(0),  // k^T: [panels][pairs of the head][32]
        values(keys + RoundUpToPanel(length) * Pairs(head_size)),  // v: [panels][pairs of keys][32]
        rows(values + RoundUpToPanel(head_size) * Pairs(length)),  // of k, then of some of q
        scores(rows + std::max(length, kAttentionQueries) * Pairs(head_size)),
        probabilities(scores + kAttentionQueries * RoundUpToPanel(length)),
        size(probabilities + kAttentionQueries * WholePairs(length)) {}
};

}  // namespace

int64_t PairAttentionScratch(int64_t length, int64_t head_size) {
  return RoundUpToPanel(ScratchLayout(length, head_size).size);
}

void AttentionHeadInPairs(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                          FloatView out, std::span<float> scratch) {
  const Kernels& kernels = ActiveKernels();
  const int64_t length = k.rows, head_size = k.columns, padded = RoundUpToPanel(length);
  const int64_t head_pairs = Pairs(head_size), key_pairs = Pairs(length);
  const ScratchLayout layout(length, head_size);
  float* const keys = scratch.data() + layout.keys;
  float* const values = scratch.data() + layout.values;
  float* const rows = scratch.data() + layout.rows;
  float* const scores = scratch.data() + layout.scores;
  float* const probabilities = scratch.data() + layout.probabilities;
  kernels.packing.pair_columns(k.data, k.stride, length, head_size, rows, head_pairs);
  kernels.packing.pack_rows(rows, head_pairs, length, head_pairs, keys);
  for (int64_t column = 0; column < head_size; column += kPanelColumns) {
    const int64_t count = std::min(kPanelColumns, head_size - column);
    float* const panel = values + column * key_pairs;
    if (count < kPanelColumns) std::fill_n(panel, key_pairs * kPanelColumns, 0.0f);
    kernels.packing.pair_rows(v.data + column, v.stride, length, count, panel, kPanelColumns);
  }

  PanelProduct ask;
  ask.a = rows;
  ask.a_stride = ask.depth = head_pairs;
  ask.panels = keys;
  ask.columns = (length + 15) / 16 * 16;  // whole vectors: what lies beyond the length is not read
  ask.c = scores;
  ask.c_stride = padded;
  PanelProduct answer;
  answer.a = probabilities;
  answer.a_stride = WholePairs(length);
  answer.depth = key_pairs;
  answer.panels = values;
  answer.columns = head_size;
  answer.c_stride = out.stride;
  float inverse[kAttentionQueries];
  for (int64_t first = 0; first < q.rows; first += kAttentionQueries) {
    ask.rows = answer.rows = std::min(kAttentionQueries, q.rows - first);
    kernels.packing.pair_columns(q.row(first), q.stride, ask.rows, head_size, rows, head_pairs);
    kernels.gemm.multiply_pairs(ask);
    kernels.softmax.exponential_pairs(scores, padded, ask.rows, length, scale, probabilities,
                                      answer.a_stride, inverse);
    answer.c = out.row(first);
    kernels.gemm.multiply_pairs(answer);
    kernels.layer.scale_rows(answer.c, out.stride, ask.rows, head_size, inverse);
  }
}

}  // namespace dpr
