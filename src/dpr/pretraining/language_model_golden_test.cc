// The loss of masked words and next sentences and its gradients beside transformers'
// BertForPreTraining (tools/goldens/pretraining.py).
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/base/test_environment.h"
#include "dpr/base/threads.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"
#include "dpr/pretraining/language_model.h"

namespace dpr {
namespace {

using Json = nlohmann::json;

struct Golden {
  Json description;
  StoredTensors tensors;
  BertWeights weights;
  PretrainingHeadWeights heads;
  MaskedBatch batch;
};

Golden ReadGolden(const std::string& name) {
  Golden golden;
  const Path file = testing::TestData() / "pretraining" / (name + ".safetensors");
  golden.description = Json::parse(ReadSafetensorsMetadata(file).at("case"));
  golden.tensors = OpenTensorFile(file);
  const StoredTensors start = golden.tensors.Below("start.");
  golden.weights = BertWeights::FromFolder(testing::TestData() / "bert" / name);
  golden.weights.pooler.weight = FloatTensor(*start.Find("bert.pooler.dense.weight"));
  golden.weights.pooler.bias = FloatTensor(*start.Find("bert.pooler.dense.bias"));
  golden.heads = PretrainingHeadWeights::FromTensors(start, golden.weights.config, file.string());
  for (const Json& one : golden.description.at("pairs")) {
    MaskedPair pair;
    pair.ids = one.at("ids").get<std::vector<int32_t>>();
    pair.segments = one.at("segments").get<std::vector<uint8_t>>();
    pair.places = one.at("places").get<std::vector<int64_t>>();
    pair.pieces = one.at("pieces").get<std::vector<int32_t>>();
    pair.next = one.at("next");
    golden.batch.Add(pair);
  }
  return golden;
}

double Norm(std::span<const float> x) {
  double sum = 0;
  for (const float v : x) sum += double{v} * double{v};
  return std::sqrt(sum);
}

double Distance(std::span<const float> a, std::span<const float> b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::pow(double{a[i]} - double{b[i]}, 2);
  return std::sqrt(sum);
}

// Each tensor's error against its own norm; one whose exact gradient is zero (the keys' biases:
// softmax does not see them) is what rounding leaves, measured against the whole gradient.
void ExpectGradients(const std::vector<BertWeights::Slot>& slots, const Golden& golden,
                     const std::string& prefix, double whole, double tolerance) {
  for (const BertWeights::Slot& slot : slots) {
    const StoredTensor* stored = golden.tensors.Find(prefix + slot.name);
    ASSERT_NE(stored, nullptr) << prefix << slot.name;
    const FloatTensor expected(*stored);
    ASSERT_EQ(expected.shape(), slot.tensor->shape()) << slot.name;
    if (Norm(expected.values()) < 1e-5 * whole) {
      EXPECT_LT(Norm(slot.tensor->values()), 2e-5 * whole) << slot.name;
      continue;
    }
    EXPECT_LT(Distance(slot.tensor->values(), expected.values()) / Norm(expected.values()),
              tolerance)
        << slot.name;
  }
}

void ExpectAllGradients(LanguageModel& model, const Golden& golden, double tolerance) {
  const PretrainingHeads::Gradients all = model.gradients();
  const double whole = std::hypot(Norm(all.bert), Norm(all.heads));
  BertWeights bert = model.bert().Unpack(all.bert);
  PretrainingHeadWeights heads = model.heads().Unpack(all.heads);
  ExpectGradients(bert.Slots(), golden, "gradient.bert.", whole, tolerance);
  ExpectGradients(heads.Slots(golden.weights.config), golden, "gradient.", whole, tolerance);
}

class PretrainingGoldens : public ::testing::TestWithParam<const char*> {};

TEST_P(PretrainingGoldens, HasTransformersLossAndGradients) {
  const Golden golden = ReadGolden(GetParam());
  LanguageModel model(golden.weights, golden.heads, Precision::kF32, {});
  const LanguageModelLoss loss = model.AddGradients(golden.batch, {});
  EXPECT_NEAR(loss.word_loss(), golden.description.at("words").get<double>(), 1e-5);
  EXPECT_NEAR(loss.next_loss(), golden.description.at("next").get<double>(), 1e-5);
  EXPECT_DOUBLE_EQ(model.Loss(golden.batch).loss(), loss.loss());
  ExpectAllGradients(model, golden, 1e-5);
}

// Two or three pairs at a time: the same but for the order of sums.
TEST_P(PretrainingGoldens, HasThemInMicroBatches) {
  const Golden golden = ReadGolden(GetParam());
  LanguageModel model(golden.weights, golden.heads, Precision::kF32, {}, 60);
  const LanguageModelLoss loss = model.AddGradients(golden.batch, {});
  EXPECT_NEAR(loss.word_loss(), golden.description.at("words").get<double>(), 1e-5);
  ExpectAllGradients(model, golden, 1e-5);
}

// See training's IsNearThemInBf16 for the size of bf16's errors; the gradient as one vector.
TEST_P(PretrainingGoldens, IsNearThemInBf16) {
  if (!Cpu().avx512_bf16) GTEST_SKIP() << "this CPU has no bf16";
  const Golden golden = ReadGolden(GetParam());
  LanguageModel exact(golden.weights, golden.heads, Precision::kF32, {});
  LanguageModel model(golden.weights, golden.heads, Precision::kBf16, {});
  exact.AddGradients(golden.batch, {});
  const LanguageModelLoss loss = model.AddGradients(golden.batch, {});
  EXPECT_NEAR(loss.word_loss() / golden.description.at("words").get<double>(), 1, .01);
  for (const auto part :
       {&PretrainingHeads::Gradients::bert, &PretrainingHeads::Gradients::heads}) {
    const std::span<float> expected = exact.gradients().*part;
    const double error = Distance(model.gradients().*part, expected) / Norm(expected);
    EXPECT_LT(error, .03);
    EXPECT_GT(error, 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PretrainingGoldens,
                         ::testing::Values("one_head", "two_heads", "four_heads"),
                         [](const auto& which) { return std::string(which.param); });

// Dropout on, bits equal: by threads, and what the optimiser then makes of them.
TEST(LanguageModel, HasTheSameBitsForAnyNumberOfThreads) {
  const Golden golden = ReadGolden("two_heads");
  const int threads = ThreadCount();
  std::vector<std::vector<float>> results;
  for (const int count : {1, 2, 3}) {
    SetThreadCount(count);
    LanguageModel model(golden.weights, golden.heads, Precision::kF32, {});
    for (uint64_t step = 0; step < 3; ++step) {
      model.AddGradients(golden.batch, {.1, .1, 7, step});
      model.optimizer().Step(static_cast<int64_t>(step) + 1, 1e-3,
                             model.optimizer().GradientNorm());
      model.ParametersChanged();
    }
    const std::span<float> bert = model.bert().parameters().all();
    const std::span<float> heads = model.heads().parameters().all();
    results.emplace_back(bert.begin(), bert.end());
    results.back().insert(results.back().end(), heads.begin(), heads.end());
  }
  SetThreadCount(threads);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(LanguageModel, LearnsABatchByHeart) {
  const Golden golden = ReadGolden("two_heads");
  LanguageModel model(golden.weights, golden.heads, Precision::kF32, {});
  const double before = model.Loss(golden.batch).loss();
  for (int64_t step = 1; step <= 200; ++step) {
    model.AddGradients(golden.batch, {});
    model.optimizer().Step(step, 3e-3, model.optimizer().GradientNorm());
    model.ParametersChanged();
  }
  const LanguageModelLoss after = model.Loss(golden.batch);
  EXPECT_LT(after.loss(), .1 * before);
  EXPECT_EQ(after.words.correct, after.asked);
  EXPECT_EQ(after.next.correct, after.pairs);
}

}  // namespace
}  // namespace dpr
