#include "dpr/tensor/gemm.h"

#include <algorithm>

#include "dpr/tensor/kernels.h"

namespace dpr {
namespace {

constexpr int64_t kPassageRows = 56;  // passages whose scores are held before they are transposed

int64_t RoundUp(int64_t n) { return (n + kPanelColumns - 1) / kPanelColumns * kPanelColumns; }

}  // namespace

int64_t ScoreTileScratch(int64_t questions, int64_t, int64_t size) {
  return RoundUp(questions) * (size + kPassageRows);
}

// The questions are packed (they are the fewer, and each is met by every passage); passages are
// read where they lie. So the product comes out transposed, and is turned block by block.
void ScoreTile(ConstFloatView questions, ConstFloatView passages, FloatView scores,
               std::span<float> scratch) {
  const int64_t size = questions.columns, padded = RoundUp(questions.rows);
  DPR_CHECK(passages.columns == size && scores.rows == questions.rows &&
            scores.columns == passages.rows);
  DPR_CHECK(static_cast<int64_t>(scratch.size()) >=
            ScoreTileScratch(questions.rows, passages.rows, size));
  const Kernels& kernels = ActiveKernels();
  kernels.packing.pack_rows(questions.data, questions.stride, questions.rows, size, scratch.data());
  PanelProduct product;
  product.a_stride = passages.stride;
  product.depth = size;
  product.panels = scratch.data();
  product.columns = padded;
  product.c = scratch.data() + padded * size;
  product.c_stride = padded;
  for (int64_t first = 0; first < passages.rows; first += kPassageRows) {
    product.rows = std::min(kPassageRows, passages.rows - first);
    product.a = passages.row(first);
    kernels.gemm.multiply(product);
    kernels.packing.transpose(product.c, padded, product.rows, questions.rows, scores.data + first,
                              scores.stride);
  }
}

void DotRows(const float* question, ConstFloatView passages, std::span<float> out) {
  DPR_CHECK(static_cast<int64_t>(out.size()) >= passages.rows);
  ActiveKernels().reduction.dot_rows(question, passages.data, passages.stride, passages.rows,
                                     passages.columns, out.data());
}

void SquaredDistanceRows(const float* question, ConstFloatView passages, std::span<float> out) {
  DPR_CHECK(static_cast<int64_t>(out.size()) >= passages.rows);
  ActiveKernels().reduction.squared_distance_rows(question, passages.data, passages.stride,
                                                  passages.rows, passages.columns, out.data());
}

}  // namespace dpr
