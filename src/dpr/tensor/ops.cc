#include "dpr/tensor/ops.h"

#include <algorithm>
#include <cmath>

#include "dpr/tensor/gemm.h"

namespace dpr {
namespace {

template <typename Term>
float SumOfChains(int64_t size, Term term) {
  float chain[64] = {};
  for (int64_t i = 0; i < size; ++i) chain[i % 64] = term(i, chain[i % 64]);
  for (int half = 32; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) chain[i] += chain[i + half];
  }
  return chain[0];
}

}  // namespace

void AddLayerNorm(ConstFloatView x, ConstFloatView residual, const float* gamma, const float* beta,
                  float epsilon, FloatView y) {
  for (int64_t i = 0; i < x.rows; ++i) {
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < x.columns; ++c) {
      y.row(i)[c] = x.row(i)[c] + (residual.data != nullptr ? residual.row(i)[c] : 0.0f);
      sum += y.row(i)[c];
    }
    const double mean = sum / static_cast<double>(x.columns);
    for (int64_t c = 0; c < x.columns; ++c) {
      squares += (y.row(i)[c] - mean) * (y.row(i)[c] - mean);
    }
    const double scale = 1 / std::sqrt(squares / static_cast<double>(x.columns) + epsilon);
    for (int64_t c = 0; c < x.columns; ++c) {
      y.row(i)[c] = static_cast<float>((y.row(i)[c] - mean) * scale * gamma[c] + beta[c]);
    }
  }
}

void Gelu(std::span<float> x) {
  for (float& value : x) value = 0.5f * value * (1.0f + std::erf(value * 0.70710678f));
}

void Tanh(std::span<float> x) {
  for (float& value : x) value = std::tanh(value);
}

int64_t AttentionScratch(int64_t length, int64_t) { return length; }

void AttentionHead(ConstFloatView q, ConstFloatView k, ConstFloatView v, float scale, FloatView out,
                   std::span<float> scratch) {
  for (int64_t i = 0; i < q.rows; ++i) {
    float maximum = -INFINITY, sum = 0;
    for (int64_t j = 0; j < k.rows; ++j) {
      scratch[j] = scale * Dot(q.row(i), k.row(j), q.columns);
      maximum = std::max(maximum, scratch[j]);
    }
    for (int64_t j = 0; j < k.rows; ++j) sum += scratch[j] = std::exp(scratch[j] - maximum);
    for (int64_t c = 0; c < v.columns; ++c) {
      float total = 0;
      for (int64_t j = 0; j < k.rows; ++j) total += scratch[j] * v.row(j)[c];
      out.row(i)[c] = total / sum;
    }
  }
}

void SumRows(ConstFloatView x, float scale, std::span<float> out) {
  for (int64_t c = 0; c < x.columns; ++c) {
    float sum = 0;
    for (int64_t i = 0; i < x.rows; ++i) sum += x.row(i)[c];
    out[c] = sum * scale;
  }
}

float Dot(const float* a, const float* b, int64_t size) {
  return SumOfChains(size, [=](int64_t i, float sum) { return std::fma(a[i], b[i], sum); });
}

float SquaredDistance(const float* a, const float* b, int64_t size) {
  return SumOfChains(size, [=](int64_t i, float sum) {
    const float difference = a[i] - b[i];
    return std::fma(difference, difference, sum);
  });
}

void NormalizeInPlace(std::span<float> x) {
  const float norm = std::sqrt(Dot(x.data(), x.data(), static_cast<int64_t>(x.size())));
  for (float& value : x) value /= std::max(norm, 1e-12f);
}

int64_t ScoreTileScratch(int64_t, int64_t, int64_t) { return 0; }

void ScoreTile(ConstFloatView questions, ConstFloatView passages, FloatView scores,
               std::span<float>) {
  for (int64_t i = 0; i < questions.rows; ++i) {
    DotRows(questions.row(i), passages, scores.row_span(i));
  }
}

void DotRows(const float* question, ConstFloatView passages, std::span<float> out) {
  for (int64_t j = 0; j < passages.rows; ++j) {
    out[j] = Dot(question, passages.row(j), passages.columns);
  }
}

void SquaredDistanceRows(const float* question, ConstFloatView passages, std::span<float> out) {
  for (int64_t j = 0; j < passages.rows; ++j) {
    out[j] = SquaredDistance(question, passages.row(j), passages.columns);
  }
}

}  // namespace dpr
