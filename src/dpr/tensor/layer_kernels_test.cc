#include <gtest/gtest.h>

#include <limits>

#include "dpr/tensor/kernels.h"
#include "dpr/tensor/ops.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::RandomFloats;
using testing::RandomMatrix;
using testing::RunnableLevels;
using testing::SameBits;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Every 997th float there is, of both signs, infinities and NaNs among them.
std::vector<float> FloatsOfAllMagnitudes() {
  std::vector<float> x;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 997) {
    x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  for (const float special : {0.0f, -0.0f, kInfinity, -kInfinity}) x.push_back(special);
  return x;
}

// All levels agree to the bit; returns the result.
std::vector<float> Applied(void (*LayerKernels::*kernel)(const float*, int64_t, float*),
                           const std::vector<float>& x) {
  std::vector<float> first;
  for (const CpuLevel level : RunnableLevels()) {
    std::vector<float> y = x;
    (KernelsOf(level).layer.*kernel)(y.data(), static_cast<int64_t>(y.size()), y.data());
    if (first.empty()) first = y;
    int64_t different = 0;
    for (size_t i = 0; i < y.size(); ++i) different += SameBits(y[i], first[i]) ? 0 : 1;
    EXPECT_EQ(different, 0) << CpuLevelName(level);
  }
  return first;
}

// Half a unit in the last place of x: what rounding the result alone may cost.
double HalfUnit(double x) { return std::abs(x) * 0x1p-24; }

TEST(Gelu, IsWithinAMillionthOfTheExactValue) {
  const std::vector<float> x = FloatsOfAllMagnitudes(), y = Applied(&LayerKernels::gelu, x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i])) continue;
    worst = std::max(worst, std::abs(y[i] - testing::GeluTwin(x[i])) - HalfUnit(x[i]));
  }
  EXPECT_LT(worst, 4e-7);  // so below 1e-6 in all for |x| < 8
}

TEST(Gelu, KeepsItsLimits) {
  std::vector<float> x = {0.0f, kInfinity, -kInfinity, std::nanf(""), 1e30f, -1e30f, -50.0f};
  Gelu(x);
  EXPECT_EQ(x[0], 0.0f);
  EXPECT_EQ(x[1], kInfinity);
  EXPECT_EQ(x[2], 0.0f);
  EXPECT_TRUE(std::isnan(x[3]));
  EXPECT_EQ(x[4], 1e30f);
  EXPECT_EQ(x[5], 0.0f);
  EXPECT_EQ(x[6], 0.0f);
}

TEST(Tanh, IsWithinAFewUnitsInTheLastPlace) {
  const std::vector<float> x = FloatsOfAllMagnitudes(), y = Applied(&LayerKernels::tanh, x);
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) {
      EXPECT_TRUE(std::isnan(y[i]));
      continue;
    }
    const double exact = std::tanh(double{x[i]});
    const double floor = std::numeric_limits<float>::min();  // denormals round to their spacing
    worst = std::max(worst, std::abs(y[i] - exact) / std::max(std::abs(exact), floor));
  }
  EXPECT_LT(worst, 4e-7);
}

TEST(Activations, DoNotDependOnThePlaceInTheArray) {
  const std::vector<float> x = RandomFloats(1, 100);
  for (const CpuLevel level : RunnableLevels()) {
    const LayerKernels& kernels = KernelsOf(level).layer;
    std::vector<float> whole = x;
    kernels.gelu(whole.data(), 100, whole.data());
    for (int64_t size = 1; size < 40; ++size) {
      std::vector<float> part(x.begin() + 7, x.begin() + 7 + size);
      part.push_back(99.0f);
      kernels.gelu(part.data(), size, part.data());
      for (int64_t i = 0; i < size; ++i) EXPECT_EQ(part[i], whole[7 + i]);
      EXPECT_EQ(part[size], 99.0f);
    }
  }
}

// x is drawn from [-80, 0]. Rounding scale * x - largest costs up to |argument| 2^-24 relative, the
// exponential itself 2e-7.
TEST(Exponentials, AreRelativelyExactAndSumUp) {
  for (const int64_t size : {1, 2, 7, 15, 16, 17, 31, 140, 512}) {
    std::vector<std::vector<float>> results;
    for (const CpuLevel level : RunnableLevels()) {
      std::vector<float> x = RandomFloats(4, 3 * (size + 2)), input;
      for (float& value : x) value *= 100.0f;
      input = x;
      std::vector<float> inverse(3);
      const float scale = 0.4f;
      KernelsOf(level).softmax.exponentials(x.data(), size + 2, 3, size, scale, inverse.data());
      for (int64_t row = 0; row < 3; ++row) {
        const float *in = &input[row * (size + 2)], *out = &x[row * (size + 2)];
        double largest = -INFINITY, sum = 0;
        for (int64_t i = 0; i < size; ++i) largest = std::max<double>(largest, in[i] * scale);
        for (int64_t i = 0; i < size; ++i) {
          const double argument = double{in[i]} * double{scale} - largest;
          sum += out[i];
          EXPECT_NEAR(out[i] / std::exp(argument), 1.0, 2e-7 + 100 * 0x1p-23) << argument;
        }
        EXPECT_NEAR(inverse[row] * sum, 1.0, 1e-6);
        EXPECT_EQ(out[size], in[size]) << "beyond the row";
      }
      x.insert(x.end(), inverse.begin(), inverse.end());
      results.push_back(x);
    }
    for (const std::vector<float>& result : results) EXPECT_EQ(result, results[0]);
  }
}

TEST(Exponentials, VanishFarBelowTheLargestAndKeepNan) {
  for (const CpuLevel level : RunnableLevels()) {
    std::vector<float> x = {0.0f, -87.3f, -87.4f, -1000.0f, -kInfinity}, inverse(1);
    KernelsOf(level).softmax.exponentials(x.data(), 5, 1, 5, 1.0f, inverse.data());
    EXPECT_EQ(x[0], 1.0f);
    EXPECT_NEAR(x[1] / std::exp(-87.3), 1.0, 1e-5);
    for (int i = 2; i < 5; ++i) EXPECT_EQ(x[i], 0.0f);
    x = {1.0f, std::nanf(""), 2.0f};
    KernelsOf(level).softmax.exponentials(x.data(), 3, 1, 3, 1.0f, inverse.data());
    EXPECT_TRUE(std::isnan(inverse[0]));
  }
}

std::vector<double> LayerNormTwin(const float* x, const float* residual, const float* gamma,
                                  const float* beta, double epsilon, int64_t size) {
  std::vector<double> y(static_cast<size_t>(size));
  double mean = 0, variance = 0;
  for (int64_t i = 0; i < size; ++i) {
    y[i] = double{x[i]} + (residual != nullptr ? residual[i] : 0.0f);
    mean += y[i] / static_cast<double>(size);
  }
  for (const double value : y) {
    variance += (value - mean) * (value - mean) / static_cast<double>(size);
  }
  for (int64_t i = 0; i < size; ++i) {
    y[i] = (y[i] - mean) / std::sqrt(variance + epsilon) * gamma[i] + beta[i];
  }
  return y;
}

TEST(Exponentials, AreTheSameInOtherUnits) {
  constexpr int kLevels = 8191;
  for (const int64_t size : {1, 2, 7, 15, 16, 17, 31, 140, 512}) {
    constexpr int64_t kRows = 11;
    const int64_t stride = size + 2, width = (size + 15) / 16 * 8;
    const std::vector<float> x = RandomFloats(4, kRows * stride);
    for (const CpuLevel level : RunnableLevels()) {
      const SoftmaxKernels& softmax = KernelsOf(level).softmax;
      std::vector<float> e = x, inverse(kRows), same(kRows);
      std::vector<float> units(static_cast<size_t>(kRows * width));
      softmax.exponentials(e.data(), stride, kRows, size, 9.0f, inverse.data());
      softmax.exponential_words(x.data(), stride, kRows, size, 9.0f, kLevels, units.data(), width,
                                same.data());
      EXPECT_EQ(inverse, same);
      const auto* words = reinterpret_cast<const int16_t*>(units.data());
      for (int64_t i = 0; i < kRows * 2 * width; ++i) {
        const int64_t row = i / (2 * width), column = i % (2 * width);
        const float value = column < size ? e[row * stride + column] : 0.0f;
        EXPECT_EQ(words[i], static_cast<int>(std::nearbyint(value * kLevels)));
      }
      if (softmax.exponential_pairs == nullptr || !Cpu().avx512_bf16) continue;
      softmax.exponential_pairs(x.data(), stride, kRows, size, 9.0f, units.data(), width,
                                same.data());
      EXPECT_EQ(inverse, same);
      const auto* halves = reinterpret_cast<const uint16_t*>(units.data());
      for (int64_t i = 0; i < kRows * 2 * width; ++i) {
        const int64_t row = i / (2 * width), column = i % (2 * width);
        const float value = column < size ? e[row * stride + column] : 0.0f;
        EXPECT_EQ(std::bit_cast<float>(uint32_t{halves[i]} << 16), testing::Bf16Twin(value));
      }
    }
  }
}

// Normalised values are a few units large; 16 partial sums of at most size / 16 terms round to a
// few 1e-7 of that.
TEST(AddLayerNorm, EqualsItsTwin) {
  for (const int64_t size : {1, 2, 15, 16, 33, 100, 384, 768, 1024}) {
    constexpr int64_t kRows = 7;  // some together, some alone
    const int64_t stride = size + 1;
    const std::vector<float> x = RandomFloats(1, kRows * stride);
    const std::vector<float> residual = RandomFloats(2, kRows * stride);
    const std::vector<float> gamma = RandomFloats(3, size), beta = RandomFloats(4, size);
    for (const float* r : {residual.data(), static_cast<const float*>(nullptr)}) {
      std::vector<std::vector<float>> results;
      for (const CpuLevel level : RunnableLevels()) {
        std::vector<float> y(static_cast<size_t>(kRows * stride), 77.0f);
        LayerNormRows p;
        p.x = x.data();
        p.residual = r;
        p.y = y.data();
        p.x_stride = p.residual_stride = p.y_stride = stride;
        p.rows = kRows;
        p.size = size;
        p.gamma = gamma.data();
        p.beta = beta.data();
        p.epsilon = 1e-12f;
        KernelsOf(level).layer.add_layer_norm(p);
        for (int64_t row = 0; row < kRows; ++row) {
          const std::vector<double> twin =
              LayerNormTwin(&x[row * stride], r != nullptr ? r + row * stride : nullptr,
                            gamma.data(), beta.data(), 1e-12, size);
          for (int64_t i = 0; i < size; ++i)
            EXPECT_NEAR(y[row * stride + i], twin[i], 3e-6) << size;
          EXPECT_EQ(y[row * stride + size], 77.0f);
        }
        results.push_back(y);
      }
      for (const std::vector<float>& result : results) EXPECT_EQ(result, results[0]);
    }
  }
}

TEST(AddLayerNorm, GivesARowTheSameBitsAloneOrAmongOthers) {
  const Matrix x = RandomMatrix(1, 11, 100);
  const std::vector<float> gamma = RandomFloats(3, 100), beta = RandomFloats(4, 100);
  Matrix together(11, 100), alone(11, 100);
  AddLayerNorm(x.view(), {}, gamma.data(), beta.data(), 1e-5f, together.view());
  for (int64_t i = 0; i < 11; ++i) {
    AddLayerNorm(x.view().rows_from(i, 1), {}, gamma.data(), beta.data(), 1e-5f,
                 alone.view().rows_from(i, 1));
  }
  for (int64_t i = 0; i < 1100; ++i) EXPECT_EQ(together.row(0)[i], alone.row(0)[i]);
}

TEST(AddLayerNorm, WorksInPlaceOnEitherInput) {
  const Matrix x = RandomMatrix(1, 5, 50), residual = RandomMatrix(2, 5, 50);
  const std::vector<float> gamma = RandomFloats(3, 50), beta = RandomFloats(4, 50);
  Matrix apart(5, 50), a = RandomMatrix(1, 5, 50), b = RandomMatrix(2, 5, 50);
  AddLayerNorm(x.view(), residual.view(), gamma.data(), beta.data(), 1e-5f, apart.view());
  AddLayerNorm(a.view(), residual.view(), gamma.data(), beta.data(), 1e-5f, a.view());
  AddLayerNorm(x.view(), b.view(), gamma.data(), beta.data(), 1e-5f, b.view());
  for (int64_t i = 0; i < 250; ++i) {
    EXPECT_EQ(a.row(0)[i], apart.row(0)[i]);
    EXPECT_EQ(b.row(0)[i], apart.row(0)[i]);
  }
}

TEST(AddLayerNorm, GivesBetaForARowOfEqualValues) {
  const std::vector<float> gamma(64, 2.0f), beta(64, 0.5f);
  Matrix x(1, 64);
  for (const float value : {0.0f, 3.0f, 1e20f, 1e-40f}) {
    std::fill_n(x.row(0), 64, value);
    AddLayerNorm(x.view(), {}, gamma.data(), beta.data(), 1e-12f, x.view());
    for (int64_t i = 0; i < 64; ++i) EXPECT_EQ(x.row(0)[i], 0.5f);
  }
}

}  // namespace
}  // namespace dpr
