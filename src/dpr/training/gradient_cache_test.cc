#include "dpr/training/gradient_cache.h"

#include <gtest/gtest.h>

#include <cmath>

#include "dpr/base/random.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/bert/weights.h"
#include "dpr/bert/workspace.h"

namespace dpr {
namespace {

std::shared_ptr<Bert> OpenBert(const std::string& name) {
  return std::make_shared<Bert>(BertWeights::FromFolder(testing::TestData() / "bert" / name));
}

// Texts of different lengths, ids below 91, as the tiny models have.
PackedTokens RandomTexts(uint64_t seed, int64_t count, int64_t longest) {
  const CounterRandom random(seed, 0);
  PackedTokens texts;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int32_t> ids(1 + random.Below(1000 * i, longest));
    for (size_t t = 0; t < ids.size(); ++t) {
      ids[t] = static_cast<int32_t>(1 + random.Below(1000 * i + 1 + t, 90));
    }
    texts.Add(ids);
  }
  return texts;
}

TokenizedBatch RandomBatch(uint64_t seed, int64_t questions) {
  TokenizedBatch batch;
  batch.questions = RandomTexts(seed, questions, 20);
  batch.passages = RandomTexts(seed + 1, 2 * questions, 60);
  for (int64_t i = 0; i < questions; ++i) batch.targets.positive.push_back(2 * i);
  batch.targets.candidate.assign(static_cast<size_t>(2 * questions * questions), 1);
  return batch;
}

double RelativeNorm(std::span<const float> got, std::span<const float> expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(double{got[i]} - double{expected[i]}, 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  return std::sqrt(difference / norm);
}

constexpr DropoutPlan kDropout = {0.1, 0.1, 42, 7};
constexpr int64_t kWhole = 1'000'000;

struct Gradients {
  std::vector<float> questions, passages;
  LossResult loss;
};

Gradients Compute(const char* model, Pooling pooling, bool shared, const TokenizedBatch& batch,
                  int64_t micro_batch_tokens) {
  EncoderGradient questions(OpenBert(model), pooling, false);
  std::optional<EncoderGradient> passages;
  if (!shared) passages.emplace(OpenBert(model), pooling, false);
  EncoderGradient& second = shared ? questions : *passages;
  GradientCache cache(questions, second, micro_batch_tokens);
  Gradients result;
  result.loss = cache.AddGradients(batch, {}, kDropout);
  result.questions.assign(questions.gradients().begin(), questions.gradients().end());
  result.passages.assign(second.gradients().begin(), second.gradients().end());
  return result;
}

TEST(GradientCache, EqualsTheWholeBatchWithDropout) {
  const TokenizedBatch batch = RandomBatch(1, 12);
  for (const bool shared : {false, true}) {
    for (const Pooling pooling : {Pooling::kCls, Pooling::kMean}) {
      const Gradients whole = Compute("two_heads", pooling, shared, batch, kWhole);
      for (const int64_t tokens : {200, 97, 1}) {  // 4 micro-batches and more, down to a text each
        const Gradients parts = Compute("two_heads", pooling, shared, batch, tokens);
        EXPECT_EQ(parts.loss.loss, whole.loss.loss) << tokens;
        EXPECT_LT(RelativeNorm(parts.questions, whole.questions), 1e-5) << tokens;
        EXPECT_LT(RelativeNorm(parts.passages, whole.passages), 1e-5) << tokens;
      }
    }
  }
}

TEST(GradientCache, HasTheSameBitsForAnyNumberOfThreads) {
  const TokenizedBatch batch = RandomBatch(3, 10);
  const int before = ThreadCount();
  const Gradients first = Compute("four_heads", Pooling::kCls, false, batch, 150);
  for (const int threads : {1, 3, 4}) {
    SetThreadCount(threads);
    const Gradients again = Compute("four_heads", Pooling::kCls, false, batch, 150);
    EXPECT_EQ(again.questions, first.questions) << threads;
    EXPECT_EQ(again.passages, first.passages) << threads;
  }
  SetThreadCount(before);
}

TEST(GradientCache, LeavesAFrozenEncoderWithoutGradients) {
  const TokenizedBatch batch = RandomBatch(5, 4);
  EncoderGradient questions(OpenBert("two_heads"), Pooling::kCls, false);
  EncoderGradient passages(OpenBert("two_heads"), Pooling::kCls, true);
  GradientCache cache(questions, passages, kWhole);
  cache.AddGradients(batch, {}, kDropout);
  EXPECT_TRUE(passages.gradients().empty());
  const Gradients both = Compute("two_heads", Pooling::kCls, false, batch, kWhole);
  EXPECT_LT(RelativeNorm(questions.gradients(), both.questions), 1e-6);
}

// A second witness beside PyTorch's goldens, and the only one with dropout: the loss's change along
// random directions. In f32 with steps of 1e-3 the difference quotient is good to some 1e-3.
TEST(GradientCache, EqualsFiniteDifferencesAlongRandomDirections) {
  const TokenizedBatch batch = RandomBatch(7, 6);
  for (const Pooling pooling : {Pooling::kCls, Pooling::kMean, Pooling::kPooler}) {
    EncoderGradient questions(OpenBert("four_heads"), pooling, false);
    EncoderGradient passages(OpenBert("four_heads"), pooling, false);
    GradientCache cache(questions, passages, kWhole);
    LossSettings loss;
    loss.similarity = TrainingSimilarity::kCosine;  // small, smooth scores
    loss.scale = 3;
    cache.AddGradients(batch, loss, kDropout);
    const std::vector<float> gradient(passages.gradients().begin(), passages.gradients().end());
    const std::span<float> values = passages.bert().parameters().all();
    const std::vector<float> start(values.begin(), values.end());
    for (uint64_t direction = 0; direction < 6; ++direction) {
      // Towards the gradient as well as sideways, so that the slope is well above the rounding.
      const CounterRandom random(direction, 1);
      std::vector<double> step(start.size());
      double norm = 0, expected = 0, gradient_norm = 0;
      for (const float g : gradient) gradient_norm += double{g} * double{g};
      gradient_norm = std::sqrt(gradient_norm);
      for (size_t i = 0; i < step.size(); ++i) {
        const bool padding = start[i] == 0 && gradient[i] == 0;
        const double noise = (2 * random.Uniform(i) - 1) / std::sqrt(double(step.size()));
        step[i] = padding ? 0 : noise + gradient[i] / gradient_norm;
        norm += step[i] * step[i];
      }
      for (double& s : step) s /= std::sqrt(norm);
      for (size_t i = 0; i < step.size(); ++i) expected += step[i] * gradient[i];
      const auto loss_at = [&](double length) {
        for (size_t i = 0; i < step.size(); ++i) {
          values[i] = static_cast<float>(start[i] + length * step[i]);
        }
        return cache.AddGradients(batch, loss, kDropout).loss;
      };
      const double h = 2e-3;
      EXPECT_NEAR((loss_at(h) - loss_at(-h)) / (2 * h) / expected, 1, 5e-3);
    }
  }
}

TEST(GradientCache, SeesTheVectorsThatInferenceGives) {
  for (const char* model : {"one_head", "two_heads", "four_heads", "wide_head"}) {
    const int64_t positions =
        BertWeights::FromFolder(testing::TestData() / "bert" / model).config.positions;
    const PackedTokens some = RandomTexts(9, 20, positions);
    const Bert inference(BertWeights::FromFolder(testing::TestData() / "bert" / model));
    BertWorkspace workspace;
    for (const Pooling pooling : {Pooling::kCls, Pooling::kMean}) {
      PoolingBuffers buffers;
      const FloatView expected =
          ForwardAndPool(inference, pooling, false, some, workspace, buffers);
      EncoderGradient training(OpenBert(model), pooling, false);
      std::vector<uint64_t> numbers(static_cast<size_t>(some.sequences()));
      for (const bool remember : {false, true}) {
        Matrix vectors(some.sequences(), training.dimensions());
        TrainingPass pass;
        pass.batch = &some;
        pass.numbers = numbers;
        pass.remember = remember;
        training.Forward(pass, vectors.view());
        for (int64_t i = 0; i < vectors.rows(); ++i) {
          for (int64_t c = 0; c < vectors.columns(); ++c) {
            ASSERT_EQ(vectors.row(i)[c], expected.row(i)[c]) << model << " " << i;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace dpr
