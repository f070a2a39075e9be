#include "dpr/tensor/cross_entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "dpr/base/random.h"

namespace dpr {
namespace {

// Beside the formula in double, over odd sizes and scores that overflow an exponential.
TEST(CrossEntropyRows, EqualsTheFormula) {
  for (const int64_t classes : {1, 2, 15, 16, 17, 100, 1003}) {
    for (const float size : {1.0f, 30.0f, 500.0f}) {
      const int64_t rows = 5;
      Matrix scores(rows, classes);
      const CounterRandom random(3, static_cast<uint64_t>(classes));
      for (int64_t i = 0; i < rows * classes; ++i) {
        scores.row(0)[i] =
            size * static_cast<float>(2 * random.Uniform(static_cast<uint64_t>(i)) - 1);
      }
      std::vector<int32_t> targets;
      for (int64_t i = 0; i < rows; ++i) targets.push_back(static_cast<int32_t>(i * 7 % classes));
      const Matrix before = [&] {
        Matrix copy(rows, classes);
        CopyRows(scores.view(), copy.view());
        return copy;
      }();
      std::vector<double> losses(rows);
      std::vector<char> correct(rows);
      const double weight = .25;
      CrossEntropyRows(scores.view(), targets, weight, losses, correct);
      for (int64_t i = 0; i < rows; ++i) {
        const float* x = before.row(i);
        const double most = *std::max_element(x, x + classes);
        double sum = 0;
        for (int64_t j = 0; j < classes; ++j) sum += std::exp(x[j] - most);
        const double own = x[targets[i]];
        EXPECT_NEAR(losses[i], most + std::log(sum) - own, 1e-5 * (1 + size));
        EXPECT_EQ(correct[i], own == most ? 1 : 0);
        for (int64_t j = 0; j < classes; ++j) {
          const double p = std::exp(x[j] - most) / sum - (j == targets[i] ? 1 : 0);
          EXPECT_NEAR(scores.row(i)[j], weight * p, 2e-6);
        }
      }
    }
  }
}

// The exponential of such a score is no float any more; its loss is.
TEST(CrossEntropyRows, KnowsTheLossOfWhatIsVeryUnlikely) {
  Matrix scores(1, 3);
  scores.row(0)[0] = 400;
  scores.row(0)[2] = -400;
  std::vector<double> losses(1);
  std::vector<char> correct(1);
  CrossEntropyRows(scores.view(), std::vector<int32_t>{2}, 1, losses, correct);
  EXPECT_NEAR(losses[0], 800, 1e-3);
  EXPECT_FLOAT_EQ(scores.row(0)[0], 1);
  EXPECT_FLOAT_EQ(scores.row(0)[2], -1);
}

}  // namespace
}  // namespace dpr
