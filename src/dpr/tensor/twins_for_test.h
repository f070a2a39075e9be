// The slow, obvious twins of tensor's kernels, and what their tests share. For *_test.cc only.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "dpr/base/cpu.h"
#include "dpr/base/random.h"
#include "dpr/tensor/matrix.h"
#include "dpr/tensor/precision.h"

namespace dpr::testing {

// The levels that this machine (or DPR_CPU) lets us run.
inline std::vector<CpuLevel> RunnableLevels() {
  std::vector<CpuLevel> levels;
  if (Cpu().level >= CpuLevel::kAvx2) levels.push_back(CpuLevel::kAvx2);
  if (Cpu().level >= CpuLevel::kAvx512) levels.push_back(CpuLevel::kAvx512);
  return levels;
}

inline std::vector<Precision> RunnablePrecisions() {
  std::vector<Precision> precisions = {Precision::kF32};
  if (Cpu().avx512_bf16) precisions.push_back(Precision::kBf16);
  return precisions;
}

// Uniform in [-1, 1), the same for the same seed.
inline std::vector<float> RandomFloats(uint64_t seed, int64_t count) {
  const CounterRandom random(seed, 0);
  std::vector<float> x(static_cast<size_t>(count));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(2 * random.Uniform(i) - 1);
  return x;
}

inline Matrix RandomMatrix(uint64_t seed, int64_t rows, int64_t columns) {
  Matrix m(rows, columns);
  const std::vector<float> x = RandomFloats(seed, rows * columns);
  for (size_t i = 0; i < x.size(); ++i) m.row(0)[i] = x[i];
  return m;
}

// Equal to the bit; any NaN equals any other.
inline bool SameBits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

// To the nearest bf16, ties to even; denormals to zero.
inline float Bf16Twin(float x) {
  if (std::isnan(x)) return x;
  if (std::abs(x) < 0x1p-126f) return std::copysign(0.0f, x);
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7FFFu + (bits >> 16 & 1u)) & 0xFFFF0000u);
}

// One chain of fused multiply-adds, ascending; the bias last.
inline float ChainTwin(const float* a, const float* w, int64_t size, float bias) {
  float sum = 0.0f;
  for (int64_t k = 0; k < size; ++k) sum = std::fma(a[k], w[k], sum);
  return sum + bias;
}

inline float HalvingSum(std::vector<float> lanes) {
  for (size_t half = lanes.size() / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

inline float DotTwin(const float* a, const float* b, int64_t size) {
  std::vector<float> chains(64, 0.0f);
  for (int64_t i = 0; i < size; ++i) chains[i % 64] = std::fma(a[i], b[i], chains[i % 64]);
  return HalvingSum(chains);
}

inline float SquaredDistanceTwin(const float* a, const float* b, int64_t size) {
  std::vector<float> chains(64, 0.0f);
  for (int64_t i = 0; i < size; ++i) {
    const float difference = a[i] - b[i];
    chains[i % 64] = std::fma(difference, difference, chains[i % 64]);
  }
  return HalvingSum(chains);
}

inline double GeluTwin(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }

// softmax(q k^T scale) v in double.
inline std::vector<double> AttentionTwin(ConstFloatView q, ConstFloatView k, ConstFloatView v,
                                         double scale) {
  std::vector<double> out;
  for (int64_t i = 0; i < q.rows; ++i) {
    std::vector<double> p(static_cast<size_t>(k.rows));
    double largest = -INFINITY, sum = 0;
    for (int64_t j = 0; j < k.rows; ++j) {
      for (int64_t c = 0; c < q.columns; ++c) p[j] += double{q.row(i)[c]} * k.row(j)[c];
      p[j] *= scale;
      largest = std::max(largest, p[j]);
    }
    for (double& value : p) sum += value = std::exp(value - largest);
    for (int64_t c = 0; c < v.columns; ++c) {
      double total = 0;
      for (int64_t j = 0; j < k.rows; ++j) total += p[j] * v.row(j)[c];
      out.push_back(total / sum);
    }
  }
  return out;
}

}  // namespace dpr::testing
