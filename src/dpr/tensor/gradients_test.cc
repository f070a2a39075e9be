#include "dpr/tensor/gradients.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RandomFloats;
using testing::RandomMatrix;
using testing::RunnableLevels;

constexpr int64_t kSizes[] = {1, 2, 7, 15, 16, 17, 31, 48, 100, 127, 128, 129, 384, 390};

// The definition in dropout.h, one element at a time.
float DropoutFactorTwin(const DropoutRow& row, int64_t column) {
  const CounterRandom random(row.seed, row.stream);
  const uint64_t block = row.position + 16 * (column / 128) + column % 16;
  const int64_t half = column % 128 / 16;
  const uint32_t word = random.Block(block)[half / 2];
  const uint32_t number = half % 2 == 0 ? word & 0xFFFF : word >> 16;
  return number < row.threshold ? 0.0f : row.scale;
}

TEST(Dropout, IsItsDefinitionOnEveryLevel) {
  const DropoutRow row = Dropout(0.3, 0x123456789ABCDEF0u, 7).Row(5, 11);
  for (const int64_t size : kSizes) {
    const std::vector<float> before = RandomFloats(1, size);
    for (const CpuLevel level : RunnableLevels()) {
      std::vector<float> x = before;
      x.push_back(77.0f);
      KernelsOf(level).gradient.dropout(row, size, x.data());
      for (int64_t i = 0; i < size; ++i) {
        ASSERT_EQ(x[i], before[i] * DropoutFactorTwin(row, i)) << i << " of " << size;
      }
      EXPECT_EQ(x[size], 77.0f);
    }
  }
}

TEST(Dropout, DropsTheShareAskedForAndKeepsTheMean) {
  const Dropout dropout(0.1, 1, 2);
  Matrix ones(500, 384);
  for (int64_t i = 0; i < 500 * 384; ++i) ones.row(0)[i] = 1.0f;
  DropRows(dropout, 3, 0, ones.view());
  double zeros = 0, sum = 0;
  for (int64_t i = 0; i < 500 * 384; ++i) {
    zeros += ones.row(0)[i] == 0.0f;
    sum += ones.row(0)[i];
  }
  // 192,000 elements: the share's standard deviation is .0007.
  EXPECT_NEAR(zeros / (500 * 384), 0.1, 0.004);
  EXPECT_NEAR(sum / (500 * 384), 1.0, 0.004);
}

TEST(Dropout, OfRowsDoesNotDependOnHowTheyAreCut) {
  const Dropout dropout(0.5, 9, 9);
  Matrix whole = RandomMatrix(1, 20, 130), cut = RandomMatrix(1, 20, 130);
  DropRows(dropout, 3, 0, whole.view());
  DropRows(dropout, 3, 0, cut.view().rows_from(0, 7));
  DropRows(dropout, 3, 7, cut.view().rows_from(7, 13));
  for (int64_t i = 0; i < 20 * 130; ++i) EXPECT_EQ(whole.row(0)[i], cut.row(0)[i]);
}

TEST(GeluGradient, IsTheSlopeAndLeavesTheValue) {
  std::vector<float> x, expected_value;
  for (double v = -12; v <= 12; v += 0.00437) x.push_back(static_cast<float>(v));
  expected_value = x;
  Gelu(expected_value);
  const std::vector<float> inputs = x;
  std::vector<float> slope(x.size(), 1.0f);
  GeluGradient(x, slope);
  EXPECT_EQ(x, expected_value);
  for (size_t i = 0; i < x.size(); ++i) {
    const double v = inputs[i];
    const double exact =
        0.5 * std::erfc(-v / std::sqrt(2.0)) + v * std::exp(-v * v / 2) / std::sqrt(2 * M_PI);
    EXPECT_NEAR(slope[i], exact, 1e-6) << v;
  }
}

TEST(TanhGradient, IsOneMinusTheSquare) {
  const std::vector<float> y = RandomFloats(1, 37);
  std::vector<float> d = RandomFloats(2, 37);
  const std::vector<float> before = d;
  TanhGradient(y, d);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(d[i], before[i] * (1 - y[i] * y[i]), 1e-7);
}

// d loss / d x_i by central differences in double, for loss = sum(weight * f(x)).
std::vector<double> Differences(
    const std::vector<double>& x, const std::vector<double>& weight,
    const std::function<std::vector<double>(const std::vector<double>&)>& f) {
  std::vector<double> slopes;
  const double h = 1e-5;
  for (size_t i = 0; i < x.size(); ++i) {
    std::vector<double> up = x, down = x;
    up[i] += h;
    down[i] -= h;
    const std::vector<double> high = f(up), low = f(down);
    double slope = 0;
    for (size_t j = 0; j < high.size(); ++j) slope += weight[j] * (high[j] - low[j]) / (2 * h);
    slopes.push_back(slope);
  }
  return slopes;
}

std::vector<double> Doubles(std::span<const float> x) { return {x.begin(), x.end()}; }

TEST(LayerNormGradient, EqualsDifferencesOnEveryLevel) {
  for (const int64_t size : {2, 7, 16, 33, 65}) {
    const std::vector<float> x = RandomFloats(1, size), gamma = RandomFloats(2, size);
    const std::vector<float> beta = RandomFloats(3, size), d_y = RandomFloats(4, size);
    const auto norm = [&](const std::vector<double>& row) {
      double mean = 0, square = 0;
      for (const double v : row) mean += v / static_cast<double>(size);
      for (const double v : row) square += (v - mean) * (v - mean) / static_cast<double>(size);
      std::vector<double> y;
      for (int64_t i = 0; i < size; ++i) {
        y.push_back((row[i] - mean) / std::sqrt(square + 1e-5) * gamma[i] + beta[i]);
      }
      return y;
    };
    const std::vector<double> expected = Differences(Doubles(x), Doubles(d_y), norm);
    std::vector<std::vector<float>> results;
    for (const CpuLevel level : RunnableLevels()) {
      std::vector<float> y(x), normal(x), d_x(x), d_gamma(x.size(), 1.0f), d_beta(x.size(), 2.0f);
      float inverse = 0;
      LayerNormRows forward;
      forward.x = x.data();
      forward.rows = 1;
      forward.size = size;
      forward.gamma = gamma.data();
      forward.beta = beta.data();
      forward.epsilon = 1e-5f;
      forward.y = y.data();
      forward.normal = normal.data();
      forward.inverse_deviation = &inverse;
      KernelsOf(level).layer.add_layer_norm(forward);
      KernelsOf(level).gradient.layer_norm(d_y.data(), normal.data(), inverse, gamma.data(), size,
                                           d_x.data(), d_gamma.data(), d_beta.data());
      for (int64_t i = 0; i < size; ++i) {
        // Two elements are the hardest: the gradient is what cancellation leaves.
        EXPECT_NEAR(d_x[i], expected[i], 2e-5) << size;
        EXPECT_NEAR(d_gamma[i], 1 + d_y[i] * normal[i], 1e-6);
        EXPECT_NEAR(d_beta[i], 2 + d_y[i], 1e-6);
        EXPECT_NEAR(y[i], normal[i] * gamma[i] + beta[i], 1e-6);
      }
      results.push_back(d_x);
    }
    for (const std::vector<float>& result : results) EXPECT_EQ(result, results[0]);
  }
}

// softmax(q k^T scale) v with each probability multiplied by its factor of dropout, in double.
std::vector<double> DroppedAttention(const std::vector<double>& q, const std::vector<double>& k,
                                     const std::vector<double>& v, int64_t queries, int64_t length,
                                     int64_t size, double scale, const AttentionDropout* dropout) {
  std::vector<double> out(static_cast<size_t>(queries * size));
  for (int64_t i = 0; i < queries; ++i) {
    std::vector<double> p(static_cast<size_t>(length));
    double largest = -INFINITY, sum = 0;
    for (int64_t j = 0; j < length; ++j) {
      for (int64_t c = 0; c < size; ++c) p[j] += q[i * size + c] * k[j * size + c] * scale;
      largest = std::max(largest, p[j]);
    }
    for (double& value : p) sum += value = std::exp(value - largest);
    for (int64_t j = 0; j < length; ++j) {
      if (dropout != nullptr) p[j] *= double{DropoutFactorTwin(dropout->Row(i), j)};
      for (int64_t c = 0; c < size; ++c) out[i * size + c] += p[j] / sum * v[j * size + c];
    }
  }
  return out;
}

TEST(AttentionHeadGradient, EqualsDifferences) {
  const AttentionDropout dropping = {Dropout(0.3, 5, 6), 2, 3, 1};
  const AttentionDropout* const dropouts[] = {nullptr, &dropping};
  for (const auto& shape :
       {std::array<int64_t, 3>{1, 1, 4}, {3, 3, 8}, {1, 9, 5}, {17, 17, 4}, {60, 60, 3}}) {
    const int64_t queries = shape[0], length = shape[1], size = shape[2];
    for (const AttentionDropout* dropout : dropouts) {
      const Matrix q = RandomMatrix(1, queries, size), k = RandomMatrix(2, length, size);
      const Matrix v = RandomMatrix(3, length, size), d_out = RandomMatrix(4, queries, size);
      Matrix out(queries, size), d_q(queries, size), d_k(length, size), d_v(length, size);
      std::vector<float> scratch(static_cast<size_t>(AttentionScratch(length, size)));
      AttentionHead(q.view(), k.view(), v.view(), 0.7f, out.view(), scratch, dropout);
      scratch.resize(static_cast<size_t>(AttentionGradientScratch(length, size)));
      AttentionHeadGradient(q.view(), k.view(), v.view(), 0.7f, out.view(), d_out.view(), dropout,
                            {d_q.view(), d_k.view(), d_v.view()}, scratch);

      const auto all = [](const Matrix& m) {
        return Doubles({m.row(0), static_cast<size_t>(m.rows() * m.columns())});
      };
      const std::vector<double> dq = all(q), dk = all(k), dv = all(v), weight = all(d_out);
      const auto run = [&](const std::vector<double>& a, const std::vector<double>& b,
                           const std::vector<double>& c) {
        return DroppedAttention(a, b, c, queries, length, size, 0.7, dropout);
      };
      const std::vector<double> expected_out = run(dq, dk, dv);
      for (size_t i = 0; i < expected_out.size(); ++i) {
        EXPECT_NEAR(out.row(0)[i], expected_out[i], 1e-5);
      }
      const auto check = [&](const Matrix& got, const std::vector<double>& expected) {
        for (size_t i = 0; i < expected.size(); ++i) {
          EXPECT_NEAR(got.row(0)[i], expected[i], 2e-5) << queries << " " << length;
        }
      };
      check(d_q, Differences(dq, weight, [&](const auto& x) { return run(x, dk, dv); }));
      check(d_k, Differences(dk, weight, [&](const auto& x) { return run(dq, x, dv); }));
      check(d_v, Differences(dv, weight, [&](const auto& x) { return run(dq, dk, x); }));
    }
  }
}

TEST(AdamW, IsItsFormulaAndClearsTheGradient) {
  const AdamWStep step = {0.5f, 0.9f, 0.999f, 0.99f, 0.01f, 2.0f, 1e-8f};
  for (const int64_t size : kSizes) {
    const std::vector<float> x0 = RandomFloats(1, size), g0 = RandomFloats(2, size);
    const std::vector<float> m0 = RandomFloats(3, size);
    std::vector<float> v0 = RandomFloats(4, size);
    for (float& v : v0) v = std::abs(v) + 0.01f;
    for (const CpuLevel level : RunnableLevels()) {
      std::vector<float> x = x0, g = g0, m = m0, v = v0;
      KernelsOf(level).gradient.adamw(step, size, x.data(), g.data(), m.data(), v.data());
      for (int64_t i = 0; i < size; ++i) {
        const double clipped = 0.5 * g0[i];
        const double mean = 0.9 * m0[i] + 0.1 * clipped;
        const double square = 0.999 * v0[i] + 0.001 * clipped * clipped;
        EXPECT_NEAR(m[i], mean, 1e-6);
        EXPECT_NEAR(v[i], square, 1e-6);
        EXPECT_NEAR(x[i], 0.99 * x0[i] - 0.01 * mean / (std::sqrt(square) * 2 + 1e-8), 1e-6);
        EXPECT_EQ(g[i], 0.0f);
      }
    }
  }
}

}  // namespace
}  // namespace dpr
