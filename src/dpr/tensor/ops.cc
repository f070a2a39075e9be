#include "dpr/tensor/ops.h"

#include <algorithm>
#include <cmath>

#include "dpr/tensor/kernels.h"

namespace dpr {

void AddLayerNorm(ConstFloatView x, ConstFloatView residual, const float* gamma, const float* beta,
                  float epsilon, FloatView y, const LayerNormRecord& record) {
  LayerNormRows rows;
  rows.x = x.data;
  rows.x_stride = x.stride;
  rows.residual = residual.data;
  rows.residual_stride = residual.stride;
  rows.rows = x.rows;
  rows.size = x.columns;
  rows.gamma = gamma;
  rows.beta = beta;
  rows.epsilon = epsilon;
  rows.y = y.data;
  rows.y_stride = y.stride;
  rows.normal = record.normal.data;
  rows.normal_stride = record.normal.stride;
  rows.inverse_deviation = record.inverse_deviation;
  ActiveKernels().layer.add_layer_norm(rows);
}

void Gelu(std::span<float> x) {
  ActiveKernels().layer.gelu(x.data(), static_cast<int64_t>(x.size()), x.data());
}

void GeluInto(ConstFloatView x, FloatView y) {
  for (int64_t i = 0; i < x.rows; ++i) ActiveKernels().layer.gelu(x.row(i), x.columns, y.row(i));
}

void Tanh(std::span<float> x) {
  ActiveKernels().layer.tanh(x.data(), static_cast<int64_t>(x.size()), x.data());
}

void SumRows(ConstFloatView x, float scale, std::span<float> out) {
  DPR_CHECK(static_cast<int64_t>(out.size()) >= x.columns);
  ActiveKernels().reduction.sum_rows(x.data, x.stride, x.rows, x.columns, scale, out.data());
}

float Dot(const float* a, const float* b, int64_t size) {
  return ActiveKernels().reduction.dot(a, b, size);
}

float SquaredDistance(const float* a, const float* b, int64_t size) {
  return ActiveKernels().reduction.squared_distance(a, b, size);
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

void NormalizeInPlace(std::span<float> x) {
  const int64_t size = static_cast<int64_t>(x.size());
  const float norm = std::sqrt(Dot(x.data(), x.data(), size));
  ActiveKernels().reduction.divide(x.data(), size, std::max(norm, 1e-12f));
}

}  // namespace dpr
