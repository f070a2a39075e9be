#include <gtest/gtest.h>

#include "dpr/base/error.h"
#include "dpr/tensor/linear.h"
#include "dpr/tensor/twins_for_test.h"

namespace dpr {
namespace {

using testing::Bf16Twin;
using testing::RandomFloats;
using testing::RandomMatrix;
using testing::RunnablePrecisions;

// What a product sees of a number.
double Seen(Precision precision, float x) {
  return precision == Precision::kBf16 ? Bf16Twin(x) : x;
}

struct Sum {
  double value, size;  // and the sum of the terms' sizes, which bounds the rounding
};

// sum of a(k) b(k) for k below `count`, from `start`.
template <typename A, typename B>
Sum SumOfProducts(Precision precision, int64_t count, float start, const A& a, const B& b) {
  Sum sum = {start, std::abs(double{start})};
  for (int64_t k = 0; k < count; ++k) {
    const double product = Seen(precision, a(k)) * Seen(precision, b(k));
    sum.value += product;
    sum.size += std::abs(product);
  }
  return sum;
}

// Each step of a chain rounds, in bf16 twice.
void ExpectSum(float got, const Sum& sum, int64_t steps) {
  EXPECT_NEAR(got, sum.value, static_cast<double>(steps + 1) * 0x1p-23 * sum.size);
}

struct Sizes {
  int64_t rows, inputs, outputs;
};
constexpr Sizes kSizes[] = {{1, 1, 1},     {2, 33, 40},   {7, 31, 64},   {29, 100, 33},
                            {64, 96, 128}, {513, 20, 50}, {700, 270, 34}};

// A layer made trainable: its parameters in one array, their gradients in another.
struct Trained {
  std::vector<float> parameters, gradients;
  Linear linear;
  std::vector<float> scratch = std::vector<float>(Linear::kGradientScratch);

  Trained(const Matrix& w, Precision precision) : linear(w.view(), nullptr) {
    const int64_t weights = linear.weight().size(), biases = linear.bias().size();
    parameters.assign(linear.weight().data(), linear.weight().data() + weights);
    parameters.resize(static_cast<size_t>(weights + biases));
    gradients = RandomFloats(9, weights + biases);
    linear.weight().Bind(parameters.data());
    linear.bias().Bind(parameters.data() + weights);
    linear.SetPrecision(precision);
    linear.PackForTraining();
  }
  GradientArray array() { return {parameters.data(), gradients.data()}; }
};

TEST(LinearForward, IsTheProductInItsPrecision) {
  for (const Precision precision : RunnablePrecisions()) {
    for (const auto& [rows, inputs, outputs] : kSizes) {
      const Matrix w = RandomMatrix(1, outputs, inputs), x = RandomMatrix(2, rows, inputs);
      Linear linear(w.view(), nullptr);
      linear.SetPrecision(precision);
      Matrix y(rows, outputs);
      linear.Forward(x.view(), y.view());
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t o = 0; o < outputs; ++o) {
          const Sum sum = SumOfProducts(
              precision, inputs, 0, [&, row = i](int64_t k) { return x.row(row)[k]; },
              [&, row = o](int64_t k) { return w.row(row)[k]; });
          ExpectSum(y.row(i)[o], sum, inputs);
        }
      }
    }
  }
}

TEST(LinearGradient, OfTheInputsIsTheProductWithTheWeights) {
  for (const Precision precision : RunnablePrecisions()) {
    for (const auto& [rows, inputs, outputs] : kSizes) {
      const Matrix w = RandomMatrix(1, outputs, inputs), dy = RandomMatrix(2, rows, outputs);
      Trained trained(w, precision);
      for (const Linear::Into into : {Linear::Into::kNew, Linear::Into::kSum}) {
        const Matrix before = RandomMatrix(3, rows, inputs);
        Matrix dx = RandomMatrix(3, rows, inputs);
        trained.linear.InputGradient(dy.view(), dx.view(), into);
        for (int64_t i = 0; i < rows; ++i) {
          for (int64_t j = 0; j < inputs; ++j) {
            const Sum sum = SumOfProducts(
                precision, outputs, into == Linear::Into::kSum ? before.row(i)[j] : 0.0f,
                [&, row = i](int64_t k) { return dy.row(row)[k]; },
                [&, column = j](int64_t k) { return w.row(k)[column]; });
            ExpectSum(dx.row(i)[j], sum, outputs);
          }
        }
      }
    }
  }
}

TEST(LinearGradient, OfTheParametersIsAddedTo) {
  for (const Precision precision : RunnablePrecisions()) {
    for (const auto& [rows, inputs, outputs] : kSizes) {
      const Matrix w = RandomMatrix(1, outputs, inputs), x = RandomMatrix(2, rows, inputs);
      const Matrix dy = RandomMatrix(4, rows, outputs);
      Trained trained(w, precision);
      const std::vector<float> before = trained.gradients;
      const Linear& linear = trained.linear;
      for (const Linear::GradientPiece& piece : linear.GradientPieces(3)) {
        linear.AddParameterGradient(x.view(), dy.view(), piece, trained.array(), trained.scratch);
      }
      const auto unpack = [&](const std::vector<float>& array) {
        std::pair<Matrix, std::vector<float>> both(Matrix(linear.outputs(), linear.inputs()),
                                                   std::vector<float>(size_t(linear.outputs())));
        linear.Unpack(array.data(), array.data() + linear.weight().size(), both.first.view(),
                      both.second.data());
        return both;
      };
      const auto [weight, bias] = unpack(trained.gradients);
      const auto [weight_before, bias_before] = unpack(before);
      for (int64_t o = 0; o < outputs; ++o) {
        const auto slope = [&, column = o](int64_t k) { return dy.row(k)[column]; };
        for (int64_t j = 0; j < inputs; ++j) {
          const Sum sum = SumOfProducts(precision, rows, weight_before.row(o)[j], slope,
                                        [&, column = j](int64_t k) { return x.row(k)[column]; });
          ExpectSum(weight.row(o)[j], sum, rows);
        }
        // The bias's gradient is no product: f32 in each precision.
        const Sum sum = SumOfProducts(Precision::kF32, rows, bias_before[o], slope,
                                      [](int64_t) { return 1.0f; });
        ExpectSum(bias[o], sum, rows);
      }
    }
  }
}

TEST(Precisions, HaveNamesAndAreRefusedByName) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    EXPECT_EQ(PrecisionOfName(PrecisionName(precision)), precision);
  }
  EXPECT_THROW(ParsePrecision("fp8"), Error);
  EXPECT_EQ(ParsePrecision("f32"), Precision::kF32);
  EXPECT_EQ(ParsePrecision("int8"), Precision::kInt8);
  if (Cpu().avx512_bf16) {
    EXPECT_EQ(ParsePrecision("bf16"), Precision::kBf16);
  } else {
    EXPECT_THROW(ParsePrecision("bf16"), Error);
  }
}

TEST(Precisions, TheFastestIsOneThatThisCpuHas) {
  const PrecisionChoice choice = FastestPrecision();
  EXPECT_EQ(choice.precision, Cpu().avx512_bf16 ? Precision::kBf16 : Precision::kF32);
  EXPECT_EQ(ParsePrecision(PrecisionName(choice.precision)), choice.precision);
  EXPECT_FALSE(choice.because.empty());
}

}  // namespace
}  // namespace dpr
