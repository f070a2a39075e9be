// Attention of one head as two products over packed panels: k^T and v are packed once, then a few
// queries at a time go through q k^T, the exponentials and the product with v, so that their scores
// stay in the first cache. The division by the sum of the exponentials comes last, on [head_size]
// instead of [length] elements.
#include <algorithm>

#include "dpr/tensor/attention_units.h"
#include "dpr/tensor/kernels.h"
#include "dpr/tensor/ops.h"

namespace dpr {
namespace {

// Where the parts of the scratch lie, in floats.
struct ScratchLayout {
  int64_t keys, values, scores, size;

  ScratchLayout(int64_t length, int64_t head_size)
      : keys(0),
        values(keys + RoundUpToPanel(length) * head_size),    // k^T: [panels][head_size][32]
        scores(values + RoundUpToPanel(head_size) * length),  // v: [panels][length][32]
        size(scores + kAttentionQueries * RoundUpToPanel(length)) {
  }  // [kAttentionQueries][RoundUpToPanel(length)]
};

}  // namespace

int64_t AttentionScratch(int64_t length, int64_t head_size) {
  return RoundUpToPanel(ScratchLayout(length, head_size).size);
}

void AttentionHead(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale, FloatView out,
                   std::span<float> scratch, const AttentionDropout* dropout) {
  const Kernels& kernels = ActiveKernels();
  const int64_t length = k.rows, head_size = k.columns, padded = RoundUpToPanel(length);
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >= AttentionScratch(length, head_size));
  const ScratchLayout layout(length, head_size);
  float* keys = scratch.data() + layout.keys;
  float* values = scratch.data() + layout.values;
  float* scores = scratch.data() + layout.scores;
  kernels.packing.pack_rows(k.data, k.stride, length, head_size, keys);
  kernels.packing.pack_columns(v.data, v.stride, length, head_size, values);

  PanelProduct ask;
  ask.a_stride = q.stride;
  ask.depth = head_size;
  ask.panels = keys;
  ask.columns = (length + 15) / 16 * 16;  // whole vectors: what lies beyond the length is not read
  ask.c = scores;
  ask.c_stride = padded;
  PanelProduct answer;
  answer.a = scores;
  answer.a_stride = padded;
  answer.depth = length;
  answer.panels = values;
  answer.columns = head_size;
  answer.c_stride = out.stride;
  float inverse[kAttentionQueries];
  for (int64_t first = 0; first < q.rows; first += kAttentionQueries) {
    ask.rows = answer.rows = std::min(kAttentionQueries, q.rows - first);
    ask.a = q.row(first);
    kernels.gemm.multiply(ask);
    kernels.softmax.exponentials(scores, padded, ask.rows, length, scale, inverse);
    for (int64_t i = 0; dropout != nullptr && i < ask.rows; ++i) {
      kernels.gradient.dropout(dropout->Row(first + i), length, scores + i * padded);
    }
    answer.c = out.row(first);
    kernels.gemm.multiply(answer);
    kernels.layer.scale_rows(answer.c, out.stride, ask.rows, head_size, inverse);
  }
}

int64_t AttentionScratchIn(Precision precision, int64_t length, int64_t head_size) {
  switch (precision) {
    case Precision::kBf16:
      return PairAttentionScratch(length, head_size);
    case Precision::kInt8:
      return WordAttentionScratch(length, head_size);
    case Precision::kF32:
      break;
  }
  return AttentionScratch(length, head_size);
}

void AttentionHeadIn(Precision precision, ConstFloatView q, ConstFloatView k, ConstFloatView v,
                     float scale, FloatView out, std::span<float> scratch) {
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >=
            AttentionScratchIn(precision, k.rows, k.columns));
  switch (precision) {
    case Precision::kBf16:
      AttentionHeadInPairs(q, k, v, scale, out, scratch);
      return;
    case Precision::kInt8:
      AttentionHeadInWords(q, k, v, scale, out, scratch);
      return;
    case Precision::kF32:
      AttentionHead(q, k, v, scale, out, scratch);
      return;
  }
}

}  // namespace dpr
