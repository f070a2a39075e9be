// The gradient of attention. With S = scale Q K^T, P = softmax(S), dropped to P', out = P' V:
//
//   dV = P'^T d_out,   dP' = d_out V^T,   dS = P (m dP' - rowsum(d_out out)),   m = P' / P
//   dQ = scale dS K,   dK = scale dS^T Q
//
// (rowsum(P' dP') = rowsum(d_out out), which saves a pass.) The probabilities are computed again, a
// few queries at a time, so that nothing of the size of length^2 is kept.
#include <algorithm>

#include "dpr/tensor/gradients.h"
#include "dpr/tensor/kernels.h"

namespace dpr {
namespace {

constexpr int64_t kBlockQueries = 56;  // four register tiles of the GEMM

int64_t RoundUp(int64_t n) { return (n + kPanelColumns - 1) / kPanelColumns * kPanelColumns; }

// Where the parts of the scratch lie, in floats.
struct ScratchLayout {
  int64_t keys_across, values_across, keys_down, probabilities, slopes, queries, d_out, size;

  ScratchLayout(int64_t length, int64_t head_size)
      : keys_across(0),                                            // k^T in panels
        values_across(keys_across + RoundUp(length) * head_size),  // v^T in panels
        keys_down(values_across + RoundUp(length) * head_size),    // k in panels
        probabilities(keys_down + RoundUp(head_size) * length),
        slopes(probabilities + kBlockQueries * RoundUp(length)),
        queries(slopes + kBlockQueries * RoundUp(length)),  // the block's rows of q in panels
        d_out(queries + kBlockQueries * RoundUp(head_size)),
        size(d_out + kBlockQueries * RoundUp(head_size)) {}
};

// c = a B for B's panels of `depth` rows; whole vectors of c's columns.
PanelProduct Across(ConstFloatView a, const float* panels, int64_t columns, float* c,
                    int64_t c_stride) {
  PanelProduct product;
  product.a = a.data;
  product.a_stride = a.stride;
  product.rows = a.rows;
  product.depth = a.columns;
  product.panels = panels;
  product.columns = columns;
  product.c = c;
  product.c_stride = c_stride;
  return product;
}

// c += a^T B for a [depth, rows].
PanelProduct Down(ConstFloatView a, const float* panels, FloatView c, bool accumulate) {
  PanelProduct product = Across(a, panels, c.columns, c.data, c.stride);
  product.a_transposed = true;
  product.rows = a.columns;
  product.depth = a.rows;
  product.accumulate = accumulate;
  return product;
}

}  // namespace

int64_t AttentionGradientScratch(int64_t length, int64_t head_size) {
  return RoundUp(ScratchLayout(length, head_size).size);
}

void AttentionHeadGradient(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale,
                           ConstFloatView out, ConstFloatView d_out,
                           const AttentionDropout* dropout, const AttentionGradients& gradients,
                           std::span<float> scratch) {
  const Kernels& kernels = ActiveKernels();
  const int64_t length = k.rows, size = k.columns, padded = RoundUp(length);
  const int64_t whole = (length + 15) / 16 * 16;  // what lies beyond the length is not read
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >= AttentionGradientScratch(length, size));
  const ScratchLayout layout(length, size);
  float* const at = scratch.data();
  kernels.packing.pack_rows(k.data, k.stride, length, size, at + layout.keys_across);
  kernels.packing.pack_rows(v.data, v.stride, length, size, at + layout.values_across);
  kernels.packing.pack_columns(k.data, k.stride, length, size, at + layout.keys_down);
  float inverse[kBlockQueries], dots[kBlockQueries];
  for (int64_t first = 0; first < q.rows; first += kBlockQueries) {
    const int64_t rows = std::min(kBlockQueries, q.rows - first);
    const ConstFloatView ask = q.rows_from(first, rows), d_answer = d_out.rows_from(first, rows);
    const FloatView p(at + layout.probabilities, rows, length, padded);
    const FloatView ds(at + layout.slopes, rows, length, padded);
    for (int64_t i = 0; i < rows; ++i) {
      dots[i] = kernels.reduction.dot(d_answer.row(i), out.row(first + i), size);
    }
    kernels.gemm.multiply(Across(ask, at + layout.keys_across, whole, p.data, padded));
    kernels.softmax.exponentials(p.data, padded, rows, length, scale, inverse);
    kernels.gemm.multiply(Across(d_answer, at + layout.values_across, whole, ds.data, padded));
    for (int64_t i = 0; i < rows; ++i) {
      const DropoutRow row = dropout != nullptr ? dropout->Row(first + i) : DropoutRow{};
      kernels.gradient.softmax(p.row(i), inverse[i], row, dots[i], scale, length, ds.row(i));
    }
    kernels.packing.pack_columns(ask.data, ask.stride, rows, size, at + layout.queries);
    kernels.packing.pack_columns(d_answer.data, d_answer.stride, rows, size, at + layout.d_out);
    const FloatView d_q = gradients.d_q.rows_from(first, rows);
    kernels.gemm.multiply(Across(ds, at + layout.keys_down, size, d_q.data, d_q.stride));
    kernels.gemm.multiply(Down(ds, at + layout.queries, gradients.d_k, first > 0));
    kernels.gemm.multiply(Down(p, at + layout.d_out, gradients.d_v, first > 0));
  }
}

}  // namespace dpr
