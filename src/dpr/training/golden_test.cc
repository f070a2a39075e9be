// Losses and gradients beside PyTorch's, for tiny random BERTs (tools/goldens/training.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "dpr/base/test_environment.h"
#include "dpr/bert/model_tensors.h"
#include "dpr/bert/safetensors.h"
#include "dpr/bert/weights.h"
#include "dpr/training/gradient_cache.h"

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

class TrainingGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TrainingGolden, HasPyTorchsLossAndGradients) {
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

INSTANTIATE_TEST_SUITE_P(Cases, TrainingGolden,
                         ::testing::Values("dot_nll", "cosine_nll", "l2_nll", "l2_squared_nll",
                                           "dot_triplet", "l2_triplet", "cosine_triplet",
                                           "dot_triplet_hardest", "masked_nll", "mean", "pooler",
                                           "layers", "deep"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace dpr
