// Losses and gradients beside PyTorch's, for tiny random BERTs (tools/goldens/training.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/cpu.h"
#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"
#include "dpr/bert/weights.h"
#include "dpr/training/gradient_cache.h"
#include "dpr/training/optimizer.h"

namespace dpr {
namespace {

using Json = nlohmann::json;

struct Golden {
  Json description;
  StoredTensors tensors;
};

Golden ReadGolden(const std::string& name) {
  const Path file = testing::TestData() / "training" / (name + ".safetensors");
  Golden golden;
  golden.description = Json::parse(ReadSafetensorsMetadata(file).at("case"));
  golden.tensors = OpenTensorFile(file);
  return golden;
}

std::shared_ptr<Bert> OpenBert(const std::string& name) {
  return std::make_shared<Bert>(BertWeights::FromFolder(testing::TestData() / "bert" / name));
}

PackedTokens Texts(const Json& list) {
  PackedTokens texts;
  for (const Json& text : list) texts.Add(text.get<std::vector<int32_t>>());
  return texts;
}

// Question i's positive is passage 2 i; everything else is a negative, but for what is masked.
TokenizedBatch BatchOf(const Json& texts, const Json& description) {
  TokenizedBatch batch;
  batch.questions = Texts(texts.at("questions"));
  batch.passages = Texts(texts.at("passages"));
  const int64_t questions = batch.questions.sequences(), passages = batch.passages.sequences();
  for (int64_t i = 0; i < questions; ++i) batch.targets.positive.push_back(2 * i);
  batch.targets.candidate.assign(static_cast<size_t>(questions * passages), 1);
  for (const Json& pair : description.value("masked", Json::array())) {
    batch.targets.candidate[pair[0].get<int64_t>() * passages + pair[1].get<int64_t>()] = 0;
  }
  return batch;
}

LossSettings SettingsOf(const Json& description) {
  LossSettings settings;
  const std::string similarity = description.at("similarity");
  settings.similarity = similarity == "dot"      ? TrainingSimilarity::kDot
                        : similarity == "cosine" ? TrainingSimilarity::kCosine
                        : similarity == "l2"     ? TrainingSimilarity::kL2
                                                 : TrainingSimilarity::kL2Squared;
  settings.loss = description.at("loss") == "nll" ? LossKind::kNll : LossKind::kTriplet;
  settings.scale = description.value("scale", 20.0);
  settings.margin = description.value("margin", 1.0);
  settings.hardest_only = description.value("hardest", false);
  return settings;
}

Pooling PoolingOf(const Json& description) {
  const std::string name = description.at("pooling");
  return name == "mean" ? Pooling::kMean : name == "pooler" ? Pooling::kPooler : Pooling::kCls;
}

// |got - expected| / |expected|, over all elements.
double RelativeNorm(std::span<const float> got, std::span<const float> expected) {
  EXPECT_EQ(got.size(), expected.size());
  double difference = 0, norm = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(double{got[i]} - double{expected[i]}, 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  return norm == 0 ? std::sqrt(difference) : std::sqrt(difference / norm);
}

double Norm(std::span<const float> x) {
  double sum = 0;
  for (const float v : x) sum += double{v} * double{v};
  return std::sqrt(sum);
}

// Every tensor of `weights`, which holds gradients, beside the golden's of that prefix. A tensor
// whose exact gradient is zero (the keys' biases: softmax does not see them) is what rounding
// leaves, which is measured against the gradient as a whole.
void ExpectGradients(BertWeights weights, const Golden& golden, const std::string& prefix,
                     double whole) {
  int compared = 0;
  for (const BertWeights::Slot& slot : weights.Slots()) {
    const StoredTensor* stored = golden.tensors.Find(prefix + slot.name);
    if (stored == nullptr) {
      EXPECT_EQ(slot.tensor->empty() ? 0 : Norm(slot.tensor->values()), 0) << slot.name;
      continue;
    }
    const FloatTensor expected(*stored);
    ASSERT_EQ(expected.shape(), slot.tensor->shape()) << slot.name;
    ++compared;
    if (Norm(expected.values()) < 1e-5 * whole) {
      EXPECT_LT(Norm(slot.tensor->values()), 2e-5 * whole) << prefix << slot.name;
      continue;
    }
    EXPECT_LT(RelativeNorm(slot.tensor->values(), expected.values()), 1e-5)
        << prefix << slot.name << " of norm " << Norm(expected.values()) << " in " << whole;
  }
  EXPECT_GT(compared, 15);
}

class TrainingGoldens : public ::testing::TestWithParam<const char*> {};

TEST_P(TrainingGoldens, HasPyTorchsLossAndGradients) {
  const Golden golden = ReadGolden(GetParam());
  const Json& description = golden.description;
  const Pooling pooling = PoolingOf(description);
  EncoderGradient questions(OpenBert(description.at("model")), pooling, false);
  EncoderGradient passages(OpenBert(description.at("model")), pooling, false);
  const TokenizedBatch batch = BatchOf(description, description);
  GradientCache cache(questions, passages, 1'000'000);
  const LossResult result = cache.AddGradients(batch, SettingsOf(description), {});
  EXPECT_NEAR(result.loss, description.at("value").get<double>(), 1e-5);
  const double whole = std::hypot(Norm(questions.gradients()), Norm(passages.gradients()));
  ExpectGradients(questions.bert().Unpack(questions.gradients()), golden, "question.", whole);
  ExpectGradients(passages.bert().Unpack(passages.gradients()), golden, "passage.", whole);
}

// The gradient as one vector, beside the golden's tensors of that prefix.
double GradientError(EncoderGradient& encoder, const Golden& golden, const std::string& prefix) {
  BertWeights weights = encoder.bert().Unpack(encoder.gradients());
  std::vector<float> got, expected;
  for (const BertWeights::Slot& slot : weights.Slots()) {
    const StoredTensor* stored = golden.tensors.Find(prefix + slot.name);
    if (stored == nullptr) continue;
    const FloatTensor tensor(*stored);
    got.insert(got.end(), slot.tensor->values().begin(), slot.tensor->values().end());
    expected.insert(expected.end(), tensor.values().begin(), tensor.values().end());
  }
  return RelativeNorm(got, expected);
}

// A number rounded to bf16 is off by up to 2^-9 of itself, .002. That is the size of each product's
// error, and each of the layers adds its own, forward and backward: over the cases the gradients
// were seen to be off by .004 to .015 and the losses by .0002 to .004 of themselves. Below 1e-4
// nothing would have been rounded at all.
TEST_P(TrainingGoldens, IsNearThemInBf16) {
  if (!Cpu().avx512_bf16) GTEST_SKIP() << "this CPU has no bf16";
  const Golden golden = ReadGolden(GetParam());
  const Json& description = golden.description;
  const Pooling pooling = PoolingOf(description);
  EncoderGradient questions(OpenBert(description.at("model")), pooling, false, Precision::kBf16);
  EncoderGradient passages(OpenBert(description.at("model")), pooling, false, Precision::kBf16);
  GradientCache cache(questions, passages, 1'000'000);
  const LossResult result =
      cache.AddGradients(BatchOf(description, description), SettingsOf(description), {});
  EXPECT_NEAR(result.loss / description.at("value").get<double>(), 1, .01);
  for (const auto& [encoder, prefix] :
       {std::pair(&questions, "question."), std::pair(&passages, "passage.")}) {
    const double error = GradientError(*encoder, golden, prefix);
    EXPECT_LT(error, .03) << prefix;
    EXPECT_GT(error, 1e-4) << prefix;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TrainingGoldens,
                         ::testing::Values("dot_nll", "cosine_nll", "l2_nll", "l2_squared_nll",
                                           "dot_triplet", "l2_triplet", "cosine_triplet",
                                           "l2_squared_triplet", "dot_triplet_hardest",
                                           "masked_nll", "mean", "pooler", "layers", "deep"),
                         [](const auto& which) { return std::string(which.param); });

class TrainingSteps : public ::testing::TestWithParam<const char*> {};

// Ten steps of AdamW with a schedule, clipping and decay. What is compared is how far the
// parameters have moved. Adam divides a gradient by its own size, so where that is nothing but
// rounding (the keys' biases; of a dot product, whose order no shift of all passages changes, the
// passages' last bias) both sides move at random, by up to the rate a step: such tensors are left
// out, and single elements of others weigh as much as those with a real slope, which costs two
// digits.
TEST_P(TrainingSteps, MoveTheWeightsAsPyTorchsAdamWDoes) {
  const Golden golden = ReadGolden(std::string("steps_") + GetParam());
  const Json& d = golden.description;
  const LossSettings loss = SettingsOf(d);
  EncoderGradient questions(OpenBert(d.at("model")), Pooling::kCls, false);
  EncoderGradient passages(OpenBert(d.at("model")), Pooling::kCls, false);
  OptimizerSettings settings;
  settings.decay = d.at("decay");
  settings.epsilon = d.at("epsilon");
  settings.clip = d.at("clip");
  Optimizer optimizer(settings);
  optimizer.Add(questions.bert().parameters(), questions.gradients());
  optimizer.Add(passages.bert().parameters(), passages.gradients());
  const LinearSchedule schedule = {d.at("rate"), d.at("warmup"), d.at("steps")};
  const auto copy = [](EncoderGradient& encoder) {
    const std::span<float> all = encoder.bert().parameters().all();
    return std::vector<float>(all.begin(), all.end());
  };
  const std::vector<float> q_start = copy(questions), p_start = copy(passages);
  const std::string last_bias = "encoder.layer." +
                                std::to_string(passages.bert().config().layers - 1) +
                                ".output.LayerNorm.bias";
  GradientCache cache(questions, passages, 1'000'000);
  for (int64_t step = 0; step < d.at("steps").get<int64_t>(); ++step) {
    const TokenizedBatch batch = BatchOf(d.at("batches")[step], d);
    const LossResult result = cache.AddGradients(batch, loss, {});
    const double norm = optimizer.GradientNorm();
    EXPECT_NEAR(result.loss, d.at("values")[step].get<double>(), 2e-4) << step;
    EXPECT_NEAR(norm / d.at("norms")[step].get<double>(), 1, 2e-4) << step;
    optimizer.Step(step + 1, schedule.At(step), norm);
    questions.bert().ParametersChanged();
    passages.bert().ParametersChanged();
  }
  for (const auto& [encoder, start, prefix] : {std::tuple(&questions, &q_start, "question."),
                                               std::tuple(&passages, &p_start, "passage.")}) {
    std::vector<float> moved = copy(*encoder);
    for (size_t i = 0; i < moved.size(); ++i) moved[i] -= (*start)[i];
    BertWeights weights = encoder->bert().Unpack(moved);
    int compared = 0;
    for (const BertWeights::Slot& slot : weights.Slots()) {
      const StoredTensor* stored = golden.tensors.Find(prefix + slot.name);
      const bool shift = loss.similarity == TrainingSimilarity::kDot &&
                         std::string(prefix) == "passage." && slot.name == last_bias;
      if (stored == nullptr || shift || slot.name.ends_with("key.bias")) continue;
      EXPECT_LT(RelativeNorm(slot.tensor->values(), FloatTensor(*stored).values()), 2e-3)
          << prefix << slot.name;
      ++compared;
    }
    EXPECT_GT(compared, 15);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TrainingSteps,
                         ::testing::Values("dot_nll", "cosine_nll", "l2_nll", "l2_squared_nll",
                                           "dot_triplet", "cosine_triplet", "l2_triplet",
                                           "l2_squared_triplet"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace dpr
